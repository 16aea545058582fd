//! A text with placeholders, parsed once.

/// A text with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    source: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Words(String),
    Value(String),
    Family { name: String, family: String },
    Plural { name: String, one: String, many: String },
}

impl Template {
    /// Parses a text.
    ///
    /// # Errors
    /// A sentence that says which brace or placeholder is wrong.
    pub(super) fn parse(source: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = source;
        while let Some(open) = rest.find(['{', '}']) {
            if rest[open..].starts_with('}') {
                return Err(format!("`}}` without `{{` in `{source}`"));
            }
            if open > 0 {
                parts.push(Part::Words(rest[..open].to_owned()));
            }
            let inside = &rest[open + 1..];
            let close = inside.find('}').ok_or_else(|| format!("`{{` without `}}` in `{source}`"))?;
            parts.push(placeholder(&inside[..close])?);
            rest = &inside[close + 1..];
        }
        if !rest.is_empty() {
            parts.push(Part::Words(rest.to_owned()));
        }
        Ok(Self { source: source.to_owned(), parts })
    }

    /// The text as it was written.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// The names of the placeholders, each once, in order of the alphabet.
    #[cfg(test)]
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .parts
            .iter()
            .filter_map(|part| match part {
                Part::Words(_) => None,
                Part::Value(name) | Part::Family { name, .. } | Part::Plural { name, .. } => Some(name.clone()),
            })
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// The families that the placeholders refer to.
    #[cfg(test)]
    pub(super) fn families(&self) -> Vec<&str> {
        self.parts
            .iter()
            .filter_map(|part| match part {
                Part::Family { family, .. } => Some(family.as_str()),
                _ => None,
            })
            .collect()
    }

    /// Puts values in. `value` gives an argument, `word` the text of a word of a family. A placeholder without a value
    /// stays visible as it was written.
    pub(super) fn render<'a>(
        &'a self,
        value: impl Fn(&str) -> Option<&'a str>,
        word: impl Fn(&str, &str) -> Option<&'a str>,
    ) -> String {
        let mut out = String::with_capacity(self.source.len());
        for part in &self.parts {
            match part {
                Part::Words(words) => out.push_str(words),
                Part::Value(name) => match value(name) {
                    Some(value) => out.push_str(value),
                    None => out.extend(["{", name, "}"]),
                },
                Part::Family { name, family } => match value(name) {
                    Some(value) => out.push_str(word(family, value).unwrap_or(value)),
                    None => out.extend(["{", name, "}"]),
                },
                Part::Plural { name, one, many } => {
                    out.push_str(if value(name) == Some("1") { one } else { many });
                }
            }
        }
        out
    }
}

fn placeholder(inside: &str) -> Result<Part, String> {
    let name = |text: &str| {
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
            Ok(text.to_owned())
        } else {
            Err(format!("`{{{inside}}}` is not a placeholder; names are of a-z, 0-9 and _"))
        }
    };
    if let Some((before, words)) = inside.split_once('#') {
        let (one, many) = words.split_once('|').ok_or_else(|| format!("`{{{inside}}}` lacks `|`"))?;
        return Ok(Part::Plural { name: name(before)?, one: one.to_owned(), many: many.to_owned() });
    }
    if let Some((before, family)) = inside.split_once(':') {
        return Ok(Part::Family { name: name(before)?, family: family.to_owned() });
    }
    Ok(Part::Value(name(inside)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(source: &str, args: &[(&str, &'static str)]) -> String {
        let args: Vec<(String, &'static str)> = args.iter().map(|&(n, v)| (n.to_owned(), v)).collect();
        Template::parse(source).unwrap().render(
            |name| args.iter().find(|(n, _)| n == name).map(|&(_, v)| v),
            |family, word| (family == "stage" && word == "junior").then_some("初中"),
        )
    }

    #[test]
    fn placeholders_take_values_words_and_plurals() {
        assert_eq!(show("a {x} b", &[("x", "1")]), "a 1 b");
        assert_eq!(show("{s:stage}", &[("s", "junior")]), "初中");
        assert_eq!(show("{s:stage}", &[("s", "other")]), "other");
        assert_eq!(show("{n} {n#school|schools}", &[("n", "1")]), "1 school");
        assert_eq!(show("{n} {n#school|schools}", &[("n", "2")]), "2 schools");
    }

    #[test]
    fn a_placeholder_without_a_value_stays_visible() {
        assert_eq!(show("a {x}", &[]), "a {x}");
    }

    #[test]
    fn wrong_braces_and_names_are_refused() {
        for source in ["{", "}", "a {b", "a } b", "{}", "{Name}", "{a b}", "{n#one}", "{:stage}"] {
            assert!(Template::parse(source).is_err(), "{source}");
        }
    }

    #[test]
    fn values_are_not_parsed_again() {
        assert_eq!(show("{x}", &[("x", "{y}")]), "{y}");
    }
}
