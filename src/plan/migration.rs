//! The plan of a migration.

use std::collections::BTreeSet;

use super::batch::{self, Batch, batchable};
use super::conditions::{Conditions, Part, meets};
use super::edge::Edges;
use super::given::given;
use super::inverse::{Said, filled, said, without_changes};
use super::leaves::{self, Leaves};
use super::planners::Seat;
use super::recordings::{self, Preparation, Segment};
use super::{Guard, Sharing, accept, guarded, judge, purge, render, retirement, sharing, transaction};
use crate::capture::{self, Recorded};
use crate::catalog::facts::Facts;
use crate::catalog::{Catalog, Class, Kind, Origin};
use crate::changes::{Change, CreateMode, Inverse, Lock};
use crate::finding::FileId;
use crate::migration::{Migration, MigrationId, TransactionMode};
use crate::pg::{LockMode, Name};
use crate::replay::{self, Lowered, Replay, Runs};
use crate::settings::Settings;
use crate::source::{SourceFile, Span};
use crate::statement::Statement;
use crate::syntax::directive::History;
use crate::syntax::program::READER;
use crate::syntax::read::{self, ReadScript, ReadStatement};
use crate::verdict::{Audience, InverseClass, Scope};

/// What a check found out about a statement, as far as plans need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whom it runs for.
    pub audience: Audience,
    /// Whether it stays within one tenant.
    pub scope: Scope,
}

/// Follows the histories of a project and plans their migrations one after another.
pub(super) struct Planner<'a> {
    settings: &'a Settings,
    files: &'a [SourceFile],
    declared: Vec<FileId>,
    /// The declared schema stands in for what no history makes.
    pub(super) replay: Replay,
    /// What the histories make by themselves: what nothing stands in for can be tried.
    pub(super) made: Replay,
    seat: Seat,
    /// The type of the tenant, where what tenants share says it.
    pub(super) root: Option<String>,
}

/// A file that a migration runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its path in the project.
    pub path: String,
    /// Its bytes.
    pub text: String,
}

/// What a migration does, phase by phase.
#[derive(Clone, Debug)]
pub struct MigrationPlan {
    /// Its version and name.
    pub id: MigrationId,
    /// The files that it runs.
    pub sources: Vec<Source>,
    /// The fingerprint of the catalog before it.
    pub before: String,
    /// The fingerprint of the catalog after it.
    pub after: String,
    /// What runs, in order.
    pub phases: Vec<Phase>,
    /// Of which of two histories it is; `None` where there is one.
    pub history: Option<History>,
}

/// A run of statements for one audience that share a transaction, or one statement that shares none.
#[derive(Clone, Debug)]
pub struct Phase {
    /// Whom it runs for.
    pub audience: Audience,
    /// How it stands to transactions: never an edge.
    pub sharing: Sharing,
    /// Its statements; none in one that only prepares what a later one records.
    pub statements: Vec<PlannedStatement>,
    /// What it records of rows, and for which statements.
    pub recordings: Vec<Segment>,
    /// Where the recordings of a phase are prepared.
    pub preparation: Preparation,
    /// The locks that it takes first, each relation once.
    pub locks: Vec<Lock>,
    /// The locks that its rollback takes first.
    pub rollback_locks: Vec<Lock>,
    /// What it leaves to its session.
    pub leaves: Leaves,
}

