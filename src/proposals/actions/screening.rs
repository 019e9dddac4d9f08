//! Screening: after the close, whether a submission may be reviewed.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::reading::office;
use super::{letters, openings, screening_list};
use crate::coalitions::doors;
use crate::competitions::model::{Phase, Stage};
use crate::competitions::store as competitions;
use crate::panels::actions as panels;
use crate::people::{Person, Role};
use crate::platform::audit::{self, Act};
use crate::platform::clock::Instant;
use crate::platform::counting::characters;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{IfMatch, Input};
use crate::platform::ids::{CoalitionId, PersonId, StageId, SubmissionId};
use crate::platform::refusal::{
    Failure, FieldError, OrNotFound as _, Refusal, Result, Rule, refuse_if_any,
};
use crate::proposals::model::{Screening, Verdict};
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
    /// The coalition's name when it submitted.
    pub coalition: String,
    /// The submission in force.
    pub submission_id: SubmissionId,
    /// Its title.
    pub title: String,
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
    /// The reason that it was told with it.
    pub told_reason: Option<String>,
    /// When it was told.
    pub told_at: Option<Instant>,
}

/// How many coalitions were told what screening found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ScreeningNotices {
    /// Coalitions told now.
    pub told: Vec<CoalitionId>,
}

/// Several submissions looked at in one act; all are recorded, or none.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScreenedBatch {
    /// In any order; each about a submission that nobody has screened yet.
    pub items: Vec<ScreenedItem>,
}

/// One of them.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScreenedItem {
    /// Whose submission.
    pub coalition: CoalitionId,
    /// Whether it may be reviewed.
    pub verdict: Verdict,
    /// Why not; needed with `ineligible`.
    #[serde(default)]
    pub reason: String,
}

/// What was recorded in one act.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ScreenedViews {
    /// In the order of the request.
    pub items: Vec<ScreeningView>,
}

/// How many submissions are screened in one act.
const BATCH_AT_MOST: usize = 500;

/// What the coalition's reviewers are told when it is found not eligible after all.
const NOT_ELIGIBLE: &str = "The proposal was found not eligible, so it is not reviewed.";

/// Records what was found about one submission. It may be recorded anew until reviews are closed:
/// once they are open by officers alone and with a reason; who reviews what is not eligible is
/// relieved of it.
///
/// # Errors
/// 404 when there is no such submission for the person, 403 for who is not of the office, 428, 412,
/// 409 outside of screening and review, 422 for a missing reason.
pub fn screen(
    w: &mut Writes<'_>,
    who: &Person,
    stage: StageId,
    coalition: CoalitionId,
    if_match: &IfMatch,
    input: &Input<Screened>,
) -> Result<ScreeningView> {
    let before = screening_list::show(w, who, stage, coalition)?;
    let stage = competitions::stage(w, stage)?.or_not_found()?;
    let reviewing = stage.phase(w.now()) == Phase::Reviewing;
    if reviewing && office(who, stage.competition_id) != Some(Role::Officer) {
        return Err(Failure::forbidden(
            "Screening is done; an officer can still change what it found.",
        ));
    }
    if_match.check(&before)?;
    let found = checked(input.get()?, "")?;
    require_screening(&stage, w.now())?;
    if reviewing && found.reason.is_empty() {
        let words = "Reviews are open: say why this is changed now.";
        return Err(Failure::invalid("/reason", words));
    }
    record(w, who, &stage, coalition, &found)?;
    screening_list::show(w, who, stage.id, coalition)
}

