//! Checks that a kernel problem is consistent: indices exist, groups are contiguous, numbers are numbers.

use super::problem::{Ceiling, ContiguityLayer, Limit, Measure, Overflow, Problem, Serves};
use crate::id::{CommodityId, CustomerId, Id, SiteId};
use std::fmt;
use std::ops::Range;
use thiserror::Error;

/// Largest absolute value that a sum of loads times weights may reach, so that it is exact as an integer and as a float.
pub const MAX_TOTAL: i64 = 1 << 53;

/// One thing wrong with a problem.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ProblemError {
    /// An index points outside its table.
    #[error("{place}: {kind} {index} does not exist (there are {len})")]
    Unknown {
        /// Where.
        place: String,
        /// Kind of the entity.
        kind: &'static str,
        /// The index.
        index: u32,
        /// Number of entities of the kind.
        len: usize,
    },
    /// Members are not grouped by their owner, or the ranges of the owners do not cover them in order.
    #[error("{place}: the {members} {range:?} are not this one's own, in order")]
    Grouping {
        /// The owner.
        place: String,
        /// What is grouped.
        members: &'static str,
        /// The range of the owner.
        range: Range<u32>,
    },
    /// A number outside what it may be.
    #[error("{place}: {value} is {expected}")]
    Number {
        /// Where.
        place: String,
        /// The value.
        value: f64,
        /// What is wrong with it.
        expected: &'static str,
    },
    /// Something is listed twice, or out of order where order is required.
    #[error("{place}: {what} repeated or out of order")]
    Repeated {
        /// Where.
        place: String,
        /// What.
        what: &'static str,
    },
    /// A site has no option to choose.
    #[error("{place} has no option")]
    NoOption {
        /// The site.
        place: String,
    },
    /// Tables that belong together have different lengths.
    #[error("{place}: {found} {what}, expected {expected}")]
    Length {
        /// Where.
        place: String,
        /// What is counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// A contiguity layer whose neighbours are not symmetric, sorted and loop-free.
    #[error("{place}: the neighbours of node {node} are not symmetric, sorted and free of loops")]
    Neighbours {
        /// The layer.
        place: String,
        /// The node.
        node: usize,
    },
    /// A customer named in a contiguity layer's edges or homes that is not one of the layer's customers.
    #[error("{place}: customer {customer} is not in the layer")]
    OutsideLayer {
        /// The layer.
        place: String,
        /// The customer.
        customer: u32,
    },
    /// A same-site pair with a divisible customer, which has no one site.
    #[error("{place}: only whole customers can be paired")]
    DivisiblePair {
        /// The pair.
        place: String,
    },
}

/// Everything that is wrong with a problem.
#[derive(Debug, Clone, PartialEq)]
pub struct InvalidProblem(pub Vec<ProblemError>);

impl InvalidProblem {
    pub(super) fn outside_layer(layer: &str, customer: CustomerId) -> Self {
        Self(vec![ProblemError::OutsideLayer { place: format!("layer `{layer}`"), customer: customer.0 }])
    }

    pub(super) fn unknown_home(layer: &str, site: SiteId, len: usize) -> Self {
        Self(vec![ProblemError::Unknown { place: format!("layer `{layer}`"), kind: "site", index: site.0, len }])
    }
}

impl fmt::Display for InvalidProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 10;
        write!(f, "the kernel problem is inconsistent: ")?;
        for (position, error) in self.0.iter().take(SHOWN).enumerate() {
            write!(f, "{}{error}", if position > 0 { "; " } else { "" })?;
        }
        if self.0.len() > SHOWN {
            write!(f, "; and {} more", self.0.len() - SHOWN)?;
        }
        Ok(())
    }
}

impl std::error::Error for InvalidProblem {}

