//! Requests to join.

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::coalitions::actions::joining::{self, Welcome, Wish};
use crate::coalitions::views::JoinRequestView;
use crate::people::Call;
use crate::platform::http::{Answer, Asked, Input, Page, PageQuery, PathId};
use crate::platform::ids::{CoalitionId, JoinRequestId};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(ask)
        .service(list)
        .service(show)
        .service(accept)
        .service(decline);
}

/// Ask to join a coalition that came first; by anyone with a verified address.
#[utoipa::path(tag = "coalitions", params(("id" = CoalitionId, Path)), request_body = Wish, responses((status = 201, body = JoinRequestView)))]
#[post("/coalitions/{id}/join-requests")]
async fn ask(call: Call, id: PathId<CoalitionId>, input: Input<Wish>) -> Answer {
    call.create(move |w, who| joining::ask(w, who, id.get(), &input))
        .await
}

/// The requests to join a coalition, to its convenor and the competition's officers.
#[utoipa::path(tag = "coalitions", params(("id" = CoalitionId, Path), PageQuery), responses((status = 200, body = Page<JoinRequestView>)))]
#[get("/coalitions/{id}/join-requests")]
async fn list(call: Call, id: PathId<CoalitionId>, asked: Asked<PageQuery>) -> Answer {
    call.read_page(move |r, who| {
        let all = joining::list(r, who, id.get())?;
        Page::of_all(all, &asked.get()?.page()?, |one| {
            (one.created_at.to_string(), one.id.0)
        })
    })
    .await
}

/// One request, to who asked, the coalition's convenor and the competition's officers.
#[utoipa::path(tag = "coalitions", params(("id" = JoinRequestId, Path)), responses((status = 200, body = JoinRequestView)))]
#[get("/join-requests/{id}")]
async fn show(call: Call, id: PathId<JoinRequestId>) -> Answer {
    call.read(move |r, who| joining::show(r, who, id.get()))
        .await
}

/// Take in somebody who asked; by the convenor.
#[utoipa::path(tag = "coalitions", params(("id" = JoinRequestId, Path)), request_body = Welcome, responses((status = 200, body = JoinRequestView)))]
#[post("/join-requests/{id}/acceptance")]
async fn accept(call: Call, id: PathId<JoinRequestId>, input: Input<Welcome>) -> Answer {
    call.act(move |w, who| joining::accept(w, who, id.get(), &input))
        .await
}

/// Decline somebody who asked; by the convenor.
#[utoipa::path(tag = "coalitions", params(("id" = JoinRequestId, Path)), responses((status = 200, body = JoinRequestView)))]
#[post("/join-requests/{id}/refusal")]
async fn decline(call: Call, id: PathId<JoinRequestId>) -> Answer {
    call.act(move |w, who| joining::decline(w, who, id.get()))
        .await
}
