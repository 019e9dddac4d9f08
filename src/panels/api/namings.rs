//! Whom a coalition names.

use actix_web::{delete, get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::panels::actions::{self, NamingRequest, NamingView};
use crate::people::Call;
use crate::platform::http::{Answer, Asked, Input, Page, PageQuery, PathId};
use crate::platform::ids::{CoalitionId, NamingId};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(add).service(list).service(remove);
}

/// Name a person or an organisation that your coalition does not want to be read by. You are not
/// told whether they are on a panel. The coalition's convenor and editors.
#[utoipa::path(tag = "conflicts", params(("id" = CoalitionId, Path)), request_body = NamingRequest,
    responses((status = 201, body = NamingView)))]
#[post("/coalitions/{id}/conflict-namings")]
async fn add(call: Call, id: PathId<CoalitionId>, input: Input<NamingRequest>) -> Answer {
    call.create(move |w, who| actions::add_naming(w, who, id.get(), &input))
        .await
}

/// Whom a coalition named. Its members; officers and assistants.
#[utoipa::path(tag = "conflicts", params(("id" = CoalitionId, Path), PageQuery),
    responses((status = 200, body = Page<NamingView>)))]
#[get("/coalitions/{id}/conflict-namings")]
async fn list(call: Call, id: PathId<CoalitionId>, query: Asked<PageQuery>) -> Answer {
    call.read_page(move |r, who| actions::list_namings(r, who, id.get(), &query))
        .await
}

/// Take a naming back. The coalition's convenor and editors.
#[utoipa::path(tag = "conflicts", params(("id" = NamingId, Path)), responses((status = 204)))]
#[delete("/conflict-namings/{id}")]
async fn remove(call: Call, id: PathId<NamingId>) -> Answer {
    call.remove(move |w, who| actions::remove_naming(w, who, id.get()))
        .await
}
