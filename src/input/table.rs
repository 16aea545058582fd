//! Tables of comma-separated values: columns found by name or synonym, cells read with their problems recorded.

use super::problem::{Code, Place, Problem, Problems, Reported};
use super::source::{LINE_LIMIT, SourceFile};
use super::words::{self, Column, Word};
use crate::message::Message;
use std::collections::{BTreeMap, BTreeSet};

/// Most rows of a table.
pub const ROW_LIMIT: usize = 20_000_000;

/// Rows of cells with named columns, from a CSV file or a sheet.
#[derive(Debug)]
pub struct Table<'a> {
    file: String,
    header: Vec<String>,
    index: BTreeMap<&'static str, usize>,
    rows: Rows<'a>,
    /// Cells that a variant sets, by id and column.
    changes: BTreeMap<String, Vec<(usize, String)>>,
    /// Columns that a variant adds on the right.
    added: usize,
}

/// A cell that a variant sets: the row of an id in a table.
#[derive(Debug, Clone)]
pub struct CellChange {
    /// Key of the row.
    pub key: String,
    /// Name of the column.
    pub column: String,
    /// What is put there.
    pub value: String,
    /// What to report where there is no such row or column.
    pub lost: Problem,
}

#[derive(Debug)]
enum Rows<'a> {
    Text { body: &'a str, delimiter: u8 },
    Cells { first: usize, rows: Vec<Vec<String>> },
}

impl<'a> Table<'a> {
    /// Opens a CSV file: reads the header, finds the columns and checks the length of lines.
    ///
    /// # Errors
    /// When a required column is missing or the text is no table; the problems are recorded.
    pub fn open(source: &'a SourceFile, columns: &[Column], problems: &mut Problems) -> Result<Self, Reported> {
        let text = source.text();
        let long = text.split('\n').position(|line| line.len() > LINE_LIMIT);
        if let Some(line) = long {
            return Err(problems.push(
                Problem::new(Code::LineTooLong, &source.name)
                    .at(Place::Row { line: line + 1, column: None })
                    .with("limit", LINE_LIMIT >> 10),
            ));
        }
        let first = text.lines().next().unwrap_or_default();
        let delimiter = if first.contains('\t') && !first.contains(',') { b'\t' } else { b',' };
        let mut reader = reader(text, delimiter);
        let mut record = csv::StringRecord::new();
        let found = reader.read_record(&mut record);
        if !matches!(found, Ok(true)) {
            return Err(problems.push(Problem::new(Code::NoRows, &source.name)));
        }
        let header = record.iter().map(str::to_owned).collect();
        Self::with_header(&source.name, header, Rows::Text { body: text, delimiter }, columns, problems)
    }

    /// A table of a sheet: the first row is the header, `top` rows stand above it.
    ///
    /// # Errors
    /// When a required column is missing; the problems are recorded.
    pub fn from_cells(
        file: &str,
        top: usize,
        mut cells: Vec<Vec<String>>,
        columns: &[Column],
        problems: &mut Problems,
    ) -> Result<Self, Reported> {
        if cells.is_empty() {
            return Err(problems.push(Problem::new(Code::NoRows, file)));
        }
        let header = cells.remove(0);
        Self::with_header(file, header, Rows::Cells { first: top + 2, rows: cells }, columns, problems)
    }

