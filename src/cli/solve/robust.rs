//! `catchment solve --robust`: one plan for several forecasts.

use super::super::exit::Exit;
use super::super::screen::Watch;
use super::super::{forecasts, plans, screen};
use super::{SolveArgs, audited, found, locked, out_folder};
use crate::domain::document::{PlanDocument, PlanStatus};
use crate::domain::forecast::Forecasts;
use crate::domain::plan::Plan;
use crate::i18n::Language;
use crate::input::Folder;
use crate::optimise::robust::{RobustOptions, RobustRun, optimise_robust};
use crate::output::{Bundle, Findings, regret, solved, summary, write_all};
use crate::run::{Clock, StopToken};
use crate::study::regret::{MadeFor, RegretTable, ScoredPlan, score, transfer};
use crate::travel::Travel;
use std::error::Error;

/// Solves, writes and sums up.
pub(super) fn run(args: &SolveArgs, language: Language) -> Result<Exit, Box<dyn Error>> {
    let clock = Clock::start();
    let mut folder = forecasts::open(&args.scenario, language)?;
    let all = forecasts::named(&mut folder, &args.robust)?;
    let settings = folder.base.settings.clone();
    let entry = args.limits.engine(&settings)?;
    let stop = StopToken::new();
    let limits = args.limits.limits(&settings, stop.clone())?;
    let options = RobustOptions {
        starts: starts(args, &mut folder, &all, language)?,
        lock: locked(args, &all.first().scenario)?,
        ..args.robust_args.options()
    };
    let out = out_folder(args, &folder.base.scenario, language);
    plans::stop_on_interrupt(stop, language)?;
    let watch = Watch::start(language);
    let engine_clock = Clock::start();
    let result = optimise_robust(&all, &*entry.engine()?, &limits, &options, &watch);
    let engine_seconds = engine_clock.seconds();
    watch.finish();
    let Some(run) = found(result, language)? else { return Ok(Exit::NoPlan) };
    let shown = &all[run.shown()];
    let travel = Travel::new(&shown.scenario);
    let findings = solved::findings(&shown.scenario, &run.run(run.shown()));
    let document = document(&all, &run, &findings, limits.seed, &options)?;
    let facts = plans::run_facts(clock, engine_seconds, &limits).of_scenario(&args.scenario, &out);
    let bundle = Bundle::new(&shown.scenario, &document, &travel, &findings, &facts, language)
        .with_certificate(run.certificate.as_ref());
    let table = table(&all, &run)?;
    write_all(&bundle, &out)?;
    regret::write(&out, &folder.fingerprint(), &table, &bundle)?;
    for note in &findings.notes {
        screen::tell(&bundle.say(language, note));
    }
    if args.json {
        screen::print_json(&document)?;
    } else {
        let mut lines = summary::plan(&bundle, Some(&out));
        lines.push(String::new());
        lines.extend(regret::lines(&table, &bundle));
        screen::print(&lines)?;
    }
    Ok(if run.status == PlanStatus::Infeasible { Exit::NoPlan } else { Exit::Done })
}

/// The document of the plan under the forecast that is shown, audited.
fn document(
    all: &Forecasts,
    run: &RobustRun,
    findings: &Findings,
    seed: u64,
    options: &RobustOptions,
) -> Result<PlanDocument, Box<dyn Error>> {
    let scenario = &all[run.shown()].scenario;
    let travel = Travel::new(scenario);
    let document = solved::robust_document(scenario, &travel, (run, findings), seed, &options.lock);
    audited(scenario, &travel, &document)?;
    Ok(document)
}

/// How the plan does under every forecast.
fn table(all: &Forecasts, run: &RobustRun) -> Result<RegretTable, Box<dyn Error>> {
    let measures = forecasts::measures(all)?;
    let scores = all.iter().zip(&measures).zip(&run.views);
    let scores = scores.map(|((one, (travel, excess)), view)| score(one, travel, &view.plan, excess)).collect();
    let plan = ScoredPlan { name: ROBUST.to_owned(), made_for: MadeFor::All, scores };
    Ok(RegretTable::new(forecasts::facts(all), vec![plan], None))
}

/// Name of the plan for all forecasts in tables.
pub(in super::super) const ROBUST: &str = "robust";

/// The plan to start from, with the pupils of every forecast.
fn starts(
    args: &SolveArgs,
    folder: &mut Folder,
    all: &Forecasts,
    language: Language,
) -> Result<Vec<Vec<Plan>>, Box<dyn Error>> {
    let Some(path) = &args.start else { return Ok(Vec::new()) };
    let plan = forecasts::plan(folder, path, None, language)?;
    let under = |scenario| transfer(&plan, scenario, &Travel::new(scenario)).plan;
    Ok(vec![all.iter().map(|one| under(&one.scenario)).collect()])
}
