//! How relations, columns and indexes are stored and marked.

use crate::catalog::{Address, Catalog, CatalogError, Column, Given, Relation};
use crate::changes::Reach;
use crate::pg::{Ident, LockMode, Name};
use crate::statement::relation::{
    ConstraintKey, GenericOption, IndexParameters, Parameter, ParameterValue, Persistence, ReplicaIdentity,
    TableConstraintKind,
};

/// What ALTER of a relation, a column or an index sets to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// `SET LOGGED` or `SET UNLOGGED`: of a table with the sequences of its columns.
    Persistence(Persistence),
    /// `SET (name = value)`; `None` is `RESET (name)`.
    Parameter(ParameterName, Option<Assigned>),
    /// `OPTIONS (SET name 'value')` of a foreign table or its column, with the value before; `None` is without it.
    Option {
        /// The option.
        name: Ident,
        /// Its value before.
        from: Option<String>,
        /// Its value.
        to: Option<String>,
    },
    /// `CLUSTER ON`.
    ClusterOn(Option<Ident>),
    /// `REPLICA IDENTITY`.
    ReplicaIdentity(ReplicaIdentity),
    /// `SET ACCESS METHOD`; `None` is the default one.
    AccessMethod(Option<Ident>),
    /// `SET TABLESPACE`; `None` is the database's own.
    Tablespace(Option<Ident>),
    /// `OF type`; `None` is `NOT OF`.
    OfType(Option<Name>),
    /// `SET STORAGE` of one table's column, and the type's own choice; `None` is that choice.
    Storage {
        /// Whether statements have to keep children out.
        reach: Reach,
        /// The type's own choice.
        default: Ident,
        /// How values are stored.
        storage: Option<Ident>,
    },
    /// `SET COMPRESSION`; `None` is the server's default.
    Compression(Option<Ident>),
    /// `SET STATISTICS` of one table's column; `None` is the server's default.
    Statistics {
        /// Whether statements have to keep children out.
        reach: Reach,
        /// How many values are kept.
        target: Option<i64>,
    },
    /// `SET STATISTICS` of a key of an index, by its number.
    KeyStatistics(i16, Option<i64>),
}

/// A storage parameter's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ParameterName {
    /// `toast`, when it concerns the table's TOAST table.
    pub namespace: Option<Ident>,
    /// Its name.
    pub name: Ident,
}

/// The value of a storage parameter; nothing is written where it is merely on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned(pub Option<ParameterValue>);

impl ParameterName {
    /// Returns the name of a parameter.
    pub fn of(parameter: &Parameter) -> Self {
        ParameterName { namespace: parameter.namespace.clone(), name: parameter.name.clone() }
    }
}

/// Returns the columns, key parameters and places that settings live in.
fn column<'a>(catalog: &'a Catalog, of: &Address) -> Option<&'a Column> {
    match of {
        Address::Column(table, name) => catalog.relation(table)?.column(name),
        _ => None,
    }
}

fn key_index<'a>(relation: &'a Relation, name: &Ident) -> Option<&'a IndexParameters> {
    match &relation.constraint(name)?.definition.kind {
        TableConstraintKind::Unique { key: ConstraintKey::Columns { index, .. }, .. }
        | TableConstraintKind::PrimaryKey(ConstraintKey::Columns { index, .. }) => Some(index),
        TableConstraintKind::Exclude(exclude) => Some(&exclude.index),
        _ => None,
    }
}

fn key_index_mut<'a>(relation: &'a mut Relation, name: &Ident) -> Option<&'a mut IndexParameters> {
    match &mut relation.constraint_mut(name)?.definition.kind {
        TableConstraintKind::Unique { key: ConstraintKey::Columns { index, .. }, .. }
        | TableConstraintKind::PrimaryKey(ConstraintKey::Columns { index, .. }) => Some(index),
        TableConstraintKind::Exclude(exclude) => Some(&mut exclude.index),
        _ => None,
    }
}

fn parameters<'a>(catalog: &'a Catalog, of: &Address) -> Option<&'a Vec<Parameter>> {
    let relation = catalog.relation(of.relation()?)?;
    match of {
        Address::Relation(_) => Some(&relation.storage.parameters),
        Address::Column(_, name) => relation.column(name).map(|found| &found.parameters),
        Address::Index(_, name) => match relation.index(name) {
            Some(index) => Some(&index.definition.parameters),
            None => key_index(relation, name).map(|index| &index.parameters),
        },
        _ => None,
    }
}

fn options<'a>(catalog: &'a Catalog, of: &Address) -> Option<&'a Vec<GenericOption>> {
    match of {
        Address::Relation(name) => catalog.relation(name)?.foreign.as_ref().map(|foreign| &foreign.options),
        _ => column(catalog, of).map(|found| &found.options),
    }
}

