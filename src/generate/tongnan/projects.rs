//! The projects of the county: those of the published layout plan, and the two primaries under construction.

use crate::generate::folder::Table;

/// Name, site, floor area, places, year in service, status.
type Row = (&'static str, &'static str, i64, i64, i64, &'static str);

/// Music rooms that a project adds, and as many art rooms: what the measures on offer add at the same site (assumed). Of schools
/// in service the rooms are in `resources.csv`.
fn special_rooms(row: &Row) -> Option<i64> {
    match *row {
        (.., "done") => None,
        (_, _, _, 0, ..) => Some(1),
        _ => Some(3),
    }
}

/// The layout plan of 2022 to 2025: eight projects, 72,500 m² and 6,660 places in sum, of which three primaries with 4,860 are
/// in use (published); the split of areas is an assumption, and that one 36-class junior school has the other 1,800.
const LAYOUT_PLAN: [Row; 8] = [
    ("合成新建小学一", "P14", 13_000, 1_620, 2021, "done"),
    ("合成新建小学二", "P15", 13_000, 1_620, 2022, "done"),
    ("合成新建小学三", "P16", 13_000, 1_620, 2023, "done"),
    ("合成初中分校建设", "X03", 18_000, 1_800, 2026, "building"),
    ("合成小学扩建综合楼", "P06", 5_500, 0, 2025, "building"),
    ("合成中学初中部扩建", "H01", 4_500, 0, 2025, "building"),
    ("合成小学教学综合楼改建", "P09", 3_000, 0, 2025, "building"),
    ("合成小学综合楼改建", "P12", 2_500, 0, 2025, "planned"),
];

/// The plan to reduce large schools: two primaries under construction (published count), of a size that is assumed.
const SIZE_PLAN: [Row; 2] = [
    ("合成在建小学一", "X01", 13_000, 1_620, 2025, "building"),
    ("合成在建小学二", "X02", 13_000, 1_620, 2026, "building"),
];

/// Whether a project at a site adds rooms of other kinds than classrooms.
pub fn is_without_places(site: &str) -> bool {
    LAYOUT_PLAN.iter().any(|row| row.1 == site && row.3 == 0)
}

/// `projects.csv`.
pub fn table() -> Table {
    let mut table =
        Table::new(&["id", "name", "plan", "site", "floor_m2", "places", "music_rooms", "art_rooms", "year", "status"]);
    let plans = [("2022-2025布局规划", &LAYOUT_PLAN[..]), ("2024-2026攻坚行动", &SIZE_PLAN[..])];
    let rows = plans.iter().flat_map(|(plan, rows)| rows.iter().map(move |row| (plan, row)));
    for (number, (plan, row)) in rows.enumerate() {
        let &(name, site, floor, places, year, status) = row;
        let rooms = special_rooms(row).map_or_else(String::new, |rooms| rooms.to_string());
        table.row(vec![
            format!("pr{}", number + 1),
            name.to_owned(),
            (*plan).to_owned(),
            site.to_owned(),
            floor.to_string(),
            places.to_string(),
            rooms.clone(),
            rooms,
            year.to_string(),
            status.to_owned(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_plan_has_the_published_totals() {
        assert_eq!(LAYOUT_PLAN.iter().map(|row| row.2).sum::<i64>(), 72_500);
        assert_eq!(LAYOUT_PLAN.iter().map(|row| row.3).sum::<i64>(), 6_660);
        let done = LAYOUT_PLAN.iter().filter(|row| row.5 == "done");
        assert_eq!((done.clone().count(), done.map(|row| row.3).sum::<i64>()), (3, 4_860));
    }
}
