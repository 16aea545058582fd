//! What a command shows: results on standard output, messages and progress on standard error.

use crate::i18n::number::{number, percent};
use crate::i18n::{Language, render, word};
use crate::message::Message;
use crate::run::{Observer, Phase, Progress};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

/// Prints lines of a result.
///
/// # Errors
/// When standard output is gone or full.
pub(super) fn print(lines: &[String]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in lines {
        writeln!(out, "{}", line.trim_end())?;
    }
    out.flush()
}

/// Prints one JSON document.
///
/// # Errors
/// When it cannot be serialised, or standard output is gone or full.
pub(super) fn print_json(value: &impl serde::Serialize) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)?;
    out.flush()
}

/// Tells something on standard error. That nobody can read it any more is no reason to stop.
pub(super) fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Shows what an engine is doing, on a terminal only.
pub(super) struct Watch {
    language: Language,
    spinner: Option<ProgressBar>,
}

impl Watch {
    /// Starts watching.
    pub(super) fn start(language: Language) -> Self {
        let spinner = io::stderr().is_terminal().then(|| {
            let spinner = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {wide_msg}") {
                spinner.set_style(style);
            }
            spinner.enable_steady_tick(Duration::from_millis(200));
            spinner
        });
        Self { language, spinner }
    }

    /// Clears the line of progress.
    pub(super) fn finish(&self) {
        if let Some(spinner) = &self.spinner {
            spinner.finish_and_clear();
        }
    }
}

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Prepare => "prepare",
        Phase::Bound => "bound",
        Phase::Construct => "construct",
        Phase::Improve => "improve",
        Phase::Branch => "branch",
        Phase::Close => "close",
    }
}

impl Observer for Watch {
    fn on(&self, progress: &Progress) {
        let Some(spinner) = &self.spinner else { return };
        let dash = || "–".to_owned();
        let message = Message::new("cli.progress")
            .with("phase", word(self.language, "phase", phase(progress.phase)))
            .with("cost", progress.incumbent.map_or_else(dash, |cost| number(cost, 1)))
            .with("bound", number(progress.bound, 1))
            .with("gap", progress.gap().map_or_else(dash, |gap| percent(gap, 3)))
            .with("nodes", progress.nodes);
        spinner.set_message(render(self.language, &message));
    }
}
