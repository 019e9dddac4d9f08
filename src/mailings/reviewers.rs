//! Groups of reviewers.

use std::collections::{BTreeMap, HashSet};

use super::groups::{InGroup, Told, of_no_coalition};
use crate::competitions::model::{Phase, Stage};
use crate::panels::jobs::Closed;
use crate::panels::model::PanelState;
use crate::panels::store as panels;
use crate::platform::db::Reads;
use crate::platform::ids::{CoalitionId, PersonId};
use crate::platform::refusal::Result;
use crate::reviews::assignments;

/// Who was asked onto the panel of a stage and has not answered.
///
/// # Errors
/// When the database fails.
pub fn invited(r: &mut Reads<'_>, stage: &Stage) -> Result<Vec<InGroup>> {
    in_state(r, stage, PanelState::Invited)
}

/// Who is on the panel of a stage.
///
/// # Errors
/// When the database fails.
pub fn on_the_panel(r: &mut Reads<'_>, stage: &Stage) -> Result<Vec<InGroup>> {
    in_state(r, stage, PanelState::Accepted)
}

fn in_state(r: &mut Reads<'_>, stage: &Stage, state: PanelState) -> Result<Vec<InGroup>> {
    let mut panel = panels::panel_of(r, stage.id)?;
    panel.retain(|member| member.state == state);
    Ok(panel
        .into_iter()
        .map(|member| of_no_coalition(member.person_id))
        .collect())
}

/// Whose reviews of a stage are due by now, or within some days, and not in. What is due of a
/// coalition that is `closed` counts for the letter and for nothing that is shown.
///
/// # Errors
/// When the database fails.
pub fn late(
    r: &mut Reads<'_>,
    stage: &Stage,
    within_days: i32,
    closed: &HashSet<CoalitionId>,
) -> Result<Vec<InGroup>> {
    let now = r.now();
    if stage.phase(now) != Phase::Reviewing {
        return Ok(Vec::new());
    }
    let by = now.plus_days(i64::from(within_days));
    let done = assignments::done(r, stage)?;
    let mut doors = Closed::default();
    let mut due: BTreeMap<PersonId, Vec<CoalitionId>> = BTreeMap::new();
    for one in panels::assignments_of_stage(r, stage.id, &panels::Filter::default())? {
        let last = one.due_at.or(stage.review_deadline);
        if !one.is_live() || done.contains(&one.id) || last.is_none_or(|last| last > by) {
            continue;
        }
        if !doors.to(r, one.person_id, one.coalition_id)? {
            due.entry(one.person_id).or_default().push(one.coalition_id);
        }
    }
    Ok(due
        .into_iter()
        .map(|(person, of)| {
            let open = of.iter().filter(|one| !closed.contains(one)).count();
            InGroup {
                person,
                told: reviews(of.len()),
                shown: (open > 0).then(|| reviews(open)),
                coalitions: of,
            }
        })
        .collect())
}

fn reviews(open_reviews: usize) -> Told {
    Told {
        open_reviews,
        ..Told::default()
    }
}
