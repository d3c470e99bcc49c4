//! What the names of a query, statement or expression mean, against a catalog and its search path.
//!
//! It follows PostgreSQL's parse analysis: range-table entries, visibility by LATERAL, merged columns, capture by outer
//! queries. A relation that the catalog does not hold has columns that nobody knows; those that are named are learnt.

pub mod dependents;
mod expr;
pub mod follow;
mod from;
mod functions;
mod lookup;
pub mod parts;
pub mod qualify;
mod select;
mod types;
pub mod uses;
mod write;

pub(crate) use functions::takes;

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::pg::{Ident, Name, TypeName};
use crate::query::{ColumnTarget, DataStatement, Expr, FromItem, Query, Target};

/// What the names of one tree mean. It knows the nodes by where they lie in memory, so it answers only about the tree that
/// was resolved, as long as that is not moved or changed.
#[derive(Clone, Debug, Default)]
pub struct Resolution {
    entries: Vec<Entry>,
    meanings: BTreeMap<usize, Meaning>,
    items: BTreeMap<usize, EntryId>,
    stars: BTreeMap<usize, Vec<Meaning>>,
    /// The columns of each star as references.
    spelled: BTreeMap<usize, Vec<Vec<Ident>>>,
    /// The entries' names by which bare columns can be qualified.
    qualifiers: BTreeMap<usize, Ident>,
    outputs: BTreeMap<usize, Output>,
    /// The two sides of each join.
    sides: BTreeMap<EntryId, [EntryId; 2]>,
    /// The columns of the result of the whole.
    pub output: Output,
    /// Whether some FROM has two items of one name, which PostgreSQL refuses with 42712.
    pub has_duplicate_alias: bool,
}

/// The number of a range-table entry, over all levels of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(usize);

/// What a name may refer to: a relation or a part of FROM, once for each time that it stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name by which columns are qualified; `None` for a join or a subquery without an alias.
    pub name: Option<Ident>,
    /// What it is.
    pub source: Source,
    /// Its columns in order, under the names that an alias gives them.
    pub columns: Vec<EntryColumn>,
    /// Whether these are all its columns.
    pub completeness: Completeness,
}

/// Whether a list of columns is known to be whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Completeness {
    /// Nothing is missing.
    #[default]
    Whole,
    /// There may be more than what was learnt.
    Partial,
}

/// What a range-table entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A relation of the catalog, by its qualified name, in some role.
    Relation(Name, Role),
    /// A relation that the catalog does not hold, as written.
    Outside(Name, Role),
    /// A common table expression.
    CommonTable(Ident),
    /// A query in parentheses.
    Subquery,
    /// A function or several.
    Function,
    /// A join.
    Join(Side),
}

/// In which role a relation stands in a range table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Under its own name: it may be qualified by its schema.
    Named,
    /// Under an alias.
    Aliased,
    /// `excluded` of ON CONFLICT, or OLD and NEW.
    Version,
}

/// Which side a merged column of a join comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The left one, of inner and left joins.
    Left,
    /// The right one, of right joins.
    Right,
    /// Whichever is there, of full joins.
    Either,
}

/// A column of a range-table entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryColumn {
    /// Its name here.
    pub name: Ident,
    /// Its type where it follows.
    pub type_name: Option<TypeName>,
    /// Of a join: the columns that it stands for, two when it is merged.
    pub sources: Vec<(EntryId, usize)>,
    /// Of a relation: its name there, which an alias may hide.
    pub origin: Option<Ident>,
}

/// What a name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A column of a range-table entry, by its number from 0.
    Column(EntryId, usize),
    /// A column that every table has: `ctid`, `xmin`, `tableoid`.
    System(EntryId, Ident),
    /// All columns of an entry as one value.
    WholeRow(EntryId),
    /// A column of the result, by its number from 0, in ORDER BY and its kin.
    Output(usize),
    /// A parameter or variable of the routine around it.
    Parameter,
    /// A function of a row, written as a column: `row.function`.
    Call(EntryId),
    /// Nothing, or nobody can say.
    Unresolved(Reason),
}

/// Why a name means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No column has this name.
    UndefinedColumn,
    /// Several columns have it.
    AmbiguousColumn,
    /// No item of FROM has the name that qualifies it.
    UndefinedTable,
    /// Several items of FROM have it.
    AmbiguousTable,
    /// The item of FROM is there, but cannot be seen from here.
    Invisible,
    /// It depends on columns that nobody knows.
    Unknown,
}

