//! Runs a program on a connection: the same statements in the same order as psql, in as few messages as that allows.
//!
//! Within a transaction, statements wait for each other only where a variable needs a result, so a phase takes two or
//! three round trips. Outside, each is a message of its own: several in one would be a transaction.

use std::collections::BTreeMap;

use super::Stop;
use super::program::{Edge, Form, Op, Part, Program, Statement, Template, Then};
use crate::db::{Connection, DbError, Outcome, Rows, SqlError};

/// Variables and their values.
pub type Variables = BTreeMap<String, String>;

/// PostgreSQL's code of what was cancelled.
pub(super) const CANCELED: &str = "57014";

/// How statements are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// As many in one message as can be.
    Batched,
    /// One by one, so that an error is known to be of the one that was sent.
    Single,
}

/// Why a program did not reach its end. What its open transaction did is undone, unless a COMMIT was on its way.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What happened.
    pub error: DbError,
    /// Where: the comment above the statement, or its line in the script; `None` when the message held several.
    pub place: Option<String>,
    /// The transaction whose COMMIT was sent and never answered.
    pub in_doubt: Option<String>,
}

/// Statements of our own that go with a program's.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// Sent with the first.
    pub before: Vec<String>,
    /// Sent with the last.
    pub after: Option<String>,
}

/// Runs a program, and returns what the statement behind it gave.
///
/// # Errors
///
/// The first thing that fails, with its place.
pub fn interpret(
    connection: &mut Connection,
    program: &Program,
    variables: &Variables,
    around: &Around,
    (sending, stop): (Sending, &Stop),
) -> Result<Option<Rows>, Failure> {
    let mut run = Run {
        connection,
        program,
        variables: variables.clone(),
        queue: around.before.iter().map(|sql| Queued { sql: sql.clone(), what: What::Ours }).collect(),
        after: around.after.clone(),
        given: None,
        inside: false,
        xid: None,
        sending,
        stop,
    };
    let result = run.walk();
    if let Err(failure) = &result
        && run.inside
        && !matches!(failure.error, DbError::Lost { .. })
    {
        // A connection on which this fails is gone, and with it the transaction.
        let _ = run.connection.send("ROLLBACK");
    }
    result.map(|()| run.given)
}

struct Run<'a> {
    connection: &'a mut Connection,
    program: &'a Program,
    variables: Variables,
    queue: Vec<Queued>,
    /// What is still to be sent behind the last statement.
    after: Option<String>,
    /// What that gave.
    given: Option<Rows>,
    /// Whether a transaction is open behind what is queued.
    inside: bool,
    xid: Option<String>,
    sending: Sending,
    stop: &'a Stop,
}

struct Queued {
    sql: String,
    what: What,
}

/// Whose statement is queued.
#[derive(Clone, Copy)]
enum What {
    /// The operation at this place.
    Op(usize),
    /// The question which transaction this is.
    Xid,
    Ours,
    After,
}

