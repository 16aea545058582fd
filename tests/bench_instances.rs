//! The readers of the public instance families, on hand-made files of every format, and the problems made of them.

use catchment::bench::answer::{Answer, Assigned};
use catchment::bench::family::Family;
use catchment::bench::instance::{Facility, Instance};
use catchment::bench::judge::judge;
use catchment::bench::kind::ProblemKind;
use catchment::bench::neighbours::{self, Neighbours};
use catchment::bench::problem::{CompileError, compile};
use catchment::bench::read::{self, ReadError};
use catchment::id::{ArcId, OptionId, SiteId};
use catchment::kernel::problem::{Grain, Limit, Serves};
use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/bench").join(name)
}

fn instance(family: Family, name: &str) -> Instance {
    read::read(family, &data(name)).expect("the hand-made file is sound")
}

fn cost_rows(instance: &Instance) -> Vec<Vec<f64>> {
    (0..instance.facilities.len())
        .map(|i| (0..instance.customers.len()).map(|j| instance.cost(i, j)).collect())
        .collect()
}

/// The hand-made file of every family.
const SAMPLES: [(Family, &str); 14] = [
    (Family::Holmberg, "rows.txt"),
    (Family::Yang, "rows.txt"),
    (Family::Tb4, "rows.txt"),
    (Family::OrlibSmall, "rows.txt"),
    (Family::OrlibLarge, "library.txt"),
    (Family::Diaz, "columns.txt"),
    (Family::Tbed1, "unit_costs.plc"),
    (Family::Flsap, "zy_tiny.txt"),
    (Family::Sap, "zy_tiny.txt"),
    (Family::Geo, "zy_tiny.txt"),
    (Family::GeoWs, "tiny_demand.txt"),
    (Family::CpmpOrlib, "points.txt"),
    (Family::CpmpLorena, "points.dat"),
    (Family::Pmed, "graph.txt"),
];

#[test]
fn four_formats_of_one_instance_read_alike() {
    for (family, name) in SAMPLES.into_iter().take(7) {
        let read = instance(family, name);
        assert_eq!(read.family, family);
        let facility = |id, capacity, fixed_cost| Facility { id, capacity: Some(capacity), fixed_cost, home: None };
        assert_eq!(read.facilities, [facility(0, 10.0, 100.0), facility(1, 8.0, 50.5)], "{family}");
        let demands: Vec<(i64, f64)> = read.customers.iter().map(|customer| (customer.id, customer.demand)).collect();
        assert_eq!(demands, [(0, 4.0), (1, 5.0), (2, 3.0)], "{family}");
        assert_eq!(cost_rows(&read), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], "{family}");
        assert_eq!(read.p, None);
    }
}

#[test]
fn a_unit_is_a_facility_exactly_when_its_capacity_is_positive() {
    for family in [Family::Flsap, Family::Sap, Family::Geo] {
        let read = instance(family, "zy_tiny.txt");
        assert_eq!(read.name, "zy_tiny");
        let facility =
            |id, capacity, fixed_cost, home| Facility { id, capacity: Some(capacity), fixed_cost, home: Some(home) };
        // Unit 12 has flag 0 and capacity 4; unit 13 has flag 1 and capacity 0.
        assert_eq!(read.facilities, [facility(10, 7.0, 5.0, 0), facility(12, 4.0, 7.0, 2)]);
        // Kilometres times demand: (3, 4) km is 5 km, (8, 6) km is 10 km.
        let far = 11_f64.hypot(10.0);
        assert_eq!(cost_rows(&read)[0], [0.0, 15.0, far, 2.0]);
        assert_eq!(cost_rows(&read)[1][1..3], [30.0, 0.0]);
    }
}

#[test]
fn two_tables_read_like_one() {
    let (one, two) = (instance(Family::Geo, "zy_tiny.txt"), instance(Family::GeoWs, "tiny_demand.txt"));
    assert_eq!(one.facilities, two.facilities);
    assert_eq!(one.customers, two.customers);
    assert_eq!(cost_rows(&one), cost_rows(&two));
}

