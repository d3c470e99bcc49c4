//! The definition of an object changes.

use std::fmt;

use super::difference::{Difference, is_none};
use super::{CreateObject, DropObject, locks, routine, steps};
use crate::catalog::{Address, Catalog, CatalogError, Class, Column, Definition, Object, ObjectId, Relation};
use crate::changes::{ChangeKind, Inverse, Lock};
use crate::pg::{Ident, LockMode, Name};
use crate::statement::Statement;
use crate::statement::object::Statement as Made;
use crate::statement::object::definition::Definition as Item;
use crate::statement::object::function::{Attribute as RoutineAttribute, Source};
use crate::statement::relation::Attribute;
use crate::statement::words::Behavior;

/// `ALTER` or `CREATE OR REPLACE` of an object that is no relation, from one definition to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterObject {
    /// The object.
    pub id: ObjectId,
    /// How statements name it: `TYPE status`.
    pub words: String,
    /// The definition before, its names qualified.
    pub from: Box<Definition>,
    /// The definition after, its names qualified.
    pub to: Box<Definition>,
    /// The schema whose names are written without it.
    pub home: Option<Ident>,
    /// Whether tables of a composite type follow.
    pub behavior: Behavior,
    /// The locks that it takes.
    pub locks: Vec<Lock>,
}

impl AlterObject {
    /// Gives an object of a catalog another definition.
    pub(crate) fn of(object: &Object, to: Definition, catalog: &Catalog) -> Self {
        let home = catalog.plain_schema().cloned();
        let mut taken = locks(&object.shortened(home.as_ref()));
        taken.extend(table_locks(object, &to, catalog));
        let follows = typed_tables(catalog, &object.id.name).next().is_some();
        AlterObject {
            id: object.id.clone(),
            words: object.words(home.as_ref()),
            from: Box::new(object.definition.clone()),
            to: Box::new(to),
            home,
            behavior: if follows { Behavior::Cascade } else { Behavior::Restrict },
            locks: taken,
        }
    }

    fn short(&self, definition: &Definition) -> Definition {
        let object = Object::new(self.id.clone(), definition.clone(), Default::default());
        object.shortened(self.home.as_ref()).definition
    }
}

fn typed_tables<'a>(catalog: &'a Catalog, name: &'a Name) -> impl Iterator<Item = &'a Relation> {
    catalog.relations_of_type(name).into_iter().filter(move |found| found.of_type.as_ref() == Some(name))
}

/// A check that is added to a domain reads every table with such a column; attributes change the tables of their type.
fn table_locks(object: &Object, to: &Definition, catalog: &Catalog) -> Vec<Lock> {
    let lock = |relation: &Relation, mode| Lock::new(&catalog.shown(&relation.name), mode);
    match (&object.definition, to) {
        (Definition::Domain(from), Definition::Domain(to)) if steps::reads_rows(from, to) => {
            let tables = catalog.relations_of_type(&object.id.name);
            tables.into_iter().map(|found| lock(found, LockMode::Share)).collect()
        }
        (Definition::Composite(_), _) => {
            let tables = typed_tables(catalog, &object.id.name);
            tables.map(|found| lock(found, LockMode::AccessExclusive)).collect()
        }
        _ => Vec::new(),
    }
}

