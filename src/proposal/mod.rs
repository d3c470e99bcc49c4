//! Proposing settings from SQL that is already there.
//!
//! A proposal is a guess from names and foreign keys, for its reader to correct: nothing else in tenet relies on it.

mod tables;

use std::collections::BTreeMap;

pub use tables::{Column, Table, Tables, tables};

use crate::pg::{Ident, Name};

/// Column names that stand for a tenant in most schemas, without `_id`.
const TENANT_WORDS: &[&str] = &[
    "tenant",
    "account",
    "organization",
    "organisation",
    "org",
    "company",
    "customer",
    "workspace",
    "team",
    "shop",
    "store",
    "merchant",
    "client",
    "clinic",
    "school",
    "site",
    "project",
    "environment",
    "realm",
    "namespace",
];

/// The word for whose a row is, whoever that is.
const OWNER: &str = "owner";

/// How names of columns that refer to a table end.
const REFERENCE_ENDINGS: &[&str] = &["_id", "Id", "_uuid", "_uid", "_key"];

/// What the SQL suggests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    /// The column that most tables have to name a row's tenant.
    pub tenant_column: Option<Ident>,
    /// The table that it refers to, and the column there.
    pub root: Option<(Name, Ident)>,
    /// Tables without that column whose NOT NULL foreign key leads to one that has it.
    pub owned: BTreeMap<Name, Ident>,
    /// Tables of which the SQL does not say whose they are.
    pub unclassified: Vec<Name>,
}

/// Guesses from the tables of a project.
pub fn propose(tables: &Tables) -> Proposal {
    let Some(tenant_column) = tenant_column(tables) else {
        return Proposal { unclassified: tables.keys().cloned().collect(), ..Proposal::default() };
    };
    let root = root(tables, &tenant_column);
    // A column of that name that leads elsewhere names something else than the tenant.
    let leads_there = |(target, _): &(Name, Option<Ident>)| root.as_ref().is_none_or(|(root, _)| root == target);
    let has_column = |table: &Table| {
        let column = table.columns.get(&tenant_column);
        column.is_some_and(|column| column.refers_to.as_ref().is_none_or(leads_there))
    };
    let is_root = |name: &Name| root.as_ref().is_some_and(|(table, _)| table.last() == name.last());
    let owned = owned(tables, &has_column);
    let rest = tables.iter().filter(|(name, table)| !has_column(table) && !is_root(name) && !owned.contains_key(name));
    let unclassified = rest.map(|(name, _)| name.clone()).collect();
    Proposal { tenant_column: Some(tenant_column), root, owned, unclassified }
}

/// Takes the column that most tables have, among those that are named like a tenant, that mostly refer to a table that
/// is, or that stand in at least half of all tables and mostly refer to one.
fn tenant_column(tables: &Tables) -> Option<Ident> {
    let mut uses: BTreeMap<&Ident, Vec<&Column>> = BTreeMap::new();
    for table in tables.values() {
        // What only identifies a table's own rows says nothing about whose they are.
        let is_own_key = |name: &Ident, column: &Column| {
            table.primary_key.as_ref() == Some(name) && column.refers_to.is_none() && tenant_rank(name).is_none()
        };
        for (name, column) in table.columns.iter().filter(|(name, column)| !is_own_key(name, column)) {
            uses.entry(name).or_default().push(column);
        }
    }
    let candidates = uses.iter().filter(|(name, uses)| {
        tenant_rank(name).is_some_and(|rank| is_common(rank, uses.len(), tables.len()))
            || leads_to_one(name, uses, tables.len())
    });
    let weight = |name: &Ident, uses: &[&Column]| (uses.len(), std::cmp::Reverse(tenant_rank(name).unwrap_or(99)));
    candidates.max_by_key(|(name, uses)| weight(name, uses)).map(|(name, _)| (*name).clone())
}

/// A column that few tables have is about something else, unless its name leaves no doubt.
fn is_common(rank: usize, uses: usize, tables: usize) -> bool {
    tables < 4 || uses > 1 && (rank == 0 || uses * 5 >= tables)
}

fn leads_to_one(name: &Ident, uses: &[&Column], tables: usize) -> bool {
    let referring = uses.iter().filter(|column| column.refers_to.is_some()).count();
    let Some((target, times)) = target(uses.iter().copied()) else { return false };
    let mostly = times > 1 && times * 4 >= referring * 3 && referring * 2 >= uses.len();
    // Who made a row, or approved it, may be a tenant's user: only the owner is about whose the row is.
    let is_tenant = referred(name) == OWNER && is_tenants(&target.0);
    mostly && (uses.len() * 2 >= tables || is_tenant && uses.len() * 5 >= tables)
}

/// The table and column that most foreign keys of a column's uses lead to, and how many do.
fn target<'a>(uses: impl Iterator<Item = &'a Column>) -> Option<(&'a (Name, Option<Ident>), usize)> {
    let mut times: BTreeMap<&(Name, Option<Ident>), usize> = BTreeMap::new();
    uses.filter_map(|column| column.refers_to.as_ref()).for_each(|target| *times.entry(target).or_default() += 1);
    times.into_iter().max_by_key(|(_, times)| *times)
}

/// Says whether a table is named like tenants.
fn is_tenants(table: &Name) -> bool {
    let name = table.last().as_str().to_ascii_lowercase();
    TENANT_WORDS.iter().any(|word| name == *word || name == plural(word))
}

