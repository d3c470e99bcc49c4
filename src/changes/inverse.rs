//! What undoes a change, and what undoes several.

use std::collections::BTreeMap;

use super::Change;
use crate::pg::Name;
use crate::verdict::InverseClass;

/// How a change is undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inverse {
    /// It changed nothing.
    Nothing,
    /// These changes bring everything back.
    Exact(Vec<Change>),
    /// These changes and what was recorded when it ran bring everything back.
    Captured {
        /// The changes.
        changes: Vec<Change>,
        /// What is recorded.
        data: Vec<Record>,
    },
    /// These changes bring the shape back.
    Structural {
        /// The changes.
        changes: Vec<Change>,
        /// What is recorded.
        records: Vec<Record>,
        /// What does not come back, each as words to follow "loses".
        loses: Vec<String>,
    },
    /// Its author wrote how, as SQL.
    Declared(String),
    /// Nothing tells how.
    Underivable {
        /// Why.
        reason: String,
    },
}

/// Takes out what is recorded twice before one statement, and brought back twice.
fn once(changes: Vec<Change>, mut data: Vec<Record>) -> (Vec<Change>, Vec<Record>) {
    let mut kept: Vec<Change> = Vec::new();
    for change in changes {
        let Change::RestorePrivileges(restore) = &change else {
            kept.push(change);
            continue;
        };
        let same = kept.iter_mut().find_map(|other| match other {
            Change::RestorePrivileges(other) => (other.to_string() == restore.to_string()).then_some(other),
            _ => None,
        });
        let Some(same) = same else {
            kept.push(change);
            continue;
        };
        same.known.extend(restore.known.iter().cloned());
        let again = data.iter().rposition(|record| record.name == restore.record);
        again.into_iter().for_each(|at| drop(data.remove(at)));
    }
    (kept, data)
}

/// Something that only the server knows when the statement runs, and that its inverse needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What it is, in words.
    pub what: String,
    /// The name under which it is recorded.
    pub name: String,
    /// The value as an SQL expression of type `jsonb`.
    pub value: String,
    /// When it is taken.
    pub taken: Taken,
}

/// When a record is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Before the statement runs.
    Before,
    /// When it has run.
    After,
}

impl Inverse {
    /// Returns an inverse that loses more.
    pub(crate) fn losing(self, more: Vec<String>) -> Self {
        let (mut rest, changes) = self.parts();
        for lost in more {
            if !rest.loses.contains(&lost) {
                rest.loses.push(lost);
            }
        }
        rest.with(changes)
    }

    /// Returns what the forward script records before the statement runs.
    pub fn records(&self) -> &[Record] {
        match self {
            Inverse::Captured { data, .. } => data,
            Inverse::Structural { records, .. } => records,
            _ => &[],
        }
    }

    /// Makes an exact inverse of one change.
    pub(crate) fn exact(change: impl Into<Change>) -> Self {
        Inverse::Exact(vec![change.into()])
    }

    /// Makes the inverse of a change of which only the shape comes back.
    pub(crate) fn structural(changes: Vec<Change>, loses: Vec<String>) -> Self {
        Inverse::Structural { changes, records: Vec::new(), loses }
    }

    /// Makes the inverse of what nothing tells how to undo.
    pub fn underivable(reason: impl Into<String>) -> Self {
        Inverse::Underivable { reason: reason.into() }
    }

    /// Returns this inverse with another one behind it.
    pub(crate) fn after(self, next: Inverse) -> Inverse {
        next.followed_by(self)
    }

    /// Returns the inverse of this one's change followed by the change of `later`, which is undone first.
    #[must_use]
    pub fn followed_by(self, later: Inverse) -> Inverse {
        match (self, later) {
            (Inverse::Nothing, other) | (other, Inverse::Nothing) => other,
            (Inverse::Underivable { reason }, _) | (_, Inverse::Underivable { reason }) => {
                Inverse::Underivable { reason }
            }
            (Inverse::Declared(_), _) | (_, Inverse::Declared(_)) => {
                Inverse::underivable("a declared inverse is the inverse of a whole statement")
            }
            (first, second) => {
                let (kind, earlier) = first.parts();
                let (other, later) = second.parts();
                kind.join(other).with([later, earlier].concat())
            }
        }
    }

