//! Cursors of PL/pgSQL: opening one reads its query, and what is fetched was read then.

use super::analysis::{Analysis, unfollowed};
use super::formula::Formula;
use super::node::Output;
use super::variables::{Variable, Variables};
use crate::pg::Ident;
use crate::procedure::{CursorArgument, OpenSource, Sql, Target};
use crate::scope::Hole;

/// A cursor that is declared with its query.
#[derive(Clone)]
pub(super) struct Cursor {
    /// Its name.
    pub(super) name: Ident,
    /// Its parameters, which its query sees as variables.
    pub(super) parameters: Vec<Ident>,
    /// What it reads.
    pub(super) query: Sql,
    /// The variables where it is declared: its query names those.
    pub(super) variables: Variables,
}

impl Analysis<'_> {
    /// Reads what a cursor is opened for.
    pub(super) fn opened(&mut self, cursor: &Target, source: &OpenSource) -> Result<(), Hole> {
        match source {
            OpenSource::Bound(arguments) => drop(self.bound(cursor, arguments)?),
            OpenSource::Query { query, .. } => drop(self.sql(query)?),
            OpenSource::Execute { command, .. } => drop(self.execute(command)?),
        }
        if let (Some(name), OpenSource::Query { .. }) = (cursor.name(), source) {
            self.stands(&name.clone());
        }
        self.open_cursors.extend(cursor.name().cloned());
        Ok(())
    }

    /// Reads the query of a cursor that was declared with one.
    pub(super) fn bound(
        &mut self,
        cursor: &Target,
        arguments: &[CursorArgument],
    ) -> Result<(Vec<Output>, Formula), Hole> {
        arguments.iter().try_for_each(|found| self.expression(&found.value).map(drop))?;
        let known = cursor.name().and_then(|name| self.cursors.iter().rfind(|known| known.name == *name)).cloned();
        let Some(known) = known else { return Err(unfollowed(cursor.span, "what the cursor goes through")) };
        let outer = self.variables.clone();
        for name in outer.hidden_since(&known.variables) {
            let value = self.terms.unknown().into();
            self.variables.declare(name, Variable::Scalar(value));
        }
        for parameter in known.parameters {
            let value = self.terms.fresh().into();
            self.variables.declare(parameter, Variable::Scalar(value));
        }
        let found = self.sql(&known.query);
        self.variables = outer;
        self.stands(&known.name);
        found
    }

    /// What comes from a cursor that another body opened was read by that one.
    pub(super) fn fetched(&mut self, cursor: &Target) -> Result<(), Hole> {
        match cursor.name().is_some_and(|name| self.open_cursors.contains(name)) {
            true => Ok(()),
            false => Err(unfollowed(cursor.span, "what the cursor goes through")),
        }
    }
}
