//! Facts of objects of which the statement that makes them is kept: one for each thing that it says.

use super::Page;
use super::subscription;
use crate::pg::{Name, TypeName};
use crate::statement::Statement;
use crate::statement::object::Statement as Made;
use crate::statement::object::cast::CastMethod;
use crate::statement::object::definition::{Definition as Item, DefinitionValue, ForeignOption};
use crate::statement::object::operator::CollationSource;
use crate::statement::object::operator_class::{ClassItem, ClassItemKind, CreateOperatorClass, FamilyChange};
use crate::statement::object::publication::{CreatePublication, PublicationObjectKind, PublicationScope};
use crate::statement::object::reference::OperatorName;
use crate::statement::object::text_search::MappingChange;
use crate::statement::relation::{Statement as Relation, StatisticsChange};

/// Options that say what PostgreSQL takes where they are not written.
const USUAL: &[(&str, &str)] = &[
    ("provider", "libc"),
    ("parallel", "unsafe"),
    ("publish", "delete, insert, truncate, update"),
    ("publish_via_partition_root", "false"),
];

pub(super) fn facts(page: &mut Page<'_>, made: &Made) {
    match made {
        Made::CreateAggregate(create) => {
            page.option("arguments", &create.arguments);
            items(page, &create.options);
        }
        Made::CreateOperator(create) => {
            let mut options = create.options.clone();
            options.iter_mut().for_each(|option| at_home(option, &create.name));
            items(page, &options);
        }
        Made::CreateTextSearch(create) => items(page, &create.options),
        Made::CreateCollation(create) => match &create.source {
            CollationSource::Options(options) => items(page, options),
            CollationSource::Copy(other) => page.text("copy of", other),
        },
        Made::CreateWrapper(create) => {
            create.functions.iter().for_each(|function| page.option(function.role.to_string(), &function.name));
            foreign(page, &create.options);
        }
        Made::CreateServer(create) => {
            page.option("type", &create.server_type);
            page.option("version", &create.version);
            page.text("wrapper", &create.wrapper);
            foreign(page, &create.options);
        }
        Made::CreateUserMapping(create) => foreign(page, &create.options),
        Made::CreatePublication(create) => publication(page, create),
        Made::CreateSubscription(create) => subscription::facts(page, create),
        Made::CreateOperatorClass(create) => class(page, create),
        Made::CreateCast(create) => {
            page.option("context", &create.context);
            match &create.method {
                CastMethod::Function(function) => page.text("function", function),
                CastMethod::Binary => page.text("function", "none"),
                CastMethod::InOut => page.text("function", "through text"),
            }
        }
        other => page.text("definition", other),
    }
}

/// Writes what the statements say that complete an object.
pub(super) fn completed(page: &mut Page<'_>, statement: &Statement) {
    match statement {
        Statement::Object(made) => match &**made {
            Made::AlterConfiguration(alter) => match &alter.mapping {
                MappingChange::With(_, tokens, dictionaries) => {
                    let dictionaries: Vec<String> = dictionaries.iter().map(plain).collect();
                    for token in tokens {
                        page.list(format!("mapping of {token}"), &dictionaries);
                    }
                }
                _ => page.holds(alter.to_string(), true),
            },
            Made::AlterOperatorFamily(alter) => match &alter.change {
                FamilyChange::Add(added) => added.iter().for_each(|item| page.holds(format!("member {item}"), true)),
                FamilyChange::Drop(_) => page.holds(alter.to_string(), true),
            },
            other => page.holds(other.to_string(), true),
        },
        Statement::Relation(made) => match &**made {
            Relation::AlterStatistics(alter) => match &alter.change {
                StatisticsChange::SetTarget(target) => page.option("target", target),
                StatisticsChange::Generic(_) => page.holds(alter.to_string(), true),
            },
            other => page.holds(other.to_string(), true),
        },
        other => page.holds(other.to_string(), true),
    }
}

