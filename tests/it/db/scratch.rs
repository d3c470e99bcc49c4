//! Servers of our own: how fast they come, and that nothing of them stays.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tenet::db::scratch::{Content, Origin, Wal};
use tenet::db::{DbError, Scratch, ScratchError, ScratchOptions};

use super::{app, options, start, value};
use crate::fixture::TempFolder;

/// Set for the process that is killed.
const VICTIM: &str = "TENET_TEST_VICTIM";

/// A running server as the system sees it.
struct Traces {
    folder: PathBuf,
    process: String,
}

impl Traces {
    fn of(folder: &Path) -> Self {
        let written = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap();
        let traces = Traces { folder: folder.to_owned(), process: written.lines().next().unwrap().to_owned() };
        assert!(traces.lives(), "the server runs");
        traces
    }

    fn lives(&self) -> bool {
        let signal = Command::new("kill").args(["-0", &self.process]).stderr(Stdio::null()).status();
        signal.unwrap().success()
    }

    fn are_gone(&self) -> bool {
        !self.folder.exists() && !self.lives()
    }

    fn go_within(&self, time: Duration) -> bool {
        let begin = Instant::now();
        while !self.are_gone() && begin.elapsed() < time {
            thread::sleep(Duration::from_millis(10));
        }
        self.are_gone()
    }
}

#[test]
fn databases_and_roles_are_made_and_dropped() {
    let (scratch, mut app) = app();
    assert_eq!(value(&mut app, "SHOW server_encoding"), "UTF8");
    assert_eq!(value(&mut app, "SELECT datcollate FROM pg_database WHERE datname = 'app'"), "C");
    let major = value(&mut app, "SELECT current_setting('server_version_num')::int / 10000");
    assert_eq!(major, scratch.major().to_string());
    app.execute("CREATE TABLE t AS SELECT 7 AS a").unwrap();
    drop(app);
    scratch.create_database("a \"copy\"", Content::CopyOf("app")).unwrap();
    assert_eq!(value(&mut scratch.connect("a \"copy\"").unwrap(), "SELECT a FROM t"), "7");
    let taken = scratch.create_database("app", Content::Empty).unwrap_err();
    assert_eq!(taken.sqlstate(), Some("42P04"));

    let mut open = scratch.connect("app").unwrap();
    scratch.drop_database("app").unwrap();
    scratch.drop_database("app").unwrap();
    assert!(matches!(open.execute("SELECT 1"), Err(DbError::Lost { .. })));

    for _ in 0..2 {
        scratch.create_role_if_missing("app user").unwrap();
    }
    let mut connection = scratch.connect("postgres").unwrap();
    assert_eq!(value(&mut connection, "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'app user'"), "f");
    assert_eq!(scratch.create_role_if_missing("pg_mine").unwrap_err().sqlstate(), Some("42939"));
}

#[test]
fn settings_are_as_asked_for() {
    let settings = vec!["work_mem=7MB".to_owned()];
    let scratch = start(ScratchOptions { wal: Wal::Logical, settings, ..options() });
    let mut connection = scratch.connect("postgres").unwrap();
    for (setting, expected) in
        [("wal_level", "logical"), ("work_mem", "7MB"), ("listen_addresses", ""), ("fsync", "off"), ("timezone", "UTC")]
    {
        let query = format!("SELECT current_setting('{setting}')");
        assert_eq!(value(&mut connection, &query), expected, "{setting}");
    }
    connection.execute("SELECT pg_create_logical_replication_slot('s', 'pgoutput')").unwrap();
}

#[test]
fn nothing_stays_when_it_is_dropped() {
    let scratch = start(options());
    let mut open = scratch.connect("postgres").unwrap();
    let traces = Traces::of(scratch.host());
    drop(scratch);
    assert!(traces.are_gone());
    assert!(matches!(open.execute("SELECT 1"), Err(DbError::Lost { .. })));
}

#[test]
fn nothing_stays_after_a_panic() {
    let mut traces = None;
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let scratch = start(options());
        traces = Some(Traces::of(scratch.host()));
        panic!("on purpose");
    }));
    assert!(panicked.is_err());
    assert!(traces.unwrap().are_gone());
}

/// Runs in a process of its own, which `nothing_stays_when_we_are_killed` starts and kills.
fn be_killed() {
    let scratch = start(options());
    println!("{}", scratch.host().display());
    thread::sleep(Duration::from_secs(600));
}

#[test]
fn nothing_stays_when_we_are_killed() {
    if std::env::var_os(VICTIM).is_some() {
        return be_killed();
    }
    for signal in ["KILL", "INT", "TERM"] {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "db::scratch::nothing_stays_when_we_are_killed", "--nocapture"])
            .env(VICTIM, "1")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
        let folder = lines.map(Result::unwrap).find_map(|line| line.find("/tenet-pg-").map(|_| line));
        let folder = folder.expect("the victim says where its server is");
        let folder = &folder[folder.find('/').unwrap()..];
        let traces = Traces::of(Path::new(folder));
        let sent = Command::new("kill").args([&format!("-{signal}"), &victim.id().to_string()]).status().unwrap();
        assert!(sent.success());
        victim.wait().unwrap();
        assert!(traces.go_within(Duration::from_secs(20)), "{signal}: {folder}");
    }
}

