//! Seats at a coalition's table.

use std::collections::HashSet;

use diesel::prelude::*;

use crate::coalitions::model::{Seat, SeatState, Sector};
use crate::platform::clock::Instant;
use crate::platform::db::schema::{coalitions, seats};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, CompetitionId, PersonId, SeatId};
use crate::platform::refusal::Result;

type SeatRow = (
    SeatId,
    CoalitionId,
    Sector,
    String,
    String,
    SeatState,
    Option<PersonId>,
    String,
    String,
    i64,
    Instant,
);

macro_rules! columns {
    () => {
        (
            seats::id,
            seats::coalition_id,
            seats::sector,
            seats::role,
            seats::jurisdiction,
            seats::state,
            seats::person_id,
            seats::holder_name,
            seats::organisation,
            seats::version,
            seats::created_at,
        )
    };
}

fn seat_of(row: SeatRow) -> Seat {
    let (
        id,
        coalition_id,
        sector,
        role,
        jurisdiction,
        state,
        person_id,
        holder_name,
        organisation,
        version,
        created_at,
    ) = row;
    Seat {
        id,
        coalition_id,
        sector,
        role,
        jurisdiction,
        state,
        person_id,
        holder_name,
        organisation,
        version,
        created_at,
    }
}

/// The seats of a coalition's table, in the order of setting up.
///
/// # Errors
/// When the database fails.
pub fn seats_of(r: &mut Reads<'_>, coalition: CoalitionId) -> Result<Vec<Seat>> {
    let rows: Vec<SeatRow> = seats::table
        .filter(seats::coalition_id.eq(coalition))
        .filter(seats::removed_at.is_null())
        .order((seats::created_at, seats::id))
        .select(columns!())
        .load(r.conn())?;
    Ok(rows.into_iter().map(seat_of).collect())
}

/// The coalitions of a competition where somebody sits for a sector.
///
/// # Errors
/// When the database fails.
pub fn seated_in(
    r: &mut Reads<'_>,
    competition: CompetitionId,
    sector: Sector,
) -> Result<HashSet<CoalitionId>> {
    let seated: Vec<CoalitionId> = seats::table
        .inner_join(coalitions::table.on(coalitions::id.eq(seats::coalition_id)))
        .filter(coalitions::competition_id.eq(competition))
        .filter(seats::sector.eq(sector))
        .filter(seats::state.eq(SeatState::Filled))
        .filter(seats::removed_at.is_null())
        .select(seats::coalition_id)
        .load(r.conn())?;
    Ok(seated.into_iter().collect())
}

/// A seat that was not removed.
///
/// # Errors
/// When the database fails.
pub fn seat(r: &mut Reads<'_>, id: SeatId) -> Result<Option<Seat>> {
    let row: Option<SeatRow> = seats::table
        .find(id)
        .filter(seats::removed_at.is_null())
        .select(columns!())
        .first(r.conn())
        .optional()?;
    Ok(row.map(seat_of))
}

/// The seat that a person holds at a table.
///
/// # Errors
/// When the database fails.
pub fn seat_held_by(
    r: &mut Reads<'_>,
    coalition: CoalitionId,
    person: PersonId,
) -> Result<Option<Seat>> {
    let row: Option<SeatRow> = seats::table
        .filter(seats::coalition_id.eq(coalition))
        .filter(seats::person_id.eq(person))
        .filter(seats::removed_at.is_null())
        .select(columns!())
        .first(r.conn())
        .optional()?;
    Ok(row.map(seat_of))
}

/// Adds a seat.
///
/// # Errors
/// When the database fails.
pub fn insert_seat(w: &mut Writes<'_>, seat: &Seat) -> Result<()> {
    diesel::insert_into(seats::table)
        .values((
            seats::id.eq(seat.id),
            seats::coalition_id.eq(seat.coalition_id),
            seats::sector.eq(seat.sector),
            seats::role.eq(&seat.role),
            seats::jurisdiction.eq(&seat.jurisdiction),
            seats::state.eq(seat.state),
            seats::person_id.eq(seat.person_id),
            seats::holder_name.eq(&seat.holder_name),
            seats::organisation.eq(&seat.organisation),
            seats::version.eq(seat.version),
            seats::created_at.eq(seat.created_at),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Writes everything of a seat that can change, and counts the change.
///
/// # Errors
/// When the database fails, or the person holds another seat at this table.
pub fn update_seat(w: &mut Writes<'_>, seat: &Seat) -> Result<()> {
    diesel::update(seats::table.find(seat.id))
        .set((
            seats::sector.eq(seat.sector),
            seats::role.eq(&seat.role),
            seats::jurisdiction.eq(&seat.jurisdiction),
            seats::state.eq(seat.state),
            seats::person_id.eq(seat.person_id),
            seats::holder_name.eq(&seat.holder_name),
            seats::organisation.eq(&seat.organisation),
            seats::version.eq(seats::version + 1),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Takes a seat away from the table; the row stays.
///
/// # Errors
/// When the database fails.
pub fn remove_seat(w: &mut Writes<'_>, id: SeatId) -> Result<()> {
    let now = w.now();
    diesel::update(seats::table.find(id))
        .set((
            seats::removed_at.eq(Some(now)),
            seats::version.eq(seats::version + 1),
        ))
        .execute(w.conn())?;
    Ok(())
}
