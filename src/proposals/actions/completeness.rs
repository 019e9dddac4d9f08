//! What a draft still lacks: the same judgement that submitting makes, asked beforehand.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::carry;
use super::desk::{Desk, desk};
use super::letters;
use crate::coalitions::model::SeatState;
use crate::coalitions::store as coalitions;
use crate::competitions::model::{Competition, Form, Stage};
use crate::people::Person;
use crate::platform::audit::{self, Act};
use crate::platform::clock::Instant;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Created, Input};
use crate::platform::ids::{PersonId, ProposalId, StageId};
use crate::platform::refusal::{Failure, FieldError, OrNotFound as _, Result, Rule};
use crate::proposals::model::{Proposal, Requirements, Snapshot, SubmissionReturn};
use crate::proposals::store;

/// How a draft stands before it is submitted.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Completeness {
    /// The proposal.
    pub proposal_id: ProposalId,
    /// The stage.
    pub stage_id: StageId,
    /// The digest that a submission would have now; what the signatory confirms.
    pub digest: String,
    /// Whether it could be submitted, the deadline apart.
    pub complete: bool,
    /// Everything that it lacks.
    pub missing: Vec<FieldError>,
    /// Whether the stage asks for the signatory's confirmation.
    pub confirmation_asked: bool,
    /// The signatory who confirmed this very version, while they are one.
    pub confirmed_by: Option<PersonId>,
    /// When.
    pub confirmed_at: Option<Instant>,
}

impl Completeness {
    /// Whether nothing stands in its way but the signatory's word.
    pub fn lacks_only_the_confirmation(&self) -> bool {
        matches!(self.missing.as_slice(), [only] if only.pointer == "/confirmation")
    }
}

/// The version that a signatory confirms.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmed {
    /// As read from the proposal's completeness.
    #[schema(min_length = 64, max_length = 64)]
    pub digest: String,
}

/// A draft frozen for judging, and the judgement.
pub(in crate::proposals) struct Judged {
    pub snapshot: Snapshot,
    pub report: Completeness,
}

/// A proposal at a stage that asks for answers.
pub(in crate::proposals) struct Case<'a> {
    pub proposal: &'a Proposal,
    pub competition: &'a Competition,
    pub stage: &'a Stage,
    pub form: &'a Form,
    /// What of its submission is open again for correction.
    pub reopened: Option<&'a SubmissionReturn>,
}

/// Judges the draft on a desk.
pub(super) fn judge(r: &mut Reads<'_>, desk: &Desk) -> Result<Judged> {
    let case = Case {
        proposal: &desk.proposal,
        competition: &desk.competition,
        stage: &desk.stage,
        form: desk.form()?,
        reopened: desk.reopened.as_ref(),
    };
    judge_case(r, &case)
}

/// Judges a draft, whoever asks.
pub(in crate::proposals) fn judge_case(r: &mut Reads<'_>, case: &Case<'_>) -> Result<Judged> {
    let Case {
        proposal,
        stage,
        form,
        reopened,
        ..
    } = case;
    let draft = carry::draft(r, proposal, stage)?;
    let snapshot = match reopened {
        None => draft.freeze(form),
        Some(back) => {
            let before = store::submission(r, back.submission_id)?.or_not_found()?;
            back.corrected(before.snapshot, draft.freeze(form), form)
        }
    };
    let digest = snapshot.digest()?;
    let confirmation = store::confirmation_of(r, proposal.id, stage.id, &digest)?;
    let asked = requirements(r, case, confirmation.is_none())?;
    let mut missing = draft.missing(form, &asked);
    missing.retain(|lacks| reopened.is_none_or(|back| back.concerns(lacks)));
    let report = Completeness {
        proposal_id: proposal.id,
        stage_id: stage.id,
        digest,
        complete: missing.is_empty(),
        missing,
        confirmation_asked: stage.signatory_confirmation,
        confirmed_by: confirmation.map(|(by, _)| by),
        confirmed_at: confirmation.map(|(_, at)| at),
    };
    Ok(Judged { snapshot, report })
}

fn requirements(r: &mut Reads<'_>, case: &Case<'_>, unconfirmed: bool) -> Result<Requirements> {
    let filled = coalitions::seats_of(r, case.proposal.coalition_id)?
        .into_iter()
        .filter(|seat| seat.state == SeatState::Filled)
        .filter_map(|seat| seat.sector.as_str().parse().ok())
        .collect();
    Ok(Requirements {
        currency: case.competition.currency.clone(),
        match_percent: case.competition.match_required_percent,
        sectors: case.competition.required_sectors.clone(),
        filled,
        confirmation_lacks: case.stage.signatory_confirmation && unconfirmed,
    })
}

/// How a draft stands, for its members.
///
/// # Errors
/// 404, 403 or 409 as the stage and the person stand.
pub fn show(
    r: &mut Reads<'_>,
    who: &Person,
    id: ProposalId,
    stage: Option<StageId>,
) -> Result<Completeness> {
    let desk = desk(r, who, id, stage)?;
    desk.demand_reading()?;
    desk.form()?;
    desk.demand_something_to_read(r)?;
    Ok(judge(r, &desk)?.report)
}

/// The signatory confirms one version exactly. A later edit voids it by itself, as the digest
/// is then another.
///
/// # Errors
/// 404, 403 for who is not the signatory, 409 when the draft is no longer that version or the
/// grace is over.
pub fn confirm(
    w: &mut Writes<'_>,
    who: &Person,
    id: ProposalId,
    stage: Option<StageId>,
    input: &Input<Confirmed>,
) -> Result<Created<Completeness>> {
    let desk = desk(w, who, id, stage)?;
    desk.demand_reading()?;
    if !desk.rights.confirms() {
        return Err(Failure::forbidden("A signatory of the coalition confirms."));
    }
    let asked = input.get()?.digest;
    desk.form()?;
    desk.demand_opened(w)?;
    if desk.reopened.is_none() {
        let zone = &desk.competition.time_zone;
        desk.stage.accepts_submissions_at(w.now(), zone)?;
    }
    let before = judge(w, &desk)?.report;
    if asked != before.digest {
        return Err(Failure::rule(
            Rule::PreviewOutdated,
            "The proposal is not the version that you read. Read it again, then confirm it.",
        ));
    }
    if before.confirmed_by.is_none() {
        store::insert_confirmation(w, id, desk.stage.id, &asked, who.id)?;
        let act = Act {
            actor: Some(who.id),
            act: "proposal.confirmed",
            object: ("proposal", id.0),
            competition: Some(desk.proposal.competition_id),
            coalition: Some(desk.proposal.coalition_id),
            detail: json!({"stage": desk.stage.id, "digest": asked}),
        };
        audit::record(w, act)?;
        letters::confirmed(w, &desk, who)?;
    }
    let location = format!(
        "/api/v1/proposals/{id}/completeness?stage={}",
        desk.stage.id
    );
    Ok(Created::at(location, judge(w, &desk)?.report))
}
