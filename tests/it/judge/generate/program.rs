//! Routines, and the statements that call them; blocks; triggers and the writes that fire them.

use super::body::{Frame, Returned};
use super::{Grammar, Made, Scope, Source, Type};
use crate::judge::schema::Owner;

/// A routine that was made.
#[derive(Clone, Debug)]
pub(super) struct Routine {
    /// Its name.
    pub(super) name: String,
    /// What it is.
    pub(super) kind: Kind,
    /// Its parameters by name.
    pub(super) arguments: Vec<(String, Argument)>,
    /// Whether it returns one number.
    pub(super) is_number: bool,
    /// Whether it returns one value.
    pub(super) is_single: bool,
}

/// What a routine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Function,
    Procedure,
}

/// What a parameter is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Argument {
    /// It names the tenant.
    Tenant,
    /// It is a number.
    Given,
    /// It is a number that is given back.
    Back,
}

impl Grammar<'_> {
    /// A statement along with the routines that it calls.
    pub(super) fn program(&mut self) -> Made {
        let root = self.designator.clone();
        let is_steady = !root.starts_with([':', '$']);
        let mut setup = Vec::new();
        if self.random.chance(25) {
            setup.push(self.routine(&root));
        }
        let (shape, text) = match self.random.below(16) {
            0..=2 if is_steady => ("block", self.do_block(&root)),
            3 | 4 => {
                setup.push(self.procedure(&root));
                let routine = self.routines.last().cloned().unwrap();
                self.leave(&root);
                let given = self.given(&routine, &Scope::default());
                ("procedure", format!("CALL {}({given})", routine.name))
            }
            5 | 6 => {
                setup.push(self.sql_function(&root));
                ("function in SQL", self.caller(&root))
            }
            7..=9 => {
                let (before, text) = self.trigger(&root);
                setup.extend(before);
                ("trigger", text)
            }
            10 | 11 => {
                let (before, text) = self.statement_trigger(&root);
                setup.extend(before);
                ("trigger of a statement", text)
            }
            _ => {
                setup.push(self.routine(&root));
                ("function", self.caller(&root))
            }
        };
        Made { setup, text, safe: self.safe, shape }
    }

    /// Begins a body with these tenants.
    pub(super) fn enter(&mut self, root: &str, tenants: Vec<String>, result: Returned) {
        let mut tenants = tenants;
        if !root.starts_with([':', '$']) && (tenants.is_empty() || self.random.chance(30)) {
            tenants.push(root.to_owned());
        }
        let (ints, texts) = (vec!["v0".to_owned()], vec!["w0".to_owned()]);
        self.frame = Frame { tenants, ints, texts, result, ..Frame::default() };
        self.look();
    }

    /// Is outside of any body again.
    pub(super) fn leave(&mut self, root: &str) {
        self.frame = Frame::default();
        self.base = Scope::default();
        self.designator = root.to_owned();
        self.ctes.clear();
        self.depth = 1;
    }

    /// A body's text.
    pub(super) fn body(&mut self, end: Vec<String>) -> String {
        let mut lines = Vec::new();
        if self.random.chance(8) {
            lines.push("#variable_conflict use_column".to_owned());
        }
        if self.random.chance(20) {
            let label = self.fresh('b');
            lines.push(format!("<<{label}>>"));
            self.frame.label = self.slips(30).then_some(label);
        }
        lines.extend(["DECLARE".to_owned(), "v0 int := 1;".into(), "w0 text;".into()]);
        lines.extend(self.declarations());
        lines.push("BEGIN".into());
        lines.extend(self.statements(2));
        if self.random.chance(60) {
            lines.push(self.log());
        }
        self.look();
        for line in end {
            let line = match line.as_str() {
                "int" => format!("RETURN {};", self.value(&self.base.clone(), Type::Int, 1)),
                "text" => format!("RETURN {};", self.shown()),
                "rows" => self.returned_rows(),
                _ => line,
            };
            lines.push(line);
        }
        lines.push("END".into());
        lines.join("\n")
    }

    /// RETURN QUERY or RETURN NEXT.
    pub(super) fn returned_rows(&mut self) -> String {
        let base = self.base.clone();
        match self.random.below(4) {
            0 => {
                let tenant = self.designator.clone();
                let (number, text) = (self.value(&base, Type::Int, 0), self.value(&base, Type::Text, 0));
                format!("o1 := {tenant}; o2 := {number}; o3 := {text}; RETURN NEXT;")
            }
            1 => {
                let (command, ..) = self.executed();
                format!("RETURN QUERY {command};")
            }
            _ => format!("RETURN QUERY {};", self.keyed(&base, 0).0),
        }
    }

    /// CREATE FUNCTION in PL/pgSQL.
    fn routine(&mut self, root: &str) -> String {
        let name = self.fresh('g');
        let result = *self.random.pick(&[
            Returned::Int,
            Returned::Int,
            Returned::Text,
            Returned::Text,
            Returned::Rows,
            Returned::Nothing,
        ]);
        let (list, tenants, arguments) = self.parameters(&name);
        let own = arguments[0].0.clone();
        self.enter(root, tenants, result);
        if !own.is_empty() {
            self.frame.assignable.push(own);
        }
        self.frame.ints.extend(arguments[1..].iter().map(|(name, _)| name.clone()));
        let (of, end) = match result {
            Returned::Int => ("int", "int"),
            Returned::Text => ("text", "text"),
            Returned::Rows => ("TABLE (o1 int, o2 int, o3 text)", "rows"),
            Returned::Nothing | Returned::Nowhere => ("void", "RETURN;"),
        };
        let body = self.body(vec![end.to_owned()]);
        let attribute = self.attribute();
        self.routines.push(Routine {
            name: name.clone(),
            kind: Kind::Function,
            arguments,
            is_number: result == Returned::Int,
            is_single: matches!(result, Returned::Int | Returned::Text),
        });
        format!("CREATE FUNCTION {name}({list}) RETURNS {of} LANGUAGE plpgsql{attribute} AS $b$\n{body}\n$b$")
    }

    fn attribute(&mut self) -> &'static str {
        if self.slips(4) {
            return " SET app.tenant_id = '3'";
        }
        const ALL: &[&str] = &["", "", "", "", " STRICT", " SECURITY DEFINER", " SET search_path = public"];
        self.random.pick::<&str>(ALL)
    }

    /// The parameters of a routine: the list, what names the tenant in its body, and what each is for.
    fn parameters(&mut self, routine: &str) -> (String, Vec<String>, Vec<(String, Argument)>) {
        let own = match self.slips(6) {
            true => (*self.random.pick(&["id", "weight", "n", "code"])).to_owned(),
            false => (*self.random.pick(&["p", "p", "acc", "t_id", ""])).to_owned(),
        };
        let mut tenants = vec!["$1".to_owned()];
        if !own.is_empty() {
            tenants.extend([own.clone(), own.clone(), format!("{routine}.{own}")]);
        }
        let mut list = vec![format!("{own} int").trim().to_owned()];
        let mut arguments = vec![(own, Argument::Tenant)];
        if self.random.chance(60) {
            let name = self.fresh('q');
            list.push(format!("{name} int"));
            arguments.push((name, Argument::Given));
        }
        (list.join(", "), tenants, arguments)
    }

    fn procedure(&mut self, root: &str) -> String {
        let name = self.fresh('g');
        let (mut list, tenants, mut arguments) = self.parameters(&name);
        self.enter(root, tenants, Returned::Nothing);
        if !arguments[0].0.is_empty() {
            self.frame.assignable.push(arguments[0].0.clone());
        }
        if self.random.chance(60) {
            let back = self.fresh('x');
            list = format!("{list}, INOUT {back} int");
            arguments.push((back, Argument::Back));
        }
        self.frame.ints.extend(arguments[1..].iter().map(|(name, _)| name.clone()));
        let body = self.body(Vec::new());
        let attribute = self.attribute().replace(" STRICT", "");
        let kind = Kind::Procedure;
        self.routines.push(Routine { name: name.clone(), kind, arguments, is_number: false, is_single: false });
        format!("CREATE PROCEDURE {name}({list}) LANGUAGE plpgsql{attribute} AS $b$\n{body}\n$b$")
    }

    fn do_block(&mut self, root: &str) -> String {
        self.enter(root, vec![root.to_owned()], Returned::Nothing);
        let end = self.log();
        let body = self.body(vec![end]);
        self.leave(root);
        format!("DO $b$\n{body}\n$b$")
    }

    /// A function whose body is statements in SQL.
    fn sql_function(&mut self, root: &str) -> String {
        let name = self.fresh('g');
        let (list, tenants, arguments) = self.parameters(&name);
        self.enter(root, tenants, Returned::Int);
        self.frame.ints = arguments[1..].iter().map(|(name, _)| name.clone()).collect();
        self.frame.texts.clear();
        let mut statements = Vec::new();
        for _ in 0..self.random.below(3) {
            self.look();
            statements.push(self.write());
        }
        self.look();
        let base = self.base.clone();
        let (of, is_number, last) = match self.random.below(3) {
            0 => ("int", true, self.single(&base, Type::Int, 1)),
            1 => ("SETOF int", false, self.subquery(&base, &[Type::Int], 1)),
            _ => ("TABLE (o1 int, o2 int, o3 text)", false, self.keyed(&base, 1).0),
        };
        let last = if is_number { format!("SELECT {last}") } else { last };
        let is_atomic = self.random.chance(35) && !statements.iter().any(|text| text.starts_with("MERGE"));
        statements.push(if is_atomic { format!("{last};") } else { last });
        let body = statements.join("\n");
        self.routines.push(Routine {
            name: name.clone(),
            kind: Kind::Function,
            arguments,
            is_number,
            is_single: is_number,
        });
        match is_atomic {
            true => format!("CREATE FUNCTION {name}({list}) RETURNS {of} LANGUAGE sql BEGIN ATOMIC\n{body}\nEND"),
            false => format!("CREATE FUNCTION {name}({list}) RETURNS {of} LANGUAGE sql AS $b$\n{body}\n$b$"),
        }
    }

    /// A statement that calls the last routine.
    fn caller(&mut self, root: &str) -> String {
        self.leave(root);
        let Some(routine) = self.routines.last().cloned() else { return self.plain() };
        let name = routine.name.clone();
        let none = Scope::default();
        match self.random.below(8) {
            0 | 1 => format!("SELECT * FROM {name}({})", self.given(&routine, &none)),
            2 => {
                let table = self.owned_table();
                let alias = self.fresh_alias();
                let source = self.source(table, alias.clone());
                let edge = self.edge(&source, &[]).unwrap_or_else(|| "true".into());
                let given = self.given(&routine, &none.with(vec![source]));
                let from = self.schema.tables[table].name.clone();
                format!("SELECT {alias}.weight, {name}({given}) FROM {from} {alias} WHERE {edge}")
            }
            3 if routine.is_number => {
                let table = self.owned_table();
                let short = self.schema.tables[table].short.clone();
                let source = self.source(table, short.clone());
                let edge = self.edge(&source, &[]).unwrap_or_else(|| "true".into());
                let given = self.given(&routine, &none.with(vec![source]));
                format!("UPDATE {} SET weight = {name}({given}) WHERE {edge}", self.schema.tables[table].name)
            }
            4 if !root.starts_with([':', '$']) => {
                let given = self.given(&routine, &none);
                format!("DO $b$\nBEGIN\nPERFORM {name}({given});\nEND $b$")
            }
            _ => format!("SELECT {name}({})", self.given(&routine, &none)),
        }
    }

    /// A trigger, and a write that fires it.
    fn trigger(&mut self, root: &str) -> (Vec<String>, String) {
        let table = loop {
            let table = self.owned_table();
            if self.schema.tables[table].short != "audit" {
                break table;
            }
        };
        let Owner::Column(column) = self.schema.tables[table].owner else { return (Vec::new(), self.plain()) };
        let column = self.schema.tables[table].columns[column].name.clone();
        let event = *self.random.pick(&["INSERT", "UPDATE", "UPDATE", "DELETE"]);
        let timing = *self.random.pick(&["BEFORE", "BEFORE", "AFTER"]);
        let rows: &[&str] = match event {
            "INSERT" => &["NEW"],
            "DELETE" => &["OLD"],
            _ => &["NEW", "OLD"],
        };
        let tenants = rows.iter().map(|row| format!("{row}.{column}")).collect();
        self.enter(root, tenants, Returned::Nowhere);
        self.frame.result = Returned::Nothing;
        for row in rows {
            let source = Source { tied: Some(column.clone()), table: None, ..self.source(table, (*row).to_owned()) };
            self.frame.rows.push(source);
        }
        let name = self.fresh('g');
        let end = if timing == "AFTER" && self.random.chance(50) {
            "RETURN NULL;".to_owned()
        } else {
            format!("RETURN {};", rows[0])
        };
        let body = self.body(vec![end]).replace(" THEN RETURN; END IF;", " THEN RETURN NULL; END IF;");
        let of = if event == "UPDATE" && self.random.chance(25) { " OF weight" } else { "" };
        let when = if self.random.chance(25) { format!(" WHEN ({}.weight > 1)", rows[0]) } else { String::new() };
        let on = self.schema.tables[table].name.clone();
        self.leave(root);
        self.aim = Some(table);
        let text = match event {
            "INSERT" => self.insert(),
            "DELETE" => self.delete(),
            _ => self.update(),
        };
        let setup = vec![
            format!("CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $b$\n{body}\n$b$"),
            format!("CREATE TRIGGER {name} {timing} {event}{of} ON {on} FOR EACH ROW{when} EXECUTE FUNCTION {name}()"),
        ];
        (setup, text)
    }
}
