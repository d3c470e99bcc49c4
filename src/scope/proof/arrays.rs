//! Arrays that are written out: what is compared with one is compared with each of its elements.

use std::borrow::Cow;

use super::analysis::Analysis;
use super::formula::Formula;
use super::lower::{Lowered, Truth};
use super::value::{Value, base};
use crate::pg::TypeName;
use crate::query::{Call, Expr, ExprKind, InOperand, Literal, Quantifier, Step};
use crate::scope::Hole;

/// How many pairs of elements of two arrays are compared.
const PAIRS: usize = 4_096;

/// How many elements are followed as the ways to one value.
const WAYS: usize = 64;

impl Analysis<'_> {
    /// `x = ANY (…)` and `x = ALL (…)` over an array that is written out, or a query.
    pub(super) fn quantified(
        &mut self,
        left: &Expr,
        source: &InOperand,
        compared: Option<Quantifier>,
        truth: Truth,
    ) -> Lowered {
        let items: Cow<'_, [Expr]> = match source {
            InOperand::Query(query) => {
                let node = self.subquery(query)?;
                return match compared {
                    Some(Quantifier::Any) => self.among(left, node, truth),
                    _ => self.value(left).map(|_| Formula::True),
                };
            }
            InOperand::List(items) => match items.as_slice() {
                // An array of what a query returns has the same elements.
                [Expr { kind: ExprKind::ArrayQuery(query), .. }] if compared == Some(Quantifier::Any) => {
                    let node = self.subquery(query)?;
                    return self.among(left, node, truth);
                }
                [only] => match spelled_elements(only) {
                    Some(spelled) if compared == Some(Quantifier::Any) => {
                        return self.membership(left, &InOperand::List(spelled), truth);
                    }
                    _ => self.list(only).unwrap_or(Cow::Borrowed(items)),
                },
                _ => Cow::Borrowed(items),
            },
        };
        let is_written_out = matches!(source, InOperand::List(list) if !std::ptr::eq(list.as_slice(), &*items));
        match (compared, truth) {
            (Some(Quantifier::Any), _) if is_written_out => {
                self.membership(left, &InOperand::List(items.into_owned()), truth)
            }
            // There is at least one element, and the comparison holds for each.
            (Some(Quantifier::All), Truth::True) if is_written_out => {
                let each = items.iter().map(|item| self.equality(left, item, Truth::True));
                Ok(Formula::all(each.collect::<Result<Vec<_>, _>>()?))
            }
            _ => {
                self.value(left)?;
                items.iter().try_for_each(|item| self.value(item).map(drop))?;
                Ok(Formula::True)
            }
        }
    }

    /// Returns the elements of an array that is written out, unless a column among them makes fractions of all.
    pub(super) fn list<'e>(&self, expr: &'e Expr) -> Option<Cow<'e, [Expr]>> {
        elements(expr).filter(|list| !list.iter().any(|item| self.makes_fractions(item)))
    }

    /// Every element of the one array is an element of the other; NULL never is.
    pub(super) fn contained(&mut self, inner: &Expr, outer: &Expr) -> Lowered {
        let pair = self.list(inner).zip(self.list(outer)).filter(|(some, all)| some.len() * all.len() <= PAIRS);
        let Some((some, all)) = pair else {
            let (inner, outer) = (self.value(inner)?, self.value(outer)?);
            return Ok(inner.present().and(outer.present()));
        };
        let mut each = Vec::new();
        for element in some.iter() {
            each.push(self.membership(element, &InOperand::List(all.to_vec()), Truth::True)?);
        }
        Ok(Formula::all(each))
    }

    /// An element of the one array is one of the other.
    pub(super) fn overlapping(&mut self, left: &Expr, right: &Expr) -> Lowered {
        let pair = self.list(left).zip(self.list(right)).filter(|(one, other)| one.len() * other.len() <= PAIRS);
        let Some((one, other)) = pair else {
            let (left, right) = (self.value(left)?, self.value(right)?);
            return Ok(left.present().and(right.present()));
        };
        let list = InOperand::List(other.to_vec());
        let ways = one.iter().map(|element| self.membership(element, &list, Truth::True));
        Ok(Formula::any(ways.collect::<Result<Vec<_>, _>>()?))
    }

    /// `unnest` of an array that is written out is one of its elements, or NULL where another call beside it gives more rows.
    pub(super) fn unnested(&mut self, call: &Call) -> Result<Option<Value>, Hole> {
        let [argument] = call.arguments.as_slice() else { return Ok(None) };
        let name = call.name.last();
        let is_own = call.name.schema().is_none() && *name == "unnest" && !self.context.effects.routines.is_known(name);
        let list = self.list(&argument.value).filter(|list| is_own && list.len() <= WAYS);
        let Some(list) = list else { return Ok(None) };
        let own = self.terms.fresh();
        let mut ways = vec![Formula::Null(own)];
        for element in list.iter() {
            let value = self.value(element)?;
            ways.push(Formula::Same(own, value.term));
        }
        self.define(Formula::any(ways));
        Ok(Some(own.into()))
    }
}

