//! Commands that a body puts together, and calls of other routines.

use super::program::{Argument, Kind, Routine};
use super::store::{into, quoted};
use super::{Grammar, Scope, Source, Type};

/// Stands for the tenant in a command's text until it is known how it comes in.
const MARK: &str = "@tenant@";

impl Grammar<'_> {
    /// EXECUTE.
    pub(super) fn execute(&mut self) -> Vec<String> {
        match self.random.below(3) {
            0 => {
                let (command, using) =
                    self.command(|grammar| grammar.subquery(&grammar.base.clone(), &[Type::Int, Type::Text], 0));
                let targets = [self.target(Type::Int), self.target(Type::Text)];
                vec![format!("EXECUTE {command} INTO {}{using};", targets.join(", "))]
            }
            _ => {
                let (command, using) = self.command(|grammar| {
                    let text = grammar.write();
                    text.trim_end_matches(';').to_owned()
                });
                vec![format!("EXECUTE {command}{using};")]
            }
        }
    }

    /// A query of [`KEYED`](super::body::KEYED) that is put together when it runs.
    pub(super) fn executed(&mut self) -> (String, Vec<(String, Type)>, Option<String>) {
        let mut shape = None;
        let (command, using) = self.command(|grammar| {
            let (text, columns, tied) = grammar.keyed(&grammar.base.clone(), 0);
            shape = Some((columns, tied));
            text
        });
        let (columns, tied) = shape.unwrap();
        (format!("EXECUTE {command}{using}"), columns, tied)
    }

    /// A text that is a command when it runs, and USING.
    fn command(&mut self, make: impl FnOnce(&mut Self) -> String) -> (String, String) {
        let (tenant, base) = (self.designator.clone(), self.base.clone());
        let value = if self.slips(12) { self.value(&base, Type::Int, 0) } else { tenant.clone() };
        let other = self.value(&base, Type::Int, 0);
        let way = self.random.below(6);
        let tenants = std::mem::take(&mut self.frame.tenants);
        let rows = std::mem::take(&mut self.frame.rows);
        let (mark, columns) = match way {
            0..=2 => ("$1", vec![("$2".to_owned(), Type::Int)]),
            _ => (MARK, Vec::new()),
        };
        self.designator = mark.into();
        self.base = match columns.is_empty() {
            true => Scope::default(),
            false => Scope(vec![vec![Source { alias: String::new(), columns, table: None, tied: None }]]),
        };
        let text = make(self);
        (self.designator, self.base) = (tenant, base);
        (self.frame.tenants, self.frame.rows) = (tenants, rows);
        match way {
            0..=2 if text.contains("$2") => (quoted(&text), format!(" USING {value}, {other}")),
            0..=2 if text.contains("$1") => (quoted(&text), format!(" USING {value}")),
            0..=2 => (quoted(&text), String::new()),
            3 | 4 => {
                let given = format!(", {value}").repeat(text.matches(MARK).count());
                let text = quoted(&text.replace('%', "%%").replace(MARK, "%L"));
                (format!("format({text}{given})"), String::new())
            }
            _ => {
                let text = quoted(&text).replace(MARK, &format!("' || quote_nullable({value}) || '"));
                (text, String::new())
            }
        }
    }

    /// A call whose result is not looked at.
    pub(super) fn performed(&mut self) -> Vec<String> {
        let base = self.base.clone();
        let Some(routine) = self.known_routine() else {
            let value = self.single(&base, Type::Int, 0);
            return vec![format!("PERFORM {value};")];
        };
        let given = self.given(&routine, &base);
        match routine.kind {
            Kind::Procedure => vec![format!("CALL {}({given});", routine.name)],
            Kind::Function if self.random.chance(30) => vec![format!("PERFORM * FROM {}({given});", routine.name)],
            Kind::Function if routine.is_single && self.random.chance(40) => {
                let target = self.target(Type::Text);
                vec![into(&format!("SELECT q.* FROM {}({given}) q", routine.name), &target)]
            }
            Kind::Function => vec![format!("PERFORM {}({given});", routine.name)],
        }
    }

    /// The value of another routine, a number.
    pub(super) fn routine_value(&mut self) -> Option<String> {
        let routine = self.known_routine().filter(|routine| routine.is_number)?;
        let base = self.base.clone();
        let given = self.given(&routine, &base);
        Some(format!("{}({given})", routine.name))
    }

    fn known_routine(&mut self) -> Option<Routine> {
        if self.routines.is_empty() {
            return None;
        }
        Some(self.random.pick(&self.routines).clone())
    }

    /// The arguments of a call.
    pub(super) fn given(&mut self, routine: &Routine, scope: &Scope) -> String {
        let mut given = Vec::new();
        let named = self.random.chance(15) && routine.arguments.iter().all(|(name, _)| !name.is_empty());
        for (name, argument) in &routine.arguments {
            let value = match argument {
                Argument::Tenant if self.slips(12) => self.value(scope, Type::Int, 0),
                Argument::Tenant => self.designator.clone(),
                Argument::Given => self.value(scope, Type::Int, 0),
                Argument::Back if self.frame.is_open() => self.target(Type::Int),
                Argument::Back => "2".to_owned(),
            };
            given.push(if named { format!("{name} => {value}") } else { value });
        }
        if named {
            self.random.shuffle(&mut given);
        }
        given.join(", ")
    }
}
