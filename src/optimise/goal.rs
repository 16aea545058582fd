//! What is minimised, level by level, and how earlier levels are held.

use crate::compile::{Account, Compiled};
use crate::domain::objective::{Goal, Term};
use crate::domain::scenario::Scenario;
use crate::kernel::problem::Problem;
use crate::kernel::whole_units::in_loads;

/// Room in which a level is held, relative with a floor of the same size: that of the referee's and of a MIP backend's
/// feasibility. Less (1e-9) has been seen to make HiGHS 1.15 cut off feasible points in presolve.
const ROOM: f64 = 1e-6;

/// One level of the objective.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// Name in files: that of the term, `weighted` for a weighted sum, `hard_excess` for excess over hard rules.
    pub name: &'static str,
    /// The accounts that are added up, with their weights.
    pub weights: Vec<(Account, f64)>,
    /// Worsening allowed when it is held, as a fraction.
    pub slack: f64,
}

/// The declared levels, most important first; one for a weighted sum.
pub fn declared(scenario: &Scenario) -> Vec<Level> {
    match &scenario.objective.goal {
        Goal::Weights(_) => {
            let weights = scenario.objective.weights();
            let weights = weights.into_iter().map(|(term, weight)| (Account::Term(term), weight)).collect();
            vec![Level { name: "weighted", weights, slack: 0.0 }]
        }
        Goal::Levels { terms, slack } => {
            let level =
                |&term: &Term| Level { name: term.name(), weights: vec![(Account::Term(term), 1.0)], slack: *slack };
            terms.iter().map(level).collect()
        }
    }
}

/// The level that comes before all others when no plan keeps the hard rules: the least excess over them, held exactly.
pub fn least_breach() -> Level {
    Level { name: Account::Breach.name(), weights: vec![(Account::Breach, 1.0)], slack: 0.0 }
}

/// The most that a level may come to once it was solved with `value`: the value with its slack, and room for rounding.
pub fn held_at(level: &Level, value: f64) -> f64 {
    value + level.slack * value.abs() + ROOM * value.abs().max(1.0)
}

/// The kernel problem of level number `earlier.len()`: it minimises that level and holds the earlier ones at the values
/// with which they were solved. What a certificate of the level is checked against.
pub fn problem(compiled: &Compiled, levels: &[Level], earlier: &[f64]) -> Problem {
    let mut problem = compiled.problem.clone();
    for (level, &value) in levels.iter().zip(earlier) {
        compiled.accounts.hold(&mut problem, level.name, &level.weights, held_at(level, value));
    }
    let weights = levels.get(earlier.len()).map_or(&[][..], |level| &level.weights);
    compiled.accounts.minimise(&mut problem, weights);
    in_loads(&mut problem);
    problem
}
