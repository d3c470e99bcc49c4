//! sqlparser's expressions to ours. Matches are exhaustive: a node that PostgreSQL does not have is refused.

use sqlparser::ast::{
    self as foreign, AccessExpr, BinaryOperator, CastKind, DataType, Expr as Foreign, ObjectName, ObjectNamePart,
    Subscript, UnaryOperator, Value,
};

use super::dialect::SYMMETRIC;
use super::islands::{Islands, in_operand};
use super::span_of;
use crate::pg::keyword::{self, Category};
use crate::pg::{Ident, Name, Parts, TypeName};
use crate::query::{Expr, ExprKind, LikeKind, Literal, Operator, Quantifier, SqlFunction, Step, Test};
use crate::source::Span;
use crate::syntax::cursor::{Parsed, SyntaxError};

pub(super) fn unsupported<T>(span: Span, what: &str) -> Parsed<T> {
    Err(SyntaxError { span, message: format!("{what} is not understood") })
}

impl Islands {
    /// Lowers a whole expression.
    pub(super) fn lower(mut self, parsed: Foreign) -> Parsed<Expr> {
        self.expr(parsed)
    }

    pub(super) fn boxed(&mut self, parsed: Box<Foreign>) -> Parsed<Box<Expr>> {
        self.expr(*parsed).map(Box::new)
    }

    pub(super) fn exprs(&mut self, parsed: Vec<Foreign>) -> Parsed<Vec<Expr>> {
        parsed.into_iter().map(|expr| self.expr(expr)).collect()
    }

    pub(super) fn expr(&mut self, parsed: Foreign) -> Parsed<Expr> {
        match parsed {
            Foreign::Identifier(ident) => {
                let span = span_of(ident.span);
                Ok(Expr::new(span, ExprKind::Column([column_ident(&ident)?].into_iter().collect())))
            }
            Foreign::CompoundIdentifier(parts) => compound(&parts),
            Foreign::CompoundFieldAccess { root, access_chain } => self.access(*root, access_chain),
            Foreign::Value(value) => self.value(value),
            Foreign::Nested(inner) => self.expr(*inner),
            Foreign::Tuple(fields) => {
                let fields = self.exprs(fields)?;
                let span = covering(&fields);
                Ok(Expr::new(span, ExprKind::Row { fields, explicit: false }))
            }
            Foreign::Function(function) => self.function(function),
            Foreign::Case { case_token, end_token, operand, conditions, else_result } => {
                let span = span_of(case_token.0.span).to(span_of(end_token.0.span));
                let operand = operand.map(|operand| self.boxed(operand)).transpose()?;
                let branches = conditions
                    .into_iter()
                    .map(|when| Ok((self.expr(when.condition)?, self.expr(when.result)?)))
                    .collect::<Parsed<_>>()?;
                let otherwise = else_result.map(|result| self.boxed(result)).transpose()?;
                Ok(Expr::new(span, ExprKind::Case { operand, branches, otherwise }))
            }
            Foreign::Array(array) if array.named => self.array(array),
            Foreign::QualifiedWildcard(name, token) => {
                let star = span_of(token.0.span);
                let name = object_name(&name)?;
                Ok(Expr::new(name.span.to(star), ExprKind::Star(name.parts)))
            }
            other => self.operator_expr(other),
        }
    }

    /// Brackets without ARRAY stand only within an array.
    fn array(&mut self, array: foreign::Array) -> Parsed<Expr> {
        let items = array.elem.into_iter().map(|item| match item {
            Foreign::Array(inner) => self.array(inner),
            other => self.expr(other),
        });
        let items = items.collect::<Parsed<Vec<Expr>>>()?;
        Ok(Expr::new(covering(&items), ExprKind::Array(items)))
    }

