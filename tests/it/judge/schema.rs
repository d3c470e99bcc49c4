//! What a server holds: tables, columns, keys, and whose the rows are.

use std::collections::BTreeSet;

use tenet::pg::{Ident, Name};
use tenet::scope::classes::{Class, classify};
use tenet::source::Span;

use super::database::Database;
use super::subject::Subject;

/// The tables that have rows of their own, those that others refer to first.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// The tables.
    pub tables: Vec<Table>,
    /// Tables of which a view in the schema `seen` shows every column, by their names without schema.
    pub views: BTreeSet<String>,
    /// Whether there are the functions `weigh` and `any_weight`.
    pub has_calls: bool,
    /// Constraints that carry the tenant: no other tenant's row can break them.
    pub closed: BTreeSet<String>,
}

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name as SQL, with its schema.
    pub name: String,
    /// Its name as SQL, without.
    pub short: String,
    /// What reads its own rows and its partitions', but not those of tables that inherit from it.
    pub scan: String,
    /// Its partitions by name.
    pub parts: Vec<String>,
    /// Its columns; those that are computed have no [`Kind`].
    pub columns: Vec<Column>,
    /// What refers to other tables.
    pub foreign_keys: Vec<ForeignKey>,
    /// Unique keys, as indexes of columns.
    pub unique: Vec<Vec<usize>>,
    /// The names of the unique keys.
    unique_names: Vec<String>,
    /// Triggers and rules that are not PostgreSQL's own, each with its kind.
    pub triggers: Vec<String>,
    /// Whose the rows are.
    pub owner: Owner,
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name as SQL.
    pub name: String,
    /// What it holds; `None` when PostgreSQL computes it.
    pub kind: Option<Kind>,
    /// Whether it may be NULL.
    pub nullable: bool,
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Numbers.
    Int,
    /// Texts.
    Text,
    /// TRUE and FALSE.
    Bool,
    /// One of a few values.
    Other(Vec<String>),
}

/// A foreign key.
#[derive(Clone, Debug)]
pub struct ForeignKey {
    /// Its name.
    name: String,
    /// Its columns.
    pub columns: Vec<usize>,
    /// The table that it refers to.
    pub parent: usize,
    /// The columns there.
    pub referenced: Vec<usize>,
    /// Whether it writes when a row goes, and when a key changes.
    pub acts: (Acts, Acts),
}

/// What a foreign key does to the rows that refer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acts {
    /// It refuses.
    Not,
    /// It deletes or changes them.
    Along,
}

/// Whose the rows of a table are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// This column names the tenant.
    Column(usize),
    /// Each row is its parent's, through the foreign key with this index.
    Key(usize),
    /// The same for all.
    All,
    /// Nobody said.
    Unknown,
}

const TABLES: &str =
    "SELECT c.oid, n.nspname, c.relname, format('%I.%I', n.nspname, c.relname), quote_ident(c.relname), c.relkind
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') ORDER BY c.oid";

