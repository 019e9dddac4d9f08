//! Which places may apply: rules on facts, and the verdict in words.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::form::{KEY_RULE, is_key};
use crate::platform::refusal::FieldError;

/// Values by the name of the fact.
pub type Facts = BTreeMap<String, f64>;

crate::text_enum! {
    /// How a fact is compared with a rule's value.
    Operator {
        /// The fact is the value or more.
        AtLeast = "at_least",
        /// The fact is the value or less.
        AtMost = "at_most",
        /// The fact is more than the value.
        Above = "above",
        /// The fact is less than the value.
        Below = "below",
        /// The fact is the value; yes and no are 1 and 0.
        Equals = "equals",
    }
}

impl Operator {
    #[expect(
        clippy::float_cmp,
        reason = "equality with the very number that was typed"
    )]
    fn holds(self, fact: f64, value: f64) -> bool {
        match self {
            Self::AtLeast => fact >= value,
            Self::AtMost => fact <= value,
            Self::Above => fact > value,
            Self::Below => fact < value,
            Self::Equals => fact == value,
        }
    }
}

/// One condition on a fact of a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EligibilityRule {
    /// The fact's name, as loaded with the places.
    #[schema(example = "population")]
    pub fact: String,
    /// How it is compared.
    pub operator: Operator,
    /// With what.
    pub value: f64,
    /// Asked of the person where the fact is not on file; empty: the fact must be on file.
    #[serde(default)]
    pub question: String,
    /// Told to a place that does not meet the rule, and published with the call.
    #[schema(example = "The programme is for cities of at least 35,000 people.")]
    pub reason: String,
}

impl EligibilityRule {
    /// What is wrong with the rule itself; pointers start with `at`.
    pub fn errors(&self, at: &str) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if !is_key(&self.fact) {
            errors.push(FieldError::at(format!("{at}/fact"), KEY_RULE));
        }
        if !self.value.is_finite() {
            errors.push(FieldError::at(format!("{at}/value"), "Give a number."));
        }
        if self.reason.trim().is_empty() {
            errors.push(FieldError::at(
                format!("{at}/reason"),
                "Say in words what a place must be.",
            ));
        }
        errors
    }
}

crate::text_enum! {
    /// What came out for one rule, or for all of them.
    Eligibility {
        /// It is met.
        Eligible = "eligible",
        /// It is not met.
        NotEligible = "not_eligible",
        /// A fact is neither on file nor answered.
        Undecided = "undecided",
    }
}

/// What came out for one rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// The fact that was looked at.
    pub fact: String,
    /// The place's value, where known.
    pub value: Option<f64>,
    /// Whether the value was answered by the person, not on file.
    pub answered: bool,
    /// What came out.
    pub outcome: Eligibility,
    /// The rule in words.
    pub reason: String,
}

/// Whether a place may apply, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EligibilityVerdict {
    /// Eligible when every rule is met; not eligible when one is not; else undecided.
    pub outcome: Eligibility,
    /// One for each rule, in their order.
    pub findings: Vec<Finding>,
}

impl EligibilityVerdict {
    /// The reasons against, or what is still to be answered, in words.
    pub fn reasons(&self) -> Vec<&str> {
        self.findings
            .iter()
            .filter(|finding| finding.outcome == self.outcome)
            .filter(|finding| finding.outcome != Eligibility::Eligible)
            .map(|finding| finding.reason.as_str())
            .collect()
    }
}

/// Judges a place by the facts on file, and by the person's answers where nothing is on file and
/// the rule asks. A fact on file always counts more than an answer.
pub fn eligible(
    rules: &[EligibilityRule],
    on_file: &Facts,
    answered: &Facts,
) -> EligibilityVerdict {
    let findings: Vec<Finding> = rules
        .iter()
        .map(|rule| finding(rule, on_file, answered))
        .collect();
    let any = |outcome| findings.iter().any(|finding| finding.outcome == outcome);
    let outcome = if any(Eligibility::NotEligible) {
        Eligibility::NotEligible
    } else if any(Eligibility::Undecided) {
        Eligibility::Undecided
    } else {
        Eligibility::Eligible
    };
    EligibilityVerdict { outcome, findings }
}

fn finding(rule: &EligibilityRule, on_file: &Facts, answered: &Facts) -> Finding {
    let filed = on_file.get(&rule.fact).copied();
    let answer = answered
        .get(&rule.fact)
        .copied()
        .filter(|_| filed.is_none() && !rule.question.trim().is_empty());
    let value = filed.or(answer);
    let outcome = match value {
        None => Eligibility::Undecided,
        Some(value) if rule.operator.holds(value, rule.value) => Eligibility::Eligible,
        Some(_) => Eligibility::NotEligible,
    };
    Finding {
        fact: rule.fact.clone(),
        value,
        answered: answer.is_some(),
        outcome,
        reason: rule.reason.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(fact: &str, operator: Operator, value: f64, question: &str) -> EligibilityRule {
        EligibilityRule {
            fact: fact.into(),
            operator,
            value,
            question: question.into(),
            reason: format!("{fact} {operator} {value}"),
        }
    }

    #[test]
    fn operators_at_their_edges() {
        use Operator::{Above, AtLeast, AtMost, Below, Equals};
        for (operator, below, at, above) in [
            (AtLeast, false, true, true),
            (AtMost, true, true, false),
            (Above, false, false, true),
            (Below, true, false, false),
            (Equals, false, true, false),
        ] {
            for (value, holds) in [(9.0, below), (10.0, at), (11.0, above)] {
                assert_eq!(operator.holds(value, 10.0), holds, "{value} {operator} 10");
            }
        }
    }

    #[test]
    fn the_verdict_names_what_stands_against_it() {
        let rules = [
            rule("population", Operator::AtLeast, 35_000.0, ""),
            rule(
                "poverty_rate",
                Operator::Above,
                10.3,
                "What share lives in poverty?",
            ),
        ];
        let facts = |pairs: &[(&str, f64)]| -> Facts {
            pairs.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect()
        };
        for (on_file, answered, outcome, reasons) in [
            (vec![], vec![], Eligibility::Undecided, 2),
            (
                vec![("population", 40_000.0)],
                vec![],
                Eligibility::Undecided,
                1,
            ),
            (
                vec![],
                vec![("population", 40_000.0)],
                Eligibility::Undecided,
                2,
            ),
            (
                vec![("population", 40_000.0)],
                vec![("poverty_rate", 20.0)],
                Eligibility::Eligible,
                0,
            ),
            (
                vec![("population", 40_000.0), ("poverty_rate", 5.0)],
                vec![("poverty_rate", 20.0)],
                Eligibility::NotEligible,
                1,
            ),
            (
                vec![("population", 1.0)],
                vec![],
                Eligibility::NotEligible,
                1,
            ),
        ] {
            let verdict = eligible(&rules, &facts(&on_file), &facts(&answered));
            assert_eq!(verdict.outcome, outcome, "{on_file:?} {answered:?}");
            assert_eq!(verdict.reasons().len(), reasons, "{on_file:?} {answered:?}");
        }
    }

    #[test]
    fn without_rules_every_place_may_apply() {
        let verdict = eligible(&[], &Facts::new(), &Facts::new());
        assert_eq!(verdict.outcome, Eligibility::Eligible);
    }
}
