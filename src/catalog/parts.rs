//! What belongs to a relation beside columns, constraints and indexes.

use super::{Shared, names};
use crate::pg::Ident;
use crate::query::{Body, Distinct, Expr, ExprKind, GroupItem, Literal, Query, SelectItem};
use crate::statement::object::policy::CreatePolicy;
use crate::statement::object::rule::CreateRule;
use crate::statement::object::trigger::CreateTrigger;
use crate::statement::relation::{CheckOption, Firing, GenericOption, WithData};

/// A trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// The statement that makes it, without `OR REPLACE`.
    pub definition: Box<CreateTrigger>,
    /// When it fires.
    pub firing: Firing,
    /// Whether it is a partition's copy of its parent's trigger.
    pub inherited: bool,
    /// What all kinds of objects have: here a comment.
    pub shared: Shared,
}

/// A row security policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The statement that makes it.
    pub definition: Box<CreatePolicy>,
    /// What all kinds of objects have: here a comment.
    pub shared: Shared,
}

/// A rewrite rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The statement that makes it, without `OR REPLACE`.
    pub definition: Box<CreateRule>,
    /// When it applies.
    pub firing: Firing,
    /// What all kinds of objects have: here a comment.
    pub shared: Shared,
}

/// What a view or a materialized view shows. Its parameters are those of its relation's storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The query, its relations qualified.
    pub query: Query,
    /// The names of the columns where the statement gives them.
    pub columns: Vec<Ident>,
    /// `WITH CHECK OPTION`.
    pub check_option: Option<CheckOption>,
    /// Whether a materialized view holds rows.
    pub with_data: WithData,
}

/// Where the rows of a foreign table lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// The server.
    pub server: Ident,
    /// `OPTIONS`, in the order of their names.
    pub options: Vec<GenericOption>,
}

impl View {
    /// Gives a column of the query's result another name; false when the query has no place for one.
    pub fn name_output(&mut self, at: usize, name: &Ident) -> bool {
        let mut query = &mut self.query;
        let mut sorted: Vec<&mut Expr> = Vec::new();
        loop {
            sorted.extend(query.order_by.iter_mut().map(|item| &mut item.expr));
            match &mut query.body {
                Body::SetOperation { left, .. } => query = left,
                Body::Values(_) => return false,
                Body::Select(select) => {
                    let is_star = |item: &SelectItem| matches!(item.expr.kind, ExprKind::Star(_));
                    if select.items.iter().any(is_star) {
                        return false;
                    }
                    let Some(item) = select.items.get_mut(at) else { return false };
                    let own = Ident::exact(&names::figured(&item.expr).unwrap_or_else(|| "?column?".to_owned()));
                    let old = item.alias.replace(name.clone()).unwrap_or_else(|| own.clone());
                    item.alias = item.alias.take().filter(|alias| *alias != own);
                    if old != *name {
                        if let Distinct::On(keys) = &mut select.distinct {
                            sorted.extend(keys);
                        }
                        sorted.extend(select.group_by.items.iter_mut().filter_map(|item| match item {
                            GroupItem::Expr(key) => Some(key),
                            _ => None,
                        }));
                        sorted.into_iter().for_each(|key| number(key, &old, at));
                    }
                    return true;
                }
            }
        }
    }
}

/// A sort key that is the old name of a column becomes its number, which no name can take from it.
fn number(key: &mut Expr, old: &Ident, at: usize) {
    if matches!(&key.kind, ExprKind::Column(parts) if parts.as_slice() == std::slice::from_ref(old)) {
        key.kind = ExprKind::Literal(Literal::Number((at + 1).to_string()));
    }
}
