//! Choosing one option per site at least value so that the chosen capacity covers the demand: a multiple-choice knapsack.

use super::select::Selection;
use crate::kernel::prepare::Tables;

/// Nodes after which the search for the whole-numbered optimum gives up and the linear relaxation stands.
const MOST_NODES: usize = 2000;

/// A step up in capacity at one site.
#[derive(Debug, Clone, Copy)]
struct Step {
    from: u32,
    to: u32,
    capacity: f64,
    slope: f64,
}

/// The best selection, given that the unconstrained one, `free`, covers too little.
pub(super) fn select(tables: &Tables, values: &[f64], capacity: &[f64], demand: f64, free: Selection) -> Selection {
    let sites = tables.sites.len();
    let mut steps: Vec<Step> = Vec::new();
    let mut covered = 0.0;
    for site in 0..sites {
        let at = free.chosen[site].0 as usize;
        covered += capacity[at];
        hull(tables, site, at, values, capacity, &mut steps);
    }
    // Within a site the slopes increase, so a stable sort keeps its steps in order.
    steps.sort_by(|a, b| a.slope.total_cmp(&b.slope));
    let mut selection =
        Selection { value: free.value, magnitude: free.magnitude, chosen: free.chosen, price: 0.0, relaxed: 0.0 };
    let mut done = false;
    for step in &steps {
        let difference = step.slope * step.capacity;
        let share = ((demand - covered) / step.capacity).min(1.0);
        selection.price = step.slope;
        selection.value += share * difference;
        selection.magnitude += share * difference.abs();
        let site = tables.options.as_slice()[step.to as usize].site as usize;
        covered += share * step.capacity;
        if share < 1.0 || covered >= demand {
            if share >= 1.0 {
                selection.chosen[site] = (step.to, 1.0);
            } else {
                selection.chosen[site] = (step.to, share);
                selection.chosen.push((step.from, 1.0 - share));
            }
            done = true;
            break;
        }
        selection.chosen[site] = (step.to, 1.0);
    }
    if !done {
        return Selection { value: f64::INFINITY, relaxed: f64::INFINITY, ..Selection::default() };
    }
    // The value by its price: what the certificate's reader recomputes, and free of the sums above.
    let price = selection.price;
    let mut relaxed = price * demand;
    for site in 0..sites {
        let least = tables.options_of(site).map(|o| values[o] - price * capacity[o]).fold(f64::INFINITY, f64::min);
        relaxed += least;
    }
    selection.relaxed = relaxed;
    selection.value = relaxed;
    if selection.chosen.len() > sites {
        Whole::new(tables, values, capacity, demand, price).improve(&mut selection);
    }
    selection.chosen.sort_by_key(|chosen| chosen.0);
    selection
}

/// The steps along the lower hull of a site's options from the one at `at` upwards.
fn hull(tables: &Tables, site: usize, at: usize, values: &[f64], capacity: &[f64], steps: &mut Vec<Step>) {
    let mut at = at;
    loop {
        let mut best: Option<Step> = None;
        for option in tables.options_of(site) {
            let more = capacity[option] - capacity[at];
            if more > 0.0 && values[option].is_finite() {
                let slope = (values[option] - values[at]) / more;
                let better = best.is_none_or(|b| slope < b.slope || slope == b.slope && more > b.capacity);
                if better {
                    best = Some(Step { from: at as u32, to: option as u32, capacity: more, slope });
                }
            }
        }
        let Some(step) = best else { return };
        steps.push(step);
        at = step.to as usize;
    }
}

/// Depth-first search for the best whole selection, guided by the linear relaxation's price.
///
/// A selection with excess capacity `e` and deviations `d` (what its options lose against the best at the price) costs the
/// relaxed value plus `price * e + sum d`, so the search is for a subset with little excess and few deviations.
struct Whole<'a> {
    demand: f64,
    price: f64,
    /// Choices of every site with more than one worthwhile: `(deviation, capacity, option)`.
    sites: Vec<Vec<(f64, f64, u32)>>,
    /// Greatest and least capacity of the sites from an index on.
    most: Vec<f64>,
    fixed: f64,
    best: f64,
    best_choice: Vec<u32>,
    choice: Vec<u32>,
    nodes: usize,
    values: &'a [f64],
}

impl<'a> Whole<'a> {
    fn new(tables: &Tables, values: &'a [f64], capacity: &[f64], demand: f64, price: f64) -> Self {
        let mut sites: Vec<Vec<(f64, f64, u32)>> = Vec::new();
        for site in 0..tables.sites.len() {
            let reduced = |o: usize| values[o] - price * capacity[o];
            let least = tables.options_of(site).map(reduced).fold(f64::INFINITY, f64::min);
            let mut choices: Vec<(f64, f64, u32)> = tables
                .options_of(site)
                .filter(|&o| values[o].is_finite())
                .map(|o| (reduced(o) - least, capacity[o], o as u32))
                .collect();
            choices.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
            sites.push(choices);
        }
        Self {
            demand,
            price,
            sites,
            most: Vec::new(),
            fixed: 0.0,
            best: f64::INFINITY,
            best_choice: Vec::new(),
            choice: Vec::new(),
            nodes: 0,
            values,
        }
    }

