//! Relations appear, disappear, and change as a whole.

use std::fmt;

use super::sequence::insert;
use super::{ChangeKind, CreateSequence, CreateView, Inverse, Lock, RestorePosition, column, property};
use crate::catalog::{Address, Catalog, CatalogError, Column, ConstraintKind, Foreign, Given, Kind, Relation};
use crate::pg::{Ident, LockMode, Name};
use crate::resolve::follow;
use crate::statement::print::{Comma, InParens, Lead};
use crate::statement::relation::{Persistence, RowSecurity, TableConstraint};

/// `CREATE TABLE`, with every name that PostgreSQL chooses written out; its indexes are changes of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateTable {
    /// The table.
    pub table: Name,
    /// The tables that it inherits from, or is a partition of.
    pub parents: Vec<Name>,
    /// What it is made of.
    pub relation: Box<Relation>,
    /// The sequences that come with its columns.
    pub sequences: Vec<Relation>,
}

/// A view, sequence or other relation appears, whose definition is not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateRelation {
    /// What is known of it.
    pub relation: Box<Relation>,
    /// The statement as SQL.
    pub sql: String,
}

/// `DROP TABLE`, `DROP VIEW` and their kin, of one relation on which nothing depends any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropRelation {
    /// The relation.
    pub relation: Name,
    /// What it is.
    pub kind: Kind,
    /// The tables that its foreign keys refer to.
    pub referenced: Vec<Name>,
    /// What becomes of its rows.
    pub rows: Dropped,
}

/// What becomes of the rows of a table that is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// They are gone.
    Lost,
    /// Another table keeps them.
    Kept,
}

/// `ALTER … RENAME TO`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenameRelation {
    /// The relation.
    pub relation: Name,
    /// What it is.
    pub kind: Kind,
    /// Its new name.
    pub to: Ident,
}

/// `ALTER … SET SCHEMA`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetSchema {
    /// The relation.
    pub relation: Name,
    /// What it is.
    pub kind: Kind,
    /// Its new schema.
    pub schema: Ident,
}

/// `ALTER TABLE … ENABLE ROW LEVEL SECURITY` and its kin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetRowSecurity {
    /// The table.
    pub table: Name,
    /// What is switched.
    pub change: RowSecurity,
}

impl CreateTable {
    fn sequence_of(&self, column: &Column) -> Option<&Relation> {
        self.sequences.iter().find(|found| found.is_owned_by(&self.relation.name, &column.name))
    }

    fn definitions(&self) -> Vec<&TableConstraint> {
        let own = self.relation.constraints.iter().filter(|constraint| !constraint.inherited);
        own.map(|constraint| &constraint.definition).collect()
    }
}

impl ChangeKind for CreateTable {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let name = &self.relation.name;
        let schema = name.schema().cloned().unwrap_or_else(|| Ident::exact("public"));
        if catalog.has_relation_name(&schema, name.last()) {
            return Err(CatalogError::DuplicateTable(self.table.clone()));
        }
        self.relation.constraints.iter().try_for_each(|found| catalog.demand_for(&self.relation, found))?;
        self.sequences.iter().try_for_each(|sequence| insert(catalog, sequence))?;
        catalog.insert((*self.relation).clone());
        Ok(())
    }

    fn invert(&self, _: &Catalog) -> Inverse {
        Inverse::exact(DropRelation {
            relation: self.table.clone(),
            kind: self.relation.kind,
            referenced: referenced(&self.relation),
            rows: Dropped::Lost,
        })
    }

    fn locks(&self) -> Vec<Lock> {
        let mode =
            if self.relation.bound.is_some() { LockMode::AccessExclusive } else { LockMode::ShareUpdateExclusive };
        let parents = self.parents.iter().map(|parent| Lock::new(parent, mode));
        let own = |name: &&Name| **name != self.table;
        let referenced = referenced(&self.relation);
        let targets = referenced.iter().filter(own).map(|name| Lock::new(name, LockMode::ShareRowExclusive));
        parents.chain(targets).collect()
    }
}

/// Returns the tables that a relation's foreign keys refer to, each once.
pub(crate) fn referenced(relation: &Relation) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    for constraint in &relation.constraints {
        if let ConstraintKind::ForeignKey { references, .. } = &constraint.kind
            && !names.contains(&references.table)
        {
            names.push(references.table.clone());
        }
    }
    names
}

