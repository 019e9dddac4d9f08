//! What becomes of an assignment: accepted, declined, given back, ended.

use serde::Deserialize;
use utoipa::ToSchema;

use super::assignments::detail_of;
use super::invitations::{self, AnswerRequest};
use super::{NOTE_AT_MOST, ReasonRequest, limit, officers_only, seen_assignment};
use crate::competitions;
use crate::competitions::model::{Phase, Stage};
use crate::panels::access::Rights;
use crate::panels::model::{Assignment, AssignmentState, PanelMember};
use crate::panels::{letters, store};
use crate::people::Person;
use crate::platform::audit::{self, Act};
use crate::platform::clock::Instant;
use crate::platform::db::Writes;
use crate::platform::http::Input;
use crate::platform::ids::{AssignmentId, CoalitionId, PersonId};
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule, refuse_if_any};

/// Says yes to an assignment, and with it to the panel.
///
/// # Errors
/// 404, 403 for others than the reviewer, 409 when it was answered or reviews are closed, 422.
pub fn accept(
    w: &mut Writes<'_>,
    who: &Person,
    id: AssignmentId,
    input: &Input<AnswerRequest>,
) -> Result<Assignment> {
    let (assignment, stage) = own(w, who, id)?;
    let request = input.get()?;
    let mut errors = Vec::new();
    limit(&mut errors, "/note", &request.note, NOTE_AT_MOST);
    refuse_if_any(errors)?;
    must_be(&assignment, &[AssignmentState::Invited])?;
    before(w, &stage, Phase::Deciding)?;
    invitations::accept_silently(w, who, &assignment)?;
    answer(
        w,
        Some(who.id),
        &assignment,
        AssignmentState::Accepted,
        request.note.trim(),
    )
}

/// Says no to an assignment.
///
/// # Errors
/// 404, 403 for others than the reviewer, 409 when it was answered, 422.
pub fn decline(
    w: &mut Writes<'_>,
    who: &Person,
    id: AssignmentId,
    input: &Input<ReasonRequest>,
) -> Result<Assignment> {
    let (assignment, stage) = own(w, who, id)?;
    let reason = input.get()?.checked()?;
    must_be(&assignment, &[AssignmentState::Invited])?;
    let answered = answer(
        w,
        Some(who.id),
        &assignment,
        AssignmentState::Declined,
        &reason,
    )?;
    letters::given_back(w, &stage, &answered, "assignment-declined")?;
    Ok(answered)
}

/// Steps back from an assignment after accepting it: access ends at once.
///
/// # Errors
/// 404, 403 for others than the reviewer, 409 when there is nothing to step back from, 422.
pub fn recuse(
    w: &mut Writes<'_>,
    who: &Person,
    id: AssignmentId,
    input: &Input<ReasonRequest>,
) -> Result<Assignment> {
    let (assignment, stage) = own(w, who, id)?;
    let reason = input.get()?.checked()?;
    must_be(
        &assignment,
        &[AssignmentState::Invited, AssignmentState::Accepted],
    )?;
    before(w, &stage, Phase::Decided)?;
    let answered = answer(
        w,
        Some(who.id),
        &assignment,
        AssignmentState::Recused,
        &reason,
    )?;
    letters::given_back(w, &stage, &answered, "assignment-recused")?;
    Ok(answered)
}

/// Why an assignment ends, and what becomes of a review that is in.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndingRequest {
    /// In plain text, for the reviewer.
    #[schema(example = "Ill until June; somebody else reads the rest.")]
    pub reason: String,
    /// Whether a review that is in leaves the results too; it stays unless told otherwise.
    #[serde(default)]
    pub exclude_review: bool,
}

/// Takes an assignment back. A review that is in counts on unless it is excluded; a draft is kept,
/// and nobody reads it.
///
/// # Errors
/// 404, 403 for others than officers, 409 when it is over or the stage is decided, 422.
pub fn end(
    w: &mut Writes<'_>,
    who: &Person,
    id: AssignmentId,
    input: &Input<EndingRequest>,
) -> Result<Assignment> {
    let (assignment, stage, rights) = seen_assignment(w, who, id)?;
    officers_only(rights)?;
    let asked = input.get()?;
    let reason = ReasonRequest {
        reason: asked.reason,
    };
    let reason = reason.checked()?;
    must_be(
        &assignment,
        &[AssignmentState::Invited, AssignmentState::Accepted],
    )?;
    before(w, &stage, Phase::Decided)?;
    if !asked.exclude_review {
        keep_if_in(w, &assignment)?;
    }
    let ended = answer(
        w,
        Some(who.id),
        &assignment,
        AssignmentState::Ended,
        &reason,
    )?;
    letters::assignment_ended(w, &stage, &ended)?;
    Ok(ended)
}

/// What was submitted stays when its author leaves.
fn keep_if_in(w: &mut Writes<'_>, assignment: &Assignment) -> Result<()> {
    if store::review_is_in(w, assignment.id)? {
        store::keep_review(w, assignment.id)?;
    }
    Ok(())
}

/// Until when a review is due, other than the stage's.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DueRequest {
    /// The day and time.
    #[schema(example = "2026-06-05T21:00:00Z")]
    pub due_at: Instant,
    /// Why, in plain text, for the reviewer.
    #[schema(example = "You were asked later than the others.")]
    pub reason: String,
}

