//! Proving who one is by a password. Checking one takes too long for a unit of work, so it is
//! checked before; the unit that it opens a door in asks whether the account still has it.

use super::guesses::{self, Tally};
use super::keys::Keys;
use super::model::Person;
use super::passwords::Checked;
use super::sessions::{self, Lifetimes, Tokens};
use super::store::{self, PersonRow};
use super::{own, second_factor};
use crate::platform::db::Writes;
use crate::platform::ids::PersonId;
use crate::platform::refusal::{OrNotFound as _, Result};

/// Somebody who signs in, with what was found out before.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Where wrong ones are counted.
    pub tally: Tally,
    /// Whose address it is; none where nobody has it.
    pub person: Option<PersonId>,
    /// The password that came.
    pub password: Checked,
    /// The same password hashed anew, where its hash is weaker than those of today.
    pub renewed: Option<String>,
    /// The one-time code that came.
    pub code: Option<String>,
}

/// Judges what was given and counts it when it is wrong, in one unit: `None` says so, since the
/// count must be committed, not rolled back by a refusal.
///
/// # Errors
/// 429 when too many were wrong; what `judge` gives.
fn counted<T>(
    w: &mut Writes<'_>,
    tally: &Tally,
    judge: impl FnOnce(&mut Writes<'_>) -> Result<Option<T>>,
) -> Result<Option<T>> {
    guesses::check(w, tally)?;
    let proven = judge(w)?;
    if proven.is_some() {
        guesses::forget(w, tally)?;
    } else {
        guesses::count(w, tally)?;
    }
    Ok(proven)
}

/// Begins a session; none where address, password or code are wrong, and that is counted.
///
/// # Errors
/// 429 when too many were wrong.
pub fn sign_in(
    w: &mut Writes<'_>,
    keys: &Keys,
    attempt: &Attempt,
    last: Lifetimes,
) -> Result<Option<Tokens>> {
    counted(w, &attempt.tally, |w| {
        let Some(row) = known(w, attempt)? else {
            return Ok(None);
        };
        let Some(second_factor) = second_factor_given(w, &row, attempt.code.as_deref())? else {
            return Ok(None);
        };
        if let Some(hash) = &attempt.renewed {
            store::set_password(w, row.id, hash)?;
        }
        sessions::begin(w, keys, &row, second_factor, last).map(Some)
    })
}

/// The account that the password opens: live, and with that password still.
fn known(w: &mut Writes<'_>, attempt: &Attempt) -> Result<Option<PersonRow>> {
    let Some(person) = attempt.person else {
        return Ok(None);
    };
    let row = store::person(w, person)?.filter(|row| row.disabled_at.is_none());
    Ok(row.filter(|row| attempt.password.is_still(row.password_hash.as_deref())))
}

/// Whether a second factor was given: `None` when one is asked for and is missing or wrong.
fn second_factor_given(
    w: &mut Writes<'_>,
    row: &PersonRow,
    code: Option<&str>,
) -> Result<Option<bool>> {
    if !row.has_second_factor() {
        return Ok(Some(false));
    }
    let Some(code) = code else { return Ok(None) };
    Ok(second_factor::accept(w, row, code)?.then_some(true))
}

/// Proves anew who is signed in, for acts that need a fresh sign-in; `false` where password or
/// code are wrong, and that is counted.
///
/// # Errors
/// 429 when too many were wrong; 403 by a token, which has no session.
pub fn prove_anew(
    w: &mut Writes<'_>,
    who: &Person,
    tally: &Tally,
    password: &Checked,
    code: Option<&str>,
) -> Result<bool> {
    by_password(w, who, tally, password, |w| {
        own::refresh_proof(w, who, code)
    })
}

/// Sets a new password in place of the one that was given; `false` where that is wrong, and that
/// is counted.
///
/// # Errors
/// 429 when too many were wrong.
pub fn change_password(
    w: &mut Writes<'_>,
    who: &Person,
    tally: &Tally,
    password: &Checked,
    hash: &str,
) -> Result<bool> {
    by_password(w, who, tally, password, |w| {
        own::set_password(w, who, hash).map(|()| true)
    })
}

fn by_password(
    w: &mut Writes<'_>,
    who: &Person,
    tally: &Tally,
    password: &Checked,
    act: impl FnOnce(&mut Writes<'_>) -> Result<bool>,
) -> Result<bool> {
    let proven = counted(w, tally, |w| {
        let row = store::person(w, who.id)?.or_not_found()?;
        let right = password.is_still(row.password_hash.as_deref()) && act(w)?;
        Ok(right.then_some(()))
    })?;
    Ok(proven.is_some())
}
