//! The engine `catchment`: a Lagrangian bound, plans built from its multipliers, and branching on the options of sites.

mod climb;
mod closing;
mod connect;
mod core;
mod follow;
mod greedy;
mod incumbent;
mod plans;
mod proof;
mod regions;
mod round;
mod rounding;

use super::assign;
use super::bound::{Ascent, Relaxation, Removed};
use super::branch::{Explored, Fate, Tree, TreeOptions};
use super::certificate::{Certificate, MultiplierSet, digest};
use super::engine::{Engine, EngineError, Outcome, Status};
use super::fixing;
use super::following::Following;
use super::neighbourhood::Waves;
use super::primal::{Found, Improver};
use super::problem::{Problem, Solution};
use crate::id::CustomerId;
use crate::mip::default_backend;
use crate::run::{Limits, Observer, Phase, Progress, relative_gap};
use climb::Climber;
use connect::Gathered;
use incumbent::Incumbent;
use proof::Proof;
use rayon::prelude::*;
use round::Learned;
use std::sync::Arc;

/// The engine.
#[derive(Debug, Clone, Copy, Default)]
pub struct Catchment;

/// Relative distance between bound and cost that is owed to rounding.
const ROUNDING: f64 = 1e-9;
/// Arc visits that one judged move of a search counts for.
const MOVE: u64 = 16;
/// Share of the gap that whole knapsacks must close to be used for branching.
const WHOLE_PAYS: f64 = 0.05;
/// What a climb with packs is expected to add to what they add at once, as a share of it.
const PROMISED: f64 = 1.0;
/// Work that a wave of large neighbourhoods counts for; one is made whenever the tree has done as much.
const NEIGHBOURHOOD_WORK: u64 = 300_000_000;
/// Most doublings of that work while waves find nothing.
const MOST_RARE: u32 = 5;
/// Arcs up to which a node is closed before all its sites are decided.
const SMALL_ARCS: usize = 2500;
/// Gap from which on solutions come before the tree, and arcs from which on waves of large neighbourhoods do then.
const UNSETTLED: f64 = 0.005;
const WAVES_ARCS: usize = 80_000;
/// Gap so wide that waves come first on smaller problems too, and arcs from which on they do.
const WIDE_OPEN: f64 = 0.05;
const FEW_WAVES_ARCS: usize = 20_000;
/// Moves for building a solution from a hint, and for improving the best one, by customer.
const BUILD_MOVES: u64 = 400;
const IMPROVE_MOVES: u64 = 300;

impl Engine for Catchment {
    fn name(&self) -> &'static str {
        "catchment"
    }

    fn solve(
        &self,
        problem: &Problem,
        start: Option<&Solution>,
        limits: &Limits,
        observer: &dyn Observer,
    ) -> Result<Outcome, EngineError> {
        self.solve_near(problem, start, None, limits, observer)
    }

    fn solve_near(
        &self,
        problem: &Problem,
        start: Option<&Solution>,
        near: Option<&MultiplierSet>,
        limits: &Limits,
        observer: &dyn Observer,
    ) -> Result<Outcome, EngineError> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(limits.threads.get())
            .build()
            .map_err(|error| EngineError::Inconsistent(format!("no threads: {error}")))?;
        pool.install(|| Run { near, ..Run::new(problem, limits, observer) }.solve(start))
    }
}

