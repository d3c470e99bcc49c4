//! What ALTER of a relation, a column or an index sets to a value.

use super::Lowering;
use super::actions::Altered;
use super::sequence::refused;
use crate::catalog::{Address, CatalogError, Column, Kind, Relation};
use crate::changes::property::{Assigned, ParameterName, Property, SetProperty, Setting};
use crate::changes::{Reach, parts};
use crate::pg::storage::default_storage;
use crate::pg::{Ident, Name};
use crate::statement::relation::{
    ActionKind, GenericOption, GenericOptionChange, MoveAll, Parameter, Persistence, RelationKind, ReplicaIdentity,
};

pub(super) fn push(lowering: &mut Lowering<'_>, of: &Address, setting: Setting) {
    lowering.push(SetProperty::new(lowering.catalog, of.clone(), Property::Setting(setting)));
}

/// Lowers the actions that set what a relation as a whole has; says whether it is one.
pub(super) fn of_relation(lowering: &mut Lowering<'_>, table: &Altered<'_>, action: &ActionKind) -> bool {
    let of = Address::Relation(table.relation.name.clone());
    match action {
        ActionKind::SetLogged => persistence(lowering, table.relation, Persistence::Permanent),
        ActionKind::SetUnlogged => persistence(lowering, table.relation, Persistence::Unlogged),
        ActionKind::ClusterOn(index) => {
            if has_index(lowering, table, index) {
                push(lowering, &of, Setting::ClusterOn(Some(index.clone())));
            }
        }
        ActionKind::SetWithoutCluster => push(lowering, &of, Setting::ClusterOn(None)),
        ActionKind::ReplicaIdentity(identity) => {
            let index = match identity {
                ReplicaIdentity::Index(index) => Some(index),
                _ => None,
            };
            if index.is_none_or(|index| has_index(lowering, table, index)) {
                push(lowering, &of, Setting::ReplicaIdentity(identity.clone()));
            }
        }
        ActionKind::SetAccessMethod(method) => {
            push(lowering, &of, Setting::AccessMethod(method.clone().filter(|name| name != "heap")));
        }
        ActionKind::SetTablespace(name) => tablespace(lowering, &of, name),
        ActionKind::OfType(name) => {
            let found = lowering.catalog.type_named(name).map(|found| found.id.name.clone());
            push(lowering, &of, Setting::OfType(Some(found.unwrap_or_else(|| name.clone()))));
        }
        ActionKind::NotOf => match table.relation.of_type {
            Some(_) => push(lowering, &of, Setting::OfType(None)),
            None => lowering.fail(refused("42809", format!("`{}` is not a typed table", table.shown))),
        },
        ActionKind::SetParameters(list) => {
            if known(lowering, table.relation, list) {
                set(lowering, &of, list);
            }
        }
        ActionKind::ResetParameters(list) => reset(lowering, &of, list),
        ActionKind::Options(changes) => {
            let old = table.relation.foreign.as_ref().map_or(&[][..], |foreign| &foreign.options);
            options(lowering, &of, old, changes);
        }
        _ => return false,
    }
    true
}

fn has_index(lowering: &mut Lowering<'_>, table: &Altered<'_>, index: &Ident) -> bool {
    let there = table.relation.has_index_name(index) || !table.relation.is_known_table();
    if !there {
        let message = format!("index `{index}` for table `{}` does not exist", table.shown);
        lowering.fail(refused("42704", message));
    }
    there
}

/// Lowers CLUSTER by an index, which marks the table with it.
pub(super) fn cluster(lowering: &mut Lowering<'_>, table: &Name, index: &Ident) {
    match lowering.catalog.existing(table) {
        Ok(found) => push(lowering, &Address::Relation(found.name.clone()), Setting::ClusterOn(Some(index.clone()))),
        Err(error) => lowering.fail(error),
    }
}

pub(super) fn set(lowering: &mut Lowering<'_>, of: &Address, list: &[Parameter]) {
    for parameter in list {
        let value = Some(Assigned(parameter.value.clone()));
        push(lowering, of, Setting::Parameter(ParameterName::of(parameter), value));
    }
}

