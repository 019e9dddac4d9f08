//! Decisions as plain values, and the rules on them.

use crate::platform::clock::Instant;
use crate::platform::ids::{
    AnnouncementId, BudgetLineId, CoalitionId, CompetitionId, DecisionId, PersonId, StageId,
};
use crate::text_enum;

text_enum! {
    /// What was decided on one submission.
    Outcome {
        /// It goes on to the next stage.
        Advance = "advance",
        /// It is offered an award.
        Award = "award",
        /// It may be promoted when money is freed.
        Waitlist = "waitlist",
        /// It was not selected.
        NotSelected = "not_selected",
    }
}

impl Outcome {
    /// Whether money may go with it.
    pub const fn takes_money(self) -> bool {
        matches!(self, Self::Advance | Self::Award)
    }

    /// Higher is better; what the ranking is compared with.
    pub const fn level(self) -> u8 {
        match self {
            Self::Advance | Self::Award => 2,
            Self::Waitlist => 1,
            Self::NotSelected => 0,
        }
    }
}

text_enum! {
    /// How a decision came to be.
    Origin {
        /// Decided with the others of its stage.
        Decided = "decided",
        /// Promoted from the waitlist.
        Promotion = "promotion",
        /// Corrects one that was told.
        Correction = "correction",
    }
}

/// When coalitions and the public learn of a decision; set by a confirmed announcement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announced {
    /// The announcement that tells it.
    pub id: AnnouncementId,
    /// When coalitions are told.
    pub told_at: Instant,
    /// When it is public.
    pub public_at: Instant,
}

/// Money offered on one budget line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// The budget line that it is drawn on.
    pub line: BudgetLineId,
    /// Minor units of the competition's currency, above zero.
    pub amount: i64,
}

/// What was decided on one coalition's submission to a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Its identity.
    pub id: DecisionId,
    /// The stage that it closes for the coalition.
    pub stage: StageId,
    /// The competition of the stage.
    pub competition: CompetitionId,
    /// Whose submission it is.
    pub coalition: CoalitionId,
    /// What it says.
    pub content: Content,
    /// How it came to be.
    pub origin: Origin,
    /// The correction or promotion that takes its place, once that one is told.
    pub superseded_by: Option<DecisionId>,
    /// Who approved the public summary as it stands.
    pub summary_approved_by: Option<PersonId>,
    /// Who recorded it last.
    pub recorded_by: PersonId,
    /// When.
    pub recorded_at: Instant,
    /// The confirmed announcement that tells it.
    pub announced: Option<Announced>,
    /// When the submission that it decides on was withdrawn.
    pub withdrawn_at: Option<Instant>,
    /// Counts its changes, from 1.
    pub version: i64,
}

/// What a decision says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// What was decided.
    pub outcome: Outcome,
    /// Why a told decision is corrected or a waitlisted one promoted; told to the coalition.
    pub reason: String,
    /// Why it was decided; for officers and approvers.
    pub rationale: String,
    /// What the offer depends on; told to the coalition.
    pub conditions: String,
    /// Until when an offer can be accepted; this moment included.
    pub answer_by: Option<Instant>,
    /// Why it departs from the order of the results; empty when it does not.
    pub out_of_order_reason: String,
    /// What the public reads about it, once approved.
    pub public_summary: String,
    /// Money by budget line.
    pub amounts: Vec<Amount>,
}

impl Decision {
    /// The announcement that tells it or has told it; none when its submission was withdrawn
    /// before that, for then nobody is told.
    pub fn telling(&self) -> Option<Announced> {
        self.announced
            .filter(|told| self.withdrawn_at.is_none_or(|left| left > told.told_at))
    }

    /// Whether the coalition has been told.
    pub fn is_told(&self, now: Instant) -> bool {
        self.telling().is_some_and(|told| told.told_at <= now)
    }

    /// Whether the public has been told.
    pub fn is_public(&self, now: Instant) -> bool {
        self.telling().is_some_and(|told| told.public_at <= now)
    }

