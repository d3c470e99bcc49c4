//! Definitions that PostgreSQL rewrites and nobody can tell how: what they were is recorded.

use std::fmt;

use super::inverse::Taken;
use super::{ChangeKind, Inverse, Lock, Record};
use crate::catalog::{Address, Catalog, CatalogError, Class, Relation};
use crate::pg::{Ident, LockMode, Name};
use crate::query::Quoted;
use crate::statement::relation::{IndexElement, Key, TableConstraintKind};

/// Makes a thing again when its definition is no longer what it was when the forward script ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoreDefinition {
    /// The thing as SQL: its catalog, and its OID there.
    pub object: String,
    /// The name of the record.
    pub record: String,
    /// The table that it belongs to.
    pub table: Name,
}

impl RestoreDefinition {
    fn of(catalog: &Catalog, of: &Address, table: &Relation) -> (Self, Record) {
        let literal = |text: &str| Quoted(text).to_string();
        let table = catalog.shown(&table.name);
        let written = literal(&catalog.written(of));
        let object = match of {
            Address::Constraint(_, name) => format!(
                "'pg_constraint', (SELECT oid FROM pg_constraint WHERE conrelid = {}::regclass AND conname = {})",
                literal(&table.to_string()),
                literal(name.as_str())
            ),
            Address::Object(id) => format!(
                "'pg_statistic_ext', (SELECT oid FROM pg_statistic_ext WHERE stxrelid = {}::regclass AND stxname = {})",
                literal(&table.to_string()),
                literal(id.name.last().as_str())
            ),
            _ => format!("'pg_class', {written}::regclass"),
        };
        let name = format!("definition of {of}");
        let value = format!("tenet.definition({object})");
        let record = Record { what: name.clone(), name: name.clone(), value, taken: Taken::Before };
        (RestoreDefinition { object, record: name, table }, record)
    }
}

/// Returns what brings back the expressions that name a column, after its type was changed there and back: such a change
/// leaves casts in them.
pub(super) fn expressions(before: &Catalog, table: &Name, column: &Ident) -> Vec<(RestoreDefinition, Record)> {
    let Some(relation) = before.relation(table) else { return Vec::new() };
    let indexes = relation.indexes.iter().filter(|index| {
        let definition = &index.definition;
        let is_computed = |element: &IndexElement| matches!(element.key, Key::Expression(_));
        let has_expression = definition.elements.iter().any(is_computed) || definition.predicate.is_some();
        has_expression && index.columns().contains(column)
    });
    let indexes = indexes.map(|index| Address::Index(relation.name.clone(), index.name.clone()));
    let constraints = relation.constraints.iter().filter(|found| {
        let has_expression =
            matches!(found.definition.kind, TableConstraintKind::Check(_) | TableConstraintKind::Exclude(_));
        has_expression && found.columns().contains(column)
    });
    let constraints = constraints.map(|found| Address::Constraint(relation.name.clone(), found.name.clone()));
    let of = Address::Column(relation.name.clone(), column.clone());
    let users = before.dependents(&of).into_iter().map(|user| user.definer.address);
    let statistics = users.filter(|user| matches!(user, Address::Object(id) if id.class == Class::Statistics));
    let all: Vec<Address> = indexes.chain(constraints).chain(statistics).collect();
    all.iter().map(|address| RestoreDefinition::of(before, address, relation)).collect()
}

impl ChangeKind for RestoreDefinition {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        catalog.existing(&self.table).map(|_| ())
    }

    fn invert(&self, _: &Catalog) -> Inverse {
        Inverse::underivable("what a definition was is recorded once")
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.table, LockMode::AccessExclusive)]
    }
}

impl fmt::Display for RestoreDefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SELECT tenet.restore_definition({}, {}) AS restored", self.object, Quoted(&self.record))
    }
}
