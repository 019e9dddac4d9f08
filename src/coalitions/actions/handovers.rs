//! The convenor's part passes on by offer and acceptance.

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::letters::{self, News};
use super::showing::{named, people_named, person_named};
use crate::coalitions::access::Right;
use crate::coalitions::model::{Coalition, Handover, HandoverState, Member, MemberRole};
use crate::coalitions::views::{HandoverView, PersonNamed};
use crate::coalitions::{Standing, stand, stand_with, store};
use crate::people::Person;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Created, Input};
use crate::platform::ids::{CoalitionId, HandoverId, MemberId, PersonId};
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule};

/// To whom the convenor's part is offered.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// Another member.
    pub member_id: MemberId,
}

/// Offers the convenor's part to another member.
///
/// # Errors
/// 404, 403 and 422 as everywhere; 409 when an offer waits already.
pub fn offer(
    w: &mut Writes<'_>,
    who: &Person,
    id: CoalitionId,
    input: &Input<Offer>,
) -> Result<Created<HandoverView>> {
    let standing = stand_with(w, who, id, Right::HandOver)?;
    let coalition = &standing.coalition;
    let other = other_member(w, coalition, input.get()?.member_id)?;
    if store::handovers_of(w, id)?.iter().any(waits) {
        let words = "An offer waits for an answer: call it back first.";
        return Err(Failure::rule(Rule::AlreadyThere, words));
    }
    let handover = passing(
        w,
        coalition,
        who.id,
        other.person_id,
        HandoverState::Offered,
        "",
    );
    store::insert_handover(w, &handover)?;
    let object = ("handover", handover.id.0);
    let detail = json!({ "to": other.person_id });
    super::trace(w, who, "handover.offered", object, coalition, detail)?;
    let fields = json!({ "coalition": coalition.name, "convenor": who.name });
    let news = News {
        kind: "handover-offered",
        cause: object,
        fields,
    };
    letters::tell(w, coalition, other.person_id, &news)?;
    made(w, handover)
}

/// The handovers of a coalition, to its members and the competition's officers.
///
/// # Errors
/// 404 when the caller may not know that it exists.
pub fn list(r: &mut Reads<'_>, who: &Person, id: CoalitionId) -> Result<Vec<HandoverView>> {
    stand(r, who, id)?;
    let handovers = store::handovers_of(r, id)?;
    let ids = handovers
        .iter()
        .flat_map(|one| [one.from_person, one.to_person]);
    let people = people_named(r, ids)?;
    handovers
        .into_iter()
        .map(|handover| {
            let from = named(&people, handover.from_person)?;
            let to = named(&people, handover.to_person)?;
            Ok(view(handover, from, to))
        })
        .collect()
}

/// One handover.
///
/// # Errors
/// 404 when the caller may not know that the coalition exists.
pub fn show(r: &mut Reads<'_>, who: &Person, id: HandoverId) -> Result<HandoverView> {
    let (_, handover) = handover_before(r, who, id)?;
    shown(r, handover)
}

/// Accepts the convenor's part; the former convenor stays as an editor, and every member is told.
///
/// # Errors
/// 404 and 403 as everywhere; 409 when the offer no longer stands.
pub fn accept(w: &mut Writes<'_>, who: &Person, id: HandoverId) -> Result<HandoverView> {
    let (standing, handover) = offered_to(w, who, id)?;
    let coalition = &standing.coalition;
    store::settle_handover(w, id, HandoverState::Accepted)?;
    pass(w, coalition, who.id)?;
    let detail = json!({ "from": handover.from_person });
    super::trace(
        w,
        who,
        "handover.accepted",
        ("handover", id.0),
        coalition,
        detail,
    )?;
    let fields = json!({ "coalition": coalition.name, "convenor": who.name });
    let news = News {
        kind: "handover-accepted",
        cause: ("handover", id.0),
        fields,
    };
    letters::tell_members(w, coalition, &news)?;
    show(w, who, id)
}

/// Declines the convenor's part.
///
/// # Errors
/// As [`accept`].
pub fn decline(w: &mut Writes<'_>, who: &Person, id: HandoverId) -> Result<HandoverView> {
    let (standing, handover) = offered_to(w, who, id)?;
    let coalition = &standing.coalition;
    store::settle_handover(w, id, HandoverState::Declined)?;
    super::trace(
        w,
        who,
        "handover.declined",
        ("handover", id.0),
        coalition,
        json!({}),
    )?;
    let fields = json!({ "coalition": coalition.name, "person": who.name });
    let news = News {
        kind: "handover-declined",
        cause: ("handover", id.0),
        fields,
    };
    letters::tell_member(w, coalition, handover.from_person, &news)?;
    show(w, who, id)
}

