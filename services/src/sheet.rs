//! Tables in files: reading CSV and XLSX, and writing them.

mod csv_file;
#[cfg(test)]
mod tests;
mod write;
mod xlsx_file;

use domain::{
    form::{FieldErrors, Problem},
    text,
};
use unicode_normalization::UnicodeNormalization as _;

pub use write::{Book, MARK, csv, defused};

use crate::{Error, turns::Turns};

/// The largest file that is read, in bytes.
pub const BYTES_MAX: usize = 5_000_000;

/// The most columns that are read.
pub const COLUMNS_MAX: usize = 64;

/// Of a longer cell so many characters are kept: more than any field takes, so that whoever reads the field finds it too
/// long.
const CELL_MAX: usize = 4_000;

/// Files unpack to many times their size: two are read at a time, few wait.
static READING: Turns = Turns::new(2, 8);

/// A table as it stands in a file, without its empty rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    pub rows: Vec<Row>,
}

/// A row with at least one cell that is not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The number that a spreadsheet shows beside it, from 1.
    pub number: usize,
    /// Each is one line in NFC, trimmed; a line break inside a cell is a space.
    pub cells: Vec<String>,
}

impl Row {
    /// The cell of this column, from 0; empty where the row ends before.
    #[must_use]
    pub fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }
}

impl Sheet {
    /// Takes the heading off: where each of the wanted columns stands, by any of its names, marks and case aside.
    ///
    /// The heading is the first row with a known name, above which a file may have a title. `None`, and nothing taken,
    /// where no row has one.
    #[must_use]
    pub fn take_heading<const N: usize>(&mut self, names: [&[&str]; N]) -> Option<[Option<usize>; N]> {
        let columns_of = |row: &Row| {
            let headings: Vec<String> = row.cells.iter().map(|cell| heading(cell)).collect();
            names.map(|names| headings.iter().position(|found| names.iter().any(|name| heading(name) == *found)))
        };
        // Of the first rows the one with most names: a title may happen to be one.
        let (at, columns) = self
            .rows
            .iter()
            .take(10)
            .map(columns_of)
            .enumerate()
            .rev()
            .max_by_key(|(_, columns)| columns.iter().flatten().count())
            .filter(|(_, columns)| columns.iter().any(Option::is_some))?;
        self.rows.drain(..=at);
        Some(columns)
    }
}

/// A heading without what people write differently: marks, case, signs, the star of a required column.
fn heading(cell: &str) -> String {
    text::fold(cell).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Reads the table in a file: of an XLSX file the first sheet that is not hidden; of a CSV file in UTF-8 or UTF-16 the
/// columns between commas, semicolons or tabs, whichever its first line has most of.
///
/// # Errors
/// [`Error::Invalid`] on this field: the file is too large, is neither, or has more than `rows_max` rows (the heading not
/// counted) or [`COLUMNS_MAX`] columns; [`Error::Unavailable`] when many files are being read.
pub async fn read(file: impl AsRef<[u8]> + Send + 'static, rows_max: usize, field: &str) -> Result<Sheet, Error> {
    if file.as_ref().len() > BYTES_MAX {
        return Err(FieldErrors::one(field, Problem::FileTooLarge { max_megabytes: BYTES_MAX / 1_000_000 }).into());
    }
    let sheet = READING.run(move || read_now(file.as_ref(), rows_max)).await?;
    Ok(sheet.map_err(|problem| FieldErrors::one(field, problem))?)
}

/// Reads a table from a text, as from a CSV file: what people paste from a spreadsheet has tabs between its cells.
///
/// # Errors
/// As [`read`].
pub fn from_text(text: &str, rows_max: usize) -> Result<Sheet, Problem> {
    finish(csv_file::read(text, Rows::new(rows_max))?)
}

fn read_now(file: &[u8], rows_max: usize) -> Result<Sheet, Problem> {
    const ZIP: &[u8] = b"PK\x03\x04";
    /// Microsoft's container: of old `.xls` files, and of any file with a password.
    const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0";
    let rows = Rows::new(rows_max);
    finish(if file.starts_with(ZIP) {
        xlsx_file::read(file, rows)?
    } else if file.starts_with(COMPOUND) {
        return Err(Problem::LockedTable);
    } else {
        csv_file::read(&csv_file::decode(file)?, rows)?
    })
}

fn finish(rows: Rows) -> Result<Sheet, Problem> {
    if rows.found.is_empty() { Err(Problem::EmptyTable) } else { Ok(Sheet { rows: rows.found }) }
}

/// Gathers rows up to the limits.
struct Rows {
    found: Vec<Row>,
    max: usize,
}

impl Rows {
    fn new(max: usize) -> Self {
        Self { found: Vec::new(), max }
    }

    /// Puts a cell into the row of this number (from 1) and column (from 0), where it is not empty. Rows come in their
    /// order.
    fn put(&mut self, number: usize, column: usize, raw: &str) -> Result<(), Problem> {
        let cell = one_line(raw);
        if cell.is_empty() {
            return Ok(());
        }
        let too_large = Problem::TableTooLarge { rows: self.max, columns: COLUMNS_MAX };
        if column >= COLUMNS_MAX {
            return Err(too_large);
        }
        if self.found.last().is_none_or(|row| row.number != number) {
            // One more for the heading.
            if self.found.len() > self.max {
                return Err(too_large);
            }
            self.found.push(Row { number, cells: Vec::new() });
        }
        let cells = &mut self.found.last_mut().expect("the row was just put there").cells;
        if cells.len() <= column {
            cells.resize(column + 1, String::new());
        }
        cells[column] = cell;
        Ok(())
    }
}

fn one_line(raw: &str) -> String {
    let mut line = String::new();
    for word in raw.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > CELL_MAX * 4 {
            break;
        }
    }
    line.nfc().take(CELL_MAX).collect()
}
