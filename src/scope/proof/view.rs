//! Writes through views: what is done with a row of a view is done with the row of the table that it shows, or by a
//! trigger in its place.
//!
//! A view shows rows that satisfy its condition, so those that are changed do. Those that are left behind need not,
//! unless CHECK OPTION says so: a row that does not pass makes the statement fail.

use super::analysis::{Analysis, Entry, Level, unfollowed};
use super::formula::Formula;
use super::lower::Truth;
use super::node::{Output, Stack, What};
use super::query::sees_rows_apart;
use super::term::{RowId, Term, TermId};
use super::trigger::{Change, Event, Target};
use super::write::{changed, place};
use crate::catalog::{Catalog, Kind, Relation};
use crate::pg::{Ident, Name};
use crate::query::{
    Assignment, Body, ColumnTarget, Delete, ExprKind, FromItem, FromKind, Insert, InsertSource, Query, Select,
    Target as Named, Update,
};
use crate::rules::Rule;
use crate::rules::scope::{unscoped_delete, unscoped_update};
use crate::scope::effects::Runs;
use crate::scope::{Context, Hole};
use crate::source::Span;
use crate::statement::object::trigger::{CreateTrigger, TriggerEvent, TriggerTiming};
use crate::statement::relation::{CheckOption, Firing};

/// How deep views stand on views.
const DEPTH: usize = 16;

/// The row of a table that a view shows.
pub(super) struct Through<'a> {
    /// The row.
    pub(super) row: RowId,
    /// Its table.
    pub(super) base: &'a Relation,
    /// The columns of the view.
    columns: Vec<Shown>,
    /// The conditions of the views, outermost first.
    levels: Vec<Check<'a>>,
}

/// A column of a view.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    name: Ident,
    term: TermId,
    /// The column of the table that it is.
    base: Option<Ident>,
}

/// The condition of a view, which new rows may have to satisfy.
pub(super) struct Check<'a> {
    option: Option<CheckOption>,
    select: &'a Select,
    alias: Option<Ident>,
    /// The columns that the condition sees.
    columns: Vec<Shown>,
}

/// Names the table that a simple view shows, or the relation itself.
pub(super) fn base_of(catalog: &Catalog, name: &Name) -> Name {
    let mut name = name.clone();
    for _ in 0..DEPTH {
        let view = catalog.relation(&name).filter(|relation| relation.kind == Kind::View);
        let Some((select, item)) = view.and_then(|view| simple(&view.view.as_deref()?.query)) else { break };
        let (FromKind::Table { name: below, .. }, _) = (&item.kind, select) else { break };
        name = Name { span: name.span, ..below.clone() };
    }
    name
}

/// The one relation of a query that PostgreSQL can write through.
fn simple(query: &Query) -> Option<(&Select, &FromItem)> {
    let Body::Select(select) = &query.body else { return None };
    let [item] = select.from.as_slice() else { return None };
    let is_plain = matches!(&item.kind, FromKind::Table { sample: None, .. });
    (is_plain && sees_rows_apart(query, select)).then_some((select, item))
}

/// Says whether a trigger stands in for a write to a view.
pub(super) fn is_replaced(relation: &Relation, event: &Event) -> bool {
    relation.triggers.values().any(|trigger| {
        trigger.definition.timing == TriggerTiming::InsteadOf
            && matches!(trigger.firing, Firing::Enable | Firing::EnableAlways)
            && event.fires(&trigger.definition)
    })
}

impl<'a> Analysis<'a> {
    /// Reads UPDATE of a view.
    pub(super) fn update_view(&mut self, view: &'a Relation, update: &Update) -> Result<(), Hole> {
        let place = place(&update.target.name, &unscoped_update::RULE);
        if is_replaced(view, &Event::Update(changed(&update.set))) {
            let old = self.replaced_rows(view, &update.target)?;
            update.from.iter().try_for_each(|item| self.from(item, &Stack::new()))?;
            self.filter(&update.filter)?;
            self.replaced_update(view, &update.set, old, place)?;
            return self.returning(&update.returning);
        }
        let through = self.written_view(&update.target, &unscoped_update::RULE)?;
        update.from.iter().try_for_each(|item| self.from(item, &Stack::new()))?;
        self.filter(&update.filter)?;
        let set = self.mapped(&update.set, &through, update.target.name.span)?;
        let new = self.assign((through.row, through.base), &set, place, through.levels())?;
        self.renew_view(&through, &new);
        self.returning(&update.returning)
    }

