//! Residential units from `units.geojson`: points or polygons with the columns of `units.csv` as properties.

use super::demand::{MOST_PUPILS, Rolls};
use super::frame::{self, Frame};
use super::geometry;
use super::problem::{Code, Place, Problem, Problems, Reported};
use super::source::SourceFile;
use super::table::{CellChange, Keys};
use super::units::{Areas, Units};
use super::words::{self, Word};
use crate::domain::district::Unit;
use crate::id::IdVec;
use crate::message::Message;
use crate::units::Point;
use geojson::{Feature, GeoJson, GeometryValue, JsonValue};

/// Outline of a unit: polygons of rings.
type Outline = Vec<Vec<Vec<Point>>>;

/// Reads `units.geojson`.
///
/// # Errors
/// When the file is no feature collection; recorded.
pub fn units(
    file: &SourceFile,
    frame: &Frame,
    changes: &[CellChange],
    areas: &mut Areas,
    rolls: &mut Rolls,
    assumptions: &mut Vec<Message>,
    problems: &mut Problems,
) -> Result<Units, Reported> {
    let parsed = file
        .text()
        .parse::<GeoJson>()
        .map_err(|error| problems.push(Problem::new(Code::JsonSyntax, &file.name).with("reason", error)))?;
    let GeoJson::FeatureCollection(mut collection) = parsed else {
        return Err(problems.push(Problem::new(Code::JsonSyntax, &file.name).with("reason", "no FeatureCollection")));
    };
    if collection.features.is_empty() {
        return Err(problems.push(Problem::new(Code::NoRows, &file.name)));
    }
    file.name.clone_into(&mut rolls.file);
    let mut units = Units { list: IdVec::new(), keys: Keys::new("unit") };
    let mut drawn = 0_usize;
    for change in changes.iter().filter(|change| !is_property(&change.column)) {
        let valid = words::UNITS.iter().map(|column| column.name);
        problems.push(change.lost.clone().nearest(&change.column, valid));
    }
    for (position, feature) in collection.features.iter_mut().enumerate() {
        let key = key_of(feature);
        for change in changes.iter().filter(|change| key.as_ref() == Some(&change.key)) {
            let properties = feature.properties.get_or_insert_default();
            properties.retain(|name, _| words::plain(name) != words::plain(&change.column));
            properties.insert(change.column.clone(), JsonValue::String(change.value.clone()));
        }
        let before = problems.errors();
        let mut reading = Reading { file: &file.name, position, feature, problems };
        match reading.unit(frame, areas, rolls, &mut units) {
            Ok(computed) => drawn += usize::from(computed),
            Err(Reported) => units.keys.incomplete = true,
        }
        if problems.errors() > before
            && let Some(last) = units.list.len().checked_sub(1)
        {
            units.keys.faulty.insert(last);
        }
    }
    if drawn > 0 {
        assumptions.push(Message::new("assume.interior_points").with("count", drawn));
    }
    Ok(units)
}

fn is_property(column: &str) -> bool {
    let plain = words::plain(column);
    matches!(plain.as_str(), "point_lon" | "point_lat")
        || words::UNITS.iter().any(|spec| spec.name == plain)
        || frame::roll_column(column).is_some()
}

/// The key of a feature: its property `id` or, failing that, the id of the feature itself.
fn key_of(feature: &Feature) -> Option<String> {
    let id = match &feature.id {
        Some(geojson::feature::Id::String(id)) => Some(id.clone()),
        Some(geojson::feature::Id::Number(id)) => Some(id.to_string()),
        None => None,
    };
    property(feature, "id").or(id)
}

