//! What a measure adds besides classrooms and beds: special rooms, areas, equipment.

use super::{MOST_FLOOR_M2, MOST_YUAN, Reading, figure};
use crate::domain::action::{Measure, Offer};
use crate::domain::district::{Site, SiteKind, Stage};
use crate::domain::resource::{Held, Resources, SpecialRooms};
use crate::id::SiteId;
use crate::input::manifest::{ActionName, AddsEntry, OneOrMany};
use crate::input::problem::{Code, Problems};
use std::collections::BTreeMap;

/// Most rooms of one kind that an action adds.
const MOST_ROOMS: i64 = 1000;
/// Most square metres of one room.
const MOST_ROOM_M2: i64 = 10_000;

/// The figures of an entry with their names and most values.
fn figures(entry: &AddsEntry) -> [(&'static str, Option<&OneOrMany>, i64); 8] {
    [
        ("adds.music_rooms", entry.music_rooms.as_ref(), MOST_ROOMS),
        ("adds.art_rooms", entry.art_rooms.as_ref(), MOST_ROOMS),
        ("adds.teaching_m2", entry.teaching_m2.as_ref(), MOST_FLOOR_M2),
        ("adds.indoor_sports_m2", entry.indoor_sports_m2.as_ref(), MOST_FLOOR_M2),
        ("adds.sports_m2", entry.sports_m2.as_ref(), MOST_FLOOR_M2),
        ("adds.equipment_yuan", entry.equipment_yuan.as_ref(), MOST_YUAN),
        ("adds.media_rooms", entry.media_rooms.as_ref(), MOST_ROOMS),
        ("adds.dormitory_m2", entry.dormitory_m2.as_ref(), MOST_FLOOR_M2),
    ]
}

/// Number of alternatives of works without classrooms: as many as the longest list has.
pub(super) fn alternatives(entries: &[AddsEntry]) -> usize {
    let all = entries.iter().flat_map(figures).filter_map(|(_, figure, _)| figure);
    all.map(|figure| figure.values().len()).max().unwrap_or(1).max(1)
}

/// The measure of works without classrooms under an alternative.
pub(super) fn equip(entries: &[AddsEntry], position: usize) -> Measure {
    let sum = |rooms: fn(&AddsEntry) -> Option<&OneOrMany>| {
        entries.iter().filter_map(|entry| figure(rooms(entry), position)).sum::<i64>()
    };
    Measure::Equip { music: sum(|entry| entry.music_rooms.as_ref()), art: sum(|entry| entry.art_rooms.as_ref()) }
}

/// What an alternative adds at a site.
pub(super) fn additions(entries: &[AddsEntry], site: SiteId, position: usize) -> Vec<Held<Resources>> {
    let of_entry = |entry: &AddsEntry| {
        let amount = |given: &Option<OneOrMany>| figure(given.as_ref(), position).map(|amount| amount as f64);
        let rooms = |given: &Option<OneOrMany>, area: Option<i64>| {
            let rooms = figure(given.as_ref(), position)?;
            let areas_m2 = area.map_or_else(Vec::new, |area| vec![area as f64; usize::try_from(rooms).unwrap_or(0)]);
            Some(SpecialRooms { rooms, areas_m2 })
        };
        let what = Resources {
            teaching_m2: amount(&entry.teaching_m2),
            indoor_sports_m2: amount(&entry.indoor_sports_m2),
            sports_m2: amount(&entry.sports_m2),
            equipment_yuan: amount(&entry.equipment_yuan),
            media_rooms: amount(&entry.media_rooms),
            dormitory_m2: amount(&entry.dormitory_m2),
            music: rooms(&entry.music_rooms, entry.music_m2),
            art: rooms(&entry.art_rooms, entry.art_m2),
            ..Resources::default()
        };
        Held { site, stage: entry.stage, what }
    };
    entries.iter().map(of_entry).collect()
}

/// Checks what does not depend on the site: ranges, lengths of lists, and figures without a meaning.
pub(super) fn check(reading: &Reading<'_>, alternatives: usize, problems: &mut Problems) {
    let entries = &reading.entry.adds;
    let action = reading.entry.action;
    let needs = |key: &str| reading.at(Code::ActionNeeds, "adds").with("action", action.name()).with("key", key);
    let out_of_range = |key: &str, value: i64, least: i64, most: i64| {
        reading
            .at(Code::OutOfRange, "adds")
            .with("key", key)
            .with("value", value)
            .with("least", least)
            .with("most", most)
    };
    for (number, entry) in entries.iter().enumerate() {
        for (key, given, most) in figures(entry) {
            let Some(given) = given else { continue };
            for &value in given.values().iter().filter(|value| !(0..=most).contains(*value)) {
                problems.push(out_of_range(key, value, 0, most));
            }
            if matches!(given, OneOrMany::Many(list) if list.len() != alternatives) {
                let problem = reading.at(Code::ListLength, "adds").with("key", key);
                problems.push(problem.with("found", given.values().len()).with("expected", alternatives));
            }
        }
        for (key, area, rooms, of) in [
            ("adds.music_m2", entry.music_m2, &entry.music_rooms, "adds.music_rooms"),
            ("adds.art_m2", entry.art_m2, &entry.art_rooms, "adds.art_rooms"),
        ] {
            if area.is_some() && rooms.is_none() {
                problems.push(needs(of));
            }
            if let Some(area) = area.filter(|area| !(1..=MOST_ROOM_M2).contains(area)) {
                problems.push(out_of_range(key, area, 1, MOST_ROOM_M2));
            }
        }
        for position in 0..alternatives {
            let most = figure(entry.teaching_m2.as_ref(), position).unwrap_or(0);
            if let Some(hall) = figure(entry.indoor_sports_m2.as_ref(), position).filter(|&hall| hall > most) {
                problems.push(out_of_range("adds.indoor_sports_m2", hall, 0, most));
                break;
            }
        }
        if entries[..number].iter().any(|other| other.stage == entry.stage) {
            let stage = entry.stage.map_or("[]", Stage::name);
            problems.push(reading.at(Code::BadList, "adds").with("key", "adds").with("value", stage));
        }
    }
    let something = |entry: &AddsEntry| {
        figures(entry).iter().any(|(_, given, _)| given.is_some_and(|given| given.values().iter().any(|&n| n > 0)))
    };
    if action == ActionName::Equip && !entries.is_empty() && !entries.iter().any(something) {
        problems.push(needs("adds"));
    }
}

/// Checks that the stages to which something is added are taught at the site from then on.
pub(super) fn check_stages(reading: &Reading<'_>, site: &Site, kind: SiteKind, problems: &mut Problems) {
    for stage in reading.entry.adds.iter().filter_map(|entry| entry.stage) {
        if !kind.stages().contains(&stage) {
            problems.push(
                reading
                    .at(Code::StageNotOffered, "adds")
                    .with("value", stage.name())
                    .with("subject", &site.key)
                    .with("kind", kind.name())
                    .with_list("expected", kind.stages().iter().map(|stage| stage.name())),
            );
        }
    }
}

/// Refuses offers that a plan could not tell apart: the same measure at one site in one year that adds something else.
pub(super) fn check_told_apart(
    readings: &[Reading<'_>],
    entry_of: impl Fn(usize) -> usize,
    offers: &[Offer],
    problems: &mut Problems,
) {
    let meet = |a: &Offer, b: &Offer| {
        a.years.is_empty() || b.years.is_empty() || a.years.iter().any(|year| b.years.contains(year))
    };
    let mut of_site: BTreeMap<SiteId, Vec<&Offer>> = BTreeMap::new();
    for (at, offer) in offers.iter().enumerate() {
        let here = of_site.entry(offer.site).or_default();
        let alike = |other: &&Offer| other.measure == offer.measure && other.adds != offer.adds && meet(other, offer);
        let told_apart = !here.iter().any(alike);
        here.push(offer);
        if !told_apart {
            let reading = &readings[entry_of(at)];
            problems.push(
                reading
                    .at(Code::NotToldApart, "adds")
                    .with("value", &reading.district.sites[offer.site].key)
                    .with("action", offer.measure.name()),
            );
        }
    }
}