    /// Reads DELETE of a view.
    pub(super) fn delete_view(&mut self, view: &'a Relation, delete: &Delete) -> Result<(), Hole> {
        let place = place(&delete.target.name, &unscoped_delete::RULE);
        let is_replaced = is_replaced(view, &Event::Delete);
        let (old, through) = match is_replaced {
            true => (Some(self.replaced_rows(view, &delete.target)?), None),
            false => (None, Some(self.written_view(&delete.target, &unscoped_delete::RULE)?)),
        };
        delete.using.iter().try_for_each(|item| self.from(item, &Stack::new()))?;
        self.filter(&delete.filter)?;
        match through {
            Some(through) => self.removed((through.row, through.base), place)?,
            None => self.replaced((view, Event::Delete), (old, None), place)?,
        }
        self.returning(&delete.returning)
    }

    /// Returns the view that a name means.
    pub(super) fn view(&self, name: &Name) -> Option<&'a Relation> {
        self.catalog().relation(name).filter(|relation| relation.kind == Kind::View && relation.view.is_some())
    }

    /// Reads the row of a table that a view shows, and makes it visible.
    pub(super) fn written_view(&mut self, target: &Named, rule: &'static Rule) -> Result<Through<'a>, Hole> {
        let name = &target.name;
        let through =
            self.placed(name.span, |analysis| analysis.outside_of_all(|analysis| analysis.through(name, rule, 0)))?;
        self.show(view_entry(target, &through.columns));
        Ok(through)
    }

    fn through(&mut self, name: &Name, rule: &'static Rule, depth: usize) -> Result<Through<'a>, Hole> {
        let Some(relation) = self.view(name).filter(|_| depth < DEPTH) else {
            return Err(unfollowed(name.span, &format!("what `{name}` shows")));
        };
        self.order.look_up(name.span)?;
        self.on_path(name)?;
        crate::scope::owner::undoubted(self.context, name)?;
        without_rules(self.context, relation, name.span)?;
        let instead = relation.triggers.values().any(|found| found.definition.timing == TriggerTiming::InsteadOf);
        if depth > 0 && instead || relation.columns.iter().any(|column| column.default.is_some()) {
            return Err(unfollowed(name.span, &format!("what a write through `{}` does", relation.name.last())));
        }
        let cannot = || unfollowed(name.span, &format!("a write to the view `{}`", relation.name.last()));
        let view = relation.view.as_deref().ok_or_else(cannot)?;
        let (select, item) = simple(&view.query).ok_or_else(cannot)?;
        let FromKind::Table { name: below, alias, .. } = &item.kind else { return Err(cannot()) };
        let mut inner = match self.view(below) {
            Some(_) => self.through(below, rule, depth + 1)?,
            None => self.shown_table(below, rule)?,
        };
        if let Some(alias) = alias {
            for (shown, name) in inner.columns.iter_mut().zip(&alias.columns) {
                shown.name = name.clone();
            }
        }
        let visible = alias.as_ref().and_then(|alias| alias.name.clone()).unwrap_or_else(|| below.last().clone());
        let entry = Entry { row: Some(inner.row), ..entry_of(Some(visible.clone()), &inner.columns) };
        self.levels.push(Level { entries: vec![entry], ..Level::default() });
        let read = self.shown(select, &inner.columns);
        self.levels.pop();
        let mut columns = read?;
        for (shown, name) in columns.iter_mut().zip(&view.columns) {
            shown.name = name.clone();
        }
        let option = view.check_option;
        let mut levels = vec![Check { option, select, alias: Some(visible), columns: inner.columns }];
        levels.extend(inner.levels);
        Ok(Through { row: inner.row, base: inner.base, columns, levels })
    }

    fn shown_table(&mut self, name: &Name, rule: &'static Rule) -> Result<Through<'a>, Hole> {
        let (row, base) = self.relation(name, &Stack::new(), (What::Written, rule))?;
        if !base.is_known_table() || self.filled(name).is_some() {
            return Err(unfollowed(name.span, &format!("which columns `{name}` has")));
        }
        let columns = self.columns_of(base, row).into_iter();
        let columns =
            columns.map(|column| Shown { base: Some(column.name.clone()), name: column.name, term: column.term });
        Ok(Through { row, base, columns: columns.collect(), levels: Vec::new() })
    }

    /// Reads a view's condition and its columns.
    fn shown(&mut self, select: &Select, inner: &[Shown]) -> Result<Vec<Shown>, Hole> {
        if let Some(filter) = &select.filter {
            let held = self.filters_by(filter)?;
            self.fact(&Stack::new(), held);
        }
        let mut columns = Vec::new();
        for item in &select.items {
            let named =
                |name: &Ident| inner.iter().find(|shown| shown.name == *name).and_then(|shown| shown.base.clone());
            let own = match &item.expr.kind {
                ExprKind::Column(parts) => parts.last().and_then(named),
                _ => None,
            };
            let is_star = matches!(item.expr.kind, ExprKind::Star(_));
            for output in self.returned(std::slice::from_ref(item))? {
                let base = if is_star { named(&output.name) } else { own.clone() };
                columns.push(Shown { name: output.name, term: output.term, base });
            }
        }
        Ok(columns)
    }

    /// What holds of a new row that passes the conditions of CHECK OPTION.
    pub(super) fn passes(&mut self, levels: &[Check<'a>], new: &[Output]) -> Result<Formula, Hole> {
        let mut held = Formula::True;
        let mut cascades = false;
        for check in levels {
            // LOCAL leaves the views below to what they say themselves, and CASCADED does not.
            cascades |= check.option == Some(CheckOption::Cascaded);
            if !cascades && check.option.is_none() {
                continue;
            }
            let Some(filter) = &check.select.filter else { continue };
            let columns = check.columns.iter().map(|shown| {
                let own = shown.base.as_ref().and_then(|base| new.iter().find(|column| column.name == *base));
                Shown { term: own.map_or_else(|| self.terms.fresh(), |own| own.term), ..shown.clone() }
            });
            let columns: Vec<Shown> = columns.collect();
            let entry = entry_of(check.alias.clone(), &columns);
            let passes = self.outside_of_all(|analysis| {
                analysis.levels.push(Level { entries: vec![entry], ..Level::default() });
                let held = analysis.holds(filter, Truth::True);
                analysis.levels.pop();
                held
            });
            held = held.and(passes?);
        }
        Ok(held)
    }

    /// Gives what is assigned to columns of a view to those of its table.
    pub(super) fn mapped(
        &self,
        set: &[Assignment],
        through: &Through<'a>,
        span: Span,
    ) -> Result<Vec<Assignment>, Hole> {
        let place = |target: &ColumnTarget| match through.column(&target.name) {
            Some(name) => Ok(ColumnTarget { name, ..target.clone() }),
            None => Err(unfollowed(span, &format!("the column `{}` of the view", target.name))),
        };
        let mapped = set.iter().map(|assignment| match assignment {
            Assignment::Single(target, value) => Ok(Assignment::Single(place(target)?, value.clone())),
            Assignment::Multiple(targets, value) => {
                Ok(Assignment::Multiple(targets.iter().map(place).collect::<Result<_, _>>()?, value.clone()))
            }
        });
        mapped.collect()
    }

    /// Lets the columns of a view be what they are after a write.
    pub(super) fn renew_view(&mut self, through: &Through<'a>, new: &[Output]) {
        let terms: Vec<TermId> = through
            .columns
            .iter()
            .map(|shown| {
                let own = shown.base.as_ref().and_then(|base| new.iter().find(|column| column.name == *base));
                own.map_or_else(|| self.terms.fresh(), |own| own.term)
            })
            .collect();
        let entry = self.levels.last_mut().and_then(|level| level.entries.first_mut());
        for (output, term) in entry.into_iter().flat_map(|entry| &mut entry.columns).zip(terms) {
            output.term = term;
        }
    }

    /// The table that an INSERT into a view goes to, with the columns and conditions of the view.
    pub(super) fn inserted_view(&mut self, insert: &Insert, rule: &'static Rule) -> Result<Through<'a>, Hole> {
        let name = &insert.target.name;
        let is_more = insert
            .on_conflict
            .as_ref()
            .is_some_and(|conflict| matches!(conflict.action, crate::query::ConflictAction::Update { .. }));
        if is_more || insert.overriding.is_some() {
            return Err(unfollowed(name.span, "such an INSERT into a view"));
        }
        // No row that is there is looked at.
        self.begin();
        let through =
            self.placed(name.span, |analysis| analysis.outside_of_all(|analysis| analysis.through(name, rule, 0)));
        self.open.pop();
        through
    }

    /// Lets a trigger do what a statement would do with the rows of a view.
    pub(super) fn replaced(
        &mut self,
        (relation, event): (&'a Relation, Event),
        (old, new): (Option<Vec<Output>>, Option<Vec<Output>>),
        target: Target,
    ) -> Result<(), Hole> {
        without_rules(self.context, relation, target.span)?;
        let row = old.map(|columns| self.standing(relation, columns));
        let change = Change { relation, event, old: row, new, target };
        self.writes += 1;
        self.instead(&change)?;
        self.after(&change)
    }

    /// Reads the rows of a view that a trigger is given, and makes them visible.
    pub(super) fn replaced_rows(&mut self, relation: &'a Relation, target: &Named) -> Result<Vec<Output>, Hole> {
        let alias = crate::query::Alias {
            name: Some(target.alias.as_ref().unwrap_or(target.name.last()).clone()),
            ..crate::query::Alias::default()
        };
        self.view_rows(relation, (&target.name, Some(&alias)), &Stack::new())?;
        Ok(self
            .levels
            .last()
            .and_then(|level| level.entries.last())
            .map(|entry| entry.columns.clone())
            .unwrap_or_default())
    }

    /// Fires a trigger for any row of a view that says whose it is.
    pub(super) fn any_replacement(
        &mut self,
        trigger: &'a CreateTrigger,
        relation: &'a Relation,
        tenant: TermId,
    ) -> Result<(), Hole> {
        let span = trigger.function.span;
        let target = Target { relation: relation.name.clone(), span, rule: &unscoped_update::RULE };
        for event in &trigger.events {
            let row = |analysis: &mut Self| {
                let columns = relation.columns.iter().map(|column| {
                    let term = analysis.terms.fresh();
                    if analysis.context.tenancy.tenant_columns.contains(&column.name) {
                        analysis.fact(&Stack::new(), Formula::equal(term, tenant));
                    }
                    Output { name: column.name.clone(), term }
                });
                columns.collect::<Vec<_>>()
            };
            let (old, new) = (row(self), row(self));
            let all = relation.columns.iter().map(|column| column.name.clone()).collect();
            let rows = match event {
                TriggerEvent::Insert => (Event::Insert, None, Some(new)),
                TriggerEvent::Delete => (Event::Delete, Some(old), None),
                TriggerEvent::Update(_) => (Event::Update(all), Some(old), Some(new)),
                TriggerEvent::Truncate => continue,
            };
            let (event, old, new) = rows;
            let old = old.map(|columns| self.standing(relation, columns));
            self.fire(trigger, &Change { relation, event, old, new, target: target.clone() })?;
        }
        Ok(())
    }

    /// A row with these columns.
    fn standing(&mut self, relation: &'a Relation, columns: Vec<Output>) -> RowId {
        let row = self.rows.coming(&mut self.terms, relation);
        for column in columns {
            let own = self.terms.id(Term::Column(row, column.name));
            self.fact(&Stack::new(), Formula::Same(own, column.term));
        }
        row
    }

    /// UPDATE of a view by a trigger.
    pub(super) fn replaced_update(
        &mut self,
        relation: &'a Relation,
        set: &[Assignment],
        old: Vec<Output>,
        target: Target,
    ) -> Result<(), Hole> {
        let assigned = self.assigned(relation, set)?;
        let new = old.iter().map(|column| {
            let term = match assigned.iter().find(|(name, _)| *name == column.name) {
                Some((_, Some(term))) => *term,
                Some((_, None)) => self.terms.fresh(),
                None => column.term,
            };
            Output { name: column.name.clone(), term }
        });
        let new = new.collect();
        self.replaced((relation, Event::Update(changed(set))), (Some(old), Some(new)), target)?;
        self.forget_view();
        Ok(())
    }

    /// INSERT into a view by a trigger.
    pub(super) fn replaced_insert(
        &mut self,
        relation: &'a Relation,
        insert: &Insert,
        target: Target,
    ) -> Result<(), Hole> {
        let names: Vec<Ident> = match insert.columns.is_empty() {
            true => relation.columns.iter().map(|column| column.name.clone()).collect(),
            false => insert.columns.iter().map(|column| column.name.clone()).collect(),
        };
        let values = match &insert.source {
            InsertSource::DefaultValues => Vec::new(),
            InsertSource::Query(query) => self.inserted(query, relation, &names)?,
        };
        let given: Vec<(Ident, TermId)> = names.into_iter().zip(values).collect();
        let mut new = Vec::new();
        for column in &relation.columns {
            let term = match given.iter().find(|(name, _)| *name == column.name) {
                Some((_, term)) => *term,
                None => self.terms.fresh(),
            };
            new.push(Output { name: column.name.clone(), term });
        }
        let named = Named { name: insert.target.name.clone(), only: false, alias: insert.target.alias.clone() };
        let shown = new.iter().map(|column| Shown { name: column.name.clone(), term: column.term, base: None });
        let entry = view_entry(&named, &shown.collect::<Vec<_>>());
        self.replaced((relation, Event::Insert), (None, Some(new)), target)?;
        self.show(entry);
        self.forget_view();
        Ok(())
    }

    /// A trigger may return another row than it was given.
    fn forget_view(&mut self) {
        let Analysis { levels, terms, .. } = self;
        let entry = levels.last_mut().and_then(|level| level.entries.first_mut());
        for output in entry.into_iter().flat_map(|entry| &mut entry.columns) {
            output.term = terms.unknown();
        }
    }
}

impl<'a> Through<'a> {
    /// Returns the conditions of the views, outermost first.
    pub(super) fn levels(&self) -> &[Check<'a>] {
        &self.levels
    }

    /// Returns the column of the table that a column of the view is.
    pub(super) fn column(&self, name: &Ident) -> Option<Ident> {
        self.columns.iter().find(|shown| shown.name == *name)?.base.clone()
    }

    /// Returns the names of the view's columns.
    pub(super) fn names(&self) -> Vec<Ident> {
        self.columns.iter().map(|shown| shown.name.clone()).collect()
    }

    /// Makes the entry of the view for a row with these columns.
    pub(super) fn entry(&self, target: &Named, row: &[Output], unknown: TermId) -> Entry {
        let columns = self.columns.iter().map(|shown| {
            let own = shown.base.as_ref().and_then(|base| row.iter().find(|column| column.name == *base));
            Shown { term: own.map_or(unknown, |own| own.term), ..shown.clone() }
        });
        view_entry(target, &columns.collect::<Vec<_>>())
    }
}

fn view_entry(target: &Named, columns: &[Shown]) -> Entry {
    let schema = if target.alias.is_none() { target.name.schema().cloned() } else { None };
    let alias = target.alias.as_ref().unwrap_or(target.name.last()).clone();
    Entry { schema, ..entry_of(Some(alias), columns) }
}

fn entry_of(alias: Option<Ident>, columns: &[Shown]) -> Entry {
    let columns = columns.iter().map(|shown| Output { name: shown.name.clone(), term: shown.term });
    Entry {
        alias,
        schema: None,
        columns: columns.collect(),
        complete: true,
        merged: Vec::new(),
        stack: Stack::new(),
        row: None,
    }
}

/// What a rule puts in the place of a write is not followed.
fn without_rules(context: &Context<'_>, relation: &Relation, span: Span) -> Result<(), Hole> {
    let mut hooks = context.effects.hooks(relation).iter();
    match hooks.find(|hook| hook.runs == Runs::Rule) {
        Some(hook) => {
            let name = relation.name.last();
            Err(unfollowed(span, &format!("what rule `{}` on `{name}` puts in the place of the write", hook.name)))
        }
        None => Ok(()),
    }
}
