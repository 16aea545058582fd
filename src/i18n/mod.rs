//! Languages: one catalogue of messages per language, and the one place where a [`Message`] becomes a sentence.
//!
//! To add a message, add the same key to `messages.en.toml` and `messages.zh.toml` (to the `input` pair
//! for problems of input files, to the `study` pair for comparisons and reports of sweeps); nothing else is needed. A text may
//! hold placeholders:
//!
//! - `{name}` is replaced by the argument `name`;
//! - `{name:family}` is replaced by the text of the key `family.<argument>`, so that `{stage:stage}` prints 初中 for
//!   `junior`; an argument outside the family is printed as it is;
//! - `{name#one|many}` is replaced by `one` where the argument is `1` and by `many` otherwise.

pub mod number;
mod template;
pub mod width;

use crate::message::{Message, Text};
use std::collections::BTreeMap;
use std::sync::OnceLock;
use template::Template;

/// A language of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// Chinese, simplified characters.
    Zh,
    /// English.
    En,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// The name on the command line and in pages: `zh` or `en`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// The language called `name` on the command line.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.name() == name)
    }

    /// The language of the user's locale: the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that `variable` gives and that
    /// is not empty decides; English unless that is a Chinese locale.
    pub fn from_locale(variable: impl Fn(&str) -> Option<String>) -> Self {
        let locale =
            ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|name| variable(name).filter(|v| !v.is_empty()));
        match locale {
            Some(locale) if locale.to_ascii_lowercase().starts_with("zh") => Self::Zh,
            _ => Self::En,
        }
    }

    /// The words of `text` in this language, or in the other one where only that is given; empty without any.
    pub fn pick(self, text: &Text) -> &str {
        let (first, second) = match self {
            Self::Zh => (&text.zh, &text.en),
            Self::En => (&text.en, &text.zh),
        };
        first.as_deref().or(second.as_deref()).unwrap_or("")
    }
}

/// The messages of one language.
#[derive(Debug)]
pub struct Catalogue {
    entries: BTreeMap<String, Template>,
}

impl Catalogue {
    /// The catalogue of a language.
    ///
    /// # Panics
    /// Never: both catalogues are part of the program and are parsed by its tests.
    pub fn of(language: Language) -> &'static Self {
        static CATALOGUES: OnceLock<[Catalogue; 2]> = OnceLock::new();
        let [zh, en] = CATALOGUES.get_or_init(|| {
            [
                [
                    include_str!("messages.zh.toml"),
                    include_str!("input.zh.toml"),
                    include_str!("study.zh.toml"),
                    include_str!("consequences.zh.toml"),
                ],
                [
                    include_str!("messages.en.toml"),
                    include_str!("input.en.toml"),
                    include_str!("study.en.toml"),
                    include_str!("consequences.en.toml"),
                ],
            ]
            .map(|sources| {
                Self::parse(&sources).expect("both catalogues are part of the program and are parsed by its tests")
            })
        });
        match language {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    fn parse(sources: &[&str]) -> Result<Self, String> {
        let mut entries = BTreeMap::new();
        for source in sources {
            let table: toml::Table = source.parse().map_err(|error: toml::de::Error| error.to_string())?;
            flatten("", table, &mut entries)?;
        }
        Ok(Self { entries })
    }

    /// The text of `key` as it stands in the catalogue, placeholders included.
    pub fn source(&self, key: &str) -> Option<&str> {
        self.entries.get(key).map(Template::source)
    }

    /// Every key with its text as it stands in the catalogue, in order of the keys.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|(key, template)| (key.as_str(), template.source()))
    }

    fn render(&self, language: Language, message: &Message) -> String {
        let Some(template) = self.entries.get(&message.key) else {
            // A key that is missing is found by the tests; what the user then reads must still be whole.
            let args: Vec<String> = message.args.iter().map(|(name, value)| format!("{name}={value}")).collect();
            return format!("{} {}", message.key, args.join(", ")).trim_end().to_owned();
        };
        template.render(
            |name| {
                let value = message.args.get(name).or_else(|| message.args.get(&format!("{name}.{}", language.name())));
                value.map(String::as_str)
            },
            |family, word| self.entries.get(&format!("{family}.{word}")).map(Template::source),
        )
    }
}

fn flatten(prefix: &str, table: toml::Table, entries: &mut BTreeMap<String, Template>) -> Result<(), String> {
    for (name, value) in table {
        let key = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(inner) => flatten(&key, inner, entries)?,
            toml::Value::String(source) => {
                let template = Template::parse(&source).map_err(|problem| format!("`{key}`: {problem}"))?;
                if entries.contains_key(&key) {
                    return Err(format!("`{key}` is there twice"));
                }
                entries.insert(key, template);
            }
            other => return Err(format!("`{key}` is a {} and not a text", other.type_str())),
        }
    }
    Ok(())
}

/// The sentence that `message` stands for.
pub fn render(language: Language, message: &Message) -> String {
    Catalogue::of(language).render(language, message)
}

/// The sentence in both languages, for files that know no language: English, a slash, Chinese.
pub fn both(message: &Message) -> String {
    format!("{} / {}", render(Language::En, message), render(Language::Zh, message))
}

/// The text of a key without placeholders.
pub fn text(language: Language, key: &str) -> String {
    render(language, &Message::new(key))
}

/// The text of `<family>.<word>`, or `word` itself where the family does not have it.
pub fn word(language: Language, family: &str, word: &str) -> String {
    Catalogue::of(language).source(&format!("{family}.{word}")).unwrap_or(word).to_owned()
}

#[cfg(test)]
mod tests;
