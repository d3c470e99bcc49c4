//! The sequences that a statement moves: where they stood is recorded, as rows are.

use crate::catalog::{Catalog, Kind, Relation};
use crate::pg::{Ident, Name};
use crate::query::{Argument, Call, Expr, ExprKind, Literal};

/// How a call moves a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Motion {
    /// `setval`.
    Set,
    /// `nextval`: rows that got the numbers explain where the sequence stands.
    Next,
}

/// Says how a call moves a sequence, if it does.
pub(super) fn motion(call: &Call) -> Option<Motion> {
    let is_own = call.name.schema().is_none_or(|schema| *schema == "pg_catalog");
    match call.name.last().as_str() {
        "setval" if is_own => Some(Motion::Set),
        "nextval" if is_own => Some(Motion::Next),
        _ => None,
    }
}

/// Returns the sequence that a call moves; `None` when only the server knows.
pub(super) fn sequence(call: &Call, catalog: &Catalog) -> Option<Name> {
    named(&call.arguments.first()?.value, catalog)
}

fn named(value: &Expr, catalog: &Catalog) -> Option<Name> {
    match &value.kind {
        ExprKind::Literal(Literal::String(text)) => {
            let name = Name::from_text(text)?;
            Some(catalog.relation(&name).map_or(name, |found| found.name.clone()))
        }
        ExprKind::Cast(operand, _) => named(operand, catalog),
        ExprKind::Call(call) if *call.name.last() == "pg_get_serial_sequence" => {
            let [Argument { value: table, .. }, Argument { value: column, .. }] = call.arguments.as_slice() else {
                return None;
            };
            let table = Name::from_text(text_of(table)?)?;
            let column = Ident::exact(text_of(column)?);
            let owned = catalog.sequences_of(&table).into_iter();
            let goes_with = |found: &&Relation| {
                let of = found.sequence.as_ref().and_then(|sequence| sequence.owned_by.as_ref());
                of.is_some_and(|(_, named)| *named == column)
            };
            owned.filter(goes_with).map(|found| found.name.clone()).next()
        }
        _ => None,
    }
}

fn text_of(value: &Expr) -> Option<&str> {
    match &value.kind {
        ExprKind::Literal(Literal::String(text)) => Some(text),
        ExprKind::Cast(operand, _) => text_of(operand),
        _ => None,
    }
}

/// Returns every sequence of a catalog but tenet's own.
pub(super) fn all(catalog: &Catalog) -> Vec<Name> {
    let sequences = catalog.relations().filter(|found| found.kind == Kind::Sequence);
    let own = |found: &&Relation| !found.name.schema().is_some_and(|schema| schema.as_str().starts_with("tenet"));
    sequences.filter(own).map(|found| found.name.clone()).collect()
}
