//! Objects that are no relations, by class and name.

use std::collections::BTreeMap;

use super::{Address, Catalog, CatalogError, Class, Definition, Object, ObjectId, Shared};
use crate::pg::{Ident, Name};
use crate::source::Span;

/// The objects of a database that are no relations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Objects(BTreeMap<ObjectId, Object>);

impl Objects {
    /// Returns all objects of a class with a qualified name, in the order of their signatures.
    fn named(&self, class: Class, name: &Name) -> Vec<&Object> {
        let rest = self.0.range(ObjectId::new(class, name.clone())..).map(|(_, object)| object);
        rest.take_while(|found| found.id.class == class && found.id.name == *name).collect()
    }
}

impl Catalog {
    /// Returns all objects that are no relations, by class, name and signature.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.objects.0.values()
    }

    /// Finds an object.
    pub fn object(&self, id: &ObjectId) -> Option<&Object> {
        self.objects.0.get(id)
    }

    /// Finds an object to change it.
    pub fn object_mut(&mut self, id: &ObjectId) -> Option<&mut Object> {
        self.objects.0.get_mut(id)
    }

    /// Adds an object, and returns the one that was there.
    pub fn insert_object(&mut self, object: Object) -> Option<Object> {
        self.lookup.add_object(&object);
        self.objects.0.insert(object.id.clone(), object)
    }

    /// Takes an object out.
    pub fn remove_object(&mut self, id: &ObjectId) -> Option<Object> {
        self.objects.0.remove(id)
    }

    /// Returns the objects of a class that a name means: all overloads in the schema that is named, or those in the
    /// schemas of the search path, the first of them first. Classes without schemas have at most one.
    pub fn objects_named(&self, class: Class, name: &Name) -> Vec<&Object> {
        if name.schema().is_some() {
            return self.objects.named(class, name);
        }
        let in_schema = |schema: &Ident| Name { parts: vec![schema.clone(), name.last().clone()], span: name.span };
        let qualified = self.search_path.iter().map(in_schema);
        let places: Vec<Name> = std::iter::once(name.clone()).chain(qualified).collect();
        places.iter().flat_map(|place| self.objects.named(class, place)).collect()
    }

    /// Finds a type or domain by the name that a statement gives.
    pub fn type_named(&self, name: &Name) -> Option<&Object> {
        self.objects_named(Class::Type, name).into_iter().next()
    }

    /// Says whether a schema is there: made by the history, or by PostgreSQL itself.
    pub fn has_schema(&self, schema: &Ident) -> bool {
        let own = matches!(schema.as_str(), "pg_catalog" | "information_schema" | "pg_temp" | "pg_toast");
        own || self.object(&ObjectId::new(Class::Schema, Name::simple(schema.clone(), Span::default()))).is_some()
    }

    /// Finds what an address shares with objects of other kinds.
    pub fn shared(&self, address: &Address) -> Option<&Shared> {
        match address {
            Address::Object(id) => self.object(id).map(|object| &object.shared),
            Address::DomainConstraint(domain, name) => match &self.type_named(domain)?.definition {
                Definition::Domain(domain) => domain.constraints.get(name).map(|found| &found.shared),
                _ => None,
            },
            Address::Relation(name) => self.relation(name).map(|found| &found.shared),
            Address::Column(table, name) => self.relation(table)?.column(name).map(|found| &found.shared),
            Address::Constraint(table, name) => self.relation(table)?.constraint(name).map(|found| &found.shared),
            Address::Index(table, name) => self.relation(table)?.index_shared(name),
            Address::Trigger(table, name) => self.relation(table)?.triggers.get(name).map(|found| &found.shared),
            Address::Policy(table, name) => self.relation(table)?.policies.get(name).map(|found| &found.shared),
            Address::Rule(table, name) => self.relation(table)?.rules.get(name).map(|found| &found.shared),
        }
    }

    /// Changes what an address shares with objects of other kinds.
    ///
    /// # Errors
    ///
    /// There is nothing at the address.
    pub fn update_shared(&mut self, address: &Address, change: impl FnOnce(&mut Shared)) -> Result<(), CatalogError> {
        let missing = || CatalogError::Undefined(address.clone());
        let found = match address {
            Address::Object(id) => self.object_mut(id).map(|object| &mut object.shared),
            Address::DomainConstraint(domain, name) => {
                let id = self.type_named(domain).map(|object| object.id.clone()).ok_or_else(missing)?;
                match self.object_mut(&id).map(|object| &mut object.definition) {
                    Some(Definition::Domain(domain)) => domain.constraints.get_mut(name).map(|found| &mut found.shared),
                    _ => None,
                }
            }
            _ => {
                let mut relation = address.relation().and_then(|name| self.relation_mut(name)).ok_or_else(missing)?;
                let part = match address {
                    Address::Relation(_) => Some(&mut relation.shared),
                    Address::Column(_, name) => relation.column_mut(name).map(|found| &mut found.shared),
                    Address::Constraint(_, name) => relation.constraint_mut(name).map(|found| &mut found.shared),
                    Address::Index(_, name) => relation.index_shared_mut(name),
                    Address::Trigger(_, name) => relation.triggers.get_mut(name).map(|found| &mut found.shared),
                    Address::Policy(_, name) => relation.policies.get_mut(name).map(|found| &mut found.shared),
                    Address::Rule(_, name) => relation.rules.get_mut(name).map(|found| &mut found.shared),
                    Address::Object(_) | Address::DomainConstraint(..) => None,
                };
                change(part.ok_or_else(missing)?);
                return Ok(());
            }
        };
        change(found.ok_or_else(missing)?);
        Ok(())
    }
}