    /// Whether no confirmed announcement holds it: it can still be changed.
    pub const fn is_pending(&self) -> bool {
        self.announced.is_none()
    }

    /// Minor units over all lines.
    pub fn total(&self) -> i64 {
        self.content
            .amounts
            .iter()
            .fold(0_i64, |sum, part| sum.saturating_add(part.amount))
    }
}

/// The one decision that nothing takes the place of, told or not: what counts while deciding.
pub fn latest(of_one_coalition: &[Decision]) -> Option<&Decision> {
    of_one_coalition
        .iter()
        .find(|decision| decision.superseded_by.is_none())
}

/// The one told decision that no told one takes the place of: what holds for the coalition.
pub fn in_effect(of_one_coalition: &[Decision], now: Instant) -> Option<&Decision> {
    told_and_not_replaced(of_one_coalition, |decision| decision.is_told(now))
}

/// As [`in_effect`], as the public knows it.
pub fn in_public_effect(of_one_coalition: &[Decision], now: Instant) -> Option<&Decision> {
    told_and_not_replaced(of_one_coalition, |decision| decision.is_public(now))
}

fn told_and_not_replaced(
    of_one_coalition: &[Decision],
    is_known: impl Fn(&Decision) -> bool,
) -> Option<&Decision> {
    let known: Vec<&Decision> = of_one_coalition.iter().filter(|d| is_known(d)).collect();
    known.iter().copied().find(|candidate| {
        !known
            .iter()
            .any(|other| candidate.superseded_by == Some(other.id))
    })
}

/// What a ranked submission was decided to get.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placed {
    /// Whose submission.
    pub coalition: CoalitionId,
    /// The value that orders the results; higher is better.
    pub value: f64,
    /// What was decided.
    pub outcome: Outcome,
}

/// The coalitions whose outcome departs from the order of the results.
///
/// Had the outcomes followed the values, the best values would have the best outcomes. Among equal
/// values any order is in order.
pub fn out_of_order(placed: &[Placed]) -> Vec<CoalitionId> {
    let mut by_value: Vec<&Placed> = placed.iter().collect();
    by_value.sort_by(|a, b| b.value.total_cmp(&a.value));
    let mut levels: Vec<u8> = placed.iter().map(|p| p.outcome.level()).collect();
    levels.sort_unstable_by(|a, b| b.cmp(a));
    let mut departing = Vec::new();
    let mut from = 0;
    for tied in by_value.chunk_by(|a, b| a.value.total_cmp(&b.value).is_eq()) {
        let expected = &levels[from..from + tied.len()];
        from += tied.len();
        departing.extend(
            tied.iter()
                .filter(|p| !expected.contains(&p.outcome.level()))
                .map(|p| p.coalition),
        );
    }
    departing
}

/// Where a stage stands, as far as deciding goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Reviews are not closed yet.
    TooEarly,
    /// Decisions are recorded and changed.
    Deciding,
    /// An announcement is confirmed and not yet due: nothing changes unless it is called back.
    Confirmed,
    /// Coalitions were told: only promotions and corrections follow.
    Told,
}

