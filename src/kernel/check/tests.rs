//! Every kind of violation on hand-made problems.

use super::*;
use crate::id::{CommodityId, IdVec, OptionId};
use crate::kernel::builder::{ArcKey, Built, OptionKey, ProblemBuilder, RowDraft};
use crate::kernel::problem::{Ceiling, Divisible, Grain, Part, Serves};

const HARD: f64 = f64::INFINITY;

/// Three customers of 30, 20 and 10 pupils, two sites with "shut" and "open" (cost 100), arcs of cost 1 to 6.
struct Fixture {
    builder: ProblemBuilder,
    pupils: CommodityId,
    customers: Vec<CustomerId>,
    sites: Vec<SiteId>,
    shut: Vec<OptionKey>,
    open: Vec<OptionKey>,
    /// `arcs[customer][site]`.
    arcs: Vec<Vec<ArcKey>>,
}

fn fixture() -> Fixture {
    let mut builder = ProblemBuilder::new();
    builder.offset(1000.0);
    let pupils = builder.commodity("pupils");
    let sites: Vec<SiteId> = ["s", "t"].map(|name| builder.site(name)).to_vec();
    let shut = sites.iter().map(|&site| builder.shut(site)).collect();
    let open = sites.iter().map(|&site| builder.option(site, "open", 100.0)).collect();
    let customers: Vec<CustomerId> =
        [30, 20, 10].iter().map(|&load| builder.customer(format!("c{load}"), [(pupils, load)])).collect();
    let mut cost = 0.0;
    let arcs = customers
        .iter()
        .map(|&customer| {
            sites
                .iter()
                .map(|&site| {
                    cost += 1.0;
                    builder.arc(customer, site, cost)
                })
                .collect()
        })
        .collect();
    Fixture { builder, pupils, customers, sites, shut, open, arcs }
}

impl Fixture {
    fn build(&self) -> Built {
        self.builder.clone().build().unwrap()
    }

    /// Both sites open, every customer whole at the site given by position.
    fn whole(&self, built: &Built, at: [usize; 3]) -> Solution {
        Solution {
            options: self.open.iter().map(|&key| built.option(key)).collect(),
            services: at.iter().zip(&self.arcs).map(|(&site, arcs)| Service::Whole(built.arc(arcs[site]))).collect(),
        }
    }

    fn divide(&mut self, grain: Grain, max_sites: Option<u32>, min_share: f64) {
        self.builder.divisible(self.customers[0], Divisible { max_sites, min_share, grain });
    }

    /// Customer 0 in two parts, the others at site 0.
    fn split(&self, built: &Built, first: &[f64], second: &[f64]) -> Solution {
        let mut solution = self.whole(built, [0, 0, 0]);
        let part = |site: usize, loads: &[f64]| Part { arc: built.arc(self.arcs[0][site]), loads: loads.into() };
        solution.services[self.customers[0]] = Service::Split(vec![part(0, first), part(1, second)]);
        solution
    }
}

fn only(score: &Score) -> Violation {
    assert_eq!(score.violations.len(), 1, "{:?}", score.violations);
    score.violations[0]
}

#[test]
fn costs_of_options_and_arcs_and_the_offset_add_up() {
    let fixture = fixture();
    let built = fixture.build();
    let score = score(&built.problem, &fixture.whole(&built, [0, 1, 1]));
    assert!(score.is_feasible());
    assert_eq!((score.options, score.arcs), (200.0, 1.0 + 4.0 + 6.0));
    assert_eq!(score.cost, 1211.0);
}

#[test]
fn a_solution_that_does_not_fit_the_problem_is_refused() {
    let fixture = fixture();
    let built = fixture.build();
    let sound = fixture.whole(&built, [0, 0, 0]);
    let cases = [
        Solution { options: IdVec::new(), ..sound.clone() },
        Solution { services: IdVec::filled(Service::Whole(ArcId(0)), 2), ..sound.clone() },
        Solution { options: IdVec::filled(OptionId(77), 2), ..sound.clone() },
        Solution { services: IdVec::filled(Service::Whole(ArcId(77)), 3), ..sound },
    ];
    for solution in cases {
        assert!(matches!(only(&score(&built.problem, &solution)), Violation::Shape { .. }));
    }
}

