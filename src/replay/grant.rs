//! GRANT, REVOKE and ALTER DEFAULT PRIVILEGES, one change for each thing that privileges are on.

use std::collections::BTreeSet;

use super::{Lowering, property};
use crate::catalog::{AclDelta, Address, CatalogError, Class, GrantMode, Grantable, Grantee, Kind, ObjectId};
use crate::changes::ChangePrivileges;
use crate::pg::{Ident, Name};
use crate::statement::object::grant::{
    AlterDefaultPrivileges, BulkKind, DefaultLimit, Grant, GrantDirection, GrantRoutineKind, GrantTarget, NamedKind,
    Privileges,
};
use crate::statement::object::reference::{Kind as ObjectKind, ObjectName, Reference, RoutineName};
use crate::statement::object::role_spec::RoleSpec;
use crate::statement::words::Behavior;

/// Lowers GRANT and REVOKE of privileges.
pub(super) fn grant(lowering: &mut Lowering<'_>, grant: &Grant) {
    let form = if matches!(grant.target, GrantTarget::Tables(_)) { Form::Table } else { Form::Kind };
    let given = Given {
        mode: mode(grant.direction),
        privileges: &grant.privileges,
        grantees: &grant.grantees,
        form,
        behavior: behavior(grant.direction),
    };
    match &grant.target {
        GrantTarget::Tables(names) => {
            names.iter().for_each(|name| on_relation(lowering, &given, name, ObjectKind::Table))
        }
        GrantTarget::Named(kind, names) => names.iter().for_each(|name| on_named(lowering, &given, *kind, name)),
        GrantTarget::Routines(kind, routines) => {
            routines.iter().for_each(|routine| on_routine(lowering, &given, *kind, routine));
        }
        GrantTarget::AllInSchemas(kind, schemas) => {
            let all: Vec<Address> = schemas.iter().flat_map(|schema| all_in(lowering, *kind, schema)).collect();
            all.into_iter().for_each(|address| on(lowering, &given, address));
        }
        GrantTarget::LargeObjects(_) => lowering.skip("GRANT ON LARGE OBJECT"),
    }
}

/// What a statement gives or takes.
struct Given<'a> {
    mode: GrantMode,
    privileges: &'a Privileges,
    grantees: &'a [RoleSpec],
    form: Form,
    /// What becomes of what they passed on.
    behavior: Behavior,
}

/// How a statement names what privileges are on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As tables, or without a word.
    Table,
    /// By the word for its kind.
    Kind,
}

fn mode(direction: GrantDirection) -> GrantMode {
    match direction {
        GrantDirection::Grant { grant_option: false } => GrantMode::Grant,
        GrantDirection::Grant { grant_option: true } => GrantMode::GrantWithOption,
        GrantDirection::Revoke { grant_option: false, .. } => GrantMode::Revoke,
        GrantDirection::Revoke { grant_option: true, .. } => GrantMode::RevokeOption,
    }
}

fn behavior(direction: GrantDirection) -> Behavior {
    match direction {
        GrantDirection::Grant { .. } => Behavior::Restrict,
        GrantDirection::Revoke { behavior, .. } => behavior,
    }
}

fn on_relation(lowering: &mut Lowering<'_>, given: &Given<'_>, name: &Name, written: ObjectKind) {
    let catalog = lowering.catalog;
    if catalog.relation(name).is_none() && catalog.owner_of_index(name).is_some() {
        return lowering.fail(CatalogError::Refused { sqlstate: "42809", message: format!("`{name}` is an index") });
    }
    match catalog.existing(name) {
        Ok(found) if written == ObjectKind::Sequence && found.kind != Kind::Sequence => {
            lowering.fail(CatalogError::WrongKind(name.clone(), "a sequence"));
        }
        Ok(found) => on(lowering, given, Address::Relation(found.name.clone())),
        // PostgreSQL's own relations are in no catalog.
        Err(_) if name.schema().is_some_and(|schema| *schema == "pg_catalog") || is_system(name) => {
            lowering.skip("GRANT ON a relation of PostgreSQL's own");
        }
        Err(error) => lowering.fail(error),
    }
}

fn is_system(name: &Name) -> bool {
    crate::pg::system::holds_definitions(name)
}

fn on_named(lowering: &mut Lowering<'_>, given: &Given<'_>, kind: NamedKind, name: &Name) {
    let kind = match kind {
        NamedKind::Sequence => return on_relation(lowering, given, name, ObjectKind::Sequence),
        NamedKind::Domain => ObjectKind::Domain,
        NamedKind::Type => ObjectKind::Type,
        NamedKind::Schema => ObjectKind::Schema,
        NamedKind::Language => ObjectKind::Language,
        NamedKind::ForeignDataWrapper => ObjectKind::ForeignDataWrapper,
        NamedKind::ForeignServer => ObjectKind::Server,
        NamedKind::Database | NamedKind::Parameter | NamedKind::Tablespace => {
            return lowering.skip("GRANT ON what a cluster shares");
        }
    };
    on_reference(lowering, given, Reference { kind, name: ObjectName::Plain(name.clone()), span: name.span });
}

