//! Units whose pupils go to different schools: today, and in each plan.

use super::Ground;
use crate::digest::trips::Trip;
use crate::domain::district::{Setting, Stage};
use serde::Serialize;
use std::collections::BTreeMap;

/// A unit and stage whose pupils go to different schools today and in the plans, or in two plans.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UnitRow {
    /// Key of the unit.
    pub unit: String,
    /// The stage.
    pub stage: Stage,
    /// City, town or country, where the scenario says it.
    pub setting: Option<Setting>,
    /// Where its pupils go today; empty where that is not known.
    pub today: Vec<Place>,
    /// Where they go in each plan.
    pub plans: Vec<Vec<Place>>,
    /// Whether two plans differ.
    pub differs: bool,
}

/// Pupils of a unit at one site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Key of the site.
    pub site: String,
    /// Head count.
    pub pupils: i64,
    /// One way in metres, where it is known.
    pub metres: Option<i64>,
    /// Whether they board.
    pub boarding: bool,
}

/// Rows in order of unit and stage, those where two plans differ first.
pub(super) fn rows(ground: &Ground<'_>) -> Vec<UnitRow> {
    let today = ground.today.as_deref().map(by_unit).unwrap_or_default();
    let plans: Vec<BTreeMap<(&str, Stage), Vec<Place>>> = ground.trips.iter().map(|trips| by_unit(trips)).collect();
    let mut keys: Vec<(&str, Stage)> = plans.iter().flat_map(BTreeMap::keys).copied().collect();
    keys.sort_unstable();
    keys.dedup();
    let where_to = |places: &[Place]| -> Vec<(String, bool)> {
        places.iter().map(|place| (place.site.clone(), place.boarding)).collect()
    };
    let mut rows: Vec<UnitRow> = keys
        .into_iter()
        .filter_map(|key| {
            let own = |places: &BTreeMap<(&str, Stage), Vec<Place>>| places.get(&key).cloned().unwrap_or_default();
            let (before, plans) = (own(&today), plans.iter().map(own).collect::<Vec<_>>());
            let differs = plans.windows(2).any(|pair| where_to(&pair[0]) != where_to(&pair[1]));
            let changes = ground.today.is_some() && plans.iter().any(|plan| where_to(plan) != where_to(&before));
            (differs || changes).then(|| UnitRow {
                unit: key.0.to_owned(),
                stage: key.1,
                setting: ground.settings.get(key.0).copied(),
                today: before,
                plans,
                differs,
            })
        })
        .collect();
    rows.sort_by_key(|row| !row.differs);
    rows
}

/// Places by site and whether pupils board there.
type BySite<'a> = BTreeMap<(&'a str, bool), Place>;

/// The places of every unit and stage, in order of the sites' keys.
fn by_unit(trips: &[Trip]) -> BTreeMap<(&str, Stage), Vec<Place>> {
    let mut all: BTreeMap<(&str, Stage), BySite<'_>> = BTreeMap::new();
    for trip in trips.iter().filter(|trip| trip.pupils > 0) {
        let place = Place { site: trip.site.clone(), pupils: 0, metres: trip.metres, boarding: trip.boarding };
        let places = all.entry((&trip.unit, trip.stage)).or_default();
        places.entry((&trip.site, trip.boarding)).or_insert(place).pupils += trip.pupils;
    }
    all.into_iter().map(|(key, places)| (key, places.into_values().collect())).collect()
}
