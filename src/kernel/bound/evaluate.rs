//! One evaluation of the Lagrangian function: a value for every option, a selection of options, a subgradient.

use super::active::Active;
use super::gradient::Gradient;
use super::pack::Depth;
use super::select::{Coupling, Excluded, Selection};
use super::site::{SiteScratch, SiteValues};
use crate::kernel::packs::Packs;
use crate::kernel::prepare::Tables;
use rayon::prelude::*;

/// Multipliers of everything that the bound relaxes.
#[derive(Debug, Clone, PartialEq)]
pub struct Multipliers {
    /// Of "every cell is served once".
    pub cells: Vec<f64>,
    /// Of the rows; positive charges the upper side, negative the lower.
    pub rows: Vec<f64>,
    /// Prices of the limits, in the order of [`Tables::limits`]. They are improved by every evaluation.
    pub limits: Vec<f64>,
}

/// What an evaluation finds.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// Lower bound on the cost of every solution that keeps to the exclusions; infinite where there is none.
    pub bound: f64,
    /// Sum of everything but the options.
    pub constant: f64,
    /// Value of every option: its cost and its subproblem; infinite where excluded or impossible.
    pub values: Vec<f64>,
    /// How much of the value of every option is owed to whole knapsacks: what it is above the fractional one.
    pub whole: Vec<f64>,
    /// The selection.
    pub selection: Selection,
}

/// Evaluates the Lagrangian function. Keeps scratch space; one for each thread of work.
#[derive(Debug)]
pub struct Evaluator<'t> {
    tables: &'t Tables,
    coupling: &'t Coupling,
    packs: &'t Packs,
    offset: f64,
    /// Whether customers are taken whole, and whole units counted, where the limits of an option are known to be hard,
    /// instead of fractions of both: stronger and slower.
    pub whole: bool,
    /// How much farther than usual searches for the best sets of customers go.
    pub deep: Option<Depth>,
    /// Arc visits so far: the unit of work.
    pub work: u64,
    scratch: SiteScratch,
    /// Costs with the charges of the rows, by position, and the row multipliers that they were made for.
    adjusted: Vec<f64>,
    adjusted_for: Vec<f64>,
    /// The same by index among the active arcs.
    priced: Vec<f64>,
}

/// Arcs from which on the sites are evaluated in parallel: with fractional knapsacks, and with whole ones, which take longer.
const PARALLEL_ARCS: usize = 100_000;
const PARALLEL_WHOLE_ARCS: usize = 10_000;

impl<'t> Evaluator<'t> {
    /// An evaluator for `tables`, the selection structure, what options hold in whole numbers, and the constant part.
    pub fn new(tables: &'t Tables, coupling: &'t Coupling, packs: &'t Packs, offset: f64) -> Self {
        Self {
            tables,
            coupling,
            packs,
            offset,
            whole: false,
            deep: None,
            work: 0,
            scratch: SiteScratch::default(),
            adjusted: Vec::new(),
            adjusted_for: Vec::new(),
            priced: Vec::new(),
        }
    }

    /// The Lagrangian function at `multipliers` over the arcs of `active`, whose multipliers must be within its limits.
    pub fn evaluate(&mut self, active: &Active, multipliers: &mut Multipliers, excluded: &Excluded) -> Evaluation {
        self.price_rows(active, multipliers);
        self.work += active.len() as u64 + self.tables.options.len() as u64;
        let mut values = vec![f64::INFINITY; self.tables.options.len()];
        let mut whole = vec![0.0; if self.whole { self.tables.options.len() } else { 0 }];
        let parallel_arcs = match (self.whole, self.packs.is_empty()) {
            (false, _) => PARALLEL_ARCS,
            (true, true) => PARALLEL_WHOLE_ARCS,
            (true, false) => 0,
        };
        if active.len() >= parallel_arcs {
            self.site_values_in_parallel(active, multipliers, excluded, &mut values, &mut whole);
        } else {
            for site in 0..self.tables.sites.len() {
                let cost = if self.tables.arc_rows.is_empty() { &active.cost } else { &self.priced };
                let cells = &multipliers.cells;
                let site_values = SiteValues { tables: self.tables, packs: None, deep: None, active, cost, cells };
                let whole = self.whole.then_some(&mut whole[..]);
                let prices = &mut multipliers.limits;
                site_values.compute(site, excluded, &mut values, 0, prices, 0, whole, &mut self.scratch);
            }
        }
        self.add_option_rows(multipliers, &mut values);
        let mut constant = self.offset;
        let mut magnitude = constant.abs();
        for (table, &price) in self.tables.rows.iter().zip(&multipliers.rows) {
            if price != 0.0 {
                constant -= price * if price > 0.0 { table.upper } else { table.lower };
                magnitude += constant.abs();
            }
        }
        for &multiplier in &multipliers.cells {
            constant += multiplier;
            magnitude += multiplier.abs();
        }
        let selection = self.coupling.select(self.tables, &values);
        // Rounding: no sum has more terms than there are cells or options, and what cancels within a site is bounded by
        // its options' costs and by the multipliers, so eight units in the last place for each term are beyond any error.
        let terms = (self.tables.cells.len() + self.tables.options.len() + 64) as f64;
        let magnitude = magnitude + selection.magnitude;
        let bound = if selection.value == f64::INFINITY {
            f64::INFINITY
        } else {
            constant + selection.value - terms * 8.0 * f64::EPSILON * magnitude
        };
        self.work += std::mem::take(&mut self.scratch.knapsack.work);
        Evaluation { bound, constant, values, whole, selection }
    }

