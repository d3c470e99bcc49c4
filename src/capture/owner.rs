//! What says, when a script runs, whose a row is.

use crate::catalog::{Catalog, ConstraintKind, Relation};
use crate::pg::{Ident, Name};
use crate::scope::{Class, classify};
use crate::settings::Tenancy;

/// How far a chain of owners is followed.
const LONGEST: usize = 16;

/// What says whose a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Nothing: it is the same for all, or all is one tenant's.
    Nobody,
    /// A column of its own.
    Column(Ident),
    /// The row that a foreign key names.
    Through {
        /// The foreign key's columns.
        via: Vec<Ident>,
        /// The relation that it refers to.
        relation: Name,
        /// The columns there.
        keys: Vec<Ident>,
        /// The tenant of a row `r`, as SQL.
        tenant: String,
    },
}

/// Returns what says whose a relation's rows are.
pub(super) fn of(relation: &Relation, catalog: &Catalog, tenancy: &Tenancy) -> Owner {
    match classify(relation, catalog, tenancy) {
        Class::Tenant(column) | Class::Root(column) => Owner::Column(column),
        Class::Owned(via) => through(relation, &via, (catalog, tenancy)).unwrap_or(Owner::Nobody),
        _ => Owner::Nobody,
    }
}

fn through(relation: &Relation, via: &[Ident], context: (&Catalog, &Tenancy)) -> Option<Owner> {
    let (owner, keys) = step(relation, via, context.0)?;
    let tenant = tenant(owner, &keys, (via, "r"), context, 0)?;
    Some(Owner::Through { via: via.to_vec(), relation: owner.name.clone(), keys, tenant })
}

/// Returns the relation that a foreign key refers to, and its columns.
fn step<'a>(relation: &Relation, via: &[Ident], catalog: &'a Catalog) -> Option<(&'a Relation, Vec<Ident>)> {
    let found = relation.constraints.iter().find_map(|constraint| match &constraint.kind {
        ConstraintKind::ForeignKey { columns, references } if columns.starts_with(via) => Some((columns, references)),
        _ => None,
    });
    let (columns, references) = found?;
    let owner = catalog.referenced_table(references)?;
    let keys = if references.columns.is_empty() { owner.primary_key()?.to_vec() } else { references.columns.clone() };
    (columns.len() == via.len() && keys.len() == via.len()).then_some((owner, keys))
}

/// Writes a query for the tenant of the owner that columns of a row name.
fn tenant(
    owner: &Relation,
    keys: &[Ident],
    (via, row): (&[Ident], &str),
    context: (&Catalog, &Tenancy),
    depth: usize,
) -> Option<String> {
    let alias = format!("o{depth}");
    let value = match classify(owner, context.0, context.1) {
        Class::Tenant(column) | Class::Root(column) => format!("{alias}.{column}"),
        Class::Owned(next) if depth < LONGEST => {
            let (above, keys) = step(owner, &next, context.0)?;
            format!("({})", tenant(above, &keys, (&next, &alias), context, depth + 1)?)
        }
        _ => return None,
    };
    let matches: Vec<String> =
        keys.iter().zip(via).map(|(key, column)| format!("{alias}.{key} = {row}.{column}")).collect();
    Some(format!("SELECT {value} FROM {} AS {alias} WHERE {}", owner.name, matches.join(" AND ")))
}