/// One run of the engine.
#[expect(clippy::struct_excessive_bools, reason = "facts about the problem that do not depend on each other")]
struct Run<'a> {
    problem: &'a Problem,
    limits: &'a Limits,
    observer: &'a dyn Observer,
    /// What the certificate names the problem by; made first, since a large one takes seconds that are not there at the end.
    digest: String,
    /// Multipliers of a problem much like this one.
    near: Option<&'a MultiplierSet>,
    improver: Improver<'a>,
    best: Incumbent,
    /// The least infeasible solution while there is no feasible one.
    draft: Option<Found>,
    bound: f64,
    certificate: Option<Certificate>,
    work: u64,
    nodes: u64,
    /// Whether the branches in which every site is decided are plain assignments.
    single: bool,
    /// Whether whole knapsacks pay in the bound.
    whole: bool,
    /// Work spent on building solutions.
    built: u64,
    /// What rounds have learned.
    learned: Learned,
    rounds: u64,
    /// Whether the compact program of assignments covers the problem.
    plain: bool,
    /// Whether plans are made region by region and never searched as a whole.
    regional: bool,
    /// Work of a climb with whole knapsacks that has far to go.
    wide_work: u64,
    /// What the backend proved of all that is left below the cutoff; minus infinity where it was not asked.
    whole_bound: f64,
}

impl<'a> Run<'a> {
    fn new(problem: &'a Problem, limits: &'a Limits, observer: &'a dyn Observer) -> Self {
        Self {
            problem,
            limits,
            observer,
            digest: digest(problem),
            near: None,
            improver: Improver::new(problem),
            best: Incumbent::none(),
            draft: None,
            bound: f64::NEG_INFINITY,
            certificate: None,
            work: 0,
            nodes: 0,
            single: false,
            whole: false,
            built: 0,
            learned: Learned::new(),
            rounds: 0,
            plain: assign::is_plain(problem),
            regional: false,
            wide_work: climb::WIDE_WORK,
            whole_bound: f64::NEG_INFINITY,
        }
    }

    /// The composition: bound, construct, bound again with a target, branch with searches in between.
    fn solve(mut self, start: Option<&Solution>) -> Result<Outcome, EngineError> {
        self.report(Phase::Prepare);
        let relaxation = Relaxation::new(self.problem);
        self.single = assign::is_single(self.problem, &relaxation.tables);
        if let Some(start) = start {
            self.begin(start)?;
        }
        let (root, top) = self.root(&relaxation)?;
        self.report(Phase::Branch);
        if self.bound < f64::INFINITY && !self.finished() {
            self.branch(&relaxation, &root, &top)?;
        } else {
            let mut proof = Proof::new(&relaxation, &root, &top, self.packed(&relaxation));
            proof.unbranched();
            self.certificate = Some(proof.certificate(&self.digest));
        }
        self.polish(&relaxation, if self.whole { &top } else { &root })?;
        if self.certificate.as_ref().is_some_and(|certificate| certificate.bound <= self.whole_bound) {
            let mut proof = Proof::new(&relaxation, &root, &top, self.packed(&relaxation));
            proof.whole(self.whole_bound, default_backend()?.name());
            self.certificate = Some(proof.certificate(&self.digest));
        }
        Ok(self.outcome())
    }

    /// Takes over the start. Around one that breaks something is searched for one that does not; what comes of it is a draft at
    /// worst.
    fn begin(&mut self, start: &Solution) -> Result<(), EngineError> {
        if self.best.offer(self.problem, start.clone())?.taken {
            return Ok(());
        }
        let moves = BUILD_MOVES * self.problem.customers.len() as u64;
        // Most of a plan of a like problem may be worth keeping: what pays at once comes before what may ruin it.
        let polished = self.improver.polish(start, moves, self.limits.seed, self.limits);
        self.take(polished)?;
        let found = self.improver.improve(start, moves, self.limits.seed, "start", self.limits);
        self.take(found)
    }

