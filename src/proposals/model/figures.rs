//! What a capital stack comes to, worked out in whole minor units.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::capital::{CapitalStack, Line, LineOrigin, LineStatus};
use crate::competitions::model::Instrument;
use crate::platform::money::Money;

/// Money below the market's price: it takes the risk that the market does not.
const fn is_concessional(instrument: Instrument) -> bool {
    matches!(
        instrument,
        Instrument::Grant | Instrument::FirstLossOrGuarantee | Instrument::PriOrSubordinateDebt
    )
}

/// Money at the market's price.
const fn is_market_priced(instrument: Instrument) -> bool {
    matches!(
        instrument,
        Instrument::EquityOrTaxCredit | Instrument::SeniorCommercialDebt
    )
}

/// Money that is to be paid back.
const fn is_debt(instrument: Instrument) -> bool {
    matches!(
        instrument,
        Instrument::PriOrSubordinateDebt | Instrument::SeniorCommercialDebt
    )
}

impl CapitalStack {
    /// What the stack comes to when only lines of these statuses count.
    /// What is asked of this competition counts whatever its status: nobody can commit it yet.
    pub fn figures(&self, counted: &[LineStatus], currency: &str) -> Figures {
        let is_counted = |line: &&Line| {
            let sure = |status| counted.contains(&status);
            line.origin == Some(LineOrigin::Asked) || line.status.is_some_and(sure)
        };
        let sum = |fits: &dyn Fn(&Line) -> bool| -> i64 {
            self.lines
                .iter()
                .filter(is_counted)
                .filter(|line| fits(line))
                .map(|line| line.counts(currency))
                .fold(0, i64::saturating_add)
        };
        let money = |amount| Money::new(amount, currency);
        let of = |line: &Line, fits: fn(Instrument) -> bool| line.instrument.is_some_and(fits);
        let is_grant = |line: &Line| line.instrument == Some(Instrument::Grant);
        let in_stack = |line: &Line| line.instrument != Some(Instrument::InKind);
        let is_asked = |line: &Line| line.origin == Some(LineOrigin::Asked);
        let is_of_others = |line: &Line| line.origin == Some(LineOrigin::Other);
        let grant = sum(&is_grant);
        let asked = sum(&|line| is_grant(line) && is_asked(line));
        let concessional = sum(&|line| of(line, is_concessional));
        let ratio = |above: i64, below: i64| {
            (grant > 0 && below > 0).then(|| Ratio::of(above, below, currency))
        };
        Figures {
            counted: counted.to_vec(),
            total: money(sum(&in_stack)),
            in_kind: money(sum(&|line| !in_stack(line))),
            redirected: money(sum(&|l| in_stack(l) && l.redirected_from.is_some())),
            grant_asked: money(asked),
            r#match: ratio(sum(&|line| in_stack(line) && is_of_others(line)), asked),
            commercial_leverage: ratio(sum(&|line| of(line, is_market_priced)), concessional),
            private_leverage: ratio(
                sum(&|line| of(line, is_market_priced) && line.is_private()),
                concessional,
            ),
            debt_per_grant: ratio(sum(&|line| of(line, is_debt)), grant),
        }
    }

    /// The figures as they are shown: what is sure first, everything second.
    pub fn both_figures(&self, currency: &str) -> [Figures; 2] {
        [
            self.figures(&[LineStatus::Committed, LineStatus::Closed], currency),
            self.figures(LineStatus::ALL, currency),
        ]
    }
}

/// One sum over another, exact; `value` is rounded half up to two decimals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ratio {
    /// With two decimals.
    #[schema(example = "6.86")]
    pub value: String,
    /// The sum above.
    pub numerator: Money,
    /// The sum below, never zero.
    pub denominator: Money,
}

impl Ratio {
    /// `above / below`; both at least zero, `below` above zero.
    fn of(above: i64, below: i64, currency: &str) -> Self {
        let (above_wide, below_wide) = (i128::from(above), i128::from(below));
        let hundredths = (above_wide * 200 + below_wide) / (below_wide * 2);
        Self {
            value: format!("{}.{:02}", hundredths / 100, hundredths % 100),
            numerator: Money::new(above, currency),
            denominator: Money::new(below, currency),
        }
    }
}

/// What a capital stack comes to. Money is "lined up beside" the grant; that the grant brought
/// it is not claimed. Without a grant there is no ratio.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Figures {
    /// The statuses of the lines that are counted; what is asked for always is.
    pub counted: Vec<LineStatus>,
    /// All lines but those in kind.
    pub total: Money,
    /// Beside the stack: in no other figure.
    pub in_kind: Money,
    /// Of the total, what leaves another use.
    pub redirected: Money,
    /// The grant that is asked of this competition.
    pub grant_asked: Money,
    /// Non-applicant money beside what is asked / grant asked.
    pub r#match: Option<Ratio>,
    /// Market-priced capital (equity, senior debt) / concessional capital (grant, guarantee, PRI).
    pub commercial_leverage: Option<Ratio>,
    /// Market-priced capital of business and finance / concessional capital.
    pub private_leverage: Option<Ratio>,
    /// PRI and senior debt / grants.
    pub debt_per_grant: Option<Ratio>,
}

