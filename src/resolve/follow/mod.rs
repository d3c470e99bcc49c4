//! Renames followed in everything that is stored: PostgreSQL keeps numbers where we keep names.

mod objects;

use std::collections::BTreeSet;

use super::{EntryId, Meaning, Resolution, Role, Source, Surroundings, place};
use crate::catalog::{Catalog, CatalogError, Definition, Holder, Object, Relation, names};
use crate::pg::{Ident, Name};
use crate::query::visit_mut::{self, NodeMut};
use crate::query::{Alias, DataStatement, Expr, ExprKind, FromItem, FromKind, Query, SelectItem, Step};
use crate::statement::object::rule::RuleActionKind;
use crate::statement::object::trigger::TriggerEvent;

/// What gets another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Renaming {
    /// A relation, by its qualified names.
    Relation(Name, Name),
    /// A column of a relation.
    Column(Name, Ident, Ident),
}

/// Whose definitions follow a renaming.
#[derive(Debug)]
pub struct Followed {
    /// Relations as they will be but for their own names.
    relations: Vec<Relation>,
    /// Objects as they are, and their definitions to be.
    objects: Vec<(Object, Definition)>,
}

impl Followed {
    /// Rewrites what names the thing, in the catalog before it is renamed.
    pub fn of(catalog: &Catalog, renaming: &Renaming) -> Self {
        let (Renaming::Relation(table, _) | Renaming::Column(table, ..)) = renaming;
        let mentioning = catalog.mentioning(table.last()).filter_map(|holder| match holder {
            Holder::Relation(name) => Some(name),
            Holder::Object(_) => None,
        });
        let holders: BTreeSet<&Name> = mentioning.chain([table]).collect();
        let relations = holders.into_iter().filter_map(|name| catalog.relation(name));
        let relations = relations.filter_map(|relation| rewritten(catalog, relation, renaming)).collect();
        Followed { relations, objects: objects::rewritten(catalog, table, renaming) }
    }

    /// Puts the definitions in their places, in the catalog after it was renamed.
    pub fn write(self, catalog: &mut Catalog, renaming: &Renaming) {
        objects::write(catalog, self.objects);
        for found in self.relations {
            let name = match renaming {
                Renaming::Relation(from, to) if *from == found.name => to,
                _ => &found.name,
            };
            let (Renaming::Relation(table, _) | Renaming::Column(table, ..)) = renaming;
            let Some(mut relation) = catalog.relation_mut(name) else { continue };
            // A view whose own column is renamed has its new query already.
            if found.name != *table {
                relation.view = found.view;
            }
            relation.rules = found.rules;
            relation.policies = found.policies;
            relation.triggers = found.triggers;
        }
    }
}

/// Gives a relation another name, and everything that refers to it with it.
///
/// # Errors
///
/// There is no such relation, or the new name is taken.
pub fn rename(catalog: &mut Catalog, from: &Name, to: Name) -> Result<(), CatalogError> {
    let renaming = Renaming::Relation(from.clone(), to.clone());
    let followed = Followed::of(catalog, &renaming);
    catalog.rename(from, to)?;
    followed.write(catalog, &renaming);
    Ok(())
}

/// Returns a relation whose definitions follow; `None` when none of them names the thing.
fn rewritten(catalog: &Catalog, relation: &Relation, renaming: &Renaming) -> Option<Relation> {
    let is_plain = relation.view.is_none() && relation.rules.is_empty() && relation.policies.is_empty();
    if is_plain && relation.triggers.is_empty() {
        return None;
    }
    let mut new = relation.clone();
    if let Some(view) = &mut new.view {
        query(catalog, &mut view.query, renaming);
    }
    let versions = Surroundings::old_and_new(&relation.name);
    for rule in new.rules.values_mut() {
        rule.definition.condition.iter_mut().for_each(|condition| expression(catalog, condition, &versions, renaming));
        for action in &mut rule.definition.actions {
            if let RuleActionKind::Data(data) = &mut action.kind {
                statement(catalog, data, &versions, renaming);
            }
        }
    }
    let own = Surroundings::table(&relation.name);
    for policy in new.policies.values_mut() {
        let conditions = policy.definition.using.iter_mut().chain(&mut policy.definition.check);
        conditions.for_each(|condition| expression(catalog, condition, &own, renaming));
    }
    for trigger in new.triggers.values_mut() {
        let condition = trigger.definition.condition.iter_mut();
        condition.for_each(|condition| expression(catalog, condition, &versions, renaming));
        if let Renaming::Column(table, from, to) = renaming
            && *table == relation.name
        {
            update_of(&mut trigger.definition.events, from, to);
        }
    }
    (new != *relation).then_some(new)
}

fn update_of(events: &mut [TriggerEvent], from: &Ident, to: &Ident) {
    for event in events {
        if let TriggerEvent::Update(columns) = event {
            columns.iter_mut().filter(|column| *column == from).for_each(|column| *column = to.clone());
        }
    }
}

