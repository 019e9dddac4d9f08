//! What happens by itself about questions: the letters of answers that were published, and word to
//! the officers that questions wait. Called each minute; calling twice does nothing more.

use std::collections::{BTreeMap, HashSet};

use serde_json::json;

use super::actions::amendments::members_of_all;
use super::doors;
use super::questions::{Publication, QuestionState, in_a_letter};
use super::store::{self, QuestionsAsked};
use crate::competitions::store as competitions;
use crate::people::{Role, store as people};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{AnswerPublicationId, CoalitionId, CompetitionId, PersonId, QuestionId};
use crate::platform::outbox::{self, Letter, Recipient};
use crate::platform::refusal::{OrNotFound as _, Result};

/// What the letters of a publication name as their cause, with its identity.
const PUBLICATION: &str = "answer_publication";
/// So many letters are written at once: hundreds at a time would keep everybody waiting.
const LETTERS_AT_ONCE: usize = 50;

/// The publications whose letters are not all written.
///
/// # Errors
/// When the database fails.
pub fn publications_to_tell(r: &mut Reads<'_>) -> Result<Vec<AnswerPublicationId>> {
    store::publications_to_tell(r)
}

/// Writes some of the letters of a publication: to whoever is a member of a live coalition now, and
/// to whoever asked, all in the same words. Gives whether there are more to write.
///
/// # Errors
/// When the database fails.
pub fn tell_of_publication(w: &mut Writes<'_>, id: AnswerPublicationId) -> Result<bool> {
    let publication = store::publication(w, id)?.or_not_found()?;
    if publication.letters_at.is_some() {
        return Ok(false);
    }
    let versions = store::versions_of_publication(w, id)?;
    let kind = if versions.iter().all(|one| one.number == 1) {
        "answers-published"
    } else {
        "answer-corrected"
    };
    let competition = competitions::competition(w, publication.competition_id)?.or_not_found()?;
    let fields = json!({"competition": competition.title(), "answers": in_a_letter(&versions)});
    let told = outbox::store::keys_of(w, (PUBLICATION, id.0), kind)?;
    let mut untold = audience(w, &publication)?;
    untold.retain(|person, _| !told.contains(&key(kind, id, *person)));
    let more = untold.len() > LETTERS_AT_ONCE;
    for (person, coalition) in untold.into_iter().take(LETTERS_AT_ONCE) {
        outbox::enqueue(
            w,
            Letter {
                kind,
                to: Recipient::Person(person),
                dedupe_key: key(kind, id, person),
                cause: (PUBLICATION, id.0),
                competition: Some(publication.competition_id),
                coalition,
                due_at: None,
                fields: fields.clone(),
            },
        )?;
    }
    if !more {
        store::note_publication_told(w, id)?;
    }
    Ok(more)
}

fn key(kind: &str, id: AnswerPublicationId, person: PersonId) -> String {
    format!("{kind}:{id}:{person}")
}

/// Who hears of a publication, with a coalition of theirs: who conflicts with that sees nothing of
/// the letter.
fn audience(
    r: &mut Reads<'_>,
    publication: &Publication,
) -> Result<BTreeMap<PersonId, Option<CoalitionId>>> {
    let answers: Vec<_> = store::versions_of_publication(r, publication.id)?
        .iter()
        .map(|one| one.answer_id)
        .collect();
    let mut audience: BTreeMap<PersonId, Option<CoalitionId>> =
        store::askers_of(r, &answers)?.into_iter().collect();
    let members = members_of_all(r, publication.competition_id)?;
    audience.extend(members.into_iter().map(|(person, of)| (person, Some(of))));
    let ids: Vec<PersonId> = audience.keys().copied().collect();
    let reading: HashSet<PersonId> = people::persons(r, &ids)?
        .into_iter()
        .filter(|row| row.disabled_at.is_none())
        .map(|row| row.id)
        .collect();
    audience.retain(|person, _| reading.contains(person));
    Ok(audience)
}

/// The kind of the letter that tells officers of questions.
const WAITING: &str = "questions-waiting";
/// Hours between two letters to one officer on one competition.
const BETWEEN_HOURS: i64 = 24;
/// Days after which a question that waits is no news.
const NEWS_DAYS: i64 = 7;

/// An officer who has not heard yet that questions wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct News {
    competition: CompetitionId,
    officer: PersonId,
    waiting: usize,
}

/// The officers to whom something new waits, of coalitions that are open to them; none whom the
/// last letter reached within a day.
///
/// # Errors
/// When the database fails.
pub fn questions_waiting(r: &mut Reads<'_>) -> Result<Vec<News>> {
    let now = r.now();
    let mut found = Vec::new();
    for competition in store::competitions_asked_since(r, now.plus_days(-NEWS_DAYS))? {
        for officer in people::holders(r, competition, Role::Officer)? {
            let last = outbox::store::last_written(r, WAITING, competition, officer)?;
            if last.is_some_and(|at| at.plus_hours(BETWEEN_HOURS) > now) {
                continue;
            }
            let since = last.unwrap_or_else(|| now.plus_days(-NEWS_DAYS));
            let closed = doors::closed_to(r, officer)?.into_iter().collect();
            let all = QuestionsAsked {
                competition,
                state: Some(QuestionState::Waiting),
                coalition: None,
                closed,
                after: None,
                limit: i64::MAX,
            };
            let new = QuestionsAsked {
                after: Some((since, QuestionId(i64::MAX))),
                limit: 1,
                ..all.clone()
            };
            if !store::questions(r, &new)?.is_empty() {
                found.push(News {
                    competition,
                    officer,
                    waiting: store::questions(r, &all)?.len(),
                });
            }
        }
    }
    Ok(found)
}

/// Writes to the officers to whom something new waits.
///
/// # Errors
/// When the database fails.
pub fn tell_of_questions(w: &mut Writes<'_>) -> Result<()> {
    let now = w.now();
    for news in questions_waiting(w)? {
        let competition = competitions::competition(w, news.competition)?.or_not_found()?;
        let (id, officer) = (news.competition, news.officer);
        outbox::enqueue(
            w,
            Letter {
                kind: WAITING,
                to: Recipient::Person(officer),
                dedupe_key: format!("{WAITING}:{id}:{now}:{officer}"),
                cause: ("competition", id.0),
                competition: Some(id),
                coalition: None,
                due_at: None,
                fields: json!({"competition": competition.title(), "count": news.waiting}),
            },
        )?;
    }
    Ok(())
}
