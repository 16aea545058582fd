//! Orders of benchmark runs: optimal values worked out by hand, records, resume, and engines that are not to be trusted.

use catchment::bench::answer::{Answer, Assigned};
use catchment::bench::family::Family;
use catchment::bench::judge::judge;
use catchment::bench::kind::ProblemKind;
use catchment::bench::order::{Order, Outputs, Tasks};
use catchment::bench::record::{self, Record, RecordStatus};
use catchment::bench::report::{Standing, best_known};
use catchment::bench::run::{Event, Summary, Watcher, run};
use catchment::bench::{neighbours, read};
use catchment::id::{ArcId, CustomerId, IdVec, OptionId};
use catchment::kernel::catalogue::{ENGINES, Entry, find};
use catchment::kernel::check::score;
use catchment::kernel::engine::{Engine, EngineError, Outcome, Status};
use catchment::kernel::problem::{Part, Problem, Service, Solution};
use catchment::run::{Limits, Observer};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/bench").join(name)
}

struct Quiet;

impl Watcher for Quiet {
    fn on(&self, _event: Event<'_>) {}
}

/// Tries every choice of options and of arcs, and counts how often it was asked.
#[derive(Clone, Default)]
struct Enumeration {
    asked: Arc<AtomicUsize>,
    stops: bool,
}

/// Calls `visit` with every way of taking one of the items of each list.
fn choices<T: Copy>(lists: &[Vec<T>], taken: &mut Vec<T>, visit: &mut dyn FnMut(&[T])) {
    match lists.get(taken.len()) {
        None => visit(taken),
        Some(list) => {
            for &item in list {
                taken.push(item);
                choices(lists, taken, visit);
                taken.pop();
            }
        }
    }
}

impl Engine for Enumeration {
    fn name(&self) -> &'static str {
        "enumeration"
    }

    fn solve(
        &self,
        problem: &Problem,
        _: Option<&Solution>,
        limits: &Limits,
        _: &dyn Observer,
    ) -> Result<Outcome, EngineError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let options: Vec<Vec<OptionId>> = problem.sites.ids().map(|site| problem.options_of(site).collect()).collect();
        let arcs: Vec<Vec<ArcId>> =
            problem.customers.ids().map(|customer| problem.arcs_of(customer).collect()).collect();
        let mut best: Option<(f64, Solution)> = None;
        let mut nodes = 0;
        choices(&options, &mut Vec::new(), &mut |options| {
            choices(&arcs, &mut Vec::new(), &mut |arcs| {
                nodes += 1;
                let services = arcs.iter().map(|&arc| Service::Whole(arc)).collect();
                let solution = Solution { options: options.to_vec().into(), services };
                let score = score(problem, &solution);
                if score.is_feasible() && best.as_ref().is_none_or(|(cost, _)| score.cost < *cost) {
                    best = Some((score.cost, solution));
                }
            });
        });
        if self.stops {
            limits.stop.stop();
        }
        let status = match (&best, self.stops) {
            (_, true) => Status::Stopped,
            (Some(_), false) => Status::Optimal,
            (None, false) => Status::Infeasible,
        };
        let cost = best.as_ref().map_or(f64::INFINITY, |(cost, _)| *cost);
        let solution = best.map(|(_, solution)| solution);
        Ok(Outcome { status, solution, cost, bound: cost, nodes, work: nodes, certificate: None })
    }
}

/// Enumeration whose outcome is changed afterwards.
struct Altered<F>(F);

impl<F: Fn(&Problem, &mut Outcome) + Sync> Engine for Altered<F> {
    fn name(&self) -> &'static str {
        "altered"
    }

    fn solve(
        &self,
        problem: &Problem,
        start: Option<&Solution>,
        limits: &Limits,
        observer: &dyn Observer,
    ) -> Result<Outcome, EngineError> {
        let mut outcome = Enumeration::default().solve(problem, start, limits, observer)?;
        (self.0)(problem, &mut outcome);
        Ok(outcome)
    }
}

struct Refusing;

impl Engine for Refusing {
    fn name(&self) -> &'static str {
        "refusing"
    }

    fn solve(&self, _: &Problem, _: Option<&Solution>, _: &Limits, _: &dyn Observer) -> Result<Outcome, EngineError> {
        Err(EngineError::Unsupported { engine: "refusing", feature: "anything".to_owned() })
    }
}

