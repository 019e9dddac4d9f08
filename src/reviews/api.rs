//! The JSON face of reviews, discussion and results.

use actix_web::{get, post, put};
use utoipa_actix_web::service_config::ServiceConfig;

use super::actions::exports::ExportAsked;
use super::actions::progress::ProgressAsked;
use super::actions::tables::ResultsAsked;
use super::actions::{discussion, exclusion, exports, honoraria, peers, progress, tables, writing};
use super::model::{NoteText, ReviewText};
use super::shown::{NoteView, PeerReviewView, ProgressView, ResultView, ReviewView, VersionView};
use crate::panels::actions::ReasonRequest;
use crate::people::Call;
use crate::platform::http::{self, Answer, Asked, IfMatch, Input, Page, PageQuery, PathId};
use crate::platform::ids::{AssignmentId, ReviewId, StageId, SubmissionId};

/// Routes of this module, relative to `/api/v1`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(show_review)
        .service(save_review)
        .service(submit_review)
        .service(exclude)
        .service(include)
        .service(list_versions)
        .service(list_reviews)
        .service(list_notes)
        .service(add_note)
        .service(list_results)
        .service(export_results)
        .service(export_reviews)
        .service(export_honoraria)
        .service(show_progress);
}

/// The review on an assignment: for its author, and once submitted for officers and assistants.
#[utoipa::path(tag = "reviews", responses((status = 200, body = ReviewView)))]
#[get("/assignments/{id}/review")]
async fn show_review(call: Call, id: PathId<AssignmentId>) -> Answer {
    call.read(move |r, who| writing::show(r, who, id.get()))
        .await
}

/// Save a draft, or changes to a submitted review, with everything optional: its author.
#[utoipa::path(tag = "reviews", request_body = ReviewText, responses((status = 200, body = ReviewView)))]
#[put("/assignments/{id}/review")]
async fn save_review(
    call: Call,
    id: PathId<AssignmentId>,
    if_match: IfMatch,
    input: Input<ReviewText>,
) -> Answer {
    call.change(move |w, who| writing::save(w, who, id.get(), &if_match, &input))
        .await
}

/// Submit a review, or put changes to it in force; everything missing is named at once. Its author.
#[utoipa::path(tag = "reviews", responses((status = 200, body = ReviewView)))]
#[post("/assignments/{id}/review/submission")]
async fn submit_review(call: Call, id: PathId<AssignmentId>) -> Answer {
    call.act(move |w, who| writing::submit(w, who, id.get()))
        .await
}

/// Take a submitted review out of the results and the feedback, with a reason: officers, until the
/// stage is decided. It is kept, and its author is told.
#[utoipa::path(tag = "reviews", request_body = ReasonRequest, responses((status = 200, body = ReviewView)))]
#[post("/reviews/{id}/exclusion")]
async fn exclude(call: Call, id: PathId<ReviewId>, input: Input<ReasonRequest>) -> Answer {
    call.act(move |w, who| exclusion::exclude(w, who, id.get(), &input))
        .await
}

/// Let an excluded review count again, with a reason: officers, until the stage is decided.
#[utoipa::path(tag = "reviews", request_body = ReasonRequest, responses((status = 200, body = ReviewView)))]
#[post("/reviews/{id}/inclusion")]
async fn include(call: Call, id: PathId<ReviewId>, input: Input<ReasonRequest>) -> Answer {
    call.act(move |w, who| exclusion::include(w, who, id.get(), &input))
        .await
}

/// What a review said over time, oldest first: for its author, officers and assistants.
#[utoipa::path(tag = "reviews", params(PageQuery), responses((status = 200, body = Page<VersionView>)))]
#[get("/assignments/{id}/review/versions")]
async fn list_versions(call: Call, id: PathId<AssignmentId>, asked: Asked<PageQuery>) -> Answer {
    call.read_page(move |r, who| writing::versions(r, who, id.get(), &asked))
        .await
}

/// The submitted reviews of a submission; for its reviewers once their own review is in.
#[utoipa::path(tag = "reviews", params(PageQuery), responses((status = 200, body = Page<PeerReviewView>)))]
#[get("/submissions/{id}/reviews")]
async fn list_reviews(call: Call, id: PathId<SubmissionId>, asked: Asked<PageQuery>) -> Answer {
    call.read_page(move |r, who| peers::reviews(r, who, id.get(), &asked))
        .await
}

/// The discussion of a submission, oldest first; for its reviewers once their own review is in.
#[utoipa::path(tag = "reviews", params(PageQuery), responses((status = 200, body = Page<NoteView>)))]
#[get("/submissions/{id}/notes")]
async fn list_notes(call: Call, id: PathId<SubmissionId>, asked: Asked<PageQuery>) -> Answer {
    call.read_page(move |r, who| discussion::notes(r, who, id.get(), &asked))
        .await
}

/// Add to the discussion of a submission; for its reviewers once their own review is in, and
/// officers.
#[utoipa::path(tag = "reviews", request_body = NoteText, responses((status = 201, body = NoteView)))]
#[post("/submissions/{id}/notes")]
async fn add_note(call: Call, id: PathId<SubmissionId>, input: Input<NoteText>) -> Answer {
    call.create(move |w, who| discussion::add(w, who, id.get(), &input))
        .await
}

/// The results of a stage, as its marks stand: for officers, assistants and approvers.
#[utoipa::path(tag = "results", params(ResultsAsked), responses((status = 200, body = Page<ResultView>)))]
#[get("/stages/{id}/results")]
async fn list_results(call: Call, id: PathId<StageId>, asked: Asked<ResultsAsked>) -> Answer {
    call.read_page(move |r, who| tables::results(r, who, id.get(), &asked))
        .await
}

/// The results of a stage as CSV, best first unless told otherwise: for officers, assistants and
/// approvers who signed in just now.
#[utoipa::path(
    tag = "results", params(ExportAsked),
    responses((status = 200, body = String, content_type = "text/csv"))
)]
#[get("/stages/{id}/results.csv")]
async fn export_results(call: Call, id: PathId<StageId>, asked: Asked<ExportAsked>) -> Answer {
    let table = call.store(move |w, who| exports::results_csv(w, who, id.get(), &asked));
    http::file(table.await?)
}

/// Every submitted review of a stage as CSV: for officers who signed in just now.
#[utoipa::path(
    tag = "results",
    responses((status = 200, body = String, content_type = "text/csv"))
)]
#[get("/stages/{id}/reviews.csv")]
async fn export_reviews(call: Call, id: PathId<StageId>) -> Answer {
    let table = call.store(move |w, who| exports::reviews_csv(w, who, id.get()));
    http::file(table.await?)
}

/// How many reviews each reviewer of a stage has completed, as CSV, to pay honoraria by: for officers
/// who signed in just now. Those on coalitions that a conflict closes to the officer are left out.
#[utoipa::path(
    tag = "results",
    responses((status = 200, body = String, content_type = "text/csv"))
)]
#[get("/stages/{id}/honoraria.csv")]
async fn export_honoraria(call: Call, id: PathId<StageId>) -> Answer {
    let table = call.store(move |w, who| honoraria::csv(w, who, id.get()));
    http::file(table.await?)
}

/// How far the reviewers of a stage are, and how many each eligible submission has: for officers
/// and assistants.
#[utoipa::path(tag = "results", params(ProgressAsked), responses((status = 200, body = ProgressView)))]
#[get("/stages/{id}/review-progress")]
async fn show_progress(call: Call, id: PathId<StageId>, asked: Asked<ProgressAsked>) -> Answer {
    call.read(move |r, who| progress::progress(r, who, id.get(), &asked))
        .await
}
