//! The last names that definitions mention: of relations, types and routines.

use super::{Column, Constraint, Generated, Index, Object, Policy, Relation, Rule, Trigger};
use crate::pg::{Ident, Name, TypeName, operator};
use crate::query::visit::{self, Node};
use crate::query::{Expr, ExprKind, FromKind, Literal, Operator};
use crate::statement::Statement;
use crate::statement::object::Statement as ObjectStatement;
use crate::statement::object::function::{BodyStatementKind, CreateFunction, Returns, SqlBody};
use crate::statement::object::rule::RuleActionKind;
use crate::statement::relation::{IndexElement, Key, TableConstraintKind};

use super::Definition;

/// Built-in types that are written without a schema; nothing of a history has to do with them.
const PLAIN: &[&str] = &[
    "bytea", "cidr", "date", "inet", "json", "jsonb", "money", "name", "oid", "record", "regclass", "text", "trigger",
    "tsvector", "uuid", "void", "xml",
];

/// Calls `meet` for the names that the definition of a relation itself mentions; those of its parts are left out.
pub(super) fn of_relation(relation: &Relation, meet: &mut dyn FnMut(&Ident)) {
    relation.of_type.iter().for_each(|name| meet(name.last()));
    for element in relation.partition_by.iter().flat_map(|by| &by.elements) {
        element.collation.iter().chain(&element.operator_class).for_each(|name| meet(name.last()));
    }
    if let Some(view) = &relation.view {
        visit::query(&view.query, &mut |found| node(found, meet));
    }
}

/// Calls `meet` for the names that a constraint mentions.
pub(super) fn of_constraint(constraint: &Constraint, meet: &mut dyn FnMut(&Ident)) {
    match &constraint.definition.kind {
        TableConstraintKind::Check(condition) => expression(condition, meet),
        TableConstraintKind::Exclude(exclude) => {
            for (found, operator) in &exclude.elements {
                element(found, meet);
                symbol(operator, meet);
            }
            exclude.predicate.iter().for_each(|predicate| expression(predicate, meet));
        }
        _ => {}
    }
}

/// Calls `meet` for the names that an index mentions.
pub(super) fn of_index(index: &Index, meet: &mut dyn FnMut(&Ident)) {
    index.definition.elements.iter().for_each(|found| element(found, meet));
    index.definition.predicate.iter().for_each(|predicate| expression(predicate, meet));
}

fn element(element: &IndexElement, meet: &mut dyn FnMut(&Ident)) {
    if let Key::Expression(key) = &element.key {
        expression(key, meet);
    }
    let class = element.operator_class.iter().map(|class| &class.name);
    element.collation.iter().chain(class).for_each(|name| meet(name.last()));
}

/// Nothing of a history has to do with PostgreSQL's own operators.
fn symbol(operator: &Operator, meet: &mut dyn FnMut(&Ident)) {
    if !operator::is_builtin(&operator.symbol) {
        meet(&Ident::exact(&operator.symbol));
    }
}

/// Calls `meet` for the names that a rule mentions.
pub(super) fn of_rule(rule: &Rule, meet: &mut dyn FnMut(&Ident)) {
    rule.definition.condition.iter().for_each(|condition| expression(condition, meet));
    for action in &rule.definition.actions {
        if let RuleActionKind::Data(data) = &action.kind {
            visit::statement(data, &mut |found| node(found, meet));
        }
    }
}

/// Calls `meet` for the names that a policy mentions.
pub(super) fn of_policy(policy: &Policy, meet: &mut dyn FnMut(&Ident)) {
    policy.definition.using.iter().chain(&policy.definition.check).for_each(|expr| expression(expr, meet));
}

/// Calls `meet` for the names that a trigger mentions.
pub(super) fn of_trigger(trigger: &Trigger, meet: &mut dyn FnMut(&Ident)) {
    meet(trigger.definition.function.last());
    trigger.definition.condition.iter().for_each(|condition| expression(condition, meet));
}

