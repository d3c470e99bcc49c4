//! The designator of a tenant as scripts write it.

use crate::catalog::Catalog;
use crate::settings::Tenancy;
use crate::source::Span;
use crate::statement::Statement;
use crate::syntax::token::{Token, TokenKind};

/// Returns the type of the tenant as SQL: what the settings say, or the root column's.
pub(super) fn tenant_type(tenancy: &Tenancy, catalog: &Catalog) -> Option<String> {
    tenancy.type_name.clone().or_else(|| {
        let root = tenancy.root.as_ref()?;
        let column = catalog.relation(&root.table)?.column(&root.column)?;
        column.type_name.as_ref().map(ToString::to_string)
    })
}

/// Returns a text in which psql replaces nothing: the designator is what the session says.
pub(super) fn later(rendered: &str, tenancy: &Tenancy) -> String {
    rendered.replace(&format!(":'{}'", tenancy.parameter), "current_setting('tenet.tenant_id')")
}

/// Returns a statement as written, with every designator rendered: quoted by psql and cast, never pasted raw.
pub(super) fn statement(
    text: &str,
    span: Span,
    tokens: &[Token],
    parsed: &Statement,
    (tenancy, cast): (&Tenancy, Option<&str>),
) -> String {
    let name = &tenancy.parameter;
    let typed = |value: &str| cast.map_or_else(|| format!("({value})"), |cast| format!("({value})::{cast}"));
    let value = typed(&format!(":'{name}'"));
    let setting = typed("current_setting('tenet.tenant_id')");
    let (quoted, raw) = (format!(":'{name}'"), format!(":{name}"));
    let is_data = matches!(parsed, Statement::Data(_));
    let mut sql = String::new();
    let mut at = span.start as usize;
    for token in tokens.iter().filter(|token| span.contains(token.span)) {
        let written = text.get(token.span.range()).unwrap_or("");
        let rendered = match token.kind {
            TokenKind::PsqlVariable if written == quoted || written == raw => value.clone(),
            TokenKind::Parameter if is_data && written == "$1" => value.clone(),
            // psql replaces nothing within dollar quotes.
            TokenKind::DollarString if written.contains(&quoted) => written.replace(&quoted, &setting),
            _ => continue,
        };
        sql.push_str(text.get(at..token.span.start as usize).unwrap_or(""));
        sql.push_str(&rendered);
        at = token.span.end as usize;
    }
    sql.push_str(text.get(at..span.end as usize).unwrap_or(""));
    sql
}
