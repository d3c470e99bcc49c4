//! Objects get other names, and what mentions them follows.

use super::{Catalog, CatalogError, Class, Holder, Mention, Object, ObjectId, Relation};
use crate::pg::{Ident, Name, extension};
use crate::query::visit_mut::NodeMut;
use crate::query::{Expr, ExprKind};
use crate::source::Span;
use crate::statement::Statement;
use crate::statement::object::Statement as Made;

impl Catalog {
    /// Returns the relations that have a column of a type, or follow it.
    pub fn relations_of_type(&self, qualified: &Name) -> Vec<&Relation> {
        let candidates = self.lookup.typed(qualified.last()).filter_map(|name| self.relations.get(name));
        candidates.filter(|relation| mentions(relation, qualified)).collect()
    }

    /// Returns the objects whose definitions mention a type.
    pub fn objects_of_type(&self, qualified: &Name) -> Vec<&Object> {
        let candidates = self.users_of(qualified.last());
        let found = candidates.iter().filter_map(|id| self.object(id));
        found.filter(|object| object.mentions_type(qualified)).collect()
    }

    /// Returns the relations of a schema.
    pub fn relations_in(&self, schema: &Ident) -> impl Iterator<Item = &Relation> {
        self.relations.inside(schema.as_str())
    }

    /// Gives an object another qualified name, and everything that mentions it with it.
    ///
    /// # Errors
    ///
    /// There is no such object, or the new name is taken.
    pub fn rename_object(&mut self, id: &ObjectId, to: Name) -> Result<ObjectId, CatalogError> {
        let Some(held) = self.object(id) else {
            return Err(CatalogError::Undefined(super::Address::Object(id.clone())));
        };
        let mut object = held.clone();
        object.id.name = to.clone();
        self.requalify_own(&mut object);
        if object.id == *id {
            return Ok(object.id);
        }
        self.free(&object.id)?;
        self.remove_object(id);
        let renamed = object.id.clone();
        self.insert_object(object);
        self.retarget(id.class, &id.name, &to);
        Ok(renamed)
    }

    /// Writes the name of an object in its definition as its id says.
    pub(crate) fn requalify_own(&self, object: &mut Object) {
        let own = object.id.name.clone();
        object.definition.each_mention(&mut |mention| match mention {
            Mention::Own(name) => *name = own.clone(),
            Mention::OwnOperator(operator) => {
                operator.qualifiers = own.schema().cloned().into_iter().collect();
                operator.symbol = own.last().as_str().to_owned();
            }
            _ => {}
        });
        own_name(object);
        object.id = object.identity();
    }

    /// Says that a name is free for a new object.
    ///
    /// # Errors
    ///
    /// Another object has it, or a relation whose row type does.
    pub fn free(&self, id: &ObjectId) -> Result<(), CatalogError> {
        let row_type = id.class == Class::Type && self.relation(&id.name).is_some_and(Relation::has_row_type);
        if row_type || self.object(id).is_some() { Err(CatalogError::Duplicate(id.clone())) } else { Ok(()) }
    }

    /// Follows a new name of a type, routine or other object in everything that mentions the old one.
    pub(crate) fn retarget(&mut self, class: Class, from: &Name, to: &Name) {
        if class == Class::Type {
            let holders: Vec<Name> = self.relations_of_type(from).iter().map(|found| found.name.clone()).collect();
            for holder in holders {
                let Some(mut relation) = self.held(&holder) else { continue };
                let types = relation.columns.iter_mut().filter_map(|column| column.type_name.as_mut());
                types.filter(|found| found.name == *from).for_each(|found| found.name = to.clone());
                relation.of_type.iter_mut().filter(|name| *name == from).for_each(|name| *name = to.clone());
            }
        }
        if class == Class::Server {
            self.retarget_server(from.last(), to.last());
        }
        if class == Class::Collation {
            self.retarget_collation(from, to);
        }
        self.retarget_expressions(class, from, to);
        for id in self.users_of(from.last()) {
            let Some(object) = self.object(&id) else { continue };
            let mut changed = object.clone();
            changed.definition.each_mention(&mut |mention| match mention {
                Mention::Type(found) if class == Class::Type && found.name == *from => found.name = to.clone(),
                Mention::Object(of, name) if of == class && *name == *from => *name = to.clone(),
                Mention::Plain(of, name) if of == class && *name == *from.last() => *name = to.last().clone(),
                _ => {}
            });
            changed.id = changed.identity();
            self.remove_object(&id);
            self.insert_object(changed);
        }
    }

