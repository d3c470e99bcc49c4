//! Relations that expressions name by constants of type `regclass`, which PostgreSQL holds by identity.

use super::Catalog;
use crate::pg::{Ident, Name, TypeName};
use crate::query::columns::each_part;
use crate::query::visit::{self, Node};
use crate::query::{Argument, Call, Expr, ExprKind, Literal};
use crate::source::Span;

/// The functions that take the name of a sequence.
const SEQUENCE_FUNCTIONS: [&str; 4] = ["nextval", "currval", "setval", "pg_sequence_last_value"];

/// Writes the relations that an expression names by constants out in full, where the catalog has them.
pub fn settle(expr: &mut Expr, catalog: &Catalog) {
    each_part(expr, &mut |part| {
        if let ExprKind::Call(call) = part {
            settle_argument(call);
        }
        let Some((name, text)) = constant(part) else { return };
        if let Some(found) = catalog.resolve(&name) {
            *text = Literal::String(found.to_string());
        }
    });
}

/// An unknown literal becomes what the function takes.
fn settle_argument(call: &mut Call) {
    let builtin = call.name.schema().is_none_or(|schema| schema == "pg_catalog");
    if !builtin || !SEQUENCE_FUNCTIONS.contains(&call.name.last().as_str()) {
        return;
    }
    let Some(Argument { value, .. }) = call.arguments.first_mut() else { return };
    if matches!(value.kind, ExprKind::Literal(Literal::String(_))) {
        let literal = Expr::new(value.span, value.kind.clone());
        value.kind = ExprKind::Cast(Box::new(literal), Box::new(regclass()));
    }
}

fn regclass() -> TypeName {
    TypeName::named(Name::simple(Ident::exact("regclass"), Span::default()))
}

/// Returns the text of a constant.
fn written(part: &ExprKind) -> Option<&str> {
    let ExprKind::Cast(operand, to) = part else { return None };
    let builtin = to.name.schema().is_none_or(|schema| schema == "pg_catalog");
    match &operand.kind {
        ExprKind::Literal(Literal::String(text)) if builtin && to.name.last() == "regclass" && to.bounds.is_empty() => {
            Some(text)
        }
        _ => None,
    }
}

/// Returns the relation that a constant names, and its text.
fn constant(part: &mut ExprKind) -> Option<(Name, &mut Literal)> {
    let name = Name::from_text(written(part)?)?;
    match part {
        ExprKind::Cast(operand, _) => match &mut operand.kind {
            ExprKind::Literal(text) => Some((name, text)),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the relations that an expression names by constants.
pub(super) fn named(expr: &Expr) -> Vec<Name> {
    let mut found = Vec::new();
    visit::expr(expr, &mut |node| {
        if let Node::Expr(part) = node {
            found.extend(written(&part.kind).and_then(Name::from_text));
        }
    });
    found
}

/// Renames a relation wherever an expression names it by a constant.
pub(super) fn rename(expr: &mut Expr, from: &Name, to: &Name) {
    each_part(expr, &mut |part| {
        if let Some((_, text)) = constant(part).filter(|(name, _)| name == from) {
            *text = Literal::String(to.to_string());
        }
    });
}

/// Makes the default of a serial column: `nextval('schema.sequence'::regclass)`.
pub fn next_value(sequence: &Name) -> Expr {
    let expr = |kind| Expr::new(Span::default(), kind);
    let text = expr(ExprKind::Literal(Literal::String(sequence.to_string())));
    let value = expr(ExprKind::Cast(Box::new(text), Box::new(regclass())));
    expr(ExprKind::Call(Box::new(Call {
        name: Name::simple(Ident::exact("nextval"), Span::default()),
        star: false,
        distinct: false,
        arguments: vec![Argument { name: None, value }],
        variadic: false,
        order_by: Vec::new(),
        within_group: false,
        filter: None,
        over: None,
    })))
}
