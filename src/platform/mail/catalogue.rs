//! The catalogue of messages, `config/messages.toml`, compiled in: every kind, its merge fields
//! and its texts by language.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::merge::{names_in, words_of};
use crate::platform::ids::LinkId;
use crate::platform::refusal::{Failure, Result};

/// The language that every kind has, and the one for readers of languages that a kind lacks.
pub const FALLBACK: &str = "en";

/// Every kind of message.
#[derive(Debug, Deserialize)]
pub struct Catalogue {
    layout: BTreeMap<String, Layout>,
    #[serde(flatten)]
    kinds: BTreeMap<String, Kind>,
}

/// The words around every message, in one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Stands before the address that the button leads to.
    pub button_fails: String,
    /// Why the reader gets the message; knows the field `site`.
    pub why: String,
    /// Stands before the address that turns reminders off.
    pub unsubscribe: String,
}

/// One kind of message.
#[derive(Debug, Deserialize)]
pub struct Kind {
    /// Names of the merge fields, all of which a letter of this kind gives.
    pub fields: BTreeSet<String>,
    /// Whether it is a reminder, which people can turn off.
    #[serde(default)]
    pub reminder: bool,
    /// The field that holds the id of a secret link.
    pub link_field: Option<String>,
    /// The path of the page that takes the link's token.
    pub page: Option<String>,
    #[serde(flatten)]
    texts: BTreeMap<String, Text>,
}

/// A kind's words in one language; plain text with merge fields.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// One line.
    pub subject: String,
    /// Paragraphs, parted by empty lines.
    pub body: String,
    /// The button, if there is something to do.
    pub action: Option<Action>,
}

/// A button.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// What it says.
    pub label: String,
    /// The field that holds the path it leads to, or the id of the secret link.
    pub path_field: String,
}

static COMPILED_IN: LazyLock<std::result::Result<Catalogue, String>> =
    LazyLock::new(|| Catalogue::read(include_str!("../../../config/messages.toml")));

/// The catalogue that is compiled in.
///
/// # Errors
/// When its file is wrong, which a test finds before anyone else does.
pub fn catalogue() -> Result<&'static Catalogue> {
    COMPILED_IN.as_ref().map_err(Failure::broken)
}

impl Catalogue {
    fn read(file: &str) -> std::result::Result<Self, String> {
        let catalogue: Self = toml::from_str(file).map_err(|error| error.to_string())?;
        if !catalogue.layout.contains_key(FALLBACK) {
            return Err("the layout has no English words".to_owned());
        }
        for (name, kind) in &catalogue.kinds {
            kind.check()
                .map_err(|what| format!("messages.toml, [{name}]: {what}"))?;
        }
        Ok(catalogue)
    }

    /// The kind of this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn kind(&self, name: &str) -> Result<&Kind> {
        self.kinds
            .get(name)
            .ok_or_else(|| Failure::broken(format_args!("messages.toml has no kind [{name}]")))
    }

    /// Every kind with its name, in the order of names.
    pub fn kinds(&self) -> impl Iterator<Item = (&str, &Kind)> {
        self.kinds.iter().map(|(name, kind)| (name.as_str(), kind))
    }

    /// The words around a message, in the nearest language.
    ///
    /// # Errors
    /// Never, once the catalogue could be read.
    pub fn layout(&self, language: &str) -> Result<(&str, &Layout)> {
        nearest(&self.layout, language)
    }
}

impl Kind {
    /// The words in the nearest language, with its name: the very one (`es-MX`), its base (`es`), or English.
    ///
    /// # Errors
    /// Never, once the catalogue could be read.
    pub fn text(&self, language: &str) -> Result<(&str, &Text)> {
        nearest(&self.texts, language)
    }

