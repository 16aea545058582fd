//! The Lagrangian bound by plain arithmetic on the problem's own tables.

use super::Refusal;
use super::assignment::{self, Arm, Case};
use super::knapsack::{Item, pack};
use super::selection::Chooser;
use crate::id::{ArcId, CommodityId, CustomerId, Id, OptionId};
use crate::kernel::certificate::{Inside, MultiplierSet};
use crate::kernel::problem::{Grain, Limit, Measure, Problem, Serves};

/// A customer, or one commodity of a customer that is divided in whole loads commodity by commodity.
struct Piece {
    commodity: Option<usize>,
    share: f64,
    whole: bool,
}

/// Values of the options at one set of multipliers, whatever is excluded.
pub(super) struct Values {
    /// Everything but the options.
    constant: f64,
    /// With fractional knapsacks: capacities are charged at the certificate's prices.
    priced: Vec<f64>,
    /// With whole knapsacks where the problem has any; made when first needed.
    whole: Option<Vec<f64>>,
}

impl Values {
    /// The bound by prices alone, with nothing excluded.
    pub fn priced_bound(&self, lagrangian: &Lagrangian<'_>) -> f64 {
        self.constant + lagrangian.chooser.least(&self.priced)
    }
}

/// Evaluates bounds of one problem.
pub(super) struct Lagrangian<'p> {
    problem: &'p Problem,
    pieces: Vec<Piece>,
    /// First piece of every customer.
    first_piece: Vec<usize>,
    /// Arcs to every site, in order of customer.
    arcs_to: Vec<Vec<ArcId>>,
    /// Coefficients of rows on arcs: `(row, coefficient)` by arc.
    arc_rows: Vec<Vec<(usize, f64)>>,
    option_rows: Vec<Vec<(usize, f64)>>,
    chooser: Chooser,
    inside: Inside,
    /// Arcs left out, per piece of their customer: only whole customers' arcs are, and those have one piece.
    removed: Vec<bool>,
}

impl<'p> Lagrangian<'p> {
    pub fn new(problem: &'p Problem, inside: Inside) -> Result<Self, Refusal> {
        let mut pieces = Vec::new();
        let mut first_piece = Vec::new();
        for customer in &problem.customers {
            first_piece.push(pieces.len());
            let mass = customer.mass();
            let apart = customer.divisible.is_some_and(|how| how.grain == Grain::Whole) && customer.loads.len() > 1;
            if apart && mass > 0 {
                for (commodity, &(_, load)) in customer.loads.iter().enumerate() {
                    pieces.push(Piece { commodity: Some(commodity), share: load as f64 / mass as f64, whole: false });
                }
            } else {
                pieces.push(Piece { commodity: None, share: 1.0, whole: customer.divisible.is_none() });
            }
        }
        let mut arcs_to = vec![Vec::new(); problem.sites.len()];
        for (id, arc) in problem.arcs.entries() {
            arcs_to[arc.site.index()].push(id);
        }
        let mut arc_rows = vec![Vec::new(); problem.arcs.len()];
        let mut option_rows = vec![Vec::new(); problem.options.len()];
        for (index, row) in problem.rows.iter().enumerate() {
            for &(arc, coefficient) in &row.arcs {
                arc_rows[arc.index()].push((index, coefficient));
            }
            for &(option, coefficient) in &row.options {
                option_rows[option.index()].push((index, coefficient));
            }
        }
        let chooser = Chooser::new(problem, inside)?;
        let removed = vec![false; problem.arcs.len()];
        Ok(Self { problem, pieces, first_piece, arcs_to, arc_rows, option_rows, chooser, inside, removed })
    }

    /// Refuses multipliers of the wrong number, or that charge what cannot be charged.
    pub fn check(&self, index: usize, set: &MultiplierSet) -> Result<(), Refusal> {
        let length = |what: &str, found: usize, expected: usize| {
            let what = format!("{what} of multipliers {index}");
            if found == expected { Ok(()) } else { Err(Refusal::Length { what, found, expected }) }
        };
        length("services", set.services.len(), self.pieces.len())?;
        length("rows", set.rows.len(), self.problem.rows.len())?;
        let refuse = |what: String, value: f64| Err(Refusal::Value { what, value: value.to_string() });
        if let Some(&value) = set.services.iter().find(|value| !value.is_finite()) {
            return refuse(format!("services of multipliers {index}"), value);
        }
        for (row, (&value, table)) in set.rows.iter().zip(&self.problem.rows).enumerate() {
            let side = if value > 0.0 { table.upper } else { table.lower };
            let possible = value == 0.0 || side.is_finite() && value.abs() <= table.price * (1.0 + 1e-12);
            if !value.is_finite() || !possible || (value != 0.0 && self.inside == Inside::Row(row as u32)) {
                return refuse(format!("row {row} of multipliers {index}"), value);
            }
        }
        for &(option, position, value) in &set.limits {
            let limit = self.problem.options.get(OptionId(option)).and_then(|o| o.limits.get(position as usize));
            let possible = limit.is_some_and(|limit| {
                value.is_finite()
                    && value.abs() <= limit.price * (1.0 + 1e-12)
                    && (value <= 0.0 || limit.max != Limit::UNLIMITED)
            });
            if !possible {
                return refuse(format!("price of limit {position} of option {option} of multipliers {index}"), value);
            }
        }
        Ok(())
    }

