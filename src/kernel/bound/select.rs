//! Which option every site takes, given their values: freely, with a given number of options of a kind, or so that the
//! chosen capacity covers the demand.

use super::cover;
use crate::id::CommodityId;
use crate::kernel::prepare::Tables;
use crate::kernel::problem::{Customer, Limit, Measure, Problem, Serves, SiteOption};

/// Options that are out of the question in a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded(Vec<u64>);

impl Excluded {
    /// Nothing excluded among `options`.
    pub fn none(options: usize) -> Self {
        Self(vec![0; options.div_ceil(64)])
    }

    /// Whether `option` is excluded.
    pub fn contains(&self, option: usize) -> bool {
        self.0[option / 64] >> (option % 64) & 1 == 1
    }

    /// Excludes `option`.
    pub fn insert(&mut self, option: usize) {
        self.0[option / 64] |= 1 << (option % 64);
    }

    /// The excluded options in order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.0.len() * 64).filter(|&option| self.contains(option)).map(|option| option as u32)
    }

    /// The options, of so many, that are not excluded, in order.
    pub fn others(&self, options: usize) -> impl Iterator<Item = u32> + '_ {
        (0..options).filter(|&option| !self.contains(option)).map(|option| option as u32)
    }
}

/// What ties the options of different sites together inside the subproblem.
#[derive(Debug, Clone, PartialEq)]
pub enum Coupling {
    /// Nothing.
    Free,
    /// Between `least` and `most` sites take an option of the kind.
    Count {
        /// The row of the problem that says so; its multiplier stays 0.
        row: u32,
        /// Whether an option is of the kind.
        kind: Vec<bool>,
        /// Least number.
        least: usize,
        /// Greatest number.
        most: usize,
    },
    /// The capacities of the chosen options add up to the demand, which every cell brings wherever it goes.
    Cover {
        /// The measure of the capacities.
        measure: u32,
        /// Capacity of every option.
        capacity: Vec<f64>,
        /// The demand.
        demand: f64,
    },
}

/// A selection of options.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Lower bound on the value of every selection; infinite where there is none.
    pub value: f64,
    /// Sum of the absolute values that went into it.
    pub magnitude: f64,
    /// Options with their weights, at most one in total for a site, in order of site.
    pub chosen: Vec<(u32, f64)>,
    /// Price of one unit of the cover's demand.
    pub price: f64,
    /// Value of the linear relaxation (the same as `value` unless a cover was strengthened).
    pub relaxed: f64,
}

impl Coupling {
    /// Finds the structure of `problem` that is worth keeping inside.
    pub fn of(problem: &Problem, tables: &Tables) -> Self {
        Self::count(problem).or_else(|| Self::cover(problem, tables)).unwrap_or(Self::Free)
    }

    fn count(problem: &Problem) -> Option<Self> {
        let candidates = problem.rows.iter().enumerate().filter(|(_, row)| {
            row.price.is_infinite()
                && row.arcs.is_empty()
                && row.options.len() > 1
                && row.options[0].1 > 0.0
                && row.options.iter().all(|term| term.1 == row.options[0].1)
        });
        // The one that leaves the fewest possibilities, the first among equals.
        let (index, row) = candidates.min_by(|a, b| {
            let width = |row: &crate::kernel::problem::Row| {
                let upper = (row.upper / row.options[0].1).min(row.options.len() as f64);
                (upper - (row.lower / row.options[0].1).max(0.0)) / row.options.len() as f64
            };
            width(a.1).total_cmp(&width(b.1))
        })?;
        let unit = row.options[0].1;
        let mut kind = vec![false; problem.options.len()];
        for &(option, _) in &row.options {
            if std::mem::replace(&mut kind[option.0 as usize], true) {
                return None;
            }
        }
        let least = (row.lower / unit - 1e-9).ceil().max(0.0) as usize;
        let most = (row.upper / unit + 1e-9).floor().min(problem.sites.len() as f64);
        if most < least as f64 {
            return None;
        }
        Some(Self::Count { row: index as u32, kind, least, most: most as usize })
    }

