//! `catchment sweep --regret`: a plan for every forecast and one for all of them, each scored under every forecast.

use super::super::exit::{Exit, Fault};
use super::super::solve::robust::{ROBUST, document as robust_document};
use super::super::solve::{audited, found};
use super::super::{forecasts, plans, screen};
use super::SweepArgs;
use crate::domain::document::PlanStatus;
use crate::domain::forecast::{Forecast, Forecasts};
use crate::domain::plan::Plan;
use crate::i18n::{Language, render};
use crate::input::Folder;
use crate::optimise::robust::{RobustOptions, RobustRun, optimise_robust};
use crate::optimise::{Excess, OptimiseError, OptimiseOptions, Run, optimise};
use crate::output::sweep::{Origin, plan_files, report};
use crate::output::{Bundle, folder, regret, solved};
use crate::run::{Clock, Limits, Silent, StopToken};
use crate::study::crew;
use crate::study::regret::{MadeFor, RegretTable, ScoredPlan, score, transfer};
use crate::study::sweep::unit::folder_name;
use crate::travel::Travel;
use std::error::Error;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

type Shared = Box<dyn Error + Send + Sync>;

/// Finds the plans, scores them, writes the table with the plans, and shows it.
pub(super) fn run(
    args: &SweepArgs,
    mut scenarios: Folder,
    out: &Path,
    language: Language,
) -> Result<Exit, Box<dyn Error>> {
    let clock = Clock::start();
    let all = forecasts::named(&mut scenarios, &args.regret)?;
    let start = match &args.start {
        None => None,
        Some(path) => Some(forecasts::plan(&mut scenarios, path, None, language)?),
    };
    let settings = scenarios.base.sweep.clone();
    let entry = args.limits.engine(&settings)?;
    let stop = StopToken::new();
    plans::stop_on_interrupt(stop.clone(), language)?;
    let limits = || args.limits.limits(&settings, stop.clone());
    let threads = limits()?.threads;
    let measures = forecasts::measures(&all)?;
    let single = |at: usize, threads: NonZeroUsize| -> Result<Run, Shared> {
        let limits = Limits { threads, ..limits().map_err(|why| why.to_string())? };
        let scenario = &all[at].scenario;
        let travel = &measures[at].0;
        let start = start.as_ref().map(|plan| transfer(plan, scenario, travel).plan);
        let options = OptimiseOptions { start, ..OptimiseOptions::default() };
        Ok(optimise(scenario, travel, &*entry.engine()?, &limits, &options, &Silent)?)
    };
    let jobs = args.jobs.unwrap_or(threads);
    let results = crew::run(all.len(), jobs, threads, |at, threads| (!stop.is_stopped()).then(|| single(at, threads)));
    let mut singles = Vec::new();
    for result in results.into_iter().flatten() {
        singles.push(result.map_err(told)?);
    }
    if stop.is_stopped() {
        return Ok(super::interrupted(language));
    }
    // Every plan with the pupils of every forecast.
    let under: Vec<Vec<Plan>> = singles.iter().map(|run| everywhere(&all, &measures, &run.plan)).collect();
    let given = start.iter().map(|plan| everywhere(&all, &measures, plan));
    let starts = under.iter().cloned().chain(given).collect();
    let options = RobustOptions { starts, ..args.robust_args.options() };
    let robust = found(optimise_robust(&all, &*entry.engine()?, &limits()?, &options, &Silent), language)?;
    if stop.is_stopped() {
        return Ok(super::interrupted(language));
    }
    let table = table(args, &all, &measures, &singles, &under, robust.as_ref());
    // All plans lie side by side, so that the scenario is as far from any of them.
    let facts = plans::run_facts(clock, clock.seconds(), &limits()?).of_scenario(&args.scenario, &place(out, ROBUST));
    let free = OptimiseOptions::default();
    for ((one, (travel, _)), run) in all.iter().zip(&measures).zip(&singles) {
        let findings = solved::findings(&one.scenario, run);
        let document = solved::document(&one.scenario, travel, (run, &findings), limits()?.seed, &free);
        audited(&one.scenario, travel, &document)?;
        let bundle = Bundle::new(&one.scenario, &document, travel, &findings, &facts, language)
            .with_certificate(run.certificate.as_ref());
        folder::write(&place(out, &one.name), &plan_files(&bundle)?)?;
    }
    let shown = robust.as_ref().map_or(0, RobustRun::shown);
    let (one, (travel, _)) = (&all[shown], &measures[shown]);
    let own = robust.as_ref().map_or_else(|| singles[shown].clone(), |robust| robust.run(shown));
    let findings = solved::findings(&one.scenario, &own);
    let document = match &robust {
        Some(robust) => robust_document(&all, robust, &findings, limits()?.seed, &options)?,
        None => solved::document(&one.scenario, travel, (&own, &findings), limits()?.seed, &free),
    };
    let proof = robust.as_ref().map_or(own.certificate.as_ref(), |robust| robust.certificate.as_ref());
    let bundle = Bundle::new(&one.scenario, &document, travel, &findings, &facts, language).with_certificate(proof);
    if robust.is_some() {
        folder::write(&place(out, ROBUST), &plan_files(&bundle)?)?;
    }
    let inputs = scenarios.fingerprint();
    regret::write(out, &inputs, &table, &bundle)?;
    report::write(out, &Origin { scenario: &scenarios.base.scenario, inputs: &inputs }, language)?;
    if args.json {
        screen::print_json(&table)?;
    } else {
        let mut lines = regret::lines(&table, &bundle);
        if document.robust.is_some() {
            lines.push(String::new());
            lines.extend(crate::output::overview::standing(&bundle).iter().map(|line| bundle.say(language, line)));
        }
        lines.push(render(language, &plans::written(&out.join(report::FILE))));
        screen::print(&lines)?;
    }
    let kept = |robust: &RobustRun| robust.status != PlanStatus::Infeasible;
    Ok(if robust.as_ref().is_some_and(kept) { Exit::Done } else { Exit::NoPlan })
}

