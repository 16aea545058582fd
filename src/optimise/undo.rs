//! Actions undone one at a time: what changes of a solution then, and what that costs.
//!
//! A province has a thousand actions and more, and to judge all of it for each of them takes longer than many a search. So
//! a change names what differs, and is judged by running sums; only whether catchments stay connected is asked of the referee.

use crate::compile::Compiled;
use crate::domain::scenario::Scenario;
use crate::id::{ArcId, CustomerId, IdVec, OptionId, SiteId};
use crate::kernel::check;
use crate::kernel::problem::{Problem, Service, Solution};
use crate::kernel::state::State;
use crate::kernel::tables::Tables;
use std::collections::BTreeSet;

/// What differs from a solution: other options at some sites, and customers who go as a whole over other arcs; none of them twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// Sites with their new options.
    pub options: Vec<(SiteId, OptionId)>,
    /// Customers with their new arcs.
    pub services: Vec<(CustomerId, ArcId)>,
}

impl Change {
    /// Makes the change.
    pub fn apply(&self, solution: &mut Solution) {
        for &(site, option) in &self.options {
            solution.options[site] = option;
        }
        for &(customer, arc) in &self.services {
            solution.services[customer] = Service::Whole(arc);
        }
    }

    /// The solution with the change made.
    pub fn applied(&self, solution: &Solution) -> Solution {
        let mut changed = solution.clone();
        self.apply(&mut changed);
        changed
    }
}

/// Hard excess that may be rounding: of sums in which customers who are not allowed where they are weigh a million each.
const ROUNDING: f64 = 1e-3;

/// Judges changes of a solution.
pub(super) struct Judge<'p> {
    state: State<'p>,
}

impl<'p> Judge<'p> {
    /// Of changes of `solution`.
    pub fn new(problem: &'p Problem, tables: &'p Tables, solution: &Solution) -> Self {
        Self { state: State::of(problem, tables, solution) }
    }

    /// What the solution costs.
    pub fn cost(&self) -> f64 {
        self.state.score().cost
    }

    /// Whether whole solutions have to be looked at, because running sums do not know of connected catchments.
    pub fn is_slow(&self) -> bool {
        !self.state.problem.layers.is_empty()
    }

    /// What it costs after a change; `None` where a rule is broken then, or where it costs more than `most`.
    pub fn cost_after(&mut self, change: &Change, most: f64) -> Option<f64> {
        let (mark, before) = (self.state.mark(), self.state.score());
        self.set(change);
        let mut score = self.state.score();
        if score.hard != 0.0 && score.hard.abs() < ROUNDING {
            self.state.refresh();
            score = self.state.score();
        }
        let holds = score.hard == 0.0
            && score.cost <= most
            && (!self.is_slow()
                || self.state.solution().is_some_and(|found| check::score(self.state.problem, &found).is_feasible()));
        self.state.restore(mark, before);
        holds.then_some(score.cost)
    }

    /// Makes a change.
    pub fn make(&mut self, change: &Change) {
        self.set(change);
        self.state.commit();
        if !change.options.is_empty() {
            self.state.refresh();
        }
    }

    fn set(&mut self, change: &Change) {
        for &(site, option) in &change.options {
            self.state.choose(site, option);
        }
        for &(customer, arc) in &change.services {
            self.state.serve(customer, arc);
        }
    }
}

/// Where customers went before anything was done.
pub(super) struct Baseline {
    /// The arc to the baseline site, where there is one.
    pub arcs: IdVec<CustomerId, Option<ArcId>>,
    /// Who can go to a site.
    near: IdVec<SiteId, Vec<CustomerId>>,
}

impl Baseline {
    /// The baseline of a scenario.
    pub fn new(scenario: &Scenario, compiled: &Compiled) -> Self {
        let mut near = IdVec::filled(Vec::new(), compiled.problem.sites.len());
        for arc in &compiled.problem.arcs {
            near[arc.site].push(arc.customer);
        }
        let arcs = compiled.cells.all.ids().map(|customer| baseline_arc(scenario, compiled, customer)).collect();
        Self { arcs, near }
    }

