//! Triggers: their functions are read with the rows that fire them.
//!
//! What fires a trigger that another one set off is read for any rows of the tenant, so that a second round of the same
//! trigger says nothing new.

use super::analysis::{Analysis, Level, unfollowed};
use super::formula::Formula;
use super::node::{Child, Demand, Output, Runs, Stack, What};
use super::routine::{Because, Entered, Returned};
use super::row::Owner;
use super::term::{RowId, Term, TermId};
use super::variables::{Variable, Variables};
use crate::catalog::{Generated, Kind, Relation};
use crate::pg::{Ident, Name};
use crate::rules::Rule;
use crate::rules::scope::unscoped_update;
use crate::scope::{Designator, Hole};
use crate::source::Span;
use crate::statement::object::trigger::{CreateTrigger, TriggerEvent, TriggerLevel, TriggerTiming};
use crate::statement::relation::Firing;

/// A relation whose row a trigger returns.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// The relation, by its own name.
    pub(super) relation: Name,
    /// The place of the write.
    pub(super) span: Span,
    /// The rule that reports a row that becomes another tenant's.
    pub(super) rule: &'static Rule,
}

/// What happens to the rows of a relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// They come.
    Insert,
    /// These columns are assigned.
    Update(Vec<Ident>),
    /// They go.
    Delete,
    /// All go at once.
    Truncate,
}

/// A row that is written, as triggers and foreign keys see it.
#[derive(Clone, Debug)]
pub(super) struct Change<'a> {
    /// The relation.
    pub(super) relation: &'a Relation,
    /// What is done.
    pub(super) event: Event,
    /// The row as it was.
    pub(super) old: Option<RowId>,
    /// Its columns as they will be.
    pub(super) new: Option<Vec<Output>>,
    /// Where it stands, and what reports it.
    pub(super) target: Target,
}

impl Event {
    /// PostgreSQL's word.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Event::Insert => "INSERT",
            Event::Update(_) => "UPDATE",
            Event::Delete => "DELETE",
            Event::Truncate => "TRUNCATE",
        }
    }

    pub(super) fn fires(&self, trigger: &CreateTrigger) -> bool {
        trigger.events.iter().any(|event| match (event, self) {
            (TriggerEvent::Insert, Event::Insert)
            | (TriggerEvent::Delete, Event::Delete)
            | (TriggerEvent::Truncate, Event::Truncate) => true,
            (TriggerEvent::Update(of), Event::Update(columns)) => {
                of.is_empty() || of.iter().any(|column| columns.contains(column))
            }
            _ => false,
        })
    }
}

impl Change<'_> {
    /// Says whether it fires a trigger; what is computed may change with any column.
    fn fires(&self, trigger: &CreateTrigger) -> bool {
        let is_computed = |name: &Ident| {
            self.relation.column(name).is_some_and(|column| matches!(column.generated, Some(Generated::Expression(..))))
        };
        let of_computed =
            |event: &TriggerEvent| matches!(event, TriggerEvent::Update(of) if of.iter().any(is_computed));
        let is_update = matches!(self.event, Event::Update(_));
        self.event.fires(trigger) || is_update && trigger.events.iter().any(of_computed)
    }
}

