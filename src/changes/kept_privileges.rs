//! Privileges of roles of which only the server knows whether they are the owner: what they had is recorded.

use std::fmt;

use super::inverse::Taken;
use super::{Change, ChangeKind, Inverse, Lock, Record};
use crate::catalog::{
    AclDelta, Address, Catalog, CatalogError, Class, Grantee, ObjectId, PrivilegesDoubt, Properties, Shared,
};
use crate::pg::{Ident, Name};
use crate::query::Quoted;
use crate::source::Span;

/// Gives roles the privileges on a thing that they had when the forward script ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestorePrivileges {
    /// The thing as SQL: its catalog, and its OID there.
    pub object: String,
    /// The name of the record.
    pub record: String,
    /// The roles, of which `None` is everybody; all roles where none are named.
    pub roles: Option<Vec<Option<Ident>>>,
    /// The same as far as the catalog knows.
    pub known: Vec<Change>,
}

impl RestorePrivileges {
    /// Returns what undoes a change of privileges when a role that it names may be the owner, who is not known by name.
    pub(super) fn of(before: &Catalog, (of, delta): (&Address, &AclDelta), known: &[Change]) -> Option<Inverse> {
        let role = |grantee: &Grantee| match grantee {
            Grantee::Role(name) => Some(Some(name.clone())),
            Grantee::Public => Some(None),
            Grantee::Owner | Grantee::CurrentUser => None,
        };
        // The owner, where it is meant too, is given back what is known.
        let roles: Vec<Option<Ident>> = delta.grantees.iter().map(role).collect::<Option<_>>()?;
        if !is_doubtful(before, (of, delta)) {
            return None;
        }
        RestorePrivileges::recorded(before, of, (Some(roles), known))
    }

    fn recorded(
        before: &Catalog,
        of: &Address,
        (roles, known): (Option<Vec<Option<Ident>>>, &[Change]),
    ) -> Option<Inverse> {
        let object = object(before, of)?;
        let record = format!("privileges on {}", before.written(&whole(of)));
        let value = format!("tenet.privileges({object})");
        let data = Record { what: record.clone(), name: record.clone(), value, taken: Taken::Before };
        let restore = RestorePrivileges { object, record, roles, known: known.to_vec() };
        Some(Inverse::Captured { changes: vec![restore.into()], data: vec![data] })
    }
}

/// Returns the thing whose privileges are recorded as a whole.
fn whole(of: &Address) -> Address {
    match of {
        Address::Column(table, _) => Address::Relation(table.clone()),
        other => other.clone(),
    }
}

/// Says whether a change of privileges names a role that may be the owner, who is not known by name.
fn is_doubtful(before: &Catalog, (of, delta): (&Address, &AclDelta)) -> bool {
    let made = |name: &Ident| {
        let id = ObjectId::new(Class::Role, Name::simple(name.clone(), Span::default()));
        before.object(&id).is_some()
    };
    let is_unknown = |grantee: &Grantee| matches!(grantee, Grantee::Role(name) if !made(name));
    before.owner(of).is_none() && delta.grantees.iter().any(is_unknown)
}

/// Takes note of a change after which nobody knows all privileges on a thing.
pub(super) fn note_doubt(catalog: &mut Catalog, (of, delta): (&Address, &AclDelta)) -> Result<(), CatalogError> {
    let doubt = match () {
        () if catalog.is_by_another(of) => PrivilegesDoubt::PassedOn,
        () if delta.mode.takes() && is_doubtful(catalog, (of, delta)) => PrivilegesDoubt::Taken,
        () => return Ok(()),
    };
    if object(catalog, of).is_none() {
        return Ok(());
    }
    let update = |found: &mut Properties| found.privileges_doubt = found.privileges_doubt.max(Some(doubt));
    catalog.update_shared(&whole(of), |shared| shared.update(update))
}

/// Lets what is made again have the privileges that were recorded, where the history does not tell what they were.
pub(crate) fn with_recorded(undone: Inverse, before: &Catalog) -> Inverse {
    let made = undone.changes().iter().filter_map(|change| match change {
        Change::CreateTable(create) => Some(Address::Relation(create.relation.name.clone())),
        Change::CreateView(create) => Some(Address::Relation(create.relation.name.clone())),
        Change::CreateSequence(create) => Some(Address::Relation(create.relation.name.clone())),
        Change::CreateObject(create) => Some(Address::Object(create.object.id.clone())),
        _ => None,
    });
    let doubt = |of: &Address| before.shared(of).and_then(Shared::get)?.privileges_doubt;
    let doubtful: Vec<(Address, PrivilegesDoubt)> = made.filter_map(|of| Some((of.clone(), doubt(&of)?))).collect();
    doubtful.into_iter().fold(undone, |undone, (of, doubt)| match doubt {
        PrivilegesDoubt::Taken => match RestorePrivileges::recorded(before, &of, (None, &[])) {
            Some(restored) => undone.after(restored),
            None => undone,
        },
        PrivilegesDoubt::PassedOn => {
            undone.losing(vec![format!("what roles passed on of their privileges on `{}`", before.written(&of))])
        }
    })
}

/// Writes a thing as the name of its catalog and its OID.
fn object(catalog: &Catalog, of: &Address) -> Option<String> {
    let literal = |text: &str| Quoted(text).to_string();
    let (class, oid) = match of {
        Address::Relation(name) | Address::Column(name, _) => {
            ("pg_class", format!("{}::regclass", literal(&catalog.shown(name).to_string())))
        }
        Address::Object(id) => {
            let written = literal(&catalog.written(of).replace("(*)", "()"));
            let named = |table: &str, column: &str| {
                format!("(SELECT oid FROM {table} WHERE {column} = {})", literal(id.name.last().as_str()))
            };
            match id.class {
                Class::Schema => ("pg_namespace", format!("{written}::regnamespace")),
                Class::Routine => ("pg_proc", format!("{written}::regprocedure")),
                Class::Type => ("pg_type", format!("{written}::regtype")),
                Class::Language => ("pg_language", named("pg_language", "lanname")),
                Class::ForeignDataWrapper => ("pg_foreign_data_wrapper", named("pg_foreign_data_wrapper", "fdwname")),
                Class::Server => ("pg_foreign_server", named("pg_foreign_server", "srvname")),
                _ => return None,
            }
        }
        _ => return None,
    };
    Some(format!("'{class}', {oid}"))
}

impl ChangeKind for RestorePrivileges {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        self.known.iter().try_for_each(|change| change.apply(catalog))
    }

    fn invert(&self, _: &Catalog) -> Inverse {
        Inverse::underivable("what roles were allowed is recorded once")
    }

    fn locks(&self) -> Vec<Lock> {
        Vec::new()
    }
}

impl fmt::Display for RestorePrivileges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let role = |role: &Option<Ident>| match role {
            Some(name) => Quoted(name.as_str()).to_string(),
            None => "NULL".to_owned(),
        };
        let roles = match &self.roles {
            Some(roles) => format!("ARRAY[{}]::text[]", roles.iter().map(role).collect::<Vec<_>>().join(", ")),
            None => "NULL".to_owned(),
        };
        let (object, record) = (&self.object, Quoted(&self.record));
        write!(f, "SELECT tenet.restore_privileges({object}, {record}, {roles}) AS restored")
    }
}
