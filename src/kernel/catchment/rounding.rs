//! Choices of options from relaxed solutions: rounded, assessed by the bound on the solutions that make them, and improved
//! by exchanging options for as long as that bound falls.
//!
//! The bound of a choice is close to the cost of its best assignment and takes milliseconds, so that many choices can be
//! compared before customers are assigned to any.

use crate::id::{ArcId, Id};
use crate::kernel::assign::{self, Remainder};
use crate::kernel::bound::{Ascent, AscentOptions, Excluded, Multipliers, Relaxation, Removed};
use crate::kernel::check;
use crate::kernel::engine::EngineError;
use crate::kernel::fixing;
use crate::kernel::problem::{Problem, Solution};
use crate::mip::Backend;
use crate::run::Limits;
use rayon::prelude::*;
use std::collections::BTreeSet;

/// Steps of the climb that adapts the multipliers to a choice.
const STEPS: usize = 40;
/// Single exchanges from which pairs are made, and exchanges assessed in one round.
const SINGLES: usize = 12;
const ASSESSED: usize = 24;

/// Relative gap at which an assignment is good enough, and most nodes of the backend for it.
const ASSIGNED_GAP: f64 = 2e-4;
const ASSIGNED_NODES: u64 = 50;
/// First assumed distance of an assignment from its bound, relative; it grows fourfold for this many steps at most.
const FIRST_ASSUMED: f64 = 5e-5;
const ASSUMED_STEPS: u32 = 5;

/// A choice of options, one for each site in order, with the bound on the solutions that make it.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    pub options: Vec<u32>,
    pub ascent: Ascent,
    pub work: u64,
}

impl Choice {
    /// The bound.
    pub fn bound(&self) -> f64 {
        self.ascent.evaluation.bound
    }
}

/// Assesses choices.
#[derive(Debug)]
pub(super) struct Assessor<'a> {
    pub relaxation: &'a Relaxation,
    pub removed: &'a Removed,
    pub limits: &'a Limits,
}

impl Assessor<'_> {
    /// Bounds the solutions that choose `options`; stops where the bound reaches `enough`.
    pub fn assess(&self, options: Vec<u32>, start: Multipliers, enough: f64) -> Choice {
        let count = self.relaxation.tables.options.len();
        let mut excluded = Excluded::none(count);
        for option in (0..count).filter(|&option| options.binary_search(&(option as u32)).is_err()) {
            excluded.insert(option);
        }
        let mut evaluator = self.relaxation.evaluator();
        let climb = AscentOptions {
            steps: STEPS,
            target: f64::INFINITY,
            enough,
            factor: 0.7,
            least_factor: 0.05,
            patience: 4,
            reach: 0.01,
        };
        let interrupted = || self.limits.interrupted();
        let ascent = self.relaxation.climb(&mut evaluator, self.removed, &excluded, start, &climb, &interrupted);
        Choice { options, ascent, work: evaluator.work }
    }

    /// Exchanges options at one or two sites while the bound falls; `tried` remembers what was assessed before.
    pub fn descend(&self, start: Choice, tried: &mut BTreeSet<Vec<u32>>, rounds: usize, work: &mut u64) -> Choice {
        let mut best = start;
        for _ in 0..rounds {
            if best.bound() == f64::INFINITY || self.limits.interrupted() {
                break;
            }
            let candidates = self.exchanges(&best, tried, work);
            let assessed: Vec<Choice> = candidates
                .into_par_iter()
                .map(|options| self.assess(options, best.ascent.multipliers.clone(), best.bound()))
                .collect();
            *work += assessed.iter().map(|choice| choice.work).sum::<u64>();
            let next = assessed.into_iter().min_by(|a, b| a.bound().total_cmp(&b.bound()));
            match next {
                Some(next) if next.bound() < best.bound() => best = next,
                _ => break,
            }
        }
        best
    }

    /// The exchanges that promise most at the choice's own multipliers.
    fn exchanges(&self, choice: &Choice, tried: &mut BTreeSet<Vec<u32>>, work: &mut u64) -> Vec<Vec<u32>> {
        let tables = &self.relaxation.tables;
        let everything = Excluded::none(tables.options.len());
        let mut multipliers = choice.ascent.multipliers.clone();
        let active = self.relaxation.active(self.removed, &everything, &multipliers);
        let mut evaluator = self.relaxation.evaluator();
        let values = evaluator.evaluate(&active, &mut multipliers, &everything).values;
        *work += evaluator.work;
        // What changing the option of one site promises, best first.
        let mut singles: Vec<(f64, usize, u32)> = Vec::new();
        for (site, &now) in choice.options.iter().enumerate() {
            for option in tables.options_of(site).filter(|&option| option as u32 != now && values[option].is_finite()) {
                singles.push((values[option] - values[now as usize], site, option as u32));
            }
        }
        singles.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.2.cmp(&b.2)));
        // The best of every kind: those that add capacity and those that take it away are needed together.
        let serves = |option: u32| tables.options.as_slice()[option as usize].serves;
        let (up, down): (Vec<_>, Vec<_>) = singles.iter().copied().partition(|single| serves(single.2));
        let mut moves: Vec<(f64, Vec<(usize, u32)>)> = Vec::new();
        let kinds = [&up[..up.len().min(SINGLES)], &down[..down.len().min(SINGLES)]];
        for &(gain, site, option) in kinds.into_iter().flatten() {
            moves.push((gain, vec![(site, option)]));
        }
        for a in kinds[0] {
            for b in kinds[1].iter().filter(|b| b.1 != a.1) {
                moves.push((a.0 + b.0, vec![(a.1, a.2), (b.1, b.2)]));
            }
        }
        moves.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
        let mut found = Vec::new();
        for (_, changes) in moves {
            let mut options = choice.options.clone();
            for (site, option) in changes {
                options[site] = option;
            }
            if self.relaxation.coupling.admits(&options) && tried.insert(options.clone()) {
                found.push(options);
                if found.len() == ASSESSED {
                    break;
                }
            }
        }
        found
    }
}

