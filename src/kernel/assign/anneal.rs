//! Simulated annealing of an assignment within tight capacities: shifts and swaps, overload at a price of each site's own that
//! rises while there is some and falls while there is none. With one price for all sites some site always lacks room.
//!
//! Kirkpatrick, Gelatt and Vecchi (1983), Science 220; the moving price of overload as in Yagiura, Ibaraki and Glover
//! (2004), INFORMS Journal on Computing 16, for the generalised assignment problem.

use super::placement::{Placement, takes};
use super::repair::{NONE, Repair};
use super::single::Assignment;
use crate::random::Random;

/// How far moves look: below which draw among how many of the cheapest arcs; above the last one among all.
const NEAR: [(f64, usize); 2] = [(0.7, 4), (0.95, 20)];
/// First and last temperature as a share of the typical distance between a customer's two cheapest arcs.
const HOT: f64 = 0.6;
const COLD: f64 = 0.02;

/// Anneals from arcs chosen for all customers, within capacities or not, in so many moves; the best assignment found that
/// keeps to the capacities, with its cost, and the moves made.
pub fn anneal(
    problem: &Assignment,
    start: &[u32],
    moves: u64,
    random: &mut Random,
    interrupted: &dyn Fn() -> bool,
) -> (Option<(Vec<u32>, f64)>, u64) {
    let several: Vec<u32> =
        (0..problem.customers() as u32).filter(|&customer| problem.arcs(customer as usize).len() > 1).collect();
    let mut gaps: Vec<(f64, f64)> = several
        .iter()
        .map(|&customer| {
            let arcs = problem.arcs(customer as usize);
            let step = problem.cost[arcs.start + 1] - problem.cost[arcs.start];
            (step, step / problem.load[arcs.start].max(1e-9))
        })
        .collect();
    if gaps.is_empty() {
        return (None, 0);
    }
    gaps.sort_by(|a, b| a.0.total_cmp(&b.0));
    let typical = gaps[gaps.len() / 2].0.max(1e-9 * problem.cost.iter().copied().fold(0.0, f64::max)).max(1e-12);
    gaps.sort_by(|a, b| a.1.total_cmp(&b.1));
    let floor = 1e-3 * gaps[gaps.len() / 2].1.max(1e-12);
    let mut walk = Placement::new(problem, start, 1e3 * floor);
    let mut best: Option<(Vec<u32>, f64)> = None;
    let mut done = 0;
    let period = walk.period();
    while done < moves && !interrupted() {
        let part = done as f64 / moves as f64;
        let temperature = typical * HOT * (COLD / HOT).powf(part);
        for _ in 0..period {
            let customer = several[random.below(several.len())] as usize;
            if random.chance(0.5) {
                shift(&mut walk, customer, temperature, random);
            } else {
                swap(&mut walk, customer, temperature, random);
            }
            walk.keep_better(&mut best);
        }
        done += period;
        walk.reprice(part, floor);
    }
    // Where somebody always lacked room, those who do are served anew.
    let mut chosen = best.map_or_else(|| walk.within_room(), |best| best.0);
    done += Repair::default().run(problem, &mut chosen);
    if chosen.contains(&NONE) {
        return (None, done);
    }
    let cost = problem.offset + chosen.iter().map(|&arc| problem.cost[arc as usize]).sum::<f64>();
    (Some((chosen, cost)), done)
}

/// Another arc of a customer: near ones more often.
fn other(problem: &Assignment, customer: usize, random: &mut Random) -> usize {
    let arcs = problem.arcs(customer);
    let draw = random.unit();
    let among = NEAR.iter().find(|near| draw < near.0).map_or(arcs.len(), |near| arcs.len().min(near.1));
    arcs.start + random.below(among)
}

fn shift(walk: &mut Placement<'_>, customer: usize, temperature: f64, random: &mut Random) {
    let arc = other(walk.problem, customer, random);
    if walk.site_of(customer) != walk.problem.site[arc] as usize
        && takes(walk.change(customer, arc), temperature, random)
    {
        walk.set(customer, arc);
    }
}

fn swap(walk: &mut Placement<'_>, customer: usize, temperature: f64, random: &mut Random) {
    let problem = walk.problem;
    let arc = other(problem, customer, random);
    let (from, to) = (walk.site_of(customer), problem.site[arc] as usize);
    if from == to {
        return;
    }
    let Some(&partner) = random.pick(&walk.members[to]) else { return };
    let partner = partner as usize;
    let Some(back) = problem.arcs(partner).find(|&arc| problem.site[arc] as usize == from) else { return };
    if takes(walk.change_of_two((customer, arc), (partner, back)), temperature, random) {
        walk.set(customer, arc);
        walk.set(partner, back);
    }
}
