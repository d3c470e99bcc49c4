//! The shape of the schema and its history.

pub mod drift;
pub mod history_order;
pub mod possible_drift;
pub mod refused_statement;
pub mod uncertain_history;