    /// The cover of the measure whose hard capacities are scarcest.
    fn cover(problem: &Problem, tables: &Tables) -> Option<Self> {
        let mut best: Option<(f64, Self)> = None;
        for (measure, kind) in problem.measures.entries() {
            // Whole units of one commodity are counted as their load, so that all numbers stay whole; several are left out.
            let kind = &match (kind, kind.single_unit()) {
                (Measure::Load(_), _) => kind.clone(),
                (Measure::WholeUnits(_), Some((commodity, _))) => Measure::Load(Box::new([(commodity, 1)])),
                (Measure::WholeUnits(_), None) => continue,
            };
            if matches!(kind, Measure::Load(terms) if terms.iter().any(|term| term.1 < 0)) {
                continue;
            }
            let load = |customer: &Customer| -> f64 {
                customer.loads.iter().map(|&(commodity, load)| kind.weight(commodity) * load as f64).sum()
            };
            let demand: f64 = problem.customers.iter().map(load).sum();
            if demand <= 0.0 {
                continue;
            }
            let mut capacity = Vec::with_capacity(problem.options.len());
            let mut largest = 0.0;
            for site in problem.sites.ids() {
                let reach: f64 = {
                    let mut total = 0.0;
                    let mut last = u32::MAX;
                    for position in tables.positions(site.0 as usize) {
                        let arc = crate::id::ArcId(tables.arc[position]);
                        let customer = problem.arcs[arc].customer;
                        if customer.0 != last {
                            total += load(&problem.customers[customer]);
                            last = customer.0;
                        }
                    }
                    total
                };
                let mut site_largest = 0.0f64;
                for id in problem.options_of(site) {
                    let option = &problem.options[id];
                    let max = if option.serves == Serves::Nobody { 0.0 } else { most_under(problem, option, kind) };
                    let value = max.min(reach).max(0.0);
                    capacity.push(value);
                    site_largest = site_largest.max(value);
                }
                largest += site_largest;
            }
            let scarcity = largest / demand;
            if best.as_ref().is_none_or(|other| scarcity < other.0) {
                best = Some((scarcity, Self::Cover { measure: measure.0, capacity, demand }));
            }
        }
        best.map(|found| found.1)
    }

    /// The same with so much more to cover, as a share of the demand; `None` where nothing is covered. What it selects leaves room
    /// to assign whole customers.
    pub fn roomier(&self, spare: f64) -> Option<Self> {
        match self {
            Self::Cover { measure, capacity, demand } => {
                Some(Self::Cover { measure: *measure, capacity: capacity.clone(), demand: demand * (1.0 + spare) })
            }
            Self::Free | Self::Count { .. } => None,
        }
    }

    /// Whether a choice of one option for each site keeps to it.
    pub fn admits(&self, options: &[u32]) -> bool {
        match self {
            Self::Free => true,
            Self::Count { kind, least, most, .. } => {
                let count = options.iter().filter(|&&option| kind[option as usize]).count();
                count >= *least && count <= *most
            }
            Self::Cover { capacity, demand, .. } => {
                options.iter().map(|&option| capacity[option as usize]).sum::<f64>() >= *demand
            }
        }
    }

    /// The best selection at these values.
    pub fn select(&self, tables: &Tables, values: &[f64]) -> Selection {
        match self {
            Self::Free => Self::select_freely(tables, values),
            Self::Count { kind, least, most, .. } => Counted::new(tables, values, kind).select(*least, *most),
            Self::Cover { capacity, demand, .. } => {
                let free = Self::select_freely(tables, values);
                let covered: f64 = free.chosen.iter().map(|chosen| capacity[chosen.0 as usize]).sum();
                if free.value.is_infinite() || covered >= *demand {
                    return free;
                }
                cover::select(tables, values, capacity, *demand, free)
            }
        }
    }

