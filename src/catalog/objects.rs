//! Objects that are no relations, by class and name.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use foldhash::fast::RandomState;

use super::shared::NOTHING;
use super::{Address, Catalog, CatalogError, Class, Definition, Given, Mention, Object, ObjectId, Shared};
use crate::pg::{Ident, Name};
use crate::source::Span;
use crate::statement::words::Words;

/// The objects of a database that are no relations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Objects(pub(super) BTreeMap<ObjectId, Object>, Met);

/// The names that objects have or mention. It forgets nothing, so whoever asks looks at what is found again.
#[derive(Clone, Debug, Default)]
pub(super) struct Met {
    /// Their own names, without schemas: most names that are looked up are PostgreSQL's, and no object has them.
    names: HashSet<Ident, RandomState>,
    /// The objects that may mention a name.
    users: HashMap<Ident, BTreeSet<ObjectId>, RandomState>,
}

impl PartialEq for Met {
    /// What may have been is no part of what is.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl Eq for Met {}

impl Met {
    fn note(&mut self, name: &Ident, id: &ObjectId) {
        match self.users.get_mut(name) {
            Some(known) => drop(known.insert(id.clone())),
            None => drop(self.users.insert(name.clone(), BTreeSet::from([id.clone()]))),
        }
    }

    /// Takes note of an object's name, and of every name of the history in its definition.
    fn add(&mut self, object: &Object) {
        self.names.insert(object.id.name.last().clone());
        // One walk serves reading and renaming; what it reads here is a copy of something small.
        object.definition.clone().each_mention(&mut |mention| match mention {
            Mention::Type(found) if found.builtin_name().is_none() => self.note(found.name.last(), &object.id),
            Mention::Relation(name) | Mention::Object(_, name) => self.note(name.last(), &object.id),
            Mention::Plain(_, name) => self.note(name, &object.id),
            Mention::Operator(operator) => self.note(&Ident::exact(&operator.symbol), &object.id),
            Mention::Type(_) | Mention::Own(_) | Mention::OwnOperator(_) => {}
        });
    }
}

impl Objects {
    /// Returns all objects of a class with a qualified name, in the order of their signatures.
    fn named(&self, class: Class, name: &Name) -> Vec<&Object> {
        if !self.1.names.contains(name.last()) {
            return Vec::new();
        }
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
        self.note_object(id);
        self.objects.0.get_mut(id)
    }

    /// Adds an object, and returns the one that was there.
    pub fn insert_object(&mut self, object: Object) -> Option<Object> {
        self.note_object(&object.id);
        self.objects.1.add(&object);
        self.lookup.add_object(&object);
        self.objects.0.insert(object.id.clone(), object)
    }

    /// Returns the objects of a class, in the order of their names.
    pub fn objects_of(&self, class: Class) -> impl Iterator<Item = &Object> {
        // No identifier is shorter than an empty one.
        let first = ObjectId::plain(class, &Ident::exact(""));
        self.objects.0.range(first..).map(|(_, object)| object).take_while(move |found| found.id.class == class)
    }

    /// Returns the objects of every class that live in a schema.
    pub fn objects_in(&self, schema: &Ident) -> Vec<&Object> {
        let of = |class: &Class| {
            let first = Name { parts: [schema.clone(), Ident::exact("")].into(), span: Span::default() };
            let rest = self.objects.0.range(ObjectId::new(*class, first)..).map(|(_, object)| object);
            let class = *class;
            rest.take_while(move |found| found.id.class == class && found.schema() == Some(schema))
        };
        Class::ALL.iter().flat_map(of).collect()
    }

    /// Returns the objects whose definitions may mention a name.
    pub fn users_of(&self, name: &Ident) -> Vec<ObjectId> {
        let known = self.objects.1.users.get(name).into_iter().flatten();
        known.filter(|id| self.object(id).is_some()).cloned().collect()
    }

    /// Takes an object out.
    pub fn remove_object(&mut self, id: &ObjectId) -> Option<Object> {
        self.note_object(id);
        self.objects.0.remove(id)
    }

    /// Puts an object back as it was.
    pub(super) fn put_object(&mut self, id: ObjectId, object: Option<Object>) {
        match object {
            Some(object) => {
                // What was there can be found already: nothing is forgotten.
                self.objects.0.insert(id, object);
            }
            None => drop(self.objects.0.remove(&id)),
        }
    }

    /// Returns the objects of a class that a name means: all overloads in the schema that is named, or those in the
    /// schemas of the search path, the first of them first. Classes without schemas have at most one.
    pub fn objects_named(&self, class: Class, name: &Name) -> Vec<&Object> {
        if name.schema().is_some() || !self.objects.1.names.contains(name.last()) {
            return self.objects.named(class, name);
        }
        let in_schema = |schema: &Ident| Name { parts: [schema.clone(), name.last().clone()].into(), span: name.span };
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
        let brought = |object: &Object| match &object.definition {
            Definition::Extension(extension) => extension.schema.as_ref() == Some(schema),
            _ => false,
        };
        own || self.object(&ObjectId::schema(schema)).is_some() || self.objects_of(Class::Extension).any(brought)
    }

    /// Finds what an address shares with objects of other kinds.
    pub fn shared(&self, address: &Address) -> Option<&Shared> {
        match address {
            Address::Object(id) => self.object(id).map(|object| &object.shared),
            Address::DomainConstraint(domain, name) => match &self.type_named(domain)?.definition {
                Definition::Domain(domain) => domain.constraints.get(name).map(|found| &found.shared),
                _ => None,
            },
            Address::Attribute(of, name) => match &self.type_named(of)?.definition {
                Definition::Composite(found) if found.has(name) => Some(found.shared.get(name).unwrap_or(&NOTHING)),
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
            Address::Attribute(of, name) => {
                let id = self.type_named(of).map(|object| object.id.clone()).ok_or_else(missing)?;
                let Some(Definition::Composite(found)) = self.object_mut(&id).map(|object| &mut object.definition)
                else {
                    return Err(missing());
                };
                found.update_shared(name, change);
                return Ok(());
            }
            _ => {
                let relation = address.relation().and_then(|name| self.relation_mut(name)).ok_or_else(missing)?;
                let mut relation = relation.only(Given::NoNames);
                let part = match address {
                    Address::Relation(_) => Some(&mut relation.shared),
                    Address::Column(_, name) => relation.column_mut(name).map(|found| &mut found.shared),
                    Address::Constraint(_, name) => relation.constraint_mut(name).map(|found| &mut found.shared),
                    Address::Index(_, name) => relation.index_shared_mut(name),
                    Address::Trigger(_, name) => relation.triggers.get_mut(name).map(|found| &mut found.shared),
                    Address::Policy(_, name) => relation.policies.get_mut(name).map(|found| &mut found.shared),
                    Address::Rule(_, name) => relation.rules.get_mut(name).map(|found| &mut found.shared),
                    Address::Object(_) | Address::DomainConstraint(..) | Address::Attribute(..) => None,
                };
                change(part.ok_or_else(missing)?);
                return Ok(());
            }
        };
        change(found.ok_or_else(missing)?);
        Ok(())
    }
}
