//! The kernel problem: one small, general optimisation problem that knows nothing of schools.
//!
//! Customers are assigned to sites over arcs; each site takes exactly one of its options; options carry limits on the
//! loads that reach the site; rows, implications, pairs and contiguity layers tie choices together. Every limit has an
//! overflow price: infinite makes it hard, finite makes it soft.
//!
//! Minimise `offset + sum of option costs + sum of arc costs + sum of overflow prices times overflow`.

use crate::id::{ArcId, CommodityId, CustomerId, IdVec, MeasureId, OptionId, SiteId};
use std::ops::Range;

/// The whole problem as plain data.
#[derive(Debug, Clone, Default)]
pub struct Problem {
    /// Constant part of the objective.
    pub offset: f64,
    /// Kinds of load.
    pub commodities: IdVec<CommodityId, Commodity>,
    /// Customers. Their arcs are contiguous in `arcs`.
    pub customers: IdVec<CustomerId, Customer>,
    /// Allowed pairs of customer and site, grouped by customer and, within a customer, in increasing order of site.
    pub arcs: IdVec<ArcId, Arc>,
    /// Sites. Their options are contiguous in `options`.
    pub sites: IdVec<SiteId, Site>,
    /// Options, grouped by site.
    pub options: IdVec<OptionId, SiteOption>,
    /// Ways of adding up the loads at a site, referred to by limits.
    pub measures: IdVec<MeasureId, Measure>,
    /// Linear rows over options and arcs: budgets, counts, cardinality, precedence, held objective levels.
    pub rows: Vec<Row>,
    /// Options that force customers to a site.
    pub implications: Vec<Implication>,
    /// Customers that should share a site.
    pub pairs: Vec<SameSite>,
    /// Contiguity requirements, one layer for every stage and year that has one.
    pub layers: Vec<ContiguityLayer>,
    /// Second costs that must not exceed a bound.
    pub ceilings: Vec<Ceiling>,
}

/// A kind of load, for example the pupils of grade 7 in 2026.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commodity {
    /// Name for logs and exported models.
    pub name: String,
}

/// The pupils of one unit, band and year (or of one cohort over the years that it stays).
#[derive(Debug, Clone)]
pub struct Customer {
    /// Name for logs and exported models.
    pub name: String,
    /// Load put on the serving site, per commodity; no commodity twice. May be empty: a unit without pupils that a
    /// contiguity layer needs.
    pub loads: Box<[(CommodityId, i64)]>,
    /// The customer's arcs, a range of [`Problem::arcs`].
    pub arcs: Range<u32>,
    /// How the customer may be divided among sites; `None` means served as a whole by one arc. A divisible customer may
    /// still be served as a whole.
    pub divisible: Option<Divisible>,
}

impl Customer {
    /// Sum of the loads over all commodities.
    pub fn mass(&self) -> i64 {
        self.loads.iter().map(|&(_, load)| load).sum()
    }

    /// Whether several sites may share the customer. One without any load is always served as a whole.
    pub fn may_be_split(&self) -> bool {
        self.divisible.is_some() && self.mass() > 0
    }
}

/// How a divisible customer may be divided.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Divisible {
    /// Most sites that may serve a part.
    pub max_sites: Option<u32>,
    /// Least share of the customer's mass that a serving site receives, between 0 and 1.
    pub min_share: f64,
    /// What a part consists of.
    pub grain: Grain,
}

/// What the part of a divisible customer consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// Any fraction, the same in every commodity.
    Continuous,
    /// Whole loads (pupils), chosen commodity by commodity.
    Whole,
}

/// An allowed pair of customer and site. A customer may have several arcs to one site (day pupil, boarder).
#[derive(Debug, Clone)]
pub struct Arc {
    /// The customer.
    pub customer: CustomerId,
    /// The site.
    pub site: SiteId,
    /// Cost of serving the whole customer over this arc; a part costs its share of the customer's mass.
    pub cost: f64,
    /// Load beyond the customer's own when the whole customer uses this arc (beds of boarders), by commodity.
    pub extra: Box<[(CommodityId, i64)]>,
}

impl Arc {
    /// Load of a commodity beyond the customer's own when the whole customer uses this arc.
    pub fn extra_of(&self, wanted: CommodityId) -> i64 {
        self.extra.iter().filter(|&&(commodity, _)| commodity == wanted).map(|&(_, load)| load).sum()
    }
}

/// A physical place with a choice of options.
#[derive(Debug, Clone)]
pub struct Site {
    /// Name for logs and exported models.
    pub name: String,
    /// The site's options, a range of [`Problem::options`]; exactly one is chosen.
    pub options: Range<u32>,
}

/// One trajectory of a site.
#[derive(Debug, Clone)]
pub struct SiteOption {
    /// Name for logs and exported models.
    pub name: String,
    /// The site.
    pub site: SiteId,
    /// Cost of choosing the option.
    pub cost: f64,
    /// Which customers the site may serve under this option.
    pub serves: Serves,
    /// Limits that hold under this option.
    pub limits: Vec<Limit>,
}

