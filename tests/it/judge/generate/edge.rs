//! Edges: conditions that tie a table's rows to the tenant, and those that only look so.

use super::{Grammar, Intent, Scope, Source};
use crate::judge::schema::Owner;

impl Grammar<'_> {
    /// A condition that ties a source to the tenant, given sources that are tied already; `None` when it needs none.
    pub(super) fn edge(&mut self, source: &Source, tied: &[Source]) -> Option<String> {
        let table = source.table?;
        match self.schema.tables[table].owner {
            Owner::Column(column) => {
                let column = format!("{}.{}", source.alias, self.schema.tables[table].columns[column].name);
                Some(if self.slips(25) { self.slip(&column, source) } else { self.tie(&column, tied) })
            }
            Owner::Key(key) => Some(self.owned(source, table, key, tied)),
            Owner::All | Owner::Unknown => None,
        }
    }

    /// A tenant that is known here: the designator, or that of a source that is tied.
    pub(super) fn tenant(&mut self, tied: &[Source]) -> String {
        self.known(tied).unwrap_or_else(|| self.designator.clone())
    }

    fn known(&mut self, tied: &[Source]) -> Option<String> {
        let tenants = tied.iter().filter_map(|source| Some(source.column(source.tied.as_ref()?)));
        let tenants: Vec<String> = tenants.collect();
        let names_it = self.intent != Intent::Every && self.random.chance(50);
        if tenants.is_empty() || names_it { None } else { Some(self.random.pick(&tenants).clone()) }
    }

    /// `column = tenant` in one of the forms that mean it.
    fn tie(&mut self, column: &str, tied: &[Source]) -> String {
        if self.intent == Intent::Every {
            return match self.known(tied) {
                Some(tenant) => format!("{column} = {tenant}"),
                None => format!("{column} IS NOT NULL"),
            };
        }
        let tenant = self.tenant(tied);
        match self.random.below(if self.frame.is_open() { 100 } else { 24 }) {
            0 => format!("{tenant} = {column}"),
            1 => format!("{column} IN ({tenant})"),
            2 => format!("NOT ({column} <> {tenant})"),
            3 => format!("({column} = {tenant}) IS TRUE"),
            4 => format!("COALESCE({column} = {tenant}, false)"),
            5 => format!("CASE WHEN {column} = {tenant} THEN true ELSE false END"),
            6 => format!("({column}, 1) = ({tenant}, 1)"),
            7 => format!("{column} BETWEEN {tenant} AND {tenant}"),
            8 => format!("({column} = {tenant} OR {column} = {tenant})"),
            9 => format!("{column} = ANY (ARRAY[{tenant}::int])"),
            10 => format!("NOT ({column} IS DISTINCT FROM {tenant} OR {column} IS NULL)"),
            11 => format!("{column} = (SELECT {tenant}::int)"),
            _ => format!("{column} = {tenant}"),
        }
    }

    /// What looks like an edge.
    fn slip(&mut self, column: &str, source: &Source) -> String {
        let tenant = self.designator.clone();
        let other = self.random.pick(&source.columns).0.clone();
        if let Some(array) = self.array() {
            return format!("{column} = ANY ({array})");
        }
        match self.random.below(20) {
            0 => format!("({column} = {tenant} OR {column} IS NULL)"),
            1 => format!("{column} <> {tenant}"),
            2 => format!("{column} >= {tenant}"),
            3 => format!("{column} IS NOT DISTINCT FROM {tenant}"),
            4 => format!("COALESCE({column} = {tenant}, true)"),
            5 => format!("({column} = {tenant}) IS NOT FALSE"),
            6 => format!("{column} IN ({tenant}, 3)"),
            7 => format!("{column} = {column}"),
            8 => format!("NOT ({column} = {tenant})"),
            9 => format!("{column} = 3"),
            10 => format!("{column} % 2 = {tenant} % 2"),
            11 => format!("{column} = ANY (ARRAY[{tenant}::int, 3])"),
            12 => format!("{column} = ALL (ARRAY(SELECT {column} WHERE false))"),
            13 => format!("({column}, 1) >= ({tenant}, 1)"),
            14 => format!("(NULL::int IS NULL OR {column} = {tenant})"),
            15 => "1 = 1".into(),
            16 => format!("CASE WHEN {column} <> {tenant} THEN true ELSE {column} = {tenant} END"),
            17 => format!("{} = {tenant}", self.designator),
            _ => format!("{}.{other}::text = {tenant}::text", source.alias),
        }
    }

    /// The owner of a row stands in another table: it is joined, or looked up.
    fn owned(&mut self, source: &Source, table: usize, key: usize, tied: &[Source]) -> String {
        let key = self.schema.tables[table].foreign_keys[key].clone();
        let own = self.schema.tables[table].columns[key.columns[0]].name.clone();
        let theirs = self.schema.tables[key.parent].columns[key.referenced[0]].name.clone();
        let own = format!("{}.{own}", source.alias);
        if let Some(parent) = tied.iter().find(|other| other.table == Some(key.parent) && other.tied.is_some())
            && self.random.chance(70)
        {
            return format!("{}.{theirs} = {own}", parent.alias);
        }
        let alias = self.alias(std::slice::from_ref(source));
        let parent = self.source(key.parent, alias.clone());
        let edge = self.edge(&parent, &[]).unwrap_or_else(|| "true".into());
        let name = self.schema.tables[key.parent].name.clone();
        if self.random.chance(50) {
            format!("{own} IN (SELECT {alias}.{theirs} FROM {name} {alias} WHERE {edge})")
        } else {
            format!("EXISTS (SELECT 1 FROM {name} {alias} WHERE {alias}.{theirs} = {own} AND {edge})")
        }
    }

    /// The tied sources among those that an expression may name.
    pub(super) fn tied_in(&self, scope: &Scope) -> Vec<Source> {
        scope.visible().into_iter().filter(|source| source.tied.is_some()).cloned().collect()
    }
}
