//! Submissions.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::web::Data;
use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::AtStage;
use crate::people::Call;
use crate::platform::http::{Answer, Asked, Input, Page, PathId};
use crate::platform::ids::{ProposalId, StageId, SubmissionId};
use crate::proposals::actions::listing::{self, Paging, StageQuery, SubmissionItem};
use crate::proposals::actions::openings;
use crate::proposals::actions::reading::{self, SubmissionView};
use crate::proposals::actions::submitting::{self, Submitting};
use crate::proposals::actions::withdrawing::{self, Withdrawing};
use crate::proposals::model::Receipt;
use crate::proposals::turned_away::{Attempt, Attempts};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(submit)
        .service(of_proposal)
        .service(show)
        .service(receipt)
        .service(withdraw)
        .service(of_stage)
        .service(mine);
}

/// Submit the draft: convenor or an editor, until the end of the grace. Everything that lacks is
/// listed at once. The version that is in force already is answered with its receipt, as 200.
/// Who was turned away by overload in time (429, 503) may send it again until ten minutes after.
#[utoipa::path(tag = "submissions",
    params(("id" = ProposalId, Path), ("stage" = Option<i64>, Query)),
    request_body = Option<Submitting>,
    responses((status = 201, body = Receipt), (status = 200, body = Receipt)))]
#[post("/proposals/{id}/submissions")]
async fn submit(
    call: Call,
    attempts: Data<Attempts>,
    id: PathId<ProposalId>,
    asked: Asked<AtStage>,
    input: Input<Submitting>,
) -> Answer {
    let (gate, facts) = (call.gate(), call.facts());
    // First what was turned away before: this may be one of them, sent again.
    attempts.write_down(gate, facts.arrived).await;
    let attempt = Attempt {
        bearer: facts.bearer.clone().unwrap_or_default(),
        proposal: id.get(),
        stage: asked.get().ok().and_then(|asked| asked.stage),
        arrived: facts.arrived,
    };
    let answer = call
        .create(move |w, who| submitting::submit(w, who, id.get(), asked.get()?.stage, &input))
        .await;
    if let Err(failure) = &answer {
        attempts.keep_if_overloaded(gate, failure, attempt);
    }
    answer
}

/// List the submissions of a proposal, replaced and withdrawn ones too: members.
#[utoipa::path(tag = "submissions",
    params(("id" = ProposalId, Path), ("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Page<SubmissionItem>)))]
#[get("/proposals/{id}/submissions")]
async fn of_proposal(call: Call, id: PathId<ProposalId>, asked: Asked<Paging>) -> Answer {
    call.read_page(move |r, who| listing::of_proposal(r, who, id.get(), &asked))
        .await
}

/// Show a submission: its coalition, the office and the panel, each with what is meant for them;
/// nobody but its coalition while it is sealed.
#[utoipa::path(tag = "submissions", params(("id" = SubmissionId, Path)),
    responses((status = 200, body = SubmissionView)))]
#[get("/submissions/{id}")]
async fn show(call: Call, id: PathId<SubmissionId>) -> Answer {
    let id = id.get();
    let opens = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&opens);
    let answer = call
        .read(move |r, who| {
            let (view, opens) = reading::open(r, who, id)?;
            told.store(opens, Ordering::Relaxed);
            Ok(view)
        })
        .await?;
    if opens.load(Ordering::Relaxed) {
        call.store(move |w, who| openings::note(w, who, id)).await?;
    }
    Ok(answer)
}

/// Show the receipt of a submission: members.
#[utoipa::path(tag = "submissions", params(("id" = SubmissionId, Path)),
    responses((status = 200, body = Receipt)))]
#[get("/submissions/{id}/receipt")]
async fn receipt(call: Call, id: PathId<SubmissionId>) -> Answer {
    call.read(move |r, who| reading::receipt(r, who, id.get()))
        .await
}

/// Withdraw a submission: the convenor, until the award is accepted.
#[utoipa::path(tag = "submissions", params(("id" = SubmissionId, Path)), request_body = Withdrawing,
    responses((status = 200, body = SubmissionView)))]
#[post("/submissions/{id}/withdrawal")]
async fn withdraw(call: Call, id: PathId<SubmissionId>, input: Input<Withdrawing>) -> Answer {
    call.act(move |w, who| withdrawing::withdraw(w, who, id.get(), &input))
        .await
}

/// List the submissions of a stage: the office all that no conflict hides (none while they are
/// sealed), a reviewer their own assignments.
#[utoipa::path(tag = "submissions", params(("id" = StageId, Path), StageQuery),
    responses((status = 200, body = Page<SubmissionItem>)))]
#[get("/stages/{id}/submissions")]
async fn of_stage(call: Call, id: PathId<StageId>, asked: Asked<StageQuery>) -> Answer {
    call.read_page(move |r, who| listing::of_stage(r, who, id.get(), &asked))
        .await
}

/// List the submissions of one's own coalitions.
#[utoipa::path(tag = "submissions",
    params(("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Page<SubmissionItem>)))]
#[get("/me/submissions")]
async fn mine(call: Call, asked: Asked<Paging>) -> Answer {
    call.read_page(move |r, who| listing::mine(r, who, &asked))
        .await
}
