//! The searches of assignments against enumeration.

use super::repair::{NONE, Repair};
use super::tolls::{Item, Tolls};
use super::*;
use crate::kernel::bound::{Relaxation, Removed};
use crate::kernel::builder::ProblemBuilder;
use crate::random::Random;

const SITES: usize = 3;
const CUSTOMERS: usize = 7;

/// A random assignment in which every customer has an arc to most sites; capacities are tight.
fn random_assignment(random: &mut Random) -> Assignment {
    let mut builder = ProblemBuilder::new();
    let pupils = builder.commodity("pupils");
    let load = builder.load(pupils);
    let loads: Vec<i64> = (0..CUSTOMERS).map(|_| random.between(1, 12)).collect();
    let fair = loads.iter().sum::<i64>() as f64 / SITES as f64;
    let mut sites = Vec::new();
    for at in 0..SITES {
        let site = builder.site(format!("s{at}"));
        let option = builder.option(site, "open", random.between(0, 9) as f64);
        builder.capacity(option, load, (fair * random.range(0.9, 1.5)) as i64);
        sites.push(site);
    }
    for (at, &own) in loads.iter().enumerate() {
        let customer = builder.customer(format!("c{at}"), [(pupils, own)]);
        let left_out = random.below(2 * SITES);
        for (number, &site) in sites.iter().enumerate() {
            if number != left_out {
                builder.arc(customer, site, random.between(1, 60) as f64);
            }
        }
    }
    let problem = builder.build().expect("consistent").problem;
    let relaxation = Relaxation::new(&problem);
    assert!(is_single(&problem, &relaxation.tables));
    let options: Vec<u32> = (0..SITES as u32).collect();
    let removed = Removed::none(relaxation.tables.arc.len());
    Assignment::new(&problem, &relaxation.tables, &options, &removed).unwrap_or_else(|| random_assignment(random))
}

/// Calls `visit` with every choice of an arc for each customer.
fn each_choice(assignment: &Assignment, chosen: &mut Vec<u32>, visit: &mut dyn FnMut(&[u32])) {
    if chosen.len() == assignment.customers() {
        visit(chosen);
        return;
    }
    for arc in assignment.arcs(chosen.len()) {
        chosen.push(arc as u32);
        each_choice(assignment, chosen, visit);
        chosen.pop();
    }
}

/// Cost of a choice; `None` where someone is not served or a capacity is exceeded.
fn cost(assignment: &Assignment, chosen: &[u32]) -> Option<f64> {
    let mut room = assignment.capacity.clone();
    let mut cost = assignment.offset;
    for &arc in chosen {
        let arc = (arc != NONE).then_some(arc as usize)?;
        room[assignment.site[arc] as usize] -= assignment.load[arc];
        cost += assignment.cost[arc];
    }
    room.iter().all(|&room| room >= 0.0).then_some(cost)
}

fn optimum(assignment: &Assignment) -> Option<f64> {
    let mut best: Option<f64> = None;
    each_choice(assignment, &mut Vec::new(), &mut |chosen| {
        if let Some(cost) = cost(assignment, chosen) {
            best = Some(best.map_or(cost, |best| best.min(cost)));
        }
    });
    best
}

/// Random assignments with their optima.
fn samples(name: &str, count: usize) -> Vec<(Assignment, Option<f64>)> {
    let mut random = Random::new(17, name);
    let assignments: Vec<Assignment> = (0..count).map(|_| random_assignment(&mut random)).collect();
    assignments.into_iter().map(|assignment| (optimum(&assignment), assignment)).map(|(o, a)| (a, o)).collect()
}

fn descend(assignment: &Assignment, cutoff: f64, nodes: u64) -> Descent {
    let effort = Effort { nodes, first_steps: 40, steps: 10 };
    let start = vec![20.0; assignment.customers()];
    Descend::new(assignment, cutoff, 0.0, effort, &|| false).run(&start)
}

