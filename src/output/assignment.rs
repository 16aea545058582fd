//! `assignment.csv`: which unit goes to which school, with the school of the baseline beside it. Whether pupils change
//! school is left empty where the baseline is only assumed.

use super::bundle::Bundle;
use super::table::{Cell, Column, Table, column, grade_cells, grade_columns};
use crate::domain::district::Stage;
use std::collections::BTreeMap;

/// The table of assignments, in the order of the document: by unit, stage, band and year.
pub fn table(bundle: &Bundle<'_>) -> Table {
    let baseline: BTreeMap<(&str, Stage), (&str, Option<i64>)> = bundle
        .trips
        .iter()
        .filter(|trip| trip.year == bundle.document.baseline_year)
        .map(|trip| ((trip.unit.as_str(), trip.stage), (trip.site.as_str(), trip.metres)))
        .collect();
    let columns = columns(&bundle.grade_keys());
    let rows = bundle
        .document
        .assignment
        .iter()
        .map(|row| {
            let before = baseline.get(&(row.unit.as_str(), row.stage)).copied();
            let mut cells = vec![
                Cell::Key(row.unit.clone()),
                Cell::Text(bundle.unit_name(&row.unit).to_owned()),
                Cell::Key(row.stage.name().to_owned()),
                // Excel takes `7-9` for a date; with an en dash it stays what it is.
                Cell::Key(row.band.replace('-', "–")),
                Cell::Whole(i64::from(row.year)),
                Cell::Key(row.site.clone()),
                Cell::Text(bundle.site_name(&row.site).to_owned()),
                Cell::Whole(row.pupils.values().sum()),
            ];
            cells.extend(grade_cells(&row.pupils, bundle));
            cells.extend([
                Cell::number(Some(row.km), 3),
                Cell::number(row.minutes, 1),
                Cell::Key(row.mode.clone()),
                Cell::Flag(row.boarding),
                before.map_or(Cell::Empty, |(site, _)| Cell::Key(site.to_owned())),
                before.map_or(Cell::Empty, |(site, _)| Cell::Text(bundle.site_name(site).to_owned())),
                Cell::number(before.and_then(|(_, metres)| metres).map(|metres| metres as f64 / 1000.0), 3),
                if bundle.scenario.baseline.assumed {
                    Cell::Empty
                } else {
                    Cell::Flag(before.is_none_or(|(site, _)| site != row.site))
                },
            ]);
            cells
        })
        .collect();
    Table { name: "assignment", columns, rows }
}

/// The columns, with one of pupils for every grade.
pub fn columns(grades: &[String]) -> Vec<Column> {
    let mut columns = vec![
        column("unit", 12.0),
        column("unit_name", 20.0),
        column("stage", 10.0),
        column("band", 8.0),
        column("year", 8.0),
        column("site", 12.0),
        column("site_name", 24.0),
        column("pupils", 10.0),
    ];
    columns.extend(grade_columns("pupils", grades));
    columns.extend([
        column("km", 8.0),
        column("minutes", 8.0),
        column("mode", 14.0),
        column("boarding", 8.0),
        column("baseline_site", 12.0),
        column("baseline_site_name", 24.0),
        column("baseline_km", 10.0),
        column("changes", 8.0),
    ]);
    columns
}
