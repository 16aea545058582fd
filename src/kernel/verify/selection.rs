//! The least sum of one option value for each site, with what a certificate keeps inside.

use super::Refusal;
use crate::id::{CommodityId, Id};
use crate::kernel::certificate::Inside;
use crate::kernel::problem::{Limit, Measure, Problem, Serves};

/// Greatest capacity, and most cells of a table, for which whole choices are found by what they cover.
const MOST_UNITS: f64 = 1e15;
const MOST_CELLS: usize = 20_000_000;
/// Nodes after which the whole-numbered search settles for the linear relaxation.
const MOST_NODES: usize = 200_000;

/// Finds least sums.
pub(super) struct Chooser {
    /// Options of every site.
    sites: Vec<std::ops::Range<usize>>,
    rule: Rule,
}

enum Rule {
    Free,
    Count { counted: Vec<bool>, least: usize, most: usize },
    Cover { capacity: Vec<f64>, demand: f64 },
}

impl Chooser {
    pub fn new(problem: &Problem, inside: Inside) -> Result<Self, Refusal> {
        let sites = problem.sites.iter().map(|site| site.options.start as usize..site.options.end as usize).collect();
        let rule = match inside {
            Inside::Nothing => Rule::Free,
            Inside::Row(index) => count(problem, index)?,
            Inside::Cover(index) => cover(problem, index)?,
        };
        Ok(Self { sites, rule })
    }

    /// The least sum of the values, infinite where there is no choice.
    pub fn least(&self, values: &[f64]) -> f64 {
        let free: f64 = self.sites.iter().map(|site| least_of(values, site.clone())).sum();
        if free == f64::INFINITY {
            return free;
        }
        match &self.rule {
            Rule::Free => free,
            Rule::Count { counted, least, most } => self.least_counted(values, counted, *least, *most),
            Rule::Cover { capacity, demand } => free.max(self.least_covering(values, capacity, *demand)),
        }
    }

    fn least_counted(&self, values: &[f64], counted: &[bool], least: usize, most: usize) -> f64 {
        // What it costs to take a counted option instead of another, where there is a choice.
        let (mut base, mut forced, mut extras) = (0.0, 0, Vec::new());
        for site in &self.sites {
            let of = |wanted: bool| {
                site.clone()
                    .filter(|&option| counted[option] == wanted)
                    .map(|o| values[o])
                    .fold(f64::INFINITY, f64::min)
            };
            let (with, without) = (of(true), of(false));
            if without == f64::INFINITY {
                base += with;
                forced += 1;
            } else {
                base += without;
                if with < f64::INFINITY {
                    extras.push(with - without);
                }
            }
        }
        if forced > most || forced + extras.len() < least {
            return f64::INFINITY;
        }
        extras.sort_by(f64::total_cmp);
        for (taken, extra) in extras.iter().enumerate() {
            if forced + taken < least || (*extra < 0.0 && forced + taken < most) {
                base += extra;
            } else {
                break;
            }
        }
        base
    }

    fn least_covering(&self, values: &[f64], capacity: &[f64], demand: f64) -> f64 {
        let at = |price: f64| -> f64 {
            let reduced = |option: usize| values[option] - price * capacity[option];
            price * demand
                + self.sites.iter().map(|site| site.clone().map(reduced).fold(f64::INFINITY, f64::min)).sum::<f64>()
        };
        // The best price is where a site changes its mind: a difference of values over a difference of capacities.
        let mut prices: Vec<f64> = Vec::new();
        for site in &self.sites {
            for a in site.clone() {
                for b in site.clone() {
                    let more = capacity[b] - capacity[a];
                    let price = (values[b] - values[a]) / more;
                    if more > 0.0 && price.is_finite() && price > 0.0 {
                        prices.push(price);
                    }
                }
            }
        }
        prices.sort_by(f64::total_cmp);
        // The function is concave in the price.
        let (mut low, mut high) = (0, prices.len());
        while high - low > 3 {
            let (left, right) = (low + (high - low) / 3, high - (high - low) / 3);
            if at(prices[left]) < at(prices[right]) { low = left } else { high = right }
        }
        let window = prices[low.saturating_sub(2)..(high + 2).min(prices.len())].iter().copied();
        let (price, relaxed) = window
            .chain([0.0])
            .map(|price| (price, at(price)))
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .expect("there is at least the price 0");
        let most: f64 = self
            .sites
            .iter()
            .map(|site| {
                site.clone().filter(|&o| values[o].is_finite()).map(|o| capacity[o]).fold(f64::NEG_INFINITY, f64::max)
            })
            .sum();
        if most < demand {
            return f64::INFINITY;
        }
        let loss = match self.least_whole(values, capacity, demand) {
            Some(least) => ((least - relaxed) * (1.0 - 1e-9)).max(0.0),
            None => self.rounding_loss(values, capacity, demand, price).unwrap_or(0.0),
        };
        relaxed + loss
    }

