//! Reading XLSX.

use std::io::{Cursor, Read as _};

use calamine::{DataRef, ExcelDateTime, Reader as _, SheetType, SheetVisible, Xlsx};
use domain::form::Problem;

use super::{COLUMNS_MAX, Rows};

/// The most that a file's parts may unpack to, in bytes.
const UNPACKED_MAX: u64 = 32_000_000;

/// The most parts of a file.
const PARTS_MAX: usize = 1_000;

pub(super) fn read(file: &[u8], mut rows: Rows) -> Result<Rows, Problem> {
    let too_large = Problem::TableTooLarge { rows: rows.max, columns: COLUMNS_MAX };
    if !unpacks_to_little(file)? {
        return Err(too_large);
    }
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file)).map_err(|_| Problem::NotATable)?;
    let shown = book.sheets_metadata().iter().find(|sheet| sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet);
    let name = shown.ok_or(Problem::EmptyTable)?.name.clone();
    // Cell by cell: a table in one piece would be as large as its farthest cell says.
    let mut cells = book.worksheet_cells_reader(&name).map_err(|_| Problem::NotATable)?;
    while let Some(cell) = cells.next_cell().map_err(|_| Problem::NotATable)? {
        let (row, column) = cell.get_position();
        rows.put(row as usize + 1, column as usize, &shown_as(cell.get_value()))?;
    }
    Ok(rows)
}

/// Whether all that is read of the file is small once it is unpacked. The sizes that the file itself claims may lie, so it
/// is unpacked and counted.
fn unpacks_to_little(file: &[u8]) -> Result<bool, Problem> {
    let mut archive = zip::ZipArchive::new(Cursor::new(file)).map_err(|_| Problem::NotATable)?;
    if archive.len() > PARTS_MAX {
        return Ok(false);
    }
    let mut left = UNPACKED_MAX;
    for number in 0..archive.len() {
        let part = archive.by_index(number).map_err(|_| Problem::NotATable)?;
        let size = std::io::copy(&mut part.take(left + 1), &mut std::io::sink()).map_err(|_| Problem::NotATable)?;
        if size > left {
            return Ok(false);
        }
        left -= size;
    }
    Ok(true)
}

/// A cell's value as text: whole numbers without a point, days as `2027-10-10`.
fn shown_as(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        // Written without an exponent, however large: a phone number stays one.
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(yes) => yes.to_string(),
        DataRef::DateTime(at) => day_or_time(*at),
        DataRef::Error(error) => error.to_string(),
    }
}

fn day_or_time(at: ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
    match (hour, minute, second) {
        (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
    }
}
