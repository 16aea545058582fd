//! The reference engine: the exact kernel as a mixed-integer program.
//!
//! Options and arcs are 0-1 columns, divided customers have columns for their parts, whole units are integer columns,
//! and every finite price has an overflow column that is charged under the chosen option only. Contiguity is kept by
//! separator cuts: solve, look for disconnected catchments, add cuts, solve again. Every model on the way is a
//! relaxation, so its bound holds for the problem. What is returned has passed [`check::score`].
//!
//! A work unit is a node of the backend's tree, the root of every solve included.

mod cuts;
mod limits;
mod links;
mod model;
mod parts;
mod values;

use super::certificate::Certificate;
use super::check::{self, Violation};
use super::engine::{Engine, EngineError, Outcome, Status};
use super::problem::{Problem, Solution};
use crate::mip::{Backend, MipError, MipLimits, MipOutcome, MipProblem, MipStatus, default_backend};
use crate::run::{Limits, Observer, Phase, Progress, relative_gap};
use model::Model;
use std::path::PathBuf;

const NAME: &str = "milp";

/// Gap to which a model is solved while its solutions are still disconnected: cuts are what such rounds are for.
const CUTTING_GAP: f64 = 0.01;

/// Integrality of the second try, when rounding the first solution broke a limit.
const TIGHT_INTEGRALITY: f64 = 1e-9;

/// Share of the backend's effort that goes into heuristics. Where places are scarce, plans are what is hard to find: with
/// eight times the backend's own default a county of 300 units came within 1 % three times as fast.
const HEURISTICS: f64 = 0.4;

/// The reference engine.
pub struct Milp {
    backend: &'static dyn Backend,
    log: Option<PathBuf>,
    cutoff: Option<f64>,
    enough: Option<f64>,
    heuristics: Option<f64>,
}

impl Milp {
    /// The engine on the preferred backend of this build.
    ///
    /// # Errors
    /// [`MipError::NoBackend`] in a build without any.
    pub fn new() -> Result<Self, MipError> {
        Ok(Self::on(default_backend()?))
    }

    /// The engine on a given backend.
    pub fn on(backend: &'static dyn Backend) -> Self {
        Self { backend, log: None, cutoff: None, enough: None, heuristics: Some(HEURISTICS) }
    }

    /// Keeps the backend's logs at `path`, and for every further solve of one run at `path` with its number appended. The
    /// log that the limits of a run name is used where none is set here.
    #[must_use]
    pub fn with_log(mut self, path: PathBuf) -> Self {
        self.log = Some(path);
        self
    }

    /// Looks for solutions below `cutoff` only: a bound says at most that there are none.
    #[must_use]
    pub fn below(mut self, cutoff: f64) -> Self {
        self.cutoff = (cutoff < f64::INFINITY).then_some(cutoff);
        self
    }

    /// Ends the backend's search at the first solution of at most `enough`, as if its work were spent.
    #[must_use]
    pub fn until(mut self, enough: f64) -> Self {
        self.enough = enough.is_finite().then_some(enough);
        self
    }

    /// Gives so great a share of the backend's effort to heuristics, between 0 and 1.
    #[must_use]
    pub fn with_heuristics(mut self, share: f64) -> Self {
        self.heuristics = Some(share);
        self
    }

    /// The exact model without contiguity cuts, for printing.
    ///
    /// # Errors
    /// [`EngineError::Unsupported`] as for [`Engine::solve`].
    pub fn model(problem: &Problem) -> Result<MipProblem, EngineError> {
        let mut model = Model::new(problem)?;
        parts::make_whole(&mut model);
        Ok(model.mip)
    }
}

impl Engine for Milp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn solve(
        &self,
        problem: &Problem,
        start: Option<&Solution>,
        limits: &Limits,
        observer: &dyn Observer,
    ) -> Result<Outcome, EngineError> {
        let mut run = Run {
            engine: self,
            problem,
            limits,
            observer,
            best: None,
            bound: f64::NEG_INFINITY,
            nodes: 0,
            work: 0,
            rounds: 0,
        };
        run.report(Phase::Prepare);
        if let Some(start) = start {
            run.offer(start.clone(), &check::score(problem, start));
        }
        let mut model = Model::new(problem)?;
        let status = run.search(&mut model)?;
        run.outcome(status)
    }
}

