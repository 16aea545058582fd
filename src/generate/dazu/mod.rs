//! A large county of the size of Dazu district: 191 sites, 93,000 pupils and eight years, with few births in the country and
//! something on offer at almost every school. It is made for measuring the solver; only its size is taken from a real place.

mod scenario;

use super::GenerateError;
use super::folder::Table;
use super::rounding::apportion;
use crate::random::Random;
use crate::units::{EARTH_RADIUS_M, Point};

/// South-western corner of the invented land.
const CORNER: Point = Point { lon: 105.4, lat: 29.4 };
/// Kilometres of road for one of straight line.
const DETOUR: f64 = 1.3;
/// Pupils by grade, 1 to 9: 60,000 in primary and 33,000 in junior middle schools, the younger the fewer.
const GRADES: [i64; 9] = [8600, 9200, 9800, 10_300, 10_900, 11_200, 11_200, 11_000, 10_800];
/// Streets of the county town, and towns around it.
const STREETS: usize = 3;
const TOWNS: usize = 24;
/// Units of a street, and villages of a town beside its two central units.
const STREET_UNITS: usize = 20;
const VILLAGES: usize = 9;
/// Schools of a street: primaries and junior middle schools.
const STREET_PRIMARIES: usize = 7;
const STREET_JUNIORS: usize = 3;
/// Towns with a nine-year school; the others have a primary and a junior middle school.
const NINE_YEAR_TOWNS: usize = 6;
/// Village schools of all towns.
const VILLAGE_SCHOOLS: usize = 107;
/// Pupils that a class may have at most, primary and junior.
const CLASS: [i64; 2] = [45, 50];
/// Pupils up to which schools are filled today, primary and junior.
const FULL: [i64; 2] = [1800, 1950];

type Place = (f64, f64);

struct Unit {
    key: String,
    area: usize,
    place: Place,
    setting: &'static str,
    rolls: [i64; 9],
    /// Position of today's site of each stage.
    zoned: [usize; 2],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Primary,
    Junior,
    NineYear,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Junior => "junior",
            Self::NineYear => "nine_year",
        }
    }

    fn offers(self, stage: usize) -> bool {
        match self {
            Self::Primary => stage == 0,
            Self::Junior => stage == 1,
            Self::NineYear => true,
        }
    }
}

struct Site {
    key: String,
    kind: Kind,
    area: usize,
    place: Place,
    setting: &'static str,
    /// Whether it is a village school, which may be closed or merged.
    village: bool,
    candidate: bool,
    protected: bool,
    rooms: i64,
    pupils: [i64; 2],
    classes: [i64; 2],
}

struct County {
    units: Vec<Unit>,
    sites: Vec<Site>,
}

/// The files of the scenario folder: name and content.
///
/// # Errors
/// [`GenerateError::Csv`] when a table cannot be written.
pub fn files(seed: u64) -> Result<Vec<(&'static str, String)>, GenerateError> {
    let county = County::draw(seed);
    Ok(vec![
        ("scenario.toml", county.scenario(seed)),
        ("units.csv", county.unit_table().text()?),
        ("sites.csv", county.site_table().text()?),
        ("baseline.csv", county.baseline_table().text()?),
        ("staff.csv", county.staff_table().text()?),
        ("resources.csv", county.resource_table().text()?),
    ])
}

fn point((east, north): Place) -> Point {
    let metres_per_degree = EARTH_RADIUS_M * std::f64::consts::PI / 180.0;
    let lat = CORNER.lat + north * 1000.0 / metres_per_degree;
    let lon = CORNER.lon + east * 1000.0 / (metres_per_degree * lat.to_radians().cos());
    Point { lon: (lon * 1e6).round() / 1e6, lat: (lat * 1e6).round() / 1e6 }
}

fn away(a: Place, b: Place) -> f64 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

fn area_name(area: usize) -> String {
    if area < STREETS { format!("街道{}", area + 1) } else { format!("镇{:02}", area + 1 - STREETS) }
}