#[test]
fn an_option_of_another_site_is_found() {
    let fixture = fixture();
    let built = fixture.build();
    let mut solution = fixture.whole(&built, [1, 1, 1]);
    solution.options[fixture.sites[0]] = built.option(fixture.open[1]);
    let found = only(&score(&built.problem, &solution));
    assert_eq!(found, Violation::OptionOfAnotherSite { site: fixture.sites[0], option: built.option(fixture.open[1]) });
}

#[test]
fn an_arc_of_another_customer_is_found() {
    let fixture = fixture();
    let built = fixture.build();
    let mut solution = fixture.whole(&built, [0, 0, 0]);
    let arc = built.arc(fixture.arcs[1][0]);
    solution.services[fixture.customers[0]] = Service::Whole(arc);
    let found = only(&score(&built.problem, &solution));
    assert_eq!(found, Violation::ArcOfAnotherCustomer { customer: fixture.customers[0], arc });
}

#[test]
fn a_site_that_is_shut_or_serves_others_only_serves_nobody_else() {
    let mut fixture = fixture();
    fixture.builder.serves(fixture.open[1], Serves::Only(Box::new([fixture.customers[2]])));
    let built = fixture.build();
    let solution = fixture.whole(&built, [0, 1, 1]);
    let found = only(&score(&built.problem, &solution));
    assert!(matches!(found, Violation::NotServed { customer, .. } if customer == fixture.customers[1]));
    let mut solution = fixture.whole(&built, [0, 0, 1]);
    solution.options[fixture.sites[1]] = built.option(fixture.shut[1]);
    let found = only(&score(&built.problem, &solution));
    assert!(matches!(found, Violation::NotServed { customer, .. } if customer == fixture.customers[2]));
}

#[test]
fn hard_limits_hold_to_the_pupil_in_both_directions() {
    for (min, max, broken) in [(0, 49, true), (0, 50, false), (50, 60, false), (51, 60, true)] {
        let mut fixture = fixture();
        let size = fixture.builder.load(fixture.pupils);
        fixture.builder.limit(fixture.open[0], Limit { measure: size, min, max, price: HARD });
        let built = fixture.build();
        let score = score(&built.problem, &fixture.whole(&built, [0, 0, 1]));
        if broken {
            let found = only(&score);
            assert!(matches!(found, Violation::Limit { limit: 0, value: 50.0, excess: 1.0, .. }), "{found:?}");
        } else {
            assert!(score.is_feasible());
        }
    }
}

#[test]
fn a_minimum_holds_even_when_nobody_is_served() {
    let mut fixture = fixture();
    let size = fixture.builder.load(fixture.pupils);
    fixture.builder.limit(fixture.open[1], Limit { measure: size, min: 5, max: Limit::UNLIMITED, price: HARD });
    let built = fixture.build();
    let score = score(&built.problem, &fixture.whole(&built, [0, 0, 0]));
    assert!(matches!(only(&score), Violation::Limit { value: 0.0, excess: 5.0, .. }));
}

#[test]
fn soft_limits_are_paid_for_under_the_chosen_option_only() {
    let mut fixture = fixture();
    let size = fixture.builder.load(fixture.pupils);
    for &option in &fixture.open {
        fixture.builder.limit(option, Limit { measure: size, min: 5, max: 45, price: 3.0 });
    }
    let built = fixture.build();
    let mut solution = fixture.whole(&built, [0, 0, 0]);
    assert_eq!(score(&built.problem, &solution).limits, 3.0 * (15.0 + 5.0));
    solution.options[fixture.sites[1]] = built.option(fixture.shut[1]);
    let shut = score(&built.problem, &solution);
    assert_eq!(shut.limits, 3.0 * 15.0);
    assert_eq!(shut.cost, 1000.0 + 100.0 + (1.0 + 3.0 + 5.0) + 45.0);
    assert!(shut.is_feasible());
}

