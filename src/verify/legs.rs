//! There, back and there again: a migration's own scripts on a server, what it holds looked at after each.

use super::script::{self, Stopped, Variables};
use super::walk::{Walk, sql};
use super::{Back, VerifyError};
use crate::catalog::Catalog;
use crate::catalog::facts::{Difference, Facts, compare};
use crate::changes::Inverse;
use crate::emit::{self, Output};
use crate::plan::MigrationPlan;

/// The ways of a script.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// As the migration goes.
    Forward,
    /// What undoes it.
    Rollback,
}

/// The scripts of a migration.
pub(super) struct Legs<'p> {
    plan: &'p MigrationPlan,
    outputs: Vec<Output>,
}

impl<'p> Legs<'p> {
    /// Compiles a migration.
    pub(super) fn of(plan: &'p MigrationPlan, settings: &crate::settings::Settings) -> Self {
        Legs { plan, outputs: emit::migration(plan, settings) }
    }

    /// Runs the scripts of one way.
    pub(super) fn run(&self, walk: &mut Walk<'_, '_>, way: Way) -> Result<Result<(), Stopped>, VerifyError> {
        let suffix = if way == Way::Forward { ".forward.sql" } else { ".rollback.sql" };
        let mut scripts: Vec<&Output> = self.outputs.iter().filter(|output| output.name.ends_with(suffix)).collect();
        if way == Way::Rollback {
            scripts.reverse();
        }
        for output in scripts {
            if let Err(stopped) = one(walk, &output.text)? {
                return Ok(Err(stopped));
            }
        }
        Ok(Ok(()))
    }

    /// Goes back and forth again from where the migration has just been run; `before` is what the server held before.
    pub(super) fn back(&self, walk: &mut Walk<'_, '_>, before: &Catalog) -> Result<Back, VerifyError> {
        let all = self.plan.phases.iter().flat_map(|phase| &phase.statements);
        let stop = all.clone().find_map(|statement| Some((statement, statement.stop()?)));
        if let Some((statement, reason)) = stop {
            return Ok(Back::Stops(format!("line {}: {reason}", statement.line)));
        }
        let after = walk.live()?;
        if let Err(stopped) = self.run(walk, Way::Rollback)? {
            return Ok(Back::Refused(format!("{}: {}", stopped.comment, stopped.error)));
        }
        let mut loses: Vec<String> = Vec::new();
        for statement in all {
            if let Inverse::Structural { loses: lost, .. } = &statement.inverse {
                loses.extend(lost.iter().cloned());
            }
        }
        let left = residue(before, &walk.live()?);
        // What the plan says is lost may be missed.
        if !left.is_empty() && loses.is_empty() {
            return Ok(Back::Residue(left));
        }
        if let Err(stopped) = self.run(walk, Way::Forward)? {
            return Ok(Back::Refused(format!("again {}: {}", stopped.comment, stopped.error)));
        }
        let left = residue(&after, &walk.live()?);
        Ok(match (left.is_empty(), loses.is_empty()) {
            (true, true) => Back::Restored,
            (_, false) => Back::Loses(loses),
            (false, true) => Back::Residue(left),
        })
    }
}

/// Like is compared with like: both sides are the server's.
fn residue(was: &Catalog, is: &Catalog) -> Vec<Difference> {
    let facts = |catalog: &Catalog| Facts::of(catalog).lawful();
    let own = |found: &Difference| !super::walk::is_ours(&found.address);
    compare(&facts(was), &facts(is)).into_iter().filter(own).collect()
}

/// Runs a script; roles that it names and nobody made are made on a server of our own.
pub(super) fn one(walk: &mut Walk<'_, '_>, text: &str) -> Result<Result<(), Stopped>, VerifyError> {
    let mut last = None;
    for _ in 0..8 {
        let mut variables = Variables::new();
        variables.insert(walk.parameter(), walk.tenant());
        let Err(stopped) = script::run(&mut walk.room.connection, text, &mut variables)? else { return Ok(Ok(())) };
        if let Err(error) = walk.room.connection.execute("ROLLBACK") {
            sql(error)?;
        }
        match (super::walk::missing_role(&stopped.error), walk.room.scratch) {
            (Some(role), Some(scratch)) => scratch.create_role_if_missing(&role)?,
            _ => return Ok(Err(stopped)),
        }
        last = Some(stopped);
    }
    Ok(last.map_or(Ok(()), Err))
}
