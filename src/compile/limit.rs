//! Limits on options: what the rules ask of a site, year by year, in the state that the option puts it in.

use super::account::Charge;
use super::commodity::Commodities;
use super::require::Requirements;
use crate::domain::action::{SiteState, Trajectory};
use crate::domain::scenario::Scenario;
use crate::id::{CommodityId, GradeId, IdVec, MeasureId, SiteId};
use crate::kernel::problem::{Limit, Measure};
use crate::metric::classes::{ClassNeed, share_rooms};
use crate::metric::lowering::ClassClaim;
use std::collections::BTreeMap;

/// A limit that holds at a site in a plan year while it is in a state.
struct Placed {
    state: SiteState,
    measure: MeasureId,
    min: i64,
    max: i64,
    charge: Charge,
}

/// The limits of all places, and the measures that they refer to.
pub(super) struct Limits {
    pub measures: IdVec<MeasureId, Measure>,
    placed: BTreeMap<(SiteId, usize), Vec<Placed>>,
}

impl Limits {
    pub fn new(scenario: &Scenario, requirements: &Requirements<'_>, commodities: &Commodities) -> Self {
        let mut limits = Self { measures: IdVec::new(), placed: BTreeMap::new() };
        let mut known = BTreeMap::new();
        limits.sums(scenario, requirements, commodities, &mut known);
        limits.classes(scenario, requirements, commodities, &mut known);
        limits.most_classes(scenario, requirements, commodities, &mut known);
        limits
    }

    fn sums(
        &mut self,
        scenario: &Scenario,
        requirements: &Requirements<'_>,
        commodities: &Commodities,
        known: &mut Known,
    ) {
        for bound in &requirements.loads {
            let Some(year) = position(scenario, bound.place.year) else { continue };
            let weighted = |(grades, weight): &(Vec<GradeId>, i64)| {
                let weight = *weight;
                commodities.sum(year, grades).into_iter().map(move |commodity| (commodity, weight))
            };
            let mut terms: Vec<(CommodityId, i64)> =
                bound.terms.iter().filter(|(_, weight)| *weight > 0).flat_map(weighted).collect();
            terms.sort_unstable();
            // One unit of a weighted sum is a part of a pupil.
            let heaviest = bound.terms.iter().map(|&(_, weight)| weight).max().unwrap_or(1).max(1);
            let measure = self.measure(known, false, terms);
            let placed = Placed {
                state: bound.place.state,
                measure,
                min: bound.min.unwrap_or(0).max(0),
                max: bound.max.map_or(Limit::UNLIMITED, |max| max.max(0)),
                charge: Charge::new(scenario, &bound.rule, bound.price, 1.0 / heaviest as f64),
            };
            self.placed.entry((bound.place.site, year)).or_default().push(placed);
        }
    }

    fn classes(
        &mut self,
        scenario: &Scenario,
        requirements: &Requirements<'_>,
        commodities: &Commodities,
        known: &mut Known,
    ) {
        // All claims at one place share its rooms, whichever rules they come from.
        let mut places: BTreeMap<(SiteId, usize), Vec<ClaimsInState<'_>>> = BTreeMap::new();
        for (rule, place, claim) in &requirements.claims {
            let Some(year) = position(scenario, place.year) else { continue };
            let states = places.entry((place.site, year)).or_default();
            match states.iter_mut().find(|(state, _)| *state == place.state) {
                Some((_, claims)) => claims.push((rule, claim)),
                None => states.push((place.state, vec![(rule, claim)])),
            }
        }
        for ((site, year), states) in places {
            for (state, claims) in states {
                let shared: Vec<ClassClaim> = claims.iter().map(|(_, claim)| (*claim).clone()).collect();
                for limit in share_rooms(&shared, state.rooms) {
                    let rule = claims
                        .iter()
                        .find(|(_, claim)| claim.needs.iter().any(|need| limit.needs.contains(need)))
                        .map_or("", |(rule, _)| rule);
                    let terms = limit
                        .needs
                        .iter()
                        .filter_map(|need| Some((commodities.together(year, &need.grades)?, need.size)))
                        .collect();
                    let measure = self.measure(known, true, terms);
                    // A room that lacks leaves up to one class of pupils without a place.
                    let class = limit.needs.iter().map(|need: &ClassNeed| need.size).max().unwrap_or(1);
                    let charge = Charge::new(scenario, rule, limit.price, class as f64);
                    let placed = Placed { state, measure, min: 0, max: limit.max.max(0), charge };
                    self.placed.entry((site, year)).or_default().push(placed);
                }
            }
        }
    }

    fn most_classes(
        &mut self,
        scenario: &Scenario,
        requirements: &Requirements<'_>,
        commodities: &Commodities,
        known: &mut Known,
    ) {
        for bound in &requirements.classes {
            let Some(year) = position(scenario, bound.place.year) else { continue };
            let term = |need: &ClassNeed| Some((commodities.together(year, &need.grades)?, need.size));
            let mut terms: Vec<(CommodityId, i64)> = bound.needs.iter().filter_map(term).collect();
            terms.sort_unstable();
            let measure = self.measure(known, true, terms);
            // Up to one class of pupils lacks what the rule asks for.
            let class = bound.needs.iter().map(|need| need.size).max().unwrap_or(1);
            let charge = Charge::new(scenario, &bound.rule, bound.price, class as f64);
            let placed = Placed { state: bound.place.state, measure, min: 0, max: bound.max.max(0), charge };
            self.placed.entry((bound.place.site, year)).or_default().push(placed);
        }
    }

    fn measure(&mut self, known: &mut Known, whole_units: bool, terms: Vec<(CommodityId, i64)>) -> MeasureId {
        *known.entry((whole_units, terms.clone())).or_insert_with(|| {
            let terms = terms.into_boxed_slice();
            self.measures.push(if whole_units { Measure::WholeUnits(terms) } else { Measure::Load(terms) })
        })
    }

    /// The limits of a trajectory, in order of year and of the rules, each with what its overflow costs.
    pub fn of(&self, trajectory: &Trajectory) -> Vec<(Limit, Charge)> {
        let mut all = Vec::new();
        for (year, state) in trajectory.states.iter().enumerate().filter(|(_, state)| state.operating) {
            for placed in self.placed.get(&(trajectory.site, year)).into_iter().flatten() {
                let bounded = placed.min > 0 || placed.max != Limit::UNLIMITED;
                if placed.state == *state && bounded {
                    let Placed { measure, min, max, charge, .. } = placed;
                    let price = charge.price;
                    all.push((Limit { measure: *measure, min: *min, max: *max, price }, charge.clone()));
                }
            }
        }
        all
    }
}

/// The claims of a place in one state, each with the id of its rule.
type ClaimsInState<'a> = (SiteState, Vec<(&'a str, &'a ClassClaim)>);

/// Measures that were added, by whether they count whole units, and their terms.
type Known = BTreeMap<(bool, Vec<(CommodityId, i64)>), MeasureId>;

fn position(scenario: &Scenario, year: crate::units::Year) -> Option<usize> {
    scenario.years.iter().position(|&other| other == year)
}