    fn with_header(
        file: &str,
        header: Vec<String>,
        rows: Rows<'a>,
        columns: &[Column],
        problems: &mut Problems,
    ) -> Result<Self, Reported> {
        let mut index = BTreeMap::new();
        let mut fault = None;
        for column in columns {
            let matching = |name: &&String| {
                let plain = words::plain(name);
                plain == column.name || column.synonyms.contains(&plain.as_str())
            };
            let found: Vec<usize> =
                header.iter().enumerate().filter(|(_, name)| matching(name)).map(|(at, _)| at).collect();
            match found.as_slice() {
                [] if column.required => {
                    let unread = header.iter().map(String::as_str);
                    let mut problem = Problem::new(Code::MissingColumn, file)
                        .at(Place::Row { line: 1, column: None })
                        .with("column", column.name)
                        .with_list("found", unread.clone());
                    if let Some(near) = super::problem::nearest(column.name, unread) {
                        problem = problem.hint(Message::new("hint.rename").with("name", near).with("to", column.name));
                    }
                    fault = Some(problems.push(problem));
                }
                [] => {}
                [one] => {
                    index.insert(column.name, *one);
                }
                [first, second, ..] => {
                    fault = Some(
                        problems.push(
                            Problem::new(Code::DoubleColumn, file)
                                .at(Place::Row { line: 1, column: Some(header[*second].clone()) })
                                .with("column", column.name)
                                .with("first", &header[*first])
                                .with("second", &header[*second]),
                        ),
                    );
                }
            }
        }
        match fault {
            Some(reported) => Err(reported),
            None => Ok(Self { file: file.to_owned(), header, index, rows, changes: BTreeMap::new(), added: 0 }),
        }
    }

    /// Takes over the cells that a variant sets. A column that the file leaves out is added; one that does not exist is
    /// recorded.
    pub fn change(
        &mut self,
        changes: &[CellChange],
        columns: &[Column],
        others: impl Fn(&str) -> bool,
        problems: &mut Problems,
    ) {
        for change in changes {
            let plain = words::plain(&change.column);
            let spec = columns.iter().find(|spec| spec.name == plain || spec.synonyms.contains(&plain.as_str()));
            let known = match spec {
                Some(spec) => self.index.get(spec.name).copied(),
                None => self.header.iter().position(|name| words::plain(name) == plain),
            };
            let at = match (known, spec) {
                (Some(at), _) => at,
                (None, None) if !others(&plain) => {
                    let valid = columns.iter().map(|column| column.name);
                    problems.push(change.lost.clone().nearest(&change.column, valid));
                    continue;
                }
                (None, spec) => {
                    self.header.push(change.column.clone());
                    self.added += 1;
                    let at = self.header.len() - 1;
                    if let Some(spec) = spec {
                        self.index.insert(spec.name, at);
                    }
                    at
                }
            };
            self.changes.entry(change.key.clone()).or_default().push((at, change.value.clone()));
        }
    }

    /// Name of the file.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Whether the table has a column.
    pub fn has(&self, column: &str) -> bool {
        self.index.contains_key(column)
    }

    /// Columns of the header that are none of those looked for, with their positions.
    pub fn others(&self) -> impl Iterator<Item = (usize, &str)> {
        self.header
            .iter()
            .enumerate()
            .filter(|(at, name)| !name.trim().is_empty() && !self.index.values().any(|taken| taken == at))
            .map(|(at, name)| (at, name.as_str()))
    }

    /// Records a warning for every column that nothing reads.
    pub fn warn_others(&self, read: &[usize], columns: &[Column], problems: &mut Problems) {
        for (_, name) in self.others().filter(|(at, _)| !read.contains(at)) {
            let absent = columns.iter().filter(|column| !self.has(column.name)).map(|column| column.name);
            problems.push(
                Problem::new(Code::UnknownColumn, &self.file)
                    .at(Place::Row { line: 1, column: Some(name.to_owned()) })
                    .with("column", name)
                    .nearest(name, absent),
            );
        }
    }

