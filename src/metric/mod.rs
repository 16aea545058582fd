//! What rules measure: a catalogue of metrics, each measured on a year of a plan, limited by rules as data, and lowered
//! to what the optimiser must keep to.
//!
//! No limit, weight or year stands here: they come from the [`Rule`]. A metric adds a file here and a line to
//! [`catalogue::ALL`]; help, documentation and validation are generated from that list.

pub mod band;
pub mod boarders;
pub mod boarding;
pub mod budget;
pub mod calendar;
pub mod catalogue;
pub mod class_size_max;
pub mod classes;
pub mod closures;
pub mod cohort;
pub mod consultation;
#[cfg(test)]
mod expected_tests;
#[cfg(test)]
pub mod fixture;
pub mod grade_min;
pub mod ground;
pub mod holdings;
pub mod indicator_cv;
pub mod indicator_value;
pub mod large_class_share;
pub mod legal_size;
pub mod lowering;
pub mod most_pupils;
pub mod moved_pupils;
pub mod oversize_classes;
pub mod oversized;
pub mod params;
pub mod posts;
pub mod posts_lacking;
pub mod prospect;
pub mod protected;
pub mod public_funds;
pub mod reference;
pub mod reported;
#[cfg(test)]
mod resource_tests;
pub mod scope;
pub mod seat_margin;
pub mod section;
pub mod seven_pass;
pub mod site_classes;
pub mod site_min_size;
pub mod site_size;
pub mod sites_per_area;
pub mod special_rooms;
#[cfg(test)]
mod tests;
pub mod travel_cap;
pub mod travel_share_over;
pub mod view;
pub mod zoning_share;

pub use crate::domain::rule::Outcome;
use crate::domain::rule::{Category, Comparison, Rule};
use crate::units::Year;
use calendar::InForce;
use lowering::Lowering;
use view::{Subject, YearView};

/// A quantity that rules can limit.
pub trait Metric: Sync {
    /// The name in rule files.
    fn name(&self) -> &'static str;

    /// The unit of values and limits.
    fn unit(&self) -> &'static str;

    /// What it is measured on.
    fn level(&self) -> Level;

    /// What this very rule is measured on, where that differs from [`Metric::level`].
    fn measured_on(&self, _rule: &Rule) -> Level {
        self.level()
    }

    /// Markdown with the headings *Measures*, *Formula*, *Source* and *How it enters the kernel*.
    fn doc(&self) -> &'static str;

    /// How faithfully a hard or soft rule on it enters the kernel.
    fn entry(&self) -> Entry;

    /// How faithfully this very rule enters the kernel in a plan of these years, where that differs from
    /// [`Metric::entry`].
    fn enters(&self, _rule: &Rule, _years: &[Year]) -> Entry {
        self.entry()
    }

    /// Comparisons that make sense for it.
    fn comparisons(&self) -> &'static [Comparison];

    /// The least limit that makes sense.
    fn least_limit(&self) -> f64 {
        0.0
    }

    /// The parameters that it takes.
    fn params(&self) -> &'static [ParamSpec] {
        &[]
    }

    /// The value of every subject in the rule's scope, with the limit that applies and the outcome.
    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement>;

    /// Puts the rule on plans. Does nothing for metrics that are [`Entry::CheckedAfter`].
    fn constrain(&self, rule: &InForce<'_>, lowering: &mut dyn Lowering);
}

/// What a metric is measured on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// One stage at one site.
    Section,
    /// A campus.
    Site,
    /// A legal person.
    School,
    /// A township or street.
    Area,
    /// The pupils of one residential unit.
    Unit,
    /// The whole county.
    County,
    /// The plan as a whole.
    Plan,
}

/// How a rule enters the kernel problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// Every plan that the kernel allows keeps the rule, and the other way round.
    Exact,
    /// The kernel allows every plan that keeps the rule and some that do not; the rest is checked on the finished plan.
    Relaxed,
    /// The kernel does not know the rule; it is checked on the finished plan.
    CheckedAfter,
}

/// A parameter that a metric takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParamSpec {
    /// The name in rule files.
    pub name: &'static str,
    /// Type and default.
    pub kind: ParamKind,
    /// Whether it must be given.
    pub required: bool,
    /// What it does.
    pub doc: &'static str,
}

/// Type and default of a parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ParamKind {
    /// A switch.
    Flag {
        /// Value when absent.
        default: bool,
    },
    /// A number.
    Number {
        /// Least value allowed.
        min: f64,
    },
    /// Any name.
    Name,
    /// One of several words.
    Word {
        /// Value when absent.
        default: &'static str,
        /// The words.
        of: &'static [&'static str],
    },
}

/// A value of a metric held against a rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measurement {
    /// What was measured.
    pub subject: Subject,
    /// The value, in the unit of the metric; `None` where there is none.
    pub value: Option<f64>,
    /// The limit that applied, after exemptions.
    pub limit: f64,
    /// The result in this year alone.
    pub outcome: Outcome,
    /// What one unit of a soft rule's price is paid for: by how much the limit is missed, in the unit that the metric's
    /// documentation names; 0 where the rule holds.
    pub excess: f64,
    /// Position in [`Rule::exempt`] of the exemption that changed the limit.
    pub exemption: Option<usize>,
    /// How the subject stands on a set of indicators, for metrics that are about one.
    pub category: Option<Category>,
}

impl Measurement {
    /// Holds `value` against the rule's base limit and the limit that applies. The excess is the plain distance from the
    /// limit; metrics with another unit of excess replace it.
    pub fn judge(rule: &Rule, subject: Subject, value: f64, applied: scope::Applied) -> Self {
        let outcome = if rule.op.holds(value, rule.limit) {
            Outcome::Pass
        } else if applied.skip || rule.op.holds(value, applied.limit) {
            Outcome::PassRelaxed
        } else {
            Outcome::Fail
        };
        let excess = if outcome == Outcome::Fail { rule.op.excess(value, applied.limit) } else { 0.0 };
        Self {
            subject,
            value: Some(value),
            limit: applied.limit,
            outcome,
            excess,
            exemption: applied.exemption,
            category: None,
        }
    }

    /// A subject to which the rule does not apply this year.
    pub fn not_applicable(rule: &Rule, subject: Subject) -> Self {
        Self {
            subject,
            value: None,
            limit: rule.limit,
            outcome: Outcome::NotApplicable,
            excess: 0.0,
            exemption: None,
            category: None,
        }
    }

    /// A subject whose value is not known.
    pub fn pending(rule: &Rule, subject: Subject) -> Self {
        Self { outcome: Outcome::Pending, ..Self::not_applicable(rule, subject) }
    }
}
