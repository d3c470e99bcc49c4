//! Programs: DO blocks, calls of routines, and the commands that they put together.
//!
//! A program is followed as far as the catalog and constants decide what it does; the rest is doubt.

mod call;
mod condition;
mod eval;
mod hidden;
mod loops;
mod query;
mod run;
mod system;
mod value;

use super::Step;
use super::follow::Replay;
use crate::catalog::Origin;
use crate::procedure::Procedure;
use crate::query::{Body, Call, DataStatement, ExprKind, FromKind, Query};
use crate::statement::Statement;
use crate::statement::session::Statement as SessionStatement;
use crate::statement::session::source_text::SourceText;

/// How the texts within programs are read.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    /// Reads a PL/pgSQL body.
    pub procedure: fn(&SourceText) -> Option<Procedure>,
    /// Reads SQL statements; `None` when one of them is not read.
    pub script: fn(&str) -> Option<Vec<Statement>>,
}

/// Follows a statement that runs a program; `None` when it runs none that may change definitions.
pub(super) fn follow(replay: &mut Replay, reader: Reader, statement: &Statement, origin: Origin) -> Option<Step> {
    match statement {
        Statement::Session(session) => match &**session {
            SessionStatement::Do(found) if found.language.as_deref().is_none_or(is_plpgsql) => {
                let mut run = run::Run::new(replay, reader, origin);
                let flow = run.source(&found.body);
                Some(run.step(flow))
            }
            SessionStatement::Call(found) => Some(match calls(replay, reader, &[&found.call], origin) {
                Some(step) => step,
                // It changes rows at most.
                None => run::Run::new(replay, reader, origin).step(run::Flow::On),
            }),
            _ => None,
        },
        Statement::Data(data) => match &**data {
            DataStatement::Query(query) => match called(query) {
                Some(found) => {
                    let hidden = hidden(replay, reader, (data, &found), origin);
                    hidden.or_else(|| calls(replay, reader, &found, origin))
                }
                None => hidden(replay, reader, (data, &[]), origin),
            },
            _ => hidden(replay, reader, (data, &[]), origin),
        },
        Statement::Relation(_) | Statement::Object(_) => None,
    }
}

fn is_plpgsql(language: &str) -> bool {
    language.eq_ignore_ascii_case("plpgsql")
}

fn calls(replay: &mut Replay, reader: Reader, calls: &[&Call], origin: Origin) -> Option<Step> {
    let mut run = run::Run::new(replay, reader, origin);
    if !calls.iter().any(|call| run.may_change(call)) {
        return None;
    }
    let mut frame = run::Frame::default();
    let mut flow = run::Flow::On;
    for call in calls {
        if flow == run::Flow::On {
            flow = run.call(&mut frame, call);
        }
    }
    Some(run.step(flow))
}

/// Is in doubt about calls that run for rows.
fn hidden(
    replay: &mut Replay,
    reader: Reader,
    (statement, followed): (&DataStatement, &[&Call]),
    origin: Origin,
) -> Option<Step> {
    let run = run::Run::new(replay, reader, origin);
    run.hides(statement, followed).then(|| run.step(run::lost(hidden::HIDDEN)))
}

/// Returns the calls that a query consists of: one row, or the rows of functions.
pub(super) fn called(query: &Query) -> Option<Vec<&Call>> {
    let Body::Select(select) = &query.body else { return None };
    // Whether there is a row is left open.
    if select.filter.is_some() || query.limit.is_some() || query.offset.is_some() {
        return None;
    }
    let mut found = Vec::new();
    for item in &select.from {
        let FromKind::Function { calls, .. } = &item.kind else { return None };
        found.extend(calls.iter().map(|call| &call.call));
    }
    found.extend(select.items.iter().map(|item| &item.expr));
    let call = |expr: &'_ crate::query::Expr| matches!(expr.kind, ExprKind::Call(_));
    let calls = found.into_iter().filter(|expr| call(expr)).filter_map(|expr| match &expr.kind {
        ExprKind::Call(call) => Some(&**call),
        _ => None,
    });
    Some(calls.collect())
}
