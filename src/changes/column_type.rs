//! A column's type, and the expression that computes it.

use std::fmt;

use super::column::find;
use super::keep_column::stored;
use super::kept_definition::expressions;
use super::tree::each_column;
use super::{
    Change, ChangeKind, DropColumn, DropIndex, IndexBuild, Inverse, Lock, Reach, RestoreType, SetDefault, constraint,
    index_parts,
};
use crate::catalog::{Address, Catalog, CatalogError, Column, Generated, Given, Index, Kind, Relation};
use crate::pg::{Ident, LockMode, Name, TypeName};
use crate::query::Expr;
use crate::statement::print::Lead;
use crate::statement::relation::{GeneratedStorage, IndexElement, Key, TableConstraintKind};

/// `ALTER COLUMN … TYPE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetType {
    /// The table.
    pub table: Name,
    /// The column.
    pub column: Ident,
    /// The new type.
    pub type_name: TypeName,
    /// `COLLATE`.
    pub collation: Option<Name>,
    /// `USING`.
    pub using: Option<Expr>,
    /// The column that keeps the old values.
    pub kept: Option<Ident>,
    /// What a value becomes that is written from now on, when the old type comes back.
    pub fill: Option<Expr>,
}

/// `ALTER COLUMN … SET EXPRESSION`, or `DROP EXPRESSION`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetExpression {
    /// The table.
    pub table: Name,
    /// The column.
    pub column: Ident,
    /// Whether the columns of children change, too.
    pub reach: Reach,
    /// The expression; none when the column becomes an ordinary one.
    pub value: Option<Box<Expr>>,
}

/// Says whether every value of a type comes back unchanged from another one without words on how.
fn is_wider(from: &TypeName, to: &TypeName) -> bool {
    if from.bounds.len() != to.bounds.len() || from.percent_type || to.percent_type {
        return false;
    }
    let (old, new) = (from.name.last().as_str(), to.name.last().as_str());
    let builtin = |name: &TypeName| name.name.schema().is_none_or(|schema| schema == "pg_catalog");
    let kept = match (old, new) {
        ("int2", "int4" | "int8") | ("int4", "int8") | ("float4", "float8") | ("cidr", "inet") => true,
        ("int2" | "int4" | "int8", "numeric") => to.modifiers.is_empty(),
        ("varchar", "text") => true,
        ("text", "varchar") => to.modifiers.is_empty(),
        ("varchar" | "varbit", _) if old == new => has_room(from, to),
        ("numeric", "numeric") => has_digits(from, to),
        ("date", "timestamp") => to.modifiers.is_empty(),
        _ => false,
    };
    builtin(from) && builtin(to) && kept
}

fn number(text: Option<&String>) -> Option<i64> {
    text?.parse().ok()
}

/// Says whether a length is no longer a bound, or a looser one.
fn has_room(from: &TypeName, to: &TypeName) -> bool {
    match (number(from.modifiers.first()), number(to.modifiers.first())) {
        (_, None) => to.modifiers.is_empty(),
        (Some(old), Some(new)) => new >= old,
        (None, Some(_)) => false,
    }
}

/// Says whether a numeric type has no fewer digits on either side of the point.
fn has_digits(from: &TypeName, to: &TypeName) -> bool {
    if to.modifiers.is_empty() {
        return true;
    }
    let digits = |found: &TypeName| {
        let scale = number(found.modifiers.get(1)).unwrap_or(0);
        Some((number(found.modifiers.first())? - scale, scale))
    };
    match (digits(from), digits(to)) {
        (Some((whole, scale)), Some((new_whole, new_scale))) => new_whole >= whole && new_scale >= scale,
        _ => false,
    }
}

impl SetType {
    /// Says whether the values come back when the old type does.
    pub(crate) fn keeps_values(&self, column: &Column, catalog: &Catalog) -> bool {
        let Some(old) = &column.type_name else { return false };
        // What is computed is computed again.
        if matches!(column.generated, Some(Generated::Expression(..))) {
            return true;
        }
        let new = catalog.qualified_type(&self.type_name);
        self.using.is_none() && (*old == new || is_wider(old, &new))
    }
}

impl SetType {
    /// Adds to the way back what a new type takes away: storage and compression, and how expressions were stored.
    fn whole(&self, before: &Catalog, column: &Column, back: Change) -> Inverse {
        let new = before.qualified_type(&self.type_name);
        let is_same = |old: &TypeName| old.name == new.name && old.bounds.len() == new.bounds.len();
        let kept = match column.type_name.as_ref().is_some_and(is_same) {
            true => Vec::new(),
            false => expressions(before, &self.table, &self.column),
        };
        let (definitions, data): (Vec<_>, Vec<_>) = kept.into_iter().unzip();
        let definitions = definitions.into_iter().map(Change::from);
        let defaults = if column.type_name.as_ref().is_some_and(is_same) { Vec::new() } else { self.defaults(before) };
        let mut changes: Vec<Change> =
            std::iter::once(back).chain(defaults).chain(stored(self, before)).chain(definitions).collect();
        changes.extend(self.collated(before, column));
        changes.extend(self.parts(before, &changes));
        match data.is_empty() {
            true => Inverse::Exact(changes),
            // The indexes of partitions would be made again under other names.
            false if !before.descendants(&self.table).is_empty() => {
                let lost = format!("how expressions on `{}` of `{}` were stored", self.column, self.table);
                Inverse::structural(changes.into_iter().filter(|found| !found.reads_record()).collect(), vec![lost])
            }
            false => Inverse::Captured { changes, data },
        }
    }
}

