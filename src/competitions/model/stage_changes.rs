//! Which change of a stage may be made in which phase.

use super::phase_table::{DEADLINE, LATER, OPENS, at, stage, with_acts};
use super::stage::{OrderBy, Stage, StageActKind, TieRule};

type Change = (&'static str, fn(&mut Stage));

const CHANGES: &[Change] = &[
    ("name", |s| s.name = "Proposals".into()),
    ("label", |s| {
        s.form.as_mut().unwrap().sections[0].title = "In short".into();
    }),
    ("reminders", |s| s.reminder_hours = vec![1]),
    ("deadline later", |s| s.deadline = Some(at(DEADLINE + 500))),
    ("deadline earlier", |s| {
        s.deadline = Some(at(DEADLINE - 500));
    }),
    ("opening", |s| s.opens_at = Some(at(OPENS + 100))),
    ("question", |s| {
        s.form.as_mut().unwrap().sections[0].questions[0].required = false;
    }),
    ("no form", |s| s.form = None),
    ("weight", |s| {
        s.rubric.as_mut().unwrap().criteria[0].weight = 1;
    }),
    ("grace", |s| s.grace_seconds = 600),
    ("seal", |s| s.sealed = false),
    ("reviews", |s| s.reviews_per_submission = 5),
    ("order", |s| s.order_by = OrderBy::RawMedian),
    ("ties", |s| s.tie_rule = TieRule::SmallerSpread),
    ("review deadline", |s| s.review_deadline = Some(at(9_000))),
];

#[track_caller]
fn allows(stage: &Stage, seconds: i64, allowed: &[&str]) {
    for (name, change) in CHANGES {
        let mut new = stage.clone();
        change(&mut new);
        let refused = stage.changes_refused(&new, at(seconds));
        assert_eq!(
            refused.is_empty(),
            allowed.contains(name),
            "{name}: {refused:?}"
        );
    }
}

#[test]
fn before_the_opening_everything_may_change() {
    let all: Vec<&str> = CHANGES.iter().map(|(name, _)| *name).collect();
    allows(&stage(), OPENS - 1, &all);
    let mut draft = stage();
    draft.published_at = None;
    allows(&draft, LATER, &all);
}

#[test]
fn afterwards_less_and_less() {
    let texts = ["name", "label", "reminders"];
    let with = |more: &[&'static str]| [&texts, more].concat();
    let reviews = ["reviews", "order", "ties", "review deadline"];
    let unread = with(&[&["deadline later"], &reviews[..]].concat());
    for moment in [OPENS, DEADLINE + 1, LATER] {
        allows(&stage(), moment, &unread);
        let opened = with_acts(&[StageActKind::SubmissionOpened]);
        allows(&opened, moment, &with(&reviews));
    }
    let reviewing = with_acts(&[StageActKind::ScreeningDone]);
    allows(&reviewing, LATER, &with(&["review deadline"]));
    let deciding = with_acts(&[StageActKind::ScreeningDone, StageActKind::ReviewsClosed]);
    allows(&deciding, LATER, &texts);
}

#[test]
fn faults_of_settings_are_named_all_at_once() {
    let mut wrong = stage();
    wrong.name = " ".into();
    wrong.form = None;
    wrong.rubric = None;
    wrong.deadline = Some(at(OPENS));
    wrong.grace_seconds = -1;
    wrong.reviews_per_submission = 0;
    wrong.review_deadline = Some(at(OPENS));
    wrong.reminder_hours = vec![24, 24, 0];
    let pointers: Vec<String> = wrong.errors().into_iter().map(|e| e.pointer).collect();
    assert_eq!(
        pointers,
        [
            "/name",
            "/form",
            "/rubric",
            "/grace_seconds",
            "/deadline",
            "/reviews_per_submission",
            "/reminder_hours/1",
            "/reminder_hours/2",
        ]
    );
    assert_eq!(stage().errors(), []);
}
