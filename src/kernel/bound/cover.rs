//! Choosing one option per site at least value so that the chosen capacity covers the demand: a multiple-choice knapsack.

use super::select::Selection;
use crate::kernel::prepare::Tables;

/// Most states of the search for a whole selection after each site; with more, neighbours are joined.
const WIDTH: usize = 128;

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
        Whole::new(tables, values, capacity, demand, price).improve(values, &mut selection);
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

/// Least loss of a whole selection against the linear relaxation, by dynamic programming over the sites.
///
/// A selection with excess capacity `e` and deviations `d` (what its options lose against the best at the price) costs the
/// relaxed value plus `price * e + sum d`. A state is what the sites so far cover and have lost; one that covers no less and
/// costs no more rules out another. Where more than [`WIDTH`] are left, neighbours are joined to the better of each in both
/// respects: the value stays a lower bound (a relaxed decision diagram: Bergman, Cire, van Hoeve, Hooker, 2016).
struct Whole {
    demand: f64,
    price: f64,
    /// Choices of every site that are finite.
    sites: Vec<Vec<Choice>>,
}

/// An option as the states see it.
#[derive(Debug, Clone, Copy)]
struct Choice {
    /// What it loses against the best option of its site at the price.
    deviation: f64,
    capacity: f64,
    option: u32,
}

/// What a partial selection covers, and what it costs beyond the relaxation with each unit covered at the price.
#[derive(Debug, Clone, Copy)]
struct State {
    covered: f64,
    cost: f64,
    /// Where it comes from in the layer before, and the option that led here.
    parent: u32,
    option: u32,
}

impl Whole {
    fn new(tables: &Tables, values: &[f64], capacity: &[f64], demand: f64, price: f64) -> Self {
        let sites = (0..tables.sites.len())
            .map(|site| {
                let reduced = |o: usize| values[o] - price * capacity[o];
                let least = tables.options_of(site).map(reduced).fold(f64::INFINITY, f64::min);
                let finite = tables.options_of(site).filter(|&o| values[o].is_finite());
                finite
                    .map(|o| Choice { deviation: reduced(o) - least, capacity: capacity[o], option: o as u32 })
                    .collect()
            })
            .collect();
        Self { demand, price, sites }
    }

    fn cost(&self, choice: Choice) -> f64 {
        choice.deviation + self.price * choice.capacity
    }

    /// Replaces a selection with a split site by a whole one, and its value by what that needs at least.
    fn improve(mut self, values: &[f64], selection: &mut Selection) {
        let Some((mut chosen, most)) = self.rounded_up(selection) else { return };
        // Options that alone lose as much as the selection found are out of the question.
        let mut open = Vec::new();
        let mut covered = 0.0;
        for (site, choices) in self.sites.iter_mut().enumerate() {
            choices.retain(|choice| choice.deviation < most);
            match **choices {
                [] => return,
                [only] => {
                    covered += only.capacity;
                    chosen[site] = only.option;
                }
                _ => open.push(site),
            }
        }
        let loss = self.least_loss(&open, covered, most, &mut chosen);
        selection.value = selection.relaxed + loss * (1.0 - 1e-9);
        selection.magnitude += chosen.iter().map(|&option| values[option as usize].abs()).sum::<f64>();
        selection.chosen = chosen.into_iter().map(|option| (option, 1.0)).collect();
    }

