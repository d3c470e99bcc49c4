//! The columns that keys name: of constraints, indexes and partitioned tables.

use crate::pg::Ident;
use crate::query::columns;
use crate::statement::relation::Key;

pub(super) fn key_names(key: &Key) -> Vec<Ident> {
    match key {
        Key::Column(name) => vec![name.clone()],
        Key::Expression(expr) => columns::named(expr),
    }
}

pub(super) fn rename_key(key: &mut Key, from: &Ident, to: &Ident) {
    match key {
        Key::Column(name) => replace(name, from, to),
        Key::Expression(expr) => columns::rename(expr, from, to),
    }
}

pub(super) fn replace(name: &mut Ident, from: &Ident, to: &Ident) {
    if name == from {
        *name = to.clone();
    }
}
