//! The worker's view of the outbox: claims, outcomes, the pause.

use diesel::prelude::*;

use super::pace::{Room, room};
use crate::platform::clock::{CLOCKS_DIFFER_SECONDS, Instant};
use crate::platform::db::schema::{mail_pause, messages, people, roles};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, CompetitionId, LinkId, MessageId, PersonId};
use crate::platform::outbox::MessageState;
use crate::platform::refusal::Result;

/// A message that this worker alone may send, until the lease ends.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The row.
    pub id: MessageId,
    /// Its kind.
    pub kind: String,
    /// The account it goes to, if there is one.
    pub person: Option<PersonId>,
    /// Where it goes.
    pub address: String,
    /// In which language.
    pub language: String,
    /// The merge fields, as JSON.
    pub fields: String,
    /// How often it was tried before this time.
    pub attempts: i32,
    /// The link by which its recipient turns reminders off, if it is one.
    pub unsubscribe: Option<LinkId>,
}

#[derive(Queryable)]
struct Found {
    id: MessageId,
    kind: String,
    person: Option<PersonId>,
    address: String,
    language: String,
    fields: String,
    attempts: i32,
    state: MessageState,
}

/// The queue stands still.
#[derive(Clone, Debug, Queryable)]
pub struct Pause {
    /// The next attempt is not before this moment.
    pub until: Instant,
    /// What the mail server said.
    pub reason: String,
    /// Since when.
    pub since: Instant,
}

/// The pause is one row or none.
const THE_PAUSE: i64 = 1;

/// Whether a message could be claimed now; asked before writing, so that an idle worker writes
/// nothing.
///
/// # Errors
/// When the database fails.
pub fn has_work(r: &mut Reads<'_>, per_minute: u32) -> Result<bool> {
    Ok(!stands_still(r)? && (next(r, per_minute)?.is_some() || leases_from_ahead(r)? > 0))
}

/// How many leases end later than one that begins now: the clock was set back since.
fn leases_from_ahead(r: &mut Reads<'_>) -> Result<i64> {
    let now = r.now();
    Ok(messages::table
        .filter(messages::state.eq(MessageState::Sending))
        .filter(messages::tried_at.gt(now.plus_seconds(CLOCKS_DIFFER_SECONDS)))
        .count()
        .get_result(r.conn())?)
}

