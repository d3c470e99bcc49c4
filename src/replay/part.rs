//! Triggers, policies and rewrite rules.

use super::{Lowering, names, property};
use crate::catalog::{
    Address, Catalog, CatalogError, Class, ConstraintKind, Kind, ObjectId, Policy, Relation, Rule, Shared, Trigger,
};
use crate::changes::property::{Property, SetProperty};
use crate::changes::{AlterPolicy, CreatePart, DropPart, Part, PartKind, RenamePart, Replacing, SetAllTriggers};
use crate::pg::{Ident, Name};
use crate::query::Expr;
use crate::resolve::{Resolution, Surroundings, qualify};
use crate::statement::object::Statement as Object;
use crate::statement::object::alter_object::{AlterObject, ObjectAction};
use crate::statement::object::drop::Drop;
use crate::statement::object::policy::{AlterPolicy as Alter, CreatePolicy, PolicyCommand};
use crate::statement::object::reference::{Kind as ObjectKind, ObjectName};
use crate::statement::object::role_spec::RoleSpec;
use crate::statement::object::rule::{CreateRule, RuleActionKind, RuleEvent};
use crate::statement::object::trigger::{CreateTrigger, TriggerEvent, TriggerLevel, TriggerTiming};
use crate::statement::relation::{ConstraintAttribute, Firing, TriggerChoice};

/// Lowers a statement about triggers, policies or rules; says whether it is one.
pub(super) fn lower(lowering: &mut Lowering<'_>, statement: &Object) -> bool {
    match statement {
        Object::CreateTrigger(create) => trigger(lowering, create),
        Object::CreatePolicy(create) => policy(lowering, create),
        Object::CreateRule(create) => rule(lowering, create),
        Object::AlterPolicy(alter) => alter_policy(lowering, alter),
        Object::AlterObject(alter) => return rename(lowering, alter),
        Object::Drop(found) => return drop(lowering, found),
        _ => return false,
    }
    true
}

fn refused(sqlstate: &'static str, message: String) -> CatalogError {
    CatalogError::Refused { sqlstate, message }
}

/// Says how the relation of a statement is shown; one that is not there is an error that stops nothing.
fn shown(lowering: &mut Lowering<'_>, relation: &Name) -> Name {
    match lowering.catalog.existing(relation) {
        Ok(found) => lowering.catalog.shown(&found.name),
        Err(error) => {
            lowering.fail(error);
            relation.clone()
        }
    }
}

fn create(lowering: &mut Lowering<'_>, relation: &Name, part: Part, or_replace: bool) {
    let table = shown(lowering, relation);
    let replacing = if or_replace { Replacing::Yes } else { Replacing::No };
    // What is not there cannot be told from what is replaced.
    if or_replace && lowering.catalog.relation(relation).is_none() {
        return;
    }
    lowering.push(CreatePart { table, part, replacing });
}

fn trigger(lowering: &mut Lowering<'_>, create_trigger: &CreateTrigger) {
    let found = lowering.catalog.relation(&create_trigger.relation);
    if let Some(error) = found.and_then(|relation| trigger_error(relation, create_trigger)) {
        return lowering.fail(error);
    }
    if let Some(error) = undefined_function(lowering.catalog, &create_trigger.function) {
        lowering.fail(error);
    }
    let mut definition = create_trigger.clone();
    definition.or_replace = false;
    definition.relation = lowering.catalog.qualified(&create_trigger.relation);
    definition.function = routine(lowering.catalog, &create_trigger.function);
    if let Some(condition) = &mut definition.condition {
        qualify::expression(lowering.catalog, condition, &Surroundings::old_and_new(&definition.relation));
    }
    if let Some(from) = definition.constraint.as_mut().and_then(|constraint| constraint.from.as_mut()) {
        *from = lowering.catalog.resolve(from).unwrap_or_else(|| from.clone());
    }
    let definition = Box::new(definition);
    let part = Trigger { definition, firing: Firing::Enable, inherited: false, shared: Shared::default() };
    create(lowering, &create_trigger.relation, Part::Trigger(Box::new(part)), create_trigger.or_replace);
}

/// Returns the qualified name of a trigger's function, which takes nothing.
fn routine(catalog: &Catalog, name: &Name) -> Name {
    let mut all = catalog.objects_named(Class::Routine, name).into_iter();
    all.find(|found| found.id.signature == "()").map_or_else(|| name.clone(), |found| found.id.name.clone())
}