#[test]
fn whole_units_round_up_every_commodity_by_itself() {
    let mut builder = ProblemBuilder::new();
    let (seven, eight) = (builder.commodity("grade 7"), builder.commodity("grade 8"));
    let classes = builder.measure(Measure::WholeUnits(Box::new([(seven, 45), (eight, 50)])));
    let customer = builder.customer("c", [(seven, 46), (eight, 50)]);
    let site = builder.site("s");
    let open = builder.option(site, "open", 0.0);
    builder.capacity(open, classes, 2);
    let arc = builder.arc(customer, site, 0.0);
    let built = builder.build().unwrap();
    let solution =
        Solution { options: vec![built.option(open)].into(), services: vec![Service::Whole(built.arc(arc))].into() };
    assert!(matches!(only(&score(&built.problem, &solution)), Violation::Limit { value: 3.0, excess: 1.0, .. }));
}

#[test]
fn extra_loads_of_an_arc_count_in_full_or_by_share() {
    let mut builder = ProblemBuilder::new();
    let (pupils, beds) = (builder.commodity("pupils"), builder.commodity("beds"));
    let used = builder.load(beds);
    let customer = builder.customer("c", [(pupils, 30)]);
    builder.divisible(customer, Divisible { max_sites: None, min_share: 0.0, grain: Grain::Whole });
    let site = builder.site("s");
    let open = builder.option(site, "open", 0.0);
    builder.capacity(open, used, 9);
    let day = builder.arc(customer, site, 10.0);
    let boarding = builder.arc_with_extra(customer, site, 40.0, (beds, 30));
    let built = builder.build().unwrap();
    let with = |service: Service| {
        let solution = Solution { options: vec![built.option(open)].into(), services: vec![service].into() };
        score(&built.problem, &solution)
    };
    let split = |boarders: f64| {
        Service::Split(vec![
            Part { arc: built.arc(day), loads: Box::new([30.0 - boarders]) },
            Part { arc: built.arc(boarding), loads: Box::new([boarders]) },
        ])
    };
    assert!(matches!(only(&with(Service::Whole(built.arc(boarding)))), Violation::Limit { value: 30.0, .. }));
    let nine = with(split(9.0));
    assert!(nine.is_feasible());
    assert!((nine.arcs - (10.0 * 0.7 + 40.0 * 0.3)).abs() < 1e-12);
    assert!(matches!(only(&with(split(10.0))), Violation::Limit { value: 10.0, excess: 1.0, .. }));
}

#[test]
fn hard_rows_are_bounded_on_both_sides_and_soft_rows_are_paid_for() {
    for (lower, upper, price, expected) in [
        (f64::NEG_INFINITY, 8.0, HARD, None),
        (f64::NEG_INFINITY, 6.5, HARD, Some(0.5)),
        (8.0, f64::INFINITY, HARD, Some(1.0)),
        (7.0, 7.0, HARD, None),
        (f64::NEG_INFINITY, 6.5, 4.0, None),
        (9.0, f64::INFINITY, 4.0, None),
    ] {
        let mut fixture = fixture();
        let options = vec![(fixture.open[0], 2.0), (fixture.shut[1], 100.0)];
        let arcs = vec![(fixture.arcs[0][0], 5.0), (fixture.arcs[1][0], 50.0)];
        fixture.builder.row(RowDraft { options, arcs, lower, upper, price, ..RowDraft::new("row") });
        let built = fixture.build();
        let found = score(&built.problem, &fixture.whole(&built, [0, 1, 1]));
        match expected {
            Some(excess) => assert_eq!(only(&found), Violation::Row { row: 0, activity: 7.0, excess }),
            None => assert!(found.is_feasible()),
        }
        let outside = (7.0 - upper).max(lower - 7.0).max(0.0);
        assert_eq!(found.rows, if price.is_finite() { price * outside } else { 0.0 });
    }
}

#[test]
fn a_row_over_arcs_counts_shares() {
    let mut fixture = fixture();
    fixture.divide(Grain::Whole, None, 0.0);
    let arcs = vec![(fixture.arcs[0][1], 30.0)];
    fixture.builder.row(RowDraft { arcs, upper: 5.0, ..RowDraft::new("moved") });
    let built = fixture.build();
    let found = score(&built.problem, &fixture.split(&built, &[24.0], &[6.0]));
    let Violation::Row { excess, .. } = only(&found) else { panic!("{found:?}") };
    assert!((excess - 1.0).abs() < 1e-9);
    assert!(score(&built.problem, &fixture.split(&built, &[25.0], &[5.0])).is_feasible());
}

