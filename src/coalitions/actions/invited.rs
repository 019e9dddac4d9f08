//! What an invitation asks of whoever holds its link.

use super::inviting::places_in_words;
use crate::coalitions::model::MemberRole;
use crate::coalitions::store;
use crate::people::store as people;
use crate::platform::db::Reads;
use crate::platform::ids::InvitationId;
use crate::platform::refusal::{OrNotFound as _, Result};

/// An invitation in a sentence; none where there is no such invitation. As in its letter, nothing
/// stands in it that the coalition typed.
///
/// # Errors
/// When the database fails.
pub fn in_words(r: &mut Reads<'_>, id: InvitationId) -> Result<Option<String>> {
    let Some(invitation) = store::invitation(r, id)? else {
        return Ok(None);
    };
    let coalition = store::coalition(r, invitation.coalition_id)?.or_not_found()?;
    let competition = super::competition_of(r, &coalition)?.title();
    let places = places_in_words(r, &coalition)?;
    if invitation.role == MemberRole::Convenor {
        return Ok(Some(format!(
            "The programme officers of {competition} ask you to become the convenor of the coalition for {places}."
        )));
    }
    let inviter = people::person(r, invitation.invited_by)?.or_not_found()?;
    let seat = match invitation.seat_id {
        Some(seat) => store::seat(r, seat)?,
        None => None,
    };
    let part = match seat {
        Some(seat) => format!(
            "to a seat for the sector “{}” at the table of",
            seat.sector.as_str()
        ),
        None => "to".into(),
    };
    Ok(Some(format!(
        "{} invites you {part} the coalition for {places} in {competition}, as {}.",
        inviter.email, invitation.role
    )))
}
