//! Cursors: declared with a query, with parameters, or without; rows are fetched, and the row at hand is written.

use super::store::quoted;
use super::{Grammar, Source, Type};

/// A cursor that is declared.
#[derive(Clone, Debug)]
pub(super) struct Cursor {
    name: String,
    /// The columns that it gives.
    columns: Vec<(String, Type)>,
    /// The one that is the tenant.
    tied: Option<String>,
    /// The table whose row at hand can be written.
    table: Option<usize>,
    opens: Opens,
}

/// How a cursor is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opens {
    /// As it is.
    Bound,
    /// With the tenant.
    ForTenant,
    /// With a query.
    ForQuery,
}

/// A query that a cursor goes through.
struct Through {
    query: String,
    columns: Vec<(String, Type)>,
    tied: Option<String>,
    table: Option<usize>,
}

impl Grammar<'_> {
    /// Declares a cursor.
    pub(super) fn cursor_variable(&mut self) -> String {
        self.look();
        let name = self.fresh('c');
        let opens = *self.random.pick(&[Opens::Bound, Opens::Bound, Opens::ForTenant, Opens::ForQuery]);
        let outer = self.designator.clone();
        if opens == Opens::ForTenant {
            self.designator = "arg".into();
        }
        let through = self.through();
        self.designator = outer;
        let line = match opens {
            Opens::Bound => format!("{name} CURSOR FOR {};", through.query),
            Opens::ForTenant => format!("{name} CURSOR (arg int) FOR {};", through.query),
            Opens::ForQuery => format!("{name} refcursor;"),
        };
        let Through { columns, tied, table, .. } = through;
        self.frame.cursors.push(Cursor { name, columns, tied, table, opens });
        line
    }

    fn through(&mut self) -> Through {
        let base = self.base.clone();
        if self.random.chance(50) {
            let (query, columns, tied) = self.keyed(&base, 0);
            return Through { query, columns, tied, table: None };
        }
        let table = self.owned_table();
        let source = self.source(table, self.schema.tables[table].short.clone());
        let edge = self.edge(&source, &[]).unwrap_or_else(|| "true".into());
        let more = self.predicate(&base.with(vec![source.clone()]), 0);
        let filter = self.all(vec![edge, more]);
        let lock = *self.random.pick(&["", "", " FOR UPDATE", " FOR NO KEY UPDATE"]);
        let short = source.alias.clone();
        let tied = self.tenant_column(table).map(ToOwned::to_owned);
        let query = format!("SELECT {short}.* FROM {short} WHERE {filter}{lock}");
        Through { query, columns: source.columns, tied, table: Some(table) }
    }

    /// Opens a cursor, looks at its rows, and closes it, with other statements between.
    pub(super) fn cursor_walk(&mut self, depth: usize) -> Vec<String> {
        let Some(mut cursor) = self.frame.cursors.pop() else { return self.assign() };
        let tenant =
            if self.slips(15) { self.value(&self.base.clone(), Type::Int, 0) } else { self.designator.clone() };
        if cursor.opens != Opens::ForQuery && self.random.chance(30) {
            return self.walked(&cursor, &tenant, depth);
        }
        let name = cursor.name.clone();
        let mut lines = Vec::new();
        match cursor.opens {
            Opens::Bound => lines.push(format!("OPEN {name};")),
            Opens::ForTenant => {
                let given = if self.random.chance(30) { format!("arg := {tenant}") } else { tenant };
                lines.push(format!("OPEN {name}({given});"));
            }
            Opens::ForQuery => {
                let through = self.through();
                (cursor.columns, cursor.tied, cursor.table) = (through.columns, through.tied, through.table);
                let query = through.query;
                let scroll = if self.random.chance(20) && !query.contains(" FOR ") { "SCROLL " } else { "" };
                lines.push(match self.random.chance(15) && self.slips(100) {
                    true => format!(
                        "OPEN {name} {scroll}FOR EXECUTE {} USING {tenant};",
                        quoted(&query.replace(&self.designator, "$1"))
                    ),
                    false => format!("OPEN {name} {scroll}FOR {query};"),
                });
            }
        }
        lines.extend(self.between(depth));
        lines.extend(self.fetches(&cursor, depth));
        lines.extend(self.between(depth));
        lines.push(format!("CLOSE {name};"));
        lines
    }

    fn between(&mut self, depth: usize) -> Vec<String> {
        if depth == 0 || self.random.chance(50) {
            return Vec::new();
        }
        let lines = self.statements(0);
        self.look();
        lines
    }

    /// A loop over a cursor.
    fn walked(&mut self, cursor: &Cursor, tenant: &str, depth: usize) -> Vec<String> {
        let alias = match self.frame.records.first() {
            Some(record) if self.random.chance(30) => record.clone(),
            _ => self.fresh('r'),
        };
        let given = match (cursor.opens, self.random.chance(20)) {
            (Opens::ForTenant, false) => format!("({tenant})"),
            (Opens::ForTenant, true) => format!("(arg := {tenant})"),
            _ => String::new(),
        };
        let mut lines = vec![format!("FOR {alias} IN {}{given} LOOP", cursor.name)];
        let row = Source { alias, columns: cursor.columns.clone(), table: None, tied: cursor.tied.clone() };
        if cursor.table.is_some() && self.random.chance(50) {
            lines.push(self.current(cursor));
        }
        lines.extend(self.round(Some(row), depth.min(1)));
        lines.push("END LOOP;".into());
        lines
    }

    fn fetches(&mut self, cursor: &Cursor, depth: usize) -> Vec<String> {
        let name = &cursor.name;
        let word = *self.random.pick(&["", "", "NEXT FROM ", "FROM ", "FORWARD FROM "]);
        let free: Vec<String> =
            self.frame.records.iter().filter(|name| !self.frame.locked.contains(name)).cloned().collect();
        let mut lines = Vec::new();
        if self.random.chance(15) {
            lines.push(format!("MOVE {word}{name};"));
        }
        match free.is_empty() || self.random.chance(20) {
            true => {
                let targets: Vec<String> = cursor.columns.iter().take(3).map(|(_, kind)| self.target(*kind)).collect();
                lines.push(format!("FETCH {word}{name} INTO {};", targets.join(", ")));
            }
            false => {
                let alias = self.random.pick(&free).clone();
                lines.push(format!("FETCH {word}{name} INTO {alias};"));
                self.frame.rows.retain(|row| row.alias != alias);
                let tied = cursor.tied.clone().filter(|_| self.slips(50));
                self.frame.rows.push(Source { alias, columns: cursor.columns.clone(), table: None, tied });
            }
        }
        self.look();
        if cursor.table.is_some() && self.random.chance(70) {
            let line = self.current(cursor);
            lines.push(if self.random.chance(40) { format!("IF FOUND THEN {line} END IF;") } else { line });
        }
        if depth > 0 && self.random.chance(30) {
            lines.insert(0, "LOOP".into());
            lines.push("EXIT WHEN NOT FOUND;".into());
            lines.extend(self.round(None, 0));
            lines.push("END LOOP;".into());
        }
        lines
    }

    /// Writes the row at which a cursor stands.
    fn current(&mut self, cursor: &Cursor) -> String {
        let Some(mut table) = cursor.table else { return "NULL;".into() };
        if self.slips(5) {
            table = self.owned_table();
        }
        let short = self.schema.tables[table].short.clone();
        if self.random.chance(25) {
            self.safe &= !self.schema.leaks(table, true);
            return format!("DELETE FROM {short} WHERE CURRENT OF {};", cursor.name);
        }
        let target = self.source(table, short.clone());
        let scope = self.base.with(vec![target]);
        let set = self.set(table, &scope, &[], 0);
        format!("UPDATE {short} SET {set} WHERE CURRENT OF {};", cursor.name)
    }
}
