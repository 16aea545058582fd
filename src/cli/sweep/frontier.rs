//! `catchment sweep --frontier`: what two terms of the objective cost each other.

use super::super::exit::{Exit, Fault};
use super::super::{plans, screen};
use super::SweepArgs;
use crate::domain::objective::{Goal, Term};
use crate::domain::plan::Plan;
use crate::domain::scenario::Scenario;
use crate::i18n::{Language, render};
use crate::input::{Folder, SolverSettings};
use crate::kernel::catalogue::Entry;
use crate::optimise::{OptimiseError, OptimiseOptions, Run, optimise};
use crate::output::sweep::{frontier as files, plan_files, report};
use crate::output::{Bundle, folder, solved};
use crate::run::{Clock, Limits, Silent, StopToken};
use crate::study::crew;
use crate::study::frontier::{Point, frontier, steps};
use crate::travel::Travel;
use std::error::Error;
use std::num::NonZeroUsize;
use std::path::Path;
use thiserror::Error;

/// The two terms, the one that is minimised first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    first: Term,
    second: Term,
}

/// Words for terms on the command line.
const WORDS: [(&str, Term); 5] = [
    ("travel", Term::TravelPupilKm),
    ("minutes", Term::TravelPupilMinutes),
    ("cost", Term::Cost),
    ("moved", Term::MovedPupils),
    ("soft", Term::SoftExcess),
];

/// Terms that are none.
#[derive(Debug, Error)]
#[error("`{0}` should be two of travel, minutes, cost, moved, soft, such as travel,cost")]
pub(super) struct NoPair(String);

/// Two different terms.
pub(super) fn pair(value: &str) -> Result<Pair, NoPair> {
    let term = |word: &str| {
        WORDS.iter().find(|(known, term)| *known == word.trim() || term.name() == word.trim()).map(|&(_, term)| term)
    };
    match value.split_once(',').map(|(first, second)| (term(first), term(second))) {
        Some((Some(first), Some(second))) if first != second => Ok(Pair { first, second }),
        _ => Err(NoPair(value.to_owned())),
    }
}

/// A scenario without a plan that keeps its hard rules has no frontier.
#[derive(Debug, Error)]
#[error("no plan keeps all hard rules, so there is no frontier: `catchment solve` says which rules and why")]
struct NoFrontier;

/// Everything that the runs share.
struct Work<'a> {
    scenario: Scenario,
    pair: Pair,
    entry: &'static Entry,
    args: &'a SweepArgs,
    settings: SolverSettings,
    stop: StopToken,
}

/// A plan of the frontier with its run.
struct Found {
    run: Run,
    scenario: Scenario,
    point: Point,
}

impl Work<'_> {
    /// The least `terms`, one after the other, with the second term of the pair held at `at_most`.
    fn solve(
        &self,
        terms: [Term; 2],
        at_most: Option<f64>,
        start: Option<&Plan>,
        threads: NonZeroUsize,
    ) -> Result<Found, Box<dyn Error + Send + Sync>> {
        let mut scenario = self.scenario.clone();
        scenario.objective.goal = Goal::Levels { terms: terms.to_vec(), slack: 0.0 };
        let limits = self.args.limits.limits(&self.settings, self.stop.clone()).map_err(|why| why.to_string())?;
        let limits = Limits { threads, ..limits };
        let hold = at_most.map(|most| (self.pair.second, most)).into_iter().collect();
        let options = OptimiseOptions { start: start.cloned(), hold, ..OptimiseOptions::default() };
        let travel = Travel::new(&scenario);
        let run = optimise(&scenario, &travel, &*self.entry.engine()?, &limits, &options, &Silent)?;
        if !run.evaluation.hard_rules_hold() {
            return Err(NoFrontier.into());
        }
        let value = |term: Term| {
            let terms = run.evaluation.objective.as_ref().map(|objective| &objective.terms);
            terms.and_then(|terms| terms.get(&term).copied().flatten()).unwrap_or(0.0)
        };
        // Of the two levels, the one of the first term is bounded among the plans that keep the second.
        let level = run.levels.iter().find(|level| level.name == self.pair.first.name());
        let point = Point {
            at_most,
            first: value(self.pair.first),
            bound: level.and_then(|level| level.bound),
            gap: level.and_then(|level| level.gap),
            second: value(self.pair.second),
            knee: false,
        };
        Ok(Found { run, scenario, point })
    }
}

