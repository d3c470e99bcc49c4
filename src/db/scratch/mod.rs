//! A PostgreSQL server of our own: private, on a socket in a temporary folder, gone when it is dropped or we are killed.

mod error;
mod programs;
mod supervisor;
mod template;
mod user;

use std::fmt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

pub use error::{INSTALL, ScratchError};
pub use template::Origin;

use super::{Connection, DbError, Target};
use programs::Programs;
use supervisor::Supervisor;
use template::Template;
use user::User;

/// The superuser of every scratch server.
const SUPERUSER: &str = "postgres";

/// The database that every server has.
const MAINTENANCE: &str = "postgres";

/// The longest name of a socket that every system takes, in bytes, and what the server calls its own.
const LONGEST_SOCKET: usize = 103;
const SOCKET: &str = ".s.PGSQL.5432";

/// What SQLSTATE says of a role that is there.
const DUPLICATE_OBJECT: &str = "42710";

/// How a server is chosen and set up; by default, the first that is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScratchOptions {
    /// The folder with the server's programs; `None` looks for it.
    pub bin: Option<PathBuf>,
    /// The major version that it must have.
    pub major: Option<u32>,
    /// How much the server writes to its log of changes.
    pub wal: Wal,
    /// Where fresh data directories are kept; `None` chooses a folder of the user's.
    pub cache: Option<PathBuf>,
    /// Where the server's folder is made; `None` takes the system's temporary folder. In memory, all is twice as fast.
    pub temp: Option<PathBuf>,
    /// Further settings, such as `jit=off`; they win over our own.
    pub settings: Vec<String>,
}

/// How much a scratch server writes to its write-ahead log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wal {
    /// As little as possible.
    #[default]
    Minimal,
    /// What logical decoding needs.
    Logical,
}

/// What a new database starts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// Empty: UTF8, locale C.
    Empty,
    /// A copy of a database that nobody is connected to.
    CopyOf(&'a str),
}

/// A running server; dropped, it is stopped and its files are removed.
pub struct Scratch {
    /// What makes databases; closed before the server is stopped.
    maintenance: Mutex<Connection>,
    supervisor: Supervisor,
    programs: Programs,
    origin: Origin,
}

impl Scratch {
    /// Starts a server, and waits until it answers.
    ///
    /// # Errors
    ///
    /// Says where programs were looked for when there are none, and the server's own words when it does not start.
    pub fn start(options: ScratchOptions) -> Result<Scratch, ScratchError> {
        let path = std::env::var_os("PATH");
        let programs = Programs::find(options.bin.as_deref(), options.major, path.as_deref())?;
        let user = User::of_server()?;
        let cache = options.cache.unwrap_or_else(|| template::folder(&user));
        let template = Template::find(&cache, &programs, &user);
        let folder = folder(options.temp, &user)?;
        let mut settings = settings(options.wal);
        settings.extend(options.settings);
        let supervisor = Supervisor::start(folder, &programs, &user, &template, &settings)?;
        supervisor.wait_until_ready()?;
        let maintenance = Connection::open(&Target::socket(supervisor.folder(), SUPERUSER, MAINTENANCE))?;
        Ok(Scratch { maintenance: Mutex::new(maintenance), supervisor, programs, origin: template.keep() })
    }

    /// Returns the major version of the server.
    pub fn major(&self) -> u32 {
        self.programs.major
    }

    /// Returns the folder of the server's programs.
    pub fn bin(&self) -> &Path {
        &self.programs.bin
    }

    /// Returns the folder of the server's socket: the host that clients name.
    pub fn host(&self) -> &Path {
        self.supervisor.folder()
    }

    /// Says where the data directory came from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Returns what the server has written to its log.
    pub fn log(&self) -> String {
        self.supervisor.log()
    }

    /// Returns what connects to a database of the server, as its superuser.
    pub fn target(&self, database: &str) -> Target {
        Target::socket(self.host(), SUPERUSER, database)
    }

