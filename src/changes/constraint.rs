//! Constraints.

use std::fmt;

use super::tree::{Level, each_table};
use super::{Change, ChangeKind, CreateIndex, IndexBuild, Inverse, Lock, Reach, SetNotNull, index_parts, property};
use crate::catalog::names::{Names, joined};
use crate::catalog::{Address, Catalog, CatalogError, Constraint, ConstraintKind, Given, Index, Relation, Shared};
use crate::pg::{Ident, LockMode, Name};
use crate::statement::relation::{ConstraintAttribute, ConstraintKey, TableConstraintKind};

/// `ALTER TABLE … ADD CONSTRAINT`, with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddConstraint {
    /// The table.
    pub table: Name,
    /// The constraint.
    pub constraint: Box<Constraint>,
    /// The index that becomes its own, of `USING INDEX`.
    pub index: Option<Ident>,
    /// Whether partitions get a key of theirs.
    pub reach: Reach,
}

/// `ALTER TABLE … DROP CONSTRAINT`, on which nothing depends any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropConstraint {
    /// The table.
    pub table: Name,
    /// The constraint.
    pub name: Ident,
    /// Whether what comes only from this one goes as well.
    pub reach: Reach,
    /// The table that it refers to, of a foreign key.
    pub referenced: Option<Name>,
}

/// `ALTER TABLE … RENAME CONSTRAINT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenameConstraint {
    /// The table.
    pub table: Name,
    /// The old name.
    pub from: Ident,
    /// The new name.
    pub to: Ident,
}

/// `ALTER TABLE … VALIDATE CONSTRAINT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidateConstraint {
    /// The table.
    pub table: Name,
    /// The constraint.
    pub name: Ident,
    /// The table that it refers to, of a foreign key.
    pub referenced: Option<Name>,
}

/// Returns the table that a foreign key refers to.
pub(crate) fn referenced(constraint: &Constraint) -> Option<Name> {
    match &constraint.kind {
        ConstraintKind::ForeignKey { references, .. } => Some(references.table.clone()),
        _ => None,
    }
}

/// Makes the change that drops a constraint.
pub(crate) fn drop(table: &Name, constraint: &Constraint) -> DropConstraint {
    let (table, name, referenced) = (table.clone(), constraint.name.clone(), referenced(constraint));
    DropConstraint { table, name, reach: Reach::Tree, referenced }
}

/// Says whether two constraints demand the same; a CHECK must have the same name too.
pub(super) fn matches(own: &Constraint, wanted: &Constraint) -> bool {
    let plain = |found: &Constraint| {
        let mut definition = found.definition.clone();
        definition.name = None;
        // A part may be stored in another way than the whole.
        if let Some(index) = definition.kind.index_mut() {
            index.parameters.clear();
            index.tablespace = None;
        }
        definition.to_string()
    };
    plain(own) == plain(wanted) && (wanted.kind != ConstraintKind::Check || own.name == wanted.name)
}

/// Makes a partition's part of its parent's constraint, under the name that PostgreSQL gives it.
pub(crate) fn for_partition(wanted: &Constraint, partition: &Relation, catalog: &Catalog) -> Constraint {
    let mut made = wanted.clone();
    made.inherited = true;
    (made.shared, made.index_shared) = (Shared::default(), Shared::default());
    let mut names = Names::beside(catalog, &partition.name);
    names.take_relation(partition.name.last());
    partition.indexes.iter().for_each(|index| names.take_relation(&index.name));
    for own in &partition.constraints {
        names.take_constraint(&own.name);
        if own.kind.has_index() {
            names.take_relation(&own.name);
        }
    }
    let table = partition.name.last();
    match &wanted.kind {
        ConstraintKind::Check | ConstraintKind::NotNull(_) => {}
        ConstraintKind::ForeignKey { columns, .. } => {
            if partition.constraint(&wanted.name).is_some() {
                let columns: Vec<String> = columns.iter().map(|column| column.as_str().to_owned()).collect();
                made.set_name(&names.constraint(table, Some(&joined(&columns)), "fkey"));
            }
        }
        ConstraintKind::PrimaryKey(_) => made.set_name(&names.key(table, None, "pkey")),
        ConstraintKind::Unique(_) => made.set_name(&names.key(table, Some(&joined(&wanted.labels())), "key")),
        ConstraintKind::Exclude => made.set_name(&names.key(table, Some(&joined(&wanted.labels())), "excl")),
    }
    made
}

