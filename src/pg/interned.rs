//! Texts that are held once, for as long as the program runs.

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use foldhash::fast::RandomState;

type Texts = HashSet<&'static str, RandomState>;

/// The texts that any thread knows.
static ALL: Mutex<Option<Texts>> = Mutex::new(None);

thread_local! {
    /// Those that this thread has met: most words are met again, and nobody has to wait for them.
    static KNOWN: RefCell<Texts> = RefCell::default();
}

/// Returns the one copy of a text.
pub(super) fn interned(text: &str) -> &'static str {
    KNOWN.with_borrow_mut(|known| match known.get(text) {
        Some(found) => found,
        None => {
            let found = shared(text);
            known.insert(found);
            found
        }
    })
}

fn shared(text: &str) -> &'static str {
    // A set of texts is whole whatever happened to who held the lock.
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    let all = all.get_or_insert_default();
    match all.get(text) {
        Some(found) => found,
        None => {
            let found: &'static str = Box::leak(text.into());
            all.insert(found);
            found
        }
    }
}
