//! The catalogue of metrics: the one list from which rules are validated, lowered, measured and documented.

use super::calendar::{self, InForce, Untouched};
use super::ground::Ground;
use super::lowering::Lowering;
use super::{
    Entry, Metric, ParamKind, budget, class_size_max, closures, large_class_share, legal_size, moved_pupils,
    oversize_classes, protected, seat_margin, site_min_size, site_size, travel_cap, travel_share_over,
};
use crate::domain::rule::{Param, Rule, Severity};

/// Every metric, in the order of the documentation.
pub const ALL: &[&dyn Metric] = &[
    &class_size_max::ClassSizeMax,
    &oversize_classes::OversizeClasses,
    &large_class_share::LargeClassShare,
    &site_size::SiteSize,
    &legal_size::LegalSize,
    &site_min_size::SiteMinSize,
    &seat_margin::SeatMargin,
    &travel_cap::TRAVEL_DIST,
    &travel_cap::TRAVEL_TIME,
    &travel_share_over::TravelShareOver,
    &protected::Protected,
    &closures::Closures,
    &budget::Budget,
    &moved_pupils::MovedPupils,
];

/// The metric of a name.
pub fn find(name: &str) -> Option<&'static dyn Metric> {
    ALL.iter().copied().find(|metric| metric.name() == name)
}

/// The names of all metrics.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|metric| metric.name())
}

/// The name nearest to one that is not in the catalogue, if any is near.
pub fn nearest_name(name: &str) -> Option<&'static str> {
    nearest(name, names())
}

/// The candidate nearest to a misspelt word by Jaro-Winkler similarity, if one is at least 0.75 similar.
fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|&(similarity, _)| similarity >= 0.75)
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, candidate)| candidate)
}

/// What is wrong with a rule before it meets a county.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RuleFault {
    /// No metric has that name.
    #[error("rule {rule}: there is no metric {metric:?}{}", near(*.nearest))]
    UnknownMetric {
        /// The rule.
        rule: String,
        /// The name given.
        metric: String,
        /// The nearest name.
        nearest: Option<&'static str>,
    },
    /// The metric takes no such parameter.
    #[error("rule {rule}: metric {metric} takes no parameter {param:?}{}", near(*.nearest))]
    UnknownParam {
        /// The rule.
        rule: String,
        /// The metric.
        metric: &'static str,
        /// The parameter given.
        param: String,
        /// The nearest name.
        nearest: Option<&'static str>,
    },
    /// A parameter that the metric needs is not there.
    #[error("rule {rule}: metric {metric} needs the parameter {param}")]
    MissingParam {
        /// The rule.
        rule: String,
        /// The metric.
        metric: &'static str,
        /// The parameter.
        param: &'static str,
    },
    /// A parameter has the wrong type or is out of range.
    #[error("rule {rule}: parameter {param} must be {expected}")]
    WrongParam {
        /// The rule.
        rule: String,
        /// The parameter.
        param: &'static str,
        /// What is expected.
        expected: String,
    },
    /// The comparison makes no sense for the metric.
    #[error("rule {rule}: metric {metric} cannot be compared that way; allowed: {allowed}")]
    WrongComparison {
        /// The rule.
        rule: String,
        /// The metric.
        metric: &'static str,
        /// The comparisons allowed.
        allowed: String,
    },
    /// The limit is not a finite number of at least 0.
    #[error("rule {rule}: limit {limit} must be a number of at least {least}")]
    WrongLimit {
        /// The rule.
        rule: String,
        /// The limit given.
        limit: f64,
        /// The least limit that makes sense.
        least: f64,
    },
    /// The price is not a finite number above 0.
    #[error("rule {rule}: weight {weight} must be a number above 0")]
    WrongWeight {
        /// The rule.
        rule: String,
        /// The weight given.
        weight: f64,
    },
    /// A soft rule has no price.
    #[error("rule {rule}: a soft rule needs soft = {{ weight = ... }}")]
    NoWeight {
        /// The rule.
        rule: String,
    },
    /// The deadline lies before the first year.
    #[error("rule {rule}: deadline {deadline} lies before from = {from}")]
    DeadlineBeforeFrom {
        /// The rule.
        rule: String,
        /// The deadline.
        deadline: i32,
        /// The first year.
        from: i32,
    },
}

