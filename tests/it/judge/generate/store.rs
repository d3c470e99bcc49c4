//! Where values go: assignments, INTO, RETURNING.

use super::body::{Frame, KEYED};
use super::{Grammar, Scope, Source, Type};

impl Grammar<'_> {
    /// A variable of this type that may take another value: now and then one that holds the tenant.
    pub(super) fn target(&mut self, wanted: Type) -> String {
        if wanted == Type::Int && !self.frame.assignable.is_empty() && self.slips(12) {
            let name = self.random.pick(&self.frame.assignable).clone();
            return self.qualified(name);
        }
        let names = if wanted == Type::Text { self.frame.texts.clone() } else { self.frame.ints.clone() };
        if names.is_empty() || self.random.chance(10) {
            let plain = if wanted == Type::Text { "w0" } else { "v0" };
            return self.field(wanted).unwrap_or_else(|| plain.to_owned());
        }
        let name = self.random.pick(&names).clone();
        self.qualified(name)
    }

    /// A name, perhaps behind the label of its block.
    fn qualified(&mut self, name: String) -> String {
        match &self.frame.label {
            Some(label) if self.frame.labelled.contains(&name) && self.random.chance(20) => format!("{label}.{name}"),
            _ => name,
        }
    }

    /// A field of a row variable.
    fn field(&mut self, wanted: Type) -> Option<String> {
        let (rows, locked) = (self.frame.rows.clone(), self.frame.locked.clone());
        let open: Vec<&Source> = rows.iter().filter(|row| !locked.contains(&row.alias)).collect();
        let slips = !rows.is_empty() && self.slips(20);
        let row = if slips { self.random.pick(&rows) } else { open.get(self.random.below(open.len()))? };
        let fields: Vec<&String> = row
            .columns
            .iter()
            .filter(|(name, kind)| *kind == wanted && row.tied.as_ref() != Some(name))
            .map(|c| &c.0)
            .collect();
        if slips && let Some(tied) = row.tied.as_ref().filter(|_| wanted == Type::Int) {
            return Some(format!("{}.{tied}", row.alias));
        }
        if fields.is_empty() { None } else { Some(format!("{}.{}", row.alias, self.random.pick(&fields))) }
    }

    /// An assignment.
    pub(super) fn assign(&mut self) -> Vec<String> {
        let wanted = if self.random.chance(70) { Type::Int } else { Type::Text };
        let base = self.base.clone();
        let value = match self.random.below(6) {
            0 => self.single(&base, wanted, 0),
            1 if wanted == Type::Int => self.routine_value().unwrap_or_else(|| "2".into()),
            2 if wanted == Type::Int && self.random.chance(50) => self.designator.clone(),
            _ => self.value(&base, wanted, 1),
        };
        let target = self.target(wanted);
        let sign = if self.random.chance(90) { ":=" } else { "=" };
        vec![format!("{target} {sign} {value};")]
    }

    /// The name of a row variable for a row of these columns, which it then holds.
    fn row_target(&mut self, columns: Vec<(String, Type)>, tied: Option<String>) -> Option<String> {
        let Frame { records, locked, .. } = &self.frame;
        let free: Vec<String> = records.iter().filter(|name| !locked.contains(name)).cloned().collect();
        let any = !records.is_empty() && self.slips(15);
        let all = if any { self.frame.records.clone() } else { free };
        if all.is_empty() {
            return None;
        }
        let alias = self.random.pick(&all).clone();
        self.frame.rows.retain(|row| row.alias != alias);
        // There may be no row: then all of it is NULL.
        let tied = tied.filter(|_| self.slips(60));
        self.frame.rows.push(Source { alias: alias.clone(), columns, table: None, tied });
        Some(alias)
    }

    /// SELECT INTO.
    pub(super) fn select_into(&mut self) -> Vec<String> {
        let base = self.base.clone();
        let strict = if self.random.chance(12) { "STRICT " } else { "" };
        match self.random.below(6) {
            0 | 1 => {
                let (query, columns, tied) = self.keyed(&base, 0);
                match self.row_target(columns, tied) {
                    Some(row) => vec![into(&query, &format!("{strict}{row}"))],
                    None => {
                        let targets = [self.target(Type::Int), self.target(Type::Int), self.target(Type::Text)];
                        vec![into(&query, &format!("{strict}{}", targets.join(", ")))]
                    }
                }
            }
            2 => self.row_into(strict),
            3 => {
                let query = self.subquery(&base, &[Type::Int], 0);
                let target = self.target(Type::Int);
                vec![format!("{target} := (SELECT q.* FROM ({query}) q LIMIT 1);")]
            }
            4 => {
                let types = [Type::Int, Type::Text];
                let query = self.subquery(&base, &types, 0);
                let targets = types.map(|wanted| self.target(wanted));
                vec![into(&query, &format!("{strict}{}", targets.join(", ")))]
            }
            _ => {
                let value = self.single(&base, Type::Int, 0);
                let target = self.target(Type::Int);
                vec![format!("SELECT {value} INTO {strict}{target};")]
            }
        }
    }

    /// A whole row of a table into a variable; its columns are taken in order.
    fn row_into(&mut self, strict: &str) -> Vec<String> {
        let (name, table) = match self.frame.row_types.clone().as_slice() {
            [] => {
                let table = self.owned_table();
                let source = self.source(table, String::new());
                match self.row_target(source.columns, None) {
                    Some(name) => (name, table),
                    None => return self.assign(),
                }
            }
            all => self.random.pick(all).clone(),
        };
        let other = if self.slips(20) { self.owned_table() } else { table };
        let alias = self.fresh_alias();
        let mut row = self.source(other, alias);
        let edge = self.edge(&row, &[]).unwrap_or_else(|| "true".into());
        row.tied = None;
        let more = self.predicate(&self.base.with(vec![row.clone()]), 0);
        let filter = self.all(vec![edge, more]);
        let from = self.schema.tables[other].name.clone();
        let alias = row.alias;
        let outputs = if self.random.chance(70) { format!("{alias}.*") } else { alias.clone() };
        let outputs = if outputs == alias && other != table { format!("{alias}.*") } else { outputs };
        let strict = if self.random.chance(80) { "" } else { strict };
        vec![format!("SELECT {outputs} INTO {strict}{name} FROM {from} {alias} WHERE {filter};")]
    }

    pub(super) fn fresh_alias(&mut self) -> String {
        self.names += 1;
        format!("s{}", self.names)
    }

    /// A write that gives values back.
    pub(super) fn returning_into(&mut self) -> Vec<String> {
        let is_insert = self.random.chance(40);
        let (text, scope) = match is_insert {
            true => {
                let (text, source) = self.insert_of();
                (text, self.base.with(vec![source]))
            }
            false => self.update_of(),
        };
        let is_ground = scope.0.len() < 2 && !self.base.0.is_empty();
        if is_ground {
            // What all tenants share gives back nothing.
            return vec![format!("{text};")];
        }
        let inner = Scope(scope.0.last().cloned().into_iter().collect());
        let values: Vec<String> = KEYED.iter().map(|(_, kind)| self.value(&inner, *kind, 0)).collect();
        let columns: Vec<(String, Type)> = KEYED.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect();
        let outputs: Vec<String> =
            values.iter().zip(KEYED).map(|(value, (name, _))| format!("{value} AS {name}")).collect();
        if self.random.chance(40)
            && let Some(row) = self.row_target(columns, None)
        {
            return vec![format!("{text} RETURNING {} INTO {row};", outputs.join(", "))];
        }
        let targets: Vec<String> = KEYED.iter().map(|(_, kind)| self.target(*kind)).collect();
        let count = 1 + self.random.below(3);
        vec![format!("{text} RETURNING {} INTO {};", values[..count].join(", "), targets[..count].join(", "))]
    }

    /// A variable that is the tenant, whichever branch is taken.
    pub(super) fn settle(&mut self) -> Vec<String> {
        let Some(name) = self.frame.spare.pop() else { return self.assign() };
        let base = self.base.clone();
        let value = |grammar: &mut Self| match grammar.slips(30) {
            true => match grammar.random.below(3) {
                0 => format!("{name} := 3;"),
                1 => "NULL;".to_owned(),
                _ => format!("{name} := {};", grammar.value(&base, Type::Int, 1)),
            },
            false => format!("{name} := {};", grammar.random.pick(&grammar.frame.tenants.clone())),
        };
        let values = [value(self), value(self), value(self)];
        let [first, second, third] = values;
        let condition = self.predicate(&base, 1);
        let lines = match self.random.below(5) {
            0 => vec![format!("IF {condition} THEN"), first, "ELSE".into(), second, "END IF;".into()],
            1 => {
                let other = self.predicate(&base, 0);
                vec![
                    format!("IF {condition} THEN"),
                    first,
                    format!("ELSIF {other} THEN"),
                    second,
                    "ELSE".into(),
                    third,
                    "END IF;".into(),
                ]
            }
            2 => vec![format!("CASE WHEN {condition} THEN"), first, "ELSE".into(), second, "END CASE;".into()],
            3 => vec![first, format!("IF {condition} THEN"), second, "END IF;".into()],
            _ => vec![first],
        };
        self.frame.tenants.push(name.clone());
        self.frame.assignable.push(name);
        self.look();
        lines
    }
}

/// Puts INTO into a query, behind its list or at its end.
pub(super) fn into(query: &str, targets: &str) -> String {
    match query.find(" FROM ") {
        Some(at) if query.starts_with("SELECT ") && !query[..at].contains('(') => {
            format!("{} INTO {targets}{};", &query[..at], &query[at..])
        }
        _ => format!("SELECT q.* INTO {targets} FROM ({query}) q;"),
    }
}

/// Writes a text as a literal.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