fn order(family: Family, files: &[PathBuf], engine: impl Engine + 'static) -> Order {
    Order {
        family,
        files: files.to_vec(),
        kinds: Vec::new(),
        ps: Vec::new(),
        adjacency: None,
        engines: vec![Box::new(engine)],
        limits: Limits { gap: 0.0001, ..Limits::new() },
        outputs: Outputs::default(),
        resume: false,
    }
}

fn worked(order: &Order) -> Summary {
    let tasks = order.tasks().expect("the order is sound");
    run(order, &tasks.list, &Quiet).expect("everything can be read and written")
}

/// Instances with their optimal values, worked out by hand.
fn worked_out() -> Vec<(Family, &'static str, ProblemKind, &'static [usize], f64)> {
    use ProblemKind::{Cflp, Cflsap, Ckflsap, Cpmp, Gap, Pmp, Sap, Sscflp, Ssckflp, Uflp};
    // rows.txt: demand 12 fits neither facility (10, 8), so both open (150.5); all from facility 0 costs 6, and sending any
    // one customer to facility 1 costs 3 more and frees enough.
    let rows = 150.5 + 9.0;
    // With split demand only 2 units must move; 2 of the 5 of customer 1 cost least.
    let split = 150.5 + 6.0 + 0.4 * 3.0;
    // Uncapacitated: facility 1 alone, 50.5 + 15, beats facility 0 alone, 106, and both, 156.5.
    let uncapacitated = 65.5;
    // zy_tiny.txt: unit 11 costs 15 from facility 10 and 30 from facility 12; unit 13 costs 2 from facility 10. Neither
    // facility can serve all 8 pupils. Unit 11 touches only unit 12, so with contiguity it must go to facility 12.
    // Unit 12 is (11, 10) km from facility 10.
    let far = 11_f64.hypot(10.0);
    vec![
        (Family::Holmberg, "rows.txt", Sscflp, &[], rows),
        (Family::OrlibLarge, "library.txt", Sscflp, &[], rows),
        (Family::Diaz, "columns.txt", Sscflp, &[], rows),
        (Family::Tbed1, "unit_costs.plc", Sscflp, &[], rows),
        (Family::OrlibSmall, "rows.txt", Cflp, &[], split),
        (Family::OrlibSmall, "rows.txt", Uflp, &[], uncapacitated),
        (Family::Yang, "rows.txt", Ssckflp, &[2], rows),
        (Family::Tb4, "rows.txt", Pmp, &[1], 6.0),
        (Family::Flsap, "zy_tiny.txt", Sscflp, &[], 12.0 + 17.0),
        (Family::Flsap, "zy_tiny.txt", Cflsap, &[], 12.0 + 32.0),
        (Family::Flsap, "zy_tiny.txt", Ckflsap, &[2], 12.0 + 32.0),
        (Family::Sap, "zy_tiny.txt", Sap, &[], 32.0),
        (Family::Sap, "zy_tiny.txt", Gap, &[], 17.0),
        (Family::Geo, "zy_tiny.txt", Cpmp, &[2], 17.0),
        (Family::Geo, "zy_tiny.txt", Pmp, &[1], 17.0 + far),
        (Family::GeoWs, "tiny_demand.txt", Uflp, &[], 12.0 + 17.0),
        // Points 5, 1 and 3 apart; the third is nearest to the others.
        (Family::CpmpOrlib, "points.txt", Cpmp, &[], 4.0),
        (Family::CpmpLorena, "points.dat", Cpmp, &[], 2_f64.sqrt() + 13_f64.sqrt()),
        // Distances 3, 4, 1 along a line: one facility in each half, 3 + 1.
        (Family::Pmed, "graph.txt", Pmp, &[], 4.0),
    ]
}

fn finds_optimum(order: &mut Order, kind: ProblemKind, ps: &[usize], expected: f64) {
    order.kinds = vec![kind];
    order.ps = ps.to_vec();
    let summary = worked(order);
    let record = &summary.records[0];
    let what = format!("{} {} {kind}: {:?}", record.key.engine, record.key.family, record.message);
    assert_eq!((summary.records.len(), record.status), (1, RecordStatus::Optimal), "{what}");
    let cost = record.cost.expect("a solution");
    assert!((cost - expected).abs() < 1e-6, "{what}: {cost} instead of {expected}");
    assert!(record.bound.is_some_and(|bound| bound <= cost + 1e-6 && bound >= cost * (1.0 - 1e-6)), "{what}");
}

