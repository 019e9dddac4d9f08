//! Joining and leaving a panel: an invitation, its answer, the end.

use serde::Deserialize;
use utoipa::ToSchema;

use super::documents::{self, DocumentRequest};
use super::members::{fact_errors, names_of, seen, trace};
use super::views::{self, PanelMemberView};
use super::{
    NOTE_AT_MOST, ReasonRequest, answers, limit, limit_line, officers_only, stage_of_office,
};
use crate::competitions;
use crate::competitions::model::{Sector, Stage};
use crate::panels::model::{Assignment, PanelMember, PanelState};
use crate::panels::{conflicts, letters, store};
use crate::people::accounts::{self, Newcomer};
use crate::people::links::{self, LinkKind};
use crate::people::{self, Person};
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Created, Input};
use crate::platform::ids::{PanelMemberId, PersonId, StageId};
use crate::platform::refusal::{Failure, FieldError, OrNotFound as _, Result, Rule, refuse_if_any};

/// Asks a person onto the panel: one whom the office knows, or anyone by e-mail.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitationRequest {
    /// Someone who is on a panel or in the office of one of your competitions; or give `email`.
    pub person: Option<PersonId>,
    /// Their address; an account is made when nobody has it.
    #[schema(example = "jane@harborbank.example")]
    pub email: Option<String>,
    /// Their name, for a new account.
    #[serde(default)]
    #[schema(example = "Jane Alvarez")]
    pub name: String,
    /// The language they read, as BCP 47, for a new account.
    #[serde(default)]
    #[schema(example = "en")]
    pub language: String,
    /// How many submissions they read at most.
    #[schema(minimum = 1, maximum = 500, example = 6)]
    pub max_load: i32,
    /// Where they work.
    #[serde(default)]
    #[schema(example = "Harbor Community Bank")]
    pub organisation: String,
    /// Where they live.
    #[serde(default)]
    #[schema(example = "Salem, MA")]
    pub home_city: String,
    /// The sectors they come from.
    #[serde(default)]
    pub sectors: Vec<Sector>,
    /// Keys of the rubric's criteria that they are expert in.
    #[serde(default)]
    pub expert_in: Vec<String>,
    /// What they know about.
    #[serde(default)]
    pub documents: Vec<DocumentRequest>,
}

/// A yes, with words if one likes.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerRequest {
    /// A word to the office.
    #[serde(default)]
    pub note: String,
}

/// Asks a person onto the panel of a stage.
///
/// # Errors
/// 404, 403 for others than officers and assistants, 409 when they are on it, 422.
pub fn invite(
    w: &mut Writes<'_>,
    who: &Person,
    stage: StageId,
    input: &Input<InvitationRequest>,
) -> Result<Created<PanelMemberView>> {
    let (stage, _) = stage_of_office(w, who, stage)?;
    if !stage.has_review {
        return Err(Failure::rule(Rule::WrongPhase, "This stage has no review."));
    }
    let request = input.get()?;
    refuse_if_any(errors_of(&request, &stage))?;
    let person = invited_person(w, who, &request)?;
    let member = asked(w, who, &stage, person, &request)?;
    documents::insert_all(w, member.id, &request.documents)?;
    conflicts::detect_for_reviewer(w, &member)?;
    trace(w, who, &member, "panel_member.invited")?;
    letters::panel_invitation(w, &stage, &member)?;
    Ok(Created::at(
        format!("/api/v1/panel-members/{}", member.id),
        views::member_view(w, member)?,
    ))
}

fn errors_of(request: &InvitationRequest, stage: &Stage) -> Vec<FieldError> {
    let mut errors = fact_errors(
        request.max_load,
        &request.organisation,
        &request.home_city,
        &request.expert_in,
        stage,
    );
    match (&request.person, &request.email) {
        (Some(_), None) => {}
        (None, Some(email)) if email.trim().parse::<lettre::Address>().is_ok() => {}
        (None, Some(_)) => errors.push(FieldError::at("/email", "This is no e-mail address.")),
        _ => errors.push(FieldError::at("/email", "Give either person or email.")),
    }
    limit_line(&mut errors, "/name", &request.name);
    for (number, document) in request.documents.iter().enumerate() {
        errors.extend(document.errors(&format!("/documents/{number}")));
    }
    errors
}

