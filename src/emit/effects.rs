//! A statement with what it finds recorded before it, and what undoes it, which asks for the record.

use super::shape;
use crate::catalog::Class;
use crate::changes::{Change, Inverse, Record, Taken};
use crate::plan::{Guard, Part, PlannedStatement};
use crate::query::Quoted;
use crate::replay::Runs;
use crate::replay::retire::is_attic;

/// Writes a statement, and records what it finds.
pub(super) fn forward(statement: &PlannedStatement) -> String {
    let taken = |wanted: Taken| -> String {
        statement.inverse.records().iter().filter(|found| found.taken == wanted).map(record).collect()
    };
    let (records, behind) = (taken(Taken::Before), taken(Taken::After));
    if let Some(guard) = &statement.forbidden {
        let otherwise = Quoted(
            "what it drops or replaces is there, though no migration makes it: say how it is undone, or that it is not",
        );
        let forbidden =
            format!("SELECT tenet.require(NOT ({}),\n    {otherwise}) AS required \\gset tenet_\n", guard.holds_any());
        return format!("{forbidden}{}", allowed(statement, (&records, &behind)));
    }
    allowed(statement, (&records, &behind))
}

/// Writes a statement that may find whatever it finds, between what is recorded before and behind it.
fn allowed(statement: &PlannedStatement, (records, behind): (&str, &str)) -> String {
    if !statement.parts.is_empty() {
        return in_parts(statement);
    }
    if let (Some(guard), false) = (&statement.guard, statement.asked.is_empty()) {
        return observed(statement, guard);
    }
    if let (Some(guard), true) = (&statement.guard, statement.is_still) {
        return still(&statement.sql, guard);
    }
    let Some(guard) = &statement.guard else { return format!("{records}{}{behind}", terminated(&statement.sql)) };
    let met = met(guard) + &alike(&statement.changes);
    match statement.runs {
        Runs::Statement => format!("{met}{}{}", under_condition(records), terminated(&statement.sql)),
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
    if let (Some(guard), true) = (&statement.guard, statement.is_still) {
        let unknown =
            Quoted("what this program changed when it ran is not known: say how it is undone, or that it is not");
        let name = Quoted(&guard.name).to_string();
        return format!(
            "SELECT tenet.require(NOT tenet.kept({name})::boolean,\n    {unknown}) AS required \\gset tenet_\n"
        );
    }
    let divided = statement.parts.iter().rev();
    if !statement.parts.is_empty() {
        return divided.map(|part| undone(part.inverse.changes().iter().collect(), part.guard.as_ref())).collect();
    }
    undone(statement.inverse.changes().iter().collect(), statement.guard.as_ref())
}

/// Says, as SQL behind a statement that may find nothing to do, whether it did something.
pub(super) fn did(statement: &PlannedStatement) -> &'static str {
    match statement.asked.is_empty() {
        true => ":'tenet_met'::boolean",
        false => ":'tenet_before'::jsonb <> :'tenet_after'::jsonb",
    }
}

/// Writes a program that does all of what it may do, or nothing; what is there before and behind it says which.
fn observed(statement: &PlannedStatement, guard: &Guard) -> String {
    let ask =
        |at: &str| format!("SELECT jsonb_build_array({}) AS {at} \\gset tenet_\n", statement.asked.join(",\n    "));
    let partly = Quoted("it did a part of what it may do: write a statement for each");
    let (before, after) = (":'tenet_before'::jsonb", ":'tenet_after'::jsonb");
    format!(
        "{}{}{}SELECT tenet.require({before} = {after}\n    OR NOT ({before} @> '[true]' OR {after} @> '[false]'),\n    \
         {partly}) AS required \\gset tenet_\nSELECT tenet.keep({}, to_jsonb({before} <> {after})) AS kept \\gset tenet_\n",
        ask("before"),
        terminated(&statement.sql),
        ask("after"),
        Quoted(&guard.name)
    )
}

/// Writes a program that, as far as is known, leaves all definitions as they are; whether it did is recorded.
fn still(sql: &str, guard: &Guard) -> String {
    let name = Quoted(&guard.name).to_string();
    format!(
        "SELECT tenet.definitions() AS before \\gset tenet_\n{}SELECT tenet.keep({name}, \
         to_jsonb(tenet.definitions() <> :'tenet_before')) AS kept \\gset tenet_\n",
        terminated(sql)
    )
}

/// Asks that what is there already, where the condition did not hold that was asked last, is what the changes would make.
fn alike(changes: &[Change]) -> String {
    let required = shape::shapes(changes).into_iter().map(|shape| {
        let (holds, otherwise) = (shape.holds, Quoted(&shape.otherwise).to_string());
        format!("SELECT tenet.require(:'tenet_met'::boolean OR {holds},\n    {otherwise}) AS required \\gset tenet_\n")
    });
    required.collect()
}

/// Writes what is done only where the condition held that was asked last.
fn under_condition(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("\\if :tenet_met\n{text}\\endif\n") }
}

/// Writes a statement of which each part depends on what it finds.
fn in_parts(statement: &PlannedStatement) -> String {
    let recorded = |part: &Part| -> String { part.inverse.records().iter().map(record).collect() };
    if statement.runs == Runs::Statement {
        let found = statement.parts.iter().map(|part| match &part.guard {
            Some(guard) => met(guard) + &alike(&part.changes) + &under_condition(&recorded(part)),
            None => recorded(part),
        });
        let found: String = found.collect();
        return format!("{found}{}", terminated(&statement.sql));
    }
    let of_attic = statement.parts.iter().flat_map(|part| &part.changes).filter(|change| is_of_attic(change));
    let mut text = written(&of_attic.take(1).collect::<Vec<_>>());
    for part in &statement.parts {
        let rest: Vec<&Change> = part.changes.iter().filter(|change| !is_of_attic(change)).collect();
        match &part.guard {
            Some(guard) => text.push_str(
                &(met(guard) + &alike(&part.changes) + &under_condition(&(recorded(part) + &written(&rest)))),
            ),
            None => text.push_str(&(recorded(part) + &written(&rest))),
        }
    }
    text
}

/// Writes what undoes a statement or a part of it.
fn undone(changes: Vec<&Change>, guard: Option<&Guard>) -> String {
    let Some(guard) = guard.filter(|_| !changes.is_empty()) else { return written(&changes) };
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
    let partly = Quoted("a part of what it is about is there and another is not: write a statement for each");
    let required = guard.otherwise.iter().map(|otherwise| {
        let (holds, end) = (&guard.holds, "AS required \\gset tenet_\n");
        format!("SELECT tenet.require(({holds})\n    OR ({otherwise}),\n    {partly}) {end}")
    });
    let required: String = required.collect();
    required
        + &format!(
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
