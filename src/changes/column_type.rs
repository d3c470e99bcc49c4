//! A column's type, and the expression that computes it.

use std::fmt;

use super::column::find;
use super::tree::each_column;
use super::{ChangeKind, Inverse, Lock, Reach, property};
use crate::catalog::{Catalog, CatalogError, Column, Generated};
use crate::pg::{Ident, LockMode, Name, TypeName};
use crate::query::Expr;
use crate::statement::print::Lead;
use crate::statement::relation::GeneratedStorage;

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
    fn keeps_values(&self, column: &Column, catalog: &Catalog) -> bool {
        let Some(old) = &column.type_name else { return false };
        let new = catalog.qualified_type(&self.type_name);
        self.using.is_none() && (*old == new || is_wider(old, &new))
    }
}

impl ChangeKind for SetType {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let type_name = catalog.qualified_type(&self.type_name);
        each_column(catalog, (&self.table, &self.column, Reach::Tree), |column| {
            column.type_name = Some(type_name.clone());
            column.collation = self.collation.clone();
            (column.storage, column.compression) = (None, None);
        })
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let column = match find(before, &self.table, &self.column) {
            Ok(column) => column,
            Err(unknown) => return unknown,
        };
        let Some(type_name) = column.type_name.as_ref().filter(|_| self.keeps_values(column, before)) else {
            return Inverse::underivable(format!("values of `{}` may not come back from another type", self.column));
        };
        let (table, name, collation) = (self.table.clone(), self.column.clone(), column.collation.clone());
        let type_name = before.shown_type(type_name);
        let back = SetType { table, column: name, type_name, collation, using: None };
        // A new type takes the storage and the compression away.
        let stored = property::stored(before, &self.table, &self.column);
        Inverse::Exact(std::iter::once(back.into()).chain(stored).collect())
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

impl ChangeKind for SetExpression {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        each_column(catalog, (&self.table, &self.column, self.reach), |column| {
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
            // Only a new column can be a generated one, and rows may have been edited since.
            (Some(_), None) => {
                Inverse::underivable(format!("`{}` cannot become a generated column again", self.column))
            }
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
