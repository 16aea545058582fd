//! Parquet, for tables that analysts read with pandas, `DuckDB` or R: one row group, one plain uncompressed page a column.
//!
//! The format is that of <https://parquet.apache.org/docs/file-format>, its headers in the compact protocol of Thrift. Every
//! column may be empty in any row.

use super::table::{Cell, Table};

/// The bytes of a table as a Parquet file. A column of whole numbers is INT64, one of numbers DOUBLE, one of flags BOOLEAN,
/// and every other is text.
pub fn bytes(table: &Table) -> Vec<u8> {
    let mut file = MARK.to_vec();
    let columns: Vec<Chunk> = (0..table.columns.len())
        .map(|at| {
            let cells: Vec<&Cell> = table.rows.iter().filter_map(|row| row.get(at)).collect();
            let kind = Kind::of(&cells);
            let page = page(kind, &cells);
            let start = file.len();
            file.extend_from_slice(&page);
            Chunk { name: &table.columns[at].name, kind, start, length: page.len(), rows: cells.len() }
        })
        .collect();
    let footer = footer(&columns, table.rows.len());
    file.extend_from_slice(&footer);
    file.extend_from_slice(&(footer.len() as u32).to_le_bytes());
    file.extend_from_slice(MARK);
    file
}

const MARK: &[u8] = b"PAR1";

/// Physical type of a column, by its number in the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Boolean = 0,
    Int64 = 2,
    Double = 5,
    ByteArray = 6,
}

impl Kind {
    fn of(cells: &[&Cell]) -> Self {
        let mut kind = None;
        for cell in cells {
            let own = match cell {
                Cell::Empty => continue,
                Cell::Key(_) | Cell::Text(_) => Self::ByteArray,
                Cell::Whole(_) => Self::Int64,
                Cell::Number(..) => Self::Double,
                Cell::Flag(_) => Self::Boolean,
            };
            kind = Some(match (kind, own) {
                (None, own) => own,
                (Some(Self::Int64), Self::Double) | (Some(Self::Double), Self::Int64) => Self::Double,
                (Some(known), own) if known == own => own,
                _ => Self::ByteArray,
            });
        }
        kind.unwrap_or(Self::ByteArray)
    }
}

/// A column as it stands in the file.
struct Chunk<'a> {
    name: &'a str,
    kind: Kind,
    start: usize,
    length: usize,
    rows: usize,
}

/// Numbers of the format.
const PLAIN: i64 = 0;
const RLE: i64 = 3;
const OPTIONAL: i64 = 1;
const UTF8: i64 = 0;
const UNCOMPRESSED: i64 = 0;
const DATA_PAGE: i64 = 0;

/// A page with its header.
fn page(kind: Kind, cells: &[&Cell]) -> Vec<u8> {
    let levels = levels(cells);
    let mut data = (levels.len() as u32).to_le_bytes().to_vec();
    data.extend(levels);
    values(kind, cells, &mut data);
    let mut header = Thrift::default();
    header.integer(1, DATA_PAGE);
    header.integer(2, data.len() as i64);
    header.integer(3, data.len() as i64);
    header.structure(5, |inner| {
        inner.integer(1, cells.len() as i64);
        inner.integer(2, PLAIN);
        inner.integer(3, RLE);
        inner.integer(4, RLE);
    });
    header.stop();
    let mut page = header.bytes;
    page.extend(data);
    page
}

/// Which rows have a value, in runs: length doubled, then 1 or 0.
fn levels(cells: &[&Cell]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = cells;
    while let Some(first) = rest.first() {
        let there = **first != Cell::Empty;
        let run = rest.iter().take_while(|cell| (***cell != Cell::Empty) == there).count();
        varint(&mut out, (run as u64) << 1);
        out.push(u8::from(there));
        rest = &rest[run..];
    }
    out
}

fn values(kind: Kind, cells: &[&Cell], out: &mut Vec<u8>) {
    let mut flags = Vec::new();
    for cell in cells {
        match (kind, cell) {
            (_, Cell::Empty) => {}
            (Kind::Int64, Cell::Whole(number)) => out.extend(number.to_le_bytes()),
            (Kind::Double, Cell::Whole(number)) => out.extend((*number as f64).to_le_bytes()),
            (Kind::Double, Cell::Number(number, _)) => out.extend(number.to_le_bytes()),
            (Kind::Boolean, Cell::Flag(flag)) => flags.push(*flag),
            (_, other) => {
                let text = match other {
                    Cell::Key(text) | Cell::Text(text) => text.clone(),
                    Cell::Whole(number) => number.to_string(),
                    Cell::Number(number, decimals) => super::csv_text::plain(*number, *decimals),
                    Cell::Flag(flag) => flag.to_string(),
                    Cell::Empty => String::new(),
                };
                out.extend((text.len() as u32).to_le_bytes());
                out.extend(text.as_bytes());
            }
        }
    }
    for eight in flags.chunks(8) {
        out.push(eight.iter().enumerate().fold(0, |byte, (bit, &flag)| byte | u8::from(flag) << bit));
    }
}

