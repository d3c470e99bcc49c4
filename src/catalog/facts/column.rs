//! Facts of columns.

use super::fold::Context;
use super::relation::{options, parameters};
use super::{Facts, POSITION, Page, Value};
use crate::catalog::{Address, Class, Column, Generated, Relation};
use crate::statement::relation::GeneratedStorage;

pub(super) fn facts(facts: &mut Facts, context: Context<'_>, relation: &Relation) {
    for (found, position) in relation.columns.iter().zip(1..) {
        let address = Address::Column(relation.name.clone(), found.name.clone());
        column(&mut facts.page(address, context), found, position);
    }
}

fn column(page: &mut Page<'_>, column: &Column, position: usize) {
    page.text(POSITION, position);
    match &column.type_name {
        Some(of) => page.text("type", page.context.type_name(of)),
        None => page.value("type", Value::Unknown),
    }
    let collation = column.collation.as_ref().filter(|name| *name.last() != "default");
    page.named("collation".to_owned(), Class::Collation, collation);
    page.holds("not null", column.not_null);
    if let Some(default) = &column.default
        && let Some(value) = page.context.default(default, column.type_name.as_ref())
    {
        page.value("default", value);
    }
    let generation = column.generated.as_ref().filter(|_| !has_identity_above(page.context, column));
    generated(page, generation);
    page.option("storage", &column.storage);
    page.option("compression", &column.compression.as_ref().filter(|method| **method != "default"));
    page.option("statistics", &column.statistics.filter(|target| *target >= 0));
    parameters(page, &column.parameters);
    options(page, &column.options);
    page.holds("inherited", column.inherited);
    page.shared(&column.shared);
}

/// Says whether a partition's column is an identity because the partitioned table's is: since PostgreSQL 17 it is one too.
fn has_identity_above(context: Context<'_>, column: &Column) -> bool {
    let partition = context.relation.filter(|relation| relation.bound.is_some());
    let above =
        partition.and_then(|relation| context.catalog.relation(relation.parents.first()?)?.column(&column.name));
    above.is_some_and(|above| matches!(above.generated, Some(Generated::Identity(_))))
}

fn generated(page: &mut Page<'_>, generated: Option<&Generated>) {
    match generated {
        Some(Generated::Identity(when)) => page.text("identity", when),
        Some(Generated::Expression(value, storage)) => {
            page.expression("generated", value);
            page.holds("virtual", *storage == GeneratedStorage::Virtual);
        }
        None => {}
    }
}
