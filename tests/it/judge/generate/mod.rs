//! Makes statements by a grammar over a schema: joins, subqueries, common table expressions, all four kinds of write, and
//! bodies of routines.
//!
//! Some have every edge from each table to the tenant and are safe by construction; in the others edges are missing or
//! wrong now and then.

mod arrays;
mod body;
mod cursor;
mod edge;
mod execute;
mod expr;
mod flow;
mod from;
mod merge;
mod policies;
mod program;
mod query;
mod queue;
mod recursive;
mod scene;
mod statement_trigger;
mod store;
mod write;

use self::body::Frame;
use self::program::Routine;
use super::schema::{Kind, Owner, Schema};
use crate::random::Random;

/// A statement and whether its maker vouches for it.
#[derive(Clone, Debug)]
pub struct Made {
    /// What comes before it: routines that it calls.
    pub setup: Vec<String>,
    /// The text.
    pub text: String,
    /// Whether every table in it is tied to the tenant.
    pub safe: bool,
    /// What kind of statement it is.
    pub shape: &'static str,
}

impl Made {
    /// The text with all that comes before it.
    pub fn whole(&self) -> String {
        self.setup.iter().chain([&self.text]).cloned().collect::<Vec<_>>().join(";\n")
    }
}

/// What may be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Nothing.
    Safe,
    /// An edge here and there.
    Sloppy,
    /// The tenant is not named: what is joined is joined on it.
    Every,
}

/// Makes statements.
pub struct Grammar<'a> {
    schema: &'a Schema,
    random: Random,
    /// What names the tenant: the psql parameter, `$1`, the session, or a constant.
    designators: Vec<String>,
    designator: String,
    intent: Intent,
    safe: bool,
    ctes: Vec<Source>,
    names: usize,
    /// How deep queries nest in this statement.
    depth: usize,
    /// The body that is being made.
    frame: Frame,
    /// The variables of that body, as columns of sources.
    base: Scope,
    /// The routines that were made for this statement.
    routines: Vec<Routine>,
    /// The table that the next write is to.
    aim: Option<usize>,
}

/// What a column of a source is, as far as expressions go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Int,
    Text,
    Other,
}

/// Something that columns are taken from.
#[derive(Clone, Debug)]
struct Source {
    alias: String,
    columns: Vec<(String, Type)>,
    /// The table, when it is one.
    table: Option<usize>,
    /// The column that is proved to be the tenant, and never NULL.
    tied: Option<String>,
}

/// Sources that an expression may name, innermost level last.
#[derive(Clone, Debug, Default)]
struct Scope(Vec<Vec<Source>>);

impl Source {
    /// A column of it as an expression; a variable stands alone.
    fn column(&self, name: &str) -> String {
        if self.alias.is_empty() { name.to_owned() } else { format!("{}.{name}", self.alias) }
    }
}

impl Scope {
    fn with(&self, level: Vec<Source>) -> Scope {
        let mut levels = self.0.clone();
        levels.push(level);
        Scope(levels)
    }

    /// Without the sources that these names would hide.
    fn without(&self, names: &[String]) -> Scope {
        let kept =
            |level: &Vec<Source>| level.iter().filter(|source| !names.contains(&source.alias)).cloned().collect();
        Scope(self.0.iter().map(kept).collect())
    }

    /// Sources whose names no inner one hides.
    fn visible(&self) -> Vec<&Source> {
        let mut seen: Vec<&Source> = Vec::new();
        for level in self.0.iter().rev() {
            let hidden: Vec<&str> = seen.iter().map(|source| source.alias.as_str()).collect();
            let shown: Vec<&Source> = level.iter().filter(|source| !hidden.contains(&source.alias.as_str())).collect();
            seen.extend(shown);
        }
        seen
    }
}

/// How many of a hundred statements call routines that are made for them, or are blocks.
const BODIES: usize = 50;

/// How many go on from what another statement left.
const SCENES: usize = 12;

/// Names that hide tables, columns and each other.
const ALIASES: &[&str] =
    &["a", "b", "c", "t", "x", "tickets", "agents", "projects", "tenant_id", "\"T\"", "id", "weight"];

impl<'a> Grammar<'a> {
    /// Makes a grammar over a schema.
    pub fn new(schema: &'a Schema, designators: Vec<String>, random: Random) -> Self {
        let designator = designators[0].clone();
        Grammar {
            schema,
            random,
            designators,
            designator,
            intent: Intent::Safe,
            safe: true,
            ctes: Vec::new(),
            names: 0,
            depth: 0,
            frame: Frame::default(),
            base: Scope::default(),
            routines: Vec::new(),
            aim: None,
        }
    }

