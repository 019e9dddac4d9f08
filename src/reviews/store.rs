//! Reviews, their versions and notes: rows in, values out.

mod checks;

pub use checks::{
    changed_since, counting_by, deadline_told, keep_deadline_told, keep_tie_check, tie_checks,
};

use std::collections::HashSet;

use diesel::prelude::*;
use serde::de::DeserializeOwned;

use super::model::{
    Independent, Note, NoteId, Review, ReviewState, ReviewText, ReviewVersion, ReviewVersionId,
};
use crate::coalitions::doors;
use crate::panels::model::AssignmentState;
use crate::platform::clock::Instant;
use crate::platform::db::schema::{assignments, notes, review_versions, reviews};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{
    AssignmentId, CoalitionId, CompetitionId, PersonId, ReviewId, StageId, SubmissionId,
};
use crate::platform::refusal::Result;

#[derive(Queryable)]
struct ReviewRow {
    id: ReviewId,
    assignment_id: AssignmentId,
    stage_id: StageId,
    competition_id: CompetitionId,
    coalition_id: CoalitionId,
    submission_id: SubmissionId,
    person_id: PersonId,
    state: ReviewState,
    scores: String,
    narratives: String,
    confidential_note: String,
    revision: Option<String>,
    total: Option<f64>,
    independent_scores: Option<String>,
    independent_total: Option<f64>,
    independent_at: Option<Instant>,
    pseudonym: String,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    submitted_at: Option<Instant>,
}

fn read_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    Ok(serde_json::from_str(text)?)
}

impl ReviewRow {
    fn into_review(self) -> Result<Review> {
        let independent = match (self.independent_scores, self.independent_at) {
            (Some(scores), Some(at)) => Some(Independent {
                scores: read_json(&scores)?,
                total: self.independent_total,
                at,
            }),
            _ => None,
        };
        Ok(Review {
            id: self.id,
            assignment_id: self.assignment_id,
            stage_id: self.stage_id,
            competition_id: self.competition_id,
            coalition_id: self.coalition_id,
            submission_id: self.submission_id,
            person_id: self.person_id,
            state: self.state,
            text: ReviewText {
                scores: read_json(&self.scores)?,
                narratives: read_json(&self.narratives)?,
                confidential_note: self.confidential_note,
            },
            revision: self.revision.as_deref().map(read_json).transpose()?,
            total: self.total,
            independent,
            pseudonym: self.pseudonym,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
            submitted_at: self.submitted_at,
        })
    }
}

fn into_reviews(rows: Vec<ReviewRow>) -> Result<Vec<Review>> {
    rows.into_iter().map(ReviewRow::into_review).collect()
}

/// The review on an assignment, in whatever state.
pub fn review_on(r: &mut Reads<'_>, assignment: AssignmentId) -> Result<Option<Review>> {
    reviews::table
        .filter(reviews::assignment_id.eq(assignment))
        .select(reviews::all_columns)
        .first::<ReviewRow>(r.conn())
        .optional()?
        .map(ReviewRow::into_review)
        .transpose()
}

/// Every review of a stage whose assignment still stands, drafts included, in order of identity;
/// without those between whose author and coalition a door is closed.
pub fn reviews_of_stage(r: &mut Reads<'_>, stage: StageId) -> Result<Vec<Review>> {
    let rows = reviews::table
        .inner_join(assignments::table.on(assignments::id.eq(reviews::assignment_id)))
        .filter(reviews::stage_id.eq(stage))
        .filter(assignments::state.eq(AssignmentState::Accepted))
        .order(reviews::id)
        .select(reviews::all_columns)
        .load::<ReviewRow>(r.conn())?;
    without_conflicted(r, into_reviews(rows)?)
}

/// The submitted reviews of a stage that count: their assignment stands, and no door is closed
/// between author and coalition. In order of identity.
pub fn submitted_reviews(r: &mut Reads<'_>, stage: StageId) -> Result<Vec<Review>> {
    let mut all = reviews_of_stage(r, stage)?;
    all.retain(Review::is_submitted);
    Ok(all)
}