fn footer(columns: &[Chunk<'_>], rows: usize) -> Vec<u8> {
    let mut meta = Thrift::default();
    meta.integer(1, 1);
    meta.list(2, STRUCT, columns.len() + 1, |list| {
        list.element(|root| {
            root.text(4, "table");
            root.integer(5, columns.len() as i64);
        });
        for column in columns {
            list.element(|leaf| {
                leaf.integer(1, column.kind as i64);
                leaf.integer(3, OPTIONAL);
                leaf.text(4, column.name);
                if column.kind == Kind::ByteArray {
                    leaf.integer(6, UTF8);
                }
            });
        }
    });
    meta.long(3, rows as i64);
    let total: usize = columns.iter().map(|column| column.length).sum();
    meta.list(4, STRUCT, 1, |groups| {
        groups.element(|group| {
            group.list(1, STRUCT, columns.len(), |chunks| {
                for column in columns {
                    chunks.element(|chunk| {
                        chunk.long(2, column.start as i64);
                        chunk.structure(3, |facts| describe(facts, column));
                    });
                }
            });
            group.long(2, total as i64);
            group.long(3, rows as i64);
        });
    });
    meta.text(6, "catchment");
    meta.stop();
    meta.bytes
}

fn describe(facts: &mut Thrift, column: &Chunk<'_>) {
    facts.integer(1, column.kind as i64);
    facts.list(2, I32, 2, |list| {
        list.zigzag(PLAIN);
        list.zigzag(RLE);
    });
    facts.list(3, BINARY, 1, |list| list.binary(column.name));
    facts.integer(4, UNCOMPRESSED);
    facts.long(5, column.rows as i64);
    facts.long(6, column.length as i64);
    facts.long(7, column.length as i64);
    facts.long(9, column.start as i64);
}

/// Types of the compact protocol.
const I32: u8 = 5;
const I64: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// A structure in the compact protocol. Fields are written in rising order of their numbers.
#[derive(Debug, Default)]
struct Thrift {
    bytes: Vec<u8>,
    last: u8,
}

impl Thrift {
    fn field(&mut self, number: u8, kind: u8) {
        // Numbers of the format rise by far less than 16.
        self.bytes.push((number - self.last) << 4 | kind);
        self.last = number;
    }

    fn integer(&mut self, number: u8, value: i64) {
        self.field(number, I32);
        self.zigzag(value);
    }

    fn long(&mut self, number: u8, value: i64) {
        self.field(number, I64);
        self.zigzag(value);
    }

    fn text(&mut self, number: u8, value: &str) {
        self.field(number, BINARY);
        self.binary(value);
    }

    fn structure(&mut self, number: u8, fill: impl FnOnce(&mut Self)) {
        self.field(number, STRUCT);
        self.element(fill);
    }

    fn list(&mut self, number: u8, kind: u8, length: usize, fill: impl FnOnce(&mut Self)) {
        self.field(number, LIST);
        if length < 15 {
            self.bytes.push((length as u8) << 4 | kind);
        } else {
            self.bytes.push(0xF0 | kind);
            varint(&mut self.bytes, length as u64);
        }
        fill(self);
    }

    /// A structure without a number of its own: an element of a list, or what follows the number.
    fn element(&mut self, fill: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.last, 0);
        fill(self);
        self.stop();
        self.last = outer;
    }

    fn stop(&mut self) {
        self.bytes.push(0);
    }

    fn zigzag(&mut self, value: i64) {
        varint(&mut self.bytes, ((value << 1) ^ (value >> 63)) as u64);
    }

    fn binary(&mut self, value: &str) {
        varint(&mut self.bytes, value.len() as u64);
        self.bytes.extend(value.as_bytes());
    }
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::table::Column;
    use crate::output::tests::assert_golden;

    fn column(name: &str) -> Column {
        Column { name: name.to_owned(), heading: crate::message::Message::new("x"), width: 1.0 }
    }

    /// The golden file was read with pyarrow when it was made: types, values and empty cells were those below.
    #[test]
    fn a_table_of_every_kind_is_as_its_golden_file() {
        let rows = (0..20)
            .map(|n| {
                let gone = |cell: Cell, gap: i64| if n % gap == 1 { Cell::Empty } else { cell };
                vec![
                    Cell::Key(format!("v{n}")),
                    gone(Cell::Text(format!("变体 {n}")), 3),
                    gone(Cell::Whole(n - 5), 4),
                    gone(if n == 2 { Cell::Whole(7) } else { Cell::Number(n as f64 / 8.0, 3) }, 5),
                    gone(Cell::Flag(n % 2 == 0), 6),
                    Cell::Empty,
                ]
            })
            .collect();
        let columns = ["key", "文字", "whole", "number", "flag", "nothing"].map(column).to_vec();
        assert_golden("table.parquet", &bytes(&Table { name: "test", columns, rows }));
        let empty = bytes(&Table { name: "test", columns: vec![column("a")], rows: Vec::new() });
        assert!(empty.starts_with(MARK) && empty.ends_with(MARK));
    }

    #[test]
    fn numbers_are_written_in_sevens_of_bits() {
        let mut out = Vec::new();
        varint(&mut out, 300);
        assert_eq!(out, [0xAC, 0x02]);
        let mut thrift = Thrift::default();
        thrift.zigzag(-1);
        thrift.zigzag(1);
        assert_eq!(thrift.bytes, [1, 2]);
    }
}
