//! `catchment sweep`: every variant of a scenario, solved side by side, resumed where it was cut, joined from shares.

mod closures;
mod frontier;
mod prices;
mod progress;
mod regret;
mod station;
mod subject;
mod worker;

use super::exit::Exit;
use super::forecasts::RobustArgs;
use super::limits::LimitArgs;
use super::{plans, screen};
use crate::i18n::{Language, render};
use crate::input::{Folder, SolverSettings};
use crate::message::Message;
use crate::output::sweep::files;
use crate::output::sweep::{Origin, report};
use crate::run::StopToken;
use crate::study::sweep::row::Outcome;
use crate::study::sweep::unit::folder_name;
use crate::study::sweep::{Row, Settings};
use clap::Args;
use station::Station;
use std::error::Error;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use thiserror::Error;

/// Arguments of `sweep`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  catchment sweep scenarios/gongyi --out sweep\n  \
                        catchment sweep scenarios/gongyi --out sweep --chunk 3/40\n  \
                        catchment sweep scenarios/gongyi --collect sweep\n  \
                        catchment sweep scenarios/gongyi --variant fewer_pupils --frontier travel,cost\n  \
                        catchment sweep scenarios/tongnan --regret forecast\n  \
                        catchment sweep scenarios/gongyi --variant fewer_pupils --closures 0..10 --nested\n  \
                        catchment sweep scenarios/gongyi --variant fewer_pupils --prices\n\n\
                        What is in the folder already is not worked out again: after an interruption, the same command \
                        goes on where it was cut.\n\
                        Exit codes: 0 every variant has a plan that keeps all hard rules, with --closures some number of closures; 1 none \
                        has, or not every variant; 2 bad input or usage; 3 a fault of the program.")]
pub(super) struct SweepArgs {
    /// Folder of the scenario
    scenario: PathBuf,
    /// Folder for the results [default: NAME-sweep in the current folder]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Variants solved at the same time; the results do not depend on it [default: one for every thread]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    #[command(flatten)]
    limits: LimitArgs,
    /// Plan from which the scenario itself is solved, in any form that `check` takes [default: today's network]
    #[arg(long, value_name = "PLAN")]
    start: Option<PathBuf>,
    /// Solve share I of N of the variants only; `--collect` joins them
    #[arg(long, value_name = "I/N", value_parser = chunk, conflicts_with = "collect")]
    chunk: Option<Chunk>,
    /// Solve nothing and make the tables of what lies in this folder
    #[arg(long, value_name = "DIR")]
    collect: Option<PathBuf>,
    /// Show what two or three terms of the objective cost each other, in place of the variants: travel, minutes, cost, moved,
    /// soft
    #[arg(long, value_name = "T,T[,T]", group = "study", value_parser = frontier::terms, conflicts_with_all = ["chunk", "collect", "start"])]
    frontier: Option<frontier::Terms>,
    /// Points of the frontier, for three terms on each side of a grid [default: 11, for three terms 6]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1000), requires = "frontier")]
    points: Option<u32>,
    /// Show what closures cost, in place of the variants: the best plan with exactly A, A+1, ... B sites closed or merged
    #[arg(long, value_name = "A..B", group = "study", value_parser = closures::range, conflicts_with_all = ["chunk", "collect", "start", "frontier"])]
    closures: Option<closures::Range>,
    /// With --closures: also the best plans that keep the closures of the step before, and what keeping them costs
    #[arg(long, requires = "closures")]
    nested: bool,
    /// Show what every hard rule and every protection of a site costs, in place of the variants
    #[arg(long, group = "study", conflicts_with_all = ["chunk", "collect", "start", "frontier", "closures"])]
    prices: bool,
    /// Variant of which the frontier, the closures or the prices are asked for
    #[arg(long, value_name = "NAME", requires = "study")]
    variant: Option<String>,
    /// A plan for each of these forecasts and one for all of them, each scored under every forecast, in place of the variants:
    /// variants or families of variants by name; `base` is the scenario itself
    #[arg(long, value_name = "F,F", value_delimiter = ',', num_args = 1.., group = "study", conflicts_with_all = ["chunk", "collect", "frontier", "closures", "prices", "variant"])]
    regret: Vec<String>,
    #[command(flatten)]
    robust_args: RobustArgs,
    /// What a pupil affected by a broken hard rule counts in the objective [default: as much as the whole objective]
    #[arg(long, value_name = "N", value_parser = super::values::price, requires = "regret")]
    excess_price: Option<f64>,
    /// Print one JSON document in place of the summary
    #[arg(long)]
    json: bool,
}

