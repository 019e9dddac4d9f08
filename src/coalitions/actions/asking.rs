//! Asking the office, and what becomes of one's own questions.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::showing::{named, people_named};
use crate::coalitions::model::Coalition;
use crate::coalitions::questions::{
    ASKED_IN_A_DAY, PrivateAnswerView, PublishedIn, QUESTION_AT_MOST, Question, QuestionState,
    QuestionView, require_taken,
};
use crate::coalitions::store;
use crate::coalitions::words::Reading;
use crate::competitions::store as competitions;
use crate::people::Person;
use crate::platform::audit::{self, Act};
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Asked, Created, Input, Page, PageQuery};
use crate::platform::ids::{CoalitionId, CompetitionId, PublishedAnswerId, QuestionId};
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule, refuse_if_any};

/// A question to the office.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewQuestion {
    /// The question, in plain text.
    #[schema(example = "May our school district be a partner if it lies in two cities?")]
    pub question: String,
    /// For which of one's coalitions in this competition; needed where there are several.
    #[serde(default)]
    pub coalition: Option<CoalitionId>,
}

/// Asks the office of a competition. Whoever is in one of its coalitions may, and anybody else who
/// thinks of taking part, as long as a stage is open or to come.
///
/// # Errors
/// 404 when they may not see the competition; 403 for its own office; 409 when the address is not
/// verified, questions are not taken now, or so many were asked in a day; 422 for a question that
/// is empty or too long, or a coalition that is not theirs.
pub fn ask(
    w: &mut Writes<'_>,
    who: &Person,
    id: CompetitionId,
    input: &Input<NewQuestion>,
) -> Result<Created<QuestionView>> {
    let competition = super::competition_seen(w, who, id)?;
    let own = coalitions_of_asker(w, who, id)?;
    if own.is_empty() && who.works_for(id) {
        return Err(Failure::forbidden(
            "Questions go to the office, of which you are.",
        ));
    }
    who.require_verified()?;
    let new = input.get()?;
    let mut reading = Reading::default();
    let body = reading.words("/question", &new.question, QUESTION_AT_MOST);
    let coalition = chosen(&own, new.coalition, &mut reading);
    refuse_if_any(reading.errors())?;
    let stages = competitions::stages_of(w, id)?;
    require_taken(&competition, &stages, !own.is_empty(), w.now())?;
    require_quota(w, who)?;
    let question = Question {
        id: w.fresh_id(),
        competition_id: id,
        coalition_id: coalition,
        asked_by: who.id,
        body,
        asked_at: w.now(),
        state: QuestionState::Waiting,
        published_answer_id: None,
    };
    store::insert_question(w, &question)?;
    trace(w, who, "question.asked", &question, json!({}))?;
    let location = format!("/api/v1/questions/{}", question.id);
    Ok(Created::at(
        location,
        to_asker(w, vec![question])?.pop().or_not_found()?,
    ))
}

/// The live coalitions of a competition that somebody is in.
fn coalitions_of_asker(
    r: &mut Reads<'_>,
    who: &Person,
    id: CompetitionId,
) -> Result<Vec<Coalition>> {
    let mut own = store::coalitions_joined_by(r, who.id)?;
    own.retain(|one| one.competition_id == id && one.is_live());
    Ok(own)
}

fn chosen(
    own: &[Coalition],
    named: Option<CoalitionId>,
    reading: &mut Reading,
) -> Option<CoalitionId> {
    match (named, own) {
        (Some(named), _) => {
            if !own.iter().any(|one| one.id == named) {
                reading.wrong("/coalition", "You are in no such coalition here.");
            }
            Some(named)
        }
        (None, [one]) => Some(one.id),
        (None, []) => None,
        (None, _) => {
            reading.wrong("/coalition", "Say for which of your coalitions you ask.");
            None
        }
    }
}

fn require_quota(r: &mut Reads<'_>, who: &Person) -> Result<()> {
    let since = r.now().plus_days(-1);
    if store::count_asked_since(r, who.id, since)? < ASKED_IN_A_DAY {
        return Ok(());
    }
    let words = format!("At most {ASKED_IN_A_DAY} questions are asked in a day.");
    Err(Failure::rule(Rule::QuotaUsedUp, words))
}

