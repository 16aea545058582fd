//! Metric `site_classes`: classes of a campus (办学规模, 班数).

use super::calendar::InForce;
use super::lowering::Lowering;
use super::scope::{self, SiteFacts};
use super::site_size::counted_grades;
use super::view::{GroupView, Subject, YearView};
use super::{Entry, Level, Measurement, Metric};
use crate::domain::rule::{Comparison, Rule};
use crate::units::{Classes, Pupils};

/// Classes of a campus.
pub struct SiteClasses;

impl Metric for SiteClasses {
    fn name(&self) -> &'static str {
        "site_classes"
    }

    fn unit(&self) -> &'static str {
        "classes"
    }

    fn level(&self) -> Level {
        Level::Site
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         The classes of a campus in the stages of the rule's scope; the compulsory stages when it names none.\n\n\
         ### Formula\n\
         The sum of classes over the grades in scope, in plan years the fewest that the rules on class size ask for. A campus \
         without pupils, or whose classes no rule sets, is not tested. Excess: classes beyond the limit.\n\n\
         ### Source\n\
         Design sizes: at most 36 classes in new primaries and junior middle schools, 45 in nine-year schools.\n\n\
         ### How it enters the kernel\n\
         Checked after."
    }

    fn entry(&self) -> Entry {
        Entry::CheckedAfter
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtMost, Comparison::AtLeast]
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
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
            let counted = |group: &&GroupView| group.grades.iter().all(|grade| grades.contains(grade));
            let groups: Vec<&GroupView> = here.groups.iter().filter(counted).collect();
            let pupils: Pupils = groups.iter().map(|group| group.pupils).sum();
            let classes: Option<Classes> = groups.iter().map(|group| group.classes).sum();
            let facts = SiteFacts { ground, site, state: here.state, pupils: Some(pupils) };
            let applied = scope::applied(rule, &facts);
            all.push(match classes {
                Some(classes) if pupils > Pupils::ZERO && !applied.skip => {
                    Measurement::judge(rule, Subject::Site(site), classes.as_f64(), applied)
                }
                _ => Measurement::not_applicable(rule, Subject::Site(site)),
            });
        }
        all
    }

    fn constrain(&self, _rule: &InForce<'_>, _lowering: &mut dyn Lowering) {}
}
