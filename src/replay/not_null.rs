//! NOT NULL as PostgreSQL 18 has it: a constraint with a name, which parents pass on.
//!
//! A catalog holds those whose name somebody chose, or that say more than their column does; the others are the column's own.

use super::actions::Altered;
use super::sequence::refused;
use super::{Lowering, keys};
use crate::catalog::names::plain_choice;
use crate::catalog::{Catalog, Constraint, ConstraintKind, Kind, Relation};
use crate::changes::{AddConstraint, DropConstraint, DropNotNull, Fill, Reach, SetNotNull, ValidateConstraint, parts};
use crate::pg::{Ident, PgVersion};
use crate::statement::relation::{ConstraintAttribute, ConstraintAttributes, TableConstraint, TableConstraintKind};

/// Since when NOT NULL is a constraint.
const NAMED_SINCE: u8 = 18;

/// Says whether NOT NULL is a constraint.
pub(super) fn is_constraint(version: PgVersion) -> bool {
    version.is_since(NAMED_SINCE)
}

/// Finds the constraint of a column that a catalog holds.
fn named<'r>(relation: &'r Relation, column: &Ident) -> Option<&'r Constraint> {
    relation.constraints.iter().find(|found| matches!(&found.kind, ConstraintKind::NotNull(of) if of == column))
}

/// Says whether a parent passes on that a column refuses NULL.
pub(super) fn is_passed_on(parent: &Relation, column: &Ident) -> bool {
    let refuses = parent.column(column).is_some_and(|found| found.not_null);
    refuses
        && named(parent, column).is_none_or(|found| !found.definition.attributes.has(ConstraintAttribute::NoInherit))
}

/// Lowers SET NOT NULL where it is more than the column's own; says whether it is.
pub(super) fn set(lowering: &mut Lowering<'_>, altered: &mut Altered<'_>, column: &Ident) -> bool {
    if !is_constraint(lowering.catalog.version) {
        return false;
    }
    let relation = altered.relation;
    if let Some(found) = named(relation, column) {
        if found.definition.attributes.has(ConstraintAttribute::NoInherit) && altered.reach == Reach::Tree {
            let message = format!("cannot change NO INHERIT status of NOT NULL constraint `{}`", found.name);
            lowering.fail(refused("55000", message));
        } else if !found.validated {
            let (table, name) = (altered.shown.clone(), found.name.clone());
            lowering.push(ValidateConstraint { table, name, referenced: None });
        }
        return true;
    }
    let is_new = relation.column(column).is_some_and(|found| !found.not_null);
    let is_parent = lowering.catalog.children(&relation.name).next().is_some();
    if altered.reach == Reach::Tree || !is_new || !is_parent || relation.kind == Kind::Partitioned {
        return false;
    }
    // Its children may take NULL, so it is passed on to nobody.
    let name = altered.names.constraint(relation.name.last(), Some(column.as_str()), "not_null");
    let attributes = ConstraintAttributes(vec![ConstraintAttribute::NoInherit]);
    let kind = TableConstraintKind::NotNull(column.clone());
    let definition = TableConstraint { span: relation.name.span, name: None, kind, attributes };
    let constraint = Box::new(Constraint::new(name, definition));
    lowering.push(AddConstraint { table: altered.shown.clone(), constraint, index: None, reach: Reach::Tree });
    true
}

/// Lowers DROP NOT NULL where it is more than the column's own; says whether it is.
pub(super) fn drop(lowering: &mut Lowering<'_>, altered: &Altered<'_>, column: &Ident) -> bool {
    if !is_constraint(lowering.catalog.version) {
        return false;
    }
    if let Some(found) = named(altered.relation, column) {
        let gone = parts::drop_constraint(&altered.shown, found);
        lowering.push(DropConstraint { reach: altered.reach, ..gone });
        return true;
    }
    if altered.reach == Reach::Tree && is_unclear_below(lowering.catalog, altered.relation, column) {
        lowering.skip("whether a child's NOT NULL is its own or its parent's");
    }
    false
}

/// Says whether a table below another one has a column of its own that refuses NULL, for whatever reason.
fn is_unclear_below(catalog: &Catalog, relation: &Relation, column: &Ident) -> bool {
    let below = catalog.descendants(&relation.name);
    let mut below = below.iter().filter_map(|name| catalog.relation(name)).filter(|found| found.bound.is_none());
    below.any(|child| child.column(column).is_some_and(|found| found.not_null && !found.inherited))
}

/// Lowers DROP CONSTRAINT of a NOT NULL whose name PostgreSQL chose; says whether it is one.
pub(super) fn drop_chosen(lowering: &mut Lowering<'_>, altered: &Altered<'_>, name: &Ident) -> bool {
    let relation = altered.relation;
    if !may_be_chosen(lowering.catalog, relation, name) {
        return false;
    }
    let mut columns = relation.columns.iter().filter(|column| column.not_null);
    let found =
        columns.find(|column| plain_choice(relation.name.last(), Some(column.name.as_str()), "not_null") == *name);
    match found.map(|column| column.name.clone()) {
        Some(column) if keys::in_primary_key(relation, &column) && !altered.drops_keys() => {
            lowering.fail(refused("42P16", format!("column `{column}` is in a primary key")));
        }
        Some(column) => {
            let (table, reach) = (altered.shown.clone(), altered.reach);
            lowering.push(DropNotNull { table, column, reach, fill: Fill::Nothing });
        }
        // Names stay what they are when tables and columns get others.
        None => lowering.skip("which NOT NULL a constraint's name stands for"),
    }
    true
}

/// Says whether a name may be that of a NOT NULL which a catalog does not hold.
pub(super) fn may_be_chosen(catalog: &Catalog, relation: &Relation, name: &Ident) -> bool {
    let is_open = is_constraint(catalog.version) && Constraint::is_chosen_not_null(name);
    is_open && relation.constraint(name).is_none() && relation.columns.iter().any(|column| column.not_null)
}

/// Lowers ADD … NOT NULL that says no more than its column does, or that is there already; says whether it is such.
pub(super) fn add(lowering: &mut Lowering<'_>, altered: &Altered<'_>, wanted: &TableConstraint) -> bool {
    let TableConstraintKind::NotNull(column) = &wanted.kind else { return false };
    let relation = altered.relation;
    if relation.column(column).is_some_and(|found| found.not_null) {
        let held = named(relation, column).map(|found| &found.name);
        if wanted.name.as_ref().is_some_and(|name| held != Some(name)) {
            let message = format!("cannot create another not-null constraint on column `{column}`");
            lowering.fail(refused("55000", message));
        }
        return true;
    }
    let is_own = is_own(wanted);
    if is_own {
        let (table, column, reach) = (altered.shown.clone(), column.clone(), altered.reach);
        lowering.push(SetNotNull { table, column, reach });
    }
    is_own
}

/// Says whether a NOT NULL says no more than its column does.
pub(super) fn is_own(wanted: &TableConstraint) -> bool {
    let is_chosen = wanted.name.as_ref().is_none_or(Constraint::is_chosen_not_null);
    matches!(wanted.kind, TableConstraintKind::NotNull(_)) && is_chosen && wanted.attributes.0.is_empty()
}
