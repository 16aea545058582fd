//! Enumerates every plan of a tiny kernel problem, with arithmetic of its own: it reads the problem's data and shares no
//! code with measures, limits or the referee. Loads are counted in twelfths, so that parts are exact.

use catchment::id::{ArcId, CommodityId, CustomerId, Id, OptionId, SiteId};
use catchment::kernel::problem::{Grain, Limit, Measure, Overflow, Part, Problem, Serves, Service, Solution};

const TWELVE: i64 = 12;

/// The number of plans that [`solve`] would look at, before any is dropped.
pub fn plans(problem: &Problem) -> u64 {
    let options: u64 = problem.sites.iter().map(|site| u64::from(site.options.end - site.options.start)).product();
    problem.customers.ids().map(|customer| services(problem, customer).len() as u64).fold(options, u64::saturating_mul)
}

/// The best plan and its cost, or `None` when there is none.
pub fn solve(problem: &Problem) -> Option<(f64, Solution)> {
    let mut best: Option<(f64, Solution)> = None;
    each_plan(problem, &mut |plan| {
        if let Some(cost) = cost(problem, plan)
            && best.as_ref().is_none_or(|(least, _)| cost < *least)
        {
            best = Some((cost, plan.clone()));
        }
    });
    best
}

/// Calls `look` with every choice of options and services, those that a chosen option does not serve included.
pub fn each_plan(problem: &Problem, look: &mut dyn FnMut(&Solution)) {
    let ways: Vec<Vec<Service>> = problem.customers.ids().map(|customer| services(problem, customer)).collect();
    if ways.iter().any(Vec::is_empty) {
        return;
    }
    let choices: Vec<Vec<OptionId>> =
        problem.sites.iter().map(|site| site.options.clone().map(OptionId).collect()).collect();
    let mut plan = Solution {
        options: choices.iter().map(|choice| choice[0]).collect(),
        services: ways.iter().map(|way| way[0].clone()).collect(),
    };
    let mut digits = vec![0usize; choices.len() + ways.len()];
    loop {
        look(&plan);
        let mut place = 0;
        loop {
            if place == digits.len() {
                return;
            }
            digits[place] += 1;
            let size = if place < choices.len() { choices[place].len() } else { ways[place - choices.len()].len() };
            let wrapped = digits[place] == size;
            if wrapped {
                digits[place] = 0;
            }
            if place < choices.len() {
                plan.options[SiteId::new(place)] = choices[place][digits[place]];
            } else {
                let customer = place - choices.len();
                plan.services[CustomerId::new(customer)] = ways[customer][digits[place]].clone();
            }
            if !wrapped {
                break;
            }
            place += 1;
        }
    }
}

/// Every way to serve a customer: each arc, and for a divided one every distribution of its loads over several arcs.
fn services(problem: &Problem, customer: CustomerId) -> Vec<Service> {
    let owner = &problem.customers[customer];
    let arcs: Vec<ArcId> = owner.arcs.clone().map(ArcId).collect();
    let mut found: Vec<Service> = arcs.iter().map(|&arc| Service::Whole(arc)).collect();
    let Some(how) = owner.divisible else { return found };
    assert_eq!(how.grain, Grain::Whole, "fractions cannot be enumerated");
    if arcs.is_empty() {
        return found;
    }
    // One table per load: how much every arc takes.
    let mut tables: Vec<Vec<Vec<i64>>> = vec![Vec::new()];
    for &(_, load) in &owner.loads {
        let mut longer = Vec::new();
        for table in &tables {
            for taken in distributions(load, arcs.len()) {
                let mut next = table.clone();
                next.push(taken);
                longer.push(next);
            }
        }
        tables = longer;
    }
    for table in tables {
        let parts: Vec<Part> = arcs
            .iter()
            .enumerate()
            .filter(|&(position, _)| table.iter().any(|taken| taken[position] > 0))
            .map(|(position, &arc)| Part { arc, loads: table.iter().map(|taken| taken[position] as f64).collect() })
            .collect();
        if parts.len() > 1 {
            found.push(Service::Split(parts));
        }
    }
    found
}

