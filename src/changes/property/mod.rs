//! Properties: what is set to a value and goes back to the old one, of objects of any kind.
//!
//! Each property is read from a catalog, written to one, and printed as the statement that sets it. A new property is a
//! variant here and a file beside this one.

mod comment;
mod depends;
mod firing;
mod label;
mod member;
mod owner;
mod restore;
mod setting;
mod setting_restore;
mod setting_sql;

use std::fmt;

pub use member::Membership;
pub use setting::{Assigned, ParameterName, Setting};

pub(crate) use setting_restore::{stored, strip_column};

pub(crate) use restore::{bare, restore};

use super::{Change, ChangeKind, Inverse, Lock};
use crate::catalog::{Address, Catalog, CatalogError, Object};
use crate::pg::{Ident, LockMode, Name};
use crate::statement::object::reference::Kind;
use crate::statement::relation::Firing;

/// A property gets a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetProperty {
    /// What has it, by its qualified name.
    pub of: Address,
    /// How statements name that.
    pub subject: Subject,
    /// The property and its value.
    pub property: Property,
}

/// How statements name the thing whose property is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The word for its kind.
    pub kind: Kind,
    /// Its name with what tells it from others: `touch ON orders`, `total(integer)`.
    pub name: String,
    /// The relation that it is or belongs to.
    pub relation: Option<Name>,
}

/// A property with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Property {
    /// `COMMENT ON`; `None` takes the comment away.
    Comment(Option<String>),
    /// `SECURITY LABEL` of a provider; `None` takes the label away.
    Label {
        /// Who interprets it.
        provider: String,
        /// The label.
        label: Option<String>,
    },
    /// `OWNER TO`; `None` is the role that runs the history.
    Owner(Option<Ident>),
    /// `DEPENDS ON EXTENSION`.
    DependsOn {
        /// The extension.
        extension: Ident,
        /// Whether its DROP takes the thing along.
        dependence: Dependence,
    },
    /// `ALTER EXTENSION … ADD`.
    Member {
        /// The extension.
        extension: Ident,
        /// Whether the thing is a member of it.
        membership: Membership,
    },
    /// `ENABLE TRIGGER` and its kin, of a trigger or a rule.
    Firing(Firing),
    /// How a relation, a column or an index is stored or marked.
    Setting(Setting),
}

/// Whether the DROP of an extension takes a thing along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dependence {
    /// It does.
    Dependent,
    /// It does not.
    Independent,
}

impl Property {
    /// Returns the same property with the value that it has in a catalog; `None` when there is nothing at the address.
    fn read(&self, catalog: &Catalog, of: &Address) -> Option<Property> {
        match self {
            Property::Comment(_) => comment::read(catalog, of),
            Property::Label { provider, .. } => label::read(catalog, of, provider),
            Property::Owner(_) => owner::read(catalog, of),
            Property::DependsOn { extension, .. } => depends::read(catalog, of, extension),
            Property::Member { extension, .. } => member::read(catalog, of, extension),
            Property::Firing(_) => firing::read(catalog, of),
            Property::Setting(setting) => setting::read(catalog, of, setting).map(Property::Setting),
        }
    }

    /// Gives it its value in a catalog.
    fn write(&self, catalog: &mut Catalog, of: &Address) -> Result<(), CatalogError> {
        match self {
            Property::Comment(text) => comment::write(catalog, of, text),
            Property::Label { provider, label } => label::write(catalog, of, (provider, label)),
            Property::Owner(role) => owner::write(catalog, of, role),
            Property::DependsOn { extension, dependence } => depends::write(catalog, of, (extension, *dependence)),
            Property::Member { extension, membership } => member::write(catalog, of, (extension, *membership)),
            Property::Firing(firing) => firing::write(catalog, of, *firing),
            Property::Setting(setting) => setting::write(catalog, of, setting),
        }
    }

    fn lock(&self, of: &Address) -> Option<LockMode> {
        match self {
            Property::Comment(_) | Property::Label { .. } => comment::lock(of),
            Property::Owner(_) => Some(LockMode::AccessExclusive),
            Property::DependsOn { .. } => depends::lock(of),
            Property::Member { .. } => Some(LockMode::ShareUpdateExclusive),
            Property::Firing(_) => firing::lock(of),
            Property::Setting(setting) => Some(setting::lock(of, setting)),
        }
    }
}

impl SetProperty {
    /// Sets a property of what a catalog holds.
    pub fn new(catalog: &Catalog, of: Address, property: Property) -> Self {
        let subject = Subject {
            kind: catalog.kind_at(&of),
            name: catalog.written(&of),
            relation: of.relation().map(|name| catalog.shown(name)),
        };
        SetProperty { of, subject, property }
    }

    /// Sets a property of an object that the same statement makes.
    pub fn made(catalog: &Catalog, object: &Object, property: Property) -> Self {
        let name = object.written(catalog.plain_schema());
        let subject = Subject { kind: object.kind().unwrap_or(Kind::Type), name, relation: None };
        SetProperty { of: Address::Object(object.id.clone()), subject, property }
    }

    /// Sets another property of the same thing.
    fn also(&self, property: Property) -> Change {
        SetProperty { of: self.of.clone(), subject: self.subject.clone(), property }.into()
    }
}

impl ChangeKind for SetProperty {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        self.property.write(catalog, &self.of)
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        match self.property.read(before, &self.of) {
            Some(old) if old == self.property && !firing::is_passed_on(before, self) => Inverse::Nothing,
            Some(old) => {
                let mut changes = match &self.property {
                    Property::Setting(set) => {
                        let back = setting::back(before, &self.of, set);
                        back.into_iter().map(|setting| self.also(Property::Setting(setting))).collect()
                    }
                    _ => vec![self.also(old)],
                };
                if let Property::Owner(role) = &self.property {
                    changes.extend(owner::privileges_back(before, &self.of, role));
                }
                changes.extend(firing::copies_back(before, self));
                Inverse::Exact(changes)
            }
            // What was not there before goes as a whole.
            None => Inverse::Nothing,
        }
    }

    fn locks(&self) -> Vec<Lock> {
        let relation = self.subject.relation.as_ref();
        relation.and_then(|name| Some(Lock::new(name, self.property.lock(&self.of)?))).into_iter().collect()
    }
}

impl fmt::Display for SetProperty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.property {
            Property::Comment(text) => comment::sql(f, &self.subject, text),
            Property::Label { provider, label } => label::sql(f, &self.subject, (provider, label)),
            Property::Owner(role) => owner::sql(f, &self.subject, role),
            Property::DependsOn { extension, dependence } => depends::sql(f, &self.subject, (extension, *dependence)),
            Property::Member { extension, membership } => member::sql(f, &self.subject, (extension, *membership)),
            Property::Firing(firing) => firing::sql(f, (&self.of, &self.subject), *firing),
            Property::Setting(setting) => setting_sql::sql(f, (&self.of, &self.subject), setting),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}
