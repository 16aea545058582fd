//! Catchments met on the way to many plans, put together anew: one for each site, so that everybody is served once. A plan near
//! the best usually has most of its catchments in common with plans that are not, only not with one of them.
//!
//! Set partitioning over columns from heuristics: Mehrotra, Johnson and Nemhauser (1998), Management Science 44, for districts.

use super::{BackendEffort, solve_below, work_of};
use crate::id::{ArcId, CustomerId, Id, IdVec, OptionId, SiteId};
use crate::kernel::engine::EngineError;
use crate::kernel::problem::{Limit, Problem, Serves, Service, Solution};
use crate::kernel::tables::arc_to;
use crate::mip::{Backend, Column, MipLimits, MipProblem, MipStatus};
use crate::run::Limits;
use std::collections::BTreeMap;

/// Most customers in all catchments of a relaxation, and of those that are put together.
const RELAXED_MEMBERS: usize = 30_000;
const MOST_MEMBERS: usize = 60_000;
/// Most times that the relaxation is solved again with catchments that pay at its prices.
const PRICINGS: usize = 8;
/// Share of the objective below which a reduced cost counts as nothing.
const NEGLIGIBLE: f64 = 1e-9;

/// Who a site serves, with the cheapest option that holds them and what both cost.
#[derive(Debug)]
struct Catchment {
    site: SiteId,
    arcs: Vec<ArcId>,
    option: OptionId,
    cost: f64,
}

/// Catchments that keep to the capacity of their site; all of a problem of whole customers and hard capacities.
#[derive(Debug)]
pub struct Pool<'p> {
    problem: &'p Problem,
    /// The cheapest option of a site that serves nobody.
    shut: IdVec<SiteId, Option<OptionId>>,
    catchments: Vec<Catchment>,
    /// Where every catchment stands.
    known: BTreeMap<(SiteId, Vec<ArcId>), usize>,
    /// Those of the last relaxation.
    prices: Option<Prices>,
}

/// What catchments are worth: prices of customers, of sites and, from the rows, of options.
#[derive(Debug)]
struct Prices {
    customers: Vec<f64>,
    sites: Vec<f64>,
    options: Vec<f64>,
}

impl<'p> Pool<'p> {
    /// A pool without catchments.
    pub fn new(problem: &'p Problem) -> Self {
        let cost = |option: &OptionId| problem.options[*option].cost;
        let shut = problem.sites.ids().map(|site| {
            let idle = problem.options_of(site).filter(|&option| problem.options[option].serves == Serves::Nobody);
            idle.min_by(|a, b| cost(a).total_cmp(&cost(b)))
        });
        Self { problem, shut: shut.collect(), catchments: Vec::new(), known: BTreeMap::new(), prices: None }
    }

    /// Adds the catchment of a site, unless it is known, or no option of the site holds it. Returns where it stands.
    pub fn add(&mut self, site: SiteId, members: &[u32]) -> Option<usize> {
        let arcs = members.iter().map(|&customer| arc_to(self.problem, CustomerId(customer), site));
        let arcs: Vec<ArcId> = arcs.collect::<Option<_>>()?;
        if arcs.is_empty() {
            return None;
        }
        if let Some(&at) = self.known.get(&(site, arcs.clone())) {
            return Some(at);
        }
        let (option, cost) = self.held(site, &arcs)?;
        self.known.insert((site, arcs.clone()), self.catchments.len());
        self.catchments.push(Catchment { site, arcs, option, cost });
        Some(self.catchments.len() - 1)
    }

    /// Adds the catchments of a solution; returns where they stand.
    pub fn add_all(&mut self, solution: &Solution) -> Vec<usize> {
        let mut members: IdVec<SiteId, Vec<u32>> = IdVec::filled(Vec::new(), self.problem.sites.len());
        for (customer, service) in solution.services.entries() {
            if let Service::Whole(arc) = service {
                members[self.problem.arcs[*arc].site].push(customer.0);
            }
        }
        members.entries().filter_map(|(site, members)| self.add(site, members)).collect()
    }

