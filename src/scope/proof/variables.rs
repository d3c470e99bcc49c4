//! The variables and parameters of a body, each with what is known of its value at this point.

use std::collections::{BTreeMap, BTreeSet};

use super::analysis::Analysis;
use super::cursor::Cursors;
use super::node::Output;
use super::term::Term;
use super::value::Value;
use crate::pg::{Ident, Name, TypeName};
use crate::procedure::DataType;
use crate::scope::Designator;

/// What a name stands for in a body.
#[derive(Clone, Debug)]
pub(super) enum Variable {
    /// One value.
    Scalar(Value),
    /// A row: its columns, as far as they are known.
    Record(Vec<Output>),
}

/// How a declared variable takes a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// `record`: it takes the names along with the values.
    Record,
    /// A row of a relation: it takes values by their place, each as a value of the column there.
    Row(Vec<(Ident, Option<TypeName>)>),
}

/// The variables that can be seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables {
    named: BTreeMap<Ident, Variable>,
    /// `$1` and on.
    numbered: Vec<Value>,
    within: bool,
    /// Those whose type may cut or round what they are given.
    lossy: BTreeSet<Ident>,
    /// Those that hold rows.
    shapes: BTreeMap<Ident, Shape>,
    /// Those that hold whole numbers.
    integers: BTreeSet<Ident>,
    /// Other names of variables.
    aliases: BTreeMap<Ident, Ident>,
    /// The parameters that names stand for.
    places: BTreeMap<Ident, usize>,
    /// The routine, whose name may stand before those of its parameters.
    routine: Option<Ident>,
    /// The labels that may stand before a name.
    labels: BTreeSet<Ident>,
    /// What is known of the cursors.
    pub(super) cursors: Cursors,
    /// Which declaration each name stands for here.
    declared: BTreeMap<Ident, u32>,
}

impl Variables {
    /// Begins a body with its parameters.
    pub(super) fn of_body(numbered: Vec<Value>) -> Self {
        Variables { numbered, within: true, ..Variables::default() }
    }

    /// Says which routine the parameters are of.
    pub(super) fn of_routine(&mut self, name: Ident) {
        self.routine = Some(name);
    }

    /// Returns a parameter that is named along with its routine, unless something else has the one name or the other.
    fn qualified(&self, routine: &Ident, name: &Ident) -> Option<&Variable> {
        let is_other = self.named.contains_key(routine) || self.labels.contains(routine);
        let is_parameter = self.places.contains_key(name) && !is_other;
        self.named.get(name).filter(|_| is_parameter && self.routine.as_ref() == Some(routine))
    }

    /// Gives a name a meaning of its own, whatever it meant before.
    pub(super) fn declare(&mut self, name: Ident, variable: Variable) {
        // Another name of the variable that is hidden now still means that one.
        self.aliases.retain(|alias, of| *alias != name && *of != name);
        *self.declared.entry(name.clone()).or_default() += 1;
        self.places.remove(&name);
        self.shapes.remove(&name);
        self.integers.remove(&name);
        self.cursors.hide(&name);
        self.named.insert(name, variable);
    }

    /// Says that a name may stand before those of the variables of a block.
    pub(super) fn label(&mut self, label: Option<&Ident>) {
        self.labels.extend(label.cloned());
    }

    /// Says whether a name may stand for a block.
    pub(super) fn is_label(&self, name: &Ident) -> bool {
        self.labels.contains(name)
    }

    /// The names that stand for something else here than they did at another place.
    pub(super) fn hidden_since(&self, before: &Variables) -> BTreeSet<Ident> {
        let here = self.named.keys().chain(self.aliases.keys());
        let names = here.chain(before.named.keys()).chain(before.aliases.keys());
        let is_other = |name: &&Ident| self.declared.get(*name) != before.declared.get(*name);
        names.filter(is_other).cloned().collect()
    }

    /// Returns the variable that a name stands for.
    pub(super) fn resolve<'n>(&'n self, name: &'n Ident) -> &'n Ident {
        self.aliases.get(name).unwrap_or(name)
    }

    /// Says that the variable of a name holds whole numbers.
    pub(super) fn integer(&mut self, name: &Ident) {
        self.integers.insert(name.clone());
    }

    /// Says whether the variable of a name holds whole numbers.
    pub(super) fn is_integer(&self, name: &Ident) -> bool {
        self.integers.contains(self.resolve(name))
    }

    /// Says how the variable of a name takes rows.
    pub(super) fn shaped(&mut self, name: &Ident, shape: Shape) {
        self.shapes.insert(name.clone(), shape);
    }

    /// Returns how the variable of a name takes rows; `None` when that is not known, or it takes none.
    pub(super) fn shape(&self, name: &Ident) -> Option<&Shape> {
        self.shapes.get(self.resolve(name))
    }

    /// Gives a name a row of which every column is known by its place.
    pub(super) fn row(&mut self, name: Ident, columns: Vec<Output>) {
        self.set(name.clone(), Variable::Record(columns));
        self.shaped(&name, Shape::Record);
    }

    /// Returns the columns of a row variable in their places; `None` when only some are known.
    pub(super) fn whole(&self, name: &Ident) -> Option<&[Output]> {
        match self.get(name) {
            Some(Variable::Record(columns)) if !columns.is_empty() && self.shape(name).is_some() => Some(columns),
            _ => None,
        }
    }

