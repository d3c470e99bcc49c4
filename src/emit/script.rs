//! One phase as a script: settings, transaction edges, locks, work, ledger rows.
//!
//! Scripts use a small part of psql: `:'var'`, `\if`, `\gset`, `\gexec`.

use std::fmt::Write;

use super::recording::Recording;
use super::{Way, audience, effects, probe};
use crate::catalog::Class;
use crate::changes::{Change, Lock};
use crate::pg::Ident;
use crate::plan::{Batch, Leaves, MigrationPlan, Phase, PlannedStatement, Preparation, Segment, Sharing};
use crate::query::Quoted;
use crate::settings::{Isolation, Settings};
use crate::statement::print::Comma;
use crate::syntax::directive::History;
use crate::verdict::Audience;

/// How long a phase waits for its locks, unless a session says otherwise by `tenet.lock_timeout`.
const LOCK_TIMEOUT: &str = "5s";

/// The same for a statement that runs outside transactions: it waits for old snapshots, and lets others pass meanwhile.
const OUTSIDE_LOCK_TIMEOUT: &str = "10min";

/// How long one statement may run.
const STATEMENT_TIMEOUT: &str = "1h";

/// What a script is written from.
pub(super) struct Context<'a> {
    pub(super) plan: &'a MigrationPlan,
    pub(super) phase: &'a Phase,
    /// The place of the phase, from 1.
    pub(super) number: usize,
    pub(super) settings: &'a Settings,
    /// The checksum of the migration's sources.
    pub(super) source: &'a str,
}

/// Writes the forward script of a phase.
pub(super) fn forward(context: &Context<'_>) -> String {
    let phase = context.phase;
    if let Some(batch) = context.batch() {
        return context.batches(batch);
    }
    let recording = context.recording();
    let mut work: Vec<Work> = Vec::new();
    if phase.preparation == Preparation::Ahead {
        work.extend(phase.recordings.iter().map(|segment| context.around(segment, recording.prepare(segment))));
    }
    for (at, statement) in phase.statements.iter().enumerate() {
        if let Some(segment) = phase.recordings.iter().find(|segment| segment.statements.start == at) {
            let prepared = match phase.preparation {
                Preparation::Here => recording.prepare(segment),
                Preparation::Before | Preparation::Ahead => String::new(),
            };
            work.push(context.around(segment, prepared + &recording.begin(segment)));
        }
        work.extend((!statement.is_first).then(|| Work {
            comment: format!("-- {}:{}", context.path(), statement.line),
            sql: effects::forward(statement) + &kept_made(phase, at),
            changes: statement.changes.clone(),
        }));
        if let Some(segment) = phase.recordings.iter().find(|segment| segment.statements.end == at + 1) {
            let released = match phase.preparation {
                Preparation::Here => recording.release(segment),
                Preparation::Before | Preparation::Ahead => String::new(),
            };
            work.push(Work {
                comment: "-- ends the record".to_owned(),
                sql: recording.end() + &released,
                changes: Vec::new(),
            });
        }
    }
    context.script(Way::Forward, &phase.locks, &work)
}

/// Keeps whether a statement made what it may have found, where rows of that are recorded behind it.
fn kept_made(phase: &Phase, at: usize) -> String {
    let mut recorded = phase.recordings.iter().flat_map(|segment| &segment.relations);
    match recorded.any(|found| found.maker == Some(at)) {
        true => Recording::keep_made(at, effects::did(&phase.statements[at])),
        false => String::new(),
    }
}

/// Writes the rollback script of a phase; where nothing undoes a statement, the script says so and fails.
pub(super) fn rollback(context: &Context<'_>) -> String {
    let phase = context.phase;
    let stop = phase.statements.iter().rev().find_map(|found| found.stop().map(|reason| (found, reason)));
    if let Some((statement, reason)) = stop {
        return context.refusal(statement, &reason);
    }
    let recording = context.recording();
    let mut work: Vec<Work> = Vec::new();
    if phase.preparation == Preparation::Ahead {
        let dropped = phase.recordings.iter().rev().map(|segment| context.around(segment, recording.drop(segment)));
        work.extend(dropped);
    }
    for (at, statement) in phase.statements.iter().enumerate().rev() {
        if let Some(segment) = phase.recordings.iter().find(|segment| segment.statements.contains(&at)) {
            // The statements of a recording are undone as one.
            if segment.statements.start == at {
                let comment = format!("-- undoes {}:{} from the record", context.path(), statement.line);
                let freed: String = segment.freed.iter().map(|change| format!("{change};\n")).collect();
                work.push(Work { comment, sql: freed + &recording.undo(segment), changes: Vec::new() });
            }
        }
        let changes = statement.inverse.changes().to_vec();
        let sql = effects::rollback(statement);
        let comment = format!("-- undoes {}:{}", context.path(), statement.line);
        work.extend((!sql.is_empty()).then_some(Work { comment, sql, changes }));
    }
    match context.batch() {
        Some(_) => context.batches_undone(&work),
        None => context.script(Way::Rollback, &phase.rollback_locks, &work),
    }
}

