//! The engine `catchment`: a Lagrangian bound, plans built from its multipliers, and branching on the options of sites.

mod incumbent;

use super::bound::{Ascent, AscentOptions, Excluded, Relaxation, Removed};
use super::branch::{Explored, Fate, Tree, TreeOptions};
use super::construct::Hint;
use super::engine::{Engine, EngineError, Outcome, Status};
use super::fixing;
use super::primal::Improver;
use super::problem::{Problem, Solution};
use crate::id::{CustomerId, OptionId};
use crate::run::{Limits, Observer, Phase, Progress, relative_gap};
use incumbent::Incumbent;
use rayon::prelude::*;
use std::collections::BTreeSet;

/// The engine.
#[derive(Debug, Clone, Copy, Default)]
pub struct Catchment;

/// Arc visits that one judged move of a search counts for.
const MOVE: u64 = 16;
/// Steps of the first climb, made before there is a solution, and of the one that has its cost as a target.
const FIRST_STEPS: usize = 150;
const ROOT_STEPS: usize = 400;
/// Moves for building a solution from a hint, and for improving the best one, by customer.
const BUILD_MOVES: u64 = 400;
const IMPROVE_MOVES: u64 = 2000;

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
        // What is left out would let a held objective level go: better to refuse.
        if let Some(ceiling) = problem.ceilings.first() {
            let feature = format!("a held sum of overflow (`{}`)", ceiling.name);
            return Err(EngineError::Unsupported { engine: self.name(), feature });
        }
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(limits.threads.get())
            .build()
            .map_err(|error| EngineError::Inconsistent(format!("no threads: {error}")))?;
        pool.install(|| Run::new(problem, limits, observer).solve(start))
    }
}

/// One run of the engine.
struct Run<'a> {
    problem: &'a Problem,
    limits: &'a Limits,
    observer: &'a dyn Observer,
    improver: Improver<'a>,
    best: Incumbent,
    bound: f64,
    work: u64,
    nodes: u64,
    /// Choices of options already built upon.
    tried: BTreeSet<Vec<u32>>,
    rounds: u64,
}

impl<'a> Run<'a> {
    fn new(problem: &'a Problem, limits: &'a Limits, observer: &'a dyn Observer) -> Self {
        Self {
            problem,
            limits,
            observer,
            improver: Improver::new(problem),
            best: Incumbent::none(),
            bound: f64::NEG_INFINITY,
            work: 0,
            nodes: 0,
            tried: BTreeSet::new(),
            rounds: 0,
        }
    }

    /// The composition: bound, construct, bound again with a target, branch with searches in between.
    fn solve(mut self, start: Option<&Solution>) -> Result<Outcome, EngineError> {
        self.report(Phase::Prepare);
        let relaxation = Relaxation::new(self.problem);
        if let Some(start) = start {
            self.best.offer(self.problem, start.clone())?;
        }
        let root = self.root(&relaxation)?;
        self.bound = root.evaluation.bound;
        self.report(Phase::Branch);
        if self.bound < f64::INFINITY && !self.finished() {
            self.branch(&relaxation, &root)?;
        }
        self.outcome()
    }

    /// The root bound, in two climbs with the first solutions between them.
    fn root(&mut self, relaxation: &Relaxation) -> Result<Ascent, EngineError> {
        let mut evaluator = relaxation.evaluator();
        let nothing = (Removed::none(relaxation.tables.arc.len()), Excluded::none(relaxation.tables.options.len()));
        let limits = self.limits;
        let interrupted = || limits.interrupted();
        let mut options = AscentOptions {
            steps: FIRST_STEPS,
            target: self.best.cost(),
            enough: f64::INFINITY,
            factor: 1.0,
            least_factor: 0.01,
            patience: 10,
        };
        let start = relaxation.first_multipliers();
        let mut root = relaxation.climb(&mut evaluator, &nothing.0, &nothing.1, start, &options, &interrupted);
        self.bound = root.evaluation.bound;
        self.report(Phase::Construct);
        self.build(relaxation, &[&root])?;
        self.improve(IMPROVE_MOVES)?;
        if root.evaluation.bound < f64::INFINITY && !self.limits.interrupted() {
            options.steps = ROOT_STEPS;
            options.target = self.best.cost();
            options.enough = self.cutoff();
            options.factor = 0.7;
            let start = root.multipliers;
            root = relaxation.climb(&mut evaluator, &nothing.0, &nothing.1, start, &options, &interrupted);
        }
        self.work += evaluator.work;
        self.bound = self.bound.max(root.evaluation.bound);
        self.build(relaxation, &[&root])?;
        Ok(root)
    }

