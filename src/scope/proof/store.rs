//! What the variables of a body are given: values, rows, and fields of rows.

use std::collections::BTreeSet;

use super::analysis::{Analysis, unfollowed};
use super::assigned::named;
use super::body::Done;
use super::formula::Formula;
use super::node::Output;
use super::term::TermId;
use super::value::Value;
use super::variables::Variable;
use crate::pg::Ident;
use crate::procedure::{Into, Target, TargetRoot};
use crate::query::Step;

impl Analysis<'_> {
    pub(super) fn store(&mut self, into: Option<&Into>, (outputs, facts): (Vec<Output>, Formula)) -> Done {
        let Some(into) = into else { return Ok(()) };
        let single = outputs.len();
        match into.targets.as_slice() {
            [only] if single != 1 || self.takes_rows(only) => {
                // Where there is no row, all of it is NULL.
                self.take_row(only, outputs, Some(&facts))
            }
            targets => {
                for (at, target) in targets.iter().enumerate() {
                    let value = match outputs.get(at) {
                        Some(output) => self.stored(output.term, &facts),
                        None => self.terms.unknown().into(),
                    };
                    self.assign_variable(target, value)?;
                }
                Ok(())
            }
        }
    }

    /// What a variable holds of a row, of which these facts hold if there is one.
    fn stored(&mut self, output: TermId, facts: &Formula) -> Value {
        let value = self.scalar(output, facts.clone());
        self.rows.stands_in(&self.terms, value.term, output);
        value
    }

    /// A variable takes a row, of which these facts hold if there may be none.
    pub(super) fn take_row(&mut self, target: &Target, outputs: Vec<Output>, facts: Option<&Formula>) -> Done {
        match (&target.root, target.steps.is_empty()) {
            (TargetRoot::Name(name), true) => {
                let mut row = self.row_of(name, outputs);
                if let Some(facts) = facts {
                    row.iter_mut().for_each(|column| column.term = self.stored(column.term, facts).term);
                }
                self.variables.set(name.clone(), Variable::Record(row));
                Ok(())
            }
            _ => self.unknown(target),
        }
    }

    /// A row variable takes what another one holds.
    pub(super) fn copy_row(&mut self, name: &Ident, row: Vec<Output>) {
        let row = self.row_of(name, row);
        self.variables.set(name.clone(), Variable::Record(row));
    }

    pub(super) fn assign_variable(&mut self, target: &Target, value: Value) -> Done {
        match (&target.root, target.steps.is_empty()) {
            (TargetRoot::Name(name), true) => {
                self.set_variable(name.clone(), Variable::Scalar(value));
                Ok(())
            }
            (TargetRoot::Name(name), false) => self.assign_field(name, target, value),
            (TargetRoot::Parameter(_), _) => Err(unfollowed(target.span, "the assignment of a parameter")),
        }
    }

    /// Gives a variable a value, which its type may change.
    pub(super) fn set_variable(&mut self, name: Ident, variable: Variable) {
        let variable = match variable {
            Variable::Scalar(_) if !self.variables.keeps(&name) => Variable::Scalar(self.terms.fresh().into()),
            other => other,
        };
        self.variables.set(name, variable);
    }

    /// A field of a row variable gets another value, or an element of an array; behind a label it is a variable.
    fn assign_field(&mut self, name: &Ident, target: &Target, value: Value) -> Done {
        let mut columns = match self.variables.get(name) {
            Some(Variable::Record(columns)) if !self.variables.is_label(name) => columns.clone(),
            Some(Variable::Scalar(_)) if !self.variables.is_label(name) => {
                self.forget(&BTreeSet::from([name.clone()]));
                return Ok(());
            }
            _ => {
                let known = named(target).into_iter().filter(|name| self.variables.get(name).is_some());
                self.forget(&known.collect());
                return Ok(());
            }
        };
        match target.steps.as_slice() {
            [Step::Field(field)] => match columns.iter_mut().find(|column| column.name == *field) {
                Some(column) => column.term = value.term,
                None => columns.push(Output { name: field.clone(), term: value.term }),
            },
            _ => columns.clear(),
        }
        self.variables.set(name.clone(), Variable::Record(columns));
        Ok(())
    }

    pub(super) fn unknown(&mut self, target: &Target) -> Done {
        let value: Value = self.terms.unknown().into();
        self.assign_variable(target, value)
    }
}