/// As [`submitted_reviews`], of one submission.
pub fn submitted_reviews_of(
    r: &mut Reads<'_>,
    stage: StageId,
    coalition: CoalitionId,
) -> Result<Vec<Review>> {
    let rows = reviews::table
        .inner_join(assignments::table.on(assignments::id.eq(reviews::assignment_id)))
        .filter(reviews::stage_id.eq(stage))
        .filter(reviews::coalition_id.eq(coalition))
        .filter(reviews::state.eq(ReviewState::Submitted))
        .filter(assignments::state.eq(AssignmentState::Accepted))
        .order(reviews::id)
        .select(reviews::all_columns)
        .load::<ReviewRow>(r.conn())?;
    without_conflicted(r, into_reviews(rows)?)
}

/// Every review that a person wrote on a coalition's submission at a stage, whatever became of its
/// assignment, oldest first.
pub fn reviews_by(
    r: &mut Reads<'_>,
    stage: StageId,
    coalition: CoalitionId,
    person: PersonId,
) -> Result<Vec<Review>> {
    let rows = reviews::table
        .filter(reviews::stage_id.eq(stage))
        .filter(reviews::coalition_id.eq(coalition))
        .filter(reviews::person_id.eq(person))
        .order((reviews::created_at, reviews::id))
        .select(reviews::all_columns)
        .load::<ReviewRow>(r.conn())?;
    into_reviews(rows)
}

/// The reviews on some assignments, in whatever state.
pub fn reviews_on(r: &mut Reads<'_>, assignments: &[AssignmentId]) -> Result<Vec<Review>> {
    let rows = reviews::table
        .filter(reviews::assignment_id.eq_any(assignments.to_vec()))
        .select(reviews::all_columns)
        .load::<ReviewRow>(r.conn())?;
    into_reviews(rows)
}

/// What the reviewers of a submission are called, those included whose reviews no longer count.
pub fn pseudonyms_on(
    r: &mut Reads<'_>,
    stage: StageId,
    coalition: CoalitionId,
) -> Result<HashSet<String>> {
    let names: Vec<String> = reviews::table
        .filter(reviews::stage_id.eq(stage))
        .filter(reviews::coalition_id.eq(coalition))
        .select(reviews::pseudonym)
        .load(r.conn())?;
    Ok(names.into_iter().collect())
}

/// The assignments of a stage whose review is in.
pub fn reviewed(r: &mut Reads<'_>, stage: StageId) -> Result<Vec<AssignmentId>> {
    Ok(reviews::table
        .filter(reviews::stage_id.eq(stage))
        .filter(reviews::state.eq(ReviewState::Submitted))
        .select(reviews::assignment_id)
        .load(r.conn())?)
}

fn without_conflicted(r: &mut Reads<'_>, found: Vec<Review>) -> Result<Vec<Review>> {
    let authors: HashSet<PersonId> = found.iter().map(|review| review.person_id).collect();
    let mut closed = HashSet::new();
    for author in authors {
        let doors = doors::closed_to(r, author)?;
        closed.extend(doors.into_iter().map(|coalition| (author, coalition)));
    }
    Ok(found
        .into_iter()
        .filter(|review| !closed.contains(&(review.person_id, review.coalition_id)))
        .collect())
}

