//! What every act on a draft starts from: the proposal, who the person is to it, and the stage
//! whose form is answered.

use crate::coalitions::model::Coalition;
use crate::coalitions::{self, Standing, store as members};
use crate::competitions::model::{Competition, Form, Stage};
use crate::competitions::store as competitions;
use crate::people::Person;
use crate::platform::db::Reads;
use crate::platform::ids::{CoalitionId, CompetitionId, ProposalId, StageId};
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule};
use crate::proposals::access::{DraftFacts, DraftRights, draft_rights};
use crate::proposals::model::{AnswerWindow, Proposal, SubmissionReturn, answer_window};
use crate::proposals::store;

/// A proposal before a person who may know of it.
#[derive(Clone, Debug)]
pub struct Desk {
    /// The proposal.
    pub proposal: Proposal,
    /// Its coalition, and who the person is to it.
    pub standing: Standing,
    /// Its competition.
    pub competition: Competition,
    /// The stage that is worked on, with the time that this coalition has.
    pub stage: Stage,
    /// Where this moment lies in it.
    pub window: AnswerWindow,
    /// What of its submission is open again for correction.
    pub reopened: Option<SubmissionReturn>,
    /// What the person may do.
    pub rights: DraftRights,
}

/// Lays a proposal before a person: at the stage asked for, or the one that is open to it.
///
/// # Errors
/// 404 when there is no such proposal or stage for the person.
pub fn desk(
    r: &mut Reads<'_>,
    who: &Person,
    id: ProposalId,
    asked: Option<StageId>,
) -> Result<Desk> {
    let proposal = store::proposal(r, id)?.or_not_found()?;
    let standing = coalitions::stand(r, who, proposal.coalition_id)?;
    let competition = competitions::competition(r, proposal.competition_id)?.or_not_found()?;
    let stage = match asked {
        Some(stage) => competitions::stage(r, stage)?
            .filter(|stage| stage.competition_id == proposal.competition_id)
            .or_not_found()?,
        None => stage_at_work(r, &proposal)?,
    };
    let stage = for_coalition(r, stage, proposal.coalition_id)?;
    let window = answer_window(&stage, r.now());
    let rights = draft_rights(&DraftFacts {
        member: standing
            .member
            .as_ref()
            .map(|member| (member.role, member.sections.clone())),
        office: standing.office,
        sealed_now: stage.is_sealed_at(r.now()),
    })
    .or_not_found()?;
    let reopened = store::standing_return(r, stage.id, proposal.coalition_id)?;
    Ok(Desk {
        proposal,
        standing,
        competition,
        stage,
        window,
        reopened: reopened.filter(|_| window == AnswerWindow::Over),
        rights,
    })
}

/// The stage that a proposal works on now: the latest one with a form that has opened and that
/// its coalition may answer, or the first one.
fn stage_at_work(r: &mut Reads<'_>, proposal: &Proposal) -> Result<Stage> {
    let mut stages = stages_with_forms(r, proposal.competition_id)?;
    let now = r.now();
    while let Some(stage) = stages.pop() {
        let opened = answer_window(&stage, now) != AnswerWindow::NotYet;
        if stages.is_empty() || (opened && may_answer(r, proposal.coalition_id, &stage)?) {
            return Ok(stage);
        }
    }
    Err(Failure::rule(
        Rule::NotOpenYet,
        "This competition has no stage with a form yet.",
    ))
}

/// The stage as it is for a coalition, which may have more time than others.
///
/// # Errors
/// When the database fails.
pub fn for_coalition(r: &mut Reads<'_>, stage: Stage, coalition: CoalitionId) -> Result<Stage> {
    let until = members::waived_until(r, stage.id, coalition)?;
    Ok(stage.with_more_time(until))
}

/// The stages of a competition that have a form, in order.
///
/// # Errors
/// When the database fails.
pub fn stages_with_forms(r: &mut Reads<'_>, competition: CompetitionId) -> Result<Vec<Stage>> {
    let mut stages = competitions::stages_of(r, competition)?;
    stages.retain(|stage| stage.form.is_some());
    Ok(stages)
}

