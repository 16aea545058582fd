//! `transfers.csv`: from which school to which school pupils go, year by year; those who stay are in it.

use super::{assumed, site, stage, year};
use crate::output::bundle::Bundle;
use crate::output::table::{Cell, Column, Table, column};

/// The table, by year and stage.
pub fn table(bundle: &Bundle<'_>) -> Table {
    let rows = bundle
        .consequences()
        .transfers
        .iter()
        .map(|one| {
            let mut cells = vec![year(one.year)];
            cells.extend(stage(bundle, one.stage));
            cells.extend(one.from.map_or([Cell::Empty, Cell::Empty], |from| site(bundle, from)));
            cells.extend(site(bundle, one.to));
            cells.push(Cell::Flag(one.from != Some(one.to)));
            cells.extend([one.pupils, one.entrants].map(Cell::Whole));
            let mean =
                |sum: i64| Cell::number((one.measured > 0).then(|| sum as f64 / one.measured as f64 / 1000.0), 3);
            cells.extend([mean(one.before), mean(one.after), assumed(bundle, one.year)]);
            cells
        })
        .collect();
    Table { name: "transfers", columns: columns(), rows }
}

/// The columns.
pub fn columns() -> Vec<Column> {
    vec![
        column("year", 8.0),
        column("stage", 12.0),
        column("stage_text", 12.0),
        column("from_site", 12.0),
        column("from_name", 24.0),
        column("to_site", 12.0),
        column("to_name", 24.0),
        column("changes", 10.0),
        column("pupils", 10.0),
        column("entrants", 10.0),
        column("km_before", 10.0),
        column("km_after", 10.0),
        column("assumed", 10.0),
    ]
}
