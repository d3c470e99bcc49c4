//! Objects get another name or another schema.

use std::fmt;

use crate::catalog::{Address, Catalog, CatalogError, Class, ObjectId};
use crate::changes::{ChangeKind, Inverse, Lock};
use crate::pg::{Ident, Name};

/// `ALTER … RENAME TO`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenameObject {
    /// The object under its old name.
    pub id: ObjectId,
    /// How statements name it before: `TYPE status`.
    pub words: String,
    /// Its new name.
    pub to: Ident,
}

/// `ALTER … SET SCHEMA`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveObject {
    /// The object in its old schema.
    pub id: ObjectId,
    /// How statements name it before: `TYPE status`.
    pub words: String,
    /// Its new schema.
    pub schema: Ident,
}

/// Returns an object under a new qualified name, and how statements name it then.
fn renamed(before: &Catalog, id: &ObjectId, to: Name) -> Result<(ObjectId, String), Inverse> {
    let outside = || Inverse::underivable(format!("`{id}` was made outside the history"));
    let mut object = before.object(id).ok_or_else(outside)?.clone();
    object.id.name = to;
    before.requalify_own(&mut object);
    let words = object.words(before.plain_schema());
    Ok((object.id, words))
}

impl ChangeKind for RenameObject {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        if self.id.class == Class::Schema {
            return catalog.rename_schema(self.id.name.last(), &self.to);
        }
        catalog.rename_object(&self.id, self.id.name.beside(&self.to)).map(|_| ())
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        match renamed(before, &self.id, self.id.name.beside(&self.to)) {
            Ok((id, words)) => Inverse::exact(RenameObject { id, words, to: self.id.name.last().clone() }),
            Err(unknown) => unknown,
        }
    }

    fn locks(&self) -> Vec<Lock> {
        Vec::new()
    }
}

impl fmt::Display for RenameObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER {} RENAME TO {}", self.words, self.to)
    }
}

impl ChangeKind for MoveObject {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        if catalog.object(&self.id).is_none() {
            return Err(CatalogError::Undefined(Address::Object(self.id.clone())));
        }
        let new = self.id.name.within(&self.schema);
        if new == self.id.name {
            return Ok(());
        }
        catalog.rename_object(&self.id, new).map(|_| ())
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let Some(schema) = self.id.name.schema().cloned() else {
            return Inverse::underivable(format!("the schema of `{}` is not known", self.id));
        };
        if schema == self.schema {
            return Inverse::Nothing;
        }
        match renamed(before, &self.id, self.id.name.within(&self.schema)) {
            Ok((id, words)) => Inverse::exact(MoveObject { id, words, schema }),
            Err(unknown) => unknown,
        }
    }

    fn locks(&self) -> Vec<Lock> {
        Vec::new()
    }
}

impl fmt::Display for MoveObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER {} SET SCHEMA {}", self.words, self.schema)
    }
}
