//! The panel's discussion of a submission.

use serde_json::json;

use super::peers::Authors;
use super::telling::discussion_goes_on;
use super::{Before, before_submission};
use crate::people::Person;
use crate::platform::audit::{self, Act};
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Asked, Created, Input, Page, PageQuery};
use crate::platform::ids::{PersonId, SubmissionId};
use crate::platform::refusal::{Failure, Result, Rule};
use crate::reviews::access::{self, Sight, Voice};
use crate::reviews::model::{Note, NoteText};
use crate::reviews::shown::NoteView;
use crate::reviews::{rules, store};

/// What an officer is called who is no reviewer of the submission.
const OFFICE: &str = "Program office";

/// The notes on a submission, oldest first; none before one's own review is in.
pub fn notes(
    r: &mut Reads<'_>,
    who: &Person,
    id: SubmissionId,
    asked: &Asked<PageQuery>,
) -> Result<Page<NoteView>> {
    let before = before_submission(r, who, id)?;
    let sight = access::sight_of_notes(&before.facts);
    let notes = match sight {
        Sight::Hidden => return Err(Failure::not_found()),
        Sight::NothingYet => Vec::new(),
        Sight::Pseudonyms | Sight::Names => {
            store::notes_on(r, before.stage.id, before.submission.coalition_id)?
        }
    };
    let people: Vec<PersonId> = notes.iter().map(|note| note.person_id).collect();
    let authors = Authors::seen(r, who, sight, &people)?;
    let page = Page::of_all(notes, &asked.get()?.page()?, |note| {
        (note.created_at.to_string(), note.id.0)
    })?;
    Ok(page.map(|note| shown(&authors, note)))
}

fn shown(authors: &Authors, note: Note) -> NoteView {
    NoteView {
        id: note.id,
        author: authors.show(note.person_id, &note.pseudonym),
        body: note.body,
        created_at: note.created_at,
    }
}

/// No discussion needs more by one hand; a program gone wild would write them.
const NOTES_BY_ONE: i64 = 200;

/// Adds to the discussion of a submission.
pub fn add(
    w: &mut Writes<'_>,
    who: &Person,
    id: SubmissionId,
    input: &Input<NoteText>,
) -> Result<Created<NoteView>> {
    let before = before_submission(w, who, id)?;
    must_speak(access::voice(&before.facts))?;
    let body = rules::plain(&input.get()?.body);
    if let Some(wrong) = rules::wrong_in_note(&body) {
        return Err(Failure::invalid("/body", wrong));
    }
    require_quota(w, who, &before)?;
    let note = Note {
        id: w.fresh_id(),
        stage_id: before.stage.id,
        competition_id: before.stage.competition_id,
        coalition_id: before.submission.coalition_id,
        person_id: who.id,
        pseudonym: pseudonym(w, who, &before)?,
        body,
        created_at: w.now(),
    };
    store::insert_note(w, &note)?;
    audit::record(
        w,
        Act {
            actor: Some(who.id),
            act: "note.added",
            object: ("note", note.id.0),
            competition: Some(note.competition_id),
            coalition: Some(note.coalition_id),
            detail: json!({"submission": id}),
        },
    )?;
    discussion_goes_on(w, &before, &note)?;
    let authors = Authors::seen(w, who, access::sight_of_notes(&before.facts), &[who.id])?;
    Ok(Created::at(
        format!("/api/v1/submissions/{id}/notes"),
        shown(&authors, note),
    ))
}

fn require_quota(r: &mut Reads<'_>, who: &Person, before: &Before) -> Result<()> {
    let about = before.submission.coalition_id;
    if store::notes_by(r, before.stage.id, about, who.id)? < NOTES_BY_ONE {
        return Ok(());
    }
    let words = format!("One person writes at most {NOTES_BY_ONE} notes on a submission.");
    Err(Failure::rule(Rule::QuotaUsedUp, words))
}

fn must_speak(voice: Voice) -> Result<()> {
    match voice {
        Voice::Speaks => Ok(()),
        Voice::Hidden => Err(Failure::not_found()),
        Voice::Listens => Err(Failure::forbidden(
            "Reviewers of this submission and officers write here.",
        )),
        Voice::OwnReviewFirst => Err(Failure::rule(
            Rule::OwnReviewFirst,
            "The discussion opens to you once your own review is in.",
        )),
        Voice::Over => Err(Failure::rule(
            Rule::WrongPhase,
            "The discussion ended when the decisions were taken.",
        )),
    }
}

/// The name that the author's own review bears here, so that both are known to be by one hand.
fn pseudonym(r: &mut Reads<'_>, who: &Person, before: &Before) -> Result<String> {
    let about = before.submission.coalition_id;
    let reviews = store::submitted_reviews_of(r, before.stage.id, about)?;
    let own = reviews
        .into_iter()
        .find(|review| review.person_id == who.id);
    Ok(own.map_or_else(|| OFFICE.to_owned(), |review| review.pseudonym))
}
