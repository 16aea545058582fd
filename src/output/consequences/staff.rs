//! `staff_moves.csv`: posts and people who follow the pupils from one school to another.

use super::{hundredths, km, site, stage, year};
use crate::i18n::word;
use crate::output::bundle::Bundle;
use crate::output::table::{Cell, Column, Table, column};

/// The table, by year.
pub fn table(bundle: &Bundle<'_>) -> Table {
    let rows = bundle
        .consequences()
        .staff_flows
        .iter()
        .map(|flow| {
            let mut cells = vec![year(flow.year)];
            cells.extend(stage(bundle, flow.from.1));
            cells.extend(site(bundle, flow.from.0));
            cells.extend(site(bundle, flow.to.0));
            cells.push(Cell::Key(flow.to.1.name().to_owned()));
            cells.extend([
                Cell::Key(flow.why.name().to_owned()),
                Cell::Text(word(bundle.language, "follow", flow.why.name())),
            ]);
            cells.extend(flow.counts.map(hundredths));
            cells.push(km(flow.metres));
            cells
        })
        .collect();
    Table { name: "staff_moves", columns: columns(), rows }
}

/// The columns of posts and people, in the order of [`crate::digest::consequences::staff::BODY`].
pub fn body() -> [Column; 6] {
    ["posts", "staff", "teachers", "above_degree", "backbone", "arts_pe"].map(|name| column(name, 10.0))
}

/// The columns.
pub fn columns() -> Vec<Column> {
    let mut columns = vec![
        column("year", 8.0),
        column("stage", 12.0),
        column("stage_text", 12.0),
        column("from_site", 12.0),
        column("from_name", 24.0),
        column("to_site", 12.0),
        column("to_name", 24.0),
        column("to_stage", 12.0),
        column("why", 14.0),
        column("why_text", 28.0),
    ];
    columns.extend(body());
    columns.push(column("km", 10.0));
    columns
}
