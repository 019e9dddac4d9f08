//! From a group and its texts to the letter that each would read.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value, json};

use super::groups::{InGroup, Told, Wanted, accounts, in_group};
use super::model::{MailingDraft, MailingGroup, MailingText};
use super::words::words_in;
use crate::competitions::model::{Competition, Stage};
use crate::people::store::PersonRow;
use crate::platform::clock::Instant;
use crate::platform::db::Reads;
use crate::platform::digest::{canonical_json, sha256_hex};
use crate::platform::ids::{CoalitionId, PersonId};
use crate::platform::mail::texts::{READER, Text, in_language};
use crate::platform::mail::times::{self, Reader, moment};
use crate::platform::money::Money;
use crate::platform::refusal::{Failure, Result};

/// What is to be written to whom, with what it is about, once it was checked.
#[derive(Clone, Debug)]
pub struct About {
    /// The competition.
    pub competition: Competition,
    /// The stage that the group is of.
    pub stage: Option<Stage>,
    /// What is to be written to whom.
    pub draft: MailingDraft,
    /// Whether nobody may know now who is in the group.
    pub sealed: bool,
}

/// A letter to one person.
#[derive(Clone, Debug)]
pub struct Drafted {
    /// Who reads it.
    pub person: PersonRow,
    /// The coalitions as whose member, or for whose submissions, they get it.
    pub coalitions: Vec<CoalitionId>,
    /// The name of their coalition; empty where they get it for another reason.
    pub coalition: String,
    /// The language that it is written in.
    pub language: String,
    /// The letter.
    pub text: Text,
    /// The letter as it is shown to the one who looks; none where nothing of it may be.
    pub shown: Option<Text>,
}

/// Letters, and who is in the group but gets none.
#[derive(Clone, Debug, Default)]
pub struct Drafts {
    /// Those that are shown first, each by coalition and name of the reader.
    pub letters: Vec<Drafted>,
    /// In the group, with an account that is disabled or an address that nobody has proven; as far
    /// as shown.
    pub left_out: Vec<PersonRow>,
}

/// Writes the letter to everybody in a group; `closed`: the coalitions of which the one who looks
/// may see nothing. Whoever would get the very same letter twice gets it once.
///
/// # Errors
/// When the database fails.
pub fn draft(r: &mut Reads<'_>, about: &About, closed: &HashSet<CoalitionId>) -> Result<Drafts> {
    let found = in_group(r, &about.wanted(), closed)?;
    let accounts = accounts(r, &found)?;
    let (mut letters, mut left_out) = (Vec::new(), BTreeMap::new());
    for one in found {
        let Some(person) = accounts.get(&one.person) else {
            continue;
        };
        if person.disabled_at.is_none() && person.verified_at.is_some() {
            letters.push(about.letter(person, one)?);
        } else if one.shown.is_some() {
            left_out.insert(person.id, person.clone());
        }
    }
    letters.sort_by(|one, other| one.order().cmp(&other.order()));
    Ok(Drafts {
        letters: each_once(letters),
        left_out: left_out.into_values().collect(),
    })
}

fn each_once(letters: Vec<Drafted>) -> Vec<Drafted> {
    let mut places: BTreeMap<(PersonId, String, String), usize> = BTreeMap::new();
    let mut once: Vec<Drafted> = Vec::new();
    for letter in letters {
        let text = &letter.text;
        let same = (letter.person.id, text.subject.clone(), text.body.clone());
        if let Some(at) = places.get(&same) {
            once[*at].coalitions.extend(letter.coalitions);
        } else {
            places.insert(same, once.len());
            once.push(letter);
        }
    }
    once
}

impl Drafted {
    fn order(&self) -> (bool, &str, &str, PersonId) {
        let name = self.person.name.as_str();
        (self.shown.is_none(), &self.coalition, name, self.person.id)
    }
}

