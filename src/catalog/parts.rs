//! What belongs to a relation beside columns, constraints and indexes.

use super::Shared;
use crate::pg::Ident;
use crate::query::Query;
use crate::statement::object::policy::CreatePolicy;
use crate::statement::object::rule::CreateRule;
use crate::statement::object::trigger::CreateTrigger;
use crate::statement::relation::{CheckOption, Firing, GenericOption, WithData};

/// A trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// The statement that makes it, without `OR REPLACE`.
    pub definition: Box<CreateTrigger>,
    /// When it fires.
    pub firing: Firing,
    /// Whether it is a partition's copy of its parent's trigger.
    pub inherited: bool,
    /// What all kinds of objects have: here a comment.
    pub shared: Shared,
}

/// A row security policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The statement that makes it.
    pub definition: Box<CreatePolicy>,
    /// What all kinds of objects have: here a comment.
    pub shared: Shared,
}

/// A rewrite rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The statement that makes it, without `OR REPLACE`.
    pub definition: Box<CreateRule>,
    /// When it applies.
    pub firing: Firing,
    /// What all kinds of objects have: here a comment.
    pub shared: Shared,
}

/// What a view or a materialized view shows. Its parameters are those of its relation's storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The query, its relations qualified.
    pub query: Query,
    /// The names of the columns where the statement gives them.
    pub columns: Vec<Ident>,
    /// `WITH CHECK OPTION`.
    pub check_option: Option<CheckOption>,
    /// Whether a materialized view holds rows.
    pub with_data: WithData,
}

/// Where the rows of a foreign table lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// The server.
    pub server: Ident,
    /// `OPTIONS`, in the order of their names.
    pub options: Vec<GenericOption>,
}
