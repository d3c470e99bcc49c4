//! Cursors of PL/pgSQL: opening one reads its query, and what is fetched was read then.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::analysis::{Analysis, unfollowed};
use super::formula::Formula;
use super::node::Output;
use super::portal::{Position, Queried};
use super::variables::{Variable, Variables};
use crate::pg::Ident;
use crate::procedure::{CursorArgument, OpenSource, Sql, Target};
use crate::scope::Hole;

/// A cursor that is declared with its query.
#[derive(Debug)]
pub(super) struct Cursor {
    /// Its parameters, which its query sees as variables, and whether their types keep what they are given.
    pub(super) parameters: Vec<(Ident, bool)>,
    /// What it reads.
    pub(super) query: Sql,
    /// The variables where it is declared: its query names those.
    pub(super) variables: Variables,
}

/// What is known of the cursors that can be seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Cursors {
    /// Those that are declared with their query.
    declared: BTreeMap<Ident, Rc<Cursor>>,
    /// The variables that never name any but what this body opens: nothing assigns them.
    own: BTreeSet<Ident>,
    /// Those that were opened on the way here.
    open: BTreeSet<Ident>,
    /// The rows at which they stand.
    positions: BTreeMap<Ident, Position>,
}

impl Cursors {
    /// Takes note of a cursor that is declared with its query.
    pub(super) fn declare(&mut self, name: Ident, cursor: Cursor) {
        self.declared.insert(name, Rc::new(cursor));
    }

    /// Says that nothing assigns a variable.
    pub(super) fn owned(&mut self, name: Ident) {
        self.own.insert(name);
    }

    /// A variable may be assigned by another name.
    pub(super) fn shared(&mut self, name: &Ident) {
        self.own.remove(name);
    }

    /// A name gets another meaning.
    pub(super) fn hide(&mut self, name: &Ident) {
        self.declared.remove(name);
        self.own.remove(name);
        self.moved(name);
    }

    /// A variable may name another cursor than before.
    pub(super) fn moved(&mut self, name: &Ident) {
        self.open.remove(name);
        self.positions.remove(name);
    }

    /// A cursor was opened; where it stands may not be clear.
    pub(super) fn opened(&mut self, name: Ident, position: Option<Position>) {
        self.moved(&name);
        self.positions.extend(position.map(|position| (name.clone(), position)));
        self.open.insert(name);
    }

    /// Returns where a cursor stands, if that is clear.
    pub(super) fn position(&self, name: &Ident) -> Option<&Position> {
        self.positions.get(name)
    }

    /// Says whether a variable can only name what this body opened.
    fn is_own(&self, name: &Ident) -> bool {
        self.own.contains(name) || self.open.contains(name)
    }
}

impl Analysis<'_> {
    /// Reads what a cursor is opened for.
    pub(super) fn opened(&mut self, cursor: &Target, source: &OpenSource) -> Result<(), Hole> {
        let queried = match source {
            // It takes note of where the cursor stands.
            OpenSource::Bound(arguments) => return self.bound(cursor, arguments).map(drop),
            OpenSource::Query { query, .. } => self.sql(query).map(|_| Queried::Read)?,
            OpenSource::Execute { command, .. } => self.execute(command).map(|_| Queried::Folded)?,
        };
        if let Some(name) = cursor.name() {
            self.stands(name, queried);
        }
        Ok(())
    }

    /// Reads the query of a cursor that was declared with one.
    pub(super) fn bound(
        &mut self,
        cursor: &Target,
        arguments: &[CursorArgument],
    ) -> Result<(Vec<Output>, Formula), Hole> {
        let mut given = Vec::new();
        for found in arguments {
            given.push((found.name.clone(), self.expression(&found.value)?));
        }
        let name = cursor.name().map(|name| self.variables.resolve(name).clone());
        let known = name.as_ref().and_then(|name| self.variables.cursors.declared.get(name)).cloned();
        let (Some(name), Some(known)) = (name, known) else {
            return Err(unfollowed(cursor.span, "what the cursor goes through"));
        };
        let outer = self.variables.clone();
        for name in outer.hidden_since(&known.variables) {
            let value = self.terms.unknown().into();
            self.variables.declare(name, Variable::Scalar(value));
        }
        for (at, (parameter, keeps)) in known.parameters.iter().enumerate() {
            let by_name = given.iter().find(|(name, _)| name.as_ref() == Some(parameter));
            let found = by_name.or_else(|| given.get(at).filter(|(name, _)| name.is_none()));
            let value = match found.filter(|_| *keeps) {
                Some((_, value)) => value.clone(),
                None => self.terms.fresh().into(),
            };
            self.variables.declare(parameter.clone(), Variable::Scalar(value));
        }
        let found = self.sql(&known.query);
        self.variables = outer;
        self.stands(&name, Queried::Read);
        found
    }

    /// What comes from a cursor that another body opened was read by that one. Functions in its query run now.
    pub(super) fn fetched(&mut self, cursor: &Target) -> Result<(), Hole> {
        self.later();
        match cursor.name().is_some_and(|name| self.variables.cursors.is_own(self.variables.resolve(name))) {
            true => Ok(()),
            false => Err(unfollowed(cursor.span, "what the cursor goes through")),
        }
    }
}
