//! Drops that lose nothing: what would be dropped goes out of sight, and a later migration purges it.
//!
//! A column gets another name in its place, a table moves to a schema of its own, rows and values that would be lost are
//! kept beside. All of these are changes like any other, so that their inverses are, too.

mod object;

use std::collections::BTreeMap;

use super::{Effects, Lowered};
use crate::catalog::{
    Catalog, CatalogError, Class, Column, Constraint, ConstraintKind, Definition, Generated, Index, Kind, Object,
    ObjectId, Origin, Relation,
};
use crate::changes::{
    Change, CreateObject, DetachPartition, DropColumn, DropNotNull, DropPart, DropRelation, Dropped, Fill, KeepRows,
    KeepValues, NoInherit, PartKind, Reach, RenameColumn, RenameIndex, RenameRelation, SetDefault, SetSchema, SetType,
    TruncateTables, parts,
};
use crate::pg::{Ident, Name};
use crate::query::{Expr, ExprKind};
use crate::source::Span;
use crate::statement::Statement;
use crate::statement::relation::{self as ddl, DetachMode, Persistence, Truncate};
use crate::statement::words::Behavior;

/// The schema of the tables that are out of sight.
pub const ATTIC: &str = "tenet_attic";

/// What the names of columns begin with that are out of sight.
const RETIRED: &str = "__retired_";

/// What the drops of a migration become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retirement {
    /// The migration's version, as names can hold it.
    version: String,
    /// Where tables go.
    shelf: Shelf,
}

/// Where tables go that are out of sight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelf {
    /// To a schema of their own.
    Schema,
    /// They stay in their schema under another name: every tenant has a schema.
    Name,
}

/// Values for rows that are written while a column is out of sight, by its name.
pub(super) type Fills = BTreeMap<Ident, Expr>;

impl Retirement {
    /// Retires what a migration of this version drops.
    pub fn new(version: &str, shelf: Shelf) -> Self {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
        Retirement { version: version.chars().map(plain).collect(), shelf }
    }

    fn name(&self, of: &Ident) -> Ident {
        Ident::exact(&format!("{RETIRED}{}_{}", self.version, of.as_str()))
    }
}

/// Says whether a column is out of sight.
pub fn is_retired(column: &Ident) -> bool {
    column.as_str().starts_with(RETIRED)
}

/// Says whether a relation is out of sight.
pub fn is_shelved(relation: &Name) -> bool {
    relation.schema().is_some_and(is_attic) || is_retired(relation.last())
}

/// Says whether a schema holds what is out of sight.
pub fn is_attic(schema: &Ident) -> bool {
    schema.as_str().strip_prefix(ATTIC).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

/// Returns what a statement does instead of losing something; `None` when it loses nothing.
pub(super) fn instead(
    retirement: &Retirement,
    statement: &Statement,
    lowered: &Lowered,
    (catalog, fills): (&Catalog, &Fills),
) -> Option<Effects> {
    let mut retiring =
        Retiring { retirement, catalog, fills, changes: Vec::new(), dropped: Vec::new(), gone: Vec::new() };
    match (statement, lowered) {
        (Statement::Relation(found), Lowered::NoChange) => match &**found {
            ddl::Statement::Truncate(truncate) => retiring.truncate(truncate)?,
            _ => return None,
        },
        (_, Lowered::Changes(effects)) => match &effects.error {
            None if !effects.changes.iter().any(loses) => return None,
            None => retiring.effects(effects),
            Some(CatalogError::DependentObjects { .. }) => retiring.blocked(statement)?,
            Some(_) => return None,
        },
        _ => return None,
    }
    // What hinders a new type and is out of sight goes with it, though the statement does not say so.
    let adds = |changes: &[Change]| {
        let is_hidden = |change: &Change| matches!(change, Change::DropColumn(drop) if is_retired(&drop.column));
        changes.iter().any(is_hidden) && changes.iter().any(|change| matches!(change, Change::SetType(_)))
    };
    let is_same =
        !adds(&retiring.changes) && matches!(lowered, Lowered::Changes(effects) if effects.changes == retiring.changes);
    let unmodelled = match lowered {
        Lowered::Changes(effects) => effects.unmodelled,
        _ => None,
    };
    (!is_same).then_some(Effects { changes: retiring.changes, error: None, is_partial: false, unmodelled })
}

/// Says whether a change may lose something; without such a change nothing goes along either.
fn loses(change: &Change) -> bool {
    matches!(change, Change::DropColumn(_) | Change::DropRelation(_) | Change::DropObject(_) | Change::SetType(_))
}

struct Retiring<'a> {
    retirement: &'a Retirement,
    catalog: &'a Catalog,
    fills: &'a Fills,
    changes: Vec<Change>,
    /// The relations that the statement drops.
    dropped: Vec<Name>,
    /// The computed columns that go for good, since a column that they are computed from gets another type.
    gone: Vec<(Name, Ident)>,
}

