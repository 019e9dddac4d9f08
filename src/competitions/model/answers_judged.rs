//! Answers against forms: every kind of question, drafts and submissions.

use serde_json::{Value, json};

use super::answer_kinds::is_link;
use super::answers::{Answers, FileCounts};
use super::form::{Form, Visibility};

fn form() -> Form {
    serde_json::from_value(json!({"sections": [
        {"key": "one", "title": "One", "questions": [
            {"key": "name", "label": "Name", "required": true, "visibility": "public",
             "kind": {"type": "short_text", "max_words": 3}},
            {"key": "story", "label": "Story", "kind": {"type": "long_text", "max_words": 5}},
            {"key": "people", "label": "People",
             "kind": {"type": "number", "min": 1, "max": 10, "decimals": 1}},
            {"key": "ask", "label": "Ask", "kind": {"type": "money"}},
            {"key": "seed", "label": "Seed?", "required": true, "kind": {"type": "choice",
             "options": [{"key": "yes", "label": "Yes"}, {"key": "no", "label": "No"}]}},
            {"key": "seed_use", "label": "For what?", "required": true,
             "show_if": {"question": "seed", "equals": "yes"},
             "kind": {"type": "long_text", "max_words": 5}},
        ]},
        {"key": "two", "title": "Two", "questions": [
            {"key": "issues", "label": "Issues", "kind": {"type": "choices", "at_most": 1,
             "options": [{"key": "work", "label": "Work"}, {"key": "home", "label": "Homes"}]}},
            {"key": "since", "label": "Since", "kind": {"type": "date"}},
            {"key": "letter", "label": "Letter", "required": true, "visibility": "staff",
             "kind": {"type": "file", "at_most": 1}},
            {"key": "link", "label": "Link", "kind": {"type": "link"}},
            {"key": "steps", "label": "Steps", "kind": {"type": "table", "max_rows": 1,
             "columns": [
                {"key": "step", "label": "Step", "required": true,
                 "kind": {"type": "text", "max_words": 2}},
                {"key": "cost", "label": "Cost", "kind": {"type": "money"}}]}},
        ]},
    ]}))
    .unwrap()
}

fn answers(value: Value) -> Answers {
    serde_json::from_value(value).unwrap()
}

fn pointers(errors: Vec<crate::platform::refusal::FieldError>) -> Vec<String> {
    errors.into_iter().map(|error| error.pointer).collect()
}

#[test]
fn the_form_itself_is_sound() {
    assert_eq!(form().errors("/form"), []);
}

#[test]
fn each_kind_takes_its_own_and_nothing_else() {
    let usd = |amount: i64| json!({"amount": amount, "currency": "USD"});
    let form = form();
    for (key, answer, checked, readable) in [
        ("name", json!("One table"), 0, 0),
        ("name", json!("One two three four"), 1, 0),
        ("name", json!("One\ntwo"), 1, 0),
        ("name", json!(3), 1, 1),
        ("story", json!("x ".repeat(40_000)), 1, 1),
        ("people", json!(1.5), 0, 0),
        ("people", json!(10.0), 0, 0),
        ("people", json!(1.25), 1, 0),
        ("people", json!(11), 1, 0),
        ("people", json!("2"), 1, 0),
        ("people", json!(" "), 0, 0),
        ("people", json!(true), 1, 1),
        ("ask", usd(250_000), 0, 0),
        ("ask", usd(-1), 1, 0),
        ("ask", usd(i64::MAX), 1, 0),
        ("ask", json!("25k"), 1, 0),
        ("ask", json!({"amount": "25k", "currency": "USD"}), 1, 0),
        ("ask", json!({"amount": 2.5}), 1, 0),
        ("ask", json!({"sum": 2}), 1, 1),
        ("ask", json!(250_000), 1, 1),
        ("seed", json!("yes"), 0, 0),
        ("seed", json!(""), 0, 0),
        ("seed", json!("maybe"), 1, 1),
        ("issues", json!(["work"]), 0, 0),
        ("issues", json!(["work", "home"]), 1, 0),
        ("issues", json!(["work", "work"]), 2, 0),
        ("issues", json!(["weather"]), 1, 1),
        ("issues", json!("work"), 1, 1),
        ("since", json!("2026-04-24"), 0, 0),
        ("since", json!("2026-02-30"), 1, 0),
        ("since", json!("April 2026"), 1, 0),
        ("since", json!(2026), 1, 1),
        ("letter", json!("x"), 1, 1),
        ("link", json!("https://example.org/a?b#c"), 0, 0),
        ("link", json!("example.org"), 1, 0),
        ("link", json!("javascript:alert(1)"), 1, 0),
        ("link", json!(["https://example.org"]), 1, 1),
        ("steps", json!([{"step": "Meet", "cost": usd(1)}]), 0, 0),
        ("steps", json!([{"step": "one two three"}]), 1, 0),
        ("steps", json!([{}, {}]), 1, 0),
        ("steps", json!([{"who": "me"}]), 1, 1),
        ("nothing", json!("x"), 1, 1),
    ] {
        let answers = answers(json!({ key: answer }));
        assert_eq!(form.check(&answers).len(), checked, "{answers:?}");
        assert_eq!(form.unreadable(&answers).len(), readable, "{answers:?}");
    }
    for key in form.questions().map(|(_, q)| &q.key) {
        assert_eq!(form.check(&answers(json!({ key: null }))), [], "{key}");
    }
}

