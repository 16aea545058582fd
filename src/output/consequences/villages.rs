//! `villages.csv`: one sheet for every village: old school, new school, distance, from which grade and year.

use super::{assumed, site, stage, year};
use crate::digest::consequences::placement::Spot;
use crate::digest::consequences::villages::Notice;
use crate::id::UnitId;
use crate::metric::band;
use crate::output::bundle::Bundle;
use crate::output::table::{Cell, Column, Table, column};
use crate::travel::{Leg, Travel};

/// The table, by unit and stage: changes by year, then what stays.
pub fn table(bundle: &Bundle<'_>) -> Table {
    let travel = Travel::new(bundle.scenario);
    let rows = bundle.consequences().notices.iter().map(|notice| row(bundle, &travel, notice)).collect();
    Table { name: "villages", columns: columns(), rows }
}

fn row(bundle: &Bundle<'_>, travel: &Travel<'_>, notice: &Notice) -> Vec<Cell> {
    let district = &bundle.scenario.district;
    let unit = &district.units[notice.unit];
    let mut cells = vec![
        Cell::Key(unit.key.clone()),
        Cell::Text(bundle.unit_name(&unit.key).to_owned()),
        unit.area.map_or(Cell::Empty, |area| Cell::Text(district.areas[area].name.clone())),
    ];
    cells.extend(stage(bundle, notice.stage));
    cells.extend([
        Cell::Key(grades(bundle, notice)),
        notice.year.map_or(Cell::Empty, year),
        Cell::Flag(notice.rising),
        Cell::Whole(notice.pupils),
        Cell::Flag(notice.year.is_some()),
    ]);
    let before = Way::of(travel, notice.unit, &notice.old);
    let after = Way::of(travel, notice.unit, &notice.new);
    cells.extend(sites(bundle, &notice.old));
    cells.push(Cell::number(before.as_ref().map(|way| way.km), 3));
    cells.extend(sites(bundle, &notice.new));
    let mode = after.as_ref().map_or(Cell::Empty, |way| Cell::Key(way.mode.to_owned()));
    cells.extend([
        Cell::number(after.as_ref().map(|way| way.km), 3),
        Cell::number(after.as_ref().map(|way| way.minutes), 1),
        mode,
        Cell::Flag(notice.new.iter().any(|part| part.0.boarding)),
        notice.year.map_or(Cell::Flag(false), |from| assumed(bundle, from)),
    ]);
    cells
}

/// The grades of a notice as people write them; an en dash, because Excel takes `7-9` for a date.
pub fn grades(bundle: &Bundle<'_>, notice: &Notice) -> String {
    band::key(bundle.scenario, &notice.grades).replace('-', "–")
}

/// Keys and names of the sites, each once, those with most pupils first.
fn sites(bundle: &Bundle<'_>, parts: &[(Spot, i64)]) -> [Cell; 2] {
    let mut parts = parts.to_vec();
    parts.sort_by_key(|&(spot, pupils)| (std::cmp::Reverse(pupils), spot));
    let mut ids: Vec<_> = parts.iter().map(|part| part.0.site).collect();
    let mut seen = Vec::new();
    ids.retain(|id| {
        !seen.contains(id) && {
            seen.push(*id);
            true
        }
    });
    if ids.is_empty() {
        return [Cell::Empty, Cell::Empty];
    }
    let words = |at: usize| {
        let parts: Vec<String> = ids
            .iter()
            .map(|&id| match &site(bundle, id)[at] {
                Cell::Key(words) | Cell::Text(words) => words.clone(),
                _ => String::new(),
            })
            .collect();
        parts.join("; ")
    };
    [Cell::Key(words(0)), Cell::Text(words(1))]
}

/// The mean way of some pupils of a unit.
pub struct Way {
    /// One way.
    pub km: f64,
    /// One way.
    pub minutes: f64,
    /// How it was measured, or `mixed`.
    pub mode: &'static str,
}

impl Way {
    /// The mean over pupils; `None` without pupils and where a way is not known.
    pub fn of(travel: &Travel<'_>, unit: UnitId, parts: &[(Spot, i64)]) -> Option<Self> {
        let legs: Vec<(Leg, i64)> =
            parts.iter().map(|&(spot, pupils)| Some((travel.leg(unit, spot.site)?, pupils))).collect::<Option<_>>()?;
        let pupils: i64 = legs.iter().map(|leg| leg.1).sum();
        let mean = |of: fn(&Leg) -> f64| {
            legs.iter().map(|(leg, pupils)| of(leg) * *pupils as f64).sum::<f64>() / pupils as f64
        };
        let first = legs.first()?.0.mode;
        let mode = if legs.iter().all(|(leg, _)| leg.mode == first) { first.name() } else { "mixed" };
        (pupils > 0).then(|| Self { km: mean(|leg| leg.metres.km()), minutes: mean(|leg| leg.seconds.minutes()), mode })
    }
}

/// The columns.
pub fn columns() -> Vec<Column> {
    vec![
        column("unit", 12.0),
        column("unit_name", 20.0),
        column("area", 14.0),
        column("stage", 12.0),
        column("stage_text", 12.0),
        column("grades", 8.0),
        column("from_year", 10.0),
        column("rising", 10.0),
        column("pupils", 10.0),
        column("changes", 10.0),
        column("old_site", 12.0),
        column("old_site_name", 24.0),
        column("km_before", 10.0),
        column("new_site", 12.0),
        column("new_site_name", 24.0),
        column("km_after", 10.0),
        column("minutes", 10.0),
        column("mode", 14.0),
        column("boarding", 10.0),
        column("assumed", 10.0),
    ]
}
