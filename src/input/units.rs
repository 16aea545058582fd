//! Residential units from `units.csv` or `units.geojson`, and their pupils from columns or from `pupils.csv`.

use super::demand::{MOST_PUPILS, Rolls};
use super::frame::{self, Frame, YEARS};
use super::geometry;
use super::problem::{Code, Place, Problem, Problems, Reported};
use super::table::{Keys, Row, Table};
use super::words;
use crate::domain::district::{Area, Stage, Unit};
use crate::id::{AreaId, IdVec, UnitId};
use crate::message::Message;
use crate::units::{Point, Year};
use std::collections::BTreeMap;

/// Townships and streets, gathered from units and sites in order of appearance.
#[derive(Debug, Default)]
pub struct Areas {
    /// The areas.
    pub list: IdVec<AreaId, Area>,
    known: BTreeMap<String, AreaId>,
}

impl Areas {
    /// The area of a name, added when it is new.
    pub fn id(&mut self, name: &str) -> AreaId {
        let list = &mut self.list;
        *self
            .known
            .entry(name.to_owned())
            .or_insert_with(|| list.push(Area { key: name.to_owned(), name: name.to_owned() }))
    }
}

/// Units as read.
#[derive(Debug)]
pub struct Units {
    /// The units.
    pub list: IdVec<UnitId, Unit>,
    /// Their keys.
    pub keys: Keys,
}

/// Reads `units.csv`.
pub fn from_table(
    table: &Table<'_>,
    frame: &Frame,
    areas: &mut Areas,
    rolls: &mut Rolls,
    problems: &mut Problems,
) -> Units {
    let mut units = Units { list: IdVec::new(), keys: Keys::new("unit") };
    let counts = roll_columns(table, problems);
    let read: Vec<usize> = counts.iter().map(|&(at, _)| at).collect();
    table.warn_others(&read, words::UNITS, problems);
    table.file().clone_into(&mut rolls.file);
    let read = table.each(problems, |row, problems| {
        let _ = unit_of_row(row, frame, areas, rolls, &counts, &mut units, problems);
    });
    units.keys.incomplete |= read.is_err();
    units
}

type RollColumn = (usize, (Stage, Option<i8>));

fn roll_columns(table: &Table<'_>, problems: &mut Problems) -> Vec<RollColumn> {
    let mut counts: Vec<RollColumn> = Vec::new();
    for (at, name) in table.others() {
        let Some(grade) = frame::roll_column(name) else { continue };
        if counts.iter().any(|&(_, other)| other == grade) {
            problems.push(
                Problem::new(Code::DoubleColumn, table.file())
                    .at(Place::Row { line: 1, column: Some(name.to_owned()) })
                    .with("column", name)
                    .with("first", name)
                    .with("second", name),
            );
        }
        counts.push((at, grade));
    }
    counts
}

fn unit_of_row(
    row: &Row<'_>,
    frame: &Frame,
    areas: &mut Areas,
    rolls: &mut Rolls,
    counts: &[RollColumn],
    units: &mut Units,
    problems: &mut Problems,
) -> Result<(), Reported> {
    let before = problems.errors();
    let key = row.needed("id", problems);
    let point = point_of_row(row, problems);
    let setting = row.choice("setting", words::SETTINGS, problems);
    let divisible = row.choice("divisible", words::FLAGS, problems);
    let pupils: Vec<_> = counts
        .iter()
        .map(|&(at, grade)| row.number_at(at, 0.0..=MOST_PUPILS, problems).map(|count| (grade, count)))
        .collect();
    let key = key.inspect_err(|_| units.keys.incomplete = true)?;
    let position = add_key(&mut units.keys, key, row, problems)?;
    if problems.errors() > before {
        units.keys.faulty.insert(position);
    }
    // A unit whose other cells are wrong still exists, so that references to it raise no further problem.
    units.list.push(Unit {
        key: key.to_owned(),
        name: row.text("name").unwrap_or(key).to_owned(),
        area: row.text("area").map(|name| areas.id(name)),
        setting: setting.unwrap_or_default(),
        point: point.unwrap_or(Point { lon: 0.0, lat: 0.0 }),
        outline: None,
        divisible: divisible.ok().flatten().unwrap_or(false),
    });
    for (grade, count) in pupils.into_iter().flatten() {
        rolls.add(frame, position, grade, None, count.unwrap_or(0.0));
    }
    Ok(())
}

