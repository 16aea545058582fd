//! Where townships, schools and villages lie: an invented county of the published area.

use super::rolls::Roll;
use super::sections::Schools;
use super::targets::{AREA_KM2, STREETS, TOWNS};
use crate::domain::district::{Setting, SiteKind, Stage};
use crate::random::Random;
use crate::units::{EARTH_RADIUS_M, Point};

/// Centre of the invented county: near the real district, so that maps look plausible. No real place is meant.
const CENTRE: Point = Point { lon: 105.84, lat: 30.19 };
/// Longer over shorter half-axis of the county's ellipse.
const STRETCH: f64 = 1.35;
/// Pupils of a stage for which one residential unit is drawn around a school.
const PUPILS_PER_UNIT: i64 = 260;

/// A place in kilometres east and north of the county's centre.
type Place = (f64, f64);

/// A residential unit to be.
#[derive(Debug, Clone)]
pub struct UnitDraft {
    /// Where it lies.
    pub point: Point,
    /// Position of its township.
    pub area: usize,
    /// City, town or country.
    pub setting: Setting,
    /// Relative number of inhabitants.
    pub weight: f64,
    /// Position of today's primary and junior section.
    pub sections: [usize; 2],
}

/// The lie of the land.
#[derive(Debug, Clone, Default)]
pub struct Geography {
    /// Point of every site.
    pub sites: Vec<Point>,
    /// Township of every site.
    pub areas: Vec<usize>,
    /// Home unit of every site.
    pub homes: Vec<usize>,
    /// The units.
    pub units: Vec<UnitDraft>,
    /// Centre of every township, streets first.
    pub centres: Vec<Point>,
}

fn point((east, north): Place) -> Point {
    let metres_per_degree = EARTH_RADIUS_M * std::f64::consts::PI / 180.0;
    let lat = CENTRE.lat + north * 1000.0 / metres_per_degree;
    let lon = CENTRE.lon + east * 1000.0 / (metres_per_degree * CENTRE.lat.to_radians().cos());
    // Six decimals, about a decimetre, so that files are readable.
    Point { lon: (lon * 1e6).round() / 1e6, lat: (lat * 1e6).round() / 1e6 }
}

fn distance(a: Place, b: Place) -> f64 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

/// Half-axes of the county's ellipse in kilometres.
fn axes() -> Place {
    let short = (AREA_KM2 / (std::f64::consts::PI * STRETCH)).sqrt();
    (short * STRETCH, short)
}

/// A place around `centre`, normally `spread` kilometres away, inside the county.
fn around(random: &mut Random, centre: Place, spread: f64) -> Place {
    let (long, short) = axes();
    let mut place = centre;
    for _ in 0..20 {
        place = (centre.0 + spread * random.normal(), centre.1 + spread * random.normal());
        if (place.0 / long).powi(2) + (place.1 / short).powi(2) <= 1.0 {
            return place;
        }
    }
    // Pulled back onto the rim after twenty tries outside.
    let scale = ((place.0 / long).powi(2) + (place.1 / short).powi(2)).sqrt();
    (place.0 / scale, place.1 / scale)
}

/// Centres of the streets close together and of the towns spread out (best of many candidates each).
fn centres(random: &mut Random) -> Vec<Place> {
    let (long, short) = axes();
    let mut centres: Vec<Place> = vec![(-1.6, 0.4), (1.5, 0.9), (0.2, -1.5)];
    debug_assert_eq!(centres.len(), STREETS);
    while centres.len() < STREETS + TOWNS {
        let candidates = (0..200).map(|_| {
            let (radius, angle) = (random.unit().sqrt() * 0.93, random.unit() * std::f64::consts::TAU);
            (long * radius * angle.cos(), short * radius * angle.sin())
        });
        let apart = |place: Place| centres.iter().map(|&other| distance(place, other)).fold(f64::INFINITY, f64::min);
        let best = candidates.max_by(|&a, &b| apart(a).total_cmp(&apart(b))).unwrap_or((0.0, 0.0));
        centres.push(best);
    }
    centres
}

