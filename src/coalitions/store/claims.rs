//! Claims to speak for places.

use diesel::prelude::*;

use crate::coalitions::model::{Claim, ClaimState};
use crate::platform::clock::Instant;
use crate::platform::db::schema::claims;
use crate::platform::db::{Conn, Reads, Writes};
use crate::platform::ids::{ClaimId, CoalitionId, CompetitionId, PersonId, PlaceId};
use crate::platform::refusal::Result;

#[derive(Queryable, Selectable)]
#[diesel(table_name = claims)]
struct Row {
    id: ClaimId,
    competition_id: CompetitionId,
    coalition_id: CoalitionId,
    place_id: PlaceId,
    person_id: PersonId,
    answers: String,
    verdict: String,
    state: ClaimState,
    decided_by: Option<PersonId>,
    decided_at: Option<Instant>,
    reason: String,
    created_at: Instant,
}

fn claim_of(row: Row) -> Result<Claim> {
    Ok(Claim {
        id: row.id,
        competition_id: row.competition_id,
        coalition_id: row.coalition_id,
        place_id: row.place_id,
        person_id: row.person_id,
        answers: serde_json::from_str(&row.answers)?,
        verdict: serde_json::from_str(&row.verdict)?,
        state: row.state,
        decided_by: row.decided_by,
        decided_at: row.decided_at,
        reason: row.reason,
        created_at: row.created_at,
    })
}

/// What is written of a claim each time it is made; only a confirmed one holds its place.
macro_rules! made {
    ($claim:expr) => {
        (
            claims::person_id.eq($claim.person_id),
            claims::answers.eq(serde_json::to_string(&$claim.answers)?),
            claims::verdict.eq(serde_json::to_string(&$claim.verdict)?),
            claims::state.eq($claim.state),
            claims::holds_place.eq($claim.state == ClaimState::Confirmed),
            claims::decided_by.eq($claim.decided_by),
            claims::decided_at.eq($claim.decided_at),
            claims::reason.eq(&$claim.reason),
            claims::created_at.eq($claim.created_at),
        )
    };
}

type Wanted<'q> = claims::BoxedQuery<'q, <Conn as diesel::Connection>::Backend>;

/// The claims that are wanted, in the order of claiming.
fn in_order(r: &mut Reads<'_>, wanted: Wanted<'_>) -> Result<Vec<Claim>> {
    let rows: Vec<Row> = wanted
        .order((claims::created_at, claims::id))
        .select(Row::as_select())
        .load(r.conn())?;
    rows.into_iter().map(claim_of).collect()
}

/// A claim.
///
/// # Errors
/// When the database fails.
pub fn claim(r: &mut Reads<'_>, id: ClaimId) -> Result<Option<Claim>> {
    let row: Option<Row> = claims::table
        .find(id)
        .select(Row::as_select())
        .first(r.conn())
        .optional()?;
    row.map(claim_of).transpose()
}

/// The claims of a coalition, in the order of claiming.
///
/// # Errors
/// When the database fails.
pub fn claims_of(r: &mut Reads<'_>, coalition: CoalitionId) -> Result<Vec<Claim>> {
    let wanted = claims::table
        .filter(claims::coalition_id.eq(coalition))
        .into_boxed();
    in_order(r, wanted)
}

/// The places that a coalition speaks for, or still claims to.
///
/// # Errors
/// When the database fails.
pub fn places_of(r: &mut Reads<'_>, coalition: CoalitionId) -> Result<Vec<PlaceId>> {
    Ok(claims_of(r, coalition)?
        .into_iter()
        .filter(Claim::is_live)
        .map(|claim| claim.place_id)
        .collect())
}

/// The coalition that holds a place in a competition.
///
/// # Errors
/// When the database fails.
pub fn holder_of(
    r: &mut Reads<'_>,
    competition: CompetitionId,
    place: PlaceId,
) -> Result<Option<CoalitionId>> {
    Ok(claims::table
        .filter(claims::competition_id.eq(competition))
        .filter(claims::place_id.eq(place))
        .filter(claims::holds_place.eq(true))
        .select(claims::coalition_id)
        .first(r.conn())
        .optional()?)
}

/// Claims to a place that nobody has decided on yet.
///
/// # Errors
/// When the database fails.
pub fn undecided_claims_to(
    r: &mut Reads<'_>,
    competition: CompetitionId,
    place: PlaceId,
) -> Result<Vec<Claim>> {
    claims_to(r, competition, place, ClaimState::Claimed)
}

/// Claims to a place in one state, in the order of claiming.
///
/// # Errors
/// When the database fails.
pub fn claims_to(
    r: &mut Reads<'_>,
    competition: CompetitionId,
    place: PlaceId,
    state: ClaimState,
) -> Result<Vec<Claim>> {
    let wanted = claims::table
        .filter(claims::competition_id.eq(competition))
        .filter(claims::place_id.eq(place))
        .filter(claims::state.eq(state))
        .into_boxed();
    in_order(r, wanted)
}

/// Adds a claim; only a confirmed one holds its place.
///
/// # Errors
/// When the database fails, or another claim holds the place.
pub fn insert_claim(w: &mut Writes<'_>, claim: &Claim) -> Result<()> {
    diesel::insert_into(claims::table)
        .values((
            claims::id.eq(claim.id),
            claims::competition_id.eq(claim.competition_id),
            claims::coalition_id.eq(claim.coalition_id),
            claims::place_id.eq(claim.place_id),
            made!(claim),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Records what became of a claim; only a confirmed one holds its place.
///
/// # Errors
/// When the database fails, or another claim holds the place.
pub fn decide_claim(
    w: &mut Writes<'_>,
    id: ClaimId,
    state: ClaimState,
    by: Option<PersonId>,
    reason: &str,
) -> Result<()> {
    let now = w.now();
    diesel::update(claims::table.find(id))
        .set((
            claims::state.eq(state),
            claims::holds_place.eq(state == ClaimState::Confirmed),
            claims::decided_by.eq(by),
            claims::decided_at.eq(Some(now)),
            claims::reason.eq(reason),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Makes a claim anew that was lost or given up before.
///
/// # Errors
/// When the database fails, or another claim holds the place.
pub fn claim_again(w: &mut Writes<'_>, claim: &Claim) -> Result<()> {
    diesel::update(claims::table.find(claim.id))
        .set(made!(claim))
        .execute(w.conn())?;
    Ok(())
}

/// Every claim of a competition, for lists.
///
/// # Errors
/// When the database fails.
pub fn claims_in(r: &mut Reads<'_>, competition: CompetitionId) -> Result<Vec<Claim>> {
    let wanted = claims::table
        .filter(claims::competition_id.eq(competition))
        .into_boxed();
    in_order(r, wanted)
}
