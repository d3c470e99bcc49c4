//! PostgreSQL's own terms as types.

pub mod builtin;
pub mod extension;
pub mod function;
pub mod ident;
mod interned;
pub mod keyword;
pub mod lock;
pub mod operator;
pub mod storage;
pub mod system;
pub mod text_search;
pub mod type_name;
pub mod version;

pub use ident::{Ident, MAX_BYTES, Name, Parts};
pub use lock::LockMode;
pub use type_name::{IntervalFields, TypeName};
pub use version::PgVersion;
