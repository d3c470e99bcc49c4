//! One history, migration by migration.

use std::collections::BTreeSet;

use super::legs::{self, Legs, Tried, Way};
use super::rows::Style;
use super::{Back, Outcome, Room, Verified, VerifyError, down, own, sample};
use crate::catalog::facts::{Certainty, Difference, Facts, compare};
use crate::catalog::{Address, Catalog, Class, ObjectId, Origin};
use crate::changes::Change;
use crate::db::introspect::{IntrospectOptions, introspect, version};
use crate::db::probe::Probe;
use crate::db::{DbError, SqlError};
use crate::emit;
use crate::migration::{Migration, TransactionMode};
use crate::pg::Ident;
use crate::plan::{MigrationPlan, Planners, Sharing, Verdict, retirement, sharing};
use crate::project::{HistoryRole, Project};
use crate::replay::{Refusal, Replay, Runs};
use crate::source::{SourceFile, Span};
use crate::statement::Statement;
use crate::statement::session::Statement as Session;
use crate::syntax::program::READER;
use crate::syntax::read;
use crate::verdict::{Audience, Scope};

/// Runs migrations, in this order and in one database; says whether every one of them is as it should be.
pub(super) fn history(
    project: &Project,
    migrations: &[(HistoryRole, &Migration)],
    room: &mut Room<'_>,
    tell: &mut dyn FnMut(&Verified),
) -> Result<bool, VerifyError> {
    // What is compared with a server does what that server does, which may be newer than the project asks for.
    let version = version(&mut room.connection)?;
    let own = project.settings.has_schemas_beside_shared().then(|| own::Own::of(project, migrations));
    let replay = || match &own {
        Some(own) => Replay::new(vec![own.schema.clone()]).holding(&own.schema).on(version),
        None => Replay::new(project.settings.search_path.clone()).on(version),
    };
    let replay = || replay().reading(READER);
    let mut walk = Walk {
        project,
        room,
        replay: replay(),
        written: replay(),
        planner: Planners::new(&project.settings, &project.files, &[]),
        role: HistoryRole::Only,
        own,
        probe: Probe::default(),
        known: Vec::new(),
        ledger: Ledger::Absent,
        without_rows: BTreeSet::new(),
    };
    walk.begin(migrations)?;
    let mut good = true;
    for (role, migration) in migrations {
        walk.sit(*role);
        let down = down::judge(&mut walk.written, project, migration);
        let outcome = walk.migration(migration)?;
        let ends = outcome.leaves_nothing_to_stand_on();
        good &= outcome.is_good();
        tell(&Verified { id: migration.id.clone(), role: *role, outcome, down });
        // What comes after would stand on what is not there.
        if ends {
            break;
        }
    }
    Ok(good)
}

/// Whether tenet's own tables are there, without which its scripts cannot run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ledger {
    Absent,
    Installed,
}

pub(super) struct Walk<'a, 's> {
    project: &'a Project,
    pub(super) room: &'a mut Room<'s>,
    replay: Replay,
    /// The history as it is written, whose drops drop.
    written: Replay,
    planner: Planners<'a>,
    /// Of which history the present migration is.
    role: HistoryRole,
    /// A tenant's own schema, where one lies beside what is shared.
    own: Option<own::Own>,
    probe: Probe,
    /// Differences that were told of already.
    known: Vec<Difference>,
    ledger: Ledger,
    /// The tables of which it was told that they have no sample rows.
    without_rows: BTreeSet<String>,
}

/// A statement to run.
struct Work<'a> {
    file: &'a SourceFile,
    span: Span,
    sql: String,
    statement: Option<Statement>,
    origin: Origin,
}

