//! The scenario, or the variant of it, that a study of one county is about: a frontier, a path over closures, prices of rules.

use super::worker::{Job, Worker};
use super::{SweepArgs, settings};
use crate::domain::plan::Plan;
use crate::domain::scenario::Scenario;
use crate::i18n::Language;
use crate::input::{Folder, PlanInput, SolverSettings};
use crate::optimise::{OptimiseOptions, goal};
use crate::output::sweep::{Origin, Shelf};
use crate::run::StopToken;
use crate::study::sweep::{Row, Settings, Unit};
use std::error::Error;
use std::num::NonZeroUsize;
use std::path::Path;

/// What is studied.
pub(super) struct Subject {
    pub scenario: Scenario,
    pub solver: SolverSettings,
    pub settings: Settings,
    /// The unit of its best plan; for the scenario itself the one that a sweep begins with.
    pub unit: Unit,
    /// Fingerprint of all files of the scenario.
    inputs: String,
}

impl Subject {
    /// The scenario of the folder, or the variant that the arguments name.
    ///
    /// # Errors
    /// When there is no such variant, or the limits make no sense.
    pub fn new(args: &SweepArgs, mut folder: Folder, language: Language) -> Result<Self, Box<dyn Error>> {
        let fingerprint = folder.fingerprint();
        let (scenario, solver, info) = match &args.variant {
            None => (folder.base.scenario.clone(), folder.base.sweep.clone(), None),
            Some(name) => {
                let loaded = folder.variant(name)?;
                let info = loaded.variants.iter().find(|info| info.name == *name).cloned();
                (loaded.scenario, loaded.sweep, info)
            }
        };
        let settings = settings(&args.limits, &solver, language)?;
        let unit = Unit::new(info.as_ref(), &fingerprint, None, &settings);
        Ok(Self { scenario, solver, settings, unit, inputs: fingerprint })
    }

    /// What the documents of a study are of.
    pub fn origin(&self) -> Origin<'_> {
        Origin { scenario: &self.scenario, inputs: &self.inputs }
    }

    /// A worker whose units lie in `out`.
    pub fn worker<'a>(args: &'a SweepArgs, out: &Path, stop: StopToken, language: Language) -> Worker<'a> {
        Worker { scenario: &args.scenario, limits: &args.limits, language, shelf: Shelf::new(out), stop }
    }

    /// The job of a unit on `scenario`.
    pub fn job(&self, scenario: Scenario, options: OptimiseOptions) -> Job {
        Job { scenario, settings: self.solver.clone(), options }
    }

    /// The plan of a row, where it keeps every hard rule.
    ///
    /// # Errors
    /// When the plan is there and cannot be read.
    pub fn plan(&self, shelf: &Shelf, row: &Row) -> Result<Option<Plan>, Box<dyn Error>> {
        if !row.holds() {
            return Ok(None);
        }
        let place = shelf.place(&row.unit).join("plan.json");
        Ok(Some(PlanInput::open(&place)?.resolve(&self.scenario)?.plan))
    }

    /// What the values of the studies are of: the first level of the objective.
    pub fn objective(&self) -> &'static str {
        goal::declared(&self.scenario).first().map_or("", |level| level.name)
    }

    /// Runs at the same time and threads for all of them.
    ///
    /// # Errors
    /// As for the arguments.
    pub fn crew(&self, args: &SweepArgs) -> Result<(NonZeroUsize, NonZeroUsize), Box<dyn Error>> {
        let threads = args.limits.limits(&self.solver, StopToken::new())?.threads;
        Ok((args.jobs.unwrap_or(threads), threads))
    }
}
