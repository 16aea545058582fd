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
