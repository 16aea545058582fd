//! `catchment sweep --closures`: what closures cost one by one.

use super::super::exit::Exit;
use super::super::{plans, screen};
use super::progress::Progress;
use super::subject::Subject;
use super::worker::Worker;
use super::{SweepArgs, interrupted};
use crate::domain::plan::{Plan, PlannedAction};
use crate::i18n::{Language, render};
use crate::id::SiteId;
use crate::input::Folder;
use crate::optimise::OptimiseOptions;
use crate::output::OutputError;
use crate::output::sweep::{closures as files, report};
use crate::run::StopToken;
use crate::study::closures::path;
use crate::study::sweep::row::Outcome;
use crate::study::sweep::{Row, Task, Unit};
use std::error::Error;
use std::num::NonZeroUsize;
use std::path::Path;
use thiserror::Error;

/// Numbers of closures, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    first: u32,
    last: u32,
}

/// A range that is none.
#[derive(Debug, Error)]
#[error("`{0}` should be A..B with A at most B and B at most {MOST}, such as 0..10")]
pub(super) struct NoRange(String);

/// Most closures that can be asked for.
const MOST: u32 = 10_000;

/// A range of numbers of closures.
pub(super) fn range(value: &str) -> Result<Range, NoRange> {
    let ends = value.split_once("..").and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
    match ends {
        Some((first, last)) if first <= last && last <= MOST => Ok(Range { first, last }),
        _ => Err(NoRange(value.to_owned())),
    }
}

/// Finds the path, writes it with its plans, and shows it.
pub(super) fn run(
    args: &SweepArgs,
    folder: Folder,
    range: Range,
    out: &Path,
    language: Language,
) -> Result<Exit, Box<dyn Error>> {
    let subject = Subject::new(args, folder, language)?;
    let stop = StopToken::new();
    plans::stop_on_interrupt(stop.clone(), language)?;
    let worker = Subject::worker(args, out, stop, language);
    let numbers: Vec<u32> = (range.first..=range.last).collect();
    let runs = if args.nested { 2 * numbers.len() } else { numbers.len() };
    let progress = Progress::start(runs, language);
    let study = Study { subject: &subject, worker: &worker, progress: &progress };
    let found = study.free(args, &numbers).and_then(|free| match free {
        Some(free) if args.nested => Ok(study.nested(args, &numbers, &free)?.map(|nested| (free, nested))),
        free => Ok(free.map(|free| (free, Vec::new()))),
    });
    progress.finish();
    let Some((free, nested)) = found? else { return Ok(interrupted(language)) };
    let mut nested = nested.into_iter();
    let rows: Vec<_> = numbers.into_iter().zip(free).map(|(count, free)| (count, free, nested.next())).collect();
    let steps = path(&rows);
    files::write(out, &subject.origin(), subject.objective(), &steps)?;
    report::write(out, &subject.origin(), language)?;
    if args.json {
        screen::print_json(&steps)?;
    } else {
        let mut lines = files::lines(&steps, language);
        lines.push(render(language, &plans::written(&out.join(report::FILE))));
        screen::print(&lines)?;
    }
    let fault = |row: &Row| matches!(row.result, Outcome::Fault(_));
    Ok(match () {
        () if rows.iter().any(|(_, free, nested)| fault(free) || nested.as_ref().is_some_and(fault)) => Exit::Fault,
        () if steps.iter().any(|step| step.free.known.is_some()) => Exit::Done,
        () => Exit::NoPlan,
    })
}

struct Study<'a> {
    subject: &'a Subject,
    worker: &'a Worker<'a>,
    progress: &'a Progress,
}

/// The rows of all steps; `None` when the study was interrupted.
type Rows = Result<Option<Vec<Row>>, Box<dyn Error>>;

impl Study<'_> {
    /// The best plan for every number of closures, side by side.
    fn free(&self, args: &SweepArgs, numbers: &[u32]) -> Rows {
        let rows = self.worker.side_by_side(numbers.len(), self.subject.crew(args)?, |at, threads| {
            let exactly = numbers[at];
            let unit = self.subject.unit.with_task(Task::Closures { exactly, kept: None }, None);
            let options = OptimiseOptions { closures: Some(exactly), ..OptimiseOptions::default() };
            self.row(&unit, options, threads)
        });
        Ok(rows?)
    }

    /// The best plan for every number of closures that keeps those of the step before, or of the last step before it that has
    /// a plan; as long as there is nothing to keep, the free one.
    fn nested(&self, args: &SweepArgs, numbers: &[u32], free: &[Row]) -> Rows {
        let (_, threads) = self.subject.crew(args)?;
        let mut before = Plan::default();
        let mut rows = Vec::with_capacity(numbers.len());
        for (&exactly, free) in numbers.iter().zip(free) {
            let kept: Vec<PlannedAction> =
                before.actions.iter().filter(|action| action.measure.ends_school()).copied().collect();
            let row = if kept.is_empty() {
                self.progress.done(free, true);
                free.clone()
            } else {
                let lock: Vec<SiteId> = kept.iter().map(|action| action.site).collect();
                let task =
                    Task::Closures { exactly, kept: Some(kept.iter().map(|action| self.words(action)).collect()) };
                let unit = self.subject.unit.with_task(task, None);
                let start = Some(before.clone());
                let options = OptimiseOptions { start, lock, closures: Some(exactly), ..OptimiseOptions::default() };
                match self.row(&unit, options, threads)? {
                    Some(row) => row,
                    None => return Ok(None),
                }
            };
            if let Some(plan) = self.subject.plan(&self.worker.shelf, &row)? {
                before = plan;
            }
            rows.push(row);
        }
        Ok(Some(rows))
    }

    /// The row of a unit; `None` when the study was interrupted.
    fn row(&self, unit: &Unit, options: OptimiseOptions, threads: NonZeroUsize) -> Result<Option<Row>, OutputError> {
        let job = || Ok(self.subject.job(self.subject.scenario.clone(), options));
        self.worker.unit(unit, threads, self.progress, job)
    }

    /// A closure that is kept: key of the site, and action with its year and receiver.
    fn words(&self, action: &PlannedAction) -> (String, String) {
        let sites = &self.subject.scenario.district.sites;
        let into = action.measure.receiver().map(|into| format!(" {}", sites[into].key)).unwrap_or_default();
        (sites[action.site].key.clone(), format!("{} {}{into}", action.measure.name(), action.year))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_two_ends() {
        assert_eq!(range("0..10").unwrap(), Range { first: 0, last: 10 });
        assert_eq!(range("3..3").unwrap(), Range { first: 3, last: 3 });
        for wrong in ["10", "3..2", "..4", "1..", "-1..2", "a..b", "0..99999"] {
            assert!(range(wrong).is_err(), "{wrong}");
        }
    }
}
