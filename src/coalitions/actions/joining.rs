//! Asking to join a coalition that came first.

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::letters::{self, News};
use super::showing::{named, people_named, person_named};
use crate::coalitions::access::Right;
use crate::coalitions::model::{Coalition, JoinRequest, JoinState, MemberRole};
use crate::coalitions::views::{JoinRequestView, PersonNamed};
use crate::coalitions::words::Reading;
use crate::coalitions::{doors, stand_with, standing, store};
use crate::competitions::model::Phase;
use crate::competitions::store as competitions;
use crate::people::Person;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Created, Input};
use crate::platform::ids::{CoalitionId, JoinRequestId};
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule, refuse_if_any};

/// How many of one person's requests may wait at once.
const WAITING_AT_MOST: i64 = 10;

/// A wish to join.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// Who you are and why; read by the convenor.
    #[serde(default)]
    pub note: String,
}

/// The part that a convenor gives to somebody who asked to join.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Welcome {
    /// `editor`, `contributor` or `signatory`.
    pub role: MemberRole,
    /// The sections of the form that a contributor answers.
    #[serde(default)]
    pub sections: Vec<String>,
}

/// Asks to join. Whoever was told that a coalition came first may ask; it answers alike whether
/// or not the convenor will.
///
/// # Errors
/// 404 when there is no such live coalition in a published competition; 409 when the address is
/// not verified, the call is over, or a request or membership is there already.
pub fn ask(
    w: &mut Writes<'_>,
    who: &Person,
    id: CoalitionId,
    input: &Input<Wish>,
) -> Result<Created<JoinRequestView>> {
    let coalition = open_to_requests(w, who, id)?;
    who.require_verified()?;
    let mut reading = Reading::default();
    let note = reading.note("/note", &input.get()?.note);
    refuse_if_any(reading.errors())?;
    require_open_call(w, &coalition)?;
    require_news(w, who, id)?;
    let request = JoinRequest {
        id: w.fresh_id(),
        coalition_id: id,
        person_id: who.id,
        note,
        state: JoinState::Asked,
        created_at: w.now(),
        decided_at: None,
        decided_by: None,
    };
    store::insert_join_request(w, &request)?;
    let object = ("join_request", request.id.0);
    super::trace(w, who, "join_request.made", object, &coalition, json!({}))?;
    let fields = json!({
        "coalition": coalition.name,
        "person": who.name,
        "address": who.email,
    });
    letters::tell_convenor(
        w,
        &coalition,
        &News {
            kind: "join-asked",
            cause: object,
            fields,
        },
    )?;
    let location = format!("/api/v1/join-requests/{}", request.id);
    let person = person_named(w, who.id)?;
    Ok(Created::at(location, view(request, person)))
}

/// The requests to join a coalition, to its convenor, and to the officers, who can appoint one of
/// those who ask.
///
/// # Errors
/// 404 and 403 as everywhere.
pub fn list(r: &mut Reads<'_>, who: &Person, id: CoalitionId) -> Result<Vec<JoinRequestView>> {
    stand_with(r, who, id, Right::SeeRequests)?;
    let requests = store::join_requests_of(r, id)?;
    let people = people_named(r, requests.iter().map(|request| request.person_id))?;
    requests
        .into_iter()
        .map(|request| {
            let person = named(&people, request.person_id)?;
            Ok(view(request, person))
        })
        .collect()
}

/// One request, to who asked, to the convenor and to the officers.
///
/// # Errors
/// 404 to everyone else.
pub fn show(r: &mut Reads<'_>, who: &Person, id: JoinRequestId) -> Result<JoinRequestView> {
    let request = store::join_request(r, id)?.or_not_found()?;
    if request.person_id != who.id {
        with_right(r, who, &request, Right::SeeRequests)?;
    }
    shown(r, request)
}

/// Takes in somebody who asked.
///
/// # Errors
/// 404 and 403 as everywhere; 409 when it was answered already.
pub fn accept(
    w: &mut Writes<'_>,
    who: &Person,
    id: JoinRequestId,
    input: &Input<Welcome>,
) -> Result<JoinRequestView> {
    let request = store::join_request(w, id)?.or_not_found()?;
    let coalition = answerable(w, who, &request)?;
    let welcome = input.get()?;
    let sections = super::role_given(
        w,
        &coalition,
        welcome.role,
        &welcome.sections,
        Reading::default(),
    )?;
    require_waiting(&request)?;
    if store::live_member(w, coalition.id, request.person_id)?.is_none() {
        let person = request.person_id;
        super::join(w, &coalition, person, welcome.role, sections, Some(who.id))?;
    }
    let fields = json!({ "coalition": coalition.name, "role": welcome.role });
    decide(
        w,
        who,
        &coalition,
        &request,
        JoinState::Accepted,
        ("join-accepted", fields),
    )
}

