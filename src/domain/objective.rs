//! What a plan is asked to be good at.

use crate::units::Year;
use serde::{Deserialize, Serialize};

/// A quantity that a plan may minimise. Every term is reported, whatever was optimised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// Pupils times kilometres, one way, per school day, summed over plan years.
    TravelPupilKm,
    /// Pupils times minutes, one way, per school day, summed over plan years.
    TravelPupilMinutes,
    /// Discounted capital and running cost of the actions, in yuan.
    Cost,
    /// Pupils whose school differs from the year before.
    MovedPupils,
    /// Excess over soft rules, weighted with the rules' prices.
    SoftExcess,
}

impl Term {
    /// Every term, in the order of reports.
    pub const ALL: [Self; 5] =
        [Self::TravelPupilKm, Self::TravelPupilMinutes, Self::Cost, Self::MovedPupils, Self::SoftExcess];

    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::TravelPupilKm => "travel_pupil_km",
            Self::TravelPupilMinutes => "travel_pupil_minutes",
            Self::Cost => "cost",
            Self::MovedPupils => "moved_pupils",
            Self::SoftExcess => "soft_excess",
        }
    }
}

/// The declared objective.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Objective {
    /// How the terms are put together.
    pub goal: Goal,
    /// Yearly discount rate of travel and money, a fraction.
    pub discount: f64,
    /// What one pupil-kilometre is worth, needed when travel and money are added up.
    pub yuan_per_pupil_km: Option<f64>,
}

/// How the terms of an objective are put together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Goal {
    /// Minimise the weighted sum.
    Weights(Vec<(Term, f64)>),
    /// Minimise the terms one after the other, holding earlier ones within `slack` (a fraction) of their best.
    Levels {
        /// The terms, most important first.
        terms: Vec<Term>,
        /// Allowed worsening of an earlier level, as a fraction.
        slack: f64,
    },
}

impl Objective {
    /// The factor by which travel and money of `year` count, seen from the first plan year.
    pub fn discount_factor(&self, year: Year, first: Year) -> f64 {
        (1.0 + self.discount).powi(-(year.0 - first.0).max(0))
    }

    /// The weight of every term of a weighted sum. Where money is among the terms, pupil-kilometres are turned into yuan by
    /// [`Objective::yuan_per_pupil_km`] on top of their own weight. Empty for levels.
    pub fn weights(&self) -> Vec<(Term, f64)> {
        let Goal::Weights(weights) = &self.goal else { return Vec::new() };
        let in_yuan = weights.iter().any(|&(term, weight)| term == Term::Cost && weight != 0.0);
        let factor = |term| match (term, self.yuan_per_pupil_km) {
            (Term::TravelPupilKm, Some(yuan)) if in_yuan => yuan,
            _ => 1.0,
        };
        weights.iter().map(|&(term, weight)| (term, weight * factor(term))).collect()
    }
}
