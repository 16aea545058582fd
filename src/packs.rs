//! Rule packs: rules as data files that come with the program and are named in scenarios.

/// The packs by name, in alphabetical order; the content is TOML with a `[pack]` head and `[[rules]]`.
const PACKS: &[(&str, &str)] = &[
    ("cn.27", include_str!("../packs/cn.27.toml")),
    ("cn.48", include_str!("../packs/cn.48.toml")),
    ("cn.72", include_str!("../packs/cn.72.toml")),
    ("cn.dd6", include_str!("../packs/cn.dd6.toml")),
    ("cn.dd6.quality", include_str!("../packs/cn.dd6.quality.toml")),
    ("cn.design", include_str!("../packs/cn.design.toml")),
    ("cn.gf40", include_str!("../packs/cn.gf40.toml")),
    ("cn.kg", include_str!("../packs/cn.kg.toml")),
    ("cn.local.tongnan", include_str!("../packs/cn.local.tongnan.toml")),
    ("fi", include_str!("../packs/fi.toml")),
    ("in", include_str!("../packs/in.toml")),
    ("uk.eng", include_str!("../packs/uk.eng.toml")),
    ("uk.ni", include_str!("../packs/uk.ni.toml")),
    ("us.fl", include_str!("../packs/us.fl.toml")),
    ("us.tx", include_str!("../packs/us.tx.toml")),
];

/// The text of the pack of a name.
pub fn pack(name: &str) -> Option<&'static str> {
    PACKS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The names of all packs, in alphabetical order.
pub fn names() -> impl Iterator<Item = &'static str> {
    PACKS.iter().map(|(name, _)| *name)
}
