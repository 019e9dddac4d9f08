//! From who a person is to a competition or coalition, to what they may do with its decisions.
//! Pure, and tested as a table.

use crate::coalitions::model::MemberRole;
use crate::people::Role;

/// What can be done with the decisions of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Read decisions, budget and feedback before coalitions are told.
    ReadUntold,
    /// Read them once coalitions were told.
    ReadTold,
    /// Record, correct and promote; release feedback; approve summaries.
    Decide,
    /// Write texts, preview, announce, call back.
    Announce,
    /// Read the docket.
    ReadDocket,
    /// Approve the docket or send it back.
    RuleOnDocket,
}

impl Right {
    /// Every right.
    pub const ALL: &'static [Self] = &[
        Self::ReadUntold,
        Self::ReadTold,
        Self::Decide,
        Self::Announce,
        Self::ReadDocket,
        Self::RuleOnDocket,
    ];

    /// Who may, for those who may not.
    pub const fn whose(self) -> &'static str {
        match self {
            Self::ReadUntold | Self::Decide | Self::Announce => {
                "An officer of the competition may do this."
            }
            Self::ReadTold => "Officers, assistants and approvers of the competition may do this.",
            Self::ReadDocket => "Officers and approvers of the competition may do this.",
            Self::RuleOnDocket => "An approver of the competition may do this.",
        }
    }
}

/// Whether a holder of these roles in the competition has a right.
pub fn may(roles: &[Role], right: Right) -> bool {
    let officer = roles.contains(&Role::Officer);
    let approver = roles.contains(&Role::Approver);
    match right {
        Right::ReadUntold | Right::Decide | Right::Announce => officer,
        Right::ReadTold => officer || approver || roles.contains(&Role::Assistant),
        Right::ReadDocket => officer || approver,
        Right::RuleOnDocket => approver,
    }
}

/// Whether a member of this role answers an offer: the signatory, or the convenor where the
/// coalition has none.
pub fn may_answer_offer(member: Option<MemberRole>, has_signatory: bool) -> bool {
    match member {
        Some(MemberRole::Signatory) => true,
        Some(MemberRole::Convenor) => !has_signatory,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rights by who has them: o(fficer), a(ssistant), b(oard: approver), f(under).
    const TABLE: &[(Right, &str)] = &[
        (Right::ReadUntold, "o"),
        (Right::ReadTold, "oab"),
        (Right::Decide, "o"),
        (Right::Announce, "o"),
        (Right::ReadDocket, "ob"),
        (Right::RuleOnDocket, "b"),
    ];

    #[test]
    fn rights_by_role() {
        assert_eq!(TABLE.len(), Right::ALL.len());
        for (right, letters) in TABLE {
            for (letter, role) in [
                ('o', Role::Officer),
                ('a', Role::Assistant),
                ('b', Role::Approver),
                ('f', Role::Funder),
            ] {
                assert_eq!(
                    may(&[role], *right),
                    letters.contains(letter),
                    "{right:?} {role}"
                );
            }
            assert!(!may(&[], *right), "{right:?} nobody");
        }
        let both = [Role::Assistant, Role::Approver];
        assert!(may(&both, Right::RuleOnDocket) && !may(&both, Right::Announce));
    }

    #[test]
    fn the_signatory_answers_or_else_the_convenor() {
        for (role, with, without) in [
            (Some(MemberRole::Signatory), true, true),
            (Some(MemberRole::Convenor), false, true),
            (Some(MemberRole::Editor), false, false),
            (Some(MemberRole::Contributor), false, false),
            (None, false, false),
        ] {
            assert_eq!(may_answer_offer(role, true), with, "{role:?}");
            assert_eq!(may_answer_offer(role, false), without, "{role:?}");
        }
    }
}
