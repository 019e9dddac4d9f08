//! The outbox: messages are rows, written in the transaction of the act that causes them, so
//! that there is no act without its mail and no mail without its act. The mail worker sends them
//! afterwards; see [`crate::platform::mail`].

pub mod store;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::platform::db::Writes;
use crate::platform::ids::{CoalitionId, CompetitionId, MessageId, PersonId};
use crate::platform::mail::catalogue::catalogue;
use crate::platform::mail::times::{self, Reader};
use crate::platform::refusal::{Failure, Result};

use super::clock::Instant;

crate::text_enum! {
    /// What became of a message.
    MessageState {
        /// Waits until it is due.
        Queued = "queued",
        /// A worker has it, until its lease ends.
        Sending = "sending",
        /// The mail server took it.
        Sent = "sent",
        /// Given up; officers see why and can send it again.
        Dead = "dead",
        /// Called back before it was sent, or not wanted by its recipient.
        Cancelled = "cancelled",
    }
}

/// Who a message goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// A person with an account: address, language and time zone as they are when the message is
    /// written.
    Person(PersonId),
    /// Someone without an account yet.
    Address {
        /// The e-mail address.
        address: String,
        /// The language to write in, like `en`.
        language: String,
    },
}

/// A message to one recipient.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The kind, as in `config/messages.toml`.
    pub kind: &'static str,
    /// Who gets it.
    pub to: Recipient,
    /// Names the event for this recipient: a second letter with the same key is not written.
    /// It outlives a cancelled letter, so an act that can be done again has its own id in it.
    pub dedupe_key: String,
    /// What caused it: the kind of the object and its id, by which it can be called back.
    pub cause: (&'static str, i64),
    /// The competition it belongs to: its officers see it when it can't be delivered.
    pub competition: Option<CompetitionId>,
    /// The coalition it is about: who conflicts with it does not see the message.
    pub coalition: Option<CoalitionId>,
    /// Not before this moment; at once if there is none.
    pub due_at: Option<Instant>,
    /// The merge fields, exactly those that the kind declares; times as [`times::moment`].
    pub fields: Value,
}

/// Puts a letter into the outbox, as a part of this act. If one with the same key is there
/// already, in whatever state, that one stays and its id is given back.
///
/// # Errors
/// When the fields are not those that the kind declares, or the recipient does not exist.
pub fn enqueue(w: &mut Writes<'_>, letter: Letter) -> Result<MessageId> {
    let kind = catalogue()?.kind(letter.kind)?;
    let fields = letter
        .fields
        .as_object()
        .ok_or_else(|| wrong_fields(letter.kind, "the fields are no object"))?;
    kind.check_fields(fields)
        .map_err(|what| wrong_fields(letter.kind, what))?;
    if let Some(earlier) = store::id_of_key(w, &letter.dedupe_key)? {
        return Ok(earlier);
    }
    let to = store::addressee(w, &letter.to)?
        .ok_or_else(|| Failure::broken(format_args!("{:?} does not exist", letter.to)))?;
    // Somebody waits for a link, and for word about their account, while an announcement goes out.
    let waited_for = kind.link_field.is_some() || letter.competition.is_none();
    let unwanted = kind.reminder && to.reminders_off;
    let reader = Reader {
        language: &to.language,
        time_zone: to.time_zone.as_deref(),
    };
    let fields = times::fields_for_reader(fields, reader);
    store::insert(w, &letter, &fields, &to, unwanted, i32::from(!waited_for))
}

/// How the delivery of several messages stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Delivery {
    /// The mail server took them.
    pub sent: usize,
    /// They wait, or are being sent.
    pub waiting: usize,
    /// They were given up and can be sent again.
    pub dead: usize,
    /// They were called back.
    pub cancelled: usize,
}

impl Delivery {
    /// Counts one more message.
    pub const fn count(&mut self, state: MessageState) {
        match state {
            MessageState::Queued | MessageState::Sending => self.waiting += 1,
            MessageState::Sent => self.sent += 1,
            MessageState::Dead => self.dead += 1,
            MessageState::Cancelled => self.cancelled += 1,
        }
    }
}

/// Calls back the messages that a cause has brought about and that nobody has begun to send.
/// Gives how many there were.
///
/// # Errors
/// When the database fails.
pub fn cancel(w: &mut Writes<'_>, cause_kind: &str, cause_id: i64) -> Result<usize> {
    store::cancel(w, cause_kind, cause_id)
}

/// Calls back every message about a coalition to a person who may read of it no more: those that
/// wait, the one that is being sent, should that fail, and those that could not be delivered.
/// Gives how many there were.
///
/// # Errors
/// When the database fails.
pub fn shut_out(w: &mut Writes<'_>, person: PersonId, coalition: CoalitionId) -> Result<usize> {
    store::shut_out(w, person, coalition)
}

fn wrong_fields(kind: &str, what: impl std::fmt::Display) -> Failure {
    Failure::broken(format_args!("a letter of kind {kind}: {what}"))
}
