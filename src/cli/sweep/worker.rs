//! Solves one unit and puts it on the shelf, unless it is there.

use super::super::limits::LimitArgs;
use super::super::plans;
use super::progress::Progress;
use crate::domain::scenario::Scenario;
use crate::evaluate::audit::audit;
use crate::i18n::{Language, render};
use crate::input::SolverSettings;
use crate::kernel::engine::Engine;
use crate::optimise::{OptimiseError, OptimiseOptions, optimise};
use crate::output::sweep::Shelf;
use crate::output::{Bundle, OutputError, solved};
use crate::run::{Clock, Limits, Silent, StopToken};
use crate::study::crew;
use crate::study::sweep::row::{Figures, Outcome};
use crate::study::sweep::{Row, Unit};
use crate::travel::Travel;
use std::error::Error;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// What solving any unit needs.
pub(super) struct Worker<'a> {
    /// Folder of the scenario.
    pub scenario: &'a Path,
    pub limits: &'a LimitArgs,
    pub language: Language,
    pub shelf: Shelf,
    pub stop: StopToken,
}

/// What is solved for a unit.
pub(super) struct Job {
    pub scenario: Scenario,
    pub settings: SolverSettings,
    pub options: OptimiseOptions,
}

impl Worker<'_> {
    /// Does a unit that is not there yet and puts it on the shelf; `job` makes what is to be solved, or says in words why
    /// there is nothing. `None` when the sweep was interrupted meanwhile.
    ///
    /// # Errors
    /// When the shelf cannot be read or written. What goes wrong in the run itself is the unit's result.
    pub fn unit(
        &self,
        unit: &Unit,
        threads: NonZeroUsize,
        progress: &Progress,
        job: impl FnOnce() -> Result<Job, String>,
    ) -> Result<Option<Row>, OutputError> {
        self.once(unit, threads, progress, |clock| match job() {
            Ok(job) => self.solve(unit, job, threads, clock),
            Err(why) => Ok(Ended::Without(Outcome::Failed(why))),
        })
    }

    /// As [`Self::unit`], for a unit that is more than one run: `work` does it and puts its plan on the shelf.
    ///
    /// # Errors
    /// As for [`Self::unit`].
    pub fn once(
        &self,
        unit: &Unit,
        threads: NonZeroUsize,
        progress: &Progress,
        work: impl FnOnce(Clock) -> Result<Ended, OutputError>,
    ) -> Result<Option<Row>, OutputError> {
        if self.stop.is_stopped() {
            return Ok(None);
        }
        if let Some(row) = self.shelf.row(unit)? {
            progress.done(&row, true);
            return Ok(Some(row));
        }
        let clock = Clock::start();
        let without = |result: Outcome| -> Result<Option<Row>, OutputError> {
            let row = Row { unit: unit.clone(), result };
            self.shelf.put(&row, None, &plans::run_facts(clock, 0.0, &Limits { threads, ..Limits::new() }))?;
            Ok(Some(row))
        };
        let done = catch_unwind(AssertUnwindSafe(|| work(clock)));
        let row = match done {
            Ok(Ok(Ended::Shelved(row))) => Some(*row),
            Ok(Ok(Ended::Interrupted)) => None,
            Ok(Ok(Ended::Without(result))) => without(result)?,
            Ok(Err(error)) => return Err(error),
            Err(panic) => {
                let what = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
                let what = what.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
                without(Outcome::Fault(what))?
            }
        };
        if let Some(row) = &row {
            progress.done(row, false);
        }
        Ok(row)
    }

    /// Does `count` units side by side, each by `unit` with its position and its threads. `None` when the sweep was
    /// interrupted meanwhile.
    ///
    /// # Errors
    /// What went wrong first, in order of the units; it stops the others.
    pub fn side_by_side(
        &self,
        count: usize,
        (jobs, threads): (NonZeroUsize, NonZeroUsize),
        unit: impl Fn(usize, NonZeroUsize) -> Result<Option<Row>, OutputError> + Sync,
    ) -> Result<Option<Vec<Row>>, OutputError> {
        let results = crew::run(count, jobs, threads, |at, threads| {
            let row = unit(at, threads);
            if row.is_err() {
                self.stop.stop();
            }
            row.transpose()
        });
        let rows = results.into_iter().flatten().collect::<Result<Vec<Row>, OutputError>>()?;
        Ok((rows.len() == count).then_some(rows))
    }

    fn solve(&self, unit: &Unit, job: Job, threads: NonZeroUsize, clock: Clock) -> Result<Ended, OutputError> {
        let Job { scenario, settings, options } = job;
        let (engine, limits) = match self.prepared(&settings, threads) {
            Ok(prepared) => prepared,
            Err(why) => return Ok(Ended::Without(Outcome::Failed(why))),
        };
        let travel = Travel::new(&scenario);
        let engine_clock = Clock::start();
        let result = optimise(&scenario, &travel, &*engine, &limits, &options, &Silent);
        let engine_seconds = engine_clock.seconds();
        if self.stop.is_stopped() {
            return Ok(Ended::Interrupted);
        }
        let run = match result {
            Ok(run) => run,
            Err(error) => return Ok(Ended::Without(self.failed(&error))),
        };
        let findings = solved::findings(&scenario, &run);
        let document = solved::document(&scenario, &travel, (&run, &findings), limits.seed, &options);
        let facts = plans::run_facts(clock, engine_seconds, &limits);
        let facts = facts.of_scenario(self.scenario, &self.shelf.place(unit));
        let bundle = Bundle::new(&scenario, &document, &travel, &findings, &facts, self.language)
            .with_certificate(run.certificate.as_ref());
        self.shelve(unit, &travel, &bundle)
    }

    /// The engine and the limits of a run with `threads`; in words, why there are none.
    ///
    /// # Errors
    /// When the limits make no sense, or the engine is not there.
    pub fn prepared(
        &self,
        settings: &SolverSettings,
        threads: NonZeroUsize,
    ) -> Result<(Box<dyn Engine>, Limits), String> {
        let limits = self.limits.limits(settings, self.stop.clone()).map_err(|why| why.to_string())?;
        let entry = self.limits.engine(settings).map_err(|why| why.to_string())?;
        let engine = entry.engine().map_err(|why| why.to_string())?;
        Ok((engine, Limits { threads, ..limits }))
    }

    /// What comes of a unit whose run ended in an error.
    pub fn failed(&self, error: &OptimiseError) -> Outcome {
        if error.is_fault() {
            return Outcome::Fault(chain(error));
        }
        match error.obstacle() {
            Some(why) => Outcome::Infeasible(render(self.language, &why)),
            None => Outcome::Failed(chain(error)),
        }
    }

    /// Audits the plan of a unit and puts it on the shelf.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn shelve(&self, unit: &Unit, travel: &Travel<'_>, bundle: &Bundle<'_>) -> Result<Ended, OutputError> {
        if let Some(first) = audit(bundle.scenario, travel, bundle.document).first() {
            return Ok(Ended::Without(Outcome::Fault(first.to_string())));
        }
        let why = bundle.findings.obstacles.iter().map(|why| render(self.language, why)).collect();
        let row = Row { unit: unit.clone(), result: Outcome::Plan(Box::new(Figures::of(bundle.document, why))) };
        self.shelf.put(&row, Some(bundle), bundle.run)?;
        Ok(Ended::Shelved(Box::new(row)))
    }
}

/// How solving a unit ended.
pub(super) enum Ended {
    /// Its plan is on the shelf.
    Shelved(Box<Row>),
    /// There is no plan to put there.
    Without(Outcome),
    /// The sweep was interrupted.
    Interrupted,
}

/// An error with its sources.
pub(super) fn chain(error: &OptimiseError) -> String {
    let chain = std::iter::successors(Some(error as &dyn Error), |&error| error.source());
    let mut texts: Vec<String> = chain.map(ToString::to_string).collect();
    // A transparent error repeats the text of its source.
    texts.dedup();
    texts.join(": ")
}
