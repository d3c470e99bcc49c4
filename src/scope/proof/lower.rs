//! Conditions as facts: what holds where one is true, false or unknown.
//!
//! PostgreSQL's logic has three values, so "not true" is not "false": `COALESCE`, `IS NOT FALSE` and their kin let the
//! unknown through, and whoever follows them must not take for a fact what holds only where the condition is true.

use super::analysis::Analysis;
use super::formula::Formula;
use super::node::NodeId;
use super::term::{Term, TermId};
use super::value::Value;
use crate::query::{Expr, ExprKind, InOperand, LikeKind, Literal, Operator, Step, Test};
use crate::scope::{Designator, Hole};

/// What a condition turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    /// It is true.
    True,
    /// It is false.
    False,
    /// It is NULL.
    Unknown,
}

/// What holds, or why that cannot be told.
pub(super) type Lowered = Result<Formula, Hole>;

impl Analysis<'_> {
    /// Returns what holds where a condition has this truth.
    pub(super) fn holds(&mut self, expr: &Expr, truth: Truth) -> Lowered {
        self.plain(expr)?;
        match &expr.kind {
            ExprKind::And(parts) => self.conjunction(parts, truth),
            ExprKind::Or(parts) => self.disjunction(parts, truth),
            ExprKind::Not(operand) => self.holds(operand, truth.opposite()),
            ExprKind::Infix(left, operator, right) => self.compared(left, operator, right, truth),
            // IS NOT DISTINCT FROM true is IS TRUE.
            ExprKind::Distinct { left, right, negated } if boolean(right).is_some() => {
                let test = if boolean(right) == Some(true) { Test::True } else { Test::False };
                self.test(left, test, if *negated { truth } else { truth.opposite() })
            }
            ExprKind::Distinct { left, right, negated } => {
                if let (Some(left), Some(right)) = (fields(left), fields(right))
                    && left.len() == right.len()
                {
                    return self.rows_alike((left, right), (truth == Truth::True) == *negated);
                }
                let is_alike = self.are_alike(left, right);
                let (left, right) = (self.value(left)?, self.value(right)?);
                // IS [NOT] DISTINCT FROM is never unknown.
                Ok(match (truth, negated) {
                    (Truth::Unknown, _) => Formula::False,
                    (Truth::True, true) | (Truth::False, false) if is_alike => Formula::Same(left.term, right.term),
                    _ if left.term == right.term => Formula::False,
                    _ => Formula::True,
                })
            }
            ExprKind::Is { operand, test, negated } => {
                self.test(operand, *test, if *negated { truth.opposite() } else { truth })
            }
            ExprKind::In { operand, source, negated } => {
                self.membership(operand, source, if *negated { truth.opposite() } else { truth })
            }
            ExprKind::Quantified { left, operator, quantifier, source } => {
                let compared = if operator.is("=") { Some(*quantifier) } else { None };
                self.quantified(left, source, compared, truth)
            }
            ExprKind::Between { operand, low, high, symmetric: false, negated } => {
                let truth = if *negated { truth.opposite() } else { truth };
                self.between(operand, low, high, truth)
            }
            ExprKind::Like { operand, pattern, escape: None, kind: LikeKind::Like, negated }
                if truth == if *negated { Truth::False } else { Truth::True } && is_whole(pattern) =>
            {
                self.equality(operand, pattern, Truth::True)
            }
            ExprKind::Exists(query) => {
                let node = self.subquery(query)?;
                // It is never unknown; where it is false nothing is known.
                Ok(match truth {
                    Truth::True => self.node(node).export.clone(),
                    Truth::False => Formula::True,
                    Truth::Unknown => Formula::False,
                })
            }
            ExprKind::Literal(literal) => Ok(constant(literal, truth)),
            ExprKind::Case { operand, branches, otherwise } => {
                self.case((operand.as_deref(), branches), otherwise.as_deref(), truth)
            }
            ExprKind::Special("COALESCE", arguments) => self.coalesce(arguments, truth),
            _ => {
                let value = self.value(expr)?;
                Ok(self.column_truth(&value, truth))
            }
        }
    }

    fn compared(&mut self, left: &Expr, operator: &Operator, right: &Expr, truth: Truth) -> Lowered {
        if operator.is("=") || operator.is("<>") {
            let truth = if operator.is("=") { truth } else { truth.opposite() };
            if let Some(simpler) = self.reworded((left, right), truth) {
                return self.holds(&simpler, truth);
            }
            return match (boolean(left), boolean(right)) {
                (None, Some(value)) => self.holds(left, if value { truth } else { truth.opposite() }),
                (Some(value), None) => self.holds(right, if value { truth } else { truth.opposite() }),
                _ => self.equality(left, right, truth),
            };
        }
        match truth {
            Truth::True if operator.is("<@") => return self.contained(left, right),
            Truth::True if operator.is("@>") => return self.contained(right, left),
            Truth::True if operator.is("&&") => return self.overlapping(left, right),
            _ => {}
        }
        let strict = ["<", ">", "<=", ">="].iter().any(|symbol| operator.is(symbol));
        let (left, right) = (self.value(left)?, self.value(right)?);
        Ok(if strict && truth != Truth::Unknown { left.present().and(right.present()) } else { Formula::True })
    }

    /// A column or function that is true is not NULL.
    fn column_truth(&mut self, value: &Value, truth: Truth) -> Formula {
        match truth {
            Truth::Unknown => Formula::Null(value.term),
            Truth::True | Truth::False => {
                let word = if truth == Truth::True { "true" } else { "false" };
                let constant = self.terms.id(Term::Constant(word.to_owned()));
                value.given(Formula::equal(value.term, constant))
            }
        }
    }

    fn conjunction(&mut self, parts: &[Expr], truth: Truth) -> Lowered {
        let mut each = parts.iter().map(|part| self.holds(part, truth)).collect::<Result<Vec<_>, _>>()?;
        if truth == Truth::True {
            each.extend(self.bracketed(parts, [">=", "<="])?);
        }
        Ok(match truth {
            Truth::True => Formula::all(each),
            Truth::False => Formula::any(each),
            // One is unknown; which one is not known.
            Truth::Unknown => Formula::any(each),
        })
    }

    /// What is neither less nor greater than a value is equal to it.
    fn bracketed(&mut self, parts: &[Expr], [low_by, high_by]: [&str; 2]) -> Result<Option<Formula>, Hole> {
        let bound = |part: &'_ Expr, symbol: &str| match &part.kind {
            ExprKind::Infix(left, operator, right) if operator.is(symbol) => Some((left.clone(), right.clone())),
            _ => None,
        };
        for (low, high) in parts.iter().filter_map(|part| bound(part, low_by)) {
            let tenant = Designator::of(&high, self.context.tenancy);
            let is_simple = matches!(low.kind, ExprKind::Column(_)) && tenant.is_some();
            let is_same = |(left, right): (Box<Expr>, Box<Expr>)| {
                left.kind == low.kind && Designator::of(&right, self.context.tenancy) == tenant
            };
            if is_simple && parts.iter().filter_map(|part| bound(part, high_by)).any(is_same) {
                return self.equality(&low, &high, Truth::True).map(Some);
            }
        }
        Ok(None)
    }

    fn disjunction(&mut self, parts: &[Expr], truth: Truth) -> Lowered {
        let mut each = parts.iter().map(|part| self.holds(part, truth)).collect::<Result<Vec<_>, _>>()?;
        if truth == Truth::False {
            each.extend(self.bracketed(parts, ["<", ">"])?);
        }
        Ok(match truth {
            Truth::True | Truth::Unknown => Formula::any(each),
            Truth::False => Formula::all(each),
        })
    }

    pub(super) fn equality(&mut self, left: &Expr, right: &Expr, truth: Truth) -> Lowered {
        if let (Some(left), Some(right)) = (fields(left), fields(right))
            && left.len() == right.len()
        {
            return self.rows_equal(left, right, truth);
        }
        // A row that is equal to a query's is that of a row which the query has.
        for (row, other) in [(left, right), (right, left)] {
            if let (Some(list), ExprKind::Subquery(query)) = (fields(row), &other.kind)
                && list.len() > 1
            {
                let node = self.subquery(query)?;
                return self.among(row, node, truth);
            }
        }
        let is_exact = self.is_exact(left) && self.is_exact(right) && self.are_alike(left, right);
        let span = left.span.to(right.span);
        let (left, right) = (self.value(left)?, self.value(right)?);
        if let Some(heard) = &mut self.heard {
            heard.push((left.term, right.term, span));
        }
        if let Some(same) = self.known_texts(left.term, right.term) {
            let holds = if same { Truth::True } else { Truth::False };
            return Ok(if holds == truth { Formula::True } else { Formula::False });
        }
        Ok(match (is_exact, truth) {
            (false, Truth::True) => left.present().and(right.present()),
            _ => equal(&left, &right, truth),
        })
    }

    /// Compares a text that a body is given, as the event of a trigger, with one that is written out.
    fn known_texts(&self, left: TermId, right: TermId) -> Option<bool> {
        let text = |term: TermId| match self.terms.get(term) {
            Term::Constant(text) if text.starts_with('\'') => Some((text.as_str(), true)),
            Term::Fixed(Designator::Literal(text)) if text.starts_with('\'') => Some((text.as_str(), false)),
            _ => None,
        };
        let ((left, is_given), (right, is_given_too)) = (text(left)?, text(right)?);
        (is_given || is_given_too).then_some(left == right)
    }

    fn rows_equal(&mut self, left: &[Expr], right: &[Expr], truth: Truth) -> Lowered {
        let mut each = Vec::new();
        for (left, right) in left.iter().zip(right) {
            each.push(self.equality(left, right, truth)?);
        }
        Ok(if truth == Truth::True { Formula::all(each) } else { Formula::True })
    }

    /// Rows are not distinct when their fields are not.
    fn rows_alike(&mut self, (left, right): (&[Expr], &[Expr]), are_alike: bool) -> Lowered {
        let mut each = Vec::new();
        for (left, right) in left.iter().zip(right) {
            each.push(Formula::Same(self.value(left)?.term, self.value(right)?.term));
        }
        Ok(if are_alike { Formula::all(each) } else { Formula::True })
    }

    fn test(&mut self, operand: &Expr, test: Test, truth: Truth) -> Lowered {
        if truth == Truth::Unknown {
            self.holds(operand, Truth::True)?;
            return Ok(Formula::False);
        }
        let is = truth == Truth::True;
        let either = |analysis: &mut Self, first: Truth, second: Truth| -> Lowered {
            analysis.once_more()?;
            Ok(Formula::any([analysis.holds(operand, first)?, analysis.holds(operand, second)?]))
        };
        match test {
            Test::Null if is && let Some((first, second)) = nullif(operand) => {
                let value = self.value(first)?;
                Ok(Formula::Null(value.term).or(self.equality(first, second, Truth::True)?))
            }
            Test::Null => {
                let value = self.value(operand)?;
                // A row is NULL when all its fields are, and not NULL when none is.
                match (fields(operand).is_some(), is) {
                    (true, _) => Ok(Formula::True),
                    (false, true) => Ok(Formula::Null(value.term)),
                    (false, false) => Ok(value.present()),
                }
            }
            Test::True if is => self.holds(operand, Truth::True),
            Test::True => either(self, Truth::False, Truth::Unknown),
            Test::False if is => self.holds(operand, Truth::False),
            Test::False => either(self, Truth::True, Truth::Unknown),
            Test::Unknown if is => self.holds(operand, Truth::Unknown),
            Test::Unknown => either(self, Truth::True, Truth::False),
        }
    }

    pub(super) fn membership(&mut self, operand: &Expr, source: &InOperand, truth: Truth) -> Lowered {
        match source {
            InOperand::List(items) => {
                let mut each = Vec::new();
                for item in items {
                    each.push(self.equality(operand, item, truth)?);
                }
                // One item makes fractions of all, and then others are equal to what they stand for.
                if items.len() > 1 && items.iter().any(|item| self.makes_fractions(item)) {
                    return Ok(Formula::True);
                }
                Ok(match truth {
                    Truth::True | Truth::Unknown => Formula::any(each),
                    Truth::False => Formula::all(each),
                })
            }
            InOperand::Query(query) => {
                let node = self.subquery(query)?;
                self.among(operand, node, truth)
            }
        }
    }

    /// The row of the query that makes `operand IN (query)` true.
    pub(super) fn among(&mut self, operand: &Expr, node: NodeId, truth: Truth) -> Lowered {
        let operands = fields(operand).unwrap_or(std::slice::from_ref(operand));
        let mut parts = vec![self.node(node).export.clone()];
        for (at, operand) in operands.iter().enumerate() {
            let value = self.value(operand)?;
            if let Some(output) = self.node(node).outputs.get(at) {
                parts.push(value.given(Formula::equal(value.term, output.term)));
            }
        }
        Ok(if truth == Truth::True { Formula::all(parts) } else { Formula::True })
    }

    fn between(&mut self, operand: &Expr, low: &Expr, high: &Expr, truth: Truth) -> Lowered {
        let (value, low, high) = (self.value(operand)?, self.value(low)?, self.value(high)?);
        if truth != Truth::True {
            return Ok(Formula::True);
        }
        let within = Formula::all([value.present(), low.present(), high.present()]);
        Ok(if low.term == high.term { within.and(Formula::Same(value.term, low.term)) } else { within })
    }

    fn case(
        &mut self,
        (operand, branches): (Option<&Expr>, &[(Expr, Expr)]),
        otherwise: Option<&Expr>,
        truth: Truth,
    ) -> Lowered {
        let mut ways = Vec::new();
        for (condition, result) in branches {
            let taken = match operand {
                Some(operand) => self.equality(operand, condition, Truth::True)?,
                None => self.holds(condition, Truth::True)?,
            };
            ways.push(taken.and(self.holds(result, truth)?));
        }
        ways.push(match otherwise {
            Some(result) => self.holds(result, truth)?,
            None if truth == Truth::Unknown => Formula::True,
            None => Formula::False,
        });
        Ok(Formula::any(ways))
    }

    fn coalesce(&mut self, arguments: &[Expr], truth: Truth) -> Lowered {
        let Some((first, rest)) = arguments.split_first() else {
            return Ok(if truth == Truth::Unknown { Formula::True } else { Formula::False });
        };
        if truth == Truth::Unknown {
            let each = arguments.iter().map(|argument| self.holds(argument, truth)).collect::<Result<Vec<_>, _>>()?;
            return Ok(Formula::all(each));
        }
        self.once_more()?;
        let own = self.holds(first, truth)?;
        let unknown = self.holds(first, Truth::Unknown)?;
        Ok(Formula::any([own, unknown.and(self.coalesce(rest, truth)?)]))
    }
}