    /// Calls `each` with every row that has the right number of cells, in order. Blank rows are skipped; the others are
    /// recorded as problems.
    ///
    /// # Errors
    /// When a row was left out, there is none, there are too many, or a cell runs over several lines; recorded.
    pub fn each(&self, problems: &mut Problems, mut each: impl FnMut(&Row<'_>, &mut Problems)) -> Result<(), Reported> {
        let mut count = 0;
        let mut whole = true;
        match &self.rows {
            Rows::Text { body, delimiter } => {
                let mut reader = reader(body, *delimiter);
                let mut record = csv::StringRecord::new();
                let mut header = true;
                loop {
                    match reader.read_record(&mut record) {
                        Ok(true) => {}
                        Ok(false) => break,
                        Err(error) => {
                            let line = error.position().map_or(1, |position| position.line() as usize);
                            return Err(problems.push(
                                Problem::new(Code::CsvSyntax, &self.file).at(Place::Row { line, column: None }),
                            ));
                        }
                    }
                    let line = record.position().map_or(1, |position| position.line() as usize);
                    if record.iter().any(|cell| cell.contains('\n')) {
                        return Err(problems
                            .push(Problem::new(Code::CsvSyntax, &self.file).at(Place::Row { line, column: None })));
                    }
                    if std::mem::take(&mut header) || record.iter().all(str::is_empty) {
                        continue;
                    }
                    count += 1;
                    self.limit(count, problems)?;
                    let cells: Vec<&str> = record.iter().collect();
                    whole &= self.one(line, &cells, problems, &mut each);
                }
            }
            Rows::Cells { first, rows } => {
                for (position, row) in rows.iter().enumerate() {
                    if row.iter().all(|cell| cell.trim().is_empty()) {
                        continue;
                    }
                    count += 1;
                    self.limit(count, problems)?;
                    let cells: Vec<&str> = row.iter().map(|cell| cell.trim()).collect();
                    whole &= self.one(position + first, &cells, problems, &mut each);
                }
            }
        }
        if count == 0 {
            return Err(problems.push(Problem::new(Code::NoRows, &self.file)));
        }
        if whole { Ok(()) } else { Err(Reported) }
    }

    fn limit(&self, count: usize, problems: &mut Problems) -> Result<(), Reported> {
        if count <= ROW_LIMIT {
            return Ok(());
        }
        Err(problems.push(Problem::new(Code::TooMany, &self.file).with("limit", ROW_LIMIT)))
    }

    fn one(
        &self,
        line: usize,
        cells: &[&str],
        problems: &mut Problems,
        each: &mut impl FnMut(&Row<'_>, &mut Problems),
    ) -> bool {
        if cells.len() + self.added == self.header.len() {
            let id = self.index.get("id").and_then(|&at| cells.get(at));
            if self.added == 0 && id.is_none_or(|id| !self.changes.contains_key(*id)) {
                each(&Row { table: self, line, cells }, problems);
                return true;
            }
            let mut changed = cells.to_vec();
            changed.resize(self.header.len(), "");
            for (at, value) in id.and_then(|id| self.changes.get(*id)).into_iter().flatten() {
                changed[*at] = value;
            }
            each(&Row { table: self, line, cells: &changed }, problems);
            true
        } else {
            problems.push(
                Problem::new(Code::RowLength, &self.file)
                    .at(Place::Row { line, column: None })
                    .with("found", cells.len())
                    .with("expected", self.header.len() - self.added),
            );
            false
        }
    }
}

fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .delimiter(delimiter)
        .from_reader(text.as_bytes())
}

/// One row of a table. Cells are read as `Ok(None)` when empty or when the table has no such column.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    table: &'a Table<'a>,
    /// Line of the file.
    pub line: usize,
    cells: &'a [&'a str],
}

impl<'a> Row<'a> {
    /// Whether the table has a column.
    pub fn has(&self, column: &str) -> bool {
        self.table.has(column)
    }

