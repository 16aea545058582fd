//! The climbs at the root, each with its effort: the first without a solution, one with packs, one more with the cost of
//! a solution as its aim, and one with whole knapsacks.
//!
//! Where rows tie sites together, or options have limits of many kinds, the climbs go along averages of subgradients.

use super::SMALL_ARCS;
use crate::kernel::bound::{Ascent, AscentOptions, Depth, Evaluator, Excluded, Multipliers, Relaxation, Removed};
use crate::kernel::certificate::MultiplierSet;
use crate::run::{Clock, Limits, relative_gap};

/// Steps of the first climb, made before there is a solution, and of the one that has its cost as a target.
const FIRST_STEPS: usize = 150;
const ROOT_STEPS: usize = 400;
/// First step factor of the first climb, and of the one that has the cost of a solution as a target.
const FIRST_FACTOR: f64 = 1.0;
const AGAIN_FACTOR: f64 = 0.7;
/// The climb along averages: most steps, first and least step factor, the first one with packs, and reach.
const AVERAGED_STEPS: usize = 1200;
const AVERAGED_FACTOR: f64 = 0.5;
const AVERAGED_LEAST: f64 = 1e-4;
const AVERAGED_PACKS: f64 = 0.1;
const AVERAGED_REACH: f64 = 0.02;
/// The climb with whole knapsacks: steps, step factor and patience.
const WHOLE_STEPS: usize = 150;
const WHOLE_FACTOR: f64 = 0.5;
const WHOLE_PATIENCE: usize = 6;
/// The same where a tree of a large problem has far to go: gap from which on it is made, most steps, first and least step
/// factor, least and most patience, and steps for one of patience, by which its work is foreseen.
const WIDE: f64 = 0.02;
const WIDE_STEPS: usize = 4000;
const WIDE_FACTOR: f64 = 0.7;
const WIDE_LEAST: f64 = 1e-3;
const WIDE_PATIENCE: (u64, u64) = (10, 100);
const STEPS_OF_PATIENCE: u64 = 25;
/// Work that such a climb may take while it has more than the least patience, and its share of the time left where time is the
/// only limit.
pub(super) const WIDE_WORK: u64 = 3_000_000_000;
const WIDE_TIME: f64 = 0.2;
/// The climb in which whole customers and units are judged option by option: most steps, patience, and reach.
pub(super) const PACK_STEPS: usize = 1000;
const LEAST_PACK_STEPS: usize = 30;
/// Work beyond which fewer are made.
const PACK_WORK: u64 = 250_000_000;
/// Nodes by block of the looks with deeper searches at the end, made where this work allows more than the fewest steps, and the
/// share of the gap that one must close for the next to follow.
const DEPTHS: [usize; 2] = [200_000, 3_000_000];
const DEEP_PAYS: f64 = 0.05;
const PACK_PATIENCE: usize = 30;
const PACK_REACH: f64 = 0.02;

/// Climbs with nothing excluded.
pub(super) struct Climber<'r> {
    relaxation: &'r Relaxation,
    limits: &'r Limits,
    evaluator: Evaluator<'r>,
    removed: Removed,
    excluded: Excluded,
    /// What the climbs have in common, as steps along deflected subgradients take it.
    common: AscentOptions,
}

impl<'r> Climber<'r> {
    /// For a relaxation; `plain` where the compact program of assignments covers the problem.
    pub fn new(relaxation: &'r Relaxation, limits: &'r Limits, plain: bool) -> Self {
        let common = AscentOptions {
            steps: if plain { FIRST_STEPS } else { ROOT_STEPS },
            target: f64::INFINITY,
            enough: f64::INFINITY,
            factor: FIRST_FACTOR,
            least_factor: 0.01,
            patience: 10,
            reach: 0.05,
        };
        Self {
            relaxation,
            limits,
            evaluator: relaxation.evaluator(),
            removed: Removed::none(relaxation.tables.arc.len()),
            excluded: Excluded::none(relaxation.tables.options.len()),
            common,
        }
    }

