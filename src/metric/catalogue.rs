//! The catalogue of metrics: the one list from which rules are validated, lowered, measured and documented.

use super::calendar::{self, InForce, Untouched};
use super::ground::Ground;
use super::lowering::Lowering;
use super::{
    Entry, Metric, ParamKind, boarders, budget, class_size_max, closures, consultation, grade_min, indicator_cv,
    indicator_value, large_class_share, legal_size, moved_pupils, oversize_classes, posts_lacking, protected,
    public_funds, reported, seat_margin, seven_pass, site_classes, site_min_size, site_size, sites_per_area,
    special_rooms, travel_cap, travel_share_over, zoning_share,
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
    &site_classes::SiteClasses,
    &grade_min::GradeMin,
    &sites_per_area::SitesPerArea,
    &seat_margin::SeatMargin,
    &travel_cap::TRAVEL_DIST,
    &travel_cap::TRAVEL_TIME,
    &travel_share_over::TravelShareOver,
    &protected::Protected,
    &closures::Closures,
    &consultation::Consulted,
    &budget::Budget,
    &moved_pupils::MovedPupils,
    &indicator_value::IndicatorValue,
    &seven_pass::SevenPass,
    &indicator_cv::IndicatorCv,
    &special_rooms::SpecialRooms,
    &posts_lacking::PostsLacking,
    &posts_lacking::PostsNeeded,
    &public_funds::PublicFunds,
    &public_funds::FundsPerPupil,
    &zoning_share::ZoningShare,
    &boarders::Boarders,
    &boarders::DormitorySpace,
    &reported::Reported,
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
            (ParamKind::Name, Param::Word(word)) if !word.is_empty() => None,
            (ParamKind::Name, _) => Some("a name".to_owned()),
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
    let ceilings = Untouched::new(ground).all_ceilings(ground.scenario);
    for (id, rule) in ground.scenario.rules.entries() {
        let presses =
            rule.severity != Severity::Report && calendar::entry(rule, &ground.scenario.years) != Entry::CheckedAfter;
        if let (true, Some(metric)) = (presses, find(&rule.metric)) {
            metric.constrain(&InForce::new(ground, &ceilings, id), lowering);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixture::rule;
    use crate::domain::rule::{Comparison, Source};
    use crate::message::Text;
    use crate::packs;
    use serde::Deserialize;
    use std::collections::BTreeSet;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct PackFile {
        pack: PackHead,
        rules: Vec<Rule>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct PackHead {
        id: String,
        title: Text,
        source: Source,
    }

    #[test]
    fn every_pack_has_its_own_name_and_rules_that_the_catalogue_accepts() {
        let mut ids = BTreeSet::new();
        for name in packs::names() {
            let file: PackFile = toml::from_str(packs::pack(name).unwrap()).unwrap();
            assert_eq!(file.pack.id, name);
            assert!(file.pack.title.zh.is_some() && file.pack.title.en.is_some());
            assert!(!file.pack.source.doc.is_empty() && !file.rules.is_empty());
            for rule in &file.rules {
                assert_eq!(check(rule), [], "{}", rule.id);
                let unknown = rule.report.iter().flat_map(|report| report.unknown_words());
                assert_eq!(unknown.collect::<Vec<_>>(), Vec::<&str>::new(), "{}", rule.id);
                assert!(rule.id.starts_with(name), "{} is not of pack {name}", rule.id);
                assert!(rule.title.zh.is_some() && rule.title.en.is_some());
                assert_ne!(rule.source, Source::default(), "{} has no source", rule.id);
                assert!(ids.insert(rule.id.clone()), "{} appears twice", rule.id);
            }
        }
        assert!(packs::pack("cn.dd7").is_none());
    }

    #[test]
    fn every_metric_has_its_own_name_and_says_what_it_is() {
        let unique: BTreeSet<&str> = names().collect();
        assert_eq!(unique.len(), ALL.len());
        for metric in ALL {
            let heads = ["### Measures\n", "### Formula\n", "### Source\n", "### How it enters the kernel\n"];
            let places: Vec<usize> = heads.iter().map(|head| metric.doc().find(head).unwrap()).collect();
            assert!(places.is_sorted(), "{}: headings out of order", metric.name());
            assert!(!metric.comparisons().is_empty() && !metric.unit().is_empty());
            let params: BTreeSet<&str> = metric.params().iter().map(|spec| spec.name).collect();
            assert_eq!(params.len(), metric.params().len());
        }
    }

    #[test]
    fn misspelt_names_are_answered_with_the_nearest() {
        assert_eq!(nearest_name("site_sise"), Some("site_size"));
        assert_eq!(nearest_name("class_max"), Some("class_size_max"));
        assert_eq!(nearest_name("zzz"), None);
    }

    #[test]
    fn each_way_to_get_a_rule_wrong_is_named() {
        let good = "id = \"r\"\nmetric = \"budget\"\nop = \"<=\"\nlimit = 5\nseverity = \"hard\"\n";
        assert_eq!(check(&rule(good)), []);
        let faulty = |from: &str, to: &str| {
            let faults = check(&rule(&good.replace(from, to)));
            assert_eq!(faults.len(), 1, "{from} -> {to}: {faults:?}");
            faults.into_iter().next().unwrap().to_string()
        };
        assert_eq!(faulty("\"budget\"", "\"buget\""), "rule r: there is no metric \"buget\"; did you mean \"budget\"?");
        assert!(faulty("\"<=\"", "\">=\"").ends_with("allowed: <="));
        assert!(faulty("limit = 5", "limit = -5").contains("at least 0"));
        assert!(faulty("limit = 5", "limit = nan").contains("NaN"));
        assert!(faulty("\"hard\"", "\"soft\"").contains("soft = { weight = ... }"));
        assert!(faulty("\"hard\"", "\"hard\"\nsoft = { weight = 0 }").contains("above 0"));
        assert!(faulty("\"hard\"", "\"hard\"\nparams = { yer = 2026 }").ends_with("did you mean \"year\"?"));
        assert!(faulty("\"hard\"", "\"hard\"\nparams = { running = 3 }").ends_with("must be true or false"));
        assert!(faulty("\"hard\"", "\"hard\"\nparams = { per = \"day\" }").ends_with("must be one of year, plan"));
        assert!(faulty("\"hard\"", "\"hard\"\ncalendar = { from = 2027, deadline = 2026 }").contains("2026"));
        assert!(faulty("\"budget\"", "\"oversize_classes\"").contains("needs the parameter size"));
        let class = "id = \"r\"\nmetric = \"class_size_max\"\nop = \"<=\"\nlimit = 0\nseverity = \"report\"\n";
        assert!(matches!(check(&rule(class))[..], [RuleFault::WrongLimit { least: 1.0, .. }]));
        assert_eq!(Comparison::AtMost.name(), "<=");
    }
}
