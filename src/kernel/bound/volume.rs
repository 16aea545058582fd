//! Maximises the Lagrangian function along averages of subgradients: the volume algorithm (Barahona and Anbil 2000).
//!
//! Where rows tie sites together, or an option has limits for many years, many selections are nearly as good as each other:
//! a credit for shutting a school in one year or the next, an expansion now or later. A single subgradient then says that all
//! schools should shut in the same year, the next one that none should, and steps along them come to nothing. The average
//! of the subgradients is what an average of the selections lacks; steps along it from the best multipliers go on where
//! those stop, and the averaged selections approach a solution of the linear relaxation.

use super::active::Removed;
use super::ascent::{Ascent, AscentOptions, Relaxation, blend_choices};
use super::evaluate::{Evaluator, Multipliers};
use super::gradient::Gradient;
use super::select::{Coupling, Excluded};

/// Most and least weight of the newest subgradient in the average, the latter as a share of the former.
const NEWEST: f64 = 0.1;
const LEAST_NEWEST: f64 = 0.1;
/// Weight below which the greatest weight does not fall.
const LOWEST_NEWEST: f64 = 1e-3;
/// Share of their scale by which multipliers of rows move.
const ROW_SHARE: f64 = 0.1;
/// Factor on the step factor where the average still points upwards, its greatest value, and the factor after a run of
/// steps without progress.
const GROW: f64 = 1.1;
const MOST_FACTOR: f64 = 2.0;
const SHRINK: f64 = 0.7;
/// Steps after which progress is looked at: below the first share of the bound's magnitude the newest weigh half as much,
/// below the second the climb ends.
const LOOK: usize = 100;
const SLOW: f64 = 1e-3;
const DONE: f64 = 3e-5;

impl Relaxation {
    /// Whether subgradients are averaged: options have limits that are no plain knapsack, or rows tie sites together beyond what
    /// stays inside the subproblem. Where packs follow on plain knapsacks, the climb with them makes up for that.
    pub fn averages(&self) -> bool {
        let inside = matches!(self.coupling, Coupling::Count { .. });
        !self.plain_sites() || (!self.packs() && self.tables.rows.len() > usize::from(inside))
    }

    /// Whether the limits of every option are one knapsack at most.
    pub fn plain_sites(&self) -> bool {
        self.tables.sites.iter().all(|site| site.simple)
    }

    /// Climbs from `start` along averages of subgradients.
    pub fn climb_by_averages(
        &self,
        evaluator: &mut Evaluator<'_>,
        removed: &Removed,
        excluded: &Excluded,
        start: Multipliers,
        options: &AscentOptions,
        interrupted: &dyn Fn() -> bool,
    ) -> Ascent {
        let begun = self.begin(evaluator, removed, excluded, start);
        if begun.evaluation.bound == f64::INFINITY {
            return begun;
        }
        let Ascent { multipliers: mut best, mut evaluation, mut weights, mut active, mut steps } = begun;
        let mut average = Gradient::default();
        evaluator.gradient(&active, &best, &evaluation, &mut average);
        let mut newest = Gradient::default();
        let (mut factor, mut most, mut fails) = (options.factor, NEWEST, 0);
        let mut looked_at = evaluation.bound;
        while steps < options.steps
            && evaluation.bound < options.enough
            && factor > options.least_factor
            && !interrupted()
        {
            steps += 1;
            average.charge(&self.tables.rows, &best.rows);
            let length = self.dot(&average, &average, ROW_SHARE);
            if length <= 1e-12 {
                break;
            }
            let magnitude = self.magnitude(evaluation.bound);
            let target = options.target.min(evaluation.bound + options.reach * magnitude).max(evaluation.bound);
            let step = factor * (target - evaluation.bound).max(1e-5 * magnitude) / length;
            let mut at = best.clone();
            self.advance(&mut at, &average, step, ROW_SHARE);
            self.admit(&mut at, &best, &mut active, removed, excluded);
            let made = evaluator.evaluate(&active, &mut at, excluded);
            if made.bound == f64::INFINITY {
                (best, evaluation) = (at, made);
                break;
            }
            evaluator.gradient(&active, &at, &made, &mut newest);
            // The weight that leaves the shortest average, within limits.
            let along = self.dot(&newest, &average, ROW_SHARE);
            let apart = self.dot(&newest, &newest, ROW_SHARE) + length - 2.0 * along;
            let shortest = if apart > 0.0 { (length - along) / apart } else { 1.0 };
            let share = shortest.clamp(LEAST_NEWEST * most, most);
            blend(&mut average.cells, &newest.cells, share);
            blend(&mut average.activity, &newest.activity, share);
            blend_choices(&mut weights, &made.selection, share);
            if made.bound > evaluation.bound {
                if along >= 0.0 {
                    factor = (factor * GROW).min(MOST_FACTOR);
                }
                (best, evaluation) = (at, made);
                fails = 0;
            } else {
                fails += 1;
            }
            if fails >= options.patience {
                fails = 0;
                factor *= SHRINK;
            }
            if steps % LOOK == 0 {
                let gained = evaluation.bound - looked_at;
                if gained < DONE * magnitude {
                    break;
                }
                if gained < SLOW * magnitude {
                    most = (0.5 * most).max(LOWEST_NEWEST);
                }
                looked_at = evaluation.bound;
            }
        }
        Ascent { multipliers: best, evaluation, weights, active, steps }
    }
}

/// Moves an average towards the newest values by a share.
fn blend(average: &mut [f64], newest: &[f64], share: f64) {
    for (value, &new) in average.iter_mut().zip(newest) {
        *value += share * (new - *value);
    }
}
