//! Facts of objects that are no relations.

use super::fold::Context;
use super::relation::parameters;
use super::{Facts, POSITION, Page, Value, definition, routine};
use crate::catalog::{Address, Catalog, Class, Composite, Definition, Domain, DomainCheck, Extension, Object, Shared};
use crate::query::Quoted;
use crate::statement::Statement;
use crate::statement::object::Statement as ObjectStatement;
use crate::statement::object::trigger::Firing;
use crate::statement::relation::{DomainConstraintKind, Parameter, Statement as RelationStatement};

pub(super) fn facts(facts: &mut Facts, catalog: &Catalog, object: &Object) {
    let context = Context { catalog, relation: None };
    let mut page = facts.page(Address::Object(object.id.clone()), context);
    of_definition(&mut page, &object.definition);
    page.shared(&object.shared);
    page.own_comment(object);
    if let Definition::Domain(domain) = &object.definition {
        for (name, found) in &domain.constraints {
            let address = Address::DomainConstraint(object.id.name.clone(), name.clone());
            check(&mut facts.page(address, context), found);
        }
    }
}

fn of_definition(page: &mut Page<'_>, definition: &Definition) {
    match definition {
        Definition::Schema | Definition::Role => {}
        Definition::Extension(found) => extension(page, found),
        Definition::Shell => page.text("kind", "shell type"),
        Definition::Enum(labels) => {
            page.text("kind", "enum");
            let labels: Vec<Quoted<'_>> = labels.iter().map(|label| Quoted(label)).collect();
            page.list("labels", &labels);
        }
        Definition::Composite(attributes) => composite(page, attributes),
        Definition::Range(found) => {
            page.text("kind", "range type");
            parameters(page, found);
        }
        Definition::Base(found) => {
            page.text("kind", "base type");
            let written = found.iter().filter(|parameter| !is_usual(parameter)).cloned();
            parameters(page, &written.collect::<Vec<_>>());
        }
        Definition::Domain(found) => domain(page, found),
        Definition::EventTrigger(found, firing) => {
            page.text("definition", found);
            if *firing != Firing::Enable {
                page.text("firing", firing);
            }
        }
        Definition::DefaultPrivileges(acl) => page.acl(acl),
        Definition::Extended(found, completed) => {
            statement(page, found);
            completed.iter().for_each(|found| definition::completed(page, found));
        }
        Definition::Statement(found) => statement(page, found),
    }
}

impl Page<'_> {
    /// A comment that something has before anybody gives it one.
    fn own_comment(&mut self, object: &Object) {
        let own = match &object.definition {
            Definition::Extension(extension) => extension.comment.as_deref(),
            Definition::Schema if *object.id.name.last() == "public" => Some("standard public schema"),
            _ => None,
        };
        let comment = object.shared.get().and_then(|found| found.comment.as_deref());
        if let Some(comment) = comment.filter(|comment| own == Some(*comment)) {
            self.value("comment", Value::Usual(comment.to_owned()));
        }
    }
}

fn extension(page: &mut Page<'_>, extension: &Extension) {
    // What the statement leaves open is the extension's own choice, or the server's.
    let known = |value: Option<String>| value.map_or(Value::Unknown, Value::Text);
    page.value("schema", known(extension.schema.as_ref().map(ToString::to_string)));
    page.value("version", known(extension.version.clone()));
}

/// Says whether a parameter of a base type says what PostgreSQL takes where nothing is written.
fn is_usual(parameter: &Parameter) -> bool {
    let value = parameter.value.as_ref().map(|value| value.to_string().to_ascii_lowercase()).unwrap_or_default();
    let usual = [("storage", "plain"), ("alignment", "int4"), ("internallength", "variable"), ("preferred", "false")];
    usual.contains(&(parameter.name.as_str(), value.as_str()))
}

fn composite(page: &mut Page<'_>, Composite { attributes, shared }: &Composite) {
    page.text("kind", "composite type");
    let names: Vec<_> = attributes.iter().map(|attribute| &attribute.name).collect();
    page.list(POSITION, &names);
    for attribute in attributes {
        let of = page.context.type_name(&attribute.type_name);
        page.text(format!("attribute {}", attribute.name), of);
        page.named(format!("attribute {} collation", attribute.name), Class::Collation, attribute.collation.as_ref());
        let shared = shared.get(&attribute.name).and_then(Shared::get);
        if let Some(comment) = shared.and_then(|found| found.comment.as_ref()) {
            page.text(format!("attribute {} comment", attribute.name), comment);
        }
    }
}

fn domain(page: &mut Page<'_>, domain: &Domain) {
    page.text("kind", "domain");
    page.text("type", page.context.type_name(&domain.type_name));
    page.named("collation".to_owned(), Class::Collation, domain.collation.as_ref());
    page.holds("not null", domain.not_null);
    if let Some(default) = &domain.default
        && let Some(value) = page.context.default(default, Some(&domain.type_name))
    {
        page.value("default", value);
    }
}

fn check(page: &mut Page<'_>, check: &DomainCheck) {
    match &check.definition.kind {
        DomainConstraintKind::Check { condition, .. } => page.expression("condition", condition),
        DomainConstraintKind::NotNull => page.text("kind", "not null"),
    }
    page.holds("not valid", !check.validated);
    page.shared(&check.shared);
}

fn statement(page: &mut Page<'_>, statement: &Statement) {
    match statement {
        Statement::Object(object) => match &**object {
            ObjectStatement::CreateFunction(create) => routine::facts(page, create),
            other => definition::facts(page, other),
        },
        Statement::Relation(relation) => match &**relation {
            RelationStatement::CreateStatistics(create) => {
                page.text("table", &create.table);
                let mut kinds: Vec<_> = create.kinds.iter().collect();
                kinds.sort();
                // All three are what PostgreSQL takes where none is written.
                if kinds.len() < 3 {
                    page.list("kinds", &kinds);
                }
                for (element, number) in create.elements.iter().zip(1..) {
                    page.key(&format!("key {number}"), element);
                }
            }
            other => page.text("definition", other),
        },
        other => page.text("definition", other),
    }
}
