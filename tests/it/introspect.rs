//! Introspection: what a server holds after a script, against what the replay of the script says it holds.
//!
//! Every run writes where they differ, sorted and counted, to a file whose name `INTROSPECT_REPORT` gives.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use tenet::catalog::facts::{Certainty, Difference, Facts, Value, compare};
use tenet::catalog::{Address, Catalog, Class, Origin};
use tenet::changes::Inverse;
use tenet::db::introspect::{IntrospectOptions, introspect};
use tenet::db::probe::Probe;
use tenet::db::scratch::Content;
use tenet::db::{Connection, DbError, Scratch, ScratchOptions};
use tenet::pg::{Ident, PgVersion};
use tenet::replay::Replay;
use tenet::syntax::read;

use crate::fixture::{entries, files_below, name, report, root};
use crate::read_back::drop_subscriptions;

/// Scripts of one history: each begins where the one before it ended.
struct History {
    name: String,
    scripts: Vec<String>,
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The scripts of a change that walks there and back.
fn changes(version: PgVersion) -> Vec<History> {
    let cases = entries("fixtures/changes");
    let cases = cases.iter().flat_map(|change| entries(&name(change)));
    // What undoes something else than the change as it is written, or needs the ledger, has tests of its own.
    let is_plain = |script: &String| !["tenet", "__retired_"].iter().any(|word| script.contains(word));
    let scripts = |case: &PathBuf| {
        let [before, change, written] = ["before.sql", "change.sql", "rollback.sql"].map(|file| text(&case.join(file)));
        let is_asked = is_plain(&written) && !written.starts_with("-- underivable");
        let rollback = if is_asked { undone(&before, &change, version) } else { written };
        [before, change, rollback]
    };
    cases
        .map(|case| History { name: name(&case), scripts: scripts(&case).into_iter().take_while(is_plain).collect() })
        .collect()
}

/// Writes what undoes a script on a server of a version.
fn undone(before: &str, change: &str, version: PgVersion) -> String {
    let mut replay = Replay::new(path()).on(version).reading(tenet::syntax::program::READER).proving();
    step(&mut replay, before);
    replay.end_session();
    let statements = read::script(change).statements.into_iter().filter_map(|found| found.outcome.ok());
    let inverses = statements.map(|statement| replay.step(&statement, Origin::default()).inverse).collect();
    Inverse::of_all(inverses).changes().iter().map(|change| format!("{change};\n")).collect()
}

/// The kinds of object, each with all that can be said of it.
fn kinds() -> Vec<History> {
    let files = files_below(&root().join("fixtures/introspect"));
    files.iter().map(|file| History { name: name(file), scripts: vec![text(file)] }).collect()
}

fn path() -> Vec<Ident> {
    vec![Ident::exact("public")]
}

/// Replays a script; says what cannot be read or followed.
fn step(replay: &mut Replay, sql: &str) -> Vec<String> {
    let mut problems = Vec::new();
    for statement in read::script(sql).statements {
        match statement.outcome {
            Ok(statement) => {
                let step = replay.step(&statement, Origin::default());
                problems.extend(step.error.map(|error| format!("{} {error}", error.sqlstate())));
                let doubt = replay.catalog().doubt.as_ref();
                problems.extend(doubt.map(|doubt| format!("in doubt: {}", doubt.reason)));
            }
            Err(error) => problems.push(format!("{error:?}")),
        }
    }
    problems
}

/// Runs a script at once; one that cannot run within one transaction statement by statement.
fn run(connection: &mut Connection, script: &str) -> Result<(), DbError> {
    if !script.contains("CONCURRENTLY") {
        return connection.execute_script(script).map(drop);
    }
    let statements = read::script(script).statements;
    statements.iter().try_for_each(|found| connection.execute(&script[found.span.range()]).map(drop))
}

/// What a run has found.
#[derive(Default)]
struct Findings {
    differences: Vec<(String, Difference)>,
    /// What could not be read.
    problems: Vec<String>,
    /// What the replay refuses and the server took.
    unfollowed: Vec<String>,
    probe: Probe,
    /// Differences of spelling that the server settled.
    settled: usize,
}

impl Findings {
    fn walk(&mut self, scratch: &Scratch, history: &History) {
        scratch.create_database("walk", Content::Empty).unwrap();
        let mut replay =
            Replay::new(path()).on(PgVersion::nearest(scratch.major())).reading(tenet::syntax::program::READER);
        for (at, script) in history.scripts.iter().enumerate() {
            let place = format!("{} {}", history.name, at + 1);
            if script.starts_with("-- underivable") {
                break;
            }
            // Each script has a connection of its own.
            replay.end_session();
            let mut connection = scratch.connect("walk").unwrap();
            if let Err(error) = run(&mut connection, script) {
                self.problems.push(format!("{place}: {error}"));
                break;
            }
            self.unfollowed.extend(step(&mut replay, script).into_iter().map(|problem| format!("{place}: {problem}")));
            match introspect(&mut connection, &IntrospectOptions { search_path: path(), schemas: None }) {
                Ok(live) => self.compare(&place, &mut connection, replay.catalog(), &live),
                Err(error) => self.problems.push(format!("{place}: {error}")),
            }
        }
        drop_subscriptions(&mut scratch.connect("walk").unwrap()).unwrap();
        scratch.drop_database("walk").unwrap();
    }