/// A statement of a plan.
#[derive(Clone, Debug)]
pub struct PlannedStatement {
    /// Its file.
    pub file: FileId,
    /// Its place there.
    pub span: Span,
    /// Its line there.
    pub line: u32,
    /// PostgreSQL's command tag.
    pub tag: &'static str,
    /// Its text with the designator rendered.
    pub sql: String,
    /// What a check found out.
    pub verdict: Verdict,
    /// What undoes it.
    pub inverse: Inverse,
    /// The class of that.
    pub class: InverseClass,
    /// Why its author says that nothing undoes it.
    pub irreversible: Option<String>,
    /// What it changes.
    pub changes: Vec<Change>,
    /// What has to run for it.
    pub runs: Runs,
    /// On what it depends whether it does anything.
    pub guard: Option<Guard>,
    /// Its parts, when each depends on something else; none when it is done or undone as a whole.
    pub parts: Vec<Part>,
    /// What must not be there, as nothing could bring it back.
    pub forbidden: Option<Guard>,
    /// Whether what it is about may not be there.
    pub meets: bool,
    /// What is asked before and behind it to learn whether it did anything.
    pub asked: Vec<String>,
    /// Whether, as far as is known, it leaves all definitions as they are, though it is a program that could change them.
    pub is_still: bool,
    /// Whether all that it changes goes with the session.
    pub is_fleeting: bool,
    /// The relations whose rows are recorded while it runs.
    pub recorded: Vec<Recorded>,
    /// The batches in which it runs.
    pub batch: Option<Batch>,
    /// Whether it is about its transaction, and so has to stand first there.
    pub is_first: bool,
}

impl PlannedStatement {
    /// Returns the locks that it takes on relations.
    pub fn locks(&self) -> Vec<Lock> {
        if self.is_fleeting {
            return Vec::new();
        }
        strongest(self.changes.iter().flat_map(Change::locks))
    }

    /// Says why the rollback stops at this statement; `None` when it goes on.
    pub fn stop(&self) -> Option<String> {
        match (&self.irreversible, &self.inverse) {
            (Some(reason), _) => Some(reason.clone()),
            (None, Inverse::Underivable { reason }) => Some(reason.clone()),
            _ => None,
        }
    }
}

impl<'a> Planner<'a> {
    /// Starts with the declared schema, which stands in for what no history makes; every file comes with whom it is for.
    pub(super) fn new(
        settings: &'a Settings,
        files: &'a [SourceFile],
        declared: &[(FileId, Audience)],
        seat: Seat,
    ) -> Self {
        let new = || seat.replay().on(settings.postgres).reading(READER);
        let (replay, made) = (new(), new().proving());
        let all = declared.iter().map(|(file, _)| *file).collect();
        let mut planner = Planner { settings, files, declared: all, replay, made, seat, root: None };
        for (file, audience) in declared {
            planner.sit(*audience);
            for statement in read::script(&planner.file(*file).text).statements {
                if let Ok(parsed) = &statement.outcome {
                    planner.replay.step(parsed, Origin::at(*file, statement.span));
                }
            }
        }
        planner.sit(planner.seat.audience);
        planner
    }

    /// Lets the sessions that follow be those of an audience.
    fn sit(&mut self, audience: Audience) {
        if let Some(path) = self.seat.path_of(audience, self.settings) {
            self.replay.sit(&path);
            self.made.sit(&path);
        }
    }

    /// Follows a migration of what others share, and says which of its statements reach what is the tenants' own.
    pub(super) fn follow(&mut self, migration: &Migration) -> Vec<(FileId, Span)> {
        if self.seat.own.is_none() {
            return Vec::new();
        }
        self.sit(Audience::Shared);
        let retirement = retirement(self.settings, &migration.id);
        let mut reaching = Vec::new();
        for replay in [&mut self.replay, &mut self.made] {
            replay.retire(retirement.clone());
        }
        for section in &migration.up {
            for found in read::script(&self.file(section.file).text).statements {
                let (Ok(parsed), true) = (&found.outcome, section.span.contains(found.span)) else { continue };
                let origin = Origin::at(section.file, found.span);
                self.replay.supersede(parsed, |file| self.declared.contains(&file));
                if self.seat.is_written(parsed, self.replay.catalog(), &self.settings.tenancy) {
                    reaching.push((section.file, found.span));
                }
                for replay in [&mut self.replay, &mut self.made] {
                    replay.want(replay::Wanted::Changes);
                    let step = replay.step(parsed, origin);
                    replay.want(replay::Wanted::Inverses);
                    if self.seat.is_reached(&step.changes) {
                        reaching.push((section.file, found.span));
                    }
                }
            }
        }
        self.replay.end_session();
        self.made.end_session();
        self.sit(self.seat.audience);
        reaching
    }

