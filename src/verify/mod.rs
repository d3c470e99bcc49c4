//! Verification: every migration runs on a real server, and what the server then holds is compared with what the replay
//! of the history says that it holds.

mod down;
mod error;
mod legs;
mod own;
mod rows;
mod sample;
mod script;
mod walk;

use std::path::PathBuf;

pub use down::Shortfall;
pub use error::VerifyError;

use crate::catalog::facts::Difference;
use crate::db::{Connection, Scratch, ScratchOptions, Target};
use crate::migration::{History, MigrationId};
use crate::project::{HistoryRole, Project};

/// Where migrations are run.
#[derive(Clone, Debug)]
pub enum Place {
    /// On a server of our own, from the programs in this folder or from those that are found.
    Scratch(Option<PathBuf>),
    /// In this database, which has to be empty.
    Database(Box<Target>),
}

/// What running one migration has shown.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The migration.
    pub id: MigrationId,
    /// Which history it belongs to.
    pub role: HistoryRole,
    /// What came of it.
    pub outcome: Outcome,
    /// What its author's own way back leaves out.
    pub down: Option<Shortfall>,
}

/// What came of a migration.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The server holds what the replay says. Of some properties the replay is not sure: it says nothing about them.
    Agrees {
        /// How many statements ran.
        statements: usize,
        /// What the replay is not sure of.
        unsure: Vec<Difference>,
        /// Statements that were not run, as they need what only their author has: `line: why`.
        skipped: Vec<String>,
        /// What became of the way back.
        back: Back,
        /// What is to be said of the rows that it was tried with.
        rows: Vec<String>,
    },
    /// The server holds something else.
    Differs(Vec<Difference>),
    /// The server does not take a statement.
    Refused {
        /// The file, its line and column.
        place: String,
        /// The code and the server's words.
        message: String,
    },
    /// The server refuses a statement, and so does the replay: the history itself is broken.
    Broken {
        /// The file, its line and column.
        place: String,
        /// The code and the server's words.
        message: String,
    },
}

/// What running a migration's rollback, and the migration again, has shown.
#[derive(Clone, Debug)]
pub enum Back {
    /// The server held what it had held before, and then what it had held after.
    Restored,
    /// The shape came back without what the plan says is lost.
    Loses(Vec<String>),
    /// The rollback stops, as the plan says: why.
    Stops(String),
    /// It was not run: why.
    NotRun(&'static str),
    /// The server refuses a script: which statement, and why.
    Refused(String),
    /// Something did not come back, or not again.
    Residue(Vec<Difference>),
    /// Rows did not come back: which.
    Rows(Vec<String>),
}

impl Outcome {
    /// Says whether the server holds something else than what the next migration expects.
    fn leaves_nothing_to_stand_on(&self) -> bool {
        match self {
            Outcome::Agrees { back, .. } => matches!(back, Back::Refused(_) | Back::Residue(_) | Back::Rows(_)),
            Outcome::Differs(_) => false,
            Outcome::Refused { .. } | Outcome::Broken { .. } => true,
        }
    }

    /// Says whether nothing stands against the migration.
    pub fn is_good(&self) -> bool {
        matches!(self, Outcome::Agrees { back, .. } if !matches!(back, Back::Refused(_) | Back::Residue(_) | Back::Rows(_)))
    }
}

/// Runs every migration of a project's histories in order, and tells about each as soon as it is known.
///
/// # Errors
///
/// No server, a database that is not empty, or a connection that is lost.
pub fn run(project: &Project, place: &Place, tell: &mut dyn FnMut(&Verified)) -> Result<bool, VerifyError> {
    let mut good = true;
    let scratch = match place {
        Place::Scratch(bin) => {
            let major = u32::from(project.settings.postgres.major());
            let options = |major| ScratchOptions { bin: bin.clone(), major, ..ScratchOptions::default() };
            // The oldest version that scripts must run on, or whichever is there.
            Some(Scratch::start(options(Some(major))).or_else(|_| Scratch::start(options(None)))?)
        }
        Place::Database(_) => None,
    };
    if project.settings.has_schemas_beside_shared() {
        let mut room = Room::open(place, scratch.as_ref(), HistoryRole::Only)?;
        return walk::history(project, &project.in_order(), &mut room, tell);
    }
    for (role, history) in &project.histories {
        let mut room = Room::open(place, scratch.as_ref(), *role)?;
        let migrations: Vec<_> = history.migrations.iter().map(|migration| (*role, migration)).collect();
        good &= walk::history(project, &migrations, &mut room, tell)?;
    }
    Ok(good)
}

/// A database to run a history in.
struct Room<'s> {
    connection: Connection,
    /// The server of our own, on which roles may be made.
    scratch: Option<&'s Scratch>,
    /// The name of the database on it.
    database: &'static str,
}

impl<'s> Room<'s> {
    fn open(place: &Place, scratch: Option<&'s Scratch>, role: HistoryRole) -> Result<Room<'s>, VerifyError> {
        use crate::db::scratch::Content;
        let name = match role {
            HistoryRole::Only => "verify",
            HistoryRole::Shared => "verify_shared",
            HistoryRole::Tenant => "verify_tenant",
        };
        let connection = match (place, scratch) {
            (Place::Database(target), _) => Connection::open(target)?,
            (Place::Scratch(_), Some(scratch)) => {
                scratch.create_database(name, Content::Empty)?;
                scratch.connect(name)?
            }
            (Place::Scratch(_), None) => return Err(VerifyError::NotEmpty(Vec::new())),
        };
        Ok(Room { connection, scratch, database: name })
    }
}

/// The database in which a migration is tried with rows.
const SAMPLES: &str = "verify_rows";

impl Room<'_> {
    /// Copies the database as it is now and goes on in the copy; the connection to the original is returned. There is no copy
    /// on a server that is not ours.
    fn enter_copy(&mut self) -> Result<Option<Connection>, VerifyError> {
        use crate::db::scratch::Content;
        let Some(scratch) = self.scratch else { return Ok(None) };
        scratch.drop_database(SAMPLES)?;
        // Nobody may be connected to what is copied.
        drop(std::mem::replace(&mut self.connection, scratch.connect("postgres")?));
        scratch.create_database(SAMPLES, Content::CopyOf(self.database))?;
        let original = scratch.connect(self.database)?;
        self.connection = scratch.connect(SAMPLES)?;
        Ok(Some(original))
    }

    /// Goes back to the original, and drops the copy.
    fn leave_copy(&mut self, original: Connection) -> Result<(), VerifyError> {
        self.connection = original;
        if let Some(scratch) = self.scratch {
            scratch.drop_database(SAMPLES)?;
        }
        Ok(())
    }
}

/// Returns how many migrations will be run.
pub fn count(project: &Project) -> usize {
    let all = |history: &History| history.migrations.len();
    project.histories.iter().map(|(_, history)| all(history)).sum()
}
