//! Calling invitations back.

use serde_json::json;

use super::inviting::{free_seat, invitation_before};
use super::letters::{self, News};
use crate::coalitions::model::{Coalition, Invitation, InvitationState, MemberRole, SeatState};
use crate::coalitions::store;
use crate::coalitions::views::PersonNamed;
use crate::people::Person;
use crate::people::links::{self, LinkKind};
use crate::platform::db::Writes;
use crate::platform::ids::InvitationId;
use crate::platform::outbox;
use crate::platform::refusal::{Failure, Result, Rule};

/// Calls an invitation back, also one that was accepted under another address.
///
/// # Errors
/// 404 and 403 as everywhere; 409 when it was answered for good.
pub fn revoke(w: &mut Writes<'_>, who: &Person, id: InvitationId) -> Result<()> {
    let (standing, invitation) = invitation_before(w, who, id)?;
    if !invitation.state.waits() {
        let words = format!("This invitation is {} already.", invitation.state);
        return Err(Failure::rule(Rule::WrongPhase, words));
    }
    let coalition = &standing.coalition;
    call_back(w, who, coalition, &invitation)?;
    if let Some(person) = invitation.answered_by {
        let fields = json!({ "coalition": coalition.name });
        let news = News {
            kind: "invitation-revoked",
            cause: ("invitation", id.0),
            fields,
        };
        letters::tell(w, coalition, person, &news)?;
    }
    Ok(())
}

/// Ends an invitation that waits, with its link and its unsent letter.
fn call_back(
    w: &mut Writes<'_>,
    who: &Person,
    coalition: &Coalition,
    invitation: &Invitation,
) -> Result<()> {
    let (id, accepted_by) = (invitation.id, invitation.answered_by);
    store::settle_invitation(w, id, InvitationState::Revoked, accepted_by)?;
    free_seat(w, invitation, SeatState::Empty)?;
    links::end_all(w, LinkKind::Invitation, id.0)?;
    outbox::cancel(w, "invitation", id.0)?;
    let object = ("invitation", id.0);
    super::trace(w, who, "invitation.revoked", object, coalition, json!({}))
}

/// Calls back whatever the coalition still offers to a person who is a member no more.
pub(super) fn call_back_all_to(
    w: &mut Writes<'_>,
    who: &Person,
    coalition: &Coalition,
    person: &PersonNamed,
) -> Result<()> {
    for invitation in store::waiting_invitations_of(w, coalition.id)? {
        let theirs =
            invitation.address == person.email || invitation.answered_by == Some(person.id);
        if theirs && invitation.role != MemberRole::Convenor {
            call_back(w, who, coalition, &invitation)?;
        }
    }
    Ok(())
}
