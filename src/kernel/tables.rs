//! Incidence tables of a problem: what a heuristic looks up over and over, computed once, linear in the problem's size.

use super::problem::{Measure, Overflow, Problem, Serves};
use crate::id::{ArcId, CustomerId, Id, OptionId, SiteId};
use std::collections::BTreeMap;

/// Lists of entries, one list for every key, stored end to end.
#[derive(Debug, Clone)]
pub struct Lists<T> {
    starts: Vec<u32>,
    entries: Vec<T>,
}

impl<T: Clone> Lists<T> {
    /// Groups `(key, entry)` pairs by key; within a key the order of the pairs is kept.
    pub fn group<I: Iterator<Item = (usize, T)>>(keys: usize, pairs: impl Fn() -> I) -> Self {
        let mut starts = vec![0_u32; keys + 1];
        for (key, _) in pairs() {
            starts[key + 1] += 1;
        }
        for key in 0..keys {
            starts[key + 1] += starts[key];
        }
        let mut next = starts.clone();
        let mut slots: Vec<Option<T>> = vec![None; starts[keys] as usize];
        for (key, entry) in pairs() {
            slots[next[key] as usize] = Some(entry);
            next[key] += 1;
        }
        Self { starts, entries: slots.into_iter().flatten().collect() }
    }

    fn push_list(&mut self, list: impl IntoIterator<Item = T>) {
        self.entries.extend(list);
        self.starts.push(self.entries.len() as u32);
    }

    fn empty() -> Self {
        Self { starts: vec![0], entries: Vec::new() }
    }

    /// The entries of `key`.
    pub fn of(&self, key: usize) -> &[T] {
        &self.entries[self.starts[key] as usize..self.starts[key + 1] as usize]
    }

