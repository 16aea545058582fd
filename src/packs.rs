//! Rule packs: rules as data files that come with the program and are named in scenarios.

/// The packs by name, in alphabetical order; the content is TOML with a `[pack]` head and `[[rules]]`.
const PACKS: &[(&str, &str)] = &[("cn.dd6", include_str!("../packs/cn.dd6.toml"))];

/// The text of the pack of a name.
pub fn pack(name: &str) -> Option<&'static str> {
    PACKS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The names of all packs, in alphabetical order.
pub fn names() -> impl Iterator<Item = &'static str> {
    PACKS.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rule::{Rule, Source};
    use crate::message::Text;
    use crate::metric::catalogue;
    use serde::Deserialize;
    use std::collections::BTreeSet;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        pack: Head,
        rules: Vec<Rule>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Head {
        id: String,
        title: Text,
        #[serde(rename = "source")]
        _source: Source,
    }

    #[test]
    fn every_pack_has_its_own_name_and_rules_that_the_catalogue_accepts() {
        let mut ids = BTreeSet::new();
        for name in names() {
            let file: File = toml::from_str(pack(name).unwrap()).unwrap();
            assert_eq!(file.pack.id, name);
            assert!(file.pack.title.zh.is_some() && file.pack.title.en.is_some());
            assert!(!file.rules.is_empty());
            for rule in &file.rules {
                assert_eq!(catalogue::check(rule), [], "{}", rule.id);
                assert!(rule.id.starts_with(name), "{} is not of pack {name}", rule.id);
                assert!(rule.title.zh.is_some() && rule.title.en.is_some());
                assert!(ids.insert(rule.id.clone()), "{} appears twice", rule.id);
            }
        }
        assert!(pack("cn.dd7").is_none());
    }
}
