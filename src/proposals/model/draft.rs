//! A draft as a whole: what it would freeze to, and everything that it still lacks.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    Attachment, CapitalStack, LineStatus, Snapshot, SnapshotAnswer, SnapshotCoalition,
    SnapshotFile, SnapshotSection,
};
use crate::competitions::model::{Answers, FileCounts, Form, Question, QuestionKind, Sector};
use crate::platform::refusal::FieldError;

/// A proposal at a stage as it stands now.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The proposal's title.
    pub title: String,
    /// Whose it is.
    pub coalition: SnapshotCoalition,
    /// Of all sections, by question key.
    pub answers: Answers,
    /// In the order of uploading.
    pub attachments: Vec<Attachment>,
    /// The money.
    pub capital_stack: CapitalStack,
}

/// What a competition and its stage ask of a submission, apart from the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirements {
    /// The competition's currency.
    pub currency: String,
    /// The least match, in per cent of the grant asked; zero when none is asked for.
    pub match_percent: i32,
    /// Sectors that the table needs.
    pub sectors: Vec<Sector>,
    /// Sectors that somebody sits for.
    pub filled: BTreeSet<Sector>,
    /// Whether the signatory's confirmation of this version is asked for and lacking.
    pub confirmation_lacks: bool,
}

impl Draft {
    /// What a submission of this draft holds: the questions that are asked, in the form's order.
    pub fn freeze(&self, form: &Form) -> Snapshot {
        let shown = form.shown(&self.answers);
        let section = |section: &crate::competitions::model::Section| SnapshotSection {
            key: section.key.clone(),
            answers: section
                .questions
                .iter()
                .filter(|question| shown.contains(question.key.as_str()))
                .map(|question| self.frozen_answer(question))
                .collect(),
        };
        Snapshot {
            title: self.title.clone(),
            coalition: self.coalition.clone(),
            sections: form.sections.iter().map(section).collect(),
            capital_stack: self.capital_stack.clone(),
        }
    }

    fn frozen_answer(&self, question: &Question) -> SnapshotAnswer {
        SnapshotAnswer {
            question: question.key.clone(),
            visibility: question.visibility,
            value: self
                .answers
                .get(&question.key)
                .cloned()
                .unwrap_or(Value::Null),
            files: self
                .attachments
                .iter()
                .filter(|attachment| attachment.question == question.key)
                .map(frozen_file)
                .collect(),
        }
    }

    /// Everything that keeps this draft from being submitted, all at once.
    /// Pointers: `/title`, `/sections/SECTION/answers/QUESTION…`, `/capital_stack`,
    /// `/seats/SECTOR`, `/confirmation`.
    pub fn missing(&self, form: &Form, asked: &Requirements) -> Vec<FieldError> {
        let mut missing = Vec::new();
        if self.title.trim().is_empty() {
            missing.push(FieldError::at("/title", "Give the proposal a title."));
        }
        missing.extend(self.missing_answers(form, &asked.currency));
        missing.extend(self.missing_money(asked));
        for sector in asked.sectors.iter().filter(|s| !asked.filled.contains(s)) {
            missing.push(FieldError::at(
                format!("/seats/{sector}"),
                format!("Nobody sits at the table for {sector} yet."),
            ));
        }
        if asked.confirmation_lacks {
            missing.push(FieldError::at(
                "/confirmation",
                "The signatory has not confirmed this version.",
            ));
        }
        missing
    }

    /// Whether a question has an answer that is not null, or a file.
    pub fn has_answer(&self, question: &str) -> bool {
        self.answers
            .get(question)
            .is_some_and(|answer| match answer {
                Value::Null => false,
                Value::String(text) => !text.trim().is_empty(),
                Value::Array(items) => !items.is_empty(),
                _ => true,
            })
            || self
                .attachments
                .iter()
                .any(|file| file.question == question)
    }

    fn missing_answers(&self, form: &Form, currency: &str) -> Vec<FieldError> {
        let mut files = FileCounts::new();
        for attachment in &self.attachments {
            *files.entry(attachment.question.clone()).or_default() += 1;
        }
        let shown = form.shown(&self.answers);
        let mut asked = self.answers.clone();
        asked.retain(|key, _| shown.contains(key.as_str()));
        let mut found = form.missing(&self.answers, &files);
        found.extend(form.foreign_money(&asked, currency));
        for error in &mut found {
            error.pointer = in_its_section(form, &error.pointer);
        }
        found
    }

