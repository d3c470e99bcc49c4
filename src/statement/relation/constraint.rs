//! Constraints of tables and domains, and what column constraints share with them.

use std::fmt;

use super::index::IndexElement;
use super::options::Parameter;
use crate::pg::{Ident, Name};
use crate::query::{Expr, Operator};
use crate::source::Span;
use crate::statement::print::{Comma, InParens, Lead, When};
use crate::statement::words::words;

/// A table constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableConstraint {
    /// Where it stands.
    pub span: Span,
    /// `CONSTRAINT name`.
    pub name: Option<Ident>,
    /// What it demands.
    pub kind: TableConstraintKind,
    /// `DEFERRABLE`, `NOT VALID` and the like.
    pub attributes: ConstraintAttributes,
}

/// What a table constraint demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableConstraintKind {
    /// `CHECK`.
    Check(Expr),
    /// `NOT NULL column`.
    NotNull(Ident),
    /// `UNIQUE`.
    Unique {
        /// `NULLS NOT DISTINCT`.
        nulls_not_distinct: bool,
        /// What is unique.
        key: ConstraintKey,
    },
    /// `PRIMARY KEY`.
    PrimaryKey(ConstraintKey),
    /// `EXCLUDE`.
    Exclude(Box<Exclude>),
    /// `FOREIGN KEY`.
    ForeignKey {
        /// The referencing columns.
        columns: Vec<Ident>,
        /// Whether the last of them is a `PERIOD`.
        period: bool,
        /// What they refer to.
        references: References,
    },
}

impl TableConstraintKind {
    /// Returns what is said about the index behind it, where it makes one.
    pub fn index_mut(&mut self) -> Option<&mut IndexParameters> {
        match self {
            TableConstraintKind::Unique { key, .. } | TableConstraintKind::PrimaryKey(key) => match key {
                ConstraintKey::Columns { index, .. } => Some(index),
                ConstraintKey::Index(_) => None,
            },
            TableConstraintKind::Exclude(exclude) => Some(&mut exclude.index),
            _ => None,
        }
    }
}

/// The columns of a unique constraint or primary key, or the index that becomes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConstraintKey {
    /// Columns, with a new index.
    Columns {
        /// The columns.
        columns: Vec<Ident>,
        /// Whether the last of them has `WITHOUT OVERLAPS`.
        without_overlaps: bool,
        /// The new index.
        index: IndexParameters,
    },
    /// `USING INDEX name`.
    Index(Ident),
}

/// What may be said about the index behind a constraint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexParameters {
    /// `INCLUDE`.
    pub include: Vec<Ident>,
    /// `WITH`.
    pub parameters: Vec<Parameter>,
    /// `USING INDEX TABLESPACE`.
    pub tablespace: Option<Ident>,
}

/// An exclusion constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exclude {
    /// `USING`, the index's access method.
    pub access_method: Option<Ident>,
    /// What is compared, and with which operator.
    pub elements: Vec<(IndexElement, Operator)>,
    /// The index.
    pub index: IndexParameters,
    /// `WHERE`.
    pub predicate: Option<Expr>,
}

/// The right side of a foreign key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct References {
    /// The referenced table.
    pub table: Name,
    /// The referenced columns; none for those of the primary key.
    pub columns: Vec<Ident>,
    /// Whether the last of them is a `PERIOD`.
    pub period: bool,
    /// `MATCH`.
    pub match_type: MatchType,
    /// `ON DELETE`.
    pub on_delete: ReferentialAction,
    /// `ON UPDATE`.
    pub on_update: ReferentialAction,
}

/// How NULLs in a foreign key of several columns count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MatchType {
    /// `MATCH SIMPLE`; also when nothing is written.
    #[default]
    Simple,
    /// `MATCH FULL`.
    Full,
}

/// What happens to referencing rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ReferentialAction {
    /// `NO ACTION`; also when nothing is written.
    #[default]
    NoAction,
    /// `RESTRICT`.
    Restrict,
    /// `CASCADE`.
    Cascade,
    /// `SET NULL`, with the columns when written.
    SetNull(Vec<Ident>),
    /// `SET DEFAULT`, with the columns when written.
    SetDefault(Vec<Ident>),
}

/// The attributes behind a constraint, in written order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConstraintAttributes(pub Vec<ConstraintAttribute>);

words! {
    /// One attribute of a constraint.
    pub enum ConstraintAttribute {
        Deferrable = "DEFERRABLE",
        NotDeferrable = "NOT DEFERRABLE",
        InitiallyDeferred = "INITIALLY DEFERRED",
        InitiallyImmediate = "INITIALLY IMMEDIATE",
        Enforced = "ENFORCED",
        NotEnforced = "NOT ENFORCED",
        NotValid = "NOT VALID",
        NoInherit = "NO INHERIT",
    }
}

impl ConstraintKey {
    /// Returns the key columns; none of `USING INDEX`.
    pub fn columns(&self) -> &[Ident] {
        match self {
            ConstraintKey::Columns { columns, .. } => columns,
            ConstraintKey::Index(_) => &[],
        }
    }
}

impl ConstraintAttributes {
    /// Says whether an attribute is written.
    pub fn has(&self, attribute: ConstraintAttribute) -> bool {
        self.0.contains(&attribute)
    }

