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
use std::collections::{BTreeMap, BTreeSet};
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

/// A unit with the plan that it starts from.
struct Ready {
    unit: Unit,
    first: Option<Arc<First>>,
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

    /// Solves the scenario itself and then all variants of the share, with those that they start from. The rows of them all,
    /// the scenario itself first; `None` when it was interrupted.
    ///
    /// # Errors
    /// When a result cannot be read or written.
    pub fn solve(&self) -> Result<Option<Vec<Row>>, Box<dyn Error>> {
        let limits = self.args.limits.limits(&self.base.sweep, self.worker.stop.clone())?;
        let threads = limits.threads;
        let jobs = self.args.jobs.unwrap_or(threads);
        let chunk = self.args.chunk.unwrap_or(Chunk { index: 1, of: 1 });
        let generations = self.lineage.generations(share(self.base.variants.len(), chunk.index, chunk.of));
        let progress = Progress::start(generations.iter().map(Vec::len).sum::<usize>() + 1, self.worker.language);
        let done = self.in_turn(generations, |ready| {
            self.worker
                .side_by_side(ready.len(), (jobs, threads), |at, threads| self.unit(&ready[at], threads, &progress))
        });
        progress.finish();
        done
    }

    /// The rows of all units, the scenario itself first, as far as they are there.
    ///
    /// # Errors
    /// When a result cannot be read.
    pub fn collected(&self) -> Result<Vec<Row>, Box<dyn Error>> {
        let row = |ready: &Ready| -> Result<Row, OutputError> {
            let missing = || Row { unit: ready.unit.clone(), result: Outcome::Missing };
            Ok(self.worker.shelf.row(&ready.unit)?.unwrap_or_else(missing))
        };
        let all = self.lineage.generations(0..self.base.variants.len());
        let rows = self.in_turn(all, |ready| ready.iter().map(row).collect::<Result<_, _>>().map(Some))?;
        Ok(rows.unwrap_or_default())
    }

    /// Goes through the scenario itself and generations of variants: `rows` has those of one generation, whose units are known
    /// once the plans of the one before are there. All rows in the order of the variants; `None` where it has none.
    fn in_turn(
        &self,
        generations: Vec<Vec<usize>>,
        rows: impl Fn(&[Ready]) -> Result<Option<Vec<Row>>, OutputError>,
    ) -> Result<Option<Vec<Row>>, Box<dyn Error>> {
        let mut found = BTreeMap::new();
        let mut starts: BTreeMap<Option<usize>, Option<Arc<First>>> = BTreeMap::new();
        let mut coming = generations.into_iter().map(|generation| generation.into_iter().map(Some).collect::<Vec<_>>());
        let mut generation = vec![None];
        while !generation.is_empty() {
            let ready: Vec<Ready> = generation.iter().map(|&at| self.ready(at, &starts)).collect();
            let Some(rows) = rows(&ready)? else { return Ok(None) };
            let next = coming.next().unwrap_or_default();
            let needed: BTreeSet<Option<usize>> =
                next.iter().map(|&at| at.and_then(|at| self.lineage.start(at))).collect();
            starts.clear();
            for ((at, ready), row) in generation.iter().zip(ready).zip(&rows) {
                if needed.contains(at) {
                    // One without a plan passes on what it started from.
                    starts.insert(*at, self.first(&ready.unit, row)?.map(Arc::new).or(ready.first));
                }
            }
            found.extend(generation.into_iter().zip(rows));
            generation = next;
        }
        Ok(Some(found.into_values().collect()))
    }

    /// The unit of a variant, or of the scenario itself, given the plans of the generation before.
    fn ready(&self, at: Option<usize>, starts: &BTreeMap<Option<usize>, Option<Arc<First>>>) -> Ready {
        let Some(at) = at else { return Ready { unit: self.base.unit.clone(), first: None } };
        let first = starts.get(&self.lineage.start(at)).cloned().flatten();
        let text = first.as_ref().map(|first| first.fingerprint.as_str());
        let unit = Unit::new(Some(&self.base.variants[at]), &self.base.fingerprint, text, &self.settings);
        Ready { unit, first }
    }

    /// The plan of a unit with this row, where it has one.
    fn first(&self, unit: &Unit, row: &Row) -> Result<Option<First>, Box<dyn Error>> {
        if row.figures().is_none() {
            return Ok(None);
        }
        let place = self.worker.shelf.place(unit).join("plan.json");
        let read = PlanInput::open(&place)?.resolve(&self.loaded(unit)?.0)?;
        let levels = read.document.as_ref().map_or(0, |document| document.levels.len());
        let near = certificate_of(&place)?.and_then(|certificate| carry::multipliers(levels, certificate));
        let plan_and_proof = format!("{} {near:?}", fingerprint(&std::fs::read(&place)?));
        Ok(Some(First { plan: read.plan, near, fingerprint: fingerprint(plan_and_proof.as_bytes()) }))
    }

    /// Does a unit of the sweep that is not there yet.
    fn unit(
        &self,
        Ready { unit, first }: &Ready,
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
}