    fn select_freely(tables: &Tables, values: &[f64]) -> Selection {
        let mut selection = Selection::default();
        for site in 0..tables.sites.len() {
            let best = tables.options_of(site).min_by(|&a, &b| values[a].total_cmp(&values[b]));
            let value = best.map_or(f64::INFINITY, |option| values[option]);
            selection.value += value;
            selection.magnitude += value.abs();
            if let Some(option) = best {
                selection.chosen.push((option as u32, 1.0));
            }
        }
        selection.relaxed = selection.value;
        selection
    }

    /// For every option a lower bound on the value of every selection with it; infinite where there is none.
    pub fn values_with(&self, tables: &Tables, values: &[f64], selection: &Selection) -> Vec<f64> {
        let mut forced = vec![f64::INFINITY; values.len()];
        if selection.value.is_infinite() {
            return forced;
        }
        if let Self::Count { kind, least, most, .. } = self {
            Counted::new(tables, values, kind).values_with(tables, (*least, *most), kind, values, &mut forced);
            return forced;
        }
        let empty = Vec::new();
        let capacity = if let Self::Cover { capacity, .. } = self { capacity } else { &empty };
        for site in 0..tables.sites.len() {
            let reduced =
                |option: usize| values[option] - selection.price * capacity.get(option).copied().unwrap_or(0.0);
            let least = tables.options_of(site).map(reduced).fold(f64::INFINITY, f64::min);
            for option in tables.options_of(site) {
                forced[option] = (selection.relaxed + reduced(option) - least).max(selection.value);
            }
        }
        forced
    }
}

/// The most of a measure of loads that the hard limits of an option leave, whichever measure they are about: where a limit
/// counts all that the measure counts, it bounds it as well. Whole numbers come out whole.
fn most_under(problem: &Problem, option: &SiteOption, measure: &Measure) -> f64 {
    let (Measure::Load(counted) | Measure::WholeUnits(counted)) = measure;
    let snapped = |value: f64| if (value - value.round()).abs() < 1e-6 { value.round() } else { value };
    let bounds = option.limits.iter().filter(|limit| limit.price.is_infinite() && limit.max != Limit::UNLIMITED);
    let implied = bounds.filter_map(|limit| {
        let other = &problem.measures[limit.measure];
        if matches!(other, Measure::Load(terms) if terms.iter().any(|term| term.1 < 0)) {
            return None;
        }
        // An empty sum may be minus zero, hence the absolute value.
        let ratio = |&(commodity, _): &(CommodityId, i64)| measure.weight(commodity) / other.weight(commodity).abs();
        let largest = counted.iter().map(ratio).fold(0.0, f64::max);
        // A product of an infinite ratio and a limit of 0 says nothing.
        largest.is_finite().then(|| snapped(largest * limit.max.max(0) as f64))
    });
    implied.fold(f64::INFINITY, f64::min)
}

/// Selection with a count.
struct Counted {
    /// Best option of the kind and of the other kind, by site.
    best: Vec<[Option<u32>; 2]>,
    /// Their values.
    value: Vec<[f64; 2]>,
    /// Sites by the extra value of taking an option of the kind.
    order: Vec<u32>,
    /// Sum of the values of the other kind, or of the only kind that a site has.
    base: f64,
    magnitude: f64,
    /// Number of sites that have no option of the other kind; they come first in `order`.
    must: usize,
    /// Sites that can be of the kind.
    can: usize,
}