impl About {
    fn wanted(&self) -> Wanted<'_> {
        Wanted {
            competition: &self.competition,
            stage: self.stage.as_ref(),
            group: self.draft.group,
            filters: &self.draft.filters,
        }
    }

    fn letter(&self, person: &PersonRow, found: InGroup) -> Result<Drafted> {
        let written = self.written_for(&person.language)?;
        let reader = (person.name.as_str(), person.time_zone.as_deref());
        let shown = match &found.shown {
            Some(told) => Some(self.text(written, reader, told)?),
            None => None,
        };
        Ok(Drafted {
            text: self.text(written, reader, &found.told)?,
            shown,
            person: person.clone(),
            coalition: found.told.coalition,
            coalitions: found.coalitions,
            language: written.language.clone(),
        })
    }

    /// The text for a reader of this language.
    fn written_for(&self, language: &str) -> Result<&MailingText> {
        let own = self.competition.language.as_str();
        in_language(&self.draft.texts, |text| &text.language, language, own)
            .ok_or_else(|| Failure::broken("a mailing has no text for all others"))
    }

    /// A letter as it reads, with made-up names: for groups of which nobody may know who is in them.
    ///
    /// # Errors
    /// When the text was not checked before.
    pub fn sample(&self, written: &MailingText) -> Result<Text> {
        let words = words_in(&written.language)?.sample();
        let told = Told {
            coalition: words.coalition.clone(),
            ..Told::default()
        };
        self.text(written, (&words.person, None), &told)
    }

    fn text(
        &self,
        written: &MailingText,
        (name, time_zone): (&str, Option<&str>),
        told: &Told,
    ) -> Result<Text> {
        let language = written.language.as_str();
        let fields = self.fields(told, language)?;
        let reader = Reader {
            language,
            time_zone,
        };
        let mut fields = times::fields_for_reader(&fields, reader);
        fields.insert(READER.into(), name.into());
        written.text().filled(&fields)
    }

    /// The values of the group's merge fields, the reader's name apart.
    fn fields(&self, told: &Told, language: &str) -> Result<Map<String, Value>> {
        let mut fields = Map::new();
        for field in self.draft.group.fields() {
            let value = self.value(field.name, told, language)?;
            fields.insert(field.name.to_owned(), value.into());
        }
        Ok(fields)
    }

    fn value(&self, field: &str, told: &Told, language: &str) -> Result<String> {
        let stage = self.stage.as_ref();
        let zone = &self.competition.time_zone;
        let time = |at: Option<Instant>| at.map_or_else(String::new, |at| moment(at, zone));
        Ok(match field {
            READER => String::new(),
            "competition" => self.competition.title(),
            "time_zone" => self.competition.time_zone.clone(),
            "coalition" => told.coalition.clone(),
            "stage" => stage.map_or_else(String::new, |stage| stage.name.clone()),
            "deadline" => time(stage.and_then(|stage| stage.deadline)),
            "lacking" => words_in(language)?.sectors(&told.lacking),
            "places" => told.places.join(", "),
            "answer_by" => time(told.answer_by),
            "total" => told.total.as_ref().map_or_else(String::new, Money::written),
            "open_reviews" => told.open_reviews.to_string(),
            "review_deadline" => time(stage.and_then(|stage| stage.review_deadline)),
            other => return Err(Failure::broken(format_args!("no value for {other}"))),
        })
    }

    /// Names all that is shown of the letters: a preview, which its sending repeats. What may not
    /// be shown has no part in it, so that it can't be guessed from the digest.
    pub fn digest(&self, letters: &[Drafted]) -> String {
        let shown: Vec<Value> = letters
            .iter()
            .filter_map(|one| {
                let text = one.shown.as_ref()?;
                Some(json!([one.person.id, one.coalition, one.language, text]))
            })
            .collect();
        sha256_hex(canonical_json(&json!([
            self.competition.id,
            self.draft,
            self.sealed,
            self.stage.as_ref().and_then(|stage| stage.deadline),
            shown,
        ])))
    }
}

/// Whether a group turns on who has submitted to a stage that is sealed now.
pub fn is_sealed(group: MailingGroup, stage: Option<&Stage>, now: Instant) -> bool {
    group.tells_of_submitting() && stage.is_some_and(|stage| stage.is_sealed_at(now))
}
