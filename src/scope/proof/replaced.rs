//! Triggers that stand in for what is written to a view.

use super::analysis::Analysis;
use super::formula::Formula;
use super::node::{Output, Stack};
use super::term::{RowId, Term, TermId};
use super::trigger::{Change, Event, Target};
use super::view::{view_entry_of, without_rules};
use super::write::changed;
use crate::catalog::Relation;
use crate::pg::Ident;
use crate::query::{Assignment, Insert, InsertSource, Target as Named};
use crate::rules::scope::unscoped_update;
use crate::scope::Hole;
use crate::statement::object::trigger::{CreateTrigger, TriggerEvent};

impl<'a> Analysis<'a> {
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
        let entry = view_entry_of(&named, &new);
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