#[test]
fn points_are_facilities_and_customers() {
    let floor = instance(Family::CpmpOrlib, "points.txt");
    assert_eq!(floor.p, Some(1));
    assert_eq!(
        floor.facilities.iter().map(|f| (f.id, f.capacity)).collect::<Vec<_>>(),
        [(1, Some(20.0)), (2, Some(20.0)), (3, Some(20.0))]
    );
    // Distances 5, 1.41 and 3.61, rounded down.
    assert_eq!(cost_rows(&floor), [[0.0, 5.0, 1.0], [5.0, 0.0, 3.0], [1.0, 3.0, 0.0]]);

    let exact = instance(Family::CpmpLorena, "points.dat");
    assert_eq!(
        exact.facilities.iter().map(|f| (f.id, f.capacity)).collect::<Vec<_>>(),
        [(0, Some(20.0)), (1, Some(21.0)), (2, Some(22.0))]
    );
    assert_eq!(exact.cost(0, 2), 2_f64.sqrt());
    assert_eq!(exact.cost(1, 2), 13_f64.sqrt());
    assert_eq!(exact.customers[2].demand, 7.0);
}

#[test]
fn a_repeated_edge_counts_with_its_last_length() {
    let graph = instance(Family::Pmed, "graph.txt");
    assert_eq!(graph.p, Some(2));
    let expected = [[0.0, 3.0, 7.0, 8.0], [3.0, 0.0, 4.0, 5.0], [7.0, 4.0, 0.0, 1.0], [8.0, 5.0, 1.0, 0.0]];
    assert_eq!(cost_rows(&graph), expected);
    assert_eq!(graph.facilities[0].capacity, None);
    assert_eq!((graph.facilities[0].id, graph.customers[3].id), (1, 4));
}

#[test]
fn packing_padding_marks_and_line_ends_change_nothing() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for (family, name) in SAMPLES {
        let plain = fs::read(data(name)).expect("the file is there");
        let text = String::from_utf8(plain).expect("the file is text");
        let padded = format!("\u{feff}{}\r\n\0\0\u{1a}", text.replace('\n', "\r\n"));
        let path = dir.path().join(format!("{name}.gz"));
        let mut packer = GzEncoder::new(fs::File::create(&path).expect("can write"), Compression::fast());
        packer.write_all(padded.as_bytes()).and_then(|()| packer.try_finish()).expect("can write");
        if family == Family::GeoWs {
            fs::copy(data("tiny_supply.txt"), dir.path().join("tiny_supply.txt.gz")).expect("can copy");
        }
        assert_eq!(read::read(family, &path).expect("still sound"), instance(family, name), "{family}");
    }
}

#[test]
fn optima_kept_as_comments_are_never_used() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for (family, name) in SAMPLES {
        let text = fs::read_to_string(data(name)).expect("the file is there");
        let changed = match family {
            // The first line is `number optimum`.
            Family::CpmpOrlib => text.replacen("713", "garbage!", 1).replacen(" 1 ", " -inf ", 1),
            // Tables have no place for an optimum.
            Family::Flsap | Family::Sap | Family::Geo | Family::GeoWs => continue,
            _ => format!("{}\nOPT_VAL -1e999 nonsense 17\n", text.trim_end()),
        };
        assert_ne!(changed, text);
        let path = dir.path().join(name);
        fs::write(&path, changed).expect("can write");
        assert_eq!(read::read(family, &path).expect("still sound"), instance(family, name), "{family}");
    }
}

fn error(family: Family, content: &[u8]) -> String {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("bad_demand.txt");
    fs::write(&path, content).expect("can write");
    fs::write(dir.path().join("bad_supply.txt"), "id,x,y,capacity,cost\n10,0,0,7,x\n").expect("can write");
    let error = read::read(family, &path).expect_err("the file is not sound").to_string();
    assert!(error.contains("bad_"), "names the file: {error}");
    error.rsplit_once("bad_demand.txt").or(error.rsplit_once("bad_supply.txt")).expect("names the file").1.to_owned()
}

