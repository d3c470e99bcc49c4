//! How fast `tenet check` is, as CPU time and in ratios of one run.
//!
//! `cargo bench --bench check` makes a project of 60 MB in 5,000 files and prints a table;
//! `cargo bench --bench check -- corpus DIR` only writes the project. Linux only.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads and writes files and looks at the clock itself")]

mod corpus;
mod measure;

use std::fs;
use std::hint::black_box;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use tenet::check;
use tenet::project::{self, Overrides, Project};
use tenet::syntax::lexer::Lexer;
use tenet::syntax::read;
use tenet::syntax::script::Script;

/// The stack that the program itself parses on.
const STACK: usize = 256 << 20;

/// How often a process that ends at once is started.
const STARTS: u32 = 200;

const TENET: &str = env!("CARGO_BIN_EXE_tenet");

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.as_slice() {
        [] => run(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("check")),
        [verb, folder] if verb == "corpus" => written(Path::new(folder)).map(drop),
        _ => Err(io::Error::other("usage: cargo bench --bench check [-- corpus DIR]")),
    }
}

fn run(folder: &Path) -> io::Result<()> {
    written(folder)?;
    let work = {
        let folder = folder.to_owned();
        move || stages(&folder)
    };
    let thread = thread::Builder::new().stack_size(STACK).spawn(work)?;
    thread.join().unwrap_or_else(|_| Err(io::Error::other("a stage panicked")))?;
    whole(folder)?;
    cold(folder)
}

fn written(folder: &Path) -> io::Result<u64> {
    let _ = fs::remove_dir_all(folder);
    let bytes = corpus::write(folder, corpus::FULL)?;
    println!("{} files, {} in {}", corpus::FULL.files + 1, megabytes(bytes), folder.display());
    Ok(bytes)
}

/// Each stage alone and in one thread, then all of them as the library runs them.
fn stages(folder: &Path) -> io::Result<()> {
    let paths = sql(&folder.join("migrations"))?;
    let (texts, reading) = measure::thread_cpu(|| paths.iter().map(fs::read_to_string).collect::<Result<Vec<_>, _>>())?;
    let texts = texts?;
    let bytes: u64 = texts.iter().map(|text| text.len() as u64).sum();
    let over = |stage: fn(&str) -> usize| {
        measure::thread_cpu(|| texts.iter().map(|text| black_box(stage(text))).sum::<usize>()).map(|(_, time)| time)
    };
    let tokenizing = over(tokens)?;
    println!("{:<12} {:>14} {:>12}", "stage", "MB per CPU s", "x tokenizing");
    let print = |name: &str, time: Duration| {
        let ratio = time.as_secs_f64() / tokenizing.as_secs_f64();
        println!("{name:<12} {:>14.1} {ratio:>12.2}", bytes as f64 / 1e6 / time.as_secs_f64());
    };
    print("reading", reading);
    print("tokenizing", tokenizing);
    print("splitting", over(|text| Script::split(text).pieces.len())?);
    print("parsing", over(|text| read::script(text).statements.len())?);
    drop(texts);
    let location = project::locate(Some(folder)).map_err(io::Error::other)?;
    let project = Project::load(&location, &Overrides::default(), &[]).map_err(io::Error::other)?;
    let (outcome, checking) = measure::process_cpu(|| check::run(&project, &project.selected))?;
    print("checking", checking);
    println!("{outcome}");
    Ok(())
}

fn tokens(text: &str) -> usize {
    let mut lexer = Lexer::new(text, 0);
    std::iter::from_fn(|| lexer.next_lexeme()).count()
}

fn sql(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// The program on the whole project.
fn whole(folder: &Path) -> io::Result<()> {
    let mut command = Command::new(TENET);
    command.args(["check", "--quiet", "--project"]).arg(folder);
    let (peak, time) = measure::process_cpu(|| measure::peak_memory(&mut command))?;
    let size = fs::metadata(TENET)?.len();
    println!("process: {:.2} s of CPU, peak {}, binary {}", time.as_secs_f64(), megabytes(peak?), megabytes(size));
    Ok(())
}

/// The program on one small file, started again and again.
fn cold(folder: &Path) -> io::Result<()> {
    let file = folder.join("small.sql");
    fs::write(&file, "UPDATE invoices SET status = 'paid' WHERE tenant_id = :'tenant_id' AND id = 7;\n")?;
    let start = || {
        let mut command = Command::new(TENET);
        command.args(["check", "--quiet", "--tenant-column", "tenant_id"]).arg(&file).current_dir("/");
        command.stdout(Stdio::null()).stderr(Stdio::null()).status()
    };
    let (statuses, time) = measure::process_cpu(|| (0..STARTS).map(|_| start()).collect::<io::Result<Vec<_>>>())?;
    statuses?;
    println!("cold start: {:.2} ms of CPU", time.as_secs_f64() * 1e3 / f64::from(STARTS));
    Ok(())
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
