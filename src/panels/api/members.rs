//! The panel of a stage.

use actix_web::{get, post, put};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::panels::actions::{
    self, AnswerRequest, ChangeRequest, InvitationRequest, JurorView, LoadView, MemberQuery,
    PanelMemberView, ReasonRequest,
};
use crate::people::Call;
use crate::platform::http::{Answer, Asked, IfMatch, Input, Page, PageQuery, PathId};
use crate::platform::ids::{PanelMemberId, StageId};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(invite)
        .service(list)
        .service(loads)
        .service(roster)
        .service(own)
        .service(show)
        .service(change)
        .service(invite_again)
        .service(accept)
        .service(refuse)
        .service(end);
}

/// Invite a person onto the panel of a stage, known or new. Officers and assistants.
#[utoipa::path(tag = "panels", params(("id" = StageId, Path)), request_body = InvitationRequest,
    responses((status = 201, body = PanelMemberView)))]
#[post("/stages/{id}/panel-members")]
async fn invite(call: Call, id: PathId<StageId>, input: Input<InvitationRequest>) -> Answer {
    call.create(move |w, who| actions::invite(w, who, id.get(), &input))
        .await
}

/// List the panel of a stage. Officers and assistants.
#[utoipa::path(tag = "panels", params(("id" = StageId, Path), MemberQuery),
    responses((status = 200, body = Page<PanelMemberView>)))]
#[get("/stages/{id}/panel-members")]
async fn list(call: Call, id: PathId<StageId>, query: Asked<MemberQuery>) -> Answer {
    call.read_page(move |r, who| actions::list_members(r, who, id.get(), &query))
        .await
}

/// How many submissions each reviewer of a stage has. Officers and assistants.
#[utoipa::path(tag = "panels", params(("id" = StageId, Path), MemberQuery),
    responses((status = 200, body = Page<LoadView>)))]
#[get("/stages/{id}/loads")]
async fn loads(call: Call, id: PathId<StageId>, query: Asked<MemberQuery>) -> Answer {
    call.read_page(move |r, who| actions::list_loads(r, who, id.get(), &query))
        .await
}

/// The jurors of a stage by name, where the competition publishes them; never who read what.
#[utoipa::path(tag = "panels", security(()), params(("id" = StageId, Path), PageQuery),
    responses((status = 200, body = Page<JurorView>)))]
#[get("/stages/{id}/jurors")]
async fn roster(call: Call, id: PathId<StageId>, query: Asked<PageQuery>) -> Answer {
    call.read_page_openly(move |r, _| actions::roster(r, id.get(), &query))
        .await
}

/// The panels that you were asked onto.
#[utoipa::path(tag = "panels", params(MemberQuery), responses((status = 200, body = Page<PanelMemberView>)))]
#[get("/me/panels")]
async fn own(call: Call, query: Asked<MemberQuery>) -> Answer {
    call.read_page(move |r, who| actions::list_own_panels(r, who, &query))
        .await
}

/// One reviewer's part in a panel. Officers, assistants and the reviewer.
#[utoipa::path(tag = "panels", params(("id" = PanelMemberId, Path)), responses((status = 200, body = PanelMemberView)))]
#[get("/panel-members/{id}")]
async fn show(call: Call, id: PathId<PanelMemberId>) -> Answer {
    call.read(move |r, who| actions::show_member(r, who, id.get()))
        .await
}

/// Change what is known of a reviewer. Officers, and the reviewer apart from the maximum.
#[utoipa::path(tag = "panels", params(("id" = PanelMemberId, Path)), request_body = ChangeRequest,
    responses((status = 200, body = PanelMemberView)))]
#[put("/panel-members/{id}")]
async fn change(
    call: Call,
    id: PathId<PanelMemberId>,
    if_match: IfMatch,
    input: Input<ChangeRequest>,
) -> Answer {
    call.change(move |w, who| actions::change(w, who, id.get(), &if_match, &input))
        .await
}

/// Send an invitation again that was not answered: with a new link, the old one is dead.
/// Officers and assistants.
#[utoipa::path(tag = "panels", params(("id" = PanelMemberId, Path)), responses((status = 200, body = PanelMemberView)))]
#[post("/panel-members/{id}/invitation")]
async fn invite_again(call: Call, id: PathId<PanelMemberId>) -> Answer {
    call.act(move |w, who| actions::invite_again(w, who, id.get()))
        .await
}

/// Say yes to a panel. The reviewer.
#[utoipa::path(tag = "panels", params(("id" = PanelMemberId, Path)), request_body = AnswerRequest,
    responses((status = 200, body = PanelMemberView)))]
#[post("/panel-members/{id}/acceptance")]
async fn accept(call: Call, id: PathId<PanelMemberId>, input: Input<AnswerRequest>) -> Answer {
    call.act(move |w, who| actions::accept_panel(w, who, id.get(), &input))
        .await
}

/// Say no to a panel, or leave it; what is assigned ends. The reviewer.
#[utoipa::path(tag = "panels", params(("id" = PanelMemberId, Path)), request_body = ReasonRequest,
    responses((status = 200, body = PanelMemberView)))]
#[post("/panel-members/{id}/refusal")]
async fn refuse(call: Call, id: PathId<PanelMemberId>, input: Input<ReasonRequest>) -> Answer {
    call.act(move |w, who| actions::refuse_panel(w, who, id.get(), &input))
        .await
}

/// End a reviewer's part in a panel; what is assigned to them ends. Officers.
#[utoipa::path(tag = "panels", params(("id" = PanelMemberId, Path)), request_body = ReasonRequest,
    responses((status = 200, body = PanelMemberView)))]
#[post("/panel-members/{id}/ending")]
async fn end(call: Call, id: PathId<PanelMemberId>, input: Input<ReasonRequest>) -> Answer {
    call.act(move |w, who| actions::end_member(w, who, id.get(), &input))
        .await
}
