//! `catchments.geojson`: the units as polygons with the school they belong to, before and after, and the sites as points.
//!
//! A GIS shows the catchments by colouring the units by `site`. Properties of a unit: `layer` ("unit"), `unit`, `name`,
//! `stage`, `year`, `pupils`, `site`, `site_name`, `km`, `baseline_site`, `changes` (null where the baseline is only
//! assumed), `divided` (shares by site, where the unit is divided) and `drawn` (whether the outline is a drawn cell and no data). Of a site: `layer` ("site"), `site`,
//! `name`, `kind`, `operating_before`, `operating_after`, `actions`, `pupils_before`, `pupils_after`.

use super::bundle::Bundle;
use super::catalogue::OutputError;
use super::shapes::shapes;
use crate::digest::figures::pupils;
use crate::digest::trips::Trip;
use crate::domain::district::Stage;
use crate::id::{Id, UnitId};
use crate::units::Point;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;

/// The bytes of the file: one feature a line.
///
/// # Errors
/// [`OutputError::Json`] when a feature cannot be serialised.
pub fn bytes(bundle: &Bundle<'_>) -> Result<Vec<u8>, OutputError> {
    let features = features(bundle);
    let mut out = b"{\"type\":\"FeatureCollection\",\"features\":[\n".to_vec();
    for (index, feature) in features.iter().enumerate() {
        serde_json::to_writer(&mut out, feature)?;
        out.write_all(if index + 1 < features.len() { b",\n" } else { b"\n" })?;
    }
    out.extend_from_slice(b"]}\n");
    Ok(out)
}

fn features(bundle: &Bundle<'_>) -> Vec<Value> {
    let shapes = shapes(bundle.scenario);
    let mut by_place: BTreeMap<(UnitId, Stage, i32), Vec<&Trip>> = BTreeMap::new();
    for trip in bundle.trips.iter().filter(|trip| trip.pupils > 0) {
        if let Some((unit, _)) = bundle.unit(&trip.unit) {
            by_place.entry((unit, trip.stage, trip.year)).or_default().push(trip);
        }
    }
    let mut features = Vec::new();
    for (&(unit, stage, year), trips) in
        by_place.iter().filter(|((_, _, year), _)| *year != bundle.document.baseline_year)
    {
        let facts = &bundle.scenario.district.units[unit];
        let shape = &shapes.units[unit.index()];
        let shares = shares(trips);
        let Some((main, _)) = shares.iter().max_by_key(|(site, pupils)| (*pupils, std::cmp::Reverse(*site))) else {
            continue;
        };
        let before = by_place.get(&(unit, stage, bundle.document.baseline_year)).and_then(|trips| trips.first());
        let measured: Option<i64> = trips.iter().map(|trip| trip.metres.map(|metres| metres * trip.pupils)).sum();
        let total: i64 = trips.iter().map(|trip| trip.pupils).sum();
        let changes = (!bundle.scenario.baseline.assumed)
            .then(|| before.is_none_or(|trip| shares.keys().any(|site| *site != trip.site)));
        let mut properties = json!({
            "layer": "unit",
            "unit": facts.key,
            "name": facts.name,
            "stage": stage.name(),
            "year": year,
            "pupils": total,
            "site": main,
            "site_name": bundle.site(main).map(|(_, site)| site.name.as_str()),
            "km": measured.map(|sum| (sum as f64 / total as f64).round() / 1000.0),
            "baseline_site": before.map(|trip| trip.site.as_str()),
            "changes": changes,
            "drawn": shape.drawn,
        });
        if shares.len() > 1 {
            properties["divided"] = json!(shares);
        }
        features.push(json!({ "type": "Feature", "geometry": geometry(&shape.polygons), "properties": properties }));
    }
    for site in &bundle.document.sites {
        let Some((_, facts)) = bundle.site(&site.id) else { continue };
        let (first, last) = (site.states.first(), site.states.last());
        let actions: Vec<String> =
            site.actions.iter().map(|action| format!("{} {}", action.year, action.action)).collect();
        features.push(json!({
            "type": "Feature",
            "geometry": { "type": "Point", "coordinates": position(facts.point) },
            "properties": {
                "layer": "site",
                "site": site.id,
                "name": facts.name,
                "kind": facts.kind.name(),
                "operating_before": first.map(|state| state.operating),
                "operating_after": last.map(|state| state.operating),
                "actions": actions.join(", "),
                "pupils_before": first.map(pupils),
                "pupils_after": last.map(pupils),
            },
        }));
    }
    features
}

/// Pupils by site.
fn shares<'a>(trips: &[&'a Trip]) -> BTreeMap<&'a str, i64> {
    let mut shares = BTreeMap::new();
    for trip in trips {
        *shares.entry(trip.site.as_str()).or_insert(0) += trip.pupils;
    }
    shares
}

fn position(point: Point) -> [f64; 2] {
    [point.lon, point.lat].map(|degrees| (degrees * 1e6).round() / 1e6)
}

fn geometry(polygons: &[Vec<Vec<Point>>]) -> Value {
    let rings = |polygon: &Vec<Vec<Point>>| -> Vec<Vec<[f64; 2]>> {
        polygon.iter().map(|ring| ring.iter().chain(ring.first()).map(|&point| position(point)).collect()).collect()
    };
    match polygons {
        [polygon] => json!({ "type": "Polygon", "coordinates": rings(polygon) }),
        _ => json!({ "type": "MultiPolygon", "coordinates": polygons.iter().map(rings).collect::<Vec<_>>() }),
    }
}
