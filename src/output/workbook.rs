//! `plan.xlsx`: the tables of the CSV files as sheets, after a sheet with the key figures and assumptions.
//!
//! A sheet of a table has the headings in both languages in its first row and the names of the columns, as in the CSV file,
//! in its second; both stay in view. The bytes depend on the plan and the language only.

use super::bundle::Bundle;
use super::catalogue::OutputError;
use super::overview::{Form, key_figures, standing};
use super::table::{Cell, Table, tables};
use crate::i18n::{Language, render, text};
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

const HEADING: Color = Color::RGB(0x1F_4E_79);
const NAMES: Color = Color::RGB(0x80_80_80);

/// The bytes of the workbook.
///
/// # Errors
/// [`OutputError::Workbook`] when a sheet outgrows what Excel can hold.
pub fn bytes(bundle: &Bundle<'_>) -> Result<Vec<u8>, OutputError> {
    let mut workbook = Workbook::new();
    // A fixed date: the file must not depend on the clock.
    let date = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_title(&bundle.scenario.name).set_creation_datetime(&date));
    overview(workbook.add_worksheet(), bundle)?;
    for table in tables(bundle) {
        sheet(workbook.add_worksheet(), &table, bundle.language)?;
    }
    Ok(workbook.save_to_buffer()?)
}

fn heading() -> Format {
    Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Top)
        .set_font_color(Color::White)
        .set_background_color(HEADING)
        .set_border_bottom(FormatBorder::Thin)
}

/// Fills a sheet with a table; the text `table.<name>` is its title.
pub(super) fn sheet(sheet: &mut Worksheet, table: &Table, language: Language) -> Result<(), XlsxError> {
    sheet.set_name(text(language, &format!("table.{}", table.name)))?;
    let (heading, names) = (heading(), Format::new().set_font_color(NAMES).set_font_size(8));
    sheet.set_row_height(0, 32)?;
    for (index, column) in table.columns.iter().enumerate() {
        let at = column_index(index)?;
        sheet.write_string_with_format(0, at, column.both(), &heading)?;
        sheet.write_string_with_format(1, at, &column.name, &names)?;
        sheet.set_column_width(at, column.width)?;
    }
    sheet.set_freeze_panes(2, 2.min(column_index(table.columns.len())?))?;
    for (row, cells) in table.rows.iter().enumerate() {
        let row = u32::try_from(row + 2).map_err(|_| XlsxError::RowColumnLimitError)?;
        for (index, cell) in cells.iter().enumerate() {
            write(sheet, row, column_index(index)?, cell)?;
        }
    }
    if !table.rows.is_empty() {
        let last = u32::try_from(table.rows.len() + 1).map_err(|_| XlsxError::RowColumnLimitError)?;
        sheet.autofilter(1, 0, last, column_index(table.columns.len() - 1)?)?;
    }
    Ok(())
}

fn column_index(index: usize) -> Result<u16, XlsxError> {
    u16::try_from(index).map_err(|_| XlsxError::RowColumnLimitError)
}

fn write(sheet: &mut Worksheet, row: u32, column: u16, cell: &Cell) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => {}
        Cell::Key(words) | Cell::Text(words) => {
            sheet.write_string(row, column, words)?;
        }
        Cell::Whole(number) => {
            sheet.write_number_with_format(row, column, *number as f64, &Format::new().set_num_format("0"))?;
        }
        Cell::Number(number, decimals) => {
            let form = if *decimals == 0 { "0".to_owned() } else { format!("0.{}", "#".repeat(*decimals)) };
            sheet.write_number_with_format(row, column, *number, &Format::new().set_num_format(form))?;
        }
        Cell::Flag(flag) => {
            sheet.write_boolean(row, column, *flag)?;
        }
    }
    Ok(())
}

/// The first sheet: what the plan is, how it stands, the key figures, the assumptions.
fn overview(sheet: &mut Worksheet, bundle: &Bundle<'_>) -> Result<(), XlsxError> {
    let language = bundle.language;
    let (heading, wrap, bold) =
        (heading(), Format::new().set_text_wrap().set_align(FormatAlign::Top), Format::new().set_bold());
    sheet.set_name(text(language, "table.overview"))?;
    sheet.set_column_width(0, 60)?;
    sheet.set_column_width(1, 18)?;
    sheet.set_column_width(2, 18)?;
    let title = language.pick(&bundle.scenario.title);
    let title = if title.is_empty() { &bundle.scenario.name } else { title };
    sheet.write_string_with_format(0, 0, title, &Format::new().set_bold().set_font_size(14))?;
    let mut row = 1;
    let mut line = |sheet: &mut Worksheet, words: &str, format: &Format| -> Result<u32, XlsxError> {
        sheet.write_string_with_format(row, 0, words, format)?;
        row += 1;
        Ok(row)
    };
    if let Some(variant) = &bundle.document.variant {
        line(sheet, &render(language, &crate::message::Message::new("report.variant").with("name", variant)), &wrap)?;
    }
    if bundle.scenario.synthetic {
        line(sheet, &text(language, "report.synthetic"), &bold)?;
    }
    for sentence in standing(bundle) {
        line(sheet, &render(language, &sentence), &wrap)?;
    }
    let first = line(sheet, "", &wrap)?;
    let years = crate::digest::figures::years(bundle.document);
    sheet.write_string_with_format(first, 0, text(language, "report.key_figures"), &heading)?;
    for (column, year) in [(1, years.first()), (2, years.last())] {
        sheet.write_string_with_format(first, column, year.map(ToString::to_string).unwrap_or_default(), &heading)?;
    }
    let mut row = first + 1;
    for figure in key_figures(bundle) {
        sheet.write_string_with_format(row, 0, render(language, &figure.label), &wrap)?;
        let form = match figure.form {
            Form::Decimals(0) => "#,##0".to_owned(),
            Form::Decimals(decimals) => format!("#,##0.{}", "0".repeat(decimals)),
            Form::Percent(decimals) => format!("0.{}%", "0".repeat(decimals)),
        };
        let form = Format::new().set_num_format(form);
        for (column, value) in [(1, figure.before), (2, figure.after)] {
            if let Some(value) = value {
                sheet.write_number_with_format(row, column, value, &form)?;
            }
        }
        row += 1;
    }
    row += 1;
    sheet.write_string_with_format(row, 0, text(language, "report.assumptions"), &heading)?;
    for assumption in &bundle.document.assumptions {
        row += 1;
        sheet.write_string_with_format(row, 0, assumption, &wrap)?;
    }
    let notice = language.pick(&bundle.scenario.notice);
    if !notice.is_empty() {
        row += 2;
        sheet.write_string_with_format(row, 0, text(language, "report.notice"), &heading)?;
        sheet.write_string_with_format(row + 1, 0, notice, &wrap)?;
    }
    Ok(())
}
