//! Panel members, conflicts and assignments as plain values.

use diesel::Queryable;

pub use crate::coalitions::doors::{ConflictKind, ConflictState};

use crate::platform::clock::Instant;
use crate::platform::ids::{
    AssignmentId, CoalitionId, CompetitionId, ConflictId, ExpertiseDocumentId, NamingId,
    PanelMemberId, PersonId, StageId,
};
use crate::text_enum;

text_enum! {
    /// Where a reviewer's part in a panel stands.
    PanelState {
        /// Asked, without an answer yet.
        Invited = "invited",
        /// On the panel.
        Accepted = "accepted",
        /// Said no.
        Declined = "declined",
        /// Was on the panel, until an officer ended it.
        Ended = "ended",
    }
}

text_enum! {
    /// Where one reviewer's assignment on one submission stands.
    AssignmentState {
        /// Given, without an answer yet.
        Invited = "invited",
        /// The reviewer will review, or has.
        Accepted = "accepted",
        /// The reviewer said no, with a reason.
        Declined = "declined",
        /// The reviewer stepped back after accepting, with a reason.
        Recused = "recused",
        /// An officer or a conflict ended it.
        Ended = "ended",
    }
}

text_enum! {
    /// Who brought a conflict up.
    ConflictSource {
        /// The reviewer's own declaration.
        Reviewer = "reviewer",
        /// An officer.
        Officer = "officer",
        /// The coalition named the person or their organisation.
        Coalition = "coalition",
        /// Found by comparing what is known of both.
        Rule = "rule",
    }
}

/// A reviewer's part in the panel of one stage.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct PanelMember {
    /// Identity.
    pub id: PanelMemberId,
    /// The stage whose submissions they review.
    pub stage_id: StageId,
    /// The stage's competition.
    pub competition_id: CompetitionId,
    /// Who they are.
    pub person_id: PersonId,
    /// Whether they said yes.
    pub state: PanelState,
    /// How many submissions they read at most.
    pub max_load: i32,
    /// Where they work, for conflicts.
    pub organisation: String,
    /// Where they live, for conflicts.
    pub home_city: String,
    /// The sectors they come from.
    #[diesel(deserialize_as = super::store::JsonList)]
    pub sectors: Vec<String>,
    /// Keys of the rubric's criteria that they are expert in.
    #[diesel(deserialize_as = super::store::JsonList)]
    pub expert_in: Vec<String>,
    /// Who invited them last.
    pub invited_by: PersonId,
    /// When.
    pub invited_at: Instant,
    /// When they said yes or no.
    pub answered_at: Option<Instant>,
    /// The reason given with the answer, or for the end.
    pub answer_reason: String,
    /// Counts changes.
    pub version: i64,
}

impl PanelMember {
    /// Whether they may be given submissions: asked or on the panel.
    pub const fn is_live(&self) -> bool {
        matches!(self.state, PanelState::Invited | PanelState::Accepted)
    }
}

/// What a reviewer knows about, in their own words or from their publications.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct ExpertiseDocument {
    /// Identity.
    pub id: ExpertiseDocumentId,
    /// Whose.
    pub panel_member_id: PanelMemberId,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// When it was added.
    pub created_at: Instant,
}

/// A declared or detected tie between a person and a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Conflict {
    /// Identity.
    pub id: ConflictId,
    /// The coalition's competition.
    pub competition_id: CompetitionId,
    /// The coalition whose proposal it is about.
    pub coalition_id: CoalitionId,
    /// The person tied to it.
    pub person_id: PersonId,
    /// What ties them.
    pub kind: ConflictKind,
    /// Who brought it up.
    pub source: ConflictSource,
    /// Whether it closes the door.
    pub state: ConflictState,
    /// From when to when, as the declarer wrote it.
    pub years: String,
    /// The note or the passage it was found in.
    pub evidence: String,
    /// Who declared it; nobody when found by rule.
    pub declared_by: Option<PersonId>,
    /// When it came up.
    pub created_at: Instant,
    /// The officer who decided on it.
    pub decided_by: Option<PersonId>,
    /// When.
    pub decided_at: Option<Instant>,
    /// Why it was decided so.
    pub reason: String,
}

impl Conflict {
    /// Whether it closes the doors between the two: declared by the person themselves, or
    /// decided by an officer.
    pub const fn is_in_force(&self) -> bool {
        matches!(self.state, ConflictState::Confirmed)
    }
}

/// A person or an organisation that a coalition does not want to be read by. It never learns
/// whether they are on a panel.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Naming {
    /// Identity.
    pub id: NamingId,
    /// The coalition that names.
    pub coalition_id: CoalitionId,
    /// The person's name; may be empty when an organisation is meant.
    pub name: String,
    /// The organisation; may be empty.
    pub organisation: String,
    /// Why.
    pub reason: String,
    /// Which member wrote it.
    pub named_by: PersonId,
    /// When.
    pub created_at: Instant,
    /// When it was taken back.
    pub removed_at: Option<Instant>,
}

/// One reviewer on one submission.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Assignment {
    /// Identity.
    pub id: AssignmentId,
    /// The stage.
    pub stage_id: StageId,
    /// The coalition whose submission is to be read.
    pub coalition_id: CoalitionId,
    /// The reviewer.
    pub person_id: PersonId,
    /// Where it stands.
    pub state: AssignmentState,
    /// When the review is due; the stage's review deadline otherwise.
    pub due_at: Option<Instant>,
    /// Who gave it.
    pub assigned_by: PersonId,
    /// When.
    pub assigned_at: Instant,
    /// When it was accepted, declined, given back or ended.
    pub answered_at: Option<Instant>,
    /// Why it was declined, given back or ended.
    pub reason: String,
    /// Whether it ended with a review in, which counts on.
    pub keeps_review: bool,
}

impl Assignment {
    /// Whether it counts: towards the load, and against a second one of the same pair.
    pub const fn is_live(&self) -> bool {
        matches!(
            self.state,
            AssignmentState::Invited | AssignmentState::Accepted
        )
    }

    /// Whether the reviewer may open the submission. One who has not said yes sees its title
    /// and places only, enough to know of a conflict.
    pub const fn opens_the_submission(&self) -> bool {
        matches!(self.state, AssignmentState::Accepted)
    }
}
