//! Makes kernel problems from parts given in any order, with arcs and options grouped as [`Problem`] wants them.
//!
//! Customers, sites, commodities and measures keep the ids that the builder hands out. Options and arcs are sorted when
//! the problem is built, so the builder hands out keys for them, and [`Built`] turns keys into ids.

use super::problem::{
    Arc, Commodity, ContiguityLayer, Customer, Divisible, Implication, Limit, Measure, Problem, Row, SameSite, Serves,
    Site, SiteOption,
};
use super::validate::InvalidProblem;
use crate::id::{ArcId, CommodityId, CustomerId, Id, IdVec, MeasureId, OptionId, SiteId};
use std::collections::BTreeMap;

/// An option on its way into a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OptionKey(usize);

/// An arc on its way into a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArcKey(usize);

/// A row in terms of the builder's keys; see [`Row`].
#[derive(Debug, Clone)]
pub struct RowDraft {
    /// Name for logs and exported models.
    pub name: String,
    /// Coefficients of options.
    pub options: Vec<(OptionKey, f64)>,
    /// Coefficients of arcs.
    pub arcs: Vec<(ArcKey, f64)>,
    /// Lower bound, `-inf` for none.
    pub lower: f64,
    /// Upper bound, `inf` for none.
    pub upper: f64,
    /// Price of one unit outside the bounds; infinite for hard.
    pub price: f64,
}

impl RowDraft {
    /// A hard row without bounds or entries, to be filled in.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            options: Vec::new(),
            arcs: Vec::new(),
            lower: f64::NEG_INFINITY,
            upper: f64::INFINITY,
            price: f64::INFINITY,
        }
    }
}

/// Collects the parts of a problem.
///
/// ```
/// use catchment::kernel::builder::ProblemBuilder;
///
/// let mut builder = ProblemBuilder::new();
/// let pupils = builder.commodity("pupils");
/// let size = builder.load(pupils);
/// let village = builder.customer("village", [(pupils, 30)]);
/// let school = builder.site("school");
/// builder.shut(school);
/// let open = builder.option(school, "open", 100.0);
/// builder.capacity(open, size, 45);
/// let walk = builder.arc(village, school, 12.5);
/// let built = builder.build()?;
/// assert_eq!(built.problem.arcs[built.arc(walk)].customer, village);
/// # Ok::<(), catchment::kernel::validate::InvalidProblem>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ProblemBuilder {
    offset: f64,
    commodities: IdVec<CommodityId, Commodity>,
    customers: IdVec<CustomerId, Customer>,
    arcs: Vec<Arc>,
    sites: IdVec<SiteId, String>,
    options: Vec<SiteOption>,
    measures: IdVec<MeasureId, Measure>,
    rows: Vec<RowDraft>,
    implications: Vec<(OptionKey, SiteId, Vec<CustomerId>)>,
    pairs: Vec<SameSite>,
    layers: Vec<LayerDraft>,
}

#[derive(Debug, Clone)]
struct LayerDraft {
    name: String,
    customers: Vec<CustomerId>,
    edges: Vec<(CustomerId, CustomerId)>,
    homes: Vec<(SiteId, CustomerId)>,
}

/// A problem and the ids of its options and arcs.
#[derive(Debug, Clone)]
pub struct Built {
    /// The problem, validated.
    pub problem: Problem,
    options: Vec<OptionId>,
    arcs: Vec<ArcId>,
}

impl Built {
    /// The id of an option.
    pub fn option(&self, key: OptionKey) -> OptionId {
        self.options[key.0]
    }

    /// The id of an arc.
    pub fn arc(&self, key: ArcKey) -> ArcId {
        self.arcs[key.0]
    }
}

impl ProblemBuilder {
    /// A builder of an empty problem.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds to the constant part of the objective.
    pub fn offset(&mut self, cost: f64) {
        self.offset += cost;
    }

    /// Adds a kind of load.
    pub fn commodity(&mut self, name: impl Into<String>) -> CommodityId {
        self.commodities.push(Commodity { name: name.into() })
    }