fn on_routine(lowering: &mut Lowering<'_>, given: &Given<'_>, kind: GrantRoutineKind, routine: &RoutineName) {
    // FUNCTION means aggregates too, so the word says little.
    let kind = match kind {
        GrantRoutineKind::Procedure => ObjectKind::Procedure,
        GrantRoutineKind::Function | GrantRoutineKind::Routine => ObjectKind::Routine,
    };
    on_reference(
        lowering,
        given,
        Reference { kind, name: ObjectName::Routine(routine.clone()), span: routine.name.span },
    );
}

fn on_reference(lowering: &mut Lowering<'_>, given: &Given<'_>, reference: Reference) {
    match lowering.catalog.address(&reference) {
        Ok(address) => on(lowering, given, address),
        Err(error) if property::may_be_built_in(&error) => lowering.skip("GRANT ON what the history does not make"),
        Err(error) => lowering.fail(error),
    }
}

/// Returns the things of a kind in a schema.
fn all_in(lowering: &Lowering<'_>, kind: BulkKind, schema: &Ident) -> Vec<Address> {
    let catalog = lowering.catalog;
    let relations = |sequences: bool| {
        let found = catalog.relations_in(schema).filter(move |found| (found.kind == Kind::Sequence) == sequences);
        found.map(|found| Address::Relation(found.name.clone())).collect()
    };
    let routines = |wanted: &dyn Fn(ObjectKind) -> bool| {
        let inside = catalog.objects_of(Class::Routine).filter(|found| found.schema() == Some(schema));
        let all = inside.map(|found| Address::Object(found.id.clone()));
        all.filter(|address| wanted(catalog.kind_at(address))).collect()
    };
    match kind {
        BulkKind::Tables => relations(false),
        BulkKind::Sequences => relations(true),
        BulkKind::Functions => routines(&|kind| kind != ObjectKind::Procedure),
        BulkKind::Procedures => routines(&|kind| kind == ObjectKind::Procedure),
        BulkKind::Routines => routines(&|_| true),
    }
}

/// Gives or takes privileges on one thing: on the whole, and on the columns that are named.
fn on(lowering: &mut Lowering<'_>, given: &Given<'_>, address: Address) {
    let Some(kind) = lowering.catalog.grantable(&address) else { return lowering.skip("GRANT") };
    let whole = match whole(given, kind) {
        Ok(whole) => whole,
        Err(error) => return lowering.fail(error),
    };
    let columns = match columns(given, kind) {
        Ok(columns) => columns,
        Err(error) => return lowering.fail(error),
    };
    if !whole.is_empty() {
        push(lowering, given, address.clone(), whole);
    }
    for (column, privileges) in columns {
        on_column(lowering, given, &address, (column, privileges));
    }
}

fn on_column(
    lowering: &mut Lowering<'_>,
    given: &Given<'_>,
    of: &Address,
    (column, privileges): (&Ident, BTreeSet<Ident>),
) {
    let Some(relation) = of.relation().and_then(|name| lowering.catalog.relation(name)) else { return };
    if relation.column(column).is_some() {
        push(lowering, given, Address::Column(relation.name.clone(), column.clone()), privileges);
    } else if relation.is_known_table() {
        lowering.fail(CatalogError::UndefinedColumn(relation.name.clone(), column.clone()));
    } else {
        lowering.skip("GRANT ON a column that is not known");
    }
}

fn push(lowering: &mut Lowering<'_>, given: &Given<'_>, address: Address, privileges: BTreeSet<Ident>) {
    let catalog = lowering.catalog;
    let mut grantees: Vec<Grantee> = Vec::new();
    for role in given.grantees {
        let grantee = catalog.grantee(role, &address);
        if !grantees.contains(&grantee) {
            grantees.push(grantee);
        }
    }
    if given.mode == GrantMode::GrantWithOption && grantees.contains(&Grantee::Public) {
        return lowering.fail(refused("0LP01", "grant options can only be granted to roles".to_owned()));
    }
    let delta = AclDelta { mode: given.mode, privileges, grantees };
    if let Some(change) = ChangePrivileges::new(catalog, address, delta) {
        lowering.push(ChangePrivileges { behavior: given.behavior, ..change });
    }
}

fn refused(sqlstate: &'static str, message: String) -> CatalogError {
    CatalogError::Refused { sqlstate, message }
}

