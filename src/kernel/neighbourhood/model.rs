//! The exact model of a neighbourhood: what is free as columns, what is fixed as constants in the rows.

mod connect;

use crate::id::{ArcId, CustomerId, Id, OptionId, SiteId};
use crate::kernel::problem::{Grain, Part, Problem, Service};
use crate::kernel::state::State;
use crate::kernel::tables::{EffectKind, TOLERANCE, is_open};
use crate::mip::{Column, MipProblem};
use std::collections::BTreeMap;

/// What is free in a neighbourhood. Everything else keeps its value.
#[derive(Debug, Clone, Default)]
pub struct Piece {
    /// Free customers, in increasing order, each with the arcs that it may use, the present one among them.
    pub customers: Vec<(CustomerId, Vec<ArcId>)>,
    /// Sites whose options are free, in increasing order. All customers served there are free.
    pub sites: Vec<SiteId>,
}

/// The model of a piece and what its columns mean.
#[derive(Debug)]
pub struct Model<'p> {
    /// The program.
    pub program: MipProblem,
    /// Values of the present solution for some columns.
    pub start: Vec<(u32, f64)>,
    problem: &'p Problem,
    piece: Piece,
    first: Vec<u32>,
    choices: Vec<(SiteId, Vec<(OptionId, u32)>)>,
    homes: Vec<BTreeMap<u32, u32>>,
    base: State<'p>,
    names: usize,
}

/// A linear expression: a constant and columns.
#[derive(Debug, Clone, Default)]
struct Sum {
    constant: f64,
    terms: Vec<(u32, f64)>,
}

impl<'p> Model<'p> {
    /// Builds the model of `piece` around `state`. Hard limits that the present solution breaks stay open at `weight` a
    /// unit.
    pub fn new(state: &State<'p>, piece: Piece, weight: f64) -> Self {
        let problem = state.problem;
        let mut base = state.clone();
        base.commit();
        for (customer, _) in &piece.customers {
            base.set(*customer, None);
        }
        base.commit();
        let mut model = Self {
            program: MipProblem::new(),
            start: Vec::new(),
            problem,
            first: Vec::new(),
            choices: Vec::new(),
            homes: Vec::new(),
            base,
            names: 0,
            piece,
        };
        model.add_columns(state);
        model.add_service_rows(weight);
        model.add_limits(state, weight);
        model.add_rows(weight);
        model.add_pairs(weight);
        model.add_implications();
        model.add_contiguity(state);
        model
    }

    fn column(&mut self, cost: f64, upper: f64, integer: bool) -> u32 {
        self.names += 1;
        let name = format!("v{}", self.names);
        self.program.column(Column { name, cost, lower: 0.0, upper, integer })
    }

    fn row(&mut self, lower: f64, upper: f64, terms: &[(u32, f64)]) {
        let mut merged: Vec<(u32, f64)> = Vec::with_capacity(terms.len());
        let mut sorted = terms.to_vec();
        sorted.sort_by_key(|&(column, _)| column);
        for (column, factor) in sorted {
            match merged.last_mut() {
                Some((last, sum)) if *last == column => *sum += factor,
                _ => merged.push((column, factor)),
            }
        }
        merged.retain(|&(_, factor)| factor != 0.0);
        if merged.is_empty() || (lower == f64::NEG_INFINITY && upper == f64::INFINITY) {
            return;
        }
        self.names += 1;
        self.program.row(format!("r{}", self.names), lower, upper, merged);
    }

    fn add_columns(&mut self, state: &State<'p>) {
        let problem = self.problem;
        let piece = std::mem::take(&mut self.piece);
        for (customer, arcs) in &piece.customers {
            self.first.push(self.program.columns.len() as u32);
            let whole = !problem.customers[*customer].may_be_split();
            for &arc in arcs {
                let column = self.column(problem.arcs[arc].cost, 1.0, whole);
                let share = match state.service(*customer) {
                    Some(Service::Whole(used)) => f64::from(u8::from(used == arc)),
                    Some(Service::Split(parts)) => {
                        parts.iter().find(|part| part.arc == arc).map_or(0.0, |part| state.share(*customer, part))
                    }
                    None => 0.0,
                };
                self.start.push((column, share));
            }
        }
        self.first.push(self.program.columns.len() as u32);
        for (index, (customer, arcs)) in piece.customers.iter().enumerate() {
            self.add_parts(state, *customer, arcs, self.first[index]);
        }
        for &site in &piece.sites {
            let list: Vec<(OptionId, u32)> = problem
                .options_of(site)
                .map(|option| {
                    let column = self.column(problem.options[option].cost, 1.0, true);
                    self.start.push((column, f64::from(u8::from(state.option(site) == option))));
                    (option, column)
                })
                .collect();
            let terms: Vec<(u32, f64)> = list.iter().map(|&(_, column)| (column, 1.0)).collect();
            self.row(1.0, 1.0, &terms);
            self.choices.push((site, list));
        }
        self.piece = piece;
    }

