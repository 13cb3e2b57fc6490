//! A list from another system: which columns it has, and what is wrong with each cell.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{ATTENTION_MAX, Details};
use crate::{
    contact::{Email, Phone},
    form::{Problem, at_least},
    ids::AudienceId,
    text::{PersonName, clean_line},
};

/// The most rows of one file.
pub const ROWS_MAX: usize = 10_000;

/// The columns, in the order of [`HEADINGS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Reference,
    Name,
    Phone,
    Email,
    Audience,
    Organisation,
    JobTitle,
    Attention,
}

impl Column {
    pub const ALL: [Self; 8] =
        [Self::Reference, Self::Name, Self::Phone, Self::Email, Self::Audience, Self::Organisation, Self::JobTitle, Self::Attention];
}

/// What each column may be called, in both languages; the first name is the one that we write.
pub const HEADINGS: [&[&str]; 8] = [
    &["Mã ở hệ thống khác", "Mã", "Mã số", "Reference elsewhere", "Reference", "ID"],
    &["Họ và tên", "Họ tên", "Full name", "Name"],
    &["Điện thoại", "Số điện thoại", "SĐT", "Phone", "Mobile"],
    &["Thư điện tử", "Email", "E-mail"],
    &["Đối tượng", "Audience", "Group"],
    &["Cơ quan, đơn vị", "Cơ quan", "Đơn vị", "Tên cơ quan, doanh nghiệp", "Organisation"],
    &["Chức vụ", "Position", "Job title"],
    &["Lưu ý khi đón", "Lưu ý", "For the gate to know", "Note"],
];

/// A row in good order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRow {
    /// What the other system calls the person: the same again is the same person.
    pub reference: String,
    pub audience: AudienceId,
    pub full_name: PersonName,
    pub phone: Option<Phone>,
    pub email: Option<Email>,
    pub organisation: Option<String>,
    pub job_title: Option<String>,
    pub attention: Option<String>,
}

/// A cell that has to be mended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellProblem {
    /// The number that a spreadsheet shows beside the row.
    pub row: usize,
    pub column: Column,
    /// What stands there.
    pub cell: String,
    pub problem: Problem,
}

/// Reads the rows, each with its number and its cells in the order of [`Column::ALL`], and finds all that is wrong at once.
/// Audiences are known by any of their names, in any case; where a row names none, it is `otherwise`.
///
/// # Errors
/// Every cell's problem, row by row.
pub fn read<'a>(
    rows: impl IntoIterator<Item = (usize, [&'a str; 8])>,
    audiences: &[(AudienceId, Vec<String>)],
    otherwise: AudienceId,
) -> Result<Vec<ImportRow>, Vec<CellProblem>> {
    let (mut good, mut problems) = (Vec::new(), Vec::new());
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (number, cells) in rows {
        let mut row = RowReader { number, cells, problems: &mut problems };
        let reference = row.take(Column::Reference, |raw| clean_line(raw, 64).and_then(|text| at_least(text, 1)));
        let full_name = row.take(Column::Name, PersonName::parse);
        let phone = row.optional(Column::Phone, Phone::parse_cell);
        let email = row.optional(Column::Email, Email::parse);
        let audience = row.optional(Column::Audience, |raw| known(raw, audiences));
        let organisation = row.optional(Column::Organisation, |raw| clean_line(raw, Details::ORGANISATION_MAX));
        let job_title = row.optional(Column::JobTitle, |raw| clean_line(raw, Details::JOB_TITLE_MAX));
        let attention = row.optional(Column::Attention, |raw| clean_line(raw, ATTENTION_MAX));
        if let Some(first) = reference.as_ref().and_then(|reference| seen.insert(reference.clone(), number)) {
            let cell = cells[Column::Reference as usize].to_owned();
            problems.push(CellProblem { row: number, column: Column::Reference, cell, problem: Problem::SameReference { row: first } });
        }
        if let (
            Some(reference),
            Some(full_name),
            Some(phone),
            Some(email),
            Some(audience),
            Some(organisation),
            Some(job_title),
            Some(attention),
        ) = (reference, full_name, phone, email, audience, organisation, job_title, attention)
        {
            let audience = audience.unwrap_or(otherwise);
            good.push(ImportRow { reference, audience, full_name, phone, email, organisation, job_title, attention });
        }
    }
    if problems.is_empty() { Ok(good) } else { Err(problems) }
}

fn known(raw: &str, audiences: &[(AudienceId, Vec<String>)]) -> Result<AudienceId, Problem> {
    let asked = crate::text::fold(raw.trim());
    let found = audiences.iter().find(|(_, names)| names.iter().any(|name| crate::text::fold(name) == asked));
    found.map(|(id, _)| *id).ok_or(Problem::UnknownChoice)
}

/// The cells of one row, and where their problems go.
struct RowReader<'a, 'p> {
    number: usize,
    cells: [&'a str; 8],
    problems: &'p mut Vec<CellProblem>,
}

impl RowReader<'_, '_> {
    fn take<T>(&mut self, column: Column, read: impl Fn(&str) -> Result<T, Problem>) -> Option<T> {
        let cell = self.cells[column as usize];
        read(cell).map_err(|problem| self.problems.push(CellProblem { row: self.number, column, cell: cell.to_owned(), problem })).ok()
    }

    /// An empty cell is nothing.
    #[expect(clippy::option_option, reason = "what could not be read is not what is empty")]
    fn optional<T>(&mut self, column: Column, read: impl Fn(&str) -> Result<T, Problem>) -> Option<Option<T>> {
        if self.cells[column as usize].is_empty() { Some(None) } else { self.take(column, read).map(Some) }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn audience(number: u128) -> AudienceId {
        AudienceId(Uuid::from_u128(number))
    }

    fn audiences() -> Vec<(AudienceId, Vec<String>)> {
        vec![(audience(1), vec!["nguoi-dan".into(), "Người dân".into()]), (audience(2), vec!["Đại biểu".into(), "Delegates".into()])]
    }

    #[test]
    fn rows_are_read_with_their_audience_or_the_one_for_all() {
        let rows = [
            (2, ["A1", "Nguyễn Thị Đào", "912345678", "", "đại biểu", "Sở Y tế", "", ""]),
            (3, ["A2", "Lê An", "", "an@a.vn", "", "", "Giám đốc", "cần xe lăn"]),
        ];
        let read = read(rows, &audiences(), audience(1)).unwrap();
        assert_eq!((read[0].audience, read[1].audience), (audience(2), audience(1)));
        assert_eq!(read[0].phone.as_ref().map(Phone::e164), Some("+84912345678"));
        assert_eq!(read[1].attention.as_deref(), Some("cần xe lăn"));
    }

    #[test]
    fn everything_that_is_wrong_is_found_at_once_with_its_row_and_column() {
        let rows = [
            (2, ["A1", "Nguyễn Thị Đào", "12", "x", "Khách lạ", "", "", ""]),
            (5, ["", "Anh 7", "", "", "", "", "", ""]),
            (6, ["A1", "Lê An", "", "", "", "", "", ""]),
        ];
        let problems: Vec<_> =
            read(rows, &audiences(), audience(1)).unwrap_err().into_iter().map(|p| (p.row, p.column, p.problem)).collect();
        let expected = [
            (2, Column::Phone, Problem::NotAPhone),
            (2, Column::Email, Problem::NotAnEmail),
            (2, Column::Audience, Problem::UnknownChoice),
            (5, Column::Reference, Problem::Required),
            (5, Column::Name, Problem::NotAName),
            (6, Column::Reference, Problem::SameReference { row: 2 }),
        ];
        assert_eq!(problems, expected);
    }
}
