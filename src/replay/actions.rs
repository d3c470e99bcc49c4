//! The actions of ALTER TABLE, in the order of PostgreSQL's passes.

use std::borrow::Cow;

use super::constraints::{self, IndexKey, Pending};
use super::create::make_column;
use super::sequence::refused;
use super::{Lowering, alter_column, drop, keys, not_null, only, part, property, setting};
use crate::catalog::names::Names;
use crate::catalog::{Catalog, CatalogError, Column, Constraint, ConstraintKind, Kind, Relation};
use crate::changes::{
    AddColumn, AddConstraint, AlterConstraint, Change, Inherit, NoInherit, Reach, SetRowSecurity, ValidateConstraint,
    parts,
};
use crate::pg::{Ident, Name, PgVersion};
use crate::statement::relation::{
    Action, ActionKind, ColumnChange, ColumnChoice, ColumnDefinition, ConstraintAttribute, ConstraintAttributes,
    ConstraintKey, IndexElement, Key, TableConstraint, TableConstraintKind,
};

/// Lowers the actions of one ALTER TABLE.
pub(super) fn lower(lowering: &mut Lowering<'_>, relation: &Relation, reach: Reach, actions: &[Action]) {
    let version = lowering.catalog.version;
    let mut work: Vec<(Pass, Part<'_>)> = Vec::new();
    for action in actions {
        work.push((pass(&action.kind), Part::Action(&action.kind)));
        if let ActionKind::AddColumn { column, if_not_exists } = &action.kind
            && !(*if_not_exists && relation.column(&column.name).is_some())
        {
            let own = column.constraints.iter().filter_map(|found| Pending::column(&column.name, found, version));
            work.extend(own.map(|found| (added(&found.constraint().kind), Part::Constraint(Box::new(found)))));
        }
    }
    work.sort_by_key(|(pass, _)| *pass);
    let mut table = Altered {
        shown: lowering.catalog.shown(&relation.name),
        names: Names::beside(lowering.catalog, &relation.name),
        relation,
        reach,
        added: Vec::new(),
        actions,
        parents: relation.parents.iter().filter_map(|parent| lowering.catalog.relation(parent)).collect(),
    };
    for (_, part) in work {
        match part {
            Part::Action(kind) => match only::complaint(&table, kind, lowering.catalog) {
                Some(error) => lowering.fail(error),
                None => {
                    action(lowering, &mut table, kind);
                    free(&mut table.names, kind, &lowering.effects.changes);
                }
            },
            Part::Constraint(constraint) => add_constraint(lowering, &mut table, constraint.constraint()),
        }
    }
}

/// A table that is altered.
pub(super) struct Altered<'a> {
    pub(super) relation: &'a Relation,
    pub(super) shown: Name,
    pub(super) names: Names<'a>,
    pub(super) reach: Reach,
    pub(super) added: Vec<Column>,
    actions: &'a [Action],
    parents: Vec<&'a Relation>,
}

