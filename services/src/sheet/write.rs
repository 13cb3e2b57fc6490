//! Writing tables, so that a spreadsheet shows what stands in them and calculates nothing.

use std::{
    borrow::Cow,
    fs::File,
    io::{Seek as _, SeekFrom},
};

use rust_xlsxwriter::{Format, Workbook};

use crate::Error;

/// The mark by which Excel knows UTF-8.
pub const MARK: &str = "\u{feff}";

/// Rows as CSV, without the mark.
///
/// # Errors
/// [`Error::Internal`].
pub fn csv(rows: &[Vec<String>]) -> Result<Vec<u8>, Error> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.iter().map(|cell| defused(cell).into_owned())).map_err(|error| Error::Internal(error.into()))?;
    }
    writer.into_inner().map_err(|error| Error::Internal(error.to_string().into()))
}

/// A cell that no spreadsheet takes for a formula (CWE-1236): an apostrophe stands before what might be one, in ASCII or in
/// the full-width twins. A plain phone number such as `+84912345678` stays as it is.
#[must_use]
pub fn defused(cell: &str) -> Cow<'_, str> {
    let is_number = cell.strip_prefix('+').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
    let begins = |cell: &str| cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if !is_number && (begins(cell) || begins(cell.trim_start())) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

/// An XLSX file of one sheet that is written row by row; what is written waits in a temporary file, not in memory. Every cell
/// is text.
pub struct Book {
    book: Workbook,
    rows: u32,
}

impl Book {
    /// With its heading.
    ///
    /// # Errors
    /// [`Error::Internal`] where there is no room for temporary files.
    pub fn new(name: &str, heading: &[String]) -> Result<Self, Error> {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet_with_constant_memory().map_err(internal)?;
        sheet.set_name(name).map_err(internal)?;
        sheet.set_freeze_panes(1, 0).map_err(internal)?;
        let bold = Format::new().set_bold();
        for (column, cell) in (0_u16..).zip(heading) {
            sheet.set_column_width(column, 20).map_err(internal)?;
            sheet.write_string_with_format(0, column, cell, &bold).map_err(internal)?;
        }
        Ok(Self { book, rows: 1 })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// [`Error::Internal`] beyond what a sheet holds (1,048,576 rows), or where the disk is full.
    pub fn push(&mut self, rows: &[Vec<String>]) -> Result<(), Error> {
        let sheet = self.book.worksheet_from_index(0).map_err(internal)?;
        for row in rows {
            for (column, cell) in (0_u16..).zip(row).filter(|(_, cell)| !cell.is_empty()) {
                sheet.write_string(self.rows, column, cell).map_err(internal)?;
            }
            self.rows += 1;
        }
        Ok(())
    }

    /// The whole file, at its beginning. It is gone when it is closed.
    ///
    /// # Errors
    /// [`Error::Internal`] where the disk is full.
    pub fn finish(mut self) -> Result<File, Error> {
        let mut file = tempfile::tempfile().map_err(|error| Error::Internal(error.into()))?;
        self.book.save_to_writer(&mut file).map_err(internal)?;
        file.seek(SeekFrom::Start(0)).map_err(|error| Error::Internal(error.into()))?;
        Ok(file)
    }
}

impl std::fmt::Debug for Book {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Book").field("rows", &self.rows).finish_non_exhaustive()
    }
}

fn internal(error: rust_xlsxwriter::XlsxError) -> Error {
    Error::Internal(error.into())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;
    use crate::sheet;

    /// What people may have typed to run a formula on the machine of whoever opens the list.
    const HOSTILE: [&str; 9] = [
        "=cmd|' /C calc'!A0",
        "+1+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(1,9)",
        "\t=1+1",
        "\r=1+1",
        "＝HYPERLINK(\"http://evil\")",
        "  =1+1",
        "＋1",
    ];

    #[test]
    fn no_cell_of_a_csv_file_begins_as_a_formula_does() {
        for cell in HOSTILE {
            assert_eq!(defused(cell), format!("'{cell}"), "{cell:?}");
        }
        for plain in ["Nguyễn Thị Đào", "+84912345678", "0912 345 678", "", "a=b", "x@y.vn"] {
            assert_eq!(defused(plain), plain);
        }
        let file = csv(&HOSTILE.map(|cell| vec![cell.to_owned(), "x".to_owned()])).unwrap();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&file[..]);
        for (record, cell) in reader.records().zip(HOSTILE) {
            assert_eq!(&record.unwrap()[0], format!("'{cell}"));
        }
    }

    #[test]
    fn an_excel_file_keeps_every_cell_as_the_text_that_it_is() {
        use calamine::{Data, Reader as _, Xlsx};
        let mut book = Book::new("Danh sách", &["Họ và tên".to_owned()]).unwrap();
        let cells: Vec<&str> = HOSTILE.into_iter().chain(["+84912345678", "0912345678", "Nguyễn Thị Đào"]).collect();
        book.push(&cells.iter().map(|cell| vec![(*cell).to_owned()]).collect::<Vec<_>>()).unwrap();
        let mut file = Vec::new();
        book.finish().unwrap().read_to_end(&mut file).unwrap();
        let mut read: Xlsx<_> = Xlsx::new(std::io::Cursor::new(&file)).unwrap();
        let range = read.worksheet_range("Danh sách").unwrap();
        let found: Vec<_> = range.rows().skip(1).map(|row| row[0].clone()).collect();
        assert_eq!(found, cells.iter().map(|cell| Data::String((*cell).to_owned())).collect::<Vec<_>>());
        assert_eq!(read.worksheet_formula("Danh sách").unwrap().used_cells().count(), 0);
    }

    #[tokio::test]
    async fn what_is_written_reads_back_as_it_was() {
        let row = ["Nguyễn, \"Thị\" Đào", "0912 345 678", "Sở; Y tế"].map(str::to_owned).to_vec();
        let file = [MARK.as_bytes(), &csv(&[vec!["A".into(), "B".into(), "C".into()], row.clone()]).unwrap()].concat();
        let read = sheet::read(file, 10, "file").await.unwrap();
        assert_eq!(read.rows[1].cells, row);
    }
}
