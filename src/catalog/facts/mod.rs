//! A catalog as facts: every property of everything under its address, in one canonical spelling.
//!
//! Catalogs that come to the same have the same facts, whether a statement, another tool or a server spelled them.

mod column;
mod compare;
mod constraint;
mod definition;
mod fold;
mod index;
mod object;
mod operator_class;
mod parts;
mod relation;
mod report;
mod routine;
mod shared;
mod subscription;
mod types;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Display};

use sha2::{Digest, Sha256};

pub use compare::{Certainty, Difference, compare};
pub use report::Report;

use self::fold::Context;
use super::{Address, Catalog, Object, Origin, Relation};
use crate::query::Expr;

/// A property's name: `type`, `not null`, `privileges of reader`.
pub type Property = Cow<'static, str>;

/// The properties of one thing; a property that has PostgreSQL's own default is left out.
pub type Properties = BTreeMap<Property, Value>;

/// The facts of a catalog.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts(BTreeMap<Address, Properties>);

/// The value of a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A value with one canonical spelling: another text is another value.
    Text(String),
    /// SQL that may be spelled in several ways: another text may say the same.
    Expression(String),
    /// What PostgreSQL takes where nothing is written: the property may be left out on the other side.
    Usual(String),
    /// What may be what PostgreSQL takes where nothing is written, and then be left out on the other side.
    Perhaps(String),
    /// Nobody knows: the history does not tell.
    Unknown,
}

/// Where a column stands among those of its relation: no statement can restore it.
const POSITION: &str = "position";
/// What a relation whose columns are not known says of them.
const COLUMNS: &str = "columns";

impl Facts {
    /// Takes the facts of a whole catalog.
    pub fn of(catalog: &Catalog) -> Self {
        Facts::of_some(catalog, |_| true)
    }

    /// Takes the facts of the relations and objects that were made at a wanted place.
    pub fn of_some(catalog: &Catalog, wanted: impl Fn(Origin) -> bool) -> Self {
        let mut facts = Facts::default();
        for relation in catalog.relations().filter(|found| wanted(found.origin)) {
            facts.relation(catalog, relation);
        }
        for object in catalog.objects().filter(|found| wanted(found.origin)) {
            object::facts(&mut facts, catalog, object);
        }
        facts
    }

    /// Takes the facts of some relations and objects, whose names mean what they mean in a catalog.
    pub fn of_these<'a>(
        catalog: &Catalog,
        relations: impl IntoIterator<Item = &'a Relation>,
        objects: impl IntoIterator<Item = &'a Object>,
    ) -> Self {
        let mut facts = Facts::default();
        relations.into_iter().for_each(|found| facts.relation(catalog, found));
        objects.into_iter().for_each(|found| object::facts(&mut facts, catalog, found));
        facts
    }

    /// Leaves out what no statement can restore: the positions of columns.
    #[must_use]
    pub fn lawful(mut self) -> Self {
        for properties in self.0.values_mut() {
            properties.remove(POSITION);
        }
        self
    }

    /// Returns everything with its properties, in the order of the addresses.
    pub fn iter(&self) -> impl Iterator<Item = (&Address, &Properties)> {
        self.0.iter()
    }

    /// Returns the properties of what an address names.
    pub fn get(&self, address: &Address) -> Option<&Properties> {
        self.0.get(address)
    }

    /// Returns the SHA-256 of all facts, as `sha256:` and lower-case hex digits.
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::digest(self.to_string().as_bytes());
        digest.iter().fold(String::from("sha256:"), |text, byte| format!("{text}{byte:02x}"))
    }

    fn relation(&mut self, catalog: &Catalog, relation: &Relation) {
        let context = Context { catalog, relation: Some(relation) };
        relation::facts(self, context, relation);
        column::facts(self, context, relation);
        constraint::facts(self, context, relation);
        index::facts(self, context, relation);
        parts::facts(self, context, relation);
    }

    /// Opens the page of what an address names.
    fn page<'a>(&'a mut self, address: Address, context: Context<'a>) -> Page<'a> {
        Page { properties: self.0.entry(address).or_default(), context }
    }
}

impl Display for Facts {
    /// Writes one line for everything, and one for each of its properties.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (address, properties) in &self.0 {
            writeln!(f, "{address}")?;
            for (name, value) in properties {
                writeln!(f, "  {name}: {value}")?;
            }
        }
        Ok(())
    }
}

impl Value {
    /// Returns what is written; `None` when nobody knows.
    pub fn written(&self) -> Option<&str> {
        match self {
            Value::Text(text) | Value::Expression(text) | Value::Usual(text) | Value::Perhaps(text) => Some(text),
            Value::Unknown => None,
        }
    }
}

impl Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.written().unwrap_or("?"))
    }
}

/// The properties of one thing while they are written down.
struct Page<'a> {
    properties: &'a mut Properties,
    context: Context<'a>,
}

impl Page<'_> {
    /// Writes a value.
    fn value(&mut self, name: impl Into<Property>, value: Value) {
        self.properties.insert(name.into(), value);
    }

    /// Writes a value with one spelling.
    fn text(&mut self, name: impl Into<Property>, value: impl Display) {
        self.value(name, Value::Text(value.to_string()));
    }

    /// Writes a value where there is one.
    fn option(&mut self, name: impl Into<Property>, value: &Option<impl Display>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    /// Writes what holds.
    fn holds(&mut self, name: impl Into<Property>, does: bool) {
        if does {
            self.text(name, "yes");
        }
    }

    /// Writes a list, when there is anything in it.
    fn list<T: Display>(&mut self, name: impl Into<Property>, items: &[T]) {
        if !items.is_empty() {
            self.text(name, Joined(items));
        }
    }

    /// Writes an expression in the canonical spelling.
    fn expression(&mut self, name: impl Into<Property>, expr: &Expr) {
        let folded = self.context.fold(expr);
        self.value(name, Value::Expression(folded.to_string()));
    }
}

/// Items with commas between.
struct Joined<'a, T>(&'a [T]);

impl<T: Display> Display for Joined<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::query::comma(f, self.0)
    }
}
