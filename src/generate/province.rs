//! Counties side by side, of any size, for measuring how the solver grows.

use super::folder::Table;
use super::{GenerateError, Size};
use crate::random::Random;
use crate::units::{EARTH_RADIUS_M, Point};

/// Units when the size is left open.
const UNITS: usize = 2000;
/// Units for one site when the number of sites is left open.
const UNITS_PER_SITE: usize = 7;
/// Sites that a unit can reach on average; with [`CAP_KM`] this fixes the density of the land.
const REACHABLE_SITES: f64 = 32.0;
/// Travel cap in kilometres of road.
const CAP_KM: f64 = 9.0;
/// Kilometres of road for one of straight line.
const DETOUR: f64 = 1.3;
/// Share of the sites that are candidates for new schools.
const CANDIDATES: f64 = 0.08;
/// Places of today's schools for one pupil.
const SLACK: f64 = 1.15;
/// Class limit, for turning pupils into rooms.
const CLASS: f64 = 45.0;
/// South-western corner of the invented land.
const CORNER: Point = Point { lon: 110.0, lat: 30.0 };

type Place = (f64, f64);

/// The land: places in kilometres.
struct Land {
    units: Vec<(Place, i64)>,
    sites: Vec<(Place, i64, bool)>,
}

/// The files of the scenario folder: name and content.
///
/// # Errors
/// [`GenerateError::BadSize`] when the numbers asked for make no county.
pub fn files(seed: u64, size: Size) -> Result<Vec<(&'static str, String)>, GenerateError> {
    let units = size.units.unwrap_or(UNITS);
    let sites = size.sites.unwrap_or((units / UNITS_PER_SITE).max(2));
    if !(2..=2_000_000).contains(&units) || !(2..=units).contains(&sites) {
        return Err(GenerateError::BadSize(format!(
            "{units} units and {sites} sites make no province: give 2 to 2,000,000 units and 2 sites up to one for every unit"
        )));
    }
    let land = Land::draw(seed, units, sites);
    Ok(vec![
        ("scenario.toml", land.scenario(seed)),
        ("units.csv", land.unit_table().text()?),
        ("sites.csv", land.site_table().text()?),
    ])
}

fn point((east, north): Place) -> Point {
    let metres_per_degree = EARTH_RADIUS_M * std::f64::consts::PI / 180.0;
    let lat = CORNER.lat + north * 1000.0 / metres_per_degree;
    let lon = CORNER.lon + east * 1000.0 / (metres_per_degree * lat.to_radians().cos());
    Point { lon: (lon * 1e6).round() / 1e6, lat: (lat * 1e6).round() / 1e6 }
}

impl Land {
    /// Settlements of uneven weight; units scatter around them, schools stand where people are.
    fn draw(seed: u64, units: usize, sites: usize) -> Self {
        let random = &mut Random::new(seed, "province");
        let reach = CAP_KM / DETOUR;
        let side = (sites as f64 * std::f64::consts::PI * reach * reach / REACHABLE_SITES).sqrt();
        let settlements: Vec<(Place, f64)> = (0..(units / 40).max(1))
            .map(|_| ((random.range(0.0, side), random.range(0.0, side)), random.normal().exp()))
            .collect();
        let weight: f64 = settlements.iter().map(|(_, weight)| weight).sum();
        let mut drawn = Vec::with_capacity(units);
        for _ in 0..units {
            let mut left = random.unit() * weight;
            let (centre, mass) = *settlements
                .iter()
                .find(|(_, weight)| {
                    left -= weight;
                    left <= 0.0
                })
                .unwrap_or(&settlements[0]);
            let spread = 1.0 + 1.2 * mass.sqrt();
            let inside = |value: f64| value.clamp(0.0, side);
            let place = (inside(centre.0 + spread * random.normal()), inside(centre.1 + spread * random.normal()));
            let pupils = (60.0 * (0.6 * random.normal()).exp()).round().max(1.0) as i64;
            drawn.push((place, pupils));
        }
        let mut land = Self { units: drawn, sites: Vec::with_capacity(sites) };
        land.place_sites(random, sites);
        land.bring_within_reach(reach * 0.98);
        land
    }

