//! Reports on benchmark records: comparison with best known values, engines side by side, Markdown and HTML.

use catchment::bench::record::{self, Record};
use catchment::bench::report::{Report, Standing, best_known, curves};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn table() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/bench/best_known.csv")
}

/// A record of `family instance problem`, with `more` fields in place of the usual ones.
fn record(family: &str, instance: &str, problem: &str, more: &Value) -> Record {
    let mut value = json!({
        "family": family, "instance": instance, "problem": problem, "p": null, "engine": "quick", "seed": 1,
        "threads": 2, "time_limit": 60.0, "gap_limit": 0.0001, "facilities": 2, "customers": 3, "status": "optimal",
        "cost": 160.0, "bound": 160.0, "gap": 0.0, "nodes": 1, "seconds": 0.5, "open": [0, 1], "assign": [0, 1, 0]
    });
    for (key, field) in more.as_object().expect("an object") {
        value[key] = field.clone();
    }
    serde_json::from_value(value).expect("a record")
}

fn sample() -> Vec<Record> {
    vec![
        record("holmberg", "rows", "sscflp", &json!({})),
        record("holmberg", "rows", "sscflp", &json!({"engine": "slow", "seconds": 8.0})),
        record(
            "holmberg",
            "other",
            "sscflp",
            &json!({"cost": 101.25, "bound": 100.0, "gap": 0.0123, "status": "feasible"}),
        ),
        record(
            "holmberg",
            "other",
            "sscflp",
            &json!({"engine": "slow", "cost": null, "bound": 90.0, "gap": null, "status": "stopped", "seconds": 60.1,
                   "open": null, "assign": null}),
        ),
        record("geo", "zy_tiny", "pmp", &json!({"p": 1, "cost": 31.866, "bound": 31.866, "seconds": 0.25})),
        record("geo", "zy_tiny", "pmp", &json!({"p": 2, "cost": 17.0, "bound": 17.0, "seconds": 0.001})),
        record(
            "geo",
            "zy_tiny",
            "pmp",
            &json!({"p": 2, "cost": 17.0, "bound": 17.0, "engine": "slow", "seconds": 0.5}),
        ),
    ]
}

fn report() -> Report {
    Report::new(&sample(), Some(&best_known::read(&table()).expect("a sound table")))
}

#[test]
fn costs_stand_against_the_best_value_of_their_p() {
    let report = report();
    assert_eq!(report.engines, ["quick", "slow"]);
    let standing = |group: usize, row: usize, engine: usize| {
        report.groups[group].rows[row].cells[engine].as_ref().and_then(|cell| cell.to_best).map(|best| best.standing)
    };
    assert_eq!(standing(0, 0, 0), Some(Standing::Equal));
    assert_eq!(standing(0, 1, 0), Some(Standing::Worse));
    assert_eq!(standing(0, 1, 1), None, "a run without a solution");
    assert_eq!(standing(1, 0, 0), Some(Standing::Equal), "31.866 is printed 31.87");
    assert_eq!(standing(1, 1, 0), Some(Standing::Equal));
    assert!(report.alarms.is_empty(), "{:?}", report.alarms);

    let better = Report::new(
        &[record("holmberg", "rows", "sscflp", &json!({"cost": 159.49, "bound": 159.0}))],
        Some(&best_known::read(&table()).expect("sound")),
    );
    assert_eq!(
        better.groups[0].rows[0].cells[0].as_ref().and_then(|c| c.to_best).map(|b| b.standing),
        Some(Standing::Better)
    );
    assert_eq!(better.groups[0].summaries[0].better, 1);
}

#[test]
fn summaries_count_what_was_proven_and_reached() {
    let report = report();
    let quick = &report.groups[0].summaries[0];
    assert_eq!((quick.runs, quick.proven, quick.without_solution, quick.compared, quick.reached), (2, 1, 0, 2, 1));
    assert_eq!(quick.seconds, Some((0.5, 0.5)));
    assert_eq!(quick.gap, Some((0.00615, 0.0123)));
    let slow = &report.groups[0].summaries[1];
    assert_eq!((slow.runs, slow.proven, slow.without_solution, slow.compared), (2, 1, 1, 1));
    assert_eq!(slow.seconds, Some((34.05, 60.1)));
}

#[test]
fn ratios_charge_the_time_limit_and_floor_short_times() {
    let report = report();
    // holmberg: 8 / 0.5 = 16 and 60 / 60 = 1 (neither proved it), so the mean is 4.
    let holmberg = &report.ratios[0];
    assert_eq!((&*holmberg.scope, &*holmberg.slower, holmberg.rows), ("holmberg sscflp", "slow", 2));
    assert!((holmberg.mean - 4.0).abs() < 1e-9);
    assert_eq!(holmberg.least, (1.0, "other".to_owned()));
    // geo: p = 2 only; 0.001 s counts as 0.01 s.
    assert!((report.ratios[1].mean - 50.0).abs() < 1e-9);
    assert_eq!((&*report.ratios[2].scope, report.ratios[2].rows), ("all", 3));
}

#[test]
fn curves_rise_to_the_share_that_was_proven() {
    let report = report();
    let profile = curves::profile(&report).expect("two engines");
    // Rows with both engines: rows, other, zy_tiny p = 2.
    assert_eq!(profile.curves[0].steps, [(1.0, 2.0 / 3.0)]);
    assert_eq!(profile.curves[1].steps, [(16.0, 1.0 / 3.0), (50.0, 2.0 / 3.0)]);
    let times = curves::times(&report).expect("something is proven");
    assert_eq!(times.curves[0].steps, [(0.01, 1.0 / 3.0), (0.5, 2.0 / 3.0)]);
    let alone = Report::new(&sample()[..1], None);
    assert_eq!(curves::profile(&alone), None);
}