impl fmt::Display for CreateTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let persistence = match self.relation.kind {
            Kind::Temporary => Persistence::Temporary,
            _ => self.relation.persistence,
        };
        let word = if self.relation.foreign.is_some() { "FOREIGN " } else { "" };
        write!(f, "CREATE {persistence}{word}TABLE {}", self.table)?;
        let columns = self.relation.columns.iter().filter(|column| !column.inherited);
        let elements: Vec<String> = columns
            .map(|found| column::definition(&self.table, found, self.sequence_of(found)).to_string())
            .chain(self.definitions().iter().map(|constraint| constraint.to_string()))
            .collect();
        match &self.relation.bound {
            Some(bound) => {
                write!(f, " PARTITION OF {}{} {bound}", Comma(&self.parents), InParens(" ", &elements))?;
            }
            None => {
                f.write_str(" (")?;
                for (at, element) in elements.iter().enumerate() {
                    write!(f, "{}\n    {element}", if at > 0 { "," } else { "" })?;
                }
                write!(f, "\n){}", InParens(" INHERITS ", &self.parents))?;
            }
        }
        if let Some(Foreign { server, options }) = &self.relation.foreign {
            write!(f, " SERVER {server}{}", InParens(" OPTIONS ", options))?;
        }
        write!(f, "{}{}", Lead(" ", &self.relation.partition_by), self.relation.storage)
    }
}

impl ChangeKind for CreateRelation {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let name = &self.relation.name;
        let schema = name.schema().cloned().unwrap_or_else(|| Ident::exact("public"));
        if catalog.has_relation_name(&schema, name.last()) && !self.replaces(catalog) {
            return Err(CatalogError::DuplicateTable(name.clone()));
        }
        catalog.insert((*self.relation).clone());
        Ok(())
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        if self.replaces(before) {
            return Inverse::underivable("the definition that is replaced is not followed");
        }
        Inverse::exact(DropRelation {
            relation: before.shown(&self.relation.name),
            kind: self.relation.kind,
            referenced: Vec::new(),
            rows: Dropped::Lost,
        })
    }

    fn locks(&self) -> Vec<Lock> {
        Vec::new()
    }
}

impl CreateRelation {
    /// A view may stand for another one; nothing else is replaced.
    fn replaces(&self, catalog: &Catalog) -> bool {
        let there = catalog.relation(&self.relation.name);
        self.relation.kind == Kind::View && there.is_some_and(|found| found.kind == Kind::View)
    }
}

impl fmt::Display for CreateRelation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sql)
    }
}

impl ChangeKind for DropRelation {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let name = catalog.existing(&self.relation)?.name.clone();
        let owned: Vec<Name> = catalog.sequences_of(&name).iter().map(|found| found.name.clone()).collect();
        owned.iter().chain([&name]).for_each(|gone| drop(catalog.remove(gone)));
        Ok(())
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        match before.relation(&self.relation) {
            Some(relation) if relation.kind == Kind::Foreign => Inverse::Exact(CreateTable::anew(relation, before)),
            Some(relation) if self.rows == Dropped::Kept && relation.is_known_table() => {
                self.table_back(relation, before)
            }
            Some(relation) if relation.is_known_table() => Inverse::structural(
                CreateTable::anew(relation, before),
                vec![format!("the rows of `{}`", self.relation)],
            ),
            Some(relation) if relation.view.is_some() => match CreateView::anew(relation, before) {
                Some(changes) => Inverse::Exact(changes),
                None => Inverse::underivable(format!("the definition of `{}` is not followed", self.relation)),
            },
            Some(relation) if relation.kind == Kind::Sequence => self.sequence_back(relation, before),
            Some(_) => Inverse::underivable(format!("the definition of `{}` is not followed", self.relation)),
            None => Inverse::underivable(format!("`{}` was made outside the history", self.relation)),
        }
    }

    fn locks(&self) -> Vec<Lock> {
        let all = std::iter::once(&self.relation).chain(&self.referenced);
        all.map(|name| Lock::new(name, LockMode::AccessExclusive)).collect()
    }
}

impl DropRelation {
    /// Makes a table again whose rows are kept elsewhere; its sequences go on where they stood.
    fn table_back(&self, relation: &Relation, before: &Catalog) -> Inverse {
        let (mut changes, mut data) = (CreateTable::anew(relation, before), Vec::new());
        for sequence in before.sequences_of(&relation.name) {
            let (restore, record) = RestorePosition::of(&before.shown(&sequence.name), sequence);
            changes.push(restore.into());
            data.push(record);
        }
        if data.is_empty() { Inverse::Exact(changes) } else { Inverse::Captured { changes, data } }
    }

