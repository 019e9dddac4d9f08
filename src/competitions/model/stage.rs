//! Stages: their settings, their recorded acts, and the phase that follows from both.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::form::Form;
use super::rubric::Rubric;
use crate::platform::clock::Instant;
use crate::platform::ids::{CompetitionId, PersonId, StageId};
use crate::platform::refusal::{Failure, Result, Rule};

crate::text_enum! {
    /// What a stage is, for people; its settings say how it works.
    StageKind {
        /// A short first word of interest.
        ExpressionOfInterest = "expression_of_interest",
        /// A funded time to build the coalition and the plan.
        Design = "design",
        /// The whole proposal.
        FullProposal = "full_proposal",
        /// A talk with the panel.
        Interview = "interview",
        /// The panel visits.
        SiteVisit = "site_visit",
    }
}

crate::text_enum! {
    /// Where a stage stands; later phases are greater.
    Phase {
        /// Not published, or without its times.
        Draft = "draft",
        /// Published; opens later.
        Scheduled = "scheduled",
        /// Proposals are written and submitted.
        Open = "open",
        /// The deadline has passed, the grace period still runs: only submitting is possible.
        Closed = "closed",
        /// Officers and assistants screen.
        Screening = "screening",
        /// The panel reviews.
        Reviewing = "reviewing",
        /// Officers decide.
        Deciding = "deciding",
        /// The docket is approved, or the announcement confirmed but not due.
        Decided = "decided",
        /// The coalitions have been told.
        Told = "told",
        /// Everyone knows.
        Public = "public",
    }
}

crate::text_enum! {
    /// What is recorded on a stage.
    StageActKind {
        /// Screening is done: reviews open.
        ScreeningDone = "screening_done",
        /// Reviews are closed.
        ReviewsClosed = "reviews_closed",
        /// Closed reviews are open again; voids an approved docket.
        ReviewsReopened = "reviews_reopened",
        /// The approver approved the docket of decisions.
        DocketApproved = "docket_approved",
        /// The approval no longer holds: it was sent back, or a decision changed.
        DocketVoided = "docket_voided",
        /// The deadline was moved to a later time, for all.
        DeadlineExtended = "deadline_extended",
        /// Somebody outside of its coalition read a submission for the first time: from then on the
        /// deadline stands.
        SubmissionOpened = "submission_opened",
    }
}

crate::text_enum! {
    /// Which value orders the results of a stage.
    OrderBy {
        /// The mean of the reviews' weighted totals.
        RawMean = "raw_mean",
        /// Their median.
        RawMedian = "raw_median",
    }
}

crate::text_enum! {
    /// What decides between submissions of the same value.
    TieRule {
        /// They share the rank.
        SharedRank = "shared_rank",
        /// The higher mean on the rubric's first criterion, then its second, and so on.
        CriteriaInOrder = "criteria_in_order",
        /// The smaller spread of totals.
        SmallerSpread = "smaller_spread",
    }
}

crate::text_enum! {
    /// For whom a phase is told: what is not announced to them must not show.
    Audience {
        /// Officers, assistants, approvers, the panel.
        Staff = "staff",
        /// Members of coalitions.
        Coalitions = "coalitions",
        /// Anyone.
        Public = "public",
    }
}

/// One recorded act, in the order of recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StageAct {
    /// What was done.
    pub act: StageActKind,
    /// When.
    pub at: Instant,
    /// By whom.
    pub by: PersonId,
    /// Why; empty where no reason is asked.
    pub reason: String,
}

/// What an open stage said until a text was changed.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct EarlierTexts {
    /// Its identity.
    pub id: i64,
    /// The stage's name until then.
    pub name: String,
    /// What was asked, with the wording of that time.
    pub form: Option<Form>,
    /// What was judged by, with the wording of that time.
    pub rubric: Option<Rubric>,
    /// When it was changed.
    pub replaced_at: Instant,
    /// By whom.
    pub replaced_by: PersonId,
}

/// One step of a competition.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent settings, each with its own meaning"
)]
pub struct Stage {
    /// Its identity.
    pub id: StageId,
    /// The competition it belongs to.
    pub competition_id: CompetitionId,
    /// Its place in the order, from 1.
    pub position: i32,
    /// Its name for people.
    pub name: String,
    /// What it is.
    pub kind: StageKind,
    /// What is asked; a stage without one carries the last submission on.
    pub form: Option<Form>,
    /// What is judged by; needed where there are reviews.
    pub rubric: Option<Rubric>,
    /// When proposals can be written (or, without a form, when the stage begins).
    pub opens_at: Option<Instant>,
    /// The last moment to submit.
    pub deadline: Option<Instant>,
    /// How long after the deadline a submission is still taken, and marked.
    pub grace_seconds: i32,
    /// Whether submissions stay unread by everyone until nothing more can arrive.
    pub sealed: bool,
    /// Whether officers screen.
    pub has_screening: bool,
    /// Whether a panel reviews.
    pub has_review: bool,
    /// How many reviews each submission should have.
    pub reviews_per_submission: i32,
    /// When reviews should be in.
    pub review_deadline: Option<Instant>,
    /// Whether the panel has a discussion.
    pub discussion: bool,
    /// Whether the signatory must confirm a version before it can be submitted.
    pub signatory_confirmation: bool,
    /// Whether decisions need an approved docket before they can be announced.
    pub docket_approval: bool,
    /// How many hours before a deadline reminders go out.
    pub reminder_hours: Vec<i32>,
    /// Which value orders the results.
    pub order_by: OrderBy,
    /// What decides ties.
    pub tie_rule: TieRule,
    /// When texts last changed after the opening.
    pub texts_changed_at: Option<Instant>,
    /// When it was set up.
    pub created_at: Instant,
    /// Counts changes.
    pub version: i64,
    /// When the competition was published.
    pub published_at: Option<Instant>,
    /// What was recorded, in order.
    pub acts: Vec<StageAct>,
    /// When coalitions are told, once an announcement is confirmed and not called back.
    pub told_at: Option<Instant>,
    /// When everyone may know, likewise.
    pub public_at: Option<Instant>,
}

