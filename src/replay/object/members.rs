//! ALTER of what an object lists or is set to: publications, subscriptions, statistics, operators, event triggers.

use super::super::{Followed, Lowering};
use super::{add, alter, define, find, qualified, redefine, refuse};
use crate::catalog::names::{Names, joined};
use crate::catalog::{Catalog, CatalogError, Class, Definition, Mention, Object, ObjectId, Relation};
use crate::changes::AlterObject;
use crate::pg::{Ident, Name, TypeName};
use crate::source::Span;
use crate::statement::Statement;
use crate::statement::object::Statement as Made;
use crate::statement::object::definition::{Definition as Item, DefinitionValue};
use crate::statement::object::operator::AlterOperator;
use crate::statement::object::operator_class::{
    AlterOperatorFamily, ClassItem, ClassItemKind, DroppedItem, DroppedKind, FamilyChange,
};
use crate::statement::object::publication::{
    AlterPublication, AlterSubscription, MemberAction, PublicationChange, PublicationObject, PublicationObjectKind,
    PublicationScope, SubscriptionChange,
};
use crate::statement::object::trigger::AlterEventTrigger;
use crate::statement::relation::{
    AlterStatistics, CreateStatistics, GenericChange, Key, Statement as OfRelation, StatisticsChange,
};

fn found<'a>(lowering: &mut Lowering<'_>, found: Result<&'a Object, CatalogError>) -> Option<&'a Object> {
    found.map_err(|error| lowering.fail(error)).ok()
}

/// Lowers CREATE STATISTICS, with the name that PostgreSQL chooses.
pub(super) fn create_statistics(lowering: &mut Lowering<'_>, create: &CreateStatistics, _: &Statement) -> Followed {
    let catalog = lowering.catalog;
    let mut made = CreateStatistics { if_not_exists: false, ..create.clone() };
    let table = match catalog.existing(&create.table) {
        Ok(table) => {
            order(&mut made.elements, table);
            table.name.clone()
        }
        Err(error) => {
            lowering.fail(error);
            catalog.qualified(&create.table)
        }
    };
    let name = match &create.name {
        Some(name) => catalog.qualified(name),
        None => chosen(catalog, &table, &create.elements, &[]),
    };
    made.name = Some(name.clone());
    let statement = Statement::Relation(Box::new(OfRelation::CreateStatistics(Box::new(made))));
    let object = qualified(catalog, Class::Statistics, &name, Definition::Extended(statement.into(), Vec::new()));
    if create.if_not_exists && catalog.object(&object.id).is_some() {
        return Followed::Yes;
    }
    add(lowering, object)
}

/// Puts what statistics are about in the order in which PostgreSQL keeps it: columns as in their table, then expressions.
pub(in crate::replay) fn order(elements: &mut [Key], table: &Relation) {
    elements.sort_by_key(|key| match key {
        Key::Column(name) => table.columns.iter().position(|column| column.name == *name),
        Key::Expression(_) => Some(table.columns.len()),
    });
}

/// Returns the name that PostgreSQL gives statistics of a table beside others that the same statement makes.
pub(in crate::replay) fn chosen(catalog: &Catalog, table: &Name, elements: &[Key], made: &[Name]) -> Name {
    let placed = |name: &Ident| {
        let parts = table.schema().into_iter().chain([name]).cloned().collect();
        Name { parts, span: Span::default() }
    };
    let columns: Vec<String> = elements.iter().map(label).collect();
    let taken = |name: &Ident| {
        let name = placed(name);
        made.contains(&name) || !catalog.objects_named(Class::Statistics, &name).is_empty()
    };
    placed(&Names::statistics(table.last(), &joined(&columns), taken))
}

/// Source: `ChooseExtendedStatisticNameAddition` of PostgreSQL 15.
fn label(key: &Key) -> String {
    match key {
        Key::Column(name) => name.as_str().to_owned(),
        Key::Expression(_) => "expr".to_owned(),
    }
}

