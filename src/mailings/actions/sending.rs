//! Sending letters to a group, under the digest of their preview, and calling back what has not
//! left.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::competition_of_officer;
use super::previewing::{KIND, checked, message_fields};
use super::showing::{MailingView, find, view};
use crate::coalitions::doors;
use crate::competitions::store as competitions;
use crate::mailings::drafting::{About, Drafted, draft};
use crate::mailings::model::{Mailing, MailingDraft};
use crate::mailings::store;
use crate::people::{Person, Role};
use crate::platform::audit::{self, Act};
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Created, Input};
use crate::platform::ids::{CoalitionId, CompetitionId, MailingId, PersonId};
use crate::platform::outbox::{self, Letter, Recipient};
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule};

/// What the letters name as their cause, with the identity of the mailing.
pub const CAUSE: &str = "mailing";
/// Hours in which the very same is sent once.
const ONCE_IN_HOURS: i64 = 24;
/// So many letters are written at once where they are written later: hundreds would keep everybody
/// waiting.
const LETTERS_AT_ONCE: usize = 50;

/// The sending of what was previewed.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailingInput {
    /// The digest of the preview that was read.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub digest: String,
    /// What was previewed.
    pub mailing: MailingDraft,
}

/// Sends what was previewed: to everybody in the group now, or, where nobody may know yet who is in
/// it, to whoever is when the letters are written, within a minute.
///
/// # Errors
/// 404 and 403 as everywhere, 403 too without a fresh sign-in; 409 when the group or a letter is no
/// longer as it was previewed, nobody is in it, or the very same was sent within a day; 422 as for
/// the preview.
pub fn send(
    w: &mut Writes<'_>,
    who: &Person,
    id: CompetitionId,
    input: &Input<MailingInput>,
) -> Result<Created<MailingView>> {
    let competition = competition_of_officer(w, who, id)?;
    who.require_fresh(w.now())?;
    let input = input.get()?;
    let about = checked(w, who, competition, input.mailing, "/mailing")?;
    let letters = if about.sealed {
        Vec::new()
    } else {
        let closed = doors::closed_to(w, who.id)?;
        draft(w, &about, &closed)?.letters
    };
    let digest = about.digest(&letters);
    if input.digest != digest {
        return Err(Failure::rule(
            Rule::PreviewOutdated,
            "The group or a letter changed since the preview: look at it again.",
        ));
    }
    if !about.sealed && letters.iter().all(|one| one.shown.is_none()) {
        return Err(Failure::rule(
            Rule::NotReady,
            "Nobody is in this group now who could be written to.",
        ));
    }
    require_once(w, id, &digest)?;
    let mailing = Mailing {
        id: w.fresh_id(),
        competition_id: id,
        draft: about.draft.clone(),
        digest,
        sealed: about.sealed,
        sent_by: who.id,
        sent_at: w.now(),
        letters_at: None,
        called_back_at: None,
    };
    store::insert_mailing(w, &mailing)?;
    trace(w, Some(who.id), &mailing, "mailing.sent")?;
    if !about.sealed {
        for (at, letter) in letters.iter().enumerate() {
            let key = format!("{CAUSE}:{}:{at}", mailing.id);
            write(w, &mailing, letter, key)?;
        }
        store::note_letters(w, mailing.id)?;
    }
    let made = store::mailing(w, mailing.id)?.or_not_found()?;
    Ok(Created::at(
        format!("/api/v1/mailings/{}", mailing.id),
        view(w, who, made)?,
    ))
}

fn require_once(r: &mut Reads<'_>, id: CompetitionId, digest: &str) -> Result<()> {
    let since = r.now().plus_hours(-ONCE_IN_HOURS);
    if store::same_sent_since(r, id, digest, since)?.is_none() {
        return Ok(());
    }
    let words = format!("The very same was sent within {ONCE_IN_HOURS} hours.");
    Err(Failure::rule(Rule::AlreadyThere, words))
}

