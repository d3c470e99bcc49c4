//! The door to PostgreSQL: connections to servers that are there, and servers of our own.
#![expect(clippy::disallowed_methods, reason = "this is the module that talks to servers and starts them")]

mod connect;
mod error;
mod execute;
pub mod introspect;
pub mod probe;
pub mod scratch;
pub mod target;
mod tls;

pub use connect::{Canceller, Connection};
pub use error::{DbError, InternalPosition, SqlError};
pub use execute::{Outcome, Rows, Transaction};
pub use scratch::{Scratch, ScratchError, ScratchOptions};
pub use target::{Defaults, Target, TargetError};