#[test]
fn an_implication_holds_when_its_option_is_chosen() {
    let mut fixture = fixture();
    fixture.builder.implication(fixture.shut[0], fixture.sites[1], [fixture.customers[0], fixture.customers[1]]);
    fixture.builder.implication(fixture.open[1], fixture.sites[1], [fixture.customers[2]]);
    let built = fixture.build();
    assert!(score(&built.problem, &fixture.whole(&built, [0, 0, 1])).is_feasible());
    let found = score(&built.problem, &fixture.whole(&built, [0, 0, 0]));
    assert_eq!(only(&found), Violation::Implication { implication: 1, customer: fixture.customers[2] });
}

#[test]
fn an_implication_sends_every_part_of_a_divided_customer() {
    let mut fixture = fixture();
    fixture.divide(Grain::Whole, None, 0.0);
    fixture.builder.implication(fixture.open[1], fixture.sites[1], [fixture.customers[0]]);
    let built = fixture.build();
    let found = score(&built.problem, &fixture.split(&built, &[1.0], &[29.0]));
    assert_eq!(only(&found), Violation::Implication { implication: 0, customer: fixture.customers[0] });
    assert!(score(&built.problem, &fixture.whole(&built, [1, 0, 0])).is_feasible());
}

#[test]
fn a_pair_at_two_sites_is_paid_for_or_forbidden() {
    for (price, at, pays, breaks) in
        [(7.0, [0, 1, 0], 7.0, false), (7.0, [1, 1, 0], 0.0, false), (HARD, [0, 1, 0], 0.0, true)]
    {
        let mut fixture = fixture();
        fixture.builder.same_site(fixture.customers[0], fixture.customers[1], price);
        let built = fixture.build();
        let found = score(&built.problem, &fixture.whole(&built, at));
        assert_eq!(found.pairs, pays);
        assert_eq!(found.violations, if breaks { vec![Violation::Pair { pair: 0 }] } else { vec![] });
    }
}

/// The path c0 - c1 - c2, with the home of site 0 at c0.
fn with_path(fixture: &mut Fixture) {
    let [a, b, c] = [0, 1, 2].map(|i| fixture.customers[i]);
    fixture.builder.layer("primary", [a, b, c], [(a, b), (b, c)], [(fixture.sites[0], a)]);
}

#[test]
fn the_customers_of_a_site_must_be_connected() {
    let mut fixture = fixture();
    with_path(&mut fixture);
    let built = fixture.build();
    let found = score(&built.problem, &fixture.whole(&built, [0, 1, 0]));
    assert_eq!(only(&found), Violation::Disconnected { layer: 0, site: fixture.sites[0], components: 2 });
    assert!(score(&built.problem, &fixture.whole(&built, [0, 0, 1])).is_feasible());
}

#[test]
fn a_site_that_serves_anybody_must_serve_its_home() {
    let mut fixture = fixture();
    with_path(&mut fixture);
    let built = fixture.build();
    let found = score(&built.problem, &fixture.whole(&built, [1, 0, 0]));
    assert_eq!(only(&found), Violation::Home { layer: 0, site: fixture.sites[0] });
    assert!(score(&built.problem, &fixture.whole(&built, [1, 1, 1])).is_feasible());
}

#[test]
fn a_part_of_a_divided_customer_keeps_a_site_connected() {
    let mut fixture = fixture();
    fixture.divide(Grain::Whole, None, 0.0);
    let [a, b, c] = [0, 1, 2].map(|i| fixture.customers[i]);
    // The divided customer lies between the other two.
    fixture.builder.layer("primary", [b, a, c], [(b, a), (a, c)], []);
    let built = fixture.build();
    assert!(score(&built.problem, &fixture.split(&built, &[1.0], &[29.0])).is_feasible());
    let found = score(&built.problem, &fixture.whole(&built, [1, 0, 0]));
    assert_eq!(only(&found), Violation::Disconnected { layer: 0, site: fixture.sites[0], components: 2 });
}

