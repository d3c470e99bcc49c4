//! Parts that are not analysed: they are accepted only when they meet no tenant's rows at all.

use super::Context;
use super::judgement::Hole;
use super::owner::tenant_of;
use crate::pg::{Ident, Name, function, system};
use crate::query::visit::{self, Node};
use crate::query::{Expr, ExprKind, FromItem, FromKind, Operator, Step};
use crate::rules::scope::unprovable;
use crate::source::Span;

/// Finds what makes an expression more than a function of the rows at hand.
pub(super) fn expr(context: &Context<'_>, expr: &Expr, neutral: &[Ident]) -> Option<Hole> {
    let mut search = Search::new(context, neutral);
    visit::expr(expr, &mut |node| search.meet(node));
    search.hole
}

fn writes(name: &Name) -> Option<Hole> {
    let message = format!("a common table expression writes `{name}`, which is not followed yet");
    Some(Hole::new(&unprovable::RULE, name.span, message).help("write it as a statement of its own"))
}

/// Finds what makes an expression, what it is made of left out, more than a function of the values at hand.
pub(super) fn own(context: &Context<'_>, expr: &Expr) -> Option<Hole> {
    Search::new(context, &[]).expr(expr)
}

/// Finds what makes an operator that sorts more than a comparison of PostgreSQL's own.
pub(super) fn sorting(context: &Context<'_>, operator: &Operator, span: Span) -> Option<Hole> {
    Search::new(context, &[]).operator(operator, span)
}

struct Search<'c> {
    context: &'c Context<'c>,
    /// Common table expressions around what is searched.
    neutral: Vec<Ident>,
    /// Those of the queries that are open here, innermost last.
    inner: Vec<Vec<Ident>>,
    hole: Option<Hole>,
}

impl<'c> Search<'c> {
    fn new(context: &'c Context<'c>, neutral: &[Ident]) -> Self {
        Search { context, neutral: neutral.to_vec(), inner: Vec::new(), hole: None }
    }

    fn meet(&mut self, node: Node<'_>) {
        if self.hole.is_some() {
            return;
        }
        self.hole = match node {
            Node::Expr(expr) => self.expr(expr),
            Node::From(item) => self.from(item),
            Node::Target(target) => writes(&target.name),
            Node::Operator(symbol) => self.operator(symbol, Span::default()),
            Node::Query(_) => {
                self.inner.push(Vec::new());
                None
            }
            Node::Cte(cte) => {
                // Its body is searched on its own; the statement that it belongs to is the innermost query, or writes.
                self.inner.last_mut().unwrap_or(&mut self.neutral).push(cte.name.clone());
                None
            }
            Node::End => {
                self.inner.pop();
                None
            }
        };
    }

    fn is_neutral(&self, name: &Name) -> bool {
        let mut known = self.inner.iter().flatten().chain(&self.neutral);
        name.parts.len() == 1 && known.any(|known| known == name.last())
    }

    fn from(&self, item: &FromItem) -> Option<Hole> {
        let FromKind::Table { name, .. } = &item.kind else { return None };
        if self.is_neutral(name) {
            return None;
        }
        match tenant_of(self.context, name) {
            Ok(None) => None,
            Ok(Some(_)) => {
                let message = format!("`{name}` is read in a subquery, which is not followed yet");
                let help = "write it as a join on the tenant column";
                Some(Hole::new(&unprovable::RULE, name.span, message).help(help))
            }
            Err(hole) => Some(hole),
        }
    }

    fn expr(&self, expr: &Expr) -> Option<Hole> {
        match &expr.kind {
            ExprKind::Call(call) => self.call(&call.name),
            ExprKind::Prefix(operator, _) | ExprKind::Infix(_, operator, _) => self.operator(operator, expr.span),
            ExprKind::Quantified { operator, .. } => self.operator(operator, expr.span),
            // `t.f` is the call `f(t)` where `t` has no such column.
            ExprKind::Column(parts) => {
                let [_, .., field] = parts.as_slice() else { return counted(parts.last()?, expr.span) };
                self.field(field, expr.span).or_else(|| counted(field, expr.span))
            }
            ExprKind::Indirection(_, steps) => steps.iter().find_map(|step| match step {
                Step::Field(field) => self.field(field, expr.span),
                _ => None,
            }),
            _ => None,
        }
    }

    fn field(&self, field: &Ident, span: Span) -> Option<Hole> {
        let routines = &self.context.effects.routines;
        let may_run = routines.is_known(field) && !routines.is_plain(field);
        may_run.then(|| unknown_function(&Name::simple(field.clone(), span), span))
    }

    fn operator(&self, operator: &Operator, span: Span) -> Option<Hole> {
        let is_own = match &operator.schema {
            Some(schema) => *schema == "pg_catalog",
            None => self.context.effects.routines.is_builtin_operator(&operator.symbol),
        };
        (!is_own).then(|| {
            let message = format!("what operator `{}` reads and writes is not known", operator.symbol);
            Hole::new(&unprovable::RULE, span, message).help("use an operator of PostgreSQL")
        })
    }

    fn call(&self, name: &Name) -> Option<Hole> {
        let routines = &self.context.effects.routines;
        let (plain, text) = (name.last(), name.last().as_str());
        let is_system = name.schema().is_some_and(|schema| *schema == "pg_catalog");
        let reads_no_table = match routines.is_known(plain) && !is_system {
            true => routines.is_plain(plain),
            false if is_system || name.schema().is_none() => {
                function::reads_no_table(text) || function::is_of_extension(text)
            }
            false => function::is_of_extension(text),
        };
        (!reads_no_table).then(|| unknown_function(name, name.span))
    }
}

/// PostgreSQL counts the rows of a table for all tenants together.
fn counted(column: &Ident, span: Span) -> Option<Hole> {
    system::counts_rows(column.as_str()).then(|| {
        let message = format!("`{column}` counts rows of every tenant");
        Hole::new(&unprovable::RULE, span, message)
    })
}

fn unknown_function(name: &Name, span: Span) -> Hole {
    let message = format!("what `{name}` reads and writes is not known");
    Hole::new(&unprovable::RULE, span, message).help("call a built-in function, or write what it does in the statement")
}
