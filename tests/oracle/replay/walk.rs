//! One history: a few scripts at a time on the server and in the replay, and one statement at a time where they part.
//!
//! A second database lags behind the first by these few scripts: there they run again when it must be known which of their
//! statements it is.

use std::error::Error;

use tenet::catalog::facts::{Certainty, Difference, Facts, Value, compare};
use tenet::catalog::{Address, Catalog, Class, Origin};
use tenet::db::introspect::{IntrospectOptions, introspect};
use tenet::db::probe::Probe;
use tenet::db::scratch::Content;
use tenet::db::{Scratch, SqlError};
use tenet::migration::TransactionMode;
use tenet::pg::{Ident, PgVersion};
use tenet::plan::{Sharing, sharing};
use tenet::replay::Replay;
use tenet::statement::Statement;
use tenet::statement::session::Statement as Session;
use tenet::syntax::{program, read};

use crate::folders::{History, Script};
use crate::side::Side;
use crate::tally::{Tally, Verdict};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// So many statements are compared at once.
const AT_ONCE: usize = 25;

/// A statement of a script.
struct Item {
    place: String,
    sql: String,
    statement: Option<Statement>,
}

/// The statements of one session.
struct Scene {
    items: Vec<Item>,
    /// Whether one transaction goes around all of them.
    whole: bool,
}

/// What the server made of a statement.
enum Ran {
    Taken,
    Refused(SqlError),
    Skipped,
}

/// Runs a history, and counts.
pub fn history(scratch: &Scratch, history: &History, tally: &mut Tally) -> Outcome<()> {
    let scenes: Vec<Scene> = history.scripts.iter().map(|script| scene(history, script)).collect();
    for database in ["live", "behind"] {
        scratch.drop_database(database)?;
        scratch.create_database(database, Content::Empty)?;
    }
    let replay = Replay::new(path()).on(PgVersion::nearest(scratch.major())).reading(program::READER);
    let mut walk = Walk {
        scratch,
        live: Side::new(scratch, "live")?,
        behind: Side::new(scratch, "behind")?,
        replay,
        probe: Probe::default(),
        known: Vec::new(),
        tally,
    };
    walk.known = differences(&mut walk.live, &walk.replay, &mut walk.probe)?;
    let mut from = 0;
    while from < scenes.len() {
        let mut to = from;
        let mut statements = 0;
        while to < scenes.len() && (statements == 0 || statements + scenes[to].items.len() <= AT_ONCE) {
            statements += scenes[to].items.len();
            to += 1;
        }
        walk.batch(&scenes[from..to])?;
        from = to;
    }
    Ok(())
}

fn path() -> Vec<Ident> {
    vec![Ident::exact("public")]
}

fn scene(history: &History, script: &Script) -> Scene {
    let mut items = Vec::new();
    for part in &script.parts {
        let (path, text) = &history.files[part.file.index()];
        for found in read::script(text).statements {
            if part.span.contains(found.span) {
                let line = text[..found.span.range().start].lines().count().max(1);
                let sql = text[found.span.range()].to_owned();
                let place = format!("{}/{path}:{line}", history.name);
                items.push(Item { place, sql, statement: found.outcome.ok() });
            }
        }
    }
    // Which procedures are there is not known yet.
    let unknown = Catalog::new(path());
    let alone = |item: &Item| item.statement.as_ref().is_some_and(|found| sharing(found, &unknown) != Sharing::Shared);
    let whole = script.transaction == TransactionMode::PerMigration && !items.iter().any(alone);
    Scene { items, whole }
}

struct Walk<'s, 't> {
    scratch: &'s Scratch,
    live: Side<'s>,
    behind: Side<'s>,
    replay: Replay,
    probe: Probe,
    /// Differences that were counted.
    known: Vec<Difference>,
    tally: &'t mut Tally,
}