pub(super) fn reset(lowering: &mut Lowering<'_>, of: &Address, list: &[Parameter]) {
    for parameter in list {
        push(lowering, of, Setting::Parameter(ParameterName::of(parameter), None));
    }
}

pub(super) fn tablespace(lowering: &mut Lowering<'_>, of: &Address, name: &Ident) {
    push(lowering, of, Setting::Tablespace(Some(name.clone()).filter(|name| name != "pg_default")));
}

/// Storage parameters of tables.
///
/// Source: `reloptions.c` of PostgreSQL 13 to 18.
const OF_TABLES: [&str; 9] = [
    "fillfactor",
    "toast_tuple_target",
    "parallel_workers",
    "user_catalog_table",
    "vacuum_index_cleanup",
    "vacuum_truncate",
    "vacuum_max_eager_freeze_failure_rate",
    "log_autovacuum_min_duration",
    "oids",
];

fn known(lowering: &mut Lowering<'_>, relation: &Relation, list: &[Parameter]) -> bool {
    let is_known = |parameter: &&Parameter| {
        let name = parameter.name.as_str();
        OF_TABLES.contains(&name) || name.starts_with("autovacuum_")
    };
    let heap = relation.kind == Kind::Table && relation.storage.access_method.is_none();
    let unknown = list.iter().filter(|parameter| parameter.namespace.is_none()).find(|found| !is_known(found));
    match unknown.filter(|_| heap) {
        Some(parameter) => {
            lowering.fail(refused("22023", format!("unrecognized parameter `{}`", parameter.name)));
            false
        }
        None => true,
    }
}

pub(super) fn options(
    lowering: &mut Lowering<'_>,
    of: &Address,
    old: &[GenericOption],
    changes: &[GenericOptionChange],
) {
    for change in changes {
        let (name, to) = match change {
            GenericOptionChange::Add { option, .. } | GenericOptionChange::Set(option) => {
                (&option.name, Some(option.value.clone()))
            }
            GenericOptionChange::Drop(name) => (name, None),
        };
        let from = old.iter().find(|found| found.name == *name).map(|found| found.value.clone());
        let adds = matches!(change, GenericOptionChange::Add { .. });
        match (adds, from.is_some()) {
            (true, true) => lowering.fail(refused("42710", format!("option `{name}` provided more than once"))),
            (false, false) => lowering.fail(refused("42704", format!("option `{name}` not found"))),
            _ => push(lowering, of, Setting::Option { name: name.clone(), from, to }),
        }
    }
}

/// Lowers SET LOGGED and SET UNLOGGED.
pub(super) fn persistence(lowering: &mut Lowering<'_>, relation: &Relation, to: Persistence) {
    let catalog = lowering.catalog;
    let shown = catalog.shown(&relation.name);
    if relation.kind == Kind::Temporary || relation.persistence == Persistence::Temporary {
        let message = format!("cannot change logged status of table `{shown}` because it is temporary");
        return lowering.fail(refused("42P16", message));
    }
    if relation.persistence == to {
        return;
    }
    let other = match to {
        // What lasts may refer only to what lasts.
        Persistence::Unlogged => catalog
            .references_to(&relation.name)
            .into_iter()
            .map(|(holder, _)| holder)
            .find(|holder| holder.name != relation.name && holder.persistence == Persistence::Permanent),
        _ => parts::referenced_tables(relation)
            .iter()
            .filter_map(|name| catalog.relation(name))
            .find(|target| target.name != relation.name && target.persistence == Persistence::Unlogged),
    };
    if let Some(other) = other {
        let word = if to == Persistence::Unlogged { "unlogged" } else { "logged" };
        let other = catalog.shown(&other.name);
        let message = format!("could not change table `{shown}` to {word} because it references `{other}`");
        return lowering.fail(refused("42P16", message));
    }
    push(lowering, &Address::Relation(relation.name.clone()), Setting::Persistence(to));
}