/// Returns the privileges on the thing as a whole.
fn whole(given: &Given<'_>, kind: Grantable) -> Result<BTreeSet<Ident>, CatalogError> {
    match given.privileges {
        Privileges::All(columns) if columns.is_empty() => Ok(every(kind)),
        Privileges::All(_) => Ok(BTreeSet::new()),
        Privileges::List(list) => {
            let whole = list.iter().filter(|privilege| privilege.columns.is_empty());
            // Where a sequence is written as a table, what only tables have is passed over.
            let passed = |name: &Ident| {
                kind == Grantable::Sequence
                    && given.form == Form::Table
                    && Grantable::MaintainedTable.all().contains(&name.as_str())
                    && !kind.all().contains(&name.as_str())
            };
            let whole = whole.filter(|privilege| !passed(&privilege.name));
            whole.map(|privilege| checked(&privilege.name, kind)).collect()
        }
    }
}

fn every(kind: Grantable) -> BTreeSet<Ident> {
    kind.all().iter().map(|word| Ident::exact(word)).collect()
}

/// Returns the privileges on each column that is named.
fn columns<'a>(given: &Given<'a>, kind: Grantable) -> Result<Vec<(&'a Ident, BTreeSet<Ident>)>, CatalogError> {
    let mut found: Vec<(&Ident, BTreeSet<Ident>)> = Vec::new();
    let mut add =
        |column: &'a Ident, privileges: BTreeSet<Ident>| match found.iter_mut().find(|(name, _)| *name == column) {
            Some((_, known)) => known.extend(privileges),
            None => found.push((column, privileges)),
        };
    match given.privileges {
        Privileges::All(columns) => columns.iter().for_each(|column| add(column, every(Grantable::Column))),
        Privileges::List(list) => {
            for privilege in list.iter().filter(|privilege| !privilege.columns.is_empty()) {
                let name = checked(&privilege.name, Grantable::Column)?;
                privilege.columns.iter().for_each(|column| add(column, BTreeSet::from([name.clone()])));
            }
        }
    }
    if found.is_empty() || kind.is_table() {
        return Ok(found);
    }
    Err(refused("0LP01", "column privileges are only valid for relations".to_owned()))
}

/// Every privilege that there is on anything.
const WORDS: &[&str] = &[
    "select",
    "insert",
    "update",
    "delete",
    "truncate",
    "references",
    "trigger",
    "maintain",
    "usage",
    "execute",
    "create",
    "temporary",
    "temp",
    "connect",
    "set",
    "alter system",
];

fn checked(privilege: &Ident, kind: Grantable) -> Result<Ident, CatalogError> {
    let word = privilege.as_str();
    // Whoever grants it has a server that knows it.
    let is_newer = word == "maintain" && kind.is_table();
    if kind.all().contains(&word) || is_newer {
        return Ok(privilege.clone());
    }
    let known = WORDS.contains(&word);
    let (sqlstate, what) =
        if known { ("0LP01", "invalid privilege type") } else { ("42601", "unrecognized privilege type") };
    Err(refused(sqlstate, format!("{what} `{}`", word.to_uppercase())))
}

/// Lowers ALTER DEFAULT PRIVILEGES.
pub(super) fn defaults(lowering: &mut Lowering<'_>, alter: &AlterDefaultPrivileges) {
    let Some(kind) = Grantable::made(alter.target, lowering.catalog.version) else {
        return lowering.skip("default privileges of large objects");
    };
    let own = [RoleSpec::CurrentUser];
    let (mut roles, mut schemas): (&[RoleSpec], &[Ident]) = (&own, &[]);
    for limit in &alter.limits {
        match limit {
            DefaultLimit::Roles(named) => roles = named,
            DefaultLimit::Schemas(named) => schemas = named,
        }
    }
    if kind == Grantable::Schema && !schemas.is_empty() {
        let message = "cannot use IN SCHEMA clause when using GRANT/REVOKE ON SCHEMAS".to_owned();
        return lowering.fail(refused("0LP01", message));
    }
    let given = Given {
        mode: mode(alter.direction),
        privileges: &alter.privileges,
        grantees: &alter.grantees,
        form: Form::Kind,
        behavior: behavior(alter.direction),
    };
    let schemas: Vec<Option<&Ident>> = if schemas.is_empty() { vec![None] } else { schemas.iter().map(Some).collect() };
    for role in roles {
        let Some(role) = property::role_name(lowering, role) else { return };
        for schema in &schemas {
            let id = ObjectId::default_privileges(role.as_ref(), *schema, alter.target);
            on_default(lowering, &given, kind, Address::Object(id));
        }
    }
}

fn on_default(lowering: &mut Lowering<'_>, given: &Given<'_>, kind: Grantable, address: Address) {
    if columns(given, kind).is_ok_and(|columns| !columns.is_empty()) {
        return lowering.fail(refused("0LP01", "default privileges cannot be set for columns".to_owned()));
    }
    match whole(given, kind) {
        Ok(privileges) => push(lowering, given, address, privileges),
        Err(error) => lowering.fail(error),
    }
}
