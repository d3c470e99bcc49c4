//! Tables begin and cease to inherit.

use std::fmt;

use super::{ChangeKind, Inverse, Lock, constraint};
use crate::catalog::{Catalog, CatalogError, Constraint, ConstraintKind, Relation};
use crate::pg::{Ident, LockMode, Name};

/// `ALTER TABLE … INHERIT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inherit {
    /// The table.
    pub table: Name,
    /// What it inherits from.
    pub parent: Name,
}

/// `ALTER TABLE … NO INHERIT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoInherit {
    /// The table.
    pub table: Name,
    /// What it inherited from.
    pub parent: Name,
}

fn refused(sqlstate: &'static str, message: String) -> CatalogError {
    CatalogError::Refused { sqlstate, message }
}

/// Says what a table lacks to be a child of another one.
///
/// Source: `MergeAttributesIntoExisting` and `MergeConstraintsIntoExisting` of PostgreSQL 15.
pub(super) fn fits(child: &Relation, parent: &Relation) -> Result<(), CatalogError> {
    for wanted in parent.columns.iter().filter(|_| child.is_known_table()) {
        let name = &wanted.name;
        let Some(own) = child.column(name) else {
            return Err(refused("42804", format!("child table is missing column `{name}`")));
        };
        let differs = match (&own.type_name, &wanted.type_name) {
            (Some(own), Some(wanted)) => own.to_string() != wanted.to_string(),
            _ => false,
        };
        if differs {
            let message = format!("child table `{}` has different type for column `{name}`", child.name);
            return Err(refused("42804", message));
        }
        if wanted.not_null && !own.not_null {
            return Err(refused("42804", format!("column `{name}` in child table must be marked NOT NULL")));
        }
    }
    let passed_on = parent.constraints.iter().filter(|wanted| constraint::is_passed_on(wanted, child));
    for wanted in passed_on.filter(|wanted| wanted.kind == ConstraintKind::Check) {
        match child.constraint(&wanted.name) {
            None => return Err(refused("42804", format!("child table is missing constraint `{}`", wanted.name))),
            Some(own) if !constraint::matches(own, wanted) => {
                let message = format!("child table `{}` has different definition for check constraint", child.name);
                return Err(refused("42804", message));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Lets what a child no longer has from any parent be its own; returns the names.
fn release(child: &mut Relation, parents: &[Relation]) -> Vec<Ident> {
    let mut names = Vec::new();
    let still = |column: &Ident| parents.iter().any(|parent| parent.column(column).is_some());
    for column in child.columns.iter_mut().filter(|column| column.inherited && !still(&column.name)) {
        column.inherited = false;
        names.push(column.name.clone());
    }
    let passed = |own: &Constraint| parents.iter().any(|parent| parent.constraint(&own.name).is_some());
    for own in child.constraints.iter_mut().filter(|own| own.inherited && !passed(own)) {
        own.inherited = false;
        names.push(own.name.clone());
    }
    names
}

impl Inherit {
    fn pair<'a>(&self, catalog: &'a Catalog) -> Result<(&'a Relation, &'a Relation), CatalogError> {
        Ok((catalog.existing(&self.table)?, catalog.existing(&self.parent)?))
    }
}

impl ChangeKind for Inherit {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let (child, parent) = self.pair(catalog)?;
        if child.parents.contains(&parent.name) {
            let message = format!("relation `{}` would be inherited from more than once", self.parent);
            return Err(refused("42P07", message));
        }
        if catalog.is_below(&parent.name, &child.name) {
            return Err(refused("42P07", "circular inheritance not allowed".to_owned()));
        }
        fits(child, parent)?;
        let parent = parent.name.clone();
        catalog.existing_mut(&self.table)?.parents.push(parent);
        Ok(())
    }

    fn invert(&self, _: &Catalog) -> Inverse {
        Inverse::exact(NoInherit { table: self.table.clone(), parent: self.parent.clone() })
    }

    fn locks(&self) -> Vec<Lock> {
        let parent = Lock::new(&self.parent, LockMode::ShareUpdateExclusive);
        vec![Lock::new(&self.table, LockMode::AccessExclusive), parent]
    }
}

impl fmt::Display for Inherit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER TABLE {} INHERIT {}", self.table, self.parent)
    }
}

impl NoInherit {
    /// Returns the child without this parent, and what becomes its own.
    fn released(&self, catalog: &Catalog) -> Result<(Relation, Vec<Ident>), CatalogError> {
        let mut child = catalog.existing(&self.table)?.clone();
        let parent = catalog.existing(&self.parent)?.name.clone();
        let Some(at) = child.parents.iter().position(|name| *name == parent) else {
            let message = format!("relation `{}` is not a parent of relation `{}`", self.parent, self.table);
            return Err(refused("42P01", message));
        };
        child.parents.remove(at);
        let parents: Vec<Relation> = child.parents.iter().filter_map(|name| catalog.relation(name)).cloned().collect();
        let names = release(&mut child, &parents);
        Ok((child, names))
    }
}

impl ChangeKind for NoInherit {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let (child, _) = self.released(catalog)?;
        *catalog.existing_mut(&self.table)? = child;
        Ok(())
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let back = Inherit { table: self.table.clone(), parent: self.parent.clone() };
        let last = |found: &Relation| found.parents.last() == before.resolve(&self.parent).as_ref();
        let is_last = before.relation(&self.table).is_some_and(last);
        match self.released(before) {
            Ok((_, names)) if names.is_empty() && is_last => Inverse::exact(back),
            Ok((_, names)) => {
                let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                let loses = match names.is_empty() {
                    true => format!("the place of `{}` among the parents of `{}`", self.parent, self.table),
                    false => format!("that {} of `{}` comes from its parent alone", names.join(", "), self.table),
                };
                Inverse::structural(vec![back.into()], vec![loses])
            }
            Err(_) => Inverse::underivable(format!("what `{}` inherits was made outside the history", self.table)),
        }
    }

    fn locks(&self) -> Vec<Lock> {
        let parent = Lock::new(&self.parent, LockMode::ShareUpdateExclusive);
        vec![Lock::new(&self.table, LockMode::AccessExclusive), parent]
    }
}

impl fmt::Display for NoInherit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER TABLE {} NO INHERIT {}", self.table, self.parent)
    }
}
