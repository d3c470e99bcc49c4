//! The names in the definition of an object: one walk to qualify them, to shorten them, to rename and to find them.

use super::{Class, Definition};
use crate::pg::{Ident, Name, TypeName};
use crate::statement::Statement;
use crate::statement::object::Statement as Object;
use crate::statement::object::cast::CastMethod;
use crate::statement::object::definition::{Definition as Item, DefinitionValue};
use crate::statement::object::function::{Attribute, CreateFunction, Returns};
use crate::statement::object::operator::CollationSource;
use crate::statement::object::operator_class::{ClassItem, ClassItemKind, FamilyChange};
use crate::statement::object::parameter::AggregateArguments;
use crate::statement::object::publication::{PublicationObjectKind, PublicationScope};
use crate::statement::object::reference::{OperatorName, RoutineName};
use crate::statement::object::text_search::MappingChange;
use crate::statement::relation::{Parameter, ParameterValue, Statement as Relation};

/// A name in the definition of an object.
#[derive(Debug)]
pub enum Mention<'a> {
    /// The name of the object itself.
    Own(&'a mut Name),
    /// The symbol of the operator itself.
    OwnOperator(&'a mut OperatorName),
    /// A type.
    Type(&'a mut TypeName),
    /// A relation.
    Relation(&'a mut Name),
    /// An object of a class without schemas.
    Plain(Class, &'a mut Ident),
    /// An object that its class and name tell from others, or of which any of this name may be meant.
    Object(Class, &'a mut Name),
    /// An operator.
    Operator(&'a mut OperatorName),
}

type Meet<'m> = dyn FnMut(Mention<'_>) + 'm;

impl Definition {
    /// Calls `meet` for every name in a definition; expressions and bodies are left out.
    pub fn each_mention(&mut self, meet: &mut Meet<'_>) {
        match self {
            Definition::Composite(attributes) => {
                for attribute in &mut attributes.attributes {
                    meet(Mention::Type(&mut attribute.type_name));
                    attribute.collation.iter_mut().for_each(|name| meet(Mention::Object(Class::Collation, name)));
                }
            }
            Definition::Range(parameters) | Definition::Base(parameters) => {
                parameters.iter_mut().for_each(|parameter| type_parameter(parameter, meet));
            }
            Definition::Domain(domain) => {
                meet(Mention::Type(&mut domain.type_name));
                domain.collation.iter_mut().for_each(|name| meet(Mention::Object(Class::Collation, name)));
            }
            Definition::EventTrigger(statement, _) | Definition::Statement(statement) => {
                self::statement(statement, meet);
            }
            Definition::Extended(made, completed) => {
                std::iter::once(&mut **made).chain(completed).for_each(|statement| self::statement(statement, meet));
            }
            Definition::Schema
            | Definition::Extension(_)
            | Definition::Shell
            | Definition::Enum(_)
            | Definition::DefaultPrivileges(_)
            | Definition::Role => {}
        }
    }
}

/// A name among the options of a type is read as a type's, whatever it stands for.
fn type_parameter(parameter: &mut Parameter, meet: &mut Meet<'_>) {
    let Some(ParameterValue::Type(value)) = &mut parameter.value else { return };
    match parameter.name.as_str() {
        "subtype" | "element" | "like" | "multirange_type_name" => meet(Mention::Type(value)),
        "subtype_opclass" => meet(Mention::Object(Class::OperatorClass, &mut value.name)),
        "collation" => meet(Mention::Object(Class::Collation, &mut value.name)),
        "input" | "output" | "receive" | "send" | "typmod_in" | "typmod_out" | "analyze" | "subscript"
        | "canonical" | "subtype_diff" => meet(Mention::Object(Class::Routine, &mut value.name)),
        _ => {}
    }
}

fn statement(statement: &mut Statement, meet: &mut Meet<'_>) {
    match statement {
        Statement::Relation(relation) => match &mut **relation {
            Relation::CreateStatistics(create) => {
                create.name.iter_mut().for_each(|name| meet(Mention::Own(name)));
                meet(Mention::Relation(&mut create.table));
            }
            Relation::AlterStatistics(alter) => meet(Mention::Own(&mut alter.name)),
            _ => {}
        },
        Statement::Object(object) => self::object(object, meet),
        Statement::Data(_) | Statement::Session(_) => {}
    }
}

fn object(object: &mut Object, meet: &mut Meet<'_>) {
    match object {
        Object::CreateFunction(create) => function(create, meet),
        Object::CreateAggregate(create) => {
            meet(Mention::Own(&mut create.name));
            if let Some(AggregateArguments::List { direct, ordered }) = &mut create.arguments {
                direct.iter_mut().chain(ordered).for_each(|found| meet(Mention::Type(&mut found.data_type)));
            }
            create.options.iter_mut().for_each(|item| option(item, meet));
        }
        Object::CreateOperator(create) => {
            meet(Mention::OwnOperator(&mut create.name));
            create.options.iter_mut().for_each(|item| option(item, meet));
        }
        Object::CreateCollation(create) => {
            meet(Mention::Own(&mut create.name));
            if let CollationSource::Copy(name) = &mut create.source {
                meet(Mention::Object(Class::Collation, name));
            }
        }
        Object::CreateTextSearch(create) => {
            meet(Mention::Own(&mut create.name));
            create.options.iter_mut().for_each(|item| option(item, meet));
        }
        Object::AlterConfiguration(alter) => {
            meet(Mention::Own(&mut alter.name));
            if let MappingChange::With(_, _, dictionaries) = &mut alter.mapping {
                dictionaries.iter_mut().for_each(|name| meet(Mention::Object(Class::TextSearchDictionary, name)));
            }
        }
        Object::AlterOperatorFamily(alter) => {
            meet(Mention::Own(&mut alter.name));
            if let FamilyChange::Add(items) = &mut alter.change {
                items.iter_mut().for_each(|item| class_item(item, meet));
            }
        }
        Object::CreateOperatorClass(create) => {
            meet(Mention::Own(&mut create.name));
            meet(Mention::Type(&mut create.data_type));
            create.family.iter_mut().for_each(|name| meet(Mention::Object(Class::OperatorFamily, name)));
            create.items.iter_mut().for_each(|item| class_item(item, meet));
        }
        Object::CreateOperatorFamily(create) => meet(Mention::Own(&mut create.name)),
        Object::CreateConversion(create) => {
            meet(Mention::Own(&mut create.name));
            meet(Mention::Object(Class::Routine, &mut create.function));
        }
        Object::CreatePublication(create) => {
            if let PublicationScope::Objects(members) = &mut create.scope {
                members.iter_mut().for_each(|member| publication_member(&mut member.kind, meet));
            }
        }
        other => bound(other, meet),
    }
}

/// Objects without a schema that bind types and functions.
fn bound(object: &mut Object, meet: &mut Meet<'_>) {
    let routine = |name: &mut Name, meet: &mut Meet<'_>| meet(Mention::Object(Class::Routine, name));
    match object {
        Object::CreateEventTrigger(create) => routine(&mut create.function, meet),
        Object::CreateAccessMethod(create) => routine(&mut create.handler, meet),
        Object::CreateLanguage(create) => {
            if let Some(handlers) = &mut create.handlers {
                routine(&mut handlers.handler, meet);
                let others = handlers.inline.iter_mut().chain(&mut handlers.validator);
                others.for_each(|name| routine(name, meet));
            }
        }
        Object::CreateWrapper(create) => {
            let functions = create.functions.iter_mut().filter_map(|found| found.name.as_mut());
            functions.for_each(|name| routine(name, meet));
        }
        Object::CreateCast(create) => {
            meet(Mention::Type(&mut create.from));
            meet(Mention::Type(&mut create.to));
            if let CastMethod::Function(function) = &mut create.method {
                routine_name(function, meet);
            }
        }
        Object::CreateServer(create) => meet(Mention::Plain(Class::ForeignDataWrapper, &mut create.wrapper)),
        Object::CreateUserMapping(create) => meet(Mention::Plain(Class::Server, &mut create.server)),
        Object::CreateTransform(create) => {
            meet(Mention::Plain(Class::Language, &mut create.language));
            meet(Mention::Type(&mut create.data_type));
            let functions = create.from_sql.iter_mut().chain(&mut create.to_sql);
            functions.for_each(|function| routine_name(function, meet));
        }
        _ => {}
    }
}

fn function(create: &mut CreateFunction, meet: &mut Meet<'_>) {
    meet(Mention::Own(&mut create.name));
    create.parameters.iter_mut().for_each(|parameter| meet(Mention::Type(&mut parameter.data_type)));
    match &mut create.returns {
        Some(Returns::Type(data_type)) => meet(Mention::Type(data_type)),
        Some(Returns::Table(columns)) => {
            columns.iter_mut().for_each(|column| meet(Mention::Type(&mut column.data_type)));
        }
        None => {}
    }
    for attribute in &mut create.attributes {
        match attribute {
            Attribute::Transform(types) => types.iter_mut().for_each(|found| meet(Mention::Type(found))),
            Attribute::Support(name) => meet(Mention::Object(Class::Routine, name)),
            _ => {}
        }
    }
}

fn routine_name(routine: &mut RoutineName, meet: &mut Meet<'_>) {
    meet(Mention::Object(Class::Routine, &mut routine.name));
    let arguments = routine.arguments.iter_mut().flatten();
    arguments.for_each(|argument| meet(Mention::Type(&mut argument.data_type)));
}

/// A name among the options of an aggregate, operator or text search object.
fn option(item: &mut Item, meet: &mut Meet<'_>) {
    match (&mut item.value, item.name.as_str()) {
        (Some(DefinitionValue::Operator(operator)), _) => meet(Mention::Operator(operator)),
        (Some(DefinitionValue::Type(value)), name) => match name {
            "stype" | "stype1" | "mstype" | "basetype" | "leftarg" | "rightarg" => meet(Mention::Type(value)),
            "sfunc" | "sfunc1" | "finalfunc" | "combinefunc" | "serialfunc" | "deserialfunc" | "msfunc"
            | "minvfunc" | "mfinalfunc" | "function" | "procedure" | "restrict" | "join" | "init" | "lexize"
            | "start" | "gettoken" | "end" | "headline" | "lextypes" => {
                meet(Mention::Object(Class::Routine, &mut value.name));
            }
            "template" => meet(Mention::Object(Class::TextSearchTemplate, &mut value.name)),
            "parser" => meet(Mention::Object(Class::TextSearchParser, &mut value.name)),
            "copy" => meet(Mention::Object(Class::TextSearchConfiguration, &mut value.name)),
            _ => {}
        },
        _ => {}
    }
}

fn class_item(item: &mut ClassItem, meet: &mut Meet<'_>) {
    match &mut item.kind {
        ClassItemKind::Operator(operator) => {
            meet(Mention::Operator(&mut operator.name));
            if let Some((left, right)) = &mut operator.types {
                left.iter_mut().chain(right).for_each(|found| meet(Mention::Type(found)));
            }
            operator.order_by.iter_mut().for_each(|name| meet(Mention::Object(Class::OperatorFamily, name)));
        }
        ClassItemKind::Function { types, function, .. } => {
            types.iter_mut().for_each(|found| meet(Mention::Type(found)));
            routine_name(function, meet);
        }
        ClassItemKind::Storage(data_type) => meet(Mention::Type(data_type)),
    }
}

fn publication_member(kind: &mut PublicationObjectKind, meet: &mut Meet<'_>) {
    match kind {
        PublicationObjectKind::Table { relation, .. } => meet(Mention::Relation(&mut relation.name)),
        PublicationObjectKind::Schema(schema) => meet(Mention::Plain(Class::Schema, schema)),
        PublicationObjectKind::CurrentSchema => {}
    }
}
