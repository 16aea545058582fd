//! Actions: what the scenario offers at which price, what a plan decides, and the trajectories that follow for a site.

use super::district::{SiteKind, SiteStatus};
use super::scenario::Scenario;
use crate::id::SiteId;
use crate::message::Text;
use crate::units::{Classes, Pupils, Year, Yuan};
use serde::{Deserialize, Serialize};

/// A measure that the scenario allows at a site. Keeping a site as it is needs no offer; nothing closes without one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// The site.
    pub site: SiteId,
    /// What may be done.
    pub measure: Measure,
    /// Years in which it may take effect; every plan year when empty.
    pub years: Vec<Year>,
    /// Capital cost.
    pub capital: Yuan,
    /// Change of the yearly running cost from the year of effect on; a closure usually saves, so it is negative.
    pub running: Yuan,
    /// Years of construction before the year of effect, over which the capital is booked.
    pub lead_years: u32,
    /// Why the planner considers it; a closure or merge must have one.
    pub reason: Text,
    /// What must have taken effect before (先建后撤, 腾笼换鸟); all of it.
    pub after: Vec<Prerequisite>,
}

impl Offer {
    /// An offer that costs nothing and may take effect in any plan year.
    pub fn at(site: SiteId, measure: Measure) -> Self {
        Self {
            site,
            measure,
            years: Vec::new(),
            capital: Yuan(0),
            running: Yuan(0),
            lead_years: 0,
            reason: Text::default(),
            after: Vec::new(),
        }
    }
}

/// Measures of which one must have taken effect before another may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prerequisite {
    /// Positions in [`Scenario::offers`]; any of them will do.
    pub any_of: Vec<usize>,
    /// Years that must lie between the two years of effect; with 0 both may take effect in one year.
    pub years: u32,
}

impl Prerequisite {
    /// Whether an offer that takes effect in `year` meets it for one that takes effect in `then`. Offers of the same measure
    /// at the same site are the same.
    pub fn is_met_by(&self, scenario: &Scenario, offer: usize, year: Year, then: Year) -> bool {
        let given = &scenario.offers[offer];
        let same = |&other: &usize| {
            let other = &scenario.offers[other];
            other.site == given.site && other.measure == given.measure
        };
        i64::from(year.0) + i64::from(self.years) <= i64::from(then.0) && self.any_of.iter().any(same)
    }
}

/// What an offer does (布局调整措施).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Close the site; its pupils are assigned anew (撤销).
    Close,
    /// Close the site and send its whole baseline catchment to another (合并).
    Merge {
        /// The receiving site.
        into: SiteId,
    },
    /// Add ordinary classrooms (改扩建).
    Expand {
        /// Classrooms added.
        classes: Classes,
    },
    /// Build a school on a candidate site (新建).
    Build {
        /// Kind of the new school.
        kind: SiteKind,
        /// Its ordinary classrooms.
        classes: Classes,
        /// Its dormitory beds.
        beds: Pupils,
    },
}

impl Measure {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::Merge { .. } => "merge",
            Self::Expand { .. } => "expand",
            Self::Build { .. } => "build",
        }
    }

    /// Whether the site no longer operates once the measure takes effect.
    pub fn shuts(self) -> bool {
        matches!(self, Self::Close | Self::Merge { .. })
    }
}

/// What a site is in one plan year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteState {
    /// Whether pupils are taught there.
    pub operating: bool,
    /// Kind of school.
    pub kind: SiteKind,
    /// Ordinary classrooms.
    pub rooms: Classes,
    /// Dormitory beds.
    pub beds: Pupils,
    /// Whether the plan itself has built or enlarged the site by then, which ends an exemption by age.
    pub enlarged: bool,
}

