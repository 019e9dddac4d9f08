//! The JSON face of assignments.

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::giving::{self, BatchRequest, BatchView, PairRequest};
use super::import::{self, ImportQuery, ImportView};
use super::lifting;
use super::listing::{self, AssignmentQuery, AssignmentView, OwnQuery};
use super::ties::{self, CandidateView, DetectionView};
use crate::panels::actions::{
    self, AnswerRequest, ConflictView, DeclarationRequest, DueRequest, EndingRequest,
    OwnConflictView, ReasonRequest,
};
use crate::people::Call;
use crate::platform::http::{Answer, Asked, Input, Page, PageQuery, PathId, RawInput};
use crate::platform::ids::{AssignmentId, ConflictId, StageId};

/// Routes of assignments, relative to `/api/v1`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(give)
        .service(give_batch)
        .service(import_file)
        .service(of_stage)
        .service(own)
        .service(show)
        .service(accept)
        .service(decline)
        .service(recuse)
        .service(end)
        .service(move_due)
        .service(candidates)
        .service(declare)
        .service(detect)
        .service(dismiss);
}

/// Give a submission to a reviewer. Officers.
#[utoipa::path(tag = "assignments", params(("id" = StageId, Path)), request_body = PairRequest,
    responses((status = 201, body = AssignmentView)))]
#[post("/stages/{id}/assignments")]
async fn give(call: Call, id: PathId<StageId>, input: Input<PairRequest>) -> Answer {
    call.create(move |w, who| giving::give(w, who, id.get(), &input))
        .await
}

/// Give several submissions to several reviewers, all or none; or try it out first. Officers.
#[utoipa::path(tag = "assignments", params(("id" = StageId, Path), ImportQuery), request_body = BatchRequest,
    responses((status = 200, body = BatchView)))]
#[post("/stages/{id}/assignments/batches")]
async fn give_batch(
    call: Call,
    id: PathId<StageId>,
    query: Asked<ImportQuery>,
    input: Input<BatchRequest>,
) -> Answer {
    call.act(move |w, who| giving::give_batch(w, who, id.get(), &query, &input))
        .await
}

/// Assign by a CSV file with the columns `proposal` (coalition id, receipt number, coalition's
/// name or title) and `reviewer` (e-mail address), all or none. Officers.
#[utoipa::path(tag = "assignments", params(("id" = StageId, Path), ImportQuery),
    request_body(content = String, content_type = "text/csv",
        example = "proposal,reviewer\nLawrence Working Families,jane@harborbank.example\n"),
    responses((status = 200, body = ImportView)))]
#[post("/stages/{id}/assignments/imports")]
async fn import_file(
    call: Call,
    id: PathId<StageId>,
    query: Asked<ImportQuery>,
    body: RawInput,
) -> Answer {
    call.act(move |w, who| import::import(w, who, id.get(), &query, &body))
        .await
}

/// List the assignments of a stage. Officers and assistants.
#[utoipa::path(tag = "assignments", params(("id" = StageId, Path), AssignmentQuery),
    responses((status = 200, body = Page<AssignmentView>)))]
#[get("/stages/{id}/assignments")]
async fn of_stage(call: Call, id: PathId<StageId>, query: Asked<AssignmentQuery>) -> Answer {
    call.read_page(move |r, who| listing::of_stage(r, who, id.get(), &query))
        .await
}

/// Your own assignments.
#[utoipa::path(tag = "assignments", params(OwnQuery), responses((status = 200, body = Page<AssignmentView>)))]
#[get("/me/assignments")]
async fn own(call: Call, query: Asked<OwnQuery>) -> Answer {
    call.read_page(move |r, who| listing::own(r, who, &query))
        .await
}

/// An assignment. Officers, assistants and its reviewer.
#[utoipa::path(tag = "assignments", params(("id" = AssignmentId, Path)), responses((status = 200, body = AssignmentView)))]
#[get("/assignments/{id}")]
async fn show(call: Call, id: PathId<AssignmentId>) -> Answer {
    call.read(move |r, who| listing::show(r, who, id.get()))
        .await
}

/// Accept an assignment: the submission opens. The reviewer.
#[utoipa::path(tag = "assignments", params(("id" = AssignmentId, Path)), request_body = AnswerRequest,
    responses((status = 200, body = AssignmentView)))]
#[post("/assignments/{id}/acceptance")]
async fn accept(call: Call, id: PathId<AssignmentId>, input: Input<AnswerRequest>) -> Answer {
    call.act(move |w, who| {
        let assignment = actions::accept(w, who, id.get(), &input)?;
        listing::own_view(w, assignment)
    })
    .await
}