#[test]
fn compiled_problems_have_the_optimum_worked_out_by_hand() {
    // Enumeration serves customers as a whole, so split demand is left to the engines.
    for (family, name, kind, ps, expected) in worked_out().into_iter().filter(|case| case.2 != ProblemKind::Cflp) {
        finds_optimum(&mut order(family, &[data(name)], Enumeration::default()), kind, ps, expected);
    }
}

fn by(entry: &Entry, family: Family, name: &str) -> Order {
    let mut order = order(family, &[data(name)], Enumeration::default());
    order.engines = vec![entry.engine().expect("this build has a backend")];
    order.limits.gap = 1e-7;
    order
}

#[test]
fn the_exact_engine_finds_the_optimum_worked_out_by_hand() {
    for (family, name, kind, ps, expected) in worked_out() {
        finds_optimum(&mut by(find("milp").expect("there"), family, name), kind, ps, expected);
    }
}

#[test]
fn no_engine_contradicts_the_optimum_worked_out_by_hand() {
    for entry in ENGINES {
        for (family, name, kind, ps, expected) in worked_out() {
            let mut order = by(entry, family, name);
            (order.kinds, order.ps) = (vec![kind], ps.to_vec());
            order.limits.time = Some(Duration::from_secs(20));
            let record = worked(&order).records.remove(0);
            let what = format!("{} {family} {kind}: {record:?}", entry.name);
            assert!(record.status != RecordStatus::Fault && record.status != RecordStatus::Infeasible, "{what}");
            assert!(record.cost.is_none_or(|cost| cost >= expected - 1e-6), "{what}");
            assert!(record.bound.is_none_or(|bound| bound <= expected + 1e-6), "{what}");
        }
    }
}

#[test]
fn every_family_has_the_problem_it_is_published_for() {
    let problem = |family, name: &str, ps: &[usize]| {
        let mut order = order(family, &[data(name)], Enumeration::default());
        order.ps = ps.to_vec();
        order.tasks().expect("sound").list[0].key.problem.clone()
    };
    assert_eq!(problem(Family::Sap, "zy_tiny.txt", &[]), "sap");
    assert_eq!(problem(Family::Geo, "zy_tiny.txt", &[1]), "cpmp");
    assert_eq!(problem(Family::GeoWs, "tiny_demand.txt", &[]), "uflp");
    assert_eq!(problem(Family::CpmpOrlib, "points.txt", &[]), "cpmp");
    assert_eq!(problem(Family::CpmpLorena, "points.dat", &[]), "cpmp");
    assert_eq!(problem(Family::Pmed, "graph.txt", &[]), "pmp");
    assert_eq!(problem(Family::Flsap, "zy_tiny.txt", &[]), "sscflp");
}

#[test]
fn an_impossible_problem_is_a_record_without_a_solution() {
    let mut order = order(Family::Geo, &[data("zy_tiny.txt")], Enumeration::default());
    order.ps = vec![1];
    let record = &worked(&order).records[0];
    assert_eq!(
        (record.status, record.cost, record.bound, record.open.as_ref()),
        (RecordStatus::Infeasible, None, None, None)
    );
}

#[test]
fn tasks_are_every_file_problem_and_number_once() {
    let mut order = order(Family::Geo, &[data("zy_tiny.txt"), data("zy_tiny.txt")], Enumeration::default());
    order.engines.push(Box::new(Refusing));
    order.kinds = vec![ProblemKind::Sscflp, ProblemKind::Cpmp];
    order.ps = vec![1, 2];
    let Tasks { list, notes } = order.tasks().expect("sound");
    let keys: Vec<_> = list.iter().map(|task| (&*task.key.problem, task.key.p, &*task.key.engine)).collect();
    let both = |problem, p| [(problem, p, "enumeration"), (problem, p, "refusing")];
    assert_eq!(keys, [both("sscflp", None), both("cpmp", Some(1)), both("cpmp", Some(2))].concat());
    assert!(notes.is_empty());

    order.kinds = vec![ProblemKind::Sscflp];
    assert!(order.tasks().expect("sound").notes[0].contains("--p is not used"));
    order.family = Family::CpmpOrlib;
    order.files = vec![data("points.txt")];
    order.kinds = Vec::new();
    let tasks = order.tasks().expect("sound");
    assert_eq!((tasks.list.len(), &*tasks.notes[0]), (2, "points: p = 1 of the file is used, not 2"));
}

