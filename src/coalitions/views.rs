//! What is shown of a coalition.

use serde::Serialize;
use utoipa::ToSchema;

use super::model::{
    ClaimState, HandoverState, InvitationState, JoinState, MemberRole, SeatState, Sector,
};
use crate::competitions::model::{EligibilityVerdict, Facts};
use crate::platform::clock::Instant;
use crate::platform::ids::{
    ClaimId, CoalitionId, CompetitionId, HandoverId, InvitationId, JoinRequestId, MemberId,
    PersonId, PlaceId, SeatId,
};

/// A person as the others at the table know them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PersonNamed {
    /// Their identity.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Their address.
    #[schema(example = "mayor@cityofchelsea.example")]
    pub email: String,
    /// Their organisation.
    pub organisation: String,
}

/// A place, in a few words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlaceNamed {
    /// Its identity.
    pub id: PlaceId,
    /// Its name.
    #[schema(example = "Chelsea")]
    pub name: String,
    /// The state or province.
    #[schema(example = "Massachusetts")]
    pub region: String,
    /// The country.
    pub country: String,
}

impl PlaceNamed {
    /// By which the places of a coalition are ordered.
    pub fn order(&self) -> (&str, PlaceId) {
        (&self.name, self.id)
    }
}

/// A claim to speak for a place.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ClaimView {
    /// Its identity.
    pub id: ClaimId,
    /// The place.
    pub place: PlaceNamed,
    /// What became of it. While it is `claimed`, the coalition can draft and submit, but blocks
    /// nobody, and loses the place when another's claim is confirmed.
    pub state: ClaimState,
    /// Who claimed.
    pub claimed_by: PersonNamed,
    /// The answers to the eligibility questions.
    #[schema(value_type = std::collections::BTreeMap<String, f64>)]
    pub answers: Facts,
    /// What the rules said, with reasons.
    pub verdict: EligibilityVerdict,
    /// When it was made.
    pub created_at: Instant,
    /// When it was decided.
    pub decided_at: Option<Instant>,
    /// Why it was refused or revoked, or how it was confirmed.
    pub reason: String,
}

/// A coalition, as its members and the competition's officers see it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CoalitionView {
    /// Its identity.
    pub id: CoalitionId,
    /// The competition that it applies in.
    pub competition_id: CompetitionId,
    /// What it calls itself.
    #[schema(example = "Chelsea Thrives")]
    pub name: String,
    /// The organisation that leads it.
    #[schema(example = "The Neighborhood Developers")]
    pub lead_organisation: String,
    /// The organisation that takes the money, where another.
    pub fiscal_agent: Option<String>,
    /// Whether it still speaks, or may yet speak, for a place.
    pub live: bool,
    /// When it was founded.
    pub founded_at: Instant,
    /// When it lost its last place, or its convenor dissolved it.
    pub dissolved_at: Option<Instant>,
    /// Its claims to places.
    pub claims: Vec<ClaimView>,
    /// The caller's own part in it.
    pub your_role: Option<MemberRole>,
    /// The sections that a contributor answers.
    pub your_sections: Vec<String>,
}

/// A coalition in a list.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CoalitionLine {
    /// Its identity.
    pub id: CoalitionId,
    /// What it calls itself.
    pub name: String,
    /// The organisation that leads it.
    pub lead_organisation: String,
    /// Whether it still speaks, or may yet speak, for a place.
    pub live: bool,
    /// When it was founded.
    pub founded_at: Instant,
    /// Its places with what became of the claims.
    pub places: Vec<PlaceClaimed>,
    /// The caller's own part in it.
    pub your_role: Option<MemberRole>,
}

/// A place and what became of a claim to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlaceClaimed {
    /// The claim.
    pub claim_id: ClaimId,
    /// The place.
    pub place: PlaceNamed,
    /// What became of the claim.
    pub state: ClaimState,
}