impl County {
    fn draw(seed: u64) -> Self {
        let random = &mut Random::new(seed, "dazu");
        // The county town in the middle of a grid of five by five townships, nine kilometres apart.
        let middle = (24.0, 24.0);
        let mut centres: Vec<Place> =
            [(-1.6, 0.4), (1.5, 0.9), (0.2, -1.8)].map(|(x, y)| (middle.0 + x, middle.1 + y)).to_vec();
        for cell in (0..25).filter(|&cell| cell != 12) {
            let at = |line: usize| 6.0 + 9.0 * line as f64;
            centres.push((at(cell % 5) + random.range(-1.5, 1.5), at(cell / 5) + random.range(-1.5, 1.5)));
        }
        let mut county = Self { units: Vec::new(), sites: Vec::new() };
        county.place_units(random, &centres);
        county.place_sites(random, &centres);
        county.zone();
        county.furnish(random);
        county
    }

    fn place_units(&mut self, random: &mut Random, centres: &[Place]) {
        let mut weights = Vec::new();
        for (area, &centre) in centres.iter().enumerate() {
            let count = if area < STREETS { STREET_UNITS } else { 2 + VILLAGES };
            for number in 0..count {
                // Villages lie round their town, two to four kilometres off; a street fills a circle of 1.5 km.
                let (reach, weight, setting) = match (area < STREETS, number) {
                    (true, _) => (random.range(0.1, 1.5), 45.0 / 60.0, "urban"),
                    (false, 0 | 1) => (random.range(0.1, 0.7), 25.0 / 48.0, "town"),
                    (false, _) => (random.range(1.8, 4.0), 30.0 / 216.0, "rural"),
                };
                let turn = std::f64::consts::TAU * (number as f64 + random.range(-0.3, 0.3)) / count as f64;
                let place = (centre.0 + reach * turn.cos(), centre.1 + reach * turn.sin());
                weights.push(weight * (0.35 * random.normal()).exp());
                let key = format!("u{:03}", self.units.len() + 1);
                self.units.push(Unit { key, area, place, setting, rolls: [0; 9], zoned: [0; 2] });
            }
        }
        for (grade, &total) in GRADES.iter().enumerate() {
            for (unit, pupils) in self.units.iter_mut().zip(apportion(total, &weights)) {
                unit.rolls[grade] = pupils;
            }
        }
    }

    fn place_sites(&mut self, random: &mut Random, centres: &[Place]) {
        for (area, &centre) in centres.iter().enumerate().take(STREETS) {
            for number in 0..STREET_PRIMARIES + STREET_JUNIORS {
                let kind = if number < STREET_PRIMARIES { Kind::Primary } else { Kind::Junior };
                let turn = std::f64::consts::TAU * number as f64 / (STREET_PRIMARIES + STREET_JUNIORS) as f64;
                let reach = random.range(0.4, 1.2);
                self.site(kind, area, (centre.0 + reach * turn.cos(), centre.1 + reach * turn.sin()), "urban");
            }
        }
        for (area, &centre) in centres.iter().enumerate().skip(STREETS) {
            let near = |random: &mut Random| (centre.0 + random.range(-0.4, 0.4), centre.1 + random.range(-0.4, 0.4));
            if area - STREETS < NINE_YEAR_TOWNS {
                let place = near(random);
                self.site(Kind::NineYear, area, place, "town");
            } else {
                for kind in [Kind::Primary, Kind::Junior] {
                    let place = near(random);
                    self.site(kind, area, place, "town");
                }
            }
        }
        for number in 0..VILLAGE_SCHOOLS {
            // Beside the villages of the towns in turn.
            let area = STREETS + number % TOWNS;
            let host = self
                .units
                .iter()
                .filter(|unit| unit.area == area && unit.setting == "rural")
                .nth(2 * (number / TOWNS) % VILLAGES);
            let Some(host) = host else { continue };
            let place = (host.place.0 + random.range(-0.2, 0.2), host.place.1 + random.range(-0.2, 0.2));
            let site = self.site(Kind::Primary, area, place, "rural");
            self.sites[site].village = true;
            // Every twelfth lies so far off that it is to stay.
            self.sites[site].protected = number % 12 == 11;
        }
        for number in 0..12 {
            let (kind, area) = match number {
                0..=5 => (Kind::Primary, number % STREETS),
                6..=8 => (Kind::Junior, number % STREETS),
                _ => (Kind::NineYear, STREETS + 2 * number),
            };
            let centre = centres[area];
            let setting = if area < STREETS { "urban" } else { "town" };
            let place = (centre.0 + random.range(-1.3, 1.3), centre.1 + random.range(-1.3, 1.3));
            let site = self.site(kind, area, place, setting);
            self.sites[site].candidate = true;
        }
    }

