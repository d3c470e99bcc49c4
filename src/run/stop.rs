//! Being asked to stop: once, what runs is finished and nothing new begins; twice, what runs is cancelled.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::db::Canceller;

/// Whether somebody wants a run to end.
#[derive(Debug, Default)]
pub struct Stop {
    asked: AtomicU8,
    next: AtomicU64,
    /// What cancels the statements that run now.
    running: Mutex<BTreeMap<u64, Canceller>>,
}

impl Stop {
    /// Asks for the end; asked again, cancels what runs. Says how often it was asked now.
    pub fn ask(&self) -> u8 {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst).saturating_add(1);
        if asked > 1 {
            let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            running.values().for_each(Canceller::cancel);
        }
        asked
    }

    /// Says whether nothing new may begin.
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst) > 0
    }

    /// Remembers what cancels a connection's statements; returns what forgets it.
    pub(super) fn watch(&self, canceller: Canceller) -> u64 {
        let key = self.next.fetch_add(1, Ordering::SeqCst);
        self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(key, canceller);
        key
    }

    pub(super) fn forget(&self, key: u64) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }
}