    /// What holds for the shares of a customer divided in whole loads, from column `first` on: each makes whole pupils, is
    /// nothing or large enough, and only so many are something.
    fn add_parts(&mut self, state: &State<'p>, customer: CustomerId, arcs: &[ArcId], first: u32) {
        let record = &self.problem.customers[customer];
        let Some(how) = record.divisible.filter(|how| how.grain == Grain::Whole && record.may_be_split()) else {
            return;
        };
        let mass = record.mass() as f64;
        let least = ((how.min_share - TOLERANCE) * mass).ceil().max(1.0);
        let mut used = Vec::new();
        for (share, &arc) in (first..).zip(arcs) {
            let now = match state.service(customer) {
                Some(Service::Whole(whole)) => f64::from(u8::from(whole == arc)) * mass,
                Some(Service::Split(parts)) => {
                    parts.iter().find(|part| part.arc == arc).map_or(0.0, |part| part.loads.iter().sum())
                }
                None => 0.0,
            };
            let (pupils, usage) = (self.column(0.0, mass, true), self.column(0.0, 1.0, true));
            self.start.push((pupils, now));
            self.start.push((usage, f64::from(u8::from(now > 0.0))));
            self.row(0.0, 0.0, &[(share, mass), (pupils, -1.0)]);
            self.row(f64::NEG_INFINITY, 0.0, &[(pupils, 1.0), (usage, -mass)]);
            self.row(0.0, f64::INFINITY, &[(pupils, 1.0), (usage, -least)]);
            used.push((usage, 1.0));
        }
        if let Some(most) = how.max_sites {
            self.row(f64::NEG_INFINITY, f64::from(most), &used);
        }
    }

