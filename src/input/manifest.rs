//! `scenario.toml` as it is written: the types behind its JSON Schema and its keys.

mod actions;

use super::forecast::ForecastEntry;
use crate::domain::district::Stage;
use crate::domain::objective::Term;
use crate::domain::rule::{Aggregate, Exemption, Param, Rule, Scope, Severity, Soft};
use crate::domain::scenario::{Boarding, Moving};
use crate::message::Text;
use crate::units::Year;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub use actions::{ActionEntry, ActionName, AddsEntry, OneOrMany};

/// Version tag of the format.
pub const SCHEMA: &str = "catchment-scenario/1";

/// The file `scenario.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Always `catchment-scenario/1`.
    pub schema: String,
    /// Short name, used in file names and outputs.
    pub name: String,
    /// Name shown to users.
    #[serde(default)]
    pub title: Text,
    /// What the scenario is about.
    #[serde(default)]
    pub description: Text,
    /// Whether the data are made up; said wherever the scenario is shown.
    #[serde(default)]
    pub synthetic: bool,
    /// Origin and terms of the data, shown in reports.
    #[serde(default)]
    pub notice: Text,
    /// What the scenario assumes beyond what the program does by itself: prices, estimates; listed in every output.
    #[serde(default)]
    pub assumptions: Vec<Text>,
    /// The school year that is scored only.
    pub baseline_year: Year,
    /// The plan years, rising, all after the baseline.
    pub years: Vec<Year>,
    /// The stages that the plan is about.
    pub stages: Vec<Stage>,
    /// File names of the tables.
    #[serde(default)]
    pub tables: Tables,
    /// Figures about the county that are given and not worked out, by name.
    #[serde(default)]
    pub reported: BTreeMap<String, Reported>,
    /// How pupils of plan years follow from those of the baseline.
    #[serde(default)]
    pub pupils: PupilsTable,
    /// Forecasts of the pupils of plan years, of which one is used.
    #[serde(default)]
    pub forecasts: Vec<ForecastEntry>,
    /// How travel is measured.
    #[serde(default)]
    pub travel: TravelTable,
    /// Rule packs of the project to apply, such as `cn.dd6`.
    #[serde(default)]
    pub rule_packs: Vec<String>,
    /// Rules of the scenario's own.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// Changes to rules of packs, by id.
    #[serde(default, rename = "override")]
    pub overrides: Vec<Override>,
    /// The measures that a plan may take. Keeping a site needs none.
    #[serde(default)]
    pub actions: Vec<ActionEntry>,
    /// How the units of a stage are zoned.
    #[serde(default)]
    pub zoning: Vec<ZoningEntry>,
    /// Who may board.
    #[serde(default)]
    pub boarding: Option<BoardingTable>,
    /// What a new map means for pupils who are at school already.
    #[serde(default)]
    pub moving: MovingTable,
    /// What the plan is asked to be good at.
    #[serde(default)]
    pub objective: ObjectiveTable,
    /// Defaults of the command line.
    #[serde(default)]
    pub solver: SolverTable,
    /// Defaults of the command line for every run of a sweep; what is not said here is as in `solver`.
    #[serde(default)]
    pub sweep: SolverTable,
    /// Named changes of the scenario.
    #[serde(default)]
    pub variants: Vec<VariantEntry>,
    /// Families of variants: grids, lists and random draws.
    #[serde(default)]
    pub families: Vec<FamilyEntry>,
}

/// File names of the tables; each is looked for under its usual name when absent here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tables {
    /// Residential units, `units.csv` or `units.geojson`.
    pub units: Option<String>,
    /// Pupils in a long table, `pupils.csv`.
    pub pupils: Option<String>,
    /// Sites and candidate plots, `sites.csv`.
    pub sites: Option<String>,
    /// Rolls and classes of today's sections, `sections.csv`.
    pub sections: Option<String>,
    /// Posts and teachers, `staff.csv`.
    pub staff: Option<String>,
    /// Rooms, grounds, equipment and money, `resources.csv`.
    pub resources: Option<String>,
    /// Building projects, `projects.csv`.
    pub projects: Option<String>,
    /// Consultations about ending a site, `consultations.csv`.
    pub consultations: Option<String>,
    /// Entrants of units by year, `entrants.csv`.
    pub entrants: Option<String>,
    /// New dwellings of units by year, `housing.csv`.
    pub housing: Option<String>,
    /// Given distances, `travel.csv`.
    pub travel: Option<String>,
    /// Adjacent units, `adjacency.csv`.
    pub adjacency: Option<String>,
    /// Who goes where today, `baseline.csv`.
    pub baseline: Option<String>,
}

/// A figure about the county, or yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Reported {
    /// Whether something is there or is so.
    Flag(bool),
    /// A figure.
    Number(f64),
}

impl Reported {
    /// The figure; 1 for yes and 0 for no.
    pub fn value(self) -> f64 {
        match self {
            Self::Flag(flag) => f64::from(u8::from(flag)),
            Self::Number(number) => number,
        }
    }
}

