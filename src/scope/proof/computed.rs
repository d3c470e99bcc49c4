//! Values that are computed: of fixed values they are fixed themselves; where one of several is taken, each way is followed.

use super::analysis::Analysis;
use super::formula::Formula;
use super::lower::Truth;
use super::node::Stack;
use super::term::{Term, TermId};
use super::value::Value;
use crate::pg::Ident;
use crate::query::visit::{self, Node};
use crate::query::{Call, Expr, ExprKind, InOperand, Literal, Parameter};
use crate::scope::{Designator, Hole};

/// Functions that give the same for the same as long as a statement runs; sorted.
#[rustfmt::skip]
const STEADY: &[&str] = &[
    "abs", "age", "array_to_string", "ascii", "btrim", "ceil", "ceiling", "char_length", "character_length", "chr",
    "concat", "concat_ws", "current_database", "current_schema", "current_setting", "date_part", "date_trunc", "decode",
    "div", "encode", "floor", "format", "initcap", "json_extract_path_text", "jsonb_extract_path_text", "left",
    "length", "lower", "lpad", "ltrim", "md5", "mod", "now", "octet_length", "overlay", "position", "power", "replace",
    "reverse", "right", "round", "rpad", "rtrim", "sha224", "sha256", "sha384", "sha512", "sign", "split_part",
    "strpos", "substr", "substring", "to_char", "to_date", "to_hex", "to_number", "to_timestamp", "translate", "trim",
    "trunc", "upper",
];