#[test]
fn malformed_files_are_told_where_and_what_was_expected() {
    let cases: &[(Family, &str, &str)] = &[
        (Family::Holmberg, "", ": ends at line 1, where the number of facilities was expected"),
        (Family::Holmberg, "2", ": ends at line 1, where the number of customers was expected"),
        (
            Family::Holmberg,
            "0 3",
            ", line 1: the number of facilities should be a whole number of at least 1, found `0`",
        ),
        (
            Family::Holmberg,
            "2.5 3",
            ", line 1: the number of facilities should be a whole number of at least 1, found `2.5`",
        ),
        (
            Family::Holmberg,
            "1 1\n5 x",
            ", line 2: the fixed cost of facility 0 should be a number of at least 0, found `x`",
        ),
        (
            Family::Holmberg,
            "1 1\n-5 1",
            ", line 2: the capacity of facility 0 should be a number of at least 0, found `-5`",
        ),
        (
            Family::Yang,
            "1 1\n5 1\nnan",
            ", line 3: the demand of customer 0 should be a number of at least 0, found `nan`",
        ),
        (
            Family::Tb4,
            "1 1\n5 1\n2\n\n\ninf",
            ", line 6: the cost of customer 0 at facility 0 should be a number of at least 0, found `inf`",
        ),
        (
            Family::OrlibSmall,
            "1 2\n5 1\n2 2\n7\n",
            ": ends at line 5, where the cost of customer 1 at facility 0 was expected",
        ),
        (Family::OrlibLarge, "1 2\n5 1\n2 7\n", ": ends at line 4, where the demand of customer 1 was expected"),
        (Family::Diaz, "1 2\n5 1\n2 7\n", ": ends at line 4, where the fixed cost of facility 1 was expected"),
        (Family::Tbed1, "1 1 2 3 4", ": ends at line 1, where the unit cost of customer 0 at facility 0 was expected"),
        (Family::Flsap, "", ": no unit follows the header line"),
        (
            Family::Flsap,
            "h\n1\t2\t3\n",
            ", line 2: 3 columns where at least 7 were expected (id demand x y flag fixed capacity)",
        ),
        (
            Family::Flsap,
            "1\t2\t3\t4\t5\t6\t7\n",
            ", line 1: a header line was expected (id demand x y flag fixed capacity), found data",
        ),
        (Family::Sap, "h\n1\t-2\t3\t4\t5\t6\t7\n", ", line 2: the demand should be a number of at least 0, found `-2`"),
        (Family::Sap, "h\n1\t2\t3\t4\t5\t6\t0\n", ": no unit has a positive capacity, so there is no facility"),
        (Family::Geo, "h\n1.5\t2\t3\t4\t5\t6\t7\n", ", line 2: the id of a unit should be a whole number, found `1.5`"),
        (Family::Geo, "h\n1\t2\tNaN\t4\t5\t6\t7\n", ", line 2: x should be a number, found `NaN`"),
        (Family::Geo, "h\n1\t2\t3\t4\t5\t6\t7\n1\t2\t3\t4\t5\t6\t7\n", ": unit 1 occurs twice"),
        (Family::GeoWs, "h\n10,0,0,2\n", ", line 2: the fixed cost should be a number of at least 0, found `x`"),
        (Family::CpmpOrlib, "1 9 3 1 20 1 0 0", ": ends at line 1, where the demand of point 1 was expected"),
        (Family::CpmpOrlib, "1 9 2 1 20 1 0 0 5 1 1 1 5", ": point 1 occurs twice"),
        (
            Family::CpmpLorena,
            "1 1 0 0 x",
            ", line 1: the capacity of point 0 should be a number of at least 0, found `x`",
        ),
        (
            Family::Pmed,
            "2 1 1\n1 3 5",
            ", line 2: a node of edge 1 should be a number between 1 and the number of nodes, found `3`",
        ),
        (Family::Pmed, "2 1 1\n1 2 -5", ", line 2: the length of edge 1 should be a number of at least 0, found `-5`"),
        (
            Family::Pmed,
            "4000000000 1 1\n1 2 5",
            ", line 1: the number of nodes should be at most 16384, found `4000000000`",
        ),
    ];
    for (family, content, expected) in cases {
        assert_eq!(error(*family, content.as_bytes()), *expected, "{family} {content:?}");
    }
}

#[test]
fn a_companion_table_is_found_by_name_only() {
    let error = read::read(Family::GeoWs, &data("zy_tiny.txt")).expect_err("no companion");
    assert!(matches!(error, ReadError::NoCompanion { .. }));
    let missing = read::read(Family::Holmberg, &data("absent.txt")).expect_err("no such file");
    assert!(matches!(missing, ReadError::Io { .. }) && missing.to_string().contains("absent.txt"));
}

#[test]
fn a_damaged_archive_is_an_error() {
    let error = error(Family::Holmberg, &[0x1f, 0x8b, 8, 0, 1, 2, 3]);
    assert!(error.contains("cannot be read"), "{error}");
}

