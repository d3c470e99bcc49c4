//! Expressions as terms.

use super::analysis::Analysis;
use super::arrays::subscripted;
use super::formula::Formula;
use super::lower::Truth;
use super::term::{Term, TermId};
use crate::catalog::Column;
use crate::pg::{Ident, TypeName, function};
use crate::query::visit::{self, Node};
use crate::query::{Call, Expr, ExprKind, Literal, Operator, Over, Parameter, Query, Step};
use crate::scope::{Designator, Hole};
use crate::source::Span;

/// The value of an expression.
#[derive(Clone, Debug)]
pub(super) struct Value {
    /// The term.
    pub(super) term: TermId,
    /// What holds where it is not NULL: a scalar subquery then has a row.
    pub(super) source: Formula,
}

/// Functions of which equal arguments give equal values, always and everywhere.
const IMMUTABLE: &[&str] = &["abs", "btrim", "length", "lower", "ltrim", "md5", "rtrim", "upper"];

impl Value {
    /// What holds where the value is not NULL.
    pub(super) fn present(&self) -> Formula {
        Formula::Present(self.term).and(self.source.clone())
    }

    /// Adds to a formula that implies that the value is not NULL what this implies.
    pub(super) fn given(&self, formula: Formula) -> Formula {
        formula.and(self.source.clone())
    }
}

impl From<TermId> for Value {
    fn from(term: TermId) -> Self {
        Value { term, source: Formula::True }
    }
}

