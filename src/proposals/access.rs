//! Who may do what with a proposal and its submissions: from facts to rights, in pure code.

use crate::coalitions::model::MemberRole;
use crate::competitions::model::Visibility;
use crate::people::Role;

use super::model::{AnswerWindow, SubmissionState};

pub use crate::competitions::model::CAPITAL_STACK;

/// What a person is to a proposal's draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftFacts {
    /// Their live part in the coalition, with the sections given to a contributor.
    pub member: Option<(MemberRole, Vec<String>)>,
    /// Their office in the competition, none where a conflict closes the door.
    pub office: Option<Role>,
    /// Whether the stage's submissions are sealed at this moment.
    pub sealed_now: bool,
}

/// What a person may do with a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftRights {
    /// A member: reads all of it.
    Member {
        /// Who they are in the coalition.
        role: MemberRole,
        /// The sections given to a contributor.
        sections: Vec<String>,
    },
    /// An officer or assistant: sees which sections are filled, never a word of them.
    State,
}

/// What a person may do with a draft; none: it does not exist for them.
pub fn draft_rights(facts: &DraftFacts) -> Option<DraftRights> {
    if let Some((role, sections)) = &facts.member {
        return Some(DraftRights::Member {
            role: *role,
            sections: sections.clone(),
        });
    }
    let staff = matches!(facts.office, Some(Role::Officer | Role::Assistant));
    (staff && !facts.sealed_now).then_some(DraftRights::State)
}

impl DraftRights {
    /// Whether they read the draft's text.
    pub const fn reads(&self) -> bool {
        matches!(self, Self::Member { .. })
    }

    /// Whether they write a section (or the capital stack, by its key).
    pub fn writes(&self, section: &str) -> bool {
        match self {
            Self::Member { role, sections } => match role {
                MemberRole::Convenor | MemberRole::Editor => true,
                MemberRole::Contributor => sections.iter().any(|key| key == section),
                MemberRole::Signatory => false,
            },
            Self::State => false,
        }
    }

    /// Whether they give the title and submit.
    pub const fn submits(&self) -> bool {
        matches!(
            self,
            Self::Member {
                role: MemberRole::Convenor | MemberRole::Editor,
                ..
            }
        )
    }

    /// Whether they confirm a version.
    pub const fn confirms(&self) -> bool {
        matches!(
            self,
            Self::Member {
                role: MemberRole::Signatory,
                ..
            }
        )
    }

    /// Whether they withdraw a submission.
    pub const fn withdraws(&self) -> bool {
        matches!(
            self,
            Self::Member {
                role: MemberRole::Convenor,
                ..
            }
        )
    }
}

/// What a person is to a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each of which is so or not"
)]
pub struct SubmissionFacts {
    /// Whether they are a live member of its coalition.
    pub member: bool,
    /// Whether a conflict in force, a seat or a membership closes the door to their office and
    /// their reviewing.
    pub door_closed: bool,
    /// Their office in the competition.
    pub office: Option<Role>,
    /// Whether they accepted an assignment on it and still have it.
    pub assigned: bool,
    /// Where the moment lies in its stage.
    pub window: AnswerWindow,
    /// Whether its stage is sealed until the end of the grace.
    pub sealed: bool,
    /// Whether its stage has come to deciding.
    pub deciding: bool,
    /// What became of it.
    pub state: SubmissionState,
    /// Whether its coalition is over: it lost its last place, or was dissolved.
    pub coalition_over: bool,
}

/// As what a person reads a submission, and so how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// A member of its coalition: all of it, with receipt and digest.
    Member,
    /// An officer or assistant: all of it.
    Staff,
    /// A reviewer or approver: what is for the panel.
    Panel,
}

impl Reader {
    /// The answers that they see.
    pub const fn sees(self) -> Visibility {
        match self {
            Self::Member | Self::Staff => Visibility::Staff,
            Self::Panel => Visibility::Panel,
        }
    }
}

/// As what a person reads a submission; none: it does not exist for them.
pub fn submission_reader(facts: &SubmissionFacts) -> Option<Reader> {
    if facts.member {
        return Some(Reader::Member);
    }
    let over = facts.window == AnswerWindow::Over;
    if facts.door_closed || (facts.sealed && !over) {
        return None;
    }
    match facts.office {
        Some(Role::Officer | Role::Assistant) => return Some(Reader::Staff),
        Some(Role::Approver) if facts.deciding => return Some(Reader::Panel),
        _ => {}
    }
    let in_force = facts.state == SubmissionState::InForce && !facts.coalition_over;
    (facts.assigned && over && in_force).then_some(Reader::Panel)
}

/// Whose submissions of a stage a person may list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// All that no conflict hides; none while they are sealed.
    All,
    /// Those that are assigned to them, once the stage is over.
    Assigned,
}

