//! Queries and DML: clauses by our own parsers, the expressions in them by [`super::expression`].

mod clause;
mod dml;
mod from;
mod merge;
mod select;
mod with;

pub use clause::{holds_query, window};
pub use select::query;
pub use with::data_statement;
