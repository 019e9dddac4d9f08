//! The capital stack: who puts in which money, how sure it is, and what it comes to.
//! Every figure is worked out in whole minor units; nothing here is a floating-point number.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::competitions::model::{Instrument, Sector};
use crate::platform::counting::characters;
use crate::platform::money::Money;
use crate::platform::plain;
use crate::platform::refusal::FieldError;
use crate::text_enum;

text_enum! {
    /// How sure the money of a line is, from least to most.
    LineStatus {
        /// Nobody was asked yet.
        Idea = "idea",
        /// The source is spoken with.
        Talking = "talking",
        /// There is a letter of interest.
        Letter = "letter",
        /// The source has bound itself.
        Committed = "committed",
        /// The contract is signed.
        Closed = "closed",
    }
}

text_enum! {
    /// Whose money a line is.
    LineOrigin {
        /// Asked for from this competition.
        Asked = "asked",
        /// The applicants' own.
        Applicant = "applicant",
        /// Of anyone else.
        Other = "other",
    }
}

/// One line of a capital stack. A draft's line may lack anything, a submitted one lacks nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Who puts the money in.
    #[serde(default)]
    #[schema(example = "Living Cities")]
    pub source: String,
    /// The sector that the source belongs to.
    #[serde(default)]
    pub sector: Option<Sector>,
    /// By which kind of money.
    #[serde(default)]
    pub instrument: Option<Instrument>,
    /// How much.
    #[serde(default)]
    pub amount: Option<Money>,
    /// What it is for.
    #[serde(default)]
    pub r#use: String,
    /// How sure it is.
    #[serde(default)]
    pub status: Option<LineStatus>,
    /// Whose money it is.
    #[serde(default)]
    pub origin: Option<LineOrigin>,
    /// What the money leaves, when it is redirected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirected_from: Option<String>,
}

impl Line {
    /// Whether the source is of the private market: business or finance.
    pub(super) fn is_private(&self) -> bool {
        matches!(self.sector, Some(Sector::Business | Sector::Finance))
    }

    /// The amount as far as it can be summed: in minor units of this currency, else nothing.
    pub(super) fn counts(&self, currency: &str) -> i64 {
        self.amount
            .as_ref()
            .filter(|amount| amount.currency == currency && is_amount(amount.amount))
            .map_or(0, |amount| amount.amount)
    }
}

const fn is_amount(amount: i64) -> bool {
    0 <= amount && amount <= Money::MOST
}

/// A proposal's money, line by line, in the competition's currency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CapitalStack {
    /// In the order that the coalition gave.
    pub lines: Vec<Line>,
}

/// A proposal lists at most so many lines.
pub const LINES_AT_MOST: usize = 200;
/// Lines that even a draft keeps at most, far above what may be submitted.
const LINES_KEPT: usize = 1000;
/// Characters of a source, a use or what money leaves.
const TEXT_AT_MOST: usize = 500;

impl CapitalStack {
    /// What not even a draft keeps; everything else is saved, and reported.
    pub fn unkeepable(&self) -> Vec<FieldError> {
        let words = format!("At most {LINES_AT_MOST} lines.");
        let too_many = self.lines.len() > LINES_KEPT;
        too_many
            .then(|| FieldError::at("/lines", words))
            .into_iter()
            .collect()
    }

    /// What keeps the lines from being submitted, each with its pointer.
    pub fn errors(&self, currency: &str) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.lines.len() > LINES_AT_MOST {
            let words = format!("At most {LINES_AT_MOST} lines.");
            errors.push(FieldError::at("/lines", words));
        }
        for (at, line) in self.lines.iter().enumerate() {
            errors.extend(line_errors(line, at, currency));
            errors.extend(plain::objection(
                format!("/lines/{at}/source"),
                &line.source,
            ));
        }
        let amounts = self.lines.iter().map(|line| line.counts(currency));
        if amounts.map(i128::from).sum::<i128>() > i128::from(Money::MOST) {
            errors.push(FieldError::at("/lines", "The lines add up to too much."));
        }
        errors
    }
}

