//! PostgreSQL: each unit of writing is one `SERIALIZABLE` transaction, run again when it loses
//! against another. Long units that read much (chaining the audit log, telling hundreds) would
//! lose for ever in a crowd, so whoever lost a few times runs alone.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::{
    Connections, Hindrance, Instant, Writes, as_unavailable_if_lost, cut_off, dialect, hindrance,
    lost, unavailable,
};
use crate::platform::random::Entropy;
use crate::platform::refusal::{Failure, Result};

/// Units run again since the start, for tests and metrics.
pub(super) static RETRIES: AtomicU64 = AtomicU64::new(0);

/// After so many tries the person is asked to try again.
const TRIES: u32 = 6;

/// After so many of them the unit runs alone: it can lose no more.
const TRIES_IN_THE_CROWD: u32 = 3;

/// The turnstile is a lock on a table that hardly ever changes; reading it stays possible. Unlike
/// an advisory lock, it is taken before the transaction's snapshot, so that who waited for it
/// sees what those before wrote.
const IN_THE_CROWD: &str =
    "BEGIN ISOLATION LEVEL SERIALIZABLE; LOCK TABLE signing_keys IN ROW SHARE MODE";
const ALONE: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE; LOCK TABLE signing_keys IN EXCLUSIVE MODE";

pub(super) fn write<T, F>(pool: &Connections, now: Instant, entropy: &Entropy, act: F) -> Result<T>
where
    F: Fn(&mut Writes<'_>) -> Result<T>,
{
    for attempt in 0..TRIES {
        let mut conn = pool.get().map_err(cut_off)?;
        let begin = if attempt < TRIES_IN_THE_CROWD {
            IN_THE_CROWD
        } else {
            ALONE
        };
        dialect::begin(&mut conn, begin).map_err(lost)?;
        let outcome = act(&mut Writes::new(&mut conn, now, entropy));
        let lost_to = match outcome {
            Ok(value) => match dialect::commit(&mut conn) {
                Ok(()) => return Ok(value),
                // Whether it holds is not known: the caller asks again with the same key.
                Err(error) if !dialect::lost_against_another(&error) => return Err(lost(error)),
                Err(error) => error,
            },
            Err(failure) => {
                // A refusal read from a snapshot that can't be committed is not to be trusted,
                // but refusals write nothing: the next request sees the newer state. A connection
                // that may only read stays so: its open transaction has the pool close it.
                if !matches!(hindrance(&failure), Some((_, Hindrance::ReadOnly))) {
                    drop(dialect::rollback(&mut conn));
                }
                match serialization(failure) {
                    Ok(error) => error,
                    Err(failure) => return Err(as_unavailable_if_lost(failure)),
                }
            }
        };
        RETRIES.fetch_add(1, Ordering::Relaxed);
        tracing::debug!(attempt, error = %lost_to, "a write unit lost against another and runs again");
        drop(conn);
        std::thread::sleep(Duration::from_millis(entropy.below(4 << attempt)));
    }
    Err(unavailable())
}

/// The database's error when the unit lost against another, else the failure itself.
fn serialization(failure: Failure) -> std::result::Result<diesel::result::Error, Failure> {
    match failure {
        Failure::Broken(error) => match error.downcast::<diesel::result::Error>() {
            Ok(error) if dialect::lost_against_another(&error) => Ok(error),
            Ok(error) => Err(error.into()),
            Err(error) => Err(Failure::Broken(error)),
        },
        refused @ Failure::Refused(_) => Err(refused),
    }
}
