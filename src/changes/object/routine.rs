//! Functions and procedures: what CREATE OR REPLACE can do, and what ALTER says of a difference.

use std::fmt;

use crate::catalog::Definition;
use crate::pg::{Ident, Name};
use crate::source::Span;
use crate::statement::object::function::{
    Attribute, CreateFunction, Leakproof, NullInput, Returns, Security, Volatility,
};
use crate::statement::object::parameter::{Parameter, ParameterMode};
use crate::statement::print::Spaced;
use crate::statement::session::setting::{Attached, Change, Reset};

/// Says whether CREATE OR REPLACE leads from one definition of a routine to another; other objects are not concerned.
pub(crate) fn is_replaceable(from: &Definition, to: &Definition) -> bool {
    match (from.function(), to.function()) {
        (Some(from), Some(to)) => refusal(from, to).is_none(),
        _ => true,
    }
}

/// Says why PostgreSQL would refuse to replace a routine: the SQLSTATE and the words.
pub(crate) fn refusal(from: &CreateFunction, to: &CreateFunction) -> Option<(&'static str, String)> {
    let name = &to.name;
    if from.kind != to.kind || is_window(from) != is_window(to) {
        return Some(("42809", format!("cannot change routine kind of `{name}`")));
    }
    if result(from) != result(to) {
        return Some(("42P13", format!("cannot change return type of `{name}`")));
    }
    let outputs = |create: &CreateFunction| -> Vec<String> {
        let out = create.parameters.iter().filter(|parameter| is_output(parameter));
        let own = out.map(|parameter| format!("{:?} {}", parameter.name, parameter.data_type));
        let columns = match &create.returns {
            Some(Returns::Table(columns)) => columns.as_slice(),
            _ => &[],
        };
        own.chain(columns.iter().map(|column| format!("{:?} {}", Some(&column.name), column.data_type))).collect()
    };
    if outputs(from) != outputs(to) {
        return Some(("42P13", format!("cannot change the output parameters of `{name}`")));
    }
    let mut pairs = inputs(from).into_iter().zip(inputs(to));
    if let Some((old, _)) = pairs.find(|(old, new)| old.name.is_some() && old.name != new.name) {
        let old = old.name.clone().unwrap_or_else(|| Ident::exact(""));
        return Some(("42P13", format!("cannot change name of input parameter `{old}` of `{name}`")));
    }
    let mut pairs = inputs(from).into_iter().zip(inputs(to));
    if pairs.any(|(old, new)| old.default.is_some() && new.default.is_none()) {
        return Some(("42P13", format!("cannot remove parameter defaults from `{name}`")));
    }
    None
}

fn is_window(create: &CreateFunction) -> bool {
    create.attributes.contains(&Attribute::Window)
}

fn is_output(parameter: &Parameter) -> bool {
    matches!(parameter.mode, Some(ParameterMode::Out | ParameterMode::InOut))
}

fn inputs(create: &CreateFunction) -> Vec<&Parameter> {
    create.parameters.iter().filter(|parameter| parameter.mode != Some(ParameterMode::Out)).collect()
}

/// What a call returns; RETURNS may repeat what the output parameters say.
fn result(create: &CreateFunction) -> String {
    match &create.returns {
        Some(Returns::Type(data_type)) => {
            let set_of = if data_type.set_of { "SETOF " } else { "" };
            format!("{set_of}{}", data_type.identity())
        }
        Some(Returns::Table(columns)) => match columns.as_slice() {
            [only] => format!("SETOF {}", only.data_type.identity()),
            _ => "SETOF record".to_owned(),
        },
        None => match create.parameters.iter().filter(|found| is_output(found)).collect::<Vec<_>>().as_slice() {
            [] => "void".to_owned(),
            [only] => only.data_type.identity(),
            _ => "record".to_owned(),
        },
    }
}

/// Tells which attributes exclude each other: of those with the same answer, one holds.
pub(crate) fn slot(attribute: &Attribute) -> (u8, String) {
    let plain = |number| (number, String::new());
    match attribute {
        Attribute::As(_) => plain(0),
        Attribute::Language(_) => plain(1),
        Attribute::Transform(_) => plain(2),
        Attribute::Window => plain(3),
        Attribute::NullInput(_) => plain(4),
        Attribute::Volatility(_) => plain(5),
        Attribute::Security(_) => plain(6),
        Attribute::Leakproof(_) => plain(7),
        Attribute::Cost(_) => plain(8),
        Attribute::Rows(_) => plain(9),
        Attribute::Support(_) => plain(10),
        Attribute::Parallel(_) => plain(11),
        Attribute::Setting(Attached::Set(change)) => (12, setting(change)),
        Attribute::Setting(Attached::Reset(reset)) => (12, reset.to_string()),
    }
}