/// Decline an assignment with a reason. The reviewer.
#[utoipa::path(tag = "assignments", params(("id" = AssignmentId, Path)), request_body = ReasonRequest,
    responses((status = 200, body = AssignmentView)))]
#[post("/assignments/{id}/refusal")]
async fn decline(call: Call, id: PathId<AssignmentId>, input: Input<ReasonRequest>) -> Answer {
    call.act(move |w, who| {
        let assignment = actions::decline(w, who, id.get(), &input)?;
        listing::own_view(w, assignment)
    })
    .await
}

/// Step back from an assignment with a reason; access ends at once. The reviewer.
#[utoipa::path(tag = "assignments", params(("id" = AssignmentId, Path)), request_body = ReasonRequest,
    responses((status = 200, body = AssignmentView)))]
#[post("/assignments/{id}/recusal")]
async fn recuse(call: Call, id: PathId<AssignmentId>, input: Input<ReasonRequest>) -> Answer {
    call.act(move |w, who| {
        let assignment = actions::recuse(w, who, id.get(), &input)?;
        listing::own_view(w, assignment)
    })
    .await
}

/// Take an assignment back with a reason. A review that is in counts on, unless it is excluded.
/// Officers.
#[utoipa::path(tag = "assignments", params(("id" = AssignmentId, Path)), request_body = EndingRequest,
    responses((status = 200, body = AssignmentView)))]
#[post("/assignments/{id}/ending")]
async fn end(call: Call, id: PathId<AssignmentId>, input: Input<EndingRequest>) -> Answer {
    call.act(move |w, who| {
        let assignment = actions::end(w, who, id.get(), &input)?;
        listing::office_view(w, assignment)
    })
    .await
}

/// Give one assignment a due date of its own, with a reason. Officers.
#[utoipa::path(tag = "assignments", params(("id" = AssignmentId, Path)), request_body = DueRequest,
    responses((status = 200, body = AssignmentView)))]
#[post("/assignments/{id}/due-date")]
async fn move_due(call: Call, id: PathId<AssignmentId>, input: Input<DueRequest>) -> Answer {
    call.act(move |w, who| {
        let assignment = actions::move_due(w, who, id.get(), &input)?;
        listing::office_view(w, assignment)
    })
    .await
}

/// The coalitions to declare conflicts on: titles and places only, once nothing more can be
/// submitted. Reviewers of the stage; the competition's office.
#[utoipa::path(tag = "conflicts", params(("id" = StageId, Path), PageQuery),
    responses((status = 200, body = Page<CandidateView>)))]
#[get("/stages/{id}/conflict-candidates")]
async fn candidates(call: Call, id: PathId<StageId>, query: Asked<PageQuery>) -> Answer {
    call.read_page(move |r, who| ties::candidates(r, who, id.get(), &query))
        .await
}

/// Declare a conflict of your own: every door between you and the coalition closes at once, and
/// an assignment on it ends. Reviewers of the stage, once the list of those to declare on is
/// there; at any time and on any coalition of the competition its officers, assistants and
/// approvers, and administrators.
#[utoipa::path(tag = "conflicts", params(("id" = StageId, Path)), request_body = DeclarationRequest,
    responses((status = 200, body = OwnConflictView)))]
#[post("/stages/{id}/my-conflicts")]
async fn declare(call: Call, id: PathId<StageId>, input: Input<DeclarationRequest>) -> Answer {
    call.act(move |w, who| ties::declare(w, who, id.get(), &input))
        .await
}

/// Compare the panel with the stage's submissions, and keep what speaks for a tie as hints.
/// Officers.
#[utoipa::path(tag = "conflicts", params(("id" = StageId, Path)),
    responses((status = 200, body = DetectionView)))]
#[post("/stages/{id}/conflict-detections")]
async fn detect(call: Call, id: PathId<StageId>) -> Answer {
    call.act(move |w, who| ties::detect(w, who, id.get())).await
}

/// Dismiss a conflict with a reason; the hint is not brought up again unless something new is
/// found. What the conflict ended stands again while the stage is not decided. Officers.
#[utoipa::path(tag = "conflicts", params(("id" = ConflictId, Path)), request_body = ReasonRequest,
    responses((status = 200, body = ConflictView)))]
#[post("/conflicts/{id}/dismissal")]
async fn dismiss(call: Call, id: PathId<ConflictId>, input: Input<ReasonRequest>) -> Answer {
    call.act(move |w, who| lifting::dismiss(w, who, id.get(), &input))
        .await
}
