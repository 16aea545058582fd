//! The indicator while the plan is open: what it will be with so many pupils, and for how many the limit is kept.

use super::{IndicatorValue, counted};
use crate::domain::district::Stage;
use crate::domain::rule::Rule;
use crate::id::{GradeId, SiteId};
use crate::metric::calendar::{self, InForce, Pressure, exceeds, pressure};
use crate::metric::ground::Ground;
use crate::metric::holdings::{self, clean, weight};
use crate::metric::lowering::{Lowering, Place};
use crate::metric::most_pupils::{self, Section, Side, Suffices};
use crate::metric::prospect::{Mix, Open, Prospect};
use crate::metric::scope::{self, Applied, SiteFacts};
use crate::metric::view::Subject;
use crate::metric::{Entry, Measurement, Metric, Outcome};
use crate::units::Pupils;

/// Far more than the rounding of the few operations of a value, relative to it, and far less than a figure with fifteen digits tells apart.
const ROUNDING: f64 = 1e-14;

/// An indicator of a section at a place.
pub struct Expected<'a> {
    /// The rule that names it.
    pub rule: &'a Rule,
    /// The grades whose pupils count.
    pub grades: Vec<GradeId>,
    ground: &'a Ground<'a>,
    place: &'a Place,
    /// For how many pupils it is counted.
    per: f64,
    prospect: Prospect,
}

impl<'a> Expected<'a> {
    /// The indicator of a stage that is taught at a place into which the schools of `coming` may merge; `None` where the rule does
    /// not cover the section or nothing is known of the indicator in the whole county.
    pub fn new(open: &Open<'a>, rule: &'a Rule, (place, stage): (&'a Place, Stage), coming: &[SiteId]) -> Option<Self> {
        let ground = open.ground;
        let (quantity, per) = counted(rule);
        let covers = scope::site(ground.scenario, rule, place.site, &place.state) && holdings::known(ground, quantity);
        let grades = open.counted(place.site, stage, &scope::grades(ground.scenario, rule));
        (covers && !grades.is_empty()).then(|| {
            let shares = weight(rule, stage) > 0.0;
            let prospect = open.prospect(place, (stage, shares), quantity, coming);
            Self { rule, grades, ground, place, per, prospect }
        })
    }

    /// What it may have on a side; `None` where it waits for data, on [`Side::May`] in some plans, on [`Side::Must`] in all.
    pub fn mix(&self, side: Side) -> Option<&Mix> {
        let Prospect { most, least } = &self.prospect;
        if side == Side::May { most.as_ref() } else { least.as_ref() }
    }

    /// Its value with so many pupils who have this part of what is shared; `None` where it waits for data.
    pub fn value(&self, pupils: i64, share: f64, side: Side) -> Option<f64> {
        let mix = self.mix(side)?;
        let rounding = if side == Side::May { 1.0 + ROUNDING } else { 1.0 - ROUNDING };
        Some(clean(self.per * (mix.own + mix.shared * share) / pupils as f64 * rounding))
    }

    /// The limit that applies to so many pupils; `None` where they are not tested.
    pub fn applied(&self, pupils: i64) -> Option<Applied> {
        applied(self.rule, self.ground, self.place, pupils)
    }
}

/// The limit of a rule that applies to a section with so many pupils; `None` where it is not tested.
pub fn applied(rule: &Rule, ground: &Ground<'_>, place: &Place, pupils: i64) -> Option<Applied> {
    let pupils = Some(Pupils(pupils));
    scope::tested(rule, &SiteFacts { ground, site: place.site, state: place.state, pupils })
}

/// An indicator that has to keep its limit, or miss it by no more than is allowed.
struct Kept<'a> {
    indicator: Expected<'a>,
    /// Most excess; `None` where the limit has to be kept.
    ceiling: Option<f64>,
}

impl Suffices for Kept<'_> {
    fn suffices(&self, pupils: i64, share: f64, side: Side) -> bool {
        let Some(value) = self.indicator.value(pupils, share, side) else { return true };
        let Some(applied) = self.indicator.applied(pupils) else { return true };
        is_kept(&Measurement::judge(self.indicator.rule, Subject::County, value, applied), self.ceiling)
    }

    fn steps(&self) -> Vec<i64> {
        scope::steps(self.indicator.rule)
    }

    fn shared(&self, side: Side) -> Vec<(&Rule, &Mix)> {
        let mix = self.indicator.mix(side).filter(|mix| mix.shared > 0.0);
        mix.map(|mix| (self.indicator.rule, mix)).into_iter().collect()
    }
}

/// Whether a measurement breaks no hard rule, or none that must not worsen beyond a ceiling.
pub fn is_kept(measured: &Measurement, ceiling: Option<f64>) -> bool {
    match ceiling {
        None => measured.outcome != Outcome::Fail,
        Some(most) => !exceeds(measured.excess, most),
    }
}

