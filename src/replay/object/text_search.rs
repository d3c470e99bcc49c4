//! Text search objects.

use super::super::{Followed, Lowering};
use super::create::{extended, statement};
use super::members::set;
use super::{class, find, qualified, redefine, refuse};
use crate::catalog::{Class, Definition};
use crate::pg::{Ident, Name, TypeName, text_search};
use crate::source::Span;
use crate::statement::Statement;
use crate::statement::object::Statement as Made;
use crate::statement::object::definition::{Definition as Item, DefinitionValue};
use crate::statement::object::reference::Kind;
use crate::statement::object::text_search::{
    AlterConfiguration, AlterDictionary, CreateTextSearch, MappingAction, MappingChange,
};

/// Lowers CREATE TEXT SEARCH of any kind. PostgreSQL finds a taken name only when it writes its index.
pub(super) fn create(lowering: &mut Lowering<'_>, create: &CreateTextSearch) -> Followed {
    let Some(of) = class(create.kind) else { return Followed::No };
    let made = Made::CreateTextSearch(Box::new(create.clone()));
    let definition = match create.kind {
        Kind::TextSearchConfiguration => match copied(lowering, create) {
            Some(definition) => definition,
            None => extended(made),
        },
        _ => statement(made),
    };
    let object = qualified(lowering.catalog, of, &create.name, definition);
    if lowering.catalog.object(&object.id).is_some() {
        return refuse(lowering, "23505", format!("`{}` already exists", object.id));
    }
    super::add(lowering, object)
}

/// A copy of a configuration has its parser and its mappings; one that nobody knows is kept as written.
fn copied(lowering: &Lowering<'_>, create: &CreateTextSearch) -> Option<Definition> {
    let copy = create.options.iter().find(|option| option.name == *"copy")?;
    let Some(DefinitionValue::Type(source)) = &copy.value else { return None };
    let found = lowering.catalog.objects_named(Class::TextSearchConfiguration, &source.name);
    if let Some(found) = found.first() {
        return Some(found.definition.clone());
    }
    let is_plain = source.name.schema().is_none_or(|schema| *schema == "pg_catalog");
    let mappings = text_search::configuration(source.name.last().as_str()).filter(|_| is_plain)?;
    let qualified =
        |name: &str| Name { parts: [Ident::exact("pg_catalog"), Ident::exact(name)].into(), span: Span::default() };
    let name = lowering.catalog.qualified(&create.name);
    let parser = DefinitionValue::Type(TypeName::named(qualified("default")));
    let parser = Item { span: Span::default(), namespace: None, name: Ident::exact("parser"), value: Some(parser) };
    let made = Made::CreateTextSearch(Box::new(CreateTextSearch { options: vec![parser], ..create.clone() }));
    let mapped = mappings.into_iter();
    let mapped = mapped.map(|(token, with)| added(&name, Ident::exact(token), vec![qualified(&with)])).collect();
    Some(Definition::Extended(Statement::Object(Box::new(made)).into(), mapped))
}

/// Lowers ALTER TEXT SEARCH DICTIONARY.
pub(super) fn alter_dictionary(lowering: &mut Lowering<'_>, alter: &AlterDictionary) -> Followed {
    let object = match find::named(lowering.catalog, Class::TextSearchDictionary, &alter.name) {
        Ok(object) => object,
        Err(error) => {
            lowering.fail(error);
            return Followed::Yes;
        }
    };
    let mut to = object.clone();
    let Some(Statement::Object(made)) = to.definition.statement_mut() else { return Followed::No };
    let Made::CreateTextSearch(create) = &mut **made else { return Followed::No };
    set(&mut create.options, &alter.options);
    redefine(lowering, object, to)
}

/// Lowers ALTER TEXT SEARCH CONFIGURATION; the mapping of every token type is kept as a statement of its own.
pub(super) fn alter_configuration(lowering: &mut Lowering<'_>, alter: &AlterConfiguration) -> Followed {
    let object = match find::named(lowering.catalog, Class::TextSearchConfiguration, &alter.name) {
        Ok(object) => object,
        Err(error) => {
            lowering.fail(error);
            return Followed::Yes;
        }
    };
    let mut to = object.clone();
    let name = object.id.name.clone();
    let Definition::Extended(made, completed) = &mut to.definition else { return Followed::No };
    // What a copy of PostgreSQL's own configuration maps is not known.
    if is_copy(made) {
        return Followed::No;
    }
    let mut mappings: Vec<(Ident, Vec<Name>)> = completed.iter().filter_map(mapping).collect();
    if let Err((sqlstate, message)) = change(&mut mappings, &alter.mapping) {
        return refuse(lowering, sqlstate, message);
    }
    mappings.sort_by(|a, b| a.0.cmp(&b.0));
    *completed = mappings.into_iter().map(|(token, with)| added(&name, token, with)).collect();
    redefine(lowering, object, to)
}

fn is_copy(made: &Statement) -> bool {
    let Statement::Object(made) = made else { return false };
    let Made::CreateTextSearch(create) = &**made else { return false };
    create.options.iter().any(|option| option.name == *"copy")
}

fn mapping(statement: &Statement) -> Option<(Ident, Vec<Name>)> {
    let Statement::Object(made) = statement else { return None };
    let Made::AlterConfiguration(alter) = &**made else { return None };
    let MappingChange::With(_, tokens, with) = &alter.mapping else { return None };
    Some((tokens.first()?.clone(), with.clone()))
}

fn added(name: &Name, token: Ident, with: Vec<Name>) -> Statement {
    let mapping = MappingChange::With(MappingAction::Add, vec![token], with);
    Statement::Object(Box::new(Made::AlterConfiguration(Box::new(AlterConfiguration { name: name.clone(), mapping }))))
}

fn change(mappings: &mut Vec<(Ident, Vec<Name>)>, change: &MappingChange) -> Result<(), (&'static str, String)> {
    match change {
        MappingChange::With(action, tokens, with) => {
            for token in tokens {
                if *action == MappingAction::Add && mappings.iter().any(|(held, _)| held == token) {
                    return Err(("23505", format!("token type `{token}` has a mapping already")));
                }
                mappings.retain(|(held, _)| held != token);
                mappings.push((token.clone(), with.clone()));
            }
        }
        MappingChange::Replace { tokens, old, new } => {
            let wanted = mappings.iter_mut().filter(|(token, _)| tokens.is_empty() || tokens.contains(token));
            for held in wanted.flat_map(|(_, with)| with).filter(|held| held.last() == old.last()) {
                *held = new.clone();
            }
        }
        MappingChange::Drop { if_exists, tokens } => {
            for token in tokens {
                if !*if_exists && !mappings.iter().any(|(held, _)| held == token) {
                    return Err(("42704", format!("mapping for token type `{token}` does not exist")));
                }
                mappings.retain(|(held, _)| held != token);
            }
        }
    }
    Ok(())
}
