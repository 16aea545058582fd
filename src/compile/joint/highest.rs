//! The greatest cost over all forecasts as the objective: an epigraph in the words of the kernel.
//!
//! `minimise z` with `cost of every forecast <= z` needs a number that is neither an option nor an arc. A customer that can be
//! divided at will is one: its share at a site of price `high - low` stands for `z` between `low` and `high`.

use super::Joint;
use crate::compile::Account;
use crate::id::{ArcId, CustomerId, IdVec};
use crate::kernel::problem::{
    Arc, Commodity, Customer, Divisible, Grain, Part, Problem, Serves, Service, Site, SiteOption, Solution,
};

/// The joint problem with the greatest cost of a forecast as its objective.
#[derive(Debug, Clone)]
pub struct Highest {
    /// The problem. Its solutions have two sites and one customer more than those of the joint problem, at the end.
    pub problem: Problem,
    low: f64,
    high: f64,
}

impl Joint {
    /// The problem of the least greatest cost, where cost is a weighted sum of accounts. `low` must be a lower bound on it,
    /// and `high` above `low`; plans whose greatest cost is above `high` are left out. `hold` adds what else must hold.
    pub fn highest(
        &self,
        kept: &[bool],
        charged: &[(Account, f64)],
        (low, high): (f64, f64),
        hold: impl FnOnce(&mut Problem),
    ) -> Highest {
        let mut problem = self.problem(kept);
        // Costs are in the rows of the forecasts; nothing is charged beside.
        self.accounts(&vec![0.0; self.parts.len()]).minimise(&mut problem, &[]);
        hold(&mut problem);
        let sites = ["floor", "ceiling"].map(|name| {
            let option = problem.options.len() as u32;
            let name = name.to_owned();
            let site = problem.sites.push(Site { name: name.clone(), options: option..option + 1 });
            problem.options.push(SiteOption { name, site, cost: 0.0, serves: Serves::Everybody, limits: Vec::new() });
            site
        });
        for layer in &mut problem.layers {
            layer.homes = layer.homes.iter().copied().chain(sites.map(|_| None)).collect::<Vec<_>>().into();
        }
        let commodity = problem.commodities.push(Commodity { name: "level".to_owned() });
        let start = problem.arcs.len() as u32;
        let customer = CustomerId(problem.customers.len() as u32);
        let [floor, ceiling] = sites;
        problem.arcs.push(Arc { customer, site: floor, cost: 0.0, extra: Box::default() });
        let raised = problem.arcs.push(Arc { customer, site: ceiling, cost: high - low, extra: Box::default() });
        problem.customers.push(Customer {
            name: "level".to_owned(),
            loads: Box::new([(commodity, 1)]),
            arcs: start..start + 2,
            divisible: Some(Divisible { max_sites: None, min_share: 0.0, grain: Grain::Continuous }),
        });
        problem.offset = low;
        for part in 0..self.parts.len() {
            let (rows, ceilings) = (problem.rows.len(), problem.ceilings.len());
            let accounts = self.accounts(&only(self.parts.len(), part));
            accounts.hold(&mut problem, &format!("cost [{}]", part + 1), charged, low);
            for row in &mut problem.rows[rows..] {
                row.arcs.push((raised, low - high));
            }
            for ceiling in &mut problem.ceilings[ceilings..] {
                ceiling.arcs.push((raised, low - high));
            }
        }
        Highest { problem, low, high }
    }
}

impl Highest {
    /// The solution of this problem that stands for one of the joint problem with a greatest cost of `cost`.
    pub fn raised(&self, solution: &Solution, cost: f64) -> Solution {
        let arcs = &self.problem.customers[CustomerId(self.problem.customers.len() as u32 - 1)].arcs;
        let (floor, ceiling) = (ArcId(arcs.start), ArcId(arcs.start + 1));
        let share = ((cost - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        let part = |arc, load| Part { arc, loads: Box::new([load]) };
        let service = match share {
            0.0 => Service::Whole(floor),
            1.0 => Service::Whole(ceiling),
            _ => Service::Split(vec![part(floor, 1.0 - share), part(ceiling, share)]),
        };
        let added = self.problem.options.len() as u32 - 2;
        let options = solution.options.iter().copied().chain([added, added + 1].map(crate::id::OptionId));
        let services = solution.services.iter().cloned().chain([service]);
        Solution { options: options.collect(), services: services.collect() }
    }

    /// The solution of the joint problem in one of this problem.
    pub fn lowered(&self, solution: &Solution) -> Solution {
        fn without<I: crate::id::Id, T: Clone>(all: &IdVec<I, T>, last: usize) -> IdVec<I, T> {
            all.as_slice()[..all.len() - last].to_vec().into()
        }
        Solution { options: without(&solution.options, 2), services: without(&solution.services, 1) }
    }
}

/// All weight on one of `parts` forecasts.
pub fn only(parts: usize, one: usize) -> Vec<f64> {
    (0..parts).map(|part| f64::from(u8::from(part == one))).collect()
}
