//! CREATE TABLE, CREATE FOREIGN TABLE, CREATE INDEX.

use super::constraints::{self, Pending};
use super::sequence::{self, refused};
use super::{Lowering, kind_of, like, names, setting};
use crate::catalog::names::{Names, index_columns, joined};
use crate::catalog::{
    Address, Catalog, CatalogError, Column, Definition, Foreign, Generated, Index, Kind, Object, Origin, Relation,
    next_value, settle,
};
use crate::changes::property::{Property, SetProperty, Setting};
use crate::changes::{AlterSequence, CreateIndex, CreateObject, CreateTable, IndexBuild, Reach, parts};
use crate::pg::{Ident, Name, TypeName};
use crate::source::Span;
use crate::statement::relation::{
    ColumnConstraintKind, ColumnDefinition, ConstraintAttribute, CreateForeignTable, CreateTable as Create, Key,
    RelationExpr, TableBody, TableElement, TableStorage,
};

/// A table on its way to a relation.
pub(super) struct Table<'a> {
    pub(super) relation: Relation,
    pub(super) names: Names<'a>,
    pub(super) pending: Vec<Pending>,
    /// Sequences that come with its columns.
    pub(super) sequences: Vec<Relation>,
    /// What LIKE copies and no definition says.
    pub(super) properties: Vec<(Address, Property)>,
    /// Indexes that LIKE copies.
    pub(super) copied: Vec<Index>,
    /// Extended statistics that LIKE copies.
    pub(super) statistics: Vec<Object>,
    /// Whether columns come from where nothing is known.
    pub(super) is_partly_unknown: bool,
}

/// Lowers CREATE TABLE.
pub(super) fn table(lowering: &mut Lowering<'_>, create: &Create) {
    let kind = match (&create.partition_by, create.persistence) {
        (Some(_), _) => Kind::Partitioned,
        (None, persistence) => kind_of(persistence, Kind::Table),
    };
    let name = lowering.new_name(&create.name, kind_of(create.persistence, kind));
    if !lowering.is_free(&name, create.if_not_exists) {
        return;
    }
    let mut relation = Relation::new(name, kind, Origin::default());
    relation.partition_by = create.partition_by.clone();
    relation.storage = normal(&create.storage);
    relation.persistence = create.persistence;
    let table = body(lowering, relation, &create.body);
    finish(lowering, table);
}

/// Names the constraints of a table, and makes it with everything that its statement does not say in one.
fn finish(lowering: &mut Lowering<'_>, mut table: Table<'_>) {
    let catalog = lowering.catalog;
    for column in &mut table.relation.columns {
        column.default = catalog.kept_default(column.default.take(), column.type_name.as_ref());
    }
    let pending = std::mem::take(&mut table.pending);
    for constraint in constraints::named(lowering, &mut table, pending) {
        table.relation.constraints.push(constraint);
    }
    if table.is_partly_unknown && table.relation.kind == Kind::Table {
        table.relation.kind = Kind::TableAs;
        table.relation.is_open = true;
    }
    // CREATE TABLE says how values are stored only since PostgreSQL 16.
    let stored = storage(&mut table.relation);
    let parents = table.relation.parents.iter().map(|parent| catalog.shown(parent)).collect();
    let shown = catalog.shown(&table.relation.name);
    let mut sequences = table.sequences;
    let retyped: Vec<AlterSequence> =
        sequences.iter_mut().filter_map(|found| retyped(&table.relation, found, catalog)).collect();
    let overrides = parts::overrides(&table.relation, catalog);
    lowering.push(CreateTable { table: shown.clone(), parents, relation: Box::new(table.relation), sequences });
    retyped.into_iter().for_each(|change| lowering.push(change));
    overrides.into_iter().for_each(|change| lowering.push(change));
    for index in table.copied {
        lowering.push(CreateIndex { table: shown.clone(), index, build: IndexBuild::Blocking });
    }
    for object in table.statistics {
        CreateObject::made(object, catalog).into_iter().for_each(|change| lowering.push(change));
    }
    for (of, property) in stored.into_iter().chain(table.properties) {
        lowering.push(SetProperty::new(catalog, of, property));
    }
}

/// Takes out what the definition of an identity column cannot say of its sequence.
fn retyped(table: &Relation, found: &mut Relation, catalog: &Catalog) -> Option<AlterSequence> {
    let (plain, to) = parts::as_definition(table, found)?;
    let change = parts::retype(catalog.shown(&found.name), &plain, to);
    found.sequence = Some(Box::new(plain));
    Some(change)
}

