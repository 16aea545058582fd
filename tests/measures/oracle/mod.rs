//! Brute force over years with arithmetic of its own: every combination of measures, and for each the best assignment of
//! every year, or of all years at once where one depends on another. It shares no code with the project beyond the data types.
//!
//! What the sites are and which measures go together is here; where the pupils go is in `pupils`, and what schools have for them in
//! `provision`.

mod provision;
mod pupils;

use catchment::domain::action::Measure;
use catchment::domain::district::{SiteKind, SiteStatus, Stage};
use catchment::domain::rule::{Comparison, Param, Rule, Severity};
use catchment::domain::scenario::Scenario;
use catchment::id::{Id, SiteId};
use std::collections::BTreeMap;

/// What a site is in a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    operating: bool,
    kind: SiteKind,
    rooms: i64,
    beds: i64,
    /// Lowest grades of every stage that are no longer taught.
    gone: i64,
    /// The old place of a school that has moved here.
    origin: Option<usize>,
    /// The offer whose additions are here.
    fitted: Option<usize>,
}

/// What the measures make of the sites, as far as pupils feel it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Course {
    /// By plan year and site.
    states: Vec<Vec<State>>,
    /// By site: where it merges into, and the position of the first year.
    merges: Vec<Option<(usize, usize)>>,
    /// By site: the year from which it takes no more entrants.
    runs_out: Vec<Option<i32>>,
}

/// An offer by position and the position of its year; `None` for keeping.
type Pick = Option<(usize, usize)>;

/// What brute force finds.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The least value of the objective; `None` where no plan keeps the hard rules.
    pub best: Option<f64>,
    /// What the best plan would cost without each kind of gate, by its name: gates without which it would be better bind.
    pub without: BTreeMap<&'static str, Option<f64>>,
    /// The measures of the best plan.
    pub measures: Vec<&'static str>,
}

/// Gates that may be left out, to see which of them bind.
pub const GATES: [&str; 6] = ["after", "closures", "consultation", "sites_per_area", "travel_dist", "boarders"];

struct World<'a> {
    scenario: &'a Scenario,
    /// The gate that is left out.
    without: &'static str,
    /// Least value of the pupils by the gate that is left out and what they see of the measures, in each span of years.
    known: BTreeMap<(&'static str, usize, Course), Option<f64>>,
}

pub use provision::GATE as PROVISION;

/// Whether some band is so large that what schools have decides whether it may be divided.
pub fn is_unclear(scenario: &Scenario) -> bool {
    World { scenario, without: "", known: BTreeMap::new() }.is_unclear()
}

/// Tries everything, and everything again without each of the `gates`.
pub fn solve(scenario: &Scenario, gates: &[&'static str]) -> Found {
    let mut world = World { scenario, without: "", known: BTreeMap::new() };
    let (best, measures) = world.best();
    let without = gates.iter().map(|&gate| {
        world.without = gate;
        (gate, world.best().0)
    });
    Found { best, without: without.collect(), measures }
}

fn price(rule: &Rule) -> Option<f64> {
    (rule.severity == Severity::Soft).then(|| rule.soft.unwrap().weight)
}

fn number(rule: &Rule, name: &str, default: f64) -> f64 {
    match rule.params.get(name) {
        Some(Param::Number(value)) => *value,
        _ => default,
    }
}

fn flag(rule: &Rule, name: &str) -> bool {
    rule.params.get(name) == Some(&Param::Flag(true))
}

fn stages(kind: SiteKind) -> &'static [Stage] {
    match kind {
        SiteKind::NineYear => &[Stage::Primary, Stage::Junior],
        SiteKind::Junior => &[Stage::Junior],
        SiteKind::Primary | SiteKind::TeachingPoint => &[Stage::Primary],
        other => panic!("no county has {other:?}"),
    }
}

fn teaches(state: &State, stage: Stage) -> bool {
    state.operating && stages(state.kind).contains(&stage)
}

