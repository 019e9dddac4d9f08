//! What people do with their own accounts.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::keys::Keys;
use super::links::{self, LinkKind};
use super::model::{Person, Role};
use super::registration::check_profile;
use super::store::{self, PersonRow};
use super::{letters, second_factor, sessions, tokens};
use crate::platform::audit::{self, Act};
use crate::platform::db::schema::people;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{IfMatch, Input};
use crate::platform::ids::{CompetitionId, PersonId};
use crate::platform::refusal::{Failure, OrNotFound as _, Refusal, Result, refuse_if_any};

/// A role held.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HeldRole {
    /// Where.
    pub competition: CompetitionId,
    /// Which.
    pub role: Role,
}

/// One's own account.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Me {
    /// Identity.
    pub id: PersonId,
    /// Address.
    pub email: String,
    /// Name.
    pub name: String,
    /// Where you work.
    pub organisation: String,
    /// Where you live.
    pub home_city: String,
    /// The language you read.
    pub language: String,
    /// The time zone you live in; none: letters give times in the competition's alone.
    #[schema(example = "America/Chicago")]
    pub time_zone: Option<String>,
    /// Whether the address is proven.
    pub verified: bool,
    /// Whether you administer the instance.
    pub administrator: bool,
    /// Whether you get reminders.
    pub reminders: bool,
    /// Whether a one-time code is asked for at sign-in.
    pub second_factor: bool,
    /// Your role asks for a second factor that this session lacks: nothing else works until then.
    pub second_factor_needed: bool,
    /// Roles in competitions.
    pub roles: Vec<HeldRole>,
}

/// Shows one's own account.
///
/// # Errors
/// When the database fails.
pub fn me(r: &mut Reads<'_>, who: &Person) -> Result<Me> {
    let row = store::person(r, who.id)?.or_not_found()?;
    Ok(Me {
        id: row.id,
        verified: row.verified_at.is_some(),
        second_factor: row.has_second_factor(),
        email: row.email,
        name: row.name,
        organisation: row.organisation,
        home_city: row.home_city,
        language: row.language,
        time_zone: row.time_zone,
        administrator: who.administrator,
        reminders: !row.reminders_off,
        second_factor_needed: who.lacks_second_factor,
        roles: who
            .roles()
            .iter()
            .map(|(competition, role)| HeldRole {
                competition: *competition,
                role: *role,
            })
            .collect(),
    })
}

/// What one may change of oneself.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Name.
    pub name: String,
    /// Where you work.
    #[serde(default)]
    pub organisation: String,
    /// Where you live.
    #[serde(default)]
    pub home_city: String,
    /// The language you read.
    pub language: String,
    /// The time zone you live in, by its IANA name: letters give times in it too.
    #[serde(default)]
    #[schema(example = "America/Chicago")]
    pub time_zone: Option<String>,
    /// Whether you want reminders.
    pub reminders: bool,
}

/// Changes one's own account.
///
/// # Errors
/// 412 when it changed meanwhile, 422 when values are wrong.
pub fn change(
    w: &mut Writes<'_>,
    who: &Person,
    if_match: &IfMatch,
    input: &Input<Profile>,
) -> Result<Me> {
    if_match.check(&me(w, who)?)?;
    let profile = input.get()?;
    refuse_if_any(check_profile(
        &profile.name,
        &profile.organisation,
        &profile.home_city,
        &profile.language,
        profile.time_zone.as_deref(),
    ))?;
    diesel::update(people::table.find(who.id))
        .set((
            people::name.eq(profile.name.trim()),
            people::organisation.eq(profile.organisation.trim()),
            people::home_city.eq(profile.home_city.trim()),
            people::language.eq(&profile.language),
            people::time_zone.eq(&profile.time_zone),
            people::reminders_off.eq(!profile.reminders),
        ))
        .execute(w.conn())?;
    record(w, Some(who.id), "person.changed", who.id)?;
    me(w, who)
}

/// Proves anew who one is, for acts that need a fresh sign-in; the password is checked already.
/// Gives whether the code was right, where the account asks for one.
///
/// # Errors
/// 403 by a token, which has no session.
pub fn refresh_proof(w: &mut Writes<'_>, who: &Person, code: Option<&str>) -> Result<bool> {
    use crate::platform::db::schema::sessions as table;
    let row = store::person(w, who.id)?.or_not_found()?;
    let session = who.session.ok_or(Refusal::FreshSignInNeeded)?;
    if row.has_second_factor() && !second_factor::accept(w, &row, code.unwrap_or_default())? {
        return Ok(false);
    }
    let now = w.now();
    diesel::update(table::table.find(session))
        .set(table::authenticated_at.eq(now))
        .execute(w.conn())?;
    record(w, Some(who.id), "person.proved_anew", who.id)?;
    Ok(true)
}

/// Sets a new password; the old one is checked already. Other sessions end, and so do tokens.
///
/// # Errors
/// When the database fails.
pub fn set_password(w: &mut Writes<'_>, who: &Person, hash: &str) -> Result<()> {
    store::set_password(w, who.id, hash)?;
    sessions::end_all(w, who.id, who.session, "password_changed")?;
    tokens::revoke_all(w, who.id)?;
    letters::changed(w, who.id, &who.name, "its password was changed")?;
    record(w, Some(who.id), "person.password_changed", who.id)
}

pub(super) fn record(
    w: &mut Writes<'_>,
    actor: Option<PersonId>,
    act: &str,
    person: PersonId,
) -> Result<()> {
    audit::record(
        w,
        Act {
            actor,
            act,
            object: ("person", person.0),
            competition: None,
            coalition: None,
            detail: json!({}),
        },
    )
}

/// The password that an account must give to prove itself anew.
///
/// # Errors
/// When the database fails.
pub fn own_hash(r: &mut Reads<'_>, who: &Person) -> Result<PersonRow> {
    store::person(r, who.id)?.or_not_found()
}

/// Stops reminders by the link in one of them; the link stays good.
///
/// # Errors
/// 409 when the link is none of ours or too old.
pub fn stop_reminders(w: &mut Writes<'_>, keys: &Keys, token: &str) -> Result<()> {
    let link = links::find(w, keys, LinkKind::Unsubscribe, token)?
        .filter(|link| link.expires_at > w.now());
    let person = link.and_then(|link| link.person).ok_or_else(|| {
        Failure::rule(
            crate::platform::refusal::Rule::LinkUsedUp,
            "Use the link of a newer reminder.",
        )
    })?;
    diesel::update(people::table.find(person))
        .set(people::reminders_off.eq(true))
        .execute(w.conn())?;
    record(w, Some(person), "person.reminders_stopped", person)
}