/// Returns the setting that a SET is about, as RESET names it.
fn setting(change: &Change) -> String {
    let name = match change {
        Change::Value(name, _) | Change::Default(name) | Change::FromCurrent(name) => name.to_string(),
        Change::TimeZone(_) => "timezone".to_owned(),
        Change::Schema(_) => "search_path".to_owned(),
        Change::Names(_) => "client_encoding".to_owned(),
        Change::Role(_) => "role".to_owned(),
        Change::SessionAuthorization(_) => "session_authorization".to_owned(),
        Change::XmlOption(_) => "xmloption".to_owned(),
        Change::Transaction(_) | Change::SessionCharacteristics(_) | Change::Snapshot(_) => "transaction".to_owned(),
    };
    format!("RESET {name}")
}

/// Returns the attributes that lead from one list to another by ALTER; `None` when ALTER cannot.
fn altered(from: &[Attribute], to: &[Attribute]) -> Option<Vec<Attribute>> {
    let held = |list: &[Attribute], wanted: &Attribute| {
        list.iter().find(|found| slot(found) == slot(wanted)).map(ToString::to_string)
    };
    // A setting that is new stands behind all others, so those that stand behind it are taken back and set again.
    let is_setting = |attribute: &&Attribute| matches!(attribute, Attribute::Setting(_));
    let settings: Vec<&Attribute> = to.iter().filter(is_setting).collect();
    let kept = settings.iter().take_while(|attribute| held(from, attribute).is_some()).count();
    let late = settings.get(kept..).unwrap_or(&[]);
    let in_place = to.iter().filter(|attribute| !late.contains(attribute));
    let new = in_place.filter(|attribute| held(from, attribute) != Some(attribute.to_string()));
    let gone = from.iter().filter(|attribute| held(to, attribute).is_none());
    let mut found = Vec::new();
    for attribute in new {
        match attribute {
            Attribute::As(_) | Attribute::Language(_) | Attribute::Transform(_) | Attribute::Window => return None,
            other => found.push(other.clone()),
        }
    }
    for attribute in gone {
        found.push(default(attribute)?);
    }
    for attribute in late {
        if held(from, attribute).is_some() {
            found.push(default(attribute)?);
        }
        found.push((*attribute).clone());
    }
    Some(found)
}

/// Returns the attribute that stands for PostgreSQL's own choice; `None` where no word says so.
fn default(attribute: &Attribute) -> Option<Attribute> {
    Some(match attribute {
        Attribute::NullInput(_) => Attribute::NullInput(NullInput::Called),
        Attribute::Volatility(_) => Attribute::Volatility(Volatility::Volatile),
        Attribute::Security(_) => Attribute::Security(Security::Invoker),
        Attribute::Leakproof(_) => Attribute::Leakproof(Leakproof::No),
        Attribute::Parallel(_) => Attribute::Parallel(Ident::exact("unsafe")),
        Attribute::Setting(Attached::Set(change)) => {
            let name = setting(change);
            let name = Ident::folded(name.trim_start_matches("RESET "));
            Attribute::Setting(Attached::Reset(Reset::Name(Name::simple(name, Span::default()))))
        }
        _ => return None,
    })
}

/// Writes ALTER when only attributes differ, and CREATE OR REPLACE otherwise.
pub(super) fn write(
    f: &mut fmt::Formatter<'_>,
    words: &str,
    from: &CreateFunction,
    to: &CreateFunction,
) -> fmt::Result {
    let rest = |create: &CreateFunction| CreateFunction { attributes: Vec::new(), ..create.clone() }.to_string();
    match altered(&from.attributes, &to.attributes).filter(|_| rest(from) == rest(to)) {
        Some(attributes) if attributes.is_empty() => Ok(()),
        Some(attributes) => write!(f, "ALTER {words}{}", Spaced(&attributes)),
        None => write!(f, "{}", CreateFunction { or_replace: true, ..to.clone() }),
    }
}