/// All ways to write `total` as an ordered sum of `count` numbers from 0.
fn distributions(total: i64, count: usize) -> Vec<Vec<i64>> {
    if count == 1 {
        return vec![vec![total]];
    }
    (0..=total)
        .flat_map(|first| {
            distributions(total - first, count - 1).into_iter().map(move |mut rest| {
                rest.insert(0, first);
                rest
            })
        })
        .collect()
}

/// The arcs used by a customer with the twelfths of it that each carries.
fn carried(problem: &Problem, customer: CustomerId, service: &Service) -> Vec<(ArcId, i64)> {
    match service {
        Service::Whole(arc) => vec![(*arc, TWELVE)],
        Service::Split(parts) => {
            let mass: i64 = problem.customers[customer].loads.iter().map(|&(_, load)| load).sum();
            assert_eq!(TWELVE % mass, 0, "the generator keeps masses to divisors of 12");
            parts.iter().map(|part| (part.arc, part.loads.iter().sum::<f64>() as i64 * TWELVE / mass)).collect()
        }
    }
}

/// The cost of a plan, or `None` when it breaks something hard.
pub fn cost(problem: &Problem, plan: &Solution) -> Option<f64> {
    let mut cost = problem.offset;
    let mut overflows: Vec<(Overflow, f64)> = Vec::new();
    let commodities = problem.commodities.len();
    // Twelfths of load per site and commodity.
    let mut load = vec![vec![0i64; commodities]; problem.sites.len()];
    for (customer, service) in plan.services.entries() {
        let owner = &problem.customers[customer];
        let mut sites: Vec<(SiteId, i64)> = Vec::new();
        for (arc, share) in carried(problem, customer, service) {
            let arc = &problem.arcs[arc];
            let served = match &problem.options[plan.options[arc.site]].serves {
                Serves::Nobody => false,
                Serves::Everybody => true,
                Serves::Only(list) => list.contains(&customer),
            };
            if !served {
                return None;
            }
            cost += arc.cost * share as f64 / TWELVE as f64;
            for &(commodity, extra) in &arc.extra {
                load[arc.site.index()][commodity.index()] += extra * share;
            }
            match sites.iter_mut().find(|(site, _)| *site == arc.site) {
                Some((_, sum)) => *sum += share,
                None => sites.push((arc.site, share)),
            }
        }
        match service {
            Service::Whole(arc) => {
                for &(commodity, amount) in &owner.loads {
                    load[problem.arcs[*arc].site.index()][commodity.index()] += TWELVE * amount;
                }
            }
            Service::Split(parts) => {
                for part in parts {
                    for (&(commodity, _), &amount) in owner.loads.iter().zip(&part.loads) {
                        load[problem.arcs[part.arc].site.index()][commodity.index()] += TWELVE * amount as i64;
                    }
                }
            }
        }
        if let (Some(how), Service::Split(_)) = (owner.divisible, service) {
            let percent = (how.min_share * 100.0).round() as i64;
            if how.max_sites.is_some_and(|max| sites.len() > max as usize)
                || sites.iter().any(|&(_, share)| share * 100 < percent * TWELVE)
            {
                return None;
            }
        }
    }
    for (site, &option) in plan.options.entries() {
        cost += problem.options[option].cost;
        for (index, limit) in problem.options[option].limits.iter().enumerate() {
            let amount = overflow(problem, limit, &load[site.index()]);
            cost += priced(amount, limit.price)?;
            overflows.push((Overflow::Limit(option, index as u32), amount));
        }
    }
    for (index, row) in problem.rows.iter().enumerate() {
        let twelfths = twelfths(problem, plan, &row.options, &row.arcs);
        let outside = (twelfths - 12.0 * row.upper).max(12.0 * row.lower - twelfths).max(0.0);
        cost += priced(outside / 12.0, row.price)?;
        overflows.push((Overflow::Row(index as u32), outside / 12.0));
    }
    for implication in &problem.implications {
        if plan.options.iter().any(|&chosen| chosen == implication.option) {
            for &customer in &implication.customers {
                if sites_of(problem, plan, customer).iter().any(|&site| site != implication.site) {
                    return None;
                }
            }
        }
    }
    for (index, pair) in problem.pairs.iter().enumerate() {
        if sites_of(problem, plan, pair.first) != sites_of(problem, plan, pair.second) {
            cost += priced(1.0, pair.price)?;
            overflows.push((Overflow::Pair(index as u32), 1.0));
        }
    }
    for ceiling in &problem.ceilings {
        let mut value = twelfths(problem, plan, &ceiling.options, &ceiling.arcs) / 12.0;
        for (what, amount) in &overflows {
            value +=
                ceiling.overflows.iter().filter(|(of, _)| of == what).map(|(_, factor)| factor * amount).sum::<f64>();
        }
        if value > ceiling.upper + 1e-9 {
            return None;
        }
    }
    connected(problem, plan).then_some(cost)
}

