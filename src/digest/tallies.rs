//! Rules counted over their subjects: how many pass, pass by an exemption only, fail, or wait for data.

use crate::domain::district::{SiteKind, Stage};
use crate::domain::document::{ComplianceDocument, PlanDocument};
use crate::domain::rule::{Category, Outcome, Rule, Severity, Verdict};
use crate::domain::scenario::Scenario;
use crate::metric::{Level, catalogue};
use std::collections::BTreeMap;

/// How the subject of a row stands in the row's year alone.
///
/// A verdict may look over the years (化解后达标 stands on the baseline row of a subject that fails today). Where a row does
/// not say how the year alone came out, that is read from value and limit if `rule` is given, else from the verdict.
pub fn outcome(row: &ComplianceDocument, rule: Option<&Rule>, baseline_year: i32) -> Outcome {
    match (row.outcome, row.verdict, row.value, rule) {
        (Some(outcome), ..) => outcome,
        (_, Verdict::NotApplicable, ..) => Outcome::NotApplicable,
        (_, Verdict::Pending, ..) => Outcome::Pending,
        (_, _, Some(value), Some(rule)) => {
            if rule.op.holds(value, rule.limit) {
                Outcome::Pass
            } else if rule.op.holds(value, row.limit) {
                Outcome::PassRelaxed
            } else {
                Outcome::Fail
            }
        }
        (_, Verdict::PassAfter | Verdict::Late, ..) if row.year == baseline_year => Outcome::Fail,
        (_, Verdict::Fail, ..) => Outcome::Fail,
        (_, Verdict::PassRelaxed, ..) => Outcome::PassRelaxed,
        (_, Verdict::Pass | Verdict::PassAfter | Verdict::Late, ..) => Outcome::Pass,
    }
}

/// Counts of one rule in one year.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Within the base limit.
    pub pass: i64,
    /// Over the base limit, within the exempted one.
    pub relaxed: i64,
    /// Over the limit that applies.
    pub fail: i64,
    /// Nothing to test yet.
    pub pending: i64,
}

impl Tally {
    /// Subjects over the base limit, whatever their exemption.
    pub fn over_base(&self) -> i64 {
        self.relaxed + self.fail
    }

    /// Subjects that were tested.
    pub fn tested(&self) -> i64 {
        self.pass + self.relaxed + self.fail
    }

    /// Share of the tested subjects that pass, in percent rounded half up; `None` when nothing was tested.
    pub fn pass_percent(&self) -> Option<i64> {
        let tested = self.tested();
        (tested > 0).then(|| (200 * (self.pass + self.relaxed) + tested) / (2 * tested))
    }

    fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::NotApplicable => {}
            Outcome::Pass => self.pass += 1,
            Outcome::PassRelaxed => self.relaxed += 1,
            Outcome::Fail => self.fail += 1,
            Outcome::Pending => self.pending += 1,
        }
    }
}

/// What kind of subject is counted together: the stage of a one-stage site or of a section, the kind of any other site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Sites of one stage, or sections.
    Stage(Stage),
    /// Sites of several stages.
    Kind(SiteKind),
    /// Everything else: units, actions, the county.
    Other,
}

impl Group {
    /// The group of a site of this kind; the senior part does not count.
    pub fn of_kind(kind: SiteKind) -> Self {
        let compulsory: Vec<Stage> = kind.stages().iter().copied().filter(|stage| stage.is_compulsory()).collect();
        match (compulsory.as_slice(), kind.stages()) {
            ([stage], _) | ([], [stage]) => Self::Stage(*stage),
            _ => Self::Kind(kind),
        }
    }

    /// The group of the subject of a rule: by the level on which its metric is measured, since keys of sites, sections and
    /// units may be the same.
    pub fn of_subject(scenario: &Scenario, rule: &Rule, subject: &str) -> Self {
        let district = &scenario.district;
        match level(rule) {
            Some(Level::Site) => district
                .sites
                .iter()
                .find(|site| site.key == subject)
                .map_or(Self::Other, |site| Self::of_kind(site.kind)),
            Some(Level::Section) => {
                let known =
                    district.sections.iter().find(|section| section.key == subject).map(|section| section.stage);
                // A stage without a section at the baseline is named `site/stage`.
                let named = || subject.rsplit_once('/').map(|(_, name)| name);
                let stage = known.or_else(|| Stage::ALL.into_iter().find(|stage| Some(stage.name()) == named()));
                stage.map_or(Self::Other, Self::Stage)
            }
            _ => Self::Other,
        }
    }

    /// The key of its name in the catalogue of messages, or `None` for everything else.
    pub fn key(self) -> Option<String> {
        match self {
            Self::Stage(stage) => Some(format!("stage.{}", stage.name())),
            Self::Kind(kind) => Some(format!("site_kind.{}", kind.name())),
            Self::Other => None,
        }
    }

    /// Its name in files: that of the stage or of the kind, or `None` for everything else.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Stage(stage) => Some(stage.name()),
            Self::Kind(kind) => Some(kind.name()),
            Self::Other => None,
        }
    }
}