fn items(page: &mut Page<'_>, items: &[Item]) {
    for item in items {
        let value = value(page, item);
        let name = if item.name == "procedure" { "function" } else { item.name.as_str() };
        let value = if name == "publish" { in_order(&value) } else { value };
        if !USUAL.contains(&(name, value.as_str())) {
            page.text(format!("option {name}"), value);
        }
    }
}

/// The value of an option, true where none is written.
pub(super) fn value(page: &Page<'_>, item: &Item) -> String {
    match &item.value {
        None => "true".to_owned(),
        Some(DefinitionValue::Type(of)) => plain_type(page, of),
        Some(DefinitionValue::Operator(operator)) => operator.to_string(),
        Some(DefinitionValue::Number(digits)) => digits.clone(),
        Some(DefinitionValue::Text(text)) => text.clone(),
    }
}

/// An operator of the same schema needs none.
fn at_home(item: &mut Item, own: &OperatorName) {
    if let Some(DefinitionValue::Operator(operator)) = &mut item.value
        && operator.qualifiers == own.qualifiers
    {
        operator.qualifiers.clear();
    }
}

/// The operations that a publication publishes, whatever their order.
fn in_order(list: &str) -> String {
    let mut words: Vec<&str> = list.split(',').map(str::trim).collect();
    words.sort_unstable();
    words.join(", ")
}

fn foreign(page: &mut Page<'_>, options: &[ForeignOption]) {
    for option in options {
        page.text(format!("option {}", option.name), option.value.as_deref().unwrap_or_default());
    }
}

fn publication(page: &mut Page<'_>, create: &CreatePublication) {
    items(page, &create.options);
    let objects = match &create.scope {
        PublicationScope::AllTables => return page.holds("all tables", true),
        PublicationScope::Objects(objects) => objects,
    };
    for object in objects {
        match &object.kind {
            PublicationObjectKind::Table { relation, columns, filter } => {
                let table = format!("table {}", relation.name);
                page.holds(table.clone(), true);
                page.list(format!("{table} columns"), columns);
                filter.iter().for_each(|filter| page.expression(format!("{table} filter"), filter));
            }
            PublicationObjectKind::Schema(schema) => page.holds(format!("tables in schema {schema}"), true),
            PublicationObjectKind::CurrentSchema => page.holds("tables in the current schema", true),
        }
    }
}

/// The members of a class, each with the operand types that are implied where none are written.
fn class(page: &mut Page<'_>, create: &CreateOperatorClass) {
    page.holds("default", create.is_default);
    page.text("type", page.context.type_name(&create.data_type));
    // A family of its own name is made with it.
    page.option("family", &create.family.as_ref().filter(|family| family.last() != create.name.last()));
    for ClassItem { kind, .. } in &create.items {
        let mut kind = kind.clone();
        match &mut kind {
            ClassItemKind::Operator(operator) => {
                let of = || Some(create.data_type.clone());
                operator.types.get_or_insert_with(|| (of(), of()));
            }
            ClassItemKind::Function { types, .. } if types.is_empty() => {
                *types = vec![create.data_type.clone(), create.data_type.clone()];
            }
            ClassItemKind::Function { .. } | ClassItemKind::Storage(_) => {}
        }
        let item = ClassItem { span: Default::default(), kind };
        page.holds(format!("member {item}"), true);
    }
}

/// A name without the schema of what PostgreSQL brings.
fn plain(name: &Name) -> String {
    let text = name.to_string();
    text.strip_prefix("pg_catalog.").map_or(text.clone(), str::to_owned)
}

/// A type, or a name that reads as one: an option may mean a function, a word, or text.
fn plain_type(page: &Page<'_>, of: &TypeName) -> String {
    let text = page.context.type_name(of).to_string();
    let text = text.strip_prefix("pg_catalog.").map_or(text.clone(), str::to_owned);
    // A quoted name is as good as the text in it.
    match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(inner) if !inner.contains('"') => inner.to_owned(),
        _ => text,
    }
}
