//! CSV in UTF-8 with a byte-order mark, so that Excel opens Chinese text right.

use super::catalogue::OutputError;
use super::table::{Cell, Table};

/// The bytes of a table as a CSV file: one header line with the names of the columns, lines end in CR LF.
///
/// # Errors
/// [`OutputError::Table`] when a row has another number of cells than there are columns.
pub fn bytes(table: &Table) -> Result<Vec<u8>, OutputError> {
    let failed = |error: csv::Error| OutputError::Table { table: table.name, problem: error.to_string() };
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(table.columns.iter().map(|column| column.name.as_str())).map_err(failed)?;
    for row in &table.rows {
        writer.write_record(row.iter().map(field)).map_err(failed)?;
    }
    writer.into_inner().map_err(|error| OutputError::Table { table: table.name, problem: error.to_string() })
}

/// A cell as it stands in the file.
fn field(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Key(key) => key.clone(),
        Cell::Text(words) => harmless(words),
        Cell::Whole(number) => number.to_string(),
        Cell::Number(number, decimals) => plain(*number, *decimals),
        Cell::Flag(flag) => if *flag { "true" } else { "false" }.to_owned(),
    }
}

/// A number with at most so many decimals and without trailing zeros.
pub fn plain(number: f64, decimals: usize) -> String {
    let mut text = format!("{number:.decimals$}");
    if text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    if text == "-0" { "0".to_owned() } else { text }
}

/// Words that a spreadsheet would take for a formula get an apostrophe before them.
fn harmless(words: &str) -> String {
    if words.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{words}") } else { words.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::table::column;

    #[test]
    fn text_is_quoted_and_never_a_formula() {
        let table = Table {
            name: "actions",
            columns: vec![column("site", 1.0), column("site_name", 1.0), column("cost", 1.0)],
            rows: vec![vec![
                Cell::Key("=a".to_owned()),
                Cell::Text("=HYPERLINK(\"x\"),\n".to_owned()),
                Cell::Number(-2.50, 3),
            ]],
        };
        let bytes = bytes(&table).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text, "\u{feff}site,site_name,cost\r\n=a,\"'=HYPERLINK(\"\"x\"\"),\n\",-2.5\r\n");
    }

    #[test]
    fn numbers_have_no_needless_zeros() {
        for (number, text) in
            [(2.0, "2"), (0.0, "0"), (-0.0, "0"), (1.23456, "1.235"), (1200.0, "1200"), (-0.0001, "0")]
        {
            assert_eq!(plain(number, 3), text);
        }
        assert_eq!(plain(1200.0, 0), "1200");
    }

    #[test]
    fn a_row_of_the_wrong_length_is_an_error() {
        let table =
            Table { name: "sites", columns: vec![column("site", 1.0)], rows: vec![vec![Cell::Empty, Cell::Empty]] };
        assert!(matches!(bytes(&table), Err(OutputError::Table { table: "sites", .. })));
    }
}