impl Reason {
    /// Returns the SQLSTATE that PostgreSQL raises; `None` when it may be a good name.
    pub fn sqlstate(&self) -> Option<&'static str> {
        match self {
            Reason::UndefinedColumn => Some("42703"),
            Reason::AmbiguousColumn => Some("42702"),
            Reason::UndefinedTable => Some("42P01"),
            Reason::Invisible => Some("42P10"),
            Reason::AmbiguousTable => Some("42P09"),
            Reason::Unknown => None,
        }
    }
}

/// The columns of a result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// The columns in order.
    pub columns: Vec<OutputColumn>,
    /// Whether these are all.
    pub completeness: Completeness,
}

/// A column of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputColumn {
    /// Its name.
    pub name: Ident,
    /// Its type where it follows.
    pub type_name: Option<TypeName>,
}

/// What stands around an expression or statement and gives its names a meaning.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Rows in sight: the table of a policy or a check, OLD and NEW of a rule or a trigger.
    pub rows: Vec<Row>,
    /// The parameters of a routine.
    pub parameters: Vec<Ident>,
    /// The name of the routine, which may qualify its parameters.
    pub routine: Option<Ident>,
}

/// A row in sight of an expression.
#[derive(Clone, Debug)]
pub struct Row {
    /// The name by which it goes.
    pub name: Ident,
    /// The relation that it is of, by its qualified name.
    pub relation: Name,
    /// Whether its columns may be named without it.
    pub reach: Reach,
}

/// How the columns of a row are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// By their names alone, too.
    Bare,
    /// Only qualified.
    Qualified,
}

impl Surroundings {
    /// Puts an expression on a table of its own: a check, a policy, an index.
    pub fn table(relation: &Name) -> Self {
        let row = Row { name: relation.last().clone(), relation: relation.clone(), reach: Reach::Bare };
        Surroundings { rows: vec![row], ..Surroundings::default() }
    }

    /// Puts something into a rule or a trigger: the old and the new row are in sight.
    pub fn old_and_new(relation: &Name) -> Self {
        let row = |name: &str| Row { name: name.into(), relation: relation.clone(), reach: Reach::Qualified };
        Surroundings { rows: vec![row("old"), row("new")], ..Surroundings::default() }
    }
}

impl Resolution {
    /// Resolves a query.
    pub fn of_query(catalog: &Catalog, query: &Query) -> Self {
        let mut resolver = Resolver::new(catalog, &Surroundings::default());
        resolver.result.output = resolver.query(query);
        resolver.result
    }

    /// Resolves a statement in its surroundings.
    pub fn of_statement(catalog: &Catalog, statement: &DataStatement, around: &Surroundings) -> Self {
        let mut resolver = Resolver::new(catalog, around);
        resolver.result.output = resolver.statement(statement);
        resolver.result
    }

    /// Resolves an expression in its surroundings; the output is its one column.
    pub fn of_expression(catalog: &Catalog, expr: &Expr, around: &Surroundings) -> Self {
        let mut resolver = Resolver::new(catalog, around);
        resolver.expr(expr);
        let column = OutputColumn { name: resolver.label(expr), type_name: resolver.type_of(expr) };
        resolver.result.output.columns.push(column);
        resolver.result
    }

    /// Returns an entry of the range table.
    pub fn entry(&self, id: EntryId) -> &Entry {
        &self.entries[id.0]
    }

    /// Returns all entries of the range table, of all levels.
    pub fn entries(&self) -> impl Iterator<Item = (EntryId, &Entry)> {
        self.entries.iter().enumerate().map(|(at, entry)| (EntryId(at), entry))
    }

    /// Returns what a column reference means: a column, a field of a row in sight, or a call that names a column.
    pub fn meaning(&self, expr: &Expr) -> Option<&Meaning> {
        self.meanings.get(&place(expr))
    }

    /// Returns what the column means that a statement assigns to.
    pub fn assigned(&self, target: &ColumnTarget) -> Option<&Meaning> {
        self.meanings.get(&place(target))
    }