/// Years after which the last grade of a school of a kind has left.
fn years_of_school(kind: SiteKind) -> i64 {
    if stages(kind).contains(&Stage::Primary) { 6 } else { 3 }
}

impl Course {
    /// The part that pupils in these plan years see.
    fn seen_in(&self, span: &[usize]) -> Self {
        let last = span.iter().max().copied().unwrap_or(0);
        let states = span.iter().map(|&t| self.states[t].clone()).collect();
        // What happens after the last of the years says nothing there, except that a phase-out keeps its catchment before.
        let merges = self.merges.iter().map(|merge| {
            let (into, from) = (*merge)?;
            (from <= last).then(|| (into, from.max(span[0])))
        });
        Self { states, merges: merges.collect(), runs_out: self.runs_out.clone() }
    }
}

impl World<'_> {
    fn rule(&self, metric: &str) -> Option<&Rule> {
        if metric == self.without {
            return None;
        }
        self.scenario.rules.iter().find(|rule| rule.metric == metric)
    }

    fn best(&mut self) -> (Option<f64>, Vec<&'static str>) {
        let scenario = self.scenario;
        let choices: Vec<Vec<Pick>> = (0..scenario.district.sites.len())
            .map(|site| {
                let mut all = vec![None];
                for (at, offer) in scenario.offers.iter().enumerate().filter(|(_, offer)| offer.site.index() == site) {
                    let years = scenario.years.iter().enumerate();
                    let open = years.filter(|(_, year)| offer.years.is_empty() || offer.years.contains(year));
                    all.extend(open.map(|(t, _)| Some((at, t))));
                }
                all
            })
            .collect();
        let mut at = vec![0; choices.len()];
        let mut best: Option<f64> = None;
        let mut measures = Vec::new();
        loop {
            let picks: Vec<Pick> = at.iter().zip(&choices).map(|(&at, all)| all[at]).collect();
            if let Some(value) = self.value(&picks)
                && best.is_none_or(|best| value < best)
            {
                best = Some(value);
                let taken = picks.iter().flatten().map(|&(offer, _)| scenario.offers[offer].measure.name());
                measures = taken.collect();
            }
            let Some(next) = (0..at.len()).find(|&site| at[site] + 1 < choices[site].len()) else { break };
            at[next] += 1;
            at[..next].fill(0);
        }
        (best, measures)
    }

    /// The value of the best plan with these measures.
    fn value(&mut self, picks: &[Pick]) -> Option<f64> {
        let scenario = self.scenario;
        let taken: Vec<(usize, usize)> = picks.iter().flatten().copied().collect();
        // A plot takes one school, or is built on.
        let mut used: Vec<usize> = Vec::new();
        for &(offer, _) in &taken {
            if let Measure::Relocate { into, .. } = scenario.offers[offer].measure {
                if picks[into.index()].is_some() || used.contains(&into.index()) {
                    return None;
                }
                used.push(into.index());
            }
        }
        let waits = |&(offer, t): &(usize, usize)| {
            scenario.offers[offer].after.iter().all(|needed| {
                taken.iter().any(|&(other, then)| {
                    let years = scenario.years[t].0 - scenario.years[then].0;
                    needed.any_of.contains(&other) && years >= needed.years as i32
                })
            })
        };
        if self.without != "after" && !taken.iter().all(waits) {
            return None;
        }
        let mut value = 0.0;
        for &(offer, t) in &taken {
            value += self.money(offer, t);
        }
        for t in 0..scenario.years.len() {
            value += self.gates(picks, t)?;
        }
        let course = self.course(picks)?;
        for (index, span) in pupils::spans(scenario).into_iter().enumerate() {
            let seen = course.seen_in(&span);
            // Other gates do not change where pupils go.
            let without = ["travel_dist", "boarders", provision::GATE]
                .into_iter()
                .find(|&gate| gate == self.without)
                .unwrap_or_default();
            let key = (without, index, seen);
            let known = self.known.get(&key).copied();
            let least = known.unwrap_or_else(|| self.pupils(&span, &course));
            self.known.insert(key, least);
            value += least?;
        }
        Some(value)
    }

    /// What an offer costs that takes effect in the plan year at position `t`.
    fn money(&self, offer: usize, t: usize) -> f64 {
        let scenario = self.scenario;
        let offer = &scenario.offers[offer];
        let (first, from) = (scenario.years[0].0, scenario.years[t].0);
        let discounted = |year: i32| (1.0 + scenario.objective.discount).powi(-(year - first).max(0));
        let parts = offer.lead_years.max(1) as i32;
        let due = |part: i32| from - offer.lead_years as i32 + part;
        let capital: f64 =
            (0..parts).map(|part| offer.capital.as_f64() / f64::from(parts) * discounted(due(part))).sum();
        let starts = match offer.measure {
            // The first grade is gone at once.
            Measure::PhaseOut => from + years_of_school(scenario.district.sites[offer.site].kind) as i32 - 1,
            _ => from,
        };
        let running = scenario.years.iter().filter(|year| year.0 >= starts);
        capital + running.map(|year| offer.running.as_f64() * discounted(year.0)).sum::<f64>()
    }

    /// What pupils see of the measures; `None` where a merger has no receiver.
    fn course(&self, picks: &[Pick]) -> Option<Course> {
        let scenario = self.scenario;
        let years = 0..scenario.years.len();
        let states: Vec<Vec<State>> =
            years.map(|t| (0..picks.len()).map(|site| self.state(picks, site, t)).collect()).collect();
        let mut merges = vec![None; picks.len()];
        let mut runs_out = vec![None; picks.len()];
        for (site, pick) in picks.iter().enumerate() {
            let Some((offer, from)) = *pick else { continue };
            match scenario.offers[offer].measure {
                Measure::Merge { into } => {
                    // The receiver must not be shut itself, and operates as long as it is one.
                    let shut = picks[into.index()].is_some_and(|(other, _)| {
                        let measure = scenario.offers[other].measure;
                        matches!(
                            measure,
                            Measure::Close | Measure::Merge { .. } | Measure::Relocate { .. } | Measure::PhaseOut
                        )
                    });
                    if shut || states[from..].iter().any(|states| !states[into.index()].operating) {
                        return None;
                    }
                    merges[site] = Some((into.index(), from));
                }
                Measure::PhaseOut => runs_out[site] = Some(scenario.years[from].0),
                _ => {}
            }
        }
        Some(Course { states, merges, runs_out })
    }

    fn state(&self, picks: &[Pick], site: usize, t: usize) -> State {
        let facts = &self.scenario.district.sites[SiteId::new(site)];
        let operating = facts.status == SiteStatus::Operating;
        let (rooms, beds) = if operating { (facts.rooms.0, facts.beds.0) } else { (0, 0) };
        let mut state = State { operating, kind: facts.kind, rooms, beds, gone: 0, origin: None, fitted: None };
        for &(at, from) in picks.iter().flatten() {
            let offer = &self.scenario.offers[at];
            if let Measure::Relocate { into, kind, classes, beds } = offer.measure
                && into.index() == site
                && t >= from
            {
                let origin = Some(offer.site.index());
                return State {
                    operating: true,
                    kind,
                    rooms: classes.0,
                    beds: beds.0,
                    gone: 0,
                    origin,
                    fitted: Some(at),
                };
            }
        }
        if let Some((offer, from)) = picks[site]
            && t >= from
        {
            match self.scenario.offers[offer].measure {
                Measure::Close | Measure::Merge { .. } | Measure::Relocate { .. } => state.operating = false,
                Measure::PhaseOut => {
                    state.gone = i64::from(self.scenario.years[t].0 - self.scenario.years[from].0) + 1;
                    state.operating = state.gone < years_of_school(state.kind);
                }
                Measure::Equip { .. } => {}
                Measure::Convert { kind, classes } => state = State { kind, rooms: state.rooms + classes.0, ..state },
                Measure::Expand { classes } => state.rooms += classes.0,
                Measure::Build { kind, classes, beds } => {
                    state = State { operating: true, kind, rooms: classes.0, beds: beds.0, ..state };
                }
            }
            state.fitted = Some(offer);
        }
        state
    }

    /// What the rules on measures cost in a year; `None` where a hard one is broken.
    fn gates(&self, picks: &[Pick], t: usize) -> Option<f64> {
        let scenario = self.scenario;
        let mut cost = 0.0;
        let mut charge = |rule: &Rule, excess: f64| {
            if excess > 0.0 {
                cost += price(rule)? * excess;
            }
            Some(())
        };
        let now = |site: usize| {
            let taken = picks[site].filter(|&(_, year)| year == t);
            taken.map(|(offer, _)| scenario.offers[offer].measure)
        };
        if let Some(rule) = self.rule("closures") {
            let counted = |measure| match measure {
                Measure::Close | Measure::PhaseOut => true,
                Measure::Merge { .. } => flag(rule, "count_merges"),
                Measure::Relocate { .. } => flag(rule, "count_relocations"),
                _ => false,
            };
            let whole = rule.params.get("per") == Some(&Param::Word("plan".into()));
            let ever = |site: usize| picks[site].map(|(offer, _)| scenario.offers[offer].measure);
            let taken = |site: usize| if whole { ever(site) } else { now(site) };
            let count = (0..picks.len()).filter(|&site| taken(site).is_some_and(counted)).count() as f64;
            if !whole || t + 1 == scenario.years.len() {
                charge(rule, if rule.op == Comparison::AtMost { count - rule.limit } else { rule.limit - count })?;
            }
        }
        if let Some(rule) = self.rule("consultation") {
            for site in 0..picks.len() {
                let ends = now(site).is_some_and(|measure| {
                    let moves = matches!(measure, Measure::Relocate { .. });
                    moves || matches!(measure, Measure::Close | Measure::Merge { .. } | Measure::PhaseOut)
                });
                if ends && !self.agreed(rule, site, t) {
                    charge(rule, 1.0)?;
                }
            }
        }
        if let Some(rule) = self.rule("sites_per_area") {
            for (area, facts) in scenario.district.areas.entries() {
                if rule.scope.exclude_areas.contains(&facts.key) {
                    continue;
                }
                let counts = |site: &usize| {
                    let state = self.state(picks, *site, t);
                    scenario.district.sites[SiteId::new(*site)].area == Some(area)
                        && state.kind != SiteKind::TeachingPoint
                        && state.gone == 0
                        && teaches(&state, rule.scope.stages[0])
                };
                let count = (0..picks.len()).filter(counts).count();
                charge(rule, rule.limit - count as f64)?;
            }
        }
        Some(cost)
    }

    /// Whether the records let a site end: the last one is favourable and early enough, and no refusal is too young.
    fn agreed(&self, rule: &Rule, site: usize, t: usize) -> bool {
        let records = &self.scenario.district.consultations;
        let mut own: Vec<_> = records.iter().filter(|record| record.site.index() == site).collect();
        // A stable sort: of two on one day the later row counts.
        own.sort_by_key(|record| record.date);
        let months = |date: catchment::domain::consultation::Date| {
            let begin = self.scenario.years[t].0 * 12 + 9;
            let whole = begin - (date.year * 12 + i32::from(date.month));
            f64::from(if date.day > 1 { whole - 1 } else { whole })
        };
        let fine = |record: &catchment::domain::consultation::Consultation| {
            let no_majority = record.parents_against.unwrap_or(0) <= record.parents_for.unwrap_or(0);
            no_majority && record.hearing != Some(catchment::domain::consultation::Hearing::Against)
        };
        let cooldown = 12.0 * number(rule, "cooldown_years", 0.0);
        own.last().is_some_and(|last| fine(last) && months(last.date) >= number(rule, "lead_months", 12.0))
            && own.iter().all(|record| fine(record) || months(record.date) >= cooldown)
    }
}
