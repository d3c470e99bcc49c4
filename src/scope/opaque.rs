//! Parts that are not analysed: they are accepted only when they meet no tenant's rows at all.

use super::Context;
use super::block::tenant_of;
use super::judgement::Hole;
use crate::pg::{Ident, Name};
use crate::query::visit::{self, Node};
use crate::query::{DataStatement, Expr, ExprKind, FromItem, FromKind, Query, With};
use crate::rules::scope::unprovable;
use crate::source::Span;

/// Finds what makes an expression more than a function of the rows at hand.
pub(super) fn expr(context: &Context<'_>, expr: &Expr, neutral: &[Ident]) -> Option<Hole> {
    let mut search = Search::new(context, neutral);
    visit::expr(expr, &mut |node| search.meet(node));
    search.hole
}

/// Finds what makes a query meet more than rows of nobody.
pub(super) fn query(context: &Context<'_>, query: &Query, neutral: &[Ident]) -> Option<Hole> {
    let mut search = Search::new(context, neutral);
    visit::query(query, &mut |node| search.meet(node));
    search.hole
}

/// Finds what makes a statement meet more than rows of nobody; one that writes always does.
pub(super) fn statement(context: &Context<'_>, statement: &DataStatement, neutral: &[Ident]) -> Option<Hole> {
    match statement {
        DataStatement::Query(inner) => query(context, inner, neutral),
        DataStatement::Insert(insert) => writes(&insert.target.name),
        DataStatement::Update(update) => writes(&update.target.name),
        DataStatement::Delete(delete) => writes(&delete.target.name),
        DataStatement::Merge(merge) => writes(&merge.target.name),
    }
}

fn writes(name: &Name) -> Option<Hole> {
    let message = format!("a common table expression writes `{name}`, which is not followed yet");
    Some(Hole::new(&unprovable::RULE, name.span, message).help("write it as a statement of its own"))
}

struct Search<'c> {
    context: &'c Context<'c>,
    neutral: Vec<Ident>,
    hole: Option<Hole>,
}

impl<'c> Search<'c> {
    fn new(context: &'c Context<'c>, neutral: &[Ident]) -> Self {
        Search { context, neutral: neutral.to_vec(), hole: None }
    }

    fn meet(&mut self, node: Node<'_>) {
        if self.hole.is_some() {
            return;
        }
        self.hole = match node {
            Node::Expr(expr) => self.call(expr),
            Node::From(item) => self.from(item),
            Node::Target(target) => writes(&target.name),
            Node::Query(query) => {
                // Names of a WITH are looked up as tables otherwise: their bodies are met on their own.
                self.neutral.extend(query.with.iter().flat_map(|with: &With| &with.ctes).map(|cte| cte.name.clone()));
                None
            }
        };
    }

    fn from(&self, item: &FromItem) -> Option<Hole> {
        let FromKind::Table { name, .. } = &item.kind else { return None };
        if name.parts.len() == 1 && self.neutral.contains(name.last()) {
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

    fn call(&self, expr: &Expr) -> Option<Hole> {
        let ExprKind::Call(call) = &expr.kind else { return None };
        let name = call.name.last();
        let builtin = match call.name.schema() {
            None => !self.context.effects.is_routine(name),
            Some(schema) => *schema == "pg_catalog",
        };
        if builtin && crate::pg::function::reads_no_table(name.as_str()) {
            return None;
        }
        Some(unknown_function(&call.name, call.name.span))
    }
}

fn unknown_function(name: &Name, span: Span) -> Hole {
    let message = format!("what `{name}` reads and writes is not known");
    Hole::new(&unprovable::RULE, span, message).help("call a built-in function, or write what it does in the statement")
}
