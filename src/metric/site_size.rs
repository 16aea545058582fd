//! Metric `site_size`: pupils of a campus (办学规模), per independent campus and not per legal person.

use super::calendar::InForce;
use super::lowering::{Lowering, Place};
use super::scope::{self, SiteFacts};
use super::view::{Subject, YearView};
use super::{Entry, Level, Measurement, Metric, ParamKind, ParamSpec};
use crate::domain::action::SiteState;
use crate::domain::rule::{Comparison, Rule};
use crate::domain::scenario::Scenario;
use crate::id::GradeId;

/// Pupils of a campus.
pub struct SiteSize;

/// The parameters of metrics with an exemption by age.
pub const PARAMS: &[ParamSpec] = &[ParamSpec {
    name: "expand_keeps_exemption",
    kind: ParamKind::Flag { default: false },
    required: false,
    doc: "Whether a site that the plan enlarges keeps an exemption by year of construction.",
}];

impl Metric for SiteSize {
    fn name(&self) -> &'static str {
        "site_size"
    }

    fn unit(&self) -> &'static str {
        "pupils/site"
    }

    fn level(&self) -> Level {
        Level::Site
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         The pupils of a campus in the stages of the rule's scope; the compulsory stages when it names none. Senior, \
         kindergarten and special pupils do not count unless named. A legal person with two campuses has two tests.\n\n\
         ### Formula\n\
         `N = sum of pupils over the grades in scope`, compared with the limit inclusively. Exemptions are tried in order; \
         an exemption by year of construction ends when the plan enlarges the site (`expand_keeps_exemption = true` keeps \
         it) and never applies to what the plan builds; the share of migrant workers' children is the baseline's. \
         Excess: pupils over the limit.\n\n\
         ### Source\n\
         教督〔2017〕6号, 政府保障 四: 2000 (single stage) and 2500 (一贯制); 2400 and 3000 where planned and built by 2010 or \
         more than half migrant.\n\n\
         ### How it enters the kernel\n\
         Exact: a joint capacity over the grades in scope, for every state that the site can be in. Relaxed where an \
         exemption depends on the number of pupils."
    }

    fn entry(&self) -> Entry {
        Entry::Exact
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtMost]
    }

    fn params(&self) -> &'static [ParamSpec] {
        PARAMS
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        measure_pupils(rule, view)
    }

    fn constrain(&self, rule: &InForce<'_>, lowering: &mut dyn Lowering) {
        constrain_pupils(rule, lowering);
    }
}

/// The grades whose pupils count at a site: those in scope that its kind offers; only compulsory ones when the rule names
/// no stage.
pub fn counted_grades(scenario: &Scenario, rule: &Rule, state: &SiteState) -> Vec<GradeId> {
    scope::grades(scenario, rule)
        .into_iter()
        .filter(|&grade| {
            let stage = scenario.district.grades[grade].stage;
            state.kind.stages().contains(&stage) && (!rule.scope.stages.is_empty() || stage.is_compulsory())
        })
        .collect()
}

/// Measures the pupils of every operating site in scope that offers a stage in scope.
pub(super) fn measure_pupils(rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
    let ground = view.ground;
    let mut all = Vec::new();
    for (site, here) in view.sites.entries() {
        if !here.state.operating || !scope::site(ground.scenario, rule, site, &here.state) {
            continue;
        }
        let grades = counted_grades(ground.scenario, rule, &here.state);
        if grades.is_empty() {
            continue;
        }
        let subject = Subject::Site(site);
        let pupils = here.pupils(|group| group.grades.iter().all(|grade| grades.contains(grade)));
        if !scope::enough_pupils(rule, pupils) || runs_out(rule, &here.state) {
            all.push(Measurement::not_applicable(rule, subject));
            continue;
        }
        let facts = SiteFacts { ground, site, state: here.state, pupils: Some(pupils) };
        all.push(Measurement::judge(rule, subject, pupils.as_f64(), scope::applied(rule, &facts)));
    }
    all
}

/// Whether a rule asks for pupils at a site that takes no more entrants: it gets smaller until it ceases, as it is meant to.
fn runs_out(rule: &Rule, state: &SiteState) -> bool {
    rule.op == Comparison::AtLeast && state.grades_gone > 0
}

/// Limits the pupils of every site in scope, in every state that it can operate in.
pub(super) fn constrain_pupils(rule: &InForce<'_>, lowering: &mut dyn Lowering) {
    for (year, price) in rule.years() {
        for site in rule.ground.scenario.district.sites.ids() {
            for state in lowering.states(site, year) {
                constrain_place(rule, lowering, &Place { site, year, state }, price);
            }
        }
    }
}

