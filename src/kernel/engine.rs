//! The trait of the two engines, and what they return.

use super::certificate::{Certificate, MultiplierSet};
use super::problem::{Problem, Solution};
use crate::mip::MipError;
use crate::run::{Limits, Observer, relative_gap};
use thiserror::Error;

/// Solves kernel problems. Engines know nothing of schools, files or printing.
pub trait Engine: Sync {
    /// The name used on the command line.
    fn name(&self) -> &'static str;

    /// Solves `problem` within `limits`, starting from `start` where one is given. One that breaks something may serve as a hint.
    ///
    /// # Errors
    /// [`EngineError`] when the problem is outside what the engine handles, or the backend failed. Infeasibility and
    /// exhausted limits are not errors but a [`Status`].
    fn solve(
        &self,
        problem: &Problem,
        start: Option<&Solution>,
        limits: &Limits,
        observer: &dyn Observer,
    ) -> Result<Outcome, EngineError>;

    /// Solves as [`Engine::solve`], with multipliers of a problem much like this one, from which an engine that looks for
    /// multipliers may start. They save work and have no say in what is proven.
    ///
    /// # Errors
    /// As [`Engine::solve`].
    fn solve_near(
        &self,
        problem: &Problem,
        start: Option<&Solution>,
        _near: Option<&MultiplierSet>,
        limits: &Limits,
        observer: &dyn Observer,
    ) -> Result<Outcome, EngineError> {
        self.solve(problem, start, limits, observer)
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The gap is at or under the one asked for.
    Optimal,
    /// A solution, and the engine ended by itself or by a work limit before reaching the gap.
    Feasible,
    /// Cut by the clock or by the stop token; a solution may or may not be there.
    Stopped,
    /// Proven to have no solution.
    Infeasible,
    /// Ended by a work limit without a solution and without proof that there is none.
    Unknown,
}

/// The result of a run.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// How the run ended.
    pub status: Status,
    /// The best solution found.
    pub solution: Option<Solution>,
    /// Its cost; infinite without a solution.
    pub cost: f64,
    /// Proven lower bound on the cost of every solution; infinite when proven infeasible.
    pub bound: f64,
    /// Nodes of the branch-and-bound tree.
    pub nodes: u64,
    /// Work units spent, the same for every run with the same problem, limits and seed.
    pub work: u64,
    /// What lets others re-derive the bound, where the engine writes it.
    pub certificate: Option<Certificate>,
}

impl Outcome {
    /// The relative gap, if there is a solution.
    pub fn gap(&self) -> Option<f64> {
        self.solution.as_ref().map(|_| relative_gap(self.cost, self.bound))
    }
}

/// Why an engine could not run.
#[derive(Debug, Error)]
pub enum EngineError {
    /// The problem uses something that the engine does not handle.
    #[error("engine `{engine}` does not handle {feature}")]
    Unsupported {
        /// The engine.
        engine: &'static str,
        /// What it does not handle.
        feature: String,
    },
    /// The MIP backend failed.
    #[error("the MIP backend failed")]
    Mip(#[from] MipError),
    /// The engine's own solution breaks the problem: a fault of the project, never of the input.
    #[error("internal fault: the engine's solution is not feasible: {0}")]
    Inconsistent(String),
}
