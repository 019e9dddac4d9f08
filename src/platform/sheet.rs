//! Tables that people upload, as their spreadsheet saved them.

/// Said of a file that is no UTF-8.
pub const NOT_UTF8: &str = "The file is not written in UTF-8.";

/// Reads a CSV file: with or without a byte order mark, its cells apart by commas, or by the
/// semicolons or tabs that spreadsheets of other languages put there. Nothing where it is no UTF-8.
pub fn csv_reader(bytes: &[u8]) -> Option<csv::Reader<&[u8]>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let text = without_hint(text.trim_start_matches('\u{feff}'));
    let reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .delimiter(separator_of(text))
        .from_reader(text.as_bytes());
    Some(reader)
}

/// Without the line `sep=;` by which some spreadsheets tell each other what parts the cells, and do
/// not show.
fn without_hint(text: &str) -> &str {
    let rest = text.strip_prefix("sep=").and_then(|rest| rest.get(1..));
    rest.map_or(text, |rest| rest.trim_start_matches(['\r', '\n']))
}

/// What parts the names of the header, which hold none of these.
fn separator_of(text: &str) -> u8 {
    let mut lines = text.split(['\r', '\n']);
    let header = lines.find(|line| !line.is_empty()).unwrap_or_default();
    [b',', b';', b'\t']
        .into_iter()
        .find(|separator| header.as_bytes().contains(separator))
        .unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::csv_reader;

    #[test]
    fn cells_are_found_whatever_the_spreadsheet_puts_between_them() {
        for file in [
            "a,b\n\"1;2\",3\n",
            "\u{feff}a;b\r\n\"1;2\";3\r\n",
            "a\tb\n1;2\t 3 \n",
            "sep=;\r\na;b\r\n\"1;2\";3\r\n",
            "a;b\r\"1;2\";3\r",
        ] {
            let mut reader = csv_reader(file.as_bytes()).unwrap();
            assert_eq!(reader.headers().unwrap(), vec!["a", "b"], "{file}");
            let row = reader.records().next().unwrap().unwrap();
            assert_eq!(row, vec!["1;2", "3"], "{file}");
        }
        assert!(csv_reader(b"a,b\n\xff,1\n").is_none());
    }
}