    fn compare(&mut self, place: &str, connection: &mut Connection, replayed: &Catalog, live: &Catalog) {
        let differences = compare(&Facts::of(replayed), &Facts::of(live));
        let open = |found: &[Difference]| found.iter().filter(|found| found.certainty == Certainty::MayDiffer).count();
        let before = open(&differences);
        let differences = match self.probe.settle(connection, (replayed, live), differences) {
            Ok(differences) => differences,
            Err(error) => return self.problems.push(format!("{place}: {error}")),
        };
        self.settled += before - open(&differences);
        let strange = differences.into_iter().filter(|found| !is_expected(found, replayed));
        self.differences.extend(strange.map(|found| (place.to_owned(), found)));
        self.problems.extend(live.doubt.iter().map(|doubt| format!("{place}: {}", doubt.reason)));
    }

    /// Writes differences sorted by kind and property, the most frequent first.
    fn write(&self, server: u32) -> String {
        let mut groups: BTreeMap<(Certainty, String), Vec<&(String, Difference)>> = BTreeMap::new();
        for found in &self.differences {
            groups.entry((found.1.certainty, group(&found.1))).or_default().push(found);
        }
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by_key(|((certainty, _), found)| (*certainty, std::cmp::Reverse(found.len())));
        let mut text =
            format!("PostgreSQL {server}: {} problems, {} spellings settled\n", self.problems.len(), self.settled);
        for ((certainty, group), found) in &groups {
            writeln!(text, "{:6}  {certainty:?}  {group}", found.len()).unwrap();
        }
        text.push('\n');
        let all = self.problems.iter().chain(&self.unfollowed);
        all.for_each(|problem| writeln!(text, "problem: {problem}").unwrap());
        for ((certainty, group), found) in &groups {
            writeln!(text, "\n== {certainty:?}  {group}").unwrap();
            for (place, difference) in found {
                let (left, right) = (&difference.left, &difference.right);
                writeln!(text, "{place}: {}\n    replay {left:?}\n    server {right:?}", difference.address).unwrap();
            }
        }
        text
    }
}

/// Differences that are no mistake: what a history does not tell.
fn is_expected(difference: &Difference, replayed: &Catalog) -> bool {
    let unknown = [&difference.left, &difference.right].into_iter().flatten().any(|value| *value == Value::Unknown);
    let member = replayed.shared(&difference.address).and_then(|shared| shared.get()).is_some_and(|found| {
        // What an extension made is left out, and a history may make something a member.
        found.member_of.is_some()
    });
    // Roles belong to the whole server.
    let is_role = matches!(&difference.address, Address::Object(id) if id.class == Class::Role);
    // Temporary relations are the session's.
    let is_temporary = difference.address.relation().and_then(|name| name.schema()).is_some_and(|of| *of == "pg_temp");
    unknown || member || is_role || is_temporary
}

/// The kind of thing and the property.
fn group(difference: &Difference) -> String {
    let kind = match &difference.address {
        Address::Object(id) => id.class.to_string().to_lowercase(),
        Address::DomainConstraint(..) => "domain constraint".to_owned(),
        Address::Relation(_) => "relation".to_owned(),
        Address::Column(..) => "column".to_owned(),
        Address::Constraint(..) => "constraint".to_owned(),
        Address::Index(..) => "index".to_owned(),
        Address::Trigger(..) => "trigger".to_owned(),
        Address::Policy(..) => "policy".to_owned(),
        Address::Rule(..) => "rule".to_owned(),
        Address::Attribute(..) => "attribute".to_owned(),
    };
    match (&difference.property, &difference.right) {
        (Some(property), _) => format!("{kind}: {property}"),
        (None, None) => format!("{kind}: only replayed"),
        (None, Some(_)) => format!("{kind}: only on the server"),
    }
}

/// Cases that servers follow in another way, from a version on: what a role that a history names owns is not told from what
/// the role owns that runs it.
const OTHERWISE_SINCE: &[(&str, u32)] = &[("fixtures/changes/privileges/of_the_owner", 0)];

/// Roles that scripts speak of, and never make.
const ROLES: &[&str] = &["app", "app_user", "reader", "writer", "owner", "tenant", "alice", "bob"];

#[test]
fn the_server_holds_what_is_replayed() {
    // Another version's programs, to run the same on them.
    let bin = std::env::var_os("TENET_POSTGRES_BIN").map(PathBuf::from);
    let options = ScratchOptions { bin, ..ScratchOptions::default() };
    let scratch = Scratch::start(options).unwrap_or_else(|error| panic!("{error}"));
    ROLES.iter().for_each(|role| scratch.create_role_if_missing(role).unwrap());
    let histories: Vec<History> = changes(PgVersion::nearest(scratch.major())).into_iter().chain(kinds()).collect();
    let mut findings = Findings::default();
    let is_otherwise = |history: &&History| {
        OTHERWISE_SINCE.iter().any(|(name, since)| history.name == *name && scratch.major() >= *since)
    };
    histories.iter().filter(|history| !is_otherwise(history)).for_each(|history| findings.walk(&scratch, history));
    let text = findings.write(scratch.major());
    if let Ok(file) = std::env::var("INTROSPECT_REPORT") {
        fs::write(file, &text).unwrap();
    }
    let news =
        findings.differences.iter().map(|(place, found)| format!("{place}: {}: {}", found.address, group(found)));
    let unread = findings.problems.iter().chain(&findings.unfollowed).cloned();
    report(histories.len(), news.chain(unread).collect());
}
