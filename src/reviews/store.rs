//! Reviews, their versions and notes: rows in, values out.

mod checks;
mod excluded;
mod heads;
mod notes;
mod versions;

pub use checks::{
    changed_since, counting_by, deadline_told, keep_deadline_told, keep_tie_check, tie_checks,
};
pub use excluded::{Completed, completed, exclude, include};
pub use heads::{Head, heads};
pub use notes::{insert_note, notes_by, notes_on};
pub use versions::{insert_version, versions};

use std::collections::{BTreeSet, HashMap, HashSet};

use diesel::dsl::{exists, not};
use diesel::prelude::*;
use serde::de::DeserializeOwned;

use super::model::{Independent, Marks, Review, ReviewState, ReviewText};
use crate::coalitions::doors::ConflictState;
use crate::coalitions::model::SeatState;
use crate::panels::model::AssignmentState;
use crate::platform::clock::Instant;
use crate::platform::db::schema::{assignments, conflicts, members, reviews, seats};
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
    excluded_at: Option<Instant>,
    _excluded_by: Option<PersonId>,
    exclusion_reason: String,
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
            excluded: self.excluded_at.map(|at| (at, self.exclusion_reason)),
        })
    }
}

fn into_reviews(rows: Vec<ReviewRow>) -> Result<Vec<Review>> {
    rows.into_iter().map(ReviewRow::into_review).collect()
}

/// Whether no door is closed between a review's author and its coalition: what closes one is
/// settled in [`crate::coalitions::doors`].
macro_rules! door_is_open {
    () => {
        not(exists(
            conflicts::table
                .filter(conflicts::coalition_id.eq(reviews::coalition_id))
                .filter(conflicts::person_id.eq(reviews::person_id))
                .filter(conflicts::state.eq(ConflictState::Confirmed)),
        )
        .or(exists(
            members::table
                .filter(members::coalition_id.eq(reviews::coalition_id))
                .filter(members::person_id.eq(reviews::person_id))
                .filter(members::ended_at.is_null()),
        ))
        .or(exists(
            seats::table
                .filter(seats::coalition_id.eq(reviews::coalition_id))
                .filter(seats::person_id.eq(reviews::person_id.nullable()))
                .filter(seats::state.eq(SeatState::Filled))
                .filter(seats::removed_at.is_null()),
        )))
    };
}

/// Whether a review's assignment stands, or ended so that the review stays.
macro_rules! stays {
    () => {
        assignments::state
            .eq(AssignmentState::Accepted)
            .or(assignments::keeps_review.eq(true))
    };
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

/// A review by its identity, in whatever state.
pub fn review(r: &mut Reads<'_>, id: ReviewId) -> Result<Option<Review>> {
    reviews::table
        .find(id)
        .select(reviews::all_columns)
        .first::<ReviewRow>(r.conn())
        .optional()?
        .map(ReviewRow::into_review)
        .transpose()
}

/// Every review of a stage whose assignment still stands or that stays after it, drafts included, in
/// order of identity; without those that are excluded, and those between whose author and coalition a door is closed.
pub fn reviews_of_stage(r: &mut Reads<'_>, stage: StageId) -> Result<Vec<Review>> {
    let rows = reviews::table
        .inner_join(assignments::table.on(assignments::id.eq(reviews::assignment_id)))
        .filter(reviews::stage_id.eq(stage))
        .filter(reviews::excluded_at.is_null())
        .filter(stays!())
        .filter(door_is_open!())
        .order(reviews::id)
        .select(reviews::all_columns)
        .load::<ReviewRow>(r.conn())?;
    into_reviews(rows)
}

/// How far each review of [`reviews_of_stage`] is, by its assignment.
pub fn states_of_stage(
    r: &mut Reads<'_>,
    stage: StageId,
) -> Result<HashMap<AssignmentId, ReviewState>> {
    let rows: Vec<(AssignmentId, ReviewState)> = reviews::table
        .inner_join(assignments::table.on(assignments::id.eq(reviews::assignment_id)))
        .filter(reviews::stage_id.eq(stage))
        .filter(reviews::excluded_at.is_null())
        .filter(stays!())
        .filter(door_is_open!())
        .select((reviews::assignment_id, reviews::state))
        .load(r.conn())?;
    Ok(rows.into_iter().collect())
}

/// The submitted reviews of a stage that count: not excluded, their assignment stands or they stay
/// after it, and no door is closed between author and coalition. In order of identity.
pub fn submitted_reviews(r: &mut Reads<'_>, stage: StageId) -> Result<Vec<Review>> {
    let mut all = reviews_of_stage(r, stage)?;
    all.retain(Review::is_submitted);
    Ok(all)
}

/// The marks alone of [`submitted_reviews`], of all coalitions or of some alone.
pub fn marks(
    r: &mut Reads<'_>,
    stage: StageId,
    only: Option<&BTreeSet<CoalitionId>>,
) -> Result<Vec<Marks>> {
    let mut query = reviews::table
        .inner_join(assignments::table.on(assignments::id.eq(reviews::assignment_id)))
        .filter(reviews::stage_id.eq(stage))
        .filter(reviews::state.eq(ReviewState::Submitted))
        .filter(reviews::excluded_at.is_null())
        .filter(stays!())
        .filter(door_is_open!())
        .order(reviews::id)
        .select((
            reviews::coalition_id,
            reviews::scores,
            reviews::independent_scores,
        ))
        .into_boxed();
    if let Some(only) = only {
        query = query.filter(reviews::coalition_id.eq_any(only.iter().copied()));
    }
    let rows: Vec<(CoalitionId, String, Option<String>)> = query.load(r.conn())?;
    rows.into_iter()
        .map(|(coalition_id, last, independent)| {
            Ok(Marks {
                coalition_id,
                last: read_json(&last)?,
                independent: independent.as_deref().map(read_json).transpose()?,
            })
        })
        .collect()
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
        .filter(reviews::excluded_at.is_null())
        .filter(stays!())
        .filter(door_is_open!())
        .order(reviews::id)
        .select(reviews::all_columns)
        .load::<ReviewRow>(r.conn())?;
    into_reviews(rows)
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
                reviews::submission_id.eq(review.submission_id),
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
