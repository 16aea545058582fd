//! A solution in the published form: which facilities are open and which serve each customer.

use super::instance::Instance;
use super::kind::ProblemKind;
use super::problem::Compiled;
use crate::id::{ArcId, Id};
use crate::kernel::problem::{Serves, Service, Solution};
use serde::{Deserialize, Serialize};

/// Open facilities and the service of every customer; facilities are named by their ids.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The open facilities, in file order.
    pub open: Vec<i64>,
    /// Who serves each customer, in file order.
    pub assign: Vec<Assigned>,
}

/// Who serves one customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Assigned {
    /// One facility.
    To(i64),
    /// Facilities with the fractions that they serve, which add up to 1.
    Among(Vec<(i64, f64)>),
}

/// Fractions below this are left out of a divided service: what a solver's tolerance leaves behind.
const LEAST_FRACTION: f64 = 1e-9;

/// The published form of a solution of the compiled `instance`. Where the kind has no divided service, a customer that the
/// model divides (it has no capacities then) goes to the cheapest facility among those that serve it.
pub fn answer(instance: &Instance, kind: ProblemKind, compiled: &Compiled, solution: &Solution) -> Answer {
    let problem = &compiled.problem;
    let facility = |arc: ArcId| instance.facilities[problem.arcs[arc].site.index()].id;
    let open = solution
        .options
        .entries()
        .filter(|&(_, &option)| problem.options[option].serves != Serves::Nobody)
        .map(|(site, _)| instance.facilities[site.index()].id)
        .collect();
    let assign = solution
        .services
        .entries()
        .map(|(customer, service)| match service {
            Service::Whole(arc) if kind.is_split() => Assigned::Among(vec![(facility(*arc), 1.0)]),
            Service::Whole(arc) => Assigned::To(facility(*arc)),
            Service::Split(parts) => {
                let mass = problem.customers[customer].mass() as f64;
                let shares: Vec<(ArcId, f64)> = parts
                    .iter()
                    .map(|part| (part.arc, part.loads.iter().sum::<f64>() / mass))
                    .filter(|&(_, share)| share >= LEAST_FRACTION)
                    .collect();
                if kind.is_split() {
                    let total: f64 = shares.iter().map(|&(_, share)| share).sum();
                    Assigned::Among(shares.into_iter().map(|(arc, share)| (facility(arc), share / total)).collect())
                } else {
                    let cheapest = shares
                        .iter()
                        .map(|&(arc, _)| arc)
                        .min_by(|&a, &b| problem.arcs[a].cost.total_cmp(&problem.arcs[b].cost));
                    cheapest.map_or(Assigned::Among(Vec::new()), |arc| Assigned::To(facility(arc)))
                }
            }
        })
        .collect();
    Answer { open, assign }
}
