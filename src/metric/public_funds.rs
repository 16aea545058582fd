//! Metrics `public_funds` and `funds_per_pupil`: what the county budgets for the running of schools (公用经费).

use super::calendar::InForce;
use super::holdings::{self, clean};
use super::lowering::Lowering;
use super::scope::Applied;
use super::section::tested;
use super::view::{Subject, YearView};
use super::{Entry, Level, Measurement, Metric, ParamKind, ParamSpec, params};
use crate::domain::district::Stage;
use crate::domain::resource::Quantity;
use crate::domain::rule::{Comparison, Rule};
use crate::id::SiteId;
use crate::units::Pupils;

/// What the county budgets for the running of schools.
pub struct PublicFunds;

/// What a school has for each pupil.
pub struct FundsPerPupil;

const fn rate(name: &'static str, doc: &'static str) -> ParamSpec {
    ParamSpec { name, kind: ParamKind::Number { min: 0.0 }, required: false, doc }
}

const SMALL: [ParamSpec; 2] = [
    rate("small_pupils", "A section with fewer pupils is small; none is when absent."),
    rate("counted_as", "Pupils that a small section counts as having at least; its own when absent."),
];

/// The pupils that a section is funded for: at least `counted_as` where it is small.
fn funded_pupils(rule: &Rule, pupils: f64) -> f64 {
    if is_small(rule, pupils) { pupils.max(params::number_or(rule, "counted_as", 0.0)) } else { pupils }
}

fn is_small(rule: &Rule, pupils: f64) -> bool {
    params::number(rule, "small_pupils").is_some_and(|most| pupils < most)
}

/// The budget of a section by the rates of a rule, in yuan.
fn budget(rule: &Rule, stage: &str, pupils: f64, boarders: f64, teachers: f64) -> f64 {
    let small = is_small(rule, pupils);
    let base = funded_pupils(rule, pupils) * params::number_or(rule, stage, 0.0)
        + boarders * params::number_or(rule, "boarder", 0.0);
    let floored = small || params::word(rule, "floor_for", "small") == "all";
    let floor = if floored { params::number_or(rule, "floor", 0.0) } else { 0.0 };
    let teachers = if small { teachers * params::number_or(rule, "per_teacher", 0.0) } else { 0.0 };
    base.max(floor) + teachers
}

/// The budget of every section that a rule funds: site, stage, pupils, yuan a year.
pub fn by_section(rule: &Rule, view: &YearView<'_>) -> Vec<(SiteId, Stage, Pupils, f64)> {
    let grades = &view.ground.scenario.district.grades;
    tested(rule, view)
        .iter()
        .filter(|section| section.applied(rule, view).is_some())
        .map(|section| {
            let boards = |row: &&super::view::Row| {
                row.boarding && row.site == section.site && grades[row.grade].stage == section.stage
            };
            let boarders: i64 = view.rows.iter().filter(boards).map(|row| row.pupils.0).sum();
            let teachers = holdings::amount(rule, view, section, Quantity::Teachers).unwrap_or(0.0);
            let pupils = section.pupils();
            let yuan = budget(rule, section.stage.name(), pupils.as_f64(), boarders as f64, teachers);
            (section.site, section.stage, pupils, yuan)
        })
        .collect()
}

impl Metric for PublicFunds {
    fn name(&self) -> &'static str {
        "public_funds"
    }

    fn unit(&self) -> &'static str {
        "yuan"
    }

    fn level(&self) -> Level {
        Level::County
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         What the county budgets in a year for the running of the sections in scope, by fixed rates.\n\n\
         ### Formula\n\
         For a section with `n` pupils: `max(n, counted_as if n < small_pupils) x rate of the stage + boarders x boarder`, at \
         least `floor` for small sections (`floor_for = \"all\"`: for every section), plus `per_teacher` for each full-time \
         teacher of a small section where `staff.csv` gives them. Excess: yuan above the limit. A floor makes a small school \
         dear for each pupil; it is no price of keeping it, since the money comes from outside the plan.\n\n\
         ### Source\n\
         国发〔2015〕67号: schools below 100 pupils count as 100; rates and floors are the county's.\n\n\
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
        const PARAMS: [ParamSpec; 11] = [
            rate("kindergarten", "Yuan a year for a pupil of the stage; 0 when absent."),
            rate("primary", "Likewise."),
            rate("junior", "Likewise."),
            rate("senior", "Likewise."),
            rate("special", "Likewise."),
            rate("boarder", "Yuan a year more for a boarder."),
            SMALL[0],
            SMALL[1],
            rate("floor", "Least yuan a year of a section."),
            ParamSpec {
                name: "floor_for",
                kind: ParamKind::Word { default: "small", of: &["small", "all"] },
                required: false,
                doc: "Whether the floor holds for small sections or for all.",
            },
            rate("per_teacher", "Yuan a year for a full-time teacher of a small section, on top."),
        ];
        &PARAMS
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        let sections = by_section(rule, view);
        if sections.is_empty() {
            return vec![Measurement::not_applicable(rule, Subject::County)];
        }
        let sum: f64 = sections.iter().map(|&(.., yuan)| yuan).sum();
        vec![Measurement::judge(rule, Subject::County, clean(sum), Applied::base(rule))]
    }

    fn constrain(&self, _rule: &InForce<'_>, _lowering: &mut dyn Lowering) {}
}

