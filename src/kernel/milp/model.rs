//! The columns of the exact model, the rows that define service, and the loads at sites.

use super::limits;
use super::links;
use super::parts;
use crate::id::{ArcId, CommodityId, CustomerId, IdVec, MeasureId, OptionId, SiteId};
use crate::kernel::engine::EngineError;
use crate::kernel::problem::{Divisible, Grain, Measure, Overflow, Problem, Serves, ceil_div};
use crate::mip::{Column, MipProblem};
use std::collections::BTreeMap;

/// A linear expression; no column twice.
pub(super) type Terms = Vec<(u32, f64)>;

/// The columns that say how much of its customer an arc carries.
#[derive(Debug, Clone, Copy)]
pub(super) enum ArcColumns {
    /// A whole customer: 1 when the arc is used.
    Whole(u32),
    /// A continuous customer: the share.
    Share(u32),
    /// A customer divided into whole loads: the first of as many columns as the customer has loads.
    Parts(u32),
}

/// A column whose best value follows from the others, and how.
#[derive(Debug, Clone, Copy)]
pub(super) enum Derived {
    /// Whole units: the row `size * column - load >= 0` holds with the least whole value.
    Units {
        /// The column.
        column: u32,
        /// Its row.
        row: usize,
        /// Load per unit.
        size: i64,
    },
    /// Overflow beyond the upper bound of its row, where it has factor -1.
    Above {
        /// The column.
        column: u32,
        /// Its row.
        row: usize,
    },
    /// Overflow beyond the lower bound of its row, where it has factor 1.
    Below {
        /// The column.
        column: u32,
        /// Its row.
        row: usize,
    },
}

/// The exact model of a kernel problem, and where its columns are.
#[derive(Debug)]
pub(super) struct Model<'a> {
    pub(super) problem: &'a Problem,
    pub(super) mip: MipProblem,
    /// The column of every option.
    pub(super) options: IdVec<OptionId, u32>,
    /// The columns of every arc.
    pub(super) arcs: IdVec<ArcId, ArcColumns>,
    /// For a divided customer that needs it: a column that is 1 for every site that serves a part.
    pub(super) usage: IdVec<CustomerId, Vec<(SiteId, u32)>>,
    /// Of every site, the loads that reach it: terms per commodity.
    pub(super) loads: IdVec<SiteId, BTreeMap<CommodityId, Terms>>,
    /// Whole units of a commodity at a site, by size.
    pub(super) units: BTreeMap<(SiteId, CommodityId, i64), u32>,
    /// Columns that follow from others, in an order in which they can be evaluated.
    pub(super) derived: Vec<Derived>,
    /// The column of every pair with a finite price.
    pub(super) pairs: Vec<(usize, u32)>,
    /// Columns of large parts, which are whole numbers but continuous in the program (see [`super::parts`]).
    pub(super) loose: Vec<u32>,
    /// The arcs that end at every site, in order.
    pub(super) arcs_at: IdVec<SiteId, Vec<ArcId>>,
    /// Ceilings that count an overflow, with its factor.
    factors: BTreeMap<Overflow, Vec<(usize, f64)>>,
    /// What overflow adds to every ceiling.
    pub(super) held: Vec<Terms>,
}

/// Adds up the factors of columns that occur more than once.
pub(super) fn merged(mut terms: Terms) -> Terms {
    terms.sort_by_key(|&(column, _)| column);
    terms.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    terms
}

