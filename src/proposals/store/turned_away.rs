//! Attempts to submit that were turned away, and which of them led to a submission after all.

use diesel::prelude::*;

use crate::platform::clock::Instant;
use crate::platform::db::schema::turned_away_attempts as attempts;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{
    CoalitionId, CompetitionId, PersonId, ProposalId, StageId, SubmissionId,
};
use crate::platform::refusal::Result;
use crate::proposals::model::TurnedAway;

#[derive(Queryable)]
struct Row {
    id: i64,
    person_id: PersonId,
    proposal_id: ProposalId,
    stage_id: StageId,
    competition_id: CompetitionId,
    coalition_id: CoalitionId,
    arrived_at: Instant,
}

impl From<Row> for TurnedAway {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            person_id: row.person_id,
            proposal_id: row.proposal_id,
            stage_id: row.stage_id,
            competition_id: row.competition_id,
            coalition_id: row.coalition_id,
            arrived_at: row.arrived_at,
        }
    }
}

/// Keeps an attempt that was turned away.
///
/// # Errors
/// When the database fails.
pub fn insert_turned_away(w: &mut Writes<'_>, attempt: &TurnedAway) -> Result<()> {
    let now = w.now();
    diesel::insert_into(attempts::table)
        .values((
            attempts::id.eq(attempt.id),
            attempts::person_id.eq(attempt.person_id),
            attempts::proposal_id.eq(attempt.proposal_id),
            attempts::stage_id.eq(attempt.stage_id),
            attempts::competition_id.eq(attempt.competition_id),
            attempts::coalition_id.eq(attempt.coalition_id),
            attempts::arrived_at.eq(attempt.arrived_at),
            attempts::recorded_at.eq(now),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// A person's attempts to submit a proposal at a stage that were turned away, the first one first.
///
/// # Errors
/// When the database fails.
pub fn turned_away(
    r: &mut Reads<'_>,
    person: PersonId,
    proposal: ProposalId,
    stage: StageId,
) -> Result<Vec<TurnedAway>> {
    let rows: Vec<Row> = attempts::table
        .filter(attempts::person_id.eq(person))
        .filter(attempts::proposal_id.eq(proposal))
        .filter(attempts::stage_id.eq(stage))
        .order((attempts::arrived_at, attempts::id))
        .select((
            attempts::id,
            attempts::person_id,
            attempts::proposal_id,
            attempts::stage_id,
            attempts::competition_id,
            attempts::coalition_id,
            attempts::arrived_at,
        ))
        .load(r.conn())?;
    Ok(rows.into_iter().map(TurnedAway::from).collect())
}

/// Notes that an attempt led to a submission after all.
///
/// # Errors
/// When the database fails.
pub fn mark_sent_again(w: &mut Writes<'_>, attempt: i64, submission: SubmissionId) -> Result<()> {
    diesel::update(attempts::table.find(attempt))
        .set(attempts::submission_id.eq(Some(submission)))
        .execute(w.conn())?;
    Ok(())
}

/// When the attempt was turned away that a submission made good, if there was one.
///
/// # Errors
/// When the database fails.
pub fn sent_again_after(r: &mut Reads<'_>, submission: SubmissionId) -> Result<Option<Instant>> {
    Ok(attempts::table
        .filter(attempts::submission_id.eq(Some(submission)))
        .select(attempts::arrived_at)
        .first(r.conn())
        .optional()?)
}
