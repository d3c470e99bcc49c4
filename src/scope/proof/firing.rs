//! What a trigger's function finds: the rows, the event, and the tables of all rows that were written.

use super::analysis::{Analysis, Binding, Means, unfollowed};
use super::formula::Formula;
use super::node::{Output, Stack};
use super::row::Owner;
use super::term::{Term, TermId};
use super::trigger::Change;
use super::variables::{Variable, Variables};
use crate::catalog::Relation;
use crate::pg::{Ident, Name};
use crate::scope::Hole;
use crate::statement::object::trigger::{CreateTrigger, RowVersion, TriggerLevel, TriggerTiming};

impl<'a> Analysis<'a> {
    /// The variables that a trigger's function finds.
    pub(super) fn trigger_variables(
        &mut self,
        trigger: &CreateTrigger,
        change: &Change<'a>,
    ) -> Result<Variables, Hole> {
        let mut variables = Variables::of_body(Vec::new());
        let (mut old, mut new) = (None, None);
        if trigger.level == TriggerLevel::Row {
            old = change.old.map(|row| self.columns_of(change.relation, row));
            new = match (&change.new, trigger.timing) {
                (Some(columns), TriggerTiming::After) => Some(self.landed(change.relation, columns)),
                (columns, _) => columns.clone(),
            };
        }
        for (name, row) in [("old", old), ("new", new)] {
            let columns = match row {
                Some(columns) => columns,
                // Each of its columns is NULL.
                None => {
                    let names: Vec<Ident> = change.relation.columns.iter().map(|column| column.name.clone()).collect();
                    names.into_iter().map(|name| Output { name, term: self.nothing() }).collect()
                }
            };
            variables.row(Ident::exact(name), columns);
        }
        let level = if trigger.level == TriggerLevel::Row { "ROW" } else { "STATEMENT" };
        let timing = trigger.timing.to_string();
        let texts = [
            ("tg_op", change.event.word()),
            ("tg_when", timing.as_str()),
            ("tg_level", level),
            ("tg_name", trigger.name.as_str()),
        ];
        for (name, text) in texts {
            let constant = self.terms.id(Term::Constant(format!("'{}'", text.replace('\'', "''"))));
            variables.set(Ident::exact(name), Variable::Scalar(constant.into()));
        }
        if self.catalog().descendants(&change.relation.name).is_empty() && change.relation.parents.is_empty() {
            let mut names = vec![("tg_table_name", change.relation.name.last())];
            names.extend(change.relation.name.schema().map(|schema| ("tg_table_schema", schema)));
            for (name, text) in names {
                let text = text.as_str().replace('\'', "''");
                let constant = self.terms.id(Term::Constant(format!("'{text}'")));
                variables.set(Ident::exact(name), Variable::Scalar(constant.into()));
            }
        }
        Ok(variables)
    }

    /// A value that is NULL.
    fn nothing(&mut self) -> TermId {
        let term = self.terms.fresh();
        self.fact(&Stack::new(), Formula::Null(term));
        term
    }

    /// A row that stands in its relation now, with all that its keys promise.
    fn landed(&mut self, relation: &'a Relation, columns: &[Output]) -> Vec<Output> {
        let tenancy = (self.context.catalog, self.context.tenancy);
        let row = self.rows.add(&mut self.terms, tenancy, relation);
        self.rows.owner(&mut self.terms, tenancy, row);
        let own = self.columns_of(relation, row);
        let mut shown = Vec::new();
        for column in own {
            let given = columns.iter().find(|given| given.name == column.name).map_or(column.term, |given| given.term);
            self.fact(&Stack::new(), Formula::Same(column.term, given));
            // What the statement left alone is seen to be the same as before.
            shown.push(Output { term: given, ..column });
        }
        shown
    }

    /// The transition tables of a trigger, as names of queries.
    pub(super) fn transitions(
        &mut self,
        trigger: &CreateTrigger,
        change: &Change<'a>,
        tenant: Option<TermId>,
    ) -> Vec<Binding> {
        self.gathers |= !trigger.transitions.is_empty();
        let there = trigger.transitions.iter().filter(|transition| match transition.version {
            RowVersion::Old => change.old.is_some(),
            RowVersion::New => change.new.is_some(),
        });
        let bindings = there.map(|transition| Binding {
            name: transition.name.clone(),
            means: Means::Written(change.relation.name.clone(), tenant),
            depth: (0, 0),
        });
        bindings.collect()
    }

    /// One of the rows that a statement wrote: it is the tenant's, as all of them have to be.
    pub(super) fn written_rows(
        &mut self,
        name: &Name,
        tenant: Option<TermId>,
        stack: &Stack,
    ) -> Result<Vec<Output>, Hole> {
        let missing = || unfollowed(name.span, &format!("what `{name}` is"));
        let relation = self.catalog().relation(name).ok_or_else(missing)?;
        let tenancy = (self.context.catalog, self.context.tenancy);
        let row = self.rows.add(&mut self.terms, tenancy, relation);
        match (self.rows.owner(&mut self.terms, tenancy, row), tenant) {
            (Some(Owner::Tenant(own)), Some(tenant)) => self.fact(stack, Formula::equal(own, tenant)),
            (Some(Owner::Nobody), _) => {}
            _ => return Err(unfollowed(name.span, &format!("whose the rows of `{name}` are"))),
        }
        Ok(self.columns_of(relation, row))
    }
}