    fn sequence_back(&self, relation: &Relation, before: &Catalog) -> Inverse {
        let owned_by = relation.sequence.as_ref().and_then(|sequence| sequence.owned_by.clone());
        let owner = owned_by.map(|(table, column)| {
            let mut name = before.shown(&table);
            name.parts.push(column);
            name
        });
        let made = Box::new(property::bare(relation));
        let mut changes = vec![CreateSequence { sequence: self.relation.clone(), relation: made, owner }.into()];
        changes.extend(property::restore(before, &Address::Relation(relation.name.clone())));
        let (restore, record) = RestorePosition::of(&self.relation, relation);
        changes.push(restore.into());
        Inverse::Captured { changes, data: vec![record] }
    }
}

impl fmt::Display for DropRelation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DROP {} {}", words(self.kind), self.relation)
    }
}

/// Returns the words by which statements name a kind.
pub(crate) fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::Table | Kind::Partitioned | Kind::Temporary | Kind::TableAs => "TABLE",
        Kind::Foreign => "FOREIGN TABLE",
        Kind::View => "VIEW",
        Kind::MaterializedView => "MATERIALIZED VIEW",
        Kind::Sequence => "SEQUENCE",
    }
}

impl RenameRelation {
    fn renamed(&self) -> Name {
        self.relation.beside(&self.to)
    }
}

impl ChangeKind for RenameRelation {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let old = catalog.existing(&self.relation)?.name.clone();
        follow::rename(catalog, &old, old.beside(&self.to))
    }

    fn invert(&self, _: &Catalog) -> Inverse {
        let to = self.relation.last().clone();
        Inverse::exact(RenameRelation { relation: self.renamed(), kind: self.kind, to })
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.relation, LockMode::AccessExclusive)]
    }
}

impl fmt::Display for RenameRelation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER {} {} RENAME TO {}", words(self.kind), self.relation, self.to)
    }
}

impl ChangeKind for SetSchema {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let old = catalog.existing(&self.relation)?.name.clone();
        let new = old.within(&self.schema);
        if new == old {
            return Ok(());
        }
        let owned: Vec<Name> = catalog.sequences_of(&old).iter().map(|found| found.name.clone()).collect();
        follow::rename(catalog, &old, new)?;
        for sequence in owned {
            catalog.rename(&sequence, sequence.within(&self.schema))?;
        }
        Ok(())
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let Some(old) = before.resolve(&self.relation) else {
            return Inverse::underivable(format!("the schema of `{}` is not known", self.relation));
        };
        match old.schema() {
            Some(schema) if *schema == self.schema => Inverse::Nothing,
            Some(schema) => {
                let relation = before.shown(&old.within(&self.schema));
                Inverse::exact(SetSchema { relation, kind: self.kind, schema: schema.clone() })
            }
            None => Inverse::underivable(format!("the schema of `{}` is not known", self.relation)),
        }
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.relation, LockMode::AccessExclusive)]
    }
}

impl fmt::Display for SetSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER {} {} SET SCHEMA {}", words(self.kind), self.relation, self.schema)
    }
}

impl ChangeKind for SetRowSecurity {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let mut relation = catalog.existing_mut(&self.table)?.only(Given::NoNames);
        match self.change {
            RowSecurity::Enable => relation.row_security = true,
            RowSecurity::Disable => relation.row_security = false,
            RowSecurity::Force => relation.force_row_security = true,
            RowSecurity::NoForce => relation.force_row_security = false,
        }
        Ok(())
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let Some(relation) = before.relation(&self.table) else {
            return Inverse::underivable(format!("`{}` was made outside the history", self.table));
        };
        let (was, opposite) = match self.change {
            RowSecurity::Enable => (relation.row_security, RowSecurity::Disable),
            RowSecurity::Disable => (!relation.row_security, RowSecurity::Enable),
            RowSecurity::Force => (relation.force_row_security, RowSecurity::NoForce),
            RowSecurity::NoForce => (!relation.force_row_security, RowSecurity::Force),
        };
        // Undoing what changed nothing must not switch anything.
        if was {
            return Inverse::Nothing;
        }
        Inverse::exact(SetRowSecurity { table: self.table.clone(), change: opposite })
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.table, LockMode::AccessExclusive)]
    }
}

impl fmt::Display for SetRowSecurity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER TABLE {} {}", self.table, self.change)
    }
}
