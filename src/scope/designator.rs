//! Designators: values fixed for the whole execution of a statement that can name a tenant.

use std::fmt;

use crate::query::{Expr, ExprKind, Literal, Parameter};
use crate::settings::Tenancy;

/// A value that names one tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Designator {
    /// The migration's tenant parameter.
    Parameter(String),
    /// `$1` and the like.
    Number(u32),
    /// The session's tenant.
    Session,
    /// A constant, as SQL.
    Literal(String),
}

impl Designator {
    /// Recognises a designator; casts of a fixed value are fixed.
    pub fn of(expr: &Expr, tenancy: &Tenancy) -> Option<Designator> {
        if tenancy.session.as_ref().is_some_and(|session| *session == expr.to_string()) {
            return Some(Designator::Session);
        }
        match &expr.kind {
            ExprKind::Parameter(Parameter::Number(number)) => Some(Designator::Number(*number)),
            ExprKind::Parameter(Parameter::Quoted(name) | Parameter::Raw(name)) if *name == tenancy.parameter => {
                Some(Designator::Parameter(name.clone()))
            }
            ExprKind::Literal(Literal::Number(_) | Literal::String(_)) => Some(Designator::Literal(expr.to_string())),
            ExprKind::Cast(operand, _) => Designator::of(operand, tenancy),
            _ => None,
        }
    }

    /// Says whether it is the tenant that a script runs for.
    pub fn is_run_time(&self) -> bool {
        !matches!(self, Designator::Literal(_))
    }
}

impl fmt::Display for Designator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Designator::Parameter(name) => f.write_str(name),
            Designator::Number(number) => write!(f, "${number}"),
            Designator::Session => f.write_str("session"),
            Designator::Literal(text) => f.write_str(text),
        }
    }
}