    /// The root bound, in two climbs with the first solutions between them.
    /// The first ascent has packs where they pay and fractional knapsacks else; the second has whole knapsacks where the problem
    /// allows them.
    fn root(&mut self, relaxation: &Relaxation) -> Result<(Ascent, Ascent), EngineError> {
        let mut climber = Climber::new(relaxation, self.limits, self.plain);
        let nothing = climber.removed().clone();
        let mut root = climber.first(self.near, self.best.cost());
        self.bound = root.evaluation.bound;
        self.report(Phase::Construct);
        let descents = self.descents();
        let following = if self.plain || self.single { None } else { Following::new(self.problem) };
        match &following {
            Some(following) => self.follow(following)?,
            None => self.round(relaxation, &[&root], &nothing, descents)?,
        }
        let (steps, promised) = climber.pack_trial(&root);
        if steps < climb::PACK_STEPS || self.best.solution().is_none() {
            // What follows takes long: a plan comes first, whatever it costs.
            self.mend()?;
        }
        self.improve(IMPROVE_MOVES)?;
        self.make_feasible()?;
        // A long climb that promises nothing is not begun: most of what packs add they add at once.
        let promising = steps == climb::PACK_STEPS
            || self.pays(root.evaluation.bound, promised + PROMISED * (promised - root.evaluation.bound));
        if relaxation.packs() && promising && root.evaluation.bound < f64::INFINITY && !self.finished() {
            let packed = climber.packed(&root, steps, self.best.cost());
            let packed = climber.deepened(packed, steps, self.best.cost());
            self.whole = self.pays(root.evaluation.bound, packed.evaluation.bound);
            if self.whole {
                root = packed;
                self.bound = self.bound.max(root.evaluation.bound);
                self.round(relaxation, &[&root], &nothing, descents)?;
                self.improve(IMPROVE_MOVES)?;
            }
        }
        self.mend()?;
        self.make_feasible()?;
        if !self.whole && root.evaluation.bound < f64::INFINITY && !self.limits.interrupted() {
            root = climber.again(root.multipliers, self.best.cost(), self.cutoff());
        }
        self.bound = self.bound.max(root.evaluation.bound);
        let mut top = root.clone();
        if relaxation.whole && !relaxation.packs() && self.bound < f64::INFINITY && !self.finished() {
            let (below, cutoff) = (self.bound, self.cutoff());
            top = climber.whole(&root, self.best.cost(), cutoff, self.wide_work);
            self.bound = self.bound.max(top.evaluation.bound);
            self.whole = self.pays(below, self.bound) || self.finished();
        }
        self.work += climber.work();
        let pays = if self.whole { &top } else { &root };
        let large = self.problem.arcs.len() > SMALL_ARCS;
        let mut gathered = if large { Gathered::new(self.problem, relaxation) } else { None };
        if let Some(gathered) = &mut gathered {
            self.connect(relaxation, pays, gathered)?;
        }
        self.search_on()?;
        // What falls apart is settled in parts, not in one core.
        let apart = following.is_some_and(|following| following.blocks() > 1);
        if large && !apart && !self.plain && relative_gap(self.best.cost(), self.bound) > plans::CORE_GAP {
            self.cores(relaxation, pays)?;
            self.improve(IMPROVE_MOVES)?;
            self.search_on()?;
        }
        if !self.plain {
            self.settle_down()?;
        }
        if let Some(gathered) = &mut gathered {
            self.alternate(relaxation, pays, gathered)?;
        }
        self.regional = self.is_regional();
        if !(self.regional && self.settle_regions()?) {
            self.round(relaxation, &[pays], &nothing, descents)?;
            // The first plan may have come of the round.
            self.regional = self.is_regional();
            self.settle_regions()?;
        }
        if self.plain {
            self.settle_down()?;
        }
        Ok((root, top))
    }

    /// Whether whole knapsacks close enough of the gap, or of what a plan may still cost, to be worth their time.
    fn pays(&self, below: f64, above: f64) -> bool {
        let cutoff = self.cutoff();
        // A poor first plan must not make a good bound look like nothing.
        let gap = if cutoff.is_finite() { (cutoff - below).min(0.1 * below.abs()) } else { 0.01 * below.abs() };
        above > below && (above - below > WHOLE_PAYS * gap || above >= cutoff)
    }

    /// Whether bounds rest on packs.
    fn packed(&self, relaxation: &Relaxation) -> bool {
        self.whole && relaxation.packs()
    }

