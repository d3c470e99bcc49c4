//! Runs statements in both states of a pair and compares.

use std::collections::BTreeSet;
use std::fmt;

use tenet::verdict::Scope;

use super::compare::{Seen, Witness, compare};
use super::database::{Answer, Database, Failure, literal};
use super::schema::{Owner, Schema};
use super::state::Pair;

/// Errors that other tenants' rows may provoke: PostgreSQL itself says that such a key exists.
const RESIDUAL: &[&str] = &["23505", "23503", "23P01", "23001"];

/// Ways to go about a statement.
const PLANS: &[&str] = &[
    "",
    "SET LOCAL join_collapse_limit = 1; SET LOCAL from_collapse_limit = 1",
    "SET LOCAL enable_nestloop = off; SET LOCAL enable_hashjoin = on",
    "SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = on",
    "SET LOCAL enable_material = on; SET LOCAL enable_indexscan = on",
];

/// A statement that is run.
#[derive(Clone, Debug)]
pub struct Trial {
    /// Its text, parameters in place.
    pub text: String,
    /// What was said of it.
    pub scope: Scope,
}

/// Where statements are run.
pub struct Arena<'a> {
    /// The server.
    pub database: &'a mut Database,
    /// Whose rows are whose.
    pub schema: &'a Schema,
    /// What comes before each statement: settings.
    pub before: String,
}

/// How often what happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Statements were run in both states.
    pub run: usize,
    /// They changed rows or returned some.
    pub moved: usize,
    /// They failed in the same way in both.
    pub failed: usize,
    /// A key of another tenant was in the way.
    pub residual: usize,
}

impl Tally {
    /// Adds what another counted.
    pub fn add(&mut self, other: Tally) {
        self.run += other.run;
        self.moved += other.moved;
        self.failed += other.failed;
        self.residual += other.residual;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { run, moved, failed, residual } = self;
        write!(
            f,
            "run {run} times in two states, {moved} times with an effect, {failed} times with the same error in both, {residual} times a key was taken"
        )
    }
}