/// Writes a review that was not there before.
pub fn insert(w: &mut Writes<'_>, review: &Review) -> Result<()> {
    diesel::insert_into(reviews::table)
        .values((
            (
                reviews::id.eq(review.id),
                reviews::assignment_id.eq(review.assignment_id),
                reviews::stage_id.eq(review.stage_id),
                reviews::competition_id.eq(review.competition_id),
                reviews::coalition_id.eq(review.coalition_id),
                reviews::submission_id.eq(review.submission_id),
                reviews::person_id.eq(review.person_id),
                reviews::created_at.eq(review.created_at),
            ),
            (
                reviews::state.eq(review.state),
                reviews::scores.eq(serde_json::to_string(&review.text.scores)?),
                reviews::narratives.eq(serde_json::to_string(&review.text.narratives)?),
                reviews::confidential_note.eq(&review.text.confidential_note),
                reviews::pseudonym.eq(&review.pseudonym),
                reviews::version.eq(review.version),
                reviews::updated_at.eq(review.updated_at),
            ),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Writes what changed in a review.
pub fn update(w: &mut Writes<'_>, review: &Review) -> Result<()> {
    let independent = review.independent.as_ref();
    let revision = review.revision.as_ref().map(serde_json::to_string);
    let kept = independent.map(|kept| serde_json::to_string(&kept.scores));
    diesel::update(reviews::table.find(review.id))
        .set((
            (
                reviews::state.eq(review.state),
                reviews::scores.eq(serde_json::to_string(&review.text.scores)?),
                reviews::narratives.eq(serde_json::to_string(&review.text.narratives)?),
                reviews::confidential_note.eq(&review.text.confidential_note),
                reviews::revision.eq(revision.transpose()?),
                reviews::total.eq(review.total),
            ),
            (
                reviews::independent_scores.eq(kept.transpose()?),
                reviews::independent_total.eq(independent.and_then(|kept| kept.total)),
                reviews::independent_at.eq(independent.map(|kept| kept.at)),
                reviews::pseudonym.eq(&review.pseudonym),
                reviews::version.eq(review.version),
                reviews::updated_at.eq(review.updated_at),
                reviews::submitted_at.eq(review.submitted_at),
            ),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Keeps what was put in force.
pub fn insert_version(w: &mut Writes<'_>, version: &ReviewVersion) -> Result<()> {
    diesel::insert_into(review_versions::table)
        .values((
            review_versions::id.eq(version.id),
            review_versions::review_id.eq(version.review_id),
            review_versions::number.eq(version.number),
            review_versions::at.eq(version.at),
            review_versions::scores.eq(serde_json::to_string(&version.text.scores)?),
            review_versions::narratives.eq(serde_json::to_string(&version.text.narratives)?),
            review_versions::confidential_note.eq(&version.text.confidential_note),
            review_versions::total.eq(version.total),
            review_versions::after_seeing_others.eq(version.after_seeing_others),
        ))
        .execute(w.conn())?;
    Ok(())
}

type VersionRow = (
    ReviewVersionId,
    ReviewId,
    i64,
    Instant,
    String,
    String,
    String,
    Option<f64>,
    bool,
);

/// What a review said over time, oldest first.
pub fn versions(r: &mut Reads<'_>, review: ReviewId) -> Result<Vec<ReviewVersion>> {
    review_versions::table
        .filter(review_versions::review_id.eq(review))
        .order(review_versions::number)
        .select(review_versions::all_columns)
        .load::<VersionRow>(r.conn())?
        .into_iter()
        .map(into_version)
        .collect()
}

fn into_version(row: VersionRow) -> Result<ReviewVersion> {
    let (id, review_id, number, at, scores, narratives, confidential_note, total, after) = row;
    Ok(ReviewVersion {
        id,
        review_id,
        number,
        at,
        text: ReviewText {
            scores: read_json(&scores)?,
            narratives: read_json(&narratives)?,
            confidential_note,
        },
        total,
        after_seeing_others: after,
    })
}

/// Writes a note.
pub fn insert_note(w: &mut Writes<'_>, note: &Note) -> Result<()> {
    diesel::insert_into(notes::table)
        .values((
            notes::id.eq(note.id),
            notes::stage_id.eq(note.stage_id),
            notes::competition_id.eq(note.competition_id),
            notes::coalition_id.eq(note.coalition_id),
            notes::person_id.eq(note.person_id),
            notes::pseudonym.eq(&note.pseudonym),
            notes::body.eq(&note.body),
            notes::created_at.eq(note.created_at),
        ))
        .execute(w.conn())?;
    Ok(())
}

type NoteRow = (
    NoteId,
    StageId,
    CompetitionId,
    CoalitionId,
    PersonId,
    String,
    String,
    Instant,
);

/// The discussion of a submission, oldest first, without notes by people to whom the coalition's
/// door is closed.
pub fn notes_on(r: &mut Reads<'_>, stage: StageId, coalition: CoalitionId) -> Result<Vec<Note>> {
    let rows = notes::table
        .filter(notes::stage_id.eq(stage))
        .filter(notes::coalition_id.eq(coalition))
        .order((notes::created_at, notes::id))
        .select(notes::all_columns)
        .load::<NoteRow>(r.conn())?;
    let authors: HashSet<PersonId> = rows.iter().map(|row| row.4).collect();
    let mut hidden = HashSet::new();
    for author in authors {
        if doors::is_closed(r, author, coalition)? {
            hidden.insert(author);
        }
    }
    Ok(rows
        .into_iter()
        .filter(|row| !hidden.contains(&row.4))
        .map(into_note)
        .collect())
}

fn into_note(row: NoteRow) -> Note {
    let (id, stage_id, competition_id, coalition_id, person_id, pseudonym, body, created_at) = row;
    Note {
        id,
        stage_id,
        competition_id,
        coalition_id,
        person_id,
        pseudonym,
        body,
        created_at,
    }
}
