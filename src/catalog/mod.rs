//! The catalog: what a database holds at one point of its history.
//!
//! Relations carry what belongs to them (columns, constraints, indexes, triggers, policies, rules); everything else is an
//! object. What all of them share (owner, privileges, comment, labels) is held in one way, and every thing has an address.

mod acl;
mod address;
mod column;
mod constraint;
mod defaults;
mod demands;
mod error;
mod expressions;
pub mod facts;
mod holders;
pub mod identity;
mod index;
mod journal;
mod keys;
mod labels;
mod lookup;
mod made;
mod mentions;
pub mod names;
mod object;
mod objects;
mod parts;
mod past;
mod privileges;
mod reference;
mod regclass;
mod relation;
mod relations;
mod retarget;
mod sequence;
mod session;
mod shared;
mod signature;
mod types;

use std::collections::BTreeSet;

pub(crate) use acl::Named;
pub use acl::{AclDelta, GrantMode, Grantable};
pub use address::{Address, Class, ObjectId};
pub use column::{Column, Generated};
pub use constraint::{Constraint, ConstraintKind};
pub use error::CatalogError;
pub use index::Index;
pub use journal::{Journal, Seat};
pub(crate) use lookup::Given;
pub use lookup::{Holder, RelationMut};
pub use mentions::Mention;
pub use object::{Composite, Definition, Domain, DomainCheck, Extension, Object};
pub use parts::{Foreign, Policy, Rule, Trigger, View};
pub use regclass::{next_value, settle};
pub use relation::{Certainty, Kind, Origin, Relation};
pub use sequence::Sequence;
pub use session::Session;
pub use shared::{Acl, GrantOption, Grantee, PrivilegesDoubt, Properties, Shared};

use self::lookup::Lookup;
use self::objects::Objects;
use self::relations::Relations;
use crate::pg::{Ident, Name, PgVersion};
use crate::statement::relation::References;

/// What a database holds, by qualified names.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    relations: Relations,
    lookup: Lookup,
    objects: Objects,
    /// Since when the catalog may differ from what the history makes, and why; `None` while every statement was followed.
    pub doubt: Option<Doubt>,
    /// The server that holds it: what statements make differs by version.
    pub version: PgVersion,
    /// Who acts.
    pub session: Session,
    /// The schemas that unqualified names are looked up in; a new relation goes to the first.
    pub search_path: Vec<Ident>,
    /// The search path that every session begins with: other scripts read names along this one.
    home_path: Vec<Ident>,
    /// What was there before changes, while somebody wants to know.
    journal: Option<Journal>,
}

/// The first statement of a history that could not be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// What it may have done.
    pub reason: String,
    /// Where it stands.
    pub origin: Origin,
}

impl PartialEq for Catalog {
    fn eq(&self, other: &Self) -> bool {
        self.relations == other.relations && self.objects == other.objects && self.search_path == other.search_path
    }
}
impl Eq for Catalog {}

impl Catalog {
    /// Makes the catalog of a new database.
    pub fn new(search_path: Vec<Ident>) -> Self {
        let mut catalog = Catalog { home_path: search_path.clone(), search_path, ..Catalog::default() };
        // PostgreSQL makes a new database with this one schema.
        let public = ObjectId::schema(&Ident::exact("public"));
        catalog.insert_object(Object::new(public, Definition::Schema, Origin::default()));
        catalog
    }

    /// Takes over the session of another catalog, with its temporary relations, and the roles, which belong to no database.
    pub(crate) fn continue_from(&mut self, other: &Catalog) {
        self.session = other.session.clone();
        self.search_path.clone_from(&other.search_path);
        self.home_path.clone_from(&other.home_path);
        let roles = other.objects().filter(|object| object.id.class == Class::Role);
        roles.cloned().for_each(|role| drop(self.insert_object(role)));
        let temporary = other.relations().filter(|found| found.name.schema().is_some_and(|schema| schema == TEMPORARY));
        temporary.cloned().for_each(|relation| drop(self.insert(relation)));
    }

    /// Finds a relation by the name that a statement gives: temporary ones first, then along the search path.
    pub fn relation(&self, name: &Name) -> Option<&Relation> {
        self.relations.find(self.home(name)?, name.last())
    }