    /// The action at a site undone: first with everybody staying where they are, then with those going back to their baseline site
    /// who left this one or came to it. Empty when the site is kept as it is.
    pub fn undoings(&self, scenario: &Scenario, compiled: &Compiled, solution: &Solution, site: SiteId) -> Vec<Change> {
        let Some(keep) = keeping(compiled, site).filter(|&keep| keep != solution.options[site]) else {
            return Vec::new();
        };
        let mut options = vec![(site, keep)];
        // A relocation is undone at both places.
        for &(offer, _) in &compiled.trajectories[solution.options[site]].taken {
            let offer = &scenario.offers[offer];
            for other in offer.measure.receiver().into_iter().chain([offer.site]) {
                let taken = &compiled.trajectories[solution.options[other]].taken;
                let same = *taken == compiled.trajectories[solution.options[site]].taken;
                let new = options.iter().all(|&(known, _)| known != other);
                if let (true, true, Some(keep)) = (same, new, keeping(compiled, other)) {
                    options.push((other, keep));
                }
            }
        }
        let changed: BTreeSet<SiteId> =
            options.iter().filter(|&&(at, keep)| keep != solution.options[at]).map(|&(at, _)| at).collect();
        let concerned: BTreeSet<CustomerId> = changed.iter().flat_map(|&at| &self.near[at]).copied().collect();
        let services = concerned
            .into_iter()
            .filter_map(|customer| {
                let home = self.arcs[customer]?;
                let Service::Whole(used) = solution.services[customer] else { return None };
                let (from, to) = (compiled.problem.arcs[home].site, compiled.problem.arcs[used].site);
                (from != to && (changed.contains(&from) || changed.contains(&to))).then_some((customer, home))
            })
            .collect();
        vec![Change { options: options.clone(), services: Vec::new() }, Change { options, services }]
    }
}

/// The option of a site that does nothing.
fn keeping(compiled: &Compiled, site: SiteId) -> Option<OptionId> {
    compiled.problem.options_of(site).find(|&option| compiled.trajectories[option].taken.is_empty())
}

