//! The order of a body's statements: what one changes about definitions or settings holds for those behind it, and names
//! are looked up as they were before the body.

use crate::rules::scope::unprovable;
use crate::scope::Hole;
use crate::source::Span;
use crate::statement::Statement;
use crate::statement::session::Statement as Session;

/// How far a body has been read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Order {
    /// How many relations were looked up.
    looked_up: usize,
    /// Whether a statement changed definitions or settings.
    redefines: bool,
}

impl Order {
    /// Takes note of a statement that is not about rows.
    pub(super) fn follow(&mut self, statement: &Statement) {
        self.redefines |= match statement {
            Statement::Relation(_) | Statement::Object(_) => true,
            Statement::Session(session) => matches!(**session, Session::Set(_) | Session::Reset(_)),
            Statement::Data(_) => false,
        };
    }

    /// Looks up a relation, which may be another one by then.
    pub(super) fn look_up(&mut self, span: Span) -> Result<(), Hole> {
        self.looked_up += 1;
        if self.redefines { Err(stale(span)) } else { Ok(()) }
    }

    /// What a round of a loop changes holds for the next one.
    pub(super) fn unless_redefined_since(self, before: Order, span: Span) -> Result<(), Hole> {
        let is_stale = self.redefines && !before.redefines && self.looked_up > before.looked_up;
        if is_stale { Err(stale(span)) } else { Ok(()) }
    }
}

fn stale(span: Span) -> Hole {
    let message = "the body changes definitions or settings and then reads or writes rows";
    Hole::new(&unprovable::RULE, span, message)
        .help("write the change and the statements that depend on it as statements of the migration")
}
