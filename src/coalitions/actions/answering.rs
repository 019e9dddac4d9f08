//! Answering an invitation: by the link in the e-mail, or from one's own list.

use serde_json::json;

use super::letters::{self, News};
use super::showing::people_named;
use crate::coalitions::access;
use crate::coalitions::grace::demand_no_grace;
use crate::coalitions::model::{
    Coalition, Invitation, InvitationState, MemberRole, Seat, SeatState,
};
use crate::coalitions::store;
use crate::coalitions::views::InvitationToMe;
use crate::people::Person;
use crate::people::keys::Keys;
use crate::people::links::{self, LinkKind};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{InvitationId, PersonId};
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule};

/// The invitations that wait for the caller, by their verified address, and those that they
/// accepted and the inviter has not confirmed.
///
/// # Errors
/// When the database fails.
pub fn mine(r: &mut Reads<'_>, who: &Person) -> Result<Vec<InvitationToMe>> {
    let mut shown = Vec::new();
    for invitation in store::invitations_for(r, &who.email, who.id)? {
        if !who.verified && invitation.answered_by != Some(who.id) {
            continue;
        }
        let coalition = store::coalition(r, invitation.coalition_id)?.or_not_found()?;
        if coalition.is_live() {
            shown.push(view(r, invitation, &coalition)?);
        }
    }
    Ok(shown)
}

/// Accepts an invitation that went to the caller's verified address.
///
/// # Errors
/// 404 when none went there; 409 when it can no longer be accepted.
pub fn accept(w: &mut Writes<'_>, who: &Person, id: InvitationId) -> Result<InvitationToMe> {
    let (invitation, coalition) = invitation_to(w, who, id)?;
    take(w, who, &coalition, &invitation)
}

/// Declines an invitation that went to the caller's verified address.
///
/// # Errors
/// As [`accept`].
pub fn decline(w: &mut Writes<'_>, who: &Person, id: InvitationId) -> Result<InvitationToMe> {
    let (invitation, coalition) = invitation_to(w, who, id)?;
    turn_down(w, who, &coalition, &invitation)
}

/// Accepts an invitation by the link in its e-mail. An account with another address needs the
/// inviter's confirmation first.
///
/// # Errors
/// 404 when the link leads to no invitation; 409 when it can no longer be used.
pub fn accept_by_link(
    w: &mut Writes<'_>,
    who: &Person,
    keys: &Keys,
    token: &str,
) -> Result<InvitationToMe> {
    let (invitation, coalition) = invitation_behind(w, keys, token)?;
    who.require_verified()?;
    links::consume(w, keys, LinkKind::Invitation, token)?;
    take(w, who, &coalition, &invitation)
}

/// Declines an invitation by the link in its e-mail.
///
/// # Errors
/// As [`accept_by_link`].
pub fn decline_by_link(
    w: &mut Writes<'_>,
    who: &Person,
    keys: &Keys,
    token: &str,
) -> Result<InvitationToMe> {
    let (invitation, coalition) = invitation_behind(w, keys, token)?;
    links::consume(w, keys, LinkKind::Invitation, token)?;
    turn_down(w, who, &coalition, &invitation)
}

fn invitation_to(
    r: &mut Reads<'_>,
    who: &Person,
    id: InvitationId,
) -> Result<(Invitation, Coalition)> {
    let invitation = store::invitation(r, id)?
        .filter(|found| who.verified && found.address == who.email)
        .or_not_found()?;
    let coalition = store::coalition(r, invitation.coalition_id)?.or_not_found()?;
    Ok((invitation, coalition))
}

fn invitation_behind(
    r: &mut Reads<'_>,
    keys: &Keys,
    token: &str,
) -> Result<(Invitation, Coalition)> {
    let link = links::find(r, keys, LinkKind::Invitation, token)?.or_not_found()?;
    let id = InvitationId(link.subject.or_not_found()?);
    let invitation = store::invitation(r, id)?.or_not_found()?;
    let coalition = store::coalition(r, invitation.coalition_id)?.or_not_found()?;
    Ok((invitation, coalition))
}

fn require_open(invitation: &Invitation, coalition: &Coalition) -> Result<()> {
    if invitation.state == InvitationState::Open && coalition.is_live() {
        return Ok(());
    }
    let words = "This invitation was answered or called back, or its coalition is over.";
    Err(Failure::rule(Rule::LinkUsedUp, words))
}

fn take(
    w: &mut Writes<'_>,
    who: &Person,
    coalition: &Coalition,
    invitation: &Invitation,
) -> Result<InvitationToMe> {
    require_open(invitation, coalition)?;
    if invitation.role == MemberRole::Convenor {
        super::appointing::take_over(w, who, coalition, invitation)?;
        tell_inviter(w, who, coalition, invitation, "invitation-accepted")?;
    } else if invitation.address == who.email {
        admit(w, who, coalition, invitation, who.id)?;
        tell_inviter(w, who, coalition, invitation, "invitation-accepted")?;
    } else {
        wait_for_inviter(w, who, coalition, invitation)?;
    }
    let invitation = store::invitation(w, invitation.id)?.or_not_found()?;
    view(w, invitation, coalition)
}