    /// Values at these multipliers, for [`Self::bound`].
    pub fn values(&self, set: &MultiplierSet) -> Values {
        Values { constant: self.constant(set), priced: self.option_values(set), whole: None }
    }

    /// The bound at the multipliers of `values` for the choices without the excluded options: that of the prices, or that
    /// of whole knapsacks where the first is below `wanted`.
    pub fn bound(&self, set: &MultiplierSet, values: &mut Values, excluded: &[u32], wanted: f64) -> f64 {
        let priced = values.constant + self.chooser.least(&without(&values.priced, excluded));
        if priced >= wanted {
            return priced;
        }
        let Values { constant, priced: fractional, whole } = values;
        let whole = whole.get_or_insert_with(|| self.whole_values(set, fractional));
        priced.max(*constant + self.chooser.least(&without(whole, excluded)))
    }

    /// A bound below or at `wanted` where the excluded options leave one at every site, from the multipliers as a start;
    /// minus infinity where that is not so.
    pub fn assigned(&self, set: &MultiplierSet, excluded: &[u32], wanted: f64) -> f64 {
        let case = self.decided(set, excluded);
        case.map_or(f64::NEG_INFINITY, |case| assignment::bound(&case, &set.services, wanted))
    }

    /// What is left where the excluded options leave one at every site: an assignment of whole customers within the tightest
    /// hard capacity of each site. Whatever else the problem asks for is dropped. `None` where a site has several options
    /// left or none, or a customer may be divided.
    fn decided(&self, set: &MultiplierSet, excluded: &[u32]) -> Option<Case> {
        if self.pieces.len() != self.problem.customers.len() || self.pieces.iter().any(|piece| !piece.whole) {
            return None;
        }
        let free = MultiplierSet { services: vec![0.0; self.pieces.len()], limits: Vec::new(), rows: set.rows.clone() };
        let mut case = Case { constant: self.constant(&free), ..Case::default() };
        for site in self.problem.sites.ids() {
            let mut left = self.problem.options_of(site).filter(|option| excluded.binary_search(&option.0).is_err());
            let (option, None) = (left.next()?, left.next()) else { return None };
            case.constant += self.charged(&free, &[], option);
            let table = &self.problem.options[option];
            let hard = table.limits.iter().filter(|limit| limit.price.is_infinite() && limit.max != Limit::UNLIMITED);
            let limit = hard.min_by_key(|limit| limit.max);
            case.capacity.push(limit.map_or(f64::INFINITY, |limit| limit.max as f64));
            if table.serves == Serves::Nobody {
                continue;
            }
            for (customer, arcs) in self.served(option) {
                for arc in arcs {
                    let load = limit.map_or(0.0, |limit| self.problem.linear_load(arc, limit.measure));
                    if load < 0.0 {
                        return None;
                    }
                    let cost = self.reduced(&free, &[], option, arc, customer.index());
                    case.arms.push(Arm { customer: customer.0, site: site.0, cost, load });
                }
            }
        }
        case.customers = self.pieces.len();
        Some(case)
    }

    /// Leaves out the arcs that only solutions of at least `cost` can use.
    pub fn remove_arcs(&mut self, set: &MultiplierSet, cost: f64) {
        let values = self.option_values(set);
        let constant = self.constant(set);
        let mut least = vec![f64::INFINITY; self.problem.arcs.len()];
        for option in self.problem.options.ids() {
            let site = self.problem.options[option].site;
            if self.problem.options[option].serves == Serves::Nobody || values[option.index()].is_infinite() {
                continue;
            }
            // The least cost of a choice with this option.
            let mut forced = values.clone();
            for other in self.problem.options_of(site) {
                if other != option {
                    forced[other.index()] = f64::INFINITY;
                }
            }
            let with = constant + self.chooser.least(&forced);
            let prices = Self::prices(set, option);
            for &arc in &self.arcs_to[site.index()] {
                let customer = self.problem.arcs[arc].customer;
                if self.problem.options[option].serves.allows(customer) {
                    let reduced = self.reduced(set, &prices, option, arc, self.first_piece[customer.index()]);
                    least[arc.index()] = least[arc.index()].min(with + reduced.max(0.0));
                }
            }
        }
        for (id, arc) in self.problem.arcs.entries() {
            self.removed[id.index()] =
                self.pieces[self.first_piece[arc.customer.index()]].whole && least[id.index()] >= cost;
        }
    }