    /// Nothing removed.
    pub fn removed(&self) -> &Removed {
        &self.removed
    }

    /// Arc visits so far.
    pub fn work(&self) -> u64 {
        self.evaluator.work
    }

    /// The first climb, from the relaxation's own start or from multipliers of a like problem.
    pub fn first(&mut self, near: Option<&MultiplierSet>, target: f64) -> Ascent {
        let (relaxation, nothing) = (self.relaxation, (&self.removed, &self.excluded));
        let start = relaxation.start(&mut self.evaluator, nothing.0, nothing.1);
        let start = relaxation.priced(&mut self.evaluator, nothing.0, nothing.1, start);
        let start = relaxation.nearer(&mut self.evaluator, nothing, start, near);
        self.climb(start, AscentOptions { target, ..self.common })
    }

    /// A climb without packs from where another ended.
    pub fn again(&mut self, from: Multipliers, target: f64, enough: f64) -> Ascent {
        self.evaluator.whole = false;
        let start = self.relaxation.priced(&mut self.evaluator, &self.removed, &self.excluded, from);
        self.climb(start, AscentOptions { steps: ROOT_STEPS, factor: AGAIN_FACTOR, target, enough, ..self.common })
    }

    /// A climb with whole knapsacks, of about `wide_work` where it has far to go, and shorter where plans would be left too little
    /// of the time.
    pub fn whole(&mut self, from: &Ascent, target: f64, enough: f64, wide_work: u64) -> Ascent {
        self.evaluator.whole = true;
        let far = target.is_infinite() || relative_gap(target, from.evaluation.bound) > WIDE;
        let wide = far && self.relaxation.tables.arc.len() > SMALL_ARCS;
        let mut options = AscentOptions { target, enough, ..self.common };
        if wide {
            // An evaluation and its subgradient solve the same knapsacks.
            let began = Clock::start();
            let (work, seconds) = (2 * self.look(from).1, 2.0 * began.seconds());
            let (steps, patience) = wide_effort(wide_work, (work, seconds), self.limits);
            let (factor, least_factor) = (WIDE_FACTOR, WIDE_LEAST);
            options = AscentOptions { steps, factor, least_factor, patience, ..options };
        } else {
            let (steps, factor, patience) = (WHOLE_STEPS, WHOLE_FACTOR, WHOLE_PATIENCE);
            options = AscentOptions { steps, factor, patience, ..options };
        }
        self.deflected(from.multipliers.clone(), &options)
    }

    /// What packs promise: steps of the climb with them, as many as its work allows, and the bound with them where `root` ended.
    pub fn pack_trial(&mut self, root: &Ascent) -> (usize, f64) {
        if !self.relaxation.packs() {
            return (PACK_STEPS, root.evaluation.bound);
        }
        self.evaluator.whole = true;
        let (bound, work) = self.look(root);
        self.evaluator.whole = false;
        let steps = PACK_WORK / work.max(1);
        (steps.clamp(LEAST_PACK_STEPS as u64, PACK_STEPS as u64) as usize, bound)
    }

    /// One evaluation where a climb ended: the bound, and the work that it takes.
    fn look(&mut self, at: &Ascent) -> (f64, u64) {
        let before = self.evaluator.work;
        let made = self.evaluator.evaluate(&at.active, &mut at.multipliers.clone(), &self.excluded);
        (made.bound, self.evaluator.work - before)
    }

    /// A climb of so many steps with packs.
    pub fn packed(&mut self, root: &Ascent, steps: usize, target: f64) -> Ascent {
        self.evaluator.whole = true;
        let start = root.multipliers.clone();
        if self.relaxation.plain_sites() {
            let (patience, reach) = (PACK_PATIENCE, PACK_REACH);
            self.deflected(start, &AscentOptions { steps, target, patience, reach, ..self.common })
        } else {
            self.averaged(start, steps, AVERAGED_PACKS, &AscentOptions { target, ..self.common })
        }
    }

