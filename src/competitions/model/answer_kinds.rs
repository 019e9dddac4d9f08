//! What each kind of question takes for an answer: of what shape, how written, how long.

use std::collections::BTreeSet;

use serde_json::Value;

use super::form::{Column, ColumnKind, Question, QuestionKind};
use crate::platform::counting::{characters, words};
use crate::platform::money::Money;
use crate::platform::refusal::FieldError;

/// Characters that one answer may have in all; far above any word limit, it only keeps drafts
/// storable.
const MOST_CHARACTERS: usize = 60_000;

/// What is wrong with one answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is of another shape than anything that could be typed here.
    Unreadable,
    /// A draft keeps it, a submission does not: half typed, wrongly written, or too long.
    Unsubmittable,
}

#[derive(Default)]
pub(super) struct Found(pub(super) Vec<(Fault, FieldError)>);

impl Found {
    pub(super) fn unreadable(&mut self, at: &str, detail: impl Into<String>) {
        self.0.push((Fault::Unreadable, FieldError::at(at, detail)));
    }

    fn unfit(&mut self, at: &str, detail: impl Into<String>) {
        self.0
            .push((Fault::Unsubmittable, FieldError::at(at, detail)));
    }
}

impl Question {
    /// What is wrong with an answer that is given, rows that lack a cell aside.
    pub(super) fn judge(&self, answer: &Value, at: &str, found: &mut Found) {
        if answer.is_null() {
            return;
        }
        match &self.kind {
            QuestionKind::ShortText { max_words } => {
                judge_text(answer, *max_words, at, found);
                if answer.as_str().is_some_and(|text| text.contains('\n')) {
                    found.unfit(at, "One line.");
                }
            }
            QuestionKind::LongText { max_words } => judge_text(answer, *max_words, at, found),
            QuestionKind::Number { min, max, decimals } => {
                judge_number(answer, *decimals, at, found);
                judge_range(answer, *min, *max, at, found);
            }
            QuestionKind::Money {} => judge_money(answer, at, found),
            QuestionKind::Choice { options } => {
                let known = |text: &str| options.iter().any(|option| option.key == text);
                match answer.as_str() {
                    Some("") => {}
                    Some(text) if known(text) => {}
                    _ => found.unreadable(at, "Choose one of the options."),
                }
            }
            QuestionKind::Choices { options, at_most } => {
                let keys: Vec<&str> = options.iter().map(|option| option.key.as_str()).collect();
                judge_choices(answer, &keys, *at_most, at, found);
            }
            QuestionKind::Date {} => judge_date(answer, at, found),
            QuestionKind::File { .. } => found.unreadable(at, "Attach files to this question."),
            QuestionKind::Link {} => judge_link(answer, at, found),
            QuestionKind::Table { columns, max_rows } => {
                judge_table(answer, columns, *max_rows, at, found);
            }
        }
    }

    /// Rows that lack a required cell: fine in a draft, not in a submission.
    pub(super) fn judge_rows(&self, answer: &Value, at: &str, found: &mut Found) {
        let (QuestionKind::Table { columns, .. }, Some(rows)) = (&self.kind, answer.as_array())
        else {
            return;
        };
        for (number, row) in rows.iter().enumerate() {
            for column in columns.iter().filter(|column| column.required) {
                if row.get(&column.key).is_none_or(is_blank) {
                    found.unfit(
                        &format!("{at}/{number}/{}", column.key),
                        format!("Fill in “{}”.", column.label),
                    );
                }
            }
        }
    }
}

