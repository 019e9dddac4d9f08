//! Where a moment lies in a stage, as far as handing in goes.

use crate::competitions::model::{Phase, Stage};
use crate::platform::clock::Instant;

/// Where a moment lies between a stage's opening and the end of its grace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AnswerWindow {
    /// Before the opening, or nothing is set yet.
    NotYet,
    /// From the opening to the deadline, both included: drafts change, submitting is free.
    Open,
    /// After the deadline, within the grace, its last microsecond included: submitting only.
    Grace,
    /// Nothing more can arrive; from its beginning, for a stage without a form.
    Over,
}

/// Where a moment lies in a stage.
pub fn answer_window(stage: &Stage, now: Instant) -> AnswerWindow {
    match stage.phase(now) {
        Phase::Draft | Phase::Scheduled => AnswerWindow::NotYet,
        Phase::Open => AnswerWindow::Open,
        Phase::Closed => AnswerWindow::Grace,
        _ => AnswerWindow::Over,
    }
}
