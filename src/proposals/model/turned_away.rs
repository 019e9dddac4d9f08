//! Attempts to submit that the server turned away because it was overloaded.

use crate::competitions::model::Stage;
use crate::platform::clock::Instant;
use crate::platform::ids::{CoalitionId, CompetitionId, PersonId, ProposalId, StageId};

/// For so long after a stage's last moment, an attempt that was turned away may be sent again.
const SENT_AGAIN_SECONDS: i64 = 600;

/// An attempt that was turned away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnedAway {
    /// Its identity.
    pub id: i64,
    /// Who tried.
    pub person_id: PersonId,
    /// What was to be submitted.
    pub proposal_id: ProposalId,
    /// At which stage.
    pub stage_id: StageId,
    /// The competition.
    pub competition_id: CompetitionId,
    /// The coalition.
    pub coalition_id: CoalitionId,
    /// When the request's head arrived.
    pub arrived_at: Instant,
}

/// Whether an attempt that arrived at a moment was in time, so that it is worth remembering.
pub fn was_in_time(stage: &Stage, arrived: Instant) -> bool {
    let opened = stage.opens_at.is_some_and(|opens| opens <= arrived);
    opened && stage.submissions_end().is_some_and(|end| arrived <= end)
}

/// Whether an attempt that was turned away may be sent again now, though the stage is over:
/// within ten minutes of its end, the last microsecond included. Nothing else gets longer.
pub fn may_be_sent_again(stage: &Stage, turned_away: Instant, now: Instant) -> bool {
    let last = stage
        .submissions_end()
        .map(|end| end.plus_seconds(SENT_AGAIN_SECONDS));
    was_in_time(stage, turned_away) && last.is_some_and(|last| now <= last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::competitions::model::phase_table::{DEADLINE, OPENS, at, stage};

    #[test]
    fn ten_minutes_more_for_who_came_in_time() {
        let ends = DEADLINE + 300;
        for (turned_away, now, may) in [
            (OPENS, ends + 1, true),
            (DEADLINE, ends + 600, true),
            (DEADLINE, ends + 601, false),
            (ends, ends + 600, true),
            (ends + 1, ends + 2, false),
            (OPENS - 1, ends + 2, false),
        ] {
            let may_now = may_be_sent_again(&stage(), at(turned_away), at(now));
            assert_eq!(may_now, may, "turned away at {turned_away}, again at {now}");
        }
    }

    #[test]
    fn a_stage_without_a_form_has_nothing_to_send_again() {
        let mut bare = stage();
        bare.form = None;
        assert!(!may_be_sent_again(&bare, at(DEADLINE), at(DEADLINE)));
    }
}
