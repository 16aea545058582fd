//! Choices of options from relaxed solutions: rounded, assessed by the bound on the solutions that make them, and improved
//! by exchanging options for as long as that bound falls.
//!
//! The bound of a choice is close to the cost of its best assignment and takes milliseconds, so that many choices can be
//! compared before customers are assigned to any.

use super::{MOVE, by_customer};
use crate::id::OptionId;
use crate::kernel::assign::{self, Assignment, Descend, Effort};
use crate::kernel::bound::{Ascent, AscentOptions, Coupling, Excluded, Multipliers, Relaxation, Removed, Selection};
use crate::kernel::construct::Hint;
use crate::kernel::fixing;
use crate::kernel::problem::{Problem, Solution};
use crate::random::Random;
use crate::run::Limits;
use rayon::prelude::*;
use std::collections::BTreeSet;

/// Steps of the climb that adapts the multipliers to a choice.
const STEPS: usize = 40;
/// Single exchanges from which pairs are made, and exchanges assessed in one round.
const SINGLES: usize = 12;
const ASSESSED: usize = 24;

/// Assumed distance of assignments from the bound of their choice, relative: arcs beyond it are left out.
pub(super) const ASSUMED: f64 = 0.02;
/// Distances beyond the bound that the search aims at, relative, and its effort at each.
const AIMS: [f64; 5] = [5e-5, 2e-4, 8e-4, 3.2e-3, 1.28e-2];
const EFFORT: Effort = Effort { nodes: 60, first_steps: 100, steps: 12 };

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

    /// What a construction under these options is told.
    pub fn hint(&self, problem: &Problem, relaxation: &Relaxation) -> Hint {
        Hint {
            options: Some(self.options.iter().map(|&option| OptionId(option)).collect()),
            multipliers: Some(by_customer(problem, relaxation, &self.ascent.multipliers.cells)),
            usage: None,
        }
    }
}

/// The options that a solution chooses, as those of a choice.
pub(super) fn options_of(solution: &Solution) -> Vec<u32> {
    solution.options.iter().map(|option| option.0).collect()
}

/// Assesses choices.
#[derive(Debug)]
pub(super) struct Assessor<'a> {
    pub relaxation: &'a Relaxation,
    pub removed: &'a Removed,
    pub limits: &'a Limits,
    /// Whether knapsacks are whole.
    pub whole: bool,
    /// What choices that take the place of others must keep to.
    pub coupling: &'a Coupling,
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
        evaluator.whole = self.whole;
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
        let start = self.relaxation.priced(&mut evaluator, self.removed, &excluded, start);
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
            let next = self.near(&best, best.bound(), tried, work).into_iter().next();
            match next {
                Some(next) if next.bound() < best.bound() => best = next,
                _ => break,
            }
        }
        best
    }

    /// The choices that the most promising exchanges at one or two sites make of one, least bound first; bounds stop at `enough`.
    pub fn near(&self, choice: &Choice, enough: f64, tried: &mut BTreeSet<Vec<u32>>, work: &mut u64) -> Vec<Choice> {
        let candidates = self.exchanges(choice, tried, work);
        let mut assessed: Vec<Choice> = candidates
            .into_par_iter()
            .map(|options| self.assess(options, choice.ascent.multipliers.clone(), enough))
            .collect();
        *work += assessed.iter().map(|choice| choice.work).sum::<u64>();
        assessed.sort_by(|a, b| a.bound().total_cmp(&b.bound()));
        assessed
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
            if self.coupling.admits(&options) && tried.insert(options.clone()) {
                found.push(options);
                if found.len() == ASSESSED {
                    break;
                }
            }
        }
        found
    }
}

/// Assigns the customers for a choice of options, over the arcs that a solution not far beyond the choice's bound may use:
/// by annealing from where the multipliers send them, then by a short search with aims further and further beyond the bound;
/// says whether the search found the solution.
/// The problem must be a single assignment once its sites are decided.
pub(super) fn assign(
    problem: &Problem,
    relaxation: &Relaxation,
    choice: &Choice,
    moves: u64,
    limits: &Limits,
) -> (Option<(Solution, bool)>, u64) {
    let tables = &relaxation.tables;
    let assumed = choice.bound() + ASSUMED * choice.bound().abs();
    let mut removed = Removed::none(tables.arc.len());
    fixing::remove_arcs(relaxation, &choice.ascent, assumed, &mut removed);
    let Some(left) = Assignment::new(problem, tables, &choice.options, &removed) else { return (None, 0) };
    let interrupted = || limits.interrupted();
    let moves = moves * left.customers() as u64;
    let (best, mut work) = anneal(relaxation, &left, (&choice.options, &choice.ascent), moves, limits);
    for distance in AIMS {
        let cost = best.as_ref().map_or(f64::INFINITY, |found| found.1);
        let aim = (choice.bound() + distance * choice.bound().abs()).min(cost - limits.gap * cost.abs());
        if aim <= choice.bound() || limits.interrupted() {
            break;
        }
        let mut removed = removed.clone();
        fixing::remove_arcs(relaxation, &choice.ascent, aim, &mut removed);
        let Some(near) = Assignment::new(problem, tables, &choice.options, &removed) else { continue };
        let found = Descend::new(&near, aim, limits.gap, EFFORT, &interrupted).run(&choice.ascent.multipliers.cells);
        work += found.work;
        if let Some((chosen, _)) = found.best {
            return (Some((near.solution(&chosen), true)), work);
        }
    }
    (best.map(|(chosen, _)| (left.solution(&chosen), false)), work)
}

/// Anneals an assignment of the sites' options from where the multipliers of an ascent send the customers, in about so many
/// moves; the best found, with the work done.
pub(super) fn anneal(
    relaxation: &Relaxation,
    left: &Assignment,
    (options, ascent): (&[u32], &Ascent),
    moves: u64,
    limits: &Limits,
) -> (Option<(Vec<u32>, f64)>, u64) {
    let tables = &relaxation.tables;
    let prices: Vec<f64> = options
        .iter()
        .map(|&option| {
            let slot = tables.options.as_slice()[option as usize].limits.start as usize;
            tables.capacity(option as usize).map_or(0.0, |_| ascent.multipliers.limits[slot])
        })
        .collect();
    let start: Vec<u32> = (0..left.customers())
        .map(|customer| {
            let price = |arc: usize| left.cost[arc] + prices[left.site[arc] as usize] * left.load[arc];
            let best = left.arcs(customer).min_by(|&a, &b| price(a).total_cmp(&price(b)));
            best.expect("an assignment has an arc for every customer") as u32
        })
        .collect();
    let mut random = Random::new(limits.seed, &format!("assign {options:?} {moves}"));
    let (best, annealed) = assign::anneal(left, &start, moves, &mut random, &|| limits.interrupted());
    (best, MOVE * annealed)
}

/// The options of a selection, at every site that of greatest weight.
pub(super) fn selected(relaxation: &Relaxation, selection: &Selection) -> Vec<u32> {
    let mut weights = vec![0.0; relaxation.tables.options.len()];
    for &(option, weight) in &selection.chosen {
        weights[option as usize] = weight;
    }
    heaviest(relaxation, &weights)
}

/// The option of greatest weight at every site, the first among equals.
pub(super) fn heaviest(relaxation: &Relaxation, weights: &[f64]) -> Vec<u32> {
    let tables = &relaxation.tables;
    (0..tables.sites.len())
        .filter_map(|site| tables.options_of(site).max_by(|&a, &b| weights[a].total_cmp(&weights[b]).then(b.cmp(&a))))
        .map(|option| option as u32)
        .collect()
}
