//! `catchment sweep --regret`: a plan for every forecast and one for all of them, each scored under every forecast.

use super::super::exit::Exit;
use super::super::solve::robust::ROBUST;
use super::super::{forecasts, plans, screen};
use super::progress::Progress;
use super::subject::Subject;
use super::worker::{Ended, Job, Worker};
use super::{SweepArgs, interrupted, settings};
use crate::domain::document::PlanStatus;
use crate::domain::forecast::{Forecast, Forecasts};
use crate::domain::plan::Plan;
use crate::i18n::{Language, render};
use crate::input::{Folder, PlanInput, SolverSettings};
use crate::message::Message;
use crate::optimise::robust::{RobustOptions, optimise_robust};
use crate::optimise::{Excess, OptimiseOptions};
use crate::output::overview::standing;
use crate::output::sweep::{Origin, report};
use crate::output::{Bundle, Findings, OutputError, regret, solved};
use crate::run::{Clock, Limits, Silent, StopToken};
use crate::study::regret::{MadeFor, RegretTable, ScoredPlan, score, transfer};
use crate::study::sweep::row::Outcome;
use crate::study::sweep::unit::fingerprint;
use crate::study::sweep::{Row, Task, Unit};
use crate::travel::Travel;
use std::error::Error;
use std::num::NonZeroUsize;
use std::path::Path;

/// Finds the plans, scores them, writes the table, and shows it.
pub(super) fn run(
    args: &SweepArgs,
    mut folder: Folder,
    out: &Path,
    language: Language,
) -> Result<Exit, Box<dyn Error>> {
    let clock = Clock::start();
    let all = forecasts::named(&mut folder, &args.regret)?;
    let start = match &args.start {
        None => None,
        Some(path) => Some(forecasts::plan(&mut folder, path, None, language)?),
    };
    let stop = StopToken::new();
    plans::stop_on_interrupt(stop.clone(), language)?;
    let solver = folder.base.sweep.clone();
    let threads = args.limits.limits(&solver, stop.clone())?.threads;
    let inputs = folder.fingerprint();
    let settings = settings(&args.limits, &solver, language)?;
    let mark = start.as_ref().map(|plan| fingerprint(format!("{plan:?}").as_bytes()));
    let unit = |one: &Forecast| {
        let info = folder.base.variants.iter().find(|info| Some(&info.name) == one.scenario.variant.as_ref());
        Unit::new(info, &inputs, mark.as_deref(), &settings)
    };
    let units: Vec<Unit> = all.iter().map(unit).collect();
    let study = Study {
        all: &all,
        measures: &forecasts::measures(&all)?,
        solver,
        worker: Subject::worker(args, out, stop, language),
        threads,
        start,
    };
    let progress = Progress::start(units.len() + 1, language);
    let done = study.solve(args, &units, &progress);
    progress.finish();
    let Some(Found { singles: rows, robust }) = done? else { return Ok(interrupted(language)) };
    let without = |(name, row): (&str, &Row)| {
        let why = row.figures().is_none().then(|| row.why().join("; "))?;
        Some(render(language, &Message::new("regret.without").with("plan", name).with("why", why)))
    };
    let named = all.iter().map(|one| one.name.as_str()).chain([ROBUST]).zip(rows.iter().chain([&robust]));
    let mut lines: Vec<String> = named.filter_map(without).collect();
    let fault = rows.iter().chain([&robust]).any(|row| matches!(row.result, Outcome::Fault(_)));
    // Any plan knows the names of rules and places; the one for all forecasts is what the sentences below are about.
    let mut kept = false;
    let table = study.table(args, &rows, &robust)?;
    if let Some(row) = [&robust].into_iter().chain(&rows).find(|row| row.figures().is_some())
        && let Some(document) = study.worker.shelf.plan(&row.unit)?
    {
        kept = document.robust.as_ref().is_some_and(|robust| robust.status != PlanStatus::Infeasible);
        let shown = study.made_for(document.variant.as_deref());
        let (findings, facts) = (Findings::default(), plans::run_facts(clock, 0.0, &Limits::new()));
        let (one, (travel, _)) = (&all[shown], &study.measures[shown]);
        let bundle = Bundle::new(&one.scenario, &document, travel, &findings, &facts, language);
        regret::write(out, &inputs, &table, &bundle)?;
        report::write(out, &Origin { scenario: &folder.base.scenario, inputs: &inputs }, language)?;
        lines.extend(regret::lines(&table, &bundle));
        if document.robust.is_some() {
            lines.push(String::new());
            lines.extend(standing(&bundle).iter().map(|line| bundle.say(language, line)));
        }
        lines.push(render(language, &plans::written(&out.join(report::FILE))));
    }
    if args.json {
        screen::print_json(&table)?;
    } else {
        screen::print(&lines)?;
    }
    Ok(ended(fault, kept))
}

fn ended(fault: bool, kept: bool) -> Exit {
    match (fault, kept) {
        (true, _) => Exit::Fault,
        (false, true) => Exit::Done,
        (false, false) => Exit::NoPlan,
    }
}

/// Everything that the plans are made with.
struct Study<'a> {
    all: &'a Forecasts,
    measures: &'a [(Travel<'a>, Excess)],
    solver: SolverSettings,
    worker: Worker<'a>,
    threads: NonZeroUsize,
    /// The plan that was given to start from.
    start: Option<Plan>,
}

