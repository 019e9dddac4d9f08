//! Questions to the office, and what is published of them, as plain values and rules.

use std::fmt::Write as _;

use serde::Serialize;
use utoipa::ToSchema;

use super::views::PersonNamed;
use crate::competitions::model::{Competition, Phase, Stage};
use crate::platform::clock::Instant;
use crate::platform::ids::{
    AnswerPublicationId, CoalitionId, CompetitionId, PersonId, PublishedAnswerId, QuestionId,
};
use crate::platform::refusal::{Failure, Result, Rule};
use crate::text_enum;

/// Characters that a question has at most.
pub const QUESTION_AT_MOST: usize = 5_000;
/// Characters that an answer has at most.
pub const ANSWER_AT_MOST: usize = 10_000;
/// How many answers go out together at most.
pub const TOGETHER_AT_MOST: usize = 50;
/// Characters that go out together at most: all of them stand in one letter.
pub const PUBLICATION_AT_MOST: usize = 40_000;
/// How many questions one person asks in a day.
pub const ASKED_IN_A_DAY: i64 = 10;
/// How often a question is answered to its asker alone.
pub const PRIVATELY_AT_MOST: usize = 20;

text_enum! {
    /// Where a question to the office stands.
    QuestionState {
        /// Nobody has answered it.
        Waiting = "waiting",
        /// Answered, to the asker alone or to everybody.
        Answered = "answered",
        /// Taken back by who asked it; the office sees it no more.
        Withdrawn = "withdrawn",
    }
}

/// A question to the office, in the asker's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Its identity.
    pub id: QuestionId,
    /// The competition that it is about.
    pub competition_id: CompetitionId,
    /// The coalition for which it was asked, if the asker was in one.
    pub coalition_id: Option<CoalitionId>,
    /// Who asked.
    pub asked_by: PersonId,
    /// The asker's own words, which are published only if an officer says so.
    pub body: String,
    /// When it was asked.
    pub asked_at: Instant,
    /// Where it stands.
    pub state: QuestionState,
    /// The published answer that answers it.
    pub published_answer_id: Option<PublishedAnswerId>,
}

/// An answer to the asker alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateAnswer {
    /// The question.
    pub question_id: QuestionId,
    /// What was answered.
    pub body: String,
    /// The officer.
    pub answered_by: PersonId,
    /// When.
    pub answered_at: Instant,
}

/// The act by which answers went out together, or one was corrected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Its identity.
    pub id: AnswerPublicationId,
    /// The competition.
    pub competition_id: CompetitionId,
    /// The officer.
    pub published_by: PersonId,
    /// When.
    pub published_at: Instant,
    /// When the last of its letters was written.
    pub letters_at: Option<Instant>,
}

/// What a published answer said from a publication on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerVersion {
    /// The answer.
    pub answer_id: PublishedAnswerId,
    /// The competition.
    pub competition_id: CompetitionId,
    /// Its place in the list of the competition, from 1.
    pub place: i32,
    /// The publication that brought it.
    pub publication_id: AnswerPublicationId,
    /// When that was.
    pub published_at: Instant,
    /// From 1; later ones are corrections.
    pub number: i32,
    /// The question, in the office's wording.
    pub question: String,
    /// The answer.
    pub answer: String,
}

/// A question, as its asker and the office see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct QuestionView {
    /// Its identity.
    pub id: QuestionId,
    /// The competition that it is about.
    pub competition_id: CompetitionId,
    /// The coalition for which it was asked, if the asker was in one.
    pub coalition_id: Option<CoalitionId>,
    /// That coalition's name.
    #[schema(example = "Chelsea Thrives")]
    pub coalition: Option<String>,
    /// Who asked.
    pub asked_by: PersonNamed,
    /// The question in the asker's own words.
    #[schema(example = "May our school district be a partner if it lies in two cities?")]
    pub question: String,
    /// When it was asked.
    pub asked_at: Instant,
    /// Where it stands.
    pub state: QuestionState,
    /// Answers to the asker alone, the earliest first.
    pub private_answers: Vec<PrivateAnswerView>,
    /// The answer that everybody reads.
    pub published: Option<PublishedIn>,
}

/// An answer to the asker alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PrivateAnswerView {
    /// What was answered.
    pub answer: String,
    /// When.
    pub answered_at: Instant,
    /// By which officer; null to the asker, whom the office answers.
    pub answered_by: Option<PersonId>,
}

/// Which published answer answers a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PublishedIn {
    /// Its identity.
    pub id: PublishedAnswerId,
    /// Its place in the competition's list, from 1.
    pub number: i32,
}

