//! The published findings of the district, and what a compliance table says of them.

use catchment::digest::indicators::compliance_table;
use catchment::digest::tallies::{Group, RuleTally, Tally};
use catchment::domain::district::{SiteKind, Stage};
use catchment::domain::document::PlanDocument;
use catchment::domain::rule::{Category, ReportPart, Rule, Verdict};
use catchment::domain::scenario::Scenario;

/// The coefficients of variation of a stage: how many hold of how many, and those that fail, by rule.
type Variation = (Stage, usize, usize, Vec<(String, f64)>);

/// What the compliance table says of today, in a form that is easy to compare.
#[derive(Debug, Clone, PartialEq)]
pub struct Findings {
    /// Units by category of the seven indicators.
    pub categories: [i64; 5],
    /// Coefficients of variation by stage: how many hold of how many, and those that fail, rounded to two decimals.
    pub variation: Vec<Variation>,
    /// Units without enough music and art rooms, primary and junior, built by 2016 and later.
    pub rooms: [[i64; 2]; 2],
    /// Sites over the base limit, passing by an exemption, failing: primary, junior, nine-year.
    pub size: [[i64; 3]; 3],
    /// Units within the class size, tested, percent: primary, junior.
    pub classes: [[i64; 3]; 2],
    /// Indicators of the parts by verdict.
    pub totals: Vec<(ReportPart, Vec<(Verdict, usize)>)>,
}

/// Reads the findings off a document of today.
pub fn findings(scenario: &Scenario, document: &PlanDocument) -> Findings {
    let table = compliance_table(scenario, document);
    let tally = |id: &str| -> RuleTally {
        let all = table.indicators.iter().flat_map(|one| &one.rules);
        all.clone().find(|(rule, _)| rule.id == id).unwrap_or_else(|| panic!("no {id}")).1.clone()
    };
    let group = |id: &str, group: Group, what: fn(&Tally) -> i64| -> i64 {
        tally(id).groups.get(&(2024, group)).map_or(0, what)
    };
    let (primary, junior) = (Group::Stage(Stage::Primary), Group::Stage(Stage::Junior));
    let nine = Group::Kind(SiteKind::NineYear);
    let unit = tally("cn.dd6.res.unit");
    let cv = |stage: Stage| {
        let of: Vec<(&Rule, &RuleTally)> = table
            .indicators
            .iter()
            .flat_map(|one| &one.rules)
            .filter(|(rule, _)| rule.metric == "indicator_cv" && rule.scope.stages == [stage])
            .map(|(rule, tally)| (*rule, tally))
            .collect();
        let fails: Vec<(String, f64)> = of
            .iter()
            .filter(|(_, tally)| tally.years[&2024].fail > 0)
            .map(|(rule, tally)| (rule.id.clone(), tally.values[&2024].0))
            .collect();
        (stage, of.len() - fails.len(), of.len(), fails)
    };
    let size = |id: &str, of: Group| {
        [group(id, of, Tally::over_base), group(id, of, |one| one.relaxed), group(id, of, |one| one.fail)]
    };
    let classes = |id: &str| {
        let counts = &tally(id).years[&2024];
        [counts.pass + counts.relaxed, counts.tested(), counts.pass_percent().unwrap()]
    };
    let lacking = |id: &str| [group(id, primary, |one| one.fail), group(id, junior, |one| one.fail)];
    Findings {
        categories: Category::ALL.map(|category| unit.categories.get(&(2024, category)).copied().unwrap_or(0)),
        variation: vec![cv(Stage::Primary), cv(Stage::Junior)],
        rooms: [lacking("cn.dd6.gov03.old"), lacking("cn.dd6.gov03.new")],
        size: [
            size("cn.dd6.gov04.single", primary),
            size("cn.dd6.gov04.single", junior),
            size("cn.dd6.gov04.integrated", nine),
        ],
        classes: [classes("cn.dd6.gov05.primary"), classes("cn.dd6.gov05.junior")],
        totals: table.totals(),
    }
}

/// What the district published (教督〔2017〕6号, self-assessment of 2025-05-06).
pub fn published() -> Findings {
    let cv = |name: &str| format!("cn.dd6.cv.{name}.primary");
    Findings {
        categories: [53, 3, 13, 6, 4],
        variation: vec![
            (Stage::Primary, 5, 7, vec![(cv("sports_area"), 0.55), (cv("media_rooms"), 0.70)]),
            (Stage::Junior, 7, 7, Vec::new()),
        ],
        rooms: [[6, 3], [2, 1]],
        size: [[5, 0, 5], [4, 2, 2], [1, 0, 1]],
        classes: [[44, 58, 76], [17, 21, 81]],
        totals: vec![
            (ReportPart::Resources, vec![(Verdict::Fail, 2)]),
            (ReportPart::Government, vec![(Verdict::Pass, 12), (Verdict::Fail, 3)]),
            (ReportPart::Quality, vec![(Verdict::Pass, 8), (Verdict::Pending, 1)]),
            (ReportPart::Other, vec![(Verdict::Pass, 2)]),
        ],
    }
}
