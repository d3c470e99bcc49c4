//! Bodies in PL/pgSQL: declarations and statements, a line each.

use super::cursor::Cursor;
use super::{Grammar, Scope, Source, Type};
use crate::judge::schema::Owner;

/// The columns of a query that gives a tenant and two values.
pub(super) const KEYED: &[(&str, Type)] = &[("k", Type::Int), ("v", Type::Int), ("w", Type::Text)];

/// The body that is being made, at one place of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Frame {
    /// Expressions that are the tenant here.
    pub(super) tenants: Vec<String>,
    /// Those of them that can be assigned.
    pub(super) assignable: Vec<String>,
    /// Numbers.
    pub(super) ints: Vec<String>,
    /// Texts.
    pub(super) texts: Vec<String>,
    /// Variables of the type `record`.
    pub(super) records: Vec<String>,
    /// Variables of a table's row type.
    pub(super) row_types: Vec<(String, usize)>,
    /// Variables that hold a row.
    pub(super) rows: Vec<Source>,
    /// Variables of loops: they are not given another row.
    pub(super) locked: Vec<String>,
    /// Numbers that nobody assigned yet.
    pub(super) spare: Vec<String>,
    /// Cursors that are declared and not open.
    pub(super) cursors: Vec<Cursor>,
    /// Arrays of numbers.
    pub(super) arrays: Vec<String>,
    /// What a statement that fired the trigger leaves behind, as tables.
    pub(super) transitions: Vec<Source>,
    /// The label of the innermost block that has one.
    pub(super) label: Option<String>,
    /// The names that can be qualified with it.
    pub(super) labelled: Vec<String>,
    /// What the routine returns.
    pub(super) result: Returned,
    /// How deep loops nest here.
    pub(super) loops: usize,
}

/// What a routine returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Returned {
    /// There is no routine.
    #[default]
    Nowhere,
    /// Nothing.
    Nothing,
    /// A number.
    Int,
    /// A text.
    Text,
    /// Rows of a tenant and two values.
    Rows,
}

impl Frame {
    /// Says whether there is a body.
    pub(super) fn is_open(&self) -> bool {
        self.result != Returned::Nowhere
    }

    /// The variables as sources.
    fn sources(&self) -> Vec<Source> {
        let ints = self.ints.iter().map(|name| (name.clone(), Type::Int));
        let texts = self.texts.iter().map(|name| (name.clone(), Type::Text));
        let plain = Source { alias: String::new(), columns: ints.chain(texts).collect(), table: None, tied: None };
        let labelled = self.label.iter().map(|label| {
            let columns = self.labelled.iter().map(|name| (name.clone(), Type::Int)).collect();
            Source { alias: label.clone(), columns, table: None, tied: None }
        });
        let rows = self.rows.iter().cloned();
        [plain].into_iter().chain(labelled).chain(rows).filter(|source| !source.columns.is_empty()).collect()
    }
}

