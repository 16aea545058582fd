//! Multipliers from prices of capacity against enumeration; climbs against the linear relaxation.

use super::prices::multipliers_of_prices;
use super::{AscentOptions, Coupling, Excluded, Relaxation, Removed, Transport};
use crate::id::OptionId;
use crate::kernel::builder::{ProblemBuilder, RowDraft};
use crate::kernel::problem::{Problem, Serves};
use crate::mip::{Column, MipLimits, MipProblem, MipStatus, default_backend};
use crate::random::Random;
use crate::run::Limits;

const SITES: usize = 3;
const CUSTOMERS: usize = 6;

/// Sites that are shut or open with one capacity; whole customers with an arc to every site.
fn random_problem(random: &mut Random) -> Problem {
    let mut builder = ProblemBuilder::new();
    let pupils = builder.commodity("pupils");
    let load = builder.load(pupils);
    let loads: Vec<i64> = (0..CUSTOMERS).map(|_| random.between(1, 9)).collect();
    let fair = loads.iter().sum::<i64>() as f64 / SITES as f64;
    let mut sites = Vec::new();
    for at in 0..SITES {
        let site = builder.site(format!("s{at}"));
        builder.shut(site);
        let open = builder.option(site, "open", 0.0);
        builder.capacity(open, load, (fair * random.range(1.1, 1.9)) as i64);
        sites.push(site);
    }
    for (at, &own) in loads.iter().enumerate() {
        let customer = builder.customer(format!("c{at}"), [(pupils, own)]);
        for &site in &sites {
            builder.arc(customer, site, random.between(0, 40) as f64);
        }
    }
    builder.build().expect("consistent").problem
}

/// Cost and load of every customer at every open site, and the capacities.
struct Dense {
    cost: Vec<Vec<f64>>,
    load: Vec<f64>,
    capacity: Vec<f64>,
}

fn dense(problem: &Problem, open: &[usize]) -> Dense {
    let customers = problem.customers.ids();
    let arcs = |customer| problem.arcs_of(customer).map(|arc| problem.arcs[arc].cost).collect::<Vec<f64>>();
    Dense {
        cost: customers.map(arcs).map(|row| open.iter().map(|&site| row[site]).collect()).collect(),
        load: problem.customers.iter().map(|customer| customer.mass() as f64).collect(),
        capacity: open.iter().map(|&site| problem.options.as_slice()[2 * site + 1].limits[0].max as f64).collect(),
    }
}

/// Least cost of serving everybody as a whole within the capacities.
fn optimum(dense: &Dense) -> Option<f64> {
    let sites = dense.capacity.len();
    let mut best: Option<f64> = None;
    for code in 0..sites.pow(CUSTOMERS as u32) {
        let mut room = dense.capacity.clone();
        let (mut rest, mut cost) = (code, 0.0);
        for customer in 0..CUSTOMERS {
            let site = rest % sites;
            rest /= sites;
            room[site] -= dense.load[customer];
            cost += dense.cost[customer][site];
        }
        if room.iter().all(|&room| room >= 0.0) {
            best = Some(best.map_or(cost, |best: f64| best.min(cost)));
        }
    }
    best
}

/// The Lagrangian bound at multipliers of the customers, with fractional knapsacks.
fn bound(dense: &Dense, multipliers: &[f64]) -> f64 {
    let mut bound: f64 = multipliers.iter().sum();
    for (site, &capacity) in dense.capacity.iter().enumerate() {
        let mut items: Vec<(f64, f64)> = (0..CUSTOMERS)
            .map(|customer| (multipliers[customer] - dense.cost[customer][site], dense.load[customer]))
            .filter(|item| item.0 > 0.0)
            .collect();
        items.sort_by(|a, b| (b.0 / b.1).total_cmp(&(a.0 / a.1)));
        let mut room = capacity;
        for (worth, load) in items {
            let share = (room / load).clamp(0.0, 1.0);
            bound -= share * worth;
            room -= share * load;
        }
    }
    bound
}

