//! Migrations to phases: what shares a transaction, what each statement locks, and what undoes it.

mod batch;
mod conditions;
mod edge;
mod found;
mod given;
mod guard;
mod inverse;
mod leaves;
mod likely;
mod migration;
mod planners;
mod purge;
mod recordings;
mod render;
mod retired;
mod retirement;
mod transaction;
mod unvalidated;

pub use batch::{Batch, batchable, wanted};
pub use conditions::Part;
pub use guard::Guard;
use inverse::is_idle;
pub use inverse::{Said, accept, filled, guarded, inverse, inverse_class, judge, said};
pub use leaves::Leaves;
use migration::Planner;
pub use migration::{MigrationPlan, Phase, PlannedStatement, Source, Verdict};
pub use planners::{Planners, reaches, reaching, writes};
pub use purge::purge;
pub use recordings::{Preparation, Segment};
pub use retired::meets_retired;
pub use retirement::retirement;
pub use transaction::{Sharing, sharing};
