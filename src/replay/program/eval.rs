//! Expressions over known values and the catalog.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::query;
use super::system;
use super::value::{Constant, Value, equal, holds, order};
use crate::catalog::Catalog;
use crate::pg::{Ident, Name, TypeName};
use crate::query::{Call, Expr, ExprKind, InOperand, Literal, Operator, Parameter, Quantifier, Quoted, Step, Test};

/// A row of FROM: the columns that are known.
pub(super) type Row = BTreeMap<Ident, Constant>;

/// What names and numbers mean where an expression stands.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) catalog: &'a Catalog,
    /// Variables and parameters; one whose value is not known is there without it.
    pub(super) variables: &'a BTreeMap<Ident, Value>,
    /// `$1` and its kin.
    pub(super) numbered: &'a [Value],
    /// The rows of FROM, by alias, innermost last.
    pub(super) rows: &'a [(Ident, &'a Row)],
}

impl Scope<'_> {
    /// Computes a value; `None` when it depends on more than the catalog and known values.
    pub(super) fn value(self, expr: &Expr) -> Value {
        match &expr.kind {
            ExprKind::Literal(literal) => constant(literal),
            ExprKind::Column(parts) => self.column(parts),
            ExprKind::Parameter(Parameter::Number(number)) => {
                self.numbered.get((*number as usize).checked_sub(1)?).cloned().flatten()
            }
            ExprKind::Cast(operand, to) => self.cast(self.value(operand)?, to),
            ExprKind::Infix(left, operator, right) => infix(&self.value(left)?, operator, &self.value(right)?),
            ExprKind::And(items) => self.all(items, false),
            ExprKind::Or(items) => self.all(items, true),
            ExprKind::Not(operand) => match self.value(operand)? {
                Constant::Boolean(found) => Some(Constant::Boolean(!found)),
                Constant::Null => Some(Constant::Null),
                _ => None,
            },
            ExprKind::Is { operand, test, negated } => {
                let value = self.value(operand)?;
                let found = match test {
                    Test::Null | Test::Unknown => value == Constant::Null,
                    Test::True => value == Constant::Boolean(true),
                    Test::False => value == Constant::Boolean(false),
                };
                Some(Constant::Boolean(found != *negated))
            }
            ExprKind::In { operand, source, negated } => {
                self.is_in(&self.value(operand)?, &self.items(source)?, *negated)
            }
            ExprKind::Quantified { left, operator, quantifier: Quantifier::Any, source } if operator.is("=") => {
                let items = match self.items(source)?.as_slice() {
                    [Constant::Array(items)] => items.clone(),
                    _ => return None,
                };
                self.is_in(&self.value(left)?, &items, false)
            }
            ExprKind::Array(items) => {
                items.iter().map(|item| self.value(item)).collect::<Option<_>>().map(Constant::Array)
            }
            ExprKind::Exists(found) => query::exists(self, found).map(Constant::Boolean),
            ExprKind::Subquery(found) => query::single(self, found),
            ExprKind::ArrayQuery(found) => {
                let rows = query::rows(self, found)?;
                let first = rows.into_iter().map(|row| row.into_iter().next().and_then(|(_, value)| value));
                first.collect::<Option<_>>().map(Constant::Array)
            }
            ExprKind::Indirection(base, steps) => match (self.value(base)?, steps.as_slice()) {
                (Constant::Row(fields), [Step::Field(name)]) => fields.get(name).cloned().flatten(),
                (Constant::Array(items), [Step::Index(index)]) => match self.value(index)? {
                    Constant::Number(at) => items.get(usize::try_from(at - 1).ok()?).cloned(),
                    _ => None,
                },
                _ => None,
            },
            ExprKind::Case { operand: None, branches, otherwise } => {
                for (condition, result) in branches {
                    if holds(&self.value(condition))? {
                        return self.value(result);
                    }
                }
                otherwise.as_ref().map_or(Some(Constant::Null), |found| self.value(found))
            }
            ExprKind::Special("COALESCE", items) => {
                let mut values = items.iter().map(|item| self.value(item));
                values.find(|value| *value != Some(Constant::Null)).unwrap_or(Some(Constant::Null))
            }
            ExprKind::Call(call) => self.call(call),
            ExprKind::Value(words) if words.eq_ignore_ascii_case("current_schema") => self.schema(),
            _ => None,
        }
    }

    /// Returns the text that an expression begins with, whatever the rest of it is.
    pub(super) fn beginning(self, expr: &Expr) -> Option<String> {
        if let Some(found) = self.value(expr) {
            return found.to_text();
        }
        match &expr.kind {
            ExprKind::Infix(left, operator, _) if operator.is("||") => self.beginning(left),
            ExprKind::Cast(operand, _) => self.beginning(operand),
            ExprKind::Call(call) if call.name.last() == "format" || call.name.last() == "concat" => {
                let first = self.beginning(&call.arguments.first()?.value)?;
                Some(first.split('%').next().unwrap_or_default().to_owned())
            }
            _ => None,
        }
    }

    fn schema(self) -> Value {
        self.catalog.search_path.first().map(|schema| Constant::text(schema.as_str()))
    }

    fn column(self, parts: &[Ident]) -> Value {
        let field = |row: &Row, name: &Ident| row.get(name).cloned();
        match parts {
            [name] => {
                let found = self.rows.iter().rev().find_map(|(_, row)| field(row, name));
                found.or_else(|| self.variables.get(name).cloned().flatten())
            }
            [table, name] => match self.rows.iter().rev().find(|(alias, _)| alias == table) {
                Some((_, row)) => field(row, name),
                None => match self.variables.get(table).cloned().flatten()? {
                    Constant::Row(fields) => fields.get(name).cloned().flatten(),
                    _ => None,
                },
            },
            _ => None,
        }
    }

    fn items(self, source: &InOperand) -> Option<Vec<Constant>> {
        match source {
            InOperand::List(items) => items.iter().map(|item| self.value(item)).collect(),
            InOperand::Query(found) => {
                let rows = query::rows(self, found)?;
                rows.into_iter().map(|row| row.into_iter().next().and_then(|(_, value)| value)).collect()
            }
        }
    }

    fn is_in(self, wanted: &Constant, items: &[Constant], negated: bool) -> Value {
        let found = items.iter().map(|item| equal(wanted, item)).collect::<Option<Vec<_>>>()?;
        let any = found.contains(&Constant::Boolean(true));
        if !any && found.contains(&Constant::Null) {
            return Some(Constant::Null);
        }
        Some(Constant::Boolean(any != negated))
    }

    /// AND, or OR when `decisive` is true: one decisive operand decides, whatever the others are.
    fn all(self, items: &[Expr], decisive: bool) -> Value {
        let values: Vec<Value> = items.iter().map(|item| self.value(item)).collect();
        if values.contains(&Some(Constant::Boolean(decisive))) {
            return Some(Constant::Boolean(decisive));
        }
        let values = values.into_iter().collect::<Option<Vec<Constant>>>()?;
        let is_null = values.contains(&Constant::Null);
        Some(if is_null { Constant::Null } else { Constant::Boolean(!decisive) })
    }

    fn cast(self, value: Constant, to: &TypeName) -> Value {
        if !to.bounds.is_empty() {
            return matches!(value, Constant::Array(_) | Constant::Null).then_some(value);
        }
        match (to.name.last().as_str(), value) {
            (_, Constant::Null) => Some(Constant::Null),
            ("text" | "varchar" | "name" | "bpchar", value) => value.to_text().map(Constant::Text),
            ("regclass", Constant::Text(text)) => self.class(&text),
            ("regnamespace", Constant::Text(text)) => Some(system::namespace(Name::from_text(&text)?.last())),
            ("regtype", Constant::Text(text)) => {
                let found = self.catalog.type_named(&Name::from_text(&text)?)?;
                Some(Constant::Object(format!("type {}", found.id.name)))
            }
            ("oid", value @ Constant::Object(_)) | ("regclass" | "regtype", value @ Constant::Object(_)) => Some(value),
            ("int2" | "int4" | "int8", Constant::Text(text)) => text.trim().parse().ok().map(Constant::Number),
            ("int2" | "int4" | "int8", value @ Constant::Number(_)) => Some(value),
            ("bool", value @ Constant::Boolean(_)) => Some(value),
            _ => None,
        }
    }

    /// Finds a relation or an index; `None` when the name is not there, on which the server raises an error.
    fn class(self, text: &str) -> Value {
        let name = Name::from_text(text)?;
        if let Some(found) = self.catalog.resolve(&name) {
            return Some(system::class(&found));
        }
        let owner = self.catalog.owner_of_index(&name)?;
        let parts = owner.name.schema().into_iter().chain([name.last()]).cloned().collect();
        Some(system::class(&Name { parts, span: name.span }))
    }

    fn call(self, call: &Call) -> Value {
        let arguments =
            || call.arguments.iter().map(|argument| self.value(&argument.value)).collect::<Option<Vec<_>>>();
        if call.name.schema().is_some_and(|schema| schema != "pg_catalog") {
            return None;
        }
        match (call.name.last().as_str(), arguments()?.as_slice()) {
            ("format", [Constant::Text(text), rest @ ..]) => format(text, rest).map(Constant::Text),
            ("concat", items) => items.iter().map(Constant::to_text).collect::<Option<String>>().map(Constant::Text),
            ("quote_ident", [item]) => Some(Constant::text(Ident::exact(&item.to_text()?))),
            ("quote_literal", [item]) => Some(Constant::text(Quoted(&item.to_text()?))),
            ("lower", [Constant::Text(text)]) => Some(Constant::Text(text.to_lowercase())),
            ("upper", [Constant::Text(text)]) => Some(Constant::Text(text.to_uppercase())),
            ("replace", [Constant::Text(text), Constant::Text(from), Constant::Text(to)]) if !from.is_empty() => {
                Some(Constant::Text(text.replace(from, to)))
            }
            ("to_regclass", [Constant::Text(text)]) => Some(self.class(text).unwrap_or(Constant::Null)),
            ("to_regtype", [Constant::Text(text)]) => {
                let found = self.catalog.type_named(&Name::from_text(text)?);
                Some(found.map_or(Constant::Null, |found| Constant::Object(format!("type {}", found.id.name))))
            }
            ("current_schema", []) => self.schema(),
            ("array_length", [Constant::Array(items), Constant::Number(1)])
            | ("cardinality", [Constant::Array(items)]) => Some(Constant::Number(i64::try_from(items.len()).ok()?)),
            _ => None,
        }
    }
}

