//! What holds where a condition is true, false or unknown: equalities and the like under AND and OR, never under NOT.

use super::term::{TermId, Terms};

/// A monotone formula over facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Formula {
    /// Nothing is known.
    #[default]
    True,
    /// It cannot be.
    False,
    /// Two values are the same, or both NULL.
    Same(TermId, TermId),
    /// A value is not NULL.
    Present(TermId),
    /// A value is NULL.
    Null(TermId),
    /// What holds where a value is not NULL.
    Where(TermId, Box<Formula>),
    /// All hold.
    And(Vec<Formula>),
    /// At least one holds.
    Or(Vec<Formula>),
}

impl Formula {
    /// Both hold.
    pub(super) fn and(self, other: Formula) -> Formula {
        Formula::all([self, other])
    }

    /// One or the other holds.
    pub(super) fn or(self, other: Formula) -> Formula {
        Formula::any([self, other])
    }

    /// All hold.
    pub(super) fn all(parts: impl IntoIterator<Item = Formula>) -> Formula {
        let mut all = Vec::new();
        for part in parts {
            match part {
                Formula::True => {}
                Formula::False => return Formula::False,
                Formula::And(inner) => all.extend(inner),
                other => all.push(other),
            }
        }
        match all.len() {
            0 => Formula::True,
            1 => all.remove(0),
            _ => Formula::And(all),
        }
    }

    /// At least one holds.
    pub(super) fn any(parts: impl IntoIterator<Item = Formula>) -> Formula {
        let mut any = Vec::new();
        for part in parts {
            match part {
                Formula::False => {}
                Formula::True => return Formula::True,
                Formula::Or(inner) => any.extend(inner),
                other => any.push(other),
            }
        }
        match any.len() {
            0 => Formula::False,
            1 => any.remove(0),
            _ => Formula::Or(any),
        }
    }

    /// Two values are equal, and so neither is NULL.
    pub(super) fn equal(left: TermId, right: TermId) -> Formula {
        Formula::And(vec![Formula::Same(left, right), Formula::Present(left), Formula::Present(right)])
    }

    /// Keeps the conjuncts that say nothing of these terms.
    pub(super) fn without(&self, hidden: &[TermId], terms: &Terms) -> Formula {
        if hidden.is_empty() {
            return self.clone();
        }
        match self {
            Formula::And(parts) => Formula::all(parts.iter().map(|part| part.without(hidden, terms))),
            other if other.mentions(hidden, terms) => Formula::True,
            other => other.clone(),
        }
    }

    /// Says whether it is about such terms alone.
    pub(super) fn is_about(&self, wanted: &impl Fn(TermId) -> bool) -> bool {
        match self {
            Formula::True | Formula::False => true,
            Formula::Same(left, right) => wanted(*left) && wanted(*right),
            Formula::Present(term) | Formula::Null(term) => wanted(*term),
            Formula::Where(term, held) => wanted(*term) && held.is_about(wanted),
            Formula::And(parts) | Formula::Or(parts) => parts.iter().all(|part| part.is_about(wanted)),
        }
    }

    fn mentions(&self, hidden: &[TermId], terms: &Terms) -> bool {
        match self {
            Formula::True | Formula::False => false,
            Formula::Same(left, right) => terms.mentions(*left, hidden) || terms.mentions(*right, hidden),
            Formula::Present(term) | Formula::Null(term) => terms.mentions(*term, hidden),
            Formula::Where(term, held) => terms.mentions(*term, hidden) || held.mentions(hidden, terms),
            Formula::And(parts) | Formula::Or(parts) => parts.iter().any(|part| part.mentions(hidden, terms)),
        }
    }
}
