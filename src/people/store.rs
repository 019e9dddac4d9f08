//! Rows of people, their sessions and roles.

use diesel::prelude::*;

use super::model::{Person, Role, Scope};
use crate::on_either;
use crate::platform::clock::Instant;
use crate::platform::db::schema::{api_tokens, competitions, people, roles, sessions};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CompetitionId, PersonId, SessionId};
use crate::platform::refusal::Result;

/// What is needed of a person apart from their rights.
#[derive(Clone, Debug, Queryable)]
pub struct PersonRow {
    /// Identity.
    pub id: PersonId,
    /// Address, in lower case.
    pub email: String,
    /// Name.
    pub name: String,
    /// The organisation they named.
    pub organisation: String,
    /// The city they named.
    pub home_city: String,
    /// The language they read, as BCP 47.
    pub language: String,
    /// Argon2id, in PHC form.
    pub password_hash: Option<String>,
    /// Administers the instance.
    pub administrator: bool,
    /// When the address was verified.
    pub verified_at: Option<Instant>,
    /// When the account was disabled.
    pub disabled_at: Option<Instant>,
    /// No reminders wanted.
    pub reminders_off: bool,
    /// The one-time code's secret, in base 32.
    pub totp_secret: Option<String>,
    /// When the second factor was set up.
    pub totp_confirmed_at: Option<Instant>,
    /// The last time step whose code was used.
    pub totp_last_step: i64,
    /// When the account was made.
    pub created_at: Instant,
    /// The time zone they live in, by its IANA name, if they told it.
    pub time_zone: Option<String>,
}

impl PersonRow {
    /// Whether somebody took the address for an account and never proved that it is theirs.
    pub const fn is_unproven(&self) -> bool {
        self.password_hash.is_some() && self.verified_at.is_none()
    }

    /// The password of the address's owner; none while nobody has proven to be that.
    pub fn proven_password(&self) -> Option<&str> {
        self.password_hash
            .as_deref()
            .filter(|_| self.verified_at.is_some())
    }

    /// Whether a one-time code is asked for at sign-in.
    pub const fn has_second_factor(&self) -> bool {
        self.totp_confirmed_at.is_some()
    }
}

/// A person by identity.
///
/// # Errors
/// When the database fails.
pub fn person(r: &mut Reads<'_>, id: PersonId) -> Result<Option<PersonRow>> {
    Ok(people::table.find(id).first(r.conn()).optional()?)
}

/// A person by address, in any case.
///
/// # Errors
/// When the database fails.
pub fn person_by_email(r: &mut Reads<'_>, email: &str) -> Result<Option<PersonRow>> {
    Ok(people::table
        .filter(people::email.eq(email.trim().to_lowercase()))
        .first(r.conn())
        .optional()?)
}

/// Several people, in no order.
///
/// # Errors
/// When the database fails.
pub fn persons(r: &mut Reads<'_>, ids: &[PersonId]) -> Result<Vec<PersonRow>> {
    Ok(people::table
        .filter(people::id.eq_any(ids.to_vec()))
        .load(r.conn())?)
}

