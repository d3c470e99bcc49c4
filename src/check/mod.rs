//! The pipeline: a project's texts to judgements on them.

mod directives;
mod drift;
mod histories;
mod order;
mod parallel;
mod report;
mod seat;

use std::collections::BTreeMap;

use crate::capture;
use crate::catalog::{Catalog, Origin};
use crate::finding::{FileId, Finding};
use crate::migration::{MigrationId, Version};
use crate::plan;
use crate::project::Project;
use crate::replay::retire::Retirement;
use crate::replay::{Replay, Wanted};
use crate::report::{CheckOutcome, Explained, StatementEntry};
use crate::rules;
use crate::scope::{self, Context, Effects, Explanation, Place, Shapes};
use crate::settings::{Isolation, Tenancy};
use crate::source::Span;
use crate::statement::Statement;
use crate::syntax::cursor::SyntaxError;
use crate::syntax::program::READER;
use crate::syntax::read::{ReadScript, ReadStatement, Unread};
use crate::syntax::script::PieceKind;
use crate::verdict::{Audience, InverseClass, Scope};

use self::directives::Deferred;
use self::histories::Histories;
use self::order::{Job, Rows};

/// How much text is parsed before it is judged and dropped, in bytes: models are many times as large as their text.
const CHUNK: usize = 1 << 18;

/// Judges the selected files, given in order, against the whole project.
pub fn run(project: &Project, selected: &[FileId]) -> CheckOutcome {
    judged(project, selected, None).0
}

/// Judges a project, and explains the statement at a line of a file; nothing where no statement is read there.
pub fn explain(project: &Project, file: FileId, line: u32) -> Option<Explained> {
    let (outcome, explanation) = judged(project, &[file], Some((file, line)));
    let (index, explanation) = explanation?;
    let entry = outcome.statements.into_iter().find(|entry| entry.index == index)?;
    let within = |finding: &Finding| finding.file == file && entry.span.contains(finding.span);
    let findings = outcome.findings.into_iter().filter(within).collect();
    Some(Explained { entry, explanation, findings })
}

/// The proofs that a line asks for, with the place of its statement among those of its file.
type Answer = Option<(usize, Explanation)>;

/// Replays a project without judging it: what its histories, or else its declared schema, make.
pub fn replayed(project: &Project) -> Catalog {
    let mut check = Check::new(project, &[], None);
    check.read();
    let made = check.replays.into_values().next();
    made.map_or_else(|| Catalog::new(project.settings.search_path.clone()), |replay| replay.catalog().clone())
}

fn judged(project: &Project, selected: &[FileId], asked: Option<(FileId, u32)>) -> (CheckOutcome, Answer) {
    let mut check = Check::new(project, selected, asked);
    check.read();
    check.classes();
    check.histories();
    check.statements.sort_by_key(|entry| (entry.file, entry.index));
    let findings = rules::judge(&project.settings, check.findings);
    let subject = order::subject(project, selected);
    (CheckOutcome::new(subject, selected.len(), check.statements, findings), check.answer)
}

/// The session expression is compared in our own spelling.
fn canonical(tenancy: &Tenancy) -> Tenancy {
    let printed = tenancy.session.as_ref().map(|text| match crate::syntax::expression::text(text) {
        Ok(expr) => expr.to_string(),
        Err(_) => text.clone(),
    });
    Tenancy { session: printed, ..tenancy.clone() }
}

/// Why the catalog is uncertain behind a statement that is not read.
const UNREAD: &str = "a statement is not read";

struct Check<'a> {
    project: &'a Project,
    selected: &'a [FileId],
    tenancy: Tenancy,
    /// What tenants share and what each tenant has for itself are different databases or schemas.
    replays: BTreeMap<Rows, Replay>,
    /// What the declared schema and the histories make, each by itself.
    histories: Histories,
    effects: Effects,
    shapes: Shapes,
    /// What is allowed of the findings that are known only when all is replayed.
    deferred: Vec<Deferred>,
    /// The line whose statement is to be explained.
    asked: Option<(FileId, u32)>,
    answer: Answer,
    statements: Vec<StatementEntry>,
    findings: Vec<Finding>,
}

