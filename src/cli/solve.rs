//! `catchment solve`: load, optimise, audit, write, sum up.

pub(super) mod robust;

use super::exit::{Exit, Fault};
use super::forecasts::RobustArgs;
use super::limits::LimitArgs;
use super::screen::Watch;
use super::{plans, screen};
use crate::domain::document::PlanDocument;
use crate::domain::plan::Plan;
use crate::domain::scenario::Scenario;
use crate::evaluate::audit::audit;
use crate::i18n::{Language, render};
use crate::id::SiteId;
use crate::input::PlanInput;
use crate::message::Message;
use crate::optimise::{OptimiseError, OptimiseOptions, Run, optimise};
use crate::output::{Bundle, solved, summary, write_all};
use crate::run::{Clock, StopToken};
use crate::study::sweep::unit::folder_name;
use crate::travel::Travel;
use clap::Args;
use std::error::Error;
use std::path::PathBuf;
use thiserror::Error;

/// Arguments of `solve`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  catchment solve scenarios/gongyi\n  \
                        catchment solve scenarios/gongyi --variant fewer_pupils --gap 1% --time-limit 60s --out plan\n  \
                        catchment solve scenarios/gongyi --start plan --lock s01,s02\n  \
                        catchment solve scenarios/tongnan --robust forecast --robust-goal worst\n\n\
                        Exit codes: 0 all hard rules hold; 1 a hard rule is broken or no plan was found; 2 bad input or \
                        usage; 3 a fault of the program.\nCtrl-C ends the run with the best plan so far.")]
pub(super) struct SolveArgs {
    /// Folder of the scenario
    scenario: PathBuf,
    /// Folder for the plan [default: NAME-plan or NAME-VARIANT-plan in the current folder]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Variant of the scenario
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    #[command(flatten)]
    limits: LimitArgs,
    /// Plan to start from, in any form that `check` takes [default: today's network]
    #[arg(long, value_name = "PLAN")]
    start: Option<PathBuf>,
    /// Sites that stay as the start has them, by id
    #[arg(long, value_name = "SITE", value_delimiter = ',', num_args = 1..)]
    lock: Vec<String>,
    /// One plan for several forecasts of the pupils: variants or families of variants by name; `base` is the scenario itself
    #[arg(long, value_name = "F,F", value_delimiter = ',', num_args = 1.., conflicts_with = "variant")]
    robust: Vec<String>,
    #[command(flatten)]
    robust_args: RobustArgs,
    /// Print plan.json in place of the summary
    #[arg(long)]
    json: bool,
}

/// What the audit of the finished document found: a fault of this program.
#[derive(Debug, Error)]
#[error("the plan fails its own audit: {0}")]
struct AuditFailed(String);

/// A site to lock that the scenario does not have.
#[derive(Debug, Error)]
#[error("--lock: `{site}` is no site of the scenario{}", .nearest.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default())]
struct UnknownSite {
    site: String,
    nearest: Option<String>,
}

/// Solves, writes and sums up.
pub(super) fn run(args: &SolveArgs, language: Language) -> Result<Exit, Box<dyn Error>> {
    if !args.robust.is_empty() {
        return robust::run(args, language);
    }
    let clock = Clock::start();
    let loaded = plans::scenario(&args.scenario, args.variant.as_deref(), language)?;
    let scenario = &loaded.scenario;
    let entry = args.limits.engine(&loaded.settings)?;
    let stop = StopToken::new();
    let limits = args.limits.limits(&loaded.settings, stop.clone())?;
    let options = OptimiseOptions {
        start: start(args, scenario, language)?,
        lock: locked(args, scenario)?,
        ..OptimiseOptions::default()
    };
    let folder = out_folder(args, scenario, language);
    plans::stop_on_interrupt(stop, language)?;
    let travel = Travel::new(scenario);
    let watch = Watch::start(language);
    let engine_clock = Clock::start();
    let result = optimise(scenario, &travel, &*entry.engine()?, &limits, &options, &watch);
    let engine_seconds = engine_clock.seconds();
    watch.finish();
    let Some(run) = found(result, language)? else { return Ok(Exit::NoPlan) };
    let findings = solved::findings(scenario, &run);
    let document = solved::document(scenario, &travel, (&run, &findings), limits.seed, &options);
    audited(scenario, &travel, &document)?;
    let facts = plans::run_facts(clock, engine_seconds, &limits).of_scenario(&args.scenario, &folder);
    let bundle = Bundle::new(scenario, &document, &travel, &findings, &facts, language)
        .with_certificate(run.certificate.as_ref());
    write_all(&bundle, &folder)?;
    for note in &findings.notes {
        screen::tell(&bundle.say(language, note));
    }
    if args.json {
        screen::print_json(&document)?;
    } else {
        screen::print(&summary::plan(&bundle, Some(&folder)))?;
    }
    Ok(exit_of(&run))
}

fn exit_of(run: &Run) -> Exit {
    if run.evaluation.hard_rules_hold() { Exit::Done } else { Exit::NoPlan }
}

/// What a run found; nothing where there is no plan, which is told.
fn found<T>(result: Result<T, OptimiseError>, language: Language) -> Result<Option<T>, Box<dyn Error>> {
    match result {
        Err(error @ OptimiseError::NoPlan) => {
            screen::tell(&render(language, &Message::new("cli.error").with("what", error)));
            Ok(None)
        }
        Err(error) if error.is_fault() => Err(Box::new(Fault(error.into()))),
        other => Ok(Some(other?)),
    }
}

/// A document that fails its audit is a fault of this program.
fn audited(scenario: &Scenario, travel: &Travel<'_>, document: &PlanDocument) -> Result<(), Box<dyn Error>> {
    match audit(scenario, travel, document).first() {
        Some(first) => Err(Box::new(Fault(Box::new(AuditFailed(first.to_string()))))),
        None => Ok(()),
    }
}

/// The folder for the plan, told where nobody chose it.
fn out_folder(args: &SolveArgs, scenario: &Scenario, language: Language) -> PathBuf {
    if let Some(chosen) = &args.out {
        return chosen.clone();
    }
    let mut name = folder_name(&scenario.name);
    if let Some(variant) = &scenario.variant {
        name = format!("{name}-{}", folder_name(variant));
    }
    let folder = PathBuf::from(format!("{name}-plan"));
    screen::tell(&render(language, &Message::new("cli.out_default").with("path", folder.display())));
    folder
}

fn start(args: &SolveArgs, scenario: &Scenario, language: Language) -> Result<Option<Plan>, Box<dyn Error>> {
    let Some(path) = &args.start else { return Ok(None) };
    let read = PlanInput::open(path)?.resolve(scenario)?;
    plans::warn(&read.warnings, language);
    Ok(Some(read.plan))
}

fn locked(args: &SolveArgs, scenario: &Scenario) -> Result<Vec<SiteId>, UnknownSite> {
    let sites = &scenario.district.sites;
    args.lock
        .iter()
        .map(|key| {
            sites.entries().find(|(_, site)| site.key == *key).map(|(id, _)| id).ok_or_else(|| UnknownSite {
                site: key.clone(),
                nearest: crate::input::nearest(key, sites.iter().map(|site| site.key.as_str())).map(str::to_owned),
            })
        })
        .collect()
}
