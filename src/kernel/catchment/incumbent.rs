//! The best solution so far. Nothing becomes it that the referee has not accepted.

use crate::kernel::check;
use crate::kernel::engine::EngineError;
use crate::kernel::problem::{Problem, Solution};

/// The best solution and its cost as the referee computes it.
#[derive(Debug, Clone)]
pub(super) struct Incumbent {
    solution: Option<Solution>,
    cost: f64,
}

/// What became of a solution that was offered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offered {
    /// Its cost as the referee computes it.
    pub cost: f64,
    /// Whether it is the best one now.
    pub taken: bool,
}

impl Incumbent {
    /// No solution yet.
    pub fn none() -> Self {
        Self { solution: None, cost: f64::INFINITY }
    }

    /// The cost; infinite without a solution.
    pub fn cost(&self) -> f64 {
        self.cost
    }

    /// The solution.
    pub fn solution(&self) -> Option<&Solution> {
        self.solution.as_ref()
    }

    /// The solution, taken out.
    pub fn into_solution(self) -> Option<Solution> {
        self.solution
    }

    /// Takes over a solution that is feasible and better.
    ///
    /// # Errors
    /// [`EngineError::Inconsistent`] when its tables do not fit the problem.
    pub fn offer(&mut self, problem: &Problem, solution: Solution) -> Result<Offered, EngineError> {
        let score = check::score(problem, &solution);
        if score.cost == f64::INFINITY && !score.is_feasible() {
            return Err(EngineError::Inconsistent(format!("{:?}", score.violations.first())));
        }
        let better = score.is_feasible() && score.cost < self.cost;
        if better {
            self.cost = score.cost;
            self.solution = Some(solution);
        }
        Ok(Offered { cost: score.cost, taken: better })
    }
}
