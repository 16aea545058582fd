//! A region: some sites and everybody whom a solution serves there, as a problem of its own. The rest stays as it is.

use super::problem::{Arc, Problem, Row, Serves, Service, SiteOption, Solution};
use crate::id::{ArcId, CustomerId, Id, IdVec, OptionId, SiteId};

/// What the rest of a solution leaves of a problem within some sites, with the way back.
#[derive(Debug, Clone)]
pub struct Region {
    /// The problem of the region.
    pub problem: Problem,
    /// What the solution does there.
    pub start: Solution,
    /// Sites, customers, arcs and options of the whole problem, by their numbers in the region's.
    sites: Vec<SiteId>,
    customers: Vec<CustomerId>,
    arcs: Vec<ArcId>,
    options: Vec<OptionId>,
}

/// Whether regions of a problem are problems of their own: whole customers, tied together by limits and rows alone.
pub fn has_regions(problem: &Problem) -> bool {
    problem.implications.is_empty()
        && problem.pairs.is_empty()
        && problem.layers.is_empty()
        && problem.ceilings.is_empty()
        && problem.customers.iter().all(|customer| !customer.may_be_split())
}

/// Which customers every site serves in a solution of whole customers.
pub fn catchments(problem: &Problem, solution: &Solution) -> IdVec<SiteId, Vec<CustomerId>> {
    let mut catchments = IdVec::filled(Vec::new(), problem.sites.len());
    for (customer, service) in solution.services.entries() {
        if let Service::Whole(arc) = service {
            catchments[problem.arcs[*arc].site].push(customer);
        }
    }
    catchments
}

impl Region {
    /// The region of `sites` around a feasible solution with these catchments, of a problem that [has regions](has_regions).
    pub fn new(
        problem: &Problem,
        solution: &Solution,
        catchments: &IdVec<SiteId, Vec<CustomerId>>,
        sites: &[SiteId],
    ) -> Self {
        let mut sites = sites.to_vec();
        sites.sort_unstable();
        let mut customers: Vec<CustomerId> = sites.iter().flat_map(|&site| catchments[site].iter().copied()).collect();
        customers.sort_unstable();
        let mut region = Self {
            problem: Problem {
                commodities: problem.commodities.clone(),
                measures: problem.measures.clone(),
                ..Problem::default()
            },
            start: Solution { options: IdVec::new(), services: IdVec::new() },
            sites,
            customers,
            arcs: Vec::new(),
            options: Vec::new(),
        };
        region.add_sites(problem, solution);
        region.add_customers(problem, solution);
        region.add_rows(problem, solution);
        region
    }

    fn add_sites(&mut self, problem: &Problem, solution: &Solution) {
        for (number, &site) in self.sites.iter().enumerate() {
            let first = self.options.len() as u32;
            for id in problem.options_of(site) {
                let option = &problem.options[id];
                let serves = match &option.serves {
                    Serves::Only(list) => Serves::Only(
                        list.iter()
                            .filter_map(|customer| self.customers.binary_search(customer).ok())
                            .map(CustomerId::new)
                            .collect(),
                    ),
                    other => other.clone(),
                };
                self.problem.options.push(SiteOption { site: SiteId::new(number), serves, ..option.clone() });
                self.options.push(id);
            }
            let mut own = problem.sites[site].clone();
            own.options = first..self.options.len() as u32;
            self.problem.sites.push(own);
            let chosen = solution.options[site].0 - problem.sites[site].options.start;
            self.start.options.push(OptionId(first + chosen));
        }
    }

    fn add_customers(&mut self, problem: &Problem, solution: &Solution) {
        for (number, &customer) in self.customers.iter().enumerate() {
            let first = self.arcs.len() as u32;
            for id in problem.arcs_of(customer) {
                let arc = &problem.arcs[id];
                let Ok(site) = self.sites.binary_search(&arc.site) else { continue };
                if solution.services[customer] == Service::Whole(id) {
                    self.start.services.push(Service::Whole(ArcId::new(self.arcs.len())));
                }
                let own = Arc { customer: CustomerId::new(number), site: SiteId::new(site), ..arc.clone() };
                self.problem.arcs.push(own);
                self.arcs.push(id);
            }
            let mut own = problem.customers[customer].clone();
            own.arcs = first..self.arcs.len() as u32;
            self.problem.customers.push(own);
        }
    }

    /// Rows over what the region has, less what the rest uses of them.
    fn add_rows(&mut self, problem: &Problem, solution: &Solution) {
        let uses = |arc: ArcId| solution.services[problem.arcs[arc].customer] == Service::Whole(arc);
        let chosen = |option: OptionId| solution.options[problem.options[option].site] == option;
        for row in &problem.rows {
            let (mut options, mut arcs, mut outside) = (Vec::new(), Vec::new(), 0.0);
            for &(option, factor) in &row.options {
                match self.options.binary_search(&option) {
                    Ok(own) => options.push((OptionId::new(own), factor)),
                    Err(_) if chosen(option) => outside += factor,
                    Err(_) => {}
                }
            }
            for &(arc, factor) in &row.arcs {
                match self.arcs.binary_search(&arc) {
                    Ok(own) => arcs.push((ArcId::new(own), factor)),
                    Err(_) if uses(arc) => outside += factor,
                    Err(_) => {}
                }
            }
            if !options.is_empty() || !arcs.is_empty() {
                let (lower, upper) = (row.lower - outside, row.upper - outside);
                self.problem.rows.push(Row { name: row.name.clone(), options, arcs, lower, upper, price: row.price });
            }
        }
    }

    /// Puts a solution of the region in its place in one of the whole problem.
    pub fn put(&self, found: &Solution, into: &mut Solution) {
        for (&site, &option) in self.sites.iter().zip(found.options.iter()) {
            into.options[site] = self.options[option.index()];
        }
        for (&customer, service) in self.customers.iter().zip(found.services.iter()) {
            if let Service::Whole(arc) = service {
                into.services[customer] = Service::Whole(self.arcs[arc.index()]);
            }
        }
    }
}

#[cfg(test)]
mod tests;