    /// Sites beside units drawn at random; rooms follow the pupils nearest to each site.
    fn place_sites(&mut self, random: &mut Random, sites: usize) {
        let mut hosts: Vec<usize> = (0..self.units.len()).collect();
        random.shuffle(&mut hosts);
        let candidates = ((sites as f64 * CANDIDATES) as usize).min(sites - 1);
        for (number, &host) in hosts.iter().take(sites).enumerate() {
            let (east, north) = self.units[host].0;
            let place = (east + random.range(-0.1, 0.1), north + random.range(-0.1, 0.1));
            self.sites.push((place, 0, number >= sites - candidates));
        }
        let grid = Grid::new(self.sites.iter().map(|site| site.0));
        let mut load = vec![0; sites];
        for &(place, pupils) in &self.units {
            if let Some((site, _)) = grid.nearest(place, |site| !self.sites[site].2) {
                load[site] += pupils;
            }
        }
        for (site, load) in self.sites.iter_mut().zip(load) {
            // Some schools are too small and some too large for the pupils around them.
            let places = load as f64 * SLACK * random.range(0.7, 1.3);
            site.1 = if site.2 { 24 } else { (places / CLASS).ceil().max(2.0) as i64 };
        }
    }

    /// Moves units that no site can serve towards the nearest one, so that the scenario has a plan.
    fn bring_within_reach(&mut self, reach: f64) {
        let grid = Grid::new(self.sites.iter().map(|site| site.0));
        let sites = &self.sites;
        for (place, _) in &mut self.units {
            if let Some((site, away)) = grid.nearest(*place, |site| !sites[site].2)
                && away > reach
            {
                let target = sites[site].0;
                let scale = reach / away;
                *place = (target.0 + (place.0 - target.0) * scale, target.1 + (place.1 - target.1) * scale);
            }
        }
    }

    fn unit_table(&self) -> Table {
        let mut table = Table::new(&["id", "name", "lon", "lat", "primary"]);
        for (at, &(place, pupils)) in self.units.iter().enumerate() {
            let point = point(place);
            table.row(vec![
                format!("u{:06}", at + 1),
                format!("合成单元{:06}", at + 1),
                point.lon.to_string(),
                point.lat.to_string(),
                pupils.to_string(),
            ]);
        }
        table
    }

    fn site_table(&self) -> Table {
        let mut table = Table::new(&["id", "name", "kind", "status", "lon", "lat", "rooms"]);
        for (at, &(place, rooms, candidate)) in self.sites.iter().enumerate() {
            let point = point(place);
            table.row(vec![
                format!("s{:05}", at + 1),
                format!("合成学校{:05}", at + 1),
                "primary".to_owned(),
                if candidate { "candidate" } else { "operating" }.to_owned(),
                point.lon.to_string(),
                point.lat.to_string(),
                if candidate { "0".to_owned() } else { rooms.to_string() },
            ]);
        }
        table
    }

    fn scenario(&self, seed: u64) -> String {
        let keys = |candidate: bool| -> String {
            let chosen = self.sites.iter().enumerate().filter(|(_, site)| site.2 == candidate);
            chosen.map(|(at, _)| format!("\"s{:05}\"", at + 1)).collect::<Vec<_>>().join(", ")
        };
        let candidates = keys(true);
        let build = if candidates.is_empty() {
            String::new()
        } else {
            format!(
                r#"
[[actions]]
sites = [{candidates}]
action = "build"
kind = "primary"
classes = 24
capital = 3000000
running = 400000
"#
            )
        };
        format!(
            r#"# Synthetic: made by `catchment generate province --units {units} --sites {sites} --seed {seed}`.
schema = "catchment-scenario/1"
name = "province"
title = {{ zh = "合成省域(种子 {seed})", en = "Synthetic province (seed {seed})" }}
notice = {{ zh = "合成数据，不代表任何真实学校。", en = "Synthetic data; no real school is meant." }}
synthetic = true
baseline_year = 2025
years = [2027]
stages = ["primary"]
rule_packs = ["cn.dd6"]

[travel]
detour_factor = {DETOUR}
speed_kmh = 20.0

[objective]
weights = {{ travel_pupil_km = 1.0, cost = 1.0 }}
yuan_per_pupil_km = 228.0

[[rules]]
id = "province.reach"
title = {{ zh = "上学距离", en = "Way to school" }}
source = {{ doc = "scenario", status = "scenario" }}
metric = "travel_dist"
op = "<="
limit = {cap_m}
severity = "hard"

[[actions]]
sites = [{operating}]
action = "close"
capital = 0
running = -400000
reason = {{ zh = "节约运行经费", en = "Saves running cost" }}

[[actions]]
sites = [{operating}]
action = "expand"
classes = 6
capital = 700000
{build}"#,
            cap_m = CAP_KM * 1000.0,
            units = self.units.len(),
            sites = self.sites.len(),
            operating = keys(false),
        )
    }
}