impl Metric for FundsPerPupil {
    fn name(&self) -> &'static str {
        "funds_per_pupil"
    }

    fn unit(&self) -> &'static str {
        "yuan/pupil"
    }

    fn level(&self) -> Level {
        Level::Section
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         What a section was given for its running at the baseline, for each pupil that it counts as having.\n\n\
         ### Formula\n\
         `funds / n`, with `max(n, counted_as)` in place of `n` for sections below `small_pupils`; `funds` are those of \
         `resources.csv`. Plan years, whose budgets nobody has made yet, are not tested. Excess: yuan below the limit.\n\n\
         ### Source\n\
         教督〔2017〕6号, 政府保障 二、六、七.\n\n\
         ### How it enters the kernel\n\
         Checked after."
    }

    fn entry(&self) -> Entry {
        Entry::CheckedAfter
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtLeast]
    }

    fn params(&self) -> &'static [ParamSpec] {
        &SMALL
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        if !holdings::known(view.ground, Quantity::Funds) {
            return vec![Measurement::pending(rule, Subject::County)];
        }
        tested(rule, view)
            .iter()
            .map(|section| match section.applied(rule, view).filter(|_| view.baseline) {
                None => Measurement::not_applicable(rule, section.subject()),
                Some(applied) => match holdings::amount(rule, view, section, Quantity::Funds) {
                    None => Measurement::pending(rule, section.subject()),
                    Some(funds) => {
                        let value = clean(funds / funded_pupils(rule, section.pupils().as_f64()));
                        Measurement::judge(rule, section.subject(), value, applied)
                    }
                },
            })
            .collect()
    }

    fn constrain(&self, _rule: &InForce<'_>, _lowering: &mut dyn Lowering) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixture::rule;

    #[test]
    fn the_funding_vectors_of_the_standards_hold() {
        let text = "id = \"r\"\nmetric = \"public_funds\"\nop = \"<=\"\nlimit = 1e9\nseverity = \"report\"\n\
                    params = { primary = 720, special = 6000, small_pupils = 100, counted_as = 100, floor = 300000 }\n";
        let floored = rule(&text.replace("floor = ", "floor_for = \"all\", floor = "));
        let primary = |rule: &Rule, pupils: f64| budget(rule, "primary", pupils, 0.0, 0.0);
        assert_eq!([60.0, 100.0, 450.0].map(|n| primary(&floored, n)), [300_000.0, 300_000.0, 324_000.0]);
        assert_eq!(budget(&floored, "special", 104.0, 0.0, 0.0), 624_000.0);
        let small_only = rule(text);
        assert_eq!(
            [60.0, 99.0, 100.0, 450.0].map(|n| primary(&small_only, n)),
            [300_000.0, 300_000.0, 72_000.0, 324_000.0]
        );
        let bare = rule(&text.replace(", floor = 300000", ""));
        assert_eq!([60.0, 99.0, 100.0, 101.0].map(|n| primary(&bare, n)), [72_000.0, 72_000.0, 72_000.0, 72_720.0]);
    }

    #[test]
    fn boarders_and_the_teachers_of_small_schools_come_on_top() {
        let rule = rule(
            "id = \"r\"\nmetric = \"public_funds\"\nop = \"<=\"\nlimit = 1e9\nseverity = \"report\"\nparams = { primary = 720, \
             boarder = 300, small_pupils = 100, counted_as = 100, floor = 300000, per_teacher = 9000 }\n",
        );
        assert_eq!(budget(&rule, "primary", 200.0, 10.0, 12.0), 200.0 * 720.0 + 10.0 * 300.0);
        assert_eq!(budget(&rule, "primary", 60.0, 0.0, 6.0), 300_000.0 + 6.0 * 9000.0);
    }
}