/// One run of the engine.
struct Run<'a> {
    engine: &'a Milp,
    problem: &'a Problem,
    limits: &'a Limits,
    observer: &'a dyn Observer,
    best: Option<(Solution, f64)>,
    bound: f64,
    nodes: u64,
    work: u64,
    rounds: u32,
}

impl Run<'_> {
    fn report(&self, phase: Phase) {
        let incumbent = self.best.as_ref().map(|&(_, cost)| cost);
        self.observer.on(&Progress { phase, incumbent, bound: self.bound, nodes: self.nodes });
    }

    /// Takes a feasible solution if it is better than the best.
    fn offer(&mut self, solution: Solution, score: &check::Score) {
        if score.is_feasible() && self.best.as_ref().is_none_or(|&(_, cost)| score.cost < cost) {
            self.best = Some((solution, score.cost));
        }
    }

    fn gap(&self) -> f64 {
        self.best.as_ref().map_or(f64::INFINITY, |&(_, cost)| relative_gap(cost, self.bound))
    }

    fn search(&mut self, model: &mut Model<'_>) -> Result<Status, EngineError> {
        let mut gap = if self.problem.layers.is_empty() { self.limits.gap } else { self.limits.gap.max(CUTTING_GAP) };
        let mut integrality = 1e-6;
        loop {
            if self.limits.interrupted() {
                return Ok(Status::Stopped);
            }
            if self.limits.work.is_some_and(|work| self.work >= work) {
                return Ok(self.ended());
            }
            let found = self.round(model, gap, integrality)?;
            let cutoff = self.engine.cutoff.unwrap_or(f64::INFINITY);
            match found.status {
                MipStatus::Infeasible if cutoff < f64::INFINITY => {
                    self.bound = self.bound.max(cutoff);
                    return Ok(self.ended());
                }
                MipStatus::Infeasible if self.best.is_some() => {
                    let detail = "the backend calls a problem infeasible that has a solution";
                    return Err(EngineError::Inconsistent(detail.into()));
                }
                MipStatus::Infeasible => return Ok(Status::Infeasible),
                MipStatus::Unbounded => {
                    let detail = "the backend calls the model unbounded, which no kernel problem is";
                    return Err(EngineError::Inconsistent(detail.into()));
                }
                MipStatus::Optimal | MipStatus::EffortLimit | MipStatus::Stopped => {}
            }
            self.bound = self.bound.max(found.bound.min(cutoff));
            // Whether the next round has more in it: cuts, whole parts, a finer integrality.
            let mut again = false;
            let mut values = found.values;
            if let Some(loose) = values.take_if(|values| !parts::are_whole(model, values)) {
                let limits = MipLimits { integrality, ..MipLimits::new(Limits { gap, ..self.limits.clone() }) };
                let settled = parts::settled(model, &loose, self.engine.backend, &limits)?;
                if settled.as_ref().is_none_or(|settled| relative_gap(settled.objective, found.objective) > gap) {
                    parts::make_whole(model);
                    again = true;
                }
                values = settled.and_then(|settled| settled.values);
            }
            if let Some(values) = &values {
                let solution = model.solution_of(values);
                let score = check::score(self.problem, &solution);
                if score.is_feasible() {
                    self.offer(solution, &score);
                } else if score.violations.iter().all(|v| matches!(v, Violation::Disconnected { .. })) {
                    again = true;
                    if cuts::add(model, &solution) == 0 {
                        return Err(inconsistent(&score.violations));
                    }
                } else if integrality > TIGHT_INTEGRALITY {
                    integrality = TIGHT_INTEGRALITY;
                    again = true;
                } else {
                    return Err(inconsistent(&score.violations));
                }
            }
            self.report(Phase::Branch);
            match found.status {
                MipStatus::Stopped => return Ok(Status::Stopped),
                // With work left and new cuts the next round may do better; the head of the loop looks at the work.
                MipStatus::EffortLimit if !again => return Ok(self.ended()),
                _ if self.gap() <= self.limits.gap => return Ok(Status::Optimal),
                // What the backend calls optimal may be off by the rounding of its numbers.
                _ if !again && gap <= self.limits.gap => {
                    return Ok(if self.gap() <= self.limits.gap + 1e-6 { Status::Optimal } else { Status::Feasible });
                }
                _ if !again => gap = self.limits.gap,
                _ => {}
            }
        }
    }

    /// The status of a run that spent its work.
    fn ended(&self) -> Status {
        match &self.best {
            Some(_) if self.gap() <= self.limits.gap => Status::Optimal,
            Some(_) => Status::Feasible,
            None => Status::Unknown,
        }
    }

    fn round(&mut self, model: &Model<'_>, gap: f64, integrality: f64) -> Result<MipOutcome, EngineError> {
        let start: Option<Vec<(u32, f64)>> =
            self.best.as_ref().map(|(solution, _)| (0u32..).zip(model.values_of(solution)).collect());
        let log = self.engine.log.as_ref().or(self.limits.log.as_ref()).map(|path| match self.rounds {
            0 => path.clone(),
            round => PathBuf::from(format!("{}.{round}", path.display())),
        });
        let limits = MipLimits {
            nodes: self.limits.work.map(|work| work - self.work),
            threads: u32::try_from(self.limits.threads.get()).unwrap_or(u32::MAX),
            integrality,
            log,
            cutoff: self.engine.cutoff,
            // A disconnected solution of that cost is not enough.
            enough: self.engine.enough.filter(|_| self.problem.layers.is_empty()),
            heuristics: self.engine.heuristics,
            ..MipLimits::new(Limits { gap, ..self.limits.clone() })
        };
        // With layers an incumbent of the backend may be disconnected, so it is not told.
        let connected = self.problem.layers.is_empty();
        let progress = |incumbent: Option<f64>, bound: f64, nodes: u64| {
            let known = self.best.as_ref().map(|&(_, cost)| cost);
            let incumbent = match (known, incumbent.filter(|_| connected)) {
                (Some(known), Some(new)) => Some(known.min(new)),
                (known, new) => known.or(new),
            };
            let bound = self.bound.max(bound);
            self.observer.on(&Progress { phase: Phase::Branch, incumbent, bound, nodes: self.nodes + nodes });
        };
        let found = self.engine.backend.solve(&model.mip, start.as_deref(), &limits, &progress)?;
        self.rounds += 1;
        self.nodes += found.nodes;
        self.work += found.nodes.max(1);
        Ok(found)
    }

    fn outcome(self, status: Status) -> Result<Outcome, EngineError> {
        let (solution, cost) = self.best.map_or((None, f64::INFINITY), |(solution, cost)| (Some(solution), cost));
        let mut bound = if status == Status::Infeasible { f64::INFINITY } else { self.bound };
        if solution.is_some() {
            // A bound above the cost of a checked solution is wrong, unless by the tolerances of the backend.
            if bound > cost + 1e-6 * cost.abs().max(1.0) {
                return Err(EngineError::Inconsistent(format!("the bound {bound} exceeds the cost {cost}")));
            }
            bound = bound.min(cost);
        }
        let certificate =
            bound.is_finite().then(|| Certificate::trusted(self.problem, bound, self.engine.backend.name()));
        Ok(Outcome { status, solution, cost, bound, nodes: self.nodes, work: self.work, certificate })
    }
}

/// The fault report of a solution that the referee refused, shortened.
fn inconsistent(violations: &[Violation]) -> EngineError {
    let shown: Vec<String> = violations.iter().take(5).map(ToString::to_string).collect();
    EngineError::Inconsistent(shown.join("; "))
}

#[cfg(test)]
mod tests;
