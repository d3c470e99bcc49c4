//! What ROLLBACK takes back.

use super::follow::{Replay, Step};
use crate::catalog::Origin;
use crate::changes::Inverse;
use crate::pg::Ident;
use crate::statement::Statement;
use crate::statement::session::Statement as SessionStatement;
use crate::statement::session::transaction::{Chain, Transaction};

/// An open transaction: what undoes each of its statements, and where its savepoints lie among them.
#[derive(Clone, Debug)]
pub(super) struct Open {
    done: Vec<Inverse>,
    savepoints: Vec<(Ident, usize)>,
    /// The search path before it.
    path: Vec<Ident>,
}

/// Takes note of what a statement did, and takes back what ROLLBACK takes back.
pub(super) fn follow(replay: &mut Replay, statement: &Statement, step: &Step, origin: Origin) {
    let transaction = match statement {
        Statement::Session(session) => match &**session {
            SessionStatement::Transaction(transaction) => Some(transaction),
            _ => None,
        },
        _ => None,
    };
    let Some(transaction) = transaction else {
        if let Some(open) = replay.open.as_mut().filter(|_| step.inverse != Inverse::Nothing) {
            open.done.push(step.inverse.clone());
        }
        return;
    };
    let fresh = || Open { done: Vec::new(), savepoints: Vec::new(), path: replay.catalog().search_path.clone() };
    match transaction {
        Transaction::Begin(_) | Transaction::Start(_) => replay.open = Some(fresh()),
        Transaction::Commit(chain) => replay.open = (*chain == Chain::Yes).then(fresh),
        Transaction::Rollback(chain) => {
            let chained = (*chain == Chain::Yes).then(fresh);
            if let Some(open) = std::mem::replace(&mut replay.open, chained) {
                replay.back_to(open.path);
                take_back(replay, open.done, origin);
            }
        }
        Transaction::Savepoint(name) => {
            if let Some(open) = &mut replay.open {
                open.savepoints.push((name.clone(), open.done.len()));
            }
        }
        Transaction::RollbackTo(name) => {
            let Some(open) = &mut replay.open else { return };
            let Some(at) = open.savepoints.iter().rposition(|(found, _)| found == name) else { return };
            open.savepoints.truncate(at + 1);
            let done = open.done.split_off(open.savepoints[at].1);
            take_back(replay, done, origin);
        }
        // What is prepared may be committed by anybody, at any time.
        Transaction::Prepare(_) => replay.open = None,
        Transaction::Release(_) | Transaction::CommitPrepared(_) | Transaction::RollbackPrepared(_) => {}
    }
}

fn take_back(replay: &mut Replay, done: Vec<Inverse>, origin: Origin) {
    let whole = |inverse: &Inverse| matches!(inverse, Inverse::Exact(_) | Inverse::Captured { .. });
    if !done.iter().all(whole) {
        replay.doubt("what ROLLBACK takes back is not known", origin);
    }
    replay.take_back(done.iter());
}
