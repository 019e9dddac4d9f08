//! Facts of other tables that deciding looks at. What awards make of an answer is settled by
//! their module; what counts here is whether the money is still bound.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use crate::decisions::budget::Reply;
use crate::decisions::model::Outcome;
use crate::platform::clock::Instant;
use crate::platform::db::Reads;
use crate::platform::db::schema::{
    announcements, awards, coalitions, decisions, draft_sections, proposals, screenings,
    submissions,
};
use crate::platform::ids::{CoalitionId, CompetitionId, DecisionId, StageId};
use crate::platform::refusal::Result;
use crate::proposals::model::{SubmissionState, Verdict};

/// What coalitions of a competition answered to offers.
///
/// # Errors
/// When the database fails.
pub fn replies_in(
    r: &mut Reads<'_>,
    competition: CompetitionId,
) -> Result<HashMap<DecisionId, Reply>> {
    let rows: Vec<(DecisionId, String, Option<Instant>)> = awards::table
        .filter(awards::competition_id.eq(competition))
        .select((awards::decision_id, awards::state, awards::answered_at))
        .load(r.conn())?;
    Ok(rows.into_iter().filter_map(as_reply).collect())
}

fn as_reply(row: (DecisionId, String, Option<Instant>)) -> Option<(DecisionId, Reply)> {
    let (decision, state, at) = row;
    let accepted = state == "accepted";
    Some((decision, Reply { accepted, at: at? }))
}

/// Which live coalitions' submissions to which stages of a competition are in force.
///
/// # Errors
/// When the database fails.
pub fn in_force_in(
    r: &mut Reads<'_>,
    competition: CompetitionId,
) -> Result<HashSet<(StageId, CoalitionId)>> {
    let rows: Vec<(StageId, CoalitionId)> = submissions::table
        .inner_join(coalitions::table.on(coalitions::id.eq(submissions::coalition_id)))
        .filter(coalitions::dissolved_at.is_null())
        .filter(submissions::competition_id.eq(competition))
        .filter(submissions::state.eq(SubmissionState::InForce))
        .select((submissions::stage_id, submissions::coalition_id))
        .load(r.conn())?;
    Ok(rows.into_iter().collect())
}

/// Which live coalitions' submissions to a stage are in force.
///
/// # Errors
/// When the database fails.
pub fn in_force_at(r: &mut Reads<'_>, stage: StageId) -> Result<HashSet<CoalitionId>> {
    let rows: Vec<CoalitionId> = submissions::table
        .inner_join(coalitions::table.on(coalitions::id.eq(submissions::coalition_id)))
        .filter(coalitions::dissolved_at.is_null())
        .filter(submissions::stage_id.eq(stage))
        .filter(submissions::state.eq(SubmissionState::InForce))
        .select(submissions::coalition_id)
        .load(r.conn())?;
    Ok(rows.into_iter().collect())
}

/// Whose submissions ever came to a stage, whatever became of them.
///
/// # Errors
/// When the database fails.
pub fn ever_submitted_at(r: &mut Reads<'_>, stage: StageId) -> Result<HashSet<CoalitionId>> {
    let rows: Vec<CoalitionId> = submissions::table
        .filter(submissions::stage_id.eq(stage))
        .select(submissions::coalition_id)
        .load(r.conn())?;
    Ok(rows.into_iter().collect())
}

/// Whose submissions to a stage were found eligible.
///
/// # Errors
/// When the database fails.
pub fn found_eligible(r: &mut Reads<'_>, stage: StageId) -> Result<HashSet<CoalitionId>> {
    let rows: Vec<CoalitionId> = screenings::table
        .filter(screenings::stage_id.eq(stage))
        .filter(screenings::verdict.eq(Verdict::Eligible))
        .select(screenings::coalition_id)
        .load(r.conn())?;
    Ok(rows.into_iter().collect())
}

/// The stages from which someone was told that they advance.
///
/// # Errors
/// When the database fails.
pub fn stages_with_told_advances(r: &mut Reads<'_>) -> Result<Vec<StageId>> {
    let now = r.now();
    Ok(decisions::table
        .inner_join(
            announcements::table.on(decisions::announcement_id.eq(announcements::id.nullable())),
        )
        .filter(decisions::outcome.eq(Outcome::Advance))
        .filter(announcements::told_at.le(now))
        .select(decisions::stage_id)
        .distinct()
        .load(r.conn())?)
}

/// Whose draft of a stage is begun.
///
/// # Errors
/// When the database fails.
pub fn drafts_begun_at(r: &mut Reads<'_>, stage: StageId) -> Result<HashSet<CoalitionId>> {
    let rows: Vec<CoalitionId> = draft_sections::table
        .inner_join(proposals::table.on(proposals::id.eq(draft_sections::proposal_id)))
        .filter(draft_sections::stage_id.eq(stage))
        .select(proposals::coalition_id)
        .distinct()
        .load(r.conn())?;
    Ok(rows.into_iter().collect())
}
