//! What a table must have before a key, a constraint or an index can name it.

use super::{Catalog, CatalogError, Constraint, ConstraintKind, Relation};
use crate::pg::{Ident, Name};
use crate::statement::relation::Key;

/// The columns that every table has. Source: the PostgreSQL manual, "System Columns".
const SYSTEM: &[&str] = &["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

impl Relation {
    /// Checks that the table has columns that something names; of a table that is not known nothing is said.
    ///
    /// # Errors
    ///
    /// One of them is not there.
    pub fn demand_columns(&self, columns: &[Ident]) -> Result<(), CatalogError> {
        // The table's own name stands for the whole row.
        let is_there =
            |name: &Ident| self.column(name).is_some() || SYSTEM.contains(&name.as_str()) || name == self.name.last();
        match columns.iter().find(|name| !is_there(name)) {
            // A table that a query filled shows no columns.
            Some(missing) if self.is_known_table() && !self.columns.is_empty() => {
                Err(CatalogError::UndefinedColumn(self.name.clone(), missing.clone()))
            }
            _ => Ok(()),
        }
    }

    /// Checks that no row of the table can have the same values as another one in these columns.
    fn has_key(&self, columns: &[Ident]) -> bool {
        let same = |key: &[Ident]| key.len() == columns.len() && columns.iter().all(|name| key.contains(name));
        let by_constraint = self.constraints.iter().any(|found| found.kind.key().is_some_and(same));
        let by_index = self.indexes.iter().map(|index| &index.definition).any(|index| {
            let keys: Vec<Ident> = index
                .elements
                .iter()
                .filter_map(|element| match &element.key {
                    Key::Column(name) => Some(name.clone()),
                    Key::Expression(_) => None,
                })
                .collect();
            index.unique && index.predicate.is_none() && keys.len() == index.elements.len() && same(&keys)
        });
        by_constraint || by_index
    }
}

impl Catalog {
    /// Checks that a table can have a constraint.
    ///
    /// # Errors
    ///
    /// A column that it names is not there, the table has a primary key already, or nothing makes the columns unique that
    /// a foreign key refers to.
    pub fn demand_for(&self, relation: &Relation, constraint: &Constraint) -> Result<(), CatalogError> {
        relation.demand_columns(&constraint.columns())?;
        match &constraint.kind {
            ConstraintKind::PrimaryKey(_) if has_other_primary_key(relation, constraint) => {
                Err(refused("42P16", format!("multiple primary keys for table `{}` are not allowed", relation.name)))
            }
            ConstraintKind::ForeignKey { references, .. } => {
                let target = if self.resolve(&references.table).as_ref() == Some(&relation.name) {
                    Some(relation)
                } else {
                    self.relation(&references.table)
                };
                target.map_or(Ok(()), |target| demand_key(target, &references.columns))
            }
            _ => Ok(()),
        }
    }
}

fn has_other_primary_key(relation: &Relation, constraint: &Constraint) -> bool {
    let mut keys = relation.constraints.iter().filter(|found| matches!(found.kind, ConstraintKind::PrimaryKey(_)));
    keys.any(|found| found.name != constraint.name)
}

fn demand_key(target: &Relation, columns: &[Ident]) -> Result<(), CatalogError> {
    target.demand_columns(columns)?;
    let name: &Name = &target.name;
    if columns.is_empty() || target.has_key(columns) || !target.is_known_table() || target.columns.is_empty() {
        return Ok(());
    }
    Err(refused("42830", format!("there is no unique constraint matching given keys for referenced table `{name}`")))
}

fn refused(sqlstate: &'static str, message: String) -> CatalogError {
    CatalogError::Refused { sqlstate, message }
}