impl Grammar<'_> {
    /// Lets expressions see the variables as they are now.
    pub(super) fn look(&mut self) {
        let sources = self.frame.sources();
        self.base = if sources.is_empty() { Scope::default() } else { Scope(vec![sources]) };
        if let Some(tenant) = (!self.frame.tenants.is_empty()).then(|| self.random.pick(&self.frame.tenants)) {
            self.designator = tenant.clone();
        }
        self.ctes = self.frame.transitions.clone();
        self.depth = usize::from(self.random.chance(8));
    }

    /// Another name for a variable.
    pub(super) fn fresh(&mut self, letter: char) -> String {
        self.names += 1;
        format!("{letter}{}", self.names)
    }

    /// DECLARE with a few variables.
    pub(super) fn declarations(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        for _ in 0..1 + self.random.below(3) {
            let line = match self.random.below(12) {
                0..=2 => self.tenant_variable(),
                3..=5 => self.int_variable(),
                6 | 7 => self.text_variable(),
                8 => {
                    let name = self.fresh('r');
                    self.frame.records.push(name.clone());
                    format!("{name} record;")
                }
                9 => self.row_variable(),
                _ => self.cursor_variable(),
            };
            lines.push(line);
        }
        let spare = self.fresh('t');
        lines.push(format!("{spare} int;"));
        self.frame.spare.push(spare);
        lines
    }

    fn tenant_variable(&mut self) -> String {
        self.look();
        let tenant = self.designator.clone();
        let name = match self.slips(4) {
            true => (*self.random.pick(&["id", "weight", "n", "code"])).to_owned(),
            false => self.fresh('t'),
        };
        self.frame.tenants.push(name.clone());
        self.frame.labelled.push(name.clone());
        let of = match self.random.below(8) {
            0 => {
                self.frame.assignable.push(name.clone());
                "projects.tenant_id%TYPE :="
            }
            1 => "CONSTANT int :=",
            2 => {
                self.frame.assignable.push(name.clone());
                "bigint :="
            }
            3 => {
                self.frame.assignable.push(name.clone());
                "int DEFAULT"
            }
            _ => {
                self.frame.assignable.push(name.clone());
                "int :="
            }
        };
        match self.random.chance(15) {
            true => format!("{name} {of} (SELECT {tenant});"),
            false => format!("{name} {of} {tenant};"),
        }
    }

    fn int_variable(&mut self) -> String {
        self.look();
        let name = self.fresh('v');
        let line = match self.random.below(5) {
            0 => format!("{name} int;"),
            1 => format!("{name} tickets.weight%TYPE;"),
            2 => {
                let inner = self.single(&self.base.clone(), Type::Int, 0);
                format!("{name} int := {inner};")
            }
            _ => format!("{name} int := {};", 1 + self.random.below(4)),
        };
        self.frame.ints.push(name.clone());
        self.frame.labelled.push(name);
        line
    }

    fn text_variable(&mut self) -> String {
        self.look();
        let name = self.fresh('w');
        let line = match self.random.below(4) {
            0 => format!("{name} text;"),
            1 => format!("{name} text := {};", self.single(&self.base.clone(), Type::Text, 0)),
            _ => format!("{name} text := 'a';"),
        };
        self.frame.texts.push(name);
        line
    }

    fn row_variable(&mut self) -> String {
        let table = self.owned_table();
        let name = self.fresh('r');
        let of = self.schema.tables[table].name.clone();
        let kind = if self.random.chance(70) { "%ROWTYPE" } else { "" };
        self.frame.row_types.push((name.clone(), table));
        self.frame.rows.push(self.source(table, name.clone()));
        format!("{name} {of}{kind};")
    }

    /// A table that names its tenant.
    pub(super) fn owned_table(&mut self) -> usize {
        loop {
            let table = self.table();
            if matches!(self.schema.tables[table].owner, Owner::Column(_)) {
                return table;
            }
        }
    }

    /// A few statements; names that are declared or set in them end with them.
    pub(super) fn branch(&mut self, depth: usize) -> Vec<String> {
        let outer = self.frame.clone();
        let lines = self.statements(depth);
        // What was slipped into a variable stays there; what is safe is so for the outer ones.
        self.frame = Frame { cursors: std::mem::take(&mut self.frame.cursors), ..outer };
        self.look();
        lines
    }

    /// A few statements.
    pub(super) fn statements(&mut self, depth: usize) -> Vec<String> {
        let mut lines = Vec::new();
        for _ in 0..if depth > 1 { 2 + self.random.below(3) } else { 1 + self.random.below(2) } {
            self.look();
            let more = self.statement_of(depth);
            lines.extend(more);
        }
        lines
    }

    fn statement_of(&mut self, depth: usize) -> Vec<String> {
        if depth > 0 && self.random.chance(35) {
            return self.nested(depth);
        }
        match self.random.below(36) {
            0..=6 => vec![self.write()],
            7..=10 => self.select_into(),
            11..=13 => self.returning_into(),
            14..=17 => self.assign(),
            18 | 19 => self.settle(),
            20..=22 => self.execute(),
            23 | 24 => self.performed(),
            25..=27 => self.cursor_walk(depth),
            28 => vec![self.diagnostics()],
            29 if self.frame.loops > 0 => vec![self.left()],
            30 if self.frame.result == Returned::Rows => vec![self.returned_rows()],
            31 => vec![self.early_return()],
            32 => self.session_change(),
            33 if depth > 0 => self.with_array(depth - 1),
            34 if self.random.chance(40) => self.with_table(),
            _ => vec![self.log()],
        }
    }

    /// A write whose rows nobody looks at.
    pub(super) fn write(&mut self) -> String {
        let with = if self.random.chance(10) { self.with() } else { String::new() };
        let text = match self.random.below(12) {
            0..=4 => self.update(),
            5 | 6 => self.delete(),
            7..=10 => self.insert(),
            _ => self.merge(),
        };
        format!("{with}{text};")
    }

    /// Writes the variables where they can be seen.
    pub(super) fn log(&mut self) -> String {
        self.look();
        let tenant = self.designator.clone();
        let (number, text) = (self.value(&self.base.clone(), Type::Int, 1), self.shown());
        format!("INSERT INTO audit (tenant_id, what, weight) VALUES ({tenant}, {text}, {number});")
    }

    /// All variables as one text.
    pub(super) fn shown(&mut self) -> String {
        let Frame { ints, texts, rows, .. } = &self.frame;
        let rows = rows.iter().filter(|row| !row.columns.is_empty()).map(|row| format!("{}::text", row.alias));
        let all: Vec<String> = ints.iter().chain(texts).cloned().chain(rows).collect();
        if all.is_empty() { "'-'".into() } else { format!("concat_ws('|', {})", all.join(", ")) }
    }

    fn diagnostics(&mut self) -> String {
        let target = self.target(Type::Int);
        match self.random.chance(50) {
            true => format!("GET DIAGNOSTICS {target} = ROW_COUNT;"),
            false => format!("{target} := CASE WHEN FOUND THEN 1 ELSE 2 END;"),
        }
    }

    fn early_return(&mut self) -> String {
        let condition = self.predicate(&self.base.clone(), 1);
        let value = match self.frame.result {
            Returned::Int => " v0",
            Returned::Text => " 'early'",
            _ => "",
        };
        let value =
            if value == " v0" { format!(" {}", self.value(&self.base.clone(), Type::Int, 0)) } else { value.into() };
        match self.random.chance(20) {
            true => format!("IF {condition} THEN RAISE EXCEPTION 'early'; END IF;"),
            false => format!("IF {condition} THEN RETURN{value}; END IF;"),
        }
    }

    /// The session's tenant changes in the middle.
    fn session_change(&mut self) -> Vec<String> {
        if !self.slips(100) {
            return vec![self.write()];
        }
        let line = match self.random.below(6) {
            0 => "PERFORM set_config('app.tenant_id', '3', true);".into(),
            1 => "SET LOCAL app.tenant_id = '3';".into(),
            2 => format!("{} := set_config('app.tenant_id', '3', false)::int;", self.target(Type::Int)),
            3 => "EXECUTE 'SET app.tenant_id = ''3''';".into(),
            4 => "SET LOCAL search_path = other, public;".into(),
            _ => format!(
                "PERFORM set_config('app.tenant_id', ({})::text, true);",
                self.value(&self.base.clone(), Type::Int, 1)
            ),
        };
        vec![line]
    }
}
