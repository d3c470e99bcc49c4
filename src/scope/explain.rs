//! The proof of a statement, or what it does to another tenant.

use super::advice::witness;
use super::proof::{self, ProofRow};
use super::{Context, Judgement};
use crate::statement::Statement;

/// What is shown of a statement's scope.
#[derive(Clone, Debug, Default)]
pub struct Explanation {
    /// The rows that it meets, each with what ties it.
    pub rows: Vec<ProofRow>,
    /// For each row that is not tied what the statement does to two tenants.
    pub witnesses: Vec<String>,
}

/// Explains the judgement on a statement.
pub fn explain(context: &Context<'_>, statement: &Statement, judgement: &Judgement) -> Explanation {
    let Statement::Data(data) = statement else { return Explanation::default() };
    let tenancy = context.effects.doubts.tenancy(context.tenancy);
    let context = &Context { tenancy: tenancy.as_ref().unwrap_or(context.tenancy), ..*context };
    let mut rows = proof::explain(context, data);
    rows.sort_by_key(|row| (row.span, row.role));
    rows.dedup_by(|a, b| a.span == b.span && a.role == b.role && a.steps == b.steps);
    Explanation { rows, witnesses: witness::of(context, data, judgement) }
}