impl Walk<'_, '_> {
    /// Runs scripts; where the replay parts from the server, or says that it does not know, one by one.
    fn batch(&mut self, scenes: &[Scene]) -> Outcome<()> {
        let ran = self.run(scenes)?;
        let mut replay = self.replay.clone();
        let mut agreed = Tally::default();
        let parted = follow(&mut replay, scenes, &ran, &mut agreed);
        let same = !parted && self.fresh(&replay)?.is_empty();
        if same {
            self.replay = replay;
            self.tally.add(agreed);
            return self.catch_up(scenes, &ran);
        }
        self.one_by_one(scenes, &ran)?;
        // What was blamed on nothing, such as what a COMMIT does.
        let left = self.fresh(&self.replay.clone())?;
        if !left.is_empty() {
            let first = scenes.iter().find_map(|scene| scene.items.first()).map_or("", |item| &item.place);
            left.iter().for_each(|found| case(self.tally, Verdict::Disagrees, "batch", first, "", found));
            self.resume_from_live()?;
        }
        Ok(())
    }

    fn run(&mut self, scenes: &[Scene]) -> Outcome<Vec<Ran>> {
        let mut ran = Vec::new();
        for scene in scenes {
            self.live.reset()?;
            if scene.whole {
                self.live.begin()?;
            }
            for item in &scene.items {
                ran.push(match needs_its_author(item) {
                    true => Ran::Skipped,
                    false => self.live.run(&item.sql, item.statement.as_ref())?.map_or(Ran::Taken, Ran::Refused),
                });
            }
            if let Err(error) = self.live.commit() {
                eprintln!("{}: the end of the transaction: {error}", scene.items[0].place);
            }
        }
        Ok(ran)
    }

    /// Returns the differences that were not counted yet.
    fn fresh(&mut self, replay: &Replay) -> Outcome<Vec<Difference>> {
        let found = differences(&mut self.live, replay, &mut self.probe)?;
        Ok(found.into_iter().filter(|found| !self.known.contains(found)).collect())
    }

    /// Runs on the second database what ran on the first.
    fn catch_up(&mut self, scenes: &[Scene], ran: &[Ran]) -> Outcome<()> {
        let mut outcomes = ran.iter();
        for scene in scenes {
            self.behind.reset()?;
            if scene.whole {
                self.behind.begin()?;
            }
            for item in &scene.items {
                let Some(Ran::Taken) = outcomes.next() else { continue };
                if self.behind.run(&item.sql, item.statement.as_ref())?.is_some() && !is_shared(item) {
                    return self.copy();
                }
            }
            if self.behind.commit().is_err() {
                return self.copy();
            }
        }
        Ok(())
    }

    /// Makes the second database a copy of the first.
    fn copy(&mut self) -> Outcome<()> {
        self.behind.connection = self.scratch.connect("postgres")?;
        self.live.connection = self.scratch.connect("postgres")?;
        for attempt in 0.. {
            self.scratch.drop_database("behind")?;
            match self.scratch.create_database("behind", Content::CopyOf("live")) {
                Ok(()) => break,
                // The connection that was just closed may still be there.
                Err(error) if attempt > 100 => return Err(error.into()),
                Err(_) => std::thread::sleep(std::time::Duration::from_millis(20)),
            }
        }
        self.live = Side::new(self.scratch, "live")?;
        self.behind = Side::new(self.scratch, "behind")?;
        Ok(())
    }

    /// Goes on from what the server holds.
    fn resume_from_live(&mut self) -> Outcome<()> {
        let options = IntrospectOptions { search_path: path(), schemas: None };
        let live = introspect(&mut self.live.connection, &options)?;
        self.replay.resume(live);
        self.known = differences(&mut self.live, &self.replay, &mut self.probe)?;
        Ok(())
    }

    /// Runs scripts on the second database, and compares after every statement.
    fn one_by_one(&mut self, scenes: &[Scene], ran: &[Ran]) -> Outcome<()> {
        let mut outcomes = ran.iter();
        for scene in scenes {
            self.behind.reset()?;
            self.replay.end_session();
            if scene.whole {
                self.behind.begin()?;
            }
            for item in &scene.items {
                let verdict = match outcomes.next() {
                    Some(Ran::Taken) => {
                        if self.behind.run(&item.sql, item.statement.as_ref())?.is_some() && !is_shared(item) {
                            self.tally.case(Verdict::Skipped, "ran only once".to_owned(), item.place.clone());
                            self.copy()?;
                            self.resume_from_live()?;
                            return Ok(());
                        }
                        self.judge(item)?
                    }
                    Some(Ran::Refused(error)) => refused(&mut self.replay, item, error, self.tally),
                    Some(Ran::Skipped) | None => Verdict::Skipped,
                };
                self.tally.count(verdict);
            }
            if self.behind.commit().is_err() {
                self.copy()?;
            }
        }
        Ok(())
    }

