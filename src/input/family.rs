//! Families of variants: grids, lists and random draws, written out as variants before anything is read from them.
//!
//! Every value keeps the place at which the family gives it, so that a mistake in one is reported there. A draw depends on
//! the seed, the family's name, the number of the draw and the value's path alone: adding a value changes no other.

use super::document::{Document, Tree};
use super::manifest::{DrawEntry, DrawTable, FamilyEntry};
use super::problem::{Code, Problems};
use super::variant::list_at;
use crate::random::Random;
use std::borrow::Cow;
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Most variants of a scenario.
pub const MOST_VARIANTS: usize = 10_000;
/// Key of a variant's factor on pupils, which is no path of the scenario.
pub const FACTOR: &str = "pupils_factor";
/// Key of a variant's noise on the pupils of units.
pub const NOISE: &str = "unit_noise";

/// Texts of the values that were drawn, by family, draw and path. The tree borrows from them.
pub type Drawn = BTreeMap<(usize, usize, String), String>;

/// A value of a member with its path.
type Setting<'i> = (Spanned<Cow<'i, str>>, Spanned<DeValue<'i>>);

/// Draws the values of all families. What does not fit the schema is left for its check.
pub fn draw(tree: &Tree<'_>) -> Drawn {
    let mut drawn = Drawn::new();
    for (at, family) in families(tree).enumerate() {
        let Some((name, table)) = family.and_then(family_draw) else { continue };
        for number in 0..table.count as usize {
            for (path, entry) in &table.values {
                if let Some(text) = entry.text(&mut stream(table.seed, &name, number, entry.together(path))) {
                    drawn.insert((at, number, path.clone()), text);
                }
            }
            if let Some(spread) = table.unit_noise {
                let seed = stream(table.seed, &name, number, NOISE).bits() >> 33;
                drawn.insert((at, number, NOISE.to_owned()), format!("{{ spread = {spread:?}, seed = {seed} }}"));
            }
        }
    }
    drawn
}

fn stream(seed: u64, family: &str, number: usize, path: &str) -> Random {
    Random::new(seed, &format!("{family}/{}/{path}", number + 1))
}

/// The families of the tree; an entry that is no table is `None`, so that the positions of the others stay what they are.
fn families<'t, 'i>(tree: &'t Tree<'i>) -> impl Iterator<Item = Option<&'t DeTable<'i>>> {
    let list = tree.get_ref().get("families").and_then(|list| list.get_ref().as_array());
    list.into_iter().flat_map(|list| list.iter()).map(|entry| entry.get_ref().as_table())
}

/// Name and draw of a family that has one and is sound.
fn family_draw(family: &DeTable<'_>) -> Option<(String, DrawTable)> {
    let name = family.get("name")?.get_ref().as_str()?.to_owned();
    let draw = family.get("draw")?;
    let table: DrawTable = serde::Deserialize::deserialize(toml::de::ValueDeserializer::from(draw.clone())).ok()?;
    (table.count as usize <= MOST_VARIANTS).then_some((name, table))
}

impl DrawEntry {
    /// The name of the draw that the value shares with others, else its own path.
    fn together<'a>(&'a self, path: &'a str) -> &'a str {
        self.together.as_deref().unwrap_or(path)
    }

    /// The value as TOML; `None` where the entry is not sound.
    fn text(&self, random: &mut Random) -> Option<String> {
        let number = match (self.low, self.high, self.mean, self.spread, self.one_of.as_slice()) {
            (Some(low), Some(high), None, None, []) if low <= high => random.range(low, high),
            (None, None, Some(mean), Some(spread), []) => mean + spread * random.normal(),
            (None, None, None, None, values @ [_, ..]) => {
                return values.get(random.below(values.len())).map(ToString::to_string);
            }
            _ => return None,
        };
        // Six decimals are finer than any forecast, and the text is what the outputs show.
        Some(if self.whole { format!("{number:.0}") } else { format!("{:?}", (number * 1e6).round() / 1e6) })
    }
}

/// Appends the members of all families to the variants of the tree.
pub fn expand<'i>(document: &Document, tree: &mut Tree<'i>, drawn: &'i Drawn, problems: &mut Problems) {
    let mut members = Vec::new();
    for (at, family) in families(tree).enumerate() {
        let Some((family, name)) = family.and_then(|family| Some((family, family.get("name")?))) else { continue };
        let left = MOST_VARIANTS.saturating_sub(members.len());
        let Some(settings) = member_settings(at, family, drawn, left) else {
            problems.push(document.problem(Code::TooMany, &name.span()).with("limit", MOST_VARIANTS));
            return;
        };
        for (label, values) in settings {
            members.push(member(family, name, &label, values));
        }
    }
    append(tree, members);
}