#[test]
fn neighbour_tables_are_found_by_the_prefix_of_the_name() {
    let beside = |name: &str| neighbours::table_beside(Path::new(name)).map(|path| path.display().to_string());
    assert_eq!(beside("d/gy2s_18a.txt").as_deref(), Some("d/gy2s_connectivity.txt"));
    assert_eq!(beside("d/gy2_18a.txt.gz").as_deref(), Some("d/gy2_connectivity.txt"));
    assert_eq!(beside("gya1.txt").as_deref(), Some("gy_connectivity.txt"));
    assert_eq!(beside("zys_13a.txt").as_deref(), Some("zys_connectivity.txt"));
    assert_eq!(beside("geo_kf_cost.txt").as_deref(), Some("kf_connectivity.txt"));
    assert_eq!(beside("geo_zz.txt"), None);
    assert_eq!(beside("p1.txt"), None);
}

fn tiny() -> (Instance, Neighbours) {
    let instance = instance(Family::Sap, "zy_tiny.txt");
    let table = neighbours::table_beside(&data("zy_tiny.txt")).expect("the name has a prefix");
    let graph = neighbours::read(&table, &instance).expect("the table is sound");
    (instance, graph)
}

#[test]
fn neighbours_are_symmetric_without_loops_and_strangers() {
    assert_eq!(tiny().1.of, [vec![3], vec![2], vec![1, 3], vec![0, 2]]);
    let other = instance(Family::Holmberg, "rows.txt");
    let error = neighbours::read(&data("zy_connectivity.txt"), &other).expect_err("other units");
    assert!(error.to_string().contains("no row names two different units of rows"));
}

#[test]
fn a_site_is_shut_or_open_with_its_fixed_cost_and_capacity() {
    let compiled = compile(&instance(Family::Holmberg, "rows.txt"), ProblemKind::Sscflp, None, None).expect("compiles");
    let problem = &compiled.problem;
    assert_eq!(compiled.scale, 1.0);
    assert_eq!((problem.sites.len(), problem.customers.len(), problem.arcs.len()), (2, 3, 6));
    let (shut, open) = (&problem.options[OptionId(2)], &problem.options[OptionId(3)]);
    assert_eq!((&shut.serves, shut.cost, shut.limits.len()), (&Serves::Nobody, 0.0, 0));
    assert_eq!((&open.serves, open.cost, open.limits[0].max, open.limits[0].min), (&Serves::Everybody, 50.5, 8, 0));
    assert_eq!(open.limits[0].price, f64::INFINITY);
    let arcs: Vec<(u32, f64)> = problem.arcs.iter().map(|arc| (arc.site.0, arc.cost)).collect();
    assert_eq!(arcs, [(0, 1.0), (1, 4.0), (0, 2.0), (1, 5.0), (0, 3.0), (1, 6.0)]);
    assert!(problem.customers.iter().all(|customer| customer.divisible.is_none()));
    assert!(problem.rows.is_empty() && problem.layers.is_empty());
}

#[test]
fn split_demand_is_continuous_and_unlimited_where_uncapacitated() {
    let rows = instance(Family::OrlibSmall, "rows.txt");
    for (kind, limits) in [(ProblemKind::Cflp, 1), (ProblemKind::Uflp, 0)] {
        let problem = compile(&rows, kind, None, None).expect("compiles").problem;
        assert!(problem.customers.iter().all(|c| c.divisible.is_some_and(|d| d.grain == Grain::Continuous)));
        assert_eq!(problem.options[OptionId(1)].limits.len(), limits);
    }
}

#[test]
fn an_exact_number_of_facilities_is_a_row_and_the_file_wins() {
    let points = instance(Family::CpmpOrlib, "points.txt");
    let problem = compile(&points, ProblemKind::Cpmp, Some(3), None).expect("compiles").problem;
    assert_eq!((problem.rows[0].lower, problem.rows[0].upper), (1.0, 1.0));
    assert_eq!(problem.rows[0].options, [(OptionId(1), 1.0), (OptionId(3), 1.0), (OptionId(5), 1.0)]);
    let (instance, _) = tiny();
    let compile = |p| compile(&instance, ProblemKind::Pmp, p, None);
    assert!(matches!(compile(None), Err(CompileError::NeedsP { .. })));
    assert!(matches!(compile(Some(3)), Err(CompileError::POutOfRange { p: 3, facilities: 2, .. })));
    assert_eq!(compile(Some(2)).expect("compiles").problem.rows[0].upper, 2.0);
}

