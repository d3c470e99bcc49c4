//! One history, migration by migration.

use super::{Outcome, Room, Verified, VerifyError, sample};
use crate::catalog::facts::{Certainty, Difference, Facts, compare};
use crate::catalog::{Address, Class, Origin};
use crate::changes::Change;
use crate::db::introspect::{IntrospectOptions, introspect};
use crate::db::probe::Probe;
use crate::db::{DbError, SqlError};
use crate::migration::{History, Migration, TransactionMode};
use crate::plan::{Sharing, retirement, sharing};
use crate::project::{HistoryRole, Project};
use crate::replay::{Refusal, Replay, Runs};
use crate::source::{SourceFile, Span};
use crate::statement::Statement;
use crate::statement::session::Statement as Session;
use crate::syntax::read;

/// Runs a history; says whether every migration of it is as it should be.
pub(super) fn history(
    project: &Project,
    (role, history): (HistoryRole, &History),
    room: &mut Room<'_>,
    tell: &mut dyn FnMut(&Verified),
) -> Result<bool, VerifyError> {
    let mut walk = Walk {
        project,
        room,
        replay: Replay::new(project.settings.search_path.clone()),
        probe: Probe::default(),
        known: Vec::new(),
    };
    walk.begin()?;
    let mut good = true;
    for migration in &history.migrations {
        let outcome = walk.migration(migration)?;
        let ends = matches!(outcome, Outcome::Refused { .. } | Outcome::Broken { .. });
        good &= outcome.is_good();
        tell(&Verified { id: migration.id.clone(), role, outcome });
        // What comes after would stand on what is not there.
        if ends {
            break;
        }
    }
    Ok(good)
}

struct Walk<'a, 's> {
    project: &'a Project,
    room: &'a mut Room<'s>,
    replay: Replay,
    probe: Probe,
    /// Differences that were told of already.
    known: Vec<Difference>,
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
    fn begin(&mut self) -> Result<(), VerifyError> {
        let found = self.differences()?;
        // A new database has this schema, and what the server's own template holds is not the history's.
        let is_new = |found: &&Difference| matches!(&found.address, Address::Object(id) if id.class == Class::Schema && *id.name.last() == "public");
        let mut names: Vec<String> =
            found.iter().filter(|found| !is_new(found)).map(|found| found.address.to_string()).collect();
        names.dedup();
        self.known = found;
        names.truncate(3);
        if names.is_empty() { Ok(()) } else { Err(VerifyError::NotEmpty(names)) }
    }

    fn migration(&mut self, migration: &Migration) -> Result<Outcome, VerifyError> {
        let work = self.work(migration);
        let alone = |work: &Work<'_>| work.statement.as_ref().is_some_and(|found| sharing(found) != Sharing::Shared);
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
        let all = self.differences()?;
        let fresh: Vec<Difference> = all.iter().filter(|found| !self.known.contains(found)).cloned().collect();
        self.known = all;
        let (differs, unsure): (Vec<_>, Vec<_>) =
            fresh.into_iter().partition(|found| found.certainty == Certainty::Differs);
        Ok(match differs.is_empty() {
            true => Outcome::Agrees { statements, unsure, skipped },
            false => Outcome::Differs(differs),
        })
    }

    /// Returns the statements of a migration with a tenant's value in them.
    fn work(&self, migration: &Migration) -> Vec<Work<'a>> {
        let value = sample::tenant(&self.project.settings.tenancy, self.replay.catalog());
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
                    origin: Origin { file: section.file, span: found.span },
                });
            }
        }
        work
    }

    /// Gives the settings that name the tenant a value.
    fn settings(&mut self) -> Result<(), VerifyError> {
        let value = sample::tenant(&self.project.settings.tenancy, self.replay.catalog());
        for name in sample::settings(&self.project.settings.tenancy) {
            let name = name.replace('\'', "''");
            self.room.connection.execute(&format!("SELECT set_config('{name}', {value}, false)"))?;
        }
        let path: Vec<String> = self.project.settings.search_path.iter().map(ToString::to_string).collect();
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
        let options = IntrospectOptions { search_path: self.project.settings.search_path.clone(), schemas: None };
        let live = introspect(&mut self.room.connection, &options)?;
        let found = compare(&Facts::of(self.replay.catalog()), &Facts::of(&live));
        let found = self.probe.settle(&mut self.room.connection, (self.replay.catalog(), &live), found)?;
        // Roles belong to the whole server.
        let is_role = |found: &Difference| matches!(&found.address, Address::Object(id) if id.class == Class::Role);
        Ok(found.into_iter().filter(|found| !is_role(found)).collect())
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
fn sql(error: DbError) -> Result<SqlError, VerifyError> {
    match error {
        DbError::Sql(error) => Ok(*error),
        DbError::CopyData => {
            Ok(SqlError { message: "COPY from or to the client is not run".to_owned(), ..SqlError::default() })
        }
        other => Err(other.into()),
    }
}

/// Returns the role that a statement names and the server does not have.
fn missing_role(error: &SqlError) -> Option<String> {
    if error.sqlstate != "42704" {
        return None;
    }
    let name = error.message.strip_prefix("role \"")?.strip_suffix("\" does not exist")?;
    Some(name.to_owned())
}
