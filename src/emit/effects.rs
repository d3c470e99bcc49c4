//! A statement with what it finds recorded before it, and what undoes it, which asks for the record.

use crate::catalog::Class;
use crate::changes::{Change, Inverse, Record, Taken};
use crate::plan::{Guard, PlannedStatement};
use crate::query::Quoted;
use crate::replay::Runs;
use crate::replay::retire::is_attic;

/// Writes a statement, and records what it finds.
pub(super) fn forward(statement: &PlannedStatement) -> String {
    let taken = |wanted: Taken| -> String {
        statement.inverse.records().iter().filter(|found| found.taken == wanted).map(record).collect()
    };
    let (records, behind) = (taken(Taken::Before), taken(Taken::After));
    let Some(guard) = &statement.guard else { return format!("{records}{}{behind}", terminated(&statement.sql)) };
    let met = met(guard);
    match statement.runs {
        Runs::Statement => format!("{met}{records}{}", terminated(&statement.sql)),
        Runs::Changes => {
            let (always, rest): (Vec<&Change>, Vec<&Change>) =
                statement.changes.iter().partition(|change| is_of_attic(change));
            format!("{}{met}\\if :tenet_met\n{records}{}\\endif\n", written(&always), written(&rest))
        }
    }
}

/// Writes what undoes a statement; empty when there is nothing to do.
pub(super) fn rollback(statement: &PlannedStatement) -> String {
    if let Inverse::Declared(sql) = &statement.inverse {
        return terminated(sql.trim());
    }
    let changes: Vec<&Change> = statement.inverse.changes().iter().collect();
    let Some(guard) = statement.guard.as_ref().filter(|_| !changes.is_empty()) else { return written(&changes) };
    let (always, rest): (Vec<&Change>, Vec<&Change>) = changes.into_iter().partition(|change| is_of_attic(change));
    let kept = format!("SELECT tenet.kept({})::boolean AS met \\gset tenet_\n", Quoted(&guard.name));
    format!("{kept}\\if :tenet_met\n{}\\endif\n{}", written(&rest), written(&always))
}

/// Ends a statement.
pub(super) fn terminated(sql: &str) -> String {
    if sql.trim_end().ends_with(';') { format!("{}\n", sql.trim_end()) } else { format!("{sql};\n") }
}

fn record(record: &Record) -> String {
    format!("SELECT tenet.keep({}, {}) AS kept \\gset tenet_\n", Quoted(&record.name), record.value)
}

fn met(guard: &Guard) -> String {
    let name = Quoted(&guard.name).to_string();
    format!(
        "SELECT {} AS met \\gset tenet_\n\
         SELECT tenet.keep({name}, to_jsonb(:'tenet_met'::boolean)) AS kept \\gset tenet_\n",
        guard.holds
    )
}

/// The schema for what goes out of sight is there for other statements, too, whatever this one finds.
fn is_of_attic(change: &Change) -> bool {
    let id = match change {
        Change::CreateObject(create) => &create.object.id,
        Change::DropObject(drop) => &drop.id,
        _ => return false,
    };
    id.class == Class::Schema && is_attic(id.name.last())
}

/// Writes changes; one that returns a row keeps it to itself.
fn written(changes: &[&Change]) -> String {
    let lines = changes.iter().map(|change| match change {
        found if found.reads_record() => format!("{change} \\gset tenet_\n"),
        _ => format!("{change};\n"),
    });
    lines.collect()
}
