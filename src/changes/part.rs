//! Parts of relations that the catalog does not hold yet, made by a statement that refuses to replace another one.
//!
//! What did not exist is undone by dropping it, whatever it is made of.

use std::fmt;

use super::{ChangeKind, Inverse, Lock};
use crate::catalog::{Catalog, CatalogError};

/// CREATE of a trigger or policy that did not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatePart {
    /// The statement as SQL.
    pub sql: String,
    /// How DROP names it: `TRIGGER touch ON orders`.
    pub object: String,
    /// The locks that making and dropping it take.
    pub locks: Vec<Lock>,
}

/// DROP of such an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropPart {
    /// How DROP names it.
    pub object: String,
    /// The locks that it takes.
    pub locks: Vec<Lock>,
}

impl ChangeKind for CreatePart {
    fn apply(&self, _: &mut Catalog) -> Result<(), CatalogError> {
        Ok(())
    }

    fn invert(&self, _: &Catalog) -> Inverse {
        Inverse::exact(DropPart { object: self.object.clone(), locks: self.locks.clone() })
    }

    fn locks(&self) -> Vec<Lock> {
        self.locks.clone()
    }
}

impl fmt::Display for CreatePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sql)
    }
}

impl ChangeKind for DropPart {
    fn apply(&self, _: &mut Catalog) -> Result<(), CatalogError> {
        Ok(())
    }

    fn invert(&self, _: &Catalog) -> Inverse {
        Inverse::underivable("the definition of what is dropped is not followed")
    }

    fn locks(&self) -> Vec<Lock> {
        self.locks.clone()
    }
}

impl fmt::Display for DropPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DROP {}", self.object)
    }
}
