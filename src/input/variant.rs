//! Variants: named changes of `scenario.toml`, applied to its tree before anything is read from it.
//!
//! A path names a value as `travel.detour_factor` does; an entry of a list is named in brackets by its `id`, `name` or
//! `stage`, or by its position counted from 1: `rules[min_size].limit`, `zoning[junior].contiguous`, `years[1]`. A rule of a
//! pack is named like one of the scenario's own; what is set becomes an override. A value keeps the place of the variant
//! that sets it, so that a mistake in it is reported there. A cell of the tables of units and sites is named by id and
//! column: `sites[s1].rooms`.

use super::document::{Document, Step, Tree};
use super::problem::{Code, Problem, Problems};
use super::table::CellChange;
use std::borrow::Cow;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// Cells that a variant sets in tables.
#[derive(Debug, Default)]
pub struct CellChanges {
    /// In the table of units.
    pub units: Vec<CellChange>,
    /// In the table of sites.
    pub sites: Vec<CellChange>,
}

impl CellChanges {
    /// Whether the tables are left as they are.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty() && self.sites.is_empty()
    }
}

/// Applies the variant at position `at` of `[[variants]]` to the tree; what it sets in tables is returned.
pub fn apply(document: &Document, tree: &mut Tree<'_>, at: usize, problems: &mut Problems) -> CellChanges {
    let Some(variant) = entry(tree, at).cloned() else { return CellChanges::default() };
    let mut change = Change { document, root: tree.get_mut(), cells: CellChanges::default(), problems };
    if let Some(DeValue::Table(values)) = variant.get("set").map(Spanned::get_ref) {
        for (path, value) in values {
            change.set(path, value);
        }
    }
    if let Some(DeValue::Array(paths)) = variant.get("remove").map(Spanned::get_ref) {
        for path in paths {
            change.remove(path);
        }
    }
    for list in ["actions", "rules"] {
        if let Some(DeValue::Array(entries)) = variant.get(list).map(Spanned::get_ref) {
            change.append(list, entries);
        }
    }
    change.cells
}

fn entry<'t, 'i>(tree: &'t Tree<'i>, at: usize) -> Option<&'t DeTable<'i>> {
    tree.get_ref().get("variants")?.get_ref().get(at)?.get_ref().as_table()
}

/// One step of a path: a key and perhaps an entry of the list there.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Segment {
    key: String,
    selector: Option<String>,
}

/// Splits a path; `None` where it is not well formed.
fn parse(path: &str) -> Option<Vec<Segment>> {
    let mut segments = Vec::new();
    let mut rest = path;
    loop {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let key = rest[..end].trim().to_owned();
        if key.is_empty() {
            return None;
        }
        rest = &rest[end..];
        let mut selector = None;
        if let Some(inner) = rest.strip_prefix('[') {
            let close = inner.find(']')?;
            selector = Some(inner[..close].trim().trim_matches('"').to_owned());
            rest = &inner[close + 1..];
        }
        segments.push(Segment { key, selector });
        match rest.strip_prefix('.') {
            Some(further) => rest = further,
            None if rest.is_empty() => return Some(segments),
            None => return None,
        }
    }
}

struct Change<'a, 'i> {
    document: &'a Document,
    root: &'a mut DeTable<'i>,
    cells: CellChanges,
    problems: &'a mut Problems,
}

