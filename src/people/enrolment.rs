//! Setting up one's own second factor, and removing it.

use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::model::Person;
use super::own::record;
use super::{letters, second_factor, store};
use crate::platform::db::Writes;
use crate::platform::db::schema::{people, recovery_codes};
use crate::platform::refusal::{Failure, OrNotFound as _, Refusal, Result};

/// A second factor being set up.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SecondFactorOffer {
    /// For the authenticator, in base 32.
    pub secret: String,
    /// The same for a QR code.
    pub uri: String,
}

/// Begins to set up a second factor; it counts once a code has been confirmed.
///
/// # Errors
/// 403 without a fresh sign-in.
pub fn offer_second_factor(w: &mut Writes<'_>, who: &Person) -> Result<SecondFactorOffer> {
    who.require_fresh(w.now())?;
    let row = store::person(w, who.id)?.or_not_found()?;
    if row.has_second_factor() {
        return Err(Failure::rule(
            crate::platform::refusal::Rule::AlreadyThere,
            "Remove the present one first.",
        ));
    }
    let secret = second_factor::new_secret(w.entropy());
    diesel::update(people::table.find(who.id))
        .set(people::totp_secret.eq(&secret))
        .execute(w.conn())?;
    record(w, Some(who.id), "person.second_factor_offered", who.id)?;
    let uri = format!(
        "otpauth://totp/Civitas:{}?secret={secret}&issuer=Civitas",
        who.email.replace('@', "%40")
    );
    Ok(SecondFactorOffer { secret, uri })
}

/// Codes that each replace a one-time code once.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecoveryCodes {
    /// Shown this once.
    pub recovery_codes: Vec<String>,
}

/// Confirms the second factor by a first code; from then on sign-in asks for one. This session
/// counts as having given it.
///
/// # Errors
/// 401 when the code is wrong.
pub fn confirm_second_factor(
    w: &mut Writes<'_>,
    who: &Person,
    code: &str,
) -> Result<RecoveryCodes> {
    use crate::platform::db::schema::sessions as table;
    let row = store::person(w, who.id)?.or_not_found()?;
    if row.has_second_factor() || !second_factor::accept(w, &row, code)? {
        return Err(Refusal::SignInFailed.into());
    }
    let now = w.now();
    diesel::update(people::table.find(who.id))
        .set(people::totp_confirmed_at.eq(now))
        .execute(w.conn())?;
    if let Some(session) = who.session {
        diesel::update(table::table.find(session))
            .set(table::second_factor.eq(true))
            .execute(w.conn())?;
    }
    let codes: Vec<String> = (0..10)
        .map(|_| second_factor::new_recovery_code(w.entropy()))
        .collect();
    for code in &codes {
        let id = w.fresh_id::<i64>();
        diesel::insert_into(recovery_codes::table)
            .values((
                recovery_codes::id.eq(id),
                recovery_codes::person_id.eq(who.id),
                recovery_codes::code_hash.eq(second_factor::recovery_hash(&row, code)),
            ))
            .execute(w.conn())?;
    }
    letters::changed(w, who.id, &who.name, "a second factor was set up")?;
    record(w, Some(who.id), "person.second_factor_added", who.id)?;
    Ok(RecoveryCodes {
        recovery_codes: codes,
    })
}

/// Removes the second factor.
///
/// # Errors
/// 403 without a fresh sign-in.
pub fn remove_second_factor(w: &mut Writes<'_>, who: &Person) -> Result<()> {
    who.require_fresh(w.now())?;
    second_factor::clear(w, who.id)?;
    letters::changed(w, who.id, &who.name, "its second factor was removed")?;
    record(w, Some(who.id), "person.second_factor_removed", who.id)
}
