//! Answers that go to everybody at once: published together, corrected one by one.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::inbox::is_open;
use super::{asking, competition_seen, competition_seen_by};
use crate::coalitions::questions::{
    ANSWER_AT_MOST, AnswerVersion, PUBLICATION_AT_MOST, PublishedAnswerView, QUESTION_AT_MOST,
    Question, QuestionState, TOGETHER_AT_MOST,
};
use crate::coalitions::store;
use crate::coalitions::words::Reading;
use crate::people::{Person, Role};
use crate::platform::audit::{self, Act};
use crate::platform::clock::Instant;
use crate::platform::counting::characters;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Asked, Created, Input, Page, PageQuery};
use crate::platform::ids::{AnswerPublicationId, CompetitionId, PublishedAnswerId, QuestionId};
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule, refuse_if_any};

/// Answers that go out together, in the order in which they are read.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPublication {
    /// 1 to 50 answers.
    pub answers: Vec<NewPublishedAnswer>,
}

/// An answer to publish.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "questions": [4_503_599_627_370_497_i64],
    "question": "May a school district that lies in two cities be a partner of both?",
    "answer": "Yes, of each of them in its own coalition."
}))]
pub struct NewPublishedAnswer {
    /// The questions that it answers; none, where nobody asked here.
    #[serde(default)]
    pub questions: Vec<QuestionId>,
    /// The question as everybody reads it, in the office's wording.
    #[serde(default)]
    pub question: Option<String>,
    /// Publishes the asker's own words instead: only where there is one question, and they tell
    /// nothing of who asked.
    #[serde(default)]
    pub as_asked: bool,
    /// The answer.
    pub answer: String,
}

/// What went out together.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PublicationView {
    /// Its identity.
    pub id: AnswerPublicationId,
    /// When it was published.
    pub published_at: Instant,
    /// The answers, in their order.
    pub answers: Vec<PublishedAnswerView>,
}

/// What a published answer says from now on.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerCorrection {
    /// The version that is corrected, as it was read.
    #[schema(example = 1)]
    pub version: i32,
    /// The question; as before, unless given.
    #[serde(default)]
    pub question: Option<String>,
    /// The answer.
    #[schema(example = "Yes, but it signs one letter of support for each.")]
    pub answer: String,
}

/// The published answers of a competition, in the order of publication; for anyone who sees it.
///
/// # Errors
/// 404 when they may not see the competition.
pub fn list(
    r: &mut Reads<'_>,
    who: Option<&Person>,
    id: CompetitionId,
    asked: &Asked<PageQuery>,
) -> Result<Page<PublishedAnswerView>> {
    competition_seen_by(r, who, id)?;
    let page = asked.get()?.page()?;
    let after = page.after::<i32>()?.unwrap_or(0);
    let versions = store::answer_versions_in(r, id, after, page.fetch())?;
    Ok(Page::cut(in_versions(versions), &page, |one| one.number))
}

/// Versions that follow each other, answer by answer.
fn in_versions(versions: Vec<AnswerVersion>) -> Vec<PublishedAnswerView> {
    let mut by_answer: Vec<Vec<AnswerVersion>> = Vec::new();
    for one in versions {
        match by_answer.last_mut() {
            Some(of) if of[0].answer_id == one.answer_id => of.push(one),
            _ => by_answer.push(vec![one]),
        }
    }
    by_answer
        .into_iter()
        .filter_map(PublishedAnswerView::of)
        .collect()
}

/// One published answer.
///
/// # Errors
/// 404 when they may not see its competition.
pub fn show(
    r: &mut Reads<'_>,
    who: Option<&Person>,
    id: PublishedAnswerId,
) -> Result<PublishedAnswerView> {
    let shown = PublishedAnswerView::of(store::versions_of_answer(r, id)?).or_not_found()?;
    competition_seen_by(r, who, shown.competition_id)?;
    Ok(shown)
}