#[test]
fn a_submission_is_told_everything_that_is_missing_at_once() {
    let form = form();
    let none = FileCounts::new();
    let one_letter = FileCounts::from([("letter".to_owned(), 1)]);
    assert_eq!(
        pointers(form.missing(&answers(json!({"name": "  "})), &none)),
        ["/answers/name", "/answers/seed", "/answers/letter"]
    );
    assert_eq!(
        pointers(form.missing(
            &answers(json!({"name": "a b c d", "seed": "yes", "steps": [{"cost": null}]})),
            &one_letter
        )),
        [
            "/answers/name",
            "/answers/seed_use",
            "/answers/steps/0/step"
        ]
    );
    let two_letters = FileCounts::from([("letter".to_owned(), 2)]);
    assert_eq!(
        pointers(form.missing(&answers(json!({"name": "a", "seed": "no"})), &two_letters)),
        ["/answers/letter"]
    );
    // What is not asked does not stand in the way, however long it is.
    let hidden = answers(json!({"name": "a", "seed": "no", "seed_use": "1 2 3 4 5 6"}));
    assert_eq!(form.missing(&hidden, &one_letter), []);
    assert_eq!(form.check(&hidden).len(), 1);
}

#[test]
fn readers_see_what_reaches_their_level() {
    let form = form();
    let all = answers(json!({"name": "a", "seed": "no", "seed_use": "hidden", "story": "b"}));
    let keys = |reader| {
        let seen = form.visible_answers(&all, reader);
        seen.into_keys().collect::<Vec<String>>()
    };
    assert_eq!(keys(Visibility::Staff), ["name", "seed", "story"]);
    assert_eq!(keys(Visibility::Panel), ["name", "seed", "story"]);
    assert_eq!(keys(Visibility::Public), ["name"]);
}

#[test]
fn other_currencies_are_found_at_any_depth() {
    let given = answers(json!({
        "ask": {"amount": 1, "currency": "EUR"},
        "steps": [{"cost": {"amount": 1, "currency": "USD"}}, {"cost": {"amount": 1, "currency": "CHF"}}],
    }));
    assert_eq!(
        pointers(form().foreign_money(&given, "USD")),
        ["/answers/ask/currency", "/answers/steps/1/cost/currency"]
    );
}

#[test]
fn only_texts_of_a_form_may_change_once_open() {
    let old = form();
    let mut new = form();
    new.sections[0].title = "First".into();
    new.sections[0].questions[0].label = "What is it called?".into();
    assert_eq!(old.changes_of_meaning(&new, "/form"), []);
    new.sections[0].questions[1].required = true;
    new.sections[1].questions.pop();
    assert_eq!(
        pointers(old.changes_of_meaning(&new, "/form")),
        ["/form/sections/0/questions/1", "/form/sections/1"]
    );
}

#[test]
fn faults_of_a_form_are_named_all_at_once() {
    let broken: Form = serde_json::from_value(json!({"sections": [
        {"key": "A b", "title": "", "questions": [
            {"key": "x", "label": "", "kind": {"type": "long_text", "max_words": 0}},
            {"key": "x", "label": "X", "kind": {"type": "choice", "options": []},
             "show_if": {"question": "later", "equals": "yes"}},
        ]},
    ]}))
    .unwrap();
    assert_eq!(
        pointers(broken.errors("/form")),
        [
            "/form/sections/0/key",
            "/form/sections/0/title",
            "/form/sections/0/questions/0/label",
            "/form/sections/0/questions/0/kind/max_words",
            "/form/sections/0/questions/1/key",
            "/form/sections/0/questions/1/kind/options",
            "/form/sections/0/questions/1/show_if/question",
        ]
    );
}

#[test]
fn addresses_that_could_hide_something_are_refused() {
    for (text, good) in [
        ("https://example.org", true),
        ("http://example.org:8080/a b", false),
        ("https://", false),
        ("https://user@example.org", false),
        ("ftp://example.org", false),
        ("https://example.org/<script>", false),
    ] {
        assert_eq!(is_link(text), good, "{text}");
    }
}
