//! Prepared statements and cursors that a file leaves open for its later statements.

use std::collections::BTreeMap;

use crate::pg::Ident;
use crate::query::Query;
use crate::statement::session::Statement as Session;
use crate::statement::session::prepared::Prepare;

/// What the statements of a file prepared and opened so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Portals {
    prepared: BTreeMap<Ident, Prepare>,
    cursors: BTreeMap<Ident, Query>,
}

impl Portals {
    /// Returns a prepared statement.
    pub(super) fn prepared(&self, name: &Ident) -> Option<&Prepare> {
        self.prepared.get(name)
    }

    /// Returns what a cursor goes through.
    pub(super) fn cursor(&self, name: &Ident) -> Option<&Query> {
        self.cursors.get(name)
    }

    /// Forgets the cursors: they hold what settings meant when they were opened.
    pub(super) fn forget_cursors(&mut self) {
        self.cursors.clear();
    }

    /// Takes note of a statement; one whose name is taken fails, and a statement that fails leaves nothing to go on with.
    pub(super) fn observe(&mut self, statement: &Session) {
        match statement {
            Session::Prepare(prepare) => drop(self.prepared.insert(prepare.name.clone(), (**prepare).clone())),
            Session::Deallocate(deallocate) => match &deallocate.name {
                Some(name) => drop(self.prepared.remove(name)),
                None => self.prepared.clear(),
            },
            Session::DeclareCursor(cursor) => drop(self.cursors.insert(cursor.name.clone(), cursor.query.clone())),
            Session::Close(close) => match &close.cursor {
                Some(name) => drop(self.cursors.remove(name)),
                None => self.cursors.clear(),
            },
            _ => {}
        }
    }
}
