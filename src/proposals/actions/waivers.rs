//! More time for one coalition: with a reason, shown to it and the office alone, and kept with the
//! decision.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::desk::may_answer;
use super::exceptions::demand_future;
use super::letters;
use super::screening::stage_of_office;
use crate::coalitions::model::{Coalition, Ended, Waiver};
use crate::coalitions::words::Reading;
use crate::coalitions::{doors, store as coalitions};
use crate::competitions::model::{Phase, Stage};
use crate::competitions::store as competitions;
use crate::people::{Person, Role};
use crate::platform::audit::{self, Act};
use crate::platform::clock::Instant;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::Input;
use crate::platform::ids::{CoalitionId, StageId};
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule, refuse_if_any};
use crate::proposals::model::{AnswerWindow, own_window};
use crate::proposals::store;

/// More time for a coalition.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WaiverRequest {
    /// Who gets more time.
    pub coalition: CoalitionId,
    /// The last moment to submit, for this coalition; the stage's grace follows.
    #[schema(example = "2026-04-27T21:00:00Z")]
    pub until: Instant,
    /// Why, in plain text; the coalition reads it, and whoever decides.
    #[schema(example = "City hall was closed by the flood.")]
    pub reason: String,
}

/// Why a waiver is called back.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WaiverEnding {
    /// In plain text; the coalition reads it.
    #[schema(example = "Granted to the wrong city.")]
    pub reason: String,
}

/// Grants one coalition more time. One that it has already makes way.
///
/// # Errors
/// 404 or 403 for who is no officer; 409 once reviews are closed, or when the coalition handed in
/// on time; 422 for a coalition that is not there for the officer, a moment that is no later than
/// what the coalition has, or no reason.
pub fn grant(
    w: &mut Writes<'_>,
    who: &Person,
    stage: StageId,
    input: &Input<WaiverRequest>,
) -> Result<Waiver> {
    let stage = stage_of_office(w, who, stage, &[Role::Officer])?;
    let asked = input.get()?;
    let mut reading = Reading::default();
    let reason = reading.reason("/reason", &asked.reason);
    refuse_if_any(reading.errors())?;
    demand_future(asked.until, w.now())?;
    if stage
        .deadline
        .is_some_and(|deadline| asked.until <= deadline)
    {
        let words = "Later than the deadline that is set for all.";
        return Err(Failure::invalid("/until", words));
    }
    let coalition = coalition_at(w, who, &stage, asked.coalition)?;
    demand_time(w, &stage, coalition.id)?;
    coalitions::end_waiver(w, stage.id, coalition.id, who.id, "")?;
    let waiver = Waiver {
        id: w.fresh_id(),
        stage_id: stage.id,
        competition_id: stage.competition_id,
        coalition_id: coalition.id,
        until: asked.until,
        reason,
        granted_by: who.id,
        granted_at: w.now(),
        ended: None,
    };
    coalitions::insert_waiver(w, &waiver)?;
    record(w, who, &waiver, "waiver.granted")?;
    let competition = competitions::competition(w, stage.competition_id)?.or_not_found()?;
    letters::waiver_granted(w, &competition, &stage, &coalition, &waiver)?;
    Ok(waiver)
}

/// A live coalition to which the stage is open, and whose door is open to the officer.
fn coalition_at(
    r: &mut Reads<'_>,
    who: &Person,
    stage: &Stage,
    id: CoalitionId,
) -> Result<Coalition> {
    let found = coalitions::coalition(r, id)?
        .filter(|one| one.competition_id == stage.competition_id && one.is_live());
    let there = match &found {
        Some(_) => !doors::is_closed(r, who.id, id)? && may_answer(r, id, stage)?,
        None => false,
    };
    let unknown = || Failure::invalid("/coalition", "There is no such coalition at this stage.");
    found.filter(|_| there).ok_or_else(unknown)
}

/// There is still time to read what may come, and nothing of the coalition was read yet.
fn demand_time(r: &mut Reads<'_>, stage: &Stage, coalition: CoalitionId) -> Result<()> {
    let now = r.now();
    stage.require_phase(
        now,
        &[
            Phase::Scheduled,
            Phase::Open,
            Phase::Closed,
            Phase::Screening,
            Phase::Reviewing,
        ],
    )?;
    if stage.form.is_none() {
        let words = "Nothing is handed in at this stage.";
        return Err(Failure::rule(Rule::WrongPhase, words));
    }
    let until = coalitions::waived_until(r, stage.id, coalition)?;
    let over = own_window(stage, until, now) == AnswerWindow::Over;
    if over && store::submission_in_force(r, stage.id, coalition)?.is_some() {
        let words = "The coalition has handed in, and its submission may have been read: give it \
                     back for correction instead.";
        return Err(Failure::rule(Rule::WrongPhase, words));
    }
    Ok(())
}

/// Calls a waiver back: from now on the coalition has the time that all have. What it handed in
/// stays.
///
/// # Errors
/// 404 or 403 for who is no officer, 404 for a coalition that is closed to them, 409 when no waiver
/// stands, 422 for no reason.
pub fn call_back(
    w: &mut Writes<'_>,
    who: &Person,
    stage: StageId,
    coalition: CoalitionId,
    input: &Input<WaiverEnding>,
) -> Result<Waiver> {
    let stage = stage_of_office(w, who, stage, &[Role::Officer])?;
    let known = coalitions::coalition(w, coalition)?
        .is_some_and(|one| one.competition_id == stage.competition_id);
    if !known || doors::is_closed(w, who.id, coalition)? {
        return Err(Failure::not_found());
    }
    let standing = coalitions::waivers_of(w, coalition)?
        .into_iter()
        .find(|waiver| waiver.stage_id == stage.id && waiver.ended.is_none())
        .ok_or_else(|| Failure::rule(Rule::WrongPhase, "No waiver of theirs stands here."))?;
    let mut reading = Reading::default();
    let reason = reading.reason("/reason", &input.get()?.reason);
    refuse_if_any(reading.errors())?;
    coalitions::end_waiver(w, stage.id, coalition, who.id, &reason)?;
    record(w, who, &standing, "waiver.called_back")?;
    let competition = competitions::competition(w, stage.competition_id)?.or_not_found()?;
    let coalition = coalitions::coalition(w, coalition)?.or_not_found()?;
    letters::waiver_called_back(w, &competition, &stage, &coalition, &standing, &reason)?;
    let ended = Ended {
        by: who.id,
        at: w.now(),
        reason,
    };
    Ok(Waiver {
        ended: Some(ended),
        ..standing
    })
}

/// The coalitions that may still hand in at a stage though it is over for all others: what they
/// hand in is there for nobody else until their time is over too.
///
/// # Errors
/// When the database fails.
pub fn still_taking(r: &mut Reads<'_>, stage: &Stage) -> Result<HashSet<CoalitionId>> {
    let now = r.now();
    let waived = coalitions::waived(r, stage.id, stage.competition_id)?;
    let taking = waived
        .0
        .iter()
        .filter(|(_, until)| own_window(stage, Some(**until), now) != AnswerWindow::Over);
    Ok(taking.map(|(coalition, _)| *coalition).collect())
}

fn record(w: &mut Writes<'_>, who: &Person, waiver: &Waiver, act: &str) -> Result<()> {
    let act = Act {
        actor: Some(who.id),
        act,
        object: ("waiver", waiver.id.0),
        competition: Some(waiver.competition_id),
        coalition: Some(waiver.coalition_id),
        detail: json!({"stage": waiver.stage_id, "until": waiver.until}),
    };
    audit::record(w, act)
}
