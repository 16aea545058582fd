//! Key figures of a plan, year by year, the baseline first.

use super::distances::Distances;
use super::trips::Trip;
use crate::domain::district::Stage;
use crate::domain::document::{PlanDocument, StateDocument};
use std::collections::BTreeMap;

/// Figures of one year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YearFigures {
    /// The year.
    pub year: i32,
    /// Sites that teach pupils.
    pub sites: i64,
    /// Pupils at the sites.
    pub pupils: i64,
    /// Classes at the sites.
    pub classes: i64,
    /// Ordinary classrooms of the sites in use.
    pub rooms: i64,
    /// How far the pupils go.
    pub distances: Distances,
    /// How far the pupils of each stage go.
    pub by_stage: BTreeMap<Stage, Distances>,
}

impl YearFigures {
    /// Pupils per class, `None` without classes.
    pub fn class_mean(&self) -> Option<f64> {
        (self.classes > 0).then(|| self.pupils as f64 / self.classes as f64)
    }
}

/// All pupils of a site's year.
pub fn pupils(state: &StateDocument) -> i64 {
    state.pupils.values().sum()
}

/// All classes of a site's year.
pub fn classes(state: &StateDocument) -> i64 {
    state.classes.values().sum()
}

/// The years that a document speaks of, the baseline first.
pub fn years(document: &PlanDocument) -> Vec<i32> {
    std::iter::once(document.baseline_year).chain(document.years.iter().copied()).collect()
}

/// The figures of the baseline and of every plan year. `trips` holds the trips of all those years; a year without trips
/// (the baseline, where no scenario is at hand) has empty distances.
pub fn figures(document: &PlanDocument, trips: &[Trip]) -> Vec<YearFigures> {
    years(document)
        .into_iter()
        .map(|year| {
            let states: Vec<&StateDocument> =
                document.sites.iter().flat_map(|site| &site.states).filter(|s| s.year == year && s.operating).collect();
            let mut stages: Vec<Stage> = trips.iter().filter(|t| t.year == year).map(|t| t.stage).collect();
            stages.sort_unstable();
            stages.dedup();
            YearFigures {
                year,
                sites: states.len() as i64,
                pupils: states.iter().map(|s| pupils(s)).sum(),
                classes: states.iter().map(|s| classes(s)).sum(),
                rooms: states.iter().map(|s| s.rooms).sum(),
                distances: Distances::of(trips.iter().filter(|t| t.year == year)),
                by_stage: stages
                    .into_iter()
                    .map(|stage| (stage, Distances::of(trips.iter().filter(|t| t.year == year && t.stage == stage))))
                    .collect(),
            }
        })
        .collect()
}

/// How often each action is taken, by the name of the action.
pub fn action_counts(document: &PlanDocument) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for action in document.sites.iter().flat_map(|site| &site.actions) {
        *counts.entry(action.action.clone()).or_insert(0) += 1;
    }
    counts
}