    fn operator_expr(&mut self, parsed: Foreign) -> Parsed<Expr> {
        match parsed {
            Foreign::BinaryOp { left, op, right } => self.binary(*left, op, *right),
            Foreign::UnaryOp { op, expr } => self.unary(op, *expr),
            Foreign::Prefixed { prefix, value } => {
                let operator = operator(&prefix.value);
                let operand = self.boxed(value)?;
                let span = span_of(prefix.span).to(operand.span);
                Ok(Expr::new(span, ExprKind::Prefix(operator, operand)))
            }
            Foreign::IsNull(operand) => self.is(operand, Test::Null, false),
            Foreign::IsNotNull(operand) => self.is(operand, Test::Null, true),
            Foreign::IsTrue(operand) => self.is(operand, Test::True, false),
            Foreign::IsNotTrue(operand) => self.is(operand, Test::True, true),
            Foreign::IsFalse(operand) => self.is(operand, Test::False, false),
            Foreign::IsNotFalse(operand) => self.is(operand, Test::False, true),
            Foreign::IsUnknown(operand) => self.is(operand, Test::Unknown, false),
            Foreign::IsNotUnknown(operand) => self.is(operand, Test::Unknown, true),
            Foreign::IsDistinctFrom(left, right) => self.distinct(left, right, false),
            Foreign::IsNotDistinctFrom(left, right) => self.distinct(left, right, true),
            Foreign::InList { expr, list, negated } => {
                let operand = self.boxed(expr)?;
                let items = self.exprs(list)?;
                let span = operand.span.to(covering(&items));
                Ok(Expr::new(span, ExprKind::In { operand, source: in_operand(items), negated }))
            }
            Foreign::Between { expr, negated, low, high } => {
                let (low, symmetric) = match *low {
                    Foreign::Prefixed { prefix, value } if prefix.value == SYMMETRIC => (value, true),
                    low => (Box::new(low), false),
                };
                let (operand, low, high) = (self.boxed(expr)?, self.boxed(low)?, self.boxed(high)?);
                let span = operand.span.to(high.span);
                Ok(Expr::new(span, ExprKind::Between { operand, low, high, symmetric, negated }))
            }
            other => self.pattern_expr(other),
        }
    }

    fn pattern_expr(&mut self, parsed: Foreign) -> Parsed<Expr> {
        match parsed {
            Foreign::Like { negated, any: false, expr, pattern, escape_char } => {
                self.like(LikeKind::Like, negated, expr, pattern, escape_char)
            }
            Foreign::ILike { negated, any: false, expr, pattern, escape_char } => {
                self.like(LikeKind::ILike, negated, expr, pattern, escape_char)
            }
            Foreign::SimilarTo { negated, expr, pattern, escape_char } => {
                self.like(LikeKind::SimilarTo, negated, expr, pattern, escape_char)
            }
            Foreign::AnyOp { left, compare_op, right, is_some: _ } => {
                self.quantified(left, compare_op, Quantifier::Any, right)
            }
            Foreign::AllOp { left, compare_op, right } => self.quantified(left, compare_op, Quantifier::All, right),
            Foreign::Cast { kind: CastKind::Cast | CastKind::DoubleColon, expr, data_type, format: None } => {
                let operand = self.boxed(expr)?;
                let data_type = self.data_type(&data_type, operand.span)?;
                Ok(Expr::new(operand.span.to(data_type.name.span), ExprKind::Cast(operand, Box::new(data_type))))
            }
            Foreign::Collate { expr, collation } => {
                let (operand, collation) = (self.boxed(expr)?, object_name(&collation)?);
                Ok(Expr::new(operand.span.to(collation.span), ExprKind::Collate(operand, collation)))
            }
            Foreign::AtTimeZone { timestamp, time_zone } => {
                let operand = self.boxed(timestamp)?;
                let zone = match *time_zone {
                    Foreign::Wildcard(_) => None,
                    zone => Some(Box::new(self.expr(zone)?)),
                };
                let span = operand.span.to(zone.as_ref().map(|zone| zone.span).unwrap_or_default());
                Ok(Expr::new(span, ExprKind::AtTimeZone(operand, zone)))
            }
            other => refused(&other),
        }
    }

