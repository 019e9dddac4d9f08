//! Invitations: sent by a coalition, answered by who was asked.

use actix_web::web::{Data, Path};
use actix_web::{delete, get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::coalitions::actions::answering;
use crate::coalitions::actions::inviting::{self, Invited};
use crate::coalitions::actions::revoking;
use crate::coalitions::views::{InvitationToMe, InvitationView};
use crate::people::Call;
use crate::platform::config::LimitsConfig;
use crate::platform::http::{Answer, Asked, Input, Page, PageQuery, PathId};
use crate::platform::ids::{CoalitionId, InvitationId};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(invite)
        .service(list)
        .service(show)
        .service(revoke)
        .service(confirm)
        .service(mine)
        .service(accept)
        .service(decline)
        .service(accept_by_link)
        .service(decline_by_link);
}

/// Invite somebody by e-mail: a contributor, by the convenor or an editor with a verified address;
/// an editor or signatory, by the convenor.
#[utoipa::path(tag = "coalitions", params(("id" = CoalitionId, Path)), request_body = Invited, responses((status = 201, body = InvitationView)))]
#[post("/coalitions/{id}/invitations")]
async fn invite(
    call: Call,
    id: PathId<CoalitionId>,
    limits: Data<LimitsConfig>,
    input: Input<Invited>,
) -> Answer {
    let quota = limits.invitations_per_coalition;
    call.create(move |w, who| inviting::invite(w, who, id.get(), &input, quota))
        .await
}

/// The invitations of a coalition, to its convenor and editors.
#[utoipa::path(tag = "coalitions", params(("id" = CoalitionId, Path), PageQuery), responses((status = 200, body = Page<InvitationView>)))]
#[get("/coalitions/{id}/invitations")]
async fn list(call: Call, id: PathId<CoalitionId>, asked: Asked<PageQuery>) -> Answer {
    call.read_page(move |r, who| {
        let all = inviting::list(r, who, id.get())?;
        Page::of_all(all, &asked.get()?.page()?, |one| {
            (one.created_at.to_string(), one.id.0)
        })
    })
    .await
}

/// One invitation, to the coalition's convenor and editors; one to convene, to officers.
#[utoipa::path(tag = "coalitions", params(("id" = InvitationId, Path)), responses((status = 200, body = InvitationView)))]
#[get("/coalition-invitations/{id}")]
async fn show(call: Call, id: PathId<InvitationId>) -> Answer {
    call.read(move |r, who| inviting::show(r, who, id.get()))
        .await
}

/// Call an invitation back; also one that was accepted under another address. By the convenor
/// or an editor; one to convene is called back by an officer.
#[utoipa::path(tag = "coalitions", params(("id" = InvitationId, Path)), responses((status = 204)))]
#[delete("/coalition-invitations/{id}")]
async fn revoke(call: Call, id: PathId<InvitationId>) -> Answer {
    call.remove(move |w, who| revoking::revoke(w, who, id.get()))
        .await
}

/// Confirm somebody who accepted under another address than the one that was invited; by the
/// convenor or an editor.
#[utoipa::path(tag = "coalitions", params(("id" = InvitationId, Path)), responses((status = 200, body = InvitationView)))]
#[post("/coalition-invitations/{id}/confirmation")]
async fn confirm(call: Call, id: PathId<InvitationId>) -> Answer {
    call.act(move |w, who| inviting::confirm(w, who, id.get()))
        .await
}

/// The invitations that wait for the caller's answer, or for the inviter's confirmation.
#[utoipa::path(tag = "coalitions", params(PageQuery), responses((status = 200, body = Page<InvitationToMe>)))]
#[get("/me/invitations")]
async fn mine(call: Call, asked: Asked<PageQuery>) -> Answer {
    call.read_page(move |r, who| {
        let all = answering::mine(r, who)?;
        Page::of_all(all, &asked.get()?.page()?, |one| {
            (one.created_at.to_string(), one.id.0)
        })
    })
    .await
}

/// Accept an invitation that went to the caller's verified address.
#[utoipa::path(tag = "coalitions", params(("id" = InvitationId, Path)), responses((status = 200, body = InvitationToMe)))]
#[post("/coalition-invitations/{id}/acceptance")]
async fn accept(call: Call, id: PathId<InvitationId>) -> Answer {
    call.act(move |w, who| answering::accept(w, who, id.get()))
        .await
}

/// Decline an invitation that went to the caller's verified address.
#[utoipa::path(tag = "coalitions", params(("id" = InvitationId, Path)), responses((status = 200, body = InvitationToMe)))]
#[post("/coalition-invitations/{id}/refusal")]
async fn decline(call: Call, id: PathId<InvitationId>) -> Answer {
    call.act(move |w, who| answering::decline(w, who, id.get()))
        .await
}

/// Accept an invitation by the token of the link in its e-mail. An account with another address
/// than the invited one becomes a member when the inviter confirms.
#[utoipa::path(tag = "coalitions", params(("token" = String, Path, description = "From the link")), responses((status = 200, body = InvitationToMe)))]
#[post("/invitations/{token}/acceptance")]
async fn accept_by_link(call: Call, token: Path<String>) -> Answer {
    let keys = call.gate().keys.clone();
    call.change(move |w, who| answering::accept_by_link(w, who, &keys, &token))
        .await
}

/// Decline an invitation by the token of the link in its e-mail.
#[utoipa::path(tag = "coalitions", params(("token" = String, Path, description = "From the link")), responses((status = 200, body = InvitationToMe)))]
#[post("/invitations/{token}/refusal")]
async fn decline_by_link(call: Call, token: Path<String>) -> Answer {
    let keys = call.gate().keys.clone();
    call.change(move |w, who| answering::decline_by_link(w, who, &keys, &token))
        .await
}
