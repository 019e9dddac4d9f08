//! What a form must be, and which of it may change once its stage has opened.

use std::collections::HashSet;

use serde_json::Value;

use super::form::{
    CAPITAL_STACK, Choice, Column, ColumnKind, Condition, Form, KEY_RULE, Question, QuestionKind,
    is_key,
};
use crate::platform::plain;
use crate::platform::refusal::FieldError;

/// Limits on a form, so that a packet stays readable and a draft stays small.
const MOST_WORDS: u32 = 5_000;

impl Form {
    /// What is wrong with the form itself; pointers start with `at`.
    pub fn errors(&self, at: &str) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if !(1..=40).contains(&self.sections.len()) {
            errors.push(FieldError::at(
                format!("{at}/sections"),
                "Between 1 and 40 sections.",
            ));
        }
        let mut sections = HashSet::new();
        let mut earlier: Vec<&Question> = Vec::new();
        for (number, section) in self.sections.iter().enumerate() {
            let at = format!("{at}/sections/{number}");
            key_errors(
                &section.key,
                &at,
                sections.insert(&section.key),
                &mut errors,
            );
            if section.key == CAPITAL_STACK {
                let words = "This key is kept for the capital stack, which every proposal has.";
                errors.push(FieldError::at(format!("{at}/key"), words));
            }
            if section.title.trim().is_empty() {
                errors.push(FieldError::at(format!("{at}/title"), "Give a title."));
            }
            errors.extend(plain::objection(format!("{at}/title"), &section.title));
            if section.questions.is_empty() || section.questions.len() > 60 {
                errors.push(FieldError::at(
                    format!("{at}/questions"),
                    "Between 1 and 60 questions.",
                ));
            }
            for (number, question) in section.questions.iter().enumerate() {
                let at = format!("{at}/questions/{number}");
                let fresh = !earlier.iter().any(|other| other.key == question.key);
                key_errors(&question.key, &at, fresh, &mut errors);
                question.add_errors(&at, &earlier, &mut errors);
                earlier.push(question);
            }
        }
        errors
    }

    /// Where `other` means something else than this form: anything but titles, introductions,
    /// labels and hints differs.
    pub fn changes_of_meaning(&self, other: &Self, at: &str) -> Vec<FieldError> {
        const FIXED: &str = "Keys, kinds, limits, options, visibility and conditions are fixed \
                             since the stage opened; only texts may change.";
        let (old, new) = (self.meaning(), other.meaning());
        if old.sections.len() != new.sections.len() {
            return vec![FieldError::at(
                format!("{at}/sections"),
                "The number of sections is fixed since the stage opened.",
            )];
        }
        let mut errors = Vec::new();
        for (number, (old, new)) in old.sections.iter().zip(&new.sections).enumerate() {
            let at = format!("{at}/sections/{number}");
            if old.key != new.key || old.questions.len() != new.questions.len() {
                errors.push(FieldError::at(at, FIXED));
                continue;
            }
            for (number, (old, new)) in old.questions.iter().zip(&new.questions).enumerate() {
                if old != new {
                    errors.push(FieldError::at(format!("{at}/questions/{number}"), FIXED));
                }
            }
        }
        errors
    }

    fn meaning(&self) -> Self {
        let mut meaning = self.clone();
        for section in &mut meaning.sections {
            section.title.clear();
            section.intro.clear();
            section
                .questions
                .iter_mut()
                .for_each(Question::forget_texts);
        }
        meaning
    }
}

impl Question {
    fn forget_texts(&mut self) {
        self.label.clear();
        self.hint.clear();
        match &mut self.kind {
            QuestionKind::Choice { options } | QuestionKind::Choices { options, .. } => {
                for option in options {
                    option.label.clear();
                }
            }
            QuestionKind::Table { columns, .. } => {
                for column in columns {
                    column.label.clear();
                }
            }
            _ => {}
        }
    }

    fn add_errors(&self, at: &str, earlier: &[&Self], errors: &mut Vec<FieldError>) {
        if self.label.trim().is_empty() {
            errors.push(FieldError::at(format!("{at}/label"), "Ask something."));
        }
        self.kind.add_errors(&format!("{at}/kind"), errors);
        if let Some(condition) = &self.show_if {
            condition.add_errors(&format!("{at}/show_if"), earlier, errors);
        }
    }
}

