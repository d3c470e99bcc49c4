//! Sets of terms: a bit for each, since most closures hold most of them.

use super::term::TermId;

/// How many terms one word tells of.
const WORD: usize = u64::BITS as usize;

/// A set of terms.
#[derive(Clone, Debug, Default)]
pub(super) struct TermSet(Vec<u64>);

impl TermSet {
    /// Adds a term; says whether it is new.
    pub(super) fn insert(&mut self, term: TermId) -> bool {
        let (word, bit) = place(term);
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        let is_new = self.0[word] & bit == 0;
        self.0[word] |= bit;
        is_new
    }

    /// Takes a term out; says whether it was there.
    pub(super) fn remove(&mut self, term: TermId) -> bool {
        let (word, bit) = place(term);
        let Some(held) = self.0.get_mut(word) else { return false };
        let was_there = *held & bit != 0;
        *held &= !bit;
        was_there
    }

    /// Says whether a term is in it.
    pub(super) fn contains(&self, term: TermId) -> bool {
        let (word, bit) = place(term);
        self.0.get(word).is_some_and(|held| held & bit != 0)
    }

    /// Returns the terms in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = TermId> {
        self.0.iter().enumerate().flat_map(|(word, held)| {
            let mut rest = *held;
            std::iter::from_fn(move || {
                let bit = rest.trailing_zeros() as usize;
                // Without its lowest bit; of none there is none.
                rest &= rest.checked_sub(1)?;
                Some(TermId::at(word * WORD + bit))
            })
        })
    }
}

impl Extend<TermId> for TermSet {
    fn extend<I: IntoIterator<Item = TermId>>(&mut self, terms: I) {
        for term in terms {
            self.insert(term);
        }
    }
}

impl FromIterator<TermId> for TermSet {
    fn from_iter<I: IntoIterator<Item = TermId>>(terms: I) -> Self {
        let mut set = TermSet::default();
        set.extend(terms);
        set
    }
}

fn place(term: TermId) -> (usize, u64) {
    (term.index() / WORD, 1 << (term.index() % WORD))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_is_there_in_order() {
        let mut set = TermSet::default();
        assert!(set.insert(TermId::at(130)) && set.insert(TermId::at(3)) && !set.insert(TermId::at(3)));
        assert_eq!(set.iter().map(TermId::index).collect::<Vec<_>>(), [3, 130]);
        assert!(set.remove(TermId::at(3)) && !set.remove(TermId::at(3)) && !set.remove(TermId::at(1_000)));
        assert!(!set.contains(TermId::at(3)) && set.contains(TermId::at(130)));
    }
}