    /// The languages that this kind has words in.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.texts.keys().map(String::as_str)
    }

    /// Checks the fields of a letter: exactly the declared ones, each a text or a number, a path
    /// where a button leads, an id where a secret link is.
    ///
    /// # Errors
    /// When they differ: a fault of the sender's code.
    pub fn check_fields(&self, given: &Map<String, Value>) -> std::result::Result<(), String> {
        let names: BTreeSet<String> = given.keys().cloned().collect();
        if names != self.fields {
            let missing: Vec<_> = self.fields.difference(&names).collect();
            let unknown: Vec<_> = names.difference(&self.fields).collect();
            return Err(format!(
                "fields missing: {missing:?}, not declared: {unknown:?}"
            ));
        }
        for (name, value) in given {
            if words_of(value).is_none() {
                return Err(format!("the field {name} is neither text nor number"));
            }
            if self.link_field.as_ref() == Some(name) {
                if value.as_i64().is_none() {
                    return Err(format!("the field {name} is not the id of a link"));
                }
            } else if self.is_path_field(name) && !value.as_str().is_some_and(is_path) {
                return Err(format!(
                    "the field {name} is not a path like /coalitions/12"
                ));
            }
        }
        Ok(())
    }

    /// The secret link that a letter's fields name.
    pub fn link_in(&self, fields: &Map<String, Value>) -> Option<LinkId> {
        let name = self.link_field.as_ref()?;
        fields.get(name)?.as_i64().map(LinkId)
    }

    /// Whether a button leads where this field says.
    pub fn is_path_field(&self, field: &str) -> bool {
        self.texts
            .values()
            .filter_map(|text| text.action.as_ref())
            .any(|action| action.path_field == field)
    }

    fn check(&self) -> std::result::Result<(), String> {
        if !self.texts.contains_key(FALLBACK) {
            return Err("has no English text".to_owned());
        }
        if self.link_field.is_some() != self.page.as_deref().is_some_and(is_path) {
            return Err("link_field and page (a path) belong together".to_owned());
        }
        if let Some(link) = &self.link_field
            && !self.fields.contains(link)
        {
            return Err(format!("does not declare its link_field {link}"));
        }
        self.texts.iter().try_for_each(|(language, text)| {
            self.check_text(text)
                .map_err(|what| format!("{language}: {what}"))
        })
    }

    fn check_text(&self, text: &Text) -> std::result::Result<(), String> {
        if text.subject.trim().is_empty() || text.subject.contains('\n') {
            return Err("a subject is one line".to_owned());
        }
        let mut used = names_in(&text.subject)?;
        used.append(&mut names_in(&text.body)?);
        if let Some(link) = self.link_field.as_ref().filter(|link| used.contains(*link)) {
            return Err(format!("the secret link {link} stands in a text"));
        }
        used.extend(text.action.as_ref().map(|action| action.path_field.clone()));
        match used.difference(&self.fields).next() {
            Some(unknown) => Err(format!("uses {{{{{unknown}}}}}, which it does not declare")),
            None => Ok(()),
        }
    }
}

/// A path of this site, and of no other: `//host` would leave it.
fn is_path(text: &str) -> bool {
    text.starts_with('/')
        && !text.starts_with("//")
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "\\\"<>".contains(c))
}

fn nearest<'c, T>(texts: &'c BTreeMap<String, T>, language: &str) -> Result<(&'c str, &'c T)> {
    let base = language.split(['-', '_']).next().unwrap_or(FALLBACK);
    [language, base, FALLBACK]
        .iter()
        .find_map(|wanted| texts.get_key_value(*wanted))
        .map(|(found, text)| (found.as_str(), text))
        .ok_or_else(|| Failure::broken("a text of messages.toml has no English words"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kind(toml: &str) -> std::result::Result<Catalogue, String> {
        let layout = "[layout.en]\nbutton_fails=''\nwhy=''\nunsubscribe=''\n";
        Catalogue::read(&format!("{layout}{toml}"))
    }

    #[test]
    fn the_compiled_in_catalogue_can_be_read() {
        catalogue().unwrap();
    }

    #[test]
    fn a_text_uses_declared_fields_only() {
        let wrong = [
            "[k]\nfields=[]\n[k.en]\nsubject='{{x}}'\nbody=''",
            "[k]\nfields=[]\n[k.en]\nsubject='a'\nbody='{{x'",
            "[k]\nfields=[]\n[k.en]\nsubject='a'\nbody=''\naction={label='',path_field='p'}",
            "[k]\nfields=['l']\nlink_field='l'\npage='/p'\n[k.en]\nsubject='a'\nbody='{{l}}'",
            "[k]\nfields=['l']\nlink_field='l'\n[k.en]\nsubject='a'\nbody=''",
            "[k]\nfields=[]\n[k.es]\nsubject='a'\nbody=''",
            "[k]\nfields=[]\nreminde=true\n[k.en]\nsubject='a'\nbody=''",
        ];
        for toml in wrong {
            assert!(kind(toml).is_err(), "{toml}");
        }
    }

    #[test]
    fn a_letter_gives_exactly_the_declared_fields() {
        let toml = "[k]\nfields=['a','p','l']\nlink_field='l'\npage='/x'\n[k.en]\nsubject='{{a}}'\nbody=''\n\
                    action={label='',path_field='p'}";
        let catalogue = kind(toml).unwrap();
        let check = |fields: Value| {
            catalogue
                .kind("k")
                .unwrap()
                .check_fields(fields.as_object().unwrap())
        };
        assert_eq!(check(json!({"a": "x", "p": "/y", "l": 7})), Ok(()));
        for wrong in [
            json!({"a": "x", "p": "/y"}),
            json!({"a": "x", "p": "/y", "l": 7, "z": 1}),
            json!({"a": null, "p": "/y", "l": 7}),
            json!({"a": "x", "p": "//evil.example", "l": 7}),
            json!({"a": "x", "p": "/y", "l": "token"}),
        ] {
            assert!(check(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_nearest_language_is_taken() {
        let toml = "[k]\nfields=[]\n[k.en]\nsubject='a'\nbody=''\n[k.es]\nsubject='b'\nbody=''";
        let catalogue = kind(toml).unwrap();
        let subject = |language| {
            catalogue
                .kind("k")
                .unwrap()
                .text(language)
                .unwrap()
                .1
                .subject
                .as_str()
        };
        assert_eq!(
            ["es", "es-MX", "fr", "en-GB"].map(subject),
            ["b", "b", "a", "a"]
        );
    }
}
