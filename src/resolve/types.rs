//! The types of expressions and the names of columns, as far as they follow without knowing every function.

use super::{Completeness, Meaning, Output, OutputColumn, Resolver, from, place};
use crate::catalog::{Definition, names};
use crate::pg::{Ident, Name, TypeName};
use crate::query::{Expr, ExprKind, Literal, SqlFunction, Step};
use crate::source::Span;

impl Resolver<'_> {
    /// Returns the name of the column that an expression makes.
    pub(super) fn label(&self, expr: &Expr) -> Ident {
        names::figured(expr).map_or_else(|| "?column?".into(), |name| Ident::exact(&name))
    }

    /// Returns the type of an expression where it follows; its names are resolved already.
    pub(super) fn type_of(&self, expr: &Expr) -> Option<TypeName> {
        if let Some(Meaning::Column(entry, at)) = self.result.meanings.get(&place(expr)) {
            return self.result.entries[entry.0].columns.get(*at)?.type_name.clone();
        }
        let all = |exprs: &[&Expr]| self.common(exprs);
        match &expr.kind {
            ExprKind::Column(_) => None,
            ExprKind::Literal(literal) => literal_type(literal),
            ExprKind::Cast(_, to) => Some((**to).clone()),
            ExprKind::Collate(operand, _) => self.type_of(operand),
            ExprKind::And(_) | ExprKind::Or(_) | ExprKind::Not(_) | ExprKind::Is { .. } => builtin("bool"),
            ExprKind::Distinct { .. } | ExprKind::In { .. } | ExprKind::Between { .. } => builtin("bool"),
            ExprKind::Like { .. } | ExprKind::Quantified { .. } | ExprKind::Exists(_) => builtin("bool"),
            ExprKind::Infix(left, operator, right) => self.infix(left, &operator.symbol, right),
            ExprKind::Prefix(operator, operand) if operator.is("-") || operator.is("+") => self.type_of(operand),
            ExprKind::Value(word) => value_type(word),
            ExprKind::Special("GROUPING", _) => builtin("int4"),
            ExprKind::Special("NULLIF", list) => self.type_of(list.first()?),
            ExprKind::Special(_, list) => all(&list.iter().collect::<Vec<_>>()),
            ExprKind::Case { branches, otherwise, .. } => {
                let results = branches.iter().map(|(_, result)| result).chain(otherwise.as_deref());
                all(&results.collect::<Vec<_>>())
            }
            ExprKind::Subquery(query) => self.result.outputs.get(&place(&**query))?.columns.first()?.type_name.clone(),
            ExprKind::SqlCall(SqlFunction::Extract(_), _) => builtin("numeric"),
            ExprKind::SqlCall(SqlFunction::Position, _) => builtin("int4"),
            ExprKind::SqlCall(SqlFunction::Overlaps, _) => builtin("bool"),
            ExprKind::SqlCall(SqlFunction::Trim(_) | SqlFunction::Normalize(_), _) => plain("text"),
            ExprKind::Call(call) => self.call_type(call),
            ExprKind::Indirection(base, path) => self.field_type(base, path),
            _ => None,
        }
    }

    /// Returns the type that all agree on; NULL and string constants agree with any.
    pub(super) fn common(&self, exprs: &[&Expr]) -> Option<TypeName> {
        let is_constant = |expr: &&&Expr| matches!(expr.kind, ExprKind::Literal(Literal::Null | Literal::String(_)));
        let (open, typed): (Vec<&&Expr>, Vec<&&Expr>) = exprs.iter().partition(is_constant);
        let Some((first, rest)) = typed.split_first() else {
            return open.first().and_then(|_| plain("text"));
        };
        let first = self.type_of(first)?;
        rest.iter().try_fold(first, |common, other| wider(common, self.type_of(other)?))
    }

    fn infix(&self, left: &Expr, symbol: &str, right: &Expr) -> Option<TypeName> {
        if matches!(
            symbol,
            "=" | "<>" | "<" | ">" | "<=" | ">=" | "~" | "~*" | "!~" | "!~*" | "@>" | "<@" | "&&" | "@@"
        ) {
            return builtin("bool");
        }
        let (left_type, right_type) = (self.type_of(left), self.type_of(right));
        match symbol {
            "->" => left_type.filter(is_json),
            "->>" | "#>>" if left_type.as_ref().is_some_and(is_json) => plain("text"),
            "||" if [&left_type, &right_type].into_iter().flatten().any(is_text) => plain("text"),
            "+" | "-" | "*" | "/" | "%" if left_type.as_ref().is_some_and(is_number) => {
                let (left, right) = (left_type?, right_type.filter(is_number)?);
                // Between a floating-point number and any other, PostgreSQL computes in double precision.
                let floats = [&left, &right].iter().any(|of| of.name.last().as_str().starts_with("float"));
                if left != right && floats { builtin("float8") } else { wider(left, right) }
            }
            "+" | "-" => moment(symbol, &left_type?, &right_type?),
            _ => None,
        }
    }

    fn field_type(&self, base: &Expr, path: &[Step]) -> Option<TypeName> {
        let mut found = self.type_of(base)?;
        for step in path {
            found = match step {
                Step::Field(name) => {
                    let fields = self.fields_of(&found)?;
                    fields.columns.into_iter().find(|field| field.name == *name)?.type_name?
                }
                Step::Index(_) if !found.bounds.is_empty() => TypeName { bounds: Vec::new(), ..found },
                Step::Slice(..) if !found.bounds.is_empty() => found,
                _ => return None,
            };
        }
        Some(found)
    }

    /// Returns the fields of a composite type or of a relation's row type.
    pub(super) fn fields_of(&self, of: &TypeName) -> Option<Output> {
        if !of.bounds.is_empty() {
            return None;
        }
        if let Some(relation) = self.catalog.relation(&of.name).filter(|relation| from::is_known(relation)) {
            let columns = relation.columns.iter();
            let columns = columns
                .map(|column| OutputColumn { name: column.name.clone(), type_name: column.type_name.clone() })
                .collect();
            return Some(Output { columns, completeness: Completeness::Whole });
        }
        match &self.catalog.type_named(&of.name)?.definition {
            Definition::Composite(found) => {
                let columns = found.attributes.iter();
                let columns = columns
                    .map(|found| OutputColumn { name: found.name.clone(), type_name: Some(found.type_name.clone()) })
                    .collect();
                Some(Output { columns, completeness: Completeness::Whole })
            }
            _ => None,
        }
    }
}

