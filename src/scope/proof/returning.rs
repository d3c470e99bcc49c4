//! Rows as a statement leaves them behind: what RETURNING shows.

use super::analysis::Analysis;
use super::node::Output;
use super::term::{RowId, TermId};
use crate::catalog::Column;
use crate::pg::Ident;

/// What a statement assigns to columns; `None` where that is not followed.
pub(super) type Assigned = Vec<(Ident, Option<TermId>)>;

impl Analysis<'_> {
    /// Lets a row's columns be what they are after an UPDATE.
    pub(super) fn renew(&mut self, row: RowId, new: &[Output]) {
        self.show_as(row, |column, _| new.iter().find(|output| output.name == column.name).map(|output| output.term));
    }

    /// Lets nothing be known of a row's columns but what says whose it is.
    pub(super) fn forget_row(&mut self, row: RowId, known: &[Ident]) {
        self.show_as(row, |column, old| known.contains(&column.name).then_some(old));
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
