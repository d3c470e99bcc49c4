//! The SQL that takes an object from one definition to another.

use std::fmt::{self, Write};

use super::routine;
use crate::catalog::{Definition, Domain, DomainCheck, Extension};
use crate::query::Quoted;
use crate::statement::Statement;
use crate::statement::object::Statement as Made;
use crate::statement::object::definition::{Definition as Item, ForeignOption, OptionAction};
use crate::statement::object::foreign::WrapperFunction;
use crate::statement::object::operator_class::{ClassItem, ClassItemKind, DroppedItem, DroppedKind, FamilyChange};
use crate::statement::object::publication::{
    CreatePublication, CreateSubscription, MemberAction, PublicationObject, PublicationObjectKind, PublicationScope,
};
use crate::statement::object::text_search::{MappingAction, MappingChange};
use crate::statement::print::{Comma, InParens, Lead};
use crate::statement::relation::{
    Attribute, AttributeAction, AttributeActionKind, DomainChange, DomainConstraint, DomainConstraintKind, Parameter,
    Statement as Relation, StatisticsChange, TypeChange, ValuePlace,
};
use crate::statement::words::Behavior;

/// Two definitions of an object, shortened. Displays as the statement that leads from one to the other; as nothing when
/// there is no difference.
pub(super) struct Difference<'a> {
    /// How statements name the object.
    pub(super) words: &'a str,
    /// The definition before.
    pub(super) from: &'a Definition,
    /// The definition after.
    pub(super) to: &'a Definition,
    /// Whether tables of a composite type follow.
    pub(super) behavior: Behavior,
}

/// Says whether nothing leads from one definition to another because they are the same.
pub(crate) fn is_none(from: &Definition, to: &Definition) -> bool {
    Difference { words: "", from, to, behavior: Behavior::Restrict }.to_string().is_empty()
}

impl fmt::Display for Difference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let change = match (self.from, self.to) {
            (Definition::Enum(from), Definition::Enum(to)) => labels(from, to).map(|change| change.to_string()),
            (Definition::Composite(from), Definition::Composite(to)) => {
                attributes(&from.attributes, &to.attributes, self.behavior).map(|change| change.to_string())
            }
            (Definition::Range(from), Definition::Range(to)) | (Definition::Base(from), Definition::Base(to)) => {
                properties(from, to).map(|change| change.to_string())
            }
            (Definition::Domain(from), Definition::Domain(to)) => domain(from, to).map(|change| change.to_string()),
            (Definition::Extension(from), Definition::Extension(to)) => extension(from, to),
            (Definition::EventTrigger(_, from), Definition::EventTrigger(_, to)) => {
                (from != to).then(|| to.to_string())
            }
            (Definition::Extended(_, from), Definition::Extended(_, to)) => completed(from, to),
            (Definition::Statement(from), Definition::Statement(to)) => return statement(f, self.words, from, to),
            _ => None,
        };
        change.map_or(Ok(()), |change| write!(f, "ALTER {} {change}", self.words))
    }
}

/// Finds the label that is new, or has another name.
fn labels(from: &[String], to: &[String]) -> Option<TypeChange> {
    let at = (0..to.len()).find(|&at| from.get(at) != to.get(at))?;
    let value = to[at].clone();
    if from.len() == to.len() {
        return Some(TypeChange::RenameValue { from: from[at].clone(), to: value });
    }
    let place = to.get(at + 1).map(|next| ValuePlace::Before(next.clone()));
    Some(TypeChange::AddValue { if_not_exists: false, value, place })
}

fn attributes(from: &[Attribute], to: &[Attribute], behavior: Behavior) -> Option<TypeChange> {
    let has = |list: &[Attribute], wanted: &Attribute| list.iter().any(|found| found.name == wanted.name);
    let span = crate::source::Span::default();
    let action = |kind| Some(TypeChange::Attributes(vec![AttributeAction { span, kind, behavior }]));
    let gone = from.iter().find(|old| !has(to, old));
    let new = to.iter().find(|new| !has(from, new));
    match (gone, new) {
        (Some(gone), Some(new)) => {
            Some(TypeChange::RenameAttribute { from: gone.name.clone(), to: new.name.clone(), behavior })
        }
        (Some(gone), None) => action(AttributeActionKind::Drop { if_exists: false, name: gone.name.clone() }),
        (None, Some(new)) => action(AttributeActionKind::Add(new.clone())),
        (None, None) => {
            let text = |found: &Attribute| found.to_string();
            let changed = to.iter().find(|new| !from.iter().any(|old| text(old) == text(new)))?;
            action(AttributeActionKind::SetType(changed.clone()))
        }
    }
}

