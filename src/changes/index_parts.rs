//! The parts that partitions have of their parent's indexes: what is their own, a name, a comment, a mark, goes when they are
//! made anew with the whole.

use super::property::{self, ParameterName, Property, SetProperty, Setting};
use super::{AddConstraint, AttachIndex, Change, ChangeKind, CreateIndex, Reach, RenameConstraint, RenameIndex};
use super::{constraint, index};
use crate::catalog::{Address, Catalog, Constraint, Index, Kind, Relation, Shared};
use crate::pg::{Ident, Name};
use crate::source::Span;
use crate::statement::relation::ReplicaIdentity;

/// Makes the changes that give partitions their parts of an index as they were, before the whole is made again and takes
/// them over; none of a part that it makes alike by itself.
pub(super) fn of_index(before: &Catalog, table: &Name, whole: &Index, made: &CreateIndex) -> Vec<Change> {
    let Some(relation) = before.relation(table).filter(|found| is_divided(found, before)) else { return Vec::new() };
    let mut anew = before.clone();
    let dropped = super::DropIndex::blocking(table, &whole.name);
    if whole.definition.relation.only || dropped.apply(&mut anew).and_then(|()| made.apply(&mut anew)).is_err() {
        return Vec::new();
    }
    let part = |child: &'_ Relation| -> Option<Index> {
        child.indexes.iter().find(|part| part.inherited && index::matches(part, whole)).cloned()
    };
    let is_alike = |child: &Relation| {
        let other = anew.relation(&child.name);
        match (part(child), other.and_then(&part)) {
            (Some(own), Some(made)) => is_same_index(&own, &made) && has_same_marks(child, other, &own.name),
            (own, made) => own.is_none() && made.is_none(),
        }
    };
    let again = |child: &Relation| part(child).map_or_else(Vec::new, |part| AttachIndex::again(before, child, &part));
    own_parts(before, relation, &is_alike, &again)
}

/// Makes the changes that give partitions their parts of a constraint as they were, before the whole is made again.
pub(super) fn of_constraint(before: &Catalog, whole: &Constraint, made: &AddConstraint) -> Vec<Change> {
    let table = before.relation(&made.table).filter(|found| whole.kind.has_index() && is_divided(found, before));
    let Some(relation) = table else { return Vec::new() };
    let mut anew = before.clone();
    let dropped = constraint::drop(&made.table, whole);
    if dropped.apply(&mut anew).and_then(|()| made.apply(&mut anew)).is_err() {
        return Vec::new();
    }
    let part = |child: &'_ Relation| -> Option<Constraint> {
        child.constraints.iter().find(|part| part.inherited && constraint::matches(part, whole)).cloned()
    };
    let is_alike = |child: &Relation| {
        let other = anew.relation(&child.name);
        match (part(child), other.and_then(&part)) {
            (Some(own), Some(made)) => is_same_key(&own, &made) && has_same_marks(child, other, &own.name),
            (own, made) => own.is_none() && made.is_none(),
        }
    };
    let again = |child: &Relation| part(child).map_or_else(Vec::new, |part| constraint_again(before, child, &part));
    own_parts(before, relation, &is_alike, &again)
}

/// Makes a partition's constraint again as one of its own, and gives it back what its definition does not say.
pub(super) fn constraint_again(before: &Catalog, table: &Relation, part: &Constraint) -> Vec<Change> {
    let bare =
        Constraint { inherited: false, shared: Shared::default(), index_shared: Shared::default(), ..part.clone() };
    let (shown, constraint) = (before.shown(&table.name), Box::new(bare));
    let made = AddConstraint { table: shown, constraint, index: None, reach: Reach::Tree };
    let restored = property::restore(before, &Address::Constraint(table.name.clone(), part.name.clone()));
    std::iter::once(made.into()).chain(restored).collect()
}

fn is_divided(relation: &Relation, catalog: &Catalog) -> bool {
    relation.kind == Kind::Partitioned && catalog.children(&relation.name).next().is_some()
}

/// Collects what makes the parts of the partitions below a table, the lowest first.
fn own_parts(
    before: &Catalog,
    table: &Relation,
    is_alike: &dyn Fn(&Relation) -> bool,
    again: &dyn Fn(&Relation) -> Vec<Change>,
) -> Vec<Change> {
    let mut changes = Vec::new();
    for child in before.children(&table.name) {
        let below = before.descendants(&child.name);
        let below = below.iter().filter_map(|name| before.relation(name));
        if std::iter::once(child).chain(below).all(is_alike) {
            continue;
        }
        changes.extend(own_parts(before, child, is_alike, again));
        changes.extend(again(child));
    }
    changes
}

fn is_same_index(own: &Index, other: &Index) -> bool {
    let definition = |index: &Index| {
        let mut definition = (*index.definition).clone();
        definition.relation.name = Name::simple(Ident::exact("t"), Span::default());
        definition.to_string()
    };
    definition(own) == definition(other) && own.statistics == other.statistics && own.shared == other.shared
}