/// Calls an offer back.
///
/// # Errors
/// 404 and 403 as everywhere; 409 when it no longer stands.
pub fn call_back(w: &mut Writes<'_>, who: &Person, id: HandoverId) -> Result<()> {
    let (standing, handover) = handover_before(w, who, id)?;
    standing.demand(Right::HandOver)?;
    require_offered(&handover)?;
    end_offer(w, who, &standing.coalition, &handover)
}

/// Ends the offers that another change has overtaken.
pub(super) fn overtake(
    w: &mut Writes<'_>,
    who: &Person,
    coalition: &Coalition,
    which: impl Fn(&Handover) -> bool,
) -> Result<()> {
    for handover in store::handovers_of(w, coalition.id)? {
        if waits(&handover) && which(&handover) {
            end_offer(w, who, coalition, &handover)?;
        }
    }
    Ok(())
}

fn end_offer(
    w: &mut Writes<'_>,
    who: &Person,
    coalition: &Coalition,
    handover: &Handover,
) -> Result<()> {
    store::settle_handover(w, handover.id, HandoverState::CalledBack)?;
    let object = ("handover", handover.id.0);
    super::trace(w, who, "handover.called_back", object, coalition, json!({}))?;
    let fields = json!({ "coalition": coalition.name });
    let news = News {
        kind: "handover-called-back",
        cause: object,
        fields,
    };
    letters::tell_member(w, coalition, handover.to_person, &news).map(|_| ())
}

/// Makes a member the convenor and the former one an editor; gives who that was.
pub(super) fn pass(w: &mut Writes<'_>, coalition: &Coalition, to: PersonId) -> Result<PersonId> {
    let mut former = to;
    for member in store::live_members(w, coalition.id)? {
        if member.person_id == to {
            store::change_member(w, member.id, MemberRole::Convenor, &[])?;
        } else if member.role == MemberRole::Convenor {
            former = member.person_id;
            store::change_member(w, member.id, MemberRole::Editor, &[])?;
        }
    }
    Ok(former)
}

/// A member of this coalition who is not its convenor.
pub(super) fn other_member(
    r: &mut Reads<'_>,
    coalition: &Coalition,
    id: MemberId,
) -> Result<Member> {
    let member = store::member(r, id)?
        .filter(|member| member.coalition_id == coalition.id)
        .ok_or_else(|| {
            Failure::invalid("/member_id", "There is no such member of this coalition.")
        })?;
    if member.role == MemberRole::Convenor {
        return Err(Failure::invalid(
            "/member_id",
            "This member is the convenor.",
        ));
    }
    Ok(member)
}

pub(super) fn passing(
    w: &Writes<'_>,
    coalition: &Coalition,
    from: PersonId,
    to: PersonId,
    state: HandoverState,
    reason: &str,
) -> Handover {
    Handover {
        id: w.fresh_id(),
        coalition_id: coalition.id,
        from_person: from,
        to_person: to,
        state,
        reason: reason.to_owned(),
        created_at: w.now(),
        answered_at: None,
    }
}

fn waits(handover: &Handover) -> bool {
    handover.state == HandoverState::Offered
}

fn require_offered(handover: &Handover) -> Result<()> {
    if waits(handover) {
        return Ok(());
    }
    Err(Failure::rule(
        Rule::WrongPhase,
        "This offer no longer stands.",
    ))
}

fn handover_before(
    r: &mut Reads<'_>,
    who: &Person,
    id: HandoverId,
) -> Result<(Standing, Handover)> {
    let handover = store::handover(r, id)?.or_not_found()?;
    let standing = stand(r, who, handover.coalition_id)?;
    Ok((standing, handover))
}

fn offered_to(r: &mut Reads<'_>, who: &Person, id: HandoverId) -> Result<(Standing, Handover)> {
    let (standing, handover) = handover_before(r, who, id)?;
    if handover.to_person != who.id || standing.member.is_none() {
        return Err(Failure::forbidden(
            "Who was asked to take over answers this.",
        ));
    }
    require_offered(&handover)?;
    if !standing.coalition.is_live() {
        return Err(Failure::rule(Rule::WrongPhase, "This coalition is over."));
    }
    Ok((standing, handover))
}

pub(super) fn made(r: &mut Reads<'_>, handover: Handover) -> Result<Created<HandoverView>> {
    let location = format!("/api/v1/handovers/{}", handover.id);
    Ok(Created::at(location, shown(r, handover)?))
}

fn shown(r: &mut Reads<'_>, handover: Handover) -> Result<HandoverView> {
    let from = person_named(r, handover.from_person)?;
    let to = person_named(r, handover.to_person)?;
    Ok(view(handover, from, to))
}

fn view(handover: Handover, from: PersonNamed, to: PersonNamed) -> HandoverView {
    HandoverView {
        id: handover.id,
        coalition_id: handover.coalition_id,
        from,
        to,
        state: handover.state,
        reason: handover.reason,
        created_at: handover.created_at,
        answered_at: handover.answered_at,
    }
}
