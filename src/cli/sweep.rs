//! `catchment sweep`: every variant of a scenario, solved side by side, resumed where it was cut, joined from shares.

mod frontier;
mod progress;
mod regret;

use super::exit::Exit;
use super::forecasts::RobustArgs;
use super::limits::LimitArgs;
use super::{plans, screen};
use crate::domain::plan::Plan;
use crate::i18n::{Language, render};
use crate::input::{Folder, Loaded, PlanInput};
use crate::message::Message;
use crate::optimise::{OptimiseError, OptimiseOptions, optimise};
use crate::output::sweep::{Shelf, files, report};
use crate::output::{Bundle, OutputError, solved};
use crate::run::{Clock, Limits, Silent, StopToken};
use crate::study::crew;
use crate::study::sweep::row::{Figures, Outcome};
use crate::study::sweep::unit::{fingerprint, share};
use crate::study::sweep::{Row, Settings, Unit, carry};
use crate::travel::Travel;
use clap::Args;
use progress::Progress;
use std::error::Error;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use thiserror::Error;

/// Arguments of `sweep`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  catchment sweep scenarios/gongyi --out sweep\n  \
                        catchment sweep scenarios/gongyi --out sweep --chunk 3/40\n  \
                        catchment sweep scenarios/gongyi --collect sweep\n  \
                        catchment sweep scenarios/gongyi --variant fewer_pupils --frontier travel,cost\n  \
                        catchment sweep scenarios/tongnan --regret forecast\n\n\
                        What is in the folder already is not worked out again: after an interruption, the same command \
                        goes on where it was cut.\n\
                        Exit codes: 0 every variant has a plan that keeps all hard rules; 1 some has none; 2 bad input or \
                        usage; 3 a fault of the program.")]
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
    /// Show what two terms of the objective cost each other, in place of the variants: travel, minutes, cost, moved, soft
    #[arg(long, value_name = "T,T", value_parser = frontier::pair, conflicts_with_all = ["chunk", "collect", "start"])]
    frontier: Option<frontier::Pair>,
    /// Points of the frontier
    #[arg(long, value_name = "N", default_value_t = 11, value_parser = clap::value_parser!(u32).range(2..=1000), requires = "frontier")]
    points: u32,
    /// Variant whose frontier is asked for
    #[arg(long, value_name = "NAME", requires = "frontier")]
    variant: Option<String>,
    /// A plan for each of these forecasts and one for all of them, each scored under every forecast, in place of the variants:
    /// variants or families of variants by name; `base` is the scenario itself
    #[arg(long, value_name = "F,F", value_delimiter = ',', num_args = 1.., conflicts_with_all = ["chunk", "collect", "frontier"])]
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
    if let Some(pair) = args.frontier {
        return frontier::run(args, folder, pair, &out, language);
    }
    if !args.regret.is_empty() {
        return regret::run(args, folder, &out, language);
    }
    let stop = StopToken::new();
    let station = Station::new(args, folder, &out, stop.clone(), language)?;
    let units = if args.collect.is_some() {
        station.units()?
    } else {
        plans::stop_on_interrupt(stop.clone(), language)?;
        match station.solve()? {
            Some(units) => units,
            None => return Ok(interrupted(language)),
        }
    };
    if stop.is_stopped() {
        return Ok(interrupted(language));
    }
    if args.chunk.is_some() {
        return Ok(Exit::Done);
    }
    let rows = units.iter().map(|unit| station.collected(unit)).collect::<Result<Vec<Row>, OutputError>>()?;
    let name = &station.base.scenario.name;
    let target = args.out.as_deref().unwrap_or(&out);
    files::write(target, name, &station.base.fingerprint, &rows)?;
    report::write(target, &station.base.scenario, &station.base.fingerprint, language)?;
    if args.json {
        screen::print_json(&rows)?;
    } else {
        let mut lines = files::lines(&rows, language);
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

/// Where the units lie.
fn out_folder(args: &SweepArgs, folder: &Folder, language: Language) -> PathBuf {
    if let Some(chosen) = args.collect.as_ref().or(args.out.as_ref()) {
        return chosen.clone();
    }
    let name = &folder.base.scenario.name;
    // The name comes from a file: what cannot be a folder's name is replaced.
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
    let out = PathBuf::from(format!("{}-sweep", name.chars().map(plain).collect::<String>()));
    screen::tell(&render(language, &Message::new("cli.out_default").with("path", out.display())));
    out
}

/// Everything that the units of a sweep share.
struct Station<'a> {
    args: &'a SweepArgs,
    language: Language,
    shelf: Shelf,
    /// Read once; variants are built from it one at a time.
    folder: Mutex<Folder>,
    base: Base,
    settings: Settings,
    stop: StopToken,
}

