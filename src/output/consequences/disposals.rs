//! `disposals.csv`: released places, each with its one use.

use super::{site, year};
use crate::i18n::word;
use crate::output::bundle::Bundle;
use crate::output::table::{Cell, Column, Table, column};

/// The table, by year.
pub fn table(bundle: &Bundle<'_>) -> Table {
    let rows = bundle
        .consequences()
        .disposed
        .iter()
        .map(|one| {
            let mut cells = vec![year(one.year)];
            cells.extend(site(bundle, one.site));
            cells.extend([
                Cell::Key(one.action.clone()),
                Cell::Text(word(bundle.language, "action", &one.action)),
                Cell::Key(one.disposal.name().to_owned()),
                Cell::Text(word(bundle.language, "disposal", one.disposal.name())),
                Cell::Flag(one.given),
            ]);
            cells.extend(
                [one.land_m2, one.teaching_m2, one.sports_m2, one.dormitory_m2].map(|area| Cell::number(area, 1)),
            );
            cells.extend([one.rooms, one.beds].map(Cell::Whole));
            cells
        })
        .collect();
    Table { name: "disposals", columns: columns(), rows }
}

/// The columns.
pub fn columns() -> Vec<Column> {
    vec![
        column("year", 8.0),
        column("site", 12.0),
        column("site_name", 24.0),
        column("measure", 10.0),
        column("measure_text", 12.0),
        column("disposal", 12.0),
        column("disposal_text", 24.0),
        column("disposal_given", 12.0),
        column("land_m2", 12.0),
        column("teaching_m2", 12.0),
        column("sports_m2", 12.0),
        column("dormitory_m2", 12.0),
        column("rooms", 10.0),
        column("beds", 10.0),
    ]
}