fn near(name: Option<&str>) -> String {
    name.map(|name| format!("; did you mean {name:?}?")).unwrap_or_default()
}

/// Checks a rule against the catalogue: the metric exists, its parameters have the right names and types, comparison,
/// limit, price and calendar make sense.
pub fn check(rule: &Rule) -> Vec<RuleFault> {
    let id = || rule.id.clone();
    let Some(metric) = find(&rule.metric) else {
        let nearest = nearest_name(&rule.metric);
        return vec![RuleFault::UnknownMetric { rule: id(), metric: rule.metric.clone(), nearest }];
    };
    let mut faults = Vec::new();
    for (name, value) in &rule.params {
        let Some(spec) = metric.params().iter().find(|spec| spec.name == name) else {
            faults.push(RuleFault::UnknownParam {
                rule: id(),
                metric: metric.name(),
                param: name.clone(),
                nearest: nearest(name, metric.params().iter().map(|spec| spec.name)),
            });
            continue;
        };
        let expected = match (spec.kind, value) {
            (ParamKind::Flag { .. }, Param::Flag(_)) => None,
            (ParamKind::Number { min }, Param::Number(number)) if number.is_finite() && *number >= min => None,
            (ParamKind::Word { of, .. }, Param::Word(word)) if of.contains(&word.as_str()) => None,
            (ParamKind::Flag { .. }, _) => Some("true or false".to_owned()),
            (ParamKind::Number { min }, _) => Some(format!("a number of at least {min}")),
            (ParamKind::Word { of, .. }, _) => Some(format!("one of {}", of.join(", "))),
        };
        if let Some(expected) = expected {
            faults.push(RuleFault::WrongParam { rule: id(), param: spec.name, expected });
        }
    }
    for spec in metric.params().iter().filter(|spec| spec.required && !rule.params.contains_key(spec.name)) {
        faults.push(RuleFault::MissingParam { rule: id(), metric: metric.name(), param: spec.name });
    }
    if !metric.comparisons().contains(&rule.op) {
        let allowed: Vec<&str> = metric.comparisons().iter().map(|op| op.name()).collect();
        faults.push(RuleFault::WrongComparison { rule: id(), metric: metric.name(), allowed: allowed.join(" ") });
    }
    let least = metric.least_limit();
    for limit in std::iter::once(rule.limit).chain(rule.exempt.iter().filter_map(|exemption| exemption.limit)) {
        if !(limit.is_finite() && limit >= least) {
            faults.push(RuleFault::WrongLimit { rule: id(), limit, least });
        }
    }
    match rule.soft {
        Some(soft) if !(soft.weight.is_finite() && soft.weight > 0.0) => {
            faults.push(RuleFault::WrongWeight { rule: id(), weight: soft.weight });
        }
        None if rule.severity == Severity::Soft => faults.push(RuleFault::NoWeight { rule: id() }),
        _ => {}
    }
    if let Some(calendar) = &rule.calendar
        && let (Some(from), Some(deadline)) = (calendar.from, calendar.deadline)
        && deadline < from
    {
        faults.push(RuleFault::DeadlineBeforeFrom { rule: id(), deadline: deadline.0, from: from.0 });
    }
    faults
}

/// Puts every rule of the scenario on plans, in file order.
pub fn constrain(ground: &Ground<'_>, lowering: &mut dyn Lowering) {
    let untouched = Untouched::new(ground);
    for (id, rule) in ground.scenario.rules.entries() {
        let presses =
            rule.severity != Severity::Report && calendar::entry(rule, &ground.scenario.years) != Entry::CheckedAfter;
        if let (true, Some(metric)) = (presses, find(&rule.metric)) {
            metric.constrain(&InForce::new(ground, &untouched, id), lowering);
        }
    }
}