    /// The relaxed selection with its split site taken as a whole and then, site by site, exchanged where that pays and
    /// the cover holds; with what it loses. `None` where rounding covers too little after all.
    fn rounded_up(&self, selection: &Selection) -> Option<(Vec<u32>, f64)> {
        let mut loss = 0.0;
        let mut excess = -self.demand;
        let mut chosen = Vec::with_capacity(self.sites.len());
        for (choices, &(option, _)) in self.sites.iter().zip(&selection.chosen) {
            let choice = choices.iter().find(|choice| choice.option == option)?;
            loss += choice.deviation;
            excess += choice.capacity;
            chosen.push(*choice);
        }
        if excess < 0.0 {
            return None;
        }
        for (choices, current) in self.sites.iter().zip(&mut chosen) {
            let change = |choice: &Choice| self.cost(*choice) - self.cost(*current);
            let covering = choices.iter().filter(|choice| excess + choice.capacity - current.capacity >= 0.0);
            let better = covering.min_by(|a, b| change(a).total_cmp(&change(b)));
            if let Some(&choice) = better.filter(|choice| change(choice) < 0.0) {
                loss += choice.deviation - current.deviation;
                excess += choice.capacity - current.capacity;
                *current = choice;
            }
        }
        Some((chosen.iter().map(|choice| choice.option).collect(), loss + self.price * excess))
    }

    /// A lower bound on what a whole selection loses, at most `most`, given what is covered by the sites that are not open;
    /// the options that lead there take the place of those of the start.
    fn least_loss(&self, open: &[usize], covered: f64, most: f64, chosen: &mut [u32]) -> f64 {
        let spread = |site: usize| range(&self.sites[site]).1 - range(&self.sites[site]).0;
        let mut order = open.to_vec();
        order.sort_by(|&a, &b| spread(b).total_cmp(&spread(a)).then(a.cmp(&b)));
        // What the sites from an index on cover at least and at most.
        let mut after = vec![(0.0, 0.0); order.len() + 1];
        for (index, &site) in order.iter().enumerate().rev() {
            let (least, greatest) = range(&self.sites[site]);
            after[index] = (after[index + 1].0 + least, after[index + 1].1 + greatest);
        }
        let first = State { covered, cost: self.price * (covered - self.demand), parent: 0, option: 0 };
        let mut layers = vec![vec![first]];
        for (index, &site) in order.iter().enumerate() {
            let (least, greatest) = after[index + 1];
            let mut states = Vec::new();
            for (parent, state) in layers[index].iter().enumerate() {
                for &choice in &self.sites[site] {
                    let covered = state.covered + choice.capacity;
                    let cost = state.cost + self.cost(choice);
                    // What is lost already, and the excess that is certain by now.
                    let excess = (covered + least - self.demand).max(0.0);
                    let lost = cost - self.price * (covered - self.demand) + self.price * excess;
                    if covered + greatest >= self.demand && lost < most {
                        // Beyond what every completion covers more makes no difference.
                        let covered = covered.min(self.demand - least);
                        states.push(State { covered, cost, parent: parent as u32, option: choice.option });
                    }
                }
            }
            reduce(&mut states);
            layers.push(states);
        }
        let last = layers.last().expect("there is a first layer");
        let Some(best) = last.iter().min_by(|a, b| a.cost.total_cmp(&b.cost)).filter(|best| best.cost < most) else {
            return most;
        };
        let mut state = *best;
        for (index, &site) in order.iter().enumerate().rev() {
            chosen[site] = state.option;
            state = layers[index][state.parent as usize];
        }
        best.cost
    }
}

/// Least and greatest capacity among choices.
fn range(choices: &[Choice]) -> (f64, f64) {
    choices.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), choice| {
        (least.min(choice.capacity), most.max(choice.capacity))
    })
}

/// Leaves the states that no other rules out, and joins neighbours where these are too many.
fn reduce(states: &mut Vec<State>) {
    states.sort_by(|a, b| b.covered.total_cmp(&a.covered).then(a.cost.total_cmp(&b.cost)));
    let mut cheapest = f64::INFINITY;
    states.retain(|state| {
        let keep = state.cost < cheapest;
        cheapest = cheapest.min(state.cost);
        keep
    });
    if states.len() > WIDTH {
        // Costs fall along the states, so the last of a group is its cheapest and the first covers most.
        let length = states.len();
        let groups = (0..WIDTH).map(|group| (group * length / WIDTH, (group + 1) * length / WIDTH));
        *states = groups.map(|(from, to)| State { covered: states[from].covered, ..states[to - 1] }).collect();
    }
}
