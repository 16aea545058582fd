//! What schools have for their pupils: the rules on resource indicators, worked out in fractions.

use super::{Course, World, number, price, stages};
use catchment::domain::district::{SiteStatus, Stage};
use catchment::domain::resource::{Resources, Staff};
use catchment::domain::rule::{Param, Predicate, Rule, Severity};
use catchment::id::{Id, SiteId, UnitId};

/// The gate that stands for all of these rules.
pub const GATE: &str = "provision";

/// A fraction with a denominator above 0.
#[derive(Debug, Clone, Copy)]
struct Fraction(i128, i128);

impl Fraction {
    fn plus(self, other: Self) -> Self {
        Self(self.0 * other.1 + other.0 * self.1, self.1 * other.1)
    }

    fn float(self) -> f64 {
        self.0 as f64 / self.1 as f64
    }
}

/// What an indicator counts: its figures, for how many pupils, and whether they go along with a school.
struct What {
    staff: fn(&Staff) -> Option<f64>,
    things: fn(&Resources) -> Option<f64>,
    per: i128,
    goes: bool,
}

fn what(rule: &Rule) -> What {
    let none = |_: &Resources| None;
    match rule.params.get("indicator") {
        Some(Param::Word(word)) if word == "equipment" => {
            What { staff: |_| None, things: |held| held.equipment_yuan, per: 1, goes: true }
        }
        Some(Param::Word(word)) if word == "teaching_area" => {
            What { staff: |_| None, things: |held| held.teaching_m2, per: 1, goes: false }
        }
        Some(Param::Word(word)) if word == "backbone" => {
            What { staff: |held| held.backbone, things: none, per: 100, goes: true }
        }
        other => panic!("these counties have no rule on {other:?}"),
    }
}

/// A figure in halves, with the stages that share it where they do.
type Figure = (i128, Option<&'static [Stage]>);

/// Pupils by grade at a site in a year, for one of its stages.
struct Section<'a> {
    stage: Stage,
    /// Pupils of a stage.
    pupils: &'a dyn Fn(Stage) -> i64,
}

