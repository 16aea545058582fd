//! The terms of the objective and their declared sum.

use super::course::Money;
use super::figures::Fifths;
use crate::domain::objective::{Goal, Term};
use crate::domain::scenario::Scenario;
use crate::units::{Pupils, Year};
use std::collections::BTreeMap;

/// The declared objective and its terms.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectiveValue {
    /// The weighted sum of the terms, or the last level. A term without a value adds nothing.
    pub total: f64,
    /// Every term, summed over the plan years; travel and money discounted. `None` where a term has no meaning: pupils
    /// moved from a baseline that is only assumed.
    pub terms: BTreeMap<Term, Option<f64>>,
}

/// Puts the objective together.
pub fn value(
    scenario: &Scenario,
    travelled: &[(Year, Fifths)],
    money: &BTreeMap<Year, Money>,
    moved: Option<Pupils>,
    soft_excess: f64,
) -> ObjectiveValue {
    let objective = &scenario.objective;
    let first = scenario.years.first().copied().unwrap_or(scenario.baseline_year);
    let factor = |year: Year| objective.discount_factor(year, first);
    let km: f64 = travelled.iter().map(|&(year, fifths)| factor(year) * fifths.pupil_km()).sum();
    let minutes: f64 = travelled.iter().map(|&(year, fifths)| factor(year) * fifths.pupil_minutes()).sum();
    let cost: f64 = money.iter().map(|(&year, money)| factor(year) * (money.capital + money.running)).sum();
    let terms = BTreeMap::from([
        (Term::TravelPupilKm, Some(km)),
        (Term::TravelPupilMinutes, Some(minutes)),
        (Term::Cost, Some(cost)),
        (Term::MovedPupils, moved.map(Pupils::as_f64)),
        (Term::SoftExcess, Some(soft_excess)),
    ]);
    let of = |term: &Term| terms.get(term).copied().flatten().unwrap_or(0.0);
    let total = match &objective.goal {
        Goal::Weights(_) => objective.weights().iter().map(|(term, weight)| weight * of(term)).sum(),
        Goal::Levels { terms, .. } => terms.last().map_or(0.0, of),
    };
    ObjectiveValue { total, terms }
}
