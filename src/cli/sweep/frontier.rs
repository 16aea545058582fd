//! `catchment sweep --frontier`: what two or three terms of the objective cost each other.

use super::super::exit::{Exit, Fault};
use super::super::{plans, screen};
use super::progress::Progress;
use super::subject::Subject;
use super::worker::Worker;
use super::{SweepArgs, interrupted};
use crate::domain::objective::{Goal, Term};
use crate::domain::plan::Plan;
use crate::i18n::{Language, render};
use crate::input::Folder;
use crate::message::Message;
use crate::optimise::OptimiseOptions;
use crate::output::OutputError;
use crate::output::sweep::{frontier as files, report};
use crate::run::StopToken;
use crate::study::frontier::{Point, Third, frontier, grid, steps};
use crate::study::sweep::row::Outcome;
use crate::study::sweep::unit::fingerprint;
use crate::study::sweep::{Row, Task};
use std::error::Error;
use std::num::NonZeroUsize;
use std::path::Path;
use thiserror::Error;

/// Two or three different terms; the first is minimised and the others are held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Terms(Vec<Term>);

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
#[error("`{0}` should be two or three of travel, minutes, cost, moved, soft, such as travel,cost")]
pub(super) struct NoTerms(String);

/// Two or three different terms.
pub(super) fn terms(value: &str) -> Result<Terms, NoTerms> {
    let term = |word: &str| {
        WORDS.iter().find(|(known, term)| *known == word.trim() || term.name() == word.trim()).map(|&(_, term)| term)
    };
    let terms: Option<Vec<Term>> = value.split(',').map(term).collect();
    let different = |terms: &Vec<Term>| terms.iter().enumerate().all(|(at, term)| !terms[..at].contains(term));
    match terms.filter(different) {
        Some(terms) if (2..=3).contains(&terms.len()) => Ok(Terms(terms)),
        _ => Err(NoTerms(value.to_owned())),
    }
}

/// A scenario without a plan that keeps its hard rules has no frontier.
#[derive(Debug, Error)]
#[error("there is no frontier, because no plan was found that keeps all hard rules{}{}", if .0.is_empty() { "" } else { ": " }, .0.join(" "))]
struct NoFrontier(Vec<String>);

/// Everything that the runs share.
struct Study<'a> {
    subject: &'a Subject,
    worker: &'a Worker<'a>,
    progress: &'a Progress,
    terms: &'a [Term],
}

/// A plan from which runs start, with its fingerprint.
struct Start {
    plan: Plan,
    fingerprint: String,
}

impl Study<'_> {
    /// The plan that is best in `terms`, one after the other, with some held; `None` when the study was interrupted.
    fn least(
        &self,
        terms: Vec<Term>,
        hold: Vec<(Term, f64)>,
        start: Option<&Start>,
        threads: NonZeroUsize,
    ) -> Result<Option<Row>, OutputError> {
        let held = hold.iter().map(|&(term, most)| (term, most.to_string())).collect();
        let task = Task::Least { terms: terms.clone(), hold: held };
        let unit = self.subject.unit.with_task(task, start.map(|start| start.fingerprint.as_str()));
        self.worker.unit(&unit, threads, self.progress, || {
            let mut scenario = self.subject.scenario.clone();
            scenario.objective.goal = Goal::Levels { terms, slack: 0.0 };
            let start = start.map(|start| start.plan.clone());
            Ok(self
                .subject
                .job(scenario, OptimiseOptions { start, hold, feasible_only: true, ..OptimiseOptions::default() }))
        })
    }

    /// The plan that is best in the term at position `at`, and in the others after it.
    fn end(&self, at: usize, start: Option<&Start>, threads: NonZeroUsize) -> Result<Option<Row>, Box<dyn Error>> {
        let mut order = self.terms.to_vec();
        order[..=at].rotate_right(1);
        match self.least(order, Vec::new(), start, threads)? {
            Some(row) => Ok(Some(sound(row)?)),
            None => Ok(None),
        }
    }

    /// The point of a run with the terms after the first held at `hold`; `None` where no plan keeps to that.
    fn point(&self, row: &Row, hold: &[Option<f64>]) -> Option<Point> {
        let figures = row.figures().filter(|_| row.holds())?;
        let value = |term: Term| figures.terms.get(term.name()).copied().flatten().unwrap_or(0.0);
        // Where other terms come before it, the first is bounded among the plans that are best in those.
        let first = self.terms[0];
        let level = figures.levels.iter().find(|level| level.term == first.name());
        Some(Point {
            at_most: hold.first().copied().flatten(),
            first: value(first),
            bound: level.and_then(|level| level.bound),
            gap: level.and_then(|level| level.gap),
            second: value(self.terms[1]),
            third: self.terms.get(2).map(|&term| Third { at_most: hold.get(1).copied().flatten(), value: value(term) }),
            knee: false,
            folder: format!("plans/{}", row.unit.folder()),
        })
    }
}

