//! Telling: at its time the letters of an announcement are written to whoever is a member then, in
//! the words that were confirmed, and the feedback that goes with them is settled, in one transaction.

use std::collections::BTreeMap;

use serde_json::json;

use super::freezing::settle;
use crate::competitions::store as competitions;
use crate::decisions::letters::{Drafted, in_language, readers};
use crate::decisions::model::Decision;
use crate::decisions::store::{self, Announcement};
use crate::people::store::PersonRow;
use crate::platform::audit::{self, Act};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::DecisionId;
use crate::platform::outbox::{self, Letter, Recipient};
use crate::platform::refusal::Result;

/// The cause that an announcement's letters name, with its identity.
pub const CAUSE: &str = "announcement";

/// Whether an announcement is due whose letters are not written yet; asked before writing, so that
/// an idle server writes nothing.
///
/// # Errors
/// When the database fails.
pub fn is_due(r: &mut Reads<'_>) -> Result<bool> {
    Ok(!store::announcements_to_tell(r)?.is_empty())
}

/// Writes the letters of every announcement that is due.
///
/// # Errors
/// When the database fails.
pub fn tell_due(w: &mut Writes<'_>) -> Result<()> {
    for announcement in store::announcements_to_tell(w)? {
        tell(w, &announcement)?;
    }
    Ok(())
}

/// Writes the letters of one announcement: to the members of each coalition as it is now, at the
/// addresses that they have now; none where the submission was withdrawn.
///
/// # Errors
/// When the database fails.
pub fn tell(w: &mut Writes<'_>, of: &Announcement) -> Result<()> {
    let mut drafts: BTreeMap<DecisionId, Vec<Drafted>> = BTreeMap::new();
    for letter in store::letters_of(w, of.id)? {
        drafts.entry(letter.decision).or_default().push(letter);
    }
    let own_language = competitions::competition(w, of.competition)?
        .map_or_else(String::new, |competition| competition.language);
    let mut told: Vec<Decision> = store::decisions_of_stage(w, of.stage)?;
    told.retain(|decision| decision.announced.is_some_and(|by| by.id == of.id));
    if let Some(stage) = competitions::stage(w, of.stage)? {
        settle(w, &stage, &told)?;
    }
    told.retain(|d| d.withdrawn_at.is_none() && drafts.contains_key(&d.id));
    for decision in &told {
        for reader in readers(w, decision.coalition)? {
            if let Some(letter) =
                in_language(&drafts[&decision.id], &reader.language, &own_language)
            {
                send(w, of, letter, &reader)?;
            }
        }
    }
    store::note_letters(w, of.id)?;
    audit::record(
        w,
        Act {
            actor: None,
            act: "announcement.told",
            object: (CAUSE, of.id.0),
            competition: Some(of.competition),
            coalition: None,
            // No numbers: who conflicts with a case reads this row too.
            detail: json!({"stage": of.stage, "digest": of.digest}),
        },
    )
}

fn send(w: &mut Writes<'_>, of: &Announcement, letter: &Drafted, reader: &PersonRow) -> Result<()> {
    let text = letter.to(reader)?;
    outbox::enqueue(
        w,
        Letter {
            kind: letter.message_kind(),
            to: Recipient::Person(reader.id),
            dedupe_key: format!("{CAUSE}:{}:{}:{}", of.id, letter.decision, reader.id),
            cause: (CAUSE, of.id.0),
            competition: Some(of.competition),
            coalition: Some(letter.coalition),
            due_at: None,
            fields: letter.message_fields(&text).into(),
        },
    )?;
    Ok(())
}
