//! One-time codes (TOTP, RFC 6238: SHA-1, six digits, 30 seconds) and recovery codes.

use diesel::prelude::*;
use sha2::Digest as _;

use super::store::PersonRow;
use crate::platform::db::Writes;
use crate::platform::db::schema::{people, recovery_codes, sessions};
use crate::platform::digest::hex;
use crate::platform::refusal::{Failure, Result};

/// Seconds for which a code is shown.
const STEP: i64 = 30;

/// The code of a secret (base 32) at a time step.
///
/// # Errors
/// When the secret is not base 32.
pub fn code_at(secret: &str, step: i64) -> Result<String> {
    let step = u64::try_from(step).map_err(|error| Failure::Broken(error.into()))?;
    let secret = totp_rs::Secret::try_from_base32(secret)
        .map_err(|error| Failure::broken(format_args!("{error:?}")))?;
    let totp = totp_rs::Builder::new()
        .with_secret(secret)
        .build()
        .map_err(|error| Failure::broken(format_args!("{error:?}")))?;
    Ok(totp.generate(step * STEP.unsigned_abs()).to_string())
}

/// Takes a code: of this step or one beside it, never one that was used; or a recovery code, once.
///
/// # Errors
/// When the database fails.
pub fn accept(w: &mut Writes<'_>, row: &PersonRow, code: &str) -> Result<bool> {
    let Some(secret) = &row.totp_secret else {
        return Ok(false);
    };
    let code = code.trim().replace(' ', "");
    let now = w.now().seconds() / STEP;
    for step in [now - 1, now, now + 1] {
        if step > row.totp_last_step && code_at(secret, step)? == code {
            diesel::update(people::table.find(row.id))
                .set(people::totp_last_step.eq(step))
                .execute(w.conn())?;
            return Ok(true);
        }
    }
    accept_recovery_code(w, row, &code)
}

fn accept_recovery_code(w: &mut Writes<'_>, row: &PersonRow, code: &str) -> Result<bool> {
    let (hash, at) = (recovery_hash(row, code), w.now());
    let used = diesel::update(
        recovery_codes::table
            .filter(recovery_codes::person_id.eq(row.id))
            .filter(recovery_codes::code_hash.eq(hash))
            .filter(recovery_codes::used_at.is_null()),
    )
    .set(recovery_codes::used_at.eq(at))
    .execute(w.conn())?;
    Ok(used == 1)
}

/// The stored form of a recovery code (they are random, so one pass of SHA-256 is enough).
pub fn recovery_hash(row: &PersonRow, code: &str) -> String {
    hex(&sha2::Sha256::digest(format!(
        "{}:{}",
        row.id,
        code.to_ascii_lowercase()
    )))
}

/// A new secret of 160 bits, in base 32.
pub fn new_secret(entropy: &crate::platform::random::Entropy) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    entropy
        .bytes::<32>()
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte & 31)]))
        .collect()
}

/// A new recovery code of 80 bits.
pub fn new_recovery_code(entropy: &crate::platform::random::Entropy) -> String {
    hex(&entropy.bytes::<10>())
}

/// Takes the second factor and its recovery codes away; no session counts as having given it any
/// more.
///
/// # Errors
/// When the database fails.
pub fn clear(w: &mut Writes<'_>, id: crate::platform::ids::PersonId) -> Result<()> {
    diesel::update(people::table.find(id))
        .set((
            people::totp_secret.eq(None::<String>),
            people::totp_confirmed_at.eq(None::<crate::platform::clock::Instant>),
        ))
        .execute(w.conn())?;
    diesel::delete(recovery_codes::table.filter(recovery_codes::person_id.eq(id)))
        .execute(w.conn())?;
    diesel::update(
        sessions::table
            .filter(sessions::person_id.eq(id))
            .filter(sessions::second_factor.eq(true)),
    )
    .set(sessions::second_factor.eq(false))
    .execute(w.conn())?;
    Ok(())
}
