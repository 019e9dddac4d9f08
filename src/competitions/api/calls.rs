//! Budget lines, dates and amendments of a call.

use actix_web::{delete, get, post, put};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::competitions::actions::calls::{self as actions, NewBudgetLine, NewCallDate};
use crate::competitions::model::{Amendment, CallDate};
use crate::competitions::views::BudgetLineView;
use crate::people::Call;
use crate::platform::http::{Answer, Asked, IfMatch, Input, Page, PageQuery, PathId};
use crate::platform::ids::{BudgetLineId, CompetitionId};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(budget_lines)
        .service(add_budget_line)
        .service(budget_line)
        .service(change_budget_line)
        .service(remove_budget_line)
        .service(call_dates)
        .service(add_call_date)
        .service(call_date)
        .service(remove_call_date)
        .service(amendments);
}

/// List the budget lines of a competition.
///
/// For its officers, assistants and approvers, and administrators.
#[utoipa::path(
    tag = "competitions",
    params(("id" = CompetitionId, Path), PageQuery),
    responses((status = 200, body = Page<BudgetLineView>))
)]
#[get("/competitions/{id}/budget-lines")]
async fn budget_lines(call: Call, id: PathId<CompetitionId>, asked: Asked<PageQuery>) -> Answer {
    call.read_page(move |r, who| actions::budget_lines(r, who, id.get(), &asked))
        .await
}

/// Add a budget line: funder, instrument, amount.
///
/// For officers of the competition.
#[utoipa::path(
    tag = "competitions",
    params(("id" = CompetitionId, Path)),
    request_body = NewBudgetLine,
    responses((status = 201, body = BudgetLineView))
)]
#[post("/competitions/{id}/budget-lines")]
async fn add_budget_line(
    call: Call,
    id: PathId<CompetitionId>,
    input: Input<NewBudgetLine>,
) -> Answer {
    call.create(move |w, who| actions::add_budget_line(w, who, id.get(), &input))
        .await
}

/// Show a budget line.
///
/// For officers, assistants and approvers of the competition, and administrators.
#[utoipa::path(
    tag = "competitions",
    params(("id" = BudgetLineId, Path)),
    responses((status = 200, body = BudgetLineView))
)]
#[get("/budget-lines/{id}")]
async fn budget_line(call: Call, id: PathId<BudgetLineId>) -> Answer {
    call.read(move |r, who| actions::budget_line(r, who, id.get()))
        .await
}

/// Change a budget line, not below what decisions draw on it.
///
/// For officers of the competition.
#[utoipa::path(
    tag = "competitions",
    params(("id" = BudgetLineId, Path), ("If-Match" = String, Header)),
    request_body = NewBudgetLine,
    responses((status = 200, body = BudgetLineView))
)]
#[put("/budget-lines/{id}")]
async fn change_budget_line(
    call: Call,
    id: PathId<BudgetLineId>,
    if_match: IfMatch,
    input: Input<NewBudgetLine>,
) -> Answer {
    call.change(move |w, who| actions::change_budget_line(w, who, id.get(), &if_match, &input))
        .await
}

/// Remove a budget line on which no decision ever drew.
///
/// For officers of the competition.
#[utoipa::path(
    tag = "competitions",
    params(("id" = BudgetLineId, Path)),
    responses((status = 204))
)]
#[delete("/budget-lines/{id}")]
async fn remove_budget_line(call: Call, id: PathId<BudgetLineId>) -> Answer {
    call.remove(move |w, who| actions::remove_budget_line(w, who, id.get()))
        .await
}

/// List the dates of a call: workshops, office hours.
///
/// Anyone sees those of a published call.
#[utoipa::path(
    tag = "competitions",
    params(("id" = CompetitionId, Path), PageQuery),
    responses((status = 200, body = Page<CallDate>)),
    security(())
)]
#[get("/competitions/{id}/call-dates")]
async fn call_dates(call: Call, id: PathId<CompetitionId>, asked: Asked<PageQuery>) -> Answer {
    call.read_page_openly(move |r, who| actions::call_dates(r, who, id.get(), &asked))
        .await
}

/// Add a date to a call.
///
/// For officers of the competition.
#[utoipa::path(
    tag = "competitions",
    params(("id" = CompetitionId, Path)),
    request_body = NewCallDate,
    responses((status = 201, body = CallDate))
)]
#[post("/competitions/{id}/call-dates")]
async fn add_call_date(call: Call, id: PathId<CompetitionId>, input: Input<NewCallDate>) -> Answer {
    call.create(move |w, who| actions::add_call_date(w, who, id.get(), &input))
        .await
}

/// Show a date of a call.
///
/// Anyone sees those of a published call.
#[utoipa::path(
    tag = "competitions",
    params(("id" = i64, Path)),
    responses((status = 200, body = CallDate)),
    security(())
)]
#[get("/call-dates/{id}")]
async fn call_date(call: Call, id: PathId<i64>) -> Answer {
    call.read_openly(move |r, who| actions::call_date(r, who, id.get()))
        .await
}

/// Remove a date from a call.
///
/// For officers of the competition.
#[utoipa::path(
    tag = "competitions",
    params(("id" = i64, Path)),
    responses((status = 204))
)]
#[delete("/call-dates/{id}")]
async fn remove_call_date(call: Call, id: PathId<i64>) -> Answer {
    call.remove(move |w, who| actions::remove_call_date(w, who, id.get()))
        .await
}

/// List the numbered amendments of a call.
///
/// Anyone sees those of a published call.
#[utoipa::path(
    tag = "competitions",
    params(("id" = CompetitionId, Path), PageQuery),
    responses((status = 200, body = Page<Amendment>)),
    security(())
)]
#[get("/competitions/{id}/amendments")]
async fn amendments(call: Call, id: PathId<CompetitionId>, asked: Asked<PageQuery>) -> Answer {
    call.read_page_openly(move |r, who| actions::amendments(r, who, id.get(), &asked))
        .await
}