/// How pupils of plan years follow from those of the baseline.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PupilsTable {
    /// Factor on the baseline's pupils by plan year, for all stages or by stage; 1 where absent.
    pub factor: BTreeMap<String, Factor>,
    /// Name of the forecast in use; the first when absent.
    pub forecast: Option<String>,
    /// Pupils of the county by year and stage, as known or planned elsewhere: outputs show how far the forecast is from them.
    #[schemars(schema_with = "by_year_and_stage")]
    pub totals: BTreeMap<String, BTreeMap<Stage, f64>>,
}

fn by_year_and_stage(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    let stages = by_stage(generator).to_value();
    schemars::json_schema!({ "type": "object", "additionalProperties": stages })
}

/// A factor for all stages or one for each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Factor {
    /// The same for all stages.
    All(#[schemars(range(min = 0, max = 100))] f64),
    /// By stage; 1 where absent.
    ByStage(#[schemars(schema_with = "by_stage")] BTreeMap<Stage, f64>),
}

/// The schema of numbers by word: every word is a key, and no other key is one.
pub(super) fn numbers_by<'a>(words: impl Iterator<Item = &'a str>) -> schemars::Schema {
    let number = serde_json::json!({ "type": "number" });
    let properties: serde_json::Map<String, serde_json::Value> =
        words.map(|word| (word.to_owned(), number.clone())).collect();
    schemars::json_schema!({ "type": "object", "properties": properties, "additionalProperties": false })
}

pub(super) fn by_stage(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    numbers_by(Stage::ALL.iter().map(|stage| stage.name()))
}

fn by_term(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    numbers_by(Term::ALL.iter().map(|term| term.name()))
}

impl Factor {
    /// The factor of a stage.
    pub fn of(&self, stage: Stage) -> f64 {
        match self {
            Self::All(factor) => *factor,
            Self::ByStage(factors) => factors.get(&stage).copied().unwrap_or(1.0),
        }
    }
}

/// How travel is measured.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TravelTable {
    /// Straight lines times this; 1.3 when absent.
    #[schemars(range(min = 1, max = 10))]
    pub detour_factor: Option<f64>,
    /// Speed in kilometres an hour that turns distance into time; 30 when absent.
    #[schemars(range(min = 1, max = 300))]
    pub speed_kmh: Option<f64>,
    /// Whether a pair that is absent from `travel.csv` is unreachable.
    pub table_only: bool,
}

/// A change to a rule of a pack or of the scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// Id of the rule.
    pub id: String,
    /// `false` leaves the rule out.
    #[serde(default)]
    pub enabled: Option<bool>,
    /// What a breach means.
    #[serde(default)]
    pub severity: Option<Severity>,
    /// The limit.
    #[serde(default)]
    pub limit: Option<f64>,
    /// Parameters of the metric, added to or put in place of the rule's.
    #[serde(default)]
    pub params: BTreeMap<String, Param>,
    /// To what it applies.
    #[serde(default)]
    pub scope: Option<Scope>,
    /// Exceptions in place of the rule's.
    #[serde(default)]
    pub exempt: Option<Vec<Exemption>>,
    /// Price of a breach.
    #[serde(default)]
    pub soft: Option<Soft>,
    /// When the rule holds; what is absent stays as it is.
    #[serde(default)]
    pub calendar: Option<CalendarChange>,
    /// How the subjects' verdicts make the county's.
    #[serde(default)]
    pub aggregate: Option<Aggregate>,
}

/// A change to the calendar of a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CalendarChange {
    /// First year in which it is tested.
    pub from: Option<Year>,
    /// First year in which it is hard.
    pub deadline: Option<Year>,
    /// Whether the excess must not grow before the deadline.
    pub no_worse: Option<bool>,
}

/// How the units of a stage are zoned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ZoningEntry {
    /// The stage.
    pub stage: Stage,
    /// Whether every catchment must be connected.
    #[serde(default)]
    pub contiguous: bool,
    /// Whether a unit may be zoned to several schools.
    #[serde(default)]
    pub multi_school: bool,
}

/// Who may board. With this table plans board pupils whose way is too long for every day; without it they board nobody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BoardingTable {
    /// Numbers of the grades that may board; 4 to 9 when absent.
    #[schemars(inner(range(min = -2, max = 12)))]
    pub grades: Option<Vec<i8>>,
}

impl BoardingTable {
    /// The policy of the planning model.
    pub fn policy(&self) -> Boarding {
        Boarding { grades: self.grades.clone().unwrap_or_else(|| (4..=9).collect()) }
    }
}

/// What a new map means for pupils who are at school already.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MovingTable {
    /// `at_once`: everybody follows the map of every year. `stay`: pupils keep their school until they leave its stage, entrants
    /// follow the map of the year in which they enter.
    pub policy: Moving,
}

/// What the plan is asked to be good at: `weights` or `levels`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ObjectiveTable {
    /// Weight of every term in a weighted sum.
    #[schemars(schema_with = "by_term")]
    pub weights: Option<BTreeMap<Term, f64>>,
    /// Terms to be minimised one after the other, most important first.
    pub levels: Option<Vec<Term>>,
    /// Allowed worsening of an earlier level, as a fraction; 0.001 when absent.
    #[schemars(range(min = 0, max = 1))]
    pub slack: Option<f64>,
    /// Yearly discount rate, a fraction; 0 when absent.
    #[schemars(range(min = 0, max = 1))]
    pub discount: f64,
    /// What one pupil-kilometre is worth in yuan.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub yuan_per_pupil_km: Option<f64>,
}

