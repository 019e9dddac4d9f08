//! What happens by itself while a stage is open. Called each minute; calling twice does nothing
//! more.

use super::actions::completeness::{Case, judge_case};
use super::actions::desk::coalitions_at;
use super::actions::letters;
use super::model::{AnswerWindow, answer_window};
use super::store;
use crate::coalitions::model::Coalition;
use crate::coalitions::store as coalitions;
use crate::competitions::model::{Phase, Stage};
use crate::competitions::store as competitions;
use crate::platform::clock::Instant;
use crate::platform::db::{Reads, Writes};
use crate::platform::refusal::{OrNotFound as _, Result};

/// For how long nothing was saved before a signatory is asked to confirm, in seconds: whoever
/// still types would make the question outdated.
const QUIET_SECONDS: i64 = 300;

/// Writes the reminders that are due: for each open stage, the latest of its reminder times that
/// has come, to the members of every coalition that has no submission in force. Who joined since
/// that time, with a coalition or alone, has just seen the deadline and is left alone.
/// Gives how many letters there were, those written before included.
///
/// # Errors
/// When the database fails.
pub fn due_reminders(w: &mut Writes<'_>) -> Result<usize> {
    let now = w.now();
    let mut reminded = 0;
    for stage in competitions::published_stages(w)? {
        let Some((hours, since)) = reminder_due(&stage, now) else {
            continue;
        };
        let competition = competitions::competition(w, stage.competition_id)?.or_not_found()?;
        for coalition in coalitions_without_submission(w, &stage, since)? {
            for member in coalitions::live_members(w, coalition.id)? {
                if member.joined_at <= since {
                    let to = member.person_id;
                    letters::submission_reminder(w, &competition, &stage, &coalition, hours, to)?;
                    reminded += 1;
                }
            }
        }
    }
    Ok(reminded)
}

/// The reminder time that has come last, in hours before the deadline and as a moment; none
/// while the stage is not open, or when the time came before the opening.
fn reminder_due(stage: &Stage, now: Instant) -> Option<(i32, Instant)> {
    let (opens_at, deadline) = (stage.opens_at?, stage.deadline?);
    if stage.phase(now) != Phase::Open {
        return None;
    }
    stage
        .reminder_hours
        .iter()
        .map(|hours| (*hours, deadline.plus_hours(-i64::from(*hours))))
        .filter(|(_, at)| opens_at < *at && *at <= now)
        .min()
}

fn coalitions_without_submission(
    r: &mut Reads<'_>,
    stage: &Stage,
    since: Instant,
) -> Result<Vec<Coalition>> {
    let mut without = Vec::new();
    for coalition in coalitions_at(r, stage)? {
        let there = coalition.founded_at <= since;
        if there && store::submission_in_force(r, stage.id, coalition.id)?.is_none() {
            without.push(coalition);
        }
    }
    Ok(without)
}

/// Asks the signatories to confirm each draft that lacks nothing else, once for each version, and
/// tells those who submit when a confirmation no longer holds.
///
/// # Errors
/// When the database fails.
pub fn look_after_confirmations(w: &mut Writes<'_>) -> Result<()> {
    let now = w.now();
    for stage in competitions::published_stages(w)? {
        let takes = matches!(
            answer_window(&stage, now),
            AnswerWindow::Open | AnswerWindow::Grace
        );
        if takes && stage.signatory_confirmation {
            look_after_stage(w, &stage)?;
        }
    }
    Ok(())
}

fn look_after_stage(w: &mut Writes<'_>, stage: &Stage) -> Result<()> {
    let competition = competitions::competition(w, stage.competition_id)?.or_not_found()?;
    let Some(form) = &stage.form else {
        return Ok(());
    };
    for coalition in coalitions_at(w, stage)? {
        let Some(proposal) = store::proposal_of(w, coalition.id)? else {
            continue;
        };
        let case = Case {
            proposal: &proposal,
            competition: &competition,
            stage,
            form,
        };
        look_after_draft(w, &case, &coalition)?;
    }
    Ok(())
}

fn look_after_draft(w: &mut Writes<'_>, case: &Case<'_>, coalition: &Coalition) -> Result<()> {
    let (proposal, stage) = (case.proposal.id, case.stage.id);
    let report = judge_case(w, case)?.report;
    if report.confirmed_by.is_some() {
        return Ok(());
    }
    if let Some(confirmation) = store::last_confirmation(w, proposal, stage)? {
        letters::confirmation_void(w, case, coalition, confirmation)?;
    }
    let changed = store::draft_changed_at(w, proposal, stage)?;
    let rests = changed.is_none_or(|at| at.plus_seconds(QUIET_SECONDS) <= w.now());
    if report.lacks_only_the_confirmation() && rests {
        letters::confirmation_asked(w, case, coalition, &report.digest)?;
    }
    Ok(())
}
