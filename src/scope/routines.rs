//! What the functions, procedures and operators of a history do when they are called.

use std::collections::{BTreeMap, BTreeSet};

use crate::pg::{Ident, Name, function, operator};
use crate::statement::object::function::CreateFunction;
use crate::statement::object::parameter::ParameterMode;

/// What a body does, worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Conduct {
    /// It computes with what it is given.
    Plain,
    /// It reads or writes rows.
    Rows,
    /// It changes definitions, and its text says which.
    Definitions,
    /// It may change any definition, or nobody knows.
    Anything,
}

/// What is known of one routine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// What it does.
    pub(super) conduct: Conduct,
    /// The definitions that it changes, as statements.
    pub(super) changes: BTreeSet<String>,
    /// The columns of NEW that it assigns as a trigger.
    pub(super) assigns: BTreeSet<Ident>,
}

/// Routines and operators that the history makes.
#[derive(Clone, Debug, Default)]
pub(super) struct Routines {
    /// By name without schema, then by signature with schema; one that is gone stays.
    known: BTreeMap<Ident, BTreeMap<String, Known>>,
    operators: BTreeSet<String>,
}

impl Routines {
    /// Takes note of a routine.
    pub(super) fn make(&mut self, create: &CreateFunction, known: Known) {
        let given = create.parameters.iter().filter(|parameter| parameter.mode != Some(ParameterMode::Out));
        let types: Vec<String> = given.map(|parameter| parameter.data_type.to_string()).collect();
        self.note(&create.name, types.join(", "), known);
    }

    /// Takes note of an aggregate, or of a name that a routine had or gets.
    pub(super) fn name(&mut self, name: &Name) {
        self.note(
            name,
            "?".into(),
            Known { conduct: Conduct::Anything, changes: BTreeSet::new(), assigns: BTreeSet::new() },
        );
    }

    fn note(&mut self, name: &Name, signature: String, known: Known) {
        let worse = known.conduct != Conduct::Plain;
        let bodies_may_call_it = function::reads_no_table(name.last().as_str()) || self.is_plain(name.last());
        if worse && bodies_may_call_it {
            // Bodies look names up when they run: what they called before may be this one now.
            self.known.values_mut().flat_map(BTreeMap::values_mut).for_each(|known| known.conduct = Conduct::Anything);
        }
        let schema = name.schema().map(ToString::to_string).unwrap_or_default();
        self.known.entry(name.last().clone()).or_default().insert(format!("{schema}({signature})"), known);
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

    /// Returns the definitions that routines of this name change, as statements.
    pub(super) fn changes(&self, name: &Ident) -> impl Iterator<Item = &String> {
        self.known.get(name).into_iter().flat_map(BTreeMap::values).flat_map(|known| &known.changes)
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
