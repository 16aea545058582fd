//! One case: the forecasts whose hard rules bind are given, and a level is solved.

use super::question::Question;
use super::weights::promising;
use crate::compile::only;
use crate::domain::forecast::RobustGoal;
use crate::kernel::certificate::Certificate;
use crate::kernel::check;
use crate::kernel::engine::{Engine, EngineError, Outcome, Status};
use crate::kernel::problem::{Problem, Solution};
use crate::run::{Limits, Observer, relative_gap};
use std::time::Duration;

/// Most weightings that are tried.
const WEIGHTINGS: usize = 20;
/// Share of the effort left that one of several solves may take.
const PORTION: f64 = 0.4;

/// A level to be solved over several forecasts, in any case.
pub(super) struct Ask<'a> {
    pub question: Question<'a>,
    pub engine: &'a dyn Engine,
    pub limits: &'a Limits,
    pub observer: &'a dyn Observer,
    /// Solutions known so far, of whatever case.
    pub known: Vec<Solution>,
    pub work: u64,
    pub nodes: u64,
}

/// What is known of a case.
#[derive(Debug, Clone)]
pub(super) struct Closed {
    /// The best solution that keeps the rules of the case, with its value.
    pub best: Option<(Solution, f64)>,
    /// Proven lower bound on the value of every solution of the case; infinite where there is none.
    pub bound: f64,
    /// The weights behind the bound.
    pub weights: Vec<f64>,
    /// What lets others re-derive the bound from the problem with these weights, where that is what proved it.
    pub certificate: Option<Certificate>,
}

impl Closed {
    fn gap(&self) -> f64 {
        self.best.as_ref().map_or(f64::INFINITY, |&(_, value)| relative_gap(value, self.bound))
    }
}

impl Ask<'_> {
    /// Solves a case. Where others are to come, a part of the effort is left to them.
    pub fn solve(&mut self, kept: &[bool], last: bool) -> Result<Closed, EngineError> {
        let weights = self.question.equal();
        let problem = self.question.problem(&weights, kept);
        let mut closed = Closed { best: None, bound: f64::NEG_INFINITY, weights, certificate: None };
        let mut costs = Vec::new();
        for solution in self.known.clone() {
            if check::score(&problem, &solution).is_feasible() {
                costs.push(self.offer(&mut closed, solution));
            }
        }
        match self.question.goal {
            RobustGoal::Expected => {
                let start = closed.best.as_ref().map(|(solution, _)| solution.clone());
                let start = start.or_else(|| self.nearest(&problem));
                let outcome = self.run(&problem, start.as_ref(), if last { 1.0 } else { PORTION })?;
                closed.bound = outcome.bound;
                closed.certificate = outcome.certificate;
                if let Some(solution) = outcome.solution {
                    self.offer(&mut closed, solution);
                }
            }
            RobustGoal::Worst => self.worst(kept, last, costs, &mut closed)?,
        }
        if let Some((_, value)) = closed.best {
            // What lies within the rounding of a sum is no gap.
            let noise = 1e-9 * value.abs().max(1.0);
            closed.bound = if closed.bound >= value - noise { value } else { closed.bound };
        }
        Ok(closed)
    }

    /// Weightings, then the worst case as a number of its own.
    fn worst(
        &mut self,
        kept: &[bool],
        last: bool,
        mut costs: Vec<Vec<f64>>,
        closed: &mut Closed,
    ) -> Result<(), EngineError> {
        let forecasts = self.question.forecasts();
        let mut weights =
            if costs.is_empty() { only(forecasts, self.question.heaviest()) } else { promising(&costs, forecasts)?.0 };
        let mut tried: Vec<Vec<f64>> = Vec::new();
        // While nothing is known, finding a plan comes before everything else.
        let mut portion = if last && closed.best.is_none() { 1.0 } else { PORTION };
        while tried.len() < WEIGHTINGS && !self.limits.interrupted() {
            let problem = self.question.problem(&weights, kept);
            let start = closed.best.as_ref().map(|(solution, _)| solution.clone());
            let start = start.or_else(|| self.nearest(&problem));
            let outcome = self.run(&problem, start.as_ref(), portion)?;
            tried.push(weights.clone());
            if outcome.bound > closed.bound {
                (closed.bound, closed.weights) = (outcome.bound, weights);
                closed.certificate = outcome.certificate;
            }
            if outcome.status == Status::Infeasible {
                return Ok(());
            }
            let Some(solution) = outcome.solution else { break };
            costs.push(self.offer(closed, solution));
            if closed.gap() <= self.limits.gap {
                return Ok(());
            }
            let (next, promise) = promising(&costs, forecasts)?;
            // No weighting proves more than the promise: what is missing then is the worst case's own.
            if promise - closed.bound <= 0.1 * self.limits.gap * promise.abs() {
                break;
            }
            if tried.iter().any(|other| distance(other, &next) <= 1e-4) {
                if portion == 1.0 {
                    break;
                }
                // The engine has not proven what these weights promise: it takes what effort is left.
                portion = if last { 1.0 } else { PORTION };
                if portion < 1.0 {
                    break;
                }
            }
            weights = next;
        }
        let Some((best, value)) = closed.best.clone() else { return Ok(()) };
        if closed.bound == f64::NEG_INFINITY || closed.gap() <= self.limits.gap || self.limits.interrupted() {
            return Ok(());
        }
        let room = 1e-6 * value.abs().max(1.0);
        let highest =
            self.question.joint.highest(kept, &self.question.level.weights, (closed.bound, value + room), |problem| {
                self.question.hold(problem);
            });
        let start = highest.raised(&best, value);
        let outcome = self.run(&highest.problem, Some(&start), if last { 1.0 } else { PORTION })?;
        if outcome.bound > closed.bound {
            // What proves it is another problem than that of the weights.
            (closed.bound, closed.certificate) = (outcome.bound, None);
        }
        if let Some(solution) = outcome.solution {
            self.offer(closed, highest.lowered(&solution));
        }
        Ok(())
    }

    /// The solution known so far that breaks the rules of a case in fewest places: where a search may begin while there is none
    /// that keeps them.
    fn nearest(&self, problem: &Problem) -> Option<Solution> {
        self.known.iter().min_by_key(|solution| check::score(problem, solution).violations.len()).cloned()
    }

    /// Takes a solution of the case if it is better than the best, and returns its costs.
    fn offer(&mut self, closed: &mut Closed, solution: Solution) -> Vec<f64> {
        let costs = self.question.costs(&solution);
        let value = self.question.goal.of(&costs);
        if closed.best.as_ref().is_none_or(|&(_, best)| value < best) {
            closed.best = Some((solution.clone(), value));
        }
        if !self.known.contains(&solution) {
            self.known.push(solution);
        }
        costs
    }

    /// Runs the engine on a problem with so great a part of the effort that is left.
    fn run(&mut self, problem: &Problem, start: Option<&Solution>, part: f64) -> Result<Outcome, EngineError> {
        let limits = Limits {
            work: self.limits.work.map(|work| (work.saturating_sub(self.work) as f64 * part) as u64),
            time: self
                .limits
                .seconds_left()
                .map(|left| Duration::from_secs_f64(self.limits.clock.seconds() + part * left)),
            ..self.limits.clone()
        };
        let outcome = self.engine.solve(problem, start, &limits, self.observer)?;
        self.work += outcome.work;
        self.nodes += outcome.nodes;
        Ok(outcome)
    }
}

/// The greatest difference between two weightings.
fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}
