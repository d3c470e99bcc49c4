//! There, back and there again: a migration's own scripts on a server, what it holds looked at after each.

use super::rows::{self, Style, Unfilled};
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

/// What came of a migration that was tried with rows.
pub(super) enum Tried {
    /// It ran, there and back and there; some tables had no rows.
    Yes(Back, Unfilled),
    /// The server does not take it with these rows.
    Refused(String),
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
        // Each way is a session of its own.
        if let Err(error) = walk.room.connection.execute("DISCARD TEMP") {
            return Ok(Err(Stopped { comment: String::new(), error: Box::new(sql(error)?) }));
        }
        Ok(Ok(()))
    }

    /// Says whether what is there already has anything to do with it, and something undoes it.
    pub(super) fn concerns_rows(&self) -> bool {
        let statements = || self.plan.phases.iter().flat_map(|phase| &phase.statements);
        let touches = self.plan.phases.iter().any(|phase| !phase.locks.is_empty() || !phase.recordings.is_empty());
        let records = statements().any(|statement| {
            let is_declared = matches!(statement.inverse, Inverse::Declared(_));
            is_declared || !statement.recorded.is_empty() || !statement.inverse.records().is_empty()
        });
        (touches || records) && statements().all(|statement| statement.stop().is_none())
    }

    /// Says whether nothing is lost or left to its author, so that rows have to be the same.
    fn claims_rows(&self) -> bool {
        let mut statements = self.plan.phases.iter().flat_map(|phase| &phase.statements);
        statements.all(|statement| !matches!(statement.inverse, Inverse::Structural { .. } | Inverse::Declared(_)))
    }

    /// Goes there, back and there with sample rows, from what the server holds before the migration.
    pub(super) fn try_with_rows(
        &self,
        walk: &mut Walk<'_, '_>,
        before: &Catalog,
        style: Style,
    ) -> Result<Tried, VerifyError> {
        let unfilled = rows::fill(&mut walk.room.connection, style)?;
        walk.settings()?;
        let was = rows::image(&mut walk.room.connection)?;
        if let Err(stopped) = self.run(walk, Way::Forward)? {
            return Ok(Tried::Refused(format!("{}: {}", stopped.comment, stopped.error)));
        }
        let there = rows::image(&mut walk.room.connection)?;
        let mut back = None;
        let outcome = self.back_and(walk, before, &mut |walk| {
            back = Some(rows::image(&mut walk.room.connection)?);
            Ok(())
        })?;
        // Numbers that were given out are not given out again, and statements may write what the clock says.
        let writes = self.plan.phases.iter().any(|phase| !phase.recordings.is_empty());
        let is_kept = |name: &String| !(writes && name.starts_with("sequence "));
        let kept = |image: &rows::Image| -> rows::Image {
            image.iter().filter(|(name, _)| is_kept(name)).map(|(name, held)| (name.clone(), held.clone())).collect()
        };
        let lost = back.map_or_else(Vec::new, |is| rows::differences(&kept(&was), &kept(&is)));
        let again = rows::image(&mut walk.room.connection)?;
        let counts = |image: &rows::Image| -> rows::Image {
            let tables = image.iter().filter(|(name, _)| name.starts_with("table "));
            let count = |held: &String| held.split(',').next().unwrap_or("").to_owned();
            tables.map(|(name, held)| (name.clone(), count(held))).collect()
        };
        let differing = rows::differences(&counts(&there), &counts(&again));
        let differing = differing.into_iter().map(|found| format!("again, {found}"));
        let all: Vec<String> = lost.into_iter().chain(differing).collect();
        Ok(Tried::Yes(
            match outcome {
                Back::Restored if !all.is_empty() && self.claims_rows() => Back::Rows(all),
                Back::Restored if !all.is_empty() => Back::Loses(all),
                other => other,
            },
            unfilled,
        ))
    }

    /// Goes back and forth again from where the migration has just been run; `before` is what the server held before.
    pub(super) fn back(&self, walk: &mut Walk<'_, '_>, before: &Catalog) -> Result<Back, VerifyError> {
        self.back_and(walk, before, &mut |_| Ok(()))
    }

    /// Goes back, looks at what is there, and goes forth again.
    fn back_and(
        &self,
        walk: &mut Walk<'_, '_>,
        before: &Catalog,
        look: &mut dyn FnMut(&mut Walk<'_, '_>) -> Result<(), VerifyError>,
    ) -> Result<Back, VerifyError> {
        let all = self.plan.phases.iter().flat_map(|phase| &phase.statements);
        let stop = all.clone().find_map(|statement| Some((statement, statement.stop()?)));
        if let Some((statement, reason)) = stop {
            return Ok(Back::Stops(format!("line {}: {reason}", statement.line)));
        }
        let after = walk.live()?;
        if let Err(stopped) = self.run(walk, Way::Rollback)? {
            return Ok(Back::Refused(format!("{}: {}", stopped.comment, stopped.error)));
        }
        look(walk)?;
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
