//! Competitions.

use actix_web::{get, patch, post};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::competitions::actions::competition_changes::{self, CompetitionChange};
use crate::competitions::actions::competitions::{
    self as actions, CompetitionsQuery, NewCompetition,
};
use crate::competitions::actions::editions::{self, NewCopy};
use crate::competitions::views::CompetitionView;
use crate::people::Call;
use crate::platform::http::{Answer, Asked, IfMatch, Input, Page, PathId};
use crate::platform::ids::CompetitionId;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(create)
        .service(show)
        .service(change)
        .service(publish)
        .service(copy);
}

/// List the competitions that the caller may see.
///
/// Anyone sees published calls. People with a role in a competition, and administrators, see its
/// draft too.
#[utoipa::path(
    tag = "competitions",
    params(CompetitionsQuery),
    responses((status = 200, body = Page<CompetitionView>)),
    security(())
)]
#[get("/competitions")]
async fn list(call: Call, asked: Asked<CompetitionsQuery>) -> Answer {
    call.read_page_openly(move |r, who| actions::list(r, who, &asked))
        .await
}

/// Set up a competition.
///
/// For administrators, and officers of any competition. It begins unpublished; its creator is its
/// first officer.
#[utoipa::path(
    tag = "competitions",
    request_body = NewCompetition,
    responses((status = 201, body = CompetitionView))
)]
#[post("/competitions")]
async fn create(call: Call, input: Input<NewCompetition>) -> Answer {
    call.create(move |w, who| actions::create(w, who, &input))
        .await
}

/// Show a competition.
///
/// Anyone sees a published call.
#[utoipa::path(
    tag = "competitions",
    params(("id" = CompetitionId, Path)),
    responses((status = 200, body = CompetitionView)),
    security(())
)]
#[get("/competitions/{id}")]
async fn show(call: Call, id: PathId<CompetitionId>) -> Answer {
    call.read_openly(move |r, who| actions::show(r, who, id.get()))
        .await
}

/// Change a competition.
///
/// For its officers. What applicants rely on (time zone, currency, required sectors,
/// eligibility, match) is fixed once the first stage has opened.
#[utoipa::path(
    tag = "competitions",
    params(("id" = CompetitionId, Path), ("If-Match" = String, Header)),
    request_body = CompetitionChange,
    responses((status = 200, body = CompetitionView))
)]
#[patch("/competitions/{id}")]
async fn change(
    call: Call,
    id: PathId<CompetitionId>,
    if_match: IfMatch,
    input: Input<CompetitionChange>,
) -> Answer {
    call.change(move |w, who| competition_changes::change(w, who, id.get(), &if_match, &input))
        .await
}

/// Publish the call.
///
/// For its officers. From now on anyone sees it; the first stage must have its times.
#[utoipa::path(
    tag = "competitions",
    params(("id" = CompetitionId, Path)),
    responses((status = 200, body = CompetitionView))
)]
#[post("/competitions/{id}/publication")]
async fn publish(call: Call, id: PathId<CompetitionId>) -> Answer {
    call.act(move |w, who| editions::publish(w, who, id.get()))
        .await
}

/// Set up a new edition after this one.
///
/// For administrators, and officers of any competition. Rules and stages are copied with forms,
/// rubrics and settings, but no dates and no money; nothing is published.
#[utoipa::path(
    tag = "competitions",
    params(("id" = CompetitionId, Path)),
    request_body = NewCopy,
    responses((status = 201, body = CompetitionView))
)]
#[post("/competitions/{id}/copies")]
async fn copy(call: Call, id: PathId<CompetitionId>, input: Input<NewCopy>) -> Answer {
    call.create(move |w, who| editions::copy(w, who, id.get(), &input))
        .await
}