/// Twelfths of the sum over chosen options and used arcs.
fn twelfths(problem: &Problem, plan: &Solution, options: &[(OptionId, f64)], arcs: &[(ArcId, f64)]) -> f64 {
    let mut sum = 0.0;
    for &(option, factor) in options {
        if plan.options.iter().any(|&chosen| chosen == option) {
            sum += 12.0 * factor;
        }
    }
    for &(arc, factor) in arcs {
        let customer = problem.arcs[arc].customer;
        for (used, share) in carried(problem, customer, &plan.services[customer]) {
            if used == arc {
                sum += factor * share as f64;
            }
        }
    }
    sum
}

/// What an overflow costs; `None` where it is forbidden.
fn priced(amount: f64, price: f64) -> Option<f64> {
    if amount == 0.0 { Some(0.0) } else { (price != f64::INFINITY).then_some(amount * price) }
}

/// Units outside a limit.
fn overflow(problem: &Problem, limit: &Limit, load: &[i64]) -> f64 {
    // Twelfths of the measured value.
    let value: i64 = match &problem.measures[limit.measure] {
        Measure::Load(terms) => terms.iter().map(|&(commodity, weight)| weight * load[commodity.index()]).sum(),
        Measure::WholeUnits(terms) => terms
            .iter()
            .map(|&(commodity, size): &(CommodityId, i64)| {
                // As many units as it takes, counted one by one.
                let mut units = 0;
                while units * size * TWELVE < load[commodity.index()] {
                    units += 1;
                }
                units * TWELVE
            })
            .sum(),
    };
    let above = if limit.max == i64::MAX { 0 } else { value - limit.max * TWELVE };
    let below = limit.min * TWELVE - value;
    above.max(below).max(0) as f64 / TWELVE as f64
}

fn sites_of(problem: &Problem, plan: &Solution, customer: CustomerId) -> Vec<SiteId> {
    let mut sites: Vec<SiteId> = match &plan.services[customer] {
        Service::Whole(arc) => vec![problem.arcs[*arc].site],
        Service::Split(parts) => parts.iter().map(|part| problem.arcs[part.arc].site).collect(),
    };
    sites.sort();
    sites.dedup();
    sites
}

fn connected(problem: &Problem, plan: &Solution) -> bool {
    problem.layers.iter().all(|layer| {
        problem.sites.ids().all(|site| {
            let inside: Vec<usize> = (0..layer.customers.len())
                .filter(|&node| sites_of(problem, plan, layer.customers[node]).contains(&site))
                .collect();
            let Some(&first) = inside.first() else { return true };
            if layer.homes[site].is_some_and(|home| !inside.contains(&(home as usize))) {
                return false;
            }
            // Grow from the first node until nothing is added.
            let mut grown = vec![first];
            loop {
                let next = inside.iter().copied().find(|node| {
                    !grown.contains(node)
                        && grown.iter().any(|&other| layer.neighbours[other].contains(&(*node as u32)))
                });
                match next {
                    Some(node) => grown.push(node),
                    None => return grown.len() == inside.len(),
                }
            }
        })
    })
}