/// Adds the key of a row, recording a problem where it is there already.
pub fn add_key(keys: &mut Keys, key: &str, row: &Row<'_>, problems: &mut Problems) -> Result<usize, Reported> {
    let kind = keys.kind;
    keys.add(key, row.line).map_err(|first| {
        problems.push(row.problem(Code::DuplicateId, "id").with("kind", kind).with("value", key).with("first", first))
    })
}

/// The point of a row with columns `lon` and `lat`.
pub fn point_of_row(row: &Row<'_>, problems: &mut Problems) -> Result<Point, Reported> {
    let lon = coordinate(row, "lon", problems);
    let lat = coordinate(row, "lat", problems);
    let point = Point { lon: lon?, lat: lat? };
    match geometry::bad_coordinate(point) {
        None => Ok(point),
        Some(axis) => {
            let mut problem = row
                .problem(Code::BadCoordinate, axis)
                .with("value", row.text(axis).unwrap_or_default())
                .with("most", if axis == "lon" { 180 } else { 90 });
            if geometry::bad_coordinate(Point { lon: point.lat, lat: point.lon }).is_none() {
                problem = problem.hint(Message::new("hint.swapped"));
            }
            Err(problems.push(problem))
        }
    }
}

fn coordinate(row: &Row<'_>, axis: &str, problems: &mut Problems) -> Result<f64, Reported> {
    row.needed(axis, problems)?;
    row.number(axis, f64::MIN..=f64::MAX, problems)?.ok_or(Reported)
}

/// Reads the long table `pupils.csv`.
pub fn pupils(table: &Table<'_>, frame: &Frame, keys: &Keys, rolls: &mut Rolls, problems: &mut Problems) {
    table.warn_others(&[], words::PUPILS, problems);
    table.file().clone_into(&mut rolls.file);
    let _ = table.each(problems, |row, problems| {
        let _ = count_of_row(row, table.has("year"), frame, keys, rolls, problems);
    });
}

fn count_of_row(
    row: &Row<'_>,
    dated: bool,
    frame: &Frame,
    keys: &Keys,
    rolls: &mut Rolls,
    problems: &mut Problems,
) -> Result<(), Reported> {
    let unit = row.needed_reference("unit", keys, problems);
    let grade = stage_and_grade(row, frame, problems);
    let year = if dated {
        row.needed("year", problems).and_then(|_| {
            row.whole("year", i64::from(*YEARS.start())..=i64::from(*YEARS.end()), problems)
                .map(|year| year.map(|year| Year(year as i32)))
        })
    } else {
        Ok(None)
    };
    row.needed("pupils", problems)?;
    let pupils = row.number("pupils", 0.0..=MOST_PUPILS, problems)?.unwrap_or(0.0);
    let (unit, grade, year) = (unit?, grade?, year?);
    if year.is_some_and(|year| !frame.all_years().contains(&year)) {
        return Ok(());
    }
    if rolls.add(frame, unit, grade, year, pupils) {
        Ok(())
    } else {
        Err(problems.push(row.problem(Code::DuplicateRow, "unit").with("value", row.text("unit").unwrap_or_default())))
    }
}

/// The stage and the grade that a row names: either may follow from the other, the stage also from the scenario's only one.
pub fn stage_and_grade(row: &Row<'_>, frame: &Frame, problems: &mut Problems) -> Result<(Stage, Option<i8>), Reported> {
    let stage = row.choice("stage", words::STAGES, problems)?;
    let grade = match row.text("grade") {
        None => None,
        Some(cell) => Some(words::grade_number(cell).ok_or_else(|| {
            problems.push(row.problem(Code::NotAGrade, "grade").with("value", cell).with("stage", "1-12"))
        })?),
    };
    let stage = match (stage, grade) {
        (Some(stage), _) => stage,
        (None, Some(number)) => frame::stage_of_grade(number).ok_or(Reported)?,
        (None, None) if frame.stages.len() == 1 => frame.stages[0],
        (None, None) => return Err(problems.push(row.problem(Code::EmptyCell, "stage"))),
    };
    match grade {
        Some(number) if !stage.grades().contains(&number) => Err(problems.push(
            row.problem(Code::NotAGrade, "grade")
                .with("value", number)
                .with("stage", format!("{}-{}", stage.grades().start(), stage.grades().end())),
        )),
        _ => Ok((stage, grade)),
    }
}
