//! What is left of a competition's money, exact to the minor unit.

use std::collections::{BTreeMap, HashMap};

use super::model::Amount;
use crate::platform::clock::Instant;
use crate::platform::ids::{BudgetLineId, CoalitionId};
use crate::text_enum;

text_enum! {
    /// Where the offer of an award stands.
    OfferState {
        /// Waits for the coalition's answer.
        Offered = "offered",
        /// The coalition accepted it.
        Accepted = "accepted",
        /// The coalition turned it down.
        TurnedDown = "turned_down",
        /// Nobody answered in time.
        Lapsed = "lapsed",
        /// The proposal was withdrawn before an answer.
        Withdrawn = "withdrawn",
        /// Another decision took its place.
        Replaced = "replaced",
    }
}

impl OfferState {
    /// Whether its money can be offered to someone else.
    pub const fn frees_money(self) -> bool {
        matches!(self, Self::TurnedDown | Self::Lapsed | Self::Withdrawn)
    }
}

/// What a coalition answered to an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Accepted, or turned down.
    pub accepted: bool,
    /// When.
    pub at: Instant,
}

/// Where an offer that was told stands now. An answer stands; without one the clock speaks, and
/// the last moment to answer still counts.
pub fn offer_state(
    answer_by: Option<Instant>,
    reply: Option<Reply>,
    withdrawn: bool,
    now: Instant,
) -> OfferState {
    match reply {
        Some(reply) if reply.accepted => OfferState::Accepted,
        Some(_) => OfferState::TurnedDown,
        None if withdrawn => OfferState::Withdrawn,
        None if answer_by.is_some_and(|last| now > last) => OfferState::Lapsed,
        None => OfferState::Offered,
    }
}

/// What is drawn on the budget lines, by coalition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawn(HashMap<BudgetLineId, Vec<(CoalitionId, i64)>>);

impl Drawn {
    /// Adds what a coalition would get.
    pub fn add(&mut self, coalition: CoalitionId, amounts: &[Amount]) {
        for part in amounts {
            let line = self.0.entry(part.line).or_default();
            line.push((coalition, part.amount));
        }
    }

    /// Minor units drawn on a line by coalitions that pass the filter.
    pub fn on(&self, line: BudgetLineId, counts: impl Fn(CoalitionId) -> bool) -> i64 {
        self.0
            .get(&line)
            .into_iter()
            .flatten()
            .filter(|(coalition, _)| counts(*coalition))
            .fold(0_i64, |sum, (_, amount)| sum.saturating_add(*amount))
    }

    /// What is left of a line that holds `amount`; negative when it was cut below what is drawn.
    pub fn left(&self, line: BudgetLineId, amount: i64) -> i64 {
        amount.saturating_sub(self.on(line, |_| true))
    }
}

/// Line by line the larger of two decisions' amounts: while a correction is not told yet, the money
/// that was told stays with the coalition, and what it is to get instead is kept for it too.
pub fn larger(one: &[Amount], other: &[Amount]) -> Vec<Amount> {
    let mut by_line: BTreeMap<BudgetLineId, i64> = BTreeMap::new();
    for part in one.iter().chain(other) {
        let most = by_line.entry(part.line).or_default();
        *most = part.amount.max(*most);
    }
    by_line
        .into_iter()
        .map(|(line, amount)| Amount { line, amount })
        .collect()
}

