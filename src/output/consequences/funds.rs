//! `funds.csv`: public funds by section and year.

use super::{site, stage, year};
use crate::output::bundle::Bundle;
use crate::output::table::{Cell, Column, Table, column};

/// The table, the baseline first.
pub fn table(bundle: &Bundle<'_>) -> Table {
    let rows = bundle
        .consequences()
        .funds
        .iter()
        .map(|one| {
            let mut cells = vec![year(one.year), Cell::Key(one.rule.clone())];
            cells.extend(site(bundle, one.site));
            cells.extend(stage(bundle, one.stage));
            cells.extend([
                Cell::Whole(one.pupils),
                Cell::number(Some(one.yuan), 2),
                Cell::number((one.pupils > 0).then(|| one.yuan / one.pupils as f64), 2),
            ]);
            cells
        })
        .collect();
    Table { name: "funds", columns: columns(), rows }
}

/// The columns.
pub fn columns() -> Vec<Column> {
    vec![
        column("year", 8.0),
        column("rule", 20.0),
        column("site", 12.0),
        column("site_name", 24.0),
        column("stage", 12.0),
        column("stage_text", 12.0),
        column("pupils", 10.0),
        column("funds", 14.0),
        column("funds_per_pupil", 12.0),
    ]
}