    fn site_values_in_parallel(
        &mut self,
        active: &Active,
        multipliers: &mut Multipliers,
        excluded: &Excluded,
        values: &mut [f64],
        whole: &mut [f64],
    ) {
        let sites = self.tables.sites.len();
        let chunk = sites.div_ceil(64).max(1);
        let cost = if self.tables.arc_rows.is_empty() { &active.cost } else { &self.priced };
        let packs = (self.whole && !self.packs.is_empty()).then_some(self.packs);
        let knapsacks = self.whole && packs.is_none();
        let deep = self.deep.as_ref();
        let site_values = SiteValues { tables: self.tables, packs, deep, active, cost, cells: &multipliers.cells };
        let option_of = |site: usize| if site < sites { self.tables.first_option(site) } else { values.len() };
        let limit_of = |site: usize| {
            if site < sites { self.tables.first_limit(site) } else { multipliers.limits.len() }
        };
        let limits = &multipliers.limits;
        let parts: Vec<_> = (0..sites.div_ceil(chunk))
            .into_par_iter()
            .map_init(SiteScratch::default, |scratch, part| {
                let (from, to) = (part * chunk, ((part + 1) * chunk).min(sites));
                let (first_option, first_limit) = (option_of(from), limit_of(from));
                let mut values = vec![f64::INFINITY; option_of(to) - first_option];
                let mut prices = limits[first_limit..limit_of(to)].to_vec();
                let mut gained = vec![0.0; if self.whole { values.len() } else { 0 }];
                for site in from..to {
                    let (values, prices) = (&mut values[..], &mut prices[..]);
                    let own = knapsacks.then_some(&mut gained[..]);
                    site_values.compute(site, excluded, values, first_option, prices, first_limit, own, scratch);
                    site_values.pack(site, excluded, values, first_option, prices, first_limit, &mut gained, scratch);
                }
                let work = std::mem::take(&mut scratch.packer.work) + std::mem::take(&mut scratch.knapsack.work);
                (from, values, prices, gained, work)
            })
            .collect();
        let places: Vec<(usize, usize)> = parts.iter().map(|part| (option_of(part.0), limit_of(part.0))).collect();
        for ((_, part_values, part_prices, gained, work), (option, limit)) in parts.into_iter().zip(places) {
            self.work += work;
            values[option..option + part_values.len()].copy_from_slice(&part_values);
            if !gained.is_empty() {
                whole[option..option + gained.len()].copy_from_slice(&gained);
            }
            multipliers.limits[limit..limit + part_prices.len()].copy_from_slice(&part_prices);
        }
    }

    /// Adds the charges of the rows to the costs of arcs.
    fn price_rows(&mut self, active: &Active, multipliers: &Multipliers) {
        if self.tables.arc_rows.is_empty() {
            return;
        }
        if self.adjusted_for != multipliers.rows {
            self.adjusted.clone_from(&self.tables.cost);
            for &(position, row, coefficient) in &self.tables.arc_rows {
                self.adjusted[position as usize] += multipliers.rows[row as usize] * coefficient;
            }
            self.adjusted_for.clone_from(&multipliers.rows);
        }
        self.priced.clear();
        self.priced.extend(active.position.iter().map(|&position| self.adjusted[position as usize]));
    }

    fn add_option_rows(&self, multipliers: &Multipliers, values: &mut [f64]) {
        if self.tables.option_rows.is_empty() {
            return;
        }
        for (option, value) in values.iter_mut().enumerate() {
            for &(row, coefficient) in self.tables.rows_of(option) {
                let price = multipliers.rows[row as usize];
                if price != 0.0 {
                    *value += price * coefficient;
                }
            }
        }
    }

    /// The subgradient at an evaluation just made with the same arcs, multipliers and exclusions.
    pub fn gradient(&mut self, active: &Active, multipliers: &Multipliers, made: &Evaluation, into: &mut Gradient) {
        into.cells.clear();
        into.cells.resize(self.tables.cells.len(), 1.0);
        into.activity.clear();
        into.activity.resize(self.tables.rows.len(), 0.0);
        let arc_rows = !self.tables.arc_rows.is_empty();
        let mut used: Vec<f64> = if arc_rows { vec![0.0; self.tables.arc.len()] } else { Vec::new() };
        for &(option, weight) in &made.selection.chosen {
            for &(row, coefficient) in self.tables.rows_of(option as usize) {
                into.activity[row as usize] += weight * coefficient;
            }
            let table = &self.tables.options.as_slice()[option as usize];
            let cells = &mut into.cells;
            let cost = if arc_rows { &self.priced } else { &active.cost };
            let whole = self.whole.then_some(self.packs);
            self.scratch.serve(
                (self.tables, whole),
                active,
                cost,
                multipliers,
                option as usize,
                |index, cell, share| {
                    cells[cell as usize] -= weight * share;
                    if arc_rows {
                        used[active.position[index] as usize] += weight * share;
                    }
                },
            );
            self.work += active.indices(table.site as usize).len() as u64;
        }
        if arc_rows {
            for &(position, row, coefficient) in &self.tables.arc_rows {
                into.activity[row as usize] += used[position as usize] * coefficient;
            }
        }
        into.charge(&self.tables.rows, &multipliers.rows);
    }

    /// Which arcs (index among the active ones) an option uses, and how much of them, at these multipliers.
    pub fn served(&mut self, active: &Active, multipliers: &Multipliers, option: usize) -> Vec<(u32, f64)> {
        let mut list = Vec::new();
        let cost = if self.tables.arc_rows.is_empty() { &active.cost } else { &self.priced };
        let whole = self.whole.then_some(self.packs);
        self.scratch.serve((self.tables, whole), active, cost, multipliers, option, |index, _, share| {
            list.push((index as u32, share));
        });
        list
    }
}