    fn branch(&mut self, relaxation: &Relaxation, root: &Ascent) -> Result<(), EngineError> {
        let mut removed = Removed::none(relaxation.tables.arc.len());
        let mut cutoff = f64::INFINITY;
        let mut tree = Tree::new(relaxation, TreeOptions::default(), root.multipliers.clone(), root.evaluation.bound);
        // Least bound of what was left behind: pruned nodes, fixed options and arcs.
        let mut settled = f64::INFINITY;
        let mut search_debt = 0;
        while tree.open() > 0 && !self.finished() {
            if self.cutoff() < cutoff {
                cutoff = self.cutoff();
                fixing::remove_arcs(
                    relaxation,
                    root,
                    |position| relaxation.tables.cost[position],
                    cutoff,
                    &mut removed,
                );
            }
            settled = settled.min(cutoff);
            let limits = self.limits;
            let before = tree.work;
            let explored = tree.wave(&removed, cutoff, &|| limits.interrupted());
            self.nodes = tree.nodes;
            self.work += tree.work - before;
            search_debt += tree.work - before;
            for result in &explored {
                if matches!(result.fate, Fate::Decided) {
                    settled = settled.min(result.node.bound);
                }
            }
            let ascents: Vec<&Ascent> = explored.iter().map(|result: &Explored| &result.ascent).collect();
            self.build(relaxation, &ascents)?;
            if search_debt > MOVE * IMPROVE_MOVES * self.problem.customers.len() as u64 {
                search_debt = 0;
                self.improve(IMPROVE_MOVES)?;
            }
            self.bound = self.bound.max(tree.bound().min(settled).min(self.best.cost()));
            self.report(Phase::Branch);
        }
        Ok(())
    }

    /// Builds solutions on the choices of options of some relaxed solutions, in parallel, and keeps the best.
    fn build(&mut self, relaxation: &Relaxation, ascents: &[&Ascent]) -> Result<(), EngineError> {
        let mut hints = Vec::new();
        for ascent in ascents {
            if ascent.evaluation.bound == f64::INFINITY {
                continue;
            }
            let selected = &ascent.evaluation.selection.chosen;
            let mut weights = vec![0.0; relaxation.tables.options.len()];
            for &(option, weight) in selected {
                weights[option as usize] = weight;
            }
            for weights in [&weights, &ascent.weights] {
                let options = heaviest(relaxation, weights);
                if self.tried.insert(options.clone()) {
                    hints.push(Hint {
                        options: Some(options.into_iter().map(OptionId).collect()),
                        multipliers: Some(by_customer(self.problem, relaxation, &ascent.multipliers.cells)),
                        usage: None,
                    });
                }
            }
        }
        let moves = BUILD_MOVES * self.problem.customers.len() as u64;
        let (improver, limits) = (&self.improver, self.limits);
        let found: Vec<_> = hints.par_iter().map(|hint| improver.construct(hint, moves, limits.seed, limits)).collect();
        for found in found.into_iter().flatten() {
            self.work += MOVE * found.work;
            if found.is_feasible() {
                self.best.offer(self.problem, found.solution)?;
            }
        }
        Ok(())
    }

    /// Searches around the best solution.
    fn improve(&mut self, moves: u64) -> Result<(), EngineError> {
        self.report(Phase::Improve);
        let Some(start) = self.best.solution() else { return Ok(()) };
        self.rounds += 1;
        let moves = moves * self.problem.customers.len() as u64;
        let (improver, limits, rounds) = (&self.improver, self.limits, self.rounds);
        let found: Vec<_> = (0..2)
            .into_par_iter()
            .map(|index| improver.improve(start, moves, limits.seed, &format!("improve {rounds} {index}"), limits))
            .collect();
        for found in found {
            self.work += MOVE * found.work;
            if found.is_feasible() {
                self.best.offer(self.problem, found.solution)?;
            }
        }
        Ok(())
    }

    /// The cost from which on a bound proves enough.
    fn cutoff(&self) -> f64 {
        let cost = self.best.cost();
        cost - self.limits.gap * cost.abs()
    }

    fn finished(&self) -> bool {
        relative_gap(self.best.cost(), self.bound) <= self.limits.gap
            || self.limits.interrupted()
            || self.limits.work.is_some_and(|limit| self.work >= limit)
    }

    fn report(&self, phase: Phase) {
        let incumbent = self.best.solution().map(|_| self.best.cost());
        self.observer.on(&Progress { phase, incumbent, bound: self.bound, nodes: self.nodes });
    }

    fn outcome(self) -> Result<Outcome, EngineError> {
        let cost = self.best.cost();
        let bound = self.bound.min(cost);
        let status = if self.bound == f64::INFINITY && self.best.solution().is_none() {
            Status::Infeasible
        } else if relative_gap(cost, bound) <= self.limits.gap && cost < f64::INFINITY {
            Status::Optimal
        } else if self.limits.interrupted() {
            Status::Stopped
        } else if cost < f64::INFINITY {
            Status::Feasible
        } else {
            Status::Unknown
        };
        let (nodes, work) = (self.nodes, self.work);
        Ok(Outcome { status, solution: self.best.into_solution(), cost, bound, nodes, work, certificate: None })
    }
}

/// The option of greatest weight at every site, the cheaper among equals.
fn heaviest(relaxation: &Relaxation, weights: &[f64]) -> Vec<u32> {
    let tables = &relaxation.tables;
    (0..tables.sites.len())
        .filter_map(|site| tables.options_of(site).max_by(|&a, &b| weights[a].total_cmp(&weights[b]).then(b.cmp(&a))))
        .map(|option| option as u32)
        .collect()
}

/// Multipliers of customers: the sums of their cells'.
fn by_customer(problem: &Problem, relaxation: &Relaxation, cells: &[f64]) -> Vec<f64> {
    let mut multipliers = vec![0.0; problem.customers.len()];
    for (cell, value) in relaxation.tables.cells.iter().zip(cells) {
        multipliers[CustomerId(cell.customer).0 as usize] += value;
    }
    multipliers
}
