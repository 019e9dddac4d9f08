//! Invitations to a coalition or to a seat at its table.

use diesel::prelude::*;

use crate::coalitions::model::{Invitation, InvitationState, MemberRole};
use crate::platform::clock::Instant;
use crate::platform::db::schema::coalition_invitations as invitations;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, InvitationId, PersonId, SeatId};
use crate::platform::refusal::Result;

type InvitationRow = (
    InvitationId,
    CoalitionId,
    String,
    MemberRole,
    String,
    Option<SeatId>,
    InvitationState,
    PersonId,
    Instant,
    Option<Instant>,
    Option<PersonId>,
    String,
);

fn invitation_of(row: InvitationRow) -> Result<Invitation> {
    let (
        id,
        coalition_id,
        address,
        role,
        sections,
        seat_id,
        state,
        invited_by,
        created_at,
        at,
        by,
        reason,
    ) = row;
    Ok(Invitation {
        id,
        coalition_id,
        address,
        role,
        sections: serde_json::from_str(&sections)?,
        seat_id,
        state,
        invited_by,
        created_at,
        answered_at: at,
        answered_by: by,
        reason,
    })
}

/// An invitation.
///
/// # Errors
/// When the database fails.
pub fn invitation(r: &mut Reads<'_>, id: InvitationId) -> Result<Option<Invitation>> {
    let row: Option<InvitationRow> = invitations::table
        .find(id)
        .select(invitations::all_columns)
        .first(r.conn())
        .optional()?;
    row.map(invitation_of).transpose()
}

/// The invitations of a coalition, in the order of inviting.
///
/// # Errors
/// When the database fails.
pub fn invitations_of(r: &mut Reads<'_>, coalition: CoalitionId) -> Result<Vec<Invitation>> {
    let rows: Vec<InvitationRow> = invitations::table
        .filter(invitations::coalition_id.eq(coalition))
        .order((invitations::created_at, invitations::id))
        .select(invitations::all_columns)
        .load(r.conn())?;
    rows.into_iter().map(invitation_of).collect()
}

/// Invitations of a coalition that wait for somebody.
///
/// # Errors
/// When the database fails.
pub fn waiting_invitations_of(
    r: &mut Reads<'_>,
    coalition: CoalitionId,
) -> Result<Vec<Invitation>> {
    let mut all = invitations_of(r, coalition)?;
    all.retain(|invitation| invitation.state.waits());
    Ok(all)
}

/// Invitations that wait for the person of this address, or that this person accepted and the
/// inviter has not confirmed.
///
/// # Errors
/// When the database fails.
pub fn invitations_for(
    r: &mut Reads<'_>,
    address: &str,
    person: PersonId,
) -> Result<Vec<Invitation>> {
    let to_address = invitations::address
        .eq(address)
        .and(invitations::state.eq(InvitationState::Open));
    let accepted = invitations::answered_by
        .eq(Some(person))
        .and(invitations::state.eq(InvitationState::AcceptedElsewhere))
        .assume_not_null();
    let rows: Vec<InvitationRow> = invitations::table
        .filter(to_address.or(accepted))
        .order((invitations::created_at, invitations::id))
        .select(invitations::all_columns)
        .load(r.conn())?;
    rows.into_iter().map(invitation_of).collect()
}

/// Adds an invitation.
///
/// # Errors
/// When the database fails.
pub fn insert_invitation(w: &mut Writes<'_>, invitation: &Invitation) -> Result<()> {
    diesel::insert_into(invitations::table)
        .values((
            invitations::id.eq(invitation.id),
            invitations::coalition_id.eq(invitation.coalition_id),
            invitations::address.eq(&invitation.address),
            invitations::role.eq(invitation.role),
            invitations::sections.eq(serde_json::to_string(&invitation.sections)?),
            invitations::seat_id.eq(invitation.seat_id),
            invitations::state.eq(invitation.state),
            invitations::invited_by.eq(invitation.invited_by),
            invitations::created_at.eq(invitation.created_at),
            invitations::answered_at.eq(invitation.answered_at),
            invitations::answered_by.eq(invitation.answered_by),
            invitations::reason.eq(&invitation.reason),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Records what became of an invitation; `by` is who accepted or declined it.
///
/// # Errors
/// When the database fails.
pub fn settle_invitation(
    w: &mut Writes<'_>,
    id: InvitationId,
    state: InvitationState,
    by: Option<PersonId>,
) -> Result<()> {
    let now = w.now();
    diesel::update(invitations::table.find(id))
        .set((
            invitations::state.eq(state),
            invitations::answered_at.eq(Some(now)),
            invitations::answered_by.eq(by),
        ))
        .execute(w.conn())?;
    Ok(())
}