fn line_errors(line: &Line, at: usize, currency: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut wrong = |field: &str, detail: &str| {
        errors.push(FieldError::at(format!("/lines/{at}/{field}"), detail));
    };
    for (field, lacks, detail) in [
        (
            "source",
            line.source.trim().is_empty(),
            "Name who puts the money in.",
        ),
        (
            "sector",
            line.sector.is_none(),
            "Choose the source's sector.",
        ),
        (
            "instrument",
            line.instrument.is_none(),
            "Choose the kind of money.",
        ),
        ("amount", line.amount.is_none(), "Say how much it is."),
        ("status", line.status.is_none(), "Say how sure it is."),
        ("origin", line.origin.is_none(), "Say whose money it is."),
    ] {
        if lacks {
            wrong(field, detail);
        }
    }
    let texts = [
        ("source", Some(&line.source)),
        ("use", Some(&line.r#use)),
        ("redirected_from", line.redirected_from.as_ref()),
    ];
    for (field, text) in texts {
        if text.is_some_and(|text| characters(text) > TEXT_AT_MOST) {
            wrong(field, "At most 500 characters.");
        }
    }
    if let Some(amount) = &line.amount {
        if !is_amount(amount.amount) {
            wrong("amount/amount", "From 0 to 9007199254740991 minor units.");
        }
        if amount.currency != currency {
            wrong("amount/currency", &format!("Amounts are in {currency}."));
        }
    }
    if let Some(from) = &line.redirected_from {
        if line.origin == Some(LineOrigin::Asked) {
            wrong("redirected_from", "What is asked for is not redirected.");
        } else if from.trim().is_empty() {
            wrong("redirected_from", "Say what the money leaves.");
        }
    }
    errors
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A line of a lender's.
    pub fn line(
        instrument: Instrument,
        amount: i64,
        status: LineStatus,
        origin: LineOrigin,
    ) -> Line {
        Line {
            source: "A source".into(),
            sector: Some(Sector::Finance),
            instrument: Some(instrument),
            amount: Some(Money::new(amount, "USD")),
            status: Some(status),
            origin: Some(origin),
            ..Line::default()
        }
    }

    /// The Integration Initiative's own offer per site: $2.77M, $4M of PRI, $15M of commercial debt.
    pub fn offer_per_site() -> CapitalStack {
        CapitalStack {
            lines: vec![
                line(
                    Instrument::Grant,
                    277_000_000,
                    LineStatus::Idea,
                    LineOrigin::Asked,
                ),
                line(
                    Instrument::PriOrSubordinateDebt,
                    400_000_000,
                    LineStatus::Letter,
                    LineOrigin::Other,
                ),
                line(
                    Instrument::SeniorCommercialDebt,
                    1_500_000_000,
                    LineStatus::Letter,
                    LineOrigin::Other,
                ),
            ],
        }
    }

    #[test]
    fn every_wrong_line_is_pointed_at() {
        let mut stack = offer_per_site();
        stack.lines[0].source = " ".into();
        stack.lines[1].amount = Some(Money::new(-1, "EUR"));
        stack.lines[2].redirected_from = Some(" ".into());
        stack.lines.push(Line::default());
        let pointers: Vec<String> = stack
            .errors("USD")
            .into_iter()
            .map(|error| error.pointer)
            .collect();
        assert_eq!(
            pointers,
            [
                "/lines/0/source",
                "/lines/1/amount/amount",
                "/lines/1/amount/currency",
                "/lines/2/redirected_from",
                "/lines/3/source",
                "/lines/3/sector",
                "/lines/3/instrument",
                "/lines/3/amount",
                "/lines/3/status",
                "/lines/3/origin",
            ]
        );
    }

    #[test]
    fn a_half_filled_line_counts_as_far_as_it_goes() {
        let mut stack = offer_per_site();
        let whole = stack.both_figures("USD");
        stack.lines.push(Line::default());
        stack.lines.push(Line {
            amount: Some(Money::new(i64::MAX, "USD")),
            ..Line::default()
        });
        assert_eq!(stack.both_figures("USD"), whole);
        assert!(stack.unkeepable().is_empty());
        stack.lines = vec![Line::default(); LINES_KEPT + 1];
        assert_eq!(stack.unkeepable().len(), 1);
    }

    #[test]
    fn a_whole_line_is_written_as_ever() {
        let line = &offer_per_site().lines[0];
        assert_eq!(
            serde_json::to_value(line).unwrap(),
            serde_json::json!({
                "source": "A source", "sector": "finance", "instrument": "grant",
                "amount": {"amount": 277_000_000, "currency": "USD"}, "use": "",
                "status": "idea", "origin": "asked",
            })
        );
    }
}
