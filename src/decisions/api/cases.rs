//! Decisions on submissions, the budget, corrections and promotions.

use actix_web::{delete, get, post, put};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::decisions::actions::follow_up::{self, Promotion, SummaryInput};
use crate::decisions::actions::record::CaseFilter;
use crate::decisions::actions::told::{self, ToldView};
use crate::decisions::actions::{import as imports, record, spending};
use crate::decisions::model::Outcome;
use crate::decisions::shown::{
    BudgetView, CaseView, DecisionInput, Imported, ImportedDecision, RankedCase,
};
use crate::people::Call;
use crate::platform::http::{
    Answer, Asked, IfMatch, Input, Page, PageAsked, PageQuery, PathId, PathIds,
};
use crate::platform::ids::{CoalitionId, DecisionId, StageId};
use crate::platform::refusal::Result;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(show)
        .service(put_one)
        .service(take_back)
        .service(import)
        .service(budget)
        .service(promote)
        .service(correct)
        .service(summary)
        .service(write_summary)
        .service(told_so_far);
}

/// Which cases are asked for.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CasesQuery {
    /// With this outcome only.
    outcome: Option<Outcome>,
    /// Without a decision, or with one.
    undecided: Option<bool>,
    /// Departing from the order of the results, or not.
    out_of_order: Option<bool>,
    /// From 1 to 200; 50 when absent.
    limit: Option<u32>,
    /// As `next` of the page before.
    cursor: Option<String>,
}

impl CasesQuery {
    fn read(&self) -> Result<(PageAsked, CaseFilter)> {
        let page = PageAsked::new(self.limit, self.cursor.as_deref())?;
        let filter = CaseFilter {
            outcome: self.outcome,
            undecided: self.undecided,
            out_of_order: self.out_of_order,
        };
        Ok((page, filter))
    }
}

/// List the submissions of a stage with what is decided on each, best results first.
///
/// For officers; once coalitions were told, for assistants and approvers too.
#[utoipa::path(
    tag = "decisions",
    params(("id" = StageId, Path), CasesQuery),
    responses((status = 200, body = Page<RankedCase>))
)]
#[get("/stages/{id}/decisions")]
async fn list(call: Call, id: PathId<StageId>, asked: Asked<CasesQuery>) -> Answer {
    call.read_page(move |r, who| record::list(r, who, id.get(), || asked.get()?.read()))
        .await
}

/// Show what is decided on one submission, or that nothing is yet.
///
/// For officers; once coalitions were told, for assistants and approvers too. Its `ETag` is what
/// recording a decision asks for in `If-Match`, the first one too.
#[utoipa::path(
    tag = "decisions",
    params(("id" = StageId, Path), ("coalition" = CoalitionId, Path)),
    responses((status = 200, body = CaseView))
)]
#[get("/stages/{id}/decisions/{coalition}")]
async fn show(call: Call, ids: PathIds<(StageId, CoalitionId)>) -> Answer {
    let (stage, coalition) = ids.get();
    call.read(move |r, who| record::show(r, who, stage, coalition))
        .await
}

/// Record or change the decision on one submission.
///
/// For officers, from when reviews are closed until an announcement is confirmed; afterwards only
/// a correction or promotion that is not told yet can be changed. Amounts are checked against
/// what is left of each budget line, exactly.
#[utoipa::path(
    tag = "decisions",
    params(
        ("id" = StageId, Path),
        ("coalition" = CoalitionId, Path),
        ("if-match" = String, Header)
    ),
    request_body = DecisionInput,
    responses((status = 200, body = CaseView))
)]
#[put("/stages/{id}/decisions/{coalition}")]
async fn put_one(
    call: Call,
    ids: PathIds<(StageId, CoalitionId)>,
    if_match: IfMatch,
    input: Input<DecisionInput>,
) -> Answer {
    let (stage, coalition) = ids.get();
    call.change(move |w, who| record::record(w, who, stage, coalition, &if_match, &input))
        .await
}

/// Take back a decision that nobody was told.
///
/// For officers. The decision that a correction or promotion would have replaced stands again.
#[utoipa::path(
    tag = "decisions",
    params(
        ("id" = StageId, Path),
        ("coalition" = CoalitionId, Path),
        ("if-match" = String, Header)
    ),
    responses((status = 204))
)]
#[delete("/stages/{id}/decisions/{coalition}")]
async fn take_back(call: Call, ids: PathIds<(StageId, CoalitionId)>, if_match: IfMatch) -> Answer {
    let (stage, coalition) = ids.get();
    call.remove(move |w, who| record::take_back(w, who, stage, coalition, &if_match))
        .await
}

