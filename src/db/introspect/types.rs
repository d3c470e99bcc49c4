//! Types and domains.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::IntrospectError;
use super::query::Reader;
use super::relations::Composite;
use super::shares::Shares;
use super::text::{Types, expression, name, qualified, relation_statement, unexpected};
use crate::catalog::{Catalog, Class, Definition, Domain, DomainCheck, Object, ObjectId, Origin};
use crate::pg::{Ident, Name};
use crate::source::Span;
use crate::statement::relation::{
    DomainChange, DomainConstraint, DomainConstraintKind, Parameter, Statement, TypeDefinition,
};

#[derive(Deserialize)]
struct Row {
    oid: i64,
    schema: String,
    name: String,
    kind: TypType,
    labels: Option<Vec<String>>,
    base: Option<String>,
    collation: Option<String>,
    not_null: bool,
    value: Option<String>,
    definition: Option<String>,
    relation: i64,
}

/// `pg_type.typtype`; of a type that is only declared, a pseudo-type.
#[derive(Clone, Copy, Deserialize)]
enum TypType {
    #[serde(rename = "b")]
    Base,
    #[serde(rename = "c")]
    Composite,
    #[serde(rename = "d")]
    Domain,
    #[serde(rename = "e")]
    Enum,
    #[serde(rename = "r")]
    Range,
    #[serde(rename = "p")]
    Shell,
}

#[derive(Deserialize)]
struct CheckRow {
    oid: i64,
    domain: i64,
    name: String,
    definition: String,
}

/// Reads the types and domains.
pub(super) fn read(
    reader: &mut Reader<'_>,
    shares: &mut Shares,
    mut composites: BTreeMap<i64, Composite>,
    catalog: &mut Catalog,
) -> Result<(), IntrospectError> {
    let mut checks = checks(reader, shares)?;
    let mut types = Types::default();
    for row in reader.rows::<Row>(include_str!("sql/types.sql"))? {
        let name = qualified(&row.schema, &row.name);
        let definition = match row.kind {
            TypType::Base => Definition::Base(parameters(&row, &name)?),
            TypType::Range => Definition::Range(parameters(&row, &name)?),
            TypType::Enum => Definition::Enum(row.labels.clone().unwrap_or_default()),
            TypType::Shell => Definition::Shell,
            TypType::Composite => Definition::Composite(
                composites.remove(&row.relation).map(|found| found.definition).unwrap_or_default(),
            ),
            TypType::Domain => {
                let mut domain = domain(&row, &name, &mut types)?;
                domain.constraints = checks.remove(&row.oid).unwrap_or_default();
                Definition::Domain(Box::new(domain))
            }
        };
        let mut object = Object::new(ObjectId::new(Class::Type, name), definition, Origin::default());
        object.shared = shares.take("pg_type", row.oid, 0);
        catalog.insert_object(object);
    }
    Ok(())
}

/// Reads what CREATE TYPE gives a range or base type, in the order of the names.
fn parameters(row: &Row, name: &Name) -> Result<Vec<Parameter>, IntrospectError> {
    let range = if matches!(row.kind, TypType::Range) { " AS RANGE" } else { "" };
    let text = format!("CREATE TYPE t{range} ({})", row.definition.as_deref().unwrap_or_default());
    match relation_statement(name, &text)? {
        Statement::CreateType(create) => match create.definition {
            TypeDefinition::Range(mut parameters) | TypeDefinition::Base(mut parameters) => {
                parameters.sort_by(|a, b| a.name.cmp(&b.name));
                Ok(parameters)
            }
            _ => Err(unexpected(name, &text)),
        },
        _ => Err(unexpected(name, &text)),
    }
}

fn domain(row: &Row, object: &Name, types: &mut Types) -> Result<Domain, IntrospectError> {
    Ok(Domain {
        type_name: types.read(object, row.base.as_deref().unwrap_or_default())?,
        collation: row.collation.as_deref().map(|text| name(object, text)).transpose()?,
        default: row.value.as_deref().map(|text| expression(object, text)).transpose()?,
        not_null: row.not_null,
        constraints: BTreeMap::new(),
    })
}

type Checks = BTreeMap<i64, BTreeMap<Ident, DomainCheck>>;

/// Reads the checks of all domains.
fn checks(reader: &mut Reader<'_>, shares: &mut Shares) -> Result<Checks, IntrospectError> {
    let mut checks = Checks::new();
    for row in reader.rows::<CheckRow>(include_str!("sql/domain_constraints.sql"))? {
        let mut definition = check(&row)?;
        let mut validated = true;
        if let DomainConstraintKind::Check { not_valid, .. } = &mut definition.kind {
            validated = !std::mem::take(not_valid);
        }
        let shared = shares.take("pg_constraint", row.oid, 0);
        let check = DomainCheck { definition, validated, shared };
        checks.entry(row.domain).or_default().insert(Ident::exact(&row.name), check);
    }
    Ok(checks)
}

fn check(row: &CheckRow) -> Result<DomainConstraint, IntrospectError> {
    let name = Name::simple(Ident::exact(&row.name), Span::default());
    let object = format!("constraint {name} of a domain");
    let text = format!("ALTER DOMAIN d ADD CONSTRAINT {name} {}", row.definition);
    match relation_statement(&object, &text)? {
        Statement::AlterDomain(alter) => match alter.change {
            DomainChange::AddConstraint(constraint) => Ok(constraint),
            _ => Err(unexpected(object, &text)),
        },
        _ => Err(unexpected(object, &text)),
    }
}
