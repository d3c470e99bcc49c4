//! What a write sets off: triggers, the actions of foreign keys, rows that move between partitions.
//!
//! An action is followed from any row of the tenant to the rows that refer to it, once for each foreign key and kind of
//! write: however far it goes, each step stays with the tenant.

use super::analysis::{Analysis, unfollowed};
use super::formula::Formula;
use super::node::{Demand, Output, Stack, What};
use super::rewritten::applying;
use super::row::Owner;
use super::term::{RowId, TermId};
use super::trigger::{Change, Event, Target};
use crate::catalog::{ConstraintKind, Relation};
use crate::pg::Ident;
use crate::scope::classes::{Class, classify};
use crate::scope::reach::{self, Write};
use crate::scope::{Context, Hole};
use crate::statement::object::rule::RuleEvent;
use crate::statement::relation::{Key, References, ReferentialAction};

/// How far actions are followed.
const STEPS: usize = 64;

impl<'a> Analysis<'a> {
    /// Follows what the change of a row sets off.
    pub(super) fn aftermath(&mut self, change: &Change<'a>) -> Result<(), Hole> {
        self.writes += 1;
        self.beside(change)?;
        self.after(change)?;
        if let Some(old) = change.old {
            self.actions(change, old)?;
            self.moved(change)?;
        }
        Ok(())
    }

    /// What runs beside a write and is not followed.
    fn beside(&self, change: &Change<'a>) -> Result<(), Hole> {
        let write = match &change.event {
            Event::Insert | Event::Update(_) => Write::Computed,
            Event::Delete | Event::Truncate => Write::Gone,
        };
        reach::beside(self.context, change.relation, &write, change.target.span)
    }

    /// A row whose partition key changes leaves one partition and comes into another.
    fn moved(&mut self, change: &Change<'a>) -> Result<(), Hole> {
        let Event::Update(_) = &change.event else { return Ok(()) };
        let family = self.catalog().family(change.relation);
        let keys = family.iter().filter_map(|member| member.partition_by.as_ref()).flat_map(|by| &by.elements);
        let stays = |name: &Ident| {
            let new = change.new.iter().flatten().find(|column| column.name == *name).map(|column| column.term);
            let old = change.old.map(|row| self.terms.find_column(row, name));
            matches!((new, old), (Some(new), Some(Some(old))) if new == old)
        };
        let mut is_changed = keys.map(|element| match &element.key {
            Key::Column(name) => !stays(name),
            Key::Expression(_) => true,
        });
        if !is_changed.any(|changed| changed) {
            return Ok(());
        }
        let mut gone = Change { event: Event::Delete, new: None, ..change.clone() };
        let mut comes = Change { event: Event::Insert, old: None, ..change.clone() };
        self.before(&mut gone)?;
        self.before(&mut comes)?;
        if let Some(columns) = comes.new.clone() {
            self.becomes(change.relation, &columns, &change.target)?;
        }
        self.after(&gone)?;
        self.after(&comes)?;
        match gone.old {
            // Before PostgreSQL 15 such a row counts as one that is deleted.
            Some(old) => self.actions(&gone, old),
            None => Ok(()),
        }
    }

