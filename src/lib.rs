//! tenet compiles PostgreSQL schema and migration SQL into tenant-safe, reversible rollouts.
//!
//! Modules stand in reading order: each may use only those above it.

pub mod source;

pub mod finding;

pub mod fix;

pub mod verdict;

pub mod nearest;

pub mod pg;

pub mod query;

pub mod statement;

pub mod procedure;

pub mod catalog;

pub mod changes;

pub mod replay;

pub mod settings;

pub mod syntax;

pub mod migration;

pub mod proposal;

pub mod rules;

pub mod scope;

pub mod report;

pub mod project;

pub mod check;

pub mod cli;
