//! MERGE.

use super::analysis::{Analysis, Level, unfollowed};
use super::formula::Formula;
use super::lower::Truth;
use super::node::{Import, Output, Stack};
use super::term::TermId;
use super::trigger::{Change, Event};
use super::write::place;
use crate::pg::{Ident, Name};
use crate::query::visit::{self, Node};
use crate::query::{Expr, ExprKind, Merge, MergeAction, MergeMatch, MergeWhen};
use crate::rules::scope::unscoped_merge;
use crate::scope::Hole;

/// What of a MERGE is read as a block.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// Whether rows match, for those that come to the branch with this index, or for all.
    Matches(Option<usize>),
    /// The branch with this index.
    When(usize),
}

/// Says whether a branch does nothing, and nothing happens when its condition is asked.
fn is_passive(when: &MergeWhen) -> bool {
    when.action == MergeAction::Nothing && when.condition.as_ref().is_none_or(is_plain)
}

/// Says whether an expression reads no more than the rows at hand, and calls nothing.
fn is_plain(expr: &Expr) -> bool {
    let mut is_plain = true;
    visit::expr(expr, &mut |node| {
        is_plain &= matches!(&node, Node::Expr(expr) if !matches!(expr.kind, ExprKind::Call(_)));
    });
    is_plain
}

impl Analysis<'_> {
    /// Reads a MERGE: each way that it may go is a block of its own, as ON says nothing of rows that do not match.
    pub(super) fn merge_into(&mut self, merge: &Merge) -> Result<(), Hole> {
        self.with(merge.with.as_ref())?;
        if merge.returning.is_some() {
            return Err(unfollowed(merge.target.name.span, "RETURNING of MERGE"));
        }
        let acts = |when: &&MergeWhen| !is_passive(when);
        let by_source = merge.whens.iter().any(|when| when.on == MergeMatch::NotMatchedBySource);
        if by_source || !merge.whens.iter().any(|when| acts(&when)) {
            self.way(merge, Way::Matches(None))?;
        }
        for (at, when) in merge.whens.iter().enumerate() {
            if when.on == MergeMatch::NotMatchedByTarget && acts(&when) {
                // Whether rows match is itself something that is learnt of the target.
                self.way(merge, Way::Matches(Some(at)))?;
            }
            self.way(merge, Way::When(at))?;
        }
        Ok(())
    }

    fn way(&mut self, merge: &Merge, way: Way) -> Result<(), Hole> {
        self.begin();
        self.levels.push(Level::default());
        let read = match way {
            Way::Matches(at) => self.read_match(merge, at),
            Way::When(at) => self.read_way(merge, at),
        };
        self.levels.pop();
        if let Err(hole) = read {
            self.open.pop();
            return Err(hole);
        }
        if matches!(way, Way::When(at) if is_passive(&merge.whens[at])) {
            // Rows for which nothing is done are of no account.
            self.open.pop();
            return Ok(());
        }
        self.block().import = Import::Only(Vec::new());
        let node = self.end()?;
        self.child(node, &Stack::new(), Vec::new());
        Ok(())
    }

    /// Asks whether there is a row that matches, for rows that come to a branch if there is none.
    fn read_match(&mut self, merge: &Merge, at: Option<usize>) -> Result<(), Hole> {
        self.from(&merge.source, &Stack::new())?;
        if let Some(at) = at {
            self.comes_to(merge, at)?;
        }
        self.target(&merge.target.name, merge.target.alias.as_ref(), &unscoped_merge::RULE)?;
        let held = self.filters_by(&merge.on)?;
        self.fact(&Stack::new(), held);
        Ok(())
    }

    /// What holds of rows that come to a branch: its own condition, and none of an earlier branch.
    fn comes_to(&mut self, merge: &Merge, at: usize) -> Result<(), Hole> {
        let when = &merge.whens[at];
        let earlier = merge.whens[..at].iter().filter(|earlier| earlier.on == when.on);
        for condition in earlier.filter_map(|earlier| earlier.condition.as_ref()).filter(|found| is_plain(found)) {
            let ways = [self.holds(condition, Truth::False)?, self.holds(condition, Truth::Unknown)?];
            self.fact(&Stack::new(), Formula::any(ways));
        }
        if let Some(condition) = &when.condition {
            let held = self.filters_by(condition)?;
            self.fact(&Stack::new(), held);
        }
        Ok(())
    }

    fn read_way(&mut self, merge: &Merge, at: usize) -> Result<(), Hole> {
        let when = &merge.whens[at];
        let name = &merge.target.name;
        let mut target = None;
        if when.on != MergeMatch::NotMatchedByTarget {
            target = Some(self.target(name, merge.target.alias.as_ref(), &unscoped_merge::RULE)?);
        }
        if when.on != MergeMatch::NotMatchedBySource {
            self.from(&merge.source, &Stack::new())?;
        }
        if when.on == MergeMatch::Matched {
            let held = self.filters_by(&merge.on)?;
            self.fact(&Stack::new(), held);
        }
        self.comes_to(merge, at)?;
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