/// Returns the fields of a row that is written out; a star among them would be several.
pub(super) fn fields(expr: &Expr) -> Option<&[Expr]> {
    match &expr.kind {
        ExprKind::Row { fields, .. } if !fields.iter().any(is_star) => Some(fields),
        _ => None,
    }
}

fn boolean(expr: &Expr) -> Option<bool> {
    match expr.kind {
        ExprKind::Literal(Literal::Boolean(value)) => Some(value),
        _ => None,
    }
}

/// Returns the arguments of `NULLIF`.
fn nullif(expr: &Expr) -> Option<(&Expr, &Expr)> {
    match &expr.kind {
        ExprKind::Special("NULLIF", arguments) => match arguments.as_slice() {
            [first, second] => Some((first, second)),
            _ => None,
        },
        _ => None,
    }
}

/// Says whether a pattern fits one text alone.
fn is_whole(pattern: &Expr) -> bool {
    matches!(&pattern.kind, ExprKind::Literal(Literal::String(text)) if !text.contains(['%', '_', '\\']))
}

/// Says whether an expression stands for any number of columns.
pub(super) fn is_star(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Star(_) => true,
        ExprKind::Indirection(_, steps) => steps.contains(&Step::Star),
        _ => false,
    }
}

fn equal(left: &Value, right: &Value, truth: Truth) -> Formula {
    match truth {
        Truth::True => left.given(right.given(Formula::equal(left.term, right.term))),
        Truth::False => left.present().and(right.present()),
        Truth::Unknown => Formula::any([Formula::Null(left.term), Formula::Null(right.term)]),
    }
}

fn constant(literal: &Literal, truth: Truth) -> Formula {
    let value = match literal {
        Literal::Boolean(true) => Truth::True,
        Literal::Boolean(false) => Truth::False,
        Literal::Null => Truth::Unknown,
        // 't' and the like.
        _ => return Formula::True,
    };
    if value == truth { Formula::True } else { Formula::False }
}

impl Truth {
    /// What NOT makes of it.
    pub(super) fn opposite(self) -> Truth {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
        }
    }
}