    /// Makes a statement.
    pub fn statement(&mut self, intent: Intent) -> Made {
        self.intent = intent;
        self.safe = intent != Intent::Every;
        self.names = 0;
        self.depth = *self.random.pick(&[0, 0, 0, 1, 1, 1, 2, 2, 3]);
        self.ctes.clear();
        self.routines.clear();
        self.aim = None;
        self.frame = Frame::default();
        self.base = Scope::default();
        self.designator = self.random.pick(&self.designators).clone();
        match self.random.below(100) {
            at if at < BODIES && self.intent != Intent::Every => return self.program(),
            at if at < BODIES + SCENES && self.intent != Intent::Every => return self.scene(),
            _ => {}
        }
        let text = self.plain();
        Made { setup: Vec::new(), text, safe: self.safe, shape: "statement" }
    }

    /// A statement that reads or writes rows.
    fn plain(&mut self) -> String {
        if self.intent != Intent::Every && self.random.chance(8) {
            return self.queue();
        }
        let with = match self.random.below(100) {
            0..20 => self.with(),
            20..26 => self.with_recursive(),
            _ => String::new(),
        };
        let body = match self.random.below(12) {
            0 | 1 => self.top_query(),
            2..=5 => self.update(),
            6 | 7 => self.delete(),
            8..=10 => self.insert(),
            _ => self.merge(),
        };
        format!("{with}{body}")
    }

    /// Says whether to do something wrong now.
    fn slips(&mut self, percent: usize) -> bool {
        let slips = self.intent == Intent::Sloppy && self.random.chance(percent);
        self.safe &= !slips;
        slips
    }

    /// Another name, which may hide others.
    fn alias(&mut self, taken: &[Source]) -> String {
        loop {
            let alias = if self.random.chance(50) {
                self.names += 1;
                format!("s{}", self.names)
            } else {
                (*self.random.pick(ALIASES)).to_owned()
            };
            let is_cte = self.ctes.iter().any(|cte| cte.alias == alias);
            if !is_cte && taken.iter().all(|source| source.alias != alias) {
                return alias;
            }
        }
    }

    fn columns(&self, table: usize) -> Vec<(String, Type)> {
        let columns = self.schema.tables[table].columns.iter();
        let typed = columns.map(|column| {
            let kind = match column.kind {
                Some(Kind::Int) => Type::Int,
                Some(Kind::Text) => Type::Text,
                _ => Type::Other,
            };
            (column.name.clone(), kind)
        });
        typed.collect()
    }

    fn source(&self, table: usize, alias: String) -> Source {
        Source { alias, columns: self.columns(table), table: Some(table), tied: None }
    }

    /// The name of a column that holds the tenant of a table's rows.
    fn tenant_column(&self, table: usize) -> Option<&str> {
        match self.schema.tables[table].owner {
            Owner::Column(column) => Some(&self.schema.tables[table].columns[column].name),
            _ => None,
        }
    }

    /// What a query sees from outside; where what all tenants share is written, nothing.
    fn ground(&self, is_owned: bool) -> Scope {
        if is_owned { self.base.clone() } else { Scope::default() }
    }

    /// Picks a table: mostly one with a tenant.
    fn table(&mut self) -> usize {
        loop {
            let table = self.random.below(self.schema.tables.len());
            match self.schema.tables[table].owner {
                Owner::Unknown => {}
                Owner::All if self.random.chance(50) => {}
                _ => return table,
            }
        }
    }

    /// Picks the table of a write.
    fn aimed(&mut self) -> usize {
        self.aim.take().unwrap_or_else(|| self.table())
    }

    /// Says whether the rows of a table are tenants'.
    fn is_owned(&self, table: usize) -> bool {
        !matches!(self.schema.tables[table].owner, Owner::All | Owner::Unknown)
    }

    /// Says whether what is written may be made of tenants' rows.
    fn mixes(&mut self, table: usize) -> bool {
        self.is_owned(table) || self.intent == Intent::Every && self.random.chance(30) || self.slips(30)
    }

    /// Joins conditions in any order.
    fn all(&mut self, mut conditions: Vec<String>) -> String {
        self.random.shuffle(&mut conditions);
        conditions.join(" AND ")
    }
}
