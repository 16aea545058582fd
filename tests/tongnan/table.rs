//! A table of the scenario folder, to read and to edit.

use std::path::PathBuf;

/// A CSV table that is edited in place.
pub struct Edited {
    path: PathBuf,
    /// Every row, the names of the columns first.
    pub rows: Vec<Vec<String>>,
}

impl Edited {
    pub fn open(path: PathBuf) -> Self {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(&path).unwrap();
        let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        Self { path, rows }
    }

    pub fn column(&self, name: &str) -> usize {
        self.rows[0].iter().position(|column| column == name).unwrap()
    }

    /// The only row whose columns have the given values.
    pub fn row(&mut self, wanted: &[(&str, &str)]) -> &mut Vec<String> {
        let keys: Vec<(usize, &str)> = wanted.iter().map(|&(name, value)| (self.column(name), value)).collect();
        let mut found = self.rows.iter_mut().skip(1).filter(|row| keys.iter().all(|&(at, value)| row[at] == value));
        let row = found.next().unwrap();
        assert!(found.next().is_none(), "{wanted:?} is in more than one row");
        row
    }

    /// Adds `amount` to a number of that row.
    pub fn add(&mut self, wanted: &[(&str, &str)], column: &str, amount: i64) {
        let at = self.column(column);
        let row = self.row(wanted);
        let value = row[at].parse::<i64>().unwrap() + amount;
        assert!(value >= 0, "{wanted:?} would have {value}");
        row[at] = value.to_string();
    }

    pub fn number(&mut self, wanted: &[(&str, &str)], column: &str) -> i64 {
        let at = self.column(column);
        self.row(wanted)[at].parse().unwrap()
    }

    pub fn save(&self) {
        let mut writer = csv::Writer::from_path(&self.path).unwrap();
        for row in &self.rows {
            writer.write_record(row).unwrap();
        }
        writer.flush().unwrap();
    }
}