/// Whether a stage is open to a coalition: the first one is to all, a later one to those who
/// were told that they advance from the one before.
///
/// # Errors
/// When the database fails.
pub fn may_answer(r: &mut Reads<'_>, coalition: CoalitionId, stage: &Stage) -> Result<bool> {
    let before = competitions::stages_of(r, stage.competition_id)?
        .into_iter()
        .filter(|other| other.position < stage.position)
        .max_by_key(|other| other.position);
    match before {
        None => Ok(true),
        Some(before) => store::advanced_from(r, before.id, coalition),
    }
}

/// The live coalitions to which a stage is open, or will be.
///
/// # Errors
/// When the database fails.
pub fn coalitions_at(r: &mut Reads<'_>, stage: &Stage) -> Result<Vec<Coalition>> {
    let mut there = Vec::new();
    for coalition in members::coalitions_of(r, stage.competition_id)? {
        if may_answer(r, coalition.id, stage)? {
            there.push(coalition);
        }
    }
    Ok(there)
}

impl Desk {
    /// The form that is answered.
    ///
    /// # Errors
    /// 409 when the stage asks nothing.
    pub fn form(&self) -> Result<&Form> {
        self.stage.form.as_ref().ok_or_else(|| {
            Failure::rule(
                Rule::WrongPhase,
                "This stage carries the last submission on.",
            )
        })
    }

    /// Asks that the person reads the draft's text.
    ///
    /// # Errors
    /// 403 when they see its state only.
    pub fn demand_reading(&self) -> Result<()> {
        if self.rights.reads() {
            return Ok(());
        }
        Err(Failure::forbidden(
            "Only the coalition's members read its draft.",
        ))
    }

    /// Asks that the stage has opened, to this coalition.
    ///
    /// # Errors
    /// 409 before the opening, 403 for a stage that others advance to.
    pub fn demand_opened(&self, r: &mut Reads<'_>) -> Result<()> {
        if self.window == AnswerWindow::NotYet {
            return Err(Failure::rule(
                Rule::NotOpenYet,
                "This stage is not open yet.",
            ));
        }
        if !may_answer(r, self.proposal.coalition_id, &self.stage)? {
            return Err(Failure::forbidden(
                "This stage is for those who were told that they advance.",
            ));
        }
        Ok(())
    }

    /// Asks that there is something of the stage to read: it has opened to this coalition, or it
    /// was open to it once, before a correction, and what was written then stays readable.
    ///
    /// # Errors
    /// As [`Desk::demand_opened`].
    pub fn demand_something_to_read(&self, r: &mut Reads<'_>) -> Result<()> {
        if store::draft_is_started(r, self.proposal.id, self.stage.id)? {
            return Ok(());
        }
        self.demand_opened(r)
    }

    /// Asks that the draft may change now in a section (or in the capital stack, by its key; none:
    /// its title). The grace is for submitting only; what is given back for correction may change
    /// until its own time.
    ///
    /// # Errors
    /// 409 before the opening, after the deadline and when the coalition is over, 403 for a stage
    /// that others advance to.
    pub fn demand_drafting(&self, r: &mut Reads<'_>, section: Option<&str>) -> Result<()> {
        if !self.standing.coalition.is_live() {
            return Err(Failure::rule(
                Rule::WrongPhase,
                "This coalition is over, so its proposal can't be changed any more.",
            ));
        }
        self.demand_opened(r)?;
        let Some(reopened) = &self.reopened else {
            return self
                .stage
                .accepts_drafts_at(r.now(), &self.competition.time_zone);
        };
        if section.is_some_and(|section| reopened.reopens(section)) {
            return Ok(());
        }
        let words = format!(
            "What was handed in is open for correction in these sections alone: {}.",
            reopened.sections.join(", ")
        );
        Err(Failure::rule(Rule::WrongPhase, words))
    }
}
