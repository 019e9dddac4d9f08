//! Reading what people type: names, notes and addresses, cleaned or refused.

use unicode_normalization::UnicodeNormalization as _;

use super::model::{NAME_AT_MOST, NOTE_AT_MOST};
use crate::people::registration::is_address;
use crate::platform::counting::characters;
use crate::platform::plain;
use crate::platform::refusal::FieldError;

/// Collects what is wrong while values are read, so that a person is told all of it at once.
#[derive(Debug, Default)]
pub struct Reading {
    errors: Vec<FieldError>,
}

impl Reading {
    /// A name in one line, not empty.
    pub fn name(&mut self, pointer: &str, text: &str) -> String {
        let name = self.line(pointer, text);
        if name.is_empty() {
            self.wrong(pointer, "This can't be empty.");
        }
        name
    }

    /// Words in one line, or none.
    pub fn line(&mut self, pointer: &str, text: &str) -> String {
        let line = normal(text);
        self.errors.extend(plain::objection(pointer, &line));
        self.limit(pointer, &line, NAME_AT_MOST);
        line
    }

    /// A text of a few paragraphs, or none.
    pub fn note(&mut self, pointer: &str, text: &str) -> String {
        self.text(pointer, text, NOTE_AT_MOST)
    }

    /// A text of so many characters at most, or none.
    pub fn text(&mut self, pointer: &str, text: &str, most: usize) -> String {
        let note = normal(&text.replace("\r\n", "\n"));
        if note
            .chars()
            .any(|c| c.is_control() && c != '\n' && c != '\t')
        {
            self.wrong(pointer, "Plain text with line breaks, please.");
        }
        self.limit(pointer, &note, most);
        note
    }

    /// A text of so many characters at most that must be given.
    pub fn words(&mut self, pointer: &str, text: &str, most: usize) -> String {
        let words = self.text(pointer, text, most);
        if words.is_empty() {
            self.wrong(pointer, "This can't be empty.");
        }
        words
    }

    /// A reason that must be given.
    pub fn reason(&mut self, pointer: &str, text: &str) -> String {
        let reason = self.note(pointer, text);
        if reason.is_empty() {
            self.wrong(pointer, "Give the reason: those concerned will read it.");
        }
        reason
    }

    /// An e-mail address, in lower case.
    pub fn address(&mut self, pointer: &str, text: &str) -> String {
        let address = text.trim().to_lowercase();
        if !is_address(&address) {
            self.wrong(pointer, "This is not an e-mail address.");
        }
        address
    }

    /// Notes that a value is wrong.
    pub fn wrong(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.errors.push(FieldError::at(pointer, detail));
    }

    /// Everything that was wrong.
    pub fn errors(self) -> Vec<FieldError> {
        self.errors
    }

    fn limit(&mut self, pointer: &str, text: &str, most: usize) {
        let count = characters(text);
        if count > most {
            self.wrong(
                pointer,
                format!("{count} characters; at most {most} are taken."),
            );
        }
    }
}

fn normal(text: &str) -> String {
    text.trim().nfc().collect()
}

/// The part of an address after the last `@`, in lower case.
pub fn domain_of(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_counted_after_normalisation() {
        let mut reading = Reading::default();
        assert_eq!(
            reading.name("/name", "  Lawrence Working Cities "),
            "Lawrence Working Cities"
        );
        assert_eq!(reading.name("/name", "e\u{301}"), "é");
        reading.name("/name", &"é".repeat(NAME_AT_MOST));
        reading.name("/name", &"e\u{301}".repeat(NAME_AT_MOST));
        assert!(reading.errors().is_empty());
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let mut reading = Reading::default();
        reading.name("/name", "   ");
        reading.line("/role", "two\nlines");
        reading.reason("/reason", "");
        for address in ["nobody", "a@", "@b", "a b@c.org", "a@b@c"] {
            reading.address("/email", address);
        }
        assert_eq!(reading.errors().len(), 8);
    }

    #[test]
    fn the_domain_of_an_address() {
        assert_eq!(
            domain_of("mayor@cityofchelsea.example"),
            "cityofchelsea.example"
        );
        assert_eq!(domain_of("nothing"), "");
    }
}
