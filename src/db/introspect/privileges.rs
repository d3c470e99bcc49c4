//! Privileges: those on objects, and those that new objects get.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::IntrospectError;
use super::query::Reader;
use crate::catalog::{Acl, Address, Catalog, GrantOption, Grantee, ObjectId};
use crate::pg::Ident;
use crate::statement::object::grant::DefaultKind;

/// A privilege on an object.
#[derive(Deserialize)]
pub(super) struct Row {
    pub(super) catalog: String,
    pub(super) oid: i64,
    pub(super) part: i32,
    #[serde(flatten)]
    pub(super) privilege: Privilege,
}

/// A privilege and who holds it; nobody where all were taken away.
#[derive(Deserialize)]
pub(super) struct Privilege {
    grantee: Option<String>,
    is_public: Option<bool>,
    is_owner: Option<bool>,
    is_runner: Option<bool>,
    privilege: Option<String>,
    grantable: Option<bool>,
}

impl Privilege {
    /// Adds it to a list.
    pub(super) fn give(self, acl: &mut Acl) {
        let (Some(grantee), Some(privilege)) = (self.grantee, self.privilege) else { return };
        let grantee = match (self.is_owner, self.is_public, self.is_runner) {
            (Some(true), ..) => Grantee::Owner,
            (_, Some(true), _) => Grantee::Public,
            (.., Some(true)) => Grantee::CurrentUser,
            _ => Grantee::Role(Ident::exact(&grantee)),
        };
        let option = if self.grantable == Some(true) { GrantOption::With } else { GrantOption::Without };
        let held = acl.0.entry(grantee).or_default();
        // Granted by two roles, it may be passed on when one of them allows it.
        let known = held.entry(Ident::folded(&privilege)).or_insert(option);
        *known = (*known).max(option);
    }
}

/// Reads the privileges that new objects get.
pub(super) fn defaults(reader: &mut Reader<'_>, catalog: &mut Catalog) -> Result<(), IntrospectError> {
    let mut lists: BTreeMap<ObjectId, Acl> = BTreeMap::new();
    for row in reader.rows::<DefaultRow>(include_str!("sql/default_privileges.sql"))? {
        let ident = |text: &Option<String>| text.as_deref().map(Ident::exact);
        let (role, schema) = (ident(&row.role), ident(&row.schema));
        let id = ObjectId::default_privileges(role.as_ref(), schema.as_ref(), row.kind.made());
        row.privilege.give(lists.entry(id).or_default());
    }
    for (id, acl) in lists {
        let object = id.to_string();
        let unread = |error| IntrospectError::unread(object, error, "");
        catalog.set_privileges(&Address::Object(id), acl).map_err(unread)?;
    }
    Ok(())
}

#[derive(Deserialize)]
struct DefaultRow {
    role: Option<String>,
    schema: Option<String>,
    kind: DefaultType,
    #[serde(flatten)]
    privilege: Privilege,
}

/// `pg_default_acl.defaclobjtype`.
#[derive(Clone, Copy, Deserialize)]
enum DefaultType {
    #[serde(rename = "r")]
    Relation,
    #[serde(rename = "S")]
    Sequence,
    #[serde(rename = "f")]
    Function,
    #[serde(rename = "T")]
    Type,
    #[serde(rename = "n")]
    Schema,
    #[serde(rename = "L")]
    LargeObject,
}

impl DefaultType {
    fn made(self) -> DefaultKind {
        match self {
            DefaultType::Relation => DefaultKind::Tables,
            DefaultType::Sequence => DefaultKind::Sequences,
            DefaultType::Function => DefaultKind::Functions,
            DefaultType::Type => DefaultKind::Types,
            DefaultType::Schema => DefaultKind::Schemas,
            DefaultType::LargeObject => DefaultKind::LargeObjects,
        }
    }
}