#[test]
fn everything_in_the_way_of_an_order_is_told_at_once() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let bad = dir.path().join("bad.txt");
    fs::write(&bad, "2 x").expect("can write");
    let mut order = order(Family::Holmberg, &[bad, data("rows.txt")], Enumeration::default());
    order.kinds = vec![ProblemKind::Pmp, ProblemKind::Sap];
    order.outputs.json = Some(dir.path().join("out.json"));
    let text = order.tasks().map(drop).expect_err("not sound").to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].contains("bad.txt, line 1: the number of customers"), "{text}");
    assert!(lines[1].contains("pmp fixes the number of facilities"), "{text}");
    assert!(lines[2].contains("rows.txt: contiguity needs a neighbour table"), "{text}");
    assert!(!dir.path().join("out.json").exists(), "nothing is written");

    order.files = vec![dir.path().join("absent"), dir.path().to_owned(), data("")];
    fs::remove_file(dir.path().join("bad.txt")).expect("can remove");
    let text = order.tasks().map(drop).expect_err("not sound").to_string();
    assert!(text.contains("no such file or folder. The public instances are not part of this program"), "{text}");
    assert!(text.contains("no file in this folder ends like an instance of holmberg"), "{text}");
}

#[test]
fn a_folder_stands_for_the_instances_in_it() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for name in ["p11.txt", "p9.txt", "zy_connectivity.txt", "notes.md"] {
        fs::copy(data("rows.txt"), dir.path().join(name)).expect("can copy");
    }
    let order = order(Family::Holmberg, &[dir.path().to_owned()], Enumeration::default());
    let names: Vec<_> = order.tasks().expect("sound").list.into_iter().map(|task| task.key.instance).collect();
    assert_eq!(names, ["p9", "p11"]);
}

/// Reads the records at the beginning of every run, as somebody outside might.
struct Reading {
    path: PathBuf,
    seen: Arc<AtomicUsize>,
}

impl Watcher for Reading {
    fn on(&self, event: Event<'_>) {
        let text = fs::read_to_string(&self.path).expect("the list is there");
        let list: Value = serde_json::from_str(&text).expect("the list is whole");
        if let Event::Finished(record) = event {
            let count = self.seen.fetch_add(1, Ordering::Relaxed) + 1;
            assert_eq!(list.as_array().map(Vec::len), Some(count));
            assert_eq!(list[count - 1]["instance"], record.key.instance);
        }
    }
}

#[test]
fn the_list_of_records_is_whole_at_every_moment() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("out.json");
    let mut order = order(Family::Geo, &[data("zy_tiny.txt")], Enumeration::default());
    order.kinds = vec![ProblemKind::Sscflp, ProblemKind::Cpmp, ProblemKind::Cflsap];
    order.ps = vec![1, 2];
    order.outputs.json = Some(path.clone());
    let reading = Reading { path: path.clone(), seen: Arc::default() };
    let tasks = order.tasks().expect("sound");
    run(&order, &tasks.list, &reading).expect("works");
    assert_eq!(reading.seen.load(Ordering::Relaxed), 4);
    assert!(fs::read_dir(dir.path()).expect("can list").count() == 1, "no temporary file is left");

    let list: Value = serde_json::from_str(&fs::read_to_string(&path).expect("there")).expect("JSON");
    let contract = [
        "family",
        "instance",
        "problem",
        "p",
        "engine",
        "seed",
        "threads",
        "time_limit",
        "status",
        "cost",
        "bound",
        "gap",
        "nodes",
        "seconds",
        "open",
        "assign",
    ];
    for record in list.as_array().expect("a list") {
        for field in contract {
            assert!(record.get(field).is_some(), "{field} is missing in {record}");
        }
    }
    assert_eq!(list[0]["open"], serde_json::json!([10, 12]));
    assert_eq!(list[0]["assign"], serde_json::json!([10, 10, 12, 10]));
    assert_eq!((&list[0]["p"], &list[2]["p"]), (&Value::Null, &serde_json::json!(2)));
    assert_eq!(record::load(&path).expect("reads back").len(), 4);
}

fn resumable(dir: &Path, engine: &Enumeration) -> Order {
    let mut order = order(Family::Geo, &[data("zy_tiny.txt")], engine.clone());
    order.kinds = vec![ProblemKind::Sscflp, ProblemKind::Cflsap];
    order.outputs.json = Some(dir.join("out.json"));
    order.resume = true;
    order
}

