//! Places and facts as they come in a CSV file: one fact a line, every fault named at once.

use std::collections::HashMap;

use super::place::{PlaceFact, PlaceKind};
use super::place_line::Line;
use crate::platform::refusal::FieldError;
use crate::platform::sheet;

/// In the column `mail_domain`: the place has none, whatever was known before.
pub const NO_DOMAIN: &str = "-";

/// The columns, in the order that the template gives them; a file may have its own order.
pub const COLUMNS: [&str; 9] = [
    "name",
    "kind",
    "region",
    "country",
    "mail_domain",
    "fact",
    "value",
    "source",
    "as_of",
];

/// A place as a line of the file gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaceRow {
    /// The line in the file, from 1 (the header).
    pub line: u64,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: PlaceKind,
    /// The state, province or the like.
    pub region: String,
    /// The country, two letters.
    pub country: String,
    /// The domain of its e-mail addresses.
    pub mail_domain: DomainSaid,
    /// What the line says about it.
    pub fact: Option<PlaceFact>,
}

/// What a line says about the domain of a place's e-mail addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DomainSaid {
    /// Nothing: it stays as it was known before.
    Nothing,
    /// That the place has none.
    None,
    /// That it is this one.
    Is(String),
}

impl DomainSaid {
    /// The cell that says so.
    fn cell(&self) -> Option<&str> {
        match self {
            Self::Nothing => None,
            Self::None => Some(NO_DOMAIN),
            Self::Is(domain) => Some(domain),
        }
    }
}

impl PlaceRow {
    /// What names the place.
    pub fn identity(&self) -> (String, String, String) {
        (self.name.clone(), self.region.clone(), self.country.clone())
    }
}

/// Reads a CSV file with a header, in UTF-8.
///
/// # Errors
/// Every fault with its line: pointers are `/lines/LINE/COLUMN`.
pub fn read(bytes: &[u8]) -> Result<Vec<PlaceRow>, Vec<FieldError>> {
    let mut reader =
        sheet::csv_reader(bytes).ok_or_else(|| vec![FieldError::at("", sheet::NOT_UTF8)])?;
    let at = columns_of(&mut reader)?;
    let (mut rows, mut errors) = (Vec::new(), Vec::new());
    for record in reader.records() {
        match record {
            Ok(record) => match Line::new(&record, &at).read() {
                Ok(row) => rows.push(row),
                Err(faults) => errors.extend(faults),
            },
            Err(error) => errors.push(FieldError::at("", error.to_string())),
        }
    }
    errors.extend(contradictions(&rows));
    if rows.is_empty() && errors.is_empty() {
        errors.push(FieldError::at("", "The file has no line below its header."));
    }
    if errors.is_empty() {
        Ok(rows)
    } else {
        Err(errors)
    }
}

/// Where each column stands in a file.
pub(super) type ColumnsAt = HashMap<&'static str, usize>;

fn columns_of(reader: &mut csv::Reader<&[u8]>) -> Result<ColumnsAt, Vec<FieldError>> {
    let wrong = |detail: String| FieldError::at("/lines/1", detail);
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => return Err(vec![wrong(error.to_string())]),
    };
    let (mut at, mut errors) = (ColumnsAt::new(), Vec::new());
    for (number, name) in header.iter().enumerate() {
        match COLUMNS.iter().find(|column| **column == name) {
            None => errors.push(wrong(format!("There is no column “{name}”."))),
            Some(column) if at.insert(column, number).is_some() => {
                errors.push(wrong(format!("The column “{name}” comes twice.")));
            }
            Some(_) => {}
        }
    }
    for column in COLUMNS {
        if !at.contains_key(column) && column != "mail_domain" {
            errors.push(wrong(format!("The column “{column}” is missing.")));
        }
    }
    if errors.is_empty() {
        Ok(at)
    } else {
        Err(errors)
    }
}

