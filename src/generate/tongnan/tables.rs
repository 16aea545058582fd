//! The tables of the county's folder.

use super::targets::{
    BASELINE_YEAR, MIGRANTS, NEW_CLASSES, RESIDENTS, SPECIAL_CLASSES, SPECIAL_FUNDS, SPECIAL_PUPILS, STAFF, STREETS,
    TEACHERS, TOWNS,
};
use super::{County, first_grade};
use crate::domain::district::{Setting, SiteKind, Stage};
use crate::generate::folder::Table;
use crate::generate::rounding::apportion;
use crate::random::Random;

fn setting_name(setting: Setting) -> &'static str {
    match setting {
        Setting::Urban => "urban",
        Setting::Town => "town",
        Setting::Rural => "rural",
    }
}

fn area_name(area: usize) -> String {
    if area < STREETS { format!("街道{}", area + 1) } else { format!("镇{:02}", area + 1 - STREETS) }
}

fn unit_key(at: usize) -> String {
    format!("u{:03}", at + 1)
}

/// Plots for the projects under construction (published count): two primaries and a junior middle school, one in every
/// street. Key, kind and street.
const PLOTS: [(&str, &str, usize); 3] = [("X01", "primary", 0), ("X02", "primary", 1), ("X03", "junior", 2)];

/// Square metres of dormitory for a bed.
const DORMITORY_M2: f64 = 3.2;

impl County {
    pub(super) fn units(&self) -> Table {
        let mut table = Table::new(&[
            "id",
            "name",
            "area",
            "setting",
            "lon",
            "lat",
            "residents",
            "grade_1",
            "grade_2",
            "grade_3",
            "grade_4",
            "grade_5",
            "grade_6",
            "grade_7",
            "grade_8",
            "grade_9",
            "special",
        ]);
        let pupils = self.pupils_of_units();
        let special = self.special_of_units();
        let weights: Vec<f64> = pupils.iter().map(|grades| grades.iter().sum::<i64>() as f64).collect();
        let residents = apportion(RESIDENTS, &weights);
        for (at, unit) in self.land.units.iter().enumerate() {
            let mut row = vec![
                unit_key(at),
                format!("{}第{:03}单元", area_name(unit.area), at + 1),
                area_name(unit.area),
                setting_name(unit.setting).to_owned(),
                unit.point.lon.to_string(),
                unit.point.lat.to_string(),
                residents[at].to_string(),
            ];
            row.extend(pupils[at].iter().map(i64::to_string));
            row.push(special[at].to_string());
            table.row(row);
        }
        table
    }

    /// Pupils of every unit by grade 1 to 9: each section's roll, split over its units, in the primaries by their
    /// inhabitants and in the junior sections by their primary pupils, so that in a few years the same unit has juniors.
    fn pupils_of_units(&self) -> Vec<[i64; 9]> {
        let mut pupils = vec![[0; 9]; self.land.units.len()];
        for (stage, sections) in [(0, Stage::Primary), (1, Stage::Junior)] {
            let children: Vec<f64> = pupils.iter().map(|grades| grades.iter().sum::<i64>() as f64).collect();
            for (at, section) in self.schools.sections.iter().enumerate().filter(|(_, one)| one.stage == sections) {
                let members: Vec<usize> =
                    (0..self.land.units.len()).filter(|&unit| self.land.units[unit].sections[stage] == at).collect();
                let weight = |&unit: &usize| if stage == 0 { self.land.units[unit].weight } else { children[unit] };
                let weights: Vec<f64> = members.iter().map(weight).collect();
                for (number, &roll) in self.rolls[at].pupils.iter().enumerate() {
                    let grade = first_grade(section.stage) + number;
                    for (&unit, part) in members.iter().zip(apportion(roll, &weights)) {
                        pupils[unit][grade - 1] += part;
                    }
                }
            }
        }
        pupils
    }

    /// Pupils of the special school by unit: all in the first unit of every township.
    fn special_of_units(&self) -> Vec<i64> {
        let mut pupils = vec![0; self.land.units.len()];
        let parts = apportion(SPECIAL_PUPILS, &[1.0; STREETS + TOWNS]);
        for (area, part) in parts.into_iter().enumerate() {
            let first = self.land.units.iter().position(|unit| unit.area == area);
            pupils[first.unwrap_or(0)] += part;
        }
        pupils
    }