/// The positions in `asked` that a line has too little left for, with what is left.
pub fn overdrawn(
    drawn: &Drawn,
    lines: &HashMap<BudgetLineId, i64>,
    asked: &[Amount],
) -> Vec<(usize, i64)> {
    asked
        .iter()
        .enumerate()
        .filter_map(|(at, part)| {
            let left = drawn.left(part.line, *lines.get(&part.line)?);
            (part.amount > left).then_some((at, left))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: BudgetLineId = BudgetLineId(7);

    fn part(amount: i64) -> Amount {
        Amount { line: LINE, amount }
    }

    #[test]
    fn sums_are_exact_to_the_cent() {
        let mut drawn = Drawn::default();
        let lines = HashMap::from([(LINE, 100)]);
        for coalition in 1..=3 {
            drawn.add(CoalitionId(coalition), &[part(33)]);
        }
        assert_eq!(drawn.left(LINE, 100), 1);
        assert_eq!(overdrawn(&drawn, &lines, &[part(1)]), []);
        assert_eq!(overdrawn(&drawn, &lines, &[part(2)]), [(0, 1)]);
        assert_eq!(drawn.on(LINE, |c| c == CoalitionId(2)), 33);
        // Amounts beyond what a double keeps exact.
        let most = 9_007_199_254_740_991;
        let mut large = Drawn::default();
        large.add(CoalitionId(1), &[part(most - 1)]);
        assert_eq!(large.left(LINE, most), 1);
    }

    #[test]
    fn an_answer_stands_and_the_last_moment_counts() {
        let at = Instant::from_micros;
        let (yes, no) = (
            Reply {
                accepted: true,
                at: at(5),
            },
            Reply {
                accepted: false,
                at: at(5),
            },
        );
        for (answer_by, reply, withdrawn, now, expected) in [
            (None, None, false, 1_000, OfferState::Offered),
            (Some(10), None, false, 10, OfferState::Offered),
            (Some(10), None, false, 11, OfferState::Lapsed),
            (Some(10), Some(yes), false, 11, OfferState::Accepted),
            (Some(10), Some(yes), true, 11, OfferState::Accepted),
            (Some(10), Some(no), false, 9, OfferState::TurnedDown),
            (Some(10), None, true, 9, OfferState::Withdrawn),
        ] {
            let state = offer_state(answer_by.map(at), reply, withdrawn, at(now));
            assert_eq!(state, expected, "{answer_by:?} {reply:?} {withdrawn} {now}");
        }
    }

    #[test]
    fn only_offers_that_came_to_nothing_free_money() {
        let freeing: Vec<&str> = OfferState::ALL
            .iter()
            .filter(|state| state.frees_money())
            .map(|state| state.as_str())
            .collect();
        assert_eq!(freeing, ["turned_down", "lapsed", "withdrawn"]);
    }

    proptest::proptest! {
        #[test]
        fn every_sum_adds_up_to_the_cent(
            told in amounts(), recorded in amounts(), others in proptest::collection::vec(amounts(), 0..6),
        ) {
            let both = larger(&told, &recorded);
            let mut drawn = Drawn::default();
            drawn.add(CoalitionId(0), &both);
            for (coalition, parts) in (1..).zip(&others) {
                drawn.add(CoalitionId(coalition), parts);
            }
            for line in (1..=3).map(BudgetLineId) {
                let on = |parts: &[Amount]| -> i64 {
                    parts.iter().filter(|p| p.line == line).map(|p| p.amount).sum()
                };
                let expected = on(&told).max(on(&recorded))
                    + others.iter().map(|parts| on(parts)).sum::<i64>();
                proptest::prop_assert_eq!(drawn.on(line, |_| true), expected);
                proptest::prop_assert_eq!(drawn.left(line, expected), 0);
                // Whichever of the two holds in the end, the line has enough for it.
                proptest::prop_assert!(on(&told) <= on(&both) && on(&recorded) <= on(&both));
                let lines = HashMap::from([(line, expected)]);
                let none_left = [Amount { line, amount: 1 }];
                proptest::prop_assert_eq!(overdrawn(&drawn, &lines, &none_left), [(0, 0)]);
            }
        }
    }

    /// Amounts of one decision: on up to three lines, each once.
    fn amounts() -> impl proptest::strategy::Strategy<Value = Vec<Amount>> {
        use proptest::strategy::Strategy as _;
        proptest::collection::btree_map(1_i64..=3, 1_i64..=1_000_000_000_001, 0..=3).prop_map(
            |by_line| {
                by_line
                    .into_iter()
                    .map(|(line, amount)| Amount {
                        line: BudgetLineId(line),
                        amount,
                    })
                    .collect()
            },
        )
    }
}
