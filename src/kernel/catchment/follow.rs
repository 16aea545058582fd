//! Plans of problems in which options can follow the customers: annealed in rounds that grow.

use super::{MOVE, Run};
use crate::kernel::engine::EngineError;
use crate::kernel::following::Following;
use crate::kernel::problem::Solution;
use crate::random::Random;
use crate::run::Phase;
use rayon::prelude::*;

/// Moves by customer in every round.
const ROUNDS: [u64; 6] = [1000, 2000, 4000, 4000, 8000, 8000];
/// Rounds without an improvement after which no more are made.
const IDLE: usize = 2;
/// Walks side by side.
const WALKS: usize = 2;

impl Run<'_> {
    /// Anneals rounds of walks, each from the best solution so far, until they bring nothing more.
    pub(super) fn follow(&mut self, following: &Following<'_>) -> Result<(), EngineError> {
        let mut last: Option<Solution> = None;
        let mut idle = 0;
        for (round, moves) in ROUNDS.into_iter().enumerate() {
            if idle == IDLE || (self.best.solution().is_some() && self.finished()) || self.limits.interrupted() {
                break;
            }
            self.report(Phase::Construct);
            let moves = moves * self.problem.customers.len() as u64;
            let from = self.best.solution().or(last.as_ref());
            let (seed, limits) = (self.limits.seed, self.limits);
            let made: Vec<(Solution, u64)> = (0..WALKS)
                .into_par_iter()
                .map(|walk| {
                    let mut random = Random::new(seed, &format!("follow {round} {walk}"));
                    following.run(from, moves, &mut random, &|| limits.interrupted())
                })
                .collect();
            let before = self.best.cost();
            for (solution, moves) in made {
                self.work += MOVE * moves;
                let found = self.improver.judge(&solution);
                self.take(found)?;
                last = Some(solution);
            }
            idle = if self.best.cost() < before { 0 } else { idle + 1 };
        }
        Ok(())
    }
}
