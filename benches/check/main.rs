//! How fast `tenet check` is, as CPU time and in ratios of one run.
//!
//! `cargo bench --bench check` makes a project of 60 MB in 5,000 files and prints a table, follows histories of definitions
//! alone, and checks one file of 500; `-- replay` and `-- one` are the last two by themselves, and
//! `cargo bench --bench check -- corpus DIR` only writes the large project; `-- beside PROGRAM [ARGUMENT…]` runs another
//! program on its files in turn with tenet. Linux only.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads and writes files and looks at the clock itself")]

mod beside;
mod corpus;
mod measure;
mod replay;

use std::fs;
use std::hint::black_box;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use self::corpus::Size;
use mimalloc::MiMalloc;
use tenet::check;
use tenet::project::{self, Overrides, Project};
use tenet::syntax::lexer::Lexer;
use tenet::syntax::read;
use tenet::syntax::script::Script;

/// The allocator of the program itself.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The stack that the program itself parses on.
const STACK: usize = 256 << 20;

/// How often a process that ends at once is started.
const STARTS: u32 = 200;

/// How often one file of a project is checked.
const ONCE_MORE: u32 = 50;

const TENET: &str = env!("CARGO_BIN_EXE_tenet");

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    match arguments.as_slice() {
        [] => {
            run(&folder.join("check"))?;
            with_stack(replay::run)?;
            one(&folder.join("usual"))
        }
        [verb] if verb == "replay" => with_stack(replay::run),
        [verb] if verb == "one" => one(&folder.join("usual")),
        [verb, words @ ..] if verb == "beside" => beside::run(&folder.join("check"), words),
        [verb, folder] if verb == "corpus" => written(Path::new(folder), corpus::FULL),
        _ => Err(io::Error::other("usage: cargo bench --bench check [-- replay | one | corpus DIR | beside PROGRAM…]")),
    }
}

fn with_stack(work: impl FnOnce() -> io::Result<()> + Send + 'static) -> io::Result<()> {
    let thread = thread::Builder::new().stack_size(STACK).spawn(work)?;
    thread.join().unwrap_or_else(|_| Err(io::Error::other("a stage panicked")))
}

fn run(folder: &Path) -> io::Result<()> {
    written(folder, corpus::FULL)?;
    let work = {
        let folder = folder.to_owned();
        move || stages(&folder)
    };
    with_stack(work)?;
    for format in ["human", "json", "sarif"] {
        whole(folder, format)?;
    }
    cold(folder)
}

fn written(folder: &Path, size: Size) -> io::Result<()> {
    let _ = fs::remove_dir_all(folder);
    let bytes = corpus::write(folder, size)?;
    println!("{} files, {} in {}", size.files + 1, megabytes(bytes), folder.display());
    Ok(())
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
fn whole(folder: &Path, format: &str) -> io::Result<()> {
    let mut command = Command::new(TENET);
    command.args(["check", "--quiet", "--project"]).arg(folder);
    if format != "human" {
        command.args(["--format", format]);
    }
    let (peak, time) = measure::process_cpu(|| measure::peak_memory(&mut command))?;
    let size = fs::metadata(TENET)?.len();
    let (peak, size) = (megabytes(peak?), megabytes(size));
    println!("process, {format}: {:.2} s of CPU, peak {peak}, binary {size}", time.as_secs_f64());
    Ok(())
}

/// The program on the last migration of a project of 500, again and again.
fn one(folder: &Path) -> io::Result<()> {
    written(folder, corpus::USUAL)?;
    let last = sql(&folder.join("migrations"))?.pop().ok_or_else(|| io::Error::other("no migrations"))?;
    let mut command = Command::new(TENET);
    command.args(["check", "--quiet", "--project"]).arg(folder).arg(last);
    println!("one file of {}: {:.1} ms of CPU", corpus::USUAL.files, again(&mut command, ONCE_MORE)?);
    Ok(())
}

/// Runs a command again and again, and returns the milliseconds of CPU that it takes.
fn again(command: &mut Command, times: u32) -> io::Result<f64> {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let (statuses, time) =
        measure::process_cpu(|| (0..times).map(|_| command.status()).collect::<io::Result<Vec<_>>>())?;
    statuses?;
    Ok(time.as_secs_f64() * 1e3 / f64::from(times))
}

/// The program on one small file, started again and again.
fn cold(folder: &Path) -> io::Result<()> {
    let file = folder.join("small.sql");
    fs::write(&file, "UPDATE invoices SET status = 'paid' WHERE tenant_id = :'tenant_id' AND id = 7;\n")?;
    let mut command = Command::new(TENET);
    command.args(["check", "--quiet", "--tenant-column", "tenant_id"]).arg(&file).current_dir("/");
    println!("cold start: {:.2} ms of CPU", again(&mut command, STARTS)?);
    Ok(())
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