fn tablespace<'a>(catalog: &'a Catalog, of: &Address) -> Option<&'a Option<Ident>> {
    let relation = catalog.relation(of.relation()?)?;
    match of {
        Address::Index(_, name) => match relation.index(name) {
            Some(index) => Some(&index.definition.tablespace),
            None => key_index(relation, name).map(|index| &index.tablespace),
        },
        _ => Some(&relation.storage.tablespace),
    }
}

/// Returns a setting with the value that it has in a catalog.
pub(super) fn read(catalog: &Catalog, of: &Address, setting: &Setting) -> Option<Setting> {
    let relation = || catalog.relation(of.relation()?);
    Some(match setting {
        Setting::Persistence(_) => Setting::Persistence(relation()?.persistence),
        Setting::Parameter(name, _) => {
            let found = parameters(catalog, of)?.iter().find(|found| ParameterName::of(found) == *name);
            Setting::Parameter(name.clone(), found.map(|found| Assigned(found.value.clone())))
        }
        Setting::Option { name, to, .. } => {
            let found = options(catalog, of)?.iter().find(|found| found.name == *name);
            Setting::Option { name: name.clone(), from: to.clone(), to: found.map(|found| found.value.clone()) }
        }
        Setting::ClusterOn(_) => Setting::ClusterOn(relation()?.cluster_on.clone()),
        Setting::ReplicaIdentity(_) => Setting::ReplicaIdentity(relation()?.replica_identity.clone()),
        Setting::AccessMethod(_) => Setting::AccessMethod(relation()?.storage.access_method.clone()),
        Setting::Tablespace(_) => Setting::Tablespace(tablespace(catalog, of)?.clone()),
        Setting::OfType(_) => Setting::OfType(relation()?.of_type.clone()),
        Setting::Storage { reach, default, .. } => {
            let storage = column(catalog, of)?.storage.clone();
            Setting::Storage { reach: *reach, default: default.clone(), storage }
        }
        Setting::Compression(_) => Setting::Compression(column(catalog, of)?.compression.clone()),
        Setting::Statistics { reach, .. } => {
            Setting::Statistics { reach: *reach, target: column(catalog, of)?.statistics }
        }
        Setting::KeyStatistics(number, _) => match of {
            Address::Index(_, name) => {
                let target = relation()?.index(name)?.statistics.get(number).copied();
                Setting::KeyStatistics(*number, target)
            }
            _ => return None,
        },
    })
}

/// Gives a setting its value in a catalog.
pub(super) fn write(catalog: &mut Catalog, of: &Address, setting: &Setting) -> Result<(), CatalogError> {
    let missing = || CatalogError::Undefined(of.clone());
    let table = of.relation().ok_or_else(missing)?.clone();
    if let Setting::Persistence(persistence) = setting
        && catalog.version.is_since(15)
    {
        let owned: Vec<Name> = catalog.sequences_of(&table).iter().map(|found| found.name.clone()).collect();
        for sequence in &owned {
            catalog.existing_mut(sequence)?.persistence = *persistence;
        }
    }
    let given = if matches!(setting, Setting::OfType(_)) { Given::Anything } else { Given::NoNames };
    let mut held = catalog.existing_mut(&table)?.only(given);
    match of {
        Address::Relation(_) => of_relation(&mut held, setting).ok_or_else(missing),
        Address::Column(_, name) => {
            held.column_mut(name).and_then(|found| of_column(found, setting)).ok_or_else(missing)
        }
        Address::Index(_, name) => of_index(&mut held, name, setting).ok_or_else(missing),
        _ => Err(missing()),
    }
}

fn of_relation(relation: &mut Relation, setting: &Setting) -> Option<()> {
    match setting {
        Setting::Persistence(persistence) => relation.persistence = *persistence,
        Setting::Parameter(name, value) => assign(&mut relation.storage.parameters, name, value),
        Setting::Option { name, to, .. } => assign_option(&mut relation.foreign.as_mut()?.options, name, to),
        Setting::ClusterOn(index) => relation.cluster_on.clone_from(index),
        Setting::ReplicaIdentity(identity) => relation.replica_identity = identity.clone(),
        Setting::AccessMethod(method) => relation.storage.access_method.clone_from(method),
        Setting::Tablespace(name) => relation.storage.tablespace.clone_from(name),
        Setting::OfType(name) => relation.of_type.clone_from(name),
        _ => return None,
    }
    Some(())
}

fn of_column(column: &mut Column, setting: &Setting) -> Option<()> {
    match setting {
        Setting::Parameter(name, value) => assign(&mut column.parameters, name, value),
        Setting::Option { name, to, .. } => assign_option(&mut column.options, name, to),
        Setting::Storage { storage, .. } => column.storage.clone_from(storage),
        Setting::Compression(method) => column.compression.clone_from(method),
        Setting::Statistics { target, .. } => column.statistics = *target,
        _ => return None,
    }
    Some(())
}