    fn missing_money(&self, asked: &Requirements) -> Vec<FieldError> {
        let mut missing: Vec<FieldError> = self
            .capital_stack
            .errors(&asked.currency)
            .into_iter()
            .map(|e| FieldError::at(format!("/capital_stack{}", e.pointer), e.detail))
            .collect();
        let figures = self.capital_stack.figures(LineStatus::ALL, &asked.currency);
        if asked.match_percent > 0 && !figures.match_reaches(asked.match_percent) {
            let percent = asked.match_percent;
            let detail = if figures.grant_asked.amount == 0 {
                format!("Enter the grant that you ask for, and a match of {percent} % of it.")
            } else {
                format!("The match is below {percent} % of the grant asked.")
            };
            missing.push(FieldError::at("/capital_stack", detail));
        }
        missing
    }
}

fn frozen_file(attachment: &Attachment) -> SnapshotFile {
    SnapshotFile {
        id: attachment.id,
        name: attachment.name.clone(),
        digest: attachment.digest.clone(),
        size: attachment.size,
        media_type: attachment.media_type.clone(),
    }
}

/// `/answers/QUESTION…` with the section that the question stands in.
fn in_its_section(form: &Form, pointer: &str) -> String {
    let key = pointer.split('/').nth(2).unwrap_or_default();
    match form.questions().find(|(_, question)| question.key == key) {
        Some((section, _)) => format!("/sections/{}{pointer}", section.key),
        None => pointer.to_owned(),
    }
}

/// The answers that a later form takes over from an earlier one: where key and kind are the same
/// and nobody reads the answer who could not read it before. What only differs in its wording or
/// its limit of words is the same question.
pub fn carried_answers(from: &Form, answers: &Answers, to: &Form) -> Answers {
    to.questions()
        .filter_map(|(_, question)| {
            let earlier = from.question(&question.key)?;
            let answer = answers.get(&question.key)?;
            fits(earlier, question).then(|| (question.key.clone(), answer.clone()))
        })
        .filter(|(key, answer)| {
            let alone = Answers::from([(key.clone(), answer.clone())]);
            to.unreadable(&alone).is_empty()
        })
        .collect()
}

/// Whether a later form asks for files at the same question as an earlier one, for no more
/// readers.
pub fn takes_files_of(from: &Form, to: &Form, question: &str) -> bool {
    let (Some(earlier), Some(later)) = (from.question(question), to.question(question)) else {
        return false;
    };
    matches!(later.kind, QuestionKind::File { .. }) && fits(earlier, later)
}

