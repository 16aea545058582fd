//! Metrics `posts_lacking` and `posts_needed`: posts that a section lacks, and posts that the county needs (教职工编制).

use super::calendar::InForce;
use super::holdings::{self, clean};
use super::lowering::Lowering;
use super::posts::{self, PARAMS};
use super::scope::Applied;
use super::section::tested;
use super::view::{Subject, YearView};
use super::{Entry, Level, Measurement, Metric, ParamSpec};
use crate::domain::rule::{Comparison, Rule};

/// Posts that a section lacks.
pub struct PostsLacking;

/// Posts that the county needs.
pub struct PostsNeeded;

impl Metric for PostsLacking {
    fn name(&self) -> &'static str {
        "posts_lacking"
    }

    fn unit(&self) -> &'static str {
        "posts lacking"
    }

    fn level(&self) -> Level {
        Level::Section
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         How many posts a section lacks.\n\n\
         ### Formula\n\
         `max(0, need - posts)` with `need = max(n / pupils_per_post, posts_per_class classes)`; the second only below \
         `small_pupils` where that is given. At the baseline `posts` are those of `staff.csv`. In plan years the county shares \
         out anew all posts that the sections in scope have at the baseline: whole posts for every need as far as they last, \
         what is left in proportion to need, so that no post is lost or made. Excess: posts lacking.\n\n\
         ### Source\n\
         中央编办发〔2014〕72号: 1:19 primary, 1:13.5 junior, small country schools by classes as well; 编随人走, 县域统筹.\n\n\
         ### How it enters the kernel\n\
         Checked after."
    }

    fn entry(&self) -> Entry {
        Entry::CheckedAfter
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtMost]
    }

    fn params(&self) -> &'static [ParamSpec] {
        PARAMS
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        if !holdings::known(view.ground, posts::counted(rule)) {
            return vec![Measurement::pending(rule, Subject::County)];
        }
        let sections = tested(rule, view);
        let (sections, out): (Vec<_>, Vec<_>) =
            sections.iter().partition(|section| section.applied(rule, view).is_some());
        let needs: Vec<f64> = sections.iter().map(|section| posts::needed(rule, section)).collect();
        let shared = if view.baseline { None } else { posts::total(rule, view) };
        let shared = shared.map(|total| posts::share_out(total, &needs));
        let mut all: Vec<Measurement> = sections
            .iter()
            .enumerate()
            .map(|(at, section)| {
                let given = match &shared {
                    Some(shared) => Some(shared[at] as f64),
                    None if view.baseline => holdings::amount(rule, view, section, posts::counted(rule)),
                    None => None,
                };
                match (given, section.applied(rule, view)) {
                    (Some(given), Some(applied)) => {
                        let lacking = clean((needs[at] - given).max(0.0));
                        Measurement::judge(rule, section.subject(), lacking, applied)
                    }
                    _ => Measurement::pending(rule, section.subject()),
                }
            })
            .collect();
        all.extend(out.iter().map(|section| Measurement::not_applicable(rule, section.subject())));
        all.sort_by_key(|one| one.subject);
        all
    }

    fn constrain(&self, _rule: &InForce<'_>, _lowering: &mut dyn Lowering) {}
}

impl Metric for PostsNeeded {
    fn name(&self) -> &'static str {
        "posts_needed"
    }

    fn unit(&self) -> &'static str {
        "posts"
    }

    fn level(&self) -> Level {
        Level::County
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         How many posts the sections in scope need together.\n\n\
         ### Formula\n\
         The sum of the needs of `posts_lacking`. Excess: posts above the limit.\n\n\
         ### Source\n\
         中央编办发〔2014〕72号; 教督〔2017〕6号, 政府保障 十: within the posts approved for the county.\n\n\
         ### How it enters the kernel\n\
         Checked after."
    }

    fn entry(&self) -> Entry {
        Entry::CheckedAfter
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtMost]
    }

    fn params(&self) -> &'static [ParamSpec] {
        PARAMS
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        let sections = tested(rule, view);
        let needs = sections.iter().filter(|section| section.applied(rule, view).is_some());
        let sum: f64 = needs.map(|section| posts::needed(rule, section)).sum();
        vec![Measurement::judge(rule, Subject::County, clean(sum), Applied::base(rule))]
    }

    fn constrain(&self, _rule: &InForce<'_>, _lowering: &mut dyn Lowering) {}
}
