//! Lists as people have them: typed into rows, copied out of a spreadsheet, read from a file.

use super::{Column, Row, field};
use crate::{
    form::Values,
    text::{clean_line, fold},
};

/// How many lines may stand above the names of the columns: a title, a date.
const TITLE_LINES: usize = 10;

/// What a column of a spreadsheet holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Cell(Column),
    /// The family name and what follows it, where the called name has a column of its own.
    FamilyName,
    CalledName,
    Nothing,
}

/// The rows of a form: those checked before with what was typed over them, those typed below, those pasted. Empty ones and
/// those that were dropped are left out.
#[must_use]
pub fn gather(values: &Values) -> Vec<Row> {
    let mut rows = read_list(values.get(field::LIST));
    for (name, value) in &values.0 {
        let Some((number, column)) = place(name) else { continue };
        if number > rows.len() {
            rows.resize(number, Row::default());
        }
        match column {
            Some(column) => rows[number - 1].set(column, value),
            None => rows[number - 1] = Row::default(),
        }
    }
    rows.extend(read_text(values.get(field::PASTE)));
    rows.retain(|row| !row.is_empty());
    rows
}

/// The form with its whole list in one place: as what was checked, or, where nobody is on it or too many, as it was typed
/// and pasted. Rows read from a file come last.
#[must_use]
pub fn settled(values: Values, file: &[Row]) -> Values {
    let mut rows = gather(&values);
    rows.extend_from_slice(file);
    match rows.len() {
        0 => values,
        1..=super::MOST => rewritten(values, field::LIST, &rows),
        _ => rewritten(values, field::PASTE, &rows),
    }
}

/// The form with its whole list as a text to be written in.
#[must_use]
pub fn reopened(values: Values) -> Values {
    let rows = gather(&values);
    rewritten(values, field::PASTE, &rows)
}

fn rewritten(values: Values, place: &str, rows: &[Row]) -> Values {
    let mut fields = values.0;
    fields.retain(|(name, _)| ![field::LIST, field::PASTE, field::ROWS].contains(&name.as_str()) && self::place(name).is_none());
    fields.push((place.to_owned(), write_list(rows)));
    Values(fields)
}

/// The row and the column of a field's name; without a column the row is dropped.
fn place(name: &str) -> Option<(usize, Option<Column>)> {
    let (key, number) = name.split_once('-')?;
    let number = number.parse().ok().filter(|number| (1..=2 * super::MOST).contains(number))?;
    let column = Column::ALL.into_iter().find(|column| column.field(number) == name);
    (column.is_some() || key == "drop").then_some((number, column))
}

/// Rows as one text, a line for each, the cells apart by tabs.
#[must_use]
pub fn write_list(rows: &[Row]) -> String {
    rows.iter().map(|row| Column::ALL.map(|column| row.get(column)).join("\t") + "\n").collect()
}

/// Reads what [`write_list`] wrote.
#[must_use]
pub fn read_list(text: &str) -> Vec<Row> {
    let row = |line: &str| {
        let mut cells = line.trim_end_matches('\r').split('\t');
        let mut row = Row::default();
        for column in Column::ALL {
            row.set(column, cells.next().unwrap_or_default());
        }
        row
    };
    text.lines().map(row).collect()
}

/// Reads what was copied out of a spreadsheet, or a line for each person: cells apart by tabs, semicolons or commas,
/// quoted where they hold these or line breaks.
#[must_use]
pub fn read_text(text: &str) -> Vec<Row> {
    let text = text.trim_start_matches('\u{feff}');
    let separator = ['\t', ';', ','].into_iter().find(|separator| text.contains(*separator)).unwrap_or('\t');
    read_table(cells(text, separator))
}

/// Reads a table: columns are known by their names in either language, or by what stands in them.
#[must_use]
pub fn read_table(mut cells: Vec<Vec<String>>) -> Vec<Row> {
    cells.retain(|line| line.iter().any(|cell| !cell.trim().is_empty()));
    let named = cells.iter().take(TITLE_LINES).position(|line| is_header(line));
    let columns = match named {
        Some(at) => {
            let columns = cells[at].iter().map(|name| by_name(name)).collect();
            cells.drain(..=at);
            columns
        }
        None => by_content(&cells),
    };
    let row = |line: &Vec<String>| {
        let mut row = Row::default();
        let (mut family, mut called) = ("", "");
        for (holds, cell) in columns.iter().zip(line) {
            match holds {
                Holds::Cell(column) if row.get(*column).is_empty() => row.set(*column, cell),
                Holds::FamilyName => family = cell,
                Holds::CalledName => called = cell,
                Holds::Cell(_) | Holds::Nothing => {}
            }
        }
        if row.get(Column::Name).is_empty() {
            row.set(Column::Name, &format!("{family} {called}"));
        }
        row
    };
    cells.iter().map(row).filter(|row| !row.is_empty()).collect()
}