impl Problem {
    /// Checks that the problem is consistent. Engines rely on it. Linear in the size of the problem.
    ///
    /// # Errors
    /// [`InvalidProblem`] with everything that is wrong: indices outside their tables, arcs or options that are not
    /// grouped, numbers that are NaN, infinite or negative where that has no meaning, sums of loads beyond
    /// [`MAX_TOTAL`], repeated entries, malformed contiguity layers.
    pub fn validate(&self) -> Result<(), InvalidProblem> {
        let mut audit = Audit { problem: self, errors: Vec::new() };
        audit.finite("offset", self.offset);
        audit.customers();
        audit.sites();
        audit.measures();
        audit.options();
        audit.rows();
        audit.links();
        for layer in &self.layers {
            audit.layer(layer);
        }
        for ceiling in &self.ceilings {
            audit.ceiling(ceiling);
        }
        if audit.errors.is_empty() { Ok(()) } else { Err(InvalidProblem(audit.errors)) }
    }
}

struct Audit<'a> {
    problem: &'a Problem,
    errors: Vec<ProblemError>,
}

impl Audit<'_> {
    fn exists<I: Id>(&mut self, place: &str, kind: &'static str, id: I, len: usize) -> bool {
        let there = id.index() < len;
        if !there {
            self.errors.push(ProblemError::Unknown { place: place.into(), kind, index: id.index() as u32, len });
        }
        there
    }

    fn finite(&mut self, place: &str, value: f64) {
        if !value.is_finite() {
            self.number(place, value, "not a finite number");
        }
    }

    fn price(&mut self, place: &str, value: f64) {
        if value.is_nan() || value < 0.0 {
            self.number(place, value, "not a price of 0 or more");
        }
    }

    fn number(&mut self, place: &str, value: f64, expected: &'static str) {
        self.errors.push(ProblemError::Number { place: place.into(), value, expected });
    }

    fn grouped(&mut self, place: &str, members: &'static str, range: &Range<u32>, next: &mut u32, own: bool) {
        if range.start != *next || range.end < range.start || !own {
            self.errors.push(ProblemError::Grouping { place: place.into(), members, range: range.clone() });
        }
        *next = range.end;
    }

    fn commodities(&mut self, place: &str, list: &[(CommodityId, i64)], least: i64, expected: &'static str) {
        for (position, &(commodity, value)) in list.iter().enumerate() {
            self.exists(place, "commodity", commodity, self.problem.commodities.len());
            if value < least {
                self.number(place, value as f64, expected);
            }
            if list[..position].iter().any(|&(earlier, _)| earlier == commodity) {
                self.errors.push(ProblemError::Repeated { place: place.into(), what: "a commodity is" });
            }
        }
    }

    fn customers(&mut self) {
        let problem = self.problem;
        let mut next = 0;
        for (id, customer) in problem.customers.entries() {
            let place = format!("customer `{}`", customer.name);
            let arcs = problem.arcs.as_slice().get(customer.arcs.start as usize..customer.arcs.end as usize);
            let own = arcs.is_some_and(|arcs| {
                arcs.iter().all(|arc| arc.customer == id) && arcs.windows(2).all(|two| two[0].site <= two[1].site)
            });
            self.grouped(&place, "arcs", &customer.arcs, &mut next, own);
            self.commodities(&place, &customer.loads, 0, "a load below 0");
            if let Some(how) = customer.divisible
                && !(0.0..=1.0).contains(&how.min_share)
            {
                self.number(&place, how.min_share, "not a share between 0 and 1");
            }
            if customer.divisible.is_some_and(|how| how.max_sites == Some(0)) {
                self.number(&place, 0.0, "too few sites to be divided among");
            }
        }
        self.covered("arcs", next, problem.arcs.len());
        for (id, arc) in problem.arcs.entries() {
            let place = format!("arc {}", id.0);
            self.exists(&place, "customer", arc.customer, problem.customers.len());
            self.exists(&place, "site", arc.site, problem.sites.len());
            self.finite(&place, arc.cost);
            self.commodities(&place, &arc.extra, 0, "an extra load below 0");
        }
    }

    fn covered(&mut self, members: &'static str, covered: u32, len: usize) {
        if covered as usize != len {
            self.errors.push(ProblemError::Length {
                place: "problem".into(),
                what: members,
                found: len,
                expected: covered as usize,
            });
        }
    }

    fn sites(&mut self) {
        let problem = self.problem;
        let mut next = 0;
        for (id, site) in problem.sites.entries() {
            let place = format!("site `{}`", site.name);
            let options = problem.options.as_slice().get(site.options.start as usize..site.options.end as usize);
            let own = options.is_some_and(|options| options.iter().all(|option| option.site == id));
            self.grouped(&place, "options", &site.options, &mut next, own);
            if site.options.is_empty() {
                self.errors.push(ProblemError::NoOption { place });
            }
        }
        self.covered("options", next, problem.options.len());
    }

    fn measures(&mut self) {
        let problem = self.problem;
        let mut totals = vec![0i64; problem.commodities.len()];
        let mut add = |commodity: CommodityId, load: i64| {
            if let Some(total) = totals.get_mut(commodity.index()) {
                *total = total.saturating_add(load);
            }
        };
        for customer in &problem.customers {
            customer.loads.iter().for_each(|&(commodity, load)| add(commodity, load));
        }
        for arc in &problem.arcs {
            arc.extra.iter().for_each(|&(commodity, load)| add(commodity, load));
        }
        if totals.iter().any(|&total| total > MAX_TOTAL) {
            self.number("loads", totals.iter().copied().max().unwrap_or(0) as f64, "too large a total load");
        }
        for (index, measure) in problem.measures.entries() {
            let place = format!("measure {}", index.0);
            match measure {
                Measure::Load(terms) => {
                    self.commodities(&place, terms, 0, "a weight below 0");
                    let largest = terms
                        .iter()
                        .map(|&(commodity, weight)| {
                            totals.get(commodity.index()).map_or(0, |total| total.saturating_mul(weight))
                        })
                        .fold(0i64, i64::saturating_add);
                    if largest > MAX_TOTAL {
                        self.number(&place, largest as f64, "too large a total load");
                    }
                }
                Measure::WholeUnits(terms) => self.commodities(&place, terms, 1, "a size of a unit below 1"),
            }
        }
    }

    fn options(&mut self) {
        let problem = self.problem;
        for option in &problem.options {
            let place = format!("option `{}`", option.name);
            self.exists(&place, "site", option.site, problem.sites.len());
            self.finite(&place, option.cost);
            if let Serves::Only(customers) = &option.serves {
                for &customer in customers {
                    self.exists(&place, "customer", customer, problem.customers.len());
                }
                if !customers.windows(2).all(|two| two[0] < two[1]) {
                    self.errors.push(ProblemError::Repeated { place: place.clone(), what: "a customer is" });
                }
            }
            for limit in &option.limits {
                self.exists(&place, "measure", limit.measure, problem.measures.len());
                self.price(&place, limit.price);
                if limit.min > limit.max || limit.max < 0 {
                    self.number(&place, limit.max as f64, "a maximum below 0 or below the minimum");
                }
                if limit.min > MAX_TOTAL || (limit.max > MAX_TOTAL && limit.max != Limit::UNLIMITED) {
                    self.number(&place, limit.max as f64, "too large a limit");
                }
            }
        }
    }

    fn rows(&mut self) {
        let problem = self.problem;
        for row in &problem.rows {
            let place = format!("row `{}`", row.name);
            for &(option, factor) in &row.options {
                self.exists(&place, "option", option, problem.options.len());
                self.finite(&place, factor);
            }
            for &(arc, factor) in &row.arcs {
                self.exists(&place, "arc", arc, problem.arcs.len());
                self.finite(&place, factor);
            }
            if has_repeats(row.options.iter().map(|&(option, _)| option.0)) {
                self.errors.push(ProblemError::Repeated { place: place.clone(), what: "an option is" });
            }
            if has_repeats(row.arcs.iter().map(|&(arc, _)| arc.0)) {
                self.errors.push(ProblemError::Repeated { place: place.clone(), what: "an arc is" });
            }
            if row.lower.is_nan() || row.lower == f64::INFINITY || row.lower > row.upper {
                self.number(&place, row.lower, "not a lower bound");
            }
            if row.upper.is_nan() || row.upper == f64::NEG_INFINITY {
                self.number(&place, row.upper, "not an upper bound");
            }
            self.price(&place, row.price);
        }
    }

    fn ceiling(&mut self, ceiling: &Ceiling) {
        let problem = self.problem;
        let place = format!("ceiling `{}`", ceiling.name);
        for &(option, factor) in &ceiling.options {
            self.exists(&place, "option", option, problem.options.len());
            self.finite(&place, factor);
        }
        for &(arc, factor) in &ceiling.arcs {
            self.exists(&place, "arc", arc, problem.arcs.len());
            self.finite(&place, factor);
        }
        if has_repeats(ceiling.options.iter().map(|&(option, _)| option.0)) {
            self.errors.push(ProblemError::Repeated { place: place.clone(), what: "an option is" });
        }
        if has_repeats(ceiling.arcs.iter().map(|&(arc, _)| arc.0)) {
            self.errors.push(ProblemError::Repeated { place: place.clone(), what: "an arc is" });
        }
        for &(overflow, factor) in &ceiling.overflows {
            let price = match overflow {
                Overflow::Limit(option, limit) => self
                    .exists(&place, "option", option, problem.options.len())
                    .then(|| problem.options[option].limits.get(limit as usize).map(|limit| limit.price))
                    .flatten(),
                Overflow::Row(row) => problem.rows.get(row as usize).map(|row| row.price),
                Overflow::Pair(pair) => problem.pairs.get(pair as usize).map(|pair| pair.price),
            };
            if !price.is_some_and(f64::is_finite) {
                self.number(&place, price.unwrap_or(f64::NAN), "not the finite price of something that can overflow");
            }
            if !(factor.is_finite() && factor >= 0.0) {
                self.number(&place, factor, "not a factor of 0 or more");
            }
        }
        if ceiling.upper.is_nan() || ceiling.upper == f64::NEG_INFINITY {
            self.number(&place, ceiling.upper, "not an upper bound");
        }
    }

    fn links(&mut self) {
        let problem = self.problem;
        for (index, implication) in problem.implications.iter().enumerate() {
            let place = format!("implication {index}");
            self.exists(&place, "option", implication.option, problem.options.len());
            self.exists(&place, "site", implication.site, problem.sites.len());
            for &customer in &implication.customers {
                self.exists(&place, "customer", customer, problem.customers.len());
            }
        }
        for (index, pair) in problem.pairs.iter().enumerate() {
            let place = format!("same-site pair {index}");
            for customer in [pair.first, pair.second] {
                if self.exists(&place, "customer", customer, problem.customers.len())
                    && problem.customers[customer].may_be_split()
                {
                    self.errors.push(ProblemError::DivisiblePair { place: place.clone() });
                }
            }
            self.price(&place, pair.price);
        }
    }

    fn layer(&mut self, layer: &ContiguityLayer) {
        let problem = self.problem;
        let place = format!("layer `{}`", layer.name);
        for &customer in &layer.customers {
            self.exists(&place, "customer", customer, problem.customers.len());
        }
        if has_repeats(layer.customers.iter().map(|customer| customer.0)) {
            self.errors.push(ProblemError::Repeated { place: place.clone(), what: "a customer is" });
        }
        let nodes = layer.customers.len();
        for (what, found, expected) in
            [("neighbour lists", layer.neighbours.len(), nodes), ("homes", layer.homes.len(), problem.sites.len())]
        {
            if found != expected {
                self.errors.push(ProblemError::Length { place: place.clone(), what, found, expected });
            }
        }
        for (node, list) in layer.neighbours.iter().enumerate() {
            let sound = list.windows(2).all(|two| two[0] < two[1])
                && list.iter().all(|&other| {
                    other as usize != node
                        && layer.neighbours.get(other as usize).is_some_and(|back| back.contains(&(node as u32)))
                });
            if !sound {
                self.errors.push(ProblemError::Neighbours { place: place.clone(), node });
            }
        }
        for &home in layer.homes.iter().flatten() {
            if home as usize >= nodes {
                self.errors.push(ProblemError::Unknown { place: place.clone(), kind: "node", index: home, len: nodes });
            }
        }
    }
}