impl Stage {
    /// Where the stage stands at a moment: from the clock and the recorded acts alone.
    pub fn phase(&self, now: Instant) -> Phase {
        let Some(opens_at) = self.scheduled_to_open() else {
            return Phase::Draft;
        };
        if now < opens_at {
            return Phase::Scheduled;
        }
        if let Some(deadline) = self.deadline.filter(|_| self.form.is_some()) {
            if now <= deadline {
                return Phase::Open;
            }
            if now <= self.grace_ends(deadline) {
                return Phase::Closed;
            }
        }
        self.phase_after_the_close(now)
    }

    fn phase_after_the_close(&self, now: Instant) -> Phase {
        if self.public_at.is_some_and(|at| at <= now) {
            return Phase::Public;
        }
        if self.told_at.is_some_and(|at| at <= now) {
            return Phase::Told;
        }
        if self.has_screening && !self.screening_is_done() {
            return Phase::Screening;
        }
        if self.has_review && !self.reviews_are_closed() {
            return Phase::Reviewing;
        }
        if self.told_at.is_some() || self.docket_is_approved() {
            return Phase::Decided;
        }
        Phase::Deciding
    }

    /// The phase as an audience may know it: what is decided but not yet announced to them looks
    /// like what is still being decided.
    pub fn phase_for(&self, now: Instant, audience: Audience) -> Phase {
        let phase = self.phase(now);
        match audience {
            Audience::Coalitions if phase == Phase::Decided => Phase::Deciding,
            Audience::Public if matches!(phase, Phase::Decided | Phase::Told) => Phase::Deciding,
            _ => phase,
        }
    }

    /// When it opens, if everything is set for that.
    pub(super) fn scheduled_to_open(&self) -> Option<Instant> {
        self.published_at?;
        if self.form.is_some() {
            self.deadline?;
        }
        self.opens_at
    }

    /// The same stage as it is for a coalition that has more time.
    #[must_use]
    pub fn with_more_time(mut self, until: Option<Instant>) -> Self {
        self.deadline = self.deadline.map(|deadline| match until {
            Some(until) => until.max(deadline),
            None => deadline,
        });
        self
    }

    /// The last moment at which a submission is taken, grace included; none while no deadline is
    /// set, or where nothing is submitted.
    pub fn submissions_end(&self) -> Option<Instant> {
        let deadline = self.deadline.filter(|_| self.form.is_some())?;
        Some(self.grace_ends(deadline))
    }

    pub(super) fn grace_ends(&self, deadline: Instant) -> Instant {
        deadline.plus_seconds(i64::from(self.grace_seconds))
    }

    /// The last moment at which a submission is taken, grace included.
    pub fn closes_at(&self) -> Option<Instant> {
        self.deadline.map(|deadline| self.grace_ends(deadline))
    }

    /// Whether it asks for something whose deadline has passed.
    pub fn is_over_at(&self, now: Instant) -> bool {
        self.form.is_some() && self.deadline.is_some_and(|deadline| deadline <= now)
    }

    /// Whether nobody may look into submissions yet: a seal lasts while something can arrive.
    pub fn is_sealed_at(&self, now: Instant) -> bool {
        self.sealed && self.can_still_take(now)
    }

    /// Whether something can arrive now or later.
    pub fn can_still_take(&self, now: Instant) -> bool {
        self.form.is_some() && self.closes_at().is_none_or(|end| now <= end)
    }

    /// Whether the stage has ever opened by then.
    pub fn has_opened(&self, now: Instant) -> bool {
        self.phase(now) >= Phase::Open
    }

    /// Whether somebody outside of its coalition has read a submission, before reviews opened.
    pub fn was_opened(&self) -> bool {
        self.acts
            .iter()
            .any(|act| act.act == StageActKind::SubmissionOpened)
    }

    pub(super) fn screening_is_done(&self) -> bool {
        self.acts
            .iter()
            .any(|act| act.act == StageActKind::ScreeningDone)
    }

    fn reviews_are_closed(&self) -> bool {
        self.acts
            .iter()
            .rev()
            .find_map(|act| match act.act {
                StageActKind::ReviewsClosed => Some(true),
                StageActKind::ReviewsReopened => Some(false),
                _ => None,
            })
            .unwrap_or(false)
    }

    /// Whether an approval of the docket holds: a later change or reopening voids it.
    pub fn docket_is_approved(&self) -> bool {
        self.acts
            .iter()
            .rev()
            .find_map(|act| match act.act {
                StageActKind::DocketApproved => Some(true),
                StageActKind::DocketVoided | StageActKind::ReviewsReopened => Some(false),
                _ => None,
            })
            .unwrap_or(false)
    }

    /// Refuses unless the stage is in one of the phases; says where it stands.
    ///
    /// # Errors
    /// When it is in another phase.
    pub fn require_phase(&self, now: Instant, allowed: &[Phase]) -> Result<()> {
        let phase = self.phase(now);
        if allowed.contains(&phase) {
            return Ok(());
        }
        let allowed: Vec<&str> = allowed.iter().map(|phase| phase.as_str()).collect();
        Err(Failure::rule(
            Rule::WrongPhase,
            format!(
                "The stage is in the phase “{phase}”; this needs “{}”.",
                allowed.join("” or “")
            ),
        ))
    }
}
