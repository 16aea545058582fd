//! Forecasts of `scenario.toml` with what `entrants.csv` and `housing.csv` know of single units.
//!
//! A planner meets one notion of a forecast: a variant that changes nothing but pupils. Every entry of `[[forecasts]]` is
//! therefore a member of the family [`FAMILY`] as well.

use super::document::{Document, Step, Tree};
use super::family;
use super::frame::{Frame, YEARS};
use super::manifest::{Manifest, numbers_by};
use super::problem::{Code, Problem, Problems, Reported};
use super::table::{Keys, Row, Table};
use super::words;
use crate::domain::district::Stage;
use crate::domain::projection::{Assumptions, Local};
use crate::message::Text;
use crate::units::{Pupils, Year};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Most entrants or dwellings of one figure.
const MOST: f64 = 10_000_000.0;
/// The key of a share for whatever is not named.
const OTHER: &str = "other";

/// The family of variants that the forecasts are.
pub const FAMILY: &str = "forecast";

/// A forecast of the pupils of the plan years: cohorts a year older every year.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForecastEntry {
    /// Short name, for `[pupils] forecast`; the variant is `forecast/NAME`.
    pub name: String,
    /// Name shown to users.
    #[serde(default)]
    pub title: Text,
    /// Entrants of the county by stage and year.
    #[serde(default)]
    #[schemars(schema_with = "entrants_schema")]
    pub entrants: BTreeMap<Stage, BTreeMap<String, f64>>,
    /// Yearly change of the entrants that are not given, as a fraction, by stage; 0 where absent.
    #[serde(default)]
    #[schemars(schema_with = "super::manifest::by_stage")]
    pub entrants_change: BTreeMap<Stage, f64>,
    /// Share of a grade who are in the next one a year later, by the number of the next; `other` for all that are not
    /// named, 1 where absent.
    #[serde(default)]
    pub progression: BTreeMap<String, f64>,
    /// Yearly net arrivals as a share of the pupils of a unit, by its setting; `other` for all that are not named, 0 where
    /// absent.
    #[serde(default)]
    #[schemars(schema_with = "by_setting")]
    pub migration: BTreeMap<String, f64>,
    /// Pupils of a stage for every dwelling of `housing.csv`; 0 where absent.
    #[serde(default)]
    #[schemars(schema_with = "super::manifest::by_stage")]
    pub dwelling_yield: BTreeMap<Stage, f64>,
}

fn entrants_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    let years = serde_json::json!({ "type": "object", "additionalProperties": { "type": "number" } });
    let properties: serde_json::Map<String, serde_json::Value> =
        Stage::ALL.iter().map(|stage| (stage.name().to_owned(), years.clone())).collect();
    schemars::json_schema!({ "type": "object", "properties": properties, "additionalProperties": false })
}

fn by_setting(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    numbers_by(["urban", "town", "rural", OTHER].into_iter())
}

/// Where messages about a scenario file point to.
struct Place<'a, 'i> {
    document: &'a Document,
    tree: &'a Tree<'i>,
}

