//! Who writes: roles given, members removed, members leaving.

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::letters::{self, News};
use super::showing::{named, people_named, person_named};
use crate::coalitions::access::Right;
use crate::coalitions::grace::demand_no_grace;
use crate::coalitions::model::{Coalition, Member, MemberRole, SeatState};
use crate::coalitions::views::{CoalitionView, MemberView};
use crate::coalitions::words::Reading;
use crate::coalitions::{Standing, stand, stand_with, store};
use crate::people::Person;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{IfMatch, Input};
use crate::platform::ids::{CoalitionId, MemberId, PersonId, SeatId};
use crate::platform::outbox;
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule, refuse_if_any};

/// The names of a coalition.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// What it calls itself.
    pub name: String,
    /// The organisation that leads it.
    pub lead_organisation: String,
    /// The organisation that takes the money, where another.
    #[serde(default)]
    pub fiscal_agent: Option<String>,
}

/// A member's part.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// `editor`, `contributor` or `signatory`.
    pub role: MemberRole,
    /// The sections of the form that a contributor answers.
    #[serde(default)]
    pub sections: Vec<String>,
}

/// Renames a coalition, its lead organisation and its fiscal agent.
///
/// # Errors
/// 404, 403, 428/412 and 422 as everywhere.
pub fn rename(
    w: &mut Writes<'_>,
    who: &Person,
    id: CoalitionId,
    condition: &IfMatch,
    input: &Input<Names>,
) -> Result<CoalitionView> {
    let standing = stand_with(w, who, id, Right::Rename)?;
    condition.check(&super::showing::view(w, &standing)?)?;
    let typed = input.get()?;
    let mut reading = Reading::default();
    let name = reading.name("/name", &typed.name);
    let lead = reading.name("/lead_organisation", &typed.lead_organisation);
    let agent = super::founding::read_agent(&mut reading, typed.fiscal_agent.as_deref());
    refuse_if_any(reading.errors())?;
    demand_no_grace(w, standing.competition_id)?;
    store::rename_coalition(w, id, &name, &lead, agent.as_deref())?;
    let object = ("coalition", id.0);
    super::trace(
        w,
        who,
        "coalition.renamed",
        object,
        &standing.coalition,
        json!({}),
    )?;
    super::showing::show(w, who, id)
}

/// The members of a coalition, in the order of joining.
///
/// # Errors
/// 404 when the caller may not know that it exists.
pub fn list(r: &mut Reads<'_>, who: &Person, id: CoalitionId) -> Result<Vec<MemberView>> {
    stand(r, who, id)?;
    let members = store::live_members(r, id)?;
    let people = people_named(r, members.iter().map(|member| member.person_id))?;
    members
        .into_iter()
        .map(|member| {
            let person = named(&people, member.person_id)?;
            Ok(view(member, person))
        })
        .collect()
}

/// One member.
///
/// # Errors
/// 404 when the caller may not know that the coalition exists.
pub fn show(r: &mut Reads<'_>, who: &Person, id: MemberId) -> Result<MemberView> {
    let (_, member) = member_before(r, who, id)?;
    shown(r, member)
}

/// Gives a member another role or other sections.
///
/// # Errors
/// 404, 403, 428/412 and 422 as everywhere; 409 for the convenor's own part.
pub fn change(
    w: &mut Writes<'_>,
    who: &Person,
    id: MemberId,
    condition: &IfMatch,
    input: &Input<Part>,
) -> Result<MemberView> {
    let (standing, member) = member_before(w, who, id)?;
    standing.demand(Right::ChangeMembers)?;
    condition.check(&shown(w, member.clone())?)?;
    let part = input.get()?;
    let coalition = &standing.coalition;
    let sections = super::role_given(w, coalition, part.role, &part.sections, Reading::default())?;
    require_not_convenor(&member)?;
    if (member.role, &member.sections) == (part.role, &sections) {
        return shown(w, member);
    }
    store::change_member(w, id, part.role, &sections)?;
    let detail = json!({ "role": part.role, "sections": sections });
    super::trace(
        w,
        who,
        "member.changed",
        ("member", id.0),
        coalition,
        detail,
    )?;
    let fields = json!({ "coalition": coalition.name, "role": part.role });
    let news = News {
        kind: "member-changed",
        cause: ("member", id.0),
        fields,
    };
    letters::tell(w, coalition, member.person_id, &news)?;
    show(w, who, id)
}

/// Removes a member, or leaves. Access ends at once, invitations that wait for them are called
/// back; the member's words stay.
///
/// # Errors
/// 404 and 403 as everywhere; 409 for the convenor, who hands over or dissolves.
pub fn remove(w: &mut Writes<'_>, who: &Person, id: MemberId) -> Result<()> {
    let (standing, member) = member_before(w, who, id)?;
    let leaves = member.person_id == who.id;
    if !leaves {
        standing.demand(Right::ChangeMembers)?;
    }
    require_not_convenor(&member)?;
    let coalition = &standing.coalition;
    let (act, reason) = if leaves {
        ("member.left", "left")
    } else {
        ("member.removed", "removed")
    };
    store::end_member(w, id, who.id, reason)?;
    let seat = leave_seat(w, coalition, member.person_id)?;
    let person = person_named(w, member.person_id)?;
    super::revoking::call_back_all_to(w, who, coalition, &person)?;
    outbox::shut_out(w, member.person_id, coalition.id)?;
    let detail = json!({ "person": member.person_id, "seat": seat });
    super::trace(w, who, act, ("member", id.0), coalition, detail)?;
    super::handovers::overtake(w, who, coalition, |handover| {
        handover.to_person == member.person_id
    })?;
    if leaves {
        let fields = json!({ "coalition": coalition.name, "person": who.name });
        let news = News {
            kind: "member-left",
            cause: ("member", id.0),
            fields,
        };
        letters::tell_convenor(w, coalition, &news)
    } else {
        let fields = json!({ "coalition": coalition.name });
        let news = News {
            kind: "member-removed",
            cause: ("member", id.0),
            fields,
        };
        letters::tell(w, coalition, member.person_id, &news)
    }
}

/// Whoever goes gives up their seat, if they have one.
fn leave_seat(
    w: &mut Writes<'_>,
    coalition: &Coalition,
    person: PersonId,
) -> Result<Option<SeatId>> {
    let Some(mut seat) = store::seat_held_by(w, coalition.id, person)? else {
        return Ok(None);
    };
    seat.state = SeatState::Empty;
    seat.person_id = None;
    store::update_seat(w, &seat)?;
    Ok(Some(seat.id))
}

fn member_before(r: &mut Reads<'_>, who: &Person, id: MemberId) -> Result<(Standing, Member)> {
    let member = store::member(r, id)?.or_not_found()?;
    let standing = stand(r, who, member.coalition_id)?;
    Ok((standing, member))
}

fn require_not_convenor(member: &Member) -> Result<()> {
    if member.role != MemberRole::Convenor {
        return Ok(());
    }
    Err(Failure::rule(
        Rule::NotReady,
        "The convenor hands over to another member first, or dissolves the coalition.",
    ))
}

fn shown(r: &mut Reads<'_>, member: Member) -> Result<MemberView> {
    let person = person_named(r, member.person_id)?;
    Ok(view(member, person))
}

fn view(member: Member, person: crate::coalitions::views::PersonNamed) -> MemberView {
    MemberView {
        id: member.id,
        coalition_id: member.coalition_id,
        person,
        role: member.role,
        sections: member.sections,
        joined_at: member.joined_at,
    }
}