/// Sites in square cells, so that the nearest is found without looking at all.
struct Grid {
    corner: Place,
    cell: f64,
    columns: usize,
    rows: usize,
    cells: Vec<Vec<usize>>,
    places: Vec<Place>,
}

impl Grid {
    fn new(places: impl Iterator<Item = Place>) -> Self {
        let places: Vec<Place> = places.collect();
        let least = |pick: fn(&Place) -> f64| places.iter().map(pick).fold(f64::INFINITY, f64::min);
        let most = |pick: fn(&Place) -> f64| places.iter().map(pick).fold(f64::NEG_INFINITY, f64::max);
        let corner = (least(|p| p.0), least(|p| p.1));
        let (width, height) = (most(|p| p.0) - corner.0, most(|p| p.1) - corner.1);
        let cell = (width * height / places.len() as f64).sqrt().max(0.1);
        let (columns, rows) = ((width / cell) as usize + 1, (height / cell) as usize + 1);
        let mut grid = Self { corner, cell, columns, rows, cells: vec![Vec::new(); columns * rows], places };
        for (at, &place) in grid.places.iter().enumerate() {
            let (column, row) = grid.cell_of(place);
            grid.cells[row * columns + column].push(at);
        }
        grid
    }

    fn cell_of(&self, place: Place) -> (usize, usize) {
        let within = |value: f64, count: usize| ((value / self.cell).max(0.0) as usize).min(count - 1);
        (within(place.0 - self.corner.0, self.columns), within(place.1 - self.corner.1, self.rows))
    }

    /// The nearest place that `fits`, with its distance, searched ring by ring.
    fn nearest(&self, from: Place, fits: impl Fn(usize) -> bool) -> Option<(usize, f64)> {
        let (column, row) = self.cell_of(from);
        let mut best: Option<(usize, f64)> = None;
        for ring in 0..self.columns.max(self.rows) {
            // A place in this ring is at least `ring - 1` cells away: once that is too far, the best is the nearest.
            if best.is_some_and(|(_, away)| away < (ring as f64 - 1.0) * self.cell) {
                break;
            }
            let span = |centre: usize, count: usize| centre.saturating_sub(ring)..=(centre + ring).min(count - 1);
            for r in span(row, self.rows) {
                for c in span(column, self.columns) {
                    if r.abs_diff(row).max(c.abs_diff(column)) != ring {
                        continue;
                    }
                    for &at in &self.cells[r * self.columns + c] {
                        let away = (self.places[at].0 - from.0).hypot(self.places[at].1 - from.1);
                        if fits(at) && best.is_none_or(|(_, least)| away < least) {
                            best = Some((at, away));
                        }
                    }
                }
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_finds_what_a_full_search_finds() {
        let random = &mut Random::new(5, "grid");
        let places: Vec<Place> = (0..300).map(|_| (random.range(0.0, 40.0), random.range(0.0, 25.0))).collect();
        let grid = Grid::new(places.iter().copied());
        for _ in 0..200 {
            let from = (random.range(-5.0, 45.0), random.range(-5.0, 30.0));
            let away = |at: usize| (places[at].0 - from.0).hypot(places[at].1 - from.1);
            let odd = (0..places.len()).filter(|at| at % 2 == 1).map(away).fold(f64::INFINITY, f64::min);
            let (_, found) = grid.nearest(from, |at| at % 2 == 1).unwrap();
            assert_eq!(found, odd);
        }
    }

    #[test]
    fn sizes_that_make_no_county_are_refused() {
        let size = |units, sites| Size { units: Some(units), sites: Some(sites) };
        assert!(files(1, size(1, 1)).is_err());
        assert!(files(1, size(10, 11)).is_err());
        assert!(files(1, size(50, 10)).is_ok());
    }

    #[test]
    fn the_same_seed_gives_the_same_files() {
        let size = Size { units: Some(200), sites: Some(30) };
        assert_eq!(files(4, size).unwrap(), files(4, size).unwrap());
        assert_ne!(files(4, size).unwrap(), files(5, size).unwrap());
    }
}
