//! Random rows for three tenants: two states that agree on one tenant's rows and on those that are the same for all.

use std::fmt::Write;

use super::database::{Database, literal};
use super::schema::{Column, Kind, Owner, Schema, Table};
use crate::random::Random;

/// Texts that repeat from tenant to tenant.
const WORDS: &[&str] = &["a", "b", "c", "x'y", ""];

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its table.
    pub table: usize,
    /// Whose it is.
    pub whose: Whose,
    /// Its values.
    pub values: Vec<Option<String>>,
}

/// Whose a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// This tenant's.
    Tenant(String),
    /// Nobody's: the column that names the tenant is NULL.
    Nobody,
    /// The same for all.
    All,
}

/// Three tenants, of the type that columns say.
pub fn tenants(schema: &Schema) -> Vec<String> {
    let mut kinds = schema.tables.iter().filter_map(|table| match table.owner {
        Owner::Column(column) => table.columns[column].kind.as_ref(),
        _ => None,
    });
    match kinds.next() {
        Some(Kind::Other(values)) if values.len() >= 3 => values[..3].to_vec(),
        _ => ["1", "2", "3"].map(ToOwned::to_owned).to_vec(),
    }
}

/// Two states that differ in what the tenant must not see.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The rows of the tenant, and those that are the same for all.
    pub common: Vec<Row>,
    /// The others' rows, in the one state and in the other.
    pub apart: [Vec<Row>; 2],
}

/// Makes states.
pub struct Maker<'a> {
    /// Whose rows are whose.
    pub schema: &'a Schema,
    /// Where rows are tried.
    pub database: &'a mut Database,
    /// What decides.
    pub random: &'a mut Random,
}

impl Maker<'_> {
    /// Makes a pair for one of these tenants, or for none of them.
    pub fn pair(&mut self, tenants: &[String], own: Option<&str>) -> Pair {
        loop {
            self.begin();
            let all = self.fill(tenants, |_| true);
            self.database.must("ROLLBACK");
            let is_common = |row: &Row| {
                row.whose == Whose::All
                    || matches!((&row.whose, own), (Whose::Tenant(whose), Some(own)) if whose == own)
            };
            let (common, first): (Vec<Row>, Vec<Row>) = all.into_iter().partition(is_common);
            let pinned = pinned(self.schema, &common, &first);
            self.begin();
            let second = self.others(tenants, own, &common, &pinned);
            self.database.must("ROLLBACK");
            if let Some(second) = second {
                return Pair { common, apart: [first, second] };
            }
        }
    }

    fn begin(&mut self) {
        self.database.must("BEGIN");
        self.database.must(&triggers(self.schema, "DISABLE"));
    }

    /// Fills the tables with new rows.
    fn fill(&mut self, tenants: &[String], wanted: impl Fn(&Whose) -> bool) -> Vec<Row> {
        let mut rows = Vec::new();
        for table in 0..self.schema.tables.len() {
            self.table(table, tenants, &wanted, &mut rows);
        }
        rows
    }

    fn table(&mut self, table: usize, tenants: &[String], wanted: &impl Fn(&Whose) -> bool, rows: &mut Vec<Row>) {
        let whose: Vec<Whose> = match &self.schema.tables[table].owner {
            Owner::Unknown => return,
            Owner::All => vec![Whose::All],
            Owner::Key(_) => tenants.iter().cloned().map(Whose::Tenant).collect(),
            Owner::Column(column) => {
                let nobody = self.schema.tables[table].columns[*column].nullable.then_some(Whose::Nobody);
                tenants.iter().cloned().map(Whose::Tenant).chain(nobody).collect()
            }
        };
        for whose in whose.into_iter().filter(wanted) {
            for _ in 0..1 + self.random.below(4) {
                // What is not unique, or breaks a check, is thrown again.
                (0..3).any(|_| self.row(table, &whose, rows).is_some_and(|row| self.insert(row, rows)));
            }
        }
    }

    /// Lets others have other rows; `None` when the rows in common find no place among them.
    fn others(&mut self, tenants: &[String], own: Option<&str>, common: &[Row], pinned: &[Row]) -> Option<Vec<Row>> {
        let mut rows = Vec::new();
        let foreign = |whose: &Whose| match whose {
            Whose::Tenant(tenant) => Some(tenant.as_str()) != own,
            Whose::Nobody => true,
            Whose::All => false,
        };
        for table in 0..self.schema.tables.len() {
            if !common.iter().filter(|row| row.table == table).all(|row| self.insert(row.clone(), &mut rows)) {
                return None;
            }
            for row in pinned.iter().filter(|row| row.table == table) {
                let other = self.scrambled(row);
                if !self.insert(other, &mut rows) && !self.insert(row.clone(), &mut rows) {
                    return None;
                }
            }
            self.table(table, tenants, &foreign, &mut rows);
        }
        rows.retain(|row| foreign(&row.whose));
        Some(rows)
    }

    /// Throws the values of a row that no key has.
    fn scrambled(&mut self, row: &Row) -> Row {
        let table = &self.schema.tables[row.table];
        let mut row = row.clone();
        for (at, value) in row.values.iter_mut().enumerate() {
            let is_key = table
                .unique
                .iter()
                .chain(table.foreign_keys.iter().map(|key| &key.columns))
                .any(|key| key.contains(&at));
            if !is_key && table.owner != Owner::Column(at) {
                *value = thrown(self.random, table, at);
            }
        }
        row
    }

    /// Throws a row; `None` when it refers to what is not there.
    fn row(&mut self, table: usize, whose: &Whose, rows: &[Row]) -> Option<Row> {
        let Table { columns, foreign_keys, owner, .. } = &self.schema.tables[table];
        let mut values: Vec<Option<Option<String>>> = vec![None; columns.len()];
        if let Owner::Column(column) = owner {
            values[*column] = Some(match whose {
                Whose::Tenant(tenant) => Some(tenant.clone()),
                _ => None,
            });
        }
        for (index, key) in foreign_keys.iter().enumerate() {
            let owns = *owner == Owner::Key(index);
            let fits = |row: &&Row| {
                let mut pairs = key.columns.iter().zip(&key.referenced);
                row.table == key.parent
                    && (!owns || row.whose == *whose)
                    && pairs
                        .all(|(own, theirs)| values[*own].as_ref().is_none_or(|value| *value == row.values[*theirs]))
            };
            let parents: Vec<&Row> = rows.iter().filter(fits).collect();
            let may_miss = key.columns.iter().any(|column| values[*column].is_none() && columns[*column].nullable);
            let misses = parents.is_empty() || may_miss && self.random.chance(20);
            if misses && !may_miss {
                let is_null = key.columns.iter().any(|column| values[*column] == Some(None));
                if !is_null {
                    return None;
                }
                continue;
            }
            let parent = if misses { None } else { Some(*self.random.pick(&parents)) };
            for (own, theirs) in key.columns.iter().zip(&key.referenced) {
                if values[*own].is_none() && (parent.is_some() || columns[*own].nullable) {
                    values[*own] = Some(parent.and_then(|parent| parent.values[*theirs].clone()));
                }
            }
        }
        let table_of = &self.schema.tables[table];
        let random = &mut *self.random;
        let values = values.into_iter().enumerate();
        let values = values.map(|(at, value)| value.unwrap_or_else(|| thrown(random, table_of, at))).collect();
        Some(Row { table, whose: whose.clone(), values })
    }

    fn insert(&mut self, row: Row, rows: &mut Vec<Row>) -> bool {
        let text = inserts(self.schema, [&row].into_iter());
        let done = self.database.run(&format!("SAVEPOINT row; {text}; RELEASE row")).is_ok();
        if done {
            rows.push(row);
        } else {
            self.database.must("ROLLBACK TO row; RELEASE row");
        }
        done
    }
}

