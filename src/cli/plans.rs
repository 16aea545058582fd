//! What commands that take scenarios and plans have in common: loading with warnings told, and facts of the machine.

use super::screen;
use crate::i18n::{Language, render};
use crate::input::{Loaded, Problem, Problems};
use crate::message::Message;
use crate::output::RunFacts;
use crate::run::{Clock, Limits, StopToken};
use std::path::Path;

/// Loads a scenario and tells its warnings.
///
/// # Errors
/// Every problem of the folder.
pub(super) fn scenario(folder: &Path, variant: Option<&str>, language: Language) -> Result<Loaded, Problems> {
    let loaded = crate::input::load(folder, variant)?;
    warn(&loaded.warnings, language);
    Ok(loaded)
}

/// Most warnings told one by one.
const WARNINGS: usize = 10;

/// Tells warnings on standard error.
pub(super) fn warn(warnings: &[Problem], language: Language) {
    let say = |message: &Message| render(language, message);
    for warning in warnings.iter().take(WARNINGS) {
        let line = warning.line(&say);
        screen::tell(&say(&Message::new("cli.warning").with("what", line)));
    }
    if warnings.len() > WARNINGS {
        screen::tell(&say(&Message::new("cli.more_warnings").with("n", warnings.len() - WARNINGS)));
    }
}

/// What depends on the machine and the clock, at the end of a command that began with `clock`.
pub(super) fn run_facts(clock: Clock, engine_seconds: f64, limits: &Limits) -> RunFacts {
    RunFacts {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        seconds: clock.seconds(),
        engine_seconds,
        threads: limits.threads.get(),
        time_limit: limits.time.map(|time| time.as_secs_f64()),
        system: std::env::consts::OS.to_owned(),
        architecture: std::env::consts::ARCH.to_owned(),
        scenario_folder: None,
    }
}

/// Says where a page lies.
pub(super) fn written(path: &Path) -> Message {
    Message::new("summary.report").with("path", path.display())
}

/// Makes Ctrl-C stop a run cleanly the first time and end the process the second time.
///
/// # Errors
/// When the handler cannot be installed.
pub(super) fn stop_on_interrupt(stop: StopToken, language: Language) -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(move || {
        if stop.is_stopped() {
            #[expect(clippy::exit, reason = "the user asked twice; nothing is being replaced before it is whole")]
            std::process::exit(130);
        }
        stop.stop();
        screen::tell(&render(language, &Message::new("cli.interrupt")));
    })
}
