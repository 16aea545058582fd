//! The command line: reads arguments, calls the library, prints, and turns what came of it into an exit code.

mod bench;
mod exit;
mod values;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "catchment", version, about, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Public benchmark instances: solve them, report on them
    Bench {
        #[command(subcommand)]
        command: bench::BenchCommand,
    },
}

/// Parses the arguments of the process, does what they say, and gives the exit code. Wrong usage ends the process with
/// code 2, as bad input does.
pub fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Bench { command } => bench::run(command),
    };
    exit::code(result)
}