/// Takes out how values of columns are stored where it is not as their types choose.
fn storage(relation: &mut Relation) -> Vec<(Address, Property)> {
    let mut stored = Vec::new();
    for column in relation.columns.iter_mut().filter(|column| !column.inherited) {
        let Some(wanted) = column.storage.take() else { continue };
        let setting = setting::storage(column, &wanted, Reach::Tree);
        if let Setting::Storage { storage: Some(_), .. } = setting {
            let of = Address::Column(relation.name.clone(), column.name.clone());
            stored.push((of, Property::Setting(setting)));
        }
    }
    stored
}

/// Returns how a table is stored without what PostgreSQL chooses anyway, and in one order.
pub(super) fn normal(storage: &TableStorage) -> TableStorage {
    let mut storage = storage.clone();
    storage.access_method = storage.access_method.filter(|name| name != "heap");
    storage.tablespace = storage.tablespace.filter(|name| name != "pg_default");
    // Tables have had no OIDs since PostgreSQL 12; saying so is allowed.
    storage.parameters.retain(|parameter| parameter.name != "oids");
    storage
}

/// Lowers CREATE FOREIGN TABLE.
pub(super) fn foreign_table(lowering: &mut Lowering<'_>, create: &CreateForeignTable) {
    let name = lowering.new_name(&create.name, Kind::Foreign);
    if !lowering.is_free(&name, create.if_not_exists) {
        return;
    }
    let mut relation = Relation::new(name, Kind::Foreign, Origin::default());
    let options = create.options.clone();
    relation.foreign = Some(Foreign { server: create.server.clone(), options });
    let table = body(lowering, relation, &create.body);
    finish(lowering, table);
}

fn body<'a>(lowering: &mut Lowering<'a>, relation: Relation, body: &TableBody) -> Table<'a> {
    let mut names = Names::beside(lowering.catalog, &relation.name);
    names.take_relation(relation.name.last());
    let mut table = Table {
        relation,
        names,
        pending: Vec::new(),
        copied: Vec::new(),
        statistics: Vec::new(),
        sequences: Vec::new(),
        properties: Vec::new(),
        is_partly_unknown: false,
    };
    let elements = match body {
        TableBody::Elements { elements, inherits } => {
            inherits.iter().for_each(|parent| inherit(lowering, &mut table, parent));
            elements
        }
        TableBody::OfType { type_name, elements } => {
            of_type(lowering, &mut table, type_name);
            elements
        }
        TableBody::PartitionOf { parent, elements, bound } => {
            table.relation.bound = Some(bound.clone());
            inherit(lowering, &mut table, parent);
            elements
        }
    };
    for element in elements {
        match element {
            TableElement::Column(definition) => column(lowering, &mut table, definition),
            TableElement::Constraint(constraint) => table.pending.push(Pending::table(constraint)),
            TableElement::Like(wanted) => like::copy(lowering, &mut table, wanted),
        }
    }
    table
}

/// Takes over the attributes of a composite type.
fn of_type(lowering: &Lowering<'_>, table: &mut Table<'_>, type_name: &Name) {
    let found = lowering.catalog.type_named(type_name);
    table.is_partly_unknown = true;
    if let Some(Definition::Composite(of)) = found.map(|found| &found.definition) {
        table.is_partly_unknown = false;
        for attribute in &of.attributes {
            let mut column = Column::new(attribute.name.clone(), Some(attribute.type_name.clone()));
            column.collation = attribute.collation.clone();
            table.relation.columns.push(column);
        }
    }
    let name = found.map_or_else(|| type_name.clone(), |found| found.id.name.clone());
    let of = Address::Relation(table.relation.name.clone());
    table.properties.push((of, Property::Setting(Setting::OfType(Some(name)))));
}

