//! Columns and keys: rows of nobody, and keys by which rows of two tenants meet.

use super::log::What;
use super::{Judge, Table};
use crate::catalog::{Column, Constraint, ConstraintKind, Generated, Relation};
use crate::finding::Finding;
use crate::pg::Ident;
use crate::query::{ExprKind, Test};
use crate::rules::scope::{
    foreign_key_without_tenant, nullable_tenant_column, unique_key_without_tenant, weakened_isolation,
};
use crate::scope::Context;
use crate::scope::classes::{Class, classify};
use crate::statement::relation::TableConstraintKind;

/// What a name says that is meant to be unique wherever it is used.
const EVERYWHERE: &[&str] = &[
    "token",
    "hash",
    "secret",
    "key",
    "uuid",
    "guid",
    "email",
    "domain",
    "subdomain",
    "hostname",
    "phone",
    "external",
    "slug",
    "url",
    "digest",
    "fingerprint",
    "session",
    "username",
    "login",
    "public",
    "checksum",
];

/// A foreign key from one tenants' table to another.
pub(super) struct ForeignKey<'a> {
    constraint: &'a Constraint,
    columns: &'a [Ident],
    parent: &'a Relation,
    referenced: Vec<Ident>,
    parent_tenant: Ident,
    /// Whether the tenant of the one is the tenant of the other by this key.
    pub(super) carries_tenant: bool,
}

/// Returns the foreign keys of a table to tables whose rows name their tenants.
pub(super) fn foreign_keys<'a>(
    context: &Context<'a>,
    table: &'a Table<'a>,
) -> impl Iterator<Item = ForeignKey<'a>> + use<'a> {
    let (catalog, tenancy) = (context.catalog, context.tenancy);
    let tenant = table.tenant();
    table.relation.constraints.iter().filter_map(move |constraint| {
        let ConstraintKind::ForeignKey { columns, references } = &constraint.kind else { return None };
        let parent = catalog.referenced_table(references)?;
        let Class::Tenant(parent_tenant) = classify(parent, catalog, tenancy) else { return None };
        let tenant = tenant.filter(|_| !constraint.inherited)?;
        let referenced =
            if references.columns.is_empty() { parent.primary_key()?.to_vec() } else { references.columns.clone() };
        let carries_tenant =
            columns.iter().zip(&referenced).any(|(own, theirs)| own == tenant && *theirs == parent_tenant);
        Some(ForeignKey { constraint, columns, parent, referenced, parent_tenant, carries_tenant })
    })
}

impl Judge<'_> {
    /// Judges columns and keys of a table.
    pub(super) fn keys(&self, table: &Table<'_>, found: &mut Vec<Finding>) {
        found.extend(self.nullable(table));
        found.extend(self.ownerless(table));
        if self.habits.composite_keys {
            let keys = foreign_keys(self.context, table).filter(|key| !key.carries_tenant);
            found.extend(keys.map(|key| self.foreign_key(table, &key)));
        }
        if self.habits.tenant_keys {
            found.extend(self.unique(table));
        }
    }

    fn nullable(&self, table: &Table<'_>) -> Option<Finding> {
        let relation = table.relation;
        let column = relation.column(table.tenant().filter(|_| !table.is_part())?)?;
        if column.not_null || column.generated.is_some() || is_checked(relation, column) {
            return None;
        }
        // Whose the rows are that a query gives was judged with it.
        if self.shapes.last(relation, |what| *what == What::Query).is_some() {
            return None;
        }
        let (shown, name) = (self.shown(relation), &column.name);
        let help = format!("ALTER TABLE {shown} ALTER COLUMN {name} SET NOT NULL;");
        let dropped = self.shapes.last(relation, |what| *what == What::DropNotNull(name.clone()));
        if let Some(place) = dropped {
            let message = format!("from here on `{name}` of `{shown}` may be NULL, and such a row is nobody's");
            return Some(self.finding(&weakened_isolation::RULE, place, message, "").help(help));
        }
        let place = self.shapes.place(relation, |what| *what == What::Column(name.clone()));
        let message = format!("`{name}` of `{shown}` may be NULL, and such a row is nobody's");
        Some(
            self.finding(&nullable_tenant_column::RULE, place, message, "the tenant column, declared without NOT NULL")
                .help(help),
        )
    }

    /// Without the foreign key to its owner nobody knows whose a row is.
    fn ownerless(&self, table: &Table<'_>) -> Option<Finding> {
        let Class::Owned(via) = &table.class else { return None };
        if table.relation.foreign_key(via).is_some() {
            return None;
        }
        let place = self.shapes.last(table.relation, |what| *what == What::DropForeignKey(via.clone()))?;
        let (shown, columns) = (self.shown(table.relation), joined(via));
        let message = format!("the foreign key on ({columns}) said whose the rows of `{shown}` are, and goes");
        let help = "keep it, or add the tenant column to the table first";
        Some(self.finding(&weakened_isolation::RULE, place, message, "").help(help))
    }

    fn foreign_key(&self, table: &Table<'_>, key: &ForeignKey<'_>) -> Finding {
        let relation = table.relation;
        let place = self.shapes.place(relation, |what| match what {
            What::Constraint(columns) => columns == key.columns,
            What::Column(column) => key.columns == [column.clone()],
            _ => false,
        });
        let (shown, parent) = (self.shown(relation), self.shown(key.parent));
        let columns = joined(key.columns);
        let message = format!("`{shown}` ({columns}) may refer to a row of `{parent}` of another tenant");
        let label = format!("foreign key `{}` does not carry the tenant", key.constraint.name);
        let tenant = table.tenant().map(Ident::to_string).unwrap_or_default();
        let theirs = format!("{}, {}", key.parent_tenant, joined(&key.referenced));
        let unique = match has_key(key) {
            true => String::new(),
            false => format!("ALTER TABLE {parent} ADD UNIQUE ({theirs});\n"),
        };
        let help = format!(
            "let the key carry the tenant:\n{unique}ALTER TABLE {shown} DROP CONSTRAINT {}, ADD FOREIGN KEY ({tenant}, \
             {columns}) REFERENCES {parent} ({theirs});",
            key.constraint.name,
        );
        self.finding(&foreign_key_without_tenant::RULE, place, message, &label).help(help)
    }

    fn unique(&self, table: &Table<'_>) -> Vec<Finding> {
        let Some(tenant) = table.tenant() else { return Vec::new() };
        let keys = natural_keys(table).filter(|key| !key.holds_tenant);
        keys.map(|NaturalKey { name, columns, .. }| {
            let place = self.shapes.place(table.relation, |what| match what {
                What::Index(found) => found.as_ref() == Some(&name),
                What::Column(column) => columns == [column.clone()],
                _ => false,
            });
            let (shown, listed) = (self.shown(table.relation), joined(&columns));
            let message = format!("one tenant's {listed} in `{shown}` keeps every other tenant from using the same");
            let label = format!("`{name}` is unique across all tenants");
            let help = format!("make it unique for each tenant: UNIQUE ({tenant}, {listed})");
            self.finding(&unique_key_without_tenant::RULE, place, message, &label).help(help)
        })
        .collect()
    }
}