/// Lowers ALTER STATISTICS.
pub(super) fn alter_statistics(lowering: &mut Lowering<'_>, alter: &AlterStatistics) -> Followed {
    let object = match find::named(lowering.catalog, Class::Statistics, &alter.name) {
        Ok(object) => object,
        Err(_) if alter.if_exists => return Followed::Yes,
        Err(error) => {
            lowering.fail(error);
            return Followed::Yes;
        }
    };
    match &alter.change {
        StatisticsChange::SetTarget(target) => {
            let mut to = object.clone();
            let Definition::Extended(_, completed) = &mut to.definition else { return Followed::No };
            // -1 stands for the server's own choice.
            let change = StatisticsChange::SetTarget(*target);
            let set = AlterStatistics { if_exists: false, name: object.id.name.clone(), change };
            *completed = target.filter(|target| *target >= 0).map(|_| set).into_iter().map(as_statement).collect();
            redefine(lowering, object, to)
        }
        StatisticsChange::Generic(GenericChange::Rename(name)) => {
            alter::rename(lowering, object, name);
            Followed::Yes
        }
        StatisticsChange::Generic(GenericChange::SetSchema(schema)) => {
            alter::set_schema(lowering, object, schema);
            Followed::Yes
        }
        StatisticsChange::Generic(GenericChange::OwnerTo(role)) => {
            alter::owner(lowering, object, role);
            Followed::Yes
        }
    }
}

fn as_statement(alter: AlterStatistics) -> Statement {
    Statement::Relation(Box::new(OfRelation::AlterStatistics(alter)))
}

/// Lowers ALTER EVENT TRIGGER that switches it.
pub(super) fn alter_event_trigger(lowering: &mut Lowering<'_>, alter: &AlterEventTrigger) -> Followed {
    let object = find::plain(lowering.catalog, Class::EventTrigger, &alter.name);
    let Some(object) = found(lowering, object) else { return Followed::Yes };
    let Definition::EventTrigger(statement, _) = &object.definition else { return Followed::No };
    let to = Definition::EventTrigger(statement.clone(), alter.firing);
    define(lowering, object, &to);
    Followed::Yes
}

/// Lowers ALTER OPERATOR … SET.
pub(super) fn alter_operator(lowering: &mut Lowering<'_>, alter: &AlterOperator) -> Followed {
    let object = find::operator(lowering.catalog, &alter.operator);
    let Some(object) = found(lowering, object) else { return Followed::Yes };
    let mut to = object.clone();
    let Some(Statement::Object(made)) = to.definition.statement_mut() else { return Followed::No };
    let Made::CreateOperator(create) = &mut **made else { return Followed::No };
    set(&mut create.options, &alter.options);
    redefine(lowering, object, to)
}

/// Puts options in the place of those of their names; one without a value takes away.
pub(super) fn set(options: &mut Vec<Item>, changes: &[Item]) {
    for change in changes {
        let change = Item { span: Span::default(), ..change.clone() };
        let at = options.iter().position(|option| option.name == change.name);
        match (at, change.value.is_some()) {
            (Some(at), true) => options[at] = change,
            (Some(at), false) => drop(options.remove(at)),
            (None, true) => options.push(change),
            (None, false) => {}
        }
    }
}

/// Lowers ALTER OPERATOR FAMILY; every member is kept as a statement of its own.
pub(super) fn alter_family(lowering: &mut Lowering<'_>, alter: &AlterOperatorFamily) -> Followed {
    let wanted = crate::catalog::ObjectId::using(Class::OperatorFamily, alter.name.clone(), &alter.method);
    let mut candidates = lowering.catalog.objects_named(Class::OperatorFamily, &alter.name).into_iter();
    let Some(object) = candidates.find(|object| object.id.signature == wanted.signature) else {
        lowering.fail(CatalogError::Undefined(crate::catalog::Address::Object(wanted)));
        return Followed::Yes;
    };
    let mut to = object.clone();
    let Definition::Extended(_, members) = &mut to.definition else { return Followed::No };
    match &alter.change {
        FamilyChange::Add(items) => {
            for item in items {
                let item = member(item, (lowering.catalog, &alter.method));
                let add = AlterOperatorFamily { change: FamilyChange::Add(vec![item]), ..alter.clone() };
                let statement = Statement::Object(Box::new(Made::AlterOperatorFamily(Box::new(add))));
                if !members.contains(&statement) {
                    members.push(statement);
                }
            }
            members.sort_by_key(ToString::to_string);
        }
        FamilyChange::Drop(items) => members.retain(|statement| {
            let Statement::Object(made) = statement else { return true };
            let Made::AlterOperatorFamily(member) = &**made else { return true };
            let FamilyChange::Add(held) = &member.change else { return true };
            !held.iter().any(|held| items.iter().any(|item| is_dropped(held, item, lowering.catalog)))
        }),
    }
    redefine(lowering, object, to)
}

