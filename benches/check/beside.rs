//! Another program on the same files, in turn with tenet.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{TENET, corpus, measure, sql, written};

/// How often each runs; the quickest counts, as the least disturbed.
const ROUNDS: usize = 3;

/// Gives a program the files of the large project behind its own arguments, and prints both rates.
pub fn run(folder: &Path, words: &[String]) -> io::Result<()> {
    written(folder, corpus::FULL)?;
    let files = sql(&folder.join("migrations"))?;
    let bytes: u64 = files.iter().map(|file| fs::metadata(file).map(|found| found.len())).sum::<io::Result<u64>>()?;
    let [program, arguments @ ..] = words else { return Err(io::Error::other("a program is missing")) };
    let mut other = Command::new(program);
    other.args(arguments).args(&files);
    let mut human = Command::new(TENET);
    human.args(["check", "--quiet", "--project"]).arg(folder);
    let mut json = Command::new(TENET);
    json.args(["check", "--quiet", "--format", "json", "--project"]).arg(folder);
    let mut commands = [(words.join(" "), other), ("tenet".to_owned(), human), ("tenet, json".to_owned(), json)];
    let mut best = [Duration::MAX; 3];
    for _ in 0..ROUNDS {
        for ((_, command), best) in commands.iter_mut().zip(&mut best) {
            let (status, time) = measure::process_cpu(|| command.stdout(Stdio::null()).stderr(Stdio::null()).status())?;
            status?;
            *best = time.min(*best);
        }
    }
    for ((name, _), best) in commands.iter().zip(best) {
        println!("{:>6.1} MB per CPU s: {name}", bytes as f64 / 1e6 / best.as_secs_f64());
    }
    Ok(())
}
