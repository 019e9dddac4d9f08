//! The feedback of an announcement, as it is when it is previewed and confirmed.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::competitions::model::Rubric;
use crate::decisions::desk::Desk;
use crate::decisions::feedback::{Release, shown_for};
use crate::decisions::model::{Decision, Origin};
use crate::decisions::shown::{FeedbackView, ToldCriterion};
use crate::decisions::store;
use crate::platform::db::Reads;
use crate::platform::ids::{CoalitionId, DecisionId, ReviewId};
use crate::platform::refusal::Result;
use crate::reviews::model::{Basis, Review};
use crate::reviews::{results, store as reviews};

/// Scores and released words for each of these decisions; none where nobody reviews. A promotion
/// says nothing new about the proposal: what was told with the earlier decision stays.
///
/// # Errors
/// When the database fails.
pub fn feedback(
    r: &mut Reads<'_>,
    desk: &Desk,
    decisions: &[Decision],
) -> Result<BTreeMap<DecisionId, FeedbackView>> {
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
                of_reviews(rubric, decision.coalition, counting, &releases)
            };
            (decision.id, told.remove(&decision.id).unwrap_or_else(now))
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
        let told = store::feedback_of(r, &[earlier.id])?.remove(&earlier.id);
        before.extend(told.map(|feedback| (later, feedback)));
    }
    Ok(before)
}

fn of_reviews(
    rubric: &Rubric,
    coalition: CoalitionId,
    counting: &[Review],
    releases: &[Release],
) -> FeedbackView {
    let ids: HashSet<ReviewId> = counting.iter().map(|review| review.id).collect();
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
        .map(|criterion| ToldCriterion {
            criterion: criterion.key.clone(),
            title: criterion.title.clone(),
            mean: means.get(criterion.key.as_str()).copied().flatten(),
            narratives: shown_for(releases, &criterion.key, |id| ids.contains(&id))
                .into_iter()
                .map(str::to_owned)
                .collect(),
        })
        .collect();
    FeedbackView {
        total: result.mean,
        criteria,
    }
}
