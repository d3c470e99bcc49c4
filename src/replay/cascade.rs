//! What depends on something that is dropped: it stops the drop, or goes first.

use super::{Lowering, drop, retire};
use crate::catalog::{Address, Catalog, CatalogError, Class, Kind, Object, Relation};
use crate::changes::{
    Change, DropIndex, DropObject, DropPart, DropRelation, IndexBuild, PartKind, Reach, SetDefault, parts,
};
use crate::pg::{Ident, Name};
use crate::query::columns;
use crate::resolve::dependents::How;
use crate::resolve::parts::{Definer, Part};
use crate::statement::Statement;
use crate::statement::relation::{Key, Statement as Made};
use crate::statement::words::Behavior;

/// Drops what depends on a thing, beside what goes with these relations anyway; false when that is refused.
pub(super) fn release(lowering: &mut Lowering<'_>, of: &Address, along: &[&Name], behavior: Behavior) -> bool {
    let catalog = lowering.catalog;
    let goes = |definer: &Definer| {
        let own = definer.address.relation().is_some_and(|name| along.contains(&name));
        own || is_released_elsewhere(catalog, of, definer)
    };
    if behavior == Behavior::Restrict {
        let blocking = catalog.dependents(of);
        let mut blocking = blocking.iter().filter(|found| found.how == How::Blocks && !goes(&found.definer));
        let Some(first) = blocking.next() else { return true };
        let (dropped, dependent) = (described(catalog, of), described_definer(catalog, &first.definer));
        lowering.fail(CatalogError::DependentObjects { dropped, dependent });
        return false;
    }
    for definer in catalog.cascade(of).iter().filter(|definer| !goes(definer)) {
        if !is_gone(lowering, definer) {
            drop_definer(lowering, definer);
        }
    }
    true
}

/// Says whether the statement drops a dependent already, for the sake of something else.
fn is_gone(lowering: &Lowering<'_>, definer: &Definer) -> bool {
    let catalog = lowering.catalog;
    let Some(table) = definer.address.relation().map(|name| catalog.shown(name)) else { return false };
    lowering.effects.changes.iter().any(|change| match (change, &definer.address) {
        (Change::DropRelation(found), _) => found.relation == table,
        (Change::DropColumn(found), Address::Column(_, name)) => found.table == table && found.column == *name,
        (Change::DropIndex(found), Address::Index(_, name)) => found.table == table && found.name == *name,
        (Change::DropConstraint(found), Address::Constraint(_, name)) => found.table == table && found.name == *name,
        (Change::DropPart(found), Address::Trigger(_, name) | Address::Policy(_, name) | Address::Rule(_, name)) => {
            found.table == table && found.name == *name
        }
        _ => false,
    })
}

/// Says whether something depends on the type of a column that PostgreSQL does not make anew; ALTER TYPE is refused then.
/// A generated column that is out of sight is in its way too, and goes.
pub(super) fn keeps_type(lowering: &mut Lowering<'_>, column: &Address) -> bool {
    let catalog = lowering.catalog;
    let dependents = catalog.dependents(column);
    for found in &dependents {
        if let (Address::Column(table, name), Part::Whole) = (&found.definer.address, found.definer.part)
            && retire::is_retired(name)
            && let Some(relation) = catalog.relation(table)
        {
            drop::column(lowering, (relation, Reach::Tree), name, (true, Behavior::Restrict));
        }
    }
    let user = dependents.into_iter().find_map(|found| match &found.definer.address {
        _ if is_gone(lowering, &found.definer) => None,
        _ if found.how == How::Follows || found.definer.part == Part::Default => None,
        Address::Relation(_) | Address::Rule(..) => Some("by a view or rule"),
        Address::Policy(..) => Some("in a policy definition"),
        Address::Trigger(..) => Some("in a trigger definition"),
        Address::Column(..) => Some("by a generated column"),
        Address::Object(_) => Some("by a function or procedure"),
        _ => None,
    });
    let Some(user) = user else { return false };
    let message = format!("cannot alter type of a column used {user}");
    lowering.fail(CatalogError::Refused { sqlstate: "0A000", message });
    true
}

/// Drops the extended statistics of a table that goes, or of a column of it.
pub(super) fn statistics(lowering: &mut Lowering<'_>, relation: &Relation, column: Option<&Ident>) {
    let catalog = lowering.catalog;
    let names = |key: &Key, column: &Ident| match key {
        Key::Column(name) => name == column,
        Key::Expression(value) => columns::named(value).contains(column),
    };
    for object in catalog.objects_of(Class::Statistics) {
        let Some(Statement::Relation(made)) = object.definition.statement() else { continue };
        let Made::CreateStatistics(create) = &**made else { continue };
        let about = column.is_none_or(|column| create.elements.iter().any(|key| names(key, column)));
        if create.table == relation.name && about {
            lowering.push(DropObject::of(object, catalog));
        }
    }
}

