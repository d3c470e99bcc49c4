//! What two runs of a statement prove.

use std::fmt;

use tenet::verdict::Scope;

use super::database::Failure;

/// What a statement did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Why it failed.
    pub error: Option<Failure>,
    /// What it returned, and how many rows it met.
    pub result: Vec<String>,
    /// Rows of the tenant, and those that are the same for all.
    pub own: Vec<String>,
    /// Rows of others.
    pub others: Vec<String>,
}

/// What speaks against a statement.
#[derive(Clone, Debug)]
pub enum Witness {
    /// It changed rows of others.
    Touched {
        /// Rows that were there before.
        before: Vec<String>,
        /// Rows that are there now.
        after: Vec<String>,
    },
    /// What it did differs with what others have.
    Depends {
        /// What differs.
        what: &'static str,
        /// What only the first run has, and what only the second one has.
        only: [Vec<String>; 2],
    },
}

/// Returns what two runs, each with the rows before it, prove.
pub fn compare(scope: Scope, own: Option<&str>, first: (&Seen, &Seen), second: (&Seen, &Seen)) -> Option<Witness> {
    if scope == Scope::Aligned {
        // A statement for every tenant fails for all when it fails for one.
        let fails = [first, second].iter().any(|(_, after)| after.error.is_some());
        return if fails { None } else { depends("the tenant's rows", &first.1.own, &second.1.own) };
    }
    if let Some(witness) = [first, second].into_iter().find_map(|(before, after)| touched(own, before, after)) {
        return Some(witness);
    }
    let (first, second) = (first.1, second.1);
    let code = |seen: &Seen| seen.error.as_ref().map(|failure| failure.code.clone());
    if code(first) != code(second) {
        let only = [first, second].map(|seen| seen.error.iter().map(|failure| failure.message.clone()).collect());
        return Some(Witness::Depends { what: "whether it fails", only });
    }
    depends("the tenant's rows", &first.own, &second.own)
        .or_else(|| depends("what it returns", &first.result, &second.result))
}

fn touched(own: Option<&str>, before: &Seen, after: &Seen) -> Option<Witness> {
    let gone = apart(&before.others, &after.others);
    let mut come = apart(&after.others, &before.others);
    // Where no tenant is named, new rows are no tenant's; those that were another's are gone from there.
    come.retain(|line| own.is_some() || !line.starts_with("nobody: "));
    (!gone.is_empty() || !come.is_empty()).then_some(Witness::Touched { before: gone, after: come })
}

fn depends(what: &'static str, first: &[String], second: &[String]) -> Option<Witness> {
    (first != second).then(|| Witness::Depends { what, only: [apart(first, second), apart(second, first)] })
}

/// The lines of one list that another lacks, each as often as it lacks it.
fn apart(lines: &[String], from: &[String]) -> Vec<String> {
    let mut rest = from.to_vec();
    let mut found = Vec::new();
    for line in lines {
        match rest.iter().position(|known| known == line) {
            Some(at) => drop(rest.swap_remove(at)),
            None => found.push(line.clone()),
        }
    }
    found
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Witness::Touched { before, after } => {
                write!(f, "rows of others are changed\n  before: {before:#?}\n  after: {after:#?}")
            }
            Witness::Depends { what, only: [first, second] } => {
                write!(
                    f,
                    "{what}: others decide\n  only in the first state: {first:#?}\n  only in the second: {second:#?}"
                )
            }
        }
    }
}
