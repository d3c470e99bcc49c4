//! What reaches out of a tenant's own database or schema.

use super::judgement::Hole;
use crate::catalog::{Catalog, Kind};
use crate::pg::Name;
use crate::query::visit::{self, Node};
use crate::query::{DataStatement, ExprKind, FromKind};
use crate::rules::scope::unprovable;
use crate::settings::Isolation;
use crate::statement::Statement;

/// Finds what a statement reads or writes outside the tenant's own database or schema.
pub fn outside(catalog: &Catalog, isolation: Isolation, statement: &Statement) -> Vec<Hole> {
    let mut holes = Vec::new();
    if let Some(data) = data_of(statement) {
        visit::statement(data, &mut |node| holes.extend(reached(catalog, isolation, node)));
    }
    holes
}

fn data_of(statement: &Statement) -> Option<&DataStatement> {
    match statement {
        Statement::Data(data) => Some(data),
        _ => None,
    }
}

fn reached(catalog: &Catalog, isolation: Isolation, node: Node<'_>) -> Option<Hole> {
    let name = match node {
        Node::From(item) => match &item.kind {
            FromKind::Table { name, .. } => name,
            _ => return None,
        },
        Node::Target(target) => &target.name,
        Node::Expr(expr) => return call(expr),
        Node::Query(_) => return None,
    };
    let message = if catalog.relation(name).is_some_and(|relation| relation.kind == Kind::Foreign) {
        format!("`{name}` is a foreign table: its rows lie in another database")
    } else if isolation != Isolation::Database && is_elsewhere(catalog, name) {
        format!("`{name}` may lie outside the tenant's own schema")
    } else {
        return None;
    };
    Some(
        Hole::new(&unprovable::RULE, name.span, message)
            .help("leave the schema out: it is the tenant's own when it runs"),
    )
}

/// A schema that is written is the same for every tenant; only the search path is a tenant's own.
fn is_elsewhere(catalog: &Catalog, name: &Name) -> bool {
    const SYSTEM: &[&str] = &["pg_catalog", "information_schema", "pg_temp"];
    name.schema().is_some_and(|schema| !SYSTEM.contains(&schema.as_str()) && !catalog.search_path.contains(schema))
}

fn call(expr: &crate::query::Expr) -> Option<Hole> {
    let ExprKind::Call(call) = &expr.kind else { return None };
    let name = &call.name;
    let is_link = name.last().as_str().starts_with("dblink");
    let message = format!("`{name}` runs SQL in another database");
    is_link.then(|| Hole::new(&unprovable::RULE, name.span, message))
}