/// The triggers that a change fires, in the order of their names, and whether each fires for all rows.
fn triggers<'a>(
    catalog: &'a crate::catalog::Catalog,
    change: &Change<'_>,
    level: TriggerLevel,
    timing: TriggerTiming,
) -> Vec<(&'a CreateTrigger, bool)> {
    let name = &change.relation.name;
    let members: Vec<&'a Relation> = match level {
        TriggerLevel::Statement => catalog.relation(name).into_iter().collect(),
        // Those of a table that is divided fire for the rows of its partitions.
        TriggerLevel::Row => {
            let family = catalog.relation(name).map(|relation| catalog.family(relation)).unwrap_or_default();
            let fires = |member: &&Relation| {
                member.name == *name || member.kind == Kind::Partitioned || catalog.is_below(&member.name, name)
            };
            family.into_iter().filter(fires).collect()
        }
    };
    let holds = |member: &Relation| level == TriggerLevel::Statement || member.kind != Kind::Partitioned;
    let holders = members.iter().filter(|member| holds(member)).count();
    let mut found: Vec<(&'a CreateTrigger, usize)> = Vec::new();
    for member in members {
        for trigger in member.triggers.values() {
            let definition: &'a CreateTrigger = &trigger.definition;
            let fires = matches!(trigger.firing, Firing::Enable | Firing::EnableAlways);
            if !fires || definition.level != level || definition.timing != timing || !change.fires(definition) {
                continue;
            }
            let is_copy = |(known, _): &&mut (&CreateTrigger, usize)| {
                known.name == definition.name
                    && known.function == definition.function
                    && known.condition == definition.condition
                    && known.arguments == definition.arguments
            };
            match found.iter_mut().find(is_copy) {
                Some((_, count)) => *count += usize::from(holds(member)),
                None => found.push((definition, usize::from(holds(member)))),
            }
        }
    }
    found.sort_by(|left, right| left.0.name.cmp(&right.0.name));
    found.into_iter().map(|(trigger, count)| (trigger, count == holders)).collect()
}

/// The values of the row that a change does not have.
fn absent(change: &Change<'_>, variables: &Variables) -> Vec<TermId> {
    let name = match change.event {
        Event::Insert => "old",
        Event::Delete => "new",
        Event::Update(_) | Event::Truncate => return Vec::new(),
    };
    match variables.get(&Ident::exact(name)) {
        Some(Variable::Record(columns)) => columns.iter().map(|column| column.term).collect(),
        _ => Vec::new(),
    }
}

impl<'a> Analysis<'a> {
    /// Fires what runs before a row is written, and lets the row be what it makes of it.
    pub(super) fn before(&mut self, change: &mut Change<'a>) -> Result<(), Hole> {
        for (trigger, always) in triggers(self.catalog(), change, TriggerLevel::Row, TriggerTiming::Before) {
            let rows = self.fire(trigger, change)?;
            let Some(new) = &change.new else { continue };
            let mut ways: Vec<Vec<Output>> = rows.into_iter().flatten().collect();
            if !always || trigger.condition.is_some() {
                ways.push(new.clone());
            }
            let made = new.iter().map(|output| self.one_of(output, &ways)).collect();
            change.new = Some(made);
        }
        Ok(())
    }

    /// Fires what stands in for a write to a view.
    pub(super) fn instead(&mut self, change: &Change<'a>) -> Result<(), Hole> {
        for (trigger, _) in triggers(self.catalog(), change, TriggerLevel::Row, TriggerTiming::InsteadOf) {
            self.fire(trigger, change)?;
        }
        Ok(())
    }

    /// The value of a column that is one of several.
    fn one_of(&mut self, column: &Output, ways: &[Vec<Output>]) -> Output {
        let term = |way: &Vec<Output>| way.iter().find(|output| output.name == column.name).map(|output| output.term);
        let mut terms: Vec<Option<TermId>> = ways.iter().map(term).collect();
        terms.sort();
        terms.dedup();
        let term = match terms.as_slice() {
            [] => column.term,
            [Some(only)] => *only,
            all => {
                let own = if all.contains(&None) { self.terms.unknown() } else { self.terms.fresh() };
                let ways = all.iter().map(|term| term.map_or(Formula::True, |term| Formula::Same(own, term)));
                let held = Formula::any(ways.collect::<Vec<_>>());
                self.fact(&Stack::new(), held);
                own
            }
        };
        Output { name: column.name.clone(), term }
    }

    /// Fires what runs once a row is written, and what runs once for the statement.
    pub(super) fn after(&mut self, change: &Change<'a>) -> Result<(), Hole> {
        for (trigger, _) in triggers(self.catalog(), change, TriggerLevel::Row, TriggerTiming::After) {
            self.fire(trigger, change)?;
        }
        for timing in [TriggerTiming::Before, TriggerTiming::After] {
            for (trigger, _) in triggers(self.catalog(), change, TriggerLevel::Statement, timing) {
                self.fire(trigger, change)?;
            }
        }
        Ok(())
    }

