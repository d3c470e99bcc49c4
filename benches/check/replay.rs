//! Replay alone: a history of definitions as one catalog follows it, and whether four times as many cost four times as much.

use std::hint::black_box;
use std::io;
use std::time::Duration;

use tenet::catalog::Origin;
use tenet::finding::FileId;
use tenet::pg::Ident;
use tenet::replay::Replay;
use tenet::syntax::lexer::Lexer;
use tenet::syntax::program::READER;
use tenet::syntax::read::{self, ReadScript};

use super::corpus::{self, Size};
use super::measure;

/// How many bytes are read before they are replayed: the clock is too coarse for one file.
const CHUNK: usize = 1 << 20;

/// What a history cost.
#[derive(Default)]
struct Cost {
    bytes: usize,
    tokenizing: Duration,
    parsing: Duration,
    replaying: Duration,
    statements: usize,
    refused: usize,
}

/// Follows a history of definitions, and another that is four times as long.
pub(crate) fn run() -> io::Result<()> {
    let whole = corpus::DEFINITIONS;
    let quarter = Size { files: whole.files / 4, ..whole };
    let (short, long) = (follow(quarter)?, follow(whole)?);
    for cost in [&short, &long] {
        let rate = cost.bytes as f64 / 1e6 / cost.replaying.as_secs_f64();
        let times = |of: Duration| cost.replaying.as_secs_f64() / of.as_secs_f64();
        println!(
            "replay of {} definitions ({:.1} MB, {} refused): {rate:.1} MB per CPU s, {:.2} x tokenizing, {:.2} x parsing",
            cost.statements,
            cost.bytes as f64 / 1e6,
            cost.refused,
            times(cost.tokenizing),
            times(cost.parsing)
        );
    }
    let each = |cost: &Cost| cost.replaying.as_secs_f64() / cost.statements as f64;
    println!("four times the history: {:.2} x the cost of a definition", each(&long) / each(&short));
    Ok(())
}

fn follow(size: Size) -> io::Result<Cost> {
    let mut replay = Replay::new(vec![Ident::exact("public")]).reading(READER);
    let mut cost = Cost::default();
    let mut chunk = Vec::new();
    let mut length = 0;
    for text in corpus::texts(size) {
        length += text.len();
        chunk.push(text);
        if length >= CHUNK {
            step(&mut replay, &chunk, &mut cost)?;
            chunk.clear();
            length = 0;
        }
    }
    step(&mut replay, &chunk, &mut cost)?;
    black_box(replay);
    Ok(cost)
}

fn step(replay: &mut Replay, texts: &[String], cost: &mut Cost) -> io::Result<()> {
    let lexed = |text: &String| {
        let mut lexer = Lexer::new(text, 0);
        std::iter::from_fn(|| lexer.next_lexeme()).count()
    };
    let (_, tokenizing) = measure::thread_cpu(|| black_box(texts.iter().map(lexed).sum::<usize>()))?;
    let (scripts, parsing) = measure::thread_cpu(|| texts.iter().map(|text| read::script(text)).collect::<Vec<_>>())?;
    let (refused, replaying) =
        measure::thread_cpu(|| scripts.iter().map(|read| replayed(replay, read)).sum::<usize>())?;
    cost.tokenizing += tokenizing;
    cost.parsing += parsing;
    cost.replaying += replaying;
    cost.refused += refused;
    cost.bytes += texts.iter().map(String::len).sum::<usize>();
    cost.statements += scripts.iter().map(|read| read.statements.len()).sum::<usize>();
    Ok(())
}

/// Follows a file, and returns how many of its statements PostgreSQL would refuse.
fn replayed(replay: &mut Replay, read: &ReadScript) -> usize {
    let parsed =
        read.statements.iter().filter_map(|found| found.outcome.as_ref().ok().map(|parsed| (parsed, found.span)));
    let steps = parsed.map(|(parsed, span)| replay.step(parsed, Origin::at(FileId(0), span)));
    let refused = steps.filter(|step| step.error.is_some()).count();
    replay.end_session();
    refused
}
