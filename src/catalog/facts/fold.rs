//! Expressions in one spelling, as far as two spellings surely mean the same.
//!
//! PostgreSQL writes stored expressions in its own way: casts on every literal, `= ANY (ARRAY[…])` for `IN`, `~~` for
//! `LIKE`. Only what means the same for every value is folded; the rest stays as it is.

use super::types::{base, builtin_name, is_text};
use super::{Catalog, Relation, Value};
use crate::pg::{Ident, Name, Parts, TypeName};
use crate::query::transform::inside_out;
use crate::query::{Call, Expr, ExprKind, InOperand, LikeKind, Literal, Operator, Quantifier};
use crate::source::Span;

/// What the names in an expression mean.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) relation: Option<&'a Relation>,
}

impl Context<'_> {
    /// Returns an expression in its canonical spelling.
    pub(super) fn fold(self, expr: &Expr) -> Expr {
        let mut folded = expr.clone();
        inside_out(&mut folded, &mut |part| self.step(part));
        folded
    }

    /// Returns a default of a column of this type; `None` when it is NULL, which is what a column without one gets.
    pub(super) fn default(self, expr: &Expr, of: Option<&TypeName>) -> Option<Value> {
        let mut folded = self.fold(expr);
        let of = of.map(|found| self.type_name(found));
        // A domain may have a default of its own, which NULL replaces.
        let is_domain = of.as_ref().is_some_and(|found| self.domain(found).is_some());
        if let ExprKind::Cast(inner, to) = &folded.kind
            && let ExprKind::Literal(literal) = &inner.kind
            && (*literal == Literal::Null || of.as_ref().is_some_and(|of| is_same(to, of)))
        {
            folded = (**inner).clone();
        }
        match &folded.kind {
            ExprKind::Literal(Literal::Null) if !is_domain => None,
            ExprKind::Literal(literal) => Some(constant(literal, of.as_ref())),
            _ => Some(Value::Expression(folded.to_string())),
        }
    }

    /// Folds one expression, whose parts are folded already.
    fn step(self, expr: &mut Expr) {
        expr.span = Span::default();
        self.rewrite(expr);
        match &mut expr.kind {
            ExprKind::Column(parts) => self.unqualify(parts),
            ExprKind::Cast(_, to) => {
                **to = self.type_name(to);
                collapse(expr);
            }
            ExprKind::Infix(_, operator, field) if takes_field(operator) => uncast(field, &["text"]),
            ExprKind::Infix(left, _, right) => self.unify(&mut [left, right]),
            ExprKind::Distinct { left, right, .. } => self.unify(&mut [left, right]),
            ExprKind::Special("COALESCE" | "GREATEST" | "LEAST" | "NULLIF", items) => {
                self.unify(&mut items.iter_mut().collect::<Vec<_>>());
            }
            ExprKind::In { operand, source: InOperand::List(items), .. } => {
                let mut all: Vec<&mut Expr> = std::iter::once(&mut **operand).chain(items).collect();
                self.unify(&mut all);
            }
            ExprKind::AtTimeZone(_, Some(zone)) => uncast(zone, &["text"]),
            ExprKind::And(items) => *items = flat(std::mem::take(items), Chain::And),
            ExprKind::Or(items) => *items = flat(std::mem::take(items), Chain::Or),
            ExprKind::Call(call) => self.call(call),
            _ => {}
        }
    }

    /// Writes what PostgreSQL itself stores in another form in that form, or both in one.
    fn rewrite(self, expr: &mut Expr) {
        let kind = std::mem::replace(&mut expr.kind, ExprKind::Default);
        expr.kind = match kind {
            ExprKind::Between { operand, low, high, symmetric: false, negated } => {
                between(*operand, *low, *high, negated)
            }
            ExprKind::Like { operand, pattern, escape: None, kind, negated } if kind != LikeKind::SimilarTo => {
                let symbol = match (kind, negated) {
                    (LikeKind::ILike, false) => "~~*",
                    (LikeKind::ILike, true) => "!~~*",
                    (_, false) => "~~",
                    (_, true) => "!~~",
                };
                ExprKind::Infix(operand, Operator::plain(symbol), pattern)
            }
            ExprKind::Distinct { left, right, negated: true } => {
                ExprKind::Not(Box::new(plain(ExprKind::Distinct { left, right, negated: false })))
            }
            ExprKind::Quantified { left, operator, quantifier, source: InOperand::List(list) } => {
                self.quantified(left, *operator, quantifier, list)
            }
            ExprKind::In { operand, source: InOperand::List(mut items), negated } if items.len() == 1 => {
                let operator = Operator::plain(if negated { "<>" } else { "=" });
                ExprKind::Infix(operand, operator, Box::new(items.remove(0)))
            }
            ExprKind::Call(call) if is_time_zone(&call) => {
                let mut arguments = call.arguments.into_iter().map(|argument| Box::new(argument.value));
                match (arguments.next(), arguments.next()) {
                    (Some(zone), Some(operand)) => ExprKind::AtTimeZone(operand, Some(zone)),
                    _ => ExprKind::Default,
                }
            }
            other => other,
        };
    }

    /// `x = ANY (ARRAY[…])` is `x IN (…)`, `x <> ALL (ARRAY[…])` is `x NOT IN (…)`.
    fn quantified(self, left: Box<Expr>, operator: Operator, quantifier: Quantifier, list: Vec<Expr>) -> ExprKind {
        let negated = match (operator.symbol.as_str(), quantifier) {
            ("=", Quantifier::Any) => Some(false),
            ("<>", Quantifier::All) => Some(true),
            _ => None,
        };
        let items = match list.as_slice() {
            [only] => elements(only),
            _ => None,
        };
        match (negated, items, operator.schema.is_none()) {
            (Some(negated), Some(items), true) if !items.is_empty() => {
                let mut found = plain(ExprKind::In { operand: left, source: InOperand::List(items), negated });
                self.rewrite(&mut found);
                found.kind
            }
            _ => {
                let operator = Box::new(operator);
                ExprKind::Quantified { left, operator, quantifier, source: InOperand::List(list) }
            }
        }
    }

    /// Within a table's own expressions `orders.total` is `total`.
    fn unqualify(self, parts: &mut Parts) {
        let Some(relation) = self.relation else { return };
        if let [.., table, _] = parts.as_slice()
            && table == relation.name.last()
        {
            parts.drain(..parts.len() - 1);
        }
    }

    /// Takes casts off literals where the other operands make them mean the same without.
    fn unify(self, operands: &mut [&mut Expr]) {
        for operand in operands.iter_mut() {
            self.unrelabel(operand);
        }
        let mut types = operands.iter().filter_map(|operand| self.type_of(operand));
        let Some(common) = types.next() else { return };
        if types.any(|other| base(&other) != base(&common)) {
            return;
        }
        for operand in operands.iter_mut() {
            if let ExprKind::Cast(inner, to) = &operand.kind
                && to.modifiers.is_empty()
                && is_implied(inner, to, &common)
            {
                **operand = (**inner).clone();
            }
        }
    }

    /// `varchar` is text for operators and functions, with or without a cast.
    fn unrelabel(self, expr: &mut Expr) {
        if let ExprKind::Cast(inner, to) = &expr.kind
            && builtin_name(to) == Some("text")
            && self.type_of(inner).is_some_and(|from| builtin_name(&from) == Some("varchar"))
        {
            *expr = (**inner).clone();
        }
    }

    /// Returns the type of what is no literal, where it is known.
    pub(super) fn type_of(self, expr: &Expr) -> Option<TypeName> {
        match &expr.kind {
            ExprKind::Column(parts) => match parts.as_slice() {
                [column] => Some(self.type_name(self.relation?.column(column)?.type_name.as_ref()?)),
                _ => None,
            },
            ExprKind::Cast(inner, _) if matches!(inner.kind, ExprKind::Literal(_)) => None,
            ExprKind::Cast(_, to) => Some((**to).clone()),
            ExprKind::Call(call) if returns_text(&call.name) => Some(text()),
            ExprKind::Infix(_, operator, _) if operator.is("->>") || operator.is("#>>") => Some(text()),
            ExprKind::Special("COALESCE" | "GREATEST" | "LEAST", items) => {
                items.iter().find_map(|item| self.type_of(item))
            }
            _ => None,
        }
    }

    fn call(self, call: &mut Call) {
        call.name.span = Span::default();
        if let [schema, _] = call.name.parts.as_slice()
            && *schema == "pg_catalog"
        {
            call.name.parts.remove(0);
        }
        let [name] = call.name.parts.as_slice() else { return };
        if is_of_text(name.as_str()) {
            call.arguments.iter_mut().for_each(|argument| self.unrelabel(&mut argument.value));
        }
        match name.as_str() {
            "nextval" => call.arguments.iter_mut().for_each(|argument| self.sequence(&mut argument.value)),
            "to_tsvector" | "to_tsquery" | "plainto_tsquery" | "websearch_to_tsquery" | "phraseto_tsquery" => {
                call.arguments.iter_mut().for_each(|argument| uncast(&mut argument.value, &["regconfig", "text"]));
            }
            known if takes_text(known) => {
                call.arguments.iter_mut().for_each(|argument| uncast(&mut argument.value, &["text"]));
            }
            _ => {}
        }
    }

    /// A sequence is named by text, with or without a cast, qualified or not.
    fn sequence(self, expr: &mut Expr) {
        uncast(expr, &["regclass"]);
        let ExprKind::Literal(Literal::String(text)) = &mut expr.kind else { return };
        let Some(name) = Name::from_text(text) else { return };
        *text = self.catalog.resolve(&name).unwrap_or_else(|| self.catalog.qualified(&name)).to_string();
    }
}