fn has_repeats(indices: impl Iterator<Item = u32>) -> bool {
    let mut sorted: Vec<u32> = indices.collect();
    sorted.sort_unstable();
    sorted.windows(2).any(|two| two[0] == two[1])
}

#[cfg(test)]
mod tests {
    use super::super::builder::ProblemBuilder;
    use super::*;
    use crate::id::{ArcId, MeasureId, OptionId};
    use crate::kernel::problem::{Divisible, Grain, Implication, Row, SameSite};

    /// Two customers, two sites with two options each, one row, one implication, one pair, one layer.
    fn sound() -> Problem {
        let mut builder = ProblemBuilder::new();
        let pupils = builder.commodity("pupils");
        let size = builder.load(pupils);
        builder.measure(Measure::WholeUnits(Box::new([(pupils, 45)])));
        let customers: Vec<CustomerId> = (0..2).map(|i| builder.customer(format!("c{i}"), [(pupils, 10)])).collect();
        for name in ["s", "t"] {
            let site = builder.site(name);
            builder.shut(site);
            let open = builder.option(site, "open", 5.0);
            builder.capacity(open, size, 20);
            for &customer in &customers {
                builder.arc_with_extra(customer, site, 1.0, (pupils, 0));
            }
        }
        builder.layer("all", customers.clone(), [(customers[0], customers[1])], [(SiteId(0), customers[0])]);
        builder.same_site(customers[0], customers[1], 2.0);
        let mut problem = builder.build().unwrap().problem;
        problem.rows.push(Row {
            name: "count".into(),
            options: vec![(OptionId(1), 1.0), (OptionId(3), 1.0)],
            arcs: vec![(ArcId(0), 1.0)],
            lower: 0.0,
            upper: 3.0,
            price: f64::INFINITY,
        });
        problem.implications.push(Implication { option: OptionId(0), site: SiteId(1), customers: customers.clone() });
        problem
    }

