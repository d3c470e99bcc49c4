//! The definitions that a catalog holds, each with what it uses.

use super::uses::{Collector, Uses};
use super::{Surroundings, functions};
use crate::catalog::{Address, Catalog, Class, Definition, Generated, Index, Object, Policy, Relation, Rule, Trigger};
use crate::pg::Ident;
use crate::query::{DataStatement, Expr};
use crate::statement::Statement;
use crate::statement::object::Statement as ObjectStatement;
use crate::statement::object::function::{BodyStatementKind, CreateFunction, Returns, SqlBody};
use crate::statement::object::rule::RuleActionKind;
use crate::statement::object::trigger::TriggerEvent;
use crate::statement::relation::{Exclude, IndexElement, Key, PartitionBy, PartitionStrategy, TableConstraintKind};

/// A definition that depends on others: an object or a part of one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Definer {
    /// What has the definition.
    pub address: Address,
    /// Which definition of it.
    pub part: Part,
}

/// Which definition of a thing depends on others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The thing itself: it goes when what it uses goes.
    Whole,
    /// The default of a column, which goes alone.
    Default,
}

/// Where definitions are looked at, and the name of the column whose uses alone are asked for.
type Sought<'a> = (&'a Catalog, Option<&'a Ident>);

impl Definer {
    fn whole(address: Address) -> Self {
        Definer { address, part: Part::Whole }
    }
}

/// Calls `meet` with every definition of a relation and its parts, and what that uses; where only columns of one name are asked
/// for, other uses may be missing.
pub(super) fn of_relation((catalog, column): Sought<'_>, relation: &Relation, meet: &mut dyn FnMut(Definer, Uses)) {
    let table = || relation.name.clone();
    if let Some(view) = &relation.view {
        let mut found = Collector::of(catalog, column);
        found.query(&view.query);
        meet(Definer::whole(Address::Relation(table())), found.uses);
    }
    if let Some(by) = &relation.partition_by {
        meet(Definer::whole(Address::Relation(table())), partitioning((catalog, column), by));
    }
    columns((catalog, column), relation, meet);
    for constraint in &relation.constraints {
        let uses = match &constraint.definition.kind {
            TableConstraintKind::Check(condition) => {
                of_expression((catalog, column), condition, &Surroundings::table(&relation.name))
            }
            TableConstraintKind::Exclude(exclude) => exclusion((catalog, column), relation, exclude),
            _ => continue,
        };
        meet(Definer::whole(Address::Constraint(table(), constraint.name.clone())), uses);
    }
    for found in &relation.indexes {
        meet(Definer::whole(Address::Index(table(), found.name.clone())), index((catalog, column), relation, found));
    }
    for (name, found) in &relation.rules {
        meet(Definer::whole(Address::Rule(table(), name.clone())), rule((catalog, column), relation, found));
    }
    for (name, found) in &relation.policies {
        meet(Definer::whole(Address::Policy(table(), name.clone())), policy((catalog, column), relation, found));
    }
    for (name, found) in &relation.triggers {
        meet(Definer::whole(Address::Trigger(table(), name.clone())), trigger((catalog, column), relation, found));
    }
}

fn columns((catalog, sought): Sought<'_>, relation: &Relation, meet: &mut dyn FnMut(Definer, Uses)) {
    for column in &relation.columns {
        let address = || Address::Column(relation.name.clone(), column.name.clone());
        let mut own = Collector::of(catalog, sought);
        // The columns of a view have the types that its query gives.
        if relation.view.is_none() {
            column.type_name.iter().for_each(|of| own.type_name(of));
        }
        column.collation.iter().for_each(|name| own.object(Class::Collation, name));
        if let Some(Generated::Expression(value, _)) = &column.generated {
            own.expression(value, &Surroundings::table(&relation.name));
        }
        meet(Definer::whole(address()), own.uses);
        if let Some(value) = &column.default {
            let uses = of_expression((catalog, sought), value, &Surroundings::default());
            meet(Definer { address: address(), part: Part::Default }, uses);
        }
    }
}

fn of_expression((catalog, column): Sought<'_>, expr: &Expr, around: &Surroundings) -> Uses {
    let mut found = Collector::of(catalog, column);
    found.expression(expr, around);
    found.uses
}

fn index((catalog, column): Sought<'_>, relation: &Relation, index: &Index) -> Uses {
    let mut found = Collector::of(catalog, column);
    let definition = &index.definition;
    let keys = definition.elements.iter().chain(&definition.include);
    keys.for_each(|element| key(&mut found, relation, (element, definition.access_method.as_ref())));
    let around = Surroundings::table(&relation.name);
    definition.predicate.iter().for_each(|predicate| found.expression(predicate, &around));
    found.uses
}

fn key(found: &mut Collector<'_>, relation: &Relation, (element, method): (&IndexElement, Option<&Ident>)) {
    match &element.key {
        Key::Column(name) => drop(found.uses.insert(Address::Column(relation.name.clone(), name.clone()))),
        Key::Expression(key) => found.expression(key, &Surroundings::table(&relation.name)),
    }
    element.collation.iter().for_each(|name| found.object(Class::Collation, name));
    element.operator_class.iter().for_each(|class| found.class(&class.name, method));
}