#[test]
fn multipliers_of_prices_bound_the_optimum_and_see_the_capacities() {
    let mut random = Random::new(23, "prices");
    let (mut compared, mut tight, mut better) = (0, 0, 0);
    for sample in 0..200 {
        let problem = random_problem(&mut random);
        let relaxation = Relaxation::new(&problem);
        let tables = &relaxation.tables;
        let open: Vec<usize> = if sample % 2 == 0 { vec![0, 1, 2] } else { vec![0, 2] };
        let dense = dense(&problem, &open);
        let options: Vec<u32> = (0..SITES).map(|site| (2 * site + usize::from(open.contains(&site))) as u32).collect();
        let removed = Removed::none(tables.arc.len());
        let zero = vec![0.0; tables.limits.len()];
        let (multipliers, work) = multipliers_of_prices(tables, &removed, &options, &zero).expect("plain knapsacks");
        assert!(work > 0);
        let Some(optimum) = optimum(&dense) else { continue };
        let found = bound(&dense, &multipliers);
        assert!(found <= optimum + 1e-6, "sample {sample}: {found} above {optimum}");
        // With free capacity everybody goes to the nearest open site.
        let nearest: f64 = dense.cost.iter().map(|row| row.iter().copied().fold(f64::INFINITY, f64::min)).sum();
        assert!(found >= nearest - 1e-6, "sample {sample}: {found} below {nearest}");
        compared += 1;
        if nearest < optimum - 1e-6 {
            tight += 1;
            better += usize::from(found > nearest + 0.3 * (optimum - nearest));
        }
    }
    assert!(compared > 80 && tight > 40 && better * 5 >= tight * 3, "{compared} compared, {better} of {tight}");
}

#[test]
fn nobody_is_charged_for_sites_that_cannot_be_reached() {
    let mut random = Random::new(24, "prices");
    let problem = random_problem(&mut random);
    let relaxation = Relaxation::new(&problem);
    let tables = &relaxation.tables;
    let zero = vec![0.0; tables.limits.len()];
    // All shut: no cell has an arc.
    assert!(multipliers_of_prices(tables, &Removed::none(tables.arc.len()), &[0, 2, 4], &zero).is_none());
    // One customer's arcs to the open site removed: none left for it.
    let mut removed = Removed::none(tables.arc.len());
    for at in tables.positions(0) {
        if tables.cell[at] == 0 {
            removed.insert(at as u32);
        }
    }
    assert!(multipliers_of_prices(tables, &removed, &[1, 2, 4], &zero).is_none());
    assert!(multipliers_of_prices(tables, &removed, &[1, 3, 4], &zero).is_some());
}

/// The optimum of a transportation problem by the backend; `None` where the capacities do not suffice.
fn transported(problem: &Transport) -> Option<f64> {
    let sites = problem.capacity.len();
    let mut program = MipProblem::new();
    let mut at_site = vec![Vec::new(); sites];
    for (customer, &load) in problem.load.iter().enumerate() {
        let mut serve = Vec::new();
        for (site, entries) in at_site.iter_mut().enumerate() {
            let cost = problem.cost[customer * sites + site];
            if cost.is_finite() {
                let name = format!("x{customer}_{site}");
                let column = program.column(Column { name, cost, lower: 0.0, upper: 1.0, integer: false });
                serve.push((column, 1.0));
                entries.push((column, load));
            }
        }
        program.row(format!("serve{customer}"), 1.0, 1.0, serve);
    }
    for (site, mut entries) in at_site.into_iter().enumerate() {
        if problem.overflow[site].is_finite() {
            let (name, cost) = (format!("over{site}"), problem.overflow[site]);
            let column = program.column(Column { name, cost, lower: 0.0, upper: f64::INFINITY, integer: false });
            entries.push((column, -1.0));
        }
        if problem.capacity[site].is_finite() {
            program.row(format!("room{site}"), f64::NEG_INFINITY, problem.capacity[site], entries);
        }
    }
    let backend = default_backend().expect("a backend");
    let outcome = backend.solve(&program, None, &MipLimits::new(Limits::new()), &|_, _, _| {}).expect("a sound model");
    (outcome.status == MipStatus::Optimal).then_some(outcome.objective)
}