fn properties(from: &[Parameter], to: &[Parameter]) -> Option<TypeChange> {
    let new = to.iter().filter(|new| !from.contains(new)).map(|new| (new.name.clone(), new.value.clone()));
    let gone = from.iter().filter(|old| !to.iter().any(|new| new.name == old.name));
    let changes: Vec<_> = new.chain(gone.map(|old| (old.name.clone(), None))).collect();
    (!changes.is_empty()).then_some(TypeChange::SetProperties(changes))
}

fn domain(from: &Domain, to: &Domain) -> Option<DomainChange> {
    let text = |value: &Option<crate::query::Expr>| value.as_ref().map(ToString::to_string);
    if text(&from.default) != text(&to.default) {
        return Some(to.default.clone().map_or(DomainChange::DropDefault, DomainChange::SetDefault));
    }
    match (from.not_null, to.not_null) {
        (false, true) => return Some(DomainChange::SetNotNull),
        (true, false) => return Some(DomainChange::DropNotNull),
        _ => {}
    }
    let gone = from.constraints.iter().find(|(name, _)| !to.constraints.contains_key(*name));
    let new = to.constraints.iter().find(|(name, _)| !from.constraints.contains_key(*name));
    match (gone, new) {
        (Some((from, _)), Some((to, _))) => Some(DomainChange::RenameConstraint { from: from.clone(), to: to.clone() }),
        (Some((name, _)), None) => {
            Some(DomainChange::DropConstraint { if_exists: false, name: name.clone(), behavior: Behavior::Restrict })
        }
        (None, Some((_, check))) => Some(DomainChange::AddConstraint(added(check))),
        (None, None) => {
            let validated = |(name, check): &(&_, &DomainCheck)| {
                check.validated && from.constraints.get(*name).is_some_and(|old| !old.validated)
            };
            to.constraints.iter().find(validated).map(|(name, _)| DomainChange::ValidateConstraint(name.clone()))
        }
    }
}

/// A check is added as it is: without validation when it is not valid.
fn added(check: &DomainCheck) -> DomainConstraint {
    let mut constraint = check.definition.clone();
    if let DomainConstraintKind::Check { not_valid, .. } = &mut constraint.kind {
        *not_valid = !check.validated;
    }
    constraint
}

fn extension(from: &Extension, to: &Extension) -> Option<String> {
    match (&from.schema, &to.schema, &to.version) {
        (old, Some(new), _) if old.as_ref() != Some(new) => Some(format!("SET SCHEMA {new}")),
        (_, _, Some(version)) if from.version.as_ref() != Some(version) => {
            Some(format!("UPDATE TO {}", Quoted(version)))
        }
        _ => None,
    }
}

/// What the completing statements differ in, as the end of one more statement.
fn completed(from: &[Statement], to: &[Statement]) -> Option<String> {
    let gone = from.iter().find(|old| !to.contains(old));
    let new = to.iter().find(|new| !from.contains(new));
    match new.or(gone)? {
        Statement::Relation(found) => match &**found {
            Relation::AlterStatistics(alter) => Some(match (new, &alter.change) {
                (Some(_), StatisticsChange::SetTarget(Some(target))) => format!("SET STATISTICS {target}"),
                _ => "SET STATISTICS -1".to_owned(),
            }),
            _ => None,
        },
        Statement::Object(found) => match &**found {
            Made::AlterConfiguration(alter) => mapping(&alter.mapping, new.is_some()),
            Made::AlterOperatorFamily(alter) => match (&alter.change, new.is_some()) {
                (FamilyChange::Add(items), true) => Some(format!("ADD {}", Comma(items))),
                (FamilyChange::Add(items), false) => {
                    let dropped: Vec<DroppedItem> = items.iter().filter_map(dropped).collect();
                    Some(format!("DROP {}", Comma(&dropped)))
                }
                (FamilyChange::Drop(_), _) => None,
            },
            _ => None,
        },
        Statement::Data(_) | Statement::Session(_) => None,
    }
}