#[test]
fn a_bound_above_the_best_value_is_an_alarm() {
    let best = best_known::read(&table()).expect("sound");
    let high = record("holmberg", "other", "sscflp", &json!({"cost": 101.0, "bound": 100.3}));
    let low = record("holmberg", "rows", "sscflp", &json!({"cost": 158.0, "bound": 158.0}));
    let report = Report::new(&[high, low], Some(&best));
    assert_eq!(report.alarms.len(), 2);
    assert!(report.alarms[0].ends_with("the bound 100.300 is above the best known 100.25"), "{:?}", report.alarms);
    assert!(report.alarms[1].ends_with("the cost 158 is below the published bound 159.5"), "{:?}", report.alarms);
    assert!(report.markdown().contains("**Look into this:** holmberg other sscflp by quick"));
}

#[test]
fn runs_of_one_engine_with_other_limits_stand_side_by_side() {
    let records = [
        record("holmberg", "rows", "sscflp", &json!({})),
        record("holmberg", "rows", "sscflp", &json!({"threads": 1})),
    ];
    assert_eq!(Report::new(&records, None).engines, ["quick (2 threads)", "quick (1 thread)"]);
    // Other limits on other instances need no names of their own.
    let records = [
        record("holmberg", "rows", "sscflp", &json!({})),
        record("yang", "rows", "sscflp", &json!({"time_limit": 5.0})),
    ];
    let report = Report::new(&records, None);
    assert_eq!(report.engines, ["quick"]);
    assert_eq!(report.groups[1].limits, ["2 threads, 5 s, gap 0.01 %, no work limit, seed 1"]);
}

#[test]
fn markdown_holds_every_result() {
    let text = report().markdown();
    let line =
        |start: &str| text.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{start}: {text}"));
    assert_eq!(
        line("| rows |"),
        "| rows | 2 × 3 | – | 160 (bound 159.5) | 160 | = | 160 | 0.0000 % | 0.50 | 160 | = | 160 | 0.0000 % | 8.00 |"
    );
    assert_eq!(
        line("| other |"),
        "| other | 2 × 3 | – | 100.25 (proven) | 101.250 | +0.9975 % | 100 | 1.2300 % | 0.50 feasible | – | – | 90 | – | 60.10 stopped |"
    );
    assert_eq!(
        line("| holmberg, sscflp | quick"),
        "| holmberg, sscflp | quick | 2 | 1 | 0.50 | 0.50 | 0.6150 % | 1.2300 % | 1 of 2 | 0 | 0.4988 % | 0.9975 % |"
    );
    assert_eq!(
        line("| geo pmp |"),
        "| geo pmp | slow | quick | 1 | 50.0 | 50.0 zy\\_tiny p = 2 (–) | 50.0 zy\\_tiny p = 2 |"
    );
}

#[test]
fn html_is_whole_in_itself_and_escapes_names() {
    let mut records = sample();
    records.push(record("holmberg", "<script>alert(1)</script>", "sscflp", &json!({})));
    let html = Report::new(&records, None).html();
    assert!(html.starts_with("<!doctype html>") && html.trim_end().ends_with("</html>"));
    assert!(!html.contains("<script") && html.contains("&lt;script&gt;alert(1)"));
    for outside in ["http:", "https:", "<link", "@import", "url(", "src="] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert_eq!(html.matches("<svg").count(), 2);
    assert_eq!(html.matches("<tr").count(), html.matches("</tr>").count());
    assert!(html.contains(r#"data-label="quick to best""#) && html.contains(r#"name="viewport""#));
}

#[test]
fn tables_of_best_values_are_checked() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("best.csv");
    let error = |text: &str| {
        fs::write(&path, text).expect("can write");
        best_known::read(&path).expect_err("not sound").to_string()
    };
    let heading = "family,instance,problem,p,best_known_value,best_lower_bound,proved_optimal\n";
    assert!(error("family,instance\nholmberg,p1\n").contains("missing field"));
    assert!(error(&format!("{heading}a,b,c,x,1,1,y\n")).contains("best.csv"));
    let wrong = error(&format!("{heading}a,b,c,,1,1,y\na,b,c,,1,about 5,n\n"));
    assert!(
        wrong.ends_with("data row 2, column best_lower_bound: should be a number or empty, found `about 5`"),
        "{wrong}"
    );
}

#[test]
fn the_command_writes_both_forms_or_prints_one() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let json = dir.path().join("runs.json");
    record::save(&json, &sample()).expect("can write");
    let run = |more: &[&Path]| {
        let output = Command::new(env!("CARGO_BIN_EXE_catchment"))
            .args(["bench", "report", "--best-known"])
            .arg(table())
            .arg(&json)
            .args(more)
            .output()
            .expect("the program starts");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    let printed = run(&[]);
    assert_eq!(printed, report().markdown());
    let out = dir.path().join("out");
    run(&[Path::new("--out"), &out]);
    assert_eq!(fs::read_to_string(out.join("report.md")).expect("written"), printed);
    assert_eq!(fs::read_to_string(out.join("report.html")).expect("written"), report().html());
}