/// Record several decisions at once: all, or none with every error.
///
/// For officers, until coalitions are told.
#[utoipa::path(
    tag = "decisions",
    params(("id" = StageId, Path)),
    request_body = Vec<ImportedDecision>,
    responses((status = 200, body = Imported))
)]
#[post("/stages/{id}/decision-imports")]
async fn import(call: Call, id: PathId<StageId>, input: Input<Vec<ImportedDecision>>) -> Answer {
    call.act(move |w, who| imports::import(w, who, id.get(), &input))
        .await
}

/// Show what is left of each budget line as one decides.
///
/// For officers; once coalitions were told, for assistants and approvers too. Offers that were
/// turned down, lapsed or withdrawn draw nothing.
#[utoipa::path(
    tag = "decisions",
    params(("id" = StageId, Path)),
    responses((status = 200, body = BudgetView))
)]
#[get("/stages/{id}/budget")]
async fn budget(call: Call, id: PathId<StageId>) -> Answer {
    call.read(move |r, who| spending::budget(r, who, id.get()))
        .await
}

/// Promote a waitlisted submission, within the budget that was freed.
///
/// For officers, once coalitions were told. It waits for its own approval and announcement.
#[utoipa::path(
    tag = "decisions",
    params(("id" = StageId, Path)),
    request_body = Promotion,
    responses((status = 201, body = CaseView))
)]
#[post("/stages/{id}/promotions")]
async fn promote(call: Call, id: PathId<StageId>, input: Input<Promotion>) -> Answer {
    call.create(move |w, who| follow_up::promote(w, who, id.get(), &input))
        .await
}

/// Correct a decision that was told.
///
/// For officers. The correction is a decision of its own, with its own approval and announcement.
#[utoipa::path(
    tag = "decisions",
    params(("id" = DecisionId, Path)),
    request_body = DecisionInput,
    responses((status = 201, body = CaseView))
)]
#[post("/decisions/{id}/corrections")]
async fn correct(call: Call, id: PathId<DecisionId>, input: Input<DecisionInput>) -> Answer {
    call.create(move |w, who| follow_up::correct(w, who, id.get(), &input))
        .await
}

/// Show the public summary of a decision, and whether it is approved.
///
/// For officers.
#[utoipa::path(
    tag = "decisions",
    params(("id" = DecisionId, Path)),
    responses((status = 200, body = SummaryInput))
)]
#[get("/decisions/{id}/public-summary")]
async fn summary(call: Call, id: PathId<DecisionId>) -> Answer {
    call.read(move |r, who| follow_up::summary(r, who, id.get()))
        .await
}

/// Write the public summary of a decision, and approve it or not.
///
/// For officers, at any time. The public reads it with the award, once approved.
#[utoipa::path(
    tag = "decisions",
    params(("id" = DecisionId, Path), ("if-match" = String, Header)),
    request_body = SummaryInput,
    responses((status = 200, body = SummaryInput))
)]
#[put("/decisions/{id}/public-summary")]
async fn write_summary(
    call: Call,
    id: PathId<DecisionId>,
    if_match: IfMatch,
    input: Input<SummaryInput>,
) -> Answer {
    call.change(move |w, who| follow_up::write_summary(w, who, id.get(), &if_match, &input))
        .await
}

/// List what a coalition was told, stage by stage: decision, scores and released feedback.
///
/// For the coalition's members, and officers, assistants and approvers of the competition. Empty
/// until something is told.
#[utoipa::path(
    tag = "decisions",
    params(("id" = CoalitionId, Path), PageQuery),
    responses((status = 200, body = Page<ToldView>))
)]
#[get("/coalitions/{id}/decisions")]
async fn told_so_far(call: Call, id: PathId<CoalitionId>, asked: Asked<PageQuery>) -> Answer {
    call.read_page(move |r, who| {
        let all = told::list(r, who, id.get())?;
        Page::of_ordered(all, &asked.get()?.page()?, |one| one.stage_id.0)
    })
    .await
}
