//! Walks along borders against enumeration, and against what catchments must be.

use super::*;
use crate::id::{CustomerId, OptionId};
use crate::kernel::assign::is_connected_single;
use crate::kernel::bound::{Relaxation, Removed};
use crate::kernel::builder::ProblemBuilder;
use crate::kernel::check;
use crate::kernel::construct::Hint;
use crate::kernel::primal::Improver;
use crate::kernel::problem::{Service, Solution};
use crate::run::Limits;
use std::collections::BTreeSet;

/// A grid of customers, each next to up to four others, with a site at each of the given customers.
struct Grid {
    problem: Problem,
    homes: Vec<usize>,
    edges: Vec<(usize, usize)>,
}

fn grid(width: usize, height: usize, homes: &[usize], tightness: f64, random: &mut Random) -> Grid {
    let count = width * height;
    let loads: Vec<i64> = (0..count).map(|_| random.between(1, 12)).collect();
    let capacity = (loads.iter().sum::<i64>() as f64 / homes.len() as f64 * tightness) as i64;
    let mut builder = ProblemBuilder::new();
    let pupils = builder.commodity("pupils");
    let load = builder.load(pupils);
    let customers: Vec<CustomerId> =
        loads.iter().enumerate().map(|(at, &own)| builder.customer(format!("c{at}"), [(pupils, own)])).collect();
    let mut sites = Vec::new();
    for &home in homes {
        let site = builder.site(format!("s{home}"));
        let option = builder.option(site, "open", 0.0);
        builder.capacity(option, load, capacity);
        for (at, &customer) in customers.iter().enumerate() {
            let away = (at % width).abs_diff(home % width) + (at / width).abs_diff(home / width);
            builder.arc(customer, site, loads[at] as f64 * away as f64 + random.unit());
        }
        sites.push(site);
    }
    let right = (0..count).filter(|at| at % width + 1 < width).map(|at| (at, at + 1));
    let down = (0..count - width).map(|at| (at, at + width));
    let edges: Vec<(usize, usize)> = right.chain(down).collect();
    builder.layer(
        "areas",
        customers.iter().copied(),
        edges.iter().map(|&(a, b)| (customers[a], customers[b])),
        sites.iter().zip(homes).map(|(&site, &home)| (site, customers[home])),
    );
    Grid { problem: builder.build().expect("consistent").problem, homes: homes.to_vec(), edges }
}

impl Grid {
    /// Whether a catchment is connected and has its home.
    fn is_catchment(&self, site: SiteId, members: &[u32]) -> bool {
        let members: BTreeSet<usize> = members.iter().map(|&member| member as usize).collect();
        let home = self.homes[site.index()];
        let mut reached = BTreeSet::from([home]);
        loop {
            let before = reached.len();
            for &(a, b) in &self.edges {
                if members.contains(&a) && members.contains(&b) && (reached.contains(&a) || reached.contains(&b)) {
                    reached.extend([a, b]);
                }
            }
            if reached.len() == before {
                return members.contains(&home) && reached == members;
            }
        }
    }

    /// A walk from the connected solution that a construction without any search makes, with the assignment.
    fn walk(&self, moves: u64, random: &mut Random) -> Option<(Assignment, Walked)> {
        let relaxation = Relaxation::new(&self.problem);
        assert!(is_connected_single(&self.problem, &relaxation.tables));
        let ground = Ground::new(&self.problem).expect("one layer");
        let limits = Limits::default();
        let start = Improver::new(&self.problem).construct(&Hint::default(), 0, 1, &limits)?;
        if start.strays > 0 {
            return None;
        }
        let options: Vec<u32> = (0..self.homes.len() as u32).collect();
        let nothing = Removed::none(relaxation.tables.arc.len());
        let left = Assignment::new(&self.problem, &relaxation.tables, &options, &nothing)?;
        let chosen = left.chosen(&start.solution)?;
        let walked = anneal_connected(&left, &ground, &chosen, (moves, 1.0), random, &|| false);
        Some((left, walked))
    }

