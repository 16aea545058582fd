//! Which customers a problem ties together once every site's option is chosen: those of one block. Years are blocks of
//! their own where nothing but the options of sites reaches from one into the next.

use super::problem::Problem;
use crate::id::{CustomerId, Id};

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
        let mut forest = Forest { root: (0..(customers + problem.commodities.len()) as u32).collect() };
        for (id, customer) in problem.customers.entries() {
            forest.join_all(id.0, customer.loads.iter().map(|&(kind, _)| customers as u32 + kind.0));
        }
        for arc in &problem.arcs {
            forest.join_all(arc.customer.0, arc.extra.iter().map(|&(kind, _)| customers as u32 + kind.0));
        }
        for limit in problem.options.iter().flat_map(|option| &option.limits).filter(|limit| limit.price != 0.0) {
            forest.join_list(problem.measures[limit.measure].kinds().map(|kind| customers as u32 + kind.0));
        }
        for pair in &problem.pairs {
            forest.join(pair.first.0, pair.second.0);
        }
        for implication in &problem.implications {
            forest.join_list(implication.customers.iter().map(|customer| customer.0));
        }
        let by_arcs = problem.rows.iter().map(|row| &row.arcs).chain(problem.ceilings.iter().map(|c| &c.arcs));
        for arcs in by_arcs {
            forest.join_list(arcs.iter().map(|&(arc, _)| problem.arcs[arc].customer.0));
        }
        for layer in &problem.layers {
            forest.join_list(layer.customers.iter().map(|customer| customer.0));
        }
        let mut number = vec![u32::MAX; forest.root.len()];
        let mut count = 0;
        let of = (0..customers as u32)
            .map(|customer| {
                let root = forest.find(customer) as usize;
                if number[root] == u32::MAX {
                    number[root] = count;
                    count += 1;
                }
                number[root]
            })
            .collect();
        Self { of, count: count as usize }
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

/// Sets of things that hang together, each pointing towards one of its own.
struct Forest {
    root: Vec<u32>,
}

impl Forest {
    fn find(&mut self, of: u32) -> u32 {
        let mut at = of;
        while self.root[at as usize] != at {
            // Halves the way for those who come after.
            self.root[at as usize] = self.root[self.root[at as usize] as usize];
            at = self.root[at as usize];
        }
        at
    }

    fn join(&mut self, first: u32, second: u32) {
        let (first, second) = (self.find(first), self.find(second));
        self.root[first.max(second) as usize] = first.min(second);
    }

    fn join_all(&mut self, first: u32, others: impl Iterator<Item = u32>) {
        others.for_each(|other| self.join(first, other));
    }

    fn join_list(&mut self, mut list: impl Iterator<Item = u32>) {
        if let Some(first) = list.next() {
            self.join_all(first, list);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{CommodityId, IdVec, MeasureId, OptionId, SiteId};
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