impl Geography {
    /// Lays out townships, sites and units, and zones every unit to a section of each stage.
    pub fn draw(schools: &Schools, rolls: &[Roll], random: &mut Random) -> Self {
        let centres = centres(random);
        let areas = townships(schools, random);
        let places: Vec<Place> = schools
            .sites
            .iter()
            .zip(&areas)
            .map(|(site, &area)| {
                let spread = match site.setting {
                    Setting::Urban => 1.1,
                    Setting::Town => 0.5,
                    Setting::Rural => 2.4,
                };
                around(random, centres[area], spread)
            })
            .collect();
        let mut geography = Self {
            sites: places.iter().map(|&place| point(place)).collect(),
            centres: centres.iter().map(|&place| point(place)).collect(),
            areas,
            ..Self::default()
        };
        geography.people(schools, rolls, &places, random);
        geography
    }

    /// Draws units around every school, as many as its pupils call for, the first of them its home unit.
    fn people(&mut self, schools: &Schools, rolls: &[Roll], places: &[Place], random: &mut Random) {
        let mut drawn: Vec<Drawn> = Vec::new();
        for (site, &place) in places.iter().enumerate() {
            let own: Vec<usize> = (0..schools.sections.len()).filter(|&at| schools.sections[at].site == site).collect();
            let largest = own.iter().map(|&at| rolls[at].size()).max().unwrap_or(0);
            let setting = schools.sites[site].setting;
            let spread = match setting {
                Setting::Urban => 0.45,
                Setting::Town => 0.9,
                Setting::Rural => 1.5,
            };
            self.homes.push(drawn.len());
            for number in 0..(largest / PUPILS_PER_UNIT).max(1) {
                let at = if number == 0 { around(random, place, 0.12) } else { around(random, place, spread) };
                // Units around a school go there; for the stage that it does not offer, to the nearest that does.
                let mut zoned = [None; 2];
                for &section in &own {
                    zoned[usize::from(schools.sections[section].stage == Stage::Junior)] = Some(section);
                }
                let kind = if number > 0 && setting == Setting::Town { Setting::Rural } else { setting };
                let weight = (0.5 * random.normal()).exp();
                drawn.push(Drawn { place: at, area: self.areas[site], setting: kind, weight, zoned });
            }
        }
        for Drawn { place, area, setting, weight, zoned } in drawn {
            let nearest = |stage: Stage| {
                let sections = (0..schools.sections.len()).filter(|&at| schools.sections[at].stage == stage);
                // The teaching point and the campus serve only the units drawn around them.
                let open = sections.filter(|&at| schools.sites[schools.sections[at].site].belongs_to.is_none());
                let away = |at: usize| distance(place, places[schools.sections[at].site]);
                open.min_by(|&a, &b| away(a).total_cmp(&away(b))).unwrap_or(0)
            };
            let sections = [
                zoned[0].unwrap_or_else(|| nearest(Stage::Primary)),
                zoned[1].unwrap_or_else(|| nearest(Stage::Junior)),
            ];
            self.units.push(UnitDraft { point: point(place), area, setting, weight, sections });
        }
    }
}

/// A unit before the schools far from it have been looked up.
struct Drawn {
    place: Place,
    area: usize,
    setting: Setting,
    weight: f64,
    /// The primary and the junior section of the school around which it is drawn, where that offers them.
    zoned: [Option<usize>; 2],
}

/// The township of every site: urban ones in the streets; every town gets a complete primary, then junior sections while
/// they last; village schools and nine-year schools anywhere in the country.
fn townships(schools: &Schools, random: &mut Random) -> Vec<usize> {
    let mut towns: Vec<usize> = (STREETS..STREETS + TOWNS).collect();
    random.shuffle(&mut towns);
    let (mut street, mut primary, mut junior, mut village) = (0, 0, 0, 0);
    schools
        .sites
        .iter()
        .map(|site| {
            let turn = |counter: &mut usize| {
                *counter += 1;
                towns[(*counter - 1) % TOWNS]
            };
            match (site.setting, site.kind) {
                (Setting::Urban, _) => {
                    street += 1;
                    (street - 1) % STREETS
                }
                (Setting::Town, SiteKind::Primary) => turn(&mut primary),
                (_, SiteKind::Junior | SiteKind::NineYear | SiteKind::CompleteMiddle) => turn(&mut junior),
                _ => turn(&mut village),
            }
        })
        .collect()
}