    /// Whether no key has an entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// What a service adds to one measure of its site.
#[derive(Debug, Clone, Copy)]
pub struct Effect {
    /// The measure.
    pub measure: u32,
    /// What is added to it.
    pub kind: EffectKind,
}

/// How a measure reacts to load.
#[derive(Debug, Clone, Copy)]
pub enum EffectKind {
    /// The measure grows by this value.
    Linear(f64),
    /// One term of a whole-unit measure: `load` pupils of `commodity` in units of `size`.
    Units {
        /// The commodity that is rounded up.
        commodity: u32,
        /// Pupils in one unit.
        size: f64,
        /// Pupils added.
        load: f64,
        /// The term, by its place in [`Tables::terms_of`].
        term: u32,
    },
}

/// A limit of an option with its prices split into hard and soft.
#[derive(Debug, Clone, Copy)]
pub struct FlatLimit {
    /// The measure.
    pub measure: u32,
    /// Least value.
    pub min: f64,
    /// Greatest value, infinite for none.
    pub max: f64,
    /// Price of a unit outside; infinite for hard.
    pub price: f64,
    /// The list of [`Tables::counted`] with the ceilings that count its overflow.
    pub counted: Option<u32>,
}

impl FlatLimit {
    /// Units outside the limit.
    pub fn excess(&self, value: f64) -> f64 {
        if value > self.max + TOLERANCE {
            value - self.max
        } else if value < self.min - TOLERANCE {
            self.min - value
        } else {
            0.0
        }
    }
}

/// Bounds of a row or a ceiling.
#[derive(Debug, Clone, Copy)]
pub struct FlatRow {
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
    /// Price of one unit outside; infinite for hard.
    pub price: f64,
    /// Load that one unit outside a hard row counts as: a typical option's coefficient weighs as much as the mean load of
    /// a site, in rows without options a typical arc's as much as the mean load of a customer.
    pub scale: f64,
    /// The list of [`Tables::counted`] with the ceilings that count its overflow.
    pub counted: Option<u32>,
}

impl FlatRow {
    /// Units outside the row.
    pub fn excess(&self, activity: f64) -> f64 {
        let slack = TOLERANCE * activity.abs().max(1.0);
        if activity > self.upper + slack {
            activity - self.upper
        } else if activity < self.lower - slack {
            self.lower - activity
        } else {
            0.0
        }
    }
}

/// Loads of continuous parts are compared with limits up to this much.
pub const TOLERANCE: f64 = 1e-6;

/// The incidence tables of a problem.
#[derive(Debug)]
pub struct Tables {
    /// Number of commodities.
    pub commodities: usize,
    /// Number of measures.
    pub measures: usize,
    /// Loads by list: list `c` is customer `c`, lists beyond are arcs with extra load.
    loads: Lists<(u32, f64)>,
    effects: Lists<Effect>,
    extra_lists: Vec<(u32, u32)>,
    /// Measures that mention a commodity: (measure, weight or size, whole units?).
    pub terms_of: Lists<(u32, f64, bool)>,
    /// The commodity of every term in [`Self::terms_of`].
    term_commodity: Vec<u32>,
    limits: Lists<FlatLimit>,
    first_limit: Vec<u32>,
    /// Arcs of every customer, cheapest first; same ranges as in the problem.
    by_cost: Vec<u32>,
    /// Arcs of every site, in order of customer.
    pub arcs_at: Lists<u32>,
    /// Rows of every arc with coefficients; empty when no row has arcs.
    arc_rows: Option<Lists<(u32, f64)>>,
    /// Rows of every option with coefficients.
    pub option_rows: Lists<(u32, f64)>,
    /// The rows of the problem, and after them its ceilings.
    pub rows: Vec<FlatRow>,
    /// Ceilings (as positions in `rows`) that count an overflow, with factors: a list for every overflow that is counted.
    pub counted: Lists<(u32, f64)>,
    /// The list of every pair in `counted`.
    pub pair_counted: Vec<Option<u32>>,
    /// Pairs of every customer: (other customer, pair).
    pub pairs_of: Lists<(u32, u32)>,
    /// Implications of every customer: (option, site).
    pub implied: Lists<(u32, u32)>,
    /// Implications of every option, by position.
    pub implications_of: Lists<u32>,
    /// Layers and nodes of every customer.
    pub nodes_of: Lists<(u32, u32)>,
    /// Sum of loads of every customer.
    pub mass: Vec<f64>,
    /// Load that a broken hard pair counts as: the mean load of a customer.
    pub pair_scale: f64,
}

const NO_LIMIT: u32 = u32::MAX;

/// What a row or a ceiling adds up: options and arcs with their factors.
type Sum<'p> = (&'p [(OptionId, f64)], &'p [(ArcId, f64)]);

impl Tables {
    /// Builds the tables.
    pub fn new(problem: &Problem) -> Self {
        let customers = problem.customers.len();
        let (mut loads, mut effects, mut extra_lists) = (Lists::empty(), Lists::empty(), Vec::new());
        let terms_of = measure_terms(problem);
        for customer in &problem.customers {
            let own: Vec<(u32, f64)> =
                customer.loads.iter().map(|&(commodity, load)| (commodity.0, load as f64)).collect();
            effects.push_list(effects_of(problem, &terms_of, &own));
            loads.push_list(own);
        }
        for (id, arc) in problem.arcs.entries() {
            if arc.extra.is_empty() {
                continue;
            }
            let mut list: Vec<(u32, f64)> = loads.of(arc.customer.index()).to_vec();
            for &(commodity, extra) in &arc.extra {
                match list.iter_mut().find(|(own, _)| *own == commodity.0) {
                    Some((_, load)) => *load += extra as f64,
                    None => list.push((commodity.0, extra as f64)),
                }
            }
            extra_lists.push((id.0, loads.starts.len() as u32 - 1));
            effects.push_list(effects_of(problem, &terms_of, &list));
            loads.push_list(list);
        }
        let measures = problem.measures.len();
        let (list_of, counted) = counted_overflow(problem);
        let mut limits = Lists::empty();
        let mut first_limit = vec![NO_LIMIT; problem.options.len() * measures];
        for (id, option) in problem.options.entries() {
            let mut list: Vec<FlatLimit> = (0u32..)
                .zip(&option.limits)
                .map(|(position, limit)| FlatLimit {
                    measure: limit.measure.0,
                    min: limit.min as f64,
                    max: if limit.max == super::problem::Limit::UNLIMITED { f64::INFINITY } else { limit.max as f64 },
                    price: limit.price,
                    counted: list_of.get(&Overflow::Limit(id, position)).copied(),
                })
                .collect();
            list.sort_by_key(|limit| limit.measure);
            for (position, limit) in list.iter().enumerate().rev() {
                first_limit[id.index() * measures + limit.measure as usize] = position as u32;
            }
            limits.push_list(list);
        }
        let mut by_cost: Vec<u32> = (0..problem.arcs.len() as u32).collect();
        for customer in &problem.customers {
            by_cost[customer.arcs.start as usize..customer.arcs.end as usize]
                .sort_by(|&a, &b| problem.arcs[ArcId(a)].cost.total_cmp(&problem.arcs[ArcId(b)].cost).then(a.cmp(&b)));
        }
        let (rows, ceilings) = (problem.rows.iter(), problem.ceilings.iter());
        let sums: Vec<Sum> = rows
            .map(|row| (row.options.as_slice(), row.arcs.as_slice()))
            .chain(ceilings.map(|ceiling| (ceiling.options.as_slice(), ceiling.arcs.as_slice())))
            .collect();
        let sums = || (0u32..).zip(&sums);
        let arc_rows = sums().any(|(_, (_, arcs))| !arcs.is_empty()).then(|| {
            Lists::group(problem.arcs.len(), || {
                sums().flat_map(|(r, (_, arcs))| arcs.iter().map(move |&(a, k)| (a.index(), (r, k))))
            })
        });
        let option_rows = Lists::group(problem.options.len(), || {
            sums().flat_map(|(r, (options, _))| options.iter().map(move |&(o, k)| (o.index(), (r, k))))
        });
        let pairs_of = Lists::group(customers, || {
            problem.pairs.iter().enumerate().flat_map(|(index, pair)| {
                [
                    (pair.first.index(), (pair.second.0, index as u32)),
                    (pair.second.index(), (pair.first.0, index as u32)),
                ]
            })
        });
        let implied = Lists::group(customers, || {
            problem.implications.iter().flat_map(|rule| {
                rule.customers.iter().map(move |&customer| (customer.index(), (rule.option.0, rule.site.0)))
            })
        });
        let implications_of = Lists::group(problem.options.len(), || {
            problem.implications.iter().enumerate().map(|(index, rule)| (rule.option.index(), index as u32))
        });
        let nodes_of = Lists::group(customers, || {
            problem.layers.iter().enumerate().flat_map(|(layer, graph)| {
                graph.customers.iter().enumerate().map(move |(node, &c)| (c.index(), (layer as u32, node as u32)))
            })
        });
        let mass: Vec<f64> = problem.customers.iter().map(|customer| customer.mass() as f64).collect();
        let mean = mass.iter().sum::<f64>() / customers.max(1) as f64;
        Self {
            commodities: problem.commodities.len(),
            measures,
            loads,
            effects,
            extra_lists,
            term_commodity: (0..problem.commodities.len())
                .flat_map(|commodity| std::iter::repeat_n(commodity as u32, terms_of.of(commodity).len()))
                .collect(),
            terms_of,
            limits,
            first_limit,
            by_cost,
            arcs_at: Lists::group(problem.sites.len(), || {
                problem.arcs.entries().map(|(id, arc)| (arc.site.index(), id.0))
            }),
            arc_rows,
            option_rows,
            pairs_of,
            implied,
            implications_of,
            nodes_of,
            rows: flat_rows(problem, &list_of, mean),
            pair_counted: (0..problem.pairs.len() as u32)
                .map(|pair| list_of.get(&Overflow::Pair(pair)).copied())
                .collect(),
            counted,
            pair_scale: if mean > 0.0 { mean } else { 1.0 },
            mass,
        }
    }