/// Returns relations that are dropped together in an order in which what depends on another goes before it.
pub(super) fn ordered<'a>(catalog: &Catalog, dropped: &[&'a Relation]) -> Vec<&'a Relation> {
    let mut order: Vec<&Relation> = Vec::new();
    for relation in dropped {
        for definer in catalog.cascade(&Address::Relation(relation.name.clone())) {
            let user = dropped.iter().find(|other| definer.address.relation() == Some(&other.name));
            order.extend(user.filter(|user| !order.iter().any(|found| found.name == user.name)));
        }
        if !order.iter().any(|found| found.name == relation.name) {
            order.push(relation);
        }
    }
    order
}

/// Defaults go with their sequence, and generated columns with the columns that they are computed from, by rules of their
/// own.
fn is_released_elsewhere(catalog: &Catalog, of: &Address, definer: &Definer) -> bool {
    match of {
        Address::Relation(name) => {
            let is_sequence = catalog.relation(name).is_some_and(|found| found.kind == Kind::Sequence);
            is_sequence && definer.part == Part::Default
        }
        Address::Column(table, _) => {
            matches!(&definer.address, Address::Column(own, _) if own == table)
        }
        // Objects that use a dropped one go in an order of their own.
        Address::Object(_) => matches!(definer.address, Address::Object(_) | Address::DomainConstraint(..)),
        _ => false,
    }
}

/// Drops an object, unless the statement drops it already.
pub(super) fn object(lowering: &mut Lowering<'_>, object: &Object) {
    let mut changes = lowering.effects.changes.iter();
    if !changes.any(|change| matches!(change, Change::DropObject(found) if found.id == object.id)) {
        lowering.push(DropObject::of(object, lowering.catalog));
    }
}

fn drop_definer(lowering: &mut Lowering<'_>, definer: &Definer) {
    let catalog = lowering.catalog;
    if let Address::Object(id) = &definer.address {
        return catalog.object(id).into_iter().for_each(|found| object(lowering, found));
    }
    let Some(relation) = definer.address.relation().and_then(|name| catalog.relation(name)) else {
        return lowering.skip("DROP … CASCADE of what depends");
    };
    let table = catalog.shown(&relation.name);
    match (&definer.address, definer.part) {
        (Address::Relation(_), _) => {
            lowering.push(DropRelation {
                relation: table,
                kind: relation.kind,
                referenced: Vec::new(),
                rows: crate::changes::Dropped::Lost,
            });
        }
        (Address::Column(_, column), Part::Default) => {
            lowering.push(SetDefault { table, column: column.clone(), default: None, reach: Reach::Only });
        }
        (Address::Column(_, column), Part::Whole) => {
            drop::column(lowering, (relation, Reach::Tree), column, (false, Behavior::Cascade));
        }
        (Address::Index(_, name), _) => {
            lowering.push(DropIndex { table, name: name.clone(), build: IndexBuild::Blocking });
        }
        (Address::Constraint(_, name), _) => {
            let change = relation.constraint(name).map(|found| parts::drop_constraint(&table, found));
            change.into_iter().for_each(|change| lowering.push(change));
        }
        (Address::Trigger(_, name), _) => drop_part(lowering, relation, PartKind::Trigger, name),
        (Address::Policy(_, name), _) => drop_part(lowering, relation, PartKind::Policy, name),
        (Address::Rule(_, name), _) => drop_part(lowering, relation, PartKind::Rule, name),
        _ => lowering.skip("DROP … CASCADE of what depends"),
    }
}

/// Drops a part; the copy of a trigger goes with what it is a copy of.
fn drop_part(lowering: &mut Lowering<'_>, relation: &Relation, kind: PartKind, name: &Ident) {
    let is_copy = relation.triggers.get(name).is_some_and(|found| found.inherited);
    if kind != PartKind::Trigger || !is_copy {
        lowering.push(DropPart { table: lowering.catalog.shown(&relation.name), kind, name: name.clone() });
    }
}

fn described_definer(catalog: &Catalog, definer: &Definer) -> String {
    match (&definer.address, definer.part) {
        (Address::Column(table, column), Part::Default) => {
            format!("default value for column `{column}` of table `{}`", catalog.shown(table))
        }
        (address, _) => described(catalog, address),
    }
}

/// Names a thing as PostgreSQL's messages do.
fn described(catalog: &Catalog, address: &Address) -> String {
    let kind = |name: &Name| match catalog.relation(name).map(|found| found.kind) {
        Some(Kind::View) => "view",
        Some(Kind::MaterializedView) => "materialized view",
        Some(Kind::Sequence) => "sequence",
        Some(Kind::Foreign) => "foreign table",
        _ => "table",
    };
    let part = |word: &str, table: &Name, name: &dyn std::fmt::Display| {
        format!("{word} `{name}` on {} `{}`", kind(table), catalog.shown(table))
    };
    match address {
        Address::Relation(name) => format!("{} `{}`", kind(name), catalog.shown(name)),
        Address::Column(table, name) => format!("column `{name}` of {} `{}`", kind(table), catalog.shown(table)),
        Address::Constraint(table, name) => part("constraint", table, name),
        Address::Index(_, name) => format!("index `{name}`"),
        Address::Trigger(table, name) => part("trigger", table, name),
        Address::Policy(table, name) => part("policy", table, name),
        Address::Rule(table, name) => part("rule", table, name),
        Address::Object(_) | Address::DomainConstraint(..) | Address::Attribute(..) => address.to_string(),
    }
}
