//! Options as `pg_class.reloptions` and its kin hold them: texts of the form `name=value`.

use std::fmt::Display;

use super::IntrospectError;
use super::text::{relation_statement, unexpected};
use crate::pg::{Ident, Name};
use crate::source::Span;
use crate::statement::print::Quoted;
use crate::statement::relation::{
    ActionKind, GenericOption, Parameter, RelationChange, Statement as RelationStatement,
};

/// Reads storage parameters, in their order, with this namespace before each.
pub(super) fn parameters(
    object: impl Display,
    namespace: &str,
    options: &Option<Vec<String>>,
) -> Result<Vec<Parameter>, IntrospectError> {
    let Some(options) = options.as_ref().filter(|options| !options.is_empty()) else { return Ok(Vec::new()) };
    let items: Vec<String> = options.iter().map(|option| format!("{namespace}{}", written(option))).collect();
    // Values are to be told apart as in a statement.
    let text = format!("ALTER TABLE t SET ({})", items.join(", "));
    match relation_statement(&object, &text)? {
        RelationStatement::AlterRelation(alter) => match alter.change {
            RelationChange::Actions(actions) => match actions.into_iter().next().map(|action| action.kind) {
                Some(ActionKind::SetParameters(parameters)) => Ok(parameters),
                _ => Err(unexpected(object, &text)),
            },
            _ => Err(unexpected(object, &text)),
        },
        _ => Err(unexpected(object, &text)),
    }
}

/// Writes `name=value` as a statement would.
fn written(option: &str) -> String {
    let (name, value) = option.split_once('=').unwrap_or((option, ""));
    let name = Name::simple(Ident::exact(name), Span::default());
    let is_word = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_number = value.parse::<f64>().is_ok() && value.bytes().all(|byte| !byte.is_ascii_alphabetic());
    if is_word || is_number { format!("{name} = {value}") } else { format!("{name} = {}", Quoted(value)) }
}

/// Reads the options of a foreign-data wrapper, in the order of their names.
pub(super) fn generic(options: &Option<Vec<String>>) -> Vec<GenericOption> {
    let mut options: Vec<GenericOption> = options
        .iter()
        .flatten()
        .map(|option| {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            GenericOption { name: Ident::exact(name), value: value.to_owned() }
        })
        .collect();
    options.sort_by(|a, b| a.name.cmp(&b.name));
    options
}