    fn columns_of(&self, index: usize) -> impl Iterator<Item = (ArcId, u32)> + '_ {
        let first = self.first[index];
        self.piece.customers[index].1.iter().enumerate().map(move |(at, &arc)| (arc, first + at as u32))
    }

    fn choice(&self, site: SiteId) -> Option<&[(OptionId, u32)]> {
        let at = self.choices.binary_search_by_key(&site, |(site, _)| *site).ok()?;
        Some(&self.choices[at].1)
    }

    fn free_index(&self, customer: CustomerId) -> Option<usize> {
        self.piece.customers.binary_search_by_key(&customer, |(customer, _)| *customer).ok()
    }

    /// Every customer once, and only under options that allow it.
    fn add_service_rows(&mut self, _weight: f64) {
        let problem = self.problem;
        for index in 0..self.piece.customers.len() {
            let customer = self.piece.customers[index].0;
            let columns: Vec<(ArcId, u32)> = self.columns_of(index).collect();
            let terms: Vec<(u32, f64)> = columns.iter().map(|&(_, column)| (column, 1.0)).collect();
            self.row(1.0, 1.0, &terms);
            for (arc, column) in columns {
                let Some(choice) = self.choice(problem.arcs[arc].site) else { continue };
                let mut terms = vec![(column, 1.0)];
                let allows = choice.iter().filter(|(option, _)| problem.options[*option].serves.allows(customer));
                terms.extend(allows.map(|&(_, column)| (column, -1.0)));
                if terms.len() <= choice.len() {
                    self.row(f64::NEG_INFINITY, 0.0, &terms);
                }
            }
        }
        // Options that would leave fixed customers without service.
        for (site, list) in self.choices.clone() {
            for (option, column) in list {
                let serves = &problem.options[option].serves;
                let strands = self.base.split_customers().any(|c| self.base.serves(c, site) && !serves.allows(c));
                let sends = self.base.tables.implications_of.of(option.index()).iter().any(|&rule| {
                    let rule = &problem.implications[rule as usize];
                    rule.customers.iter().any(|&customer| {
                        self.free_index(customer).is_none() && self.base.site_of(customer) != rule.site.0
                    })
                });
                if strands || sends {
                    self.program.columns[column as usize].upper = 0.0;
                }
            }
        }
    }

    /// The part of every limited measure that depends on columns, by site.
    fn loads_by_site(&self) -> BTreeMap<SiteId, Vec<(ArcId, u32)>> {
        let mut by_site: BTreeMap<SiteId, Vec<(ArcId, u32)>> = BTreeMap::new();
        for index in 0..self.piece.customers.len() {
            for (arc, column) in self.columns_of(index) {
                by_site.entry(self.problem.arcs[arc].site).or_default().push((arc, column));
            }
        }
        for &(site, _) in &self.choices {
            by_site.entry(site).or_default();
        }
        by_site
    }

    fn add_limits(&mut self, state: &State<'p>, weight: f64) {
        for (site, columns) in self.loads_by_site() {
            let options: Vec<(OptionId, Option<u32>)> = match self.choice(site) {
                Some(list) => list.iter().map(|&(option, column)| (option, Some(column))).collect(),
                None => vec![(state.option(site), None)],
            };
            let mut measures: Vec<u32> = options
                .iter()
                .flat_map(|&(option, _)| state.tables.limits(option).iter().map(|limit| limit.measure))
                .collect();
            measures.sort_unstable();
            measures.dedup();
            for measure in measures {
                let value = self.measure_sum(site, measure, &columns);
                let upper = |column: u32| self.program.columns[column as usize].upper;
                let reach: f64 = value.terms.iter().map(|&(column, factor)| factor.max(0.0) * upper(column)).sum();
                let most = value.constant + reach;
                self.add_capacity(state, site, measure, &options, &value, most, weight);
                for &(option, chosen) in &options {
                    for limit in state.tables.limits_on(option, measure).to_vec() {
                        let broken = state.option(site) == option && limit.excess(state.value(site, measure)) > 0.0;
                        let price = if limit.price.is_finite() { Some(limit.price) } else { broken.then_some(weight) };
                        if limit.price.is_finite() && limit.max.is_finite() && most > limit.max {
                            // value - over <= max when the option is chosen, value <= most else.
                            let over = self.column(limit.price, f64::INFINITY, false);
                            let mut terms = value.terms.clone();
                            terms.push((over, -1.0));
                            if let Some(chosen) = chosen {
                                terms.push((chosen, most - limit.max));
                                self.row(f64::NEG_INFINITY, most - value.constant, &terms);
                            } else {
                                self.row(f64::NEG_INFINITY, limit.max - value.constant, &terms);
                            }
                        }
                        if limit.min > 0.0 {
                            let mut terms = value.terms.clone();
                            if let Some(price) = price {
                                let under = self.column(price, f64::INFINITY, false);
                                terms.push((under, 1.0));
                            }
                            if let Some(chosen) = chosen {
                                terms.push((chosen, -limit.min));
                                self.row(-value.constant, f64::INFINITY, &terms);
                            } else {
                                self.row(limit.min - value.constant, f64::INFINITY, &terms);
                            }
                        }
                    }
                }
            }
        }
    }

    /// The hard upper limits of all options of a site on one measure, in one row: the value is at most the capacity of
    /// the chosen option. A limit that is broken now may stay broken, at `weight` a unit.
    #[expect(clippy::too_many_arguments, reason = "one row, described by what it is made of")]
    fn add_capacity(
        &mut self,
        state: &State<'p>,
        site: SiteId,
        measure: u32,
        options: &[(OptionId, Option<u32>)],
        value: &Sum,
        most: f64,
        weight: f64,
    ) {
        let capacity = |option: OptionId| {
            let limits = state.tables.limits_on(option, measure).iter().filter(|limit| limit.price.is_infinite());
            let limited = limits.map(|limit| limit.max).fold(most, f64::min);
            if is_open(self.problem, option) { limited } else { limited.min(value.constant) }
        };
        if options.iter().all(|&(option, _)| capacity(option) >= most) {
            return;
        }
        let broken = state.value(site, measure) > capacity(state.option(site)) + TOLERANCE;
        let mut terms = value.terms.clone();
        let mut upper = -value.constant;
        for &(option, chosen) in options {
            match chosen {
                Some(chosen) => terms.push((chosen, -capacity(option))),
                None => upper += capacity(option),
            }
        }
        if broken {
            let over = self.column(weight, f64::INFINITY, false);
            terms.push((over, -1.0));
        }
        self.row(f64::NEG_INFINITY, upper, &terms);
    }

    /// The value of a measure at a site; whole units get columns of their own.
    fn measure_sum(&mut self, site: SiteId, measure: u32, columns: &[(ArcId, u32)]) -> Sum {
        let (problem, tables) = (self.problem, self.base.tables);
        let mut sum = Sum { constant: self.base.value(site, measure), terms: Vec::new() };
        let mut units: BTreeMap<u32, (f64, Vec<(u32, f64)>)> = BTreeMap::new();
        for &(arc, column) in columns {
            for effect in tables.effects(problem, arc).iter().filter(|effect| effect.measure == measure) {
                match effect.kind {
                    EffectKind::Linear(factor) => sum.terms.push((column, factor)),
                    EffectKind::Units { commodity, size, load, .. } => {
                        units.entry(commodity).or_insert_with(|| (size, Vec::new())).1.push((column, load));
                    }
                }
            }
        }
        for (commodity, (size, terms)) in units {
            let load = self.base.load(site, commodity);
            let most = load + terms.iter().map(|&(_, load)| load).sum::<f64>();
            let count = self.column(0.0, (most / size).ceil(), true);
            // count * size >= load, and no more units than rounding up gives.
            let mut row = terms.clone();
            row.push((count, -size));
            self.row(-load - size + 1.0, -load, &row);
            sum.constant -= (load / size - TOLERANCE).ceil().max(0.0);
            sum.terms.push((count, 1.0));
        }
        sum
    }

    fn add_rows(&mut self, weight: f64) {
        let tables = self.base.tables;
        let mut sums: BTreeMap<u32, Sum> = BTreeMap::new();
        for index in 0..self.piece.customers.len() {
            for (arc, column) in self.columns_of(index) {
                for &(row, factor) in tables.rows_of(arc) {
                    sums.entry(row).or_default().terms.push((column, factor));
                }
            }
        }
        for (site, list) in &self.choices {
            for &(row, factor) in tables.option_rows.of(self.base.option(*site).index()) {
                sums.entry(row).or_default().constant -= factor;
            }
            for &(option, column) in list {
                for &(row, factor) in tables.option_rows.of(option.index()) {
                    sums.entry(row).or_default().terms.push((column, factor));
                }
            }
        }
        for (row, sum) in sums {
            let constant = sum.constant + self.base.row(row as usize);
            let (mut terms, limits) = (sum.terms, &tables.rows[row as usize]);
            // A hard row may be broken by what is fixed: then it may stay broken, at a price.
            let price = if limits.price.is_finite() { limits.price } else { weight * limits.scale * 1e3 };
            if limits.upper.is_finite() {
                let over = self.column(price, f64::INFINITY, false);
                terms.push((over, -1.0));
            }
            if limits.lower.is_finite() {
                let under = self.column(price, f64::INFINITY, false);
                terms.push((under, 1.0));
            }
            self.row(limits.lower - constant, limits.upper - constant, &terms);
        }
    }

    fn add_pairs(&mut self, weight: f64) {
        let (problem, tables) = (self.problem, self.base.tables);
        for index in 0..self.piece.customers.len() {
            let customer = self.piece.customers[index].0;
            for &(other, pair) in tables.pairs_of.of(customer.index()) {
                let price = problem.pairs[pair as usize].price;
                let price = if price.is_finite() { price } else { weight * tables.pair_scale * 1e3 };
                match self.free_index(CustomerId(other)) {
                    Some(partner) if partner > index => {
                        let apart = self.column(price, 1.0, false);
                        let mut by_site: BTreeMap<SiteId, Vec<(u32, f64)>> = BTreeMap::new();
                        for (side, sign) in [(index, 1.0), (partner, -1.0)] {
                            for (arc, column) in self.columns_of(side) {
                                by_site.entry(problem.arcs[arc].site).or_default().push((column, sign));
                            }
                        }
                        for (_, mut terms) in by_site {
                            terms.push((apart, -1.0));
                            self.row(f64::NEG_INFINITY, 0.0, &terms);
                        }
                    }
                    Some(_) => {}
                    None => {
                        let there = self.base.site_of(CustomerId(other));
                        let columns: Vec<(ArcId, u32)> = self.columns_of(index).collect();
                        for (arc, column) in columns {
                            if problem.arcs[arc].site.0 != there {
                                self.program.columns[column as usize].cost += price;
                            }
                        }
                    }
                }
            }
        }
    }

    /// Options that send free customers to a site.
    fn add_implications(&mut self) {
        let problem = self.problem;
        for index in 0..self.piece.customers.len() {
            let customer = self.piece.customers[index].0;
            for &(option, target) in self.base.tables.implied.of(customer.index()) {
                let owner = problem.options[OptionId(option)].site;
                let Some(choice) = self.choice(owner) else { continue };
                let Some(&(_, chosen)) = choice.iter().find(|(known, _)| known.0 == option) else { continue };
                let mut terms = vec![(chosen, 1.0)];
                let there = self.columns_of(index).filter(|&(arc, _)| problem.arcs[arc].site.0 == target);
                terms.extend(there.map(|(_, column)| (column, -1.0)));
                self.row(f64::NEG_INFINITY, 0.0, &terms);
            }
        }
    }

    /// The present state with the piece as `values` have it: the best option and arc of each by value. `None` where the
    /// values do not say how a continuous customer is divided in a way that the problem allows.
    pub fn apply(&self, values: &[f64]) -> Option<State<'p>> {
        let problem = self.problem;
        let mut state = self.base.clone();
        for (site, list) in &self.choices {
            let best = list.iter().max_by(|a, b| values[a.1 as usize].total_cmp(&values[b.1 as usize]))?;
            state.choose(*site, best.0);
        }
        for (index, (customer, arcs)) in self.piece.customers.iter().enumerate() {
            let first = self.first[index] as usize;
            let shares = &values[first..first + arcs.len()];
            let (best, &most) = shares.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)))?;
            if most > 1.0 - TOLERANCE || !problem.customers[*customer].may_be_split() {
                state.serve(*customer, arcs[best]);
            } else {
                let total: f64 = shares.iter().filter(|&&share| share > TOLERANCE).sum();
                let whole = problem.customers[*customer].divisible.is_some_and(|how| how.grain == Grain::Whole);
                let rounded = |load: f64| if whole { load.round() } else { load };
                let mut parts: Vec<Part> = shares
                    .iter()
                    .zip(arcs)
                    .filter(|&(&share, _)| share > TOLERANCE)
                    .map(|(&share, &arc)| Part {
                        arc,
                        loads: problem.customers[*customer]
                            .loads
                            .iter()
                            .map(|&(_, load)| rounded(load as f64 * share / total))
                            .collect(),
                    })
                    .collect();
                if whole {
                    // Rounding may lose or add a few: the largest part makes up for them.
                    for (at, &(_, load)) in problem.customers[*customer].loads.iter().enumerate() {
                        let missing = load as f64 - parts.iter().map(|part| part.loads[at]).sum::<f64>();
                        let largest = parts.iter_mut().max_by(|a, b| a.loads[at].total_cmp(&b.loads[at]))?;
                        largest.loads[at] += missing;
                    }
                }
                state.set(*customer, Some(Service::Split(parts)));
            }
        }
        state.commit();
        state.refresh();
        Some(state)
    }
}