/// What is published of one answer, as read.
struct Checked {
    questions: Vec<Question>,
    question: String,
    answer: String,
}

/// Publishes answers, all at this moment; every member of every live coalition is sent them, and so
/// is whoever asked.
///
/// # Errors
/// 404 and 403 as everywhere; 409 while the call is not published; 422 for words that are missing
/// or too long, questions that are not there or were published, and the asker's own words where
/// nobody said that they are meant.
pub fn publish(
    w: &mut Writes<'_>,
    who: &Person,
    id: CompetitionId,
    input: &Input<NewPublication>,
) -> Result<Created<PublicationView>> {
    let competition = competition_seen(w, who, id)?;
    require_officer(who, id)?;
    let new = input.get()?;
    if !competition.is_published(w.now()) {
        let words = "The call is not published: put it into its text.";
        return Err(Failure::rule(Rule::WrongPhase, words));
    }
    let checked = checked(w, who, id, &new)?;
    let publication = store::insert_publication(w, id, who.id)?;
    let mut made = Vec::new();
    for one in checked {
        let answer = store::insert_published_answer(w, id)?;
        store::insert_answer_version(w, answer, publication, 1, (&one.question, &one.answer))?;
        for question in one.questions {
            store::settle_question(w, question.id, QuestionState::Answered, Some(answer))?;
            let detail = json!({ "published_answer": answer });
            asking::trace(w, who, "question.answered", &question, detail)?;
        }
        made.push(answer);
    }
    trace(w, who, "answers.published", id, publication, &made)?;
    Ok(Created::at(
        format!("/api/v1/competitions/{id}/published-answers"),
        PublicationView {
            id: publication,
            published_at: w.now(),
            answers: in_versions(store::versions_of_publication(w, publication)?),
        },
    ))
}

fn require_officer(who: &Person, id: CompetitionId) -> Result<()> {
    if who.is(Role::Officer, id) {
        return Ok(());
    }
    Err(Failure::forbidden(
        "Only officers of this competition may do this.",
    ))
}

fn checked(
    r: &mut Reads<'_>,
    who: &Person,
    id: CompetitionId,
    new: &NewPublication,
) -> Result<Vec<Checked>> {
    let mut reading = Reading::default();
    if !(1..=TOGETHER_AT_MOST).contains(&new.answers.len()) {
        reading.wrong("/answers", format!("1 to {TOGETHER_AT_MOST} answers."));
    }
    let (mut all, mut seen, mut total) = (Vec::new(), HashSet::new(), 0);
    for (at, one) in new.answers.iter().enumerate().take(TOGETHER_AT_MOST) {
        let within = format!("/answers/{at}");
        let questions = questions_meant(r, who, id, one, &within, &mut seen, &mut reading)?;
        let question = wording(one, &questions, &within, &mut reading);
        let answer = reading.words(&format!("{within}/answer"), &one.answer, ANSWER_AT_MOST);
        total += characters(&question) + characters(&answer);
        all.push(Checked {
            questions,
            question,
            answer,
        });
    }
    if total > PUBLICATION_AT_MOST {
        let words = format!(
            "{total} characters; at most {PUBLICATION_AT_MOST} go out together, in one letter."
        );
        reading.wrong("/answers", words);
    }
    refuse_if_any(reading.errors())?;
    Ok(all)
}

/// The questions that an answer names: those that the officer sees and that nobody published.
fn questions_meant(
    r: &mut Reads<'_>,
    who: &Person,
    id: CompetitionId,
    one: &NewPublishedAnswer,
    within: &str,
    seen: &mut HashSet<QuestionId>,
    reading: &mut Reading,
) -> Result<Vec<Question>> {
    let mut questions = Vec::new();
    for (at, named) in one.questions.iter().enumerate() {
        let pointer = format!("{within}/questions/{at}");
        let found = store::question(r, *named)?.filter(|found| found.competition_id == id);
        let open = match &found {
            Some(found) => is_open(r, who, found)?,
            None => false,
        };
        let Some(found) = found.filter(|_| open) else {
            reading.wrong(pointer, "There is no such question here.");
            continue;
        };
        if !seen.insert(*named) {
            reading.wrong(pointer, "It is named already.");
        } else if found.published_answer_id.is_some() {
            reading.wrong(
                pointer,
                "Its answer is published already: correct that one.",
            );
        } else {
            questions.push(found);
        }
    }
    Ok(questions)
}