/// An answer that everybody reads. Nothing of it tells who asked, or when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PublishedAnswerView {
    /// Its identity.
    pub id: PublishedAnswerId,
    /// The competition that it is about.
    pub competition_id: CompetitionId,
    /// Its place in the competition's list, from 1.
    pub number: i32,
    /// The question, in the office's wording.
    #[schema(example = "May a school district that lies in two cities be a partner of both?")]
    pub question: String,
    /// The answer.
    #[schema(example = "Yes, of each of them in its own coalition.")]
    pub answer: String,
    /// When it was published.
    pub published_at: Instant,
    /// Which version this is, from 1; a correction names it.
    pub version: i32,
    /// When it was corrected last.
    pub corrected_at: Option<Instant>,
    /// What it said before, the earliest first.
    pub earlier: Vec<EarlierAnswer>,
}

/// What a published answer said until it was corrected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct EarlierAnswer {
    /// The question.
    pub question: String,
    /// The answer.
    pub answer: String,
    /// Since when it was so.
    pub published_at: Instant,
}

impl PublishedAnswerView {
    /// From all versions of one answer, the earliest first; none where there is no version.
    pub fn of(mut versions: Vec<AnswerVersion>) -> Option<Self> {
        let last = versions.pop()?;
        let first_at = versions
            .first()
            .map_or(last.published_at, |one| one.published_at);
        Some(Self {
            id: last.answer_id,
            competition_id: last.competition_id,
            number: last.place,
            question: last.question,
            answer: last.answer,
            published_at: first_at,
            version: last.number,
            corrected_at: (last.number > 1).then_some(last.published_at),
            earlier: versions
                .into_iter()
                .map(|one| EarlierAnswer {
                    question: one.question,
                    answer: one.answer,
                    published_at: one.published_at,
                })
                .collect(),
        })
    }
}

/// Asks that questions are taken at this moment; `member`: from somebody in a coalition of the
/// competition, who may ask after the last stage too, where a date says so.
///
/// # Errors
/// 409 with the reason, and the last moment where there is one.
pub fn require_taken(
    competition: &Competition,
    stages: &[Stage],
    member: bool,
    now: Instant,
) -> Result<()> {
    if !competition.is_published(now) {
        let words = "The call is not published.";
        return Err(Failure::rule(Rule::WrongPhase, words));
    }
    if let Some(until) = competition.questions_until.filter(|until| *until < now) {
        let until = until.in_zone(&competition.time_zone);
        let words = format!("Questions were taken until {until}.");
        return Err(Failure::rule(Rule::DeadlinePassed, words));
    }
    let to_come = stages
        .iter()
        .any(|stage| matches!(stage.phase(now), Phase::Scheduled | Phase::Open));
    if to_come || (member && competition.questions_until.is_some()) {
        return Ok(());
    }
    let words = "No stage of this competition is open or to come any more.";
    Err(Failure::rule(Rule::DeadlinePassed, words))
}

/// What a letter says of answers that went out together.
pub fn in_a_letter(versions: &[AnswerVersion]) -> String {
    let mut text = String::new();
    for one in versions {
        let (place, question, answer) = (one.place, &one.question, &one.answer);
        let _ = write!(text, "{place}. {question}\n\n→ {answer}\n\n");
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(number: i32, answer: &str) -> AnswerVersion {
        AnswerVersion {
            answer_id: PublishedAnswerId(7),
            competition_id: CompetitionId(1),
            place: 3,
            publication_id: AnswerPublicationId(i64::from(number)),
            published_at: Instant::from_micros(i64::from(number) * 1_000_000),
            number,
            question: "May we?".into(),
            answer: answer.into(),
        }
    }

    #[test]
    fn a_correction_shows_what_was_said_before() {
        assert_eq!(PublishedAnswerView::of(Vec::new()), None);
        let once = PublishedAnswerView::of(vec![version(1, "No.")]).unwrap();
        assert_eq!((once.corrected_at, once.earlier.len()), (None, 0));
        let twice = PublishedAnswerView::of(vec![version(1, "No."), version(2, "Yes.")]).unwrap();
        assert_eq!(twice.answer, "Yes.");
        assert_eq!(twice.published_at, Instant::from_micros(1_000_000));
        assert_eq!(twice.corrected_at, Some(Instant::from_micros(2_000_000)));
        assert_eq!(twice.earlier[0].answer, "No.");
    }

    #[test]
    fn a_letter_holds_each_question_with_its_answer() {
        let words = in_a_letter(&[version(1, "Yes.")]);
        assert_eq!(words, "3. May we?\n\n→ Yes.");
    }
}
