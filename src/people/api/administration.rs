//! Roles and accounts, for officers and administrators.

use actix_web::{delete, get, post};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::people::Call;
use crate::people::administration::{self as acts, AccountView, NewRole, RoleView};
use crate::platform::http::{Answer, Asked, Input, Page, PageAsked, PathId, PathIds};
use crate::platform::ids::{CompetitionId, PersonId};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(roles)
        .service(grant)
        .service(take)
        .service(accounts)
        .service(account)
        .service(disable)
        .service(enable)
        .service(make_administrator)
        .service(end_administrator);
}

/// Which page of a list.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RolesAsked {
    /// Items on the page, 1 to 200.
    limit: Option<u32>,
    /// From the page before.
    cursor: Option<String>,
}

/// Who holds which role in a competition, in the order of granting. Officers, assistants and
/// administrators.
#[utoipa::path(tag = "people", params(RolesAsked), responses((status = 200, body = Page<RoleView>)))]
#[get("/competitions/{id}/roles")]
async fn roles(call: Call, id: PathId<CompetitionId>, asked: Asked<RolesAsked>) -> Answer {
    call.read_page(move |r, who| {
        let all = acts::roles_of(r, who, id.get())?;
        let asked = asked.get()?;
        let page = PageAsked::new(asked.limit, asked.cursor.as_deref())?;
        Page::of_all(all, &page, |role| (role.granted_at.to_string(), role.id))
    })
    .await
}

/// Grant a role. Officers of the competition and administrators, after a fresh sign-in.
#[utoipa::path(tag = "people", request_body = NewRole, responses((status = 201, body = RoleView)))]
#[post("/competitions/{id}/roles")]
async fn grant(call: Call, id: PathId<CompetitionId>, input: Input<NewRole>) -> Answer {
    call.create(move |w, who| acts::grant(w, who, id.get(), &input))
        .await
}

/// Take a role away. Officers of the competition and administrators, after a fresh sign-in.
#[utoipa::path(tag = "people", responses((status = 204)))]
#[delete("/competitions/{id}/roles/{role}")]
async fn take(call: Call, ids: PathIds<(CompetitionId, i64)>) -> Answer {
    let (competition, role) = ids.get();
    call.remove(move |w, who| acts::take(w, who, competition, role))
        .await
}

/// How to narrow the list of accounts.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Accounts {
    /// The beginning of the address.
    email: Option<String>,
    /// Items on the page, 1 to 200.
    limit: Option<u32>,
    /// From the page before.
    cursor: Option<String>,
}

/// Accounts, by address. Administrators.
#[utoipa::path(tag = "people", params(Accounts), responses((status = 200, body = Page<AccountView>)))]
#[get("/people")]
async fn accounts(call: Call, query: Asked<Accounts>) -> Answer {
    call.read_page(move |r, who| {
        acts::only_administrators(who)?;
        let query = query.get()?;
        acts::accounts(
            r,
            who,
            query.email.as_deref(),
            &PageAsked::new(query.limit, query.cursor.as_deref())?,
        )
    })
    .await
}

/// One account. Administrators.
#[utoipa::path(tag = "people", responses((status = 200, body = AccountView)))]
#[get("/people/{id}")]
async fn account(call: Call, id: PathId<PersonId>) -> Answer {
    call.read(move |r, who| acts::account(r, who, id.get()))
        .await
}

/// Disable an account at once, with every session and token. Administrators, after a fresh sign-in.
#[utoipa::path(tag = "people", responses((status = 200, body = AccountView)))]
#[post("/people/{id}/disabling")]
async fn disable(call: Call, id: PathId<PersonId>) -> Answer {
    call.act(move |w, who| acts::set_disabled(w, who, id.get(), true))
        .await
}

/// Let a disabled account in again. Administrators, after a fresh sign-in.
#[utoipa::path(tag = "people", responses((status = 204)))]
#[delete("/people/{id}/disabling")]
async fn enable(call: Call, id: PathId<PersonId>) -> Answer {
    call.remove(move |w, who| acts::set_disabled(w, who, id.get(), false).map(drop))
        .await
}

/// Make someone an administrator of the instance. Administrators, after a fresh sign-in.
#[utoipa::path(tag = "people", responses((status = 200, body = AccountView)))]
#[post("/people/{id}/administration")]
async fn make_administrator(call: Call, id: PathId<PersonId>) -> Answer {
    call.act(move |w, who| acts::set_administrator(w, who, id.get(), true))
        .await
}

/// Take the administrator's rights away. Administrators, after a fresh sign-in.
#[utoipa::path(tag = "people", responses((status = 204)))]
#[delete("/people/{id}/administration")]
async fn end_administrator(call: Call, id: PathId<PersonId>) -> Answer {
    call.remove(move |w, who| acts::set_administrator(w, who, id.get(), false).map(drop))
        .await
}
