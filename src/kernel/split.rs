//! Dividing a divisible customer among sites: nearest sites first, each up to what its hard limits leave.

use super::problem::{Divisible, Grain, Part, Service};
use super::state::{STRUCTURAL, Score, State};
use super::tables::TOLERANCE;
use crate::id::{ArcId, CustomerId, Id};

/// Serves a divisible customer as well as filling its cheapest sites in turn can do, or as a whole where that is no worse.
/// The state's hard excess is priced at `weight`.
pub fn divide(state: &mut State<'_>, customer: CustomerId, weight: f64) {
    let problem = state.problem;
    let Some(how) = problem.customers[customer].divisible else { return };
    if state.tables.mass[customer.index()] <= 0.0 {
        return;
    }
    let start = state.mark();
    state.set(customer, None);
    let empty = state.mark();
    let mut best: Option<(f64, Service)> = None;
    let keep = |best: &mut Option<(f64, Service)>, score: Score, service: Service| {
        let value = score.priced(weight);
        if best.as_ref().is_none_or(|(known, _)| value < *known - 1e-9 * known.abs().max(1.0)) {
            *best = Some((value, service));
        }
    };
    let arcs: Vec<ArcId> = state
        .tables
        .by_cost(problem, customer)
        .iter()
        .map(|&arc| ArcId(arc))
        .filter(|&arc| state.fits(customer, problem.arcs[arc].site))
        .collect();
    const WHOLE_TRIED: usize = 8;
    for &arc in arcs.iter().take(WHOLE_TRIED) {
        let score = state.score() + state.delta(&[(customer, arc)]);
        keep(&mut best, score, Service::Whole(arc));
    }
    if let Some(parts) = fill(state, customer, how, &arcs) {
        state.set(customer, Some(Service::Split(parts.clone())));
        keep(&mut best, state.score(), Service::Split(parts));
        state.rollback(empty);
    }
    match best {
        Some((_, service)) => state.set(customer, Some(service)),
        None => state.rollback(start),
    }
}

/// Parts that fill the sites of `arcs` in turn; the last site takes what is left, over its limits if need be.
fn fill(state: &mut State<'_>, customer: CustomerId, how: Divisible, arcs: &[ArcId]) -> Option<Vec<Part>> {
    let problem = state.problem;
    let total: Vec<f64> = problem.customers[customer].loads.iter().map(|&(_, load)| load as f64).collect();
    let mass: f64 = total.iter().sum();
    let most = how.max_sites.map_or(usize::MAX, |most| most as usize);
    let least = (how.min_share * mass - TOLERANCE).max(0.0);
    let mut left = total.clone();
    let mut parts: Vec<Part> = Vec::new();
    let mut sites = Vec::new();
    for &arc in arcs {
        let rest: f64 = left.iter().sum();
        if rest <= TOLERANCE || parts.len() == most {
            break;
        }
        if sites.contains(&problem.arcs[arc].site) {
            continue;
        }
        let mut loads = room(state, customer, arc, &left, how.grain);
        let mut taken: f64 = loads.iter().sum();
        if rest - taken > TOLERANCE && rest - taken < least {
            // What would stay behind is too small to be a part of its own.
            loads = scaled(&left, (rest - least) / rest, how.grain);
            taken = loads.iter().sum();
        }
        if taken <= TOLERANCE || taken < least {
            continue;
        }
        for (left, load) in left.iter_mut().zip(&loads) {
            *left -= load;
        }
        sites.push(problem.arcs[arc].site);
        parts.push(Part { arc, loads: loads.into() });
    }
    let rest: f64 = left.iter().sum();
    if rest > TOLERANCE {
        let last = parts.last_mut()?;
        for (load, left) in last.loads.iter_mut().zip(&left) {
            *load += left;
        }
    }
    parts.sort_by_key(|part| part.arc);
    (parts.len() > 1).then_some(parts)
}

/// The largest part of `left` that adds no hard excess at the site of `arc`.
fn room(state: &mut State<'_>, customer: CustomerId, arc: ArcId, left: &[f64], grain: Grain) -> Vec<f64> {
    const STEPS: usize = 24;
    let before = state.score().hard - STRUCTURAL;
    let mut fits = |share: f64| {
        let loads = scaled(left, share, grain);
        if loads.iter().sum::<f64>() <= TOLERANCE {
            return true;
        }
        let mark = state.mark();
        state.set(customer, Some(Service::Split(vec![Part { arc, loads: loads.into() }])));
        let after = state.score().hard;
        state.rollback(mark);
        after <= before + TOLERANCE
    };
    if fits(1.0) {
        return left.to_vec();
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..STEPS {
        let middle = f64::midpoint(low, high);
        if fits(middle) { low = middle } else { high = middle }
    }
    scaled(left, low, grain)
}

fn scaled(loads: &[f64], share: f64, grain: Grain) -> Vec<f64> {
    match grain {
        Grain::Continuous => loads.iter().map(|load| load * share).collect(),
        Grain::Whole => loads.iter().map(|load| (load * share + TOLERANCE).floor().min(*load)).collect(),
    }
}
