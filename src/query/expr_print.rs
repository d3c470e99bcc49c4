//! Expressions as SQL, with precedence spelled out by parentheses.

use std::fmt;

use super::expr::{
    Expr, ExprKind, InOperand, LikeKind, Literal, Operator, Parameter, Quantifier, SqlFunction, Step, Test, TrimSide,
};
use crate::pg::Ident;

/// Writes a list with commas between.
pub(crate) fn comma<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: &[T]) -> fmt::Result {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            f.write_str(", ")?;
        }
        write!(f, "{item}")?;
    }
    Ok(())
}

/// An expression as an operand: in parentheses unless it is one token or closes itself.
pub(crate) struct Operand<'a>(pub &'a Expr);

impl fmt::Display for Operand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use ExprKind as K;
        let closed = matches!(
            self.0.kind,
            K::Column(_)
                | K::Star(_)
                | K::Literal(_)
                | K::Parameter(_)
                | K::Value(_)
                | K::Default
                | K::Subquery(_)
                | K::Array(_)
                | K::ArrayQuery(_)
                | K::Exists(_)
                | K::SqlCall(..)
                | K::Special(..)
                | K::Case { .. }
        ) || matches!(&self.0.kind, K::Row { explicit: true, .. });
        if closed { write!(f, "{}", self.0) } else { write!(f, "({})", self.0) }
    }
}

/// Text as a string literal.
pub(crate) struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", self.0.replace('\'', "''"))
    }
}

fn joined(f: &mut fmt::Formatter<'_>, operands: &[Expr], word: &str) -> fmt::Result {
    for (at, operand) in operands.iter().enumerate() {
        if at > 0 {
            write!(f, " {word} ")?;
        }
        write!(f, "{}", Operand(operand))?;
    }
    Ok(())
}

fn path(f: &mut fmt::Formatter<'_>, parts: &[Ident]) -> fmt::Result {
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            f.write_str(".")?;
        }
        write!(f, "{part}")?;
    }
    Ok(())
}

fn not(negated: bool) -> &'static str {
    if negated { "NOT " } else { "" }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Column(parts) => path(f, parts),
            ExprKind::Star(parts) if parts.is_empty() => f.write_str("*"),
            ExprKind::Star(parts) => {
                path(f, parts)?;
                f.write_str(".*")
            }
            ExprKind::Literal(literal) => write!(f, "{literal}"),
            ExprKind::Parameter(parameter) => write!(f, "{parameter}"),
            ExprKind::Value(words) => f.write_str(words),
            ExprKind::Default => f.write_str("DEFAULT"),
            ExprKind::And(operands) => joined(f, operands, "AND"),
            ExprKind::Or(operands) => joined(f, operands, "OR"),
            ExprKind::Array(items) => {
                f.write_str("ARRAY[")?;
                comma(f, items)?;
                f.write_str("]")
            }
            ExprKind::Row { fields, explicit } => {
                f.write_str(if *explicit { "ROW(" } else { "(" })?;
                comma(f, fields)?;
                f.write_str(")")
            }
            ExprKind::Special(word, arguments) => {
                write!(f, "{word}(")?;
                comma(f, arguments)?;
                f.write_str(")")
            }
            ExprKind::Call(call) => write!(f, "{call}"),
            ExprKind::SqlCall(function, arguments) => sql_call(f, function, arguments),
            ExprKind::Exists(query) => write!(f, "EXISTS ({query})"),
            ExprKind::Subquery(query) => write!(f, "({query})"),
            ExprKind::ArrayQuery(query) => write!(f, "ARRAY({query})"),
            ExprKind::Case { operand, branches, otherwise } => {
                case(f, operand.as_deref(), branches, otherwise.as_deref())
            }
            _ => self.fmt_operator(f),
        }
    }
}

impl Expr {
    fn fmt_operator(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Prefix(operator, operand) => write!(f, "{operator} {}", Operand(operand)),
            ExprKind::Infix(left, operator, right) => write!(f, "{} {operator} {}", Operand(left), Operand(right)),
            ExprKind::Not(operand) => write!(f, "NOT {}", Operand(operand)),
            ExprKind::Is { operand, test, negated } => write!(f, "{} IS {}{test}", Operand(operand), not(*negated)),
            ExprKind::Distinct { left, right, negated } => {
                write!(f, "{} IS {}DISTINCT FROM {}", Operand(left), not(*negated), Operand(right))
            }
            ExprKind::In { operand, source, negated } => {
                write!(f, "{} {}IN ({source})", Operand(operand), not(*negated))
            }
            ExprKind::Between { operand, low, high, symmetric, negated } => {
                let symmetric = if *symmetric { "SYMMETRIC " } else { "" };
                let (operand, low, high) = (Operand(operand), Operand(low), Operand(high));
                write!(f, "{operand} {}BETWEEN {symmetric}{low} AND {high}", not(*negated))
            }
            ExprKind::Like { operand, pattern, escape, kind, negated } => {
                write!(f, "{} {}{kind} {}", Operand(operand), not(*negated), Operand(pattern))?;
                escape.as_deref().map_or(Ok(()), |escape| write!(f, " ESCAPE {}", Operand(escape)))
            }
            ExprKind::Quantified { left, operator, quantifier, source } => {
                write!(f, "{} {operator} {quantifier} ({source})", Operand(left))
            }
            ExprKind::Cast(operand, to) => write!(f, "CAST({operand} AS {to})"),
            ExprKind::Collate(operand, collation) => write!(f, "{} COLLATE {collation}", Operand(operand)),
            ExprKind::AtTimeZone(operand, Some(zone)) => {
                write!(f, "{} AT TIME ZONE {}", Operand(operand), Operand(zone))
            }
            ExprKind::AtTimeZone(operand, None) => write!(f, "{} AT LOCAL", Operand(operand)),
            ExprKind::Indirection(base, steps) => {
                match base.kind {
                    ExprKind::Parameter(_) | ExprKind::Subquery(_) => write!(f, "{base}")?,
                    _ => write!(f, "({base})")?,
                }
                steps.iter().try_for_each(|step| write!(f, "{step}"))
            }
            _ => Ok(()),
        }
    }
}

