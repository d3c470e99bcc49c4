//! Row security: policies, and writes by a role to which they apply.

use super::{Grammar, Scope};

/// A role that is there on every server; the schema grants it everything.
const ROLE: &str = "pg_monitor";

impl Grammar<'_> {
    /// Policies, SET ROLE, and a statement that names its tenant as any other.
    pub(super) fn secured(&mut self) -> (&'static str, Vec<String>, String) {
        let root = self.designator.clone();
        let table = self.owned_table();
        let name = self.schema.tables[table].name.clone();
        let mut setup = vec![format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")];
        if self.random.chance(50) {
            setup.push(format!("ALTER TABLE {name} FORCE ROW LEVEL SECURITY"));
        }
        for _ in 0..1 + self.random.below(2) {
            let policy = self.fresh('p');
            let kind = *self.random.pick(&["", "", " AS PERMISSIVE", " AS RESTRICTIVE"]);
            let command = *self.random.pick(&["", "", " FOR ALL", " FOR SELECT", " FOR UPDATE"]);
            let to = *self.random.pick(&["", " TO pg_monitor", " TO PUBLIC"]);
            let using = self.policy(table);
            let check = match command == " FOR SELECT" || self.random.chance(50) {
                true => String::new(),
                false => format!(" WITH CHECK ({})", self.policy(table)),
            };
            setup.push(format!("CREATE POLICY {policy} ON {name}{kind}{command}{to} USING ({using}){check}"));
        }
        let who = *self.random.pick(&["SET ROLE", "SET LOCAL ROLE", "SET LOCAL ROLE", "SET role TO"]);
        if self.random.chance(80) {
            setup.push(format!("{who} {ROLE}"));
        }
        self.designator = root;
        self.aim = Some(table);
        let text = match self.random.below(6) {
            0 => {
                self.aim = None;
                self.top_query()
            }
            1..=3 => self.update(),
            4 => self.delete(),
            _ => self.insert(),
        };
        ("row security", setup, text)
    }

    /// The condition of a policy: about the row alone, or about rows of its tenant.
    fn policy(&mut self, table: usize) -> String {
        let steady: Vec<String> =
            self.designators.iter().filter(|text| !text.starts_with([':', '$'])).cloned().collect();
        self.designator = self.random.pick(&steady).clone();
        let short = self.schema.tables[table].short.clone();
        let mut source = self.source(table, short.clone());
        source.tied = self.tenant_column(table).map(ToOwned::to_owned);
        let tenant = source.column(&source.tied.clone().unwrap_or_default());
        let scope = Scope(vec![vec![source.clone()]]);
        match self.random.below(6) {
            0 => "true".into(),
            1 | 2 => format!("{tenant} = {}", self.designator),
            3 => self.predicate(&scope, 0),
            _ => {
                // What it reads is read for rows of others as well: it is tied to the row.
                let other = self.owned_table();
                let alias = self.fresh_alias();
                let inner = self.source(other, alias);
                let column = self.tenant_column(other).unwrap_or_default().to_owned();
                let tie = match self.slips(40) {
                    true => "true".to_owned(),
                    false => format!("{}.{column} = {tenant}", inner.alias),
                };
                let more = self.predicate(&Scope(vec![vec![inner.clone()]]), 0);
                let name = self.schema.tables[other].name.clone();
                format!("EXISTS (SELECT 1 FROM {name} {} WHERE {tie} AND {more})", inner.alias)
            }
        }
    }
}