    /// Says whether the constraint can be deferred: `INITIALLY DEFERRED` implies it.
    pub fn is_deferrable(&self) -> bool {
        self.has(ConstraintAttribute::Deferrable) || self.has(ConstraintAttribute::InitiallyDeferred)
    }

    /// Returns what the words come to: each attribute that is not PostgreSQL's own choice, once and in one order.
    #[must_use]
    pub fn normal(&self) -> Self {
        let all = [
            (self.is_deferrable(), ConstraintAttribute::Deferrable),
            (self.has(ConstraintAttribute::InitiallyDeferred), ConstraintAttribute::InitiallyDeferred),
            (self.has(ConstraintAttribute::NotEnforced), ConstraintAttribute::NotEnforced),
            (self.has(ConstraintAttribute::NotValid), ConstraintAttribute::NotValid),
            (self.has(ConstraintAttribute::NoInherit), ConstraintAttribute::NoInherit),
        ];
        ConstraintAttributes(all.into_iter().filter(|(has, _)| *has).map(|(_, attribute)| attribute).collect())
    }

    /// Says whether existing rows are not checked: `NOT ENFORCED` implies it.
    pub fn skips_validation(&self) -> bool {
        self.has(ConstraintAttribute::NotValid) || self.has(ConstraintAttribute::NotEnforced)
    }
}

impl fmt::Display for ConstraintAttributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|attribute| write!(f, " {attribute}"))
    }
}

/// Columns of which the last may be a `PERIOD`.
struct PeriodColumns<'a>(&'a [Ident], bool);

impl fmt::Display for PeriodColumns<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.split_last() {
            Some((period, columns)) if self.1 => write!(f, "{}, PERIOD {period}", Comma(columns)),
            _ => write!(f, "{}", Comma(self.0)),
        }
    }
}

impl fmt::Display for TableConstraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(f, "CONSTRAINT {name} ")?;
        }
        match &self.kind {
            TableConstraintKind::Check(condition) => write!(f, "CHECK ({condition})")?,
            TableConstraintKind::NotNull(column) => write!(f, "NOT NULL {column}")?,
            TableConstraintKind::Unique { nulls_not_distinct, key } => {
                write!(f, "UNIQUE{}{key}", When(*nulls_not_distinct, " NULLS NOT DISTINCT"))?;
            }
            TableConstraintKind::PrimaryKey(key) => write!(f, "PRIMARY KEY{key}")?,
            TableConstraintKind::Exclude(exclude) => write!(f, "{exclude}")?,
            TableConstraintKind::ForeignKey { columns, period, references } => {
                write!(f, "FOREIGN KEY ({}) {references}", PeriodColumns(columns, *period))?;
            }
        }
        write!(f, "{}", self.attributes)
    }
}

impl fmt::Display for ConstraintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConstraintKey::Columns { columns, without_overlaps, index } => {
                write!(f, " ({}{}){index}", Comma(columns), When(*without_overlaps, " WITHOUT OVERLAPS"))
            }
            ConstraintKey::Index(name) => write!(f, " USING INDEX {name}"),
        }
    }
}

impl fmt::Display for IndexParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", InParens(" INCLUDE ", &self.include), InParens(" WITH ", &self.parameters))?;
        write!(f, "{}", Lead(" USING INDEX TABLESPACE ", &self.tablespace))
    }
}

impl fmt::Display for Exclude {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EXCLUDE{} (", Lead(" USING ", &self.access_method))?;
        for (at, (element, operator)) in self.elements.iter().enumerate() {
            write!(f, "{}{element} WITH {operator}", When(at > 0, ", "))?;
        }
        write!(f, "){}", self.index)?;
        self.predicate.as_ref().map_or(Ok(()), |predicate| write!(f, " WHERE ({predicate})"))
    }
}

impl fmt::Display for References {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "REFERENCES {}", self.table)?;
        if !self.columns.is_empty() {
            write!(f, " ({})", PeriodColumns(&self.columns, self.period))?;
        }
        write!(f, "{}", When(self.match_type == MatchType::Full, " MATCH FULL"))?;
        if self.on_delete != ReferentialAction::NoAction {
            write!(f, " ON DELETE {}", self.on_delete)?;
        }
        if self.on_update != ReferentialAction::NoAction {
            write!(f, " ON UPDATE {}", self.on_update)?;
        }
        Ok(())
    }
}

impl fmt::Display for ReferentialAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReferentialAction::NoAction => f.write_str("NO ACTION"),
            ReferentialAction::Restrict => f.write_str("RESTRICT"),
            ReferentialAction::Cascade => f.write_str("CASCADE"),
            ReferentialAction::SetNull(columns) => write!(f, "SET NULL{}", InParens(" ", columns)),
            ReferentialAction::SetDefault(columns) => write!(f, "SET DEFAULT{}", InParens(" ", columns)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_attributes_imply_others() {
        let deferred = ConstraintAttributes(vec![ConstraintAttribute::InitiallyDeferred]);
        let unenforced = ConstraintAttributes(vec![ConstraintAttribute::NotEnforced]);
        assert!(deferred.is_deferrable() && !deferred.skips_validation());
        assert!(unenforced.skips_validation() && !unenforced.is_deferrable());
    }
}
