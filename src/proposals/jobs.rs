//! What happens by itself while a stage is open. Called each minute; calling twice does nothing
//! more. Each has a part that only reads, so that nobody waits for the writer while it is found out
//! what is due, and what is due is written a few at a time.

use std::collections::HashSet;
use std::sync::Arc;

use super::actions::completeness::{Case, judge_case};
use super::actions::desk::{coalitions_at, for_coalition, may_answer};
use super::actions::letters;
use super::actions::waivers::still_taking;
use super::model::{AnswerWindow, Proposal, SubmissionReturn, answer_window};
use super::store;
use crate::coalitions::model::Coalition;
use crate::coalitions::store as coalitions;
use crate::competitions::model::{Competition, Phase, Stage};
use crate::competitions::store as competitions;
use crate::platform::clock::Instant;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, PersonId, StageId};
use crate::platform::refusal::{OrNotFound as _, Result};

/// For how long nothing was saved before a signatory is asked to confirm, in seconds: whoever
/// still types would make the question outdated.
const QUIET_SECONDS: i64 = 300;

/// The coalitions with members who are to be reminded and were not yet: for each open stage, the
/// latest of its reminder times that has come, to the members of every coalition that has no
/// submission in force. Who joined since that time, with a coalition or alone, has just seen the
/// deadline and is left alone.
///
/// # Errors
/// When the database fails.
pub fn reminders_due(r: &mut Reads<'_>) -> Result<Vec<(StageId, CoalitionId)>> {
    let now = r.now();
    let mut due = Vec::new();
    for stage in competitions::published_stages(r)? {
        let waived = coalitions::waived(r, stage.id, stage.competition_id)?;
        let due_for_all = reminder_due(&stage, now);
        if due_for_all.is_none() && waived.0.is_empty() {
            continue;
        }
        let told = letters::reminded(r, &stage)?;
        for coalition in coalitions_without_submission(r, &stage)? {
            let until = waived.0.get(&coalition.id).copied();
            let own = until.map(|until| stage.clone().with_more_time(Some(until)));
            let (stage, due_now) = match &own {
                Some(own) => (own, reminder_due(own, now)),
                None => (&stage, due_for_all),
            };
            let Some((hours, since)) = due_now.filter(|(_, at)| coalition.founded_at <= *at) else {
                continue;
            };
            let untold = members_since(r, coalition.id, since)?
                .into_iter()
                .map(|person| letters::reminder_key(stage, &coalition, hours, person))
                .any(|key| !told.contains(&key));
            if untold {
                due.push((stage.id, coalition.id));
            }
        }
    }
    Ok(due)
}

fn members_since(
    r: &mut Reads<'_>,
    coalition: CoalitionId,
    since: Instant,
) -> Result<Vec<PersonId>> {
    let members = coalitions::live_members(r, coalition)?.into_iter();
    Ok(members
        .filter(|member| member.joined_at <= since)
        .map(|member| member.person_id)
        .collect())
}