    /// Reads the function of a trigger; returns the rows that it may return.
    pub(super) fn fire(
        &mut self,
        trigger: &'a CreateTrigger,
        change: &Change<'a>,
    ) -> Result<Vec<Option<Vec<Output>>>, Hole> {
        if let Some(rows) = self.builtin(trigger, change) {
            return Ok(rows);
        }
        let key = format!("{} ON {} {}", trigger.name, change.relation.name, change.event.word());
        // What another trigger set off.
        let for_any = self.entered.iter().any(|entered| entered.because != Because::Called);
        if self.entered.iter().any(|entered| entered.key == key && entered.because == Because::AnyRow) {
            // It was read for any rows of the tenant already.
            let kept = self.kept(change, None, change.new.clone());
            return Ok(vec![kept]);
        }
        let tenant = self.tenant_of_change(change);
        let nodes = self.nodes.len();
        self.begin();
        let read = self.fired(trigger, change, (key, for_any), tenant);
        match read {
            Ok(rows) => {
                let node = self.end()?;
                // What runs once for the statement meets the rows of all tenants that the statement meets.
                let meets = self.nodes.iter().skip(nodes).any(|node| !node.demands.is_empty());
                self.gathers |= trigger.level == TriggerLevel::Statement && meets;
                let runs = match trigger.level {
                    TriggerLevel::Row => Runs::ForRows,
                    TriggerLevel::Statement => Runs::Once(tenant),
                };
                self.block().children.push(Child { node, stack: Stack::new(), links: Vec::new(), runs });
                Ok(rows)
            }
            Err(hole) => {
                self.open.pop();
                let message =
                    format!("trigger `{}` on `{}`: {}", trigger.name, change.relation.name.last(), hole.message);
                Err(Hole { message, span: change.target.span, ..hole })
            }
        }
    }

    /// Fires a trigger for any row of a tenant.
    pub(super) fn any_firing(&mut self, trigger: &'a CreateTrigger) -> Result<(), Hole> {
        let name = &trigger.relation;
        let missing = || unfollowed(name.span, &format!("what `{name}` is"));
        let relation = self.catalog().relation(name).ok_or_else(missing)?;
        let tenant = self.fixed(Designator::LookedUp("the row's tenant".to_owned()));
        if relation.kind == Kind::View {
            return self.any_replacement(trigger, relation, tenant);
        }
        crate::scope::owner::tenant_of(self.context, name)?;
        let target =
            Target { relation: relation.name.clone(), span: trigger.function.span, rule: &unscoped_update::RULE };
        for event in &trigger.events {
            let row = self.any_row(relation, Some(tenant))?;
            let columns = self.any_columns(relation, Some(tenant));
            let (event, old, new) = match event {
                TriggerEvent::Insert => (Event::Insert, None, Some(columns)),
                TriggerEvent::Delete => (Event::Delete, Some(row), None),
                TriggerEvent::Update(_) => {
                    let all = relation.columns.iter().map(|column| column.name.clone()).collect();
                    (Event::Update(all), Some(row), Some(columns))
                }
                TriggerEvent::Truncate => (Event::Truncate, None, None),
            };
            if let Some(tenant) = old.and_then(|row| self.rows.tenant(row)) {
                // What becomes of a row has to stay with the tenant that it is of.
                let Target { relation, span, rule } = target.clone();
                let demand = Demand { stack: Stack::new(), tenant, what: What::Written, span, relation, rule };
                self.block().demands.push(demand);
            }
            let change = Change { relation, event, old, new, target: target.clone() };
            self.fire(trigger, &change)?;
        }
        Ok(())
    }