    pub(super) fn sites(&self, random: &mut Random) -> Table {
        let mut table = Table::new(&[
            "id",
            "name",
            "school",
            "ownership",
            "kind",
            "status",
            "lon",
            "lat",
            "area",
            "setting",
            "built_year",
            "rooms",
            "beds",
            "migrants",
            "flags",
            "home",
        ]);
        let sizes: Vec<f64> = self
            .schools
            .sites
            .iter()
            .enumerate()
            .map(|(site, draft)| if draft.private { 0.0 } else { self.size(site) as f64 })
            .collect();
        for (at, (draft, migrants)) in self.schools.sites.iter().zip(apportion(MIGRANTS, &sizes)).enumerate() {
            let classes: i64 = self.own_sections(at).flat_map(|section| &self.rolls[section].classes).sum();
            // A crowded school uses every room; a primary of the layout plan has all that it was built with; others have a
            // room or more to spare.
            let rooms = match draft.kind {
                SiteKind::Special => SPECIAL_CLASSES,
                _ if self.is_crowded(at) => classes,
                _ if draft.built > 2020 && draft.setting == Setting::Urban => classes.max(NEW_CLASSES),
                _ => classes + random.between(0, 1 + classes / 8),
            };
            table.row(vec![
                draft.key.clone(),
                format!("合成学校{}", draft.key),
                draft.belongs_to.clone().unwrap_or_else(|| draft.key.clone()),
                if draft.private { "private" } else { "public" }.to_owned(),
                draft.kind.name().to_owned(),
                "operating".to_owned(),
                self.land.sites[at].lon.to_string(),
                self.land.sites[at].lat.to_string(),
                area_name(self.land.areas[at]),
                setting_name(draft.setting).to_owned(),
                draft.built.to_string(),
                rooms.to_string(),
                draft.beds.to_string(),
                migrants.to_string(),
                if draft.assessed { "" } else { "unassessed" }.to_owned(),
                unit_key(self.land.homes[at]),
            ]);
        }
        for (key, kind, area) in PLOTS {
            let centre = self.land.centres[area];
            table.row(vec![
                key.to_owned(),
                format!("合成规划学校{key}"),
                key.to_owned(),
                "public".to_owned(),
                kind.to_owned(),
                "candidate".to_owned(),
                centre.lon.to_string(),
                centre.lat.to_string(),
                area_name(area),
                "urban".to_owned(),
                String::new(),
                "0".to_owned(),
                "0".to_owned(),
                String::new(),
                String::new(),
                String::new(),
            ]);
        }
        table
    }

    /// The key of a section.
    fn section_key(&self, section: usize) -> (String, &'static str) {
        let section = &self.schools.sections[section];
        (self.schools.sites[section.site].key.clone(), section.stage.name())
    }

    pub(super) fn sections(&self, random: &mut Random) -> Table {
        let mut table = Table::new(&["id", "name", "site", "stage", "grade", "pupils", "classes", "zoned"]);
        for (at, (section, roll)) in self.schools.sections.iter().zip(&self.rolls).enumerate() {
            let (site, stage) = self.section_key(at);
            let draft = &self.schools.sites[section.site];
            let in_duty = !draft.private && draft.setting != Setting::Rural && draft.beds == 0;
            // Published: all 50 public day schools in streets and towns meet 100 % and 95 %. Of the others nothing is said.
            let share = match (in_duty, section.stage) {
                (true, Stage::Primary) => 1.0,
                (true, _) => random.range(0.96, 1.0),
                (false, _) => random.range(0.75, 1.0),
            };
            for (number, (pupils, classes)) in roll.pupils.iter().zip(&roll.classes).enumerate() {
                table.row(vec![
                    format!("{site}-{stage}"),
                    format!("合成学校{site}{}", if section.stage == Stage::Primary { "小学部" } else { "初中部" }),
                    site.clone(),
                    stage.to_owned(),
                    (first_grade(section.stage) + number).to_string(),
                    pupils.to_string(),
                    classes.to_string(),
                    ((*pupils as f64 * share).ceil() as i64).to_string(),
                ]);
            }
        }
        table.row(
            ["S01-special", "合成学校S01", "S01", "special", ""]
                .map(str::to_owned)
                .into_iter()
                .chain([SPECIAL_PUPILS, SPECIAL_CLASSES].map(|count| count.to_string()))
                .chain([String::new()])
                .collect(),
        );
        table
    }