    /// Judges a statement that both databases took.
    fn judge(&mut self, item: &Item) -> Outcome<Verdict> {
        let before = self.replay.clone();
        let said = said(&mut self.replay, item);
        let is_ddl = !matches!(&item.statement, Some(Statement::Data(_))) || self.replay.catalog() != before.catalog();
        if said.is_none() && !is_ddl {
            return Ok(Verdict::Agrees);
        }
        let again = self.behind.commit()?;
        let found = differences(&mut self.behind, &self.replay, &mut self.probe)?;
        let fresh: Vec<Difference> = found.into_iter().filter(|found| !self.known.contains(found)).collect();
        let sure = fresh.iter().any(|found| found.certainty == Certainty::Differs);
        let verdict = match &said {
            Some((verdict, _)) => *verdict,
            None if sure => Verdict::Disagrees,
            None if fresh.is_empty() => Verdict::Agrees,
            None => Verdict::Doubt,
        };
        let tag = tag(item);
        if let Some((verdict, why)) = &said {
            self.tally.case(*verdict, why.clone(), format!("{}: {}", item.place, short(&item.sql)));
        } else {
            fresh.iter().for_each(|found| case(self.tally, verdict, tag, &item.place, &item.sql, found));
        }
        if said.is_some() || !fresh.is_empty() {
            let options = IntrospectOptions { search_path: self.replay.catalog().search_path.clone(), schemas: None };
            let live = introspect(&mut self.behind.connection, &options)?;
            self.replay.resume(live);
            self.known = differences(&mut self.behind, &self.replay, &mut self.probe)?;
        }
        if again {
            self.behind.begin()?;
        }
        Ok(verdict)
    }
}

/// Steps the replay through scripts; says whether it parts from the server.
fn follow(replay: &mut Replay, scenes: &[Scene], ran: &[Ran], tally: &mut Tally) -> bool {
    let mut outcomes = ran.iter();
    for scene in scenes {
        replay.end_session();
        for item in &scene.items {
            let verdict = match outcomes.next() {
                Some(Ran::Taken) if said(replay, item).is_some() => return true,
                Some(Ran::Taken) => Verdict::Agrees,
                Some(Ran::Refused(error)) => refused(replay, item, error, tally),
                Some(Ran::Skipped) | None => Verdict::Skipped,
            };
            tally.count(verdict);
        }
    }
    false
}

/// Steps the replay; returns what it says against a statement that the server takes.
fn said(replay: &mut Replay, item: &Item) -> Option<(Verdict, String)> {
    let Some(statement) = &item.statement else {
        return Some((Verdict::Doubt, "not read".to_owned()));
    };
    let step = replay.step(statement, Origin::default());
    if let Some(refusal) = step.refusal {
        let code = refusal.error.sqlstate();
        return Some((Verdict::Refuses, format!("{}: {code} {}", tag(item), unnamed(&refusal.error.to_string()))));
    }
    if let Some(error) = step.error {
        let (code, why) = (error.sqlstate(), unnamed(&error.to_string()));
        return Some((Verdict::Doubt, format!("{}: outside the history: {code} {why}", tag(item))));
    }
    let doubt = replay.catalog().doubt.as_ref()?;
    Some((Verdict::Doubt, format!("{}: {}", tag(item), unnamed(&doubt.reason))))
}

/// Judges a statement that the server refuses; the replay is as it was before.
fn refused(replay: &mut Replay, item: &Item, error: &SqlError, tally: &mut Tally) -> Verdict {
    let mut copy = replay.clone();
    let (verdict, cause) = match said(&mut copy, item) {
        // What rows hold is no matter of the catalog.
        None if !is_ddl(item) => return Verdict::Skipped,
        None => (Verdict::Takes, String::new()),
        Some((_, why)) if why.contains(&error.sqlstate) => (Verdict::BothRefuse, why),
        Some((Verdict::Refuses, why)) => (Verdict::OtherCode, why),
        Some((_, why)) => (Verdict::RefusedInDoubt, why),
    };
    if verdict != Verdict::BothRefuse {
        let cause = format!("{} {} {cause}", error.sqlstate, unnamed(&error.message));
        tally.case(verdict, cause, format!("{}: {} — {}", item.place, short(&item.sql), error.message));
    }
    verdict
}

