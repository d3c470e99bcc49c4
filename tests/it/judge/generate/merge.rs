//! MERGE: several branches, each with a condition or without.

use super::{Grammar, Scope, Source};

impl Grammar<'_> {
    /// MERGE from a query or a table.
    pub(super) fn merge(&mut self) -> String {
        let table = self.owned_table();
        let (name, mut target) = self.written(table);
        let alias = self.alias(std::slice::from_ref(&target));
        let (using, source) = match self.slips(30) {
            true => {
                let from = self.table();
                (self.schema.tables[from].name.clone(), self.source(from, alias.clone()))
            }
            false => {
                let (query, columns, tied) = self.keyed(&self.base.clone(), 1);
                (format!("({query})"), Source { alias: alias.clone(), columns, table: None, tied })
            }
        };
        let edge = self.target_edge(&mut target, std::slice::from_ref(&source)).unwrap_or_else(|| "true".into());
        let both = self.base.with(vec![target, source.clone()]);
        let only = self.base.with(vec![source]);
        let matched = self.predicate(&both, 0);
        let on = self.all(vec![edge, matched]);
        let mut text = format!("MERGE INTO {name} USING {using} AS {alias} ON {on}");
        for _ in 0..self.random.below(3) {
            let branch = self.matched(table, &both);
            text = format!("{text} WHEN MATCHED{branch}");
            if !branch.starts_with(" AND") {
                break;
            }
        }
        for _ in 0..1 + self.random.below(2) {
            let branch = self.not_matched(table, &only);
            text = format!("{text} WHEN NOT MATCHED{branch}");
            if !branch.starts_with(" AND") {
                break;
            }
        }
        text
    }

    /// A condition; what follows a branch without one is never reached, and PostgreSQL says so.
    fn condition(&mut self, scope: &Scope) -> String {
        match self.random.chance(50) {
            true => format!(" AND {}", self.predicate(scope, 1)),
            false => String::new(),
        }
    }

    fn matched(&mut self, table: usize, both: &Scope) -> String {
        let condition = self.condition(both);
        let action = match self.random.below(8) {
            0 | 1 => {
                self.safe &= !self.schema.leaks(table, true);
                "DELETE".to_owned()
            }
            2 => "DO NOTHING".to_owned(),
            _ => format!("UPDATE SET {}", self.set(table, both, &[], 1)),
        };
        format!("{condition} THEN {action}")
    }

    fn not_matched(&mut self, table: usize, only: &Scope) -> String {
        let condition = self.condition(only);
        if self.random.chance(15) {
            return format!("{condition} THEN DO NOTHING");
        }
        let columns = self.inserted(table);
        let names: Vec<String> = columns.iter().map(|at| self.schema.tables[table].columns[*at].name.clone()).collect();
        let values = self.row(table, &columns, only, 1);
        format!("{condition} THEN INSERT ({}) VALUES ({values})", names.join(", "))
    }
}
