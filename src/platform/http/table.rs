//! Tables to save as CSV, safe to open in a spreadsheet.

use super::HttpFile;
use crate::platform::refusal::{Failure, Result};

/// A CSV file (RFC 4180, UTF-8) of a header and rows. What a spreadsheet would take for a formula
/// is made plain text by an apostrophe before it. All but numbers is quoted, so that one which
/// parts cells by semicolons finds no cell within a cell.
///
/// # Errors
/// When a row has another number of cells than the header.
pub fn csv_file(
    name: &str,
    header: Vec<String>,
    rows: impl IntoIterator<Item = Vec<String>>,
) -> Result<HttpFile> {
    let broken = |error: &dyn std::fmt::Display| Failure::broken(format_args!("CSV: {error}"));
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .quote_style(csv::QuoteStyle::NonNumeric)
        .from_writer(Vec::new());
    for row in std::iter::once(header).chain(rows) {
        let cells = row.into_iter().map(neutral);
        writer
            .write_record(cells.collect::<Vec<_>>())
            .map_err(|error| broken(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| broken(&error))?;
    Ok(HttpFile {
        name: name.to_owned(),
        media_type: "text/csv; charset=utf-8".to_owned(),
        bytes,
    })
}

/// The characters that start a formula in one spreadsheet or another (OWASP, CSV injection).
const STARTS_A_FORMULA: &str = "=+-@\t\r\n＝＋－＠";

fn neutral(cell: String) -> String {
    let starts = cell
        .chars()
        .next()
        .is_some_and(|c| STARTS_A_FORMULA.contains(c));
    if starts && !is_number(&cell) {
        format!("'{cell}")
    } else {
        cell
    }
}

fn is_number(cell: &str) -> bool {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
}

#[cfg(test)]
mod tests {
    use super::csv_file;

    #[test]
    fn formulas_become_text_and_numbers_stay() {
        for (cell, written) in [
            ("plain", "plain"),
            ("=1+1", "'=1+1"),
            ("+49 30 1", "'+49 30 1"),
            ("-1.5", "-1.5"),
            ("-1+cmd", "'-1+cmd"),
            ("-", "'-"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("＝1", "'＝1"),
            ("", ""),
            ("a,b", "a,b"),
            ("a;=1+1", "a;=1+1"),
            ("a\"b\n", "a\"\"b\n"),
        ] {
            let file = csv_file("a.csv", vec![cell.to_owned()], []).unwrap();
            let text = String::from_utf8(file.bytes).unwrap();
            let quoted = if cell == "-1.5" {
                written.to_owned()
            } else {
                format!("\"{written}\"")
            };
            assert_eq!(text, format!("{quoted}\r\n"), "{cell:?}");
        }
    }
}