    fn fired(
        &mut self,
        trigger: &'a CreateTrigger,
        change: &Change<'a>,
        (key, for_any): (String, bool),
        tenant: Option<TermId>,
    ) -> Result<Vec<Option<Vec<Output>>>, Hole> {
        let moment = self.rows.moment;
        self.later();
        let given = change;
        let change = match for_any {
            true => self.any_of(change, tenant)?,
            false => change.clone(),
        };
        let variables = self.trigger_variables(trigger, &change)?;
        let absent = absent(&change, &variables);
        if let Some(condition) = &trigger.condition {
            let outer = std::mem::replace(&mut self.variables, variables.clone());
            let held = self.placed(change.target.span, |analysis| {
                analysis.outside_of_all(|analysis| {
                    analysis.levels.push(Level::default());
                    let held = analysis.filters_by(condition);
                    analysis.levels.pop();
                    held
                })
            });
            self.variables = outer;
            let held = held?;
            self.fact(&Stack::new(), held);
        }
        let create = self.routine(&trigger.function, 0)?;
        let span = change.target.span;
        let before = trigger.timing != TriggerTiming::After && trigger.level == TriggerLevel::Row;
        let target = (before && change.new.is_some()).then(|| change.target.clone());
        let bindings = self.transitions(trigger, &change, tenant);
        // By the time that it runs for a row, it may have changed that row for another one.
        self.later();
        let at = self.rows.moment;
        // A setting may have another value when the transaction ends.
        let is_deferrable = trigger.constraint.as_ref().is_some_and(|constraint| constraint.deferrable);
        let at_end = self.at_end;
        self.at_end |= is_deferrable;
        let rows = self.entering(key.clone(), create, span, |analysis, body| {
            if let Some(entered) = analysis.entered.last_mut() {
                *entered = Entered { key, because: if for_any { Because::AnyRow } else { Because::Row } };
            }
            analysis.ctes = bindings;
            analysis.returned = Returned { target, is_trigger: true, absent, ..Returned::default() };
            analysis.rows.moment = at;
            let node = analysis.body_in(body, variables)?;
            analysis.child(node, &Stack::new(), Vec::new());
            Ok(std::mem::take(&mut analysis.returned.rows))
        });
        (self.rows.moment, self.at_end) = (moment, at_end);
        let rows = rows?;
        Ok(match for_any {
            true => rows.into_iter().map(|row| self.kept(given, change.new.as_deref(), row)).collect(),
            false => rows,
        })
    }

    /// What a trigger that is read for any row makes of this one: what it leaves alone stays, and so does the tenant.
    fn kept(&mut self, given: &Change<'a>, any: Option<&[Output]>, row: Option<Vec<Output>>) -> Option<Vec<Output>> {
        let owners = self.owner_columns(given.relation);
        let same = |column: &Output| {
            any.is_some_and(|any| any.iter().any(|known| known.name == column.name && known.term == column.term))
        };
        let own = |name: &Ident| given.new.iter().flatten().find(|column| column.name == *name).map(|own| own.term);
        let columns = row?.into_iter().map(|column| {
            let stays = same(&column) || owners.contains(&column.name) && (any.is_none() || given.old.is_some());
            let term = own(&column.name).filter(|_| stays);
            Output { term: term.unwrap_or_else(|| self.terms.unknown()), name: column.name }
        });
        Some(columns.collect())
    }

    /// The tenant of the rows that are written.
    fn tenant_of_change(&mut self, change: &Change<'a>) -> Option<TermId> {
        let tenancy = (self.context.catalog, self.context.tenancy);
        if let Some(old) = change.old {
            return match self.rows.owner(&mut self.terms, tenancy, old) {
                Some(Owner::Tenant(tenant)) => Some(tenant),
                _ => None,
            };
        }
        let owners = self.owner_columns(change.relation);
        let [owner] = owners.as_slice() else { return None };
        let is_own = self.names_tenant(change.relation, owner);
        let new = change.new.iter().flatten().find(|output| output.name == *owner)?;
        is_own.then_some(new.term)
    }

