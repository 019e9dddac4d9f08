//! Rows of the outbox.

use std::collections::HashSet;

use diesel::prelude::*;
use serde_json::{Map, Value};

use super::{Letter, MessageState, Recipient};
use crate::platform::clock::Instant;
use crate::platform::db::schema::{messages, people};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, CompetitionId, MessageId, PersonId};
use crate::platform::refusal::Result;

/// Where a message goes, as known when it is written.
#[derive(Clone, Debug)]
pub struct Addressee {
    /// The account, if there is one.
    pub person: Option<PersonId>,
    /// The e-mail address.
    pub address: String,
    /// The language to write in.
    pub language: String,
    /// Their time zone, if they told it.
    pub time_zone: Option<String>,
    /// Whether they want no reminders.
    pub reminders_off: bool,
}

/// The message with this key.
///
/// # Errors
/// When the database fails.
pub fn id_of_key(r: &mut Reads<'_>, key: &str) -> Result<Option<MessageId>> {
    Ok(messages::table
        .filter(messages::dedupe_key.eq(key))
        .select(messages::id)
        .first(r.conn())
        .optional()?)
}

/// The keys of the messages of one kind that a cause has brought about.
///
/// # Errors
/// When the database fails.
pub fn keys_of(
    r: &mut Reads<'_>,
    (cause_kind, cause_id): (&str, i64),
    kind: &str,
) -> Result<HashSet<String>> {
    let keys: Vec<String> = messages::table
        .filter(messages::cause_kind.eq(cause_kind))
        .filter(messages::cause_id.eq(cause_id))
        .filter(messages::kind.eq(kind))
        .select(messages::dedupe_key)
        .load(r.conn())?;
    Ok(keys.into_iter().collect())
}

/// When a letter of this kind was last written to a person about a competition.
///
/// # Errors
/// When the database fails.
pub fn last_written(
    r: &mut Reads<'_>,
    kind: &str,
    competition: CompetitionId,
    person: PersonId,
) -> Result<Option<Instant>> {
    Ok(messages::table
        .filter(messages::kind.eq(kind))
        .filter(messages::competition_id.eq(Some(competition)))
        .filter(messages::person_id.eq(Some(person)))
        .order(messages::created_at.desc())
        .select(messages::created_at)
        .first(r.conn())
        .optional()?)
}

/// Address and language of a recipient.
///
/// # Errors
/// When the database fails.
pub fn addressee(r: &mut Reads<'_>, to: &Recipient) -> Result<Option<Addressee>> {
    match to {
        Recipient::Person(id) => person(r, *id),
        Recipient::Address { address, language } => Ok(Some(Addressee {
            person: None,
            address: address.clone(),
            language: language.clone(),
            time_zone: None,
            reminders_off: false,
        })),
    }
}

/// The one look of the outbox at people: their address, language and wish for no reminders.
fn person(r: &mut Reads<'_>, id: PersonId) -> Result<Option<Addressee>> {
    let row: Option<(String, String, Option<String>, bool)> = people::table
        .find(id)
        .select((
            people::email,
            people::language,
            people::time_zone,
            people::reminders_off,
        ))
        .first(r.conn())
        .optional()?;
    Ok(
        row.map(|(address, language, time_zone, reminders_off)| Addressee {
            person: Some(id),
            address,
            language,
            time_zone,
            reminders_off,
        }),
    )
}

