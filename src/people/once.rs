//! `Idempotency-Key`: a request that is sent again counts once. Its answer is kept for a day, in
//! the act's own transaction, and repeated to who would still be let in.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use diesel::prelude::*;

use super::model::Person;
use crate::platform::db::schema::idempotency_keys as kept;
use crate::platform::db::{Reads, Writes};
use crate::platform::digest::sha256_hex;
use crate::platform::refusal::{Failure, Refusal, Result};

/// Requests with a key that run now, in this process. Between servers, the key's unique
/// constraint makes the later of two the one that finds the answer of the first.
#[derive(Clone, Default)]
pub struct Running(Arc<Mutex<HashSet<String>>>);

/// A request that runs; dropped at its end.
pub(super) struct Runs {
    all: Running,
    name: String,
}

impl Running {
    /// Begins a request; none while the same is running.
    pub(super) fn begin(&self, bearer: &str, asked: &KeyedRequest) -> Option<Runs> {
        let name = sha256_hex(format!("{bearer}\n{}\n{}", asked.route, asked.key).as_bytes());
        self.names().insert(name.clone()).then(|| Runs {
            all: self.clone(),
            name,
        })
    }

    fn names(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Runs {
    fn drop(&mut self) {
        self.all.names().remove(&self.name);
    }
}

/// What a request came to.
pub(super) struct Outcome {
    pub(super) status: u16,
    pub(super) location: Option<String>,
    pub(super) body: String,
}

/// A request that must count once.
pub(super) struct KeyedRequest {
    /// Method and path.
    pub(super) route: String,
    /// As the caller chose it.
    pub(super) key: String,
    /// Of everything that was sent beside.
    pub(super) digest: String,
}

/// Hours for which an answer is kept under its key.
const KEPT_HOURS: i64 = 24;

impl KeyedRequest {
    /// Acts, or repeats the answer of the time before.
    pub(super) fn once(
        &self,
        w: &mut Writes<'_>,
        who: &Person,
        act: &impl Fn(&mut Writes<'_>, &Person) -> Result<Outcome>,
    ) -> Result<Outcome> {
        self.demand_length()?;
        let since = w.now().plus_hours(-KEPT_HOURS);
        let mine = kept::person_id
            .eq(who.id.0)
            .and(kept::route.eq(&self.route))
            .and(kept::key.eq(&self.key));
        let before: Option<(String, i32, String, Option<String>)> = kept::table
            .filter(mine)
            .filter(kept::created_at.gt(since))
            .select((kept::body_digest, kept::status, kept::body, kept::location))
            .first(w.conn())
            .optional()?;
        if let Some((digest, status, body, location)) = before {
            if digest != self.digest {
                return Err(Refusal::KeyReused.into());
            }
            still_allowed(w, who, act)?;
            return Ok(Outcome {
                status: u16::try_from(status).unwrap_or(200),
                location,
                body,
            });
        }
        let outcome = act(w, who)?;
        diesel::delete(kept::table.filter(mine)).execute(w.conn())?;
        let (id, now) = (w.fresh_id::<i64>(), w.now());
        diesel::insert_into(kept::table)
            .values((
                kept::id.eq(id),
                kept::person_id.eq(who.id.0),
                kept::route.eq(&self.route),
                kept::key.eq(&self.key),
                kept::body_digest.eq(&self.digest),
                kept::status.eq(i32::from(outcome.status)),
                kept::body.eq(&outcome.body),
                kept::location.eq(&outcome.location),
                kept::created_at.eq(now),
            ))
            .execute(w.conn())?;
        Ok(outcome)
    }

    fn demand_length(&self) -> Result<()> {
        if self.key.is_empty() || self.key.len() > 200 {
            let words = "An Idempotency-Key has 1 to 200 characters.";
            return Err(Refusal::Malformed(words.into()).into());
        }
        Ok(())
    }
}

/// Whether an answer is kept under a key.
pub(super) fn is_answered(r: &mut Reads<'_>, who: &Person, route: &str, key: &str) -> Result<bool> {
    let since = r.now().plus_hours(-KEPT_HOURS);
    let answers: i64 = kept::table
        .filter(kept::person_id.eq(who.id.0))
        .filter(kept::route.eq(route))
        .filter(kept::key.eq(key))
        .filter(kept::created_at.gt(since))
        .count()
        .get_result(r.conn())?;
    Ok(answers > 0)
}

/// An answer is repeated only to who would still be let in: the act is tried and undone, and a
/// refusal for want of sight or right counts.
fn still_allowed(
    w: &mut Writes<'_>,
    who: &Person,
    act: &impl Fn(&mut Writes<'_>, &Person) -> Result<Outcome>,
) -> Result<()> {
    match w.try_out(|w| act(w, who))? {
        Err(Failure::Refused(refusal)) if matches!(refusal.words().1, 401 | 403 | 404) => {
            Err(refusal.into())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_request_runs_once_at_a_time() {
        let running = Running::default();
        let asked = |key: &str| KeyedRequest {
            route: "POST /places/imports".into(),
            key: key.into(),
            digest: String::new(),
        };
        let first = running.begin("token", &asked("a"));
        assert!(first.is_some());
        assert!(running.begin("token", &asked("a")).is_none());
        assert!(running.begin("token", &asked("b")).is_some());
        assert!(running.begin("another", &asked("a")).is_some());
        drop(first);
        assert!(running.begin("token", &asked("a")).is_some());
    }
}
