//! A synthetic county calibrated to the published figures of Tongnan district, Chongqing. No real school or village.

pub mod geography;
pub mod rolls;
pub mod sections;
pub mod targets;

use super::GenerateError;
use super::folder::Table;
use super::rounding::apportion;
use crate::domain::district::{Setting, Stage};
use crate::random::Random;
use geography::Geography;
use rolls::Roll;
use sections::Schools;
use targets::{BASELINE_YEAR, MIGRANTS, STREETS};

/// Kilometres of road for one of straight line, in hilly country.
const DETOUR: f64 = 1.4;

/// Year of the plan: by then every rule of the assessment is hard.
const PLAN_YEAR: i32 = 2027;

/// A county before it is written down.
struct County {
    schools: Schools,
    rolls: Vec<Roll>,
    land: Geography,
}

/// The files of the scenario folder: name and content.
///
/// # Errors
/// [`GenerateError::Missed`] when the recipe cannot meet a published figure with this seed.
pub fn files(seed: u64) -> Result<Vec<(&'static str, String)>, GenerateError> {
    let schools = Schools::draw(&mut Random::new(seed, "tongnan/schools"));
    let rolls = rolls::draw(&schools, &mut Random::new(seed, "tongnan/rolls"))?;
    let land = Geography::draw(&schools, &rolls, &mut Random::new(seed, "tongnan/land"));
    let county = County { schools, rolls, land };
    let candidates = County::candidates();
    Ok(vec![
        ("scenario.toml", county.scenario(seed)),
        ("README.md", include_str!("scenario_readme.md").replace("{seed}", &seed.to_string())),
        ("units.csv", county.units().text()?),
        ("sites.csv", county.sites(&candidates, &mut Random::new(seed, "tongnan/rooms")).text()?),
        ("sections.csv", county.sections().text()?),
        ("baseline.csv", county.baseline().text()?),
    ])
}

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

fn first_grade(stage: Stage) -> usize {
    if stage == Stage::Junior { 7 } else { 1 }
}

/// A hard limit of the way to school. Nothing published says how far pupils go, so today's farthest sets it.
fn reach_rule(stage: &str, zh: &str, en: &str, km: i64) -> String {
    format!(
        r#"
# Assumed: nobody is to go farther than, in whole kilometres, the farthest pupil does today.
[[rules]]
id = "tongnan.reach.{stage}"
title = {{ zh = "{zh}", en = "{en}" }}
source = {{ doc = "scenario", status = "scenario" }}
scope = {{ stages = ["{stage}"] }}
metric = "travel_dist"
op = "<="
limit = {limit}
severity = "hard"
"#,
        limit = km * 1000
    )
}

/// A plot on which a school may be built.
struct Candidate {
    key: &'static str,
    kind: &'static str,
    area: usize,
}

impl County {
    /// Two primaries and a junior middle school, one in every street: the projects under construction (published count).
    fn candidates() -> Vec<Candidate> {
        ["X01", "X02", "X03"]
            .into_iter()
            .zip(["primary", "primary", "junior"])
            .enumerate()
            .map(|(area, (key, kind))| Candidate { key, kind, area })
            .collect()
    }

    fn unit_key(at: usize) -> String {
        format!("u{:03}", at + 1)
    }

    fn units(&self) -> Table {
        let mut table = Table::new(&[
            "id", "name", "area", "setting", "lon", "lat", "grade_1", "grade_2", "grade_3", "grade_4", "grade_5",
            "grade_6", "grade_7", "grade_8", "grade_9",
        ]);
        let pupils = self.pupils_of_units();
        for (at, unit) in self.land.units.iter().enumerate() {
            let mut row = vec![
                Self::unit_key(at),
                format!("{}第{:03}单元", area_name(unit.area), at + 1),
                area_name(unit.area),
                setting_name(unit.setting).to_owned(),
                unit.point.lon.to_string(),
                unit.point.lat.to_string(),
            ];
            row.extend(pupils[at].iter().map(i64::to_string));
            table.row(row);
        }
        table
    }

    /// Pupils of every unit by grade 1 to 9: each section's roll, split over its units by their inhabitants.
    fn pupils_of_units(&self) -> Vec<[i64; 9]> {
        let mut pupils = vec![[0; 9]; self.land.units.len()];
        for (at, section) in self.schools.sections.iter().enumerate() {
            let stage = usize::from(section.stage == Stage::Junior);
            let members: Vec<usize> =
                (0..self.land.units.len()).filter(|&unit| self.land.units[unit].sections[stage] == at).collect();
            let weights: Vec<f64> = members.iter().map(|&unit| self.land.units[unit].weight).collect();
            for (number, &roll) in self.rolls[at].pupils.iter().enumerate() {
                let grade = first_grade(section.stage) + number;
                for (&unit, part) in members.iter().zip(apportion(roll, &weights)) {
                    pupils[unit][grade - 1] += part;
                }
            }
        }
        pupils
    }