    fn list_of(&self, problem: &Problem, arc: ArcId) -> usize {
        if problem.arcs[arc].extra.is_empty() {
            return problem.arcs[arc].customer.index();
        }
        let found = self.extra_lists.binary_search_by_key(&arc.0, |&(a, _)| a);
        self.extra_lists[found.expect("every arc with extra load has a list")].1 as usize
    }

    /// What serving the whole customer over `arc` adds to the loads of the site.
    pub fn loads(&self, problem: &Problem, arc: ArcId) -> &[(u32, f64)] {
        self.loads.of(self.list_of(problem, arc))
    }

    /// What serving the whole customer over `arc` adds to the measures of the site.
    pub fn effects(&self, problem: &Problem, arc: ArcId) -> &[Effect] {
        self.effects.of(self.list_of(problem, arc))
    }

    /// Where the value of a measure at a site stands in a list of all values.
    pub fn value_at(&self, site: u32, measure: u32) -> u32 {
        site * self.measures as u32 + measure
    }

    /// The number of terms in [`Self::terms_of`].
    pub fn terms(&self) -> usize {
        self.term_commodity.len()
    }

    /// A term of [`Self::terms_of`] by its place: its commodity, its measure, and its weight or size.
    pub fn term(&self, term: u32) -> (u32, u32, f64) {
        let (measure, size, _) = self.terms_of.entries[term as usize];
        (self.term_commodity[term as usize], measure, size)
    }