impl Retiring<'_> {
    fn push(&mut self, change: impl Into<Change>) {
        let change = change.into();
        if !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }

    fn effects(&mut self, effects: &Effects) {
        let dropped = effects.changes.iter().filter_map(|change| match change {
            Change::DropRelation(drop) => self.catalog.resolve(&drop.relation),
            _ => None,
        });
        self.dropped = dropped.collect();
        self.gone = self.hindering(effects);
        let drops_extension = effects
            .changes
            .iter()
            .any(|change| matches!(change, Change::DropObject(drop) if drop.id.class == Class::Extension));
        // What an extension brings cannot stay without it.
        if drops_extension {
            self.changes.clone_from(&effects.changes);
            return;
        }
        let drops_columns = effects.changes.iter().any(|change| matches!(change, Change::DropColumn(_)));
        let drops_tables = effects.changes.iter().any(|change| matches!(change, Change::DropRelation(_)));
        for change in &effects.changes {
            match change {
                // Statistics stay with what goes out of sight.
                Change::DropObject(drop) if (drops_columns || drops_tables) && self.is_of_table(&drop.id) => {}
                Change::DropColumn(drop) => self.column(drop),
                Change::DropIndex(drop) if drops_columns => self.index(&drop.table, &drop.name, change),
                Change::DropRelation(drop) => self.relation(drop),
                Change::SetType(set) => self.type_of(set),
                Change::DropObject(drop) => self.object(drop),
                other => self.push(other.clone()),
            }
        }
    }

    /// Finds a table whose rows last, and that is still in sight.
    fn table(&self, name: &Name) -> Option<&Relation> {
        let relation = self.catalog.relation(name)?;
        let is_kept = matches!(relation.kind, Kind::Table | Kind::Partitioned | Kind::TableAs);
        let lasts = relation.persistence != Persistence::Temporary;
        Some(relation).filter(|found| is_kept && lasts && !is_shelved(&found.name))
    }

    /// Says whether an object is a statistics object of a table that can go out of sight.
    fn is_of_table(&self, id: &ObjectId) -> bool {
        let made = self.catalog.object(id).and_then(|object| object.definition.statement());
        let Some(Statement::Relation(made)) = made else { return false };
        matches!(&**made, ddl::Statement::CreateStatistics(create) if self.table(&create.table).is_some())
    }

    /// Returns the computed columns that a statement drops and that would keep it from giving a column another type.
    fn hindering(&self, effects: &Effects) -> Vec<(Name, Ident)> {
        let retyped = |table: &Name, column: &Column| {
            let from = column.computed_from();
            effects.changes.iter().any(|change| {
                matches!(change, Change::SetType(set) if from.contains(&set.column)
                    && self.catalog.resolve(&set.table).as_ref() == Some(table))
            })
        };
        let dropped = effects.changes.iter().filter_map(|change| match change {
            Change::DropColumn(drop) => {
                let relation = self.catalog.relation(&drop.table)?;
                let column = relation.column(&drop.column)?;
                retyped(&relation.name, column).then(|| (relation.name.clone(), column.name.clone()))
            }
            _ => None,
        });
        dropped.collect()
    }

    fn is_gone(&self, table: &Name, column: &Ident) -> bool {
        self.gone.iter().any(|(name, gone)| name == table && gone == column)
    }

    /// Renames a column and lets rows be written without it.
    fn column(&mut self, drop: &DropColumn) {
        let found = self.table(&drop.table).filter(|_| drop.reach == Reach::Tree && !is_retired(&drop.column));
        let found = found.filter(|relation| !self.is_gone(&relation.name, &drop.column));
        let to = self.retirement.name(&drop.column);
        let free = |relation: &Relation| {
            let below = self.catalog.descendants(&relation.name);
            let below = below.iter().filter_map(|name| self.catalog.relation(name));
            std::iter::once(relation).chain(below).all(|table| table.column(&to).is_none())
        };
        let Some((relation, column)) = found
            .filter(|relation| free(relation) && self.goes_everywhere(&relation.name, &drop.column))
            .and_then(|relation| Some((relation.clone(), relation.column(&drop.column)?.clone())))
        else {
            return self.push(drop.clone());
        };
        self.loosen(&drop.table, &column);
        for sequence in self.catalog.sequences_of(&relation.name) {
            if sequence.is_owned_by(&relation.name, &column.name) {
                self.changes.push(
                    RenameRelation {
                        relation: self.catalog.shown(&sequence.name),
                        kind: Kind::Sequence,
                        to: self.retirement.name(sequence.name.last()),
                    }
                    .into(),
                );
            }
        }
        self.push(RenameColumn { table: drop.table.clone(), from: column.name, to });
    }

    /// Says whether a column goes from all tables below, too: what a child keeps as its own cannot keep its name.
    fn goes_everywhere(&self, table: &Name, column: &Ident) -> bool {
        let losing = self.catalog.losing(table, column);
        let holding = self.catalog.children(table).filter(|child| child.column(column).is_some());
        holding.into_iter().all(|child| {
            (child.bound.is_some() || losing.contains(&child.name)) && self.goes_everywhere(&child.name, column)
        })
    }

    /// Lets rows be written that do not name a column.
    fn loosen(&mut self, table: &Name, column: &Column) {
        let reach = Reach::Tree;
        let (table, name) = (table.clone(), column.name.clone());
        // An identity column gives itself a value, and so does a constant default.
        let is_constant = column.default.as_ref().is_some_and(is_constant);
        if matches!(column.generated, Some(Generated::Identity(_))) || is_constant {
            return;
        }
        if column.not_null {
            let fill = match self.fills.get(&name) {
                Some(value) => Fill::Value(Box::new(value.clone())),
                None if column.default.is_some() => Fill::Default,
                None => Fill::Nothing,
            };
            self.push(DropNotNull { table: table.clone(), column: name.clone(), reach, fill });
        }
        if column.default.is_some() {
            self.push(SetDefault { table, column: name, reach, default: None });
        }
    }

    /// An index that only makes queries fast can stay, under another name.
    fn index(&mut self, table: &Name, name: &Ident, change: &Change) {
        let goes = |relation: &Relation, index: &Index| {
            index.definition.unique || index.columns().iter().any(|column| self.is_gone(&relation.name, column))
        };
        let found = self.table(table).and_then(|relation| relation.index(name).filter(|index| !goes(relation, index)));
        match found {
            Some(_) => {
                let to = self.retirement.name(name);
                self.push(RenameIndex { table: table.clone(), from: name.clone(), to });
            }
            None => self.push(change.clone()),
        }
    }

    /// Keeps the values of a column that its new type cannot hold.
    fn type_of(&mut self, set: &SetType) {
        let kept = self.retirement.name(&set.column);
        let found = self.table(&set.table).filter(|table| table.column(&kept).is_none());
        let column = found.and_then(|table| table.column(&set.column));
        let Some(column) = column.filter(|column| !set.keeps_values(column, self.catalog)) else {
            return self.push(set.clone());
        };
        let Some(type_name) = &column.type_name else { return self.push(set.clone()) };
        let keep = KeepValues {
            table: set.table.clone(),
            column: set.column.clone(),
            kept: kept.clone(),
            type_name: self.catalog.shown_type(type_name),
            collation: column.collation.clone(),
        };
        let fill = self.fills.get(&set.column).cloned();
        self.push(keep);
        self.push(SetType { kept: Some(kept), fill, ..set.clone() });
    }

    /// Takes a table out of sight.
    fn relation(&mut self, drop: &DropRelation) {
        let Some(relation) = self.table(&drop.relation).cloned() else { return self.push(drop.clone()) };
        let Some(schema) = self.shelf(&relation) else { return self.push(drop.clone()) };
        if self.is_child(&relation) && self.keep_rows(&relation).is_some() {
            return self.push(DropRelation { rows: Dropped::Kept, ..drop.clone() });
        }
        let table = self.catalog.shown(&relation.name);
        self.unhook(&relation, &table);
        let hindering = relation.constraints.iter().filter(|found| self.hinders(&relation, found));
        let drops: Vec<Change> = hindering.map(|found| parts::drop_constraint(&table, found).into()).collect();
        drops.into_iter().for_each(|drop| self.push(drop));
        let triggers = relation.triggers.iter().filter(|(_, found)| !found.inherited);
        let triggers = triggers.map(|(name, _)| (PartKind::Trigger, name));
        let policies = relation.policies.keys().map(|name| (PartKind::Policy, name));
        let rules = relation.rules.keys().map(|name| (PartKind::Rule, name));
        for (kind, name) in triggers.chain(policies).chain(rules) {
            self.push(DropPart { table: table.clone(), kind, name: name.clone() });
        }
        match schema {
            Some(schema) => {
                self.attic(&schema);
                self.push(SetSchema { relation: table, kind: relation.kind, schema });
            }
            None => {
                let to = self.retirement.name(relation.name.last());
                self.push(RenameRelation { relation: table, kind: relation.kind, to });
            }
        }
    }

    /// Says whether a table has columns or constraints from a parent that stays: only a new child has them so again.
    fn is_child(&self, relation: &Relation) -> bool {
        // What inherits from a table that is made anew is made anew, too.
        let stays = relation.parents.iter().any(|parent| match self.dropped.contains(parent) {
            true => self.catalog.relation(parent).is_some_and(|parent| self.is_child(parent)),
            false => true,
        });
        let is_given = relation.columns.iter().any(|column| column.inherited)
            || relation.constraints.iter().any(|constraint| constraint.inherited);
        relation.kind == Kind::Table && relation.bound.is_none() && stays && is_given
    }

    /// What is dropped is no part of what stays.
    fn unhook(&mut self, relation: &Relation, table: &Name) {
        for parent in relation.parents.iter().filter(|parent| !self.dropped.contains(parent)) {
            let parent = self.catalog.shown(parent);
            let change: Change = match relation.bound {
                Some(_) => {
                    DetachPartition { parent, partition: table.clone(), mode: DetachMode::Plain, left: None }.into()
                }
                None => NoInherit { table: table.clone(), parent }.into(),
            };
            self.changes.push(change);
        }
    }

    /// A foreign key would keep rows elsewhere from being deleted.
    fn hinders(&self, relation: &Relation, constraint: &Constraint) -> bool {
        let ConstraintKind::ForeignKey { references, .. } = &constraint.kind else { return false };
        let target = self.catalog.lasting(&references.table);
        let stays = target.as_ref().is_none_or(|target| *target != relation.name && !self.dropped.contains(target));
        // A partition that goes alone keeps what its parent gave it.
        let is_own = !constraint.inherited || relation.parents.iter().all(|parent| !self.dropped.contains(parent));
        stays && is_own
    }

    /// Finds the schema that takes a table: the one of all, else one for the version; `Some(None)` is a name in its place.
    fn shelf(&self, relation: &Relation) -> Option<Option<Ident>> {
        if self.retirement.shelf == Shelf::Name {
            let schema = relation.name.schema()?;
            return (!self.catalog.has_relation_name(schema, &self.retirement.name(relation.name.last())))
                .then_some(None);
        }
        let own = Ident::exact(&format!("{ATTIC}_{}", self.retirement.version));
        let mut names: Vec<&Ident> = vec![relation.name.last()];
        names.extend(relation.indexes.iter().map(|index| &index.name));
        names.extend(relation.constraints.iter().map(|found| &found.name));
        let sequences = self.catalog.sequences_of(&relation.name);
        names.extend(sequences.iter().map(|found| found.name.last()));
        let is_free = |schema: &Ident| {
            let moved = self.changes.iter().any(|change| {
                matches!(change, Change::SetSchema(set) if set.schema == *schema && set.relation.last() == relation.name.last())
            });
            !moved && names.iter().all(|name| !self.catalog.has_relation_name(schema, name))
        };
        [Ident::exact(ATTIC), own].into_iter().find(is_free).map(Some)
    }

    /// Makes the schema where it is not there yet.
    fn attic(&mut self, schema: &Ident) {
        let id = ObjectId::schema(schema);
        if self.catalog.object(&id).is_none() {
            let object = Object::new(id, Definition::Schema, Origin::default());
            CreateObject::made(object, self.catalog).into_iter().for_each(|change| self.push(change));
        }
    }

    /// Keeps the rows of a table beside; `None` where something has that name.
    fn keep_rows(&mut self, relation: &Relation) -> Option<()> {
        let schema = match self.retirement.shelf {
            Shelf::Schema => Ident::exact(ATTIC),
            Shelf::Name => relation.name.schema()?.clone(),
        };
        let kept = self.retirement.name(relation.name.last());
        if self.catalog.has_relation_name(&schema, &kept) {
            return None;
        }
        if self.retirement.shelf == Shelf::Schema {
            self.attic(&schema);
        }
        let kept = Name { parts: [schema, kept].into(), span: Span::default() };
        self.push(KeepRows::of(relation, self.catalog.shown(&kept), self.catalog));
        Some(())
    }

    /// Keeps the rows that TRUNCATE takes away.
    fn truncate(&mut self, truncate: &Truncate) -> Option<()> {
        let mut reached: Vec<Name> = Vec::new();
        for named in &truncate.relations {
            let relation = self.table(&named.name)?;
            reached.push(relation.name.clone());
            if !named.only {
                reached.extend(self.catalog.descendants(&relation.name));
            }
        }
        let mut at = 0;
        while let Some(name) = reached.get(at).cloned() {
            at += 1;
            for (holder, _) in self.catalog.references_to(&name) {
                if !reached.contains(&holder.name) && truncate.behavior == Behavior::Cascade {
                    reached.push(holder.name.clone());
                }
            }
        }
        let mut seen: Vec<Name> = Vec::new();
        reached.retain(|name| {
            !seen.contains(name) && {
                seen.push(name.clone());
                true
            }
        });
        let relations: Vec<Relation> =
            reached.iter().map(|name| self.table(name).cloned()).collect::<Option<Vec<_>>>()?;
        // What refers to other rows is kept first, and so comes back last.
        let is_part =
            |found: &Relation| found.bound.is_some() && found.parents.iter().any(|above| reached.contains(above));
        let own = relations.iter().rev().filter(|found| !is_part(found) && found.is_known_table());
        for relation in own {
            self.keep_rows(relation)?;
        }
        if relations.iter().any(|found| found.kind == Kind::TableAs) {
            return None;
        }
        let sequences = relations.iter().flat_map(|found| self.catalog.sequences_of(&found.name));
        let restarted = sequences.filter(|_| truncate.restart_identity).map(|found| self.catalog.shown(&found.name));
        let restarted = restarted.collect();
        let tables = reached.iter().map(|name| self.catalog.shown(name)).collect();
        self.push(TruncateTables { tables, restarted });
        Some(())
    }
}

fn is_constant(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Literal(_) => true,
        ExprKind::Cast(inner, _) => is_constant(inner),
        _ => false,
    }
}
