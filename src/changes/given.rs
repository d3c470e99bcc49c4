//! What the server named itself goes under the name that it was given.

use std::fmt;

use super::inverse::Taken;
use super::{Change, ChangeKind, Inverse, Lock, Record};
use crate::catalog::{Catalog, CatalogError};
use crate::pg::{Ident, Name};
use crate::query::Quoted;

/// Drops a constraint or an index under the name that was recorded when it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropGiven {
    /// The same under the name that is expected.
    pub drop: Box<Change>,
    /// The table.
    pub table: Name,
    /// The name of the record.
    pub record: String,
}

impl DropGiven {
    /// Drops what is expected to get a name, one of those that a statement leaves to the server; with what records it.
    pub(crate) fn of(drop: &Change, table: &Name, (name, all): (&Ident, &[Ident])) -> (Change, Record) {
        let record = format!("name of {name} on {table}");
        let all: Vec<String> = all.iter().map(|name| Quoted(name.as_str()).to_string()).collect();
        let value = format!(
            "tenet.given_name({}::regclass, ARRAY[{}], {})",
            Quoted(&table.to_string()),
            all.join(", "),
            Quoted(name.as_str())
        );
        let change = DropGiven { drop: Box::new(drop.clone()), table: table.clone(), record: record.clone() };
        (change.into(), Record { what: record.clone(), name: record, value, taken: Taken::After })
    }
}

impl ChangeKind for DropGiven {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        self.drop.apply(catalog)
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        self.drop.invert(before)
    }

    fn locks(&self) -> Vec<Lock> {
        self.drop.locks()
    }
}

impl fmt::Display for DropGiven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = Quoted(&self.table.to_string()).to_string();
        write!(f, "SELECT tenet.drop_given({table}::regclass, {}) AS dropped", Quoted(&self.record))
    }
}
