//! Statements that a grammar makes, and their mutants.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tenet::settings::Tenancy;
use tenet::verdict::Scope;

use super::bind::{Values, bind, number_of};
use super::database::Database;
use super::generate::{Grammar, Intent, Made};
use super::mutate::{bodies, mutate};
use super::run::{Arena, Tally, Trial};
use super::schema::Schema;
use super::state::{Maker, tenants};
use super::subject::{Subject, Verdict, settings};
use super::{complaint, number, session};
use crate::fixture::root;
use crate::random::Random;
use crate::server::Server;

/// How many statements each worker makes before it runs those that are accepted.
const ROUND: usize = 400;

/// How many statements run in one load of a state.
const LOAD: usize = 250;

/// How many pairs of states the statements of a round meet.
const PAIRS: usize = 4;

/// Threads, each with a database of its own.
const WORKERS: u64 = 2;

/// After so many witnesses the rest is not worth the time.
const FAILURES: usize = 3;

/// What is made in turn.
const INTENTS: &[Intent] = &[Intent::Safe, Intent::Sloppy, Intent::Safe, Intent::Sloppy, Intent::Every];

/// Which tenant constants name.
const CONSTANT: usize = 1;

/// A tenant without rows.
const NOBODY: &str = "9";

/// What was counted.
#[derive(Debug, Default)]
struct Counts {
    made: usize,
    read: usize,
    safe: usize,
    safe_accepted: usize,
    mutants: usize,
    accepted: usize,
    tally: Tally,
    /// The same for each kind of statement: made, accepted, safe, safe and accepted.
    shapes: BTreeMap<&'static str, [usize; 4]>,
    /// Why safe ones are refused.
    reasons: BTreeMap<String, (usize, String)>,
    /// Statements that their maker calls safe, are refused, and have a witness.
    broken_promises: Vec<String>,
    failures: Vec<String>,
}

/// A statement that will be run.
struct Candidate {
    made: Made,
    scope: Scope,
    designator: Option<String>,
    tenants: Vec<Named>,
}

/// How a statement names its tenant.
#[derive(Clone, Debug)]
enum Named {
    /// `$1`, which may be NULL.
    Number,
    /// The psql variable or the session.
    RunTime,
    /// A constant; `None` for the grammar's own.
    Constant(Option<String>),
    /// Whichever a key of the root leads to: it is not run.
    LookedUp,
}

/// How much is made, from what, and until when.
#[derive(Clone, Copy)]
struct Plan {
    seed: u64,
    statements: usize,
    until: Instant,
}

struct Worker<'a> {
    schema: &'a Schema,
    database: &'a mut Database,
    subject: &'a Subject,
    plan: Plan,
    number: u64,
    /// What decides about rows; statements are the same however many rows they meet.
    random: Random,
    tenants: Vec<String>,
    counts: Counts,
    seen: BTreeSet<String>,
}

#[test]
fn accepted_statements_keep_to_their_tenant() {
    let folder = std::env::var_os("JUDGE_SCHEMA").map_or_else(|| root().join("fixtures/judge"), PathBuf::from);
    let schema = std::fs::read_to_string(folder.join("schema.sql")).unwrap();
    let mut subject = Subject::new(&settings(&folder.join("tenet.yaml")));
    subject.precede(&schema);
    let plan = Plan {
        seed: number("JUDGE_SEED", 1),
        statements: number("JUDGE_STATEMENTS", 20_000) as usize,
        until: Instant::now() + Duration::from_secs(number("JUDGE_SECONDS", 40)),
    };
    let server = Server::start();
    let total = Mutex::new(Counts::default());
    std::thread::scope(|scope| {
        for number in 0..WORKERS {
            let (socket, subject, total, schema) = (server.socket(), &subject, &total, &schema);
            let worker = std::thread::Builder::new().stack_size(super::STACK);
            worker
                .spawn_scoped(scope, move || {
                    let mut database = Database::create(socket, &format!("judge{number}"));
                    database.must(schema);
                    let schema = Schema::read(&mut database, subject);
                    let counts = Worker::new(&schema, &mut database, subject, plan, number).work();
                    total.lock().unwrap().add(counts);
                })
                .unwrap();
        }
    });
    let counts = total.into_inner().unwrap();
    println!("{}", counts.shown());
    assert!(counts.tally.moved > 100, "hardly any statement was run: {}", counts.shown());
    assert!(counts.broken_promises.is_empty(), "the grammar errs:\n{}", counts.broken_promises.join("\n\n"));
    assert!(counts.failures.is_empty(), "{} witnesses:\n\n{}", counts.failures.len(), counts.failures.join("\n\n"));
}

