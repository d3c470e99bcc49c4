//! The cases of `fixtures/scope/`, and mutants of what is accepted there; other folders of such cases may be named.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tenet::report::StatementEntry;
use tenet::verdict::Scope;

use super::bind::{Values, bind, number_of};
use super::database::Database;
use super::mutate::mutate;
use super::run::{Arena, Tally, Trial};
use super::schema::Schema;
use super::state::{Maker, tenants};
use super::subject::{Subject, Verdict, settings};
use super::{complaint, number, session};
use crate::fixture::{entries, name};
use crate::random::Random;
use crate::scope::judged;
use crate::server::Server;

/// Statements that can be run in a transaction and leave the schema as it is.
const RUN: &[&str] = &["select", "insert", "update", "delete", "merge", "do", "truncate_table"];

/// Mutants of each statement.
const MUTANTS: usize = 12;

/// A statement of a case that is run.
struct Accepted {
    text: String,
    verdict: Verdict,
    origin: String,
}

/// A case: its history so far, in the library and on the server.
struct Case<'a> {
    path: &'a Path,
    database: Database,
    subject: Subject,
    random: Random,
    /// Whether BEGIN stands open.
    open: bool,
    tally: Tally,
    mutants: usize,
    failures: Vec<String>,
}

#[test]
fn fixtures_keep_to_their_tenant() {
    let mut cases = entries("fixtures/scope");
    if let Some(folder) = std::env::var_os("JUDGE_CASES") {
        let folder = PathBuf::from(folder).read_dir().unwrap();
        cases.extend(folder.map(|entry| entry.unwrap().path()));
    }
    cases.sort();
    let server = Server::start();
    let (next, done) = (Mutex::new(cases.iter().enumerate()), Mutex::new((Tally::default(), 0, Vec::new())));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            let (next, done, socket) = (&next, &done, server.socket());
            let worker = std::thread::Builder::new().stack_size(super::STACK);
            worker
                .spawn_scoped(scope, move || {
                    while let Some((at, path)) = { next.lock().unwrap().next() } {
                        let (tally, mutants, failures) = Case::new(socket, path, at).run();
                        let mut done = done.lock().unwrap();
                        done.0.add(tally);
                        done.1 += mutants;
                        done.2.extend(failures);
                    }
                })
                .unwrap();
        }
    });
    let (tally, mutants, failures) = done.into_inner().unwrap();
    println!("{} cases and {mutants} accepted mutants: {tally}; {} witnesses", cases.len(), failures.len());
    assert!(tally.moved > 100, "hardly any statement was run: {tally}");
    assert!(failures.is_empty(), "{} witnesses:\n\n{}", failures.len(), failures.join("\n\n"));
}

impl<'a> Case<'a> {
    fn new(socket: &Path, path: &'a Path, at: usize) -> Self {
        Case {
            path,
            database: Database::create(socket, &format!("case{at}")),
            subject: Subject::new(&settings(&path.join("tenet.yaml"))),
            random: Random::new(number("JUDGE_SEED", 1)),
            open: false,
            tally: Tally::default(),
            mutants: 0,
            failures: Vec::new(),
        }
    }

    fn run(mut self) -> (Tally, usize, Vec<String>) {
        let (text, outcome) = judged(self.path);
        let mut batch = Vec::new();
        for entry in &outcome.statements {
            let statement = &text[entry.span.range()];
            // A block that meets no rows is there for what it defines.
            let defines = entry.kind == "do" && entry.scope == Scope::NotApplicable;
            if RUN.contains(&entry.kind.as_str()) && !defines {
                batch.extend(self.accepted(statement, entry));
            } else {
                self.judge(std::mem::take(&mut batch));
                self.precede(statement, &entry.kind);
            }
            self.subject.precede(statement);
        }
        self.judge(batch);
        (self.tally, self.mutants, self.failures)
    }

    /// Lets the server know what comes before; what it lacks, or what runs outside of it, it does not.
    fn precede(&mut self, statement: &str, kind: &str) {
        match kind {
            "begin" | "start_transaction" => self.open = true,
            "commit" | "rollback" => self.open = false,
            _ => {}
        }
        if kind != "copy" {
            let _ = self.database.run(statement);
        }
    }

