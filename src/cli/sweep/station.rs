//! The units of a sweep over variants: which there are, what each starts from, and solving them.
//!
//! The scenario itself comes first, then the variants in generations, each after the one whose plan it starts from.

use super::super::plans;
use super::progress::Progress;
use super::worker::{Job, Worker};
use super::{Chunk, SweepArgs, settings};
use crate::domain::plan::Plan;
use crate::domain::scenario::Scenario;
use crate::i18n::{Language, render};
use crate::input::{Folder, Loaded, PlanInput, SolverSettings, VariantInfo, certificate_of};
use crate::kernel::certificate::MultiplierSet;
use crate::message::Message;
use crate::optimise::OptimiseOptions;
use crate::output::OutputError;
use crate::output::sweep::Shelf;
use crate::output::sweep::files::Shared;
use crate::run::StopToken;
use crate::study::stability::Tally;
use crate::study::sweep::lineage::Lineage;
use crate::study::sweep::row::Outcome;
use crate::study::sweep::unit::{fingerprint, share};
use crate::study::sweep::{Row, Settings, Unit, carry};
use std::collections::BTreeMap;
use std::error::Error;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Everything that the units of a sweep share.
pub(super) struct Station<'a> {
    args: &'a SweepArgs,
    worker: Worker<'a>,
    /// Read once; variants are built from it one at a time.
    folder: Mutex<Folder>,
    pub base: Base,
    lineage: Lineage,
    settings: Settings,
}

/// The scenario itself.
pub(super) struct Base {
    pub scenario: Scenario,
    sweep: SolverSettings,
    variants: Vec<VariantInfo>,
    unit: Unit,
    pub fingerprint: String,
    start: Option<Plan>,
}

/// A plan from which variants start, with the multipliers that prove its bound and the fingerprint of the files.
struct First {
    plan: Plan,
    near: Option<MultiplierSet>,
    fingerprint: String,
}

/// The plans from which variants start, as far as they are there.
struct Starts {
    /// That of the scenario itself.
    base: Option<Arc<First>>,
    /// Those of variants, by position; one without a plan passes on what it started from.
    variants: BTreeMap<usize, Option<Arc<First>>>,
}

impl Starts {
    /// The plan that a variant with this start begins with.
    fn of(&self, start: Option<usize>) -> Option<&Arc<First>> {
        match start {
            None => self.base.as_ref(),
            Some(variant) => self.variants.get(&variant)?.as_ref(),
        }
    }
}

impl<'a> Station<'a> {
    /// For a folder that was read, and results in `out`.
    ///
    /// # Errors
    /// When the settings make no sense or the plan to start from cannot be read.
    pub fn new(
        args: &'a SweepArgs,
        folder: Folder,
        out: &Path,
        stop: StopToken,
        language: Language,
    ) -> Result<Self, Box<dyn Error>> {
        let Loaded { scenario, sweep, variants, .. } = &folder.base;
        let settings = settings(&args.limits, sweep, language)?;
        let start = match &args.start {
            None => None,
            Some(path) => {
                let read = PlanInput::open(path)?.resolve(scenario)?;
                plans::warn(&read.warnings, language);
                Some(read.plan)
            }
        };
        let fingerprint_of_all = folder.fingerprint();
        let start_text = start.as_ref().map(|plan| fingerprint(format!("{plan:?}").as_bytes()));
        let unit = Unit::new(None, &fingerprint_of_all, start_text.as_deref(), &settings);
        let lineage = Lineage::new(variants);
        let base = Base {
            scenario: scenario.clone(),
            sweep: sweep.clone(),
            variants: variants.clone(),
            unit,
            fingerprint: fingerprint_of_all,
            start,
        };
        let worker = Worker { scenario: &args.scenario, limits: &args.limits, language, shelf: Shelf::new(out), stop };
        Ok(Self { args, worker, folder: Mutex::new(folder), base, lineage, settings })
    }

    /// All units, the scenario itself first. The id of a variant is known once the plan that it starts from is there.
    ///
    /// # Errors
    /// When a result cannot be read.
    pub fn units(&self) -> Result<Vec<Unit>, Box<dyn Error>> {
        let count = self.base.variants.len();
        let mut starts = self.base_start()?;
        let mut units = BTreeMap::new();
        for generation in self.lineage.generations(0..count) {
            for &at in &generation {
                units.insert(at, self.variant(at, &starts));
            }
            self.known(&generation, &mut starts)?;
        }
        Ok(std::iter::once(self.base.unit.clone()).chain(units.into_values()).collect())
    }

    fn variant(&self, at: usize, starts: &Starts) -> Unit {
        let start = starts.of(self.lineage.start(at)).map(|first| first.fingerprint.as_str());
        Unit::new(Some(&self.base.variants[at]), &self.base.fingerprint, start, &self.settings)
    }

    /// Solves the scenario itself and then all variants of the share, with those that they start from. Says whether it came to
    /// the end.
    ///
    /// # Errors
    /// When a result cannot be read or written.
    pub fn solve(&self) -> Result<bool, Box<dyn Error>> {
        let limits = self.args.limits.limits(&self.base.sweep, self.worker.stop.clone())?;
        let threads = limits.threads;
        let jobs = self.args.jobs.unwrap_or(threads);
        let chunk = self.args.chunk.unwrap_or(Chunk { index: 1, of: 1 });
        let generations = self.lineage.generations(share(self.base.variants.len(), chunk.index, chunk.of));
        let progress = Progress::start(generations.iter().map(Vec::len).sum::<usize>() + 1, self.worker.language);
        let done = self.in_turn(&generations, (jobs, threads), &progress);
        progress.finish();
        done
    }

