//! A PostgreSQL of our own for one test, and the clients that come with it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tenet::db::scratch::Content;
use tenet::db::{Scratch, ScratchOptions};

use crate::fixture::root;

/// A running server.
pub struct Server {
    bin: PathBuf,
    scratch: Scratch,
}

impl Server {
    /// Starts a server; fails with what to install when there is none.
    pub fn start() -> Server {
        Server::start_with(&[])
    }

    /// Starts a server with further settings.
    pub fn start_with(settings: &[&str]) -> Server {
        let bin = chosen().unwrap_or_else(bin);
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let options = ScratchOptions { bin: Some(bin.clone()), settings, ..ScratchOptions::default() };
        Server { bin, scratch: Scratch::start(options).unwrap_or_else(|error| panic!("{error}")) }
    }

    /// Makes an empty database.
    pub fn create(&self, database: &str) {
        self.scratch.create_database(database, Content::Empty).unwrap();
    }

    /// Returns the folder in which its socket lies.
    pub fn socket(&self) -> &Path {
        self.scratch.host()
    }

    /// Drops a database.
    pub fn drop(&self, database: &str) {
        self.scratch.drop_database(database).unwrap();
    }

    /// Runs SQL as psql runs a file, with variables; returns what it printed, or its complaint.
    pub fn psql(&self, database: &str, sql: &str, variables: &[&str]) -> Result<String, String> {
        let mut command = self.client("psql");
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database]);
        for variable in variables {
            command.args(["-v", variable]);
        }
        let mut child = command
            .args(["-f", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(sql.as_bytes()).unwrap();
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        let text = String::from_utf8(stdout).unwrap();
        if status.success() { Ok(text) } else { Err(String::from_utf8(stderr).unwrap()) }
    }

    /// Runs SQL to its end, and returns the SQLSTATE of each statement that is refused.
    pub fn sqlstates(&self, database: &str, sql: &str) -> Vec<String> {
        let mut child = self
            .client("psql")
            .args(["-X", "-q", "-v", "VERBOSITY=sqlstate", "-d", database, "-f", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(sql.as_bytes()).unwrap();
        let errors = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
        errors.lines().filter_map(|line| line.split("ERROR:").nth(1)).map(|code| code.trim().to_owned()).collect()
    }

    /// Returns the schema of a database as `pg_dump -s` writes it, without what differs between runs.
    pub fn dump(&self, database: &str) -> String {
        self.dump_with(database, &[])
    }

    /// Returns the same without the rows that were recorded, which stay for a while.
    pub fn dump_without_records(&self, database: &str) -> String {
        self.dump_with(database, &["-N", "tenet_undo"])
    }

    /// Returns the same without tenet's own schemas.
    pub fn own_dump(&self, database: &str) -> String {
        self.dump_with(database, &["-N", "tenet*"])
    }

    fn dump_with(&self, database: &str, options: &[&str]) -> String {
        self.need("pg_dump");
        let text = run(self.client("pg_dump").args(["-s", "-d", database]).args(options));
        let volatile = |line: &&str| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict");
        text.lines().filter(volatile).map(|line| format!("{line}\n")).collect()
    }

    /// Returns a program that works on no server that is newer than itself; fails with what is missing.
    pub fn need(&self, name: &str) -> PathBuf {
        let major = |program: &Path| {
            let text = run(Command::new(program).arg("--version"));
            let digits: String =
                text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
            digits.parse::<u32>().unwrap_or(0)
        };
        let program = self.program(name);
        let (server, client) = (major(&self.bin.join("postgres")), major(&program));
        assert!(
            client >= server,
            "this test needs the {name} of PostgreSQL {server}, and {} is of {client}: put it beside the server's programs \
             in TENET_POSTGRES_BIN",
            program.display()
        );
        program
    }

    /// Returns a program: the server's own, or whichever is there.
    pub fn program(&self, name: &str) -> PathBuf {
        let own = self.bin.join(name);
        if own.exists() { own } else { bin().join(name) }
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.program(program));
        command.arg("-h").arg(self.scratch.host()).args(["-U", "postgres"]);
        command.env_remove("PGOPTIONS").env_remove("PGPORT").env("PGTZ", "UTC");
        command
    }
}

/// Returns the folder of the server's programs that the environment names.
fn chosen() -> Option<PathBuf> {
    std::env::var_os("TENET_POSTGRES_BIN").map(PathBuf::from)
}

/// Returns the folder of the server's programs and its clients.
pub fn bin() -> PathBuf {
    let script = "source tests/oracle/postgres.sh; need_postgres";
    let found = run(Command::new("bash").args(["-c", script]).current_dir(root()));
    PathBuf::from(found.trim_end())
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
