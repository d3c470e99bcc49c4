//! Tenant isolation: a statement must stay within one tenant.

pub mod aligned_without_directive;
pub mod raw_parameter;
pub mod unclassified_table;
pub mod unprovable;
pub mod unscoped_copy;
pub mod unscoped_delete;
pub mod unscoped_insert;
pub mod unscoped_merge;
pub mod unscoped_read;
pub mod unscoped_truncate;
pub mod unscoped_update;