fn query(catalog: &Catalog, query: &mut Query, renaming: &Renaming) {
    let mut rewriter = Rewriter::new(Resolution::of_query(catalog, query), renaming);
    visit_mut::query(query, &mut |node| rewriter.node(node));
}

fn statement(catalog: &Catalog, statement: &mut DataStatement, around: &Surroundings, renaming: &Renaming) {
    let mut rewriter = Rewriter::new(Resolution::of_statement(catalog, statement, around), renaming);
    visit_mut::statement(statement, &mut |node| rewriter.node(node));
}

fn expression(catalog: &Catalog, expr: &mut Expr, around: &Surroundings, renaming: &Renaming) {
    let mut rewriter = Rewriter::new(Resolution::of_expression(catalog, expr, around), renaming);
    visit_mut::expr(expr, &mut |node| rewriter.node(node));
}

/// Rewrites one tree.
struct Rewriter<'r> {
    resolution: Resolution,
    renaming: &'r Renaming,
    /// The entries that keep their names by an alias: of joins that merge the column, or beside another of the new name.
    pinned: Vec<EntryId>,
    /// The names of output columns before anything was renamed, list by list.
    labels: Vec<Vec<Ident>>,
}

impl<'r> Rewriter<'r> {
    fn new(resolution: Resolution, renaming: &'r Renaming) -> Self {
        let mut rewriter = Rewriter { resolution, renaming, pinned: Vec::new(), labels: Vec::new() };
        rewriter.pinned = match renaming {
            Renaming::Column(table, from, _) => rewriter.merging(table, from),
            Renaming::Relation(from, to) => rewriter.shadowed(from, to),
        };
        rewriter
    }

    /// Returns the entries of a table whose column is merged with another.
    fn merging(&self, table: &Name, column: &Ident) -> Vec<EntryId> {
        let mut found = Vec::new();
        for (_, entry) in self.resolution.entries().filter(|(_, entry)| matches!(entry.source, Source::Join(_))) {
            for merged in entry.columns.iter().filter(|merged| merged.sources.len() == 2 && merged.name == *column) {
                let mut sources = merged.sources.clone();
                while let Some((id, at)) = sources.pop() {
                    if self.resolution.base(id, at) == Some((table, column)) {
                        found.push(id);
                    }
                    sources.extend(
                        self.resolution.entry(id).columns.get(at).into_iter().flat_map(|column| &column.sources),
                    );
                }
            }
        }
        found
    }

    /// Returns the entries of a relation that may not go by its new name, because something else does.
    fn shadowed(&self, from: &Name, to: &Name) -> Vec<EntryId> {
        if from.last() == to.last() {
            return Vec::new();
        }
        let taken = self.resolution.entries().any(|(_, entry)| entry.name.as_ref() == Some(to.last()));
        let entries = self.resolution.entries().filter(|(_, entry)| taken && is_named(&entry.source, from));
        entries.map(|(id, _)| id).collect()
    }

    fn node(&mut self, node: NodeMut<'_>) {
        match node {
            NodeMut::ListStart(items) => self.labels.push(items.iter().map(label).collect()),
            NodeMut::ListEnd(items) => {
                let old = self.labels.pop().unwrap_or_default();
                for (item, old) in items.iter_mut().zip(old) {
                    // The result keeps its names, whatever its columns are called below.
                    item.alias = item.alias.take().filter(|alias| figured(&item.expr) != *alias);
                    if item.alias.is_none() && !matches!(item.expr.kind, ExprKind::Star(_)) && label(item) != old {
                        item.alias = Some(old);
                    }
                }
            }
            NodeMut::Expr(expr) => self.expr(expr),
            NodeMut::From(item) => self.from(item),
            NodeMut::Target(target) => {
                if let Renaming::Relation(from, to) = self.renaming
                    && target.name == *from
                {
                    let old = target.name.last().clone();
                    let pinned = self.resolution.target(target).is_some_and(|id| self.pinned.contains(&id));
                    target.name.parts.clone_from(&to.parts);
                    if pinned {
                        target.alias = Some(old);
                    }
                }
            }
            NodeMut::Assigned(target) => {
                let meaning = self.resolution.assigned(target).cloned();
                if let (Some(meaning), Renaming::Column(_, _, to)) = (meaning, self.renaming)
                    && self.is_renamed(&meaning)
                {
                    target.name = to.clone();
                }
            }
        }
    }

    fn expr(&mut self, expr: &mut Expr) {
        let meaning = self.resolution.meanings.get(&place(expr)).cloned();
        match (self.renaming, meaning) {
            (Renaming::Column(_, _, to), Some(meaning)) if self.is_renamed(&meaning) => rename_column(expr, to),
            (Renaming::Relation(from, to), Some(meaning)) => self.requalify(expr, &meaning, (from, to)),
            _ => {}
        }
        if let (Renaming::Relation(from, to), ExprKind::Cast(operand, of)) = (self.renaming, &mut expr.kind) {
            if super::qualify::regclass(of, operand).is_some_and(|name| name == *from) {
                operand.kind = ExprKind::Literal(crate::query::Literal::String(to.to_string()));
            } else if of.name == *from {
                of.name.parts.clone_from(&to.parts);
            }
        }
    }