/// Says whether a child has what its parent demands: partitions everything, other children only CHECK and NOT NULL.
pub(super) fn is_passed_on(constraint: &Constraint, child: &Relation) -> bool {
    let no_inherit = constraint.definition.attributes.has(ConstraintAttribute::NoInherit);
    match constraint.kind {
        ConstraintKind::Check | ConstraintKind::NotNull(_) => !no_inherit,
        _ => child.bound.is_some(),
    }
}

impl AddConstraint {
    fn add_to(&self, table: &mut Relation) -> Result<(), CatalogError> {
        if table.constraint(&self.constraint.name).is_some() {
            return Err(CatalogError::DuplicateObject(self.table.clone(), self.constraint.name.clone()));
        }
        let mut past = self.constraint.past.clone();
        match self.index.as_ref().and_then(|name| table.index(name)) {
            Some(taken) => past = taken.past.clone(),
            None => past.age = table.next_age(),
        }
        if let Some(index) = &self.index {
            table.indexes.retain(|found| found.name != *index);
            table.rename_mark(index, &self.constraint.name);
        }
        self.strengthen(table);
        table.constraints.push(Constraint { past, ..(*self.constraint).clone() });
        Ok(())
    }

    /// Gives the tables below what they have of it, or lets theirs become a part of it.
    pub(super) fn pass_on(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let below = catalog.descendants(&self.table);
        // What makes a column refuse NULL is passed on, also where the key is not.
        if matches!(self.constraint.kind, ConstraintKind::PrimaryKey(_)) {
            for child in &below {
                self.strengthen(&mut catalog.existing_mut(child)?.only(Given::NoNames));
            }
        }
        for child in below {
            let relation = catalog.existing(&child)?;
            if !is_passed_on(&self.constraint, relation) {
                continue;
            }
            let made = for_partition(&self.constraint, relation, catalog);
            let mut relation = catalog.existing_mut(&child)?.only(Given::LastConstraint);
            self.strengthen(&mut relation);
            let is_partition = relation.bound.is_some();
            let same_name = relation.constraint(&self.constraint.name);
            if same_name.is_some_and(|own| own.kind == ConstraintKind::Check && !matches(own, &self.constraint)) {
                return Err(CatalogError::DuplicateObject(child, self.constraint.name.clone()));
            }
            match relation.constraints.iter_mut().find(|own| matches(own, &self.constraint)) {
                // What a partition has goes with its parent's; other children keep what was their own.
                Some(own) => own.inherited |= is_partition,
                None => relation.constraints.push(made),
            }
        }
        Ok(())
    }

    /// Makes the constraints of partitions again that become parts of it, and go with it.
    fn taken(&self, before: &Catalog) -> Vec<Change> {
        if !self.constraint.kind.has_index() || self.reach == Reach::Only {
            return Vec::new();
        }
        let below = before.descendants(&self.table);
        let taken = below.iter().rev().filter_map(|child| {
            let child = before.relation(child).filter(|child| child.bound.is_some())?;
            let own = child.constraints.iter().find(|own| !own.inherited && matches(own, &self.constraint))?;
            Some(index_parts::constraint_again(before, child, own))
        });
        taken.flatten().collect()
    }

    /// Makes the changes that let a column, and those below it, take NULL where they did.
    fn loosen(&self, column: &Ident, before: &Catalog) -> Vec<Change> {
        let strengthened = SetNotNull { table: self.table.clone(), column: column.clone(), reach: Reach::Tree };
        strengthened.invert(before).changes().to_vec()
    }

    fn strengthen(&self, relation: &mut Relation) {
        let columns: Vec<Ident> = match &self.constraint.kind {
            ConstraintKind::PrimaryKey(columns) => columns.clone(),
            ConstraintKind::NotNull(column) => vec![column.clone()],
            _ => Vec::new(),
        };
        for column in relation.columns.iter_mut().filter(|column| columns.contains(&column.name)) {
            column.not_null = true;
        }
    }
}

