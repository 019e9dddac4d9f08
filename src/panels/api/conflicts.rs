//! Conflicts, for officers and for oneself. Declaring and dismissing are served
//! where submissions and reviews are known.

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::panels::actions::{
    self, AddRequest, ConflictQuery, ConflictView, DecisionRequest, OwnConflictView,
};
use crate::people::Call;
use crate::platform::http::{Answer, Asked, Input, Page, PageQuery, PathId};
use crate::platform::ids::{ConflictId, StageId};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(add)
        .service(own)
        .service(show)
        .service(confirm);
}

/// Conflicts and hints between the stage's panel or office and its coalitions. Officers and
/// assistants, coalitions apart with which they conflict themselves.
#[utoipa::path(tag = "conflicts", params(("id" = StageId, Path), ConflictQuery),
    responses((status = 200, body = Page<ConflictView>)))]
#[get("/stages/{id}/conflicts")]
async fn list(call: Call, id: PathId<StageId>, query: Asked<ConflictQuery>) -> Answer {
    call.read_page(move |r, who| actions::list_conflicts(r, who, id.get(), &query))
        .await
}

/// Add a conflict that you know of; it is in force at once. Officers.
#[utoipa::path(tag = "conflicts", params(("id" = StageId, Path)), request_body = AddRequest,
    responses((status = 201, body = ConflictView)))]
#[post("/stages/{id}/conflicts")]
async fn add(call: Call, id: PathId<StageId>, input: Input<AddRequest>) -> Answer {
    call.create(move |w, who| actions::add(w, who, id.get(), &input))
        .await
}

/// The coalitions that a conflict closes to you: that they are, and no more.
#[utoipa::path(tag = "conflicts", params(PageQuery), responses((status = 200, body = Page<OwnConflictView>)))]
#[get("/me/conflicts")]
async fn own(call: Call, query: Asked<PageQuery>) -> Answer {
    call.read_page(move |r, who| actions::list_own_conflicts(r, who, &query))
        .await
}

/// A conflict or hint. Officers and assistants.
#[utoipa::path(tag = "conflicts", params(("id" = ConflictId, Path)), responses((status = 200, body = ConflictView)))]
#[get("/conflicts/{id}")]
async fn show(call: Call, id: PathId<ConflictId>) -> Answer {
    call.read(move |r, who| actions::show_conflict(r, who, id.get()))
        .await
}

/// Confirm a conflict: every door between the two closes, and what is assigned ends. Officers.
#[utoipa::path(tag = "conflicts", params(("id" = ConflictId, Path)), request_body = DecisionRequest,
    responses((status = 200, body = ConflictView)))]
#[post("/conflicts/{id}/confirmation")]
async fn confirm(call: Call, id: PathId<ConflictId>, input: Input<DecisionRequest>) -> Answer {
    call.act(move |w, who| actions::confirm(w, who, id.get(), &input))
        .await
}
