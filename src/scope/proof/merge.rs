//! MERGE.

use super::analysis::{Analysis, Level, unfollowed};
use super::formula::Formula;
use super::node::{Import, Output, Stack};
use super::term::TermId;
use super::trigger::{Change, Event};
use super::write::place;
use crate::pg::{Ident, Name};
use crate::query::{Expr, Merge, MergeAction, MergeMatch};
use crate::rules::scope::unscoped_merge;
use crate::scope::Hole;

impl Analysis<'_> {
    /// Reads a MERGE: each way that it may go is a block of its own, as ON says nothing of rows that do not match.
    pub(super) fn merge_into(&mut self, merge: &Merge) -> Result<(), Hole> {
        self.with(merge.with.as_ref())?;
        if merge.returning.is_some() {
            return Err(unfollowed(merge.target.name.span, "RETURNING of MERGE"));
        }
        // Whether rows match is itself something that is learnt of the target.
        self.way(merge, None)?;
        merge.whens.iter().try_for_each(|when| self.way(merge, Some(when)))
    }

    fn way(&mut self, merge: &Merge, when: Option<&crate::query::MergeWhen>) -> Result<(), Hole> {
        self.begin();
        self.levels.push(Level::default());
        let read = self.read_way(merge, when);
        self.levels.pop();
        if let Err(hole) = read {
            self.open.pop();
            return Err(hole);
        }
        self.block().import = Import::Only(Vec::new());
        let node = self.end()?;
        self.child(node, &Stack::new(), Vec::new());
        Ok(())
    }

    fn read_way(&mut self, merge: &Merge, when: Option<&crate::query::MergeWhen>) -> Result<(), Hole> {
        let on = when.map_or(MergeMatch::Matched, |when| when.on);
        let name = &merge.target.name;
        let mut target = None;
        if on != MergeMatch::NotMatchedByTarget {
            target = Some(self.target(name, merge.target.alias.as_ref(), &unscoped_merge::RULE)?);
        }
        if on != MergeMatch::NotMatchedBySource {
            self.from(&merge.source, &Stack::new())?;
        }
        let held = match on {
            MergeMatch::Matched => self.filters_by(&merge.on)?,
            _ => Formula::True,
        };
        self.fact(&Stack::new(), held);
        let Some(when) = when else { return Ok(()) };
        if let Some(condition) = &when.condition {
            let held = self.filters_by(condition)?;
            self.fact(&Stack::new(), held);
        }
        match (&when.action, target) {
            (MergeAction::Nothing, _) => Ok(()),
            (MergeAction::Delete, Some(target)) => self.removed(target, place(name, &unscoped_merge::RULE)),
            (MergeAction::Delete, None) => Err(unfollowed(name.span, "a DELETE of a row that is not there")),
            (MergeAction::Update(set), Some(target)) => {
                self.assign(target, set, place(name, &unscoped_merge::RULE), &[]).map(drop)
            }
            (MergeAction::Insert { columns, values, .. }, _) => {
                let columns: Vec<Ident> = columns.iter().map(|column| column.name.clone()).collect();
                self.merged(name, &columns, values.as_deref())
            }
            (MergeAction::Update(_), None) => Err(unfollowed(name.span, "an UPDATE of a row that is not there")),
        }
    }

    fn merged(&mut self, name: &Name, columns: &[Ident], values: Option<&[Expr]>) -> Result<(), Hole> {
        self.on_path(name)?;
        crate::scope::owner::tenant_of(self.context, name)?;
        let Some(relation) = self.catalog().relation(name) else { return Ok(()) };
        let columns: Vec<Ident> = match columns.is_empty() {
            true => relation.columns.iter().map(|column| column.name.clone()).collect(),
            false => columns.to_vec(),
        };
        let rows: Vec<Vec<Expr>> = values.map(<[Expr]>::to_vec).into_iter().collect();
        let values = self.value_list(&rows, relation, &columns)?;
        let given: Vec<(Ident, TermId)> = columns.into_iter().zip(values).collect();
        let mut new = Vec::new();
        for column in &relation.columns {
            let term = match given.iter().find(|(name, _)| *name == column.name) {
                Some((_, term)) => *term,
                None => self.omitted(relation, &column.name),
            };
            new.push(Output { name: column.name.clone(), term });
        }
        let target = place(name, &unscoped_merge::RULE);
        let mut change = Change { relation, event: Event::Insert, old: None, new: Some(new), target };
        self.before(&mut change)?;
        let new = change.new.clone().unwrap_or_default();
        self.becomes(relation, &new, &change.target)?;
        self.aftermath(&change)
    }
}
