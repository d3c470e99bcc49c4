//! `plan.yaml`: what a migration's scripts do, for people and for `apply`.

use serde::Serialize;

use super::{Output, checksum, stem};
use crate::catalog::Kind;
use crate::changes::{Change, DropNotNull, Fill, Inverse, Lock};
use crate::plan::{MigrationPlan, Phase, PlannedStatement, Sharing};
use crate::replay::Runs;
use crate::replay::retire::{is_retired, is_shelved};
use crate::report::StatementEntry;
use crate::verdict::{Audience, InverseClass, Scope};

#[derive(Serialize)]
struct Plan<'a> {
    version: u8,
    migration: String,
    sources: Vec<Source<'a>>,
    model: Model,
    phases: Vec<PhaseEntry>,
}

#[derive(Serialize)]
struct Source<'a> {
    file: &'a str,
    checksum: String,
}

#[derive(Serialize)]
struct Model {
    before: String,
    after: String,
}

#[derive(Serialize)]
struct PhaseEntry {
    audience: Audience,
    transaction: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    batch: Option<u32>,
    forward: Script,
    rollback: Script,
    statements: Vec<StatementPlan>,
}

#[derive(Serialize)]
struct Script {
    file: String,
    checksum: String,
}

#[derive(Serialize)]
struct StatementPlan {
    line: u32,
    kind: String,
    audience: Audience,
    scope: Scope,
    inverse: InverseClass,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locks: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    restores: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    discards: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    loses: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    needs: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stops: Option<String>,
}

/// Writes the plan of a migration, with the checksums of its scripts.
pub(super) fn text(plan: &MigrationPlan, scripts: &[Output]) -> String {
    let sources = plan.sources.iter();
    let document = Plan {
        version: 1,
        migration: plan.id.to_string(),
        sources: sources.map(|found| Source { file: &found.path, checksum: checksum(&found.text) }).collect(),
        model: Model { before: plan.before.clone(), after: plan.after.clone() },
        phases: plan.phases.iter().zip(1..).map(|(phase, number)| entry(phase, number, scripts)).collect(),
    };
    // Every value here is a string, a number, a boolean or a list of them.
    serde_yaml::to_string(&document).expect("a plan has a YAML form")
}

fn entry(phase: &Phase, number: usize, scripts: &[Output]) -> PhaseEntry {
    let script = |way: &str| {
        let file = format!("{}.{way}.sql", stem(number, phase));
        let text = scripts.iter().find(|script| script.name == file).map_or("", |script| script.text.as_str());
        Script { checksum: checksum(text), file }
    };
    PhaseEntry {
        audience: phase.audience,
        transaction: !matches!(phase.sharing, Sharing::Outside | Sharing::Batched),
        batch: phase.statements.iter().find_map(|found| found.batch.as_ref()).map(|batch| batch.rows),
        forward: script("forward"),
        rollback: script("rollback"),
        statements: phase.statements.iter().map(statement).collect(),
    }
}

fn statement(statement: &PlannedStatement) -> StatementPlan {
    let written = |lock: &Lock| format!("{} {}", lock.relation, lock.mode);
    let loses = match &statement.inverse {
        Inverse::Structural { loses, .. } => loses.clone(),
        _ => Vec::new(),
    };
    StatementPlan {
        line: statement.line,
        kind: StatementEntry::kind_of(statement.tag),
        audience: statement.verdict.audience,
        scope: statement.verdict.scope,
        inverse: statement.class,
        locks: statement.locks().iter().map(written).collect(),
        restores: statement.inverse.changes().iter().map(restored).collect(),
        discards: discards(statement),
        loses,
        needs: needs(statement),
        stops: statement.stop(),
    }
}

/// Writes what undoes; a name that the server chose as it is expected.
fn restored(change: &Change) -> String {
    match change {
        Change::DropGiven(given) => given.drop.to_string(),
        other => other.to_string(),
    }
}

/// Says what was written since and goes with the rollback.
fn discards(statement: &PlannedStatement) -> Vec<String> {
    let gone = statement.inverse.changes().iter().filter_map(|change| match change {
        Change::DropRelation(drop) if holds_rows(drop.kind) && !is_shelved(&drop.relation) => {
            Some(format!("rows of `{}` written since", drop.relation))
        }
        Change::DropColumn(drop) if !is_retired(&drop.column) => {
            Some(format!("values of `{}` in `{}` written since", drop.column, drop.table))
        }
        _ => None,
    });
    gone.collect()
}

fn holds_rows(kind: Kind) -> bool {
    matches!(kind, Kind::Table | Kind::Partitioned | Kind::TableAs)
}

/// Says what the rollback asks of rows that are written after the statement.
fn needs(statement: &PlannedStatement) -> Vec<String> {
    let comes_back = |dropped: &DropNotNull| {
        let mut restored = statement.inverse.changes().iter();
        restored.any(|change| matches!(change, Change::SetNotNull(set) if set.column == dropped.column))
    };
    let dropped = statement.changes.iter().filter_map(|change| match change {
        Change::DropNotNull(found) if found.fill == Fill::Nothing && comes_back(found) => Some(found),
        _ => None,
    });
    let words = |found: &DropNotNull| {
        let DropNotNull { table, column, .. } = found;
        match statement.runs {
            Runs::Changes => format!(
                "no rows in `{table}` written since: `{column}` takes no NULL, so say `-- tenet: fill {column} with <expression>`"
            ),
            Runs::Statement => format!("no NULL in `{column}` of `{table}` written since"),
        }
    };
    dropped.map(words).collect()
}