fn case(
    f: &mut fmt::Formatter<'_>,
    operand: Option<&Expr>,
    branches: &[(Expr, Expr)],
    otherwise: Option<&Expr>,
) -> fmt::Result {
    f.write_str("CASE")?;
    if let Some(operand) = operand {
        write!(f, " {}", Operand(operand))?;
    }
    for (condition, result) in branches {
        write!(f, " WHEN {} THEN {}", Operand(condition), Operand(result))?;
    }
    if let Some(otherwise) = otherwise {
        write!(f, " ELSE {}", Operand(otherwise))?;
    }
    f.write_str(" END")
}

fn sql_call(f: &mut fmt::Formatter<'_>, function: &SqlFunction, arguments: &[Expr]) -> fmt::Result {
    let words: &[&str] = match function {
        SqlFunction::Extract(field) => {
            write!(f, "EXTRACT({} FROM ", Quoted(field))?;
            &[""]
        }
        SqlFunction::Substring { from: true, .. } => &["SUBSTRING(", " FROM ", " FOR "],
        SqlFunction::Substring { from: false, .. } => &["SUBSTRING(", " FOR "],
        SqlFunction::SubstringSimilar => &["SUBSTRING(", " SIMILAR ", " ESCAPE "],
        SqlFunction::Position => &["POSITION(", " IN "],
        SqlFunction::Overlay => &["OVERLAY(", " PLACING ", " FROM ", " FOR "],
        SqlFunction::Overlaps => &["((", ", ", ") OVERLAPS (", ", "],
        SqlFunction::Normalize(form) => {
            let text = arguments.first().map(|text| text.to_string()).unwrap_or_default();
            return write!(f, "NORMALIZE({text}{}{form})", if form.is_empty() { "" } else { ", " });
        }
        SqlFunction::Trim(side) => return trim(f, *side, arguments),
    };
    for (word, argument) in words.iter().zip(arguments) {
        write!(f, "{word}{}", Operand(argument))?;
    }
    f.write_str(if *function == SqlFunction::Overlaps { "))" } else { ")" })
}

fn trim(f: &mut fmt::Formatter<'_>, side: TrimSide, arguments: &[Expr]) -> fmt::Result {
    let side = match side {
        TrimSide::Both => "BOTH",
        TrimSide::Leading => "LEADING",
        TrimSide::Trailing => "TRAILING",
    };
    match arguments {
        [text, characters] => write!(f, "TRIM({side} {} FROM {})", Operand(characters), Operand(text)),
        _ => {
            write!(f, "TRIM({side} FROM ")?;
            comma(f, arguments)?;
            f.write_str(")")
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Null => f.write_str("NULL"),
            Literal::Boolean(true) => f.write_str("TRUE"),
            Literal::Boolean(false) => f.write_str("FALSE"),
            Literal::Number(digits) => f.write_str(digits),
            Literal::String(text) => write!(f, "{}", Quoted(text)),
            Literal::Bits(base, digits) => write!(f, "{base}'{digits}'"),
        }
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Parameter::Number(number) => write!(f, "${number}"),
            Parameter::Raw(name) => write!(f, ":{name}"),
            Parameter::Quoted(name) => write!(f, ":'{name}'"),
            Parameter::Identifier(name) => write!(f, ":\"{name}\""),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "OPERATOR({schema}.{})", self.symbol),
            None => f.write_str(&self.symbol),
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Test::Null => f.write_str("NULL"),
            Test::True => f.write_str("TRUE"),
            Test::False => f.write_str("FALSE"),
            Test::Unknown => f.write_str("UNKNOWN"),
        }
    }
}

impl fmt::Display for InOperand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InOperand::List(items) => comma(f, items),
            InOperand::Query(query) => write!(f, "{query}"),
        }
    }
}

impl fmt::Display for LikeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LikeKind::Like => "LIKE",
            LikeKind::ILike => "ILIKE",
            LikeKind::SimilarTo => "SIMILAR TO",
        })
    }
}

impl fmt::Display for Quantifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Quantifier::Any => "ANY",
            Quantifier::All => "ALL",
        })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Field(name) => write!(f, ".{name}"),
            Step::Star => f.write_str(".*"),
            Step::Index(index) => write!(f, "[{index}]"),
            Step::Slice(low, high) => {
                f.write_str("[")?;
                low.iter().try_for_each(|low| write!(f, "{}", Operand(low)))?;
                f.write_str(":")?;
                high.iter().try_for_each(|high| write!(f, "{}", Operand(high)))?;
                f.write_str("]")
            }
        }
    }
}
