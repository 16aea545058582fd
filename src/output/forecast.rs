//! `forecast.csv`: resident pupils of the county by year, stage and grade, held against totals that are known elsewhere.

use super::bundle::Bundle;
use super::table::{Cell, Column, Table, column};
use crate::digest::rolls::{StageRolls, rolls};
use crate::i18n::number::{number, percent};
use crate::i18n::width::{cut, left, right};
use crate::i18n::{render, text, word};
use crate::message::Message;

/// The table: one row for every stage of a year, and one for each of its grades where they are known.
pub fn table(bundle: &Bundle<'_>) -> Table {
    let grades = &bundle.scenario.district.grades;
    let mut rows = Vec::new();
    for stage in rolls(bundle.scenario) {
        let row = |grade: Cell, pupils: i64| {
            vec![
                Cell::Whole(i64::from(stage.year.0)),
                Cell::Key(stage.stage.name().to_owned()),
                Cell::Text(word(bundle.language, "stage", stage.stage.name())),
                grade,
                Cell::Whole(pupils),
            ]
        };
        let mut whole = row(Cell::Empty, stage.pupils.0);
        whole.extend([
            stage.given.map_or(Cell::Empty, |given| Cell::Whole(given.0)),
            stage.difference().map_or(Cell::Empty, |difference| Cell::Whole(difference.0)),
            Cell::number(stage.share().map(|share| share * 100.0), 2),
        ]);
        rows.push(whole);
        for &(grade, pupils) in stage.grades.iter().filter(|(grade, _)| grades[*grade].number.is_some()) {
            let mut cells = row(Cell::Key(grades[grade].key()), pupils.0);
            cells.extend([Cell::Empty, Cell::Empty, Cell::Empty]);
            rows.push(cells);
        }
    }
    Table { name: "forecast", columns: columns(), rows }
}

/// The columns.
pub fn columns() -> Vec<Column> {
    vec![
        column("year", 8.0),
        column("stage", 12.0),
        column("stage_text", 12.0),
        column("grade", 8.0),
        column("pupils", 10.0),
        column("given", 12.0),
        column("difference", 12.0),
        column("difference_percent", 12.0),
    ]
}

/// Years that fit a line of the terminal.
const YEARS: usize = 7;

/// The pupils of every stage over the years, for the terminal; nothing where no forecast is used and nothing is known to
/// hold it against.
pub fn lines(bundle: &Bundle<'_>, columns: usize) -> Vec<String> {
    let language = bundle.language;
    let demand = &bundle.scenario.demand;
    if demand.forecast().is_none() && demand.totals().is_empty() {
        return Vec::new();
    }
    let all = rolls(bundle.scenario);
    let shown = |year| {
        let years = demand.years();
        let at = years.iter().position(|&other| other == year).unwrap_or(0);
        // The first years and the last.
        at + 1 < YEARS || at + 1 == years.len()
    };
    let mut lines = vec![match demand.forecast() {
        Some(name) => render(language, &Message::new("forecast.heading").with("name", name)),
        None => text(language, "forecast.given"),
    }];
    let label = |words: &str| left(&cut(words, 22), 22);
    let years = demand.years().iter().filter(|&&year| shown(year));
    lines.push(label("") + &years.map(|year| right(&year.to_string(), 8)).collect::<String>());
    for &stage in &bundle.scenario.stages {
        let of: Vec<&StageRolls> = all.iter().filter(|one| one.stage == stage && shown(one.year)).collect();
        let row = |words: &str, cell: &dyn Fn(&StageRolls) -> String| {
            label(words) + &of.iter().map(|one| right(&cell(one), 8)).collect::<String>()
        };
        let name = word(language, "stage", stage.name());
        lines.push(row(&format!("  {name}"), &|one| number(one.pupils.as_f64(), 0)));
        if of.iter().any(|one| one.given.is_some()) {
            let dash = "–".to_owned();
            let given = |one: &StageRolls| one.given.map_or(dash.clone(), |given| number(given.as_f64(), 0));
            lines.push(row(&format!("    {}", text(language, "forecast.total")), &given));
            let off = |one: &StageRolls| one.share().map_or(dash.clone(), |share| percent(share, 1));
            lines.push(row(&format!("    {}", text(language, "forecast.off")), &off));
        }
    }
    lines.iter().map(|line| cut(line, columns)).collect()
}
