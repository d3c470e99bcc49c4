//! CREATE VIEW, CREATE and REFRESH MATERIALIZED VIEW.

use std::fmt;

use super::common::{Persistence, WithData};
use super::options::Parameter;
use super::table::TableStorage;
use crate::pg::{Ident, Name};
use crate::query::Query;
use crate::statement::print::{InParens, Lead, When};
use crate::statement::words::words;

/// `CREATE VIEW`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateView {
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// `TEMPORARY`; a view is never unlogged.
    pub persistence: Persistence,
    /// `RECURSIVE`: the query may refer to the view.
    pub recursive: bool,
    /// The view.
    pub name: Name,
    /// Its columns when they are named.
    pub columns: Vec<Ident>,
    /// `WITH (…)`.
    pub parameters: Vec<Parameter>,
    /// What it shows.
    pub query: Query,
    /// `WITH CHECK OPTION`.
    pub check_option: Option<CheckOption>,
}

words! {
    /// Which conditions a row written through a view must meet.
    pub enum CheckOption {
        Local = "LOCAL",
        Cascaded = "CASCADED",
    }
}

/// `CREATE MATERIALIZED VIEW`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateMaterializedView {
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// The view.
    pub name: Name,
    /// Its columns when they are named.
    pub columns: Vec<Ident>,
    /// How it is stored; never with `ON COMMIT`.
    pub storage: TableStorage,
    /// What it holds.
    pub query: Query,
    /// Whether it is filled.
    pub with_data: WithData,
}

/// `REFRESH MATERIALIZED VIEW`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshMaterializedView {
    /// `CONCURRENTLY`.
    pub concurrently: bool,
    /// The view.
    pub name: Name,
    /// Whether it is filled.
    pub with_data: WithData,
}

impl fmt::Display for CreateView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE {}{}", When(self.or_replace, "OR REPLACE "), self.persistence)?;
        write!(f, "{}VIEW {}", When(self.recursive, "RECURSIVE "), self.name)?;
        write!(f, "{}{}", InParens(" ", &self.columns), InParens(" WITH ", &self.parameters))?;
        write!(f, " AS {}{}", self.query, Lead(" WITH ", &self.check_option))?;
        write!(f, "{}", When(self.check_option.is_some(), " CHECK OPTION"))
    }
}

impl fmt::Display for CreateMaterializedView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE MATERIALIZED VIEW {}{}", When(self.if_not_exists, "IF NOT EXISTS "), self.name)?;
        write!(f, "{}{}", InParens(" ", &self.columns), self.storage)?;
        write!(f, " AS {}{}", self.query, self.with_data)
    }
}

impl fmt::Display for RefreshMaterializedView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "REFRESH MATERIALIZED VIEW {}", When(self.concurrently, "CONCURRENTLY "))?;
        write!(f, "{}{}", self.name, self.with_data)
    }
}
