//! `asset_moves.csv`: equipment and sets of multimedia rooms that follow the pupils from schools that end.

use super::{hundredths, km, site, stage, year};
use crate::i18n::word;
use crate::output::bundle::Bundle;
use crate::output::table::{Cell, Column, Table, column};

/// The table, by year.
pub fn table(bundle: &Bundle<'_>) -> Table {
    let rows = bundle
        .consequences()
        .asset_flows
        .iter()
        .map(|flow| {
            let mut cells = vec![year(flow.year)];
            cells.extend(flow.stage.map_or([Cell::Empty, Cell::Empty], |one| stage(bundle, one)));
            cells.extend(site(bundle, flow.from));
            cells.extend(site(bundle, flow.to.0));
            cells.push(Cell::Key(flow.to.1.name().to_owned()));
            cells.extend([
                Cell::Key(flow.why.name().to_owned()),
                Cell::Text(word(bundle.language, "follow", flow.why.name())),
            ]);
            cells.extend(flow.amounts.map(hundredths));
            cells.push(km(flow.metres));
            cells
        })
        .collect();
    Table { name: "asset_moves", columns: columns(), rows }
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
        column("to_stage", 12.0),
        column("why", 14.0),
        column("why_text", 28.0),
        column("equipment_yuan", 14.0),
        column("media_rooms", 12.0),
        column("km", 10.0),
    ]
}