impl Altered<'_> {
    /// Finds a column, also one that the statement adds.
    pub(super) fn column(&self, name: &Ident) -> Option<&Column> {
        self.relation.column(name).or_else(|| self.added.iter().find(|column| column.name == *name))
    }

    /// Says whether the statement drops constraints or columns, too: these go first, in the order written.
    pub(super) fn drops_keys(&self) -> bool {
        let drops =
            |action: &Action| matches!(action.kind, ActionKind::DropConstraint { .. } | ActionKind::DropColumn { .. });
        self.actions.iter().any(drops)
    }

    /// Says whether the statement takes a column's identity away, too.
    pub(super) fn drops_identity(&self, name: &Ident) -> bool {
        self.changes(name).any(|change| matches!(change, ColumnChange::DropIdentity { .. }))
    }

    /// Says whether the statement takes the expression away, too, that a column is computed from.
    pub(super) fn drops_expression(&self, name: &Ident) -> bool {
        self.changes(name).any(|change| matches!(change, ColumnChange::DropExpression { .. }))
    }

    fn changes(&self, name: &Ident) -> impl Iterator<Item = &ColumnChange> {
        self.actions.iter().filter_map(move |action| match &action.kind {
            ActionKind::AlterColumn(alter) => match &alter.column {
                ColumnChoice::Name(column) if column == name => Some(&alter.change),
                _ => None,
            },
            _ => None,
        })
    }

    /// Returns the table as the changes so far leave its columns and constraints.
    pub(super) fn current(&self, changes: &[Change]) -> Cow<'_, Relation> {
        // Most statements have one action, before which the table is as it was.
        if changes.is_empty() {
            return Cow::Borrowed(self.relation);
        }
        let mut relation = self.relation.clone();
        for change in changes {
            match change {
                Change::AddColumn(add) if add.table == self.shown => relation.columns.push((*add.column).clone()),
                Change::DropColumn(drop) if drop.table == self.shown => {
                    relation.columns.retain(|column| column.name != drop.column);
                }
                Change::SetType(set) if set.table == self.shown => {
                    let column = relation.column_mut(&set.column).into_iter();
                    column.for_each(|column| column.type_name = Some(set.type_name.clone()));
                }
                Change::AddConstraint(add) if add.table == self.shown => {
                    relation.constraints.push((*add.constraint).clone());
                }
                Change::DropConstraint(drop) if drop.table == self.shown => {
                    relation.constraints.retain(|found| found.name != drop.name);
                }
                _ => {}
            }
        }
        Cow::Owned(relation)
    }

    /// Says whether a parent has a column, too.
    pub(super) fn inherits(&self, column: &Ident) -> bool {
        self.parents.iter().any(|parent| parent.column(column).is_some())
    }

    /// Says whether a constraint comes from a parent.
    pub(super) fn inherits_constraint(&self, name: &Ident) -> bool {
        let Some(own) = self.relation.constraint(name) else { return false };
        let passed = |parent: &&Relation| match own.kind {
            ConstraintKind::Check => parent.constraint(name).is_some_and(|found| found.kind == ConstraintKind::Check),
            _ => false,
        };
        own.inherited || self.parents.iter().any(passed)
    }

    /// Says whether a table above makes a column NOT NULL: before PostgreSQL 18 only a partitioned one.
    pub(super) fn must_be_not_null(&self, column: &Ident, version: PgVersion) -> bool {
        let follows = self.relation.bound.is_some() || not_null::is_constraint(version);
        follows && self.parents.iter().any(|parent| not_null::is_passed_on(parent, column))
    }

    /// Says whether the statement makes a column NOT NULL, too.
    pub(super) fn sets_not_null(&self, column: &Ident) -> bool {
        let sets = |action: &Action| match &action.kind {
            ActionKind::AlterColumn(alter) => {
                alter.change == ColumnChange::SetNotNull && alter.column == ColumnChoice::Name(column.clone())
            }
            ActionKind::AddConstraint(constraint) => match &constraint.kind {
                TableConstraintKind::PrimaryKey(ConstraintKey::Columns { columns, .. }) => columns.contains(column),
                TableConstraintKind::NotNull(name) => name == column,
                _ => false,
            },
            _ => false,
        };
        self.actions.iter().any(sets)
    }
}

enum Part<'a> {
    Action(&'a ActionKind),
    Constraint(Box<Pending>),
}

/// What a statement drops leaves its name to what it adds.
fn free(names: &mut Names<'_>, action: &ActionKind, changes: &[Change]) {
    if !matches!(action, ActionKind::DropConstraint { .. } | ActionKind::DropColumn { .. }) {
        return;
    }
    for change in changes {
        match change {
            Change::DropConstraint(drop) => names.free(&drop.name),
            Change::DropIndex(drop) => names.free(&drop.name),
            _ => {}
        }
    }
}

/// When PostgreSQL does an action.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Pass {
    Drop,
    Type,
    AddColumn,
    ColumnAttributes,
    AddKey,
    AddOther,
    Rest,
}

fn pass(kind: &ActionKind) -> Pass {
    match kind {
        ActionKind::DropColumn { .. } | ActionKind::DropConstraint { .. } => Pass::Drop,
        ActionKind::AddColumn { .. } => Pass::AddColumn,
        ActionKind::AddConstraint(constraint) => added(&constraint.kind),
        ActionKind::AlterColumn(change) => match change.change {
            ColumnChange::DropNotNull | ColumnChange::DropDefault => Pass::Drop,
            ColumnChange::SetType { .. } => Pass::Type,
            ColumnChange::SetNotNull => Pass::ColumnAttributes,
            ColumnChange::SetDefault(_) => Pass::AddOther,
            _ => Pass::Rest,
        },
        _ => Pass::Rest,
    }
}

