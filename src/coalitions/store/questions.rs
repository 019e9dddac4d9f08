//! Questions to the office, and answers to the asker alone.

use diesel::prelude::*;

use crate::coalitions::questions::{PrivateAnswer, Question, QuestionState};
use crate::platform::clock::Instant;
use crate::platform::db::schema::{members, private_answers, questions};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, CompetitionId, PersonId, PublishedAnswerId, QuestionId};
use crate::platform::refusal::Result;

type QuestionRow = (
    QuestionId,
    CompetitionId,
    Option<CoalitionId>,
    PersonId,
    String,
    Instant,
    QuestionState,
    Option<PublishedAnswerId>,
);

fn question_of(row: QuestionRow) -> Question {
    let (id, competition_id, coalition_id, asked_by, body, asked_at, state, published) = row;
    Question {
        id,
        competition_id,
        coalition_id,
        asked_by,
        body,
        asked_at,
        state,
        published_answer_id: published,
    }
}

/// A question, in whatever state.
///
/// # Errors
/// When the database fails.
pub fn question(r: &mut Reads<'_>, id: QuestionId) -> Result<Option<Question>> {
    let row: Option<QuestionRow> = questions::table
        .find(id)
        .select(questions::all_columns)
        .first(r.conn())
        .optional()?;
    Ok(row.map(question_of))
}

/// Which questions the office looks for.
#[derive(Clone, Debug)]
pub struct QuestionsAsked {
    /// Of this competition.
    pub competition: CompetitionId,
    /// In this state; in any that the office sees, unless given.
    pub state: Option<QuestionState>,
    /// For this coalition.
    pub coalition: Option<CoalitionId>,
    /// Coalitions of which, and of whose members, nothing is shown.
    pub closed: Vec<CoalitionId>,
    /// After this moment and identity.
    pub after: Option<(Instant, QuestionId)>,
    /// At most so many.
    pub limit: i64,
}

/// Questions as the office sees them, the earliest first: none that was withdrawn, none of a
/// coalition that is closed or of anybody who is, or was, in one.
///
/// # Errors
/// When the database fails.
pub fn questions(r: &mut Reads<'_>, asked: &QuestionsAsked) -> Result<Vec<Question>> {
    let theirs = members::table
        .filter(members::coalition_id.eq_any(asked.closed.clone()))
        .select(members::person_id);
    let mut query = questions::table
        .filter(questions::competition_id.eq(asked.competition))
        .filter(questions::state.ne(QuestionState::Withdrawn))
        .filter(
            questions::coalition_id
                .is_null()
                .or(questions::coalition_id.ne_all(asked.closed.clone())),
        )
        .filter(questions::asked_by.ne_all(theirs))
        .order((questions::asked_at, questions::id))
        .limit(asked.limit)
        .select(questions::all_columns)
        .into_boxed();
    if let Some(state) = asked.state {
        query = query.filter(questions::state.eq(state));
    }
    if let Some(coalition) = asked.coalition {
        query = query.filter(questions::coalition_id.eq(Some(coalition)));
    }
    if let Some((at, id)) = asked.after {
        query = query.filter(
            questions::asked_at
                .gt(at)
                .or(questions::asked_at.eq(at).and(questions::id.gt(id))),
        );
    }
    let rows: Vec<QuestionRow> = query.load(r.conn())?;
    Ok(rows.into_iter().map(question_of).collect())
}

/// Whether somebody is, or was, a member of one of these coalitions.
///
/// # Errors
/// When the database fails.
pub fn was_ever_in(
    r: &mut Reads<'_>,
    person: PersonId,
    coalitions: &[CoalitionId],
) -> Result<bool> {
    let joined: Vec<CoalitionId> = members::table
        .filter(members::person_id.eq(person))
        .select(members::coalition_id)
        .load(r.conn())?;
    Ok(joined.iter().any(|one| coalitions.contains(one)))
}