#[test]
fn prices_of_a_transportation_problem_prove_its_optimum() {
    let mut random = Random::new(29, "transport");
    let (mut proven, mut impossible, mut dear) = (0, 0, 0);
    for sample in 0..300 {
        let (customers, sites) = (2 + random.below(12), 1 + random.below(6));
        let arc = |random: &mut Random| {
            if random.chance(0.2) { f64::INFINITY } else { random.below(60) as f64 }
        };
        let mut problem = Transport {
            load: (0..customers).map(|_| random.below(9) as f64).collect(),
            capacity: (0..sites).map(|_| random.below(40) as f64).collect(),
            overflow: vec![f64::INFINITY; sites],
            cost: (0..customers * sites).map(|_| arc(&mut random)).collect(),
        };
        if sample % 3 == 0 {
            problem.overflow[0] = random.below(20) as f64;
        }
        if sample % 7 == 0 {
            problem.capacity[sites - 1] = f64::INFINITY;
        }
        // Every customer can go somewhere; whether there is room is another matter.
        for customer in 0..customers {
            problem.cost[customer * sites + customer % sites] = random.below(60) as f64;
        }
        let optimum = transported(&problem);
        let Some((prices, _)) = problem.prices() else {
            assert!(optimum.is_none(), "sample {sample}: refused, but {optimum:?}");
            impossible += 1;
            continue;
        };
        let optimum = optimum.unwrap_or_else(|| panic!("sample {sample}: prices without a solution"));
        let charge = |customer: usize| {
            let own = &problem.cost[customer * sites..(customer + 1) * sites];
            let charges = own.iter().zip(&prices).map(|(cost, price)| cost + price * problem.load[customer]);
            charges.fold(f64::INFINITY, f64::min)
        };
        let rent = |(price, room): (&f64, &f64)| if *price > 0.0 { price * room } else { 0.0 };
        let value =
            (0..customers).map(charge).sum::<f64>() - prices.iter().zip(&problem.capacity).map(rent).sum::<f64>();
        assert!(prices.iter().zip(&problem.overflow).all(|(price, most)| *price >= 0.0 && price <= most));
        assert!((value - optimum).abs() < 1e-6, "sample {sample}: {value} is not {optimum}");
        proven += 1;
        dear += usize::from(prices.iter().any(|&price| price > 0.0));
    }
    assert!(proven > 150 && impossible > 20 && dear > 60, "{proven} proven, {impossible} impossible, {dear} priced");
}

/// Sites that may shut in the first or the second of two years for a credit, at most `most` of them in each year, and
/// customers of each year with an arc to every site.
fn closing_problem(random: &mut Random, most: f64) -> Problem {
    let mut builder = ProblemBuilder::new();
    let pupils = builder.commodity("pupils");
    let sites: Vec<_> = (0..8).map(|at| builder.site(format!("s{at}"))).collect();
    let years: Vec<Vec<_>> = (0..2)
        .map(|year| (0..12).map(|at| builder.customer(format!("c{at} {year}"), [(pupils, 1)])).collect())
        .collect();
    for &customer in years.iter().flatten() {
        for &site in &sites {
            builder.arc(customer, site, random.between(0, 40) as f64);
        }
    }
    let mut rows = [RowDraft::new("first year"), RowDraft::new("second year")];
    for &site in &sites {
        builder.option(site, "keep", 0.0);
        let credit = random.between(5, 15) as f64;
        let now = builder.option(site, "now", -2.0 * credit);
        builder.serves(now, Serves::Nobody);
        let later = builder.option(site, "later", -credit);
        builder.serves(later, Serves::Only(years[0].clone().into_boxed_slice()));
        rows[0].options.push((now, 1.0));
        rows[1].options.push((later, 1.0));
    }
    for row in rows {
        builder.row(RowDraft { upper: most, ..row });
    }
    builder.build().expect("consistent").problem
}

/// The optimum of the linear relaxation in which a customer uses an arc no more than options that allow it are chosen.
fn relaxed(problem: &Problem) -> f64 {
    let mut program = MipProblem::new();
    let column = |program: &mut MipProblem, name: String, cost| {
        program.column(Column { name, cost, lower: 0.0, upper: 1.0, integer: false })
    };
    let options: Vec<_> =
        problem.options.entries().map(|(id, option)| column(&mut program, format!("y{}", id.0), option.cost)).collect();
    for (site, table) in problem.sites.entries() {
        let chosen = table.options.clone().map(|option| (options[option as usize], 1.0));
        program.row(format!("one{}", site.0), 1.0, 1.0, chosen);
    }
    for (customer, table) in problem.customers.entries() {
        let arcs = table.arcs.clone().map(crate::id::ArcId);
        let used: Vec<_> =
            arcs.map(|arc| (arc, column(&mut program, format!("x{}", arc.0), problem.arcs[arc].cost))).collect();
        program.row(format!("served{}", customer.0), 1.0, 1.0, used.iter().map(|&(_, x)| (x, 1.0)));
        for (arc, x) in used {
            let allowing = problem.options_of(problem.arcs[arc].site);
            let allowing = allowing.filter(|&option| problem.options[option].serves.allows(customer));
            let mut entries: Vec<_> = allowing.map(|option: OptionId| (options[option.0 as usize], -1.0)).collect();
            entries.push((x, 1.0));
            program.row(format!("allowed{}", arc.0), f64::NEG_INFINITY, 0.0, entries);
        }
    }
    for (at, row) in problem.rows.iter().enumerate() {
        let entries = row.options.iter().map(|&(option, factor)| (options[option.0 as usize], factor));
        program.row(format!("row{at}"), row.lower, row.upper, entries);
    }
    let backend = default_backend().expect("a backend");
    let outcome = backend.solve(&program, None, &MipLimits::new(Limits::new()), &|_, _, _| {}).expect("a sound model");
    assert_eq!(outcome.status, MipStatus::Optimal);
    outcome.objective
}

