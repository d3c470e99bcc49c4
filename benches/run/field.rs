//! A server, projects for it, and what the kernel says of its processes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tenet::db::scratch::Content;
use tenet::db::{Connection, Defaults, Scratch, ScratchOptions, Target};

/// How often the memory of a process is looked at.
const GLANCE: Duration = Duration::from_millis(5);

/// A running server.
pub(crate) struct Field {
    server: Mutex<Scratch>,
    host: PathBuf,
    folder: PathBuf,
}

/// How a command ended that was watched.
pub(crate) struct Watched {
    pub(crate) wall: Duration,
    /// The most memory that it held, in bytes.
    pub(crate) peak: u64,
    pub(crate) out: String,
}

impl Field {
    /// Starts a server with room for what is measured.
    pub(crate) fn start() -> io::Result<Field> {
        let settings = ["shared_buffers=1GB", "max_connections=100", "max_wal_size=8GB", "jit=off"];
        let bin = std::env::var_os("TENET_POSTGRES_BIN").map(PathBuf::from);
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let options = ScratchOptions { bin, settings, ..ScratchOptions::default() };
        let server = Scratch::start(options).map_err(io::Error::other)?;
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("run");
        println!("PostgreSQL {}, fsync off, autovacuum off", server.major());
        Ok(Field { host: server.host().to_owned(), server: Mutex::new(server), folder })
    }

    /// Writes a project, and returns its folder.
    pub(crate) fn project(&self, name: &str, settings: &str, migrations: &[(String, String)]) -> io::Result<PathBuf> {
        let folder = self.folder.join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("migrations"))?;
        fs::write(folder.join("tenet.yaml"), settings)?;
        for (file, text) in migrations {
            fs::write(folder.join("migrations").join(file), text)?;
        }
        Ok(folder)
    }

    /// Returns the program in a project; `SOCKET` names the server.
    pub(crate) fn command(&self, project: &Path, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenet"));
        command.args(words.split(' ')).current_dir(project).env("SOCKET", &self.host);
        command.env_remove("PGOPTIONS").env_remove("PGHOST").stdin(Stdio::null());
        command
    }

    /// Runs the program, which must end well, and returns how long that took.
    pub(crate) fn tenet(&self, project: &Path, words: &str) -> io::Result<Duration> {
        let begin = Instant::now();
        let output = self.command(project, words).output()?;
        let wall = begin.elapsed();
        if output.status.success() {
            return Ok(wall);
        }
        let text = [output.stdout, output.stderr].concat();
        Err(io::Error::other(format!("tenet {words}: {}", String::from_utf8_lossy(&text))))
    }

    /// Runs the program, which must end well, and watches its memory.
    pub(crate) fn watched(&self, project: &Path, words: &str) -> io::Result<Watched> {
        let file = self.folder.join("watched.out");
        let begin = Instant::now();
        let mut command = self.command(project, words);
        let mut child = command.stdout(fs::File::create(&file)?).stderr(Stdio::null()).spawn()?;
        let mut peak = 0;
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            peak = resident(child.id()).unwrap_or(0).max(peak);
            thread::sleep(GLANCE);
        };
        let (wall, out) = (begin.elapsed(), fs::read_to_string(&file)?);
        if status.success() { Ok(Watched { wall, peak, out }) } else { Err(io::Error::other(out)) }
    }

    /// Returns a script as one text for a plain connection: what psql would do with it is done or known.
    pub(crate) fn script(&self, project: &Path, file: &str, tenant: &str) -> io::Result<String> {
        let text = fs::read_to_string(project.join("build").join(file))?;
        let quoted = format!("'{tenant}'");
        let lines = text.lines().filter(|line| !line.starts_with('\\') && !line.starts_with("--"));
        Ok(lines.map(|line| line.replace(" \\gset tenet_", ";").replace(":'tenant_id'", &quoted) + "\n").collect())
    }

    pub(crate) fn connect(&self, database: &str) -> io::Result<Connection> {
        let text = format!("host={} user=postgres dbname={database}", self.host.display());
        let target = Target::parse(&text, &Defaults::default()).map_err(io::Error::other)?;
        Connection::open(&target).map_err(io::Error::other)
    }

    pub(crate) fn create(&self, database: &str, content: Content<'_>) -> io::Result<()> {
        let server = self.server.lock().unwrap_or_else(PoisonError::into_inner);
        server.create_database(database, content).map_err(io::Error::other)
    }

    pub(crate) fn drop(&self, database: &str) -> io::Result<()> {
        let server = self.server.lock().unwrap_or_else(PoisonError::into_inner);
        server.drop_database(database).map_err(io::Error::other)
    }
}

/// Runs statements, and returns the first value of the last result.
pub(crate) fn ask(connection: &mut Connection, sql: &str) -> io::Result<String> {
    let outcomes = connection.send(sql).map_err(io::Error::other)?;
    let last = outcomes.into_iter().rev().find_map(|outcome| outcome.rows);
    Ok(last.and_then(|rows| rows.values.into_iter().flatten().next().flatten()).unwrap_or_default())
}

/// Fails unless a query gives what it must.
pub(crate) fn expect(connection: &mut Connection, sql: &str, expected: &str) -> io::Result<()> {
    let found = ask(connection, sql)?;
    if found == expected { Ok(()) } else { Err(io::Error::other(format!("{sql}: {found}, not {expected}"))) }
}

/// Runs statements on a connection and returns the CPU time that its server process spent, and the time that passed.
pub(crate) fn on_server(connection: &mut Connection, sql: &str) -> io::Result<(Duration, Duration)> {
    let process = ask(connection, "SELECT pg_backend_pid()::text")?;
    let (before, begin) = (on_cpu(&process)?, Instant::now());
    connection.send(sql).map_err(io::Error::other)?;
    let wall = begin.elapsed();
    Ok((on_cpu(&process)?.saturating_sub(before), wall))
}

fn on_cpu(process: &str) -> io::Result<Duration> {
    let text = fs::read_to_string(format!("/proc/{process}/schedstat"))?;
    let nanos = text.split(' ').next().and_then(|text| text.parse().ok());
    nanos.map(Duration::from_nanos).ok_or_else(|| io::Error::other("the kernel says nothing of CPU time"))
}

fn resident(process: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

/// Returns a size from the environment.
pub(crate) fn size(name: &str, usual: usize) -> usize {
    std::env::var(format!("TENET_BENCH_{name}")).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Returns the one in the middle.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