/// A plan with the pupils of every forecast.
fn everywhere(all: &Forecasts, measures: &[(Travel<'_>, Excess)], plan: &Plan) -> Vec<Plan> {
    all.iter().zip(measures).map(|(one, (travel, _))| transfer(plan, &one.scenario, travel).plan).collect()
}

fn table(
    args: &SweepArgs,
    all: &Forecasts,
    measures: &[(Travel<'_>, Excess)],
    singles: &[Run],
    under: &[Vec<Plan>],
    robust: Option<&RobustRun>,
) -> RegretTable {
    let scored = |name: &str, made_for: MadeFor, plans: &mut dyn Iterator<Item = &Plan>| {
        let each = all.iter().zip(measures).zip(plans);
        let score = |((one, (travel, excess)), plan): ((&Forecast, &(Travel<'_>, Excess)), &Plan)| {
            score(one, travel, plan, excess)
        };
        ScoredPlan { name: name.to_owned(), made_for, scores: each.map(score).collect() }
    };
    let mut facts = forecasts::facts(all);
    for (facts, run) in facts.iter_mut().zip(singles) {
        facts.bound = run.bound;
    }
    let mut found: Vec<ScoredPlan> = all
        .iter()
        .zip(under)
        .enumerate()
        .map(|(at, (one, plans))| scored(&one.name, MadeFor::One(at), &mut plans.iter()))
        .collect();
    if let Some(robust) = robust {
        found.push(scored(ROBUST, MadeFor::All, &mut robust.views.iter().map(|view| &view.plan)));
    }
    RegretTable::new(facts, found, args.excess_price)
}

/// The folder of a plan.
fn place(out: &Path, name: &str) -> PathBuf {
    out.join("regret").join(folder_name(name))
}

/// An error of a run for the screen: a fault of the program is told as one.
fn told(error: Shared) -> Box<dyn Error> {
    let fault = error.downcast_ref::<OptimiseError>().is_some_and(OptimiseError::is_fault);
    if fault { Box::new(Fault(error)) } else { error }
}