/// Returns where a server holds something else than the replay.
fn differences(side: &mut Side<'_>, replay: &Replay, probe: &mut Probe) -> Outcome<Vec<Difference>> {
    let options = IntrospectOptions { search_path: replay.catalog().search_path.clone(), schemas: None };
    let live = introspect(&mut side.connection, &options)?;
    let found = compare(&Facts::of(replay.catalog()), &Facts::of(&live));
    let found = probe.settle(&mut side.connection, (replay.catalog(), &live), found)?;
    Ok(found.into_iter().filter(|found| !is_expected(found, replay.catalog())).collect())
}

/// Differences that are no mistake.
fn is_expected(difference: &Difference, replayed: &Catalog) -> bool {
    let member = replayed.shared(&difference.address).and_then(|shared| shared.get());
    // What an extension made is left out, and roles belong to the whole server.
    let is_role = matches!(&difference.address, Address::Object(id) if id.class == Class::Role);
    // Temporary relations are the session's.
    let schema = match &difference.address {
        Address::Object(id) => id.name.schema(),
        other => other.relation().and_then(|name| name.schema()),
    };
    let is_temporary = schema.is_some_and(|schema| *schema == "pg_temp");
    // The two databases ran the statement at different moments.
    let undated =
        |value: &Option<Value>| value.as_ref().map(|value| value.to_string().replace(|c: char| c.is_ascii_digit(), ""));
    let is_date = difference.left.is_some()
        && undated(&difference.left) == undated(&difference.right)
        && value_has_date(&difference.left);
    is_role || is_temporary || is_date || member.is_some_and(|found| found.member_of.is_some())
}

/// Says whether a moment is folded into a value.
fn value_has_date(value: &Option<Value>) -> bool {
    value.as_ref().is_some_and(|value| value.to_string().contains("AS timestamp"))
}

/// Statements that cannot run here.
fn needs_its_author(item: &Item) -> bool {
    match &item.statement {
        Some(Statement::Session(session)) => matches!(&**session, Session::Copy(_)),
        _ => false,
    }
}

/// Says whether a statement is about what all databases share: it runs once.
fn is_shared(item: &Item) -> bool {
    let words = item.sql.to_ascii_lowercase();
    ["role", "user", "group"].iter().any(|word| words.contains(word))
}

fn is_ddl(item: &Item) -> bool {
    matches!(&item.statement, Some(Statement::Relation(_) | Statement::Object(_)))
}

fn tag(item: &Item) -> &'static str {
    item.statement.as_ref().map_or("unread", Statement::tag)
}

fn case(tally: &mut Tally, verdict: Verdict, tag: &str, place: &str, sql: &str, found: &Difference) {
    let shown = |value: &Option<Value>| value.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
    let cause = format!("{tag}: {:?} {}", found.certainty, group(found));
    let case = format!(
        "{place}: {}\n    {}\n    replay {}\n    server {}",
        short(sql),
        found.address,
        shown(&found.left),
        shown(&found.right)
    );
    tally.case(verdict, cause, case);
}

/// The kind of thing and the property, without names.
pub fn group(found: &Difference) -> String {
    let kind = match &found.address {
        Address::Object(id) => id.class.to_string().to_lowercase(),
        other => format!("{other:?}").split('(').next().unwrap_or_default().to_lowercase(),
    };
    match (&found.property, &found.right) {
        (Some(property), _) => format!("{kind}: {property}"),
        (None, None) => format!("{kind}: only replayed"),
        (None, Some(_)) => format!("{kind}: only on the server"),
    }
}

/// Leaves out what stands in quotation marks.
pub fn unnamed(message: &str) -> String {
    let mut text = String::new();
    let mut within = None;
    for c in message.chars() {
        match within {
            Some(mark) if c == mark => within = None,
            Some(_) => {}
            None if c == '"' || c == '`' => {
                within = Some(c);
                text.push('…');
            }
            None => text.push(c),
        }
    }
    text
}

pub fn short(sql: &str) -> String {
    let line: Vec<&str> = sql.split_whitespace().collect();
    line.join(" ").chars().take(300).collect()
}