    fn branch(&mut self, relaxation: &Relaxation, root: &Ascent, top: &Ascent) -> Result<(), EngineError> {
        let mut removed = Removed::none(relaxation.tables.arc.len());
        let mut proof = Proof::new(relaxation, root, top, self.packed(relaxation));
        let mut cutoff = f64::INFINITY;
        let small = if self.plain || self.packed(relaxation) { 0 } else { SMALL_ARCS };
        let options = TreeOptions { whole: self.whole, small, ..TreeOptions::default() };
        let start = if self.whole { top } else { root };
        let mut tree = Tree::new(relaxation, options, start.multipliers.clone(), self.bound);
        // Least bound of what was left behind: pruned nodes, fixed options and arcs.
        let mut settled = f64::INFINITY;
        let mut search_debt = 0;
        let built_before = self.built;
        let mut searched = self.best.cost();
        let backend = default_backend()?;
        let mut waves = self.improver.waves(self.limits.seed, "neighbourhoods");
        while tree.open() > 0 && !self.finished() {
            if self.cutoff() < cutoff {
                cutoff = self.cutoff();
                if self.packed(relaxation) {
                    self.work += fixing::remove_arcs_sharply(relaxation, root, cutoff, &mut removed);
                } else {
                    fixing::remove_arcs(relaxation, root, cutoff, &mut removed);
                }
                proof.remove_arcs(cutoff);
            }
            settled = settled.min(cutoff);
            let limits = self.limits;
            let before = tree.work;
            let explored = tree.wave(&removed, cutoff, &|| limits.interrupted());
            self.nodes = tree.nodes;
            self.work += tree.work - before;
            search_debt += tree.work - before;
            let decided: Vec<&Explored> =
                explored.iter().filter(|result| matches!(result.fate, Fate::Decided | Fate::Small(_))).collect();
            let mut closed = self.close(relaxation, &decided, &removed)?.into_iter();
            for result in &explored {
                proof.fixed(result);
                match result.fate {
                    Fate::Branched(_) => {}
                    Fate::Pruned => proof.settled(result, result.node.bound, None),
                    Fate::Decided | Fate::Small(_) => {
                        let (bound, done) = closed.next().expect("every decided node was closed");
                        if !done {
                            let mut node = result.node.clone();
                            node.bound = bound;
                            node.start = Arc::new(result.ascent.multipliers.clone());
                            node.tries += 1;
                            tree.reopen(node);
                            continue;
                        }
                        if let Fate::Small(option) = result.fate
                            && bound < self.cutoff()
                        {
                            tree.divide(result, option);
                            continue;
                        }
                        settled = settled.min(bound);
                        let searched = self.single && matches!(result.fate, Fate::Decided);
                        let closed_by = if searched { proof::SEARCH } else { backend.name() };
                        let trusted = (bound > result.node.bound).then_some(closed_by);
                        proof.settled(result, bound, trusted);
                    }
                }
            }
            let ascents: Vec<&Ascent> = explored.iter().map(|result: &Explored| &result.ascent).collect();
            if self.round_is_due(tree.work, self.built - built_before) {
                self.round(relaxation, &ascents, &removed, 1)?;
            }
            if self.best.cost() < searched {
                searched = self.best.cost();
                self.improve(IMPROVE_MOVES)?;
            }
            // The longer nothing came of it, the rarer.
            if search_debt > NEIGHBOURHOOD_WORK << waves.idle().min(MOST_RARE) {
                search_debt = 0;
                self.neighbourhoods(&mut waves)?;
            }
            self.bound = self.bound.max(tree.bound().min(settled).min(self.best.cost()));
            self.report(Phase::Branch);
        }
        proof.open(&tree.into_open(), if self.single { proof::SEARCH } else { backend.name() });
        self.certificate = Some(proof.certificate(&self.digest));
        Ok(())
    }