/// Says whether both types are the same, or both text.
fn is_same(a: &TypeName, b: &TypeName) -> bool {
    base(a) == base(b) || is_text(a) && is_text(b)
}

/// Says whether a constant is of a type, beside an operand of the common type, without saying so.
fn is_implied(constant: &Expr, to: &TypeName, common: &TypeName) -> bool {
    match constant.kind {
        ExprKind::Literal(Literal::String(_)) => is_same(to, common),
        ExprKind::Literal(Literal::Number(_)) => {
            base(to) == base(common) && matches!(builtin_name(to), Some("numeric" | "float8"))
        }
        _ => false,
    }
}

/// A constant default. Where the server keeps a constant as it is written, another text is another value.
fn constant(literal: &Literal, of: Option<&TypeName>) -> Value {
    let name = of.and_then(builtin_name);
    match (literal, name) {
        (Literal::String(text), Some("bool")) => match text.trim().to_ascii_lowercase().as_str() {
            "t" | "true" | "y" | "yes" | "on" | "1" => Value::Text("TRUE".to_owned()),
            "f" | "false" | "n" | "no" | "off" | "0" => Value::Text("FALSE".to_owned()),
            _ => Value::Expression(literal.to_string()),
        },
        (Literal::String(text), Some("int2" | "int4" | "int8")) => Value::Text(text.trim().to_owned()),
        (Literal::Number(digits), Some("int2" | "int4" | "int8")) => Value::Text(digits.clone()),
        (Literal::String(_), Some("text" | "varchar" | "citext")) | (Literal::Boolean(_), Some("bool")) => {
            Value::Text(literal.to_string())
        }
        _ => Value::Expression(literal.to_string()),
    }
}