/// Gives one assignment a due date of its own. The reviewer is told, and reminded by it.
///
/// # Errors
/// 404, 403 for others than officers, 409 when it is over or reviews are closed, 422 for a moment
/// that has passed or no reason.
pub fn move_due(
    w: &mut Writes<'_>,
    who: &Person,
    id: AssignmentId,
    input: &Input<DueRequest>,
) -> Result<Assignment> {
    let (assignment, stage, rights) = seen_assignment(w, who, id)?;
    officers_only(rights)?;
    let asked = input.get()?;
    let reason = ReasonRequest {
        reason: asked.reason,
    };
    let reason = reason.checked()?;
    if asked.due_at <= w.now() {
        return Err(Failure::invalid(
            "/due_at",
            "A moment that is still to come.",
        ));
    }
    must_be(
        &assignment,
        &[AssignmentState::Invited, AssignmentState::Accepted],
    )?;
    before(w, &stage, Phase::Deciding)?;
    store::set_due(w, id, asked.due_at)?;
    let moved = store::assignment(w, id)?.or_not_found()?;
    trace(w, Some(who.id), &moved, "assignment.due_moved")?;
    letters::due_moved(w, &stage, &moved, &reason)?;
    Ok(moved)
}

/// Ends what a reviewer has in a stage whose panel they leave, and tells the officers of each.
/// Once the stage is decided, what they accepted stands with its review: results that decisions
/// were taken on do not change behind them.
pub(super) fn end_all_of(
    w: &mut Writes<'_>,
    who: &Person,
    member: &PanelMember,
    reason: &str,
) -> Result<usize> {
    let stage = competitions::store::stage(w, member.stage_id)?.or_not_found()?;
    let decided = stage.phase(w.now()) >= Phase::Decided;
    let filter = store::Filter {
        person: Some(member.person_id),
        ..store::Filter::default()
    };
    let mut ending = store::assignments_of_stage(w, member.stage_id, &filter)?;
    ending.retain(|one| match one.state {
        AssignmentState::Invited => true,
        AssignmentState::Accepted => !decided,
        AssignmentState::Declined | AssignmentState::Recused | AssignmentState::Ended => false,
    });
    for assignment in &ending {
        keep_if_in(w, assignment)?;
        let ended = answer(w, Some(who.id), assignment, AssignmentState::Ended, reason)?;
        letters::left(w, &stage, &ended, who)?;
    }
    Ok(ending.len())
}

/// Ends whatever is assigned on a coalition's submission that is no longer to be reviewed, and
/// tells the reviewers why.
///
/// # Errors
/// When the database fails.
pub fn end_all_on(
    w: &mut Writes<'_>,
    who: &Person,
    stage: &Stage,
    coalition: CoalitionId,
    reason: &str,
) -> Result<usize> {
    let filter = store::Filter {
        coalition: Some(coalition),
        ..store::Filter::default()
    };
    let mut live = store::assignments_of_stage(w, stage.id, &filter)?;
    live.retain(Assignment::is_live);
    for assignment in &live {
        let ended = answer(w, Some(who.id), assignment, AssignmentState::Ended, reason)?;
        letters::assignment_ended(w, stage, &ended)?;
    }
    Ok(live.len())
}

fn own(w: &mut Writes<'_>, who: &Person, id: AssignmentId) -> Result<(Assignment, Stage)> {
    let (assignment, stage, rights) = seen_assignment(w, who, id)?;
    reviewer_only(rights)?;
    Ok((assignment, stage))
}

fn reviewer_only(rights: Rights) -> Result<()> {
    if rights.answer {
        return Ok(());
    }
    Err(Failure::forbidden("Only the reviewer answers this."))
}

fn must_be(assignment: &Assignment, states: &[AssignmentState]) -> Result<()> {
    if states.contains(&assignment.state) {
        return Ok(());
    }
    Err(Failure::rule(
        Rule::WrongPhase,
        format!("This assignment is {}.", assignment.state),
    ))
}

fn before(w: &Writes<'_>, stage: &Stage, phase: Phase) -> Result<()> {
    let now = stage.phase(w.now());
    if now < phase {
        return Ok(());
    }
    Err(Failure::rule(
        Rule::WrongPhase,
        format!("The stage is in the phase “{now}”: it is too late for this."),
    ))
}

fn answer(
    w: &mut Writes<'_>,
    actor: Option<PersonId>,
    assignment: &Assignment,
    state: AssignmentState,
    reason: &str,
) -> Result<Assignment> {
    store::answer(w, assignment.id, state, reason)?;
    trace(w, actor, assignment, &format!("assignment.{state}"))?;
    store::assignment(w, assignment.id)?.or_not_found()
}

/// Leaves a trace of what became of an assignment.
pub(super) fn trace(
    w: &mut Writes<'_>,
    actor: Option<PersonId>,
    assignment: &Assignment,
    act: &str,
) -> Result<()> {
    let competition = store::competition_of_stage(w, assignment.stage_id)?;
    audit::record(
        w,
        Act {
            actor,
            act,
            object: ("assignment", assignment.id.0),
            competition,
            coalition: Some(assignment.coalition_id),
            detail: detail_of(assignment),
        },
    )
}