    /// The cheapest option that holds the customers of the arcs, with what it and they cost.
    fn held(&self, site: SiteId, arcs: &[ArcId]) -> Option<(OptionId, f64)> {
        let problem = self.problem;
        let holds = |option: &OptionId| {
            let option = &problem.options[*option];
            let within = |limit: &Limit| {
                let load: f64 = arcs.iter().map(|&arc| problem.linear_load(arc, limit.measure)).sum();
                !limit.matters() || load <= limit.max as f64
            };
            option.serves == Serves::Everybody && option.limits.iter().all(within)
        };
        let cost = |option: &OptionId| problem.options[*option].cost;
        let option = problem.options_of(site).filter(holds).min_by(|a, b| cost(a).total_cmp(&cost(b)))?;
        Some((option, cost(&option) + arcs.iter().map(|&arc| problem.arcs[arc].cost).sum::<f64>()))
    }

    /// The best solution below `cutoff` that the backend puts together from catchments of the pool in so much effort, with the
    /// work done. Which catchments it sees is found by pricing: the relaxation over some of them, those of the best
    /// solution (which stand at `best`) included, says which others pay. `multipliers` of customers are the first prices.
    ///
    /// # Errors
    /// When the backend fails.
    pub fn recombine(
        &mut self,
        best: &[usize],
        multipliers: &[f64],
        backend: &'static dyn Backend,
        cutoff: f64,
        effort: BackendEffort,
        limits: &Limits,
    ) -> Result<(Option<Solution>, u64), EngineError> {
        let prices = self.prices.take().unwrap_or_else(|| self.first_prices(multipliers));
        let mut chosen = self.cheapest(&prices, f64::INFINITY, RELAXED_MEMBERS);
        chosen.extend(best);
        let (mut work, mut relaxed) = (0, f64::NEG_INFINITY);
        for _ in 0..PRICINGS {
            chosen.sort_unstable();
            chosen.dedup();
            let program = self.program(&chosen, false);
            let outcome = backend.solve(&program, None, &MipLimits::new(limits.clone()), &|_, _, _| {})?;
            work += work_of(program.columns.len(), &outcome);
            if outcome.status != MipStatus::Optimal || outcome.row_duals.len() != program.rows.len() {
                return Ok((None, work));
            }
            relaxed = outcome.objective;
            let prices = self.prices_of(&outcome.row_duals);
            let new = self.cheapest(&prices, -NEGLIGIBLE * relaxed.abs(), RELAXED_MEMBERS);
            self.prices = Some(prices);
            if new.is_empty() {
                break;
            }
            chosen.extend(new);
        }
        let Some(prices) = self.prices.as_ref().filter(|_| relaxed < cutoff) else { return Ok((None, work)) };
        // By weak duality no other is in a solution below the cutoff, unless there are more than are looked at.
        let chosen = self.cheapest(prices, cutoff - relaxed, MOST_MEMBERS);
        let program = self.program(&chosen, true);
        let outcome = solve_below(backend, &program, cutoff, effort, limits)?;
        work += work_of(program.columns.len(), &outcome);
        // Its heuristics may find what is no better than the cutoff.
        let values = outcome.values.filter(|_| outcome.objective < cutoff);
        Ok((values.and_then(|values| self.put_together(&chosen, &values)), work))
    }

    /// Everybody is served once, every site has one catchment, or none where it can be shut; rows as the problem has them.
    fn program(&self, chosen: &[usize], whole: bool) -> MipProblem {
        let problem = self.problem;
        let mut program = MipProblem::new();
        program.offset = problem.offset;
        let mut serving: Vec<Vec<(u32, f64)>> = vec![Vec::new(); problem.customers.len()];
        let mut used: Vec<Vec<(u32, f64)>> = vec![Vec::new(); problem.sites.len()];
        for &at in chosen {
            let catchment = &self.catchments[at];
            let (name, cost) = (format!("c{at}"), catchment.cost - self.idle(catchment.site));
            let column = program.column(Column { name, cost, lower: 0.0, upper: 1.0, integer: whole });
            for &arc in &catchment.arcs {
                serving[problem.arcs[arc].customer.index()].push((column, 1.0));
            }
            used[catchment.site.index()].push((column, 1.0));
        }
        for (customer, entries) in serving.into_iter().enumerate() {
            program.row(format!("serve{customer}"), 1.0, 1.0, entries);
        }
        for (site, entries) in problem.sites.ids().zip(used) {
            program.offset += self.idle(site);
            program.row(format!("one{}", site.0), if self.shut[site].is_some() { 0.0 } else { 1.0 }, 1.0, entries);
        }
        for (index, row) in problem.rows.iter().enumerate() {
            let (constant, changes) = self.activity(&row.options);
            let entries = (0..).zip(chosen).map(|(column, &at)| (column, changes[self.catchments[at].option.index()]));
            let entries: Vec<(u32, f64)> = entries.filter(|entry| entry.1 != 0.0).collect();
            program.row(format!("row{index}"), row.lower - constant, row.upper - constant, entries);
        }
        program
    }