impl ChangeKind for AddConstraint {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        catalog.demand_for(catalog.existing(&self.table)?, &self.constraint)?;
        self.add_to(&mut catalog.existing_mut(&self.table)?.only(Given::LastConstraint))?;
        if self.reach == Reach::Tree { self.pass_on(catalog) } else { Ok(()) }
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let mut changes: Vec<Change> = vec![drop(&self.table, &self.constraint).into()];
        let relation = before.relation(&self.table);
        changes.extend(self.taken(before));
        if let ConstraintKind::PrimaryKey(columns) = &self.constraint.kind {
            // A primary key leaves NOT NULL behind.
            changes.extend(columns.iter().flat_map(|column| self.loosen(column, before)));
        }
        if let Some(name) = &self.index {
            let Some(index) = relation.and_then(|found| found.index(name)) else {
                return Inverse::underivable(format!("index `{name}` was made outside the history"));
            };
            let bare = Index { shared: Shared::default(), ..index.clone() };
            changes.push(CreateIndex { table: self.table.clone(), index: bare, build: IndexBuild::Blocking }.into());
            if let Some(table) = before.resolve(&self.table) {
                changes.extend(property::restore(before, &Address::Index(table, name.clone())));
            }
        }
        Inverse::Exact(changes)
    }

    fn locks(&self) -> Vec<Lock> {
        match referenced(&self.constraint) {
            Some(target) => {
                let mode = LockMode::ShareRowExclusive;
                vec![Lock::new(&self.table, mode), Lock::new(&target, mode)]
            }
            None => vec![Lock::new(&self.table, LockMode::AccessExclusive)],
        }
    }
}

impl fmt::Display for AddConstraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut definition = self.constraint.definition.clone();
        if let Some(index) = &self.index
            && let TableConstraintKind::Unique { key, .. } | TableConstraintKind::PrimaryKey(key) = &mut definition.kind
        {
            *key = ConstraintKey::Index(index.clone());
        }
        write!(f, "ALTER TABLE {}{} ADD {definition}", self.reach, self.table)
    }
}

/// Takes a constraint from a table, and from its children where it comes from nowhere else.
fn take(catalog: &mut Catalog, table: &Name, name: &Ident, reach: Reach) -> Result<(), CatalogError> {
    let mut relation = catalog.existing_mut(table)?.only(Given::NoNames);
    let at = relation.constraints.iter().position(|found| found.name == *name);
    let at = at.ok_or_else(|| CatalogError::UndefinedObject(table.clone(), name.clone()))?;
    let taken = relation.constraints.remove(at);
    relation.drop_mark(name);
    if let ConstraintKind::NotNull(column) = &taken.kind {
        relation.column_mut(column).into_iter().for_each(|found| found.not_null = false);
    }
    std::mem::drop(relation);
    let children: Vec<(Name, Ident)> =
        catalog.children(table).filter_map(|child| losing(catalog, child, &taken)).collect();
    for (child, own) in children {
        match reach {
            Reach::Tree => take(catalog, &child, &own, reach)?,
            Reach::Only => {
                let mut relation = catalog.existing_mut(&child)?.only(Given::NoNames);
                relation.constraint_mut(&own).into_iter().for_each(|found| found.inherited = false);
            }
        }
    }
    Ok(())
}

/// Takes a partition's part of a constraint, with what its index was marked for.
pub(super) fn take_part(relation: &mut Relation, whole: &Constraint) {
    let is_part = |own: &Constraint| own.inherited && matches(own, whole);
    let taken: Vec<Ident> =
        relation.constraints.iter().filter(|own| is_part(own)).map(|own| own.name.clone()).collect();
    taken.iter().for_each(|name| relation.drop_mark(name));
    relation.constraints.retain(|own| !is_part(own));
}

/// Finds the constraint that a child has from nowhere else.
fn losing(catalog: &Catalog, child: &Relation, taken: &Constraint) -> Option<(Name, Ident)> {
    let own = child.constraints.iter().find(|own| own.inherited && matches(own, taken))?;
    let parents = child.parents.iter().filter_map(|parent| catalog.relation(parent));
    let mut others = parents.flat_map(|parent| &parent.constraints);
    let elsewhere = others.any(|other| matches(own, other) && is_passed_on(other, child));
    (!elsewhere).then(|| (child.name.clone(), own.name.clone()))
}

