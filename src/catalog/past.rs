//! What is remembered of how an index was made.

use super::Relation;

/// What an index keeps of the time when it was made. It is no part of what a thing is: whatever differs in nothing else is the
/// same.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// How many keys and indexes the table had got before; those that it was made with are of one age.
    pub age: u32,
    /// What its columns were called, where they are not called so any more: names of copies are made of that.
    labels: Option<Box<[String]>>,
}

impl PartialEq for Past {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl Eq for Past {}

impl Past {
    /// Returns the past of what is made anew in the same place.
    pub fn anew(&self) -> Self {
        Past { age: self.age, labels: None }
    }

    /// Returns what the columns were called that are called so now.
    pub fn labels(&self, now: Vec<String>) -> Vec<String> {
        self.labels.as_ref().map_or(now, |labels| labels.to_vec())
    }

    /// Remembers what the columns were called that are called so now.
    pub fn remember(&mut self, labels: Vec<String>, now: &[String]) {
        self.labels = Some(labels).filter(|labels| labels != now).map(Vec::into_boxed_slice);
    }
}

impl Relation {
    /// Returns the age of what the table gets next.
    pub(crate) fn next_age(&self) -> u32 {
        let keys = self.constraints.iter().map(|found| found.past.age);
        keys.chain(self.indexes.iter().map(|found| found.past.age)).max().unwrap_or(0) + 1
    }
}
