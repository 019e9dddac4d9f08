//! The letters of an announcement, written out for every member of every coalition.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::desk::Desk;
use super::ledger::Ledger;
use super::model::{Decision, Outcome};
use super::shown::amounts_shown;
use super::store::{self, StoredText};
use super::texts::{FALLBACK, Text, TextKind, Words, words_in};
use crate::coalitions::model::Coalition;
use crate::coalitions::store as coalitions;
use crate::competitions::model::{OrderBy, Stage};
use crate::competitions::store as competitions;
use crate::people::store::{self as people, PersonRow};
use crate::platform::clock::Instant;
use crate::platform::db::Reads;
use crate::platform::ids::{CoalitionId, DecisionId, PersonId};
use crate::platform::money::Money;
use crate::platform::refusal::Result;

/// Where the method of ordering is explained.
pub const METHOD_PATH: &str = "/method";

/// A letter as its reader will get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    /// The decision that it tells.
    pub decision: DecisionId,
    /// Whose submission was decided.
    pub coalition: CoalitionId,
    /// The coalition's name.
    pub coalition_name: String,
    /// What it tells.
    pub kind: TextKind,
    /// Who gets it.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub address: String,
    /// The language it is written in.
    pub language: String,
    /// Subject and body.
    pub text: Text,
    /// Whether a button leads to the method of ordering.
    pub explains_order: bool,
}

impl Composed {
    /// The kind of message in the catalogue.
    pub const fn message_kind(&self) -> &'static str {
        if self.explains_order {
            "announcement-by-method"
        } else {
            "announcement"
        }
    }

    /// The merge fields of that message.
    pub fn message_fields(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        fields.insert("subject".into(), self.text.subject.clone().into());
        fields.insert("body".into(), self.text.body.clone().into());
        if self.explains_order {
            fields.insert("method".into(), METHOD_PATH.into());
        }
        fields
    }
}

/// What all letters of an announcement share.
struct Desktop<'a> {
    desk: &'a Desk,
    ledger: Ledger,
    texts: Vec<StoredText>,
    next_stage: Option<Stage>,
}

/// Writes the letters of the decisions given, by coalition and then by member.
///
/// # Errors
/// When the database fails.
pub fn compose(r: &mut Reads<'_>, desk: &Desk, decisions: &[Decision]) -> Result<Vec<Composed>> {
    let shared = Desktop {
        desk,
        ledger: Ledger::of(r, desk.competition.id)?,
        texts: store::texts_of(r, desk.stage.id)?,
        next_stage: competitions::stages_of(r, desk.competition.id)?
            .into_iter()
            .find(|stage| stage.position > desk.stage.position),
    };
    let names = desk.coalitions(r)?;
    let mut letters = Vec::new();
    for decision in decisions {
        let Some(coalition) = names.get(&decision.coalition) else {
            continue;
        };
        for reader in readers(r, coalition.id)? {
            letters.push(shared.letter(decision, coalition, reader)?);
        }
    }
    Ok(letters)
}

/// Every live member of a coalition whose account is in order.
fn readers(r: &mut Reads<'_>, coalition: CoalitionId) -> Result<Vec<PersonRow>> {
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
    fn letter(
        &self,
        decision: &Decision,
        coalition: &Coalition,
        reader: PersonRow,
    ) -> Result<Composed> {
        let kind = TextKind::of(decision.origin, decision.content.outcome);
        let (language, text) = self.text_for(kind, &reader.language)?;
        let (_, words) = words_in(&language)?;
        let fields = self.fields(decision, coalition, &reader.name, &language, words)?;
        Ok(Composed {
            decision: decision.id,
            coalition: coalition.id,
            coalition_name: coalition.name.clone(),
            kind,
            person: reader.id,
            name: reader.name,
            address: reader.email,
            text: text.filled(&fields)?,
            explains_order: self.explains_order(),
            language,
        })
    }

    /// An officer's text in the reader's language, else the built-in one, else what the
    /// competition's own language offers.
    fn text_for(&self, kind: TextKind, language: &str) -> Result<(String, Text)> {
        let base = language.split(['-', '_']).next().unwrap_or(FALLBACK);
        let own = &self.desk.competition.language;
        for wanted in [language, base] {
            if let Some(text) = self.written(kind, wanted) {
                return Ok((wanted.to_owned(), text.clone()));
            }
            let (found, words) = words_in(wanted)?;
            if found == wanted {
                return Ok((wanted.to_owned(), words.text(kind)?.clone()));
            }
        }
        if let Some(text) = self.written(kind, own) {
            return Ok((own.clone(), text.clone()));
        }
        let (found, words) = words_in(own)?;
        match self.written(kind, found) {
            Some(text) => Ok((found.to_owned(), text.clone())),
            None => Ok((found.to_owned(), words.text(kind)?.clone())),
        }
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
        reader: &str,
        language: &str,
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
            Some(last) => words.phrase("answer_by", &[("time", &self.time(last, language))])?,
        };
        let order_note = if self.explains_order() {
            let value = words.phrase(self.desk.stage.order_by.as_str(), &[])?;
            words.phrase("order_note", &[("value", &value)])?
        } else {
            String::new()
        };
        let pairs = [
            ("person", reader.to_owned()),
            ("coalition", coalition.name.clone()),
            ("competition", competition.title()),
            ("stage", self.desk.stage.name.clone()),
            ("outcome", words.phrase(content.outcome.as_str(), &[])?),
            ("reason", content.reason.clone()),
            ("amounts", self.amounts(decision, words)?),
            ("total", total),
            ("conditions", conditions),
            ("answer_by", answer_by),
            ("next_stage", self.next_stage(decision, language, words)?),
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

    fn next_stage(&self, decision: &Decision, language: &str, words: &Words) -> Result<String> {
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
            ("opens", self.time(opens, language)),
            ("deadline", self.time(deadline, language)),
        ];
        let times: Vec<(&str, &str)> = times.iter().map(|(n, t)| (*n, t.as_str())).collect();
        Ok(format!(
            "{name} {}",
            words.phrase("next_stage_open", &times)?
        ))
    }

    /// In words in English; in figures elsewhere, since names of days and months are English.
    fn time(&self, at: Instant, language: &str) -> String {
        let zone = &self.desk.competition.time_zone;
        if language.starts_with(FALLBACK) {
            return at.in_zone(zone);
        }
        match at.timestamp().in_tz(zone) {
            Ok(zoned) => zoned.strftime("%Y-%m-%d, %H:%M %Z").to_string(),
            Err(_) => at.to_string(),
        }
    }
}
