//! The words that coalitions are told: built in by language, replaced by officers stage by stage,
//! with a closed list of merge fields.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::model::{Origin, Outcome};
use crate::competitions::model::Instrument;
use crate::platform::mail::merge::{merge, names_in};
use crate::platform::mail::texts::field;
pub use crate::platform::mail::texts::{MergeField, READER, Text};
use crate::platform::refusal::{Failure, FieldError, Result};
use crate::text_enum;

/// The language that every text exists in.
pub const FALLBACK: &str = "en";

text_enum! {
    /// What a letter tells.
    TextKind {
        /// The submission goes on to the next stage.
        Advance = "advance",
        /// An award is offered.
        Award = "award",
        /// The submission waits for freed money.
        Waitlist = "waitlist",
        /// The submission was not selected.
        NotSelected = "not_selected",
        /// It moves up from the waitlist.
        Promotion = "promotion",
        /// What was told is corrected.
        Correction = "correction",
    }
}

impl TextKind {
    /// The letter that goes with a decision.
    pub const fn of(origin: Origin, outcome: Outcome) -> Self {
        match (origin, outcome) {
            (Origin::Promotion, _) => Self::Promotion,
            (Origin::Correction, _) => Self::Correction,
            (Origin::Decided, Outcome::Advance) => Self::Advance,
            (Origin::Decided, Outcome::Award) => Self::Award,
            (Origin::Decided, Outcome::Waitlist) => Self::Waitlist,
            (Origin::Decided, Outcome::NotSelected) => Self::NotSelected,
        }
    }
}

/// Every merge field of an announcement.
pub const FIELDS: [MergeField; 14] = [
    field(READER, "The name of the person who reads the letter"),
    field("coalition", "The coalition's name"),
    field("competition", "Programme and edition"),
    field("stage", "The stage that was decided"),
    field("outcome", "What was decided, in words"),
    field("reason", "Why it is corrected or promoted; else empty"),
    field(
        "amounts",
        "The money offered, a line for each budget line; else empty",
    ),
    field("total", "The sum of the money offered; else empty"),
    field(
        "conditions",
        "The conditions of the offer, introduced; else empty",
    ),
    field(
        "answer_by",
        "The sentence that says until when to answer; else empty",
    ),
    field(
        "next_stage",
        "The sentence that says what comes next; else empty",
    ),
    field(
        "feedback_note",
        "The sentence that says where scores and feedback are; empty where nobody reviewed",
    ),
    field("order_note", ORDER_NOTE_MEANING),
    field(
        "time_zone",
        "The competition's time zone, which all times are in",
    ),
];

const ORDER_NOTE_MEANING: &str = "Two sentences on the order of the results where it was not by \
    the plain mean, put at the end of a text that lacks it; else empty";

/// What is wrong with a text of an announcement, all at once.
pub fn errors_in(text: &Text) -> Vec<FieldError> {
    text.errors(&FIELDS, "")
}

/// Puts the fields in. An order note that the text does not name comes at its end.
///
/// # Errors
/// When the text was not checked before.
pub fn filled(text: &Text, fields: &Map<String, Value>) -> Result<Text> {
    let mut text = text.clone();
    if !names_in(&text.body)
        .map_err(Failure::broken)?
        .contains("order_note")
    {
        text.body.push_str("\n\n{{order_note}}");
    }
    text.filled(fields)
}

/// The built-in words of one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    texts: BTreeMap<TextKind, Text>,
    phrases: BTreeMap<String, String>,
    instruments: BTreeMap<Instrument, String>,
}

static BUILT_IN: LazyLock<std::result::Result<BTreeMap<String, Words>, String>> =
    LazyLock::new(|| {
        toml::from_str(include_str!("../../config/announcements.toml")).map_err(|e| e.to_string())
    });

/// The words in a language, or in its base, or in English; and the language that was found.
///
/// # Errors
/// Never, once the built-in file could be read.
pub fn words_in(language: &str) -> Result<(&'static str, &'static Words)> {
    let all = BUILT_IN.as_ref().map_err(Failure::broken)?;
    let base = language.split(['-', '_']).next().unwrap_or(FALLBACK);
    [language, base, FALLBACK]
        .iter()
        .find_map(|wanted| all.get_key_value(*wanted))
        .map(|(found, words)| (found.as_str(), words))
        .ok_or_else(|| Failure::broken("announcements.toml has no English words"))
}

/// The languages with built-in words.
///
/// # Errors
/// Never, once the built-in file could be read.
pub fn languages() -> Result<Vec<&'static str>> {
    let all = BUILT_IN.as_ref().map_err(Failure::broken)?;
    Ok(all.keys().map(String::as_str).collect())
}

impl Words {
    /// The built-in letter of a kind.
    ///
    /// # Errors
    /// When the built-in file lacks it, which a test finds before anyone else does.
    pub fn text(&self, kind: TextKind) -> Result<&Text> {
        self.texts
            .get(&kind)
            .ok_or_else(|| Failure::broken(format_args!("announcements.toml lacks {kind}")))
    }

    /// What a kind of money is called.
    pub fn instrument(&self, instrument: Instrument) -> &str {
        self.instruments
            .get(&instrument)
            .map_or(instrument.as_str(), String::as_str)
    }

    /// A phrase with its own fields filled in.
    ///
    /// # Errors
    /// When the built-in file lacks it, which a test finds before anyone else does.
    pub fn phrase(&self, name: &str, fields: &[(&str, &str)]) -> Result<String> {
        let template = self
            .phrases
            .get(name)
            .ok_or_else(|| Failure::broken(format_args!("announcements.toml lacks {name}")))?;
        let fields: Map<String, Value> = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
            .collect();
        merge(template.trim(), &fields).map_err(Failure::broken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_every_text_and_the_same_phrases() {
        let english: Vec<&String> = words_in("en").unwrap().1.phrases.keys().collect();
        for language in languages().unwrap() {
            let words = words_in(language).unwrap().1;
            assert_eq!(
                words.phrases.keys().collect::<Vec<_>>(),
                english,
                "{language}"
            );
            assert_eq!(words.instruments.len(), Instrument::ALL.len(), "{language}");
            for kind in TextKind::ALL {
                assert_eq!(
                    errors_in(words.text(*kind).unwrap()),
                    [],
                    "{language} {kind}"
                );
            }
        }
        assert_eq!(words_in("es-MX").unwrap().0, "es");
        assert_eq!(words_in("fi").unwrap().0, "en");
    }

    #[test]
    fn empty_fields_leave_no_gap_and_the_order_note_is_never_lost() {
        let mut fields: Map<String, Value> = FIELDS
            .iter()
            .map(|known| (known.name.to_owned(), Value::from("")))
            .collect();
        fields.insert("person".into(), "Ana {{total}}".into());
        fields.insert("order_note".into(), "By median.".into());
        let text = Text {
            subject: "Hello  {{person}}".into(),
            body: "Dear {{person}},\n\n{{amounts}}\n\n{{conditions}}\n\nBye".into(),
        };
        let filled = filled(&text, &fields).unwrap();
        assert_eq!(filled.subject, "Hello Ana {{total}}");
        assert_eq!(filled.body, "Dear Ana {{total}},\n\nBye\n\nBy median.");
    }
}
