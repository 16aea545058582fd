//! `compare.xlsx`: the answers, then a sheet for every table.

use super::answers::answers;
use super::labels::Labels;
use super::tables::Draft;
use crate::domain::scenario::Scenario;
use crate::i18n::{Language, render, text};
use crate::output::catalogue::OutputError;
use crate::output::workbook::sheet;
use crate::study::compare::Comparison;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};

/// The bytes of the workbook. They depend on the comparison and the language only.
///
/// # Errors
/// [`OutputError::Workbook`] when a sheet outgrows what Excel can hold.
pub fn bytes(comparison: &Comparison, scenario: Option<&Scenario>, language: Language) -> Result<Vec<u8>, OutputError> {
    let labels = Labels::new(comparison, scenario);
    let mut workbook = Workbook::new();
    // A fixed date: the file must not depend on the clock.
    let date = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_title(&comparison.scenario).set_creation_datetime(&date));
    first(workbook.add_worksheet(), comparison, &labels, language)?;
    for table in (Draft { comparison, labels: &labels, language }).tables() {
        sheet(workbook.add_worksheet(), &table, language)?;
    }
    Ok(workbook.save_to_buffer()?)
}

/// The first sheet: the plans and the answers.
fn first(
    sheet: &mut Worksheet,
    comparison: &Comparison,
    labels: &Labels<'_>,
    language: Language,
) -> Result<(), XlsxError> {
    let wrap = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let bold = Format::new().set_bold();
    sheet.set_name(text(language, "compare.answers"))?;
    sheet.set_column_width(0, 110)?;
    let title = Format::new().set_bold().set_font_size(14);
    sheet.write_string_with_format(0, 0, text(language, "compare.title"), &title)?;
    let mut row = 1;
    let mut line = |words: String, format: &Format| -> Result<(), XlsxError> {
        sheet.write_string_with_format(row, 0, words, format)?;
        row += 1;
        Ok(())
    };
    for at in 0..comparison.plans.len() {
        line(render(language, &labels.plan(at)), &bold)?;
    }
    if comparison.synthetic {
        line(text(language, "report.synthetic"), &bold)?;
    }
    if !comparison.same_inputs {
        line(text(language, "compare.other_inputs"), &wrap)?;
    }
    for answer in answers(comparison, labels) {
        line(render(language, &answer.message), &wrap)?;
    }
    Ok(())
}
