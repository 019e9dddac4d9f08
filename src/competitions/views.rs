//! What is served of competitions and stages, by what the reader may see.

use serde::Serialize;
use utoipa::ToSchema;

use super::access::Rights;
use super::model::{
    Audience, BudgetLine, Competition, EligibilityRule, Form, Instrument, OrderBy, Phase, Rubric,
    Sector, Stage, StageAct, StageKind, TieRule,
};
use crate::platform::clock::Instant;
use crate::platform::ids::{BudgetLineId, CompetitionId, StageId};
use crate::platform::money::Money;

/// One edition of a programme.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CompetitionView {
    /// Its identity.
    pub id: CompetitionId,
    /// The programme.
    #[schema(example = "Working Cities Challenge")]
    pub programme: String,
    /// The edition.
    #[schema(example = "Massachusetts, round 1")]
    pub edition: String,
    /// What the call is about.
    pub summary: String,
    /// IANA name of the time zone that deadlines are shown in.
    #[schema(example = "America/New_York")]
    pub time_zone: String,
    /// Three letters, for every amount.
    #[schema(example = "USD")]
    pub currency: String,
    /// The language of its letters, two letters.
    #[schema(example = "en")]
    pub language: String,
    /// Sectors without which a coalition's table is not complete.
    pub required_sectors: Vec<Sector>,
    /// Which places may apply.
    pub eligibility: Vec<EligibilityRule>,
    /// Match in percent of the grant that is asked.
    pub match_required_percent: i32,
    /// The earlier edition it continues.
    pub continues: Option<CompetitionId>,
    /// Whether the names of jurors are published.
    pub roster_public: bool,
    /// The last moment at which questions to the office are taken; null: as long as a stage is open
    /// or to come.
    pub questions_until: Option<Instant>,
    /// Since when the call is visible to everyone.
    pub published_at: Option<Instant>,
    /// When it was set up.
    pub created_at: Instant,
}

impl CompetitionView {
    /// The view; `continues` only where the reader may see the earlier edition.
    pub fn of(competition: Competition, continues: Option<CompetitionId>) -> Self {
        Self {
            id: competition.id,
            programme: competition.programme,
            edition: competition.edition,
            summary: competition.summary,
            time_zone: competition.time_zone,
            currency: competition.currency,
            language: competition.language,
            required_sectors: competition.required_sectors,
            eligibility: competition.eligibility,
            match_required_percent: competition.match_required_percent,
            continues,
            roster_public: competition.roster_public,
            questions_until: competition.questions_until,
            published_at: competition.published_at,
            created_at: competition.created_at,
        }
    }
}

/// One step of a competition.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "settings, as in the model")]
pub struct StageView {
    /// Its identity.
    pub id: StageId,
    /// The competition it belongs to.
    pub competition_id: CompetitionId,
    /// Its place in the order, from 1.
    pub position: i32,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: StageKind,
    /// Where it stands, as far as the reader may know.
    pub phase: Phase,
    /// What is asked; for the public from the day that its times are published.
    pub form: Option<Form>,
    /// What is judged by; likewise.
    pub rubric: Option<Rubric>,
    /// When proposals can be written.
    pub opens_at: Option<Instant>,
    /// The last moment to submit on time.
    pub deadline: Option<Instant>,
    /// The last moment at which a submission is taken, grace included.
    pub closes_at: Option<Instant>,
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
    /// Whether the panel has a discussion.
    pub discussion: bool,
    /// Whether the signatory must confirm a version before it can be submitted.
    pub signatory_confirmation: bool,
    /// Which value orders the results.
    pub order_by: OrderBy,
    /// What decides ties.
    pub tie_rule: TieRule,
    /// When texts last changed after the opening.
    pub texts_changed_at: Option<Instant>,
    /// What only officers, assistants, approvers and administrators read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub staff: Option<StageStaffView>,
}

/// What only officers, assistants, approvers and administrators read of a stage.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StageStaffView {
    /// When reviews should be in.
    pub review_deadline: Option<Instant>,
    /// Whether decisions need an approved docket before they can be announced.
    pub docket_approval: bool,
    /// How many hours before a deadline reminders go out.
    pub reminder_hours: Vec<i32>,
    /// When coalitions are told, once an announcement is confirmed.
    pub told_at: Option<Instant>,
    /// When everyone may know, once an announcement is confirmed.
    pub public_at: Option<Instant>,
    /// What was recorded, in order.
    pub acts: Vec<StageAct>,
}

impl StageView {
    /// The stage as this reader may see it at this moment; `told` where an announcement told a
    /// coalition of theirs.
    pub fn of(stage: Stage, rights: Rights, told: bool, now: Instant) -> Self {
        let staff = rights.read_staff_part;
        let audience = if staff {
            Audience::Staff
        } else if told {
            Audience::Coalitions
        } else {
            Audience::Public
        };
        let documents = staff || stage.phase(now) > Phase::Draft;
        Self {
            phase: stage.phase_for(now, audience),
            closes_at: stage.closes_at(),
            id: stage.id,
            competition_id: stage.competition_id,
            position: stage.position,
            name: stage.name,
            kind: stage.kind,
            form: stage.form.filter(|_| documents),
            rubric: stage.rubric.filter(|_| documents),
            opens_at: stage.opens_at,
            deadline: stage.deadline,
            grace_seconds: stage.grace_seconds,
            sealed: stage.sealed,
            has_screening: stage.has_screening,
            has_review: stage.has_review,
            reviews_per_submission: stage.reviews_per_submission,
            discussion: stage.discussion,
            signatory_confirmation: stage.signatory_confirmation,
            order_by: stage.order_by,
            tie_rule: stage.tie_rule,
            texts_changed_at: stage.texts_changed_at,
            staff: staff.then_some(StageStaffView {
                review_deadline: stage.review_deadline,
                docket_approval: stage.docket_approval,
                reminder_hours: stage.reminder_hours,
                told_at: stage.told_at,
                public_at: stage.public_at,
                acts: stage.acts,
            }),
        }
    }
}

/// An amount that a funder offers by one instrument.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BudgetLineView {
    /// Its identity.
    pub id: BudgetLineId,
    /// The competition it belongs to.
    pub competition_id: CompetitionId,
    /// Who gives.
    #[schema(example = "Massachusetts Competitive Partnership")]
    pub funder: String,
    /// By what instrument.
    pub instrument: Instrument,
    /// How much there is.
    pub amount: Money,
    /// What it may be used for; empty when it is free.
    pub restriction: String,
    /// Its place in the list, from 1.
    pub position: i32,
}

impl BudgetLineView {
    /// The view, in the competition's currency.
    pub fn of(line: BudgetLine, currency: &str) -> Self {
        Self {
            id: line.id,
            competition_id: line.competition_id,
            funder: line.funder,
            instrument: line.instrument,
            amount: Money::new(line.amount, currency),
            restriction: line.restriction,
            position: line.position,
        }
    }
}