/// The scenario itself.
struct Base {
    scenario: crate::domain::scenario::Scenario,
    sweep: crate::input::SolverSettings,
    variants: Vec<crate::input::VariantInfo>,
    unit: Unit,
    fingerprint: String,
    start: Option<Plan>,
}

/// The plan of the scenario itself, from which the variants start, with the fingerprint of its file.
struct First {
    plan: Plan,
    fingerprint: String,
}

impl<'a> Station<'a> {
    fn new(
        args: &'a SweepArgs,
        folder: Folder,
        out: &Path,
        stop: StopToken,
        language: Language,
    ) -> Result<Self, Box<dyn Error>> {
        let Loaded { scenario, sweep, variants, .. } = &folder.base;
        let limits = args.limits.limits(sweep, stop.clone())?;
        let settings = Settings {
            engine: args.limits.engine(sweep)?.name.to_owned(),
            gap: limits.gap,
            work: limits.work,
            time_limit: limits.time.map(|time| time.as_secs_f64()),
            seed: limits.seed,
            language: language.name(),
        };
        let start = match &args.start {
            None => None,
            Some(path) => {
                let read = PlanInput::open(path)?.resolve(scenario)?;
                plans::warn(&read.warnings, language);
                Some(read.plan)
            }
        };
        let fingerprint_of_all = folder.fingerprint();
        let start_text = start.as_ref().map(|plan| fingerprint(format!("{plan:?}").as_bytes()));
        let unit = Unit::new(None, &fingerprint_of_all, start_text.as_deref(), &settings);
        let base = Base {
            scenario: scenario.clone(),
            sweep: sweep.clone(),
            variants: variants.clone(),
            unit,
            fingerprint: fingerprint_of_all,
            start,
        };
        Ok(Self { args, language, shelf: Shelf::new(out), folder: Mutex::new(folder), base, settings, stop })
    }

    /// All units, the scenario itself first. Their ids are known once its plan is there.
    fn units(&self) -> Result<Vec<Unit>, Box<dyn Error>> {
        let first = self.first()?;
        Ok(self.units_from(first.as_ref()))
    }

    fn units_from(&self, first: Option<&First>) -> Vec<Unit> {
        let start = first.map(|first| first.fingerprint.as_str());
        let variants = self.base.variants.iter();
        let variants = variants.map(|info| Unit::new(Some(info), &self.base.fingerprint, start, &self.settings));
        std::iter::once(self.base.unit.clone()).chain(variants).collect()
    }

    /// Solves the scenario itself and then all variants of the share; returns all units, or nothing when interrupted.
    fn solve(&self) -> Result<Option<Vec<Unit>>, Box<dyn Error>> {
        let limits = self.args.limits.limits(&self.base.sweep, self.stop.clone())?;
        let threads = limits.threads;
        let jobs = self.args.jobs.unwrap_or(threads);
        let chunk = self.args.chunk.unwrap_or(Chunk { index: 1, of: 1 });
        let own: Vec<usize> = share(self.base.variants.len(), chunk.index, chunk.of).collect();
        let progress = Progress::start(own.len() + 1, self.language);
        if self.unit(&self.base.unit, None, threads, &progress)?.is_none() {
            progress.finish();
            return Ok(None);
        }
        let first = self.first()?;
        let units = self.units_from(first.as_ref());
        let results = crew::run(own.len(), jobs, threads, |at, threads| {
            if self.stop.is_stopped() {
                return None;
            }
            let result = self.unit(&units[1 + own[at]], first.as_ref(), threads, &progress);
            if result.is_err() {
                self.stop.stop();
            }
            Some(result)
        });
        progress.finish();
        for result in results.into_iter().flatten() {
            result?;
        }
        Ok(Some(units))
    }

    /// The plan of the scenario itself, where it has one.
    fn first(&self) -> Result<Option<First>, Box<dyn Error>> {
        let row = self.shelf.row(&self.base.unit)?;
        if row.is_none_or(|row| row.figures().is_none()) {
            return Ok(None);
        }
        let place = self.shelf.place(&self.base.unit).join("plan.json");
        let fingerprint = fingerprint(&std::fs::read(&place)?);
        let plan = PlanInput::open(&place)?.resolve(&self.base.scenario)?.plan;
        Ok(Some(First { plan, fingerprint }))
    }