    fn is(&mut self, operand: Box<Foreign>, test: Test, negated: bool) -> Parsed<Expr> {
        let operand = self.boxed(operand)?;
        Ok(Expr::new(operand.span, ExprKind::Is { operand, test, negated }))
    }

    fn distinct(&mut self, left: Box<Foreign>, right: Box<Foreign>, negated: bool) -> Parsed<Expr> {
        let (left, right) = (self.boxed(left)?, self.boxed(right)?);
        Ok(Expr::new(left.span.to(right.span), ExprKind::Distinct { left, right, negated }))
    }

    fn like(
        &mut self,
        kind: LikeKind,
        negated: bool,
        operand: Box<Foreign>,
        pattern: Box<Foreign>,
        escape: Option<Box<Foreign>>,
    ) -> Parsed<Expr> {
        let (operand, pattern) = (self.boxed(operand)?, self.boxed(pattern)?);
        let escape = escape.map(|escape| self.boxed(escape)).transpose()?;
        let span = operand.span.to(pattern.span);
        Ok(Expr::new(span, ExprKind::Like { operand, pattern, escape, kind, negated }))
    }

    fn quantified(
        &mut self,
        left: Box<Foreign>,
        op: BinaryOperator,
        quantifier: Quantifier,
        right: Box<Foreign>,
    ) -> Parsed<Expr> {
        let left = self.boxed(left)?;
        let right = self.expr(*right)?;
        let span = left.span.to(right.span);
        let operator = symbol(&op).map(operator).map_or_else(|| unsupported(span, "this operator"), Ok)?;
        Ok(Expr::new(
            span,
            ExprKind::Quantified { left, operator: Box::new(operator), quantifier, source: in_operand(vec![right]) },
        ))
    }

    /// AND and OR chains are left-deep and may be thousands long: they are unrolled without recursion.
    fn binary(&mut self, left: Foreign, op: BinaryOperator, right: Foreign) -> Parsed<Expr> {
        let junction = match op {
            BinaryOperator::And => Junction::And,
            BinaryOperator::Or => Junction::Or,
            _ => return self.infix(left, op, right),
        };
        let mut operands = vec![right];
        let mut rest = left;
        while let Foreign::BinaryOp { left, op: inner, right } = rest {
            if inner != op {
                rest = Foreign::BinaryOp { left, op: inner, right };
                break;
            }
            operands.push(*right);
            rest = *left;
        }
        operands.push(rest);
        operands.reverse();
        Ok(joined(junction, self.exprs(operands)?))
    }

    fn infix(&mut self, left: Foreign, op: BinaryOperator, right: Foreign) -> Parsed<Expr> {
        let is_chain = |side: &Foreign| matches!(side, Foreign::BinaryOp { op, .. } if is_comparison(op));
        let nonassociative = is_comparison(&op) && (is_chain(&left) || is_chain(&right));
        let (left, right) = (self.expr(left)?, self.expr(right)?);
        let span = left.span.to(right.span);
        if nonassociative {
            return unsupported(span, "a chain of comparisons");
        }
        if op == BinaryOperator::Overlaps {
            return overlaps(span, left, right);
        }
        match symbol(&op) {
            Some(text) => Ok(Expr::new(span, ExprKind::Infix(Box::new(left), operator(text), Box::new(right)))),
            None => unsupported(span, "this operator"),
        }
    }

    fn unary(&mut self, op: UnaryOperator, operand: Foreign) -> Parsed<Expr> {
        // The sign binds tighter than COLLATE in PostgreSQL, not in sqlparser.
        let is_collate = matches!(operand, Foreign::Collate { .. });
        let operand = self.expr(operand)?;
        let span = operand.span;
        let operator = match op {
            UnaryOperator::Not => return Ok(Expr::new(span, ExprKind::Not(Box::new(operand)))),
            UnaryOperator::Minus if !is_collate => Operator::plain("-"),
            UnaryOperator::Plus if !is_collate => Operator::plain("+"),
            _ => return unsupported(span, "this operator"),
        };
        Ok(Expr::new(span, ExprKind::Prefix(operator, Box::new(operand))))
    }