/// Whether a customer can be free in a model: whole; divisible into fractions without further conditions; or divided in
/// whole loads of one kind, over one arc to every site.
pub fn can_be_free(problem: &Problem, customer: CustomerId) -> bool {
    let record = &problem.customers[customer];
    let one_each = || {
        let arcs = &problem.arcs.as_slice()[record.arcs.start as usize..record.arcs.end as usize];
        arcs.windows(2).all(|pair| pair[0].site != pair[1].site)
    };
    match record.divisible {
        Some(how) if record.may_be_split() => match how.grain {
            Grain::Continuous => {
                how.min_share <= 0.0 && how.max_sites.is_none_or(|most| most as usize >= record.arcs.len())
            }
            Grain::Whole => record.loads.len() == 1 && one_each(),
        },
        _ => true,
    }
}

/// Whether a site may serve a customer as far as fixed options go: free sites are judged in the model.
pub fn may_use(state: &State<'_>, free_sites: &[SiteId], customer: CustomerId, site: SiteId) -> bool {
    let problem = state.problem;
    let free = |site: SiteId| free_sites.binary_search(&site).is_ok();
    let allowed = if free(site) {
        problem
            .options_of(site)
            .any(|option| is_open(problem, option) && problem.options[option].serves.allows(customer))
    } else {
        problem.options[state.option(site)].serves.allows(customer)
    };
    allowed
        && state.tables.implied.of(customer.index()).iter().all(|&(option, target)| {
            let owner = problem.options[OptionId(option)].site;
            target == site.0 || free(owner) || state.option(owner).0 != option
        })
}
