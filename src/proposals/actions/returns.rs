//! Giving one submission back for correction: named sections are open again for a time, everything
//! else stays as it was handed in.

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::exceptions::demand_future;
use super::letters;
use super::reading::{SubmissionView, readable, show};
use crate::coalitions::words::Reading;
use crate::competitions::model::{CAPITAL_STACK, Form, Phase, Stage};
use crate::competitions::store as competitions;
use crate::people::{Person, Role};
use crate::platform::audit::{self, Act};
use crate::platform::clock::Instant;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::Input;
use crate::platform::ids::SubmissionId;
use crate::platform::refusal::{Failure, FieldError, OrNotFound as _, Result, Rule, refuse_if_any};
use crate::proposals::access::Reader;
use crate::proposals::model::{Submission, SubmissionReturn, SubmissionState};
use crate::proposals::store;

/// What is to be corrected.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnRequest {
    /// The keys of the sections to open again, and `capital_stack` for the money.
    #[schema(example = json!(["idea"]))]
    pub sections: Vec<String>,
    /// The last moment to hand the correction in.
    #[schema(example = "2026-05-08T21:00:00Z")]
    pub until: Instant,
    /// What is to be corrected, and why, in plain text; the coalition reads it.
    #[schema(example = "The figures of the second table do not add up.")]
    pub reason: String,
}

/// Why no correction is asked for any more.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnEnding {
    /// In plain text; the coalition reads it.
    #[schema(example = "We have found the figures ourselves.")]
    pub reason: String,
}

/// Gives a submission back for correction. It stays in force until the correction is handed in, and
/// when none is.
///
/// # Errors
/// 404 when it is not the person's to know of, 403 for who is no officer, 409 when it is not in
/// force, is given back already, or reviews are closed; 422 for sections that the form has not, a
/// moment that has passed, or no reason.
pub fn give_back(
    w: &mut Writes<'_>,
    who: &Person,
    id: SubmissionId,
    input: &Input<ReturnRequest>,
) -> Result<SubmissionView> {
    let (submission, stage) = before_officer(w, who, id)?;
    let asked = input.get()?;
    let mut reading = Reading::default();
    let reason = reading.reason("/reason", &asked.reason);
    let mut errors = reading.errors();
    errors.extend(wrong_sections(stage.form.as_ref(), &asked.sections));
    refuse_if_any(errors)?;
    demand_future(asked.until, w.now())?;
    demand_correctable(w, &submission, &stage)?;
    let back = SubmissionReturn {
        id: w.fresh_id(),
        submission_id: id,
        stage_id: stage.id,
        competition_id: submission.competition_id,
        coalition_id: submission.coalition_id,
        sections: asked.sections,
        until: asked.until,
        reason,
        asked_by: who.id,
        asked_at: w.now(),
        answered_by: None,
        ended: None,
    };
    store::insert_return(w, &back)?;
    record(w, who, &back, "submission.returned")?;
    let competition = competitions::competition(w, stage.competition_id)?.or_not_found()?;
    letters::returned(w, &competition, &stage, &submission, &back)?;
    show(w, who, id)
}

/// A submission and its stage before an officer; hidden from who may not know of it.
fn before_officer(
    r: &mut Reads<'_>,
    who: &Person,
    id: SubmissionId,
) -> Result<(Submission, Stage)> {
    let (submission, reader) = readable(r, who, id)?;
    let officer = who.is(Role::Officer, submission.competition_id);
    if !officer || reader != Reader::Staff {
        return Err(Failure::forbidden(
            "An officer of the competition gives submissions back.",
        ));
    }
    let stage = competitions::stage(r, submission.stage_id)?.or_not_found()?;
    Ok((submission, stage))
}

fn wrong_sections(form: Option<&Form>, asked: &[String]) -> Vec<FieldError> {
    let known =
        |key: &String| key == CAPITAL_STACK || form.is_some_and(|form| form.section(key).is_some());
    let mut errors = Vec::new();
    if asked.is_empty() {
        errors.push(FieldError::at("/sections", "Name what is to be corrected."));
    }
    for (number, key) in asked.iter().enumerate() {
        let at = format!("/sections/{number}");
        if !known(key) {
            errors.push(FieldError::at(at, "The form has no such section."));
        } else if asked[..number].contains(key) {
            errors.push(FieldError::at(at, "It is in the list twice."));
        }
    }
    errors
}

fn demand_correctable(r: &mut Reads<'_>, submission: &Submission, stage: &Stage) -> Result<()> {
    let mut phases = vec![Phase::Screening, Phase::Reviewing];
    if !stage.has_review {
        phases.push(Phase::Deciding);
    }
    stage.require_phase(r.now(), &phases)?;
    let in_force = submission.state == SubmissionState::InForce;
    if !in_force || submission.carried_from.is_some() {
        let words = "Only what was handed in at this stage, and is in force, is given back.";
        return Err(Failure::rule(Rule::WrongPhase, words));
    }
    if store::standing_return(r, stage.id, submission.coalition_id)?.is_some() {
        let words = "It is given back already: end that first.";
        return Err(Failure::rule(Rule::AlreadyThere, words));
    }
    Ok(())
}

/// Ends the time for a correction. What was handed in by then stays.
///
/// # Errors
/// 404 when it is not the person's to know of, 403 for who is no officer, 409 when nothing of it is
/// given back, 422 for no reason.
pub fn end(
    w: &mut Writes<'_>,
    who: &Person,
    id: SubmissionId,
    input: &Input<ReturnEnding>,
) -> Result<SubmissionView> {
    let (submission, stage) = before_officer(w, who, id)?;
    let standing = store::standing_return(w, stage.id, submission.coalition_id)?;
    let nothing = || Failure::rule(Rule::WrongPhase, "Nothing of it is given back.");
    let back = standing.ok_or_else(nothing)?;
    let mut reading = Reading::default();
    let reason = reading.reason("/reason", &input.get()?.reason);
    refuse_if_any(reading.errors())?;
    store::end_return(w, stage.id, submission.coalition_id, who.id, &reason)?;
    record(w, who, &back, "submission.return_ended")?;
    let competition = competitions::competition(w, stage.competition_id)?.or_not_found()?;
    letters::return_ended(w, &competition, &stage, &submission, &back, &reason)?;
    show(w, who, id)
}

fn record(w: &mut Writes<'_>, who: &Person, back: &SubmissionReturn, act: &str) -> Result<()> {
    let act = Act {
        actor: Some(who.id),
        act,
        object: ("submission", back.submission_id.0),
        competition: Some(back.competition_id),
        coalition: Some(back.coalition_id),
        detail: json!({"stage": back.stage_id, "sections": back.sections, "until": back.until}),
    };
    audit::record(w, act)
}