/// Declines somebody who asked.
///
/// # Errors
/// As [`accept`].
pub fn decline(w: &mut Writes<'_>, who: &Person, id: JoinRequestId) -> Result<JoinRequestView> {
    let request = store::join_request(w, id)?.or_not_found()?;
    let coalition = answerable(w, who, &request)?;
    require_waiting(&request)?;
    let fields = json!({ "coalition": coalition.name });
    decide(
        w,
        who,
        &coalition,
        &request,
        JoinState::Declined,
        ("join-declined", fields),
    )
}

/// A live coalition of a published competition, to anyone whose door to it is not closed by a
/// conflict.
fn open_to_requests(r: &mut Reads<'_>, who: &Person, id: CoalitionId) -> Result<Coalition> {
    let coalition = store::coalition(r, id)?.or_not_found()?;
    if let Some(standing) = standing(r, who, id)? {
        return Ok(standing.coalition);
    }
    let competition = super::competition_of(r, &coalition)?;
    let conflicted = doors::in_conflict_with(r, id)?.contains(&who.id);
    let open = coalition.is_live() && competition.is_published(r.now()) && !conflicted;
    Some(coalition).filter(|_| open).or_not_found()
}

fn require_open_call(r: &mut Reads<'_>, coalition: &Coalition) -> Result<()> {
    let now = r.now();
    let open = competitions::stages_of(r, coalition.competition_id)?
        .iter()
        .any(|stage| matches!(stage.phase(now), Phase::Scheduled | Phase::Open));
    if open && coalition.is_live() {
        return Ok(());
    }
    Err(Failure::rule(
        Rule::WrongPhase,
        "No stage of this competition is to come any more.",
    ))
}

fn require_news(r: &mut Reads<'_>, who: &Person, id: CoalitionId) -> Result<()> {
    if store::live_member(r, id, who.id)?.is_some() {
        return Err(Failure::rule(
            Rule::AlreadyThere,
            "You are a member of this coalition.",
        ));
    }
    let waits = store::join_requests_of(r, id)?
        .iter()
        .any(|request| request.person_id == who.id && request.state == JoinState::Asked);
    if waits {
        return Err(Failure::rule(
            Rule::AlreadyThere,
            "Your request waits for the convenor.",
        ));
    }
    if store::count_waiting_requests_by(r, who.id)? >= WAITING_AT_MOST {
        let words = format!("At most {WAITING_AT_MOST} of your requests wait at once.");
        return Err(Failure::rule(Rule::QuotaUsedUp, words));
    }
    Ok(())
}

fn answerable(r: &mut Reads<'_>, who: &Person, request: &JoinRequest) -> Result<Coalition> {
    with_right(r, who, request, Right::AnswerRequests)
}

fn with_right(
    r: &mut Reads<'_>,
    who: &Person,
    request: &JoinRequest,
    right: Right,
) -> Result<Coalition> {
    let standing = stand_with(r, who, request.coalition_id, right)?;
    Ok(standing.coalition)
}

fn require_waiting(request: &JoinRequest) -> Result<()> {
    if request.state == JoinState::Asked {
        return Ok(());
    }
    let words = format!("This request is {} already.", request.state);
    Err(Failure::rule(Rule::WrongPhase, words))
}

fn decide(
    w: &mut Writes<'_>,
    who: &Person,
    coalition: &Coalition,
    request: &JoinRequest,
    state: JoinState,
    (kind, fields): (&'static str, serde_json::Value),
) -> Result<JoinRequestView> {
    store::decide_join_request(w, request.id, state, who.id)?;
    let object = ("join_request", request.id.0);
    let act = format!("join_request.{state}");
    let detail = json!({ "person": request.person_id });
    super::trace(w, who, &act, object, coalition, detail)?;
    letters::tell(
        w,
        coalition,
        request.person_id,
        &News {
            kind,
            cause: object,
            fields,
        },
    )?;
    let request = store::join_request(w, request.id)?.or_not_found()?;
    shown(w, request)
}

fn shown(r: &mut Reads<'_>, request: JoinRequest) -> Result<JoinRequestView> {
    let person = person_named(r, request.person_id)?;
    Ok(view(request, person))
}

fn view(request: JoinRequest, person: PersonNamed) -> JoinRequestView {
    JoinRequestView {
        id: request.id,
        coalition_id: request.coalition_id,
        person,
        note: request.note,
        state: request.state,
        created_at: request.created_at,
        decided_at: request.decided_at,
    }
}
