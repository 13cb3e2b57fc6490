use std::io::{Cursor, Write as _};

use domain::form::Problem;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use unicode_normalization::UnicodeNormalization as _;

use super::*;

fn table(sheet: &Sheet) -> Vec<(usize, Vec<&str>)> {
    sheet.rows.iter().map(|row| (row.number, row.cells.iter().map(String::as_str).collect())).collect()
}

fn utf16(text: &str) -> Vec<u8> {
    [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

/// An XLSX file whose first sheet is filled by `fill`.
fn book(fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    fill(book.add_worksheet());
    book.save_to_buffer().unwrap()
}

#[test]
fn every_spelling_of_csv_that_excel_writes_is_the_same_table() {
    let wanted = [["Họ và tên", "Điện thoại"], ["Nguyễn, Thị Đào", "0912345678"]];
    let text = "Họ và tên,Điện thoại\r\n\"Nguyễn, Thị Đào\",0912345678\r\n";
    for file in [
        text.as_bytes().to_vec(),
        format!("\u{feff}{text}").into_bytes(),
        "Họ và tên;Điện thoại\nNguyễn, Thị Đào;0912345678\n".into(),
        "sep=;\nHọ và tên;Điện thoại\nNguyễn, Thị Đào;0912345678\n".into(),
        "Họ và tên\tĐiện thoại\rNguyễn, Thị Đào\t0912345678\r".into(),
        utf16("Họ và tên\tĐiện thoại\r\nNguyễn, Thị Đào\t0912345678\r\n"),
        text.nfd().collect::<String>().into_bytes(),
    ] {
        let read = read_now(&file, 10).unwrap();
        let found: Vec<_> = table(&read).into_iter().map(|(_, cells)| cells).collect();
        assert_eq!(found, wanted, "{}", String::from_utf8_lossy(&file));
    }
}

#[test]
fn rows_keep_the_numbers_that_a_spreadsheet_shows() {
    let text = "A,B\n\n\"một\nhai\",x\n,,\nba,y\n";
    assert_eq!(table(&from_text(text, 10).unwrap()), [(1, vec!["A", "B"]), (3, vec!["một hai", "x"]), (5, vec!["ba", "y"])]);
}

#[test]
fn letters_of_old_encodings_are_refused_and_not_guessed() {
    // "Nguyễn Thị Đào" in Windows-1258, and in TCVN3.
    for file in [&b"Nguy\xea\xdean Thi\xf2 \xd0a\xcco,1"[..], b"Nguy\xd4n Th\xde \xa7\xb5o,1"] {
        assert_eq!(read_now(file, 10), Err(Problem::OldEncoding));
    }
    assert_eq!(read_now(b"\x89PNG\r\n\x1a\n\0\0", 10), Err(Problem::NotATable));
    assert_eq!(read_now(b"A,B\0\n", 10), Err(Problem::NotATable));
    assert_eq!(read_now(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 10), Err(Problem::LockedTable));
    assert_eq!(read_now(b" \r\n,,\r\n", 10), Err(Problem::EmptyTable));
    assert_eq!(read_now(b"PK\x03\x04 and nothing", 10), Err(Problem::NotATable));
}

#[test]
fn an_excel_file_reads_as_it_shows() {
    let file = book(|sheet| {
        let day = Format::new().set_num_format("dd/mm/yyyy");
        sheet.write_string(1, 0, "Họ và tên").unwrap();
        sheet.write_string(1, 2, " Nguyễn\nThị  Đào ").unwrap();
        sheet.write_number(3, 0, 84_912_345_678_f64).unwrap();
        sheet.write_number(3, 1, 1.5).unwrap();
        sheet.write_datetime_with_format(3, 2, ExcelDateTime::from_ymd(2027, 10, 10).unwrap(), &day).unwrap();
        sheet.write_boolean(3, 3, true).unwrap();
    });
    let read = read_now(&file, 10).unwrap();
    assert_eq!(table(&read), [(2, vec!["Họ và tên", "", "Nguyễn Thị Đào"]), (4, vec!["84912345678", "1.5", "2027-10-10", "true"])]);
}

#[test]
fn the_first_sheet_that_is_shown_is_read() {
    let mut book = Workbook::new();
    book.add_worksheet().set_hidden(true).write_string(0, 0, "danh mục").unwrap();
    book.add_worksheet().set_active(true).write_string(0, 0, "người").unwrap();
    assert_eq!(table(&read_now(&book.save_to_buffer().unwrap(), 10).unwrap()), [(1, vec!["người"])]);
}

#[test]
fn a_table_stops_at_its_limits_wherever_its_last_cell_stands() {
    let too_large = Err(Problem::TableTooLarge { rows: 2, columns: COLUMNS_MAX });
    assert_eq!(table(&from_text("a\nb\nc\n", 2).unwrap()).len(), 3, "a heading and two rows");
    assert_eq!(from_text("a\nb\nc\nd\n", 2), too_large);
    assert_eq!(from_text(&format!("{}x", ",".repeat(64)), 2), too_large);
    // In one piece this table would have 17 billion cells.
    let far = book(|sheet| {
        sheet.write_string(0, 0, "a").unwrap();
        sheet.write_string(1_048_575, 16_383, "b").unwrap();
    });
    assert_eq!(read_now(&far, 2), too_large);
}

#[test]
fn a_small_file_that_unpacks_to_much_is_refused() {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let packed = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    archive.start_file("xl/sharedStrings.xml", packed).unwrap();
    for _ in 0..40 {
        archive.write_all(&vec![b' '; 1_000_000]).unwrap();
    }
    let file = archive.finish().unwrap().into_inner();
    assert!(file.len() < 100_000);
    assert_eq!(read_now(&file, 10), Err(Problem::TableTooLarge { rows: 10, columns: COLUMNS_MAX }));
}

#[test]
fn a_cell_of_any_length_is_cut_where_every_field_finds_it_too_long() {
    let read = from_text(&"ễ".repeat(100_000), 1).unwrap();
    assert_eq!(read.rows[0].cell(0).chars().count(), CELL_MAX);
    assert_eq!(read.rows[0].cell(7), "");
}

#[test]
fn columns_are_found_by_their_names_in_any_order_below_a_title() {
    let mut sheet = from_text("DANH SÁCH ĐẠI BIỂU,,\nSTT,Số  điện thoại (*),HỌ VÀ TÊN*\n1,0912,Đào\n", 10).unwrap();
    let columns = sheet.take_heading([&["Họ và tên", "Full name"], &["Số điện thoại", "Phone"], &["Email"]]);
    assert_eq!(columns, Some([Some(2), Some(1), None]));
    assert_eq!(table(&sheet), [(3, vec!["1", "0912", "Đào"])]);
    assert_eq!(sheet.take_heading([&["Email"]]), None);
    assert_eq!(sheet.rows.len(), 1, "nothing is taken where there is no heading");
}

#[tokio::test]
async fn a_file_beyond_the_largest_is_not_opened() {
    let read = read(vec![b'a'; BYTES_MAX + 1], 10, "file").await;
    assert!(matches!(read, Err(Error::Invalid(errors)) if errors.of("file") == Some(&Problem::FileTooLarge { max_megabytes: 5 })));
}