/// A unique key on what people choose themselves.
pub(super) struct NaturalKey {
    name: Ident,
    columns: Vec<Ident>,
    /// Whether every tenant has values of its own.
    pub(super) holds_tenant: bool,
}

/// Returns the keys of a table by which people know its rows, those left out that are drawn or name other rows.
pub(super) fn natural_keys<'a>(table: &'a Table<'_>) -> impl Iterator<Item = NaturalKey> + use<'a> {
    let relation = table.relation;
    let tenant = table.tenant().filter(|_| !table.is_part());
    let constraints = relation.constraints.iter().filter_map(|found| match &found.kind {
        ConstraintKind::Unique(columns) => Some((found.name.clone(), columns.clone())),
        _ => None,
    });
    let indexes = relation.indexes.iter().filter(|index| index.definition.unique);
    let indexes = indexes.map(|index| (index.name.clone(), index.columns()));
    constraints.chain(indexes).filter_map(move |(name, columns)| {
        let tenant = tenant?;
        let holds_tenant = columns.contains(tenant);
        let rest: Vec<&Ident> = columns.iter().filter(|column| *column != tenant).collect();
        let is_natural = !rest.is_empty() && rest.into_iter().all(|column| repeats(relation, column));
        is_natural.then_some(NaturalKey { name, columns, holds_tenant })
    })
}

/// Says whether the parent has the key that a foreign key with the tenant needs.
fn has_key(key: &ForeignKey<'_>) -> bool {
    let wanted = |columns: &[Ident]| {
        columns.len() == key.referenced.len() + 1
            && columns.contains(&key.parent_tenant)
            && key.referenced.iter().all(|column| columns.contains(column))
    };
    key.parent.constraints.iter().filter_map(|found| found.kind.key()).any(wanted)
}

/// Says whether a CHECK keeps a column from being NULL.
fn is_checked(relation: &Relation, column: &Column) -> bool {
    let checks = relation.constraints.iter().filter(|found| found.validated);
    let mut conditions = checks.filter_map(|found| match &found.definition.kind {
        TableConstraintKind::Check(condition) => Some(condition),
        _ => None,
    });
    conditions.any(|condition| {
        condition.conjuncts().iter().any(|part| match &part.kind {
            ExprKind::Is { operand, test: Test::Null, negated: true } => {
                matches!(&operand.kind, ExprKind::Column(parts) if parts.last() == Some(&column.name))
            }
            _ => false,
        })
    })
}

/// Says whether two tenants may well use the same value: not so of what is drawn or refers to a row.
fn repeats(relation: &Relation, name: &Ident) -> bool {
    let Some(column) = relation.column(name) else { return false };
    let type_name = column.type_name.as_ref().map(|found| found.name.last().as_str()).unwrap_or_default();
    let drawn = type_name == "uuid" || column.generated.as_ref().is_some_and(is_identity) || column.default.is_some();
    let refers = relation.constraints.iter().any(|found| match &found.kind {
        ConstraintKind::ForeignKey { columns, .. } => columns.contains(name),
        ConstraintKind::PrimaryKey(columns) => columns.contains(name),
        _ => false,
    });
    let text = name.as_str();
    let words = || text.split('_').any(|word| EVERYWHERE.contains(&word));
    !drawn && !refers && !words() && !text.ends_with("_id") && text != "id"
}

fn is_identity(generated: &Generated) -> bool {
    matches!(generated, Generated::Identity(_))
}

fn joined(columns: &[Ident]) -> String {
    columns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