impl<'i> Change<'_, 'i> {
    fn wrong(&mut self, span: &Range<usize>, path: &str, nearest: Option<&str>, valid: &[String]) {
        let problem: Problem = self.document.problem(Code::VariantPath, span).with("value", path);
        let problem = match nearest {
            Some(word) => problem.nearest(word, valid.iter().map(String::as_str)),
            None => problem,
        };
        self.problems.push(problem);
    }

    /// The segments of a path that a variant may change.
    fn segments(&mut self, span: &Range<usize>, path: &str) -> Option<Vec<Segment>> {
        let segments = parse(path);
        match segments {
            Some(segments) if !matches!(segments[0].key.as_str(), "schema" | "name" | "variants") => Some(segments),
            _ => {
                self.wrong(span, path, None, &[]);
                None
            }
        }
    }

    /// Sends a path to a rule that is not the scenario's own to the override of that rule, adding one if there is none.
    fn redirect(&mut self, segments: &mut [Segment], span: &Range<usize>) {
        let Some(Segment { key, selector: Some(id) }) = segments.first().cloned() else { return };
        let own = self.root.get("rules").and_then(|list| find(list.get_ref(), &id)).is_some();
        if key != "rules" || own {
            return;
        }
        "override".clone_into(&mut segments[0].key);
        let list = list_at(self.root, "override", span);
        if let Some(list) = list
            && !list.iter().any(|entry| named(entry.get_ref(), "id", &id))
        {
            let mut table = DeTable::new();
            table.insert(
                Spanned::new(span.clone(), Cow::Borrowed("id")),
                Spanned::new(span.clone(), DeValue::String(Cow::Owned(id))),
            );
            list.push(Spanned::new(span.clone(), DeValue::Table(table)));
        }
    }

    fn set(&mut self, path: &Spanned<Cow<'i, str>>, value: &Spanned<DeValue<'i>>) {
        let span = path.span();
        let Some(mut segments) = self.segments(&span, path.get_ref()) else { return };
        if self.set_cell(&segments, &span, path.get_ref(), value.get_ref()) {
            return;
        }
        if segments.len() > 1 {
            self.redirect(&mut segments, &span);
        }
        match put(self.root, &segments, &span, value) {
            Ok(()) => {}
            Err(Lost { selector, valid }) => self.wrong(&span, path.get_ref(), selector.as_deref(), &valid),
        }
    }

    /// Takes a path into a table, such as `sites[s1].rooms`; says whether it is one.
    fn set_cell(&mut self, segments: &[Segment], span: &Range<usize>, path: &str, value: &DeValue<'i>) -> bool {
        let [Segment { key: table, selector: Some(key) }, Segment { key: column, selector: None }] = segments else {
            return false;
        };
        let list = match table.as_str() {
            "units" => &mut self.cells.units,
            "sites" => &mut self.cells.sites,
            _ => return false,
        };
        let value = match value {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(integer) => integer.to_string(),
            DeValue::Float(float) => float.as_str().to_owned(),
            DeValue::Boolean(flag) => flag.to_string(),
            DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => {
                self.wrong(span, path, None, &[]);
                return true;
            }
        };
        let lost = self.document.problem(Code::VariantPath, span).with("value", path);
        list.push(CellChange { key: key.clone(), column: column.clone(), value, lost });
        true
    }

    fn remove(&mut self, path: &Spanned<DeValue<'i>>) {
        let span = path.span();
        let Some(text) = path.get_ref().as_str() else { return };
        let Some(mut segments) = self.segments(&span, text) else { return };
        if let [Segment { key, selector: Some(id) }] = segments.as_slice() {
            let own = self.root.get("rules").and_then(|list| find(list.get_ref(), id)).is_some();
            if key == "rules" && !own {
                // A rule of a pack is left out by an override.
                self.redirect(&mut segments, &span);
                let Some(Segment { selector: Some(id), .. }) = segments.first() else { return };
                if let Some(list) = list_at(self.root, "override", &span) {
                    for entry in list.iter_mut().filter(|entry| named(entry.get_ref(), "id", id)) {
                        if let DeValue::Table(table) = entry.get_mut() {
                            table.insert(
                                Spanned::new(span.clone(), Cow::Borrowed("enabled")),
                                Spanned::new(span.clone(), DeValue::Boolean(false)),
                            );
                        }
                    }
                }
                return;
            }
        }
        match take(self.root, &segments) {
            Ok(()) => {}
            Err(Lost { selector, valid }) => self.wrong(&span, text, selector.as_deref(), &valid),
        }
    }

    fn append(&mut self, key: &str, entries: &DeArray<'i>) {
        let span = entries.first().map_or(0..0, Spanned::span);
        if let Some(list) = list_at(self.root, key, &span) {
            for entry in entries {
                list.push(entry.clone());
            }
        }
    }
}

/// Why a path leads nowhere: the word that was not found, and those that would have been.
struct Lost {
    selector: Option<String>,
    valid: Vec<String>,
}

impl Lost {
    fn here() -> Self {
        Self { selector: None, valid: Vec::new() }
    }
}

/// Puts a value at the end of a path, making tables on the way.
fn put<'i>(
    table: &mut DeTable<'i>,
    segments: &[Segment],
    span: &Range<usize>,
    value: &Spanned<DeValue<'i>>,
) -> Result<(), Lost> {
    let (segment, rest) = segments.split_first().ok_or_else(Lost::here)?;
    let key = segment.key.as_str();
    if segment.selector.is_none() && rest.is_empty() {
        table.remove(key);
        table.insert(Spanned::new(span.clone(), Cow::Owned(key.to_owned())), value.clone());
        return Ok(());
    }
    if segment.selector.is_none() && !table.contains_key(key) {
        let made = Spanned::new(span.clone(), DeValue::Table(DeTable::new()));
        table.insert(Spanned::new(span.clone(), Cow::Owned(key.to_owned())), made);
    }
    let slot = slot(table, segment)?;
    match (rest.is_empty(), slot.get_mut()) {
        (true, _) => *slot = value.clone(),
        (false, DeValue::Table(inner)) => put(inner, rest, span, value)?,
        (false, _) => return Err(Lost::here()),
    }
    Ok(())
}