/// Folds casts of casts and casts of literals.
fn collapse(expr: &mut Expr) {
    let ExprKind::Cast(inner, to) = &mut expr.kind else { return };
    if let ExprKind::Cast(literal, from) = &mut inner.kind {
        let is_literal = matches!(literal.kind, ExprKind::Literal(_));
        if from == to || is_literal && is_text(from) && is_text(to) && from.modifiers.is_empty() {
            let literal = std::mem::replace(&mut **literal, plain(ExprKind::Default));
            **inner = literal;
        }
    }
    let ExprKind::Literal(Literal::String(text)) = &inner.kind else { return };
    let folded = match builtin_name(to) {
        Some("int4") => number(text),
        Some("bool") if text == "true" || text == "t" => Some(ExprKind::Literal(Literal::Boolean(true))),
        Some("bool") if text == "false" || text == "f" => Some(ExprKind::Literal(Literal::Boolean(false))),
        _ => None,
    };
    if let Some(folded) = folded {
        expr.kind = folded;
    }
}

fn number(text: &str) -> Option<ExprKind> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = ExprKind::Literal(Literal::Number(digits.to_owned()));
    Some(if digits.len() == text.len() {
        number
    } else {
        ExprKind::Prefix(Operator::plain("-"), Box::new(plain(number)))
    })
}

