//! What is given of a stage when it is set up or changed.

use serde::Deserialize;
use utoipa::ToSchema;

use super::{Given, set};
use crate::competitions::model::{Form, OrderBy, Rubric, Stage, StageKind, TieRule, builtin};
use crate::platform::clock::Instant;
use crate::platform::db::Writes;
use crate::platform::ids::CompetitionId;

/// A stage to set up, or what changes of one; what is not given keeps its default or stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StageSettings {
    /// Its name for people; needed in a new stage.
    #[schema(example = "Full proposal")]
    name: Option<String>,
    /// What it is; needed in a new stage.
    pub(super) kind: Option<StageKind>,
    /// What is asked; null: nothing, the last submission is carried on. A new stage begins with
    /// the built-in form of its kind.
    #[serde(default)]
    #[schema(value_type = Option<Form>)]
    form: Given<Form>,
    /// What is judged by; null: nothing. A new stage begins with the four questions.
    #[serde(default)]
    #[schema(value_type = Option<Rubric>)]
    rubric: Given<Rubric>,
    /// When proposals can be written.
    #[serde(default)]
    #[schema(value_type = Option<Instant>)]
    opens_at: Given<Instant>,
    /// The last moment to submit on time. Once the stage is open it moves to a later time only,
    /// for all, with a reason.
    #[serde(default)]
    #[schema(value_type = Option<Instant>)]
    deadline: Given<Instant>,
    /// How long after the deadline a submission is still taken; 300 in a new stage.
    grace_seconds: Option<i32>,
    /// Whether submissions stay unread until nothing more can arrive; true in a new stage.
    sealed: Option<bool>,
    /// Whether officers screen; true in a new stage.
    has_screening: Option<bool>,
    /// Whether a panel reviews; true in a new stage.
    has_review: Option<bool>,
    /// How many reviews each submission should have; 3 in a new stage.
    reviews_per_submission: Option<i32>,
    /// When reviews should be in.
    #[serde(default)]
    #[schema(value_type = Option<Instant>)]
    review_deadline: Given<Instant>,
    /// Whether the panel has a discussion; true in a new stage.
    discussion: Option<bool>,
    /// Whether the signatory must confirm a version before it can be submitted.
    signatory_confirmation: Option<bool>,
    /// Whether decisions need an approved docket before they can be announced.
    docket_approval: Option<bool>,
    /// How many hours before a deadline reminders go out; 168 and 24 in a new stage.
    reminder_hours: Option<Vec<i32>>,
    /// Which value orders the results; the raw mean in a new stage. Fixed once reviews open.
    order_by: Option<OrderBy>,
    /// What decides ties; the shared rank in a new stage. Fixed once reviews open.
    tie_rule: Option<TieRule>,
    /// Why the deadline of an open stage moves.
    pub(super) reason: Option<String>,
}

impl StageSettings {
    pub(super) fn apply(self, stage: &mut Stage) {
        set(
            &mut stage.name,
            self.name.map(|name| name.trim().to_owned()),
        );
        set(&mut stage.kind, self.kind);
        self.form.put_into(&mut stage.form);
        self.rubric.put_into(&mut stage.rubric);
        self.opens_at.put_into(&mut stage.opens_at);
        self.deadline.put_into(&mut stage.deadline);
        set(&mut stage.grace_seconds, self.grace_seconds);
        set(&mut stage.sealed, self.sealed);
        set(&mut stage.has_screening, self.has_screening);
        set(&mut stage.has_review, self.has_review);
        set(
            &mut stage.reviews_per_submission,
            self.reviews_per_submission,
        );
        self.review_deadline.put_into(&mut stage.review_deadline);
        set(&mut stage.discussion, self.discussion);
        set(
            &mut stage.signatory_confirmation,
            self.signatory_confirmation,
        );
        set(&mut stage.docket_approval, self.docket_approval);
        set(&mut stage.reminder_hours, self.reminder_hours);
        set(&mut stage.order_by, self.order_by);
        set(&mut stage.tie_rule, self.tie_rule);
    }
}

/// A stage with the safe defaults: sealed, screened, reviewed, five minutes of grace.
pub(super) fn fresh(
    w: &Writes<'_>,
    competition: CompetitionId,
    position: i32,
    kind: StageKind,
) -> Stage {
    let form = match kind {
        StageKind::ExpressionOfInterest => Some(builtin::form("expression_of_interest").clone()),
        StageKind::Design | StageKind::FullProposal => Some(builtin::form("full_proposal").clone()),
        StageKind::Interview | StageKind::SiteVisit => None,
    };
    Stage {
        id: w.fresh_id(),
        competition_id: competition,
        position,
        name: String::new(),
        kind,
        form,
        rubric: Some(builtin::four_questions().clone()),
        opens_at: None,
        deadline: None,
        grace_seconds: 300,
        sealed: true,
        has_screening: true,
        has_review: true,
        reviews_per_submission: 3,
        review_deadline: None,
        discussion: true,
        signatory_confirmation: false,
        docket_approval: false,
        reminder_hours: vec![168, 24],
        order_by: OrderBy::RawMean,
        tie_rule: TieRule::SharedRank,
        texts_changed_at: None,
        created_at: w.now(),
        version: 1,
        published_at: None,
        acts: Vec::new(),
        told_at: None,
        public_at: None,
    }
}
