//! What becomes of an attempt to submit that an overloaded server turned away.

use serde_json::json;

use super::desk::{Desk, desk};
use crate::people::{Gate, Person, Scope};
use crate::platform::audit::{self, Act};
use crate::platform::db::{Reads, Writes};
use crate::platform::refusal::{Failure, Refusal, Result};
use crate::proposals::model::{Receipt, Submission, TurnedAway, may_be_sent_again, was_in_time};
use crate::proposals::store;
use crate::proposals::turned_away::Attempt;

/// Writes an attempt down, if it would have been let in at its moment: by who may submit, in time.
/// Of any other nothing is kept.
///
/// # Errors
/// When the database fails.
pub fn write_down(w: &mut Writes<'_>, gate: &Gate, attempt: &Attempt) -> Result<()> {
    let (who, desk) = match as_at_arrival(w, gate, attempt) {
        Ok(found) => found,
        Err(Failure::Refused(refusal)) if !matches!(refusal, Refusal::Unavailable(_)) => {
            return Ok(());
        }
        Err(failure) => return Err(failure),
    };
    if !desk.rights.submits() || !was_in_time(&desk.stage, attempt.arrived) {
        return Ok(());
    }
    let kept = TurnedAway {
        id: w.fresh_id(),
        person_id: who.id,
        proposal_id: desk.proposal.id,
        stage_id: desk.stage.id,
        competition_id: desk.proposal.competition_id,
        coalition_id: desk.proposal.coalition_id,
        arrived_at: attempt.arrived,
    };
    store::insert_turned_away(w, &kept)?;
    audit::record(
        w,
        Act {
            actor: Some(who.id),
            act: "submission.turned_away",
            object: ("proposal", kept.proposal_id.0),
            competition: Some(kept.competition_id),
            coalition: Some(kept.coalition_id),
            detail: json!({"stage": kept.stage_id, "arrived_at": kept.arrived_at}),
        },
    )
}

/// The caller and the proposal before them, as both were when the attempt arrived.
fn as_at_arrival(w: &mut Writes<'_>, gate: &Gate, attempt: &Attempt) -> Result<(Person, Desk)> {
    let mut then = w.at(attempt.arrived);
    let who = gate.caller(&mut then, Some(&attempt.bearer))?;
    who.require_scope(Scope::Write)?;
    let desk = desk(&mut then, &who, attempt.proposal, attempt.stage)?;
    Ok((who, desk))
}

/// How a submission of now is in time.
pub(super) struct InTime {
    /// After the deadline, within the grace.
    pub(super) in_grace: bool,
    /// Only because of this attempt, which was turned away.
    pub(super) again: Option<TurnedAway>,
}

/// Whether a submission is in time now: by the stage's own times, or because an attempt of this
/// person was turned away while it was.
///
/// # Errors
/// 409 when it is not.
pub(super) fn in_time(r: &mut Reads<'_>, who: &Person, desk: &Desk) -> Result<InTime> {
    let now = r.now();
    if desk.reopened.is_some() {
        return Ok(InTime {
            in_grace: false,
            again: None,
        });
    }
    let late = match desk
        .stage
        .accepts_submissions_at(now, &desk.competition.time_zone)
    {
        Ok(in_grace) => {
            return Ok(InTime {
                in_grace,
                again: None,
            });
        }
        Err(late) => late,
    };
    let again = store::turned_away(r, who.id, desk.proposal.id, desk.stage.id)?
        .into_iter()
        .find(|attempt| may_be_sent_again(&desk.stage, attempt.arrived_at, now))
        .ok_or(late)?;
    let deadline = desk.stage.deadline;
    Ok(InTime {
        in_grace: deadline.is_some_and(|deadline| again.arrived_at > deadline),
        again: Some(again),
    })
}

/// The receipt of a submission, with a remark where it was sent again.
///
/// # Errors
/// When the database fails.
pub(super) fn receipt(
    r: &mut Reads<'_>,
    submission: &Submission,
    time_zone: &str,
) -> Result<Receipt> {
    let plain = submission.receipt();
    Ok(match store::sent_again_after(r, submission.id)? {
        Some(turned_away) => plain.sent_again(turned_away, time_zone),
        None => plain,
    })
}