fn plural(word: &str) -> String {
    word.strip_suffix('y').map_or(format!("{word}s"), |stem| format!("{stem}ies"))
}

fn tenant_rank(column: &Ident) -> Option<usize> {
    TENANT_WORDS.iter().position(|known| *known == referred(column))
}

/// The word for what a column refers to: `tenant` for `tenant_id`, `tenantId` and `tenant` itself.
fn referred(column: &Ident) -> &str {
    let name = column.as_str();
    REFERENCE_ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}

/// The table that the column refers to; without foreign keys, the one that is named like it.
fn root(tables: &Tables, tenant_column: &Ident) -> Option<(Name, Ident)> {
    let key_of = |table: &Table| table.primary_key.clone().unwrap_or_else(|| Ident::from("id"));
    let columns = tables.values().filter_map(|table| table.columns.get(tenant_column));
    if let Some((target, key)) = target(columns).map(|(target, _)| target.clone()) {
        let found = tables.iter().find(|(name, _)| name.last() == target.last());
        let key = key.or_else(|| found.map(|(_, table)| key_of(table)));
        return Some((target, key.unwrap_or_else(|| Ident::from("id"))));
    }
    let word = referred(tenant_column);
    let stem = plural(word);
    let named = |name: &Name| [word, &stem].iter().any(|known| known.eq_ignore_ascii_case(name.last().as_str()));
    let (name, table) = tables.iter().find(|(name, _)| named(name))?;
    Some((name.clone(), key_of(table)))
}

/// Follows NOT NULL foreign keys until no more tables are found to be owned.
fn owned(tables: &Tables, has_column: &dyn Fn(&Table) -> bool) -> BTreeMap<Name, Ident> {
    let mut owned: BTreeMap<Name, Ident> = BTreeMap::new();
    loop {
        let leads_to_tenant = |target: &Name| {
            let found = tables.iter().find(|(name, _)| name.last() == target.last());
            found.is_some_and(|(name, table)| has_column(table) || owned.contains_key(name))
        };
        let open = tables.iter().filter(|(name, table)| !has_column(table) && !owned.contains_key(name));
        let found: Vec<(Name, Ident)> = open
            .filter_map(|(name, table)| {
                let key = table.columns.iter().find(|(_, column)| {
                    let foreign = column.refers_to.as_ref().filter(|(target, _)| target != name);
                    column.not_null && foreign.is_some_and(|(target, _)| leads_to_tenant(target))
                });
                key.map(|(column, _)| (name.clone(), column.clone()))
            })
            .collect();
        if found.is_empty() {
            return owned;
        }
        owned.extend(found);
    }
}

/// Where the proposal was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The folder of migrations.
    pub migrations: Option<String>,
    /// Other folders that seem to hold migrations.
    pub others: Vec<String>,
    /// The folder or file of the schema.
    pub schema: Option<String>,
}

/// Writes the proposal as a `tenet.yaml` with comments for its reader.
pub fn settings_yaml(origin: &Origin, proposal: &Proposal) -> String {
    let mut text = String::from("version: 1\n");
    for (key, path) in [("schema", &origin.schema), ("migrations", &origin.migrations)] {
        if let Some(path) = path {
            text.push_str(&format!("{key}: {}\n", scalar(path)));
        }
    }
    for path in &origin.others {
        text.push_str(&format!("# also looks like migrations: {path}\n"));
    }
    text.push_str("tenancy:\n  isolation: row\n");
    match &proposal.tenant_column {
        Some(column) => text.push_str(&format!("  tenant_column: {}\n", scalar(&column.to_string()))),
        None => text.push_str("  # tenant_column: the column that names a row's tenant; no table has an obvious one\n"),
    }
    match &proposal.root {
        Some((table, column)) => {
            let (table, column) = (scalar(&table.to_string()), scalar(&column.to_string()));
            text.push_str(&format!("  root: {{ table: {table}, column: {column} }}\n"));
        }
        None => text.push_str("  # root: { table: the table with one row per tenant, column: its key }\n"),
    }
    text.push_str(&tables_yaml(proposal));
    text
}

fn tables_yaml(proposal: &Proposal) -> String {
    if proposal.owned.is_empty() && proposal.unclassified.is_empty() {
        return String::new();
    }
    // Without a single entry that counts, the key itself must be a comment: it would stand for nothing.
    let (head, indent) = if proposal.owned.is_empty() { ("  # tables:\n", "  #  ") } else { ("  tables:\n", "    #") };
    let mut text = String::from(head);
    for (table, column) in &proposal.owned {
        text.push_str(&format!("    {}: {{ via: {} }}\n", scalar(&table.to_string()), scalar(&column.to_string())));
    }
    if !proposal.unclassified.is_empty() {
        text.push_str(
            "    # Whose rows these tables hold is for you to say: global, { via: … } or { tenant_column: … }.\n",
        );
    }
    for table in &proposal.unclassified {
        text.push_str(&format!("{indent} {}: global\n", scalar(&table.to_string())));
    }
    text
}

/// Quotes what YAML would read as something else than a text.
fn scalar(text: &str) -> String {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_./-".contains(&byte));
    let word = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let reserved = ["true", "false", "null", "yes", "no", "on", "off"].contains(&text.to_ascii_lowercase().as_str());
    if plain && word && !reserved { text.to_owned() } else { format!("'{}'", text.replace('\'', "''")) }
}