/// Lets a person in: as a member, unless they are one, and onto the seat, if one was offered.
pub(super) fn admit(
    w: &mut Writes<'_>,
    who: &Person,
    coalition: &Coalition,
    invitation: &Invitation,
    person: PersonId,
) -> Result<()> {
    let seat = seat_offered(w, invitation)?;
    if seat.is_some() && store::seat_held_by(w, coalition.id, person)?.is_some() {
        let words = "One person has one seat at a table; leave the other seat first.";
        return Err(Failure::rule(Rule::AlreadyThere, words));
    }
    if store::live_member(w, coalition.id, person)?.is_none() {
        let sections = invitation.sections.clone();
        let by = Some(invitation.invited_by);
        super::join(w, coalition, person, invitation.role, sections, by)?;
    } else if seat.is_none() {
        let words = "This person is a member already.";
        return Err(Failure::rule(Rule::AlreadyThere, words));
    }
    if let Some(mut seat) = seat {
        demand_no_grace(w, coalition.competition_id)?;
        seat.state = SeatState::Filled;
        seat.person_id = Some(person);
        store::update_seat(w, &seat)?;
    }
    accepted(w, who, coalition, invitation, person)
}

/// Records that an invitation was accepted.
pub(super) fn accepted(
    w: &mut Writes<'_>,
    who: &Person,
    coalition: &Coalition,
    invitation: &Invitation,
    person: PersonId,
) -> Result<()> {
    store::settle_invitation(w, invitation.id, InvitationState::Accepted, Some(person))?;
    links::end_all(w, LinkKind::Invitation, invitation.id.0)?;
    let detail = json!({ "person": person, "role": invitation.role, "seat": invitation.seat_id });
    let object = ("invitation", invitation.id.0);
    super::trace(w, who, "invitation.accepted", object, coalition, detail)
}

/// The seat that an invitation offers; it may be gone by now.
fn seat_offered(r: &mut Reads<'_>, invitation: &Invitation) -> Result<Option<Seat>> {
    let Some(id) = invitation.seat_id else {
        return Ok(None);
    };
    let seat = store::seat(r, id)?.filter(|seat| seat.state == SeatState::Invited);
    match seat {
        Some(seat) => Ok(Some(seat)),
        None => Err(Failure::rule(
            Rule::LinkUsedUp,
            "This seat is no longer offered.",
        )),
    }
}

fn wait_for_inviter(
    w: &mut Writes<'_>,
    who: &Person,
    coalition: &Coalition,
    invitation: &Invitation,
) -> Result<()> {
    let state = InvitationState::AcceptedElsewhere;
    store::settle_invitation(w, invitation.id, state, Some(who.id))?;
    let object = ("invitation", invitation.id.0);
    let detail = json!({ "person": who.id });
    super::trace(
        w,
        who,
        "invitation.accepted_elsewhere",
        object,
        coalition,
        detail,
    )?;
    let fields = json!({
        "coalition": coalition.name,
        "invited": invitation.address,
        "person": who.name,
        "address": who.email,
    });
    let news = News {
        kind: "invitation-accepted-elsewhere",
        cause: object,
        fields,
    };
    if may_confirm(w, coalition, invitation)? {
        letters::tell(w, coalition, invitation.invited_by, &news)
    } else {
        letters::tell_convenor(w, coalition, &news)
    }
}

/// Whether who invited can still say who accepted.
fn may_confirm(r: &mut Reads<'_>, coalition: &Coalition, invitation: &Invitation) -> Result<bool> {
    let inviter = store::live_member(r, coalition.id, invitation.invited_by)?;
    let right = super::inviting::right_to_give(invitation.role);
    let role = inviter.map(|member| member.role);
    Ok(access::may(role, &[], coalition.is_live(), right))
}

fn turn_down(
    w: &mut Writes<'_>,
    who: &Person,
    coalition: &Coalition,
    invitation: &Invitation,
) -> Result<InvitationToMe> {
    require_open(invitation, coalition)?;
    store::settle_invitation(w, invitation.id, InvitationState::Declined, Some(who.id))?;
    super::inviting::free_seat(w, invitation, SeatState::Declined)?;
    links::end_all(w, LinkKind::Invitation, invitation.id.0)?;
    let object = ("invitation", invitation.id.0);
    super::trace(w, who, "invitation.declined", object, coalition, json!({}))?;
    tell_inviter(w, who, coalition, invitation, "invitation-declined")?;
    let invitation = store::invitation(w, invitation.id)?.or_not_found()?;
    view(w, invitation, coalition)
}

fn tell_inviter(
    w: &mut Writes<'_>,
    who: &Person,
    coalition: &Coalition,
    invitation: &Invitation,
    kind: &'static str,
) -> Result<()> {
    if invitation.invited_by == who.id {
        return Ok(());
    }
    let fields = json!({ "coalition": coalition.name, "invited": invitation.address });
    let news = News {
        kind,
        cause: ("invitation", invitation.id.0),
        fields,
    };
    letters::tell_inviter(w, coalition, invitation, &news)
}

fn view(
    r: &mut Reads<'_>,
    invitation: Invitation,
    coalition: &Coalition,
) -> Result<InvitationToMe> {
    let seat = match invitation.seat_id {
        Some(id) => store::seat(r, id)?,
        None => None,
    };
    let inviter = people_named(r, [invitation.invited_by])?.remove(&invitation.invited_by);
    Ok(InvitationToMe {
        id: invitation.id,
        coalition_id: coalition.id,
        coalition: coalition.name.clone(),
        competition_id: coalition.competition_id,
        role: invitation.role,
        seat_sector: seat.map(|seat| seat.sector),
        state: invitation.state,
        invited_by: inviter.map(|person| person.name).unwrap_or_default(),
        created_at: invitation.created_at,
    })
}