fn mapping(change: &MappingChange, is_new: bool) -> Option<String> {
    let MappingChange::With(_, tokens, dictionaries) = change else { return None };
    Some(match is_new {
        true => format!("{} MAPPING FOR {} WITH {}", MappingAction::Add, Comma(tokens), Comma(dictionaries)),
        false => format!("DROP MAPPING FOR {}", Comma(tokens)),
    })
}

/// Names a member of an operator family as DROP does.
fn dropped(item: &ClassItem) -> Option<DroppedItem> {
    let (kind, number, types) = match &item.kind {
        ClassItemKind::Operator(operator) => {
            let (left, right) = operator.types.clone()?;
            (DroppedKind::Operator, operator.number, left.into_iter().chain(right).collect())
        }
        ClassItemKind::Function { number, types, function } => {
            let given = function.arguments.iter().flatten().map(|argument| argument.data_type.clone());
            let types = if types.is_empty() { given.collect() } else { types.clone() };
            (DroppedKind::Function, *number, types)
        }
        ClassItemKind::Storage(_) => return None,
    };
    Some(DroppedItem { span: item.span, kind, number, types })
}

fn statement(f: &mut fmt::Formatter<'_>, words: &str, from: &Statement, to: &Statement) -> fmt::Result {
    let (Statement::Object(old), Statement::Object(new)) = (from, to) else { return Ok(()) };
    let change = match (&**old, &**new) {
        (Made::CreateFunction(old), Made::CreateFunction(new)) => return routine::write(f, words, old, new),
        (Made::CreateServer(old), Made::CreateServer(new)) => {
            let version = match (&old.version, &new.version) {
                (old, new) if old == new => String::new(),
                (_, Some(version)) => format!(" VERSION {}", Quoted(version)),
                (_, None) => " VERSION NULL".to_owned(),
            };
            format!("{version}{}", Options(&old.options, &new.options))
        }
        (Made::CreateUserMapping(old), Made::CreateUserMapping(new)) => Options(&old.options, &new.options).to_string(),
        (Made::CreateWrapper(old), Made::CreateWrapper(new)) => {
            let functions = functions(&old.functions, &new.functions);
            format!("{functions}{}", Options(&old.options, &new.options))
        }
        (Made::CreatePublication(old), Made::CreatePublication(new)) => publication(old, new),
        (Made::CreateSubscription(old), Made::CreateSubscription(new)) => subscription(old, new),
        (Made::CreateOperator(old), Made::CreateOperator(new)) => {
            InParens(" SET ", &none(&old.options, &new.options)).to_string()
        }
        (Made::CreateTextSearch(old), Made::CreateTextSearch(new)) => {
            InParens(" ", &set(&old.options, &new.options)).to_string()
        }
        _ if from.to_string() == to.to_string() => String::new(),
        // What is left can only be replaced as a whole.
        _ => return write!(f, "{}", to.to_string().replacen("CREATE ", "CREATE OR REPLACE ", 1)),
    };
    if change.is_empty() { Ok(()) } else { write!(f, "ALTER {words}{change}") }
}

/// `OPTIONS (…)` with what is added, set and dropped.
struct Options<'a>(&'a [ForeignOption], &'a [ForeignOption]);

impl fmt::Display for Options<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Options(from, to) = self;
        let mut now: Vec<ForeignOption> = from.to_vec();
        let mut changes: Vec<ForeignOption> = Vec::new();
        let bare = |option: &ForeignOption| ForeignOption {
            action: Some(OptionAction::Drop),
            name: option.name.clone(),
            value: None,
        };
        for gone in from.iter().filter(|old| to.iter().all(|new| new.name != old.name)) {
            now.retain(|found| found.name != gone.name);
            changes.push(bare(gone));
        }
        for (at, option) in to.iter().enumerate() {
            if now.get(at).is_some_and(|found| found.name == option.name && found.value == option.value) {
                continue;
            }
            if now.get(at).is_some_and(|found| found.name == option.name) {
                changes.push(ForeignOption { action: Some(OptionAction::Set), ..option.clone() });
                continue;
            }
            // What is new stands behind all others, so what stands behind it is taken out and put in again.
            if now.iter().any(|found| found.name == option.name) {
                now.retain(|found| found.name != option.name);
                changes.push(bare(option));
            }
            changes.push(ForeignOption { action: Some(OptionAction::Add), ..option.clone() });
            now.push(option.clone());
        }
        write!(f, "{}", InParens(" OPTIONS ", &changes))
    }
}

