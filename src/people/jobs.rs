//! What happens by itself: the head of the audit log goes to the administrators each day, and
//! what has expired is removed.

use diesel::prelude::*;

use super::keys::Keys;
use super::{guesses, letters, store};
use crate::platform::audit;
use crate::platform::db::Writes;
use crate::platform::db::schema::{idempotency_keys, links, refresh_tokens, sessions};
use crate::platform::refusal::Result;

/// Sends every administrator the signed head of the audit log, once on each day (UTC): outside of
/// the database, so that nobody who holds it can compute the chain anew without being found out.
///
/// # Errors
/// When the database fails.
pub fn tell_audit_head(w: &mut Writes<'_>, keys: &Keys) -> Result<()> {
    let (position, head) = audit::head(w)?;
    if position == 0 {
        return Ok(());
    }
    let now = w.now().to_string();
    let date = now.split('T').next().unwrap_or_default();
    let signature = keys.signature_of_head(&head)?;
    for administrator in store::administrators(w)? {
        letters::audit_head(w, administrator, date, position, &head, &signature)?;
    }
    Ok(())
}

/// Hours for which an answer is kept under its idempotency key.
const ANSWERS_STAY_HOURS: i64 = 24;

/// Days for which an expired link is still known, so that its page can say so.
const EXPIRED_LINKS_STAY_DAYS: i64 = 30;

/// Removes what is no longer good for anything: answers kept under their idempotency key, tries
/// too old to count, expired refresh tokens and links. Sessions that have expired are ended, so that
/// no clock that is set back revives them.
///
/// # Errors
/// When the database fails.
pub fn clean_up(w: &mut Writes<'_>) -> Result<()> {
    guesses::remove_forgotten(w)?;
    let now = w.now();
    let a_day_ago = now.plus_hours(-ANSWERS_STAY_HOURS);
    diesel::delete(idempotency_keys::table.filter(idempotency_keys::created_at.le(a_day_ago)))
        .execute(w.conn())?;
    diesel::delete(refresh_tokens::table.filter(refresh_tokens::expires_at.le(now)))
        .execute(w.conn())?;
    let expired = sessions::table
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.le(now));
    diesel::update(expired)
        .set((
            sessions::ended_at.eq(now),
            sessions::end_reason.eq("expired"),
        ))
        .execute(w.conn())?;
    let long_ago = now.plus_days(-EXPIRED_LINKS_STAY_DAYS);
    diesel::delete(links::table.filter(links::expires_at.le(long_ago))).execute(w.conn())?;
    Ok(())
}
