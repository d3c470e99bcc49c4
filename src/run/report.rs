//! What a run tells while it goes on, and how it ended.

use std::io;

use serde::Serialize;

use super::route::{Route, Step};
use crate::emit::Way;

/// Where a tenant stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Something is still to be done.
    Pending,
    /// Somebody works on it.
    Running,
    /// Everything is done.
    Applied,
    /// Something went wrong.
    Failed,
    /// What was asked to be undone is undone.
    RolledBack,
    /// Rows that would be undone were changed since.
    Conflict,
}

impl State {
    /// Returns the word that reports have for it.
    pub fn word(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Running => "running",
            State::Applied => "applied",
            State::Failed => "failed",
            State::RolledBack => "rolled_back",
            State::Conflict => "conflict",
        }
    }
}

/// How a run ended for one tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TenantReport {
    /// The tenant.
    pub tenant: String,
    /// Where it stands.
    pub state: State,
    /// What went wrong.
    pub error: Option<String>,
}

/// How a run ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunReport {
    /// What names it in the ledger.
    pub run: String,
    /// Every tenant that was asked for, in the order of the inventory.
    pub tenants: Vec<TenantReport>,
    /// Why what is for everybody could not go on.
    pub halted: Option<String>,
    /// Whether it was stopped from outside.
    pub is_interrupted: bool,
    /// How many phases were run.
    pub ran: usize,
}

#[derive(Serialize)]
struct Document<'a> {
    version: u8,
    run: &'a str,
    tenants: &'a [TenantReport],
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

impl RunReport {
    /// Says whether every tenant is where it was asked to be.
    pub fn is_good(&self) -> bool {
        let stands = |tenant: &TenantReport| matches!(tenant.state, State::Applied | State::RolledBack);
        self.halted.is_none() && !self.is_interrupted && self.tenants.iter().all(stands)
    }

    /// Writes the report as one JSON document.
    ///
    /// # Errors
    ///
    /// The writer's.
    pub fn json(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let halted = self.halted.as_deref();
        let document = Document { version: 1, run: &self.run, tenants: &self.tenants, error: halted };
        serde_json::to_writer_pretty(&mut *out, &document)?;
        writeln!(out)
    }

    /// Writes what went wrong and the sums, for people.
    ///
    /// # Errors
    ///
    /// The writer's.
    pub fn human(&self, out: &mut dyn io::Write) -> io::Result<()> {
        for tenant in self.tenants.iter().filter(|tenant| tenant.error.is_some()) {
            let error = tenant.error.as_deref().unwrap_or("").replace('\n', "\n    ");
            writeln!(out, "{}: {}\n    {error}", tenant.tenant, tenant.state.word())?;
        }
        if let Some(halted) = &self.halted {
            writeln!(out, "halted: {}", halted.replace('\n', "\n    "))?;
        }
        let mut sums = Vec::new();
        for state in [State::Applied, State::RolledBack, State::Pending, State::Failed, State::Conflict] {
            let count = self.tenants.iter().filter(|tenant| tenant.state == state).count();
            if count > 0 {
                sums.push(format!("{count} {}", state.word()));
            }
        }
        let sums = match (sums.is_empty(), self.ran) {
            (false, _) => sums.join(", "),
            (true, 0) => "no tenants".to_owned(),
            (true, 1) => "no tenants, 1 phase for everybody".to_owned(),
            (true, count) => format!("no tenants, {count} phases for everybody"),
        };
        match self.ran {
            // Nothing is recorded of it that its name would find.
            0 if self.is_good() => writeln!(out, "nothing was to be done: {sums}"),
            _ => writeln!(out, "run {}: {sums}", self.run),
        }
    }
}

/// What happens while a run goes on.
#[derive(Clone, Debug)]
pub enum Event {
    /// A phase was run; `tenant` is `None` for what is for everybody.
    Ran {
        /// For whom.
        tenant: Option<String>,
        /// The phase.
        step: Step,
        /// Which way.
        way: Way,
    },
    /// A tenant is done with, as far as this part of the run goes.
    Done {
        /// The tenant.
        tenant: String,
        /// What went wrong.
        error: Option<String>,
    },
    /// So many tenants are next.
    Begins {
        /// How many.
        tenants: usize,
    },
    /// Something that somebody may want to know.
    Note(String),
}

/// Names a phase: `0002_note, phase 1 of 3`.
pub(super) fn phase_name(route: &Route<'_>, step: Step) -> String {
    let migration = route.migration(step);
    match migration.phases.len() {
        1 => migration.id.to_string(),
        total => format!("{}, phase {} of {total}", migration.id, route.phase(step).number),
    }
}

impl Event {
    /// Writes the event as a line; `None` when it is nothing for people.
    pub fn line(&self, route: &Route<'_>) -> Option<String> {
        let done = |way: Way| match way {
            Way::Forward => "applied",
            Way::Rollback => "rolled back",
        };
        match self {
            Event::Ran { tenant, step, way } => {
                let whom = tenant.as_deref().unwrap_or("shared");
                Some(format!("{whom}: {} {}", phase_name(route, *step), done(*way)))
            }
            Event::Done { tenant, error: Some(error) } => {
                Some(format!("{tenant}: failed: {}", error.lines().next().unwrap_or("")))
            }
            Event::Note(text) => Some(text.clone()),
            Event::Done { .. } | Event::Begins { .. } => None,
        }
    }
}

/// Quotes a word for a shell, where it has to be.
pub fn shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+=,".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::shell_word;

    #[test]
    fn words_are_quoted_for_a_shell() {
        assert_eq!(["acme", "o'neil", "", "a b"].map(shell_word), ["acme", "'o'\\''neil'", "''", "'a b'"]);
    }
}