impl Arena<'_> {
    /// Runs statements for a tenant; returns which of them have a witness against them.
    pub fn run(&mut self, pair: &Pair, own: Option<&str>, trials: &[&Trial], tally: &mut Tally) -> Vec<usize> {
        let sides = [0, 1].map(|side| self.side(pair, own, trials, side, ""));
        let [Some(first), Some(second)] = sides else { return Vec::new() };
        let mut found = Vec::new();
        for (at, trial) in trials.iter().enumerate() {
            let [first, second] = [&first, &second].map(|(before, seen)| (before, &seen[at]));
            tally.run += 1;
            tally.failed += usize::from(first.1.error.is_some() && second.1.error.is_some());
            tally.moved += usize::from(first.0 != first.1 && first.1.error.is_none());
            if [first.1, second.1].into_iter().any(|seen| seen.error.as_ref().is_some_and(Failure::is_late)) {
                continue;
            }
            let Some(witness) = compare(trial.scope, own, first, second) else { continue };
            if self.is_residual(pair, own, trial, &witness, [first.1, second.1]) {
                tally.residual += 1;
            } else if self.witness(pair, own, trial).is_some() {
                found.push(at);
            }
        }
        found
    }

    /// Returns what a pair proves against a statement, however PostgreSQL goes about it: where several rows fit, the
    /// one that is taken depends on the plan, and the plan on how many rows there are.
    pub fn witness(&mut self, pair: &Pair, own: Option<&str>, trial: &Trial) -> Option<Witness> {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        let mut witness = None;
        for plan in PLANS {
            first.push(self.side(pair, own, &[trial], 0, plan)?);
            second.push(self.side(pair, own, &[trial], 1, plan)?);
            for (before, one) in &first {
                for (other_before, other) in &second {
                    let found = compare(trial.scope, own, (before, &one[0]), (other_before, &other[0]))?;
                    witness.get_or_insert(found);
                }
            }
        }
        let [one, other] = [&first[0].1[0], &second[0].1[0]];
        witness.filter(|witness| !self.is_residual(pair, own, trial, witness, [one, other]))
    }

    /// Runs statements in one state; `None` when there is no such state.
    fn side(
        &mut self,
        pair: &Pair,
        own: Option<&str>,
        trials: &[&Trial],
        side: usize,
        plan: &str,
    ) -> Option<(Seen, Vec<Seen>)> {
        let look = snapshot(self.schema);
        self.database.anew();
        self.database.must(&format!("PREPARE look AS {look}; BEGIN; {plan}"));
        let loaded = pair.load(self.schema, self.database, side);
        let seen = loaded.then(|| {
            self.database.must(&self.before);
            self.database.must("SAVEPOINT trial");
            let before = self.seen("SELECT WHERE false", own).unwrap();
            let after = |trial: &&Trial| match self.seen(&trial.text, own) {
                Ok(seen) => seen,
                Err(error) => Seen { error: Some(error), ..before.clone() },
            };
            let after = trials.iter().map(after).collect();
            (before, after)
        });
        self.database.must("ROLLBACK");
        seen
    }

    /// Runs a statement, looks, and undoes it.
    fn seen(&mut self, text: &str, own: Option<&str>) -> Result<Seen, Failure> {
        let seen = self.seen_once(text, own);
        // What is prepared stays when the rest is undone.
        if let Some(name) = text.split_once("PREPARE h").and_then(|(_, rest)| rest.split(' ').next())
            && self.database.run(&format!("DEALLOCATE h{name}")).is_err()
        {
            self.database.must("ROLLBACK TO trial");
        }
        seen
    }

    fn seen_once(&mut self, text: &str, own: Option<&str>) -> Result<Seen, Failure> {
        // The line break ends a comment that ends the statement.
        let whole = format!("{text}\n; RESET ROLE; SET CONSTRAINTS ALL IMMEDIATE; EXECUTE look; ROLLBACK TO trial");
        let answers = self.database.run(&whole).inspect_err(|_| {
            self.database.must("ROLLBACK TO trial");
        })?;
        // Behind the statement's own answers come those of the four commands that end it.
        let look = answers.len() - 2;
        let mut seen = Seen { result: answers[..look - 2].iter().flat_map(shown).collect(), ..Seen::default() };
        for row in &answers[look].rows {
            let [Some(table), tenant, values] = row.as_slice() else { continue };
            let line = format!("{table} {}", values.as_deref().unwrap_or(""));
            match tenant {
                _ if table.starts_with('*') => seen.own.push(line),
                Some(tenant) if own == Some(tenant) => seen.own.push(line),
                Some(tenant) => seen.others.push(format!("{tenant}: {line}")),
                None => seen.others.push(format!("nobody: {line}")),
            }
        }
        seen.own.sort();
        seen.others.sort();
        seen.result.sort();
        Ok(seen)
    }

    /// Says whether the states differ only by a key that is taken.
    fn is_residual(
        &mut self,
        pair: &Pair,
        own: Option<&str>,
        trial: &Trial,
        witness: &Witness,
        seen: [&Seen; 2],
    ) -> bool {
        if matches!(witness, Witness::Touched { .. }) {
            return false;
        }
        let closed = &self.schema.closed;
        let by_key = |seen: &Seen| {
            seen.error.as_ref().is_some_and(|failure| {
                let carries_tenant = failure.constraint.as_ref().is_some_and(|name| closed.contains(name));
                RESIDUAL.contains(&failure.code.as_str()) && !carries_tenant
            })
        };
        if seen.into_iter().any(by_key) {
            return true;
        }
        // ON CONFLICT and handlers are silent about such a key.
        let loud = without_handlers(&without_on_conflict(&trial.text));
        if loud == trial.text {
            return false;
        }
        let loud = Trial { text: loud, scope: trial.scope };
        // The tenant's own key may complain before the other one does.
        ["".to_owned(), without_keys(&self.schema.closed)].iter().any(|plan| {
            let sides = [0, 1].map(|side| self.side(pair, own, &[&loud], side, plan));
            sides.into_iter().flatten().any(|(_, seen)| by_key(&seen[0]))
        })
    }
}

