//! Sequences, and the columns that they belong to.

use super::{Catalog, Kind, Relation};
use crate::pg::{Ident, Name, TypeName};
use crate::source::Span;
use crate::statement::relation::SequenceOption;

/// How a sequence counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequence {
    /// `smallint`, `integer` or `bigint`.
    pub type_name: TypeName,
    /// `INCREMENT BY`.
    pub increment: i64,
    /// `MINVALUE`.
    pub min: i64,
    /// `MAXVALUE`.
    pub max: i64,
    /// `START WITH`.
    pub start: i64,
    /// `CACHE`.
    pub cache: i64,
    /// Whether it starts again at its end.
    pub cycle: bool,
    /// The column that it goes with.
    pub owned_by: Option<(Name, Ident)>,
    /// Whether that column is an identity column.
    pub identity: bool,
}

/// The integer types, with the least and the greatest value of each.
const INTEGERS: [(&str, i64, i64); 3] = [
    ("int2", i16::MIN as i64, i16::MAX as i64),
    ("int4", i32::MIN as i64, i32::MAX as i64),
    ("int8", i64::MIN, i64::MAX),
];

impl Sequence {
    /// Makes the sequence of an integer type that has nothing but PostgreSQL's own choices.
    pub fn new(type_name: TypeName) -> Self {
        let max = range(&type_name).1;
        Sequence {
            type_name,
            increment: 1,
            min: 1,
            max,
            start: 1,
            cache: 1,
            cycle: false,
            owned_by: None,
            identity: false,
        }
    }

    /// Returns the type of a sequence under its catalog name; `None` when sequences cannot have it.
    pub fn integer(type_name: &TypeName) -> Option<TypeName> {
        let is_plain = type_name.bounds.is_empty() && type_name.modifiers.is_empty() && !type_name.percent_type;
        let builtin = type_name.name.schema().is_none_or(|schema| schema == "pg_catalog");
        let known = INTEGERS.iter().find(|(name, ..)| type_name.name.last() == name)?;
        (is_plain && builtin).then(|| TypeName::builtin(known.0, Span::default()))
    }

    /// Returns the least and the greatest value of its type.
    pub fn range(&self) -> (i64, i64) {
        range(&self.type_name)
    }

    /// Returns the bounds and the start that PostgreSQL chooses for an increment.
    pub fn chosen(&self) -> (i64, i64, i64) {
        let (least, greatest) = self.range();
        if self.increment > 0 { (1, greatest, self.min) } else { (least, -1, self.max) }
    }

    /// Returns the options that make it, those left out that PostgreSQL chooses for an implied type.
    pub fn options(&self, implied: &TypeName) -> Vec<SequenceOption> {
        let (min, max, start) = self.chosen();
        let has_type = Sequence::integer(implied).is_some_and(|implied| implied == self.type_name);
        let all = [
            (!has_type, SequenceOption::As(self.type_name.clone())),
            (self.start != start, SequenceOption::Start(self.start)),
            (self.increment != 1, SequenceOption::Increment(self.increment)),
            (self.min != min, SequenceOption::MinValue(self.min)),
            (self.max != max, SequenceOption::MaxValue(self.max)),
            (self.cache != 1, SequenceOption::Cache(self.cache)),
            (self.cycle, SequenceOption::Cycle),
        ];
        all.into_iter().filter(|(differs, _)| *differs).map(|(_, option)| option).collect()
    }

    /// Returns the options that turn another sequence into this one, the owner left out.
    pub fn changes_from(&self, other: &Sequence) -> Vec<SequenceOption> {
        let retyped = self.type_name != other.type_name;
        let cycle = if self.cycle { SequenceOption::Cycle } else { SequenceOption::NoCycle };
        let all = [
            (retyped, SequenceOption::As(self.type_name.clone())),
            (self.increment != other.increment, SequenceOption::Increment(self.increment)),
            // A new type can move the bounds by itself.
            (retyped || self.min != other.min, SequenceOption::MinValue(self.min)),
            (retyped || self.max != other.max, SequenceOption::MaxValue(self.max)),
            (self.start != other.start, SequenceOption::Start(self.start)),
            (self.cache != other.cache, SequenceOption::Cache(self.cache)),
            (self.cycle != other.cycle, cycle),
        ];
        all.into_iter().filter(|(differs, _)| *differs).map(|(_, option)| option).collect()
    }
}