/// A member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MemberView {
    /// Identity of the membership.
    pub id: MemberId,
    /// The coalition.
    pub coalition_id: CoalitionId,
    /// Who they are.
    pub person: PersonNamed,
    /// What they do.
    pub role: MemberRole,
    /// The sections that a contributor answers.
    pub sections: Vec<String>,
    /// Since when.
    pub joined_at: Instant,
}

/// An invitation, as the coalition sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct InvitationView {
    /// Its identity.
    pub id: InvitationId,
    /// The coalition.
    pub coalition_id: CoalitionId,
    /// The address that it went to.
    pub email: String,
    /// The role that accepting gives.
    pub role: MemberRole,
    /// The sections that a contributor would answer.
    pub sections: Vec<String>,
    /// The seat that accepting fills.
    pub seat_id: Option<SeatId>,
    /// What became of it.
    pub state: InvitationState,
    /// Who accepted under another address, to be confirmed or not.
    pub accepted_by: Option<PersonNamed>,
    /// When it was sent.
    pub created_at: Instant,
    /// When it was answered, confirmed or called back.
    pub answered_at: Option<Instant>,
    /// Why an officer offers the convenor's part; empty where the coalition invites.
    pub reason: String,
}

/// An invitation, as who was asked sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct InvitationToMe {
    /// Its identity.
    pub id: InvitationId,
    /// The coalition.
    pub coalition_id: CoalitionId,
    /// Its name.
    pub coalition: String,
    /// The competition.
    pub competition_id: CompetitionId,
    /// The role that accepting gives.
    pub role: MemberRole,
    /// The sector of the seat that accepting fills.
    pub seat_sector: Option<Sector>,
    /// `open`, or `accepted_elsewhere` while the inviter has not confirmed.
    pub state: InvitationState,
    /// Who invites.
    pub invited_by: String,
    /// When it was sent.
    pub created_at: Instant,
}

/// A request to join.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct JoinRequestView {
    /// Its identity.
    pub id: JoinRequestId,
    /// The coalition.
    pub coalition_id: CoalitionId,
    /// Who asks.
    pub person: PersonNamed,
    /// Who they are and why, in their words.
    pub note: String,
    /// What became of it.
    pub state: JoinState,
    /// When it was asked.
    pub created_at: Instant,
    /// When it was answered.
    pub decided_at: Option<Instant>,
}

/// The convenor's part passing to another member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HandoverView {
    /// Its identity.
    pub id: HandoverId,
    /// The coalition.
    pub coalition_id: CoalitionId,
    /// Who was the convenor.
    pub from: PersonNamed,
    /// Who is to be, or is.
    pub to: PersonNamed,
    /// What became of it.
    pub state: HandoverState,
    /// The officer's reason, where one appointed.
    pub reason: String,
    /// When it was offered.
    pub created_at: Instant,
    /// When it was answered.
    pub answered_at: Option<Instant>,
}

/// A seat at the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SeatView {
    /// Its identity.
    pub id: SeatId,
    /// The coalition.
    pub coalition_id: CoalitionId,
    /// The sector that it stands for.
    pub sector: Sector,
    /// What its holder does.
    #[schema(example = "Superintendent")]
    pub role: String,
    /// Where its holder decides.
    #[schema(example = "School district")]
    pub jurisdiction: String,
    /// Whether anyone sits there.
    pub state: SeatState,
    /// Who sits there.
    pub person: Option<PersonNamed>,
    /// Who is meant to sit there, in the coalition's words.
    pub holder_name: String,
    /// Where they come from, in the coalition's words.
    pub organisation: String,
}

/// How a sector is seated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SectorCoverage {
    /// The sector.
    pub sector: Sector,
    /// Whether the competition asks for it.
    pub required: bool,
    /// Seats set up.
    pub seats: usize,
    /// Seats whose holder is asked and has not answered.
    pub invited: usize,
    /// Seats whose holder accepted.
    pub joined: usize,
}

/// Who is at the table, by sector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Coverage {
    /// The required sectors, and the others that have a seat.
    pub sectors: Vec<SectorCoverage>,
    /// Required sectors where nobody has joined yet.
    pub lacking: Vec<Sector>,
}
