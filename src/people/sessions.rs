//! Signing in and out: sessions, access and refresh tokens, and delays against guessing.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::keys::Keys;
use super::store::PersonRow;
use crate::platform::audit::{self, Act};
use crate::platform::clock::Instant;
use crate::platform::db::schema::{refresh_tokens, sessions, sign_in_delays as delays};
use crate::platform::db::{Reads, Writes};
use crate::platform::digest::sha256_hex;
use crate::platform::ids::{PersonId, SessionId};
use crate::platform::refusal::{Refusal, Result};
use serde_json::json;

/// How long things last.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    /// An access token, in seconds.
    pub access_seconds: i64,
    /// A refresh token, in days.
    pub refresh_days: i64,
}

/// Address and password, and the one-time code where the account asks for it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The account's address.
    #[schema(example = "officer@civitas.example")]
    pub email: String,
    /// The password.
    pub password: String,
    /// Six digits of the authenticator, or a recovery code.
    #[serde(default)]
    pub code: Option<String>,
}

/// What a signed-in program holds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Tokens {
    /// For `Authorization: Bearer …`.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// Seconds until the access token expires.
    pub expires_in: i64,
    /// Good for one new pair of tokens.
    pub refresh_token: String,
    /// The session, for ending it.
    pub session: SessionId,
    /// Who is signed in.
    pub person: PersonId,
}

/// Begins a session; the caller has checked password and code.
///
/// # Errors
/// When the database fails.
pub fn begin(
    w: &mut Writes<'_>,
    keys: &Keys,
    row: &PersonRow,
    second_factor: bool,
    last: Lifetimes,
) -> Result<Tokens> {
    let (id, now) = (w.fresh_id::<SessionId>(), w.now());
    let expires = now.plus_days(last.refresh_days);
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(id),
            sessions::person_id.eq(row.id),
            sessions::kind.eq("api"),
            sessions::created_at.eq(now),
            sessions::authenticated_at.eq(now),
            sessions::second_factor.eq(second_factor),
            sessions::last_seen_at.eq(now),
            sessions::expires_at.eq(expires),
        ))
        .execute(w.conn())?;
    audit::record(
        w,
        Act {
            actor: Some(row.id),
            act: "session.begun",
            object: ("session", id.0),
            competition: None,
            coalition: None,
            detail: json!({"second_factor": second_factor}),
        },
    )?;
    tokens(w, keys, row.id, id, last)
}

fn tokens(
    w: &mut Writes<'_>,
    keys: &Keys,
    person: PersonId,
    session: SessionId,
    last: Lifetimes,
) -> Result<Tokens> {
    let (id, now, refresh_token) = (w.fresh_id::<i64>(), w.now(), w.entropy().token());
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::id.eq(id),
            refresh_tokens::session_id.eq(session),
            refresh_tokens::token_hash.eq(sha256_hex(&refresh_token)),
            refresh_tokens::created_at.eq(now),
            refresh_tokens::expires_at.eq(now.plus_days(last.refresh_days)),
        ))
        .execute(w.conn())?;
    Ok(Tokens {
        access_token: keys.access_token(person, session, now, last.access_seconds)?,
        token_type: "Bearer",
        expires_in: last.access_seconds,
        refresh_token,
        session,
        person,
    })
}

/// Two tabs that refresh at once are a race, not a theft, for so many seconds.
const RACE_SECONDS: i64 = 10;

/// A new pair of tokens for a refresh token. A token that was used before ends the whole session,
/// and `None` says so: the ending must be committed, not rolled back by a refusal.
///
/// # Errors
/// 401 when the token is unknown or its session is over.
pub fn refresh(
    w: &mut Writes<'_>,
    keys: &Keys,
    token: &str,
    last: Lifetimes,
) -> Result<Option<Tokens>> {
    type Row = (i64, SessionId, Option<Instant>, Instant);
    let row: Option<Row> = refresh_tokens::table
        .filter(refresh_tokens::token_hash.eq(sha256_hex(token)))
        .select((
            refresh_tokens::id,
            refresh_tokens::session_id,
            refresh_tokens::used_at,
            refresh_tokens::expires_at,
        ))
        .first(w.conn())
        .optional()?;
    let (id, session, used_at, expires_at) = row.ok_or(Refusal::SignInNeeded)?;
    let now = w.now();
    let (person, _) = super::store::caller_in_session(w, session)?.ok_or(Refusal::SignInNeeded)?;
    if expires_at <= now {
        return Err(Refusal::SignInNeeded.into());
    }
    match used_at {
        Some(used)
            if now.seconds_since(used) > RACE_SECONDS
                || !is_direct_predecessor(w, session, id)? =>
        {
            end(w, session, "refresh_token_reused")?;
            return Ok(None);
        }
        Some(_) => {}
        None => {
            diesel::update(refresh_tokens::table.find(id))
                .set(refresh_tokens::used_at.eq(now))
                .execute(w.conn())?;
        }
    }
    tokens(w, keys, person.id, session, last).map(Some)
}

