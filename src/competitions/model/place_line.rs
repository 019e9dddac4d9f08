//! One line of a file of places, cell by cell.

use super::form::{KEY_RULE, is_key};
use super::place::{PlaceFact, PlaceKind};
use super::place_rows::{ColumnsAt, DomainSaid, NO_DOMAIN, PlaceRow};
use crate::platform::counting::characters;
use crate::platform::mail_providers;
use crate::platform::plain::misleads;
use crate::platform::refusal::FieldError;

/// One line being read; collects what is wrong with it.
pub(super) struct Line<'r> {
    record: &'r csv::StringRecord,
    at: &'r ColumnsAt,
    number: u64,
    errors: Vec<FieldError>,
}

impl<'r> Line<'r> {
    pub(super) fn new(record: &'r csv::StringRecord, at: &'r ColumnsAt) -> Self {
        let number = record.position().map_or(0, csv::Position::line);
        Self {
            record,
            at,
            number,
            errors: Vec::new(),
        }
    }

    fn cell(&self, column: &str) -> &'r str {
        self.at
            .get(column)
            .and_then(|number| self.record.get(*number))
            .unwrap_or("")
    }

    fn wrong(&mut self, column: &str, detail: &str) {
        let at = format!("/lines/{}/{column}", self.number);
        self.errors.push(FieldError::at(at, detail));
    }

    /// The row that the line gives.
    ///
    /// # Errors
    /// Everything that is wrong with the line.
    pub(super) fn read(mut self) -> Result<PlaceRow, Vec<FieldError>> {
        if self.record.len() > self.at.len() {
            self.wrong("", "The line has more cells than the header.");
        }
        if self.record.iter().any(|cell| cell.contains(misleads)) {
            self.wrong(
                "",
                "A cell holds a line break or another character that nobody sees.",
            );
        }
        if self.record.iter().any(|cell| characters(cell) > 500) {
            self.wrong("", "A cell has more than 500 characters.");
        }
        if self.cell("name").is_empty() {
            self.wrong("name", "Give the place's name.");
        }
        let country = self.cell("country");
        if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()) {
            self.wrong("country", "Two capital letters, like US.");
        }
        let kind = self.kind();
        let mail_domain = self.mail_domain();
        let fact = self.fact();
        match kind {
            Some(kind) if self.errors.is_empty() => Ok(PlaceRow {
                line: self.number,
                name: self.cell("name").to_owned(),
                kind,
                region: self.cell("region").to_owned(),
                country: country.to_owned(),
                mail_domain,
                fact,
            }),
            _ => Err(self.errors),
        }
    }

    fn kind(&mut self) -> Option<PlaceKind> {
        let kind = self.cell("kind").parse().ok();
        if kind.is_none() {
            self.wrong("kind", "city, county or region.");
        }
        kind
    }

    fn mail_domain(&mut self) -> DomainSaid {
        let domain = self.cell("mail_domain").to_lowercase();
        match domain.as_str() {
            "" => return DomainSaid::Nothing,
            NO_DOMAIN => return DomainSaid::None,
            _ => {}
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        if !domain.contains('.') || domain.starts_with('.') || !domain.chars().all(allowed) {
            self.wrong("mail_domain", "A domain, like lawrence.example.");
        }
        if mail_providers::is_public(&domain) {
            let words = "Anyone can have an address there: it confirms no claim.";
            self.wrong("mail_domain", words);
        }
        DomainSaid::Is(domain)
    }

    fn fact(&mut self) -> Option<PlaceFact> {
        let fact = self.cell("fact");
        if fact.is_empty() {
            for column in ["value", "source", "as_of"] {
                if !self.cell(column).is_empty() {
                    self.wrong("fact", "Name the fact that this value is of.");
                    break;
                }
            }
            return None;
        }
        if !is_key(fact) {
            self.wrong("fact", KEY_RULE);
        }
        let value = self
            .cell("value")
            .parse()
            .ok()
            .filter(|v: &f64| v.is_finite());
        if value.is_none() {
            self.wrong("value", "A number, with a point before its decimals.");
        }
        if self.cell("source").is_empty() {
            self.wrong("source", "Say where the value was published.");
        }
        let as_of = self.cell("as_of");
        if !is_year_or_day(as_of) {
            self.wrong("as_of", "A year or a day, like 2020 or 2020-04-01.");
        }
        Some(PlaceFact {
            fact: fact.to_owned(),
            value: value?,
            source: self.cell("source").to_owned(),
            as_of: as_of.to_owned(),
        })
    }
}

fn is_year_or_day(text: &str) -> bool {
    let year = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
    let day = text
        .parse::<jiff::civil::Date>()
        .is_ok_and(|day| day.to_string() == text);
    year || day
}
