//! The integration tests: every case is a file or folder under `fixtures/`; here are only the harnesses.
#![expect(clippy::disallowed_methods, reason = "harnesses read fixtures and run the program")]

#[cfg(test)]
mod advice;
mod alone;
#[cfg(test)]
mod automation;
#[cfg(test)]
mod build;
#[cfg(test)]
mod capture;
#[cfg(test)]
mod changes;
#[cfg(test)]
mod console;
#[cfg(test)]
mod db;
#[cfg(test)]
mod ddl;
#[cfg(test)]
mod ddl_walk;
#[cfg(test)]
mod docs;
#[cfg(test)]
mod doubts;
#[cfg(test)]
mod dumps;
#[cfg(test)]
mod embedded;
#[cfg(test)]
mod facts;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod found;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod histories;
#[cfg(test)]
mod introspect;
#[cfg(test)]
mod judge;
#[cfg(test)]
mod layering;
#[cfg(test)]
mod layouts;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod pipe;
#[cfg(test)]
mod probe;
#[cfg(test)]
mod project;
#[cfg(test)]
mod random;
#[cfg(test)]
mod random_histories;
#[cfg(test)]
mod read_back;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod refused_objects;
#[cfg(test)]
mod refused_relations;
#[cfg(test)]
mod resolve;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod run;
#[cfg(test)]
mod sarif;
#[cfg(test)]
mod scope;
#[cfg(test)]
mod scripts;
#[cfg(test)]
mod server;
#[cfg(test)]
mod syntax;
#[cfg(test)]
mod undo;
#[cfg(test)]
mod undo_walk;
#[cfg(test)]
mod verify;
