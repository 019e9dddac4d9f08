//! The docket and its approval.

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::decisions::actions::docket::{self, DocketView};
use crate::decisions::actions::ruling::{self, VerdictInput};
use crate::people::Call;
use crate::platform::http::{Answer, Input, PathId};
use crate::platform::ids::StageId;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(show)
        .service(printed)
        .service(lay)
        .service(rule);
}

/// Show the docket: the decisions that wait for approval and announcement.
///
/// For officers and approvers, where the stage asks for approval.
#[utoipa::path(
    tag = "docket",
    params(("id" = StageId, Path)),
    responses((status = 200, body = DocketView))
)]
#[get("/stages/{id}/docket")]
async fn show(call: Call, id: PathId<StageId>) -> Answer {
    call.read(move |r, who| docket::show(r, who, id.get()))
        .await
}

/// Show the docket as a page to print: plain HTML, without any script.
///
/// For officers and approvers, where the stage asks for approval.
#[utoipa::path(
    tag = "docket",
    params(("id" = StageId, Path)),
    responses((
        status = 200, body = String, content_type = "text/html",
        example = json!("<!doctype html><html lang=\"en\"><title>Docket</title>…"),
    ))
)]
#[get("/stages/{id}/docket.html")]
async fn printed(call: Call, id: PathId<StageId>) -> Answer {
    call.read_raw(move |r, who| docket::printed(r, who, id.get()))
        .await
}

/// Lay the docket before the approvers: each is told of it by e-mail.
///
/// For officers, once every submission has a decision. Nobody is told twice of the same docket.
#[utoipa::path(
    tag = "docket",
    params(("id" = StageId, Path)),
    responses((status = 200, body = DocketView))
)]
#[post("/stages/{id}/docket-layings")]
async fn lay(call: Call, id: PathId<StageId>) -> Answer {
    call.act(move |w, who| ruling::lay(w, who, id.get())).await
}

/// Approve the docket or send it back, with meeting date and resolution number.
///
/// For approvers. Nobody rules on what they recorded; any later change voids an approval.
#[utoipa::path(
    tag = "docket",
    params(("id" = StageId, Path)),
    request_body = VerdictInput,
    responses((status = 201, body = DocketView))
)]
#[post("/stages/{id}/docket-verdicts")]
async fn rule(call: Call, id: PathId<StageId>, input: Input<VerdictInput>) -> Answer {
    call.create(move |w, who| ruling::rule(w, who, id.get(), &input))
        .await
}
