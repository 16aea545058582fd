//! A synthetic county calibrated to the published figures of Tongnan district, Chongqing. No real school or village.

pub mod geography;
mod projects;
pub mod resources;
pub mod rolls;
mod scenario;
pub mod sections;
pub mod staff;
mod tables;
pub mod targets;

use super::GenerateError;
use crate::domain::district::Stage;
use crate::random::Random;
use geography::Geography;
use resources::Means;
use rolls::Roll;
use scenario::DETOUR;
use sections::Schools;
use staff::People;

/// How two statements of the report are read that leave room; the first reading is the default. Other readings are variants
/// of the scenario.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Readings {
    /// Whether twelve of the thirteen schools below 100 pupils are teaching points that the assessment does not list, rather
    /// than primaries among its 58.
    pub small_outside: bool,
    /// Whether the 1,547 classes include those of the special school.
    pub special_inside: bool,
}

impl Readings {
    /// The names of the readings on the command line.
    pub const NAMES: [&'static str; 2] = ["small_schools_outside", "special_classes_inside"];

    /// The readings of some names; the names that are none are left out.
    pub fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut readings = Self::default();
        for name in names {
            match name {
                "small_schools_outside" => readings.small_outside = true,
                "special_classes_inside" => readings.special_inside = true,
                _ => {}
            }
        }
        readings
    }
}

/// A county before it is written down.
struct County {
    schools: Schools,
    rolls: Vec<Roll>,
    people: Vec<People>,
    means: Vec<Means>,
    land: Geography,
}

/// The files of the scenario folder: name and content.
///
/// # Errors
/// [`GenerateError::Missed`] when the recipe cannot meet a published figure with this seed.
pub fn files(seed: u64, readings: Readings) -> Result<Vec<(&'static str, String)>, GenerateError> {
    let stream = |name: &str| Random::new(seed, &format!("tongnan/{name}"));
    let schools = Schools::draw(&mut stream("schools"), readings);
    let rolls = rolls::draw(&schools, readings, &mut stream("rolls"))?;
    let people = staff::draw(&schools, &rolls, &mut stream("staff"));
    let means = resources::draw(&schools, &rolls, &people, &mut stream("resources"))?;
    let land = Geography::draw(&schools, &rolls, &mut stream("land"));
    let county = County { schools, rolls, people, means, land };
    Ok(vec![
        ("scenario.toml", scenario::text(&county, seed)),
        ("variants.toml", include_str!("variants.toml").to_owned()),
        ("README.md", include_str!("scenario_readme.md").replace("{seed}", &seed.to_string())),
        ("units.csv", county.units().text()?),
        ("sites.csv", county.sites(&mut stream("rooms")).text()?),
        ("sections.csv", county.sections(&mut stream("zones")).text()?),
        ("baseline.csv", county.baseline().text()?),
        ("staff.csv", county.staff().text()?),
        ("resources.csv", county.resources().text()?),
        ("housing.csv", county.housing().text()?),
        ("projects.csv", projects::table().text()?),
    ])
}

/// The first grade of a stage.
fn first_grade(stage: Stage) -> usize {
    if stage == Stage::Junior { 7 } else { 1 }
}

impl County {
    /// The sections at a site.
    fn own_sections(&self, site: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.schools.sections.len()).filter(move |&section| self.schools.sections[section].site == site)
    }

    /// Whether a section of the site has classes over the limit.
    fn is_crowded(&self, site: usize) -> bool {
        self.own_sections(site).any(|section| self.schools.sections[section].crowded)
    }

    /// Pupils of a site.
    fn size(&self, site: usize) -> i64 {
        self.own_sections(site).map(|section| self.rolls[section].size()).sum()
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
}
