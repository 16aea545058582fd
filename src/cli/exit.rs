//! Exit codes, and the one place where an error that ends a command is printed.

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

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

/// The exit code of a command: its own, or that of bad input after printing the error with its sources.
pub(super) fn code(result: Result<Exit, Box<dyn Error>>) -> ExitCode {
    let exit = result.unwrap_or_else(|error| {
        let chain = std::iter::successors(Some(&*error), |&error| error.source());
        let text: Vec<String> = chain.map(ToString::to_string).collect();
        // With standard error gone there is nobody left to tell; the exit code still says that the command failed.
        let _ = writeln!(std::io::stderr(), "error: {}", text.join(": "));
        Exit::BadInput
    });
    ExitCode::from(exit as u8)
}
