//! What was written to whom: rows in, values out.

use std::collections::HashMap;

use diesel::prelude::*;

use super::model::{Mailing, MailingDraft, MailingGroup, MailingLetter};
use crate::platform::clock::Instant;
use crate::platform::db::schema::{mailing_letters, mailings, messages};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, CompetitionId, MailingId, MessageId, PersonId, StageId};
use crate::platform::outbox::MessageState;
use crate::platform::refusal::Result;

#[derive(Queryable)]
struct Row {
    id: MailingId,
    competition_id: CompetitionId,
    stage_id: Option<StageId>,
    addressed_to: MailingGroup,
    filters: String,
    texts: String,
    digest: String,
    sealed: bool,
    sent_by: PersonId,
    sent_at: Instant,
    letters_at: Option<Instant>,
    called_back_at: Option<Instant>,
    #[expect(dead_code, reason = "kept for the record")]
    called_back_by: Option<PersonId>,
}

impl Row {
    fn value(self) -> Result<Mailing> {
        Ok(Mailing {
            id: self.id,
            competition_id: self.competition_id,
            draft: MailingDraft {
                group: self.addressed_to,
                stage: self.stage_id,
                filters: serde_json::from_str(&self.filters)?,
                texts: serde_json::from_str(&self.texts)?,
            },
            digest: self.digest,
            sealed: self.sealed,
            sent_by: self.sent_by,
            sent_at: self.sent_at,
            letters_at: self.letters_at,
            called_back_at: self.called_back_at,
        })
    }
}

/// A mailing.
///
/// # Errors
/// When the database fails.
pub fn mailing(r: &mut Reads<'_>, id: MailingId) -> Result<Option<Mailing>> {
    let row: Option<Row> = mailings::table
        .find(id)
        .select(mailings::all_columns)
        .first(r.conn())
        .optional()?;
    row.map(Row::value).transpose()
}

/// Every mailing of a competition, the latest first.
///
/// # Errors
/// When the database fails.
pub fn mailings_of(r: &mut Reads<'_>, competition: CompetitionId) -> Result<Vec<Mailing>> {
    let rows: Vec<Row> = mailings::table
        .filter(mailings::competition_id.eq(competition))
        .order((mailings::sent_at.desc(), mailings::id.desc()))
        .select(mailings::all_columns)
        .load(r.conn())?;
    rows.into_iter().map(Row::value).collect()
}

/// When the very same was sent last, since a moment, and not called back.
///
/// # Errors
/// When the database fails.
pub fn same_sent_since(
    r: &mut Reads<'_>,
    competition: CompetitionId,
    digest: &str,
    since: Instant,
) -> Result<Option<Instant>> {
    Ok(mailings::table
        .filter(mailings::competition_id.eq(competition))
        .filter(mailings::sent_at.gt(since))
        .filter(mailings::digest.eq(digest))
        .filter(mailings::called_back_at.is_null())
        .order(mailings::sent_at.desc())
        .select(mailings::sent_at)
        .first(r.conn())
        .optional()?)
}

/// The mailings whose letters are not all written, and that nobody called back.
///
/// # Errors
/// When the database fails.
pub fn mailings_to_write(r: &mut Reads<'_>) -> Result<Vec<MailingId>> {
    Ok(mailings::table
        .filter(mailings::letters_at.is_null())
        .filter(mailings::called_back_at.is_null())
        .order(mailings::id)
        .select(mailings::id)
        .load(r.conn())?)
}

/// Records a mailing.
///
/// # Errors
/// When the database fails.
pub fn insert_mailing(w: &mut Writes<'_>, mailing: &Mailing) -> Result<()> {
    let draft = &mailing.draft;
    diesel::insert_into(mailings::table)
        .values((
            mailings::id.eq(mailing.id),
            mailings::competition_id.eq(mailing.competition_id),
            mailings::stage_id.eq(draft.stage),
            mailings::addressed_to.eq(draft.group),
            mailings::filters.eq(serde_json::to_string(&draft.filters)?),
            mailings::texts.eq(serde_json::to_string(&draft.texts)?),
            mailings::digest.eq(&mailing.digest),
            mailings::sealed.eq(mailing.sealed),
            mailings::sent_by.eq(mailing.sent_by),
            mailings::sent_at.eq(mailing.sent_at),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Notes that all letters of a mailing are written.
///
/// # Errors
/// When the database fails.
pub fn note_letters(w: &mut Writes<'_>, id: MailingId) -> Result<()> {
    let now = w.now();
    diesel::update(mailings::table.find(id))
        .set(mailings::letters_at.eq(Some(now)))
        .execute(w.conn())?;
    Ok(())
}

/// Notes that a mailing was called back, as far as its letters had not left.
///
/// # Errors
/// When the database fails.
pub fn call_back(w: &mut Writes<'_>, id: MailingId, by: PersonId) -> Result<()> {
    let now = w.now();
    diesel::update(mailings::table.find(id))
        .set((
            mailings::called_back_at.eq(Some(now)),
            mailings::called_back_by.eq(Some(by)),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Keeps that a message is a letter of a mailing.
///
/// # Errors
/// When the database fails.
pub fn insert_letter(
    w: &mut Writes<'_>,
    mailing: MailingId,
    (message, person): (MessageId, PersonId),
    coalitions: &[CoalitionId],
) -> Result<()> {
    let id = w.fresh_id::<i64>();
    diesel::insert_into(mailing_letters::table)
        .values((
            mailing_letters::id.eq(id),
            mailing_letters::mailing_id.eq(mailing),
            mailing_letters::message_id.eq(message),
            mailing_letters::person_id.eq(person),
            mailing_letters::coalitions.eq(serde_json::to_string(coalitions)?),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// The letters of a mailing, in the order of their identities.
///
/// # Errors
/// When the database fails.
pub fn letters_of(r: &mut Reads<'_>, mailing: MailingId) -> Result<Vec<MailingLetter>> {
    let rows: Vec<(i64, MessageId, PersonId, String)> = mailing_letters::table
        .filter(mailing_letters::mailing_id.eq(mailing))
        .order(mailing_letters::id)
        .select((
            mailing_letters::id,
            mailing_letters::message_id,
            mailing_letters::person_id,
            mailing_letters::coalitions,
        ))
        .load(r.conn())?;
    rows.into_iter()
        .map(|(id, message_id, person_id, coalitions)| {
            Ok(MailingLetter {
                id,
                message_id,
                person_id,
                coalitions: serde_json::from_str(&coalitions)?,
            })
        })
        .collect()
}

/// Where the messages of a mailing go, and what became of them.
///
/// # Errors
/// When the database fails.
pub fn messages_of(
    r: &mut Reads<'_>,
    (cause, mailing): (&str, MailingId),
) -> Result<HashMap<MessageId, (String, MessageState)>> {
    let rows: Vec<(MessageId, String, MessageState)> = messages::table
        .filter(messages::cause_kind.eq(cause))
        .filter(messages::cause_id.eq(mailing.0))
        .select((messages::id, messages::address, messages::state))
        .load(r.conn())?;
    Ok(rows
        .into_iter()
        .map(|(id, address, state)| (id, (address, state)))
        .collect())
}