impl Counts {
    fn add(&mut self, other: Counts) {
        self.made += other.made;
        self.read += other.read;
        self.safe += other.safe;
        self.safe_accepted += other.safe_accepted;
        self.mutants += other.mutants;
        self.accepted += other.accepted;
        self.tally.add(other.tally);
        for (shape, counts) in other.shapes {
            let known = self.shapes.entry(shape).or_default();
            known.iter_mut().zip(counts).for_each(|(known, count)| *known += count);
        }
        for (reason, (count, example)) in other.reasons {
            self.reasons.entry(reason).or_insert((0, example)).0 += count;
        }
        self.broken_promises.extend(other.broken_promises);
        self.failures.extend(other.failures);
    }

    fn shown(&self) -> String {
        let Counts { made, read, safe, safe_accepted, mutants, accepted, tally, failures, .. } = self;
        let share = 100.0 * *safe_accepted as f64 / (*safe).max(1) as f64;
        format!(
            "{made} statements made, {mutants} of them mutants, {read} read; {accepted} accepted; \
             {tally}; \
             {} witnesses; of {safe} that are safe by construction {safe_accepted} are accepted ({share:.1} %)",
            failures.len()
        ) + &self.shapes()
    }

    /// A line for each kind of statement, and the reasons why safe ones are refused.
    fn shapes(&self) -> String {
        let shapes = self.shapes.iter().map(|(shape, [made, accepted, safe, safe_accepted])| {
            format!("\n{shape}: {made} made, {accepted} accepted; of {safe} that are safe {safe_accepted}")
        });
        let shapes: String = shapes.collect();
        let mut reasons: Vec<_> = self.reasons.iter().collect();
        reasons.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
        let shown = number("JUDGE_REASONS", 0) as usize;
        let reasons = reasons.into_iter().take(shown);
        let reasons: String =
            reasons.map(|(reason, (count, example))| format!("\n\n{count} times: {reason}\n{example}")).collect();
        shapes + &reasons
    }
}

