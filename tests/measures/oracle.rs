//! Brute force over years with arithmetic of its own: every combination of measures, and for each the best assignment of
//! every year. It shares no code with the project beyond the data types.

use catchment::domain::action::Measure;
use catchment::domain::district::{SiteKind, SiteStatus, Stage};
use catchment::domain::rule::{Param, Rule, Severity};
use catchment::domain::scenario::Scenario;
use catchment::id::{GradeId, Id, SiteId, UnitId};
use std::collections::BTreeMap;

/// What a site is in a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    operating: bool,
    kind: SiteKind,
    rooms: i64,
    beds: i64,
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
    /// Least value of a year by the gate that is left out, the states of the sites and where merged sites send their pupils.
    known: BTreeMap<(&'static str, YearKey), Option<f64>>,
}

/// The year, the states of the sites, and the receiver of every merged site.
type YearKey = (usize, Vec<State>, Vec<Option<usize>>);

/// Tries everything.
pub fn solve(scenario: &Scenario) -> Found {
    let mut world = World { scenario, without: "", known: BTreeMap::new() };
    let (best, measures) = world.best();
    let without = GATES.into_iter().map(|gate| {
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

fn teaches(state: &State, stage: Stage) -> bool {
    let stages: &[Stage] = match state.kind {
        SiteKind::NineYear => &[Stage::Primary, Stage::Junior],
        SiteKind::Junior => &[Stage::Junior],
        SiteKind::Primary | SiteKind::TeachingPoint => &[Stage::Primary],
        other => panic!("no county has {other:?}"),
    };
    state.operating && stages.contains(&stage)
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
            let offer = &scenario.offers[offer];
            value += offer.capital.as_f64() + offer.running.as_f64() * (scenario.years.len() - t) as f64;
        }
        for t in 0..scenario.years.len() {
            value += self.gates(picks, t)?;
        }
        for t in 0..scenario.years.len() {
            let states: Vec<State> = (0..picks.len()).map(|site| self.state(picks, site, t)).collect();
            let mut merged = vec![None; picks.len()];
            for (site, pick) in picks.iter().enumerate() {
                let Some((offer, from)) = *pick else { continue };
                let Measure::Merge { into } = scenario.offers[offer].measure else { continue };
                // The receiver must not be shut itself, and operates as long as it is one.
                let shut = picks[into.index()].is_some_and(|(other, _)| {
                    let measure = scenario.offers[other].measure;
                    matches!(measure, Measure::Close | Measure::Merge { .. } | Measure::Relocate { .. })
                });
                if shut || (t >= from && !states[into.index()].operating) {
                    return None;
                }
                merged[site] = (t >= from).then_some(into.index());
            }
            // Other gates do not change a year.
            let without =
                ["travel_dist", "boarders"].into_iter().find(|&gate| gate == self.without).unwrap_or_default();
            let key = (without, (t, states, merged));
            let known = self.known.get(&key).copied();
            let year = known.unwrap_or_else(|| self.year(&key.1));
            self.known.insert(key, year);
            value += year?;
        }
        Some(value)
    }

    fn state(&self, picks: &[Pick], site: usize, t: usize) -> State {
        let facts = &self.scenario.district.sites[SiteId::new(site)];
        let operating = facts.status == SiteStatus::Operating;
        let (rooms, beds) = if operating { (facts.rooms.0, facts.beds.0) } else { (0, 0) };
        let mut state = State { operating, kind: facts.kind, rooms, beds };
        for &(offer, from) in picks.iter().flatten() {
            let offer = &self.scenario.offers[offer];
            if let Measure::Relocate { into, kind, classes, beds } = offer.measure
                && into.index() == site
                && t >= from
            {
                return State { operating: true, kind, rooms: classes.0, beds: beds.0 };
            }
        }
        if let Some((offer, from)) = picks[site]
            && t >= from
        {
            match self.scenario.offers[offer].measure {
                Measure::Close | Measure::Merge { .. } | Measure::Relocate { .. } => state.operating = false,
                Measure::PhaseOut | Measure::Equip { .. } => unreachable!("these counties offer none"),
                Measure::Convert { kind, classes } => state = State { kind, rooms: state.rooms + classes.0, ..state },
                Measure::Expand { classes } => state.rooms += classes.0,
                Measure::Build { kind, classes, beds } => {
                    state = State { operating: true, kind, rooms: classes.0, beds: beds.0 };
                }
            }
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
                Measure::Close => true,
                Measure::Merge { .. } => flag(rule, "count_merges"),
                Measure::Relocate { .. } => flag(rule, "count_relocations"),
                _ => false,
            };
            let count = (0..picks.len()).filter(|&site| now(site).is_some_and(counted)).count();
            charge(rule, count as f64 - rule.limit)?;
        }
        if let Some(rule) = self.rule("consultation") {
            for site in 0..picks.len() {
                let ends = now(site).is_some_and(|measure| {
                    matches!(measure, Measure::Close | Measure::Merge { .. } | Measure::Relocate { .. })
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

    /// The least value of a year: every group goes to one of the sites that teach it.
    fn year(&self, (t, states, merged): &YearKey) -> Option<f64> {
        let scenario = self.scenario;
        let cap = self.rule("travel_dist");
        let capped =
            |number: i8| cap.is_some_and(|rule| rule.scope.grades.is_empty() || rule.scope.grades.contains(&number));
        // Grades that rules tell apart are zoned apart, whether the gate is left out or not.
        let declared = scenario.rules.iter().find(|rule| rule.metric == "travel_dist");
        let apart = |number: i8| declared.is_some_and(|rule| rule.scope.grades.contains(&number));
        let may_board = |number: i8| scenario.boarding.as_ref().is_some_and(|board| board.grades.contains(&number));
        let few = |number: i8| {
            scenario.rules.iter().any(|rule| rule.metric == "boarders" && rule.scope.grades.contains(&number))
        };
        let mut groups: Vec<Vec<Choice>> = Vec::new();
        for unit in 0..scenario.district.units.len() {
            for (position, &stage) in scenario.stages.iter().enumerate() {
                let signature = |number: i8| (apart(number), may_board(number), few(number));
                let mut bands: Vec<(bool, bool, bool)> = Vec::new();
                for grade in scenario.district.grades.iter().filter(|grade| grade.stage == stage) {
                    let of = signature(grade.number.unwrap());
                    if !bands.contains(&of) {
                        bands.push(of);
                    }
                }
                for band in bands {
                    let rolls: Vec<(usize, i64)> = scenario
                        .district
                        .grades
                        .entries()
                        .filter(|(_, grade)| grade.stage == stage && signature(grade.number.unwrap()) == band)
                        .map(|(id, _)| (id, scenario.demand.pupils(scenario.years[*t], UnitId::new(unit), id).0))
                        .map(|(id, n): (GradeId, i64)| (id.index(), n))
                        .collect();
                    let all: i64 = rolls.iter().map(|&(_, n)| n).sum();
                    if all == 0 {
                        continue;
                    }
                    let home = scenario.baseline.sites[UnitId::new(unit)][position].map(Id::index);
                    let number = scenario.district.grades[GradeId::new(rolls[0].0)].number.unwrap();
                    let mut choices = Vec::new();
                    for (site, state) in states.iter().enumerate() {
                        let elsewhere = home.and_then(|home| merged[home]).is_some_and(|into| into != site);
                        if !teaches(state, stage) || elsewhere {
                            continue;
                        }
                        let mut entry = scenario.travel.table.iter();
                        let metres = entry.find(|e| (e.unit.index(), e.site.index()) == (unit, site)).unwrap();
                        let metres = metres.metres.0 as f64;
                        let far = cap.filter(|_| capped(number)).filter(|rule| {
                            let stays = flag(rule, "new_ways_only") && home == Some(site);
                            metres > rule.limit && !stays
                        });
                        let daily = 2.0 * all as f64 * metres / 1000.0;
                        let over = |rule: &Rule| Some(price(rule)? * all as f64 * (metres - rule.limit) / 1000.0);
                        if let Some(extra) = far.map_or(Some(0.0), over) {
                            choices.push(Choice { site, value: daily + extra, rolls: rolls.clone(), boards: false });
                        }
                        if far.is_some() && may_board(number) {
                            choices.push(Choice { site, value: daily / 5.0, rolls: rolls.clone(), boards: true });
                        }
                    }
                    groups.push(choices);
                }
            }
        }
        let grades = scenario.district.grades.len();
        // Day pupils and boarders by grade, one after the other.
        let mut loads = vec![vec![0; 2 * grades]; states.len()];
        self.assign(&groups, states, &mut loads, 0.0)
    }

    fn assign(&self, groups: &[Vec<Choice>], states: &[State], loads: &mut [Vec<i64>], so_far: f64) -> Option<f64> {
        let Some((group, rest)) = groups.split_first() else {
            return Some(so_far + self.sites(states, loads)?);
        };
        let grades = self.scenario.district.grades.len();
        let mut best: Option<f64> = None;
        for choice in group {
            for &(grade, n) in &choice.rolls {
                loads[choice.site][grade + if choice.boards { grades } else { 0 }] += n;
            }
            let value = self.assign(rest, states, loads, so_far + choice.value);
            for &(grade, n) in &choice.rolls {
                loads[choice.site][grade + if choice.boards { grades } else { 0 }] -= n;
            }
            best = match (best, value) {
                (Some(a), Some(b)) => Some(f64::min(a, b)),
                (a, b) => a.or(b),
            };
        }
        best
    }

    /// What rules on classes and sizes cost; `None` where a hard one is broken.
    fn sites(&self, states: &[State], loads: &[Vec<i64>]) -> Option<f64> {
        let mut cost = 0.0;
        let grades = self.scenario.district.grades.len();
        for (state, here) in states.iter().zip(loads).filter(|(state, _)| state.operating) {
            let (day, board) = here.split_at(grades);
            let rolls: Vec<i64> = day.iter().zip(board).map(|(a, b)| a + b).collect();
            if board.iter().sum::<i64>() > state.beds {
                return None;
            }
            if let Some(rule) = self.rule("boarders") {
                // Grade 4 is the second of the county.
                let over = board[1] as f64 - rule.limit;
                if over > 0.0 {
                    cost += price(rule)? * over;
                }
            }
            if let Some(rule) = self.rule("class_size_max") {
                let size = rule.limit as i64;
                let classes: i64 = rolls.iter().map(|&n| (n + size - 1) / size).sum();
                if classes > state.rooms {
                    cost += price(rule)? * (classes - state.rooms) as f64;
                }
            }
            if let Some(rule) = self.rule("site_size") {
                let over = rolls.iter().sum::<i64>() as f64 - rule.limit;
                if over > 0.0 {
                    cost += price(rule)? * over;
                }
            }
        }
        Some(cost)
    }
}

/// One way to serve a group.
struct Choice {
    site: usize,
    value: f64,
    rolls: Vec<(usize, i64)>,
    boards: bool,
}