    /// A statement and its mutants, as far as they are accepted.
    fn accepted(&mut self, statement: &str, entry: &StatementEntry) -> Vec<Accepted> {
        let verdict = Verdict { scope: entry.scope, designator: entry.tenant.clone(), reason: None };
        if self.open || entry.scope < Scope::Aligned || !self.is_run_for(&verdict) {
            return Vec::new();
        }
        let origin = format!("{}: {statement}", name(self.path));
        let mut all = vec![Accepted { text: statement.to_owned(), verdict: verdict.clone(), origin: origin.clone() }];
        // What psql was told the library is not told here.
        let again = self.subject.verdict(statement);
        if again.is_none_or(|again| (again.scope, again.designator) != (verdict.scope, verdict.designator)) {
            return all;
        }
        for _ in 0..MUTANTS {
            let Some(text) = mutate(statement, ":'tenant_id'", &mut self.random) else { continue };
            let verdict = self.subject.verdict(&text);
            let is_accepted = |verdict: &Verdict| verdict.scope >= Scope::Aligned && self.is_run_for(verdict);
            let Some(verdict) = verdict.filter(is_accepted) else { continue };
            if all.iter().all(|known| known.text != text) {
                self.mutants += 1;
                all.push(Accepted { text, verdict, origin: format!("a mutant of {origin}") });
            }
        }
        all
    }

    /// Says whether it is known which tenant a statement is for.
    fn is_run_for(&self, verdict: &Verdict) -> bool {
        let parameter = &self.subject.tenancy().parameter;
        verdict.designator.as_deref().is_none_or(|text| {
            text == parameter || text == "session" || text.starts_with('$') || constant(verdict).is_some()
        })
    }

    /// Runs statements that have the same history.
    fn judge(&mut self, mut batch: Vec<Accepted>) {
        if batch.is_empty() {
            return;
        }
        let schema = Schema::read(&mut self.database, &self.subject);
        while let Some(last) = batch.last() {
            // Who names a constant is run for that tenant, everybody else for the first.
            let own = constant(&last.verdict).unwrap_or_else(|| tenants(&schema)[0].clone());
            let of_own = |found: &Accepted| constant(&found.verdict).is_none_or(|constant| constant == own);
            let (now, later): (Vec<_>, Vec<_>) = batch.into_iter().partition(of_own);
            for _ in 0..number("JUDGE_PAIRS", 6) {
                self.pair(&schema, &own, &now);
            }
            batch = later;
        }
    }

    fn pair(&mut self, schema: &Schema, own: &str, batch: &[Accepted]) {
        let mut all = tenants(schema);
        all.retain(|tenant| tenant != own);
        all.truncate(2);
        all.push(own.to_owned());
        let Case { database, random, subject, .. } = self;
        let pair = Maker { schema, database, random }.pair(&all, Some(own));
        let parameter = &subject.tenancy().parameter;
        let bound = batch.iter().map(|found| {
            let number = number_of(found.verdict.designator.as_deref());
            let values = Values { parameter, number, tenant: Some(own), other: "2" };
            Trial { text: bind(&found.text, &values), scope: found.verdict.scope }
        });
        let trials: Vec<Trial> = bound.collect();
        let before = session(subject.tenancy(), own);
        let mut arena = Arena { database, schema, before };
        let found = arena.run(&pair, Some(own), &trials.iter().collect::<Vec<_>>(), &mut self.tally);
        for at in found {
            if self.failures.len() < 3 {
                let origin = &batch[at].origin;
                self.failures.push(complaint(&mut arena, origin, pair.clone(), Some(own), &trials[at]));
            }
        }
    }
}

/// The tenant that a statement names by a constant.
fn constant(verdict: &Verdict) -> Option<String> {
    let text = verdict.designator.as_deref()?;
    let is_constant = text.starts_with('\'') || text.bytes().all(|byte| byte.is_ascii_digit());
    is_constant.then(|| text.trim_matches('\'').to_owned())
}
