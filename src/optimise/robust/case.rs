//! One case: the forecasts whose hard rules bind are given, and a level is solved.

use super::weights::promising;
use crate::compile::{Joint, only};
use crate::domain::forecast::RobustGoal;
use crate::kernel::check;
use crate::kernel::engine::{Engine, EngineError, Outcome, Status};
use crate::kernel::problem::{Problem, Solution};
use crate::optimise::goal::{Level, held_at};
use crate::run::{Limits, Observer, relative_gap};
use std::time::Duration;

/// Most weightings that are tried.
const WEIGHTINGS: usize = 20;
/// Share of the effort left that one of several solves may take.
const PORTION: f64 = 0.4;

/// A level to be solved over several forecasts, in any case.
pub(super) struct Ask<'a> {
    pub joint: &'a Joint,
    pub goal: RobustGoal,
    pub level: &'a Level,
    /// Earlier levels with what they came to.
    pub held: &'a [(&'a Level, f64)],
    /// The problem of every forecast by itself, charged for the level.
    pub parts: Vec<Problem>,
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
}

impl Closed {
    fn gap(&self) -> f64 {
        self.best.as_ref().map_or(f64::INFINITY, |&(_, value)| relative_gap(value, self.bound))
    }
}

impl Ask<'_> {
    /// The problems of the forecasts, charged for a level.
    pub fn charged(joint: &Joint, level: &Level) -> Vec<Problem> {
        let charge = |part: &crate::compile::Compiled| {
            let mut problem = part.problem.clone();
            part.accounts.minimise(&mut problem, &level.weights);
            problem
        };
        joint.parts().iter().map(charge).collect()
    }

    /// What a solution costs in every forecast.
    pub fn costs(&self, solution: &Solution) -> Vec<f64> {
        let cost = |(part, problem): (usize, &Problem)| check::score(problem, &self.joint.part(part, solution)).cost;
        self.parts.iter().enumerate().map(cost).collect()
    }

    /// In which forecasts a solution keeps the hard rules.
    pub fn keeps(&self, solution: &Solution) -> Vec<bool> {
        let keeps =
            |(part, problem): (usize, &Problem)| check::score(problem, &self.joint.part(part, solution)).is_feasible();
        self.parts.iter().enumerate().map(keeps).collect()
    }

    /// Equal weights.
    pub fn equal(&self) -> Vec<f64> {
        vec![1.0 / self.parts.len() as f64; self.parts.len()]
    }

    /// Holds the earlier levels in a problem of the joint's shape.
    fn hold(&self, problem: &mut Problem) {
        for &(level, value) in self.held {
            self.hold_at(problem, level, held_at(level, value));
        }
    }

    /// Holds a level at `upper`: on average, or in every forecast.
    fn hold_at(&self, problem: &mut Problem, level: &Level, upper: f64) {
        match self.goal {
            RobustGoal::Expected => {
                self.joint.accounts(&self.equal()).hold(problem, level.name, &level.weights, upper);
            }
            RobustGoal::Worst => {
                for part in 0..self.parts.len() {
                    let name = format!("{} [{}]", level.name, part + 1);
                    let accounts = self.joint.accounts(&only(self.parts.len(), part));
                    accounts.hold(problem, &name, &level.weights, upper);
                }
            }
        }
    }

    /// The joint problem with the level's charges added up by `weights`.
    pub fn problem(&self, weights: &[f64], kept: &[bool]) -> Problem {
        let compiled = self.joint.compiled(weights, kept);
        let mut problem = compiled.problem;
        self.hold(&mut problem);
        compiled.accounts.minimise(&mut problem, &self.level.weights);
        problem
    }

    /// The same with the level itself held at `value` too: what may be rearranged without a loss.
    pub fn settled(&self, weights: &[f64], kept: &[bool], value: f64) -> Problem {
        let mut problem = self.problem(weights, kept);
        if self.goal == RobustGoal::Worst {
            self.hold_at(&mut problem, self.level, held_at(&Level { slack: 0.0, ..self.level.clone() }, value));
        }
        problem
    }

    /// Solves a case. Where others are to come, a part of the effort is left to them.
    pub fn solve(&mut self, kept: &[bool], last: bool) -> Result<Closed, EngineError> {
        let mut closed = Closed { best: None, bound: f64::NEG_INFINITY, weights: self.equal() };
        let problem = self.problem(&closed.weights, kept);
        let mut costs = Vec::new();
        for solution in self.known.clone() {
            if check::score(&problem, &solution).is_feasible() {
                costs.push(self.offer(&mut closed, solution));
            }
        }
        match self.goal {
            RobustGoal::Expected => {
                let start = closed.best.as_ref().map(|(solution, _)| solution.clone());
                let outcome = self.run(&problem, start.as_ref(), if last { 1.0 } else { PORTION })?;
                closed.bound = outcome.bound;
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
        let forecasts = self.parts.len();
        let mut weights =
            if costs.is_empty() { only(forecasts, self.heaviest()) } else { promising(&costs, forecasts)?.0 };
        let mut tried: Vec<Vec<f64>> = Vec::new();
        let mut portion = PORTION;
        while tried.len() < WEIGHTINGS && !self.limits.interrupted() {
            let problem = self.problem(&weights, kept);
            let start = closed.best.as_ref().map(|(solution, _)| solution.clone());
            let outcome = self.run(&problem, start.as_ref(), portion)?;
            tried.push(weights.clone());
            if outcome.bound > closed.bound {
                (closed.bound, closed.weights) = (outcome.bound, weights);
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
            self.joint.highest(kept, &self.level.weights, (closed.bound, value + room), |problem| self.hold(problem));
        let start = highest.raised(&best, value);
        let outcome = self.run(&highest.problem, Some(&start), if last { 1.0 } else { PORTION })?;
        closed.bound = closed.bound.max(outcome.bound);
        if let Some(solution) = outcome.solution {
            self.offer(closed, highest.lowered(&solution));
        }
        Ok(())
    }

    /// All pupils of a forecast, over the plan years.
    pub fn pupils(&self, part: usize) -> i64 {
        self.joint.parts()[part].cells.all.iter().map(|cell| cell.pupils.0).sum()
    }

    /// The forecast with most pupils, of equal ones the first.
    fn heaviest(&self) -> usize {
        (0..self.parts.len()).rev().max_by_key(|&part| self.pupils(part)).unwrap_or(0)
    }

    /// Takes a solution of the case if it is better than the best, and returns its costs.
    fn offer(&mut self, closed: &mut Closed, solution: Solution) -> Vec<f64> {
        let costs = self.costs(&solution);
        let value = self.goal.of(&costs);
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
        let feasible = start.filter(|start| check::score(problem, start).is_feasible());
        let limits = Limits {
            work: self.limits.work.map(|work| (work.saturating_sub(self.work) as f64 * part) as u64),
            time: self
                .limits
                .seconds_left()
                .map(|left| Duration::from_secs_f64(self.limits.clock.seconds() + part * left)),
            ..self.limits.clone()
        };
        let outcome = self.engine.solve(problem, feasible, &limits, self.observer)?;
        self.work += outcome.work;
        self.nodes += outcome.nodes;
        Ok(outcome)
    }
}

/// The greatest difference between two weightings.
fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}