#[test]
fn a_resumed_order_leaves_out_what_is_there_and_keeps_what_is_foreign() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let engine = Enumeration::default();
    let asked = || engine.asked.load(Ordering::Relaxed);
    let mut order = resumable(dir.path(), &engine);
    assert_eq!((worked(&order).kept, asked()), (0, 2));
    let path = dir.path().join("out.json");
    let first = fs::read_to_string(&path).expect("there");
    let again = worked(&order);
    assert_eq!((again.kept, again.records.len(), asked()), (2, 2, 2));
    assert_eq!(fs::read_to_string(&path).expect("there"), first);

    // One record lost: one run.
    let records = record::load(&path).expect("whole");
    record::save(&path, &records[1..]).expect("can write");
    assert_eq!((worked(&order).kept, asked()), (1, 3));

    // Other limits are other runs; the old records stay.
    order.limits.seed = 2;
    assert_eq!((worked(&order).kept, asked()), (0, 5));
    assert_eq!(record::load(&path).expect("whole").len(), 4);

    // Without resume the list begins anew.
    order.resume = false;
    assert_eq!((worked(&order).kept, asked()), (0, 7));
    assert_eq!(record::load(&path).expect("whole").len(), 2);
}

#[test]
fn a_changed_file_is_solved_again() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let file = dir.path().join("rows.txt");
    fs::copy(data("rows.txt"), &file).expect("can copy");
    let mut order = order(Family::Holmberg, std::slice::from_ref(&file), Enumeration::default());
    order.outputs.json = Some(dir.path().join("out.json"));
    order.resume = true;
    worked(&order);
    fs::write(&file, fs::read_to_string(&file).expect("there").replace("50.5", "60.5")).expect("can write");
    let summary = worked(&order);
    assert_eq!((summary.kept, summary.records[0].cost), (0, Some(169.5)));
}

#[test]
fn a_damaged_list_is_never_overwritten_by_a_resumed_order() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let order = resumable(dir.path(), &Enumeration::default());
    let path = dir.path().join("out.json");
    fs::write(&path, "[{").expect("can write");
    let error = run(&order, &order.tasks().expect("sound").list, &Quiet).expect_err("not a list").to_string();
    assert!(error.contains("out.json: should be a JSON list of records"), "{error}");
    assert_eq!(fs::read_to_string(&path).expect("there"), "[{");
}

#[test]
fn a_run_stopped_from_outside_ends_the_order_and_is_made_again() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let order = resumable(dir.path(), &Enumeration { stops: true, ..Enumeration::default() });
    let summary = worked(&order);
    assert!(summary.interrupted);
    assert_eq!(summary.records.len(), 1);
    assert_eq!((summary.records[0].status, summary.records[0].cost), (RecordStatus::Stopped, Some(29.0)));

    let engine = Enumeration::default();
    let summary = worked(&resumable(dir.path(), &engine));
    assert_eq!((summary.kept, engine.asked.load(Ordering::Relaxed)), (0, 2));
    let kept: Vec<RecordStatus> =
        record::load(&dir.path().join("out.json")).expect("whole").iter().map(|record| record.status).collect();
    assert_eq!(kept, [RecordStatus::Optimal, RecordStatus::Optimal], "the stopped record is replaced");
}

fn altered(
    kind: ProblemKind,
    family: Family,
    name: &str,
    change: impl Fn(&Problem, &mut Outcome) + Sync + 'static,
) -> Record {
    let mut order = order(family, &[data(name)], Altered(change));
    order.kinds = vec![kind];
    worked(&order).records.remove(0)
}

#[test]
fn an_engine_that_contradicts_itself_or_the_instance_is_a_fault() {
    let fault = |change: fn(&Problem, &mut Outcome)| {
        let record = altered(ProblemKind::Sscflp, Family::Flsap, "zy_tiny.txt", change);
        assert_eq!(record.status, RecordStatus::Fault);
        assert!(!record.is_final());
        record.message.expect("a reason")
    };
    assert!(
        fault(|_, outcome| outcome.cost -= 1.0).contains("the engine says that its solution costs 28, and it costs 29")
    );
    assert!(fault(|_, outcome| outcome.cost = f64::NAN).contains("costs NaN"));
    assert!(fault(|_, outcome| outcome.bound = 30.0).contains("the bound 30 is above the cost 29"));
    assert!(fault(|_, outcome| outcome.bound = 20.0).contains("reached the gap 0.0001, and the gap is Some(0.31"));
    assert!(fault(|_, outcome| outcome.status = Status::Infeasible).contains("no solution, and returns one"));
    assert!(
        fault(|_, outcome| (outcome.status, outcome.solution) = (Status::Feasible, None)).contains("and it has none")
    );
    let overloaded = fault(|problem, outcome| {
        let solution = outcome.solution.as_mut().expect("a solution");
        for customer in problem.customers.ids() {
            solution.services[customer] = Service::Whole(problem.arcs_of(customer).next().expect("an arc"));
        }
        outcome.cost = score(problem, solution).cost;
        outcome.bound = outcome.cost;
    });
    assert_eq!(overloaded, "facility 10: load 8 above capacity 7");
}

