//! What the functions, procedures and operators of a history do when they are called.

use std::collections::{BTreeMap, BTreeSet};

use crate::pg::{Ident, Name, operator};
use crate::statement::object::function::CreateFunction;
use crate::statement::object::parameter::ParameterMode;

/// What a body does, worst last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Conduct {
    /// It computes with what it is given.
    #[default]
    Plain,
    /// It reads or writes rows.
    Rows,
    /// It changes definitions, and its text says which.
    Definitions,
    /// It may change any definition, or nobody knows.
    Anything,
}

/// What is known of one routine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// What it does.
    pub(super) conduct: Conduct,
    /// Whether it writes rows, be it of tables that no tenant owns.
    pub(super) writes: bool,
    /// The definitions that it changes, as statements.
    pub(super) changes: BTreeSet<String>,
    /// The functions that it calls, without their schemas.
    pub(super) calls: BTreeSet<Ident>,
    /// The columns of NEW that it assigns as a trigger.
    pub(super) assigns: BTreeSet<Ident>,
    /// Whether triggers run it.
    pub(super) is_of_triggers: bool,
}

impl Known {
    /// Takes in what a routine does that it runs; says whether anything of it is new.
    fn learn(&mut self, called: &Known) -> bool {
        let is_new =
            called.conduct > self.conduct || called.writes && !self.writes || !called.changes.is_subset(&self.changes);
        self.conduct = self.conduct.max(called.conduct);
        self.writes |= called.writes;
        self.changes.extend(called.changes.iter().cloned());
        is_new
    }
}

/// Routines and operators that the history makes.
#[derive(Clone, Debug, Default)]
pub(super) struct Routines {
    /// By name without schema, then by signature with schema; one that is gone stays.
    known: BTreeMap<Ident, BTreeMap<String, Known>>,
    /// Who calls a name, whether or not it means a routine yet.
    callers: BTreeMap<Ident, BTreeSet<Ident>>,
    /// Those that change definitions.
    redefining: BTreeSet<Ident>,
    /// Some trigger runs one of those.
    is_redefined_by_triggers: bool,
    operators: BTreeSet<String>,
}

impl Routines {
    /// Takes note of a routine.
    pub(super) fn make(&mut self, create: &CreateFunction, known: Known) {
        let given = create.parameters.iter().filter(|parameter| parameter.mode != Some(ParameterMode::Out));
        let types: Vec<String> = given.map(|parameter| parameter.data_type.to_string()).collect();
        self.note(&create.name, types.join(", "), known);
    }

    /// Takes note of an aggregate, which computes by other functions.
    pub(super) fn aggregate(&mut self, name: &Name, calls: BTreeSet<Ident>) {
        let mut known = Known { conduct: Conduct::Rows, ..Known::default() };
        for called in calls.iter().filter_map(|called| self.merged(called)) {
            known.learn(&called);
        }
        self.note(name, "?".into(), Known { calls, ..known });
    }

    /// Lets routines have two names: those who kept a routine that is renamed run it, whatever takes its name later.
    pub(super) fn rename(&mut self, from: &Name, to: &Name) {
        let unknown = || Known { conduct: Conduct::Anything, ..Known::default() };
        let known = self.merged(from.last()).unwrap_or_else(unknown);
        self.note(from, "?".into(), known.clone());
        self.note(to, "?".into(), known);
    }

    /// What routines of one name do together; `None` when there is none.
    fn merged(&self, name: &Ident) -> Option<Known> {
        let mut merged = Known::default();
        for known in self.known.get(name)?.values() {
            merged.learn(known);
            merged.calls.extend(known.calls.iter().cloned());
            merged.assigns.extend(known.assigns.iter().cloned());
            merged.is_of_triggers |= known.is_of_triggers;
        }
        Some(merged)
    }

    fn note(&mut self, name: &Name, signature: String, known: Known) {
        for called in &known.calls {
            self.callers.entry(called.clone()).or_default().insert(name.last().clone());
        }
        let schema = name.schema().map(ToString::to_string).unwrap_or_default();
        self.known.entry(name.last().clone()).or_default().insert(format!("{schema}({signature})"), known);
        self.spread(name.last());
    }

    /// Who calls a routine does what that one does: bodies look names up when they run, whatever was made first.
    fn spread(&mut self, name: &Ident) {
        let mut open = vec![name.clone()];
        while let Some(name) = open.pop() {
            let Some(own) = self.merged(&name) else { continue };
            if own.conduct >= Conduct::Definitions {
                self.is_redefined_by_triggers |= own.is_of_triggers;
                self.redefining.insert(name.clone());
            }
            for caller in self.callers.get(&name).cloned().unwrap_or_default() {
                let all = self.known.get_mut(&caller).into_iter().flat_map(BTreeMap::values_mut);
                let mut learnt = false;
                all.filter(|known| known.calls.contains(&name)).for_each(|known| learnt |= known.learn(&own));
                if learnt {
                    open.push(caller);
                }
            }
        }
    }

    /// Takes note of an operator.
    pub(super) fn operator(&mut self, symbol: &str) {
        self.operators.insert(symbol.to_owned());
    }

    /// Says whether the history makes a routine of this name.
    pub(super) fn is_known(&self, name: &Ident) -> bool {
        self.known.contains_key(name)
    }

    /// Returns the worst that a routine of this name does; `None` when there is none.
    pub(super) fn conduct(&self, name: &Ident) -> Option<Conduct> {
        self.known.get(name)?.values().map(|known| known.conduct).max()
    }

    /// Says whether a routine of this name writes rows.
    pub(super) fn writes(&self, name: &Ident) -> bool {
        self.known.get(name).is_some_and(|all| all.values().any(|known| known.writes))
    }

    /// Returns the definitions that routines of this name change, as statements.
    pub(super) fn changes(&self, name: &Ident) -> impl Iterator<Item = &String> {
        self.known.get(name).into_iter().flat_map(BTreeMap::values).flat_map(|known| &known.changes)
    }

    /// Returns the names of routines that change definitions.
    pub(super) fn redefining(&self) -> impl Iterator<Item = &Ident> {
        self.redefining.iter()
    }

    /// Says whether a trigger may change definitions: then whoever writes rows may.
    pub(super) fn is_redefined_by_triggers(&self) -> bool {
        self.is_redefined_by_triggers
    }

    /// Says whether all that is known of a name came from statements that make routines under it.
    pub(super) fn is_settled(&self, name: &Ident) -> bool {
        self.known.get(name).is_none_or(|all| all.keys().all(|signature| !signature.ends_with("(?)")))
    }

    /// Says whether there are routines of this name and all compute with what they are given.
    pub(super) fn is_plain(&self, name: &Ident) -> bool {
        self.conduct(name) == Some(Conduct::Plain)
    }

    /// Says whether a routine of this name assigns a column of NEW.
    pub(super) fn assigns(&self, name: &Ident, column: &Ident) -> bool {
        self.known.get(name).is_some_and(|all| all.values().any(|known| known.assigns.contains(column)))
    }

    /// Says whether an operator with this symbol can only be PostgreSQL's own.
    pub(super) fn is_builtin_operator(&self, symbol: &str) -> bool {
        operator::is_builtin(symbol) && !self.operators.contains(symbol)
    }
}