fn exclusion((catalog, column): Sought<'_>, relation: &Relation, exclude: &Exclude) -> Uses {
    let mut found = Collector::of(catalog, column);
    for (element, operator) in &exclude.elements {
        key(&mut found, relation, (element, exclude.access_method.as_ref()));
        found.operator(operator);
    }
    let around = Surroundings::table(&relation.name);
    exclude.predicate.iter().for_each(|predicate| found.expression(predicate, &around));
    found.uses
}

/// What a partition key uses beside its columns, which nobody can drop.
fn partitioning((catalog, column): Sought<'_>, by: &PartitionBy) -> Uses {
    let mut found = Collector::of(catalog, column);
    let hash = Ident::exact("hash");
    let method = Some(&hash).filter(|_| by.strategy == PartitionStrategy::Hash);
    for element in &by.elements {
        element.collation.iter().for_each(|name| found.object(Class::Collation, name));
        element.operator_class.iter().for_each(|name| found.class(name, method));
    }
    found.uses
}

fn rule((catalog, column): Sought<'_>, relation: &Relation, rule: &Rule) -> Uses {
    let around = Surroundings::old_and_new(&relation.name);
    let mut found = Collector::of(catalog, column);
    rule.definition.condition.iter().for_each(|condition| found.expression(condition, &around));
    for action in &rule.definition.actions {
        if let RuleActionKind::Data(data) = &action.kind {
            found.statement(data, &around);
        }
    }
    found.uses
}

fn policy((catalog, column): Sought<'_>, relation: &Relation, policy: &Policy) -> Uses {
    let around = Surroundings::table(&relation.name);
    let mut found = Collector::of(catalog, column);
    let conditions = policy.definition.using.iter().chain(&policy.definition.check);
    conditions.for_each(|condition| found.expression(condition, &around));
    found.uses
}

fn trigger((catalog, column): Sought<'_>, relation: &Relation, trigger: &Trigger) -> Uses {
    let mut found = Collector::of(catalog, column);
    let condition = trigger.definition.condition.iter();
    condition.for_each(|condition| found.expression(condition, &Surroundings::old_and_new(&relation.name)));
    for event in &trigger.definition.events {
        if let TriggerEvent::Update(columns) = event {
            let named = columns.iter().map(|name| Address::Column(relation.name.clone(), name.clone()));
            found.uses.extend(named);
        }
    }
    let all = catalog.objects_named(Class::Routine, &trigger.definition.function);
    let mut called = all.iter().filter(|object| created(object).is_none_or(|create| functions::takes(create, 0)));
    if let (Some(object), None) = (called.next(), called.next()) {
        found.uses.insert(Address::Object(object.id.clone()));
    }
    found.uses
}

/// Returns what the definition of an object uses.
pub(super) fn of_object(catalog: &Catalog, object: &Object) -> Uses {
    let mut found = Collector::new(catalog);
    match &object.definition {
        Definition::Composite(of) => of.attributes.iter().for_each(|part| found.type_name(&part.type_name)),
        Definition::Domain(domain) => {
            found.type_name(&domain.type_name);
            domain.default.iter().for_each(|value| found.expression(value, &Surroundings::default()));
        }
        _ => created(object).into_iter().for_each(|create| routine(create, &mut found)),
    }
    // A definition that mentions its own type or routine does not keep it.
    found.uses.remove(&Address::Object(object.id.clone()));
    found.uses
}

fn routine(create: &CreateFunction, found: &mut Collector<'_>) {
    for parameter in &create.parameters {
        found.type_name(&parameter.data_type);
        parameter.default.iter().for_each(|value| found.expression(value, &Surroundings::default()));
    }
    match &create.returns {
        Some(Returns::Type(of)) => found.type_name(of),
        Some(Returns::Table(columns)) => columns.iter().for_each(|column| found.type_name(&column.data_type)),
        None => {}
    }
    let around = inside(create);
    match &create.body {
        Some(SqlBody::Return(value)) => found.expression(value, &around),
        Some(SqlBody::Atomic(statements)) => {
            for statement in statements {
                match &statement.kind {
                    BodyStatementKind::Return(value) => found.expression(value, &around),
                    BodyStatementKind::Statement(inner) => data(inner, found, &around),
                }
            }
        }
        None => {}
    }
}

fn data(statement: &Statement, found: &mut Collector<'_>, around: &Surroundings) {
    if let Statement::Data(data) = statement {
        let data: &DataStatement = data;
        found.statement(data, around);
    }
}

/// Returns what the body of a routine sees.
pub(super) fn inside(create: &CreateFunction) -> Surroundings {
    let parameters: Vec<Ident> = create.parameters.iter().filter_map(|parameter| parameter.name.clone()).collect();
    Surroundings { rows: Vec::new(), parameters, routine: Some(create.name.last().clone()) }
}

/// Returns the statement that makes a function or procedure.
pub(super) fn created(object: &Object) -> Option<&CreateFunction> {
    match &object.definition {
        Definition::Statement(statement) => match &**statement {
            Statement::Object(object) => match &**object {
                ObjectStatement::CreateFunction(create) => Some(create),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}
