//! DROP, with everything that goes as well written out as changes of its own.

use super::{Lowering, cascade, drop_sequence, keys, object, published, retire};
use crate::catalog::{Address, CatalogError, Column, Constraint, ConstraintKind, Index, Kind, Relation};
use crate::changes::{DropColumn, DropConstraint, DropIndex, DropRelation, IndexBuild, Reach, parts};
use crate::pg::{Ident, Name};
use crate::statement::relation::{Drop, DropKind};
use crate::statement::words::Behavior;

/// `IF EXISTS`, and `CASCADE` or `RESTRICT`.
pub(super) type Mode = (bool, Behavior);

/// Lowers DROP TABLE and its kin.
pub(super) fn objects(lowering: &mut Lowering<'_>, drop: &Drop) {
    match drop.kind {
        DropKind::Index => drop.names.iter().for_each(|name| index(lowering, name, drop)),
        DropKind::Table | DropKind::Sequence | DropKind::View | DropKind::MaterializedView | DropKind::ForeignTable => {
            relations(lowering, drop)
        }
        DropKind::Type | DropKind::Domain | DropKind::Schema | DropKind::Extension | DropKind::Statistics => {
            object::drop::named(lowering, drop);
        }
    }
}

fn relations(lowering: &mut Lowering<'_>, drop: &Drop) {
    let mut dropped: Vec<&Relation> = Vec::new();
    for name in &drop.names {
        match lowering.catalog.existing(name) {
            Ok(relation) if !is_of(relation.kind, drop.kind) => {
                return lowering.fail(CatalogError::WrongKind(name.clone(), noun(drop.kind)));
            }
            Ok(relation) => dropped.push(relation),
            Err(_) if drop.if_exists => {}
            Err(error) => lowering.fail(error),
        }
    }
    if dropped.iter().any(|relation| drop_sequence::is_required(lowering, relation)) {
        return;
    }
    all(lowering, dropped, drop.behavior);
}

/// Says whether DROP of a kind takes a relation.
fn is_of(kind: Kind, wanted: DropKind) -> bool {
    match kind {
        Kind::Table | Kind::Partitioned | Kind::Temporary | Kind::TableAs => wanted == DropKind::Table,
        Kind::View => wanted == DropKind::View,
        Kind::MaterializedView => wanted == DropKind::MaterializedView,
        Kind::Sequence => wanted == DropKind::Sequence,
        Kind::Foreign => wanted == DropKind::ForeignTable,
    }
}

fn noun(kind: DropKind) -> &'static str {
    match kind {
        DropKind::View => "a view",
        DropKind::MaterializedView => "a materialized view",
        DropKind::Sequence => "a sequence",
        DropKind::ForeignTable => "a foreign table",
        _ => "a table",
    }
}

/// Drops relations with their children, and the foreign keys that refer to them.
pub(super) fn all(lowering: &mut Lowering<'_>, dropped: Vec<&Relation>, behavior: Behavior) {
    let catalog = lowering.catalog;
    let mut order: Vec<&Relation> = Vec::new();
    for relation in &dropped {
        // A child goes before its parent: what the parent passed on would keep it otherwise.
        let children = catalog.descendants(&relation.name);
        let children = children.iter().rev().filter_map(|child| catalog.relation(child));
        for found in children.chain([*relation]) {
            let is_named = dropped.iter().any(|other| other.name == found.name);
            if found.bound.is_none() && !is_named && behavior == Behavior::Restrict {
                lowering.fail(dependent(&relation.name, &format!("table `{}`", found.name)));
                return;
            }
            if !order.iter().any(|other| other.name == found.name) {
                order.push(found);
            }
        }
    }
    let names: Vec<&Name> = order.iter().map(|relation| &relation.name).collect();
    let owned = order.iter().flat_map(|relation| catalog.sequences_of(&relation.name));
    let sequences: Vec<&Relation> = owned.chain(order.iter().copied()).collect();
    if !drop_sequence::release(lowering, &sequences, |table, _| names.contains(&table), behavior) {
        return;
    }
    for relation in &order {
        for (holder, constraint) in catalog.references_to(&relation.name) {
            let elsewhere = !names.contains(&&holder.name);
            if elsewhere && behavior == Behavior::Restrict {
                let what = format!("constraint `{}` on table `{}`", constraint.name, catalog.shown(&holder.name));
                lowering.fail(dependent(&relation.name, &what));
                return;
            }
            if holder.name != relation.name && !constraint.inherited {
                lowering.push(parts::drop_constraint(&catalog.shown(&holder.name), constraint));
            }
        }
    }
    for relation in &order {
        if !cascade::release(lowering, &Address::Relation(relation.name.clone()), &names, behavior) {
            return;
        }
    }
    published::leave(lowering, &names);
    for relation in cascade::ordered(catalog, &order) {
        cascade::statistics(lowering, relation, None);
        lowering.push(DropRelation {
            relation: catalog.shown(&relation.name),
            kind: relation.kind,
            referenced: parts::referenced_tables(relation),
            rows: crate::changes::Dropped::Lost,
        });
    }
}

