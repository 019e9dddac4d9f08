//! Previewing, confirming and calling back announcements.

use actix_web::web::Data;
use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::decisions::actions::announce::{self, AnnouncementInput, CallBackInput};
use crate::decisions::actions::announced::{self, AnnouncementView};
use crate::decisions::actions::delivery::{self, Resent};
use crate::decisions::actions::preview::{self, PreviewView};
use crate::people::Call;
use crate::platform::clock::Clock;
use crate::platform::http::{Answer, Asked, Input, Page, PageQuery, PathId};
use crate::platform::ids::{AnnouncementId, StageId};
use crate::platform::mail::PublicUrl;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(preview_it)
        .service(confirm)
        .service(list)
        .service(show)
        .service(call_back)
        .service(resend_all);
}

/// Preview an announcement: every e-mail as its recipient would read it, and what still stands
/// against it.
///
/// For officers. Nothing is sent or stored.
#[utoipa::path(
    tag = "announcements",
    params(("id" = StageId, Path)),
    responses((status = 200, body = PreviewView))
)]
#[post("/stages/{id}/announcement-previews")]
async fn preview_it(call: Call, id: PathId<StageId>, site: Data<PublicUrl>) -> Answer {
    call.read(move |r, who| preview::preview(r, who, id.get(), &site.0))
        .await
}

/// Confirm an announcement, once, under the digest of its preview.
///
/// For officers who signed in a short while ago. Coalitions are told and the public learns of it
/// at the two times, each at once and whole; until then nothing that they see changes.
#[utoipa::path(
    tag = "announcements",
    params(("id" = StageId, Path)),
    request_body = AnnouncementInput,
    responses((status = 201, body = AnnouncementView))
)]
#[post("/stages/{id}/announcements")]
async fn confirm(call: Call, id: PathId<StageId>, input: Input<AnnouncementInput>) -> Answer {
    call.create(move |w, who| announce::confirm(w, who, id.get(), &input))
        .await
}

/// List the announcements of a stage, those called back too.
///
/// For officers.
#[utoipa::path(
    tag = "announcements",
    params(("id" = StageId, Path), PageQuery),
    responses((status = 200, body = Page<AnnouncementView>))
)]
#[get("/stages/{id}/announcements")]
async fn list(call: Call, id: PathId<StageId>, asked: Asked<PageQuery>) -> Answer {
    call.read_page(move |r, who| {
        let all = announced::list(r, who, id.get())?;
        Page::of_ordered(all, &asked.get()?.page()?, |one| one.id.0)
    })
    .await
}

/// Show an announcement.
///
/// For officers.
#[utoipa::path(
    tag = "announcements",
    params(("id" = AnnouncementId, Path)),
    responses((status = 200, body = AnnouncementView))
)]
#[get("/announcements/{id}")]
async fn show(call: Call, id: PathId<AnnouncementId>) -> Answer {
    call.read(move |r, who| announced::show(r, who, id.get()))
        .await
}

/// Call an announcement back before it is due: its messages are cancelled.
///
/// For officers, until it is due by the clock when the request is carried out.
#[utoipa::path(
    tag = "announcements",
    params(("id" = AnnouncementId, Path)),
    request_body = CallBackInput,
    responses((status = 200, body = AnnouncementView))
)]
#[post("/announcements/{id}/call-back")]
async fn call_back(
    call: Call,
    id: PathId<AnnouncementId>,
    input: Input<CallBackInput>,
    clock: Data<Clock>,
) -> Answer {
    call.act(move |w, who| announce::call_back(w, who, id.get(), &input, &clock))
        .await
}

/// Send every letter of an announcement again that could not be delivered.
///
/// For officers. To the present addresses of those who are still members; single letters are under
/// `/messages`.
#[utoipa::path(
    tag = "announcements",
    params(("id" = AnnouncementId, Path)),
    responses((status = 200, body = Resent))
)]
#[post("/announcements/{id}/resend")]
async fn resend_all(call: Call, id: PathId<AnnouncementId>) -> Answer {
    call.act(move |w, who| delivery::resend(w, who, id.get()))
        .await
}
