//! Random changes and what undoes them, in memory and on a server: what was there is there again, or the class says what is lost.
//!
//! `TENET_UNDO_SEED` chooses another history, `TENET_UNDO_SECONDS` how long to go on with further ones.

use std::time::{Duration, Instant};

use tenet::catalog::facts::{Difference, Facts, compare};
use tenet::catalog::{Address, Catalog, Class, Origin};
use tenet::changes::{Change, Inverse, Record, Taken};
use tenet::db::introspect::{IntrospectOptions, introspect};
use tenet::db::scratch::Content;
use tenet::db::{Connection, DbError, Scratch, ScratchOptions};
use tenet::pg::Ident;
use tenet::replay::retire::{Retirement, Shelf};
use tenet::replay::{Replay, Runs, Step};
use tenet::syntax::{program, read};

use crate::ddl::Ddl;

/// How many statements a history has.
const LENGTH: usize = 60;

struct Walk {
    seed: u64,
    connection: Connection,
    replay: Replay,
    /// What the server holds.
    live: Catalog,
    history: Vec<String>,
    /// Claims that were not kept.
    broken: Vec<String>,
    /// How many inverses brought everything back, and how many claim less.
    kept: usize,
    weaker: usize,
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn random_changes_are_undone_or_say_what_is_lost() {
    let bin = std::env::var_os("TENET_POSTGRES_BIN").filter(|value| !value.is_empty()).map(Into::into);
    let scratch = Scratch::start(ScratchOptions { bin, ..ScratchOptions::default() }).unwrap();
    for role in ["reader", "writer"] {
        scratch.create_role_if_missing(role).unwrap();
    }
    let first = number("TENET_UNDO_SEED", 1);
    let end = Instant::now() + Duration::from_secs(number("TENET_UNDO_SECONDS", 15));
    let (mut broken, mut kept, mut weaker, mut seed) = (Vec::new(), 0, 0, first);
    while Instant::now() < end || seed == first {
        let mut walk = Walk::new(&scratch, seed);
        let mut ddl = Ddl::new(seed);
        for _ in 0..LENGTH {
            let sql = ddl.statement(walk.replay.catalog());
            walk.statement(&sql);
            if Instant::now() > end {
                break;
            }
        }
        broken.extend(walk.broken);
        (kept, weaker) = (kept + walk.kept, weaker + walk.weaker);
        scratch.drop_database(&format!("undo_{seed}")).unwrap();
        seed += 1;
    }
    println!("seeds {first} to {}: {kept} inverses kept, {weaker} claim less", seed - 1);
    assert!(broken.is_empty(), "{} of {kept} claims not kept\n{}", broken.len(), broken.join("\n\n"));
    assert!(kept > 0, "nothing was undone");
}

impl Walk {
    fn new(scratch: &Scratch, seed: u64) -> Self {
        let database = format!("undo_{seed}");
        scratch.create_database(&database, Content::Empty).unwrap();
        let mut connection = scratch.connect(&database).unwrap();
        connection.execute("SET client_min_messages = error").unwrap();
        connection.execute("SET search_path = public").unwrap();
        let ledger = tenet::emit::ledger().into_iter().find(|output| output.name == "forward.sql").unwrap();
        // The commands of psql ask only whether it is there already.
        let sql: String = ledger
            .text
            .lines()
            .filter(|line| !line.starts_with('\\') && !line.contains("\\gset"))
            .collect::<Vec<_>>()
            .join("\n");
        connection.execute_script(&sql).unwrap_or_else(|error| panic!("{error}"));
        connection.execute("SELECT tenet.enter(NULL, '1', 1)").unwrap();
        let replay = Replay::new(vec![Ident::exact("public")]).reading(program::READER).proving();
        let live = live(&mut connection);
        Walk { seed, connection, replay, live, history: Vec::new(), broken: Vec::new(), kept: 0, weaker: 0 }
    }

    fn execute(&mut self, sql: &str) -> Result<(), String> {
        match self.connection.execute(sql) {
            Ok(_) => Ok(()),
            Err(DbError::Sql(error)) => Err(format!("{} {}", error.sqlstate, error.message)),
            Err(error) => panic!("{sql}: {error}"),
        }
    }

    fn all(&mut self, statements: &[String]) -> Result<(), String> {
        self.execute("BEGIN").unwrap();
        for sql in statements {
            if let Err(error) = self.execute(sql) {
                self.execute("ROLLBACK").unwrap();
                return Err(format!("{sql}: {error}"));
            }
        }
        self.execute("COMMIT")
    }