    /// Adds a measure.
    pub fn measure(&mut self, measure: Measure) -> MeasureId {
        self.measures.push(measure)
    }

    /// Adds the measure that is the load of one commodity.
    pub fn load(&mut self, commodity: CommodityId) -> MeasureId {
        self.measure(Measure::Load(Box::new([(commodity, 1)])))
    }

    /// Adds a customer that is served as a whole. Loads of 0 are left out.
    pub fn customer(
        &mut self,
        name: impl Into<String>,
        loads: impl IntoIterator<Item = (CommodityId, i64)>,
    ) -> CustomerId {
        let loads = loads.into_iter().filter(|&(_, load)| load != 0).collect();
        self.customers.push(Customer { name: name.into(), loads, arcs: 0..0, divisible: None })
    }

    /// Lets a customer be divided.
    pub fn divisible(&mut self, customer: CustomerId, how: Divisible) {
        self.customers[customer].divisible = Some(how);
    }

    /// Adds a site. It needs at least one option.
    pub fn site(&mut self, name: impl Into<String>) -> SiteId {
        self.sites.push(name.into())
    }

    /// Adds an option without limits under which the site may serve every customer that has an arc to it.
    pub fn option(&mut self, site: SiteId, name: impl Into<String>, cost: f64) -> OptionKey {
        self.options.push(SiteOption { name: name.into(), site, cost, serves: Serves::Everybody, limits: Vec::new() });
        OptionKey(self.options.len() - 1)
    }

    /// Adds an option of cost 0 under which the site serves nobody.
    pub fn shut(&mut self, site: SiteId) -> OptionKey {
        let key = self.option(site, "shut", 0.0);
        self.serves(key, Serves::Nobody);
        key
    }

    /// Says which customers may be served under an option.
    pub fn serves(&mut self, option: OptionKey, serves: Serves) {
        self.options[option.0].serves = serves;
    }

    /// Adds a limit to an option.
    pub fn limit(&mut self, option: OptionKey, limit: Limit) {
        self.options[option.0].limits.push(limit);
    }

    /// Adds a hard upper limit to an option.
    pub fn capacity(&mut self, option: OptionKey, measure: MeasureId, max: i64) {
        self.limit(option, Limit { measure, min: 0, max, price: f64::INFINITY });
    }

    /// Adds an arc. `cost` is that of serving the whole customer.
    pub fn arc(&mut self, customer: CustomerId, site: SiteId, cost: f64) -> ArcKey {
        self.arcs.push(Arc { customer, site, cost, extra: Box::default() });
        ArcKey(self.arcs.len() - 1)
    }

    /// Adds an arc that also loads `extra` on the site when the whole customer uses it.
    pub fn arc_with_extra(
        &mut self,
        customer: CustomerId,
        site: SiteId,
        cost: f64,
        extra: (CommodityId, i64),
    ) -> ArcKey {
        self.arcs.push(Arc { customer, site, cost, extra: [extra].into() });
        ArcKey(self.arcs.len() - 1)
    }

    /// Adds a row.
    pub fn row(&mut self, row: RowDraft) {
        self.rows.push(row);
    }

    /// Makes the choice of `option` send `customers` to `site`.
    pub fn implication(&mut self, option: OptionKey, site: SiteId, customers: impl IntoIterator<Item = CustomerId>) {
        self.implications.push((option, site, customers.into_iter().collect()));
    }

    /// Prices (or, with an infinite price, forbids) two customers at different sites.
    pub fn same_site(&mut self, first: CustomerId, second: CustomerId, price: f64) {
        self.pairs.push(SameSite { first, second, price });
    }

    /// Adds a contiguity layer over `customers`, with neighbours given as unordered pairs and homes by customer.
    pub fn layer(
        &mut self,
        name: impl Into<String>,
        customers: impl IntoIterator<Item = CustomerId>,
        edges: impl IntoIterator<Item = (CustomerId, CustomerId)>,
        homes: impl IntoIterator<Item = (SiteId, CustomerId)>,
    ) {
        self.layers.push(LayerDraft {
            name: name.into(),
            customers: customers.into_iter().collect(),
            edges: edges.into_iter().collect(),
            homes: homes.into_iter().collect(),
        });
    }

