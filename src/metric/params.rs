//! Reading the parameters of a rule; the door has checked that names and types are those of the metric.

use crate::domain::rule::{Param, Rule};

/// A switch, or `default` when it is absent.
pub fn flag(rule: &Rule, name: &str, default: bool) -> bool {
    match rule.params.get(name) {
        Some(Param::Flag(value)) => *value,
        _ => default,
    }
}

/// A number, if it is there.
pub fn number(rule: &Rule, name: &str) -> Option<f64> {
    match rule.params.get(name) {
        Some(Param::Number(value)) => Some(*value),
        _ => None,
    }
}

/// A number, or `default` when it is absent.
pub fn number_or(rule: &Rule, name: &str, default: f64) -> f64 {
    number(rule, name).unwrap_or(default)
}

/// A word, or `default` when it is absent.
pub fn word<'a>(rule: &'a Rule, name: &str, default: &'a str) -> &'a str {
    match rule.params.get(name) {
        Some(Param::Word(value)) => value,
        _ => default,
    }
}
