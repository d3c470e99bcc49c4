//! IF, CASE, loops and blocks.

use super::body::Frame;
use super::{Grammar, Source, Type};

impl Grammar<'_> {
    /// A statement with statements in it.
    pub(super) fn nested(&mut self, depth: usize) -> Vec<String> {
        match self.random.below(12) {
            0..=2 => self.conditional(depth - 1),
            3 => self.cases(depth - 1),
            4 | 5 => self.for_query(depth - 1),
            6 => self.for_numbers(depth - 1),
            7 => self.for_each(depth - 1),
            8 => self.while_loop(depth - 1),
            _ => self.block(depth - 1),
        }
    }

    fn conditional(&mut self, depth: usize) -> Vec<String> {
        let base = self.base.clone();
        let mut lines = vec![format!("IF {} THEN", self.predicate(&base, 1))];
        lines.extend(self.branch(depth));
        if self.random.chance(20) {
            lines.push(format!("ELSIF {} THEN", self.predicate(&base, 0)));
            lines.extend(self.branch(depth));
        }
        if self.random.chance(45) {
            lines.push("ELSE".into());
            lines.extend(self.branch(depth));
        }
        lines.push("END IF;".into());
        lines
    }

    fn cases(&mut self, depth: usize) -> Vec<String> {
        let base = self.base.clone();
        let operand = self.random.chance(50).then(|| self.value(&base, Type::Int, 0));
        let mut lines = vec![format!("CASE {}", operand.clone().unwrap_or_default())];
        for _ in 0..1 + self.random.below(2) {
            let when = match operand {
                Some(_) => format!("{}, {}", 1 + self.random.below(3), self.value(&base, Type::Int, 0)),
                None => self.predicate(&base, 0),
            };
            lines.push(format!("WHEN {when} THEN"));
            lines.extend(self.branch(depth));
        }
        lines.push("ELSE".into());
        match self.random.chance(50) {
            true => lines.extend(self.branch(depth)),
            false => lines.push("NULL;".into()),
        }
        lines.push("END CASE;".into());
        lines
    }

    /// The body of a loop, with a variable that holds a row.
    pub(super) fn round(&mut self, row: Option<Source>, depth: usize) -> Vec<String> {
        let outer = self.frame.clone();
        self.frame.loops += 1;
        if let Some(row) = row {
            self.frame.rows.retain(|known| known.alias != row.alias);
            self.frame.locked.push(row.alias.clone());
            self.frame.rows.push(row);
        }
        let lines = self.statements(depth);
        self.frame = Frame { cursors: std::mem::take(&mut self.frame.cursors), ..outer };
        self.look();
        lines
    }

    fn for_query(&mut self, depth: usize) -> Vec<String> {
        let base = self.base.clone();
        let (source, columns, tied) = if self.random.chance(20) { self.executed() } else { self.keyed(&base, 0) };
        let free: Vec<String> =
            self.frame.records.iter().filter(|name| !self.frame.locked.contains(name)).cloned().collect();
        let slips = !self.frame.records.is_empty() && self.slips(10);
        let all = if slips { self.frame.records.clone() } else { free };
        let (target, row) = if all.is_empty() || self.random.chance(20) {
            let targets = [self.target(Type::Int), self.target(Type::Int), self.target(Type::Text)];
            (targets.join(", "), None)
        } else {
            let alias = self.random.pick(&all).clone();
            (alias.clone(), Some(Source { alias, columns, table: None, tied }))
        };
        let mut lines = vec![format!("FOR {target} IN {source} LOOP")];
        lines.extend(self.round(row.clone(), depth));
        lines.push("END LOOP;".into());
        if let Some(mut row) = row {
            // It holds the last row, or what it held before.
            self.frame.rows.retain(|known| known.alias != row.alias);
            row.tied = row.tied.filter(|_| self.slips(40));
            if self.slips(30) {
                self.frame.rows.push(row);
            }
        }
        lines
    }

    fn for_numbers(&mut self, depth: usize) -> Vec<String> {
        // It is a variable of its own, whatever else has the name.
        let name = match !self.frame.assignable.is_empty() && self.slips(25) {
            true => self.random.pick(&self.frame.assignable).clone(),
            false => self.fresh('i'),
        };
        let outer = self.frame.clone();
        self.frame.ints.push(name.clone());
        let mut lines = vec![format!("FOR {name} IN 1..{} LOOP", 2 + self.random.below(2))];
        lines.extend(self.round(None, depth));
        self.frame = Frame { cursors: std::mem::take(&mut self.frame.cursors), ..outer };
        lines.push("END LOOP;".into());
        lines
    }

    fn for_each(&mut self, depth: usize) -> Vec<String> {
        let base = self.base.clone();
        let array = match self.random.below(3) {
            0 => format!("ARRAY[1, {}]", self.value(&base, Type::Int, 0)),
            1 => format!("ARRAY({})", self.subquery(&base, &[Type::Int], 0)),
            _ => {
                let (from, tenant) = (self.owned_table(), self.designator.clone());
                let column = self.tenant_column(from).unwrap_or_default().to_owned();
                let alias = self.fresh_alias();
                let name = self.schema.tables[from].name.clone();
                format!("ARRAY(SELECT {alias}.{column} FROM {name} {alias} WHERE {alias}.{column} = {tenant})")
            }
        };
        let target = self.target(Type::Int);
        let mut lines = vec![format!("FOREACH {target} IN ARRAY {array} LOOP")];
        lines.extend(self.round(None, depth));
        lines.push("END LOOP;".into());
        lines
    }

    fn while_loop(&mut self, depth: usize) -> Vec<String> {
        let counter = self.fresh('n');
        let mut lines = vec!["<<turn>>".to_owned(), format!("DECLARE {counter} int := 0;"), "BEGIN".into()];
        match self.random.chance(50) {
            true => lines.push(format!("WHILE {counter} < 2 LOOP")),
            false => {
                lines.push("LOOP".into());
                lines.push(format!("EXIT WHEN {counter} >= 2;"));
            }
        }
        lines.push(format!("{counter} := {counter} + 1;"));
        lines.extend(self.round(None, depth));
        lines.extend(["END LOOP;".into(), "END;".into()]);
        lines
    }

    /// EXIT or CONTINUE.
    pub(super) fn left(&mut self) -> String {
        let condition = self.predicate(&self.base.clone(), 1);
        let word = if self.random.chance(50) { "EXIT" } else { "CONTINUE" };
        format!("{word} WHEN {condition};")
    }

    /// A block with variables of its own, a label, or a handler.
    fn block(&mut self, depth: usize) -> Vec<String> {
        let outer = self.frame.clone();
        let mut lines = Vec::new();
        if self.random.chance(40) {
            let label = match self.frame.records.first() {
                // A name that a record has, too.
                Some(record) if self.random.chance(25) => record.clone(),
                _ => self.fresh('b'),
            };
            lines.push(format!("<<{label}>>"));
            self.frame.label = self.slips(30).then_some(label);
            self.frame.labelled.clear();
        }
        if self.random.chance(50) {
            lines.push("DECLARE".into());
            lines.extend(self.declarations());
            if self.random.chance(40) {
                lines.extend(self.shadow());
            }
        }
        lines.push("BEGIN".into());
        let declared = self.frame.clone();
        lines.extend(self.statements(depth));
        let handles = self.random.chance(50);
        if handles {
            match self.random.below(3) {
                0 => lines.push("RAISE EXCEPTION 'left';".into()),
                1 => lines
                    .push(format!("IF {} THEN RAISE EXCEPTION 'left'; END IF;", self.predicate(&self.base.clone(), 1))),
                _ => {}
            }
            // What the block set is not set in its handler for sure.
            self.frame = Frame { cursors: std::mem::take(&mut self.frame.cursors), ..declared };
            lines.push("EXCEPTION WHEN others THEN".into());
            lines.extend(self.statements(depth));
        }
        lines.push("END;".into());
        self.frame = Frame { cursors: outer.cursors.clone(), ..outer };
        self.look();
        lines
    }

    /// A variable with the name of an outer one.
    fn shadow(&mut self) -> Vec<String> {
        let (tenants, ints) = (self.frame.assignable.clone(), self.frame.ints.clone());
        if tenants.is_empty() || ints.is_empty() {
            return Vec::new();
        }
        let name = self.random.pick(&tenants).clone();
        if self.slips(40) {
            // It is no tenant any more, and is used as one.
            let value = self.value(&self.base.clone(), Type::Int, 0);
            return vec![format!("{name} int := {value};")];
        }
        let tenant = self.random.pick(&self.frame.tenants).clone();
        vec![format!("{name} int := {tenant};")]
    }
}
