//! `catchment sweep --prices`: what every rule costs, one at a time.

use super::super::exit::Exit;
use super::super::{plans, screen};
use super::progress::Progress;
use super::subject::Subject;
use super::{SweepArgs, interrupted};
use crate::i18n::{Language, render};
use crate::input::Folder;
use crate::optimise::OptimiseOptions;
use crate::output::sweep::prices::{self as files, Whole};
use crate::output::sweep::report;
use crate::run::StopToken;
use crate::study::rules::{Differences, Restriction, RulePrice};
use crate::study::sweep::Task;
use crate::study::sweep::row::{Figures, Outcome};
use crate::study::sweep::unit::fingerprint;
use std::error::Error;
use std::path::Path;

/// Finds the plan with all restrictions and one without each, writes the prices, and shows them.
pub(super) fn run(args: &SweepArgs, folder: Folder, out: &Path, language: Language) -> Result<Exit, Box<dyn Error>> {
    let subject = Subject::new(args, folder, language)?;
    let stop = StopToken::new();
    plans::stop_on_interrupt(stop.clone(), language)?;
    let worker = Subject::worker(args, out, stop, language);
    let (jobs, threads) = subject.crew(args)?;
    let restrictions = Restriction::all(&subject.scenario);
    let progress = Progress::start(restrictions.len() + 1, language);
    let whole = worker.unit(&subject.unit, threads, &progress, || {
        Ok(subject.job(subject.scenario.clone(), OptimiseOptions::default()))
    });
    let Some(whole) = whole? else {
        progress.finish();
        return Ok(interrupted(language));
    };
    // Every plan with all restrictions is one without one of them.
    let start = subject.plan(&worker.shelf, &whole)?;
    let mark = start.as_ref().map(|plan| fingerprint(format!("{plan:?}").as_bytes()));
    let rows = worker.side_by_side(restrictions.len(), (jobs, threads), |at, threads| {
        let restriction = &restrictions[at];
        let unit = subject.unit.with_task(Task::Without(restriction.clone()), mark.as_deref());
        worker.unit(&unit, threads, &progress, || {
            let options = OptimiseOptions { start: start.clone(), ..OptimiseOptions::default() };
            Ok(subject.job(restriction.set_aside(&subject.scenario), options))
        })
    });
    progress.finish();
    let Some(rows) = rows? else { return Ok(interrupted(language)) };
    let with = if whole.holds() { worker.shelf.plan(&whole.unit)? } else { None };
    let mut prices = Vec::with_capacity(rows.len());
    for (restriction, row) in restrictions.into_iter().zip(&rows) {
        // One plan at a time: they may be large and many.
        let without = if row.holds() { worker.shelf.plan(&row.unit)? } else { None };
        let differences =
            with.as_ref().zip(without.as_ref()).map(|(with, without)| Differences::between(with, without));
        let gap = subject.settings.gap;
        prices.push(RulePrice::new(restriction, &subject.scenario, (&whole, row), gap, differences));
    }
    let fault = rows.iter().chain([&whole]).any(|row| matches!(row.result, Outcome::Fault(_)));
    let holds = whole.holds();
    let whole = Whole {
        status: whole.status().to_owned(),
        known: whole.figures().filter(|_| holds).map(Figures::known),
        folder: format!("plans/{}", whole.unit.folder()),
    };
    files::write(out, &subject.origin(), subject.objective(), &whole, &prices)?;
    report::write(out, &subject.origin(), language)?;
    if args.json {
        screen::print_json(&prices)?;
    } else {
        let mut lines = files::lines(&subject.scenario, &whole, &prices, language);
        lines.push(render(language, &plans::written(&out.join(report::FILE))));
        screen::print(&lines)?;
    }
    Ok(match () {
        () if fault => Exit::Fault,
        () if holds => Exit::Done,
        () => Exit::NoPlan,
    })
}