#[test]
fn given_facilities_have_one_option_and_keep_their_own_unit() {
    let (instance, graph) = tiny();
    for (kind, layers) in [(ProblemKind::Sap, 1), (ProblemKind::Gap, 0)] {
        let problem = compile(&instance, kind, None, Some(&graph)).expect("compiles").problem;
        assert_eq!(problem.options.len(), 2);
        assert!(problem.options.iter().all(|option| option.serves == Serves::Everybody && option.cost == 0.0));
        let sites: Vec<u32> = problem.arcs.iter().map(|arc| arc.site.0).collect();
        assert_eq!(sites, [0, 0, 1, 1, 0, 1], "units 10 and 12 have the arc to themselves only");
        assert_eq!(problem.layers.len(), layers);
    }
    let problem = compile(&instance, ProblemKind::Cflsap, None, Some(&graph)).expect("compiles").problem;
    assert_eq!(problem.arcs.len(), 8);
    assert_eq!(problem.layers[0].homes.as_slice(), [Some(0), Some(2)]);
    assert_eq!(problem.layers[0].neighbours, graph.of);
}

#[test]
fn contiguity_without_neighbours_or_own_units_is_an_error() {
    let (tiny, _) = tiny();
    assert!(matches!(compile(&tiny, ProblemKind::Sap, None, None), Err(CompileError::NeedsNeighbours { .. })));
    let rows = instance(Family::Holmberg, "rows.txt");
    assert!(matches!(compile(&rows, ProblemKind::Gap, None, None), Err(CompileError::NeedsHome { facility: 0, .. })));
}

#[test]
fn fractional_demands_are_counted_in_smaller_units() {
    let mut rows = instance(Family::Holmberg, "rows.txt");
    rows.customers[1].demand = 5.25;
    rows.facilities[1].capacity = Some(8.127);
    let whole = compile(&rows, ProblemKind::Sscflp, None, None).expect("compiles");
    assert_eq!(whole.scale, 100.0);
    assert_eq!(whole.problem.customers.iter().map(|c| c.loads[0].1).collect::<Vec<_>>(), [400, 525, 300]);
    assert_eq!(
        whole.problem.options[OptionId(3)].limits[0].max,
        812,
        "rounding down loses nothing for whole customers"
    );
    let split = compile(&rows, ProblemKind::Cflp, None, None).expect("compiles");
    assert_eq!((split.scale, split.problem.options[OptionId(3)].limits[0].max), (1000.0, 8127));
    rows.customers[1].demand = std::f64::consts::PI;
    assert!(matches!(compile(&rows, ProblemKind::Sscflp, None, None), Err(CompileError::NotCountable { .. })));
    rows.customers[1].demand = 1e300;
    assert!(matches!(compile(&rows, ProblemKind::Sscflp, None, None), Err(CompileError::NotCountable { .. })));
    rows.customers[1].demand = 5.0;
    rows.facilities[1].capacity = Some(1e300);
    let unlimited = compile(&rows, ProblemKind::Sscflp, None, None).expect("compiles");
    assert_eq!(unlimited.problem.options[OptionId(3)].limits[0].max, Limit::UNLIMITED);
}

#[test]
fn an_unreachable_pair_has_no_arc() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("parts.txt");
    fs::write(&path, "3 1 2\n1 2 5\n").expect("can write");
    let parts = read::read(Family::Pmed, &path).expect("sound");
    assert_eq!(parts.cost(0, 2), f64::INFINITY);
    let problem = compile(&parts, ProblemKind::Pmp, None, None).expect("compiles").problem;
    assert_eq!(problem.arcs.len(), 5);
    assert_eq!(problem.arcs[ArcId(4)].site, SiteId(2));
}

fn whole(open: &[i64], assign: &[i64]) -> Answer {
    Answer { open: open.to_vec(), assign: assign.iter().map(|&id| Assigned::To(id)).collect() }
}

