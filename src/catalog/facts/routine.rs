//! Facts of functions and procedures.

use super::{Page, Value};
use crate::pg::TypeName;
use crate::statement::object::function::{
    Attribute, CreateFunction, Leakproof, NullInput, Returns, Security, Source, Volatility,
};
use crate::statement::object::parameter::{Parameter, ParameterMode};
use crate::statement::session::setting::{Attached, Change};

pub(super) fn facts(page: &mut Page<'_>, create: &CreateFunction) {
    page.text("kind", create.kind);
    for (found, number) in create.parameters.iter().zip(1..) {
        parameter(page, number, found);
    }
    match &create.returns {
        // What comes out says so.
        Some(Returns::Type(of)) if !of.set_of && create.parameters.iter().any(comes_out) => {}
        Some(Returns::Type(of)) => page.text("returns", given(page, of)),
        Some(Returns::Table(columns)) => {
            let context = page.context;
            let columns = columns.iter();
            let columns: Vec<String> =
                columns.map(|column| format!("{} {}", column.name, context.type_name(&column.data_type))).collect();
            page.text("returns", format_args!("TABLE ({})", columns.join(", ")));
        }
        None => {}
    }
    create.attributes.iter().for_each(|found| attribute(page, create, found));
    if let Some(body) = &create.body {
        page.text("language", "sql");
        page.value("body", Value::Expression(body.to_string()));
    }
}

fn comes_out(parameter: &Parameter) -> bool {
    matches!(parameter.mode, Some(ParameterMode::Out | ParameterMode::InOut))
}

/// A type as routines take and return it: without modifiers.
fn given(page: &Page<'_>, of: &TypeName) -> TypeName {
    let modifiers = Vec::new();
    TypeName { modifiers, ..page.context.type_name(of) }
}

fn parameter(page: &mut Page<'_>, number: usize, parameter: &Parameter) {
    let mode = parameter.mode.filter(|mode| *mode != ParameterMode::In);
    let mode = mode.map_or_else(String::new, |mode| format!("{mode} "));
    let name = parameter.name.as_ref().map_or_else(String::new, |name| format!("{name} "));
    let of = given(page, &parameter.data_type);
    page.text(format!("parameter {number}"), format_args!("{mode}{name}{of}"));
    parameter.default.iter().for_each(|default| page.expression(format!("parameter {number} default"), default));
}

fn attribute(page: &mut Page<'_>, create: &CreateFunction, attribute: &Attribute) {
    match attribute {
        Attribute::As(Source::Text(text)) => page.text("body", &text.text),
        Attribute::As(Source::Library { file, symbol }) => {
            page.text("library", file);
            page.text("symbol", symbol);
        }
        Attribute::Language(name) => page.text("language", name.to_ascii_lowercase()),
        Attribute::Transform(types) => types.iter().for_each(|of| page.holds(format!("transform {of}"), true)),
        Attribute::Window => page.text("window", "yes"),
        Attribute::NullInput(found) => page.holds("strict", *found == NullInput::Strict),
        Attribute::Volatility(found) if *found == Volatility::Volatile => {}
        Attribute::Volatility(found) => page.text("volatility", found),
        Attribute::Security(found) => page.holds("security definer", *found == Security::Definer),
        Attribute::Leakproof(found) => page.holds("leakproof", *found == Leakproof::Yes),
        Attribute::Cost(digits) => {
            if digits.parse().ok() != Some(default_cost(create)) {
                page.text("cost", digits);
            }
        }
        Attribute::Rows(digits) => {
            if digits.parse() != Ok(1000.0) {
                page.text("rows", digits);
            }
        }
        Attribute::Support(name) => page.text("support", name),
        Attribute::Parallel(word) if *word == "unsafe" => {}
        Attribute::Parallel(word) => page.text("parallel", word),
        Attribute::Setting(Attached::Set(change)) => {
            let name = change.name().map_or_else(String::new, ToString::to_string);
            let value = match change {
                Change::FromCurrent(_) => Value::Unknown,
                other => Value::Text(other.to_string()),
            };
            page.value(format!("setting {name}"), value);
        }
        Attribute::Setting(Attached::Reset(_)) => {}
    }
}

/// What PostgreSQL takes for the cost of a call where none is written.
fn default_cost(create: &CreateFunction) -> f64 {
    let is_compiled = create.attributes.iter().any(
        |found| matches!(found, Attribute::Language(name) if ["c", "internal"].contains(&&*name.to_ascii_lowercase())),
    );
    if is_compiled { 1.0 } else { 100.0 }
}