fn added(kind: &TableConstraintKind) -> Pass {
    match kind {
        TableConstraintKind::Unique { .. } | TableConstraintKind::PrimaryKey(_) | TableConstraintKind::Exclude(_) => {
            Pass::AddKey
        }
        _ => Pass::AddOther,
    }
}

fn action(lowering: &mut Lowering<'_>, table: &mut Altered<'_>, kind: &ActionKind) {
    match kind {
        ActionKind::AddColumn { if_not_exists, column } => add_column(lowering, table, column, *if_not_exists),
        ActionKind::DropColumn { if_exists, column, behavior } => {
            drop::column(lowering, (table.relation, table.reach), column, (*if_exists, *behavior));
        }
        ActionKind::AlterColumn(change) => alter_column::lower(lowering, table, change),
        ActionKind::AddConstraint(constraint) => add_constraint(lowering, table, constraint),
        ActionKind::ValidateConstraint(name) => {
            let referenced = table.relation.constraint(name).and_then(parts::referenced);
            lowering.push(ValidateConstraint { table: table.shown.clone(), name: name.clone(), referenced });
        }
        ActionKind::DropConstraint { name, .. } if not_null::drop_chosen(lowering, table, name) => {}
        ActionKind::DropConstraint { if_exists, name, behavior } => {
            drop::constraint(lowering, (table.relation, table.reach), name, (*if_exists, *behavior));
        }
        ActionKind::RowSecurity(change) => {
            lowering.push(SetRowSecurity { table: table.shown.clone(), change: *change });
        }
        ActionKind::AlterConstraint { name, attributes } => alter_constraint(lowering, table, name, attributes),
        ActionKind::Inherit(parent) => inherit(lowering, table, parent, Inheritance::Begins),
        ActionKind::NoInherit(parent) => inherit(lowering, table, parent, Inheritance::Ends),
        ActionKind::Trigger(firing, choice) => part::fire_trigger(lowering, table.relation, *firing, choice),
        ActionKind::Rule(firing, name) => part::fire_rule(lowering, table.relation, *firing, name),
        ActionKind::OwnerTo(role) => property::relation_owner(lowering, &table.relation.name, role),
        ActionKind::SetWithoutOids => {}
        other => {
            if !setting::of_relation(lowering, table, other) {
                lowering.skip(unfollowed(other));
            }
        }
    }
}

/// Names an action that the catalog does not hold.
fn unfollowed(kind: &ActionKind) -> &'static str {
    match kind {
        ActionKind::InheritConstraint(_) => "ALTER CONSTRAINT … INHERIT",
        _ => "ALTER TABLE",
    }
}

fn alter_constraint(lowering: &mut Lowering<'_>, table: &Altered<'_>, name: &Ident, change: &ConstraintAttributes) {
    let what = || format!("constraint `{name}` of relation `{}`", table.shown);
    let Some(found) = table.relation.constraint(name) else {
        return lowering.fail(CatalogError::UndefinedObject(table.shown.clone(), name.clone()));
    };
    let referenced = parts::referenced(found);
    if referenced.is_none() && !change.has(ConstraintAttribute::NoInherit) {
        return lowering.fail(refused("42809", format!("{} is not a foreign key constraint", what())));
    }
    if found.inherited {
        return lowering.fail(refused("55000", format!("cannot alter {}", what())));
    }
    let (table, name, change) = (table.shown.clone(), name.clone(), change.clone());
    lowering.push(AlterConstraint { table, name, change, referenced });
}

/// Whether a table begins or ceases to inherit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inheritance {
    Begins,
    Ends,
}

fn inherit(lowering: &mut Lowering<'_>, altered: &Altered<'_>, parent: &Name, change: Inheritance) {
    if altered.relation.bound.is_some() {
        return lowering.fail(refused("42809", "cannot change inheritance of a partition"));
    }
    if altered.relation.kind == Kind::Partitioned {
        return lowering.fail(refused("42809", "cannot change inheritance of partitioned table"));
    }
    let parent = match lowering.catalog.existing(parent) {
        Ok(found) => lowering.catalog.shown(&found.name),
        Err(error) => return lowering.fail(error),
    };
    let table = altered.shown.clone();
    match change {
        Inheritance::Begins => lowering.push(Inherit { table, parent }),
        Inheritance::Ends => lowering.push(NoInherit { table, parent }),
    }
}

