//! Seats at the table.

use actix_web::web::Data;
use actix_web::{delete, get, post, put};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::coalitions::actions::inviting::{self, SeatInvited};
use crate::coalitions::actions::seats::{self, SeatDescribed};
use crate::coalitions::views::{Coverage, InvitationView, SeatView};
use crate::people::Call;
use crate::platform::config::LimitsConfig;
use crate::platform::http::{Answer, Asked, IfMatch, Input, Page, PageQuery, PathId};
use crate::platform::ids::{CoalitionId, SeatId};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(add)
        .service(list)
        .service(covered)
        .service(show)
        .service(change)
        .service(remove)
        .service(vacate)
        .service(invite);
}

/// Set up a seat; by the convenor or an editor.
#[utoipa::path(tag = "coalitions", params(("id" = CoalitionId, Path)), request_body = SeatDescribed, responses((status = 201, body = SeatView)))]
#[post("/coalitions/{id}/seats")]
async fn add(call: Call, id: PathId<CoalitionId>, input: Input<SeatDescribed>) -> Answer {
    call.create(move |w, who| seats::add(w, who, id.get(), &input))
        .await
}

/// The seats of a coalition's table.
#[utoipa::path(tag = "coalitions", params(("id" = CoalitionId, Path), PageQuery), responses((status = 200, body = Page<SeatView>)))]
#[get("/coalitions/{id}/seats")]
async fn list(call: Call, id: PathId<CoalitionId>, asked: Asked<PageQuery>) -> Answer {
    call.read_page(move |r, who| {
        let all = seats::list(r, who, id.get())?;
        Page::of_ordered(all, &asked.get()?.page()?, |one| one.id.0)
    })
    .await
}

/// Who is at the table by sector, with the required sectors where nobody has joined yet; to the
/// coalition's members and the competition's officers.
#[utoipa::path(tag = "coalitions", params(("id" = CoalitionId, Path)), responses((status = 200, body = Coverage)))]
#[get("/coalitions/{id}/coverage")]
async fn covered(call: Call, id: PathId<CoalitionId>) -> Answer {
    call.read(move |r, who| seats::covered(r, who, id.get()))
        .await
}

/// One seat, to the coalition's members and the competition's officers.
#[utoipa::path(tag = "coalitions", params(("id" = SeatId, Path)), responses((status = 200, body = SeatView)))]
#[get("/seats/{id}")]
async fn show(call: Call, id: PathId<SeatId>) -> Answer {
    call.read(move |r, who| seats::show(r, who, id.get())).await
}

/// Describe a seat anew; who sits there stays, and so does the sector that they were asked for. By
/// the convenor or an editor.
#[utoipa::path(tag = "coalitions", params(("id" = SeatId, Path)), request_body = SeatDescribed, responses((status = 200, body = SeatView)))]
#[put("/seats/{id}")]
async fn change(
    call: Call,
    id: PathId<SeatId>,
    condition: IfMatch,
    input: Input<SeatDescribed>,
) -> Answer {
    call.change(move |w, who| seats::change(w, who, id.get(), &condition, &input))
        .await
}

/// Take a seat away; by the convenor or an editor.
#[utoipa::path(tag = "coalitions", params(("id" = SeatId, Path)), responses((status = 204)))]
#[delete("/seats/{id}")]
async fn remove(call: Call, id: PathId<SeatId>) -> Answer {
    call.remove(move |w, who| seats::remove(w, who, id.get()))
        .await
}

/// Free a filled seat: by its holder, the convenor or an editor.
#[utoipa::path(tag = "coalitions", params(("id" = SeatId, Path)), responses((status = 204)))]
#[delete("/seats/{id}/holder")]
async fn vacate(call: Call, id: PathId<SeatId>) -> Answer {
    call.remove(move |w, who| seats::vacate(w, who, id.get()))
        .await
}

/// Invite somebody to a seat by e-mail; accepting fills it. One's own address fills it at once.
/// By the convenor or an editor.
#[utoipa::path(tag = "coalitions", params(("id" = SeatId, Path)), request_body = SeatInvited, responses((status = 201, body = InvitationView)))]
#[post("/seats/{id}/invitations")]
async fn invite(
    call: Call,
    id: PathId<SeatId>,
    limits: Data<LimitsConfig>,
    input: Input<SeatInvited>,
) -> Answer {
    let quota = limits.invitations_per_coalition;
    call.create(move |w, who| inviting::invite_to_seat(w, who, id.get(), &input, quota))
        .await
}
