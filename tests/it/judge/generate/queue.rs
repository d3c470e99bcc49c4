//! Work that is taken from a queue: the next rows are found, locked, and written.

use super::{Grammar, Scope};

impl Grammar<'_> {
    /// Takes the next rows of a table by its key.
    pub(super) fn queue(&mut self) -> String {
        let table = loop {
            let table = self.owned_table();
            if !self.schema.tables[table].unique.is_empty() {
                break table;
            }
        };
        let found = self.schema.tables[table].clone();
        let unique = self.random.pick(&found.unique).clone();
        let mut key: Vec<&str> = unique.iter().map(|at| found.columns[*at].name.as_str()).collect();
        let tenant = self.tenant_column(table).unwrap_or_default().to_owned();
        // Half of a key names rows of others as well.
        let is_half = key.len() > 1 && self.slips(25);
        if is_half {
            key.retain(|column| *column != tenant);
        }
        let alias = self.fresh_alias();
        let inner = self.source(table, alias.clone());
        let edge = self.edge(&inner, &[]).unwrap_or_else(|| "true".into());
        let more = self.predicate(&self.base.with(vec![inner]), 0);
        let filter = self.all(vec![edge, more]);
        let (name, short) = (found.name.clone(), found.short.clone());
        let list = |of: &str| key.iter().map(|column| format!("{of}.{column}")).collect::<Vec<_>>().join(", ");
        let lock = *self.random.pick(&[" FOR UPDATE SKIP LOCKED", " FOR UPDATE", " FOR NO KEY UPDATE SKIP LOCKED", ""]);
        let count = 1 + self.random.below(2);
        let of = list(&alias);
        let next = format!("SELECT {of} FROM {name} {alias} WHERE {filter} ORDER BY {of} LIMIT {count}{lock}");
        let target = self.source(table, short.clone());
        // The key alone is enough, and nobody needs to know.
        let own = match is_half || self.random.chance(50) {
            true => "true".to_owned(),
            false => self.edge(&target, &[]).unwrap_or_else(|| "true".into()),
        };
        let set = self.set(table, &Scope(vec![vec![target]]), &[], 0);
        let pairs: Vec<String> = key.iter().map(|column| format!("{short}.{column} = picked.{column}")).collect();
        let pairs = pairs.join(" AND ");
        match self.random.below(4) {
            0 => format!("UPDATE {name} SET {set} WHERE ({}) IN ({next}) AND {own}", list(&short)),
            1 => format!("WITH picked AS ({next}) UPDATE {name} SET {set} FROM picked WHERE {pairs} AND {own}"),
            2 => format!("UPDATE {name} SET {set} FROM ({next}) picked WHERE {pairs} AND {own}"),
            _ => {
                self.safe &= !self.schema.leaks(table, true);
                format!("WITH picked AS MATERIALIZED ({next}) DELETE FROM {name} USING picked WHERE {pairs} AND {own}")
            }
        }
    }
}