impl Analysis<'_> {
    /// Returns the value of an expression; everything in it is looked at.
    pub(super) fn value(&mut self, expr: &Expr) -> Result<Value, Hole> {
        if let Some(value) = self.parameter(expr) {
            return Ok(value);
        }
        if let Some(designator) = Designator::of(expr, self.context.tenancy) {
            return Ok(self.fixed(designator).into());
        }
        if let Some(field) = self.field(expr) {
            return self.column(&field, expr.span);
        }
        if let Some((at, elements)) = subscripted(expr) {
            // The others are computed, too.
            let values = elements.iter().map(|element| self.value(element)).collect::<Result<Vec<_>, _>>()?;
            return Ok(values[at].clone());
        }
        self.plain(expr)?;
        // What keeps different texts apart leaves a value what it is.
        if let ExprKind::Collate(operand, collation) = &expr.kind
            && self.context.effects.keeps_apart(collation)
        {
            return self.value(operand);
        }
        if let Some(term) = self.computed(expr)? {
            return Ok(term.into());
        }
        match &expr.kind {
            ExprKind::Column(parts) => self.column(parts, expr.span),
            ExprKind::Literal(Literal::Null) => {
                let term = self.terms.fresh();
                // Nothing is equal to NULL.
                Ok(Value { term, source: Formula::False })
            }
            ExprKind::Literal(Literal::Boolean(value)) => Ok(self.terms.id(Term::Constant(value.to_string())).into()),
            ExprKind::Cast(operand, to) => {
                let value = self.value(operand)?;
                let of_fixed = self.terms.is_fixed(value.term) && Designator::keeps_values(to, self.context.tenancy);
                Ok(if of_fixed || self.keeps(operand, to) { value } else { self.terms.fresh().into() })
            }
            ExprKind::Subquery(query) => {
                let node = self.subquery(query)?;
                let term = self.node(node).outputs.first().map(|output| output.term);
                let Some(term) = term else { return Ok(self.terms.fresh().into()) };
                Ok(self.scalar(term, self.node(node).export.clone()))
            }
            ExprKind::Call(call) => match self.unnested(call)? {
                Some(value) => Ok(value),
                None => self.call(call, expr.span),
            },
            ExprKind::Infix(left, operator, right) if self.is_unchanged(left, operator, right) => self.value(left),
            ExprKind::Special("COALESCE", arguments) => self.first_present(arguments),
            ExprKind::Special("NULLIF", arguments) if arguments.len() == 2 => {
                let first = self.value(&arguments[0])?;
                self.value(&arguments[1])?;
                Ok(self.scalar(first.term, first.source))
            }
            ExprKind::Case { operand: None, branches, otherwise } => self.chosen(branches, otherwise.as_deref()),
            ExprKind::Exists(_) | ExprKind::In { .. } | ExprKind::And(_) | ExprKind::Or(_) | ExprKind::Not(_) => {
                self.holds(expr, Truth::True)?;
                Ok(self.terms.fresh().into())
            }
            _ => {
                self.parts(expr)?;
                Ok(self.terms.fresh().into())
            }
        }
    }

    /// In a body `$1` is its own parameter, or what USING gives; a cast of it is taken for one that changes nothing, as
    /// that of the statement's own parameter is.
    pub(super) fn parameter(&mut self, expr: &Expr) -> Option<Value> {
        if !self.variables.is_body() {
            return None;
        }
        match &expr.kind {
            ExprKind::Parameter(Parameter::Number(number)) => {
                let known = self.variables.number(*number).cloned();
                Some(known.unwrap_or_else(|| self.terms.fresh().into()))
            }
            ExprKind::Cast(operand, to) if Designator::keeps_values(to, self.context.tenancy) => {
                self.parameter(operand)
            }
            _ => None,
        }
    }

    /// `(t).column` is `t.column`, and so is `column(t)` where there is no such function.
    fn field(&self, expr: &Expr) -> Option<Vec<Ident>> {
        if let ExprKind::Indirection(row, steps) = &expr.kind {
            let (ExprKind::Column(parts), [Step::Field(name)]) = (&row.kind, steps.as_slice()) else { return None };
            let [alias] = parts.as_slice() else { return None };
            return self.is_row_with(alias, name).then(|| vec![alias.clone(), name.clone()]);
        }
        let ExprKind::Call(call) = &expr.kind else { return None };
        let [argument] = call.arguments.as_slice() else { return None };
        let ExprKind::Column(parts) = &argument.value.kind else { return None };
        let ([alias], [name]) = (parts.as_slice(), call.name.parts.as_slice()) else { return None };
        let known = self.context.effects.routines.is_known(name) || function::reads_no_table(name.as_str());
        (!known && self.is_row_with(alias, name)).then(|| vec![alias.clone(), name.clone()])
    }

    /// Says whether a name means a row of the innermost level, which has such a column; a column of that name comes first.
    fn is_row_with(&self, alias: &Ident, name: &Ident) -> bool {
        let is_column = self.levels.iter().flat_map(|level| &level.entries);
        let is_column = is_column.clone().any(|entry| !entry.complete || entry.column(alias).is_some());
        let Some(level) = self.levels.last().filter(|_| !is_column) else { return false };
        let entry = level.entries.iter().skip(level.from).find(|entry| entry.alias.as_ref() == Some(alias));
        entry.is_some_and(|entry| entry.row.is_some() && entry.column(name).is_some())
    }

    /// The value of a scalar subquery is NULL when there is no row; otherwise it is the row's.
    pub(super) fn scalar(&mut self, output: TermId, export: Formula) -> Value {
        let term = self.terms.fresh();
        let source = export.and(Formula::Same(term, output));
        self.define(Formula::Where(term, Box::new(source.clone())));
        Value { term, source }
    }

    /// Returns the term of a designator.
    pub(super) fn fixed(&mut self, designator: Designator) -> TermId {
        if self.at_end && designator == Designator::Session {
            return self.terms.unknown();
        }
        // psql makes a text of whatever a variable holds; other parameters may be NULL.
        let is_present = matches!(designator, Designator::Literal(_) | Designator::Parameter(_));
        let term = self.terms.id(Term::Fixed(designator));
        if is_present {
            self.rows.never_null(term);
        }
        term
    }

    fn call(&mut self, call: &Call, span: Span) -> Result<Value, Hole> {
        if self.is_routine(call) {
            let plain = self.context.effects.routines.is_plain(call.name.last());
            match self.routine(&call.name, call.arguments.len()) {
                Ok(_) => return self.invoke(call, span),
                Err(hole) if !plain => return Err(hole),
                // Whichever is meant computes with what it is given.
                Err(_) => {}
            }
            call.arguments.iter().try_for_each(|argument| self.value(&argument.value).map(drop))?;
            return Ok(self.terms.unknown().into());
        }
        let mut arguments = Vec::new();
        for argument in &call.arguments {
            arguments.push(self.value(&argument.value)?.term);
        }
        for item in &call.order_by {
            self.value(&item.expr)?;
            self.sorted(item)?;
        }
        if let Some(filter) = &call.filter {
            self.holds(filter, Truth::True)?;
        }
        if let Some(Over::Window(window)) = &call.over {
            self.window(window)?;
        }
        let is_plain = call.over.is_none() && call.filter.is_none() && !call.distinct && call.name.schema().is_none();
        let name = call.name.last();
        let own = !self.context.effects.routines.is_known(name) && IMMUTABLE.contains(&name.as_str());
        Ok(match is_plain && own {
            true => self.terms.id(Term::Apply(name.as_str().to_owned(), arguments)).into(),
            false => self.terms.fresh().into(),
        })
    }

    /// Looks at the parts of an expression whose value is not followed.
    fn parts(&mut self, expr: &Expr) -> Result<(), Hole> {
        let mut depth = 0u32;
        let mut queries: Vec<&Query> = Vec::new();
        let mut others: Vec<&Expr> = Vec::new();
        visit::expr(expr, &mut |node| match node {
            Node::Query(query) => {
                if depth == 0 {
                    queries.push(query);
                }
                depth += 1;
            }
            Node::End => depth -= 1,
            Node::Expr(inner) if depth == 0 => others.push(inner),
            _ => {}
        });
        for inner in others {
            match &inner.kind {
                ExprKind::Call(call) if self.is_routine(call) => drop(self.value(inner)?),
                _ => self.plain(inner)?,
            }
        }
        queries.into_iter().try_for_each(|query| self.subquery(query).map(drop))
    }

    /// Says whether a cast leaves two values two, and equal ones equal: to text and to wider integers.
    fn keeps(&self, operand: &Expr, to: &TypeName) -> bool {
        let Some(from) = self.type_of(operand) else { return false };
        let is_plain = |name: &TypeName| {
            name.modifiers.is_empty()
                && name.bounds.is_empty()
                && !name.set_of
                && !name.percent_type
                && name.interval.is_none()
        };
        let (from_name, to_name) = (base(&from), base(to));
        let rank = |name: &str| ["int2", "int4", "int8", "numeric"].iter().position(|known| *known == name);
        let widens = matches!((rank(from_name), rank(to_name)), (Some(from), Some(to)) if from <= to);
        let spelled = ["uuid", "int2", "int4", "int8", "text", "varchar"].contains(&from_name);
        is_plain(to)
            && (widens
                || spelled && ["text", "varchar"].contains(&to_name)
                || from_name == to_name && from_name == "uuid")
    }

    /// Says whether an operator leaves an integer what it is: zero that is added, or taken away.
    fn is_unchanged(&self, left: &Expr, operator: &Operator, right: &Expr) -> bool {
        let is_nothing = matches!(&right.kind, ExprKind::Literal(Literal::Number(digits)) if digits == "0");
        let is_integer = |of: TypeName| ["int2", "int4", "int8"].contains(&base(&of)) && of.bounds.is_empty();
        is_nothing && (operator.is("+") || operator.is("-")) && self.type_of(left).is_some_and(is_integer)
    }

    /// Says whether equal values of an expression are the same value: not so where upper and lower case are one, or a
    /// collation decides.
    pub(super) fn is_exact(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Collate(operand, collation) => {
                self.context.effects.keeps_apart(collation) && self.is_exact(operand)
            }
            ExprKind::Cast(_, to) if self.is_blurred_type(to) => false,
            ExprKind::Cast(operand, _) => self.is_exact(operand),
            ExprKind::Column(_) => self.catalog_column(expr).is_none_or(|column| {
                let is_kept = column.collation.as_ref().is_none_or(|name| self.context.effects.keeps_apart(name));
                is_kept && column.type_name.as_ref().is_none_or(|of| !self.is_blurred_type(of))
            }),
            _ => true,
        }
    }

    /// Says whether two columns keep the blanks at the end of a text alike.
    pub(super) fn are_alike(&self, left: &Expr, right: &Expr) -> bool {
        let pads = |expr: &Expr| self.type_of(expr).map(|of| base(&of) == "bpchar");
        pads(left).zip(pads(right)).is_none_or(|(left, right)| left == right)
    }

    /// Returns the type of a column that is named plainly.
    pub(super) fn type_of(&self, expr: &Expr) -> Option<TypeName> {
        self.catalog_column(expr)?.type_name.clone()
    }

    fn catalog_column(&self, expr: &Expr) -> Option<&Column> {
        let ExprKind::Column(parts) = &expr.kind else { return None };
        let (name, qualifier) = parts.split_last()?;
        let mut entries = self.levels.iter().rev().flat_map(|level| level.entries.iter().skip(level.from));
        let entry = entries.find(|entry| match qualifier {
            [] => entry.column(name).is_some(),
            [.., alias] => entry.alias.as_ref() == Some(alias),
        })?;
        match self.terms.get(entry.column(name)?) {
            Term::Column(row, column) => self.rows.relation(*row)?.column(column),
            _ => None,
        }
    }
}

pub(super) fn base(name: &TypeName) -> &str {
    let system = name.name.schema().is_none_or(|schema: &Ident| *schema == "pg_catalog");
    if system { name.name.last().as_str() } else { "" }
}