/// The plans as rows.
struct Found {
    /// For one forecast each, in order.
    singles: Vec<Row>,
    /// For all of them.
    robust: Row,
}

impl Study<'_> {
    /// The plans for one forecast each, side by side, then the one for all; nothing when interrupted.
    fn solve(&self, args: &SweepArgs, units: &[Unit], progress: &Progress) -> Result<Option<Found>, Box<dyn Error>> {
        let crew = (args.jobs.unwrap_or(self.threads), self.threads);
        let rows = self.worker.side_by_side(units.len(), crew, |at, threads| {
            self.worker.unit(&units[at], threads, progress, || {
                let scenario = &self.all[at].scenario;
                let start = self.start.as_ref().map(|plan| transfer(plan, scenario, &self.measures[at].0).plan);
                let options = OptimiseOptions { start, ..OptimiseOptions::default() };
                Ok(Job { scenario: scenario.clone(), settings: self.solver.clone(), options })
            })
        })?;
        let Some(rows) = rows else { return Ok(None) };
        let mut starts = Vec::new();
        for row in rows.iter().filter(|row| row.figures().is_some()) {
            starts.push(self.plan(row)?);
        }
        let starts: Vec<_> = starts.iter().chain(&self.start).map(|plan| self.everywhere(plan)).collect();
        let options = RobustOptions { starts, ..args.robust_args.options() };
        let names = self.all.iter().map(|one| one.name.clone());
        let task = Task::Robust { forecasts: names.collect(), goal: options.goal, share: options.share.to_string() };
        let mark = fingerprint(format!("{:?}", options.starts).as_bytes());
        let unit = Unit { variant: None, family: None, changes: Vec::new(), ..units[0].with_task(task, Some(&mark)) };
        let work = |clock| self.robust(&unit, &options, clock);
        let robust = self.worker.once(&unit, self.threads, progress, work)?;
        Ok(robust.map(|robust| Found { singles: rows, robust }))
    }

    /// Makes the plan for all forecasts.
    fn robust(&self, unit: &Unit, options: &RobustOptions, clock: Clock) -> Result<Ended, OutputError> {
        let (engine, limits) = match self.worker.prepared(&self.solver, self.threads) {
            Ok(prepared) => prepared,
            Err(why) => return Ok(Ended::Without(Outcome::Failed(why))),
        };
        let engine_clock = Clock::start();
        let result = optimise_robust(self.all, &*engine, &limits, options, &Silent);
        let engine_seconds = engine_clock.seconds();
        if self.worker.stop.is_stopped() {
            return Ok(Ended::Interrupted);
        }
        let run = match result {
            Ok(run) => run,
            Err(error) => return Ok(Ended::Without(self.worker.failed(&error))),
        };
        let (one, (travel, _)) = (&self.all[run.shown()], &self.measures[run.shown()]);
        let findings = solved::findings(&one.scenario, &run.run(run.shown()));
        let document = solved::robust_document(&one.scenario, travel, (&run, &findings), limits.seed, &options.lock);
        let facts = plans::run_facts(clock, engine_seconds, &limits);
        let facts = facts.of_scenario(self.worker.scenario, &self.worker.shelf.place(unit));
        let bundle = Bundle::new(&one.scenario, &document, travel, &findings, &facts, self.worker.language)
            .with_certificate(run.certificate.as_ref());
        self.worker.shelve(unit, travel, &bundle)
    }

    /// The plan of a row that has one, as it lies on the shelf.
    fn plan(&self, row: &Row) -> Result<Plan, Box<dyn Error>> {
        let input = PlanInput::open(&self.worker.shelf.place(&row.unit).join("plan.json"))?;
        let made_for = self.made_for(input.variant());
        Ok(input.resolve(&self.all[made_for].scenario)?.plan)
    }

    /// The forecast that a plan on the shelf was made for, by its variant. Plans of the shelf are of one of the forecasts; to
    /// read any other for the first tells what is wrong with it.
    fn made_for(&self, variant: Option<&str>) -> usize {
        self.all.iter().position(|one| one.scenario.variant.as_deref() == variant).unwrap_or(0)
    }

    /// A plan with the pupils of every forecast.
    fn everywhere(&self, plan: &Plan) -> Vec<Plan> {
        let under = self.all.iter().zip(self.measures);
        under.map(|(one, (travel, _))| transfer(plan, &one.scenario, travel).plan).collect()
    }

    /// Every plan that was found, scored under every forecast.
    fn table(&self, args: &SweepArgs, rows: &[Row], robust: &Row) -> Result<RegretTable, Box<dyn Error>> {
        let mut facts = forecasts::facts(self.all);
        for (facts, row) in facts.iter_mut().zip(rows) {
            facts.bound = row.figures().and_then(|figures| figures.bound);
        }
        let singles = self.all.iter().zip(rows).enumerate();
        let singles = singles.map(|(at, (one, row))| (one.name.as_str(), MadeFor::One(at), row));
        let mut found = Vec::new();
        for (name, made_for, row) in singles.chain([(ROBUST, MadeFor::All, robust)]) {
            if row.figures().is_none() {
                continue;
            }
            let plans = self.everywhere(&self.plan(row)?);
            let each = self.all.iter().zip(self.measures).zip(&plans);
            let scores = each.map(|((one, (travel, excess)), plan)| score(one, travel, plan, excess)).collect();
            found.push(ScoredPlan { name: name.to_owned(), made_for, scores });
        }
        Ok(RegretTable::new(facts, found, args.excess_price))
    }
}
