//! What a history leads to, dumped and read back.

use tenet::db::Scratch;
use tenet::db::scratch::Content;
use tenet::syntax::read;

use crate::folders::History;
use crate::read_back::{ReadBack, read_back};
use crate::side::{RUNNER, Side};
use crate::tally::{Tally, Verdict};
use crate::walk::{group, short, unnamed};

/// Runs a history, whatever of it the server takes; then dumps the database and reads the dump back.
pub fn history(scratch: &Scratch, history: &History, tally: &mut Tally) -> Result<usize, Box<dyn std::error::Error>> {
    scratch.drop_database("live")?;
    scratch.create_database("live", Content::Empty)?;
    let mut side = Side::new(scratch, "live")?;
    for script in &history.scripts {
        side.reset()?;
        for part in &script.parts {
            let (_, text) = &history.files[part.file.index()];
            for found in read::script(text).statements {
                if part.span.contains(found.span) {
                    side.run(&text[found.span.range()], found.outcome.ok().as_ref())?;
                }
            }
        }
        let _ = side.commit();
    }
    drop(side);
    let ReadBack { statements, refused, problems, differences } = read_back(scratch, "live", RUNNER)?;
    (0..refused).for_each(|_| tally.count(Verdict::Skipped));
    (problems.len() + differences.len()..statements).for_each(|_| tally.count(Verdict::Agrees));
    for problem in problems {
        let cause = unnamed(problem.lines().next().unwrap_or_default());
        let is_open = ["outside", "in doubt"].iter().any(|word| problem.starts_with(word));
        let verdict = if is_open { Verdict::Doubt } else { Verdict::Refuses };
        tally.count(verdict);
        tally.case(verdict, cause, format!("{}: {problem}", history.name));
    }
    let shown = |value: &Option<_>| {
        value.as_ref().map_or_else(|| "-".to_owned(), |value: &tenet::catalog::facts::Value| short(&value.to_string()))
    };
    for found in &differences {
        let cause = format!("{:?} {}", found.certainty, group(found));
        tally.count(Verdict::Disagrees);
        let values = format!("replay {}\n    server {}", shown(&found.left), shown(&found.right));
        tally.case(Verdict::Disagrees, cause, format!("{}: {}\n    {values}", history.name, found.address));
    }
    Ok(statements)
}
