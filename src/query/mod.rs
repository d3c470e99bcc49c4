//! Our own form of queries, DML and expressions: what every analysis reads.
//!
//! It says what PostgreSQL's raw parse tree says, no more and no less, and each part displays as SQL in which
//! precedence is spelled out by parentheses. Nothing here knows the catalog.

mod call;
pub mod columns;
mod dml;
mod expr;
mod expr_print;
mod from;
mod select;
pub mod transform;
pub mod visit;
pub mod visit_mut;

pub use call::{Argument, Call, Frame, FrameBound, FrameExclusion, FrameUnits, Over, Window};
pub use dml::{
    Arbiter, Assignment, ColumnTarget, ConflictAction, Delete, Filter, Insert, InsertSource, Merge, MergeAction,
    MergeMatch, MergeWhen, OnConflict, Overriding, Returning, Target, Update,
};
pub use expr::{
    Expr, ExprKind, InOperand, LikeKind, Literal, Operator, Parameter, Quantifier, SqlFunction, Step, Test, TrimSide,
};
pub(crate) use expr_print::{Operand, Quoted, comma};
pub use from::{Alias, ColumnDefinition, FromItem, FromKind, FunctionCall, JoinCondition, JoinKind, Sample};
pub use select::{
    Body, Cte, DataStatement, Distinct, GroupBy, GroupItem, Into, IntoPersistence, LockStrength, LockWait, Locking,
    Nulls, Query, Select, SelectItem, SetOperator, SortDirection, SortItem, With,
};
