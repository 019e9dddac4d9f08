//! Feedback: which of the reviewers' words a coalition reads, and in what order.
//!
//! The order is that of random numbers drawn once for each narrative, so it is stable for each
//! submission and tells nothing of who wrote what, when, or which narratives share an author.

use crate::platform::clock::Instant;
use crate::platform::digest::sha256_hex;
use crate::platform::ids::{PersonId, ReviewId};
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

/// The narratives of one criterion as the coalition reads them, in their random order. `counts`
/// tells which reviews still count.
pub fn shown_for<'a>(
    releases: &'a [Release],
    criterion: &str,
    counts: impl Fn(ReviewId) -> bool,
) -> Vec<&'a str> {
    let mut chosen: Vec<&Release> = releases
        .iter()
        .filter(|release| release.criterion == criterion && counts(release.review))
        .collect();
    chosen.sort_by_key(|release| release.order);
    chosen.into_iter().filter_map(Release::shown).collect()
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

    #[test]
    fn the_order_is_that_of_the_random_numbers() {
        let releases = [
            release(30, 1, ReleaseState::Released),
            release(10, 2, ReleaseState::Redacted),
            release(20, 3, ReleaseState::Withheld),
            release(5, 4, ReleaseState::Released),
        ];
        let shown = shown_for(&releases, "innovation", |review| review != ReviewId(4));
        assert_eq!(shown, ["words 2", "words 1"]);
        assert!(shown_for(&releases, "systems_change", |_| true).is_empty());
    }

    #[test]
    fn a_narrative_that_changed_or_is_awaited_is_not_settled() {
        assert!(release(1, 1, ReleaseState::Withheld).settles("words"));
        assert!(!release(1, 1, ReleaseState::Released).settles("other words"));
        assert!(!release(1, 1, ReleaseState::ToReword).settles("words"));
    }
}
