//! Setting the table: sector × role × jurisdiction, and who sits where.

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::letters::{self, News};
use super::showing::people_named;
use crate::coalitions::access::Right;
use crate::coalitions::coverage::coverage;
use crate::coalitions::grace::demand_no_grace;
use crate::coalitions::model::{Coalition, SEATS_AT_MOST, Seat, SeatState, Sector};
use crate::coalitions::views::{Coverage, SeatView};
use crate::coalitions::words::Reading;
use crate::coalitions::{Standing, stand, stand_with, store};
use crate::people::Person;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Created, IfMatch, Input};
use crate::platform::ids::{CoalitionId, PersonId, SeatId};
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule, refuse_if_any};

/// A seat, as the coalition describes it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeatDescribed {
    /// The sector that it stands for.
    pub sector: Sector,
    /// What its holder does.
    #[schema(example = "Superintendent")]
    pub role: String,
    /// Where its holder decides.
    #[serde(default)]
    #[schema(example = "School district")]
    pub jurisdiction: String,
    /// Who is meant to sit there.
    #[serde(default)]
    pub holder_name: String,
    /// Where they come from.
    #[serde(default)]
    pub organisation: String,
}

/// Sets up a seat.
///
/// # Errors
/// 404, 403 and 422 as everywhere; 409 when the table is as long as it may be.
pub fn add(
    w: &mut Writes<'_>,
    who: &Person,
    id: CoalitionId,
    input: &Input<SeatDescribed>,
) -> Result<Created<SeatView>> {
    let standing = stand_with(w, who, id, Right::SetTable)?;
    let blank = Seat {
        id: w.fresh_id(),
        coalition_id: id,
        sector: Sector::Residents,
        role: String::new(),
        jurisdiction: String::new(),
        state: SeatState::Empty,
        person_id: None,
        holder_name: String::new(),
        organisation: String::new(),
        version: 1,
        created_at: w.now(),
    };
    let seat = described(blank, &input.get()?)?;
    let seats = store::seats_of(w, id)?.len();
    if i64::try_from(seats).unwrap_or(i64::MAX) >= SEATS_AT_MOST {
        let words = format!("A table has at most {SEATS_AT_MOST} seats.");
        return Err(Failure::rule(Rule::QuotaUsedUp, words));
    }
    demand_no_grace(w, standing.competition_id)?;
    store::insert_seat(w, &seat)?;
    let detail = json!({ "sector": seat.sector });
    super::trace(
        w,
        who,
        "seat.added",
        ("seat", seat.id.0),
        &standing.coalition,
        detail,
    )?;
    let location = format!("/api/v1/seats/{}", seat.id);
    Ok(Created::at(location, shown(w, seat)?))
}

/// The seats of a table, in the order of setting up.
///
/// # Errors
/// 404 when the caller may not know that the coalition exists.
pub fn list(r: &mut Reads<'_>, who: &Person, id: CoalitionId) -> Result<Vec<SeatView>> {
    stand(r, who, id)?;
    let seats = store::seats_of(r, id)?;
    views(r, seats)
}

/// One seat.
///
/// # Errors
/// 404 when the caller may not know that the coalition exists.
pub fn show(r: &mut Reads<'_>, who: &Person, id: SeatId) -> Result<SeatView> {
    let (_, seat) = seat_before(r, who, id)?;
    shown(r, seat)
}

/// Describes a seat anew; who sits there stays, and so does the sector that they agreed to.
///
/// # Errors
/// 404, 403, 428/412 and 422 as everywhere; 409 for another sector than somebody sits there for.
pub fn change(
    w: &mut Writes<'_>,
    who: &Person,
    id: SeatId,
    condition: &IfMatch,
    input: &Input<SeatDescribed>,
) -> Result<SeatView> {
    let (standing, seat) = seat_before(w, who, id)?;
    standing.demand(Right::SetTable)?;
    condition.check(&shown(w, seat.clone())?)?;
    let before = (seat.state, seat.sector);
    let seat = described(seat, &input.get()?)?;
    demand_no_grace(w, standing.competition_id)?;
    require_sector_kept(before, seat.sector)?;
    store::update_seat(w, &seat)?;
    let detail = json!({ "sector": seat.sector });
    super::trace(
        w,
        who,
        "seat.changed",
        ("seat", id.0),
        &standing.coalition,
        detail,
    )?;
    shown(w, seat)
}

/// Takes a seat away, calls its invitation back, and tells who sat there.
///
/// # Errors
/// 404 and 403 as everywhere.
pub fn remove(w: &mut Writes<'_>, who: &Person, id: SeatId) -> Result<()> {
    let (standing, seat) = seat_before(w, who, id)?;
    standing.demand(Right::SetTable)?;
    demand_no_grace(w, standing.competition_id)?;
    let coalition = &standing.coalition;
    call_invitations_back(w, who, coalition, id)?;
    store::remove_seat(w, id)?;
    let detail = json!({ "person": seat.person_id });
    super::trace(w, who, "seat.removed", ("seat", id.0), coalition, detail)?;
    tell_former_holder(w, who, coalition, &seat)
}

