//! `staffing.csv`: posts and people of every section in every year, with what it needs.

use super::staff::body;
use super::{hundredths, site, stage, year};
use crate::output::bundle::Bundle;
use crate::output::table::{Cell, Column, Table, column};

/// The table, the baseline first.
pub fn table(bundle: &Bundle<'_>) -> Table {
    let rows = bundle
        .consequences()
        .staff
        .iter()
        .map(|one| {
            let mut cells = vec![year(one.year)];
            cells.extend(site(bundle, one.site));
            cells.extend(stage(bundle, one.stage));
            cells.extend(one.counts.map(hundredths));
            cells.push(Cell::number(one.need, 2));
            cells.push(Cell::number(one.lacking(), 2));
            cells
        })
        .collect();
    Table { name: "staffing", columns: columns(), rows }
}

/// The columns.
pub fn columns() -> Vec<Column> {
    let mut columns = vec![
        column("year", 8.0),
        column("site", 12.0),
        column("site_name", 24.0),
        column("stage", 12.0),
        column("stage_text", 12.0),
    ];
    columns.extend(body());
    columns.extend([column("posts_needed", 12.0), column("posts_lacking", 12.0)]);
    columns
}
