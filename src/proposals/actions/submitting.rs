//! Submitting: everything is checked, the snapshot is frozen, the receipt goes to all members.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::completeness::{Judged, judge};
use super::desk::{Desk, desk};
use super::letters;
use super::turned_away::{self, InTime};
use crate::people::Person;
use crate::platform::audit::{self, Act};
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Created, Input};
use crate::platform::ids::{ProposalId, StageId, SubmissionId};
use crate::platform::refusal::{Failure, Result, Rule, refuse_if_any};
use crate::proposals::model::{Receipt, Submission, SubmissionState};
use crate::proposals::store;

/// What is submitted.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Submitting {
    /// The version meant, as read from the proposal's completeness. When the draft is another by
    /// now, nothing is submitted. Left out: whatever the draft is.
    #[serde(default)]
    pub digest: Option<String>,
}

/// Submits the draft of the open stage. Until the deadline a newer version replaces the earlier
/// one; in the grace a submission that came in time is not replaced, so that its receipt holds.
///
/// # Errors
/// 404 and 403 as the person stands, 409 outside of the stage's time (grace included, and ten
/// minutes more for who was turned away by overload), in the grace over a submission in time, or
/// when another coalition holds the place, 422 with everything that is missing. What was given back
/// for correction is handed in anew, with the sections that are open again, until its own time.
pub fn submit(
    w: &mut Writes<'_>,
    who: &Person,
    id: ProposalId,
    stage: Option<StageId>,
    input: &Input<Submitting>,
) -> Result<Created<Receipt>> {
    let desk = desk(w, who, id, stage)?;
    if !desk.rights.submits() {
        return Err(Failure::forbidden("The convenor or an editor submits."));
    }
    let meant = input.get_or_default()?.digest;
    who.require_verified()?;
    demand_place(w, &desk)?;
    desk.demand_opened(w)?;
    let in_time = turned_away::in_time(w, who, &desk)?;
    let judged = judge(w, &desk)?;
    if meant.is_some_and(|digest| digest != judged.report.digest) {
        return Err(Failure::rule(
            Rule::PreviewOutdated,
            "The proposal changed since you read it. Nothing was submitted.",
        ));
    }
    refuse_if_any(judged.report.missing.clone())?;
    let earlier = store::submission_in_force(w, desk.stage.id, desk.proposal.coalition_id)?;
    match earlier {
        Some(same) if same.digest == judged.report.digest => found(w, &desk, &same),
        Some(on_time) if in_time.in_grace && !on_time.in_grace => Err(Failure::rule(
            Rule::DeadlinePassed,
            "A submission that came in time stands. It could be replaced until the deadline; the \
             grace period is for who has submitted nothing yet.",
        )),
        earlier => hand_in(w, who, &desk, judged, in_time, earlier),
    }
}

/// An unconfirmed claim may submit; a coalition whose place another one holds may not.
fn demand_place(w: &mut Writes<'_>, desk: &Desk) -> Result<()> {
    let coalition = &desk.standing.coalition;
    if !coalition.is_live() {
        let words = "This coalition is over: it speaks for no place any more.";
        return Err(Failure::rule(Rule::WrongPhase, words));
    }
    if store::places_are_held_by_others(w, coalition.id)? {
        return Err(Failure::rule(
            Rule::PlaceTaken,
            "Another coalition speaks for a place of yours in this competition.",
        ));
    }
    Ok(())
}

fn hand_in(
    w: &mut Writes<'_>,
    who: &Person,
    desk: &Desk,
    judged: Judged,
    in_time: InTime,
    earlier: Option<Submission>,
) -> Result<Created<Receipt>> {
    let (_, audit_head) = audit::head(w)?;
    let submission = Submission {
        id: w.fresh_id(),
        stage_id: desk.stage.id,
        competition_id: desk.proposal.competition_id,
        coalition_id: desk.proposal.coalition_id,
        proposal_id: desk.proposal.id,
        receipt_number: w.fresh_id(),
        title: judged.snapshot.title.clone(),
        snapshot: judged.snapshot,
        digest: judged.report.digest,
        audit_head,
        submitted_at: w.now(),
        submitted_by: who.id,
        in_grace: in_time.in_grace,
        carried_from: None,
        state: SubmissionState::InForce,
        ended_at: None,
        ended_by: None,
    };
    if let Some(earlier) = &earlier {
        store::end_submission(w, earlier.id, SubmissionState::Replaced, who.id)?;
    }
    store::insert_submission(w, &submission)?;
    if let Some(back) = &desk.reopened {
        store::answer_return(w, back.id, submission.id)?;
        letters::corrected(w, desk, &submission, back)?;
    }
    if let Some(attempt) = &in_time.again {
        store::mark_sent_again(w, attempt.id, submission.id)?;
    }
    let receipt = turned_away::receipt(w, &submission, &desk.competition.time_zone)?;
    let corrects = desk.reopened.as_ref().map(|back| back.submission_id);
    record(w, who, &submission, &receipt, earlier.as_ref(), corrects)?;
    letters::receipt(w, desk, &submission, &receipt)?;
    Ok(Created::at(location(&submission), receipt))
}

/// Two members who submit the same version make one submission.
fn found(r: &mut Reads<'_>, desk: &Desk, submission: &Submission) -> Result<Created<Receipt>> {
    let receipt = turned_away::receipt(r, submission, &desk.competition.time_zone)?;
    Ok(Created::found(location(submission), receipt))
}

fn location(submission: &Submission) -> String {
    format!("/api/v1/submissions/{}", submission.id)
}

fn record(
    w: &mut Writes<'_>,
    who: &Person,
    submission: &Submission,
    receipt: &Receipt,
    earlier: Option<&Submission>,
    corrects: Option<SubmissionId>,
) -> Result<()> {
    let act = Act {
        actor: Some(who.id),
        act: "submission.created",
        object: ("submission", submission.id.0),
        competition: Some(submission.competition_id),
        coalition: Some(submission.coalition_id),
        detail: json!({
            "stage": submission.stage_id,
            "digest": submission.digest,
            "receipt": submission.receipt_number,
            "in_grace": submission.in_grace,
            "turned_away_at": receipt.turned_away_at,
            "replaces": earlier.map(|earlier| earlier.id),
            "corrects": corrects,
        }),
    };
    audit::record(w, act)
}
