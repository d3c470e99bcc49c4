//! Parameters of routines and aggregates.

use std::fmt;

use crate::pg::{Ident, TypeName};
use crate::query::Expr;
use crate::source::Span;
use crate::statement::print::{Comma, Lead};
use crate::statement::words::words;

/// One parameter of a routine, or one argument type of a reference to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Where it stands.
    pub span: Span,
    /// Its mode when written; without one it is an input.
    pub mode: Option<ParameterMode>,
    /// Its name when written.
    pub name: Option<Ident>,
    /// Its type.
    pub data_type: TypeName,
    /// `DEFAULT`; never in a reference.
    pub default: Option<Expr>,
}

words! {
    /// How a parameter passes values.
    pub enum ParameterMode {
        In = "IN",
        Out = "OUT",
        InOut = "INOUT",
        Variadic = "VARIADIC",
    }
}

/// The arguments of an aggregate, as its definition and references to it write them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AggregateArguments {
    /// `(*)`: none.
    Star,
    /// `(direct ORDER BY ordered)`; a plain aggregate has no ordered ones.
    List {
        /// Direct arguments.
        direct: Vec<Parameter>,
        /// Those behind `ORDER BY`, when it is written.
        ordered: Vec<Parameter>,
    },
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.mode.iter().try_for_each(|mode| write!(f, "{mode} "))?;
        self.name.iter().try_for_each(|name| write!(f, "{name} "))?;
        write!(f, "{}{}", self.data_type, Lead(" DEFAULT ", &self.default))
    }
}

impl fmt::Display for AggregateArguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AggregateArguments::Star => f.write_str("(*)"),
            AggregateArguments::List { direct, ordered } if ordered.is_empty() => write!(f, "({})", Comma(direct)),
            AggregateArguments::List { direct, ordered } => {
                let space = if direct.is_empty() { "" } else { " " };
                write!(f, "({}{space}ORDER BY {})", Comma(direct), Comma(ordered))
            }
        }
    }
}