    /// Takes over what a search found, if it is better.
    fn take(&mut self, found: Found) -> Result<(), EngineError> {
        self.work += MOVE * found.work;
        if found.is_feasible() {
            self.best.offer(self.problem, found.solution)?;
        } else if self.best.solution().is_none() && self.draft.as_ref().is_none_or(|draft| found.better_than(draft)) {
            self.draft = Some(found);
        }
        Ok(())
    }

    /// Searches around the best solution.
    fn improve(&mut self, moves: u64) -> Result<(), EngineError> {
        self.report(Phase::Improve);
        let Some(start) = self.best.solution().or(self.draft.as_ref().map(|draft| &draft.solution)) else {
            return Ok(());
        };
        self.rounds += 1;
        let moves = moves * self.problem.customers.len() as u64;
        let (improver, limits, rounds) = (&self.improver, self.limits, self.rounds);
        let found: Vec<_> = (0..2)
            .into_par_iter()
            .map(|index| improver.improve(start, moves, limits.seed, &format!("improve {rounds} {index}"), limits))
            .collect();
        found.into_iter().try_for_each(|found| self.take(found))
    }

    /// One wave of large neighbourhoods around the best solution.
    fn neighbourhoods(&mut self, waves: &mut Waves) -> Result<(), EngineError> {
        self.report(Phase::Improve);
        let draft = self.draft.as_ref().map(|draft| &draft.solution);
        let Some(start) = self.best.solution().or(draft) else { return Ok(()) };
        self.work += NEIGHBOURHOOD_WORK;
        if let Some(found) = self.improver.wave(start, waves, default_backend()?, self.limits)? {
            self.take(found)?;
        }
        Ok(())
    }

    /// The cost from which on a bound proves enough.
    fn cutoff(&self) -> f64 {
        let cost = self.best.cost();
        // A hair above the gap asked for, so that a bound at the cutoff is within it whatever the rounding.
        if cost.is_infinite() { cost } else { cost - self.limits.gap * (1.0 - 1e-6) * cost.abs() }
    }

    /// The cost of a solution that is within the gap of the bound.
    fn enough(&self) -> f64 {
        let share = self.limits.gap * (1.0 - 1e-6);
        if self.bound > 0.0 { self.bound / (1.0 - share.min(0.5)) } else { self.bound / (1.0 + share) }
    }

    /// The gap at which a proof is one; never less than what bounds give away to be safe against rounding.
    fn gap(&self) -> f64 {
        self.limits.gap.max(ROUNDING)
    }

    fn finished(&self) -> bool {
        (self.best.solution().is_some() && relative_gap(self.best.cost(), self.bound) <= self.gap())
            || self.limits.interrupted()
            || self.limits.work.is_some_and(|limit| self.work >= limit)
    }

    fn report(&self, phase: Phase) {
        let incumbent = self.best.solution().map(|_| self.best.cost());
        self.observer.on(&Progress { phase, incumbent, bound: self.bound, nodes: self.nodes });
    }

    fn outcome(self) -> Outcome {
        let cost = self.best.cost();
        let bound = self.bound.min(cost);
        let status = if self.bound == f64::INFINITY && self.best.solution().is_none() {
            Status::Infeasible
        } else if relative_gap(cost, bound) <= self.gap() && cost < f64::INFINITY {
            Status::Optimal
        } else if self.limits.interrupted() {
            Status::Stopped
        } else if cost < f64::INFINITY {
            Status::Feasible
        } else {
            Status::Unknown
        };
        let (nodes, work, certificate) = (self.nodes, self.work, self.certificate);
        Outcome { status, solution: self.best.into_solution(), cost, bound, nodes, work, certificate }
    }
}

/// Multipliers of customers: the sums of their cells'.
fn by_customer(problem: &Problem, relaxation: &Relaxation, cells: &[f64]) -> Vec<f64> {
    let mut multipliers = vec![0.0; problem.customers.len()];
    for (cell, value) in relaxation.tables.cells.iter().zip(cells) {
        multipliers[CustomerId(cell.customer).0 as usize] += value;
    }
    multipliers
}
