//! The cost of an answer and the conditions that it breaks, from the instance alone: nothing here knows the kernel.

use super::answer::{Answer, Assigned};
use super::instance::Instance;
use super::kind::ProblemKind;
use super::neighbours::Neighbours;
use std::collections::{BTreeMap, BTreeSet};

/// What an answer is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Its cost, as far as it is defined.
    pub cost: f64,
    /// Every condition that it breaks, in words.
    pub violations: Vec<String>,
}

/// How far the fractions of a customer may be from 1, and a load above a capacity, in absolute terms.
const TOLERANCE: f64 = 1e-6;
/// How far a load may be above a capacity, in relative terms.
const RELATIVE_TOLERANCE: f64 = 1e-9;

/// Recomputes the cost of `answer` and tests every condition of `kind`.
pub fn judge(
    instance: &Instance,
    kind: ProblemKind,
    p: Option<usize>,
    neighbours: Option<&Neighbours>,
    answer: &Answer,
) -> Judgement {
    let position: BTreeMap<i64, usize> =
        instance.facilities.iter().enumerate().map(|(index, facility)| (facility.id, index)).collect();
    let mut violations = Vec::new();
    let mut open = BTreeSet::new();
    for id in &answer.open {
        match position.get(id) {
            None => violations.push(format!("open: {id} is no facility")),
            Some(&index) if !open.insert(index) => violations.push(format!("open: facility {id} occurs twice")),
            Some(_) => {}
        }
    }
    if kind.has_given_facilities() && open.len() != instance.facilities.len() {
        violations.push(format!("{} of {} given facilities are open", open.len(), instance.facilities.len()));
    }
    if kind.has_exact_p() && p != Some(open.len()) {
        violations.push(format!("{} facilities are open where p is {p:?}", open.len()));
    }
    if answer.assign.len() != instance.customers.len() {
        violations.push(format!("{} services for {} customers", answer.assign.len(), instance.customers.len()));
    }

    let mut cost = 0.0;
    if kind.has_fixed_costs() {
        cost += open.iter().map(|&index| instance.facilities[index].fixed_cost).sum::<f64>();
    }
    let mut loads = vec![0.0; instance.facilities.len()];
    let mut areas = vec![Vec::new(); instance.facilities.len()];
    for (j, (customer, assigned)) in instance.customers.iter().zip(&answer.assign).enumerate() {
        let parts: &[(i64, f64)] = match assigned {
            Assigned::To(id) => &[(*id, 1.0)],
            Assigned::Among(parts) => parts,
        };
        if !kind.is_split() && !matches!(parts, [(_, fraction)] if (fraction - 1.0).abs() <= TOLERANCE) {
            violations.push(format!("customer {}: not served by exactly one facility", customer.id));
        }
        let total: f64 = parts.iter().map(|&(_, fraction)| fraction).sum();
        if (total - 1.0).abs() > TOLERANCE || parts.iter().any(|&(_, fraction)| fraction < -TOLERANCE) {
            violations.push(format!("customer {}: fractions are negative or do not add up to 1", customer.id));
        }
        for (id, fraction) in parts {
            match position.get(id) {
                Some(i) if open.contains(i) => {
                    cost += fraction * instance.cost(*i, j);
                    loads[*i] += fraction * customer.demand;
                    areas[*i].push(j);
                }
                _ => violations.push(format!("customer {}: served by {id}, which is not open", customer.id)),
            }
        }
    }
    for (i, facility) in instance.facilities.iter().enumerate() {
        if let Some(capacity) = facility.capacity.filter(|_| kind.has_capacity())
            && loads[i] > capacity * (1.0 + RELATIVE_TOLERANCE) + TOLERANCE
        {
            violations.push(format!("facility {}: load {} above capacity {capacity}", facility.id, loads[i]));
        }
        if open.contains(&i) && (kind.has_given_facilities() || kind.is_contiguous()) {
            let home = facility.home.filter(|home| areas[i].contains(home));
            match home {
                None if kind.has_given_facilities() || !areas[i].is_empty() => {
                    violations.push(format!("facility {}: does not serve its own unit", facility.id));
                }
                Some(home) if kind.is_contiguous() => {
                    let cut_off = neighbours.map_or(areas[i].len(), |graph| cut_off(graph, home, &areas[i]));
                    if cut_off > 0 {
                        violations.push(format!("facility {}: {cut_off} units are cut off from it", facility.id));
                    }
                }
                _ => {}
            }
        }
    }
    Judgement { cost, violations }
}

/// How many units of `area` cannot be reached from `home` within it.
fn cut_off(graph: &Neighbours, home: usize, area: &[usize]) -> usize {
    let mut left: BTreeSet<usize> = area.iter().copied().collect();
    left.remove(&home);
    let mut stack = vec![home];
    while let Some(unit) = stack.pop() {
        for &next in &graph.of[unit] {
            if left.remove(&(next as usize)) {
                stack.push(next as usize);
            }
        }
    }
    left.len()
}
