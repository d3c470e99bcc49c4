//! Which statements of a phase share a recording of the rows that they change, and where it is prepared.

use std::ops::Range;

use super::{Leaves, Phase, PlannedStatement, Sharing, unvalidated};
use crate::capture::{self, Owner, Recorded};
use crate::changes::{Change, Inverse};
use crate::pg::{Ident, Name};
use crate::settings::{Isolation, Settings};
use crate::verdict::{Audience, Scope};

/// Statements one behind another that share a recording, and are undone together.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Its number in the phase, from 1.
    pub number: usize,
    /// The places of the statements in the phase.
    pub statements: Range<usize>,
    /// What is recorded.
    pub relations: Vec<Recorded>,
    /// What is done before it is undone.
    pub freed: Vec<Change>,
}

/// Where the recordings of a phase are prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preparation {
    /// In the phase itself, and taken away at its end.
    Here,
    /// In the phase before, once for all tenants.
    Before,
    /// This phase prepares those of the next one.
    Ahead,
}

/// Finds what phases record; where tenants share tables, a phase of its own prepares what each tenant's phase records.
pub(super) fn prepared(phases: Vec<Phase>, settings: &Settings, own: Option<&Ident>) -> Vec<Phase> {
    let isolation = settings.tenancy.isolation;
    let mut prepared: Vec<Phase> = Vec::new();
    for mut phase in phases {
        phase.recordings = segments(&phase.statements, isolation, own);
        unvalidated::freed(&mut phase);
        let is_shared_by_all = phase.statements.iter().all(|found| found.verdict.scope != Scope::NotApplicable);
        let has_shared_tables = match isolation {
            Isolation::Row => true,
            Isolation::Hybrid => is_shared_by_all,
            Isolation::Schema | Isolation::Database => false,
        };
        if phase.audience == Audience::Tenant && has_shared_tables && !phase.recordings.is_empty() {
            phase.preparation = Preparation::Before;
            phase.recordings.iter_mut().flat_map(|segment| &mut segment.relations).for_each(|found| found.maker = None);
            prepared.push(Phase {
                audience: Audience::Shared,
                sharing: Sharing::Shared,
                statements: Vec::new(),
                recordings: phase.recordings.clone(),
                preparation: Preparation::Ahead,
                locks: Vec::new(),
                rollback_locks: Vec::new(),
                leaves: Leaves::Nothing,
            });
        }
        prepared.push(phase);
    }
    prepared
}

fn segments(statements: &[PlannedStatement], isolation: Isolation, own: Option<&Ident>) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    for at in (0..statements.len()).filter(|at| is_recorded(&statements[*at])) {
        match segments.last_mut().filter(|last| last.statements.end == at) {
            Some(last) => last.statements.end = at + 1,
            None => {
                let number = segments.len() + 1;
                segments.push(Segment { number, statements: at..at + 1, relations: Vec::new(), freed: Vec::new() });
            }
        }
    }
    for segment in &mut segments {
        let all = statements[segment.statements.clone()].iter().flat_map(|statement| {
            statement.recorded.iter().cloned().map(|recorded| {
                let is_shared = own.is_some_and(|own| recorded.relation.schema() != Some(own));
                if is_shared { recorded } else { owned(recorded, statement.verdict.scope, isolation) }
            })
        });
        segment.relations = capture::joined(all);
        let before = &statements[..segment.statements.start];
        for recorded in &mut segment.relations {
            recorded.maker = made_if_absent(&recorded.relation, before);
        }
    }
    segments
}

/// Returns the place of the statement of the phase that made a relation that might have been there.
fn made_if_absent(relation: &Name, before: &[PlannedStatement]) -> Option<usize> {
    let makes = |change: &Change| match change {
        Change::CreateTable(create) => create.relation.name == *relation,
        Change::CreateRelation(create) => create.relation.name == *relation,
        _ => false,
    };
    let made = before.iter().rposition(|statement| statement.changes.iter().any(makes));
    made.filter(|at| before[*at].guard.is_some())
}

/// Where all rows are one tenant's, no column says whose they are.
fn owned(recorded: Recorded, scope: Scope, isolation: Isolation) -> Recorded {
    match isolation {
        Isolation::Schema | Isolation::Database => Recorded { owner: Owner::Nobody, ..recorded },
        Isolation::Hybrid if scope == Scope::NotApplicable => Recorded { owner: Owner::Nobody, ..recorded },
        Isolation::Row | Isolation::Hybrid => recorded,
    }
}

fn is_recorded(statement: &PlannedStatement) -> bool {
    !statement.recorded.is_empty()
        && statement.irreversible.is_none()
        && matches!(statement.inverse, Inverse::Captured { .. })
}
