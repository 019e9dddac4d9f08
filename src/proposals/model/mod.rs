//! Proposals as plain values: no SQL, no HTTP.

mod capital;
mod draft;
mod figures;
mod returns;
mod snapshot;
mod turned_away;
mod windows;

pub use capital::{CapitalStack, LINES_AT_MOST, Line, LineOrigin, LineStatus};
pub use draft::{Draft, Requirements, carried_answers, takes_files_of};
pub use figures::{Figures, Ratio};
pub use returns::SubmissionReturn;
pub use snapshot::{
    Snapshot, SnapshotAnswer, SnapshotCoalition, SnapshotFile, SnapshotSeat, SnapshotSection,
};

pub use crate::competitions::model::Answers;
pub use turned_away::{TurnedAway, may_be_sent_again, was_in_time};
pub use windows::{AnswerWindow, answer_window, own_window};

use serde::Serialize;
use utoipa::ToSchema;

use crate::platform::clock::Instant;
use crate::platform::ids::{
    AttachmentId, CoalitionId, CompetitionId, FileId, PersonId, ProposalId, StageId, SubmissionId,
};
use crate::text_enum;

/// The coalition's one proposal in its competition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its identity.
    pub id: ProposalId,
    /// The competition.
    pub competition_id: CompetitionId,
    /// Whose it is.
    pub coalition_id: CoalitionId,
    /// Its title, perhaps still empty.
    pub title: String,
    /// When it was begun.
    pub created_at: Instant,
}

/// The saved answers of one section of a draft.
#[derive(Clone, Debug, PartialEq)]
pub struct DraftSection {
    /// The section's key in the form of the stage.
    pub section: String,
    /// By question key; a question without an answer is absent.
    pub answers: Answers,
    /// Counts up at each save.
    pub version: i64,
    /// When it was saved last.
    pub saved_at: Instant,
    /// By whom.
    pub saved_by: PersonId,
}

/// A file that a draft shows at a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its identity.
    pub id: AttachmentId,
    /// The proposal.
    pub proposal_id: ProposalId,
    /// The stage whose form asks for it.
    pub stage_id: StageId,
    /// The question's key.
    pub question: String,
    /// The stored bytes.
    pub file_id: FileId,
    /// The name that the person gave it.
    pub name: String,
    /// Who uploaded it.
    pub uploaded_by: PersonId,
    /// When.
    pub uploaded_at: Instant,
    /// When it left the draft; submissions keep it.
    pub removed_at: Option<Instant>,
    /// The name of the bytes in the store.
    pub stored_as: String,
    /// SHA-256 of the bytes.
    pub digest: String,
    /// How many bytes.
    pub size: i64,
    /// What the bytes are, by their content.
    pub media_type: String,
}

text_enum! {
    /// What became of a submission.
    SubmissionState {
        /// The one that counts.
        InForce = "in_force",
        /// A newer one took its place.
        Replaced = "replaced",
        /// Its coalition took it back.
        Withdrawn = "withdrawn",
    }
}

/// An immutable snapshot of a proposal, handed in at a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Submission {
    /// Its identity.
    pub id: SubmissionId,
    /// The stage.
    pub stage_id: StageId,
    /// The competition.
    pub competition_id: CompetitionId,
    /// Whose it is.
    pub coalition_id: CoalitionId,
    /// The proposal that it froze.
    pub proposal_id: ProposalId,
    /// Number of the receipt, random.
    pub receipt_number: i64,
    /// The title at that moment.
    pub title: String,
    /// Everything else at that moment.
    pub snapshot: Snapshot,
    /// SHA-256 of the snapshot's canonical JSON.
    pub digest: String,
    /// Head of the audit chain at that moment.
    pub audit_head: String,
    /// When its request arrived.
    pub submitted_at: Instant,
    /// Who handed it in.
    pub submitted_by: PersonId,
    /// Whether it came after the deadline, within the grace.
    pub in_grace: bool,
    /// The submission of an earlier stage that a stage without a form carries on.
    pub carried_from: Option<SubmissionId>,
    /// What became of it.
    pub state: SubmissionState,
    /// When it was replaced or withdrawn.
    pub ended_at: Option<Instant>,
    /// By whom.
    pub ended_by: Option<PersonId>,
}