    /// Returns the inverse of changes one after another, given theirs: as if each was followed by the next.
    #[must_use]
    pub fn of_all(inverses: Vec<Inverse>) -> Inverse {
        let decisive = |found: &&Inverse| matches!(found, Inverse::Underivable { .. } | Inverse::Declared(_));
        if let Some(found) = inverses.iter().find(decisive) {
            return found.clone();
        }
        let mut inverses: Vec<Inverse> = inverses.into_iter().filter(|found| *found != Inverse::Nothing).collect();
        if inverses.len() < 2 {
            return inverses.pop().unwrap_or(Inverse::Nothing);
        }
        let mut rest = Rest::default();
        let mut undoing = Vec::new();
        for inverse in inverses {
            let (own, changes) = inverse.parts();
            rest.data.extend(own.data);
            rest.loses.extend(own.loses);
            undoing.push(changes);
        }
        rest.with(undoing.into_iter().rev().flatten().collect())
    }

    fn parts(self) -> (Rest, Vec<Change>) {
        match self {
            Inverse::Exact(changes) => (Rest::default(), changes),
            Inverse::Captured { changes, data } => (Rest { data, loses: Vec::new() }, changes),
            Inverse::Structural { changes, records, loses } => (Rest { data: records, loses }, changes),
            Inverse::Nothing | Inverse::Declared(_) | Inverse::Underivable { .. } => (Rest::default(), Vec::new()),
        }
    }

    /// Puts other changes in the place of some, each with what records what it needs.
    pub(crate) fn dropping(self, other: &dyn Fn(&Change) -> Option<(Change, Record)>) -> Inverse {
        if !self.changes().iter().any(|change| other(change).is_some()) {
            return self;
        }
        let (mut rest, changes) = self.parts();
        let replaced = changes.into_iter().map(|change| match other(&change) {
            Some((change, record)) => {
                rest.data.push(record);
                change
            }
            None => change,
        });
        let replaced = replaced.collect();
        rest.with(replaced)
    }

    /// Leaves out changes that others of it do anyway.
    pub(crate) fn leaving_out(self, is_done: &dyn Fn(&Change) -> bool) -> Inverse {
        if !self.changes().iter().any(is_done) {
            return self;
        }
        let (rest, mut changes) = self.parts();
        changes.retain(|change| !is_done(change));
        rest.with(changes)
    }

    /// Returns the class that reports show.
    pub fn class(&self) -> InverseClass {
        match self {
            Inverse::Nothing | Inverse::Exact(_) => InverseClass::Exact,
            Inverse::Captured { .. } => InverseClass::Captured,
            Inverse::Structural { .. } => InverseClass::Structural,
            Inverse::Declared(_) => InverseClass::Declared,
            Inverse::Underivable { .. } => InverseClass::None,
        }
    }

    /// Returns the changes that undo, in the order in which they run.
    pub fn changes(&self) -> &[Change] {
        match self {
            Inverse::Exact(changes) | Inverse::Captured { changes, .. } | Inverse::Structural { changes, .. } => {
                changes
            }
            Inverse::Nothing | Inverse::Declared(_) | Inverse::Underivable { .. } => &[],
        }
    }

    /// Leaves out what a later drop in the same list does anyway: an index goes with its table.
    #[must_use]
    pub fn simplified(self) -> Inverse {
        let shorten = |mut changes: Vec<Change>| {
            // The last place at which each relation goes.
            let mut dropped: BTreeMap<Name, usize> = BTreeMap::new();
            for (at, change) in changes.iter().enumerate() {
                if let Change::DropRelation(drop) = change {
                    dropped.insert(drop.relation.clone(), at);
                }
            }
            let mut at = 0;
            changes.retain(|change| {
                at += 1;
                match change {
                    Change::DropIndex(drop) => dropped.get(&drop.table).is_none_or(|later| *later < at),
                    _ => true,
                }
            });
            changes
        };
        match self {
            Inverse::Exact(changes) => Inverse::Exact(shorten(changes)),
            Inverse::Captured { changes, data } => {
                let (changes, data) = once(shorten(changes), data);
                Inverse::Captured { changes, data }
            }
            Inverse::Structural { changes, records, loses } => {
                Inverse::Structural { changes: shorten(changes), records, loses }
            }
            other => other,
        }
    }
}

/// What an inverse is besides its changes.
#[derive(Default)]
struct Rest {
    data: Vec<Record>,
    loses: Vec<String>,
}

impl Rest {
    fn join(self, other: Rest) -> Rest {
        Rest { data: [self.data, other.data].concat(), loses: [self.loses, other.loses].concat() }
    }

    fn with(self, changes: Vec<Change>) -> Inverse {
        match (self.data.is_empty(), self.loses.is_empty()) {
            (_, false) => Inverse::Structural { changes, records: self.data, loses: self.loses },
            (false, true) => Inverse::Captured { changes, data: self.data },
            (true, true) => Inverse::Exact(changes),
        }
    }
}
