//! Metric `zoning_share`: the share of pupils who live in the zone of their school (就近划片入学比例).

use super::calendar::InForce;
use super::holdings::clean;
use super::lowering::Lowering;
use super::section::{Tested, tested};
use super::view::{Subject, YearView};
use super::{Entry, Level, Measurement, Metric, ParamKind, ParamSpec, params, scope};
use crate::domain::rule::{Comparison, Rule};

/// The share of pupils who live in the zone of their school.
pub struct ZoningShare;

impl Metric for ZoningShare {
    fn name(&self) -> &'static str {
        "zoning_share"
    }

    fn unit(&self) -> &'static str {
        "share"
    }

    fn level(&self) -> Level {
        Level::Section
    }

    fn measured_on(&self, rule: &Rule) -> Level {
        if by_pupils(rule) { Level::County } else { Level::Section }
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         The share of the pupils of a section, or with `basis = \"pupils\"` of all sections in scope together, who live in the \
         zone of their school.\n\n\
         ### Formula\n\
         At the baseline `zoned / pupils` from `sections.csv`; where it does not say how many live in the zone, the section \
         waits for data. In plan years the zone of a school is the units that the plan sends there, so that everybody lives \
         in it and the share is 1. Excess: the share that is lacking.\n\n\
         ### Source\n\
         教督〔2017〕6号, 政府保障 十三: 100 % of primary and 95 % of junior pupils of public day schools in cities and towns.\n\n\
         ### How it enters the kernel\n\
         Checked after; a plan meets it by what it is."
    }

    fn entry(&self) -> Entry {
        Entry::CheckedAfter
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtLeast]
    }

    fn params(&self) -> &'static [ParamSpec] {
        &[ParamSpec {
            name: "basis",
            kind: ParamKind::Word { default: "schools", of: &["schools", "pupils"] },
            required: false,
            doc: "Whether each section is tested or the pupils of all together.",
        }]
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        let district = &view.ground.scenario.district;
        let given =
            |section: &crate::domain::district::Section| section.groups.iter().any(|group| group.zoned.is_some());
        if !district.sections.iter().any(given) {
            return vec![Measurement::pending(rule, Subject::County)];
        }
        let sections = tested(rule, view);
        let of_all = || sections.iter().filter(|section| section.applied(rule, view).is_some());
        if by_pupils(rule) {
            let pupils: i64 = of_all().map(|section| section.pupils().0).sum();
            let zoned: Option<i64> = of_all().map(|section| zoned(view, section)).sum();
            return vec![match zoned {
                _ if pupils == 0 => Measurement::not_applicable(rule, Subject::County),
                None => Measurement::pending(rule, Subject::County),
                Some(zoned) => {
                    let value = clean(zoned as f64 / pupils as f64);
                    Measurement::judge(rule, Subject::County, value, scope::Applied::base(rule))
                }
            }];
        }
        sections
            .iter()
            .map(|section| match (section.applied(rule, view), zoned(view, section)) {
                (None, _) => Measurement::not_applicable(rule, section.subject()),
                (Some(_), None) => Measurement::pending(rule, section.subject()),
                (Some(applied), Some(zoned)) => {
                    let value = clean(zoned as f64 / section.pupils().as_f64());
                    Measurement::judge(rule, section.subject(), value, applied)
                }
            })
            .collect()
    }

    fn constrain(&self, _rule: &InForce<'_>, _lowering: &mut dyn Lowering) {}
}

fn by_pupils(rule: &Rule) -> bool {
    params::word(rule, "basis", "schools") == "pupils"
}

/// The pupils of a section who live in its zone; `None` where that is not known.
fn zoned(view: &YearView<'_>, section: &Tested<'_>) -> Option<i64> {
    if !view.baseline {
        return Some(section.pupils().0);
    }
    let district = &view.ground.scenario.district;
    let groups = &district.sections[view.ground.section(section.site, section.stage)?].groups;
    section
        .groups
        .iter()
        .map(|tested| groups.iter().find(|group| group.grades == tested.grades)?.zoned.map(|pupils| pupils.0))
        .sum()
}