    /// What a site costs that serves nobody, as far as it can be shut.
    fn idle(&self, site: SiteId) -> f64 {
        self.shut[site].map_or(0.0, |shut| self.problem.options[shut].cost)
    }

    /// What a row over options comes to where every site is shut that can be, and what each other option changes in that.
    fn activity(&self, row: &[(OptionId, f64)]) -> (f64, Vec<f64>) {
        let mut coefficients = vec![0.0; self.problem.options.len()];
        for &(option, coefficient) in row {
            coefficients[option.index()] += coefficient;
        }
        let idle = |site: SiteId| self.shut[site].map_or(0.0, |shut| coefficients[shut.index()]);
        let changes = self.problem.options.entries().map(|(id, option)| coefficients[id.index()] - idle(option.site));
        (self.problem.sites.ids().map(idle).sum(), changes.collect())
    }

    /// The prices that duals of a program's rows are.
    fn prices_of(&self, duals: &[f64]) -> Prices {
        let (customers, rest) = duals.split_at(self.problem.customers.len());
        let (sites, rows) = rest.split_at(self.problem.sites.len());
        let mut options = vec![0.0; self.problem.options.len()];
        for (row, &dual) in self.problem.rows.iter().zip(rows).filter(|(_, dual)| **dual != 0.0) {
            let (_, changes) = self.activity(&row.options);
            options.iter_mut().zip(changes).for_each(|(price, change)| *price += dual * change);
        }
        Prices { customers: customers.to_vec(), sites: sites.to_vec(), options }
    }

    /// What a catchment costs beyond what it is worth.
    fn reduced(&self, catchment: &Catchment, prices: &Prices) -> f64 {
        let customer = |arc: &ArcId| prices.customers[self.problem.arcs[*arc].customer.index()];
        let worth = catchment.arcs.iter().map(customer).sum::<f64>();
        catchment.cost
            - self.idle(catchment.site)
            - worth
            - prices.sites[catchment.site.index()]
            - prices.options[catchment.option.index()]
    }

    /// Prices of customers, and of sites such that their cheapest catchment costs nothing.
    fn first_prices(&self, multipliers: &[f64]) -> Prices {
        let sites = vec![0.0; self.problem.sites.len()];
        let mut prices =
            Prices { customers: multipliers.to_vec(), sites, options: vec![0.0; self.problem.options.len()] };
        let mut rents = vec![f64::INFINITY; self.problem.sites.len()];
        for catchment in &self.catchments {
            let rent = &mut rents[catchment.site.index()];
            *rent = rent.min(self.reduced(catchment, &prices));
        }
        prices.sites = rents.iter().map(|&rent| if rent.is_finite() { rent } else { 0.0 }).collect();
        prices
    }

    /// The catchments of least reduced cost up to `most` with so many customers altogether, in order of place.
    fn cheapest(&self, prices: &Prices, most: f64, members: usize) -> Vec<usize> {
        let mut order: Vec<(f64, usize)> =
            self.catchments.iter().map(|catchment| self.reduced(catchment, prices)).zip(0..).collect();
        order.retain(|&(reduced, _)| reduced <= most);
        order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut room = members;
        let few = order.into_iter().map_while(|(_, at)| {
            room = room.checked_sub(self.catchments[at].arcs.len())?;
            Some(at)
        });
        let mut chosen: Vec<usize> = few.collect();
        chosen.sort_unstable();
        chosen
    }

    fn put_together(&self, chosen: &[usize], values: &[f64]) -> Option<Solution> {
        let mut options = self.shut.clone();
        let mut services: IdVec<CustomerId, Option<Service>> = IdVec::filled(None, self.problem.customers.len());
        for (&at, _) in chosen.iter().zip(values).filter(|(_, value)| **value > 0.5) {
            let catchment = &self.catchments[at];
            options[catchment.site] = Some(catchment.option);
            for &arc in &catchment.arcs {
                services[self.problem.arcs[arc].customer] = Some(Service::Whole(arc));
            }
        }
        let options: Vec<OptionId> = options.iter().copied().collect::<Option<_>>()?;
        let services: Vec<Service> = services.iter().cloned().collect::<Option<_>>()?;
        Some(Solution { options: options.into_iter().collect(), services: services.into_iter().collect() })
    }
}

#[cfg(test)]
mod tests;