impl SetType {
    /// Returns what gives literals the old type: a default that stands while the type changes keeps the type that it has.
    fn defaults(&self, before: &Catalog) -> Vec<Change> {
        let Some(table) = before.relation(&self.table) else { return Vec::new() };
        let names = std::iter::once(table.name.clone()).chain(before.descendants(&table.name));
        let tables = names.filter_map(|name| before.held_relation(&name).cloned());
        let default = |relation: Relation| {
            let default = relation.column(&self.column)?.default.clone()?;
            let (table, column) = (before.shown(&relation.name), self.column.clone());
            Some(SetDefault { table, column, default: Some(default), reach: Reach::Only }.into())
        };
        tables.filter_map(default).collect()
    }
}

impl SetType {
    /// Makes the indexes again whose own collation is the column's for a while: what is no difference is forgotten.
    fn collated(&self, before: &Catalog, column: &Column) -> Vec<Change> {
        if self.collation.is_none() || is_same_collation(self.collation.as_ref(), column.collation.as_ref()) {
            return Vec::new();
        }
        let forgets = |element: &IndexElement| {
            element.collation.is_some() && is_same_collation(element.collation.as_ref(), self.collation.as_ref())
        };
        let names = before.resolve(&self.table).into_iter().chain(before.descendants(&self.table));
        let mut changes = Vec::new();
        for table in names.filter_map(|name| before.relation(&name)) {
            let shown = before.shown(&table.name);
            let own = |found: &&Index| !found.inherited && found.columns().contains(&self.column);
            let indexes =
                table.indexes.iter().filter(own).filter(|found| found.definition.elements.iter().any(forgets));
            let indexes = indexes.map(|found| Change::from(DropIndex::blocking(&shown, &found.name)));
            let excluding = table.constraints.iter().filter(|found| match &found.definition.kind {
                TableConstraintKind::Exclude(exclude) => exclude.elements.iter().any(|(element, _)| forgets(element)),
                _ => false,
            });
            let excluding = excluding.map(|found| Change::from(constraint::drop(&shown, found)));
            for gone in indexes.chain(excluding) {
                let again = gone.invert(before).changes().to_vec();
                changes.extend(std::iter::once(gone).chain(again));
            }
        }
        changes
    }

    /// Gives partitions' parts of indexes back what they had of their own.
    fn parts(&self, before: &Catalog, back: &[Change]) -> Vec<Change> {
        let is_divided = before.relation(&self.table).is_some_and(|table| table.kind == Kind::Partitioned);
        if !is_divided {
            return Vec::new();
        }
        let mut anew = before.clone();
        let all = self.apply(&mut anew).and_then(|()| back.iter().try_for_each(|change| change.apply(&mut anew)));
        if all.is_err() { Vec::new() } else { index_parts::as_before(before, &anew, &self.table) }
    }
}

fn is_same_collation(own: Option<&Name>, other: Option<&Name>) -> bool {
    own.map(Name::last) == other.map(Name::last)
}

/// Makes the indexes over a column anew in a catalog, as the server does when the column has got another type: from their
/// definitions, which do not say a collation that was the column's; nor is one told that is the column's now.
pub(super) fn remade(catalog: &mut Catalog, (table, column): (&Name, &Ident), collations: [Option<&Name>; 2]) {
    let names: Vec<Name> = catalog.resolve(table).into_iter().chain(catalog.descendants(table)).collect();
    for name in names {
        let over = |index: &Index| index.columns().contains(column);
        if !catalog.relation(&name).is_some_and(|found| found.indexes.iter().any(over)) {
            continue;
        }
        let Ok(mut held) = catalog.existing_mut(&name) else { continue };
        for index in held.indexes.iter_mut().filter(|index| index.columns().contains(column)) {
            let own = |element: &&mut IndexElement| {
                matches!(&element.key, Key::Column(key) if key == column)
                    && collations.iter().any(|known| is_same_collation(element.collation.as_ref(), *known))
            };
            index.definition.elements.iter_mut().filter(own).for_each(|element| element.collation = None);
        }
    }
    index_parts::remake(catalog, table, column);
}

