//! Who reviews which submission.

use diesel::prelude::*;

use crate::panels::model::{Assignment, AssignmentState};
use crate::platform::clock::Instant;
use crate::platform::db::schema::{assignments, stages};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{AssignmentId, CoalitionId, CompetitionId, PersonId, StageId};
use crate::platform::refusal::Result;

const LIVE: [AssignmentState; 2] = [AssignmentState::Invited, AssignmentState::Accepted];

/// Which assignments are asked for; what is `None` does not narrow.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Of one coalition's submission.
    pub coalition: Option<CoalitionId>,
    /// Of one reviewer.
    pub person: Option<PersonId>,
    /// In one state.
    pub state: Option<AssignmentState>,
}

/// An assignment by its identity, in whatever state.
pub fn assignment(r: &mut Reads<'_>, id: AssignmentId) -> Result<Option<Assignment>> {
    Ok(assignments::table.find(id).first(r.conn()).optional()?)
}

/// The one assignment of a reviewer on a submission that is invited or accepted.
pub fn live_assignment_of(
    r: &mut Reads<'_>,
    stage: StageId,
    coalition: CoalitionId,
    person: PersonId,
) -> Result<Option<Assignment>> {
    Ok(assignments::table
        .filter(assignments::stage_id.eq(stage))
        .filter(assignments::coalition_id.eq(coalition))
        .filter(assignments::person_id.eq(person))
        .filter(assignments::state.eq_any(LIVE))
        .first(r.conn())
        .optional()?)
}

/// Assignments of a stage, by identity.
pub fn assignments_of_stage(
    r: &mut Reads<'_>,
    stage: StageId,
    filter: &Filter,
) -> Result<Vec<Assignment>> {
    let mut query = assignments::table
        .filter(assignments::stage_id.eq(stage))
        .order(assignments::id)
        .into_boxed();
    if let Some(coalition) = filter.coalition {
        query = query.filter(assignments::coalition_id.eq(coalition));
    }
    if let Some(person) = filter.person {
        query = query.filter(assignments::person_id.eq(person));
    }
    if let Some(state) = filter.state {
        query = query.filter(assignments::state.eq(state));
    }
    Ok(query.load(r.conn())?)
}

/// Every assignment that a person was ever given, by identity.
pub fn assignments_of(r: &mut Reads<'_>, person: PersonId) -> Result<Vec<Assignment>> {
    Ok(assignments::table
        .filter(assignments::person_id.eq(person))
        .order(assignments::id)
        .load(r.conn())?)
}

/// Every live assignment on a coalition's submissions, of one person or of all.
pub fn live_assignments(
    r: &mut Reads<'_>,
    coalition: Option<CoalitionId>,
    person: Option<PersonId>,
) -> Result<Vec<Assignment>> {
    let mut query = assignments::table
        .filter(assignments::state.eq_any(LIVE))
        .order(assignments::id)
        .into_boxed();
    if let Some(coalition) = coalition {
        query = query.filter(assignments::coalition_id.eq(coalition));
    }
    if let Some(person) = person {
        query = query.filter(assignments::person_id.eq(person));
    }
    Ok(query.load(r.conn())?)
}

/// Records an assignment.
pub fn insert_assignment(w: &mut Writes<'_>, assignment: &Assignment) -> Result<()> {
    diesel::insert_into(assignments::table)
        .values((
            assignments::id.eq(assignment.id),
            assignments::stage_id.eq(assignment.stage_id),
            assignments::coalition_id.eq(assignment.coalition_id),
            assignments::person_id.eq(assignment.person_id),
            assignments::state.eq(assignment.state),
            assignments::due_at.eq(assignment.due_at),
            assignments::assigned_by.eq(assignment.assigned_by),
            assignments::assigned_at.eq(assignment.assigned_at),
            assignments::answered_at.eq(assignment.answered_at),
            assignments::reason.eq(&assignment.reason),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Moves an assignment to another state, now.
pub fn answer(
    w: &mut Writes<'_>,
    id: AssignmentId,
    state: AssignmentState,
    reason: &str,
) -> Result<()> {
    let now = w.now();
    diesel::update(assignments::table.find(id))
        .set((
            assignments::state.eq(state),
            assignments::answered_at.eq(Some(now)),
            assignments::reason.eq(reason),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Lets the review on an assignment that ends count on.
pub fn keep_review(w: &mut Writes<'_>, id: AssignmentId) -> Result<()> {
    diesel::update(assignments::table.find(id))
        .set(assignments::keeps_review.eq(true))
        .execute(w.conn())?;
    Ok(())
}

/// Moves the day by which a review is due.
pub fn set_due(w: &mut Writes<'_>, id: AssignmentId, due_at: Instant) -> Result<()> {
    diesel::update(assignments::table.find(id))
        .set(assignments::due_at.eq(Some(due_at)))
        .execute(w.conn())?;
    Ok(())
}

/// The competition of a stage.
pub fn competition_of_stage(r: &mut Reads<'_>, stage: StageId) -> Result<Option<CompetitionId>> {
    Ok(stages::table
        .find(stage)
        .select(stages::competition_id)
        .first(r.conn())
        .optional()?)
}
