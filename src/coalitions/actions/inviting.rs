//! Asking people in by e-mail. A first invitation carries no free text, and nothing that comes
//! back tells whether an address has an account.

use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::letters::{self, News};
use super::showing::{people_named, places_named};
use crate::coalitions::access::Right;
use crate::coalitions::grace::demand_no_grace;
use crate::coalitions::model::{
    Coalition, INVITATION_HOURS, Invitation, InvitationState, MemberRole, Seat, SeatState,
};
use crate::coalitions::views::InvitationView;
use crate::coalitions::words::Reading;
use crate::coalitions::{Standing, stand, stand_with, store};
use crate::people::Person;
use crate::people::links::{self, LinkKind};
use crate::people::store as people;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Created, Input};
use crate::platform::ids::{CoalitionId, InvitationId, SeatId};
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule};

/// Somebody to be asked into the coalition.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Invited {
    /// Where the invitation goes.
    #[schema(example = "principal@schools.example")]
    pub email: String,
    /// `contributor`; by the convenor also `editor` or `signatory`.
    pub role: MemberRole,
    /// The sections of the form that a contributor would answer.
    #[serde(default)]
    pub sections: Vec<String>,
}

/// Somebody to be asked to take a seat.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeatInvited {
    /// Where the invitation goes.
    pub email: String,
    /// The role that they get as a member, if they are none yet: `contributor` unless said
    /// otherwise, who reads everything and answers the sections given to them later. The convenor
    /// can also give `editor` or `signatory`.
    #[serde(default = "contributor")]
    pub role: MemberRole,
}

const fn contributor() -> MemberRole {
    MemberRole::Contributor
}

/// Invitations by one coalition to one address within seven days: a part and a few seats, and one
/// sent by mistake.
const TO_ONE_IN_A_WEEK: usize = 5;

/// Invites somebody into the coalition.
///
/// # Errors
/// 404, 403 and 422 as everywhere; 409 when the caller's address is not verified, the invited one
/// is invited or a member already, or the quota is used up.
pub fn invite(
    w: &mut Writes<'_>,
    who: &Person,
    id: CoalitionId,
    input: &Input<Invited>,
    quota: i64,
) -> Result<Created<InvitationView>> {
    let standing = stand_with(w, who, id, Right::Invite)?;
    who.require_verified()?;
    let asked = input.get()?;
    let mut reading = Reading::default();
    let address = reading.address("/email", &asked.email);
    let coalition = &standing.coalition;
    standing.demand(right_to_give(asked.role))?;
    let sections = super::role_given(w, coalition, asked.role, &asked.sections, reading)?;
    require_not_invited(w, coalition, &address, None)?;
    if let Some(person) = people::person_by_email(w, &address)?
        && store::live_member(w, id, person.id)?.is_some()
    {
        let words = "The person of this address is a member already.";
        return Err(Failure::rule(Rule::AlreadyThere, words));
    }
    let invitation = Invitation {
        role: asked.role,
        sections,
        ..fresh(w, who, coalition, address)
    };
    require_quota(w, coalition, &invitation.address, quota)?;
    send(w, who, coalition, &invitation, None)
}

/// Invites somebody to a seat. A member who is already here takes it by accepting too; one's own
/// address takes it at once.
///
/// # Errors
/// As [`invite`]; 409 also when the seat is filled or its invitation waits.
pub fn invite_to_seat(
    w: &mut Writes<'_>,
    who: &Person,
    id: SeatId,
    input: &Input<SeatInvited>,
    quota: i64,
) -> Result<Created<InvitationView>> {
    let mut seat = store::seat(w, id)?.or_not_found()?;
    let standing = stand_with(w, who, seat.coalition_id, Right::Invite)?;
    who.require_verified()?;
    let asked = input.get()?;
    let mut reading = Reading::default();
    let address = reading.address("/email", &asked.email);
    let coalition = &standing.coalition;
    standing.demand(right_to_give(asked.role))?;
    super::role_given(w, coalition, asked.role, &[], reading)?;
    require_free_seat(&seat)?;
    require_not_invited(w, coalition, &address, Some(id))?;
    let invitation = Invitation {
        role: asked.role,
        seat_id: Some(id),
        ..fresh(w, who, coalition, address)
    };
    require_quota(w, coalition, &invitation.address, quota)?;
    demand_no_grace(w, standing.competition_id)?;
    seat.state = SeatState::Invited;
    store::update_seat(w, &seat)?;
    if invitation.address != who.email {
        return send(w, who, coalition, &invitation, Some(&seat));
    }
    store::insert_invitation(w, &invitation)?;
    super::answering::admit(w, who, coalition, &invitation, who.id)?;
    let view = shown(w, invitation.id)?;
    Ok(Created::at(location(invitation.id), view))
}