    pub(super) fn baseline(&self) -> Table {
        let mut table = Table::new(&["unit", "stage", "site"]);
        let special = self.special_of_units();
        for (at, unit) in self.land.units.iter().enumerate() {
            for (&section, stage) in unit.sections.iter().zip(["primary", "junior"]) {
                let site = self.schools.sections[section].site;
                table.row(vec![unit_key(at), stage.to_owned(), self.schools.sites[site].key.clone()]);
            }
            if special[at] > 0 {
                table.row(vec![unit_key(at), "special".to_owned(), "S01".to_owned()]);
            }
        }
        table
    }

    pub(super) fn staff(&self) -> Table {
        let mut table =
            Table::new(&["site", "stage", "posts", "staff", "teachers", "above_degree", "backbone", "arts_pe"]);
        for (at, people) in self.people.iter().enumerate() {
            let (site, stage) = self.section_key(at);
            let private = self.schools.sites[self.schools.sections[at].site].private;
            let counts = [people.staff, people.teachers, people.above_degree, people.backbone, people.arts_pe];
            let posts = if private { String::new() } else { people.posts.to_string() };
            table.row(
                [site, stage.to_owned(), posts].into_iter().chain(counts.map(|count| count.to_string())).collect(),
            );
        }
        let mut row = vec!["S01".to_owned(), "special".to_owned(), String::new()];
        row.extend([STAFF[2], TEACHERS[2]].map(|count| count.to_string()));
        row.extend([const { String::new() }; 3]);
        table.row(row);
        table
    }

    pub(super) fn resources(&self) -> Table {
        let mut table = Table::new(&[
            "site",
            "stage",
            "teaching_m2",
            "indoor_sports_m2",
            "sports_m2",
            "equipment_yuan",
            "media_rooms",
            "music_rooms",
            "music_m2",
            "art_rooms",
            "art_m2",
            "ordinary_room_m2",
            "dormitory_m2",
            "funds_yuan",
        ]);
        let list = |areas: &[i64]| areas.iter().map(i64::to_string).collect::<Vec<_>>().join(";");
        for (at, means) in self.means.iter().enumerate() {
            let (site, stage) = self.section_key(at);
            let beds = self.schools.sites[self.schools.sections[at].site].beds;
            let dormitory = if beds > 0 { (beds as f64 * DORMITORY_M2).ceil().to_string() } else { String::new() };
            table.row(vec![
                site,
                stage.to_owned(),
                (means.teaching + means.indoor).to_string(),
                means.indoor.to_string(),
                (means.sports - means.indoor).to_string(),
                means.equipment.to_string(),
                means.media.to_string(),
                means.music.len().to_string(),
                list(&means.music),
                means.art.len().to_string(),
                list(&means.art),
                means.ordinary.to_string(),
                dormitory,
                means.funds.to_string(),
            ]);
        }
        let mut row = vec!["S01".to_owned(), "special".to_owned()];
        row.extend([const { String::new() }; 11]);
        row.push(SPECIAL_FUNDS.to_string());
        table.row(row);
        table
    }

    /// New dwellings: four estates in the streets (an assumption).
    pub(super) fn housing(&self) -> Table {
        let mut table = Table::new(&["unit", "year", "dwellings", "name"]);
        let urban = |street: usize| {
            let lies = |unit: &super::geography::UnitDraft| unit.area == street && unit.setting == Setting::Urban;
            self.land.units.iter().position(lies).unwrap_or(0)
        };
        for (street, after, dwellings, name) in
            [(0, 2, 420, "一号小区"), (1, 2, 360, "二号小区"), (2, 3, 480, "三号小区"), (1, 5, 300, "四号小区")]
        {
            table.row(vec![
                unit_key(urban(street)),
                (BASELINE_YEAR + after).to_string(),
                dwellings.to_string(),
                format!("合成{name}"),
            ]);
        }
        table
    }
}
