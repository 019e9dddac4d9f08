//! Facts of other tables that a proposal's rules look at. Modules to the right own some of
//! them; what they mean is settled there, what counts here is one yes or no.

use std::collections::HashSet;
use std::sync::Arc;

use diesel::prelude::*;

use crate::coalitions::doors;
use crate::coalitions::model::ClaimState;
use crate::coalitions::store::coalitions_over;
use crate::competitions::store::changes_of;
use crate::on_either;
use crate::panels::model::AssignmentState;
use crate::platform::db::Reads;
use crate::platform::db::schema::{
    announcements, assignments, claims, coalitions, decisions, members,
};
use crate::platform::ids::{CoalitionId, CompetitionId, PersonId, PlaceId, StageId};
use crate::platform::refusal::Result;

/// What ties a person to the coalitions of a competition.
#[derive(Debug, Default)]
pub struct Ties {
    /// Of which they are a live member.
    pub joined: HashSet<CoalitionId>,
    /// Before which their office and their reviewing end: see [`crate::coalitions::doors`].
    pub closed: HashSet<CoalitionId>,
    /// Whose submission at a stage they review.
    pub assigned: HashSet<(StageId, CoalitionId)>,
}

/// What ties a person to the coalitions of a competition.
///
/// # Errors
/// When the database fails.
pub fn ties(r: &mut Reads<'_>, person: PersonId, competition: CompetitionId) -> Result<Arc<Ties>> {
    let changes = changes_of(r, competition)?;
    r.kept(person.0, (changes, competition.0), |r| {
        read_ties(r, person, competition)
    })
}

fn read_ties(r: &mut Reads<'_>, person: PersonId, competition: CompetitionId) -> Result<Ties> {
    let joined = members::table
        .inner_join(coalitions::table.on(coalitions::id.eq(members::coalition_id)))
        .filter(members::person_id.eq(person))
        .filter(members::ended_at.is_null())
        .filter(coalitions::competition_id.eq(competition))
        .select(members::coalition_id);
    let joined: Vec<CoalitionId> = on_either!(r.conn(), |conn| joined.load(conn))?;
    let assigned = assignments::table
        .inner_join(coalitions::table.on(coalitions::id.eq(assignments::coalition_id)))
        .filter(assignments::person_id.eq(person))
        .filter(assignments::state.eq(AssignmentState::Accepted))
        .filter(coalitions::competition_id.eq(competition))
        .select((assignments::stage_id, assignments::coalition_id));
    let assigned: Vec<(StageId, CoalitionId)> = on_either!(r.conn(), |conn| assigned.load(conn))?;
    Ok(Ties {
        // Of other competitions too, which does no harm: nobody asks about those here.
        closed: doors::closed_to(r, person)?,
        joined: joined.into_iter().collect(),
        assigned: assigned.into_iter().collect(),
    })
}

/// Whether a coalition lost its last place, or was dissolved.
///
/// # Errors
/// When the database fails.
pub fn is_over(
    r: &mut Reads<'_>,
    competition: CompetitionId,
    coalition: CoalitionId,
) -> Result<bool> {
    if r.only_reads() {
        return Ok(all_over(r, competition)?.0.contains(&coalition));
    }
    let query = coalitions::table
        .filter(coalitions::id.eq(coalition))
        .filter(coalitions::dissolved_at.is_not_null())
        .count();
    let over: i64 = on_either!(r.conn(), |conn| query.get_result(conn))?;
    Ok(over > 0)
}

/// The coalitions of a competition that are over.
#[derive(Debug)]
pub struct Over(pub HashSet<CoalitionId>);

/// Those that lost their last place, or were dissolved.
///
/// # Errors
/// When the database fails.
pub fn all_over(r: &mut Reads<'_>, competition: CompetitionId) -> Result<Arc<Over>> {
    let changes = changes_of(r, competition)?;
    r.kept(competition.0, (changes, 0), |r| {
        coalitions_over(r, competition).map(Over)
    })
}

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
