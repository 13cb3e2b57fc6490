//! Reading CSV, in the spellings that Excel writes.

use std::borrow::Cow;

use domain::form::Problem;

use super::Rows;

/// The text of a file in UTF-8 or, with its mark, UTF-16. Anything else is an old encoding, which nobody guesses: a wrong
/// guess spoils every name.
pub(super) fn decode(file: &[u8]) -> Result<Cow<'_, str>, Problem> {
    let (encoding, mark) = encoding_rs::Encoding::for_bom(file).unwrap_or((encoding_rs::UTF_8, 0));
    let text = encoding.decode_without_bom_handling_and_without_replacement(&file[mark..]);
    match text {
        Some(text) if text.contains('\0') => Err(Problem::NotATable),
        Some(text) => Ok(text),
        None if file.contains(&0) => Err(Problem::NotATable),
        None => Err(Problem::OldEncoding),
    }
}

pub(super) fn read(text: &str, mut rows: Rows) -> Result<Rows, Problem> {
    // One kind of line end, after the last line too, so that lines can be counted.
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n") + "\n";
    let (delimiter, skipped) = delimiter(&text);
    let lines_before = usize::from(skipped > 0);
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(&text.as_bytes()[skipped..]);
    // A spreadsheet counts a cell's line breaks into the cell's own row.
    let mut breaks_in_cells = 0;
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|_| Problem::NotATable)? {
        breaks_in_cells += record.iter().map(|cell| cell.matches('\n').count()).sum::<usize>();
        let line_after = usize::try_from(reader.position().line()).unwrap_or(usize::MAX);
        let number = (line_after + lines_before).saturating_sub(breaks_in_cells + 1);
        for (column, cell) in record.iter().enumerate() {
            rows.put(number, column, cell)?;
        }
    }
    Ok(rows)
}

/// What stands between the cells, and the length of the line that says so, as Excel writes it (`sep=;`). Otherwise what the
/// first line that is not empty has most of, outside quotes.
fn delimiter(text: &str) -> (u8, usize) {
    if let Some(rest) = text.strip_prefix("sep=")
        && let Some(said) = rest.bytes().next().filter(u8::is_ascii)
    {
        return (said, text.find('\n').map_or(text.len(), |end| end + 1));
    }
    let mut quoted = false;
    let mut counts = [(b'\t', 0), (b';', 0), (b',', 0)];
    for byte in text.trim_start().bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if !quoted => counts.iter_mut().filter(|(sign, _)| *sign == byte).for_each(|(_, count)| *count += 1),
            _ => {}
        }
    }
    // Of equal counts the last wins: the comma, where there is none of any.
    (counts.into_iter().max_by_key(|(_, count)| *count).map_or(b',', |(sign, _)| sign), 0)
}
