//! Every transition of a stage's phase, by clock and by act.

use super::builtin;
use super::stage::{
    Audience, OrderBy, Phase, Stage, StageAct,
    StageActKind::{
        self, DocketApproved, DocketVoided, ReviewsClosed, ReviewsReopened, ScreeningDone,
    },
    StageKind, TieRule,
};
use crate::platform::clock::Instant;
use crate::platform::ids::{CompetitionId, PersonId, StageId};

pub const OPENS: i64 = 1_000;
pub const DEADLINE: i64 = 2_000;
const GRACE: i32 = 300;
pub const LATER: i64 = 5_000;
const TOLD: i64 = 6_000;
const PUBLIC: i64 = 7_000;

pub fn at(seconds: i64) -> Instant {
    Instant::from_micros(0).plus_seconds(seconds)
}

pub fn stage() -> Stage {
    Stage {
        id: StageId(1),
        competition_id: CompetitionId(1),
        position: 1,
        name: "Full proposal".into(),
        kind: StageKind::FullProposal,
        form: Some(builtin::form("full_proposal").clone()),
        rubric: Some(builtin::four_questions().clone()),
        opens_at: Some(at(OPENS)),
        deadline: Some(at(DEADLINE)),
        grace_seconds: GRACE,
        sealed: true,
        has_screening: true,
        has_review: true,
        reviews_per_submission: 3,
        review_deadline: None,
        discussion: true,
        signatory_confirmation: false,
        docket_approval: true,
        reminder_hours: vec![72, 24],
        order_by: OrderBy::RawMean,
        tie_rule: TieRule::SharedRank,
        texts_changed_at: None,
        created_at: at(0),
        version: 1,
        published_at: Some(at(500)),
        acts: vec![],
        told_at: None,
        public_at: None,
    }
}

pub fn with_acts(acts: &[StageActKind]) -> Stage {
    let mut stage = stage();
    stage.acts = acts
        .iter()
        .map(|act| StageAct {
            act: *act,
            at: at(LATER),
            by: PersonId(1),
            reason: String::new(),
        })
        .collect();
    stage
}

#[test]
fn the_clock_moves_a_stage_to_screening() {
    for (seconds, phase) in [
        (500, Phase::Scheduled),
        (OPENS - 1, Phase::Scheduled),
        (OPENS, Phase::Open),
        (DEADLINE, Phase::Open),
        (DEADLINE + 1, Phase::Closed),
        (DEADLINE + 300, Phase::Closed),
        (DEADLINE + 301, Phase::Screening),
        (LATER, Phase::Screening),
    ] {
        assert_eq!(stage().phase(at(seconds)), phase, "at {seconds}");
    }
}

#[test]
fn what_is_not_set_keeps_a_stage_a_draft() {
    let unset: [fn(&mut Stage); 3] = [
        |s| s.published_at = None,
        |s| s.opens_at = None,
        |s| s.deadline = None,
    ];
    for forget in unset {
        let mut stage = stage();
        forget(&mut stage);
        for seconds in [0, OPENS, DEADLINE, LATER] {
            assert_eq!(stage.phase(at(seconds)), Phase::Draft);
        }
        assert!(stage.accepts_submissions_at(at(OPENS), "UTC").is_err());
    }
}

#[test]
fn acts_move_a_stage_on_and_back() {
    for (acts, phase) in [
        (vec![], Phase::Screening),
        (vec![ScreeningDone], Phase::Reviewing),
        (vec![ScreeningDone, ReviewsClosed], Phase::Deciding),
        (
            vec![ScreeningDone, ReviewsClosed, ReviewsReopened],
            Phase::Reviewing,
        ),
        (
            vec![ScreeningDone, ReviewsClosed, ReviewsReopened, ReviewsClosed],
            Phase::Deciding,
        ),
        (
            vec![ScreeningDone, ReviewsClosed, DocketApproved],
            Phase::Decided,
        ),
        (
            vec![ScreeningDone, ReviewsClosed, DocketApproved, DocketVoided],
            Phase::Deciding,
        ),
        (
            vec![
                ScreeningDone,
                ReviewsClosed,
                DocketApproved,
                ReviewsReopened,
                ReviewsClosed,
            ],
            Phase::Deciding,
        ),
    ] {
        assert_eq!(with_acts(&acts).phase(at(LATER)), phase, "{acts:?}");
    }
}

#[test]
fn acts_a_stage_lacks_are_skipped() {
    for (screening, review, phase) in [
        (true, true, Phase::Screening),
        (false, true, Phase::Reviewing),
        (true, false, Phase::Screening),
        (false, false, Phase::Deciding),
    ] {
        let mut stage = stage();
        stage.has_screening = screening;
        stage.has_review = review;
        assert_eq!(stage.phase(at(LATER)), phase);
        stage.form = None;
        stage.deadline = None;
        assert_eq!(stage.phase(at(OPENS)), phase, "without a form");
        assert_eq!(stage.phase(at(OPENS - 1)), Phase::Scheduled);
    }
}

#[test]
fn an_announcement_shows_to_nobody_before_its_time() {
    use Phase::{Decided, Deciding, Public, Told};
    let mut stage = with_acts(&[ScreeningDone, ReviewsClosed]);
    stage.told_at = Some(at(TOLD));
    stage.public_at = Some(at(PUBLIC));
    for (seconds, staff, coalitions, public) in [
        (TOLD - 1, Decided, Deciding, Deciding),
        (TOLD, Told, Told, Deciding),
        (PUBLIC - 1, Told, Told, Deciding),
        (PUBLIC, Public, Public, Public),
    ] {
        let now = at(seconds);
        assert_eq!(stage.phase_for(now, Audience::Staff), staff);
        assert_eq!(stage.phase_for(now, Audience::Coalitions), coalitions);
        assert_eq!(stage.phase_for(now, Audience::Public), public);
    }
}

#[test]
fn grace_means_exactly_that() {
    let micro = |instant: Instant, more: i64| Instant::from_micros(instant.micros() + more);
    let stage = stage();
    let end = at(DEADLINE + 300);
    for (arrived, taken) in [
        (micro(at(OPENS), -1), None),
        (at(OPENS), Some(false)),
        (at(DEADLINE), Some(false)),
        (micro(at(DEADLINE), 1), Some(true)),
        (end, Some(true)),
        (micro(end, 1), None),
    ] {
        assert_eq!(
            stage.accepts_submissions_at(arrived, "UTC").ok(),
            taken,
            "{arrived}"
        );
        let drafts = stage.accepts_drafts_at(arrived, "UTC").is_ok();
        assert_eq!(drafts, taken == Some(false), "drafts at {arrived}");
    }
    assert!(stage.is_sealed_at(end));
    assert!(!stage.is_sealed_at(micro(end, 1)));
}
