//! Kicks: a few customers near each other are moved at random, the neighbourhood settles, and the result is kept if it pays.

use super::Search;
use crate::id::{CustomerId, Id, SiteId};
use crate::kernel::state::SPLIT;
use crate::run::Limits;

/// Customers moved by one kick, at most.
const MOST: usize = 8;
/// How much worse, as a share of the cost per customer, a kicked solution may be and still be kept.
const WORSE: f64 = 0.02;

impl Search<'_> {
    /// One kick. Returns whether the current solution changed for the better.
    pub(super) fn kick(&mut self, limits: &Limits) -> bool {
        self.state.commit();
        let mark = self.state.mark();
        let before = self.price(self.state.score());
        let strays = self.strays;
        if self.choices && self.random.chance(0.1) {
            self.kick_site();
        } else {
            self.kick_customers();
        }
        self.work += 1;
        self.descend(limits);
        let after = self.price(self.state.score());
        let allowance =
            WORSE * self.random.unit() * self.state.score().cost.abs() / self.problem.customers.len() as f64;
        if after < before + self.threshold() && self.strays <= strays {
            self.keep_best();
            self.state.commit();
            return true;
        }
        if after > before + allowance || self.strays > strays {
            self.state.rollback(mark);
            self.strays = strays;
        }
        self.state.commit();
        false
    }

    fn kick_customers(&mut self) {
        let count = self.problem.customers.len();
        let centre = CustomerId::new(self.random.below(count));
        let wanted = 2 + self.random.below(MOST - 1);
        let mut moved = 0;
        for customer in self.near(centre, 4 * wanted) {
            if moved == wanted {
                break;
            }
            let from = self.state.site_of(customer);
            if from >= SPLIT || self.problem.customers[customer].may_be_split() {
                continue;
            }
            let arcs = self.candidates(customer, 4);
            let Some(&arc) = self.random.pick(&arcs) else { continue };
            let to = self.problem.arcs[arc].site;
            if self.contiguity.may_leave(&self.state, customer, SiteId(from))
                && self.contiguity.may_join(&self.state, customer, to)
            {
                self.state.serve(customer, arc);
                moved += 1;
                self.wake_site(from);
                self.wake_site(to.0);
            }
        }
    }

    /// Some customers near `centre`: around it in the graph where contiguity binds it, else at the sites nearest to it.
    fn near(&mut self, centre: CustomerId, most: usize) -> Vec<CustomerId> {
        if let Some(&(layer, node)) = self.tables.nodes_of.of(centre.index()).first() {
            let graph = &self.problem.layers[layer as usize];
            let mut nodes = vec![node];
            let mut next = 0;
            while next < nodes.len() && nodes.len() < most {
                for &other in &graph.neighbours[nodes[next] as usize] {
                    if !nodes.contains(&other) {
                        nodes.push(other);
                    }
                }
                next += 1;
            }
            let mut customers: Vec<CustomerId> = nodes.iter().map(|&node| graph.customers[node as usize]).collect();
            self.random.shuffle(&mut customers);
            return customers;
        }
        let mut sites: Vec<u32> = self.candidates(centre, 2).iter().map(|&arc| self.problem.arcs[arc].site.0).collect();
        if self.state.site_of(centre) < SPLIT {
            sites.push(self.state.site_of(centre));
        }
        let mut customers = vec![centre];
        for site in sites {
            for _ in 0..most / 2 {
                if let Some(&customer) = self.random.pick(self.state.members(SiteId(site))) {
                    customers.push(CustomerId(customer));
                }
            }
        }
        customers.sort_unstable();
        customers.dedup();
        self.random.shuffle(&mut customers);
        customers
    }
}
