//! Statements about routines, operators, triggers, policies, privileges, roles, replication, foreign servers and text
//! search, and those that are written alike for objects of every kind.

pub mod parameter;
pub mod reference;

use std::fmt;

/// A statement of this family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {}

impl Statement {
    /// Returns PostgreSQL's command tag.
    pub fn tag(&self) -> &'static str {
        match *self {}
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}
