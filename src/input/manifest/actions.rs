//! `[[actions]]`: what may be done where, and what it adds.

use crate::domain::action::Disposal;
use crate::domain::district::{SiteKind, Stage};
use crate::message::Text;
use crate::units::Year;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActionName {
    /// Close a site; its pupils are assigned anew.
    Close,
    /// Close a site and send its whole catchment to another.
    Merge,
    /// Add classrooms.
    Expand,
    /// Build a school on a candidate site.
    Build,
    /// Move a school to a candidate site.
    Relocate,
    /// Make a school of another kind.
    Convert,
    /// Take no more entrants; the grades present finish.
    PhaseOut,
    /// Add special rooms, areas or equipment without classrooms.
    Equip,
}

impl ActionName {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::Merge => "merge",
            Self::Expand => "expand",
            Self::Build => "build",
            Self::Relocate => "relocate",
            Self::Convert => "convert",
            Self::PhaseOut => "phase_out",
            Self::Equip => "equip",
        }
    }

    /// Whether the site stops operating through it, at once or when its last grade has left.
    pub fn shuts(self) -> bool {
        matches!(self, Self::Close | Self::Merge | Self::PhaseOut | Self::Relocate)
    }
}

/// One number or a list of alternatives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One.
    One(i64),
    /// Alternatives, of which a plan takes at most one.
    Many(Vec<i64>),
}

impl OneOrMany {
    /// The alternatives.
    pub fn values(&self) -> &[i64] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }
}

/// A measure that a plan may take at one or several sites.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionEntry {
    /// Name by which variants refer to it.
    #[serde(default)]
    pub id: Option<String>,
    /// The sites, by id.
    pub sites: Vec<String>,
    /// What may be done there.
    pub action: ActionName,
    /// Receiving site of a merge, or the candidate site to which a school moves.
    #[serde(default)]
    pub into: Option<String>,
    /// Classrooms added or built, or a list of alternatives.
    #[serde(default)]
    pub classes: Option<OneOrMany>,
    /// Kind of school to build, or into which one is made; for a building and a relocation the site's when absent.
    #[serde(default)]
    pub kind: Option<SiteKind>,
    /// Dormitory beds of a school to build or to move; 0 when absent.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100_000))]
    pub beds: Option<i64>,
    /// Capital in yuan, or one figure for each alternative.
    #[serde(default)]
    pub capital: Option<OneOrMany>,
    /// Capital in yuan for each classroom, added to `capital`.
    #[serde(default)]
    pub capital_per_class: Option<i64>,
    /// Change of the yearly running cost in yuan from the year of effect on, or one figure for each alternative.
    #[serde(default)]
    pub running: Option<OneOrMany>,
    /// Change of the yearly running cost in yuan for each classroom, added to `running`.
    #[serde(default)]
    pub running_per_class: Option<i64>,
    /// Years of construction before the year of effect.
    #[serde(default)]
    #[schemars(range(min = 0, max = 30))]
    pub lead_years: u32,
    /// Years in which it may take effect; every plan year when absent.
    #[serde(default)]
    pub years: Vec<Year>,
    /// Why it is considered; a closure or merge must have one.
    #[serde(default)]
    pub reason: Text,
    /// Ids of other entries, of each of which some offer must have taken effect before.
    #[serde(default)]
    pub after: Vec<String>,
    /// Years that must lie between; 0 when absent, so that both may take effect in one year.
    #[serde(default)]
    #[schemars(range(min = 0, max = 30))]
    pub after_years: u32,
    /// What becomes of the place that a closure or merge releases; `transfer` when absent.
    #[serde(default)]
    pub disposal: Option<Disposal>,
    /// New floor area in square metres of what is built or added, or one figure for each alternative.
    #[serde(default)]
    pub floor_m2: Option<OneOrMany>,
    /// What the site has besides classrooms and beds from the year of effect on, for its stages together or by stage.
    #[serde(default)]
    pub adds: Vec<AddsEntry>,
}

/// What a measure adds to what the stages of a site share, or to one of them; each a figure or one for each alternative.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AddsEntry {
    /// The stage; for all stages of the site together when absent.
    pub stage: Option<Stage>,
    /// Music rooms.
    pub music_rooms: Option<OneOrMany>,
    /// Area of each of these music rooms in square metres; not known when absent.
    pub music_m2: Option<i64>,
    /// Art rooms.
    pub art_rooms: Option<OneOrMany>,
    /// Area of each of these art rooms in square metres; not known when absent.
    pub art_m2: Option<i64>,
    /// Floor area for teaching and its auxiliary rooms, indoor sports halls included, in square metres.
    pub teaching_m2: Option<OneOrMany>,
    /// Of this, indoor sports halls.
    pub indoor_sports_m2: Option<OneOrMany>,
    /// Outdoor sports grounds in square metres.
    pub sports_m2: Option<OneOrMany>,
    /// Teaching equipment in yuan.
    pub equipment_yuan: Option<OneOrMany>,
    /// Networked multimedia rooms.
    pub media_rooms: Option<OneOrMany>,
    /// Usable area of dormitories in square metres.
    pub dormitory_m2: Option<OneOrMany>,
}
