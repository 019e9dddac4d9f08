//! From who a person is to a coalition, to what they may do with it. Pure, and tested as a table.

use super::model::MemberRole;
use crate::people::Role;

/// What can be done with a coalition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// See it, its members and its seats.
    See,
    /// See who is invited.
    SeeInvitations,
    /// Invite contributors and seat holders, call invitations back.
    Invite,
    /// Give the parts of editor and signatory, by invitation too.
    GiveParts,
    /// Set up, change and remove seats.
    SetTable,
    /// Change its name, lead organisation and fiscal agent.
    Rename,
    /// Give members other roles, remove them.
    ChangeMembers,
    /// See requests to join.
    SeeRequests,
    /// Answer requests to join.
    AnswerRequests,
    /// Offer the convenor's part to another member.
    HandOver,
    /// Claim further places, give places up.
    ChoosePlaces,
    /// End the coalition.
    Dissolve,
    /// Confirm, refuse or revoke its claims to places.
    DecideClaims,
    /// Appoint another convenor, or ask somebody in as such.
    AppointConvenor,
    /// See who was asked in as convenor.
    SeeAppointments,
}

impl Right {
    /// Every right.
    pub const ALL: &'static [Self] = &[
        Self::See,
        Self::SeeInvitations,
        Self::Invite,
        Self::GiveParts,
        Self::SetTable,
        Self::Rename,
        Self::ChangeMembers,
        Self::SeeRequests,
        Self::AnswerRequests,
        Self::HandOver,
        Self::ChoosePlaces,
        Self::Dissolve,
        Self::DecideClaims,
        Self::AppointConvenor,
        Self::SeeAppointments,
    ];

    /// Who may, for those who may not.
    pub const fn whose(self) -> &'static str {
        match self {
            Self::See => "The coalition's members and the competition's officers may do this.",
            Self::SeeInvitations | Self::Invite | Self::SetTable => {
                "The coalition's convenor and editors may do this."
            }
            Self::GiveParts => "The convenor gives the parts of editor and signatory.",
            Self::SeeRequests => {
                "The coalition's convenor and the competition's officers may do this."
            }
            Self::Rename
            | Self::ChangeMembers
            | Self::AnswerRequests
            | Self::HandOver
            | Self::ChoosePlaces
            | Self::Dissolve => "The coalition's convenor may do this.",
            Self::DecideClaims | Self::AppointConvenor | Self::SeeAppointments => {
                "An officer of the competition may do this."
            }
        }
    }

    /// Whether it ends with the coalition.
    const fn needs_a_live_coalition(self) -> bool {
        !matches!(
            self,
            Self::See
                | Self::SeeInvitations
                | Self::SeeRequests
                | Self::SeeAppointments
                | Self::DecideClaims
        )
    }
}

/// Whether a member of this role, or a holder of these offices whose door is open, has a right.
pub fn may(member: Option<MemberRole>, offices: &[Role], live: bool, right: Right) -> bool {
    if right.needs_a_live_coalition() && !live {
        return false;
    }
    let convenor = member == Some(MemberRole::Convenor);
    let editor = member == Some(MemberRole::Editor);
    let officer = offices.contains(&Role::Officer);
    match right {
        Right::See => member.is_some() || offices.iter().any(|role| reads(*role)),
        Right::SeeInvitations | Right::Invite | Right::SetTable => convenor || editor,
        Right::GiveParts
        | Right::Rename
        | Right::ChangeMembers
        | Right::AnswerRequests
        | Right::HandOver
        | Right::ChoosePlaces
        | Right::Dissolve => convenor,
        Right::SeeRequests => convenor || officer,
        Right::DecideClaims | Right::AppointConvenor | Right::SeeAppointments => officer,
    }
}

/// Whether an office brings sight of the competition's coalitions.
pub const fn reads(office: Role) -> bool {
    matches!(office, Role::Officer | Role::Assistant | Role::Approver)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOBODY: &str = "";

    /// Rights by who has them: c(onvenor), e(ditor), w(riter of sections), s(ignatory),
    /// o(fficer), a(ssistant), b(oard: approver), f(under).
    const TABLE: &[(Right, &str, &str)] = &[
        (Right::See, "cewsoab", "cewsoab"),
        (Right::SeeInvitations, "ce", "ce"),
        (Right::Invite, "ce", NOBODY),
        (Right::GiveParts, "c", NOBODY),
        (Right::SetTable, "ce", NOBODY),
        (Right::Rename, "c", NOBODY),
        (Right::ChangeMembers, "c", NOBODY),
        (Right::SeeRequests, "co", "co"),
        (Right::AnswerRequests, "c", NOBODY),
        (Right::HandOver, "c", NOBODY),
        (Right::ChoosePlaces, "c", NOBODY),
        (Right::Dissolve, "c", NOBODY),
        (Right::DecideClaims, "o", "o"),
        (Right::AppointConvenor, "o", NOBODY),
        (Right::SeeAppointments, "o", "o"),
    ];

    fn who(letter: char) -> (Option<MemberRole>, Vec<Role>) {
        match letter {
            'c' => (Some(MemberRole::Convenor), vec![]),
            'e' => (Some(MemberRole::Editor), vec![]),
            'w' => (Some(MemberRole::Contributor), vec![]),
            's' => (Some(MemberRole::Signatory), vec![]),
            'o' => (None, vec![Role::Officer]),
            'a' => (None, vec![Role::Assistant]),
            'b' => (None, vec![Role::Approver]),
            'f' => (None, vec![Role::Funder]),
            _ => (None, vec![]),
        }
    }

    #[test]
    fn rights_by_part_and_by_life() {
        assert_eq!(TABLE.len(), Right::ALL.len());
        for (right, live, lost) in TABLE {
            for letter in "cewsoabf-".chars() {
                let (member, offices) = who(letter);
                assert_eq!(
                    may(member, &offices, true, *right),
                    live.contains(letter),
                    "{right:?} {letter} live"
                );
                assert_eq!(
                    may(member, &offices, false, *right),
                    lost.contains(letter),
                    "{right:?} {letter} lost"
                );
            }
        }
    }
}