    /// The cell of a column, unless it is empty.
    pub fn text(&self, column: &str) -> Option<&'a str> {
        self.table.index.get(column).map(|&at| self.cells[at]).filter(|cell| !cell.is_empty())
    }

    /// The cell at a position of the header, unless it is empty.
    pub fn cell(&self, at: usize) -> Option<&'a str> {
        Some(self.cells[at]).filter(|cell| !cell.is_empty())
    }

    /// The place of a column in this row.
    pub fn place(&self, column: &str) -> Place {
        let shown = match self.table.index.get(column) {
            Some(&at) => self.table.header[at].trim().to_owned(),
            None => column.to_owned(),
        };
        Place::Row { line: self.line, column: Some(shown) }
    }

    /// A problem of a column in this row.
    pub fn problem(&self, code: Code, column: &str) -> Problem {
        Problem::new(code, &self.table.file).at(self.place(column))
    }

    /// The cell of a column that must not be empty.
    pub fn needed(&self, column: &str, problems: &mut Problems) -> Result<&'a str, Reported> {
        self.text(column).ok_or_else(|| problems.push(self.problem(Code::EmptyCell, column)))
    }

    /// A whole number of the given range.
    pub fn whole(
        &self,
        column: &str,
        range: std::ops::RangeInclusive<i64>,
        problems: &mut Problems,
    ) -> Result<Option<i64>, Reported> {
        match self.text(column) {
            Some(cell) => self.whole_of(cell, &self.place(column), &range, problems).map(Some),
            None => Ok(None),
        }
    }

    /// A whole number of the given range at a position of the header.
    pub fn whole_at(
        &self,
        at: usize,
        range: std::ops::RangeInclusive<i64>,
        problems: &mut Problems,
    ) -> Result<Option<i64>, Reported> {
        match self.cell(at) {
            Some(cell) => self.whole_of(cell, &self.place_at(at), &range, problems).map(Some),
            None => Ok(None),
        }
    }

    fn whole_of(
        &self,
        cell: &str,
        place: &Place,
        range: &std::ops::RangeInclusive<i64>,
        problems: &mut Problems,
    ) -> Result<i64, Reported> {
        let problem = |code| Problem::new(code, &self.table.file).at(place.clone()).with("value", cell);
        let outside = || problem(Code::OutOfRange).with("least", range.start()).with("most", range.end());
        // A spreadsheet writes a whole number with a decimal point where the column has gaps.
        let digits =
            cell.split_once('.').filter(|(_, zeros)| zeros.bytes().all(|b| b == b'0')).map_or(cell, |(d, _)| d);
        match digits.parse::<i64>() {
            Ok(value) if range.contains(&value) => Ok(value),
            Ok(_) => Err(problems.push(outside())),
            Err(_) => {
                let unsigned = digits.strip_prefix('-').unwrap_or(digits);
                let too_long = !unsigned.is_empty() && unsigned.bytes().all(|b| b.is_ascii_digit());
                Err(problems.push(if too_long { outside() } else { problem(Code::NotWhole) }))
            }
        }
    }

    fn place_at(&self, at: usize) -> Place {
        Place::Row { line: self.line, column: Some(self.table.header[at].trim().to_owned()) }
    }

    /// A finite number of the given range.
    pub fn number(
        &self,
        column: &str,
        range: std::ops::RangeInclusive<f64>,
        problems: &mut Problems,
    ) -> Result<Option<f64>, Reported> {
        match self.text(column) {
            Some(cell) => self.number_of(cell, &self.place(column), range, problems).map(Some),
            None => Ok(None),
        }
    }

    /// A finite number of the given range at a position of the header.
    pub fn number_at(
        &self,
        at: usize,
        range: std::ops::RangeInclusive<f64>,
        problems: &mut Problems,
    ) -> Result<Option<f64>, Reported> {
        match self.cell(at) {
            Some(cell) => self.number_of(cell, &self.place_at(at), range, problems).map(Some),
            None => Ok(None),
        }
    }

    fn number_of(
        &self,
        cell: &str,
        place: &Place,
        range: std::ops::RangeInclusive<f64>,
        problems: &mut Problems,
    ) -> Result<f64, Reported> {
        match cell.parse::<f64>() {
            Ok(value) if range.contains(&value) => Ok(value),
            Ok(value) if value.is_nan() || value.is_infinite() => {
                Err(problems
                    .push(Problem::new(Code::NotNumber, &self.table.file).at(place.clone()).with("value", cell)))
            }
            Ok(_) => Err(problems.push(
                Problem::new(Code::OutOfRange, &self.table.file)
                    .at(place.clone())
                    .with("value", cell)
                    .with("least", range.start())
                    .with("most", range.end()),
            )),
            Err(_) => {
                Err(problems
                    .push(Problem::new(Code::NotNumber, &self.table.file).at(place.clone()).with("value", cell)))
            }
        }
    }

    /// One of a list of words.
    pub fn choice<T: Copy>(
        &self,
        column: &str,
        words: &[Word<T>],
        problems: &mut Problems,
    ) -> Result<Option<T>, Reported> {
        let Some(cell) = self.text(column) else { return Ok(None) };
        words::look_up(words, cell).map(Some).ok_or_else(|| {
            let valid: Vec<&str> = words.iter().map(|(_, names)| names[0]).collect();
            problems.push(
                self.problem(Code::NotOneOf, column)
                    .with("value", cell)
                    .with_list("expected", valid.iter().copied())
                    .nearest(cell, words.iter().flat_map(|(_, names)| names.iter().copied())),
            )
        })
    }

    /// One of the keys of a list of entities, by position.
    pub fn reference(&self, column: &str, keys: &Keys, problems: &mut Problems) -> Result<Option<usize>, Reported> {
        let Some(cell) = self.text(column) else { return Ok(None) };
        match keys.find(cell) {
            // What is wrong with the row there has been said.
            Some(position) if keys.faulty.contains(&position) => Err(Reported),
            Some(position) => Ok(Some(position)),
            None if keys.incomplete => Err(Reported),
            None => Err(problems.push_with(|| {
                self.problem(Code::UnknownReference, column)
                    .with("kind", keys.kind)
                    .with("value", cell)
                    .nearest(cell, keys.names())
            })),
        }
    }

    /// One of the keys of a list of entities, which must be given.
    pub fn needed_reference(&self, column: &str, keys: &Keys, problems: &mut Problems) -> Result<usize, Reported> {
        self.needed(column, problems)?;
        self.reference(column, keys, problems)?.ok_or(Reported)
    }
}