    /// Follows the foreign keys that refer to a row that is changed, and those that refer to what they change.
    fn actions(&mut self, change: &Change<'a>, old: RowId) -> Result<(), Hole> {
        let tenant = match self.rows.owner(&mut self.terms, (self.context.catalog, self.context.tenancy), old) {
            Some(Owner::Tenant(tenant)) => Some(tenant),
            _ => None,
        };
        let mut seen: Vec<(crate::pg::Name, Option<Vec<Ident>>)> = Vec::new();
        let mut open: Vec<(&'a Relation, Event)> = vec![(change.relation, self.changed_event(change))];
        while let Some((parent, event)) = open.pop() {
            let key = (parent.name.clone(), columns_of(&event));
            if seen.contains(&key) {
                continue;
            }
            seen.push(key);
            if seen.len() > STEPS {
                return Err(unfollowed(change.target.span, "so many actions of foreign keys"));
            }
            for member in self.catalog().family(parent) {
                for (child, references, columns) in self.references_to(member) {
                    let Some(next) = self.action(&event, references, columns, member) else { continue };
                    self.acts((member, &event), (child, &next), (references, columns), tenant, &change.target)?;
                    open.push((child, next));
                }
            }
        }
        Ok(())
    }

    /// The columns that change, those that are computed from others included.
    fn changed_event(&self, change: &Change<'a>) -> Event {
        let Event::Update(_) = &change.event else { return change.event.clone() };
        let differs = |column: &&Output| {
            let old = change.old.and_then(|row| self.terms.find_column(row, &column.name));
            old != Some(column.term)
        };
        let columns = change.new.iter().flatten().filter(differs).map(|column| column.name.clone());
        Event::Update(columns.collect())
    }

    fn references_to(&self, parent: &Relation) -> Vec<(&'a Relation, &'a References, &'a [Ident])> {
        let all = self.catalog().references_to(&parent.name).into_iter();
        let found = all.filter_map(|(child, constraint)| match &constraint.kind {
            ConstraintKind::ForeignKey { columns, references } => Some((child, references, columns.as_slice())),
            _ => None,
        });
        found.collect()
    }

    /// What a foreign key does to the rows that refer, when it does something.
    fn action(&self, event: &Event, references: &References, columns: &[Ident], parent: &Relation) -> Option<Event> {
        let action = match event {
            Event::Insert | Event::Truncate => return None,
            Event::Delete => &references.on_delete,
            Event::Update(changed) => {
                let referenced = referenced(references, parent);
                if !referenced.iter().any(|column| changed.contains(column)) {
                    return None;
                }
                &references.on_update
            }
        };
        let some = |only: &[Ident]| if only.is_empty() { columns.to_vec() } else { only.to_vec() };
        match (action, event) {
            (ReferentialAction::NoAction | ReferentialAction::Restrict, _) => None,
            (ReferentialAction::Cascade, Event::Delete) => Some(Event::Delete),
            (ReferentialAction::Cascade, _) => Some(Event::Update(columns.to_vec())),
            (ReferentialAction::SetNull(only) | ReferentialAction::SetDefault(only), _) => {
                Some(Event::Update(some(only)))
            }
        }
    }

    /// Reads one action, from any row of the tenant to any row that refers to it.
    fn acts(
        &mut self,
        (parent, on): (&'a Relation, &Event),
        (child, event): (&'a Relation, &Event),
        (references, columns): (&'a References, &[Ident]),
        tenant: Option<TermId>,
        target: &Target,
    ) -> Result<(), Hole> {
        self.begin();
        let read = self.read_action((parent, on), (child, event), (references, columns), tenant, target);
        if let Err(hole) = read {
            self.open.pop();
            return Err(hole);
        }
        let node = self.end()?;
        self.child(node, &Stack::new(), Vec::new());
        Ok(())
    }

    fn read_action(
        &mut self,
        (parent, on): (&'a Relation, &Event),
        (child, event): (&'a Relation, &Event),
        (references, columns): (&'a References, &[Ident]),
        tenant: Option<TermId>,
        target: &Target,
    ) -> Result<(), Hole> {
        let above = self.any_row(parent, tenant)?;
        let tenancy = (self.context.catalog, self.context.tenancy);
        let row = self.rows.add(&mut self.terms, tenancy, child);
        let theirs = referenced(references, parent);
        let above_columns = self.columns_of(parent, above);
        let own_columns = self.columns_of(child, row);
        let find = |list: &[Output], name: &Ident| list.iter().find(|column| column.name == *name).map(|c| c.term);
        for (own, their) in columns.iter().zip(&theirs) {
            if let (Some(own), Some(their)) = (find(&own_columns, own), find(&above_columns, their)) {
                self.fact(&Stack::new(), Formula::equal(own, their));
            }
        }
        self.checked(child, row, &Stack::new());
        let target = Target { relation: child.name.clone(), ..target.clone() };
        match self.rows.owner(&mut self.terms, tenancy, row) {
            Some(Owner::Tenant(tenant)) => {
                let Target { relation, span, rule } = target.clone();
                let demand = Demand { stack: Stack::new(), tenant, what: What::Written, span, relation, rule };
                self.block().demands.push(demand);
            }
            Some(Owner::Nobody) => {}
            None => return Err(unfollowed(target.span, &format!("whose the rows of `{}` are", child.name.last()))),
        }
        let mut change = Change { relation: child, event: event.clone(), old: Some(row), new: None, target };
        if let Event::Update(changed) = event {
            change.new = Some(self.acted(child, own_columns, (changed, columns), on, references));
        }
        // What a foreign key does is done by statements, which rules rewrite too, as nobody expects of them.
        let rules = if *event == Event::Delete { RuleEvent::Delete } else { RuleEvent::Update };
        if let Some(rule) = applying(child, rules).next() {
            let message = format!("what rule `{}` makes of the action of a foreign key", rule.definition.name);
            return Err(unfollowed(change.target.span, &message));
        }
        let follows = follows_owner(self.context, (child, event), (references, columns), on);
        let acted = change.new.clone();
        self.before(&mut change)?;
        let is_kept =
            |new: &[Output]| columns.iter().all(|name| find(acted.as_deref().unwrap_or(&[]), name) == find(new, name));
        if let Some(new) = change.new.clone()
            // The row still has the owner that it had: it is that one's key that changed.
            && !(follows && is_kept(&new))
            && self.owner_columns(child).iter().any(|owner| find(&new, owner) != self.terms.find_column(row, owner))
        {
            self.becomes(child, &new, &change.target)?;
        }
        self.beside(&change)?;
        self.after(&change)?;
        self.moved_by_action(&change)
    }

    fn moved_by_action(&mut self, change: &Change<'a>) -> Result<(), Hole> {
        match change.relation.partition_by.is_some() && matches!(change.event, Event::Update(_)) {
            true => Err(unfollowed(change.target.span, "an action that may move rows between partitions")),
            false => Ok(()),
        }
    }

    /// The columns of a row that refers, once the action was taken.
    fn acted(
        &mut self,
        child: &Relation,
        own: Vec<Output>,
        (changed, key): (&[Ident], &[Ident]),
        on: &Event,
        references: &References,
    ) -> Vec<Output> {
        let action = if *on == Event::Delete { &references.on_delete } else { &references.on_update };
        let cascades = *action == ReferentialAction::Cascade;
        let parent = self.catalog().referenced_table(references);
        let theirs = parent.map(|parent| referenced(references, parent)).unwrap_or_default();
        let same = |name: &Ident| {
            let at = key.iter().position(|column| column == name);
            // The part of the key that the parent keeps stays as it is.
            let their = at.and_then(|at| theirs.get(at));
            cascades && their.is_some_and(|their| matches!(on, Event::Update(columns) if !columns.contains(their)))
        };
        let columns = own.into_iter().map(|column| {
            let is_computed = child.column(&column.name).is_some_and(|found| {
                found.generated.is_some() && found.computed_from().iter().any(|source| changed.contains(source))
            });
            let term = match changed.contains(&column.name) && !same(&column.name) || is_computed {
                false => column.term,
                true => match action {
                    ReferentialAction::SetDefault(_) => {
                        self.default_of(child, &column.name).unwrap_or_else(|| self.terms.fresh())
                    }
                    _ => self.terms.fresh(),
                },
            };
            Output { name: column.name, term }
        });
        columns.collect()
    }
}

/// Says whether an action carries the new key of a row over to those that it owns by this foreign key.
fn follows_owner(
    context: &Context<'_>,
    (child, event): (&Relation, &Event),
    (references, columns): (&References, &[Ident]),
    on: &Event,
) -> bool {
    let carries = references.on_update == ReferentialAction::Cascade
        && matches!((on, event), (Event::Update(_), Event::Update(_)));
    carries && matches!(classify(child, context.catalog, context.tenancy), Class::Owned(via) if via == columns)
}

fn referenced(references: &References, parent: &Relation) -> Vec<Ident> {
    match references.columns.is_empty() {
        true => parent.primary_key().map(<[Ident]>::to_vec).unwrap_or_default(),
        false => references.columns.clone(),
    }
}

fn columns_of(event: &Event) -> Option<Vec<Ident>> {
    match event {
        Event::Update(columns) => Some(columns.clone()),
        Event::Insert | Event::Delete | Event::Truncate => None,
    }
}
