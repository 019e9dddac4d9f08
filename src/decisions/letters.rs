//! The letters of an announcement: written when it is confirmed, as they were previewed, for every
//! language; and who gets them, which is asked when coalitions are told.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::desk::Desk;
use super::ledger::Ledger;
use super::model::{Decision, Outcome};
use super::shown::amounts_shown;
use super::store::{self, StoredText};
use super::texts::{READER, Text, TextKind, Words, filled, languages, words_in};
use crate::coalitions::model::Coalition;
use crate::coalitions::store as coalitions;
use crate::competitions::model::{OrderBy, Stage};
use crate::people::store::{self as people, PersonRow};
use crate::platform::clock::Instant;
use crate::platform::db::Reads;
use crate::platform::ids::{CoalitionId, DecisionId, PersonId};
use crate::platform::mail::texts;
use crate::platform::mail::times::{self, Reader};
use crate::platform::money::Money;
use crate::platform::refusal::Result;

/// Where the method of ordering is explained.
pub const METHOD_PATH: &str = "/method";

/// A letter on one decision in one language, complete but for the name of who reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drafted {
    /// The decision that it tells.
    pub decision: DecisionId,
    /// Whose submission was decided.
    pub coalition: CoalitionId,
    /// The language it is written in.
    pub language: String,
    /// The text that it is made of.
    pub text: Text,
    /// What is put into it, the reader's name apart.
    pub fields: Map<String, Value>,
    /// Whether a button leads to the method of ordering.
    pub explains_order: bool,
}

/// The letters on one decision, in every language that there are texts in.
#[derive(Clone, Debug)]
pub struct Letters {
    /// The decision that they tell.
    pub decision: DecisionId,
    /// Whose submission was decided.
    pub coalition: CoalitionId,
    /// The coalition's name.
    pub coalition_name: String,
    /// What they tell.
    pub kind: TextKind,
    /// One a language.
    pub drafts: Vec<Drafted>,
}

impl Drafted {
    /// The letter with the reader's name in it, and times in their zone too.
    ///
    /// # Errors
    /// When the text was not checked before.
    pub fn to(&self, reader: &PersonRow) -> Result<Text> {
        let reads = Reader {
            language: &self.language,
            time_zone: reader.time_zone.as_deref(),
        };
        let mut fields = times::fields_for_reader(&self.fields, reads);
        fields.insert(READER.into(), reader.name.as_str().into());
        filled(&self.text, &fields)
    }

    /// The kind of message in the catalogue.
    pub const fn message_kind(&self) -> &'static str {
        if self.explains_order {
            "announcement-by-method"
        } else {
            "announcement"
        }
    }

    /// The merge fields of that message.
    pub fn message_fields(&self, text: &Text) -> Map<String, Value> {
        let mut fields = Map::new();
        fields.insert("subject".into(), text.subject.clone().into());
        fields.insert("body".into(), text.body.clone().into());
        if self.explains_order {
            fields.insert("method".into(), METHOD_PATH.into());
        }
        fields
    }
}

/// The letter for a reader of this language: in the very one, its base, the competition's own, or
/// English.
pub fn in_language<'d>(drafts: &'d [Drafted], language: &str, own: &str) -> Option<&'d Drafted> {
    texts::in_language(drafts, |draft| &draft.language, language, own)
}

/// What all letters of an announcement share.
struct Desktop<'a> {
    desk: &'a Desk,
    ledger: Ledger,
    texts: Vec<StoredText>,
    next_stage: Option<Stage>,
}

/// Writes the letters on the decisions given.
///
/// # Errors
/// When the database fails.
pub fn draft(r: &mut Reads<'_>, desk: &Desk, decisions: &[Decision]) -> Result<Vec<Letters>> {
    let shared = Desktop {
        desk,
        ledger: Ledger::of(r, desk.competition.id)?,
        texts: store::texts_of(r, desk.stage.id)?,
        next_stage: desk.next_stage(r)?,
    };
    let names = desk.coalitions(r)?;
    decisions
        .iter()
        .filter_map(|decision| Some((decision, names.get(&decision.coalition)?)))
        .map(|(decision, coalition)| shared.letters(decision, coalition))
        .collect()
}

/// Every live member of a coalition whose account is in order.
///
/// # Errors
/// When the database fails.
pub fn readers(r: &mut Reads<'_>, coalition: CoalitionId) -> Result<Vec<PersonRow>> {
    let members: Vec<PersonId> = coalitions::live_members(r, coalition)?
        .iter()
        .map(|member| member.person_id)
        .collect();
    let by_id: HashMap<PersonId, PersonRow> = people::persons(r, &members)?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    Ok(members
        .iter()
        .filter_map(|id| by_id.get(id))
        .filter(|row| row.disabled_at.is_none())
        .cloned()
        .collect())
}