    fn statement(&mut self, sql: &str) {
        let Ok(statement) = read::script(sql).statements.remove(0).outcome else { return };
        let before = self.replay.clone();
        // Every other history keeps what it drops.
        if self.seed.is_multiple_of(2) {
            self.replay.retire(Some(Retirement::new(&format!("{:04}", self.history.len() + 1), Shelf::Schema)));
        }
        let step = self.replay.step(&statement, Origin::default());
        let forward = forward(sql, &step);
        if let Err(error) = self.all(&forward) {
            // What the server refuses is another test's.
            self.replay = before;
            if step.runs == Runs::Changes && !error.contains("cannot") {
                self.history.push(format!("-- refused: {error}"));
            }
            return;
        }
        self.history.push(sql.to_owned());
        let claims = matches!(step.inverse, Inverse::Exact(_) | Inverse::Captured { .. } | Inverse::Nothing);
        let is_sure = step.error.is_none() && before.catalog().doubt.is_none() && self.replay.catalog().doubt.is_none();
        let there = live(&mut self.connection);
        if claims && is_sure {
            self.undone(&before, &step, &there);
        } else {
            self.weaker += 1;
        }
        self.live = live(&mut self.connection);
        self.replay.resume(self.live.clone());
    }

    fn undone(&mut self, before: &Replay, step: &Step, there: &Catalog) {
        let mut catalog = self.replay.catalog().clone();
        let applied = step.inverse.changes().iter().try_for_each(|change| change.apply(&mut catalog));
        if let Err(error) = applied {
            return self.break_off(&format!("in memory: {error}"), step);
        }
        let residue = residue(before.catalog(), &catalog);
        if !residue.is_empty() {
            return self.break_off(&format!("in memory: {}", shown(&residue)), step);
        }
        let back: Vec<String> = step.inverse.changes().iter().flat_map(Change::statements).collect();
        if let Err(error) = self.all(&back) {
            return self.break_off(&error, step);
        }
        let now = live(&mut self.connection);
        let left = compare(&Facts::of(&self.live).lawful(), &Facts::of(&now).lawful());
        if !left.is_empty() {
            return self.break_off(&shown(&left), step);
        }
        let again = forward(self.history.last().map_or("", String::as_str), step);
        if let Err(error) = self.all(&again) {
            return self.break_off(&format!("again: {error}"), step);
        }
        let left = compare(&Facts::of(there).lawful(), &Facts::of(&live(&mut self.connection)).lawful());
        if !left.is_empty() {
            return self.break_off(&format!("again: {}", shown(&left)), step);
        }
        self.kept += 1;
    }

    fn break_off(&mut self, what: &str, step: &Step) {
        let back: Vec<String> = step.inverse.changes().iter().map(ToString::to_string).collect();
        let history: Vec<&str> = self.history.iter().rev().take(25).rev().map(String::as_str).collect();
        self.broken.push(format!(
            "seed {}: {what}\n  undone by\n    {}\n  after\n    {}",
            self.seed,
            back.join(";\n    "),
            history.join(";\n    ")
        ));
    }
}

/// What runs for a statement, with what is recorded for its inverse.
fn forward(sql: &str, step: &Step) -> Vec<String> {
    let keep = |record: &Record| format!("SELECT tenet.keep('{}', {})", record.name.replace('\'', "''"), record.value);
    let taken = |wanted: Taken| step.inverse.records().iter().filter(move |found| found.taken == wanted).map(keep);
    let work = match step.runs {
        Runs::Statement => vec![sql.to_owned()],
        Runs::Changes => step.changes.iter().flat_map(Change::statements).collect(),
    };
    taken(Taken::Before).chain(work).chain(taken(Taken::After)).collect()
}

fn live(connection: &mut Connection) -> Catalog {
    let options = IntrospectOptions { search_path: vec![Ident::exact("public")], schemas: None };
    introspect(connection, &options).unwrap_or_else(|error| panic!("{error}"))
}

/// Roles belong to the whole server.
fn residue(was: &Catalog, is: &Catalog) -> Vec<Difference> {
    let all = compare(&Facts::of(was).lawful(), &Facts::of(is).lawful());
    let is_role = |found: &Difference| matches!(&found.address, Address::Object(id) if id.class == Class::Role);
    all.into_iter().filter(|found| !is_role(found)).collect()
}

fn shown(differences: &[Difference]) -> String {
    let line =
        |found: &Difference| format!("{} {:?}: {:?}, now {:?}", found.address, found.property, found.left, found.right);
    differences.iter().map(line).collect::<Vec<_>>().join("\n  ")
}
