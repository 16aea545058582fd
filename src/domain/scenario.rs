//! The scenario: everything that goes in.

use super::action::Offer;
use super::demand::Demand;
use super::district::{District, Stage};
use super::objective::Objective;
use super::rule::Rule;
use crate::id::{IdVec, RuleId, SiteId, UnitId};
use crate::message::{Message, Text};
use crate::units::{Metres, Seconds, Year};
use serde::{Deserialize, Serialize};

/// A validated scenario (情景), possibly with the changes of a variant applied.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Short name.
    pub name: String,
    /// Name shown to users.
    pub title: Text,
    /// What it is about.
    pub description: Text,
    /// Whether the data are made up; shown wherever the scenario is.
    pub synthetic: bool,
    /// Origin and terms of the data, shown in reports.
    pub notice: Text,
    /// Name of the variant whose changes are applied.
    pub variant: Option<String>,
    /// SHA-256 of the scenario's files and of the variant's name, in hexadecimal.
    pub sha256: String,
    /// The year that is scored only.
    pub baseline_year: Year,
    /// The plan years, in order; at least one.
    pub years: Vec<Year>,
    /// The stages that the plan is about.
    pub stages: Vec<Stage>,
    /// Facts of the county.
    pub district: District,
    /// Resident pupils of the baseline and the plan years.
    pub demand: Demand,
    /// Who goes where today.
    pub baseline: Baseline,
    /// How travel is measured.
    pub travel: TravelSpec,
    /// The rules.
    pub rules: IdVec<RuleId, Rule>,
    /// The measures allowed, in file order.
    pub offers: Vec<Offer>,
    /// How units are zoned.
    pub zoning: Vec<Zoning>,
    /// Who may board; `None` leaves boarding to plans made by hand.
    pub boarding: Option<Boarding>,
    /// What a new map means for pupils who are at school already.
    pub moving: Moving,
    /// What the plan is asked to be good at.
    pub objective: Objective,
    /// Defaults, estimates and exemptions used; listed in every output.
    pub assumptions: Vec<Message>,
}

/// Who goes where today.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// Whether the assignment was not given but assumed: every unit to its nearest operating site of the stage.
    pub assumed: bool,
    /// Site of every unit and stage of [`Scenario::stages`]; `None` where the unit has no site for the stage.
    pub sites: IdVec<UnitId, Vec<Option<SiteId>>>,
}

/// How travel is measured.
#[derive(Debug, Clone, PartialEq)]
pub struct TravelSpec {
    /// Straight lines, with what a given table overrides.
    pub detour_factor: f64,
    /// Speed that turns kilometres into minutes where a table gives none, in kilometres an hour.
    pub speed_kmh: f64,
    /// Given distances and times, sorted by unit and site, each pair once.
    pub table: Vec<TravelEntry>,
    /// Whether a pair that is absent from the table is unreachable rather than measured in a straight line.
    pub table_only: bool,
}

/// A given distance.
#[derive(Debug, Clone, PartialEq)]
pub struct TravelEntry {
    /// Where the pupil lives.
    pub unit: UnitId,
    /// Where the school is.
    pub site: SiteId,
    /// One way.
    pub metres: Metres,
    /// One way, where given.
    pub seconds: Option<Seconds>,
}

/// How the units of a stage are zoned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zoning {
    /// The stage.
    pub stage: Stage,
    /// Whether every catchment must be connected.
    pub contiguous: bool,
    /// Whether a unit may be zoned to several schools (多校划片) rather than to one (单校划片).
    pub multi_school: bool,
}

/// Who may board, wherever beds and the rules on ways make it possible and needed (寄宿).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boarding {
    /// Numbers of the grades that may board. 国办发〔2018〕27号: grades 1 to 3 live at home.
    pub grades: Vec<i8>,
}

/// What a new map means for pupils who are at school already (在校生安置).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Moving {
    /// Everybody follows the map of every year.
    #[default]
    AtOnce,
    /// Pupils keep their school until they leave its stage; entrants follow the map of the year in which they enter.
    Stay,
}

impl Scenario {
    /// The position of a stage in [`Scenario::stages`].
    pub fn stage_index(&self, stage: Stage) -> Option<usize> {
        self.stages.iter().position(|&s| s == stage)
    }
}