fn between(operand: Expr, low: Expr, high: Expr, negated: bool) -> ExprKind {
    let compare = |symbol: &str, bound: Expr| {
        plain(ExprKind::Infix(Box::new(operand.clone()), Operator::plain(symbol), Box::new(bound)))
    };
    match negated {
        false => ExprKind::And(vec![compare(">=", low), compare("<=", high)]),
        true => ExprKind::Or(vec![compare("<", low), compare(">", high)]),
    }
}

/// Returns the elements of an array, each with the cast of the whole.
fn elements(array: &Expr) -> Option<Vec<Expr>> {
    match &array.kind {
        ExprKind::Array(items) if !items.iter().any(|item| matches!(item.kind, ExprKind::Array(_))) => {
            Some(items.clone())
        }
        ExprKind::Cast(inner, to) if !to.bounds.is_empty() => {
            let of = TypeName { bounds: Vec::new(), ..(**to).clone() };
            let cast = |item: Expr| {
                let mut cast = plain(ExprKind::Cast(Box::new(item), Box::new(of.clone())));
                collapse(&mut cast);
                cast
            };
            elements(inner).map(|items| items.into_iter().map(cast).collect())
        }
        _ => None,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Chain {
    And,
    Or,
}

/// Takes the operands of inner chains into the outer one.
fn flat(items: Vec<Expr>, chain: Chain) -> Vec<Expr> {
    let operands = |item: Expr| match (item.kind, chain) {
        (ExprKind::And(inner), Chain::And) | (ExprKind::Or(inner), Chain::Or) => inner,
        (kind, _) => vec![plain(kind)],
    };
    items.into_iter().flat_map(operands).collect()
}

/// Takes the cast to one of these types off a string literal.
fn uncast(expr: &mut Expr, types: &[&str]) {
    if let ExprKind::Cast(inner, to) = &mut expr.kind
        && matches!(inner.kind, ExprKind::Literal(Literal::String(_)))
        && builtin_name(to).is_some_and(|name| types.contains(&name))
    {
        let inner = std::mem::replace(&mut **inner, plain(ExprKind::Default));
        *expr = inner;
    }
}

fn is_time_zone(call: &Call) -> bool {
    let named = match call.name.parts.as_slice() {
        [name] => *name == "timezone",
        [schema, name] => *schema == "pg_catalog" && *name == "timezone",
        _ => false,
    };
    named && call.arguments.len() == 2 && call.arguments.iter().all(|argument| argument.name.is_none())
}

/// Functions of which every form takes text where a string literal may stand.
fn takes_text(name: &str) -> bool {
    matches!(name, "current_setting" | "set_config" | "date_trunc" | "date_part" | "md5" | "btrim" | "regexp_replace")
        || matches!(name, "split_part" | "strpos" | "replace" | "to_char" | "encode" | "decode" | "concat_ws")
}

/// Functions that exist for text and not for `varchar`.
fn is_of_text(name: &str) -> bool {
    matches!(name, "length" | "char_length" | "lower" | "upper" | "btrim" | "ltrim" | "rtrim" | "md5" | "substr")
        || matches!(name, "left" | "right" | "replace" | "split_part" | "strpos" | "reverse" | "initcap")
}

/// The operators that take a field's name from a document.
fn takes_field(operator: &Operator) -> bool {
    ["->", "->>", "?"].iter().any(|symbol| operator.is(symbol))
}

fn text() -> TypeName {
    TypeName::named(Name::simple(Ident::exact("text"), Span::default()))
}

fn returns_text(name: &Name) -> bool {
    let [name] = name.parts.as_slice() else { return false };
    matches!(name.as_str(), "current_setting" | "md5" | "split_part" | "replace" | "to_char" | "concat" | "concat_ws")
}

fn plain(kind: ExprKind) -> Expr {
    Expr::new(Span::default(), kind)
}
