//! The sheet of building projects, and what `check` says of them.

use super::bundle::Bundle;
use super::table::{Cell, Column, Table, column};
use crate::digest::projects::sums;
use crate::domain::resource::ProjectStatus;
use crate::i18n::number::number;
use crate::i18n::{render, text, word};
use crate::message::Message;

/// The name of a status in files.
pub fn status_name(status: ProjectStatus) -> &'static str {
    match status {
        ProjectStatus::Done => "done",
        ProjectStatus::Building => "building",
        ProjectStatus::Planned => "planned",
    }
}

/// The table: the projects of the county in file order, then what the plan builds besides, by year.
pub fn table(bundle: &Bundle<'_>) -> Table {
    let district = &bundle.scenario.district;
    let rows = bundle
        .consequences()
        .works
        .iter()
        .map(|work| {
            let site = &district.sites[work.site].key;
            let named = work.project.map(|at| &district.projects[at]);
            let action = word(bundle.language, "action", &work.action);
            let name = named.map_or_else(|| format!("{} · {action}", bundle.site_name(site)), |one| one.name.clone());
            let whole = |figure: Option<i64>| figure.map_or(Cell::Empty, Cell::Whole);
            let built = !work.action.is_empty();
            let some = |count: i64| if count == 0 { Cell::Empty } else { Cell::Whole(count) };
            vec![
                named.map_or(Cell::Empty, |one| Cell::Key(one.key.clone())),
                Cell::Text(name),
                named.map_or(Cell::Empty, |one| Cell::Text(one.plan.clone())),
                Cell::Key(site.clone()),
                Cell::Text(bundle.site_name(site).to_owned()),
                Cell::number(work.floor_m2, 0),
                whole(work.places),
                whole(work.cost),
                Cell::Whole(i64::from(work.year)),
                Cell::Key(status_name(work.status).to_owned()),
                Cell::Text(word(bundle.language, "project", status_name(work.status))),
                if built { Cell::Key(work.action.clone()) } else { Cell::Empty },
                if built { Cell::Text(action) } else { Cell::Empty },
                if built { Cell::Whole(work.classes) } else { Cell::Empty },
                whole(work.start.map(i64::from)),
                some(work.special_rooms().0),
                some(work.special_rooms().1),
                Cell::number(work.added(|what| what.teaching_m2), 0),
                Cell::number(work.added(|what| what.sports_m2), 0),
                Cell::number(work.added(|what| what.equipment_yuan), 0),
                Cell::number(work.added(|what| what.media_rooms), 0),
            ]
        })
        .collect();
    Table { name: "projects", columns: columns(), rows }
}

/// The columns.
pub fn columns() -> Vec<Column> {
    vec![
        column("project", 10.0),
        column("project_name", 26.0),
        column("county_plan", 22.0),
        column("site", 12.0),
        column("site_name", 24.0),
        column("floor_m2", 12.0),
        column("places", 10.0),
        column("cost", 14.0),
        column("year", 8.0),
        column("status", 10.0),
        column("status_text", 12.0),
        column("measure", 10.0),
        column("measure_text", 12.0),
        column("classes_added", 12.0),
        column("start", 10.0),
        column("music_rooms", 12.0),
        column("art_rooms", 12.0),
        column("teaching_m2", 12.0),
        column("sports_m2", 12.0),
        column("equipment_yuan", 14.0),
        column("media_rooms", 12.0),
    ]
}

/// One line for every plan of the county that names projects.
pub fn lines(bundle: &Bundle<'_>) -> Vec<String> {
    let language = bundle.language;
    sums(&bundle.scenario.district.projects)
        .iter()
        .map(|sum| {
            let plan = if sum.plan.is_empty() { text(language, "project.no_plan") } else { sum.plan.clone() };
            let message = Message::new("project.sum")
                .with("plan", plan)
                .with("n", sum.all.projects)
                .with("area", number(sum.all.floor_m2, 0))
                .with("places", number(sum.all.places.as_f64(), 0))
                .with("done", sum.done.projects)
                .with("done_places", number(sum.done.places.as_f64(), 0));
            render(language, &message)
        })
        .collect()
}
