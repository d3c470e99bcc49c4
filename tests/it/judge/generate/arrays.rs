//! Rows out of functions: arrays and JSON, written out, made of other rows, or held in a variable.

use super::{Grammar, Scope, Source, Type};

impl Grammar<'_> {
    /// A function in FROM.
    pub(super) fn rows_of_function(&mut self, outer: &Scope, alias: &str) -> (String, Source) {
        let numbers = vec![("v".to_owned(), Type::Int)];
        let keyed = vec![("k".to_owned(), Type::Int), ("v".to_owned(), Type::Int), ("w".to_owned(), Type::Text)];
        let source = |columns| Source { alias: alias.to_owned(), columns, table: None, tied: None };
        if let Some(array) = self.array() {
            return (format!("unnest({array}) AS {alias}(v)"), source(numbers));
        }
        let list = "(k int, v int, w text)";
        match self.random.below(5) {
            0 => (format!("generate_series(1, 2) AS {alias}(v)"), source(numbers)),
            1 => {
                let query = self.subquery(outer, &[Type::Int], 0);
                (format!("unnest(ARRAY({query})) AS {alias}(v)"), source(numbers))
            }
            2 => {
                let rows = r#"'[{"k": 1, "v": 2, "w": "a"}, {"k": 3, "v": 1}]'::jsonb"#;
                (format!("jsonb_to_recordset({rows}) AS {alias}{list}"), source(keyed))
            }
            3 => {
                let (query, ..) = self.keyed(outer, 0);
                let rows = format!("(SELECT jsonb_agg(q) FROM ({query}) q)");
                (format!("jsonb_to_recordset({rows}) AS {alias}{list}"), source(keyed))
            }
            _ => {
                let (query, ..) = self.keyed(outer, 0);
                let value = "(j ->> 'k')::int AS k, (j ->> 'v')::int AS v, j ->> 'w' AS w";
                let rows = format!("json_array_elements((SELECT json_agg(q) FROM ({query}) q)) j");
                (format!("(SELECT {value} FROM {rows}) AS {alias}"), source(keyed))
            }
        }
    }

    /// An array that the body holds.
    pub(super) fn array(&mut self) -> Option<String> {
        let arrays = self.frame.arrays.clone();
        (!arrays.is_empty() && self.random.chance(60)).then(|| self.random.pick(&arrays).clone())
    }

    /// A block with an array, and statements that use it.
    pub(super) fn with_array(&mut self, depth: usize) -> Vec<String> {
        let name = self.fresh('a');
        let base = self.base.clone();
        let outer = self.frame.clone();
        let mut lines = vec!["DECLARE".to_owned(), format!("{name} int[] := '{{1,2}}';"), "BEGIN".into()];
        match self.random.below(4) {
            0 => lines.push(format!("{name} := ARRAY({});", self.subquery(&base, &[Type::Int], 0))),
            1 => {
                let (query, ..) = self.keyed(&base, 0);
                lines.push(format!("SELECT COALESCE(array_agg(q.v), '{{}}') INTO {name} FROM ({query}) q;"));
            }
            2 => lines.push(format!("{name} := array_append({name}, {});", self.value(&base, Type::Int, 1))),
            _ => {
                let (query, ..) = self.keyed(&base, 0);
                lines.push(format!("{name} := (SELECT array_agg(q.v ORDER BY q.v) FROM ({query}) q WHERE q.v > 1);"));
            }
        }
        self.frame.arrays.push(name.clone());
        self.look();
        if self.random.chance(30) {
            let target = self.target(Type::Int);
            lines.push(format!("IF {name} IS NOT NULL THEN FOREACH {target} IN ARRAY {name} LOOP"));
            lines.extend(self.round(None, 0));
            lines.push("END LOOP; END IF;".into());
        }
        lines.extend(self.statements(depth.min(1)));
        lines.push("END;".into());
        let cursors = std::mem::take(&mut self.frame.cursors);
        self.frame = super::body::Frame { cursors, ..outer };
        self.look();
        lines
    }

    /// A table that the body makes, fills, reads and drops.
    pub(super) fn with_table(&mut self) -> Vec<String> {
        let base = self.base.clone();
        let (query, columns, tied) = self.keyed(&base, 0);
        let alias = self.fresh('h');
        let how = *self.random.pick(&["", " ON COMMIT DROP"]);
        let mut lines = vec![format!("CREATE TEMP TABLE {alias}{how} AS {query};")];
        self.ctes.push(Source { alias: alias.clone(), columns, table: None, tied });
        for _ in 0..1 + self.random.below(2) {
            let text = if self.random.chance(50) { self.update() } else { self.insert() };
            lines.push(format!("{text};"));
        }
        lines.push(format!("DROP TABLE {alias};"));
        self.look();
        lines
    }
}