const COLUMNS: &str = "SELECT a.attnum, quote_ident(a.attname), a.attname, NOT a.attnotnull AND NOT t.typnotnull, a.attgenerated,
        b.typname, b.typcategory, (SELECT string_agg(enumlabel, '|' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = b.oid)
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
    WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

const KEYS: &str = "SELECT array_to_string(indkey::int2[], ' '), c.relname
    FROM pg_index JOIN pg_class c ON c.oid = indexrelid
    WHERE indrelid = %s AND indisunique AND indpred IS NULL AND indexprs IS NULL ORDER BY indexrelid";

const REFERENCES: &str =
    "SELECT array_to_string(conkey, ' '), confrelid, array_to_string(confkey, ' '), confdeltype, confupdtype, conname
    FROM pg_constraint WHERE conrelid = %s AND contype = 'f' AND conparentid = 0 ORDER BY oid";

const PARTS: &str = "SELECT format('%I.%I', n.nspname, c.relname)
    FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE inhparent = %s AND c.relispartition ORDER BY c.oid";

const TRIGGERS: &str = "SELECT 'TRIGGER ' || quote_ident(tgname) FROM pg_trigger
    WHERE tgrelid = %s AND NOT tgisinternal AND tgenabled = 'O'
    UNION ALL SELECT 'RULE ' || quote_ident(rulename) FROM pg_rewrite
    WHERE ev_class = %s AND ev_enabled = 'O' AND rulename <> '_RETURN' ORDER BY 1";

/// A table as it was found, with its number and the numbers of its columns.
struct Found {
    oid: String,
    numbers: Vec<String>,
    plain: Vec<String>,
    table: Table,
    class: Class,
}

impl Schema {
    /// Reads what a server holds.
    pub fn read(database: &mut Database, subject: &Subject) -> Schema {
        let mut found: Vec<Found> =
            database.rows(TABLES).into_iter().map(|row| Found::read(database, subject, &row)).collect();
        let oids: Vec<String> = found.iter().map(|found| found.oid.clone()).collect();
        for at in 0..found.len() {
            let rows = database.rows(&REFERENCES.replace("%s", &oids[at]));
            let keys = rows.iter().filter_map(|row| foreign_key(&found, &oids, at, row)).collect();
            found[at].table.foreign_keys = keys;
            found[at].own();
        }
        let views = database.rows("SELECT quote_ident(viewname) FROM pg_views WHERE schemaname = 'seen'");
        let views = views.into_iter().filter_map(|row| row[0].clone()).collect();
        let has_calls = !database.rows("SELECT 1 FROM pg_proc WHERE proname = 'any_weight'").is_empty();
        Schema { views, has_calls, ..sorted(found.into_iter().map(|found| found.table).collect()) }
    }

    /// Returns the columns that the tenant of a row of this table is told by, in SQL; `None` when it has none.
    pub fn tenant_of(&self, table: usize, alias: &str) -> Option<String> {
        let found = &self.tables[table];
        match &found.owner {
            Owner::Column(column) => Some(format!("{alias}.{}", found.columns[*column].name)),
            Owner::Key(key) => {
                let key = &found.foreign_keys[*key];
                let parent = &self.tables[key.parent];
                let inner = format!("{alias}_");
                let tenant = self.tenant_of(key.parent, &inner)?;
                let pairs = key.columns.iter().zip(&key.referenced);
                let joined: Vec<String> = pairs
                    .map(|(own, theirs)| {
                        format!("{inner}.{} = {alias}.{}", parent.columns[*theirs].name, found.columns[*own].name)
                    })
                    .collect();
                Some(format!("(SELECT {tenant} FROM {} {inner} WHERE {})", parent.name, joined.join(" AND ")))
            }
            Owner::All | Owner::Unknown => None,
        }
    }

    /// Says whether what foreign keys do to the rows that refer may reach another tenant.
    pub fn leaks(&self, table: usize, goes: bool) -> bool {
        self.tables.iter().enumerate().any(|(at, child)| {
            child.foreign_keys.iter().enumerate().any(|(index, key)| {
                let acts = if goes { key.acts.0 } else { key.acts.1 };
                key.parent == table
                    && acts == Acts::Along
                    && (!self.carries(child, index) || at != table && self.leaks(at, goes))
            })
        })
    }

    fn carries(&self, child: &Table, key: usize) -> bool {
        let found = &child.foreign_keys[key];
        match (&child.owner, &self.tables[found.parent].owner) {
            (Owner::Key(own), _) => *own == key,
            (Owner::Column(own), Owner::Column(theirs)) => {
                found.columns.iter().zip(&found.referenced).any(|pair| pair == (own, theirs))
            }
            _ => false,
        }
    }
}

impl Found {
    fn read(database: &mut Database, subject: &Subject, row: &[Option<String>]) -> Found {
        let text = |at: usize| row[at].clone().unwrap();
        let oid = text(0);
        let columns = database.rows(&COLUMNS.replace("%s", &oid));
        let numbers: Vec<String> = columns.iter().map(|column| column[0].clone().unwrap()).collect();
        let index_of = |number: &str| numbers.iter().position(|known| known == number).unwrap();
        let unique = database.rows(&KEYS.replace("%s", &oid));
        let unique_names = unique.iter().map(|row| row[1].clone().unwrap()).collect();
        let unique = unique.iter().map(|row| row[0].as_ref().unwrap().split(' ').map(index_of).collect()).collect();
        let triggers = database.rows(&TRIGGERS.replace("%s", &oid)).into_iter().map(|row| row[0].clone().unwrap());
        let parts = database.rows(&PARTS.replace("%s", &oid)).into_iter().filter_map(|row| row[0].clone());
        let table = Table {
            parts: parts.collect(),
            name: text(3),
            short: text(4),
            scan: if text(5) == "p" { text(3) } else { format!("ONLY {}", text(3)) },
            columns: columns.iter().map(|row| column(row)).collect(),
            foreign_keys: Vec::new(),
            unique,
            unique_names,
            triggers: triggers.collect(),
            owner: Owner::Unknown,
        };
        let name = Name { parts: [Ident::exact(&text(1)), Ident::exact(&text(2))].into(), span: Span::default() };
        let known = subject.catalog().relation(&name);
        let class = known.map(|relation| classify(relation, subject.catalog(), subject.tenancy()));
        let plain = columns.iter().map(|column| column[2].clone().unwrap()).collect();
        Found { oid, numbers, plain, table, class: class.unwrap_or(Class::Unclassified) }
    }

    fn own(&mut self) {
        let index = |column: &Ident| self.plain.iter().position(|known| known == column.as_str());
        self.table.owner = match &self.class {
            Class::Tenant(column) | Class::Root(column) => index(column).map_or(Owner::Unknown, Owner::Column),
            Class::Owned(columns) => {
                let wanted: Vec<usize> = columns.iter().filter_map(index).collect();
                let key = self.table.foreign_keys.iter().position(|key| key.columns == wanted);
                key.map_or(Owner::Unknown, Owner::Key)
            }
            Class::Global => Owner::All,
            _ => Owner::Unknown,
        };
    }
}

fn column(row: &[Option<String>]) -> Column {
    let text = |at: usize| row[at].as_deref().unwrap_or("");
    let days = || (1..4).map(|day| format!("2020-01-0{day}")).collect();
    let kind = match (text(5), text(6)) {
        ("bool", _) => Kind::Bool,
        ("uuid", _) => Kind::Other((1..5).map(|end| format!("00000000-0000-0000-0000-00000000000{end}")).collect()),
        ("json" | "jsonb", _) => Kind::Other(vec!["{}".into(), r#"{"a": 1}"#.into()]),
        (_, "N") => Kind::Int,
        (_, "S") => Kind::Text,
        (_, "D") => Kind::Other(days()),
        (_, "E") => Kind::Other(text(7).split('|').map(ToOwned::to_owned).collect()),
        (_, "A") => Kind::Other(vec!["{}".into(), "{1,2}".into()]),
        _ => Kind::Other(Vec::new()),
    };
    let kind = text(4).is_empty().then_some(kind);
    Column { name: text(1).to_owned(), kind, nullable: text(3) == "t" }
}

fn foreign_key(found: &[Found], oids: &[String], at: usize, row: &[Option<String>]) -> Option<ForeignKey> {
    let text = |at: usize| row[at].clone().unwrap();
    let parent = oids.iter().position(|oid| *oid == text(1))?;
    let indexes = |of: &Found, list: &str| -> Vec<usize> {
        list.split(' ').map(|number| of.numbers.iter().position(|known| known == number).unwrap()).collect()
    };
    let acts = |action: String| if matches!(action.as_str(), "a" | "r") { Acts::Not } else { Acts::Along };
    Some(ForeignKey {
        name: text(5),
        columns: indexes(&found[at], &text(0)),
        parent,
        referenced: indexes(&found[parent], &text(2)),
        acts: (acts(text(3)), acts(text(4))),
    })
}

/// Puts tables behind those that they refer to.
fn sorted(tables: Vec<Table>) -> Schema {
    let mut order: Vec<usize> = Vec::new();
    while order.len() < tables.len() {
        let rest = (0..tables.len()).filter(|at| !order.contains(at));
        let ready =
            |at: &usize| tables[*at].foreign_keys.iter().all(|key| key.parent == *at || order.contains(&key.parent));
        let next = rest.clone().find(ready).or_else(|| rest.clone().next()).unwrap();
        order.push(next);
    }
    let place = |old: usize| order.iter().position(|at| *at == old).unwrap();
    let moved = order.iter().map(|at| {
        let mut table = tables[*at].clone();
        table.foreign_keys.iter_mut().for_each(|key| key.parent = place(key.parent));
        table
    });
    let mut schema = Schema { tables: moved.collect(), ..Schema::default() };
    schema.closed = schema.tables.iter().flat_map(|table| closed(&schema, table)).collect();
    schema
}

/// The constraints of a table that carry the tenant.
fn closed(schema: &Schema, table: &Table) -> Vec<String> {
    let owners: &[usize] = match &table.owner {
        Owner::Column(column) => std::slice::from_ref(column),
        Owner::Key(key) => &table.foreign_keys[*key].columns,
        Owner::All | Owner::Unknown => return Vec::new(),
    };
    let unique = table.unique.iter().zip(&table.unique_names);
    let unique = unique.filter(|(key, _)| owners.iter().all(|owner| key.contains(owner))).map(|(_, name)| name.clone());
    let keys = table.foreign_keys.iter().enumerate().filter(|(at, _)| schema.carries(table, *at));
    unique.chain(keys.map(|(_, key)| key.name.clone())).collect()
}
