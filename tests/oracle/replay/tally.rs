//! What was counted, and the first cases of each cause.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How a statement went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Both take it, and hold the same after it.
    Agrees,
    /// The replay says that it does not know.
    Doubt,
    /// The replay is sure, and wrong.
    Disagrees,
    /// The replay refuses what the server takes.
    Refuses,
    /// Both refuse it, with one code.
    BothRefuse,
    /// Both refuse it, and say different things.
    OtherCode,
    /// The server refuses it, and the replay says that it does not know.
    RefusedInDoubt,
    /// The server refuses what the replay takes.
    Takes,
    /// It was not run.
    Skipped,
}

const VERDICTS: [(Verdict, &str); 9] = [
    (Verdict::Agrees, "agrees"),
    (Verdict::Doubt, "doubt"),
    (Verdict::Disagrees, "DISAGREES"),
    (Verdict::Refuses, "REFUSES"),
    (Verdict::BothRefuse, "both-refuse"),
    (Verdict::OtherCode, "other-code"),
    (Verdict::RefusedInDoubt, "refused-in-doubt"),
    (Verdict::Takes, "takes-refused"),
    (Verdict::Skipped, "skipped"),
];

/// Counts by verdict and cause.
#[derive(Default)]
pub struct Tally {
    counts: BTreeMap<Verdict, usize>,
    causes: BTreeMap<(Verdict, String), (usize, Vec<String>)>,
}

/// How many cases of a cause are kept.
const KEPT: usize = 12;

impl Tally {
    /// Counts a statement.
    pub fn count(&mut self, verdict: Verdict) {
        *self.counts.entry(verdict).or_default() += 1;
    }

    /// Keeps a case of a cause.
    pub fn case(&mut self, verdict: Verdict, cause: String, case: String) {
        let (count, cases) = self.causes.entry((verdict, cause)).or_default();
        *count += 1;
        if cases.len() < KEPT {
            cases.push(case);
        }
    }

    /// Adds what another has counted.
    pub fn add(&mut self, other: Tally) {
        for (verdict, count) in other.counts {
            *self.counts.entry(verdict).or_default() += count;
        }
        for (key, (count, cases)) in other.causes {
            let (all, kept) = self.causes.entry(key).or_default();
            *all += count;
            kept.extend(cases);
            kept.truncate(KEPT);
        }
    }

    fn of(&self, verdict: Verdict) -> usize {
        self.counts.get(&verdict).copied().unwrap_or(0)
    }

    /// Returns all counts in one line.
    pub fn line(&self) -> String {
        let accepted: usize = [Verdict::Agrees, Verdict::Doubt, Verdict::Disagrees, Verdict::Refuses]
            .map(|one| self.of(one))
            .iter()
            .sum();
        let share = 100.0 * self.of(Verdict::Agrees) as f64 / accepted.max(1) as f64;
        let mut line = format!("accepted {accepted}, {share:.2} % agree:");
        for (verdict, name) in VERDICTS {
            if self.of(verdict) > 0 {
                let _ = write!(line, " {name} {}", self.of(verdict));
            }
        }
        line
    }

    /// Returns the causes, the most frequent first, with their first cases.
    pub fn report(&self) -> String {
        let mut text = String::new();
        let mut causes: Vec<_> = self.causes.iter().collect();
        causes.sort_by_key(|((verdict, _), (count, _))| (*verdict, std::cmp::Reverse(*count)));
        for ((verdict, cause), (count, _)) in &causes {
            let _ = writeln!(text, "{count:6}  {verdict:?}  {cause}");
        }
        for ((verdict, cause), (count, cases)) in causes {
            let _ = writeln!(text, "\n== {count} {verdict:?}  {cause}");
            for case in cases {
                let _ = writeln!(text, "{case}");
            }
        }
        text
    }
}
