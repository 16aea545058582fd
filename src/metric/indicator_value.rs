//! Metric `indicator_value`: one of the seven resource indicators of a section (资源配置指标).

pub mod expected;

use super::calendar::InForce;
use super::holdings::{self, WEIGHTS, clean};
use super::lowering::Lowering;
use super::section::{Tested, tested};
use super::view::{Subject, YearView};
use super::{Entry, Level, Measurement, Metric, ParamKind, ParamSpec, params};
use crate::domain::resource::Quantity;
use crate::domain::rule::{Comparison, Rule};

/// One of the seven resource indicators of a section.
pub struct IndicatorValue;

/// The indicators by their names in rules, each with what it counts and for how many pupils.
pub const INDICATORS: [(&str, Quantity, f64); 7] = [
    ("above_degree", Quantity::AboveDegree, 100.0),
    ("backbone", Quantity::Backbone, 100.0),
    ("arts_pe", Quantity::ArtsPe, 100.0),
    ("teaching_area", Quantity::TeachingArea, 1.0),
    ("sports_area", Quantity::SportsArea, 1.0),
    ("equipment", Quantity::Equipment, 1.0),
    ("media_rooms", Quantity::MediaRooms, 100.0),
];

/// The parameter that names the indicator.
pub const INDICATOR: ParamSpec = ParamSpec {
    name: "indicator",
    kind: ParamKind::Word {
        default: "above_degree",
        of: &["above_degree", "backbone", "arts_pe", "teaching_area", "sports_area", "equipment", "media_rooms"],
    },
    required: true,
    doc: "Teachers with a degree above the one required, backbone teachers, teachers of sports and arts, multimedia rooms \
          (each for 100 pupils); teaching area, sports area (m²) and equipment (yuan) for each pupil.",
};

/// What a rule's indicator counts and for how many pupils.
pub fn counted(rule: &Rule) -> (Quantity, f64) {
    let name = params::word(rule, INDICATOR.name, "above_degree");
    INDICATORS
        .iter()
        .find(|(known, ..)| *known == name)
        .map_or((Quantity::AboveDegree, 100.0), |&(_, quantity, per)| (quantity, per))
}

/// The value of a rule's indicator at a section with pupils; `None` where it is not known.
pub fn value(rule: &Rule, view: &YearView<'_>, section: &Tested<'_>) -> Option<f64> {
    let (quantity, per) = counted(rule);
    let amount = holdings::amount(rule, view, section, quantity)?;
    Some(clean(per * amount / section.pupils().as_f64()))
}

impl Metric for IndicatorValue {
    fn name(&self) -> &'static str {
        "indicator_value"
    }

    fn unit(&self) -> &'static str {
        "per 100 or per pupil"
    }

    fn level(&self) -> Level {
        Level::Section
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         One of the seven resource indicators of a section, for 100 pupils or for each pupil.\n\n\
         ### Formula\n\
         `100 x / n` for teachers with a degree above the one required, backbone teachers, teachers of sports and arts and \
         networked multimedia rooms; `x / n` for the area of teaching and auxiliary rooms without indoor sports halls, the \
         area of sports grounds with indoor sports halls, and the book value of equipment. What a row of `staff.csv` or \
         `resources.csv` gives for a site without a stage is shared by its stages in proportion to `n w`, with the weights of \
         the rule. What is not known waits for data; a section without pupils, or one that an exemption leaves out, is not \
         tested. In plan years a site has what it had at the baseline, what the plan has added by then and what schools have \
         brought that moved or merged. Excess: the distance from the limit.\n\n\
         ### Source\n\
         教督〔2017〕6号, 资源配置; joint schools share 1 : 1.1 : 1.32 in the forms of several cities.\n\n\
         ### How it enters the kernel\n\
         Relaxed: what a section has suffices for so many pupils, found with the arithmetic of the metric itself, and that is a limit on \
         its pupils. It is the rule where the amount is known with the state of the site: what stands there for the stage, or for a site with one \
         stage in play, and what the plan adds. Before a deadline it is the limit for the excess that is allowed. Where stages share \
         something, the pupils of the others count with their weights; but a section without pupils is not tested, so that the limit \
         on the weighted sum is drawn to the most pupils that the others may have without it. What schools may bring that may merge into the site \
         counts as if all came; where something of them is not known, nothing is limited. Where that is less than the rule, and a plan breaks it, the \
         level is solved again with a stricter form there: a limit on the weighted sum within which the rule holds whatever comes. The \
         bound stays that of all plans. A soft price is on a ratio: it becomes one on each pupil above those for whom it suffices, so low that \
         with no number of pupils the section pays more than the audit counts."
    }

    fn entry(&self) -> Entry {
        Entry::Relaxed
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtLeast]
    }

    fn params(&self) -> &'static [ParamSpec] {
        const PARAMS: [ParamSpec; 3] = [INDICATOR, WEIGHTS[0], WEIGHTS[1]];
        &PARAMS
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        if !holdings::known(view.ground, counted(rule).0) {
            return vec![Measurement::pending(rule, Subject::County)];
        }
        tested(rule, view)
            .iter()
            .map(|section| match section.applied(rule, view) {
                None => Measurement::not_applicable(rule, section.subject()),
                Some(applied) => match value(rule, view, section) {
                    None => Measurement::pending(rule, section.subject()),
                    Some(value) => Measurement::judge(rule, section.subject(), value, applied),
                },
            })
            .collect()
    }

    fn constrain(&self, rule: &InForce<'_>, lowering: &mut dyn Lowering) {
        expected::limit(rule, lowering);
    }
}
