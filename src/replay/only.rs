//! What PostgreSQL refuses of tables that have children, or are some.

use super::actions::Altered;
use super::not_null;
use super::sequence::refused;
use crate::catalog::{Catalog, CatalogError, ConstraintKind, Kind, Relation};
use crate::changes::Reach;
use crate::pg::Ident;
use crate::statement::relation::{
    ActionKind, ColumnChange, ColumnChoice, ColumnConstraintKind, ConstraintAttribute, TableConstraintKind,
};

/// Says what is wrong about an action where tables inherit from one another.
///
/// Source: `tablecmds.c` of PostgreSQL 15, tried there.
pub(super) fn complaint(table: &Altered<'_>, action: &ActionKind, catalog: &Catalog) -> Option<CatalogError> {
    if let Some(message) = identity_below(table, action, catalog) {
        return Some(refused("42P16", message));
    }
    let message = if table.reach == Reach::Only && catalog.children(&table.relation.name).next().is_some() {
        of_parent(table, action, catalog).or_else(|| of_child(table, action, catalog))
    } else {
        of_child(table, action, catalog)
    };
    message.map(|message| refused("42P16", message))
}

/// An identity belongs to one table, but since PostgreSQL 17 partitions share that of their parent.
fn identity_below(table: &Altered<'_>, action: &ActionKind, catalog: &Catalog) -> Option<&'static str> {
    let ActionKind::AddColumn { column, .. } = action else { return None };
    let mut kinds = column.constraints.iter().map(|constraint| &constraint.kind);
    let is_identity = kinds.any(|kind| matches!(kind, ColumnConstraintKind::Identity { .. }));
    let is_shared = table.relation.kind == Kind::Partitioned && catalog.version.is_since(17);
    let has_children = || catalog.children(&table.relation.name).next().is_some();
    let refused = is_identity && !is_shared && table.relation.column(&column.name).is_none() && has_children();
    refused.then_some("cannot recursively add identity column to table that has child tables")
}

/// What may not be done to a parent alone.
fn of_parent(table: &Altered<'_>, action: &ActionKind, catalog: &Catalog) -> Option<String> {
    let partitioned = table.relation.kind == Kind::Partitioned;
    let message = match action {
        ActionKind::AddColumn { .. } => "column must be added to child tables too".to_owned(),
        ActionKind::DropColumn { .. } if partitioned => {
            "cannot drop column from only the partitioned table when partitions exist".to_owned()
        }
        ActionKind::DropConstraint { name, .. } if partitioned && is_passed_on(table, name) => {
            "cannot remove constraint from only the partitioned table when partitions exist".to_owned()
        }
        ActionKind::AddConstraint(constraint) => match constraint.kind {
            TableConstraintKind::PrimaryKey(ref key)
                if (partitioned || not_null::is_constraint(catalog.version))
                    && key.columns().iter().any(|name| is_null_below(table, name, catalog)) =>
            {
                "a column of a child table takes NULL".to_owned()
            }
            TableConstraintKind::Check(_) if !constraint.attributes.has(ConstraintAttribute::NoInherit) => {
                "constraint must be added to child tables too".to_owned()
            }
            _ => return None,
        },
        ActionKind::ValidateConstraint(name) => {
            let open = table.relation.constraint(name)?;
            let check = open.kind == ConstraintKind::Check && !open.validated;
            return check.then(|| "constraint must be validated on child tables too".to_owned());
        }
        ActionKind::AlterColumn(alter) => match (&alter.change, &alter.column) {
            (ColumnChange::SetType { .. }, ColumnChoice::Name(name)) => {
                format!("type of inherited column `{name}` must be changed in child tables too")
            }
            (ColumnChange::SetNotNull, ColumnChoice::Name(name))
                if partitioned && takes_null_below(table, name, catalog) =>
            {
                "constraint must be added to child tables too".to_owned()
            }
            (ColumnChange::DropNotNull, _) if partitioned && !not_null::is_constraint(catalog.version) => {
                "cannot remove constraint from only the partitioned table when partitions exist".to_owned()
            }
            _ => return None,
        },
        _ => return None,
    };
    Some(message)
}

/// Says whether a column of a partitioned table takes NULL, and one of a partition too; since PostgreSQL 18 that of a
/// partition says nothing.
fn takes_null_below(table: &Altered<'_>, name: &Ident, catalog: &Catalog) -> bool {
    let takes = table.relation.column(name).is_some_and(|found| !found.not_null);
    takes && (not_null::is_constraint(catalog.version) || is_null_below(table, name, catalog))
}

/// Says whether a column of a child takes NULL.
fn is_null_below(table: &Altered<'_>, name: &Ident, catalog: &Catalog) -> bool {
    let takes = |relation: &Relation| relation.column(name).is_some_and(|found| !found.not_null);
    catalog.children(&table.relation.name).any(takes)
}

fn is_passed_on(table: &Altered<'_>, name: &Ident) -> bool {
    let found = table.relation.constraint(name);
    found.is_some_and(|found| !found.definition.attributes.has(ConstraintAttribute::NoInherit))
}

/// What may not be done to what a parent passed on.
fn of_child(table: &Altered<'_>, action: &ActionKind, catalog: &Catalog) -> Option<String> {
    let inherits = |name: &Ident| table.inherits(name);
    match action {
        ActionKind::DropColumn { column, .. } if inherits(column) => {
            Some(format!("cannot drop inherited column `{column}`"))
        }
        ActionKind::DropConstraint { name, .. } if table.inherits_constraint(name) => {
            Some(format!("cannot drop inherited constraint `{name}` of relation `{}`", table.shown))
        }
        ActionKind::AlterColumn(alter) => match (&alter.change, &alter.column) {
            (ColumnChange::SetType { .. }, ColumnChoice::Name(name)) if inherits(name) => {
                Some(format!("cannot alter inherited column `{name}`"))
            }
            (ColumnChange::DropNotNull, ColumnChoice::Name(name)) if table.must_be_not_null(name, catalog.version) => {
                Some(format!("column `{name}` is marked NOT NULL in parent table"))
            }
            _ => None,
        },
        _ => None,
    }
}