/// Calls `meet` for the names that a column mentions.
pub(super) fn of_column(column: &Column, meet: &mut dyn FnMut(&Ident)) {
    column.type_name.iter().for_each(|of| type_name(of, meet));
    column.collation.iter().for_each(|name| meet(name.last()));
    column.default.iter().for_each(|value| expression(value, meet));
    if let Some(Generated::Expression(value, _)) = &column.generated {
        expression(value, meet);
    }
}

/// Calls `meet` for the names that the definition of an object mentions.
pub(super) fn of_object(object: &Object, meet: &mut dyn FnMut(&Ident)) {
    match &object.definition {
        Definition::Composite(found) => found.attributes.iter().for_each(|found| type_name(&found.type_name, meet)),
        Definition::Domain(domain) => {
            type_name(&domain.type_name, meet);
            domain.default.iter().for_each(|value| expression(value, meet));
        }
        Definition::Statement(statement) => {
            if let Statement::Object(object) = &**statement
                && let ObjectStatement::CreateFunction(create) = &**object
            {
                routine(create, meet);
            }
        }
        _ => {}
    }
}

fn routine(create: &CreateFunction, meet: &mut dyn FnMut(&Ident)) {
    for parameter in &create.parameters {
        type_name(&parameter.data_type, meet);
        parameter.default.iter().for_each(|value| expression(value, meet));
    }
    match &create.returns {
        Some(Returns::Type(of)) => type_name(of, meet),
        Some(Returns::Table(columns)) => columns.iter().for_each(|found| type_name(&found.data_type, meet)),
        None => {}
    }
    match &create.body {
        Some(SqlBody::Return(value)) => expression(value, meet),
        Some(SqlBody::Atomic(statements)) => {
            for statement in statements {
                match &statement.kind {
                    BodyStatementKind::Return(value) => expression(value, meet),
                    BodyStatementKind::Statement(inner) => {
                        if let Statement::Data(data) = &**inner {
                            visit::statement(data, &mut |found| node(found, meet));
                        }
                    }
                }
            }
        }
        None => {}
    }
}

fn expression(expr: &Expr, meet: &mut dyn FnMut(&Ident)) {
    // Most defaults are plain constants.
    if !matches!(expr.kind, ExprKind::Literal(_) | ExprKind::Value(_)) {
        visit::expr(expr, &mut |found| node(found, meet));
    }
}

fn node(node: Node<'_>, meet: &mut dyn FnMut(&Ident)) {
    match node {
        Node::Expr(Expr { kind: ExprKind::Call(call), .. }) => {
            meet(call.name.last());
            if let Some(argument) = call.arguments.first() {
                literal(&argument.value, meet);
            }
        }
        Node::Expr(Expr { kind: ExprKind::Cast(operand, of), .. }) => {
            type_name(of, meet);
            if matches!(of.name.last().as_str(), "regclass" | "regconfig") {
                literal(operand, meet);
            }
        }
        Node::Expr(Expr { kind: ExprKind::Infix(_, operator, _) | ExprKind::Prefix(operator, _), .. }) => {
            symbol(operator, meet);
        }
        Node::Expr(Expr { kind: ExprKind::Collate(_, name), .. }) => meet(name.last()),
        Node::From(item) => {
            if let FromKind::Table { name, .. } = &item.kind {
                meet(name.last());
            }
        }
        Node::Target(target) => meet(target.name.last()),
        _ => {}
    }
}

/// A string may name a relation: the argument of `nextval`, or a constant of type `regclass`.
fn literal(expr: &Expr, meet: &mut dyn FnMut(&Ident)) {
    if let ExprKind::Literal(Literal::String(text)) = &expr.kind
        && let Some(name) = Name::from_text(text)
    {
        meet(name.last());
    }
}

fn type_name(of: &TypeName, meet: &mut dyn FnMut(&Ident)) {
    let builtin = match of.name.schema() {
        Some(schema) => *schema == "pg_catalog",
        None => PLAIN.binary_search(&of.name.last().as_str()).is_ok(),
    };
    if !builtin {
        meet(of.name.last());
    }
    // `table.column%TYPE` is of a relation.
    if of.percent_type
        && let Some(relation) = of.name.schema()
    {
        meet(relation);
    }
}
