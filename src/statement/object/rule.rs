//! Rewrite rules.

use std::fmt;

use crate::pg::{Ident, Name};
use crate::query::{DataStatement, Expr};
use crate::source::Span;
use crate::statement::print::{Lead, When};
use crate::statement::session::notify::Notify;
use crate::statement::words::words;

/// CREATE RULE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateRule {
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// Its name.
    pub name: Ident,
    /// What it applies to.
    pub event: RuleEvent,
    /// The relation.
    pub relation: Name,
    /// `WHERE`.
    pub condition: Option<Expr>,
    /// Whether the original statement runs too.
    pub mode: RuleMode,
    /// What it does; empty for `NOTHING`.
    pub actions: Vec<RuleAction>,
}

words! {
    /// The statements that a rule applies to.
    pub enum RuleEvent {
        Select = "SELECT",
        Update = "UPDATE",
        Delete = "DELETE",
        Insert = "INSERT",
    }
}

words! {
    /// Whether a rule's actions stand in for the original statement.
    pub enum RuleMode {
        Also = "ALSO",
        Instead = "INSTEAD",
    }
}

/// One statement of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleAction {
    /// Where it stands.
    pub span: Span,
    /// What it does.
    pub kind: RuleActionKind,
}

/// The statements that a rule may run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleActionKind {
    /// A query, INSERT, UPDATE or DELETE.
    Data(Box<DataStatement>),
    /// NOTIFY.
    Notify(Notify),
}

impl fmt::Display for CreateRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE {}RULE {} AS ON {}", When(self.or_replace, "OR REPLACE "), self.name, self.event)?;
        write!(f, " TO {}{} DO {}", self.relation, Lead(" WHERE ", &self.condition), self.mode)?;
        match self.actions.as_slice() {
            [] => f.write_str(" NOTHING"),
            actions => {
                f.write_str(" (")?;
                for (at, action) in actions.iter().enumerate() {
                    write!(f, "{}{action}", if at > 0 { "; " } else { "" })?;
                }
                f.write_str(")")
            }
        }
    }
}

impl fmt::Display for RuleAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            RuleActionKind::Data(statement) => write!(f, "{statement}"),
            RuleActionKind::Notify(notify) => write!(f, "{notify}"),
        }
    }
}