/// Editors ask contributors in; who edits everything, and who signs, is the convenor's to say.
pub(super) const fn right_to_give(role: MemberRole) -> Right {
    match role {
        MemberRole::Contributor | MemberRole::Convenor => Right::Invite,
        MemberRole::Editor | MemberRole::Signatory => Right::GiveParts,
    }
}

/// The invitations that a coalition sent, whatever became of them.
///
/// # Errors
/// 404 and 403 as everywhere.
pub fn list(r: &mut Reads<'_>, who: &Person, id: CoalitionId) -> Result<Vec<InvitationView>> {
    stand_with(r, who, id, Right::SeeInvitations)?;
    let mut invitations = store::invitations_of(r, id)?;
    invitations.retain(|invitation| invitation.role != MemberRole::Convenor);
    views(r, invitations)
}

/// One invitation: to the coalition, or to the officers, whose it is when it offers the
/// convenor's part.
///
/// # Errors
/// 404 and 403 as everywhere.
pub fn show(r: &mut Reads<'_>, who: &Person, id: InvitationId) -> Result<InvitationView> {
    let invitation = store::invitation(r, id)?.or_not_found()?;
    let right = match invitation.role {
        MemberRole::Convenor => Right::SeeAppointments,
        _ => Right::SeeInvitations,
    };
    stand_with(r, who, invitation.coalition_id, right)?;
    shown(r, id)
}

/// The right to deal with an invitation: the coalition's own, or an officer's.
fn whose(invitation: &Invitation, own: Right) -> Right {
    match invitation.role {
        MemberRole::Convenor => Right::AppointConvenor,
        _ => own,
    }
}

/// Confirms somebody who accepted under another address than the one that was invited.
///
/// # Errors
/// 404 and 403 as everywhere; 409 when nobody waits for it.
pub fn confirm(w: &mut Writes<'_>, who: &Person, id: InvitationId) -> Result<InvitationView> {
    let (standing, invitation) = invitation_before(w, who, id)?;
    let person = invitation
        .answered_by
        .filter(|_| invitation.state == InvitationState::AcceptedElsewhere)
        .ok_or_else(|| Failure::rule(Rule::WrongPhase, "Nobody waits for this confirmation."))?;
    standing.demand(right_to_give(invitation.role))?;
    let coalition = &standing.coalition;
    super::answering::admit(w, who, coalition, &invitation, person)?;
    let fields = json!({ "coalition": coalition.name, "role": invitation.role });
    let news = News {
        kind: "invitation-confirmed",
        cause: ("invitation", id.0),
        fields,
    };
    letters::tell(w, coalition, person, &news)?;
    shown(w, id)
}

pub(super) fn invitation_before(
    r: &mut Reads<'_>,
    who: &Person,
    id: InvitationId,
) -> Result<(Standing, Invitation)> {
    let invitation = store::invitation(r, id)?.or_not_found()?;
    let standing = stand(r, who, invitation.coalition_id)?;
    standing.demand(whose(&invitation, Right::Invite))?;
    Ok((standing, invitation))
}

pub(super) fn fresh(
    w: &Writes<'_>,
    who: &Person,
    coalition: &Coalition,
    address: String,
) -> Invitation {
    Invitation {
        id: w.fresh_id(),
        coalition_id: coalition.id,
        address,
        role: MemberRole::Contributor,
        sections: Vec::new(),
        seat_id: None,
        state: InvitationState::Open,
        invited_by: who.id,
        created_at: w.now(),
        answered_at: None,
        answered_by: None,
        reason: String::new(),
    }
}

fn require_free_seat(seat: &Seat) -> Result<()> {
    let words = match seat.state {
        SeatState::Empty | SeatState::Declined => return Ok(()),
        SeatState::Invited => "Somebody is invited to this seat: call that back first.",
        SeatState::Filled => "Somebody sits on this seat.",
    };
    Err(Failure::rule(Rule::AlreadyThere, words))
}

/// One invitation waits for an address at a time; a seat may be offered beside a membership.
fn require_not_invited(
    r: &mut Reads<'_>,
    coalition: &Coalition,
    address: &str,
    seat: Option<SeatId>,
) -> Result<()> {
    let waiting = store::waiting_invitations_of(r, coalition.id)?;
    let same =
        |other: &Invitation| other.address == address && other.seat_id.is_some() == seat.is_some();
    if waiting.iter().any(same) {
        let words = "An invitation to this address waits for an answer.";
        return Err(Failure::rule(Rule::AlreadyThere, words));
    }
    Ok(())
}