    /// The least cost of a plan, by enumeration: for two sites.
    fn optimum(&self) -> Option<f64> {
        let customers = self.problem.customers.len();
        let mut best: Option<f64> = None;
        for choice in 0u32..1 << customers {
            let services = self.problem.customers.ids().map(|customer| {
                let second = choice >> customer.0 & 1;
                let arc = self.problem.arcs_of(customer).find(|&arc| self.problem.arcs[arc].site.0 == second);
                Service::Whole(arc.expect("everybody can go to both"))
            });
            let solution =
                Solution { options: [OptionId(0), OptionId(1)].into_iter().collect(), services: services.collect() };
            let score = check::score(&self.problem, &solution);
            if score.is_feasible() {
                best = Some(best.map_or(score.cost, |best| best.min(score.cost)));
            }
        }
        best
    }
}

#[test]
fn catchments_of_a_walk_are_connected_have_their_home_and_room_for_everybody() {
    let mut random = Random::new(3, "grids");
    let (mut noted, mut found, mut better) = (0, 0, 0);
    for number in 0..12 {
        let grid = grid(7, 6, &[8, 12, 29, 33], random.range(1.03, 1.3), &mut random);
        let Some((left, walked)) = grid.walk(60_000, &mut random) else { continue };
        for (site, members) in &walked.catchments {
            assert!(grid.is_catchment(*site, members), "grid {number}: {site:?} {members:?}");
            let load: i64 = members.iter().map(|&at| grid.problem.customers[CustomerId(at)].mass()).sum();
            assert!(load as f64 <= left.capacity[site.index()], "grid {number}: {site:?} is too full");
            noted += 1;
        }
        if let Some((chosen, cost)) = &walked.best {
            let score = check::score(&grid.problem, &left.solution(chosen));
            assert!(score.is_feasible(), "grid {number}: {:?}", score.violations);
            assert!((score.cost - cost).abs() < 1e-6 * cost, "grid {number}: {} {cost}", score.cost);
            found += 1;
            let alone =
                grid.walk(0, &mut random).and_then(|(_, walked)| walked.best).map_or(f64::INFINITY, |best| best.1);
            assert!(*cost <= alone);
            better += usize::from(*cost < alone);
        }
    }
    assert!(noted > 200 && found >= 9 && better >= 6, "{noted} noted, {found} found, {better} better than the start");
}

#[test]
fn a_walk_on_a_small_grid_finds_the_optimum() {
    let mut random = Random::new(5, "small grids");
    let (mut feasible, mut optimal) = (0, 0);
    for number in 0..12 {
        let grid = grid(4, 3, &[0, 11], random.range(1.05, 1.3), &mut random);
        let (Some(optimum), Some((_, walked))) = (grid.optimum(), grid.walk(40_000, &mut random)) else { continue };
        feasible += 1;
        let cost = walked.best.map_or(f64::INFINITY, |best| best.1);
        assert!(cost >= optimum - 1e-6, "grid {number}: {cost} below {optimum}");
        optimal += usize::from(cost <= optimum + 1e-6);
    }
    assert!(feasible >= 8 && optimal + 1 >= feasible, "{optimal} of {feasible}");
}

#[test]
fn a_ground_is_refused_where_a_customer_is_outside_all_layers() {
    let mut builder = ProblemBuilder::new();
    let pupils = builder.commodity("pupils");
    let [inside, outside] = ["a", "b"].map(|name| builder.customer(name, [(pupils, 1)]));
    let site = builder.site("s");
    builder.option(site, "open", 0.0);
    for customer in [inside, outside] {
        builder.arc(customer, site, 1.0);
    }
    builder.layer("areas", [inside], [], [(site, inside)]);
    assert!(Ground::new(&builder.build().expect("consistent").problem).is_none());
}
