//! Transactions that a migration writes itself: the script's own stand for them, with their modes, and what one takes back is
//! not done.

use super::leaves::Leaves;
use super::migration::{Phase, PlannedStatement, Verdict};
use super::transaction::Sharing;
use crate::changes::Inverse;
use crate::finding::FileId;
use crate::pg::Ident;
use crate::replay::Runs;
use crate::source::Span;
use crate::statement::Statement;
use crate::statement::print::Comma;
use crate::statement::session;
use crate::statement::session::transaction::{Chain, Transaction, TransactionMode};
use crate::verdict::{Audience, InverseClass, Scope};

/// The transaction that is open in a migration.
#[derive(Default)]
pub(super) struct Edges {
    open: Option<Open>,
    /// The savepoints of the last phase, each with how many statements stood there.
    savepoints: Vec<(Ident, usize)>,
}

/// An open transaction.
#[derive(Clone)]
struct Open {
    /// How many phases there were before it, and how many statements in the last of them.
    phases: (usize, usize),
    /// What gives the script's transaction its modes.
    modes: Option<PlannedStatement>,
}

impl Edges {
    /// Takes back what stands behind a savepoint of the last phase: it need not be done first. Says whether it did.
    pub(super) fn takes_back(&self, statement: &Statement, phases: &mut [Phase]) -> bool {
        let Some(Transaction::RollbackTo(name)) = transaction(statement) else { return false };
        let known = self.savepoints.iter().rfind(|(known, _)| known == name);
        match (known, phases.last_mut()) {
            (Some((_, length)), Some(last)) => {
                last.statements.truncate(*length);
                true
            }
            // The server says that there is none.
            _ => false,
        }
    }

    /// Follows a statement that begins or ends a transaction.
    pub(super) fn follow(&mut self, statement: &Statement, phases: &mut Vec<Phase>, place: (FileId, Span, u32)) {
        self.savepoints.clear();
        match transaction(statement) {
            Some(found @ (Transaction::Begin(modes) | Transaction::Start(modes))) => {
                self.open.get_or_insert(Open { phases: length(phases), modes: setting(modes, found.tag(), place) });
            }
            Some(Transaction::Commit(chain)) => self.ended(*chain, length(phases)),
            Some(Transaction::Rollback(chain)) => {
                if let Some(open) = &self.open {
                    phases.truncate(open.phases.0);
                    phases.last_mut().into_iter().for_each(|last| last.statements.truncate(open.phases.1));
                }
                self.ended(*chain, length(phases));
            }
            _ => {}
        }
    }

    /// Takes note of a savepoint that a phase has come to.
    pub(super) fn passed(&mut self, statement: &Statement, phase: &Phase) {
        if let Some(Transaction::Savepoint(name)) = transaction(statement) {
            self.savepoints.push((name.clone(), phase.statements.len()));
        }
    }

    fn ended(&mut self, chain: Chain, phases: (usize, usize)) {
        let open = self.open.take();
        self.open = open.filter(|_| chain == Chain::Yes).map(|open| Open { phases, ..open });
    }

    /// Says whether a phase may go on beyond the edge behind it: temporary things are there in its session alone.
    pub(super) fn may_go_on(&self, phases: &[Phase]) -> bool {
        let has_modes = self.open.as_ref().is_some_and(|open| open.modes.is_some());
        !has_modes && phases.last().is_some_and(|last| last.leaves == Leaves::Temporaries)
    }

    /// Gives a phase that has just begun the modes of the open transaction.
    pub(super) fn begun(&mut self, phase: &mut Phase) {
        self.savepoints.clear();
        let modes = self.open.as_ref().and_then(|open| open.modes.clone());
        if let (Some(mut modes), Sharing::Shared | Sharing::Alone) = (modes, phase.sharing) {
            modes.verdict.audience = phase.audience;
            phase.statements.insert(0, modes);
        }
    }
}

fn length(phases: &[Phase]) -> (usize, usize) {
    (phases.len(), phases.last().map_or(0, |last| last.statements.len()))
}

fn transaction(statement: &Statement) -> Option<&Transaction> {
    let Statement::Session(session) = statement else { return None };
    match &**session {
        session::Statement::Transaction(transaction) => Some(transaction),
        _ => None,
    }
}

/// Returns what sets the modes that matter to a script, which writes a record of its own.
fn setting(
    modes: &[TransactionMode],
    tag: &'static str,
    (file, span, line): (FileId, Span, u32),
) -> Option<PlannedStatement> {
    let is_of_access = |mode: &&TransactionMode| matches!(mode, TransactionMode::ReadOnly | TransactionMode::ReadWrite);
    let kept: Vec<TransactionMode> = modes.iter().filter(|mode| !is_of_access(mode)).copied().collect();
    (!kept.is_empty()).then(|| PlannedStatement {
        file,
        span,
        line,
        tag,
        sql: format!("SET TRANSACTION {}", Comma(&kept)),
        verdict: Verdict { audience: Audience::Tenant, scope: Scope::NotApplicable },
        inverse: Inverse::Nothing,
        class: InverseClass::NotApplicable,
        irreversible: None,
        changes: Vec::new(),
        runs: Runs::Statement,
        guard: None,
        parts: Vec::new(),
        forbidden: None,
        meets: false,
        asked: Vec::new(),
        is_still: false,
        is_fleeting: false,
        recorded: Vec::new(),
        batch: None,
        is_first: true,
    })
}
