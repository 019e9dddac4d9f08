//! Answers to a form as a whole: what can be kept, what is still missing, and what is asked or
//! shown at all.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::answer_kinds::{Fault, Found, is_blank};
use super::form::{Condition, Form, Question, QuestionKind, Visibility};
use crate::platform::refusal::FieldError;

/// Answers by question key.
pub type Answers = BTreeMap<String, Value>;

/// How many files are attached, by question key.
pub type FileCounts = BTreeMap<String, usize>;

impl Form {
    /// Everything wrong with the answers that are given: of another type than asked, wrongly
    /// written, or beyond a limit. Blank answers are fine. Pointers are `/answers/KEY` and below.
    pub fn check(&self, answers: &Answers) -> Vec<FieldError> {
        self.faults(answers).map(|(_, error)| error).collect()
    }

    /// The part of [`Form::check`] that not even a draft keeps: unknown questions and options,
    /// values of another shape, and what is of absurd length. Whatever a person may have typed
    /// so far (half a date, an address without its https, a number in words) is saved, and
    /// reported.
    pub fn unreadable(&self, answers: &Answers) -> Vec<FieldError> {
        self.faults(answers)
            .filter(|(fault, _)| *fault == Fault::Unreadable)
            .map(|(_, error)| error)
            .collect()
    }

    /// Everything that keeps the answers from being submitted: required questions that are
    /// shown but blank, and what [`Form::check`] finds in the questions that are shown.
    pub fn missing(&self, answers: &Answers, files: &FileCounts) -> Vec<FieldError> {
        let shown = self.shown(answers);
        let mut errors = Vec::new();
        for (_, question) in self.questions() {
            if !shown.contains(question.key.as_str()) {
                continue;
            }
            let at = format!("/answers/{}", question.key);
            if question.required && !question.is_answered(answers, files) {
                errors.push(FieldError::at(&at, format!("Answer “{}”.", question.label)));
            }
            if let Some(detail) = question.too_many_files(files) {
                errors.push(FieldError::at(&at, detail));
            }
            if let Some(answer) = answers.get(&question.key) {
                let mut found = Found::default();
                question.judge(answer, &at, &mut found);
                question.judge_rows(answer, &at, &mut found);
                errors.extend(found.0.into_iter().map(|(_, error)| error));
            }
        }
        errors
    }

    /// Amounts in another currency than the competition's, at any depth.
    pub fn foreign_money(&self, answers: &Answers, currency: &str) -> Vec<FieldError> {
        let mut errors = Vec::new();
        for (key, answer) in answers {
            add_foreign_money(answer, &format!("/answers/{key}"), currency, &mut errors);
        }
        errors
    }

    /// The keys of the questions that are asked, given these answers.
    pub fn shown(&self, answers: &Answers) -> BTreeSet<&str> {
        let mut shown = BTreeSet::new();
        for (_, question) in self.questions() {
            let holds = question.show_if.as_ref().is_none_or(|condition| {
                shown.contains(condition.question.as_str()) && condition.holds(answers)
            });
            if holds {
                shown.insert(question.key.as_str());
            }
        }
        shown
    }

    /// The answers that a reader of this level may see: of questions that are shown and whose
    /// visibility reaches the reader.
    pub fn visible_answers(&self, answers: &Answers, reader: Visibility) -> Answers {
        let shown = self.shown(answers);
        answers
            .iter()
            .filter(|(key, _)| shown.contains(key.as_str()))
            .filter(|(key, _)| {
                self.question(key)
                    .is_some_and(|question| reader.reads(question.visibility))
            })
            .map(|(key, answer)| (key.clone(), answer.clone()))
            .collect()
    }

    fn faults(&self, answers: &Answers) -> impl Iterator<Item = (Fault, FieldError)> + use<> {
        let mut found = Found::default();
        for (key, answer) in answers {
            let at = format!("/answers/{key}");
            match self.question(key) {
                Some(question) => question.judge(answer, &at, &mut found),
                None => found.unreadable(&at, "The form has no such question."),
            }
        }
        found.0.into_iter()
    }
}

impl Condition {
    /// Whether the answers make it hold.
    pub fn holds(&self, answers: &Answers) -> bool {
        let Some(answer) = answers.get(&self.question) else {
            return false;
        };
        self.wanted().into_iter().any(|wanted| match answer {
            Value::Array(chosen) => chosen.contains(wanted),
            Value::Number(number) => number.as_f64() == wanted.as_f64(),
            answer => answer == wanted,
        })
    }
}

impl Question {
    fn is_answered(&self, answers: &Answers, files: &FileCounts) -> bool {
        match self.kind {
            QuestionKind::File { .. } => files.get(&self.key).is_some_and(|count| *count > 0),
            _ => answers
                .get(&self.key)
                .is_some_and(|answer| !is_blank(answer)),
        }
    }

    fn too_many_files(&self, files: &FileCounts) -> Option<String> {
        let QuestionKind::File { at_most } = self.kind else {
            return None;
        };
        let count = files.get(&self.key).copied().unwrap_or(0);
        (count > at_most as usize).then(|| format!("At most {at_most} files; there are {count}."))
    }
}

fn add_foreign_money(answer: &Value, at: &str, currency: &str, errors: &mut Vec<FieldError>) {
    match answer {
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                add_foreign_money(item, &format!("{at}/{number}"), currency, errors);
            }
        }
        Value::Object(cells) => match cells.get("currency") {
            Some(Value::String(given)) if given != currency => errors.push(FieldError::at(
                format!("{at}/currency"),
                format!("Amounts of this competition are in {currency}."),
            )),
            _ => {
                for (key, cell) in cells {
                    add_foreign_money(cell, &format!("{at}/{key}"), currency, errors);
                }
            }
        },
        _ => {}
    }
}