    fn constant(&self, set: &MultiplierSet) -> f64 {
        let rows: f64 = set
            .rows
            .iter()
            .zip(&self.problem.rows)
            .filter(|(value, _)| **value != 0.0)
            .map(|(&value, row)| -value * if value > 0.0 { row.upper } else { row.lower })
            .sum();
        self.problem.offset + set.services.iter().sum::<f64>() + rows
    }

    fn prices(set: &MultiplierSet, option: OptionId) -> Vec<(usize, f64)> {
        set.limits.iter().filter(|entry| entry.0 == option.0).map(|entry| (entry.1 as usize, entry.2)).collect()
    }

    /// Prices of limits by option: position among the option's limits and price.
    fn prices_by_option(&self, set: &MultiplierSet) -> Vec<Vec<(usize, f64)>> {
        let mut prices: Vec<Vec<(usize, f64)>> = vec![Vec::new(); self.problem.options.len()];
        for &(option, position, price) in &set.limits {
            prices[option as usize].push((position as usize, price));
        }
        prices
    }

    fn option_values(&self, set: &MultiplierSet) -> Vec<f64> {
        let prices = self.prices_by_option(set);
        let value = |id: OptionId| {
            if self.impossible(id) {
                return f64::INFINITY;
            }
            let prices = &prices[id.index()];
            self.charged(set, prices, id) + self.service(set, prices, id)
        };
        self.problem.options.ids().map(value).collect()
    }

    /// The cost of an option, with what rows charge it and less what its limits allow at their prices.
    fn charged(&self, set: &MultiplierSet, prices: &[(usize, f64)], id: OptionId) -> f64 {
        let option = &self.problem.options[id];
        let mut value = option.cost;
        for &(row, coefficient) in &self.option_rows[id.index()] {
            value += set.rows[row] * coefficient;
        }
        for &(position, price) in prices {
            let limit = &option.limits[position];
            value -= price * if price > 0.0 { limit.max as f64 } else { self.least_load(limit) };
        }
        value
    }

    /// The customers that an option may serve, each with its arcs to the site that are not left out.
    fn served(&self, option: OptionId) -> Vec<(CustomerId, Vec<ArcId>)> {
        let table = &self.problem.options[option];
        let arcs = self.arcs_to[table.site.index()].iter().copied();
        let mut served: Vec<(CustomerId, Vec<ArcId>)> = Vec::new();
        for arc in arcs.filter(|arc| !self.removed[arc.index()]) {
            let customer = self.problem.arcs[arc].customer;
            match served.last_mut() {
                Some((last, arcs)) if *last == customer => arcs.push(arc),
                _ if table.serves.allows(customer) => served.push((customer, vec![arc])),
                _ => {}
            }
        }
        served
    }

    /// The least that serving can add at an option: for every piece the cheapest arc that pays.
    fn service(&self, set: &MultiplierSet, prices: &[(usize, f64)], option: OptionId) -> f64 {
        if self.problem.options[option].serves == Serves::Nobody {
            return 0.0;
        }
        let mut total = 0.0;
        for (customer, arcs) in self.served(option) {
            let first = self.first_piece[customer.index()];
            let last = self.first_piece.get(customer.index() + 1).copied().unwrap_or(self.pieces.len());
            for piece in first..last {
                let reduced = arcs.iter().map(|&arc| self.reduced(set, prices, option, arc, piece));
                total += reduced.fold(0.0, f64::min);
            }
        }
        total
    }

    /// Values of the options with whole knapsacks: at each hard capacity, in turn, nobody is served in part.
    fn whole_values(&self, set: &MultiplierSet, priced: &[f64]) -> Vec<f64> {
        let prices = self.prices_by_option(set);
        let mut values = priced.to_vec();
        for (id, option) in self.problem.options.entries() {
            if option.serves == Serves::Nobody || values[id.index()].is_infinite() {
                continue;
            }
            for (position, limit) in option.limits.iter().enumerate() {
                if limit.price.is_infinite() && limit.max != Limit::UNLIMITED {
                    let others: Vec<(usize, f64)> =
                        prices[id.index()].iter().copied().filter(|price| price.0 != position).collect();
                    let packed = self.packed(set, &others, id, limit);
                    values[id.index()] = packed.map_or(values[id.index()], |value| values[id.index()].max(value));
                }
            }
        }
        values
    }