/// Defaults of the command line.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SolverTable {
    /// Name of the engine.
    pub engine: Option<String>,
    /// Relative gap at which a plan is good enough: a fraction or `"0.1%"`.
    pub gap: Option<Quantity>,
    /// Wall-clock limit: seconds or `"60s"`, `"5min"`, `"1h"`.
    pub time_limit: Option<Quantity>,
    /// Work units after which a run ends.
    pub work: Option<u64>,
    /// Seed of random choices.
    pub seed: Option<u64>,
    /// Number of threads.
    #[schemars(range(min = 1, max = 1024))]
    pub threads: Option<u32>,
}

/// A number, or a number with its unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Quantity {
    /// In the base unit.
    Number(f64),
    /// With a unit.
    Text(String),
}

/// Named changes of the scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VariantEntry {
    /// Short name, for `--variant`.
    pub name: String,
    /// Name shown to users.
    #[serde(default)]
    pub title: Text,
    /// The family that the variant belongs to; filled in for members of a family.
    #[serde(default)]
    pub family: Option<String>,
    /// Name of the variant whose plan a sweep starts this one from; without it, the plan of the scenario itself.
    #[serde(default)]
    pub start: Option<String>,
    /// Factor on the pupils of all plan years, for all stages or by stage.
    #[serde(default)]
    pub pupils_factor: Option<Factor>,
    /// Random factor on the pupils of every unit in all plan years.
    #[serde(default)]
    pub unit_noise: Option<Noise>,
    /// Values to set, by path: `"travel.detour_factor" = 1.5`, `"rules[cn.dd6.gov05.primary].limit" = 40`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub set: BTreeMap<String, toml::Value>,
    /// Entries to leave out, by path: `"actions[close_north]"`, `"rules[min_size]"`.
    #[serde(default)]
    pub remove: Vec<String>,
    /// Measures added.
    #[serde(default)]
    pub actions: Vec<ActionEntry>,
    /// Rules added.
    #[serde(default)]
    pub rules: Vec<Rule>,
}

/// Random factors on the pupils of units: one for each unit, the same in all its plan years and grades.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Noise {
    /// Factors lie between `1 - spread` and `1 + spread`, all equally likely.
    #[schemars(range(min = 0, max = 1))]
    pub spread: f64,
    /// Seed of the factors.
    #[serde(default)]
    pub seed: u64,
}

/// A family of variants. Exactly one of `grid`, `list` and `draw` says what its members are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FamilyEntry {
    /// Short name; a member is called `name/label`.
    pub name: String,
    /// Name shown to users.
    #[serde(default)]
    pub title: Text,
    /// Values that all members set, by path.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub set: BTreeMap<String, toml::Value>,
    /// Entries that all members leave out, by path.
    #[serde(default)]
    pub remove: Vec<String>,
    /// Name of the variant whose plan a sweep starts the members from. In the name of a member of this family or another, a
    /// label `*` between commas stands for that of the member itself. A member that would start from itself starts from the
    /// plan of the scenario.
    #[serde(default)]
    pub start: Option<String>,
    /// Lists of values by path; every combination is a member. `pupils_factor` and `unit_noise` stand for the variant's own.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Vec<serde_json::Value>>")]
    pub grid: BTreeMap<String, Vec<toml::Value>>,
    /// The members one by one, each with values by path and perhaps a `name`.
    #[serde(default)]
    #[schemars(with = "Vec<BTreeMap<String, serde_json::Value>>")]
    pub list: Vec<BTreeMap<String, toml::Value>>,
    /// Members with random values.
    #[serde(default)]
    pub draw: Option<DrawTable>,
}

/// Members of a family with random values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DrawTable {
    /// How many members.
    #[schemars(range(min = 1, max = 10_000))]
    pub count: u32,
    /// Seed of the draws.
    #[serde(default)]
    pub seed: u64,
    /// What is drawn, by path.
    #[serde(default)]
    pub values: BTreeMap<String, DrawEntry>,
    /// Spread of random factors on the pupils of every unit, with a seed of its own for every member.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1))]
    pub unit_noise: Option<f64>,
}

/// How a value is drawn: between `low` and `high`, all equally likely; around `mean` with the standard deviation `spread`;
/// or one of a list.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DrawEntry {
    /// Least value.
    pub low: Option<f64>,
    /// Greatest value.
    pub high: Option<f64>,
    /// Mean of a normal distribution.
    pub mean: Option<f64>,
    /// Its standard deviation.
    pub spread: Option<f64>,
    /// The values to choose from.
    #[schemars(with = "Vec<serde_json::Value>")]
    pub one_of: Vec<toml::Value>,
    /// Whether the number is rounded to a whole one.
    pub whole: bool,
    /// Values with the same word here are drawn together: low goes with low and high with high, as in a forecast band.
    pub together: Option<String>,
}
