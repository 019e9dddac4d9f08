//! The JSON face of letters to a group.

use actix_web::web::Data;
use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::actions::previewing::{self, MailingPreview};
use super::actions::sending::{self, MailingInput};
use super::actions::showing::{
    self, MailingGroupView, MailingLetterView, MailingLine, MailingView,
};
use super::model::MailingDraft;
use crate::people::Call;
use crate::platform::http::{Answer, Asked, Input, Page, PageQuery, PathId};
use crate::platform::ids::{CompetitionId, MailingId};
use crate::platform::mail::PublicUrl;

/// Routes of this module, relative to `/api/v1`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(groups)
        .service(preview)
        .service(send)
        .service(list)
        .service(show)
        .service(letters)
        .service(call_back);
}

/// List the groups that can be written to, with what narrows each and what can be merged into its
/// letters.
///
/// For officers and assistants of the competition.
#[utoipa::path(
    tag = "mailings",
    params(("id" = CompetitionId, Path), PageQuery),
    responses((status = 200, body = Page<MailingGroupView>))
)]
#[get("/competitions/{id}/mailing-groups")]
async fn groups(call: Call, id: PathId<CompetitionId>, asked: Asked<PageQuery>) -> Answer {
    call.read_page(move |r, who| showing::groups(r, who, id.get(), &asked))
        .await
}

/// Preview a letter to a group: every letter as its recipient would read it. Sends nothing.
///
/// For officers of the competition. Nothing is shown of coalitions with which they conflict, though
/// these are written to with all others. Where the group tells who has submitted to a stage that is
/// sealed, there is a sample for each language instead.
#[utoipa::path(
    tag = "mailings",
    params(("id" = CompetitionId, Path)),
    request_body = MailingDraft,
    responses((status = 200, body = MailingPreview))
)]
#[post("/competitions/{id}/mailing-previews")]
async fn preview(
    call: Call,
    id: PathId<CompetitionId>,
    input: Input<MailingDraft>,
    site: Data<PublicUrl>,
) -> Answer {
    call.read(move |r, who| previewing::preview(r, who, id.get(), &input, &site.0))
        .await
}

/// Send a letter to a group, under the digest of its preview.
///
/// For officers of the competition, with a fresh sign-in. Refused when the group or a letter is no
/// longer as it was previewed, and when the very same was sent within a day.
#[utoipa::path(
    tag = "mailings",
    params(("id" = CompetitionId, Path)),
    request_body = MailingInput,
    responses((status = 201, body = MailingView))
)]
#[post("/competitions/{id}/mailings")]
async fn send(call: Call, id: PathId<CompetitionId>, input: Input<MailingInput>) -> Answer {
    call.create(move |w, who| sending::send(w, who, id.get(), &input))
        .await
}

/// List what was written to groups of a competition, the latest first.
///
/// For officers and assistants of the competition; nobody sees one that names a coalition with
/// which they conflict.
#[utoipa::path(
    tag = "mailings",
    params(("id" = CompetitionId, Path), PageQuery),
    responses((status = 200, body = Page<MailingLine>))
)]
#[get("/competitions/{id}/mailings")]
async fn list(call: Call, id: PathId<CompetitionId>, asked: Asked<PageQuery>) -> Answer {
    call.read_page(move |r, who| showing::list(r, who, id.get(), &asked))
        .await
}

/// Show a letter to a group, and what became of it. For officers and assistants of its competition.
#[utoipa::path(
    tag = "mailings",
    params(("id" = MailingId, Path)),
    responses((status = 200, body = MailingView))
)]
#[get("/mailings/{id}")]
async fn show(call: Call, id: PathId<MailingId>) -> Answer {
    call.read(move |r, who| showing::show(r, who, id.get()))
        .await
}

/// List who was sent a letter to a group, and what became of each.
///
/// For officers and assistants of its competition, without those who got it for the sake of
/// coalitions with which they conflict; empty while nobody may know who got it.
#[utoipa::path(
    tag = "mailings",
    params(("id" = MailingId, Path), PageQuery),
    responses((status = 200, body = Page<MailingLetterView>))
)]
#[get("/mailings/{id}/letters")]
async fn letters(call: Call, id: PathId<MailingId>, asked: Asked<PageQuery>) -> Answer {
    call.read_page(move |r, who| showing::letters(r, who, id.get(), &asked))
        .await
}

/// Call back the letters that have not left. For officers of the competition.
#[utoipa::path(
    tag = "mailings",
    params(("id" = MailingId, Path)),
    responses((status = 200, body = MailingView))
)]
#[post("/mailings/{id}/call-back")]
async fn call_back(call: Call, id: PathId<MailingId>) -> Answer {
    call.act(move |w, who| sending::call_back(w, who, id.get()))
        .await
}
