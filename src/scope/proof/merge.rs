//! MERGE.

use super::analysis::{Analysis, Level, unfollowed};
use super::formula::Formula;
use super::lower::Truth;
use super::node::{Import, Stack};
use super::term::{Term, TermId};
use super::write::changed;
use crate::pg::{Ident, Name};
use crate::query::{Expr, Merge, MergeAction, MergeMatch};
use crate::rules::scope::unscoped_merge;
use crate::scope::Hole;
use crate::scope::reach::Write;

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
            MergeMatch::Matched => self.holds(&merge.on, Truth::True)?,
            _ => Formula::True,
        };
        self.fact(&Stack::new(), held);
        let Some(when) = when else { return Ok(()) };
        if let Some(condition) = &when.condition {
            let held = self.holds(condition, Truth::True)?;
            self.fact(&Stack::new(), held);
        }
        match (&when.action, target) {
            (MergeAction::Nothing, _) => Ok(()),
            (MergeAction::Delete, _) => self.reaches(name, Write::Delete),
            (MergeAction::Update(set), Some(target)) => {
                self.reaches(name, Write::Update(changed(set)))?;
                self.assign(target, name, set, &unscoped_merge::RULE).map(drop)
            }
            (MergeAction::Insert { columns, values, .. }, _) => {
                let columns: Vec<Ident> = columns.iter().map(|column| column.name.clone()).collect();
                self.merged(name, &columns, values.as_deref())
            }
            (MergeAction::Update(_), None) => Err(unfollowed(name.span, "an UPDATE of a row that is not there")),
        }
    }

    fn merged(&mut self, name: &Name, columns: &[Ident], values: Option<&[Expr]>) -> Result<(), Hole> {
        self.reaches(name, Write::Insert)?;
        crate::scope::owner::tenant_of(self.context, name)?;
        let Some(relation) = self.catalog().relation(name) else { return Ok(()) };
        let columns: Vec<Ident> = match columns.is_empty() {
            true => relation.columns.iter().map(|column| column.name.clone()).collect(),
            false => columns.to_vec(),
        };
        let rows: Vec<Vec<Expr>> = values.map(<[Expr]>::to_vec).into_iter().collect();
        let values = self.value_list(&rows, relation, &columns)?;
        let coming = self.rows.coming(&mut self.terms, relation);
        let given: Vec<(Ident, TermId)> = columns.into_iter().zip(values).collect();
        for column in &relation.columns {
            let term = match given.iter().find(|(name, _)| *name == column.name) {
                Some((_, term)) => *term,
                None => self.default_of(relation, &column.name).unwrap_or_else(|| self.terms.fresh()),
            };
            let own = self.terms.id(Term::Column(coming, column.name.clone()));
            self.fact(&Stack::new(), Formula::Same(own, term));
        }
        self.given(coming, name, &unscoped_merge::RULE)
    }
}