    /// The least sum of a covering choice, by what the sites so far cover; capacities in units of what divides them all.
    /// `None` where they are not whole or the tables would be too large.
    fn least_whole(&self, values: &[f64], capacity: &[f64], demand: f64) -> Option<f64> {
        let whole = |value: &f64| (0.0..=MOST_UNITS).contains(value) && *value == value.trunc();
        if !capacity.iter().chain([&demand]).all(whole) {
            return None;
        }
        let unit = capacity.iter().fold(0, |unit, &value| common_divisor(unit, value as u64)).max(1);
        let units = (demand as u64).div_ceil(unit) as usize;
        if values.len() * (units + 1) > MOST_CELLS {
            return None;
        }
        let mut least = vec![f64::INFINITY; units + 1];
        least[0] = 0.0;
        for site in &self.sites {
            let mut next = vec![f64::INFINITY; units + 1];
            for option in site.clone().filter(|&option| values[option].is_finite()) {
                let more = (capacity[option] as u64 / unit) as usize;
                for (covered, &sum) in least.iter().enumerate() {
                    let slot = &mut next[(covered + more).min(units)];
                    *slot = slot.min(sum + values[option]);
                }
            }
            least = next;
        }
        Some(least[units])
    }

    /// What whole choices cost at least beyond the relaxation at a price: capacity in excess, times the price, and what
    /// options lose against the best of their site. `None` if the search was given up.
    fn rounding_loss(&self, values: &[f64], capacity: &[f64], demand: f64, price: f64) -> Option<f64> {
        let mut sites: Vec<Vec<(f64, f64)>> = Vec::new();
        for site in &self.sites {
            let reduced = |option: usize| values[option] - price * capacity[option];
            let best = site.clone().map(reduced).fold(f64::INFINITY, f64::min);
            let mut choices: Vec<(f64, f64)> = site
                .clone()
                .filter(|&option| values[option].is_finite())
                .map(|option| (reduced(option) - best, capacity[option]))
                .collect();
            choices.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
            sites.push(choices);
        }
        let spread = |choices: &[(f64, f64)]| {
            let most = choices.iter().map(|c| c.1).fold(f64::NEG_INFINITY, f64::max);
            most - choices.iter().map(|c| c.1).fold(f64::INFINITY, f64::min)
        };
        sites.sort_by(|a, b| spread(b).total_cmp(&spread(a)));
        let mut most_after = vec![0.0; sites.len() + 1];
        let mut least_after = vec![0.0; sites.len() + 1];
        for index in (0..sites.len()).rev() {
            most_after[index] =
                most_after[index + 1] + sites[index].iter().map(|c| c.1).fold(f64::NEG_INFINITY, f64::max);
            least_after[index] =
                least_after[index + 1] + sites[index].iter().map(|c| c.1).fold(f64::INFINITY, f64::min);
        }
        // Depth first with an explicit stack: next choice to try, deviation and capacity so far.
        let mut best = f64::INFINITY;
        let mut nodes = 0;
        let mut stack: Vec<(usize, usize, f64, f64)> = vec![(0, 0, 0.0, 0.0)];
        while let Some((depth, choice, deviation, covered)) = stack.pop() {
            nodes += 1;
            if nodes > MOST_NODES {
                return None;
            }
            if depth == sites.len() {
                best = best.min(deviation + price * (covered - demand));
                continue;
            }
            if choice + 1 < sites[depth].len() {
                stack.push((depth, choice + 1, deviation, covered));
            }
            let (loss, more) = sites[depth][choice];
            let (deviation, covered) = (deviation + loss, covered + more);
            let excess = (covered + least_after[depth + 1] - demand).max(0.0);
            if covered + most_after[depth + 1] >= demand && deviation + price * excess < best {
                stack.push((depth + 1, 0, deviation, covered));
            }
        }
        Some(best * (1.0 - 1e-9))
    }
}

fn common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

