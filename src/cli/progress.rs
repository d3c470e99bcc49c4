//! A run as it goes on: one line that is kept up to date on a terminal, plain lines elsewhere.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::run::{Event, Route};

/// How often the line is written again.
const REFRESH: Duration = Duration::from_millis(100);

/// Tells what happens on standard error.
pub(super) struct Progress<'a> {
    route: &'a Route<'a>,
    manner: Manner,
    began: Instant,
    written: Option<Instant>,
    total: usize,
    done: usize,
    failed: usize,
}

/// How it is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Live,
    Plain,
    Quiet,
}

impl<'a> Progress<'a> {
    pub(super) fn new(route: &'a Route<'a>, is_quiet: bool) -> Self {
        let manner = match (is_quiet, io::stderr().is_terminal()) {
            (true, _) => Manner::Quiet,
            (false, true) => Manner::Live,
            (false, false) => Manner::Plain,
        };
        Progress { route, manner, began: Instant::now(), written: None, total: 0, done: 0, failed: 0 }
    }

    /// Tells of an event.
    pub(super) fn tell(&mut self, event: &Event) {
        match event {
            Event::Begins { tenants } => {
                (self.total, self.done, self.failed) = (*tenants, 0, 0);
                self.began = Instant::now();
            }
            Event::Done { error, .. } => {
                self.done += 1;
                self.failed += usize::from(error.is_some());
            }
            Event::Ran { .. } | Event::Note(_) => {}
        }
        match self.manner {
            Manner::Quiet => {}
            Manner::Plain => self.line(event),
            Manner::Live => self.live(event),
        }
    }

    fn line(&self, event: &Event) {
        if let Some(line) = event.line(self.route) {
            let _ = writeln!(io::stderr(), "{line}");
        }
    }

    /// What each tenant does is too much for a terminal; what went wrong stays above the line.
    fn live(&mut self, event: &Event) {
        let stays = match event {
            Event::Ran { tenant, .. } => tenant.is_none(),
            Event::Done { error, .. } => error.is_some(),
            Event::Note(_) => true,
            Event::Begins { .. } => false,
        };
        if stays {
            let _ = write!(io::stderr(), "\r\x1b[K");
            self.line(event);
        }
        let is_due = self.written.is_none_or(|written| written.elapsed() > REFRESH);
        if stays || is_due || self.done == self.total {
            self.written = Some(Instant::now());
            let _ = write!(io::stderr(), "\r\x1b[K{}", self.state());
            let _ = io::stderr().flush();
        }
    }

    fn state(&self) -> String {
        state(self.done, self.failed, self.total, self.began.elapsed())
    }

    /// Takes the line away.
    pub(super) fn end(&self) {
        if self.manner == Manner::Live {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// Says how far it is, how fast it goes, and how long it will take.
fn state(done: usize, failed: usize, total: usize, elapsed: Duration) -> String {
    let mut text = format!("{done} of {total} tenants");
    if failed > 0 {
        text.push_str(&format!(", {failed} failing"));
    }
    let seconds = elapsed.as_secs_f64();
    if done > 0 && seconds > 0.5 {
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let (rate, left) = (done as f64 / seconds, (total - done) as f64 * seconds / done as f64);
        text.push_str(&format!(", {rate:.1}/s, {} left", span(left)));
    }
    text
}

fn span(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 90.0 => format!("{seconds:.0} s"),
        seconds if seconds < 5400.0 => format!("{:.0} min", seconds / 60.0),
        seconds => format!("{:.1} h", seconds / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_long_it_will_take() {
        assert_eq!(state(0, 0, 5, Duration::ZERO), "0 of 5 tenants");
        assert_eq!(state(50, 2, 100, Duration::from_secs(10)), "50 of 100 tenants, 2 failing, 5.0/s, 10 s left");
        assert_eq!(span(600.0), "10 min");
        assert_eq!(span(7200.0), "2.0 h");
    }
}