    fn sites(&self, candidates: &[Candidate], random: &mut Random) -> Table {
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
            "migrants",
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
            // A crowded school uses every room; others have a room or more to spare.
            let rooms = if self.is_crowded(at) { classes } else { classes + random.between(0, 1 + classes / 8) };
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
                migrants.to_string(),
                Self::unit_key(self.land.homes[at]),
            ]);
        }
        for candidate in candidates {
            let centre = self.land.centres[candidate.area];
            table.row(vec![
                candidate.key.to_owned(),
                format!("合成规划学校{}", candidate.key),
                candidate.key.to_owned(),
                "public".to_owned(),
                candidate.kind.to_owned(),
                "candidate".to_owned(),
                centre.lon.to_string(),
                centre.lat.to_string(),
                area_name(candidate.area),
                "urban".to_owned(),
                String::new(),
                "0".to_owned(),
                String::new(),
                String::new(),
            ]);
        }
        table
    }

    fn own_sections(&self, site: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.schools.sections.len()).filter(move |&section| self.schools.sections[section].site == site)
    }

    /// Whether a section of the site has classes over the limit.
    fn is_crowded(&self, site: usize) -> bool {
        self.own_sections(site).any(|section| self.schools.sections[section].crowded)
    }

    fn size(&self, site: usize) -> i64 {
        self.own_sections(site).map(|section| self.rolls[section].size()).sum()
    }

    fn sections(&self) -> Table {
        let mut table = Table::new(&["id", "name", "site", "stage", "grade", "pupils", "classes"]);
        for (section, roll) in self.schools.sections.iter().zip(&self.rolls) {
            let site = &self.schools.sites[section.site].key;
            for (number, (pupils, classes)) in roll.pupils.iter().zip(&roll.classes).enumerate() {
                table.row(vec![
                    format!("{site}-{}", section.stage.name()),
                    format!("合成学校{site}{}", if section.stage == Stage::Primary { "小学部" } else { "初中部" }),
                    site.clone(),
                    section.stage.name().to_owned(),
                    (first_grade(section.stage) + number).to_string(),
                    pupils.to_string(),
                    classes.to_string(),
                ]);
            }
        }
        table
    }

    fn baseline(&self) -> Table {
        let mut table = Table::new(&["unit", "stage", "site"]);
        for (at, unit) in self.land.units.iter().enumerate() {
            for (&section, stage) in unit.sections.iter().zip(["primary", "junior"]) {
                let site = self.schools.sections[section].site;
                table.row(vec![Self::unit_key(at), stage.to_owned(), self.schools.sites[site].key.clone()]);
            }
        }
        table
    }

    /// Today's longest way to school of a stage, in whole kilometres, rounded up.
    fn farthest_km(&self, stage: Stage) -> i64 {
        let ways = self.land.units.iter().flat_map(|unit| {
            unit.sections.iter().filter(|&&at| self.schools.sections[at].stage == stage).map(|&at| {
                let site = self.schools.sections[at].site;
                unit.point.great_circle_m(self.land.sites[site]) * DETOUR / 1000.0
            })
        });
        ways.fold(0.0, f64::max).ceil() as i64
    }

    fn scenario(&self, seed: u64) -> String {
        let mut text = include_str!("scenario_head.toml")
            .replace("{seed}", &seed.to_string())
            .replace("{detour}", &DETOUR.to_string())
            .replace("{baseline}", &BASELINE_YEAR.to_string())
            .replace("{plan}", &PLAN_YEAR.to_string());
        for (stage, zh, en) in [
            (Stage::Primary, "小学上学路程", "Way to primary school"),
            (Stage::Junior, "初中上学路程", "Way to junior middle school"),
        ] {
            text += &reach_rule(stage.name(), zh, en, self.farthest_km(stage));
        }
        let expandable: Vec<String> = self
            .schools
            .sites
            .iter()
            .enumerate()
            .filter(|(at, site)| !site.private && (site.setting == Setting::Urban || self.is_crowded(*at)))
            .map(|(_, site)| format!("\"{}\"", site.key))
            .collect();
        text += &include_str!("scenario_actions.toml").replace("{expandable}", &expandable.join(", "));
        text += &include_str!("scenario_forecasts.toml").replace("{plan}", &PLAN_YEAR.to_string());
        text
    }
}
