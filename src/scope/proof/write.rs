//! Statements that change rows: what they read and write, and whose the rows are that they leave behind.

use super::analysis::{Analysis, Level, unfollowed};
use super::formula::Formula;
use super::lower::fields;
use super::node::{Import, NodeId, Output, Stack, What};
use super::returning::Assigned;
use super::rewritten::Versions;
use super::term::{RowId, TermId};
use super::trigger::{Change, Event, Target};
use super::view::Check;
use crate::catalog::Relation;
use crate::pg::{Ident, Name};
use crate::query::{Assignment, DataStatement, Delete, Expr, ExprKind, Filter, Returning, Step, Update};
use crate::rules::Rule;
use crate::rules::scope::{unscoped_delete, unscoped_update};
use crate::scope::{Designator, Hole};
use crate::statement::object::rule::RuleEvent;

/// What a statement returns, and what holds for it.
type Written = Result<(Vec<Output>, Formula), Hole>;

impl<'a> Analysis<'a> {
    /// Reads a statement that is a part of another, and returns what it returns.
    pub(super) fn writing(&mut self, data: &DataStatement) -> Written {
        let node = self.statement(data)?;
        self.effect(node);
        let node = self.node(node);
        Ok((node.outputs.clone(), node.export.clone()))
    }

    /// Reads a statement.
    pub(super) fn statement(&mut self, data: &DataStatement) -> Result<NodeId, Hole> {
        if let DataStatement::Query(query) = data {
            return self.query(query);
        }
        self.begin();
        let visible = self.ctes.len();
        self.levels.push(Level::default());
        let read = match data {
            DataStatement::Query(_) => Ok(()),
            DataStatement::Insert(insert) => self.insert(insert),
            DataStatement::Update(update) => self.update(update),
            DataStatement::Delete(delete) => self.delete(delete),
            DataStatement::Merge(merge) => self.merge_into(merge),
        };
        self.levels.pop();
        self.ctes.truncate(visible);
        // It does what it does, whatever becomes of the rows that it returns.
        self.block().import = Import::Only(Vec::new());
        match read {
            Ok(()) => self.end(),
            Err(hole) => {
                self.open.pop();
                Err(hole)
            }
        }
    }

    fn update(&mut self, update: &Update) -> Result<(), Hole> {
        self.with(update.with.as_ref())?;
        if let Some(view) = self.view(&update.target.name) {
            return self.update_view(view, update);
        }
        let (row, relation) = self.target(&update.target.name, update.target.alias.as_ref(), &unscoped_update::RULE)?;
        for item in &update.from {
            self.from(item, &Stack::new())?;
        }
        self.filter(&update.filter, (row, relation))?;
        let target = place(&update.target.name, &unscoped_update::RULE);
        self.returns_own((relation, RuleEvent::Update), &update.returning, update.target.name.span)?;
        let new = self.assign((row, relation), &update.set, target, &[])?;
        self.renew(row, &new);
        self.returning(&update.returning)
    }

    fn delete(&mut self, delete: &Delete) -> Result<(), Hole> {
        self.with(delete.with.as_ref())?;
        if let Some(view) = self.view(&delete.target.name) {
            return self.delete_view(view, delete);
        }
        let (row, relation) = self.target(&delete.target.name, delete.target.alias.as_ref(), &unscoped_delete::RULE)?;
        for item in &delete.using {
            self.from(item, &Stack::new())?;
        }
        self.filter(&delete.filter, (row, relation))?;
        self.returns_own((relation, RuleEvent::Delete), &delete.returning, delete.target.name.span)?;
        self.removed((row, relation), place(&delete.target.name, &unscoped_delete::RULE))?;
        self.returning(&delete.returning)
    }

    /// Meets the row that a statement writes; no common table expression hides it.
    pub(super) fn target(
        &mut self,
        name: &Name,
        alias: Option<&Ident>,
        rule: &'static Rule,
    ) -> Result<(RowId, &'a Relation), Hole> {
        let is_filled = self.filled(name).is_some();
        if is_filled {
            return Err(unfollowed(name.span, &format!("a change of the rows of `{name}`, which a query gave,")));
        }
        let (row, relation) = self.relation(name, &Stack::new(), (What::Written, rule))?;
        let entry = self.entry(relation, row, alias, &Stack::new());
        self.show(entry);
        Ok((row, relation))
    }

