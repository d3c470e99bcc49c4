//! Row security policies.

use std::fmt;

use super::role_spec::RoleSpec;
use crate::pg::{Ident, Name};
use crate::query::Expr;
use crate::statement::print::Clause;
use crate::statement::words::words;

/// CREATE POLICY.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatePolicy {
    /// Its name.
    pub name: Ident,
    /// The table.
    pub table: Name,
    /// How it joins with other policies.
    pub kind: PolicyKind,
    /// What it applies to.
    pub command: PolicyCommand,
    /// Whom it applies to; PUBLIC when nothing is written.
    pub roles: Vec<RoleSpec>,
    /// `USING`: which rows are seen.
    pub using: Option<Expr>,
    /// `WITH CHECK`: which rows may be written.
    pub check: Option<Expr>,
}

words! {
    /// How a policy joins with the others of its table.
    pub enum PolicyKind {
        Permissive = "PERMISSIVE",
        Restrictive = "RESTRICTIVE",
    }
}

words! {
    /// The commands that a policy applies to.
    pub enum PolicyCommand {
        All = "ALL",
        Select = "SELECT",
        Insert = "INSERT",
        Update = "UPDATE",
        Delete = "DELETE",
    }
}

/// ALTER POLICY.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterPolicy {
    /// Its name.
    pub name: Ident,
    /// The table.
    pub table: Name,
    /// The new roles; empty when they stay.
    pub roles: Vec<RoleSpec>,
    /// The new `USING`; `None` when it stays.
    pub using: Option<Expr>,
    /// The new `WITH CHECK`; `None` when it stays.
    pub check: Option<Expr>,
}

impl fmt::Display for CreatePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE POLICY {} ON {}", self.name, self.table)?;
        write!(f, " AS {} FOR {}{}", self.kind, self.command, Clause(" TO ", &self.roles))?;
        conditions(f, &self.using, &self.check)
    }
}

impl fmt::Display for AlterPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER POLICY {} ON {}{}", self.name, self.table, Clause(" TO ", &self.roles))?;
        conditions(f, &self.using, &self.check)
    }
}

fn conditions(f: &mut fmt::Formatter<'_>, using: &Option<Expr>, check: &Option<Expr>) -> fmt::Result {
    using.iter().try_for_each(|using| write!(f, " USING ({using})"))?;
    check.iter().try_for_each(|check| write!(f, " WITH CHECK ({check})"))
}