/// Everything that a person asked, the latest first.
///
/// # Errors
/// When the database fails.
pub fn questions_of(r: &mut Reads<'_>, person: PersonId) -> Result<Vec<Question>> {
    let rows: Vec<QuestionRow> = questions::table
        .filter(questions::asked_by.eq(person))
        .order((questions::asked_at.desc(), questions::id.desc()))
        .select(questions::all_columns)
        .load(r.conn())?;
    Ok(rows.into_iter().map(question_of).collect())
}

/// How much a person asked since a moment, in all competitions.
///
/// # Errors
/// When the database fails.
pub fn count_asked_since(r: &mut Reads<'_>, person: PersonId, since: Instant) -> Result<i64> {
    Ok(questions::table
        .filter(questions::asked_by.eq(person))
        .filter(questions::asked_at.gt(since))
        .count()
        .get_result(r.conn())?)
}

/// The competitions with a question that waits and was asked after a moment.
///
/// # Errors
/// When the database fails.
pub fn competitions_asked_since(r: &mut Reads<'_>, since: Instant) -> Result<Vec<CompetitionId>> {
    Ok(questions::table
        .filter(questions::state.eq(QuestionState::Waiting))
        .filter(questions::asked_at.gt(since))
        .select(questions::competition_id)
        .distinct()
        .order(questions::competition_id)
        .load(r.conn())?)
}

/// Who asked what a published answer answers, with the coalition of each.
///
/// # Errors
/// When the database fails.
pub fn askers_of(
    r: &mut Reads<'_>,
    answers: &[PublishedAnswerId],
) -> Result<Vec<(PersonId, Option<CoalitionId>)>> {
    Ok(questions::table
        .filter(questions::published_answer_id.eq_any(answers.to_vec()))
        .select((questions::asked_by, questions::coalition_id))
        .load(r.conn())?)
}

/// Adds a question.
///
/// # Errors
/// When the database fails.
pub fn insert_question(w: &mut Writes<'_>, question: &Question) -> Result<()> {
    diesel::insert_into(questions::table)
        .values((
            questions::id.eq(question.id),
            questions::competition_id.eq(question.competition_id),
            questions::coalition_id.eq(question.coalition_id),
            questions::asked_by.eq(question.asked_by),
            questions::body.eq(&question.body),
            questions::asked_at.eq(question.asked_at),
            questions::state.eq(question.state),
            questions::published_answer_id.eq(question.published_answer_id),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Notes where a question stands from now on, and which published answer answers it.
///
/// # Errors
/// When the database fails.
pub fn settle_question(
    w: &mut Writes<'_>,
    id: QuestionId,
    state: QuestionState,
    published: Option<PublishedAnswerId>,
) -> Result<()> {
    diesel::update(questions::table.find(id))
        .set((
            questions::state.eq(state),
            questions::published_answer_id.eq(published),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// What was answered to the askers of these questions alone, the earliest first.
///
/// # Errors
/// When the database fails.
pub fn private_answers_to(
    r: &mut Reads<'_>,
    questions: &[QuestionId],
) -> Result<Vec<PrivateAnswer>> {
    let rows: Vec<(QuestionId, String, PersonId, Instant)> = private_answers::table
        .filter(private_answers::question_id.eq_any(questions.to_vec()))
        .order((private_answers::answered_at, private_answers::id))
        .select((
            private_answers::question_id,
            private_answers::body,
            private_answers::answered_by,
            private_answers::answered_at,
        ))
        .load(r.conn())?;
    Ok(rows
        .into_iter()
        .map(
            |(question_id, body, answered_by, answered_at)| PrivateAnswer {
                question_id,
                body,
                answered_by,
                answered_at,
            },
        )
        .collect())
}

/// Adds an answer to the asker alone; gives its identity.
///
/// # Errors
/// When the database fails.
pub fn insert_private_answer(w: &mut Writes<'_>, answer: &PrivateAnswer) -> Result<i64> {
    let id = w.fresh_id::<i64>();
    diesel::insert_into(private_answers::table)
        .values((
            private_answers::id.eq(id),
            private_answers::question_id.eq(answer.question_id),
            private_answers::body.eq(&answer.body),
            private_answers::answered_by.eq(answer.answered_by),
            private_answers::answered_at.eq(answer.answered_at),
        ))
        .execute(w.conn())?;
    Ok(id)
}