impl<'a> Check<'a> {
    fn new(project: &'a Project, selected: &'a [FileId], asked: Option<(FileId, u32)>) -> Self {
        Check {
            project,
            selected,
            tenancy: canonical(&project.settings.tenancy),
            replays: BTreeMap::new(),
            histories: Histories::default(),
            effects: Effects::default(),
            shapes: Shapes::default(),
            deferred: Vec::new(),
            asked,
            answer: None,
            statements: Vec::new(),
            findings: project.findings.iter().filter(|finding| selected.contains(&finding.file)).cloned().collect(),
        }
    }

    /// Reads and follows everything, in order.
    fn read(&mut self) {
        let mut readers = parallel::Readers::new();
        for chunk in order::chunks(order::jobs(self.project), self.project, CHUNK) {
            for (job, read) in chunk.iter().zip(readers.read(self.project, self.selected, &chunk)) {
                self.file(job, &read);
            }
        }
    }

    fn file(&mut self, job: &Job, read: &ReadScript) {
        let is_selected = self.selected.binary_search(&job.file).is_ok();
        self.open(job);
        let redefinitions = self.redefinitions(job, read);
        if is_selected {
            self.findings.extend(read.commands.iter().map(|unread| report::unread(job.file, unread)));
            self.findings.extend(redefinitions.iter().map(|unread| report::unread(job.file, unread)));
            self.findings.extend(read.directives.problems.iter().map(|problem| report::problem(job.file, problem)));
        }
        if !redefinitions.is_empty() {
            self.effects.redefined();
        }
        if self.is_reconnected(job, read) {
            self.effects.reconnected();
        }
        let placeholders: Vec<Span> = read.commands.iter().filter_map(placeholder).collect();
        for (index, statement) in read.statements.iter().enumerate() {
            // What another program writes into a statement may name anything.
            if job.replays(statement.span) && placeholders.iter().any(|place| statement.span.contains(*place)) {
                self.doubt(job, statement.span);
            }
            match &statement.outcome {
                Ok(parsed) => self.statement(job, read, (index, statement), parsed, is_selected),
                Err(unread) => {
                    if job.replays(statement.span) {
                        let text = self.project.file(job.file).text.get(statement.span.range());
                        self.effects.unread(text.unwrap_or(""));
                        self.doubt(job, statement.span);
                    }
                    if is_selected {
                        self.unread(job, index, statement, unread);
                    }
                }
            }
        }
        self.effects.end_file();
        self.end_session(job);
    }

    /// The psql commands that give the tenant parameter another value than the run's.
    fn redefinitions(&self, job: &Job, read: &ReadScript) -> Vec<Unread> {
        let text = &self.project.file(job.file).text;
        let commands = read.script.pieces.iter().filter(|piece| piece.kind == PieceKind::MetaCommand);
        commands.filter_map(|piece| redefinition(text, piece.span, &self.tenancy.parameter)).collect()
    }

    /// Says whether psql goes on as somebody else.
    fn is_reconnected(&self, job: &Job, read: &ReadScript) -> bool {
        let text = &self.project.file(job.file).text;
        let mut commands = read.script.pieces.iter().filter(|piece| piece.kind == PieceKind::MetaCommand);
        commands.any(|piece| text.get(piece.span.range()).is_some_and(names_user))
    }

    /// Judges the classes of tables when all is replayed: a tenant column may come after the table.
    fn classes(&mut self) {
        let mut findings = Vec::new();
        if let Some(replay) = self.replays.get(&Rows::Shared) {
            let context = Context { catalog: replay.catalog(), tenancy: &self.tenancy, effects: &self.effects };
            let is_selected = |file: FileId| self.selected.binary_search(&file).is_ok();
            findings.extend(report::unclassified(replay.catalog(), &self.tenancy));
            findings.extend(scope::shape(&context, &self.project.settings, &self.shapes, &is_selected));
            findings.retain(|finding| is_selected(finding.file));
        }
        directives::settle_deferred(&self.deferred, &mut findings);
        self.findings.append(&mut findings);
    }