    /// Any change of this kind to rows of this tenant.
    fn any_of(&mut self, change: &Change<'a>, tenant: Option<TermId>) -> Result<Change<'a>, Hole> {
        let mut any = change.clone();
        if change.old.is_some() {
            any.old = Some(self.any_row(change.relation, tenant)?);
        }
        if change.new.is_some() {
            any.new = Some(self.any_columns(change.relation, tenant));
        }
        Ok(any)
    }

    /// The columns of any row that is about to be, of this tenant: no key has been looked at yet.
    pub(super) fn any_columns(&mut self, relation: &Relation, tenant: Option<TermId>) -> Vec<Output> {
        let mut columns = Vec::new();
        for column in &relation.columns {
            let own = tenant.filter(|_| self.names_tenant(relation, &column.name));
            if let Some(tenant) = own {
                self.fact(&Stack::new(), Formula::equal(tenant, tenant));
            }
            let term = own.unwrap_or_else(|| self.terms.fresh());
            columns.push(Output { name: column.name.clone(), term });
        }
        columns
    }

    /// Any row of a relation, of this tenant.
    pub(super) fn any_row(&mut self, relation: &'a Relation, tenant: Option<TermId>) -> Result<RowId, Hole> {
        let tenancy = (self.context.catalog, self.context.tenancy);
        let row = self.rows.add(&mut self.terms, tenancy, relation);
        if let (Some(Owner::Tenant(own)), Some(tenant)) = (self.rows.owner(&mut self.terms, tenancy, row), tenant) {
            self.fact(&Stack::new(), Formula::equal(own, tenant));
        }
        Ok(row)
    }

    /// The columns of a row.
    pub(super) fn columns_of(&mut self, relation: &Relation, row: RowId) -> Vec<Output> {
        let columns = relation.columns.iter().map(|column| Output {
            name: column.name.clone(),
            term: self.terms.id(Term::Column(row, column.name.clone())),
        });
        columns.collect()
    }

    /// Takes note of the row that a trigger returns: it stands for the one that is written.
    pub(super) fn trigger_returns(&mut self, row: Option<Vec<Output>>) -> Result<(), Hole> {
        if let (Some(target), Some(columns)) = (self.returned.target.clone(), &row) {
            let relation = self.catalog().relation(&target.relation);
            let Some(relation) = relation else { return Ok(()) };
            if relation.kind != Kind::View {
                self.becomes(relation, columns, &target)?;
            }
        }
        self.returned.rows.push(row);
        Ok(())
    }

    /// Asks that a row with these columns is the tenant's.
    pub(super) fn becomes(&mut self, relation: &'a Relation, columns: &[Output], target: &Target) -> Result<(), Hole> {
        // That its tenant is not NULL is no fact about the rows that it was made of: where it is, the statement fails.
        let coming = self.rows.arriving(&mut self.terms, relation);
        for owner in self.owner_columns(relation) {
            let own = self.terms.id(Term::Column(coming, owner.clone()));
            let given = columns.iter().find(|column| column.name == owner).map(|column| column.term);
            let given = given.unwrap_or_else(|| self.terms.unknown());
            self.fact(&Stack::new(), Formula::Same(own, given));
        }
        let tenancy = (self.context.catalog, self.context.tenancy);
        self.rows.inserted(&self.terms, tenancy, (coming, relation), columns);
        match self.rows.owner(&mut self.terms, tenancy, coming) {
            Some(Owner::Tenant(tenant)) => {
                let Target { relation, span, rule } = target.clone();
                let demand = Demand { stack: Stack::new(), tenant, what: What::Given, span, relation, rule };
                self.block().demands.push(demand);
                Ok(())
            }
            Some(Owner::Nobody) => Ok(()),
            None => Err(unfollowed(target.span, &format!("whose the rows of `{}` are", target.relation))),
        }
    }

    /// Functions for triggers that PostgreSQL and its extensions bring along.
    fn builtin(&mut self, trigger: &CreateTrigger, change: &Change<'a>) -> Option<Vec<Option<Vec<Output>>>> {
        let known = self.context.effects.routines.is_known(trigger.function.last());
        let name = trigger.function.last().as_str();
        let assigned = match name {
            _ if known => return None,
            "suppress_redundant_updates_trigger" => None,
            "tsvector_update_trigger" | "moddatetime" => trigger.arguments.first(),
            _ => return None,
        };
        let mut rows = change.new.clone();
        for column in rows.iter_mut().flatten() {
            if assigned.is_some_and(|name| name == column.name.as_str()) {
                column.term = self.terms.fresh();
            }
        }
        Some(vec![rows])
    }
}