/// Takes over what a parent passes on.
fn inherit(lowering: &mut Lowering<'_>, table: &mut Table<'_>, parent: &Name) {
    let parent = match lowering.catalog.existing(parent) {
        Ok(parent) => parent,
        Err(error) => {
            table.relation.parents.push(lowering.catalog.qualified(parent));
            table.is_partly_unknown = true;
            return lowering.fail(error);
        }
    };
    table.is_partly_unknown |= !parent.is_known_table();
    table.relation.parents.push(parent.name.clone());
    for column in &parent.columns {
        match table.relation.columns.iter_mut().find(|found| found.name == column.name) {
            // Of two parents' columns one is made, which is what either of them demands.
            Some(found) => {
                found.not_null |= column.not_null;
                found.default = found.default.take().or_else(|| column.default.clone());
            }
            None => table.relation.columns.push(inherited(column)),
        }
    }
    parts::pass_on(parent, &mut table.relation, lowering.catalog);
    for constraint in &mut table.relation.constraints {
        // The rows of an empty table satisfy everything.
        constraint.definition.attributes.0.retain(|attribute| *attribute != ConstraintAttribute::NotValid);
        constraint.validated = !constraint.definition.attributes.skips_validation();
        table.names.take_constraint(&constraint.name);
        if constraint.kind.has_index() {
            table.names.take_relation(&constraint.name);
        }
    }
    table.relation.indexes.iter().for_each(|index| table.names.take_relation(&index.name));
}

/// A child's column has no sequence of its own: an identity stays with the parent, a serial default is shared.
fn inherited(column: &Column) -> Column {
    let generated = match &column.generated {
        Some(Generated::Expression(..)) => column.generated.clone(),
        _ => None,
    };
    // Privileges, comments, statistics and parameters are the parent's own.
    let plain = Column::new(column.name.clone(), column.type_name.clone());
    let Column { shared, statistics, parameters, options, .. } = plain;
    Column { generated, inherited: true, shared, statistics, parameters, options, ..column.clone() }
}

/// Adds a column, or adds to one that a parent passed on.
fn column(lowering: &mut Lowering<'_>, table: &mut Table<'_>, definition: &ColumnDefinition) {
    let made = make_column((&mut table.names, lowering.catalog), &table.relation, definition);
    made.error.into_iter().for_each(|error| lowering.fail(error));
    table.sequences.extend(made.sequence);
    match definition.type_name {
        Some(_) => place(lowering, table, made.column),
        None => amend(table, made.column),
    }
    let own = definition.constraints.iter();
    table
        .pending
        .extend(own.filter_map(|constraint| Pending::column(&definition.name, constraint, lowering.catalog.version)));
}

/// Adds a column that is the table's own, also where a parent passed it on.
pub(super) fn place(lowering: &mut Lowering<'_>, table: &mut Table<'_>, made: Column) {
    match table.relation.column_mut(&made.name) {
        Some(found) if !found.inherited => {
            let shown = lowering.catalog.shown(&table.relation.name);
            lowering.fail(CatalogError::DuplicateColumn(shown, made.name));
        }
        Some(found) => {
            found.inherited = false;
            amend(table, made);
        }
        None => table.relation.columns.push(made),
    }
}

/// Adds to a column what else is said of it.
fn amend(table: &mut Table<'_>, made: Column) {
    match table.relation.column_mut(&made.name) {
        Some(found) => {
            found.not_null |= made.not_null;
            found.default = made.default.or_else(|| found.default.take());
            found.generated = made.generated.or_else(|| found.generated.take());
        }
        None => table.relation.columns.push(made),
    }
}

/// A new column and the sequence that comes with it.
pub(super) struct Made {
    pub(super) column: Column,
    pub(super) sequence: Option<Relation>,
    /// What PostgreSQL would refuse about it.
    pub(super) error: Option<CatalogError>,
}