/// Finds the frontier, writes it with its plans, and shows it.
pub(super) fn run(
    args: &SweepArgs,
    mut folder: Folder,
    pair: Pair,
    out: &Path,
    language: Language,
) -> Result<Exit, Box<dyn Error>> {
    let clock = Clock::start();
    let (scenario, settings) = match &args.variant {
        None => (folder.base.scenario.clone(), folder.base.sweep.clone()),
        Some(name) => {
            let loaded = folder.variant(name)?;
            (loaded.scenario, loaded.sweep)
        }
    };
    let stop = StopToken::new();
    plans::stop_on_interrupt(stop.clone(), language)?;
    let entry = args.limits.engine(&settings)?;
    let limits = args.limits.limits(&settings, stop.clone())?;
    let work = Work { scenario, pair, entry, args, settings, stop: stop.clone() };
    let Pair { first, second } = pair;
    let threads = limits.threads;
    let least = work.solve([second, first], None, None, threads).map_err(told)?;
    let greatest = work.solve([first, second], None, Some(&least.run.plan), threads).map_err(told)?;
    let between = steps(least.point.second, greatest.point.second, args.points as usize);
    let jobs = args.jobs.unwrap_or(threads);
    let inner = crew::run(between.len(), jobs, threads, |at, threads| {
        (!stop.is_stopped()).then(|| work.solve([first, second], Some(between[at]), Some(&least.run.plan), threads))
    });
    let mut all = vec![least, greatest];
    for found in inner.into_iter().flatten() {
        all.push(found.map_err(told)?);
    }
    if stop.is_stopped() {
        return Ok(super::interrupted(language));
    }
    let points: Vec<Point> = all.iter().map(|found| found.point.clone()).collect();
    let kept = frontier(&points);
    let facts =
        plans::run_facts(clock, clock.seconds(), &limits).of_scenario(&args.scenario, &out.join(files::place(0)));
    for (number, (at, _)) in kept.iter().enumerate() {
        let Found { run, scenario, .. } = &all[*at];
        let travel = Travel::new(scenario);
        let findings = solved::findings(scenario, run);
        let document = solved::document(scenario, &travel, (run, &findings), limits.seed, &[]);
        let bundle = Bundle::new(scenario, &document, &travel, &findings, &facts, language);
        folder::write(&out.join(files::place(number)), &plan_files(&bundle)?)?;
    }
    let kept: Vec<Point> = kept.into_iter().map(|(_, point)| point).collect();
    let inputs = folder.fingerprint();
    files::write(out, &work.scenario, &inputs, [first, second], &kept)?;
    report::write(out, &work.scenario, &inputs, language)?;
    if args.json {
        screen::print_json(&kept)?;
        return Ok(Exit::Done);
    }
    let mut lines = files::lines([first, second], &kept, language);
    lines.push(render(language, &plans::written(&out.join(report::FILE))));
    screen::print(&lines)?;
    Ok(Exit::Done)
}

/// An error of a run for the screen: a fault of the program is told as one.
fn told(error: Box<dyn Error + Send + Sync>) -> Box<dyn Error> {
    let fault = error.downcast_ref::<OptimiseError>().is_some_and(OptimiseError::is_fault);
    if fault { Box::new(Fault(error)) } else { error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_different_terms_are_a_pair() {
        assert_eq!(pair("travel,cost").unwrap(), Pair { first: Term::TravelPupilKm, second: Term::Cost });
        assert_eq!(pair("moved_pupils, minutes").unwrap().second, Term::TravelPupilMinutes);
        for wrong in ["travel", "travel,travel", "travel,price", "travel,cost,moved", ""] {
            assert!(pair(wrong).is_err(), "{wrong}");
        }
    }
}
