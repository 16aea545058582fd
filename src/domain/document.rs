//! `plan.json`: the plan with everything that was derived from it, as other programs read it.

use super::district::{SiteKind, Stage};
use super::forecast::RobustGoal;
use super::rule::{Category, Outcome, Verdict};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version tag of the form.
pub const SCHEMA: &str = "catchment-plan/1";

/// The content of `plan.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanDocument {
    /// Always `catchment-plan/1`.
    pub schema: String,
    /// Name of the scenario.
    pub scenario: String,
    /// SHA-256 of the scenario's files and the variant's name.
    pub scenario_sha256: String,
    /// Name of the variant, if one was applied.
    pub variant: Option<String>,
    /// Whether the scenario's data are made up.
    #[serde(default)]
    pub synthetic: bool,
    /// Defaults, estimates and exemptions used.
    pub assumptions: Vec<String>,
    /// How the run ended.
    pub status: PlanStatus,
    /// The year that was scored only.
    pub baseline_year: i32,
    /// The plan years.
    pub years: Vec<i32>,
    /// Value of the declared objective and of every term.
    pub objective: ObjectiveDocument,
    /// Proven lower bound on `objective.total`, or null.
    pub bound: Option<f64>,
    /// `(total - bound) / max(|total|, 1e-9)`, a fraction, or null.
    pub gap: Option<f64>,
    /// Every level of a lexicographic run, in order; one entry otherwise.
    pub levels: Vec<LevelDocument>,
    /// Who solved it.
    pub solver: SolverDocument,
    /// What is proven of the plan where it was made for several forecasts at once; bound and gap above are then null, and the
    /// rest of the document is the plan under one of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub robust: Option<RobustDocument>,
    /// Rules that the optimiser did not know and that were only checked on the finished plan.
    #[serde(default)]
    pub checked_after: Vec<String>,
    /// The sites.
    pub sites: Vec<SiteDocument>,
    /// Who goes where.
    pub assignment: Vec<AssignmentDocument>,
    /// Every rule on every subject, in the baseline and every plan year.
    pub compliance: Vec<ComplianceDocument>,
    /// Every rule over all its subjects and years.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleDocument>,
}

/// One rule over all its subjects and years.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleDocument {
    /// Id of the rule.
    pub rule: String,
    /// The verdict of the county.
    pub verdict: Verdict,
    /// The year from which the rule holds to the end, where it did not hold before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<i32>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanStatus {
    /// The gap is at or under the one asked for.
    Optimal,
    /// Audited, not that close.
    Feasible,
    /// Cut by the clock or by the user.
    Stopped,
    /// Hard rules are broken; the bound is null.
    Infeasible,
}

/// Value of the objective.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectiveDocument {
    /// The declared objective.
    pub total: f64,
    /// Value of every term; null where it has no meaning (pupils moved from an assumed baseline).
    pub terms: BTreeMap<String, Option<f64>>,
}

/// One level of a lexicographic run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LevelDocument {
    /// Name of the term, or `weighted` for a weighted sum.
    pub term: String,
    /// Its value when the level was solved.
    pub value: f64,
    /// Proven lower bound of the level.
    pub bound: Option<f64>,
    /// Relative gap of the level.
    pub gap: Option<f64>,
}

/// Who solved it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SolverDocument {
    /// Name of the engine; `none` for a plan that no engine made.
    pub engine: String,
    /// Seed of the run.
    pub seed: u64,
    /// Work units spent.
    pub work: u64,
    /// Branch-and-bound nodes.
    pub nodes: u64,
    /// Keys of sites that were locked: the bound holds for plans that leave them as this plan has them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locked: Vec<String>,
    /// Number of sites that the plan had to shut, where one was asked for: the bound holds for plans that shut as many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closures: Option<u32>,
}

/// A plan made for several forecasts at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RobustDocument {
    /// What was minimised.
    pub goal: RobustGoal,
    /// In how many of the forecasts the hard rules had to hold.
    pub needed: usize,
    /// How the run ended.
    pub status: PlanStatus,
    /// What the goal makes of the declared objective.
    pub value: f64,
    /// Proven lower bound on `value` over all plans that keep the hard rules in as many forecasts, or null.
    pub bound: Option<f64>,
    /// `(value - bound) / max(|value|, 1e-9)`, a fraction, or null.
    pub gap: Option<f64>,
    /// Every level of the objective, in order, over all forecasts.
    pub levels: Vec<LevelDocument>,
    /// The forecasts.
    pub forecasts: Vec<RobustForecastDocument>,
}

/// A plan for several forecasts under one of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RobustForecastDocument {
    /// Name of the forecast.
    pub name: String,
    /// The declared objective under it.
    pub total: f64,
    /// Whether all hard rules hold under it.
    pub holds: bool,
    /// Its weight in the best bound; the weights add up to 1.
    pub weight: f64,
}

/// One site in the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteDocument {
    /// Key of the site.
    pub id: String,
    /// Name of the site.
    #[serde(default)]
    pub name: String,
    /// What the plan does there; empty for keeping.
    pub actions: Vec<ActionDocument>,
    /// The baseline and every plan year.
    pub states: Vec<StateDocument>,
}

/// One action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionDocument {
    /// Year of effect.
    pub year: i32,
    /// `keep`, `close`, `merge`, `expand`, `build`, `relocate`, `convert`, `phase_out`, `equip`.
    pub action: String,
    /// Key of the receiving site, for a merge or a relocation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub into: Option<String>,
    /// Classrooms added.
    #[serde(default)]
    pub classes: i64,
    /// Kind of the school from then on, for a relocation or a conversion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<SiteKind>,
    /// Dormitory beds at the new place, for a relocation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beds: Option<i64>,
    /// Music rooms added.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub music_rooms: i64,
    /// Art rooms added.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub art_rooms: i64,
    /// Capital in yuan.
    #[serde(default)]
    pub cost: i64,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// Whether a count need not be written.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde asks for")]
fn is_zero(count: &i64) -> bool {
    *count == 0
}

/// What a site is in one year.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StateDocument {
    /// The year.
    pub year: i32,
    /// Whether pupils are taught there.
    pub operating: bool,
    /// Kind of school.
    pub kind: SiteKind,
    /// Ordinary classrooms.
    pub rooms: i64,
    /// Dormitory beds.
    pub beds: i64,
    /// Pupils by grade.
    pub pupils: BTreeMap<String, i64>,
    /// Classes by grade.
    pub classes: BTreeMap<String, i64>,
}

/// Pupils of one unit, band and year who go to one site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignmentDocument {
    /// Key of the unit.
    pub unit: String,
    /// The stage.
    pub stage: Stage,
    /// Grades, such as `7-9`.
    pub band: String,
    /// The year.
    pub year: i32,
    /// Key of the site.
    pub site: String,
    /// Pupils by grade.
    pub pupils: BTreeMap<String, i64>,
    /// One way.
    pub km: f64,
    /// One way, where known.
    pub minutes: Option<f64>,
    /// How the distance was measured: `straight_line` or `table`.
    pub mode: String,
    /// Whether they board.
    pub boarding: bool,
}

/// One rule on one subject in one year.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplianceDocument {
    /// Id of the rule.
    pub rule: String,
    /// Key of the subject: a site, a section, a unit, or `county`.
    pub subject: String,
    /// The year.
    pub year: i32,
    /// The measured value; null where there is none.
    pub value: Option<f64>,
    /// The limit that applied.
    pub limit: f64,
    /// The result, in view of the other years.
    pub verdict: Verdict,
    /// The result of the year alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// How the subject stands on a set of indicators, for rules that are about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
}
