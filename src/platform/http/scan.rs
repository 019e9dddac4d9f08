//! What no JSON body may hold, whatever shape is asked for: characters that no text is written
//! with, and the same field twice, of which readers disagree which one counts (RFC 8259, 4).

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};

use super::shape::escaped;
use crate::platform::refusal::FieldError;

/// What is told of a text that holds NUL, which PostgreSQL's texts can't.
pub(super) const NO_NUL: &str = "A text can't hold the character NUL.";

/// More faults than a person mends at once are not looked for.
const TOLD_AT_MOST: usize = 40;

/// Where a JSON body holds control characters or a field twice.
pub(super) fn faults_in(json: &[u8]) -> Vec<FieldError> {
    let mut found = Found::default();
    let mut reader = serde_json::Deserializer::from_slice(json);
    // Whoever scans has read the body before, so it is JSON.
    let _ = Part(&mut found).deserialize(&mut reader);
    found.errors
}

/// White space may be in a text, also that which word processors break lines and pages with.
fn is_unfit(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}')
}

/// What is told of a text that holds such a character.
pub(super) fn fault_in(text: &str) -> Option<String> {
    let unfit = text.chars().find(|c| is_unfit(*c))?;
    Some(match unfit {
        '\0' => NO_NUL.to_owned(),
        c => format!(
            "A text can't hold the control character U+{:04X}.",
            u32::from(c)
        ),
    })
}

/// A field's name as a step of a JSON pointer, without what no text may hold.
pub(super) fn step(name: &str) -> String {
    let fit: String = name.chars().filter(|c| !is_unfit(*c)).collect();
    escaped(&fit)
}

#[derive(Default)]
struct Found {
    /// Where the reader is: a JSON pointer.
    at: String,
    errors: Vec<FieldError>,
}

impl Found {
    fn text(&mut self, text: &str) {
        if let Some(words) = fault_in(text) {
            self.fault(words);
        }
    }

    fn fault(&mut self, words: impl Into<String>) {
        if self.errors.len() < TOLD_AT_MOST {
            self.errors.push(FieldError::at(&self.at, words));
        }
    }

    /// Does something one step further down.
    fn within<T>(&mut self, step: &str, work: impl FnOnce(&mut Self) -> T) -> T {
        let above = self.at.len();
        self.at.push('/');
        self.at.push_str(step);
        let done = work(self);
        self.at.truncate(above);
        done
    }
}

/// A value of the body, looked through while it is read.
struct Part<'f>(&'f mut Found);

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.text(text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut number = 0_usize;
        let mut next = |found: &mut Found| {
            let step = number.to_string();
            number += 1;
            found.within(&step, |found| items.next_element_seed(Part(found)))
        };
        while next(self.0)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let mut known: HashSet<String> = HashSet::new();
        while let Some(key) = fields.next_key::<String>()? {
            self.0.text(&key);
            let step = step(&key);
            self.0.within(&step, |found| {
                if !known.insert(key) {
                    found.fault("This field is here twice.");
                }
                fields.next_value_seed(Part(found))
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{NO_NUL, faults_in};

    fn found(json: &str) -> Vec<(String, String)> {
        faults_in(json.as_bytes())
            .into_iter()
            .map(|error| (error.pointer, error.detail))
            .collect()
    }

    #[test]
    fn unfit_characters_are_found_wherever_they_are_and_only_there() {
        for (json, pointers) in [
            (r#"{"a": "x", "b": [true, null, 1, -1, 1.5]}"#, vec![]),
            (r#"{"a": "\\u0000"}"#, vec![]),
            (r#"{"a": "1\n\t2\r\n3\u000b4\f5\u0085"}"#, vec![]),
            (r#"{"a": [1, "x\u0000"]}"#, vec!["/a/1"]),
            (r#"{"a\u0000": "\u0000"}"#, vec!["", "/a"]),
            (
                r#"{"a": {"b/c": "\u001b[2J"}, "d": "\u0007"}"#,
                vec!["/a/b~1c", "/d"],
            ),
            ("\"\u{9b}2J\"", vec![""]),
        ] {
            let at: Vec<String> = found(json).into_iter().map(|(at, _)| at).collect();
            assert_eq!(at, pointers, "{json}");
        }
        assert_eq!(found(r#"["\u0000"]"#)[0].1, NO_NUL);
        assert!(found(r#"["\u001b"]"#)[0].1.contains("U+001B"));
    }

    #[test]
    fn a_field_that_is_there_twice_is_found_at_any_depth() {
        for (json, pointers) in [
            (r#"{"a": {"x": 1}, "b": {"x": 1}}"#, vec![]),
            (r#"{"a": 1, "b": 2, "a": 3}"#, vec!["/a"]),
            (r#"{"a": [{"b": 1, "\u0062": 2}]}"#, vec!["/a/0/b"]),
        ] {
            let at: Vec<String> = found(json).into_iter().map(|(at, _)| at).collect();
            assert_eq!(at, pointers, "{json}");
        }
    }

    #[test]
    fn no_more_is_told_than_a_person_mends_at_once() {
        let many = vec!["\"\\u0000\""; 1_000].join(",");
        assert_eq!(found(&format!("[{many}]")).len(), 40);
    }
}
