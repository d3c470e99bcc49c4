//! Types and routines that go out of sight with what needs them.

use super::super::object::dropped;
use super::{ATTIC, Retiring, Shelf, is_retired, is_shelved};
use crate::catalog::{Address, Class, Column, Object, ObjectId, Relation};
use crate::changes::{Change, DropObject, MoveObject};
use crate::pg::{Ident, Name};
use crate::source::Span;
use crate::statement::Statement;

impl Retiring<'_> {
    /// A type or a routine stays as long as something out of sight needs it.
    pub(super) fn object(&mut self, drop: &DropObject) {
        let object = self.catalog.object(&drop.id).filter(|_| self.retirement.shelf == Shelf::Schema);
        let Some(object) = object.filter(|found| self.is_needed(found)) else { return self.push(drop.clone()) };
        if self.shelve(object).is_none() {
            self.push(drop.clone());
        }
    }

    /// Says whether something that goes out of sight, or has gone, needs an object.
    fn is_needed(&self, object: &Object) -> bool {
        let goes = |name: &Name| is_shelved(name) || self.dropped.contains(name);
        match object.id.class {
            Class::Type => {
                let renamed = |table: &Name, column: &Ident| {
                    self.changes.iter().any(|change| {
                        matches!(change, Change::RenameColumn(rename) if rename.from == *column
                            && self.catalog.resolve(&rename.table).as_ref() == Some(table))
                    })
                };
                let of_type =
                    |column: &&Column| column.type_name.as_ref().is_some_and(|held| held.name == object.id.name);
                let uses = |relation: &Relation| {
                    let mut users = relation.columns.iter().filter(of_type);
                    let hidden = |column: &Column| is_retired(&column.name) || renamed(&relation.name, &column.name);
                    users.any(|column| goes(&relation.name) && relation.is_table() || hidden(column))
                };
                self.catalog.relations_of_type(&object.id.name).into_iter().any(uses)
            }
            Class::Routine => {
                let dependents = self.catalog.dependents(&Address::Object(object.id.clone()));
                let needs = |address: &Address| match address {
                    Address::Trigger(..) | Address::Policy(..) | Address::Rule(..) | Address::Relation(_) => false,
                    other => other.relation().is_some_and(goes),
                };
                dependents.iter().any(|found| needs(&found.definer.address))
            }
            _ => false,
        }
    }

    /// Moves an object out of sight; `None` when there is one of its name.
    fn shelve(&mut self, object: &Object) -> Option<()> {
        let own = Ident::exact(&format!("{ATTIC}_{}", self.retirement.version));
        let is_free = |schema: &Ident| {
            let moved = Name { parts: [schema.clone(), object.id.name.last().clone()].into(), span: Span::default() };
            self.catalog.object(&ObjectId { name: moved, ..object.id.clone() }).is_none()
        };
        let schema = [Ident::exact(ATTIC), own].into_iter().find(is_free)?;
        self.attic(&schema);
        let words = object.words(self.catalog.plain_schema());
        self.push(MoveObject { id: object.id.clone(), words, schema });
        Some(())
    }

    /// Moves what is dropped out of sight when nothing but what is out of sight needs it.
    pub(super) fn blocked(&mut self, statement: &Statement) -> Option<()> {
        let objects = dropped(statement, self.catalog)?;
        for object in objects {
            if self.retirement.shelf == Shelf::Name || !self.is_used_by_retired_alone(object) {
                return None;
            }
            self.shelve(object)?;
        }
        Some(())
    }

    fn is_used_by_retired_alone(&self, object: &Object) -> bool {
        match object.id.class {
            Class::Type => {
                let of_type =
                    |column: &&Column| column.type_name.as_ref().is_some_and(|held| held.name == object.id.name);
                let hidden = |relation: &Relation| {
                    let mut users = relation.columns.iter().filter(of_type);
                    is_shelved(&relation.name)
                        || relation.of_type.is_none() && users.all(|column| is_retired(&column.name))
                };
                let others = self.catalog.objects_of_type(&object.id.name);
                self.catalog.relations_of_type(&object.id.name).into_iter().all(hidden) && others.is_empty()
            }
            Class::Routine => {
                let dependents = self.catalog.dependents(&Address::Object(object.id.clone()));
                dependents.iter().all(|found| found.definer.address.relation().is_some_and(is_shelved))
            }
            _ => false,
        }
    }
}
