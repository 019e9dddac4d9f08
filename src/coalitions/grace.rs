//! What a submission freezes of a coalition stands still between a deadline and the end of its
//! grace: the grace is for handing in what was there at the deadline.

use crate::competitions::model::{Phase, Stage};
use crate::competitions::store as competitions;
use crate::platform::db::Reads;
use crate::platform::ids::CompetitionId;
use crate::platform::refusal::{Failure, Result, Rule};

/// Refuses changes of names and seats while a stage of the competition is in its grace.
/// Who leaves or is removed is not held by it: access ends at once.
///
/// # Errors
/// 409 until the grace is over.
pub(super) fn demand_no_grace(r: &mut Reads<'_>, competition: CompetitionId) -> Result<()> {
    let now = r.now();
    let stages = competitions::stages_of(r, competition)?;
    let in_grace = |stage: &&Stage| stage.phase(now) == Phase::Closed;
    let Some(stage) = stages.iter().find(in_grace) else {
        return Ok(());
    };
    let until = stage
        .closes_at()
        .map_or_else(String::new, |at| at.to_string());
    Err(Failure::rule(
        Rule::DeadlinePassed,
        format!(
            "The deadline of “{}” has passed. Names and seats are part of what is submitted and \
             stay as they are until {until}; try again after that.",
            stage.name
        ),
    ))
}
