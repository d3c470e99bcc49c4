//! Rules: what PostgreSQL's rewriter adds to a write, or puts in its place.
//!
//! An action is read for any row that the original statement meets; one that names neither `old` nor `new` is read as if
//! it always ran. The original statement is read whether a rule stands in for it or not.

use super::analysis::{Analysis, unfollowed};
use super::node::{Child, NodeId, Output, Runs, Stack};
use super::trigger::Target;
use super::variables::Variables;
use crate::catalog::{Relation, Rule};
use crate::pg::Ident;
use crate::query::visit::{self, Node};
use crate::query::{DataStatement, Expr, ExprKind, Returning};
use crate::scope::{Designator, Hole};
use crate::source::Span;
use crate::statement::object::rule::{CreateRule, RuleActionKind, RuleEvent, RuleMode};
use crate::statement::relation::Firing;

/// How deep rules set off others.
const DEPTH: usize = 8;

/// The rows of the original statement: as they were, and as they are to be.
#[derive(Clone, Debug, Default)]
pub(super) struct Versions {
    /// `old`.
    pub(super) old: Option<Vec<Output>>,
    /// `new`.
    pub(super) new: Option<Vec<Output>>,
}

impl<'a> Analysis<'a> {
    /// Reads what the rules of a relation make of a write to it.
    pub(super) fn rewritten(
        &mut self,
        (relation, event): (&'a Relation, RuleEvent),
        versions: &Versions,
        target: &Target,
    ) -> Result<(), Hole> {
        for rule in applying(relation, event) {
            if self.rewriting >= DEPTH {
                return Err(unfollowed(target.span, "rules that set off each other so often"));
            }
            self.rewriting += 1;
            let read = self.rule_actions(&rule.definition, versions, target.span);
            self.rewriting -= 1;
            let name = &rule.definition.name;
            read.map_err(|hole| {
                let message = format!("rule `{name}` on `{}`: {}", relation.name.last(), hole.message);
                Hole { message, span: target.span, ..hole }
            })?;
        }
        Ok(())
    }

    /// Refuses RETURNING where a rule may give the rows.
    pub(super) fn returns_own(
        &self,
        (relation, event): (&Relation, RuleEvent),
        returning: &Option<Returning>,
        span: Span,
    ) -> Result<(), Hole> {
        let mut instead = applying(relation, event).filter(|rule| rule.definition.mode == RuleMode::Instead);
        match (returning, instead.next()) {
            (Some(_), Some(rule)) => Err(unfollowed(span, &format!("what rule `{}` returns", rule.definition.name))),
            _ => Ok(()),
        }
    }

    /// Reads a rule for any row of a tenant.
    pub(super) fn any_rewriting(&mut self, rule: &CreateRule) -> Result<(), Hole> {
        let name = &rule.relation;
        let missing = || unfollowed(name.span, &format!("what `{name}` is"));
        let relation =
            self.catalog().relation(name).filter(|relation| relation.is_known_table()).ok_or_else(missing)?;
        let tenant = self.fixed(Designator::LookedUp("the row's tenant".to_owned()));
        let row = |analysis: &mut Self| {
            let row = analysis.any_row(relation, Some(tenant))?;
            Ok::<_, Hole>(Some(analysis.columns_of(relation, row)))
        };
        let versions = match rule.event {
            RuleEvent::Select => return Err(unfollowed(name.span, "a rule that makes a view")),
            RuleEvent::Insert => Versions { old: None, new: Some(self.any_columns(relation, Some(tenant))) },
            RuleEvent::Delete => Versions { old: row(self)?, new: None },
            RuleEvent::Update => Versions { old: row(self)?, new: Some(self.any_columns(relation, Some(tenant))) },
        };
        self.rule_actions(rule, &versions, name.span)
    }

    fn rule_actions(&mut self, rule: &CreateRule, versions: &Versions, span: Span) -> Result<(), Hole> {
        let condition = rule.condition.as_ref();
        for action in &rule.actions {
            let RuleActionKind::Data(data) = &action.kind else { continue };
            let meets_rows = names_rows(data, condition);
            self.later();
            self.begin();
            let outer = std::mem::replace(&mut self.variables, as_variables(versions));
            let read =
                self.placed(span, |analysis| analysis.outside_of_all(|analysis| analysis.rule_action(data, condition)));
            self.variables = outer;
            self.later();
            if let Err(hole) = read {
                self.open.pop();
                return Err(hole);
            }
            let node: NodeId = self.end()?;
            let runs = if meets_rows { Runs::ForRows } else { Runs::Always };
            self.block().children.push(Child { node, stack: Stack::new(), links: Vec::new(), runs });
        }
        Ok(())
    }

    fn rule_action(&mut self, data: &DataStatement, condition: Option<&Expr>) -> Result<(), Hole> {
        if let Some(span) = parameter(data, condition) {
            return Err(unfollowed(span, "what a rule was given when it was made"));
        }
        if let Some(condition) = condition {
            self.levels.push(Default::default());
            let held = self.filters_by(condition);
            self.levels.pop();
            self.fact(&Stack::new(), held?);
        }
        let node = self.statement(data)?;
        self.child(node, &Stack::new(), Vec::new());
        Ok(())
    }
}

fn as_variables(versions: &Versions) -> Variables {
    let mut variables = Variables::of_body(Vec::new());
    for (name, row) in [("old", &versions.old), ("new", &versions.new)] {
        if let Some(columns) = row {
            variables.row(Ident::exact(name), columns.clone());
        }
    }
    variables
}

/// The rules that apply to a write.
pub(super) fn applying(relation: &Relation, event: RuleEvent) -> impl Iterator<Item = &Rule> {
    let is_on = |rule: &&Rule| matches!(rule.firing, Firing::Enable | Firing::EnableAlways);
    relation.rules.values().filter(move |rule| rule.definition.event == event).filter(is_on)
}

/// Says whether an action is joined to the rows of the original statement.
fn names_rows(data: &DataStatement, condition: Option<&Expr>) -> bool {
    let mut found = false;
    let mut meet = |node: Node<'_>| {
        if let Node::Expr(Expr { kind: ExprKind::Column(parts) | ExprKind::Star(parts), .. }) = node {
            found |= matches!(parts.as_slice(), [row, ..] if *row == "old" || *row == "new");
        }
    };
    visit::statement(data, &mut meet);
    condition.into_iter().for_each(|condition| visit::expr(condition, &mut meet));
    found
}

/// Finds a parameter, whose value was that of the moment when the rule was made.
fn parameter(data: &DataStatement, condition: Option<&Expr>) -> Option<Span> {
    let mut found = None;
    let mut meet = |node: Node<'_>| {
        if let Node::Expr(Expr { kind: ExprKind::Parameter(_), span }) = node {
            found = found.or(Some(*span));
        }
    };
    visit::statement(data, &mut meet);
    condition.into_iter().for_each(|condition| visit::expr(condition, &mut meet));
    found
}
