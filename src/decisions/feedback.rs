//! Feedback: which of the reviewers' words a coalition reads, and in what order.
//!
//! The order is that of random numbers drawn once for each narrative, so it is stable for each
//! submission and tells nothing of who wrote what, when, or which narratives share an author.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::shown::{FeedbackView, ToldCriterion};
use crate::competitions::model::Rubric;
use crate::platform::clock::Instant;
use crate::platform::digest::sha256_hex;
use crate::platform::ids::{CoalitionId, PersonId, ReviewId};
use crate::reviews::model::{Basis, Review, Scores};
use crate::reviews::results;
use crate::text_enum;

text_enum! {
    /// What an officer decided on a narrative.
    ReleaseState {
        /// The coalition reads it as it was written.
        Released = "released",
        /// The coalition reads the officer's version of it.
        Redacted = "redacted",
        /// The coalition does not read it.
        Withheld = "withheld",
        /// The juror is asked to write it anew.
        ToReword = "to_reword",
        /// The juror wrote it anew; an officer releases, redacts or withholds it.
        Reworded = "reworded",
    }
}

/// A decision on one narrative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The random number that orders the narratives of a submission.
    pub order: i64,
    /// The review.
    pub review: ReviewId,
    /// The criterion's key.
    pub criterion: String,
    /// What was decided.
    pub state: ReleaseState,
    /// What the coalition reads, the juror's new words, the note to the juror, or why it is
    /// withheld.
    pub body: String,
    /// SHA-256 of the narrative that was decided on.
    pub original_digest: String,
    /// Who decided.
    pub decided_by: PersonId,
    /// When.
    pub decided_at: Instant,
}

impl Release {
    /// Whether the narrative is still the one that was decided on, and nothing more is awaited.
    pub fn settles(&self, narrative: &str) -> bool {
        let decided = !matches!(self.state, ReleaseState::ToReword | ReleaseState::Reworded);
        decided && self.original_digest == digest_of(narrative)
    }

    /// What the coalition reads.
    pub fn shown(&self) -> Option<&str> {
        matches!(self.state, ReleaseState::Released | ReleaseState::Redacted)
            .then_some(self.body.as_str())
    }
}

/// Names the words that a decision was made on.
pub fn digest_of(narrative: &str) -> String {
    sha256_hex(narrative)
}

/// What one review gives to the feedback on a submission.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Part {
    /// The review.
    pub review: ReviewId,
    /// Its marks that count.
    scores: Scores,
    /// Its words that the coalition reads.
    words: Vec<Words>,
}

/// Released words.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Words {
    criterion: String,
    order: i64,
    text: String,
}

/// What these reviews give, as far as it was released.
pub fn parts_of(counting: &[Review], releases: &[Release]) -> Vec<Part> {
    counting
        .iter()
        .map(|review| Part {
            review: review.id,
            scores: review.scores(Basis::Independent).clone(),
            words: words_of(review.id, releases),
        })
        .collect()
}

fn words_of(review: ReviewId, releases: &[Release]) -> Vec<Words> {
    releases
        .iter()
        .filter(|release| release.review == review)
        .filter_map(|release| {
            Some(Words {
                criterion: release.criterion.clone(),
                order: release.order,
                text: release.shown()?.to_owned(),
            })
        })
        .collect()
}

/// The narratives of one criterion as the coalition reads them, in their random order.
fn narratives(parts: &[&Part], criterion: &str) -> Vec<String> {
    let mut chosen: Vec<&Words> = parts
        .iter()
        .flat_map(|part| &part.words)
        .filter(|words| words.criterion == criterion)
        .collect();
    chosen.sort_by_key(|words| words.order);
    chosen.into_iter().map(|words| words.text.clone()).collect()
}

/// Scores and words of several reviews, together.
fn together(rubric: &Rubric, coalition: CoalitionId, parts: &[&Part]) -> FeedbackView {
    let scores: Vec<&Scores> = parts.iter().map(|part| &part.scores).collect();
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
            narratives: narratives(parts, &criterion.key),
        })
        .collect();
    FeedbackView {
        total: result.mean,
        criteria,
    }
}

/// Feedback as an announcement keeps it: as it was previewed and, until it is told, by review,
/// since one that is shut out before that must not be in what the coalition is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Frozen {
    /// As it was previewed; once it was told, as it was told.
    #[serde(flatten)]
    pub view: FeedbackView,
    /// What it is made of, until it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<Vec<Part>>,
}

impl Frozen {
    /// The feedback that these parts make, not told yet.
    pub fn of(rubric: &Rubric, coalition: CoalitionId, parts: Vec<Part>) -> Self {
        let all: Vec<&Part> = parts.iter().collect();
        Self {
            view: together(rubric, coalition, &all),
            parts: Some(parts),
        }
    }

    /// Feedback that was told before, and changes no more.
    pub const fn told(view: FeedbackView) -> Self {
        Self { view, parts: None }
    }

    /// What it is without the reviews that do not count any more; as it is, where it was told.
    #[must_use]
    pub fn of_those_that_count(
        self,
        rubric: &Rubric,
        coalition: CoalitionId,
        counting: &HashSet<ReviewId>,
    ) -> FeedbackView {
        let Some(parts) = self.parts else {
            return self.view;
        };
        let left: Vec<&Part> = parts
            .iter()
            .filter(|part| counting.contains(&part.review))
            .collect();
        if left.len() == parts.len() {
            return self.view;
        }
        together(rubric, coalition, &left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(order: i64, review: i64, state: ReleaseState) -> Release {
        Release {
            order,
            review: ReviewId(review),
            criterion: "innovation".into(),
            state,
            body: format!("words {review}"),
            original_digest: digest_of("words"),
            decided_by: PersonId(1),
            decided_at: Instant::from_micros(0),
        }
    }

    fn part(review: i64, releases: &[Release]) -> Part {
        let review = ReviewId(review);
        Part {
            review,
            scores: Scores::new(),
            words: words_of(review, releases),
        }
    }

    #[test]
    fn the_order_is_that_of_the_random_numbers() {
        let releases = [
            release(30, 1, ReleaseState::Released),
            release(10, 2, ReleaseState::Redacted),
            release(20, 3, ReleaseState::Withheld),
        ];
        let parts = [1, 2, 3].map(|review| part(review, &releases));
        let all: Vec<&Part> = parts.iter().collect();
        assert_eq!(narratives(&all, "innovation"), ["words 2", "words 1"]);
        assert_eq!(narratives(&all[..1], "innovation"), ["words 1"]);
        assert!(narratives(&all, "systems_change").is_empty());
    }

    #[test]
    fn a_narrative_that_changed_or_is_awaited_is_not_settled() {
        assert!(release(1, 1, ReleaseState::Withheld).settles("words"));
        assert!(!release(1, 1, ReleaseState::Released).settles("other words"));
        assert!(!release(1, 1, ReleaseState::ToReword).settles("words"));
    }
}