#[test]
fn a_customer_that_is_not_divisible_or_has_no_mass_is_served_as_a_whole() {
    let mut fixture = fixture();
    let built = fixture.build();
    let found = score(&built.problem, &fixture.split(&built, &[15.0], &[15.0]));
    assert_eq!(only(&found), Violation::NotDivisible { customer: fixture.customers[0] });

    let empty = fixture.builder.customer("empty", []);
    let key = fixture.builder.arc(empty, fixture.sites[0], 9.0);
    fixture.builder.divisible(empty, Divisible { max_sites: None, min_share: 0.0, grain: Grain::Whole });
    let built = fixture.build();
    let mut solution = fixture.whole(&built, [0, 0, 0]);
    solution.services.push(Service::Split(vec![Part { arc: built.arc(key), loads: Box::new([]) }]));
    let found = score(&built.problem, &solution);
    assert_eq!(only(&found), Violation::NotDivisible { customer: empty });
    assert!(found.cost.is_finite());
}

#[test]
fn faulty_parts_are_named() {
    let mut fixture = fixture();
    fixture.divide(Grain::Whole, None, 0.0);
    let built = fixture.build();
    for (first, second, fault) in [
        (&[30.0][..], &[0.0][..], "is empty"),
        (&[10.5], &[19.5], "is not a whole number"),
        (&[31.0], &[-1.0], "is negative or not a number"),
        (&[f64::NAN], &[30.0], "is negative or not a number"),
        (&[15.0, 0.0], &[15.0], "does not list the customer's loads"),
    ] {
        let found = score(&built.problem, &fixture.split(&built, first, second));
        let named = found
            .violations
            .iter()
            .any(|violation| matches!(violation, Violation::Part { fault: named, .. } if *named == fault));
        assert!(named, "{fault}: {:?}", found.violations);
    }
    let mut solution = fixture.split(&built, &[10.0], &[20.0]);
    let Service::Split(parts) = &mut solution.services[fixture.customers[0]] else { panic!("it was divided") };
    parts.reverse();
    let found = score(&built.problem, &solution);
    assert!(matches!(only(&found), Violation::Part { fault: "is not in increasing order of arc", .. }));
}

#[test]
fn parts_add_up_to_the_customers_loads() {
    let mut fixture = fixture();
    fixture.divide(Grain::Whole, None, 0.0);
    let built = fixture.build();
    let found = score(&built.problem, &fixture.split(&built, &[10.0], &[19.0]));
    let expected = Violation::PartsTotal { customer: fixture.customers[0], position: 0, found: 29.0, expected: 30 };
    assert_eq!(only(&found), expected);
}

#[test]
fn the_number_of_sites_and_the_least_share_are_kept() {
    for (max_sites, min_share, at_second, expected) in
        [(Some(2), 0.1, 3.0, None), (Some(1), 0.0, 3.0, Some("sites")), (None, 0.1, 2.0, Some("share"))]
    {
        let mut fixture = fixture();
        fixture.divide(Grain::Whole, max_sites, min_share);
        let built = fixture.build();
        let found = score(&built.problem, &fixture.split(&built, &[30.0 - at_second], &[at_second]));
        match expected {
            None => assert!(found.is_feasible()),
            Some("sites") => assert!(matches!(only(&found), Violation::TooManySites { found: 2, max: 1, .. })),
            Some(_) => assert!(matches!(only(&found), Violation::SmallShare { .. })),
        }
    }
}

