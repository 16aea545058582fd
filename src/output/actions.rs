//! `actions.csv`: what the plan does at which site, and why. Sites without a row are kept as they are.

use super::bundle::Bundle;
use super::table::{Cell, Column, Table, column};
use crate::i18n::word;

/// The table of actions, by site in file order and year.
pub fn table(bundle: &Bundle<'_>) -> Table {
    let mut rows = Vec::new();
    let some = |count: i64| if count == 0 { Cell::Empty } else { Cell::Whole(count) };
    for site in &bundle.document.sites {
        for action in &site.actions {
            rows.push(vec![
                Cell::Key(site.id.clone()),
                Cell::Text(bundle.site_name(&site.id).to_owned()),
                Cell::Whole(i64::from(action.year)),
                Cell::Key(action.action.clone()),
                Cell::Text(word(bundle.language, "action", &action.action)),
                action.into.clone().map_or(Cell::Empty, Cell::Key),
                action.into.as_deref().map_or(Cell::Empty, |key| Cell::Text(bundle.site_name(key).to_owned())),
                some(action.classes),
                action.kind.map_or(Cell::Empty, |kind| Cell::Key(kind.name().to_owned())),
                action.kind.map_or(Cell::Empty, |kind| Cell::Text(word(bundle.language, "site_kind", kind.name()))),
                action.beds.filter(|&beds| beds > 0).map_or(Cell::Empty, Cell::Whole),
                some(action.music_rooms),
                some(action.art_rooms),
                Cell::Whole(action.cost),
                Cell::Text(bundle.language.pick(&bundle.reason(site, action)).to_owned()),
            ]);
        }
    }
    Table { name: "actions", columns: columns(), rows }
}

/// The columns.
pub fn columns() -> Vec<Column> {
    vec![
        column("site", 12.0),
        column("site_name", 24.0),
        column("year", 8.0),
        column("action", 10.0),
        column("action_text", 12.0),
        column("into", 12.0),
        column("into_name", 24.0),
        column("classes_added", 10.0),
        column("kind", 14.0),
        column("kind_text", 18.0),
        column("beds", 8.0),
        column("music_rooms", 12.0),
        column("art_rooms", 12.0),
        column("cost", 14.0),
        column("reason", 50.0),
    ]
}
