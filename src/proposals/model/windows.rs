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

/// Where a moment lies in a stage for a coalition that may hand in until later than others.
pub fn own_window(stage: &Stage, waived_until: Option<Instant>, now: Instant) -> AnswerWindow {
    let window = answer_window(stage, now);
    let (Some(until), Some(deadline)) = (waived_until, stage.deadline) else {
        return window;
    };
    if matches!(window, AnswerWindow::NotYet | AnswerWindow::Open) {
        return window;
    }
    let until = until.max(deadline);
    if now <= until {
        AnswerWindow::Open
    } else if now <= until.plus_seconds(i64::from(stage.grace_seconds)) {
        AnswerWindow::Grace
    } else {
        AnswerWindow::Over
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::competitions::model::phase_table::{DEADLINE, OPENS, at, stage};

    #[test]
    fn more_time_is_more_time_and_nothing_else() {
        use AnswerWindow::{Grace, NotYet, Open, Over};
        let until = DEADLINE + 1000;
        for (now, others, own) in [
            (OPENS - 1, NotYet, NotYet),
            (OPENS, Open, Open),
            (DEADLINE, Open, Open),
            (DEADLINE + 1, Grace, Open),
            (DEADLINE + 301, Over, Open),
            (until, Over, Open),
            (until + 1, Over, Grace),
            (until + 300, Over, Grace),
            (until + 301, Over, Over),
        ] {
            assert_eq!(answer_window(&stage(), at(now)), others, "{now}");
            assert_eq!(own_window(&stage(), Some(at(until)), at(now)), own, "{now}");
            let alike = stage().with_more_time(Some(at(until)));
            assert_eq!(answer_window(&alike, at(now)), own, "{now}");
            // A waiver that ends before the deadline takes nothing away.
            let earlier = Some(at(DEADLINE - 5));
            assert_eq!(own_window(&stage(), earlier, at(now)), others, "{now}");
        }
    }
}
