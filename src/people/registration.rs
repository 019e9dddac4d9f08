//! Having an account: making one, proving its address, a new password by link.

use diesel::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;

use super::accounts::{self, Newcomer};
use super::keys::Keys;
use super::links::{self, LinkKind};
use super::own::record;
use super::store::{self, PersonRow};
use super::{letters, passwords, second_factor, sessions, tokens};
use crate::platform::counting::characters;
use crate::platform::db::Writes;
use crate::platform::db::schema::people;
use crate::platform::ids::PersonId;
use crate::platform::plain::misleads;
use crate::platform::refusal::{
    Failure, FieldError, OrNotFound as _, Refusal, Result, refuse_if_any,
};

/// What it takes to have an account.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// An address that its owner can read.
    #[schema(example = "clerk@lawrence.example", max_length = 254)]
    pub email: String,
    /// How others will see you named: at most 120 characters.
    pub name: String,
    /// 12 to 256 characters.
    #[schema(min_length = 12, max_length = 256)]
    pub password: String,
    /// Where you work: at most 200 characters.
    #[serde(default)]
    pub organisation: String,
    /// Where you live: at most 120 characters.
    #[serde(default)]
    pub home_city: String,
    /// The language you read, as BCP 47: at most 20 characters.
    #[serde(default)]
    #[schema(example = "en")]
    pub language: String,
    /// The time zone you live in, by its IANA name: letters give times in it too.
    #[serde(default)]
    #[schema(example = "America/Chicago")]
    pub time_zone: Option<String>,
}

impl NewAccount {
    /// Checks every value.
    ///
    /// # Errors
    /// 422 with all that is wrong.
    pub fn check(&self) -> Result<()> {
        let mut errors = Vec::new();
        if !is_address(&self.email) {
            errors.push(FieldError::at("/email", "not an e-mail address"));
        }
        errors.extend(passwords::objection(
            "/password",
            &self.password,
            &self.email.to_lowercase(),
        ));
        errors.extend(check_profile(
            &self.name,
            &self.organisation,
            &self.home_city,
            &self.language,
            self.time_zone.as_deref(),
        ));
        refuse_if_any(errors)
    }
}

/// Whether mail could be sent there: one line, one @, a domain.
pub fn is_address(text: &str) -> bool {
    // Mail leaves for the world: a name without a dot, or a bare number, is a machine in here.
    let leads_out = |domain: &str| domain.contains('.') && !domain.starts_with('[');
    text.len() <= 254
        && text.trim() == text
        && text
            .parse::<lettre::Address>()
            .is_ok_and(|address| leads_out(address.domain()))
}

pub(super) fn check_profile(
    name: &str,
    organisation: &str,
    home_city: &str,
    language: &str,
    time_zone: Option<&str>,
) -> Vec<FieldError> {
    let mut errors: Vec<FieldError> = check_name(name).into_iter().collect();
    for (pointer, text, most) in [
        ("/organisation", organisation, 200),
        ("/home_city", home_city, 120),
        ("/language", language, 20),
    ] {
        errors.extend(check_line(pointer, text, most));
    }
    if time_zone.is_some_and(|zone| jiff::tz::TimeZone::get(zone).is_err()) {
        errors.push(FieldError::at(
            "/time_zone",
            "Name a time zone like America/New_York.",
        ));
    }
    errors
}

/// What is wrong with the name that someone gives themselves, if anything.
pub fn check_name(name: &str) -> Option<FieldError> {
    if name.trim().is_empty() {
        return Some(FieldError::at("/name", "say how others should name you"));
    }
    check_line("/name", name, 120)
}

/// What is wrong with one line of text, if anything.
pub(super) fn check_line(pointer: &str, text: &str, most: usize) -> Option<FieldError> {
    // A character can carry any number of marks; nobody's name does.
    let wrong = characters(text) > most || text.len() > 16 * most || text.chars().any(misleads);
    wrong.then(|| FieldError::at(pointer, format!("at most {most} characters, on one line")))
}