/// Takes out what is at the end of a path.
fn take(table: &mut DeTable<'_>, segments: &[Segment]) -> Result<(), Lost> {
    let (segment, rest) = segments.split_first().ok_or_else(Lost::here)?;
    if !rest.is_empty() {
        return match slot(table, segment)?.get_mut() {
            DeValue::Table(inner) => take(inner, rest),
            _ => Err(Lost::here()),
        };
    }
    slot(table, segment)?;
    match (&segment.selector, table.get_mut(segment.key.as_str()).map(Spanned::get_mut)) {
        (Some(id), Some(value)) => {
            let at = find(value, id);
            if let (Some(at), DeValue::Array(list)) = (at, value) {
                *list = without(list, at);
            }
        }
        _ => {
            table.remove(segment.key.as_str());
        }
    }
    Ok(())
}

/// The value of a key, or the entry of the list there that the selector names.
fn slot<'t, 'i>(table: &'t mut DeTable<'i>, segment: &Segment) -> Result<&'t mut Spanned<DeValue<'i>>, Lost> {
    let valid = table.keys().map(|key| key.get_ref().to_string()).collect();
    let Some(value) = table.get_mut(segment.key.as_str()) else {
        return Err(Lost { selector: Some(segment.key.clone()), valid });
    };
    let Some(id) = &segment.selector else { return Ok(value) };
    let lost = || Lost { selector: Some(id.clone()), valid: names(value.get_ref()) };
    let Some(at) = find(value.get_ref(), id) else { return Err(lost()) };
    match value.get_mut() {
        DeValue::Array(list) => list.get_mut(at).ok_or_else(Lost::here),
        _ => Err(Lost::here()),
    }
}

fn without<'i>(list: &mut DeArray<'i>, at: usize) -> DeArray<'i> {
    std::mem::replace(list, DeArray::new())
        .into_iter()
        .enumerate()
        .filter(|(position, _)| *position != at)
        .map(|(_, entry)| entry)
        .collect()
}

/// The list of a key, made where there is none; `None` where something else is there.
pub fn list_at<'t, 'i>(table: &'t mut DeTable<'i>, key: &str, span: &Range<usize>) -> Option<&'t mut DeArray<'i>> {
    if !table.contains_key(key) {
        table.insert(
            Spanned::new(span.clone(), Cow::Owned(key.to_owned())),
            Spanned::new(span.clone(), DeValue::Array(DeArray::new())),
        );
    }
    match table.get_mut(key).map(Spanned::get_mut) {
        Some(DeValue::Array(list)) => Some(list),
        _ => None,
    }
}

fn named(entry: &DeValue<'_>, field: &str, name: &str) -> bool {
    entry.get(field).and_then(|value| value.get_ref().as_str()) == Some(name)
}

const NAMES: [&str; 3] = ["id", "name", "stage"];

/// The position of an entry by its name or, failing that, by its position counted from 1.
fn find(list: &DeValue<'_>, selector: &str) -> Option<usize> {
    let list = list.as_array()?;
    let by_name = list.iter().position(|entry| NAMES.iter().any(|field| named(entry.get_ref(), field, selector)));
    by_name.or_else(|| selector.parse::<usize>().ok()?.checked_sub(1).filter(|&at| at < list.len()))
}

/// The names of the entries of a list.
fn names(list: &DeValue<'_>) -> Vec<String> {
    let entries = list.as_array().map(|list| list.iter()).into_iter().flatten();
    entries
        .flat_map(|entry| NAMES.iter().filter_map(|field| entry.get_ref().get(*field)))
        .filter_map(|value| value.get_ref().as_str().map(str::to_owned))
        .collect()
}

/// The place of a variant, for messages.
pub fn place(at: usize) -> [Step<'static>; 3] {
    [Step::Key("variants"), Step::Item(at), Step::Key("name")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_keys_with_selectors_in_which_dots_are_plain() {
        let segment =
            |key: &str, selector: Option<&str>| Segment { key: key.to_owned(), selector: selector.map(str::to_owned) };
        assert_eq!(
            parse("rules[cn.dd6.gov05.primary].limit"),
            Some(vec![segment("rules", Some("cn.dd6.gov05.primary")), segment("limit", None)])
        );
        assert_eq!(parse("years[1]"), Some(vec![segment("years", Some("1"))]));
        for bad in ["", ".", "a..b", "a[", "a[b", "a]b[", "a[b]c", "[a]", "a."] {
            assert_eq!(parse(bad).filter(|segments| segments.len() != 1), None, "{bad}");
        }
    }
}