impl Run<'_> {
    fn walk(&mut self) -> Result<(), Failure> {
        let program = self.program;
        let mut at = 0;
        while let Some(op) = program.ops.get(at) {
            at = match op {
                Op::Run(statement) => {
                    self.statement(at, statement)?;
                    at + 1
                }
                Op::Set { name, value } => {
                    let value = self.fill(value)?;
                    self.variables.insert(name.clone(), value);
                    at + 1
                }
                Op::If { condition, otherwise, line } => match self.holds(condition, *line)? {
                    true => at + 1,
                    false => *otherwise,
                },
                Op::Jump(to) => *to,
            };
        }
        self.end();
        self.flush()
    }

    /// Queues what goes behind the last statement.
    fn end(&mut self) {
        let after = self.after.take().map(|sql| Queued { sql, what: What::After });
        self.queue.extend(after);
    }

    fn statement(&mut self, at: usize, statement: &Statement) -> Result<(), Failure> {
        let sql = self.fill(&statement.sql)?;
        self.queue.push(Queued { sql, what: What::Op(at) });
        match statement.edge {
            Edge::Begin => {
                self.inside = true;
                self.queue.push(Queued { sql: "SELECT pg_current_xact_id()::text".to_owned(), what: What::Xid });
            }
            Edge::Commit | Edge::Rollback => {
                if at + 1 == self.program.ops.len() {
                    self.end();
                }
                self.flush()?;
                self.inside = false;
            }
            Edge::None => {}
        }
        let waits = !self.inside || self.sending == Sending::Single || statement.then == Then::Execute;
        if waits { self.flush() } else { Ok(()) }
    }

    /// Replaces variables; what is still to come is waited for.
    fn fill(&mut self, template: &Template) -> Result<String, Failure> {
        let names = template.0.iter().filter_map(|part| match part {
            Part::Variable { name, .. } => Some(name.as_str()),
            Part::Text(_) => None,
        });
        let pending = |name: &str| self.queue.iter().any(|queued| self.assigns(queued, name));
        if names.into_iter().any(pending) {
            self.flush()?;
        }
        Ok(template.0.iter().map(|part| self.part(part)).collect())
    }

    fn assigns(&self, queued: &Queued, name: &str) -> bool {
        let What::Op(at) = queued.what else { return false };
        match self.program.ops.get(at) {
            Some(Op::Run(Statement { then: Then::Assign(prefix), .. })) => name.starts_with(prefix.as_str()),
            _ => false,
        }
    }

    fn part(&self, part: &Part) -> String {
        match part {
            Part::Text(text) => text.clone(),
            Part::Variable { name, form, text } => match self.variables.get(name) {
                Some(value) => pasted(value, *form),
                None => text.clone(),
            },
        }
    }

    fn holds(&mut self, condition: &Template, line: usize) -> Result<bool, Failure> {
        let value = self.fill(condition)?;
        boolean(&value).ok_or_else(|| Failure {
            error: DbError::Sql(Box::new(SqlError {
                message: format!("`\\if {value}`: neither true nor false"),
                ..SqlError::default()
            })),
            place: Some(format!("line {line} of the script")),
            in_doubt: None,
        })
    }

    /// Sends what is queued, and takes what comes back.
    fn flush(&mut self) -> Result<(), Failure> {
        let queue = std::mem::take(&mut self.queue);
        if queue.is_empty() {
            return Ok(());
        }
        if self.sending == Sending::Single || !self.inside {
            return queue.into_iter().try_for_each(|queued| self.send(&[queued]));
        }
        self.send(&queue)
    }

    fn send(&mut self, queue: &[Queued]) -> Result<(), Failure> {
        let text: Vec<&str> = queue.iter().map(|queued| queued.sql.as_str()).collect();
        let outcomes = self.connection.send(&text.join(";\n")).map_err(|error| self.failure(queue, error))?;
        if outcomes.len() != queue.len() {
            let message = format!("{} statements gave {} results", queue.len(), outcomes.len());
            return Err(self.failure(queue, DbError::Lost { target: String::new(), message }));
        }
        for (queued, outcome) in queue.iter().zip(outcomes) {
            self.take(queued, outcome)?;
        }
        Ok(())
    }

    fn take(&mut self, queued: &Queued, outcome: Outcome) -> Result<(), Failure> {
        match queued.what {
            What::Ours => Ok(()),
            What::After => {
                self.given = outcome.rows;
                Ok(())
            }
            What::Xid => {
                self.xid = outcome.rows.and_then(|rows| rows.values.into_iter().flatten().next().flatten());
                Ok(())
            }
            What::Op(at) => match self.program.ops.get(at) {
                Some(Op::Run(Statement { then: Then::Assign(prefix), .. })) => {
                    self.assign(prefix, outcome.rows).map_err(|message| self.refusal(queued, message))
                }
                Some(Op::Run(Statement { then: Then::Execute, .. })) => {
                    let cells = outcome.rows.map_or_else(Vec::new, |rows| rows.values);
                    let texts = cells.into_iter().flatten().flatten();
                    texts.map(|sql| Queued { sql, what: What::Op(at) }).try_for_each(|made| self.made(&made))
                }
                _ => Ok(()),
            },
        }
    }

    /// Sends a statement that a statement has made; what it returns is nothing to anybody. Outside transactions each is
    /// whole in itself, so a run that is to stop stops between two of them.
    fn made(&mut self, queued: &Queued) -> Result<(), Failure> {
        if !self.inside && self.stop.is_asked() {
            let message = "stopped between two batches: the next run goes on from there".to_owned();
            let error = SqlError { sqlstate: CANCELED.to_owned(), message, ..SqlError::default() };
            return Err(self.failure(std::slice::from_ref(queued), DbError::Sql(Box::new(error))));
        }
        self.connection.send(&queued.sql).map(drop).map_err(|error| self.failure(std::slice::from_ref(queued), error))
    }

    fn assign(&mut self, prefix: &str, rows: Option<Rows>) -> Result<(), String> {
        let mut rows = rows.unwrap_or_default();
        let (Some(row), true) = (rows.values.pop(), rows.values.is_empty()) else {
            return Err("`\\gset` needs exactly one row".to_owned());
        };
        for (column, value) in rows.columns.iter().zip(row) {
            let name = format!("{prefix}{column}");
            match value {
                Some(value) => self.variables.insert(name, value),
                None => self.variables.remove(&name),
            };
        }
        Ok(())
    }

    fn refusal(&self, queued: &Queued, message: String) -> Failure {
        let error = DbError::Sql(Box::new(SqlError { message, ..SqlError::default() }));
        self.failure(std::slice::from_ref(queued), error)
    }

    fn failure(&self, queue: &[Queued], error: DbError) -> Failure {
        let place = match (queue, position(&error)) {
            ([only], _) => self.place(only),
            (_, Some(position)) => {
                let mut end = 0;
                let holds = |queued: &&Queued| {
                    end += queued.sql.len() + 2;
                    position < end
                };
                queue.iter().find(holds).and_then(|queued| self.place(queued))
            }
            _ => None,
        };
        let commits = queue.iter().any(|queued| matches!(queued.what, What::Op(at) if self.commits(at)));
        let in_doubt = matches!(error, DbError::Lost { .. }) && commits;
        Failure { error, place, in_doubt: self.xid.clone().filter(|_| in_doubt) }
    }

    fn commits(&self, at: usize) -> bool {
        matches!(self.program.ops.get(at), Some(Op::Run(Statement { edge: Edge::Commit, .. })))
    }

    fn place(&self, queued: &Queued) -> Option<String> {
        let What::Op(at) = queued.what else { return None };
        match self.program.ops.get(at) {
            Some(Op::Run(Statement { origin: Some(origin), .. })) => Some(origin.clone()),
            Some(Op::Run(statement)) => Some(format!("line {} of the script", statement.line)),
            _ => None,
        }
    }
}