impl ChangeKind for SetType {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let type_name = catalog.qualified_type(&self.type_name);
        let before = find(catalog, &self.table, &self.column).ok().and_then(|column| column.collation.clone());
        each_column(catalog, (&self.table, &self.column, Reach::Tree), Given::Anything, |column| {
            column.type_name = Some(type_name.clone());
            column.collation = self.collation.clone();
            (column.storage, column.compression) = (None, None);
        })?;
        remade(catalog, (&self.table, &self.column), [before.as_ref(), self.collation.as_ref()]);
        Ok(())
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let column = match find(before, &self.table, &self.column) {
            Ok(column) => column,
            Err(unknown) => return unknown,
        };
        if let Some(kept) = &self.kept {
            return match RestoreType::of(self, kept, before) {
                Ok(back) => self.whole(before, column, back.into()),
                Err(unknown) => unknown,
            };
        }
        let Some(type_name) = column.type_name.as_ref().filter(|_| self.keeps_values(column, before)) else {
            return Inverse::underivable(format!("values of `{}` may not come back from another type", self.column));
        };
        let (table, name, collation) = (self.table.clone(), self.column.clone(), column.collation.clone());
        let type_name = before.shown_type(type_name);
        let back = SetType { table, column: name, type_name, collation, using: None, kept: None, fill: None };
        self.whole(before, column, back.into())
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.table, LockMode::AccessExclusive)]
    }
}

impl fmt::Display for SetType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER TABLE {} ALTER COLUMN {} TYPE {}", self.table, self.column, self.type_name)?;
        write!(f, "{}{}", Lead(" COLLATE ", &self.collation), Lead(" USING ", &self.using))
    }
}

impl SetExpression {
    /// Returns the old expression and when it is computed.
    fn old<'a>(&self, before: &'a Catalog) -> Option<(&'a Expr, GeneratedStorage)> {
        match &find(before, &self.table, &self.column).ok()?.generated {
            Some(Generated::Expression(value, storage)) => Some((value, *storage)),
            _ => None,
        }
    }
}

impl SetExpression {
    /// Only a new column can be a generated one, so the old one goes: at its end, a table has lost nothing by that.
    fn anew(&self, before: &Catalog) -> Inverse {
        let again = || Inverse::underivable(format!("`{}` cannot become a generated column again", self.column));
        let Some(table) = before.relation(&self.table) else { return again() };
        let of = Address::Column(table.name.clone(), self.column.clone());
        let is_own = |address: &Address| matches!(address, Address::Constraint(name, _) | Address::Index(name, _) if *name == table.name);
        let is_used = before.dependents(&of).iter().any(|found| !is_own(&found.definer.address));
        let is_whole = before.descendants(&table.name).is_empty() && before.references_to(&table.name).is_empty();
        if is_used || !is_whole || self.reach == Reach::Only {
            return again();
        }
        let gone = self.gone(table);
        let back = Inverse::of_all(gone.iter().map(|change| change.invert(before)).collect());
        match back {
            Inverse::Exact(changes) => Inverse::Exact([gone, changes].concat()),
            Inverse::Structural { changes, records, loses } if records.is_empty() => {
                Inverse::structural([gone, changes].concat(), loses)
            }
            _ => again(),
        }
    }

    /// Drops the column with what would go with it.
    fn gone(&self, table: &Relation) -> Vec<Change> {
        let shown = &self.table;
        let constraints = table.constraints.iter().filter(|found| found.columns().contains(&self.column));
        let constraints = constraints.map(|found| constraint::drop(shown, found).into());
        let indexes = table.indexes.iter().filter(|found| found.columns().contains(&self.column));
        let indexes = indexes.map(|found| {
            DropIndex { table: shown.clone(), name: found.name.clone(), build: IndexBuild::Blocking }.into()
        });
        let column = DropColumn { table: shown.clone(), column: self.column.clone(), reach: self.reach };
        constraints.chain(indexes).chain([column.into()]).collect()
    }
}

impl ChangeKind for SetExpression {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        each_column(catalog, (&self.table, &self.column, self.reach), Given::Anything, |column| {
            column.generated = match (&column.generated, &self.value) {
                (Some(Generated::Expression(_, storage)), Some(value)) => {
                    Some(Generated::Expression(value.clone(), *storage))
                }
                _ => None,
            };
        })
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        match (self.old(before), &self.value) {
            (None, _) => Inverse::underivable(format!("the expression of `{}` is not known", self.column)),
            (Some((old, _)), Some(new)) if old.to_string() == new.to_string() => Inverse::Nothing,
            (Some((old, _)), Some(_)) => {
                Inverse::exact(SetExpression { value: Some(Box::new(old.clone())), ..self.clone() })
            }
            (Some(_), None) => self.anew(before),
        }
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.table, LockMode::AccessExclusive)]
    }
}

impl fmt::Display for SetExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER TABLE {}{} ALTER COLUMN {} ", self.reach, self.table, self.column)?;
        match &self.value {
            Some(value) => write!(f, "SET EXPRESSION AS ({value})"),
            None => f.write_str("DROP EXPRESSION"),
        }
    }
}