/// Returns which element of which `(ARRAY[…])[n]` is.
pub(super) fn subscripted(expr: &Expr) -> Option<(usize, Cow<'_, [Expr]>)> {
    let ExprKind::Indirection(array, steps) = &expr.kind else { return None };
    let [Step::Index(index)] = steps.as_slice() else { return None };
    let ExprKind::Literal(Literal::Number(digits)) = &index.kind else { return None };
    let at = digits.parse::<usize>().ok()?.checked_sub(1)?;
    let elements = elements(array)?;
    (at < elements.len()).then_some((at, elements))
}

/// Returns the elements of an array that is written out and has some.
fn elements(expr: &Expr) -> Option<Cow<'_, [Expr]>> {
    // One element of such a type makes all of them so.
    let cuts = |item: &Expr| match &item.kind {
        ExprKind::Array(_) => true,
        ExprKind::Cast(_, to) => ["char", "float4", "float8", "name"].contains(&base(to)),
        _ => false,
    };
    match &expr.kind {
        ExprKind::Array(items) if !items.is_empty() && !items.iter().any(cuts) => Some(Cow::Borrowed(items)),
        // The cast is one of each element, which may cut or round it.
        ExprKind::Cast(operand, to) if !to.bounds.is_empty() => {
            let each = Box::new(TypeName { bounds: Vec::new(), ..(**to).clone() });
            let cast =
                |item: &Expr| Expr { kind: ExprKind::Cast(Box::new(item.clone()), each.clone()), ..item.clone() };
            Some(elements(operand)?.iter().map(cast).collect())
        }
        _ => None,
    }
}

/// Returns the elements of `'{1,2}'`, where each is spelled as it is.
fn spelled_elements(expr: &Expr) -> Option<Vec<Expr>> {
    const KEPT: &[&str] = &["int2", "int4", "int8", "text", "uuid", "varchar"];
    let literal = match &expr.kind {
        ExprKind::Cast(operand, to) => {
            let is_kept = !to.bounds.is_empty() && to.modifiers.is_empty() && KEPT.contains(&base(to));
            is_kept.then_some(&operand.kind)?
        }
        kind => kind,
    };
    let ExprKind::Literal(Literal::String(text)) = literal else { return None };
    let list = text.strip_prefix('{')?.strip_suffix('}')?;
    let is_plain = |element: &str| {
        let is_spelled = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        !element.is_empty() && element.bytes().all(is_spelled) && !element.eq_ignore_ascii_case("null")
    };
    let literal = |element: &str| Expr { kind: ExprKind::Literal(Literal::String(element.to_owned())), ..expr.clone() };
    list.split(',').map(|element| is_plain(element).then(|| literal(element))).collect()
}