    fn improve(mut self, selection: &mut Selection) {
        // A first whole selection: the relaxed one with its split site rounded up.
        let mut start = 0.0;
        let mut excess = -self.demand;
        let mut up: Vec<u32> = Vec::with_capacity(self.sites.len());
        for (index, choices) in self.sites.iter().enumerate() {
            let chosen = selection.chosen[index].0;
            let found = choices.iter().find(|choice| choice.2 == chosen).expect("a chosen option has a finite value");
            start += found.0;
            excess += found.1;
            up.push(chosen);
        }
        self.best = start + self.price * excess.max(0.0);
        if excess < 0.0 {
            return;
        }
        // Swap single sites down where the cover still holds and it pays: a better start prunes more.
        for (choices, up) in self.sites.iter().zip(&mut up) {
            let current = *choices.iter().find(|choice| choice.2 == *up).expect("chosen above");
            let better = choices
                .iter()
                .filter(|choice| excess + choice.1 - current.1 >= 0.0)
                .map(|choice| (choice.0 - current.0 + self.price * (choice.1 - current.1), *choice))
                .min_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((change, choice)) = better
                && change < 0.0
            {
                self.best += change;
                excess += choice.1 - current.1;
                *up = choice.2;
            }
        }
        self.best_choice.clone_from(&up);
        // Sites whose every deviation exceeds the best are fixed; the others in order of the spread of their capacity.
        let mut core: Vec<usize> = Vec::new();
        let limit = self.best;
        let mut choice_of_fixed: Vec<(usize, u32)> = Vec::new();
        for (index, choices) in self.sites.iter_mut().enumerate() {
            choices.retain(|choice| choice.0 < limit);
            if choices.is_empty() {
                return;
            }
            if choices.len() == 1 {
                self.fixed += choices[0].1;
                choice_of_fixed.push((index, choices[0].2));
            } else {
                core.push(index);
            }
        }
        let spread = |choices: &[(f64, f64, u32)]| {
            let most = choices.iter().map(|c| c.1).fold(f64::NEG_INFINITY, f64::max);
            let least = choices.iter().map(|c| c.1).fold(f64::INFINITY, f64::min);
            most - least
        };
        core.sort_by(|&a, &b| spread(&self.sites[b]).total_cmp(&spread(&self.sites[a])).then(a.cmp(&b)));
        let core_sites: Vec<Vec<(f64, f64, u32)>> = core.iter().map(|&index| self.sites[index].clone()).collect();
        self.most = vec![0.0; core.len() + 1];
        for index in (0..core.len()).rev() {
            self.most[index] =
                self.most[index + 1] + core_sites[index].iter().map(|c| c.1).fold(f64::NEG_INFINITY, f64::max);
        }
        let least_after: Vec<f64> = {
            let mut least = vec![0.0; core.len() + 1];
            for index in (0..core.len()).rev() {
                least[index] = least[index + 1] + core_sites[index].iter().map(|c| c.1).fold(f64::INFINITY, f64::min);
            }
            least
        };
        self.choice = vec![0; core.len()];
        let mut found: Option<Vec<u32>> = None;
        let finished = self.search(&core_sites, &least_after, 0, 0.0, self.fixed, &mut found);
        if !finished {
            return;
        }
        if let Some(found) = found {
            for (&index, option) in core.iter().zip(found) {
                self.best_choice[index] = option;
            }
            for (index, option) in choice_of_fixed {
                self.best_choice[index] = option;
            }
        }
        selection.value = selection.relaxed + self.best * (1.0 - 1e-9);
        selection.magnitude += self.best_choice.iter().map(|&o| self.values[o as usize].abs()).sum::<f64>();
        selection.chosen = self.best_choice.iter().map(|&option| (option, 1.0)).collect();
    }

    /// Whether the search ended before the limit on nodes.
    fn search(
        &mut self,
        sites: &[Vec<(f64, f64, u32)>],
        least_after: &[f64],
        depth: usize,
        deviation: f64,
        covered: f64,
        found: &mut Option<Vec<u32>>,
    ) -> bool {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return false;
        }
        if depth == sites.len() {
            let cost = deviation + self.price * (covered - self.demand);
            if covered >= self.demand && cost < self.best {
                self.best = cost;
                *found = Some(self.choice.clone());
            }
            return true;
        }
        for &(own, capacity, option) in &sites[depth] {
            let (deviation, covered) = (deviation + own, covered + capacity);
            if covered + self.most[depth + 1] < self.demand {
                continue;
            }
            let excess = (covered + least_after[depth + 1] - self.demand).max(0.0);
            if deviation + self.price * excess >= self.best {
                continue;
            }
            self.choice[depth] = option;
            if !self.search(sites, least_after, depth + 1, deviation, covered, found) {
                return false;
            }
        }
        true
    }
}
