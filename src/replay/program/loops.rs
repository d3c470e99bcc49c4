//! Loops of bodies: turn by turn, where the catalog decides what each turn has.

use super::query;
use super::run::{Course, Flow, Frame, Run, as_query, lost};
use super::value::{Constant, holds};
use crate::pg::Ident;
use crate::procedure::{Exit, Expression, Loop, LoopHeader, Sql, SqlKind, Target};

impl Run<'_> {
    /// Runs a loop.
    pub(super) fn repeat(&mut self, frame: &mut Frame, found: &Loop) -> Flow {
        self.course = self.course.max(Course::Branching);
        let turns = self.turns(frame, &found.header);
        let Some((targets, turns)) = turns else {
            return self.any_of(frame, &[&found.statements], "a loop of a program depends on more than the history");
        };
        for turn in turns {
            self.take(frame, targets, turn);
            match self.statements(frame, &found.statements) {
                Flow::On => {}
                Flow::Exit(label) if label.is_none() || label == found.label => break,
                Flow::Continue(label) if label.is_none() || label == found.label => {}
                other => return other,
            }
        }
        Flow::On
    }

    /// Returns what each turn of a loop assigns, and to which variables; `None` when more than the catalog decides that.
    fn turns<'h>(&self, frame: &Frame, header: &'h LoopHeader) -> Option<(&'h [Target], Vec<query::Output>)> {
        let one = |value: Constant| vec![(Ident::exact("value"), Some(value))];
        match header {
            LoopHeader::Integer { variable, reverse, low, high, step: None } => {
                let (Constant::Number(low), Constant::Number(high)) =
                    (self.value(frame, low)?, self.value(frame, high)?)
                else {
                    return None;
                };
                let (first, last) = if *reverse { (high, low) } else { (low, high) };
                if last - first > query::LONGEST {
                    return None;
                }
                let mut numbers: Vec<i64> = (first..=last).collect();
                if *reverse {
                    numbers.reverse();
                }
                let turns = numbers.into_iter().map(|number| one(Constant::Number(number))).collect();
                Some((std::slice::from_ref(variable), turns))
            }
            LoopHeader::Array { targets, slice: 0, array } => match self.value(frame, array)? {
                Constant::Array(items) => Some((targets, items.into_iter().map(one).collect())),
                _ => None,
            },
            LoopHeader::Query { targets, query: Sql { kind: SqlKind::Statement(statement), .. } } => {
                let query = as_query(statement)?;
                Some((targets, query::rows(self.scope(frame), query)?))
            }
            _ => None,
        }
    }

    /// Assigns a row.
    pub(super) fn take(&self, frame: &mut Frame, targets: &[Target], row: query::Output) {
        let is_record = |target: &Target| target.name().is_some_and(|name| frame.records.contains(name));
        match targets {
            [target] if row.len() > 1 || is_record(target) => {
                self.assign(frame, target, Some(Constant::Row(row.into_iter().collect())));
            }
            _ => {
                let values = row.into_iter().map(|(_, value)| value).chain(std::iter::repeat(Some(Constant::Null)));
                targets.iter().zip(values).for_each(|(target, value)| self.assign(frame, target, value));
            }
        }
    }

    /// Leaves a loop, or begins its next turn.
    pub(super) fn exit(
        &self,
        frame: &Frame,
        kind: Exit,
        label: &Option<Ident>,
        condition: Option<&Expression>,
    ) -> Flow {
        let flow = match kind {
            Exit::Exit => Flow::Exit(label.clone()),
            Exit::Continue => Flow::Continue(label.clone()),
        };
        match condition.map(|condition| holds(&self.value(frame, condition))) {
            None | Some(Some(true)) => flow,
            Some(Some(false)) => Flow::On,
            Some(None) => lost("a condition of a program depends on more than the history"),
        }
    }
}
