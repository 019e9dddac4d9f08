//! Screening.

use actix_web::{get, post, put};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::people::Call;
use crate::platform::http::{Answer, Input, PathId, PathIds};
use crate::platform::ids::{CoalitionId, StageId};
use crate::proposals::actions::screening::{self, Screened, ScreeningNotices, ScreeningView};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(screen).service(notify);
}

/// List what screening found about each submission of a stage: officers and assistants.
#[utoipa::path(tag = "screening", params(("id" = StageId, Path)),
    responses((status = 200, body = Vec<ScreeningView>)))]
#[get("/stages/{id}/screenings")]
async fn list(call: Call, id: PathId<StageId>) -> Answer {
    call.read(move |r, who| screening::list(r, who, id.get()))
        .await
}

/// Mark a submission eligible, or not with a reason: officers and assistants, until screening is
/// done.
#[utoipa::path(tag = "screening",
    params(("id" = StageId, Path), ("coalition" = CoalitionId, Path)),
    request_body = Screened, responses((status = 200, body = ScreeningView)))]
#[put("/stages/{id}/screenings/{coalition}")]
async fn screen(
    call: Call,
    ids: PathIds<(StageId, CoalitionId)>,
    input: Input<Screened>,
) -> Answer {
    let (stage, coalition) = ids.get();
    call.change(move |w, who| screening::screen(w, who, stage, coalition, &input))
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