    /// The limits of an option, in order of measure.
    pub fn limits(&self, option: OptionId) -> &[FlatLimit] {
        self.limits.of(option.index())
    }

    /// The limits of an option on one measure.
    pub fn limits_on(&self, option: OptionId, measure: u32) -> &[FlatLimit] {
        let first = self.first_limit[option.index() * self.measures + measure as usize];
        if first == NO_LIMIT {
            return &[];
        }
        let rest = &self.limits(option)[first as usize..];
        let count = rest.iter().take_while(|limit| limit.measure == measure).count();
        &rest[..count]
    }

    /// The arcs of a customer, cheapest first.
    pub fn by_cost(&self, problem: &Problem, customer: CustomerId) -> &[u32] {
        let range = &problem.customers[customer].arcs;
        &self.by_cost[range.start as usize..range.end as usize]
    }

    /// The rows of an arc.
    pub fn rows_of(&self, arc: ArcId) -> &[(u32, f64)] {
        self.arc_rows.as_ref().map_or(&[], |rows| rows.of(arc.index()))
    }

    /// Whether some row has arcs.
    pub fn has_arc_rows(&self) -> bool {
        self.arc_rows.is_some()
    }
}

/// The overflow that ceilings count, each with the number of its list, and the lists.
fn counted_overflow(problem: &Problem) -> (BTreeMap<Overflow, u32>, Lists<(u32, f64)>) {
    let first = problem.rows.len() as u32;
    let mut of: BTreeMap<Overflow, Vec<(u32, f64)>> = BTreeMap::new();
    for (row, ceiling) in (first..).zip(&problem.ceilings) {
        for &(overflow, factor) in ceiling.overflows.iter().filter(|&&(_, factor)| factor != 0.0) {
            of.entry(overflow).or_default().push((row, factor));
        }
    }
    let mut lists = Lists::empty();
    let numbers = (0u32..).zip(of).map(|(number, (overflow, list))| {
        lists.push_list(list);
        (overflow, number)
    });
    (numbers.collect(), lists)
}

fn flat_rows(problem: &Problem, list_of: &BTreeMap<Overflow, u32>, mean: f64) -> Vec<FlatRow> {
    let rows = (0u32..).zip(&problem.rows).map(|(index, row)| FlatRow {
        lower: row.lower,
        upper: row.upper,
        price: row.price,
        scale: row_scale(problem, &row.options, &row.arcs, mean),
        counted: list_of.get(&Overflow::Row(index)).copied(),
    });
    let ceilings = problem.ceilings.iter().map(|ceiling| FlatRow {
        lower: f64::NEG_INFINITY,
        upper: ceiling.upper,
        price: f64::INFINITY,
        scale: if ceiling.options.is_empty() && ceiling.arcs.is_empty() {
            // Nothing but overflow, most of which is load beyond a limit.
            let largest = ceiling.overflows.iter().map(|&(_, factor)| factor).fold(0.0, f64::max);
            if largest > 0.0 { 1.0 / largest } else { 1.0 }
        } else {
            row_scale(problem, &ceiling.options, &ceiling.arcs, mean)
        },
        counted: None,
    });
    rows.chain(ceilings).collect()
}

fn row_scale(problem: &Problem, options: &[(OptionId, f64)], arcs: &[(ArcId, f64)], mean: f64) -> f64 {
    let (load, coefficients): (f64, Vec<f64>) = if options.is_empty() {
        (mean, arcs.iter().map(|&(_, factor)| factor.abs()).collect())
    } else {
        let sites = problem.sites.len() as f64;
        let load = mean * problem.customers.len() as f64 / sites;
        (load, options.iter().map(|&(_, factor)| factor.abs()).collect())
    };
    let typical = coefficients.iter().sum::<f64>() / coefficients.len().max(1) as f64;
    if typical > 0.0 && load > 0.0 { load / typical } else { 1.0 }
}

/// The terms of every measure that mention a commodity: (measure, weight or size, whole units?).
fn measure_terms(problem: &Problem) -> Lists<(u32, f64, bool)> {
    Lists::group(problem.commodities.len(), || {
        problem.measures.entries().flat_map(|(id, measure)| {
            let (terms, whole) = match measure {
                Measure::Load(terms) => (terms, false),
                Measure::WholeUnits(terms) => (terms, true),
            };
            terms.iter().map(move |&(commodity, value)| (commodity.index(), (id.0, value as f64, whole)))
        })
    })
}

fn effects_of(problem: &Problem, terms_of: &Lists<(u32, f64, bool)>, loads: &[(u32, f64)]) -> Vec<Effect> {
    let mut effects: Vec<Effect> = Vec::new();
    for &(commodity, load) in loads {
        for (term, &(measure, value, whole)) in
            (terms_of.starts[commodity as usize]..).zip(terms_of.of(commodity as usize))
        {
            if whole {
                effects.push(Effect { measure, kind: EffectKind::Units { commodity, size: value, load, term } });
            } else if let Some(Effect { kind: EffectKind::Linear(sum), .. }) =
                effects.iter_mut().find(|e| e.measure == measure && matches!(e.kind, EffectKind::Linear(_)))
            {
                *sum += value * load;
            } else {
                effects.push(Effect { measure, kind: EffectKind::Linear(value * load) });
            }
        }
    }
    effects.sort_by_key(|effect| effect.measure);
    debug_assert!(effects.iter().all(|effect| (effect.measure as usize) < problem.measures.len()));
    effects
}

/// The cheapest arc from `customer` to `site`, if there is one.
pub fn arc_to(problem: &Problem, customer: CustomerId, site: SiteId) -> Option<ArcId> {
    let range = problem.customers[customer].arcs.clone();
    let arcs = &problem.arcs.as_slice()[range.start as usize..range.end as usize];
    let guess = site.index();
    let first = if arcs.len() > guess && arcs[guess].site == site && (guess == 0 || arcs[guess - 1].site < site) {
        guess
    } else {
        let first = arcs.partition_point(|arc| arc.site < site);
        if arcs.get(first).is_none_or(|arc| arc.site != site) {
            return None;
        }
        first
    };
    let mut best = first;
    for next in first + 1..arcs.len() {
        if arcs[next].site != site {
            break;
        }
        if arcs[next].cost < arcs[best].cost {
            best = next;
        }
    }
    Some(ArcId::new(range.start as usize + best))
}

/// Whether an option serves anybody.
pub fn is_open(problem: &Problem, option: OptionId) -> bool {
    match &problem.options[option].serves {
        Serves::Nobody => false,
        Serves::Everybody => true,
        Serves::Only(customers) => !customers.is_empty(),
    }
}
