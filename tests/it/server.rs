//! A PostgreSQL of our own for one test: private, on a socket, gone at the end.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::fixture::root;

/// A running server.
pub struct Server {
    bin: PathBuf,
    folder: PathBuf,
}

impl Server {
    /// Starts a server; fails with what to install when there is none.
    pub fn start() -> Server {
        let bin = bin();
        let made = run(as_server(Path::new("mktemp")).args(["-d", "/tmp/tenet-server-XXXXXX"]));
        let folder = PathBuf::from(made.trim());
        let server = Server { bin, folder };
        let data = server.folder.join("data");
        let initdb = ["--no-sync", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-D"];
        run(as_server(&server.bin.join("initdb")).args(initdb).arg(&data));
        let options = format!(
            "-c listen_addresses= -k {} -c fsync=off -c full_page_writes=off -c max_connections=20",
            server.folder.display()
        );
        let log = server.folder.join("log");
        let start = as_server(&server.bin.join("pg_ctl"))
            .args(["-s", "-w", "-D"])
            .arg(&data)
            .arg("-l")
            .arg(&log)
            .args(["-o", &options, "start"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(start.success(), "{}", run(as_server(Path::new("cat")).arg(&log)));
        server
    }

    /// Makes an empty database.
    pub fn create(&self, database: &str) {
        self.psql("postgres", &format!("CREATE DATABASE {database} TEMPLATE template0"), &[]).unwrap();
    }

    /// Returns the folder in which its socket lies.
    pub fn socket(&self) -> &Path {
        &self.folder
    }

    /// Drops a database.
    pub fn drop(&self, database: &str) {
        self.psql("postgres", &format!("DROP DATABASE {database}"), &[]).unwrap();
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

    /// Returns the schema of a database as `pg_dump -s` writes it, without what differs between runs.
    pub fn dump(&self, database: &str) -> String {
        let text = run(self.client("pg_dump").args(["-s", "-d", database]));
        let volatile = |line: &&str| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict");
        text.lines().filter(volatile).map(|line| format!("{line}\n")).collect()
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command.arg("-h").arg(&self.folder).args(["-U", "postgres"]);
        command.env_remove("PGOPTIONS").env("PGTZ", "UTC");
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.folder.join("data");
        let _ =
            as_server(&self.bin.join("pg_ctl")).args(["-s", "-m", "immediate", "-D"]).arg(data).arg("stop").status();
        let _ = as_server(Path::new("rm")).arg("-rf").arg(&self.folder).status();
    }
}

/// Returns the folder of the server's programs.
fn bin() -> PathBuf {
    let script = "source tests/oracle/postgres.sh; need_postgres";
    let found = run(Command::new("bash").args(["-c", script]).current_dir(root()));
    PathBuf::from(found.trim_end())
}

/// The server refuses to run as root, so root hands it to the user that the package made.
fn as_server(program: &Path) -> Command {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|found| found.stdout.trim_ascii() == b"0");
    if is_root {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program).current_dir("/");
        command
    } else {
        Command::new(program)
    }
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