impl Place<'_, '_> {
    fn problem(&self, code: Code, path: &[Step<'_>]) -> Problem {
        self.document.problem_at(code, self.tree, path)
    }

    fn range(&self, path: &[Step<'_>], key: &str, value: f64, (least, most): (f64, f64), problems: &mut Problems) {
        if !(least..=most).contains(&value) {
            let problem = self.problem(Code::OutOfRange, path).with("key", key);
            problems.push(problem.with("value", value).with("least", least).with("most", most));
        }
    }
}

/// Appends a variant for every forecast to those of the tree: `forecast/low` sets `pupils.forecast` to `low`. What has no name
/// is left to the check of its shape, and a name that is there twice to [`chosen`].
pub fn offer(tree: &mut Tree<'_>) {
    let mut members: Vec<Spanned<DeValue<'_>>> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for (entry, name, text) in entries(tree) {
        if names.contains(&text) {
            continue;
        }
        let span = name.span();
        let word = |text: String| Spanned::new(span.clone(), DeValue::String(Cow::Owned(text)));
        let key = |key: &'static str| Spanned::new(span.clone(), Cow::Borrowed(key));
        let mut set = DeTable::new();
        set.insert(key("pupils.forecast"), name.clone());
        let mut variant = DeTable::new();
        variant.insert(key("name"), word(format!("{FAMILY}/{text}")));
        variant.insert(key("family"), word(FAMILY.to_owned()));
        variant.insert(key("set"), Spanned::new(span.clone(), DeValue::Table(set)));
        if let Some(title) = entry.get("title") {
            variant.insert(key("title"), title.clone());
        }
        members.push(Spanned::new(span, DeValue::Table(variant)));
        names.push(text);
    }
    family::append(tree, members);
}

/// The names of the forecasts of a tree, also of those that do not fit the schema.
pub fn names(tree: &Tree<'_>) -> Vec<String> {
    entries(tree).map(|(_, _, name)| name).collect()
}

/// The forecasts of a tree that have a name: entry, value of the name, name.
fn entries<'t, 'i>(tree: &'t Tree<'i>) -> impl Iterator<Item = (&'t DeTable<'i>, &'t Spanned<DeValue<'i>>, String)> {
    let list = tree.get_ref().get("forecasts").and_then(|list| list.get_ref().as_array());
    list.into_iter().flat_map(|list| list.iter()).filter_map(|entry| {
        let table = entry.get_ref().as_table()?;
        let name = table.get("name")?;
        Some((table, name, name.get_ref().as_str()?.to_owned()))
    })
}

/// Checks every forecast and returns the one in use: the named one, else the first, `None` where there is none. `names` are
/// those of [`names`]: to name a forecast that has mistakes of its own is no further mistake.
pub fn chosen(
    manifest: &Manifest,
    names: &[String],
    document: &Document,
    tree: &Tree<'_>,
    problems: &mut Problems,
) -> Option<Assumptions> {
    let place = Place { document, tree };
    let mut all = Vec::new();
    for (at, entry) in manifest.forecasts.iter().enumerate() {
        let twice = manifest.forecasts[..at].iter().position(|other| other.name == entry.name);
        if let Some(first) = twice {
            let path = [Step::Key("forecasts"), Step::Item(at), Step::Key("name")];
            let problem = place.problem(Code::DuplicateId, &path).with("kind", "forecast");
            problems.push(problem.with("value", &entry.name).with("first", first + 1));
        }
        all.push(assumptions(entry, at, manifest, &place, problems));
    }
    match &manifest.pupils.forecast {
        None => all.into_iter().next(),
        Some(name) => {
            let found = all.iter().position(|forecast| forecast.name == *name);
            if !names.contains(name) {
                let path = [Step::Key("pupils"), Step::Key("forecast")];
                let problem = place.problem(Code::UnknownReference, &path).with("kind", "forecast");
                problems.push(problem.with("value", name).nearest(name, names.iter().map(String::as_str)));
            }
            found.map(|at| all.swap_remove(at))
        }
    }
}

fn assumptions(
    entry: &ForecastEntry,
    at: usize,
    manifest: &Manifest,
    place: &Place<'_, '_>,
    problems: &mut Problems,
) -> Assumptions {
    let path = |key: &'static str| [Step::Key("forecasts"), Step::Item(at), Step::Key(key)];
    let mut entrants = BTreeMap::new();
    for (&stage, years) in &entry.entrants {
        in_scenario(stage, &path("entrants"), manifest, place, problems);
        for (year, &pupils) in years {
            let after = manifest.baseline_year.0 + 1..=*YEARS.end();
            let Some(later) = year.parse::<i32>().ok().filter(|year| after.contains(year)) else {
                let problem = place.problem(Code::OutOfRange, &path("entrants")).with("key", "entrants");
                problems.push(problem.with("value", year).with("least", after.start()).with("most", after.end()));
                continue;
            };
            place.range(&path("entrants"), "entrants", pupils, (0.0, MOST), problems);
            entrants.insert((stage, Year(later)), pupils);
        }
    }
    for (&stage, &change) in &entry.entrants_change {
        in_scenario(stage, &path("entrants_change"), manifest, place, problems);
        place.range(&path("entrants_change"), "entrants_change", change, (-1.0, 1.0), problems);
    }
    for &each in entry.dwelling_yield.values() {
        place.range(&path("dwelling_yield"), "dwelling_yield", each, (0.0, 10.0), problems);
    }
    let mut progression = BTreeMap::new();
    for (key, &share) in &entry.progression {
        place.range(&path("progression"), "progression", share, (0.0, 2.0), problems);
        match key.parse::<i8>().ok().filter(|number| (-1..=12).contains(number)) {
            Some(number) => {
                progression.insert(number, share);
            }
            None if key == OTHER => {}
            None => {
                let problem = place.problem(Code::NotAGrade, &path("progression"));
                problems.push(problem.with("value", key).with("stage", "-1-12, other"));
            }
        }
    }
    let mut migration = BTreeMap::new();
    for (key, &share) in &entry.migration {
        place.range(&path("migration"), "migration", share, (-1.0, 1.0), problems);
        if let Some(setting) = words::look_up(words::SETTINGS, key) {
            migration.insert(setting, share);
        }
    }
    Assumptions {
        name: entry.name.clone(),
        entrants,
        entrants_change: entry.entrants_change.clone(),
        progression,
        progression_other: entry.progression.get(OTHER).copied().unwrap_or(1.0),
        migration,
        migration_other: entry.migration.get(OTHER).copied().unwrap_or(0.0),
        dwelling_yield: entry.dwelling_yield.clone(),
    }
}

fn in_scenario(stage: Stage, path: &[Step<'_>], manifest: &Manifest, place: &Place<'_, '_>, problems: &mut Problems) {
    if !manifest.stages.contains(&stage) {
        let problem = place.problem(Code::NotAStage, path).with("value", stage.name());
        problems.push(problem.with_list("expected", manifest.stages.iter().map(|stage| stage.name())));
    }
}

/// The totals that the forecast is held against, by year and stage.
pub fn totals(
    manifest: &Manifest,
    document: &Document,
    tree: &Tree<'_>,
    problems: &mut Problems,
) -> BTreeMap<(Year, Stage), Pupils> {
    let place = Place { document, tree };
    let mut all = BTreeMap::new();
    for (key, stages) in &manifest.pupils.totals {
        let path = [Step::Key("pupils"), Step::Key("totals"), Step::Key(key)];
        // Years beyond the plan are of no use, but a variant may plan for fewer years.
        let Some(year) = key.parse().ok().filter(|year| YEARS.contains(year)).map(Year) else {
            let problem = place.problem(Code::OutOfRange, &path).with("key", "totals").with("value", key);
            problems.push(problem.with("least", YEARS.start()).with("most", YEARS.end()));
            continue;
        };
        for (&stage, &pupils) in stages {
            in_scenario(stage, &path, manifest, &place, problems);
            place.range(&path, "totals", pupils, (0.0, MOST), problems);
            if pupils.is_finite() {
                all.insert((year, stage), Pupils(pupils.round() as i64));
            }
        }
    }
    all
}

/// What the tables know of single units, for every forecast and for named ones.
#[derive(Debug, Clone, Default)]
pub struct Growth {
    every: Local,
    named: BTreeMap<String, Local>,
}

impl Growth {
    /// What a forecast knows: rows with its name take the place of rows for every forecast.
    pub fn of(&self, forecast: &str) -> Local {
        let mut local = self.every.clone();
        if let Some(named) = self.named.get(forecast) {
            for (key, units) in &named.entrants {
                local.entrants.entry(*key).or_default().extend(units);
            }
            for (year, units) in &named.dwellings {
                local.dwellings.entry(*year).or_default().extend(units);
            }
        }
        local
    }

    fn local(&mut self, forecast: Option<&str>) -> &mut Local {
        match forecast {
            Some(name) => self.named.entry(name.to_owned()).or_default(),
            None => &mut self.every,
        }
    }
}

/// Reads `entrants.csv`.
pub fn entrants(table: &Table<'_>, frame: &Frame, units: &Keys, growth: &mut Growth, problems: &mut Problems) {
    table.warn_others(&[], words::ENTRANTS, problems);
    let _ = table.each(problems, |row, problems| {
        let unit = row.needed_reference("unit", units, problems);
        let year = year_of_row(row, frame, problems);
        let stage = stage_of_row(row, frame, problems);
        let forecast = forecast_of_row(row, frame, problems);
        let pupils = row.needed("entrants", problems).and_then(|_| row.number("entrants", 0.0..=MOST, problems));
        let (Ok(unit), Ok(year), Ok(stage), Ok(forecast), Ok(pupils)) = (unit, year, stage, forecast, pupils) else {
            return;
        };
        let rows = growth.local(forecast).entrants.entry((stage, year)).or_default();
        if rows.insert(unit, pupils.unwrap_or(0.0)).is_some() {
            problems.push(row.problem(Code::DuplicateRow, "unit").with("value", row.text("unit").unwrap_or_default()));
        }
    });
}

/// Reads `housing.csv`. Several projects of one unit and year add up.
pub fn housing(table: &Table<'_>, frame: &Frame, units: &Keys, growth: &mut Growth, problems: &mut Problems) {
    table.warn_others(&[], words::HOUSING, problems);
    let _ = table.each(problems, |row, problems| {
        let unit = row.needed_reference("unit", units, problems);
        let year = year_of_row(row, frame, problems);
        let forecast = forecast_of_row(row, frame, problems);
        let dwellings = row.needed("dwellings", problems).and_then(|_| row.number("dwellings", 0.0..=MOST, problems));
        let (Ok(unit), Ok(year), Ok(forecast), Ok(dwellings)) = (unit, year, forecast, dwellings) else { return };
        let rows = growth.local(forecast).dwellings.entry(year).or_default();
        *rows.entry(unit).or_insert(0.0) += dwellings.unwrap_or(0.0);
    });
}

/// A year after the baseline. Those after the last plan year are of no use, but a variant may plan for fewer years.
fn year_of_row(row: &Row<'_>, frame: &Frame, problems: &mut Problems) -> Result<Year, Reported> {
    row.needed("year", problems)?;
    let range = i64::from(frame.baseline_year.0) + 1..=i64::from(*YEARS.end());
    row.whole("year", range, problems)?.map(|year| Year(year as i32)).ok_or(Reported)
}

/// The stage of a row; the first of the scenario by age where it does not say.
fn stage_of_row(row: &Row<'_>, frame: &Frame, problems: &mut Problems) -> Result<Stage, Reported> {
    match row.choice("stage", words::STAGES, problems)? {
        Some(stage) if frame.stages.contains(&stage) => Ok(stage),
        Some(stage) => Err(problems.push(
            row.problem(Code::NotAStage, "stage")
                .with("value", stage.name())
                .with_list("expected", frame.stages.iter().map(|stage| stage.name())),
        )),
        None => frame.stages.iter().copied().min().ok_or(Reported),
    }
}

fn forecast_of_row<'r>(row: &Row<'r>, frame: &Frame, problems: &mut Problems) -> Result<Option<&'r str>, Reported> {
    match row.text("forecast") {
        Some(name) if !frame.forecast_names.iter().any(|known| known == name) => Err(problems.push(
            row.problem(Code::UnknownReference, "forecast")
                .with("kind", "forecast")
                .with("value", name)
                .nearest(name, frame.forecast_names.iter().map(String::as_str)),
        )),
        name => Ok(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::district::Setting;

    #[test]
    fn every_setting_is_a_key_of_migration() {
        let schema = by_setting(&mut schemars::SchemaGenerator::default()).to_value();
        for setting in [Setting::Urban, Setting::Town, Setting::Rural] {
            let name = words::name(words::SETTINGS, setting);
            assert!(schema["properties"].get(name).is_some(), "{name}");
        }
    }

    #[test]
    fn rows_of_a_forecast_take_the_place_of_rows_for_every_one() {
        let mut growth = Growth::default();
        growth.local(None).dwellings.insert(Year(2026), BTreeMap::from([(0, 10.0), (1, 20.0)]));
        growth.local(Some("high")).dwellings.insert(Year(2026), BTreeMap::from([(1, 50.0)]));
        assert_eq!(growth.of("high").dwellings[&Year(2026)], BTreeMap::from([(0, 10.0), (1, 50.0)]));
        assert_eq!(growth.of("low").dwellings[&Year(2026)], BTreeMap::from([(0, 10.0), (1, 20.0)]));
    }
}
