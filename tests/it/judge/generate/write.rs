//! UPDATE, DELETE, INSERT and MERGE.

use super::{Grammar, Scope, Source, Type};
use crate::judge::schema::Owner;

impl Grammar<'_> {
    /// UPDATE, perhaps with FROM.
    pub(super) fn update(&mut self) -> String {
        let (text, scope) = self.update_of();
        self.returned(text, &scope)
    }

    pub(super) fn update_of(&mut self) -> (String, Scope) {
        let table = self.aimed();
        let (name, mut target) = self.written(table);
        let is_owned = self.mixes(table);
        let depth = if is_owned { self.depth } else { 0 };
        let from = (is_owned && self.random.chance(50))
            .then(|| self.from(&self.base.clone(), std::slice::from_ref(&target), self.depth.min(1)));
        let sources = from.as_ref().map(|from| from.sources.clone()).unwrap_or_default();
        let mut conditions = from.as_ref().map(|from| from.conditions.clone()).unwrap_or_default();
        conditions.extend(self.target_edge(&mut target, &sources));
        let scope = self.ground(is_owned).with(std::iter::once(target.clone()).chain(sources).collect());
        let set = self.set(table, &scope, &[], depth);
        let from = from.map(|from| format!(" FROM {}", from.text)).unwrap_or_default();
        let filter = self.filter(&scope, conditions, depth);
        (format!("UPDATE {name} SET {set}{from}{filter}"), scope)
    }

    /// DELETE, perhaps with USING.
    pub(super) fn delete(&mut self) -> String {
        let table = self.aimed();
        let (name, mut target) = self.written(table);
        let is_owned = self.mixes(table);
        let depth = if is_owned { self.depth } else { 0 };
        let from = (is_owned && self.random.chance(40))
            .then(|| self.from(&self.base.clone(), std::slice::from_ref(&target), self.depth.min(1)));
        let sources = from.as_ref().map(|from| from.sources.clone()).unwrap_or_default();
        let mut conditions = from.as_ref().map(|from| from.conditions.clone()).unwrap_or_default();
        conditions.extend(self.target_edge(&mut target, &sources));
        self.safe &= !self.schema.leaks(table, true);
        let scope = self.ground(is_owned).with(std::iter::once(target).chain(sources).collect());
        let using = from.map(|from| format!(" USING {}", from.text)).unwrap_or_default();
        let filter = self.filter(&scope, conditions, depth);
        let text = format!("DELETE FROM {name}{using}{filter}");
        self.returned(text, &scope)
    }

    /// A write as a common table expression.
    pub(super) fn returning(&mut self) -> (String, Vec<(String, Type)>, Option<String>) {
        let (text, scope) = self.update_of();
        let columns = [("k", Type::Int), ("v", Type::Int), ("w", Type::Text)];
        let outputs: Vec<String> =
            columns.iter().map(|(name, kind)| format!("{} AS {name}", self.value(&scope, *kind, 0))).collect();
        let columns = columns.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect();
        (format!("{text} RETURNING {}", outputs.join(", ")), columns, None)
    }

    fn returned(&mut self, text: String, scope: &Scope) -> String {
        // In a body, what is returned needs a place to go.
        if self.frame.is_open() || !self.random.chance(30) {
            return text;
        }
        let depth = self.depth.min(1);
        let outputs = [self.value(scope, Type::Int, depth), self.value(scope, Type::Text, depth)];
        format!("{text} RETURNING {}", outputs.join(", "))
    }

    pub(super) fn written(&mut self, table: usize) -> (String, Source) {
        let found = &self.schema.tables[table];
        let (mut name, short) = (found.name.clone(), found.short.clone());
        if self.shows(&short) && self.random.chance(20) {
            name = format!("seen.{short}");
        }
        let is_part = !found.parts.is_empty() && self.random.chance(25);
        if is_part {
            name = self.random.pick(&found.parts).clone();
        }
        if !is_part && self.random.chance(50) {
            return (name, self.source(table, short));
        }
        let alias = self.alias(&[]);
        (format!("{name} AS {alias}"), self.source(table, alias))
    }

    pub(super) fn target_edge(&mut self, target: &mut Source, sources: &[Source]) -> Option<String> {
        let edge = self.edge(target, &self.tied_in(&Scope(vec![sources.to_vec()])))?;
        target.tied = target.table.and_then(|table| self.tenant_column(table)).map(ToOwned::to_owned);
        Some(edge)
    }

    /// One or two assignments.
    pub(super) fn set(&mut self, table: usize, scope: &Scope, tied: &[Source], depth: usize) -> String {
        let columns = self.columns(table);
        let owner = self.schema.tables[table].owner.clone();
        let mut parts: Vec<(String, String)> = Vec::new();
        for _ in 0..1 + self.random.below(2) {
            let at = self.random.below(columns.len());
            let (name, kind) = columns[at].clone();
            if kind == Type::Other || self.schema.tables[table].columns[at].kind.is_none() {
                continue;
            }
            let is_key = self.schema.tables[table].unique.iter().any(|key| key.contains(&at));
            let value = match &owner {
                Owner::Column(column) if *column == at => {
                    if self.slips(50) {
                        self.value(scope, kind, 1)
                    } else {
                        self.tenant(tied)
                    }
                }
                Owner::Key(key) if self.schema.tables[table].foreign_keys[*key].columns.contains(&at) => {
                    if !self.slips(50) {
                        continue;
                    }
                    self.value(scope, kind, 1)
                }
                _ if is_key && self.random.chance(70) => continue,
                _ => self.value(scope, kind, depth),
            };
            if is_key {
                self.safe &= !self.schema.leaks(table, false);
            }
            if parts.iter().all(|(known, _)| *known != name) {
                parts.push((name, value));
            }
        }
        if parts.is_empty() {
            let plain = columns.iter().enumerate().rev().find(|(at, (_, kind))| {
                *kind != Type::Other
                    && self.schema.tables[table].unique.iter().all(|key| !key.contains(at))
                    && owner != Owner::Column(*at)
            });
            let (_, (name, kind)) = plain.map(|(at, column)| (at, column.clone())).unwrap_or((0, columns[0].clone()));
            parts.push((name, self.value(scope, kind, depth)));
        }
        if parts.len() == 2 && self.random.chance(20) {
            return format!("({}, {}) = ({}, {})", parts[0].0, parts[1].0, parts[0].1, parts[1].1);
        }
        let parts: Vec<String> = parts.into_iter().map(|(name, value)| format!("{name} = {value}")).collect();
        parts.join(", ")
    }

    /// INSERT of values or of a query, perhaps with ON CONFLICT.
    pub(super) fn insert(&mut self) -> String {
        let (text, target, is_owned) = self.insert_parts();
        let scope = if is_owned { self.base.with(vec![target]) } else { Scope::default() };
        if is_owned { self.returned(text, &scope) } else { text }
    }

    /// INSERT into a table whose rows are tenants'.
    pub(super) fn insert_of(&mut self) -> (String, Source) {
        self.aim = Some(self.owned_table());
        let (text, target, _) = self.insert_parts();
        (text, target)
    }

    fn insert_parts(&mut self) -> (String, Source, bool) {
        let table = self.aimed();
        let is_owned = self.mixes(table);
        let name = self.schema.tables[table].name.clone();
        let columns = self.inserted(table);
        let names: Vec<String> = columns.iter().map(|at| self.schema.tables[table].columns[*at].name.clone()).collect();
        let source = if is_owned && self.random.chance(60) {
            let inner = self.depth.min(1);
            let from = self.from(&self.base.clone(), &[], inner);
            let scope = self.base.with(from.sources.clone());
            let values = self.row(table, &columns, &scope, inner);
            let key = self.key(&Scope(vec![from.sources.clone()]), Type::Int);
            let filter = self.filter(&scope, from.conditions, inner);
            match self.random.below(10) {
                0 => format!("SELECT DISTINCT {values} FROM {}{filter}", from.text),
                1 => {
                    let order = self.limited(columns.len());
                    format!("SELECT {values} FROM {}{filter}{order}", from.text)
                }
                2 => {
                    let rest: String = (1..=columns.len()).map(|at| format!(", {at}")).collect();
                    format!("SELECT DISTINCT ON ({key}) {values} FROM {}{filter} ORDER BY {key}{rest}", from.text)
                }
                _ => format!("SELECT {values} FROM {}{filter}", from.text),
            }
        } else {
            let depth = if is_owned { self.depth.min(1) } else { 0 };
            let rows: Vec<String> = (0..1 + self.random.below(2))
                .map(|_| format!("({})", self.row(table, &columns, &self.ground(is_owned), depth)))
                .collect();
            format!("VALUES {}", rows.join(", "))
        };
        let conflict = if self.random.chance(35) { self.conflict(table) } else { String::new() };
        let short = self.schema.tables[table].short.clone();
        let through = self.shows(&short) && !conflict.contains("DO UPDATE") && self.random.chance(20);
        let name = if through { format!("seen.{short}") } else { name };
        let text = format!("INSERT INTO {name} ({}) {source}{conflict}", names.join(", "));
        let target = self.source(table, self.schema.tables[table].short.clone());
        (text, target, is_owned)
    }

    /// The columns that an INSERT names: the tenant, the keys, those that must not be NULL, and others.
    pub(super) fn inserted(&mut self, table: usize) -> Vec<usize> {
        let found = &self.schema.tables[table];
        let mut columns: Vec<usize> = Vec::new();
        for (at, column) in found.columns.iter().enumerate() {
            let Some(_) = &column.kind else { continue };
            let needed = !column.nullable
                || found.owner == Owner::Column(at)
                || found.unique.iter().any(|key| key.contains(&at));
            if needed || self.random.chance(50) {
                columns.push(at);
            }
        }
        self.random.shuffle(&mut columns);
        if self.slips(5) {
            columns.pop();
        }
        columns
    }

    /// A new row: its tenant, and whatever else.
    pub(super) fn row(&mut self, table: usize, columns: &[usize], scope: &Scope, depth: usize) -> String {
        let tied = self.tied_in(scope);
        let values: Vec<String> = columns.iter().map(|at| self.new_value(table, *at, scope, &tied, depth)).collect();
        values.join(", ")
    }

    fn new_value(&mut self, table: usize, at: usize, scope: &Scope, tied: &[Source], depth: usize) -> String {
        let (_, kind) = self.columns(table)[at].clone();
        let found = &self.schema.tables[table];
        let nullable = found.columns[at].nullable;
        let is_key = found.unique.iter().any(|key| key.contains(&at));
        match found.owner.clone() {
            Owner::Column(column) if column == at => {
                return if self.slips(15) { self.value(scope, kind, 1) } else { self.tenant(tied) };
            }
            Owner::Key(key) if found.foreign_keys[key].columns.contains(&at) => {
                let key = found.foreign_keys[key].clone();
                let alias = self.alias(&[]);
                let parent = self.source(key.parent, alias.clone());
                let theirs = self.schema.tables[key.parent].columns[key.referenced[0]].name.clone();
                let name = self.schema.tables[key.parent].name.clone();
                let edge = self.edge(&parent, &[]).unwrap_or_else(|| "true".into());
                return format!("(SELECT max({alias}.{theirs}) FROM {name} {alias} WHERE {edge})");
            }
            _ => {}
        }
        let value = match kind {
            Type::Int if !scope.0.is_empty() && self.random.chance(8) => {
                format!("(rank() OVER (ORDER BY {}))::int", self.key(scope, Type::Int))
            }
            _ => self.value(scope, kind, depth),
        };
        match (is_key, kind) {
            // Mostly a key that is free.
            (true, Type::Int) if self.random.chance(40) => {
                format!("COALESCE({value}, 1) + {}", 100 + self.random.below(50))
            }
            (_, Type::Other) => "NULL".into(),
            _ if nullable => value,
            (_, Type::Int) => format!("COALESCE({value}, 1)"),
            (_, Type::Text) => format!("COALESCE({value}, '')"),
        }
    }

    fn conflict(&mut self, table: usize) -> String {
        let found = self.schema.tables[table].clone();
        if found.unique.is_empty() || self.random.chance(20) {
            return " ON CONFLICT DO NOTHING".into();
        }
        let key = self.random.pick(&found.unique).clone();
        let names: Vec<&str> = key.iter().map(|at| found.columns[*at].name.as_str()).collect();
        let arbiter = format!(" ON CONFLICT ({})", names.join(", "));
        if self.random.chance(25) {
            return format!("{arbiter} DO NOTHING");
        }
        let target = self.source(table, found.short.clone());
        let excluded = self.source(table, "excluded".into());
        let scope =
            if self.is_owned(table) { self.base.with(vec![target.clone(), excluded]) } else { Scope::default() };
        let depth = if self.is_owned(table) { self.depth.min(1) } else { 0 };
        let set = self.set(table, &scope, &[], depth);
        let carried = match &found.owner {
            Owner::Column(column) => key.contains(column),
            Owner::Key(owner) => found.foreign_keys[*owner].columns.iter().all(|column| key.contains(column)),
            Owner::All | Owner::Unknown => true,
        };
        let mut conditions = Vec::new();
        if !carried && self.slips(40) {
            // The row that is to come is not the one that is there.
            let excluded = self.source(table, "excluded".into());
            if self.random.chance(50) {
                conditions.extend(self.edge(&excluded, &[]));
            }
        } else if !carried {
            match self.tenant_column(table).map(ToOwned::to_owned) {
                Some(column) if self.random.chance(50) => {
                    conditions.push(format!("{}.{column} = excluded.{column}", found.short))
                }
                _ => conditions.extend(self.edge(&target, &[])),
            }
        }
        let filter = self.filter(&scope, conditions, depth);
        format!("{arbiter} DO UPDATE SET {set}{filter}")
    }
}