    /// Returns the entry that an item of FROM makes.
    pub fn item(&self, item: &FromItem) -> Option<EntryId> {
        self.items.get(&place(item)).copied()
    }

    /// Returns the entry of the relation that a statement writes.
    pub fn target(&self, target: &Target) -> Option<EntryId> {
        self.items.get(&place(target)).copied()
    }

    /// Returns the columns of the result of a query at any depth.
    pub fn output_of(&self, query: &Query) -> Option<&Output> {
        self.outputs.get(&place(query))
    }

    /// Returns the columns that a star stands for, in order, as what they mean; `None` when nobody knows them all.
    pub fn star(&self, star: &Expr) -> Option<&[Meaning]> {
        self.stars.get(&place(star)).map(Vec::as_slice)
    }

    /// Returns the SQLSTATE with which PostgreSQL refuses some name for certain.
    pub fn refusal(&self) -> Option<&'static str> {
        if self.has_duplicate_alias {
            return Some("42712");
        }
        self.meanings.values().find_map(|meaning| match meaning {
            Meaning::Unresolved(reason) => reason.sqlstate(),
            _ => None,
        })
    }

    /// Returns what each name means, in no order that means anything.
    pub fn meanings(&self) -> impl Iterator<Item = &Meaning> {
        self.meanings.values()
    }

    /// Returns the relation and the column there that a column of an entry is.
    pub fn base(&self, entry: EntryId, column: usize) -> Option<(&Name, &Ident)> {
        let found = self.entry(entry);
        match &found.source {
            Source::Relation(name, _) => Some((name, found.columns.get(column)?.origin.as_ref()?)),
            _ => None,
        }
    }
}

/// Where a node lies: what tells it from all others of its tree.
fn place<T>(node: &T) -> usize {
    std::ptr::from_ref(node).addr()
}

/// Resolution on its way.
struct Resolver<'c> {
    catalog: &'c Catalog,
    levels: Vec<Level>,
    parameters: Vec<Ident>,
    routine: Option<Ident>,
    result: Resolution,
}

/// One query level: what its names can reach.
#[derive(Default)]
struct Level {
    items: Vec<Item>,
    /// Whether a LATERAL item is being read, so that its neighbours can be seen.
    is_lateral: bool,
    tables: Vec<CommonTable>,
}

/// An entry in sight.
#[derive(Clone, Copy)]
struct Item {
    entry: EntryId,
    /// Whether it can qualify names.
    by_name: bool,
    /// Whether its columns can be named without it.
    by_column: bool,
    sight: Sight,
}

/// From where an item of FROM is seen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// From everywhere.
    Free,
    /// Only from LATERAL items behind it.
    Lateral,
    /// LATERAL items find it, but may not use it.
    Forbidden,
}

/// A common table expression in sight.
struct CommonTable {
    name: Ident,
    output: Output,
}

impl<'c> Resolver<'c> {
    fn new(catalog: &'c Catalog, around: &Surroundings) -> Self {
        let mut resolver = Resolver {
            catalog,
            levels: vec![Level::default()],
            parameters: around.parameters.clone(),
            routine: around.routine.clone(),
            result: Resolution::default(),
        };
        for row in &around.rows {
            let role = if row.name == *row.relation.last() { Role::Named } else { Role::Version };
            let entry = resolver.relation_entry(&row.relation, Some(row.name.clone()), role);
            let by_column = row.reach == Reach::Bare;
            resolver.level().items.push(Item { entry, by_name: true, by_column, sight: Sight::Free });
        }
        resolver
    }

    /// Returns the level that is being resolved.
    fn level(&mut self) -> &mut Level {
        self.levels.last_mut().expect("the surroundings are a level of their own")
    }

    /// Runs something in a level of its own.
    fn nested<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        self.levels.push(Level::default());
        let result = run(self);
        self.levels.pop();
        result
    }

    fn add(&mut self, entry: Entry) -> EntryId {
        self.result.entries.push(entry);
        EntryId(self.result.entries.len() - 1)
    }

    fn note(&mut self, place: usize, meaning: Meaning) {
        self.result.meanings.insert(place, meaning);
    }
}

impl Item {
    /// An item whose columns and name can be used everywhere in its level.
    fn free(entry: EntryId) -> Self {
        Item { entry, by_name: true, by_column: true, sight: Sight::Free }
    }
}