/// Everything that the caller asked, the latest first.
///
/// # Errors
/// 400 for a page that there is not.
pub fn mine(
    r: &mut Reads<'_>,
    who: &Person,
    asked: &Asked<PageQuery>,
) -> Result<Page<QuestionView>> {
    let page = asked.get()?.page()?;
    let all = store::questions_of(r, who.id)?;
    let page = Page::of_all(all, &page, |one| {
        (Reverse(one.asked_at.to_string()), Reverse(one.id.0))
    })?;
    Ok(Page {
        items: to_asker(r, page.items)?,
        next: page.next,
    })
}

/// Takes back a question that nobody has answered: the office sees it no more.
///
/// # Errors
/// 404 to everyone but who asked; 409 when it was answered or taken back.
pub fn withdraw(w: &mut Writes<'_>, who: &Person, id: QuestionId) -> Result<QuestionView> {
    let mut question = asked_by(w, who, id)?;
    if question.state != QuestionState::Waiting {
        let words = format!("This question is {} already.", question.state);
        return Err(Failure::rule(Rule::WrongPhase, words));
    }
    question.state = QuestionState::Withdrawn;
    store::settle_question(w, id, question.state, None)?;
    trace(w, who, "question.withdrawn", &question, json!({}))?;
    to_asker(w, vec![question])?.pop().or_not_found()
}

fn asked_by(r: &mut Reads<'_>, who: &Person, id: QuestionId) -> Result<Question> {
    store::question(r, id)?
        .filter(|question| question.asked_by == who.id)
        .or_not_found()
}

/// Questions as their asker sees them.
pub(super) fn to_asker(r: &mut Reads<'_>, questions: Vec<Question>) -> Result<Vec<QuestionView>> {
    let mut views = views(r, questions)?;
    for answer in views.iter_mut().flat_map(|view| &mut view.private_answers) {
        answer.answered_by = None;
    }
    Ok(views)
}

/// Questions as the office sees them.
pub(super) fn views(r: &mut Reads<'_>, questions: Vec<Question>) -> Result<Vec<QuestionView>> {
    let people = people_named(r, questions.iter().map(|one| one.asked_by))?;
    let ids: Vec<QuestionId> = questions.iter().map(|one| one.id).collect();
    let mut answers: HashMap<QuestionId, Vec<PrivateAnswerView>> = HashMap::new();
    for one in store::private_answers_to(r, &ids)? {
        answers
            .entry(one.question_id)
            .or_default()
            .push(PrivateAnswerView {
                answer: one.body,
                answered_at: one.answered_at,
                answered_by: Some(one.answered_by),
            });
    }
    let published: Vec<PublishedAnswerId> = questions
        .iter()
        .filter_map(|one| one.published_answer_id)
        .collect();
    let places: HashMap<PublishedAnswerId, i32> = store::places_of_answers(r, &published)?
        .into_iter()
        .collect();
    let mut views = Vec::with_capacity(questions.len());
    for one in questions {
        let coalition = match one.coalition_id {
            Some(id) => store::coalition(r, id)?,
            None => None,
        };
        views.push(QuestionView {
            id: one.id,
            competition_id: one.competition_id,
            coalition_id: one.coalition_id,
            coalition: coalition.map(|coalition| coalition.name),
            asked_by: named(&people, one.asked_by)?,
            question: one.body,
            asked_at: one.asked_at,
            state: one.state,
            private_answers: answers.remove(&one.id).unwrap_or_default(),
            published: one.published_answer_id.and_then(|id| {
                let number = *places.get(&id)?;
                Some(PublishedIn { id, number })
            }),
        });
    }
    Ok(views)
}

/// Leaves the trace of an act on a question: whoever conflicts with its coalition sees no row.
pub(super) fn trace(
    w: &mut Writes<'_>,
    who: &Person,
    act: &str,
    question: &Question,
    detail: serde_json::Value,
) -> Result<()> {
    audit::record(
        w,
        Act {
            actor: Some(who.id),
            act,
            object: ("question", question.id.0),
            competition: Some(question.competition_id),
            coalition: question.coalition_id,
            detail,
        },
    )
}