/// Lets them begin anew: whoever holds one may still be sending, so it is not taken away.
fn begin_leases_anew(w: &mut Writes<'_>, lease_seconds: i64) -> Result<()> {
    let now = w.now();
    let from_ahead = messages::table
        .filter(messages::state.eq(MessageState::Sending))
        .filter(messages::tried_at.gt(now.plus_seconds(CLOCKS_DIFFER_SECONDS)));
    diesel::update(from_ahead)
        .set((
            messages::tried_at.eq(Some(now)),
            messages::lease_until.eq(Some(now.plus_seconds(lease_seconds))),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Claims the message that has been due longest, those that somebody waits for first, or one that
/// a worker left unfinished.
///
/// # Errors
/// When the database fails.
pub fn claim(w: &mut Writes<'_>, lease_seconds: i64, per_minute: u32) -> Result<Option<Claimed>> {
    if stands_still(w)? {
        return Ok(None);
    }
    begin_leases_anew(w, lease_seconds)?;
    let Some(found) = next(w, per_minute)? else {
        return Ok(None);
    };
    let now = w.now();
    let lease = now.plus_seconds(lease_seconds);
    let unchanged = messages::table
        .find(found.id)
        .filter(messages::state.eq(found.state))
        .filter(messages::attempts.eq(found.attempts));
    let changed = diesel::update(unchanged)
        .set((
            messages::state.eq(MessageState::Sending),
            messages::lease_until.eq(Some(lease)),
            messages::attempts.eq(found.attempts + 1),
            messages::tried_at.eq(Some(now)),
        ))
        .execute(w.conn())?;
    Ok((changed == 1).then(|| found.claimed()))
}

impl Found {
    fn claimed(self) -> Claimed {
        Claimed {
            id: self.id,
            kind: self.kind,
            person: self.person,
            address: self.address,
            language: self.language,
            fields: self.fields,
            attempts: self.attempts,
            unsubscribe: None,
        }
    }
}

fn next(r: &mut Reads<'_>, per_minute: u32) -> Result<Option<Found>> {
    let now = r.now();
    let last_precedence = match room(r, per_minute)? {
        Room::Any => i32::MAX,
        Room::WaitedFor => 0,
        Room::None => return Ok(None),
    };
    let columns = (
        messages::id,
        messages::kind,
        messages::person_id,
        messages::address,
        messages::language,
        messages::fields,
        messages::attempts,
        messages::state,
    );
    // What was due when it was written, or tried before, does not wait for a clock that was set back.
    let is_due = messages::due_at
        .le(now)
        .or(messages::due_at.le(messages::created_at))
        .or(messages::tried_at
            .assume_not_null()
            .gt(now.plus_seconds(CLOCKS_DIFFER_SECONDS)));
    let due = messages::table
        .filter(messages::state.eq(MessageState::Queued))
        .filter(messages::precedence.le(last_precedence))
        .filter(is_due)
        .order((
            messages::precedence.asc(),
            messages::due_at.asc(),
            messages::id.asc(),
        ))
        .select(columns)
        .first(r.conn())
        .optional()?;
    if due.is_some() {
        return Ok(due);
    }
    Ok(messages::table
        .filter(messages::state.eq(MessageState::Sending))
        .filter(messages::precedence.le(last_precedence))
        .filter(messages::lease_until.lt(now))
        .order((messages::due_at.asc(), messages::id.asc()))
        .select(columns)
        .first(r.conn())
        .optional()?)
}

/// Marks a message as taken by the mail server, whoever holds the claim by now.
///
/// # Errors
/// When the database fails.
pub fn mark_sent(w: &mut Writes<'_>, id: MessageId) -> Result<()> {
    let now = w.now();
    diesel::update(messages::table.find(id))
        .set((
            messages::state.eq(MessageState::Sent),
            messages::sent_at.eq(Some(now)),
            messages::lease_until.eq(None::<Instant>),
            messages::last_error.eq(None::<String>),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Gives a claimed message up or cancels it, with the reason; if it is still this worker's, which
/// state and count tell, as each claim counts an attempt.
///
/// # Errors
/// When the database fails.
pub fn end(w: &mut Writes<'_>, claimed: &Claimed, state: MessageState, why: &str) -> Result<()> {
    let ours = messages::table
        .find(claimed.id)
        .filter(messages::state.eq(MessageState::Sending))
        .filter(messages::attempts.eq(claimed.attempts + 1));
    let died_at = (state == MessageState::Dead).then(|| w.now());
    diesel::update(ours)
        .set((
            messages::state.eq(state),
            messages::lease_until.eq(None::<Instant>),
            messages::last_error.eq(Some(why)),
            messages::died_at.eq(died_at),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Puts a claimed message back, for a later attempt; if it is still this worker's.
///
/// # Errors
/// When the database fails.
pub fn put_back(
    w: &mut Writes<'_>,
    claimed: &Claimed,
    due_at: Instant,
    attempts: i32,
    why: &str,
) -> Result<()> {
    let ours = messages::table
        .find(claimed.id)
        .filter(messages::state.eq(MessageState::Sending))
        .filter(messages::attempts.eq(claimed.attempts + 1));
    diesel::update(ours)
        .set((
            messages::state.eq(MessageState::Queued),
            messages::due_at.eq(due_at),
            messages::attempts.eq(attempts),
            messages::lease_until.eq(None::<Instant>),
            messages::last_error.eq(Some(why)),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// The pause, if the queue stands still or is about to be tried again.
///
/// # Errors
/// When the database fails.
pub fn pause(r: &mut Reads<'_>) -> Result<Option<Pause>> {
    Ok(mail_pause::table
        .find(THE_PAUSE)
        .select((mail_pause::until, mail_pause::reason, mail_pause::since))
        .first(r.conn())
        .optional()?)
}

fn stands_still(r: &mut Reads<'_>) -> Result<bool> {
    let now = r.now();
    Ok(pause(r)?.is_some_and(|pause| pause.until > now && !pause.since.is_ahead_of(now)))
}

/// Holds the queue from one moment until another; gives whether it did not stand still before.
///
/// # Errors
/// When the database fails.
pub fn hold(w: &mut Writes<'_>, since: Instant, until: Instant, reason: &str) -> Result<bool> {
    let longer = diesel::update(mail_pause::table.find(THE_PAUSE))
        .set((
            mail_pause::until.eq(until),
            mail_pause::reason.eq(reason),
            mail_pause::since.eq(since),
        ))
        .execute(w.conn())?;
    if longer > 0 {
        return Ok(false);
    }
    diesel::insert_into(mail_pause::table)
        .values((
            mail_pause::id.eq(THE_PAUSE),
            mail_pause::until.eq(until),
            mail_pause::reason.eq(reason),
            mail_pause::since.eq(since),
        ))
        .execute(w.conn())?;
    Ok(true)
}

/// Ends the pause. Gives whether there was one.
///
/// # Errors
/// When the database fails.
pub fn release(w: &mut Writes<'_>) -> Result<bool> {
    Ok(diesel::delete(mail_pause::table).execute(w.conn())? > 0)
}

/// Notes that a message came back; for good makes it a dead letter. A report on one that waits to
/// be sent again is about an earlier attempt, and changes nothing. Gives the competition and
/// coalition that it is about; none if there is no such message.
///
/// # Errors
/// When the database fails.
pub fn came_back(
    w: &mut Writes<'_>,
    id: MessageId,
    why: &str,
    permanent: bool,
) -> Result<Option<(Option<CompetitionId>, Option<CoalitionId>)>> {
    let about = messages::table
        .find(id)
        .select((messages::competition_id, messages::coalition_id))
        .first(w.conn())
        .optional()?;
    let sent = || {
        let states = vec![MessageState::Sent, MessageState::Sending];
        messages::table
            .find(id)
            .filter(messages::state.eq_any(states))
    };
    diesel::update(sent())
        .set(messages::last_error.eq(Some(why)))
        .execute(w.conn())?;
    if permanent {
        let now = w.now();
        diesel::update(sent())
            .set((
                messages::state.eq(MessageState::Dead),
                messages::bounced_at.eq(Some(now)),
                messages::died_at.eq(Some(now)),
            ))
            .execute(w.conn())?;
    }
    Ok(about)
}

/// Who is told when the queue stands still: administrators, and officers of any competition.
///
/// # Errors
/// When the database fails.
pub fn those_in_charge(r: &mut Reads<'_>) -> Result<Vec<PersonId>> {
    let officers = roles::table
        .filter(roles::role.eq("officer"))
        .select(roles::person_id);
    Ok(people::table
        .filter(people::disabled_at.is_null())
        .filter(
            people::administrator
                .eq(true)
                .or(people::id.eq_any(officers)),
        )
        .order(people::id)
        .select(people::id)
        .load(r.conn())?)
}

/// Whether this person wants no reminders.
///
/// # Errors
/// When the database fails.
pub fn wants_no_reminders(r: &mut Reads<'_>, person: PersonId) -> Result<bool> {
    let off: Option<bool> = people::table
        .find(person)
        .select(people::reminders_off)
        .first(r.conn())
        .optional()?;
    Ok(off.unwrap_or(false))
}