/// Appends variants to those of the tree.
pub fn append<'i>(tree: &mut Tree<'i>, members: Vec<Spanned<DeValue<'i>>>) {
    let Some(span) = members.first().map(Spanned::span) else { return };
    if let Some(list) = list_at(tree.get_mut(), "variants", &span) {
        for member in members {
            list.push(member);
        }
    }
}

/// Label and values of every member of a family; `None` when there are more than `most`.
fn member_settings<'i>(
    at: usize,
    family: &DeTable<'i>,
    drawn: &'i Drawn,
    most: usize,
) -> Option<Vec<(String, Vec<Setting<'i>>)>> {
    let mut members = Vec::new();
    if let Some(DeValue::Table(axes)) = family.get("grid").map(Spanned::get_ref) {
        members.push((Vec::new(), Vec::new()));
        for (path, values) in axes {
            let values = values.get_ref().as_array();
            let values: Vec<_> = values.into_iter().flat_map(|values| values.iter()).collect();
            if members.len() * values.len() > most {
                return None;
            }
            members = members
                .into_iter()
                .flat_map(|(labels, settings): (Vec<String>, Vec<Setting<'i>>)| {
                    values
                        .iter()
                        .enumerate()
                        .map(move |(number, &value)| {
                            let labels = labels.iter().cloned().chain([label(value.get_ref(), number)]);
                            let settings = settings.iter().cloned().chain([(path.clone(), value.clone())]);
                            (labels.collect(), settings.collect())
                        })
                        .collect::<Vec<_>>()
                })
                .collect();
        }
        // A grid without axes is no variant at all.
        members.retain(|(labels, _)| !labels.is_empty());
    }
    let mut members: Vec<_> = members.into_iter().map(|(labels, settings)| (labels.join(","), settings)).collect();
    if let Some(DeValue::Array(list)) = family.get("list").map(Spanned::get_ref) {
        for (number, entry) in list.iter().enumerate() {
            let Some(table) = entry.get_ref().as_table() else { continue };
            let named = table.get("name").and_then(|name| name.get_ref().as_str());
            let label = named.map_or_else(|| (number + 1).to_string(), str::to_owned);
            let values = table.iter().filter(|(path, _)| path.get_ref() != "name");
            members.push((label, values.map(|(path, value)| (path.clone(), value.clone())).collect()));
        }
    }
    if let Some((_, table)) = family_draw(family) {
        let places = family.get("draw").and_then(|draw| draw.get_ref().get("values"));
        let span_of = |path: &str| {
            let place = places.and_then(|values| values.get_ref().get(path)).or(family.get("draw"));
            place.map_or(0..0, Spanned::span)
        };
        for number in 0..table.count as usize {
            let paths = table.values.keys().map(String::as_str).chain(table.unit_noise.map(|_| NOISE));
            let values = paths.filter_map(|path| {
                let text = drawn.get(&(at, number, path.to_owned()))?;
                let value = DeValue::parse(text).ok()?.into_inner();
                let span = span_of(path);
                Some((
                    Spanned::new(span.clone(), Cow::Owned(path.to_owned())),
                    Spanned::new(span.clone(), placed(value, &span)),
                ))
            });
            members.push(((number + 1).to_string(), values.collect()));
        }
    }
    (members.len() <= most).then_some(members)
}

/// A drawn value in which every part has the place of the whole: its own places are in a text that the user never sees.
fn placed<'i>(value: DeValue<'i>, span: &std::ops::Range<usize>) -> DeValue<'i> {
    match value {
        DeValue::Table(table) => DeValue::Table(
            table
                .into_iter()
                .map(|(key, inner)| {
                    let inner = placed(inner.into_inner(), span);
                    (Spanned::new(span.clone(), key.into_inner()), Spanned::new(span.clone(), inner))
                })
                .collect(),
        ),
        other => other,
    }
}

/// What a value of a grid is called in the name of a member: the value where it is plain, else its number.
fn label(value: &DeValue<'_>, number: usize) -> String {
    let text = match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(integer) => integer.to_string(),
        DeValue::Float(float) => float.as_str().to_owned(),
        DeValue::Boolean(flag) => flag.to_string(),
        _ => String::new(),
    };
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    if text.is_empty() || text.len() > 24 || !text.chars().all(plain) { format!("no{}", number + 1) } else { text }
}