/// Writes a message; an unwanted one is kept as cancelled, with the reason.
///
/// # Errors
/// When the database fails.
pub fn insert(
    w: &mut Writes<'_>,
    letter: &Letter,
    fields: &Map<String, Value>,
    to: &Addressee,
    unwanted: bool,
    precedence: i32,
) -> Result<MessageId> {
    let id: MessageId = w.fresh_id();
    let now = w.now();
    let state = if unwanted {
        MessageState::Cancelled
    } else {
        MessageState::Queued
    };
    diesel::insert_into(messages::table)
        .values((
            messages::id.eq(id),
            messages::dedupe_key.eq(&letter.dedupe_key),
            messages::kind.eq(letter.kind),
            messages::person_id.eq(to.person),
            messages::address.eq(&to.address),
            messages::language.eq(&to.language),
            messages::competition_id.eq(letter.competition),
            messages::coalition_id.eq(letter.coalition),
            messages::cause_kind.eq(letter.cause.0),
            messages::cause_id.eq(letter.cause.1),
            messages::fields.eq(serde_json::to_string(fields)?),
            messages::state.eq(state),
            messages::due_at.eq(letter.due_at.unwrap_or(now)),
            messages::attempts.eq(0),
            messages::last_error.eq(unwanted.then_some("reminders are turned off")),
            messages::created_at.eq(now),
            messages::precedence.eq(precedence),
        ))
        .execute(w.conn())?;
    Ok(id)
}

/// A message, its coalition and person, and what became of it.
pub type Outcome = (
    MessageId,
    Option<CoalitionId>,
    Option<PersonId>,
    MessageState,
);

/// What became of the messages that a cause has brought about, with the coalition and person of
/// each.
///
/// # Errors
/// When the database fails.
pub fn outcomes(r: &mut Reads<'_>, (cause_kind, cause_id): (&str, i64)) -> Result<Vec<Outcome>> {
    Ok(messages::table
        .filter(messages::cause_kind.eq(cause_kind))
        .filter(messages::cause_id.eq(cause_id))
        .order(messages::id)
        .select((
            messages::id,
            messages::coalition_id,
            messages::person_id,
            messages::state,
        ))
        .load(r.conn())?)
}

/// Sends a dead letter again from the start; to the person's present address, where it goes to
/// an account.
///
/// # Errors
/// When the database fails.
pub fn send_again(w: &mut Writes<'_>, id: MessageId) -> Result<()> {
    let to: Option<PersonId> = messages::table
        .find(id)
        .select(messages::person_id)
        .first(w.conn())?;
    let now_at = match to {
        Some(to) => person(w, to)?.map(|found| found.address),
        None => None,
    };
    if let Some(address) = now_at {
        diesel::update(messages::table.find(id))
            .set(messages::address.eq(address))
            .execute(w.conn())?;
    }
    let now = w.now();
    diesel::update(messages::table.find(id))
        .set((
            messages::state.eq(MessageState::Queued),
            messages::due_at.eq(now),
            messages::attempts.eq(0),
            messages::last_error.eq(None::<String>),
            messages::bounced_at.eq(None::<Instant>),
            messages::died_at.eq(None::<Instant>),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Cancels what waits because of this cause.
///
/// # Errors
/// When the database fails.
pub fn cancel(w: &mut Writes<'_>, cause_kind: &str, cause_id: i64) -> Result<usize> {
    let waiting = messages::table
        .filter(messages::cause_kind.eq(cause_kind))
        .filter(messages::cause_id.eq(cause_id))
        .filter(messages::state.eq(MessageState::Queued));
    Ok(diesel::update(waiting)
        .set((
            messages::state.eq(MessageState::Cancelled),
            messages::last_error.eq("called back"),
        ))
        .execute(w.conn())?)
}

/// Cancels what has not been sent to this person about this coalition.
///
/// # Errors
/// When the database fails.
pub fn shut_out(w: &mut Writes<'_>, person: PersonId, coalition: CoalitionId) -> Result<usize> {
    let unsent = messages::table
        .filter(messages::person_id.eq(Some(person)))
        .filter(messages::coalition_id.eq(Some(coalition)))
        .filter(messages::state.eq_any([
            MessageState::Queued,
            MessageState::Sending,
            MessageState::Dead,
        ]));
    Ok(diesel::update(unsent)
        .set((
            messages::state.eq(MessageState::Cancelled),
            messages::last_error.eq("the coalition is closed to the recipient"),
        ))
        .execute(w.conn())?)
}
