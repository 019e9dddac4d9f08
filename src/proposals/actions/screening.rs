//! Screening: after the close, whether a submission may be reviewed.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::letters;
use super::reading::{Ties, office, reader_of};
use crate::coalitions::doors;
use crate::competitions::model::words::characters;
use crate::competitions::model::{Phase, Stage};
use crate::competitions::store as competitions;
use crate::people::{Person, Role};
use crate::platform::audit::{self, Act};
use crate::platform::clock::Instant;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::Input;
use crate::platform::ids::{CoalitionId, PersonId, StageId, SubmissionId};
use crate::platform::refusal::{Failure, OrNotFound as _, Result};
use crate::proposals::access::Reader;
use crate::proposals::model::{Screening, Submission, Verdict};
use crate::proposals::store;

/// What was found.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Screened {
    /// Whether it may be reviewed.
    pub verdict: Verdict,
    /// Why not; told to the coalition when an officer says so. Needed with `ineligible`.
    #[serde(default)]
    #[schema(example = "The letter of the fiscal agent lacks a signature.")]
    pub reason: String,
}

/// What screening found about one submission.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ScreeningView {
    /// The stage.
    pub stage_id: StageId,
    /// Whose submission.
    pub coalition_id: CoalitionId,
    /// The submission in force.
    pub submission_id: SubmissionId,
    /// What was found; null before.
    pub verdict: Option<Verdict>,
    /// Why.
    pub reason: String,
    /// Who found it.
    pub decided_by: Option<PersonId>,
    /// When.
    pub decided_at: Option<Instant>,
    /// The verdict that the coalition was told.
    pub told_verdict: Option<Verdict>,
    /// When it was told.
    pub told_at: Option<Instant>,
}

/// How many coalitions were told what screening found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ScreeningNotices {
    /// Coalitions told now.
    pub told: Vec<CoalitionId>,
}

/// What screening found about a stage's submissions, for the office.
///
/// # Errors
/// 404 or 403 for who is not of the office.
pub fn list(r: &mut Reads<'_>, who: &Person, stage: StageId) -> Result<Vec<ScreeningView>> {
    let stage = stage_of_office(r, who, stage, &[Role::Officer, Role::Assistant])?;
    let ties = Ties::of(r, who, &stage)?;
    let mut views = Vec::new();
    for submission in store::submissions_in_force(r, stage.id)? {
        if ties.reader(&submission) == Some(Reader::Staff) {
            views.push(view(r, &submission)?);
        }
    }
    Ok(views)
}

/// Records what was found about one submission. It may be recorded anew until screening is done.
///
/// # Errors
/// 404 when there is no such submission for the person, 403 for who is not of the office, 409
/// outside of screening, 422 for a missing reason.
pub fn screen(
    w: &mut Writes<'_>,
    who: &Person,
    stage: StageId,
    coalition: CoalitionId,
    input: &Input<Screened>,
) -> Result<ScreeningView> {
    let stage = stage_of_office(w, who, stage, &[Role::Officer, Role::Assistant])?;
    let submission = store::submission_in_force(w, stage.id, coalition)?.or_not_found()?;
    if reader_of(w, who, &submission, &stage)? != Some(Reader::Staff) {
        return Err(Failure::not_found());
    }
    let found = checked(input)?;
    stage.require_phase(w.now(), &[Phase::Screening])?;
    store::save_screening(w, stage.id, coalition, found.verdict, &found.reason, who.id)?;
    let act = Act {
        actor: Some(who.id),
        act: "submission.screened",
        object: ("submission", submission.id.0),
        competition: Some(stage.competition_id),
        coalition: Some(coalition),
        detail: json!({"stage": stage.id, "verdict": found.verdict}),
    };
    audit::record(w, act)?;
    view(w, &submission)
}

fn checked(input: &Input<Screened>) -> Result<Screened> {
    let mut found = input.get()?;
    found.reason = found.reason.trim().to_owned();
    let length = characters(&found.reason);
    if found.verdict == Verdict::Ineligible && length == 0 {
        return Err(Failure::invalid("/reason", "Say why it is not eligible."));
    }
    if length > 2000 {
        return Err(Failure::invalid("/reason", "At most 2000 characters."));
    }
    Ok(found)
}

/// Tells the coalitions that are not eligible (and those that are after all) what was found.
///
/// # Errors
/// 404 or 403 for who is no officer.
pub fn notify(w: &mut Writes<'_>, who: &Person, stage: StageId) -> Result<ScreeningNotices> {
    let stage = stage_of_office(w, who, stage, &[Role::Officer])?;
    let competition = competitions::competition(w, stage.competition_id)?.or_not_found()?;
    let closed = doors::closed_to(w, who.id)?;
    let mut told = Vec::new();
    for screening in store::screenings_of(w, stage.id)? {
        if !screening.is_untold() || closed.contains(&screening.coalition_id) {
            continue;
        }
        let found = store::submission_in_force(w, stage.id, screening.coalition_id)?;
        let Some(submission) = found else { continue };
        store::mark_told(w, &screening)?;
        record_notice(w, who, &stage, &screening)?;
        letters::screening(w, &competition, &stage, &screening, &submission)?;
        told.push(screening.coalition_id);
    }
    Ok(ScreeningNotices { told })
}

fn record_notice(
    w: &mut Writes<'_>,
    who: &Person,
    stage: &Stage,
    screening: &Screening,
) -> Result<()> {
    let act = Act {
        actor: Some(who.id),
        act: "screening.told",
        object: ("stage", stage.id.0),
        competition: Some(stage.competition_id),
        coalition: Some(screening.coalition_id),
        detail: json!({"verdict": screening.verdict}),
    };
    audit::record(w, act)
}

/// A stage before somebody who holds one of these offices.
fn stage_of_office(
    r: &mut Reads<'_>,
    who: &Person,
    stage: StageId,
    offices: &[Role],
) -> Result<Stage> {
    let stage = competitions::stage(r, stage)?.or_not_found()?;
    match office(who, stage.competition_id) {
        Some(held) if offices.contains(&held) => Ok(stage),
        held if held.is_some() || stage.published_at.is_some_and(|at| at <= r.now()) => Err(
            Failure::forbidden("Screening is for the competition's officers and assistants."),
        ),
        _ => Err(Failure::not_found()),
    }
}

fn view(r: &mut Reads<'_>, submission: &Submission) -> Result<ScreeningView> {
    let found = store::screening_of(r, submission.stage_id, submission.coalition_id)?;
    Ok(ScreeningView {
        stage_id: submission.stage_id,
        coalition_id: submission.coalition_id,
        submission_id: submission.id,
        verdict: found.as_ref().map(|found| found.verdict),
        decided_by: found.as_ref().map(|found| found.decided_by),
        decided_at: found.as_ref().map(|found| found.decided_at),
        told_verdict: found.as_ref().and_then(|found| found.told_verdict),
        told_at: found.as_ref().and_then(|found| found.told_at),
        reason: found.map_or_else(String::new, |found| found.reason),
    })
}