impl ChangeKind for AlterObject {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let Some(held) = catalog.object(&self.id) else {
            return Err(CatalogError::Undefined(Address::Object(self.id.clone())));
        };
        let mut object = held.clone();
        object.definition = (*self.to).clone();
        catalog.insert_object(object);
        if let (Definition::Composite(from), Definition::Composite(to)) = (&*self.from, &*self.to) {
            let tables: Vec<Name> = typed_tables(catalog, &self.id.name).map(|found| found.name.clone()).collect();
            for table in tables {
                follow(&mut *catalog.existing_mut(&table)?, &from.attributes, &to.attributes);
            }
        }
        if let (Definition::Enum(from), Definition::Enum(to)) = (&*self.from, &*self.to)
            && from.len() == to.len()
        {
            let renamed = from.iter().zip(to).filter(|(old, new)| old != new);
            renamed.for_each(|(old, new)| catalog.rename_label(&self.id.name, old, new));
        }
        match (&*self.from, &*self.to) {
            (Definition::Extension(from), Definition::Extension(to)) if from.schema != to.schema => {
                catalog.move_members(self.id.name.last(), from.schema.as_ref(), to.schema.as_ref())
            }
            _ => Ok(()),
        }
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let Some(object) = before.object(&self.id) else {
            return Inverse::underivable(format!("`{}` was made outside the history", self.words));
        };
        // Earlier changes of the statement may lie between the catalog and this one.
        let object = &Object { definition: (*self.from).clone(), ..object.clone() };
        if is_none(&self.from, &self.to) {
            return Inverse::Nothing;
        }
        let after = Object { definition: (*self.to).clone(), ..object.clone() };
        match (&object.definition, &*self.to) {
            _ if self.id.class == Class::Subscription => {
                Inverse::underivable("a subscription works on another server, too")
            }
            (Definition::Enum(from), Definition::Enum(to)) if from.len() < to.len() => {
                // To make the type anew would rewrite every table that has it, and fail where a row holds the label.
                Inverse::underivable("no statement takes a label from an enum")
            }
            // Attributes that no value has yet can go and come again behind the one that comes back.
            (Definition::Composite(from), Definition::Composite(to))
                if from.attributes.len() > to.attributes.len() && has_no_values(before, &self.id) =>
            {
                Inverse::Exact(steps::in_order(&after, (to, from), before))
            }
            (Definition::Composite(from), Definition::Composite(to)) if from.attributes.len() > to.attributes.len() => {
                let gone = from.attributes.iter().filter(|old| !to.has(&old.name));
                let name = before.shown(&self.id.name);
                let mut loses: Vec<String> =
                    gone.map(|old| format!("the values of `{}` in `{name}`", old.name)).collect();
                let stay = from.attributes.iter().take(to.attributes.len());
                if stay.zip(&to.attributes).any(|(old, new)| old.name != new.name) {
                    loses.push(format!("the order of the attributes of `{name}`"));
                }
                Inverse::structural(steps::between(&after, &object.definition, before), loses)
            }
            // No column of an ordinary table has the type then, so only tables of the type hold values.
            (Definition::Composite(from), Definition::Composite(to))
                if retypes(&from.attributes, &to.attributes)
                    && typed_tables(before, &self.id.name).next().is_some() =>
            {
                let name = before.shown(&self.id.name);
                Inverse::underivable(format!("values in tables of `{name}` may not come back from another type"))
            }
            (Definition::Extension(from), Definition::Extension(to)) if from.version != to.version => {
                Inverse::underivable("an extension rarely has a way back to an older version")
            }
            (from, to) if !before.version.is_since(17) && links(from) != links(to) => {
                Inverse::underivable("an operator gets its commutator and its negator when it is made, not later")
            }
            (from, to) if !routine::is_replaceable(to, from) => {
                let mut changes = vec![DropObject::of(&after, before).into()];
                changes.extend(CreateObject::anew(object, before));
                Inverse::Exact(changes)
            }
            (from, _) => Inverse::Exact(steps::between(&after, from, before)),
        }
    }

    fn locks(&self) -> Vec<Lock> {
        self.locks.clone()
    }
}

/// Returns the operators to which an operator is tied.
fn links(definition: &Definition) -> Vec<String> {
    match definition.statement() {
        Some(Statement::Object(made)) => match &**made {
            Made::CreateOperator(create) => {
                let is_link = |item: &&Item| matches!(item.name.as_str(), "commutator" | "negator");
                create.options.iter().filter(is_link).map(ToString::to_string).collect()
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Says whether nothing can hold a value of a type: what depends on it are routines alone, whose bodies are looked up when
/// they run.
fn has_no_values(catalog: &Catalog, id: &ObjectId) -> bool {
    let is_text = |address: &Address| {
        let Address::Object(id) = address else { return false };
        let made = catalog.object(id).and_then(|object| object.definition.statement());
        let Some(Statement::Object(made)) = made else { return false };
        let Made::CreateFunction(create) = &**made else { return false };
        create.attributes.iter().any(|attribute| matches!(attribute, RoutineAttribute::As(Source::Text(_))))
    };
    catalog.relations_of_type(&id.name).is_empty()
        && catalog.dependents(&Address::Object(id.clone())).iter().all(|found| is_text(&found.definer.address))
}

/// Says whether an attribute gets another type.
fn retypes(from: &[Attribute], to: &[Attribute]) -> bool {
    let same_name = |old: &Attribute| to.iter().find(|new| new.name == old.name);
    from.iter().any(|old| same_name(old).is_some_and(|new| new.type_name != old.type_name))
}

/// Does to a typed table what became of its type's attributes.
fn follow(relation: &mut Relation, from: &[Attribute], to: &[Attribute]) {
    let in_place = from.len() == to.len();
    for (old, new) in from.iter().zip(to).filter(|(old, new)| in_place && old.name != new.name) {
        relation.rename_column(&old.name, &new.name);
    }
    let known = |name: &Ident| to.iter().any(|attribute| attribute.name == *name);
    relation.columns.retain(|column| known(&column.name));
    for attribute in to {
        match relation.column_mut(&attribute.name) {
            Some(column) => {
                column.type_name = Some(attribute.type_name.clone());
                column.collation = attribute.collation.clone();
            }
            None => {
                let mut column = Column::new(attribute.name.clone(), Some(attribute.type_name.clone()));
                column.collation = attribute.collation.clone();
                relation.columns.push(column);
            }
        }
    }
}

impl fmt::Display for AlterObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.short(&self.from), self.short(&self.to));
        write!(f, "{}", Difference { words: &self.words, from: &from, to: &to, behavior: self.behavior })
    }
}
