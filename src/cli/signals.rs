//! Ctrl-C: the first asks a run to end behind what it does, the second cancels what it does.

use std::sync::Arc;
use std::thread;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::output;
use crate::run::Stop;

/// Listens for signals from now on.
pub(super) fn listen() -> Arc<Stop> {
    let stop = Arc::new(Stop::default());
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else { return stop };
    let heard = Arc::clone(&stop);
    thread::spawn(move || {
        for _ in signals.forever() {
            match heard.ask() {
                1 => output::note("stopping: what runs is finished first; again cancels it"),
                _ => output::note("cancelling"),
            }
        }
    });
    stop
}
