//! What cannot be undone, or would be lost.

pub mod lossy_drop;
pub mod retired_column;
pub mod underivable;
pub mod unrecorded_rows;