    fn value(&mut self, value: foreign::ValueWithSpan) -> Parsed<Expr> {
        let span = span_of(value.span);
        let literal = match value.value {
            Value::Number(digits, false) => Literal::Number(digits),
            Value::SingleQuotedString(text) => Literal::String(text),
            Value::Boolean(value) => Literal::Boolean(value),
            Value::Null => Literal::Null,
            Value::Placeholder(name) => {
                return match self.take(&name) {
                    Some(expr) => Ok(expr),
                    None => unsupported(span, "this value"),
                };
            }
            _ => return unsupported(span, "this literal"),
        };
        Ok(Expr::new(span, ExprKind::Literal(literal)))
    }

    fn data_type(&self, data_type: &DataType, span: Span) -> Parsed<TypeName> {
        let name = match data_type {
            DataType::Custom(ObjectName(parts), modifiers) if modifiers.is_empty() => match parts.as_slice() {
                [ObjectNamePart::Identifier(ident)] => self.type_name(&ident.value),
                _ => None,
            },
            _ => None,
        };
        name.cloned().map_or_else(|| unsupported(span, "this type"), Ok)
    }

    fn access(&mut self, root: Foreign, chain: Vec<AccessExpr>) -> Parsed<Expr> {
        // `(a).b` is a field of `a`; without the parentheses it is a column of `a`.
        let is_name = matches!(root, Foreign::Identifier(_) | Foreign::CompoundIdentifier(_));
        let mut base = self.expr(root)?;
        let mut steps = Vec::new();
        let mut span = base.span;
        for access in chain {
            let step = match access {
                AccessExpr::Dot(Foreign::Identifier(ident)) => {
                    span = span.to(span_of(ident.span));
                    let label = any_ident(&ident);
                    match &mut base.kind {
                        ExprKind::Column(parts) if is_name && steps.is_empty() => {
                            parts.push(label);
                            continue;
                        }
                        _ => Step::Field(label),
                    }
                }
                AccessExpr::Dot(_) => return unsupported(span, "this field"),
                AccessExpr::Subscript(Subscript::Index { index }) => {
                    let index = self.expr(index)?;
                    span = span.to(index.span);
                    Step::Index(Box::new(index))
                }
                AccessExpr::Subscript(Subscript::Slice { lower_bound, upper_bound, stride: None }) => {
                    let low = lower_bound.map(|bound| self.expr(bound).map(Box::new)).transpose()?;
                    let high = upper_bound.map(|bound| self.expr(bound).map(Box::new)).transpose()?;
                    Step::Slice(low, high)
                }
                AccessExpr::Subscript(Subscript::Slice { .. }) => return unsupported(span, "a stride"),
            };
            steps.push(step);
        }
        Ok(Expr::new(span, ExprKind::Indirection(Box::new(base), steps)))
    }
}

/// AND or OR.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Junction {
    And,
    Or,
}

/// Joins operands by AND or OR. As in PostgreSQL, a list in parentheses on the left is the same list.
pub(super) fn joined(junction: Junction, mut operands: Vec<Expr>) -> Expr {
    let span = covering(&operands);
    let first = match (junction, operands.first_mut().map(|first| &mut first.kind)) {
        (Junction::And, Some(ExprKind::And(first))) | (Junction::Or, Some(ExprKind::Or(first))) => first,
        _ => &mut Vec::new(),
    };
    let mut all = std::mem::take(first);
    all.extend(operands.drain(usize::from(!all.is_empty())..));
    Expr::new(span, if junction == Junction::And { ExprKind::And(all) } else { ExprKind::Or(all) })
}