    /// Returns what drops for good what the migrations so far took out of sight.
    pub fn purge(&self) -> String {
        purge(self.replay.catalog())
    }

    fn file(&self, id: FileId) -> &'a SourceFile {
        &self.files[id.index()]
    }

    /// Returns what histories have made so far.
    pub fn catalog(&self) -> &Catalog {
        self.replay.catalog()
    }

    /// Returns the type of the tenant as SQL, where it is known here.
    pub(super) fn tenant_type(&self) -> Option<String> {
        render::tenant_type(&self.settings.tenancy, self.replay.catalog())
    }

    /// Returns the fingerprint of what histories have made so far.
    fn model(&self) -> String {
        let made = |origin: Origin| !self.declared.contains(&origin.file);
        Facts::of_some(self.replay.catalog(), made).lawful().fingerprint()
    }

    /// Plans the next migration; `verdict` says what a check found out about a statement, by its file and index.
    pub fn migration(&mut self, migration: &Migration, verdict: &dyn Fn(FileId, usize) -> Verdict) -> MigrationPlan {
        let before = self.model();
        let retirement = retirement(self.settings, &migration.id);
        self.made.retire(retirement.clone());
        self.replay.retire(retirement);
        let mut sources: Vec<Source> = Vec::new();
        let mut phases: Vec<Phase> = Vec::new();
        let mut fresh: BTreeSet<Name> = BTreeSet::new();
        let mut is_cut = true;
        let mut edges = Edges::default();
        for section in &migration.up {
            let file = self.file(section.file);
            if !sources.iter().any(|source| source.path == file.path) {
                sources.push(Source { path: file.path.clone(), text: file.text.clone() });
            }
            let script = read::script(&file.text);
            let inside = script.statements.iter().enumerate().filter(|(_, found)| section.span.contains(found.span));
            for (index, found) in inside {
                let Ok(parsed) = &found.outcome else { continue };
                let planned = match sharing(parsed, self.replay.catalog()) {
                    Sharing::Edge => {
                        self.pass(parsed, Origin::at(section.file, found.span));
                        let line = file.position(found.span.start).0;
                        edges.follow(parsed, &mut phases, (section.file, found.span, line));
                        is_cut |= !edges.may_go_on(&phases);
                        continue;
                    }
                    _ if edges.takes_back(parsed, &mut phases) => {
                        self.pass(parsed, Origin::at(section.file, found.span));
                        continue;
                    }
                    other if migration.transaction == TransactionMode::None && other == Sharing::Shared => {
                        Sharing::Alone
                    }
                    other => other,
                };
                let locks = self.locks_before(parsed);
                let statement = self.statement(section.file, &script, found, parsed, verdict(section.file, index));
                let planned = if statement.batch.is_some() { Sharing::Batched } else { planned };
                let named = self.named(&statement.changes);
                let begun = phases.len();
                is_cut = add(&mut phases, planned, (statement, locks), (is_cut, &fresh));
                let is_new = phases.len() > begun;
                if is_new {
                    fresh.clear();
                }
                fresh.extend(named);
                if let Some(last) = phases.last_mut() {
                    if is_new {
                        edges.begun(last);
                    }
                    last.rollback_locks = self.locks_behind(last);
                    edges.passed(parsed, last);
                    last.leaves = leaves::behind(parsed, self.replay.catalog());
                }
            }
        }
        self.replay.end_session();
        self.made.end_session();
        leaves::discarded(&mut phases);
        let phases = recordings::prepared(phases, self.settings, self.seat.own.as_ref());
        MigrationPlan { id: migration.id.clone(), sources, before, after: self.model(), phases, history: None }
    }

    /// Follows a statement of which nothing is planned.
    fn pass(&mut self, parsed: &Statement, origin: Origin) {
        self.replay.step(parsed, origin);
        self.made.step(parsed, origin);
    }

    /// Says whether LOCK TABLE can name a relation now.
    fn is_lockable(&self, name: &Name) -> bool {
        let found = self.replay.catalog().relation(name);
        found.is_some_and(|relation| matches!(relation.kind, Kind::Table | Kind::Partitioned | Kind::TableAs))
    }

    /// Returns the locks that a statement takes on tables that are there before it, each with the table's full name.
    fn locks_before(&self, parsed: &Statement) -> Vec<(Name, Lock)> {
        if meets(parsed) {
            return Vec::new();
        }
        let catalog = self.replay.catalog();
        match replay::lower(parsed, catalog) {
            Lowered::Changes(effects) => {
                let locks = effects.changes.iter().flat_map(Change::locks);
                let all = strongest(locks.filter(|lock| self.is_lockable(&lock.relation)));
                all.into_iter().filter_map(|lock| Some((catalog.resolve(&lock.relation)?, lock))).collect()
            }
            Lowered::NoChange | Lowered::Elsewhere(_) | Lowered::Unmodelled(_) => Vec::new(),
        }
    }

    /// Returns the full names of relations that changes made or named anew: what has them was not there under them before.
    fn named(&self, changes: &[Change]) -> Vec<Name> {
        let catalog = self.replay.catalog();
        let mut all: Vec<Name> = Vec::new();
        for change in changes {
            let own = match change {
                Change::CreateTable(create) => Some(create.table.clone()),
                Change::CreateView(create) if create.mode == CreateMode::New => Some(create.view.clone()),
                Change::CreateRelation(create) => Some(create.relation.name.clone()),
                Change::RenameRelation(rename) => Some(rename.relation.beside(&rename.to)),
                Change::SetSchema(set) => Some(set.relation.within(&set.schema)),
                Change::RenameObject(rename) if rename.id.class == Class::Schema => {
                    all.extend(catalog.relations_in(&rename.to).map(|found| found.name.clone()));
                    None
                }
                _ => None,
            };
            all.extend(own.and_then(|name| catalog.resolve(&name)));
        }
        all
    }

    /// Returns the locks that undoing a phase takes on tables that are there behind it.
    fn locks_behind(&self, phase: &Phase) -> Vec<Lock> {
        let certain = phase.statements.iter().filter(|statement| !statement.meets);
        let changes = certain.flat_map(|statement| statement.inverse.changes());
        strongest(changes.flat_map(Change::locks).filter(|lock| self.is_lockable(&lock.relation)))
    }

    fn statement(
        &mut self,
        file: FileId,
        script: &ReadScript,
        found: &ReadStatement,
        parsed: &Statement,
        verdict: Verdict,
    ) -> PlannedStatement {
        let source = self.file(file);
        let own = || script.directives.of(found.piece).iter();
        let tokens = script.script.pieces.get(found.piece).map_or(&[][..], |piece| script.script.tokens_of(piece));
        let cast = self.root.clone().or_else(|| self.tenant_type());
        let sql =
            render::statement(&source.text, found.span, tokens, parsed, (&self.settings.tenancy, cast.as_deref()));
        self.replay.supersede(parsed, |file| self.declared.contains(&file));
        filled(&mut self.replay, own().map(|placed| &placed.directive));
        filled(&mut self.made, own().map(|placed| &placed.directive));
        let batch = batch::wanted(own().map(|placed| &placed.directive)).and_then(|rows| {
            let (table, keys) = batchable(parsed, self.replay.catalog()).ok()?;
            let tenancy = (&self.settings.tenancy, cast.as_deref());
            let part = |span| render::later(&render::statement(&source.text, span, tokens, parsed, tenancy), tenancy.0);
            batch::cut((rows, table, keys), (&source.text, found.span, tokens), &part)
        });
        let origin = Origin::at(file, found.span);
        let fresh = (self.seat.audience == Audience::Tenant || verdict.audience == Audience::Shared).then_some(file);
        let recording = capture::recording(parsed, (self.replay.catalog(), &self.settings.tenancy), fresh);
        let divided = Guard::parts(parsed);
        let before = (self.divided(&divided, origin), self.unknown(parsed));
        let (beside, step) = (self.replay.step(parsed, origin), self.made.step(parsed, origin));
        let step = if self.made.is_whole() { step } else { beside };
        let sql = match step.runs {
            Runs::Statement => sql,
            Runs::Changes => step.changes.iter().map(|change| format!("{change};\n")).collect(),
        };
        let (derived, recorded) = capture::settle(step.inverse.clone(), recording);
        let derived = match &derived {
            Inverse::Nothing if step.changes.is_empty() && !step.is_fleeting => without_changes(parsed),
            _ => derived,
        };
        let line = source.position(found.span.start).0;
        let place = format!("{}:{line}", source.path);
        let Conditions { guard, parts, forbidden, asked, is_still } =
            self.conditions(parsed, (&step, &derived), before, &place);
        let derived = guarded(derived, parsed);
        let said = said(own().map(|placed| &placed.directive));
        let forbidden = forbidden.filter(|_| said.is_none());
        // What its author says of it stands for what it did.
        let (guard, is_still) = if is_still && said.is_some() { (None, false) } else { (guard, is_still) };
        let is_plain = step.runs == Runs::Statement && guard.is_none() && parts.is_empty();
        let (class, _) = accept(judge(parsed, &derived, (file, found.span)), said.as_ref());
        let (inverse, irreversible) = match said {
            Some(Said::Declared(sql)) => (Inverse::Declared(sql), None),
            Some(Said::Irreversible(reason)) => (derived, Some(reason)),
            None if is_plain => (given(derived, parsed, &step.changes), None),
            None => (derived, None),
        };
        PlannedStatement {
            file,
            span: found.span,
            line,
            tag: parsed.tag(),
            sql,
            verdict,
            inverse,
            class,
            irreversible,
            changes: step.changes,
            runs: step.runs,
            guard,
            parts,
            forbidden,
            meets: meets(parsed),
            asked,
            is_still,
            is_fleeting: step.is_fleeting,
            recorded,
            batch,
            is_first: transaction::stands_first(parsed),
        }
    }
}