#[test]
fn the_search_finds_the_optimum_and_proves_it() {
    let (mut feasible, mut searched) = (0, 0);
    for (number, (assignment, optimum)) in samples("descend", 150).iter().enumerate() {
        let found = descend(assignment, 1000.0, 100_000);
        assert!(!found.cut, "sample {number}");
        searched += usize::from(found.nodes > 1);
        let best = found.best.map(|(chosen, claimed)| {
            assert_eq!(cost(assignment, &chosen), Some(claimed), "sample {number}");
            claimed
        });
        assert_eq!(best, *optimum, "sample {number}");
        let expected = optimum.unwrap_or(1000.0);
        assert!((found.bound - expected).abs() < 1e-6 * expected, "sample {number}: {} {expected}", found.bound);
        feasible += usize::from(optimum.is_some());
    }
    assert!((50..150).contains(&feasible), "{feasible} are feasible");
    assert!(searched > 10, "{searched} needed more than one node");
}

#[test]
fn an_aim_below_the_optimum_is_proven_and_a_search_cut_short_claims_no_more_than_it_knows() {
    let mut reached = 0;
    for (number, (assignment, optimum)) in samples("aims", 150).iter().enumerate() {
        let Some(optimum) = *optimum else { continue };
        let aim = 0.97 * optimum;
        let found = descend(assignment, aim, 100_000);
        assert!(found.best.is_none() && found.bound == aim, "sample {number}: {found:?}, optimum {optimum}");
        let hasty = descend(assignment, optimum + 50.0, 1);
        assert!(hasty.bound <= optimum + 1e-6, "sample {number}: {} above {optimum}", hasty.bound);
        reached += usize::from(!hasty.cut);
    }
    assert!(reached > 10, "{reached} were settled at their first node");
}

#[test]
fn repair_keeps_capacities_never_worsens_and_leaves_no_shift_that_pays() {
    let mut random = Random::new(18, "repair starts");
    let (mut completed, mut improved, mut best) = (0, 0, 0);
    for (number, (assignment, optimum)) in samples("repair", 200).iter().enumerate() {
        // Customers in order take a random arc where there is room, else none.
        let mut room = assignment.capacity.clone();
        let mut chosen: Vec<u32> = Vec::new();
        for customer in 0..assignment.customers() {
            let arcs = assignment.arcs(customer);
            let arc = arcs.start + random.below(arcs.len());
            let room = &mut room[assignment.site[arc] as usize];
            let fits = assignment.load[arc] <= *room && random.chance(0.97);
            chosen.push(if fits { arc as u32 } else { NONE });
            *room -= if fits { assignment.load[arc] } else { 0.0 };
        }
        let before = cost(assignment, &chosen);
        Repair::default().run(assignment, &mut chosen);
        let served: Vec<u32> = chosen.iter().copied().filter(|&arc| arc != NONE).collect();
        assert!(cost(assignment, &served).is_some(), "sample {number} exceeds a capacity");
        let Some(after) = cost(assignment, &chosen) else {
            assert!(before.is_none(), "sample {number}: somebody lost a place");
            continue;
        };
        completed += usize::from(before.is_none());
        improved += usize::from(before.is_some_and(|before| after < before));
        best += usize::from(Some(after) == *optimum);
        assert!(before.is_none_or(|before| after <= before), "sample {number}");
        for customer in 0..chosen.len() {
            for arc in assignment.arcs(customer) {
                let mut moved = chosen.clone();
                moved[customer] = arc as u32;
                let pays = cost(assignment, &moved).is_some_and(|cost| cost < after - 1e-9);
                assert!(!pays, "sample {number}: customer {customer} could move");
            }
        }
    }
    assert!(completed > 30 && improved > 10 && best > 40, "{completed} {improved} {best}");
}

/// Everybody at the cheapest site, whatever its room.
fn cheapest(assignment: &Assignment) -> Vec<u32> {
    (0..assignment.customers()).map(|customer| assignment.arcs(customer).start as u32).collect()
}