#[test]
fn continuous_parts_take_the_same_share_of_every_commodity() {
    let mut builder = ProblemBuilder::new();
    let (seven, eight) = (builder.commodity("grade 7"), builder.commodity("grade 8"));
    let customer = builder.customer("c", [(seven, 10), (eight, 20)]);
    builder.divisible(customer, Divisible { max_sites: None, min_share: 0.0, grain: Grain::Continuous });
    let sites = ["s", "t"].map(|name| builder.site(name));
    let open = sites.map(|site| builder.option(site, "open", 0.0));
    let arcs = sites.map(|site| builder.arc(customer, site, 3.0));
    let built = builder.build().unwrap();
    let with = |first: [f64; 2], second: [f64; 2]| {
        let part = |index: usize, loads: [f64; 2]| Part { arc: built.arc(arcs[index]), loads: Box::new(loads) };
        let solution = Solution {
            options: open.iter().map(|&key| built.option(key)).collect(),
            services: vec![Service::Split(vec![part(0, first), part(1, second)])].into(),
        };
        score(&built.problem, &solution)
    };
    let third = with([10.0 / 3.0, 20.0 / 3.0], [20.0 / 3.0, 40.0 / 3.0]);
    assert!(third.is_feasible(), "{:?}", third.violations);
    assert!((third.arcs - 3.0).abs() < 1e-12);
    let uneven = with([10.0, 0.0], [0.0, 20.0]);
    assert!(uneven.violations.iter().all(|violation| matches!(violation, Violation::Part { .. })));
    assert_eq!(uneven.violations.len(), 2);
}

#[test]
fn fractions_are_compared_with_a_tolerance_and_whole_numbers_are_not() {
    let mut fixture = fixture();
    fixture.divide(Grain::Continuous, None, 0.0);
    let size = fixture.builder.load(fixture.pupils);
    fixture.builder.capacity(fixture.open[0], size, 40);
    let built = fixture.build();
    let at = |first: f64| score(&built.problem, &fixture.split(&built, &[first], &[30.0 - first]));
    assert!(at(10.000_001).is_feasible());
    assert!(matches!(only(&at(10.001)), Violation::Limit { .. }));
    // The same shape with whole numbers of pupils far beyond the relative tolerance of a float comparison.
    let mut builder = ProblemBuilder::new();
    let pupils = builder.commodity("pupils");
    let size = builder.load(pupils);
    let customer = builder.customer("city", [(pupils, 1_000_000_001)]);
    let site = builder.site("s");
    let open = builder.option(site, "open", 0.0);
    builder.capacity(open, size, 1_000_000_000);
    let arc = builder.arc(customer, site, 0.0);
    let built = builder.build().unwrap();
    let solution =
        Solution { options: vec![built.option(open)].into(), services: vec![Service::Whole(built.arc(arc))].into() };
    assert!(matches!(only(&score(&built.problem, &solution)), Violation::Limit { excess: 1.0, .. }));
}

#[test]
fn every_violation_prints_a_sentence() {
    let violation = Violation::Disconnected { layer: 1, site: SiteId(3), components: 2 };
    assert_eq!(violation.to_string(), "layer 1: the customers of site 3 are in 2 pieces");
}

#[test]
fn a_ceiling_adds_options_arcs_and_overflow() {
    let mut builder = ProblemBuilder::new();
    let pupils = builder.commodity("pupils");
    let size = builder.load(pupils);
    let customer = builder.customer("c", [(pupils, 30)]);
    let site = builder.site("s");
    let open = builder.option(site, "open", 0.0);
    let arc = builder.arc(customer, site, 0.0);
    let built = builder.build().unwrap();
    let (option, arc) = (built.option(open), built.arc(arc));
    let mut problem = built.problem;
    problem.options[option].limits.push(Limit { measure: size, min: 0, max: 25, price: 0.0 });
    let solution = Solution { options: vec![option].into(), services: vec![Service::Whole(arc)].into() };
    // 2 for the option, 3 for the arc, 5 pupils over at 10 each.
    problem.ceilings.push(Ceiling {
        name: "held".into(),
        options: vec![(option, 2.0)],
        arcs: vec![(arc, 3.0)],
        overflows: vec![(Overflow::Limit(option, 0), 10.0)],
        upper: 55.0,
    });
    problem.validate().unwrap();
    let held = score(&problem, &solution);
    assert!(held.is_feasible(), "{:?}", held.violations);
    assert_eq!(held.overflow, vec![(Overflow::Limit(option, 0), 5.0)]);
    problem.ceilings[0].upper = 54.0;
    assert_eq!(only(&score(&problem, &solution)), Violation::Ceiling { ceiling: 0, value: 55.0, excess: 1.0 });
    problem.options[option].limits[0].price = f64::INFINITY;
    assert!(problem.validate().is_err(), "what is hard has no overflow to hold");
}
