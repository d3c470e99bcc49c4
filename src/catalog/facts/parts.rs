//! Facts of triggers, policies and rewrite rules.

use super::fold::Context;
use super::{Facts, Page, Value};
use crate::catalog::{Address, Policy, Relation, Rule, Trigger};
use crate::statement::object::policy::{PolicyCommand, PolicyKind};
use crate::statement::object::role_spec::RoleSpec;
use crate::statement::object::trigger::TriggerEvent;
use crate::statement::relation::Firing;

pub(super) fn facts(facts: &mut Facts, context: Context<'_>, relation: &Relation) {
    let table = || relation.name.clone();
    for (name, found) in &relation.triggers {
        trigger(&mut facts.page(Address::Trigger(table(), name.clone()), context), found);
    }
    for (name, found) in &relation.policies {
        policy(&mut facts.page(Address::Policy(table(), name.clone()), context), found);
    }
    for (name, found) in &relation.rules {
        rule(&mut facts.page(Address::Rule(table(), name.clone()), context), found);
    }
}

fn trigger(page: &mut Page<'_>, trigger: &Trigger) {
    let definition = &trigger.definition;
    page.text("timing", definition.timing);
    for event in &definition.events {
        match event {
            TriggerEvent::Update(columns) => {
                page.text("on UPDATE", "yes");
                page.list("on UPDATE of", columns);
            }
            other => page.text(format!("on {other}"), "yes"),
        }
    }
    page.text("level", definition.level);
    if let Some(constraint) = &definition.constraint {
        page.text("constraint", "yes");
        page.option("from", &constraint.from);
        page.holds("deferrable", constraint.deferrable);
        page.holds("initially deferred", constraint.initially_deferred);
    }
    for transition in &definition.transitions {
        page.text(format!("{} {}", transition.version, transition.shape), &transition.name);
    }
    definition.condition.iter().for_each(|condition| page.expression("condition", condition));
    page.text("function", &definition.function);
    page.list("arguments", &definition.arguments);
    firing(page, trigger.firing);
    page.holds("inherited", trigger.inherited);
    page.shared(&trigger.shared);
}

fn firing(page: &mut Page<'_>, firing: Firing) {
    if firing != Firing::Enable {
        page.text("firing", firing);
    }
}

fn policy(page: &mut Page<'_>, policy: &Policy) {
    let definition = &policy.definition;
    page.holds("restrictive", definition.kind == PolicyKind::Restrictive);
    if definition.command != PolicyCommand::All {
        page.text("command", definition.command);
    }
    let mut roles: Vec<&RoleSpec> = definition.roles.iter().collect();
    roles.sort();
    // PUBLIC is what PostgreSQL takes where nothing is written, and makes other roles superfluous.
    if !roles.contains(&&RoleSpec::Public) {
        page.list("roles", &roles);
    }
    definition.using.iter().for_each(|using| page.expression("using", using));
    definition.check.iter().for_each(|check| page.expression("with check", check));
    page.shared(&policy.shared);
}

fn rule(page: &mut Page<'_>, rule: &Rule) {
    let definition = &rule.definition;
    page.text("event", definition.event);
    page.text("mode", definition.mode);
    definition.condition.iter().for_each(|condition| page.expression("condition", condition));
    let actions: Vec<String> = definition.actions.iter().map(ToString::to_string).collect();
    if !actions.is_empty() {
        page.value("actions", Value::Expression(actions.join("; ")));
    }
    firing(page, rule.firing);
    page.shared(&rule.shared);
}
