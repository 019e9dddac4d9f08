//! Awards as plain values.

use crate::decisions::budget::{OfferState, Reply, offer_state};
use crate::decisions::model::Decision;
use crate::platform::clock::Instant;
use crate::platform::ids::{AwardId, DecisionId, PersonId};

/// What a coalition answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Accepted, or turned down.
    pub accepted: bool,
    /// Who answered.
    pub by: PersonId,
    /// When.
    pub at: Instant,
    /// What they wrote.
    pub note: String,
}

/// An offer that was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Award {
    /// The decision that offers it.
    pub decision: Decision,
    /// The coalition's answer.
    pub answer: Option<Answer>,
    /// Where it stands now.
    pub state: OfferState,
}

impl Award {
    /// An offer as it stands now. `replaced`: another told decision took its place;
    /// `withdrawn`: its submission is no longer in force.
    pub fn of(
        decision: Decision,
        answer: Option<Answer>,
        replaced: bool,
        withdrawn: bool,
        now: Instant,
    ) -> Self {
        let reply = answer.as_ref().map(|answer| Reply {
            accepted: answer.accepted,
            at: answer.at,
        });
        let state = if replaced {
            OfferState::Replaced
        } else {
            offer_state(decision.content.answer_by, reply, withdrawn, now)
        };
        Self {
            decision,
            answer,
            state,
        }
    }

    /// Its identity: that of the decision.
    pub const fn id(&self) -> AwardId {
        AwardId(self.decision.id.0)
    }
}

/// The decision that offers an award.
pub const fn decision_of(award: AwardId) -> DecisionId {
    DecisionId(award.0)
}

/// Counts below this are not shown to funders.
pub const SMALLEST_CELL: usize = 5;

/// Counts along a funnel, each a part of the one before, with small cells hidden: those under
/// five, and those that would give away by subtraction a part under five.
pub fn with_small_cells_hidden(counts: &[usize]) -> Vec<Option<usize>> {
    let mut last_shown = None;
    counts
        .iter()
        .map(|count| {
            let gives_away = last_shown.is_some_and(|before: usize| {
                (1..SMALLEST_CELL).contains(&before.saturating_sub(*count))
            });
            let shown = (*count >= SMALLEST_CELL && !gives_away).then_some(*count);
            last_shown = shown.or(last_shown);
            shown
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_a_small_cell_nor_a_small_rest_shows() {
        for (counts, shown) in [
            (vec![], vec![]),
            (vec![4], vec![None]),
            (vec![0], vec![None]),
            (vec![5], vec![Some(5)]),
            (vec![20, 20, 15], vec![Some(20), Some(20), Some(15)]),
            (vec![20, 17, 12], vec![Some(20), None, Some(12)]),
            (vec![20, 17, 16], vec![Some(20), None, None]),
            (vec![20, 3, 2], vec![Some(20), None, None]),
        ] {
            assert_eq!(with_small_cells_hidden(&counts), shown, "{counts:?}");
        }
    }
}