    /// The value of an option when the customers within `limit` are a whole knapsack and its other limits have `prices`.
    /// `None` where a customer may be divided or a load is negative.
    fn packed(&self, set: &MultiplierSet, prices: &[(usize, f64)], id: OptionId, limit: &Limit) -> Option<f64> {
        let mut items = Vec::new();
        for (customer, arcs) in self.served(id) {
            let piece = self.first_piece[customer.index()];
            // With several arcs an item has the worth of the best and the load of the least.
            let (mut reduced, mut load) = (f64::INFINITY, f64::INFINITY);
            for arc in arcs {
                reduced = reduced.min(self.reduced(set, prices, id, arc, piece));
                load = load.min(self.problem.linear_load(arc, limit.measure));
            }
            if reduced < 0.0 {
                if !self.pieces[piece].whole || load < 0.0 {
                    return None;
                }
                items.push(Item { worth: -reduced, load, tag: customer.0 });
            }
        }
        Some(self.charged(set, prices, id) - pack(items, limit.max as f64).worth)
    }

    /// Reduced cost of serving a whole piece over an arc.
    fn reduced(&self, set: &MultiplierSet, prices: &[(usize, f64)], option: OptionId, arc: ArcId, piece: usize) -> f64 {
        let table = &self.problem.arcs[arc];
        let Piece { commodity, share, .. } = self.pieces[piece];
        let mut value = table.cost * share - set.services[piece];
        for &(row, coefficient) in &self.arc_rows[arc.index()] {
            value += set.rows[row] * coefficient * share;
        }
        for &(position, price) in prices {
            let measure = &self.problem.measures[self.problem.options[option].limits[position].measure];
            let loads = &self.problem.customers[table.customer].loads;
            let own: f64 = match commodity {
                None => loads.iter().map(|&(kind, load)| weight(measure, kind) * load as f64).sum(),
                Some(index) => weight(measure, loads[index].0) * loads[index].1 as f64,
            };
            let extra: f64 = table.extra.iter().map(|&(kind, load)| weight(measure, kind) * load as f64 * share).sum();
            value += price * (own + extra);
        }
        value
    }

    /// The least linear load that the limit's minimum implies: rounding up adds less than one for each commodity.
    fn least_load(&self, limit: &Limit) -> f64 {
        match &self.problem.measures[limit.measure] {
            Measure::Load(_) => limit.min as f64,
            Measure::WholeUnits(terms) => (limit.min as f64 - terms.len() as f64).max(0.0),
        }
    }

    /// Whether a hard limit of the option cannot be met by any service.
    fn impossible(&self, option: OptionId) -> bool {
        let table = &self.problem.options[option];
        table.limits.iter().filter(|limit| limit.price.is_infinite()).any(|limit| {
            let measure = &self.problem.measures[limit.measure];
            let (mut least, mut most) = (0.0, 0.0);
            for (customer, arcs) in self.served(option) {
                let own = &self.problem.customers[customer].loads;
                let loads = arcs.iter().map(|&arc| {
                    let all = own.iter().chain(&self.problem.arcs[arc].extra);
                    all.map(|&(k, l)| weight(measure, k) * l as f64).sum::<f64>()
                });
                let (low, high) = loads.fold((0.0f64, 0.0f64), |(low, high), load| (low.min(load), high.max(load)));
                least += low;
                most += high;
            }
            let slack = 1e-9 * (1.0 + most.abs() + least.abs());
            self.least_load(limit) > most + slack || limit.max != Limit::UNLIMITED && (limit.max as f64) < least - slack
        })
    }
}

/// The values with those of the excluded options infinite.
fn without(values: &[f64], excluded: &[u32]) -> Vec<f64> {
    let mut left = values.to_vec();
    for &option in excluded {
        left[option as usize] = f64::INFINITY;
    }
    left
}

/// Linear weight of a commodity in a measure.
fn weight(measure: &Measure, commodity: CommodityId) -> f64 {
    match measure {
        Measure::Load(terms) => terms.iter().filter(|term| term.0 == commodity).map(|term| term.1 as f64).sum(),
        Measure::WholeUnits(terms) => {
            terms.iter().filter(|term| term.0 == commodity).map(|term| 1.0 / term.1 as f64).sum()
        }
    }
}