/// The person meant; an identity that the inviter has no business with is as good as unknown.
fn invited_person(
    w: &mut Writes<'_>,
    who: &Person,
    request: &InvitationRequest,
) -> Result<PersonId> {
    if let Some(id) = request.person {
        return if id == who.id || is_known_to(w, who, id)? {
            Ok(id)
        } else {
            Err(Failure::invalid(
                "/person",
                "There is no such person; give their e-mail address.",
            ))
        };
    }
    accounts::invited(
        w,
        &Newcomer {
            email: request.email.clone().unwrap_or_default(),
            name: request.name.clone(),
            organisation: request.organisation.clone(),
            home_city: request.home_city.clone(),
            language: request.language.clone(),
            ..Newcomer::default()
        },
    )
}

fn is_known_to(r: &mut Reads<'_>, who: &Person, id: PersonId) -> Result<bool> {
    let panels = store::panels_of(r, id)?;
    let roles = people::store::roles_of(r, id)?;
    Ok(panels
        .iter()
        .any(|panel| who.works_for(panel.competition_id))
        || roles
            .iter()
            .any(|(competition, _)| who.works_for(*competition)))
}

/// Their part in the panel: a new one, or an earlier one asked again.
fn asked(
    w: &mut Writes<'_>,
    who: &Person,
    stage: &Stage,
    person: PersonId,
    request: &InvitationRequest,
) -> Result<PanelMember> {
    let earlier = store::panel_member(w, stage.id, person)?;
    if earlier.as_ref().is_some_and(PanelMember::is_live) {
        return Err(Failure::rule(
            Rule::AlreadyThere,
            "This person is on the panel, or asked already.",
        ));
    }
    let member = PanelMember {
        id: earlier
            .as_ref()
            .map_or_else(|| w.fresh_id(), |earlier| earlier.id),
        stage_id: stage.id,
        competition_id: stage.competition_id,
        person_id: person,
        state: PanelState::Invited,
        max_load: request.max_load,
        organisation: request.organisation.trim().to_owned(),
        home_city: request.home_city.trim().to_owned(),
        sectors: names_of(&request.sectors),
        expert_in: request.expert_in.clone(),
        invited_by: who.id,
        invited_at: w.now(),
        answered_at: None,
        answer_reason: String::new(),
        version: earlier.as_ref().map_or(1, |earlier| earlier.version + 1),
    };
    match earlier {
        Some(_) => store::update_member(w, &member)?,
        None => store::insert_member(w, &member)?,
    }
    Ok(member)
}

/// Sends the invitation again to someone who has not answered: with a new link, and the old one
/// is dead.
///
/// # Errors
/// 404, 403 for others than officers and assistants, 409 when it was answered.
pub fn invite_again(
    w: &mut Writes<'_>,
    who: &Person,
    id: PanelMemberId,
) -> Result<PanelMemberView> {
    let (mut member, rights) = seen(w, who, id)?;
    if !rights.invite {
        return Err(Failure::forbidden(
            "This is for the officers and assistants of the competition.",
        ));
    }
    if member.state != PanelState::Invited {
        return Err(Failure::rule(
            Rule::WrongPhase,
            "This invitation was answered already.",
        ));
    }
    let stage = competitions::store::stage(w, member.stage_id)?.or_not_found()?;
    member.invited_by = who.id;
    member.invited_at = w.now();
    member.version += 1;
    store::update_member(w, &member)?;
    trace(w, who, &member, "panel_member.invited_again")?;
    letters::panel_invitation(w, &stage, &member)?;
    views::member_view(w, member)
}

