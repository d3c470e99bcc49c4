//! Migrations to phases: what shares a transaction, what each statement locks, and what undoes it.

mod inverse;
mod migration;
mod render;
mod transaction;

pub use inverse::{Said, accept, inverse, inverse_class, judge, said};
pub use migration::{MigrationPlan, Phase, PlannedStatement, Planner, Source, Verdict};
pub use transaction::{Sharing, sharing};
