//! The shape of the schema and its history.

pub mod history_order;
