//! Exceptions for one coalition: more time, and submissions given back for correction.

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::people::Call;
use crate::platform::http::{Answer, Asked, Created, Input, Page, PathId, PathIds};
use crate::platform::ids::{CoalitionId, ProposalId, StageId, SubmissionId};
use crate::proposals::actions::exceptions::{self, ExceptionView};
use crate::proposals::actions::listing::Paging;
use crate::proposals::actions::reading::SubmissionView;
use crate::proposals::actions::returns::{self, ReturnEnding, ReturnRequest};
use crate::proposals::actions::waivers::{self, WaiverEnding, WaiverRequest};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(of_stage)
        .service(of_proposal)
        .service(grant)
        .service(call_back)
        .service(give_back)
        .service(end_return);
}

/// List the exceptions made at a stage: officers and assistants.
#[utoipa::path(tag = "exceptions",
    params(("id" = StageId, Path), ("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Page<ExceptionView>)))]
#[get("/stages/{id}/exceptions")]
async fn of_stage(call: Call, id: PathId<StageId>, asked: Asked<Paging>) -> Answer {
    call.read_page(move |r, who| exceptions::of_stage(r, who, id.get(), &asked))
        .await
}

/// List the exceptions made for a proposal: its members and the office.
#[utoipa::path(tag = "exceptions",
    params(("id" = ProposalId, Path), ("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Page<ExceptionView>)))]
#[get("/proposals/{id}/exceptions")]
async fn of_proposal(call: Call, id: PathId<ProposalId>, asked: Asked<Paging>) -> Answer {
    call.read_page(move |r, who| exceptions::of_proposal(r, who, id.get(), &asked))
        .await
}

/// Give one coalition more time, with a reason: officers, until reviews are closed. Its members are
/// told; nobody else sees it but the office and whoever decides.
#[utoipa::path(tag = "exceptions", params(("id" = StageId, Path)), request_body = WaiverRequest,
    responses((status = 201, body = ExceptionView)))]
#[post("/stages/{id}/waivers")]
async fn grant(call: Call, id: PathId<StageId>, input: Input<WaiverRequest>) -> Answer {
    call.create(move |w, who| {
        let granted = waivers::grant(w, who, id.get(), &input)?;
        let location = format!("/api/v1/stages/{}/exceptions", granted.stage_id);
        let view = ExceptionView::of_waiver(granted, w.now());
        Ok(Created::at(location, view))
    })
    .await
}

/// Call the waiver of a coalition back, with a reason: officers. What it handed in stays.
#[utoipa::path(tag = "exceptions",
    params(("id" = StageId, Path), ("coalition" = CoalitionId, Path)),
    request_body = WaiverEnding, responses((status = 200, body = ExceptionView)))]
#[post("/stages/{id}/waivers/{coalition}/ending")]
async fn call_back(
    call: Call,
    ids: PathIds<(StageId, CoalitionId)>,
    input: Input<WaiverEnding>,
) -> Answer {
    let (stage, coalition) = ids.get();
    call.act(move |w, who| {
        let ended = waivers::call_back(w, who, stage, coalition, &input)?;
        Ok(ExceptionView::of_waiver(ended, w.now()))
    })
    .await
}

/// Give a submission back for correction: officers, until reviews are closed. The sections named
/// are open again to its coalition until the moment given; it stays in force until the correction
/// is handed in.
#[utoipa::path(tag = "exceptions", params(("id" = SubmissionId, Path)),
    request_body = ReturnRequest, responses((status = 200, body = SubmissionView)))]
#[post("/submissions/{id}/returns")]
async fn give_back(call: Call, id: PathId<SubmissionId>, input: Input<ReturnRequest>) -> Answer {
    call.act(move |w, who| returns::give_back(w, who, id.get(), &input))
        .await
}

/// End the time for a correction, with a reason: officers.
#[utoipa::path(tag = "exceptions", params(("id" = SubmissionId, Path)),
    request_body = ReturnEnding, responses((status = 200, body = SubmissionView)))]
#[post("/submissions/{id}/returns/ending")]
async fn end_return(call: Call, id: PathId<SubmissionId>, input: Input<ReturnEnding>) -> Answer {
    call.act(move |w, who| returns::end(w, who, id.get(), &input))
        .await
}