/// Whether an answer to one question can stand as an answer to the other. One that was given for
/// the office alone does not reach the panel by itself, nor one for the panel everybody.
fn fits(earlier: &Question, later: &Question) -> bool {
    std::mem::discriminant(&earlier.kind) == std::mem::discriminant(&later.kind)
        && later.visibility <= earlier.visibility
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::competitions::model::Instrument;
    use crate::platform::money::Money;
    use crate::proposals::model::{Line, LineOrigin};

    fn form(value: serde_json::Value) -> Form {
        serde_json::from_value(value).unwrap()
    }

    fn first_form() -> Form {
        form(json!({"sections": [
            {"key": "idea", "title": "Idea", "questions": [
                {"key": "problem", "label": "Which?", "required": true,
                 "kind": {"type": "long_text", "max_words": 5}},
                {"key": "joint", "label": "Joint?",
                 "kind": {"type": "choice", "options": [
                    {"key": "yes", "label": "Yes"}, {"key": "no", "label": "No"}]}},
                {"key": "partner", "label": "With whom?", "required": true,
                 "show_if": {"question": "joint", "equals": "yes"},
                 "kind": {"type": "short_text", "max_words": 5}}]},
            {"key": "proof", "title": "Proof", "questions": [
                {"key": "letter", "label": "Letter", "required": true,
                 "kind": {"type": "file", "at_most": 1}}]}
        ]}))
    }

    fn draft(answers: serde_json::Value) -> Draft {
        Draft {
            title: "One table".into(),
            coalition: SnapshotCoalition {
                name: "Lawrence".into(),
                lead_organisation: "A bank".into(),
                fiscal_agent: None,
                places: Vec::new(),
                seats: Vec::new(),
            },
            answers: serde_json::from_value(answers).unwrap(),
            attachments: Vec::new(),
            capital_stack: CapitalStack::default(),
        }
    }

    fn asked() -> Requirements {
        Requirements {
            currency: "USD".into(),
            match_percent: 0,
            sectors: Vec::new(),
            filled: BTreeSet::new(),
            confirmation_lacks: false,
        }
    }

    fn pointers(errors: &[FieldError]) -> Vec<&str> {
        errors.iter().map(|e| e.pointer.as_str()).collect()
    }

    #[test]
    fn everything_missing_is_listed_at_once() {
        let mut draft = draft(json!({"problem": "one two three four five six", "joint": "yes"}));
        draft.title = "  ".into();
        let asked = Requirements {
            match_percent: 10,
            sectors: vec![Sector::Residents, Sector::Finance],
            filled: BTreeSet::from([Sector::Finance]),
            confirmation_lacks: true,
            ..asked()
        };
        assert_eq!(
            pointers(&draft.missing(&first_form(), &asked)),
            [
                "/title",
                "/sections/idea/answers/problem",
                "/sections/idea/answers/partner",
                "/sections/proof/answers/letter",
                "/capital_stack",
                "/seats/residents",
                "/confirmation",
            ]
        );
    }

    #[test]
    fn a_question_that_is_not_asked_is_neither_missing_nor_frozen() {
        let draft = draft(json!({"problem": "Rents.", "joint": "no", "partner": "left over"}));
        let missing = draft.missing(&first_form(), &asked());
        assert_eq!(pointers(&missing), ["/sections/proof/answers/letter"]);
        let frozen = draft.freeze(&first_form());
        assert_eq!(frozen.answer("partner"), None);
        assert_eq!(frozen.answer("problem").unwrap().value, json!("Rents."));
        assert_eq!(frozen.answer("letter").unwrap().value, Value::Null);
    }

    #[test]
    fn a_match_is_measured_against_the_grant_asked() {
        let mut draft = draft(json!({}));
        let asked = Requirements {
            match_percent: 10,
            ..asked()
        };
        let line = |amount, origin| Line {
            source: "S".into(),
            sector: Some(Sector::Public),
            instrument: Some(Instrument::Grant),
            amount: Some(Money::new(amount, "USD")),
            status: Some(LineStatus::Idea),
            origin: Some(origin),
            ..Line::default()
        };
        for (other, enough) in [(9, false), (10, true)] {
            draft.capital_stack.lines =
                vec![line(100, LineOrigin::Asked), line(other, LineOrigin::Other)];
            assert_eq!(draft.missing_money(&asked).is_empty(), enough);
        }
    }

    #[test]
    fn answers_are_carried_where_key_and_kind_are_the_same() {
        let to = form(
            json!({"sections": [{"key": "all", "title": "All", "questions": [
                {"key": "problem", "label": "Reworded", "kind": {"type": "long_text", "max_words": 99}},
                {"key": "joint", "label": "Joint?", "kind": {"type": "choice", "options": [
                    {"key": "no", "label": "No"}]}},
                {"key": "partner", "label": "Partner", "kind": {"type": "link"}},
                {"key": "new", "label": "New", "kind": {"type": "date"}}
            ]}]}),
        );
        let answers = draft(json!({"problem": "Rents.", "joint": "yes", "partner": "P"})).answers;
        let carried = carried_answers(&first_form(), &answers, &to);
        assert_eq!(
            carried,
            Answers::from([("problem".into(), json!("Rents."))])
        );
    }

    #[test]
    fn nothing_is_carried_to_readers_who_could_not_read_it() {
        let asked = |text: &str, file: &str| {
            form(
                json!({"sections": [{"key": "all", "title": "All", "questions": [
                {"key": "salaries", "label": "Salaries", "visibility": text,
                 "kind": {"type": "short_text", "max_words": 9}},
                {"key": "books", "label": "Books", "visibility": file,
                 "kind": {"type": "file"}}]}]}),
            )
        };
        let answers = draft(json!({"salaries": "Low."})).answers;
        for (before, after, carried) in [
            ("staff", "staff", true),
            ("staff", "panel", false),
            ("panel", "public", false),
            ("public", "staff", true),
        ] {
            let (from, to) = (asked(before, before), asked(after, after));
            assert_eq!(!carried_answers(&from, &answers, &to).is_empty(), carried);
            assert_eq!(takes_files_of(&from, &to, "books"), carried);
        }
    }
}
