//! A table in no format yet: what the CSV files and the workbook have in common.

use super::bundle::Bundle;
use crate::i18n::{Language, render};
use crate::message::Message;

/// A table of the outputs.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Its name: the stem of the CSV file and the key of the sheet's title.
    pub name: &'static str,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The name that programs read, the same in every language.
    pub name: String,
    /// The heading that people read.
    pub heading: Message,
    /// Width in the workbook, in characters.
    pub width: f64,
}

/// A value in a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A key or a word of the model, written exactly as it is.
    Key(String),
    /// Words for people.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A number with so many decimals.
    Number(f64, usize),
    /// Yes or no.
    Flag(bool),
}

impl Cell {
    /// A number, or nothing where there is none or it is not finite.
    pub fn number(value: Option<f64>, decimals: usize) -> Self {
        match value {
            Some(value) if value.is_finite() => Self::Number(value, decimals),
            _ => Self::Empty,
        }
    }
}

/// A column whose heading is `column.<name>`.
pub fn column(name: &str, width: f64) -> Column {
    Column { name: name.to_owned(), heading: Message::new(&format!("column.{name}")), width }
}

/// One column for every grade (or stage, where rolls are known by stage only): `<name>_<grade>`, headed
/// `column.<name>_grade`.
pub fn grade_columns(name: &str, grades: &[String]) -> impl Iterator<Item = Column> {
    grades.iter().map(move |grade| Column {
        name: format!("{name}_{grade}"),
        heading: Message::new(&format!("column.{name}_grade")).with("grade", grade),
        width: 10.0,
    })
}

/// The cells under [`grade_columns`] for values by grade.
pub fn grade_cells<'a>(
    values: &'a std::collections::BTreeMap<String, i64>,
    bundle: &Bundle<'_>,
) -> impl Iterator<Item = Cell> + use<'a> {
    bundle.grade_keys().into_iter().map(|grade| values.get(&grade).map_or(Cell::Empty, |&value| Cell::Whole(value)))
}

impl Column {
    /// The heading in both languages, Chinese above English.
    pub fn both(&self) -> String {
        format!("{}\n{}", render(Language::Zh, &self.heading), render(Language::En, &self.heading))
    }
}

/// Every table, in the order of the workbook's sheets; those of consequences only where there are any.
pub fn tables(bundle: &Bundle<'_>) -> Vec<Table> {
    use super::consequences::{assets, disposals, funds, placement, schools, staff, staffing, transfers, villages};
    let mut tables = vec![
        super::actions::table(bundle),
        super::sites::table(bundle),
        super::assignment::table(bundle),
        super::indicators::table(bundle),
        super::compliance::table(bundle),
        super::forecast::table(bundle),
    ];
    let consequences = [
        schools::table(bundle),
        villages::table(bundle),
        placement::table(bundle),
        transfers::table(bundle),
        staff::table(bundle),
        staffing::table(bundle),
        assets::table(bundle),
        disposals::table(bundle),
        super::projects::table(bundle),
        funds::table(bundle),
    ];
    tables.extend(consequences.into_iter().filter(|table| !table.rows.is_empty()));
    tables
}
