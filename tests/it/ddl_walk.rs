//! Random histories on a server and in the replay: after each statement both hold the same, or both refuse it with one
//! code, or the replay says that it does not know.
//!
//! `TENET_DDL_SEED` and `TENET_DDL_LENGTH` choose another history and its length, `TENET_DDL_HISTORIES` how many seeds.

use tenet::catalog::facts::{Certainty, Difference, Facts, compare};
use tenet::catalog::{Address, Catalog, Class, Origin};
use tenet::db::introspect::{IntrospectOptions, introspect};
use tenet::db::probe::Probe;
use tenet::db::scratch::Content;
use tenet::db::{Connection, DbError, Scratch};
use tenet::pg::{Ident, PgVersion};
use tenet::replay::Replay;
use tenet::syntax::{program, read};

use crate::ddl::Ddl;

/// What the replay does not judge: the types of expressions, and what functions make of values.
const UNJUDGED: &[&str] = &["22007", "22P02", "42804", "42846", "42883", "42P17"];

/// What a random history has shown.
#[derive(Default)]
pub struct Found {
    /// Where both parted, with the statements before.
    pub parted: Vec<String>,
    /// How many statements the server took, and refused, and of how many the replay was not sure.
    pub taken: usize,
    pub refused: usize,
    pub unsure: usize,
    /// How many statements both refused, with different codes.
    pub otherwise: usize,
}

struct Walk {
    seed: u64,
    connection: Connection,
    replay: Replay,
    probe: Probe,
    known: Vec<Difference>,
    history: Vec<String>,
    found: Found,
}

/// Walks one history.
pub fn walk(scratch: &Scratch, seed: u64, length: usize) -> Found {
    let database = format!("random_{seed}");
    scratch.create_database(&database, Content::Empty).unwrap();
    for role in ["reader", "writer"] {
        scratch.create_role_if_missing(role).unwrap();
    }
    let mut connection = scratch.connect(&database).unwrap();
    connection.execute("SET client_min_messages = error").unwrap();
    connection.execute("SET search_path = public").unwrap();
    let version = PgVersion::nearest(scratch.major());
    let replay = Replay::new(vec![Ident::exact("public")]).on(version).reading(program::READER);
    let (probe, known, history, found) = (Probe::default(), Vec::new(), Vec::new(), Found::default());
    let mut walk = Walk { seed, connection, replay, probe, known, history, found };
    walk.known = walk.differences();
    let mut ddl = Ddl::new(seed);
    for _ in 0..length {
        let sql = ddl.statement(walk.replay.catalog());
        walk.statement(&sql);
    }
    let found = walk.found;
    scratch.drop_database(&database).unwrap();
    found
}

impl Walk {
    fn statement(&mut self, sql: &str) {
        let answer = match self.connection.execute(sql) {
            Ok(_) => None,
            Err(DbError::Sql(error)) => Some(error),
            Err(error) => panic!("{sql}: {error}"),
        };
        let read = read::script(sql).statements.remove(0).outcome;
        let Ok(statement) = read else { return self.part(sql, "is not read") };
        let before = self.replay.clone();
        let step = self.replay.step(&statement, Origin::default());
        let said = step.refusal.map(|refusal| (refusal.error.sqlstate(), refusal.error.to_string()));
        let doubt = self.replay.catalog().doubt.is_some() || step.error.is_some() && said.is_none();
        match (answer, said) {
            (Some(error), Some((code, _))) if error.sqlstate == code => self.found.refused += 1,
            (Some(error), Some(_)) if UNJUDGED.contains(&error.sqlstate.as_str()) => self.found.refused += 1,
            // Of two faults PostgreSQL may name the other.
            (Some(_), Some(_)) => {
                self.found.refused += 1;
                self.found.otherwise += 1;
            }
            // Nobody tells the replay who runs the history.
            (Some(error), None) if error.message.contains("must have same owner") => {
                self.found.refused += 1;
                self.replay = before;
            }
            (Some(error), None) => {
                self.found.refused += 1;
                self.replay = before;
                match doubt || UNJUDGED.contains(&error.sqlstate.as_str()) {
                    true => self.found.unsure += 1,
                    false => self.part(sql, &format!("refused: {} {}", error.sqlstate, error.message)),
                }
            }
            (None, Some((code, message))) => {
                self.found.taken += 1;
                self.part(sql, &format!("taken; the replay refuses it: {code} {message}"));
                self.resume();
            }
            (None, None) => self.taken(sql, doubt),
        }
    }

    /// Compares after a statement that both take.
    fn taken(&mut self, sql: &str, doubt: bool) {
        self.found.taken += 1;
        let all = self.differences();
        let fresh: Vec<&Difference> = all.iter().filter(|found| !self.known.contains(found)).collect();
        let sure: Vec<String> = fresh
            .iter()
            .filter(|found| found.certainty == Certainty::Differs)
            .map(|found| {
                format!("{} {:?}: {:?}, on the server {:?}", found.address, found.property, found.left, found.right)
            })
            .collect();
        let unsure = doubt || !fresh.is_empty();
        if doubt || sure.is_empty() {
            self.found.unsure += usize::from(unsure);
            self.history.push(sql.to_owned());
        } else {
            self.part(sql, &sure.join("\n  "));
        }
        if unsure {
            self.resume();
        }
    }

    fn part(&mut self, sql: &str, what: &str) {
        self.history.push(sql.to_owned());
        let relevant = self.history.iter().rev().take(60).rev().cloned().collect::<Vec<_>>().join(";\n    ");
        self.found.parted.push(format!("seed {}: {sql}\n  {what}\n  after\n    {relevant}", self.seed));
    }

    fn differences(&mut self) -> Vec<Difference> {
        let live = self.live();
        let found = compare(&Facts::of(self.replay.catalog()), &Facts::of(&live));
        let found = self.probe.settle(&mut self.connection, (self.replay.catalog(), &live), found).unwrap();
        let is_role = |found: &Difference| matches!(&found.address, Address::Object(id) if id.class == Class::Role);
        found.into_iter().filter(|found| !is_role(found)).collect()
    }

    fn live(&mut self) -> Catalog {
        let options = IntrospectOptions { search_path: vec![Ident::exact("public")], schemas: None };
        introspect(&mut self.connection, &options).unwrap_or_else(|error| panic!("{error}: {:?}", self.history))
    }

    fn resume(&mut self) {
        let live = self.live();
        self.replay.resume(live);
        self.known = self.differences();
    }
}