impl<'a> Worker<'a> {
    fn new(
        schema: &'a Schema,
        database: &'a mut Database,
        subject: &'a Subject,
        plan: Plan,
        number: u64,
    ) -> Worker<'a> {
        let (counts, seen) = (Counts::default(), BTreeSet::new());
        let random = Random::new(plan.seed.wrapping_add(number << 32));
        Worker { schema, database, subject, plan, number, random, tenants: tenants(schema), counts, seen }
    }

    fn work(mut self) -> Counts {
        for round in 0.. {
            let is_late = Instant::now() > self.plan.until;
            let enough = self.counts.made >= self.plan.statements / WORKERS as usize;
            // However fast the machine is, it meets the first ones of the same list.
            if enough || is_late || self.counts.failures.len() + self.counts.broken_promises.len() >= FAILURES {
                break;
            }
            let (accepted, promised) = self.round(round);
            for _ in 0..PAIRS {
                self.judge(&accepted, Claim::OfTheLibrary);
                // The share of statements that are safe means something only if they are.
                self.judge(&promised, Claim::OfTheGrammar);
            }
        }
        self.counts
    }

    /// Makes statements; returns those that are accepted, and some that should be.
    fn round(&mut self, round: u64) -> (Vec<Candidate>, Vec<Candidate>) {
        let Tenancy { parameter, session, .. } = self.subject.tenancy();
        let named = [format!(":'{parameter}'"), format!(":'{parameter}'"), "$1".into(), self.constant()];
        let designators: Vec<String> = named.into_iter().chain(session.clone()).collect();
        let mut random = Random::new(self.plan.seed ^ (self.number << 32) ^ (round << 40));
        let fork = Random::new(random.below(usize::MAX) as u64);
        let mut grammar = Grammar::new(self.schema, designators, fork);
        let (mut accepted, mut promised) = (Vec::new(), Vec::new());
        for at in 0..ROUND {
            let intent = INTENTS[at % INTENTS.len()];
            let made = grammar.statement(intent);
            self.counts.made += 1;
            self.counts.safe += usize::from(made.safe);
            let (shape, safe) = (made.shape, made.safe);
            let found = self.candidate(made);
            let counts = self.counts.shapes.entry(shape).or_default();
            let count = [true, found.is_ok(), safe, safe && found.is_ok()];
            counts.iter_mut().zip(count).for_each(|(known, found)| *known += usize::from(found));
            match found {
                Ok(candidate) => {
                    self.counts.safe_accepted += usize::from(safe);
                    self.mutants(&candidate, &mut random, &mut accepted);
                    accepted.push(candidate);
                }
                Err((made, reason)) if made.safe => {
                    let whole = made.whole();
                    let known = self.counts.reasons.entry(generic(&reason)).or_insert((0, whole.clone()));
                    known.0 += 1;
                    if at % 10 == 0 {
                        let tenants = vec![Named::in_texts(&made)];
                        promised.push(Candidate { made, scope: Scope::Scoped, designator: None, tenants });
                    }
                }
                Err(_) => {}
            }
        }
        (accepted, promised)
    }

    /// What the library accepts and was not met before; otherwise why it does not.
    fn candidate(&mut self, made: Made) -> Result<Candidate, (Made, String)> {
        let (verdict, tenants) = match self.verdict(&made) {
            Ok(found) => found,
            Err(reason) => return Err((made, reason)),
        };
        self.counts.accepted += usize::from(self.seen.insert(made.whole()));
        Ok(Candidate { made, scope: verdict.scope, designator: verdict.designator, tenants })
    }

    /// What the library says of a statement behind those that come before it, of which it accepts all that meet rows.
    fn verdict(&mut self, made: &Made) -> Result<(Verdict, Vec<Named>), String> {
        let mut own = None;
        let mut tenants = Vec::new();
        for before in &made.setup {
            let subject = own.get_or_insert_with(|| self.subject.clone());
            if meets_rows(before) {
                let verdict = subject.verdict(before).ok_or("it is not read")?;
                tenants.push(Named::of(&accepted(verdict, &[Scope::Scoped, Scope::NotApplicable])?));
            }
            subject.precede(before);
        }
        let verdict = own.as_ref().unwrap_or(self.subject).verdict(&made.text);
        self.counts.read += usize::from(verdict.is_some());
        let scopes: &[Scope] = match tenants.is_empty() {
            true => &[Scope::Scoped, Scope::Aligned, Scope::NotApplicable],
            false => &[Scope::Scoped, Scope::NotApplicable],
        };
        let verdict = accepted(verdict.ok_or("it is not read")?, scopes)?;
        tenants.push(Named::of(&verdict));
        Ok((verdict, tenants))
    }

    fn mutants(&mut self, of: &Candidate, random: &mut Random, accepted: &mut Vec<Candidate>) {
        for _ in 0..3 {
            let made = match of.made.setup.is_empty() && !of.made.text.starts_with("DO ") {
                true => mutate(&of.made.text, "$1", random).map(|text| Made { text, ..of.made.clone() }),
                false => bodies::mutate(&of.made, random),
            };
            let Some(made) = made else { continue };
            self.counts.made += 1;
            self.counts.mutants += 1;
            if self.seen.contains(&made.whole()) {
                continue;
            }
            accepted.extend(self.candidate(made).ok());
        }
    }

    /// The tenant that constants name, as SQL.
    fn constant(&self) -> String {
        let tenant = &self.tenants[CONSTANT];
        if tenant.bytes().all(|byte| byte.is_ascii_digit()) { tenant.clone() } else { format!("'{tenant}'") }
    }

    /// Runs statements on a pair of states.
    fn judge(&mut self, candidates: &[Candidate], claim: Claim) {
        let own = match self.random.below(12) {
            0 => None,
            1 => Some(NOBODY.to_owned()),
            2 | 3 => Some(self.tenants[0].clone()),
            _ => Some(self.tenants[CONSTANT].clone()),
        };
        let own = own.as_deref();
        let Worker { schema, database, random, tenants, .. } = self;
        let pair = Maker { schema, database, random }.pair(tenants, own);
        let other = (1 + self.random.below(4)).to_string();
        let constant = self.tenants[CONSTANT].clone();
        let parameter = self.subject.tenancy().parameter.clone();
        let candidates: Vec<&Candidate> =
            candidates.iter().filter(|candidate| candidate.fits(own, &constant)).collect();
        let mut tally = Tally::default();
        for chunk in candidates.chunks(LOAD) {
            let bound = chunk.iter().map(|candidate| {
                let number = number_of(candidate.designator.as_deref());
                let values = Values { parameter: &parameter, number, tenant: own, other: &other };
                Trial { text: bound(&candidate.made, &values), scope: candidate.scope }
            });
            let trials: Vec<Trial> = bound.collect();
            let before = session(self.subject.tenancy(), own.unwrap_or(NOBODY));
            let mut arena = Arena { database: self.database, schema: self.schema, before };
            let found = arena.run(&pair, own, &trials.iter().collect::<Vec<_>>(), &mut tally);
            let list = match claim {
                Claim::OfTheLibrary => &mut self.counts.failures,
                Claim::OfTheGrammar => &mut self.counts.broken_promises,
            };
            for at in found.into_iter().take(FAILURES.saturating_sub(list.len())) {
                let origin = format!("seed {}: {}", self.plan.seed, chunk[at].made.whole());
                list.push(complaint(&mut arena, &origin, pair.clone(), own, &trials[at]));
            }
        }
        if claim == Claim::OfTheLibrary {
            self.counts.tally.add(tally);
        }
        // However busy the machine is.
        self.database.must("SET statement_timeout = 0");
        self.database.must(&vacuum(self.schema));
        self.database.must("SET statement_timeout = '3s'");
    }
}

