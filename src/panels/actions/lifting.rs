//! What stands again once a conflict is found to be none.

use super::{MayBeReviewed, answers};
use crate::coalitions::doors;
use crate::competitions;
use crate::competitions::model::{Phase, Stage};
use crate::panels::letters;
use crate::panels::model::{Assignment, AssignmentState, Conflict, PanelMember};
use crate::panels::store::{self, Ending};
use crate::people::Person;
use crate::platform::db::Writes;
use crate::platform::refusal::{OrNotFound as _, Result};

/// Lets the assignments stand again that conflicts between the two ended, unless another tie
/// still closes the door or too much has happened since; tells the reviewer.
pub(super) fn reopen(
    w: &mut Writes<'_>,
    who: &Person,
    conflict: &Conflict,
    may_be_reviewed: MayBeReviewed<'_>,
) -> Result<Vec<Assignment>> {
    let (coalition, person) = (conflict.coalition_id, conflict.person_id);
    if doors::is_closed(w, person, coalition)? {
        return Ok(Vec::new());
    }
    let mut reopened = Vec::new();
    for ending in store::endings_of_pair(w, coalition, person)? {
        let ended = store::assignment(w, ending.assignment_id)?.or_not_found()?;
        let stage = competitions::store::stage(w, ended.stage_id)?.or_not_found()?;
        if !may_stand_again(w, &ending, &ended, &stage)? || !may_be_reviewed(w, &stage, coalition)?
        {
            continue;
        }
        store::undo_ending(w, &ending)?;
        let standing = store::assignment(w, ended.id)?.or_not_found()?;
        answers::trace(w, Some(who.id), &standing, "assignment.reopened")?;
        letters::assignment_reopened(w, &stage, &standing)?;
        reopened.push(standing);
    }
    Ok(reopened)
}

/// Whether the phase still knows such an assignment, the person is on the panel, and nobody gave
/// them the submission anew.
fn may_stand_again(
    w: &mut Writes<'_>,
    ending: &Ending,
    ended: &Assignment,
    stage: &Stage,
) -> Result<bool> {
    let phase = stage.phase(w.now());
    let in_time = match ending.state_before {
        AssignmentState::Accepted => phase < Phase::Decided,
        AssignmentState::Invited => phase < Phase::Deciding,
        AssignmentState::Declined | AssignmentState::Recused | AssignmentState::Ended => false,
    };
    let member = store::panel_member(w, stage.id, ended.person_id)?;
    let given_anew =
        store::live_assignment_of(w, stage.id, ended.coalition_id, ended.person_id)?.is_some();
    let on_panel = member.as_ref().is_some_and(PanelMember::is_live);
    Ok(in_time && on_panel && !given_anew)
}
