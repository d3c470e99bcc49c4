//! Statements that go on from what others left: filled tables, views, cursors, prepared statements, settings.

use super::{Grammar, Made, Scope, Source, Type};

impl Grammar<'_> {
    /// A statement behind one that it goes on from.
    pub(super) fn scene(&mut self) -> Made {
        let root = self.designator.clone();
        let (shape, mut setup, text) = match self.random.below(6) {
            0 | 1 => self.filled(),
            2 => self.viewed(),
            3 => self.prepared(),
            4 => self.secured(),
            _ => self.stood(),
        };
        let is_session = root.starts_with("current_setting");
        if is_session && self.slips(25) {
            let change = *self.random.pick(&[
                "SELECT set_config('app.tenant_id', '3', true)",
                "SET LOCAL app.tenant_id = '3'",
                "SET app.tenant_id = '3'",
                "DO $b$ BEGIN PERFORM set_config('app.tenant_id', '3', false); END $b$",
            ]);
            let at = self.random.below(setup.len() + 1);
            setup.insert(at, change.to_owned());
        }
        Made { setup, text, safe: self.safe, shape }
    }

    /// A table that a query filled.
    fn filled(&mut self) -> (&'static str, Vec<String>, String) {
        let (query, columns, tied) = self.keyed(&Scope::default(), 1);
        let kind = *self.random.pick(&["TEMP TABLE", "TEMP TABLE", "TEMPORARY TABLE", "UNLOGGED TABLE"]);
        let alias = self.fresh('h');
        let mut setup = vec![format!("CREATE {kind} {alias} AS {query}")];
        if self.random.chance(20) {
            let (query, ..) = self.keyed(&Scope::default(), 0);
            setup.push(format!("INSERT INTO {alias} {query}"));
        }
        // Who names no tenant fills it for all.
        self.ctes.push(Source { alias, columns, table: None, tied });
        let text = self.reader();
        ("filled table", setup, text)
    }

    fn reader(&mut self) -> String {
        match self.random.below(8) {
            0 | 1 => self.top_query(),
            2..=4 => self.update(),
            5 => self.delete(),
            6 => self.insert(),
            _ => self.merge(),
        }
    }

    /// A view of some rows of a table, and a write through it.
    fn viewed(&mut self) -> (&'static str, Vec<String>, String) {
        let table = self.owned_table();
        let source = self.source(table, "t".to_owned());
        let view = self.fresh('h');
        // The view of a parameter cannot be made.
        let is_steady = !self.designator.starts_with([':', '$']);
        let with_edge = is_steady && self.random.chance(50);
        let edge = match with_edge {
            true => self.edge(&source, &[]).unwrap_or_else(|| "true".into()),
            false => "true".into(),
        };
        let more = match self.random.chance(50) {
            true => format!("t.weight IS DISTINCT FROM {}", 1 + self.random.below(4)),
            false => "true".into(),
        };
        let of = self.schema.tables[table].name.clone();
        let check = *self.random.pick(&["", "", " WITH CHECK OPTION", " WITH LOCAL CHECK OPTION"]);
        let setup = vec![format!("CREATE VIEW {view} AS SELECT t.* FROM {of} t WHERE {edge} AND {more}{check}")];
        let target = self.source(table, view.clone());
        let scope = Scope(vec![vec![target.clone()]]);
        let set = self.set(table, &scope, &[], 0);
        let own = if with_edge && self.slips(50) { None } else { self.edge(&target, &[]) };
        let more = self.predicate(&scope, 1);
        let filter = self.all(own.into_iter().chain([more]).collect());
        let text = match self.random.below(4) {
            0 => {
                self.safe &= !self.schema.leaks(table, true);
                format!("DELETE FROM {view} WHERE {filter}")
            }
            1 => format!("SELECT {view}.weight FROM {view} WHERE {filter}"),
            _ => format!("UPDATE {view} SET {set} WHERE {filter}"),
        };
        ("view", setup, text)
    }

    /// A statement that is prepared, and EXECUTE.
    fn prepared(&mut self) -> (&'static str, Vec<String>, String) {
        let tenant = std::mem::replace(&mut self.designator, "$1".to_owned());
        let name = self.fresh('h');
        let text = self.reader();
        self.designator = tenant;
        let value = if self.slips(15) { "3".to_owned() } else { self.designator.clone() };
        ("prepared statement", vec![format!("PREPARE {name} (int) AS {text}")], format!("EXECUTE {name} ({value})"))
    }

    /// A cursor, and a write to the row at which it stands.
    fn stood(&mut self) -> (&'static str, Vec<String>, String) {
        let table = self.owned_table();
        let short = self.schema.tables[table].short.clone();
        let source = self.source(table, short.clone());
        let scope = Scope(vec![vec![source.clone()]]);
        let edge = self.edge(&source, &[]).unwrap_or_else(|| "true".into());
        let more = self.predicate(&scope, 0);
        let filter = self.all(vec![edge, more]);
        let cursor = self.fresh('h');
        let lock = *self.random.pick(&["", "", " FOR UPDATE"]);
        let mut setup = vec![format!("DECLARE {cursor} CURSOR FOR SELECT {short}.* FROM {short} WHERE {filter}{lock}")];
        if self.random.chance(30) {
            return ("cursor", setup, format!("FETCH ALL FROM {cursor}"));
        }
        setup.push(format!("FETCH NEXT FROM {cursor}"));
        let set = self.set(table, &scope, &[], 0);
        if self.random.chance(30) {
            self.safe &= !self.schema.leaks(table, true);
            return ("cursor", setup, format!("DELETE FROM {short} WHERE CURRENT OF {cursor}"));
        }
        let value = self.value(&scope, Type::Int, 0);
        let set = if self.random.chance(80) { set } else { format!("weight = {value}") };
        ("cursor", setup, format!("UPDATE {short} SET {set} WHERE CURRENT OF {cursor}"))
    }
}