/// Who says that a statement keeps to its tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claim {
    OfTheLibrary,
    OfTheGrammar,
}

/// An accepted verdict, or the reason against it.
fn accepted(verdict: Verdict, scopes: &[Scope]) -> Result<Verdict, String> {
    if scopes.contains(&verdict.scope) { Ok(verdict) } else { Err(verdict.reason.unwrap_or_default()) }
}

/// Says whether a statement that comes before another does more than define something.
fn meets_rows(statement: &str) -> bool {
    !statement.starts_with("CREATE ")
        || statement.starts_with("CREATE TEMP")
        || statement.starts_with("CREATE UNLOGGED")
}

/// A reason without the names in it.
fn generic(reason: &str) -> String {
    reason.split('`').enumerate().map(|(at, part)| if at % 2 == 0 { part } else { "…" }).collect()
}

/// Puts values in the place of parameters; those of routines and prepared statements are their own.
fn bound(made: &Made, values: &Values<'_>) -> String {
    let parts = made.setup.iter().chain([&made.text]);
    let parts = parts.map(|part| if has_own_parameters(part) { part.clone() } else { bind(part, values) });
    parts.collect::<Vec<_>>().join(";\n")
}

/// Says whether `$1` in a statement is not what the run binds.
fn has_own_parameters(statement: &str) -> bool {
    ["PREPARE ", "CREATE FUNCTION ", "CREATE PROCEDURE "].iter().any(|word| statement.starts_with(word))
}

/// Clears away what was rolled back.
fn vacuum(schema: &Schema) -> String {
    let names: Vec<&str> = schema.tables.iter().map(|table| table.name.as_str()).collect();
    format!("VACUUM {}", names.join(", "))
}

impl Candidate {
    /// Says whether it can be run for this tenant: a constant names another one, and only `$1` may be NULL.
    fn fits(&self, own: Option<&str>, constant: &str) -> bool {
        self.tenants.iter().all(|tenant| match (tenant, own) {
            (Named::Number, _) => true,
            (_, None) | (Named::LookedUp, _) => false,
            (Named::RunTime, Some(_)) => true,
            (Named::Constant(named), Some(own)) => named.as_ref().map_or(constant, String::as_str) == own,
        })
    }
}

impl Named {
    /// How an accepted statement names its tenant.
    fn of(verdict: &Verdict) -> Named {
        match verdict.designator.as_deref() {
            Some(text) if text.starts_with('$') => Named::Number,
            Some(text) if text.starts_with('\'') || text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Named::Constant(Some(text.trim_matches('\'').to_owned()))
            }
            Some("tenant_id" | "session") | None => Named::RunTime,
            Some(_) => Named::LookedUp,
        }
    }

    /// How a statement that nobody proved names its tenant: `$1` in a routine is what its caller names.
    fn in_texts(made: &Made) -> Named {
        let is_run_time = |text: &str| [":'", "$1", "current_setting"].iter().any(|mark| text.contains(mark));
        let mut texts = made.setup.iter().chain([&made.text]).filter(|text| !has_own_parameters(text));
        if texts.any(|text| is_run_time(text)) { Named::RunTime } else { Named::Constant(None) }
    }
}
