//! Which customers a problem ties together once every site's option is chosen: those of one block. Years are blocks of
//! their own where nothing but the options of sites reaches from one into the next.

use super::forest::Forest;
use super::problem::Problem;
use crate::id::{CommodityId, CustomerId, Id};

/// The blocks of a problem's customers.
#[derive(Debug, Clone)]
pub struct Blocks {
    /// Number of the block of every customer.
    of: Vec<u32>,
    count: usize,
}

impl Blocks {
    /// The blocks of `problem`. Limits and layers tie the customers that they count, pairs, implications, rows and ceilings those
    /// that they name.
    pub fn new(problem: &Problem) -> Self {
        let customers = problem.customers.len();
        // Customers first, kinds of load after them.
        let mut forest = Forest::new(customers + problem.commodities.len());
        let kind = |&(kind, _): &(CommodityId, i64)| customers as u32 + kind.0;
        for (id, customer) in problem.customers.entries() {
            forest.join_all(std::iter::once(id.0).chain(customer.loads.iter().map(kind)));
        }
        for arc in &problem.arcs {
            forest.join_all(std::iter::once(arc.customer.0).chain(arc.extra.iter().map(kind)));
        }
        for limit in problem.options.iter().flat_map(|option| &option.limits).filter(|limit| limit.price != 0.0) {
            forest.join_all(problem.measures[limit.measure].kinds().map(|kind| customers as u32 + kind.0));
        }
        for pair in &problem.pairs {
            forest.join(pair.first.0, pair.second.0);
        }
        for implication in &problem.implications {
            forest.join_all(implication.customers.iter().map(|customer| customer.0));
        }
        let by_arcs = problem.rows.iter().map(|row| &row.arcs).chain(problem.ceilings.iter().map(|c| &c.arcs));
        for arcs in by_arcs {
            forest.join_all(arcs.iter().map(|&(arc, _)| problem.arcs[arc].customer.0));
        }
        for layer in &problem.layers {
            forest.join_all(layer.customers.iter().map(|customer| customer.0));
        }
        // Customers come first, so that a set with one in it has its number from the first of them.
        let (mut of, _) = forest.numbers();
        of.truncate(customers);
        let count = of.iter().max().map_or(0, |&last| last as usize + 1);
        Self { of, count }
    }

    /// Number of blocks.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The block of a customer.
    pub fn of(&self, customer: CustomerId) -> u32 {
        self.of[customer.index()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{IdVec, MeasureId, OptionId, SiteId};
    use crate::kernel::problem::{Commodity, Customer, Limit, Measure, SameSite, Serves, Site, SiteOption};

    /// Six customers, each with a kind of load of its own, at a site whose limits count the kinds of each group together.
    fn limited(groups: &[&[u32]]) -> Problem {
        let customer = |kind: u32| Customer {
            name: String::new(),
            loads: Box::new([(CommodityId(kind), 3)]),
            arcs: 0..0,
            divisible: None,
        };
        let limit = |measure: usize| Limit { measure: MeasureId(measure as u32), min: 0, max: 9, price: f64::INFINITY };
        let option = SiteOption {
            name: String::new(),
            site: SiteId(0),
            cost: 0.0,
            serves: Serves::Everybody,
            limits: (0..groups.len()).map(limit).collect(),
        };
        let measure = |group: &&[u32]| Measure::Load(group.iter().map(|&kind| (CommodityId(kind), 1)).collect());
        Problem {
            commodities: (0..6).map(|_| Commodity { name: String::new() }).collect(),
            customers: (0..6).map(customer).collect(),
            sites: IdVec::from(vec![Site { name: String::new(), options: 0..1 }]),
            options: IdVec::from(vec![option]),
            measures: groups.iter().map(measure).collect(),
            ..Problem::default()
        }
    }

    fn numbers(problem: &Problem) -> Vec<u32> {
        let blocks = Blocks::new(problem);
        problem.customers.ids().map(|customer| blocks.of(customer)).collect()
    }

    #[test]
    fn limits_and_pairs_tie_customers_together() {
        let mut problem = limited(&[&[0, 1], &[2, 3], &[3, 4]]);
        assert_eq!(numbers(&problem), [0, 0, 1, 1, 1, 2]);
        problem.pairs.push(SameSite { first: CustomerId(5), second: CustomerId(1), price: 1.0 });
        assert_eq!(numbers(&problem), [0, 0, 1, 1, 1, 0]);
        assert_eq!(Blocks::new(&problem).count(), 2);
    }

    #[test]
    fn what_costs_nothing_to_exceed_ties_nobody() {
        let mut problem = limited(&[&[0, 1], &[0, 1, 2, 3, 4, 5]]);
        problem.options[OptionId(0)].limits[1].price = 0.0;
        assert_eq!(numbers(&problem), [0, 0, 1, 2, 3, 4]);
    }
}
