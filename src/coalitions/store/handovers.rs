//! Who passed the convenor's part to whom.

use diesel::prelude::*;

use crate::coalitions::model::{Handover, HandoverState};
use crate::platform::clock::Instant;
use crate::platform::db::schema::handovers;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, HandoverId, PersonId};
use crate::platform::refusal::Result;

type HandoverRow = (
    HandoverId,
    CoalitionId,
    PersonId,
    PersonId,
    HandoverState,
    String,
    Instant,
    Option<Instant>,
);

fn handover_of(row: HandoverRow) -> Handover {
    let (id, coalition_id, from_person, to_person, state, reason, created_at, answered_at) = row;
    Handover {
        id,
        coalition_id,
        from_person,
        to_person,
        state,
        reason,
        created_at,
        answered_at,
    }
}

/// A handover.
///
/// # Errors
/// When the database fails.
pub fn handover(r: &mut Reads<'_>, id: HandoverId) -> Result<Option<Handover>> {
    let row: Option<HandoverRow> = handovers::table
        .find(id)
        .select(handovers::all_columns)
        .first(r.conn())
        .optional()?;
    Ok(row.map(handover_of))
}

/// The handovers of a coalition, in their order.
///
/// # Errors
/// When the database fails.
pub fn handovers_of(r: &mut Reads<'_>, coalition: CoalitionId) -> Result<Vec<Handover>> {
    let rows: Vec<HandoverRow> = handovers::table
        .filter(handovers::coalition_id.eq(coalition))
        .order((handovers::created_at, handovers::id))
        .select(handovers::all_columns)
        .load(r.conn())?;
    Ok(rows.into_iter().map(handover_of).collect())
}

/// Adds a handover.
///
/// # Errors
/// When the database fails.
pub fn insert_handover(w: &mut Writes<'_>, handover: &Handover) -> Result<()> {
    diesel::insert_into(handovers::table)
        .values((
            handovers::id.eq(handover.id),
            handovers::coalition_id.eq(handover.coalition_id),
            handovers::from_person.eq(handover.from_person),
            handovers::to_person.eq(handover.to_person),
            handovers::state.eq(handover.state),
            handovers::reason.eq(&handover.reason),
            handovers::created_at.eq(handover.created_at),
            handovers::answered_at.eq(handover.answered_at),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Records what became of a handover.
///
/// # Errors
/// When the database fails.
pub fn settle_handover(w: &mut Writes<'_>, id: HandoverId, state: HandoverState) -> Result<()> {
    let now = w.now();
    diesel::update(handovers::table.find(id))
        .set((
            handovers::state.eq(state),
            handovers::answered_at.eq(Some(now)),
        ))
        .execute(w.conn())?;
    Ok(())
}