impl<'a> Model<'a> {
    /// The model without contiguity cuts.
    ///
    /// # Errors
    /// [`EngineError::Unsupported`] for continuous parts without a least share in a contiguity layer, and for a minimum of
    /// whole units where loads may be fractions: the sets of plans that these describe are open, so a best one need not
    /// exist.
    pub(super) fn new(problem: &'a Problem) -> Result<Self, EngineError> {
        let mut arcs_at: IdVec<SiteId, Vec<ArcId>> = IdVec::filled(Vec::new(), problem.sites.len());
        for (id, arc) in problem.arcs.entries() {
            arcs_at[arc.site].push(id);
        }
        let mut factors: BTreeMap<Overflow, Vec<(usize, f64)>> = BTreeMap::new();
        for (index, ceiling) in problem.ceilings.iter().enumerate() {
            for &(overflow, factor) in ceiling.overflows.iter().filter(|&&(_, factor)| factor > 0.0) {
                factors.entry(overflow).or_default().push((index, factor));
            }
        }
        let mut model = Self {
            problem,
            mip: MipProblem { offset: problem.offset, ..MipProblem::new() },
            options: IdVec::new(),
            arcs: IdVec::new(),
            usage: IdVec::filled(Vec::new(), problem.customers.len()),
            loads: IdVec::filled(BTreeMap::new(), problem.sites.len()),
            units: BTreeMap::new(),
            derived: Vec::new(),
            pairs: Vec::new(),
            loose: Vec::new(),
            arcs_at,
            factors,
            held: vec![Terms::new(); problem.ceilings.len()],
        };
        let layered = links::layered_customers(problem)?;
        model.option_columns();
        for customer in problem.customers.ids() {
            match problem.customers[customer].divisible {
                Some(how) if problem.customers[customer].may_be_split() => {
                    model.divided_customer(customer, how, layered[customer]);
                }
                _ => model.whole_customer(customer),
            }
        }
        model.gather_loads();
        limits::add(&mut model)?;
        links::add(&mut model);
        Ok(model)
    }

    /// The ceilings that count an overflow, with its factor.
    pub(super) fn factors(&self, overflow: Overflow) -> &[(usize, f64)] {
        self.factors.get(&overflow).map_or(&[], Vec::as_slice)
    }

    /// Lets ceilings count an overflow column.
    pub(super) fn hold(&mut self, column: Option<u32>, factors: &[(usize, f64)]) {
        for (column, &(ceiling, factor)) in factors.iter().filter_map(|held| Some((column?, held))) {
            self.held[ceiling].push((column, factor));
        }
    }

    /// Adds a column.
    pub(super) fn column(&mut self, name: String, cost: f64, upper: f64, integer: bool) -> u32 {
        self.mip.column(Column { name, cost, lower: 0.0, upper, integer })
    }

    /// Adds a row and returns its index.
    pub(super) fn row(&mut self, name: String, lower: f64, upper: f64, terms: Terms) -> usize {
        self.mip.row(name, lower, upper, merged(terms));
        self.mip.rows.len() - 1
    }

    fn option_columns(&mut self) {
        let problem = self.problem;
        for option in &problem.options {
            let site = &problem.sites[option.site].name;
            let column = self.column(format!("y[{site},{}]", option.name), option.cost, 1.0, true);
            self.options.push(column);
        }
        for site in problem.sites.ids() {
            let terms = problem.options_of(site).map(|option| (self.options[option], 1.0)).collect();
            self.row(format!("choose[{}]", problem.sites[site].name), 1.0, 1.0, terms);
        }
    }

    fn arc_name(&self, arc: ArcId) -> String {
        let (customer, site) = (self.problem.arcs[arc].customer, self.problem.arcs[arc].site);
        format!("[{},{}#{}]", self.problem.customers[customer].name, self.problem.sites[site].name, arc.0)
    }

    fn whole_customer(&mut self, customer: CustomerId) {
        let problem = self.problem;
        let mut all = Terms::new();
        for arc in problem.arcs_of(customer) {
            let name = format!("x{}", self.arc_name(arc));
            let column = self.column(name, problem.arcs[arc].cost, 1.0, true);
            self.arcs.push(ArcColumns::Whole(column));
            all.push((column, 1.0));
        }
        self.row(format!("serve[{}]", problem.customers[customer].name), 1.0, 1.0, all);
        for (site, arcs) in self.by_site(customer) {
            let terms = arcs.iter().flat_map(|&arc| self.share(arc)).collect();
            self.open_row(customer, site, terms, 1.0);
        }
    }

