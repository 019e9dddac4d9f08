//! Texts of letters that people of the office write: subject and body with merge fields out of a
//! closed list, which each use of them has of its own.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::catalogue::FALLBACK;
use super::merge::{merge, names_in};
use crate::platform::counting::characters;
use crate::platform::plain::objection;
use crate::platform::refusal::{Failure, FieldError, Result};

/// Characters that a subject has at most.
pub const SUBJECT_AT_MOST: usize = 200;
/// Characters that a body has at most.
pub const BODY_AT_MOST: usize = 20_000;

/// A merge field and what it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MergeField {
    /// As written between double braces.
    pub name: &'static str,
    /// What is put there.
    pub meaning: &'static str,
}

/// The merge field for the name of who reads a letter.
pub const READER: &str = "person";

/// A merge field of this name.
pub const fn field(name: &'static str, meaning: &'static str) -> MergeField {
    MergeField { name, meaning }
}

/// Subject and body of a letter, with merge fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// One line.
    #[schema(example = "An award for {{coalition}}: {{competition}}")]
    pub subject: String,
    /// Plain text; an empty line parts paragraphs.
    pub body: String,
}

impl Text {
    /// What is wrong with it where these fields can be merged in, all at once; `within` stands
    /// before the pointers.
    pub fn errors(&self, fields: &[MergeField], within: &str) -> Vec<FieldError> {
        let (subject, body) = (format!("{within}/subject"), format!("{within}/body"));
        let mut errors = errors_in(&self.subject, &subject, SUBJECT_AT_MOST, fields);
        errors.extend(objection(subject, &self.subject));
        errors.extend(errors_in(&self.body, &body, BODY_AT_MOST, fields));
        errors
    }

    /// Puts the fields in. Gaps that empty fields leave are closed.
    ///
    /// # Errors
    /// When the text was not checked before.
    pub fn filled(&self, fields: &Map<String, Value>) -> Result<Self> {
        let subject = merge(&self.subject, fields).map_err(Failure::broken)?;
        let body = merge(&self.body, fields).map_err(Failure::broken)?;
        Ok(Self {
            subject: subject.split_whitespace().collect::<Vec<_>>().join(" "),
            body: without_gaps(&body),
        })
    }

    /// Whether a field is named in it.
    ///
    /// # Errors
    /// When the text was not checked before.
    pub fn names(&self, field: &str) -> Result<bool> {
        for template in [&self.subject, &self.body] {
            if names_in(template).map_err(Failure::broken)?.contains(field) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The one for a reader of this language: in the very one, its base, the competition's `own`, that
/// one's base, or English.
pub fn in_language<'d, D>(
    drafts: &'d [D],
    language_of: impl Fn(&D) -> &str,
    language: &str,
    own: &str,
) -> Option<&'d D> {
    [language, base_of(language), own, base_of(own), FALLBACK]
        .iter()
        .find_map(|wanted| drafts.iter().find(|draft| language_of(draft) == *wanted))
}

fn base_of(language: &str) -> &str {
    language.split(['-', '_']).next().unwrap_or(FALLBACK)
}

/// Two small letters, perhaps with a country: `en`, `pt-BR`.
pub fn is_language(text: &str) -> bool {
    let (base, country) = text
        .split_once('-')
        .map_or((text, None), |(b, c)| (b, Some(c)));
    let two =
        |part: &str, good: fn(&u8) -> bool| part.len() == 2 && part.as_bytes().iter().all(good);
    two(base, u8::is_ascii_lowercase) && country.is_none_or(|c| two(c, u8::is_ascii_uppercase))
}

fn errors_in(
    template: &str,
    pointer: &str,
    at_most: usize,
    fields: &[MergeField],
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if template.trim().is_empty() {
        errors.push(FieldError::at(pointer, "Write something."));
    }
    if characters(template) > at_most {
        errors.push(FieldError::at(
            pointer,
            format!("At most {at_most} characters."),
        ));
    }
    match names_in(template) {
        Err(what) => errors.push(FieldError::at(pointer, what)),
        Ok(names) => errors.extend(
            names
                .iter()
                .filter(|name| fields.iter().all(|known| known.name != name.as_str()))
                .map(|name| FieldError::at(pointer, unknown_field(name, fields))),
        ),
    }
    errors
}

fn unknown_field(name: &str, fields: &[MergeField]) -> String {
    let known: Vec<&str> = fields.iter().map(|known| known.name).collect();
    format!(
        "{{{{{name}}}}} is no merge field. There are: {}.",
        known.join(", ")
    )
}

fn without_gaps(text: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim_end) {
        let repeats_gap = line.is_empty() && lines.last().is_none_or(|last| last.is_empty());
        if !repeats_gap {
            lines.push(line);
        }
    }
    while lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: [MergeField; 2] = [field("coalition", "…"), field(READER, "…")];

    #[test]
    fn unknown_fields_are_refused_where_they_stand() {
        let text = Text {
            subject: "{{coalition}} {{juror}}\nsecond".into(),
            body: "{{oops".into(),
        };
        let errors = text.errors(&FIELDS, "/texts/1");
        let found: Vec<&str> = errors.iter().map(|e| e.pointer.as_str()).collect();
        assert_eq!(
            found,
            ["/texts/1/subject", "/texts/1/subject", "/texts/1/body"]
        );
        let told = &errors[0].detail;
        assert!(told.contains("{{juror}} is no merge field"), "{told}");
        assert!(told.contains("coalition, person"), "{told}");
    }

    #[test]
    fn empty_fields_leave_no_gap_and_values_are_no_templates() {
        let fields = [("total", ""), (READER, "Ana {{total}}")]
            .map(|(name, value)| (name.to_owned(), Value::from(value)))
            .into_iter()
            .collect();
        let text = Text {
            subject: "Hello  {{person}}".into(),
            body: "Dear {{person}},\n\n{{total}}\n\nBye\n".into(),
        };
        let filled = text.filled(&fields).unwrap();
        assert_eq!(filled.subject, "Hello Ana {{total}}");
        assert_eq!(filled.body, "Dear Ana {{total}},\n\nBye");
        assert!(text.names("total").unwrap() && !text.names("coalition").unwrap());
    }

    #[test]
    fn languages_are_two_letters_perhaps_with_a_country() {
        for (text, is) in [
            ("en", true),
            ("pt-BR", true),
            ("EN", false),
            ("eng", false),
            ("pt-br", false),
            ("", false),
            ("en-", false),
        ] {
            assert_eq!(is_language(text), is, "{text:?}");
        }
    }

    #[test]
    fn the_nearest_language_is_taken() {
        let all = ["en", "es", "pt-BR"];
        let told = |language, own| in_language(&all, |one| one, language, own).copied();
        assert_eq!(told("es-MX", "en"), Some("es"));
        assert_eq!(told("pt-BR", "es"), Some("pt-BR"));
        assert_eq!(told("fi", "es"), Some("es"));
        assert_eq!(told("fi", "sv"), Some("en"));
        assert_eq!(in_language(&["es"], |one| one, "fi", "sv"), None);
    }
}