/// Makes an account, or tells its owner by e-mail that there is one; the caller learns neither.
///
/// # Errors
/// When the database fails.
pub fn register(w: &mut Writes<'_>, asked: &NewAccount, hash: &str) -> Result<()> {
    let newcomer = Newcomer {
        email: asked.email.clone(),
        name: asked.name.clone(),
        organisation: asked.organisation.clone(),
        home_city: asked.home_city.clone(),
        language: asked.language.clone(),
        time_zone: asked.time_zone.clone(),
    };
    match store::person_by_email(w, &asked.email)? {
        None => {
            let row = accounts::add(w, &newcomer, Some(hash.to_owned()), false)?;
            letters::verification(w, &row)
        }
        // Someone invited who never had a password: the address must be proven before this one counts.
        Some(row) if row.password_hash.is_none() => letters::reset(w, &row),
        Some(row) => letters::known(w, &row),
    }
}

/// Takes the proof of an address.
///
/// # Errors
/// 409 when the link is used up.
pub fn verify(w: &mut Writes<'_>, keys: &Keys, token: &str) -> Result<()> {
    let link = links::consume(w, keys, LinkKind::Verification, token)?;
    mark_verified(w, link.person.or_not_found()?)
}

fn mark_verified(w: &mut Writes<'_>, id: PersonId) -> Result<()> {
    let now = w.now();
    diesel::update(people::table.find(id).filter(people::verified_at.is_null()))
        .set(people::verified_at.eq(now))
        .execute(w.conn())?;
    record(w, Some(id), "person.verified", id)
}

/// Sends the way to a new password, if there is such an account; the caller does not learn, neither
/// by the answer nor by its time: for an unknown address the same letter is written, and undone.
///
/// # Errors
/// When the database fails.
pub fn ask_reset(w: &mut Writes<'_>, email: &str) -> Result<()> {
    match store::person_by_email(w, email)? {
        Some(row) if row.disabled_at.is_none() => letters::reset(w, &row),
        _ => w.try_out(|w| letters::reset_for_nobody(w, email)).map(drop),
    }
}

/// Sets a new password by link; it proves the address too, and ends every session, every token and
/// every other such link.
///
/// # Errors
/// 409 when the link is used up.
pub fn reset(w: &mut Writes<'_>, keys: &Keys, token: &str, hash: &str) -> Result<()> {
    let link = links::consume(w, keys, LinkKind::Reset, token)?;
    let row = store::person(w, link.person.or_not_found()?)?.or_not_found()?;
    store::set_password(w, row.id, hash)?;
    links::end_all_of(w, LinkKind::Reset, row.id)?;
    if row.is_unproven() {
        // Whoever set it up was not known to be the owner, who comes now.
        second_factor::clear(w, row.id)?;
    }
    mark_verified(w, row.id)?;
    sessions::end_all(w, row.id, None, "password_reset")?;
    tokens::revoke_all(w, row.id)?;
    letters::changed(
        w,
        row.id,
        &row.name,
        "a new password was set by a link sent to this address",
    )?;
    record(w, Some(row.id), "person.password_reset", row.id)
}

/// The account of an address that a link has proven to be its owner's: made, or given its first
/// password, where need be.
///
/// # Errors
/// 401 when a first password is needed and none came.
pub fn owner_of_address(
    w: &mut Writes<'_>,
    address: &str,
    name: &str,
    hash: Option<&str>,
) -> Result<PersonRow> {
    let newcomer = Newcomer {
        email: address.to_owned(),
        name: name.to_owned(),
        ..Newcomer::default()
    };
    let id = accounts::invited(w, &newcomer)?;
    let row = store::person(w, id)?.or_not_found()?;
    if row.disabled_at.is_some() {
        return Err(Failure::not_found());
    }
    if row.password_hash.is_none() {
        store::set_password(w, id, hash.ok_or(Refusal::SignInFailed)?)?;
        if row.name.is_empty() {
            diesel::update(people::table.find(id))
                .set(people::name.eq(name.trim()))
                .execute(w.conn())?;
        }
    }
    mark_verified(w, id)?;
    store::person(w, id)?.or_not_found()
}
