//! What a coalition is made of, as plain values.

pub use crate::competitions::model::Sector;
use crate::competitions::model::{EligibilityVerdict, Facts};
use crate::platform::clock::Instant;
use crate::platform::ids::{
    ClaimId, CoalitionId, CompetitionId, HandoverId, InvitationId, JoinRequestId, MemberId,
    PersonId, PlaceId, SeatId, StageId, WaiverId,
};
use crate::text_enum;

/// How many seats a coalition's table has at most.
pub const SEATS_AT_MOST: i64 = 200;
/// How many places may apply together.
pub const PLACES_AT_MOST: usize = 20;
/// How many live coalitions one person may have founded in a competition.
pub const FOUNDED_AT_MOST: i64 = 5;
/// Characters that a name of a coalition, organisation, role or jurisdiction has at most.
pub const NAME_AT_MOST: usize = 200;
/// Characters that a reason or note has at most.
pub const NOTE_AT_MOST: usize = 2000;
/// How long the link in an invitation works.
pub const INVITATION_HOURS: i64 = 24 * 30;

text_enum! {
    /// What a member does in a coalition.
    MemberRole {
        /// Speaks for the coalition: gives parts, claims places, hands over, edits everything.
        Convenor = "convenor",
        /// Edits everything, sets the table, invites contributors.
        Editor = "editor",
        /// Answers the sections given to them, reads the rest.
        Contributor = "contributor",
        /// Confirms the version to be submitted, accepts or turns down the award.
        Signatory = "signatory",
    }
}

text_enum! {
    /// What became of a claim to speak for a place.
    ClaimState {
        /// Not yet looked at; blocks nobody.
        Claimed = "claimed",
        /// Holds the place.
        Confirmed = "confirmed",
        /// Refused by an officer, with a reason.
        Refused = "refused",
        /// Another coalition's claim to the place was confirmed.
        Lost = "lost",
        /// Taken back by an officer after it was confirmed, with a reason.
        Revoked = "revoked",
        /// Given up by the coalition's convenor.
        GivenUp = "given_up",
    }
}

text_enum! {
    /// Whether anyone sits there.
    SeatState {
        /// Nobody is asked yet.
        Empty = "empty",
        /// Somebody is asked and has not answered.
        Invited = "invited",
        /// Somebody accepted.
        Filled = "filled",
        /// Who was asked declined.
        Declined = "declined",
    }
}

text_enum! {
    /// What became of an invitation.
    InvitationState {
        /// Waits for an answer.
        Open = "open",
        /// Accepted; the person is a member.
        Accepted = "accepted",
        /// Accepted by an account with another address; waits for the inviter's confirmation.
        AcceptedElsewhere = "accepted_elsewhere",
        /// Declined by who was asked.
        Declined = "declined",
        /// Called back by the coalition.
        Revoked = "revoked",
    }
}

impl InvitationState {
    /// Whether somebody still has to answer.
    pub const fn waits(self) -> bool {
        matches!(self, Self::Open | Self::AcceptedElsewhere)
    }
}

text_enum! {
    /// What became of somebody's wish to join.
    JoinState {
        /// Waits for the convenor.
        Asked = "asked",
        /// Accepted; the person is a member.
        Accepted = "accepted",
        /// Declined by the convenor.
        Declined = "declined",
    }
}

text_enum! {
    /// What became of a convenor's offer to hand over.
    HandoverState {
        /// Waits for the other's answer.
        Offered = "offered",
        /// Accepted; the other is the convenor.
        Accepted = "accepted",
        /// Declined by the other.
        Declined = "declined",
        /// Called back by the convenor, or overtaken by another change.
        CalledBack = "called_back",
        /// Not an offer: an officer appointed the convenor.
        Appointed = "appointed",
    }
}

/// The cross-sector table of one or more places in one competition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coalition {
    /// Its identity.
    pub id: CoalitionId,
    /// The competition that it applies in.
    pub competition_id: CompetitionId,
    /// What it calls itself.
    pub name: String,
    /// The organisation that leads it.
    pub lead_organisation: String,
    /// The organisation that takes the money, where another.
    pub fiscal_agent: Option<String>,
    /// Who founded it.
    pub founded_by: PersonId,
    /// When it was founded.
    pub founded_at: Instant,
    /// When it lost its last place, or its convenor dissolved it.
    pub dissolved_at: Option<Instant>,
    /// Counts changes of its own names.
    pub version: i64,
}

impl Coalition {
    /// Whether it still speaks, or may yet speak, for a place.
    pub const fn is_live(&self) -> bool {
        self.dissolved_at.is_none()
    }
}

/// One person's live part in a coalition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its identity.
    pub id: MemberId,
    /// The coalition.
    pub coalition_id: CoalitionId,
    /// The person.
    pub person_id: PersonId,
    /// What they do.
    pub role: MemberRole,
    /// Keys of the form's sections that a contributor answers.
    pub sections: Vec<String>,
    /// Since when.
    pub joined_at: Instant,
}

