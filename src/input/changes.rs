//! What a variant changes, in words that every output can carry.

use super::family::{FACTOR, NOISE};
use super::manifest::{Factor, VariantEntry};
use super::problem::list;
use crate::message::{Message, Text};

/// A variant as declared, by hand or by a family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariantInfo {
    /// Short name, for `--variant`.
    pub name: String,
    /// Name shown to users.
    pub title: Text,
    /// The family that it belongs to.
    pub family: Option<String>,
    /// The variant whose plan it starts from in a sweep; `None` for the plan of the scenario itself.
    pub start: Option<String>,
    /// What it changes: path and new value, in order of the paths.
    pub changes: Vec<(String, String)>,
}

/// A variant with its changes.
pub fn info(entry: &VariantEntry) -> VariantInfo {
    VariantInfo {
        name: entry.name.clone(),
        title: entry.title.clone(),
        family: entry.family.clone(),
        start: entry.start.clone(),
        changes: changes(entry),
    }
}

/// The assumption with which every output of a variant says what was changed.
pub fn message(entry: &VariantEntry) -> Message {
    let changes = changes(entry);
    let words: Vec<String> = changes.iter().map(|(path, value)| format!("{path} = {value}")).collect();
    Message::new("assume.variant")
        .with("name", &entry.name)
        .with("changes", if words.is_empty() { "–".to_owned() } else { list(words.iter().map(String::as_str)) })
}

fn changes(entry: &VariantEntry) -> Vec<(String, String)> {
    let mut changes: Vec<(String, String)> =
        entry.set.iter().map(|(path, value)| (path.clone(), plain(value))).collect();
    match &entry.pupils_factor {
        Some(Factor::All(factor)) => changes.push((FACTOR.to_owned(), factor.to_string())),
        Some(Factor::ByStage(factors)) => changes
            .extend(factors.iter().map(|(stage, factor)| (format!("{FACTOR}.{}", stage.name()), factor.to_string()))),
        None => {}
    }
    if let Some(noise) = entry.unit_noise {
        changes.push((NOISE.to_owned(), format!("{} (seed {})", noise.spread, noise.seed)));
    }
    changes.extend(entry.remove.iter().map(|path| (path.clone(), "–".to_owned())));
    for (key, added) in [("actions", entry.actions.len()), ("rules", entry.rules.len())] {
        if added > 0 {
            changes.push((key.to_owned(), format!("+{added}")));
        }
    }
    changes.sort();
    changes
}

fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
