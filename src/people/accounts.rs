//! Making accounts: by oneself, by invitation, by the command line.

use diesel::prelude::*;
use serde_json::json;

use super::own::record;
use super::store::{self, PersonRow};
use super::{second_factor, sessions, tokens};
use crate::platform::audit::{self, Act};
use crate::platform::db::Writes;
use crate::platform::db::schema::people;
use crate::platform::ids::PersonId;
use crate::platform::refusal::Result;

/// What is known of someone before they have an account.
#[derive(Clone, Debug, Default)]
pub struct Newcomer {
    /// Their address, in any case.
    pub email: String,
    /// Their name; may be empty for someone only invited.
    pub name: String,
    /// Their organisation.
    pub organisation: String,
    /// Their city.
    pub home_city: String,
    /// The language they read, as BCP 47; empty for the default.
    pub language: String,
    /// The time zone they live in, by its IANA name, if they told it.
    pub time_zone: Option<String>,
}

/// Adds a person; without a password they can only sign in after a reset.
///
/// # Errors
/// When the database fails.
pub fn add(
    w: &mut Writes<'_>,
    newcomer: &Newcomer,
    password_hash: Option<String>,
    verified: bool,
) -> Result<PersonRow> {
    let row = PersonRow {
        id: w.fresh_id(),
        email: newcomer.email.trim().to_lowercase(),
        name: newcomer.name.trim().to_owned(),
        organisation: newcomer.organisation.trim().to_owned(),
        home_city: newcomer.home_city.trim().to_owned(),
        language: if newcomer.language.is_empty() {
            "en".into()
        } else {
            newcomer.language.clone()
        },
        password_hash,
        administrator: false,
        verified_at: verified.then(|| w.now()),
        disabled_at: None,
        reminders_off: false,
        totp_secret: None,
        totp_confirmed_at: None,
        totp_last_step: 0,
        created_at: w.now(),
        time_zone: newcomer.time_zone.clone(),
    };
    store::add_person(w, &row)?;
    audit::record(
        w,
        Act {
            actor: None,
            act: "person.added",
            object: ("person", row.id.0),
            competition: None,
            coalition: None,
            detail: json!({}),
        },
    )?;
    Ok(row)
}

/// The person of an address; made without a password when nobody has it yet. Who took the address
/// before and never proved that it is theirs is shut out: what is given goes to its owner.
///
/// # Errors
/// When the database fails.
pub fn invited(w: &mut Writes<'_>, newcomer: &Newcomer) -> Result<PersonId> {
    match store::person_by_email(w, &newcomer.email)? {
        Some(row) => {
            if row.is_unproven() {
                forget_unproven(w, newcomer, row.id)?;
            }
            Ok(row.id)
        }
        None => Ok(add(w, newcomer, None, false)?.id),
    }
}

/// Leaves nothing of what somebody made of an account whose address they never proved.
fn forget_unproven(w: &mut Writes<'_>, newcomer: &Newcomer, id: PersonId) -> Result<()> {
    diesel::update(people::table.find(id))
        .set((
            people::password_hash.eq(None::<String>),
            people::name.eq(newcomer.name.trim()),
            people::organisation.eq(newcomer.organisation.trim()),
            people::home_city.eq(newcomer.home_city.trim()),
        ))
        .execute(w.conn())?;
    second_factor::clear(w, id)?;
    sessions::end_all(w, id, None, "address not proven")?;
    tokens::revoke_all(w, id)?;
    record(w, None, "person.unproven_forgotten", id)
}
