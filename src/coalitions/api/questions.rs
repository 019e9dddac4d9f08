//! Questions to the office, and the answers to them.

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::coalitions::actions::asking::{self, NewQuestion};
use crate::coalitions::actions::inbox::{self, InboxAsked, NewPrivateAnswer};
use crate::coalitions::actions::publishing::{
    self, AnswerCorrection, NewPublication, PublicationView,
};
use crate::coalitions::questions::{PublishedAnswerView, QuestionView};
use crate::people::Call;
use crate::platform::http::{Answer, Asked, Input, Page, PageQuery, PathId};
use crate::platform::ids::{CompetitionId, PublishedAnswerId, QuestionId};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(ask)
        .service(mine)
        .service(show)
        .service(withdraw)
        .service(list)
        .service(answer)
        .service(publish)
        .service(published)
        .service(one_published)
        .service(correct);
}

/// Ask the office a question.
///
/// For anyone signed in, with a verified address: members of the competition's coalitions until its
/// `questions_until`, everybody else as long as a stage is open or to come. The office alone reads
/// it; at most ten a day.
#[utoipa::path(tag = "questions", params(("id" = CompetitionId, Path)), request_body = NewQuestion, responses((status = 201, body = QuestionView)))]
#[post("/competitions/{id}/questions")]
async fn ask(call: Call, id: PathId<CompetitionId>, input: Input<NewQuestion>) -> Answer {
    call.create(move |w, who| asking::ask(w, who, id.get(), &input))
        .await
}

/// List what one asked, the latest first. For anyone signed in.
#[utoipa::path(tag = "questions", params(PageQuery), responses((status = 200, body = Page<QuestionView>)))]
#[get("/me/questions")]
async fn mine(call: Call, asked: Asked<PageQuery>) -> Answer {
    call.read_page(move |r, who| asking::mine(r, who, &asked))
        .await
}

/// Show a question. For the caller who asked it, and officers and assistants of the competition
/// whom no conflict shuts out.
#[utoipa::path(tag = "questions", params(("id" = QuestionId, Path)), responses((status = 200, body = QuestionView)))]
#[get("/questions/{id}")]
async fn show(call: Call, id: PathId<QuestionId>) -> Answer {
    call.read(move |r, who| inbox::show(r, who, id.get())).await
}

/// Take back a question that waits for its answer; the office sees it no more. For the caller who
/// asked it.
#[utoipa::path(tag = "questions", params(("id" = QuestionId, Path)), responses((status = 200, body = QuestionView)))]
#[post("/questions/{id}/withdrawal")]
async fn withdraw(call: Call, id: PathId<QuestionId>) -> Answer {
    call.act(move |w, who| asking::withdraw(w, who, id.get()))
        .await
}

/// List the questions to the office, those that wait longest first.
///
/// For officers and assistants of the competition, without those of coalitions with which they
/// conflict: these wait for the others.
#[utoipa::path(tag = "questions", params(("id" = CompetitionId, Path), InboxAsked), responses((status = 200, body = Page<QuestionView>)))]
#[get("/competitions/{id}/questions")]
async fn list(call: Call, id: PathId<CompetitionId>, asked: Asked<InboxAsked>) -> Answer {
    call.read_page(move |r, who| inbox::list(r, who, id.get(), &asked))
        .await
}

/// Answer a question to its asker alone, who gets a letter. For officers of the competition.
#[utoipa::path(tag = "questions", params(("id" = QuestionId, Path)), request_body = NewPrivateAnswer, responses((status = 200, body = QuestionView)))]
#[post("/questions/{id}/answers")]
async fn answer(call: Call, id: PathId<QuestionId>, input: Input<NewPrivateAnswer>) -> Answer {
    call.act(move |w, who| inbox::answer(w, who, id.get(), &input))
        .await
}

/// Publish answers, all at one moment; by an officer.
///
/// From then on anyone reads them, and every member of every live coalition is sent them, without a
/// word on who asked. Each question is published in the office's wording; the asker's own words
/// only where `as_asked` says so.
#[utoipa::path(tag = "questions", params(("id" = CompetitionId, Path)), request_body = NewPublication, responses((status = 201, body = PublicationView)))]
#[post("/competitions/{id}/answer-publications")]
async fn publish(call: Call, id: PathId<CompetitionId>, input: Input<NewPublication>) -> Answer {
    call.create(move |w, who| publishing::publish(w, who, id.get(), &input))
        .await
}

/// List the published answers of a competition, in the order of publication.
///
/// Anyone sees those of a published call.
#[utoipa::path(
    tag = "questions",
    params(("id" = CompetitionId, Path), PageQuery),
    responses((status = 200, body = Page<PublishedAnswerView>)),
    security(())
)]
#[get("/competitions/{id}/published-answers")]
async fn published(call: Call, id: PathId<CompetitionId>, asked: Asked<PageQuery>) -> Answer {
    call.read_page_openly(move |r, who| publishing::list(r, who, id.get(), &asked))
        .await
}

/// Show a published answer, with what it said before it was corrected.
///
/// Anyone sees those of a published call.
#[utoipa::path(
    tag = "questions",
    params(("id" = PublishedAnswerId, Path)),
    responses((status = 200, body = PublishedAnswerView)),
    security(())
)]
#[get("/published-answers/{id}")]
async fn one_published(call: Call, id: PathId<PublishedAnswerId>) -> Answer {
    call.read_openly(move |r, who| publishing::show(r, who, id.get()))
        .await
}

/// Correct a published answer; by an officer. It is marked as corrected, and everybody is told
/// again.
#[utoipa::path(tag = "questions", params(("id" = PublishedAnswerId, Path)), request_body = AnswerCorrection, responses((status = 201, body = PublishedAnswerView)))]
#[post("/published-answers/{id}/corrections")]
async fn correct(
    call: Call,
    id: PathId<PublishedAnswerId>,
    input: Input<AnswerCorrection>,
) -> Answer {
    call.create(move |w, who| publishing::correct(w, who, id.get(), &input))
        .await
}