fn dependent(dropped: &Name, dependent: &str) -> CatalogError {
    CatalogError::DependentObjects { dropped: format!("table `{dropped}`"), dependent: dependent.to_owned() }
}

fn index(lowering: &mut Lowering<'_>, name: &Name, drop: &Drop) {
    let Some(owner) = lowering.catalog.owner_of_index(name) else {
        if !drop.if_exists {
            lowering.fail(CatalogError::UndefinedTable(name.clone()));
        }
        return;
    };
    let table = lowering.catalog.shown(&owner.name);
    if owner.index(name.last()).is_none() {
        return lowering.fail(CatalogError::DependentObjects {
            dropped: format!("index `{name}`"),
            dependent: format!("constraint `{}` on table `{table}`", name.last()),
        });
    }
    if owner.index(name.last()).is_some_and(|index| index.inherited) {
        return lowering.fail(CatalogError::DependentObjects {
            dropped: format!("index `{name}`"),
            dependent: format!("the index of the table that `{table}` is a partition of"),
        });
    }
    let build = if drop.concurrently { IndexBuild::Concurrent } else { IndexBuild::Blocking };
    if owner.index(name.last()).is_some_and(|index| !index_released(lowering, owner, (index, None), drop.behavior)) {
        return;
    }
    lowering.push(DropIndex { table, name: name.last().clone(), build });
}

/// Lowers DROP COLUMN: indexes and constraints that name the column go with it, even without CASCADE.
pub(super) fn column(
    lowering: &mut Lowering<'_>,
    (relation, reach): (&Relation, Reach),
    name: &Ident,
    (if_exists, behavior): Mode,
) {
    let catalog = lowering.catalog;
    let table = catalog.shown(&relation.name);
    if relation.column(name).is_none() {
        if !if_exists && relation.is_known_table() {
            lowering.fail(CatalogError::UndefinedColumn(table, name.clone()));
        } else if !relation.is_known_table() {
            lowering.skip("DROP COLUMN of a table whose columns are not known");
        }
        return;
    }
    // A column out of sight follows one that goes there, too.
    let hinders = |column: &&Column| !retire::is_retired(&column.name) || retire::is_retired(name);
    let computed: Vec<Ident> = relation
        .columns
        .iter()
        .filter(|column| column.name != *name && column.computed_from().contains(name))
        .filter(hinders)
        .map(|column| column.name.clone())
        .collect();
    if let (Some(first), Behavior::Restrict) = (computed.first(), behavior) {
        let what = format!("column `{first}` of table `{table}`");
        return lowering.fail(CatalogError::DependentObjects { dropped: format!("column `{name}`"), dependent: what });
    }
    let owned = catalog.sequences_of(&relation.name).into_iter();
    let owned: Vec<&Relation> = owned.filter(|found| found.is_owned_by(&relation.name, name)).collect();
    // The columns of children go with their parent's.
    let goes = |table: &Name, other: &Ident| other == name && catalog.is_below(table, &relation.name);
    if !drop_sequence::release(lowering, &owned, goes, behavior) {
        return;
    }
    computed.iter().for_each(|other| column(lowering, (relation, reach), other, (false, behavior)));
    let below = if reach == Reach::Tree { catalog.all_losing(&relation.name, name) } else { Vec::new() };
    let tables = std::iter::once(relation).chain(below.iter().filter_map(|child| catalog.relation(child)));
    for table in tables {
        if !parts_of(lowering, (table, relation), name, behavior) {
            return;
        }
    }
    lowering.push(DropColumn { table, column: name.clone(), reach });
}

/// Drops what a column takes along in its own table, or in a child of it; false when that is refused.
fn parts_of(
    lowering: &mut Lowering<'_>,
    (relation, top): (&Relation, &Relation),
    name: &Ident,
    behavior: Behavior,
) -> bool {
    if !cascade::release(lowering, &Address::Column(relation.name.clone(), name.clone()), &[], behavior) {
        return false;
    }
    if !published::release(lowering, relation, name, behavior) {
        return false;
    }
    cascade::statistics(lowering, relation, Some(name));
    let table = lowering.catalog.shown(&relation.name);
    // What a child has from its parent goes with the parent's.
    let goes_anyway = |inherited: bool| inherited && relation.name != top.name;
    let constraints = relation.constraints.iter().filter(|own| !goes_anyway(own.inherited));
    for own in constraints.filter(|found| found.columns().contains(name)) {
        if !released(lowering, relation, (own, Some(name)), behavior) {
            return false;
        }
        lowering.push(parts::drop_constraint(&table, own));
    }
    let indexes = relation.indexes.iter().filter(|index| !goes_anyway(index.inherited));
    for index in indexes.filter(|index| index.columns().contains(name)) {
        if !index_released(lowering, relation, (index, Some(name)), behavior) {
            return false;
        }
        lowering.push(DropIndex { table: table.clone(), name: index.name.clone(), build: IndexBuild::Blocking });
    }
    true
}

