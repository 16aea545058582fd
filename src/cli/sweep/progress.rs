//! How far a sweep is: a bar with the time that is left on a terminal, one line of JSON for every unit elsewhere.

use crate::i18n::{Language, render};
use crate::message::Message;
use crate::run::Clock;
use crate::study::sweep::Row;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Tells of units as they are done. Progress goes to standard error.
pub(super) struct Progress {
    language: Language,
    clock: Clock,
    of: usize,
    done: AtomicUsize,
    solved: AtomicUsize,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Starts with nothing done of `of` units.
    pub(super) fn start(of: usize, language: Language) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(of as u64);
            if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {wide_msg}") {
                bar.set_style(style);
            }
            bar
        });
        let (done, solved) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self { language, clock: Clock::start(), of, done, solved, bar }
    }

    /// A unit is done: found on the shelf, or solved now.
    pub(super) fn done(&self, row: &Row, found: bool) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let solved = self.solved.fetch_add(usize::from(!found), Ordering::Relaxed) + usize::from(!found);
        let seconds = self.clock.seconds();
        // Units that were found took no time and say nothing of what is left.
        let left = (solved > 0).then(|| seconds / solved as f64 * (self.of.saturating_sub(done)) as f64);
        if let Some(bar) = &self.bar {
            bar.set_position(done as u64);
            let left = left.map_or_else(|| "–".to_owned(), clock);
            let message = Message::new("sweep.progress").with("left", left);
            let name = row.unit.name();
            bar.set_message(format!("{} {name} {}", render(self.language, &message), row.status()));
            return;
        }
        let line = serde_json::json!({
            "event": "unit",
            "variant": row.unit.variant,
            "unit": row.unit.name(),
            "status": row.status(),
            "found": found,
            "done": done,
            "of": self.of,
            "seconds": (seconds * 10.0).round() / 10.0,
            "seconds_left": left.map(f64::round),
        });
        // That nobody can read it any more is no reason to stop.
        let _ = writeln!(io::stderr(), "{line}");
    }

    /// Clears the bar.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Seconds as hours, minutes and seconds.
fn clock(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    #[test]
    fn time_left_is_a_clock() {
        assert_eq!(super::clock(3725.4), "1:02:05");
    }
}