impl<'a> Walk<'a, '_> {
    /// The database has to be empty: what is in it would be taken for the history's work.
    fn begin(&mut self, migrations: &[(HistoryRole, &Migration)]) -> Result<(), VerifyError> {
        let found = self.differences()?;
        // A new database has this schema, and what the server's own template holds is not the history's.
        let own = self.own.as_ref().map(|own| &own.schema);
        let is_expected = |name: &Ident| *name == "public" || Some(name) == own;
        let is_new = |found: &&Difference| matches!(&found.address, Address::Object(id) if id.class == Class::Schema && is_expected(id.name.last()));
        let mut names: Vec<String> =
            found.iter().filter(|found| !is_new(found)).map(|found| found.address.to_string()).collect();
        names.dedup();
        self.known = found;
        names.truncate(3);
        if !names.is_empty() {
            return Err(VerifyError::NotEmpty(names));
        }
        let ours = ObjectId::schema(&Ident::exact("tenet"));
        let makes_our_schema = |migration: &Migration| {
            let work = self.work(migration);
            let made = work.iter().filter_map(|piece| piece.statement.as_ref());
            made.into_iter().any(|statement| made_schema(statement).is_some_and(|name| name == ours.name.last()))
        };
        // tenet's own history makes the tables that the scripts of others use.
        if !migrations.iter().any(|(_, migration)| makes_our_schema(migration)) {
            let install = emit::ledger().into_iter().find(|output| output.name == "forward.sql");
            if let Some(script) = install
                && legs::one(self, &script.text)?.is_ok()
            {
                self.ledger = Ledger::Installed;
            }
            self.known = self.differences()?;
        }
        if let Some(own) = &self.own {
            self.room.connection.execute(&format!("CREATE SCHEMA {}", own.schema))?;
            self.known = self.differences()?;
        }
        Ok(())
    }

    /// Goes on as a session of one of the histories.
    fn sit(&mut self, role: HistoryRole) {
        self.role = role;
        if self.own.is_some() {
            let path = self.path();
            self.replay.sit(&path);
            self.written.sit(&path);
        }
    }

    /// Returns the search path of the present history.
    fn path(&self) -> Vec<Ident> {
        match &self.own {
            Some(own) if self.role == HistoryRole::Tenant => vec![own.schema.clone()],
            _ => self.project.settings.search_path.clone(),
        }
    }

    /// Returns the search path along which definitions are read.
    fn home(&self) -> Vec<Ident> {
        match &self.own {
            Some(own) => vec![own.schema.clone()],
            None => self.project.settings.search_path.clone(),
        }
    }

    /// Runs a migration forwards, backwards and forwards, by its scripts where it can be.
    fn migration(&mut self, migration: &Migration) -> Result<Outcome, VerifyError> {
        // Nothing is asked of tenants here: there are none, but the one that has a schema of its own.
        let is_own = self.own.is_some() && self.role == HistoryRole::Tenant;
        let audience = if is_own { Audience::Tenant } else { Audience::Shared };
        let verdict = |_, _| Verdict { audience, scope: Scope::NotApplicable };
        let plan = self.planner.migration(self.role.history(), migration, &verdict);
        let work = self.work(migration);
        let is_whole = work.iter().all(|piece| piece.statement.is_some() && needs_its_author(piece).is_none());
        match (is_whole, self.ledger) {
            (true, Ledger::Installed) => self.scripted(migration, &plan, &work),
            (true, Ledger::Absent) => self.plain(migration, Back::NotRun("it makes tenet's own tables")),
            (false, _) => self.plain(migration, Back::NotRun("as not every statement is")),
        }
    }

    fn scripted(
        &mut self,
        migration: &Migration,
        plan: &MigrationPlan,
        work: &[Work<'_>],
    ) -> Result<Outcome, VerifyError> {
        self.settings()?;
        self.replay.retire(retirement(&self.project.settings, &migration.id));
        let mut refusals = Vec::new();
        for piece in work {
            let Some(statement) = &piece.statement else { continue };
            refusals.push(self.replay.step(statement, piece.origin).refusal);
        }
        self.replay.end_session();
        let before = self.live()?;
        let legs = Legs::of(plan, &self.project.settings);
        let tried = self.with_rows(&legs, &before)?;
        if let Err(stopped) = legs.run(self, Way::Forward)? {
            let line = |piece: &Work<'_>| format!("{}:{}", piece.file.path, piece.file.position(piece.span.start).0);
            let found = work.iter().zip(refusals).find(|(piece, _)| line(piece) == stopped.comment);
            return Ok(match found {
                Some((piece, refusal)) => refused(piece, refusal, &stopped.error),
                None => Outcome::Refused { place: stopped.comment, message: stopped.error.to_string() },
            });
        }
        let forward = self.compared(work.len(), Vec::new(), Back::Restored)?;
        Ok(match forward {
            Outcome::Agrees { statements, unsure, skipped, .. } => {
                let (back, rows) = match tried {
                    (Some(back), rows) => (back, rows),
                    (None, rows) => (legs.back(self, &before)?, rows),
                };
                Outcome::Agrees { statements, unsure, skipped, back, rows }
            }
            other => other,
        })
    }

    /// Tries a migration in a copy of the database that has rows; says what came of it, unless rows keep it from running.
    fn with_rows(&mut self, legs: &Legs<'_>, before: &Catalog) -> Result<(Option<Back>, Vec<String>), VerifyError> {
        if !legs.concerns_rows() {
            return Ok((None, Vec::new()));
        }
        let mut notes = Vec::new();
        for style in [Style::WithNulls, Style::Full] {
            let Some(original) = self.room.enter_copy()? else { return Ok((None, notes)) };
            self.settings()?;
            let tried = legs.try_with_rows(self, before, style);
            self.room.leave_copy(original)?;
            self.settings()?;
            match tried? {
                Tried::Yes(back, unfilled) => {
                    for (table, why) in unfilled {
                        if self.without_rows.insert(table.clone()) {
                            notes.push(format!("no sample rows in {table}: {why}"));
                        }
                    }
                    return Ok((Some(back), notes));
                }
                Tried::Refused(why) if style == Style::Full => {
                    notes.push(format!("not tried with rows, as these are refused: {why}"));
                }
                Tried::Refused(_) => {}
            }
        }
        Ok((None, notes))
    }

    /// Compares what the server holds with what the replay says.
    fn compared(&mut self, statements: usize, skipped: Vec<String>, back: Back) -> Result<Outcome, VerifyError> {
        let all = self.differences()?;
        let fresh: Vec<Difference> = all.iter().filter(|found| !self.known.contains(found)).cloned().collect();
        self.known = all;
        let (differs, unsure): (Vec<_>, Vec<_>) =
            fresh.into_iter().partition(|found| found.certainty == Certainty::Differs);
        Ok(match differs.is_empty() {
            true => Outcome::Agrees { statements, unsure, skipped, back, rows: Vec::new() },
            false => Outcome::Differs(differs),
        })
    }

    /// Returns what the server holds.
    pub(super) fn live(&mut self) -> Result<Catalog, VerifyError> {
        let options = IntrospectOptions { search_path: self.home(), schemas: None };
        Ok(introspect(&mut self.room.connection, &options)?)
    }

    /// Returns the name of the variable that stands for the tenant.
    pub(super) fn parameter(&self) -> String {
        self.project.settings.tenancy.parameter.clone()
    }

    /// Returns a value for it.
    pub(super) fn tenant(&self) -> String {
        self.value().trim_matches('\'').to_owned()
    }

    fn value(&self) -> &'static str {
        match &self.own {
            Some(own) => own.tenant,
            None => sample::tenant(&self.project.settings.tenancy, self.replay.catalog()),
        }
    }

    /// Runs a migration statement by statement.
    fn plain(&mut self, migration: &Migration, back: Back) -> Result<Outcome, VerifyError> {
        let work = self.work(migration);
        let catalog = self.replay.catalog();
        let alone =
            |work: &Work<'_>| work.statement.as_ref().is_some_and(|found| sharing(found, catalog) != Sharing::Shared);
        let whole = migration.transaction == TransactionMode::PerMigration && !work.iter().any(alone);
        self.settings()?;
        if whole {
            self.room.connection.execute("BEGIN")?;
        }
        let mut skipped = Vec::new();
        let mut statements = 0;
        self.replay.retire(retirement(&self.project.settings, &migration.id));
        for piece in &work {
            if let Some(why) = needs_its_author(piece) {
                skipped.push(format!("{}: {why}", place(piece)));
                continue;
            }
            let step = match &piece.statement {
                Some(statement) => Some(self.replay.step(statement, piece.origin)),
                None => {
                    self.replay.doubt("a statement that is not read", piece.origin);
                    None
                }
            };
            let changed = step.as_ref().filter(|step| step.runs == Runs::Changes);
            let scripts = match changed {
                Some(step) => step.changes.iter().flat_map(Change::statements).collect(),
                None => vec![piece.sql.clone()],
            };
            for script in &scripts {
                if let Err(error) = self.run(script, whole)? {
                    return Ok(refused(piece, step.and_then(|step| step.refusal), &error));
                }
            }
            statements += 1;
        }
        if whole && let Err(error) = self.room.connection.execute("COMMIT") {
            let last = work.last().map_or_else(String::new, place);
            return Ok(Outcome::Refused { place: last, message: sql(error)?.to_string() });
        }
        // Every migration is a session of its own.
        self.room.connection.execute("RESET ALL")?;
        self.room.connection.execute("DISCARD TEMP")?;
        self.replay.end_session();
        self.compared(statements, skipped, back)
    }

    /// Returns the statements of a migration with a tenant's value in them.
    fn work(&self, migration: &Migration) -> Vec<Work<'a>> {
        let value = self.value();
        let mut work = Vec::new();
        for section in &migration.up {
            let Some(file) = self.project.files.get(section.file.index()) else { continue };
            let script = read::script(&file.text);
            for found in script.statements.iter().filter(|found| section.span.contains(found.span)) {
                let tokens =
                    script.script.pieces.get(found.piece).map_or(&[][..], |piece| script.script.tokens_of(piece));
                work.push(Work {
                    file,
                    span: found.span,
                    sql: sample::bound(&file.text, found.span, tokens, value),
                    statement: found.outcome.as_ref().ok().cloned(),
                    origin: Origin::at(section.file, found.span),
                });
            }
        }
        work
    }

    /// Gives the settings that name the tenant a value.
    pub(super) fn settings(&mut self) -> Result<(), VerifyError> {
        let value = self.value();
        for name in sample::settings(&self.project.settings.tenancy) {
            let name = name.replace('\'', "''");
            self.room.connection.execute(&format!("SELECT set_config('{name}', {value}, false)"))?;
        }
        let path: Vec<String> = self.path().iter().map(ToString::to_string).collect();
        if !path.is_empty() {
            self.room.connection.execute(&format!("SET search_path TO {}", path.join(", ")))?;
        }
        Ok(())
    }

    /// Runs a statement. A role that it names and nobody made is made on a server of our own.
    fn run(&mut self, script: &str, within: bool) -> Result<Result<(), SqlError>, VerifyError> {
        for _ in 0..8 {
            if within {
                self.room.connection.execute("SAVEPOINT tenet_statement")?;
            }
            let error = match self.room.connection.execute(script) {
                Ok(_) => {
                    if within {
                        self.room.connection.execute("RELEASE SAVEPOINT tenet_statement")?;
                    }
                    return Ok(Ok(()));
                }
                Err(error) => sql(error)?,
            };
            if within {
                self.room.connection.execute("ROLLBACK TO SAVEPOINT tenet_statement")?;
            }
            match (missing_role(&error), self.room.scratch) {
                (Some(role), Some(scratch)) => scratch.create_role_if_missing(&role)?,
                _ => return Ok(Err(error)),
            }
        }
        Ok(Err(SqlError { message: "it names more roles than are made for it".to_owned(), ..SqlError::default() }))
    }

    /// Returns where the server holds something else than the replay.
    fn differences(&mut self) -> Result<Vec<Difference>, VerifyError> {
        let live = self.live()?;
        if self.own.is_some() {
            let home = self.home();
            self.replay.sit(&home);
        }
        let found = compare(&Facts::of(self.replay.catalog()), &Facts::of(&live));
        let found = self.probe.settle(&mut self.room.connection, (self.replay.catalog(), &live), found)?;
        // Roles belong to the whole server.
        let is_role = |found: &Difference| matches!(&found.address, Address::Object(id) if id.class == Class::Role);
        let ours = |found: &Difference| self.ledger == Ledger::Installed && is_ours(&found.address);
        Ok(found.into_iter().filter(|found| !is_role(found) && !ours(found)).collect())
    }
}