/// What foreign keys may lean on.
struct Leaned<'a> {
    name: &'a Ident,
    columns: &'a [Ident],
    is_primary: bool,
    /// `constraint` or `index`.
    noun: &'static str,
    /// The column of their table that goes, with every foreign key on it.
    along: Option<&'a Ident>,
}

/// Drops the foreign keys that need a key; false when that is refused.
fn released(
    lowering: &mut Lowering<'_>,
    relation: &Relation,
    (key, along): (&Constraint, Option<&Ident>),
    behavior: Behavior,
) -> bool {
    let Some(columns) = key.kind.key() else { return true };
    let is_primary = matches!(key.kind, ConstraintKind::PrimaryKey(_));
    let leaned = Leaned { name: &key.name, columns, is_primary, noun: "constraint", along };
    unleaned(lowering, relation, &leaned, behavior)
}

/// Drops the foreign keys that need an index; false when that is refused.
fn index_released(
    lowering: &mut Lowering<'_>,
    relation: &Relation,
    (index, along): (&Index, Option<&Ident>),
    behavior: Behavior,
) -> bool {
    let Some(columns) = keys::unique_columns(index) else { return true };
    let leaned = Leaned { name: &index.name, columns: &columns, is_primary: false, noun: "index", along };
    unleaned(lowering, relation, &leaned, behavior)
}

/// Drops the foreign keys that lean on a key or a unique index; false when that is refused.
fn unleaned(lowering: &mut Lowering<'_>, relation: &Relation, key: &Leaned<'_>, behavior: Behavior) -> bool {
    let catalog = lowering.catalog;
    // A foreign key leans on the oldest index that fits.
    let keys =
        relation.constraints.iter().filter_map(|found| Some((found.past.age, &found.name, found.kind.key()?.to_vec())));
    let indexes = relation.indexes.iter();
    let indexes = indexes.filter_map(|found| Some((found.past.age, &found.name, keys::unique_columns(found)?)));
    let fitting = keys.chain(indexes).filter(|(_, _, columns)| same(columns, key.columns));
    let oldest = fitting.min_by_key(|(age, ..)| *age).map(|(_, name, _)| name);
    let is_first = oldest == Some(key.name);
    for (holder, constraint) in catalog.references_to(&relation.name) {
        let ConstraintKind::ForeignKey { references, .. } = &constraint.kind else { continue };
        let needs_it = match references.columns.as_slice() {
            [] => key.is_primary,
            columns => is_first && same(columns, key.columns),
        };
        let is_own = holder.name == relation.name;
        let goes_anyway = is_own && key.along.is_some_and(|column| constraint.columns().contains(column));
        // That of a partition goes with the one that it has it from.
        if !needs_it || constraint.inherited || goes_anyway || is_own && constraint.name == *key.name {
            continue;
        }
        let shown = catalog.shown(&holder.name);
        if behavior == Behavior::Restrict {
            lowering.fail(CatalogError::DependentObjects {
                dropped: format!("{} `{}`", key.noun, key.name),
                dependent: format!("constraint `{}` on table `{shown}`", constraint.name),
            });
            return false;
        }
        lowering.push(parts::drop_constraint(&shown, constraint));
    }
    true
}

/// Says whether two lists hold the same columns, in any order.
fn same(a: &[Ident], b: &[Ident]) -> bool {
    let (mut a, mut b): (Vec<&Ident>, Vec<&Ident>) = (a.iter().collect(), b.iter().collect());
    a.sort();
    b.sort();
    a == b
}

/// Lowers DROP CONSTRAINT.
pub(super) fn constraint(
    lowering: &mut Lowering<'_>,
    (relation, reach): (&Relation, Reach),
    name: &Ident,
    (if_exists, behavior): Mode,
) {
    let table = lowering.catalog.shown(&relation.name);
    let Some(found) = relation.constraint(name) else {
        if !if_exists {
            lowering.fail(CatalogError::UndefinedObject(table, name.clone()));
        }
        return;
    };
    if released(lowering, relation, (found, None), behavior) {
        lowering.push(DropConstraint { reach, ..parts::drop_constraint(&table, found) });
    }
}