/// Sets something of a column of every table that a statement reaches.
pub(super) fn each_column(
    lowering: &mut Lowering<'_>,
    table: &Altered<'_>,
    column: &Ident,
    setting: impl Fn(&Column, Reach) -> Option<Setting>,
) {
    let catalog = lowering.catalog;
    let below = if table.reach == Reach::Tree { catalog.descendants(&table.relation.name) } else { Vec::new() };
    let tables: Vec<Name> = std::iter::once(table.relation.name.clone()).chain(below).collect();
    for name in tables {
        let below = || catalog.relation(&name).and_then(|relation| relation.column(column));
        let added = || table.added.iter().find(|added| added.name == *column);
        let Some(found) = below().or_else(added) else { continue };
        let has_children = catalog.children(&name).next().is_some();
        let reach = if has_children { Reach::Only } else { Reach::Tree };
        if let Some(setting) = setting(found, reach) {
            push(lowering, &Address::Column(name, column.clone()), setting);
        }
    }
}

/// Makes the setting of how a column's values are stored; `None` where the type's own choice is not known.
pub(crate) fn storage(column: &Column, wanted: &Ident, reach: Reach) -> Setting {
    let own = column.type_name.as_ref().and_then(default_storage);
    let lower = wanted.as_str().to_ascii_lowercase();
    let storage = Some(Ident::exact(&lower)).filter(|_| lower != "default" && own != Some(lower.as_str()));
    Setting::Storage { reach, default: Ident::exact(own.unwrap_or("extended")), storage }
}

/// Lowers ALTER … ALL IN TABLESPACE: one change for each relation there.
pub(super) fn move_all(lowering: &mut Lowering<'_>, change: &MoveAll) {
    if !change.owned_by.is_empty() {
        return lowering.skip("OWNED BY of ALL IN TABLESPACE");
    }
    let from = Some(change.from.clone()).filter(|name| name != "pg_default");
    let catalog = lowering.catalog;
    for relation in catalog.relations() {
        let kind = match relation.kind {
            Kind::Table | Kind::Partitioned | Kind::TableAs => RelationKind::Table,
            Kind::MaterializedView => RelationKind::MaterializedView,
            _ => continue,
        };
        if change.kind == kind && relation.storage.tablespace == from {
            tablespace(lowering, &Address::Relation(relation.name.clone()), &change.to);
        }
        if change.kind == RelationKind::Index {
            let there = relation.indexes.iter().filter(|index| index.definition.tablespace == from);
            for index in there {
                let of = Address::Index(relation.name.clone(), index.name.clone());
                tablespace(lowering, &of, &change.to);
            }
        }
    }
}

/// Lowers the changes of an index that do not rename it.
pub(super) fn of_index(lowering: &mut Lowering<'_>, owner: &Relation, name: &Ident, action: &ActionKind) {
    let of = Address::Index(owner.name.clone(), name.clone());
    match action {
        ActionKind::SetParameters(list) => set(lowering, &of, list),
        ActionKind::ResetParameters(list) => reset(lowering, &of, list),
        ActionKind::SetTablespace(name) => tablespace(lowering, &of, name),
        ActionKind::AlterColumn(alter) => key_statistics(lowering, (owner, name), alter),
        _ => lowering.fail(CatalogError::WrongKind(owner.name.clone(), "an index that this changes")),
    }
}

fn key_statistics(
    lowering: &mut Lowering<'_>,
    (owner, name): (&Relation, &Ident),
    alter: &crate::statement::relation::AlterColumn,
) {
    use crate::statement::relation::{ColumnChange, ColumnChoice, Key};
    let (ColumnChoice::Number(number), ColumnChange::SetStatistics(target)) = (&alter.column, &alter.change) else {
        return lowering.skip("ALTER COLUMN of an index");
    };
    let Some(index) = owner.index(name) else {
        return lowering.fail(refused("0A000", format!("cannot alter statistics on non-expression column {number}")));
    };
    let at = usize::try_from(*number).ok().and_then(|number| number.checked_sub(1));
    let key = at.and_then(|at| index.definition.elements.get(at)).map(|element| &element.key);
    match key {
        Some(Key::Expression(_)) => {
            let target = target.filter(|target| *target >= 0);
            push(lowering, &Address::Index(owner.name.clone(), name.clone()), Setting::KeyStatistics(*number, target));
        }
        Some(Key::Column(column)) => lowering.fail(refused(
            "0A000",
            format!("cannot alter statistics on non-expression column `{column}` of index `{name}`"),
        )),
        None => lowering.fail(refused("42703", format!("column number {number} of index `{name}` does not exist"))),
    }
}
