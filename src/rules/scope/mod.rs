//! Tenant isolation: a statement must stay within one tenant.

pub mod aligned_without_directive;
pub mod bypassing_role;
pub mod foreign_key_without_tenant;
pub mod grant_to_public;
pub mod missing_row_security;
pub mod mutable_search_path;
pub mod nullable_tenant_column;
pub mod open_policy;
pub mod raw_parameter;
pub mod row_security_without_policy;
pub mod unclassified_table;
pub mod unforced_row_security;
pub mod unique_key_without_tenant;
pub mod unprovable;
pub mod unscoped_copy;
pub mod unscoped_delete;
pub mod unscoped_insert;
pub mod unscoped_merge;
pub mod unscoped_read;
pub mod unscoped_truncate;
pub mod unscoped_update;
pub mod view_as_owner;
pub mod view_mixing_tenants;
pub mod weakened_isolation;