    /// Does a unit that is not there yet and puts it on the shelf. `None` when the sweep was interrupted meanwhile.
    fn unit(
        &self,
        unit: &Unit,
        first: Option<&First>,
        threads: NonZeroUsize,
        progress: &Progress,
    ) -> Result<Option<Row>, OutputError> {
        if let Some(row) = self.shelf.row(unit)? {
            progress.done(&row, true);
            return Ok(Some(row));
        }
        let clock = Clock::start();
        let done = catch_unwind(AssertUnwindSafe(|| self.worked_out(unit, first, threads, clock)));
        let row = match done {
            Ok(row) => row?,
            Err(panic) => {
                let what = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
                let what = what.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
                let row = Row { unit: unit.clone(), result: Outcome::Fault(what) };
                self.shelf.put(&row, None, &plans::run_facts(clock, 0.0, &Limits { threads, ..Limits::new() }))?;
                Some(row)
            }
        };
        if let Some(row) = &row {
            progress.done(row, false);
        }
        Ok(row)
    }

    fn worked_out(
        &self,
        unit: &Unit,
        first: Option<&First>,
        threads: NonZeroUsize,
        clock: Clock,
    ) -> Result<Option<Row>, OutputError> {
        let quick = plans::run_facts(clock, 0.0, &Limits { threads, ..Limits::new() });
        let failed = |result: Outcome| -> Result<Option<Row>, OutputError> {
            let row = Row { unit: unit.clone(), result };
            self.shelf.put(&row, None, &quick)?;
            Ok(Some(row))
        };
        let (scenario, settings) = match self.loaded(unit) {
            Ok(loaded) => loaded,
            Err(why) => return failed(Outcome::Failed(why)),
        };
        let limits = match self.args.limits.limits(&settings, self.stop.clone()) {
            Ok(limits) => Limits { threads, ..limits },
            Err(why) => return failed(Outcome::Failed(why.to_string())),
        };
        let engine = self.args.limits.engine(&settings).map_err(|why| why.to_string());
        let engine = match engine.and_then(|entry| entry.engine().map_err(|why| why.to_string())) {
            Ok(engine) => engine,
            Err(why) => return failed(Outcome::Failed(why)),
        };
        let start = match (&unit.variant, first) {
            (None, _) => self.base.start.clone(),
            (Some(_), first) => first.map(|first| carry::carry(&first.plan, &scenario)),
        };
        let travel = Travel::new(&scenario);
        let engine_clock = Clock::start();
        let options = OptimiseOptions { start, ..OptimiseOptions::default() };
        let result = optimise(&scenario, &travel, &*engine, &limits, &options, &Silent);
        let engine_seconds = engine_clock.seconds();
        if self.stop.is_stopped() {
            return Ok(None);
        }
        let run = match result {
            Ok(run) => run,
            Err(error) if error.is_fault() => return failed(Outcome::Fault(chain(&error))),
            Err(error) => return failed(Outcome::Failed(chain(&error))),
        };
        let findings = solved::findings(&scenario, &run);
        let document = solved::document(&scenario, &travel, (&run, &findings), limits.seed, &[]);
        if let Some(first) = crate::evaluate::audit::audit(&scenario, &travel, &document).first() {
            return failed(Outcome::Fault(first.to_string()));
        }
        let facts = plans::run_facts(clock, engine_seconds, &limits);
        let facts = facts.of_scenario(&self.args.scenario, &self.shelf.place(unit));
        let bundle = Bundle::new(&scenario, &document, &travel, &findings, &facts, self.language)
            .with_certificate(run.certificate.as_ref());
        let row = Row { unit: unit.clone(), result: Outcome::Plan(Box::new(Figures::of(&document))) };
        self.shelf.put(&row, Some(&bundle), &facts)?;
        Ok(Some(row))
    }

    /// The scenario of a unit, with the settings of its run; in words, why there is none.
    fn loaded(&self, unit: &Unit) -> Result<(crate::domain::scenario::Scenario, crate::input::SolverSettings), String> {
        let Some(name) = &unit.variant else { return Ok((self.base.scenario.clone(), self.base.sweep.clone())) };
        let loaded = self.folder.lock().unwrap_or_else(PoisonError::into_inner).variant(name);
        let say = |message: &Message| render(self.language, message);
        match loaded {
            Ok(loaded) => Ok((loaded.scenario, loaded.sweep)),
            Err(problems) => Err(problems.lines(&say).join("; ")),
        }
    }

    /// The row of a unit, or one that says that it is not there.
    fn collected(&self, unit: &Unit) -> Result<Row, OutputError> {
        let missing = || Row { unit: unit.clone(), result: Outcome::Missing };
        Ok(self.shelf.row(unit)?.unwrap_or_else(missing))
    }
}

/// An error with its sources.
fn chain(error: &OptimiseError) -> String {
    let chain = std::iter::successors(Some(error as &dyn Error), |&error| error.source());
    let mut texts: Vec<String> = chain.map(ToString::to_string).collect();
    // A transparent error repeats the text of its source.
    texts.dedup();
    texts.join(": ")
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
