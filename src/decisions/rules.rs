//! What a decision must and must not contain. Pure.

use std::collections::{HashMap, HashSet};

use super::model::{Amount, Content, Origin, Outcome};
use super::shown::{AmountInput, DecisionInput};
use crate::platform::clock::Instant;
use crate::platform::counting::characters;
use crate::platform::ids::BudgetLineId;
use crate::platform::money::Money;
use crate::platform::refusal::FieldError;
use crate::reviews::rules::plain;

/// Characters that a text of a decision has at most.
pub const TEXT_AT_MOST: usize = 10_000;

/// What a decision is checked against.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The competition's currency.
    pub currency: String,
    /// The budget lines, with what they hold.
    pub lines: HashMap<BudgetLineId, i64>,
    /// Whether a stage follows.
    pub has_next_stage: bool,
    /// How the decision comes to be.
    pub origin: Origin,
    /// When the request arrived.
    pub now: Instant,
}

/// The decision as it is kept, and everything that is wrong with it; pointers start with `at`.
pub fn content(input: DecisionInput, terms: &Terms, at: &str) -> (Content, Vec<FieldError>) {
    let content = Content {
        outcome: input.outcome,
        amounts: input
            .amounts
            .iter()
            .map(|part| Amount {
                line: part.line,
                amount: part.amount.amount,
            })
            .collect(),
        answer_by: input.answer_by,
        reason: tidy(&input.reason),
        rationale: tidy(&input.rationale),
        conditions: tidy(&input.conditions),
        out_of_order_reason: tidy(&input.out_of_order_reason),
        public_summary: tidy(&input.public_summary),
    };
    let mut errors = wrong_texts(&content, terms.origin, at);
    errors.extend(wrong_outcome(&content, terms, at));
    errors.extend(wrong_amounts(&input.amounts, terms, at));
    (content, errors)
}

fn tidy(text: &str) -> String {
    plain(text).trim().to_owned()
}

fn wrong_texts(content: &Content, origin: Origin, at: &str) -> Vec<FieldError> {
    let mut errors: Vec<FieldError> = [
        ("rationale", &content.rationale),
        ("conditions", &content.conditions),
        ("out_of_order_reason", &content.out_of_order_reason),
        ("public_summary", &content.public_summary),
        ("reason", &content.reason),
    ]
    .into_iter()
    .filter(|(_, text)| characters(text) > TEXT_AT_MOST)
    .map(|(field, _)| {
        let detail = format!("At most {TEXT_AT_MOST} characters.");
        FieldError::at(format!("{at}/{field}"), detail)
    })
    .collect();
    if content.rationale.is_empty() {
        errors.push(FieldError::at(format!("{at}/rationale"), "Say why."));
    }
    let lacks_reason = match origin {
        Origin::Decided => (!content.reason.is_empty())
            .then_some("Only corrections and promotions are given a reason; use rationale."),
        Origin::Promotion | Origin::Correction => content
            .reason
            .is_empty()
            .then_some("Tell the coalition why this changes."),
    };
    errors.extend(lacks_reason.map(|detail| FieldError::at(format!("{at}/reason"), detail)));
    errors
}

fn wrong_outcome(content: &Content, terms: &Terms, at: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut wrong = |field: &str, detail: &str| {
        errors.push(FieldError::at(format!("{at}/{field}"), detail));
    };
    let outcome = content.outcome;
    if outcome == Outcome::Advance && !terms.has_next_stage {
        wrong("outcome", "No stage follows that it could go on to.");
    }
    if terms.origin == Origin::Promotion && !outcome.takes_money() {
        wrong(
            "outcome",
            "A promotion leads to an award or to the next stage.",
        );
    }
    if outcome == Outcome::Award && content.amounts.is_empty() {
        wrong("amounts", "An award names its amounts.");
    }
    if !outcome.takes_money() && !content.amounts.is_empty() {
        wrong("amounts", "No money goes with this outcome.");
    }
    match content.answer_by {
        Some(_) if outcome != Outcome::Award => {
            wrong("answer_by", "Only an award is answered.");
        }
        Some(last) if last <= terms.now => wrong("answer_by", "This moment has passed."),
        _ => {}
    }
    errors
}