#[test]
fn an_engine_that_refuses_is_recorded_as_such() {
    let order = order(Family::Flsap, &[data("zy_tiny.txt")], Refusing);
    let record = &worked(&order).records[0];
    assert_eq!(record.status, RecordStatus::Unsupported);
    assert_eq!(record.message.as_deref(), Some("engine `refusing` does not handle anything"));
}

fn split(problem: &Problem, shares: [[f64; 2]; 3]) -> IdVec<CustomerId, Service> {
    let part = |arc, share, load: i64| Part { arc, loads: Box::new([share * load as f64]) };
    problem
        .customers
        .entries()
        .zip(shares)
        .map(|((customer, data), shares)| {
            let parts = problem.arcs_of(customer).zip(shares).map(|(arc, share)| part(arc, share, data.mass()));
            Service::Split(parts.collect())
        })
        .collect()
}

#[test]
fn split_demand_is_answered_in_fractions() {
    // All from facility 0 but 2 of the 5 of customer 1, which costs least per unit to move: 150.5 + 6 + 0.4 * 3.
    let record = altered(ProblemKind::Cflp, Family::OrlibSmall, "rows.txt", |problem, outcome| {
        let services = split(problem, [[1.0, 0.0], [0.6, 0.4], [1.0, 1e-12]]);
        outcome.solution.as_mut().expect("a solution").services = services;
        outcome.cost = 157.7;
        outcome.bound = 157.7;
    });
    assert_eq!(record.status, RecordStatus::Optimal, "{:?}", record.message);
    let Some([Assigned::Among(whole), Assigned::Among(parts), _]) = record.assign.as_deref() else {
        panic!("three fractional services, found {:?}", record.assign)
    };
    assert_eq!(*whole, [(0, 1.0)]);
    assert!((parts[0].1 - 0.6).abs() < 1e-12 && (parts[1].1 - 0.4).abs() < 1e-12);
}

#[test]
fn shares_without_capacities_are_made_whole_at_the_cheapest() {
    let record = altered(ProblemKind::Uflp, Family::OrlibSmall, "rows.txt", |problem, outcome| {
        let solution = outcome.solution.as_mut().expect("a solution");
        solution.services = split(problem, [[0.5, 0.5], [0.0, 1.0], [1.0, 0.0]]);
        for site in problem.sites.ids() {
            solution.options[site] = problem.options_of(site).last().expect("an open option");
        }
        // 150.5 + 2.5 + 5 + 3; the first customer made whole saves 1.5.
        outcome.cost = 161.0;
        outcome.bound = 159.5;
    });
    assert_eq!((record.status, record.cost), (RecordStatus::Optimal, Some(159.5)), "{:?}", record.message);
    assert_eq!(record.assign, Some(vec![Assigned::To(0), Assigned::To(1), Assigned::To(0)]));
}

#[test]
fn solution_files_name_problem_and_number_and_have_a_name_of_their_own() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut order = order(Family::Geo, &[data("zy_tiny.txt")], Enumeration::default());
    order.ps = vec![1, 2];
    order.outputs.solutions = Some(dir.path().join("deep/solutions"));
    worked(&order);
    let files: Vec<PathBuf> = fs::read_dir(dir.path().join("deep/solutions"))
        .expect("made")
        .map(|entry| entry.expect("listed").path())
        .collect();
    assert_eq!(files.len(), 1, "the impossible p = 1 has no solution");
    assert!(files[0].ends_with("geo__zy_tiny__cpmp__p2__enumeration__seed1-threads1-gap0.0001.json"), "{files:?}");
    let solution: Value = serde_json::from_str(&fs::read_to_string(&files[0]).expect("there")).expect("JSON");
    assert_eq!((&solution["problem"], &solution["p"]), (&"cpmp".into(), &2.into()));
    assert_eq!((&solution["open"][1], &solution["assign"][2]), (&12.into(), &12.into()));
}