/// Records what was found about several submissions that nobody has screened yet.
///
/// # Errors
/// 404 or 403 for who is not of the office, 409 outside of screening, 422 with everything that
/// stands against it.
pub fn screen_batch(
    w: &mut Writes<'_>,
    who: &Person,
    stage: StageId,
    input: &Input<ScreenedBatch>,
) -> Result<ScreenedViews> {
    let stage = stage_of_office(w, who, stage, &[Role::Officer, Role::Assistant])?;
    let items = input.get()?.items;
    stage.require_phase(w.now(), &[Phase::Screening])?;
    if !(1..=BATCH_AT_MOST).contains(&items.len()) {
        let words = format!("From 1 to {BATCH_AT_MOST} items.");
        return Err(Failure::invalid("/items", words));
    }
    let mut errors = Vec::new();
    let mut seen = HashSet::new();
    for (number, item) in items.iter().enumerate() {
        let at = format!("/items/{number}");
        let detail = match screening_list::show(w, who, stage.id, item.coalition) {
            Err(Failure::Refused(_)) => Some("There is no such submission in this stage."),
            Err(broken) => return Err(broken),
            Ok(view) if view.verdict.is_some() => {
                Some("It is screened already; change it by itself.")
            }
            Ok(_) if !seen.insert(item.coalition) => Some("It is in the list twice."),
            Ok(_) => None,
        };
        errors.extend(detail.map(|words| FieldError::at(format!("{at}/coalition"), words)));
        if let Err(Failure::Refused(Refusal::Invalid(wrong))) = checked(item.found(), &at) {
            errors.extend(wrong);
        }
    }
    refuse_if_any(errors)?;
    let mut views = Vec::with_capacity(items.len());
    for item in &items {
        let found = checked(item.found(), "")?;
        record(w, who, &stage, item.coalition, &found)?;
        views.push(screening_list::show(w, who, stage.id, item.coalition)?);
    }
    Ok(ScreenedViews { items: views })
}

impl ScreenedItem {
    fn found(&self) -> Screened {
        Screened {
            verdict: self.verdict,
            reason: self.reason.clone(),
        }
    }
}

fn require_screening(stage: &Stage, now: Instant) -> Result<()> {
    stage.require_phase(now, &[Phase::Screening, Phase::Reviewing])?;
    if stage.has_screening {
        return Ok(());
    }
    Err(Failure::rule(
        Rule::WrongPhase,
        "This stage has no screening.",
    ))
}

/// Writes a verdict down; what is not eligible is not reviewed any more.
fn record(
    w: &mut Writes<'_>,
    who: &Person,
    stage: &Stage,
    coalition: CoalitionId,
    found: &Screened,
) -> Result<()> {
    let submission = store::submission_in_force(w, stage.id, coalition)?.or_not_found()?;
    openings::note(w, who, submission.id)?;
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
    if found.verdict == Verdict::Ineligible {
        panels::end_all_on(w, who, stage, coalition, NOT_ELIGIBLE)?;
    }
    Ok(())
}

fn checked(mut found: Screened, at: &str) -> Result<Screened> {
    let pointer = format!("{at}/reason");
    found.reason = found.reason.trim().to_owned();
    let length = characters(&found.reason);
    if found.verdict == Verdict::Ineligible && length == 0 {
        return Err(Failure::invalid(pointer, "Say why it is not eligible."));
    }
    if length > 2000 {
        return Err(Failure::invalid(pointer, "At most 2000 characters."));
    }
    Ok(found)
}

/// Tells the coalitions that are not eligible (and those that are after all, or for another reason
/// than they were told) what was found.
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
pub(super) fn stage_of_office(
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

/// What screening found about a submission, as the office sees it.
/// The submission that was looked at, or is to be.
pub(super) struct LookedAt<'s> {
    pub(super) stage: StageId,
    pub(super) coalition: CoalitionId,
    /// The coalition's name when it submitted.
    pub(super) name: &'s str,
    pub(super) submission: SubmissionId,
    pub(super) title: &'s str,
}

pub(super) fn view(of: &LookedAt<'_>, found: Option<&Screening>) -> ScreeningView {
    ScreeningView {
        stage_id: of.stage,
        coalition_id: of.coalition,
        coalition: of.name.to_owned(),
        submission_id: of.submission,
        title: of.title.to_owned(),
        verdict: found.map(|found| found.verdict),
        reason: found.map_or_else(String::new, |found| found.reason.clone()),
        decided_by: found.map(|found| found.decided_by),
        decided_at: found.map(|found| found.decided_at),
        told_verdict: found.and_then(|found| found.told_verdict),
        told_reason: found.and_then(|found| found.told_reason.clone()),
        told_at: found.and_then(|found| found.told_at),
    }
}