fn least_of(values: &[f64], site: std::ops::Range<usize>) -> f64 {
    values[site].iter().copied().fold(f64::INFINITY, f64::min)
}

fn refuse(value: String) -> Refusal {
    Refusal::Value { what: "what is kept inside".to_owned(), value }
}

fn count(problem: &Problem, index: u32) -> Result<Rule, Refusal> {
    let row = problem.rows.get(index as usize).ok_or_else(|| refuse(format!("row {index}")))?;
    let unit = row.options.first().map_or(0.0, |term| term.1);
    let plain = row.arcs.is_empty() && unit > 0.0 && row.options.iter().all(|term| term.1 == unit);
    let mut counted = vec![false; problem.options.len()];
    for &(option, _) in &row.options {
        counted[option.index()] = true;
    }
    let distinct = counted.iter().filter(|&&is| is).count() == row.options.len();
    if !plain || !distinct || row.price.is_finite() {
        return Err(refuse(format!("row {index} does not count options")));
    }
    let least = (row.lower / unit - 1e-9).ceil().max(0.0) as usize;
    let most = (row.upper / unit + 1e-9).floor().clamp(0.0, problem.sites.len() as f64) as usize;
    Ok(Rule::Count { counted, least, most })
}

/// Weights of commodities in a measure, whole units as fractions; `None` where some are negative.
fn weights(measure: &Measure, commodities: usize) -> Option<Vec<f64>> {
    let mut weights = vec![0.0; commodities];
    match measure {
        Measure::Load(terms) => terms.iter().for_each(|&(k, weight)| weights[k.index()] += weight as f64),
        Measure::WholeUnits(terms) => terms.iter().for_each(|&(k, size)| weights[k.index()] += 1.0 / size as f64),
    }
    weights.iter().all(|&weight| weight >= 0.0).then_some(weights)
}

fn cover(problem: &Problem, index: u32) -> Result<Rule, Refusal> {
    let all: Vec<Option<Vec<f64>>> =
        problem.measures.iter().map(|measure| weights(measure, problem.commodities.len())).collect();
    let own = all.get(index as usize).ok_or_else(|| refuse(format!("measure {index}")))?;
    let own = own.as_ref().ok_or_else(|| refuse(format!("measure {index} has negative weights")))?;
    // Whole units of one commodity count as its load; of several they are no cover.
    let own: Vec<f64> = match &problem.measures.as_slice()[index as usize] {
        Measure::Load(_) => own.clone(),
        Measure::WholeUnits(terms) if terms.len() == 1 => own.iter().map(|&w| f64::from(u8::from(w > 0.0))).collect(),
        Measure::WholeUnits(_) => return Err(refuse(format!("measure {index} counts whole units of several loads"))),
    };
    let load = |loads: &[(CommodityId, i64)]| -> f64 { loads.iter().map(|&(k, l)| own[k.index()] * l as f64).sum() };
    let demand: f64 = problem.customers.iter().map(|customer| load(&customer.loads)).sum();
    // No option takes more than all customers with an arc to its site have.
    let mut reach = vec![0.0; problem.sites.len()];
    for customer in problem.customers.ids() {
        let own = load(&problem.customers[customer].loads);
        let mut last = None;
        for arc in problem.arcs_of(customer) {
            let site = problem.arcs[arc].site;
            if last != Some(site) {
                reach[site.index()] += own;
                last = Some(site);
            }
        }
    }
    let capacity = problem
        .options
        .iter()
        .map(|option| {
            if option.serves == Serves::Nobody {
                return 0.0;
            }
            // A hard limit on whatever counts all that the measure counts bounds the measure too.
            let hard = option.limits.iter().filter(|limit| limit.price.is_infinite() && limit.max != Limit::UNLIMITED);
            let implied = hard.filter_map(|limit| {
                let other = all[limit.measure.index()].as_ref()?;
                let counted = own.iter().zip(other).filter(|&(&mine, _)| mine > 0.0);
                let most = counted.map(|(mine, theirs)| mine / theirs).fold(0.0, f64::max);
                let bound = most * limit.max.max(0) as f64;
                // Whole numbers come out whole.
                let near = (bound - bound.round()).abs() < 1e-6;
                most.is_finite().then(|| if near { bound.round() } else { bound })
            });
            implied.fold(reach[option.site.index()], f64::min)
        })
        .collect();
    Ok(Rule::Cover { capacity, demand })
}