/// The counts of one rule over the years.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleTally {
    /// Id of the rule.
    pub rule: String,
    /// Counts by year.
    pub years: BTreeMap<i32, Tally>,
    /// Counts by year and group of subjects.
    pub groups: BTreeMap<(i32, Group), Tally>,
    /// Value and limit by year, of rules on the county or the plan as a whole.
    pub values: BTreeMap<i32, (f64, f64)>,
    /// Subjects by year and category, of rules on a set of indicators.
    pub categories: BTreeMap<(i32, Category), i64>,
    /// Keys of the subjects that fail, by year.
    pub failing: BTreeMap<i32, Vec<String>>,
    /// The verdict over all subjects and years.
    pub verdict: Verdict,
    /// The year from which the rule holds to the end, where it did not hold before and the document says so.
    pub resolved: Option<i32>,
}

/// The level on which a rule's metric is measured; `None` for a metric that this program does not have.
pub fn level(rule: &Rule) -> Option<Level> {
    catalogue::find(&rule.metric).map(|metric| metric.measured_on(rule))
}

/// Counts of every rule that has a row, in the order of the scenario's rules, then of the rows.
pub fn tallies(document: &PlanDocument, scenario: Option<&Scenario>) -> Vec<RuleTally> {
    let rules: BTreeMap<&str, &Rule> =
        scenario.into_iter().flat_map(|s| s.rules.iter()).map(|rule| (rule.id.as_str(), rule)).collect();
    let mut order: Vec<&str> = scenario.into_iter().flat_map(|s| s.rules.iter()).map(|rule| rule.id.as_str()).collect();
    for row in &document.compliance {
        if !rules.contains_key(row.rule.as_str()) && !order.contains(&row.rule.as_str()) {
            order.push(&row.rule);
        }
    }
    let mut by_rule: BTreeMap<&str, Vec<&ComplianceDocument>> = BTreeMap::new();
    for row in &document.compliance {
        by_rule.entry(row.rule.as_str()).or_default().push(row);
    }
    order
        .into_iter()
        .filter_map(|id| by_rule.get(id).map(|rows| (id, rows)))
        .map(|(id, rows)| {
            let mut tally = RuleTally {
                rule: id.to_owned(),
                years: BTreeMap::new(),
                groups: BTreeMap::new(),
                values: BTreeMap::new(),
                categories: BTreeMap::new(),
                failing: BTreeMap::new(),
                verdict: county_verdict(rows, document.baseline_year),
                resolved: None,
            };
            if let Some(told) = document.rules.iter().find(|told| told.rule == id) {
                (tally.verdict, tally.resolved) = (told.verdict, told.resolved);
            }
            let rule = rules.get(id).copied();
            let whole = rule.is_some_and(|rule| matches!(level(rule), Some(Level::County | Level::Plan)));
            let mut groups: BTreeMap<&str, Group> = BTreeMap::new();
            for row in rows {
                if let Some(value) = row.value.filter(|_| whole) {
                    tally.values.insert(row.year, (value, row.limit));
                }
                if let Some(category) = row.category {
                    *tally.categories.entry((row.year, category)).or_default() += 1;
                }
                let outcome = outcome(row, rule, document.baseline_year);
                if outcome == Outcome::Fail {
                    tally.failing.entry(row.year).or_default().push(row.subject.clone());
                }
                if outcome != Outcome::NotApplicable {
                    let group = scenario.zip(rule).map_or(Group::Other, |(scenario, rule)| {
                        *groups.entry(&row.subject).or_insert_with(|| Group::of_subject(scenario, rule, &row.subject))
                    });
                    tally.years.entry(row.year).or_default().add(outcome);
                    tally.groups.entry((row.year, group)).or_default().add(outcome);
                }
            }
            tally
        })
        .collect()
}

/// The verdict of a rule over all its subjects: the worst of the last plan year, or 化解后达标 (or worse) where the baseline
/// row says that a subject fails today and is remedied.
fn county_verdict(rows: &[&ComplianceDocument], baseline_year: i32) -> Verdict {
    let last = rows.iter().map(|row| row.year).max().unwrap_or(baseline_year);
    rows.iter()
        .filter(|row| {
            row.year == last || row.year == baseline_year && matches!(row.verdict, Verdict::PassAfter | Verdict::Late)
        })
        .map(|row| row.verdict)
        .max()
        .unwrap_or(Verdict::NotApplicable)
}

/// The hard rules that are broken in the last year, with the number of failing subjects, in the order of the scenario.
pub fn broken_hard_rules(document: &PlanDocument, scenario: &Scenario) -> Vec<(String, i64)> {
    let Some(&last) = super::figures::years(document).last() else { return Vec::new() };
    tallies(document, Some(scenario))
        .into_iter()
        .filter(|tally| scenario.rules.iter().any(|r| r.id == tally.rule && r.severity == Severity::Hard))
        .filter_map(|tally| tally.years.get(&last).filter(|t| t.fail > 0).map(|t| (tally.rule.clone(), t.fail)))
        .collect()
}