impl QuestionKind {
    fn add_errors(&self, at: &str, errors: &mut Vec<FieldError>) {
        let mut wrong = |field: &str, detail: &str| {
            errors.push(FieldError::at(format!("{at}/{field}"), detail));
        };
        match self {
            Self::ShortText { max_words } | Self::LongText { max_words } => {
                if !(1..=MOST_WORDS).contains(max_words) {
                    wrong("max_words", "Between 1 and 5000 words.");
                }
            }
            Self::Number { min, max, decimals } => {
                if matches!((min, max), (Some(min), Some(max)) if min > max) {
                    wrong("max", "The highest is not below the lowest.");
                }
                if *decimals > 6 {
                    wrong("decimals", "At most 6 decimals.");
                }
            }
            Self::Choice { options } => option_errors(options, at, errors),
            Self::Choices { options, at_most } => {
                if at_most.is_some_and(|most| most == 0) {
                    wrong("at_most", "At least one may be chosen.");
                }
                option_errors(options, at, errors);
            }
            Self::File { at_most } => {
                if !(1..=20).contains(at_most) {
                    wrong("at_most", "Between 1 and 20 files.");
                }
            }
            Self::Table { columns, max_rows } => {
                if !(1..=200).contains(max_rows) {
                    wrong("max_rows", "Between 1 and 200 rows.");
                }
                column_errors(columns, at, errors);
            }
            Self::Money {} | Self::Date {} | Self::Link {} => {}
        }
    }
}

impl Condition {
    fn add_errors(&self, at: &str, earlier: &[&Question], errors: &mut Vec<FieldError>) {
        let Some(asked) = earlier.iter().find(|q| q.key == self.question) else {
            errors.push(FieldError::at(
                format!("{at}/question"),
                "Name a question that is asked earlier.",
            ));
            return;
        };
        let wanted = self.wanted();
        if self.equals.is_some() == self.one_of.is_some() || wanted.is_empty() {
            errors.push(FieldError::at(at, "Give either equals or one_of."));
        }
        let options = match &asked.kind {
            QuestionKind::Choice { options } | QuestionKind::Choices { options, .. } => options,
            QuestionKind::Number { .. } | QuestionKind::ShortText { .. } => return,
            _ => {
                errors.push(FieldError::at(
                    format!("{at}/question"),
                    "A condition looks at a choice, a number or a short text.",
                ));
                return;
            }
        };
        let known = |value: &Value| options.iter().any(|option| *value == *option.key);
        if !wanted.into_iter().all(known) {
            errors.push(FieldError::at(
                at,
                "The question that this looks at has no such option.",
            ));
        }
    }
}

fn key_errors(key: &str, at: &str, fresh: bool, errors: &mut Vec<FieldError>) {
    let at = format!("{at}/key");
    if !is_key(key) {
        errors.push(FieldError::at(at, KEY_RULE));
    } else if !fresh {
        errors.push(FieldError::at(at, "This key is used already."));
    }
}

fn option_errors(options: &[Choice], at: &str, errors: &mut Vec<FieldError>) {
    if !(1..=200).contains(&options.len()) {
        errors.push(FieldError::at(
            format!("{at}/options"),
            "Between 1 and 200 options.",
        ));
    }
    let mut seen = HashSet::new();
    for (number, option) in options.iter().enumerate() {
        let at = format!("{at}/options/{number}");
        key_errors(&option.key, &at, seen.insert(&option.key), errors);
        if option.label.trim().is_empty() {
            errors.push(FieldError::at(format!("{at}/label"), "Give a label."));
        }
        errors.extend(plain::objection(format!("{at}/label"), &option.label));
    }
}

fn column_errors(columns: &[Column], at: &str, errors: &mut Vec<FieldError>) {
    if !(1..=12).contains(&columns.len()) {
        errors.push(FieldError::at(
            format!("{at}/columns"),
            "Between 1 and 12 columns.",
        ));
    }
    let mut seen = HashSet::new();
    for (number, column) in columns.iter().enumerate() {
        let at = format!("{at}/columns/{number}");
        key_errors(&column.key, &at, seen.insert(&column.key), errors);
        if column.label.trim().is_empty() {
            errors.push(FieldError::at(format!("{at}/label"), "Give a label."));
        }
        errors.extend(plain::objection(format!("{at}/label"), &column.label));
        if let ColumnKind::Text { max_words } = column.kind
            && !(1..=MOST_WORDS).contains(&max_words)
        {
            errors.push(FieldError::at(
                format!("{at}/kind/max_words"),
                "Between 1 and 5000 words.",
            ));
        }
    }
}