fn add_column(lowering: &mut Lowering<'_>, table: &mut Altered<'_>, column: &ColumnDefinition, if_not_exists: bool) {
    let goes = |change: &Change| matches!(change, Change::DropColumn(drop) if drop.column == column.name);
    if table.relation.column(&column.name).is_some() && !lowering.effects.changes.iter().any(goes) {
        if if_not_exists {
            return;
        }
        lowering.fail(CatalogError::DuplicateColumn(table.shown.clone(), column.name.clone()));
    }
    let mut made = make_column((&mut table.names, lowering.catalog), table.relation, column);
    made.column.default = lowering.catalog.kept_default(made.column.default, made.column.type_name.as_ref());
    made.error.into_iter().for_each(|error| lowering.fail(error));
    table.added.push(made.column.clone());
    let (column, sequence) = (Box::new(made.column), made.sequence.map(Box::new));
    lowering.push(AddColumn { table: table.shown.clone(), column, sequence });
}

fn add_constraint(lowering: &mut Lowering<'_>, table: &mut Altered<'_>, constraint: &TableConstraint) {
    if not_null::add(lowering, table, constraint) {
        return;
    }
    let mut wanted = constraint.clone();
    let index = match &constraint.kind {
        TableConstraintKind::Unique { key: ConstraintKey::Index(index), .. }
        | TableConstraintKind::PrimaryKey(ConstraintKey::Index(index)) => Some(index.clone()),
        _ => None,
    };
    if let Some(index) = &index {
        let Some(key) = index_key(table.relation, index) else {
            return lowering.fail(CatalogError::UndefinedObject(table.shown.clone(), index.clone()));
        };
        wanted = constraints::over_index(constraint, key);
        wanted.name.get_or_insert_with(|| index.clone());
    }
    let own_key = table.relation.primary_key().map(<[Ident]>::to_vec);
    constraints::outside(lowering, &wanted, table.relation);
    constraints::resolve(&mut wanted, table.relation, own_key, lowering.catalog);
    let current = table.current(&lowering.effects.changes);
    if let Some(error) = refusal((&current, &table.names), &wanted, index.as_ref(), lowering.catalog) {
        // What it would be named is not known, and nothing is made.
        return lowering.fail(error);
    }
    let name = constraints::name(&mut table.names, table.relation.name.last(), (&wanted, None));
    let constraint = Box::new(Constraint::new(name, wanted));
    // Only keys of a partitioned table can be its own alone; what a primary key makes of its columns is passed on.
    let is_parent = || lowering.catalog.children(&table.relation.name).next().is_some();
    let alone = table.relation.kind == Kind::Partitioned && constraint.kind.has_index()
        || matches!(constraint.kind, ConstraintKind::PrimaryKey(_)) && is_parent();
    let reach = if alone { table.reach } else { Reach::Tree };
    lowering.push(AddConstraint { table: table.shown.clone(), constraint, index, reach });
}

/// Says why a table cannot have a constraint.
fn refusal(
    (table, names): (&Relation, &Names<'_>),
    wanted: &TableConstraint,
    index: Option<&Ident>,
    catalog: &Catalog,
) -> Option<CatalogError> {
    let taken = wanted.name.as_ref().filter(|name| table.constraint(name).is_some());
    if let Some(name) = taken {
        return Some(CatalogError::DuplicateObject(catalog.shown(&table.name), name.clone()));
    }
    let has_index = matches!(
        wanted.kind,
        TableConstraintKind::Unique { .. } | TableConstraintKind::PrimaryKey(_) | TableConstraintKind::Exclude(_)
    );
    let named = wanted.name.as_ref().filter(|name| has_index && index != Some(*name));
    if let Some(name) = named.filter(|name| names.has_relation(name)) {
        return Some(CatalogError::DuplicateTable(super::sequence::beside(&table.name, name.clone())));
    }
    if table.is_known_table() { keys::complaint(wanted, table, catalog) } else { None }
}

/// Returns the key that an index can hold; one over expressions holds none.
fn index_key(relation: &Relation, name: &Ident) -> Option<IndexKey> {
    let definition = &relation.index(name)?.definition;
    let column = |key: &Key| match key {
        Key::Column(name) => Some(name.clone()),
        Key::Expression(_) => None,
    };
    let columns = |elements: &[IndexElement]| elements.iter().map(|element| column(&element.key)).collect();
    let columns: [Option<Vec<Ident>>; 2] = [columns(&definition.elements), columns(&definition.include)];
    let [columns, include] = columns;
    Some(IndexKey { columns: columns?, include: include?, nulls_not_distinct: definition.nulls_not_distinct })
}
