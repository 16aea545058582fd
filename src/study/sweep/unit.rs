//! Units of work and their ids.

use crate::domain::forecast::RobustGoal;
use crate::domain::objective::Term;
use crate::input::VariantInfo;
use crate::study::rules::Restriction;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// What results depend on besides the scenario. Threads and jobs are not among it.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Name of the engine.
    pub engine: String,
    /// Relative gap asked for.
    pub gap: f64,
    /// Limit in work units.
    pub work: Option<u64>,
    /// Wall-clock limit in seconds; results then depend on the machine as well.
    pub time_limit: Option<f64>,
    /// Seed.
    pub seed: u64,
    /// Language of the tables.
    pub language: &'static str,
}

/// What is asked of a unit besides its variant.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// The best plan.
    #[default]
    Plan,
    /// The best plan that shuts exactly so many sites.
    Closures {
        /// How many.
        exactly: u32,
        /// Sites that stay shut as a step before has shut them: key, and action with its year and receiver.
        kept: Option<Vec<(String, String)>>,
    },
    /// The best plan without one restriction.
    Without(Restriction),
    /// One plan for several forecasts.
    Robust {
        /// Their names.
        forecasts: Vec<String>,
        /// What is minimised over them.
        goal: RobustGoal,
        /// Least share of them in which the hard rules hold, as the shortest text that reads back as the number.
        share: String,
    },
    /// The plan that is best in these terms, most important first.
    Least {
        /// The terms.
        terms: Vec<Term>,
        /// What terms may come to at most, as the shortest text that reads back as the number.
        hold: Vec<(Term, String)>,
    },
}

impl Task {
    fn is_plan(&self) -> bool {
        *self == Self::Plan
    }

    /// The beginning of the name of its folder; `None` for the plan of a variant, which has the variant's name.
    fn name(&self) -> Option<String> {
        match self {
            Self::Plan => None,
            Self::Closures { exactly, kept: None } => Some(format!("closures-{exactly}")),
            Self::Closures { exactly, kept: Some(_) } => Some(format!("closures-{exactly}-nested")),
            Self::Robust { .. } => Some("robust".to_owned()),
            Self::Without(restriction) => Some(format!("without-{}", restriction.name())),
            Self::Least { terms, hold } => {
                let first = terms.first().map(|term| term.name());
                let held = hold.iter().flat_map(|(term, most)| [term.name(), most]);
                Some(["least"].into_iter().chain(first).chain(held).collect::<Vec<_>>().join("-"))
            }
        }
    }
}

/// One task on one variant of one county, or on the scenario without a variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Hash of everything that the result depends on, in hexadecimal.
    pub id: String,
    /// Name of the variant; `None` for the scenario itself.
    pub variant: Option<String>,
    /// Its family.
    pub family: Option<String>,
    /// What the variant changes: path and value.
    pub changes: Vec<(String, String)>,
    /// What is asked.
    #[serde(default, skip_serializing_if = "Task::is_plan")]
    pub task: Task,
}

/// Digits of the id in the name of a folder: enough that two of a million variants do not meet.
const SHOWN: usize = 12;

impl Unit {
    /// The unit of a variant, or of the scenario itself. `scenario` is the fingerprint of all files of the scenario, `start`
    /// that of the plan from which the unit is solved, where there is one.
    pub fn new(variant: Option<&VariantInfo>, scenario: &str, start: Option<&str>, settings: &Settings) -> Self {
        let mut hash = Sha256::new();
        let Settings { engine, gap, work, time_limit, seed, language } = settings;
        let facts = [
            env!("CARGO_PKG_VERSION").to_owned(),
            scenario.to_owned(),
            variant.map(|variant| variant.name.clone()).unwrap_or_default(),
            start.unwrap_or_default().to_owned(),
            format!("{engine} {gap:?} {work:?} {time_limit:?} {seed} {language}"),
        ];
        for fact in facts {
            hash.update((fact.len() as u64).to_le_bytes());
            hash.update(fact.as_bytes());
        }
        Self {
            id: hexadecimal(&hash.finalize()),
            variant: variant.map(|variant| variant.name.clone()),
            family: variant.and_then(|variant| variant.family.clone()),
            changes: variant.map(|variant| variant.changes.clone()).unwrap_or_default(),
            task: Task::Plan,
        }
    }