#[test]
fn costs_of_answers_are_as_worked_out_by_hand() {
    let rows = instance(Family::Holmberg, "rows.txt");
    let sound = |instance: &Instance, kind, p, graph: Option<&Neighbours>, answer: &Answer| {
        let judgement = judge(instance, kind, p, graph, answer);
        assert_eq!(judgement.violations, Vec::<String>::new());
        judgement.cost
    };
    assert_eq!(sound(&rows, ProblemKind::Sscflp, None, None, &whole(&[0, 1], &[0, 1, 0])), 150.5 + 1.0 + 5.0 + 3.0);
    assert_eq!(sound(&rows, ProblemKind::Uflp, None, None, &whole(&[1], &[1, 1, 1])), 50.5 + 15.0);
    let split = |parts: &[(i64, f64)]| Assigned::Among(parts.to_vec());
    let shared =
        Answer { open: vec![0, 1], assign: vec![split(&[(0, 1.0)]), split(&[(0, 0.5), (1, 0.5)]), split(&[(0, 1.0)])] };
    assert_eq!(sound(&rows, ProblemKind::Cflp, None, None, &shared), 150.5 + 1.0 + 3.5 + 3.0);

    let (instance, graph) = tiny();
    let near = whole(&[10, 12], &[10, 10, 12, 10]);
    assert_eq!(sound(&instance, ProblemKind::Gap, None, None, &near), 15.0 + 2.0);
    assert_eq!(sound(&instance, ProblemKind::Cpmp, Some(2), None, &near), 17.0);
    assert_eq!(sound(&instance, ProblemKind::Sscflp, None, None, &near), 12.0 + 17.0);
    let connected = whole(&[10, 12], &[10, 12, 12, 10]);
    assert_eq!(sound(&instance, ProblemKind::Sap, None, Some(&graph), &connected), 30.0 + 2.0);
    assert_eq!(sound(&instance, ProblemKind::Cflsap, None, Some(&graph), &connected), 12.0 + 32.0);
}

#[test]
fn every_broken_condition_is_named() {
    let (instance, graph) = tiny();
    let first = |kind, p, answer: &Answer| {
        judge(&instance, kind, p, Some(&graph), answer).violations.into_iter().next().unwrap_or_default()
    };
    use ProblemKind::{Cflsap, Cpmp, Gap, Sap, Sscflp};
    let sound = [10, 12, 12, 10];
    assert_eq!(first(Sscflp, None, &whole(&[10, 11, 12], &sound)), "open: 11 is no facility");
    assert_eq!(first(Sscflp, None, &whole(&[10, 12, 10], &sound)), "open: facility 10 occurs twice");
    assert_eq!(first(Gap, None, &whole(&[10], &[10; 4])), "1 of 2 given facilities are open");
    assert_eq!(first(Cpmp, Some(1), &whole(&[10, 12], &sound)), "2 facilities are open where p is Some(1)");
    assert_eq!(first(Sscflp, None, &whole(&[10, 12], &[10])), "1 services for 4 customers");
    assert_eq!(first(Sscflp, None, &whole(&[12], &sound)), "customer 10: served by 10, which is not open");
    assert_eq!(first(Sscflp, None, &whole(&[10], &[10; 4])), "facility 10: load 8 above capacity 7");
    assert_eq!(first(Sap, None, &whole(&[10, 12], &[10, 10, 12, 10])), "facility 10: 1 units are cut off from it");
    assert_eq!(first(Gap, None, &whole(&[10, 12], &[10, 10, 10, 12])), "facility 12: does not serve its own unit");
    assert_eq!(first(Cflsap, None, &whole(&[10, 12], &[12, 10, 12, 10])), "facility 10: does not serve its own unit");
    let mut split = whole(&[10, 12], &sound);
    split.assign[1] = Assigned::Among(vec![(10, 0.5), (12, 0.5)]);
    assert_eq!(first(Sscflp, None, &split), "customer 11: not served by exactly one facility");
    split.assign[1] = Assigned::Among(vec![(10, 0.5), (12, 0.4)]);
    assert_eq!(first(ProblemKind::Cflp, None, &split), "customer 11: fractions are negative or do not add up to 1");
}

fn survives(family: Family, dir: &Path, content: &[u8]) {
    let path = dir.join("zy_any_demand.txt");
    fs::write(&path, content).expect("can write");
    fs::write(dir.join("zy_any_supply.txt"), content).expect("can write");
    if let Ok(instance) = read::read(family, &path) {
        for kind in ProblemKind::ALL {
            let graph = neighbours::read(&path, &instance).ok();
            let _ = compile(&instance, kind, Some(1), graph.as_ref());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_make_a_reader_panic(content in proptest::collection::vec(any::<u8>(), 0..200)) {
        let dir = tempfile::tempdir().expect("a temporary folder");
        for family in Family::ALL {
            survives(family, dir.path(), &content);
        }
    }

    #[test]
    fn no_damage_to_a_sound_file_makes_a_reader_panic(
        sample in 0..SAMPLES.len(),
        cut in 0..400_usize,
        place in 0..400_usize,
        insert in "[-0-9 .,e\t\n]{0,6}",
    ) {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let (family, name) = SAMPLES[sample];
        let mut content = fs::read(data(name)).expect("the file is there");
        let place = place % (content.len() + 1);
        let end = (place + cut % 7).min(content.len());
        content.splice(place..end, insert.bytes());
        survives(family, dir.path(), &content);
    }
}