    #[test]
    fn a_sound_problem_passes() {
        assert_eq!(sound().validate(), Ok(()));
    }

    #[test]
    fn every_single_fault_is_found() {
        type Fault = (&'static str, fn(&mut Problem));
        let faults: &[Fault] = &[
            ("offset", |p| p.offset = f64::NAN),
            ("arc cost", |p| p.arcs[ArcId(1)].cost = f64::NAN),
            ("infinite arc cost", |p| p.arcs[ArcId(1)].cost = f64::INFINITY),
            ("arc of another customer", |p| p.arcs[ArcId(1)].customer = CustomerId(1)),
            ("arcs out of order", |p| {
                p.arcs[ArcId(0)].site = SiteId(1);
                p.arcs[ArcId(1)].site = SiteId(0);
            }),
            ("arc without site", |p| p.arcs[ArcId(1)].site = SiteId(9)),
            ("extra of no commodity", |p| p.arcs[ArcId(1)].extra = [(CommodityId(7), 1)].into()),
            ("negative extra", |p| p.arcs[ArcId(1)].extra = [(CommodityId(0), -1)].into()),
            ("negative load", |p| p.customers[CustomerId(0)].loads = Box::new([(CommodityId(0), -3)])),
            ("a commodity twice", |p| {
                p.customers[CustomerId(0)].loads = Box::new([(CommodityId(0), 3), (CommodityId(0), 4)]);
            }),
            ("huge load", |p| p.customers[CustomerId(0)].loads = Box::new([(CommodityId(0), i64::MAX)])),
            ("arcs not covered", |p| p.customers[CustomerId(1)].arcs = 2..3),
            ("arcs beyond the table", |p| p.customers[CustomerId(1)].arcs = 2..9),
            ("share above one", |p| {
                p.customers[CustomerId(0)].divisible =
                    Some(Divisible { max_sites: None, min_share: 1.5, grain: Grain::Whole });
            }),
            ("no option", |p| {
                p.sites[SiteId(0)].options = 0..0;
            }),
            ("option of another site", |p| p.options[OptionId(1)].site = SiteId(1)),
            ("option cost", |p| p.options[OptionId(1)].cost = f64::NEG_INFINITY),
            ("unsorted customers", |p| {
                p.options[OptionId(1)].serves = Serves::Only(Box::new([CustomerId(1), CustomerId(0)]));
            }),
            ("unknown customer", |p| p.options[OptionId(1)].serves = Serves::Only(Box::new([CustomerId(5)]))),
            ("unknown measure", |p| p.options[OptionId(1)].limits[0].measure = MeasureId(4)),
            ("negative price", |p| p.options[OptionId(1)].limits[0].price = -1.0),
            ("minimum above maximum", |p| p.options[OptionId(1)].limits[0].min = 21),
            ("unit of size 0", |p| p.measures[MeasureId(1)] = Measure::WholeUnits(Box::new([(CommodityId(0), 0)]))),
            ("negative weight", |p| p.measures[MeasureId(0)] = Measure::Load(Box::new([(CommodityId(0), -1)]))),
            ("huge weight", |p| p.measures[MeasureId(0)] = Measure::Load(Box::new([(CommodityId(0), i64::MAX)]))),
            ("row bounds", |p| p.rows[0].lower = 4.0),
            ("row price", |p| p.rows[0].price = f64::NAN),
            ("row factor", |p| p.rows[0].options[0].1 = f64::INFINITY),
            ("row repeats an option", |p| p.rows[0].options[0].0 = OptionId(3)),
            ("row over no arc", |p| p.rows[0].arcs[0].0 = ArcId(99)),
            ("implication of no option", |p| p.implications[0].option = OptionId(99)),
            ("implication to no site", |p| p.implications[0].site = SiteId(99)),
            ("pair price", |p| p.pairs[0].price = -2.0),
            ("pair of nobody", |p| p.pairs[0] = SameSite { second: CustomerId(8), ..p.pairs[0] }),
            ("divisible pair", |p| {
                p.customers[CustomerId(0)].divisible =
                    Some(Divisible { max_sites: None, min_share: 0.0, grain: Grain::Whole });
            }),
            ("asymmetric neighbours", |p| p.layers[0].neighbours[0].clear()),
            ("loop", |p| p.layers[0].neighbours[0] = vec![0, 1]),
            ("home outside", |p| p.layers[0].homes[SiteId(0)] = Some(2)),
            ("homes missing", |p| p.layers[0].homes = crate::id::IdVec::new()),
            ("node twice", |p| p.layers[0].customers[1] = CustomerId(0)),
        ];
        for (name, spoil) in faults {
            let mut problem = sound();
            spoil(&mut problem);
            assert!(problem.validate().is_err(), "{name} passed");
        }
    }

    #[test]
    fn a_long_list_of_faults_is_shortened_in_the_message() {
        let faults = vec![ProblemError::NoOption { place: "site `s`".into() }; 12];
        let text = InvalidProblem(faults).to_string();
        assert!(text.ends_with("and 2 more"), "{text}");
    }
}