    /// Connects to a database as the superuser.
    ///
    /// # Errors
    ///
    /// As [`Connection::open`].
    pub fn connect(&self, database: &str) -> Result<Connection, DbError> {
        Connection::open(&self.target(database))
    }

    /// Makes a database.
    ///
    /// # Errors
    ///
    /// The server's, such as for a name that is taken.
    pub fn create_database(&self, name: &str, content: Content<'_>) -> Result<(), DbError> {
        let from = match content {
            Content::Empty => "template0",
            Content::CopyOf(database) => database,
        };
        // The other strategy writes every page to the log of changes too. Before version 15 there was no other.
        let strategy = if self.major() >= 15 { " STRATEGY FILE_COPY" } else { "" };
        self.run(&format!("CREATE DATABASE {} TEMPLATE {}{strategy}", quoted(name), quoted(from)))
    }

    /// Drops a database if it is there, and ends the connections to it.
    ///
    /// # Errors
    ///
    /// The server's.
    pub fn drop_database(&self, name: &str) -> Result<(), DbError> {
        self.run(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name)))
    }

    /// Makes a role that cannot log in, unless it is there.
    ///
    /// # Errors
    ///
    /// The server's, such as for a reserved name.
    pub fn create_role_if_missing(&self, name: &str) -> Result<(), DbError> {
        match self.run(&format!("CREATE ROLE {} NOLOGIN", quoted(name))) {
            Err(DbError::Sql(error)) if error.sqlstate == DUPLICATE_OBJECT => Ok(()),
            result => result,
        }
    }

    fn run(&self, statement: &str) -> Result<(), DbError> {
        let mut connection = self.maintenance.lock().unwrap_or_else(PoisonError::into_inner);
        connection.execute(statement).map(drop)
    }
}

impl fmt::Debug for Scratch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scratch").field("version", &self.programs.version).field("host", &self.host()).finish()
    }
}

/// What is lost with the machine need not be safe from it; and nothing happens by itself, so that runs are alike.
fn settings(wal: Wal) -> Vec<String> {
    let common = [
        "listen_addresses=",
        "port=5432",
        "fsync=off",
        "full_page_writes=off",
        "synchronous_commit=off",
        "autovacuum=off",
        "checkpoint_timeout=1d",
        "max_wal_size=128MB",
        "shared_buffers=16MB",
        "max_connections=30",
        // In the data directory, so that it goes with it.
        "dynamic_shared_memory_type=mmap",
        "timezone=UTC",
        "log_timezone=UTC",
    ];
    let logged = match wal {
        Wal::Minimal => ["wal_level=minimal", "max_wal_senders=0"],
        Wal::Logical => ["wal_level=logical", "max_wal_senders=10"],
    };
    common.iter().chain(&logged).map(|setting| (*setting).to_owned()).collect()
}

/// Returns a name for the server's folder, short enough for a socket, where the server's user comes.
fn folder(named: Option<PathBuf>, user: &User) -> Result<PathBuf, ScratchError> {
    let name = supervisor::unique("pg");
    let fits = |folder: &Path| folder.as_os_str().len() + 1 + SOCKET.len() <= LONGEST_SOCKET;
    if let Some(temp) = named {
        let folder = temp.join(name);
        return if fits(&folder) { Ok(folder) } else { Err(ScratchError::LongFolder(folder)) };
    }
    let system = std::env::temp_dir();
    let reached = !user.is_other() || system.ancestors().all(is_open);
    let folder = system.join(&name);
    Ok(if reached && fits(&folder) { folder } else { Path::new("/tmp").join(name) })
}

fn is_open(folder: &Path) -> bool {
    folder.metadata().is_ok_and(|found| found.permissions().mode() & 0o001 != 0)
}

/// Quotes always: what a word means as a role's name is not what it means elsewhere.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
