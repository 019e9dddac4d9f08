//! Granting and taking away: roles, the administrator's rights, whole accounts.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::accounts::{self, Newcomer};
use super::granting::Granter;
use super::model::{Person, Role};
use super::store::{self, PersonRow};
use super::{granting, letters, own, registration, sessions, tokens};
use crate::platform::clock::Instant;
use crate::platform::db::schema::{people, roles};
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Created, Input, Page, PageAsked};
use crate::platform::ids::{CompetitionId, PersonId};
use crate::platform::refusal::{Failure, FieldError, OrNotFound as _, Result, refuse_if_any};

/// A role that someone holds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RoleView {
    /// Identity of the grant.
    pub id: i64,
    /// Who holds it.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Which role.
    pub role: Role,
    /// Since when.
    pub granted_at: Instant,
}

/// A role to be granted.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRole {
    /// Whom, by address; someone without an account is invited to make one.
    #[schema(example = "approver@civitas.example")]
    pub email: String,
    /// Which role.
    pub role: Role,
    /// How they are named, where they have no account yet: at most 120 characters.
    #[serde(default)]
    pub name: String,
}

impl NewRole {
    /// Checks every value.
    fn check(&self) -> Result<()> {
        let mut errors = Vec::new();
        if !registration::is_address(&self.email) {
            errors.push(FieldError::at("/email", "not an e-mail address"));
        }
        errors.extend(registration::check_line("/name", &self.name, 120));
        refuse_if_any(errors)
    }
}

/// Whether there is such a competition, for who may see its roles.
fn roles_visible(r: &mut Reads<'_>, who: &Person, competition: CompetitionId) -> Result<()> {
    store::competition_name(r, competition)?.or_not_found()?;
    if who.administrator || who.has_any_role(competition) {
        return Ok(());
    }
    Err(Failure::not_found())
}

/// Who holds which role in a competition.
///
/// # Errors
/// 404 to outsiders, 403 to funders and approvers.
pub fn roles_of(
    r: &mut Reads<'_>,
    who: &Person,
    competition: CompetitionId,
) -> Result<Vec<RoleView>> {
    roles_visible(r, who, competition)?;
    if !who.administrator && !who.works_for(competition) {
        return Err(Failure::forbidden("The office keeps this list."));
    }
    let rows: Vec<(i64, PersonId, String, String, Role, Instant)> = roles::table
        .inner_join(people::table)
        .filter(roles::competition_id.eq(competition))
        .order((roles::granted_at, roles::id))
        .select((
            roles::id,
            people::id,
            people::name,
            people::email,
            roles::role,
            roles::granted_at,
        ))
        .load(r.conn())?;
    Ok(rows
        .into_iter()
        .map(|(id, person, name, email, role, granted_at)| RoleView {
            id,
            person,
            name,
            email,
            role,
            granted_at,
        })
        .collect())
}

fn may_grant(who: &Person, competition: CompetitionId, now: Instant) -> Result<()> {
    if !who.administrator && !who.is(Role::Officer, competition) {
        return Err(Failure::forbidden(
            "Officers of the competition and administrators grant roles.",
        ));
    }
    who.require_fresh(now)
}

/// Grants a role; its holder and every administrator are told.
///
/// # Errors
/// 403 without the right or a fresh sign-in, 422 when the address is none.
pub fn grant(
    w: &mut Writes<'_>,
    who: &Person,
    competition: CompetitionId,
    input: &Input<NewRole>,
) -> Result<Created<RoleView>> {
    roles_visible(w, who, competition)?;
    may_grant(who, competition, w.now())?;
    let asked = input.get()?;
    asked.check()?;
    let newcomer = Newcomer {
        email: asked.email.clone(),
        name: asked.name,
        ..Newcomer::default()
    };
    let person = accounts::invited(w, &newcomer)?;
    granting::give_role(w, Granter::Person(who), person, competition, asked.role)?;
    let view = roles_of(w, who, competition)?
        .into_iter()
        .find(|view| view.person == person && view.role == asked.role)
        .or_not_found()?;
    Ok(Created::at(
        format!("/api/v1/competitions/{competition}/roles/{}", view.id),
        view,
    ))
}

/// Takes a role away; the last officer stays.
///
/// # Errors
/// 403 without the right or a fresh sign-in, 404 when there is no such grant.
pub fn take(w: &mut Writes<'_>, who: &Person, competition: CompetitionId, id: i64) -> Result<()> {
    roles_visible(w, who, competition)?;
    may_grant(who, competition, w.now())?;
    let row: Option<(PersonId, Role)> = roles::table
        .find(id)
        .filter(roles::competition_id.eq(competition))
        .select((roles::person_id, roles::role))
        .first(w.conn())
        .optional()?;
    let (person, role) = row.or_not_found()?;
    if role == Role::Officer && store::holders(w, competition, Role::Officer)?.len() == 1 {
        return Err(Failure::rule(
            crate::platform::refusal::Rule::NotReady,
            "A competition keeps at least one officer.",
        ));
    }
    granting::take_role(w, Granter::Person(who), person, competition, role)
}

