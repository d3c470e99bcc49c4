//! Designators: values fixed for the whole execution of a statement that can name a tenant.

use std::fmt;

use crate::pg::TypeName;
use crate::query::{Expr, ExprKind, Literal, Parameter};
use crate::settings::Tenancy;

/// A value that names one tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Designator {
    /// The migration's tenant parameter.
    Parameter(String),
    /// `$1` and the like.
    Number(u32),
    /// The session's tenant.
    Session,
    /// A constant, as SQL.
    Literal(String),
    /// What a unique key of fixed values looks up, in words.
    LookedUp(String),
}

impl Designator {
    /// Recognises a designator; a cast that loses nothing may stand around it.
    pub fn of(expr: &Expr, tenancy: &Tenancy) -> Option<Designator> {
        // No session is told by a constant, and most of what is looked at is one.
        let may_be_session = !matches!(expr.kind, ExprKind::Literal(_));
        if may_be_session && tenancy.session.as_ref().is_some_and(|session| Rest(session).prints(expr)) {
            return Some(Designator::Session);
        }
        match &expr.kind {
            ExprKind::Parameter(Parameter::Number(number)) => Some(Designator::Number(*number)),
            ExprKind::Parameter(Parameter::Quoted(name) | Parameter::Raw(name)) if *name == tenancy.parameter => {
                Some(Designator::Parameter(name.clone()))
            }
            ExprKind::Literal(Literal::String(_)) => Some(Designator::Literal(expr.to_string())),
            // A fraction is rounded where an integer is expected.
            ExprKind::Literal(Literal::Number(digits)) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(Designator::Literal(expr.to_string()))
            }
            ExprKind::Cast(operand, to) if keeps_values(to, tenancy) => Designator::of(operand, tenancy),
            _ => None,
        }
    }

    /// Says whether a cast of a tenant's name to this type leaves two tenants two: `varchar(2)` cuts, `numeric` rounds later.
    pub(super) fn keeps_values(to: &TypeName, tenancy: &Tenancy) -> bool {
        keeps_values(to, tenancy)
    }

    /// Says whether it is the tenant that a script runs for.
    pub fn is_run_time(&self) -> bool {
        !matches!(self, Designator::Literal(_) | Designator::LookedUp(_))
    }
}

fn keeps_values(to: &TypeName, tenancy: &Tenancy) -> bool {
    const EXACT: &[&str] = &["int2", "int4", "int8", "text", "uuid", "varchar"];
    let is_own = || tenancy.type_name.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(&to.to_string()));
    let is_plain = to.modifiers.is_empty() && to.bounds.is_empty() && !to.set_of && !to.percent_type;
    let system = to.name.schema().is_none_or(|schema| *schema == "pg_catalog");
    is_plain && system && EXACT.contains(&to.name.last().as_str()) || is_own()
}

/// What of a text is still to come of a print. It stops at the first difference: nearly every expression is looked at.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    fn prints(mut self, expr: &Expr) -> bool {
        fmt::write(&mut self, format_args!("{expr}")).is_ok() && self.0.is_empty()
    }
}

impl fmt::Write for Rest<'_> {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(part).ok_or(fmt::Error)?;
        Ok(())
    }
}

impl fmt::Display for Designator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Designator::Parameter(name) => f.write_str(name),
            Designator::Number(number) => write!(f, "${number}"),
            Designator::Session => f.write_str("session"),
            Designator::Literal(text) | Designator::LookedUp(text) => f.write_str(text),
        }
    }
}