/// Lines of the same place that can't both be true.
fn contradictions(rows: &[PlaceRow]) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut firsts: HashMap<(String, String, String), &PlaceRow> = HashMap::new();
    let mut facts: HashMap<((String, String, String), &str), u64> = HashMap::new();
    let mut domains: HashMap<(String, String, String), (&str, u64)> = HashMap::new();
    for row in rows {
        let mut wrong = |column: &str, before: u64| {
            errors.push(FieldError::at(
                format!("/lines/{}/{column}", row.line),
                format!("Line {before} says this of the same place already, in another way."),
            ));
        };
        let first = firsts.entry(row.identity()).or_insert(row);
        if first.kind != row.kind {
            wrong("kind", first.line);
        }
        if let Some(domain) = row.mail_domain.cell() {
            let (known, line) = *domains.entry(row.identity()).or_insert((domain, row.line));
            if known != domain {
                wrong("mail_domain", line);
            }
        }
        if let Some(fact) = &row.fact
            && let Some(before) = facts.insert((row.identity(), &fact.fact), row.line)
        {
            wrong("fact", before);
        }
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "name,kind,region,country,mail_domain,fact,value,source,as_of\n";

    fn faults(lines: &str) -> Vec<String> {
        match read(format!("{HEADER}{lines}").as_bytes()) {
            Ok(rows) => panic!("read as {rows:?}"),
            Err(errors) => errors.into_iter().map(|error| error.pointer).collect(),
        }
    }

    #[test]
    fn a_good_file_is_read_line_by_line() {
        let file = format!(
            "\u{feff}{HEADER}Lawrence,city,Massachusetts,US,lawrence.example,population,89143,\"Census, 2020\",2020\n\
             Lawrence,city,Massachusetts,US,,poverty_rate,22.1,ACS,2019-12-31\n\
             Chelsea,city,Massachusetts,US,-,,,,\n"
        );
        let rows = read(file.as_bytes()).unwrap();
        assert_eq!(
            rows.iter().map(|row| row.line).collect::<Vec<_>>(),
            [2, 3, 4]
        );
        assert_eq!(rows[0].fact.as_ref().unwrap().value.to_string(), "89143");
        let domains: Vec<&DomainSaid> = rows.iter().map(|row| &row.mail_domain).collect();
        let lawrence = DomainSaid::Is("lawrence.example".to_owned());
        assert_eq!(
            domains,
            [&lawrence, &DomainSaid::Nothing, &DomainSaid::None]
        );
        assert_eq!(rows[2].fact, None);
    }

    #[test]
    fn a_file_of_another_language_is_read_too() {
        let file =
            format!("{HEADER}Lawrence,city,Massachusetts,US,,population,89143,Census,2020\n");
        let rows = read(file.replace(',', ";").as_bytes()).unwrap();
        assert_eq!(rows[0].fact.as_ref().unwrap().value.to_string(), "89143");
    }

    #[test]
    fn every_fault_is_named_with_its_line() {
        assert_eq!(
            faults(
                ",town,MA,usa,nowhere,Population,many,,last year\n\
                 Lynn,city,MA,US,,,5,,\n\
                 Salem,city,MA,US,,population,1,a,2020,extra\n"
            ),
            [
                "/lines/2/name",
                "/lines/2/country",
                "/lines/2/kind",
                "/lines/2/mail_domain",
                "/lines/2/fact",
                "/lines/2/value",
                "/lines/2/source",
                "/lines/2/as_of",
                "/lines/3/fact",
                "/lines/4/",
            ]
        );
    }

    #[test]
    fn a_domain_where_anyone_has_a_mailbox_is_no_places_own() {
        assert_eq!(
            faults("Lynn,city,MA,US,GMail.com,,,,\n"),
            ["/lines/2/mail_domain"]
        );
    }

    #[test]
    fn lines_that_contradict_each_other_are_refused() {
        assert_eq!(
            faults(
                "Lynn,city,MA,US,lynn.example,population,1,a,2020\n\
                 Lynn,county,MA,US,other.example,population,1,a,2020\n\
                 Lynn,city,NH,US,other.example,population,1,a,2020\n\
                 Lynn,city,NH,US,-,poverty_rate,1,a,2020\n"
            ),
            [
                "/lines/3/kind",
                "/lines/3/mail_domain",
                "/lines/3/fact",
                "/lines/5/mail_domain"
            ]
        );
    }

    #[test]
    fn wrong_columns_and_empty_files_are_refused() {
        assert!(read(b"").is_err());
        assert!(read(HEADER.as_bytes()).is_err());
        assert!(read(b"name,kind,colour\n").unwrap_err().len() > 1);
        assert!(read(b"\xff\xfe").is_err());
    }
}
