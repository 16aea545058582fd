//! The process entry of the `catchment` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    catchment::cli::main()
}