/// What of a stage's submissions a person may list; none: the list is not theirs.
pub const fn listing(office: Option<Role>, on_panel: bool) -> Option<Listing> {
    match office {
        Some(Role::Officer | Role::Assistant | Role::Approver) => Some(Listing::All),
        _ if on_panel => Some(Listing::Assigned),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(member: Option<MemberRole>, office: Option<Role>, sealed_now: bool) -> DraftFacts {
        DraftFacts {
            member: member.map(|role| (role, vec!["idea".to_owned()])),
            office,
            sealed_now,
        }
    }

    #[test]
    fn members_read_all_and_write_what_is_theirs() {
        for (role, idea, money, submits, confirms, withdraws) in [
            (MemberRole::Convenor, true, true, true, false, true),
            (MemberRole::Editor, true, true, true, false, false),
            (MemberRole::Contributor, true, false, false, false, false),
            (MemberRole::Signatory, false, false, false, true, false),
        ] {
            let rights = draft_rights(&draft(Some(role), None, true)).unwrap();
            assert!(rights.reads(), "{role}");
            assert_eq!(rights.writes("idea"), idea, "{role}");
            assert_eq!(rights.writes(CAPITAL_STACK), money, "{role}");
            assert_eq!(rights.submits(), submits, "{role}");
            assert_eq!(rights.confirms(), confirms, "{role}");
            assert_eq!(rights.withdraws(), withdraws, "{role}");
        }
    }

    #[test]
    fn nobody_else_reads_a_word_of_a_draft() {
        for (office, sealed, expected) in [
            (Some(Role::Officer), false, Some(DraftRights::State)),
            (Some(Role::Assistant), false, Some(DraftRights::State)),
            (Some(Role::Officer), true, None),
            (Some(Role::Assistant), true, None),
            (Some(Role::Approver), false, None),
            (Some(Role::Funder), false, None),
            (None, false, None),
        ] {
            let rights = draft_rights(&draft(None, office, sealed));
            assert_eq!(rights, expected, "{office:?} {sealed}");
            assert!(!rights.is_some_and(|r| r.reads() || r.writes("idea")));
        }
    }

    /// Nobody, of no office, at a sealed stage that is over.
    const NOBODY: SubmissionFacts = SubmissionFacts {
        member: false,
        door_closed: false,
        office: None,
        assigned: false,
        window: AnswerWindow::Over,
        sealed: true,
        deciding: true,
        state: SubmissionState::InForce,
        coalition_over: false,
    };

    const fn of_office(role: Role) -> SubmissionFacts {
        SubmissionFacts {
            office: Some(role),
            ..NOBODY
        }
    }

    const ASSIGNED: SubmissionFacts = SubmissionFacts {
        assigned: true,
        ..NOBODY
    };

    #[test]
    fn after_the_close_each_reads_by_their_tie() {
        for (who, facts, expected) in [
            ("member of another city", NOBODY, None),
            ("administrator", NOBODY, None),
            ("unassigned reviewer", NOBODY, None),
            (
                "member",
                SubmissionFacts {
                    member: true,
                    door_closed: true,
                    ..NOBODY
                },
                Some(Reader::Member),
            ),
            ("officer", of_office(Role::Officer), Some(Reader::Staff)),
            ("assistant", of_office(Role::Assistant), Some(Reader::Staff)),
            (
                "approver with a docket",
                of_office(Role::Approver),
                Some(Reader::Panel),
            ),
            (
                "approver before",
                SubmissionFacts {
                    deciding: false,
                    ..of_office(Role::Approver)
                },
                None,
            ),
            ("funder", of_office(Role::Funder), None),
            (
                "funder's employee on the panel",
                SubmissionFacts {
                    assigned: true,
                    ..of_office(Role::Funder)
                },
                Some(Reader::Panel),
            ),
            ("assigned reviewer", ASSIGNED, Some(Reader::Panel)),
            (
                "officer who reviews",
                SubmissionFacts {
                    assigned: true,
                    ..of_office(Role::Officer)
                },
                Some(Reader::Staff),
            ),
            (
                "reviewer of a withdrawn one",
                SubmissionFacts {
                    state: SubmissionState::Withdrawn,
                    ..ASSIGNED
                },
                None,
            ),
            (
                "reviewer of a replaced one",
                SubmissionFacts {
                    state: SubmissionState::Replaced,
                    ..ASSIGNED
                },
                None,
            ),
            (
                "reviewer of a coalition that is over",
                SubmissionFacts {
                    coalition_over: true,
                    ..ASSIGNED
                },
                None,
            ),
        ] {
            assert_eq!(submission_reader(&facts), expected, "{who}");
        }
    }

    #[test]
    fn a_conflict_closes_every_door_but_the_members_own() {
        for role in [Role::Officer, Role::Assistant, Role::Approver, Role::Funder] {
            let facts = SubmissionFacts {
                door_closed: true,
                assigned: true,
                ..of_office(role)
            };
            assert_eq!(submission_reader(&facts), None, "{role}");
        }
        let facts = SubmissionFacts {
            door_closed: true,
            ..ASSIGNED
        };
        assert_eq!(submission_reader(&facts), None);
    }

    #[test]
    fn before_the_end_of_grace_a_seal_holds_and_reviewers_wait() {
        for window in [
            AnswerWindow::NotYet,
            AnswerWindow::Open,
            AnswerWindow::Grace,
        ] {
            for role in [Role::Officer, Role::Assistant, Role::Approver, Role::Funder] {
                let facts = SubmissionFacts {
                    window,
                    assigned: true,
                    ..of_office(role)
                };
                assert_eq!(submission_reader(&facts), None, "{role} {window:?}");
            }
            let unsealed = |facts| SubmissionFacts {
                window,
                sealed: false,
                ..facts
            };
            assert_eq!(submission_reader(&unsealed(ASSIGNED)), None);
            let officer = unsealed(of_office(Role::Officer));
            assert_eq!(submission_reader(&officer), Some(Reader::Staff));
            let member = SubmissionFacts {
                window,
                member: true,
                ..NOBODY
            };
            assert_eq!(submission_reader(&member), Some(Reader::Member));
        }
    }

    #[test]
    fn the_list_is_for_office_and_panel() {
        for (office, on_panel, expected) in [
            (Some(Role::Officer), false, Some(Listing::All)),
            (Some(Role::Assistant), true, Some(Listing::All)),
            (Some(Role::Approver), false, Some(Listing::All)),
            (Some(Role::Funder), false, None),
            (Some(Role::Funder), true, Some(Listing::Assigned)),
            (None, true, Some(Listing::Assigned)),
            (None, false, None),
        ] {
            assert_eq!(listing(office, on_panel), expected, "{office:?} {on_panel}");
        }
    }
}
