//! The use cases: each checks the right, applies the rules, stores, leaves a trace and tells who
//! is concerned, in one transaction.

mod answers;
mod assignments;
mod conflicts;
mod declaring;
mod documents;
mod invitations;
mod lifting;
mod members;
mod namings;
mod views;

pub use answers::{DueRequest, EndingRequest, accept, decline, end, end_all_on, move_due, recuse};
pub use assignments::{MayBeReviewed, Pair, Problem, apply_pairs, problems_of};
pub use conflicts::{
    AddRequest, ConflictQuery, DecisionRequest, add, confirm, dismiss, list_conflicts,
    show_conflict,
};
pub(super) use declaring::end_conflicted;
pub use declaring::{
    DeclarationRequest, declare, is_brought_near, list_own_conflicts, stage_to_declare_on,
};
pub use documents::{
    DocumentRequest, add_document, change_document, remove_document, show_document,
};
pub use invitations::{
    AnswerRequest, InvitationRequest, accept_panel, end_member, invite, invite_again, refuse_panel,
};
pub use members::{
    ChangeRequest, JurorView, LoadView, MemberQuery, change, list_loads, list_members,
    list_own_panels, roster, show_member,
};
pub use namings::{NamingRequest, add_naming, list_namings, remove_naming};
pub use views::{
    ConflictView, DocumentView, NamingView, OwnConflictView, PanelMemberView, PersonView,
};

use serde::Deserialize;
use utoipa::ToSchema;

use super::access::{self, Facts, Rights};
use super::model::Assignment;
use super::store;
use crate::coalitions::doors;
use crate::competitions;
use crate::competitions::access::Ties;
use crate::competitions::model::Stage;
use crate::people::{Person, Role};
use crate::platform::counting::characters;
use crate::platform::db::Reads;
use crate::platform::ids::{AssignmentId, CompetitionId, StageId};
use crate::platform::plain;
use crate::platform::refusal::{Failure, FieldError, OrNotFound as _, Result};

/// How long a reason or note may be, in characters.
const NOTE_AT_MOST: usize = 2000;
/// How long a name may be, in characters.
const NAME_AT_MOST: usize = 200;

/// A reason for something that others will ask about.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonRequest {
    /// Why, in plain text.
    #[schema(example = "I will be travelling until the deadline.")]
    pub reason: String,
}

impl ReasonRequest {
    /// The reason, which can't be empty.
    ///
    /// # Errors
    /// 422 when it is, or too long.
    pub fn checked(&self) -> Result<String> {
        let reason = self.reason.trim();
        if reason.is_empty() {
            return Err(Failure::invalid("/reason", "Give a reason."));
        }
        if characters(reason) > NOTE_AT_MOST {
            return Err(Failure::invalid("/reason", too_long(NOTE_AT_MOST)));
        }
        Ok(reason.to_owned())
    }
}

fn too_long(limit: usize) -> String {
    format!("At most {limit} characters.")
}

/// Notes a text that is longer than allowed.
fn limit(errors: &mut Vec<FieldError>, pointer: &str, text: &str, limit: usize) {
    if characters(text) > limit {
        errors.push(FieldError::at(pointer, too_long(limit)));
    }
}

/// Notes a name or title that is too long, or not one line of plain text.
fn limit_line(errors: &mut Vec<FieldError>, pointer: &str, text: &str) {
    limit(errors, pointer, text, NAME_AT_MOST);
    errors.extend(plain::objection(pointer, text));
}

/// What a person is to a competition, before anything is known of the object.
pub(super) fn facts_of(who: &Person, competition: CompetitionId) -> Facts {
    Facts {
        officer: who.is(Role::Officer, competition),
        assistant: who.is(Role::Assistant, competition),
        ..Facts::default()
    }
}

/// A stage that the person may know of, with their rights over its panel.
///
/// # Errors
/// 404 when it is not there for them.
pub fn seen_stage(r: &mut Reads<'_>, who: &Person, id: StageId) -> Result<(Stage, Rights)> {
    let stage = competitions::store::stage(r, id)?.or_not_found()?;
    let own =
        who.verified && store::panel_member(r, id, who.id)?.is_some_and(|member| member.is_live());
    let published = stage.published_at.is_some_and(|at| at <= r.now());
    let ties = Ties::of(Some(who), stage.competition_id);
    if !own && !competitions::access::rights(ties, published).see {
        return Err(Failure::not_found());
    }
    let facts = facts_of(who, stage.competition_id);
    Ok((stage, access::over_panel(Facts { own, ..facts })))
}

/// A stage whose officers or assistants the person is one of.
///
/// # Errors
/// 404 when it is not there for them, 403 when it is not theirs.
pub fn stage_of_office(r: &mut Reads<'_>, who: &Person, id: StageId) -> Result<(Stage, Rights)> {
    let (stage, rights) = seen_stage(r, who, id)?;
    if !rights.invite {
        return Err(Failure::forbidden(
            "This is for the officers and assistants of the competition.",
        ));
    }
    Ok((stage, rights))
}

/// As [`stage_of_office`], for acts of officers alone.
///
/// # Errors
/// 404 when it is not there for them, 403 when it is not theirs.
pub fn stage_of_officers(r: &mut Reads<'_>, who: &Person, id: StageId) -> Result<Stage> {
    let (stage, rights) = seen_stage(r, who, id)?;
    officers_only(rights)?;
    Ok(stage)
}

fn officers_only(rights: Rights) -> Result<()> {
    if rights.decide {
        return Ok(());
    }
    Err(Failure::forbidden(
        "This is for the officers of the competition.",
    ))
}

/// An assignment that the person may see, with their rights over it.
///
/// # Errors
/// 404 when it is not there for them: also once a conflict closed the coalition.
pub fn seen_assignment(
    r: &mut Reads<'_>,
    who: &Person,
    id: AssignmentId,
) -> Result<(Assignment, Stage, Rights)> {
    let assignment = store::assignment(r, id)?.or_not_found()?;
    let stage = competitions::store::stage(r, assignment.stage_id)?.or_not_found()?;
    let rights = access::over_assignment(Facts {
        own: who.verified && assignment.person_id == who.id,
        closed: doors::is_closed(r, who.id, assignment.coalition_id)?,
        ..facts_of(who, stage.competition_id)
    });
    if !rights.see {
        return Err(Failure::not_found());
    }
    Ok((assignment, stage, rights))
}
