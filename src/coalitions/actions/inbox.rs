//! The office's questions: what waits, and answers to the asker alone.

use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::asking::{to_asker, trace, views};
use super::competition_seen;
use crate::coalitions::doors;
use crate::coalitions::questions::{
    ANSWER_AT_MOST, PRIVATELY_AT_MOST, PrivateAnswer, Question, QuestionState, QuestionView,
};
use crate::coalitions::store::{self, QuestionsAsked};
use crate::coalitions::words::Reading;
use crate::competitions::store as competitions;
use crate::people::{Person, Role};
use crate::platform::clock::Instant;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Asked, Input, Page, PageAsked};
use crate::platform::ids::{CoalitionId, CompetitionId, QuestionId};
use crate::platform::outbox::{self, Letter, Recipient};
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule, refuse_if_any};

/// Which questions the office looks at.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InboxAsked {
    /// Only those that wait, or only those that were answered.
    pub state: Option<QuestionState>,
    /// Only those asked for this coalition.
    pub coalition: Option<CoalitionId>,
    /// Items on a page, 1 to 200; 50 unless said otherwise.
    pub limit: Option<u32>,
    /// As given in `next`.
    pub cursor: Option<String>,
}

/// An answer to the asker alone.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPrivateAnswer {
    /// The answer, in plain text.
    #[schema(example = "Yes: name the part of it that lies in your city.")]
    pub answer: String,
}

/// The questions of a competition, those that wait longest first: to its officers and assistants,
/// without those of coalitions that are closed to them.
///
/// # Errors
/// 404 when they may not see the competition, 403 for whoever is not of its office.
pub fn list(
    r: &mut Reads<'_>,
    who: &Person,
    id: CompetitionId,
    asked: &Asked<InboxAsked>,
) -> Result<Page<QuestionView>> {
    competition_seen(r, who, id)?;
    if !who.works_for(id) {
        return Err(Failure::forbidden(
            "The competition's officers and assistants read its questions.",
        ));
    }
    let asked = asked.get()?;
    let page = PageAsked::new(asked.limit, asked.cursor.as_deref())?;
    let after = page
        .after::<(String, i64)>()?
        .and_then(|(at, id)| Some((Instant::parse(&at).ok()?, QuestionId(id))));
    let wanted = QuestionsAsked {
        competition: id,
        state: asked.state,
        coalition: asked.coalition,
        closed: doors::closed_to(r, who.id)?.into_iter().collect(),
        after,
        limit: page.fetch(),
    };
    let rows = store::questions(r, &wanted)?;
    let rows = Page::cut(rows, &page, |one| (one.asked_at.to_string(), one.id.0));
    Ok(Page {
        items: views(r, rows.items)?,
        next: rows.next,
    })
}

/// One question, to who asked and to the office.
///
/// # Errors
/// 404 to everyone else, and to the office once it was withdrawn.
pub fn show(r: &mut Reads<'_>, who: &Person, id: QuestionId) -> Result<QuestionView> {
    let question = store::question(r, id)?.or_not_found()?;
    let mut shown = if question.asked_by == who.id {
        to_asker(r, vec![question])?
    } else {
        require_open(r, who, &question)?;
        views(r, vec![question])?
    };
    shown.pop().or_not_found()
}

/// Asks that somebody of the office may see a question.
fn require_open(r: &mut Reads<'_>, who: &Person, question: &Question) -> Result<()> {
    if is_open(r, who, question)? {
        return Ok(());
    }
    Err(Failure::not_found())
}

/// Whether somebody of the office may see a question: not once it was withdrawn, and not one of a
/// coalition that is closed to them, or of anybody who is, or was, in such a one.
pub(super) fn is_open(r: &mut Reads<'_>, who: &Person, question: &Question) -> Result<bool> {
    if !who.works_for(question.competition_id) || question.state == QuestionState::Withdrawn {
        return Ok(false);
    }
    let closed: Vec<CoalitionId> = doors::closed_to(r, who.id)?.into_iter().collect();
    let is_closed = question
        .coalition_id
        .is_some_and(|one| closed.contains(&one))
        || store::was_ever_in(r, question.asked_by, &closed)?;
    Ok(!is_closed)
}

/// Answers a question to its asker alone, by a letter; as often as there is something to add.
///
/// # Errors
/// 404 when they may not see it, 403 for whoever is no officer, 409 when it was answered so often,
/// 422 for an answer that is empty or too long.
pub fn answer(
    w: &mut Writes<'_>,
    who: &Person,
    id: QuestionId,
    input: &Input<NewPrivateAnswer>,
) -> Result<QuestionView> {
    let question = store::question(w, id)?.or_not_found()?;
    if question.asked_by != who.id {
        require_open(w, who, &question)?;
    }
    if question.asked_by == who.id || !who.is(Role::Officer, question.competition_id) {
        return Err(Failure::forbidden("An officer answers questions."));
    }
    let mut reading = Reading::default();
    let words = reading.words("/answer", &input.get()?.answer, ANSWER_AT_MOST);
    refuse_if_any(reading.errors())?;
    if store::private_answers_to(w, &[id])?.len() >= PRIVATELY_AT_MOST {
        let words = format!("It was answered {PRIVATELY_AT_MOST} times.");
        return Err(Failure::rule(Rule::QuotaUsedUp, words));
    }
    let answer = PrivateAnswer {
        question_id: id,
        body: words,
        answered_by: who.id,
        answered_at: w.now(),
    };
    let made = store::insert_private_answer(w, &answer)?;
    let published = question.published_answer_id;
    store::settle_question(w, id, QuestionState::Answered, published)?;
    trace(
        w,
        who,
        "question.answered",
        &question,
        json!({ "answer": made }),
    )?;
    tell_asker(w, &question, &answer, made)?;
    show(w, who, id)
}

fn tell_asker(
    w: &mut Writes<'_>,
    question: &Question,
    answer: &PrivateAnswer,
    made: i64,
) -> Result<()> {
    let competition = competitions::competition(w, question.competition_id)?.or_not_found()?;
    outbox::enqueue(
        w,
        Letter {
            kind: "question-answered",
            to: Recipient::Person(question.asked_by),
            dedupe_key: format!("question-answered:{made}"),
            cause: ("question", question.id.0),
            competition: Some(question.competition_id),
            coalition: question.coalition_id,
            due_at: None,
            fields: json!({
                "competition": competition.title(),
                "question": question.body,
                "answer": answer.body,
            }),
        },
    )?;
    Ok(())
}