/// The arc of a customer to its baseline site, where it has one.
fn baseline_arc(scenario: &Scenario, compiled: &Compiled, customer: CustomerId) -> Option<ArcId> {
    let cell = &compiled.cells.all[customer];
    let stage = scenario.stage_index(cell.stage)?;
    let home = scenario.baseline.sites.get(cell.unit)?.get(stage).copied().flatten()?;
    compiled.problem.arcs_of(customer).find(|&arc| compiled.problem.arcs[arc].site == home)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::compile;
    use crate::domain::action::{Measure, Offer};
    use crate::domain::district::SiteKind;
    use crate::domain::fixture::{county, rule};
    use crate::domain::objective::{Goal, Term};
    use crate::kernel::catchment::Catchment;
    use crate::kernel::engine::Engine;
    use crate::message::Text;
    use crate::random::Random;
    use crate::run::{Limits, Silent};
    use crate::travel::Travel;
    use crate::units::Yuan;

    /// A road with five schools and twenty villages; schools may close, one may merge into its neighbour.
    fn road(contiguous: bool) -> Scenario {
        let mut scenario = county(&[2026]);
        let sites: Vec<SiteId> = (0..5)
            .map(|at| scenario.with_site(&format!("s{at}"), SiteKind::Primary, 12, 4.0 * f64::from(at)))
            .collect();
        for at in 0..20 {
            let home = sites[at / 4];
            scenario.with_unit(
                &format!("u{at}"),
                at as f64 - 1.5,
                &[(1, 7 + at as i64 % 5), (4, 11)],
                [Some(home), None],
            );
        }
        let units: Vec<_> = scenario.district.units.ids().collect();
        scenario.district.adjacency = Some(units.windows(2).map(|pair| (pair[0], pair[1])).collect());
        scenario.zoning[0].contiguous = contiguous;
        let offer = |site, measure| Offer { reason: Text::same("declared"), ..Offer::at(site, measure) };
        for &site in &sites[1..4] {
            scenario.offers.push(Offer { running: Yuan(-700), ..offer(site, Measure::Close) });
        }
        scenario.offers.push(offer(sites[4], Measure::Merge { into: sites[3] }));
        // Closures pay.
        scenario.objective.goal = Goal::Weights(vec![(Term::TravelPupilKm, 1.0), (Term::Cost, 1.0)]);
        scenario.objective.yuan_per_pupil_km = Some(1.0);
        scenario
            .rules
            .push(rule("id = \"size\"\nmetric = \"site_size\"\nop = \"<=\"\nlimit = 200\nseverity = \"hard\""));
        scenario
    }

    /// Undoes every action of a plan and makes changes at random, each judged by running sums and by the referee.
    fn changes_are_judged_as_the_referee_does(contiguous: bool) {
        let scenario = road(contiguous);
        let travel = Travel::new(&scenario);
        let compiled = compile(&scenario, &travel).unwrap();
        let problem = &compiled.problem;
        let solution = Catchment.solve(problem, None, &Limits::default(), &Silent).unwrap().solution.unwrap();
        let baseline = Baseline::new(&scenario, &compiled);
        let mut changes: Vec<Change> = scenario
            .district
            .sites
            .ids()
            .flat_map(|site| baseline.undoings(&scenario, &compiled, &solution, site))
            .collect();
        assert!(!changes.is_empty(), "the plan does something");
        let mut random = Random::new(1, "changes");
        for _ in 0..300 {
            let site = problem.options[OptionId(random.below(problem.options.len()) as u32)].site;
            let option = problem.options_of(site).nth(random.below(problem.options_of(site).count())).unwrap();
            let customer = CustomerId(random.below(problem.customers.len()) as u32);
            let arc = problem.arcs_of(customer).nth(random.below(problem.arcs_of(customer).count())).unwrap();
            changes.push(Change { options: vec![(site, option)], services: Vec::new() });
            changes.push(Change { options: Vec::new(), services: vec![(customer, arc)] });
            changes.push(Change { options: vec![(site, option)], services: vec![(customer, arc)] });
        }
        let tables = Tables::new(problem);
        let mut judge = Judge::new(problem, &tables, &solution);
        let (mut now, mut kept) = (solution.clone(), 0);
        for change in &changes {
            let score = check::score(problem, &change.applied(&now));
            assert_eq!(judge.cost_after(change, score.cost - 1.0), None, "dearer than allowed");
            match judge.cost_after(change, f64::INFINITY) {
                Some(cost) => {
                    assert!(score.is_feasible(), "{change:?} breaks {:?}", score.violations);
                    assert!(
                        (cost - score.cost).abs() <= 1e-7 * score.cost.abs().max(1.0),
                        "{change:?}: {cost} {}",
                        score.cost
                    );
                    kept += 1;
                    if kept % 3 == 0 {
                        judge.make(change);
                        change.apply(&mut now);
                    }
                }
                None => assert!(!score.is_feasible(), "{change:?} breaks nothing"),
            }
            assert!((judge.cost() - check::score(problem, &now).cost).abs() <= 1e-7 * judge.cost().abs().max(1.0));
        }
        assert!(kept > 20 && kept < changes.len(), "{kept} of {} changes keep the rules", changes.len());
    }

    #[test]
    fn running_sums_agree_with_the_referee() {
        changes_are_judged_as_the_referee_does(false);
    }

    #[test]
    fn the_referee_is_asked_where_catchments_must_be_connected() {
        changes_are_judged_as_the_referee_does(true);
    }
}
