//! `catchment schema`: the JSON Schema of a file format.

use super::exit::Exit;
use super::screen;
use crate::input::schema;
use clap::{Args, ValueEnum};
use std::error::Error;

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub(super) struct SchemaArgs {
    /// The file format: scenario.toml or plan.json
    #[arg(value_enum)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Scenario,
    Plan,
}

/// Prints the schema.
pub(super) fn run(args: &SchemaArgs) -> Result<Exit, Box<dyn Error>> {
    let schema = match args.format {
        Format::Scenario => schema::scenario(),
        Format::Plan => schema::plan(),
    };
    screen::print_json(&schema)?;
    Ok(Exit::Done)
}