impl Counted {
    fn new(tables: &Tables, values: &[f64], kind: &[bool]) -> Self {
        let sites = tables.sites.len();
        let mut best = vec![[None; 2]; sites];
        let mut value = vec![[f64::INFINITY; 2]; sites];
        for site in 0..sites {
            for option in tables.options_of(site) {
                let class = usize::from(!kind[option]);
                if values[option] < value[site][class] {
                    value[site][class] = values[option];
                    best[site][class] = Some(option as u32);
                }
            }
        }
        let (mut base, mut magnitude, mut must, mut can) = (0.0, 0.0, 0, 0);
        for pair in &value {
            if pair[0].is_finite() {
                can += 1;
            }
            if pair[1].is_finite() {
                base += pair[1];
                magnitude += pair[1].abs();
            } else {
                base += pair[0];
                magnitude += pair[0].abs();
                must += 1;
            }
        }
        let mut order: Vec<u32> = (0..sites as u32).filter(|&site| value[site as usize][0].is_finite()).collect();
        let key = |site: u32| {
            let pair = value[site as usize];
            if pair[1].is_finite() { pair[0] - pair[1] } else { f64::NEG_INFINITY }
        };
        order.sort_by(|&a, &b| key(a).total_cmp(&key(b)).then(a.cmp(&b)));
        Self { best, value, order, base, magnitude, must, can }
    }

    fn extra(&self, rank: usize) -> f64 {
        let pair = self.value[self.order[rank] as usize];
        if pair[1].is_finite() { pair[0] - pair[1] } else { 0.0 }
    }

    fn select(&self, least: usize, most: usize) -> Selection {
        let mut selection = Selection { value: f64::INFINITY, relaxed: f64::INFINITY, ..Selection::default() };
        let (from, to) = (least.max(self.must), most.min(self.can));
        if from > to || self.base.is_infinite() {
            return selection;
        }
        let mut value = self.base;
        let mut count = 0;
        let mut magnitude = self.magnitude;
        while count < to && (count < from || self.extra(count) < 0.0) {
            value += self.extra(count);
            magnitude += self.extra(count).abs();
            count += 1;
        }
        let mut of_kind = vec![false; self.best.len()];
        for &site in &self.order[..count] {
            of_kind[site as usize] = true;
        }
        for (site, pair) in self.best.iter().enumerate() {
            let option = if of_kind[site] { pair[0] } else { pair[1] };
            selection.chosen.extend(option.map(|option| (option, 1.0)));
        }
        selection.value = value;
        selection.relaxed = value;
        selection.magnitude = magnitude;
        selection
    }

    fn values_with(&self, tables: &Tables, range: (usize, usize), kind: &[bool], values: &[f64], forced: &mut [f64]) {
        let (from, to) = (range.0.max(self.must), range.1.min(self.can));
        if from > to || self.base.is_infinite() {
            return;
        }
        let mut prefix = vec![0.0; self.order.len() + 1];
        for rank in 0..self.order.len() {
            prefix[rank + 1] = prefix[rank] + self.extra(rank);
        }
        let negative = (0..self.order.len()).take_while(|&rank| rank < self.must || self.extra(rank) < 0.0).count();
        let mut rank_of = vec![usize::MAX; self.best.len()];
        for (rank, &site) in self.order.iter().enumerate() {
            rank_of[site as usize] = rank;
        }
        // Least sum of the extras of `count` sites other than the one at `rank`.
        let without = |rank: usize, count: usize| {
            if rank < count { prefix[count + 1] - self.extra(rank) } else { prefix[count] }
        };
        for (site, pair) in self.value.iter().enumerate() {
            let rank = rank_of[site];
            let only_kind = !pair[1].is_finite();
            let others = self.order.len() - usize::from(rank != usize::MAX);
            let negatives = negative - usize::from(rank < negative);
            let rest_base = self.base - if only_kind { pair[0] } else { pair[1] };
            let must = self.must - usize::from(only_kind);
            // Taking one of the kind leaves one fewer to choose among the others.
            let with_kind = {
                let (low, high) = (from.max(1) - 1, to.saturating_sub(1).min(others));
                if to == 0 || low.max(must) > high {
                    f64::INFINITY
                } else {
                    without(rank, negatives.clamp(low.max(must), high))
                }
            };
            let with_other = {
                let high = to.min(others);
                if from.max(must) > high { f64::INFINITY } else { without(rank, negatives.clamp(from.max(must), high)) }
            };
            for option in tables.options_of(site) {
                let rest = if kind[option] { with_kind } else { with_other };
                forced[option] = rest_base + values[option] + rest;
            }
        }
    }
}