    /// Judges whole histories: what is not followed, and where they disagree with the declared schema.
    fn histories(&mut self) {
        let followed = self.replays.values().filter(|_| !self.histories.are_apart());
        let doubts = report::doubts(followed.chain(self.histories.made()).map(Replay::catalog));
        let found: Vec<Finding> = doubts.chain(self.histories.drift(self.project)).collect();
        let selected = |finding: &Finding| self.selected.binary_search(&finding.file).is_ok();
        self.findings.extend(found.into_iter().filter(selected));
    }

    /// Prepares for the first file behind the declared schema.
    fn open(&mut self, job: &Job) {
        if job.is_migration() && !self.project.schema.is_empty() && !self.histories.are_apart() {
            self.histories.part(&self.replays, &self.project.settings);
            self.replays.values_mut().for_each(Replay::stand_in);
        }
        if self.project.settings.has_schemas_beside_shared() {
            let path = seat::path(&self.project.settings, job.rows);
            let fresh = self.new_replay(Rows::OneTenant);
            self.replays.entry(Rows::OneTenant).or_insert(fresh).sit(&path);
            self.histories.sit(job, &path);
        }
    }

    /// Follows a statement on what is shared where tenants have tables of their own beside it; says what it meets there.
    fn beside(&mut self, job: &Job, parsed: &Statement, origin: Origin) -> Option<seat::Beside> {
        let settings = &self.project.settings;
        let own = seat::own(settings).filter(|_| seat::sides(settings, job.rows).len() > 1)?;
        let replay = self.replays.get_mut(&Rows::OneTenant)?;
        if !self.project.schema.is_empty() {
            replay.supersede(parsed, |file| self.project.schema.contains(&file));
        }
        let retirement = self.retirement(job, origin.span);
        let replay = self.replays.get_mut(&Rows::OneTenant)?;
        replay.retire(retirement.clone());
        let writes = plan::writes(parsed, replay.catalog(), &self.tenancy, &own);
        let mut beside = seat::step(replay, &own, parsed, origin);
        if let Some(made) = self.histories.beside(job) {
            made.retire(retirement);
            beside = seat::step(made, &own, parsed, origin);
        }
        beside.reaches |= writes;
        Some(beside)
    }

    /// Takes note of a statement that is not read.
    fn doubt(&mut self, job: &Job, span: Span) {
        let origin = Origin::at(job.file, span);
        for rows in seat::sides(&self.project.settings, job.rows) {
            let fresh = self.new_replay(*rows);
            self.replays.entry(*rows).or_insert(fresh).doubt(UNREAD, origin);
        }
        self.histories.doubt(job, origin);
    }

    fn end_session(&mut self, job: &Job) {
        for rows in seat::sides(&self.project.settings, job.rows) {
            if let Some(replay) = self.replays.get_mut(rows) {
                replay.end_session();
            }
        }
        self.histories.end_session(job);
    }

    fn new_replay(&self, rows: Rows) -> Replay {
        let replay = seat::begin(&self.project.settings, rows).on(self.project.settings.postgres).reading(READER);
        // Where something stands in for what a history makes, only the history itself can be tried.
        if self.project.schema.is_empty() { replay.proving() } else { replay }
    }

    /// Says what becomes of the drops of a statement.
    fn retirement(&self, job: &Job, span: Span) -> Option<Retirement> {
        let loose = MigrationId { version: Version::new("0"), name: String::new() };
        let id = job.migration(span).unwrap_or(&loose);
        plan::retirement(&self.project.settings, id).filter(|_| job.is_migration())
    }

    fn unread(&mut self, job: &Job, index: usize, statement: &ReadStatement, unread: &Unread) {
        self.findings.push(report::unread(job.file, unread));
        self.statements.push(StatementEntry::opaque(job.file, index, statement.span));
    }