fn functions(from: &[WrapperFunction], to: &[WrapperFunction]) -> String {
    let mut text = String::new();
    for function in to.iter().filter(|new| !from.contains(new)) {
        // A String takes everything.
        let _ = write!(text, " {function}");
    }
    for gone in from.iter().filter(|old| !to.iter().any(|new| new.role == old.role)) {
        let _ = write!(text, " NO {}", gone.role);
    }
    text
}

/// Options that differ; one that is gone is written without a value, which takes it away.
fn set(from: &[Item], to: &[Item]) -> Vec<Item> {
    let value = |item: &Item| item.value.as_ref().map(ToString::to_string);
    let named = |list: &[Item], wanted: &Item| list.iter().find(|found| found.name == wanted.name).map(value);
    let new = to.iter().filter(|item| named(from, item) != Some(value(item))).cloned();
    let gone = from.iter().filter(|item| named(to, item).is_none());
    new.chain(gone.map(|item| Item { value: None, ..item.clone() })).collect()
}

/// The same for an operator, where `NONE` takes away.
fn none(from: &[Item], to: &[Item]) -> Vec<String> {
    set(from, to).iter().map(|item| format!("{item}{}", if item.value.is_none() { " = NONE" } else { "" })).collect()
}

/// An option of a publication that is gone has the value that the server chooses.
fn published(option: &Item) -> String {
    match (&option.value, option.name.as_str()) {
        (None, "publish") => "publish = 'insert, update, delete, truncate'".to_owned(),
        (None, "publish_via_partition_root") => "publish_via_partition_root = false".to_owned(),
        (None, "publish_generated_columns") => "publish_generated_columns = none".to_owned(),
        _ => option.to_string(),
    }
}

fn publication(from: &CreatePublication, to: &CreatePublication) -> String {
    let options = set(&from.options, &to.options);
    if !options.is_empty() {
        let written: Vec<String> = options.iter().map(published).collect();
        return InParens(" SET ", &written).to_string();
    }
    let (PublicationScope::Objects(old), PublicationScope::Objects(new)) = (&from.scope, &to.scope) else {
        return String::new();
    };
    let text = |member: &PublicationObject| member.to_string();
    let lacks =
        |list: &[PublicationObject], wanted: &PublicationObject| !list.iter().any(|found| text(found) == text(wanted));
    let added: Vec<PublicationObject> = new.iter().filter(|member| lacks(old, member)).cloned().collect();
    let gone: Vec<PublicationObject> = old.iter().filter(|member| lacks(new, member)).cloned().collect();
    match (added.is_empty(), gone.is_empty()) {
        (true, true) => String::new(),
        (false, true) => format!(" {} {}", MemberAction::Add, Comma(&added)),
        (true, false) => {
            let plain: Vec<PublicationObject> = gone.iter().map(plain).collect();
            format!(" {} {}", MemberAction::Drop, Comma(&plain))
        }
        (false, false) => format!(" {} {}", MemberAction::Set, Comma(new)),
    }
}

/// Names a member of a publication without its columns and rows, as DROP does.
fn plain(member: &PublicationObject) -> PublicationObject {
    let mut plain = member.clone();
    if let PublicationObjectKind::Table { columns, filter, .. } = &mut plain.kind {
        (*columns, *filter) = (Vec::new(), None);
    }
    plain
}

fn subscription(from: &CreateSubscription, to: &CreateSubscription) -> String {
    if from.connection != to.connection {
        return format!(" CONNECTION {}", Quoted(&to.connection));
    }
    if from.publications != to.publications {
        return format!(" SET PUBLICATION {}", Comma(&to.publications));
    }
    let options = set(&from.options, &to.options);
    let enabled = options.iter().find(|item| item.name == *"enabled").map(|item| item.value.as_ref());
    match enabled {
        Some(Some(value)) if value.to_string() == "false" => " DISABLE".to_owned(),
        Some(_) => " ENABLE".to_owned(),
        None => format!("{}", Lead(" SET ", &(!options.is_empty()).then(|| format!("({})", Comma(&options))))),
    }
}
