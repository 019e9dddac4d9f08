//! Signing in and out: sessions, access and refresh tokens.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::keys::Keys;
use super::store::PersonRow;
use crate::platform::audit::{self, Act};
use crate::platform::clock::Instant;
use crate::platform::db::schema::{refresh_tokens, sessions};
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
    /// A session and the refresh tokens in it, in days from the sign-in.
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
            if !now.is_within(RACE_SECONDS, used) || !is_direct_predecessor(w, session, id)? =>
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