impl DropConstraint {
    /// Makes the changes that bring a constraint back.
    fn anew(&self, constraint: &Constraint, before: &Catalog) -> Vec<Change> {
        let bare = Constraint { shared: Shared::default(), index_shared: Shared::default(), ..constraint.clone() };
        let (table, bare) = (self.table.clone(), Box::new(bare));
        let made = AddConstraint { table, constraint: bare, index: None, reach: Reach::Tree };
        let mut changes = index_parts::of_constraint(before, constraint, &made);
        changes.push(made.into());
        if let Some(table) = before.resolve(&self.table) {
            changes.extend(property::restore(before, &Address::Constraint(table, self.name.clone())));
        }
        changes
    }
}

impl ChangeKind for DropConstraint {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let table = catalog.existing(&self.table)?.name.clone();
        take(catalog, &table, &self.name, self.reach)
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let found = before.relation(&self.table).and_then(|relation| relation.constraint(&self.name));
        match found {
            Some(constraint) => Inverse::Exact(self.anew(constraint, before)),
            None => Inverse::underivable(format!("constraint `{}` was made outside the history", self.name)),
        }
    }

    fn locks(&self) -> Vec<Lock> {
        let all = std::iter::once(&self.table).chain(&self.referenced);
        all.map(|name| Lock::new(name, LockMode::AccessExclusive)).collect()
    }
}

impl fmt::Display for DropConstraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER TABLE {}{} DROP CONSTRAINT {}", self.reach, self.table, self.name)
    }
}

impl ChangeKind for RenameConstraint {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let relation = catalog.existing(&self.table)?;
        if relation.constraint(&self.to).is_some() {
            return Err(CatalogError::DuplicateObject(self.table.clone(), self.to.clone()));
        }
        let passed_on = match relation.constraint(&self.from) {
            Some(found) => found.kind == ConstraintKind::Check,
            None => return Err(CatalogError::UndefinedObject(self.table.clone(), self.from.clone())),
        };
        each_table(catalog, &self.table, Given::Anything, |relation, level| {
            if let Some(found) = relation.constraint_mut(&self.from).filter(|_| level == Level::Own || passed_on) {
                found.set_name(&self.to);
                relation.rename_mark(&self.from, &self.to);
            }
            Ok(())
        })
    }

    fn invert(&self, _: &Catalog) -> Inverse {
        Inverse::exact(RenameConstraint { table: self.table.clone(), from: self.to.clone(), to: self.from.clone() })
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.table, LockMode::AccessExclusive)]
    }
}

impl fmt::Display for RenameConstraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER TABLE {} RENAME CONSTRAINT {} TO {}", self.table, self.from, self.to)
    }
}

impl ChangeKind for ValidateConstraint {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let missing = || CatalogError::UndefinedObject(self.table.clone(), self.name.clone());
        catalog.existing(&self.table)?.constraint(&self.name).ok_or_else(missing)?;
        each_table(catalog, &self.table, Given::NoNames, |relation, _| {
            if let Some(found) = relation.constraint_mut(&self.name) {
                found.validated = true;
                found.definition.attributes.0.retain(|attribute| *attribute != ConstraintAttribute::NotValid);
            }
            Ok(())
        })
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let found = before.relation(&self.table).and_then(|relation| relation.constraint(&self.name));
        match found {
            Some(constraint) if constraint.validated => Inverse::Nothing,
            Some(constraint) => {
                let gone = drop(&self.table, constraint);
                let again = gone.anew(constraint, before);
                Inverse::Exact(std::iter::once(gone.into()).chain(again).collect())
            }
            None => Inverse::underivable(format!("constraint `{}` was made outside the history", self.name)),
        }
    }

    fn locks(&self) -> Vec<Lock> {
        let own = Lock::new(&self.table, LockMode::ShareUpdateExclusive);
        std::iter::once(own).chain(self.referenced.iter().map(|name| Lock::new(name, LockMode::RowShare))).collect()
    }
}

impl fmt::Display for ValidateConstraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER TABLE {} VALIDATE CONSTRAINT {}", self.table, self.name)
    }
}
