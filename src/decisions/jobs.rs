//! Work that the clock brings about.

use std::collections::{BTreeMap, HashSet};

use super::model::{Decision, Outcome, in_effect};
use super::store;
use crate::competitions::model::{Phase, Stage};
use crate::competitions::store as competitions;
use crate::platform::clock::Instant;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::CoalitionId;
use crate::platform::refusal::Result;
use crate::proposals::actions::carry::start_draft_for_stage;
use crate::proposals::store as proposals;

pub use super::actions::notices::tell_of_reopened_dockets;
pub use super::actions::telling::{is_due, tell_due};

/// Starts the next stage for everyone who was told that they advance: the answers that carry over,
/// or, where the stage has no form, the last submission. Does nothing where that is done.
///
/// # Errors
/// When the database fails.
pub fn start_next_stages(w: &mut Writes<'_>) -> Result<()> {
    for stage in store::stages_with_told_advances(w)? {
        let Some(stage) = competitions::stage(w, stage)? else {
            continue;
        };
        let Some(next) = stage_after(w, &stage)? else {
            continue;
        };
        if !may_be_entered(&next, w.now()) {
            continue;
        }
        for coalition in to_start(w, &stage, &next)? {
            if let Some(proposal) = proposals::proposal_of(w, coalition)? {
                start_draft_for_stage(w, &proposal, &next)?;
            }
        }
    }
    Ok(())
}

fn stage_after(r: &mut Reads<'_>, stage: &Stage) -> Result<Option<Stage>> {
    Ok(competitions::stages_of(r, stage.competition_id)?
        .into_iter()
        .find(|other| other.position > stage.position))
}

/// Whether a stage can still take somebody in: nothing arrives any more once a form has closed,
/// or once what was decided is told. A stage that has neither form nor screening nor review
/// begins where it is decided.
fn may_be_entered(next: &Stage, now: Instant) -> bool {
    let phase = next.phase(now);
    if next.form.is_some() {
        phase <= Phase::Closed
    } else {
        phase < Phase::Told
    }
}

/// Who advances and has begun nothing at the next stage yet. A submission that was withdrawn
/// is a beginning too: it does not come back by itself.
fn to_start(r: &mut Reads<'_>, stage: &Stage, next: &Stage) -> Result<Vec<CoalitionId>> {
    let now = r.now();
    let mut begun: HashSet<CoalitionId> = store::ever_submitted_at(r, next.id)?;
    begun.extend(store::drafts_begun_at(r, next.id)?);
    let mut chains: BTreeMap<CoalitionId, Vec<Decision>> = BTreeMap::new();
    for decision in store::decisions_of_stage(r, stage.id)? {
        chains.entry(decision.coalition).or_default().push(decision);
    }
    Ok(chains
        .into_iter()
        .filter(|(coalition, _)| !begun.contains(coalition))
        .filter(|(_, chain)| {
            in_effect(chain, now).is_some_and(|d| d.content.outcome == Outcome::Advance)
        })
        .map(|(coalition, _)| coalition)
        .collect())
}
