//! The proof that a statement stays within one tenant.
//!
//! A statement is taken apart into blocks (`query`, `from`, `with`, `write`). What its conditions say becomes facts about the
//! values in it (`lower`, `value`, `formula`), which are closed under congruence, keys and foreign keys (`closure`, `row`).
//! Of every row of a tenant's table that any part of the statement meets it has to follow that it is the tenant's
//! (`decide`); as then everything that is written or put out is a function of this tenant's rows, nothing of another
//! tenant's can show in it, and nothing of another tenant's is touched.

mod aftermath;
mod aggregate;
mod analysis;
mod arrays;
mod assigned;
mod body;
mod bound;
mod bulk;
mod closure;
mod computed;
mod cursor;
mod decide;
mod derived;
mod determined;
mod dynamic;
mod exact;
mod explain;
mod firing;
mod flow;
mod formula;
mod from;
mod grouping;
mod heirs;
mod insert;
mod lower;
mod merge;
mod names;
mod node;
mod order;
mod portal;
mod query;
mod replaced;
mod returning;
mod returns;
mod reworded;
mod rewritten;
mod routine;
mod row;
mod store;
mod term;
mod term_set;
mod trigger;
mod value;
mod variables;
mod verdict;
mod view;
mod window;
mod with;
mod write;

pub use explain::{ProofRow, Reason, Source, Step};

pub(super) use bulk::{copy, truncate};
pub(super) use dynamic::{UNKNOWN, template};
pub(super) use explain::explain;
pub(super) use portal::execute;
pub(super) use verdict::{
    Apart, Asked, Frame, apart, call, data, procedure, query as judge_query, rule, sql_body, trigger,
};
pub(super) use view::base_of;