/// Writes reminders as they are due now: to nobody who has left, and for nothing that was
/// submitted, dissolved or moved meanwhile.
///
/// # Errors
/// When the database fails.
pub fn remind(w: &mut Writes<'_>, due: &[(StageId, CoalitionId)]) -> Result<()> {
    for (stage, coalition) in due {
        let stage = competitions::stage(w, *stage)?.or_not_found()?;
        let stage = for_coalition(w, stage, *coalition)?;
        let coalition = coalitions::coalition(w, *coalition)?.or_not_found()?;
        let Some((hours, since)) = reminder_due(&stage, w.now()) else {
            continue;
        };
        let wanted = coalition.is_live()
            && may_answer(w, coalition.id, &stage)?
            && store::submission_in_force(w, stage.id, coalition.id)?.is_none();
        if !wanted {
            continue;
        }
        let competition = competitions::competition(w, stage.competition_id)?.or_not_found()?;
        for to in members_since(w, coalition.id, since)? {
            letters::submission_reminder(w, &competition, &stage, &coalition, hours, to)?;
        }
    }
    Ok(())
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

fn coalitions_without_submission(r: &mut Reads<'_>, stage: &Stage) -> Result<Vec<Coalition>> {
    let submitted: HashSet<CoalitionId> =
        store::summaries_in_force(r, stage.id, stage.competition_id)?
            .iter()
            .map(|submission| submission.coalition_id)
            .collect();
    let mut without = coalitions_at(r, stage)?;
    without.retain(|one| !submitted.contains(&one.id));
    Ok(without)
}

/// The drafts of which somebody is to be told: each that lacks the signatory's confirmation alone,
/// once for each version, and each of which a confirmation no longer holds.
///
/// # Errors
/// When the database fails.
pub fn confirmations_to_look_after(r: &mut Reads<'_>) -> Result<Vec<(StageId, CoalitionId)>> {
    let now = r.now();
    let mut found = Vec::new();
    for stage in competitions::published_stages(r)? {
        if !stage.signatory_confirmation {
            continue;
        }
        for coalition in coalitions_who_may_submit(r, &stage, now)? {
            if let Some(kept) = Kept::of(r, &stage, coalition.id)?
                && let Some(case) = kept.case()
                && is_untold(r, &case)?
            {
                found.push((stage.id, coalition.id));
            }
        }
    }
    Ok(found)
}

/// The coalitions from which something may come at this moment: all while the stage takes
/// submissions, then those with more time, or with something to correct.
fn coalitions_who_may_submit(
    r: &mut Reads<'_>,
    stage: &Stage,
    now: Instant,
) -> Result<Vec<Coalition>> {
    let takes = |window| matches!(window, AnswerWindow::Open | AnswerWindow::Grace);
    if takes(answer_window(stage, now)) {
        return coalitions_at(r, stage);
    }
    let mut few = still_taking(r, stage)?;
    let returns = store::returns_at(r, stage.id, stage.competition_id)?;
    let open = returns.0.iter().filter(|back| back.stands_at(now));
    few.extend(open.map(|back| back.coalition_id));
    let mut found = Vec::new();
    for id in few {
        let coalition = coalitions::coalition(r, id)?.or_not_found()?;
        if coalition.is_live() && may_answer(r, id, stage)? {
            found.push(coalition);
        }
    }
    Ok(found)
}

/// What a case is made of.
struct Kept {
    competition: Arc<Competition>,
    stage: Stage,
    proposal: Proposal,
    reopened: Option<SubmissionReturn>,
}

impl Kept {
    fn of(r: &mut Reads<'_>, stage: &Stage, coalition: CoalitionId) -> Result<Option<Self>> {
        let Some(proposal) = store::proposal_of(r, coalition)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            competition: competitions::shared_competition(r, stage.competition_id)?
                .or_not_found()?,
            stage: for_coalition(r, stage.clone(), coalition)?,
            reopened: store::standing_return(r, stage.id, coalition)?,
            proposal,
        }))
    }

    fn case(&self) -> Option<Case<'_>> {
        Some(Case {
            proposal: &self.proposal,
            competition: &self.competition,
            stage: &self.stage,
            form: self.stage.form.as_ref()?,
            reopened: self.reopened.as_ref(),
        })
    }
}

/// Whether somebody has still to hear what is to be told of a draft.
fn is_untold(r: &mut Reads<'_>, case: &Case<'_>) -> Result<bool> {
    for word in words_due(r, case)? {
        let untold = match word {
            Word::Void(confirmation) => letters::is_void_untold(r, case, confirmation)?,
            Word::Asked(digest) => letters::is_asking_untold(r, case, &digest)?,
        };
        if untold {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Tells what is to be told of one of these drafts, as it stands now.
///
/// # Errors
/// When the database fails.
pub fn look_after_confirmation(
    w: &mut Writes<'_>,
    (stage, coalition): (StageId, CoalitionId),
) -> Result<()> {
    let stage = competitions::stage(w, stage)?.or_not_found()?;
    let coalition = coalitions::coalition(w, coalition)?.or_not_found()?;
    let Some(kept) = Kept::of(w, &stage, coalition.id)? else {
        return Ok(());
    };
    let Some(case) = kept.case() else {
        return Ok(());
    };
    for word in words_due(w, &case)? {
        match word {
            Word::Void(confirmation) => {
                letters::confirmation_void(w, &case, &coalition, confirmation)?;
            }
            Word::Asked(digest) => letters::confirmation_asked(w, &case, &coalition, &digest)?,
        }
    }
    Ok(())
}

/// What members are to hear about the confirmation of a draft.
enum Word {
    /// That this confirmation no longer holds.
    Void(i64),
    /// That the version with this digest waits for it.
    Asked(String),
}

fn words_due(r: &mut Reads<'_>, case: &Case<'_>) -> Result<Vec<Word>> {
    let (proposal, stage) = (case.proposal.id, case.stage.id);
    let report = judge_case(r, case)?.report;
    let mut words = Vec::new();
    if report.confirmed_by.is_some() {
        return Ok(words);
    }
    words.extend(store::last_confirmation(r, proposal, stage)?.map(Word::Void));
    let changed = store::draft_changed_at(r, proposal, stage)?;
    let rests = changed.is_none_or(|at| at.plus_seconds(QUIET_SECONDS) <= r.now());
    if report.lacks_only_the_confirmation() && rests {
        words.push(Word::Asked(report.digest));
    }
    Ok(words)
}