    fn statement(
        &mut self,
        job: &Job,
        read: &ReadScript,
        (index, statement): (usize, &ReadStatement),
        parsed: &Statement,
        is_selected: bool,
    ) {
        let mut findings = Vec::new();
        let mut replay = self.replays.remove(&job.rows).unwrap_or_else(|| self.new_replay(job.rows));
        if is_selected {
            let mut answer = None;
            let found = (&mut findings, &mut answer);
            let entry = self.judged(job, read, (index, statement), (parsed, replay.catalog()), found);
            self.answer = self.answer.take().or(answer);
            self.statements.push(entry);
        }
        if job.replays(statement.span) {
            let origin = Origin::at(job.file, statement.span);
            let text = &self.project.file(job.file).text;
            scope::observe(replay.catalog(), &self.tenancy, &mut self.effects, parsed, text);
            if job.rows == Rows::Shared {
                self.shapes.observe(replay.catalog(), parsed, origin);
            }
            if !self.project.schema.is_empty() {
                replay.supersede(parsed, |file| self.project.schema.contains(&file));
            }
            let is_asked = is_selected && job.is_migration();
            let wanted = if is_asked { Wanted::Inverses } else { Wanted::Changes };
            let retirement = self.retirement(job, statement.span);
            let own = || read.directives.of(statement.piece).iter();
            if is_asked {
                let found = (statement.piece, parsed);
                findings.extend(directives::batch(job.file, &read.directives, found, replay.catalog()));
            }
            for followed in self.histories.of(job).into_iter().chain([&mut replay]) {
                followed.want(wanted);
                followed.retire(retirement.clone());
                plan::filled(followed, own().map(|placed| &placed.directive));
            }
            let recording = is_asked.then(|| {
                let is_shared = self.statements.last().is_none_or(|entry| entry.audience == Audience::Shared);
                let fresh = (is_shared || job.rows == Rows::OneTenant).then_some(job.file);
                capture::recording(parsed, (replay.catalog(), &self.tenancy), fresh)
            });
            if is_asked {
                findings.extend(plan::meets_retired(parsed, replay.catalog(), job.file));
            }
            let step = replay.step(parsed, origin);
            let (refusal, step) = self.histories.step(job, parsed, origin, step);
            let beside = self.beside(job, parsed, origin);
            let (reaches, met) = beside.map_or((false, None), |found| (found.reaches, found.refusal));
            let refusal = refusal.or_else(|| met.filter(|_| job.is_history()));
            let is_refused = refusal.is_some();
            findings.extend(refusal.filter(|_| is_selected).map(|refusal| report::refused(origin, &refusal)));
            if let Some(error) = step.error.as_ref().filter(|_| !step.is_whole) {
                self.effects.unfollowed(text.get(statement.span.range()).unwrap_or(""), error);
            }
            if let Some(recording) = recording {
                let inverse = if reaches { plan::reaching() } else { step.inverse };
                let (inverse, _) = capture::settle(inverse, recording);
                let inverse = plan::guarded(inverse, parsed);
                let judged = plan::judge(parsed, &inverse, (job.file, statement.span));
                let undone = self.inverse(read, statement, judged);
                // What never runs needs no inverse.
                findings.extend(undone.into_iter().filter(|_| !is_refused));
            }
        }
        self.replays.insert(job.rows, replay);
        if is_selected {
            let scope = self.statements.last().map_or(Scope::NotApplicable, |entry| entry.scope);
            directives::settle(job.file, &read.directives, statement.piece, scope, &mut findings);
            self.deferred.extend(directives::deferred(job.file, &read.directives, statement));
            self.findings.append(&mut findings);
        }
    }

    fn is_asked(&self, file: FileId, span: Span) -> bool {
        let text = self.project.file(file);
        let lines = text.position(span.start).0..=text.position(span.end).0;
        self.asked.is_some_and(|(asked, line)| asked == file && lines.contains(&line))
    }

    /// Enters the class of the last statement's inverse, as its author's directives leave it.
    fn inverse(
        &mut self,
        read: &ReadScript,
        statement: &ReadStatement,
        judged: (InverseClass, Vec<Finding>),
    ) -> Vec<Finding> {
        let placed = read.directives.of(statement.piece).iter();
        let said = plan::said(placed.map(|placed| &placed.directive));
        let (class, findings) = plan::accept(judged, said.as_ref());
        if let Some(entry) = self.statements.last_mut() {
            entry.inverse = class;
        }
        findings
    }