/// Whether at most one token of the session was used after this one.
fn is_direct_predecessor(r: &mut Reads<'_>, session: SessionId, id: i64) -> Result<bool> {
    let newest_used: Option<i64> = refresh_tokens::table
        .filter(refresh_tokens::session_id.eq(session))
        .filter(refresh_tokens::used_at.is_not_null())
        .order(refresh_tokens::used_at.desc())
        .select(refresh_tokens::id)
        .first(r.conn())
        .optional()?;
    Ok(newest_used == Some(id))
}

/// Ends a session at once.
///
/// # Errors
/// When the database fails.
pub fn end(w: &mut Writes<'_>, session: SessionId, reason: &str) -> Result<()> {
    let now = w.now();
    diesel::update(
        sessions::table
            .find(session)
            .filter(sessions::ended_at.is_null()),
    )
    .set((sessions::ended_at.eq(now), sessions::end_reason.eq(reason)))
    .execute(w.conn())?;
    audit::record(
        w,
        Act {
            actor: None,
            act: "session.ended",
            object: ("session", session.0),
            competition: None,
            coalition: None,
            detail: json!({"reason": reason}),
        },
    )
}

/// Ends every session of a person, but for one that may stay.
///
/// # Errors
/// When the database fails.
pub fn end_all(
    w: &mut Writes<'_>,
    person: PersonId,
    but: Option<SessionId>,
    reason: &str,
) -> Result<()> {
    let live: Vec<SessionId> = sessions::table
        .filter(sessions::person_id.eq(person))
        .filter(sessions::ended_at.is_null())
        .select(sessions::id)
        .load(w.conn())?;
    live.into_iter()
        .filter(|session| Some(*session) != but)
        .try_for_each(|session| end(w, session, reason))
}

/// The growing delay belongs to account and address together, so that nobody can lock another
/// person out from elsewhere.
fn delay_row(
    r: &mut Reads<'_>,
    account: &str,
    address: &str,
) -> Result<Option<(i64, i32, Instant, Instant)>> {
    Ok(delays::table
        .filter(delays::account_hash.eq(sha256_hex(account.trim().to_lowercase())))
        .filter(delays::address.eq(address))
        .select((
            delays::id,
            delays::failures,
            delays::last_at,
            delays::blocked_until,
        ))
        .first(r.conn())
        .optional()?)
}

/// Refuses while the delay runs.
///
/// # Errors
/// 429 with the seconds left.
pub fn check_delay(r: &mut Reads<'_>, account: &str, address: &str) -> Result<()> {
    let now = r.now();
    match delay_row(r, account, address)? {
        Some((_, _, _, until)) if until > now => {
            Err(Refusal::TooMany(until.seconds_since(now) + 1).into())
        }
        _ => Ok(()),
    }
}

/// Seconds to wait after so many failures in a row: none for the first four, then doubling to an hour.
const fn delay_after(failures: i32) -> i64 {
    if failures < 5 {
        0
    } else if failures > 16 {
        3600
    } else {
        1 << (failures - 4)
    }
}

/// Counts a failed sign-in.
///
/// # Errors
/// When the database fails.
pub fn count_failure(w: &mut Writes<'_>, account: &str, address: &str) -> Result<()> {
    let now = w.now();
    let before = delay_row(w, account, address)?;
    let recent = before
        .as_ref()
        .filter(|(_, _, last, _)| now.seconds_since(*last) < 24 * 3600);
    let failures = recent.map_or(0, |(_, failures, _, _)| *failures) + 1;
    let until = now.plus_seconds(delay_after(failures));
    if let Some((id, ..)) = before {
        diesel::update(delays::table.find(id))
            .set((
                delays::failures.eq(failures),
                delays::last_at.eq(now),
                delays::blocked_until.eq(until),
            ))
            .execute(w.conn())?;
        return Ok(());
    }
    let id = w.fresh_id::<i64>();
    diesel::insert_into(delays::table)
        .values((
            delays::id.eq(id),
            delays::account_hash.eq(sha256_hex(account.trim().to_lowercase())),
            delays::address.eq(address),
            delays::failures.eq(failures),
            delays::last_at.eq(now),
            delays::blocked_until.eq(until),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Forgets the failures after a sign-in that worked.
///
/// # Errors
/// When the database fails.
pub fn forget_failures(w: &mut Writes<'_>, account: &str, address: &str) -> Result<()> {
    if let Some((id, ..)) = delay_row(w, account, address)? {
        diesel::delete(delays::table.find(id)).execute(w.conn())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::delay_after;

    #[test]
    fn guessing_grows_slow() {
        let waits: Vec<i64> = (1..=8).map(delay_after).collect();
        assert_eq!(waits, [0, 0, 0, 0, 2, 4, 8, 16]);
        assert_eq!(delay_after(1000), 3600);
    }
}
