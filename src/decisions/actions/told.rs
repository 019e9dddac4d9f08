//! What a coalition reads once it was told: the decision, scores, and released feedback, never who
//! wrote it. It is served as the announcement froze it, without what was shut out before it was
//! told: what officers find later reaches the coalition by a correction alone, so that no change
//! of a mean tells one juror's scores.

use serde::Serialize;
use utoipa::ToSchema;

use super::freezing::as_told;
use crate::coalitions::standing;
use crate::competitions::model::Stage;
use crate::competitions::store as competitions;
use crate::decisions::desk::own_reviews_open;
use crate::decisions::ledger::Ledger;
use crate::decisions::model::{Decision, Origin, Outcome, in_effect};
use crate::decisions::shown::{AmountView, FeedbackView, amounts_shown};
use crate::decisions::store;
use crate::people::Person;
use crate::platform::clock::Instant;
use crate::platform::db::Reads;
use crate::platform::ids::{CoalitionId, DecisionId, StageId};
use crate::platform::refusal::{OrNotFound as _, Result};

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

/// What a coalition was told so far, by stage: for its members, and for who works for the
/// competition. Empty until something is told.
pub fn list(r: &mut Reads<'_>, who: &Person, coalition: CoalitionId) -> Result<Vec<ToldView>> {
    let standing = standing(r, who, coalition)?.or_not_found()?;
    let ledger = Ledger::of(r, standing.competition_id)?;
    let currency = competitions::competition(r, standing.competition_id)?
        .or_not_found()?
        .currency;
    let now = r.now();
    let all = store::decisions_of_coalition(r, coalition)?;
    let ids: Vec<DecisionId> = all.iter().map(|decision| decision.id).collect();
    let mut feedback = store::feedback_of(r, &ids)?;
    let mut items = Vec::new();
    for stage in competitions::stages_of(r, standing.competition_id)? {
        let chain: Vec<Decision> = all
            .iter()
            .filter(|d| d.stage == stage.id)
            .cloned()
            .collect();
        let Some(decision) = in_effect(&chain, now) else {
            continue;
        };
        // Who reads by office and has still to review it submits first.
        let reviews_first =
            standing.member.is_none() && own_reviews_open(r, who, &stage)?.contains(&coalition);
        if !reviews_first {
            let amounts = amounts_shown(decision, &ledger, &currency);
            let told = match feedback.remove(&decision.id) {
                Some(frozen) => Some(as_told(r, &stage, decision, frozen)?),
                None => None,
            };
            items.push(view(&stage, decision, amounts, told));
        }
    }
    Ok(items)
}

fn view(
    stage: &Stage,
    decision: &Decision,
    amounts: Vec<AmountView>,
    feedback: Option<FeedbackView>,
) -> ToldView {
    let content = &decision.content;
    ToldView {
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
        feedback,
    }
}
