//! Like with like: two spellings of a definition are compared in the words of one server.
//!
//! PostgreSQL stores a parsed definition and spells it in its own way. To learn whether our spelling means the same, the
//! thing is made from it on an empty copy, within a transaction that is rolled back, and read by the same queries.

mod copies;

use std::collections::{BTreeMap, BTreeSet};

use self::copies::Copies;
use super::Connection;
use super::introspect::{IntrospectError, IntrospectOptions, within};
use crate::catalog::facts::{Certainty, Difference, Facts, Property, Value};
use crate::catalog::{Address, Catalog};
use crate::pg::{Ident, Name};

/// What was asked already, and what came of it.
#[derive(Debug, Default)]
pub struct Probe {
    verdicts: BTreeMap<Question, Verdict>,
}

/// Two spellings of a property: ours, and the server's.
type Question = (Address, Property, String, String);

/// What the server makes of two spellings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Same,
    Different,
}

impl Probe {
    /// Settles which of the differences between our catalog (left) and a server's (right) that may be none are none: those
    /// are left out, and those that are proven differ for sure. What the server does not take stays open.
    ///
    /// # Errors
    ///
    /// The server's where it refuses a schema of its own for the copies; what it then holds is not understood.
    pub fn settle(
        &mut self,
        connection: &mut Connection,
        (ours, live): (&Catalog, &Catalog),
        differences: Vec<Difference>,
    ) -> Result<Vec<Difference>, IntrospectError> {
        let open: Vec<&Difference> = differences
            .iter()
            .filter(|found| question(found).is_some_and(|question| !self.verdicts.contains_key(&question)))
            .collect();
        if !open.is_empty() {
            let asked = ask(connection, (ours, live), &open)?;
            self.verdicts.extend(asked);
        }
        let left = differences.into_iter().filter_map(|difference| self.judged(difference)).collect();
        Ok(without_derived(ours, left))
    }

    fn judged(&self, mut difference: Difference) -> Option<Difference> {
        match question(&difference).and_then(|question| self.verdicts.get(&question)) {
            Some(Verdict::Same) => None,
            Some(Verdict::Different) => {
                difference.certainty = Certainty::Differs;
                Some(difference)
            }
            None => Some(difference),
        }
    }
}

/// Leaves out the types of a view's columns that do not follow here: where the query is the same, they are the same.
fn without_derived(ours: &Catalog, differences: Vec<Difference>) -> Vec<Difference> {
    let is_query = |found: &&Difference| found.property.as_deref() == Some("query");
    let queries = differences.iter().filter(is_query).filter_map(|found| found.address.relation().cloned());
    let open: BTreeSet<Name> = queries.collect();
    let is_derived = |found: &Difference| match &found.address {
        Address::Column(view, _) => {
            let is_view = ours.relation(view).is_some_and(|relation| relation.view.is_some());
            let is_type = found.property.as_deref() == Some("type") && found.left == Some(Value::Unknown);
            is_view && is_type && !open.contains(view)
        }
        _ => false,
    };
    differences.iter().filter(|found| !is_derived(found)).cloned().collect()
}

/// Returns what to ask the server; `None` where the difference is sure, or nobody knows one of the sides.
fn question(difference: &Difference) -> Option<Question> {
    let may_be_left_out = may_be_left_out(difference);
    let spelling = |value: &Option<Value>| match value {
        Some(value) => value.written().map(str::to_owned),
        None => may_be_left_out.then(String::new),
    };
    let open = difference.certainty == Certainty::MayDiffer;
    let (left, right) = (spelling(&difference.left)?, spelling(&difference.right)?);
    open.then_some((difference.address.clone(), difference.property.clone()?, left, right))
}

/// Says whether nothing written on one side may say what the other writes.
fn may_be_left_out(difference: &Difference) -> bool {
    [&difference.left, &difference.right].into_iter().flatten().any(|value| matches!(value, Value::Perhaps(_)))
}

/// Makes all copies in one transaction, reads them, and compares.
fn ask(
    connection: &mut Connection,
    (ours, live): (&Catalog, &Catalog),
    open: &[&Difference],
) -> Result<Vec<(Question, Verdict)>, IntrospectError> {
    let addresses: BTreeSet<&Address> = open.iter().map(|difference| &difference.address).collect();
    let copies = Copies::of(ours, live, &addresses);
    connection.execute("BEGIN")?;
    let probed = make(connection, ours, &copies);
    // Whatever was made goes; a connection on which this fails is gone, and with it the transaction.
    let end = connection.execute("ROLLBACK");
    let probed = probed?;
    end?;
    let (made, there) = (Facts::of(&probed), Facts::of(&copies.live));
    let verdict = |difference: &&Difference| {
        let (address, property) = (copies.moved(&difference.address)?, difference.property.as_ref()?);
        let value = |facts: &Facts| {
            let found = facts.get(&address)?.get(property).cloned();
            (found.is_some() || may_be_left_out(difference)).then_some(found)
        };
        let (made, there) = (value(&made)?, value(&there)?);
        let verdict = if made == there { Verdict::Same } else { Verdict::Different };
        Some((question(difference)?, verdict))
    };
    Ok(open.iter().filter_map(verdict).collect())
}

/// Makes the copies, and reads what the server made of them.
fn make(connection: &mut Connection, ours: &Catalog, copies: &Copies) -> Result<Catalog, IntrospectError> {
    let path: Vec<String> = ours.search_path.iter().map(Ident::to_string).collect();
    connection.execute("SET LOCAL check_function_bodies = off")?;
    if !path.is_empty() {
        connection.execute(&format!("SET LOCAL search_path = {}", path.join(", ")))?;
    }
    for home in copies.homes.values() {
        connection.execute(&format!("CREATE SCHEMA {home}"))?;
    }
    for (first, attempts) in &copies.scripts {
        // One round trip when all goes well; a copy that cannot be made settles nothing.
        let all: String = first.iter().chain(attempts).map(|statement| format!("{statement};\n")).collect();
        if attempt(connection, &all)? {
            continue;
        }
        if first.as_ref().is_none_or(|first| attempt(connection, first).unwrap_or(false)) {
            for statement in attempts {
                attempt(connection, statement)?;
            }
        }
    }
    let schemas = Some(copies.homes.values().cloned().collect());
    within(connection, &IntrospectOptions { search_path: ours.search_path.clone(), schemas })
}

/// Runs statements, all or none of them; says whether the server took them.
fn attempt(connection: &mut Connection, statements: &str) -> Result<bool, IntrospectError> {
    connection.execute("SAVEPOINT probe")?;
    let done = connection.execute_script(statements);
    match done {
        Ok(_) => connection.execute("RELEASE SAVEPOINT probe").map(|_| true),
        Err(error) if error.sqlstate().is_some() => connection.execute("ROLLBACK TO SAVEPOINT probe").map(|_| false),
        Err(error) => Err(error),
    }
    .map_err(IntrospectError::from)
}