/// Puts a letter into the outbox.
fn write(
    w: &mut Writes<'_>,
    mailing: &Mailing,
    letter: &Drafted,
    dedupe_key: String,
) -> Result<()> {
    let about_one = match letter.coalitions[..] {
        [one] => Some(one),
        _ => None,
    };
    let message = outbox::enqueue(
        w,
        Letter {
            kind: KIND,
            to: Recipient::Person(letter.person.id),
            dedupe_key,
            cause: (CAUSE, mailing.id.0),
            competition: Some(mailing.competition_id),
            coalition: about_one,
            due_at: None,
            fields: message_fields(&letter.text).into(),
        },
    )?;
    let who = (message, letter.person.id);
    store::insert_letter(w, mailing.id, who, &letter.coalitions)
}

/// Names a letter of a group that is worked out anew for each part of it.
fn key(mailing: MailingId, letter: &Drafted) -> String {
    let first = letter.coalitions.first().map_or(0, |one| one.0);
    format!("{CAUSE}:{mailing}:{}:{first}", letter.person.id)
}

/// Writes some of the letters of a mailing whose recipients nobody may know: to whoever is in the
/// group at this moment and has none yet. Gives whether there are more to write. Once nothing can
/// be submitted any more, nobody is asked to.
///
/// # Errors
/// When the database fails.
pub fn write_some(w: &mut Writes<'_>, id: MailingId) -> Result<bool> {
    let mailing = store::mailing(w, id)?.or_not_found()?;
    if mailing.letters_at.is_some() || mailing.called_back_at.is_some() {
        return Ok(false);
    }
    let mut letters = match about(w, &mailing)? {
        Some(about) => draft(w, &about, &HashSet::new())?.letters,
        None => Vec::new(),
    };
    let written = outbox::store::keys_of(w, (CAUSE, id.0), KIND)?;
    letters.retain(|letter| !written.contains(&key(id, letter)));
    for letter in letters.iter().take(LETTERS_AT_ONCE) {
        write(w, &mailing, letter, key(id, letter))?;
    }
    let more = letters.len() > LETTERS_AT_ONCE;
    if !more {
        store::note_letters(w, id)?;
        trace(w, None, &mailing, "mailing.written")?;
    }
    Ok(more)
}

/// What a mailing is about, while its stage still takes something.
fn about(r: &mut Reads<'_>, mailing: &Mailing) -> Result<Option<About>> {
    let now = r.now();
    let competition = competitions::competition(r, mailing.competition_id)?.or_not_found()?;
    let stage = match mailing.draft.stage {
        Some(id) => competitions::stage(r, id)?,
        None => None,
    };
    let takes = stage.as_ref().is_none_or(|stage| stage.can_still_take(now));
    Ok(takes.then(|| About {
        competition,
        stage,
        draft: mailing.draft.clone(),
        sealed: mailing.sealed,
    }))
}

/// Calls back the letters of a mailing that have not left, those that are still to be written too.
///
/// # Errors
/// 404 when the mailing is not theirs to see, 403 for whoever is no officer, 409 when it was called
/// back already.
pub fn call_back(w: &mut Writes<'_>, who: &Person, id: MailingId) -> Result<MailingView> {
    let mailing = find(w, who, id)?;
    if !who.is(Role::Officer, mailing.competition_id) {
        return Err(Failure::forbidden(
            "An officer of the competition may do this.",
        ));
    }
    if mailing.called_back_at.is_some() {
        let words = "It was called back already.";
        return Err(Failure::rule(Rule::AlreadyThere, words));
    }
    store::call_back(w, id, who.id)?;
    outbox::cancel(w, CAUSE, id.0)?;
    trace(w, Some(who.id), &mailing, "mailing.called_back")?;
    let now = store::mailing(w, id)?.or_not_found()?;
    view(w, who, now)
}

/// Leaves a trace without numbers: who may not know of a recipient reads this row too. One that is
/// written for a single coalition is hidden from whom it is closed to.
fn trace(w: &mut Writes<'_>, actor: Option<PersonId>, mailing: &Mailing, act: &str) -> Result<()> {
    let only: Option<CoalitionId> = match mailing.draft.filters.coalitions[..] {
        [one] => Some(one),
        _ => None,
    };
    audit::record(
        w,
        Act {
            actor,
            act,
            object: (CAUSE, mailing.id.0),
            competition: Some(mailing.competition_id),
            coalition: only,
            detail: json!({
                "group": mailing.draft.group,
                "stage": mailing.draft.stage,
                "digest": mailing.digest,
            }),
        },
    )
}
