//! Metric `class_size_max`: the largest class of a section (班额).

use super::calendar::InForce;
use super::classes::{ClassNeed, fewest, joint_grades};
use super::lowering::{ClassClaim, Lowering, Place};
use super::scope::{self, SiteFacts};
use super::view::{GroupView, Subject, YearView};
use super::{Entry, Level, Measurement, Metric, Outcome, ParamKind, ParamSpec, params};
use crate::domain::rule::{Comparison, Rule};
use crate::id::GradeId;
use crate::units::{Classes, Pupils};

/// The largest class of a section.
pub struct ClassSizeMax;

impl Metric for ClassSizeMax {
    fn name(&self) -> &'static str {
        "class_size_max"
    }

    fn unit(&self) -> &'static str {
        "pupils/class"
    }

    fn level(&self) -> Level {
        Level::Section
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         The largest class of a section: one stage at one site.\n\n\
         ### Formula\n\
         For every grade with `n` pupils in `c` classes: the largest class of the roster where one is given, else \
         `ceil(n / c)`; joint classes (复式, 混龄) count the pupils of all their grades, unless `joint` leaves them out. The \
         value is the largest over the grades. Pupils without a class fail; a section without pupils is not tested. In plan years a grade has the fewest classes \
         that meet the rule, `c = ceil(n / K)`, within the rooms of its site; where rooms are lacking, the classes are as \
         even as can be. Rolls known by stage only are tested as `ceil(N / K) <= rooms`. \
         Excess (what a soft price is paid for): classrooms lacking, `sum of ceil(n / K) - c`.\n\n\
         ### Source\n\
         教督〔2017〕6号, 政府保障 五: all classes at most 45 (primary) and 50 (junior). `ceil(n/c) <= K` is the same as \
         `n <= K c`.\n\n\
         ### How it enters the kernel\n\
         Exact: the sum over grades of `ceil(n / K)` is at most the rooms of the site's state, shared by all its sections. \
         Relaxed for joint classes."
    }

    fn entry(&self) -> Entry {
        Entry::Exact
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtMost]
    }

    fn least_limit(&self) -> f64 {
        1.0
    }

    fn params(&self) -> &'static [ParamSpec] {
        &[ParamSpec {
            name: "joint",
            kind: ParamKind::Word { default: "any", of: &["any", "only", "none"] },
            required: false,
            doc: "Whether the rule is about all classes, about joint classes of several grades only, or about none of those.",
        }]
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        let ground = view.ground;
        let grades = scope::grades(ground.scenario, rule);
        let mut all = Vec::new();
        for (site, here) in view.sites.entries() {
            if !here.state.operating || !scope::site(ground.scenario, rule, site, &here.state) {
                continue;
            }
            for &stage in here.state.kind.stages() {
                if !grades.iter().any(|&grade| ground.scenario.district.grades[grade].stage == stage) {
                    continue;
                }
                let subject = Subject::Section(site, stage);
                let tested: Vec<&GroupView> = here
                    .groups_of(stage)
                    .filter(|group| group.pupils > Pupils::ZERO && covers(rule, &grades, &group.grades))
                    .collect();
                let pupils = tested.iter().map(|group| group.pupils).sum();
                if tested.is_empty() || !scope::enough_pupils(rule, pupils) {
                    all.push(Measurement::not_applicable(rule, subject));
                    continue;
                }
                let facts = SiteFacts { ground, site, state: here.state, pupils: Some(pupils) };
                all.push(judge(rule, subject, &tested, scope::applied(rule, &facts)));
            }
        }
        all
    }

    fn constrain(&self, rule: &InForce<'_>, lowering: &mut dyn Lowering) {
        let (ground, scenario) = (rule.ground, rule.ground.scenario);
        let grades = scope::grades(scenario, rule.rule);
        for (year, price) in rule.years() {
            for site in scenario.district.sites.ids() {
                for state in lowering.states(site, year) {
                    let facts = SiteFacts { ground, site, state, pupils: None };
                    let in_scope = state.operating && scope::site(scenario, rule.rule, site, &state);
                    let (true, Some(size)) = (in_scope, scope::loosest(rule.rule, &facts)) else { continue };
                    for &stage in state.kind.stages() {
                        let mut needs: Vec<ClassNeed> = grades
                            .iter()
                            .filter(|&&grade| scenario.district.grades[grade].stage == stage)
                            .map(|&grade| ClassNeed { grades: joint_grades(ground, site, grade), size: size as i64 })
                            .filter(|need| covers(rule.rule, &grades, &need.grades))
                            .collect();
                        needs.sort();
                        needs.dedup();
                        if needs.is_empty() {
                            continue;
                        }
                        let ceiling = rule.ceiling(year, Subject::Section(site, stage));
                        let ceiling = ceiling.map(|lacking| Classes(lacking.floor() as i64));
                        let claim = ClassClaim { needs, price, ceiling };
                        lowering.claim_classes(&rule.rule.id, &Place { site, year, state }, claim);
                    }
                }
            }
        }
    }
}

