//! The draft as a whole, and what a later stage takes over from an earlier one.

use std::collections::BTreeSet;

use serde_json::json;

use super::desk::stages_with_forms;
use crate::coalitions::store as coalitions;
use crate::competitions::model::{Answers, Competition, Form, Stage};
use crate::competitions::store as competitions;
use crate::platform::audit::{self, Act};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::CoalitionId;
use crate::platform::refusal::{OrNotFound as _, Result};
use crate::proposals::model::{
    Attachment, CapitalStack, Draft, Proposal, Requirements, SnapshotCoalition, SnapshotSeat,
    Submission, SubmissionState, carried_answers, takes_files_of,
};
use crate::proposals::store;

/// What a stage's form takes over.
#[derive(Clone, Debug)]
pub struct Carried {
    /// The submission that it comes from.
    pub from: Submission,
    /// Answers to the questions that are the same.
    pub answers: Answers,
    /// The money as it was.
    pub capital_stack: CapitalStack,
    /// Files of the questions that are the same.
    pub attachments: Vec<Attachment>,
}

/// What a stage takes over from the nearest earlier stage with a form, where the coalition has
/// a submission in force.
///
/// # Errors
/// When the database fails.
pub fn carried(r: &mut Reads<'_>, proposal: &Proposal, stage: &Stage) -> Result<Option<Carried>> {
    let Some((from, form)) = last_submission(r, proposal, stage)? else {
        return Ok(None);
    };
    let to = stage.form.clone().unwrap_or_default();
    let attachments = store::attachments_of_submission(r, from.id)?
        .into_iter()
        .filter(|file| takes_files_of(&form, &to, &file.question))
        .collect();
    Ok(Some(Carried {
        answers: carried_answers(&form, &from.snapshot.all_answers(), &to),
        capital_stack: from.snapshot.capital_stack.clone(),
        attachments,
        from,
    }))
}

/// The submission in force at the nearest earlier stage with a form, and that form.
fn last_submission(
    r: &mut Reads<'_>,
    proposal: &Proposal,
    stage: &Stage,
) -> Result<Option<(Submission, Form)>> {
    let earlier = stages_with_forms(r, proposal.competition_id)?
        .into_iter()
        .rev()
        .filter(|other| other.position < stage.position);
    for other in earlier {
        let found = store::submission_in_force(r, other.id, proposal.coalition_id)?;
        if let (Some(submission), Some(form)) = (found, other.form) {
            return Ok(Some((submission, form)));
        }
    }
    Ok(None)
}

/// Starts a stage for a coalition that advances to it: a draft with what is carried over, or,
/// at a stage without a form, the last submission itself. Does nothing when it is started.
///
/// Whoever tells the coalition that it advances calls this at that moment; a coalition that
/// saves before that has happened calls it by saving.
///
/// # Errors
/// When the database fails.
pub fn start_draft_for_stage(w: &mut Writes<'_>, proposal: &Proposal, stage: &Stage) -> Result<()> {
    if stage.form.is_none() {
        return carry_submission_on(w, proposal, stage);
    }
    if store::draft_is_started(w, proposal.id, stage.id)? {
        return Ok(());
    }
    let Some(carried) = carried(w, proposal, stage)? else {
        return Ok(());
    };
    let by = carried.from.submitted_by;
    for section in stage.form.iter().flat_map(|form| &form.sections) {
        let mut answers = carried.answers.clone();
        answers.retain(|key, _| section.questions.iter().any(|q| q.key == *key));
        if !answers.is_empty() {
            store::save_section(w, proposal.id, stage.id, &section.key, &answers, by)?;
        }
    }
    store::save_capital_stack(w, proposal.id, stage.id, &carried.capital_stack, by)?;
    for earlier in &carried.attachments {
        let attachment = Attachment {
            id: w.fresh_id(),
            stage_id: stage.id,
            removed_at: None,
            ..earlier.clone()
        };
        store::insert_attachment(w, &attachment)?;
    }
    record_start(w, proposal, stage, &carried.from, "draft.carried-over")
}

/// At a stage without a form the last submission counts as its submission. What was withdrawn
/// there is not carried on again.
fn carry_submission_on(w: &mut Writes<'_>, proposal: &Proposal, stage: &Stage) -> Result<()> {
    if store::has_submitted(w, stage.id, proposal.coalition_id)? {
        return Ok(());
    }
    let Some((from, _)) = last_submission(w, proposal, stage)? else {
        return Ok(());
    };
    let submission = Submission {
        id: w.fresh_id(),
        stage_id: stage.id,
        receipt_number: w.fresh_id(),
        carried_from: Some(from.id),
        state: SubmissionState::InForce,
        ..from.clone()
    };
    store::insert_submission(w, &submission)?;
    record_start(w, proposal, stage, &from, "submission.carried-on")
}

fn record_start(
    w: &mut Writes<'_>,
    proposal: &Proposal,
    stage: &Stage,
    from: &Submission,
    act: &str,
) -> Result<()> {
    let act = Act {
        actor: None,
        act,
        object: ("proposal", proposal.id.0),
        competition: Some(proposal.competition_id),
        coalition: Some(proposal.coalition_id),
        detail: json!({"stage": stage.id, "from": from.id}),
    };
    audit::record(w, act)
}

/// The draft of a stage as it stands: what is saved, or what it would take over.
///
/// # Errors
/// When the database fails.
pub fn draft(r: &mut Reads<'_>, proposal: &Proposal, stage: &Stage) -> Result<Draft> {
    let coalition = coalition_now(r, proposal.coalition_id)?;
    let title = proposal.title.clone();
    if !store::draft_is_started(r, proposal.id, stage.id)?
        && let Some(carried) = carried(r, proposal, stage)?
    {
        return Ok(Draft {
            title,
            coalition,
            answers: carried.answers,
            attachments: carried.attachments,
            capital_stack: carried.capital_stack,
        });
    }
    let answers = store::sections_of(r, proposal.id, stage.id)?
        .into_iter()
        .flat_map(|section| section.answers)
        .collect();
    Ok(Draft {
        title,
        coalition,
        answers,
        attachments: store::attachments_of(r, proposal.id, stage.id)?,
        capital_stack: store::capital_stack_row(r, proposal.id, stage.id)?.unwrap_or_default(),
    })
}

fn coalition_now(r: &mut Reads<'_>, id: CoalitionId) -> Result<SnapshotCoalition> {
    let coalition = coalitions::coalition(r, id)?.or_not_found()?;
    let claimed = coalitions::places_of(r, id)?;
    let mut places: Vec<String> = competitions::places(r, &claimed)?
        .into_iter()
        .map(|place| place.name)
        .collect();
    places.sort();
    let seats = coalitions::seats_of(r, id)?
        .into_iter()
        .map(|seat| SnapshotSeat {
            sector: seat.sector,
            role: seat.role,
            jurisdiction: seat.jurisdiction,
            organisation: seat.organisation,
            state: seat.state,
        })
        .collect();
    Ok(SnapshotCoalition {
        name: coalition.name,
        lead_organisation: coalition.lead_organisation,
        fiscal_agent: coalition.fiscal_agent,
        places,
        seats,
    })
}

/// Requirements that leave everything but the form aside.
pub(super) fn form_only(competition: &Competition) -> Requirements {
    Requirements {
        currency: competition.currency.clone(),
        match_percent: 0,
        sectors: Vec::new(),
        filled: BTreeSet::new(),
        confirmation_lacks: false,
    }
}
