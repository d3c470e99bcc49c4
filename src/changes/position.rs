//! Where a sequence stands: no catalog of ours knows it, so the script that loses it records it first.

use std::fmt;

use super::sequence::position;
use super::{ChangeKind, Inverse, Lock, Record};
use crate::catalog::{Catalog, CatalogError, Relation};
use crate::pg::Name;
use crate::query::Quoted;

/// Sets a sequence to where it stood when the forward script ran, unless it has gone further since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestorePosition {
    /// The sequence.
    pub sequence: Name,
    /// The name of the record.
    pub record: String,
}

impl RestorePosition {
    /// Makes the change, and the record that it reads.
    pub(super) fn of(shown: &Name, sequence: &Relation) -> (Self, Record) {
        let name = format!("position of {}", sequence.name);
        let value = format!("(SELECT jsonb_build_object('value', last_value, 'called', is_called) FROM {shown})");
        let record = Record { what: position(shown), name: name.clone(), value };
        (RestorePosition { sequence: shown.clone(), record: name }, record)
    }
}

impl ChangeKind for RestorePosition {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        super::sequence::existing(catalog, &self.sequence).map(|_| ())
    }

    fn invert(&self, _: &Catalog) -> Inverse {
        Inverse::underivable("where a sequence stood is recorded once")
    }

    fn locks(&self) -> Vec<Lock> {
        Vec::new()
    }
}

impl fmt::Display for RestorePosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sequence = Quoted(&self.sequence.to_string()).to_string();
        write!(f, "SELECT tenet.restore_position({sequence}::regclass, {}) AS restored", Quoted(&self.record))
    }
}