/// A piece of work and where it comes from.
pub(super) struct Work {
    pub(super) comment: String,
    /// With its semicolon and a line feed.
    pub(super) sql: String,
    changes: Vec<Change>,
}

impl Context<'_> {
    /// Returns the batches in which the phase runs.
    fn batch(&self) -> Option<&Batch> {
        let batch = self.phase.statements.iter().find_map(|found| found.batch.as_ref());
        batch.filter(|_| self.phase.sharing == Sharing::Batched)
    }

    pub(super) fn path(&self) -> &str {
        self.plan.sources.first().map_or("", |source| source.path.as_str())
    }

    pub(super) fn header(&self, way: Way) -> String {
        let total = self.plan.phases.len();
        let (way, whom) = (way.word(), audience(self.phase.audience));
        format!(
            "-- {}, phase {} of {total}, {whom}: {way}\n-- Written by tenet from {}: change that file, not this one.\n\
             \\set ON_ERROR_STOP on\n",
            self.plan.id,
            self.number,
            self.path()
        )
    }

    /// Returns how the rows of this phase, or of the one that it prepares, are recorded.
    pub(super) fn recording(&self) -> Recording {
        let phase = match self.phase.preparation {
            Preparation::Ahead => self.number + 1,
            Preparation::Here | Preparation::Before => self.number,
        };
        let version = Quoted(&super::version(self.plan, self.settings)).to_string();
        Recording { version, phase, tenant: self.tenant_value(), home: self.home() }
    }

    /// Returns the schema whose relations need not be qualified.
    fn home(&self) -> Option<Ident> {
        let whose = if self.plan.history == Some(History::Shared) { Audience::Shared } else { Audience::Tenant };
        self.settings.path_of(whose).into_iter().next()
    }

    fn around(&self, segment: &Segment, sql: String) -> Work {
        let names: Vec<String> = segment.relations.iter().map(|found| found.relation.last().to_string()).collect();
        let listed = if names.len() > 8 { format!("{} tables", names.len()) } else { names.join(", ") };
        Work { comment: format!("-- records rows of {listed}"), sql, changes: Vec::new() }
    }

    /// Returns whom the script runs for as SQL.
    fn tenant_value(&self) -> String {
        match self.phase.audience {
            Audience::Shared => "NULL".to_owned(),
            Audience::Tenant => format!(":'{}'", self.settings.tenancy.parameter),
        }
    }

    /// Returns tenant, version and phase as arguments of the ledger's functions.
    pub(super) fn key(&self) -> String {
        format!("{}, {}, {}", self.tenant_value(), Quoted(&super::version(self.plan, self.settings)), self.number)
    }

    fn script(&self, way: Way, locks: &[Lock], work: &[Work]) -> String {
        // What undoes a statement that ran outside a transaction does so, too.
        match self.phase.sharing {
            Sharing::Outside => self.outside(way, work),
            Sharing::Shared | Sharing::Alone | Sharing::Batched | Sharing::Edge => self.inside(way, locks, work),
        }
    }

    /// Writes work in one transaction.
    fn inside(&self, way: Way, locks: &[Lock], work: &[Work]) -> String {
        let mut text = self.header(way);
        text.push_str("BEGIN;\n");
        if way == Way::Forward {
            let first = self.phase.statements.iter().filter(|found| found.is_first);
            first.for_each(|found| {
                self.push(&mut text, &format!("-- {}:{}\n{}", self.path(), found.line, effects::forward(found)));
            });
        }
        text.push_str(&self.settings_of("SET LOCAL"));
        if makes_bodies(way, work) {
            self.push(&mut text, "SET LOCAL check_function_bodies = off;");
        }
        text.push_str(&self.tenant("true"));
        self.push(&mut text, &format!("SELECT tenet.claim({}, '{}') AS claimed \\gset tenet_", self.key(), way.done()));
        text.push_str("\\if :tenet_claimed\n");
        self.enter().iter().for_each(|line| self.push(&mut text, line));
        for Lock { relation, mode } in locks {
            self.push(&mut text, &format!("LOCK TABLE {relation} IN {mode} MODE;"));
        }
        for piece in work {
            self.push(&mut text, &format!("\n{}\n{}", piece.comment, piece.sql));
        }
        if way == Way::Forward && self.phase.leaves == Leaves::Discarded {
            self.push(&mut text, "\n-- temporary tables end with the migration\nDISCARD TEMP;");
        }
        self.push(&mut text, &format!("{}\n\\endif", self.record(way.done())));
        text.push_str("COMMIT;\n");
        text
    }

    /// Writes work outside transactions: the intent is recorded before, the result once it is seen to be there.
    fn outside(&self, way: Way, work: &[Work]) -> String {
        let mut text = self.header(way);
        text.push_str(&self.settings_of("SET"));
        text.push_str(&self.tenant("false"));
        self.push(&mut text, &format!("SELECT tenet.claim({}, '{}') AS claimed \\gset tenet_", self.key(), way.done()));
        text.push_str("\\if :tenet_claimed\n");
        self.enter().iter().for_each(|line| self.push(&mut text, line));
        self.intend(&mut text, work);
        for piece in work {
            self.probed(&mut text, piece);
        }
        self.push(&mut text, &format!("{}\n\\endif", self.record(way.done())));
        self.reset(&mut text);
        text
    }

    /// Takes back what was set for the session.
    pub(super) fn reset(&self, text: &mut String) {
        for name in ["lock_timeout", "statement_timeout", "search_path", "row_security"] {
            self.push(text, &format!("RESET {name};"));
        }
    }

    /// Records what is about to begin, unless it is there already and so is not ours; a phase that was begun before goes on.
    fn intend(&self, text: &mut String, work: &[Work]) {
        let conditions: Vec<String> =
            work.iter().flat_map(|piece| &piece.changes).filter_map(probe::condition).collect();
        if conditions.is_empty() {
            self.push(text, &self.record("intended"));
            return;
        }
        let there = conditions.join("\n    OR ");
        self.push(text, &format!("SELECT tenet.is_intended({}) AS begun \\gset tenet_", self.key()));
        self.push(text, &format!("SELECT NOT (:'tenet_begun'::boolean\n    OR {there}) AS fresh \\gset tenet_"));
        self.push(text, &format!("\\if :tenet_fresh\n{}\n\\endif", self.record("intended")));
    }

    /// Writes a statement between what clears up behind an attempt that broke off and what asks whether it is done. An
    /// attempt that broke off behind the statement is not made again.
    fn probed(&self, text: &mut String, piece: &Work) {
        for query in piece.changes.iter().filter_map(probe::remains) {
            self.push(text, &query);
        }
        let conditions: Vec<String> = piece.changes.iter().filter_map(probe::condition).collect();
        if conditions.is_empty() {
            self.push(text, &format!("\n{}\n{}", piece.comment, piece.sql));
            return;
        }
        let done = conditions.join("\n    AND ");
        self.push(text, &format!("SELECT NOT (:'tenet_begun'::boolean\n    AND {done}) AS wanted \\gset tenet_"));
        self.push(text, &format!("\\if :tenet_wanted\n\n{}\n{}\\endif", piece.comment, piece.sql));
        let otherwise = Quoted("the statement ended, and what it should do is not done").to_string();
        for condition in conditions {
            let query = format!("SELECT tenet.require({condition},\n    {otherwise}) AS required \\gset tenet_");
            self.push(text, &query);
        }
    }

    /// Writes a rollback that cannot be: it fails and changes nothing.
    fn refusal(&self, statement: &PlannedStatement, reason: &str) -> String {
        let at = format!("{}:{} ({})", self.path(), statement.line, statement.tag);
        let message = format!("the rollback stops at {at}: {reason}");
        format!("{}SELECT tenet.require(false, {});\n", self.header(Way::Rollback), Quoted(&message))
    }

    pub(super) fn push(&self, text: &mut String, lines: &str) {
        // A String takes everything.
        let _ = writeln!(text, "{}", lines.trim_end());
    }

    /// Says whose effects are recorded, where any are.
    fn enter(&self) -> Option<String> {
        let has_effects = |found: &PlannedStatement| {
            found.guard.is_some()
                || !found.inverse.records().is_empty()
                || found.parts.iter().any(|part| part.guard.is_some() || !part.inverse.records().is_empty())
        };
        let some = self.phase.statements.iter().any(has_effects);
        some.then(|| format!("SELECT tenet.enter({}) AS entered \\gset tenet_", self.key()))
    }

    fn record(&self, done: &str) -> String {
        let source = Quoted(self.source);
        format!("SELECT tenet.record({}, '{done}', {source}) AS recorded \\gset tenet_", self.key())
    }

    /// Writes time limits, the search path, and what makes policies fail loudly instead of hiding rows.
    pub(super) fn settings_of(&self, set: &str) -> String {
        let mut text = String::new();
        match self.phase.sharing {
            Sharing::Outside => self.push(&mut text, &format!("{set} lock_timeout = '{OUTSIDE_LOCK_TIMEOUT}';")),
            Sharing::Shared | Sharing::Alone | Sharing::Batched | Sharing::Edge => self.push(
                &mut text,
                &format!(
                    "SELECT set_config('lock_timeout', coalesce(nullif(current_setting('tenet.lock_timeout', true), ''), \
                     '{LOCK_TIMEOUT}'), {}) AS lock_timeout \\gset tenet_",
                    set == "SET LOCAL"
                ),
            ),
        }
        self.push(&mut text, &format!("{set} statement_timeout = '{STATEMENT_TIMEOUT}';"));
        let own_schema = match self.settings.tenancy.isolation {
            Isolation::Hybrid if self.plan.history == Some(History::Shared) => None,
            Isolation::Schema | Isolation::Hybrid => self.tenant_schema(),
            Isolation::Row | Isolation::Database => None,
        };
        match own_schema.filter(|_| self.phase.audience == Audience::Tenant) {
            Some(schema) => {
                // Without the schema, the path would lead to temporary tables alone, and everything would seem to be done.
                let there = format!("to_regnamespace(quote_ident({schema})) IS NOT NULL");
                let otherwise = format!("'there is no schema ' || {schema}");
                let query = format!("SELECT tenet.require({there},\n    {otherwise}) AS required \\gset tenet_");
                self.push(&mut text, &query);
                let local = set == "SET LOCAL";
                let value = format!("quote_ident({schema}) || ', pg_temp'");
                let query = format!("SELECT set_config('search_path', {value}, {local}) AS search_path \\gset tenet_");
                self.push(&mut text, &query);
            }
            None => {
                self.push(&mut text, &format!("{set} search_path = {};", Comma(&self.settings.search_path)));
            }
        }
        if self.phase.audience == Audience::Shared {
            self.push(&mut text, &format!("{set} row_security = off;"));
        }
        text
    }

    /// Returns the name of a tenant's schema as an SQL expression.
    fn tenant_schema(&self) -> Option<String> {
        let template = self.settings.databases.tenant.as_ref()?.schema.as_ref()?;
        let variable = format!(":'{}'", self.settings.tenancy.parameter);
        let parts = template.split("{tenant_id}").map(|part| Quoted(part).to_string());
        Some(parts.collect::<Vec<_>>().join(&format!(" || {variable} || ")))
    }

    /// Says whom the script runs for, and refuses a tenant that the root does not know.
    pub(super) fn tenant(&self, local: &str) -> String {
        let mut text = String::new();
        if self.phase.audience == Audience::Shared {
            return text;
        }
        let tenancy = &self.settings.tenancy;
        let variable = format!(":'{}'", tenancy.parameter);
        let own = tenancy.session.as_deref().and_then(setting);
        for name in std::iter::once("tenet.tenant_id".to_owned()).chain(own) {
            let query = format!("SELECT set_config({}, {variable}, {local}) AS tenant \\gset tenet_", Quoted(&name));
            self.push(&mut text, &query);
        }
        if let (Isolation::Row, Some(root)) = (tenancy.isolation, &tenancy.root) {
            let known = format!("EXISTS (SELECT FROM {} WHERE {}::text = {variable})", root.table, root.column);
            let query = format!(
                "SELECT tenet.require({known},\n    'there is no tenant ' || {variable}) AS required \\gset tenet_"
            );
            self.push(&mut text, &query);
        }
        text
    }
}

/// Says whether work makes routines again: in reverse order, what a body names may come back behind it.
fn makes_bodies(way: Way, work: &[Work]) -> bool {
    let changes = work.iter().flat_map(|piece| &piece.changes);
    let makes = |change: &Change| match change {
        Change::CreateObject(create) => create.object.id.class == Class::Routine,
        Change::AlterObject(alter) => alter.id.class == Class::Routine,
        Change::RestoreDefinition(_) => true,
        _ => false,
    };
    way == Way::Rollback && changes.into_iter().any(makes)
}

/// Returns the setting that an expression such as `current_setting('app.tenant_id')::uuid` reads.
fn setting(session: &str) -> Option<String> {
    let (_, rest) = session.split_once("current_setting('")?;
    rest.split_once('\'').map(|(name, _)| name.to_owned())
}
