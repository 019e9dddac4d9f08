//! Screening.

use actix_web::{get, post, put};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::competitions::actions::stage_acts;
use crate::competitions::views::StageView;
use crate::people::Call;
use crate::platform::http::{Answer, Asked, IfMatch, Input, Page, PathId, PathIds};
use crate::platform::ids::{CoalitionId, StageId};
use crate::proposals::actions::screening::{
    self, Screened, ScreenedBatch, ScreenedViews, ScreeningNotices, ScreeningView,
};
use crate::proposals::actions::screening_list::{self, ScreeningQuery};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(show)
        .service(screen)
        .service(screen_batch)
        .service(notify)
        .service(complete);
}

/// List what screening found about each submission of a stage: officers and assistants.
#[utoipa::path(tag = "screening", params(("id" = StageId, Path), ScreeningQuery),
    responses((status = 200, body = Page<ScreeningView>)))]
#[get("/stages/{id}/screenings")]
async fn list(call: Call, id: PathId<StageId>, query: Asked<ScreeningQuery>) -> Answer {
    call.read_page(move |r, who| screening_list::list(r, who, id.get(), &query))
        .await
}

/// Show what screening found about a submission: officers and assistants.
#[utoipa::path(tag = "screening",
    params(("id" = StageId, Path), ("coalition" = CoalitionId, Path)),
    responses((status = 200, body = ScreeningView)))]
#[get("/stages/{id}/screenings/{coalition}")]
async fn show(call: Call, ids: PathIds<(StageId, CoalitionId)>) -> Answer {
    let (stage, coalition) = ids.get();
    call.read(move |r, who| screening_list::show(r, who, stage, coalition))
        .await
}

/// Mark a submission eligible, or not with a reason: officers and assistants, until screening is
/// done; officers with a reason until reviews are closed.
#[utoipa::path(tag = "screening",
    params(("id" = StageId, Path), ("coalition" = CoalitionId, Path)),
    request_body = Screened, responses((status = 200, body = ScreeningView)))]
#[put("/stages/{id}/screenings/{coalition}")]
async fn screen(
    call: Call,
    ids: PathIds<(StageId, CoalitionId)>,
    if_match: IfMatch,
    input: Input<Screened>,
) -> Answer {
    let (stage, coalition) = ids.get();
    call.change(move |w, who| screening::screen(w, who, stage, coalition, &if_match, &input))
        .await
}

/// Mark several submissions that nobody has screened yet, all or none: officers and assistants.
#[utoipa::path(tag = "screening", params(("id" = StageId, Path)), request_body = ScreenedBatch,
    responses((status = 200, body = ScreenedViews)))]
#[post("/stages/{id}/screenings/batches")]
async fn screen_batch(call: Call, id: PathId<StageId>, input: Input<ScreenedBatch>) -> Answer {
    call.act(move |w, who| screening::screen_batch(w, who, id.get(), &input))
        .await
}

/// Tell the coalitions that are not eligible, with the reason: officers.
#[utoipa::path(tag = "screening", params(("id" = StageId, Path)),
    responses((status = 200, body = ScreeningNotices)))]
#[post("/stages/{id}/screening-notices")]
async fn notify(call: Call, id: PathId<StageId>) -> Answer {
    call.act(move |w, who| screening::notify(w, who, id.get()))
        .await
}

/// Screening is done: reviews open.
///
/// For officers of the competition, once every submission is screened; what lacks is named.
#[utoipa::path(tag = "stages", params(("id" = StageId, Path)),
    responses((status = 200, body = StageView)))]
#[post("/stages/{id}/screening-completion")]
async fn complete(call: Call, id: PathId<StageId>) -> Answer {
    call.act(move |w, who| {
        stage_acts::complete_screening(w, who, id.get(), &|r, stage| {
            screening_list::still_to_screen(r, who, stage)
        })
    })
    .await
}
