//! What the catalog may not know any more, and why: code that ran and is not read, settings that the file changed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::{Catalog, Relation};
use crate::held::Held;
use crate::pg::{Ident, Name};
use crate::settings::Tenancy;
use crate::statement::session::setting::{Change, Reset, Set, SetScope, SpecialSetting, Value};

/// Reasons not to trust what the history seems to say.
#[derive(Clone, Debug, Default)]
pub(super) struct Doubts {
    /// Why nothing is known of any relation.
    all: Option<String>,
    /// Why nothing is known of the relations that have such a word in their name.
    words: Held<BTreeMap<String, Arc<str>>>,
    /// What the file set so far; it ends with the file.
    session: Session,
}

/// What SET changed.
#[derive(Clone, Debug, Default)]
struct Session {
    /// Unqualified names mean something else.
    path: bool,
    /// Another role runs what follows.
    role: bool,
    /// The session's tenant is another one.
    tenant: bool,
    /// The tenant parameter is another one.
    parameter: bool,
    /// Why texts are read in another way.
    other: Option<String>,
    /// Something is set only until the transaction ends.
    local: bool,
}

impl Doubts {
    /// From here on nothing is known of any relation.
    pub(super) fn everything(&mut self, why: impl Into<String>) {
        self.all.get_or_insert(why.into());
    }

    /// From here on nothing is known of the relations that a text names.
    pub(super) fn named_in(&mut self, text: &str, why: &str) {
        let why: Arc<str> = why.into();
        for word in words(text) {
            self.words.entry(word.into_owned()).or_insert_with(|| Arc::clone(&why));
        }
    }

    /// Ends a file: each runs in a session of its own.
    pub(super) fn end_file(&mut self) {
        self.session = Session::default();
    }

    /// Takes note of a SET.
    pub(super) fn set(&mut self, set: &Set, catalog: &Catalog, tenancy: &Tenancy) {
        self.session.local |= set.scope == SetScope::Local;
        match &set.change {
            Change::Role(_) | Change::SessionAuthorization(_) => self.user(tenancy),
            Change::Schema(schema) => self.path([schema.as_str()].into_iter(), catalog),
            Change::Value(name, values) if is(name, "search_path") => {
                let texts = values.iter().map(|value| match value {
                    Value::Text(text) | Value::Number(text) => text.as_str(),
                });
                self.path(texts, catalog);
            }
            change => {
                if let Some(name) = change.name() {
                    self.named_setting(name, tenancy);
                }
            }
        }
    }

    /// Takes note of a RESET.
    pub(super) fn reset(&mut self, reset: &Reset, tenancy: &Tenancy) {
        match reset {
            Reset::Name(name) => self.named_setting(name, tenancy),
            Reset::All => {
                self.session.path = true;
                self.session.tenant = true;
            }
            Reset::Special(SpecialSetting::SessionAuthorization) => self.user(tenancy),
            Reset::Special(_) => {}
        }
    }

    /// Another user goes on.
    pub(super) fn reconnected(&mut self) {
        self.session.role = true;
    }

    /// Another user is another tenant where the session's tenant may be told by its user.
    fn user(&mut self, tenancy: &Tenancy) {
        self.session.role = true;
        let session = tenancy.session.iter().map(|session| session.to_ascii_lowercase());
        self.session.tenant |= session
            .into_iter()
            .any(|session| is_looked_up(&session) || ["user", "role"].iter().any(|word| session.contains(word)));
    }

