//! The names that PostgreSQL chooses where none is written.
//!
//! Source: `makeObjectName`, `ChooseRelationName`, `ChooseConstraintName`, `ChooseIndexColumnNames` and
//! `FigureColname` of PostgreSQL 15.

use std::collections::BTreeSet;

use super::Catalog;
use crate::pg::{Ident, MAX_BYTES, Name};
use crate::query::{Body, Expr, ExprKind, Query, SqlFunction, Step, TrimSide};
use crate::statement::relation::{IndexElement, Key};

/// Chooses names that neither the catalog nor an earlier choice has taken.
pub struct Names<'a> {
    catalog: &'a Catalog,
    schema: Ident,
    relations: BTreeSet<Ident>,
    constraints: BTreeSet<Ident>,
    freed: BTreeSet<Ident>,
}

impl<'a> Names<'a> {
    /// Chooses names in the schema of this qualified name.
    pub fn beside(catalog: &'a Catalog, name: &Name) -> Self {
        let schema = name.schema().cloned().unwrap_or_else(|| Ident::exact("public"));
        Names { catalog, schema, relations: BTreeSet::new(), constraints: BTreeSet::new(), freed: BTreeSet::new() }
    }

    /// Frees the name of a constraint or an index that the same statement drops.
    pub fn free(&mut self, name: &Ident) {
        self.freed.insert(name.clone());
    }

    /// Says whether a table, an index or a sequence has this name.
    pub fn has_relation(&self, name: &Ident) -> bool {
        self.is_relation(name)
    }

    /// Takes a relation's name that is written.
    pub fn take_relation(&mut self, name: &Ident) {
        self.relations.insert(name.clone());
    }

    /// Takes a constraint's name that is written.
    pub fn take_constraint(&mut self, name: &Ident) {
        self.constraints.insert(name.clone());
    }

    /// Chooses the name of an index, or of a sequence (label `seq`).
    pub fn relation(&mut self, table: &Ident, addition: Option<&str>, label: &str) -> Ident {
        let chosen = choose(table, addition, label, |name| self.is_relation(name));
        self.relations.insert(chosen.clone());
        chosen
    }

    /// Chooses the name of a constraint that has an index.
    pub fn key(&mut self, table: &Ident, addition: Option<&str>, label: &str) -> Ident {
        let chosen = choose(table, addition, label, |name| self.is_relation(name) || self.is_constraint(name));
        self.relations.insert(chosen.clone());
        self.constraints.insert(chosen.clone());
        chosen
    }

    /// Chooses the name of a constraint without an index.
    pub fn constraint(&mut self, table: &Ident, addition: Option<&str>, label: &str) -> Ident {
        let chosen = choose(table, addition, label, |name| self.is_constraint(name));
        self.constraints.insert(chosen.clone());
        chosen
    }

    /// Chooses the name of extended statistics.
    pub fn statistics(table: &Ident, addition: &str, taken: impl Fn(&Ident) -> bool) -> Ident {
        choose(table, Some(addition), "stat", taken)
    }

    fn is_relation(&self, name: &Ident) -> bool {
        let there = || !self.freed.contains(name) && self.catalog.has_relation_name(&self.schema, name);
        self.relations.contains(name) || there()
    }

    fn is_constraint(&self, name: &Ident) -> bool {
        let there = || !self.freed.contains(name) && self.catalog.has_constraint_name(&self.schema, name);
        self.constraints.contains(name) || there()
    }
}

/// Chooses the name of a domain's check.
pub fn constraint_name(domain: &Ident, taken: impl Fn(&Ident) -> bool) -> Ident {
    choose(domain, None, "check", taken)
}

fn choose(table: &Ident, addition: Option<&str>, label: &str, taken: impl Fn(&Ident) -> bool) -> Ident {
    let plain = object_name(table.as_str(), addition, label);
    let numbered = (1..).map(|pass: u32| object_name(table.as_str(), addition, &format!("{label}{pass}")));
    std::iter::once(plain).chain(numbered).find(|name| !taken(name)).expect("numbers do not end")
}

/// Returns the name that PostgreSQL chooses where every name is free.
pub fn plain_choice(table: &Ident, addition: Option<&str>, label: &str) -> Ident {
    object_name(table.as_str(), addition, label)
}

/// Joins the parts with underscores and shortens the longer of the first two until they fit.
fn object_name(first: &str, second: Option<&str>, label: &str) -> Ident {
    let overhead = 1 + label.len() + usize::from(second.is_some());
    let available = MAX_BYTES.saturating_sub(overhead);
    let (mut a, mut b) = (first.len(), second.map_or(0, str::len));
    while a + b > available {
        if a > b { a -= 1 } else { b -= 1 }
    }
    let first = clip(first, a);
    match second {
        Some(second) => Ident::exact(&format!("{first}_{}_{label}", clip(second, b))),
        None => Ident::exact(&format!("{first}_{label}")),
    }
}

/// Cuts to a number of bytes, never inside a character.
fn clip(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    &text[..end]
}