#[test]
fn annealing_finds_most_optima_and_never_breaks_a_capacity() {
    let mut random = Random::new(19, "annealing");
    let (mut feasible, mut best) = (0, 0);
    for (number, (assignment, optimum)) in samples("anneal", 60).iter().enumerate() {
        let start = cheapest(assignment);
        let (found, moves) = anneal(assignment, &start, 6_000, &mut random, &|| false);
        assert!(moves >= 6_000);
        match (found, optimum) {
            (None, _) => {}
            (Some((chosen, claimed)), Some(optimum)) => {
                assert_eq!(cost(assignment, &chosen), Some(claimed), "sample {number}");
                assert!(claimed >= *optimum, "sample {number}");
                best += usize::from(claimed == *optimum);
            }
            (Some(found), None) => panic!("sample {number} has no solution, and {found:?} was found"),
        }
        feasible += usize::from(optimum.is_some());
    }
    assert!(feasible > 20 && best * 10 >= feasible * 9, "{best} of {feasible}");
}

#[test]
fn annealing_that_is_stopped_at_once_serves_anew_whom_it_can_within_the_capacities() {
    let mut random = Random::new(19, "stopped");
    let (mut served, mut overfull) = (0, 0);
    for (number, (assignment, optimum)) in samples("anneal", 60).iter().enumerate() {
        let start = cheapest(assignment);
        if cost(assignment, &start).is_some() {
            continue;
        }
        overfull += 1;
        if let Some((chosen, claimed)) = anneal(assignment, &start, 6_000, &mut random, &|| true).0 {
            assert_eq!(cost(assignment, &chosen), Some(claimed), "sample {number}");
            assert!(claimed >= optimum.expect("a solution was found"), "sample {number}");
            served += 1;
        }
    }
    assert!(overfull > 30 && served * 2 > overfull, "{served} of {overfull}");
}

#[test]
fn charges_leave_out_sites_to_which_nobody_can_go() {
    let mut charged = 0;
    for (number, (assignment, _)) in samples("charges", 40).iter().enumerate() {
        let everything = vec![true; assignment.site.len()];
        let whole = assignment.charges(&everything).map(|(charges, _)| charges);
        // The same with one more site that has no arcs.
        let mut wider = assignment.clone();
        wider.capacity.insert(0, 5.0);
        wider.site.iter_mut().for_each(|site| *site += 1);
        assert_eq!(wider.charges(&everything).map(|(charges, _)| charges), whole, "sample {number}");
        let Some(charges) = whole else { continue };
        charged += 1;
        for (customer, charge) in charges.iter().enumerate() {
            assert!(*charge >= assignment.cost[assignment.arcs(customer).start] - 1e-9, "sample {number}");
        }
    }
    assert!(charged > 15, "{charged}");
}

#[test]
fn tolls_are_what_the_best_choice_loses() {
    let mut random = Random::new(31, "tolls");
    let mut tolls = Tolls::default();
    let (mut forced, mut shut_out) = (0, 0);
    for sample in 0..300 {
        let count = 1 + random.below(8);
        let capacity = random.below(30);
        let items: Vec<Item> =
            (0..count).map(|_| Item { worth: random.below(40) as f64 - 10.0, load: random.below(15) }).collect();
        let best = |must: usize, mustnt: usize| {
            let fits = (0..1usize << count).filter(|set| set & must == must && set & mustnt == 0);
            let chosen = |set: usize| items.iter().enumerate().filter(move |(at, _)| set >> at & 1 == 1);
            fits.filter(|&set| chosen(set).map(|(_, item)| item.load).sum::<usize>() <= capacity)
                .map(|set| chosen(set).map(|(_, item)| item.worth).sum::<f64>())
                .fold(f64::NEG_INFINITY, f64::max)
        };
        let free = best(0, 0);
        for (at, toll) in tolls.of(&items, capacity).into_iter().enumerate() {
            let (taking, leaving) = (free - best(1 << at, 0), free - best(0, 1 << at));
            assert!(toll.taking == taking, "sample {sample}, item {at}: {} is not {taking}", toll.taking);
            assert!(toll.leaving == leaving, "sample {sample}, item {at}: {} is not {leaving}", toll.leaving);
            forced += usize::from(leaving > 0.0);
            shut_out += usize::from(taking == f64::INFINITY);
        }
    }
    assert!(forced > 300 && shut_out > 50, "{forced} that are taken, {shut_out} that do not fit");
}
