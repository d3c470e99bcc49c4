//! Which rows a statement may change, and what has to be recorded so that they can come back.
//!
//! A statement changes rows of its targets, of what foreign keys carry on to, and of what triggers and functions write. Where that
//! can be told, exactly those relations are recorded; where it cannot, all are.

mod key;
mod owner;
mod positions;
mod program;
mod reach;

use std::collections::BTreeSet;

use crate::catalog::{Catalog, Relation};
use crate::changes::{Inverse, RestorePosition};
use crate::finding::FileId;
use crate::pg::{Ident, Name};
use crate::settings::{Isolation, Tenancy};
use crate::statement::Statement;

pub use owner::Owner;

use reach::Numbers;

/// A relation whose rows are recorded while a statement runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its qualified name; of a partition, the partitioned table at the top.
    pub relation: Name,
    /// What tells its rows apart; empty when nothing does, and then none may be touched.
    pub keys: Vec<Ident>,
    /// The columns that updates may change; `None` for all.
    pub updated: Option<BTreeSet<Ident>>,
    /// What says whose a row is.
    pub owner: Owner,
    /// The place in the phase of the statement that made it unless it was there: where it did, the rows go with it.
    pub maker: Option<usize>,
}

/// What has to be recorded for a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// The rows, or why they cannot be; `None` for a statement that changes no rows that last.
    pub rows: Option<Result<Vec<Recorded>, String>>,
    /// What brings the sequences back that it moves, with the records of where they stood.
    pub positions: Inverse,
}

/// Returns the relations whose rows a statement may change, from the catalog before it. Those of tables that a `fresh` file made
/// need no record: its rollback drops them.
pub fn recording(statement: &Statement, (catalog, tenancy): (&Catalog, &Tenancy), fresh: Option<FileId>) -> Recording {
    let numbers = match tenancy.isolation {
        Isolation::Schema | Isolation::Database => Numbers::Returned,
        Isolation::Row | Isolation::Hybrid => Numbers::Taken,
    };
    let reached = reach::of(statement, catalog, (fresh, numbers));
    let found = |written: reach::Written| {
        let one = |(relation, updated): (Name, Option<BTreeSet<Ident>>)| {
            let found = catalog.held_relation(&relation);
            let keys = found.and_then(key::of).unwrap_or_default();
            let owner = found.map_or(Owner::Nobody, |found| owner::of(found, catalog, tenancy));
            let is_narrow = |updated: &BTreeSet<Ident>| {
                // A row whose key changes is another row, and the owner of a row is told by its own columns.
                !matches!(owner, Owner::Through { .. }) && keys.iter().all(|key| !updated.contains(key))
            };
            Recorded { updated: updated.filter(is_narrow), relation, keys, owner, maker: None }
        };
        written.into_iter().map(one).collect::<Vec<_>>()
    };
    let positions = reached.positions.iter().map(|sequence| RestorePosition::of_set(&catalog.shown(sequence)));
    Recording { rows: reached.rows.map(|rows| rows.map(found)), positions: Inverse::of_all(positions.collect()) }
}

/// Returns the columns that tell the rows of a relation apart.
pub fn key(relation: &Relation) -> Option<Vec<Ident>> {
    key::of(relation)
}

/// Returns what undoes a statement that changes no definitions, and what is recorded for that.
pub fn settle(inverse: Inverse, recording: Recording) -> (Inverse, Vec<Recorded>) {
    let Recording { rows, positions } = recording;
    match (inverse, rows) {
        (Inverse::Nothing, Some(Ok(found))) if found.is_empty() && positions == Inverse::Nothing => {
            (Inverse::Exact(Vec::new()), found)
        }
        (Inverse::Nothing, Some(Ok(found))) => {
            (Inverse::Captured { changes: Vec::new(), data: Vec::new() }.followed_by(positions), found)
        }
        (Inverse::Nothing, Some(Err(reason))) => (Inverse::underivable(reason), Vec::new()),
        (inverse, _) => (inverse.followed_by(positions), Vec::new()),
    }
}

/// Joins what several statements record that share one recording.
pub fn joined(all: impl Iterator<Item = Recorded>) -> Vec<Recorded> {
    let mut joined: Vec<Recorded> = Vec::new();
    for recorded in all {
        match joined.iter_mut().find(|known| known.relation == recorded.relation) {
            None => joined.push(recorded),
            Some(known) => {
                known.updated = match (known.updated.take(), recorded.updated) {
                    (Some(mut columns), Some(more)) => {
                        columns.extend(more);
                        Some(columns)
                    }
                    _ => None,
                };
            }
        }
    }
    joined
}
