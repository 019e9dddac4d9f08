//! An officer appoints another convenor where the one there is can't be reached, or is not who
//! speaks for the place: a member, somebody who asked to join, or somebody asked in by e-mail.

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::handovers::{made, other_member, overtake, pass, passing};
use super::inviting::{fresh, location, places_in_words, shown, views};
use super::letters::{self, News};
use super::showing::person_named;
use crate::coalitions::access::Right;
use crate::coalitions::model::{
    Coalition, Handover, HandoverState, INVITATION_HOURS, Invitation, JoinState, MemberRole,
};
use crate::coalitions::views::{HandoverView, InvitationView};
use crate::coalitions::words::Reading;
use crate::coalitions::{stand_with, store};
use crate::people::Person;
use crate::people::links::{self, LinkKind};
use crate::people::store as people;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Created, Input};
use crate::platform::ids::{CoalitionId, JoinRequestId, MemberId, PersonId};
use crate::platform::refusal::{Failure, Result, Rule, refuse_if_any};

/// Whom an officer appoints, and why: a member, or somebody who asked to join.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Appointment {
    /// The member who becomes the convenor.
    #[serde(default)]
    pub member_id: Option<MemberId>,
    /// The waiting request of who becomes a member and the convenor; instead of a member.
    #[serde(default)]
    pub join_request_id: Option<JoinRequestId>,
    /// Read by every member.
    pub reason: String,
}

/// Whom an officer asks in as the convenor, and why.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConvenorInvited {
    /// Where the invitation goes.
    #[schema(example = "mayor@cityofchelsea.example")]
    pub email: String,
    /// Read by every member, once it is accepted.
    pub reason: String,
}

/// Appoints another convenor, with a reason that every member is told.
///
/// # Errors
/// 404, 403 and 422 as everywhere.
pub fn appoint(
    w: &mut Writes<'_>,
    who: &Person,
    id: CoalitionId,
    input: &Input<Appointment>,
) -> Result<Created<HandoverView>> {
    let standing = stand_with(w, who, id, Right::AppointConvenor)?;
    let coalition = &standing.coalition;
    let appointment = input.get()?;
    let mut reading = Reading::default();
    let reason = reading.reason("/reason", &appointment.reason);
    refuse_if_any(reading.errors())?;
    let person = match (appointment.member_id, appointment.join_request_id) {
        (Some(member), None) => other_member(w, coalition, member)?.person_id,
        (None, Some(request)) => let_in(w, who, coalition, request)?,
        _ => {
            let words = "Name a member, or a request to join: one of the two.";
            return Err(Failure::invalid("/member_id", words));
        }
    };
    let handover = install(w, who, coalition, person, &reason)?;
    made(w, handover)
}

/// Takes in somebody who asked to join, so that they can be the convenor.
fn let_in(
    w: &mut Writes<'_>,
    who: &Person,
    coalition: &Coalition,
    id: JoinRequestId,
) -> Result<PersonId> {
    let request = store::join_request(w, id)?
        .filter(|request| request.coalition_id == coalition.id)
        .filter(|request| request.state == JoinState::Asked)
        .ok_or_else(|| {
            let words = "No such request to join this coalition waits.";
            Failure::invalid("/join_request_id", words)
        })?;
    store::decide_join_request(w, id, JoinState::Accepted, who.id)?;
    let object = ("join_request", id.0);
    let detail = json!({ "person": request.person_id });
    super::trace(w, who, "join_request.accepted", object, coalition, detail)?;
    ensure_member(w, coalition, request.person_id, who.id)?;
    Ok(request.person_id)
}

fn ensure_member(
    w: &mut Writes<'_>,
    coalition: &Coalition,
    person: PersonId,
    by: PersonId,
) -> Result<()> {
    if store::live_member(w, coalition.id, person)?.is_none() {
        super::join(
            w,
            coalition,
            person,
            MemberRole::Editor,
            Vec::new(),
            Some(by),
        )?;
    }
    Ok(())
}

/// Makes a member the convenor, and tells every member why.
fn install(
    w: &mut Writes<'_>,
    who: &Person,
    coalition: &Coalition,
    person: PersonId,
    reason: &str,
) -> Result<Handover> {
    overtake(w, who, coalition, |_| true)?;
    let former = pass(w, coalition, person)?;
    let state = HandoverState::Appointed;
    let mut handover = passing(w, coalition, former, person, state, reason);
    handover.answered_at = Some(w.now());
    store::insert_handover(w, &handover)?;
    let object = ("handover", handover.id.0);
    let detail = json!({ "from": former, "to": person });
    super::trace(w, who, "convenor.appointed", object, coalition, detail)?;
    let fields = json!({
        "coalition": coalition.name,
        "competition": super::competition_of(w, coalition)?.title(),
        "convenor": person_named(w, person)?.name,
        "reason": reason,
    });
    let news = News {
        kind: "convenor-appointed",
        cause: object,
        fields,
    };
    letters::tell_members(w, coalition, &news)?;
    Ok(handover)
}

