//! The problem that a certificate is checked against, built again from the scenario and the plan.

use super::goal::{self, Level};
use super::{OptimiseOptions, restrict};
use crate::compile::{self, CompileError, CompileOptions, EncodeError, compile_with};
use crate::domain::document::LevelDocument;
use crate::domain::plan::Plan;
use crate::domain::scenario::Scenario;
use crate::kernel::problem::Problem;
use crate::travel::Travel;
use thiserror::Error;

/// The problem of the last level that a plan's run reached.
#[derive(Debug, Clone)]
pub struct Rebuilt {
    /// The problem.
    pub problem: Problem,
    /// Name of the level.
    pub level: &'static str,
    /// The levels before it, each with the most that the problem allows it to come to. That nothing better than this is
    /// possible there is not part of the proof.
    pub held: Vec<(&'static str, f64)>,
    /// Whether it is the last level of the scenario, so that its value is the plan's objective.
    pub complete: bool,
}

/// Why the problem of a plan cannot be built again.
#[derive(Debug, Error)]
pub enum RebuildError {
    /// The scenario cannot be compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// A locked site cannot be as the plan has it.
    #[error("a site cannot be locked: {0}")]
    Lock(#[source] EncodeError),
    /// The weights of the forecasts do not bound what the plan was made for.
    #[error(
        "the weights of the forecasts in the plan prove nothing: they should be at least 0 and add up to 1, be equal for a \
             mean, and no forecast may be let go"
    )]
    Weights,
    /// The plan's levels are not those of the scenario.
    #[error("the plan's levels are {found:?}; those of the scenario are {expected:?}")]
    Levels {
        /// Names in the plan.
        found: Vec<String>,
        /// Names in the scenario.
        expected: Vec<&'static str>,
    },
}

/// Builds the problem again: sites of `kept.lock` stay as the plan has them, whatever else `kept` asks for is kept to, and
/// levels before the last of `solved` are held at the values with which they were solved.
///
/// # Errors
/// [`RebuildError`].
pub fn rebuild(
    scenario: &Scenario,
    travel: &Travel<'_>,
    plan: &Plan,
    kept: &OptimiseOptions,
    solved: &[LevelDocument],
) -> Result<Rebuilt, RebuildError> {
    let levels = goal::declared(scenario);
    let same = |(level, document): (&Level, &LevelDocument)| level.name == document.term;
    if solved.is_empty() || solved.len() > levels.len() || !levels.iter().zip(solved).all(same) {
        let found = solved.iter().map(|level| level.term.clone()).collect();
        return Err(RebuildError::Levels { found, expected: levels.iter().map(|level| level.name).collect() });
    }
    let locks = compile::locks(scenario, plan, &kept.lock).map_err(RebuildError::Lock)?;
    let compiled = compile_with(scenario, travel, &CompileOptions { locks, ..CompileOptions::default() })?;
    let last = solved.len() - 1;
    let values: Vec<f64> = solved[..last].iter().map(|level| level.value).collect();
    let held = levels.iter().zip(&values).map(|(level, &value)| (level.name, goal::held_at(level, value))).collect();
    let mut problem = goal::problem(&compiled, &levels, &values);
    restrict::apply(scenario, &compiled, kept, &mut problem);
    Ok(Rebuilt { problem, level: levels[last].name, held, complete: solved.len() == levels.len() })
}