/// Writes the operand types of a function that joins a family, where the access method implies them.
///
/// Source: `assignProcTypes` of PostgreSQL 15.
fn member(item: &ClassItem, (catalog, method): (&Catalog, &Ident)) -> ClassItem {
    let mut item = ClassItem { span: Span::default(), ..item.clone() };
    if let ClassItemKind::Function { number: 1, types, function } = &mut item.kind
        && types.is_empty()
    {
        let given = function.arguments.iter().flatten().map(|argument| catalog.qualified_type(&argument.data_type));
        let given: Vec<TypeName> = given.collect();
        *types = match (method.as_str(), given.as_slice()) {
            ("btree", [left, right]) => vec![left.clone(), right.clone()],
            ("hash", [of, ..]) => vec![of.clone(), of.clone()],
            _ => Vec::new(),
        };
    }
    item
}

/// Says whether a member is the one that DROP names by its number and types.
fn is_dropped(item: &ClassItem, dropped: &DroppedItem, catalog: &Catalog) -> bool {
    let (kind, number, types) = match &item.kind {
        ClassItemKind::Operator(operator) => {
            let types = operator.types.iter().flat_map(|(left, right)| left.iter().chain(right));
            (DroppedKind::Operator, operator.number, types.collect::<Vec<_>>())
        }
        ClassItemKind::Function { number, types, .. } => (DroppedKind::Function, *number, types.iter().collect()),
        ClassItemKind::Storage(_) => return false,
    };
    let identities = |types: &[&TypeName]| -> Vec<String> {
        types.iter().map(|found| catalog.qualified_type(found).identity()).collect()
    };
    // One type stands for both operands.
    let given: Vec<&TypeName> = match dropped.types.as_slice() {
        [both] => vec![both, both],
        types => types.iter().collect(),
    };
    let same = types.is_empty() || identities(&types) == identities(&given);
    kind == dropped.kind && number == dropped.number && same
}

/// Says whether an object goes with what it names: an operator only names its commutator, a family its further members,
/// and a composite type loses an attribute.
pub(super) fn is_bound(user: &Object, named: Class) -> bool {
    match named {
        Class::Operator => !matches!(user.id.class, Class::Operator | Class::OperatorFamily),
        Class::Routine => user.id.class != Class::OperatorFamily,
        Class::Collation => !matches!(user.definition, Definition::Composite(_)),
        _ => true,
    }
}

/// Takes what goes out of the objects that name it and stay, but for those that go as well.
pub(super) fn forget(lowering: &mut Lowering<'_>, gone: &Object, along: &[&ObjectId]) {
    let catalog = lowering.catalog;
    let users = catalog.users_of(gone.id.name.last());
    let users = users.iter().filter(|id| !along.contains(id)).filter_map(|id| catalog.object(id));
    for user in users.filter(|user| !is_bound(user, gone.id.class)) {
        let mut to = user.definition.clone();
        match &mut to {
            Definition::Composite(of) => {
                of.retain(|found| found.collation.as_ref().is_none_or(|name| *name != gone.id.name));
            }
            Definition::Extended(_, members) => members.retain(|member| !names(member, &gone.id)),
            other => {
                let Some(Statement::Object(made)) = other.statement_mut() else { continue };
                let Made::CreateOperator(create) = &mut **made else { continue };
                create.options.retain(|option| match &option.value {
                    Some(DefinitionValue::Operator(operator)) => operator.symbol != gone.id.name.last().as_str(),
                    _ => true,
                });
            }
        }
        if to != user.definition {
            lowering.push(AlterObject::of(user, to, catalog));
        }
    }
}

/// Says whether a member of a family is an operator or function.
fn names(member: &Statement, id: &ObjectId) -> bool {
    let mut member = Definition::Statement(member.clone().into());
    let mut found = false;
    member.each_mention(&mut |mention| {
        found |= match mention {
            Mention::Object(class, name) => class == id.class && name.last() == id.name.last(),
            Mention::Operator(operator) => id.class == Class::Operator && operator.symbol == id.name.last().as_str(),
            _ => false,
        };
    });
    found
}