    /// A divided customer. Its usage columns exist where something refers to "the sites that serve a part".
    fn divided_customer(&mut self, customer: CustomerId, how: Divisible, layered: bool) {
        let problem = self.problem;
        let owner = &problem.customers[customer];
        let mass = owner.mass();
        for arc in problem.arcs_of(customer) {
            let (name, cost) = (self.arc_name(arc), problem.arcs[arc].cost);
            let columns = match how.grain {
                Grain::Continuous => ArcColumns::Share(self.column(format!("s{name}"), cost, 1.0, false)),
                Grain::Whole => {
                    let first = self.mip.columns.len() as u32;
                    for &(commodity, load) in &owner.loads {
                        let name = format!("p{name}[{}]", problem.commodities[commodity].name);
                        let whole = load <= parts::MOST_WHOLE;
                        let column = self.column(name, cost / mass as f64, load as f64, whole);
                        self.loose.extend((!whole).then_some(column));
                    }
                    ArcColumns::Parts(first)
                }
            };
            self.arcs.push(columns);
        }
        let arcs: Vec<ArcId> = problem.arcs_of(customer).collect();
        for kind in 0..self.kinds_of(customer) {
            let total = match how.grain {
                Grain::Continuous => 1.0,
                Grain::Whole => owner.loads[kind].1 as f64,
            };
            let terms = arcs.iter().map(|&arc| self.part(arc, kind)).collect();
            self.row(format!("serve[{},{kind}]", owner.name), total, total, terms);
        }
        let used = how.max_sites.is_some() || how.min_share > 0.0 || layered;
        let least = match how.grain {
            Grain::Continuous => how.min_share,
            // The room is that of the referee: a least share is a decimal fraction.
            Grain::Whole => ((how.min_share - 1e-9) * mass as f64).ceil().max(1.0),
        };
        for (site, arcs) in self.by_site(customer) {
            let usage = used.then(|| {
                let site_name = &problem.sites[site].name;
                let column = self.column(format!("u[{},{site_name}]", owner.name), 0.0, 1.0, true);
                self.usage[customer].push((site, column));
                column
            });
            for kind in 0..self.kinds_of(customer) {
                let total = match how.grain {
                    Grain::Continuous => 1.0,
                    Grain::Whole => owner.loads[kind].1 as f64,
                };
                let mut terms: Terms = arcs.iter().map(|&arc| self.part(arc, kind)).collect();
                match usage {
                    Some(usage) => {
                        terms.push((usage, -total));
                        self.row(format!("part[{},{},{kind}]", owner.name, site.0), f64::NEG_INFINITY, 0.0, terms);
                    }
                    None => self.open_row(customer, site, terms, total),
                }
            }
            if let Some(usage) = usage {
                let mut terms: Terms = arcs
                    .iter()
                    .flat_map(|&arc| (0..self.kinds_of(customer)).map(move |kind| (arc, kind)))
                    .map(|(arc, kind)| self.part(arc, kind))
                    .collect();
                terms.push((usage, -least));
                self.row(format!("least[{},{}]", owner.name, site.0), 0.0, f64::INFINITY, terms);
                self.open_row(customer, site, vec![(usage, 1.0)], 1.0);
            }
        }
        if let Some(max) = how.max_sites {
            let terms = self.usage[customer].iter().map(|&(_, column)| (column, 1.0)).collect();
            self.row(format!("sites[{}]", owner.name), f64::NEG_INFINITY, f64::from(max), terms);
        }
    }

    /// Number of columns per arc of a customer.
    fn kinds_of(&self, customer: CustomerId) -> usize {
        let owner = &self.problem.customers[customer];
        match owner.divisible {
            Some(Divisible { grain: Grain::Whole, .. }) if owner.may_be_split() => owner.loads.len(),
            _ => 1,
        }
    }

    /// The column of one load of an arc, with factor 1.
    fn part(&self, arc: ArcId, kind: usize) -> (u32, f64) {
        match self.arcs[arc] {
            ArcColumns::Whole(column) | ArcColumns::Share(column) => (column, 1.0),
            ArcColumns::Parts(first) => (first + kind as u32, 1.0),
        }
    }

    /// The share of its customer that an arc carries, as terms.
    pub(super) fn share(&self, arc: ArcId) -> Terms {
        match self.arcs[arc] {
            ArcColumns::Whole(column) | ArcColumns::Share(column) => vec![(column, 1.0)],
            ArcColumns::Parts(first) => {
                let owner = &self.problem.customers[self.problem.arcs[arc].customer];
                let each = 1.0 / owner.mass() as f64;
                (first..first + owner.loads.len() as u32).map(|column| (column, each)).collect()
            }
        }
    }