    /// Groups options by site and arcs by customer (then by site, then in the order given) and validates the whole.
    ///
    /// # Errors
    /// [`InvalidProblem`] with everything that is wrong.
    pub fn build(self) -> Result<Built, InvalidProblem> {
        let (options, option_ids) = sorted(self.options, |option| option.site);
        let (arcs, arc_ids) = sorted(self.arcs, |arc| (arc.customer, arc.site));
        let mut customers = self.customers;
        let ranges = ranges(customers.len(), arcs.iter().map(|arc| arc.customer.index()));
        for (customer, range) in customers.iter_mut().zip(ranges) {
            customer.arcs = range;
        }
        let ranges = ranges_of_sites(self.sites.len(), &options);
        let sites: IdVec<SiteId, Site> =
            self.sites.iter().zip(ranges).map(|(name, options)| Site { name: name.clone(), options }).collect();
        let rows = self
            .rows
            .into_iter()
            .map(|row| Row {
                name: row.name,
                options: row.options.into_iter().map(|(key, factor)| (option_ids[key.0], factor)).collect(),
                arcs: row.arcs.into_iter().map(|(key, factor)| (arc_ids[key.0], factor)).collect(),
                lower: row.lower,
                upper: row.upper,
                price: row.price,
            })
            .collect();
        let implications = self
            .implications
            .into_iter()
            .map(|(key, site, customers)| Implication { option: option_ids[key.0], site, customers })
            .collect();
        let layers =
            self.layers.into_iter().map(|draft| draft.layer(sites.len())).collect::<Result<_, InvalidProblem>>()?;
        let problem = Problem {
            offset: self.offset,
            commodities: self.commodities,
            customers,
            arcs: arcs.into(),
            sites,
            options: options.into(),
            measures: self.measures,
            rows,
            implications,
            pairs: self.pairs,
            layers,
            ceilings: Vec::new(),
        };
        problem.validate()?;
        Ok(Built { problem, options: option_ids, arcs: arc_ids })
    }
}

impl LayerDraft {
    fn layer(self, sites: usize) -> Result<ContiguityLayer, InvalidProblem> {
        let node_of: BTreeMap<CustomerId, u32> =
            self.customers.iter().zip(0u32..).map(|(&customer, node)| (customer, node)).collect();
        let node = |customer: CustomerId| {
            node_of.get(&customer).copied().ok_or_else(|| InvalidProblem::outside_layer(&self.name, customer))
        };
        let mut neighbours: Vec<Vec<u32>> = vec![Vec::new(); self.customers.len()];
        for &(a, b) in &self.edges {
            let (a, b) = (node(a)?, node(b)?);
            if a != b {
                neighbours[a as usize].push(b);
                neighbours[b as usize].push(a);
            }
        }
        for list in &mut neighbours {
            list.sort_unstable();
            list.dedup();
        }
        let mut homes = IdVec::filled(None, sites);
        for &(site, customer) in &self.homes {
            if site.index() >= sites {
                return Err(InvalidProblem::unknown_home(&self.name, site, sites));
            }
            homes[site] = Some(node(customer)?);
        }
        Ok(ContiguityLayer { name: self.name, customers: self.customers, neighbours, homes })
    }
}

/// Sorts items by key, keeping the given order among equals, and says where each went.
fn sorted<I: Id, T, K: Ord>(items: Vec<T>, key: impl Fn(&T) -> K) -> (Vec<T>, Vec<I>) {
    let mut order: Vec<(usize, T)> = items.into_iter().enumerate().collect();
    order.sort_by_key(|(_, item)| key(item));
    let mut ids = vec![I::new(0); order.len()];
    for (position, (given, _)) in order.iter().enumerate() {
        ids[*given] = I::new(position);
    }
    (order.into_iter().map(|(_, item)| item).collect(), ids)
}