    /// Says whether a name means the renamed column under its own name.
    fn is_renamed(&self, meaning: &Meaning) -> bool {
        let (Meaning::Column(id, at), Renaming::Column(table, from, _)) = (meaning, self.renaming) else {
            return false;
        };
        let entry = self.resolution.entry(*id);
        let shown = entry.columns.get(*at).is_some_and(|column| column.name == *from);
        shown && self.resolution.base(*id, *at) == Some((table, from)) && !self.pinned.contains(id)
    }

    /// A column of the relation that goes by its own name is qualified by the new one.
    fn requalify(&self, expr: &mut Expr, meaning: &Meaning, (from, to): (&Name, &Name)) {
        let (Meaning::Column(id, _) | Meaning::System(id, _) | Meaning::WholeRow(id) | Meaning::Call(id)) = meaning
        else {
            return;
        };
        let entry = self.resolution.entry(*id);
        if !is_named(&entry.source, from) || self.pinned.contains(id) {
            return;
        }
        let whole = matches!(meaning, Meaning::WholeRow(_));
        let is_star = matches!(expr.kind, ExprKind::Star(_));
        let (ExprKind::Column(parts) | ExprKind::Star(parts)) = &mut expr.kind else { return };
        let row = if whole || is_star { parts.len().checked_sub(1) } else { parts.len().checked_sub(2) };
        let Some(row) = row.filter(|row| parts[*row] == *from.last()) else { return };
        parts[row] = to.last().clone();
        if let (Some(schema), Some(at)) = (to.schema(), row.checked_sub(1)) {
            parts[at] = schema.clone();
        }
    }

    fn from(&mut self, item: &mut FromItem) {
        let id = self.resolution.item(item);
        let FromKind::Table { name, alias, .. } = &mut item.kind else { return };
        let pinned = id.is_some_and(|id| self.pinned.contains(&id));
        let Some(entry) = id.map(|id| self.resolution.entry(id)) else { return };
        match self.renaming {
            Renaming::Relation(from, to) if matches!(&entry.source, Source::Relation(found, _) if found == from) => {
                if pinned && alias.is_none() {
                    *alias = Some(Alias { name: Some(from.last().clone()), ..Alias::default() });
                }
                name.parts.clone_from(&to.parts);
            }
            Renaming::Column(table, from, to) if matches!(&entry.source, Source::Relation(found, _) if found == table) =>
            {
                if pinned {
                    let at = entry.columns.iter().position(|column| column.origin.as_ref() == Some(from));
                    let kept = alias.get_or_insert_with(Alias::default);
                    kept.name.get_or_insert_with(|| name.last().clone());
                    let listed = kept.columns.len().max(at.map_or(0, |at| at + 1));
                    kept.columns = entry.columns.iter().take(listed).map(|column| column.name.clone()).collect();
                }
                let now = |at: usize| {
                    let origin = entry.columns.get(at)?.origin.as_ref()?;
                    Some(if origin == from { to } else { origin })
                };
                trim(alias, name.last(), now);
            }
            _ => {}
        }
    }
}

/// Leaves out the end of a list of columns that says what they are called anyway, and an alias that says nothing.
fn trim<'a>(alias: &mut Option<Alias>, table: &Ident, now: impl Fn(usize) -> Option<&'a Ident>) {
    let Some(kept) = alias else { return };
    let had = !kept.columns.is_empty();
    while kept.columns.last().is_some_and(|last| now(kept.columns.len() - 1) == Some(last)) {
        kept.columns.pop();
    }
    if had && kept.columns.is_empty() && kept.name.as_ref() == Some(table) {
        *alias = None;
    }
}

fn is_named(source: &Source, relation: &Name) -> bool {
    matches!(source, Source::Relation(name, Role::Named) if name == relation)
}

fn label(item: &SelectItem) -> Ident {
    item.alias.clone().unwrap_or_else(|| figured(&item.expr))
}

fn figured(expr: &Expr) -> Ident {
    names::figured(expr).map_or_else(|| "?column?".into(), |name| Ident::exact(&name))
}

fn rename_column(expr: &mut Expr, to: &Ident) {
    match &mut expr.kind {
        ExprKind::Column(parts) => {
            if let Some(last) = parts.last_mut() {
                *last = to.clone();
            }
        }
        ExprKind::Indirection(_, path) => {
            if let Some(Step::Field(field)) = path.first_mut() {
                *field = to.clone();
            }
        }
        ExprKind::Call(call) => {
            if let Some(last) = call.name.parts.last_mut() {
                *last = to.clone();
            }
        }
        _ => {}
    }
}
