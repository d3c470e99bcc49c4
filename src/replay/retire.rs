//! Drops that lose nothing: what would be dropped goes out of sight, and a later migration purges it.
//!
//! A column gets another name in its place, a table moves to a schema of its own, rows and values that would be lost are
//! kept beside. All of these are changes like any other, so that their inverses are, too.

use std::collections::BTreeMap;

use super::{Effects, Lowered, object};
use crate::catalog::{
    Address, Catalog, CatalogError, Class, Column, Constraint, ConstraintKind, Definition, Generated, Index, Kind,
    Object, ObjectId, Origin, Relation,
};
use crate::changes::{
    Change, CreateObject, DetachPartition, DropColumn, DropNotNull, DropObject, DropPart, DropRelation, Fill, KeepRows,
    KeepValues, MoveObject, NoInherit, PartKind, Reach, RenameColumn, RenameIndex, RenameRelation, SetDefault,
    SetSchema, SetType, TruncateTables, parts,
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
    let mut retiring = Retiring { retirement, catalog, fills, changes: Vec::new(), dropped: Vec::new() };
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
    let is_same = matches!(lowered, Lowered::Changes(effects) if effects.changes == retiring.changes);
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
                Change::DropObject(drop) if drop.id.class == Class::Statistics && (drops_columns || drops_tables) => {}
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

    /// Renames a column and lets rows be written without it.
    fn column(&mut self, drop: &DropColumn) {
        let found = self.table(&drop.table).filter(|_| drop.reach == Reach::Tree && !is_retired(&drop.column));
        let to = self.retirement.name(&drop.column);
        let free = |relation: &Relation| {
            let below = self.catalog.descendants(&relation.name);
            let below = below.iter().filter_map(|name| self.catalog.relation(name));
            std::iter::once(relation).chain(below).all(|table| table.column(&to).is_none())
        };
        let Some((relation, column)) = found
            .filter(|relation| free(relation))
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
        let is_unique = |index: &Index| index.definition.unique;
        let found = self.table(table).and_then(|relation| relation.index(name)).filter(|index| !is_unique(index));
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

    /// A type or a routine stays as long as something out of sight needs it.
    fn object(&mut self, drop: &DropObject) {
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
    fn blocked(&mut self, statement: &Statement) -> Option<()> {
        let objects = object::dropped(statement, self.catalog)?;
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

fn is_constant(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Literal(_) => true,
        ExprKind::Cast(inner, _) => is_constant(inner),
        _ => false,
    }
}
