//! `placement.csv`: pupils by school, grade and year.

use super::{site, stage, year};
use crate::output::bundle::Bundle;
use crate::output::table::{Cell, Column, Table, column};

/// The table, the baseline first.
pub fn table(bundle: &Bundle<'_>) -> Table {
    let district = &bundle.scenario.district;
    let rows = bundle
        .consequences()
        .placed
        .iter()
        .map(|one| {
            let grade = district.grades[one.grade];
            let mut cells = vec![year(one.year)];
            cells.extend(site(bundle, one.site));
            cells.extend(stage(bundle, grade.stage));
            cells.push(Cell::Key(grade.key().replace('-', "–")));
            cells.extend([one.pupils, one.boarders, one.entrants, one.come, one.new].map(Cell::Whole));
            cells
        })
        .collect();
    Table { name: "placement", columns: columns(), rows }
}

/// The columns.
pub fn columns() -> Vec<Column> {
    vec![
        column("year", 8.0),
        column("site", 12.0),
        column("site_name", 24.0),
        column("stage", 12.0),
        column("stage_text", 12.0),
        column("grade", 8.0),
        column("pupils", 10.0),
        column("boarders", 10.0),
        column("entrants", 10.0),
        column("come", 12.0),
        column("newcomers", 12.0),
    ]
}
