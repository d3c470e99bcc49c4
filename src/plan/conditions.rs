//! Statements that do something or nothing, or something else, depending on what they find when they run.

use super::found::{Found, unknown_aggregate};
use super::{Guard, Planner};
use crate::catalog::{Class, Origin};
use crate::changes::{Change, Inverse};
use crate::procedure::{Part as Piece, SqlKind};
use crate::replay::{Runs, Step};
use crate::statement::Statement;
use crate::statement::relation::{self, ActionKind, RelationChange};
use crate::statement::session;
use crate::syntax::program::READER;

/// A part of a statement that does something or nothing, whatever the others do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// On what that depends.
    pub guard: Option<Guard>,
    /// What it changes.
    pub changes: Vec<Change>,
    /// What undoes it.
    pub inverse: Inverse,
}

/// On what it depends what a statement does.
pub(super) struct Conditions {
    /// The condition on which it does anything.
    pub(super) guard: Option<Guard>,
    /// Its parts, when each depends on something else.
    pub(super) parts: Vec<Part>,
    /// What must not be there, as nothing could bring it back.
    pub(super) forbidden: Option<Guard>,
    /// What is asked before and behind it to learn whether it did anything.
    pub(super) asked: Vec<String>,
    /// Whether, as far as is known, it leaves all definitions as they are.
    pub(super) is_still: bool,
}

impl Conditions {
    fn new(guard: Option<Guard>, parts: Vec<Part>) -> Self {
        Conditions { guard, parts, forbidden: None, asked: Vec::new(), is_still: false }
    }
}

/// How a statement with several names or actions is undone.
pub(super) enum Divided {
    /// Each part by itself.
    Apart(Vec<Part>),
    /// All parts or none.
    Together(Option<Guard>),
}

impl Part {
    fn restoring(inverse: Inverse) -> Part {
        Part { guard: None, changes: Vec::new(), inverse }
    }
}

impl Planner<'_> {
    /// Says on what it depends what a statement does, and what brings back what it finds.
    pub(super) fn conditions(
        &self,
        statement: &Statement,
        (step, inverse): (&Step, &Inverse),
        (divided, unknown): (Option<Divided>, Vec<Found>),
        place: &str,
    ) -> Conditions {
        let (changes, runs) = (step.changes.as_slice(), step.runs);
        if step.is_fleeting {
            return Conditions::new(None, Vec::new());
        }
        let is_undone = !matches!(inverse, Inverse::Nothing | Inverse::Underivable { .. });
        let (guard, parts) = match divided.filter(|_| is_undone) {
            Some(Divided::Apart(parts)) => (None, parts),
            Some(Divided::Together(guard)) => (guard, Vec::new()),
            None => (Guard::of(statement).filter(|_| is_undone), Vec::new()),
        };
        let effect = || Some(Guard { name: format!("effect of {place}"), holds: String::new(), otherwise: None });
        if let (Statement::Session(_), Inverse::Captured { .. }, Some(asked)) = (statement, inverse, asked(changes)) {
            return Conditions { asked, ..Conditions::new(effect(), Vec::new()) };
        }
        if is_idle_program(statement, inverse) {
            return Conditions { is_still: true, ..Conditions::new(effect(), Vec::new()) };
        }
        if let Some(parts) = self.replacing(statement, (changes, inverse, runs)) {
            return Conditions::new(None, parts);
        }
        let lost: Vec<Guard> = unknown.iter().filter(|found| found.restored().is_none()).map(Found::presence).collect();
        let columns = Guard::columns(statement).filter(|_| *inverse == Inverse::Nothing);
        let aggregate = unknown_aggregate(statement, changes, self.replay.catalog());
        let forbidden = Guard::any(lost.into_iter().chain(columns).chain(aggregate).collect());
        let restored = unknown.iter().filter_map(Found::restored).map(Part::restoring);
        let restored: Vec<Part> = restored.filter(|_| !matches!(inverse, Inverse::Underivable { .. })).collect();
        if restored.is_empty() {
            return Conditions { forbidden, ..Conditions::new(guard, parts) };
        }
        let whole = || Part { guard, changes: changes.to_vec(), inverse: inverse.clone() };
        let own = if parts.is_empty() && is_undone { vec![whole()] } else { parts };
        Conditions { forbidden, ..Conditions::new(None, own.into_iter().chain(restored).collect()) }
    }

    /// Returns what a statement drops if it exists, though before it, as far as is known, it does not.
    pub(super) fn unknown(&self, statement: &Statement) -> Vec<Found> {
        let parts = Guard::parts(statement);
        let alone = std::slice::from_ref(statement);
        let all = if parts.is_empty() { alone } else { parts.as_slice() };
        let catalog = self.replay.catalog();
        let finds_nothing = |part: &&Statement| super::is_idle(part, catalog);
        all.iter().filter(finds_nothing).flat_map(Found::dropped).collect()
    }

    /// Says how `OR REPLACE` is undone: what is there when it runs comes back, and where nothing was, nothing is left.
    fn replacing(
        &self,
        statement: &Statement,
        (changes, inverse, runs): (&[Change], &Inverse, Runs),
    ) -> Option<Vec<Part>> {
        let (found, drop) = Found::replaced(statement, changes, self.replay.catalog())?;
        if runs != Runs::Statement || matches!(inverse, Inverse::Underivable { .. } | Inverse::Structural { .. }) {
            return None;
        }
        let fresh =
            Part { guard: Some(found.absence()), changes: changes.to_vec(), inverse: Inverse::exact(drop.clone()) };
        let restored = Part::restoring(found.restored()?);
        let is_drop = inverse.changes() == std::slice::from_ref(&drop);
        let known = Part { guard: Some(found.presence()), changes: Vec::new(), inverse: inverse.clone() };
        // What is recorded of a routine is all that makes it again.
        let is_told = matches!(inverse.changes(), [Change::AlterObject(alter)]
            if alter.id.class == Class::Routine && alter.to_string().starts_with("CREATE OR REPLACE"));
        let known = Some(known).filter(|_| *inverse != Inverse::Nothing && !is_drop && !is_told);
        Some([fresh, restored].into_iter().chain(known).collect())
    }

    /// Says how a statement is undone that stands for these, from the catalog before it; `None` when it stands for none.
    pub(super) fn divided(&self, statements: &[Statement], origin: Origin) -> Option<Divided> {
        if statements.is_empty() {
            return None;
        }
        let mut replay = if self.made.is_whole() { self.made.clone() } else { self.replay.clone() };
        let mut parts = Vec::new();
        let mut guards = Vec::new();
        let mut is_apart = true;
        for statement in statements {
            let step = replay.step(statement, origin);
            let guard = Guard::of(statement).filter(|_| step.error.is_some() || !step.changes.is_empty());
            guards.extend(guard.clone());
            is_apart &= step.error.is_none() && !matches!(step.inverse, Inverse::Underivable { .. });
            parts.push(Part { guard, changes: step.changes, inverse: step.inverse });
        }
        let has_records = parts.iter().any(|part| !part.inverse.records().is_empty());
        Some(if is_apart && !has_records { Divided::Apart(parts) } else { Divided::Together(Guard::all(guards)) })
    }
}