/// Called back or answered, a sent invitation stays counted, so that nobody mails by the dozen,
/// be it to many or to one.
fn require_quota(
    r: &mut Reads<'_>,
    coalition: &Coalition,
    address: &str,
    quota: i64,
) -> Result<()> {
    let (sent, week_ago) = (
        store::invitations_of(r, coalition.id)?,
        r.now().plus_days(-7),
    );
    if i64::try_from(sent.len()).unwrap_or(i64::MAX) >= quota {
        let words = format!("A coalition sends at most {quota} invitations.");
        return Err(Failure::rule(Rule::QuotaUsedUp, words));
    }
    let lately = |other: &&Invitation| other.address == address && other.created_at > week_ago;
    if sent.iter().filter(lately).count() >= TO_ONE_IN_A_WEEK {
        let words = "So many invitations went to this address within a week that one more would \
                     only annoy: talk to the person.";
        return Err(Failure::rule(Rule::QuotaUsedUp, words));
    }
    Ok(())
}

/// Stores the invitation and writes the letter. What the coalition typed, its name included, is
/// left out: the letter names the places, the competition and the inviter's verified address.
fn send(
    w: &mut Writes<'_>,
    who: &Person,
    coalition: &Coalition,
    invitation: &Invitation,
    seat: Option<&Seat>,
) -> Result<Created<InvitationView>> {
    store::insert_invitation(w, invitation)?;
    let competition = super::competition_of(w, coalition)?;
    let to = (None, invitation.address.as_str());
    let subject = Some(invitation.id.0);
    let link = links::make(w, LinkKind::Invitation, to, subject, INVITATION_HOURS)?;
    let mut fields = json!({
        "inviter": who.email,
        "places": places_in_words(w, coalition)?,
        "competition": competition.title(),
        "role": invitation.role,
        "link": link.0,
    });
    let kind = match seat {
        None => "coalition-invitation",
        Some(seat) => {
            fields["sector"] = Value::from(seat.sector.as_str());
            "seat-invitation"
        }
    };
    let news = News {
        kind,
        cause: ("invitation", invitation.id.0),
        fields,
    };
    letters::tell_address(
        w,
        coalition,
        &invitation.address,
        &competition.language,
        &news,
    )?;
    let detail = json!({ "role": invitation.role, "seat": invitation.seat_id });
    let object = ("invitation", invitation.id.0);
    super::trace(w, who, "invitation.sent", object, coalition, detail)?;
    let view = shown(w, invitation.id)?;
    Ok(Created::at(location(invitation.id), view))
}

pub(super) fn places_in_words(r: &mut Reads<'_>, coalition: &Coalition) -> Result<String> {
    let ids = store::places_of(r, coalition.id)?;
    let places = places_named(r, &ids)?;
    let names: Vec<&str> = ids
        .iter()
        .filter_map(|id| places.get(id))
        .map(|place| place.name.as_str())
        .collect();
    Ok(names.join(", "))
}

/// The seat that an invitation was for, after the invitation is over.
pub(super) fn free_seat(
    w: &mut Writes<'_>,
    invitation: &Invitation,
    state: SeatState,
) -> Result<()> {
    let Some(id) = invitation.seat_id else {
        return Ok(());
    };
    if let Some(mut seat) = store::seat(w, id)?
        && seat.state == SeatState::Invited
    {
        seat.state = state;
        store::update_seat(w, &seat)?;
    }
    Ok(())
}

pub(super) fn location(id: InvitationId) -> String {
    format!("/api/v1/coalition-invitations/{id}")
}

pub(super) fn shown(r: &mut Reads<'_>, id: InvitationId) -> Result<InvitationView> {
    let invitation = store::invitation(r, id)?.or_not_found()?;
    views(r, vec![invitation])?.pop().or_not_found()
}

pub(super) fn views(
    r: &mut Reads<'_>,
    invitations: Vec<Invitation>,
) -> Result<Vec<InvitationView>> {
    let elsewhere = |invitation: &Invitation| {
        invitation
            .answered_by
            .filter(|_| invitation.state == InvitationState::AcceptedElsewhere)
    };
    let people = people_named(r, invitations.iter().filter_map(elsewhere))?;
    Ok(invitations
        .into_iter()
        .map(|invitation| InvitationView {
            accepted_by: elsewhere(&invitation).and_then(|id| people.get(&id).cloned()),
            id: invitation.id,
            coalition_id: invitation.coalition_id,
            email: invitation.address,
            role: invitation.role,
            sections: invitation.sections,
            seat_id: invitation.seat_id,
            state: invitation.state,
            created_at: invitation.created_at,
            answered_at: invitation.answered_at,
            reason: invitation.reason,
        })
        .collect())
}