/// Which customers a site may serve under an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Serves {
    /// Nobody: the site is shut.
    Nobody,
    /// Every customer with an arc to the site.
    Everybody,
    /// The listed customers only, in increasing order.
    Only(Box<[CustomerId]>),
}

impl Serves {
    /// Whether `customer` may be served.
    pub fn allows(&self, customer: CustomerId) -> bool {
        match self {
            Self::Nobody => false,
            Self::Everybody => true,
            Self::Only(customers) => customers.binary_search(&customer).is_ok(),
        }
    }
}

/// Bounds on one measure of the loads at a site.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// What is limited.
    pub measure: MeasureId,
    /// Least value, 0 for none. Holds even when nobody is served: an option with a minimum needs its pupils.
    pub min: i64,
    /// Greatest value, [`Limit::UNLIMITED`] for none.
    pub max: i64,
    /// Price of one unit above `max` or below `min`; infinite for hard.
    pub price: f64,
}

impl Limit {
    /// A `max` that never binds.
    pub const UNLIMITED: i64 = i64::MAX;

    /// Whether the limit can cost or forbid anything: it has a price and bounds something.
    pub fn matters(&self) -> bool {
        self.price != 0.0 && (self.min > 0 || self.max != Self::UNLIMITED)
    }

    /// Units above `max` or below `min`.
    pub fn excess(&self, value: i64) -> i64 {
        if value > self.max { value - self.max } else { (self.min - value).max(0) }
    }
}

/// A way of adding up the loads at a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measure {
    /// `sum over (commodity, weight) of weight * load`. A joint capacity is a measure over several commodities.
    Load(Box<[(CommodityId, i64)]>),
    /// `sum over (commodity, size) of ceil(load / size)`: whole classes of at most `size` pupils.
    WholeUnits(Box<[(CommodityId, i64)]>),
}

impl Measure {
    /// The commodities that count.
    pub fn kinds(&self) -> impl Iterator<Item = CommodityId> + '_ {
        let (Self::Load(terms) | Self::WholeUnits(terms)) = self;
        terms.iter().map(|term| term.0)
    }

    /// Commodity and load of a unit, where this counts the whole units of one commodity.
    pub fn single_unit(&self) -> Option<(CommodityId, i64)> {
        match self {
            Self::WholeUnits(terms) => match **terms {
                [single] => Some(single),
                _ => None,
            },
            Self::Load(_) => None,
        }
    }
}

impl Measure {
    /// The measure of a site whose load per commodity is `load`.
    pub fn value(&self, load: impl Fn(CommodityId) -> i64) -> i64 {
        match self {
            Self::Load(terms) => terms.iter().map(|&(commodity, weight)| weight * load(commodity)).sum(),
            Self::WholeUnits(terms) => terms.iter().map(|&(commodity, size)| ceil_div(load(commodity), size)).sum(),
        }
    }
}

/// `ceil(load / size)` for a load of at least 0 and a size of at least 1.
pub fn ceil_div(load: i64, size: i64) -> i64 {
    let filled = load + size - 1;
    // Loads nearly always fit into 32 bits, whose division is several times as fast; packs spend most of their time here.
    match (u32::try_from(filled), u32::try_from(size)) {
        (Ok(filled), Ok(size)) => i64::from(filled / size),
        _ => filled.div_euclid(size),
    }
}

/// `lower <= sum of coefficients of chosen options and used arcs <= upper`; a part uses its share of the arc.
#[derive(Debug, Clone)]
pub struct Row {
    /// Name for logs and exported models.
    pub name: String,
    /// Coefficients of options.
    pub options: Vec<(OptionId, f64)>,
    /// Coefficients of arcs.
    pub arcs: Vec<(ArcId, f64)>,
    /// Lower bound, `-inf` for none.
    pub lower: f64,
    /// Upper bound, `inf` for none.
    pub upper: f64,
    /// Price of one unit outside the bounds; infinite for hard.
    pub price: f64,
}

/// Choosing `option` sends every listed customer wholly to `site` (a merge sends a catchment to its target).
#[derive(Debug, Clone)]
pub struct Implication {
    /// The option whose choice forces the customers.
    pub option: OptionId,
    /// Where they go.
    pub site: SiteId,
    /// Who goes.
    pub customers: Vec<CustomerId>,
}

/// Two whole customers that should be served by one site (bands kept together, pupils not moved between years).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SameSite {
    /// One customer.
    pub first: CustomerId,
    /// The other.
    pub second: CustomerId,
    /// Price when they are served by different sites; infinite forbids it.
    pub price: f64,
}

/// The customers served by a site within a layer must be connected and, if there are any, contain its home.
#[derive(Debug, Clone, Default)]
pub struct ContiguityLayer {
    /// Name for logs.
    pub name: String,
    /// The customers of the layer, one for each node of the graph. Customers of different bands of one unit are
    /// separate layers.
    pub customers: Vec<CustomerId>,
    /// Neighbours of every node, as node indices in increasing order; symmetric, without loops.
    pub neighbours: Vec<Vec<u32>>,
    /// The home node of each site, where the site has one in this layer.
    pub homes: IdVec<SiteId, Option<u32>>,
}

