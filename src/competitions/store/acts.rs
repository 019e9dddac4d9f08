//! What is recorded on a stage.

use diesel::prelude::*;

use crate::competitions::model::{StageAct, StageActKind};
use crate::on_either;
use crate::platform::clock::Instant;
use crate::platform::db::schema::{
    claims, coalitions, screenings, stage_acts, submissions, waivers,
};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, PersonId, StageId};
use crate::platform::refusal::Result;

/// A stage's acts, in the order of recording.
pub(super) fn acts_of(r: &mut Reads<'_>, stage: StageId) -> Result<Vec<StageAct>> {
    let query = stage_acts::table
        .filter(stage_acts::stage_id.eq(stage))
        .order(stage_acts::position.asc())
        .select((
            stage_acts::act,
            stage_acts::at,
            stage_acts::by_person,
            stage_acts::reason,
        ));
    let rows: Vec<(StageActKind, Instant, PersonId, String)> =
        on_either!(r.conn(), |conn| query.load(conn))?;
    Ok(rows
        .into_iter()
        .map(|(act, at, by, reason)| StageAct {
            act,
            at,
            by,
            reason,
        })
        .collect())
}

/// Records an act on a stage, after all earlier ones. Whether it is allowed was decided before.
pub fn record_act(
    w: &mut Writes<'_>,
    stage: StageId,
    act: StageActKind,
    by: PersonId,
    reason: &str,
) -> Result<()> {
    let last: Option<i32> = stage_acts::table
        .filter(stage_acts::stage_id.eq(stage))
        .select(diesel::dsl::max(stage_acts::position))
        .first(w.conn())?;
    let (id, now): (i64, Instant) = (w.fresh_id(), w.now());
    diesel::insert_into(stage_acts::table)
        .values((
            stage_acts::id.eq(id),
            stage_acts::stage_id.eq(stage),
            stage_acts::position.eq(last.unwrap_or(0) + 1),
            stage_acts::act.eq(act),
            stage_acts::at.eq(now),
            stage_acts::by_person.eq(by),
            stage_acts::reason.eq(reason),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// The coalitions with more time than others at a stage, with its end. Like the times of an
/// announcement, this is a fact about the stage that modules on the right write down.
///
/// # Errors
/// When the database fails.
pub fn waived_at(r: &mut Reads<'_>, stage: StageId) -> Result<Vec<(CoalitionId, Instant)>> {
    Ok(waivers::table
        .filter(waivers::stage_id.eq(stage))
        .filter(waivers::ended_at.is_null())
        .select((waivers::coalition_id, waivers::until_at))
        .load(r.conn())?)
}

/// Whether a submission in force of a live coalition has no screening yet: a fact as above. What
/// comes from these coalitions is not there yet.
pub fn unscreened(r: &mut Reads<'_>, stage: StageId, coming: &[CoalitionId]) -> Result<bool> {
    let screened: Vec<CoalitionId> = screenings::table
        .filter(screenings::stage_id.eq(stage))
        .select(screenings::coalition_id)
        .load(r.conn())?;
    let submitted: Vec<CoalitionId> = submissions::table
        .inner_join(coalitions::table.on(coalitions::id.eq(submissions::coalition_id)))
        .filter(coalitions::dissolved_at.is_null())
        .filter(submissions::stage_id.eq(stage))
        .filter(submissions::state.eq("in_force"))
        .select(submissions::coalition_id)
        .load(r.conn())?;
    Ok(submitted
        .iter()
        .any(|coalition| !screened.contains(coalition) && !coming.contains(coalition)))
}

/// Whether a claim to a place waits for an officer although the submission of its coalition was
/// found eligible: a fact of modules on the right, as above.
pub fn eligible_with_open_claim(r: &mut Reads<'_>, stage: StageId) -> Result<bool> {
    let eligible: Vec<CoalitionId> = screenings::table
        .filter(screenings::stage_id.eq(stage))
        .filter(screenings::verdict.eq("eligible"))
        .select(screenings::coalition_id)
        .load(r.conn())?;
    let waiting: i64 = submissions::table
        .inner_join(claims::table.on(claims::coalition_id.eq(submissions::coalition_id)))
        .filter(submissions::stage_id.eq(stage))
        .filter(submissions::state.eq("in_force"))
        .filter(submissions::coalition_id.eq_any(eligible))
        .filter(claims::state.eq("claimed"))
        .count()
        .get_result(r.conn())?;
    Ok(waiting > 0)
}
