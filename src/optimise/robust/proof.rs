//! The problem that the certificate of a plan for several forecasts is checked against, built again from the scenarios.

use super::question::{Held, Question};
use crate::compile::{self, CompileOptions, Joint, compile_with};
use crate::domain::document::{LevelDocument, RobustDocument};
use crate::domain::forecast::{Forecasts, RobustGoal};
use crate::domain::plan::Plan;
use crate::id::SiteId;
use crate::optimise::goal::{self, Level};
use crate::optimise::proof::{RebuildError, Rebuilt};
use crate::travel::Travel;

/// Builds the problem of the last level again: the forecasts weighted as the document says, `locked` sites as `plan` has
/// them, and earlier levels held at the values with which they were solved.
///
/// A bound of this problem is one of the goal for the weights that the goal allows: any that add up to 1 for the worst case,
/// equal ones for the mean.
///
/// # Errors
/// [`RebuildError`].
pub fn rebuild(
    forecasts: &Forecasts,
    plan: &Plan,
    locked: &[SiteId],
    robust: &RobustDocument,
) -> Result<Rebuilt, RebuildError> {
    let scenario = &forecasts.first().scenario;
    let levels = goal::declared(scenario);
    let same = |(level, document): (&Level, &LevelDocument)| level.name == document.term;
    let solved = &robust.levels;
    if solved.is_empty() || solved.len() > levels.len() || !levels.iter().zip(solved).all(same) {
        let found = solved.iter().map(|level| level.term.clone()).collect();
        return Err(RebuildError::Levels { found, expected: levels.iter().map(|level| level.name).collect() });
    }
    let weights: Vec<f64> = robust.forecasts.iter().map(|forecast| forecast.weight).collect();
    if robust.needed < forecasts.len() || !allowed(robust.goal, &weights, forecasts.len()) {
        return Err(RebuildError::Weights);
    }
    let locks = compile::locks(scenario, plan, locked).map_err(RebuildError::Lock)?;
    let options = CompileOptions { locks, ..CompileOptions::default() };
    let part = |scenario| compile_with(scenario, &Travel::new(scenario), &options);
    let joint = Joint::new(forecasts.iter().map(|one| part(&one.scenario)).collect::<Result<_, _>>()?)?;
    let last = solved.len() - 1;
    let held = |(level, solved): (_, &LevelDocument)| Held { level, goal: robust.goal, value: solved.value };
    let held: Vec<Held<'_>> = levels.iter().zip(&solved[..last]).map(held).collect();
    let question = Question::new(&joint, robust.goal, &levels[last], &held);
    Ok(Rebuilt {
        problem: question.problem(&weights, &vec![true; forecasts.len()]),
        level: levels[last].name,
        held: held.iter().map(|held| (held.level.name, goal::held_at(held.level, held.value))).collect(),
        complete: solved.len() == levels.len(),
    })
}

/// Whether a weighted sum of the forecasts bounds the goal from below.
fn allowed(goal: RobustGoal, weights: &[f64], forecasts: usize) -> bool {
    let near = |value: f64, wanted: f64| (value - wanted).abs() <= 1e-12;
    let sound = weights.len() == forecasts && weights.iter().all(|weight| *weight >= 0.0);
    sound
        && match goal {
            RobustGoal::Expected => weights.iter().all(|&weight| near(weight, 1.0 / forecasts as f64)),
            RobustGoal::Worst => near(weights.iter().sum(), 1.0),
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_weights_that_bound_the_goal_are_allowed() {
        let worst = |weights: &[f64]| allowed(RobustGoal::Worst, weights, 2);
        assert!(worst(&[0.25, 0.75]) && worst(&[1.0, 0.0]));
        assert!(!worst(&[0.5, 0.6]) && !worst(&[1.5, -0.5]) && !worst(&[1.0]) && !worst(&[f64::NAN, 1.0]));
        let expected = |weights: &[f64]| allowed(RobustGoal::Expected, weights, 2);
        assert!(expected(&[0.5, 0.5]) && !expected(&[0.25, 0.75]));
    }
}