    /// Follows a new name of a server in the foreign tables on it.
    fn retarget_server(&mut self, from: &Ident, to: &Ident) {
        let is_on_it = |found: &&Relation| found.foreign.as_ref().is_some_and(|foreign| foreign.server == *from);
        let tables: Vec<Name> = self.relations().filter(is_on_it).map(|found| found.name.clone()).collect();
        for table in tables {
            let Some(mut relation) = self.held(&table) else { continue };
            relation.foreign.iter_mut().for_each(|foreign| foreign.server = to.clone());
        }
    }

    /// Follows a new name of a collation in the columns and the keys of indexes that have it.
    fn retarget_collation(&mut self, from: &Name, to: &Name) {
        let path = self.search_path.clone();
        let has = |name: &Option<Name>| name.as_ref().is_some_and(|found| found.last() == from.last());
        let holds = |relation: &&Relation| {
            relation.columns.iter().any(|column| has(&column.collation))
                || relation.indexes.iter().any(|index| index.definition.elements.iter().any(|key| has(&key.collation)))
        };
        let holders: Vec<Name> = self.relations().filter(holds).map(|found| found.name.clone()).collect();
        for holder in holders {
            let Some(mut relation) = self.held(&holder) else { continue };
            let relation = &mut *relation;
            let columns = relation.columns.iter_mut().filter_map(|column| column.collation.as_mut());
            let keys = relation.indexes.iter_mut().flat_map(|index| &mut index.definition.elements);
            columns
                .chain(keys.filter_map(|key| key.collation.as_mut()))
                .for_each(|name| follow(name, (from, to), &path));
        }
    }

    /// Follows a new name of a type, routine or collation in the expressions and queries that name it, and in triggers.
    fn retarget_expressions(&mut self, class: Class, from: &Name, to: &Name) {
        let left = || !self.objects_named(Class::Routine, from).is_empty();
        // With an overload left under the old name, nobody can tell which of them is meant.
        if !matches!(class, Class::Type | Class::Routine | Class::Collation) || class == Class::Routine && left() {
            return;
        }
        let path = self.search_path.clone();
        let follow = |name: &mut Name| follow(name, (from, to), &path);
        let mut node = |node: NodeMut<'_>| match node {
            NodeMut::Expr(Expr { kind: ExprKind::Cast(_, of), .. }) if class == Class::Type => follow(&mut of.name),
            NodeMut::Expr(Expr { kind: ExprKind::Call(call), .. }) if class == Class::Routine => follow(&mut call.name),
            NodeMut::Expr(Expr { kind: ExprKind::Collate(_, name), .. }) if class == Class::Collation => follow(name),
            _ => {}
        };
        let holders: Vec<Holder> = self.lookup.mentioning(from.last()).cloned().collect();
        for holder in holders {
            match holder {
                Holder::Relation(name) => {
                    let Some(mut relation) = self.held(&name) else { continue };
                    relation.each_node(&mut node);
                    let triggers = relation.triggers.values_mut().filter(|_| class == Class::Routine);
                    triggers.for_each(|trigger| follow(&mut trigger.definition.function));
                }
                Holder::Object(id) => {
                    let Some(mut changed) = self.object(&id).cloned() else { continue };
                    changed.each_node(&mut node);
                    self.insert_object(changed);
                }
            }
        }
    }

    /// Follows a new name of a relation in the objects that mention the relation or its row type.
    pub(crate) fn retarget_relation(&mut self, from: &Name, to: &Name) {
        self.retarget(Class::Type, from, to);
        for id in self.users_of(from.last()) {
            let Some(object) = self.object(&id) else { continue };
            let mut changed = object.clone();
            changed.definition.each_mention(&mut |mention| match mention {
                Mention::Relation(name) if *name == *from => *name = to.clone(),
                _ => {}
            });
            self.insert_object(changed);
        }
    }

    /// Moves the members of an extension from one schema to another.
    ///
    /// # Errors
    ///
    /// A member's name is taken there.
    pub fn move_members(
        &mut self,
        extension: &Ident,
        from: Option<&Ident>,
        to: Option<&Ident>,
    ) -> Result<(), CatalogError> {
        let (Some(from), Some(to)) = (from, to) else { return Ok(()) };
        let placed =
            |schema: &Ident, name: &Ident| Name { parts: [schema.clone(), name.clone()].into(), span: Span::default() };
        for name in extension::brings(extension.as_str()).map_or(&[][..], |brings| brings.types) {
            let name = Ident::exact(name);
            self.retarget(Class::Type, &placed(from, &name), &placed(to, &name));
        }
        let is_member =
            |object: &&&Object| object.shared.get().is_some_and(|shared| shared.member_of.as_ref() == Some(extension));
        let members: Vec<ObjectId> =
            self.objects_in(from).iter().filter(is_member).map(|object| object.id.clone()).collect();
        for id in members {
            let name = placed(to, id.name.last());
            self.rename_object(&id, name)?;
        }
        Ok(())
    }

    /// Gives a schema another name, and everything in it with it.
    ///
    /// # Errors
    ///
    /// There is no such schema, or the new name is taken.
    pub fn rename_schema(&mut self, from: &Ident, to: &Ident) -> Result<(), CatalogError> {
        let renamed = |name: &Name| Name { parts: [to.clone(), name.last().clone()].into(), span: name.span };
        self.rename_object(&ObjectId::schema(from), Name::simple(to.clone(), Span::default()))?;
        let objects: Vec<ObjectId> = self.objects_in(from).iter().map(|object| object.id.clone()).collect();
        for id in objects {
            // An overload that mentions a type of the schema may have moved with it already.
            if let Some(current) = self.object(&id).map(|object| object.id.clone()) {
                self.rename_object(&current, renamed(&current.name))?;
            }
        }
        let left: Vec<ObjectId> = self.objects_in(from).iter().map(|object| object.id.clone()).collect();
        for id in left {
            self.rename_object(&id, renamed(&id.name))?;
        }
        let relations: Vec<Name> = self.relations_in(from).map(|relation| relation.name.clone()).collect();
        for relation in relations {
            self.rename(&relation, renamed(&relation))?;
        }
        for id in self.users_of(from) {
            let Some(mut changed) = self.object(&id).cloned() else { continue };
            changed.definition.each_mention(&mut |mention| match mention {
                Mention::Plain(Class::Schema, name) if *name == *from => *name = to.clone(),
                _ => {}
            });
            self.insert_object(changed);
        }
        Ok(())
    }
}