    /// Where a climb of at most so many steps with packs ended, looked at again with deeper searches; deeper still where that
    /// closed enough of the gap to a solution of this cost.
    pub fn deepened(&mut self, mut packed: Ascent, steps: usize, cost: f64) -> Ascent {
        if steps <= LEAST_PACK_STEPS {
            return packed;
        }
        for nodes in DEPTHS {
            if self.limits.interrupted() {
                break;
            }
            self.evaluator.deep = Some(Depth { nodes, limits: self.limits.clone() });
            let mut multipliers = packed.multipliers.clone();
            let deeper = self.evaluator.evaluate(&packed.active, &mut multipliers, &self.excluded);
            self.evaluator.deep = None;
            let gained = deeper.bound - packed.evaluation.bound;
            let pays = gained > DEEP_PAYS * (cost - packed.evaluation.bound);
            if gained > 0.0 {
                (packed.multipliers, packed.evaluation) = (multipliers, deeper);
            }
            if !pays {
                break;
            }
        }
        packed
    }

    fn climb(&mut self, start: Multipliers, options: AscentOptions) -> Ascent {
        if self.relaxation.averages() {
            self.averaged(start, AVERAGED_STEPS, AVERAGED_FACTOR, &options)
        } else {
            self.deflected(start, &options)
        }
    }

    fn deflected(&mut self, start: Multipliers, options: &AscentOptions) -> Ascent {
        let Self { relaxation, limits, evaluator, removed, excluded, .. } = self;
        relaxation.climb(evaluator, removed, excluded, start, options, &|| limits.interrupted())
    }

    fn averaged(&mut self, start: Multipliers, steps: usize, factor: f64, options: &AscentOptions) -> Ascent {
        let Self { relaxation, limits, evaluator, removed, excluded, .. } = self;
        let (least_factor, reach) = (AVERAGED_LEAST, AVERAGED_REACH);
        let options = AscentOptions { steps, factor, least_factor, reach, ..*options };
        relaxation.climb_by_averages(evaluator, removed, excluded, start, &options, &|| limits.interrupted())
    }
}

/// Most steps and the patience of a wide climb whose steps take so much work and so many seconds each.
fn wide_effort(wide_work: u64, (work, seconds): (u64, f64), limits: &Limits) -> (usize, usize) {
    // What a limit on work ends must not depend on how fast the machine is.
    let left = limits.seconds_left().filter(|_| limits.work.is_none());
    let in_time = left.map_or(u64::MAX, |left| (WIDE_TIME * left / seconds) as u64);
    let affordable = (wide_work / work.max(1)).min(in_time);
    let patience = (affordable / STEPS_OF_PATIENCE).clamp(WIDE_PATIENCE.0, WIDE_PATIENCE.1);
    (in_time.clamp(WHOLE_STEPS as u64, WIDE_STEPS as u64) as usize, patience as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn a_limit_on_time_shortens_wide_climbs_and_one_on_work_leaves_the_clock_out() {
        let effort = |work: Option<u64>, time: Option<Duration>, seconds: f64| {
            wide_effort(WIDE_WORK, (1_000_000, seconds), &Limits { work, time, ..Limits::new() })
        };
        let free = effort(None, None, 1.0);
        assert_eq!(free, (WIDE_STEPS, 100));
        assert_eq!(effort(None, Some(HOUR), 1e-6), free, "steps that take next to no time");
        let (steps, patience) = effort(None, Some(HOUR), 1.0);
        assert!((700..=720).contains(&steps) && (28..30).contains(&patience), "{steps} {patience}");
        assert_eq!(effort(None, Some(HOUR), 1e4), (WHOLE_STEPS, 10), "never fewer than without a long way to go");
        for seconds in [0.0, 1.0, 1e4] {
            assert_eq!(effort(Some(1_000_000_000), Some(HOUR), seconds), free, "{seconds} seconds a step");
        }
    }
}
