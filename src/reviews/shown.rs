//! What readers are shown: the same for pages and JSON, and the base of every `ETag`.

use serde::Serialize;
use utoipa::ToSchema;

use super::model::{
    Basis, Independent, Narratives, NoteId, Review, ReviewState, ReviewText, ReviewVersion, Score,
    Scores,
};
use super::results::SubmissionResult;
use crate::platform::clock::Instant;
use crate::platform::ids::{AssignmentId, CoalitionId, PersonId, ReviewId, SubmissionId};
use crate::platform::refusal::FieldError;

/// The review on an assignment, as its author and the officers see it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ReviewView {
    /// Its identity; null before the first save.
    pub id: Option<ReviewId>,
    /// The assignment.
    pub assignment_id: AssignmentId,
    /// The submission that the review is about.
    pub submission_id: SubmissionId,
    /// The correction that took its place since; null where there is none.
    pub corrected_by: Option<SubmissionId>,
    /// Whether it is in force.
    pub state: ReviewState,
    /// What the author works on: for the officers, what is in force.
    #[serde(flatten)]
    pub text: ReviewText,
    /// Whether the text above has changes that are not in force yet.
    pub revision_pending: bool,
    /// What is in force; null in a draft.
    pub in_force: Option<InForce>,
    /// What was in force when others' reviews first became visible to the author; null until then.
    pub independent: Option<Independent>,
    /// When it was first submitted.
    pub submitted_at: Option<Instant>,
    /// When it was saved last.
    pub updated_at: Option<Instant>,
    /// When an officer took it out of the results; null while it counts.
    pub excluded_at: Option<Instant>,
    /// Why.
    pub exclusion_reason: Option<String>,
    /// What is kept and can't be submitted as it is; for the author.
    pub warnings: Vec<FieldError>,
}

/// What counts of a submitted review.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct InForce {
    /// Scores, narratives and the confidential note.
    #[serde(flatten)]
    pub text: ReviewText,
    /// Weighted mean of the scores; null when no criterion applied.
    pub total: Option<f64>,
}

impl ReviewView {
    /// Before anything was saved.
    pub fn blank(assignment_id: AssignmentId, submission_id: SubmissionId) -> Self {
        Self {
            id: None,
            assignment_id,
            submission_id,
            corrected_by: None,
            state: ReviewState::Draft,
            text: ReviewText::default(),
            revision_pending: false,
            in_force: None,
            independent: None,
            submitted_at: None,
            updated_at: None,
            excluded_at: None,
            exclusion_reason: None,
            warnings: Vec::new(),
        }
    }

    /// As its author sees it.
    pub fn for_author(review: &Review, warnings: Vec<FieldError>) -> Self {
        Self {
            id: Some(review.id),
            assignment_id: review.assignment_id,
            submission_id: review.submission_id,
            corrected_by: None,
            state: review.state,
            text: review.working_text().clone(),
            revision_pending: review.revision.is_some(),
            in_force: review.is_submitted().then(|| InForce {
                text: review.text.clone(),
                total: review.total,
            }),
            independent: review.independent.clone(),
            submitted_at: review.submitted_at,
            updated_at: Some(review.updated_at),
            excluded_at: review.excluded.as_ref().map(|(at, _)| *at),
            exclusion_reason: review.excluded.as_ref().map(|(_, reason)| reason.clone()),
            warnings,
        }
    }

    /// With what is in force now of the proposal.
    #[must_use]
    pub fn beside(mut self, in_force: Option<SubmissionId>) -> Self {
        self.corrected_by = in_force.filter(|id| *id != self.submission_id);
        self
    }

    /// As officers see it: nothing that is not in force.
    pub fn for_office(review: &Review) -> Self {
        Self {
            text: review.text.clone(),
            revision_pending: false,
            updated_at: None,
            ..Self::for_author(review, Vec::new())
        }
    }
}

/// What a review said from one moment on.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct VersionView {
    /// When it was put in force.
    pub at: Instant,
    /// Scores, narratives and the confidential note.
    #[serde(flatten)]
    pub text: ReviewText,
    /// Weighted mean of the scores; null when no criterion applied.
    pub total: Option<f64>,
    /// Whether the author had been able to read others' reviews by then.
    pub after_seeing_others: bool,
}

impl From<ReviewVersion> for VersionView {
    fn from(version: ReviewVersion) -> Self {
        Self {
            at: version.at,
            text: version.text,
            total: version.total,
            after_seeing_others: version.after_seeing_others,
        }
    }
}

