//! Exceptions made for one coalition, as it and the office see them: more time, and sections that
//! are open again.

use serde::Serialize;
use utoipa::ToSchema;

use super::desk::desk;
use super::listing::{Paging, paging};
use crate::coalitions::model::{Ended, Waiver};
use crate::coalitions::{doors, store as coalitions};
use crate::people::{Person, Role};
use crate::platform::clock::Instant;
use crate::platform::db::Reads;
use crate::platform::http::{Asked, Page};
use crate::platform::ids::{
    CoalitionId, CompetitionId, PersonId, ProposalId, StageId, SubmissionId,
};
use crate::platform::refusal::{Failure, Result};
use crate::proposals::access::DraftRights;
use crate::proposals::model::SubmissionReturn;
use crate::proposals::store;

use super::screening::stage_of_office;

crate::text_enum! {
    /// What is granted.
    ExceptionKind {
        /// More time than others have.
        Waiver = "waiver",
        /// Sections of what was handed in are open again.
        Return = "return",
    }
}

/// An exception made for one coalition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
pub struct ExceptionView {
    /// Identity.
    pub id: i64,
    /// What is granted.
    pub kind: ExceptionKind,
    /// At which stage.
    pub stage_id: StageId,
    /// To whom.
    pub coalition_id: CoalitionId,
    /// The last moment to submit, or to hand the correction in.
    pub until: Instant,
    /// Why.
    pub reason: String,
    /// When it was granted.
    pub granted_at: Instant,
    /// By whom; for the office.
    pub granted_by: Option<PersonId>,
    /// The sections that are open again, and `capital_stack` for the money; none of a waiver.
    pub sections: Vec<String>,
    /// What was given back; null of a waiver.
    pub submission_id: Option<SubmissionId>,
    /// The latest correction; null until one is handed in.
    pub corrected_by: Option<SubmissionId>,
    /// Whether it is in force at this moment.
    pub stands: bool,
    /// When it was ended before its time, or made way for another.
    pub ended_at: Option<Instant>,
    /// Why it was ended.
    pub end_reason: Option<String>,
}

impl ExceptionView {
    /// A waiver, as the office sees it.
    pub fn of_waiver(waiver: Waiver, now: Instant) -> Self {
        let stands = waiver.ended.is_none() && now <= waiver.until;
        Self {
            id: waiver.id.0,
            kind: ExceptionKind::Waiver,
            stage_id: waiver.stage_id,
            coalition_id: waiver.coalition_id,
            until: waiver.until,
            reason: waiver.reason,
            granted_at: waiver.granted_at,
            granted_by: Some(waiver.granted_by),
            sections: Vec::new(),
            submission_id: None,
            corrected_by: None,
            stands,
            ended_at: waiver.ended.as_ref().map(|ended| ended.at),
            end_reason: waiver.ended.and_then(why),
        }
    }

    /// What was granted, on paper.
    pub const fn words(&self) -> &'static str {
        match self.kind {
            ExceptionKind::Waiver => "More time",
            ExceptionKind::Return => "Given back for correction",
        }
    }

    fn of_return(back: SubmissionReturn, now: Instant) -> Self {
        let stands = back.stands_at(now);
        Self {
            id: back.id.0,
            kind: ExceptionKind::Return,
            stage_id: back.stage_id,
            coalition_id: back.coalition_id,
            until: back.until,
            reason: back.reason,
            granted_at: back.asked_at,
            granted_by: Some(back.asked_by),
            sections: back.sections,
            submission_id: Some(back.submission_id),
            corrected_by: back.answered_by,
            stands,
            ended_at: back.ended.as_ref().map(|ended| ended.at),
            end_reason: back.ended.and_then(why),
        }
    }

    /// By which lists are sorted.
    fn key(&self) -> (String, i64) {
        (self.granted_at.to_string(), self.id)
    }
}

fn why(ended: Ended) -> Option<String> {
    Some(ended.reason).filter(|reason| !reason.is_empty())
}

/// All exceptions at a stage that the office may see, in the order of granting.
///
/// # Errors
/// 404 or 403 for who is not of the office.
pub fn of_stage(
    r: &mut Reads<'_>,
    who: &Person,
    stage: StageId,
    asked: &Asked<Paging>,
) -> Result<Page<ExceptionView>> {
    let stage = stage_of_office(r, who, stage, &[Role::Officer, Role::Assistant])?;
    let asked = paging(asked)?;
    let closed = doors::closed_to(r, who.id)?;
    let mut found = at_stage(r, stage.id, stage.competition_id)?;
    found.retain(|one| !closed.contains(&one.coalition_id));
    Page::of_all(found, &asked, ExceptionView::key)
}

/// All exceptions at a stage, in the order of granting.
///
/// # Errors
/// When the database fails.
pub fn at_stage(
    r: &mut Reads<'_>,
    stage: StageId,
    competition: CompetitionId,
) -> Result<Vec<ExceptionView>> {
    let now = r.now();
    let waivers = coalitions::waivers_of_stage(r, stage)?.into_iter();
    let mut found: Vec<ExceptionView> = waivers
        .map(|waiver| ExceptionView::of_waiver(waiver, now))
        .collect();
    let returns = store::returns_at(r, stage, competition)?;
    let returns = returns.0.iter().cloned();
    found.extend(returns.map(|back| ExceptionView::of_return(back, now)));
    found.sort_by_key(ExceptionView::key);
    Ok(found)
}

/// Those of one coalition.
pub fn of(all: &[ExceptionView], coalition: CoalitionId) -> Vec<ExceptionView> {
    let own = all.iter().filter(|one| one.coalition_id == coalition);
    own.cloned().collect()
}

/// The exceptions made for a proposal's coalition, for its members and the office.
///
/// # Errors
/// 404 when the proposal is not the person's to know of.
pub fn of_proposal(
    r: &mut Reads<'_>,
    who: &Person,
    id: ProposalId,
    asked: &Asked<Paging>,
) -> Result<Page<ExceptionView>> {
    let desk = desk(r, who, id, None)?;
    let asked = paging(asked)?;
    let (coalition, now) = (desk.proposal.coalition_id, r.now());
    let waivers = coalitions::waivers_of(r, coalition)?.into_iter();
    let mut found: Vec<ExceptionView> = waivers
        .map(|waiver| ExceptionView::of_waiver(waiver, now))
        .collect();
    let returns = store::returns_of(r, coalition)?.into_iter();
    found.extend(returns.map(|back| ExceptionView::of_return(back, now)));
    found.sort_by_key(ExceptionView::key);
    if matches!(desk.rights, DraftRights::Member { .. }) {
        for one in &mut found {
            one.granted_by = None;
        }
    }
    Page::of_all(found, &asked, ExceptionView::key)
}

/// A moment to come, by which something is to be handed in.
pub(super) fn demand_future(until: Instant, now: Instant) -> Result<()> {
    if until > now {
        return Ok(());
    }
    Err(Failure::invalid(
        "/until",
        "A moment that is still to come.",
    ))
}
