//! Definitions that PostgreSQL rewrites and nobody can tell how: what they were is recorded.

use std::fmt;

use super::inverse::Taken;
use super::{ChangeKind, Inverse, Lock, Record};
use crate::catalog::{Address, Catalog, CatalogError, Class, Object, Relation};
use crate::pg::{Ident, LockMode, Name};
use crate::query::Quoted;
use crate::statement::Statement;
use crate::statement::relation::{self, IndexElement, Key, TableConstraintKind};

/// Makes a thing again when its definition is no longer what it was when the forward script ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoreDefinition {
    /// The thing as SQL: its catalog, and its OID there.
    pub object: String,
    /// The name of the record.
    pub record: String,
    /// The table that it belongs to, where it is known.
    pub table: Option<Name>,
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
        let name = format!("definition of {}", catalog.written(of));
        let value = format!("tenet.definition({object})");
        let record = Record { what: name.clone(), name: name.clone(), value, taken: Taken::Before };
        (RestoreDefinition { object, record: name, table: Some(table) }, record)
    }

    /// Returns what brings back what a statement finds and replaces or drops, though nothing may be known of it; `object` is
    /// its catalog and its OID there as SQL.
    pub(crate) fn of_found(object: &str, name: &str) -> Inverse {
        let (object, name) = (object.to_owned(), name.to_owned());
        let value = format!("tenet.definition({object})");
        let record = Record { what: name.clone(), name: name.clone(), value, taken: Taken::Before };
        let restore = RestoreDefinition { object, record: name, table: None };
        Inverse::Captured { changes: vec![restore.into()], data: vec![record] }
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
    let statistics = before.objects_of(Class::Statistics).filter(|object| is_on(object, relation, before));
    let statistics = statistics.map(|object| Address::Object(object.id.clone()));
    let all: Vec<Address> = indexes.chain(constraints).chain(statistics).collect();
    all.iter().map(|address| RestoreDefinition::of(before, address, relation)).collect()
}

/// Says whether a statistics object is one of a table: a new type takes its target away.
fn is_on(object: &Object, table: &Relation, catalog: &Catalog) -> bool {
    let Some(Statement::Relation(made)) = object.definition.statement() else { return false };
    let relation::Statement::CreateStatistics(create) = &**made else { return false };
    catalog.resolve(&create.table).as_ref() == Some(&table.name)
}

impl ChangeKind for RestoreDefinition {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        self.table.iter().try_for_each(|table| catalog.existing(table).map(|_| ()))
    }

    fn invert(&self, _: &Catalog) -> Inverse {
        Inverse::underivable("what a definition was is recorded once")
    }

    fn locks(&self) -> Vec<Lock> {
        self.table.iter().map(|table| Lock::new(table, LockMode::AccessExclusive)).collect()
    }
}

impl fmt::Display for RestoreDefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SELECT tenet.restore_definition({}, {}) AS restored", self.object, Quoted(&self.record))
    }
}
