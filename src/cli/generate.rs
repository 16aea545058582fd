//! `catchment generate`: synthetic scenarios.

use super::exit::Exit;
use super::screen;
use crate::generate::{self, Profile, Readings, Size};
use crate::i18n::{Language, render};
use crate::message::Message;
use clap::Args;
use std::error::Error;
use std::path::PathBuf;

/// Arguments of `generate`.
#[derive(Debug, Args)]
pub(super) struct GenerateArgs {
    /// What to make: tongnan, a county by published figures; dazu, a large county over eight years; province, of any size
    #[arg(value_name = "PROFILE", value_parser = clap::builder::PossibleValuesParser::new(Profile::ALL.map(Profile::name)))]
    profile: String,
    /// Folder for the scenario; it must not hold one already
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Seed of every random choice
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Number of residential units, where the profile leaves it open
    #[arg(long, value_name = "N")]
    units: Option<usize>,
    /// Number of sites, candidates included, where the profile leaves it open
    #[arg(long, value_name = "N")]
    sites: Option<usize>,
    /// Another reading of what the report leaves open (tongnan); may be given twice
    #[arg(long, value_name = "NAME", value_parser = clap::builder::PossibleValuesParser::new(Readings::NAMES))]
    reading: Vec<String>,
}

/// Writes the scenario.
pub(super) fn run(args: &GenerateArgs, language: Language) -> Result<Exit, Box<dyn Error>> {
    let profile = Profile::find(&args.profile).ok_or("clap lets known profiles through only")?;
    let readings = Readings::named(args.reading.iter().map(String::as_str));
    generate::run(profile, &args.out, args.seed, Size { units: args.units, sites: args.sites }, readings)?;
    let told = Message::new("cli.generated").with("path", args.out.display()).with("seed", args.seed);
    screen::print(&[render(language, &told)])?;
    Ok(Exit::Done)
}