fn constrain_place(rule: &InForce<'_>, lowering: &mut dyn Lowering, place: &Place, price: f64) {
    let Place { site, year, state } = *place;
    let scenario = rule.ground.scenario;
    let facts = SiteFacts { ground: rule.ground, site, state, pupils: None };
    let in_scope = state.operating && scope::site(scenario, rule.rule, site, &state);
    let tested = in_scope && !runs_out(rule.rule, &state);
    let (true, Some(limit)) = (tested, scope::loosest(rule.rule, &facts)) else { return };
    let grades = counted_grades(scenario, rule.rule, &state);
    if grades.is_empty() {
        return;
    }
    let slack = rule.ceiling(year, Subject::Site(site));
    let bounds = |slack: f64| match rule.rule.op {
        Comparison::AtMost => (None, Some((limit + slack).floor() as i64)),
        Comparison::AtLeast => (Some((limit - slack).ceil() as i64), None),
        Comparison::Equal => (Some((limit - slack).ceil() as i64), Some((limit + slack).floor() as i64)),
    };
    if price > 0.0 {
        lowering.limit_load(&rule.rule.id, place, &grades, bounds(0.0), price);
    }
    if let Some(slack) = slack {
        lowering.limit_load(&rule.rule.id, place, &grades, bounds(slack), f64::INFINITY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::district::{SiteKind, Stage};
    use crate::domain::fixture::{county, group};
    use crate::metric::Outcome;
    use crate::metric::fixture::pack_rules;
    use crate::metric::ground::Ground;
    use crate::travel::Travel;
    use crate::units::{Pupils, Year};

    /// The results of both size rules of the pack on one site with pupils by stage.
    fn tested(kind: SiteKind, rolls: &[(Stage, i64)], built: i32, migrants: i64) -> Measurement {
        let mut scenario = county(&[2025]);
        let site = scenario.with_site("s", kind, 90, 0.0);
        scenario.district.sites[site].built_year = Some(Year(built));
        scenario.district.sites[site].migrants = Some(Pupils(migrants));
        for &(stage, pupils) in rolls {
            scenario.with_section(site, stage, vec![group(*stage.grades().start(), pupils, None)]);
        }
        let travel = Travel::new(&scenario);
        let ground = Ground::new(&scenario, &travel);
        let view = YearView::untouched(&ground, Year(2024));
        let rules = pack_rules("cn.dd6");
        let all: Vec<Measurement> = rules
            .iter()
            .filter(|rule| rule.metric == SiteSize.name())
            .flat_map(|rule| SiteSize.measure(rule, &view))
            .collect();
        assert_eq!(all.len(), 1, "a site is under exactly one of the two rules");
        all[0]
    }

    #[test]
    fn the_school_size_vectors_of_the_standards_hold() {
        use Outcome::{Fail, Pass, PassRelaxed};
        use Stage::{Junior, Primary, Senior};
        let single: [(i64, i32, i64, Outcome); 7] = [
            (2000, 2018, 0, Pass),
            (2001, 2011, 0, Fail),
            (2001, 2010, 0, PassRelaxed),
            (2400, 2010, 0, PassRelaxed),
            (2401, 2010, 0, Fail),
            (2300, 2016, 1151, PassRelaxed),
            (2300, 2016, 1150, Fail),
        ];
        for (pupils, built, migrants, outcome) in single {
            for (kind, stage) in [(SiteKind::Primary, Primary), (SiteKind::Junior, Junior)] {
                let measured = tested(kind, &[(stage, pupils)], built, migrants);
                assert_eq!(measured.outcome, outcome, "{pupils} pupils, built {built}, {migrants} migrants");
                assert_eq!(measured.value, Some(pupils as f64));
            }
        }
        let nine =
            |primary, junior, built| tested(SiteKind::NineYear, &[(Primary, primary), (Junior, junior)], built, 0);
        assert_eq!(nine(1500, 1000, 2018).outcome, Pass);
        assert_eq!(nine(1501, 1000, 2009).outcome, PassRelaxed);
        assert_eq!(nine(1501, 1000, 2018).outcome, Fail);
        assert_eq!(nine(2000, 1000, 2009).outcome, PassRelaxed);
        assert_eq!(nine(2001, 1000, 2009).outcome, Fail);
        let twelve = tested(SiteKind::TwelveYear, &[(Primary, 1300), (Junior, 1100), (Senior, 1800)], 2015, 0);
        assert_eq!((twelve.value, twelve.outcome), (Some(2400.0), Pass));
        let middle = tested(SiteKind::CompleteMiddle, &[(Junior, 1900), (Senior, 2500)], 2005, 0);
        assert_eq!((middle.value, middle.outcome), (Some(1900.0), Pass));
    }

    #[test]
    fn two_campuses_of_one_legal_person_are_tested_each_on_its_own() {
        let mut scenario = county(&[2025]);
        let first = scenario.with_site("a", SiteKind::Primary, 60, 0.0);
        let school = scenario.district.sites[first].school;
        let second = scenario.with_campus("b", school, SiteKind::Primary, 60, 1.0);
        scenario.with_section(first, Stage::Primary, vec![group(1, 1900, None)]);
        scenario.with_section(second, Stage::Primary, vec![group(1, 1500, None)]);
        let travel = Travel::new(&scenario);
        let ground = Ground::new(&scenario, &travel);
        let view = YearView::untouched(&ground, Year(2024));
        let rules = pack_rules("cn.dd6");
        let single = rules.iter().find(|rule| rule.id == "cn.dd6.gov04.single").unwrap();
        let outcomes: Vec<Outcome> = SiteSize.measure(single, &view).iter().map(|one| one.outcome).collect();
        assert_eq!(outcomes, [Outcome::Pass, Outcome::Pass]);
        let legal = crate::metric::legal_size::LegalSize.measure(single, &view);
        assert_eq!(legal.iter().map(|one| one.value).collect::<Vec<_>>(), [Some(3400.0)]);
    }
}
