//! What ties units and sites together: given distances, adjacency and today's catchments.

use super::frame::Frame;
use super::problem::{Code, Problems, Reported};
use super::table::{Keys, Row, Table};
use super::words;
use crate::domain::demand::Demand;
use crate::domain::district::{District, SiteStatus};
use crate::domain::scenario::{Baseline, TravelEntry};
use crate::id::{Id, IdVec, SiteId, UnitId};
use crate::units::{Metres, Pupils, Seconds};
use std::collections::BTreeMap;

/// Longest distance of a travel table in metres: half way round the earth.
const MOST_METRES: f64 = 20_100_000.0;
/// Longest time of a travel table in minutes: a week.
const MOST_MINUTES: f64 = 10_080.0;

/// Reads `travel.csv`.
pub fn travel(table: &Table<'_>, units: &Keys, sites: &Keys, problems: &mut Problems) -> Vec<TravelEntry> {
    table.warn_others(&[], words::TRAVEL, problems);
    if !table.has("metres") && !table.has("km") {
        problems.push(
            super::problem::Problem::new(Code::MissingColumn, table.file())
                .at(super::problem::Place::Row { line: 1, column: None })
                .with("column", "metres | km")
                .with_list("found", table.others().map(|(_, name)| name)),
        );
        return Vec::new();
    }
    let mut entries: BTreeMap<(UnitId, SiteId), (Metres, Option<Seconds>)> = BTreeMap::new();
    let _ = table.each(problems, |row, problems| {
        let _ = distance_of_row(row, units, sites, &mut entries, problems);
    });
    entries.into_iter().map(|((unit, site), (metres, seconds))| TravelEntry { unit, site, metres, seconds }).collect()
}

fn distance_of_row(
    row: &Row<'_>,
    units: &Keys,
    sites: &Keys,
    entries: &mut BTreeMap<(UnitId, SiteId), (Metres, Option<Seconds>)>,
    problems: &mut Problems,
) -> Result<(), Reported> {
    let unit = row.needed_reference("unit", units, problems).map(UnitId::new);
    let site = row.needed_reference("site", sites, problems).map(SiteId::new);
    let metres = row.number("metres", 0.0..=MOST_METRES, problems);
    let km = row.number("km", 0.0..=MOST_METRES / 1000.0, problems);
    let minutes = row.number("minutes", 0.0..=MOST_MINUTES, problems);
    let metres = match (metres?, km?) {
        (Some(metres), _) => metres.round() as i64,
        (None, Some(km)) => (km * 1000.0).round() as i64,
        (None, None) => {
            let column = if row.has("metres") { "metres" } else { "km" };
            return Err(problems.push(row.problem(Code::EmptyCell, column)));
        }
    };
    let seconds = minutes?.map(|minutes| Seconds((minutes * 60.0).round() as i64));
    if entries.insert((unit?, site?), (Metres(metres), seconds)).is_some() {
        let pair = format!("{}, {}", row.text("unit").unwrap_or_default(), row.text("site").unwrap_or_default());
        return Err(problems.push(row.problem(Code::DuplicateRow, "site").with("value", pair)));
    }
    Ok(())
}

/// Reads `adjacency.csv`: every pair once, the smaller unit first, in order.
pub fn adjacency(table: &Table<'_>, units: &Keys, problems: &mut Problems) -> Vec<(UnitId, UnitId)> {
    table.warn_others(&[], words::ADJACENCY, problems);
    let mut pairs = Vec::new();
    let _ = table.each(problems, |row, problems| {
        let unit = row.needed_reference("unit", units, problems);
        let neighbour = row.needed_reference("neighbour", units, problems);
        if let (Ok(unit), Ok(neighbour)) = (unit, neighbour) {
            if unit == neighbour {
                problems.push(
                    row.problem(Code::SelfNeighbour, "neighbour").with("value", row.text("unit").unwrap_or_default()),
                );
            }
            pairs.push((UnitId::new(unit.min(neighbour)), UnitId::new(unit.max(neighbour))));
        }
    });
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Reads `baseline.csv`.
pub fn baseline(
    table: &Table<'_>,
    frame: &Frame,
    district: &District,
    demand: &Demand,
    (units, sites): (&Keys, &Keys),
    problems: &mut Problems,
) -> Baseline {
    table.warn_others(&[], words::BASELINE, problems);
    let mut given = IdVec::filled(vec![None; frame.stages.len()], district.units.len());
    let _ = table.each(problems, |row, problems| {
        let _ = catchment_of_row(row, frame, district, (units, sites), &mut given, problems);
    });
    // Rows that could not be read, here or in the tables they refer to, are not missing.
    if !problems.has_errors() {
        for (unit, of_unit) in given.entries() {
            for (at, &stage) in frame.stages.iter().enumerate() {
                let pupils: Pupils =
                    district.grades_of(stage).map(|grade| demand.pupils(frame.baseline_year, unit, grade)).sum();
                if of_unit[at].is_none() && pupils > Pupils::ZERO {
                    problems.push(
                        super::problem::Problem::new(Code::BaselineMissing, table.file())
                            .with("value", &district.units[unit].key)
                            .with("stage", stage.name())
                            .with("pupils", pupils),
                    );
                }
            }
        }
    }
    Baseline { assumed: false, sites: given }
}

fn catchment_of_row(
    row: &Row<'_>,
    frame: &Frame,
    district: &District,
    (units, sites): (&Keys, &Keys),
    given: &mut IdVec<UnitId, Vec<Option<SiteId>>>,
    problems: &mut Problems,
) -> Result<(), Reported> {
    let unit = row.needed_reference("unit", units, problems).map(UnitId::new);
    let site = row.needed_reference("site", sites, problems).map(SiteId::new);
    let stage = match row.choice("stage", words::STAGES, problems)? {
        Some(stage) => stage,
        None if frame.stages.len() == 1 => frame.stages[0],
        None => return Err(problems.push(row.problem(Code::EmptyCell, "stage"))),
    };
    let (unit, site) = (unit?, site?);
    let Some(at) = frame.stages.iter().position(|&s| s == stage) else { return Ok(()) };
    let place = &district.sites[site];
    if place.status != SiteStatus::Operating {
        return Err(problems.push(row.problem(Code::NotOperating, "site").with("value", &place.key)));
    }
    if !place.kind.stages().contains(&stage) {
        return Err(problems.push(
            row.problem(Code::StageNotOffered, "site")
                .with("value", stage.name())
                .with("subject", &place.key)
                .with("kind", place.kind.name())
                .with_list("expected", place.kind.stages().iter().map(|stage| stage.name())),
        ));
    }
    if given[unit][at].replace(site).is_some() {
        let pair = format!("{}, {}", row.text("unit").unwrap_or_default(), stage.name());
        return Err(problems.push(row.problem(Code::DuplicateRow, "unit").with("value", pair)));
    }
    Ok(())
}
