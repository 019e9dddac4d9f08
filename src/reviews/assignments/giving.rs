//! Giving submissions to reviewers.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::listing::{self, AssignmentView};
use super::ties;
use crate::competitions::model::Stage;
use crate::panels::actions::{Pair, apply_pairs, stage_of_officers};
use crate::panels::model::Assignment;
use crate::people::Person;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Created, Input};
use crate::platform::ids::{CoalitionId, PersonId, StageId};
use crate::platform::refusal::{Failure, OrNotFound as _, Result};
use crate::proposals;
use crate::proposals::model::Verdict;
use crate::reviews;

/// How many pairs can be assigned in one act.
pub(super) const PAIRS_AT_MOST: usize = 2000;

/// A submission for a reviewer.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PairRequest {
    /// Whose submission.
    pub coalition: CoalitionId,
    /// Who is to read it: a person on the stage's panel.
    pub reviewer: PersonId,
}

impl From<PairRequest> for Pair {
    fn from(request: PairRequest) -> Self {
        Self {
            coalition: request.coalition,
            reviewer: request.reviewer,
        }
    }
}

/// Several submissions for several reviewers; all are assigned, or none.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchRequest {
    /// In any order.
    pub pairs: Vec<PairRequest>,
}

/// What was assigned in one act.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BatchView {
    /// The assignments, in the order of the pairs.
    pub items: Vec<AssignmentView>,
}

/// Whether a coalition has a submission in force that may be reviewed: one that screening found
/// eligible, where the stage has screening.
///
/// # Errors
/// When the database fails.
pub fn may_be_reviewed(r: &mut Reads<'_>, stage: &Stage, coalition: CoalitionId) -> Result<bool> {
    if proposals::store::submission_in_force(r, stage.id, coalition)?.is_none() {
        return Ok(false);
    }
    if !stage.has_screening {
        return Ok(true);
    }
    let screening = proposals::store::screening_of(r, stage.id, coalition)?;
    Ok(screening.is_some_and(|screening| screening.verdict == Verdict::Eligible))
}

/// Whether nothing is left to do on an assignment: its review is in, or its submission is gone.
///
/// # Errors
/// When the database fails.
pub fn is_done(r: &mut Reads<'_>, assignment: &Assignment) -> Result<bool> {
    let review = reviews::store::review_on(r, assignment.id)?;
    if review.is_some_and(|review| review.is_submitted()) {
        return Ok(true);
    }
    let (stage, coalition) = (assignment.stage_id, assignment.coalition_id);
    Ok(proposals::store::submission_in_force(r, stage, coalition)?.is_none())
}

/// Gives one submission to one reviewer.
pub(super) fn give(
    w: &mut Writes<'_>,
    who: &Person,
    stage: StageId,
    input: &Input<PairRequest>,
) -> Result<Created<AssignmentView>> {
    stage_of_officers(w, who, stage)?;
    let request = input.get()?;
    let mut given = given_views(w, who, stage, &[request.into()])?;
    let view = given.pop().or_not_found()?;
    Ok(Created::at(
        format!("/api/v1/assignments/{}", view.id),
        view,
    ))
}

/// Gives several, all or none.
pub(super) fn give_batch(
    w: &mut Writes<'_>,
    who: &Person,
    stage: StageId,
    input: &Input<BatchRequest>,
) -> Result<BatchView> {
    stage_of_officers(w, who, stage)?;
    let request = input.get()?;
    if !(1..=PAIRS_AT_MOST).contains(&request.pairs.len()) {
        return Err(Failure::invalid(
            "/pairs",
            format!("From 1 to {PAIRS_AT_MOST} pairs."),
        ));
    }
    let pairs: Vec<Pair> = request.pairs.into_iter().map(Pair::from).collect();
    Ok(BatchView {
        items: given_views(w, who, stage, &pairs)?,
    })
}

/// Assigns, and looks into the submissions for ties that the officer should know of.
pub(super) fn given_views(
    w: &mut Writes<'_>,
    who: &Person,
    stage: StageId,
    pairs: &[Pair],
) -> Result<Vec<AssignmentView>> {
    let given: Vec<Assignment> = apply_pairs(w, who, stage, pairs, &may_be_reviewed)?;
    let mut coalitions: Vec<CoalitionId> = pairs.iter().map(|pair| pair.coalition).collect();
    coalitions.sort_unstable();
    coalitions.dedup();
    for coalition in coalitions {
        ties::look_into(w, stage, coalition)?;
    }
    listing::office_views(w, given)
}