/// Says whether a program could change definitions, and as far as is known changes none.
fn is_idle_program(statement: &Statement, inverse: &Inverse) -> bool {
    let Statement::Session(session) = statement else { return false };
    let session::Statement::Do(block) = &**session else { return false };
    let is_idle = matches!(inverse, Inverse::Nothing | Inverse::Exact(_) | Inverse::Captured { .. });
    let Some(procedure) = (READER.procedure)(&block.body).filter(|_| is_idle && inverse.changes().is_empty()) else {
        return false;
    };
    procedure.parts().into_iter().any(|part| match part {
        Piece::Sql(sql) => {
            matches!(&sql.kind, SqlKind::Statement(inner) if matches!(**inner, Statement::Relation(_) | Statement::Object(_)))
        }
        Piece::Command(_) => true,
        _ => false,
    })
}

/// Returns what tells whether a program that may do nothing did something.
fn asked(changes: &[Change]) -> Option<Vec<String>> {
    let asked: Option<Vec<String>> = changes.iter().map(Change::presence).collect();
    asked.filter(|asked| !asked.is_empty())
}

/// Says whether a statement names a relation that may not be there when it runs: it cannot be locked first.
pub(super) fn meets(statement: &Statement) -> bool {
    let Statement::Relation(found) = statement else { return false };
    match &**found {
        relation::Statement::Drop(drop) => drop.if_exists,
        relation::Statement::AlterRelation(alter) => alter.if_exists,
        _ => false,
    }
}

impl Guard {
    /// Returns the condition that columns are there that a statement drops if they exist.
    fn columns(statement: &Statement) -> Option<Guard> {
        let Statement::Relation(found) = statement else { return None };
        let relation::Statement::AlterRelation(alter) = &**found else { return None };
        let RelationChange::Actions(actions) = &alter.change else { return None };
        let is_drop = |action: &relation::Action| matches!(action.kind, ActionKind::DropColumn { if_exists: true, .. });
        if !actions.iter().all(is_drop) {
            return None;
        }
        let parts = Guard::parts(statement);
        match parts.is_empty() {
            true => Guard::of(statement),
            false => Guard::any(parts.iter().filter_map(Guard::of).collect()),
        }
    }
}