    /// Whether a customer is served by a site at all, as terms that are 0 or 1; empty where it cannot be.
    pub(super) fn served(&self, customer: CustomerId, site: SiteId) -> Terms {
        if self.problem.customers[customer].may_be_split() {
            let found = self.usage[customer].iter().find(|&&(at, _)| at == site);
            return found.map(|&(_, column)| (column, 1.0)).into_iter().collect();
        }
        self.problem
            .arcs_of(customer)
            .filter(|&arc| self.problem.arcs[arc].site == site)
            .flat_map(|arc| self.share(arc))
            .collect()
    }

    /// The arcs of a customer, grouped by site; they come sorted.
    pub(super) fn by_site(&self, customer: CustomerId) -> Vec<(SiteId, Vec<ArcId>)> {
        let mut groups: Vec<(SiteId, Vec<ArcId>)> = Vec::new();
        for arc in self.problem.arcs_of(customer) {
            let site = self.problem.arcs[arc].site;
            match groups.last_mut() {
                Some((last, arcs)) if *last == site => arcs.push(arc),
                _ => groups.push((site, vec![arc])),
            }
        }
        groups
    }

    /// `terms <= total` times the options that serve the customer; nothing where all options do.
    fn open_row(&mut self, customer: CustomerId, site: SiteId, mut terms: Terms, total: f64) {
        let problem = self.problem;
        let serving: Vec<OptionId> =
            problem.options_of(site).filter(|&option| problem.options[option].serves.allows(customer)).collect();
        if serving.len() == problem.sites[site].options.len() {
            return;
        }
        terms.extend(serving.into_iter().map(|option| (self.options[option], -total)));
        let name = format!("open[{},{}]", problem.customers[customer].name, problem.sites[site].name);
        self.row(name, f64::NEG_INFINITY, 0.0, terms);
    }

    /// Collects the terms of every load that reaches every site.
    fn gather_loads(&mut self) {
        let problem = self.problem;
        for (id, arc) in problem.arcs.entries() {
            let owner = &problem.customers[arc.customer];
            let share = self.share(id);
            let columns = self.arcs[id];
            let at = &mut self.loads[arc.site];
            for (kind, &(commodity, load)) in owner.loads.iter().enumerate() {
                let term = match columns {
                    ArcColumns::Whole(column) | ArcColumns::Share(column) => (column, load as f64),
                    ArcColumns::Parts(first) => (first + kind as u32, 1.0),
                };
                at.entry(commodity).or_default().push(term);
            }
            if let Some((commodity, load)) = arc.extra {
                let terms = share.iter().map(|&(column, factor)| (column, factor * load as f64));
                at.entry(commodity).or_default().extend(terms);
            }
        }
        for loads in &mut self.loads {
            for terms in loads.values_mut() {
                *terms = merged(std::mem::take(terms));
            }
        }
    }

    /// The most of a commodity that can reach a site under an option.
    fn largest_load(&self, site: SiteId, option: OptionId, commodity: CommodityId) -> i64 {
        let problem = self.problem;
        let serves = &problem.options[option].serves;
        if *serves == Serves::Nobody {
            return 0;
        }
        // Arcs at a site come grouped by customer; of several arcs the largest counts.
        let mut total = 0;
        let mut current: Option<(CustomerId, i64)> = None;
        for &id in &self.arcs_at[site] {
            let arc = &problem.arcs[id];
            if !serves.allows(arc.customer) {
                continue;
            }
            let own = problem.customers[arc.customer].loads.iter().find(|&&(at, _)| at == commodity);
            let extra = arc.extra.filter(|&(at, _)| at == commodity).map_or(0, |(_, load)| load);
            let load = own.map_or(0, |&(_, load)| load) + extra;
            match &mut current {
                Some((customer, largest)) if *customer == arc.customer => *largest = (*largest).max(load),
                _ => {
                    total += current.map_or(0, |(_, largest)| largest);
                    current = Some((arc.customer, load));
                }
            }
        }
        total + current.map_or(0, |(_, largest)| largest)
    }

    /// The most that a measure can reach at a site under an option.
    pub(super) fn largest(&self, site: SiteId, option: OptionId, measure: MeasureId) -> i64 {
        match &self.problem.measures[measure] {
            Measure::Load(terms) => {
                terms.iter().map(|&(commodity, weight)| weight * self.largest_load(site, option, commodity)).sum()
            }
            Measure::WholeUnits(terms) => {
                terms.iter().map(|&(commodity, size)| ceil_div(self.largest_load(site, option, commodity), size)).sum()
            }
        }
    }
}