/// The property of a column, by name or synonym; numbers and switches as text.
fn property(feature: &Feature, column: &str) -> Option<String> {
    let spec = words::UNITS.iter().find(|spec| spec.name == column);
    let (_, value) = feature.properties.as_ref()?.iter().find(|(name, _)| {
        let plain = words::plain(name);
        plain == column || spec.is_some_and(|spec| spec.synonyms.contains(&plain.as_str()))
    })?;
    let text = match value {
        JsonValue::String(text) => text.trim().to_owned(),
        JsonValue::Number(number) => number.to_string(),
        JsonValue::Bool(flag) => flag.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

struct Reading<'a> {
    file: &'a str,
    position: usize,
    feature: &'a Feature,
    problems: &'a mut Problems,
}

impl Reading<'_> {
    fn problem(&self, code: Code, property: &str) -> Problem {
        let at = format!("feature {}", self.position + 1);
        let path = if property.is_empty() { at } else { format!("{at}, {property}") };
        Problem::new(code, self.file).at(Place::Entry { path })
    }

    fn text(&self, column: &str) -> Option<String> {
        property(self.feature, column)
    }

    fn choice<T: Copy>(&mut self, column: &str, list: &[Word<T>]) -> Option<T> {
        let cell = self.text(column)?;
        let value = words::look_up(list, &cell);
        if value.is_none() {
            let problem = self
                .problem(Code::NotOneOf, column)
                .with("value", &cell)
                .with_list("expected", list.iter().map(|(_, names)| names[0]))
                .nearest(&cell, list.iter().flat_map(|(_, names)| names.iter().copied()));
            self.problems.push(problem);
        }
        value
    }

    /// Adds the unit of the feature; says whether its point had to be computed.
    fn unit(
        &mut self,
        frame: &Frame,
        areas: &mut Areas,
        rolls: &mut Rolls,
        units: &mut Units,
    ) -> Result<bool, Reported> {
        let Some(key) = key_of(self.feature) else {
            return Err(self.problems.push(self.problem(Code::EmptyCell, "id")));
        };
        let position = match units.keys.add(&key, self.position + 1) {
            Ok(position) => position,
            Err(first) => {
                let problem = self.problem(Code::DuplicateId, "id").with("kind", "unit").with("value", &key);
                self.problems.push(problem.with("first", first));
                return Ok(false);
            }
        };
        let outline = self.outline();
        let point = self.point(outline.as_ref().ok().and_then(Option::as_ref));
        let setting = self.choice("setting", words::SETTINGS);
        let divisible = self.choice("divisible", words::FLAGS);
        units.list.push(Unit {
            name: self.text("name").unwrap_or_else(|| key.clone()),
            area: self.text("area").map(|name| areas.id(&name)),
            setting,
            point: point.map_or(Point { lon: 0.0, lat: 0.0 }, |(point, _)| point),
            outline: outline.ok().flatten(),
            divisible: divisible.unwrap_or(false),
            key,
        });
        self.pupils(frame, position, rolls);
        Ok(point.is_ok_and(|(_, computed)| computed))
    }

    fn pupils(&mut self, frame: &Frame, unit: usize, rolls: &mut Rolls) {
        let Some(properties) = self.feature.properties.as_ref() else { return };
        for (name, value) in properties {
            let Some(grade) = frame::roll_column(name) else { continue };
            let count = match value {
                JsonValue::Null => continue,
                JsonValue::Number(number) => number.as_f64(),
                JsonValue::String(text) => text.trim().parse().ok(),
                _ => None,
            };
            match count {
                Some(count) if (0.0..=MOST_PUPILS).contains(&count) => {
                    rolls.add(frame, unit, grade, None, count);
                }
                Some(count) if count.is_finite() => {
                    let problem = self.problem(Code::OutOfRange, name).with("value", count).with("least", 0);
                    self.problems.push(problem.with("most", MOST_PUPILS));
                }
                _ => {
                    let problem = self.problem(Code::NotNumber, name).with("value", value);
                    self.problems.push(problem);
                }
            }
        }
    }

    /// The outline of a feature with an area; `None` for a point.
    fn outline(&mut self) -> Result<Option<Outline>, Reported> {
        let Some(geometry) = &self.feature.geometry else {
            return Err(self.problems.push(self.problem(Code::BadGeometry, "geometry").with("found", "null")));
        };
        let polygons = match &geometry.value {
            GeometryValue::Point { .. } => return Ok(None),
            GeometryValue::Polygon { coordinates } => vec![rings(coordinates)],
            GeometryValue::MultiPolygon { coordinates } => coordinates.iter().map(|polygon| rings(polygon)).collect(),
            other => {
                let problem = self.problem(Code::BadGeometry, "geometry").with("found", other.type_name());
                return Err(self.problems.push(problem));
            }
        };
        for ring in polygons.iter().flatten() {
            if let Some(&point) = ring.iter().find(|point| geometry::bad_coordinate(**point).is_some()) {
                return Err(self.outside(point));
            }
        }
        if polygons.is_empty()
            || polygons.iter().any(|polygon| polygon.first().is_none_or(|ring| !geometry::is_ring(ring)))
        {
            let problem = self.problem(Code::BadGeometry, "geometry").with("found", geometry.value.type_name());
            return Err(self.problems.push(problem));
        }
        Ok(Some(polygons))
    }

    fn outside(&mut self, point: Point) -> Reported {
        let axis = geometry::bad_coordinate(point).unwrap_or("lon");
        let value = if axis == "lon" { point.lon } else { point.lat };
        let mut problem = self
            .problem(Code::BadCoordinate, "geometry")
            .with("value", value)
            .with("most", if axis == "lon" { 180 } else { 90 });
        if geometry::bad_coordinate(Point { lon: point.lat, lat: point.lon }).is_none() {
            problem = problem.hint(Message::new("hint.swapped"));
        }
        self.problems.push(problem)
    }

    /// The point of a unit: its geometry, the one declared, or one inside its outline; the flag tells the last.
    fn point(&mut self, outline: Option<&Outline>) -> Result<(Point, bool), Reported> {
        let declared = match (self.declared("point_lon"), self.declared("point_lat")) {
            (Some(lon), Some(lat)) => Some(Point { lon, lat }),
            _ => None,
        };
        let geometry = self.feature.geometry.as_ref().map(|geometry| &geometry.value);
        let (point, computed) = match (geometry, declared, outline) {
            (Some(GeometryValue::Point { coordinates }), _, _) => (position(coordinates.as_slice()), false),
            (_, Some(point), _) => (point, false),
            (_, None, Some(outline)) => (geometry::interior_point(outline), true),
            (_, None, None) => return Err(Reported),
        };
        if geometry::bad_coordinate(point).is_some() {
            return Err(self.outside(point));
        }
        Ok((point, computed))
    }

    fn declared(&self, column: &str) -> Option<f64> {
        self.text(column).and_then(|text| text.parse().ok())
    }
}

fn position(coordinates: &[f64]) -> Point {
    Point {
        lon: coordinates.first().copied().unwrap_or(f64::NAN),
        lat: coordinates.get(1).copied().unwrap_or(f64::NAN),
    }
}

fn rings(polygon: &[Vec<geojson::Position>]) -> Vec<Vec<Point>> {
    polygon.iter().map(|ring| ring.iter().map(|at| position(at.as_slice())).collect()).collect()
}