    /// The unit with another task on the same inputs; `start` is the fingerprint of the plan from which it is solved, where
    /// there is one.
    #[must_use]
    pub fn with_task(&self, task: Task, start: Option<&str>) -> Self {
        let id = fingerprint(format!("{} {task:?} {}", self.id, start.unwrap_or_default()).as_bytes());
        Self { id, task, ..self.clone() }
    }

    /// What people see of it: its task, and its variant.
    pub fn name(&self) -> String {
        match (self.task.name(), &self.variant) {
            (None, variant) => variant.as_deref().unwrap_or("base").to_owned(),
            (Some(task), None) => task,
            (Some(task), Some(variant)) => format!("{task}-{variant}"),
        }
    }

    /// The name of its folder: its own, as far as it can be a file's, and the beginning of the id.
    pub fn folder(&self) -> String {
        let name: String = self.name().chars().take(60).collect();
        format!("{}-{}", folder_name(&name), &self.id[..SHOWN])
    }
}

/// A name from a file as the name of a folder: what cannot be in one is replaced.
pub fn folder_name(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' }).collect()
}

/// SHA-256 of bytes, in hexadecimal.
pub fn fingerprint(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The part of `count` units that share number `index` of `of` has, counted from 1: every `of`-th, so that neighbours,
/// which tend to take equally long, are spread.
pub fn share(count: usize, index: usize, of: usize) -> impl Iterator<Item = usize> {
    (index - 1..count).step_by(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        let engine = "milp".to_owned();
        Settings { engine, gap: 0.001, work: Some(5), time_limit: None, seed: 1, language: "en" }
    }

    fn robust(share: &str) -> Task {
        let forecasts = vec!["low".to_owned(), "high".to_owned()];
        Task::Robust { forecasts, goal: RobustGoal::Worst, share: share.to_owned() }
    }

    #[test]
    fn whatever_a_result_depends_on_changes_the_id() {
        let base = Unit::new(None, "a", None, &settings());
        assert_eq!(base, Unit::new(None, "a", None, &settings()));
        let others = [
            Unit::new(None, "b", None, &settings()),
            Unit::new(None, "a", Some("plan"), &settings()),
            Unit::new(None, "a", None, &Settings { gap: 0.01, ..settings() }),
            Unit::new(None, "a", None, &Settings { work: None, ..settings() }),
            Unit::new(None, "a", None, &Settings { seed: 2, ..settings() }),
            Unit::new(None, "a", None, &Settings { engine: "catchment".to_owned(), ..settings() }),
            base.with_task(Task::Closures { exactly: 1, kept: None }, None),
            base.with_task(Task::Closures { exactly: 2, kept: None }, None),
            base.with_task(Task::Closures { exactly: 2, kept: Some(Vec::new()) }, None),
            base.with_task(Task::Closures { exactly: 2, kept: Some(vec![("a".into(), "close 2025".into())]) }, None),
            base.with_task(robust("1"), None),
            base.with_task(robust("0.8"), None),
            base.with_task(Task::Without(Restriction::Rule("a".into())), None),
            base.with_task(Task::Without(Restriction::Protection("a".into())), None),
            base.with_task(Task::Without(Restriction::Protection("a".into())), Some("plan")),
        ];
        assert!(others.iter().all(|other| other.id != base.id));
        for (at, other) in others.iter().enumerate() {
            assert!(others[..at].iter().all(|earlier| earlier.id != other.id), "{other:?}");
        }
        assert!(
            others
                .iter()
                .all(|other| serde_json::from_str::<Unit>(&serde_json::to_string(other).unwrap()).unwrap() == *other)
        );
    }

    #[test]
    fn shares_have_every_unit_once() {
        for (count, of) in [(10, 3), (2, 5), (0, 1), (7, 7)] {
            let mut all: Vec<usize> = (1..=of).flat_map(|index| share(count, index, of)).collect();
            all.sort_unstable();
            assert_eq!(all, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn folders_have_plain_names() {
        let info = VariantInfo {
            name: "价格/1.3,../x".to_owned(),
            title: crate::message::Text::default(),
            family: None,
            start: None,
            changes: Vec::new(),
        };
        let name = Unit::new(Some(&info), "a", None, &settings()).folder();
        assert!(name.starts_with("价格_1.3_.._x-") && !name.contains(['/', ',']), "{name}");
    }
}
