//! Rows as a statement leaves them behind: what RETURNING shows.

use super::analysis::Analysis;
use super::term::{RowId, TermId};
use crate::catalog::{Column, Relation};
use crate::pg::Ident;
use crate::scope::effects::Runs;

/// What a statement assigns to columns; `None` where that is not followed.
pub(super) type Assigned = Vec<(Ident, Option<TermId>)>;

impl Analysis<'_> {
    /// Lets a row's columns be what they are after an UPDATE.
    pub(super) fn renew(&mut self, row: RowId, relation: &Relation, assigned: &Assigned) {
        let owners = self.owner_columns(relation);
        let is_rewritten = self.is_rewritten(relation);
        self.show_as(row, |column, old| {
            let given = assigned.iter().find(|(name, _)| *name == column.name);
            match given {
                // No trigger that is accepted assigns what says whose a row is.
                _ if is_rewritten && !owners.contains(&column.name) => None,
                Some((_, term)) => *term,
                None if column.generated.is_some() => None,
                None => Some(old),
            }
        });
    }

    /// Lets nothing be known of a row's columns but what says whose it is.
    pub(super) fn forget_row(&mut self, row: RowId, known: &[Ident]) {
        self.show_as(row, |column, old| known.contains(&column.name).then_some(old));
    }

    /// Says whether triggers may assign columns of a relation's rows.
    pub(super) fn is_rewritten(&self, relation: &Relation) -> bool {
        let family = self.catalog().family(relation);
        let mut hooks = family.iter().flat_map(|member| self.context.effects.hooks(member));
        hooks.any(|hook| matches!(hook.runs, Runs::Function(_)))
    }

    fn show_as(&mut self, row: RowId, new: impl Fn(&Column, TermId) -> Option<TermId>) {
        let Some(relation) = self.rows.relation(row) else { return };
        let Analysis { levels, terms, .. } = self;
        let entries = levels.iter_mut().rev().take(1).flat_map(|level| &mut level.entries);
        for entry in entries.filter(|entry| entry.row == Some(row)) {
            // What the catalog does not list of it is not followed either.
            entry.row = None;
            for output in &mut entry.columns {
                let column = relation.columns.iter().find(|column| column.name == output.name);
                let term = column.and_then(|column| new(column, output.term));
                output.term = term.unwrap_or_else(|| terms.fresh());
            }
        }
    }
}
