//! A standby takes the place of the server that a run works on, without the last that was committed there.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::{Ended, Field};
use crate::server::Server;
use tenet::db::{Connection, Defaults, Target};

const SETTINGS: &str = "version: 1
postgres: 15
tenancy: { isolation: database, type: text }
databases:
  tenant: { url: \"host=${SOCKET},${STANDBY} user=postgres dbname=t_{tenant_id} target_session_attrs=read-write\" }
tenants:
  list: [ahorn, birke, buche]
";

const MIGRATIONS: &[(&str, &str)] = &[
    ("0001_jobs.sql", "CREATE TABLE jobs (id bigint PRIMARY KEY, name text);\n"),
    ("0002_due.sql", "ALTER TABLE jobs ADD COLUMN due date;\n"),
];

/// A streaming standby. A server runs what it is given for a shell as its own user.
struct Standby<'f> {
    field: &'f Field,
    folder: PathBuf,
}

impl<'f> Standby<'f> {
    fn start(field: &'f Field) -> Standby<'f> {
        let data = PathBuf::from(field.ask("postgres", "SHOW data_directory"));
        let standby = Standby { field, folder: data.parent().unwrap().join("standby") };
        let (folder, socket) = (standby.folder.display(), field.server.socket().display());
        let (copy, control) = (field.server.need("pg_basebackup"), field.server.program("pg_ctl"));
        let (copy, control) = (copy.display(), control.display());
        let script = format!(
            "({copy} -h {socket} -U postgres -D {folder} -R -X stream -c fast && \
             {control} -D {folder} -w -l {folder}/log -o \"-k {folder} -c listen_addresses=\" start) >/dev/null 2>&1"
        );
        field.ask("postgres", &format!("COPY (SELECT 1) TO PROGRAM 'cat >/dev/null; {script}'"));
        standby
    }

    fn ask(&self, database: &str, query: &str) -> String {
        let text = format!("host={} user=postgres dbname={database}", self.folder.display());
        let mut session = Connection::open(&Target::parse(&text, &Defaults::default()).unwrap()).unwrap();
        let rows = session.execute(query).unwrap().rows.unwrap_or_default();
        rows.values.into_iter().flatten().flatten().collect::<Vec<_>>().join("|")
    }

    #[track_caller]
    fn wait(&self, database: &str, query: &str, expected: &str) {
        let begin = std::time::Instant::now();
        while self.ask(database, query) != expected {
            assert!(begin.elapsed().as_secs() < 60, "`{query}` is not `{expected}`");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }

    /// From here on nothing reaches the standby.
    fn detach(&self) {
        let line = "primary_conninfo = \"\"".replace('"', "''''");
        let line = line.replace("''''", "\\047\\047");
        self.ask(
            "postgres",
            &format!("COPY (SELECT 1) TO PROGRAM 'cat >/dev/null; printf \"{line}\\n\" >> postgresql.auto.conf'"),
        );
        self.ask("postgres", "SELECT pg_reload_conf()::text");
        self.wait("postgres", "SELECT count(*)::text FROM pg_stat_wal_receiver", "0");
    }

    fn command(&self, words: &str) -> Command {
        let mut command = self.field.command(words);
        command.env("STANDBY", &self.folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn tenet(&self, words: &str) -> Ended {
        Ended::of(self.command(words).output().unwrap())
    }
}

impl Drop for Standby<'_> {
    fn drop(&mut self) {
        if let Ok(text) = std::fs::read_to_string(self.folder.join("postmaster.pid")) {
            kill(&text);
        }
    }
}

/// Ends a server at once, given what it writes into `postmaster.pid`.
fn kill(text: &str) {
    let process = text.lines().next().unwrap_or_default();
    let _ = Command::new("kill").args(["-QUIT", process]).status();
}

#[test]
fn a_run_whose_server_was_replaced_says_so_and_the_next_does_what_was_lost() {
    let server = Server::start_with(&["wal_level=replica", "max_wal_senders=4", "wal_keep_size=64MB"]);
    let field = Field::on(server, "run_failover", SETTINGS, MIGRATIONS);
    let names = ["t_ahorn", "t_birke", "t_buche"];
    names.iter().for_each(|name| field.server.create(name));
    let standby = Standby::start(&field);
    standby.tenet("apply --all --to 1").with(0);
    let there = "SELECT count(*)::text FROM pg_class WHERE relname = 'jobs'";
    names.iter().for_each(|name| standby.wait(name, there, "1"));
    // A standby itself is refused.
    let alone = SETTINGS.replace("${SOCKET},${STANDBY}", "${STANDBY}").replace(" target_session_attrs=read-write", "");
    field.write("tenet.yaml", &alone);
    standby.tenet("apply --all").with(4).says("is a standby");
    field.write("tenet.yaml", SETTINGS);
    standby.detach();
    let mut session = field.session("t_birke");
    session.execute("BEGIN").unwrap();
    session.execute("LOCK TABLE jobs IN ACCESS SHARE MODE").unwrap();
    let child = standby.command("apply --all --jobs 1").spawn().unwrap();
    let waiting =
        "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name LIKE 'tenet %' AND wait_event_type = 'Lock'";
    field.wait("t_birke", waiting, "t");
    let applied = "SELECT count(*)::text FROM tenet.event WHERE version = '0002' AND action = 'applied'";
    assert_eq!(field.ask("t_ahorn", applied), "1");
    kill(&field.ask("postgres", "SELECT pg_read_file('postmaster.pid')"));
    standby.ask("postgres", "SELECT pg_promote()::text");
    let ended = Ended::of(child.wait_with_output().unwrap()).with(4).says("has taken the place of");
    ended.says("trying again").says("was of a server that is not this one");
    assert_eq!(names.map(|name| standby.ask(name, applied)), ["0", "1", "1"]);
    standby.tenet("apply --all").with(0).says("3 applied");
    assert_eq!(names.map(|name| standby.ask(name, applied)), ["1", "1", "1"]);
    standby.tenet("audit").with(0).says("0 breaks");
}

#[test]
fn a_server_that_is_gone_is_not_asked_again_and_again_for_every_tenant() {
    let many: Vec<String> = (0..60).map(|at| format!("x{at}")).collect();
    let settings =
        SETTINGS.replace("ahorn, birke, buche", &many.join(", ")).replace("${SOCKET},${STANDBY}", "/nowhere");
    let field = Field::new("run_gone", &settings, MIGRATIONS);
    let begin = std::time::Instant::now();
    field.tenet("apply --all --jobs 4").with(3);
    // Each by itself would be asked for over 20 s.
    assert!(begin.elapsed().as_secs() < 90, "{:?}", begin.elapsed());
}