impl Object {
    /// Says whether its definition mentions a type.
    pub fn mentions_type(&self, qualified: &Name) -> bool {
        let mut found = false;
        self.definition.clone().each_mention(&mut |mention| {
            found |= matches!(mention, Mention::Type(name) if name.name == *qualified);
        });
        found
    }
}

/// Objects without a schema have their name in their statement as a plain identifier.
fn own_name(object: &mut Object) {
    let name = object.id.name.last().clone();
    let statement = object.definition.statement_mut();
    let Some(Statement::Object(made)) = statement else { return };
    match &mut **made {
        Made::CreateLanguage(create) => create.name = name,
        Made::CreateAccessMethod(create) => create.name = name,
        Made::CreateWrapper(create) => create.name = name,
        Made::CreateServer(create) => create.name = name,
        Made::CreatePublication(create) => create.name = name,
        Made::CreateSubscription(create) => create.name = name,
        Made::CreateEventTrigger(create) => create.name = name,
        _ => {}
    }
}

fn mentions(relation: &Relation, qualified: &Name) -> bool {
    let has = |found: &crate::pg::TypeName| found.name == *qualified;
    relation.columns.iter().any(|column| column.type_name.as_ref().is_some_and(has))
        || relation.of_type.as_ref() == Some(qualified)
}

/// Follows a new name where the old one stands, short where the search path finds it.
fn follow(name: &mut Name, (from, to): (&Name, &Name), path: &[Ident]) {
    let in_path = |name: &Name| name.schema().is_some_and(|schema| path.contains(schema));
    match name.schema() {
        Some(_) if name.parts == from.parts => name.parts.clone_from(&to.parts),
        None if name.last() == from.last() && in_path(from) => match in_path(to) {
            true => name.parts = [to.last().clone()].into_iter().collect(),
            false => name.parts.clone_from(&to.parts),
        },
        _ => {}
    }
}