/// Whether nothing was really answered.
pub(super) fn is_blank(answer: &Value) -> bool {
    match answer {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.iter().all(is_blank),
        Value::Object(cells) => cells.values().all(is_blank),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn judge_text(answer: &Value, max_words: u32, at: &str, found: &mut Found) {
    let Some(text) = answer.as_str() else {
        return found.unreadable(at, "Answer with text.");
    };
    if is_endless(text) {
        return found.unreadable(at, format!("At most {MOST_CHARACTERS} characters."));
    }
    let count = words(text);
    if count > max_words as usize {
        found.unfit(at, format!("{count} words; at most {max_words} are taken."));
    }
}

/// Whether a text is longer than any answer. One of few bytes can't be, so it is not counted.
fn is_endless(text: &str) -> bool {
    text.len() > MOST_CHARACTERS && characters(text) > MOST_CHARACTERS
}

/// What was typed where something else than plain text is asked for: kept as it is as long as it
/// is a text, and told what it should become; nothing is wrong with a blank one.
fn judge_typed(answer: &Value, wanted: &str, at: &str, found: &mut Found) {
    match answer.as_str() {
        Some(text) if text.trim().is_empty() => {}
        Some(text) if !is_endless(text) => found.unfit(at, wanted),
        _ => found.unreadable(at, wanted),
    }
}

fn judge_number(answer: &Value, decimals: u32, at: &str, found: &mut Found) {
    let Value::Number(number) = answer else {
        return judge_typed(answer, "Answer with a number.", at, found);
    };
    let written = number.to_string();
    let given = written.split_once('.').map_or(0, |(_, rest)| rest.len());
    let whole = number.as_f64().is_some_and(|value| value.fract() == 0.0);
    if !whole && (written.contains(['e', 'E']) || given > decimals as usize) {
        found.unfit(at, format!("At most {decimals} decimals."));
    }
}

fn judge_range(answer: &Value, min: Option<f64>, max: Option<f64>, at: &str, found: &mut Found) {
    let Some(number) = answer.as_f64() else {
        return;
    };
    if let Some(min) = min.filter(|min| number < *min) {
        found.unfit(at, format!("At least {min}."));
    }
    if let Some(max) = max.filter(|max| number > *max) {
        found.unfit(at, format!("At most {max}."));
    }
}

fn judge_money(answer: &Value, at: &str, found: &mut Found) {
    const WANTED: &str = "Answer with an amount in minor units and its currency: \
                          {\"amount\": 250000, \"currency\": \"USD\"}.";
    match serde_json::from_value::<Money>(answer.clone()) {
        _ if is_blank(answer) => {}
        Ok(money) if (0..=Money::MOST).contains(&money.amount) => {}
        Ok(money) if money.amount < 0 => found.unfit(at, "An amount is not negative."),
        Ok(_) => found.unfit(at, format!("At most {} minor units.", Money::MOST)),
        Err(_) if is_half_typed_money(answer) => found.unfit(at, WANTED),
        Err(_) => judge_typed(answer, WANTED, at, found),
    }
}

/// Whether this is an amount and a currency of which one lacks or is not yet what it should be.
fn is_half_typed_money(answer: &Value) -> bool {
    let typed = |part: &Value| match part {
        Value::Null | Value::Number(_) => true,
        Value::String(text) => text.len() <= 100,
        _ => false,
    };
    answer.as_object().is_some_and(|parts| {
        parts
            .iter()
            .all(|(key, part)| ["amount", "currency"].contains(&key.as_str()) && typed(part))
    })
}

fn judge_choices(answer: &Value, keys: &[&str], most: Option<u32>, at: &str, found: &mut Found) {
    let Some(chosen) = answer.as_array() else {
        return found.unreadable(at, "Answer with a list of options.");
    };
    let mut seen = BTreeSet::new();
    for (number, choice) in chosen.iter().enumerate() {
        match choice.as_str().filter(|text| keys.contains(text)) {
            None => found.unreadable(&format!("{at}/{number}"), "Choose from the options."),
            Some(key) if !seen.insert(key) => {
                found.unfit(&format!("{at}/{number}"), "Choose each option once.");
            }
            Some(_) => {}
        }
    }
    if let Some(most) = most.filter(|most| chosen.len() > *most as usize) {
        found.unfit(at, format!("Choose at most {most}."));
    }
}

fn judge_date(answer: &Value, at: &str, found: &mut Found) {
    let day = answer.as_str().map(str::parse::<jiff::civil::Date>);
    if !matches!(day, Some(Ok(day)) if answer.as_str() == Some(&day.to_string())) {
        let wanted = "Answer with a day, written like 2026-04-24.";
        judge_typed(answer, wanted, at, found);
    }
}

fn judge_link(answer: &Value, at: &str, found: &mut Found) {
    if !answer.as_str().is_some_and(is_link) {
        let wanted = "Answer with an address that starts with https://.";
        judge_typed(answer, wanted, at, found);
    }
}

/// Whether a text is an address on the web: http or https, a host, nothing that could hide.
pub fn is_link(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let Some(host) = rest.and_then(|rest| rest.split(['/', '?', '#']).next()) else {
        return false;
    };
    text.len() <= 2000
        && host.contains(|c: char| c.is_alphanumeric())
        && !host.contains('@')
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"'\\".contains(c))
}

fn judge_table(answer: &Value, columns: &[Column], rows: u32, at: &str, found: &mut Found) {
    let Some(given) = answer.as_array() else {
        return found.unreadable(at, "Answer with a list of rows.");
    };
    if given.len() > 1000 {
        return found.unreadable(at, format!("At most {rows} rows."));
    }
    if given.len() > rows as usize {
        found.unfit(
            at,
            format!("At most {rows} rows; there are {}.", given.len()),
        );
    }
    for (number, row) in given.iter().enumerate() {
        let at = format!("{at}/{number}");
        let Some(cells) = row.as_object() else {
            found.unreadable(&at, "A row holds its cells by column.");
            continue;
        };
        for (key, cell) in cells {
            let at = format!("{at}/{key}");
            match columns.iter().find(|column| column.key == *key) {
                Some(column) => judge_cell(cell, &column.kind, &at, found),
                None => found.unreadable(&at, "The table has no such column."),
            }
        }
    }
}

fn judge_cell(cell: &Value, kind: &ColumnKind, at: &str, found: &mut Found) {
    if cell.is_null() {
        return;
    }
    match kind {
        ColumnKind::Text { max_words } => judge_text(cell, *max_words, at, found),
        ColumnKind::Number { decimals } => judge_number(cell, *decimals, at, found),
        ColumnKind::Money {} => judge_money(cell, at, found),
        ColumnKind::Date {} => judge_date(cell, at, found),
    }
}