impl Moment {
    /// From what the clock and the recorded acts say.
    pub const fn of(reviews_are_closed: bool, waits_to_be_told: bool, was_told: bool) -> Self {
        if waits_to_be_told {
            Self::Confirmed
        } else if was_told {
            Self::Told
        } else if reviews_are_closed {
            Self::Deciding
        } else {
            Self::TooEarly
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(id: i64, superseded_by: Option<i64>, told_at: Option<i64>) -> Decision {
        Decision {
            id: DecisionId(id),
            stage: StageId(1),
            competition: CompetitionId(1),
            coalition: CoalitionId(1),
            content: Content {
                outcome: Outcome::Award,
                reason: String::new(),
                rationale: String::new(),
                conditions: String::new(),
                answer_by: None,
                out_of_order_reason: String::new(),
                public_summary: String::new(),
                amounts: Vec::new(),
            },
            origin: Origin::Decided,
            superseded_by: superseded_by.map(DecisionId),
            summary_approved_by: None,
            recorded_by: PersonId(1),
            recorded_at: Instant::from_micros(0),
            announced: told_at.map(|at| Announced {
                id: AnnouncementId(1),
                told_at: Instant::from_micros(at),
                public_at: Instant::from_micros(at + 10),
            }),
            withdrawn_at: None,
            version: 1,
        }
    }

    #[test]
    fn a_correction_takes_effect_when_it_is_told_and_not_before() {
        let chain = [decision(2, None, Some(100)), decision(1, Some(2), Some(50))];
        let at = |micros| in_effect(&chain, Instant::from_micros(micros)).map(|d| d.id.0);
        assert_eq!(at(49), None);
        assert_eq!(at(50), Some(1));
        assert_eq!(at(99), Some(1));
        assert_eq!(at(100), Some(2));
        assert_eq!(latest(&chain).map(|d| d.id.0), Some(2));
        let known = |micros| in_public_effect(&chain, Instant::from_micros(micros)).map(|d| d.id.0);
        assert_eq!(known(59), None);
        assert_eq!(known(60), Some(1));
        assert_eq!(known(110), Some(2));
    }

    #[test]
    fn what_was_withdrawn_before_it_was_told_is_never_told() {
        let left_at = |left: Option<i64>| Decision {
            withdrawn_at: left.map(Instant::from_micros),
            ..decision(1, None, Some(50))
        };
        for (left, told) in [
            (None, true),
            (Some(51), true),
            (Some(50), false),
            (Some(20), false),
        ] {
            let decision = left_at(left);
            assert_eq!(
                decision.is_told(Instant::from_micros(1_000)),
                told,
                "{left:?}"
            );
            assert_eq!(
                decision.is_public(Instant::from_micros(1_000)),
                told,
                "{left:?}"
            );
        }
    }

    #[test]
    fn order_is_judged_by_level_and_ties_are_free() {
        use Outcome::{Advance, Award, NotSelected, Waitlist};
        let check = |outcomes: &[(f64, Outcome)], expected: &[i64]| {
            let placed: Vec<Placed> = outcomes
                .iter()
                .zip(1..)
                .map(|((value, outcome), id)| Placed {
                    coalition: CoalitionId(id),
                    value: *value,
                    outcome: *outcome,
                })
                .collect();
            let mut found: Vec<i64> = out_of_order(&placed).iter().map(|c| c.0).collect();
            found.sort_unstable();
            assert_eq!(found, expected, "{outcomes:?}");
        };
        check(&[], &[]);
        check(&[(4.0, Award), (3.0, Waitlist), (2.0, NotSelected)], &[]);
        check(&[(4.0, Award), (3.0, Advance), (2.0, NotSelected)], &[]);
        check(&[(4.0, NotSelected), (3.0, Award)], &[1, 2]);
        check(&[(3.0, NotSelected), (3.0, Award)], &[]);
        check(
            &[
                (5.0, Award),
                (4.0, NotSelected),
                (3.0, Award),
                (1.0, NotSelected),
            ],
            &[2, 3],
        );
        check(
            &[
                (5.0, Waitlist),
                (4.0, Award),
                (4.0, NotSelected),
                (3.0, NotSelected),
            ],
            &[1, 2],
        );
    }

    #[test]
    fn a_confirmed_announcement_holds_everything_still() {
        assert_eq!(Moment::of(false, false, false), Moment::TooEarly);
        assert_eq!(Moment::of(true, false, false), Moment::Deciding);
        assert_eq!(Moment::of(true, true, false), Moment::Confirmed);
        assert_eq!(Moment::of(true, false, true), Moment::Told);
        assert_eq!(Moment::of(true, true, true), Moment::Confirmed);
    }
}
