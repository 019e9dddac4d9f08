//! Giving submissions to reviewers.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::import::{ImportQuery, LineProblem};
use super::listing::{self, AssignmentView};
use super::ties;
use crate::coalitions::doors;
use crate::competitions::model::Stage;
use crate::panels::actions::{Pair, apply_pairs, problems_of, stage_of_officers};
use crate::panels::model::{Assignment, ConflictKind};
use crate::panels::store as panels;
use crate::people::Person;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Asked, Created, Input};
use crate::platform::ids::{AssignmentId, CoalitionId, PersonId, StageId};
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
    /// Whether nothing was changed.
    pub dry_run: bool,
    /// The assignments, in the order of the pairs; none in a dry run.
    pub items: Vec<AssignmentView>,
    /// What would become of each pair; in a dry run only.
    pub pairs: Vec<TriedPair>,
}

/// A pair that was tried out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TriedPair {
    /// Whose submission.
    pub coalition: CoalitionId,
    /// Who would read it.
    pub reviewer: PersonId,
    /// What stands against it; nothing when it can be assigned.
    pub problem: Option<LineProblem>,
    /// Kinds of possible ties that nobody has decided on yet.
    pub hints: Vec<ConflictKind>,
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

/// The assignments of a stage on which nothing is left to do: the review is in, or the submission
/// is gone.
///
/// # Errors
/// When the database fails.
pub fn done(r: &mut Reads<'_>, stage: &Stage) -> Result<HashSet<AssignmentId>> {
    let mut done: HashSet<AssignmentId> =
        reviews::store::reviewed(r, stage.id)?.into_iter().collect();
    let there: HashSet<CoalitionId> =
        proposals::store::summaries_in_force(r, stage.id, stage.competition_id)?
            .iter()
            .map(|submission| submission.coalition_id)
            .collect();
    let given = panels::assignments_of_stage(r, stage.id, &panels::Filter::default())?;
    let gone = given
        .into_iter()
        .filter(|one| !there.contains(&one.coalition_id));
    done.extend(gone.map(|one| one.id));
    Ok(done)
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
    query: &Asked<ImportQuery>,
    input: &Input<BatchRequest>,
) -> Result<BatchView> {
    let at = stage_of_officers(w, who, stage)?;
    let dry_run = query.get()?.dry_run;
    let request = input.get()?;
    if !(1..=PAIRS_AT_MOST).contains(&request.pairs.len()) {
        return Err(Failure::invalid(
            "/pairs",
            format!("From 1 to {PAIRS_AT_MOST} pairs."),
        ));
    }
    let pairs: Vec<Pair> = request.pairs.into_iter().map(Pair::from).collect();
    if dry_run {
        return tried(w, who, &at, &pairs);
    }
    Ok(BatchView {
        dry_run,
        items: given_views(w, who, stage, &pairs)?,
        pairs: Vec::new(),
    })
}

/// What would become of pairs, with what speaks for a tie.
fn tried(r: &mut Reads<'_>, who: &Person, stage: &Stage, pairs: &[Pair]) -> Result<BatchView> {
    let mut tried = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let may_know = !doors::is_closed(r, who.id, pair.coalition)?;
        tried.push(TriedPair {
            coalition: pair.coalition,
            reviewer: pair.reviewer,
            problem: None,
            hints: if may_know {
                listing::hints(r, pair.coalition, pair.reviewer)?
            } else {
                Vec::new()
            },
        });
    }
    for problem in problems_of(r, who, stage, pairs, &may_be_reviewed)? {
        let number = problem.pair;
        tried[number].problem = Some(problem.into());
    }
    Ok(BatchView {
        dry_run: true,
        items: Vec::new(),
        pairs: tried,
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