/// Says that nothing makes a trigger's function; PostgreSQL and its extensions bring some.
fn undefined_function(catalog: &Catalog, name: &Name) -> Option<CatalogError> {
    let built_in = ["suppress_redundant_updates_trigger", "tsvector_update_trigger", "tsvector_update_trigger_column"];
    let is_open = built_in.contains(&name.last().as_str()) || names::has_extensions(catalog);
    let missing = !is_open && catalog.objects_named(Class::Routine, name).is_empty();
    let id = ObjectId::routine(catalog.qualified(name), std::iter::empty());
    missing.then_some(CatalogError::Undefined(Address::Object(id)))
}

/// Returns why PostgreSQL refuses a trigger on a relation.
///
/// Source: `CreateTriggerFiringOn` of PostgreSQL 15.
fn trigger_error(relation: &Relation, create: &CreateTrigger) -> Option<CatalogError> {
    let name = &relation.name;
    let instead = create.timing == TriggerTiming::InsteadOf;
    let row = create.level == TriggerLevel::Row;
    let truncates = create.events.contains(&TriggerEvent::Truncate);
    let is_view = relation.kind == Kind::View;
    let refused = |sqlstate, what: &str| Some(refused(sqlstate, what.replace("{}", &format!("`{name}`"))));
    match relation.kind {
        Kind::Sequence => return refused("42809", "{} is not a table, a view or a foreign table"),
        Kind::MaterializedView => return refused("42809", "relation {} cannot have triggers"),
        Kind::View if row && !instead => {
            return refused("42809", "the view {} cannot have row-level BEFORE or AFTER triggers");
        }
        Kind::View if truncates => return refused("42809", "the view {} cannot have TRUNCATE triggers"),
        _ if instead && !is_view => return refused("42809", "the table {} cannot have INSTEAD OF triggers"),
        Kind::Partitioned if row && !create.transitions.is_empty() => {
            return refused("0A000", "ROW triggers with transition tables are not supported on partitioned table {}");
        }
        _ => {}
    }
    let limited =
        create.events.iter().any(|event| matches!(event, TriggerEvent::Update(columns) if !columns.is_empty()));
    if truncates && row {
        return refused("0A000", "TRUNCATE FOR EACH ROW triggers are not supported");
    }
    if instead && (!row || create.condition.is_some() || limited) {
        return refused("0A000", "INSTEAD OF triggers must be FOR EACH ROW, without WHEN and column lists");
    }
    let events = create.events.iter().flat_map(|event| match event {
        TriggerEvent::Update(columns) => columns.as_slice(),
        _ => &[],
    });
    let missing = events.into_iter().find(|column| relation.is_known_table() && relation.column(column).is_none());
    if let Some(column) = missing {
        return Some(CatalogError::UndefinedColumn(name.clone(), column.clone()));
    }
    replaced(relation, create)
}

/// Returns why a trigger cannot stand for the one that is there.
fn replaced(relation: &Relation, create: &CreateTrigger) -> Option<CatalogError> {
    let old = relation.triggers.get(&create.name).filter(|_| create.or_replace)?;
    let is_constraint = create.constraint.is_some() || old.definition.constraint.is_some();
    let what = match (old.inherited, is_constraint) {
        (true, _) => "an internal or a child trigger",
        (false, true) => "a constraint trigger",
        (false, false) => return None,
    };
    Some(refused("42710", format!("trigger `{}` for relation `{}` is {what}", create.name, relation.name)))
}

fn policy(lowering: &mut Lowering<'_>, create_policy: &CreatePolicy) {
    let error = policy_error(create_policy.command, create_policy.using.is_some(), create_policy.check.is_some());
    if let Some(error) = error.or_else(|| not_a_table(lowering.catalog, &create_policy.table)) {
        return lowering.fail(error);
    }
    let mut definition = create_policy.clone();
    definition.table = lowering.catalog.qualified(&create_policy.table);
    definition.roles = roles(lowering.catalog, &create_policy.roles);
    conditions(lowering, &definition.table, definition.using.iter_mut().chain(&mut definition.check));
    let part = Policy { definition: Box::new(definition), shared: Shared::default() };
    create(lowering, &create_policy.table, Part::Policy(Box::new(part)), false);
}