fn of_index(relation: &mut Relation, name: &Ident, setting: &Setting) -> Option<()> {
    if let Some(index) = relation.index_mut(name) {
        match setting {
            Setting::Parameter(name, value) => assign(&mut index.definition.parameters, name, value),
            Setting::Tablespace(name) => index.definition.tablespace.clone_from(name),
            Setting::KeyStatistics(number, Some(target)) => drop(index.statistics.insert(*number, *target)),
            Setting::KeyStatistics(number, None) => drop(index.statistics.remove(number)),
            _ => return None,
        }
        return Some(());
    }
    let index = key_index_mut(relation, name)?;
    match setting {
        Setting::Parameter(name, value) => assign(&mut index.parameters, name, value),
        Setting::Tablespace(name) => index.tablespace.clone_from(name),
        _ => return None,
    }
    Some(())
}

/// As PostgreSQL does, puts a parameter that is set behind all others.
fn assign(parameters: &mut Vec<Parameter>, name: &ParameterName, value: &Option<Assigned>) {
    parameters.retain(|found| ParameterName::of(found) != *name);
    if let Some(Assigned(value)) = value {
        let ParameterName { namespace, name } = name.clone();
        parameters.push(Parameter { namespace, name, value: value.clone() });
    }
}

/// As PostgreSQL does, leaves an option that is set in its place, and puts a new one behind all others.
fn assign_option(options: &mut Vec<GenericOption>, name: &Ident, value: &Option<String>) {
    match (options.iter_mut().find(|found| found.name == *name), value) {
        (Some(found), Some(value)) => found.value.clone_from(value),
        (None, Some(value)) => options.push(GenericOption { name: name.clone(), value: value.clone() }),
        (_, None) => options.retain(|found| found.name != *name),
    }
}

/// Returns the settings that bring a list back to what it is in a catalog, its order included, after one of them was set.
pub(super) fn back(catalog: &Catalog, of: &Address, set: &Setting) -> Vec<Setting> {
    match set {
        Setting::Parameter(name, value) => {
            let Some(was) = parameters(catalog, of) else { return Vec::new() };
            let mut now = was.clone();
            assign(&mut now, name, value);
            let kept = was.iter().zip(&now).take_while(|(old, new)| old == new).count();
            let taken =
                now.iter().filter(|found| was.iter().all(|old| ParameterName::of(old) != ParameterName::of(found)));
            let taken = taken.map(|found| Setting::Parameter(ParameterName::of(found), None));
            let same_list = |old: &&Parameter| old.namespace == name.namespace;
            let given = was.iter().skip(kept).filter(same_list);
            let given = given.map(|old| Setting::Parameter(ParameterName::of(old), Some(Assigned(old.value.clone()))));
            taken.chain(given).collect()
        }
        Setting::Option { name, to, .. } => {
            let Some(was) = options(catalog, of) else { return Vec::new() };
            let old = was.iter().position(|found| found.name == *name);
            let value = old.and_then(|at| was.get(at)).map(|found| found.value.clone());
            let first = Setting::Option { name: name.clone(), from: to.clone(), to: value };
            // What stands behind an option that went goes behind it again.
            let behind = old.filter(|_| to.is_none()).map_or(&[][..], |at| was.get(at + 1..).unwrap_or(&[]));
            let again = behind.iter().flat_map(|found| {
                let (name, value) = (found.name.clone(), Some(found.value.clone()));
                let gone = Setting::Option { name: name.clone(), from: value.clone(), to: None };
                [gone, Setting::Option { name, from: None, to: value }]
            });
            std::iter::once(first).chain(again).collect()
        }
        _ => read(catalog, of, set).into_iter().collect(),
    }
}

/// Parameters that change without keeping readers and writers out.
///
/// Source: `reloptions.c` of PostgreSQL 15.
fn is_light(name: &ParameterName) -> bool {
    let light = ["fillfactor", "parallel_workers", "toast_tuple_target", "vacuum_index_cleanup", "vacuum_truncate"];
    let name = name.name.as_str();
    light.contains(&name) || name.contains("autovacuum_") || name == "deduplicate_items"
}

/// Returns the lock that a setting takes.
///
/// Source: ALTER TABLE in the manual of PostgreSQL 15.
pub(super) fn lock(of: &Address, setting: &Setting) -> LockMode {
    let is_column = matches!(of, Address::Column(..));
    match setting {
        Setting::Parameter(name, _) if is_column || is_light(name) => LockMode::ShareUpdateExclusive,
        Setting::ClusterOn(_) | Setting::Statistics { .. } | Setting::KeyStatistics(..) => {
            LockMode::ShareUpdateExclusive
        }
        _ => LockMode::AccessExclusive,
    }
}