    /// Lets a name stand for a parameter.
    pub(super) fn parameter(&mut self, name: Ident, at: usize, variable: Variable) {
        self.declare(name.clone(), variable);
        self.places.insert(name, at);
    }

    /// Lets a name stand for another.
    pub(super) fn alias(&mut self, name: Ident, of: &Ident) {
        let of = self.aliases.get(of).unwrap_or(of).clone();
        self.named.remove(&name);
        *self.declared.entry(name.clone()).or_default() += 1;
        self.cursors.hide(&name);
        self.cursors.shared(&of);
        self.aliases.insert(name, of);
    }

    /// Gives the variable of a name another value.
    pub(super) fn set(&mut self, name: Ident, variable: Variable) {
        let name = self.aliases.get(&name).cloned().unwrap_or(name);
        self.cursors.moved(&name);
        if let (Some(at), Variable::Scalar(value)) = (self.places.get(&name), &variable)
            && let Some(numbered) = self.numbered.get_mut(*at)
        {
            *numbered = value.clone();
        }
        self.named.insert(name, variable);
    }

    /// Says that a name's type may cut or round what it is given.
    pub(super) fn narrow(&mut self, name: &Ident) {
        self.lossy.insert(name.clone());
    }

    /// Says whether a name's type leaves what it is given as it is.
    pub(super) fn keeps(&self, name: &Ident) -> bool {
        !self.lossy.contains(self.resolve(name))
    }

    /// Returns what a name stands for.
    pub(super) fn get(&self, name: &Ident) -> Option<&Variable> {
        self.named.get(self.resolve(name))
    }

    /// Says whether this is a body: `$1` is then its own parameter, or what USING gives.
    pub(super) fn is_body(&self) -> bool {
        self.within
    }

    /// Returns a parameter by its number.
    pub(super) fn number(&self, number: u32) -> Option<&Value> {
        self.numbered.get(usize::try_from(number).ok()?.checked_sub(1)?)
    }
}

impl Analysis<'_> {
    /// Returns how a variable of a type takes rows; `None` for single values, and for types whose fields are not known.
    pub(super) fn shape_of(&self, data_type: &DataType) -> Option<Shape> {
        let relation = match data_type {
            DataType::Type(name) if *name.name.last() == "record" => return Some(Shape::Record),
            DataType::Type(name) if !name.percent_type && name.bounds.is_empty() => &name.name,
            DataType::RowType { relation, dimensions: 0 } => relation,
            _ => return None,
        };
        let relation = self.catalog().relation(relation).filter(|relation| relation.is_known_table())?;
        let columns = relation.columns.iter().map(|column| (column.name.clone(), column.type_name.clone()));
        Some(Shape::Row(columns.collect()))
    }

    /// Says whether a variable of a type keeps values as they are; `%TYPE` is that of the column.
    pub(super) fn keeps_in(&self, data_type: &TypeName) -> bool {
        let of_column = || {
            // Alone, it names a variable.
            let (column, table) = data_type.name.parts.split_last().filter(|(_, table)| !table.is_empty())?;
            let table = Name { parts: table.iter().cloned().collect(), span: data_type.name.span };
            self.catalog().relation(&table)?.column(column)?.type_name.clone()
        };
        let found = if data_type.percent_type { of_column() } else { None };
        Designator::keeps_values(found.as_ref().unwrap_or(data_type), self.context.tenancy)
    }

    /// Returns the columns of a variable that is given a row.
    pub(super) fn row_of(&mut self, name: &Ident, given: Vec<Output>) -> Vec<Output> {
        let columns = match self.variables.shape(name) {
            Some(Shape::Record) => return given,
            Some(Shape::Row(columns)) => columns.clone(),
            None => return Vec::new(),
        };
        let placed = columns.into_iter().zip(given);
        placed
            .map(|((name, wanted), output)| {
                let fits = match self.terms.get(output.term) {
                    Term::Column(row, column) => {
                        let found = self.rows.relation(*row).and_then(|relation| relation.column(column));
                        wanted.is_some() && found.is_some_and(|found| found.type_name == wanted)
                    }
                    Term::Fixed(_) => wanted.is_some_and(|to| Designator::keeps_values(&to, self.context.tenancy)),
                    _ => false,
                };
                Output { name, term: if fits { output.term } else { self.terms.unknown() } }
            })
            .collect()
    }

    /// Returns the value of a variable, or of a column of a row variable.
    pub(super) fn variable(&self, name: &Ident, qualifier: &[Ident]) -> Option<Value> {
        match qualifier {
            [] => match self.variables.get(name)? {
                Variable::Scalar(value) => Some(value.clone()),
                Variable::Record(_) => None,
            },
            [routine] if let Some(Variable::Scalar(value)) = self.variables.qualified(routine, name) => {
                Some(value.clone())
            }
            // A block's label may be the name of a row, too, and what it is put before may hide another.
            [record] if !self.variables.is_label(record) => match self.variables.get(record)? {
                Variable::Record(columns) => {
                    columns.iter().find(|column| column.name == *name).map(|column| column.term.into())
                }
                Variable::Scalar(_) => None,
            },
            _ => None,
        }
    }

    /// Forgets what is known of variables.
    pub(super) fn forget(&mut self, names: &BTreeSet<Ident>) {
        for name in names {
            let term = self.terms.unknown();
            self.variables.set(name.clone(), Variable::Scalar(term.into()));
        }
    }
}
