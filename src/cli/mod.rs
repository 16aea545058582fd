//! The command line: reads arguments, calls the library, prints, and turns what came of it into an exit code.

mod bench;
mod check;
mod compare;
mod exit;
mod forecasts;
mod generate;
mod help;
mod limits;
mod plans;
mod schema;
mod screen;
mod solve;
mod sweep;
mod values;
mod verify;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::process::ExitCode;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "catchment", version, about, propagate_version = true, max_term_width = 100)]
struct Cli {
    /// Language of messages, tables and reports [default: that of the locale]
    #[arg(long, global = true, value_name = "zh|en", value_parser = ["zh", "en"])]
    lang: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Find a plan for a scenario, with a proven bound, and write it
    Solve(Box<solve::SolveArgs>),
    /// Score today's network, or any plan, from the inputs alone
    Check(check::CheckArgs),
    /// Put plans side by side, the answers first
    Compare(compare::CompareArgs),
    /// Solve every variant of a scenario, side by side, and put the results into tables
    Sweep(Box<sweep::SweepArgs>),
    /// Re-derive the bound of a plan from its certificate
    Verify(verify::VerifyArgs),
    /// Make a synthetic scenario
    Generate(generate::GenerateArgs),
    /// Print the JSON Schema of a file format
    Schema(schema::SchemaArgs),
    /// Public benchmark instances: solve them, report on them
    Bench {
        #[command(subcommand)]
        command: bench::BenchCommand,
    },
}

/// Parses the arguments of the process, does what they say, and gives the exit code. Wrong usage ends the process with
/// code 2, as bad input does; a panic is a fault of the program, is said to be one, and gives code 3.
pub fn main() -> ExitCode {
    exit::guard(|| {
        let language = help::language(std::env::args_os().skip(1));
        let matches = help::in_language(Cli::command(), language).get_matches();
        let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        let result = match cli.command {
            Command::Solve(args) => solve::run(&args, language),
            Command::Check(args) => check::run(&args, language),
            Command::Compare(args) => compare::run(&args, language),
            Command::Sweep(args) => sweep::run(&args, language),
            Command::Verify(args) => verify::run(&args, language),
            Command::Generate(args) => generate::run(&args, language),
            Command::Schema(args) => schema::run(&args),
            Command::Bench { command } => bench::run(command),
        };
        exit::code(result, language)
    })
}

#[cfg(test)]
mod tests;