/// Says yes to a panel.
///
/// # Errors
/// 404, 403 for others than the reviewer, 409 when it was answered, 422.
pub fn accept_panel(
    w: &mut Writes<'_>,
    who: &Person,
    id: PanelMemberId,
    input: &Input<AnswerRequest>,
) -> Result<PanelMemberView> {
    let mut member = own(w, who, id)?;
    let request = input.get()?;
    let mut errors = Vec::new();
    limit(&mut errors, "/note", &request.note, NOTE_AT_MOST);
    refuse_if_any(errors)?;
    if member.state != PanelState::Invited {
        return Err(Failure::rule(
            Rule::WrongPhase,
            "There is no invitation to answer.",
        ));
    }
    member.state = PanelState::Accepted;
    answered(w, &mut member, request.note.trim())?;
    trace(w, who, &member, "panel_member.accepted")?;
    letters::panel_answer(w, &member, who, "panel-accepted")?;
    views::member_view(w, member)
}

/// Who accepts an assignment is on the panel.
pub(super) fn accept_silently(
    w: &mut Writes<'_>,
    who: &Person,
    assignment: &Assignment,
) -> Result<()> {
    let member = store::panel_member(w, assignment.stage_id, who.id)?;
    if let Some(mut member) = member.filter(|member| member.state == PanelState::Invited) {
        member.state = PanelState::Accepted;
        answered(w, &mut member, "")?;
        trace(w, who, &member, "panel_member.accepted")?;
        letters::panel_answer(w, &member, who, "panel-accepted")?;
    }
    Ok(())
}

/// Says no to a panel, or leaves it: assignments end, those apart that were accepted once the
/// stage is decided.
///
/// # Errors
/// 404, 403 for others than the reviewer, 409 when they are not on it, 422.
pub fn refuse_panel(
    w: &mut Writes<'_>,
    who: &Person,
    id: PanelMemberId,
    input: &Input<ReasonRequest>,
) -> Result<PanelMemberView> {
    let mut member = own(w, who, id)?;
    let reason = input.get()?.checked()?;
    if !member.is_live() {
        return Err(Failure::rule(
            Rule::WrongPhase,
            "You are not on this panel.",
        ));
    }
    member.state = PanelState::Declined;
    answered(w, &mut member, &reason)?;
    answers::end_all_of(w, who, &member, &reason)?;
    trace(w, who, &member, "panel_member.declined")?;
    letters::panel_answer(w, &member, who, "panel-declined")?;
    views::member_view(w, member)
}

/// Ends a reviewer's part in a panel, and their assignments with it, as when they leave.
///
/// # Errors
/// 404, 403 for others than officers, 409 when they are not on it, 422.
pub fn end_member(
    w: &mut Writes<'_>,
    who: &Person,
    id: PanelMemberId,
    input: &Input<ReasonRequest>,
) -> Result<PanelMemberView> {
    let (mut member, rights) = seen(w, who, id)?;
    officers_only(rights)?;
    let reason = input.get()?.checked()?;
    if !member.is_live() {
        return Err(Failure::rule(
            Rule::WrongPhase,
            "They are not on this panel.",
        ));
    }
    member.state = PanelState::Ended;
    answered(w, &mut member, &reason)?;
    answers::end_all_of(w, who, &member, &reason)?;
    trace(w, who, &member, "panel_member.ended")?;
    letters::panel_ended(w, &member)?;
    views::member_view(w, member)
}

fn own(r: &mut Reads<'_>, who: &Person, id: PanelMemberId) -> Result<PanelMember> {
    let (member, rights) = seen(r, who, id)?;
    if !rights.answer {
        return Err(Failure::forbidden("Only the reviewer answers this."));
    }
    Ok(member)
}

fn answered(w: &mut Writes<'_>, member: &mut PanelMember, reason: &str) -> Result<()> {
    member.answered_at = Some(w.now());
    reason.clone_into(&mut member.answer_reason);
    member.version += 1;
    links::end_all(w, LinkKind::Invitation, member.id.0)?;
    store::update_member(w, member)
}