fn constant(literal: &Literal) -> Value {
    match literal {
        Literal::Null => Some(Constant::Null),
        Literal::Boolean(found) => Some(Constant::Boolean(*found)),
        Literal::Number(digits) => digits.parse().ok().map(Constant::Number),
        Literal::String(text) => Some(Constant::Text(text.clone())),
        Literal::Bits(..) => None,
    }
}

fn infix(left: &Constant, operator: &Operator, right: &Constant) -> Value {
    if *left == Constant::Null || *right == Constant::Null {
        return Some(Constant::Null);
    }
    let compared = |wanted: fn(Ordering) -> bool| order(left, right).map(|order| Constant::Boolean(wanted(order)));
    match (operator.symbol.as_str(), left, right) {
        ("=", ..) => equal(left, right),
        ("<>", ..) => match equal(left, right)? {
            Constant::Boolean(found) => Some(Constant::Boolean(!found)),
            other => Some(other),
        },
        ("<", ..) => compared(Ordering::is_lt),
        ("<=", ..) => compared(Ordering::is_le),
        (">", ..) => compared(Ordering::is_gt),
        (">=", ..) => compared(Ordering::is_ge),
        ("||", Constant::Array(a), Constant::Array(b)) => Some(Constant::Array([a.as_slice(), b].concat())),
        ("||", ..) => Some(Constant::Text(left.to_text()? + &right.to_text()?)),
        ("+", Constant::Number(a), Constant::Number(b)) => a.checked_add(*b).map(Constant::Number),
        ("-", Constant::Number(a), Constant::Number(b)) => a.checked_sub(*b).map(Constant::Number),
        ("*", Constant::Number(a), Constant::Number(b)) => a.checked_mul(*b).map(Constant::Number),
        _ => None,
    }
}

/// `format` with `%s`, `%I`, `%L`, `%%` and places as in `%1$I`.
fn format(text: &str, arguments: &[Constant]) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    let mut next = 0;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits > 0 && rest[digits..].starts_with('$') {
            next = rest[..digits].parse::<usize>().ok()?.checked_sub(1)?;
            rest = &rest[digits + 1..];
        }
        let kind = rest.chars().next()?;
        rest = &rest[kind.len_utf8()..];
        if kind == '%' {
            out.push('%');
            continue;
        }
        let argument = arguments.get(next)?;
        next += 1;
        match (kind, argument) {
            ('s', Constant::Null) => {}
            ('L', Constant::Null) => out.push_str("NULL"),
            ('s', found) => out.push_str(&found.to_text()?),
            ('I', found) => out.push_str(&Ident::exact(&found.to_text()?).to_string()),
            ('L', found) => out.push_str(&Quoted(&found.to_text()?).to_string()),
            _ => return None,
        }
    }
    Some(out + rest)
}
