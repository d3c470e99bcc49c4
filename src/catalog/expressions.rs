//! Every expression and query in the definitions of relations and objects, to change what they name.

use super::{Definition, Generated, Object, Relation};
use crate::query::Expr;
use crate::query::visit_mut::{self, NodeMut};
use crate::statement::Statement;
use crate::statement::object::Statement as Made;
use crate::statement::object::function::{BodyStatementKind, CreateFunction, SqlBody};
use crate::statement::object::rule::RuleActionKind;
use crate::statement::relation::{DomainConstraintKind, IndexElement, Key, TableConstraintKind};

type Meet<'m> = dyn FnMut(NodeMut<'_>) + 'm;

impl Relation {
    /// Calls `meet` for everything in the expressions and queries of a relation and its parts.
    pub(super) fn each_node(&mut self, meet: &mut Meet<'_>) {
        for column in &mut self.columns {
            column.default.iter_mut().for_each(|value| expression(value, meet));
            if let Some(Generated::Expression(value, _)) = &mut column.generated {
                expression(value, meet);
            }
        }
        for constraint in &mut self.constraints {
            match &mut constraint.definition.kind {
                TableConstraintKind::Check(condition) => expression(condition, meet),
                TableConstraintKind::Exclude(exclude) => {
                    exclude.elements.iter_mut().for_each(|(found, _)| element(found, meet));
                    exclude.predicate.iter_mut().for_each(|predicate| expression(predicate, meet));
                }
                _ => {}
            }
        }
        for index in &mut self.indexes {
            index.definition.elements.iter_mut().for_each(|found| element(found, meet));
            index.definition.predicate.iter_mut().for_each(|predicate| expression(predicate, meet));
        }
        for found in self.partition_by.iter_mut().flat_map(|by| &mut by.elements) {
            key(&mut found.key, meet);
        }
        if let Some(view) = &mut self.view {
            visit_mut::query(&mut view.query, meet);
        }
        for rule in self.rules.values_mut() {
            rule.definition.condition.iter_mut().for_each(|condition| expression(condition, meet));
            for action in &mut rule.definition.actions {
                if let RuleActionKind::Data(data) = &mut action.kind {
                    visit_mut::statement(data, meet);
                }
            }
        }
        for policy in self.policies.values_mut() {
            let conditions = policy.definition.using.iter_mut().chain(&mut policy.definition.check);
            conditions.for_each(|condition| expression(condition, meet));
        }
        for trigger in self.triggers.values_mut() {
            trigger.definition.condition.iter_mut().for_each(|condition| expression(condition, meet));
        }
    }
}

impl Object {
    /// Calls `meet` for everything in the expressions and queries of an object.
    pub(super) fn each_node(&mut self, meet: &mut Meet<'_>) {
        match &mut self.definition {
            Definition::Domain(domain) => {
                domain.default.iter_mut().for_each(|value| expression(value, meet));
                for check in domain.constraints.values_mut() {
                    if let DomainConstraintKind::Check { condition, .. } = &mut check.definition.kind {
                        expression(condition, meet);
                    }
                }
            }
            Definition::Statement(statement) => {
                if let Statement::Object(made) = &mut **statement
                    && let Made::CreateFunction(create) = &mut **made
                {
                    routine(create, meet);
                }
            }
            _ => {}
        }
    }
}

fn expression(expr: &mut Expr, meet: &mut Meet<'_>) {
    visit_mut::expr(expr, meet);
}

fn element(element: &mut IndexElement, meet: &mut Meet<'_>) {
    key(&mut element.key, meet);
}

fn key(key: &mut Key, meet: &mut Meet<'_>) {
    if let Key::Expression(value) = key {
        expression(value, meet);
    }
}

fn routine(create: &mut CreateFunction, meet: &mut Meet<'_>) {
    for parameter in &mut create.parameters {
        parameter.default.iter_mut().for_each(|value| expression(value, meet));
    }
    match &mut create.body {
        Some(SqlBody::Return(value)) => expression(value, meet),
        Some(SqlBody::Atomic(statements)) => {
            for statement in statements {
                match &mut statement.kind {
                    BodyStatementKind::Return(value) => expression(value, meet),
                    BodyStatementKind::Statement(inner) => {
                        if let Statement::Data(data) = &mut **inner {
                            visit_mut::statement(data, meet);
                        }
                    }
                }
            }
        }
        None => {}
    }
}
