//! A text for users, named by its key in the catalogue of messages; languages are put on at the very end.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A user-facing sentence in no language yet: a key of the catalogue and the values of its placeholders.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Message {
    /// Key in the catalogue.
    pub key: String,
    /// Values of the placeholders, by name, or by name and language (`name.zh`, `name.en`) where the value is a text.
    pub args: BTreeMap<String, String>,
}

impl Message {
    /// A message without placeholders.
    pub fn new(key: &str) -> Self {
        Self { key: key.to_owned(), args: BTreeMap::new() }
    }

    /// Gives the placeholder `name` its value.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "numbers and texts alike are given as they are")]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.args.insert(name.to_owned(), value.to_string());
        self
    }
}

impl Message {
    /// Gives the placeholder `name` a value for each language; a missing one takes the other.
    #[must_use]
    pub fn with_text(self, name: &str, text: &Text) -> Self {
        let value =
            |first: &Option<String>, second: &Option<String>| first.clone().or(second.clone()).unwrap_or_default();
        self.with(&format!("{name}.zh"), value(&text.zh, &text.en))
            .with(&format!("{name}.en"), value(&text.en, &text.zh))
    }
}

/// A text given by the scenario in one or both languages of the product.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Chinese.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zh: Option<String>,
    /// English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
}

impl Text {
    /// The same words in both languages.
    pub fn same(words: &str) -> Self {
        Self { zh: Some(words.to_owned()), en: Some(words.to_owned()) }
    }

    /// Whether no language is given.
    pub fn is_empty(&self) -> bool {
        self.zh.is_none() && self.en.is_none()
    }
}
