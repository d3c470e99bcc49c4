//! What is said about every statement: whose rows it touches, how it is undone, whom it runs for.

use serde::Serialize;

/// Whether a statement stays within one tenant, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// A state of the data exists in which it touches another tenant.
    Unscoped,
    /// It depends on what is not given.
    Unprovable,
    /// It touches every tenant and never mixes them.
    Aligned,
    /// Proved for one designator.
    Scoped,
    /// It reads and writes no rows.
    NotApplicable,
}

/// What comes back when a statement is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InverseClass {
    /// Structure and data, from the statement and the catalog before it.
    Exact,
    /// Structure and data, from what was recorded when it ran.
    Captured,
    /// The shape, without the rows.
    Structural,
    /// What the author wrote.
    Declared,
    /// Nothing.
    None,
    /// There is nothing to undo.
    NotApplicable,
}

/// Whom a statement runs for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Once per database.
    Shared,
    /// Once per tenant.
    Tenant,
}