    /// Finds a relation to change it.
    pub fn relation_mut(&mut self, name: &Name) -> Option<RelationMut<'_>> {
        let qualified = self.resolve(name)?;
        self.held(&qualified)
    }

    /// Returns the qualified name of the relation that a name means; `None` when there is none.
    pub fn resolve(&self, name: &Name) -> Option<Name> {
        let home = self.home(name)?;
        Some(if name.schema().is_some() { strip_database(name) } else { qualify(&Ident::exact(home), name) })
    }

    /// Returns the schema of the relation that a name means.
    fn home<'a>(&'a self, name: &'a Name) -> Option<&'a str> {
        let holds = |schema: &&str| self.relations.find(schema, name.last()).is_some();
        match name.schema() {
            Some(schema) => Some(schema.as_str()).filter(holds),
            None => std::iter::once(TEMPORARY).chain(self.search_path.iter().map(Ident::as_str)).find(holds),
        }
    }

    /// Returns the qualified name of the relation that a name within a definition means: along the search path that every
    /// session begins with, where no temporary one hides it.
    pub fn lasting(&self, name: &Name) -> Option<Name> {
        if name.schema().is_some() {
            return self.resolve(name);
        }
        let mut found = self.home_path.iter().map(|schema| qualify(schema, name));
        found.find(|qualified| self.relations.get(qualified).is_some())
    }

    /// Finds the table that the foreign key of another one refers to.
    pub fn referenced_table(&self, references: &References) -> Option<&Relation> {
        match self.lasting(&references.table) {
            Some(name) => self.relations.get(&name),
            None => self.relation(&references.table),
        }
    }

    /// Returns the qualified name that a new relation of this name gets.
    pub fn qualified(&self, name: &Name) -> Name {
        match (name.schema(), self.search_path.first()) {
            (None, Some(schema)) => qualify(schema, name),
            _ => strip_database(name),
        }
    }

    /// Returns the qualified name that a new temporary relation gets.
    pub fn temporary(name: &Name) -> Name {
        qualify(&Ident::exact(TEMPORARY), name)
    }

    /// Adds a relation under its own qualified name, and returns the one that was there.
    pub fn insert(&mut self, mut relation: Relation) -> Option<Relation> {
        for column in &mut relation.columns {
            column.type_name = column.type_name.take().map(|written| self.qualified_type(&written));
        }
        self.note_relation(&relation.name);
        self.lookup.add(&relation);
        self.relations.insert(relation)
    }

    /// Takes a relation out.
    pub fn remove(&mut self, name: &Name) -> Option<Relation> {
        let qualified = self.resolve(name)?;
        self.note_relation(&qualified);
        self.relations.remove(&qualified)
    }

    /// Finds a relation, or says that it is not there.
    ///
    /// # Errors
    ///
    /// No relation has this name.
    pub fn existing(&self, name: &Name) -> Result<&Relation, CatalogError> {
        self.relation(name).ok_or_else(|| CatalogError::UndefinedTable(name.clone()))
    }

    /// Finds a relation to change it, or says that it is not there.
    ///
    /// # Errors
    ///
    /// No relation has this name.
    pub fn existing_mut(&mut self, name: &Name) -> Result<RelationMut<'_>, CatalogError> {
        self.relation_mut(name).ok_or_else(|| CatalogError::UndefinedTable(name.clone()))
    }

    /// Returns the schemas that every session begins with.
    pub fn home_path(&self) -> &[Ident] {
        &self.home_path
    }

    /// Returns the schema whose names a new statement need not qualify.
    pub fn plain_schema(&self) -> Option<&Ident> {
        self.search_path.first().filter(|_| self.search_path == self.home_path)
    }

    /// Returns the shortest form of a qualified name that a new statement can give, in this session and in any other.
    pub fn shown(&self, name: &Name) -> Name {
        let first = self.plain_schema();
        let plain = name.schema().is_none_or(|schema| Some(schema) == first || schema == TEMPORARY);
        if plain { Name::simple(name.last().clone(), name.span) } else { name.clone() }
    }

    /// Says whether any table was ever another's child.
    pub(crate) fn has_children(&self) -> bool {
        self.lookup.has_children()
    }

    /// Returns the children of a relation, their children included: partitions, and tables that inherit.
    pub fn descendants(&self, name: &Name) -> Vec<Name> {
        let mut found: Vec<Name> = Vec::new();
        if !self.lookup.has_children() {
            return found;
        }
        let mut parents = self.resolve(name).into_iter().collect::<Vec<_>>();
        while let Some(parent) = parents.pop() {
            let children = self.children(&parent).map(|child| child.name.clone());
            let children: Vec<Name> = children.filter(|child| !found.contains(child)).collect();
            found.extend(children.iter().cloned());
            parents.extend(children);
        }
        found
    }

    /// Says whether a relation is another one or one of its descendants.
    pub fn is_below(&self, relation: &Name, ancestor: &Name) -> bool {
        relation == ancestor || self.descendants(ancestor).contains(relation)
    }

    /// Returns all tables below one that have a column from it alone, those above first.
    pub fn all_losing(&self, table: &Name, column: &Ident) -> Vec<Name> {
        let mut found = self.losing(table, column);
        let mut at = 0;
        while let Some(name) = found.get(at) {
            let below = self.losing(name, column);
            found.extend(below);
            at += 1;
        }
        found
    }

    /// Returns the children of a table that have a column from it alone.
    pub fn losing(&self, table: &Name, column: &Ident) -> Vec<Name> {
        let has = |name: &Name| self.relations.get(name).is_some_and(|found| found.column(column).is_some());
        let elsewhere = |child: &Relation| child.parents.iter().any(|other| other != table && has(other));
        let inherits = |child: &&Relation| child.column(column).is_some_and(|found| found.inherited);
        let children = self.children(table).filter(inherits).filter(|child| !elsewhere(child));
        children.map(|child| child.name.clone()).collect()
    }

    /// Returns the partitions of a table, or the tables that inherit from it, in the order of their names.
    pub fn children(&self, parent: &Name) -> impl Iterator<Item = &Relation> {
        let found = self.lookup.children(parent).filter_map(|child| self.relations.get(child));
        found.filter(move |child| child.parents.contains(parent))
    }

    /// Returns a relation, all that it is a part of and all its parts, in the order of their names.
    pub fn family(&self, relation: &Relation) -> Vec<&Relation> {
        let mut names: BTreeSet<Name> = self.descendants(&relation.name).into_iter().collect();
        let mut above = vec![relation.name.clone()];
        while let Some(name) = above.pop() {
            if let Some(found) = self.relations.get(&name) {
                above.extend(found.parents.iter().filter(|parent| !names.contains(*parent)).cloned());
            }
            names.insert(name);
        }
        names.iter().filter_map(|name| self.relations.get(name)).collect()
    }

    /// Returns the relations that may have an index, a sequence or a constraint of this name.
    fn owners(&self, name: &Ident) -> impl Iterator<Item = &Relation> {
        self.lookup.owners(name).filter_map(|owner| self.relations.get(owner))
    }

    /// Finds the relation that an index belongs to, by the index's name.
    pub fn owner_of_index(&self, index: &Name) -> Option<&Relation> {
        let mut owners = self.owners(index.last()).filter(|relation| relation.has_index_name(index.last()));
        match index.schema() {
            Some(schema) => owners.find(|found| found.name.schema() == Some(schema)),
            None => {
                let temporary = Ident::exact(TEMPORARY);
                let path: Vec<&Ident> = std::iter::once(&temporary).chain(&self.search_path).collect();
                owners.find(|found| found.name.schema().is_some_and(|schema| path.contains(&schema)))
            }
        }
    }

    /// Says whether a table, an index or a sequence has this name in a schema: they share one space of names.
    pub fn has_relation_name(&self, schema: &Ident, name: &Ident) -> bool {
        let mut inside = self.owners(name).filter(|found| found.name.schema() == Some(schema));
        let owned = inside.any(|found| found.has_index_name(name));
        owned || self.relations.find(schema.as_str(), name).is_some() || self.has_composite(schema, name)
    }

    /// A composite type has a relation behind it.
    fn has_composite(&self, schema: &Ident, name: &Ident) -> bool {
        let name = Name { parts: [schema.clone(), name.clone()].into(), span: crate::source::Span::default() };
        let found = self.object(&ObjectId::new(Class::Type, name));
        found.is_some_and(|object| matches!(object.definition, Definition::Composite(_)))
    }

    /// Says whether a constraint has this name in a schema.
    pub fn has_constraint_name(&self, schema: &Ident, name: &Ident) -> bool {
        let mut inside = self.owners(name).filter(|found| found.name.schema() == Some(schema));
        inside.any(|found| found.constraint(name).is_some())
    }

    /// Returns every foreign key that refers to a relation, with the name of the table that holds it.
    pub fn references_to(&self, name: &Name) -> Vec<(&Relation, &Constraint)> {
        let Some(target) = self.resolve(name) else { return Vec::new() };
        let holders = self.lookup.holders(target.last()).filter_map(|holder| self.relations.get(holder));
        let all = holders.flat_map(|holder| holder.constraints.iter().map(move |found| (holder, found)));
        all.filter(|(holder, constraint)| match &constraint.kind {
            ConstraintKind::ForeignKey { references, .. } => {
                references.table.last() == target.last()
                    && self.referenced(holder, &references.table) == Some(target.clone())
            }
            _ => false,
        })
        .collect()
    }

    /// Returns the relations and objects whose definitions may mention something of this last name.
    pub fn mentioning(&self, name: &Ident) -> impl Iterator<Item = &Holder> {
        self.lookup.mentioning(name)
    }

    /// A temporary table that came later hides nothing from the foreign keys of lasting ones.
    fn referenced(&self, holder: &Relation, table: &Name) -> Option<Name> {
        let is_temporary = holder.name.schema().is_some_and(|schema| schema == TEMPORARY);
        if is_temporary { self.resolve(table) } else { self.lasting(table) }
    }

    /// Gives a relation another name, and everything that refers to it with it.
    ///
    /// # Errors
    ///
    /// There is no such relation, or the new name is taken.
    pub fn rename(&mut self, from: &Name, to: Name) -> Result<(), CatalogError> {
        let old = self.resolve(from).ok_or_else(|| CatalogError::UndefinedTable(from.clone()))?;
        let schema = to.schema().cloned().unwrap_or_else(|| Ident::exact(TEMPORARY));
        if self.has_relation_name(&schema, to.last()) {
            return Err(CatalogError::DuplicateTable(to));
        }
        let holders: Vec<Name> = self.references_to(&old).iter().map(|(holder, _)| holder.name.clone()).collect();
        let shown = self.shown(&to);
        for holder in holders {
            let home = self.home_path.first().cloned();
            let Some(mut relation) = self.held(&holder) else { continue };
            relation.constraints.iter_mut().for_each(|found| found.retarget(&old, &shown, home.as_ref()));
        }
        let children: Vec<Name> = self.children(&old).map(|child| child.name.clone()).collect();
        for child in children {
            let Some(mut relation) = self.held(&child) else { continue };
            relation.parents.iter_mut().filter(|parent| **parent == old).for_each(|parent| *parent = to.clone());
        }
        self.follow_table(&old, &to);
        self.follow_regclass(&old, &to);
        self.note_relation(&old);
        if let Some(mut relation) = self.relations.remove(&old) {
            relation.name = to.clone();
            for index in &mut relation.indexes {
                index.definition.relation.name = shown.clone();
            }
            relation.name_parts();
            self.insert(relation);
        }
        self.retarget_relation(&old, &to);
        Ok(())
    }

    fn held(&mut self, qualified: &Name) -> Option<RelationMut<'_>> {
        self.note_relation(qualified);
        let relation = self.relations.get_mut(qualified)?;
        Some(RelationMut { relation, lookup: &mut self.lookup, given: Given::Anything })
    }

    /// Returns the relations that only the session sees.
    pub(crate) fn temporaries(&self) -> impl Iterator<Item = &Relation> {
        self.relations.inside(TEMPORARY)
    }

    /// Finds a relation by its qualified name alone.
    pub fn held_relation(&self, qualified: &Name) -> Option<&Relation> {
        self.relations.get(qualified)
    }

    /// Returns all relations in the order of their names.
    pub fn relations(&self) -> impl Iterator<Item = &Relation> {
        self.relations.values()
    }
}

/// The schema that temporary relations go by.
const TEMPORARY: &str = "pg_temp";

fn qualify(schema: &Ident, name: &Name) -> Name {
    Name { parts: [schema.clone(), name.last().clone()].into(), span: name.span }
}

/// `database.schema.name` can name only the current database.
fn strip_database(name: &Name) -> Name {
    let skip = name.parts.len().saturating_sub(2);
    Name { parts: name.parts[skip..].into(), span: name.span }
}