/// Makes a column of a table from its definition; what becomes a constraint of the table is left out.
pub(super) fn make_column(
    (names, catalog): (&mut Names<'_>, &Catalog),
    table: &Relation,
    definition: &ColumnDefinition,
) -> Made {
    let mut column = Column::new(definition.name.clone(), definition.type_name.clone());
    column.collation = definition.collation.clone();
    column.storage = definition.storage.clone();
    column.compression = definition.compression.clone().filter(|method| method != "default");
    column.options = definition.options.clone();
    let mut made = Made { column, sequence: None, error: None };
    if let Some(integer) = definition.type_name.as_ref().and_then(serial) {
        make_serial(&mut made, names, table, integer);
    }
    for constraint in &definition.constraints {
        let column = &mut made.column;
        match &constraint.kind {
            ColumnConstraintKind::NotNull | ColumnConstraintKind::PrimaryKey(_) => column.not_null = true,
            ColumnConstraintKind::Default(value) => {
                let mut value = value.clone();
                settle(&mut value, catalog);
                column.default = Some(value);
            }
            ColumnConstraintKind::Identity { generated, sequence } => {
                column.not_null = true;
                column.generated = Some(Generated::Identity(*generated));
                let type_name = column.type_name.clone();
                match sequence::of_identity(names, (table, &column.name), type_name.as_ref(), sequence) {
                    Ok(sequence) => made.sequence = Some(sequence),
                    Err(error) => drop(made.error.get_or_insert(error)),
                }
            }
            ColumnConstraintKind::Generated { value, storage } => {
                column.generated = Some(Generated::Expression(Box::new(value.clone()), *storage));
            }
            ColumnConstraintKind::Null
            | ColumnConstraintKind::Check(_)
            | ColumnConstraintKind::Unique { .. }
            | ColumnConstraintKind::References(_) => {}
        }
    }
    made.sequence = made.sequence.map(|sequence| sequence::logged_before_15(sequence, catalog));
    made
}

fn make_serial(made: &mut Made, names: &mut Names<'_>, table: &Relation, integer: TypeName) {
    if made.column.type_name.as_ref().is_some_and(|written| !written.bounds.is_empty()) {
        made.error = Some(refused("0A000", "array of serial is not implemented"));
    }
    let sequence = sequence::of_serial(names, table, &made.column.name, integer.clone());
    made.column.type_name = Some(integer);
    made.column.not_null = true;
    made.column.default = Some(next_value(&sequence.name));
    made.sequence = Some(sequence);
}

/// Returns the integer type of `serial` and its kin.
fn serial(type_name: &TypeName) -> Option<TypeName> {
    let [word] = type_name.name.parts.as_slice() else { return None };
    let integer = match word.as_str() {
        "smallserial" | "serial2" => "int2",
        "serial" | "serial4" => "int4",
        "bigserial" | "serial8" => "int8",
        _ => return None,
    };
    Some(TypeName::builtin(integer, Span::default()))
}

/// Lowers CREATE INDEX.
pub(super) fn index(lowering: &mut Lowering<'_>, create: &crate::statement::relation::CreateIndex) {
    let unknown = Relation::new(lowering.catalog.qualified(&create.relation.name), Kind::TableAs, Origin::default());
    let relation = match lowering.catalog.existing(&create.relation.name) {
        Ok(relation) => relation,
        Err(error) => {
            lowering.fail(error);
            &unknown
        }
    };
    let mut names = Names::beside(lowering.catalog, &relation.name);
    let name = match &create.name {
        Some(name) => {
            let mut parts = relation.name.parts.clone();
            parts.pop();
            parts.push(name.clone());
            if !lowering.is_free(&Name { parts, span: create.relation.name.span }, create.if_not_exists) {
                return;
            }
            name.clone()
        }
        None => {
            let columns = index_columns(create.elements.iter().chain(&create.include));
            names.relation(relation.name.last(), Some(&joined(&columns)), "idx")
        }
    };
    let shown = lowering.catalog.shown(&relation.name);
    if let Some(missing) = missing_column(relation, create) {
        return lowering.fail(CatalogError::UndefinedColumn(shown, missing));
    }
    let mut definition = create.clone();
    definition.name = Some(name.clone());
    (definition.concurrently, definition.if_not_exists) = (false, false);
    definition.tablespace = definition.tablespace.filter(|name| name != "pg_default");
    definition.relation = RelationExpr { only: create.relation.only, name: shown.clone() };
    let build = if create.concurrently { IndexBuild::Concurrent } else { IndexBuild::Blocking };
    let index = Index::new(name, Box::new(definition));
    lowering.push(CreateIndex { table: shown, index, build });
}

/// Returns the first column that an index names and its table does not have.
fn missing_column(relation: &Relation, create: &crate::statement::relation::CreateIndex) -> Option<Ident> {
    if !relation.is_known_table() {
        return None;
    }
    let keys = create.elements.iter().chain(&create.include).map(|element| &element.key);
    let mut missing = keys.filter_map(|key| match key {
        Key::Column(name) => relation.column(name).is_none().then(|| name.clone()),
        Key::Expression(key) => names::missing_column(relation, key),
    });
    let first = missing.next();
    first.or_else(|| names::missing_column(relation, create.predicate.as_ref()?))
}
