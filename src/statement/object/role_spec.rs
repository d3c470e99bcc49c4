//! A role as statements refer to it.

use std::fmt;

use crate::pg::Ident;

/// A role by name, or one that depends on the session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoleSpec {
    /// A role's name.
    Name(Ident),
    /// `PUBLIC`, in whatever quoting.
    Public,
    /// `CURRENT_ROLE`.
    CurrentRole,
    /// `CURRENT_USER`.
    CurrentUser,
    /// `SESSION_USER`.
    SessionUser,
}

impl fmt::Display for RoleSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RoleSpec::Name(name) => write!(f, "{name}"),
            RoleSpec::Public => f.write_str("PUBLIC"),
            RoleSpec::CurrentRole => f.write_str("CURRENT_ROLE"),
            RoleSpec::CurrentUser => f.write_str("CURRENT_USER"),
            RoleSpec::SessionUser => f.write_str("SESSION_USER"),
        }
    }
}