    fn in_turn(
        &self,
        generations: &[Vec<usize>],
        (jobs, threads): (NonZeroUsize, NonZeroUsize),
        progress: &Progress,
    ) -> Result<bool, Box<dyn Error>> {
        if self.unit(&self.base.unit, None, threads, progress)?.is_none() {
            return Ok(false);
        }
        let mut starts = self.base_start()?;
        for generation in generations {
            let rows = self.worker.side_by_side(generation.len(), (jobs, threads), |position, threads| {
                let at = generation[position];
                let first = starts.of(self.lineage.start(at)).map(Arc::as_ref);
                self.unit(&self.variant(at, &starts), first, threads, progress)
            })?;
            if rows.is_none() {
                return Ok(false);
            }
            self.known(generation, &mut starts)?;
        }
        Ok(true)
    }

    fn base_start(&self) -> Result<Starts, Box<dyn Error>> {
        let base = self.first(&self.base.unit, || Ok(self.base.scenario.clone()))?;
        Ok(Starts { base: base.map(Arc::new), variants: BTreeMap::new() })
    }

    /// Takes up the plans of a generation from which others start.
    fn known(&self, generation: &[usize], starts: &mut Starts) -> Result<(), Box<dyn Error>> {
        for &at in generation.iter().filter(|&&at| self.lineage.is_start(at)) {
            let unit = self.variant(at, starts);
            let own = self.first(&unit, || self.loaded(&unit).map(|loaded| loaded.0))?.map(Arc::new);
            let first = own.or_else(|| starts.of(self.lineage.start(at)).cloned());
            starts.variants.insert(at, first);
        }
        Ok(())
    }

    /// The plan of a unit, where it has one.
    fn first(
        &self,
        unit: &Unit,
        scenario: impl FnOnce() -> Result<Scenario, String>,
    ) -> Result<Option<First>, Box<dyn Error>> {
        let row = self.worker.shelf.row(unit)?;
        if row.is_none_or(|row| row.figures().is_none()) {
            return Ok(None);
        }
        let place = self.worker.shelf.place(unit).join("plan.json");
        let read = PlanInput::open(&place)?.resolve(&scenario()?)?;
        let levels = read.document.as_ref().map_or(0, |document| document.levels.len());
        let near = certificate_of(&place)?.and_then(|certificate| carry::multipliers(levels, certificate));
        let plan_and_proof = format!("{} {near:?}", fingerprint(&std::fs::read(&place)?));
        Ok(Some(First { plan: read.plan, near, fingerprint: fingerprint(plan_and_proof.as_bytes()) }))
    }

    /// Does a unit of the sweep that is not there yet.
    fn unit(
        &self,
        unit: &Unit,
        first: Option<&First>,
        threads: NonZeroUsize,
        progress: &Progress,
    ) -> Result<Option<Row>, OutputError> {
        self.worker.unit(unit, threads, progress, || {
            let (scenario, settings) = self.loaded(unit)?;
            let (start, near) = match (&unit.variant, first) {
                (None, _) => (self.base.start.clone(), None),
                (Some(_), None) => (None, None),
                (Some(_), Some(first)) => (Some(carry::carry(&first.plan, &scenario)), first.near.clone()),
            };
            Ok(Job { scenario, settings, options: OptimiseOptions { start, near, ..OptimiseOptions::default() } })
        })
    }

    /// The scenario of a unit, with the settings of its run; in words, why there is none.
    fn loaded(&self, unit: &Unit) -> Result<(Scenario, SolverSettings), String> {
        let Some(name) = &unit.variant else { return Ok((self.base.scenario.clone(), self.base.sweep.clone())) };
        let loaded = self.folder.lock().unwrap_or_else(PoisonError::into_inner).variant(name);
        let say = |message: &Message| render(self.worker.language, message);
        match loaded {
            Ok(loaded) => Ok((loaded.scenario, loaded.sweep)),
            Err(problems) => Err(problems.lines(&say).join("; ")),
        }
    }

    /// What the plans that keep every hard rule have in common. They are read one at a time.
    ///
    /// # Errors
    /// When a plan cannot be read.
    pub fn shared(&self, rows: &[Row]) -> Result<Shared, OutputError> {
        let mut tally = Tally::default();
        for row in rows.iter().filter(|row| row.holds()) {
            if let Some(plan) = self.worker.shelf.plan(&row.unit)? {
                tally.add(&plan);
            }
        }
        let scenario = &self.base.scenario;
        let on_offer = scenario.offers.iter().map(|offer| scenario.district.sites[offer.site].key.clone()).collect();
        Ok(Shared::new(rows, tally, &on_offer))
    }

    /// The row of a unit, or one that says that it is not there.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn collected(&self, unit: &Unit) -> Result<Row, OutputError> {
        let missing = || Row { unit: unit.clone(), result: Outcome::Missing };
        Ok(self.worker.shelf.row(unit)?.unwrap_or_else(missing))
    }
}
