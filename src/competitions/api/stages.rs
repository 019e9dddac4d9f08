//! Stages, their acts, and the forms and rubrics to begin with.

use actix_web::{delete, get, post};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::competitions::actions::stage_acts::{self, Reason};
use crate::competitions::actions::stages::{self as actions, StageSettings};
use crate::competitions::model::EarlierTexts;
use crate::competitions::model::builtin::{self, NamedForm, NamedRubric};
use crate::competitions::views::StageView;
use crate::people::Call;
use crate::platform::http::{Answer, Asked, Input, Page, PageQuery, PathId};
use crate::platform::ids::{CompetitionId, StageId};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(create)
        .service(show)
        .service(earlier_texts)
        .service(remove)
        .service(close_reviews)
        .service(reopen_reviews)
        .service(models);
}

/// The forms and rubrics that come with the program.
#[derive(Serialize, ToSchema)]
struct StageModels {
    /// Forms to begin with.
    forms: &'static [NamedForm],
    /// Rubrics to begin with.
    rubrics: &'static [NamedRubric],
}

/// List the stages of a competition, in their order.
///
/// Anyone sees those of a published call.
#[utoipa::path(
    tag = "stages",
    params(("id" = CompetitionId, Path), PageQuery),
    responses((status = 200, body = Page<StageView>)),
    security(())
)]
#[get("/competitions/{id}/stages")]
async fn list(call: Call, id: PathId<CompetitionId>, asked: Asked<PageQuery>) -> Answer {
    call.read_page_openly(move |r, who| actions::list(r, who, id.get(), &asked))
        .await
}

/// Add a stage after the last one.
///
/// For officers of the competition. What is not given begins with safe defaults: sealed,
/// screened, reviewed by three with the four questions, five minutes of grace.
#[utoipa::path(
    tag = "stages",
    params(("id" = CompetitionId, Path)),
    request_body = StageSettings,
    responses((status = 201, body = StageView))
)]
#[post("/competitions/{id}/stages")]
async fn create(call: Call, id: PathId<CompetitionId>, input: Input<StageSettings>) -> Answer {
    call.create(move |w, who| actions::create(w, who, id.get(), &input))
        .await
}

/// Show a stage.
///
/// Anyone sees those of a published call.
#[utoipa::path(
    tag = "stages",
    params(("id" = StageId, Path)),
    responses((status = 200, body = StageView)),
    security(())
)]
#[get("/stages/{id}")]
async fn show(call: Call, id: PathId<StageId>) -> Answer {
    call.read_openly(move |r, who| actions::show(r, who, id.get()))
        .await
}

/// List what a stage said before its texts were changed while it was open, the latest first.
///
/// For its officers, assistants and approvers, and administrators.
#[utoipa::path(
    tag = "stages",
    params(("id" = StageId, Path), PageQuery),
    responses((status = 200, body = Page<EarlierTexts>))
)]
#[get("/stages/{id}/earlier-texts")]
async fn earlier_texts(call: Call, id: PathId<StageId>, asked: Asked<PageQuery>) -> Answer {
    call.read_page(move |r, who| actions::earlier_texts(r, who, id.get(), &asked))
        .await
}

/// Remove the last stage, before it opens and as long as it has no panel.
///
/// For officers of the competition.
#[utoipa::path(
    tag = "stages",
    params(("id" = StageId, Path)),
    responses((status = 204))
)]
#[delete("/stages/{id}")]
async fn remove(call: Call, id: PathId<StageId>) -> Answer {
    call.remove(move |w, who| actions::remove(w, who, id.get()))
        .await
}

/// Close the reviews of a stage.
///
/// For officers of the competition.
#[utoipa::path(
    tag = "stages",
    params(("id" = StageId, Path)),
    responses((status = 200, body = StageView))
)]
#[post("/stages/{id}/review-closure")]
async fn close_reviews(call: Call, id: PathId<StageId>) -> Answer {
    call.act(move |w, who| stage_acts::close_reviews(w, who, id.get()))
        .await
}

/// Open closed reviews again, with a reason.
///
/// For officers of the competition; an approved docket is then void.
#[utoipa::path(
    tag = "stages",
    params(("id" = StageId, Path)),
    request_body = Reason,
    responses((status = 200, body = StageView))
)]
#[post("/stages/{id}/review-reopening")]
async fn reopen_reviews(call: Call, id: PathId<StageId>, input: Input<Reason>) -> Answer {
    call.act(move |w, who| stage_acts::reopen_reviews(w, who, id.get(), &input))
        .await
}

/// Show the forms and rubrics to begin a stage with.
///
/// For anyone signed in.
#[utoipa::path(tag = "stages", responses((status = 200, body = StageModels)))]
#[get("/stage-models")]
async fn models(call: Call) -> Answer {
    call.read(|_, _| {
        Ok(StageModels {
            forms: builtin::forms(),
            rubrics: builtin::rubrics(),
        })
    })
    .await
}
