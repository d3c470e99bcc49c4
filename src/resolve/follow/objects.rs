//! Renames followed in objects: bodies that PostgreSQL keeps as trees, extended statistics, members of publications.

use std::collections::BTreeSet;

use super::super::parts;
use super::{Renaming, expression, statement};
use crate::catalog::{Catalog, Definition, Holder, Object, ObjectId};
use crate::pg::{Ident, Name};
use crate::query::columns;
use crate::statement::Statement;
use crate::statement::object::Statement as Made;
use crate::statement::object::function::{BodyStatementKind, CreateFunction, SqlBody};
use crate::statement::object::publication::{CreatePublication, PublicationObjectKind, PublicationScope};
use crate::statement::relation::{Key, Statement as Relation};

/// Returns the objects that name a thing, each with the definition that it gets.
pub(super) fn rewritten(catalog: &Catalog, table: &Name, renaming: &Renaming) -> Vec<(Object, Definition)> {
    let mentioning = catalog.mentioning(table.last()).filter_map(|holder| match holder {
        Holder::Object(id) => Some(id.clone()),
        Holder::Relation(_) => None,
    });
    let ids: BTreeSet<ObjectId> = mentioning.chain(catalog.users_of(table.last())).collect();
    let objects = ids.iter().filter_map(|id| catalog.object(id));
    let changed = objects.filter_map(|object| {
        let mut definition = object.definition.clone();
        rewrite(catalog, definition.statement_mut()?, renaming);
        (definition != object.definition).then(|| (object.clone(), definition))
    });
    changed.collect()
}

/// Puts the definitions in their places.
pub(super) fn write(catalog: &mut Catalog, objects: Vec<(Object, Definition)>) {
    for (old, mut definition) in objects {
        let Some(mut current) = current(catalog, &old).cloned() else { continue };
        match (body(&mut current.definition), body(&mut definition)) {
            // Its signature may have changed with the row type of a table.
            (Some(held), Some(new)) => *held = new.take(),
            _ => current.definition = definition,
        }
        catalog.insert_object(current);
    }
}

/// Finds an object again after what it names was renamed, the types of its arguments perhaps with it.
fn current<'a>(catalog: &'a Catalog, old: &Object) -> Option<&'a Object> {
    let of = |object: &Object| object.definition.function().map(|create| create.body.clone());
    let again = || {
        let all = catalog.objects_named(old.id.class, &old.id.name);
        all.into_iter().find(|found| of(old).is_some() && of(found) == of(old))
    };
    catalog.object(&old.id).or_else(again)
}

fn body(definition: &mut Definition) -> Option<&mut Option<SqlBody>> {
    match definition.statement_mut()? {
        Statement::Object(made) => match &mut **made {
            Made::CreateFunction(create) => Some(&mut create.body),
            _ => None,
        },
        _ => None,
    }
}

fn rewrite(catalog: &Catalog, made: &mut Statement, renaming: &Renaming) {
    match (made, renaming) {
        (Statement::Object(made), _) => match (&mut **made, renaming) {
            (Made::CreateFunction(create), _) => routine(catalog, create, renaming),
            (Made::CreatePublication(create), Renaming::Column(table, from, to)) => {
                publication(create, table, (from, to));
            }
            _ => {}
        },
        (Statement::Relation(made), Renaming::Column(table, from, to)) => {
            if let Relation::CreateStatistics(create) = &mut **made
                && create.table == *table
            {
                create.elements.iter_mut().for_each(|key| rename_key(key, from, to));
            }
        }
        _ => {}
    }
}

fn rename_key(key: &mut Key, from: &Ident, to: &Ident) {
    match key {
        Key::Column(name) if name == from => *name = to.clone(),
        Key::Column(_) => {}
        Key::Expression(value) => columns::rename(value, from, to),
    }
}

fn publication(create: &mut CreatePublication, of: &Name, (from, to): (&Ident, &Ident)) {
    let PublicationScope::Objects(members) = &mut create.scope else { return };
    for member in members {
        if let PublicationObjectKind::Table { relation, columns: listed, filter } = &mut member.kind
            && relation.name == *of
        {
            listed.iter_mut().filter(|column| *column == from).for_each(|column| *column = to.clone());
            filter.iter_mut().for_each(|filter| columns::rename(filter, from, to));
        }
    }
}

fn routine(catalog: &Catalog, create: &mut CreateFunction, renaming: &Renaming) {
    let around = parts::inside(create);
    match &mut create.body {
        Some(SqlBody::Return(value)) => expression(catalog, value, &around, renaming),
        Some(SqlBody::Atomic(statements)) => {
            for found in statements {
                match &mut found.kind {
                    BodyStatementKind::Return(value) => expression(catalog, value, &around, renaming),
                    BodyStatementKind::Statement(inner) => {
                        if let Statement::Data(data) = &mut **inner {
                            statement(catalog, data, &around, renaming);
                        }
                    }
                }
            }
        }
        None => {}
    }
}
