//! Rules as data: a metric, a limit, a scope, exemptions, a severity and a calendar.

use super::district::{Ownership, Setting, SiteKind, Stage};
use crate::message::Text;
use crate::units::Year;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One rule of the scenario (规则/指标).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Stable id; the prefix names the pack.
    pub id: String,
    /// Name shown to users.
    #[serde(default)]
    pub title: Text,
    /// Where the rule comes from and how sure that is; the scenario itself when absent.
    #[serde(default)]
    pub source: Source,
    /// To what it applies.
    #[serde(default)]
    pub scope: Scope,
    /// Name of the metric in the catalogue of metrics.
    pub metric: String,
    /// Parameters of the metric.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, Param>,
    /// How the value is compared with the limit.
    pub op: Comparison,
    /// The limit, in the unit of the metric.
    pub limit: f64,
    /// Exceptions, first match wins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exempt: Vec<Exemption>,
    /// What a breach means.
    pub severity: Severity,
    /// Price of a breach where the rule is soft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soft: Option<Soft>,
    /// When the rule holds; always and at once when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Calendar>,
    /// How the subjects' verdicts make the county's.
    #[serde(default)]
    pub aggregate: Aggregate,
    /// How the compliance table prints it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Report>,
}

/// Where a rule comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The document.
    pub doc: String,
    /// Item in the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// How sure the figure is.
    pub status: SourceStatus,
    /// Where it can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Default for Source {
    /// A figure that the scenario's author has set.
    fn default() -> Self {
        Self { doc: "scenario.toml".to_owned(), item: None, status: SourceStatus::Scenario, url: None }
    }
}

/// How sure a figure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceStatus {
    /// In a county's own document.
    Seed,
    /// Read in a published page.
    Verified,
    /// From memory: listed as a warning until it is checked.
    Memory,
    /// Set by the scenario's author.
    Scenario,
}

/// A parameter of a metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Param {
    /// A switch.
    Flag(bool),
    /// A number.
    Number(f64),
    /// A word.
    Word(String),
}

/// To what a rule applies; an empty list means everything.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Scope {
    /// Stages.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<Stage>,
    /// Grades, by number.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grades: Vec<i8>,
    /// Kinds of site.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<SiteKind>,
    /// Kinds of site left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exclude_kinds: Vec<SiteKind>,
    /// Settings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<Setting>,
    /// Ownerships.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ownership: Vec<Ownership>,
    /// Sites, by key.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sites: Vec<String>,
    /// Sites that carry one of these flags are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exclude_flags: Vec<String>,
    /// Townships and streets left out (waived), by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exclude_areas: Vec<String>,
    /// Only sites that take boarders (`true`) or only others (`false`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boarding: Option<bool>,
    /// Only sites planned and built in this year or before; not those whose year is unknown or that the plan builds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub built_until: Option<i32>,
    /// Only sites planned and built after this year, those whose year is unknown and those that the plan builds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub built_after: Option<i32>,
    /// Only integrated sites (`true`) or only others (`false`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integrated: Option<bool>,
    /// Subjects with fewer pupils are out of scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_pupils: Option<i64>,
}

/// How a value is compared with its limit; bounds are inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Comparison {
    /// At most the limit.
    #[serde(rename = "<=")]
    AtMost,
    /// At least the limit.
    #[serde(rename = ">=")]
    AtLeast,
    /// Exactly the limit.
    #[serde(rename = "==")]
    Equal,
}

impl Comparison {
    /// The sign in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::AtMost => "<=",
            Self::AtLeast => ">=",
            Self::Equal => "==",
        }
    }

    /// Whether `value` meets `limit`.
    pub fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::AtMost => value <= limit,
            Self::AtLeast => value >= limit,
            Self::Equal => value == limit,
        }
    }

    /// The sign in print.
    pub fn sign(self) -> &'static str {
        match self {
            Self::AtMost => "≤",
            Self::AtLeast => "≥",
            Self::Equal => "=",
        }
    }

    /// By how much `value` misses `limit`; 0 when it holds.
    pub fn excess(self, value: f64, limit: f64) -> f64 {
        match self {
            Self::AtMost => (value - limit).max(0.0),
            Self::AtLeast => (limit - value).max(0.0),
            Self::Equal => (value - limit).abs(),
        }
    }
}

/// An exception from a rule: another limit, or no test at all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exemption {
    /// Name shown in lists.
    pub name: String,
    /// When it applies.
    pub when: Predicate,
    /// The limit that holds instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    /// Whether the subject is not tested at all.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub skip: bool,
}

/// A condition on a site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Predicate {
    /// Planned and built in this year or before; false when the year is not known.
    BuiltYearLe(i32),
    /// Children of migrant workers are more than this share of the pupils; false when their number is not known.
    MigrantShareGt(f64),
    /// Fewer pupils than this.
    PupilsLt(i64),
    /// The kind is one of these.
    KindIn(Vec<SiteKind>),
    /// The setting is one of these.
    SettingIn(Vec<Setting>),
    /// Takes boarders or not.
    BoardingIs(bool),
    /// The site carries this flag.
    SiteFlag(String),
    /// All hold.
    All(Vec<Predicate>),
    /// At least one holds.
    Any(Vec<Predicate>),
    /// Does not hold.
    Not(Box<Predicate>),
}