impl Member {
    /// Whether this member answers a section of the form.
    pub fn answers_section(&self, section: &str) -> bool {
        match self.role {
            MemberRole::Convenor | MemberRole::Editor => true,
            MemberRole::Contributor => self.sections.iter().any(|key| key == section),
            MemberRole::Signatory => false,
        }
    }
}

/// A founder's claim to speak for a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// Its identity.
    pub id: ClaimId,
    /// The competition.
    pub competition_id: CompetitionId,
    /// The coalition that claims.
    pub coalition_id: CoalitionId,
    /// The place.
    pub place_id: PlaceId,
    /// Who claims.
    pub person_id: PersonId,
    /// The answers to the eligibility questions.
    pub answers: Facts,
    /// What the rules said, with reasons.
    pub verdict: EligibilityVerdict,
    /// What became of it.
    pub state: ClaimState,
    /// The officer who decided; nobody where the address of the founder did.
    pub decided_by: Option<PersonId>,
    /// When it was decided.
    pub decided_at: Option<Instant>,
    /// Why it was refused or revoked, or how it was confirmed.
    pub reason: String,
    /// When it was made.
    pub created_at: Instant,
}

impl Claim {
    /// Whether the coalition may still speak for the place.
    pub const fn is_live(&self) -> bool {
        matches!(self.state, ClaimState::Claimed | ClaimState::Confirmed)
    }
}

/// A place at the table: sector × role × jurisdiction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Its identity.
    pub id: SeatId,
    /// The table.
    pub coalition_id: CoalitionId,
    /// The sector that it stands for.
    pub sector: Sector,
    /// What its holder does: "superintendent", "tenant organiser".
    pub role: String,
    /// Where its holder decides: "city", "county", "school district".
    pub jurisdiction: String,
    /// Whether anyone sits there.
    pub state: SeatState,
    /// Who sits there; only a filled seat has one.
    pub person_id: Option<PersonId>,
    /// Who is meant to sit there, in the coalition's words.
    pub holder_name: String,
    /// Where they come from, in the coalition's words.
    pub organisation: String,
    /// Counts changes.
    pub version: i64,
    /// When it was set up.
    pub created_at: Instant,
}

/// Somebody asked by e-mail to join a coalition, or to take a seat at its table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Its identity.
    pub id: InvitationId,
    /// The coalition.
    pub coalition_id: CoalitionId,
    /// The address that it went to, in lower case.
    pub address: String,
    /// The role that accepting gives.
    pub role: MemberRole,
    /// The sections that a contributor would answer.
    pub sections: Vec<String>,
    /// The seat that accepting fills.
    pub seat_id: Option<SeatId>,
    /// What became of it.
    pub state: InvitationState,
    /// Who invites.
    pub invited_by: PersonId,
    /// When it was sent.
    pub created_at: Instant,
    /// When it was answered, confirmed or called back.
    pub answered_at: Option<Instant>,
    /// Who answered.
    pub answered_by: Option<PersonId>,
    /// Why an officer offers the convenor's part; empty where the coalition invites.
    pub reason: String,
}

/// Somebody's wish to join a coalition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinRequest {
    /// Its identity.
    pub id: JoinRequestId,
    /// The coalition.
    pub coalition_id: CoalitionId,
    /// Who asks.
    pub person_id: PersonId,
    /// Who they are and why, in their words.
    pub note: String,
    /// What became of it.
    pub state: JoinState,
    /// When it was asked.
    pub created_at: Instant,
    /// When it was answered.
    pub decided_at: Option<Instant>,
    /// Who answered.
    pub decided_by: Option<PersonId>,
}

/// The convenor's part passing to another member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    /// Its identity.
    pub id: HandoverId,
    /// The coalition.
    pub coalition_id: CoalitionId,
    /// Who was the convenor.
    pub from_person: PersonId,
    /// Who is to be.
    pub to_person: PersonId,
    /// What became of it.
    pub state: HandoverState,
    /// The officer's reason, where one appointed.
    pub reason: String,
    /// When it was offered.
    pub created_at: Instant,
    /// When it was answered.
    pub answered_at: Option<Instant>,
}

/// More time for one coalition at a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// Its identity.
    pub id: WaiverId,
    /// The stage.
    pub stage_id: StageId,
    /// The competition.
    pub competition_id: CompetitionId,
    /// Who has more time.
    pub coalition_id: CoalitionId,
    /// The last moment to submit, for this coalition; the stage's grace follows.
    pub until: Instant,
    /// Why.
    pub reason: String,
    /// The officer who granted it.
    pub granted_by: PersonId,
    /// When.
    pub granted_at: Instant,
    /// How it ended, when it was called back or another took its place.
    pub ended: Option<Ended>,
}

/// How something ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// By whom.
    pub by: PersonId,
    /// When.
    pub at: Instant,
    /// Why.
    pub reason: String,
}
