//! What objects of many kinds share: owner, privileges, comment, security labels, the extension that they belong to.

use std::collections::{BTreeMap, BTreeSet};

use crate::pg::Ident;

/// The properties that objects of many kinds share. Most objects have none of them, which costs a word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shared(Option<Box<Properties>>);

/// The values of what objects share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Properties {
    /// The owner; `None` is the role that runs the history.
    pub owner: Option<Ident>,
    /// Who may do what; `None` is what PostgreSQL gives where nothing was ever granted or revoked.
    pub privileges: Option<Acl>,
    /// Why the list of privileges may not say what the server's says.
    pub privileges_doubt: Option<PrivilegesDoubt>,
    /// `COMMENT`.
    pub comment: Option<String>,
    /// `SECURITY LABEL` by provider.
    pub labels: BTreeMap<String, String>,
    /// The extension that it is a member of.
    pub member_of: Option<Ident>,
    /// The extensions whose DROP takes it along: `DEPENDS ON EXTENSION`.
    pub depends_on: BTreeSet<Ident>,
}

/// An access control list: whom each privilege is given to. The owner stands in it as [`Grantee::Owner`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acl(pub BTreeMap<Grantee, BTreeMap<Ident, GrantOption>>);

/// Why a list of privileges may not say what the server's says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PrivilegesDoubt {
    /// Some were taken from a role of which only the server knows what it had: it may be the owner.
    Taken,
    /// Some were passed on by a role that may not be the owner.
    PassedOn,
}

/// Who holds privileges.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grantee {
    /// The owner of the object, whoever that is.
    Owner,
    /// Everybody.
    Public,
    /// The role that runs the history, where it does not own the object.
    CurrentUser,
    /// A role.
    Role(Ident),
}

/// Whether a privilege may be passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GrantOption {
    /// It may not.
    Without,
    /// It may: `WITH GRANT OPTION`.
    With,
}

/// What an object shares that has nothing to share.
pub(super) static NOTHING: Shared = Shared(None);

impl Shared {
    /// Returns the values; `None` when all are what PostgreSQL begins with.
    pub fn get(&self) -> Option<&Properties> {
        self.0.as_deref()
    }

    /// Changes the values.
    pub fn update(&mut self, change: impl FnOnce(&mut Properties)) {
        let mut properties = self.0.take().unwrap_or_default();
        change(&mut properties);
        // Objects without properties are equal, whatever they once had.
        self.0 = Some(properties).filter(|found| **found != Properties::default());
    }

    /// Returns the owner; `None` is the role that runs the history.
    pub fn owner(&self) -> Option<&Ident> {
        self.get()?.owner.as_ref()
    }

    /// Returns the comment.
    pub fn comment(&self) -> Option<&str> {
        self.get()?.comment.as_deref()
    }

    /// Returns who may do what; `None` where nothing was ever granted or revoked.
    pub fn privileges(&self) -> Option<&Acl> {
        self.get()?.privileges.as_ref()
    }
}