/// Assigns the customers for a choice of options with the backend, over the arcs that an assignment within a small distance
/// of the bound may use; the distance grows until that has a solution. `None` where the backend's formulation does not
/// cover the problem or nothing was found.
pub(super) fn assign(
    problem: &Problem,
    relaxation: &Relaxation,
    backend: &'static dyn Backend,
    choice: &Choice,
    cutoff: f64,
    limits: &Limits,
) -> Result<(Option<Solution>, u64), EngineError> {
    let tables = &relaxation.tables;
    let mut excluded = Excluded::none(tables.options.len());
    for option in (0..tables.options.len()).filter(|&option| choice.options.binary_search(&(option as u32)).is_err()) {
        excluded.insert(option);
    }
    let mut limits = limits.clone();
    limits.gap = ASSIGNED_GAP;
    let bound = choice.bound();
    let (mut offered, mut work) = (0, 0);
    for step in 0..ASSUMED_STEPS {
        let assumed = bound + FIRST_ASSUMED * f64::from(1 << (2 * step)) * bound.abs();
        let mut removed = Removed::none(tables.arc.len());
        fixing::remove_arcs(relaxation, &choice.ascent, assumed, &mut removed);
        let left = tables.arc.len() - removed.count();
        // Too few more than last time make no difference.
        if (left as f64) < 1.1 * tables.cells.len() as f64 && step + 1 < ASSUMED_STEPS || left * 10 < offered * 11 {
            continue;
        }
        offered = left;
        let kept = assign::kept_arcs(tables, &removed);
        let keep = |arc: ArcId| kept.get(arc.index()).copied().unwrap_or(false);
        let Some(remainder) = Remainder::new(problem, &excluded, keep) else { continue };
        let Some(closed) = assign::close(backend, &remainder, cutoff, (ASSIGNED_NODES, 0.05), &limits)? else { break };
        work += closed.work;
        // What is not below the cutoff was met on the way and says nothing about what a wider choice of arcs allows.
        let useful = closed.solution.filter(|solution| check::score(problem, solution).cost < cutoff);
        if useful.is_some() || assumed >= cutoff {
            return Ok((useful, work));
        }
    }
    Ok((None, work))
}

/// The option of greatest weight at every site, the first among equals.
pub(super) fn heaviest(relaxation: &Relaxation, weights: &[f64]) -> Vec<u32> {
    let tables = &relaxation.tables;
    (0..tables.sites.len())
        .filter_map(|site| tables.options_of(site).max_by(|&a, &b| weights[a].total_cmp(&weights[b]).then(b.cmp(&a))))
        .map(|option| option as u32)
        .collect()
}