/// What lists show of a submission in force, without what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmissionSummary {
    /// Its identity.
    pub id: SubmissionId,
    /// The stage.
    pub stage_id: StageId,
    /// Whose it is.
    pub coalition_id: CoalitionId,
    /// Number of the receipt.
    pub receipt_number: i64,
    /// The title.
    pub title: String,
    /// The coalition's name when it was handed in.
    pub coalition: String,
    /// The coalition's name now.
    pub coalition_now: String,
    /// Names of the places that it speaks for.
    pub places: Vec<String>,
    /// When its request arrived.
    pub submitted_at: Instant,
    /// Whether it came after the deadline, within the grace.
    pub in_grace: bool,
    /// What screening found.
    pub verdict: Option<Verdict>,
    /// By which lists are sorted: the coalition's name in small letters, then the identity.
    pub sorts_as: (String, i64),
}

impl Submission {
    /// What the coalition keeps as proof.
    pub fn receipt(&self) -> Receipt {
        Receipt {
            number: self.receipt_number,
            submission_id: self.id,
            stage_id: self.stage_id,
            submitted_at: self.submitted_at,
            digest: self.digest.clone(),
            audit_head: self.audit_head.clone(),
            in_grace: self.in_grace,
            turned_away_at: None,
            remark: None,
        }
    }
}

/// Proof that a submission was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Receipt {
    /// Random, below 2^53.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub number: i64,
    /// The submission.
    pub submission_id: SubmissionId,
    /// The stage.
    pub stage_id: StageId,
    /// When the request that submitted arrived.
    pub submitted_at: Instant,
    /// SHA-256 of the snapshot as canonical JSON.
    pub digest: String,
    /// Head of the audit chain at that moment.
    pub audit_head: String,
    /// Whether it came after the deadline, within the grace.
    pub in_grace: bool,
    /// When the server had turned an earlier attempt away, where that is why this one still counts.
    pub turned_away_at: Option<Instant>,
    /// What the receipt says about it in words.
    #[schema(
        example = "Sent again after the server had turned an attempt away at Fri 24 April 2026, 16:59 EDT."
    )]
    pub remark: Option<String>,
}

impl Receipt {
    /// The same receipt, marked: it was sent again after the server had turned an attempt away.
    #[must_use]
    pub fn sent_again(self, turned_away: Instant, time_zone: &str) -> Self {
        let when = turned_away.in_zone(time_zone);
        Self {
            turned_away_at: Some(turned_away),
            remark: Some(format!(
                "Sent again after the server had turned an attempt away at {when}."
            )),
            ..self
        }
    }
}

text_enum! {
    /// What screening found.
    Verdict {
        /// It may be reviewed.
        Eligible = "eligible",
        /// It may not, for a reason.
        Ineligible = "ineligible",
    }
}

/// What an officer or assistant found about a submission after the close.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screening {
    /// The stage.
    pub stage_id: StageId,
    /// Whose submission.
    pub coalition_id: CoalitionId,
    /// What was found.
    pub verdict: Verdict,
    /// Why; told to the coalition when an officer says so.
    pub reason: String,
    /// Who found it.
    pub decided_by: PersonId,
    /// When.
    pub decided_at: Instant,
    /// The verdict that the coalition was told, if any.
    pub told_verdict: Option<Verdict>,
    /// When it was told.
    pub told_at: Option<Instant>,
    /// The reason that it was told.
    pub told_reason: Option<String>,
}

impl Screening {
    /// Whether the coalition is still to be told: that it is not eligible, that it is not for
    /// another reason than it was told, or that it is after all.
    pub fn is_untold(&self) -> bool {
        match (self.verdict, self.told_verdict) {
            (Verdict::Ineligible, Some(Verdict::Ineligible)) => {
                self.told_reason.as_deref() != Some(self.reason.as_str())
            }
            (Verdict::Ineligible, _) => true,
            (Verdict::Eligible, told) => told == Some(Verdict::Ineligible),
        }
    }
}