fn position(error: &DbError) -> Option<usize> {
    match error {
        DbError::Sql(error) => error.position,
        _ => None,
    }
}

/// Pastes a value as psql does.
fn pasted(value: &str, form: Form) -> String {
    match form {
        Form::Raw => value.to_owned(),
        Form::Identifier => format!("\"{}\"", value.replace('"', "\"\"")),
        Form::Literal => literal(value),
    }
}

/// Quotes a text as an SQL literal, whatever `standard_conforming_strings` says.
pub(super) fn literal(value: &str) -> String {
    let doubled = value.replace('\'', "''");
    if value.contains('\\') { format!(" E'{}'", doubled.replace('\\', "\\\\")) } else { format!("'{doubled}'") }
}

/// Reads a truth value as psql does: a beginning of a word that is one is enough.
fn boolean(value: &str) -> Option<bool> {
    let value = value.trim().to_ascii_lowercase();
    let begins = |word: &str| !value.is_empty() && word.starts_with(&value);
    match value.as_str() {
        "1" | "on" => Some(true),
        "0" | "of" | "off" => Some(false),
        _ if begins("true") || begins("yes") => Some(true),
        _ if begins("false") || begins("no") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_pasted_as_psql_pastes_them() {
        assert_eq!(pasted("o'neil", Form::Literal), "'o''neil'");
        assert_eq!(pasted("a\\'b", Form::Literal), " E'a\\\\''b'");
        assert_eq!(pasted("a\"b", Form::Identifier), "\"a\"\"b\"");
        assert_eq!(pasted("a'b", Form::Raw), "a'b");
    }

    #[test]
    fn truth_is_read_as_psql_reads_it() {
        let read: Vec<Option<bool>> = ["t", "f", "TRUE", "n", "off", "1", "", "2", ":x"].map(boolean).to_vec();
        let (yes, no) = (Some(true), Some(false));
        assert_eq!(read, [yes, no, yes, no, no, yes, None, None, None]);
    }
}
