//! tenet compiles PostgreSQL schema and migration SQL into tenant-safe, reversible rollouts.
//!
//! A project's files are split into statements and parsed into models of our own (`syntax`), put in order (`migration`), and
//! replayed as changes of a catalog (`replay`); each statement is judged against the catalog before it (`scope`, `rules`),
//! and what was found is reported (`report`). `check` ties these together, `cli` is the shell; `ARCHITECTURE.md` says more.
//!
//! Modules stand in reading order: each may use only those above it.

pub mod source;

pub mod finding;

pub mod fix;

pub mod verdict;

pub mod nearest;

pub mod held;

pub mod pg;

pub mod query;

pub mod statement;

pub mod procedure;

pub mod catalog;

pub mod resolve;

pub mod changes;

pub mod replay;

pub mod settings;

pub mod syntax;

pub mod migration;

pub mod proposal;

pub mod rules;

pub mod scope;

pub mod capture;

pub mod plan;

pub mod report;

pub mod emit;

pub mod project;

pub mod db;

pub mod verify;

pub mod check;

pub mod run;

pub mod cli;
