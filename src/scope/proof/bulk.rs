//! COPY and TRUNCATE: rows that a file gives, and all rows of a table at once.

use super::analysis::{Analysis, Entry, Level, unfollowed};
use super::formula::Formula;
use super::node::{Demand, Output, Stack, What};
use super::row::Owner;
use super::trigger::{Change, Event, Target};
use super::view::Check;
use super::write::place;
use crate::catalog::{Generated, Relation};
use crate::pg::{Ident, Name};
use crate::rules::scope::{unprovable, unscoped_copy, unscoped_truncate};
use crate::scope::{Context, Hole, Judgement};
use crate::statement::relation::Truncate;
use crate::statement::session::copy::{Copy, CopyDirection};
use crate::statement::words::Behavior;

/// A judgement, or the hole that ends the analysis.
type Judged = Result<Judgement, Hole>;

/// Judges COPY of a relation.
pub(in crate::scope) fn copy(context: &Context<'_>, copy: &Copy, name: &Name, columns: &[Ident]) -> Judged {
    let mut analysis = Analysis::new(context);
    analysis.begin();
    match copy.direction {
        CopyDirection::From => analysis.copied(copy, name, columns)?,
        CopyDirection::To => drop(analysis.relation(name, &Stack::new(), (What::Read, &unscoped_copy::RULE))?),
    }
    let root = analysis.end()?;
    super::verdict::alone(&analysis, root)
}

/// Judges TRUNCATE.
pub(in crate::scope) fn truncate(context: &Context<'_>, truncate: &Truncate) -> Judged {
    let mut analysis = Analysis::new(context);
    analysis.begin();
    for relation in analysis.emptied(truncate)? {
        analysis.empties(relation, truncate)?;
    }
    let root = analysis.end()?;
    super::verdict::alone(&analysis, root)
}

impl<'a> Analysis<'a> {
    /// Reads the rows that a file gives: WHERE leaves some of them out before anything else is done.
    fn copied(&mut self, copy: &Copy, name: &Name, columns: &[Ident]) -> Result<(), Hole> {
        crate::scope::owner::tenant_of(self.context, name)?;
        let missing = || Hole::new(&unprovable::RULE, name.span, format!("`{name}` is PostgreSQL's own"));
        let relation = self.catalog().relation(name).ok_or_else(missing)?;
        let is_given = |column: &crate::catalog::Column| match columns.is_empty() {
            true => !matches!(column.generated, Some(Generated::Expression(..))),
            false => columns.contains(&column.name),
        };
        let mut given = Vec::new();
        for column in &relation.columns {
            let term = match is_given(column) {
                true => self.terms.fresh(),
                false => self.omitted(relation, &column.name),
            };
            given.push(Output { name: column.name.clone(), term });
        }
        if let Some(filter) = &copy.filter {
            let entry = Entry {
                alias: Some(relation.name.last().clone()),
                schema: relation.name.schema().cloned(),
                columns: given.clone(),
                complete: relation.is_known_table(),
                merged: Vec::new(),
                stack: Stack::new(),
                row: None,
            };
            self.levels.push(Level { entries: vec![entry], ..Level::default() });
            let held = self.filters_by(filter);
            self.levels.pop();
            self.fact(&Stack::new(), held?);
        }
        let target = place(name, &unscoped_copy::RULE);
        let mut change = Change { relation, event: Event::Insert, old: None, new: Some(given), target };
        self.before(&mut change)?;
        self.lands(&change, &[], |analysis, change| {
            let new = change.new.clone().unwrap_or_default();
            analysis.becomes(change.relation, &new, &change.target)?;
            analysis.aftermath(change)
        })
    }

    /// Reads what is done with a row once it has passed its table's checks and bounds. Where it does not pass, the
    /// statement fails; that says something of this row alone, and nothing of the rows that it was made of.
    pub(super) fn lands(
        &mut self,
        change: &Change<'a>,
        views: &[Check<'a>],
        read: impl FnOnce(&mut Self, &Change<'a>) -> Result<(), Hole>,
    ) -> Result<(), Hole> {
        if views.is_empty() && change.relation.bound.is_none() {
            return read(self, change);
        }
        self.begin();
        let passes = self.passes(views, change.new.as_deref().unwrap_or_default());
        let coming = self.rows.coming(&mut self.terms, change.relation);
        for column in change.new.iter().flatten() {
            let own = self.terms.id(super::term::Term::Column(coming, column.name.clone()));
            self.fact(&Stack::new(), Formula::Same(own, column.term));
        }
        let read = passes.and_then(|held| {
            self.fact(&Stack::new(), held);
            self.checked(change.relation, coming, &Stack::new());
            read(self, change)
        });
        if let Err(hole) = read {
            self.open.pop();
            return Err(hole);
        }
        let node = self.end()?;
        self.child(node, &Stack::new(), Vec::new());
        Ok(())
    }

    /// The relations that TRUNCATE empties: those that refer to one of them go with it by CASCADE.
    fn emptied(&mut self, truncate: &Truncate) -> Result<Vec<&'a Relation>, Hole> {
        let mut found: Vec<&'a Relation> = Vec::new();
        for named in &truncate.relations {
            let name = &named.name;
            crate::scope::owner::tenant_of(self.context, name)?;
            let missing = || unfollowed(name.span, &format!("what becomes of `{name}`, which is PostgreSQL's own,"));
            let relation = self.catalog().relation(name).ok_or_else(missing)?;
            found.push(relation);
        }
        let mut at = 0;
        while let Some(relation) = found.get(at).copied() {
            at += 1;
            let below = self.catalog().descendants(&relation.name).into_iter();
            let mut more: Vec<&'a Relation> = below.filter_map(|name| self.catalog().relation(&name)).collect();
            if truncate.behavior == Behavior::Cascade {
                // A key that refers to a table refers to its partitions.
                for member in self.catalog().family(relation) {
                    more.extend(self.catalog().references_to(&member.name).into_iter().map(|(child, _)| child));
                }
            }
            let more: Vec<&'a Relation> =
                more.into_iter().filter(|more| !found.iter().any(|known| known.name == more.name)).collect();
            found.extend(more);
        }
        Ok(found)
    }

    fn empties(&mut self, relation: &'a Relation, truncate: &Truncate) -> Result<(), Hole> {
        let named = truncate.relations.iter().map(|named| &named.name);
        let span = named.clone().find(|name| self.catalog().resolve(name).as_ref() == Some(&relation.name));
        let span = span.or(named.clone().next()).map(|name| name.span).unwrap_or_default();
        let name = Name { span, ..relation.name.clone() };
        crate::scope::owner::tenant_of(self.context, &name)?;
        let target = Target { relation: name.clone(), span, rule: &unscoped_truncate::RULE };
        let tenancy = (self.context.catalog, self.context.tenancy);
        let row = self.rows.add(&mut self.terms, tenancy, relation);
        let tenant = match self.rows.owner(&mut self.terms, tenancy, row) {
            Some(Owner::Tenant(tenant)) => Some(tenant),
            Some(Owner::Nobody) => None,
            None => return Err(unfollowed(span, &format!("whose the rows of `{name}` are"))),
        };
        if let Some(tenant) = tenant {
            let rule = &unscoped_truncate::RULE;
            let demand = Demand { stack: Stack::new(), tenant, what: What::Written, span, relation: name, rule };
            self.block().demands.push(demand);
        }
        self.checked(relation, row, &Stack::new());
        crate::scope::reach::beside(self.context, relation, &crate::scope::reach::Write::Gone, span)?;
        self.writes += 1;
        self.after(&Change { relation, event: Event::Truncate, old: None, new: None, target })
    }
}
