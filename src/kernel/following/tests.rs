//! Walks of problems small enough to enumerate, and problems that are none of this kind.

use super::*;
use crate::id::{CommodityId, IdVec, MeasureId, SiteId};
use crate::kernel::check;
use crate::kernel::problem::{Arc, Commodity, Customer, Limit, Measure, Row, Serves, Site, SiteOption};

/// Villages of one grade in two years, three schools: one may be extended, one is built for the second year or not at all.
fn county(seed: u64) -> Problem {
    let mut random = Random::new(seed, "following county");
    let mut problem = Problem {
        commodities: (0..2).map(|year| Commodity { name: format!("grade {year}") }).collect(),
        ..Problem::default()
    };
    problem.measures = (0..2).map(|year| Measure::WholeUnits(Box::new([(CommodityId(year), 45)]))).collect();
    for year in 0..2 {
        for village in 0..4 {
            let first = problem.arcs.len() as u32;
            let customer = CustomerId::new(problem.customers.len());
            let pupils = 10 + random.below(40) as i64;
            for site in 0..3 {
                let cost = (pupils * (1 + random.below(30) as i64)) as f64;
                problem.arcs.push(Arc { customer, site: SiteId(site), cost, extra: Box::new([]) });
            }
            problem.customers.push(Customer {
                name: format!("village {village} in year {year}"),
                loads: Box::new([(CommodityId(year), pupils)]),
                arcs: first..first + 3,
                divisible: None,
            });
        }
    }
    let limits = |rooms: [i64; 2]| -> Vec<Limit> {
        let limit = |(year, max)| Limit { measure: MeasureId(year), min: 0, max, price: f64::INFINITY };
        (0..).zip(rooms).map(limit).collect()
    };
    let later: Box<[CustomerId]> = (4..8).map(CustomerId).collect();
    let rooms = 1 + random.below(2) as i64;
    let options = [
        vec![(0.0, Serves::Everybody, [rooms, rooms])],
        vec![(0.0, Serves::Everybody, [1, 1]), (170.0, Serves::Everybody, [1, 3]), (300.0, Serves::Everybody, [3, 3])],
        vec![(0.0, Serves::Nobody, [0, 0]), (250.0, Serves::Only(later), [0, 2])],
    ];
    for (site, list) in options.into_iter().enumerate() {
        let first = problem.options.len() as u32;
        for (cost, serves, rooms) in list {
            let site = SiteId(site as u32);
            problem.options.push(SiteOption { name: String::new(), site, cost, serves, limits: limits(rooms) });
        }
        problem.sites.push(Site { name: String::new(), options: first..problem.options.len() as u32 });
    }
    problem
}

/// The least cost of all choices of options and arcs, judged by the referee; `None` where none keeps the limits.
fn least_of_all(problem: &Problem) -> Option<f64> {
    let mut least: Option<f64> = None;
    for options in 0..6u32 {
        let options: IdVec<SiteId, OptionId> =
            [0, 1 + options % 3, 4 + options / 3].map(OptionId).into_iter().collect();
        for code in 0..3u32.pow(8) {
            let arc = |customer: u32| Service::Whole(ArcId(3 * customer + code / 3u32.pow(customer) % 3));
            let solution = Solution { options: options.clone(), services: (0..8).map(arc).collect() };
            let score = check::score(problem, &solution);
            if score.is_feasible() && least.is_none_or(|least| score.cost < least) {
                least = Some(score.cost);
            }
        }
    }
    least
}

#[test]
fn walks_find_the_least_of_nearly_all_small_counties() {
    let (mut found, mut least_found, mut extended) = (0, 0, 0);
    for seed in 0..8 {
        let problem = county(seed);
        let Some(least) = least_of_all(&problem) else { continue };
        let following = Following::new(&problem).expect("options can follow");
        assert_eq!(following.blocks(), 2);
        let (solution, _) = following.run(None, 40_000, &mut Random::new(seed, "walks"), &|| false);
        let score = check::score(&problem, &solution);
        assert!(score.is_feasible(), "seed {seed}: {:?}", score.violations);
        let cost = score.cost;
        assert!(cost > least - 1e-6, "seed {seed}: {cost}, the least is {least}");
        found += 1;
        least_found += usize::from(cost < least + 1e-6);
        extended += usize::from(solution.options.iter().any(|&option| problem.options[option].cost > 0.0));
    }
    assert!(found >= 4 && extended >= 2, "{found} counties, {extended} with works");
    assert!(least_found + 1 >= found, "{least_found} of {found}");
}

#[test]
fn a_row_over_options_is_not_followed() {
    let mut problem = county(1);
    let options = vec![(OptionId(1), 1.0), (OptionId(5), 1.0)];
    let (lower, upper, price) = (f64::NEG_INFINITY, 1.0, f64::INFINITY);
    problem.rows.push(Row { name: String::new(), options, arcs: Vec::new(), lower, upper, price });
    assert!(Following::new(&problem).is_none());
}
