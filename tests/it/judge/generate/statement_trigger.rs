//! Triggers that run once for a statement, and see what it left behind as tables.

use super::body::Returned;
use super::{Grammar, Source};

impl Grammar<'_> {
    /// Such a trigger, and a write that fires it.
    pub(super) fn statement_trigger(&mut self, root: &str) -> (Vec<String>, String) {
        let table = loop {
            let table = self.owned_table();
            if self.schema.tables[table].short != "audit" {
                break table;
            }
        };
        let tenant = self.tenant_column(table).unwrap_or_default().to_owned();
        let event = *self.random.pick(&["INSERT", "UPDATE", "UPDATE", "DELETE"]);
        let names: &[(&str, &str)] = match event {
            "INSERT" => &[("NEW", "fresh")],
            "DELETE" => &[("OLD", "gone")],
            _ => &[("NEW", "fresh"), ("OLD", "gone")],
        };
        let seen = |(_, name): &(&str, &str)| Source {
            tied: Some(tenant.clone()),
            table: None,
            ..self.source(table, (*name).to_owned())
        };
        let transitions: Vec<Source> = names.iter().map(seen).collect();
        let body = match root.starts_with([':', '$']) {
            true => self.template(&transitions, &tenant),
            false => self.free_body(root, transitions),
        };
        let referencing: Vec<String> =
            names.iter().map(|(version, name)| format!("{version} TABLE AS {name}")).collect();
        let (name, on) = (self.fresh('g'), self.schema.tables[table].name.clone());
        let setup = vec![
            format!("CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $b$\n{body}\n$b$"),
            format!(
                "CREATE TRIGGER {name} AFTER {event} ON {on} REFERENCING {} FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
                referencing.join(" ")
            ),
        ];
        self.leave(root);
        self.aim = Some(table);
        let text = match event {
            "INSERT" => self.insert(),
            "DELETE" => self.delete(),
            _ => self.update(),
        };
        (setup, text)
    }

    /// A body that names the tenant.
    fn free_body(&mut self, root: &str, transitions: Vec<Source>) -> String {
        self.frame.transitions = transitions;
        let kept = self.frame.transitions.clone();
        self.enter(root, vec![root.to_owned()], Returned::Nothing);
        self.frame.transitions = kept;
        self.look();
        let body = self.body(vec!["RETURN NULL;".into()]);
        body.replace(" THEN RETURN; END IF;", " THEN RETURN NULL; END IF;")
    }

    /// A body in which only the rows tell the tenant.
    fn template(&mut self, transitions: &[Source], tenant: &str) -> String {
        let rows = self.random.pick(transitions).alias.clone();
        let other = self.owned_table();
        let (short, name) = (self.schema.tables[other].short.clone(), self.schema.tables[other].name.clone());
        let column = self.tenant_column(other).unwrap_or_default().to_owned();
        let tie = match self.slips(35) {
            true => (*self.random.pick(&["true", "r.weight = o.weight", "r.weight IS NOT NULL"])).to_owned(),
            false => format!("o.{column} = r.{tenant}"),
        };
        let own = match self.slips(10) {
            true => "1".to_owned(),
            false => format!("r.{tenant}"),
        };
        let line = match self.random.below(7) {
            0 => format!(
                "INSERT INTO audit (tenant_id, what, weight) SELECT {own}, 'all', sum(r.weight) FROM {rows} r GROUP BY r.{tenant};"
            ),
            1 => format!("UPDATE {name} o SET weight = r.weight FROM {rows} r WHERE {tie};"),
            2 => format!("UPDATE {name} o SET weight = 1 WHERE EXISTS (SELECT 1 FROM {rows} r WHERE {tie});"),
            3 => format!(
                "INSERT INTO audit (tenant_id, what, weight) SELECT {own}, '{short}', (SELECT count(*) FROM {name} o WHERE {tie}) FROM {rows} r;"
            ),
            4 => format!(
                "DELETE FROM audit a USING {rows} r, {name} o WHERE a.tenant_id = r.{tenant} AND a.weight = o.weight AND {tie};"
            ),
            5 => format!(
                "FOR q IN SELECT r.{tenant} AS t, r.weight FROM {rows} r LOOP UPDATE {name} SET weight = q.weight WHERE {column} = q.t; END LOOP;"
            ),
            _ => format!(
                "FOR q IN SELECT {own} AS t, o.weight FROM {rows} r JOIN {name} o ON {tie} LOOP INSERT INTO audit (tenant_id, weight) VALUES (q.t, q.weight); END LOOP;"
            ),
        };
        let many = if self.random.chance(50) { "IF NOT FOUND THEN RETURN NULL; END IF;\n" } else { "" };
        format!("DECLARE q record;\nBEGIN\n{line}\n{many}RETURN NULL;\nEND")
    }
}
