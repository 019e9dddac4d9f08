//! The JSON face of awards.

use actix_web::{get, post, put};
use utoipa_actix_web::service_config::ServiceConfig;

use super::actions::{funders, offers, public};
use super::shown::{
    AnswerInput, AwardView, CompetitionAwards, FundedAward, FunnelView, LinesInput, ObserverView,
    PublicAward,
};
use crate::people::Call;
use crate::platform::http::{Answer, Asked, IfMatch, Input, Page, PageQuery, PathId, PathIds};
use crate::platform::ids::{AwardId, CoalitionId, CompetitionId, PersonId};

/// Routes of this module, relative to `/api/v1`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(of_competition)
        .service(of_coalition)
        .service(show)
        .service(accept)
        .service(turn_down)
        .service(funnel)
        .service(funded)
        .service(observers)
        .service(observer)
        .service(set_observer);
}

/// List all public awards, the latest first.
///
/// For anyone. Shows public answers and an approved summary only.
#[utoipa::path(
    tag = "awards",
    params(PageQuery),
    responses((status = 200, body = Page<PublicAward>)),
    security(())
)]
#[get("/awards")]
async fn list(call: Call, asked: Asked<PageQuery>) -> Answer {
    call.read_page_openly(move |r, who| public::list(r, who, || asked.get()?.page()))
        .await
}

/// List the public awards of a competition, and how many decisions depart from the order of the
/// results.
///
/// For anyone.
#[utoipa::path(
    tag = "awards",
    params(("id" = CompetitionId, Path), PageQuery),
    responses((status = 200, body = CompetitionAwards)),
    security(())
)]
#[get("/competitions/{id}/awards")]
async fn of_competition(call: Call, id: PathId<CompetitionId>, asked: Asked<PageQuery>) -> Answer {
    call.read_page_openly(move |r, who| {
        public::of_competition(r, who, id.get(), || asked.get()?.page())
    })
    .await
}

/// List what was offered to a coalition.
///
/// For its members, and officers, assistants and approvers of the competition.
#[utoipa::path(
    tag = "awards",
    params(("id" = CoalitionId, Path), PageQuery),
    responses((status = 200, body = Page<AwardView>))
)]
#[get("/coalitions/{id}/awards")]
async fn of_coalition(call: Call, id: PathId<CoalitionId>, asked: Asked<PageQuery>) -> Answer {
    call.read_page(move |r, who| {
        let all = offers::list(r, who, id.get())?;
        Page::of_ordered(all, &asked.get()?.page()?, |one| one.id.0)
    })
    .await
}

/// Show an award.
///
/// For the coalition's members, and officers, assistants and approvers of the competition.
#[utoipa::path(
    tag = "awards",
    params(("id" = AwardId, Path)),
    responses((status = 200, body = AwardView))
)]
#[get("/awards/{id}")]
async fn show(call: Call, id: PathId<AwardId>) -> Answer {
    call.read(move |r, who| offers::show(r, who, id.get()))
        .await
}

/// Accept an award.
///
/// For the coalition's signatory, or its convenor where it has none, until the last moment to
/// answer.
#[utoipa::path(
    tag = "awards",
    params(("id" = AwardId, Path)),
    request_body = AnswerInput,
    responses((status = 201, body = AwardView))
)]
#[post("/awards/{id}/acceptance")]
async fn accept(call: Call, id: PathId<AwardId>, input: Input<AnswerInput>) -> Answer {
    call.create(move |w, who| offers::answer(w, who, id.get(), true, &input))
        .await
}

/// Turn an award down; its money is free for others.
///
/// For the coalition's signatory, or its convenor where it has none, until the last moment to
/// answer.
#[utoipa::path(
    tag = "awards",
    params(("id" = AwardId, Path)),
    request_body = AnswerInput,
    responses((status = 201, body = AwardView))
)]
#[post("/awards/{id}/refusal")]
async fn turn_down(call: Call, id: PathId<AwardId>, input: Input<AnswerInput>) -> Answer {
    call.create(move |w, who| offers::answer(w, who, id.get(), false, &input))
        .await
}

/// Show how many coalitions come how far, counts under five hidden.
///
/// For funders, officers, assistants and approvers of the competition.
#[utoipa::path(
    tag = "funders",
    params(("id" = CompetitionId, Path)),
    responses((status = 200, body = FunnelView))
)]
#[get("/competitions/{id}/funnel")]
async fn funnel(call: Call, id: PathId<CompetitionId>) -> Answer {
    call.read(move |r, who| funders::funnel(r, who, id.get()))
        .await
}

/// List the awards on the caller's own budget lines, once coalitions were told.
///
/// For funders of the competition.
#[utoipa::path(
    tag = "funders",
    params(("id" = CompetitionId, Path), PageQuery),
    responses((status = 200, body = Page<FundedAward>))
)]
#[get("/competitions/{id}/funded-awards")]
async fn funded(call: Call, id: PathId<CompetitionId>, asked: Asked<PageQuery>) -> Answer {
    call.read_page(move |r, who| {
        let all = funders::funded(r, who, id.get())?;
        Page::of_ordered(all, &asked.get()?.page()?, |one| one.id.0)
    })
    .await
}

/// List which funders watch which budget lines.
///
/// For officers.
#[utoipa::path(
    tag = "funders",
    params(("id" = CompetitionId, Path), PageQuery),
    responses((status = 200, body = Page<ObserverView>))
)]
#[get("/competitions/{id}/funders")]
async fn observers(call: Call, id: PathId<CompetitionId>, asked: Asked<PageQuery>) -> Answer {
    call.read_page(move |r, who| {
        let all = funders::observers(r, who, id.get())?;
        Page::of_ordered(all, &asked.get()?.page()?, |one| one.person_id.0)
    })
    .await
}

/// Show the budget lines that a funder watches.
///
/// For officers.
#[utoipa::path(
    tag = "funders",
    params(("id" = CompetitionId, Path), ("person" = PersonId, Path)),
    responses((status = 200, body = ObserverView))
)]
#[get("/competitions/{id}/funders/{person}")]
async fn observer(call: Call, ids: PathIds<(CompetitionId, PersonId)>) -> Answer {
    let (id, person) = ids.get();
    call.read(move |r, who| funders::observer(r, who, id, person))
        .await
}

/// Give a funder the budget lines to watch.
///
/// For officers; the person holds the funder's role already.
#[utoipa::path(
    tag = "funders",
    params(
        ("id" = CompetitionId, Path),
        ("person" = PersonId, Path),
        ("if-match" = String, Header)
    ),
    request_body = LinesInput,
    responses((status = 200, body = ObserverView))
)]
#[put("/competitions/{id}/funders/{person}")]
async fn set_observer(
    call: Call,
    ids: PathIds<(CompetitionId, PersonId)>,
    if_match: IfMatch,
    input: Input<LinesInput>,
) -> Answer {
    call.change(move |w, who| funders::set_observer(w, who, ids.get(), &if_match, &input))
        .await
}