/// A variant of a family.
fn member<'i>(
    family: &DeTable<'i>,
    name: &Spanned<DeValue<'i>>,
    label: &str,
    values: Vec<Setting<'i>>,
) -> Spanned<DeValue<'i>> {
    let span = name.span();
    let text = name.get_ref().as_str().unwrap_or_default();
    let key = |key: &'static str| Spanned::new(span.clone(), Cow::Borrowed(key));
    let word = |text: String| Spanned::new(span.clone(), DeValue::String(Cow::Owned(text)));
    let mut table = DeTable::new();
    table.insert(key("name"), word(format!("{text}/{label}")));
    table.insert(key("family"), word(text.to_owned()));
    let start = family.get("start").and_then(|start| Some((start.span(), start_of(start.get_ref().as_str()?, label))));
    if let Some((span, start)) = start.filter(|(_, start)| *start != format!("{text}/{label}")) {
        table.insert(
            Spanned::new(span.clone(), Cow::Borrowed("start")),
            Spanned::new(span, DeValue::String(Cow::Owned(start))),
        );
    }
    for shared in ["title", "remove"] {
        if let Some(value) = family.get(shared) {
            table.insert(key(shared), value.clone());
        }
    }
    let mut set = match family.get("set").map(Spanned::get_ref) {
        Some(DeValue::Table(set)) => set.clone(),
        _ => DeTable::new(),
    };
    for (path, value) in values {
        let own = [FACTOR, NOISE].into_iter().find(|own| path.get_ref() == own);
        if let Some(own) = own {
            table.insert(key(own), value);
        } else {
            set.remove(path.get_ref().as_ref());
            set.insert(path, value);
        }
    }
    table.insert(key("set"), Spanned::new(span.clone(), DeValue::Table(set)));
    Spanned::new(span, DeValue::Table(table))
}

/// The name of the variant that a member with `label` starts from: every label `*` is the member's own at that position.
fn start_of(start: &str, label: &str) -> String {
    let Some((family, labels)) = start.split_once('/') else { return start.to_owned() };
    let own: Vec<&str> = label.split(',').collect();
    let labels: Vec<&str> = labels
        .split(',')
        .enumerate()
        .map(|(at, given)| if given == "*" { own.get(at).copied().unwrap_or(given) } else { given })
        .collect();
    format!("{family}/{}", labels.join(","))
}

/// Checks what the schema cannot say of families: one form each, and ranges that are none.
pub fn check(families: &[FamilyEntry], document: &Document, tree: &Tree<'_>, problems: &mut Problems) {
    for (at, family) in families.iter().enumerate() {
        let place = |key: &'static str| ["families".into(), at.into(), key.into()];
        let forms = [!family.grid.is_empty(), !family.list.is_empty(), family.draw.is_some()];
        if forms.iter().filter(|form| **form).count() != 1 {
            problems.push(document.problem_at(Code::FamilyForm, tree, &place("name")).with("value", &family.name));
        }
        for (path, values) in family.grid.iter().filter(|(_, values)| values.is_empty()) {
            problems.push(
                document
                    .problem_at(Code::BadList, tree, &place("grid"))
                    .with("key", path)
                    .with("value", format!("{values:?}")),
            );
        }
        for (path, entry) in family.draw.iter().flat_map(|draw| &draw.values) {
            if entry.text(&mut Random::new(0, "")).is_none() {
                problems.push(document.problem_at(Code::DrawForm, tree, &place("draw")).with("value", path));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str) -> DrawEntry {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn draws_lie_in_their_range_and_are_the_same_for_the_same_seed() {
        let band = entry("low = 0.8\nhigh = 0.9");
        let texts: Vec<String> = (0..50).map(|n| band.text(&mut stream(7, "births", n, "x")).unwrap()).collect();
        assert!(texts.iter().all(|text| (0.8..=0.9).contains(&text.parse::<f64>().unwrap())));
        assert_ne!(texts[0], texts[1]);
        assert_eq!(texts[3], band.text(&mut stream(7, "births", 3, "x")).unwrap());
        assert_ne!(texts[3], band.text(&mut stream(8, "births", 3, "x")).unwrap());
        let whole = entry("low = 10\nhigh = 20\nwhole = true").text(&mut stream(1, "f", 0, "p")).unwrap();
        assert!((10..=20).contains(&whole.parse::<i64>().unwrap()));
        let word = entry("one_of = [\"a\", \"b\"]").text(&mut stream(1, "f", 0, "p")).unwrap();
        assert!(word == "\"a\"" || word == "\"b\"");
    }

    #[test]
    fn a_star_is_the_members_own_label_at_its_position() {
        assert_eq!(start_of("mean", "3"), "mean");
        assert_eq!(start_of("grid/200,*", "50,0.6"), "grid/200,0.6");
        assert_eq!(start_of("grid/*,1", "50,0.6"), "grid/50,1");
        assert_eq!(start_of("other/*", "7"), "other/7");
        assert_eq!(start_of("grid/1,*", "7"), "grid/1,*");
    }

    #[test]
    fn a_draw_that_is_no_range_no_normal_and_no_choice_gives_nothing() {
        for wrong in ["", "low = 1", "low = 2\nhigh = 1", "mean = 1", "low = 0\nhigh = 1\nmean = 3\nspread = 1"] {
            assert_eq!(entry(wrong).text(&mut stream(1, "f", 0, "p")), None, "{wrong}");
        }
    }
}
