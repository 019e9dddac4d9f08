//! Wishes to join a coalition.

use diesel::prelude::*;

use crate::coalitions::model::{JoinRequest, JoinState};
use crate::platform::clock::Instant;
use crate::platform::db::schema::join_requests as joins;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, JoinRequestId, PersonId};
use crate::platform::refusal::Result;

type JoinRow = (
    JoinRequestId,
    CoalitionId,
    PersonId,
    String,
    JoinState,
    Instant,
    Option<Instant>,
    Option<PersonId>,
);

fn join_of(row: JoinRow) -> JoinRequest {
    let (id, coalition_id, person_id, note, state, created_at, decided_at, decided_by) = row;
    JoinRequest {
        id,
        coalition_id,
        person_id,
        note,
        state,
        created_at,
        decided_at,
        decided_by,
    }
}

/// A request to join.
///
/// # Errors
/// When the database fails.
pub fn join_request(r: &mut Reads<'_>, id: JoinRequestId) -> Result<Option<JoinRequest>> {
    let row: Option<JoinRow> = joins::table
        .find(id)
        .select(joins::all_columns)
        .first(r.conn())
        .optional()?;
    Ok(row.map(join_of))
}

/// The requests to join a coalition, in the order of asking.
///
/// # Errors
/// When the database fails.
pub fn join_requests_of(r: &mut Reads<'_>, coalition: CoalitionId) -> Result<Vec<JoinRequest>> {
    let rows: Vec<JoinRow> = joins::table
        .filter(joins::coalition_id.eq(coalition))
        .order((joins::created_at, joins::id))
        .select(joins::all_columns)
        .load(r.conn())?;
    Ok(rows.into_iter().map(join_of).collect())
}

/// How many of a person's requests wait, over all coalitions.
///
/// # Errors
/// When the database fails.
pub fn count_waiting_requests_by(r: &mut Reads<'_>, person: PersonId) -> Result<i64> {
    Ok(joins::table
        .filter(joins::person_id.eq(person))
        .filter(joins::state.eq(JoinState::Asked))
        .count()
        .get_result(r.conn())?)
}

/// Adds a request to join.
///
/// # Errors
/// When the database fails.
pub fn insert_join_request(w: &mut Writes<'_>, request: &JoinRequest) -> Result<()> {
    diesel::insert_into(joins::table)
        .values((
            joins::id.eq(request.id),
            joins::coalition_id.eq(request.coalition_id),
            joins::person_id.eq(request.person_id),
            joins::note.eq(&request.note),
            joins::state.eq(request.state),
            joins::created_at.eq(request.created_at),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Records the convenor's answer.
///
/// # Errors
/// When the database fails.
pub fn decide_join_request(
    w: &mut Writes<'_>,
    id: JoinRequestId,
    state: JoinState,
    by: PersonId,
) -> Result<()> {
    let now = w.now();
    diesel::update(joins::table.find(id))
        .set((
            joins::state.eq(state),
            joins::decided_at.eq(Some(now)),
            joins::decided_by.eq(Some(by)),
        ))
        .execute(w.conn())?;
    Ok(())
}
