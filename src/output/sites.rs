//! `sites.csv`: what every site is in the baseline and in every plan year.

use super::bundle::Bundle;
use super::table::{Cell, Column, Table, column, grade_cells, grade_columns};
use crate::digest::figures::{classes, pupils};
use crate::i18n::word;

/// The table of sites, in file order, each with its years.
pub fn table(bundle: &Bundle<'_>) -> Table {
    let mut rows = Vec::new();
    for site in &bundle.document.sites {
        let facts = bundle.site(&site.id).map(|(_, facts)| facts);
        let area = facts.and_then(|facts| facts.area).map(|area| bundle.scenario.district.areas[area].name.clone());
        for state in &site.states {
            let taken: Vec<String> = site
                .actions
                .iter()
                .filter(|action| action.year == state.year)
                .map(|action| word(bundle.language, "action", &action.action))
                .collect();
            let (rolls, groups) = (pupils(state), classes(state));
            let mut cells = vec![
                Cell::Key(site.id.clone()),
                Cell::Text(bundle.site_name(&site.id).to_owned()),
                area.clone().map_or(Cell::Empty, Cell::Text),
                Cell::Whole(i64::from(state.year)),
                Cell::Key(state.kind.name().to_owned()),
                Cell::Text(word(bundle.language, "site_kind", state.kind.name())),
                Cell::Flag(state.operating),
                if taken.is_empty() { Cell::Empty } else { Cell::Text(taken.join(" + ")) },
                Cell::Whole(state.rooms),
                Cell::Whole(state.beds),
                Cell::Whole(rolls),
                Cell::Whole(groups),
                Cell::number((groups > 0).then(|| rolls as f64 / groups as f64), 1),
            ];
            cells.extend(grade_cells(&state.pupils, bundle));
            cells.extend(grade_cells(&state.classes, bundle));
            cells.extend([
                Cell::number(facts.map(|facts| facts.point.lon), 6),
                Cell::number(facts.map(|facts| facts.point.lat), 6),
            ]);
            rows.push(cells);
        }
    }
    Table { name: "sites", columns: columns(&bundle.grade_keys()), rows }
}

/// The columns, with one of pupils and one of classes for every grade.
pub fn columns(grades: &[String]) -> Vec<Column> {
    let mut columns = vec![
        column("site", 12.0),
        column("site_name", 24.0),
        column("area", 14.0),
        column("year", 8.0),
        column("kind", 14.0),
        column("kind_text", 18.0),
        column("operating", 10.0),
        column("actions_text", 18.0),
        column("rooms", 10.0),
        column("beds", 8.0),
        column("pupils", 10.0),
        column("classes", 10.0),
        column("class_mean", 10.0),
    ];
    columns.extend(grade_columns("pupils", grades));
    columns.extend(grade_columns("classes", grades));
    columns.extend([column("lon", 12.0), column("lat", 12.0)]);
    columns
}