/// Splits a text into lines of cells (RFC 4180 with another separator).
fn cells(text: &str, separator: char) -> Vec<Vec<String>> {
    let (mut lines, mut line, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut chars = text.chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.trim().is_empty() => {
                cell.clear();
                quoted = true;
            }
            c if c == separator && !quoted => line.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                line.push(std::mem::take(&mut cell));
                lines.push(std::mem::take(&mut line));
            }
            '\r' if !quoted => {}
            c => cell.push(c),
        }
    }
    line.push(cell);
    lines.push(line);
    lines
}

/// Whether a line names the columns: one of them is that of the names.
fn is_header(line: &[String]) -> bool {
    line.iter().any(|cell| matches!(by_name(cell), Holds::Cell(Column::Name) | Holds::CalledName))
}

/// What a column holds by its name.
fn by_name(name: &str) -> Holds {
    let cleaned = clean_line(&name.replace(['\n', '\r'], " "), 60).unwrap_or_default();
    let folded = fold(&cleaned);
    let name = folded.split('(').next().unwrap_or_default().trim().trim_end_matches([':', '*', '.']).trim();
    match name {
        "ho va ten" | "ho ten" | "ho & ten" | "ho, ten" | "ten dai bieu" | "dai bieu" | "full name" | "name" => Holds::Cell(Column::Name),
        "ho" | "ho dem" | "ho va ten dem" | "ho va dem" | "ho lot" | "ho va chu lot" | "last name" | "family name" | "surname" => {
            Holds::FamilyName
        }
        "ten" | "first name" | "given name" => Holds::CalledName,
        "chuc vu" | "chuc danh" | "chuc vu, don vi" | "position" | "job title" | "title" => Holds::Cell(Column::JobTitle),
        "so dien thoai" | "dien thoai" | "dien thoai di dong" | "di dong" | "sdt" | "so dt" | "dt" | "phone" | "phone number"
        | "mobile" | "mobile number" => Holds::Cell(Column::Phone),
        "thu dien tu" | "email" | "e-mail" | "mail" | "dia chi email" | "email address" => Holds::Cell(Column::Email),
        _ => Holds::Nothing,
    }
}

/// What the columns of a table without names hold: numbers of the rows in the first, phones and addresses are known by
/// their look, and the others are taken in the usual order.
fn by_content(lines: &[Vec<String>]) -> Vec<Holds> {
    let width = lines.iter().map(Vec::len).max().unwrap_or_default();
    let filled = |at: usize| lines.iter().filter_map(move |line| line.get(at)).map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
    let mostly = |at: usize, looks: fn(&str) -> bool| {
        let (all, fit) = filled(at).fold((0, 0), |(all, fit), cell| (all + 1, fit + usize::from(looks(cell))));
        2 * fit > all
    };
    let is_numbered = width > 1 && (mostly(0, is_row_number) || filled(0).next().is_none());
    let by_look: Vec<_> =
        (0..width)
            .map(|at| {
                if mostly(at, is_like_a_phone) {
                    Some(Column::Phone)
                } else {
                    mostly(at, |cell| cell.contains('@')).then_some(Column::Email)
                }
            })
            .collect();
    let mut others = Column::ALL.into_iter().filter(|column| !by_look.contains(&Some(*column)));
    by_look
        .iter()
        .enumerate()
        .map(|(at, look)| match look {
            Some(column) => Holds::Cell(*column),
            None if at == 0 && is_numbered => Holds::Nothing,
            None => others.next().map_or(Holds::Nothing, Holds::Cell),
        })
        .collect()
}

fn is_row_number(cell: &str) -> bool {
    let number = cell.trim_end_matches(['.', ')']);
    (1..=4).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_like_a_phone(cell: &str) -> bool {
    let digits = cell.chars().filter(char::is_ascii_digit).count();
    digits >= 8 && cell.chars().all(|c| c.is_ascii_digit() || " .-()+'".contains(c))
}