impl Analysis<'_> {
    /// Returns the term of an expression that is made of fixed values alone.
    pub(super) fn computed(&mut self, expr: &Expr) -> Result<Option<TermId>, Hole> {
        if !self.is_steady(expr) || matches!(expr.kind, ExprKind::Special("COALESCE" | "NULLIF", _)) {
            return Ok(None);
        }
        let mut parts: Vec<&Expr> = Vec::new();
        let mut is_steady = true;
        visit::expr(expr, &mut |node| match node {
            Node::Expr(inner) if is_steady => {
                is_steady = self.is_steady(inner) || matches!(inner.kind, ExprKind::Column(_) | ExprKind::Literal(_));
                parts.push(inner);
            }
            Node::Expr(_) | Node::Operator(_) => {}
            _ => is_steady = false,
        });
        if !is_steady {
            return Ok(None);
        }
        let mut leaves = Vec::new();
        let is_null = |part: &&&Expr| matches!(part.kind, ExprKind::Literal(Literal::Null));
        let has_null = parts.iter().any(|part| is_null(&part));
        for part in parts {
            self.plain(part)?;
            if let ExprKind::Column(_) | ExprKind::Parameter(_) = part.kind {
                let term = self.leaf(part)?;
                // What is made of the tenant's own name would be another tenant's.
                let is_other = |term| self.terms.is_fixed(term) && !self.names_run(term);
                if !term.is_some_and(is_other) {
                    return Ok(None);
                }
                leaves.extend(term);
            }
        }
        match has_null && leaves.is_empty() {
            true => Ok(None),
            false => Ok(Some(self.terms.id(Term::Apply(expr.to_string(), leaves)))),
        }
    }

    /// Says whether a value is made of the tenant that the statement runs for.
    fn names_run(&self, term: TermId) -> bool {
        match self.terms.get(term) {
            Term::Fixed(designator) => designator.is_run_time(),
            Term::Apply(_, arguments) => arguments.iter().any(|argument| self.names_run(*argument)),
            _ => false,
        }
    }

    fn leaf(&mut self, expr: &Expr) -> Result<Option<TermId>, Hole> {
        if let ExprKind::Column(parts) = &expr.kind {
            // A column of a row is not fixed, and looking at it here would leave traces.
            let (name, qualifier) = match parts.split_last() {
                Some((name, qualifier)) => (name, qualifier),
                None => return Ok(None),
            };
            let may_be_column = self.levels.iter().any(|level| !level.entries.is_empty());
            let found = if may_be_column && self.is_visible(name, qualifier) {
                None
            } else {
                self.variable(name, qualifier).map(|value| value.term)
            };
            return Ok(found);
        }
        if let Some(value) = self.parameter(expr) {
            return Ok(Some(value.term));
        }
        Ok(match Designator::of(expr, self.context.tenancy) {
            Some(designator) => Some(self.fixed(designator)),
            // Another variable of psql; what is pasted as it is may be anything.
            None if matches!(expr.kind, ExprKind::Parameter(Parameter::Quoted(_))) => {
                Some(self.terms.id(Term::Apply(expr.to_string(), Vec::new())))
            }
            None => None,
        })
    }

    /// Says whether a name may mean a column at any level.
    fn is_visible(&self, name: &Ident, qualifier: &[Ident]) -> bool {
        self.levels.iter().any(|level| {
            level.entries.iter().any(|entry| match qualifier {
                [] => !entry.complete || entry.column(name).is_some(),
                [.., alias] => entry.alias.as_ref() == Some(alias),
            })
        })
    }

    /// Says whether an expression's own part in its value is the same as long as a statement runs.
    fn is_steady(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Call(call) => self.is_steady_call(call),
            ExprKind::Special(word, _) => matches!(*word, "COALESCE" | "NULLIF" | "GREATEST" | "LEAST"),
            ExprKind::In { source: InOperand::List(_), .. } => true,
            ExprKind::Parameter(_)
            | ExprKind::Value(_)
            | ExprKind::Prefix(..)
            | ExprKind::Infix(..)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::Not(_)
            | ExprKind::Is { .. }
            | ExprKind::Distinct { .. }
            | ExprKind::Between { .. }
            | ExprKind::Like { .. }
            | ExprKind::Cast(..)
            | ExprKind::Collate(..)
            | ExprKind::Case { .. } => true,
            _ => false,
        }
    }

    fn is_steady_call(&self, call: &Call) -> bool {
        let name = call.name.last();
        let is_system = call.name.schema().is_some_and(|schema| *schema == "pg_catalog");
        let is_own = is_system || call.name.schema().is_none() && !self.context.effects.routines.is_known(name);
        let is_plain = call.over.is_none()
            && call.filter.is_none()
            && call.order_by.is_empty()
            && !call.distinct
            && !call.star
            && !call.within_group;
        is_own && is_plain && STEADY.binary_search(&name.as_str()).is_ok()
    }

    /// Adds what holds of a value by what it is, wherever it stands.
    pub(super) fn define(&mut self, formula: Formula) {
        let at = self.levels.last().map(|level| level.at.clone()).unwrap_or_default();
        // What a body computes may be used where it was called.
        let depth = self.open.len();
        for block in self.open.iter_mut().take(depth.saturating_sub(1)).skip(self.floor) {
            block.facts.push((Stack::new(), formula.clone()));
        }
        self.fact(&at, formula);
    }

    /// Says whether it may matter which of several values is taken: one of them may be a tenant.
    fn may_name_tenant(&self, term: TermId) -> bool {
        let tenancy = self.context.tenancy;
        match self.terms.get(term) {
            Term::Fixed(_) => true,
            Term::Column(_, name) => {
                tenancy.tenant_columns.contains(name) || tenancy.root.as_ref().is_some_and(|root| root.column == *name)
            }
            Term::Apply(..) => self.terms.is_fixed(term),
            Term::Each | Term::Constant(_) | Term::Fresh(_) => false,
        }
    }

    /// `COALESCE`: the first value that is not NULL.
    pub(super) fn first_present(&mut self, arguments: &[Expr]) -> Result<Value, Hole> {
        let mut values = arguments.iter().map(|argument| self.value(argument)).collect::<Result<Vec<_>, _>>()?;
        if arguments.iter().any(|argument| self.makes_fractions(argument)) {
            return Ok(self.terms.fresh().into());
        }
        values.retain(|value| !self.returned.absent.contains(&value.term));
        if let [first, rest @ ..] = values.as_slice()
            && (rest.is_empty() || self.is_never_null(first))
        {
            return Ok(first.clone());
        }
        let own = self.terms.id(Term::Apply("COALESCE".to_owned(), values.iter().map(|value| value.term).collect()));
        if values.iter().any(|value| self.may_name_tenant(value.term)) {
            let mut before = Formula::True;
            let mut ways = Vec::new();
            for value in &values {
                ways.push(before.clone().and(value.present()).and(Formula::Same(own, value.term)));
                before = before.and(Formula::Null(value.term));
            }
            ways.push(before.and(Formula::Null(own)));
            self.define(Formula::any(ways));
        }
        Ok(own.into())
    }

    /// Says whether a value is that of a NOT NULL column of a row that is there.
    fn is_never_null(&self, value: &Value) -> bool {
        value.source == Formula::True && self.rows.present().contains(&value.term)
    }

    /// `CASE WHEN`: the value of the branch that is taken.
    pub(super) fn chosen(&mut self, branches: &[(Expr, Expr)], otherwise: Option<&Expr>) -> Result<Value, Hole> {
        let own = self.terms.fresh();
        let mut ways = Vec::new();
        let mut matters = false;
        for (condition, result) in branches {
            let held = self.holds(condition, Truth::True)?;
            let value = self.value(result)?;
            matters |= self.may_name_tenant(value.term);
            ways.push(held.and(Formula::Same(own, value.term)));
        }
        match otherwise {
            Some(result) => {
                let value = self.value(result)?;
                matters |= self.may_name_tenant(value.term);
                ways.push(Formula::Same(own, value.term));
            }
            None => ways.push(Formula::Null(own)),
        }
        let mut results = branches.iter().map(|(_, result)| result).chain(otherwise);
        if matters && !results.any(|result| self.makes_fractions(result)) {
            self.define(Formula::any(ways));
        }
        Ok(own.into())
    }
}