/// Who wrote something, as far as the reader may know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuthorView {
    /// The name drawn for this submission.
    #[schema(example = "Reviewer K")]
    pub pseudonym: String,
    /// Whether it is the reader.
    pub own: bool,
    /// Who it really is; for officers and assistants only.
    pub person_id: Option<PersonId>,
    /// Their name; for officers and assistants only.
    pub name: Option<String>,
}

/// A submitted review among the others of its submission.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PeerReviewView {
    /// Who wrote it.
    pub reviewer: AuthorView,
    /// Scores in force, by criterion.
    #[schema(value_type = BTreeMap<String, Score>)]
    pub scores: Scores,
    /// Narratives in force, by criterion.
    pub narratives: Narratives,
    /// For the panel and the officers alone.
    pub confidential_note: String,
    /// Weighted mean of the scores; null when no criterion applied.
    pub total: Option<f64>,
    /// What only officers and assistants see of it.
    pub office: Option<OfficeView>,
}

/// What only officers and assistants see of a review.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct OfficeView {
    /// Its identity.
    pub review_id: ReviewId,
    /// The assignment, where its versions are found.
    pub assignment_id: AssignmentId,
    /// When it was first submitted.
    pub submitted_at: Option<Instant>,
    /// What was in force when others' reviews first became visible to its author.
    pub independent: Option<Independent>,
    /// Changes that its author put in force after that, oldest first.
    pub changed_after_seeing_others: Vec<Instant>,
}

/// A contribution to the discussion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct NoteView {
    /// Its identity.
    pub id: NoteId,
    /// Who wrote it.
    pub author: AuthorView,
    /// The words, plain text.
    pub body: String,
    /// When it was written.
    pub created_at: Instant,
}

/// One submission's results.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ResultView {
    /// The submission.
    pub submission_id: SubmissionId,
    /// Whose it is.
    pub coalition_id: CoalitionId,
    /// The coalition's name.
    pub coalition: String,
    /// The proposal's title.
    pub title: String,
    /// Which version of each review counts.
    pub scores: Basis,
    /// From 1, by the value and tie rule of the stage, among the submissions that the reader may
    /// see; null without a value.
    pub rank: Option<u32>,
    /// Whether another submission shares the rank.
    pub tied: bool,
    /// Mean of the reviews' totals: on the rubric's scale, or from 0 to 100 where the criteria's
    /// scales differ.
    pub mean: Option<f64>,
    /// Median of the reviews' totals.
    pub median: Option<f64>,
    /// Standard deviation of the reviews' totals (n − 1).
    pub deviation: Option<f64>,
    /// The lowest total.
    pub lowest: Option<f64>,
    /// The highest total.
    pub highest: Option<f64>,
    /// How many reviews were submitted.
    pub reviews: usize,
    /// How many the stage asks for.
    pub reviews_wanted: i32,
    /// By criterion, in the rubric's order.
    pub criteria: Vec<CriterionView>,
}

/// What the reviews say about one criterion.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CriterionView {
    /// The criterion's key.
    pub criterion: String,
    /// Mean of the scores, on the criterion's own scale.
    pub mean: Option<f64>,
    /// How many reviews scored it.
    pub scored: usize,
}

impl CriterionView {
    /// Of every criterion of a result.
    pub fn all(result: &SubmissionResult) -> Vec<Self> {
        result
            .criteria
            .iter()
            .map(|criterion| Self {
                criterion: criterion.criterion.clone(),
                mean: criterion.mean,
                scored: criterion.scored,
            })
            .collect()
    }
}

/// How far the reviews of a stage have come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProgressView {
    /// By reviewer, in order of name.
    pub reviewers: Vec<ReviewerProgress>,
    /// By submission, in order of title: one page of them.
    pub submissions: Vec<SubmissionProgress>,
    /// The cursor of the next page of submissions; null on the last.
    pub next: Option<String>,
}

/// How far one reviewer has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReviewerProgress {
    /// The reviewer.
    pub person_id: PersonId,
    /// Their name.
    pub name: String,
    /// Assignments that stand.
    pub assigned: usize,
    /// Those that they said yes to.
    pub accepted: usize,
    /// Those with a review begun, and not submitted.
    pub drafted: usize,
    /// Those with a submitted review.
    pub submitted: usize,
}

/// How far one submission has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SubmissionProgress {
    /// The submission.
    pub submission_id: SubmissionId,
    /// The coalition's name.
    pub coalition: String,
    /// The proposal's title.
    pub title: String,
    /// How many reviews the stage asks for.
    pub wanted: i32,
    /// How many reviewers are asked or have said yes.
    pub assigned: usize,
    /// How many reviews count.
    pub submitted: usize,
}