/// Drops keys.
fn without_keys(names: &BTreeSet<String>) -> String {
    let names: Vec<String> = names.iter().map(|name| literal(Some(name))).collect();
    format!(
        "DO $do$ DECLARE key record; BEGIN
         FOR key IN SELECT conrelid::regclass AS owner, conname FROM pg_constraint
             WHERE contype IN ('p', 'u') AND coninhcount = 0 AND conname = ANY (ARRAY[{}]::name[])
         LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', key.owner, key.conname); END LOOP;
         END $do$",
        names.join(", ")
    )
}

/// A row or a count as a line.
fn shown(answer: &Answer) -> Vec<String> {
    let rows = answer.rows.iter().map(|row| format!("{row:?}"));
    rows.chain([format!("{} rows", answer.count)]).collect()
}

/// Reads all rows, and whose each is.
fn snapshot(schema: &Schema) -> String {
    let reads =
        schema.tables.iter().enumerate().filter(|(_, table)| table.owner != Owner::Unknown).map(|(at, table)| {
            let tenant = schema.tenant_of(at, "r");
            let mark = if tenant.is_some() { "" } else { "*" };
            let tenant = tenant.unwrap_or_else(|| "NULL".into());
            format!("SELECT '{mark}{}', {tenant}::text, r::text FROM {} r", table.short.replace('\'', ""), table.scan)
        });
    let reads: Vec<String> = reads.collect();
    if reads.is_empty() { "SELECT WHERE false".into() } else { reads.join(" UNION ALL ") }
}

/// Lets handlers of any error leave those about keys alone.
fn without_handlers(text: &str) -> String {
    text.replace("WHEN others THEN", "WHEN division_by_zero OR raise_exception THEN")
}

/// Takes ON CONFLICT out of statements, so that they complain about a key that is taken.
fn without_on_conflict(text: &str) -> String {
    let (mut loud, mut from) = (String::new(), 0);
    while let Some(start) = text[from..].find(" ON CONFLICT").map(|at| from + at) {
        loud += &text[from..start];
        from = end_of_conflict(text, start);
    }
    loud + &text[from..]
}

/// Returns where the ON CONFLICT ends that starts at a place.
fn end_of_conflict(text: &str, start: usize) -> usize {
    // A command that is put together ends with its literal, in which quotes are doubled.
    let is_literal = text[..start].matches('\'').count() % 2 == 1;
    let mut depth = 0;
    let mut quotes = 0;
    let end = text[start..].char_indices().find(|(at, c)| {
        quotes = if *c == '\'' { quotes + 1 } else { 0 };
        let is_last = !text[start + at + 1..].starts_with('\'');
        if is_literal && quotes % 2 == 1 && *c == '\'' && is_last {
            return true;
        }
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        depth < 0 || depth == 0 && (*c == ';' || text[start + at..].starts_with(" RETURNING "))
    });
    end.map_or(text.len(), |(at, _)| start + at)
}

#[test]
fn conflicts_are_taken_out_of_commands_too() {
    let command =
        "EXECUTE 'INSERT INTO t VALUES ($1, ''b'') ON CONFLICT (id) DO UPDATE SET a = ''x'' WHERE a < 2' USING p;";
    assert_eq!(without_on_conflict(command), "EXECUTE 'INSERT INTO t VALUES ($1, ''b'')' USING p;");
    let plain = "INSERT INTO t VALUES ('b') ON CONFLICT (id) DO UPDATE SET a = 'x' RETURNING a";
    assert_eq!(without_on_conflict(plain), "INSERT INTO t VALUES ('b') RETURNING a");
    let both = format!("{command} {plain}");
    let loud = "EXECUTE 'INSERT INTO t VALUES ($1, ''b'')' USING p; INSERT INTO t VALUES ('b') RETURNING a";
    assert_eq!(without_on_conflict(&both), loud);
}
