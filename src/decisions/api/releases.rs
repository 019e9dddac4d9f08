//! Releasing feedback.

use actix_web::web::Path;
use actix_web::{get, post, put};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::decisions::actions::releases::{
    self, NarrativeFilter, NarrativeView, ReleaseInput, Released,
};
use crate::decisions::actions::rewording::{self, OpenRewording, RewordingInput, RewordingView};
use crate::decisions::feedback::ReleaseState;
use crate::people::Call;
use crate::platform::http::{Answer, Asked, IfMatch, Input, Page, PageAsked, PageQuery, PathId};
use crate::platform::ids::{CoalitionId, ReviewId, StageId};
use crate::platform::refusal::Result;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(release_all)
        .service(show)
        .service(decide)
        .service(rewordings)
        .service(show_rewording)
        .service(reword);
}

/// Which narratives are asked for.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct NarrativesQuery {
    /// Those on which a decision holds, or those that wait.
    settled: Option<bool>,
    /// With this decision only.
    state: Option<ReleaseState>,
    /// About this coalition's submission only.
    coalition: Option<CoalitionId>,
    /// From 1 to 200; 50 when absent.
    limit: Option<u32>,
    /// As `next` of the page before.
    cursor: Option<String>,
}

impl NarrativesQuery {
    fn read(&self) -> Result<(PageAsked, NarrativeFilter)> {
        let page = PageAsked::new(self.limit, self.cursor.as_deref())?;
        let filter = NarrativeFilter {
            settled: self.settled,
            state: self.state,
            coalition: self.coalition,
        };
        Ok((page, filter))
    }
}

/// List the narratives of a stage's reviews, and what is decided on each.
///
/// For officers, from when reviews are closed.
#[utoipa::path(
    tag = "feedback",
    params(("id" = StageId, Path), NarrativesQuery),
    responses((status = 200, body = Page<NarrativeView>))
)]
#[get("/stages/{id}/releases")]
async fn list(call: Call, id: PathId<StageId>, asked: Asked<NarrativesQuery>) -> Answer {
    call.read_page(move |r, who| releases::list(r, who, id.get(), || asked.get()?.read()))
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

/// List what officers ask the caller, a juror, to reword.
///
/// For anyone: their own.
#[utoipa::path(
    tag = "feedback",
    params(PageQuery),
    responses((status = 200, body = Page<OpenRewording>))
)]
#[get("/me/rewordings")]
async fn rewordings(call: Call, asked: Asked<PageQuery>) -> Answer {
    call.read_page(move |r, who| rewording::list(r, who, || asked.get()?.page()))
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
