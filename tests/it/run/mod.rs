//! Runs on real servers: what they do is looked up in the databases.

mod apply;
mod batches;
mod crowded;
mod demo;
mod drift;
mod failover;
mod isolation;
mod killed;
mod owner;
mod pooler;
mod resumed;
mod rollback;
mod together;
mod trouble;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use tenet::db::{Connection, Defaults, Target};

use crate::fixture::TempFolder;
use crate::server::Server;

/// A project, and a server for it.
pub struct Field {
    pub server: Server,
    folder: TempFolder,
}

impl Field {
    /// Starts a server, and writes a project whose settings are these.
    pub fn new(name: &str, settings: &str, migrations: &[(&str, &str)]) -> Field {
        Field::on(Server::start(), name, settings, migrations)
    }

    /// Writes a project for a server.
    pub fn on(server: Server, name: &str, settings: &str, migrations: &[(&str, &str)]) -> Field {
        let field = Field { server, folder: TempFolder::new(name) };
        field.write("tenet.yaml", settings);
        for (file, text) in migrations {
            field.write(&format!("migrations/{file}"), text);
        }
        field
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file of the project.
    pub fn write(&self, file: &str, text: &str) {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Returns the command that runs tenet in the project; `SOCKET` names the server's socket.
    pub fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenet"));
        command.args(words.split(' ')).current_dir(self.path());
        command.env("SOCKET", self.server.socket()).env("DATABASE_URL", self.url("app"));
        command
            .env_remove("PGOPTIONS")
            .env_remove("PGHOST")
            .env("LOGNAME", "tester")
            .env_remove("HOSTNAME")
            .env_remove("HOST");
        command
    }

    /// Returns what connects to a database.
    pub fn url(&self, database: &str) -> String {
        format!("host={} user=postgres dbname={database}", self.server.socket().display())
    }

    /// Runs tenet to its end.
    pub fn tenet(&self, words: &str) -> Ended {
        Ended::of(self.command(words).output().unwrap())
    }

    /// Starts tenet, and does not wait for it.
    pub fn start(&self, words: &str) -> Child {
        self.command(words).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Waits until a query prints a text.
    #[track_caller]
    pub fn wait(&self, database: &str, query: &str, expected: &str) {
        let begin = std::time::Instant::now();
        while self.ask(database, query) != expected {
            assert!(begin.elapsed().as_secs() < 30, "`{query}` is not `{expected}`: {}", self.ask(database, query));
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    /// Returns a session that runs statements one by one, and keeps its transaction and locks until it is dropped.
    pub fn session(&self, database: &str) -> Connection {
        let target = Target::parse(&self.url(database), &Defaults::default()).unwrap();
        Connection::open(&target).unwrap()
    }

    /// Returns what a query prints.
    pub fn ask(&self, database: &str, query: &str) -> String {
        self.server.psql(database, query, &[]).unwrap_or_else(|error| panic!("{query}: {error}")).trim_end().to_owned()
    }
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ended {
    pub fn of(output: Output) -> Ended {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Fails unless the command ended so.
    #[track_caller]
    pub fn with(self, code: i32) -> Ended {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }

    /// Fails unless the text stands in what was printed.
    #[track_caller]
    pub fn says(self, text: &str) -> Ended {
        assert!(self.out.contains(text) || self.err.contains(text), "`{text}` is not in\n{}\n{}", self.out, self.err);
        self
    }

    /// Returns the document that was printed.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}\n{}", self.out, self.err))
    }
}

/// Shared tables: expand, fill, contract.
pub const ROW: &str = "version: 1
postgres: 15
tenancy:
  tenant_column: tenant_id
  type: text
  root: { table: accounts, column: id }
databases:
  shared: { url: \"${DATABASE_URL}\" }
tenants:
  query: SELECT id AS tenant_id FROM accounts WHERE is_active ORDER BY id
";

pub const ROW_MIGRATIONS: &[(&str, &str)] = &[
    (
        "0001_orders.sql",
        "CREATE TABLE accounts (id text PRIMARY KEY, is_active boolean NOT NULL DEFAULT true);
CREATE TABLE orders (
    tenant_id text NOT NULL REFERENCES accounts (id),
    id bigint NOT NULL,
    cents bigint NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
",
    ),
    (
        "0002_currency.sql",
        "ALTER TABLE orders ADD COLUMN currency text;
UPDATE orders SET currency = 'EUR', cents = cents * 100 WHERE tenant_id = :'tenant_id';
ALTER TABLE orders ADD CONSTRAINT currency_known CHECK (currency IN ('EUR', 'USD'));
",
    ),
];

/// A database for each tenant.
pub const DATABASE: &str = "version: 1
postgres: 15
tenancy: { isolation: database, type: text }
databases:
  tenant: { url: \"host=${SOCKET} user=postgres dbname=t_{tenant_id}\" }
tenants:
  list: [ahorn, birke, buche]
";

pub const DATABASE_MIGRATIONS: &[(&str, &str)] = &[
    ("0001_jobs.sql", "CREATE TABLE jobs (id bigint PRIMARY KEY, name text);\nINSERT INTO jobs VALUES (1, 'first');\n"),
    ("0002_due.sql", "ALTER TABLE jobs ADD COLUMN due date;\nCREATE INDEX CONCURRENTLY jobs_by_due ON jobs (due);\n"),
];