/// How the question is published: in the office's wording, or, where the officer says so, in the
/// asker's.
fn wording(
    one: &NewPublishedAnswer,
    questions: &[Question],
    within: &str,
    reading: &mut Reading,
) -> String {
    let pointer = format!("{within}/question");
    match (&one.question, one.as_asked) {
        (Some(words), false) => {
            let words = reading.words(&pointer, words, QUESTION_AT_MOST);
            if questions.iter().any(|asked| asked.body == words) {
                let told = "These are the asker's own words, which may tell who asked. Write it \
                    anew, or say as_asked.";
                reading.wrong(pointer, told);
            }
            words
        }
        (None, true) if questions.len() == 1 => questions[0].body.clone(),
        (None, true) => {
            let told = "Only where there is one question are its own words published.";
            reading.wrong(format!("{within}/as_asked"), told);
            String::new()
        }
        (Some(_), true) => {
            reading.wrong(pointer, "Either a wording, or as_asked.");
            String::new()
        }
        (None, false) => {
            let told = "Write the question as everybody is to read it, or say as_asked.";
            reading.wrong(pointer, told);
            String::new()
        }
    }
}

/// Corrects a published answer: everybody reads the new version with the earlier ones below it, and
/// is told again.
///
/// # Errors
/// 404 and 403 as everywhere; 409 when it was corrected meanwhile; 422 for words that are missing,
/// too long or as before.
pub fn correct(
    w: &mut Writes<'_>,
    who: &Person,
    id: PublishedAnswerId,
    input: &Input<AnswerCorrection>,
) -> Result<Created<PublishedAnswerView>> {
    let before = show(w, Some(who), id)?;
    require_officer(who, before.competition_id)?;
    let new = input.get()?;
    let mut reading = Reading::default();
    let question = match &new.question {
        Some(words) => reading.words("/question", words, QUESTION_AT_MOST),
        None => before.question.clone(),
    };
    let answer = reading.words("/answer", &new.answer, ANSWER_AT_MOST);
    if (&question, &answer) == (&before.question, &before.answer) {
        reading.wrong("/answer", "This is what it says already.");
    }
    refuse_if_any(reading.errors())?;
    if new.version != before.version {
        let words = "Somebody corrected it meanwhile: look at it again.";
        return Err(Failure::rule(Rule::AlreadyThere, words));
    }
    let publication = store::insert_publication(w, before.competition_id, who.id)?;
    let number = before.version + 1;
    store::insert_answer_version(w, id, publication, number, (&question, &answer))?;
    let competition = before.competition_id;
    trace(w, who, "answer.corrected", competition, publication, &[id])?;
    Ok(Created::at(
        format!("/api/v1/published-answers/{id}"),
        show(w, Some(who), id)?,
    ))
}

/// Leaves a trace that names the answers alone, not what they answer: whoever is not to know of a
/// question reads this row too.
fn trace(
    w: &mut Writes<'_>,
    who: &Person,
    act: &str,
    competition: CompetitionId,
    publication: AnswerPublicationId,
    answers: &[PublishedAnswerId],
) -> Result<()> {
    audit::record(
        w,
        Act {
            actor: Some(who.id),
            act,
            object: ("answer_publication", publication.0),
            competition: Some(competition),
            coalition: None,
            detail: json!({ "answers": answers }),
        },
    )
}