/// The ranges of `count` groups in a list of members sorted by group.
fn ranges(count: usize, groups: impl Iterator<Item = usize>) -> Vec<std::ops::Range<u32>> {
    let mut sizes = vec![0u32; count];
    for group in groups {
        // A member of a group that is not there is reported by the validation.
        if let Some(size) = sizes.get_mut(group) {
            *size += 1;
        }
    }
    let mut end = 0;
    sizes
        .into_iter()
        .map(|size| {
            let start = end;
            end += size;
            start..end
        })
        .collect()
}

fn ranges_of_sites(count: usize, options: &[SiteOption]) -> Vec<std::ops::Range<u32>> {
    ranges(count, options.iter().map(|option| option.site.index()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_and_arcs_given_in_any_order_are_grouped_and_rows_follow() {
        let mut builder = ProblemBuilder::new();
        let pupils = builder.commodity("pupils");
        let (a, b) = (builder.customer("a", [(pupils, 1)]), builder.customer("b", [(pupils, 0)]));
        let (s, t) = (builder.site("s"), builder.site("t"));
        let t_open = builder.option(t, "open", 2.0);
        let s_open = builder.option(s, "open", 1.0);
        let s_shut = builder.shut(s);
        let b_t = builder.arc(b, t, 4.0);
        let a_t = builder.arc(a, t, 3.0);
        let a_s = builder.arc_with_extra(a, s, 2.0, (pupils, 5));
        builder.row(RowDraft {
            options: vec![(t_open, 1.0), (s_shut, -1.0)],
            arcs: vec![(a_s, 7.0)],
            upper: 3.0,
            ..RowDraft::new("budget")
        });
        builder.implication(s_shut, t, [a]);
        let built = builder.build().unwrap();
        let problem = &built.problem;
        assert_eq!(problem.customers[a].arcs, 0..2);
        assert_eq!(problem.customers[b].arcs, 2..3);
        assert_eq!(problem.sites[s].options, 0..2);
        assert_eq!(problem.sites[t].options, 2..3);
        assert_eq!(problem.arcs[built.arc(a_t)].cost, 3.0);
        assert_eq!(problem.arcs[built.arc(b_t)].cost, 4.0);
        assert_eq!(problem.options[built.option(s_open)].cost, 1.0);
        assert_eq!(problem.rows[0].options, [(built.option(t_open), 1.0), (built.option(s_shut), -1.0)]);
        assert_eq!(problem.rows[0].arcs, [(built.arc(a_s), 7.0)]);
        assert_eq!(problem.implications[0].option, built.option(s_shut));
        assert!(problem.customers[b].loads.is_empty());
    }

    #[test]
    fn neighbours_are_symmetric_sorted_and_without_loops() {
        let mut builder = ProblemBuilder::new();
        let site = builder.site("s");
        builder.option(site, "open", 0.0);
        let nodes: Vec<CustomerId> = (0..3).map(|i| builder.customer(format!("c{i}"), [])).collect();
        for &node in &nodes {
            builder.arc(node, site, 1.0);
        }
        let edges = [(nodes[2], nodes[0]), (nodes[0], nodes[2]), (nodes[1], nodes[1]), (nodes[1], nodes[0])];
        builder.layer("primary", nodes.clone(), edges, [(site, nodes[1])]);
        let problem = builder.build().unwrap().problem;
        assert_eq!(problem.layers[0].neighbours, [vec![1, 2], vec![0], vec![0]]);
        assert_eq!(problem.layers[0].homes[site], Some(1));
    }

    #[test]
    fn an_edge_to_a_customer_outside_the_layer_is_refused() {
        let mut builder = ProblemBuilder::new();
        let (a, b) = (builder.customer("a", []), builder.customer("b", []));
        builder.layer("primary", [a], [(a, b)], []);
        assert!(builder.build().is_err());
    }
}