/// Whether a rule on class sizes, with the grades of its scope, is about classes of these grades.
pub fn covers(rule: &Rule, scope: &[GradeId], grades: &[GradeId]) -> bool {
    let wanted = match params::word(rule, "joint", "any") {
        "only" => grades.len() > 1,
        "none" => grades.len() == 1,
        _ => true,
    };
    wanted && grades.iter().any(|grade| scope.contains(grade))
}

fn judge(rule: &Rule, subject: Subject, groups: &[&GroupView], applied: scope::Applied) -> Measurement {
    let mut value = Some(0);
    let mut lacking = 0;
    for group in groups {
        let classes = group.classes.unwrap_or(Classes::ZERO);
        let largest = largest_class(group).filter(|_| classes > Classes::ZERO);
        value = value.and_then(|so_far: i64| largest.map(|largest| so_far.max(largest)));
        lacking += (fewest(group.pupils, applied.limit as i64) - classes).0.max(0);
    }
    let measured = match value {
        Some(value) => Measurement::judge(rule, subject, value as f64, applied),
        None => Measurement {
            limit: applied.limit,
            exemption: applied.exemption,
            outcome: if applied.skip { Outcome::PassRelaxed } else { Outcome::Fail },
            ..Measurement::not_applicable(rule, subject)
        },
    };
    let excess = if measured.outcome == Outcome::Fail { lacking as f64 } else { 0.0 };
    Measurement { excess, ..measured }
}

