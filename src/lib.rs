//! tenet compiles PostgreSQL schema and migration SQL into tenant-safe, reversible rollouts.

pub mod source;

pub mod pg;

pub mod query;

pub mod statement;

pub mod syntax;