/// Something whose overflow is counted and, where its price is finite, allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Overflow {
    /// A limit of an option, by its position in [`SiteOption::limits`]; 0 while the option is not chosen.
    Limit(OptionId, u32),
    /// A row, by its position in [`Problem::rows`].
    Row(u32),
    /// A pair, by its position in [`Problem::pairs`]: 1 when it is served by different sites.
    Pair(u32),
}

/// A hard upper bound on a second cost of the whole solution: an objective level held while another is minimised. Unlike
/// a row it sees overflow, so a sum of soft excess can be held.
#[derive(Debug, Clone)]
pub struct Ceiling {
    /// Name for logs and exported models.
    pub name: String,
    /// Coefficients of options.
    pub options: Vec<(OptionId, f64)>,
    /// Coefficients of arcs; a part uses its share of the arc.
    pub arcs: Vec<(ArcId, f64)>,
    /// Coefficients of overflow, at least 0, each of something with a finite price.
    pub overflows: Vec<(Overflow, f64)>,
    /// The bound.
    pub upper: f64,
}

impl Problem {
    /// The arcs of a customer.
    pub fn arcs_of(&self, customer: CustomerId) -> impl ExactSizeIterator<Item = ArcId> + use<> {
        self.customers[customer].arcs.clone().map(ArcId)
    }

    /// The options of a site.
    pub fn options_of(&self, site: SiteId) -> impl ExactSizeIterator<Item = OptionId> + use<> {
        self.sites[site].options.clone().map(OptionId)
    }

    /// Load that the whole customer of `arc` adds to `measure` at the arc's site, for a linear measure; for whole units
    /// the fraction `load / size`, which never exceeds what rounding up gives.
    pub fn linear_load(&self, arc: ArcId, measure: MeasureId) -> f64 {
        let arc = &self.arcs[arc];
        let own = &self.customers[arc.customer].loads;
        let load = |wanted: CommodityId| -> i64 {
            own.iter().filter(|&&(commodity, _)| commodity == wanted).map(|&(_, load)| load).sum::<i64>()
                + arc.extra_of(wanted)
        };
        match &self.measures[measure] {
            Measure::Load(terms) => terms.iter().map(|&(c, weight)| (weight * load(c)) as f64).sum(),
            Measure::WholeUnits(terms) => terms.iter().map(|&(c, size)| load(c) as f64 / size as f64).sum(),
        }
    }
}

/// How a customer is served.
#[derive(Debug, Clone, PartialEq)]
pub enum Service {
    /// As a whole over one arc.
    Whole(ArcId),
    /// In parts, in increasing order of arc.
    Split(Vec<Part>),
}

/// A part of a divisible customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The arc over which it is served.
    pub arc: ArcId,
    /// Load per commodity, aligned with [`Customer::loads`]; whole numbers where the grain is whole.
    pub loads: Box<[f64]>,
}

/// A choice of one option per site and one service per customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// The chosen option of every site.
    pub options: IdVec<SiteId, OptionId>,
    /// The service of every customer.
    pub services: IdVec<CustomerId, Service>,
}

impl Solution {
    /// The same with every customer that may not be divided served by the largest of its parts, the first among equals: no
    /// search would join them.
    #[must_use]
    pub fn undivided(mut self, problem: &Problem) -> Self {
        for (customer, service) in problem.customers.iter().zip(self.services.iter_mut()) {
            let Service::Split(parts) = service else { continue };
            let mass = |part: &&Part| part.loads.iter().sum::<f64>();
            let largest = parts.iter().rev().max_by(|a, b| mass(a).total_cmp(&mass(b)));
            if let Some(arc) = largest.map(|part| part.arc).filter(|_| !customer.may_be_split()) {
                *service = Service::Whole(arc);
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::builder::ProblemBuilder;

    #[test]
    fn only_customers_that_may_be_divided_keep_their_parts() {
        let mut builder = ProblemBuilder::new();
        let load = builder.commodity("pupils");
        let customers = [builder.customer("a", [(load, 10)]), builder.customer("b", [(load, 10)])];
        builder.divisible(customers[1], Divisible { max_sites: None, min_share: 0.0, grain: Grain::Whole });
        let mut arcs = Vec::new();
        for name in ["s", "t", "u"] {
            let site = builder.site(name);
            builder.option(site, "open", 0.0);
            arcs.push(customers.map(|customer| builder.arc(customer, site, 1.0)));
        }
        let built = builder.build().unwrap();
        let arc = |site: usize, customer: usize| built.arc(arcs[site][customer]);
        let parts = |customer: usize| {
            let part = |(site, load): (usize, f64)| Part { arc: arc(site, customer), loads: [load].into() };
            Service::Split([(0, 2.0), (1, 4.0), (2, 4.0)].map(part).into())
        };
        let options = built.problem.sites.ids().map(|site| built.problem.options_of(site).next().unwrap()).collect();
        let mut services = IdVec::new();
        services.push(parts(0));
        services.push(parts(1));
        let solution = Solution { options, services }.undivided(&built.problem);
        let served: Vec<_> = solution.services.iter().cloned().collect();
        assert_eq!(served, [Service::Whole(arc(1, 0)), parts(1)]);
    }
}