/// The largest class of a group, from the roster or an even split; `None` for pupils without a class.
pub fn largest_class(group: &GroupView) -> Option<i64> {
    match (&group.roster, group.classes) {
        (Some(roster), _) => roster.iter().map(|size| size.0).max(),
        (None, Some(classes)) if classes > Classes::ZERO => {
            Some((group.pupils.0 + classes.0 - 1).div_euclid(classes.0))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::district::{Group, SiteKind, Stage};
    use crate::domain::fixture::{county, grade, group, rule};
    use crate::metric::fixture::pack_rules;
    use crate::metric::ground::Ground;
    use crate::travel::Travel;
    use crate::units::Year;

    /// The outcome and value of the pack's rule on one section with the given groups at the baseline.
    fn tested(stage: Stage, groups: Vec<Group>) -> Measurement {
        let mut scenario = county(&[2025]);
        let kind = if stage == Stage::Primary { SiteKind::Primary } else { SiteKind::Junior };
        let site = scenario.with_site("s", kind, 30, 0.0);
        scenario.with_section(site, stage, groups);
        let rules = pack_rules("cn.dd6");
        let id = if stage == Stage::Primary { "cn.dd6.gov05.primary" } else { "cn.dd6.gov05.junior" };
        let rule = rules.iter().find(|rule| rule.id == id).unwrap();
        let travel = Travel::new(&scenario);
        let ground = Ground::new(&scenario, &travel);
        let measured = ClassSizeMax.measure(rule, &YearView::untouched(&ground, Year(2024)));
        assert_eq!(measured.len(), 1);
        assert_eq!(measured[0].subject, Subject::Section(site, stage));
        measured[0]
    }

    /// Number of pupils, classes, largest class and outcome, as the standards table them.
    #[test]
    fn the_class_size_vectors_of_the_standards_hold() {
        let vectors = [
            (Stage::Primary, 90, 2, Some(45.0), Outcome::Pass),
            (Stage::Primary, 91, 2, Some(46.0), Outcome::Fail),
            (Stage::Primary, 137, 3, Some(46.0), Outcome::Fail),
            (Stage::Primary, 138, 3, Some(46.0), Outcome::Fail),
            (Stage::Primary, 0, 0, None, Outcome::NotApplicable),
            (Stage::Primary, 30, 0, None, Outcome::Fail),
            (Stage::Junior, 150, 3, Some(50.0), Outcome::Pass),
            (Stage::Junior, 151, 3, Some(51.0), Outcome::Fail),
        ];
        for (stage, pupils, classes, value, outcome) in vectors {
            let number = *stage.grades().start();
            let measured = tested(stage, vec![group(number, pupils, Some(classes))]);
            assert_eq!((measured.value, measured.outcome), (value, outcome), "{pupils} pupils in {classes} classes");
        }
    }

    #[test]
    fn a_roster_counts_rather_than_an_even_split() {
        for (roster, largest) in [(vec![52, 40], 52.0), (vec![46, 44], 46.0)] {
            let pupils = roster.iter().sum();
            let roster = Some(roster.into_iter().map(Pupils).collect());
            let with_roster = Group { roster, ..group(1, pupils, Some(2)) };
            let measured = tested(Stage::Primary, vec![with_roster]);
            assert_eq!((measured.value, measured.outcome), (Some(largest), Outcome::Fail));
        }
        assert_eq!(tested(Stage::Primary, vec![group(1, 90, Some(2))]).outcome, Outcome::Pass);
    }

    #[test]
    fn a_rule_may_be_about_joint_classes_only_or_about_none() {
        let mut scenario = county(&[2025]);
        let site = scenario.with_site("s", SiteKind::Primary, 30, 0.0);
        let joint = Group { grades: vec![grade(1), grade(2)], ..group(1, 31, Some(1)) };
        scenario.with_section(site, Stage::Primary, vec![joint, group(3, 26, Some(1))]);
        let travel = Travel::new(&scenario);
        let ground = Ground::new(&scenario, &travel);
        let view = YearView::untouched(&ground, Year(2024));
        let value = |joint: &str| {
            let text = format!(
                "id = \"r\"\nmetric = \"class_size_max\"\nop = \"<=\"\nlimit = 25\nseverity = \"hard\"\nparams = {{ joint = \"{joint}\" }}\n"
            );
            ClassSizeMax.measure(&rule(&text), &view)[0].value
        };
        assert_eq!(["any", "only", "none"].map(value), [Some(31.0), Some(31.0), Some(26.0)]);
    }

    #[test]
    fn one_large_grade_fails_the_section_and_joint_classes_count_all_their_grades() {
        let measured = tested(Stage::Primary, vec![group(1, 45, Some(1)), group(2, 46, Some(1)), group(3, 9, Some(1))]);
        assert_eq!((measured.value, measured.outcome, measured.excess), (Some(46.0), Outcome::Fail, 1.0));
        let joint = Group { grades: vec![grade(1), grade(2), grade(3)], ..group(1, 46, Some(1)) };
        assert_eq!(tested(Stage::Primary, vec![joint]).outcome, Outcome::Fail);
    }
}