/// Puts the rule on every place at which it may bind.
pub fn limit(rule: &InForce<'_>, lowering: &mut dyn Lowering) {
    places(rule, lowering, &|open, (place, stage), pressing, lowering| {
        let coming = open.coming(place, lowering);
        let Some(indicator) = Expected::new(open, rule.rule, (place, stage), &coming) else { return };
        let ceiling = match pressing {
            Pressing::Priced(price) => return spread(open, &indicator, stage, price, lowering),
            Pressing::Hard => None,
            Pressing::UpTo(most) => Some(most),
        };
        let grades = indicator.grades.clone();
        let most_of = |other: Stage| most_of(open, (place, other), &coming);
        let section = Section { place, stage, grades: &grades, most_of: &most_of };
        most_pupils::keep(rule.rule, open, &section, &Kept { indicator, ceiling }, lowering);
    });
}

/// Prices the pupils above those for whom a section has enough. By how much the limit is missed grows with them, ever more slowly,
/// so that it lies above a line to what it comes to with the most pupils that the section may have; the line is what is priced.
fn spread(open: &Open<'_>, indicator: &Expected<'_>, stage: Stage, price: f64, lowering: &mut dyn Lowering) {
    let (rule, place) = (indicator.rule, indicator.place);
    let facts = SiteFacts { ground: open.ground, site: place.site, state: place.state, pupils: None };
    let (Some(limit), Some(_)) = (scope::loosest(rule, &facts), indicator.mix(Side::May)) else { return };
    let whole = indicator.grades.len() == open.ground.scenario.district.grades_of(stage).count();
    let all = open.pupils(place.year, &indicator.grades);
    let all = if whole { all.min(open.most_of(place, stage)) } else { all };
    let missed = |pupils: i64| indicator.value(pupils, 1.0, Side::May).map_or(0.0, |value| (limit - value).max(0.0));
    let fits = |pupils: i64| missed(pupils) == 0.0;
    if all == 0 || fits(all) {
        return;
    }
    let enough = if fits(1) { most_pupils::last(1, all, fits) } else { 0 };
    let first = enough + 1;
    // From the last who have enough, or from the first who have not, where little is missed yet.
    let from = |least: f64, start: i64| (missed(all) - least) / (all - start).max(1) as f64;
    let lines = [(enough, missed(first).min(from(0.0, enough))), (first, from(missed(first), first))];
    let reach = |&(start, each): &(i64, f64)| each * (all - start) as f64;
    if let Some((start, each)) = lines.into_iter().max_by(|a, b| reach(a).total_cmp(&reach(b)))
        && each > 0.0
    {
        lowering.limit_load(&rule.id, place, &indicator.grades, (None, Some(start)), each * price);
    }
}

/// How a rule presses on a section in a year.
#[derive(Debug, Clone, Copy)]
pub enum Pressing {
    /// It has to hold.
    Hard,
    /// It may be missed by so much.
    UpTo(f64),
    /// What it is missed by costs so much a unit.
    Priced(f64),
}

/// Puts a rule on a section.
type Put<'a> = dyn Fn(&Open<'_>, (&Place, Stage), Pressing, &mut dyn Lowering) + 'a;

/// Goes through the sections that a rule on indicators tests, in the years in which it presses.
pub fn places(rule: &InForce<'_>, lowering: &mut dyn Lowering, put: &Put<'_>) {
    let scenario = rule.ground.scenario;
    let open = Open::new(rule);
    for (year, price) in rule.years() {
        for site in scenario.district.sites.ids() {
            for state in lowering.states(site, year) {
                if !state.operating || !scope::site(scenario, rule.rule, site, &state) {
                    continue;
                }
                let place = Place { site, year, state };
                for stage in open.taught(&place) {
                    if price > 0.0 {
                        let pressing = if price.is_infinite() { Pressing::Hard } else { Pressing::Priced(price) };
                        put(&open, (&place, stage), pressing, lowering);
                    }
                    if let Some(most) = rule.ceiling(year, Subject::Section(site, stage)) {
                        put(&open, (&place, stage), Pressing::UpTo(most), lowering);
                    }
                }
            }
        }
    }
}

/// The most pupils that a stage may have at a place, as far as classrooms and hard rules on indicators say.
pub fn most_of(open: &Open<'_>, (place, stage): (&Place, Stage), coming: &[SiteId]) -> i64 {
    let scenario = open.ground.scenario;
    let all = open.most_of(place, stage);
    let hard = |rule: &&Rule| {
        rule.metric == IndicatorValue.name()
            && pressure(rule, place.year) == Pressure::Hard
            && calendar::entry(rule, &scenario.years) != Entry::CheckedAfter
    };
    let limits = scenario.rules.iter().filter(hard).filter_map(|rule| {
        let indicator = Expected::new(open, rule, (place, stage), coming)?;
        // Of a part of the stage only nothing is said of the rest.
        let whole = indicator.grades.len() == scenario.district.grades_of(stage).count();
        whole.then(|| most_pupils::most(&Kept { indicator, ceiling: None }, all, 1.0, Side::May))
    });
    limits.min().map_or(all, |most| most.min(all))
}