/// Joins column names as index and foreign key names do; what lies beyond 63 bytes is left out.
pub fn joined(columns: &[String]) -> String {
    let mut text = String::new();
    for column in columns {
        if !text.is_empty() {
            text.push('_');
        }
        text.push_str(column);
        if text.len() > MAX_BYTES {
            break;
        }
    }
    text
}

/// Returns the columns that an index gets, by which it is named.
pub fn index_columns<'a>(elements: impl Iterator<Item = &'a IndexElement>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for element in elements {
        let origin = match &element.key {
            Key::Column(name) => name.as_str().to_owned(),
            Key::Expression(expr) => label(expr).map_or_else(|| "expr".to_owned(), |(name, _)| name),
        };
        let numbered = (1u32..).map(|number| {
            let digits = number.to_string();
            format!("{}{digits}", clip(&origin, MAX_BYTES - digits.len()))
        });
        let chosen = std::iter::once(origin.clone()).chain(numbered).find(|name| !names.contains(name));
        names.extend(chosen);
    }
    names
}

/// Returns the name that a column of a result gets from its expression; `None` where PostgreSQL says `?column?`.
pub fn column_label(expr: &Expr) -> Option<Ident> {
    label(expr).map(|(name, _)| Ident::exact(&name))
}

/// How sure PostgreSQL is of a label that it derives from an expression.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strength {
    /// A type or `case`: anything better wins.
    Weak,
    /// A column or function.
    Strong,
}

/// Returns the name of the column that an expression makes; `None` where PostgreSQL says `?column?`.
pub fn figured(expr: &Expr) -> Option<String> {
    label(expr).map(|(name, _)| name)
}

/// Returns the label of an expression; `None` where PostgreSQL says `?column?`.
fn label(expr: &Expr) -> Option<(String, Strength)> {
    let strong = |name: &str| Some((name.to_owned(), Strength::Strong));
    match &expr.kind {
        ExprKind::Column(parts) => strong(parts.last()?.as_str()),
        ExprKind::Indirection(base, path) => {
            let field = path.iter().rev().find_map(|step| match step {
                Step::Field(name) => Some(name),
                _ => None,
            });
            field.map_or_else(|| label(base), |name| strong(name.as_str()))
        }
        ExprKind::Call(call) => strong(call.name.last().as_str()),
        ExprKind::AtTimeZone(..) => strong("timezone"),
        ExprKind::SqlCall(function, _) => strong(sql_function(function)),
        ExprKind::Special(word, _) => strong(&word.to_ascii_lowercase()),
        ExprKind::Value(words) => strong(words.split('(').next().unwrap_or(words).to_ascii_lowercase().as_str()),
        ExprKind::Collate(operand, _) => label(operand),
        ExprKind::Cast(operand, to) => match label(operand) {
            Some((name, Strength::Strong)) => strong(&name),
            _ => Some((to.name.last().as_str().to_owned(), Strength::Weak)),
        },
        ExprKind::Case { otherwise, .. } => match otherwise.as_deref().and_then(label) {
            Some((name, Strength::Strong)) => strong(&name),
            _ => Some(("case".to_owned(), Strength::Weak)),
        },
        ExprKind::Array(_) | ExprKind::ArrayQuery(_) => strong("array"),
        ExprKind::Row { .. } => strong("row"),
        ExprKind::Exists(_) => strong("exists"),
        ExprKind::Subquery(query) => Some((first_column(query), Strength::Strong)),
        _ => None,
    }
}

/// A scalar query is named by its one column.
fn first_column(query: &Query) -> String {
    match &query.body {
        Body::Values(_) => "column1".to_owned(),
        Body::SetOperation { left, .. } => first_column(left),
        Body::Select(select) => {
            let name = select.items.first().and_then(|item| match &item.alias {
                Some(alias) => Some(alias.as_str().to_owned()),
                None => figured(&item.expr),
            });
            name.unwrap_or_else(|| "?column?".to_owned())
        }
    }
}

fn sql_function(function: &SqlFunction) -> &'static str {
    match function {
        SqlFunction::Extract(_) => "extract",
        SqlFunction::Substring { .. } | SqlFunction::SubstringSimilar => "substring",
        SqlFunction::Position => "position",
        SqlFunction::Overlay => "overlay",
        SqlFunction::Trim(TrimSide::Both) => "btrim",
        SqlFunction::Trim(TrimSide::Leading) => "ltrim",
        SqlFunction::Trim(TrimSide::Trailing) => "rtrim",
        SqlFunction::Overlaps => "overlaps",
        SqlFunction::Normalize(_) => "normalize",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_shortened_as_the_server_does() {
        let table = "a".repeat(40);
        let column = "b".repeat(40);
        let name = object_name(&table, Some(&column), "key");
        assert_eq!(name.as_str(), format!("{}_{}_key", "a".repeat(29), "b".repeat(29)));
        assert_eq!(object_name(&"ä".repeat(31), None, "pkey").as_str(), format!("{}_pkey", "ä".repeat(29)));
    }
}
