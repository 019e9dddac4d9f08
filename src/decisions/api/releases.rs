//! Releasing feedback.

use actix_web::web::Path;
use actix_web::{get, post, put};
use utoipa_actix_web::service_config::ServiceConfig;

use super::PageQuery;
use crate::decisions::actions::releases::{self, NarrativeView, ReleaseInput, Released};
use crate::decisions::actions::rewording::{self, RewordingInput, RewordingView};
use crate::people::Call;
use crate::platform::http::{Answer, Asked, IfMatch, Input, Page, PathId};
use crate::platform::ids::{ReviewId, StageId};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(release_all)
        .service(show)
        .service(decide)
        .service(show_rewording)
        .service(reword);
}

/// List the narratives of a stage's reviews, and what is decided on each.
///
/// For officers, from when reviews are closed.
#[utoipa::path(
    tag = "feedback",
    params(("id" = StageId, Path), PageQuery),
    responses((status = 200, body = Page<NarrativeView>))
)]
#[get("/stages/{id}/releases")]
async fn list(call: Call, id: PathId<StageId>, asked: Asked<PageQuery>) -> Answer {
    call.read_page(move |r, who| releases::list(r, who, id.get(), || asked.get()?.page()))
        .await
}

/// Release every narrative that still waits, as it was written.
///
/// For officers. What a juror was asked to reword goes on waiting.
#[utoipa::path(
    tag = "feedback",
    params(("id" = StageId, Path)),
    responses((status = 200, body = Released))
)]
#[post("/stages/{id}/releases")]
async fn release_all(call: Call, id: PathId<StageId>) -> Answer {
    call.act(move |w, who| releases::release_all(w, who, id.get()))
        .await
}

/// Show a narrative and what is decided on it.
///
/// For officers.
#[utoipa::path(
    tag = "feedback",
    params(("id" = ReviewId, Path), ("criterion" = String, Path)),
    responses((status = 200, body = NarrativeView))
)]
#[get("/reviews/{id}/releases/{criterion}")]
async fn show(call: Call, id: PathId<ReviewId>, path: Path<(String, String)>) -> Answer {
    call.read(move |r, who| releases::show(r, who, id.get(), &path.1))
        .await
}

/// Release, redact or withhold a narrative, or ask the juror to reword it.
///
/// For officers; unreleased narratives block the announcement.
#[utoipa::path(
    tag = "feedback",
    params(
        ("id" = ReviewId, Path),
        ("criterion" = String, Path),
        ("if-match" = String, Header)
    ),
    request_body = ReleaseInput,
    responses((status = 200, body = NarrativeView))
)]
#[put("/reviews/{id}/releases/{criterion}")]
async fn decide(
    call: Call,
    id: PathId<ReviewId>,
    path: Path<(String, String)>,
    if_match: IfMatch,
    input: Input<ReleaseInput>,
) -> Answer {
    call.change(move |w, who| releases::decide(w, who, id.get(), &path.1, &if_match, &input))
        .await
}

/// Show what an officer asked the caller to reword.
///
/// For the review's author.
#[utoipa::path(
    tag = "feedback",
    params(("id" = ReviewId, Path), ("criterion" = String, Path)),
    responses((status = 200, body = RewordingView))
)]
#[get("/reviews/{id}/rewordings/{criterion}")]
async fn show_rewording(call: Call, id: PathId<ReviewId>, path: Path<(String, String)>) -> Answer {
    call.read(move |r, who| rewording::show_rewording(r, who, id.get(), &path.1))
        .await
}

/// Reword a narrative that an officer sent back; the first words are kept beside the new ones.
///
/// For the review's author.
#[utoipa::path(
    tag = "feedback",
    params(
        ("id" = ReviewId, Path),
        ("criterion" = String, Path),
        ("if-match" = String, Header)
    ),
    request_body = RewordingInput,
    responses((status = 200, body = RewordingView))
)]
#[put("/reviews/{id}/rewordings/{criterion}")]
async fn reword(
    call: Call,
    id: PathId<ReviewId>,
    path: Path<(String, String)>,
    if_match: IfMatch,
    input: Input<RewordingInput>,
) -> Answer {
    call.change(move |w, who| rewording::reword(w, who, id.get(), &path.1, &if_match, &input))
        .await
}
