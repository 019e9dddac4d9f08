//! Assignments that a conflict ended, so that they can stand again when it is found to be none;
//! and the reviews that count.

use diesel::prelude::*;

use crate::coalitions::doors;
use crate::panels::model::{Assignment, AssignmentState};
use crate::platform::clock::Instant;
use crate::platform::db::schema::{assignments, conflict_endings, reviews};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{AssignmentId, CoalitionId, ConflictId, PersonId, StageId};
use crate::platform::refusal::Result;

/// What an assignment was before a conflict ended it.
#[derive(Clone, Debug, Queryable)]
pub struct Ending {
    /// Its identity.
    pub id: i64,
    /// The assignment.
    pub assignment_id: AssignmentId,
    /// The conflict that ended it.
    pub conflict_id: ConflictId,
    /// Where it stood.
    pub state_before: AssignmentState,
    /// When it had been answered.
    pub answered_before: Option<Instant>,
    /// The words given with that answer.
    pub reason_before: String,
}

/// Keeps what an assignment was when a conflict ends it.
pub fn keep_ending(
    w: &mut Writes<'_>,
    assignment: &Assignment,
    conflict: ConflictId,
) -> Result<()> {
    let id: i64 = w.fresh_id();
    diesel::insert_into(conflict_endings::table)
        .values((
            conflict_endings::id.eq(id),
            conflict_endings::assignment_id.eq(assignment.id),
            conflict_endings::conflict_id.eq(conflict),
            conflict_endings::state_before.eq(assignment.state),
            conflict_endings::answered_before.eq(assignment.answered_at),
            conflict_endings::reason_before.eq(&assignment.reason),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Every assignment between two that a conflict ended and that does not stand again.
pub fn endings_of_pair(
    r: &mut Reads<'_>,
    coalition: CoalitionId,
    person: PersonId,
) -> Result<Vec<Ending>> {
    Ok(conflict_endings::table
        .inner_join(assignments::table.on(assignments::id.eq(conflict_endings::assignment_id)))
        .filter(assignments::coalition_id.eq(coalition))
        .filter(assignments::person_id.eq(person))
        .order(conflict_endings::assignment_id)
        .select(conflict_endings::all_columns)
        .load(r.conn())?)
}

/// Lets an assignment stand again as it did before.
pub fn undo_ending(w: &mut Writes<'_>, ending: &Ending) -> Result<()> {
    diesel::update(assignments::table.find(ending.assignment_id))
        .set((
            assignments::state.eq(ending.state_before),
            assignments::answered_at.eq(ending.answered_before),
            assignments::reason.eq(&ending.reason_before),
        ))
        .execute(w.conn())?;
    diesel::delete(conflict_endings::table.find(ending.id)).execute(w.conn())?;
    Ok(())
}

/// Whether the review on an assignment is in: a fact that a module on the right writes down.
pub fn review_is_in(r: &mut Reads<'_>, assignment: AssignmentId) -> Result<bool> {
    let submitted: i64 = reviews::table
        .filter(reviews::assignment_id.eq(assignment))
        .filter(reviews::state.eq("submitted"))
        .count()
        .get_result(r.conn())?;
    Ok(submitted > 0)
}

/// How many reviews of a submission count: submitted and not excluded, their assignment stands or
/// ended so that they stay, and no door is
/// closed between author and coalition. Reviews are written down by a module on the right.
pub fn reviews_that_count(
    r: &mut Reads<'_>,
    stage: StageId,
    coalition: CoalitionId,
) -> Result<usize> {
    let authors: Vec<PersonId> = reviews::table
        .inner_join(assignments::table.on(assignments::id.eq(reviews::assignment_id)))
        .filter(reviews::stage_id.eq(stage))
        .filter(reviews::coalition_id.eq(coalition))
        .filter(reviews::state.eq("submitted"))
        .filter(reviews::excluded_at.is_null())
        .filter(
            assignments::state
                .eq(AssignmentState::Accepted)
                .or(assignments::keeps_review.eq(true)),
        )
        .select(reviews::person_id)
        .load(r.conn())?;
    let shut_out = doors::people_shut_out(r, coalition)?;
    Ok(authors
        .iter()
        .filter(|author| !shut_out.contains(author))
        .count())
}
