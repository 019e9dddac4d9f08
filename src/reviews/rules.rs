//! What a review must and must not contain, and what its author is called. Pure.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization as _;

use super::model::{ReviewText, Score};
use crate::competitions::model::{Criterion, Rubric};
use crate::platform::counting::characters;
use crate::platform::refusal::FieldError;

/// Characters that one narrative, the confidential note or a contribution to the discussion may
/// have, after Unicode normalisation.
pub const MOST_CHARACTERS: usize = 10_000;

/// The text as it is kept: composed characters (NFC), line breaks as `\n`, no other controls.
pub fn plain(text: &str) -> String {
    text.replace("\r\n", "\n")
        .replace('\r', "\n")
        .nfc()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}

/// The review as it is kept: every text plain, and no empty narratives.
pub fn tidied(text: ReviewText) -> ReviewText {
    ReviewText {
        scores: text.scores,
        narratives: text
            .narratives
            .into_iter()
            .map(|(criterion, words)| (criterion, plain(&words)))
            .filter(|(_, words)| !words.is_empty())
            .collect(),
        confidential_note: plain(&text.confidential_note),
    }
}

/// Criteria that are not in the rubric: nothing of them can be kept.
pub fn foreign(rubric: &Rubric, text: &ReviewText) -> Vec<FieldError> {
    let unknown = |part: &str, key: &String| {
        rubric.criterion(key).is_none().then(|| {
            let detail = "The stage's rubric has no such criterion.";
            FieldError::at(pointer(part, key), detail)
        })
    };
    let scores = text.scores.keys().filter_map(|key| unknown("scores", key));
    let narratives = text.narratives.keys();
    scores
        .chain(narratives.filter_map(|key| unknown("narratives", key)))
        .collect()
}

/// What is wrong with a draft: marks off their scale or between its steps, texts that are too
/// long. It is kept all the same, and nothing is required yet.
pub fn wrong_in_draft(rubric: &Rubric, text: &ReviewText) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (key, score) in &text.scores {
        let criterion = rubric.criterion(key);
        let wrong = criterion.and_then(|criterion| off_scale(criterion, *score));
        errors.extend(wrong.map(|detail| FieldError::at(pointer("scores", key), detail)));
    }
    for (key, words) in &text.narratives {
        let wrong = too_long(words);
        errors.extend(wrong.map(|detail| FieldError::at(pointer("narratives", key), detail)));
    }
    let note = too_long(&text.confidential_note);
    errors.extend(note.map(|detail| FieldError::at("/confidential_note", detail)));
    errors
}

/// What is lacking before a review can be submitted: all of it at once.
pub fn missing(rubric: &Rubric, text: &ReviewText) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for criterion in &rubric.criteria {
        let key = &criterion.key;
        if !text.scores.contains_key(key) {
            let detail = "Give points, or \"not_applicable\".";
            errors.push(FieldError::at(pointer("scores", key), detail));
        }
        let narrative = text.narratives.get(key).map_or("", |words| words.trim());
        if criterion.narrative_required && narrative.is_empty() {
            let detail = "Tell the coalition why.";
            errors.push(FieldError::at(pointer("narratives", key), detail));
        }
    }
    errors
}

/// Why a contribution to the discussion can't be taken, if so.
pub fn wrong_in_note(body: &str) -> Option<&'static str> {
    if body.trim().is_empty() {
        return Some("Write something first.");
    }
    (characters(body) > MOST_CHARACTERS).then_some("at most 10,000 characters")
}

fn off_scale(criterion: &Criterion, score: Score) -> Option<String> {
    let points = score.points()?;
    (!criterion.accepts(points)).then(|| criterion.scale_in_words())
}

fn too_long(words: &str) -> Option<String> {
    let count = characters(words);
    (count > MOST_CHARACTERS)
        .then(|| format!("at most {MOST_CHARACTERS} characters; these are {count}"))
}

