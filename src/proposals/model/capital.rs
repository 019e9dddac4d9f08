//! The capital stack: who puts in which money, how sure it is, and what it comes to.
//! Every figure is worked out in whole minor units; nothing here is a floating-point number.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::competitions::model::{Instrument, Sector};
use crate::platform::money::Money;
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
    Origin {
        /// Asked for from this competition.
        Asked = "asked",
        /// The applicants' own.
        Applicant = "applicant",
        /// Of anyone else.
        Other = "other",
    }
}

/// One line of a capital stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Who puts the money in.
    #[schema(example = "Living Cities")]
    pub source: String,
    /// The sector that the source belongs to.
    pub sector: Sector,
    /// By which kind of money.
    pub instrument: Instrument,
    /// How much.
    pub amount: Money,
    /// What it is for.
    #[serde(default)]
    pub r#use: String,
    /// How sure it is.
    pub status: LineStatus,
    /// Whose money it is.
    pub origin: Origin,
    /// What the money leaves, when it is redirected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirected_from: Option<String>,
}

impl Line {
    /// Whether the source is of the private market: business or finance.
    pub(super) fn is_private(&self) -> bool {
        matches!(self.sector, Sector::Business | Sector::Finance)
    }
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
/// Characters of a source, a use or what money leaves.
const TEXT_AT_MOST: usize = 500;

impl CapitalStack {
    /// What is wrong with the lines, each with its pointer.
    pub fn errors(&self, currency: &str) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.lines.len() > LINES_AT_MOST {
            let words = format!("At most {LINES_AT_MOST} lines.");
            errors.push(FieldError::at("/lines", words));
        }
        for (at, line) in self.lines.iter().enumerate() {
            errors.extend(line_errors(line, at, currency));
        }
        let sum: i128 = self.lines.iter().map(|l| i128::from(l.amount.amount)).sum();
        if sum > i128::from(Money::MOST) {
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
    if line.source.trim().is_empty() {
        wrong("source", "Name who puts the money in.");
    }
    let texts = [
        ("source", Some(&line.source)),
        ("use", Some(&line.r#use)),
        ("redirected_from", line.redirected_from.as_ref()),
    ];
    for (field, text) in texts {
        if text.is_some_and(|text| text.chars().count() > TEXT_AT_MOST) {
            wrong(field, "At most 500 characters.");
        }
    }
    if !(0..=Money::MOST).contains(&line.amount.amount) {
        wrong("amount/amount", "From 0 to 9007199254740991 minor units.");
    }
    if line.amount.currency != currency {
        wrong("amount/currency", &format!("Amounts are in {currency}."));
    }
    if line.origin == Origin::Asked && line.redirected_from.is_some() {
        wrong("redirected_from", "What is asked for is not redirected.");
    }
    errors
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A line of a lender's.
    pub fn line(instrument: Instrument, amount: i64, status: LineStatus, origin: Origin) -> Line {
        Line {
            source: "A source".into(),
            sector: Sector::Finance,
            instrument,
            amount: Money::new(amount, "USD"),
            r#use: String::new(),
            status,
            origin,
            redirected_from: None,
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
                    Origin::Asked,
                ),
                line(
                    Instrument::PriOrSubordinateDebt,
                    400_000_000,
                    LineStatus::Letter,
                    Origin::Other,
                ),
                line(
                    Instrument::SeniorCommercialDebt,
                    1_500_000_000,
                    LineStatus::Letter,
                    Origin::Other,
                ),
            ],
        }
    }

    #[test]
    fn every_wrong_line_is_pointed_at() {
        let mut stack = offer_per_site();
        stack.lines[0].source = " ".into();
        stack.lines[1].amount = Money::new(-1, "EUR");
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
                "/lines/1/amount/currency"
            ]
        );
    }
}