/// Adds a person.
///
/// # Errors
/// When the database fails, also when the address is there already.
pub fn add_person(w: &mut Writes<'_>, row: &PersonRow) -> Result<()> {
    diesel::insert_into(people::table)
        .values((
            people::id.eq(row.id),
            people::email.eq(&row.email),
            people::name.eq(&row.name),
            people::organisation.eq(&row.organisation),
            people::home_city.eq(&row.home_city),
            people::language.eq(&row.language),
            people::password_hash.eq(&row.password_hash),
            people::administrator.eq(row.administrator),
            people::verified_at.eq(row.verified_at),
            people::disabled_at.eq(row.disabled_at),
            people::reminders_off.eq(row.reminders_off),
            people::totp_secret.eq(&row.totp_secret),
            people::totp_confirmed_at.eq(row.totp_confirmed_at),
            people::totp_last_step.eq(row.totp_last_step),
            people::created_at.eq(row.created_at),
            people::time_zone.eq(&row.time_zone),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Roles of a person.
///
/// # Errors
/// When the database fails.
pub fn roles_of(r: &mut Reads<'_>, id: PersonId) -> Result<Vec<(CompetitionId, Role)>> {
    Ok(roles::table
        .filter(roles::person_id.eq(id))
        .select((roles::competition_id, roles::role))
        .load(r.conn())?)
}

/// People who hold a role in a competition.
///
/// # Errors
/// When the database fails.
pub fn holders(r: &mut Reads<'_>, competition: CompetitionId, role: Role) -> Result<Vec<PersonId>> {
    Ok(roles::table
        .filter(roles::competition_id.eq(competition))
        .filter(roles::role.eq(role))
        .order(roles::person_id)
        .select(roles::person_id)
        .load(r.conn())?)
}

/// Gives a role; nothing happens when it is held already. Tells nobody and leaves no trace: see
/// [`super::granting`].
///
/// # Errors
/// When the database fails.
pub fn give_role(
    w: &mut Writes<'_>,
    person: PersonId,
    competition: CompetitionId,
    role: Role,
    by: Option<PersonId>,
) -> Result<()> {
    if roles_of(w, person)?.contains(&(competition, role)) {
        return Ok(());
    }
    let (id, now) = (w.fresh_id::<i64>(), w.now());
    diesel::insert_into(roles::table)
        .values((
            roles::id.eq(id),
            roles::person_id.eq(person),
            roles::competition_id.eq(competition),
            roles::role.eq(role),
            roles::granted_by.eq(by),
            roles::granted_at.eq(now),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Takes a role away.
///
/// # Errors
/// When the database fails.
pub fn take_role(
    w: &mut Writes<'_>,
    person: PersonId,
    competition: CompetitionId,
    role: Role,
) -> Result<()> {
    diesel::delete(
        roles::table
            .filter(roles::person_id.eq(person))
            .filter(roles::competition_id.eq(competition))
            .filter(roles::role.eq(role)),
    )
    .execute(w.conn())?;
    Ok(())
}

/// How a competition is named in letters: its programme and edition.
///
/// # Errors
/// When the database fails.
pub fn competition_name(r: &mut Reads<'_>, id: CompetitionId) -> Result<Option<String>> {
    let row: Option<(String, String)> = competitions::table
        .find(id)
        .select((competitions::programme, competitions::edition))
        .first(r.conn())
        .optional()?;
    Ok(row.map(|(programme, edition)| format!("{programme}, {edition}")))
}

/// The caller behind a live session, if both session and account are in order.
///
/// # Errors
/// When the database fails.
pub fn caller_in_session(r: &mut Reads<'_>, session: SessionId) -> Result<Option<(Person, bool)>> {
    type Row = (
        PersonId,
        String,
        String,
        String,
        bool,
        Option<Instant>,
        Instant,
        bool,
    );
    type Held = (Option<CompetitionId>, Option<Role>);
    let now = r.now();
    // One row for each role, or one without.
    let query = sessions::table
        .inner_join(people::table.left_join(roles::table.on(roles::person_id.eq(people::id))))
        .filter(sessions::id.eq(session))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .filter(people::disabled_at.is_null())
        .select((
            (
                people::id,
                people::name,
                people::email,
                people::language,
                people::administrator,
                people::verified_at,
                sessions::authenticated_at,
                sessions::second_factor,
            ),
            (roles::competition_id.nullable(), roles::role.nullable()),
        ));
    let rows: Vec<(Row, Held)> = on_either!(r.conn(), |conn| query.load(conn))?;
    let roles = rows
        .iter()
        .filter_map(|(_, held)| held.0.zip(held.1))
        .collect();
    let Some((
        (id, name, email, language, administrator, verified_at, authenticated_at, second_factor),
        _,
    )) = rows.into_iter().next()
    else {
        return Ok(None);
    };
    let person = Person {
        id,
        name,
        email,
        language,
        administrator,
        verified: verified_at.is_some(),
        session: Some(session),
        authenticated_at: Some(authenticated_at),
        scopes: None,
        lacks_second_factor: false,
        fresh_for: 0,
        roles,
    };
    Ok(Some((person, second_factor)))
}

/// The caller behind a personal token, and whether they have set up a second factor.
///
/// # Errors
/// When the database fails.
pub fn caller_by_token(r: &mut Reads<'_>, token_hash: &str) -> Result<Option<(Person, bool)>> {
    type Row = (
        PersonId,
        String,
        String,
        String,
        bool,
        Option<Instant>,
        Option<Instant>,
        String,
    );
    let now = r.now();
    let row: Option<Row> = api_tokens::table
        .inner_join(people::table)
        .filter(api_tokens::token_hash.eq(token_hash))
        .filter(api_tokens::revoked_at.is_null())
        .filter(api_tokens::expires_at.gt(now))
        .filter(people::disabled_at.is_null())
        .select((
            people::id,
            people::name,
            people::email,
            people::language,
            people::administrator,
            people::verified_at,
            people::totp_confirmed_at,
            api_tokens::scopes,
        ))
        .first(r.conn())
        .optional()?;
    let Some((id, name, email, language, administrator, verified_at, confirmed_at, scopes)) = row
    else {
        return Ok(None);
    };
    let scopes: Vec<Scope> = serde_json::from_str(&scopes)?;
    let roles = roles_of(r, id)?;
    let person = Person {
        id,
        name,
        email,
        language,
        administrator,
        verified: verified_at.is_some(),
        session: None,
        authenticated_at: None,
        scopes: Some(scopes),
        lacks_second_factor: false,
        fresh_for: 0,
        roles,
    };
    Ok(Some((person, confirmed_at.is_some())))
}

/// Sets a password's hash.
///
/// # Errors
/// When the database fails.
pub fn set_password(w: &mut Writes<'_>, id: PersonId, hash: &str) -> Result<()> {
    diesel::update(people::table.find(id))
        .set(people::password_hash.eq(hash))
        .execute(w.conn())?;
    Ok(())
}

/// Whether the session is this person's and still runs.
///
/// # Errors
/// When the database fails.
pub fn is_session_of(r: &mut Reads<'_>, session: SessionId, person: PersonId) -> Result<bool> {
    let query = sessions::table
        .find(session)
        .filter(sessions::person_id.eq(person))
        .filter(sessions::ended_at.is_null());
    Ok(diesel::select(diesel::dsl::exists(query)).get_result(r.conn())?)
}

/// Makes someone an administrator of the instance, or no longer.
///
/// # Errors
/// When the database fails.
pub fn set_administrator(w: &mut Writes<'_>, id: PersonId, administrator: bool) -> Result<()> {
    diesel::update(people::table.find(id))
        .set(people::administrator.eq(administrator))
        .execute(w.conn())?;
    Ok(())
}

/// Who administers the instance and is not disabled.
///
/// # Errors
/// When the database fails.
pub fn administrators(r: &mut Reads<'_>) -> Result<Vec<PersonId>> {
    Ok(people::table
        .filter(people::administrator.eq(true))
        .filter(people::disabled_at.is_null())
        .order(people::id)
        .select(people::id)
        .load(r.conn())?)
}

/// How many people have an account.
///
/// # Errors
/// When the database fails.
pub fn count(r: &mut Reads<'_>) -> Result<i64> {
    Ok(people::table.count().get_result(r.conn())?)
}