fn not_a_table(catalog: &Catalog, table: &Name) -> Option<CatalogError> {
    let relation = catalog.relation(table)?;
    (!relation.is_table()).then(|| CatalogError::WrongKind(table.clone(), "a table"))
}

/// Source: `CreatePolicy` of PostgreSQL 15.
fn policy_error(command: PolicyCommand, using: bool, check: bool) -> Option<CatalogError> {
    match command {
        PolicyCommand::Select | PolicyCommand::Delete if check => {
            Some(refused("42601", "WITH CHECK cannot be applied to SELECT or DELETE".to_owned()))
        }
        PolicyCommand::Insert if using => {
            Some(refused("42601", "only WITH CHECK expression allowed for INSERT".to_owned()))
        }
        _ => None,
    }
}

/// Returns the roles of a policy as PostgreSQL keeps them: PUBLIC makes the others superfluous, and goes without saying.
fn roles(catalog: &Catalog, roles: &[RoleSpec]) -> Vec<RoleSpec> {
    if roles.contains(&RoleSpec::Public) {
        return Vec::new();
    }
    let named = |role: &RoleSpec| match catalog.role(role) {
        Some(Some(name)) => RoleSpec::Name(name),
        _ => RoleSpec::CurrentUser,
    };
    roles.iter().map(named).collect()
}

/// Spells out the names in the conditions of a policy.
fn conditions<'a>(lowering: &mut Lowering<'_>, table: &Name, conditions: impl Iterator<Item = &'a mut Expr>) {
    let around = Surroundings::table(table);
    for condition in conditions {
        let resolution = Resolution::of_expression(lowering.catalog, condition, &around);
        if lowering.catalog.relation(table).is_some() {
            names::check(lowering, &resolution, "the policy");
        }
        qualify::expression(lowering.catalog, condition, &around);
    }
}

fn alter_policy(lowering: &mut Lowering<'_>, alter: &Alter) {
    let table = shown(lowering, &alter.table);
    let Some(relation) = lowering.catalog.relation(&alter.table) else { return };
    let Some(old) = relation.policies.get(&alter.name) else {
        return lowering.fail(CatalogError::Undefined(Address::Policy(table, alter.name.clone())));
    };
    let error = policy_error(old.definition.command, alter.using.is_some(), alter.check.is_some());
    if let Some(error) = error {
        return lowering.fail(error);
    }
    let mut alter = alter.clone();
    let public = alter.roles.contains(&RoleSpec::Public);
    alter.roles = if public { vec![RoleSpec::Public] } else { roles(lowering.catalog, &alter.roles) };
    conditions(lowering, &relation.name, alter.using.iter_mut().chain(&mut alter.check));
    lowering.push(AlterPolicy { table, alter: Box::new(alter) });
}

fn rule(lowering: &mut Lowering<'_>, create_rule: &CreateRule) {
    if let Some(relation) = lowering.catalog.relation(&create_rule.relation) {
        let is_view = matches!(relation.kind, Kind::View | Kind::MaterializedView);
        if create_rule.event == RuleEvent::Select {
            // It would make a view of a table.
            return lowering.skip("CREATE RULE ON SELECT");
        }
        if !is_view && !relation.is_table() {
            return lowering.fail(refused("42809", format!("relation `{}` cannot have rules", relation.name)));
        }
    }
    let mut definition = create_rule.clone();
    definition.or_replace = false;
    definition.relation = lowering.catalog.qualified(&create_rule.relation);
    let around = Surroundings::old_and_new(&definition.relation);
    if let Some(condition) = &mut definition.condition {
        qualify::expression(lowering.catalog, condition, &around);
    }
    for action in &mut definition.actions {
        if let RuleActionKind::Data(data) = &mut action.kind {
            qualify::statement(lowering.catalog, data, &around);
        }
    }
    let part = Rule { definition: Box::new(definition), firing: Firing::Enable, shared: Shared::default() };
    create(lowering, &create_rule.relation, Part::Rule(Box::new(part)), create_rule.or_replace);
}

fn kind(kind: ObjectKind) -> Option<PartKind> {
    match kind {
        ObjectKind::Trigger => Some(PartKind::Trigger),
        ObjectKind::Policy => Some(PartKind::Policy),
        ObjectKind::Rule => Some(PartKind::Rule),
        _ => None,
    }
}

