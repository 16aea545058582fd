//! Parts of the pupils that a comparison looks at on their own.

use crate::digest::trips::Trip;
use crate::domain::district::{Setting, Stage};
use crate::domain::scenario::Scenario;
use serde::Serialize;
use std::collections::BTreeMap;

/// A part of the pupils.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "of", rename_all = "snake_case")]
pub enum Slice {
    /// All pupils.
    All,
    /// Those of a stage.
    Stage(Stage),
    /// Those who live in a city, in a town or in the country.
    Setting(Setting),
    /// Those who went farther than nine tenths of the pupils in the plan that the other is held against.
    Farthest,
}

/// City, town or country, by key of the unit, as far as the scenario says it.
pub(super) type Settings = BTreeMap<String, Setting>;

pub(super) fn settings(scenario: Option<&Scenario>) -> Settings {
    let units = scenario.into_iter().flat_map(|scenario| scenario.district.units.iter());
    units.filter_map(|unit| Some((unit.key.clone(), unit.setting?))).collect()
}

impl Slice {
    /// Whether the pupils of a unit and stage belong to it. [`Slice::Farthest`] is not told by unit and holds nobody here.
    pub(super) fn holds(self, unit: &str, stage: Stage, settings: &Settings) -> bool {
        match self {
            Self::All => true,
            Self::Stage(own) => own == stage,
            Self::Setting(own) => settings.get(unit) == Some(&own),
            Self::Farthest => false,
        }
    }
}

/// The slices that some trips have: all, then the stages where there are several, then the settings where they are known.
pub(super) fn slices<'a>(trips: impl Iterator<Item = &'a Trip>, settings: &Settings) -> Vec<Slice> {
    let mut stages: Vec<Stage> = Vec::new();
    let mut places: Vec<Setting> = Vec::new();
    for trip in trips.filter(|trip| trip.pupils > 0) {
        if !stages.contains(&trip.stage) {
            stages.push(trip.stage);
        }
        if let Some(setting) = settings.get(&trip.unit)
            && !places.contains(setting)
        {
            places.push(*setting);
        }
    }
    stages.sort_unstable();
    places.sort_unstable();
    let stages = if stages.len() > 1 { stages } else { Vec::new() };
    let stages = stages.into_iter().map(Slice::Stage);
    std::iter::once(Slice::All).chain(stages).chain(places.into_iter().map(Slice::Setting)).collect()
}