fn pointer(part: &str, key: &str) -> String {
    format!("/{part}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// What a reviewer is called before the others on one submission: a letter that nobody there
/// has yet, drawn with `below` (a random number below its argument).
pub fn pseudonym(taken: &HashSet<String>, below: impl Fn(u64) -> u64) -> String {
    let mut free: Vec<String> = Vec::new();
    for round in 1.. {
        free.extend(names(round).filter(|name| !taken.contains(name)));
        if !free.is_empty() {
            break;
        }
    }
    let drawn = usize::try_from(below(free.len() as u64)).unwrap_or(0);
    free.swap_remove(drawn)
}

/// `Reviewer A` to `Reviewer Z`, then `Reviewer A2` and so on.
fn names(round: u32) -> impl Iterator<Item = String> {
    ('A'..='Z').map(move |letter| match round {
        1 => format!("Reviewer {letter}"),
        _ => format!("Reviewer {letter}{round}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::competitions::model::{Points, builtin};

    fn rubric() -> Rubric {
        builtin::four_questions().clone()
    }

    fn pointers(errors: Vec<FieldError>) -> Vec<String> {
        errors.into_iter().map(|error| error.pointer).collect()
    }

    #[test]
    fn an_empty_draft_is_fine_and_lacks_everything_at_once() {
        let (rubric, text) = (rubric(), ReviewText::default());
        assert!(wrong_in_draft(&rubric, &text).is_empty());
        let lacking = pointers(missing(&rubric, &text));
        assert_eq!(lacking.len(), 8);
        for criterion in &rubric.criteria {
            assert!(lacking.contains(&format!("/scores/{}", criterion.key)));
            assert!(lacking.contains(&format!("/narratives/{}", criterion.key)));
        }
    }

    #[test]
    fn a_narrative_is_lacking_only_where_the_rubric_asks_for_one() {
        let mut rubric = rubric();
        let key = rubric.criteria[0].key.clone();
        rubric.criteria.truncate(1);
        let text = ReviewText {
            scores: [(key.clone(), Score::NotApplicable)].into(),
            narratives: [(key, "  ".to_owned())].into(),
            ..ReviewText::default()
        };
        assert_eq!(missing(&rubric, &text).len(), 1);
        rubric.criteria[0].narrative_required = false;
        assert!(missing(&rubric, &text).is_empty());
    }

    #[test]
    fn a_draft_is_warned_of_marks_off_the_scale_and_takes_known_criteria_only() {
        let rubric = rubric();
        let key = rubric.criteria[0].key.clone();
        for (thousandths, ok) in [
            (0, true),
            (3700, true),
            (5000, true),
            (3750, false),
            (5100, false),
            (-100, false),
        ] {
            let text = ReviewText {
                scores: [(
                    key.clone(),
                    Score::Points(Points::from_thousandths(thousandths)),
                )]
                .into(),
                ..ReviewText::default()
            };
            assert_eq!(
                wrong_in_draft(&rubric, &text).is_empty(),
                ok,
                "{thousandths}"
            );
        }
        let long = ReviewText {
            confidential_note: "x".repeat(MOST_CHARACTERS + 1),
            ..ReviewText::default()
        };
        assert_eq!(
            pointers(wrong_in_draft(&rubric, &long)),
            ["/confidential_note"]
        );
        assert!(foreign(&rubric, &long).is_empty());
        let unknown = ReviewText {
            scores: [("a/b".to_owned(), Score::NotApplicable)].into(),
            narratives: [("c~d".to_owned(), String::new())].into(),
            ..ReviewText::default()
        };
        assert_eq!(
            pointers(foreign(&rubric, &unknown)),
            ["/scores/a~1b", "/narratives/c~0d"]
        );
    }

    #[test]
    fn texts_are_kept_plain() {
        assert_eq!(plain("a\r\nb\rc\u{7}e\u{301}"), "a\nb\nc\u{e9}");
        let text = ReviewText {
            narratives: [("a".into(), "\u{0}".into()), ("b".into(), "x".into())].into(),
            ..ReviewText::default()
        };
        assert_eq!(
            tidied(text).narratives.into_keys().collect::<Vec<_>>(),
            ["b"]
        );
    }

    #[test]
    fn pseudonyms_are_free_ones_however_many_are_taken() {
        let mut taken = HashSet::new();
        for _ in 0..60 {
            let name = pseudonym(&taken, |below| below - 1);
            assert!(taken.insert(name));
        }
        assert!(taken.contains("Reviewer A") && taken.contains("Reviewer Z2"));
    }

    #[test]
    fn a_note_says_something_and_ends() {
        for (body, ok) in [("", false), (" \n", false), ("Yes.", true), ("é", true)] {
            assert_eq!(wrong_in_note(body).is_none(), ok, "{body:?}");
        }
        assert!(wrong_in_note(&"é".repeat(MOST_CHARACTERS)).is_none());
        assert!(wrong_in_note(&"é".repeat(MOST_CHARACTERS + 1)).is_some());
    }
}