    pub(super) fn filter(&mut self, filter: &Filter, row: (RowId, &Relation)) -> Result<(), Hole> {
        match filter {
            Filter::None => Ok(()),
            Filter::CurrentOf(cursor) => self.current_of(cursor, row),
            Filter::Where(condition) => {
                let held = self.filters_by(condition)?;
                self.fact(&Stack::new(), held);
                Ok(())
            }
        }
    }

    pub(super) fn returning(&mut self, returning: &Option<Returning>) -> Result<(), Hole> {
        let outputs = match returning {
            None => Vec::new(),
            Some(list) if list.old.is_some() || list.new.is_some() => {
                return Err(unfollowed(Default::default(), "another name for old or new rows in RETURNING"));
            }
            Some(list) => self.returned(&list.items)?,
        };
        let block = self.block();
        let top = block.facts.iter().filter(|(stack, _)| stack.is_empty()).map(|(_, formula)| formula.clone());
        block.export = Formula::all(top.collect::<Vec<_>>());
        block.outputs = outputs;
        Ok(())
    }

    /// Follows what the removal of a row sets off.
    pub(super) fn removed(&mut self, (row, relation): (RowId, &'a Relation), target: Target) -> Result<(), Hole> {
        let versions = Versions { old: Some(self.columns_of(relation, row)), new: None };
        self.rewritten((relation, RuleEvent::Delete), &versions, &target)?;
        let mut change = Change { relation, event: Event::Delete, old: Some(row), new: None, target };
        self.before(&mut change)?;
        self.aftermath(&change)
    }

    /// Reads what is assigned to a row, asks whose it is afterwards, and follows what that sets off; returns its columns.
    pub(super) fn assign(
        &mut self,
        (row, relation): (RowId, &'a Relation),
        set: &[Assignment],
        target: Target,
        views: &[Check<'a>],
    ) -> Result<Vec<Output>, Hole> {
        let assigned = self.assigned(relation, set)?;
        let old = self.columns_of(relation, row);
        let new = old.iter().map(|column| {
            let given = assigned.iter().find(|(name, _)| *name == column.name);
            let term = match given {
                Some((_, Some(term))) => *term,
                None => column.term,
                Some((_, None)) => self.terms.fresh(),
            };
            Output { name: column.name.clone(), term }
        });
        let new: Vec<Output> = new.collect();
        let versions = Versions { old: Some(old.clone()), new: Some(new.clone()) };
        self.rewritten((relation, RuleEvent::Update), &versions, &target)?;
        let event = Event::Update(changed(set));
        let mut change = Change { relation, event, old: Some(row), new: Some(new), target };
        self.before(&mut change)?;
        let new = self.recomputed(relation, &old, change.new.take().unwrap_or_default());
        change.new = Some(new.clone());
        let owners = self.owner_columns(relation);
        let is_moved = new.iter().zip(&old).any(|(new, old)| owners.contains(&new.name) && new.term != old.term);
        let is_named = assigned.iter().any(|(name, _)| owners.contains(name));
        self.lands(&change, views, |analysis, change| {
            if is_moved || is_named {
                analysis.becomes(relation, change.new.as_deref().unwrap_or_default(), &change.target)?;
            }
            analysis.aftermath(change)
        })?;
        Ok(new)
    }

    /// Columns that are computed from others are computed anew when one of those has changed.
    pub(super) fn recomputed(&mut self, relation: &Relation, old: &[Output], new: Vec<Output>) -> Vec<Output> {
        let is_same = |name: &Ident| {
            let find = |list: &[Output]| list.iter().find(|column| column.name == *name).map(|column| column.term);
            find(old) == find(&new)
        };
        let is_stale = |name: &Ident| {
            let computed = relation.column(name).map(crate::catalog::Column::computed_from).unwrap_or_default();
            computed.iter().any(|source| !is_same(source))
        };
        let stale: Vec<bool> = new.iter().map(|column| is_stale(&column.name)).collect();
        let columns = new.into_iter().zip(stale).map(|(column, is_stale)| match is_stale {
            true => Output { term: self.terms.fresh(), ..column },
            false => column,
        });
        columns.collect()
    }

    pub(super) fn assigned(&mut self, relation: &Relation, set: &[Assignment]) -> Result<Assigned, Hole> {
        let mut assigned = Assigned::new();
        for assignment in set {
            match assignment {
                Assignment::Single(target, value) => {
                    self.subscripts(&target.steps)?;
                    let term = match value.kind {
                        ExprKind::Default => self.default_of(relation, &target.name),
                        _ => Some(self.value(value)?.term),
                    };
                    assigned.push((target.name.clone(), term.filter(|_| target.steps.is_empty())));
                }
                Assignment::Multiple(targets, value) => {
                    let terms = self.sources(value, targets.len())?;
                    for (target, term) in targets.iter().zip(terms) {
                        self.subscripts(&target.steps)?;
                        assigned.push((target.name.clone(), Some(term)));
                    }
                }
            }
        }
        Ok(assigned)
    }

    fn subscripts(&mut self, steps: &[Step]) -> Result<(), Hole> {
        for step in steps {
            let bounds: Vec<&Expr> = match step {
                Step::Index(index) => vec![index],
                Step::Slice(low, high) => low.iter().chain(high).map(|bound| &**bound).collect(),
                Step::Field(_) | Step::Star => Vec::new(),
            };
            bounds.into_iter().try_for_each(|bound| self.value(bound).map(drop))?;
        }
        Ok(())
    }

    /// Reads the values of `(a, b) = …`.
    fn sources(&mut self, value: &Expr, count: usize) -> Result<Vec<TermId>, Hole> {
        match &value.kind {
            ExprKind::Row { .. } if fields(value).is_some_and(|fields| fields.len() == count) => {
                let fields = fields(value).unwrap_or(&[]);
                fields.iter().map(|field| self.value(field).map(|value| value.term)).collect()
            }
            ExprKind::Subquery(query) => {
                // Where there is no row all of them are NULL, so nothing but its rows is known of them.
                self.subquery(query)?;
                Ok((0..count).map(|_| self.terms.fresh()).collect())
            }
            _ => {
                self.value(value)?;
                Ok((0..count).map(|_| self.terms.fresh()).collect())
            }
        }
    }

    /// The value that a column gets when none is given; `None` when it is not known.
    pub(super) fn default_of(&mut self, relation: &Relation, column: &Ident) -> Option<TermId> {
        let column = relation.column(column)?;
        if column.generated.is_some() {
            return None;
        }
        let designator = Designator::of(column.default.as_ref()?, self.context.tenancy)?;
        Some(self.fixed(designator))
    }

    /// The value of a column that an INSERT does not name.
    pub(super) fn omitted(&mut self, relation: &Relation, name: &Ident) -> TermId {
        if let Some(known) = self.default_of(relation, name) {
            return known;
        }
        let term = self.terms.fresh();
        let is_nothing = relation.column(name).is_some_and(|column| {
            let of_domain = column.type_name.as_ref().is_none_or(|of| self.catalog().type_named(&of.name).is_some());
            !column.not_null && column.default.is_none() && column.generated.is_none() && !of_domain
        });
        // Who forgets the tenant of a row is told so, although a column that must not be NULL would refuse it.
        if is_nothing && !self.owner_columns(relation).contains(name) {
            self.fact(&Stack::new(), Formula::Null(term));
        }
        term
    }

    /// The columns that say whose a row is.
    pub(super) fn owner_columns(&self, relation: &Relation) -> Vec<Ident> {
        use crate::scope::classes::{Class, classify};
        match classify(relation, self.context.catalog, self.context.tenancy) {
            Class::Tenant(column) | Class::Root(column) => vec![column],
            Class::Owned(via) => via,
            _ => Vec::new(),
        }
    }

    /// Says whether a column names the tenant itself.
    pub(super) fn names_tenant(&self, relation: &Relation, column: &Ident) -> bool {
        use crate::scope::classes::classify;
        classify(relation, self.context.catalog, self.context.tenancy).tenant_column() == Some(column)
    }
}

/// Where a write stands.
pub(super) fn place(name: &Name, rule: &'static Rule) -> Target {
    Target { relation: name.clone(), span: name.span, rule }
}

pub(super) fn changed(set: &[Assignment]) -> Vec<Ident> {
    let targets = set.iter().flat_map(|assignment| match assignment {
        Assignment::Single(target, _) => std::slice::from_ref(target),
        Assignment::Multiple(targets, _) => targets.as_slice(),
    });
    targets.map(|target| target.name.clone()).collect()
}