#[test]
fn nothing_but_the_report_knows_best_values() {
    fn search(folder: &Path) {
        for entry in fs::read_dir(folder).expect("can list") {
            let path = entry.expect("listed").path();
            if path.is_dir() {
                search(&path);
            } else if !path.components().any(|part| part.as_os_str() == "report") {
                let text = fs::read_to_string(&path).expect("source text");
                assert!(!text.contains("best_known"), "{} knows best values", path.display());
            }
        }
    }
    search(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bench"));
    search(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/kernel"));
}

/// The folder of public instances, where the environment names one.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
fn public_instances() -> Option<PathBuf> {
    let folder = std::env::var_os("CATCHMENT_BENCHMARKS").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: set CATCHMENT_BENCHMARKS to the folder of public instances to run this test");
    }
    folder
}

#[test]
fn every_public_instance_is_read_and_admitted() {
    let Some(folder) = public_instances() else { return };
    let mut count = 0;
    for family in Family::ALL.into_iter().filter(|&family| family != Family::GeoWs) {
        let mut order = order(family, &[folder.join(family.name())], Enumeration::default());
        order.ps = vec![10];
        match order.tasks() {
            Ok(tasks) => count += tasks.list.len(),
            Err(errors) => panic!("{errors}"),
        }
    }
    assert!(count > 200, "{count} instances");
}

#[test]
fn published_solutions_cost_what_their_files_say() {
    let Some(folder) = public_instances() else { return };
    for entry in fs::read_dir(folder.join("known_solutions")).expect("can list") {
        let path = entry.expect("listed").path();
        let text = fs::read_to_string(&path).expect("text");
        let value: Value = serde_json::from_str(&text).expect("JSON");
        let answer: Answer = serde_json::from_str(&text).expect("a solution");
        let family = Family::parse(value["family"].as_str().expect("named")).expect("known");
        let kind = ProblemKind::parse(value["problem"].as_str().expect("named")).expect("known");
        let name = value["instance"].as_str().expect("named");
        let file = ["txt", "dat", "plc", "txt.gz", "plc.gz"]
            .iter()
            .map(|ending| folder.join(family.name()).join(format!("{name}.{ending}")))
            .find(|file| file.exists())
            .expect("the instance is there");
        let instance = read::read(family, &file).expect("sound");
        let graph = kind.is_contiguous().then(|| {
            neighbours::read(&neighbours::table_beside(&file).expect("has a table"), &instance).expect("sound")
        });
        let judgement = judge(&instance, kind, instance.p, graph.as_ref(), &answer);
        assert_eq!(judgement.violations, Vec::<String>::new(), "{name}");
        let published = value["cost"].as_f64().expect("a cost");
        assert!((judgement.cost - published).abs() <= 1e-6 * published, "{name}: {} and {published}", judgement.cost);
    }
}

fn command(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_catchment")).args(arguments).output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn wrong_usage_ends_with_code_2_and_a_message() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let rows = data("rows.txt").display().to_string();
    let absent = dir.path().join("absent").display().to_string();
    let cases: &[(&[&str], &str)] = &[
        (
            &["bench", "solve", "--family", "holmberg", &absent],
            "no such file or folder. The public instances are not part",
        ),
        (&["bench", "solve", "--family", "homberg", &rows], "did you mean `holmberg`?"),
        (&["bench", "solve", "--family", "holmberg", "--problem", "sscfl", &rows], "did you mean `sscflp`?"),
        (&["bench", "solve", "--family", "holmberg", "--engine", "none", &rows], "unknown engine `none`"),
        (&["bench", "solve", "--family", "holmberg", "--gap", "1", &rows], "`1` should be a share"),
        (&["bench", "solve", "--family", "holmberg", "--time-limit", "0", &rows], "`0` should be a time above zero"),
        (&["bench", "solve", "--family", "holmberg", "--resume", &rows], "--json"),
        (&["bench", "solve", "--family", "holmberg"], "<FILE>"),
        (&["bench", "report", &absent], "cannot be read"),
        (&["bench", "report", &rows], "should be a JSON list of records"),
    ];
    for (arguments, expected) in cases {
        let (code, stdout, stderr) = command(arguments);
        assert_eq!((code, &*stdout), (Some(2), ""), "{arguments:?}\n{stderr}");
        assert!(stderr.contains(expected), "{arguments:?}\n{stderr}");
    }
    assert_eq!(fs::read_dir(dir.path()).expect("can list").count(), 0, "nothing is written");
}

#[test]
fn the_command_prints_a_line_per_record_and_keeps_what_was_asked() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| dir.path().join(name).display().to_string();
    let (json, solutions, logs) = (path("out.json"), path("solutions"), path("logs"));
    let file = data("zy_tiny.txt").display().to_string();
    let solve = |p: &str| {
        let arguments = [
            "bench",
            "solve",
            "--family",
            "geo",
            &file,
            "--problem",
            "cpmp,cflsap",
            "--p",
            p,
            "--engine",
            "milp",
            "--threads",
            "1",
            "--time-limit",
            "1m",
            "--gap",
            "0.001%",
            "--json",
            &json,
            "--resume",
            "--solutions",
            &solutions,
            "--logs",
            &logs,
        ];
        command(&arguments)
    };
    let (code, stdout, stderr) = solve("2");
    assert_eq!(code, Some(0), "{stderr}");
    let words: Vec<Vec<&str>> = stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(words.len(), 3, "{stdout}");
    assert_eq!(words[1][..8], ["geo", "zy_tiny", "2x4", "cpmp", "2", "milp", "optimal", "17"]);
    assert_eq!(words[2][..8], ["geo", "zy_tiny", "2x4", "cflsap", "-", "milp", "optimal", "44"]);
    assert!(stderr.contains("zy_tiny cpmp milp"), "{stderr}");
    let written = |path: &str| fs::read_dir(path).expect("made").map(|entry| entry.expect("can list").path());
    assert_eq!(written(&solutions).filter(|path| path.is_file()).count(), 2);
    assert_eq!(written(&format!("{solutions}/certificates")).count(), 2);

    // One facility cannot serve all: no plan exists, and the other record is kept.
    let (code, stdout, stderr) = solve("1");
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stdout.lines().nth(1).is_some_and(|line| line.contains("infeasible")), "{stdout}");
    assert!(!stderr.contains("zy_tiny cflsap"), "{stderr}");
    let records = record::load(Path::new(&json)).expect("whole");
    assert_eq!(records.len(), 3);
    assert_eq!((records[0].key.time_limit, records[0].key.gap_limit), (Some(60.0), Some(0.00001)));
}

