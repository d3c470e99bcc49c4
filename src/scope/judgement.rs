//! What the analysis says of a statement.

use super::designator::Designator;
use crate::finding::Edit;
use crate::rules::Rule;
use crate::rules::scope::unprovable;
use crate::source::Span;
use crate::verdict::Scope;

/// Why a part for one tenant and a part for all do not go together.
const ONE_AND_ALL: &str = "one part is bound to one tenant and another touches every tenant";

/// The verdict on one statement and what stands in the way of a better one.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The verdict.
    pub scope: Scope,
    /// The tenant that it is proved for.
    pub designator: Option<Designator>,
    /// One for each obligation that is not met.
    pub holes: Vec<Hole>,
}

/// An obligation that is not met.
#[derive(Clone, Debug)]
pub struct Hole {
    /// The rule that reports it.
    pub rule: &'static Rule,
    /// The relation, expression or clause that it is about; empty for the whole statement.
    pub span: Span,
    /// What is wrong, in one line.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Edits that put it right.
    pub fix: Vec<Edit>,
    /// Evidence: places in the statement, and what each shows.
    pub labels: Vec<(Span, String)>,
    /// The obligation, where it is about a row.
    pub(super) about: Option<Box<About>>,
}

/// A row whose tenant is not shown to be the statement's.
#[derive(Clone, Debug)]
pub(super) struct About {
    /// What is done with the row.
    pub(super) use_of: UseOf,
    /// The tenant that it is shown to be of.
    pub(super) known: Option<Designator>,
    /// The tenant that most other rows are shown to be of.
    pub(super) others: Option<Designator>,
}

/// What a statement does with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UseOf {
    /// It is read.
    Read,
    /// It is changed, locked or deleted.
    Written,
    /// It gets a tenant.
    Given,
}

impl Judgement {
    /// It reads and writes no rows.
    pub fn not_applicable() -> Self {
        Judgement { scope: Scope::NotApplicable, designator: None, holes: Vec::new() }
    }

    /// It is proved, for a designator or because no tenant's rows are met.
    pub fn scoped(designator: Option<Designator>) -> Self {
        Judgement { scope: Scope::Scoped, designator, holes: Vec::new() }
    }

    /// It is not proved, because of this.
    pub fn open(scope: Scope, hole: Hole) -> Self {
        Judgement { scope, designator: None, holes: vec![hole] }
    }

    /// Joins the verdicts on two parts of one statement: the worse one holds, and two tenants are one too many.
    pub fn and(mut self, other: Judgement) -> Self {
        let mixed = match (&self.designator, &other.designator) {
            (Some(a), Some(b)) if a != b => {
                Some("it is bound to two tenants, and what is read for one may reach the other")
            }
            // What is read for one tenant may be written for every tenant.
            (Some(_), None) if other.scope == Scope::Aligned => Some(ONE_AND_ALL),
            (None, Some(_)) if self.scope == Scope::Aligned => Some(ONE_AND_ALL),
            _ => None,
        };
        self.holes.extend(other.holes);
        self.scope = self.scope.min(other.scope);
        self.designator = self.designator.or(other.designator);
        if let Some(message) = mixed {
            self.scope = self.scope.min(Scope::Unprovable);
            let hole = Hole::new(&unprovable::RULE, Span::default(), message);
            self.holes.push(hole.help("write a statement for each tenant"));
        }
        self
    }

    /// The designator counts only where the whole is proved.
    pub fn settled(mut self) -> Self {
        self.designator = self.designator.filter(|_| self.scope == Scope::Scoped);
        self
    }
}

impl Hole {
    /// Makes a hole without a remedy.
    pub fn new(rule: &'static Rule, span: Span, message: impl Into<String>) -> Self {
        Hole { rule, span, message: message.into(), help: None, fix: Vec::new(), labels: Vec::new(), about: None }
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says which row it is about.
    #[must_use]
    pub(super) fn about(mut self, about: About) -> Self {
        self.about = Some(Box::new(about));
        self
    }
}