fn wrong_amounts(amounts: &[AmountInput], terms: &Terms, at: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut seen = HashSet::new();
    for (number, part) in amounts.iter().enumerate() {
        let mut wrong = |field: &str, detail: String| {
            errors.push(FieldError::at(
                format!("{at}/amounts/{number}/{field}"),
                detail,
            ));
        };
        if !terms.lines.contains_key(&part.line) {
            wrong("line", "The competition has no such budget line.".into());
        } else if !seen.insert(part.line) {
            wrong(
                "line",
                "This line is named twice: add the amounts up.".into(),
            );
        }
        if part.amount.currency != terms.currency {
            let detail = format!("The competition's currency is {}.", terms.currency);
            wrong("amount/currency", detail);
        }
        if !(1..=Money::MOST).contains(&part.amount.amount) {
            wrong("amount/amount", "Above zero, in minor units.".into());
        }
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: BudgetLineId = BudgetLineId(7);

    fn input(outcome: Outcome, amounts: &[(i64, i64, &str)]) -> DecisionInput {
        DecisionInput {
            outcome,
            rationale: "Because.".into(),
            amounts: amounts
                .iter()
                .map(|(line, amount, currency)| AmountInput {
                    line: BudgetLineId(*line),
                    amount: Money::new(*amount, currency),
                })
                .collect(),
            conditions: String::new(),
            answer_by: None,
            out_of_order_reason: String::new(),
            public_summary: String::new(),
            reason: String::new(),
        }
    }

    fn pointers(input: DecisionInput, origin: Origin, has_next_stage: bool) -> Vec<String> {
        let terms = Terms {
            currency: "USD".into(),
            lines: HashMap::from([(LINE, 100)]),
            has_next_stage,
            origin,
            now: Instant::from_micros(1_000),
        };
        let (_, errors) = content(input, &terms, "/3");
        errors.into_iter().map(|error| error.pointer).collect()
    }

    #[test]
    fn every_fault_is_named_at_once_and_where_it_is() {
        use Outcome::{Advance, Award, NotSelected, Waitlist};
        let decided = |input| pointers(input, Origin::Decided, false);
        assert!(decided(input(Award, &[(7, 5, "USD")])).is_empty());
        assert!(decided(input(NotSelected, &[])).is_empty());
        assert_eq!(decided(input(Award, &[])), ["/3/amounts"]);
        assert_eq!(decided(input(Waitlist, &[(7, 5, "USD")])), ["/3/amounts"]);
        assert_eq!(decided(input(Advance, &[])), ["/3/outcome"]);
        assert_eq!(
            decided(input(Award, &[(7, 0, "EUR"), (7, 1, "USD"), (8, 1, "USD")])),
            [
                "/3/amounts/0/amount/currency",
                "/3/amounts/0/amount/amount",
                "/3/amounts/1/line",
                "/3/amounts/2/line"
            ]
        );
        let mut silent = input(NotSelected, &[]);
        silent.rationale = " \n".into();
        silent.answer_by = Some(Instant::from_micros(5_000));
        silent.reason = "x".into();
        assert_eq!(
            decided(silent),
            ["/3/rationale", "/3/reason", "/3/answer_by"]
        );
    }

    #[test]
    fn what_follows_the_announcement_needs_a_reason() {
        let promoted = input(Outcome::Award, &[(7, 5, "USD")]);
        assert_eq!(pointers(promoted, Origin::Promotion, true), ["/3/reason"]);
        let mut downgraded = input(Outcome::NotSelected, &[]);
        downgraded.reason = "A score was entered wrongly.".into();
        assert!(pointers(downgraded.clone(), Origin::Correction, true).is_empty());
        assert_eq!(
            pointers(downgraded, Origin::Promotion, true),
            ["/3/outcome"]
        );
    }
}
