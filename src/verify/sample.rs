//! A tenant for statements that name one: any value of the tenant's type will do, as there are no rows yet.

use crate::catalog::Catalog;
use crate::settings::Tenancy;
use crate::source::Span;
use crate::syntax::token::{Token, TokenKind};

/// Returns a value of the tenant's type as an SQL literal.
pub(super) fn tenant(tenancy: &Tenancy, catalog: &Catalog) -> &'static str {
    let declared = tenancy.type_name.clone();
    let root =
        tenancy.root.as_ref().and_then(|root| catalog.relation(&root.table)?.column(&root.column)?.type_name.clone());
    let name = declared.or_else(|| root.map(|name| name.to_string())).unwrap_or_default().to_ascii_lowercase();
    match name {
        name if name.contains("uuid") => "'00000000-0000-4000-8000-000000000001'",
        name if name.contains("int") || name.contains("serial") || name.contains("numeric") => "'1'",
        _ => "'tenant'",
    }
}

/// Returns a statement with the tenant's value in the place of every parameter and psql variable.
pub(super) fn bound(text: &str, span: Span, tokens: &[Token], value: &str) -> String {
    let mut bound = String::new();
    let mut at = span.start;
    for token in tokens.iter().filter(|token| matches!(token.kind, TokenKind::Parameter | TokenKind::PsqlVariable)) {
        bound.push_str(text.get(Span::new(at, token.span.start).range()).unwrap_or(""));
        bound.push_str(value);
        at = token.span.end;
    }
    bound.push_str(text.get(Span::new(at, span.end).range()).unwrap_or(""));
    bound
}

/// Returns the names of the settings that an expression for the tenant reads, in their order.
pub(super) fn settings(tenancy: &Tenancy) -> Vec<String> {
    let mut names = vec!["tenet.tenant_id".to_owned()];
    let expression = tenancy.session.as_deref().unwrap_or("");
    if let Some((_, rest)) = expression.split_once("current_setting('")
        && let Some((name, _)) = rest.split_once('\'')
    {
        names.push(name.to_owned());
    }
    names
}
