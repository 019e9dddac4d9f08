//! Members, handovers and appointments.

use actix_web::{delete, get, post, put};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::coalitions::actions::appointing::{self, Appointment, ConvenorInvited};
use crate::coalitions::actions::handovers::{self, Offer};
use crate::coalitions::actions::members::{self, Part};
use crate::coalitions::views::{HandoverView, InvitationView, MemberView};
use crate::people::Call;
use crate::platform::http::{Answer, Asked, IfMatch, Input, Page, PageQuery, PathId};
use crate::platform::ids::{CoalitionId, HandoverId, MemberId};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(show)
        .service(change)
        .service(remove)
        .service(offer)
        .service(list_handovers)
        .service(show_handover)
        .service(accept)
        .service(decline)
        .service(call_back)
        .service(appoint)
        .service(ask_in)
        .service(list_asked_in);
}

/// The members of a coalition.
#[utoipa::path(tag = "coalitions", params(("id" = CoalitionId, Path), PageQuery), responses((status = 200, body = Page<MemberView>)))]
#[get("/coalitions/{id}/members")]
async fn list(call: Call, id: PathId<CoalitionId>, asked: Asked<PageQuery>) -> Answer {
    call.read_page(move |r, who| {
        let all = members::list(r, who, id.get())?;
        Page::of_all(all, &asked.get()?.page()?, |one| {
            (one.joined_at.to_string(), one.id.0)
        })
    })
    .await
}

/// One member.
#[utoipa::path(tag = "coalitions", params(("id" = MemberId, Path)), responses((status = 200, body = MemberView)))]
#[get("/members/{id}")]
async fn show(call: Call, id: PathId<MemberId>) -> Answer {
    call.read(move |r, who| members::show(r, who, id.get()))
        .await
}

/// Give a member another role or other sections; by the convenor.
#[utoipa::path(tag = "coalitions", params(("id" = MemberId, Path)), request_body = Part, responses((status = 200, body = MemberView)))]
#[put("/members/{id}")]
async fn change(
    call: Call,
    id: PathId<MemberId>,
    condition: IfMatch,
    input: Input<Part>,
) -> Answer {
    call.change(move |w, who| members::change(w, who, id.get(), &condition, &input))
        .await
}

/// Remove a member, by the convenor, or leave, by the member. Access ends at once; words stay.
#[utoipa::path(tag = "coalitions", params(("id" = MemberId, Path)), responses((status = 204)))]
#[delete("/members/{id}")]
async fn remove(call: Call, id: PathId<MemberId>) -> Answer {
    call.remove(move |w, who| members::remove(w, who, id.get()))
        .await
}

/// Offer the convenor's part to another member; by the convenor.
#[utoipa::path(tag = "coalitions", params(("id" = CoalitionId, Path)), request_body = Offer, responses((status = 201, body = HandoverView)))]
#[post("/coalitions/{id}/handovers")]
async fn offer(call: Call, id: PathId<CoalitionId>, input: Input<Offer>) -> Answer {
    call.create(move |w, who| handovers::offer(w, who, id.get(), &input))
        .await
}

/// The handovers of a coalition, to its members and the competition's officers.
#[utoipa::path(tag = "coalitions", params(("id" = CoalitionId, Path), PageQuery), responses((status = 200, body = Page<HandoverView>)))]
#[get("/coalitions/{id}/handovers")]
async fn list_handovers(call: Call, id: PathId<CoalitionId>, asked: Asked<PageQuery>) -> Answer {
    call.read_page(move |r, who| {
        let all = handovers::list(r, who, id.get())?;
        Page::of_all(all, &asked.get()?.page()?, |one| {
            (one.created_at.to_string(), one.id.0)
        })
    })
    .await
}

/// One handover, to the coalition's members and the competition's officers.
#[utoipa::path(tag = "coalitions", params(("id" = HandoverId, Path)), responses((status = 200, body = HandoverView)))]
#[get("/handovers/{id}")]
async fn show_handover(call: Call, id: PathId<HandoverId>) -> Answer {
    call.read(move |r, who| handovers::show(r, who, id.get()))
        .await
}

/// Accept the convenor's part; by whom it was offered to. Every member is told.
#[utoipa::path(tag = "coalitions", params(("id" = HandoverId, Path)), responses((status = 200, body = HandoverView)))]
#[post("/handovers/{id}/acceptance")]
async fn accept(call: Call, id: PathId<HandoverId>) -> Answer {
    call.act(move |w, who| handovers::accept(w, who, id.get()))
        .await
}

/// Decline the convenor's part; by whom it was offered to.
#[utoipa::path(tag = "coalitions", params(("id" = HandoverId, Path)), responses((status = 200, body = HandoverView)))]
#[post("/handovers/{id}/refusal")]
async fn decline(call: Call, id: PathId<HandoverId>) -> Answer {
    call.act(move |w, who| handovers::decline(w, who, id.get()))
        .await
}

/// Call an offer back; by the convenor.
#[utoipa::path(tag = "coalitions", params(("id" = HandoverId, Path)), responses((status = 204)))]
#[delete("/handovers/{id}")]
async fn call_back(call: Call, id: PathId<HandoverId>) -> Answer {
    call.remove(move |w, who| handovers::call_back(w, who, id.get()))
        .await
}

/// Appoint another convenor, a member or somebody who asked to join, with a reason that every
/// member is told; by an officer.
#[utoipa::path(tag = "coalitions", params(("id" = CoalitionId, Path)), request_body = Appointment, responses((status = 201, body = HandoverView)))]
#[post("/coalitions/{id}/convenor-appointments")]
async fn appoint(call: Call, id: PathId<CoalitionId>, input: Input<Appointment>) -> Answer {
    call.create(move |w, who| appointing::appoint(w, who, id.get(), &input))
        .await
}

/// Ask somebody in by e-mail as the convenor; by an officer. They are it once they accept, and
/// every member is told the reason then.
#[utoipa::path(tag = "coalitions", params(("id" = CoalitionId, Path)), request_body = ConvenorInvited, responses((status = 201, body = InvitationView)))]
#[post("/coalitions/{id}/convenor-invitations")]
async fn ask_in(call: Call, id: PathId<CoalitionId>, input: Input<ConvenorInvited>) -> Answer {
    call.create(move |w, who| appointing::invite(w, who, id.get(), &input))
        .await
}

/// Whom officers asked in as the convenor; to officers.
#[utoipa::path(tag = "coalitions", params(("id" = CoalitionId, Path), PageQuery), responses((status = 200, body = Page<InvitationView>)))]
#[get("/coalitions/{id}/convenor-invitations")]
async fn list_asked_in(call: Call, id: PathId<CoalitionId>, asked: Asked<PageQuery>) -> Answer {
    call.read_page(move |r, who| {
        let all = appointing::invitations(r, who, id.get())?;
        Page::of_all(all, &asked.get()?.page()?, |one| {
            (one.created_at.to_string(), one.id.0)
        })
    })
    .await
}
