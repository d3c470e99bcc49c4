//! `LIKE table` in CREATE TABLE.

use super::Lowering;
use super::constraints::Pending;
use super::create::{self, Table};
use super::not_null;
use super::object::members;
use super::sequence::{beside, logged_before_15};
use crate::catalog::names::joined;
use crate::catalog::{
    Address, Class, Column, ConstraintKind, Definition, Generated, Object, ObjectId, Origin, Relation, Shared,
};
use crate::changes::property::Property;
use crate::pg::{Name, TypeName};
use crate::source::Span;
use crate::statement::Statement;
use crate::statement::relation::{CreateStatistics, Like, LikeChoice, LikeOption, Statement as Made};

/// Copies what LIKE names.
pub(super) fn copy(lowering: &mut Lowering<'_>, table: &mut Table<'_>, like: &Like) {
    let source = match lowering.catalog.existing(&like.table) {
        Ok(source) => source,
        Err(error) => {
            table.is_partly_unknown = true;
            return lowering.fail(error);
        }
    };
    table.is_partly_unknown |= !source.is_known_table();
    for column in &source.columns {
        let copied = copy_column(lowering, table, (source, column), like);
        create::place(lowering, table, copied);
    }
    if not_null::is_constraint(lowering.catalog.version) {
        let named = source.constraints.iter().filter(|found| matches!(found.kind, ConstraintKind::NotNull(_)));
        table.pending.extend(named.map(|found| Pending::copied(&found.definition, Some(&found.name))));
    }
    if includes(like, LikeOption::Constraints) {
        let checks = source.constraints.iter().filter(|found| found.kind == ConstraintKind::Check);
        for found in checks {
            table.pending.push(Pending::copied(&found.definition, Some(&found.name)));
            if includes(like, LikeOption::Comments) {
                comment(table, &found.shared, |table| Address::Constraint(table, found.name.clone()));
            }
        }
    }
    if includes(like, LikeOption::Indexes) {
        let keys = source.constraints.iter().filter(|found| found.kind.has_index());
        table.pending.extend(keys.map(Pending::key));
        copy_indexes(lowering, table, source, like);
    }
    if includes(like, LikeOption::Statistics) {
        copy_statistics(lowering, table, source, like);
    }
}

/// Copies extended statistics: columns in their order, then expressions.
fn copy_statistics(lowering: &Lowering<'_>, table: &mut Table<'_>, source: &Relation, like: &Like) {
    for object in lowering.catalog.objects_of(Class::Statistics) {
        let Some(Statement::Relation(made)) = object.definition.statement() else { continue };
        let Made::CreateStatistics(create) = &**made else { continue };
        if create.table != source.name {
            continue;
        }
        let mut elements = create.elements.clone();
        members::order(&mut elements, source);
        let made: Vec<Name> = table.statistics.iter().map(|found| found.id.name.clone()).collect();
        let name = members::chosen(lowering.catalog, &table.relation.name, &elements, &made);
        let of = table.relation.name.clone();
        let copied = CreateStatistics { name: Some(name.clone()), elements, table: of, ..(**create).clone() };
        let statement = Statement::Relation(Box::new(Made::CreateStatistics(Box::new(copied))));
        let definition = Definition::Extended(statement.into(), Vec::new());
        let copied = Object::new(ObjectId::new(Class::Statistics, name), definition, Origin::default());
        if includes(like, LikeOption::Comments) {
            comment(table, &object.shared, |_| Address::Object(copied.id.clone()));
        }
        table.statistics.push(copied);
    }
}

fn copy_column(
    lowering: &Lowering<'_>,
    table: &mut Table<'_>,
    (source, column): (&Relation, &Column),
    like: &Like,
) -> Column {
    let mut copied = Column::new(column.name.clone(), column.type_name.clone());
    copied.collation = column.collation.clone();
    copied.not_null = column.not_null;
    if includes(like, LikeOption::Defaults) {
        copied.default = column.default.clone();
    }
    match &column.generated {
        Some(Generated::Identity(_)) if includes(like, LikeOption::Identity) => {
            copied.generated = column.generated.clone();
            copy_sequence(lowering, table, (source, column));
        }
        Some(Generated::Expression(..)) if includes(like, LikeOption::Generated) => {
            copied.generated = column.generated.clone();
        }
        _ => {}
    }
    if includes(like, LikeOption::Storage) {
        copied.storage = column.storage.clone();
    }
    if includes(like, LikeOption::Compression) {
        copied.compression = column.compression.clone();
    }
    if includes(like, LikeOption::Comments) {
        comment(table, &column.shared, |table| Address::Column(table, column.name.clone()));
    }
    copied
}

/// Copies a comment, to be said once the table is there.
fn comment(table: &mut Table<'_>, shared: &Shared, of: impl Fn(Name) -> Address) {
    if let Some(text) = shared.comment() {
        table.properties.push((of(table.relation.name.clone()), Property::Comment(Some(text.to_owned()))));
    }
}

/// Gives a copied identity column a sequence of its own that counts alike.
fn copy_sequence(lowering: &Lowering<'_>, table: &mut Table<'_>, (source, column): (&Relation, &Column)) {
    let Some(found) = lowering.catalog.identity_sequence(&source.name, &column.name) else { return };
    let name = table.names.relation(table.relation.name.last(), Some(column.name.as_str()), "seq");
    let mut copied = Relation::new(beside(&table.relation.name, name), found.kind, Origin::default());
    copied.persistence = table.relation.persistence;
    let mut copied = logged_before_15(copied, lowering.catalog);
    copied.sequence = found.sequence.clone();
    let owner = Some((table.relation.name.clone(), column.name.clone()));
    let bigint = TypeName::builtin("int8", Span::default());
    if let Some(sequence) = &mut copied.sequence {
        sequence.owned_by.clone_from(&owner);
        // Tried on PostgreSQL 15: the bounds are copied, the type is not.
        sequence.type_name = bigint.clone();
    }
    table.sequences.push(copied);
}

fn copy_indexes(lowering: &Lowering<'_>, table: &mut Table<'_>, source: &Relation, like: &Like) {
    for index in &source.indexes {
        let mut copied = index.clone();
        let name = table.names.relation(table.relation.name.last(), Some(&joined(&index.labels())), "idx");
        if includes(like, LikeOption::Comments) {
            comment(table, &index.shared, |table| Address::Index(table, name.clone()));
        }
        copied.shared = Shared::default();
        copied.statistics.clear();
        copied.set_name(&name);
        copied.inherited = false;
        copied.definition.relation.name = lowering.catalog.shown(&table.relation.name);
        copied.definition.relation.only = false;
        table.copied.push(copied);
    }
}

/// Says whether LIKE copies something: a later option wins.
fn includes(like: &Like, wanted: LikeOption) -> bool {
    let about = |option: LikeOption| option == wanted || option == LikeOption::All;
    let last = like.options.iter().rev().find(|(_, option)| about(*option));
    last.is_some_and(|(choice, _)| *choice == LikeChoice::Including)
}
