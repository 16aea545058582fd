//! Random solutions of compiled counties, good and bad ones.

use catchment::compile::Compiled;
use catchment::id::{ArcId, CustomerId, IdVec, OptionId, SiteId};
use catchment::kernel::problem::{Part, Service, Solution};
use catchment::random::Random;

/// Options at random, and services at random among the arcs that they serve, where there are any.
pub fn solution(compiled: &Compiled, random: &mut Random) -> Solution {
    let problem = &compiled.problem;
    let mut options = IdVec::new();
    for site in problem.sites.ids() {
        let all: Vec<_> = problem.options_of(site).collect();
        // Mostly the first, keeping, so that some solutions hold.
        options.push(all[if random.chance(0.6) { 0 } else { random.below(all.len()) }]);
    }
    let services = problem.customers.ids().map(|customer| service(compiled, &options, customer, random)).collect();
    let mut solution = Solution { options, services };
    // A merger drawn at random would hardly ever take its catchment along.
    for implication in &problem.implications {
        let chosen = solution.options[problem.options[implication.option].site] == implication.option;
        if chosen && random.chance(0.8) {
            for &customer in &implication.customers {
                let arc = problem.arcs_of(customer).find(|&arc| problem.arcs[arc].site == implication.site);
                let arc = arc.expect("an implication sends customers a way that they have");
                solution.services[customer] = Service::Whole(arc);
            }
        }
    }
    solution
}

fn service(
    compiled: &Compiled,
    options: &IdVec<SiteId, OptionId>,
    customer: CustomerId,
    random: &mut Random,
) -> Service {
    let problem = &compiled.problem;
    let all: Vec<ArcId> = problem.arcs_of(customer).collect();
    let serves = |arc: &ArcId| problem.options[options[problem.arcs[*arc].site]].serves.allows(customer);
    let open: Vec<ArcId> = all.iter().copied().filter(serves).collect();
    let arcs = if open.is_empty() || random.chance(0.03) { &all } else { &open };
    let owner = &problem.customers[customer];
    if owner.may_be_split() && arcs.len() > 1 && random.chance(0.6) {
        let mut parts: Vec<Part> =
            arcs.iter().map(|&arc| Part { arc, loads: vec![0.0; owner.loads.len()].into() }).collect();
        for (position, &(_, load)) in owner.loads.iter().enumerate() {
            for _ in 0..load {
                let to = random.below(parts.len());
                parts[to].loads[position] += 1.0;
            }
        }
        parts.retain(|part| part.loads.iter().sum::<f64>() > 0.0);
        if parts.len() > 1 {
            return Service::Split(parts);
        }
        return Service::Whole(parts[0].arc);
    }
    Service::Whole(arcs[random.below(arcs.len())])
}
