//! The phases of a run by size: travel, translation and audit of a county; a step of the bound, local search.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use catchment::compile::compile;
use catchment::evaluate::evaluate_baseline;
use catchment::generate::{self, Profile, Size};
use catchment::id::{CustomerId, SiteId};
use catchment::input;
use catchment::kernel::bound::{Excluded, Relaxation, Removed};
use catchment::kernel::builder::ProblemBuilder;
use catchment::kernel::construct::Hint;
use catchment::kernel::primal::Improver;
use catchment::kernel::problem::Problem;
use catchment::random::Random;
use catchment::run::Limits;
use catchment::travel::Travel;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

/// Customers and sites of the kernel problems; every customer has [`NEAR`] arcs.
const SIZES: [(usize, usize); 3] = [(300, 40), (3_000, 400), (20_000, 3_000)];
const NEAR: usize = 30;

/// Sites with one capacity each and a fifth more places than loads; customers with arcs to the sites nearest to them.
fn location_problem(customers: usize, sites: usize) -> Problem {
    let mut random = Random::new(1, "bench");
    let mut builder = ProblemBuilder::new();
    let commodity = builder.commodity("pupils");
    let load = builder.load(commodity);
    let mut point = || (random.unit(), random.unit());
    let places: Vec<(f64, f64)> = (0..sites).map(|_| point()).collect();
    let homes: Vec<(f64, f64)> = (0..customers).map(|_| point()).collect();
    let capacity = 60 * customers as i64 * 6 / (5 * sites as i64) + 120;
    let ids: Vec<SiteId> = (0..sites).map(|at| builder.site(format!("s{at}"))).collect();
    for &site in &ids {
        builder.shut(site);
        let open = builder.option(site, "open", 300.0);
        builder.capacity(open, load, capacity);
    }
    for (at, home) in homes.iter().enumerate() {
        let pupils = 20 + (at as i64 * 37) % 80;
        let customer: CustomerId = builder.customer(format!("c{at}"), [(commodity, pupils)]);
        let mut near: Vec<(f64, usize)> =
            places.iter().enumerate().map(|(site, place)| ((home.0 - place.0).hypot(home.1 - place.1), site)).collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0));
        for &(distance, site) in near.iter().take(NEAR) {
            builder.arc(customer, ids[site], 100.0 * distance * pupils as f64);
        }
    }
    builder.build().unwrap().problem
}

fn engine_phases(criterion: &mut Criterion) {
    for (customers, sites) in SIZES {
        let problem = location_problem(customers, sites);
        let size = format!("{customers}x{sites}");
        let relaxation = Relaxation::new(&problem);
        let nothing = (Removed::none(relaxation.tables.arc.len()), Excluded::none(relaxation.tables.options.len()));
        let mut group = criterion.benchmark_group("bound step");
        group.throughput(Throughput::Elements(problem.arcs.len() as u64));
        group.bench_function(BenchmarkId::from_parameter(&size), |bencher| {
            let mut evaluator = relaxation.evaluator();
            let mut at = relaxation.first_multipliers();
            let active = relaxation.active(&nothing.0, &nothing.1, &at);
            bencher.iter(|| black_box(evaluator.evaluate(&active, &mut at, &nothing.1).bound));
        });
        group.finish();
        if customers > 3_000 {
            continue;
        }
        let improver = Improver::new(&problem);
        let limits = Limits::new();
        let moves = 20 * customers as u64;
        let start = improver.construct(&Hint::default(), moves, 1, &limits).unwrap();
        let mut group = criterion.benchmark_group("local search");
        group.sample_size(10).throughput(Throughput::Elements(moves));
        group.bench_function(BenchmarkId::from_parameter(&size), |bencher| {
            bencher.iter(|| black_box(improver.improve(&start.solution, moves, 1, "bench", &limits).work));
        });
        group.finish();
    }
}

fn county_phases(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("county");
    group.sample_size(10);
    for (units, sites) in [(300, 40), (3_000, 400)] {
        let folder = tempfile::tempdir().unwrap();
        let size = Size { units: Some(units), sites: Some(sites) };
        generate::run(Profile::Province, folder.path(), 1, size, generate::Readings::default()).unwrap();
        let name = format!("{units}x{sites}");
        group.bench_function(BenchmarkId::new("load", &name), |bencher| {
            bencher.iter(|| black_box(input::load(folder.path(), None).unwrap().scenario.sha256.len()));
        });
        let scenario = input::load(folder.path(), None).unwrap().scenario;
        let travel = Travel::new(&scenario);
        group.bench_function(BenchmarkId::new("translate", &name), |bencher| {
            bencher.iter(|| black_box(compile(&scenario, &travel).unwrap().problem.arcs.len()));
        });
        group.bench_function(BenchmarkId::new("audit", &name), |bencher| {
            bencher.iter(|| black_box(evaluate_baseline(&scenario, &travel).hard_rules_hold()));
        });
    }
    group.finish();
}

criterion_group!(phases, engine_phases, county_phases);
criterion_main!(phases);
