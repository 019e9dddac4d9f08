//! What people do with their own accounts.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::accounts::{self, Newcomer};
use super::keys::Keys;
use super::links::{self, LinkKind};
use super::model::{Person, Role, Scope};
use super::store::{self, PersonRow};
use super::{letters, passwords, second_factor, sessions};
use crate::platform::audit::{self, Act};
use crate::platform::clock::Instant;
use crate::platform::db::schema::{api_tokens, people, recovery_codes};
use crate::platform::db::{Reads, Writes};
use crate::platform::digest::sha256_hex;
use crate::platform::http::{Created, IfMatch, Input};
use crate::platform::ids::{CompetitionId, PersonId};
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
    /// How others will see you named.
    #[schema(max_length = 120)]
    pub name: String,
    /// 12 to 256 characters.
    #[schema(min_length = 12, max_length = 256)]
    pub password: String,
    /// Where you work.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub organisation: String,
    /// Where you live.
    #[serde(default)]
    #[schema(max_length = 120)]
    pub home_city: String,
    /// The language you read, as BCP 47.
    #[serde(default)]
    #[schema(example = "en", max_length = 20)]
    pub language: String,
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
        ));
        refuse_if_any(errors)
    }
}

/// Whether mail could be sent there: one line, one @, a domain.
pub fn is_address(text: &str) -> bool {
    text.len() <= 254 && text.trim() == text && text.parse::<lettre::Address>().is_ok()
}

fn check_profile(
    name: &str,
    organisation: &str,
    home_city: &str,
    language: &str,
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if name.trim().is_empty() {
        errors.push(FieldError::at("/name", "say how others should name you"));
    }
    for (pointer, text, most) in [
        ("/name", name, 120),
        ("/organisation", organisation, 200),
        ("/home_city", home_city, 120),
        ("/language", language, 20),
    ] {
        if text.chars().count() > most || text.chars().any(char::is_control) {
            errors.push(FieldError::at(
                pointer,
                format!("at most {most} characters, on one line"),
            ));
        }
    }
    errors
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

/// Sends the way to a new password, if there is such an account; the caller does not learn.
///
/// # Errors
/// When the database fails.
pub fn ask_reset(w: &mut Writes<'_>, email: &str) -> Result<()> {
    match store::person_by_email(w, email)? {
        Some(row) if row.disabled_at.is_none() => letters::reset(w, &row),
        _ => Ok(()),
    }
}

/// Sets a new password by link; it proves the address too, and ends every session.
///
/// # Errors
/// 409 when the link is used up.
pub fn reset(w: &mut Writes<'_>, keys: &Keys, token: &str, hash: &str) -> Result<()> {
    let link = links::consume(w, keys, LinkKind::Reset, token)?;
    let row = store::person(w, link.person.or_not_found()?)?.or_not_found()?;
    store::set_password(w, row.id, hash)?;
    mark_verified(w, row.id)?;
    sessions::end_all(w, row.id, None, "password_reset")?;
    letters::changed(
        w,
        row.id,
        &row.name,
        "a new password was set by a link sent to this address",
    )?;
    record(w, Some(row.id), "person.password_reset", row.id)
}

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
        administrator: row.administrator,
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
    ))?;
    diesel::update(people::table.find(who.id))
        .set((
            people::name.eq(profile.name.trim()),
            people::organisation.eq(profile.organisation.trim()),
            people::home_city.eq(profile.home_city.trim()),
            people::language.eq(&profile.language),
            people::reminders_off.eq(!profile.reminders),
        ))
        .execute(w.conn())?;
    record(w, Some(who.id), "person.changed", who.id)?;
    me(w, who)
}

/// Proves anew who one is, for acts that need a fresh sign-in; the password is checked already.
///
/// # Errors
/// 401 when the code is wrong.
pub fn refresh_proof(w: &mut Writes<'_>, who: &Person, code: Option<&str>) -> Result<()> {
    use crate::platform::db::schema::sessions as table;
    let row = store::person(w, who.id)?.or_not_found()?;
    if row.has_second_factor()
        && !matches!(
            code.map(|code| second_factor::accept(w, &row, code))
                .transpose()?,
            Some(true)
        )
    {
        return Err(Refusal::SignInFailed.into());
    }
    let (session, now) = (who.session.ok_or(Refusal::FreshSignInNeeded)?, w.now());
    diesel::update(table::table.find(session))
        .set(table::authenticated_at.eq(now))
        .execute(w.conn())?;
    Ok(())
}