/// `(a, b) OVERLAPS (c, d)`: both sides are rows of two.
fn overlaps(span: Span, left: Expr, right: Expr) -> Parsed<Expr> {
    match (left.kind, right.kind) {
        (ExprKind::Row { fields: mut all, .. }, ExprKind::Row { fields, .. })
            if all.len() == 2 && fields.len() == 2 =>
        {
            all.extend(fields);
            Ok(Expr::new(span, ExprKind::SqlCall(SqlFunction::Overlaps, all)))
        }
        _ => unsupported(span, "OVERLAPS of anything but two rows of two"),
    }
}

/// The smallest span that covers all of them.
pub(super) fn covering(exprs: &[Expr]) -> Span {
    exprs.iter().fold(Span::default(), |span, expr| span.to(expr.span))
}

/// An identifier where any word may stand.
pub(super) fn any_ident(ident: &foreign::Ident) -> Ident {
    if ident.quote_style.is_some() { Ident::exact(&ident.value) } else { Ident::folded(&ident.value) }
}

/// A column's name: a reserved word there means that sqlparser took syntax for a name.
fn column_ident(ident: &foreign::Ident) -> Parsed<Ident> {
    let name = any_ident(ident);
    let reserved = matches!(keyword::category(name.as_str()), Some(Category::Reserved | Category::TypeOrFunction));
    if ident.quote_style.is_none() && reserved {
        let message = format!("expected an expression, found `{}`", ident.value);
        return Err(SyntaxError { span: span_of(ident.span), message });
    }
    Ok(name)
}

fn compound(parts: &[foreign::Ident]) -> Parsed<Expr> {
    let span = parts.iter().fold(Span::default(), |span, part| span.to(span_of(part.span)));
    let first = parts.first().map(column_ident).transpose()?;
    let parts = first.into_iter().chain(parts.iter().skip(1).map(any_ident)).collect();
    Ok(Expr::new(span, ExprKind::Column(parts)))
}

/// A qualified name; function parts are no identifiers.
pub(super) fn object_name(name: &ObjectName) -> Parsed<Name> {
    let mut parts = Parts::new();
    let mut span = Span::default();
    for part in &name.0 {
        let ObjectNamePart::Identifier(ident) = part else { return unsupported(span, "this name") };
        span = span.to(span_of(ident.span));
        parts.push(any_ident(ident));
    }
    if parts.is_empty() { unsupported(span, "this name") } else { Ok(Name { parts, span }) }
}

/// The operator of our tokens: `schema\u{1}symbol` when it is qualified.
fn operator(text: &str) -> Operator {
    match text.split_once('\u{1}') {
        Some((schema, symbol)) => {
            let schema = (!schema.is_empty()).then(|| Ident::exact(schema));
            Operator { schema, symbol: Operator::plain(symbol).symbol }
        }
        None => Operator::plain(text),
    }
}

fn symbol(op: &BinaryOperator) -> Option<&str> {
    Some(match op {
        BinaryOperator::Custom(symbol) => symbol,
        BinaryOperator::Eq => "=",
        BinaryOperator::NotEq => "<>",
        BinaryOperator::Lt => "<",
        BinaryOperator::LtEq => "<=",
        BinaryOperator::Gt => ">",
        BinaryOperator::GtEq => ">=",
        BinaryOperator::Plus => "+",
        BinaryOperator::Minus => "-",
        BinaryOperator::Multiply => "*",
        BinaryOperator::Divide => "/",
        BinaryOperator::Modulo => "%",
        BinaryOperator::PGExp => "^",
        _ => return None,
    })
}

fn is_comparison(op: &BinaryOperator) -> bool {
    use BinaryOperator as B;
    matches!(op, B::Eq | B::NotEq | B::Lt | B::LtEq | B::Gt | B::GtEq)
}

/// What PostgreSQL does not have, or what we have no model for.
fn refused(other: &Foreign) -> Parsed<Expr> {
    let span = sqlparser::ast::Spanned::span(other);
    unsupported(span_of(span), "this expression")
}