/// The row of a run that must have a plan.
fn sound(row: Row) -> Result<Row, Box<dyn Error>> {
    match &row.result {
        Outcome::Fault(what) => Err(Box::new(Fault(what.clone().into()))),
        Outcome::Failed(why) => Err(why.clone().into()),
        _ if row.holds() => Ok(row),
        _ => Err(NoFrontier(row.why()).into()),
    }
}

/// Finds the frontier, writes it with its plans, and shows it.
pub(super) fn run(
    args: &SweepArgs,
    folder: Folder,
    Terms(terms): &Terms,
    out: &Path,
    language: Language,
) -> Result<Exit, Box<dyn Error>> {
    let subject = Subject::new(args, folder, language)?;
    let stop = StopToken::new();
    plans::stop_on_interrupt(stop.clone(), language)?;
    let worker = Subject::worker(args, out, stop, language);
    let points = args.points.map_or(if terms.len() == 2 { POINTS } else { SIDE }, |points| points as usize);
    let runs = if terms.len() == 2 { points } else { points * points + 2 };
    let progress = Progress::start(runs, language);
    let study = Study { subject: &subject, worker: &worker, progress: &progress, terms };
    let found = points_of(args, &study, points);
    progress.finish();
    let found = match found {
        Err(error) if error.is::<NoFrontier>() => {
            screen::tell(&render(language, &Message::new("cli.error").with("what", error)));
            return Ok(Exit::NoPlan);
        }
        found => found?,
    };
    let Some(found) = found else { return Ok(interrupted(language)) };
    let kept = frontier(&found);
    files::write(out, &subject.origin(), terms, &kept)?;
    report::write(out, &subject.origin(), language)?;
    if args.json {
        screen::print_json(&kept)?;
    } else {
        let mut lines = files::lines(terms, &kept, language);
        lines.push(render(language, &plans::written(&out.join(report::FILE))));
        screen::print(&lines)?;
    }
    Ok(Exit::Done)
}

/// Points of a frontier of two terms, and on each side of the grid of one of three.
const POINTS: usize = 11;
const SIDE: usize = 6;

/// All points, dominated ones too; `None` when the study was interrupted.
fn points_of(args: &SweepArgs, study: &Study<'_>, points: usize) -> Result<Option<Vec<Point>>, Box<dyn Error>> {
    let (jobs, threads) = study.subject.crew(args)?;
    // The plan that is best in the last term comes first: it keeps to whatever the others are held at in that term.
    let last = study.terms.len() - 1;
    let Some(least) = study.end(last, None, threads)? else { return Ok(None) };
    let Some(plan) = study.subject.plan(&study.worker.shelf, &least)? else { return Ok(None) };
    let fingerprint = fingerprint(format!("{plan:?}").as_bytes());
    let start = Start { plan, fingerprint };
    let mut ends = vec![least];
    for at in (0..last).rev() {
        let Some(end) = study.end(at, Some(&start), threads)? else { return Ok(None) };
        ends.push(end);
    }
    let mut all: Vec<Point> = ends.iter().filter_map(|row| study.point(row, &[])).collect();
    let range = |value: fn(&Point) -> f64| {
        let values = || all.iter().map(value);
        (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max))
    };
    let second = range(|point| point.second);
    let held: Vec<Vec<Option<f64>>> = if last == 1 {
        steps(second.0, second.1, points).into_iter().map(|most| vec![Some(most)]).collect()
    } else {
        let third = range(|point| point.third.map_or(0.0, |third| third.value));
        grid(second, third, points).into_iter().map(|pair| pair.to_vec()).collect()
    };
    let rows = study.worker.side_by_side(held.len(), (jobs, threads), |at, threads| {
        let hold = study.terms[1..].iter().zip(&held[at]).filter_map(|(&term, &most)| Some((term, most?))).collect();
        study.least(study.terms.to_vec(), hold, Some(&start), threads)
    })?;
    let Some(rows) = rows else { return Ok(None) };
    for (row, hold) in rows.into_iter().zip(&held) {
        // In a grid there are corners that no plan reaches.
        let row = if matches!(row.result, Outcome::Infeasible(_)) { row } else { sound(row)? };
        all.extend(study.point(&row, hold));
    }
    Ok(Some(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_or_three_different_terms_make_a_frontier() {
        assert_eq!(terms("travel,cost").unwrap().0, [Term::TravelPupilKm, Term::Cost]);
        assert_eq!(terms("moved_pupils, minutes").unwrap().0[1], Term::TravelPupilMinutes);
        assert_eq!(terms("travel,cost,moved").unwrap().0.len(), 3);
        for wrong in ["travel", "travel,travel", "travel,price", "travel,cost,moved,soft", "travel,cost,travel", ""] {
            assert!(terms(wrong).is_err(), "{wrong}");
        }
    }
}