/// The keys of one kind of entity with their positions and lines.
#[derive(Debug, Clone)]
pub struct Keys {
    /// What the entities are, as in the catalogue: `unit`, `site`.
    pub kind: &'static str,
    /// Whether some entities could not be read, so that an unknown key says nothing.
    pub incomplete: bool,
    /// Entities whose rows have faults, so that nothing can be said about what refers to them.
    pub faulty: BTreeSet<usize>,
    positions: BTreeMap<String, (usize, usize)>,
}

impl Keys {
    /// No key yet.
    pub fn new(kind: &'static str) -> Self {
        Self { kind, incomplete: false, faulty: BTreeSet::new(), positions: BTreeMap::new() }
    }

    /// Adds the key of the next entity, or returns the line of the same key before.
    pub fn add(&mut self, key: &str, line: usize) -> Result<usize, usize> {
        let next = self.positions.len();
        if let Some(&(_, first)) = self.positions.get(key) {
            return Err(first);
        }
        self.positions.insert(key.to_owned(), (next, line));
        Ok(next)
    }

    /// The position of a key.
    pub fn find(&self, key: &str) -> Option<usize> {
        self.positions.get(key).map(|&(position, _)| position)
    }

    /// Records the changes of a variant to rows that are not there.
    pub fn check_changes(&self, changes: &[CellChange], problems: &mut Problems) {
        for change in changes.iter().filter(|change| !self.incomplete && self.find(&change.key).is_none()) {
            problems.push(change.lost.clone().nearest(&change.key, self.names()));
        }
    }

    /// Every key, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.positions.keys().map(String::as_str)
    }
}
