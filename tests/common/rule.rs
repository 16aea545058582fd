//! A rule of a drawn county.

use catchment::domain::rule::{Aggregate, Comparison, Rule, Scope, Severity, Source, SourceStatus};
use catchment::message::Text;
use std::collections::BTreeMap;

/// A hard rule on everything, from the first year on.
pub fn rule(id: &str, metric: &str, op: Comparison, limit: f64) -> Rule {
    Rule {
        id: id.into(),
        title: Text::same(id),
        source: Source { doc: "drawn at random".into(), item: None, status: SourceStatus::Scenario, url: None },
        scope: Scope::default(),
        metric: metric.into(),
        params: BTreeMap::new(),
        op,
        limit,
        exempt: Vec::new(),
        severity: Severity::Hard,
        soft: None,
        calendar: None,
        aggregate: Aggregate::All,
        report: None,
    }
}
