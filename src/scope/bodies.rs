//! Bodies that were read: one that is looked at again need not be read again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::judgement::Judgement;
use super::procedures::{self, Body};
use crate::statement::session::source_text::SourceText;

/// How many bodies are kept: a routine is looked at twice when it is made, and a trigger's with every write.
const MOST: usize = 16;

/// A body, or why it is not read.
pub(super) type Read = Result<Body, Judgement>;

/// The bodies that were read last, newest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Bodies(Arc<Mutex<VecDeque<Known>>>);

/// A body with all that says how it is read.
#[derive(Debug)]
struct Known {
    source: SourceText,
    language: String,
    read: Arc<Read>,
}

impl Bodies {
    /// Reads a body that stands in a text.
    pub(super) fn read(&self, text: &str, source: &SourceText, language: &str) -> Arc<Read> {
        let is_it = |known: &Known| known.source == *source && known.language == language;
        let found = self.known().iter().find(|known| is_it(known)).map(|known| known.read.clone());
        found.unwrap_or_else(|| {
            let read = Arc::new(procedures::read(text, source, language));
            let known = Known { source: source.clone(), language: language.to_owned(), read: read.clone() };
            let mut all = self.known();
            all.push_front(known);
            all.truncate(MOST);
            read
        })
    }

    fn known(&self) -> MutexGuard<'_, VecDeque<Known>> {
        // Nothing is half done in it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