impl Figures {
    /// How each figure is defined, printed beside it.
    pub const DEFINITIONS: [(&'static str, &'static str); 4] = [
        ("match", "non-applicant money / grant asked"),
        (
            "commercial_leverage",
            "market-priced capital (equity, senior debt) / concessional capital (grant, guarantee, PRI)",
        ),
        (
            "private_leverage",
            "market-priced capital of business and finance / concessional capital",
        ),
        ("debt_per_grant", "PRI and senior debt / grants"),
    ];

    /// Whether the match reaches so many per cent of the grant asked; without one it does not.
    pub fn match_reaches(&self, percent: i32) -> bool {
        self.r#match.as_ref().is_some_and(|ratio| {
            i128::from(ratio.numerator.amount) * 100
                >= i128::from(ratio.denominator.amount) * i128::from(percent)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::competitions::model::Sector;
    use crate::proposals::model::capital::tests::{line, offer_per_site};

    fn value(ratio: Option<&Ratio>) -> Option<&str> {
        ratio.map(|ratio| ratio.value.as_str())
    }

    #[test]
    fn the_published_offer_is_6_86_dollars_of_debt_per_grant_dollar() {
        let all = offer_per_site().figures(LineStatus::ALL, "USD");
        assert_eq!(value(all.debt_per_grant.as_ref()), Some("6.86"));
        assert_eq!(value(all.r#match.as_ref()), Some("6.86"));
        assert_eq!(value(all.commercial_leverage.as_ref()), Some("2.22"));
        assert_eq!(value(all.private_leverage.as_ref()), Some("2.22"));
        assert_eq!(all.total, Money::new(2_177_000_000, "USD"));
    }

    #[test]
    fn what_is_sure_is_counted_apart_and_what_is_asked_always_counts() {
        let [sure, all] = offer_per_site().both_figures("USD");
        assert_eq!(sure.total, Money::new(277_000_000, "USD"));
        assert_eq!(value(sure.debt_per_grant.as_ref()), Some("0.00"));
        assert_eq!(sure.counted, [LineStatus::Committed, LineStatus::Closed]);
        assert_eq!(all.counted, LineStatus::ALL);
    }

    #[test]
    fn no_grant_no_ratio() {
        let mut stack = offer_per_site();
        stack.lines.remove(0);
        let all = stack.figures(LineStatus::ALL, "USD");
        assert_eq!(all.r#match, None);
        assert_eq!(all.commercial_leverage, None);
        assert_eq!(all.private_leverage, None);
        assert_eq!(all.debt_per_grant, None);
        assert!(!all.match_reaches(1));
    }

    #[test]
    fn in_kind_stands_beside_and_own_money_is_no_match() {
        let mut stack = offer_per_site();
        stack.lines.truncate(1);
        stack.lines.push(line(
            Instrument::InKind,
            500,
            LineStatus::Closed,
            LineOrigin::Other,
        ));
        stack.lines.push(line(
            Instrument::Grant,
            700,
            LineStatus::Closed,
            LineOrigin::Applicant,
        ));
        let all = stack.figures(LineStatus::ALL, "USD");
        assert_eq!(all.in_kind.amount, 500);
        assert_eq!(all.total.amount, 277_000_700);
        assert_eq!(value(all.r#match.as_ref()), Some("0.00"));
    }

    #[test]
    fn private_leverage_leaves_public_money_out() {
        let mut stack = offer_per_site();
        stack.lines[2].sector = Some(Sector::Public);
        let all = stack.figures(LineStatus::ALL, "USD");
        assert_eq!(value(all.commercial_leverage.as_ref()), Some("2.22"));
        assert_eq!(value(all.private_leverage.as_ref()), Some("0.00"));
    }

    #[test]
    fn ratios_round_half_up_and_never_overflow() {
        for (above, below, text) in [
            (1, 200, "0.01"),
            (1, 201, "0.00"),
            (2, 3, "0.67"),
            (Money::MOST, 1, "9007199254740991.00"),
            (Money::MOST, Money::MOST, "1.00"),
            (0, 1, "0.00"),
        ] {
            assert_eq!(
                Ratio::of(above, below, "USD").value,
                text,
                "{above}/{below}"
            );
        }
    }

    #[test]
    fn match_is_compared_without_rounding() {
        let stack = |other| CapitalStack {
            lines: vec![
                line(Instrument::Grant, 300, LineStatus::Idea, LineOrigin::Asked),
                line(
                    Instrument::Grant,
                    other,
                    LineStatus::Closed,
                    LineOrigin::Other,
                ),
            ],
        };
        let figures = |other| stack(other).figures(LineStatus::ALL, "USD");
        assert!(figures(30).match_reaches(10));
        assert!(!figures(29).match_reaches(10));
    }
}
