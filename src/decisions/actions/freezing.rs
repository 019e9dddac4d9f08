//! The feedback of an announcement: as it is when it is previewed and confirmed, and as it is told.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::competitions::model::Stage;
use crate::decisions::desk::Desk;
use crate::decisions::feedback::{Frozen, Part, parts_of};
use crate::decisions::model::{Announced, Decision, Origin};
use crate::decisions::shown::FeedbackView;
use crate::decisions::store;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, DecisionId, ReviewId};
use crate::platform::refusal::Result;
use crate::reviews::model::Review;
use crate::reviews::store as reviews;

/// Scores and released words for each of these decisions; none where nobody reviews. A promotion
/// says nothing new about the proposal: what was told with the earlier decision stays.
///
/// # Errors
/// When the database fails.
pub fn feedback(
    r: &mut Reads<'_>,
    desk: &Desk,
    decisions: &[Decision],
) -> Result<BTreeMap<DecisionId, Frozen>> {
    let Some(rubric) = desk.stage.rubric.as_ref().filter(|_| desk.stage.has_review) else {
        return Ok(BTreeMap::new());
    };
    let stage = desk.stage.id;
    let releases = store::releases_of_stage(r, stage)?;
    let mut by_coalition: HashMap<CoalitionId, Vec<Review>> = HashMap::new();
    for review in reviews::submitted_reviews(r, stage)? {
        by_coalition
            .entry(review.coalition_id)
            .or_default()
            .push(review);
    }
    let mut told = told_before(r, desk, decisions)?;
    Ok(decisions
        .iter()
        .map(|decision| {
            let reviews = by_coalition.get(&decision.coalition);
            let now = || {
                let counting = reviews.map_or(&[][..], Vec::as_slice);
                Frozen::of(rubric, decision.coalition, parts_of(counting, &releases))
            };
            let before = told.remove(&decision.id).map(Frozen::told);
            (decision.id, before.unwrap_or_else(now))
        })
        .collect())
}

/// What was told with the decisions that promotions take the place of.
fn told_before(
    r: &mut Reads<'_>,
    desk: &Desk,
    decisions: &[Decision],
) -> Result<HashMap<DecisionId, FeedbackView>> {
    let promotions: HashSet<DecisionId> = decisions
        .iter()
        .filter(|decision| decision.origin == Origin::Promotion)
        .map(|decision| decision.id)
        .collect();
    let mut before = HashMap::new();
    if promotions.is_empty() {
        return Ok(before);
    }
    for earlier in store::decisions_of_stage(r, desk.stage.id)? {
        let Some(later) = earlier.superseded_by.filter(|id| promotions.contains(id)) else {
            continue;
        };
        if let Some(frozen) = store::feedback_of(r, &[earlier.id])?.remove(&earlier.id) {
            before.insert(later, as_told(r, &desk.stage, &earlier, frozen)?);
        }
    }
    Ok(before)
}

/// What a coalition reads once it was told. Until the letters are written, which is what settles
/// it, that is worked out anew each time: without the reviews that were shut out by the moment of
/// telling, and with those that were shut out since, so that it does not change afterwards.
///
/// # Errors
/// When the database fails.
pub fn as_told(
    r: &mut Reads<'_>,
    stage: &Stage,
    decision: &Decision,
    frozen: Frozen,
) -> Result<FeedbackView> {
    let (Some(rubric), Some(parts), Some(Announced { told_at, .. })) =
        (&stage.rubric, &frozen.parts, decision.announced)
    else {
        return Ok(frozen.view);
    };
    let known: Vec<ReviewId> = parts.iter().map(|part: &Part| part.review).collect();
    let counting = reviews::counting_by(r, decision.coalition, &known, told_at)?;
    Ok(frozen.of_those_that_count(rubric, decision.coalition, &counting))
}

/// Settles the feedback of these decisions as it is told: from now on it changes no more, and
/// nothing is kept of which review gave what.
///
/// # Errors
/// When the database fails.
pub fn settle(w: &mut Writes<'_>, stage: &Stage, decisions: &[Decision]) -> Result<()> {
    let ids: Vec<DecisionId> = decisions.iter().map(|decision| decision.id).collect();
    let mut frozen = store::feedback_of(w, &ids)?;
    for decision in decisions {
        let Some(waiting) = frozen.remove(&decision.id).filter(|f| f.parts.is_some()) else {
            continue;
        };
        let told = Frozen::told(as_told(w, stage, decision, waiting)?);
        store::settle_feedback(w, decision.id, &told)?;
    }
    Ok(())
}