/// Throws a value.
fn thrown(random: &mut Random, table: &Table, at: usize) -> Option<String> {
    let Column { kind, nullable, .. } = &table.columns[at];
    if *nullable && random.chance(20) {
        return None;
    }
    let is_alone = table.unique.iter().any(|key| key.as_slice() == [at]);
    match kind.as_ref()? {
        Kind::Int if is_alone => Some((1 + random.below(24)).to_string()),
        Kind::Int => Some((1 + random.below(4)).to_string()),
        Kind::Text if is_alone => Some(format!("{}{}", random.pick(WORDS), random.below(9))),
        Kind::Text => Some((*random.pick(WORDS)).to_owned()),
        Kind::Bool => Some(if random.chance(50) { "t" } else { "f" }.to_owned()),
        Kind::Other(values) if values.is_empty() => None,
        Kind::Other(values) => Some(random.pick(values).clone()),
    }
}

/// The others' rows that rows in common refer to, and those that these refer to.
fn pinned(schema: &Schema, common: &[Row], others: &[Row]) -> Vec<Row> {
    let mut found: Vec<Row> = Vec::new();
    let mut at = 0;
    while let Some(row) = common.iter().chain(&found).nth(at).cloned() {
        at += 1;
        for key in &schema.tables[row.table].foreign_keys {
            let refers = |other: &&Row| {
                let mut pairs = key.columns.iter().zip(&key.referenced);
                other.table == key.parent
                    && pairs
                        .all(|(own, theirs)| row.values[*own].is_some() && row.values[*own] == other.values[*theirs])
            };
            if let Some(parent) = others.iter().find(refers).filter(|parent| !found.contains(parent)) {
                found.push(parent.clone());
            }
        }
    }
    found
}

/// Switches triggers and rules, which would make other rows than those that are thrown.
fn triggers(schema: &Schema, switch: &str) -> String {
    let mut text = String::from("SET CONSTRAINTS ALL IMMEDIATE");
    for table in &schema.tables {
        for trigger in &table.triggers {
            write!(text, "; ALTER TABLE {} {switch} {trigger}", table.name).unwrap();
        }
    }
    text
}

/// Writes rows as statements, a table each.
fn inserts<'r>(schema: &Schema, rows: impl Iterator<Item = &'r Row> + Clone) -> String {
    let mut statements = Vec::new();
    for (at, table) in schema.tables.iter().enumerate() {
        let kept: Vec<usize> =
            (0..table.columns.len()).filter(|column| table.columns[*column].kind.is_some()).collect();
        let values: Vec<String> = rows
            .clone()
            .filter(|row| row.table == at)
            .map(|row| {
                let values: Vec<String> = kept.iter().map(|column| literal(row.values[*column].as_deref())).collect();
                format!("({})", values.join(", "))
            })
            .collect();
        if !values.is_empty() {
            let names: Vec<&str> = kept.iter().map(|column| table.columns[*column].name.as_str()).collect();
            statements.push(format!(
                "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES {}",
                table.name,
                names.join(", "),
                values.join(", ")
            ));
        }
    }
    statements.join(";\n")
}

impl Pair {
    /// Writes one of the two states as statements.
    pub fn inserts(&self, schema: &Schema, side: usize) -> String {
        inserts(schema, self.common.iter().chain(&self.apart[side]))
    }

    /// Puts one of the two states into empty tables; says whether there is such a state.
    pub fn load(&self, schema: &Schema, database: &mut Database, side: usize) -> bool {
        let [off, on] = ["DISABLE", "ENABLE"].map(|switch| triggers(schema, switch));
        database.run(&format!("{off};\n{};\n{on}", self.inserts(schema, side))).is_ok()
    }
}