/// Frees a filled seat: by its holder, or by the convenor or an editor.
///
/// # Errors
/// 404 and 403 as everywhere; 409 when nobody sits there.
pub fn vacate(w: &mut Writes<'_>, who: &Person, id: SeatId) -> Result<()> {
    let (standing, seat) = seat_before(w, who, id)?;
    if seat.person_id != Some(who.id) {
        standing.demand(Right::SetTable)?;
    }
    let coalition = &standing.coalition;
    if seat.state != SeatState::Filled {
        return Err(Failure::rule(Rule::WrongPhase, "Nobody sits on this seat."));
    }
    demand_no_grace(w, standing.competition_id)?;
    let freed = Seat {
        state: SeatState::Empty,
        person_id: None,
        ..seat.clone()
    };
    store::update_seat(w, &freed)?;
    let detail = json!({ "person": seat.person_id });
    super::trace(w, who, "seat.vacated", ("seat", id.0), coalition, detail)?;
    if seat.person_id == Some(who.id) {
        let fields = json!({
            "coalition": coalition.name,
            "person": who.name,
            "sector": seat.sector,
        });
        let news = News {
            kind: "seat-left",
            cause: ("seat", id.0),
            fields,
        };
        return letters::tell_convenor(w, coalition, &news);
    }
    tell_former_holder(w, who, coalition, &seat)
}

/// Who is at the table, by sector: the required ones, and the others that have a seat.
///
/// # Errors
/// 404 when the caller may not know that the coalition exists.
pub fn covered(r: &mut Reads<'_>, who: &Person, id: CoalitionId) -> Result<Coverage> {
    let standing = stand(r, who, id)?;
    let competition = super::competition_of(r, &standing.coalition)?;
    let seats = store::seats_of(r, id)?;
    Ok(coverage(&competition.required_sectors, &seats))
}

fn seat_before(r: &mut Reads<'_>, who: &Person, id: SeatId) -> Result<(Standing, Seat)> {
    let seat = store::seat(r, id)?.or_not_found()?;
    let standing = stand(r, who, seat.coalition_id)?;
    Ok((standing, seat))
}

fn described(seat: Seat, typed: &SeatDescribed) -> Result<Seat> {
    let mut reading = Reading::default();
    let seat = Seat {
        sector: typed.sector,
        role: reading.name("/role", &typed.role),
        jurisdiction: reading.line("/jurisdiction", &typed.jurisdiction),
        holder_name: reading.line("/holder_name", &typed.holder_name),
        organisation: reading.line("/organisation", &typed.organisation),
        ..seat
    };
    refuse_if_any(reading.errors())?;
    Ok(seat)
}

/// Whoever accepted a seat, or is asked to, speaks for the sector that they were asked for.
fn require_sector_kept((state, sector): (SeatState, Sector), typed: Sector) -> Result<()> {
    let words = match state {
        SeatState::Filled => {
            "Somebody sits on this seat for its sector: free it first, or set up another."
        }
        SeatState::Invited => {
            "Somebody is invited to this seat for its sector: call that back first."
        }
        SeatState::Empty | SeatState::Declined => return Ok(()),
    };
    if sector == typed {
        return Ok(());
    }
    Err(Failure::rule(Rule::WrongPhase, words))
}

fn call_invitations_back(
    w: &mut Writes<'_>,
    who: &Person,
    coalition: &Coalition,
    seat: SeatId,
) -> Result<()> {
    let waiting = store::waiting_invitations_of(w, coalition.id)?;
    for invitation in waiting.into_iter().filter(|one| one.seat_id == Some(seat)) {
        super::revoking::revoke(w, who, invitation.id)?;
    }
    Ok(())
}

fn tell_former_holder(
    w: &mut Writes<'_>,
    who: &Person,
    coalition: &Coalition,
    seat: &Seat,
) -> Result<()> {
    let holder: Option<PersonId> = seat.person_id.filter(|person| *person != who.id);
    let Some(holder) = holder else { return Ok(()) };
    let fields = json!({ "coalition": coalition.name, "sector": seat.sector });
    let news = News {
        kind: "seat-ended",
        cause: ("seat", seat.id.0),
        fields,
    };
    letters::tell(w, coalition, holder, &news)
}

fn shown(r: &mut Reads<'_>, seat: Seat) -> Result<SeatView> {
    views(r, vec![seat])?.pop().or_not_found()
}

fn views(r: &mut Reads<'_>, seats: Vec<Seat>) -> Result<Vec<SeatView>> {
    let people = people_named(r, seats.iter().filter_map(|seat| seat.person_id))?;
    Ok(seats
        .into_iter()
        .map(|seat| SeatView {
            person: seat.person_id.and_then(|id| people.get(&id).cloned()),
            id: seat.id,
            coalition_id: seat.coalition_id,
            sector: seat.sector,
            role: seat.role,
            jurisdiction: seat.jurisdiction,
            state: seat.state,
            holder_name: seat.holder_name,
            organisation: seat.organisation,
        })
        .collect())
}
