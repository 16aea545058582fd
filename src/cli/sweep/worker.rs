//! Solves one unit and puts it on the shelf, unless it is there.

use super::super::limits::LimitArgs;
use super::super::plans;
use super::progress::Progress;
use crate::domain::scenario::Scenario;
use crate::evaluate::audit::audit;
use crate::i18n::{Language, render};
use crate::input::SolverSettings;
use crate::message::Message;
use crate::optimise::{OptimiseError, OptimiseOptions, optimise};
use crate::output::sweep::Shelf;
use crate::output::{Bundle, OutputError, solved};
use crate::run::{Clock, Limits, Silent, StopToken};
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
        let done = catch_unwind(AssertUnwindSafe(|| match job() {
            Ok(job) => self.solve(unit, job, threads, clock),
            Err(why) => Ok(Ended::Without(Outcome::Failed(why))),
        }));
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

    fn solve(&self, unit: &Unit, job: Job, threads: NonZeroUsize, clock: Clock) -> Result<Ended, OutputError> {
        let Job { scenario, settings, options } = job;
        let limits = match self.limits.limits(&settings, self.stop.clone()) {
            Ok(limits) => Limits { threads, ..limits },
            Err(why) => return Ok(Ended::Without(Outcome::Failed(why.to_string()))),
        };
        let engine = self.limits.engine(&settings).map_err(|why| why.to_string());
        let engine = match engine.and_then(|entry| entry.engine().map_err(|why| why.to_string())) {
            Ok(engine) => engine,
            Err(why) => return Ok(Ended::Without(Outcome::Failed(why))),
        };
        let say = |message: &Message| render(self.language, message);
        let travel = Travel::new(&scenario);
        let engine_clock = Clock::start();
        let result = optimise(&scenario, &travel, &*engine, &limits, &options, &Silent);
        let engine_seconds = engine_clock.seconds();
        if self.stop.is_stopped() {
            return Ok(Ended::Interrupted);
        }
        let run = match result {
            Ok(run) => run,
            Err(error) if error.is_fault() => return Ok(Ended::Without(Outcome::Fault(chain(&error)))),
            Err(error) => {
                let result = match error.obstacle() {
                    Some(why) => Outcome::Infeasible(say(&why)),
                    None => Outcome::Failed(chain(&error)),
                };
                return Ok(Ended::Without(result));
            }
        };
        let findings = solved::findings(&scenario, &run);
        let document = solved::document(&scenario, &travel, (&run, &findings), limits.seed, &options);
        if let Some(first) = audit(&scenario, &travel, &document).first() {
            return Ok(Ended::Without(Outcome::Fault(first.to_string())));
        }
        let facts = plans::run_facts(clock, engine_seconds, &limits);
        let facts = facts.of_scenario(self.scenario, &self.shelf.place(unit));
        let bundle = Bundle::new(&scenario, &document, &travel, &findings, &facts, self.language)
            .with_certificate(run.certificate.as_ref());
        let why = findings.obstacles.iter().map(say).collect();
        let row = Row { unit: unit.clone(), result: Outcome::Plan(Box::new(Figures::of(&document, why))) };
        self.shelf.put(&row, Some(&bundle), &facts)?;
        Ok(Ended::Shelved(Box::new(row)))
    }
}

/// How solving a unit ended.
enum Ended {
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