/// An account, as administrators see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccountView {
    /// Identity.
    pub id: PersonId,
    /// Address.
    pub email: String,
    /// Name.
    pub name: String,
    /// Whether the address is proven.
    pub verified: bool,
    /// Whether they administer the instance.
    pub administrator: bool,
    /// Whether a one-time code is asked for at sign-in.
    pub second_factor: bool,
    /// When it was disabled.
    pub disabled_at: Option<Instant>,
    /// When it was made.
    pub created_at: Instant,
}

impl From<PersonRow> for AccountView {
    fn from(row: PersonRow) -> Self {
        Self {
            id: row.id,
            verified: row.verified_at.is_some(),
            second_factor: row.has_second_factor(),
            email: row.email,
            name: row.name,
            administrator: row.administrator,
            disabled_at: row.disabled_at,
            created_at: row.created_at,
        }
    }
}

/// Administrators only; to others there is nothing here.
///
/// # Errors
/// 404 to anyone else.
pub fn only_administrators(who: &Person) -> Result<()> {
    if who.administrator {
        Ok(())
    } else {
        Err(Failure::not_found())
    }
}

/// Accounts whose address begins with a text, by address.
///
/// # Errors
/// 404 to anyone but administrators.
pub fn accounts(
    r: &mut Reads<'_>,
    who: &Person,
    prefix: Option<&str>,
    asked: &PageAsked,
) -> Result<Page<AccountView>> {
    only_administrators(who)?;
    let mut query = people::table
        .order((people::email, people::id))
        .limit(asked.fetch())
        .into_boxed();
    if let Some(prefix) = prefix {
        let prefix = prefix.to_lowercase();
        // The range of texts with this beginning: LIKE would treat % and _ as signs.
        query = query
            .filter(people::email.ge(prefix.clone()))
            .filter(people::email.lt(format!("{prefix}\u{10FFFF}")));
    }
    if let Some((email, _)) = asked.after::<(String, i64)>()? {
        query = query.filter(people::email.gt(email));
    }
    let rows: Vec<PersonRow> = query.load(r.conn())?;
    Ok(Page::cut(rows, asked, |row| (row.email.clone(), row.id.0)).map(AccountView::from))
}

/// One account.
///
/// # Errors
/// 404 to anyone but administrators.
pub fn account(r: &mut Reads<'_>, who: &Person, id: PersonId) -> Result<AccountView> {
    only_administrators(who)?;
    Ok(store::person(r, id)?.or_not_found()?.into())
}

/// Disables an account, at once and with every session and token, or lets it in again: as if new,
/// by its password.
///
/// # Errors
/// 404 to anyone but administrators, 403 without a fresh sign-in or on oneself.
pub fn set_disabled(
    w: &mut Writes<'_>,
    who: &Person,
    id: PersonId,
    disabled: bool,
) -> Result<AccountView> {
    only_administrators(who)?;
    store::person(w, id)?.or_not_found()?;
    if id == who.id {
        return Err(Failure::forbidden("Another administrator has to do this."));
    }
    who.require_fresh(w.now())?;
    disable(w, Some(who.id), id, disabled)?;
    account(w, who, id)
}

/// As [`set_disabled`], by the command line; nothing happens when it is so already.
///
/// # Errors
/// When the database fails.
pub fn disable(
    w: &mut Writes<'_>,
    by: Option<PersonId>,
    id: PersonId,
    disabled: bool,
) -> Result<()> {
    let (row, at) = (
        store::person(w, id)?.or_not_found()?,
        disabled.then(|| w.now()),
    );
    if row.disabled_at.is_some() == disabled {
        return Ok(());
    }
    diesel::update(people::table.find(id))
        .set(people::disabled_at.eq(at))
        .execute(w.conn())?;
    if disabled {
        sessions::end_all(w, id, None, "disabled")?;
        tokens::revoke_all(w, id)?;
    }
    letters::account_disabled(w, &row, disabled)?;
    own::record(
        w,
        by,
        if disabled {
            "person.disabled"
        } else {
            "person.enabled"
        },
        id,
    )
}

/// Makes someone an administrator, or no longer; every administrator is told.
///
/// # Errors
/// 404 to anyone but administrators, 403 without a fresh sign-in or on oneself.
pub fn set_administrator(
    w: &mut Writes<'_>,
    who: &Person,
    id: PersonId,
    administrator: bool,
) -> Result<AccountView> {
    only_administrators(who)?;
    store::person(w, id)?.or_not_found()?;
    if id == who.id {
        return Err(Failure::forbidden("Another administrator has to do this."));
    }
    who.require_fresh(w.now())?;
    granting::set_administrator(w, Granter::Person(who), id, administrator)?;
    account(w, who, id)
}
