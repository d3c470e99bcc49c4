//! A new tenant's database or schema: made where there is none, and compared with what the migrations make, for a version
//! number alone is not believed.

use super::inventory::Tenant;
use super::session::Session;
use super::trouble::Trouble;
use super::{Context, RunError};
use crate::catalog::facts::{Certainty, Difference, Facts, Report, compare};
use crate::catalog::{Address, Catalog, Class};
use crate::db::introspect::{IntrospectOptions, introspect};
use crate::db::{Connection, DbError};
use crate::pg::{Ident, Name};
use crate::plan::{Planners, Verdict};
use crate::project::Project;
use crate::settings::Isolation;
use crate::syntax::directive::History;
use crate::verdict::{Audience, Scope};

/// Databases that a server has from the beginning, to make others from.
const MAINTENANCE: [&str; 2] = ["postgres", "template1"];

/// Codes of what is there already: a database, a schema.
const THERE: [&str; 2] = ["42P04", "42P06"];

/// How many differences are told of.
const TOLD: usize = 10;

/// Makes what a new tenant's own tables will lie in; what is there already stays as it is.
pub(super) fn provision(context: &Context<'_>, tenant: &Tenant, template: Option<&str>) -> Result<(), RunError> {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    if context.settings.tenancy.isolation == Isolation::Row {
        let why = "tenants share their tables: a new tenant is a row, and has nothing to be made".to_owned();
        return Err(RunError::Usage(why));
    }
    let target = context.places.own(tenant)?;
    if let Some(schema) = context.places.is_schema().then(|| context.places.schema(&tenant.id)).flatten() {
        if template.is_some() {
            return Err(RunError::Usage("a schema has no template: its tables come from the migrations".to_owned()));
        }
        let mut connection = Connection::open(&target).map_err(RunError::first)?;
        return made(connection.execute(&format!("CREATE SCHEMA {}", quoted(&schema))).map(drop));
    }
    let Some(name) = target.database().map(str::to_owned) else {
        return Err(RunError::Usage(format!("the url of tenant `{}` names no database", tenant.id)));
    };
    let from = template.map_or_else(String::new, |template| format!(" TEMPLATE {}", quoted(template)));
    let mut refused = None;
    for maintenance in MAINTENANCE {
        match Connection::open(&target.with_database(maintenance)) {
            Ok(mut connection) => {
                return made(connection.execute(&format!("CREATE DATABASE {}{from}", quoted(&name))).map(drop));
            }
            Err(error) => refused = Some(error),
        }
    }
    Err(refused.map_or_else(|| RunError::Usage("no database".to_owned()), RunError::first))
}

fn made(result: Result<(), DbError>) -> Result<(), RunError> {
    match result {
        Err(DbError::Sql(error)) if THERE.contains(&error.sqlstate.as_str()) => Ok(()),
        Err(error) => Err(RunError::first(error)),
        Ok(()) => Ok(()),
    }
}

/// Compares what a tenant's database or schema holds with what the migrations make.
pub(super) fn compare_live(
    context: &Context<'_>,
    session: &mut Session<'_>,
    schema: Option<&str>,
) -> Result<(), Trouble> {
    let path = match schema {
        Some(schema) => vec![Ident::exact(schema)],
        None => context.settings.search_path.clone(),
    };
    let options = IntrospectOptions { search_path: path.clone(), schemas: schema.map(|_| path.clone()) };
    let refused = |error: &dyn std::fmt::Display| Trouble::refusal(format!("its schema cannot be read: {error}"));
    let live = introspect(&mut session.connection, &options).map_err(|error| refused(&error))?;
    let expected = model(context.project, &path);
    let differs = |found: &Difference| {
        found.certainty == Certainty::Differs
            && !is_ours(&found.address)
            && path.first().filter(|_| schema.is_some()).is_none_or(|own| !is_outside(&found.address, own))
    };
    let mut found = compare(&Facts::of(&expected), &Facts::of(&live));
    found.retain(differs);
    if found.is_empty() {
        return Ok(());
    }
    let count = found.len();
    found.truncate(TOLD);
    let report = Report { differences: &found, left: "the migrations", right: "the database" };
    Err(Trouble::refusal(format!("it is not what the migrations make, in {count} places:\n{report}")))
}

/// Says whether an address is of tenet's own tables, or of what every database has.
fn is_ours(address: &Address) -> bool {
    match address {
        Address::Object(id) if matches!(id.class, Class::Role) => true,
        Address::Object(id) if matches!(id.class, Class::Schema) => {
            let name = id.name.to_string();
            name == "public" || name.starts_with("tenet")
        }
        _ => {
            let name = name(address);
            name.parts.len() > 1 && name.parts[0].to_string().starts_with("tenet")
        }
    }
}

/// Says whether an address is of what lives in no schema, or in another one: a look at one schema does not see it.
fn is_outside(address: &Address, own: &Ident) -> bool {
    let is_nowhere = matches!(address, Address::Object(id) if matches!(id.class, Class::Schema | Class::Extension));
    is_nowhere || name(address).schema().is_some_and(|schema| schema != own)
}

fn name(address: &Address) -> &Name {
    match address {
        Address::Object(id) => &id.name,
        Address::DomainConstraint(name, _)
        | Address::Attribute(name, _)
        | Address::Relation(name)
        | Address::Column(name, _)
        | Address::Constraint(name, _)
        | Address::Index(name, _)
        | Address::Trigger(name, _)
        | Address::Policy(name, _)
        | Address::Rule(name, _) => name,
    }
}

/// Returns what the history of a tenant's own tables makes along this path.
fn model(project: &Project, path: &[Ident]) -> Catalog {
    let mut planners = Planners::within(&project.settings, &project.files, &[], path.to_vec());
    let verdict = |_, _| Verdict { audience: Audience::Tenant, scope: Scope::NotApplicable };
    let mut own = None;
    for (role, migration) in project.in_order() {
        let history = role.history();
        planners.migration(history, migration, &verdict);
        own = history.map(|_| History::Tenant);
    }
    planners.catalog(own).clone()
}
