//! Rubrics: what a submission is judged by.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::form::is_key;
use super::points::Points;
use crate::platform::plain;
use crate::platform::refusal::FieldError;

/// The criteria of a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rubric {
    /// In the order of reading; their weights sum to 100.
    pub criteria: Vec<Criterion>,
}

/// One thing that is judged, on its own scale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// Names the criterion in scores and exports; never changes.
    #[schema(example = "systems_change")]
    pub key: String,
    /// A few words.
    pub title: String,
    /// What the reviewer asks of the submission.
    pub question: String,
    /// Percent of the total.
    #[schema(minimum = 0, maximum = 100)]
    pub weight: u32,
    /// The lowest score.
    pub lowest: Points,
    /// The highest score.
    pub highest: Points,
    /// Scores are the lowest one plus whole numbers of steps.
    pub step: Points,
    /// What a level means, for each whole level (for scales of more than ten levels, at least
    /// the two ends).
    pub anchors: Vec<Anchor>,
    /// Whether a review can be submitted only with a narrative on this criterion.
    #[serde(default)]
    pub narrative_required: bool,
}

/// What one level of a scale means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// A score on the scale.
    pub level: Points,
    /// What earns it.
    pub description: String,
}

/// Scales with more whole levels than this need words at both ends only.
const LEVELS_DESCRIBED: usize = 11;

impl Criterion {
    /// Whether a score is on the scale.
    pub fn accepts(&self, score: Points) -> bool {
        (self.lowest..=self.highest).contains(&score)
            && self.step.thousandths() > 0
            && (score.thousandths() - self.lowest.thousandths()) % self.step.thousandths() == 0
    }

    /// Why a score is refused, in words for the reviewer.
    pub fn scale_in_words(&self) -> String {
        format!(
            "A score from {} to {} in steps of {}.",
            self.lowest, self.highest, self.step
        )
    }

    fn levels_to_describe(&self) -> Vec<Points> {
        let first = self.lowest.thousandths().div_euclid(1000) + i64::from(!self.lowest.is_whole());
        let last = self.highest.thousandths().div_euclid(1000);
        let whole: Vec<Points> = (first..=last)
            .take(LEVELS_DESCRIBED + 1)
            .map(|level| Points::from_thousandths(level * 1000))
            .collect();
        if whole.len() > LEVELS_DESCRIBED {
            vec![self.lowest, self.highest]
        } else {
            whole
        }
    }

    fn errors(&self, at: &str) -> Vec<FieldError> {
        let title = plain::objection(format!("{at}/title"), &self.title);
        let mut errors: Vec<FieldError> = title.into_iter().collect();
        let mut wrong = |field: &str, detail: &str| {
            errors.push(FieldError::at(format!("{at}/{field}"), detail));
        };
        if !is_key(&self.key) {
            wrong("key", super::form::KEY_RULE);
        }
        if self.title.trim().is_empty() {
            wrong("title", "Give a title.");
        }
        if self.weight > 100 {
            wrong("weight", "At most 100 percent.");
        }
        if self.lowest >= self.highest {
            wrong("highest", "The highest score is above the lowest.");
            return errors;
        }
        let span = self.highest.thousandths() - self.lowest.thousandths();
        if self.step.thousandths() <= 0 || span % self.step.thousandths() != 0 {
            wrong("step", "The steps must divide the scale evenly.");
            return errors;
        }
        errors.extend(self.anchor_errors(at));
        errors
    }

    fn anchor_errors(&self, at: &str) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut seen = HashSet::new();
        for (number, anchor) in self.anchors.iter().enumerate() {
            if !self.accepts(anchor.level) {
                errors.push(FieldError::at(
                    format!("{at}/anchors/{number}/level"),
                    self.scale_in_words(),
                ));
            } else if !seen.insert(anchor.level) {
                errors.push(FieldError::at(
                    format!("{at}/anchors/{number}/level"),
                    "This level is described already.",
                ));
            }
            if anchor.description.trim().is_empty() {
                errors.push(FieldError::at(
                    format!("{at}/anchors/{number}/description"),
                    "Say what earns this level.",
                ));
            }
        }
        for level in self.levels_to_describe() {
            if !seen.contains(&level) && self.accepts(level) {
                errors.push(FieldError::at(
                    format!("{at}/anchors"),
                    format!("Describe level {level}."),
                ));
            }
        }
        errors
    }

    /// The criterion without the texts that may change after the stage has opened.
    fn meaning(&self) -> Self {
        let mut meaning = self.clone();
        meaning.title.clear();
        meaning.question.clear();
        for anchor in &mut meaning.anchors {
            anchor.description.clear();
        }
        meaning
    }
}

