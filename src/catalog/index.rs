//! Indexes.

use std::collections::BTreeMap;

use super::Shared;
use super::keys::{key_names, rename_key};
use super::names::index_columns;
use super::past::Past;
use crate::pg::Ident;
use crate::query::columns;
use crate::statement::relation::{CreateIndex, IndexElement};

/// An index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its name, also when PostgreSQL chose it.
    pub name: Ident,
    /// The statement that makes it, with the name and without `CONCURRENTLY` and `IF NOT EXISTS`.
    pub definition: Box<CreateIndex>,
    /// Whether it is the part of a partitioned table's index.
    pub inherited: bool,
    /// `ALTER COLUMN … SET STATISTICS` by the number of the key, from 1.
    pub statistics: BTreeMap<i16, i64>,
    /// What all kinds of objects have: here a comment.
    pub shared: Shared,
    /// What it keeps of the time when it was made.
    pub past: Past,
}

impl Index {
    /// Makes an index from a definition that has its name.
    pub fn new(name: Ident, definition: Box<CreateIndex>) -> Self {
        let (statistics, shared, past) = (BTreeMap::new(), Shared::default(), Past::default());
        Index { name, definition, inherited: false, statistics, shared, past }
    }

    /// Returns the columns that it names, in its key, beside it, or in its predicate.
    pub fn columns(&self) -> Vec<Ident> {
        let elements = self.definition.elements.iter().chain(&self.definition.include);
        let keys = elements.flat_map(|element: &IndexElement| key_names(&element.key));
        keys.chain(self.definition.predicate.iter().flat_map(columns::named)).collect()
    }

    /// Returns it as its definition makes it, without what it has beside that.
    pub fn anew(&self) -> Self {
        let past = self.past.anew();
        Index { shared: Shared::default(), statistics: BTreeMap::new(), past, ..self.clone() }
    }

    /// Gives it another name.
    pub fn set_name(&mut self, name: &Ident) {
        self.name = name.clone();
        self.definition.name = Some(name.clone());
    }

    /// Returns what its columns are called in it: a column that is renamed keeps its name there.
    pub fn labels(&self) -> Vec<String> {
        self.past.labels(self.current_labels())
    }

    fn current_labels(&self) -> Vec<String> {
        index_columns(self.definition.elements.iter().chain(&self.definition.include))
    }

    pub(super) fn rename_column(&mut self, from: &Ident, to: &Ident) {
        let labels = self.labels();
        let CreateIndex { elements, include, predicate, .. } = &mut *self.definition;
        elements.iter_mut().chain(include).for_each(|element| rename_key(&mut element.key, from, to));
        predicate.iter_mut().for_each(|predicate| columns::rename(predicate, from, to));
        self.past.remember(labels, &self.current_labels());
    }
}
