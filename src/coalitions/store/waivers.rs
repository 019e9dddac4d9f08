//! More time for one coalition at a stage.

use std::collections::HashMap;
use std::sync::Arc;

use diesel::prelude::*;

use crate::coalitions::model::{Ended, Waiver};
use crate::competitions::store::changes_of;
use crate::on_either;
use crate::platform::clock::Instant;
use crate::platform::db::schema::{stages, waivers};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, CompetitionId, PersonId, StageId, WaiverId};
use crate::platform::refusal::Result;

#[derive(Queryable)]
struct Row {
    id: WaiverId,
    stage_id: StageId,
    competition_id: CompetitionId,
    coalition_id: CoalitionId,
    until: Instant,
    reason: String,
    granted_by: PersonId,
    granted_at: Instant,
    ended_by: Option<PersonId>,
    ended_at: Option<Instant>,
    end_reason: String,
}

impl From<Row> for Waiver {
    fn from(row: Row) -> Self {
        let ended = row.ended_by.zip(row.ended_at).map(|(by, at)| Ended {
            by,
            at,
            reason: row.end_reason,
        });
        Self {
            id: row.id,
            stage_id: row.stage_id,
            competition_id: row.competition_id,
            coalition_id: row.coalition_id,
            until: row.until,
            reason: row.reason,
            granted_by: row.granted_by,
            granted_at: row.granted_at,
            ended,
        }
    }
}

fn read_all(rows: Vec<Row>) -> Vec<Waiver> {
    rows.into_iter().map(Waiver::from).collect()
}

/// Every waiver of a stage, in the order of granting, ended ones too.
///
/// # Errors
/// When the database fails.
pub fn waivers_of_stage(r: &mut Reads<'_>, stage: StageId) -> Result<Vec<Waiver>> {
    let rows: Vec<Row> = waivers::table
        .filter(waivers::stage_id.eq(stage))
        .order((waivers::granted_at, waivers::id))
        .load(r.conn())?;
    Ok(read_all(rows))
}

/// Every waiver of a coalition, likewise.
///
/// # Errors
/// When the database fails.
pub fn waivers_of(r: &mut Reads<'_>, coalition: CoalitionId) -> Result<Vec<Waiver>> {
    let rows: Vec<Row> = waivers::table
        .filter(waivers::coalition_id.eq(coalition))
        .order((waivers::granted_at, waivers::id))
        .load(r.conn())?;
    Ok(read_all(rows))
}

/// Until when each coalition with a waiver that stands may hand in.
#[derive(Debug)]
pub struct Waived(pub HashMap<CoalitionId, Instant>);

/// The waivers of a stage that stand. Kept in memory: every reader of a submission asks.
///
/// # Errors
/// When the database fails.
pub fn waived(
    r: &mut Reads<'_>,
    stage: StageId,
    competition: CompetitionId,
) -> Result<Arc<Waived>> {
    let changes = changes_of(r, competition)?;
    r.kept(stage.0, (changes, 0), |r| {
        let query = waivers::table
            .filter(waivers::stage_id.eq(stage))
            .filter(waivers::ended_at.is_null())
            .select((waivers::coalition_id, waivers::until_at));
        let standing: Vec<(CoalitionId, Instant)> = on_either!(r.conn(), |conn| query.load(conn))?;
        Ok(Waived(standing.into_iter().collect()))
    })
}

/// The coalitions from which something may still come, grace included, by a waiver that stands.
///
/// # Errors
/// When the database fails.
pub fn with_more_time(r: &mut Reads<'_>) -> Result<Vec<CoalitionId>> {
    let now = r.now();
    let standing: Vec<(CoalitionId, Instant, i32)> = waivers::table
        .inner_join(stages::table.on(stages::id.eq(waivers::stage_id)))
        // No grace is longer than a day.
        .filter(waivers::until_at.ge(now.plus_days(-1)))
        .filter(waivers::ended_at.is_null())
        .select((
            waivers::coalition_id,
            waivers::until_at,
            stages::grace_seconds,
        ))
        .load(r.conn())?;
    let coming = standing
        .into_iter()
        .filter(|(_, until, grace)| now <= until.plus_seconds(i64::from(*grace)));
    Ok(coming.map(|(coalition, _, _)| coalition).collect())
}

/// Until when a coalition may hand in at a stage, where that is longer than the others.
///
/// # Errors
/// When the database fails.
pub fn waived_until(
    r: &mut Reads<'_>,
    stage: StageId,
    coalition: CoalitionId,
) -> Result<Option<Instant>> {
    let query = waivers::table
        .filter(waivers::stage_id.eq(stage))
        .filter(waivers::coalition_id.eq(coalition))
        .filter(waivers::ended_at.is_null())
        .select(waivers::until_at);
    Ok(on_either!(r.conn(), |conn| query.first(conn)).optional()?)
}

/// Writes a waiver. An earlier one that stands must be ended first.
///
/// # Errors
/// When the database fails.
pub fn insert_waiver(w: &mut Writes<'_>, waiver: &Waiver) -> Result<()> {
    diesel::insert_into(waivers::table)
        .values((
            waivers::id.eq(waiver.id),
            waivers::stage_id.eq(waiver.stage_id),
            waivers::competition_id.eq(waiver.competition_id),
            waivers::coalition_id.eq(waiver.coalition_id),
            waivers::until_at.eq(waiver.until),
            waivers::reason.eq(&waiver.reason),
            waivers::granted_by.eq(waiver.granted_by),
            waivers::granted_at.eq(waiver.granted_at),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Ends the waiver of a coalition that stands; gives whether there was one.
///
/// # Errors
/// When the database fails.
pub fn end_waiver(
    w: &mut Writes<'_>,
    stage: StageId,
    coalition: CoalitionId,
    by: PersonId,
    reason: &str,
) -> Result<bool> {
    let now = w.now();
    let standing = waivers::table
        .filter(waivers::stage_id.eq(stage))
        .filter(waivers::coalition_id.eq(coalition))
        .filter(waivers::ended_at.is_null());
    let ended = diesel::update(standing)
        .set((
            waivers::ended_by.eq(Some(by)),
            waivers::ended_at.eq(Some(now)),
            waivers::end_reason.eq(reason),
        ))
        .execute(w.conn())?;
    Ok(ended > 0)
}