    fn path<'a>(&mut self, schemas: impl Iterator<Item = &'a str>, catalog: &Catalog) {
        let schemas: Vec<&str> = schemas.filter(|schema| !matches!(*schema, "pg_temp" | "")).collect();
        if schemas.iter().skip(1).any(|schema| *schema == "pg_catalog") {
            self.session.other = Some("`search_path` puts other functions before PostgreSQL's own".into());
        }
        let mut own = schemas.iter().filter(|schema| **schema != "pg_catalog");
        // What one path has more than the other comes last: a name that both find is found in the same schema.
        self.session.path = catalog.search_path.iter().any(|schema| own.next().is_some_and(|found| schema != found));
    }

    /// Any change of these settings counts, whatever the value: the default may be another one.
    fn named_setting(&mut self, name: &Name, tenancy: &Tenancy) {
        const READING: &[&str] = &[
            "standard_conforming_strings",
            "backslash_quote",
            "plpgsql.variable_conflict",
            "session_replication_role",
        ];
        let text = name.parts.iter().map(Ident::as_str).collect::<Vec<_>>().join(".").to_ascii_lowercase();
        self.session.path |= text == "search_path";
        if matches!(text.as_str(), "role" | "session_authorization") {
            self.user(tenancy);
        }
        let session = tenancy.session.iter().map(|session| session.to_ascii_lowercase());
        self.session.tenant |= session
            .into_iter()
            .any(|session| session.contains(&text) || name.parts.len() > 1 && is_looked_up(&session));
        if READING.contains(&text.as_str()) {
            self.session.other = Some(format!("the file sets `{text}`, so what follows may be read in another way"));
        }
    }

    /// The parameter is given another value in the file.
    pub(super) fn parameter(&mut self) {
        self.session.parameter = true;
    }

    /// Says whether statements may run as another role than the one that owns the tables.
    pub(super) fn is_other_role(&self) -> bool {
        self.session.role
    }

    /// Says whether unqualified names mean what the settings say.
    pub(super) fn is_on_path(&self) -> bool {
        !self.session.path
    }

    /// The settings without the designators that no longer name the tenant of the run.
    pub(super) fn tenancy(&self, tenancy: &Tenancy) -> Option<Tenancy> {
        if !self.session.tenant && !self.session.parameter {
            return None;
        }
        let mut tenancy = tenancy.clone();
        if self.session.tenant {
            tenancy.session = None;
        }
        if self.session.parameter {
            // No variable of psql has this name.
            tenancy.parameter = String::new();
        }
        Some(tenancy)
    }

    /// Says whether some setting ends with the transaction.
    pub(super) fn is_local(&self) -> bool {
        self.session.local
    }

    /// Says why a name may not mean what the catalog has under it.
    pub(super) fn of_name(&self, name: &Name) -> Option<String> {
        if self.session.path && name.schema().is_none() {
            return Some(format!("the file sets `search_path`, so which `{name}` is meant is not known"));
        }
        self.session.other.clone().or_else(|| self.all.clone())
    }

    /// Says why a routine may not be what the catalog has under its name.
    pub(super) fn of_routine(&self, name: &Name) -> Option<String> {
        let why = words(name.last().as_str()).find_map(|word| self.words.get(&*word));
        self.of_name(name).or_else(|| why.map(|why| format!("`{name}` may be another one: {why}")))
    }

    /// Says why a relation may not be what the catalog holds.
    pub(super) fn of_relation(&self, relation: &Relation) -> Option<String> {
        let mut own = words(relation.name.last().as_str()).peekable();
        own.peek()?;
        let found: Option<Vec<&Arc<str>>> = own.map(|word| self.words.get(&*word)).collect();
        let why = *found?.first()?;
        Some(format!("`{}` may have changed: {why}", relation.name.last()))
    }
}

fn is(name: &Name, setting: &str) -> bool {
    matches!(name.parts.as_slice(), [only] if only.as_str().eq_ignore_ascii_case(setting))
}

/// Says whether all words of a name stand in a text.
pub(super) fn mentions(text: &str, name: &Ident) -> bool {
    words(name.as_str()).all(|part| words(text).any(|word| word == part))
}

/// Says whether the session's tenant comes from a function that may read any setting.
fn is_looked_up(session: &str) -> bool {
    session.contains('(') && !session.contains("current_setting")
}

/// The words of a text, folded: names in whatever quotes are among them.
fn words(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$') || !c.is_ascii();
    text.split(move |c| !is_part(c)).filter(|word| !word.is_empty()).map(folded)
}

fn folded(word: &str) -> Cow<'_, str> {
    let is_plain = word.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if is_plain { Cow::Borrowed(word) } else { Cow::Owned(word.to_lowercase()) }
}
