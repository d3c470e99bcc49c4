//! Places of tables in publications: a table that goes leaves them, and columns that they name keep their table.

use super::Lowering;
use crate::catalog::{Catalog, CatalogError, Class, Object, Relation};
use crate::changes::AlterObject;
use crate::pg::{Ident, Name};
use crate::query::columns;
use crate::statement::Statement;
use crate::statement::object::Statement as Made;
use crate::statement::object::publication::PublicationScope;
use crate::statement::object::publication::{CreatePublication, PublicationObject, PublicationObjectKind};
use crate::statement::words::Behavior;

/// Takes tables that are dropped together out of all publications.
pub(super) fn leave(lowering: &mut Lowering<'_>, tables: &[&Name]) {
    take_out(lowering, |member| table(member).is_some_and(|name| tables.contains(&name)));
}

/// Takes a table out of the publications that name a column of it; false when that is refused.
pub(super) fn release(lowering: &mut Lowering<'_>, relation: &Relation, column: &Ident, behavior: Behavior) -> bool {
    let is_named = |member: &PublicationObject| match &member.kind {
        PublicationObjectKind::Table { relation: target, columns, filter } if target.name == relation.name => {
            columns.contains(column) || filter.iter().any(|filter| columns::named(filter).contains(column))
        }
        _ => false,
    };
    let holder = publications(lowering.catalog).find(|(_, create)| members(create).iter().any(is_named));
    if let (Some((object, _)), Behavior::Restrict) = (holder, behavior) {
        let table = lowering.catalog.shown(&relation.name);
        let dependent = format!("table `{table}` in publication `{}`", object.id.name.last());
        lowering.fail(CatalogError::DependentObjects {
            dropped: format!("column `{column}` of table `{table}`"),
            dependent,
        });
        return false;
    }
    take_out(lowering, is_named);
    true
}

fn take_out(lowering: &mut Lowering<'_>, goes: impl Fn(&PublicationObject) -> bool) {
    let catalog = lowering.catalog;
    for (object, _) in publications(catalog).filter(|(_, create)| members(create).iter().any(&goes)) {
        let mut to = object.definition.clone();
        if let Some(Statement::Object(made)) = to.statement_mut()
            && let Made::CreatePublication(create) = &mut **made
            && let PublicationScope::Objects(held) = &mut create.scope
        {
            held.retain(|member| !goes(member));
        }
        lowering.push(AlterObject::of(object, to, catalog));
    }
}

fn publications(catalog: &Catalog) -> impl Iterator<Item = (&Object, &CreatePublication)> {
    catalog.objects_of(Class::Publication).filter_map(|object| match object.definition.statement()? {
        Statement::Object(made) => match &**made {
            Made::CreatePublication(create) => Some((object, &**create)),
            _ => None,
        },
        _ => None,
    })
}

fn members(create: &CreatePublication) -> &[PublicationObject] {
    match &create.scope {
        PublicationScope::Objects(members) => members,
        PublicationScope::AllTables => &[],
    }
}

fn table(member: &PublicationObject) -> Option<&Name> {
    match &member.kind {
        PublicationObjectKind::Table { relation, .. } => Some(&relation.name),
        _ => None,
    }
}