/// Asks somebody in as the convenor. They are it once they accept with the account of this very
/// address; until then nothing changes, and the coalition is not told.
///
/// # Errors
/// 404, 403 and 422 as everywhere; 409 when such an invitation waits, or the person is a member.
pub fn invite(
    w: &mut Writes<'_>,
    who: &Person,
    id: CoalitionId,
    input: &Input<ConvenorInvited>,
) -> Result<Created<InvitationView>> {
    let standing = stand_with(w, who, id, Right::AppointConvenor)?;
    let coalition = &standing.coalition;
    let asked = input.get()?;
    let mut reading = Reading::default();
    let address = reading.address("/email", &asked.email);
    let reason = reading.reason("/reason", &asked.reason);
    refuse_if_any(reading.errors())?;
    require_outsider(w, coalition, &address)?;
    if of_officers(w, id)?.iter().any(|one| one.state.waits()) {
        let words = "Somebody is asked to be the convenor: call that back first.";
        return Err(Failure::rule(Rule::AlreadyThere, words));
    }
    let invitation = Invitation {
        role: MemberRole::Convenor,
        reason,
        ..fresh(w, who, coalition, address)
    };
    store::insert_invitation(w, &invitation)?;
    send(w, coalition, &invitation)?;
    let object = ("invitation", invitation.id.0);
    let detail = json!({ "role": invitation.role, "seat": invitation.seat_id });
    super::trace(w, who, "invitation.sent", object, coalition, detail)?;
    let view = shown(w, invitation.id)?;
    Ok(Created::at(location(invitation.id), view))
}

fn require_outsider(r: &mut Reads<'_>, coalition: &Coalition, address: &str) -> Result<()> {
    let Some(person) = people::person_by_email(r, address)? else {
        return Ok(());
    };
    if store::live_member(r, coalition.id, person.id)?.is_none() {
        return Ok(());
    }
    let words = "The person of this address is a member: appoint them.";
    Err(Failure::rule(Rule::AlreadyThere, words))
}

/// Like every first letter, it carries no free text: the reason is read once it is accepted.
fn send(w: &mut Writes<'_>, coalition: &Coalition, invitation: &Invitation) -> Result<()> {
    let competition = super::competition_of(w, coalition)?;
    let to = (None, invitation.address.as_str());
    let subject = Some(invitation.id.0);
    let link = links::make(w, LinkKind::Invitation, to, subject, INVITATION_HOURS)?;
    let news = News {
        kind: "convenor-invitation",
        cause: ("invitation", invitation.id.0),
        fields: json!({
            "places": places_in_words(w, coalition)?,
            "competition": competition.title(),
            "link": link.0,
        }),
    };
    let (address, language) = (&invitation.address, &competition.language);
    letters::tell_address(w, coalition, address, language, &news)
}

/// Whom officers asked in as the convenor of a coalition, whatever became of it; to officers.
///
/// # Errors
/// 404 and 403 as everywhere.
pub fn invitations(
    r: &mut Reads<'_>,
    who: &Person,
    id: CoalitionId,
) -> Result<Vec<InvitationView>> {
    stand_with(r, who, id, Right::SeeAppointments)?;
    let invitations = of_officers(r, id)?;
    views(r, invitations)
}

fn of_officers(r: &mut Reads<'_>, id: CoalitionId) -> Result<Vec<Invitation>> {
    let mut all = store::invitations_of(r, id)?;
    all.retain(|invitation| invitation.role == MemberRole::Convenor);
    Ok(all)
}

/// Somebody accepts to be the convenor.
pub(super) fn take_over(
    w: &mut Writes<'_>,
    who: &Person,
    coalition: &Coalition,
    invitation: &Invitation,
) -> Result<()> {
    if invitation.address != who.email {
        let words = "Accept this with the account of the address that it went to.";
        return Err(Failure::forbidden(words));
    }
    super::answering::accepted(w, who, coalition, invitation, who.id)?;
    ensure_member(w, coalition, who.id, invitation.invited_by)?;
    install(w, who, coalition, who.id, &invitation.reason).map(|_| ())
}