/// Makes a type under its catalog name.
pub(super) fn builtin(name: &str) -> Option<TypeName> {
    Some(TypeName::builtin(name, Span::default()))
}

/// Makes a type that is written without its schema.
pub(super) fn plain(name: &str) -> Option<TypeName> {
    Some(TypeName::named(Name::simple(name.into(), Span::default())))
}

/// The type of a constant that stands alone in a select list.
fn literal_type(literal: &Literal) -> Option<TypeName> {
    match literal {
        Literal::Null | Literal::String(_) => plain("text"),
        Literal::Boolean(_) => builtin("bool"),
        Literal::Bits(..) => builtin("bit"),
        Literal::Number(digits) => {
            let plain = digits.replace('_', "");
            match plain.parse::<i64>() {
                Ok(value) if i32::try_from(value).is_ok() => builtin("int4"),
                Ok(_) => builtin("int8"),
                Err(_) => builtin("numeric"),
            }
        }
    }
}

fn value_type(word: &str) -> Option<TypeName> {
    match word {
        "CURRENT_DATE" => plain("date"),
        "CURRENT_TIMESTAMP" => builtin("timestamptz"),
        "LOCALTIMESTAMP" => builtin("timestamp"),
        "CURRENT_TIME" => builtin("timetz"),
        "LOCALTIME" => builtin("time"),
        "CURRENT_USER" | "SESSION_USER" | "USER" | "CURRENT_ROLE" | "CURRENT_CATALOG" | "CURRENT_SCHEMA" => {
            plain("name")
        }
        _ => None,
    }
}

fn is_json(found: &TypeName) -> bool {
    found.bounds.is_empty() && matches!(found.name.last().as_str(), "json" | "jsonb")
}

fn is_text(found: &TypeName) -> bool {
    found.bounds.is_empty() && matches!(found.name.last().as_str(), "text" | "varchar")
}

fn is_number(found: &TypeName) -> bool {
    // A numeric with a modifier loses it.
    let plain = found.bounds.is_empty() && found.modifiers.is_empty();
    plain && matches!(found.name.last().as_str(), "int2" | "int4" | "int8" | "numeric" | "float4" | "float8")
}

/// The numbers of which each takes those before it.
const NUMBERS: [&str; 6] = ["int2", "int4", "int8", "numeric", "float4", "float8"];

/// Returns the type to which two types come together: the same, or the wider of two numbers.
pub(super) fn wider(a: TypeName, b: TypeName) -> Option<TypeName> {
    if a == b {
        return Some(a);
    }
    let rank = |of: &TypeName| {
        let known = NUMBERS.iter().position(|name| of.name.last().as_str() == *name)?;
        (of.bounds.is_empty() && of.modifiers.is_empty()).then_some(known)
    };
    let (left, right) = (rank(&a)?, rank(&b)?);
    Some(if left < right { b } else { a })
}

/// Returns the type of the sum or difference of moments and intervals.
fn moment(symbol: &str, left: &TypeName, right: &TypeName) -> Option<TypeName> {
    let name = |of: &TypeName| of.bounds.is_empty().then(|| of.name.last().as_str().to_owned());
    match (name(left)?.as_str(), symbol, name(right)?.as_str()) {
        (of @ ("timestamp" | "timestamptz"), _, "interval") | ("interval", "+", of @ ("timestamp" | "timestamptz")) => {
            builtin(of)
        }
        ("timestamp", "-", "timestamp") | ("timestamptz", "-", "timestamptz") | ("interval", _, "interval") => {
            builtin("interval")
        }
        ("date", _, "interval") => builtin("timestamp"),
        ("date", "-", "date") => builtin("int4"),
        ("date", _, "int4") => plain("date"),
        _ => None,
    }
}