/// Sets a new password; the old one is checked already. Other sessions end.
///
/// # Errors
/// When the database fails.
pub fn set_password(w: &mut Writes<'_>, who: &Person, hash: &str) -> Result<()> {
    store::set_password(w, who.id, hash)?;
    sessions::end_all(w, who.id, who.session, "password_changed")?;
    letters::changed(w, who.id, &who.name, "its password was changed")?;
    record(w, Some(who.id), "person.password_changed", who.id)
}

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

/// A personal token, without its secret.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TokenView {
    /// Identity.
    pub id: i64,
    /// What it is for.
    pub name: String,
    /// How far it reaches.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Instant,
    /// When it stops working.
    pub expires_at: Instant,
    /// The token itself, shown once when made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// A personal token to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for.
    #[schema(max_length = 100)]
    pub name: String,
    /// How far it reaches.
    pub scopes: Vec<Scope>,
    /// Days until it stops working, 1 to 366.
    #[schema(minimum = 1, maximum = 366)]
    pub days: i64,
}

/// Makes a personal token. A token can't make another.
///
/// # Errors
/// 403 without a fresh sign-in, 422 when values are wrong.
pub fn make_token(
    w: &mut Writes<'_>,
    who: &Person,
    input: &Input<NewToken>,
) -> Result<Created<TokenView>> {
    who.require_fresh(w.now())?;
    let asked = input.get()?;
    let mut errors = Vec::new();
    if asked.name.trim().is_empty() || asked.name.chars().count() > 100 {
        errors.push(FieldError::at("/name", "1 to 100 characters"));
    }
    if asked.scopes.is_empty() {
        errors.push(FieldError::at("/scopes", "at least one"));
    }
    if !(1..=366).contains(&asked.days) {
        errors.push(FieldError::at("/days", "1 to 366"));
    }
    refuse_if_any(errors)?;
    let (id, now, secret) = (
        w.fresh_id::<i64>(),
        w.now(),
        format!("civ_{}", w.entropy().token()),
    );
    diesel::insert_into(api_tokens::table)
        .values((
            api_tokens::id.eq(id),
            api_tokens::person_id.eq(who.id),
            api_tokens::name.eq(asked.name.trim()),
            api_tokens::scopes.eq(serde_json::to_string(&asked.scopes)?),
            api_tokens::token_hash.eq(sha256_hex(&secret)),
            api_tokens::created_at.eq(now),
            api_tokens::expires_at.eq(now.plus_days(asked.days)),
        ))
        .execute(w.conn())?;
    record(w, Some(who.id), "token.made", who.id)?;
    letters::changed(w, who.id, &who.name, "a token for programs was made")?;
    let view = TokenView {
        id,
        name: asked.name.trim().to_owned(),
        scopes: asked.scopes,
        created_at: now,
        expires_at: now.plus_days(asked.days),
        token: Some(secret),
    };
    Ok(Created::at(format!("/api/v1/me/tokens/{id}"), view))
}

/// One's live tokens, newest first.
///
/// # Errors
/// When the database fails.
pub fn tokens(r: &mut Reads<'_>, who: &Person) -> Result<Vec<TokenView>> {
    let now = r.now();
    let rows: Vec<(i64, String, String, Instant, Instant)> = api_tokens::table
        .filter(api_tokens::person_id.eq(who.id))
        .filter(api_tokens::revoked_at.is_null())
        .filter(api_tokens::expires_at.gt(now))
        .order((api_tokens::created_at.desc(), api_tokens::id))
        .select((
            api_tokens::id,
            api_tokens::name,
            api_tokens::scopes,
            api_tokens::created_at,
            api_tokens::expires_at,
        ))
        .load(r.conn())?;
    rows.into_iter()
        .map(|(id, name, scopes, created_at, expires_at)| {
            Ok(TokenView {
                id,
                name,
                scopes: serde_json::from_str(&scopes)?,
                created_at,
                expires_at,
                token: None,
            })
        })
        .collect()
}

/// Ends a token.
///
/// # Errors
/// 404 when it is not one's own.
pub fn revoke_token(w: &mut Writes<'_>, who: &Person, id: i64) -> Result<()> {
    let now = w.now();
    let ended = diesel::update(
        api_tokens::table
            .find(id)
            .filter(api_tokens::person_id.eq(who.id))
            .filter(api_tokens::revoked_at.is_null()),
    )
    .set(api_tokens::revoked_at.eq(now))
    .execute(w.conn())?;
    if ended == 0 {
        return Err(Failure::not_found());
    }
    record(w, Some(who.id), "token.revoked", who.id)
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