impl World<'_> {
    /// What the soft rules on indicators cost at a site with these pupils by grade in a plan year; `None` where a hard one is broken.
    pub(super) fn provision(&self, course: &Course, (t, site): (usize, usize), rolls: &[i64]) -> Option<f64> {
        let scenario = self.scenario;
        let pupils = |stage: Stage| {
            let of = scenario.district.grades.iter().zip(rolls).filter(|(grade, _)| grade.stage == stage);
            of.map(|(_, n)| n).sum::<i64>()
        };
        let mut cost = 0.0;
        let pressing = scenario.rules.iter().filter(|rule| rule.severity != Severity::Report && self.without != GATE);
        for rule in pressing.filter(|rule| ["indicator_value", "seven_pass"].contains(&rule.metric.as_str())) {
            for &stage in stages(course.states[t][site].kind) {
                let excess = self.excess(rule, course, (t, site), &Section { stage, pupils: &pupils });
                match price(rule) {
                    Some(price) => cost += price * excess,
                    None if excess > 1e-9 + self.allowed(rule, t, site, stage) => return None,
                    None => {}
                }
            }
        }
        Some(cost)
    }

    /// What a rule may be missed by before its deadline: as much as today's network misses it by until then.
    fn allowed(&self, rule: &Rule, t: usize, site: usize, stage: Stage) -> f64 {
        let scenario = self.scenario;
        let deadline = rule.calendar.as_ref().and_then(|calendar| calendar.deadline);
        if deadline.is_none_or(|deadline| scenario.years[t] >= deadline) {
            return 0.0;
        }
        let picks = vec![None; scenario.district.sites.len()];
        let states = vec![(0..picks.len()).map(|site| self.state(&picks, site, 0)).collect()];
        let today = Course { states, merges: vec![None; picks.len()], runs_out: vec![None; picks.len()] };
        if !super::teaches(&today.states[0][site], stage) {
            return 0.0;
        }
        let mut most: f64 = 0.0;
        for &year in std::iter::once(&scenario.baseline_year).chain(&scenario.years[..=t]) {
            let pupils = |stage: Stage| {
                let position = scenario.stages.iter().position(|&other| other == stage);
                let grades = scenario.district.grades.entries().filter(|(_, grade)| grade.stage == stage);
                let home = |unit: &UnitId| {
                    let zoned = position.and_then(|position| scenario.baseline.sites[*unit][position]);
                    zoned.is_some_and(|zoned| zoned.index() == site)
                };
                let units: Vec<UnitId> = scenario.district.units.ids().filter(home).collect();
                grades
                    .flat_map(|(grade, _)| units.iter().map(move |&unit| scenario.demand.pupils(year, unit, grade).0))
                    .sum()
            };
            most = most.max(self.excess(rule, &today, (0, site), &Section { stage, pupils: &pupils }));
        }
        most
    }

    /// By how much a section misses a rule; 0 where it is not tested or waits for data.
    fn excess(&self, rule: &Rule, course: &Course, place: (usize, usize), section: &Section<'_>) -> f64 {
        let meant = |rule: &Rule| rule.scope.stages.is_empty() || rule.scope.stages.contains(&section.stage);
        let n = (section.pupils)(section.stage);
        let Some(limit) = Some(n).filter(|&n| n > 0 && meant(rule)).and_then(|n| limit(rule, n)) else { return 0.0 };
        if rule.metric == "indicator_value" {
            let value = self.indicator(rule, course, place, section);
            return value.map_or(0.0, |value| if value >= rule.limit { 0.0 } else { (limit - value).max(0.0) });
        }
        let mut shares = Vec::new();
        let counted = self.scenario.rules.iter().filter(|other| other.metric == "indicator_value" && meant(other));
        for other in counted.filter(|other| self.is_known(other)) {
            let Some(limit) = self::limit(other, n) else { continue };
            let Some(value) = self.indicator(other, course, place, section) else { return 0.0 };
            shares.push(value / limit);
        }
        let lacking = rule.limit - shares.iter().filter(|&&share| share >= 1.0).count() as f64;
        let near = shares.iter().all(|&share| share >= number(rule, "rest", 0.0));
        if shares.is_empty() || lacking <= 0.0 && near { 0.0 } else { lacking.max(1.0) }
    }

    fn is_known(&self, rule: &Rule) -> bool {
        let (district, what) = (&self.scenario.district, what(rule));
        district.staff.iter().any(|held| (what.staff)(&held.what).is_some())
            || district.resources.iter().any(|held| (what.things)(&held.what).is_some())
    }

    /// What a site has at the baseline that counts for a stage.
    fn rows(&self, rule: &Rule, home: usize, stage: Stage, sharing: &'static [Stage]) -> Vec<Figure> {
        let (district, what) = (&self.scenario.district, what(rule));
        let people = district.staff.iter().map(|held| (held.site, held.stage, (what.staff)(&held.what)));
        let things = district.resources.iter().map(|held| (held.site, held.stage, (what.things)(&held.what)));
        people
            .chain(things)
            .filter_map(|(site, of, figure)| figure_of((site.index() == home).then_some(of)?, figure, stage, sharing))
            .collect()
    }

    /// The value of an indicator; `None` where it is not known.
    fn indicator(&self, rule: &Rule, course: &Course, (t, site): (usize, usize), section: &Section<'_>) -> Option<f64> {
        let (stage, what) = (section.stage, what(rule));
        if !self.is_known(rule) {
            return None;
        }
        let kind = |site: usize| stages(self.scenario.district.sites[SiteId::new(site)].kind);
        let state = course.states[t][site];
        let is_plot = self.scenario.district.sites[SiteId::new(site)].status == SiteStatus::Candidate;
        let mut figures = match state.origin {
            Some(_) if !what.goes => Vec::new(),
            origin => self.rows(rule, origin.unwrap_or(site), stage, stages(state.kind)),
        };
        if figures.is_empty() && (!is_plot || state.origin.is_some() && what.goes) {
            return None;
        }
        for (from, merge) in course.merges.iter().enumerate() {
            if merge.is_some_and(|(into, since)| into == site && since <= t) && what.goes && kind(from).contains(&stage)
            {
                let brought = self.rows(rule, from, stage, kind(from));
                if brought.is_empty() {
                    return None;
                }
                figures.extend(brought);
            }
        }
        let adds = state.fitted.into_iter().flat_map(|offer| &self.scenario.offers[offer].adds);
        figures.extend(
            adds.filter_map(|held| figure_of(held.stage, (what.things)(&held.what), stage, stages(state.kind))),
        );
        let weight = |stage: Stage| {
            let weight = if stage == Stage::Junior { number(rule, "weight_junior", 1.0) } else { 1.0 };
            (weight * 10.0).round() as i128 * i128::from((section.pupils)(stage))
        };
        let part = |(figure, sharing): Figure| match sharing {
            None => Fraction(figure, 2),
            Some(sharing) => {
                Fraction(figure * weight(stage), 2 * sharing.iter().map(|&stage| weight(stage)).sum::<i128>())
            }
        };
        let sum = figures.into_iter().map(part).reduce(Fraction::plus)?;
        let value = Fraction(sum.0 * what.per, sum.1 * i128::from((section.pupils)(stage))).float();
        Some((value * 1e9).round() / 1e9)
    }
}

/// A figure in halves that counts for a stage, with those who share it.
fn figure_of(of: Option<Stage>, figure: Option<f64>, stage: Stage, sharing: &'static [Stage]) -> Option<Figure> {
    let counts = of.is_none_or(|of| of == stage);
    figure.filter(|_| counts).map(|figure| ((2.0 * figure).round() as i128, of.is_none().then_some(sharing)))
}

/// The limit for so many pupils; `None` where they are not tested.
fn limit(rule: &Rule, n: i64) -> Option<f64> {
    for exemption in &rule.exempt {
        let Predicate::PupilsLt(count) = exemption.when else { panic!("these counties exempt by pupils") };
        if n < count {
            return if exemption.skip { None } else { exemption.limit.or(Some(rule.limit)) };
        }
    }
    Some(rule.limit)
}