/// What a breach means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// A plan must not break it.
    Hard,
    /// A plan pays for breaking it.
    Soft,
    /// It is only reported.
    Report,
}

/// Price of breaking a soft rule.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Soft {
    /// Price of one unit of excess, in the unit of the objective.
    pub weight: f64,
}

/// When a rule holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// First year in which it is tested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Year>,
    /// First year in which a hard rule is hard; before it the rule is soft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Year>,
    /// Whether the excess must not grow before the deadline.
    #[serde(default)]
    pub no_worse: bool,
}

/// How the subjects' verdicts make the county's.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    /// Every subject must pass.
    #[default]
    All,
    /// At least this share of the subjects must pass.
    ShareAtLeast(f64),
    /// At most this many subjects may fail.
    CountAtMost(u32),
}

/// How the compliance table prints a rule.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Part of the table in which it stands.
    #[serde(default)]
    pub part: ReportPart,
    /// Number of the indicator as printed, such as 四.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no: Option<String>,
    /// Name of the indicator, where several rules make it up; that of its first rule when absent.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub title: Text,
    /// Position in the table.
    #[serde(default)]
    pub order: u32,
    /// What the table says of a year, with placeholders in braces; the share that passes when absent. `docs/outputs.md`
    /// lists the placeholders.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub text: Text,
}

/// The words that [`Report::text`] may have in braces, each with what stands for it.
pub const REPORT_WORDS: [(&str, &str); 21] = [
    ("n", "subjects that are tested or wait for data"),
    ("pass", "subjects that pass, with or without an exemption"),
    ("percent", "subjects that pass in percent of those tested, halves up"),
    ("over", "subjects beyond the base limit, exempt or not"),
    ("over_by", "the same by stage or kind of school"),
    ("relaxed", "subjects that pass by an exemption only"),
    ("relaxed_by", "the same by stage or kind of school"),
    ("fail", "subjects that fail"),
    ("fail_by", "the same by stage or kind of school"),
    ("pending", "subjects that wait for data"),
    ("limit", "the base limit"),
    ("value", "the value of the county"),
    ("value_whole", "the value rounded to a whole number"),
    ("value_percent", "the value as a percentage"),
    ("value_yes", "the value as yes or no"),
    ("value_yuan", "the value as money"),
    ("A", "subjects of category A: all indicators pass"),
    ("B", "of category B: as many as are needed, the rest near enough"),
    ("C", "of category C: as many as are needed, some other too far off"),
    ("D", "of category D: one too few"),
    ("E", "of category E: fewer"),
];

impl Report {
    /// The words in braces in the texts of the rule that stand for nothing.
    pub fn unknown_words(&self) -> Vec<&str> {
        let texts = [&self.text.zh, &self.text.en].into_iter().flatten();
        let marks = texts.flat_map(|text| text.split('{').skip(1).filter_map(|rest| rest.split_once('}')));
        let names = marks.map(|(name, _)| name);
        names.filter(|name| !REPORT_WORDS.iter().any(|(known, _)| known == name)).collect()
    }
}

/// A part of the compliance table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportPart {
    /// Provision of resources (资源配置).
    Resources,
    /// What government guarantees (政府保障程度).
    Government,
    /// Quality of education (教育质量).
    Quality,
    /// Everything else.
    #[default]
    Other,
}

impl ReportPart {
    /// Every part, in the order of the table.
    pub const ALL: [Self; 4] = [Self::Resources, Self::Government, Self::Quality, Self::Other];

    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Resources => "resources",
            Self::Government => "government",
            Self::Quality => "quality",
            Self::Other => "other",
        }
    }
}

/// The result of a test in one year alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing to test.
    NotApplicable,
    /// Holds with the base limit.
    Pass,
    /// Holds by an exemption only.
    PassRelaxed,
    /// No value to test.
    Pending,
    /// Does not hold.
    Fail,
}

impl Outcome {
    /// Whether the rule holds, with or without an exemption, or does not apply.
    pub fn holds(self) -> bool {
        matches!(self, Self::NotApplicable | Self::Pass | Self::PassRelaxed)
    }
}

/// How a school stands on a set of indicators (资源配置七项指标的达标类别).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Category {
    /// Every indicator passes.
    A,
    /// As many pass as are needed, and the rest come near enough.
    B,
    /// As many pass as are needed, but some other is too far off.
    C,
    /// One too few pass.
    D,
    /// Fewer pass.
    E,
}

impl Category {
    /// Every category, best first.
    pub const ALL: [Self; 5] = [Self::A, Self::B, Self::C, Self::D, Self::E];
}

/// The result of testing a rule on a subject (结论).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Out of scope (不适用).
    NotApplicable,
    /// Passes with the base limit (达标).
    Pass,
    /// Passes by an exemption only (达标(放宽)).
    PassRelaxed,
    /// Fails at the baseline and passes from a plan year on, by the deadline (化解后达标).
    PassAfter,
    /// Passes after the deadline only (逾期化解).
    Late,
    /// No value to test (待监测).
    Pending,
    /// Fails (未达标).
    Fail,
}
