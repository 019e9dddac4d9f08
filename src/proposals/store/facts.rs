//! Facts of other tables that a proposal's rules look at. Modules to the right own some of
//! them; what they mean is settled there, what counts here is one yes or no.

use diesel::prelude::*;

use crate::coalitions::model::ClaimState;
use crate::platform::db::Reads;
use crate::platform::db::schema::{announcements, claims, decisions};
use crate::platform::ids::{CoalitionId, CompetitionId, PlaceId, StageId};
use crate::platform::refusal::Result;

/// Whether a coalition was told that it advances from a stage. The latest decision that was
/// told counts; one that is recorded but not yet told changes nothing.
///
/// # Errors
/// When the database fails.
pub fn advanced_from(r: &mut Reads<'_>, stage: StageId, coalition: CoalitionId) -> Result<bool> {
    let now = r.now();
    let outcome: Option<String> = decisions::table
        .inner_join(
            announcements::table.on(decisions::announcement_id.eq(announcements::id.nullable())),
        )
        .filter(decisions::stage_id.eq(stage))
        .filter(decisions::coalition_id.eq(coalition))
        .filter(announcements::called_back_at.is_null())
        .filter(announcements::told_at.le(now))
        .order((announcements::told_at.desc(), decisions::recorded_at.desc()))
        .select(decisions::outcome)
        .first(r.conn())
        .optional()?;
    Ok(outcome.as_deref() == Some("advance"))
}

/// Whether another coalition of the competition holds a place that this one claims.
///
/// # Errors
/// When the database fails.
pub fn places_are_held_by_others(r: &mut Reads<'_>, coalition: CoalitionId) -> Result<bool> {
    let own: Vec<(CompetitionId, PlaceId)> = claims::table
        .filter(claims::coalition_id.eq(coalition))
        .filter(claims::state.eq_any([ClaimState::Claimed, ClaimState::Confirmed]))
        .select((claims::competition_id, claims::place_id))
        .load(r.conn())?;
    for (competition, place) in own {
        let held: i64 = claims::table
            .filter(claims::competition_id.eq(competition))
            .filter(claims::place_id.eq(place))
            .filter(claims::coalition_id.ne(coalition))
            .filter(claims::holds_place.eq(true))
            .count()
            .get_result(r.conn())?;
        if held > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}