/// The course of one site over the plan years (校点方案).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trajectory {
    /// The site.
    pub site: SiteId,
    /// The offers taken, by position in [`Scenario::offers`], each with its year of effect; empty for keeping.
    pub taken: Vec<(usize, Year)>,
    /// State in every plan year, aligned with [`Scenario::years`].
    pub states: Vec<SiteState>,
    /// Discounted cost over the plan years in yuan, capital and running.
    pub cost: f64,
}

impl Trajectory {
    /// The site into which this trajectory merges, with the year, if it does.
    pub fn merges_into(&self, scenario: &Scenario) -> Option<(SiteId, Year)> {
        self.taken.iter().find_map(|&(offer, year)| match scenario.offers[offer].measure {
            Measure::Merge { into } => Some((into, year)),
            _ => None,
        })
    }
}

/// The state of a site at the baseline.
pub fn baseline_state(scenario: &Scenario, site: SiteId) -> SiteState {
    let site = &scenario.district.sites[site];
    SiteState {
        operating: site.status == SiteStatus::Operating,
        kind: site.kind,
        rooms: if site.status == SiteStatus::Operating { site.rooms } else { Classes::ZERO },
        beds: if site.status == SiteStatus::Operating { site.beds } else { Pupils::ZERO },
        enlarged: false,
    }
}

/// The states that follow when `taken` offers are carried out at `site`, one for every plan year.
///
/// An action of year y holds from y on.
pub fn states(scenario: &Scenario, site: SiteId, taken: &[(usize, Year)]) -> Vec<SiteState> {
    scenario
        .years
        .iter()
        .map(|&year| {
            let mut state = baseline_state(scenario, site);
            for &(offer, _) in taken.iter().filter(|&&(_, from)| from <= year) {
                match scenario.offers[offer].measure {
                    Measure::Close | Measure::Merge { .. } => state.operating = false,
                    Measure::Expand { classes } => {
                        state.rooms += classes;
                        state.enlarged = true;
                    }
                    Measure::Build { kind, classes, beds } => {
                        state = SiteState { operating: true, kind, rooms: classes, beds, enlarged: true };
                    }
                }
            }
            state
        })
        .collect()
}

/// Cost in yuan of carrying out `taken` offers: capital when booked and running cost from the year of effect, each
/// divided by `(1 + discount)^(year - first plan year)`. Capital is booked evenly over the lead years before the year of
/// effect, and in that year itself where the lead is 0; what falls before the first plan year is not discounted upwards.
pub fn cost(scenario: &Scenario, taken: &[(usize, Year)]) -> f64 {
    let first = scenario.years[0].0;
    let factor = |year: i32| (1.0 + scenario.objective.discount).powi(-(year - first).max(0));
    taken
        .iter()
        .map(|&(index, from)| {
            let offer = &scenario.offers[index];
            let capital = if offer.lead_years == 0 {
                offer.capital.as_f64() * factor(from.0)
            } else {
                let share = offer.capital.as_f64() / f64::from(offer.lead_years);
                (1..=offer.lead_years as i32).map(|back| share * factor(from.0 - back)).sum()
            };
            let running: f64 = scenario
                .years
                .iter()
                .filter(|&&year| year >= from)
                .map(|&year| offer.running.as_f64() * factor(year.0))
                .sum();
            capital + running
        })
        .sum()
}

/// Every trajectory that the offers allow for `site`, keeping first, then in the order of the offers and years.
///
/// At most one offer is taken per site; a candidate site without an action stays a bare plot.
pub fn trajectories(scenario: &Scenario, site: SiteId) -> Vec<Trajectory> {
    let with = |taken: Vec<(usize, Year)>| Trajectory {
        site,
        states: states(scenario, site, &taken),
        cost: cost(scenario, &taken),
        taken,
    };
    let mut all = vec![with(Vec::new())];
    for (index, offer) in scenario.offers.iter().enumerate().filter(|(_, offer)| offer.site == site) {
        for &year in &scenario.years {
            if offer.years.is_empty() || offer.years.contains(&year) {
                all.push(with(vec![(index, year)]));
            }
        }
    }
    all
}