    fn judged(
        &self,
        job: &Job,
        read: &ReadScript,
        (index, statement): (usize, &ReadStatement),
        (parsed, catalog): (&Statement, &Catalog),
        (findings, answer): (&mut Vec<Finding>, &mut Answer),
    ) -> StatementEntry {
        let mut entry = StatementEntry {
            file: job.file,
            index,
            span: statement.span,
            kind: StatementEntry::kind_of(parsed.tag()),
            audience: Audience::Tenant,
            scope: Scope::NotApplicable,
            tenant: None,
            inverse: InverseClass::NotApplicable,
        };
        // A whole database or schema is one tenant's: only what reaches out of it can be another's.
        if job.rows == Rows::OneTenant {
            let text = &self.project.file(job.file).text;
            let beside = self.project.settings.has_schemas_beside_shared();
            let shared = self.replays.get(&Rows::Shared).filter(|_| beside).map(Replay::catalog);
            let holes = scope::outside(catalog, (&self.tenancy, shared), parsed, text);
            entry.scope = if holes.is_empty() { Scope::NotApplicable } else { Scope::Unprovable };
            findings.extend(holes.into_iter().map(|hole| report::hole(job.file, statement.span, hole)));
            return entry;
        }
        let tokens = read.script.pieces.get(statement.piece).map_or(&[][..], |piece| read.script.tokens_of(piece));
        let session = self.project.settings.tenancy.session.as_deref();
        let place = Place { text: &self.project.file(job.file).text, tokens, session };
        let context = Context { catalog, tenancy: &self.tenancy, effects: &self.effects };
        let judgement = scope::judge(&context, parsed, place);
        entry.scope = judgement.scope;
        if self.is_asked(job.file, statement.span) {
            *answer = Some((index, scope::explain(&context, parsed, &judgement)));
        }
        let run_time = judgement.designator.as_ref().is_some_and(scope::Designator::is_run_time);
        entry.audience = if run_time { Audience::Tenant } else { Audience::Shared };
        entry.tenant = judgement.designator.as_ref().map(ToString::to_string);
        findings.extend(judgement.holes.into_iter().map(|hole| report::hole(job.file, statement.span, hole)));
        entry
    }
}

/// `\\set`, `\\unset` and `\\prompt` of a variable; `\\gset` sets those that the columns are called.
fn redefinition(text: &str, span: Span, parameter: &str) -> Option<Unread> {
    let mut words = text.get(span.range())?.split_whitespace();
    let command = words.next()?;
    let sets = match command {
        "\\set" | "\\unset" => words.next() == Some(parameter),
        "\\prompt" => words.next_back() == Some(parameter),
        "\\gset" => words.next().is_none_or(|prefix| parameter.starts_with(prefix)),
        _ => false,
    };
    let message = format!("`{command}` may give `{parameter}` another value than the run's");
    sets.then_some(Unread::Opaque(SyntaxError { span, message }))
}

/// Says whether a psql command connects as a user that it names.
fn names_user(command: &str) -> bool {
    let mut words = command.split_whitespace();
    let connects = matches!(words.next(), Some("\\c" | "\\connect"));
    let is_spelled = command.contains("user=") || command.contains("://");
    connects && (is_spelled || words.nth(1).is_some_and(|user| user != "-"))
}

fn placeholder(unread: &Unread) -> Option<Span> {
    match unread {
        Unread::Template(span) => Some(*span),
        Unread::Opaque(_) => None,
    }
}

/// Says whose rows a history's statements meet.
fn rows(isolation: Isolation, role: crate::project::HistoryRole) -> Rows {
    use crate::project::HistoryRole as Role;
    match (isolation, role) {
        (Isolation::Schema | Isolation::Database, _) | (Isolation::Hybrid, Role::Tenant) => Rows::OneTenant,
        (Isolation::Row, _) | (Isolation::Hybrid, Role::Only | Role::Shared) => Rows::Shared,
    }
}