    fn site(&mut self, kind: Kind, area: usize, place: Place, setting: &'static str) -> usize {
        let letter = match kind {
            Kind::Primary => 'P',
            Kind::Junior => 'J',
            Kind::NineYear => 'N',
        };
        let key = format!("{letter}{:03}", self.sites.len() + 1);
        let (village, candidate, protected) = (false, false, false);
        let (rooms, pupils, classes) = (0, [0; 2], [0; 2]);
        self.sites.push(Site {
            key,
            kind,
            area,
            place,
            setting,
            village,
            candidate,
            protected,
            rooms,
            pupils,
            classes,
        });
        self.sites.len() - 1
    }

    /// Zones every unit to the nearest school of its township that has room, else to the nearest that has, else the nearest.
    fn zone(&mut self) {
        for (stage, grades) in [(0, 0..6), (1, 6..9)] {
            for at in 0..self.units.len() {
                let unit = &self.units[at];
                let pupils: i64 = unit.rolls[grades.clone()].iter().sum();
                let open = |site: &&usize| {
                    let facts = &self.sites[**site];
                    !facts.candidate && facts.kind.offers(stage)
                };
                let mut sites: Vec<usize> = (0..self.sites.len()).collect();
                sites.retain(|site| open(&site));
                let rank = |&site: &usize| {
                    let facts = &self.sites[site];
                    // A village school takes the villages next to it, not the town.
                    let small = facts.village && (unit.setting != "rural" || away(unit.place, facts.place) > 1.6);
                    (
                        small || facts.pupils[stage] + pupils > FULL[stage],
                        facts.area != unit.area,
                        away(unit.place, facts.place),
                    )
                };
                let best = sites.iter().copied().min_by(|a, b| {
                    let (a, b) = (rank(a), rank(b));
                    (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2))
                });
                if let Some(site) = best {
                    self.units[at].zoned[stage] = site;
                    self.sites[site].pupils[stage] += pupils;
                }
            }
        }
    }

    /// Classrooms follow today's classes: some to spare in the country, too few here and there in the county town.
    fn furnish(&mut self, random: &mut Random) {
        for at in 0..self.sites.len() {
            for (stage, grades) in [(0, 0..6), (1, 6..9)] {
                for grade in grades {
                    let of_site = self.units.iter().filter(|unit| unit.zoned[stage] == at);
                    let pupils: i64 = of_site.map(|unit| unit.rolls[grade]).sum();
                    self.sites[at].classes[stage] += (pupils + CLASS[stage] - 1) / CLASS[stage];
                }
            }
            let site = &mut self.sites[at];
            let classes: i64 = site.classes.iter().sum();
            let least = if site.kind == Kind::Junior { 3 } else { 6 };
            let spare = if site.setting == "urban" { random.range(0.94, 1.1) } else { random.range(1.0, 1.15) };
            site.rooms = (classes as f64 * spare).round().max(f64::from(least)) as i64;
        }
    }

    fn unit_table(&self) -> Table {
        let mut table = Table::new(&[
            "id", "name", "area", "setting", "lon", "lat", "grade_1", "grade_2", "grade_3", "grade_4", "grade_5",
            "grade_6", "grade_7", "grade_8", "grade_9",
        ]);
        for unit in &self.units {
            let at = point(unit.place);
            let name = format!("{}合成单元{}", area_name(unit.area), &unit.key[1..]);
            let mut row = vec![
                unit.key.clone(),
                name,
                area_name(unit.area),
                unit.setting.to_owned(),
                at.lon.to_string(),
                at.lat.to_string(),
            ];
            row.extend(unit.rolls.iter().map(ToString::to_string));
            table.row(row);
        }
        table
    }

    fn site_table(&self) -> Table {
        let mut table =
            Table::new(&["id", "name", "kind", "status", "lon", "lat", "area", "setting", "rooms", "protected"]);
        for site in &self.sites {
            let at = point(site.place);
            table.row(vec![
                site.key.clone(),
                format!("合成学校{}", site.key),
                site.kind.name().to_owned(),
                if site.candidate { "candidate" } else { "operating" }.to_owned(),
                at.lon.to_string(),
                at.lat.to_string(),
                area_name(site.area),
                site.setting.to_owned(),
                if site.candidate { 0 } else { site.rooms }.to_string(),
                site.protected.to_string(),
            ]);
        }
        table
    }

    fn baseline_table(&self) -> Table {
        let mut table = Table::new(&["unit", "stage", "site"]);
        for unit in &self.units {
            for (stage, name) in ["primary", "junior"].into_iter().enumerate() {
                table.row(vec![unit.key.clone(), name.to_owned(), self.sites[unit.zoned[stage]].key.clone()]);
            }
        }
        table
    }

    /// The stages that schools have today: site, stage, name of the stage.
    fn sections(&self) -> impl Iterator<Item = (&Site, usize, &'static str)> {
        self.sites.iter().filter(|site| !site.candidate).flat_map(|site| {
            let stages = ["primary", "junior"].into_iter().enumerate();
            stages.filter(|&(stage, _)| site.kind.offers(stage)).map(move |(stage, name)| (site, stage, name))
        })
    }

    /// Posts by the ratios of the pupils or by classes, whichever is more.
    fn staff_table(&self) -> Table {
        let mut table = Table::new(&["site", "stage", "posts", "staff", "teachers"]);
        for (site, stage, name) in self.sections() {
            let ratio = [19.0, 13.5][stage];
            let posts = (site.pupils[stage] as f64 / ratio).max(1.3 * site.classes[stage] as f64).ceil() as i64;
            let row = [posts, posts, (posts * 97 + 50) / 100].map(|count| count.to_string());
            table.row([vec![site.key.clone(), name.to_owned()], row.to_vec()].concat());
        }
        table
    }

    fn resource_table(&self) -> Table {
        let mut table = Table::new(&["site", "stage", "teaching_m2", "sports_m2", "equipment_yuan", "media_rooms"]);
        for (site, stage, name) in self.sections() {
            let (pupils, classes) = (site.pupils[stage].max(20), site.classes[stage].max(1));
            let row = [pupils * [5, 6][stage], pupils * [8, 10][stage], pupils * [2100, 2600][stage], classes];
            table.row([vec![site.key.clone(), name.to_owned()], row.map(|count| count.to_string()).to_vec()].concat());
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_county_has_the_size_that_is_promised_for_every_seed() {
        for seed in 1..=5 {
            let county = County::draw(seed);
            assert_eq!(county.sites.len(), 191);
            assert_eq!(county.units.iter().flat_map(|unit| unit.rolls).sum::<i64>(), 93_000);
            assert_eq!(county.units.len(), 324);
            for stage in 0..2 {
                let placed: i64 = county.sites.iter().map(|site| site.pupils[stage]).sum();
                assert_eq!(placed, [60_000, 33_000][stage]);
            }
            // Nobody is zoned beyond the limits that the rules set, and no school is larger than they allow.
            for unit in &county.units {
                for (stage, limit) in [9.0, 16.0].into_iter().enumerate() {
                    let site = &county.sites[unit.zoned[stage]];
                    assert!(!site.candidate && site.kind.offers(stage));
                    assert!(away(unit.place, site.place) * DETOUR < limit, "seed {seed}: {} to {}", unit.key, site.key);
                }
            }
            for site in &county.sites {
                let most = if site.kind == Kind::NineYear { 2500 } else { 2000 };
                assert!(site.pupils.iter().sum::<i64>() <= most, "seed {seed}: {} {:?}", site.key, site.pupils);
                let classes: i64 = site.classes.iter().sum();
                assert!(site.candidate || site.rooms * 10 >= classes * 9, "{}", site.key);
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_files() {
        assert_eq!(files(4).unwrap(), files(4).unwrap());
        assert_ne!(files(4).unwrap(), files(5).unwrap());
    }
}
