//! What is asked of a level over several forecasts: its problems, and what a solution comes to.

use crate::compile::{Compiled, Joint, only};
use crate::domain::forecast::RobustGoal;
use crate::kernel::check;
use crate::kernel::problem::{Problem, Solution};
use crate::kernel::whole_units::in_loads;
use crate::optimise::goal::{Level, held_at};

/// An earlier level, what was minimised of it, and what it came to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held<'a> {
    pub level: &'a Level,
    pub goal: RobustGoal,
    pub value: f64,
}

/// A level over several forecasts.
pub(super) struct Question<'a> {
    pub joint: &'a Joint,
    pub goal: RobustGoal,
    pub level: &'a Level,
    /// Earlier levels with what they came to.
    pub held: &'a [Held<'a>],
    /// The problem of every forecast by itself, charged for the level.
    parts: Vec<Problem>,
}

impl<'a> Question<'a> {
    /// The question of a level after earlier ones.
    pub fn new(joint: &'a Joint, goal: RobustGoal, level: &'a Level, held: &'a [Held<'a>]) -> Self {
        let charge = |part: &Compiled| {
            let mut problem = part.problem.clone();
            part.accounts.minimise(&mut problem, &level.weights);
            problem
        };
        Self { joint, goal, level, held, parts: joint.parts().iter().map(charge).collect() }
    }

    /// How many forecasts there are.
    pub fn forecasts(&self) -> usize {
        self.parts.len()
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
    pub fn hold(&self, problem: &mut Problem) {
        for &Held { level, goal, value } in self.held {
            self.hold_at(problem, level, goal, held_at(level, value));
        }
    }

    /// Holds a level at `upper`: on average, or in every forecast.
    fn hold_at(&self, problem: &mut Problem, level: &Level, goal: RobustGoal, upper: f64) {
        match goal {
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
        in_loads(&mut problem);
        problem
    }

    /// The same with the level itself held at `value` too: what may be rearranged without a loss.
    pub fn settled(&self, weights: &[f64], kept: &[bool], value: f64) -> Problem {
        let mut problem = self.problem(weights, kept);
        if self.goal == RobustGoal::Worst {
            let upper = held_at(&Level { slack: 0.0, ..self.level.clone() }, value);
            self.hold_at(&mut problem, self.level, self.goal, upper);
        }
        problem
    }

    /// All pupils of a forecast, over the plan years.
    pub fn pupils(&self, part: usize) -> i64 {
        self.joint.parts()[part].cells.all.iter().map(|cell| cell.pupils().0).sum()
    }

    /// The forecast with most pupils, of equal ones the first.
    pub fn heaviest(&self) -> usize {
        (0..self.parts.len()).rev().max_by_key(|&part| self.pupils(part)).unwrap_or(0)
    }
}