fn rename(lowering: &mut Lowering<'_>, alter: &AlterObject) -> bool {
    let (Some(kind), ObjectAction::Rename(to)) = (kind(alter.object.kind), &alter.action) else { return false };
    let ObjectName::On(from, relation) = &alter.object.name else { return false };
    let catalog = lowering.catalog;
    let found = catalog.relation(relation).and_then(|found| kind.find(found, from));
    if alter.if_exists && found.is_none() {
        return true;
    }
    let table = shown(lowering, relation);
    match found {
        None if catalog.relation(relation).is_some() => {
            lowering.fail(CatalogError::Undefined(kind.address(&table, from)));
        }
        Some(Part::Trigger(trigger)) if trigger.inherited => {
            // PostgreSQL 15 raises it without a code of its own.
            lowering.fail(refused("XX000", format!("cannot rename trigger `{from}` on table `{table}`")));
        }
        _ => lowering.push(RenamePart { table, kind, from: from.clone(), to: to.clone() }),
    }
    true
}

fn drop(lowering: &mut Lowering<'_>, drop: &Drop) -> bool {
    let Some(kind) = kind(drop.kind) else { return false };
    for object in &drop.objects {
        let ObjectName::On(name, relation) = &object.name else { continue };
        let catalog = lowering.catalog;
        let found = catalog.relation(relation).and_then(|found| kind.find(found, name));
        if drop.if_exists && found.is_none() {
            continue;
        }
        let table = shown(lowering, relation);
        match found {
            None if catalog.relation(relation).is_some() => {
                lowering.fail(CatalogError::Undefined(kind.address(&table, name)));
            }
            Some(Part::Trigger(trigger)) if trigger.inherited => lowering.fail(CatalogError::DependentObjects {
                dropped: format!("trigger `{name}` on table `{table}`"),
                dependent: format!("trigger `{name}` of its parent"),
            }),
            _ => lowering.push(DropPart { table, kind, name: name.clone() }),
        }
    }
    true
}

/// Lowers ENABLE TRIGGER and its kin.
pub(super) fn fire_trigger(lowering: &mut Lowering<'_>, relation: &Relation, firing: Firing, choice: &TriggerChoice) {
    match choice {
        TriggerChoice::Named(name) if relation.triggers.contains_key(name) => {
            property::push(lowering, Address::Trigger(relation.name.clone(), name.clone()), Property::Firing(firing));
        }
        TriggerChoice::Named(name) => undefined(lowering, Address::Trigger(relation.name.clone(), name.clone())),
        TriggerChoice::All if has_key_triggers(lowering.catalog, relation) => {
            lowering.push(SetAllTriggers { table: lowering.catalog.shown(&relation.name), firing });
        }
        TriggerChoice::All | TriggerChoice::User => {
            for name in relation.triggers.keys() {
                let address = Address::Trigger(relation.name.clone(), name.clone());
                lowering.push(SetProperty::new(lowering.catalog, address, Property::Firing(firing)));
            }
        }
    }
}

/// Lowers ENABLE RULE and its kin.
pub(super) fn fire_rule(lowering: &mut Lowering<'_>, relation: &Relation, firing: Firing, name: &Ident) {
    let address = Address::Rule(relation.name.clone(), name.clone());
    match relation.rules.contains_key(name) {
        true => property::push(lowering, address, Property::Firing(firing)),
        false => undefined(lowering, address),
    }
}

fn undefined(lowering: &mut Lowering<'_>, address: Address) {
    lowering.fail(CatalogError::Undefined(address));
}

/// Says whether PostgreSQL itself has triggers on a table: for foreign keys at either end, and for keys that are deferred.
fn has_key_triggers(catalog: &Catalog, relation: &Relation) -> bool {
    let own = relation.constraints.iter().any(|found| {
        let deferrable = found.definition.attributes.has(ConstraintAttribute::Deferrable)
            || found.definition.attributes.has(ConstraintAttribute::InitiallyDeferred);
        matches!(found.kind, ConstraintKind::ForeignKey { .. }) || found.kind.has_index() && deferrable
    });
    own || !catalog.references_to(&relation.name).is_empty() || relation.key_firing != Firing::Enable
}
