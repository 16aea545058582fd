//! Building projects from `projects.csv`.

use super::problem::{Problems, Reported};
use super::table::{Keys, Row, Table};
use super::units::add_key;
use super::words;
use crate::domain::resource::{Project, ProjectStatus};
use crate::id::{Id, SiteId};
use crate::units::{Pupils, Year, Yuan};

/// Most rooms of a subject that one project may add: more is a slip.
const MOST_ROOMS: i64 = 1000;

/// Reads `projects.csv`.
pub fn projects(table: &Table<'_>, sites: &Keys, problems: &mut Problems) -> Vec<Project> {
    table.warn_others(&[], words::PROJECTS, problems);
    let mut keys = Keys::new("project");
    let mut all = Vec::new();
    let _ = table.each(problems, |row, problems| all.extend(project_of_row(row, sites, &mut keys, problems).ok()));
    all
}

fn project_of_row(row: &Row<'_>, sites: &Keys, keys: &mut Keys, problems: &mut Problems) -> Result<Project, Reported> {
    let key = row.needed("id", problems);
    let site = row.needed_reference("site", sites, problems).map(SiteId::new);
    let floor_m2 = row.number("floor_m2", 0.0..=1e8, problems);
    let places = row.whole("places", 0..=1_000_000, problems);
    let music_rooms = row.whole("music_rooms", 0..=MOST_ROOMS, problems);
    let art_rooms = row.whole("art_rooms", 0..=MOST_ROOMS, problems);
    let cost = row.whole("cost_yuan", 0..=1_000_000_000_000, problems);
    let year = row.needed("year", problems).and_then(|_| row.whole("year", 1950..=2200, problems));
    let status = row.choice("status", words::PROJECT_STATUSES, problems);
    let key = key?;
    add_key(keys, key, row, problems)?;
    Ok(Project {
        key: key.to_owned(),
        name: row.text("name").unwrap_or(key).to_owned(),
        plan: row.text("plan").unwrap_or_default().to_owned(),
        site: site?,
        floor_m2: floor_m2?.unwrap_or(0.0),
        places: Pupils(places?.unwrap_or(0)),
        music_rooms: music_rooms?,
        art_rooms: art_rooms?,
        cost: cost?.map(Yuan),
        year: Year(year?.ok_or(Reported)? as i32),
        status: status?.unwrap_or(ProjectStatus::Planned),
    })
}
