//! Metrics `boarders` and `dormitory_space`: who boards, and how much room boarders have (寄宿).

use super::calendar::{InForce, must_not_worsen};
use super::holdings::{self, clean};
use super::lowering::Lowering;
use super::scope::{self, Applied};
use super::view::{Row, Subject, YearView};
use super::{Entry, Level, Measurement, Metric};
use crate::domain::resource::Quantity;
use crate::domain::rule::{Comparison, Rule};
use crate::id::SiteId;
use crate::units::{Pupils, Year};

/// Pupils who board at a site.
pub struct Boarders;

/// Room in the dormitories of a site for each boarder.
pub struct DormitorySpace;

/// The operating sites in a rule's scope with the boarders there in grades of its scope.
fn boarders<'v>(rule: &'v Rule, view: &'v YearView<'_>) -> impl Iterator<Item = (SiteId, Pupils)> + 'v {
    let scenario = view.ground.scenario;
    let grades = scope::grades(scenario, rule);
    view.sites
        .entries()
        .filter(move |(site, here)| here.state.operating && scope::site(scenario, rule, *site, &here.state))
        .map(move |(site, _)| {
            let boards = |row: &&Row| row.boarding && row.site == site && grades.contains(&row.grade);
            (site, view.rows.iter().filter(boards).map(|row| row.pupils).sum())
        })
}

impl Metric for Boarders {
    fn name(&self) -> &'static str {
        "boarders"
    }

    fn unit(&self) -> &'static str {
        "pupils"
    }

    fn level(&self) -> Level {
        Level::Site
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         The pupils in grades of the rule's scope who board at a site.\n\n\
         ### Formula\n\
         The sum of boarders; a site without any is not tested. With limit 0 nobody of these grades may board. Excess: \
         boarders above the limit.\n\n\
         ### Source\n\
         国办发〔2018〕27号: grades 1 to 3 live at home, 4 to 6 mainly.\n\n\
         ### How it enters the kernel\n\
         Exact, in rules that ask for no kind of site: a row for every site over the ways of boarders. Relaxed in others: it \
         then binds where every state of the site is in scope."
    }

    fn entry(&self) -> Entry {
        Entry::Exact
    }

    fn enters(&self, rule: &Rule, years: &[Year]) -> Entry {
        let scope = &rule.scope;
        let of_kinds = !scope.kinds.is_empty() || !scope.exclude_kinds.is_empty() || scope.integrated.is_some();
        let growing = years.iter().any(|&year| must_not_worsen(rule, year));
        if of_kinds || growing { Entry::Relaxed } else { Entry::Exact }
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtMost]
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        boarders(rule, view)
            .map(|(site, pupils)| {
                if pupils == Pupils::ZERO {
                    return Measurement::not_applicable(rule, Subject::Site(site));
                }
                Measurement::judge(rule, Subject::Site(site), pupils.as_f64(), Applied::base(rule))
            })
            .collect()
    }

    fn constrain(&self, rule: &InForce<'_>, lowering: &mut dyn Lowering) {
        let scenario = rule.ground.scenario;
        let grades = scope::grades(scenario, rule.rule);
        for (year, price) in rule.years().filter(|&(_, price)| price > 0.0 && !grades.is_empty()) {
            let always = |&site: &SiteId| {
                let states = lowering.states(site, year);
                states.iter().filter(|state| state.operating).all(|state| scope::site(scenario, rule.rule, site, state))
            };
            let sites: Vec<SiteId> = scenario.district.sites.ids().filter(always).collect();
            lowering.limit_boarders(&rule.rule.id, year, &grades, &sites, rule.rule.limit, price);
        }
    }
}

impl Metric for DormitorySpace {
    fn name(&self) -> &'static str {
        "dormitory_space"
    }

    fn unit(&self) -> &'static str {
        "m²/boarder"
    }

    fn level(&self) -> Level {
        Level::Site
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         The usable area of the dormitories of a site for each pupil who boards there.\n\n\
         ### Formula\n\
         `dormitory area / boarders`, with the area of all rows of the site in `resources.csv`; a site without boarders is not \
         tested, one without a known area waits for data. Excess: m² lacking. That there are beds enough is no rule but a \
         condition of every plan.\n\n\
         ### Source\n\
         寄宿制学校生活卫生设施建设与管理规范: at least 3 m² for a boarder.\n\n\
         ### How it enters the kernel\n\
         Checked after."
    }

    fn entry(&self) -> Entry {
        Entry::CheckedAfter
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtLeast]
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        boarders(rule, view)
            .map(|(site, pupils)| {
                let area = holdings::of_site(view.ground, site, &view.sites[site].state, Quantity::DormitoryArea);
                match area {
                    _ if pupils == Pupils::ZERO => Measurement::not_applicable(rule, Subject::Site(site)),
                    None => Measurement::pending(rule, Subject::Site(site)),
                    Some(area) => {
                        let value = clean(area / pupils.as_f64());
                        Measurement::judge(rule, Subject::Site(site), value, Applied::base(rule))
                    }
                }
            })
            .collect()
    }

    fn constrain(&self, _rule: &InForce<'_>, _lowering: &mut dyn Lowering) {}
}
