//! Grouping sets: behind them a column is NULL in the rows of every set that lacks it, whatever the rows that were grouped say.

use super::analysis::Analysis;
use super::formula::Formula;
use super::lower::fields;
use super::node::Stack;
use super::term::TermId;
use crate::pg::Ident;
use crate::query::{Expr, ExprKind, GroupItem};
use crate::scope::Hole;

impl Analysis<'_> {
    /// Lets the columns that a grouping set may lack mean what they are behind the grouping.
    pub(super) fn grouped(&mut self, items: &[GroupItem]) -> Result<(), Hole> {
        if items.iter().all(|item| matches!(item, GroupItem::Expr(_))) {
            return Ok(());
        }
        let common = self.group_keys(items, &[])?.unwrap_or_default();
        let mut exprs = Vec::new();
        items.iter().for_each(|item| within(item, &mut exprs));
        let mut lacking: Vec<(usize, usize)> = Vec::new();
        for expr in exprs {
            let place = match &expr.kind {
                ExprKind::Column(parts) => self.place_of(parts),
                _ => None,
            };
            match place {
                Some(_) if common.contains(&self.value(expr)?.term) => {}
                Some(place) => lacking.push(place),
                // A column of the output, or a value that is computed: which columns are in it is not followed.
                None => {
                    self.forget_columns(&common);
                    return Ok(());
                }
            }
        }
        lacking.sort_unstable();
        lacking.dedup();
        lacking.into_iter().for_each(|place| self.may_lack(place));
        Ok(())
    }

    /// Finds a column by its entry and its place there.
    fn place_of(&self, parts: &[Ident]) -> Option<(usize, usize)> {
        let (name, qualifier) = parts.split_last()?;
        let level = self.levels.last()?;
        level.entries.iter().enumerate().skip(level.from).find_map(|(at, entry)| {
            let is_meant = match qualifier.last() {
                None => !entry.merged.contains(name),
                Some(alias) => entry.alias.as_ref() == Some(alias),
            };
            let column = entry.columns.iter().position(|column| column.name == *name)?;
            is_meant.then_some((at, column))
        })
    }

    /// The column is what it was, or NULL.
    fn may_lack(&mut self, (entry, column): (usize, usize)) {
        let seen = self.terms.fresh();
        let Some(level) = self.levels.last_mut() else { return };
        let stack: Stack = level.entries[entry].stack.clone();
        let before = std::mem::replace(&mut level.entries[entry].columns[column].term, seen);
        self.fact(&stack, Formula::Where(seen, Box::new(Formula::Same(seen, before))));
    }

    fn forget_columns(&mut self, common: &[TermId]) {
        let Some(mut level) = self.levels.pop() else { return };
        for column in level.entries.iter_mut().flat_map(|entry| &mut entry.columns) {
            if !common.contains(&column.term) {
                column.term = self.terms.fresh();
            }
        }
        self.levels.push(level);
    }
}

/// The expressions in an item that not every grouping set has.
fn within<'g>(item: &'g GroupItem, found: &mut Vec<&'g Expr>) {
    match item {
        GroupItem::Expr(expr) => found.extend(fields(expr).unwrap_or(std::slice::from_ref(expr))),
        GroupItem::Empty => {}
        GroupItem::Rollup(list) | GroupItem::Cube(list) => {
            list.iter().for_each(|expr| found.extend(fields(expr).unwrap_or(std::slice::from_ref(expr))));
        }
        GroupItem::Sets(items) => items.iter().for_each(|item| within(item, found)),
    }
}
