//! Where a sequence stands: no catalog of ours knows it, so the script that loses it records it first.

use std::fmt;

use super::inverse::Taken;
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
    /// How it was moved.
    pub moved: Moved,
}

/// How a statement moved a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// It is lost or begins anew, so that whatever it has reached was reached since.
    Anew,
    /// It was set to a value, which is recorded too.
    Set,
}

impl RestorePosition {
    /// Makes the change, and the record that it reads.
    pub(super) fn of(shown: &Name, sequence: &Relation) -> (Self, Record) {
        let name = format!("position of {}", sequence.name);
        let record = Record { what: position(shown), name: name.clone(), value: now(shown), taken: Taken::Before };
        (RestorePosition { sequence: shown.clone(), record: name, moved: Moved::Anew }, record)
    }

    /// Returns what undoes a statement that sets a sequence.
    pub(crate) fn of_set(sequence: &Name) -> Inverse {
        let name = format!("position of {sequence}");
        let record = |name: String, taken| Record { what: position(sequence), name, value: now(sequence), taken };
        let data = vec![record(name.clone(), Taken::Before), record(format!("{name}, set"), Taken::After)];
        let restore = RestorePosition { sequence: sequence.clone(), record: name, moved: Moved::Set };
        Inverse::Captured { changes: vec![restore.into()], data }
    }
}

/// Writes where a sequence stands as SQL.
fn now(shown: &Name) -> String {
    format!("(SELECT jsonb_build_object('value', last_value, 'called', is_called) FROM {shown})")
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
        let function = match self.moved {
            Moved::Anew => "restore_position",
            Moved::Set => "restore_set_position",
        };
        write!(f, "SELECT tenet.{function}({sequence}::regclass, {}) AS restored", Quoted(&self.record))
    }
}
