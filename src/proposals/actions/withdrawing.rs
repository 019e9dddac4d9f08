//! Taking a submission back: a separate, confirmed act, possible until the award is accepted.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::desk::for_coalition;
use super::letters;
use super::reading::{self, SubmissionView};
use crate::coalitions::model::MemberRole;
use crate::coalitions::store as coalitions;
use crate::competitions::model::Stage;
use crate::competitions::store as competitions;
use crate::panels::model::AssignmentState;
use crate::panels::store as panels;
use crate::people::Person;
use crate::platform::audit::{self, Act};
use crate::platform::db::Writes;
use crate::platform::http::Input;
use crate::platform::ids::{PersonId, SubmissionId};
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule};
use crate::proposals::model::{AnswerWindow, Submission, SubmissionState, answer_window};
use crate::proposals::store;

/// The word that confirms a withdrawal.
pub const CONFIRMATION: &str = "withdraw";

/// The confirmation of a withdrawal.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdrawing {
    /// The word `withdraw`, so that nobody withdraws by accident.
    #[schema(example = "withdraw")]
    pub confirm: String,
}

/// Withdraws a submission.
///
/// # Errors
/// 404 when it is not the person's to know of, 403 for who is not the convenor, 422 without the
/// confirming word, 409 when it is not in force or the award is accepted.
pub fn withdraw(
    w: &mut Writes<'_>,
    who: &Person,
    id: SubmissionId,
    input: &Input<Withdrawing>,
) -> Result<SubmissionView> {
    let (submission, _) = reading::readable(w, who, id)?;
    let member = coalitions::live_member(w, submission.coalition_id, who.id)?;
    if member.is_none_or(|member| member.role != MemberRole::Convenor) {
        return Err(Failure::forbidden("The coalition's convenor withdraws."));
    }
    if input.get()?.confirm != CONFIRMATION {
        let words = "Write “withdraw” to confirm.";
        return Err(Failure::invalid("/confirm", words));
    }
    demand_withdrawable(w, &submission)?;
    take_back(w, who, &submission)?;
    for later in carried_on_from(w, &submission)? {
        take_back(w, who, &later)?;
    }
    reading::show(w, who, id)
}

fn demand_withdrawable(w: &mut Writes<'_>, submission: &Submission) -> Result<()> {
    if submission.state != SubmissionState::InForce {
        let words = "This submission was replaced or withdrawn before.";
        return Err(Failure::rule(Rule::WrongPhase, words));
    }
    if coalitions::award_is_accepted(w, submission.coalition_id)? {
        let words = "The award is accepted: speak with the program officer.";
        return Err(Failure::rule(Rule::WrongPhase, words));
    }
    Ok(())
}

/// The submissions in force by which stages without a form carry this one on.
fn carried_on_from(w: &mut Writes<'_>, submission: &Submission) -> Result<Vec<Submission>> {
    let mut all = store::submissions_of_coalition(w, submission.coalition_id)?;
    all.retain(|other| {
        other.carried_from == Some(submission.id) && other.state == SubmissionState::InForce
    });
    Ok(all)
}

fn take_back(w: &mut Writes<'_>, who: &Person, submission: &Submission) -> Result<()> {
    let stage = competitions::stage(w, submission.stage_id)?.or_not_found()?;
    let stage = for_coalition(w, stage, submission.coalition_id)?;
    let competition = competitions::competition(w, submission.competition_id)?.or_not_found()?;
    store::end_submission(w, submission.id, SubmissionState::Withdrawn, who.id)?;
    let reviewers = release_reviewers(w, who, submission, &stage)?;
    let act = Act {
        actor: Some(who.id),
        act: "submission.withdrawn",
        object: ("submission", submission.id.0),
        competition: Some(submission.competition_id),
        coalition: Some(submission.coalition_id),
        detail: json!({"stage": stage.id, "digest": submission.digest}),
    };
    audit::record(w, act)?;
    letters::withdrawn(w, &competition, &stage, submission, &reviewers)
}

/// Ends the assignments on a submission that can't come again, and gives who had them.
fn release_reviewers(
    w: &mut Writes<'_>,
    who: &Person,
    submission: &Submission,
    stage: &Stage,
) -> Result<Vec<PersonId>> {
    if answer_window(stage, w.now()) != AnswerWindow::Over {
        return Ok(Vec::new());
    }
    let mut released = Vec::new();
    for assignment in panels::live_assignments(w, Some(submission.coalition_id), None)? {
        if assignment.stage_id != stage.id {
            continue;
        }
        let words = "The submission was withdrawn.";
        panels::answer(w, assignment.id, AssignmentState::Ended, words)?;
        let act = Act {
            actor: Some(who.id),
            act: "assignment.ended",
            object: ("assignment", assignment.id.0),
            competition: Some(submission.competition_id),
            coalition: Some(submission.coalition_id),
            detail: json!({"withdrawn": submission.id}),
        };
        audit::record(w, act)?;
        released.push(assignment.person_id);
    }
    Ok(released)
}
