//! What schools have to teach with, from `staff.csv` and `resources.csv`.

use super::problem::{Code, Problems, Reported};
use super::sites::{Sites, list_of};
use super::table::{Row, Table};
use super::words;
use crate::domain::district::{SiteStatus, Stage};
use crate::domain::resource::{Held, Resources, SpecialRooms, Staff};
use crate::id::{Id, SiteId};
use std::collections::BTreeSet;

/// Most persons at a site.
const MOST_STAFF: f64 = 100_000.0;
/// Most square metres of one kind at a site.
const MOST_M2: f64 = 1e8;
/// Most yuan at a site.
const MOST_YUAN: f64 = 1e12;
/// Most rooms of one kind at a site.
const MOST_ROOMS: i64 = 10_000;

/// Reads `staff.csv`.
pub fn staff(table: &Table<'_>, sites: &Sites, problems: &mut Problems) -> Vec<Held<Staff>> {
    table.warn_others(&[], words::STAFF, problems);
    rows(table, sites, problems, |row, problems| {
        let mut count = |column, most| row.number(column, 0.0..=most, problems);
        let posts = count("posts", MOST_STAFF);
        let staff = count("staff", MOST_STAFF);
        // Whoever is counted among others cannot be more than they are.
        let all = staff.as_ref().ok().copied().flatten().unwrap_or(MOST_STAFF);
        let teachers = count("teachers", all);
        let most = teachers.as_ref().ok().copied().flatten().unwrap_or(all);
        let above_degree = count("above_degree", most);
        let backbone = count("backbone", most);
        let arts_pe = count("arts_pe", most);
        Ok(Staff {
            posts: posts?,
            staff: staff?,
            teachers: teachers?,
            above_degree: above_degree?,
            backbone: backbone?,
            arts_pe: arts_pe?,
        })
    })
}

/// Reads `resources.csv`.
pub fn resources(table: &Table<'_>, sites: &Sites, problems: &mut Problems) -> Vec<Held<Resources>> {
    table.warn_others(&[], words::RESOURCES, problems);
    rows(table, sites, problems, |row, problems| {
        let music = special_rooms(row, "music_rooms", "music_m2", problems);
        let art = special_rooms(row, "art_rooms", "art_m2", problems);
        let mut amount = |column, most| row.number(column, 0.0..=most, problems);
        let teaching_m2 = amount("teaching_m2", MOST_M2);
        // Indoor sports are part of the floor area for teaching.
        let most_indoor = teaching_m2.as_ref().ok().copied().flatten().unwrap_or(MOST_M2);
        let indoor_sports_m2 = amount("indoor_sports_m2", most_indoor);
        let sports_m2 = amount("sports_m2", MOST_M2);
        let equipment_yuan = amount("equipment_yuan", MOST_YUAN);
        let media_rooms = amount("media_rooms", MOST_ROOMS as f64);
        let ordinary_room_m2 = amount("ordinary_room_m2", MOST_M2);
        let dormitory_m2 = amount("dormitory_m2", MOST_M2);
        let funds_yuan = amount("funds_yuan", MOST_YUAN);
        Ok(Resources {
            teaching_m2: teaching_m2?,
            indoor_sports_m2: indoor_sports_m2?,
            sports_m2: sports_m2?,
            equipment_yuan: equipment_yuan?,
            media_rooms: media_rooms?,
            music: music?,
            art: art?,
            ordinary_room_m2: ordinary_room_m2?,
            dormitory_m2: dormitory_m2?,
            funds_yuan: funds_yuan?,
        })
    })
}

/// One row for a site, or for each of its stages and for what they share.
fn rows<T>(
    table: &Table<'_>,
    sites: &Sites,
    problems: &mut Problems,
    mut read: impl FnMut(&Row<'_>, &mut Problems) -> Result<T, Reported>,
) -> Vec<Held<T>> {
    let mut all = Vec::new();
    let mut seen: BTreeSet<(SiteId, Option<Stage>)> = BTreeSet::new();
    let _ = table.each(problems, |row, problems| {
        let place = place_of_row(row, sites, problems);
        let what = read(row, problems);
        let Ok((site, stage)) = place else { return };
        if !seen.insert((site, stage)) {
            let value = row.text("stage").unwrap_or(&sites.list[site].key);
            problems.push(row.problem(Code::DuplicateRow, "site").with("value", value));
        } else if let Ok(what) = what {
            all.push(Held { site, stage, what });
        }
    });
    all
}

fn place_of_row(row: &Row<'_>, sites: &Sites, problems: &mut Problems) -> Result<(SiteId, Option<Stage>), Reported> {
    let site = row.needed_reference("site", &sites.keys, problems).map(SiteId::new);
    let stage = row.choice("stage", words::STAGES, problems);
    let (site, stage) = (site?, stage?);
    let facts = &sites.list[site];
    if facts.status == SiteStatus::Candidate {
        return Err(problems.push(row.problem(Code::NotOperating, "site").with("value", &facts.key)));
    }
    if let Some(stage) = stage.filter(|stage| !facts.kind.stages().contains(stage)) {
        return Err(problems.push(
            row.problem(Code::StageNotOffered, "stage")
                .with("value", stage.name())
                .with("subject", &facts.key)
                .with("kind", facts.kind.name())
                .with_list("expected", facts.kind.stages().iter().map(|stage| stage.name())),
        ));
    }
    Ok((site, stage))
}

/// Rooms for one subject: their number, their areas, or both.
fn special_rooms(
    row: &Row<'_>,
    number: &str,
    areas: &str,
    problems: &mut Problems,
) -> Result<Option<SpecialRooms>, Reported> {
    let rooms = row.whole(number, 0..=MOST_ROOMS, problems);
    let sizes = match row.text(areas) {
        None => Ok(Vec::new()),
        Some(cell) => {
            let sizes: Option<Vec<f64>> =
                list_of(cell).map(|size| size.parse().ok().filter(|size| (0.0..=MOST_M2).contains(size))).collect();
            sizes.ok_or_else(|| problems.push(row.problem(Code::NotNumber, areas).with("value", cell)))
        }
    };
    let (rooms, areas_m2) = (rooms?, sizes?);
    let counted = areas_m2.len() as i64;
    match rooms {
        Some(rooms) if !areas_m2.is_empty() && rooms != counted => Err(problems.push(
            row.problem(Code::RoomsMismatch, areas)
                .with("value", row.text(areas).unwrap_or_default())
                .with("count", counted)
                .with("rooms", rooms),
        )),
        Some(rooms) => Ok(Some(SpecialRooms { rooms, areas_m2 })),
        None if areas_m2.is_empty() => Ok(None),
        None => Ok(Some(SpecialRooms { rooms: counted, areas_m2 })),
    }
}
