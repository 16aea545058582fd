//! Exit codes, and the one place where an error that ends a command is printed.

use crate::i18n::{Language, render};
use crate::input::Problems;
use crate::message::Message;
use std::error::Error;
use std::io::Write;
use std::panic;
use std::process::ExitCode;
use thiserror::Error;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Exit {
    /// Done, and all hard rules hold.
    Done = 0,
    /// Done, but a hard rule is broken or no plan exists.
    NoPlan = 1,
    /// Bad input or usage.
    BadInput = 2,
    /// A fault of this program.
    Fault = 3,
}

/// An error that is a fault of this program and not of its input.
#[derive(Debug, Error)]
#[error(transparent)]
pub(super) struct Fault(pub Box<dyn Error>);

/// The exit code of a command: its own, or that of its error after printing it with its sources: a fault of the program, or
/// bad input.
pub(super) fn code(result: Result<Exit, Box<dyn Error>>, language: Language) -> ExitCode {
    let exit = result.unwrap_or_else(|error| {
        // With standard error gone there is nobody left to tell; the exit code still says that the command failed.
        let _ = describe(&*error, language);
        if error.is::<Fault>() { Exit::Fault } else { Exit::BadInput }
    });
    ExitCode::from(exit as u8)
}

fn describe(error: &(dyn Error + 'static), language: Language) -> std::io::Result<()> {
    let mut stderr = std::io::stderr().lock();
    if let Some(problems) = error.downcast_ref::<Problems>() {
        let say = |message: &Message| render(language, message);
        for line in problems.lines(&say) {
            writeln!(stderr, "{line}")?;
        }
        return writeln!(stderr, "{}", say(&Message::new("cli.problems").with("n", problems.errors())));
    }
    let chain = std::iter::successors(Some(error), |&error| error.source());
    let mut text: Vec<String> = chain.map(ToString::to_string).collect();
    // A transparent error repeats the text of its source.
    text.dedup();
    let key = if error.is::<Fault>() { "cli.fault" } else { "cli.error" };
    writeln!(stderr, "{}", render(language, &Message::new(key).with("what", text.join(": "))))
}

/// Runs a command; a panic anywhere in it is told as a fault of the program and gives its exit code.
pub(super) fn guard(command: impl FnOnce() -> ExitCode + panic::UnwindSafe) -> ExitCode {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(|place| format!(" ({}:{})", place.file(), place.line())).unwrap_or_default();
        let what = info.payload_as_str().unwrap_or("no description");
        let _ = writeln!(
            std::io::stderr(),
            "catchment {}: internal fault{place}: {what}\n\
             This is a fault of the program and not of your input. Nothing that was being written has replaced older files.",
            env!("CARGO_PKG_VERSION")
        );
    }));
    panic::catch_unwind(command).unwrap_or_else(|_| ExitCode::from(Exit::Fault as u8))
}