fn range(type_name: &TypeName) -> (i64, i64) {
    let found = INTEGERS.iter().find(|(name, ..)| type_name.name.last() == name);
    found.map_or((i64::MIN, i64::MAX), |(_, least, greatest)| (*least, *greatest))
}

impl Relation {
    /// Says whether it is a sequence that goes with a column of this table.
    pub fn is_owned_by(&self, table: &Name, column: &Ident) -> bool {
        let owner = self.sequence.as_ref().and_then(|sequence| sequence.owned_by.as_ref());
        owner.is_some_and(|(of, name)| of == table && name == column)
    }
}

impl Catalog {
    /// Returns the sequences that go with the columns of a table, in the order of their names.
    pub fn sequences_of(&self, table: &Name) -> Vec<&Relation> {
        let Some(table) = self.resolve(table) else { return Vec::new() };
        let candidates = self.lookup.owned(&table).filter_map(|name| self.relations.get(name));
        let owner = |found: &Relation| found.sequence.as_ref().and_then(|sequence| sequence.owned_by.clone());
        candidates.filter(|found| owner(found).is_some_and(|(of, _)| of == table)).collect()
    }

    /// Finds the sequence of an identity column.
    pub fn identity_sequence(&self, table: &Name, column: &Ident) -> Option<&Relation> {
        let owned = self.sequences_of(table).into_iter();
        let mut own = owned.filter(|found| found.sequence.as_ref().is_some_and(|sequence| sequence.identity));
        let table = self.resolve(table)?;
        own.find(|found| found.is_owned_by(&table, column))
    }

    /// Returns the columns whose defaults name a sequence, each with its table, in the order of the tables' names.
    pub fn users_of_sequence(&self, sequence: &Name) -> Vec<(&Relation, &Ident)> {
        let candidates = self.lookup.users(sequence.last()).filter_map(|name| self.relations.get(name));
        let columns = candidates.flat_map(|found| found.columns.iter().map(move |column| (found, column)));
        let uses = columns.filter(|(_, column)| {
            column.default.iter().any(|default| super::regclass::named(default).contains(sequence))
        });
        uses.map(|(found, column)| (found, &column.name)).collect()
    }

    /// Lets the sequences of a column follow it to another name.
    pub fn rename_owner(&mut self, table: &Name, from: &Ident, to: &Ident) {
        let owned: Vec<Name> = self.sequences_of(table).iter().map(|found| found.name.clone()).collect();
        for name in owned {
            let Some(mut held) = self.held(&name) else { continue };
            if let Some((_, column)) = held.sequence.as_mut().and_then(|sequence| sequence.owned_by.as_mut()) {
                super::keys::replace(column, from, to);
            }
        }
    }

    /// Lets the sequences of a table follow it to another name.
    pub(super) fn follow_table(&mut self, old: &Name, new: &Name) {
        let owned: Vec<Name> = self.sequences_of(old).iter().map(|found| found.name.clone()).collect();
        for name in owned {
            let Some(mut held) = self.held(&name) else { continue };
            if let Some((of, _)) = held.sequence.as_mut().and_then(|sequence| sequence.owned_by.as_mut()) {
                *of = new.clone();
            }
        }
    }

    /// Lets the defaults that name a relation follow it to another name.
    pub(super) fn follow_regclass(&mut self, old: &Name, new: &Name) {
        let users: Vec<Name> = self.users_of_sequence(old).iter().map(|(found, _)| found.name.clone()).collect();
        for name in users {
            let Some(mut held) = self.held(&name) else { continue };
            let defaults = held.columns.iter_mut().filter_map(|column| column.default.as_mut());
            defaults.for_each(|default| super::regclass::rename(default, old, new));
        }
    }

    /// Finds a sequence by the name that a statement gives.
    pub fn sequence(&self, name: &Name) -> Option<&Relation> {
        self.relation(name).filter(|found| found.kind == Kind::Sequence)
    }
}
