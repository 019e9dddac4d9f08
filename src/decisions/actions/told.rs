//! What a coalition reads once it was told: the decision, scores, and released feedback, never who
//! wrote it.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;
use utoipa::ToSchema;

use crate::coalitions::standing;
use crate::competitions::model::{Rubric, Stage};
use crate::competitions::store as competitions;
use crate::decisions::feedback::{Release, shown_for};
use crate::decisions::ledger::Ledger;
use crate::decisions::model::{Decision, Origin, Outcome, in_effect};
use crate::decisions::shown::{AmountView, amounts_shown};
use crate::decisions::store;
use crate::people::Person;
use crate::platform::clock::Instant;
use crate::platform::db::Reads;
use crate::platform::http::Page;
use crate::platform::ids::{CoalitionId, DecisionId, ReviewId, StageId};
use crate::platform::refusal::{OrNotFound as _, Result};
use crate::reviews::model::{Basis, Review};
use crate::reviews::{results, store as reviews};

/// What a coalition is told at one stage.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ToldView {
    /// The decision.
    pub id: DecisionId,
    /// The stage.
    pub stage_id: StageId,
    /// Its name.
    pub stage: String,
    /// What was decided.
    pub outcome: Outcome,
    /// Whether it was promoted or corrected since it was first told.
    pub origin: Origin,
    /// Why, if so.
    pub reason: String,
    /// When the coalition was told.
    pub told_at: Instant,
    /// Money by budget line.
    pub amounts: Vec<AmountView>,
    /// What the offer depends on.
    pub conditions: String,
    /// Until when an award can be accepted.
    pub answer_by: Option<Instant>,
    /// What the reviews say; null where nobody reviewed.
    pub feedback: Option<FeedbackView>,
}

/// Scores and words of the reviews, together.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FeedbackView {
    /// Mean of the reviews' weighted totals.
    pub total: Option<f64>,
    /// By criterion, in the rubric's order.
    pub criteria: Vec<CriterionView>,
}

/// What the reviews say on one criterion.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CriterionView {
    /// The criterion's key.
    pub criterion: String,
    /// Its title.
    pub title: String,
    /// The mean of the scores, on the criterion's scale; null when nobody scored it.
    pub mean: Option<f64>,
    /// The released narratives, in a random order of their own.
    pub narratives: Vec<String>,
}

/// What a coalition was told so far, by stage: for its members, and for who works for the
/// competition. Empty until something is told.
pub fn list(r: &mut Reads<'_>, who: &Person, coalition: CoalitionId) -> Result<Page<ToldView>> {
    let standing = standing(r, who, coalition)?.or_not_found()?;
    let ledger = Ledger::of(r, standing.competition_id)?;
    let currency = competitions::competition(r, standing.competition_id)?
        .or_not_found()?
        .currency;
    let now = r.now();
    let all = store::decisions_of_coalition(r, coalition)?;
    let mut items = Vec::new();
    for stage in competitions::stages_of(r, standing.competition_id)? {
        let chain: Vec<Decision> = all
            .iter()
            .filter(|d| d.stage == stage.id)
            .cloned()
            .collect();
        if let Some(decision) = in_effect(&chain, now) {
            let amounts = amounts_shown(decision, &ledger, &currency);
            items.push(view(r, &stage, decision, amounts)?);
        }
    }
    Ok(Page { items, next: None })
}

fn view(
    r: &mut Reads<'_>,
    stage: &Stage,
    decision: &Decision,
    amounts: Vec<AmountView>,
) -> Result<ToldView> {
    let content = &decision.content;
    Ok(ToldView {
        id: decision.id,
        stage_id: stage.id,
        stage: stage.name.clone(),
        outcome: content.outcome,
        origin: decision.origin,
        reason: content.reason.clone(),
        told_at: decision
            .announced
            .map_or(decision.recorded_at, |a| a.told_at),
        amounts,
        conditions: content.conditions.clone(),
        answer_by: content.answer_by,
        feedback: match stage.rubric.as_ref().filter(|_| stage.has_review) {
            None => None,
            Some(rubric) => Some(feedback(r, stage, rubric, decision.coalition)?),
        },
    })
}

/// Scores and released words of the reviews that still count: one whose author is found to
/// conflict drops out of both.
fn feedback(
    r: &mut Reads<'_>,
    stage: &Stage,
    rubric: &Rubric,
    coalition: CoalitionId,
) -> Result<FeedbackView> {
    let counting: Vec<Review> = reviews::submitted_reviews_of(r, stage.id, coalition)?;
    let ids: HashSet<ReviewId> = counting.iter().map(|review| review.id).collect();
    let releases: Vec<Release> = store::releases_of_coalition(r, stage.id, coalition)?;
    let scores: Vec<_> = counting
        .iter()
        .map(|review| review.scores(Basis::Independent))
        .collect();
    let result = results::of_submission(rubric, coalition, &scores);
    let means: BTreeMap<&str, Option<f64>> = result
        .criteria
        .iter()
        .map(|criterion| (criterion.criterion.as_str(), criterion.mean))
        .collect();
    let criteria = rubric
        .criteria
        .iter()
        .map(|criterion| CriterionView {
            criterion: criterion.key.clone(),
            title: criterion.title.clone(),
            mean: means.get(criterion.key.as_str()).copied().flatten(),
            narratives: shown_for(&releases, &criterion.key, |id| ids.contains(&id))
                .into_iter()
                .map(str::to_owned)
                .collect(),
        })
        .collect();
    Ok(FeedbackView {
        total: result.mean,
        criteria,
    })
}
