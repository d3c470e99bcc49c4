//! Objects appear and disappear.

use std::fmt;

use super::{locks, steps};
use crate::catalog::{Address, Catalog, CatalogError, Class, Definition, Object, ObjectId};
use crate::changes::{Change, ChangeKind, Inverse, Lock, property};
use crate::pg::Ident;

/// `CREATE` of an object that is no relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateObject {
    /// The object, its names qualified.
    pub object: Box<Object>,
    /// The schema whose names are written without it.
    pub home: Option<Ident>,
}

/// `DROP` of an object on which nothing depends any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropObject {
    /// The object.
    pub id: ObjectId,
    /// How statements name it: `TYPE status`.
    pub words: String,
    /// The locks that it takes.
    pub locks: Vec<Lock>,
}

impl CreateObject {
    /// Makes the changes that bring an object back as it was.
    pub(crate) fn anew(object: &Object, catalog: &Catalog) -> Vec<Change> {
        let plain = Object::new(object.id.clone(), object.definition.clone(), object.origin);
        let mut changes = CreateObject::made(plain, catalog);
        changes.extend(property::restore(catalog, &Address::Object(object.id.clone())));
        changes
    }

    /// Makes the changes that make an object: CREATE, and ALTER for what CREATE cannot say.
    pub(crate) fn made(object: Object, catalog: &Catalog) -> Vec<Change> {
        let home = catalog.plain_schema().cloned();
        let bare = Object { definition: steps::bare(&object.definition), ..object.clone() };
        let completion = steps::between(&bare, &object.definition, catalog);
        let mut changes = vec![Change::from(CreateObject { object: Box::new(bare), home })];
        changes.extend(completion);
        changes
    }
}

impl DropObject {
    /// Drops an object of a catalog.
    pub(crate) fn of(object: &Object, catalog: &Catalog) -> Self {
        let home = catalog.plain_schema();
        DropObject { id: object.id.clone(), words: object.words(home), locks: locks(&object.shortened(home)) }
    }
}

impl ChangeKind for CreateObject {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let id = &self.object.id;
        let fills_shell = id.class == Class::Type
            && catalog.object(id).is_some_and(|found| found.definition == Definition::Shell)
            && matches!(self.object.definition, Definition::Base(_));
        if !fills_shell {
            catalog.free(id)?;
        }
        catalog.insert_object((*self.object).clone());
        Ok(())
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        if self.object.id.class == Class::Subscription {
            return Inverse::underivable("a subscription works on another server, too");
        }
        // Dropping a base type would take the shell along, which was there before.
        if before.object(&self.object.id).is_some() {
            return Inverse::underivable("a base type does not become a shell again");
        }
        let home = self.home.as_ref();
        let locks = locks(&self.object.shortened(home));
        Inverse::exact(DropObject { id: self.object.id.clone(), words: self.object.words(home), locks })
    }

    fn locks(&self) -> Vec<Lock> {
        locks(&self.object.shortened(self.home.as_ref()))
    }
}

impl fmt::Display for CreateObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut short = self.object.shortened(self.home.as_ref());
        if let Definition::Extension(extension) = &mut short.definition
            && extension.schema == self.home
        {
            extension.schema = None;
        }
        write!(f, "{short}")
    }
}

impl ChangeKind for DropObject {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let removed = catalog.remove_object(&self.id);
        removed.map(|_| ()).ok_or_else(|| CatalogError::Undefined(Address::Object(self.id.clone())))
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let Some(object) = before.object(&self.id) else {
            return Inverse::underivable(format!("`{}` was made outside the history", self.words));
        };
        let changes = CreateObject::anew(object, before);
        match &object.definition {
            Definition::Role => Inverse::underivable("the attributes of a role are not followed"),
            Definition::Extension(extension) => {
                let name = object.id.name.last();
                let version = format!("the version of `{name}` that was there");
                let held = format!("what `{name}` itself holds");
                let loses = if extension.version.is_some() { vec![held] } else { vec![version, held] };
                Inverse::structural(changes, loses)
            }
            _ if self.id.class == Class::Subscription => {
                Inverse::underivable("a subscription works on another server, too")
            }
            _ => Inverse::Exact(changes),
        }
    }

    fn locks(&self) -> Vec<Lock> {
        self.locks.clone()
    }
}

impl fmt::Display for DropObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DROP {}", self.words)
    }
}