impl Desktop<'_> {
    fn letters(&self, decision: &Decision, coalition: &Coalition) -> Result<Letters> {
        let kind = TextKind::of(decision.origin, decision.content.outcome);
        let mut drafts = Vec::new();
        for language in self.languages(kind)? {
            let (_, words) = words_in(&language)?;
            let text = match self.written(kind, &language) {
                Some(text) => text.clone(),
                None => words.text(kind)?.clone(),
            };
            drafts.push(Drafted {
                decision: decision.id,
                coalition: coalition.id,
                fields: self.fields(decision, coalition, words)?,
                explains_order: self.explains_order(),
                text,
                language,
            });
        }
        Ok(Letters {
            decision: decision.id,
            coalition: coalition.id,
            coalition_name: coalition.name.clone(),
            kind,
            drafts,
        })
    }

    /// Every language with a text of this kind, built in or an officer's.
    fn languages(&self, kind: TextKind) -> Result<BTreeSet<String>> {
        let written = self.texts.iter().filter(|stored| stored.kind == kind);
        Ok(languages()?
            .into_iter()
            .map(str::to_owned)
            .chain(written.map(|stored| stored.language.clone()))
            .collect())
    }

    fn written(&self, kind: TextKind, language: &str) -> Option<&Text> {
        self.texts
            .iter()
            .find(|stored| stored.kind == kind && stored.language == language)
            .map(|stored| &stored.text)
    }

    fn explains_order(&self) -> bool {
        self.desk.stage.has_review && self.desk.stage.order_by != OrderBy::RawMean
    }

    fn fields(
        &self,
        decision: &Decision,
        coalition: &Coalition,
        words: &Words,
    ) -> Result<Map<String, Value>> {
        let content = &decision.content;
        let competition = &self.desk.competition;
        let total = match content.amounts.len() {
            0 => String::new(),
            _ => Money::new(decision.total(), &competition.currency).written(),
        };
        let conditions = match content.conditions.as_str() {
            "" => String::new(),
            conditions => format!("{}\n{conditions}", words.phrase("conditions", &[])?),
        };
        let answer_by = match content.answer_by {
            None => String::new(),
            Some(last) => words.phrase("answer_by", &[("time", &self.time(last))])?,
        };
        let order_note = if self.explains_order() {
            let value = words.phrase(self.desk.stage.order_by.as_str(), &[])?;
            words.phrase("order_note", &[("value", &value)])?
        } else {
            String::new()
        };
        let feedback_note = if self.desk.stage.has_review {
            words.phrase("feedback_note", &[])?
        } else {
            String::new()
        };
        let pairs = [
            ("coalition", coalition.name.clone()),
            ("competition", competition.title()),
            ("stage", self.desk.stage.name.clone()),
            ("outcome", words.phrase(content.outcome.as_str(), &[])?),
            ("reason", content.reason.clone()),
            ("amounts", self.amounts(decision, words)?),
            ("total", total),
            ("conditions", conditions),
            ("answer_by", answer_by),
            ("next_stage", self.next_stage(decision, words)?),
            ("feedback_note", feedback_note),
            ("order_note", order_note),
            ("time_zone", competition.time_zone.clone()),
        ];
        Ok(pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Value::from(value)))
            .collect())
    }

    fn amounts(&self, decision: &Decision, words: &Words) -> Result<String> {
        let currency = &self.desk.competition.currency;
        let parts = amounts_shown(decision, &self.ledger, currency);
        let mut lines = Vec::new();
        for part in &parts {
            lines.push(words.phrase(
                "amount",
                &[
                    ("instrument", words.instrument(part.instrument)),
                    ("funder", &part.funder),
                    ("amount", &part.amount.written()),
                ],
            )?);
        }
        if lines.len() > 1 {
            let total = Money::new(decision.total(), currency).written();
            lines.push(words.phrase("total", &[("total", &total)])?);
        }
        Ok(lines.join("\n"))
    }

    fn next_stage(&self, decision: &Decision, words: &Words) -> Result<String> {
        let Some(next) = self
            .next_stage
            .as_ref()
            .filter(|_| decision.content.outcome == Outcome::Advance)
        else {
            return Ok(String::new());
        };
        let name = words.phrase("next_stage", &[("stage", &next.name)])?;
        let (Some(opens), Some(deadline)) = (next.opens_at, next.deadline) else {
            return Ok(name);
        };
        let times = [
            ("opens", self.time(opens)),
            ("deadline", self.time(deadline)),
        ];
        let times: Vec<(&str, &str)> = times.iter().map(|(n, t)| (*n, t.as_str())).collect();
        Ok(format!(
            "{name} {}",
            words.phrase("next_stage_open", &times)?
        ))
    }

    fn time(&self, at: Instant) -> String {
        times::moment(at, &self.desk.competition.time_zone)
    }
}