#[test]
fn averages_of_subgradients_reach_the_linear_relaxation_where_rows_tie_sites_together() {
    let mut random = Random::new(31, "averages");
    let (mut short, mut short_deflected) = (0.0, 0.0);
    for sample in 0..20 {
        let problem = closing_problem(&mut random, 2.0);
        let relaxation = Relaxation::new(&problem);
        assert!(relaxation.averages());
        let (removed, excluded) =
            (Removed::none(relaxation.tables.arc.len()), Excluded::none(relaxation.tables.options.len()));
        let mut evaluator = relaxation.evaluator();
        let options = AscentOptions {
            steps: 600,
            target: f64::INFINITY,
            enough: f64::INFINITY,
            factor: 0.5,
            least_factor: 1e-4,
            patience: 10,
            reach: 0.02,
        };
        let start = relaxation.start(&mut evaluator, &removed, &excluded);
        let averaged =
            relaxation.climb_by_averages(&mut evaluator, &removed, &excluded, start.clone(), &options, &|| false);
        let deflected = relaxation.climb(&mut evaluator, &removed, &excluded, start, &options, &|| false);
        let most = relaxed(&problem);
        let bound = averaged.evaluation.bound;
        assert!(bound <= most + 1e-6 * most.abs(), "sample {sample}: {bound} above {most}");
        short += most - bound;
        short_deflected += most - deflected.evaluation.bound;
        // The averaged selections are nearly as many closures as the rows allow.
        for row in &problem.rows {
            let activity: f64 = row.options.iter().map(|&(option, _)| averaged.weights[option.0 as usize]).sum();
            assert!(activity <= row.upper + 0.7, "sample {sample}: {activity} in {}", row.name);
        }
    }
    assert!(short < 0.5 * short_deflected, "{short} by averages, {short_deflected} without");
}

#[test]
fn a_count_of_closures_does_not_make_customers_pay_for_far_sites() {
    let problem = closing_problem(&mut Random::new(37, "count"), 1.0);
    let relaxation = Relaxation::new(&problem);
    assert!(matches!(relaxation.coupling, Coupling::Count { .. }));
    let start = relaxation.first_multipliers();
    for (customer, &value) in problem.customers.ids().zip(&start.cells) {
        let nearest = problem.arcs_of(customer).map(|arc| problem.arcs[arc].cost).fold(f64::INFINITY, f64::min);
        assert_eq!(value, nearest);
    }
}

#[test]
fn a_roomier_cover_chooses_that_much_more_capacity() {
    let mut random = Random::new(11, "roomier");
    let mut wider = 0;
    for _ in 0..60 {
        let problem = random_problem(&mut random);
        let relaxation = Relaxation::new(&problem);
        let Coupling::Cover { capacity, demand, .. } = &relaxation.coupling else { continue };
        let values: Vec<f64> = capacity.iter().map(|capacity| capacity * random.range(0.5, 1.5)).collect();
        let chosen = |coupling: &Coupling| -> Option<f64> {
            let selection = coupling.select(&relaxation.tables, &values);
            let covered = selection.chosen.iter().map(|&(option, weight)| weight * capacity[option as usize]).sum();
            selection.value.is_finite().then_some(covered)
        };
        let plain = chosen(&relaxation.coupling);
        for spare in [0.05, 0.3] {
            if let Some(covered) = relaxation.coupling.roomier(spare).as_ref().and_then(&chosen) {
                assert!(covered >= demand * (1.0 + spare) - 1e-6, "{covered} of {demand}");
                wider += usize::from(plain.is_some_and(|plain| covered > plain + 1e-6));
            }
        }
    }
    assert!(wider > 10, "{wider}");
    assert_eq!(Coupling::Free.roomier(0.1), None);
}
