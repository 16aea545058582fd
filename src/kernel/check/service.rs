//! Checks that a customer's service is well formed: its own arcs, and parts that keep the rules of division.

use super::super::problem::{Customer, Divisible, Grain, Part, Problem, Service};
use super::{TOLERANCE, Violation};
use crate::id::{ArcId, CustomerId, SiteId};

pub(super) fn check(problem: &Problem, customer: CustomerId, service: &Service, violations: &mut Vec<Violation>) {
    let owner = &problem.customers[customer];
    let own = |arc: ArcId, violations: &mut Vec<Violation>| {
        if problem.arcs[arc].customer != customer {
            violations.push(Violation::ArcOfAnotherCustomer { customer, arc });
        }
    };
    match service {
        Service::Whole(arc) => own(*arc, violations),
        Service::Split(parts) => {
            for part in parts {
                own(part.arc, violations);
            }
            match owner.divisible {
                Some(how) if owner.mass() > 0 => division(problem, customer, how, parts, violations),
                _ => violations.push(Violation::NotDivisible { customer }),
            }
        }
    }
}

fn division(problem: &Problem, customer: CustomerId, how: Divisible, parts: &[Part], violations: &mut Vec<Violation>) {
    let owner = &problem.customers[customer];
    for (index, part) in parts.iter().enumerate() {
        let in_order = index == 0 || parts[index - 1].arc < part.arc;
        let fault = if in_order { fault(owner, how.grain, part) } else { Some("is not in increasing order of arc") };
        if let Some(fault) = fault {
            violations.push(Violation::Part { customer, arc: part.arc, fault });
        }
    }
    if parts.iter().any(|part| part.loads.len() != owner.loads.len()) {
        return;
    }
    for (position, &(_, expected)) in owner.loads.iter().enumerate() {
        let found: f64 = parts.iter().map(|part| part.loads[position]).sum();
        if outside(found, expected as f64, how.grain) {
            violations.push(Violation::PartsTotal { customer, position, found, expected });
        }
    }
    sites(problem, customer, how, parts, violations);
}

fn outside(found: f64, expected: f64, grain: Grain) -> bool {
    match grain {
        Grain::Whole => found != expected,
        // A NaN is outside too.
        Grain::Continuous => !matches!((found - expected).abs().partial_cmp(&(TOLERANCE * expected.abs().max(1.0))),
                Some(order) if order.is_le()),
    }
}

fn fault(owner: &Customer, grain: Grain, part: &Part) -> Option<&'static str> {
    if part.loads.len() != owner.loads.len() {
        return Some("does not list the customer's loads");
    }
    if part.loads.iter().any(|load| !load.is_finite() || *load < 0.0) {
        return Some("is negative or not a number");
    }
    let size: f64 = part.loads.iter().sum();
    if size <= 0.0 {
        return Some("is empty");
    }
    match grain {
        Grain::Whole => part.loads.iter().any(|load| load.fract() != 0.0).then_some("is not a whole number"),
        Grain::Continuous => {
            let share = size / owner.mass() as f64;
            let uneven = part
                .loads
                .iter()
                .zip(&owner.loads)
                .any(|(&load, &(_, whole))| outside(load, share * whole as f64, grain));
            uneven.then_some("takes unequal shares of the customer's loads")
        }
    }
}

/// Number of sites and least share per site. Several arcs to one site count together.
fn sites(problem: &Problem, customer: CustomerId, how: Divisible, parts: &[Part], violations: &mut Vec<Violation>) {
    let mass = problem.customers[customer].mass() as f64;
    let mut shares: Vec<(SiteId, f64)> = Vec::with_capacity(parts.len());
    for part in parts {
        let site = problem.arcs[part.arc].site;
        let size: f64 = part.loads.iter().sum();
        match shares.last_mut() {
            Some((last, sum)) if *last == site => *sum += size,
            _ => shares.push((site, size)),
        }
    }
    if let Some(max) = how.max_sites
        && shares.len() as u64 > u64::from(max)
    {
        violations.push(Violation::TooManySites { customer, found: shares.len() as u32, max });
    }
    for (site, size) in shares {
        // The least share is a decimal fraction, so even a whole part is compared with a little room.
        let room = match how.grain {
            Grain::Whole => 1e-9,
            Grain::Continuous => TOLERANCE,
        };
        let share = size / mass;
        if share < how.min_share - room {
            violations.push(Violation::SmallShare { customer, site, share, min: how.min_share });
        }
    }
}