/// Lowers ALTER PUBLICATION.
pub(super) fn alter_publication(lowering: &mut Lowering<'_>, alter: &AlterPublication) -> Followed {
    let object = find::plain(lowering.catalog, Class::Publication, &alter.name);
    let Some(object) = found(lowering, object) else { return Followed::Yes };
    let mut to = object.clone();
    let Some(Statement::Object(made)) = to.definition.statement_mut() else { return Followed::No };
    let Made::CreatePublication(create) = &mut **made else { return Followed::No };
    match &alter.change {
        PublicationChange::Options(options) => {
            // An option without a value is true.
            let given = |option: &Item| option.value.clone().or(Some(DefinitionValue::Text("true".to_owned())));
            let options: Vec<Item> =
                options.iter().map(|option| Item { value: given(option), ..option.clone() }).collect();
            set(&mut create.options, &options);
        }
        PublicationChange::Objects(action, objects) => {
            let PublicationScope::Objects(held) = &mut create.scope else {
                return refuse(lowering, "55000", format!("publication `{}` is FOR ALL TABLES", alter.name));
            };
            let mut named: Vec<PublicationObject> = objects.clone();
            named.iter_mut().for_each(|member| resolve(lowering, member));
            if let Some((sqlstate, message)) = members(held, *action, named) {
                return refuse(lowering, sqlstate, message);
            }
        }
    }
    redefine(lowering, object, to)
}

fn resolve(lowering: &Lowering<'_>, member: &mut PublicationObject) {
    member.span = Span::default();
    if let PublicationObjectKind::Table { relation, .. } = &mut member.kind
        && let Some(name) = lowering.catalog.resolve(&relation.name)
    {
        relation.name = name;
    }
}

/// Changes the members; returns the SQLSTATE and the words when PostgreSQL refuses.
fn members(
    held: &mut Vec<PublicationObject>,
    action: MemberAction,
    named: Vec<PublicationObject>,
) -> Option<(&'static str, String)> {
    let same = |a: &PublicationObject, b: &PublicationObject| subject(a) == subject(b);
    match action {
        MemberAction::Set => *held = named,
        MemberAction::Add => {
            for member in named {
                if held.iter().any(|found| same(found, &member)) {
                    return Some(("42710", format!("`{}` is a member already", subject(&member))));
                }
                held.push(member);
            }
        }
        MemberAction::Drop => {
            for member in named {
                let Some(at) = held.iter().position(|found| same(found, &member)) else {
                    return Some(("42704", format!("`{}` is no member", subject(&member))));
                };
                held.remove(at);
            }
        }
    }
    None
}

/// What a member is, apart from its columns and rows.
fn subject(member: &PublicationObject) -> String {
    match &member.kind {
        PublicationObjectKind::Table { relation, .. } => relation.name.to_string(),
        PublicationObjectKind::Schema(_) | PublicationObjectKind::CurrentSchema => member.to_string(),
    }
}

/// Lowers ALTER SUBSCRIPTION.
pub(super) fn alter_subscription(lowering: &mut Lowering<'_>, alter: &AlterSubscription) -> Followed {
    let object = find::plain(lowering.catalog, Class::Subscription, &alter.name);
    let Some(object) = found(lowering, object) else { return Followed::Yes };
    let mut to = object.clone();
    let Some(Statement::Object(made)) = to.definition.statement_mut() else { return Followed::No };
    let Made::CreateSubscription(create) = &mut **made else { return Followed::No };
    match &alter.change {
        SubscriptionChange::Options(options) => set(&mut create.options, options),
        SubscriptionChange::Connection(text) => create.connection = text.clone(),
        SubscriptionChange::Publications(MemberAction::Set, names, _) => create.publications = names.clone(),
        SubscriptionChange::Publications(MemberAction::Add, names, _) => create.publications.extend(names.clone()),
        SubscriptionChange::Publications(MemberAction::Drop, names, _) => {
            create.publications.retain(|name| !names.contains(name));
        }
        SubscriptionChange::Enable => set(&mut create.options, &[enabled("true")]),
        SubscriptionChange::Disable => set(&mut create.options, &[enabled("false")]),
        SubscriptionChange::Refresh(_) | SubscriptionChange::Skip(_) => return Followed::Nothing,
    }
    redefine(lowering, object, to)
}

fn enabled(value: &str) -> Item {
    let value = Some(DefinitionValue::Text(value.to_owned()));
    Item { span: Span::default(), namespace: None, name: Ident::exact("enabled"), value }
}