impl Rubric {
    /// The criterion of a key.
    pub fn criterion(&self, key: &str) -> Option<&Criterion> {
        self.criteria.iter().find(|criterion| criterion.key == key)
    }

    /// What is wrong with the rubric itself; pointers start with `at`.
    pub fn errors(&self, at: &str) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut seen = HashSet::new();
        if !(1..=20).contains(&self.criteria.len()) {
            errors.push(FieldError::at(
                format!("{at}/criteria"),
                "Between 1 and 20 criteria.",
            ));
        }
        for (number, criterion) in self.criteria.iter().enumerate() {
            let at = format!("{at}/criteria/{number}");
            errors.extend(criterion.errors(&at));
            if !seen.insert(criterion.key.as_str()) {
                errors.push(FieldError::at(
                    format!("{at}/key"),
                    "Another criterion has this key.",
                ));
            }
        }
        let sum: u64 = self.criteria.iter().map(|c| u64::from(c.weight)).sum();
        if sum != 100 {
            errors.push(FieldError::at(
                format!("{at}/criteria"),
                format!("The weights sum to {sum} percent; they must sum to 100."),
            ));
        }
        errors
    }

    /// Where `other` means something else than this rubric: anything but titles, questions and
    /// descriptions of levels differs.
    pub fn changes_of_meaning(&self, other: &Self, at: &str) -> Vec<FieldError> {
        if self.criteria.len() != other.criteria.len() {
            return vec![FieldError::at(
                format!("{at}/criteria"),
                "The number of criteria is fixed since the stage opened.",
            )];
        }
        self.criteria
            .iter()
            .zip(&other.criteria)
            .enumerate()
            .filter(|(_, (old, new))| old.meaning() != new.meaning())
            .map(|(number, _)| {
                FieldError::at(
                    format!("{at}/criteria/{number}"),
                    "Key, weight, scale, levels and the need of a narrative are fixed since the \
                     stage opened; only texts may change.",
                )
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::competitions::model::builtin;

    fn rubric() -> Rubric {
        builtin::four_questions().clone()
    }

    #[test]
    fn scores_lie_on_the_scale() {
        let rubric = rubric();
        let criterion = &rubric.criteria[0];
        for (thousandths, on) in [
            (0, true),
            (100, true),
            (5000, true),
            (50, false),
            (5100, false),
            (-100, false),
        ] {
            assert_eq!(
                criterion.accepts(Points::from_thousandths(thousandths)),
                on,
                "{thousandths}"
            );
        }
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let mut rubric = rubric();
        rubric.criteria[0].weight = 30;
        rubric.criteria[1].key = rubric.criteria[0].key.clone();
        rubric.criteria[2].step = Points::from_thousandths(300);
        rubric.criteria[3].anchors.remove(2);
        let pointers: Vec<String> = rubric
            .errors("/rubric")
            .into_iter()
            .map(|e| e.pointer)
            .collect();
        assert_eq!(
            pointers,
            [
                "/rubric/criteria/1/key",
                "/rubric/criteria/2/step",
                "/rubric/criteria/3/anchors",
                "/rubric/criteria"
            ]
        );
    }

    #[test]
    fn only_texts_may_change_once_open() {
        let old = rubric();
        let mut new = old.clone();
        new.criteria[0].anchors[1]
            .description
            .push_str(" (clearer)");
        new.criteria[1].title = "One table".into();
        assert!(old.changes_of_meaning(&new, "/rubric").is_empty());
        new.criteria[2].weight = 24;
        assert_eq!(old.changes_of_meaning(&new, "/rubric").len(), 1);
        new.criteria.pop();
        assert_eq!(old.changes_of_meaning(&new, "/rubric").len(), 1);
    }
}
