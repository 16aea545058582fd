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
/// Primary pupils for which one residential unit is drawn around a school of a street or town.
const PUPILS_PER_UNIT: i64 = 200;
/// The same for a school in the country, where villages are small.
const PUPILS_PER_VILLAGE: i64 = 40;

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

    /// Draws units around every school, as many as its primary pupils call for and at least one, its home. Units go to the
    /// primary around which they lie, others to the nearest; to which junior section follows from [`junior_zones`].
    fn people(&mut self, schools: &Schools, rolls: &[Roll], places: &[Place], random: &mut Random) {
        let mut drawn: Vec<Place> = Vec::new();
        for (site, &place) in places.iter().enumerate() {
            let primary = (0..schools.sections.len())
                .find(|&at| schools.sections[at].site == site && schools.sections[at].stage == Stage::Primary);
            let pupils = primary.map_or(0, |at| rolls[at].size());
            let setting = schools.sites[site].setting;
            let (spread, each) = match setting {
                Setting::Urban => (0.45, PUPILS_PER_UNIT),
                Setting::Town => (1.05, PUPILS_PER_UNIT),
                Setting::Rural => (1.8, PUPILS_PER_VILLAGE),
            };
            self.homes.push(drawn.len());
            for number in 0..(pupils / each).max(1) {
                let at = if number == 0 { around(random, place, 0.12) } else { around(random, place, spread) };
                let kind = if number > 0 && setting == Setting::Town { Setting::Rural } else { setting };
                let weight = (0.5 * random.normal()).exp();
                let nearest = || {
                    // A teaching point serves only the units drawn around it.
                    let open = (0..schools.sections.len()).filter(|&at| {
                        let section = &schools.sections[at];
                        section.stage == Stage::Primary && schools.sites[section.site].belongs_to.is_none()
                    });
                    let away = |section: usize| distance(at, places[schools.sections[section].site]);
                    open.min_by(|&a, &b| away(a).total_cmp(&away(b))).unwrap_or(0)
                };
                let sections = [primary.unwrap_or_else(nearest), 0];
                self.units.push(UnitDraft {
                    point: point(at),
                    area: self.areas[site],
                    setting: kind,
                    weight,
                    sections,
                });
                drawn.push(at);
            }
        }
        let children = self.children(schools, rolls);
        let juniors: Vec<usize> =
            (0..schools.sections.len()).filter(|&at| schools.sections[at].stage == Stage::Junior).collect();
        let seats: Vec<f64> = juniors.iter().map(|&at| rolls[at].size() as f64).collect();
        let at: Vec<Place> = juniors.iter().map(|&at| places[schools.sections[at].site]).collect();
        for (unit, zone) in junior_zones(&drawn, &children, &at, &seats).into_iter().enumerate() {
            self.units[unit].sections[1] = juniors[zone];
        }
    }

    /// The primary pupils of every unit: each section's roll, split over its units by their inhabitants.
    fn children(&self, schools: &Schools, rolls: &[Roll]) -> Vec<f64> {
        let mut weights = vec![0.0; schools.sections.len()];
        for unit in &self.units {
            weights[unit.sections[0]] += unit.weight;
        }
        self.units
            .iter()
            .map(|unit| {
                let section = unit.sections[0];
                rolls[section].size() as f64 * unit.weight / weights[section]
            })
            .collect()
    }
}

/// Kilometres by which the price of a full junior section rises at first.
const FIRST_STEP: f64 = 4.0;
/// Rounds in which prices are moved.
const ROUNDS: i32 = 400;

/// To which junior section every unit goes, so that a section's zone has primary pupils in proportion to its junior ones and
/// juniors live where the children live: units go to the section that is nearest with its price in kilometres added, and the
/// prices of zones with too many children are raised until the zones fit. The best round counts.
fn junior_zones(units: &[Place], children: &[f64], sections: &[Place], seats: &[f64]) -> Vec<usize> {
    let scale = children.iter().sum::<f64>() / seats.iter().sum::<f64>();
    let mut prices = vec![0.0; sections.len()];
    let mut best = (f64::INFINITY, vec![0; units.len()]);
    for round in 0..ROUNDS {
        let zones: Vec<usize> = units
            .iter()
            .map(|&unit| {
                let cost = |section: usize| distance(unit, sections[section]) + prices[section];
                (0..sections.len()).min_by(|&a, &b| cost(a).total_cmp(&cost(b))).unwrap_or(0)
            })
            .collect();
        let mut load = vec![0.0; sections.len()];
        for (&zone, children) in zones.iter().zip(children) {
            load[zone] += children;
        }
        let off: Vec<f64> = load.iter().zip(seats).map(|(load, seats)| load / (seats * scale) - 1.0).collect();
        let misfit: f64 = off.iter().zip(seats).map(|(off, seats)| off * off * seats).sum();
        if misfit < best.0 {
            best = (misfit, zones);
        }
        let step = FIRST_STEP * 0.985_f64.powi(round);
        for (price, off) in prices.iter_mut().zip(off) {
            *price += step * off.clamp(-1.0, 1.0);
        }
    }
    best.1
}

/// The township of every site: urban ones in the streets; every town gets a complete primary; village schools anywhere in the
/// country. Then the schools with juniors, the largest first, each in the town with most children who have none yet.
fn townships(schools: &Schools, random: &mut Random) -> Vec<usize> {
    let mut towns: Vec<usize> = (STREETS..STREETS + TOWNS).collect();
    random.shuffle(&mut towns);
    let size = |site: usize, stage: Stage| -> i64 {
        schools.sections.iter().filter(|one| one.site == site && one.stage == stage).map(|one| one.size).sum()
    };
    let (mut street, mut primary, mut village) = (0, 0, 0);
    let turn = |counter: &mut usize| {
        *counter += 1;
        towns[(*counter - 1) % TOWNS]
    };
    let mut areas: Vec<Option<usize>> = schools
        .sites
        .iter()
        .map(|site| match (site.setting, site.kind) {
            (Setting::Urban, _) => {
                street += 1;
                Some((street - 1) % STREETS)
            }
            (Setting::Town, SiteKind::Primary) => Some(turn(&mut primary)),
            (_, SiteKind::Junior | SiteKind::NineYear | SiteKind::CompleteMiddle) => None,
            _ => Some(turn(&mut village)),
        })
        .collect();
    // Children of primary age for every junior place in the county.
    let all: i64 = (0..schools.sites.len()).map(|site| size(site, Stage::Primary)).sum();
    let seats: i64 = (0..schools.sites.len()).map(|site| size(site, Stage::Junior)).sum();
    let each = all as f64 / seats as f64;
    let mut children = [0.0; STREETS + TOWNS];
    for (site, area) in areas.iter().enumerate() {
        if let Some(area) = area {
            children[*area] += size(site, Stage::Primary) as f64 - each * size(site, Stage::Junior) as f64;
        }
    }
    let mut open: Vec<usize> = (0..areas.len()).filter(|&site| areas[site].is_none()).collect();
    open.sort_by_key(|&site| (-size(site, Stage::Junior), site));
    for site in open {
        let town = towns.iter().copied().max_by(|&a, &b| children[a].total_cmp(&children[b])).unwrap_or(STREETS);
        children[town] += size(site, Stage::Primary) as f64 - each * size(site, Stage::Junior) as f64;
        areas[site] = Some(town);
    }
    areas.into_iter().map(|area| area.unwrap_or(STREETS)).collect()
}