fn is_same_key(own: &Constraint, other: &Constraint) -> bool {
    own.definition.to_string() == other.definition.to_string()
        && own.shared == other.shared
        && own.index_shared == other.index_shared
}

/// Says whether an index has the same marks in two states of its table.
fn has_same_marks(own: &Relation, other: Option<&Relation>, name: &Ident) -> bool {
    let marks = |relation: &Relation| {
        let is_clustered = relation.cluster_on.as_ref() == Some(name);
        (is_clustered, relation.replica_identity == ReplicaIdentity::Index(name.clone()))
    };
    other.is_some_and(|other| marks(own) == marks(other))
}

/// Makes the parts anew of all indexes of a table that name a column, as the server does where the column gets another type:
/// under names that it chooses, without what was their own.
///
/// Source: tried on PostgreSQL 15; an index is made again from its definition, which says nothing of its parts.
pub(super) fn remake(catalog: &mut Catalog, table: &Name, column: &Ident) {
    let Some(relation) = catalog.relation(table).filter(|found| is_divided(found, catalog)).cloned() else { return };
    let wholes: Vec<Index> =
        relation.indexes.iter().filter(|whole| whole.columns().contains(column)).map(Index::anew).collect();
    let named = |found: &&Constraint| found.kind.has_index() && found.columns().contains(column);
    let keys: Vec<Constraint> = relation.constraints.iter().filter(named).map(Constraint::anew).collect();
    for child in catalog.descendants(&relation.name) {
        let Ok(mut held) = catalog.existing_mut(&child) else { continue };
        wholes.iter().for_each(|whole| index::take_part(&mut held, whole));
        for whole in &keys {
            constraint::take_part(&mut held, whole);
        }
    }
    for constraint in keys {
        let made = AddConstraint {
            table: relation.name.clone(),
            constraint: Box::new(constraint),
            index: None,
            reach: Reach::Tree,
        };
        // What was there a moment ago can be made.
        let _ = made.pass_on(catalog);
    }
    for index in wholes.into_iter().filter(|whole| !whole.definition.relation.only) {
        let made = CreateIndex { table: relation.name.clone(), index, build: super::IndexBuild::Blocking };
        let _ = made.pass_on(catalog, &relation.name);
    }
}

/// Makes the changes that give the parts of indexes, where the server has made them anew, the names and all that they had.
pub(super) fn as_before(before: &Catalog, anew: &Catalog, table: &Name) -> Vec<Change> {
    let mut changes = Vec::new();
    for name in before.descendants(table) {
        let (Some(own), Some(other)) = (before.relation(&name), anew.relation(&name)) else { continue };
        let mut free: Vec<&Index> = other.indexes.iter().filter(|found| found.inherited).collect();
        for part in own.indexes.iter().filter(|found| found.inherited) {
            let Some(at) = free.iter().position(|found| index::matches(found, part)) else { continue };
            changes.extend(part_as_before(before, (own, part), (other, free.remove(at))));
        }
        let mut free: Vec<&Constraint> = other.constraints.iter().filter(|found| found.inherited).collect();
        for part in own.constraints.iter().filter(|found| found.inherited && found.kind.has_index()) {
            let Some(at) = free.iter().position(|found| constraint::matches(found, part)) else { continue };
            changes.extend(key_as_before(before, (own, part), (other, free.remove(at))));
        }
    }
    changes
}

fn part_as_before(
    before: &Catalog,
    (own, part): (&Relation, &Index),
    (other, made): (&Relation, &Index),
) -> Vec<Change> {
    let (table, mut changes) = (before.shown(&own.name), Vec::<Change>::new());
    let is_named = part.name == made.name;
    if !is_named {
        changes.push(RenameIndex { table, from: made.name.clone(), to: part.name.clone() }.into());
    }
    let of = Address::Index(own.name.clone(), part.name.clone());
    let parameters = &part.definition.parameters;
    for parameter in parameters.iter().filter(|found| !made.definition.parameters.contains(found)) {
        let value = Some(property::Assigned(parameter.value.clone()));
        let property = Property::Setting(Setting::Parameter(ParameterName::of(parameter), value));
        changes.push(SetProperty::new(before, of.clone(), property).into());
    }
    let is_same = is_named && is_same_index(part, made) && has_same_marks(own, Some(other), &part.name);
    if !is_same {
        changes.extend(property::restore(before, &of));
    }
    changes
}

fn key_as_before(
    before: &Catalog,
    (own, part): (&Relation, &Constraint),
    (other, made): (&Relation, &Constraint),
) -> Vec<Change> {
    let (table, mut changes) = (before.shown(&own.name), Vec::<Change>::new());
    let is_named = part.name == made.name;
    if !is_named {
        changes.push(RenameConstraint { table, from: made.name.clone(), to: part.name.clone() }.into());
    }
    if !(is_named && is_same_key(part, made) && has_same_marks(own, Some(other), &part.name)) {
        changes.extend(property::restore(before, &Address::Constraint(own.name.clone(), part.name.clone())));
    }
    changes
}