/// Says whether something belongs to tenet's own tables.
pub(super) fn is_ours(address: &Address) -> bool {
    let schema = match address {
        Address::Object(id) if id.class == Class::Schema => Some(id.name.last()),
        Address::Object(id) => id.name.schema(),
        Address::DomainConstraint(name, _) | Address::Attribute(name, _) => name.schema(),
        other => other.relation().and_then(|name| name.schema()),
    };
    let records = matches!(address, Address::Trigger(_, name) if name.as_str().starts_with("zzz_tenet "));
    records || schema.is_some_and(|schema| *schema == "tenet" || *schema == "tenet_undo")
}

/// Returns the schema that a statement makes.
fn made_schema(statement: &Statement) -> Option<&Ident> {
    match statement {
        Statement::Relation(found) => match &**found {
            crate::statement::relation::Statement::CreateSchema(create) => create.name.as_ref(),
            _ => None,
        },
        _ => None,
    }
}

/// Says why a statement cannot be run here.
fn needs_its_author(work: &Work<'_>) -> Option<&'static str> {
    use crate::statement::session::copy::CopyDirection;
    match &work.statement {
        Some(Statement::Session(session)) => match &**session {
            Session::Copy(copy) if copy.direction == CopyDirection::From => Some("COPY needs its data"),
            _ => None,
        },
        _ => None,
    }
}

fn refused(work: &Work<'_>, replayed: Option<Refusal>, error: &SqlError) -> Outcome {
    let message = error.to_string();
    match replayed {
        Some(_) => Outcome::Broken { place: place(work), message },
        None => Outcome::Refused { place: place(work), message },
    }
}

fn place(work: &Work<'_>) -> String {
    let (line, column) = work.file.position(work.span.start);
    format!("{}:{line}:{column}", work.file.path)
}

/// A server's objection is about the statement; everything else ends the run.
pub(super) fn sql(error: DbError) -> Result<SqlError, VerifyError> {
    match error {
        DbError::Sql(error) => Ok(*error),
        DbError::CopyData => {
            Ok(SqlError { message: "COPY from or to the client is not run".to_owned(), ..SqlError::default() })
        }
        other => Err(other.into()),
    }
}

/// Returns the role that a statement names and the server does not have.
pub(super) fn missing_role(error: &SqlError) -> Option<String> {
    if error.sqlstate != "42704" {
        return None;
    }
    let name = error.message.strip_prefix("role \"")?.strip_suffix("\" does not exist")?;
    Some(name.to_owned())
}