/// A cache that the server's user can make: its parent is open.
fn open_folder(name: &str) -> TempFolder {
    let folder = TempFolder::new(name);
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    folder
}

fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_data_directory_is_made_once() {
    let folder = open_folder("scratch-cache");
    let cache = folder.path().join("deep/cache");
    let once = || start(ScratchOptions { cache: Some(cache.clone()), ..options() });
    // Two at once: both work, and one directory is kept.
    let origins: Vec<Origin> = thread::scope(|scope| {
        let threads = [(); 2].map(|()| scope.spawn(|| once().origin().clone()));
        threads.map(|thread| thread.join().unwrap()).to_vec()
    });
    assert!(origins.contains(&Origin::Kept), "{origins:?}");
    assert_eq!(names(&cache).len(), 1, "{:?}", names(&cache));
    assert_eq!(fs::metadata(&cache).unwrap().permissions().mode() & 0o777, 0o700);
    let scratch = once();
    assert_eq!(*scratch.origin(), Origin::Copied);
    scratch.connect("postgres").unwrap().execute("CREATE TABLE of_mine (a int)").unwrap();
    drop(scratch);
    let mut connection = once().connect("postgres").unwrap();
    assert!(matches!(connection.execute("TABLE of_mine"), Err(DbError::Sql(_) | DbError::Lost { .. })));
}

#[test]
fn a_cache_that_others_can_write_is_not_used() {
    let folder = open_folder("scratch-distrust");
    let place = |name: &str| folder.path().join(name);
    fs::create_dir(place("open")).unwrap();
    fs::set_permissions(place("open"), fs::Permissions::from_mode(0o777)).unwrap();
    fs::create_dir(place("elsewhere")).unwrap();
    symlink(place("elsewhere"), place("link")).unwrap();
    fs::write(place("file"), "").unwrap();
    for (name, why) in [("open", "`"), ("link", "is not a folder"), ("file", "is not a folder")] {
        let scratch = start(ScratchOptions { cache: Some(place(name)), ..options() });
        match scratch.origin() {
            Origin::Made { why: said } => assert!(said.contains(why), "{name}: {said}"),
            other => panic!("{name}: {other:?}"),
        }
        assert_eq!(value(&mut scratch.connect("postgres").unwrap(), "SELECT 1"), "1");
    }
    assert_eq!((names(&place("open")).len(), names(&place("elsewhere")).len()), (0, 0));
}

#[test]
fn without_programs_the_way_to_them_is_named() {
    let empty = TempFolder::new("scratch-empty");
    let error = Scratch::start(ScratchOptions { bin: Some(empty.path().to_owned()), ..options() }).unwrap_err();
    let shown = error.to_string();
    assert!(shown.contains(&format!("{}: no `postgres`", empty.path().display())), "{shown}");
    assert!(shown.ends_with("apt-get install --yes --no-install-recommends postgresql"), "{shown}");
    let error = Scratch::start(ScratchOptions { major: Some(99), bin: None, ..options() }).unwrap_err();
    assert!(matches!(error, ScratchError::NoPrograms { wanted: Some(99), .. }), "{error}");
    // What is looked for is also found.
    let here = start(options()).major();
    assert_eq!(start(ScratchOptions { major: Some(here), bin: None, ..options() }).major(), here);
}

#[test]
fn a_server_that_does_not_start_says_why() {
    let settings = vec!["work_mem=much".to_owned()];
    let temp = open_folder("scratch-words");
    let options = ScratchOptions { settings, temp: Some(temp.path().to_owned()), ..options() };
    let begin = Instant::now();
    let shown = Scratch::start(options).unwrap_err().to_string();
    assert!(shown.starts_with("the scratch server did not start\n"), "{shown}");
    assert!(shown.contains("invalid value for parameter \"work_mem\": \"much\""), "{shown}");
    assert!(begin.elapsed() < Duration::from_secs(30));
    assert!(names(temp.path()).is_empty(), "{:?}", names(temp.path()));

    let long = temp.path().join("long".repeat(30));
    let error = Scratch::start(ScratchOptions { temp: Some(long), ..super::options() }).unwrap_err();
    assert!(matches!(error, ScratchError::LongFolder(_)), "{error}");
    let nowhere = ScratchOptions { temp: Some("/nonexistent".into()), ..super::options() };
    let shown = Scratch::start(nowhere).unwrap_err().to_string();
    assert!(shown.contains("mkdir"), "{shown}");
}
