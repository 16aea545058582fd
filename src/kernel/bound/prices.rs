//! Multipliers of customers from prices of capacity: with the open sites given, the other way round to relax.
//!
//! For prices `p` of the sites' capacities, `sum over customers of min (cost + p * load) - sum p * capacity` bounds the cost
//! of every assignment, and its maximum is that of the relaxed "served once" with fractional knapsacks. It has a dimension
//! for each open site only, so that it is climbed in a fraction of the steps (Ross and Soland 1975, Mathematical
//! Programming 8). The least charges of the customers are multipliers that are at least as good.

use super::active::Removed;
use super::transport::Transport;
use crate::kernel::prepare::Tables;

/// Most steps of the climb to prices that cannot be worked out exactly, and the arc visits that they are cut to, but never below
/// the least.
const STEPS: usize = 250;
const LEAST_STEPS: usize = 60;
const VISITS: usize = 2_000_000;
/// Steps without progress after which the aim comes nearer, and by how much.
const PATIENCE: usize = 5;
const NEARER: f64 = 0.6;
/// Part of the last direction that is kept.
const KEEP: f64 = 0.5;

/// Multipliers of the cells for the sites that serve under `options` (one for each site), starting from the prices of
/// their limits, over the arcs that are not removed; with the work done. `None` where some cell has no arc left or a site
/// is not a plain knapsack.
pub fn multipliers_of_prices(
    tables: &Tables,
    removed: &Removed,
    options: &[u32],
    limits: &[f64],
) -> Option<(Vec<f64>, u64)> {
    if !tables.arc_rows.is_empty() || tables.sites.iter().any(|site| !site.simple) {
        return None;
    }
    // Open sites.
    let mut index = vec![u32::MAX; options.len()];
    let (mut price, mut capacity, mut dearest) = (Vec::new(), Vec::new(), Vec::new());
    for (site, &option) in options.iter().enumerate() {
        let table = &tables.options.as_slice()[option as usize];
        if table.serves {
            index[site] = price.len() as u32;
            let limit = tables.capacity(option as usize);
            let known = limit.map_or(0.0, |_| limits[table.limits.start as usize]);
            price.push(if known.is_finite() { known } else { 0.0 });
            capacity.push(limit.map_or(f64::INFINITY, |limit| limit.max));
            dearest.push(limit.map_or(0.0, |limit| limit.price));
        }
    }
    // All capacity together exceeds the demand: what is common to the prices only costs.
    let least = price.iter().copied().fold(f64::INFINITY, f64::min);
    for price in &mut price {
        *price -= least;
    }
    let mut starts = vec![0u32];
    let mut arcs: Vec<(u32, f64, f64)> = Vec::new();
    for cell in 0..tables.cells.len() {
        for &position in tables.cheapest(cell) {
            let site = index[tables.site[position as usize] as usize];
            if site != u32::MAX && !removed.contains(position) {
                arcs.push((site, tables.cost[position as usize], tables.load[position as usize]));
            }
        }
        if arcs.len() as u32 == starts[cell] {
            return None;
        }
        starts.push(arcs.len() as u32);
    }
    let sites = price.len();
    if Transport::affordable(tables.cells.len(), sites)
        && let Some((charges, work)) =
            transport(&starts, &arcs, &capacity, &dearest).and_then(|problem| problem.charges())
    {
        return Some((charges, work + arcs.len() as u64));
    }
    let mut charges = vec![0.0; tables.cells.len()];
    let evaluate = |price: &[f64], direction: &mut [f64], keep: f64, charges: &mut [f64]| {
        let mut value = 0.0;
        let mut scale = 0.0;
        for (d, (&p, &room)) in direction.iter_mut().zip(price.iter().zip(&capacity)) {
            *d *= keep;
            if room.is_finite() {
                value -= p * room;
                *d -= room;
            }
        }
        for (cell, charge) in charges.iter_mut().enumerate() {
            let own = &arcs[starts[cell] as usize..starts[cell + 1] as usize];
            let (mut least, mut best) = (f64::INFINITY, own[0]);
            for &arc in own {
                let cost = arc.1 + price[arc.0 as usize] * arc.2;
                if cost < least {
                    (least, best) = (cost, arc);
                }
            }
            direction[best.0 as usize] += best.2;
            *charge = least;
            value += least;
            scale += best.1.abs();
        }
        (value, scale)
    };
    let mut direction = vec![0.0; price.len()];
    let (mut best, scale) = evaluate(&price, &mut direction, 0.0, &mut charges);
    let mut best_price = price.clone();
    let mut best_charges = charges.clone();
    let mut aim = 0.1 * scale.max(1e-9);
    let mut value = best;
    let mut fails = 0;
    let mut steps = 1;
    let most = (VISITS / arcs.len().max(1)).clamp(LEAST_STEPS, STEPS);
    while steps < most && aim > 1e-6 * scale {
        steps += 1;
        let mut length = 0.0;
        for ((d, &p), &room) in direction.iter_mut().zip(&price).zip(&capacity) {
            if room.is_infinite() || p <= 0.0 && *d < 0.0 {
                *d = 0.0;
            }
            length += *d * *d;
        }
        if length <= 1e-9 {
            break;
        }
        let stride = (best + aim - value) / length;
        for ((p, &d), &most) in price.iter_mut().zip(&direction).zip(&dearest) {
            *p = (*p + stride * d).clamp(0.0, most);
        }
        value = evaluate(&price, &mut direction, KEEP, &mut charges).0;
        if value > best {
            if value > best + 0.1 * aim {
                fails = 0;
            }
            best = value;
            best_price.clone_from(&price);
            best_charges.clone_from(&charges);
        } else {
            fails += 1;
        }
        if fails >= PATIENCE {
            fails = 0;
            aim *= NEARER;
            price.clone_from(&best_price);
            value = evaluate(&price, &mut direction, 0.0, &mut charges).0;
            steps += 1;
        }
    }
    Some((best_charges, (steps * arcs.len()) as u64))
}

/// The arcs (site, cost, load), grouped by customer, as a transportation problem. `None` where a customer's load depends on
/// the site.
fn transport(starts: &[u32], arcs: &[(u32, f64, f64)], capacity: &[f64], overflow: &[f64]) -> Option<Transport> {
    let mut problem = Transport::new(capacity.to_vec(), overflow.to_vec());
    for ends in starts.windows(2) {
        let own = &arcs[ends[0] as usize..ends[1] as usize];
        problem.customer(own.iter().copied())?;
    }
    Some(problem)
}