#[test]
fn public_instances_are_solved_to_their_published_optimum() {
    let Some(folder) = public_instances() else { return };
    let best = best_known::read(&folder.join("best_known.csv")).expect("a sound table");
    let checker = folder.join("check_solution.py");
    let dir = tempfile::tempdir().expect("a temporary folder");
    let cases = [
        (Family::Holmberg, "holmberg", &["p1", "p3", "p5", "p7", "p9", "p11"][..], ProblemKind::Sscflp),
        (Family::Diaz, "diaz", &["p1"], ProblemKind::Sscflp),
        (Family::OrlibSmall, "orlib_small", &["cap61", "cap101"], ProblemKind::Sscflp),
        (Family::OrlibSmall, "orlib_small", &["cap61"], ProblemKind::Cflp),
        (Family::CpmpOrlib, "cpmp_orlib", &["pmedcap1"], ProblemKind::Cpmp),
    ];
    for (family, place, names, kind) in cases {
        let files: Vec<PathBuf> = names.iter().map(|name| folder.join(place).join(format!("{name}.txt"))).collect();
        let mut order = order(family, &files, Enumeration::default());
        order.kinds = vec![kind];
        order.engines = vec![find("milp").expect("there").engine().expect("this build has a backend")];
        order.outputs.solutions = Some(dir.path().to_owned());
        for (file, record) in files.iter().zip(worked(&order).records) {
            assert_eq!(record.status, RecordStatus::Optimal, "{}: {:?}", file.display(), record.message);
            let value = best.find(&record.key).and_then(|best| best.value).expect("a published optimum");
            let to_best = value.compare(record.cost.expect("a solution"));
            assert_eq!(to_best.standing, Standing::Equal, "{}: {to_best:?}", file.display());
            let solution = dir.path().join(format!("{}.json", record.key.file_stem()));
            let verdict = Command::new("python3").arg(&checker).arg(family.name()).arg(file).arg(&solution).output();
            let verdict = verdict.expect("Python is there where the checker is");
            assert!(verdict.status.success(), "{}", String::from_utf8_lossy(&verdict.stdout));
        }
    }
}