/// Share number `index` of `of`, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Chunk {
    index: usize,
    of: usize,
}

/// A share that is none.
#[derive(Debug, Error)]
#[error("`{0}` should be I/N with I from 1 to N, such as 3/40")]
struct NoChunk(String);

fn chunk(value: &str) -> Result<Chunk, NoChunk> {
    let parts = value.split_once('/').and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
    match parts {
        Some((index, of)) if (1..=of).contains(&index) => Ok(Chunk { index, of }),
        _ => Err(NoChunk(value.to_owned())),
    }
}

/// Solves what is asked for, collects, and sums up.
pub(super) fn run(args: &SweepArgs, language: Language) -> Result<Exit, Box<dyn Error>> {
    let folder = Folder::open(&args.scenario)?;
    plans::warn(&folder.base.warnings, language);
    let out = out_folder(args, &folder, language);
    match args {
        SweepArgs { frontier: Some(terms), .. } => return frontier::run(args, folder, terms, &out, language),
        SweepArgs { closures: Some(range), .. } => return closures::run(args, folder, *range, &out, language),
        SweepArgs { prices: true, .. } => return prices::run(args, folder, &out, language),
        SweepArgs { .. } => {}
    }
    if !args.regret.is_empty() {
        return regret::run(args, folder, &out, language);
    }
    let stop = StopToken::new();
    let station = Station::new(args, folder, &out, stop.clone(), language)?;
    let rows = if args.collect.is_some() {
        station.collected()?
    } else {
        plans::stop_on_interrupt(stop.clone(), language)?;
        match station.solve()? {
            None => return Ok(interrupted(language)),
            Some(_) if stop.is_stopped() => return Ok(interrupted(language)),
            Some(_) if args.chunk.is_some() => return Ok(Exit::Done),
            Some(rows) => rows,
        }
    };
    let target = args.out.as_deref().unwrap_or(&out);
    let shared = station.shared(&rows)?;
    let origin = Origin { scenario: &station.base.scenario, inputs: &station.base.fingerprint };
    files::write(target, &origin, &rows, &shared)?;
    report::write(target, &origin, language)?;
    if args.json {
        screen::print_json(&rows)?;
    } else {
        let mut lines = files::lines(&rows, &shared, language);
        lines.push(render(language, &plans::written(&target.join(report::FILE))));
        screen::print(&lines)?;
    }
    Ok(match () {
        () if rows.iter().any(|row| matches!(row.result, Outcome::Fault(_))) => Exit::Fault,
        () if rows.iter().all(Row::holds) => Exit::Done,
        () => Exit::NoPlan,
    })
}

fn interrupted(language: Language) -> Exit {
    screen::tell(&render(language, &Message::new("sweep.interrupted")));
    Exit::NoPlan
}

/// What results depend on besides the scenario.
fn settings(args: &LimitArgs, solver: &SolverSettings, language: Language) -> Result<Settings, Box<dyn Error>> {
    let limits = args.limits(solver, StopToken::new())?;
    Ok(Settings {
        engine: args.engine(solver)?.name.to_owned(),
        gap: limits.gap,
        work: limits.work,
        time_limit: limits.time.map(|time| time.as_secs_f64()),
        seed: limits.seed,
        language: language.name(),
    })
}

/// Where the units lie.
fn out_folder(args: &SweepArgs, folder: &Folder, language: Language) -> PathBuf {
    if let Some(chosen) = args.collect.as_ref().or(args.out.as_ref()) {
        return chosen.clone();
    }
    let name = &folder.base.scenario.name;
    let out = PathBuf::from(format!("{}-sweep", folder_name(name)));
    screen::tell(&render(language, &Message::new("cli.out_default").with("path", out.display())));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_numbered_from_one() {
        assert_eq!(chunk("3/40").unwrap(), Chunk { index: 3, of: 40 });
        for wrong in ["0/4", "5/4", "1", "1/0", "a/b", "", "/"] {
            assert!(chunk(wrong).is_err(), "{wrong}");
        }
    }
}