/// Adds a statement to the last phase, or to a new one; says whether the next one must begin another.
fn add(
    phases: &mut Vec<Phase>,
    sharing: Sharing,
    (statement, locks): (PlannedStatement, Vec<(Name, Lock)>),
    (is_cut, fresh): (bool, &BTreeSet<Name>),
) -> bool {
    let audience = statement.verdict.audience;
    let joins = |last: &Phase| !is_cut && sharing == Sharing::Shared && last.audience == audience;
    match phases.last_mut().filter(|last| joins(last)) {
        Some(last) => {
            let old = locks.into_iter().filter(|(full, _)| !fresh.contains(full)).map(|(_, lock)| lock);
            last.locks = strongest(last.locks.drain(..).chain(old).collect::<Vec<_>>().into_iter());
            last.statements.push(statement);
        }
        None => {
            phases.push(Phase {
                audience,
                sharing,
                statements: vec![statement],
                recordings: Vec::new(),
                preparation: Preparation::Here,
                locks: locks.into_iter().map(|(_, lock)| lock).collect(),
                rollback_locks: Vec::new(),
                leaves: Leaves::Nothing,
            });
        }
    }
    sharing != Sharing::Shared
}

/// Keeps the strongest mode for each relation, by name.
fn strongest(locks: impl Iterator<Item = Lock>) -> Vec<Lock> {
    let mut modes: std::collections::BTreeMap<Name, LockMode> = std::collections::BTreeMap::new();
    for lock in locks {
        let mode = modes.entry(lock.relation).or_insert(lock.mode);
        *mode = (*mode).max(lock.mode);
    }
    modes.into_iter().map(|(relation, mode)| Lock { relation, mode }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pg::Ident;

    #[test]
    fn the_strongest_mode_wins() {
        let table = Name::simple(Ident::exact("t"), Span::default());
        let locks = [LockMode::Share, LockMode::AccessExclusive, LockMode::RowShare];
        let kept = strongest(locks.into_iter().map(|mode| Lock { relation: table.clone(), mode }));
        assert_eq!(kept, [Lock { relation: table, mode: LockMode::AccessExclusive }]);
    }
}
